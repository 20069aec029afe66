"""Role policies by version: each row says from which version on, and up to which, it holds. Nothing is ever overwritten."""

from typing import Any, ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.activity import Effect, Reach
from domain.policy_change import PolicyChangeStatus
from domain.policy_guards import ChangeCase
from domain.policy_operations import Operation, from_json
from models.access import Access, OwnArea, OwnPattern


class PolicyVersion(Model):
    """One state of the policy; the highest is in force."""

    version = fields.IntField(primary_key=True, generated=False)
    activated_at = fields.DatetimeField()
    activated_by = fields.CharField(60)
    reason = fields.CharField(500)
    hash = fields.CharField(64, null=True)

    class Meta:
        table = "policy_versions"


class PolicyChange(Model):
    """Operations on the policy from their draft to the version that they became. Lies in the one pattern that covers all that
    they touch, and is displayed to whoever may display that whole pattern: `*` in a column is a code like any other here.
    """

    access: ClassVar[Access] = Access("policy_change", OwnArea())
    id = fields.BigIntField(primary_key=True, generated=True)
    status = fields.CharEnumField(PolicyChangeStatus, max_length=10, default=PolicyChangeStatus.DRAFT)
    reason = fields.CharField(500)
    operations: fields.JSONField[list[dict[str, Any]]] = fields.JSONField()
    base_version = fields.IntField()
    needs_second = fields.BooleanField()
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField()
    edited_by: fields.JSONField[list[str]] = fields.JSONField()
    submitted_by = fields.CharField(60, null=True)
    approved_by = fields.CharField(60, null=True)
    rejected_by = fields.CharField(60, null=True)
    rejection_reason = fields.CharField(500, null=True)
    scheduled_for = fields.DatetimeField(null=True)
    scheduled_by = fields.CharField(60, null=True)
    failure: fields.JSONField[list[dict[str, Any]] | None] = fields.JSONField(null=True)
    activated_by = fields.CharField(60, null=True)
    activated_at = fields.DatetimeField(null=True)
    policy_version = fields.IntField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "policy_changes"

    def read_operations(self) -> tuple[Operation, ...]:
        """The operations as values."""
        return tuple(map(from_json, self.operations))

    def case(self, by: str) -> ChangeCase:
        """What the rules of each step look at."""
        return ChangeCase(self.status, frozenset(self.edited_by), self.approved_by, by, self.needs_second)

    @property
    def actors(self) -> frozenset[str]:
        """Everybody who has had a hand in it."""
        return frozenset(each for each in (*self.edited_by, self.submitted_by, self.approved_by, self.scheduled_by) if each)


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
