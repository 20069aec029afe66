"""Policy changes from draft to version, and the chain of hashes over the versions."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from domain.policy_change import PolicyChangeStatus

UP = [
    "alter table policy_changes add constraint policy_changes_active check ((status = 'ACTIVE') = (policy_version is not null))",
    "alter table policy_changes add constraint policy_changes_scheduled"
    " check (status <> 'SCHEDULED' or (scheduled_for is not null and scheduled_by is not null))",
    "create unique index policy_changes_version on policy_changes (policy_version)",
    "create index policy_changes_newest on policy_changes (created_at desc, id desc)",
    "create index policy_changes_due on policy_changes (scheduled_for) where status = 'SCHEDULED'",
]
"""What goes with a dropped table needs no undoing."""


class Migration(migrations.Migration):
    """Applied whole, in one transaction. Versions of before get their hashes with the next one."""

    dependencies = [("models", "0011_jobs")]

    operations = [
        ops.CreateModel(
            name="PolicyChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "status",
                    fields.CharEnumField(default=PolicyChangeStatus.DRAFT, enum_type=PolicyChangeStatus, max_length=10),
                ),
                ("reason", fields.CharField(max_length=500)),
                ("operations", fields.JSONField()),
                ("base_version", fields.IntField()),
                ("needs_second", fields.BooleanField()),
                ("sales_organization", fields.CharField(max_length=10)),
                ("distribution_channel", fields.CharField(max_length=10)),
                ("division", fields.CharField(max_length=10)),
                ("created_by", fields.CharField(max_length=60)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("edited_by", fields.JSONField()),
                ("submitted_by", fields.CharField(null=True, max_length=60)),
                ("approved_by", fields.CharField(null=True, max_length=60)),
                ("rejected_by", fields.CharField(null=True, max_length=60)),
                ("rejection_reason", fields.CharField(null=True, max_length=500)),
                ("scheduled_for", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("scheduled_by", fields.CharField(null=True, max_length=60)),
                ("failure", fields.JSONField(null=True)),
                ("activated_by", fields.CharField(null=True, max_length=60)),
                ("activated_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("policy_version", fields.IntField(null=True)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "policy_changes",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Operations on the policy from their draft to the version that they became. Lies in the one"
                " pattern that covers all that",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="PolicyVersion", name="hash", field=fields.CharField(null=True, max_length=64)),
        ops.RunSQL(UP, ops.RunSQL.noop),
    ]
