"""Undoing what payments settled: their items are open again, and all of it is on account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from api.execution.command import Work, working
from api.execution.waiting import Waiting
from api.resolvers.credit_accounts import owe
from api.resolvers.document_steps import demand_on
from api.resolvers.settlements import documents_of, open_item, status_of
from domain.activity import Activity
from domain.caller import Caller
from domain.errors import refuse_if_any
from domain.orders.clearing import ResetCase, refusals_to_reset
from models.billing import BillingDocument
from models.payment import Clearing, OpenItem, OpenItemKind, Payment

ZERO = Decimal(0)


async def reset_payment(caller: Caller | None, input: Any) -> Payment:
    """Undo what a payment settled: its items are open again, and all of it is on account. Raises Refused (RESET_RULES)."""
    async with working(Waiting, caller, input, "resetPayment") as work:
        payment = await work.lock(Payment, "Payment", input.payment, "payment", version=input.version)
        demand_on(work, "payment", Activity.REVERSE, payment.area, measure=payment.group_value)
        clearings = await Clearing.filter(payment_id=payment.id).order_by("id")
        keys = [key for each in clearings for key in (each.open_item_id, each.residual_item_id) if key is not None]
        documents = await documents_of(keys)
        rows = await OpenItem.filter(id__in=keys).order_by("id").select_for_update(no_key=True)
        items = {each.id: each for each in rows}
        left = await OpenItem.filter(payment_id=payment.id).order_by("id").select_for_update(no_key=True)
        refuse_if_any(refusals_to_reset(_reset_case(payment, clearings, items, left)))
        by_id = {each.id: each for each in documents}
        for each in clearings:
            await _reopen(work, each, items, by_id)
        for document in documents:
            document.status = status_of(document)
            await work.put(document)
            await work.announce(document, "changed")
        await _all_on_account(work, payment, left)
        payment.reset_at, payment.reset_by, payment.discount, payment.on_account = work.now, work.by, ZERO, payment.amount
        await work.save(payment)
    return payment


def _reset_case(
    payment: Payment, clearings: Sequence[Clearing], items: Mapping[int, OpenItem], left: Sequence[OpenItem]
) -> ResetCase:
    residuals = [items[each.residual_item_id] for each in clearings if each.residual_item_id is not None]
    return ResetCase(
        approved=payment.approval_status.stands,
        reset=payment.reset_at is not None,
        residual_used=any(each.open != each.amount for each in residuals),
        on_account_used=any(each.open != each.amount for each in left),
    )


async def _reopen(
    work: Work, clearing: Clearing, items: Mapping[int, OpenItem], documents: Mapping[int, BillingDocument]
) -> None:
    item = items[clearing.open_item_id]
    given_back = clearing.paid + clearing.discount_net + clearing.discount_tax
    item.open += given_back + clearing.residual
    await work.put(item)
    if clearing.residual_item_id is not None:
        residual = items[clearing.residual_item_id]
        residual.open = ZERO
        await work.put(residual)
    document = documents.get(item.billing_id or 0)
    if document is not None:
        document.open_amount += given_back


async def _all_on_account(work: Work, payment: Payment, left: Sequence[OpenItem]) -> None:
    if left:
        left[0].amount = left[0].open = -payment.amount
        await work.put(left[0])
    else:
        item = open_item(payment, OpenItemKind.ON_ACCOUNT, -payment.amount, payment.posting_date, payment_id=payment.id)
        await owe(work, [item])
