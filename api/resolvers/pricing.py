"""Pricing a document for somebody: what they may see of it is loaded in one statement, its condition records in another.

The rules price it whole; what is shown of the rows afterwards is only what the caller may see.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from api.auth.authority import Authority
from api.auth.predicates import Bindings, RowScope
from api.auth.traces import note_use
from api.execution import global_id
from api.execution.past import wound_back
from api.execution.reads import Reads
from api.resolvers.condition_store import lookups_of, records_under, records_under_at
from api.resolvers.free_items import FreeItem, free_items, is_giving, standing
from api.resolvers.pieces import STAMP, Pieces, fetch_by, pieces_at, pieces_now
from domain.activity import Activity
from domain.areas import PARTS, Area, area_of, text_of
from domain.errors import Forbidden, Invalid, NotFound, Refusal, Refused
from domain.pricing.accesses import keys_wanted
from domain.pricing.currencies import exchange_rate
from domain.pricing.customizing import procedure_for
from domain.pricing.evaluation import price
from domain.pricing.free_determination import ComesFree, free_with_items, less_free
from domain.pricing.kinds import CustomizingKind as Kind
from domain.pricing.taxes import TaxPartner, TaxStanding, taxed_partner, usual_class
from domain.pricing.units import NO_UNITS, converted
from domain.pricing.values import (
    AccessOutcome,
    ConditionRow,
    ConditionType,
    Customizing,
    InactiveReason,
    KeyField,
    ManualCondition,
    PricedDocument,
    PricedItem,
    PricingDocument,
    PricingItem,
)
from models.customer import Customer
from models.material import Material, MaterialSalesView

SIMULATING = ("sales_order", "price_condition")
"""The objects of which SIMULATE lets one ask what something costs."""
INTERNAL = "price_condition_internal"
USUAL_CUSTOMER_PROCEDURE = "1"
MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class ItemAsked:
    """So much of a material, with what is entered by hand."""

    material: str
    quantity: Decimal
    unit: str
    conditions: tuple[ManualCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be priced: ids are global, the area and the order type are codes."""

    order_type: str
    sales_area: str
    sold_to: str
    items: tuple[ItemAsked, ...]
    pricing_date: date | None = None
    services_rendered_date: date | None = None
    planned: bool = False
    conditions: tuple[ManualCondition, ...] = ()

    @property
    def by_hand(self) -> Iterator[tuple[str, ManualCondition]]:
        """What is entered by hand, at the header and at items, each with its path."""
        yield from ((f"conditions.{place}", each) for place, each in enumerate(self.conditions))
        for line, item in enumerate(self.items):
            yield from ((f"items.{line}.conditions.{place}", each) for place, each in enumerate(item.conditions))


@dataclass(frozen=True)
class Simulated:
    """A priced document, and what it was priced with. What was `asked` has every day said."""

    asked: Asked
    moment: datetime
    document: PricingDocument
    priced: PricedDocument
    customizing: Customizing
    pieces: Pieces
    materials: tuple[int, ...]
    free: tuple[FreeItem, ...]
    area: Area
    own: bool

    @property
    def items(self) -> tuple[PricedItem, ...]:
        """All items, those that come free behind the others."""
        return (*self.priced.items, *(each.item for each in self.free))

    @cached_property
    def descriptions(self) -> dict[tuple[int, int], str]:
        """What the steps of the procedure are called, by step and counter."""
        return {(each.step, each.counter): each.description for each in self.customizing.procedure.steps}


async def simulate(reads: Reads, asked: Asked, moment: datetime | None = None) -> Simulated:
    """Price what is asked; as it was at a moment, if one is given. Raises NotFound, Forbidden, Invalid, Refused, all whole."""
    area = area_of(asked.sales_area, "salesArea")
    if not 1 <= len(asked.items) <= MOST_ITEMS:
        raise Invalid.because("ITEMS_RANGE", "items", found=len(asked.items), most=MOST_ITEMS)
    authority = await reads.authority()
    rows = await _loaded(reads, authority, asked, area, moment)
    header = rows[0]
    refuse_question(authority, header, area, "soldTo", planned=asked.planned)
    _refuse_items(rows, area)
    fetch = fetch_by(reads)
    pieces = await (pieces_now(fetch, header["stamp"]) if moment is None else pieces_at(fetch, moment))
    customizing = pieces.customizing(procedure_of(pieces, asked.sales_area, asked.order_type, header["customer_procedure"]))
    _refuse_entries(authority, area, asked, pieces, own=header["own"])
    now = (await reads.state()).now
    asked = _with_days(asked, (moment or now).astimezone(ZoneInfo(header["time_zone"])).date())
    document = _document(asked, area, rows, customizing)
    lookups = lookups_of(keys_wanted(document, customizing))
    records = await (records_under(fetch, lookups) if moment is None else records_under_at(fetch, lookups, moment))
    free: tuple[ComesFree | None, ...] = (None,) * len(rows)
    if is_giving(asked.order_type):
        found = free_with_items(document, customizing, records)
        free = standing(asked.order_type, rows, found, await _groups_of(reads, authority, area, found))
    document = less_free(document, free) if any(free) else document
    priced = price(document, customizing, records)
    materials = tuple(row["material_id"] for row in rows)
    given = tuple(free_items(document, rows, free))
    return Simulated(asked, moment or now, document, priced, customizing, pieces, materials, given, area, header["own"])


async def _groups_of(reads: Reads, authority: Authority, area: Area, found: Iterable[ComesFree | None]) -> Mapping[int, str]:
    """The item category groups of the other materials that come free, of those sold there that the caller sees."""
    others = {int(each.material) for each in found if each is not None and each.material is not None}
    if not others:
        return {}
    bindings = Bindings()
    place = Place(authority, area, bindings)
    rows = await reads.fetch(
        f"""select m.id, m.item_category_group from materials m
            join material_sales_views w on w.material_id = m.id and {place.of("w")} and {place.seen(MaterialSalesView, "w")}
            where m.id = any({bindings.bind(sorted(others), "bigint[]")}) and {place.seen(Material, "m")}""",
        bindings,
    )
    return {row["id"]: row["item_category_group"] for row in rows}


def _with_days(asked: Asked, today: date) -> Asked:
    """The same with every day said: today where none is, in the sales organization."""
    pricing_date = asked.pricing_date or today
    return replace(asked, pricing_date=pricing_date, services_rendered_date=asked.services_rendered_date or pricing_date)


# ---------------------------------------------------------------------------------------------------------- what is loaded


async def _loaded(reads: Reads, authority: Authority, asked: Asked, area: Area, moment: datetime | None) -> list[Any]:
    """A row for each item with the header's data in each, of nothing that is hidden. Raises Invalid, NotFound.

    At a moment: of nothing that is hidden now, or was not there or elsewhere then.
    """
    keys = [global_id.key_of(each.material, "Material", f"items.{place}.material") for place, each in enumerate(asked.items)]
    bindings = Bindings()
    wanted, customer = bindings.bind(keys, "bigint[]"), global_id.key_of(asked.sold_to, "Customer", "soldTo")
    place = Place(authority, area, bindings)
    rows = await reads.fetch(
        f"""{"" if moment is None else place.then(customer, wanted, moment)} {place.columns}
            {place.header(customer)}
            cross join unnest({wanted}) with ordinality as wanted (id, place)
            left join materials m on m.id = wanted.id and {place.seen(Material, "m")}
            left join material_sales_views w on w.material_id = m.id and {place.of("w")}
                and {place.seen(MaterialSalesView, "w")}
            left join plants p on p.code = w.delivering_plant
            where {place.sold_to_seen} order by wanted.place""",
        bindings,
    )
    if not rows:
        raise NotFound.because("NOT_FOUND", "soldTo", what="Customer")
    return rows


@dataclass(frozen=True, slots=True)
class Place:
    """SQL for what is read of a customer and of materials in one sales area, held to what the caller may see."""

    authority: Authority
    area: Area
    bindings: Bindings

    @property
    def columns(self) -> str:
        """What is selected: the header's columns, then those of a material `m` sold there as `w` says."""
        own = RowScope(Customer.access, "t", self.authority.scope("customer"), self.authority.user_id).own(self.bindings)
        return f"""select {STAMP} as stamp, {own} as own, t.number, t.country, t.tax_number, v.id as view_id, v.customer_group,
            v.price_list, v.pricing_procedure as customer_procedure, v.currency, v.incoterms, v.payment_terms,
            v.shipping_condition, o.time_zone,
            v.tax_class as customer_tax_class, s.tax_class as ship_to_tax_class, b.tax_class as payer_tax_class,
            o.currency as organization_currency, k.country as organization_country, s.country as ship_to_country,
            s.tax_number as ship_to_tax_number, b.tax_number as payer_tax_number,
            m.id as material_id, m.number as material_number, m.material_group, m.tax_class, m.base_unit, m.gross_weight,
            m.item_category_group,
            m.net_weight, m.weight_unit, m.volume, m.volume_unit, w.id as sold_here, w.sales_unit, w.pricing_group, w.cost,
            coalesce(p.code, vp.code) as plant, coalesce(p.country, vp.country) as plant_country,
            (select json_agg(json_build_array(u.unit, u.numerator, u.denominator)) from material_units u
             where u.material_id = m.id) as units"""

    def header(self, customer: int) -> str:
        """The customer `t` with their view of the area `v`, and what goes with them."""
        wanted = self.bindings.bind(customer, "bigint")
        return f"""from customers t
            join sales_organizations o on o.code = {self.bindings.bind(self.area[0], "text")} and t.id = {wanted}
            join company_codes k on k.code = o.company_code
            left join customer_sales_area_views v on v.customer_id = t.id and {self.of("v")}
            left join lateral ({PARTNER.format(function="SHIP_TO")}) s on true
            left join lateral ({PARTNER.format(function="PAYER")}) b on true
            left join plants vp on vp.code = v.delivering_plant"""

    def then(self, customer: int, materials: str, moment: datetime) -> str:
        """Puts the customer and the materials as they were in the places of what they are, for what follows."""
        at, sold_to = self.bindings.bind(moment, "timestamptz"), self.bindings.bind(customer, "bigint")
        customers = wound_back(Customer, f"t.id = {sold_to} and {self.sold_to_seen}", at)
        return f"with {customers}, {wound_back(Material, f't.id = any({materials})', at)}"

    @property
    def sold_to_seen(self) -> str:
        """Holds where the caller may see the customer."""
        return self.seen(Customer, "t")

    def of(self, row: str) -> str:
        """Holds where a row lies in the area."""
        return " and ".join(
            f"{row}.{part} = {self.bindings.bind(code, 'text')}" for part, code in zip(PARTS, self.area, strict=True)
        )

    def seen(self, model: Any, row: str) -> str:
        """Holds where the caller may see a row of a model."""
        scope = self.authority.scope(model.access.object)
        return RowScope(model.access, row, scope, self.authority.user_id).some(self.bindings)


PARTNER = """select min(c.country) as country, min(c.tax_number) as tax_number, min(own.tax_class) as tax_class
             from customer_partners x join customers c on c.id = x.customer_id
             left join customer_sales_area_views own on own.customer_id = c.id and own.sales_organization = v.sales_organization
                 and own.distribution_channel = v.distribution_channel and own.division = v.division
             where x.view_id = v.id and x.function = '{function}'
             having count(*) = 1"""
"""SQL for the one partner of a function; where there are several, none is chosen for a question."""


def refuse_question(authority: Authority, header: Any, area: Area, path: str, *, planned: bool = False) -> None:
    """Raise Forbidden where the caller may not ask what something costs there, Refused where the customer has no view there."""
    held = [each for each in SIMULATING if authority.allows(area, each, Activity.SIMULATE, own=header["own"])]
    if not held:
        raise Forbidden.because("FORBIDDEN", None, object=SIMULATING[0], activity="SIMULATE", salesArea=text_of(area))
    note_use(authority.user_id, held[0], Activity.SIMULATE)
    if planned and not authority.allows(area, SIMULATING[1], Activity.SIMULATE, own=False):
        raise Forbidden.because("FORBIDDEN", "planned", object=SIMULATING[1], activity="SIMULATE", salesArea=text_of(area))
    if header["view_id"] is None:
        raise Refused.because("NO_VIEW_THERE", path, area=text_of(area))


def _refuse_entries(authority: Authority, area: Area, asked: Asked, pieces: Pieces, *, own: bool) -> None:
    """Raise Forbidden for a price by hand without OVERRIDE_PRICE, and for anything by hand of a partner."""
    types: dict[str, ConditionType] = pieces.values(Kind.CONDITION_TYPE)
    inside = any(authority.allows(area, each, Activity.SIMULATE, own=False) for each in SIMULATING)
    for path, entry in asked.by_hand:
        is_price = entry.condition_type in types and types[entry.condition_type].is_price
        needed = Activity.OVERRIDE_PRICE if is_price else Activity.SIMULATE
        if not (authority.allows(area, SIMULATING[0], needed, own=own) if is_price else inside):
            where = {"object": SIMULATING[0], "activity": needed.name, "salesArea": text_of(area)}
            raise Forbidden(Refusal("FORBIDDEN", path, where))


def _refuse_items(rows: Sequence[Any], area: Area) -> None:
    """Raise NotFound for materials that the caller does not see, Refused for those not sold there."""
    unknown = [
        Refusal("NOT_FOUND", f"items.{place}.material", {"what": "Material"})
        for place, row in enumerate(rows)
        if row["material_id"] is None
    ]
    if unknown:
        raise NotFound(*unknown)
    unsold = [
        Refusal("NOT_SOLD_THERE", f"items.{place}.material", {"value": row["material_number"], "area": text_of(area)})
        for place, row in enumerate(rows)
        if row["sold_here"] is None
    ]
    if unsold:
        raise Refused(*unsold)


def procedure_of(pieces: Pieces, sales_area: str, document_type: str, customer_procedure: str | None) -> str:
    """Which procedure prices it, for a customer with one of their own or none.

    Raises Invalid for an unknown document type, Refused where none is determined.
    """
    found = pieces.values(Kind.DOCUMENT_TYPE).get(document_type)
    if found is None:
        raise Invalid.because("CODE_UNKNOWN", "orderType", value=document_type)
    wanted = (sales_area, found.document_procedure, customer_procedure or USUAL_CUSTOMER_PROCEDURE)
    procedure = procedure_for(pieces.values(Kind.DETERMINATION).values(), *wanted)
    if procedure is None:
        raise Refused.because("NO_PROCEDURE", "salesArea", area=wanted[0], document=wanted[1], customer=wanted[2])
    return procedure


# ------------------------------------------------------------------------------------------------------- what is priced


def _document(asked: Asked, area: Area, rows: Sequence[Any], customizing: Customizing) -> PricingDocument:
    """The document as the rules know it."""
    assert asked.pricing_date is not None
    assert asked.services_rendered_date is not None
    rate = rate_of_costs(rows[0], customizing, asked.pricing_date)
    items = tuple(
        item_of(row, place * 10, each.quantity, each.unit, rate, each.conditions)
        for place, (each, row) in enumerate(zip(asked.items, rows, strict=True), start=1)
    )
    document = document_of(rows[0], area, items, asked.pricing_date, asked.services_rendered_date, planned=asked.planned)
    return replace(document, header_conditions=asked.conditions)


def document_of(
    header: Any,
    area: Area,
    items: tuple[PricingItem, ...],
    pricing_date: date,
    services_rendered_date: date,
    *,
    planned: bool = False,
) -> PricingDocument:
    """A document of these items for the customer of a header."""
    fields = {
        KeyField.SALES_ORGANIZATION: area[0],
        KeyField.DISTRIBUTION_CHANNEL: area[1],
        KeyField.DIVISION: area[2],
        KeyField.CURRENCY: header["currency"],
        KeyField.CUSTOMER: header["number"],
        KeyField.CUSTOMER_GROUP: header["customer_group"],
        KeyField.PRICE_LIST: header["price_list"],
        KeyField.INCOTERMS: header["incoterms"],
        KeyField.PAYMENT_TERMS: header["payment_terms"],
        KeyField.SHIPPING_CONDITION: header["shipping_condition"],
        KeyField.DESTINATION_COUNTRY: header["ship_to_country"] or header["country"],
        KeyField.CUSTOMER_TAX_CLASS: _tax_class(header),
    }
    return PricingDocument(
        currency=header["currency"],
        pricing_date=pricing_date,
        services_rendered_date=services_rendered_date,
        items=items,
        fields={field: value for field, value in fields.items() if value},
        simulation=planned,
    )


def _tax_class(header: Any) -> str:
    """The class of whoever decides it: their own in the sales area, else that of who is registered, or is not."""
    told = (
        (TaxPartner.PAYER, header["payer_tax_number"], header["payer_tax_class"]),
        (TaxPartner.SHIP_TO, header["ship_to_tax_number"], header["ship_to_tax_class"]),
        (TaxPartner.SOLD_TO, header["tax_number"], header["customer_tax_class"]),
    )
    standings = (TaxStanding(partner, number, own or usual_class(number)) for partner, number, own in told)
    taxed = taxed_partner(standings)
    assert taxed is not None, "the sold-to decides where nobody else does"
    return taxed.tax_class


def rate_of_costs(header: Any, customizing: Customizing, day: date) -> Fraction | None:
    """What costs, which are kept in the organization's currency, are worth in the customer's; None where no rate is known."""
    return exchange_rate(customizing.exchange_rates, header["organization_currency"], header["currency"], day)


def item_of(
    row: Any,
    line_number: int,
    quantity: Decimal,
    unit: str,
    rate_of_cost: Fraction | None,
    by_hand: tuple[ManualCondition, ...] = (),
) -> PricingItem:
    """So much of the material of a row."""
    fields = {
        KeyField.MATERIAL: row["material_number"],
        KeyField.MATERIAL_GROUP: row["material_group"],
        KeyField.MATERIAL_PRICING_GROUP: row["pricing_group"],
        KeyField.MATERIAL_TAX_CLASS: row["tax_class"],
        KeyField.PLANT: row["plant"],
        KeyField.SALES_UNIT: unit,
        KeyField.DEPARTURE_COUNTRY: row["plant_country"] or row["organization_country"],
    }
    cost, rate = row["cost"], rate_of_cost
    return PricingItem(
        line_number=line_number,
        quantity=quantity,
        unit=unit,
        base_unit=row["base_unit"],
        units=units_of(row["units"]) if row["units"] else NO_UNITS,
        gross_weight=row["gross_weight"],
        net_weight=row["net_weight"],
        weight_unit=row["weight_unit"] or "KG",
        volume=row["volume"],
        volume_unit=row["volume_unit"] or "L",
        cost=None if cost is None or rate is None else converted(cost, rate),
        fields=fields,
        manual=by_hand,
    )


def units_of(text: str) -> dict[str, Fraction]:
    """A material's own units, of which each is so many base units."""
    return {unit: Fraction(above, below) for unit, above, below in json.loads(text)}


# --------------------------------------------------------------------------------------------------------- what is shown


def shown_rows(simulated: Simulated, items: Iterable[PricedItem], authority: Authority) -> list[list[ConditionRow]]:
    """The rows of each item that the caller may see: what a step or its type keeps to holders of a right is left out.

    To who may not see what prices keep in the house, what is not released, not begun or over is as if it were not there.
    """
    rights = rights_of_steps(simulated.customizing)
    held = {
        right: authority.allows(simulated.area, right, Activity.DISPLAY, own=simulated.own)
        for right in {INTERNAL}.union(*rights.values())
    }
    seen = {step for step, needed in rights.items() if all(held[right] for right in needed)}
    shown = [[row for row in item.rows if (row.step, row.counter) in seen] for item in items]
    return shown if held[INTERNAL] else [[_told_outside(row) for row in rows] for rows in shown]


def _told_outside(row: ConditionRow) -> ConditionRow:
    found = tuple((OUTSIDE.get(outcome, outcome), record) for outcome, record in row.search.found)
    blocked = row.inactive_reason is InactiveReason.RECORD_BLOCKED
    return row._replace(search=row.search._replace(found=found), inactive_reason=None if blocked else row.inactive_reason)


OUTSIDE = dict.fromkeys((AccessOutcome.BLOCKED, AccessOutcome.NOT_YET_VALID, AccessOutcome.EXPIRED), AccessOutcome.NO_RECORD)
"""What accesses that found nothing to use are outside the house."""


def rights_of_steps(customizing: Customizing) -> dict[tuple[int, int], frozenset[str]]:
    """The authorization objects whose DISPLAY a step's rows need: its own and its condition type's."""
    found = {}
    for step in customizing.procedure.steps:
        condition_type = customizing.condition_types.get(step.condition_type or "")
        rights = (step.right, condition_type.right if condition_type else None)
        found[step.step, step.counter] = frozenset(right for right in rights if right is not None)
    return found
