"""Rows of a price and what was entered by hand, as they are kept, and as they are read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from functools import lru_cache
from typing import Any

from domain.pricing.values import PERCENT_SIGN, AccessOutcome, AccessTrace, CopiedRow, KeyField, ManualCondition, SearchTrace
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


def written_search(search: SearchTrace) -> str:
    """What a search looked for, access by access, and what became of it, as JSON text that `read_search` reads.

    It is put together of texts that are written once, as each order keeps hundreds of them.
    """
    values, accesses = search.fields, []
    for (number, table, fields), (outcome, _) in zip(search.searched, search.found, strict=True):
        key = ",".join([_written_pair(field, values[field]) for field in fields if field in values])
        accesses.append(f'[{number},{_written(table)},[{key}],"{outcome.value}"]')
    return f"[{','.join(accesses)}]"


@lru_cache(maxsize=10_000)
def _written_pair(field: str, value: str) -> str:
    return json.dumps([field, value])


@lru_cache(maxsize=1_000)
def _written(text: str) -> str:
    return json.dumps(text)


def read_search(text: str) -> list[AccessTrace]:
    """The accesses of a search that is kept; the records that were found stand in the rows."""
    return [
        AccessTrace(number, table, tuple((KeyField(field), value) for field, value in key), AccessOutcome(outcome))
        for number, table, key, outcome in json.loads(text)
    ]
