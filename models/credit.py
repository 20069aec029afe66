"""Credit 信用: the accounts of payers, their limits and grants, what is checked, and what was decided on blocked documents."""

from decimal import Decimal
from typing import Any, ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.credit.limits import GrantScope
from domain.credit.requests import CreditDecisionKind, RequestKind, RequestStatus
from domain.credit.status import Band, DocumentGroup
from models.access import Access, OwnArea, OwnedByCustomer, PartOf, ThroughRows

OF_HOLDER = ThroughRows("customer_areas", (("customer_id", "customer_id"), ("credit_control_area", "credit_control_area")))
OF_CONTROL_AREA = ThroughRows("organization_areas", (("credit_control_area", "credit_control_area"),))
ZERO = Decimal(0)


class CreditAccountFields(Model):
    """What a credit account 信用账户 holds of itself: of a payer or a group head, in a credit control area and its currency.

    `secured` is what of its exposure is secured by others; `block` why nothing more goes on it, null if it does;
    `tells_customer` whether the customer themselves may know what is left.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    customer_id = fields.BigIntField()
    credit_control_area = fields.CharField(10)
    risk_category = fields.CharField(10)
    next_review = fields.DateField(null=True)
    secured = fields.DecimalField(18, 3, default=ZERO)
    dunning_level = fields.IntField(default=0)
    block = fields.CharField(200, null=True)
    note = fields.CharField(1000, null=True)
    tells_customer = fields.BooleanField(default=True)
    version = fields.IntField(default=1)

    class Meta:
        abstract = True


class CreditAccount(CreditAccountFields):
    """The account as it is kept."""

    access: ClassVar[Access] = Access("credit_account", OF_HOLDER, OwnedByCustomer(("customer_id",)))
    told_when_created: ClassVar[tuple[str, ...]] = ("customer_id", "credit_control_area", "risk_category")

    class Meta:
        table = "credit_accounts"


class ShownCreditAccount(CreditAccountFields):
    """The account with what counts on it: its limit today, and its exposure 信用占用 in four buckets, in its `currency`."""

    access: ClassVar[Access] = CreditAccount.access
    currency = fields.CharField(3)
    limit_amount = fields.DecimalField(18, 3, null=True)
    open_orders = fields.DecimalField(18, 3)
    open_deliveries = fields.DecimalField(18, 3)
    open_billing = fields.DecimalField(18, 3)
    receivables = fields.DecimalField(18, 3)
    total = fields.DecimalField(18, 3)
    available = fields.DecimalField(18, 3, null=True)
    utilization = fields.DecimalField(18, 2, null=True)
    band = fields.CharEnumField(Band, max_length=10)

    class Meta:
        table = "shown_credit_accounts"


class CreditLimit(Model):
    """What an account may come to 信用额度, from a day on, through another or until the next limit."""

    access: ClassVar[Access] = Access("credit_account", PartOf("CreditAccount"))
    id = fields.BigIntField(primary_key=True, generated=True)
    account_id = fields.BigIntField()
    amount = fields.DecimalField(18, 3)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    reason = fields.CharField(200)
    set_by = fields.CharField(60)
    set_at = fields.DatetimeField()
    approved_by = fields.CharField(60, null=True)

    told_when_created: ClassVar[tuple[str, ...]] = ("amount", "valid_from", "valid_to", "reason")

    class Meta:
        table = "credit_limits"


class CreditLimitRequest(Model):
    """A limit, or a temporary grant 临时授信 beyond it, that somebody asks for and somebody else decides on.

    An approved grant counts by itself; an approved limit becomes a `CreditLimit`.
    """

    access: ClassVar[Access] = Access("credit_account", OF_HOLDER, OwnedByCustomer(("customer_id",)))
    id = fields.BigIntField(primary_key=True, generated=True)
    account_id = fields.BigIntField()
    customer_id = fields.BigIntField()
    credit_control_area = fields.CharField(10)
    kind = fields.CharEnumField(RequestKind, max_length=10)
    amount = fields.DecimalField(18, 3)
    currency = fields.CharField(3)
    scope = fields.CharEnumField(GrantScope, max_length=10, null=True)
    document_id = fields.BigIntField(null=True)
    sales_area = fields.CharField(32, null=True)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    reason = fields.CharField(200)
    status = fields.CharEnumField(RequestStatus, max_length=10, default=RequestStatus.REQUESTED)
    requested_by = fields.CharField(60)
    requested_at = fields.DatetimeField()
    decided_by = fields.CharField(60, null=True)
    decided_at = fields.DatetimeField(null=True)
    refusal_reason = fields.CharField(200, null=True)
    version = fields.IntField(default=1)

    told_when_created: ClassVar[tuple[str, ...]] = ("kind", "amount", "valid_from", "valid_to", "reason")

    class Meta:
        table = "credit_limit_requests"


class CreditCheckRules(Model):
    """What is checked of documents of a group on accounts of a risk category 信用检查规则, as `domain.credit.checks` reads it.

    A release holds up to its value and `deviation` percent more, for `release_days` days; null: for its day only.
    """

    access: ClassVar[Access] = Access("credit_account", OF_CONTROL_AREA)
    id = fields.BigIntField(primary_key=True, generated=True)
    credit_control_area = fields.CharField(10)
    risk_category = fields.CharField(10)
    document_group = fields.CharEnumField(DocumentGroup, max_length=12)
    checks: fields.JSONField[list[Any]] = fields.JSONField(default=list)
    deviation = fields.DecimalField(5, 2, default=ZERO)
    release_days = fields.IntField(null=True)
    version = fields.IntField(default=1)

    told_when_created: ClassVar[tuple[str, ...]] = ("checks",)

    class Meta:
        table = "credit_check_rules"


class CreditDecision(Model):
    """What somebody decided on a document that was blocked for credit 信用释放记录: kept for good, the last one holds."""

    access: ClassVar[Access] = Access("sales_order", PartOf("SalesDocument"))
    id = fields.BigIntField(primary_key=True, generated=True)
    document_id = fields.BigIntField()
    kind = fields.CharEnumField(CreditDecisionKind, max_length=20)
    value = fields.DecimalField(18, 3)
    currency = fields.CharField(3)
    day = fields.DateField()
    reason = fields.CharField(200)
    forwarded_to = fields.CharField(60, null=True)
    decided_by = fields.CharField(60)
    decided_at = fields.DatetimeField()

    told_when_created: ClassVar[tuple[str, ...]] = ("kind", "value", "reason")

    class Meta:
        table = "credit_decisions"


class CustomerCredit(Model):
    """What a customer can still order in a sales area 信用状态与余量, on the account that its payer's documents count on.

    It is the customer's own where the account tells them.
    """

    access: ClassVar[Access] = Access("credit_band", OwnArea(), OwnedByCustomer(("told_customer_id",)))
    id = fields.BigIntField(primary_key=True, generated=True)
    key = fields.CharField(60)
    told_customer_id = fields.BigIntField(null=True)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    band = fields.CharEnumField(Band, max_length=10)
    available = fields.DecimalField(18, 3, null=True)
    currency = fields.CharField(3)

    class Meta:
        table = "customer_credits"
