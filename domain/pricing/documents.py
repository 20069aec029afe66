"""What may be wrong with a document before it is priced: quantities, units, lines, manual entries. Source: DOMAIN.md §3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from domain.errors import Refusal
from domain.pricing.currencies import CURRENCY
from domain.pricing.prepared import Prepared
from domain.pricing.records import refusals_of_rate
from domain.pricing.units import conversion, decimals_of, places_of
from domain.pricing.values import (
    CalculationType,
    ConditionLevel,
    ConditionType,
    ManualCondition,
    ManualEntry,
    PricingDocument,
    PricingItem,
)

MOST_QUANTITY = Decimal("1e12")


def refusals_of_document(document: PricingDocument, plan: Prepared) -> tuple[Refusal, ...]:
    """Everything that is wrong with a document as it was entered, each reason with the path of its field."""
    return tuple(_refusals(document, plan))


def _refusals(document: PricingDocument, plan: Prepared) -> Iterator[Refusal]:
    if not CURRENCY.fullmatch(document.currency):
        yield Refusal("CURRENCY_MALFORMED", "currency", {"value": document.currency})
    yield from _refusals_of_entries(document.header_conditions, plan, "headerConditions", ConditionLevel.ITEM)
    seen: set[int] = set()
    for index, item in enumerate(document.items):
        if item.line_number in seen:
            yield Refusal("LINE_TWICE", f"items.{index}.lineNumber", {"line": item.line_number})
        seen.add(item.line_number)
        yield from _refusals_of_item(item, plan, f"items.{index}")


def _refusals_of_item(item: PricingItem, plan: Prepared, path: str) -> Iterator[Refusal]:
    units = plan.customizing.units
    yield from _refusals_of_quantity(item, decimals_of(item.unit, units), path)
    convertible = all(factor > 0 for factor in item.units.values())
    if not convertible or conversion(item.unit, item.base_unit, units, item.base_unit, item.units) is None:
        values = {"line": item.line_number, "from": item.unit, "to": item.base_unit, "record": "-"}
        yield Refusal("UNIT_NOT_CONVERTED", f"{path}.unit", values)
    measures = (
        ("grossWeight", item.gross_weight),
        ("netWeight", item.net_weight),
        ("volume", item.volume),
        ("cost", item.cost),
    )
    for field, measure in measures:
        if measure is not None and not (measure.is_finite() and 0 <= measure <= MOST_QUANTITY):
            yield Refusal("MEASURE_RANGE", f"{path}.{field}", _shown(item, measure))
    yield from _refusals_of_entries(item.manual, plan, f"{path}.manual", ConditionLevel.HEADER)
    for place, row in enumerate(item.copied):
        if row.condition_type not in (plan.types if row.supplement else plan.of_type):
            values = {"type": row.condition_type, "procedure": plan.customizing.procedure.code}
            yield Refusal("TYPE_NOT_IN_PROCEDURE", f"{path}.copied.{place}", values)


def _refusals_of_quantity(item: PricingItem, places: int, path: str) -> Iterator[Refusal]:
    quantity, free = item.quantity, item.free_quantity
    if not quantity.is_finite() or not 0 < quantity <= MOST_QUANTITY:
        yield Refusal("QUANTITY_RANGE", f"{path}.quantity", _shown(item, quantity))
    elif places_of(quantity) > places:
        yield Refusal("QUANTITY_PLACES", f"{path}.quantity", {**_shown(item, quantity), "unit": item.unit, "most": places})
    elif not free.is_finite() or not 0 <= free <= quantity:
        yield Refusal("FREE_QUANTITY_RANGE", f"{path}.freeQuantity", _shown(item, free))


def _shown(item: PricingItem, figure: Decimal) -> dict[str, object]:
    """What a text says of a figure of an item."""
    return {"line": item.line_number, "value": str(figure)}


# ------------------------------------------------------------------------------------------------------ manual entries


def _refusals_of_entries(
    entries: Sequence[ManualCondition], plan: Prepared, path: str, foreign: ConditionLevel
) -> Iterator[Refusal]:
    """What speaks against entries at the header or at an item; `foreign` is the level whose types do not belong here."""
    for place, entry in enumerate(entries):
        field = f"{path}.{place}"
        step = plan.of_type.get(entry.condition_type)
        if step is None or step.type is None:
            values = {"type": entry.condition_type, "procedure": plan.customizing.procedure.code}
            yield Refusal("TYPE_NOT_IN_PROCEDURE", f"{field}.conditionType", values)
        else:
            yield from _refusals_of_entry(entry, step.type, field, foreign)


def _refusals_of_entry(
    entry: ManualCondition, condition_type: ConditionType, field: str, foreign: ConditionLevel
) -> Iterator[Refusal]:
    values = {"type": condition_type.code}
    is_formula = condition_type.calculation is CalculationType.FORMULA
    if condition_type.manual_entry is ManualEntry.FORBIDDEN or is_formula or condition_type.is_free_goods:
        yield Refusal("MANUAL_FORBIDDEN", f"{field}.conditionType", values)
    if condition_type.level is foreign:
        yield Refusal("MANUAL_LEVEL", f"{field}.conditionType", values)
    yield from refusals_of_rate(entry, condition_type, field)
