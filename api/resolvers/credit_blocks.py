"""Orders that credit stops: released whole or in part, rejected, handed on. Nobody decides on an order of their own.

Two rights decide a release, each by its own measure: the value of the order, and the share of the limit used without it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from api.execution.command import Work, given, working
from api.execution.waiting import Waiting
from api.resolvers.approvals import hands_of
from api.resolvers.credit_accounts import hold_account, standing_of
from api.resolvers.credit_checks import credit_value
from api.resolvers.document_approvals import stand
from api.resolvers.sales_documents import draft_of
from domain.activity import Activity
from domain.areas import text_of
from domain.caller import Caller
from domain.credit.exposure import exposure
from domain.credit.limits import share_used
from domain.credit.release import ReleaseCase, refusals_to_reject, refusals_to_release
from domain.credit.requests import CreditDecisionKind
from domain.credit.status import CreditStatus, DocumentGroup
from domain.customer import faults_of_reason
from domain.errors import Invalid, Refused, refuse_if_any
from domain.orders.statuses import SalesOrderStatus
from models.credit import CreditDecision
from models.sales_document import SalesOrder
from models.user import User

STATUS = {
    CreditDecisionKind.RELEASED: CreditStatus.RELEASED,
    CreditDecisionKind.PARTIALLY_RELEASED: CreditStatus.PARTIALLY_RELEASED,
    CreditDecisionKind.REJECTED: CreditStatus.REJECTED,
}


async def release_credit_block(caller: Caller | None, input: Any) -> SalesOrder:
    """Let an order that credit stopped go on, whole or up to a value; stock is promised to it anew.

    Raises NotFound, Conflict, Forbidden (naming which of the two rights), Invalid, Refused (RELEASE_RULES).
    """
    async with working(Waiting, caller, input, "releaseCreditBlock") as work:
        order = await _locked(work, input)
        account = await hold_account(work, order.payer_id, order.sales_organization, DocumentGroup.ORDER)
        standing = await standing_of(work, account, order.id, text_of(order.area))
        await work.demand(order, Activity.RELEASE, object="credit_block", measure=order.group_value)
        used = share_used(standing.limit, exposure(standing.positions).total)
        await work.demand(order, Activity.RELEASE, object="credit_limit_use", measure=used)
        draft = await draft_of(work, order)
        whole = credit_value([line.row for line in draft.lines], account.currency)
        part = input.value if given(input.value) else None
        refuse_if_any(refusals_to_release(await _case(work, order, whole, part)))
        kind = CreditDecisionKind.RELEASED if part is None or part >= whole else CreditDecisionKind.PARTIALLY_RELEASED
        value = whole if kind is CreditDecisionKind.RELEASED else part or whole
        draft.released = await _decide(work, order, input, kind, value, account.currency)
        await stand(work, draft)
        await work.announce(order, "creditReleased")
    return order


async def reject_credit_block(caller: Caller | None, input: Any) -> SalesOrder:
    """Reject an order that credit stopped: nothing of it goes on until somebody changes it. Raises as a release does."""
    async with working(Waiting, caller, input, "rejectCreditBlock") as work:
        order = await _locked(work, input)
        await work.demand(order, Activity.RELEASE, object="credit_block", measure=order.group_value)
        draft = await draft_of(work, order)
        currency = order.currency
        refuse_if_any(refusals_to_reject(await _case(work, order, order.gross_value, None)))
        await _decide(work, order, input, CreditDecisionKind.REJECTED, order.gross_value, currency)
        for line in draft.lines:
            line.row.credit_quantity = Decimal(0)
            await work.put(line.row)
        order.changed_at, order.changed_by = work.now, work.by
        await work.save(order)
        await work.announce(order, "creditRejected")
    return order


async def forward_credit_block(caller: Caller | None, input: Any) -> SalesOrder:
    """Hand an order that credit stopped on to somebody else, by user name. Raises as a release does."""
    async with working(Waiting, caller, input, "forwardCreditBlock") as work:
        order = await _locked(work, input)
        await work.demand(order, Activity.DISPLAY, object="credit_block", measure=order.group_value)
        if order.credit_status is not CreditStatus.NOT_APPROVED:
            raise Refused.because("CREDIT_NOT_BLOCKED", "salesOrder")
        if not await User.exists(username=input.to):
            raise Invalid.because("CODE_UNKNOWN", "to", value=input.to[:60])
        await _decide(work, order, input, CreditDecisionKind.FORWARDED, order.gross_value, order.currency, input.to)
        await work.save(order)
    return order


async def _locked(work: Work, input: Any) -> SalesOrder:
    order = await work.lock(SalesOrder, "SalesOrder", input.sales_order, "salesOrder", version=input.version)
    refuse_if_any(faults_of_reason(input.reason), Invalid)
    return order


async def _case(work: Work, order: SalesOrder, value: Decimal, part: Decimal | None) -> ReleaseCase:
    rows = await work.connection.fetch(f"select distinct hand.changed_by from {hands_of(SalesOrder, '$1')}", order.id)
    return ReleaseCase(
        status=order.credit_status,
        creator=order.entered_by,
        changed_by=frozenset(row["changed_by"] for row in rows),
        releaser=work.by,
        value=value,
        partial=part,
    )


async def _decide(
    work: Work,
    order: SalesOrder,
    input: Any,
    kind: CreditDecisionKind,
    value: Decimal,
    currency: str,
    forwarded_to: str | None = None,
) -> CreditDecision:
    """Keep what was decided; the status follows."""
    order.credit_status = STATUS.get(kind, order.credit_status)
    account = await hold_account(work, order.payer_id, order.sales_organization, DocumentGroup.ORDER)
    decision = CreditDecision(
        document_id=order.id,
        kind=kind,
        value=value,
        currency=currency,
        day=account.today,
        reason=input.reason.strip(),
        forwarded_to=forwarded_to,
        decided_by=work.by,
        decided_at=work.now,
    )
    await work.create(decision, part_of=order)
    return decision


async def check_credit_again(caller: Caller | None, input: Any) -> SalesOrder:
    """Check the credit of an order as it stands now: it may be stopped, or go on. Raises as a release does."""
    async with working(Waiting, caller, input, "checkCredit") as work:
        order = await work.lock(SalesOrder, "SalesOrder", input.sales_order, "salesOrder", version=input.version)
        if not work.authority.allows(order.area, "credit_block", Activity.DISPLAY, own=False):
            await work.demand(order, Activity.CHANGE, measure=order.group_value)
        if order.status in (SalesOrderStatus.COMPLETE, SalesOrderStatus.REJECTED):
            raise Refused.because("CREDIT_NOTHING_OPEN", "salesOrder")
        await stand(work, await draft_of(work, order))
    return order
