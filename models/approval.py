"""Approvals 审批 as they are stored: the levels of whatever is approved."""

from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.orders.approvals import ApprovalStatus


class ApprovalLevel(Model):
    """A level of approval that a document needs, and who decided what. Each kind of documents keeps its own."""

    id = fields.BigIntField(primary_key=True, generated=True)
    level = fields.IntField()
    role = fields.CharField(60)
    because = fields.CharField(120)
    approved = fields.BooleanField(null=True)
    decided_by = fields.CharField(60, null=True)
    decided_at = fields.DatetimeField(null=True)
    reason = fields.CharField(200, null=True)
    of_customer = fields.BooleanField(default=False, db_default=False)
    """Whether people of the customer decide at it, and nobody of the house."""

    told_with_owner: ClassVar[bool] = True
    told_when_created: ClassVar[tuple[str, ...]] = ("role",)

    class Meta:
        abstract = True


class AwaitsApproval(Model):
    """What a row keeps of its approval: where it stands, and which level of which role is waited for."""

    approval_status = fields.CharEnumField(
        ApprovalStatus, max_length=10, default=ApprovalStatus.NOT_NEEDED, db_default=ApprovalStatus.NOT_NEEDED
    )
    awaited_level = fields.IntField(null=True)
    awaited_role = fields.CharField(60, null=True)

    class Meta:
        abstract = True
