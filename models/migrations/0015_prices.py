"""Materials, the customizing of pricing, condition records and what is used of them."""

from datetime import date

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from domain.pricing.kinds import CustomizingKind
from domain.pricing.values import ReleaseStatus, ScaleBasis, ScaleType
from models.operations import Together

AREA = ("sales_organization", "distribution_channel", "division")
CODE = "'^[A-Za-z0-9._-]{1,10}$'"


def check(table: str, name: str, condition: str) -> str:
    return f"alter table {table} add constraint {table}_{name} check ({condition})"


def unique(table: str, *columns: str) -> str:
    return f"alter table {table} add constraint {table}_key unique ({', '.join(columns)})"


UP = [
    unique("materials", "number"),
    check("materials", "number_filled", "btrim(number) <> ''"),
    check("materials", "version_positive", "version > 0"),
    "alter table materials add constraint materials_group foreign key (material_group) references material_groups (code)",
    "alter table materials add column search_grams text[] generated always as (search_grams(search_text)) stored",
    "create index materials_search on materials using gin (search_grams)",
    "create unique index materials_external_key on materials (external_key)",
    unique("material_units", "material_id", "unit"),
    check("material_units", "fraction", "numerator > 0 and denominator > 0"),
    unique("material_sales_views", "material_id", *AREA),
    f"create index material_sales_views_area on material_sales_views ({', '.join(AREA)}, material_id)",
    *(check("material_sales_views", f"{column}_code", f"{column} ~ {CODE}") for column in AREA),
    unique("pricing_customizing", "kind", "code", "version"),
    "create unique index pricing_customizing_current on pricing_customizing (kind, code) where until is null",
    check("pricing_customizing", "held", "until is null or until > since"),
    unique("exchange_rates", "from_currency", "to_currency", "valid_from"),
    check("exchange_rates", "rate_positive", "rate > 0"),
    check("exchange_rates", "currencies", "from_currency <> to_currency"),
    unique("condition_records", "number", "version"),
    *(check("condition_records", f"{column}_code", f"{column} = '*' or {column} ~ {CODE}") for column in AREA),
    check("condition_records", "validity", "valid_from <= valid_to"),
    check("condition_records", "version_positive", "version > 0"),
    check("condition_records", "per_positive", "per > 0"),
    check("condition_records", "scale", "(scale_type is null) = (scale_basis is null)"),
    check("condition_records", "released", "(released_at is null) = (released_by is null)"),
    """alter table condition_records add column owner_id bigint generated always as
           (case when release_status = 'RELEASED' and not confidential then customer_id end) stored""",
    "create index condition_records_owner on condition_records (owner_id) where owner_id is not null",
    "create index condition_records_lookup on condition_records (lookup, valid_from)",
    f"create index condition_records_area on condition_records ({', '.join(AREA)}, number, version)",
    "create index condition_records_customer on condition_records (customer_id) where customer_id is not null",
    "create index condition_records_material on condition_records (material_id) where material_id is not null",
    unique("condition_scale_levels", "record_id", "position"),
    check("condition_scale_levels", "bounded", "(from_value is null) or (to_value is null)"),
    unique("condition_supplements", "record_id", "position"),
    unique("condition_uses", "record_number", "document"),
    """insert into number_ranges (name, next_number, last_number)
           values ('condition_record', 1000001, 9999999), ('material', 10001, 999999)""",
]
DOWN = ["delete from number_ranges where name in ('condition_record', 'material')"]
"""What goes with a dropped table needs no undoing."""


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0014_segregation")]

    operations = [
        Together(
            ops.CreateModel(
                name="ConditionUse",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("record_number", fields.CharField(max_length=10)),
                    ("document", fields.CharField(max_length=40)),
                    ("value", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("quantity", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("used_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ],
                options={
                    "table": "condition_uses",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What one document has used of a record's maxima: value, quantity, and itself as one order.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CustomizingEntry",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("kind", fields.CharEnumField(enum_type=CustomizingKind, max_length=30)),
                    ("code", fields.CharField(max_length=40)),
                    ("version", fields.IntField()),
                    ("title", fields.CharField(max_length=120)),
                    ("title_zh", fields.CharField(max_length=120)),
                    ("content", fields.TextField(unique=False)),
                    ("changed_by", fields.CharField(max_length=60)),
                    ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ],
                options={
                    "table": "pricing_customizing",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "One version of one piece of customizing, such as a pricing procedure: what it says, since when and until when.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="ExchangeRate",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("from_currency", fields.CharField(max_length=3)),
                    ("to_currency", fields.CharField(max_length=3)),
                    ("valid_from", fields.DateField()),
                    ("rate", fields.DecimalField(max_digits=18, decimal_places=9)),
                    ("created_by", fields.CharField(max_length=60)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "exchange_rates",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What one unit of a currency is worth in another from a day on.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Material",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("number", fields.CharField(max_length=20)),
                    ("description", fields.CharField(max_length=200)),
                    ("base_unit", fields.CharField(max_length=6)),
                    ("material_group", fields.CharField(null=True, max_length=10)),
                    ("tax_class", fields.CharField(max_length=10)),
                    ("gross_weight", fields.DecimalField(null=True, max_digits=15, decimal_places=3)),
                    ("net_weight", fields.DecimalField(null=True, max_digits=15, decimal_places=3)),
                    ("weight_unit", fields.CharField(null=True, max_length=6)),
                    ("volume", fields.DecimalField(null=True, max_digits=15, decimal_places=3)),
                    ("volume_unit", fields.CharField(null=True, max_length=6)),
                    ("search_text", fields.TextField(unique=False)),
                    ("external_key", fields.CharField(null=True, max_length=60)),
                    ("created_by", fields.CharField(max_length=60)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("version", fields.IntField(default=1)),
                ],
                options={
                    "table": "materials",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "One number for the whole group; weights and volume are those of one base unit.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="ConditionRecord",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("number", fields.CharField(max_length=10)),
                    ("version", fields.IntField(default=1)),
                    ("condition_type", fields.CharField(max_length=10)),
                    ("condition_table", fields.CharField(max_length=10)),
                    ("lookup", fields.TextField(unique=False)),
                    ("sales_organization", fields.CharField(default="*", max_length=10)),
                    ("distribution_channel", fields.CharField(default="*", max_length=10)),
                    ("division", fields.CharField(default="*", max_length=10)),
                    (
                        "customer",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="customer_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="condition_records",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "material",
                        fields.ForeignKeyField(
                            "models.Material",
                            source_field="material_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="condition_records",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("valid_from", fields.DateField()),
                    ("valid_to", fields.DateField(default=date.max)),
                    ("release_status", fields.CharEnumField(enum_type=ReleaseStatus, max_length=30)),
                    ("processing_status", fields.CharField(null=True, max_length=20)),
                    ("rate", fields.DecimalField(max_digits=18, decimal_places=6)),
                    ("currency", fields.CharField(null=True, max_length=3)),
                    ("per", fields.DecimalField(null=True, max_digits=13, decimal_places=3)),
                    ("unit", fields.CharField(null=True, max_length=6)),
                    ("scale_type", fields.CharEnumField(null=True, enum_type=ScaleType, max_length=10)),
                    ("scale_basis", fields.CharEnumField(null=True, enum_type=ScaleBasis, max_length=20)),
                    ("scale_unit", fields.CharField(null=True, max_length=6)),
                    ("lower_limit", fields.DecimalField(null=True, max_digits=18, decimal_places=6)),
                    ("upper_limit", fields.DecimalField(null=True, max_digits=18, decimal_places=6)),
                    ("maximum_value", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("maximum_quantity", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("maximum_orders", fields.IntField(null=True)),
                    ("exclusion_indicator", fields.BooleanField(default=False)),
                    ("confidential", fields.BooleanField(default=False)),
                    ("created_by", fields.CharField(max_length=60)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("released_by", fields.CharField(null=True, max_length=60)),
                    ("released_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ],
                options={
                    "table": "condition_records",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "One version of a condition record: from its first to its last valid day, both included.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="ConditionScaleLevel",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    (
                        "record",
                        fields.ForeignKeyField(
                            "models.ConditionRecord",
                            source_field="record_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="levels",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("position", fields.SmallIntField()),
                    ("from_value", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("to_value", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("rate", fields.DecimalField(max_digits=18, decimal_places=6)),
                    ("currency", fields.CharField(null=True, max_length=3)),
                ],
                options={
                    "table": "condition_scale_levels",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "One level of a record's scale: from a quantity, weight, volume or value on, or up to and including one.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="ConditionSupplement",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    (
                        "record",
                        fields.ForeignKeyField(
                            "models.ConditionRecord",
                            source_field="record_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="supplements",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("position", fields.SmallIntField()),
                    ("condition_type", fields.CharField(max_length=10)),
                    ("rate", fields.DecimalField(max_digits=18, decimal_places=6)),
                    ("currency", fields.CharField(null=True, max_length=3)),
                    ("per", fields.DecimalField(null=True, max_digits=13, decimal_places=3)),
                    ("unit", fields.CharField(null=True, max_length=6)),
                ],
                options={
                    "table": "condition_supplements",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A further condition that comes with a record, such as a discount that only its price has.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="MaterialGroup",
                fields=[
                    ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=10)),
                    ("name", fields.CharField(max_length=120)),
                ],
                options={
                    "table": "material_groups",
                    "app": "models",
                    "pk_attr": "code",
                    "table_description": "What materials of a kind have in common: 物料组.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="MaterialSalesView",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    (
                        "material",
                        fields.ForeignKeyField(
                            "models.Material",
                            source_field="material_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="sales_views",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("sales_unit", fields.CharField(max_length=6)),
                    ("pricing_group", fields.CharField(null=True, max_length=10)),
                    ("delivering_plant", fields.CharField(null=True, max_length=10)),
                    ("cost", fields.DecimalField(null=True, max_digits=18, decimal_places=4)),
                ],
                options={
                    "table": "material_sales_views",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "How one sales area sells the material; what one base unit costs there is seen by those who may see costs.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="MaterialUnit",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    (
                        "material",
                        fields.ForeignKeyField(
                            "models.Material",
                            source_field="material_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="units",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("unit", fields.CharField(max_length=6)),
                    ("numerator", fields.BigIntField()),
                    ("denominator", fields.BigIntField()),
                ],
                options={
                    "table": "material_units",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A further unit of a material: 1 of it is `numerator / denominator` of its base unit.",
                },
                bases=["Model"],
            ),
        ),
        ops.RunSQL(UP, DOWN),
    ]
