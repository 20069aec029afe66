"""Approvals of payments: whose a settlement needs, what a payment that waits was entered for, and that it settles it then.

Until its last level a payment has moved nothing: it has its number and the figures that are decided on. Then it is carried out
as one that needed nobody; if what it was entered for has changed meanwhile, so that it cannot be or comes to something else, it
is not approved.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from api.execution.command import Work
from api.execution.waiting import Waiting
from api.resolvers.approvals import Deciding, ask
from api.resolvers.flow import PAYMENT, end_flow
from api.resolvers.orders_content import GROUP_CURRENCY, content
from api.resolvers.pieces import fetch_in, pieces_now
from api.resolvers.settlements import Assignment, Settlement, carry_out, documents_of, settlement_of
from domain.errors import Refused
from domain.orders.approvals import Figures, Needed, Proposal, approvals_needed
from domain.orders.categories import DocumentCategory
from domain.orders.clearing import Treatment
from domain.orders.payments import in_currency
from models.payment import OpenItem, Payment


async def ask_for(work: Work, payment: Payment, settlement: Settlement) -> tuple[Needed, ...]:
    """Let a payment wait for whoever approves what it would do: the levels that it needs."""
    figures = await _figures(work, payment, settlement)
    payment.group_value, payment.discount_percent = figures.value, figures.discount
    needed = approvals_needed(content().approvals, Proposal(DocumentCategory.PAYMENT, payment.sales_organization, figures))
    ask(payment, needed)
    if needed:
        payment.requested = [
            {"openItem": each.item.id, "amount": _text(each.amount), "treatment": each.treatment.name}
            for each in settlement.wanted
        ]
    return needed


async def _figures(work: Work, payment: Payment, settlement: Settlement) -> Figures:
    """What is decided on: what comes in, or what is paid with what was in hand too, in group currency; and the discount. Raises
    Invalid (PAYMENT_RATE).
    """
    cleared, currency = settlement.cleared, payment.currency
    rates = (await pieces_now(fetch_in(work.connection))).exchange_rates if currency != GROUP_CURRENCY else ()
    value = in_currency(max(payment.amount, cleared.paid), currency, GROUP_CURRENCY, rates, payment.posting_date)
    return Figures(value, cleared.discount_percent)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


# -------------------------------------------------------------------------------------------------------------- deciding


async def _lock(work: Work, id: str, path: str, version: int) -> Payment:
    return await work.lock(Payment, "Payment", id, path, version=version)


async def _save(work: Waiting, payment: Payment) -> None:
    await work.save(payment)


async def _stand(work: Waiting, payment: Payment) -> None:
    """Settle what a payment was entered for. Raises Refused where that is not possible any more, or comes to other figures."""
    settlement = await settlement_of(payment, await _requested(payment.requested or ()))
    if await _figures(work, payment, settlement) != Figures(payment.group_value, payment.discount_percent):
        raise Refused.because("PAYMENT_OUTDATED", "payment")
    await work.reserve(settlement.rows)
    await end_flow(work, PAYMENT, payment.id)
    await carry_out(work, payment, settlement)
    await work.save(payment)


async def _requested(requested: Sequence[Any]) -> list[Assignment]:
    """The open items that a payment was entered for, locked after their documents."""
    keys = [each["openItem"] for each in requested]
    documents = {each.id: each for each in await documents_of(keys)}
    rows = await OpenItem.filter(id__in=keys).order_by("id").select_for_update(no_key=True)
    items = {each.id: each for each in rows}
    return [
        Assignment(
            items[each["openItem"]],
            documents.get(items[each["openItem"]].billing_id or 0),
            f"payment.items.{place}",
            None if each["amount"] is None else Decimal(each["amount"]),
            Treatment[each["treatment"]],
        )
        for place, each in enumerate(requested)
    ]


PAYMENTS = Deciding(_lock, _save, _stand)
"""How payments are decided on: an approved one settles what it is for, a refused one never moves anything."""
