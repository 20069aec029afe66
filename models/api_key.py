"""API keys: what machines sign in with."""

from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from models.access import Access, OwnedByUser, ThroughRows
from models.user import Session, User


class ApiKey(Model):
    """A long-lived secret that opens its own session, kept as a digest. Lies where its user does."""

    access: ClassVar[Access] = Access(
        "api_key",
        ThroughRows("user_areas", (("user_id", "user_id"),), patterns=True),
        OwnedByUser("user_id"),
    )
    id = fields.BigIntField(primary_key=True, generated=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="api_keys")
    user_id: int
    session: fields.OneToOneRelation[Session] = fields.OneToOneField("models.Session", related_name="api_key")
    session_id: int
    name = fields.CharField(60)
    prefix = fields.CharField(12, unique=True)
    key_digest = fields.CharField(64, unique=True)
    read_only = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(60)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_keys"
