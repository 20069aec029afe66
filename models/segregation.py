"""Mitigations of segregation-of-duties conflicts, kept after they are over."""

from datetime import date, datetime
from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.areas import Pattern
from models.access import Access, OwnPattern
from models.user import User


class RiskMitigation(Model):
    """A control that makes a conflict of a user bearable within a pattern, through a day. Lies in its own pattern."""

    access: ClassVar[Access] = Access("sod_rule", OwnPattern())
    id = fields.BigIntField(primary_key=True, generated=True)
    risk = fields.CharField(60)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="risk_mitigations")
    user_id: int
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    owner = fields.CharField(60)
    control = fields.CharField(1000)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField()
    expires_on = fields.DateField()
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.CharField(60, null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "risk_mitigations"

    @property
    def pattern(self) -> Pattern:
        """Where it holds."""
        return Pattern((self.sales_organization, self.distribution_channel, self.division))

    def is_over(self, today: date) -> bool:
        """Whether it was ended, or its last day has passed."""
        return self.ended_at is not None or self.expires_on < today

    def end(self, *, by: str, at: datetime) -> None:
        """Let it hold no longer."""
        self.ended_by, self.ended_at = by, at
