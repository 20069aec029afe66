"""The customer master: three views, partners, bank accounts, qualification documents."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Optional

import strawberry

import models
from api.execution import global_id as ids
from api.execution.filters import StringFilter, area_filter, condition_of, filter_of, search_filter, sort_field_of
from api.execution.mapping import (
    Offer,
    Permit,
    ToMany,
    Without,
    column,
    embedded,
    global_id,
    mapped,
    masked,
    to_many,
    to_one,
    viewer_can,
)
from api.execution.pages import Connection, SortDirection, answered
from api.execution.requests import PageRequest, RowRequest, Sort, asks, page_request
from api.resolvers import customers as resolvers
from api.schema.base import (
    IDEMPOTENCY_KEY,
    USER_ERRORS,
    VALIDATE_ONLY,
    VERSION,
    Info,
    Node,
    UserError,
    carried_out,
)
from api.schema.files import StoredFile
from api.schema.organization import CompanyCode, PaymentTerms, Plant, SalesArea
from api.schema.scalars import Command
from domain.activity import Activity
from domain.areas import PARTS
from domain.customer import BlockScope, CustomerType, OnboardingStatus, PartnerFunction, ReviewStatus
from domain.errors import Invalid
from domain.onboarding import STEPS, Step

VIEWS = ToMany((("customer_id", "id"),), ())
AREA_COLUMNS = tuple((part, part) for part in PARTS)
ANYWHERE = ToMany((), ())


def _may(step: Step) -> str:
    """SQL that holds where a customer's onboarding can take a step."""
    statuses = ", ".join(f"'{status.value}'" for status in OnboardingStatus if status in STEPS[step][0])
    return f"{{row}}.onboarding_status in ({statuses})"


NOT_SUBMITTED_BY_CALLER = "{row}.submitted_by is distinct from {caller}"


@mapped(models.Customer)
@strawberry.type(description="What a visible document tells of a customer; the rest only if you may browse it.")
class CustomerReference:
    __id_of__ = "Customer"

    id: strawberry.ID = global_id("The customer's global id.")
    number: str = column("number", "The customer's number.")
    name: str = column("name", "The customer's name.")
    customer: Optional[Annotated[Customer, strawberry.lazy("api.schema.customers")]] = to_one(
        "The customer, if you may see it.", on=(("id", "id"),)
    )


@mapped(None)
@strawberry.type(description="Where a customer sits.")
class Address:
    street: Optional[str] = column("street", "Street and house number.")
    city: Optional[str] = column("city", "City.")
    postal_code: Optional[str] = column("postal_code", "Postal code.")
    region: Optional[str] = column("region", "Province, state or region.")
    country: str = column("country", "Country, as two letters.")


@mapped(models.BankAccount)
@strawberry.type(description="Where a customer pays from: 银行账户.")
class BankAccount:
    id: strawberry.ID = global_id("The global id.")
    bank_name: str = column("bank_name", "The bank.")
    account_number: str = column("account_number", "The account's number.")
    holder: str = column("holder", "Whose account it is.")


@mapped(models.CompanyCodeView)
@strawberry.type(description="How one company code's books deal with the customer: 公司代码视图.")
class CompanyCodeView:
    company_code: CompanyCode = to_one("The company code.", on=(("code", "company_code"),), reference=True)
    reconciliation_account: Optional[str] = column(
        "reconciliation_account", "Reconciliation account 统驭科目 in the general ledger."
    )
    cash_management_group: Optional[str] = column("cash_management_group", "Cash management group.")
    trading_partner: Optional[str] = column("trading_partner", "Trading partner, for customers of the own group.")
    payment_terms: Optional[PaymentTerms] = to_one("When the customer pays.", on=(("code", "payment_terms"),), reference=True)
    blocked: bool = column("blocked", "Whether nothing may be posted.")


@mapped(models.Partner)
@strawberry.type(description="Who takes a function in a sales area: 合作伙伴功能.")
class Partner:
    function: PartnerFunction = column("function", "The function.")
    customer: CustomerReference = to_one("Who takes it.", on=(("id", "customer_id"),), reference=True)


@mapped(models.SalesAreaView)
@strawberry.type(description="How one sales area deals with the customer: 销售范围视图.")
class SalesAreaView:
    sales_area: SalesArea = to_one("The sales area.", on=AREA_COLUMNS, reference=True)
    sales_district: Optional[str] = column("sales_district", "Sales district.")
    customer_group: Optional[str] = column("customer_group", "Customer group.")
    price_list: Optional[str] = column("price_list", "Price list.")
    currency: str = column("currency", "Currency of documents.")
    incoterms: Optional[str] = column("incoterms", "Incoterms.")
    shipping_condition: Optional[str] = column("shipping_condition", "Shipping condition.")
    delivering_plant: Optional[Plant] = to_one("Where it is shipped from.", on=(("code", "delivering_plant"),), reference=True)
    payment_terms: Optional[PaymentTerms] = to_one("When the customer pays.", on=(("code", "payment_terms"),), reference=True)
    order_block: Optional[str] = column("order_block", "Why no orders are taken; null if they are.")
    delivery_block: Optional[str] = column("delivery_block", "Why nothing is delivered; null if it is.")
    billing_block: Optional[str] = column("billing_block", "Why nothing is billed; null if it is.")
    partners: list[Partner] = to_many("Who takes which function.", on=(("view_id", "id"),), order=("function", "id"))


@mapped(models.QualificationDocument)
@strawberry.type(description="A document that a customer shows to be admitted: 资质文件.")
class QualificationDocument(Node):
    id: strawberry.ID = global_id("The global id.")
    document_type: str = column("document_type", "What kind of document it is.")
    number: Optional[str] = column("number", "Its number.")
    issuer: Optional[str] = column("issuer", "Who issued it.")
    valid_from: Optional[date] = column("valid_from", "The first day it is valid.")
    valid_to: Optional[date] = column("valid_to", "The last day it is valid; null for ever.")
    review_status: ReviewStatus = column("review_status", "Where its review stands.")
    file: Optional[StoredFile] = to_one("The scan of it; null for a document taken over without one.", on=(("id", "file_id"),))
    review_reason: Optional[str] = column("review_reason", "Why it was accepted or rejected, if the reviewer said.")
    version: int = column("version", "Counts the changes of the document, for commands.")
    viewer_can: list[Command] = viewer_can(
        Offer(
            "reviewQualificationDocument",
            (Permit("customer_document", Activity.APPROVE),),
            "{row}.review_status = 'PENDING' and {row}.added_by <> {caller}",
        )
    )


@mapped(models.Customer)
@strawberry.type(description="A customer 客户: one number for the whole group, seen in three views.")
class Customer(Node):
    id: strawberry.ID = global_id("The global id.")
    number: str = column("number", "The customer's number, one for the whole group.", filter=True, order=True)
    name: str = column("name", "The customer's name.", filter=True, order=True)
    customer_type: CustomerType = column("customer_type", "How the customer deals with the goods.", filter=True, order=True)
    onboarding_status: OnboardingStatus = column("onboarding_status", "Where onboarding stands.", filter=True, order=True)
    version: int = column("version", "Counts the changes of the customer, for commands.", filter=True, order=True)
    country: str = column("country", "Country, as two letters.", filter=True, order=True)
    region: Optional[str] = column("region", "Province, state or region.", filter=True, order=True)
    market: Optional[str] = column("market", "The market it belongs to.", filter=True)
    tax_number: Optional[str] = column("tax_number", "Tax number 税号.", filter=True, order=True)
    phone: Optional[str] = column("phone", "Telephone.")
    email: Optional[str] = column("email", "E-mail address.")
    order_block: Optional[str] = column("order_block", "Why no orders are taken in any area; null if they are.")
    delivery_block: Optional[str] = column("delivery_block", "Why nothing is delivered in any area; null if it is.")
    billing_block: Optional[str] = column("billing_block", "Why nothing is billed in any area; null if it is.")
    deletion_flag: bool = column("deletion_flag", "Whether it is flagged for deletion.", filter=True)
    rejection_reason: Optional[str] = column("rejection_reason", "Why it was last rejected; null once it is submitted again.")
    address: Optional[Address] = embedded("Where the customer sits.")
    bank_accounts: Optional[list[BankAccount]] = to_many(
        "Bank accounts; null where you may not see them.", on=(("customer_id", "id"),), order=("id",), right="customer_bank"
    )
    company_code_views: list[CompanyCodeView] = to_many(
        "The company codes that deal with the customer, of those you may see.",
        on=(("customer_id", "id"),),
        order=("company_code",),
    )
    sales_area_views: list[SalesAreaView] = to_many(
        "The sales areas that deal with the customer, of those you may see.", on=(("customer_id", "id"),), order=PARTS
    )
    qualification_documents: list[QualificationDocument] = to_many(
        "Documents shown at onboarding.", on=(("customer_id", "id"),), order=("id",)
    )
    masked: list[str] = masked()
    viewer_can: list[Command] = viewer_can(
        Offer("changeCustomer", (Permit("customer", Activity.CHANGE),)),
        Offer(
            "setCustomerBlock",
            (
                Permit("customer", Activity.BLOCK),
                Permit("customer_sales_area", Activity.BLOCK, VIEWS, models.SalesAreaView),
            ),
        ),
        Offer("addQualificationDocument", (Permit("customer_document", Activity.CREATE),)),
        Offer("submitCustomer", (Permit("customer", Activity.CHANGE),), _may(Step.SUBMIT)),
        Offer(
            "approveCustomer",
            (Permit("customer", Activity.APPROVE),),
            f"{_may(Step.APPROVE)} and {NOT_SUBMITTED_BY_CALLER}",
        ),
        Offer(
            "rejectCustomer",
            (Permit("customer", Activity.APPROVE),),
            f"{_may(Step.REJECT)} and {NOT_SUBMITTED_BY_CALLER}",
        ),
        Offer(
            "extendCustomer",
            (
                Permit(
                    "customer_sales_area",
                    Activity.CREATE,
                    ANYWHERE,
                    models.SalesArea,
                    Without(models.SalesAreaView, VIEWS.on, AREA_COLUMNS),
                ),
            ),
        ),
    )


@filter_of(Customer)
class CustomerFilter:
    search: Optional[str] = search_filter("Words of the name, parts of words too, Chinese as well; or number, or tax number.")
    sales_area: Optional[StringFilter] = area_filter(
        "Has a view of such a sales area, e.g. 1000/10/00, that you may see.", models.SalesAreaView, (("customer_id", "id"),)
    )


@sort_field_of(Customer)
class CustomerSortField:
    value: str


@strawberry.input(description="What to sort by, and which way.")
class CustomerSort:
    field: CustomerSortField = strawberry.field(description="By which field.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


def _customers(
    first: int,
    after: str | None = None,
    filter: CustomerFilter | None = None,
    order_by: list[CustomerSort] | None = None,
) -> PageRequest:
    order = [
        Sort(sort.field.value, sort.direction is SortDirection.DESC, f"orderBy.{place}.field")
        for place, sort in enumerate(order_by or ())
    ]
    return page_request(Customer, first, after, order or [Sort("number", False, "orderBy")], condition_of(filter))


def _customer(id: str | None = None, number: str | None = None) -> RowRequest:
    if bool(id) == bool(number):
        raise Invalid.because("ONE_KEY_NEEDED", "id", names="id, number")
    if id:
        return RowRequest(Customer, "id", ids.key_of(id, "Customer", "id"))
    return RowRequest(Customer, "number", number)


@strawberry.type
class CustomerQueries:
    @asks(_customers, "The customers you may see, by number unless ordered otherwise.")
    async def customers(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = strawberry.UNSET,
        filter: Annotated[Optional[CustomerFilter], strawberry.argument(description="Which rows.")] = strawberry.UNSET,
        order_by: Annotated[
            Optional[list[CustomerSort]], strawberry.argument(description="The order; the key decides between equals.")
        ] = strawberry.UNSET,
    ) -> Connection[Customer]:
        return await answered(info.context.reads, _customers(first, after, filter, order_by))

    @asks(_customer, "One customer, by id or by number; null if there is none that you may see.")
    async def customer(
        self,
        info: Info,
        id: Annotated[Optional[strawberry.ID], strawberry.argument(description="The global id.")] = strawberry.UNSET,
        number: Annotated[Optional[str], strawberry.argument(description="The customer's number.")] = strawberry.UNSET,
    ) -> Optional[Customer]:
        return await answered(info.context.reads, _customer(id, number))


# ------------------------------------------------------------------------------------------------------------- commands


@strawberry.input(description="Where a customer sits; what is left out stays as it is.")
class AddressInput:
    street: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Street and house number.")
    city: Optional[str] = strawberry.field(default=strawberry.UNSET, description="City.")
    postal_code: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Postal code.")


@strawberry.input(description="A new customer, taken up as a draft with its first sales-area view.")
class CreateCustomerInput:
    name: str = strawberry.field(description="The customer's name.")
    customer_type: CustomerType = strawberry.field(description="How the customer deals with the goods.")
    country: str = strawberry.field(description="Country, as two letters.")
    sales_area: str = strawberry.field(description="The first sales area that deals with the customer, e.g. 1000/10/00.")
    tax_number: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Tax number.")
    region: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Province, state or region.")
    market: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The market it belongs to.")
    phone: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Telephone.")
    email: Optional[str] = strawberry.field(default=strawberry.UNSET, description="E-mail address.")
    address: Optional[AddressInput] = strawberry.field(default=strawberry.UNSET, description="Where it sits.")
    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)
    validate_only: bool = strawberry.field(default=False, description=VALIDATE_ONLY)


@strawberry.input(description="Changes of the general view; what is left out stays as it is, null empties.")
class ChangeCustomerInput:
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    name: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new name.")
    country: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new country, as two letters.")
    tax_number: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new tax number.")
    region: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new province, state or region.")
    market: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new market.")
    phone: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new telephone.")
    email: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new e-mail address.")
    address: Optional[AddressInput] = strawberry.field(
        default=strawberry.UNSET, description="The new address; null empties it."
    )
    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)
    validate_only: bool = strawberry.field(default=False, description=VALIDATE_ONLY)


@strawberry.input(description="The blocks of a customer, or of one of its sales-area views: exactly these stay set.")
class SetCustomerBlockInput:
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    blocks: list[BlockScope] = strawberry.field(description="What is blocked; NONE alone lifts all.")
    reason: str = strawberry.field(description="Why; shown as the block.")
    sales_area: Optional[str] = strawberry.field(
        default=strawberry.UNSET, description="The view to block; left out or null: the general view, for every area."
    )
    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)
    validate_only: bool = strawberry.field(default=False, description=VALIDATE_ONLY)


@strawberry.type(description="What became of `createCustomer`.")
class CreateCustomerPayload:
    customer: Optional[Customer] = strawberry.field(description="The new customer.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `changeCustomer`.")
class ChangeCustomerPayload:
    customer: Optional[Customer] = strawberry.field(description="The customer as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `setCustomerBlock`.")
class SetCustomerBlockPayload:
    customer: Optional[Customer] = strawberry.field(description="The customer as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


INPUT = strawberry.argument(description="What to do.")


@strawberry.type
class CustomerMutations:
    @strawberry.mutation(description="Take up a customer as a draft. Needs CREATE on `customer` and `customer_sales_area`.")
    async def create_customer(self, info: Info, input: Annotated[CreateCustomerInput, INPUT]) -> CreateCustomerPayload:
        done = await carried_out(info, resolvers.create_customer, input)
        return CreateCustomerPayload(customer=await done.record(Customer), user_errors=done.errors)

    @strawberry.mutation(
        description="Change the general view. Needs CHANGE on `customer` in every area of it, or `customer_general`."
    )
    async def change_customer(self, info: Info, input: Annotated[ChangeCustomerInput, INPUT]) -> ChangeCustomerPayload:
        done = await carried_out(info, resolvers.change_customer, input)
        return ChangeCustomerPayload(customer=await done.record(Customer), user_errors=done.errors)

    @strawberry.mutation(description="Set or lift blocks. Needs BLOCK on `customer`, or on `customer_sales_area` for one view.")
    async def set_customer_block(self, info: Info, input: Annotated[SetCustomerBlockInput, INPUT]) -> SetCustomerBlockPayload:
        done = await carried_out(info, resolvers.set_customer_block, input)
        return SetCustomerBlockPayload(customer=await done.record(Customer), user_errors=done.errors)
