"""Pricing types 定价类型: which rows of a copied or changed document are kept, and which are determined anew.

Source: DOMAIN.md §3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.pricing.rounding import ONE, ZERO
from domain.pricing.values import (
    PERCENT_SIGN,
    CalculationType,
    ConditionClass,
    ConditionOrigin,
    ConditionType,
    CopiedRow,
    InactiveReason,
    PricedItem,
    PricingType,
)


@dataclass(frozen=True, slots=True)
class CopyingRule:
    """What a pricing type does: which copied rows stay, which types are determined, whether scales are read again."""

    keeps: Callable[[CopiedRow, ConditionType], bool]
    determines: Callable[[ConditionType], bool]
    rescales: bool = False


def _everything(*_: object) -> bool:
    return True


def _nothing(*_: object) -> bool:
    return False


def _manual(row: CopiedRow, _type: ConditionType) -> bool:
    return row.origin is ConditionOrigin.MANUAL


def _without_records(row: CopiedRow, condition_type: ConditionType) -> bool:
    """Whether nothing would bring this row back: no record can be found for its type, nobody entered it by hand."""
    derived = condition_type.calculation is CalculationType.FORMULA
    return condition_type.access_sequence is None and not derived and row.origin is not ConditionOrigin.MANUAL


def _freight(condition_type: ConditionType) -> bool:
    return condition_type.condition_class is ConditionClass.EXPENSE


COPYING: Mapping[PricingType, CopyingRule] = {
    PricingType.RESCALE: CopyingRule(_everything, _nothing, rescales=True),
    PricingType.NEW: CopyingRule(_without_records, _everything),
    PricingType.KEEP_MANUAL: CopyingRule(_manual, _everything),
    PricingType.UNCHANGED: CopyingRule(_everything, _nothing),
    PricingType.REDETERMINE_TAXES: CopyingRule(lambda _, each: not each.is_tax, lambda each: each.is_tax),
    PricingType.REDETERMINE_FREIGHT: CopyingRule(lambda _, each: not _freight(each), _freight),
}

LASTING = frozenset({InactiveReason.EXCLUDED, InactiveReason.MANUAL, InactiveReason.RECORD_BLOCKED})
"""The reasons that a copied row keeps; the others come of the figures, and are found anew."""


def copied_rows(item: PricedItem) -> tuple[CopiedRow, ...]:
    """What another document is priced with when this item is copied: its rows that have a rate, but for the header's."""
    return tuple(
        CopiedRow(
            step=row.step,
            counter=row.counter,
            condition_type=row.condition_type,
            rate=row.rate.amount if row.rate is not None else ZERO,
            currency=row.rate.unit if row.rate is not None and row.rate.unit != PERCENT_SIGN else None,
            per=row.per.amount if row.per is not None else ONE,
            unit=row.per.unit if row.per is not None else None,
            record=row.record,
            origin=row.origin,
            inactive_reason=row.inactive_reason,
            interval=row.interval,
            supplement=row.supplement,
        )
        for row in item.rows
        if row.condition_type is not None and row.base is not None and not row.header
    )


def is_kept(row: CopiedRow, condition_type: ConditionType, pricing_type: PricingType) -> bool:
    """Whether a row of the copied item stays as it was."""
    return COPYING[pricing_type].keeps(row, condition_type)


def is_determined(condition_type: ConditionType, pricing_type: PricingType) -> bool:
    """Whether records of a type are looked for."""
    return COPYING[pricing_type].determines(condition_type)


def lasting_reason(row: CopiedRow) -> InactiveReason | None:
    """Why a copied row stays inactive."""
    return row.inactive_reason if row.inactive_reason in LASTING else None
