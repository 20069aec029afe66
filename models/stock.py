"""Stock 库存: what lies where, what is expected and reserved, and every movement of it."""

from decimal import Decimal
from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from models.access import Access, ThroughRows

OF_PLANT = ThroughRows("plant_areas", (("plant", "plant"),))


class MaterialPlant(Model):
    """A material in a plant 物料工厂视图. Its row is what availability is decided under: whoever promises holds it."""

    access: ClassVar[Access] = Access("stock", OF_PLANT)
    id = fields.BigIntField(primary_key=True, generated=True)
    material_id = fields.BigIntField()
    plant = fields.CharField(10)
    replenishment_days = fields.IntField(null=True)
    storage_location = fields.CharField(10, default="0001")

    class Meta:
        table = "material_plants"


class Stock(Model):
    """What is there of a material in a storage location of a plant, in its base unit."""

    access: ClassVar[Access] = Access("stock", OF_PLANT)
    id = fields.BigIntField(primary_key=True, generated=True)
    material_id = fields.BigIntField()
    plant = fields.CharField(10)
    storage_location = fields.CharField(10)
    quantity = fields.DecimalField(18, 6, default=Decimal(0))

    class Meta:
        table = "stock"


class PlannedMovement(Model):
    """What is expected of a material 计划收货, or reserved of it 预留 (below zero), on a day, in its base unit."""

    access: ClassVar[Access] = Access("stock", OF_PLANT)
    id = fields.BigIntField(primary_key=True, generated=True)
    material_id = fields.BigIntField()
    plant = fields.CharField(10)
    day = fields.DateField()
    quantity = fields.DecimalField(18, 6)
    reference = fields.CharField(40)
    created_by = fields.CharField(60)
    version = fields.IntField(default=1)

    class Meta:
        table = "planned_movements"


class GoodsMovement(Model):
    """What moved 物料凭证: into stock above zero, out of it below; of a goods issue, or by itself. Nothing is changed."""

    access: ClassVar[Access] = Access("stock", OF_PLANT)
    id = fields.BigIntField(primary_key=True, generated=True)
    goods_issue_id = fields.BigIntField(null=True)
    material_id = fields.BigIntField()
    plant = fields.CharField(10)
    storage_location = fields.CharField(10)
    quantity = fields.DecimalField(18, 6)
    base_unit = fields.CharField(6)
    posting_date = fields.DateField()
    posted_by = fields.CharField(60)
    posted_at = fields.DatetimeField()
    delivery_item_id = fields.BigIntField(null=True)
    reason = fields.CharField(60, null=True)

    told_when_created: ClassVar[tuple[str, ...]] = ()

    class Meta:
        table = "goods_movements"
