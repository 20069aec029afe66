"""What documents are priced with again: rows of a price that are kept, and what was entered by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from domain.pricing.values import PERCENT_SIGN, CopiedRow, ManualCondition
from models.sales_document import ItemCondition

ZERO = Decimal(0)


def copied_from(conditions: Iterable[ItemCondition]) -> tuple[CopiedRow, ...]:
    """What another document is priced with when an item with these rows is copied."""
    return tuple(
        CopiedRow(
            step=each.step,
            counter=each.counter,
            condition_type=each.condition_type,
            rate=each.rate if each.rate is not None else ZERO,
            currency=each.rate_unit if each.rate_unit not in (None, PERCENT_SIGN) else None,
            per=each.per if each.per is not None else Decimal(1),
            unit=each.per_unit,
            origin=each.origin,
            inactive_reason=each.inactive_reason,
            interval=each.interval,
            supplement=each.supplement,
        )
        for each in conditions
        if each.condition_type is not None and each.base is not None and not each.header
    )


def written_entries(entries: Iterable[ManualCondition]) -> list[Any]:
    """What was entered by hand, as it is kept."""
    return json.loads(json.dumps([asdict(each) for each in entries], default=str))  # type: ignore[no-any-return]


def read_entries(kept: Iterable[Mapping[str, Any]]) -> tuple[ManualCondition, ...]:
    """What was entered by hand, of what is kept."""
    return tuple(
        ManualCondition(each["condition_type"], Decimal(each["rate"]), each["currency"], Decimal(each["per"]), each["unit"])
        for each in kept
    )
