"""The customer master in its three views, with partners, bank accounts and qualification documents."""

from datetime import datetime
from typing import Any, ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.areas import PARTS, Area
from domain.customer import (
    BlockScope,
    CommissionBasis,
    CustomerType,
    InvoiceKind,
    OnboardingStatus,
    PartnerFunction,
    ReviewStatus,
    TaxpayerKind,
)
from domain.duplicates import name_key
from domain.names import search_text
from domain.onboarding import STEPS, ExtensionStatus, Paper, Step
from models.access import Access, OwnArea, OwnedByCustomer, PartOf, ThroughRows
from models.file import StoredFile
from models.simplified import simplified

CUSTOMER_AREAS = "customer_areas"
EVERYTHING = frozenset(BlockScope) - {BlockScope.NONE}
OF_CUSTOMER = ThroughRows(CUSTOMER_AREAS, (("customer_id", "customer_id"),))


class Customer(Model):
    """The general view: one number for the whole group."""

    access: ClassVar[Access] = Access(
        "customer",
        ThroughRows(
            CUSTOMER_AREAS,
            (("customer_id", "id"),),
            ordered_by=(("number", "customer_number"), ("name", "customer_name")),
        ),
        OwnedByCustomer(("id",)),
        override="customer_general",
        closed="archived_at",
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.CharField(10)
    name = fields.CharField(120)
    customer_type = fields.CharEnumField(CustomerType, max_length=10)
    onboarding_status = fields.CharEnumField(OnboardingStatus, max_length=10, default=OnboardingStatus.DRAFT)
    country = fields.CharField(2)
    region = fields.CharField(60, null=True)
    market = fields.CharField(60, null=True)
    street = fields.CharField(200, null=True)
    city = fields.CharField(80, null=True)
    postal_code = fields.CharField(16, null=True)
    phone = fields.CharField(40, null=True)
    email = fields.CharField(254, null=True)
    tax_number = fields.CharField(30, null=True)
    order_block = fields.CharField(200, null=True)
    delivery_block = fields.CharField(200, null=True)
    billing_block = fields.CharField(200, null=True)
    taxpayer_kind = fields.CharEnumField(TaxpayerKind, max_length=12, null=True)
    invoice_kind = fields.CharEnumField(InvoiceKind, max_length=10, null=True)
    invoice_title = fields.CharField(120, null=True)
    invoice_address = fields.CharField(200, null=True)
    invoice_phone = fields.CharField(40, null=True)
    group_head: fields.ForeignKeyNullableRelation["Customer"] = fields.ForeignKeyField(
        "models.Customer", related_name="group_members", null=True, on_delete=fields.RESTRICT
    )
    group_head_id: int | None
    dealer: fields.ForeignKeyNullableRelation["Customer"] = fields.ForeignKeyField(
        "models.Customer", related_name="dealer_customers", null=True, on_delete=fields.RESTRICT
    )
    dealer_id: int | None
    deletion_flag = fields.BooleanField(default=False)
    deletion_reason = fields.CharField(200, null=True)
    archived_at = fields.DatetimeField(null=True)
    submitted_by = fields.CharField(60, null=True)
    rejection_reason = fields.CharField(200, null=True)
    merged_into: fields.ForeignKeyNullableRelation["Customer"] = fields.ForeignKeyField(
        "models.Customer", related_name="merged", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    merged_into_id: int | None
    search_text = fields.TextField()
    name_key = fields.TextField(null=True)
    external_key = fields.CharField(60, null=True)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField(auto_now_add=True)
    version = fields.IntField(default=1)
    sales_area_views: fields.ReverseRelation["SalesAreaView"]

    class Meta:
        table = "customers"

    def set_blocks(self, blocks: frozenset[BlockScope], reason: str) -> None:
        """Hold exactly these blocks, each with its reason, and lift the others."""
        _set_blocks(self, blocks, reason)

    def flag_for_deletion(self, flag: bool, reason: str) -> None:
        """Say that the customer is to go, and why; or take that back."""
        self.deletion_flag, self.deletion_reason = flag, reason if flag else None

    def submit(self, by: str) -> None:
        """Keep who did, so that somebody else decides; why it was rejected before is over."""
        self.onboarding_status, self.submitted_by, self.rejection_reason = STEPS[Step.SUBMIT][1], by, None

    def approve(self) -> None:
        """Admit the customer."""
        self.onboarding_status = STEPS[Step.APPROVE][1]

    def reject(self, reason: str) -> None:
        """Send the customer back with the reason."""
        self.onboarding_status, self.rejection_reason = STEPS[Step.REJECT][1], reason

    def make_findable(self) -> None:
        """Keep what searches look through, and what doubles are found by, in step with name, number and tax number."""
        self.search_text = search_text(self.name, self.number, self.tax_number)
        self.name_key = name_key(self.name, simplified)

    def merge_into(self, kept: "Customer", reason: str, at: datetime) -> None:
        """End as a double of another customer: blocked throughout, flagged for deletion and put away."""
        self.merged_into_id, self.archived_at = kept.id, at
        self.flag_for_deletion(True, reason)
        self.set_blocks(EVERYTHING, reason)

    def expire(self) -> None:
        """Take admission back, as a mandatory document has expired."""
        self.onboarding_status = STEPS[Step.EXPIRE][1]


class SalesAreaView(Model):
    """How one sales area deals with the customer."""

    access: ClassVar[Access] = Access("customer_sales_area", OwnArea(), OwnedByCustomer(("customer_id",)))
    id = fields.BigIntField(primary_key=True, generated=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("models.Customer", related_name="sales_area_views")
    customer_id: int
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    sales_district = fields.CharField(10, null=True)
    customer_group = fields.CharField(10, null=True)
    price_list = fields.CharField(10, null=True)
    pricing_procedure = fields.CharField(10, null=True)
    tax_class = fields.CharField(10, null=True)
    currency = fields.CharField(3)
    incoterms = fields.CharField(10, null=True)
    shipping_condition = fields.CharField(10, null=True)
    delivering_plant = fields.CharField(10, null=True)
    payment_terms = fields.CharField(10, null=True)
    commission_rate = fields.DecimalField(5, 2, null=True)
    commission_basis = fields.CharEnumField(CommissionBasis, max_length=12, null=True)
    order_block = fields.CharField(200, null=True)
    delivery_block = fields.CharField(200, null=True)
    billing_block = fields.CharField(200, null=True)

    class Meta:
        table = "customer_sales_area_views"

    def set_blocks(self, blocks: frozenset[BlockScope], reason: str) -> None:
        """Hold exactly these blocks, each with its reason, and lift the others."""
        _set_blocks(self, blocks, reason)


class CompanyCodeView(Model):
    """How one company code's books deal with the customer."""

    access: ClassVar[Access] = Access(
        "customer_company_code",
        ThroughRows(CUSTOMER_AREAS, (("customer_id", "customer_id"), ("company_code", "company_code"))),
        OwnedByCustomer(("customer_id",)),
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("models.Customer", related_name="company_code_views")
    customer_id: int
    company_code = fields.CharField(10)
    reconciliation_account = fields.CharField(10, null=True)
    cash_management_group = fields.CharField(10, null=True)
    trading_partner = fields.CharField(10, null=True)
    payment_terms = fields.CharField(10, null=True)
    blocked = fields.BooleanField(default=False)

    class Meta:
        table = "customer_company_code_views"


class Partner(Model):
    """Which customer takes which function in a sales-area view."""

    access: ClassVar[Access] = Access("customer_sales_area", PartOf("SalesAreaView"))
    id = fields.BigIntField(primary_key=True, generated=True)
    view: fields.ForeignKeyRelation[SalesAreaView] = fields.ForeignKeyField("models.SalesAreaView", related_name="partners")
    view_id: int
    function = fields.CharEnumField(PartnerFunction, max_length=10)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="partner_roles", on_delete=fields.RESTRICT
    )
    customer_id: int

    class Meta:
        table = "customer_partners"


class BankAccount(Model):
    """Where the customer pays from and is paid to. A right of its own."""

    access: ClassVar[Access] = Access("customer_bank", OF_CUSTOMER, OwnedByCustomer(("customer_id",)))
    id = fields.BigIntField(primary_key=True, generated=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("models.Customer", related_name="bank_accounts")
    customer_id: int
    bank_name = fields.CharField(120)
    account_number = fields.CharField(40)
    holder = fields.CharField(120)
    on_invoice = fields.BooleanField(default=False)

    class Meta:
        table = "customer_bank_accounts"


class Contact(Model):
    """A person to speak to at the customer."""

    access: ClassVar[Access] = Access("customer", OF_CUSTOMER, OwnedByCustomer(("customer_id",)))
    id = fields.BigIntField(primary_key=True, generated=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("models.Customer", related_name="contacts")
    customer_id: int
    name = fields.CharField(120)
    department = fields.CharField(60, null=True)
    position = fields.CharField(60, null=True)
    phone = fields.CharField(40, null=True)
    email = fields.CharField(254, null=True)

    class Meta:
        table = "customer_contacts"


class CreditPointer(Model):
    """On whose credit account a customer's documents count in a credit control area: its own, its payer's, its group head's."""

    access: ClassVar[Access] = Access(
        "credit_account",
        ThroughRows(CUSTOMER_AREAS, (("customer_id", "customer_id"), ("credit_control_area", "credit_control_area"))),
        OwnedByCustomer(("customer_id",)),
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("models.Customer", related_name="credit_pointers")
    customer_id: int
    credit_control_area = fields.CharField(10)
    holder: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="credit_pointers_to", on_delete=fields.RESTRICT
    )
    holder_id: int

    class Meta:
        table = "customer_credit_pointers"


class QualificationDocument(Model):
    """A document that a customer shows to be admitted: licence, tax registration, proof of account."""

    access: ClassVar[Access] = Access("customer_document", OF_CUSTOMER, OwnedByCustomer(("customer_id",)))
    id = fields.BigIntField(primary_key=True, generated=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="qualification_documents"
    )
    customer_id: int
    document_type = fields.CharField(40)
    number = fields.CharField(60, null=True)
    issuer = fields.CharField(120, null=True)
    valid_from = fields.DateField(null=True)
    valid_to = fields.DateField(null=True)
    review_status = fields.CharEnumField(ReviewStatus, max_length=10, default=ReviewStatus.PENDING)
    file: fields.ForeignKeyNullableRelation[StoredFile] = fields.OneToOneField(
        "models.StoredFile", related_name="qualification_document", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    file_id: int | None
    review_reason = fields.CharField(200, null=True)
    added_by = fields.CharField(60)
    reminded_for = fields.DateField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "customer_qualification_documents"

    def review(self, *, accept: bool, reason: str | None) -> None:
        """Accept or reject it, and keep why."""
        self.review_status, self.review_reason = ReviewStatus.ACCEPTED if accept else ReviewStatus.REJECTED, reason

    @property
    def paper(self) -> Paper:
        """What the rules look at."""
        return Paper(self.document_type, self.number, self.valid_from, self.valid_to, self.review_status)


class CustomerExtension(Model):
    """A proposal that a further sales area deal with a customer, of whom the proposer may know no more than the number."""

    access: ClassVar[Access] = Access("customer_sales_area", OwnArea())
    id = fields.BigIntField(primary_key=True, generated=True)
    customer_number = fields.CharField(10)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    status = fields.CharEnumField(ExtensionStatus, max_length=10, default=ExtensionStatus.PENDING)
    proposed_by = fields.CharField(60)
    proposed_at = fields.DatetimeField()
    rejection_reason = fields.CharField(200, null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "customer_extensions"

    @property
    def area(self) -> Area:
        """The sales area that is to deal with the customer."""
        return Area((self.sales_organization, self.distribution_channel, self.division))

    @property
    def place(self) -> dict[str, Any]:
        """The sales area, by the names of its columns."""
        return dict(zip(PARTS, self.area, strict=True))

    def approve(self) -> None:
        """Let the sales area have its view."""
        self.status = ExtensionStatus.APPROVED

    def reject(self, reason: str) -> None:
        """Turn the proposal down with the reason."""
        self.status, self.rejection_reason = ExtensionStatus.REJECTED, reason


def _set_blocks(view: Customer | SalesAreaView, blocks: frozenset[BlockScope], reason: str) -> None:
    view.order_block = reason if BlockScope.ORDER in blocks else None
    view.delivery_block = reason if BlockScope.DELIVERY in blocks else None
    view.billing_block = reason if BlockScope.BILLING in blocks else None
