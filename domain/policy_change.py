"""How two states of the policy differ, in operations too, and what a change has to do with another.

What is stored, compared, rolled back or imported is always a `Difference`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from domain.activity import Effect
from domain.areas import EVERYWHERE, Pattern, text_of
from domain.policy import Assignment, Line, Link, PolicyState, Role
from domain.policy_operations import FIELDS, Operation, PolicyOperationKind

LONGEST_REASON = 500


class PolicyChangeStatus(Enum):
    """Where a policy change stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Difference:
    """What one state has more, and what it has less, than the one before."""

    added_roles: tuple[Role, ...] = ()
    ended_roles: tuple[Role, ...] = ()
    added_lines: tuple[Line, ...] = ()
    ended_lines: tuple[Line, ...] = ()
    added_links: tuple[Link, ...] = ()
    ended_links: tuple[Link, ...] = ()
    added_assignments: tuple[Assignment, ...] = ()
    ended_assignments: tuple[Assignment, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__)

    @property
    def roles(self) -> frozenset[str]:
        """The roles whose own texts, lines or inheritance differ."""
        return frozenset(
            [
                *(each.name for each in (*self.added_roles, *self.ended_roles)),
                *(each.role for each in (*self.added_lines, *self.ended_lines)),
                *(each.role for each in (*self.added_links, *self.ended_links)),
            ]
        )

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """All assignments that differ."""
        return (*self.ended_assignments, *self.added_assignments)


def difference(before: PolicyState, after: PolicyState) -> Difference:
    """What has to be added and ended to come from one state to the other."""
    one, other = before.policy, after.policy
    added_roles, ended_roles = _apart(tuple(one.roles.values()), tuple(other.roles.values()))
    added_lines, ended_lines = _apart(one.lines, other.lines)
    added_links, ended_links = _apart(one.links, other.links)
    added, ended = _apart(before.assignments, after.assignments)
    return Difference(added_roles, ended_roles, added_lines, ended_lines, added_links, ended_links, added, ended)


def operations_between(before: PolicyState, after: PolicyState) -> tuple[Operation, ...]:
    """Operations which, applied to the one, give the other."""
    apart = difference(before, after)
    return tuple(_operations(before, after, apart))


def touched(apart: Difference) -> frozenset[tuple[str, ...]]:
    """What a difference is about: rights of roles, inheritance and texts of roles, assignments of users."""
    return frozenset(
        [
            *(("role", each.name) for each in (*apart.added_roles, *apart.ended_roles)),
            *(("right", each.role, each.object, each.activity.name) for each in (*apart.added_lines, *apart.ended_lines)),
            *(("inheritance", each.role) for each in (*apart.added_links, *apart.ended_links)),
            *(("assignment", each.user, each.role) for each in apart.assignments),
        ]
    )


def met(operation: Operation, theirs: frozenset[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
    """What an operation and somebody else's change are both about; whoever renames or retires a role is about all of it."""
    if operation.kind in (PolicyOperationKind.RENAME_ROLE, PolicyOperationKind.RETIRE_ROLE):
        return frozenset(each for each in theirs if operation.role == each[2 if each[0] == "assignment" else 1])
    named = FIELDS[operation.kind]
    if "user" in named:
        return theirs & {("assignment", operation.user, operation.role)}
    if "object" in named:
        return theirs & {("right", operation.role, operation.object, each.name) for each in operation.activities}
    return theirs & {("inheritance" if "parent" in named else "role", operation.role)}


def areas_of(apart: Difference) -> frozenset[Pattern]:
    """Where a difference lies: of assignments their own patterns; whatever concerns roles lies everywhere."""
    return frozenset(each.pattern for each in apart.assignments) | ({EVERYWHERE} if apart.roles else frozenset())


def _apart(before: tuple[Any, ...], after: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    old, new = set(before), set(after)
    return tuple(each for each in after if each not in old), tuple(each for each in before if each not in new)


def _operations(before: PolicyState, after: PolicyState, apart: Difference) -> Iterator[Operation]:
    """In an order in which each finds what it needs: what goes is taken before its role, what comes is given after it."""
    for each in dict.fromkeys((each.user, each.role, each.pattern) for each in apart.ended_assignments):
        yield Operation(kind=PolicyOperationKind.UNASSIGN, user=each[0], role=each[1], sales_areas=(text_of(each[2]),))
    retired = {role.name for role in apart.ended_roles} - set(after.policy.roles)
    created = {role.name for role in apart.added_roles} - set(before.policy.roles)
    for link in apart.ended_links:
        yield Operation(kind=PolicyOperationKind.DISINHERIT, role=link.role, parent=link.parent)
    for name in sorted(retired):
        yield Operation(kind=PolicyOperationKind.RETIRE_ROLE, role=name)
    for role in apart.added_roles:
        kind = PolicyOperationKind.CREATE_ROLE if role.name in created else PolicyOperationKind.CHANGE_TEXTS
        yield Operation(kind=kind, role=role.name, title=role.title, title_zh=role.title_zh)
    for link in apart.added_links:
        yield Operation(kind=PolicyOperationKind.INHERIT, role=link.role, parent=link.parent)
    yield from _line_operations(after, apart, retired)
    ended = {(each.user, each.role, each.pattern) for each in apart.ended_assignments}
    staying = [each for each in after.assignments if (each.user, each.role, each.pattern) in ended] if ended else []
    for given in dict.fromkeys((*staying, *apart.added_assignments)):
        yield Operation(
            kind=PolicyOperationKind.ASSIGN,
            user=given.user,
            role=given.role,
            sales_areas=(text_of(given.pattern),),
            valid_from=given.valid_from,
            valid_until=given.valid_until,
        )


def _line_operations(after: PolicyState, apart: Difference, retired: set[str]) -> Iterator[Operation]:
    """A revocation takes all lines of a right in an area, so those that stay are said again."""
    ended = dict.fromkeys(
        (line.role, line.pattern, line.object, line.activity) for line in apart.ended_lines if line.role not in retired
    )
    for role, pattern, object, activity in ended:
        yield Operation(
            kind=PolicyOperationKind.REVOKE, role=role, sales_areas=(text_of(pattern),), object=object, activities=(activity,)
        )
    staying = [line for line in after.policy.lines if (line.role, line.pattern, line.object, line.activity) in ended]
    for line in dict.fromkeys((*staying, *apart.added_lines)):
        yield Operation(
            kind=PolicyOperationKind.ALLOW if line.effect is Effect.ALLOW else PolicyOperationKind.DENY,
            role=line.role,
            sales_areas=(text_of(line.pattern),),
            object=line.object,
            activities=(line.activity,),
            reach=line.reach,
            limit=line.limit,
        )
