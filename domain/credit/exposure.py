"""Exposure 信用占用: what counts on an account, bucket by bucket. Source: DOMAIN.md §4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.credit.status import Bucket
from domain.orders.quantities import ItemQuantities
from domain.pricing.rounding import EXACT, ZERO


@dataclass(frozen=True, slots=True)
class Exposure:
    """What counts, in the account's currency; what was paid in advance are receivables below zero."""

    open_orders: Decimal = ZERO
    open_deliveries: Decimal = ZERO
    open_billing: Decimal = ZERO
    receivables: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.open_orders + self.open_deliveries + self.open_billing + self.receivables

    @property
    def by_bucket(self) -> Mapping[Bucket, Decimal]:
        """It by its buckets."""
        return {bucket: getattr(self, bucket.name.lower()) for bucket in Bucket}

    def __add__(self, other: Exposure) -> Exposure:
        return Exposure(*(self.by_bucket[each] + other.by_bucket[each] for each in Bucket))


@dataclass(frozen=True, slots=True)
class CreditItem:
    """An item of an order: what became of it, what one unit counts for, and how much of it counts until it is delivered.

    What counts is what is promised, or all that is kept where nothing is promised; nothing of an order that is blocked.
    """

    quantities: ItemQuantities
    price: Decimal
    counted: Decimal


def exposure_of(item: CreditItem) -> Exposure:
    """What an item counts for; its value moves from bucket to bucket, and what is owed for it is the invoice's own amount."""
    each = item.quantities
    open_ = max(min(item.counted, each.kept) - max(each.delivered, each.billed), ZERO)
    quantities = (open_, max(each.delivered - each.billed, ZERO), each.billed - each.posted)
    return Exposure(*(EXACT.multiply(quantity, item.price) for quantity in quantities))


@dataclass(frozen=True, slots=True)
class Position:
    """So much in a bucket, due on a day: for shipping, or for payment."""

    bucket: Bucket
    day: date | None
    value: Decimal


def exposure(positions: Iterable[Position]) -> Exposure:
    """What positions sum to, bucket by bucket."""
    sums = dict.fromkeys(Bucket, ZERO)
    for each in positions:
        sums[each.bucket] += each.value
    return Exposure(*sums.values())


def open_after(positions: Iterable[Position], day: date) -> Decimal:
    """What of open orders is due for shipping after a day."""
    later = (each.value for each in positions if each.bucket is Bucket.OPEN_ORDERS and each.day is not None and each.day > day)
    return sum(later, ZERO)
