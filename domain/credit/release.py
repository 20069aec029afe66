"""Releases 释放 of what credit stops: who may not, how long one holds, how much of a part goes on. Source: DOMAIN.md §4."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.credit.status import CreditStatus
from domain.errors import Refusal
from domain.pricing.rounding import EXACT, ONE, ZERO, rounded
from domain.pricing.values import RoundingRule

HUNDRED = Decimal(100)
WAITING = frozenset({CreditStatus.NOT_APPROVED, CreditStatus.PARTIALLY_RELEASED})


@dataclass(frozen=True, slots=True)
class Release:
    """For which value somebody released, when; by how many percent more it may grow, and for how many days; None: that day."""

    value: Decimal
    on: date
    deviation: Decimal = ZERO
    days: int | None = None


def holds(release: Release, value: Decimal, today: date) -> bool:
    """Whether a release still holds for a value: released on 1 July for 5 days, through 5 July."""
    most = EXACT.multiply(release.value, ONE + release.deviation / HUNDRED)
    return value <= most and (today - release.on).days < (1 if release.days is None else release.days)


@dataclass(frozen=True, slots=True)
class ReleaseCase:
    """What decides a release, apart from policy: `value` is all that the order counts for, `partial` what is to go on of it."""

    status: CreditStatus
    creator: str
    changed_by: frozenset[str]
    releaser: str
    value: Decimal = ZERO
    partial: Decimal | None = None


RELEASE_RULES: tuple[tuple[str, str, Callable[[ReleaseCase], bool]], ...] = (  # reason, field, holds when
    ("CREDIT_NOT_BLOCKED", "salesOrder", lambda case: case.status in WAITING),
    ("CREDIT_OWN_DOCUMENT", "salesOrder", lambda case: case.releaser not in {case.creator, *case.changed_by}),
    ("CREDIT_PARTIAL_RANGE", "value", lambda case: case.partial is None or 0 < case.partial <= case.value),
)


def refusals_to_release(case: ReleaseCase) -> tuple[Refusal, ...]:
    """Every reason against a release, whole or in part."""
    values = {"value": str(case.partial), "most": str(case.value)}
    return tuple(Refusal(reason, field, values) for reason, field, holds in RELEASE_RULES if not holds(case))


def refusals_to_reject(case: ReleaseCase) -> tuple[Refusal, ...]:
    """Every reason against a rejection: of what is not blocked as a whole, or one's own."""
    refusals = refusals_to_release(case)
    if case.status is CreditStatus.PARTIALLY_RELEASED:
        return (Refusal("CREDIT_NOT_BLOCKED", "salesOrder"), *refusals)
    return refusals


@dataclass(frozen=True, slots=True)
class HeldPart:
    """An item of an order that credit stops: how much of it there is, what one unit counts for, and its decimals."""

    quantity: Decimal
    price: Decimal
    places: int = 0


def held_after(parts: Sequence[HeldPart], released: Decimal) -> tuple[Decimal, ...]:
    """How much of each item stays held when so much value is released: each is filled before the next, to its decimals."""
    left, held = released, []
    for part in parts:
        value = EXACT.multiply(part.quantity, part.price)
        if value <= left:
            freed = part.quantity
        else:
            freed = rounded(EXACT.divide(left, part.price), ONE.scaleb(-part.places), RoundingRule.DOWN)
        left -= EXACT.multiply(freed, part.price)
        held.append(part.quantity - freed)
    return tuple(held)
