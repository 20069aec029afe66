"""Every rule of documents that makes refusals of a table, with everything wrong: for the test of the messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from domain.customer import BlockScope
from domain.errors import Refusal
from domain.orders.approvals import ApprovalStatus, DecideCase, Decision, Figures, refusals_to_decide
from domain.orders.billing import BillingCase, CancelCase, refusals_to_bill, refusals_to_cancel
from domain.orders.categories import DocumentCategory
from domain.orders.clearing import ItemCase, OpenItem, ResetCase, refusals_to_clear, refusals_to_reset
from domain.orders.copy_control import SourceCase, refusals_to_reference_document
from domain.orders.deliveries import DeliveryCase, DeliveryLine, refusals_to_post, refusals_to_reverse
from domain.orders.document_types import OrderType, PaymentMethod
from domain.orders.entry import EntryCase, refusals_to_enter
from domain.orders.payments import PaymentEntry, refusals_to_enter_payment
from domain.orders.quantities import Called, ItemQuantities, Target, refusals_to_call_off

ZERO, ONE = Decimal(0), Decimal(1)
DELIVERED = ItemQuantities(ONE, delivered=ONE)
CLOSED = OpenItem("90000001", ZERO, date(2026, 1, 1))
OVER = SourceCase("20000001", date(2026, 1, 2), date(2026, 1, 1), True, False, True)
RETURN = OrderType("RE", "x", "x", DocumentCategory.RETURN, "x", needs_reference=True, has_validity=True)
THEN, NOW = date(2026, 1, 1), date(2026, 1, 2)


def refusals_of_documents() -> Iterator[Refusal]:
    """One of each reason at least."""
    for valid_to in (None, THEN):
        blocks = frozenset({BlockScope.ORDER})
        yield from refusals_to_enter(EntryCase(RETURN, "100001", 0, NOW, False, True, blocks, NOW, valid_to))
    yield from refusals_to_call_off(Target(ZERO, ZERO), Called(ZERO), Called(ONE, ONE), ZERO, 10)
    for quantity in (ZERO, ONE, ONE + ONE):
        yield from refusals_to_bill(BillingCase(DELIVERED, quantity, True, True, False), 10, "items.0")
    yield from refusals_to_cancel(CancelCase(DocumentCategory.CANCELLATION, True, ONE, True))
    yield from refusals_to_clear(ItemCase(CLOSED, False, False, True, ONE), "items.0")
    yield from refusals_to_reset(ResetCase(False, True, True, True))
    yield from refusals_to_reference_document(OVER, None, "OR", "reference")
    decisions = (Decision(1, "ann", True, Figures(ONE)),)
    yield from refusals_to_decide(DecideCase(ApprovalStatus.APPROVED, "ann", frozenset({"ann"}), decisions), "salesOrder")
    for lines in ((), (DeliveryLine(10, ONE),)):
        yield from refusals_to_post(DeliveryCase(lines, True, True, True, False, True, True), "delivery")
    for posted in (False, True):
        yield from refusals_to_reverse(DeliveryCase((), posted, billed=True, returned=True), "delivery")
    method = PaymentMethod("X", "x", "x", needs_account=True, needs_reference=True)
    yield from refusals_to_enter_payment(PaymentEntry(Decimal("-0.001"), "CNY", method, NOW, THEN))
