"""Mitigations of segregation-of-duties conflicts."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

AREA = ("sales_organization", "distribution_channel", "division")
NAME = "'^[a-z0-9][a-z0-9._-]{0,59}$'"
UP = [
    *(
        f"""alter table risk_mitigations add constraint risk_mitigations_{column}_code
            check ({column} = '*' or {column} ~ '^[A-Za-z0-9._-]{{1,10}}$')"""
        for column in AREA
    ),
    f"alter table risk_mitigations add constraint risk_mitigations_risk_plain check (risk ~ {NAME})",
    "alter table risk_mitigations add constraint risk_mitigations_control_filled check (btrim(control) <> '')",
    "alter table risk_mitigations add constraint risk_mitigations_ended check ((ended_at is null) = (ended_by is null))",
    "alter table risk_mitigations add constraint risk_mitigations_owner foreign key (owner) references users (username)",
    "create index risk_mitigations_user on risk_mitigations (user_id)",
    "create index risk_mitigations_newest on risk_mitigations (created_at desc, id desc)",
]
"""What goes with a dropped table needs no undoing."""


def _instant(*, null: bool = False) -> fields.DatetimeField:
    return fields.DatetimeField(null=null, auto_now=False, auto_now_add=False)


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0013_users")]

    operations = [
        ops.CreateModel(
            name="RiskMitigation",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("risk", fields.CharField(max_length=60)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="risk_mitigations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("sales_organization", fields.CharField(max_length=10)),
                ("distribution_channel", fields.CharField(max_length=10)),
                ("division", fields.CharField(max_length=10)),
                ("owner", fields.CharField(max_length=60)),
                ("control", fields.CharField(max_length=1000)),
                ("created_by", fields.CharField(max_length=60)),
                ("created_at", _instant()),
                ("expires_on", fields.DateField()),
                ("ended_at", _instant(null=True)),
                ("ended_by", fields.CharField(null=True, max_length=60)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "risk_mitigations",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A control that makes a conflict of a user bearable within a pattern, through a day. Lies in its own pattern.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(UP, ops.RunSQL.noop),
    ]
