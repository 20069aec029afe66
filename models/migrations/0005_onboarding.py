"""Who submitted a customer and added a document, why they were rejected; proposals that a further sales area deal with a customer."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from domain.onboarding import ExtensionStatus

AREA = "sales_organization, distribution_channel, division"
UP = [
    f"""alter table customer_extensions add constraint customer_extensions_area_fkey
        foreign key ({AREA}) references sales_areas ({AREA})""",
    "alter table customer_extensions add constraint customer_extensions_number_plain check (customer_number ~ '^[0-9]{1,10}$')",
    f"create index customer_extensions_pending on customer_extensions (customer_number, {AREA}) where status = 'PENDING'",
    "create index customer_extensions_proposer on customer_extensions (proposed_by) where status = 'PENDING'",
    f"create index customer_extensions_area on customer_extensions ({AREA}, id)",
    "create index customer_documents_ending on customer_qualification_documents (valid_to) where review_status = 'ACCEPTED'",
]
DOWN = [
    "drop index customer_documents_ending",
    "drop index customer_extensions_area",
    "drop index customer_extensions_proposer",
    "drop index customer_extensions_pending",
    "alter table customer_extensions drop constraint customer_extensions_number_plain",
    "alter table customer_extensions drop constraint customer_extensions_area_fkey",
]
FILL = """update customer_qualification_documents d set added_by = c.created_by, version = 1
          from customers c where c.id = d.customer_id"""
"""Whoever took the customer up is taken to have added the documents that it had."""


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0004_orders")]
    operations = [
        ops.CreateModel(
            name="CustomerExtension",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("customer_number", fields.CharField(max_length=10)),
                ("sales_organization", fields.CharField(max_length=10)),
                ("distribution_channel", fields.CharField(max_length=10)),
                ("division", fields.CharField(max_length=10)),
                (
                    "status",
                    fields.CharEnumField(default=ExtensionStatus.PENDING, enum_type=ExtensionStatus, max_length=10),
                ),
                ("proposed_by", fields.CharField(max_length=60)),
                ("proposed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("rejection_reason", fields.CharField(null=True, max_length=200)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "customer_extensions",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A proposal that a further sales area deal with a customer, of whom the proposer may know no more than the number.",
            },
            bases=["Model"],
        ),
        ops.AddField("Customer", "submitted_by", fields.CharField(null=True, max_length=60)),
        ops.AddField("Customer", "rejection_reason", fields.CharField(null=True, max_length=200)),
        ops.AddField("QualificationDocument", "added_by", fields.CharField(null=True, max_length=60)),
        ops.AddField("QualificationDocument", "version", fields.IntField(null=True)),
        ops.RunSQL(FILL, ops.RunSQL.noop),
        ops.AlterField("QualificationDocument", "added_by", fields.CharField(max_length=60)),
        ops.AlterField("QualificationDocument", "version", fields.IntField(default=1)),
        ops.AddField("QualificationDocument", "review_reason", fields.CharField(null=True, max_length=200)),
        ops.AddField("QualificationDocument", "reminded_for", fields.DateField(null=True)),
        ops.RunSQL(UP, DOWN),
    ]
