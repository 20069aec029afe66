"""Role policies by version: each row says from which version on, and up to which, it holds. Nothing is ever overwritten."""

from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.activity import Effect, Reach
from models.access import Access, OwnPattern


class PolicyVersion(Model):
    """One state of the policy; the highest is in force."""

    version = fields.IntField(primary_key=True, generated=False)
    activated_at = fields.DatetimeField()
    activated_by = fields.CharField(60)
    reason = fields.CharField(500)

    class Meta:
        table = "policy_versions"


class PolicyRole(Model):
    """A role: a template that assignments carry into sales areas."""

    id = fields.BigIntField(primary_key=True, generated=True)
    name = fields.CharField(60)
    title = fields.CharField(120)
    title_zh = fields.CharField(120)
    since = fields.IntField()
    until = fields.IntField(null=True)

    class Meta:
        table = "policy_roles"


class PolicyLine(Model):
    """What a role allows or denies."""

    id = fields.BigIntField(primary_key=True, generated=True)
    role = fields.CharField(60)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    object = fields.CharField(60)
    activity = fields.CharField(20)
    reach = fields.CharEnumField(Reach, max_length=3)
    limit = fields.DecimalField(28, 9, null=True, source_field="measure_limit")
    effect = fields.CharEnumField(Effect, max_length=5)
    since = fields.IntField()
    until = fields.IntField(null=True)

    class Meta:
        table = "policy_lines"


class PolicyLink(Model):
    """A role inherits another."""

    id = fields.BigIntField(primary_key=True, generated=True)
    role = fields.CharField(60)
    parent = fields.CharField(60)
    since = fields.IntField()
    until = fields.IntField(null=True)

    class Meta:
        table = "policy_links"


class RoleAssignment(Model):
    """A role given to a user within sales areas, from one instant up to, and not including, another."""

    access: ClassVar[Access] = Access("role_assignment", OwnPattern())
    id = fields.BigIntField(primary_key=True, generated=True)
    user: fields.ForeignKeyRelation = fields.ForeignKeyField("models.User", related_name="role_assignments")  # type: ignore[type-arg]
    user_id: int
    role = fields.CharField(60)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    valid_from = fields.DatetimeField(null=True)
    valid_until = fields.DatetimeField(null=True)
    since = fields.IntField()
    until = fields.IntField(null=True)

    class Meta:
        table = "role_assignments"
