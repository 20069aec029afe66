"""Every rule of documents that makes refusals of a table, with everything wrong: for the test of the messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from domain.errors import Refusal
from domain.orders.billing import BillingCase, BillingCategory, CancelCase, refusals_to_bill
from domain.orders.billing import refusals_to_cancel as refusals_to_cancel_billing
from domain.orders.clearing import ItemCase, OpenItem, ResetCase, refusals_to_clear, refusals_to_reset
from domain.orders.quantities import Called, ItemQuantities, Target, refusals_to_call_off

ZERO, ONE = Decimal(0), Decimal(1)
DELIVERED = ItemQuantities(ONE, delivered=ONE)
CLOSED = OpenItem("90000001", ZERO, date(2026, 1, 1))


def refusals_of_documents() -> Iterator[Refusal]:
    """One of each reason at least."""
    yield from refusals_to_call_off(Target(ZERO, ZERO), Called(ZERO), Called(ONE, ONE), ZERO, 10)
    for quantity in (ZERO, ONE, ONE + ONE):
        yield from refusals_to_bill(BillingCase(DELIVERED, quantity, True, True, False), 10, "items.0")
    yield from refusals_to_cancel_billing(CancelCase(BillingCategory.CANCELLATION, True, ONE, True))
    yield from refusals_to_clear(ItemCase(CLOSED, False, False, True, ONE), "items.0")
    yield from refusals_to_reset(ResetCase(True, True, True))
