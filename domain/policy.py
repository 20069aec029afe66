"""Role policies: what may be stored, and what a user's valid assignments come to.

Roles are templates. A line says what a role allows or denies and where; an assignment gives a role to a user within
sales areas, for a time; a link lets a role inherit another everywhere. A right is the meeting of an assignment's pattern
with a line's. A deny wins, and carries neither limit nor reach `own`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from domain.activity import Activity, Effect, Reach
from domain.areas import EVERYWHERE, Pattern, meet, pattern_of
from domain.errors import Invalid, Refusal, refuse_if_any
from domain.scope import Grant, Scope, scope_of

DEEPEST_INHERITANCE = 8
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
"""What a role, a user or an authorization object may be called; the kind before the colon is added where Casbin reads it."""
PLAIN_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class AuthorizationObject:
    """One object of the catalogue: its activities, the measure that a limit on it compares, if it has one, and whether every
    display of what it protects is recorded.
    """

    name: str
    title: str
    title_zh: str
    activities: tuple[Activity, ...]
    measure: str | None = None
    sap: str | None = None
    logged: bool = False


Catalogue = Mapping[str, AuthorizationObject]


@dataclass(frozen=True, slots=True)
class Line:
    """One policy line: what a role allows or denies."""

    role: str
    pattern: Pattern
    object: str
    activity: Activity
    reach: Reach = Reach.ALL
    limit: Decimal | None = None
    effect: Effect = Effect.ALLOW


@dataclass(frozen=True, slots=True)
class Link:
    """`role` inherits every line of `parent`."""

    role: str
    parent: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role given to a user within a pattern, from one instant up to, and not including, another."""

    user: str
    role: str
    pattern: Pattern
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def is_valid(self, at: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_until is None or at < self.valid_until)


@dataclass(frozen=True, slots=True)
class Role:
    """A role's name and its titles."""

    name: str
    title: str
    title_zh: str


@dataclass(frozen=True, slots=True)
class Path:
    """Why one line speaks for or against a user: the assignment it came by, and where the two meet."""

    assignment: Assignment
    line: Line
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Grants:
    """What (user, object, activity) comes to, before it is a scope: for showing, and for compiling."""

    allowed: tuple[Grant, ...] = ()
    denied: tuple[Pattern, ...] = ()

    def scope(self) -> Scope:
        return scope_of(self.allowed, self.denied)


@dataclass(frozen=True)
class Policy:
    """All lines and links of one policy version. Values only: assignments come beside it, user by user."""

    version: int
    roles: Mapping[str, Role] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    links: tuple[Link, ...] = ()

    @cached_property
    def _parents(self) -> Mapping[str, tuple[str, ...]]:
        parents: dict[str, tuple[str, ...]] = {}
        for link in self.links:
            parents[link.role] = (*parents.get(link.role, ()), link.parent)
        return parents

    @cached_property
    def _lines_by_role(self) -> Mapping[str, tuple[Line, ...]]:
        lines: dict[str, list[Line]] = {}
        for line in self.lines:
            lines.setdefault(line.role, []).append(line)
        return {role: tuple(mine) for role, mine in lines.items()}

    @cached_property
    def _lines_by_right(self) -> dict[str, dict[tuple[str, Activity], tuple[Line, ...]]]:
        return {}

    def lines_about(self, role: str, object: str, activity: Activity) -> tuple[Line, ...]:
        """The lines of the role, and of all that it inherits, about an object and activity."""
        return self.lines_by_right(role).get((object, activity), ())

    def lines_by_right(self, role: str) -> Mapping[tuple[str, Activity], tuple[Line, ...]]:
        """The lines of the role, and of all that it inherits, by object and activity; sorted out once."""
        if role not in self._lines_by_right:
            found: dict[tuple[str, Activity], list[Line]] = {}
            for line in self.lines_of(role):
                found.setdefault((line.object, line.activity), []).append(line)
            self._lines_by_right[role] = {right: tuple(lines) for right, lines in found.items()}
        return self._lines_by_right[role]

    def inherited(self, role: str) -> tuple[str, ...]:
        """The roles that `role` inherits directly, as stored."""
        return self._parents.get(role, ())

    def reached(self, role: str) -> frozenset[str]:
        """The role itself and all that it inherits, at any depth."""
        found: set[str] = set()
        waiting = [role]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self._parents.get(name, ()))
        return frozenset(found)

    def lines_of(self, role: str) -> tuple[Line, ...]:
        """The lines of the role and of all that it inherits."""
        return tuple(line for name in sorted(self.reached(role)) for line in self._lines_by_role.get(name, ()))

    def own_lines_of(self, role: str) -> tuple[Line, ...]:
        """The lines that are written in the role itself."""
        return self._lines_by_role.get(role, ())

    def paths(self, assignments: Iterable[Assignment], object: str, activity: Activity) -> tuple[Path, ...]:
        """Each way by which a line about the object and activity reaches the user."""
        return tuple(
            Path(assignment, line, pattern)
            for assignment in assignments
            for line in self.lines_about(assignment.role, object, activity)
            if (pattern := meet(assignment.pattern, line.pattern))
        )

    def grants(self, assignments: Iterable[Assignment], object: str, activity: Activity) -> Grants:
        """What these assignments, all of them taken as valid, come to for one object and activity."""
        paths = self.paths(assignments, object, activity)
        return Grants(
            tuple(Grant(path.pattern, path.line.reach, path.line.limit) for path in paths if path.line.effect is Effect.ALLOW),
            tuple(path.pattern for path in paths if path.line.effect is Effect.DENY),
        )


@dataclass(frozen=True)
class PolicyState:
    """Everything that decides, at one version."""

    policy: Policy
    assignments: tuple[Assignment, ...] = ()


def valid_ones(assignments: Iterable[Assignment], at: datetime) -> tuple[Assignment, ...]:
    """The assignments that hold at one instant."""
    return tuple(assignment for assignment in assignments if assignment.is_valid(at))


def next_change(assignments: Iterable[Assignment], at: datetime) -> datetime | None:
    """The next instant at which one of the assignments begins or ends; None when none will."""
    instants = (instant for each in assignments for instant in (each.valid_from, each.valid_until) if instant is not None)
    return min((instant for instant in instants if instant > at), default=None)


LINE_COLUMNS = ("role", "area", "object", "activity", "reach", "limit", "effect")


def line_of(row: Sequence[str], catalogue: Catalogue, roles: Mapping[str, Role]) -> Line:
    """Read one policy line from its seven columns of text.

    Raises Invalid with every reason: a short or long row, an unknown role, object or activity, a malformed pattern, a
    limit that is no plain decimal or stands on an object without measure, an effect other than exactly `allow` or `deny`,
    a deny with limit or reach `own`.
    """
    if len(row) != len(LINE_COLUMNS):
        raise Invalid.because("LINE_LENGTH", None, expected=len(LINE_COLUMNS), found=len(row))
    role, area, object, activity, reach, limit, effect = row
    known = catalogue.get(object)
    activities = {each.name: each for each in known.activities} if known else {}
    faults = [
        Refusal(reason, column, {"value": value})
        for reason, column, value, holds in (
            ("UNKNOWN_ROLE", "role", role, role in roles),
            ("UNKNOWN_OBJECT", "object", object, known is not None),
            ("UNKNOWN_ACTIVITY", "activity", activity, known is None or activity in activities),
            ("UNKNOWN_REACH", "reach", reach, reach in {each.value for each in Reach}),
            ("UNKNOWN_EFFECT", "effect", effect, effect in {each.value for each in Effect}),
            ("LIMIT_MALFORMED", "limit", limit, limit == "" or PLAIN_DECIMAL.fullmatch(limit)),
            ("LIMIT_WITHOUT_MEASURE", "limit", limit, limit == "" or known is None or known.measure is not None),
            ("DENY_WITH_LIMIT", "limit", limit, effect != "deny" or limit == ""),
            ("DENY_WITH_OWN", "reach", reach, effect != "deny" or reach == "all"),
        )
        if not holds
    ]
    try:
        pattern = pattern_of(area, "area")
    except Invalid as fault:
        faults.extend(fault.refusals)
    refuse_if_any(tuple(faults), Invalid)
    return Line(role, pattern, object, activities[activity], Reach(reach), Decimal(limit) if limit else None, Effect(effect))


def row_of(line: Line) -> tuple[str, ...]:
    """The seven columns of text that `line_of` reads."""
    limit = "" if line.limit is None else format(line.limit, "f")
    return (
        line.role,
        "/".join(line.pattern),
        line.object,
        line.activity.name,
        line.reach.value,
        limit,
        line.effect.value,
    )


def faults_of_links(links: Iterable[Link]) -> tuple[Refusal, ...]:
    """What is wrong with the inheritance as a whole: a circle, or more than eight floors below a role."""
    policy = Policy(0, links=tuple(links))
    roles = {name for link in policy.links for name in (link.role, link.parent)}
    in_circle = sorted(role for role in roles if any(role in policy.reached(parent) for parent in policy.inherited(role)))
    if in_circle:
        return (Refusal("INHERITANCE_CIRCLE", "inherits", {"roles": ", ".join(in_circle)}),)
    deep = roles  # that many floors at least, one more each time round
    for _ in range(DEEPEST_INHERITANCE):
        deep = {role for role in deep if any(parent in deep for parent in policy.inherited(role))}
    if not deep:
        return ()
    return (Refusal("INHERITANCE_TOO_DEEP", "inherits", {"roles": ", ".join(sorted(deep)), "most": DEEPEST_INHERITANCE}),)


def casbin_rows(policy: Policy, assignments: Iterable[Assignment]) -> tuple[tuple[str, ...], ...]:
    """The policy in Casbin's own format, names carrying their kind: `p` lines, role links, then assignments.

    Casbin knows no dates, so pass the assignments that are valid at the instant the export is for.
    """
    lines = [("p", f"role:{role}", *rest) for role, *rest in map(row_of, policy.lines)]
    links = [("g", f"role:{link.role}", f"role:{link.parent}", "/".join(EVERYWHERE)) for link in policy.links]
    given = [("g", f"user:{each.user}", f"role:{each.role}", "/".join(each.pattern)) for each in assignments]
    return (*lines, *links, *given)
