"""Limits of credit accounts and temporary grants: set by who may, or asked for by one and decided by another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from api.execution.command import Work, command, given
from api.resolvers.credit_accounts import rate_between
from api.resolvers.orders_content import GROUP_CURRENCY
from domain.activity import Activity
from domain.areas import area_of, text_of
from domain.caller import Caller
from domain.credit.limits import Grant, refusals_of_grant, refusals_of_limit, refusals_to_decide
from domain.credit.requests import RequestKind, RequestStatus
from domain.customer import faults_of_reason
from domain.errors import Invalid, Refusal, refuse_if_any
from models.credit import CreditAccount, CreditLimit, CreditLimitRequest
from models.organization import CreditControlArea
from models.sales_document import SalesOrder

LIMIT_OBJECT = "credit_limit"
TODAY = "select ($2::timestamptz at time zone c.time_zone)::date as today from credit_control_areas c where c.code = $1"


async def change_credit_limit(caller: Caller | None, input: Any) -> CreditAccount:
    """Set the limit of an account from a day on; what held before stays. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "changeCreditLimit") as work:
        account = await _locked(work, input, input.version)
        await _demand(work, account, Activity.CHANGE, input.limit)
        start, end = await _period(work, account, input)
        refuse_if_any((*refusals_of_limit(input.limit), *_period_faults(start, end), *faults_of_reason(input.reason)), Invalid)
        await _set_limit(work, account, input.limit, start, end, input.reason.strip())
        await work.save(account)
    return account


async def request_credit_limit(caller: Caller | None, input: Any) -> CreditLimitRequest:
    """Ask for another limit; it holds once somebody else has approved it. Raises NotFound, Forbidden, Invalid."""
    async with command(caller, input, "requestCreditLimit") as work:
        account = await _locked(work, input)
        await _demand(work, account, Activity.CREATE, input.limit)
        start, end = await _period(work, account, input)
        refuse_if_any((*refusals_of_limit(input.limit), *_period_faults(start, end), *faults_of_reason(input.reason)), Invalid)
        return await _asked(work, account, input, RequestKind.LIMIT, input.limit, start, end)


async def request_credit_grant(caller: Caller | None, input: Any) -> CreditLimitRequest:
    """Ask for a temporary grant beyond the limit: for all, an order, or a sales area. Raises NotFound, Forbidden, Invalid."""
    async with command(caller, input, "requestCreditGrant") as work:
        account = await _locked(work, input)
        await _demand(work, account, Activity.CREATE, input.amount)
        start, _ = await _period(work, account, input)
        order = await _order(work, input)
        area = text_of(area_of(input.sales_area, "salesArea")) if given(input.sales_area) and input.sales_area else None
        grant = Grant(input.amount, input.scope, start, input.valid_to, order.number if order else None, area)
        refuse_if_any((*refusals_of_grant(grant), *faults_of_reason(input.reason)), Invalid)
        return await _asked(work, account, input, RequestKind.GRANT, input.amount, start, input.valid_to)


async def approve_credit_limit(caller: Caller | None, input: Any) -> CreditAccount:
    """Let what was asked for hold; never by who asked. Raises NotFound, Forbidden, Refused."""
    async with command(caller, input, "approveCreditLimit") as work:
        request, account = await _to_decide(work, input)
        request.status = RequestStatus.APPROVED
        await work.save(request)
        if request.kind is RequestKind.LIMIT:
            start = max(request.valid_from, await _today(work, account))
            await _set_limit(work, account, request.amount, start, request.valid_to, request.reason, request.requested_by)
        await work.save(account)
        work.subject = account
    return account


async def reject_credit_limit(caller: Caller | None, input: Any) -> CreditLimitRequest:
    """Refuse what was asked for, with the reason. Raises NotFound, Forbidden, Invalid, Refused."""
    async with command(caller, input, "rejectCreditLimit") as work:
        request, _ = await _to_decide(work, input)
        refuse_if_any(faults_of_reason(input.reason), Invalid)
        request.status, request.refusal_reason = RequestStatus.REJECTED, input.reason.strip()
        await work.save(request)
    return request


async def _locked(work: Work, input: Any, version: int | None = None) -> CreditAccount:
    return await work.lock(CreditAccount, "CreditAccount", input.credit_account, "creditAccount", version=version)


async def _demand(work: Work, account: CreditAccount, activity: Activity, amount: Decimal) -> None:
    """A right on limits is measured by what the limit would be, in group currency."""
    area = await CreditControlArea.get(code=account.credit_control_area)
    rate = await rate_between(work, area.currency, GROUP_CURRENCY, await _today(work, account))
    await work.demand(account, activity, object=LIMIT_OBJECT, measure=amount * rate)


async def _today(work: Work, account: CreditAccount) -> date:
    row = await work.connection.fetchrow(TODAY, account.credit_control_area, work.now)
    today: date = row["today"]
    return today


async def _period(work: Work, account: CreditAccount, input: Any) -> tuple[date, date | None]:
    """From when through when; from today on and without an end, where nothing is said."""
    start = input.valid_from if given(input.valid_from) and input.valid_from else await _today(work, account)
    return start, input.valid_to if given(input.valid_to) else None


def _period_faults(start: date, end: date | None) -> tuple[Refusal, ...]:
    if end is None or start <= end:
        return ()
    return (Refusal("CREDIT_PERIOD", "validTo", {"validFrom": start.isoformat(), "validTo": end.isoformat()}),)


async def _order(work: Work, input: Any) -> SalesOrder | None:
    if not given(input.sales_order) or input.sales_order is None:
        return None
    return await work.seen(SalesOrder, "SalesOrder", input.sales_order, "salesOrder")


async def _asked(
    work: Work, account: CreditAccount, input: Any, kind: RequestKind, amount: Decimal, start: date, end: date | None
) -> CreditLimitRequest:
    """Store what is asked for."""
    area = await CreditControlArea.get(code=account.credit_control_area)
    is_grant = kind is RequestKind.GRANT
    order = await _order(work, input) if is_grant else None
    request = CreditLimitRequest(
        account_id=account.id,
        customer_id=account.customer_id,
        credit_control_area=account.credit_control_area,
        kind=kind,
        amount=amount,
        currency=area.currency,
        scope=input.scope if is_grant else None,
        document_id=order.id if order else None,
        sales_area=(input.sales_area or None) if is_grant and given(input.sales_area) else None,
        valid_from=start,
        valid_to=end,
        reason=input.reason.strip(),
        requested_by=work.by,
        requested_at=work.now,
    )
    await work.create(request)
    work.subject = request
    return request


async def _to_decide(work: Work, input: Any) -> tuple[CreditLimitRequest, CreditAccount]:
    """A request that waits, with its account, both locked, if the caller may decide on it."""
    request = await work.lock(CreditLimitRequest, "CreditLimitRequest", input.credit_limit_request, "creditLimitRequest")
    account = await work.lock_row(CreditAccount, request.account_id, "creditLimitRequest")
    await _demand(work, account, Activity.APPROVE, request.amount)
    refuse_if_any(refusals_to_decide(request.requested_by, work.by, waiting=request.status is RequestStatus.REQUESTED))
    request.decided_by, request.decided_at = work.by, work.now
    return request, account


async def _set_limit(
    work: Work,
    account: CreditAccount,
    amount: Decimal,
    start: date,
    end: date | None,
    reason: str,
    asked_by: str | None = None,
) -> None:
    """Store a limit from a day on: of those valid on a day the newest holds, so that one for a while gives way again."""
    limit = CreditLimit(
        account_id=account.id,
        amount=amount,
        valid_from=start,
        valid_to=end,
        reason=reason,
        set_by=asked_by or work.by,
        set_at=work.now,
        approved_by=work.by if asked_by else None,
    )
    await work.create(limit, part_of=account)
