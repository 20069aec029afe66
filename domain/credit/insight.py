"""What accounts tell 信用分析: the age of what is owed, days of sales outstanding, what is to come, what would free room.

Source: DOMAIN.md §4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from domain.credit.exposure import Position, exposure
from domain.credit.status import Bucket
from domain.pricing.rounding import EXACT, ZERO, rounded

HUNDRED = Decimal(100)
CENT, TENTH = Decimal("0.01"), Decimal("0.1")


@dataclass(frozen=True, slots=True)
class AgeClass:
    """What is owed and overdue by so many days: from some on, through others; None: without a bound."""

    from_days: int | None
    to_days: int | None
    value: Decimal


def _owed(positions: Iterable[Position]) -> list[tuple[date, Decimal]]:
    return [(each.day, each.value) for each in positions if each.bucket is Bucket.RECEIVABLES and each.day is not None]


def ageing(positions: Iterable[Position], today: date, steps: Sequence[int] = (0, 30, 60, 90)) -> tuple[AgeClass, ...]:
    """What is owed by how long it is overdue: not yet, then in classes of days. They sum to all that is owed."""
    owed = _owed(positions)
    bounds = [(None, steps[0]), *((low + 1, high) for low, high in pairwise(steps)), (steps[-1] + 1, None)]
    return tuple(
        AgeClass(
            low,
            high,
            sum(
                (
                    v
                    for due, v in owed
                    if (low is None or (today - due).days >= low) and (high is None or (today - due).days <= high)
                ),
                ZERO,
            ),
        )
        for low, high in bounds
    )


def overdue_share(positions: Iterable[Position], today: date, older_than: int) -> Decimal:
    """How much of what is owed is overdue by more than so many days, in percent; what a payer has in hand counts in neither."""
    owed = [(due, value) for due, value in _owed(positions) if value > 0]
    total = sum((value for _, value in owed), ZERO)
    late = sum((value for due, value in owed if (today - due).days > older_than), ZERO)
    return rounded(EXACT.divide(late * HUNDRED, total), CENT) if total else ZERO


def oldest(positions: Iterable[Position], today: date) -> int | None:
    """By how many days the oldest that is owed is overdue, below zero if it is not yet; None where nothing is owed."""
    days = [(today - due).days for due, value in _owed(positions) if value > 0]
    return max(days, default=None)


def days_sales_outstanding(receivables: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """How many days' sales are owed 应收账款周转天数; None without sales."""
    return rounded(EXACT.divide(receivables * days, sales), TENTH) if sales > 0 else None


def forecast(positions: Iterable[Position], days: Sequence[date]) -> tuple[Decimal, ...]:
    """What will count on each of some days, if what is owed is paid when it is due and nothing else happens: what a payer has
    in hand goes on counting below zero.
    """
    known = tuple(positions)
    whole, owed = exposure(known).total, [(due, value) for due, value in _owed(known) if value > 0]
    return tuple(whole - sum((value for due, value in owed if due <= day), ZERO) for day in days)


@dataclass(frozen=True, slots=True)
class RoomStep:
    """What is owed and due by a day, and how much could be ordered once it is paid."""

    day: date
    freed: Decimal
    room: Decimal


@dataclass(frozen=True, slots=True)
class Room:
    """How much more can be ordered today, and on each day on which something is due."""

    now: Decimal
    steps: tuple[RoomStep, ...]


def room(limit: Decimal, positions: Iterable[Position], today: date) -> Room:
    """How much more can be ordered, and what would free more: what is owed, by the day on which it is due, not before today."""
    known = tuple(positions)
    left = limit - exposure(known).total
    due: dict[date, Decimal] = {}
    for day, value in _owed(known):
        if value > 0:
            due[max(day, today)] = due.get(max(day, today), ZERO) + value
    steps, free = [], left
    for day, value in sorted(due.items()):
        free += value
        steps.append(RoomStep(day, value, max(free, ZERO)))
    return Room(max(left, ZERO), tuple(steps))
