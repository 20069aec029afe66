"""Free goods 赠品: what condition records give, and which lines of documents come free with which."""

from decimal import Decimal

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from domain.pricing.values import FreeGoodsKind, FreeGoodsRule
from models.operations import Together

KINDS = "\n".join(f"{each.name}: {each.value}" for each in FreeGoodsKind)
RULES = "\n".join(f"{each.name}: {each.value}" for each in FreeGoodsRule)
ZERO = Decimal("0")
UP = [
    "alter table condition_records add constraint condition_records_free_material_id_fkey"
    " foreign key (free_material_id) references materials (id)",
    "alter table condition_records add constraint condition_records_free_goods check ((free_kind is null) = (free_rule is null)"
    " and (free_kind is null) = (free_quantity is null) and (free_kind is null) = (free_minimum is null)"
    " and (free_kind is null) = (rate is not null) and free_quantity > 0"
    " and (free_kind = 'EXCLUSIVE' or (free_material_id is null and free_unit is null)))",
    "create index condition_records_free_material on condition_records (free_material_id) where free_material_id is not null",
    "alter table sales_items add constraint sales_items_free check (free_quantity >= 0 and free_with_line <> line_number"
    " and (free_kind is null) = (free_quantity = 0))",
]
DOWN = [
    "delete from condition_records where free_kind is not null",
    "alter table sales_items drop constraint sales_items_free",
    "drop index condition_records_free_material",
    "alter table condition_records drop constraint condition_records_free_goods",
    "alter table condition_records drop constraint condition_records_free_material_id_fkey",
]


def kind() -> fields.CharEnumField:
    return fields.CharEnumField(null=True, description=KINDS, enum_type=FreeGoodsKind, max_length=30)


class Migration(migrations.Migration):
    dependencies = [("models", "0019_credit")]

    initial = False

    operations = [
        Together(
            ops.AddField(model_name="ConditionRecord", name="free_kind", field=kind()),
            ops.AddField(
                model_name="ConditionRecord",
                name="free_rule",
                field=fields.CharEnumField(null=True, description=RULES, enum_type=FreeGoodsRule, max_length=20),
            ),
            ops.AlterField(
                model_name="ConditionRecord",
                name="rate",
                field=fields.DecimalField(null=True, max_digits=18, decimal_places=6),
            ),
            ops.AddField(
                model_name="ConditionRecord",
                name="free_quantity",
                field=fields.DecimalField(null=True, max_digits=13, decimal_places=3),
            ),
            ops.AddField(
                model_name="ConditionRecord",
                name="free_minimum",
                field=fields.DecimalField(null=True, max_digits=13, decimal_places=3),
            ),
            ops.AddField(
                model_name="ConditionRecord",
                name="free_commercially",
                field=fields.BooleanField(default=False, db_default=False),
            ),
            ops.AddField(model_name="ConditionRecord", name="free_material_id", field=fields.BigIntField(null=True)),
            ops.AddField(model_name="ConditionRecord", name="free_unit", field=fields.CharField(null=True, max_length=6)),
            ops.AddField(model_name="SalesItem", name="free_with_line", field=fields.IntField(null=True)),
            ops.AddField(model_name="SalesItem", name="free_kind", field=kind()),
            ops.AddField(
                model_name="SalesItem",
                name="free_quantity",
                field=fields.DecimalField(default=ZERO, db_default=ZERO, max_digits=18, decimal_places=3),
            ),
        ),
        ops.RunSQL(UP, DOWN),
    ]
