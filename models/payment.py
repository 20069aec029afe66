"""Payments 收款 and what they settle: open items of payers, clearings and their resets."""

from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.areas import Area
from models.access import Access, OwnArea, OwnedByCustomer, PartOf, ThroughRows
from models.approval import ApprovalLevel, AwaitsApproval

ZERO = Decimal(0)


class OpenItemKind(Enum):
    """What a payer owes, or has in hand."""

    INVOICE = "INVOICE"
    MEMO = "MEMO"
    ADVANCE = "ADVANCE"
    ON_ACCOUNT = "ON_ACCOUNT"
    RESIDUAL = "RESIDUAL"


class OpenItem(Model):
    """An amount that a payer owes (above zero) or has in hand (below) 未清项, and what of it is still open.

    An invoice paid in instalments has one for each; a residual item stands in an item's place. On the credit account that it
    counts on, one unit of its currency counts for `credit_rate`.
    """

    access: ClassVar[Access] = Access("payment", OwnArea(), OwnedByCustomer(("payer_id",)))
    id = fields.BigIntField(primary_key=True, generated=True)
    kind = fields.CharEnumField(OpenItemKind, max_length=12)
    company_code = fields.CharField(10)
    payer_id = fields.BigIntField()
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    billing_id = fields.BigIntField(null=True)
    payment_id = fields.BigIntField(null=True)
    document_id = fields.BigIntField(null=True)
    baseline_date = fields.DateField()
    due_date = fields.DateField()
    currency = fields.CharField(3)
    amount = fields.DecimalField(18, 3)
    open = fields.DecimalField(18, 3)
    credit_account_id = fields.BigIntField(null=True)
    credit_rate = fields.DecimalField(24, 12, null=True)
    version = fields.IntField(default=1)

    told_when_created: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[frozenset[str]] = frozenset({"open", "credit_account_id", "credit_rate"})

    class Meta:
        table = "open_items"

    @property
    def area(self) -> Area:
        """The sales area that it lies in."""
        return Area((self.sales_organization, self.distribution_channel, self.division))


class Payment(AwaitsApproval):
    """A payment that came in; `on_account` is what no item took. Its area is where its flow is shown.

    `group_value` is what came in, or what debts were paid if that is more, in group currency; `discount_percent` the part of
    cash discount in what it settles. A payment that waits has moved nothing: `requested` says what it was entered for.
    """

    access: ClassVar[Access] = Access(
        "payment",
        ThroughRows("customer_areas", (("customer_id", "payer_id"), ("company_code", "company_code"))),
        OwnedByCustomer(("payer_id",)),
        measure="group_value",
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.CharField(12)
    company_code = fields.CharField(10)
    payer_id = fields.BigIntField()
    amount = fields.DecimalField(18, 3)
    currency = fields.CharField(3)
    group_value = fields.DecimalField(18, 3, default=ZERO)
    discount_percent = fields.DecimalField(9, 4, null=True)
    requested: fields.JSONField[list[Any] | None] = fields.JSONField(null=True)
    method = fields.CharField(4)
    reference = fields.CharField(60, null=True)
    posting_date = fields.DateField()
    on_account = fields.DecimalField(18, 3, default=ZERO)
    discount = fields.DecimalField(18, 3, default=ZERO)
    document_id = fields.BigIntField(null=True)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    reset_at = fields.DatetimeField(null=True)
    reset_by = fields.CharField(60, null=True)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    told_when_created: ClassVar[tuple[str, ...]] = ("number", "payer_id", "amount")

    class Meta:
        table = "payments"

    @property
    def area(self) -> Area:
        """Where its flow is shown."""
        return Area((self.sales_organization, self.distribution_channel, self.division))


class PaymentApproval(ApprovalLevel):
    """A level of approval that a payment needs, and who decided what."""

    access: ClassVar[Access] = Access("payment", PartOf("Payment"))
    payment_id = fields.BigIntField()

    class Meta:
        table = "payment_approvals"


class Clearing(Model):
    """What a payment did to an open item 清账: paid, discounted net and tax, and what residual item took its place."""

    access: ClassVar[Access] = Access("payment", PartOf("Payment"))
    id = fields.BigIntField(primary_key=True, generated=True)
    payment_id = fields.BigIntField()
    open_item_id = fields.BigIntField()
    paid = fields.DecimalField(18, 3)
    discount_net = fields.DecimalField(18, 3, default=ZERO)
    discount_tax = fields.DecimalField(18, 3, default=ZERO)
    residual = fields.DecimalField(18, 3, default=ZERO)
    residual_item_id = fields.BigIntField(null=True)
    currency = fields.CharField(3)

    told_when_created: ClassVar[tuple[str, ...]] = ()

    class Meta:
        table = "clearings"
