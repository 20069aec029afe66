"""What payments do to open items: worked out first, so that approvals can be asked for by it, and then carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tortoise import Model

from api.execution.command import Work
from api.execution.waiting import Waiting
from api.resolvers.credit_accounts import owe
from api.resolvers.flow import BILLING, PAYMENT, SALES, Followed, Point, begin_flow, join_flow
from api.resolvers.orders_content import terms_of
from domain.errors import Refusal, refuse_if_any
from domain.orders.clearing import Assigned, ItemCase, Settled, Treatment, cleared, refusals_to_clear
from domain.orders.clearing import Clearing as Cleared
from domain.orders.clearing import OpenItem as Open
from domain.orders.payment_terms import CashDiscount, cash_discount, discount_percent
from domain.orders.statuses import AxisStatus
from domain.pricing.currencies import minor_unit
from models.billing import BillingDocument, BillingTax
from models.payment import Clearing, OpenItem, OpenItemKind, Payment

ZERO = Decimal(0)


@dataclass
class Assignment:
    """An open item that a payment is for, with where it stands in the input."""

    item: OpenItem
    document: BillingDocument | None
    path: str
    amount: Decimal | None = None
    treatment: Treatment = Treatment.PARTIAL


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a payment is for, and what it would do to that."""

    wanted: Sequence[Assignment]
    cleared: Cleared

    @property
    def rows(self) -> dict[type[Model], int]:
        """How many rows it makes at most, by model."""
        return {Clearing: len(self.wanted), OpenItem: 1 + len(self.wanted)}


async def settlement_of(payment: Payment, wanted: Sequence[Assignment]) -> Settlement:
    """What a payment would do to open items, which are locked. Raises Refused with everything that stands against it."""
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
    return Settlement(wanted, cleared(payment.amount, assigned, minor_unit(payment.currency)))


async def carry_out(work: Waiting, payment: Payment, settlement: Settlement) -> None:
    """Let a stored payment settle what it is for; what of it no item takes stays on account."""
    done = settlement.cleared
    payment.on_account, payment.discount = done.on_account, done.discount
    pairs = list(zip(settlement.wanted, done.settled, strict=True))
    residuals = [await _residual(work, payment, each, settled) for each, settled in pairs]
    links = [await _clear(work, payment, *pair, left) for pair, left in zip(pairs, residuals, strict=True)]
    if payment.document_id is not None:
        before, after = Point(SALES, payment.document_id), Point(PAYMENT, payment.id)
        links.append(Followed(before, after, value=payment.amount, currency=payment.currency))
    if done.on_account:
        kind = OpenItemKind.ADVANCE if payment.document_id is not None else OpenItemKind.ON_ACCOUNT
        await owe(work, [open_item(payment, kind, -done.on_account, payment.posting_date, payment_id=payment.id)])
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
    residual = open_item(payment, OpenItemKind.RESIDUAL, settled.residual, item.due_date, billing_id=item.billing_id)
    await owe(work, [residual])
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
        document.status = status_of(document)
        await work.put(document)
        await work.announce(document, "changed")
    before = Point(BILLING, item.billing_id) if item.billing_id is not None else Point(PAYMENT, item.payment_id or 0)
    return Followed(before, Point(PAYMENT, payment.id), value=settled.paid, currency=payment.currency)


def status_of(document: BillingDocument) -> AxisStatus:
    """How far a document is paid."""
    if not document.open_amount:
        return AxisStatus.COMPLETE
    return AxisStatus.NOT_YET if abs(document.open_amount) == document.gross_value else AxisStatus.PARTIAL


def open_item(payment: Payment, kind: OpenItemKind, amount: Decimal, due: date, **of: int | None) -> OpenItem:
    """An open item that a payment makes."""
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


async def documents_of(keys: Sequence[int]) -> list[BillingDocument]:
    """The documents of open items, locked before these, as whoever pays does."""
    found = await OpenItem.filter(id__in=keys).values_list("billing_id", flat=True)
    ids = [each for each in found if each is not None]
    return await BillingDocument.filter(id__in=ids).order_by("id").select_for_update(no_key=True)
