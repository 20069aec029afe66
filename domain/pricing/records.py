"""What may be wrong with a condition record 条件记录, with records of one key beside each other, and where gaps are.

Source: DOMAIN.md §3. Which record holds on a day: `accesses.record_on`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from domain.errors import Refusal
from domain.pricing.calculation import PERCENTAGES
from domain.pricing.currencies import CURRENCY
from domain.pricing.scales import refusals_of_scale
from domain.pricing.values import (
    CalculationType,
    ConditionRecord,
    ConditionTable,
    ConditionType,
    ScaleType,
    Sign,
)

LEAST_PERCENT, MOST_PERCENT, MOST_RATE = Decimal(-100), Decimal(1000), Decimal("1e12")
DAY = timedelta(days=1)


class Rated(Protocol):
    """What has a rate: a record, a supplement, a manual entry."""

    @property
    def rate(self) -> Decimal: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def per(self) -> Decimal: ...


def refusals_of_rate(rated: Rated, condition_type: ConditionType, field: str, about: str = "") -> tuple[Refusal, ...]:
    """What is wrong with a rate of a type: its sign, a percentage below −100, no amount at all; `about` names the record."""
    values = {"type": condition_type.code, "record": about, "value": str(rated.rate)}
    percent = condition_type.calculation in PERCENTAGES
    checks = (
        (
            _is_within(rated.rate, condition_type),
            Refusal("PERCENT_RANGE" if percent else "RATE_RANGE", f"{field}.rate", values),
        ),
        (_has_sign(rated.rate, condition_type.sign), Refusal("RATE_SIGN", f"{field}.rate", values)),
        (rated.per.is_finite() and rated.per > 0, Refusal("PER_RANGE", f"{field}.per", {**values, "value": str(rated.per)})),
        (
            rated.currency is None or (not percent and CURRENCY.fullmatch(rated.currency) is not None),
            Refusal("CURRENCY_MALFORMED", f"{field}.currency", {"value": rated.currency}),
        ),
    )
    return tuple(refusal for holds, refusal in checks if not holds)


def _is_within(rate: Decimal, condition_type: ConditionType) -> bool:
    if not rate.is_finite() or condition_type.calculation not in PERCENTAGES:
        return rate.is_finite() and abs(rate) < MOST_RATE
    contained = condition_type.calculation is CalculationType.PERCENT_INCLUDED
    return LEAST_PERCENT <= rate <= MOST_PERCENT and not (contained and rate == LEAST_PERCENT)


def _has_sign(rate: Decimal, sign: Sign) -> bool:
    return sign is Sign.ANY or rate.is_nan() or (rate >= 0 if sign is Sign.POSITIVE else rate <= 0)


def refusals_of_record(
    record: ConditionRecord, types: Mapping[str, ConditionType], tables: Mapping[str, ConditionTable]
) -> tuple[Refusal, ...]:
    """Everything that is wrong with a record by itself."""
    condition_type, table = types.get(record.condition_type), tables.get(record.table)
    if condition_type is None or table is None:
        values = {"type": record.condition_type, "table": record.table}
        return (Refusal("RECORD_OF_NOTHING", "table" if condition_type else "conditionType", values),)
    return (
        *_refusals_of_key(record, table),
        *(() if record.free_goods else refusals_of_rate(record, condition_type, "record", record.number)),
        *_refusals_of_levels(record, condition_type),
        *_refusals_of_supplements(record, types),
        *_refusals_of_bounds(record),
    )


def _refusals_of_key(record: ConditionRecord, table: ConditionTable) -> Iterator[Refusal]:
    if len(record.key) != len(table.fields) or not all(record.key):
        fields = ", ".join(field.value for field in table.fields)
        yield Refusal("RECORD_KEY", "key", {"record": record.number, "table": table.code, "fields": fields})
    if record.valid_to < record.valid_from:
        yield Refusal("VALIDITY_REVERSED", "validTo")


def _refusals_of_levels(record: ConditionRecord, condition_type: ConditionType) -> Iterator[Refusal]:
    scale = record.scale
    if scale is None:
        return
    yield from refusals_of_scale(scale, "scale", {"record": record.number})
    for place, level in enumerate(scale.levels):
        if not (_is_within(level.rate, condition_type) and _has_sign(level.rate, condition_type.sign)):
            values = {"type": condition_type.code, "record": record.number, "value": str(level.rate)}
            percent = condition_type.calculation in PERCENTAGES
            yield Refusal("PERCENT_RANGE" if percent else "RATE_RANGE", f"scale.levels.{place}.rate", values)
    limits = record.lower_limit is not None or record.upper_limit is not None
    if scale.type is ScaleType.INTERVAL and (condition_type.group or record.supplements or limits):
        yield Refusal("INTERVAL_EXCLUDES", "scale.type", {"what": record.number})


def _refusals_of_supplements(record: ConditionRecord, types: Mapping[str, ConditionType]) -> Iterator[Refusal]:
    for place, supplement in enumerate(record.supplements):
        field, condition_type = f"supplements.{place}", types.get(supplement.condition_type)
        foreign = condition_type is None or condition_type.is_price or condition_type.is_free_goods
        if condition_type is None or foreign or condition_type.calculation is CalculationType.FORMULA:
            values = {"record": record.number, "value": supplement.condition_type}
            yield Refusal("SUPPLEMENT_TYPE", f"{field}.conditionType", values)
        else:
            yield from refusals_of_rate(supplement, condition_type, field, record.number)


def _refusals_of_bounds(record: ConditionRecord) -> Iterator[Refusal]:
    lower, upper = record.lower_limit, record.upper_limit
    if lower is not None and upper is not None and upper < lower:
        yield Refusal("LIMITS_REVERSED", "upperLimit", {"what": record.number})
    maxima = (
        ("maximumValue", record.maximum_value),
        ("maximumQuantity", record.maximum_quantity),
        ("maximumOrders", record.maximum_orders),
    )
    for field, most in maxima:
        if most is not None and not most > 0:
            yield Refusal("MAXIMUM_RANGE", field, {"record": record.number, "value": str(most)})


# ------------------------------------------------------------------------------------------------- records of one key


def refusals_of_overlap(record: ConditionRecord, others: Iterable[ConditionRecord]) -> tuple[Refusal, ...]:
    """The other records that claim days of this one under its key. Versions of one record may overlap: the highest holds."""
    overlapping = {
        other.number: other
        for other in others
        if other.number != record.number
        and (other.condition_type, other.table, other.key) == (record.condition_type, record.table, record.key)
        and other.valid_from <= record.valid_to
        and record.valid_from <= other.valid_to
    }
    return tuple(
        Refusal("RECORDS_OVERLAP", "validFrom", {"type": record.condition_type, "record": record.number, "other": number})
        for number in sorted(overlapping)
    )


def gaps(records: Iterable[ConditionRecord], first: date, last: date) -> tuple[tuple[date, date], ...]:
    """The days from first to last on which none of the records is valid, as spans with both ends included."""
    found: list[tuple[date, date]] = []
    day = first
    for record in sorted(records, key=lambda record: record.valid_from):
        if record.valid_to < day:
            continue
        if record.valid_from > last:
            break
        if day < record.valid_from:
            found.append((day, record.valid_from - DAY))
        if record.valid_to >= last:
            return tuple(found)
        day = record.valid_to + DAY
    return (*found, (day, last))
