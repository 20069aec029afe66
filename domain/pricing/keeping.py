"""Keeping condition records: under which table a key stands, what a record needs to be kept, who may release it.

Source: DOMAIN.md §3, condition record and release status.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from domain.errors import Refusal
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
