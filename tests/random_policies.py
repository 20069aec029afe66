"""Random policies over few codes, so that their patterns meet, and every cell and request that could tell them apart.

A cell is a sales area. Two areas whose codes are not named in a policy are alike to it; so the named codes and one fresh
code a floor make all cells there are, and whatever holds in each of them holds everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import product

from hypothesis import strategies as st

from domain.activity import Activity, Effect, Reach
from domain.areas import ANY, Area, Pattern, matches
from domain.policy import Assignment, Line, Link, Policy, Role
from domain.scope import Grant, Scope, scope_of

CODES = (("1000", "2000", "2000.a"), ("10", "1"), ("00", "A_-"))
"""The codes that patterns name: one a part of another, small and capital letters, every sign that a code may have."""

FRESH = ("2000.A", "00", "10")
"""Codes that no pattern names on this floor, though on another."""

LIMITS = (None, Decimal("-5"), Decimal(0), Decimal("99.5"), Decimal("9999999999999999999.999999999"))
MEASURES = (None, Decimal("-5"), Decimal("-4.999999999"), Decimal("99.50"), Decimal("99.500000001"), Decimal("1E+19"))
"""Missing, on a limit, just above one, above all: any two limits are told apart by one of them."""

USER, OTHERS = "ann", ("bob", "clerk")
ROLES = ("clerk", "manager", "auditor", "ann")
OBJECT, ACTIVITY = "sales_order", Activity.RELEASE
NOW = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Request:
    """What a decision is asked about: where, one's own or not, and what a limit compares."""

    area: Area
    own: bool
    measure: Decimal | None


@dataclass(frozen=True, slots=True)
class Given:
    """A policy and what everybody is assigned under it, valid or not."""

    policy: Policy
    assignments: tuple[Assignment, ...]

    @property
    def mine(self) -> tuple[Assignment, ...]:
        """What the user who asks is assigned."""
        return tuple(each for each in self.assignments if each.user == USER)


def cells_of(codes: tuple[tuple[str, ...], ...], fresh: tuple[str, ...] = FRESH) -> tuple[Area, ...]:
    """Every combination of these codes and a fresh one a floor."""
    return tuple(Area(cell) for cell in product(*((*floor, other) for floor, other in zip(codes, fresh, strict=True))))


def patterns_of(codes: tuple[tuple[str, ...], ...]) -> tuple[Pattern, ...]:
    """Every pattern that these codes can be written in."""
    return tuple(Pattern(pattern) for pattern in product(*((ANY, *floor) for floor in codes)))


CELLS = cells_of(CODES)
PATTERNS = patterns_of(CODES)
REQUESTS = tuple(Request(area, own, measure) for area in CELLS for own in (False, True) for measure in MEASURES)

_RIGHTS = [
    *((reach, limit, Effect.ALLOW) for reach in Reach for limit in LIMITS),
    *[(Reach.ALL, None, Effect.DENY)] * 3,
]
_ABOUT = [*[(OBJECT, ACTIVITY)] * 6, ("customer", ACTIVITY), (OBJECT, Activity.DISPLAY)]
_LINKS = [Link(role, parent) for place, role in enumerate(ROLES) for parent in ROLES[place + 1 :]]
_TICK = timedelta(microseconds=1)
_VALIDITIES = [
    *[(None, None)] * 12,
    *((NOW - before, None) for before in (timedelta(0), _TICK)),
    *((None, NOW + after) for after in (_TICK, timedelta(0))),
    (NOW + _TICK, None),
    (NOW - _TICK, NOW + _TICK),
    (NOW - 2 * _TICK, NOW - _TICK),
]


def _line(role: str, pattern: Pattern, about: tuple[str, Activity], right: tuple[Reach, Decimal | None, Effect]) -> Line:
    return Line(role, pattern, *about, *right)


def _assignment(user: str, role: str, pattern: Pattern, validity: tuple[datetime | None, datetime | None]) -> Assignment:
    return Assignment(user, role, pattern, *validity)


def _given(lines: list[Line], links: list[Link], assignments: list[Assignment]) -> Given:
    roles = {name: Role(name, name, name) for name in ROLES}
    return Given(Policy(1, roles, tuple(lines), tuple(links)), tuple(assignments))


_OFTEN_WIDE = tuple(Pattern(pattern) for pattern in product(*([*[ANY] * len(floor), *floor] for floor in CODES)))

patterns = st.sampled_from(_OFTEN_WIDE)
lines = st.builds(_line, st.sampled_from(ROLES), patterns, st.sampled_from(_ABOUT), st.sampled_from(_RIGHTS))
assignments = st.builds(
    _assignment, st.sampled_from((*[USER] * 6, *OTHERS)), st.sampled_from(ROLES), patterns, st.sampled_from(_VALIDITIES)
)
policies = st.builds(
    _given,
    st.lists(lines, min_size=3, max_size=9, unique=True),
    st.lists(st.sampled_from(_LINKS), min_size=1, max_size=4, unique=True),
    st.lists(assignments, min_size=2, max_size=5, unique=True),
)
grants = st.builds(Grant, patterns, st.sampled_from(Reach), st.sampled_from(LIMITS))
scopes = st.builds(scope_of, st.lists(grants, max_size=5), st.lists(patterns, max_size=3))


def allowed_by(scope: Scope) -> frozenset[Request]:
    """The requests that the scope lets pass, asked one by one."""
    return frozenset(each for each in REQUESTS if scope.allows(each.area, each.own, each.measure))


def allowed_by_hand(allowances: list[Grant], denials: list[Pattern]) -> frozenset[Request]:
    """The requests that these let pass, by what DESIGN.md says of each of them and nothing else."""
    return frozenset(
        each
        for each in REQUESTS
        if not any(matches(denied, each.area) for denied in denials)
        and any(
            matches(grant.pattern, each.area)
            and (grant.reach is Reach.ALL or each.own)
            and (grant.limit is None or (each.measure is not None and each.measure <= grant.limit))
            for grant in allowances
        )
    )
