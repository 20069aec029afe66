"""Operations on the policy: as values, as they are stored, and what applying them in order gives.

An operation is applied or refused as a whole, and refusals name the place in the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from itertools import product
from typing import Any

from domain.activity import Activity, Effect, Reach
from domain.areas import Pattern, pattern_of
from domain.errors import Invalid, Refusal, refuse_if_any
from domain.policy import NAME, Assignment, Catalogue, Line, Link, Policy, PolicyState, Role, faults_of_links, line_of
from domain.validity import EARLIEST, LATEST

LONGEST_TITLE = 120
MOST_OPERATIONS = 5_000
"""As many as a file of a thousand users with their assignments needs, and more."""


class PolicyOperationKind(Enum):
    """What an operation does to the policy."""

    ALLOW = "ALLOW"
    DENY = "DENY"
    REVOKE = "REVOKE"
    ASSIGN = "ASSIGN"
    UNASSIGN = "UNASSIGN"
    CHANGE_VALIDITY = "CHANGE_VALIDITY"
    CREATE_ROLE = "CREATE_ROLE"
    RENAME_ROLE = "RENAME_ROLE"
    CHANGE_TEXTS = "CHANGE_TEXTS"
    RETIRE_ROLE = "RETIRE_ROLE"
    INHERIT = "INHERIT"
    DISINHERIT = "DISINHERIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One step of a policy change; which fields it has is told by `FIELDS`. Patterns and decimals are text, as people write
    them, and are read when it is applied.
    """

    kind: PolicyOperationKind
    role: str
    sales_areas: tuple[str, ...] = ()
    object: str = ""
    activities: tuple[Activity, ...] = ()
    reach: Reach = Reach.ALL
    limit: Decimal | None = None
    user: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    title: str = ""
    title_zh: str = ""
    inherits: tuple[str, ...] = ()
    parent: str = ""
    name: str = ""


RIGHT = ("role", "sales_areas", "object", "activities")
GIVEN = ("user", "role", "sales_areas")
FIELDS: Mapping[PolicyOperationKind, tuple[str, ...]] = {
    PolicyOperationKind.ALLOW: (*RIGHT, "reach", "limit"),
    PolicyOperationKind.DENY: RIGHT,
    PolicyOperationKind.REVOKE: RIGHT,
    PolicyOperationKind.ASSIGN: (*GIVEN, "valid_from", "valid_until"),
    PolicyOperationKind.UNASSIGN: GIVEN,
    PolicyOperationKind.CHANGE_VALIDITY: (*GIVEN, "valid_from", "valid_until"),
    PolicyOperationKind.CREATE_ROLE: ("role", "title", "title_zh", "inherits"),
    PolicyOperationKind.RENAME_ROLE: ("role", "name"),
    PolicyOperationKind.CHANGE_TEXTS: ("role", "title", "title_zh"),
    PolicyOperationKind.RETIRE_ROLE: ("role",),
    PolicyOperationKind.INHERIT: ("role", "parent"),
    PolicyOperationKind.DISINHERIT: ("role", "parent"),
}


def applied(
    state: PolicyState, operations: Sequence[Operation], catalogue: Catalogue, users: frozenset[str]
) -> tuple[PolicyState, tuple[Refusal, ...]]:
    """The state after the operations, in their order, and each refusal by its path (`operations.2.allow.salesAreas.0`).

    An operation that is refused changes nothing, and the next ones are tried without it. `users` are the names that may be
    assigned something.
    """
    draft = _Draft.of(state, catalogue, users)
    refusals: list[Refusal] = []
    if len(operations) > MOST_OPERATIONS:
        values = {"most": MOST_OPERATIONS, "found": len(operations)}
        return state, (Refusal("TOO_MANY_OPERATIONS", "operations", values),)
    for place, operation in enumerate(operations):
        path = f"operations.{place}.{camel_kind(operation.kind)}"
        try:
            _APPLY[operation.kind](draft, operation)
        except Invalid as fault:
            refusals += [replace(each, field=f"{path}.{each.field}" if each.field else path) for each in fault.refusals]
    return draft.state(state.policy.version), tuple(refusals)


def to_json(operation: Operation) -> dict[str, Any]:
    """The operation as it is stored."""
    return {"kind": operation.kind.value} | {
        name: _written(value) for name in FIELDS[operation.kind] if (value := getattr(operation, name)) not in (None, (), "")
    }


def from_json(stored: Mapping[str, Any]) -> Operation:
    """The operation that was stored."""
    read = {name: _READ[name](value) if name in _READ else value for name, value in stored.items()}
    return Operation(**read)


def camel_kind(kind: PolicyOperationKind) -> str:
    """The kind as an input names it: `changeValidity`."""
    first, *rest = kind.value.lower().split("_")
    return first + "".join(map(str.capitalize, rest))


def _written(value: Any) -> Any:
    match value:
        case Activity():
            return value.name
        case Enum():
            return value.value
        case tuple():
            return [_written(each) for each in value]
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat()
    return value


_READ: Mapping[str, Any] = {
    "kind": PolicyOperationKind,
    "sales_areas": tuple,
    "activities": lambda names: tuple(Activity[name] for name in names),
    "reach": Reach,
    "limit": Decimal,
    "valid_from": datetime.fromisoformat,
    "valid_until": datetime.fromisoformat,
    "inherits": tuple,
}


def users_named(operations: Iterable[Operation]) -> frozenset[str]:
    """The users that operations speak of."""
    return frozenset(operation.user for operation in operations if "user" in FIELDS[operation.kind])


@dataclass
class _Draft:
    """A state while it is edited. Keys keep their order, so that what is applied is stored in the order it was said."""

    catalogue: Catalogue
    users: frozenset[str]
    roles: dict[str, Role]
    lines: dict[Line, None]
    links: dict[Link, None]
    assignments: dict[Assignment, None]
    lines_at: dict[tuple[str, Pattern, str, Activity], list[Line]] = field(default_factory=dict)
    given_at: dict[tuple[str, str, Pattern], list[Assignment]] = field(default_factory=dict)

    @classmethod
    def of(cls, state: PolicyState, catalogue: Catalogue, users: frozenset[str]) -> _Draft:
        policy = state.policy
        draft = cls(catalogue, users, dict(policy.roles), {}, dict.fromkeys(policy.links), {})
        for line in policy.lines:
            draft.add_line(line)
        for assignment in state.assignments:
            draft.give(assignment)
        return draft

    def state(self, version: int) -> PolicyState:
        return PolicyState(Policy(version, self.roles, tuple(self.lines), tuple(self.links)), tuple(self.assignments))

    def add_line(self, line: Line) -> None:
        self.lines[line] = None
        self.lines_at.setdefault((line.role, line.pattern, line.object, line.activity), []).append(line)

    def end_line(self, line: Line) -> None:
        del self.lines[line]
        self.lines_at[(line.role, line.pattern, line.object, line.activity)].remove(line)

    def give(self, assignment: Assignment) -> None:
        self.assignments[assignment] = None
        self.given_at.setdefault((assignment.user, assignment.role, assignment.pattern), []).append(assignment)

    def take(self, assignment: Assignment) -> None:
        del self.assignments[assignment]
        self.given_at[(assignment.user, assignment.role, assignment.pattern)].remove(assignment)

    def given(self, user: str, role: str, pattern: Pattern) -> tuple[Assignment, ...]:
        return tuple(self.given_at.get((user, role, pattern), ()))


def _add_lines(draft: _Draft, operation: Operation) -> None:
    effect = Effect.ALLOW if operation.kind is PolicyOperationKind.ALLOW else Effect.DENY
    wanted = _lines(draft, operation, effect)
    new = [line for line in wanted if line not in draft.lines]
    if not new:
        raise Invalid.because("LINE_EXISTS", None)
    for line in new:
        draft.add_line(line)


def _revoke(draft: _Draft, operation: Operation) -> None:
    found: list[Line] = []
    for line in _lines(draft, operation, Effect.ALLOW):
        there = draft.lines_at.get((line.role, line.pattern, line.object, line.activity))
        if not there:
            raise Invalid.because("LINE_MISSING", None)
        found += there
    for line in found:
        draft.end_line(line)


def _lines(draft: _Draft, operation: Operation, effect: Effect) -> list[Line]:
    """The lines that an operation speaks of. Raises Invalid, each fault once."""
    _some(operation.sales_areas, "salesAreas")
    _some(operation.activities, "activities")
    limit = "" if operation.limit is None else format(operation.limit, "f")
    lines: list[Line] = []
    faults: dict[Refusal, None] = {}
    areas, activities = list(enumerate(operation.sales_areas)), list(enumerate(operation.activities))
    for (at, area), (nth, activity) in product(areas, activities):
        row = (operation.role, area, operation.object, activity.name, operation.reach.value, limit, effect.value)
        try:
            lines.append(line_of(row, draft.catalogue, draft.roles))
        except Invalid as fault:
            places = {"area": f"salesAreas.{at}", "activity": f"activities.{nth}"}
            faults |= {replace(each, field=places.get(each.field or "", each.field)): None for each in fault.refusals}
    refuse_if_any(tuple(faults), Invalid)
    return list(dict.fromkeys(lines))


def _assign(draft: _Draft, operation: Operation) -> None:
    wanted = list(_assignments(draft, operation))
    if any(each in draft.assignments for each in wanted):
        raise Invalid.because("ASSIGNMENT_EXISTS", "role")
    for each in wanted:
        draft.give(each)


def _unassign(draft: _Draft, operation: Operation) -> None:
    for each in _there(draft, operation):
        draft.take(each)


def _change_validity(draft: _Draft, operation: Operation) -> None:
    there = _there(draft, operation)
    wanted = list(_assignments(draft, operation))
    if set(there) == set(wanted):
        raise Invalid.because("VALIDITY_SAME", "validTo")
    for each in there:
        draft.take(each)
    for each in wanted:
        draft.give(each)


def _there(draft: _Draft, operation: Operation) -> list[Assignment]:
    found: list[Assignment] = []
    for place, each in enumerate(_assignments(draft, replace(operation, valid_from=None, valid_until=None))):
        given = draft.given(each.user, each.role, each.pattern)
        if not given:
            raise Invalid.because("ASSIGNMENT_MISSING", f"salesAreas.{place}")
        found += given
    return found


def _assignments(draft: _Draft, operation: Operation) -> Iterator[Assignment]:
    _some(operation.sales_areas, "salesAreas")
    _known_role(draft, operation.role, "role")
    if operation.user not in draft.users:
        raise Invalid.because("UNKNOWN_USER", "user", value=operation.user)
    for name, instant in (("validFrom", operation.valid_from), ("validTo", operation.valid_until)):
        if instant is not None and not EARLIEST <= instant <= LATEST:
            raise Invalid.because("INSTANT_TOO_FAR", name, value=instant.isoformat())
    if operation.valid_from and operation.valid_until and operation.valid_until <= operation.valid_from:
        raise Invalid.because("VALIDITY_REVERSED", "validTo")
    patterns = [pattern_of(area, f"salesAreas.{place}") for place, area in enumerate(operation.sales_areas)]
    for pattern in dict.fromkeys(patterns):
        yield Assignment(operation.user, operation.role, pattern, operation.valid_from, operation.valid_until)


def _create_role(draft: _Draft, operation: Operation) -> None:
    _free_name(draft, operation.role, "role")
    title, title_zh = _titles(operation)
    for place, parent in enumerate(operation.inherits):
        _known_role(draft, parent, f"inherits.{place}")
    draft.roles[operation.role] = Role(operation.role, title, title_zh)
    try:
        for parent in operation.inherits:
            _link(draft, Link(operation.role, parent))
    except Invalid:
        del draft.roles[operation.role]
        for parent in operation.inherits:
            draft.links.pop(Link(operation.role, parent), None)
        raise


def _rename_role(draft: _Draft, operation: Operation) -> None:
    old, new = operation.role, operation.name
    _known_role(draft, old, "role")
    _free_name(draft, new, "name")
    role = draft.roles.pop(old)
    draft.roles[new] = replace(role, name=new)
    for line in [line for line in draft.lines if line.role == old]:
        draft.end_line(line)
        draft.add_line(replace(line, role=new))
    draft.links = {
        Link(new if link.role == old else link.role, new if link.parent == old else link.parent): None for link in draft.links
    }
    for each in [each for each in draft.assignments if each.role == old]:
        draft.take(each)
        draft.give(replace(each, role=new))


def _change_texts(draft: _Draft, operation: Operation) -> None:
    _known_role(draft, operation.role, "role")
    changed = Role(operation.role, *_titles(operation))
    if draft.roles[operation.role] == changed:
        raise Invalid.because("TEXT_SAME", "title")
    draft.roles[operation.role] = changed


def _retire_role(draft: _Draft, operation: Operation) -> None:
    role = operation.role
    _known_role(draft, role, "role")
    heirs = sorted(link.role for link in draft.links if link.parent == role)
    if heirs:
        raise Invalid.because("ROLE_INHERITED", "role", roles=", ".join(heirs))
    holders = len({each.user for each in draft.assignments if each.role == role})
    if holders:
        raise Invalid.because("ROLE_ASSIGNED", "role", count=holders)
    for line in [line for line in draft.lines if line.role == role]:
        draft.end_line(line)
    draft.links = {link: None for link in draft.links if link.role != role}
    del draft.roles[role]


def _inherit(draft: _Draft, operation: Operation) -> None:
    link = _link_of(draft, operation)
    if link in draft.links:
        raise Invalid.because("LINK_EXISTS", "parent")
    _link(draft, link)


def _disinherit(draft: _Draft, operation: Operation) -> None:
    link = _link_of(draft, operation)
    if link not in draft.links:
        raise Invalid.because("LINK_MISSING", "parent")
    del draft.links[link]


def _link_of(draft: _Draft, operation: Operation) -> Link:
    _known_role(draft, operation.role, "role")
    _known_role(draft, operation.parent, "parent")
    return Link(operation.role, operation.parent)


def _link(draft: _Draft, link: Link) -> None:
    refuse_if_any(faults_of_links([*draft.links, link]), Invalid)
    draft.links[link] = None


def _known_role(draft: _Draft, role: str, path: str) -> None:
    if role not in draft.roles:
        raise Invalid.because("UNKNOWN_ROLE", path, value=role)


def _free_name(draft: _Draft, name: str, path: str) -> None:
    if not NAME.fullmatch(name):
        raise Invalid.because("NAME_MALFORMED", path, value=name)
    if name in draft.roles:
        raise Invalid.because("ROLE_EXISTS", path, value=name)


def _titles(operation: Operation) -> tuple[str, str]:
    title, title_zh = operation.title.strip(), operation.title_zh.strip() or operation.title.strip()
    if not title:
        raise Invalid.because("TEXT_EMPTY", "title")
    for name, text in (("title", title), ("titleZh", title_zh)):
        if len(text) > LONGEST_TITLE:
            raise Invalid.because("TEXT_TOO_LONG", name, most=LONGEST_TITLE, found=len(text))
    return title, title_zh


def _some(values: Sequence[object], path: str) -> None:
    if not values:
        raise Invalid.because("LIST_EMPTY", path)


_APPLY = {
    PolicyOperationKind.ALLOW: _add_lines,
    PolicyOperationKind.DENY: _add_lines,
    PolicyOperationKind.REVOKE: _revoke,
    PolicyOperationKind.ASSIGN: _assign,
    PolicyOperationKind.UNASSIGN: _unassign,
    PolicyOperationKind.CHANGE_VALIDITY: _change_validity,
    PolicyOperationKind.CREATE_ROLE: _create_role,
    PolicyOperationKind.RENAME_ROLE: _rename_role,
    PolicyOperationKind.CHANGE_TEXTS: _change_texts,
    PolicyOperationKind.RETIRE_ROLE: _retire_role,
    PolicyOperationKind.INHERIT: _inherit,
    PolicyOperationKind.DISINHERIT: _disinherit,
}
