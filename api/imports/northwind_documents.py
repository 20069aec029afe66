"""The Northwind orders entered, shipped and billed, day by day as it happened, by the very commands that users give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from api.execution import global_id
from api.execution.command import Sent, again_if_moved
from api.execution.journal import Journal
from api.imports.northwind_hands import Hands, hands
from api.imports.northwind_orders import PREFIX, Line, Order, read
from api.imports.northwind_products import CURRENCY, FIRST_DAY, UNIT, bring_in_past
from api.resolvers.billing import create_billing_documents
from api.resolvers.deliveries import create_deliveries
from api.resolvers.document_approvals import DOCUMENTS
from api.resolvers.document_availability import available
from api.resolvers.goods_issues import post_goods_issue
from api.resolvers.sales_documents import Entering, create_document
from api.resolvers.stock import adjust_stock
from domain.areas import Area, text_of
from domain.errors import Invalid, Problem, Refusal
from domain.orders.approvals import ApprovalStatus
from domain.orders.availability import available_on
from domain.orders.categories import DocumentCategory
from domain.orders.statuses import AxisStatus
from domain.pricing.values import ManualCondition
from models.billing import BillingItem
from models.customer import Customer
from models.delivery import Delivery, DeliveryItem
from models.material import Material
from models.organization import Plant
from models.sales_document import DocumentHeader, SalesOrder

ENTERING = Entering("createSalesOrder", frozenset({DocumentCategory.SALES_ORDER}))
ORDER_TYPE, PRICE, DISCOUNT, FREIGHT = "OR", "PR00", "RA00", "HD00"
LOCATION = "0001"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ByHand:
    """A condition as an input carries it."""

    condition: ManualCondition

    def entry(self) -> ManualCondition:
        """It as a value."""
        return self.condition


@dataclass
class Standing:
    """How far an order has come."""

    document: DocumentHeader | None = None
    delivery: Delivery | None = None
    billed: bool = False


@dataclass(frozen=True)
class Past:
    """All that is to be brought in: orders with how far each has come, and of which products how much is lacking.

    Customers and materials are keys by what the files call them.
    """

    area: Area
    plant: str
    orders: Sequence[Order]
    standings: Mapping[str, Standing]
    customers: Mapping[str, int]
    materials: Mapping[str, int]
    lacking: Mapping[str, Decimal]


async def prepare(journal: Journal, folder: Path, area: Area, plant: Plant | None) -> Past:
    """Read the orders, and see what there is of them; what documents of their years need is said.

    Raises Invalid, also where no plant could ship them.
    """
    if plant is None:
        raise Invalid.because("CODE_UNKNOWN", None, value=f"plant of {area[0]}")
    customers = await _keys(Customer)
    materials = await _keys(Material)
    orders = read(folder, frozenset(customers), frozenset(materials))
    await bring_in_past(journal, plant)
    standings = await _standings(orders)
    new = [each for each in orders if standings[each.number].document is None]
    lacking = await _lacking(journal, new, materials, plant.code)
    return Past(area, plant.code, orders, standings, customers, materials, lacking)


async def _keys(model: type[Customer] | type[Material]) -> dict[str, int]:
    rows = await model.filter(external_key__startswith=PREFIX).values_list("external_key", "id")
    return {key.removeprefix(PREFIX): id for key, id in rows}


async def _standings(orders: Sequence[Order]) -> dict[str, Standing]:
    found = {each.number: Standing() for each in orders}
    documents = {each.id: each for each in await SalesOrder.filter(external_key__startswith=PREFIX)}
    by_id = {each.id: found.setdefault(_number(each), Standing()) for each in documents.values()}
    for id, standing in by_id.items():
        standing.document = documents[id]
    lines = await DeliveryItem.filter(document_id__in=list(by_id)).order_by("id") if by_id else []
    deliveries = {each.id: each for each in await Delivery.filter(id__in=[each.delivery_id for each in lines])} if lines else {}
    for line in lines:
        by_id[line.document_id].delivery = deliveries[line.delivery_id]
    for id in await BillingItem.filter(document_id__in=list(by_id)).distinct().values_list("document_id", flat=True):
        by_id[int(str(id))].billed = True
    return found


def _number(document: SalesOrder) -> str:
    return (document.external_key or "").removeprefix(PREFIX)


async def _lacking(journal: Journal, orders: Sequence[Order], materials: Mapping[str, int], plant: str) -> dict[str, Decimal]:
    """What orders that are to be entered want beyond what is there of a product."""
    wanted: dict[str, Decimal] = {}
    for line in (line for each in orders for line in each.lines):
        wanted[line.product] = wanted.get(line.product, ZERO) + line.quantity
    places = [(materials[product], plant) for product in wanted]
    left = await available(journal.connection, places, journal.now.date())
    there = {product: available_on(left[materials[product], plant], date.max) for product in wanted}
    return {product: quantity - there[product] for product, quantity in wanted.items() if quantity > there[product]}


async def bring_in(past: Past, by: str, progress: Callable[[], None]) -> dict[str, dict[str, int]]:
    """Enter, ship and bill what was not yet, each step by itself; how many of which became what.

    Raises what the commands raise; what is done then stays.
    """
    counts = {what: {"created": 0, "changed": 0, "unchanged": 0} for what in ("orders", "deliveries")}
    steps = list(_steps(past.orders))
    waiting = []
    for each in steps:
        if each.is_behind(past.standings[each.order.number]):
            counts[each.makes]["unchanged"] += 1
            progress()
        else:
            waiting.append(each)
    if waiting:
        async with hands(past.area, by) as who:
            await _receive(who, past)
            for each in waiting:
                counts[each.makes][await _carry_out(who, past, each)] += 1
                progress()
    return counts


@dataclass(frozen=True, slots=True)
class Step:
    """That an order was entered, or shipped."""

    day: date
    order: Order
    shipping: bool

    @property
    def makes(self) -> str:
        """What comes of it."""
        return "deliveries" if self.shipping else "orders"

    def is_behind(self, standing: Standing) -> bool:
        """Whether it is behind an order, or nothing that an import should do: somebody has gone another way with it."""
        document, delivery = standing.document, standing.delivery
        if document is None:
            return False
        if not self.shipping:
            return document.approval_status is not ApprovalStatus.PENDING
        if delivery is None:
            refused = document.approval_status is ApprovalStatus.REJECTED
            return refused or document.delivery_status is not AxisStatus.NOT_YET
        return standing.billed or delivery.status is AxisStatus.NOT_RELEVANT


def _steps(orders: Sequence[Order]) -> list[Step]:
    """What happened, in the order of the days; on each day first what was entered."""
    entered = [Step(each.ordered, each, shipping=False) for each in orders]
    shipped = [Step(each.shipped, each, shipping=True) for each in orders if each.shipped is not None]
    return sorted([*entered, *shipped], key=lambda step: step.day)


async def _carry_out(who: Hands, past: Past, step: Step) -> str:
    """What became of a step. Raises what the commands raise, of the order's row."""
    order, standing = step.order, past.standings[step.order.number]
    is_new = standing.delivery is None if step.shipping else standing.document is None
    try:
        await (_ship(who, order, standing) if step.shipping else _enter(who, past, order, standing))
    except Problem as problem:
        paths = (".".join(filter(None, (order.path, each.field))) for each in problem.refusals)
        raise type(problem)(*map(_at, problem.refusals, paths)) from problem
    return "created" if is_new else "changed"


def _at(refusal: Refusal, path: str) -> Refusal:
    return replace(refusal, field=path)


# ------------------------------------------------------------------------------------------------------- the commands


async def _receive(who: Hands, past: Past) -> None:
    """Take in what orders will want, before the first of them."""
    for product, quantity in past.lacking.items():
        counted = Sent(
            {
                "material": global_id.encode("Material", past.materials[product]),
                "plant": past.plant,
                "storage_location": LOCATION,
                "quantity": quantity,
                "reason": "Northwind",
                "posting_date": FIRST_DAY,
            }
        )
        await again_if_moved(lambda: adjust_stock(who.stock, counted))  # noqa: B023


async def _enter(who: Hands, past: Past, order: Order, standing: Standing) -> None:
    """Enter an order, and let it be approved where it needs that."""
    document = standing.document
    if document is None:
        document = await again_if_moved(lambda: create_document(who.sales, _order(past, order), ENTERING))
    while document.approval_status is ApprovalStatus.PENDING:
        which = Sent({"sales_order": global_id.encode("SalesOrder", document.id), "version": document.version})
        document = await again_if_moved(
            lambda: DOCUMENTS.approve(who.approval, which, "approveSalesOrder", "sales_order")  # noqa: B023
        )
    standing.document = document


def _order(past: Past, order: Order) -> Sent:
    return Sent(
        {
            "order_type": ORDER_TYPE,
            "sales_area": text_of(past.area),
            "sold_to": global_id.encode("Customer", past.customers[order.customer]),
            "external_key": f"{PREFIX}{order.number}",
            "customer_reference": order.number,
            "order_date": order.ordered,
            "pricing_date": order.ordered,
            "requested_delivery_date": order.required,
            "salesperson": order.salesperson,
            "route": order.route,
            "conditions": [ByHand(ManualCondition(FREIGHT, order.freight, CURRENCY))] if order.freight else [],
            "items": [_item(past, line) for line in order.lines],
        }
    )


def _item(past: Past, line: Line) -> Sent:
    by_hand = [ManualCondition(PRICE, line.price, CURRENCY, unit=UNIT)]
    by_hand += [ManualCondition(DISCOUNT, -line.discount)] if line.discount else []
    return Sent(
        {
            "material": global_id.encode("Material", past.materials[line.product]),
            "quantity": line.quantity,
            "unit": UNIT,
            "conditions": [ByHand(each) for each in by_hand],
        }
    )


async def _ship(who: Hands, order: Order, standing: Standing) -> None:
    """Deliver an order, let its goods go, and bill it, all on the day that it was shipped."""
    assert standing.document is not None
    delivery = standing.delivery
    if delivery is None:
        orders = [global_id.encode("SalesOrder", standing.document.id)]
        wanted = Sent({"sales_orders": orders, "planned_date": order.shipped})
        delivery = await again_if_moved(lambda: create_deliveries(who.shipping, wanted))
    key = global_id.encode("Delivery", delivery.id)
    if delivery.status is not AxisStatus.COMPLETE:
        issue = Sent({"delivery": key, "version": delivery.version, "posting_date": order.shipped})
        await again_if_moved(lambda: post_goods_issue(who.shipping, issue))
    bill = Sent({"deliveries": [key], "billing_date": order.shipped})
    await again_if_moved(lambda: create_billing_documents(who.billing, bill, []))
