"""The steps of a policy change: as frontends write them, as they are shown, and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Optional

import strawberry

from api.schema.base import Info
from api.settings import zone
from domain.activity import Activity, Reach
from domain.errors import Refusal
from domain.messages import LANGUAGES
from domain.messages import text_of as message_of
from domain.policy_operations import FIELDS, Operation, PolicyOperationKind
from domain.validity import end_instant, first_day, first_instant, last_day

NEW = strawberry.UNSET
AREAS = "Where, as patterns in which `*` stands for every code, e.g. `1000/*/*`."
ROLE = "The role's name."
USER = "The user's name."
OBJECT = "The authorization object."
ACTIVITIES = "What may, or may not, be done."
VALID_FROM = "The first day; left out: since ever."
VALID_TO = "The last day; left out: without end."
TITLE = "The role's title."
TITLE_ZH = "The role's title in Chinese; left out: the same."


@strawberry.type(description="One step of a policy change.")
class PolicyOperation:
    operation: strawberry.Private[Operation]
    kind: PolicyOperationKind = strawberry.field(description="What it does to the policy.")

    @strawberry.field(description="The step in a sentence of your language.")
    def description(self, info: Info) -> str:
        language = info.context.language
        return message_of(Refusal(f"OPERATION_{self.kind.value}", None, _told(self.operation, language)), language)

    @strawberry.field(description=ROLE)
    def role(self) -> str:
        return self.operation.role

    @strawberry.field(description="The user, where it is about an assignment.")
    def user(self) -> Optional[str]:
        return self.operation.user or None

    @strawberry.field(description=AREAS)
    def sales_areas(self) -> list[str]:
        return list(self.operation.sales_areas)

    @strawberry.field(description="The authorization object, where it is about a right.")
    def object(self) -> Optional[str]:
        return self.operation.object or None

    @strawberry.field(description="What may, or may not, be done, where it is about a right.")
    def activities(self) -> list[Activity]:
        return list(self.operation.activities)

    @strawberry.field(description="On whose records, where it allows something.")
    def reach(self) -> Optional[Reach]:
        return self.operation.reach if self.kind is PolicyOperationKind.ALLOW else None

    @strawberry.field(description="Up to which measure, inclusive; null without limit.")
    def limit(self) -> Optional[Decimal]:
        return self.operation.limit

    @strawberry.field(description="The first day; null: since ever.")
    def valid_from(self) -> Optional[date]:
        return first_day(self.operation.valid_from, zone())

    @strawberry.field(description="The last day; null: without end.")
    def valid_to(self) -> Optional[date]:
        return last_day(self.operation.valid_until, zone())

    @strawberry.field(description="The role's title, where it is given one.")
    def title(self) -> Optional[str]:
        return self.operation.title or None

    @strawberry.field(description="The role's title in Chinese, where it is given one.")
    def title_zh(self) -> Optional[str]:
        return self.operation.title_zh or None

    @strawberry.field(description="The roles that a new role inherits, or the one that is inherited or no longer so.")
    def inherits(self) -> list[str]:
        return [*self.operation.inherits, *([self.operation.parent] if self.operation.parent else [])]

    @strawberry.field(description="What the role is called from then on, where it is renamed.")
    def name(self) -> Optional[str]:
        return self.operation.name or None


@strawberry.input(description="A role given to a user within sales areas.")
class AssignInput:
    user: str = strawberry.field(description=USER)
    role: str = strawberry.field(description=ROLE)
    sales_areas: list[str] = strawberry.field(description=AREAS)
    valid_from: Optional[date] = strawberry.field(default=NEW, description=VALID_FROM)
    valid_to: Optional[date] = strawberry.field(default=NEW, description=VALID_TO)


@strawberry.input(description="A role taken from a user within exactly these patterns.")
class UnassignInput:
    user: str = strawberry.field(description=USER)
    role: str = strawberry.field(description=ROLE)
    sales_areas: list[str] = strawberry.field(description=AREAS)


@strawberry.input(description="Another validity of an assignment that there is.")
class ChangeValidityInput:
    user: str = strawberry.field(description=USER)
    role: str = strawberry.field(description=ROLE)
    sales_areas: list[str] = strawberry.field(description=AREAS)
    valid_from: Optional[date] = strawberry.field(default=NEW, description=VALID_FROM)
    valid_to: Optional[date] = strawberry.field(default=NEW, description=VALID_TO)


@strawberry.input(description="Something that a role may do.")
class AllowInput:
    role: str = strawberry.field(description=ROLE)
    sales_areas: list[str] = strawberry.field(description=AREAS)
    object: str = strawberry.field(description=OBJECT)
    activities: list[Activity] = strawberry.field(description=ACTIVITIES)
    reach: Reach = strawberry.field(default=Reach.ALL, description="On whose records.")
    limit: Optional[Decimal] = strawberry.field(default=NEW, description="Up to which measure, inclusive.")


@strawberry.input(description="Something that a role may not do, whatever else allows it.")
class DenyInput:
    role: str = strawberry.field(description=ROLE)
    sales_areas: list[str] = strawberry.field(description=AREAS)
    object: str = strawberry.field(description=OBJECT)
    activities: list[Activity] = strawberry.field(description=ACTIVITIES)


@strawberry.input(
    description="Rules of a role to take away: all, allowing and denying, of these rights in exactly these patterns."
)
class RevokeInput:
    role: str = strawberry.field(description=ROLE)
    sales_areas: list[str] = strawberry.field(description=AREAS)
    object: str = strawberry.field(description=OBJECT)
    activities: list[Activity] = strawberry.field(description=ACTIVITIES)


@strawberry.input(description="A further role.")
class CreateRoleInput:
    role: str = strawberry.field(description="Its name: lower-case letters, digits, `.`, `_`, `-`.")
    title: str = strawberry.field(description=TITLE)
    title_zh: str = strawberry.field(default="", description=TITLE_ZH)
    inherits: list[str] = strawberry.field(default_factory=list, description="The roles whose rules it has too.")


@strawberry.input(description="Another name for a role.")
class RenameRoleInput:
    role: str = strawberry.field(description=ROLE)
    name: str = strawberry.field(description="What it is called from then on.")


@strawberry.input(description="Other titles for a role.")
class ChangeTextsInput:
    role: str = strawberry.field(description=ROLE)
    title: str = strawberry.field(description=TITLE)
    title_zh: str = strawberry.field(default="", description=TITLE_ZH)


@strawberry.input(description="A role that is to be no more.")
class RetireRoleInput:
    role: str = strawberry.field(description=ROLE)


@strawberry.input(description="Inheritance between two roles.")
class InheritInput:
    role: str = strawberry.field(description="The role that inherits.")
    parent: str = strawberry.field(description="The role whose rules it has.")


@strawberry.input(one_of=True, description="One step of a policy change: exactly one of these.")
class PolicyOperationInput:
    assign: Optional[AssignInput] = strawberry.field(default=NEW, description="Give a user a role.")
    unassign: Optional[UnassignInput] = strawberry.field(default=NEW, description="Take a role from a user.")
    change_validity: Optional[ChangeValidityInput] = strawberry.field(
        default=NEW, description="Change an assignment's validity."
    )
    allow: Optional[AllowInput] = strawberry.field(default=NEW, description="Let a role allow something.")
    deny: Optional[DenyInput] = strawberry.field(default=NEW, description="Let a role deny something.")
    revoke: Optional[RevokeInput] = strawberry.field(default=NEW, description="Take rules of a role away.")
    create_role: Optional[CreateRoleInput] = strawberry.field(default=NEW, description="Make a role.")
    rename_role: Optional[RenameRoleInput] = strawberry.field(default=NEW, description="Rename a role.")
    change_texts: Optional[ChangeTextsInput] = strawberry.field(default=NEW, description="Change a role's titles.")
    retire_role: Optional[RetireRoleInput] = strawberry.field(default=NEW, description="Retire a role.")
    inherit: Optional[InheritInput] = strawberry.field(default=NEW, description="Let a role inherit another.")
    disinherit: Optional[InheritInput] = strawberry.field(default=NEW, description="Let a role no longer inherit another.")


def read_operations(inputs: Sequence[PolicyOperationInput]) -> tuple[Operation, ...]:
    """Operations as values."""
    return tuple(map(_operation, inputs))


def _operation(input: PolicyOperationInput) -> Operation:
    kind, said = next(
        (kind, said) for kind in PolicyOperationKind if (said := getattr(input, kind.value.lower(), NEW)) is not NEW
    )
    values: dict[str, Any] = {name: value for name in FIELDS[kind] if (value := getattr(said, name, NEW)) is not NEW}
    if "valid_until" in FIELDS[kind]:
        begin, end = said.valid_from or None, said.valid_to or None
        values["valid_from"] = None if begin is None else first_instant(begin, zone())
        values["valid_until"] = None if end is None else end_instant(end, zone())
    read: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Operation(kind=kind, **read)


def shown_operation(operation: Operation) -> PolicyOperation:
    """An operation as the API shows it."""
    return PolicyOperation(operation=operation, kind=operation.kind)


VALIDITY = ((", from {day}", "，自 {day} 起"), (", through {day}", "，至 {day} 止"))
REACHES = {Reach.ALL: ("all records", "全部记录"), Reach.OWN: ("own records", "本方记录")}


def _told(operation: Operation, language: str) -> dict[str, Any]:
    """What the sentence about an operation is filled with."""
    place = LANGUAGES.index(language)
    days = (first_day(operation.valid_from, zone()), last_day(operation.valid_until, zone()))
    validity = "".join(texts[place].format(day=day) for texts, day in zip(VALIDITY, days, strict=True) if day is not None)
    limit = "" if operation.limit is None else f", ≤ {operation.limit:f}"
    inherits = "".join(f" + {name}" for name in operation.inherits)
    return {
        "role": operation.role,
        "user": operation.user,
        "object": operation.object,
        "areas": ", ".join(operation.sales_areas),
        "activities": ", ".join(each.name for each in operation.activities),
        "reach": REACHES[operation.reach][place],
        "limit": limit,
        "validity": validity,
        "title": (operation.title, operation.title_zh or operation.title)[place],
        "inherits": inherits,
        "parent": operation.parent,
        "name": operation.name,
    }
