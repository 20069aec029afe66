"""The material master as far as sales needs it: what is sold, in which units, in which sales areas."""

from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.names import search_text
from models.access import Access, Anywhere, OwnArea, PartOf, ThroughRows

MATERIAL = "material"


class MaterialGroup(Model):
    """What materials of a kind have in common: 物料组."""

    access: ClassVar[Access] = Access(MATERIAL, Anywhere())
    code = fields.CharField(10, primary_key=True)
    name = fields.CharField(120)

    class Meta:
        table = "material_groups"


class Material(Model):
    """One number for the whole group; weights and volume are those of one base unit."""

    access: ClassVar[Access] = Access(MATERIAL, ThroughRows("material_sales_views", (("material_id", "id"),)))
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.CharField(20)
    description = fields.CharField(200)
    base_unit = fields.CharField(6)
    material_group = fields.CharField(10, null=True)
    item_category_group = fields.CharField(4, default="NORM", db_default="NORM")
    tax_class = fields.CharField(10)
    gross_weight = fields.DecimalField(15, 3, null=True)
    net_weight = fields.DecimalField(15, 3, null=True)
    weight_unit = fields.CharField(6, null=True)
    volume = fields.DecimalField(15, 3, null=True)
    volume_unit = fields.CharField(6, null=True)
    search_text = fields.TextField()
    external_key = fields.CharField(60, null=True)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField(auto_now_add=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "materials"

    def make_findable(self) -> None:
        """Keep what searches look through in step with number and description."""
        self.search_text = search_text(self.number, self.description)


class MaterialUnit(Model):
    """A further unit of a material: 1 of it is `numerator / denominator` of its base unit."""

    access: ClassVar[Access] = Access(MATERIAL, PartOf("Material"))
    id = fields.BigIntField(primary_key=True, generated=True)
    material: fields.ForeignKeyRelation[Material] = fields.ForeignKeyField("models.Material", related_name="units")
    material_id: int
    unit = fields.CharField(6)
    numerator = fields.BigIntField()
    denominator = fields.BigIntField()

    class Meta:
        table = "material_units"


class MaterialSalesView(Model):
    """How one sales area sells the material; what one base unit costs there is seen by those who may see costs."""

    access: ClassVar[Access] = Access(MATERIAL, OwnArea())
    id = fields.BigIntField(primary_key=True, generated=True)
    material: fields.ForeignKeyRelation[Material] = fields.ForeignKeyField("models.Material", related_name="sales_views")
    material_id: int
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    sales_unit = fields.CharField(6)
    pricing_group = fields.CharField(10, null=True)
    delivering_plant = fields.CharField(10, null=True)
    cost = fields.DecimalField(18, 4, null=True)

    class Meta:
        table = "material_sales_views"
