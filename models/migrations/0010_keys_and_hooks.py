"""API keys, webhooks and their deliveries; events tell who listens, and the transaction that they came with."""

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from domain.caller import SessionKind
from domain.webhooks import DeliveryStatus
from models.operations import Together

UP = [
    "create index api_keys_user on api_keys (user_id)",
    "create index webhooks_user on webhooks (user_id)",
    "create index webhooks_session on webhooks (session_id)",
    "alter table webhook_deliveries alter id set default replace(gen_random_uuid()::text, '-', '')",
    "alter table webhook_deliveries add column position bigint not null generated always as identity",
    "create unique index webhook_deliveries_position on webhook_deliveries (webhook_id, position)",
    "create index webhook_deliveries_pending on webhook_deliveries (webhook_id, position) where status = 'PENDING'",
    """
    create view last_webhook_deliveries as
        select delivery_id, webhook_id
        from (select id as delivery_id, webhook_id, row_number() over (partition by webhook_id order by position desc) as place
              from webhook_deliveries where attempts > 0) attempted
        where place <= 50
    """,
    "alter table outbox_events add column xid xid8 not null default pg_current_xact_id()",
    "create index outbox_events_xid on outbox_events (xid)",
    """
    create function tell_of_events() returns trigger language plpgsql as $$
    begin
        insert into webhook_deliveries
            (webhook_id, topic, record_type, record_id, record_version, occurred_at, status, attempts, next_attempt_at)
        select w.id, e.topic, e.record_type, e.record_id, e.record_version, e.occurred_at, 'PENDING', 0, clock_timestamp()
        from added e join webhooks w on e.topic = any(w.topics) and w.disabled_at is null
        order by e.id;
        perform pg_notify('sdgraph_events', '');
        return null;
    end $$
    """,
    """
    create trigger outbox_events_told after insert on outbox_events
    referencing new table as added for each statement execute function tell_of_events()
    """,
]
DOWN = [
    "drop trigger outbox_events_told on outbox_events",
    "drop function tell_of_events()",
    "drop index outbox_events_xid",
    "alter table outbox_events drop column xid",
    "drop view last_webhook_deliveries",
    "drop index webhook_deliveries_pending",
    "drop index webhook_deliveries_position",
    "alter table webhook_deliveries drop column position",
    "drop index webhooks_session",
    "drop index webhooks_user",
    "drop index api_keys_user",
]


def _id() -> fields.BigIntField:
    return fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)


def _instant(*, null: bool = False) -> fields.DatetimeField:
    return fields.DatetimeField(null=null, auto_now=False, auto_now_add=False)


def _to(model: str, column: str, related_name: str, kind: type = fields.ForeignKeyField) -> object:
    return kind(
        f"models.{model}",
        source_field=column,
        db_constraint=True,
        to_field="id",
        related_name=related_name,
        on_delete=OnDelete.CASCADE,
    )


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0009_history")]

    operations = [
        ops.AddField(
            "Session",
            "kind",
            fields.CharEnumField(default=SessionKind.SIGN_IN, enum_type=SessionKind, max_length=10, db_default="SIGN_IN"),
        ),
        ops.AlterField(
            "Session", "kind", fields.CharEnumField(default=SessionKind.SIGN_IN, enum_type=SessionKind, max_length=10)
        ),
        Together(
            ops.CreateModel(
                name="ApiKey",
                fields=[
                    ("id", _id()),
                    ("user", _to("User", "user_id", "api_keys")),
                    ("session", _to("Session", "session_id", "api_key", fields.OneToOneField)),
                    ("name", fields.CharField(max_length=60)),
                    ("prefix", fields.CharField(unique=True, max_length=12)),
                    ("key_digest", fields.CharField(unique=True, max_length=64)),
                    ("read_only", fields.BooleanField(default=False)),
                    ("created_at", _instant()),
                    ("created_by", fields.CharField(max_length=60)),
                    ("last_used_at", _instant(null=True)),
                ],
                options={
                    "table": "api_keys",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A long-lived secret that opens its own session, kept as a digest. Lies where its user's current assignments lie.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Webhook",
                fields=[
                    ("id", _id()),
                    ("user", _to("User", "user_id", "webhooks")),
                    ("session", _to("Session", "session_id", "webhooks")),
                    ("url", fields.CharField(max_length=500)),
                    ("topics", ArrayField(element_type="text")),
                    ("signing_secret", fields.CharField(max_length=60)),
                    ("created_at", _instant()),
                    ("failing_since", _instant(null=True)),
                    ("disabled_at", _instant(null=True)),
                    ("disable_reason", fields.CharField(null=True, max_length=200)),
                    ("claimed_until", _instant(null=True)),
                ],
                options={
                    "table": "webhooks",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "An address that is told of events, as far as its owner may see what they are about.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="WebhookDelivery",
                fields=[
                    ("id", fields.CharField(primary_key=True, max_length=32, unique=True, db_index=True)),
                    ("webhook", _to("Webhook", "webhook_id", "deliveries")),
                    ("topic", fields.CharField(max_length=60)),
                    ("record_type", fields.CharField(null=True, max_length=40)),
                    ("record_id", fields.BigIntField(null=True)),
                    ("record_version", fields.IntField(null=True)),
                    ("occurred_at", _instant()),
                    (
                        "status",
                        fields.CharEnumField(default=DeliveryStatus.PENDING, enum_type=DeliveryStatus, max_length=10),
                    ),
                    ("attempts", fields.IntField(default=0)),
                    ("next_attempt_at", _instant()),
                    ("last_attempt_at", _instant(null=True)),
                    ("last_status", fields.IntField(null=True)),
                    ("last_error", fields.CharField(null=True, max_length=200)),
                ],
                options={
                    "table": "webhook_deliveries",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "One event for one webhook. Undecided, it may be about what the owner may not see, and is shown to nobody.",
                },
                bases=["Model"],
            ),
        ),
        ops.RunSQL(UP, DOWN),
    ]
