"""The customer master: three views, partners, bank accounts, qualification documents."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Optional

import strawberry

import models
from api.execution import global_id as ids
from api.execution.conditions import Through
from api.execution.filters import (
    StringFilter,
    area_filter,
    condition_of,
    filter_of,
    link_filter,
    search_filter,
    sort_field_of,
)
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
from api.schema.base import (
    Info,
    Node,
)
from api.schema.files import StoredFile
from api.schema.organization import CompanyCode, CreditControlArea, PaymentTerms, Plant, SalesArea
from api.schema.scalars import Command
from domain.activity import Activity
from domain.areas import PARTS
from domain.customer import (
    CommissionBasis,
    CustomerType,
    InvoiceKind,
    OnboardingStatus,
    PartnerFunction,
    ReviewStatus,
    TaxpayerKind,
)
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
    on_invoice: bool = column("on_invoice", "Whether the VAT invoice prints it 开户行及账号.")


@mapped(models.Contact)
@strawberry.type(description="A person to speak to at the customer: 联系人.")
class Contact(Node):
    id: strawberry.ID = global_id("The global id.")
    name: str = column("name", "Their name.")
    department: Optional[str] = column("department", "Their department.")
    position: Optional[str] = column("position", "What they do there.")
    phone: Optional[str] = column("phone", "Telephone.")
    email: Optional[str] = column("email", "E-mail address.")


@mapped(None)
@strawberry.type(description="What the VAT invoice 金税发票 prints, beside tax number and bank account.")
class VatData:
    taxpayer_kind: Optional[TaxpayerKind] = column("taxpayer_kind", "How the tax office deals with the customer.")
    invoice_kind: Optional[InvoiceKind] = column("invoice_kind", "Which VAT invoice it gets.")
    invoice_title: Optional[str] = column("invoice_title", "The title 抬头, if it is not the name.")
    invoice_address: Optional[str] = column("invoice_address", "The address registered with the tax office.")
    invoice_phone: Optional[str] = column("invoice_phone", "The telephone registered with the tax office.")


@mapped(models.CreditPointer)
@strawberry.type(description="On whose credit account a customer's documents count in a credit control area: 信用主体.")
class CreditPointer:
    credit_control_area: CreditControlArea = to_one(
        "The credit control area.", on=(("code", "credit_control_area"),), reference=True
    )
    holder: CustomerReference = to_one("Whose account it is.", on=(("id", "holder_id"),), reference=True)


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


@mapped(None)
@strawberry.type(description="What an agent earns in a sales area: 佣金.")
class Commission:
    rate: Optional[Decimal] = column("commission_rate", "Percent.")
    basis: Optional[CommissionBasis] = column("commission_basis", "Of what.")


@mapped(models.SalesAreaView)
@strawberry.type(description="How one sales area deals with the customer: 销售范围视图.")
class SalesAreaView:
    sales_area: SalesArea = to_one("The sales area.", on=AREA_COLUMNS, reference=True)
    sales_district: Optional[str] = column("sales_district", "Sales district.")
    customer_group: Optional[str] = column("customer_group", "Customer group.")
    price_list: Optional[str] = column("price_list", "Price list.")
    pricing_procedure: Optional[str] = column(
        "pricing_procedure", "The customer's own part in determining the pricing procedure 客户定价过程; null: the usual."
    )
    tax_class: Optional[str] = column(
        "tax_class", "The customer's own class in tax determination 客户税分类; null: registered, or not, by the tax number."
    )
    currency: str = column("currency", "Currency of documents.")
    incoterms: Optional[str] = column("incoterms", "Incoterms.")
    shipping_condition: Optional[str] = column("shipping_condition", "Shipping condition.")
    delivering_plant: Optional[Plant] = to_one("Where it is shipped from.", on=(("code", "delivering_plant"),), reference=True)
    payment_terms: Optional[PaymentTerms] = to_one("When the customer pays.", on=(("code", "payment_terms"),), reference=True)
    commission: Optional[Commission] = embedded("What an agent earns here; null where you may not see it.", right="commission")
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
    vat: VatData = embedded("What its VAT invoices print.")
    deletion_flag: bool = column("deletion_flag", "Whether it is flagged for deletion.", filter=True)
    deletion_reason: Optional[str] = column("deletion_reason", "Why it is to go; null if it is not.")
    archived: bool = column(
        "{row}.archived_at is not null", "Whether it was put away: no command changes it any more.", filter=True, type="boolean"
    )
    archived_at: Optional[datetime] = column("archived_at", "When it was put away.")
    merged_into: Optional[Annotated[Customer, strawberry.lazy("api.schema.customers")]] = to_one(
        "The customer that this one was merged into, if you may see it; a merged one can be read and no longer changed.",
        on=(("id", "merged_into_id"),),
    )
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
    contacts: list[Contact] = to_many("Persons to speak to.", on=(("customer_id", "id"),), order=("name", "id"))
    credit_pointers: Optional[list[CreditPointer]] = to_many(
        "On whose credit account its documents count, of the credit control areas that you may see.",
        on=(("customer_id", "id"),),
        order=("credit_control_area",),
    )
    group_head: Optional[Annotated[Customer, strawberry.lazy("api.schema.customers")]] = to_one(
        "The head of the group that it belongs to, if you may see it.", on=(("id", "group_head_id"),)
    )
    dealer: Optional[Annotated[Customer, strawberry.lazy("api.schema.customers")]] = to_one(
        "The dealer who supplies it, if you may see them.", on=(("id", "dealer_id"),)
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
        *(
            Offer(name, (Permit("customer_sales_area", Activity.CHANGE, VIEWS, models.SalesAreaView),))
            for name in ("changeSalesAreaView", "setPartners")
        ),
        Offer(
            "changeCompanyCodeView",
            (Permit("customer_company_code", Activity.CHANGE, VIEWS, models.CompanyCodeView),),
        ),
        Offer(
            "setCompanyCodeBlock",
            (Permit("customer_company_code", Activity.BLOCK, VIEWS, models.CompanyCodeView),),
        ),
        *(Offer(name, (Permit("customer", Activity.CHANGE),)) for name in ("createContact", "setCustomerRelations")),
        Offer("mergeCustomers", (Permit("customer", Activity.DELETE),)),
        Offer("setDeletionFlag", (Permit("customer", Activity.DELETE),)),
        Offer("archiveCustomer", (Permit("customer", Activity.DELETE),), "{row}.deletion_flag"),
        Offer(
            "proposeBankAccount",
            tuple(Permit("customer_bank", activity) for activity in (Activity.CREATE, Activity.CHANGE, Activity.DELETE)),
        ),
        *(
            Offer(name, (Permit("customer_proposal", Activity.CREATE, VIEWS, models.SalesAreaView),))
            for name in ("proposeCustomerChange", "proposeContact")
        ),
        Offer("setCreditPointer", (Permit("credit_account", Activity.CHANGE),)),
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

    group_head: Optional[StringFilter] = link_filter(
        "The head of the group that it belongs to, by number.", models.Customer, (("id", "group_head_id"),), "number"
    )
    dealer: Optional[StringFilter] = link_filter(
        "The dealer who supplies it, by number.", models.Customer, (("id", "dealer_id"),), "number"
    )
    agent: Optional[StringFilter] = link_filter(
        "An agent who represents it in a sales area whose view you may see, by number.",
        models.Customer,
        (("id", "agent_id"),),
        "number",
        Through("customer_agents", models.SalesAreaView.access, (("customer_id", "id"),)),
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


def _customer(id: str | None = None, number: str | None = None, as_of: datetime | None = None) -> RowRequest:
    if bool(id) == bool(number):
        raise Invalid.because("ONE_KEY_NEEDED", "id", names="id, number")
    if id:
        return RowRequest(Customer, "id", ids.key_of(id, "Customer", "id"), as_of or None)
    return RowRequest(Customer, "number", number, as_of or None)


AS_OF = (
    "The customer as it was at this moment, as its change documents tell it; null before there was one. Rows are left out"
    " and field groups masked where you do not see their changes too."
)


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
        as_of: Annotated[Optional[datetime], strawberry.argument(description=AS_OF)] = strawberry.UNSET,
    ) -> Optional[Customer]:
        return await answered(info.context.reads, _customer(id, number, as_of))
