"""Keeping condition records: under which table a key stands, what a record needs to be kept, who may release it.

Source: DOMAIN.md §3, condition record and release status.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.errors import Refusal
from domain.pricing.free_goods import refusals_of_free_goods
from domain.pricing.units import places_of
from domain.pricing.values import (
    CalculationType,
    ConditionRecord,
    ConditionTable,
    ConditionType,
    Key,
    KeyField,
    ReleaseStatus,
)

MEASURED = frozenset(
    {CalculationType.QUANTITY, CalculationType.GROSS_WEIGHT, CalculationType.NET_WEIGHT, CalculationType.VOLUME}
)
"""The calculation types whose rate is for so many of a unit."""
AMOUNTS = MEASURED | {CalculationType.FIXED_AMOUNT}
"""The calculation types whose rate is an amount of a currency."""


MOST, PLACES = Decimal("1e9"), 3
"""The largest quantity that comes free or that something comes free with, and its decimal places."""


def table_for(tables: Iterable[ConditionTable], fields: Collection[KeyField]) -> ConditionTable | None:
    """The first of the tables that has exactly these fields; None if none has."""
    return next((table for table in tables if set(table.fields) == set(fields)), None)


def key_in(table: ConditionTable, values: Mapping[KeyField, str]) -> Key:
    """The values in the table's order."""
    return tuple(values[field] for field in table.fields)


def refusals_to_keep(record: ConditionRecord, condition_type: ConditionType, units: Collection[str]) -> tuple[Refusal, ...]:
    """What a record lacks to be found and used one day: an amount's currency, the unit of what it is for.

    `units` are all units of measure that there are. A scale by quantity may be in any of them.
    """
    if condition_type.is_free_goods or record.free_goods is not None:
        return tuple(_refusals_to_keep_free_goods(record, condition_type, units))
    measured, amount = condition_type.calculation in MEASURED, condition_type.calculation in AMOUNTS
    checks = (
        (not amount or record.currency is not None, Refusal("CURRENCY_NEEDED", "currency", {"type": condition_type.code})),
        (not measured or record.unit is not None, Refusal("UNIT_NEEDED", "unit", {"type": condition_type.code})),
        (record.unit is None or record.unit in units, Refusal("CODE_UNKNOWN", "unit", {"value": record.unit})),
        (
            condition_type.access_sequence is not None,
            Refusal("TYPE_WITHOUT_RECORDS", "conditionType", {"value": condition_type.code}),
        ),
    )
    return tuple(refusal for holds, refusal in checks if not holds)


PATHS = {
    "per": "per",
    "free": "amount",
    "minimum": "freeGoods.minimum",
    "material": "freeGoods.material",
    "unit": "freeGoods.unit",
}
"""Where a record says what the rules of free goods call so."""
OF_RATES: Mapping[str, Callable[[ConditionRecord], object]] = {
    "currency": lambda record: record.currency,
    "scale": lambda record: record.scale,
    "supplements": lambda record: record.supplements,
    "lowerLimit": lambda record: record.lower_limit,
    "upperLimit": lambda record: record.upper_limit,
    "maximumValue": lambda record: record.maximum_value,
    "maximumQuantity": lambda record: record.maximum_quantity,
    "maximumOrders": lambda record: record.maximum_orders,
    "exclusionIndicator": lambda record: record.exclusion_indicator,
}
"""What only a record that has a rate can say, by its field."""


def _refusals_to_keep_free_goods(
    record: ConditionRecord, condition_type: ConditionType, units: Collection[str]
) -> Iterator[Refusal]:
    """What a record lacks to say what comes free, and what it says that only a rate has."""
    goods, values = record.free_goods, {"type": condition_type.code}
    if goods is None or not condition_type.is_free_goods:
        yield Refusal("FREE_GOODS_NEEDED" if goods is None else "FREE_GOODS_MISPLACED", "freeGoods", values)
        return
    if condition_type.access_sequence is None:
        yield Refusal("TYPE_WITHOUT_RECORDS", "conditionType", {"value": condition_type.code})
    yield from (Refusal("NOT_OF_FREE_GOODS", field, values) for field, said in OF_RATES.items() if said(record))
    for field, unit in (("unit", record.unit), ("freeGoods.unit", goods.unit)):
        if unit is not None and unit not in units:
            yield Refusal("CODE_UNKNOWN", field, {"value": unit})
    for field, figure in (("per", goods.per), ("free", goods.free), ("minimum", goods.minimum)):
        if not figure.is_finite() or abs(figure) > MOST or places_of(figure) > PLACES:
            yield Refusal("QUANTITY_OUT_OF_RANGE", PATHS[field], {"value": str(figure)})
    for refusal in refusals_of_free_goods(goods):
        yield replace(refusal, field=PATHS[refusal.field or ""])


@dataclass(frozen=True, slots=True)
class ReleaseCase:
    """What decides a release, apart from policy."""

    status: ReleaseStatus
    author: str
    releaser: str


RELEASE_RULES: tuple[tuple[str, str, Callable[[ReleaseCase], bool]], ...] = (  # code, field, holds when
    ("RELEASED_ALREADY", "conditionRecord", lambda case: case.status is not ReleaseStatus.RELEASED),
    ("OWN_RECORD", "conditionRecord", lambda case: case.author != case.releaser),
)


def refusals_to_release(case: ReleaseCase) -> tuple[Refusal, ...]:
    """Every reason against letting a version apply: 总部审批 is never that of its author."""
    return tuple(Refusal(code, field) for code, field, holds in RELEASE_RULES if not holds(case))
