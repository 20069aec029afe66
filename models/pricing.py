"""Prices: the customizing of the condition technique, condition records in their versions, and what is used of their maxima."""

from datetime import date, datetime
from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.pricing.kinds import CustomizingKind
from domain.pricing.values import FreeGoodsKind, FreeGoodsRule, ReleaseStatus, ScaleBasis, ScaleType
from models.access import Access, Anywhere, OwnedByCustomer, OwnPattern, PartOf
from models.customer import Customer
from models.material import Material

CUSTOMIZING = "price_customizing"


class CustomizingEntry(Model):
    """One version of one piece of customizing, such as a pricing procedure: what it says, since when and until when.

    Nothing is overwritten, so the past can be asked. What holds now has no `until`.
    """

    access: ClassVar[Access] = Access(CUSTOMIZING, Anywhere())
    id = fields.BigIntField(primary_key=True, generated=True)
    kind = fields.CharEnumField(CustomizingKind, max_length=30)
    code = fields.CharField(40)
    version = fields.IntField()
    title = fields.CharField(120)
    title_zh = fields.CharField(120)
    content = fields.TextField()
    changed_by = fields.CharField(60)
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)

    class Meta:
        table = "pricing_customizing"


class ExchangeRate(Model):
    """What one unit of a currency is worth in another from a day on."""

    access: ClassVar[Access] = Access(CUSTOMIZING, Anywhere())
    id = fields.BigIntField(primary_key=True, generated=True)
    from_currency = fields.CharField(3)
    to_currency = fields.CharField(3)
    valid_from = fields.DateField()
    rate = fields.DecimalField(18, 9)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "exchange_rates"


class ConditionRecord(Model):
    """One version of a condition record: from its first to its last valid day, both included.

    `number` names the record and `version` the version; once made, a version only changes its status. `lookup` is what an
    access looks for: type, table and the fields of its key. A partner's own is what is released for them and no secret of
    the house, which the generated column `owner_id` says. A record of free goods has no `rate`, but a
    `free_quantity` for `per` of `unit`.
    """

    access: ClassVar[Access] = Access("price_condition", OwnPattern(), OwnedByCustomer(("owner_id",)))
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.CharField(10)
    version = fields.IntField(default=1)
    condition_type = fields.CharField(10)
    condition_table = fields.CharField(10)
    lookup = fields.TextField()
    sales_organization = fields.CharField(10, default="*")
    distribution_channel = fields.CharField(10, default="*")
    division = fields.CharField(10, default="*")
    customer: fields.ForeignKeyNullableRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="condition_records", null=True, on_delete=fields.RESTRICT
    )
    customer_id: int | None
    material: fields.ForeignKeyNullableRelation[Material] = fields.ForeignKeyField(
        "models.Material", related_name="condition_records", null=True, on_delete=fields.RESTRICT
    )
    material_id: int | None
    valid_from = fields.DateField()
    valid_to = fields.DateField(default=date.max)
    release_status = fields.CharEnumField(ReleaseStatus, max_length=30)
    processing_status = fields.CharField(20, null=True)
    rate = fields.DecimalField(18, 6, null=True)
    currency = fields.CharField(3, null=True)
    per = fields.DecimalField(13, 3, null=True)
    unit = fields.CharField(6, null=True)
    scale_type = fields.CharEnumField(ScaleType, max_length=10, null=True)
    scale_basis = fields.CharEnumField(ScaleBasis, max_length=20, null=True)
    scale_unit = fields.CharField(6, null=True)
    lower_limit = fields.DecimalField(18, 6, null=True)
    upper_limit = fields.DecimalField(18, 6, null=True)
    maximum_value = fields.DecimalField(18, 3, null=True)
    maximum_quantity = fields.DecimalField(18, 3, null=True)
    maximum_orders = fields.IntField(null=True)
    exclusion_indicator = fields.BooleanField(default=False)
    free_kind = fields.CharEnumField(FreeGoodsKind, max_length=30, null=True)
    free_rule = fields.CharEnumField(FreeGoodsRule, max_length=20, null=True)
    free_quantity = fields.DecimalField(13, 3, null=True)
    free_minimum = fields.DecimalField(13, 3, null=True)
    free_commercially = fields.BooleanField(default=False, db_default=False)
    free_material_id = fields.BigIntField(null=True)
    free_unit = fields.CharField(6, null=True)
    confidential = fields.BooleanField(default=False)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField()
    released_by = fields.CharField(60, null=True)
    released_at = fields.DatetimeField(null=True)

    class Meta:
        table = "condition_records"

    def release(self, by: str, at: datetime) -> None:
        """Let it apply, and keep who said so."""
        self.release_status, self.released_by, self.released_at = ReleaseStatus.RELEASED, by, at


class ConditionScaleLevel(Model):
    """One level of a record's scale: from a quantity, weight, volume or value on, or up to and including one."""

    access: ClassVar[Access] = Access("price_condition", PartOf("ConditionRecord"))
    id = fields.BigIntField(primary_key=True, generated=True)
    record: fields.ForeignKeyRelation[ConditionRecord] = fields.ForeignKeyField("models.ConditionRecord", related_name="levels")
    record_id: int
    position = fields.SmallIntField()
    from_value = fields.DecimalField(18, 3, null=True)
    to_value = fields.DecimalField(18, 3, null=True)
    rate = fields.DecimalField(18, 6)
    currency = fields.CharField(3, null=True)

    class Meta:
        table = "condition_scale_levels"


class ConditionSupplement(Model):
    """A further condition that comes with a record, such as a discount that only its price has."""

    access: ClassVar[Access] = Access("price_condition", PartOf("ConditionRecord"))
    id = fields.BigIntField(primary_key=True, generated=True)
    record: fields.ForeignKeyRelation[ConditionRecord] = fields.ForeignKeyField(
        "models.ConditionRecord", related_name="supplements"
    )
    record_id: int
    position = fields.SmallIntField()
    condition_type = fields.CharField(10)
    rate = fields.DecimalField(18, 6)
    currency = fields.CharField(3, null=True)
    per = fields.DecimalField(13, 3, null=True)
    unit = fields.CharField(6, null=True)

    class Meta:
        table = "condition_supplements"


class ConditionUse(Model):
    """What one document has used of a record's maxima: value, quantity, and itself as one order."""

    id = fields.BigIntField(primary_key=True, generated=True)
    record_number = fields.CharField(10)
    document = fields.CharField(40)
    value = fields.DecimalField(18, 3)
    quantity = fields.DecimalField(18, 3)
    used_at = fields.DatetimeField()

    class Meta:
        table = "condition_uses"
