"""Payments as they are entered: what comes in, what of the payer's it is for, and whose approval that needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from api.execution import global_id
from api.execution.command import Work, given, working
from api.execution.waiting import Waiting
from api.resolvers.approvals import add_levels
from api.resolvers.document_steps import business_day, demand_on
from api.resolvers.flow import PAYMENT, begin_flow
from api.resolvers.orders_content import GROUP_CURRENCY, content
from api.resolvers.payment_approvals import ask_for
from api.resolvers.pieces import fetch_in, pieces_now
from api.resolvers.settlements import Assignment, carry_out, settlement_of
from domain.activity import Activity
from domain.areas import PARTS, Area, text_of
from domain.caller import Caller
from domain.errors import Forbidden, Invalid, Refusal, Refused, refuse_if_any
from domain.orders.clearing import Treatment
from domain.orders.payments import PaymentEntry, in_currency, refusals_to_enter_payment
from domain.pricing.currencies import CURRENCY
from models.billing import BillingDocument
from models.customer import Customer
from models.organization import CompanyCode
from models.payment import OpenItem, Payment, PaymentApproval
from models.sales_document import SalesOrder

ZERO = Decimal(0)
USUAL_METHOD = "T"
AREAS = """select a.sales_organization, a.distribution_channel, a.division from customer_areas a
    where a.customer_id = $1 and a.company_code = $2 order by 1, 2, 3"""


async def post_payment(caller: Caller | None, input: Any) -> Payment:
    """Take a payment and let it settle the documents that it is for; what they do not take stays on account.

    With a sales order it is an advance against that. Raises NotFound, Forbidden, Invalid, Refused.
    """
    async with working(Waiting, caller, input, "postPayment") as work:
        payer = await work.seen(Customer, "Customer", input.payer, "payer")
        areas = await _areas(work, payer, input.company_code)
        today = await business_day(work, areas[0][0])
        day = input.posting_date if given(input.posting_date) and input.posting_date else today
        pieces = await pieces_now(fetch_in(work.connection))
        refuse_if_any(_entry_refusals(input, day, today), Invalid)
        value = in_currency(input.amount, input.currency, GROUP_CURRENCY, pieces.exchange_rates, day)
        wanted = await _assignments(work, input)
        order = await _order(work, input, payer)
        about = wanted[0].item if wanted else order
        place = about.area if about is not None else _own_area(work, areas, value)
        for each in dict.fromkeys([place, *(x.item.area for x in wanted)]):
            demand_on(work, "payment", Activity.CREATE, each, measure=value)
        payment = Payment(
            company_code=input.company_code,
            payer_id=payer.id,
            amount=input.amount,
            currency=input.currency,
            method=input.method or USUAL_METHOD,
            reference=input.reference or None,
            posting_date=day,
            document_id=order.id if order is not None else None,
            created_by=work.by,
            created_at=work.now,
            **dict(zip(PARTS, place, strict=True)),
        )
        await _enter(work, payment, wanted)
    return payment


async def clear_open_items(caller: Caller | None, input: Any) -> Payment:
    """Let what a payer has in hand settle what they owe: a payment of nothing. Raises NotFound, Forbidden, Invalid, Refused."""
    async with working(Waiting, caller, input, "clearOpenItems") as work:
        payer = await work.seen(Customer, "Customer", input.payer, "payer")
        areas = await _areas(work, payer, input.company_code)
        wanted = await _assignments(work, input)
        if not wanted:
            raise Invalid.because("ITEMS_RANGE", "items", found=0, most=1000)
        for each in dict.fromkeys(assignment.item.area for assignment in wanted):
            demand_on(work, "payment", Activity.CREATE, each, measure=ZERO)
        payment = Payment(
            company_code=input.company_code,
            payer_id=payer.id,
            amount=ZERO,
            currency=wanted[0].item.currency,
            method="",
            posting_date=await business_day(work, areas[0][0]),
            created_by=work.by,
            created_at=work.now,
            **dict(zip(PARTS, wanted[0].item.area, strict=True)),
        )
        await _enter(work, payment, wanted)
    return payment


async def _areas(work: Work, payer: Customer, company_code: str) -> list[Area]:
    """Where the payer is a customer of a company code. Raises Invalid for a company code that does not deal with them."""
    rows = await work.connection.fetch(AREAS, payer.id, company_code)
    if not rows:
        known = await CompanyCode.exists(code=company_code)
        reason = "NO_VIEW_THERE" if known else "CODE_UNKNOWN"
        raise Invalid.because(reason, "companyCode", value=company_code, area=company_code)
    return [Area((row[0], row[1], row[2])) for row in rows]


def _own_area(work: Work, areas: Sequence[Area], value: Decimal) -> Area:
    """The first of the payer's areas where the caller may take payments. Raises Forbidden."""
    for each in areas:
        if work.authority.allows(each, "payment", Activity.CREATE, own=False, measure=value):
            return each
    values = {"object": "payment", "activity": Activity.CREATE.name, "salesArea": text_of(areas[0])}
    raise Forbidden(Refusal("FORBIDDEN", None, values))


def _entry_refusals(input: Any, day: date, today: date) -> tuple[Refusal, ...]:
    methods = content().types.payment_methods
    code = input.method or USUAL_METHOD
    if code not in methods:
        return (Refusal("CODE_UNKNOWN", "method", {"value": code}),)
    if not CURRENCY.fullmatch(input.currency):
        return (Refusal("CURRENCY_MALFORMED", "currency", {"value": input.currency}),)
    account = input.bank_account if given(input.bank_account) else None
    entry = PaymentEntry(input.amount, input.currency, methods[code], day, today, account, input.reference or None)
    return refusals_to_enter_payment(entry)


async def _order(work: Work, input: Any, payer: Customer) -> SalesOrder | None:
    if not given(input.sales_order) or input.sales_order is None:
        return None
    order = await work.lock(SalesOrder, "SalesOrder", input.sales_order, "salesOrder")
    if order.payer_id != payer.id:
        raise Refused.because("CLEARING_PAYER", "salesOrder", document=order.number)
    return order


async def _assignments(work: Work, input: Any) -> list[Assignment]:
    """The open items that are named, by themselves or by their documents, locked, each once."""
    wanted = list(input.items or ()) if given(input.items) else []
    refuse_if_any(_unnamed(wanted), Invalid)
    ids = [each.billing_document for each in wanted if _is_said(each.billing_document)]
    documents = {x.id: x for x in await work.lock_each(BillingDocument, "BillingDocument", ids, "items")} if ids else {}
    found: list[Assignment] = []
    for place, each in enumerate(wanted):
        path = f"items.{place}"
        if _is_said(each.open_item):
            found.append(await _by_itself(work, each, path))
        else:
            key = global_id.key_of(each.billing_document, "BillingDocument", f"{path}.billingDocument")
            found += await _of_document(documents[key], each, path)
    refuse_if_any(_named_twice(found))
    return found


def _is_said(value: Any) -> bool:
    return given(value) and value is not None


async def _by_itself(work: Work, wanted: Any, path: str) -> Assignment:
    """An open item that is named, such as an advance."""
    item = await work.lock(OpenItem, "OpenItem", wanted.open_item, f"{path}.openItem")
    document = await BillingDocument.get_or_none(id=item.billing_id) if item.billing_id else None
    amount = wanted.amount if _is_said(wanted.amount) else None
    return Assignment(item, document, path, amount, wanted.treatment if _is_said(wanted.treatment) else Treatment.PARTIAL)


async def _of_document(document: BillingDocument, wanted: Any, path: str) -> list[Assignment]:
    """The open items of a document: of one in instalments the earliest first."""
    rows = await OpenItem.filter(billing_id=document.id).order_by("due_date", "id").select_for_update(no_key=True)
    open_rows = [row for row in rows if row.open] or rows[:1]
    if not open_rows:
        raise Refused.because("CLEARING_CLOSED", f"{path}.item", document=document.number)
    treatment = wanted.treatment if _is_said(wanted.treatment) else Treatment.PARTIAL
    rest, found = wanted.amount if _is_said(wanted.amount) else None, []
    for row in open_rows:
        part = None if rest is None else min(rest, abs(row.open)) if row is not open_rows[-1] else rest
        if part is None or part > 0:
            found.append(Assignment(row, document, path, part, treatment))
        rest = None if rest is None else rest - (part or ZERO)
    return found


def _named_twice(found: Sequence[Assignment]) -> tuple[Refusal, ...]:
    """That an item is named again, by itself or by its document, at each place but the first."""
    keys = [each.item.id for each in found]
    return tuple(
        Refusal("CONTENT_TWICE", each.path, {"value": each.document.number if each.document else str(each.item.id)})
        for place, each in enumerate(found)
        if each.item.id in keys[:place]
    )


def _unnamed(wanted: Sequence[Any]) -> tuple[Refusal, ...]:
    """Each item is named in one way: by its billing document, or by itself."""
    return tuple(
        Refusal("ONE_KEY_NEEDED", f"items.{place}", {"names": "billingDocument, openItem"})
        for place, each in enumerate(wanted)
        if _is_said(each.billing_document) == _is_said(each.open_item)
    )


async def _enter(work: Waiting, payment: Payment, wanted: Sequence[Assignment]) -> None:
    """Store a payment with its number; what it is for it settles now, or once it is approved."""
    settlement = await settlement_of(payment, wanted)
    needed = await ask_for(work, payment, settlement)
    await work.reserve({Payment: 1, PaymentApproval: len(needed), **({} if needed else settlement.rows)})
    payment.number = await work.next_number("PAYMENT")
    await work.create(payment)
    work.subject = payment
    if not needed:
        await carry_out(work, payment, settlement)
        return
    await add_levels(work, payment, needed)
    await work.flush()
    await begin_flow(work, PAYMENT, [payment.id])
