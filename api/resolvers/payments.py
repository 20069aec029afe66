"""Payments: what comes in, what it settles, what stays on account; and the reset of what it settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from api.execution import global_id
from api.execution.command import Work, given, working
from api.execution.waiting import Waiting
from api.resolvers.document_steps import business_day, demand_on
from api.resolvers.flow import BILLING, PAYMENT, SALES, Followed, Point, begin_flow, join_flow
from api.resolvers.orders_content import GROUP_CURRENCY, content, terms_of
from api.resolvers.pieces import fetch_in, pieces_now
from domain.activity import Activity
from domain.areas import PARTS, Area, text_of
from domain.caller import Caller
from domain.errors import Forbidden, Invalid, Refusal, Refused, refuse_if_any
from domain.orders.clearing import (
    Assigned,
    ItemCase,
    ResetCase,
    Settled,
    Treatment,
    cleared,
    refusals_to_clear,
    refusals_to_reset,
)
from domain.orders.clearing import OpenItem as Open
from domain.orders.payment_terms import CashDiscount, cash_discount, discount_percent
from domain.orders.payments import PaymentEntry, in_currency, refusals_to_enter_payment
from domain.orders.statuses import AxisStatus
from domain.pricing.currencies import CURRENCY, minor_unit
from models.billing import BillingDocument, BillingTax
from models.customer import Customer
from models.organization import CompanyCode
from models.payment import Clearing, OpenItem, OpenItemKind, Payment
from models.sales_document import SalesOrder

ZERO = Decimal(0)
USUAL_METHOD = "T"
AREAS = """select a.sales_organization, a.distribution_channel, a.division from customer_areas a
    where a.customer_id = $1 and a.company_code = $2 order by 1, 2, 3"""


@dataclass
class Assignment:
    """An open item that a payment is for, with where it stands in the input."""

    item: OpenItem
    document: BillingDocument | None
    path: str
    amount: Decimal | None = None
    treatment: Treatment = Treatment.PARTIAL


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
        area = wanted[0].item if wanted else order
        place = _area_of(area) if area is not None else _own_area(work, areas, value)
        for each in dict.fromkeys([place, *(_area_of(x.item) for x in wanted)]):
            demand_on(work, "payment", Activity.CREATE, each, measure=value)
        payment = Payment(
            company_code=input.company_code,
            payer_id=payer.id,
            amount=input.amount,
            currency=input.currency,
            group_value=value,
            method=input.method or USUAL_METHOD,
            reference=input.reference or None,
            posting_date=day,
            document_id=order.id if order is not None else None,
            created_by=work.by,
            created_at=work.now,
            **dict(zip(PARTS, place, strict=True)),
        )
        await _settle(work, payment, wanted, order)
    return payment


async def clear_open_items(caller: Caller | None, input: Any) -> Payment:
    """Let what a payer has in hand settle what they owe: a payment of nothing. Raises NotFound, Forbidden, Invalid, Refused."""
    async with working(Waiting, caller, input, "clearOpenItems") as work:
        payer = await work.seen(Customer, "Customer", input.payer, "payer")
        areas = await _areas(work, payer, input.company_code)
        wanted = await _assignments(work, input)
        if not wanted:
            raise Invalid.because("ITEMS_RANGE", "items", found=0, most=1000)
        for each in dict.fromkeys(_area_of(assignment.item) for assignment in wanted):
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
            **dict(zip(PARTS, _area_of(wanted[0].item), strict=True)),
        )
        await _settle(work, payment, wanted, None)
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


def _area_of(row: Any) -> Area:
    return Area((row.sales_organization, row.distribution_channel, row.division))


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


async def _settle(work: Waiting, payment: Payment, wanted: Sequence[Assignment], order: SalesOrder | None) -> None:
    unit = minor_unit(payment.currency)
    refusals: list[Refusal] = []
    assigned = []
    for each in wanted:
        open_ = Open(str(each.item.id), each.item.open, each.item.due_date, await _discount(each, payment.posting_date))
        number = each.document.number if each.document else ""
        shown = Open(number, each.item.open, each.item.due_date)
        case = ItemCase(
            shown,
            same_payer=each.item.payer_id == payment.payer_id,
            same_currency=each.item.currency == payment.currency,
            amount=each.amount,
        )
        refusals += refusals_to_clear(case, each.path)
        if each.item.company_code != payment.company_code:
            refusals.append(Refusal("CLEARING_PAYER", f"{each.path}.item", {"document": number}))
        assigned.append(Assigned(open_, each.amount, each.treatment))
    refuse_if_any(tuple(refusals))
    result = cleared(payment.amount, assigned, unit)
    payment.on_account = result.on_account
    payment.discount = sum((each.discounted for each in result.settled), ZERO)
    await work.reserve({Payment: 1, Clearing: len(assigned), OpenItem: 1 + len(assigned)})
    payment.number = await work.next_number("PAYMENT")
    await work.create(payment)
    work.subject = payment
    pairs = list(zip(wanted, result.settled, strict=True))
    residuals = [await _residual(work, payment, each, settled) for each, settled in pairs]
    links = [await _clear(work, payment, *pair, left) for pair, left in zip(pairs, residuals, strict=True)]
    if order is not None:
        before, after = Point(SALES, order.id), Point(PAYMENT, payment.id)
        links.append(Followed(before, after, value=payment.amount, currency=payment.currency))
    if result.on_account:
        kind = OpenItemKind.ADVANCE if order is not None else OpenItemKind.ON_ACCOUNT
        await work.add(_open_item(payment, kind, -result.on_account, payment.posting_date, payment_id=payment.id))
    await work.flush()
    if links:
        await join_flow(work, links)
    else:
        await begin_flow(work, PAYMENT, [payment.id])


async def _discount(assignment: Assignment, day: date) -> CashDiscount | None:
    """What may be deducted of an item by who pays it whole on a day: of an invoice that nothing was paid of yet."""
    item, document = assignment.item, assignment.document
    terms = terms_of(document.payment_terms) if document is not None else None
    if document is None or terms is None or item.open != item.amount or item.amount != document.open_amount:
        return None
    percent = discount_percent(terms, document.billing_date, day)
    if not percent:
        return None
    groups = await BillingTax.filter(billing_id=document.id).order_by("rate")
    nets, taxes = [each.net_value for each in groups], [each.tax_amount for each in groups]
    return cash_discount(terms, percent, nets, taxes, minor_unit(document.currency))


async def _residual(work: Work, payment: Payment, assignment: Assignment, settled: Settled) -> OpenItem | None:
    """What takes an item's place, stored before the clearings that name it."""
    if not settled.residual:
        return None
    item = assignment.item
    residual = _open_item(payment, OpenItemKind.RESIDUAL, settled.residual, item.due_date, billing_id=item.billing_id)
    await work.add(residual)
    return residual


async def _clear(work: Work, payment: Payment, assignment: Assignment, settled: Settled, residual: OpenItem | None) -> Followed:
    item, document = assignment.item, assignment.document
    item.open = settled.left_open
    await work.put(item)
    discount = settled.discount
    await work.add(
        Clearing(
            payment_id=payment.id,
            open_item_id=item.id,
            paid=settled.paid,
            discount_net=sum(discount.nets, ZERO) if discount else ZERO,
            discount_tax=sum(discount.taxes, ZERO) if discount else ZERO,
            residual=settled.residual,
            residual_item_id=residual.id if residual is not None else None,
            currency=payment.currency,
        )
    )
    if document is not None:
        document.open_amount -= settled.paid + settled.discounted
        document.status = _status(document)
        await work.put(document)
        await work.announce(document, "changed")
    before = Point(BILLING, item.billing_id) if item.billing_id is not None else Point(PAYMENT, item.payment_id or 0)
    return Followed(before, Point(PAYMENT, payment.id), value=settled.paid, currency=payment.currency)


def _status(document: BillingDocument) -> AxisStatus:
    """How far a document is paid."""
    if not document.open_amount:
        return AxisStatus.COMPLETE
    return AxisStatus.NOT_YET if abs(document.open_amount) == document.gross_value else AxisStatus.PARTIAL


def _open_item(payment: Payment, kind: OpenItemKind, amount: Decimal, due: date, **of: int | None) -> OpenItem:
    return OpenItem(
        kind=kind,
        company_code=payment.company_code,
        payer_id=payment.payer_id,
        sales_organization=payment.sales_organization,
        distribution_channel=payment.distribution_channel,
        division=payment.division,
        document_id=payment.document_id,
        baseline_date=payment.posting_date,
        due_date=due,
        currency=payment.currency,
        amount=amount,
        open=amount,
        **of,
    )


async def reset_payment(caller: Caller | None, input: Any) -> Payment:
    """Undo what a payment settled: its items are open again, and all of it is on account. Raises Refused (RESET_RULES)."""
    async with working(Waiting, caller, input, "resetPayment") as work:
        payment = await work.lock(Payment, "Payment", input.payment, "payment", version=input.version)
        demand_on(work, "payment", Activity.REVERSE, _area_of(payment), measure=payment.group_value)
        clearings = await Clearing.filter(payment_id=payment.id).order_by("id")
        keys = [key for each in clearings for key in (each.open_item_id, each.residual_item_id) if key is not None]
        documents = await _documents_of(keys)
        rows = await OpenItem.filter(id__in=keys).order_by("id").select_for_update(no_key=True)
        items = {each.id: each for each in rows}
        left = await OpenItem.filter(payment_id=payment.id).order_by("id").select_for_update(no_key=True)
        refuse_if_any(refusals_to_reset(_reset_case(payment, clearings, items, left)))
        by_id = {each.id: each for each in documents}
        for each in clearings:
            await _reopen(work, each, items, by_id)
        for document in documents:
            document.status = _status(document)
            await work.put(document)
            await work.announce(document, "changed")
        await _all_on_account(work, payment, left)
        payment.reset_at, payment.reset_by, payment.discount, payment.on_account = work.now, work.by, ZERO, payment.amount
        await work.save(payment)
    return payment


async def _documents_of(keys: Sequence[int]) -> list[BillingDocument]:
    """The documents of open items, locked before these, as whoever pays does."""
    found = await OpenItem.filter(id__in=keys).values_list("billing_id", flat=True)
    ids = [each for each in found if each is not None]
    return await BillingDocument.filter(id__in=ids).order_by("id").select_for_update(no_key=True)


def _reset_case(
    payment: Payment, clearings: Sequence[Clearing], items: Mapping[int, OpenItem], left: Sequence[OpenItem]
) -> ResetCase:
    residuals = [items[each.residual_item_id] for each in clearings if each.residual_item_id is not None]
    return ResetCase(
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
        await work.add(
            _open_item(payment, OpenItemKind.ON_ACCOUNT, -payment.amount, payment.posting_date, payment_id=payment.id)
        )
