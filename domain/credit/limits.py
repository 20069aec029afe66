"""Limits 信用额度 and temporary grants 临时授信: what holds on a day, how much of it is used, what is wrong with one.

Source: DOMAIN.md §4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from domain.credit.status import Band
from domain.errors import Refusal
from domain.pricing.rounding import EXACT, ZERO, rounded
from domain.pricing.units import places_of
from domain.pricing.values import RoundingRule

HUNDRED = Decimal(100)
MOST_AMOUNT = Decimal("1e15")
MOST_PLACES = 3
"""As many as the smallest unit of any currency has."""
MOST_USED = Decimal("999999.99")
"""The share that is used of a limit of nothing, once anything is."""


class GrantScope(Enum):
    """What a temporary grant is for."""

    CUSTOMER = "CUSTOMER"
    ORDER = "ORDER"
    AREA = "AREA"


@dataclass(frozen=True, slots=True)
class Limit:
    """What an account may come to, from a day through another."""

    amount: Decimal
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """So much beyond the limit, from a day through another: for everything, one order (by number) or one sales area."""

    amount: Decimal
    scope: GrantScope
    valid_from: date
    valid_to: date
    order: str | None = None
    area: str | None = None

    def is_for(self, order: str | None, area: str | None) -> bool:
        """Whether it is for an order in an area."""
        named = {GrantScope.ORDER: (self.order, order), GrantScope.AREA: (self.area, area)}
        wanted, given = named.get(self.scope, (None, None))
        return wanted == given


def limit_on(
    day: date, limits: Iterable[Limit], grants: Iterable[Grant] = (), order: str | None = None, area: str | None = None
) -> Decimal | None:
    """What an account may come to on a day for an order in an area: the limit that began last of those valid, and every grant
    for it; None where no limit is valid.
    """
    valid = [each for each in limits if each.valid_from <= day and (each.valid_to is None or day <= each.valid_to)]
    if not valid:
        return None
    granted = (each.amount for each in grants if each.valid_from <= day <= each.valid_to and each.is_for(order, area))
    return max(valid, key=lambda each: each.valid_from).amount + sum(granted, ZERO)


def share_used(limit: Decimal | None, exposed: Decimal) -> Decimal:
    """How much of a limit is used, in percent, rounded up so that nobody acts on a little less than there is."""
    if exposed <= 0:
        return ZERO
    if not limit:
        return MOST_USED
    return rounded(EXACT.divide(EXACT.multiply(exposed, HUNDRED), limit), Decimal("0.01"), RoundingRule.UP)


def headroom(limit: Decimal | None, exposed: Decimal) -> Decimal | None:
    """What is left of a limit; below zero, by how much it is exceeded. None without a limit."""
    return None if limit is None else limit - exposed


def band(limit: Decimal | None, exposed: Decimal, near_percent: Decimal, *, blocked: bool = False) -> Band:
    """How near a limit is: blocked where nothing more can be ordered."""
    if blocked or limit is None or exposed >= limit:
        return Band.BLOCKED
    return Band.NEAR if EXACT.multiply(exposed, HUNDRED) >= EXACT.multiply(limit, near_percent) else Band.OK


def _in_range(amount: Decimal) -> bool:
    return amount.is_finite() and 0 <= amount < MOST_AMOUNT and places_of(amount) <= MOST_PLACES


def refusals_of_limit(amount: Decimal, field: str = "limit") -> tuple[Refusal, ...]:
    """What is wrong with an amount to be set as a limit."""
    if _in_range(amount):
        return ()
    return (Refusal("CREDIT_AMOUNT_RANGE", field, {"value": str(amount)}),)


def refusals_of_grant(grant: Grant) -> tuple[Refusal, ...]:
    """What is wrong with a temporary grant, field by field."""
    period = {"validFrom": grant.valid_from.isoformat(), "validTo": grant.valid_to.isoformat()}
    amount = grant.amount
    checks = (
        (_in_range(amount) and amount > 0, Refusal("CREDIT_AMOUNT_RANGE", "amount", {"value": str(amount)})),
        (grant.valid_from <= grant.valid_to, Refusal("CREDIT_PERIOD", "validTo", period)),
        ((grant.scope is GrantScope.ORDER) == (grant.order is not None), Refusal("CREDIT_SCOPE", "salesOrder")),
        ((grant.scope is GrantScope.AREA) == (grant.area is not None), Refusal("CREDIT_SCOPE", "salesArea")),
    )
    return tuple(refusal for holds, refusal in checks if not holds)


def refusals_to_decide(requested_by: str, decided_by: str, *, waiting: bool) -> tuple[Refusal, ...]:
    """Why somebody cannot decide on what was asked for: it is decided, or their own."""
    checks = ((waiting, "CREDIT_DECIDED"), (requested_by != decided_by, "CREDIT_OWN_REQUEST"))
    return tuple(Refusal(reason, "creditLimitRequest") for holds, reason in checks if not holds)


@dataclass(frozen=True, slots=True)
class HolderCase:
    """What decides on whose account a customer's documents count: whether it is their own; whether the holder's count on
    another's; whether others' documents count on the customer's.
    """

    own: bool
    holder_is_member: bool = False
    has_members: bool = False


def refusals_of_holder(case: HolderCase) -> tuple[Refusal, ...]:
    """Why a customer's documents cannot count on an account: a group head is a member of no other group, nor of its own."""
    checks = (
        (case.own or not case.holder_is_member, "CREDIT_HOLDER_MEMBER"),
        (case.own or not case.has_members, "CREDIT_HOLDER_OF_OTHERS"),
    )
    return tuple(Refusal(reason, "holder") for holds, reason in checks if not holds)
