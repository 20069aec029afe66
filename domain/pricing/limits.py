"""Limits 限额: of a manual rate, and of what a record grants, used up order by order.

Source: DOMAIN.md §3, condition record.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from domain.errors import Refusal
from domain.pricing.rounding import EXACT, ZERO, rounded
from domain.pricing.values import ConditionRecord, ConditionType, RecordUse, Used


def refusals_of_manual_rate(
    rate: Decimal, condition_type: ConditionType, record: ConditionRecord | None, field: str
) -> tuple[Refusal, ...]:
    """What speaks against a rate entered by hand: the limits of its record, else of its type, both included."""
    lower = record.lower_limit if record is not None else None
    upper = record.upper_limit if record is not None else None
    lower = condition_type.lower_limit if lower is None else lower
    upper = condition_type.upper_limit if upper is None else upper
    if (lower is None or lower <= rate) and (upper is None or rate <= upper):
        return ()
    values = {"type": condition_type.code, "value": str(rate), "lower": _bound(lower), "upper": _bound(upper)}
    return (Refusal("RATE_OUTSIDE_LIMITS", field, values),)


def _bound(limit: Decimal | None) -> str:
    return "..." if limit is None else str(limit)


def is_limited(record: ConditionRecord) -> bool:
    """Whether orders use it up."""
    return record.maximum_value is not None or record.maximum_quantity is not None or record.maximum_orders is not None


def used_up(record: ConditionRecord, use: RecordUse) -> ConditionRecord:
    """The record after an order has used so much of it."""
    used = record.used
    return record._replace(used=Used(used.value + use.value, used.quantity + use.quantity, used.orders + 1))


class Rest:
    """What is left of a limited record for the lines of one document, in document currency and in the record's unit."""

    __slots__ = ("exchange", "quantity", "record", "taken", "taken_quantity", "unit", "value")

    def __init__(self, record: ConditionRecord, exchange: Fraction, unit: Decimal) -> None:
        self.record, self.exchange, self.unit = record, exchange, unit
        self.taken = self.taken_quantity = ZERO
        over = record.maximum_orders is not None and record.used.orders >= record.maximum_orders
        most, used = record.maximum_value, record.used
        left = None if most is None else max(ZERO, most - used.value)
        amount = None if left is None else rounded(_times(left, exchange), unit)
        self.value = ZERO if over else amount
        quantity = record.maximum_quantity
        self.quantity = None if quantity is None else max(ZERO, quantity - used.quantity)

    def grant(self, value: Decimal, quantity: Decimal) -> Decimal:
        """As much of a value as is left, by quantity and by value; what is granted is taken."""
        granted = value
        if self.quantity is not None and quantity > self.quantity:
            granted = rounded(EXACT.divide(value * self.quantity, quantity), self.unit)
            quantity = self.quantity
        if self.value is not None and abs(granted) > self.value:
            granted = self.value.copy_sign(granted)
        self.value = None if self.value is None else self.value - abs(granted)
        self.quantity = None if self.quantity is None else self.quantity - quantity
        self.taken += abs(granted)
        self.taken_quantity += quantity if granted else ZERO
        return granted

    def use(self) -> RecordUse:
        """What the document uses up of the record."""
        return RecordUse(self.record, rounded(_times(self.taken, 1 / self.exchange), self.unit), self.taken_quantity)


def _times(amount: Decimal, factor: Fraction) -> Decimal:
    return EXACT.divide(amount * factor.numerator, Decimal(factor.denominator))
