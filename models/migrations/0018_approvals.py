"""Approvals of deliveries and payments, and what they are decided by: the value of a delivery, the discount of a payment."""

import functools
from decimal import Decimal
from importlib import import_module
from json import dumps, loads
from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from domain.orders.approvals import ApprovalStatus
from models.operations import Together

OWNERS = {"delivery_approvals": ("delivery_id", "deliveries"), "payment_approvals": ("payment_id", "payments")}
"""The tables of levels, and what they are levels of."""
BEFORE = import_module("models.migrations.0016_documents")
SETTLES = "'Payment', s.number, s.posting_date, 'COMPLETE'"
"""How documents of a flow tell of a payment: it has come to its end, or to nothing while nobody has approved it."""
ONCE_APPROVED = SETTLES.replace(
    "'COMPLETE'", "case when s.approval_status in ('NOT_NEEDED', 'APPROVED') then 'COMPLETE' else 'NOT_YET' end"
)
FLOWS = [each.replace("create view", "create or replace view", 1) for each in BEFORE.UP if SETTLES in each]
ORDER = 'number collate "C", id'
SETTLED = """select payment_id, sum(paid) as paid, sum(discount_net + discount_tax) as discount from clearings
    where paid > 0 or discount_net + discount_tax > 0 group by payment_id"""
FILL = [
    """update deliveries v set group_value = coalesce((
        select round(sum(i.net_value * x.quantity / (i.quantity - i.rejected) * d.group_value / d.net_value), 2)
        from delivery_items x join sales_items i on i.id = x.item_id join sales_documents d on d.id = x.document_id
        where x.delivery_id = v.id and i.quantity > i.rejected and d.net_value <> 0), 0)""",
    f"""update payments p set discount_percent = round(s.discount / (s.paid + s.discount) * 100, 2),
            group_value = case when p.amount = 0 and p.currency = 'CNY' then s.paid else p.group_value end
        from ({SETTLED}) s where s.payment_id = p.id and s.paid + s.discount > 0""",
]
"""What is delivered, as the orders that it is of are valued now; what of each payment was discount, and what clearings settled."""
UP = [
    *FILL,
    *(each.replace(SETTLES, ONCE_APPROVED) for each in FLOWS),
    *(
        statement
        for table, (column, owner) in OWNERS.items()
        for statement in (
            f"alter table {table} add constraint {table}_{column}_fkey foreign key ({column}) references {owner} (id)",
            f"alter table {table} add constraint {table}_level_positive check (level > 0)",
            f"alter table {table} add constraint {table}_decided check"
            " ((approved is null) = (decided_by is null) and (approved is null) = (decided_at is null))",
            f"create unique index {table}_level on {table} ({column}, level)",
            f"alter table {owner} add constraint {owner}_awaited check"
            " ((approval_status = 'PENDING') = (awaited_role is not null) and (awaited_role is null) = (awaited_level is null))",
        )
    ),
    "alter table payments add constraint payments_requested check (approval_status = 'NOT_NEEDED' or requested is not null)",
    f"create index deliveries_awaited on deliveries (sales_organization, {ORDER}) where awaited_role is not null",
    f"create index payments_awaited on payments ({ORDER}) where awaited_role is not null",
]
DOWN = [
    *FLOWS,
    "drop index payments_awaited",
    "drop index deliveries_awaited",
    "alter table payments drop constraint payments_requested",
    *(f"alter table {owner} drop constraint {owner}_awaited" for _, owner in OWNERS.values()),
    *(f"alter table {table} drop constraint {table}_{column}_fkey" for table, (column, _) in OWNERS.items()),
]
"""What goes with a dropped table needs no undoing."""


def levels(name: str, table: str, owner: str, description: str) -> ops.CreateModel:
    """A table of levels."""
    return ops.CreateModel(
        name=name,
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("level", fields.IntField()),
            ("role", fields.CharField(max_length=60)),
            ("because", fields.CharField(max_length=120)),
            ("approved", fields.BooleanField(null=True)),
            ("decided_by", fields.CharField(null=True, max_length=60)),
            ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("reason", fields.CharField(null=True, max_length=200)),
            (owner, fields.BigIntField()),
        ],
        options={"table": table, "app": "models", "pk_attr": "id", "table_description": description},
        bases=["ApprovalLevel"],
    )


def awaiting(model: str) -> list[Any]:
    """What a row keeps of its approval."""
    status = fields.CharEnumField(
        default=ApprovalStatus.NOT_NEEDED,
        db_default=ApprovalStatus.NOT_NEEDED,
        description="NOT_NEEDED: NOT_NEEDED\nPENDING: PENDING\nAPPROVED: APPROVED\nREJECTED: REJECTED",
        enum_type=ApprovalStatus,
        max_length=10,
    )
    return [
        ops.AddField(model_name=model, name="approval_status", field=status),
        ops.AddField(model_name=model, name="awaited_level", field=fields.IntField(null=True)),
        ops.AddField(model_name=model, name="awaited_role", field=fields.CharField(null=True, max_length=60)),
    ]


class Migration(migrations.Migration):
    dependencies = [("models", "0017_customer_procedure")]

    initial = False

    operations = [
        Together(
            levels(
                "DeliveryApproval",
                "delivery_approvals",
                "delivery_id",
                "A level of approval that a delivery needs, and who decided what.",
            ),
            levels(
                "PaymentApproval",
                "payment_approvals",
                "payment_id",
                "A level of approval that a payment needs, and who decided what.",
            ),
            *awaiting("Delivery"),
            *awaiting("Payment"),
            ops.AddField(
                model_name="Delivery",
                name="group_value",
                field=fields.DecimalField(default=Decimal("0"), db_default=Decimal("0"), max_digits=18, decimal_places=3),
            ),
            ops.AddField(
                model_name="Payment",
                name="discount_percent",
                field=fields.DecimalField(null=True, max_digits=9, decimal_places=4),
            ),
            ops.AddField(
                model_name="Payment",
                name="requested",
                field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
            ),
        ),
        ops.RunSQL(UP, DOWN),
    ]
