"""Payments: what came in, what it settled; what payers owe, and what is overdue."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Optional

import strawberry

import models
from api.execution import global_id as ids
from api.execution.filters import StringFilter, condition_of, filter_of, link_filter, sort_field_of
from api.execution.json_text import base64
from api.execution.mapping import Offer, Permit, column, global_id, mapped, masked, to_many, to_one, viewer_can
from api.execution.pages import Connection, SortDirection, answered
from api.execution.requests import PageRequest, RowRequest, Sort, asks, page_request
from api.resolvers import payments as resolvers
from api.resolvers.payment_approvals import PAYMENTS
from api.resolvers.payment_resets import reset_payment
from api.schema.amounts import Money, money_of
from api.schema.approvals import APPROVED, ApprovalFields, decisions, decisions_offered, waiting
from api.schema.base import INPUT, USER_ERRORS, VERSION, CommandInput, Info, Node, UserError, carried_out
from api.schema.billing import BillingDocument
from api.schema.customers import CustomerReference
from api.schema.handling import HANDLING, handled_by
from api.schema.organization import CompanyCode
from api.schema.sales_documents import DocumentFlowEntry, changes_of, flow_of
from api.schema.scalars import Command
from domain.activity import Activity
from domain.errors import Invalid
from domain.orders.approvals import ApprovalStatus
from domain.orders.clearing import Treatment
from models.payment import OpenItemKind

NEW = strawberry.UNSET
OPEN_ITEM_ID = base64("'OpenItem:' || (wanted ->> 'openItem')")
REQUESTED = f"array(select {OPEN_ITEM_ID} from jsonb_array_elements({{row}}.requested) wanted)"


@mapped(models.OpenItem)
@strawberry.type(description="What a payer owes (above zero) or has in hand (below): 未清项.")
class OpenItem(Node):
    id: strawberry.ID = global_id("The global id.")
    kind: OpenItemKind = column("kind", "What it is.", filter=True)
    company_code: CompanyCode = to_one("To whom.", on=(("code", "company_code"),), reference=True)
    sales_organization: str = column("sales_organization", "The code of the sales organization.", filter=True)
    payer: CustomerReference = to_one("Who.", on=(("id", "payer_id"),), reference=True)
    billing_document: Optional[BillingDocument] = to_one(
        "The billing document that it is of, if you may see it.", on=(("id", "billing_id"),)
    )
    due_date: date = column("due_date", "The last day on which it may be paid.", filter=True, order=True)
    currency: str = column("currency", "Its currency.", filter=True)
    amount: Optional[Money] = money_of("amount", "How much it was.")
    open_amount: Optional[Money] = money_of("open", "What of it is open.", filter=True)


@mapped(models.Clearing)
@strawberry.type(description="What a payment did to an open item: 清账.")
class Clearing:
    paid: Optional[Money] = money_of("paid", "What was paid.")
    discount_net: Optional[Money] = money_of("discount_net", "What was deducted of net values.")
    discount_tax: Optional[Money] = money_of("discount_tax", "What was deducted of taxes.")
    residual: Optional[Money] = money_of("residual", "What a residual item goes on with.")
    open_item: Optional[OpenItem] = to_one("The item, if you may see it.", on=(("id", "open_item_id"),))


@mapped(models.PaymentApproval)
@strawberry.type(description="A level of approval that a payment needs: 审批.")
class PaymentApproval(ApprovalFields):
    pass


@mapped(models.Payment)
@strawberry.type(description="A payment that came in: 收款.")
class Payment(Node):
    id: strawberry.ID = global_id("The global id.")
    number: str = column("number", "The payment's number.", filter=True, order=True)
    company_code: CompanyCode = to_one("Who was paid.", on=(("code", "company_code"),), reference=True)
    payer: CustomerReference = to_one("Who paid.", on=(("id", "payer_id"),), reference=True)
    amount: Optional[Money] = money_of("amount", "How much.", filter=True)
    currency: str = column("currency", "Its currency.", filter=True)
    on_account: Optional[Money] = money_of("on_account", "What of it no item took.")
    discount: Optional[Money] = money_of("discount", "What was deducted, taxes included.")
    discount_percent: Optional[Decimal] = column(
        "trim_scale({row}.discount_percent)",
        "The part of cash discount in what it settles; null where it settles no debt.",
        type="numeric",
    )
    approval_status: ApprovalStatus = column(
        "approval_status", "Where its approval stands; until it is approved, it has settled nothing.", filter=True
    )
    method: str = column("method", "How it was paid.", filter=True)
    reference: Optional[str] = column("reference", "The payer's reference.", filter=True)
    posting_date: date = column("posting_date", "Its day.", filter=True)
    reset_at: Optional[datetime] = column("reset_at", "When what it settled was undone; null if it was not.")
    created_by: Optional[str] = handled_by("created_by", "The user name of who took it.", customer="payer_id", filter=True)
    created_at: datetime = column("created_at", "When.")
    version: int = column("version", "Counts the changes of the payment, for commands.")
    clearings: list[Clearing] = to_many("What it settled.", on=(("payment_id", "id"),), order=("id",))
    approvals: Optional[list[PaymentApproval]] = to_many(
        "Whose approval it needs.", on=(("payment_id", "id"),), order=("level",), right=HANDLING
    )
    requested_items: list[strawberry.ID] = column(
        REQUESTED, "The open items that it was entered for, if it needed an approval, by their global ids.", type="text[]"
    )
    document_flow: list[DocumentFlowEntry] = flow_of("PAYMENT")
    masked: list[str] = masked()
    changes = changes_of(models.Payment)
    viewer_can: list[Command] = viewer_can(
        Offer("resetPayment", (Permit("payment", Activity.REVERSE),), f"{{row}}.reset_at is null and {APPROVED}"),
        *decisions_offered(models.Payment, "Payment"),
    )


@filter_of(Payment)
class PaymentFilter:
    payer: Optional[StringFilter] = link_filter("Who paid, by number.", models.Customer, (("id", "payer_id"),), "number")


@filter_of(OpenItem)
class OpenItemFilter:
    payer: Optional[StringFilter] = link_filter("Who owes, by number.", models.Customer, (("id", "payer_id"),), "number")


@sort_field_of(OpenItem)
class OpenItemSortField:
    value: str


@strawberry.input(description="What to sort by, and which way.")
class OpenItemSort:
    field: OpenItemSortField = strawberry.field(description="By which field.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


def _payments(first: int, after: str | None = None, filter: PaymentFilter | None = None) -> PageRequest:
    return page_request(Payment, first, after, [Sort("number", True, "orderBy")], condition_of(filter))


def _payment(id: str | None = None, number: str | None = None) -> RowRequest:
    if bool(id) == bool(number):
        raise Invalid.because("ONE_KEY_NEEDED", "id", names="id, number")
    return RowRequest(Payment, "id", ids.key_of(id, "Payment", "id")) if id else RowRequest(Payment, "number", number)


def _open_items(
    first: int,
    after: str | None = None,
    filter: OpenItemFilter | None = None,
    order_by: list[OpenItemSort] | None = None,
) -> PageRequest:
    order = [
        Sort(each.field.value, each.direction is SortDirection.DESC, f"orderBy.{place}.field")
        for place, each in enumerate(order_by or ())
    ]
    return page_request(OpenItem, first, after, order or [Sort("due_date", False, "orderBy")], condition_of(filter))


_waiting = waiting(Payment, models.Payment, "number")


@strawberry.type
class PaymentQueries:
    @asks(_payments, "The payments that you may see, the newest first.")
    async def payments(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
        filter: Annotated[Optional[PaymentFilter], strawberry.argument(description="Which rows.")] = NEW,
    ) -> Connection[Payment]:
        return await answered(info.context.reads, _payments(first, after, filter))

    @asks(_payment, "One payment, by id or by number; null if there is none that you may see.")
    async def payment(
        self,
        info: Info,
        id: Annotated[Optional[strawberry.ID], strawberry.argument(description="The global id.")] = NEW,
        number: Annotated[Optional[str], strawberry.argument(description="The payment's number.")] = NEW,
    ) -> Optional[Payment]:
        return await answered(info.context.reads, _payment(id, number))

    @asks(_waiting, "The payments that wait for your approval, the oldest first.")
    async def payment_approval_worklist(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
    ) -> Connection[Payment]:
        return await answered(info.context.reads, _waiting(first, after))

    @asks(_open_items, "What payers owe and have in hand, by due date; the overdue list, with a filter on the date 逾期清单.")
    async def open_items(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
        filter: Annotated[Optional[OpenItemFilter], strawberry.argument(description="Which rows.")] = NEW,
        order_by: Annotated[
            Optional[list[OpenItemSort]], strawberry.argument(description="The order; the key decides between equals.")
        ] = NEW,
    ) -> Connection[OpenItem]:
        return await answered(info.context.reads, _open_items(first, after, filter, order_by))


# ------------------------------------------------------------------------------------------------------------- commands


@strawberry.input(description="What a payment is for: a billing document, or an open item.")
class PaidItemInput:
    billing_document: Optional[strawberry.ID] = strawberry.field(default=NEW, description="Which document.")
    open_item: Optional[strawberry.ID] = strawberry.field(
        default=NEW, description="Or which open item, such as an advance or what is on account."
    )
    amount: Optional[Decimal] = strawberry.field(
        default=NEW, description="How much of the payment is for it; left out: as much as there is, or is open."
    )
    treatment: Optional[Treatment] = strawberry.field(default=NEW, description="What becomes of a rest; it stays open.")


@strawberry.input(description="A payment that came in.")
class PostPaymentInput(CommandInput):
    payer: strawberry.ID = strawberry.field(description="Who paid.")
    company_code: str = strawberry.field(description="Who was paid.")
    amount: Decimal = strawberry.field(description="How much.")
    currency: str = strawberry.field(description="In which currency.")
    method: Optional[str] = strawberry.field(default=NEW, description="How it was paid; by bank transfer if left out.")
    reference: Optional[str] = strawberry.field(default=NEW, description="The payer's reference, such as a cheque's number.")
    bank_account: Optional[str] = strawberry.field(default=NEW, description="The account that it came from.")
    posting_date: Optional[date] = strawberry.field(default=NEW, description="Its day; today if left out.")
    items: Optional[list[PaidItemInput]] = strawberry.field(
        default=NEW, description="What it is for, in this order; left out: it stays on account."
    )
    sales_order: Optional[strawberry.ID] = strawberry.field(default=NEW, description="The order that it is an advance for.")


@strawberry.input(description="Open items of a payer that settle each other.")
class ClearOpenItemsInput(CommandInput):
    payer: strawberry.ID = strawberry.field(description="Whose.")
    company_code: str = strawberry.field(description="In whose books.")
    items: list[PaidItemInput] = strawberry.field(description="What the payer has in hand, and what they owe.")


@strawberry.input(description="A payment whose clearing is to be undone.")
class ResetPaymentInput(CommandInput):
    payment: strawberry.ID = strawberry.field(description="Which payment.")
    version: int = strawberry.field(description=VERSION)


@strawberry.type(description="What became of `postPayment`.")
class PostPaymentPayload:
    payment: Optional[Payment] = strawberry.field(description="The new payment.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `clearOpenItems`.")
class ClearOpenItemsPayload:
    payment: Optional[Payment] = strawberry.field(description="The clearing, as a payment of nothing.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `resetPayment`.")
class ResetPaymentPayload:
    payment: Optional[Payment] = strawberry.field(description="The payment as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


_DECISIONS = decisions(Payment, "payment", "payment", "payment", PAYMENTS)


@strawberry.type
class PaymentMutations:
    approve_payment, refuse_payment = _DECISIONS

    @strawberry.mutation(
        description="Take a payment and let it settle documents. Needs CREATE on `payment` where they lie, or where the"
        " payer is a customer of the company code."
    )
    async def post_payment(self, info: Info, input: Annotated[PostPaymentInput, INPUT]) -> PostPaymentPayload:
        done = await carried_out(info, resolvers.post_payment, input)
        return PostPaymentPayload(payment=await done.record(Payment), user_errors=done.errors)

    @strawberry.mutation(
        description="Let advances, credit memos and what is on account settle what a payer owes. Needs CREATE on `payment`"
        " where the items lie."
    )
    async def clear_open_items(self, info: Info, input: Annotated[ClearOpenItemsInput, INPUT]) -> ClearOpenItemsPayload:
        done = await carried_out(info, resolvers.clear_open_items, input)
        return ClearOpenItemsPayload(payment=await done.record(Payment), user_errors=done.errors)

    @strawberry.mutation(description="Undo what a payment settled: all of it is on account then. Needs REVERSE on `payment`.")
    async def reset_payment(self, info: Info, input: Annotated[ResetPaymentInput, INPUT]) -> ResetPaymentPayload:
        done = await carried_out(info, reset_payment, input)
        return ResetPaymentPayload(payment=await done.record(Payment), user_errors=done.errors)
