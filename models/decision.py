"""What decisions left behind: rights that users were refused, and rights that they used."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class RefusedRight(Model):
    """What a user was refused: the newest ones of each user are kept. `told` is what the refusal's text is filled with."""

    id = fields.BigIntField(primary_key=True, generated=True)
    user: fields.ForeignKeyRelation = fields.ForeignKeyField("models.User", related_name="refusals")  # type: ignore[type-arg]
    user_id: int
    refused_at = fields.DatetimeField()
    object = fields.CharField(60)
    activity = fields.CharField(20)
    sales_area = fields.CharField(32, null=True)
    reason = fields.CharField(60)
    told: fields.JSONField[dict[str, Any]] = fields.JSONField(default=dict)
    request_id = fields.CharField(64)

    class Meta:
        table = "refusals"


class RightUse(Model):
    """On which day a user last used a right."""

    id = fields.BigIntField(primary_key=True, generated=True)
    user: fields.ForeignKeyRelation = fields.ForeignKeyField("models.User", related_name="right_uses")  # type: ignore[type-arg]
    user_id: int
    object = fields.CharField(60)
    activity = fields.CharField(20)
    day = fields.DateField()

    class Meta:
        table = "right_uses"
