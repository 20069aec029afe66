"""A sales document as it is entered: its header filled from the customer's view, its lines with category, unit and plant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from api.execution import global_id
from api.execution.command import Work, given
from api.resolvers.document_checks import is_by_partner
from api.resolvers.document_parts import Parts
from api.resolvers.document_sources import Source
from api.resolvers.drafts import Draft, Line
from api.resolvers.kept_conditions import copied_from, written_entries
from api.resolvers.orders_content import content, terms_of
from api.resolvers.pieces import Pieces
from api.resolvers.pricing import units_of
from domain.activity import Activity
from domain.areas import PARTS, text_of
from domain.customer import PartnerFunction
from domain.errors import Forbidden, Invalid, Refusal, refuse_if_any
from domain.orders.document_types import OrderType
from domain.orders.entry import GIVING, Partners, chosen_partner, refusals_to_choose
from domain.orders.item_categories import ItemCategory, determined_category, refusals_of_category
from domain.orders.quantities import faults_of_quantity
from domain.pricing.free_goods import part_of_free
from domain.pricing.kinds import CustomizingKind
from domain.pricing.units import NO_UNITS, conversion, places_of
from domain.pricing.values import ManualCondition, PricingType
from models.sales_document import BY_CATEGORY, DocumentHeader, SalesItem

PLACES_WITHIN_PRICE = 3
"""To how many decimal places a quantity is told that is free within the price of another."""
STEP = 10
"""Between the numbers of lines."""
PLAIN = ("customer_reference", "purchaser_name", "requested_delivery_date", "order_reason", "valid_from", "valid_to")
"""What whoever enters a document says of it."""
COMMERCIAL = (
    *("incoterms", "payment_terms", "payment_method", "shipping_condition", "sales_district", "title_transfer_place", "route"),
    *("complete_delivery", "salesperson", "delivery_block", "billing_block", "pricing_date", "order_date"),
)
"""What only the house says of a document: on which terms it is."""
FUNCTIONS: Mapping[str, PartnerFunction] = {
    "ship_to": PartnerFunction.SHIP_TO,
    "bill_to": PartnerFunction.BILL_TO,
    "payer": PartnerFunction.PAYER,
    "agent": PartnerFunction.AGENT,
}
OF_ITEMS = ("plant", "storage_location", "requested_date", "ship_separately", "under_tolerance", "over_tolerance")
"""What may be said of a line, by its column."""
HOUSE_ONLY = frozenset(
    {"plant", "storage_location", "under_tolerance", "over_tolerance", "item_category", "usage", "conditions"}
)
"""What only the house says of a line."""


@dataclass(frozen=True, slots=True)
class AskedItem:
    """A line as it is entered; `said` are further fields by their names."""

    material: int
    quantity: Decimal
    unit: str
    path: str
    line_number: int
    conditions: tuple[ManualCondition, ...]
    said: Mapping[str, Any]


def asked_items(items: Sequence[Any], after: int = 0, field: str = "items") -> list[AskedItem]:
    """The lines of an input, numbered behind the last one that there is. Raises Invalid (ID_MALFORMED)."""
    found = []
    for place, each in enumerate(items):
        path = f"{field}.{place}"
        names = (*OF_ITEMS, "item_category", "usage")
        said = {name: getattr(each, name) for name in names if given(getattr(each, name)) and getattr(each, name) is not None}
        material = global_id.key_of(each.material, "Material", f"{path}.material")
        conditions = tuple(entry.entry() for entry in (each.conditions or ()))
        found.append(AskedItem(material, each.quantity, each.unit, path, after + STEP * (place + 1), conditions, said))
    return found


def copied_item_asks(source: Source, type_: OrderType) -> list[AskedItem]:
    """The lines that are copied from another document, as if they were entered."""
    found = []
    numbers = {each.line: STEP * (place + 1) for place, each in enumerate(source.copied)}
    for place, each in enumerate(source.copied):
        item = source.items[each.line]
        said: dict[str, Any] = {"copied": each, "plant": item.plant, "usage": item.usage}
        if type_.category in GIVING:
            said["free_with_line"] = numbers.get(item.free_with_line or 0)
        if each.category is not None:
            said["item_category"] = each.category
        path = f"reference.lines.{place}"
        found.append(AskedItem(item.material_id, each.quantity, item.unit, path, STEP * (place + 1), (), said))
    return found


def header_of(work: Work, type_: OrderType, parts: Parts, input: Any, source: Source | None) -> DocumentHeader:
    """A new header: what was entered, else what the document that it refers to says, else the customer's view.

    The key of another system is for imports of the house, whose inputs have it. Raises Invalid (PAYMENT_FUTURE), and the errors
    of `fill_header` and `choose_partners`.
    """
    view, area = parts.header, dict(zip(PARTS, parts.area, strict=True))
    document = BY_CATEGORY[type_.category](
        category=type_.category,
        order_type=type_.code,
        sold_to_id=view["sold_to_id"],
        order_date=parts.today,
        pricing_date=parts.today,
        entered_at=work.now,
        entered_by=work.by,
        currency=view["currency"],
        delivery_block=type_.delivery_block,
        billing_block=type_.billing_block,
        requested_delivery_date=parts.today,
        pricing_procedure="",
        external_key=getattr(input, "external_key", None) or None,
        **{name: view[name] for name in ("incoterms", "payment_terms", "shipping_condition", "sales_district")},
        **area,
    )
    if source is not None:
        _take_over(document, source.document)
    fill_header(work, document, input)
    if document.order_date > parts.today:
        raise Invalid.because("PAYMENT_FUTURE", "orderDate", day=document.order_date.isoformat())
    choose_partners(document, parts, input)
    return document


TAKEN_OVER = (
    *("customer_reference", "purchaser_name", "incoterms", "payment_terms", "shipping_condition", "sales_district", "route"),
    *("ship_to_id", "bill_to_id", "payer_id", "agent_id", "title_transfer_place", "salesperson", "currency"),
)


def _take_over(document: DocumentHeader, before: Any) -> None:
    for name in TAKEN_OVER:
        value = getattr(before, name, None)
        if value is not None:
            setattr(document, name, value)


def fill_header(work: Work, document: DocumentHeader, input: Any) -> None:
    """Set what was entered. Raises Forbidden for what only the house says, Invalid for unknown codes."""
    commercial = [name for name in COMMERCIAL if hasattr(input, name) and given(getattr(input, name))]
    if commercial and is_by_partner(work):
        raise _forbidden(document, commercial[0])
    for name in (*PLAIN, *COMMERCIAL):
        value = getattr(input, name, None)
        if given(value) and hasattr(input, name):
            value = value.strip() or None if isinstance(value, str) else value
            if value is not None or document._meta.fields_map[name].null:
                setattr(document, name, value)
    faults = [
        Refusal("CODE_UNKNOWN", name, {"value": value})
        for name, value, known in (
            ("payment_terms", document.payment_terms, document.payment_terms is None or terms_of(document.payment_terms)),
            ("delivery_block", document.delivery_block, _is_known(document.delivery_block, content().types.blocks)),
            ("billing_block", document.billing_block, _is_known(document.billing_block, content().types.blocks)),
            ("payment_method", document.payment_method, _is_known(document.payment_method, content().types.payment_methods)),
        )
        if not known and name in commercial
    ]
    refuse_if_any(tuple(faults), Invalid)


def _is_known(code: str | None, known: Mapping[str, Any]) -> bool:
    return code is None or code in known


def _forbidden(document: DocumentHeader, path: str) -> Forbidden:
    object: str = type(document).access.object  # type: ignore[attr-defined]  # a category's model is guarded
    values = {"object": object, "activity": Activity.CHANGE.name, "salesArea": text_of(document.area)}
    return Forbidden(Refusal("FORBIDDEN", path, values))


def choose_partners(document: DocumentHeader, parts: Parts, input: Any) -> None:
    """Set who takes which function: who was asked for, else who takes it already, else the only one, else the sold-to.

    Raises Refused (PARTNER_NOT_OF_CUSTOMER, PARTNER_TO_BE_CHOSEN).
    """
    refusals: list[Refusal] = []
    for name, function in FUNCTIONS.items():
        value = getattr(input, name, None)
        asked = global_id.key_of(value, "Customer", name) if given(value) and value is not None else None
        available = [each for each in parts.partners if each.function is function]
        numbers = {each.id: each.number for each in available}
        before = getattr(document, f"{name}_id", None)
        if asked is None and before in numbers:
            continue
        partners = Partners(function, list(numbers.values()), None if asked is None else numbers.get(asked, value))
        refusals += refusals_to_choose(partners)
        chosen = chosen_partner(partners)
        id = next((key for key, number in numbers.items() if number == chosen), None)
        if function is PartnerFunction.AGENT:
            document.agent_id = id
        elif id is not None or not available:
            setattr(document, f"{name}_id", id or document.sold_to_id)
    refuse_if_any(tuple(refusals))


def lines_of(
    work: Work, draft: Draft, asked: Sequence[AskedItem], pieces: Pieces, plants: frozenset[str], source: Source | None = None
) -> list[Line]:
    """Lines as they are entered. Raises Forbidden, Invalid, Refused with everything that is wrong with them."""
    if is_by_partner(work):
        refuse_if_any(tuple(_house_only(draft, each) for each in asked if HOUSE_ONLY & _entered(each)), Forbidden)
    units = pieces.values(CustomizingKind.UNIT)
    faults = [
        *(fault for each in asked for fault in faults_of_quantity(each.quantity, each.unit, units, f"{each.path}.quantity")),
        *(
            Refusal("CODE_UNKNOWN", f"{each.path}.plant", {"value": each.said["plant"]})
            for each in asked
            if each.said.get("plant") not in (None, *plants)
        ),
    ]
    refuse_if_any(tuple(faults), Invalid)
    found, refusals = [], []
    for each in asked:
        row = draft.parts.materials[each.material]
        own = units_of(row["units"]) if row["units"] else NO_UNITS
        factor = conversion(each.unit, row["base_unit"], units, row["base_unit"], own)
        determined = determined_category(
            content().determinations, draft.type.code, row["item_category_group"], each.said.get("usage")
        )
        wanted = each.said.get("item_category")
        refused = list(refusals_of_category(determined, wanted, each.line_number, f"{each.path}.itemCategory"))
        if factor is None:
            values = {"line": each.line_number, "from": each.unit, "to": row["base_unit"], "record": "-"}
            refused.append(Refusal("UNIT_NOT_CONVERTED", f"{each.path}.unit", values))
        refusals += refused
        if not refused and determined is not None and factor is not None:
            category = content().item_categories[wanted or determined.category]
            found.append(line_of(draft, each, row, category, factor, source))
    refuse_if_any(tuple(refusals))
    return found


def _entered(item: AskedItem) -> frozenset[str]:
    """What was said of a line beside what its copying says."""
    if "copied" in item.said:
        return frozenset()
    return frozenset(item.said) | ({"conditions"} if item.conditions else frozenset())


def _house_only(draft: Draft, item: AskedItem) -> Refusal:
    name = sorted(HOUSE_ONLY & _entered(item))[0]
    return _forbidden(draft.document, f"{item.path}.{name}").refusals[0]


def line_of(
    draft: Draft,
    asked: AskedItem,
    row: Mapping[str, Any],
    category: ItemCategory,
    factor: Fraction,
    source: Source | None = None,
) -> Line:
    """A line of so much of the material of a row, of which a unit is `factor` base units."""
    document, said = draft.document, asked.said
    copied = said.get("copied")
    before = source.items[copied.line] if source is not None and copied is not None else None
    plant = said.get("plant") or row["plant"]
    item = SalesItem(
        line_number=asked.line_number,
        item_category=category.code,
        usage=said.get("usage"),
        material_id=asked.material,
        description=row["material_description"] if before is None else before.description,
        plant=plant if category.movement is not None else None,
        storage_location=said.get("storage_location") or row["storage_location"],
        shipping_point=plant if category.movement is not None else None,
        quantity=asked.quantity,
        unit=asked.unit,
        base_unit=row["base_unit"],
        numerator=factor.numerator,
        denominator=factor.denominator,
        requested_date=said.get("requested_date") or document.requested_delivery_date,
        ship_separately=bool(said.get("ship_separately")),
        tax_class=row["tax_class"],
        free_with_line=said.get("free_with_line"),
        under_tolerance=said.get("under_tolerance", Decimal(0)),
        over_tolerance=said.get("over_tolerance", Decimal(0)),
        priced_as=PricingType.NEW if source is None else source.rule.pricing,
        manual_conditions=written_entries(asked.conditions),
        currency=document.currency,
        billed_by=category.billed_by,
        sales_organization=document.sales_organization,
        distribution_channel=document.distribution_channel,
        division=document.division,
        sold_to_id=document.sold_to_id,
        agent_id=document.agent_id,
    )
    if before is not None:
        _take_over_free(draft, item, before)
    rows = copied_from(source.conditions.get(before.id, ())) if source is not None and before is not None else ()
    return Line(item, asked.path, asked.conditions, rows, source=before)


def _take_over_free(draft: Draft, item: SalesItem, before: SalesItem) -> None:
    """Of what is free within a copied item, the part that falls to so much of it."""
    is_within_price = before.free_kind is not None and not before.free_kind.has_item
    if before.free_kind is not None and (is_within_price or draft.type.category in GIVING):
        places = PLACES_WITHIN_PRICE if is_within_price else places_of(before.free_quantity)
        item.free_quantity = part_of_free(before.free_quantity, before.quantity, item.quantity, places)
        item.free_kind = before.free_kind if item.free_quantity else None
