"""Files that were handed in, and the file of each qualification document."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

UP = [
    "alter table stored_files add constraint stored_files_key_made check (key ~ '^[0-9a-f]{2}/[0-9a-f]{32}$')",
    "alter table stored_files add constraint stored_files_size_positive check (size > 0)",
]
DOWN = [f"alter table stored_files drop constraint {statement.split()[5]}" for statement in UP]


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0005_onboarding")]

    operations = [
        ops.CreateModel(
            name="StoredFile",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=80)),
                ("name", fields.CharField(max_length=120)),
                ("media_type", fields.CharField(max_length=60)),
                ("size", fields.IntField()),
                ("digest", fields.CharField(max_length=64)),
                ("stored_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("stored_by", fields.CharField(max_length=60)),
            ],
            options={
                "table": "stored_files",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A file, seen with the record that it belongs to.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="QualificationDocument",
            name="file",
            field=fields.OneToOneField(
                "models.StoredFile",
                source_field="file_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="qualification_document",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.RunSQL(UP, DOWN),
    ]
