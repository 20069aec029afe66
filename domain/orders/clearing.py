"""Clearing 清账: what a payment does to an open item, and what is left of both. Source: DOMAIN.md §5.

Amounts have the sign of the open item: those of an invoice are above zero, those of a credit memo below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from domain.errors import Refusal
from domain.pricing.rounding import ZERO


class Shortfall(Enum):
    """What becomes of an item that is not paid in full.

    It stays open, and the payment beside it (partial); or it is cleared, and a new item takes over the rest (residual).
    """

    PARTIAL = "PARTIAL"
    RESIDUAL = "RESIDUAL"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is owed, and what may be deducted if it is paid on the day."""

    amount: Decimal
    discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Cleared:
    """What became of an item: paid, deducted, and what stays open of it or as a new item."""

    paid: Decimal
    discount: Decimal
    still_open: Decimal
    residual: Decimal

    @property
    def is_cleared(self) -> bool:
        """Whether nothing of the item itself is open any more."""
        return not self.still_open


def cleared(item: OpenItem, paid: Decimal, shortfall: Shortfall = Shortfall.PARTIAL) -> Cleared:
    """What a payment of at most the item's amount does to it: it is enough if no more is missing than may be deducted."""
    missing = item.amount - paid
    if abs(missing) <= abs(item.discount):
        return Cleared(paid, missing, ZERO, ZERO)
    if shortfall is Shortfall.RESIDUAL:
        return Cleared(paid, ZERO, ZERO, missing)
    return Cleared(paid, ZERO, missing, ZERO)


def distributed(items: Sequence[OpenItem], payment: Decimal) -> tuple[list[Cleared], Decimal]:
    """A payment over items in their order, each paid as far as it goes; and what is left, which stays on account."""
    found = []
    for item in items:
        needed = item.amount - item.discount
        part = needed if abs(payment) >= abs(needed) else payment
        payment -= part
        found.append(cleared(item, part))
    return found, payment


def refusals_of_payment(item: OpenItem, paid: Decimal) -> Iterator[Refusal]:
    """What is wrong with a payment: it is nothing, or of the other sign."""
    if not paid:
        yield Refusal("CLEARING_NOTHING", "amount")
    elif (paid > 0) != (item.amount > 0):
        yield Refusal("CLEARING_SIGN", "amount", {"value": str(paid), "open": str(item.amount)})
