"""What something costs and why: simulations, and traces of their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Optional

import strawberry

from api.execution.pages import rows_by
from api.execution.reads import Reads
from api.resolvers import pricing as resolvers
from api.resolvers.kept_prices import rows_of_line
from api.resolvers.pricing import Asked, ItemAsked, Simulated
from api.resolvers.simulation_ids import id_of, kept_in
from api.schema.amounts import Money, Quantity
from api.schema.base import INPUT, USER_ERRORS, Info, UserError, user_errors
from api.schema.materials import Material
from api.schema.price_traces import Explained, PriceCondition, PriceTrace, ShownRows
from domain.errors import Invalid, NotFound, Problem, Refused
from domain.orders.item_categories import Usage
from domain.pricing.kinds import CustomizingKind
from domain.pricing.values import ManualCondition, PricedItem

NEW = strawberry.UNSET


@strawberry.type(description="How a document is priced: 定价过程.")
class PricingProcedure:
    code: str = strawberry.field(description="The procedure's code.")
    name: str = strawberry.field(description="What it is called in English.")
    name_zh: str = strawberry.field(description="What it is called in Chinese.")


@strawberry.type(description="An item as it is priced.")
class SimulatedItem(Explained):
    line_number: int = strawberry.field(description="The item's number: 10, 20, …")
    material: Material = strawberry.field(description="What is priced.")
    quantity: Quantity = strawberry.field(description="How much of it: less than was asked for, where some of that comes free.")
    free_with_line: Optional[int] = strawberry.field(description="The line that it comes free with; null if it is sold.")
    free_quantity: Optional[Quantity] = strawberry.field(
        description="How much of it is free within its price; null if nothing."
    )
    net_price: Money = strawberry.field(description="The net value of one unit, rounded to be shown: the net value rules.")
    net_value: Money = strawberry.field(description="What it comes to without taxes.")
    tax_amount: Money = strawberry.field(description="The taxes.")
    gross_value: Money = strawberry.field(description="What it comes to with taxes.")


@strawberry.type(description="An item that has no price; its rows tell what was looked for.")
class UnpricedItem(Explained):
    line_number: int = strawberry.field(description="The item's number: 10, 20, …")


@strawberry.type(description="What something would cost.")
class PriceSimulation:
    id: Optional[strawberry.ID] = strawberry.field(
        description="Names the simulation, of which nothing is kept: `priceTrace` takes it where it takes a sales order."
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)
    pricing_procedure: Optional[PricingProcedure] = strawberry.field(description="By which procedure it is priced.")
    pricing_date: Optional[date] = strawberry.field(description="The day of the prices.")
    net_value: Optional[Money] = strawberry.field(description="The sum of the items without taxes.")
    tax_amount: Optional[Money] = strawberry.field(description="The taxes of all items, exact on their sum.")
    gross_value: Optional[Money] = strawberry.field(description="The sum with taxes.")
    items: list[SimulatedItem] = strawberry.field(description="Item by item; empty if anything was refused.")
    unpriced: list[UnpricedItem] = strawberry.field(
        description="The items for which something required was not found; then nothing is priced, and `userErrors` name it."
    )


@strawberry.input(description="A condition by hand. A price needs OVERRIDE_PRICE on `sales_order`; partners enter none.")
class ManualConditionInput:
    condition_type: str = strawberry.field(description="The condition type, such as RA00.")
    amount: Decimal = strawberry.field(description="A percentage or an amount; a discount is negative.")
    currency: Optional[str] = strawberry.field(default=NEW, description="The currency of an amount; that of the document.")
    per: Optional[Decimal] = strawberry.field(default=NEW, description="For how many units; 1 if left out.")
    unit: Optional[str] = strawberry.field(default=NEW, description="The unit of measure.")

    def entry(self) -> ManualCondition:
        """The entry as a value."""
        return ManualCondition(
            self.condition_type, self.amount, self.currency or None, self.per or Decimal(1), self.unit or None
        )


def entries(given: Optional[list[ManualConditionInput]]) -> tuple[ManualCondition, ...]:
    """What was entered by hand."""
    return tuple(each.entry() for each in given or ())


@strawberry.input(description="So much of a material.")
class SalesOrderItemInput:
    material: strawberry.ID = strawberry.field(description="The material.")
    quantity: Decimal = strawberry.field(description="How many.")
    unit: str = strawberry.field(description="In which unit.")
    conditions: Optional[list[ManualConditionInput]] = strawberry.field(default=NEW, description="What is entered by hand.")
    requested_date: Optional[date] = strawberry.field(
        default=NEW, description="The day that it is wanted on; the document's if left out. Prices do not look at it."
    )
    plant: Optional[str] = strawberry.field(default=NEW, description="The plant that it ships from; only in documents.")
    storage_location: Optional[str] = strawberry.field(
        default=NEW, description="The storage location that it ships from; only in documents."
    )
    ship_separately: Optional[bool] = strawberry.field(
        default=NEW, description="Whether it ships in a delivery of its own; only in documents."
    )
    under_tolerance: Optional[Decimal] = strawberry.field(
        default=NEW, description="By how many percent a delivery may stay below it; only in documents."
    )
    over_tolerance: Optional[Decimal] = strawberry.field(
        default=NEW, description="By how many percent a delivery may exceed it; only in documents."
    )
    item_category: Optional[str] = strawberry.field(
        default=NEW, description="Its category, if not the usual one; only in documents."
    )
    usage: Optional[Usage] = strawberry.field(default=NEW, description="What it is for, if not sold; only in documents.")


@strawberry.input(description="What to price: as an order of this type would be.")
class SimulatePriceInput:
    order_type: str = strawberry.field(description="The type of sales document, such as OR.")
    sales_area: str = strawberry.field(description="The sales area, e.g. 1000/10/00.")
    sold_to: strawberry.ID = strawberry.field(description="The customer.")
    requested_delivery_date: Optional[date] = strawberry.field(
        default=NEW, description="The day of delivery, which taxes go by; the pricing date if left out."
    )
    pricing_date: Optional[date] = strawberry.field(
        default=NEW, description="The day of the prices; today in the sales organization if left out."
    )
    planned: bool = strawberry.field(
        default=False,
        description="Prefer records released for planning, then those for simulation. Needs SIMULATE on `price_condition`.",
    )
    conditions: Optional[list[ManualConditionInput]] = strawberry.field(
        default=NEW, description="What is entered by hand for the whole document."
    )
    items: list[SalesOrderItemInput] = strawberry.field(description="What is wanted.")

    def asked(self) -> Asked:
        """What is asked, as a value."""
        return Asked(
            self.order_type,
            self.sales_area,
            self.sold_to,
            tuple(ItemAsked(each.material, each.quantity, each.unit, entries(each.conditions)) for each in self.items),
            self.pricing_date or None,
            self.requested_delivery_date or None,
            self.planned,
            entries(self.conditions),
        )


AS_OF = (
    "As it was at this moment: of a simulation with the records and the customizing of then, and when it was simulated, if left"
    " out; of a document with the rows that it had."
)


@strawberry.type
class PricingQueries:
    @strawberry.field(
        description="Price something and keep nothing. Needs SIMULATE on `sales_order` or on `price_condition` there."
    )
    async def simulate_price(self, info: Info, input: Annotated[SimulatePriceInput, INPUT]) -> PriceSimulation:
        reads = info.context.reads
        try:
            simulated = await resolvers.simulate(reads, input.asked())
        except Problem as problem:
            return _nothing_priced(user_errors(problem, info.context.language))
        if simulated.priced.missing:
            missing = Refused(*simulated.priced.missing)
            return _unpriced(reads, simulated, user_errors(missing, info.context.language))
        return await _simulation(reads, simulated)

    @strawberry.field(description="How the price of an item came about, or would have at another moment.")
    async def price_trace(
        self,
        info: Info,
        sales_order: Annotated[strawberry.ID, strawberry.argument(description="A sales document or a simulation, by its id.")],
        line_number: Annotated[int, strawberry.argument(description="The item's number.")],
        as_of: Annotated[Optional[datetime], strawberry.argument(description=AS_OF)] = NEW,
    ) -> Optional[PriceTrace]:
        reads = info.context.reads
        if as_of and as_of > (await reads.state()).now:
            raise Invalid.because("AS_OF_FUTURE", "asOf")
        rows = await rows_of_line(reads, sales_order, line_number, as_of or None)
        if rows is not None:
            shown = await rows_by(reads, PriceCondition, "id", rows)
            return PriceTrace(conditions=[shown[key] for key in rows if key in shown])  # type: ignore[misc]  # rows of the type
        kept = kept_in(sales_order, "salesOrder")
        moment = as_of or kept.moment
        simulated = await resolvers.simulate(reads, kept.asked, moment)
        item = next((each for each in simulated.items if each.line_number == line_number), None)
        if item is None:
            raise NotFound.because("NOT_FOUND", "lineNumber", what="SalesOrderItem")
        return PriceTrace(conditions=await ShownRows(reads, simulated, [item]).conditions(item))


def _nothing_priced(errors: list[UserError], id: str | None = None, items: Sequence[UnpricedItem] = ()) -> PriceSimulation:
    return PriceSimulation(
        id=None if id is None else strawberry.ID(id),
        user_errors=errors,
        pricing_procedure=None,
        pricing_date=None,
        net_value=None,
        tax_amount=None,
        gross_value=None,
        items=[],
        unpriced=list(items),
    )


def _unpriced(reads: Reads, simulated: Simulated, errors: list[UserError]) -> PriceSimulation:
    """Why it has no price: of each item that lacks something, what was looked for."""
    lacking = [item for item in simulated.priced.items if item.missing]
    shown = ShownRows(reads, simulated, lacking)
    items = [UnpricedItem(item=item, shown=shown, line_number=item.line_number) for item in lacking]
    return _nothing_priced(errors, id_of(simulated.asked, simulated.moment), items)


async def _simulation(reads: Reads, simulated: Simulated) -> PriceSimulation:
    priced = simulated.priced
    shown = ShownRows(reads, simulated, simulated.items)
    every = [*simulated.materials, *(each.material for each in simulated.free)]
    materials = await rows_by(reads, Material, "id", list(dict.fromkeys(every)))
    money = shown.money
    procedure = simulated.pieces.of(CustomizingKind.PROCEDURE)[priced.procedure]
    return PriceSimulation(
        id=strawberry.ID(id_of(simulated.asked, simulated.moment)),
        user_errors=[],
        pricing_procedure=PricingProcedure(code=procedure.code, name=procedure.title, name_zh=procedure.title_zh),
        pricing_date=simulated.asked.pricing_date,
        net_value=money(priced.net_value),
        tax_amount=money(priced.tax_amount),
        gross_value=money(priced.gross_value),
        items=sorted(
            [*_sold(simulated, shown, materials), *_free(simulated, shown, materials)], key=lambda each: each.line_number
        ),
        unpriced=[],
    )


def _sold(simulated: Simulated, shown: ShownRows, materials: Mapping[Any, Any]) -> Iterator[SimulatedItem]:
    for item, asked, material in zip(simulated.priced.items, simulated.document.items, simulated.materials, strict=True):
        within = Quantity(value=asked.free_quantity, unit=asked.unit) if asked.free_quantity else None
        yield _item(item, shown, materials[material], Quantity(value=asked.quantity, unit=asked.unit), free_quantity=within)


def _free(simulated: Simulated, shown: ShownRows, materials: Mapping[Any, Any]) -> Iterator[SimulatedItem]:
    for each in simulated.free:
        quantity = Quantity(value=each.quantity, unit=each.unit)
        yield _item(each.item, shown, materials[each.material], quantity, free_with_line=each.with_line)


def _item(
    item: PricedItem,
    shown: ShownRows,
    material: Any,
    quantity: Quantity,
    *,
    free_with_line: int | None = None,
    free_quantity: Quantity | None = None,
) -> SimulatedItem:
    return SimulatedItem(
        line_number=item.line_number,
        material=material,
        quantity=quantity,
        free_with_line=free_with_line,
        free_quantity=free_quantity,
        net_price=shown.money(item.net_price),
        net_value=shown.money(item.net_value),
        tax_amount=shown.money(item.tax_amount),
        gross_value=shown.money(item.gross_value),
        item=item,
        shown=shown,
    )
