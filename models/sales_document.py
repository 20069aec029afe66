"""Sales documents 销售单据: inquiries, quotations, contracts, orders, returns, memo requests; their items and conditions.

All of them stand in one table, so that document flow, items and schedule lines have one place to point to. Each category is
a view of it with its own authorization object: nothing reads or writes a document but through one of them.
"""

from decimal import Decimal
from typing import Any, ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.areas import Area
from domain.credit.status import CheckResult, CreditStatus
from domain.orders.approvals import ApprovalStatus
from domain.orders.categories import DocumentCategory
from domain.orders.incompletion import Part
from domain.orders.item_categories import Usage
from domain.orders.quantities import BillingBasis, ItemQuantities
from domain.orders.statuses import Axis, AxisStatus, SalesOrderStatus
from domain.pricing.values import ConditionOrigin, FreeGoodsKind, InactiveReason, PricingType
from models.access import Access, OwnArea, OwnedByCustomer, PartOf
from models.approval import ApprovalLevel

IN_ORDER = OwnArea(ordered_by=("order_date", "number", "net_value"))
OF_PARTNERS = OwnedByCustomer(("sold_to_id", "agent_id"))
ZERO = Decimal(0)


class DocumentHeader(Model):
    """What every sales document has. Partners are customers by key; amounts are in `currency`, `group_value` in the group's."""

    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.CharField(12)
    category = fields.CharEnumField(DocumentCategory, max_length=20)
    order_type = fields.CharField(4)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    sold_to_id = fields.BigIntField()
    ship_to_id = fields.BigIntField()
    bill_to_id = fields.BigIntField()
    payer_id = fields.BigIntField()
    agent_id = fields.BigIntField(null=True)
    salesperson = fields.CharField(60, null=True)
    order_date = fields.DateField()
    entered_at = fields.DatetimeField()
    entered_by = fields.CharField(60)
    changed_at = fields.DatetimeField(null=True)
    changed_by = fields.CharField(60, null=True)
    confirmed_on = fields.DateField(null=True)
    requested_delivery_date = fields.DateField(null=True)
    pricing_date = fields.DateField()
    customer_reference = fields.CharField(40, null=True)
    purchaser_name = fields.CharField(60, null=True)
    order_reason = fields.CharField(200, null=True)
    sales_district = fields.CharField(10, null=True)
    shipping_condition = fields.CharField(10, null=True)
    incoterms = fields.CharField(10, null=True)
    title_transfer_place = fields.CharField(80, null=True)
    route = fields.CharField(40, null=True)
    payment_terms = fields.CharField(10, null=True)
    payment_method = fields.CharField(4, null=True)
    complete_delivery = fields.BooleanField(default=False)
    valid_from = fields.DateField(null=True)
    valid_to = fields.DateField(null=True)
    delivery_block = fields.CharField(4, null=True)
    billing_block = fields.CharField(4, null=True)
    currency = fields.CharField(3)
    pricing_procedure = fields.CharField(10)
    header_conditions: fields.JSONField[list[Any]] = fields.JSONField(default=list)
    net_value = fields.DecimalField(18, 3, default=ZERO)
    tax_amount = fields.DecimalField(18, 3, default=ZERO)
    gross_value = fields.DecimalField(18, 3, default=ZERO)
    cost = fields.DecimalField(18, 3, null=True)
    group_value = fields.DecimalField(18, 3, default=ZERO)
    discount_percent = fields.DecimalField(9, 4, null=True)
    margin_percent = fields.DecimalField(9, 4, null=True)
    status = fields.CharEnumField(SalesOrderStatus, max_length=10, default=SalesOrderStatus.OPEN)
    approval_status = fields.CharEnumField(ApprovalStatus, max_length=10, default=ApprovalStatus.NOT_NEEDED)
    credit_status = fields.CharEnumField(CreditStatus, max_length=20, default=CreditStatus.NOT_RUN)
    reference_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    confirmation_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    delivery_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    goods_movement_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    billing_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    posting_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    rejection_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    incomplete = fields.BooleanField(default=False)
    awaited_level = fields.IntField(null=True)
    awaited_role = fields.CharField(60, null=True)
    external_key = fields.CharField(60, null=True)
    version = fields.IntField(default=1)

    stored_in: ClassVar[str] = "sales_documents"
    told_when_created: ClassVar[tuple[str, ...]] = ("number", "order_type", "sold_to_id", "net_value")
    derived: ClassVar[frozenset[str]] = frozenset(
        {"changed_at", "changed_by", "confirmed_on", "status", "incomplete", "group_value", "reference_status"}
        | {"confirmation_status", "delivery_status", "goods_movement_status", "billing_status", "posting_status"}
        | {"rejection_status", "cost", "margin_percent"}
    )

    class Meta:
        abstract = True

    @property
    def area(self) -> Area:
        """The sales area that it is made in."""
        return Area((self.sales_organization, self.distribution_channel, self.division))


class SalesDocument(DocumentHeader):
    """The table of them all. It has no authorization object: whoever asks goes by a category."""

    class Meta:
        table = "sales_documents"


class Inquiry(DocumentHeader):
    """What a customer asks for 询价单."""

    access: ClassVar[Access] = Access("inquiry", IN_ORDER, OF_PARTNERS)

    class Meta:
        table = "inquiries"


class Quotation(DocumentHeader):
    """What is offered, and until when 报价单."""

    access: ClassVar[Access] = Access("quotation", IN_ORDER, OF_PARTNERS, measure="group_value")

    class Meta:
        table = "quotations"


class Contract(DocumentHeader):
    """What is agreed on to be called off 合同."""

    access: ClassVar[Access] = Access("contract", IN_ORDER, OF_PARTNERS, measure="group_value")

    class Meta:
        table = "contracts"


class SalesOrder(DocumentHeader):
    """What is ordered 销售订单."""

    access: ClassVar[Access] = Access("sales_order", IN_ORDER, OF_PARTNERS, measure="group_value")

    class Meta:
        table = "sales_orders"


class ReturnOrder(DocumentHeader):
    """What is to come back 退货单."""

    access: ClassVar[Access] = Access("return", IN_ORDER, OF_PARTNERS, measure="group_value")

    class Meta:
        table = "returns"


class MemoRequest(DocumentHeader):
    """What is to be credited or debited 贷项/借项凭证申请."""

    access: ClassVar[Access] = Access("credit_memo_request", IN_ORDER, OF_PARTNERS, measure="group_value")

    class Meta:
        table = "memo_requests"


Document = Inquiry | Quotation | Contract | SalesOrder | ReturnOrder | MemoRequest

BY_CATEGORY: dict[DocumentCategory, type[DocumentHeader]] = {
    DocumentCategory.INQUIRY: Inquiry,
    DocumentCategory.QUOTATION: Quotation,
    DocumentCategory.CONTRACT: Contract,
    DocumentCategory.SALES_ORDER: SalesOrder,
    DocumentCategory.RETURN: ReturnOrder,
    DocumentCategory.CREDIT_MEMO_REQUEST: MemoRequest,
    DocumentCategory.DEBIT_MEMO_REQUEST: MemoRequest,
}
"""The model by which documents of a category are read and written."""


class SalesItem(Model):
    """A line of a sales document. Quantities are in `unit`, of which one is `numerator / denominator` of the base unit.

    What became of it (`delivered` and so on) are the sums over the documents that follow, kept in step with them. Area and
    partners are its document's, so that items can be listed by themselves. On the credit account that it counts on, one unit
    counts for `credit_price`, in the account's currency, which is made of `credit_value` where its pricing procedure keeps one;
    what is not delivered of it counts up to `credit_quantity`, as due for shipping `credit_on`. `free_with_line` is the line
    that an item comes free with; that line's `free_quantity` is what comes free, which by `free_kind` is in `quantity`, or not.
    """

    access: ClassVar[Access] = Access("sales_order", PartOf("SalesDocument"))
    id = fields.BigIntField(primary_key=True, generated=True)
    document_id = fields.BigIntField()
    line_number = fields.IntField()
    item_category = fields.CharField(4)
    usage = fields.CharEnumField(Usage, max_length=12, null=True)
    material_id = fields.BigIntField()
    description = fields.CharField(200)
    plant = fields.CharField(10, null=True)
    storage_location = fields.CharField(10, null=True)
    shipping_point = fields.CharField(10, null=True)
    quantity = fields.DecimalField(18, 3)
    unit = fields.CharField(6)
    base_unit = fields.CharField(6)
    numerator = fields.BigIntField(default=1)
    denominator = fields.BigIntField(default=1)
    requested_date = fields.DateField(null=True)
    ship_separately = fields.BooleanField(default=False)
    tax_class = fields.CharField(10, null=True)
    free_with_line = fields.IntField(null=True)
    free_kind: FreeGoodsKind | None = fields.CharEnumField(FreeGoodsKind, max_length=30, null=True)  # type: ignore[assignment]  # may be null
    free_quantity = fields.DecimalField(18, 3, default=ZERO, db_default=ZERO)
    under_tolerance = fields.DecimalField(5, 2, default=ZERO)
    over_tolerance = fields.DecimalField(5, 2, null=True, default=ZERO)
    rejection_reason = fields.CharField(4, null=True)
    priced_as = fields.CharEnumField(PricingType, max_length=1, default=PricingType.NEW)
    manual_conditions: fields.JSONField[list[Any]] = fields.JSONField(default=list)
    net_price = fields.DecimalField(18, 3, null=True)
    net_value = fields.DecimalField(18, 3, default=ZERO)
    tax_rate = fields.DecimalField(7, 4, null=True)
    tax_amount = fields.DecimalField(18, 3, default=ZERO)
    gross_value = fields.DecimalField(18, 3, default=ZERO)
    cost = fields.DecimalField(18, 3, null=True)
    target_value = fields.DecimalField(18, 3, null=True)
    called_value = fields.DecimalField(18, 3, default=ZERO)
    currency = fields.CharField(3)
    billed_by = fields.CharEnumField(BillingBasis, max_length=12, null=True)
    rejected = fields.DecimalField(18, 3, default=ZERO)
    confirmed = fields.DecimalField(18, 3, default=ZERO)
    delivered = fields.DecimalField(18, 3, default=ZERO)
    issued = fields.DecimalField(18, 3, default=ZERO)
    billed = fields.DecimalField(18, 3, default=ZERO)
    posted = fields.DecimalField(18, 3, default=ZERO)
    referenced = fields.DecimalField(18, 3, default=ZERO)
    returned = fields.DecimalField(18, 3, default=ZERO)
    credit_account_id = fields.BigIntField(null=True)
    credit_value = fields.DecimalField(18, 3, null=True)
    credit_price = fields.DecimalField(24, 9, null=True)
    credit_quantity = fields.DecimalField(18, 3, default=ZERO, db_default=ZERO)
    credit_on = fields.DateField(null=True)
    status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_YET)
    delivery_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    billing_status = fields.CharEnumField(AxisStatus, max_length=12, default=AxisStatus.NOT_RELEVANT)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    sold_to_id = fields.BigIntField()
    agent_id = fields.BigIntField(null=True)

    told_with_owner: ClassVar[bool] = True
    told_when_created: ClassVar[tuple[str, ...]] = ("material_id", "quantity", "net_value")
    derived: ClassVar[frozenset[str]] = frozenset(
        {"confirmed", "delivered", "issued", "billed", "posted", "referenced", "returned", "called_value"}
        | {"status", "delivery_status", "billing_status", "cost", "free_kind", "free_quantity"}
        | {"credit_account_id", "credit_value", "credit_price", "credit_quantity", "credit_on"}
    )

    class Meta:
        table = "sales_items"

    @property
    def quantities(self) -> ItemQuantities:
        """What became of it, as the rules look at it."""
        return ItemQuantities(
            ordered=self.quantity,
            rejected=self.rejected,
            confirmed=self.confirmed,
            delivered=self.delivered,
            issued=self.issued,
            billed=self.billed,
            posted=self.posted,
            referenced=self.referenced,
            returned=self.returned,
            billed_by=self.billed_by or BillingBasis.GOODS_ISSUE,
        )


class ScheduleLine(Model):
    """A part of an item on a day 计划行: what was asked for, what is promised and when, and what of that was delivered.

    `open_base` is what is promised and not delivered, in the base unit: what availability keeps for it.
    """

    access: ClassVar[Access] = Access("sales_order", PartOf("SalesItem"))
    id = fields.BigIntField(primary_key=True, generated=True)
    item_id = fields.BigIntField()
    document_id = fields.BigIntField()
    position = fields.IntField()
    requested_date = fields.DateField()
    quantity = fields.DecimalField(18, 3)
    confirmed_date = fields.DateField(null=True)
    confirmed = fields.DecimalField(18, 3, default=ZERO)
    material_id = fields.BigIntField()
    plant = fields.CharField(10, null=True)
    open_base = fields.DecimalField(18, 6, default=ZERO)

    told_when_created: ClassVar[tuple[str, ...]] = ()

    class Meta:
        table = "schedule_lines"


class ConditionFields(Model):
    """A row of an item's price as it was determined. Nothing is overwritten: what holds has no `replaced_at`.

    `needs` is the authorization object that may see it: the document's own, or one beside it.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    item_id = fields.BigIntField()
    position = fields.IntField()
    step = fields.IntField()
    counter = fields.IntField()
    condition_type = fields.CharField(10, null=True)
    description = fields.CharField(80, default="")
    scale_base = fields.DecimalField(24, 6, null=True)
    scale_base_unit = fields.CharField(6, null=True)
    base = fields.DecimalField(24, 6, null=True)
    base_unit = fields.CharField(6, null=True)
    rate = fields.DecimalField(18, 6, null=True)
    rate_unit = fields.CharField(6, null=True)
    per = fields.DecimalField(18, 6, null=True)
    per_unit = fields.CharField(6, null=True)
    value = fields.DecimalField(18, 3, null=True)
    currency = fields.CharField(3)
    statistical = fields.BooleanField(default=False)
    inactive_reason = fields.CharEnumField(InactiveReason, max_length=16, null=True)
    origin = fields.CharEnumField(ConditionOrigin, max_length=10)
    header = fields.BooleanField(default=False)
    supplement = fields.BooleanField(default=False)
    interval = fields.IntField(null=True)
    rounding_difference = fields.DecimalField(18, 3, default=ZERO)
    record_id = fields.BigIntField(null=True)
    needs = fields.CharField(40)
    searched: fields.JSONField[list[Any]] = fields.JSONField(default=list)
    since = fields.DatetimeField()
    replaced_at = fields.DatetimeField(null=True)

    class Meta:
        abstract = True


class ItemCondition(ConditionFields):
    """A row of an item's price as it is kept."""

    access: ClassVar[Access] = Access("sales_order", PartOf("SalesItem"))
    told_when_created: ClassVar[tuple[str, ...]] = ()

    class Meta:
        table = "sales_item_conditions"


class ShownCondition(ConditionFields):
    """A row as a view shows it: where its item lies and whose it is, so that each row is seen by its own right."""

    access: ClassVar[Access] = Access(
        "sales_order",
        OwnArea(),
        OF_PARTNERS,
        told=(
            "needs",
            (
                *("inquiry", "quotation", "contract", "sales_order", "return", "credit_memo_request"),
                *("sales_order_cost", "price_condition_internal"),
            ),
        ),
    )
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    sold_to_id = fields.BigIntField()
    agent_id = fields.BigIntField(null=True)

    class Meta:
        table = "shown_item_conditions"


class CreditCheckResult(Model):
    """What a single credit check of a document found."""

    access: ClassVar[Access] = Access("sales_order", PartOf("SalesDocument"))
    id = fields.BigIntField(primary_key=True, generated=True)
    document_id = fields.BigIntField()
    position = fields.IntField()
    name = fields.CharField(40)
    result = fields.CharEnumField(CheckResult, max_length=10)
    message = fields.CharField(300)
    figures: fields.JSONField[dict[str, str] | None] = fields.JSONField(null=True)

    told_when_created: ClassVar[tuple[str, ...]] = ()

    class Meta:
        table = "credit_check_results"


class IncompletionEntry(Model):
    """A field that a document lacks 不完整性日志."""

    access: ClassVar[Access] = Access("sales_order", PartOf("SalesDocument"))
    id = fields.BigIntField(primary_key=True, generated=True)
    document_id = fields.BigIntField()
    part = fields.CharEnumField(Part, max_length=14)
    field = fields.CharField(40)
    line_number = fields.IntField(null=True)
    title = fields.CharField(120)
    blocks = fields.CharField(60)

    told_when_created: ClassVar[tuple[str, ...]] = ()

    class Meta:
        table = "incompletion_entries"


class DocumentApproval(ApprovalLevel):
    """A level of approval that a document needs 审批, and who decided what, of which figures."""

    access: ClassVar[Access] = Access("sales_order", PartOf("SalesDocument"))
    document_id = fields.BigIntField()

    class Meta:
        table = "document_approvals"


AXES: dict[Axis, str] = {
    Axis.REFERENCE: "reference_status",
    Axis.CONFIRMATION: "confirmation_status",
    Axis.DELIVERY: "delivery_status",
    Axis.GOODS_MOVEMENT: "goods_movement_status",
    Axis.BILLING: "billing_status",
    Axis.POSTING: "posting_status",
    Axis.REJECTION: "rejection_status",
}
"""The column of a document for its status on each axis."""
