"""Webhooks: where events are sent to, in whose name, and what became of each."""

from typing import ClassVar

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from domain.webhooks import DeliveryStatus
from models.access import Access, OwnedByUser, PartOf, ThroughRows
from models.user import Session, User


class Webhook(Model):
    """An address that is told of events, as far as its owner may see what they are about.

    It goes on in a session of its own, or in that of the API key it was made with: when the session is over, so is it.
    `claimed_until` is up to when one process has it for itself.
    """

    access: ClassVar[Access] = Access(
        "webhook",
        ThroughRows("user_areas", (("user_id", "user_id"),), patterns=True),
        OwnedByUser("user_id"),
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="webhooks")
    user_id: int
    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField("models.Session", related_name="webhooks")
    session_id: int
    url = fields.CharField(500)
    topics: fields.Field[list[str]] = ArrayField("text")
    signing_secret = fields.CharField(60)
    created_at = fields.DatetimeField()
    failing_since = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)
    disable_reason = fields.CharField(200, null=True)
    claimed_until = fields.DatetimeField(null=True)

    class Meta:
        table = "webhooks"


class WebhookDelivery(Model):
    """One event for one webhook. Undecided, it may be about what the owner may not see, and is shown to nobody."""

    access: ClassVar[Access] = Access("webhook", PartOf("Webhook"))
    id = fields.CharField(32, primary_key=True)
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField("models.Webhook", related_name="deliveries")
    webhook_id: int
    topic = fields.CharField(60)
    record_type = fields.CharField(40, null=True)
    record_id = fields.BigIntField(null=True)
    record_version = fields.IntField(null=True)
    occurred_at = fields.DatetimeField()
    status = fields.CharEnumField(DeliveryStatus, max_length=10, default=DeliveryStatus.PENDING)
    attempts = fields.IntField(default=0)
    next_attempt_at = fields.DatetimeField()
    last_attempt_at = fields.DatetimeField(null=True)
    last_status = fields.IntField(null=True)
    last_error = fields.CharField(200, null=True)

    class Meta:
        table = "webhook_deliveries"
