"""Billing documents 开票凭证: invoices, memos, pro formas and cancellations, with their items and taxes."""

from decimal import Decimal
from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.orders.categories import DocumentCategory
from domain.orders.statuses import AxisStatus
from models.access import Access, OwnArea, OwnedByCustomer, PartOf

ZERO = Decimal(0)


class BillingDocument(Model):
    """A billing document. `open_amount` is what the payer still owes of it; a cancellation names what it cancels."""

    access: ClassVar[Access] = Access(
        "billing_document",
        OwnArea(ordered_by=("number",)),
        OwnedByCustomer(("payer_id", "bill_to_id")),
        measure="group_value",
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.CharField(12)
    billing_type = fields.CharField(4)
    category = fields.CharEnumField(DocumentCategory, max_length=20)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    company_code = fields.CharField(10)
    sold_to_id = fields.BigIntField()
    bill_to_id = fields.BigIntField()
    payer_id = fields.BigIntField()
    billing_date = fields.DateField()
    due_date = fields.DateField(null=True)
    payment_terms = fields.CharField(10, null=True)
    incoterms = fields.CharField(10, null=True)
    currency = fields.CharField(3)
    net_value = fields.DecimalField(18, 3, default=ZERO)
    tax_amount = fields.DecimalField(18, 3, default=ZERO)
    gross_value = fields.DecimalField(18, 3, default=ZERO)
    cost = fields.DecimalField(18, 3, null=True)
    group_value = fields.DecimalField(18, 3, default=ZERO)
    open_amount = fields.DecimalField(18, 3, default=ZERO)
    status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_YET)
    split_by = fields.CharField(200, null=True)
    cancels_id = fields.BigIntField(null=True)
    cancelled_by_id = fields.BigIntField(null=True)
    reason = fields.CharField(200, null=True)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField()
    external_key = fields.CharField(60, null=True)
    version = fields.IntField(default=1)

    told_when_created: ClassVar[tuple[str, ...]] = ("number", "payer_id", "gross_value")
    derived: ClassVar[frozenset[str]] = frozenset({"open_amount", "status"})

    class Meta:
        table = "billing_documents"


class BillingItem(Model):
    """A line of a billing document: so much of an order item, by the order itself or by a delivery of it."""

    access: ClassVar[Access] = Access("billing_document", PartOf("BillingDocument"))
    id = fields.BigIntField(primary_key=True, generated=True)
    billing_id = fields.BigIntField()
    line_number = fields.IntField()
    item_id = fields.BigIntField()
    document_id = fields.BigIntField()
    delivery_item_id = fields.BigIntField(null=True)
    material_id = fields.BigIntField()
    description = fields.CharField(200)
    quantity = fields.DecimalField(18, 3)
    unit = fields.CharField(6)
    net_price = fields.DecimalField(18, 6, null=True)
    net_value = fields.DecimalField(18, 3)
    tax_rate = fields.DecimalField(7, 4)
    tax_amount = fields.DecimalField(18, 3)
    gross_value = fields.DecimalField(18, 3)
    cost = fields.DecimalField(18, 3, null=True)
    currency = fields.CharField(3)

    told_when_created: ClassVar[tuple[str, ...]] = ()

    class Meta:
        table = "billing_items"


class BillingTax(Model):
    """The lines of a billing document at one rate: their net amount and the tax on it."""

    access: ClassVar[Access] = Access("billing_document", PartOf("BillingDocument"))
    id = fields.BigIntField(primary_key=True, generated=True)
    billing_id = fields.BigIntField()
    rate = fields.DecimalField(7, 4)
    net_value = fields.DecimalField(18, 3)
    tax_amount = fields.DecimalField(18, 3)
    currency = fields.CharField(3)

    told_when_created: ClassVar[tuple[str, ...]] = ()

    class Meta:
        table = "billing_taxes"
