"""Deliveries 交货单: what leaves a plant or comes back to it, with what is picked and posted."""

from decimal import Decimal
from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.areas import Area
from domain.orders.quantities import BillingBasis
from domain.orders.statuses import AxisStatus
from models.access import Access, OwnArea, OwnedByCustomer, PartOf
from models.approval import ApprovalLevel, AwaitsApproval

ZERO = Decimal(0)


class Delivery(AwaitsApproval):
    """A delivery of one plant to one ship-to. `status` is that of its goods movement.

    `group_value` is what it holds of its orders' values, in group currency.
    """

    access: ClassVar[Access] = Access(
        "delivery",
        OwnArea(ordered_by=("number",)),
        OwnedByCustomer(("sold_to_id", "ship_to_id")),
        measure="group_value",
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.CharField(12)
    delivery_type = fields.CharField(4)
    returns = fields.BooleanField(default=False)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    plant = fields.CharField(10)
    shipping_point = fields.CharField(10)
    route = fields.CharField(40, null=True)
    shipping_condition = fields.CharField(10, null=True)
    incoterms = fields.CharField(10, null=True)
    sold_to_id = fields.BigIntField()
    ship_to_id = fields.BigIntField()
    planned_date = fields.DateField()
    goods_issue_date = fields.DateField(null=True)
    picking_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_YET)
    status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_YET)
    billing_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    group_value = fields.DecimalField(18, 3, default=ZERO, db_default=ZERO)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField()
    external_key = fields.CharField(60, null=True)
    version = fields.IntField(default=1)

    told_when_created: ClassVar[tuple[str, ...]] = ("number", "ship_to_id", "plant")
    derived: ClassVar[frozenset[str]] = frozenset({"billing_status"})

    class Meta:
        table = "deliveries"

    @property
    def area(self) -> Area:
        """The sales area of its orders."""
        return Area((self.sales_organization, self.distribution_channel, self.division))


class DeliveryApproval(ApprovalLevel):
    """A level of approval that a delivery needs, and who decided what."""

    access: ClassVar[Access] = Access("delivery", PartOf("Delivery"))
    delivery_id = fields.BigIntField()

    class Meta:
        table = "delivery_approvals"


class GoodsIssue(Model):
    """That a delivery was posted: goods left 发货过账, or came back 退货收货; or that this was taken back (`reverses_id`)."""

    access: ClassVar[Access] = Access(
        "goods_issue",
        OwnArea(),
        OwnedByCustomer(("sold_to_id", "ship_to_id")),
        told=("object", ("goods_issue", "goods_receipt")),
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.CharField(12)
    object = fields.CharField(20)
    delivery_id = fields.BigIntField()
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    plant = fields.CharField(10)
    sold_to_id = fields.BigIntField()
    ship_to_id = fields.BigIntField()
    posting_date = fields.DateField()
    posted_by = fields.CharField(60)
    posted_at = fields.DatetimeField()
    reverses_id = fields.BigIntField(null=True)

    told_when_created: ClassVar[tuple[str, ...]] = ("number", "delivery_id")

    class Meta:
        table = "goods_issues"


class DeliveryItem(Model):
    """So much of an order item. Quantities are in the order item's unit; `base_quantity` is what moves in stock.

    `held_base` is what availability keeps for it, on the day on which all of that was promised (`held_on`).
    """

    access: ClassVar[Access] = Access("delivery", PartOf("Delivery"))
    id = fields.BigIntField(primary_key=True, generated=True)
    delivery_id = fields.BigIntField()
    line_number = fields.IntField()
    item_id = fields.BigIntField()
    document_id = fields.BigIntField()
    item_category = fields.CharField(4)
    material_id = fields.BigIntField()
    description = fields.CharField(200)
    plant = fields.CharField(10)
    storage_location = fields.CharField(10)
    quantity = fields.DecimalField(18, 3)
    unit = fields.CharField(6)
    base_quantity = fields.DecimalField(18, 6)
    base_unit = fields.CharField(6)
    picked = fields.DecimalField(18, 3, default=ZERO)
    issued = fields.DecimalField(18, 3, default=ZERO)
    billed = fields.DecimalField(18, 3, default=ZERO)
    billed_by = fields.CharEnumField(BillingBasis, max_length=12, null=True)
    held_base = fields.DecimalField(18, 6, default=ZERO)
    held_on = fields.DateField(null=True)

    told_when_created: ClassVar[tuple[str, ...]] = ("item_id", "quantity")
    derived: ClassVar[frozenset[str]] = frozenset({"issued", "billed", "held_base", "held_on"})

    class Meta:
        table = "delivery_items"
