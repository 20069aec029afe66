"""Billing documents: made of deliveries and orders, and cancelled."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Optional

import strawberry

import models
from api.execution import global_id as ids
from api.execution.filters import StringFilter, condition_of, filter_of, link_filter, sort_field_of
from api.execution.mapping import Offer, Permit, column, embedded, global_id, mapped, masked, to_many, to_one, viewer_can
from api.execution.pages import Connection, SortDirection, answered, rows_by
from api.execution.requests import PageRequest, RowRequest, Sort, asks, page_request
from api.resolvers import billing as resolvers
from api.resolvers import billing_cancellations
from api.schema.amounts import Money, Quantity, money_of, plain, quantity_of
from api.schema.base import INPUT, USER_ERRORS, VERSION, CommandInput, Info, Node, UserError, carried_out
from api.schema.customers import AREA_COLUMNS, CustomerReference
from api.schema.handling import handled_by
from api.schema.materials import Material
from api.schema.organization import CompanyCode, PaymentTerms, SalesArea
from api.schema.sales_documents import COST, DocumentFlowEntry, changes_of, flow_of
from api.schema.scalars import Command
from domain.activity import Activity
from domain.errors import Invalid
from domain.orders.categories import DocumentCategory
from domain.orders.statuses import AxisStatus

NEW = strawberry.UNSET


@mapped(models.BillingItem)
@strawberry.type(description="A line of a billing document.")
class BillingItem:
    line_number: int = column("line_number", "The line's number: 10, 20, …")
    material: Material = to_one("What is billed.", on=(("id", "material_id"),), reference=True)
    description: str = column("description", "What it is called in the order.")
    quantity: Quantity = quantity_of("quantity", "How much is billed.")
    net_value: Optional[Money] = money_of("net_value", "What it comes to without taxes.")
    tax_rate: Decimal = plain("tax_rate", "The rate of its tax, in percent.")
    tax_amount: Optional[Money] = money_of("tax_amount", "The tax.")
    gross_value: Optional[Money] = money_of("gross_value", "What it comes to with taxes.")


@mapped(models.BillingTax)
@strawberry.type(description="The lines of one tax rate: their net value and the tax on it.")
class BillingTax:
    rate: Decimal = plain("rate", "The rate, in percent.")
    net_value: Optional[Money] = money_of("net_value", "Their net value.")
    tax_amount: Optional[Money] = money_of("tax_amount", "The tax on it.")


@mapped(models.OpenItem)
@strawberry.type(description="A part of a document that is due on a day: 分期.")
class DuePart:
    due_date: date = column("due_date", "The last day on which it may be paid.")
    amount: Optional[Money] = money_of("amount", "How much of it.")
    open_amount: Optional[Money] = money_of("open", "What of that is still open.")


@mapped(models.BillingDocument)
@strawberry.type(description="An invoice, a memo, a pro forma or a cancellation: 开票凭证.")
class BillingDocument(Node):
    id: strawberry.ID = global_id("The global id.")
    number: str = column("number", "The document's number; those of invoices have no gaps.", filter=True, order=True)
    billing_type: str = column("billing_type", "Its type.", filter=True)
    category: DocumentCategory = column("category", "What it is.", filter=True)
    sales_organization: str = column("sales_organization", "The code of the sales organization.", filter=True)
    sales_area: SalesArea = to_one("The sales area.", on=AREA_COLUMNS, reference=True)
    company_code: CompanyCode = to_one("Who invoices.", on=(("code", "company_code"),), reference=True)
    sold_to: CustomerReference = to_one("Who ordered.", on=(("id", "sold_to_id"),), reference=True)
    bill_to: CustomerReference = to_one("Who gets it.", on=(("id", "bill_to_id"),), reference=True)
    payer: CustomerReference = to_one("Who pays it.", on=(("id", "payer_id"),), reference=True)
    billing_date: date = column("billing_date", "Its day.", filter=True)
    due_date: Optional[date] = column("due_date", "The last day on which it may be paid.", filter=True)
    payment_terms: Optional[PaymentTerms] = to_one("When it is paid.", on=(("code", "payment_terms"),), reference=True)
    incoterms: Optional[str] = column("incoterms", "Incoterms.")
    currency: str = column("currency", "Its currency.", filter=True)
    net_value: Optional[Money] = money_of("net_value", "What it comes to without taxes.", filter=True)
    tax_amount: Optional[Money] = money_of("tax_amount", "The taxes.")
    gross_value: Optional[Money] = money_of("gross_value", "What it comes to with taxes.", filter=True)
    margin: Optional[Money] = embedded(
        "What is left of the net value after costs; null where you may not see it, or no cost is known.",
        right=COST,
        needs="cost",
        columns=(("amount", "round({row}.net_value - {row}.cost, currency_decimals({row}.currency))"),),
    )
    open_amount: Optional[Money] = money_of("open_amount", "What of it is not paid; below zero for a credit memo.", filter=True)
    status: AxisStatus = column("status", "How far it is paid or cleared.", filter=True)
    cancelled: bool = column("{row}.cancelled_by_id is not null", "Whether it was cancelled.", filter=True, type="boolean")
    cancels: Optional[Annotated[BillingDocument, strawberry.lazy("api.schema.billing")]] = to_one(
        "The document that it cancels.", on=(("id", "cancels_id"),)
    )
    reason: Optional[str] = column("reason", "Why it was cancelled, in the cancellation.")
    split_by: list[str] = column(
        "coalesce(string_to_array({row}.split_by, ','), '{{}}')",
        "The fields by which it stands apart from the others that were made with it.",
        type="text[]",
    )
    created_by: Optional[str] = handled_by("created_by", "The user name of who made it.", customer="sold_to_id", filter=True)
    created_at: datetime = column("created_at", "When.")
    version: int = column("version", "Counts the changes of the document, for commands.")
    items: list[BillingItem] = to_many("Its lines.", on=(("billing_id", "id"),), order=("line_number",))
    taxes: list[BillingTax] = to_many("Its taxes, rate by rate.", on=(("billing_id", "id"),), order=("rate",))
    due_parts: list[DuePart] = to_many(
        "What is due when.", on=(("billing_id", "id"),), order=("due_date", "id"), reference=True
    )
    document_flow: list[DocumentFlowEntry] = flow_of("BILLING")
    masked: list[str] = masked()
    changes = changes_of(models.BillingDocument)
    viewer_can: list[Command] = viewer_can(
        Offer(
            "cancelBillingDocument",
            (Permit("billing_document", Activity.REVERSE),),
            "{row}.category in ('INVOICE', 'CREDIT_MEMO', 'DEBIT_MEMO') and {row}.cancelled_by_id is null"
            " and {row}.status = 'NOT_YET'",
        ),
        Offer("postPayment", (Permit("payment", Activity.CREATE),), "{row}.open_amount <> 0"),
    )


@filter_of(BillingDocument)
class BillingDocumentFilter:
    payer: Optional[StringFilter] = link_filter("Who pays, by number.", models.Customer, (("id", "payer_id"),), "number")


@sort_field_of(BillingDocument)
class BillingDocumentSortField:
    value: str


@strawberry.input(description="What to sort by, and which way.")
class BillingDocumentSort:
    field: BillingDocumentSortField = strawberry.field(description="By which field.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


def _documents(
    first: int,
    after: str | None = None,
    filter: BillingDocumentFilter | None = None,
    order_by: list[BillingDocumentSort] | None = None,
) -> PageRequest:
    order = [
        Sort(each.field.value, each.direction is SortDirection.DESC, f"orderBy.{place}.field")
        for place, each in enumerate(order_by or ())
    ]
    return page_request(BillingDocument, first, after, order or [Sort("number", True, "orderBy")], condition_of(filter))


def _document(id: str | None = None, number: str | None = None) -> RowRequest:
    if bool(id) == bool(number):
        raise Invalid.because("ONE_KEY_NEEDED", "id", names="id, number")
    if id:
        return RowRequest(BillingDocument, "id", ids.key_of(id, "BillingDocument", "id"))
    return RowRequest(BillingDocument, "number", number)


@strawberry.type
class BillingQueries:
    @asks(_documents, "The billing documents that you may see, the newest first unless ordered otherwise.")
    async def billing_documents(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
        filter: Annotated[Optional[BillingDocumentFilter], strawberry.argument(description="Which rows.")] = NEW,
        order_by: Annotated[
            Optional[list[BillingDocumentSort]], strawberry.argument(description="The order; the key decides between equals.")
        ] = NEW,
    ) -> Connection[BillingDocument]:
        return await answered(info.context.reads, _documents(first, after, filter, order_by))

    @asks(_document, "One billing document, by id or by number; null if there is none that you may see.")
    async def billing_document(
        self,
        info: Info,
        id: Annotated[Optional[strawberry.ID], strawberry.argument(description="The global id.")] = NEW,
        number: Annotated[Optional[str], strawberry.argument(description="The document's number.")] = NEW,
    ) -> Optional[BillingDocument]:
        return await answered(info.context.reads, _document(id, number))


# ------------------------------------------------------------------------------------------------------------- commands


@strawberry.input(description="What to bill: what is due of deliveries, and of orders and memo requests by themselves.")
class CreateBillingDocumentInput(CommandInput):
    deliveries: list[strawberry.ID] = strawberry.field(description="Which deliveries.")
    sales_orders: Optional[list[strawberry.ID]] = strawberry.field(
        default=NEW, description="Which orders and memo requests, for what is billed by them and not by a delivery."
    )
    billing_date: Optional[date] = strawberry.field(default=NEW, description="The day of the invoice; today if left out.")
    pro_forma: bool = strawberry.field(default=False, description="Whether only to show what it would be, e.g. for customs.")


@strawberry.input(description="A billing document to cancel.")
class CancelBillingDocumentInput(CommandInput):
    billing_document: strawberry.ID = strawberry.field(description="Which document.")
    version: int = strawberry.field(description=VERSION)
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="What became of `createBillingDocument`.")
class CreateBillingDocumentPayload:
    billing_documents: list[BillingDocument] = strawberry.field(description="The new documents; one for each different header.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `cancelBillingDocument`.")
class CancelBillingDocumentPayload:
    cancellation: Optional[BillingDocument] = strawberry.field(description="The document that cancels it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class BillingMutations:
    @strawberry.mutation(
        description="Bill what is due, in as few documents as may be. Needs CREATE on `billing_document` in their areas."
    )
    async def create_billing_document(
        self, info: Info, input: Annotated[CreateBillingDocumentInput, INPUT]
    ) -> CreateBillingDocumentPayload:
        made: list[int] = []
        done = await carried_out(info, lambda caller, given: resolvers.create_billing_documents(caller, given, made), input)
        key = done.outcome.record_id
        keys = [] if key is None else made or await resolvers.made_with(key)
        rows = await rows_by(info.context.reads, BillingDocument, "id", keys) if keys else {}
        shown = [rows[each] for each in keys if each in rows]
        return CreateBillingDocumentPayload(billing_documents=shown, user_errors=done.errors)  # type: ignore[arg-type]  # rows of the type

    @strawberry.mutation(description="Cancel a billing document as a whole. Needs REVERSE on `billing_document`.")
    async def cancel_billing_document(
        self, info: Info, input: Annotated[CancelBillingDocumentInput, INPUT]
    ) -> CancelBillingDocumentPayload:
        done = await carried_out(info, billing_cancellations.cancel_billing_document, input)
        return CancelBillingDocumentPayload(cancellation=await done.record(BillingDocument), user_errors=done.errors)
