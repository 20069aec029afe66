"""Document flow 凭证流: which item followed which, with quantities and values, and which documents belong together."""

from decimal import Decimal
from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.orders.categories import DocumentCategory
from domain.orders.copy_control import QuantityEffect
from domain.orders.statuses import AxisStatus
from models.access import Access, OwnArea, OwnedByCustomer

ZERO = Decimal(0)
OBJECTS = (
    "inquiry",
    "quotation",
    "contract",
    "sales_order",
    "return",
    "credit_memo_request",
    "delivery",
    "goods_issue",
    "goods_receipt",
    "billing_document",
    "payment",
)
"""The authorization objects of documents that flow."""


OF_OWNERS = OwnedByCustomer(("owner_id", "other_owner_id"))


class DocumentLink(Model):
    """That an item, or a document, followed another: how much, to what effect. Written once, by the successor.

    Documents are told by the kind of their table (`SALES`, `DELIVERY`, `BILLING`, `PAYMENT`, `MOVEMENT`) and their key.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    predecessor_kind = fields.CharField(10)
    predecessor_id = fields.BigIntField()
    predecessor_line = fields.IntField(null=True)
    successor_kind = fields.CharField(10)
    successor_id = fields.BigIntField()
    successor_line = fields.IntField(null=True)
    effect = fields.CharEnumField(QuantityEffect, max_length=12, default=QuantityEffect.NONE)
    quantity = fields.DecimalField(18, 3, null=True)
    unit = fields.CharField(6, null=True)
    value = fields.DecimalField(18, 3, null=True)
    currency = fields.CharField(3, null=True)
    created_at = fields.DatetimeField()

    told_when_created: ClassVar[tuple[str, ...]] = ()

    class Meta:
        table = "document_links"


class FlowMember(Model):
    """That a document belongs to another's flow: it came before, or after, or is itself. Kept both ways when one follows."""

    id = fields.BigIntField(primary_key=True, generated=True)
    root_kind = fields.CharField(10)
    root_id = fields.BigIntField()
    kind = fields.CharField(10)
    document_id = fields.BigIntField()
    before = fields.BooleanField(default=False)

    class Meta:
        table = "document_flow_members"


class FlowDocument(Model):
    """A document that stands in a flow, whatever its table: its name, and whose it is. Each is seen by its own right."""

    access: ClassVar[Access] = Access("sales_order", OwnArea(), OF_OWNERS, told=("object", OBJECTS))
    id = fields.BigIntField(primary_key=True, generated=True)
    document_id = fields.BigIntField()
    object = fields.CharField(40)
    category = fields.CharEnumField(DocumentCategory, max_length=20)
    type_name = fields.CharField(20)
    number = fields.CharField(12)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    owner_id = fields.BigIntField()
    other_owner_id = fields.BigIntField(null=True)

    class Meta:
        abstract = True


class DocumentFlowEntry(FlowDocument):
    """A document in the flow of another: a view of them all."""

    root_kind = fields.CharField(10)
    root_id = fields.BigIntField()
    kind = fields.CharField(10)
    day = fields.DateField()
    status = fields.CharEnumField(AxisStatus, max_length=12)

    class Meta:
        table = "document_flow_entries"


class DocumentReference(FlowDocument):
    """What a document in a flow followed, document by document: a view of links with the predecessors' numbers."""

    successor_kind = fields.CharField(10)
    successor_id = fields.BigIntField()
    quantity = fields.DecimalField(18, 3, null=True)
    unit = fields.CharField(6, null=True)
    value = fields.DecimalField(18, 3, null=True)
    currency = fields.CharField(3, null=True)

    class Meta:
        table = "document_references"


class DueDeliveryLine(Model):
    """A promised part of an order that no delivery holds yet 交货到期: a view of lines that may be delivered."""

    access: ClassVar[Access] = Access("sales_order", OwnArea(), OwnedByCustomer(("sold_to_id", "agent_id")))
    id = fields.BigIntField(primary_key=True, generated=True)
    document_id = fields.BigIntField()
    line_number = fields.IntField()
    material_id = fields.BigIntField()
    plant = fields.CharField(10)
    day = fields.DateField()
    open = fields.DecimalField(18, 3)
    unit = fields.CharField(6)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    sold_to_id = fields.BigIntField()
    ship_to_id = fields.BigIntField()
    agent_id = fields.BigIntField(null=True)

    class Meta:
        table = "due_delivery_lines"


class DueBillingLine(Model):
    """What is due for billing 开票到期: a view of delivery lines that have left, and of order lines billed by themselves."""

    access: ClassVar[Access] = Access(
        "delivery",
        OwnArea(),
        OF_OWNERS,
        told=("object", ("delivery", "sales_order", "credit_memo_request")),
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    object = fields.CharField(40)
    type_name = fields.CharField(20)
    document_id = fields.BigIntField()
    number = fields.CharField(12)
    line_number = fields.IntField()
    material_id = fields.BigIntField()
    day = fields.DateField()
    due = fields.DecimalField(18, 3)
    unit = fields.CharField(6)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    payer_id = fields.BigIntField()
    owner_id = fields.BigIntField()
    other_owner_id = fields.BigIntField(null=True)

    class Meta:
        table = "due_billing_lines"
