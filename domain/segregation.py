"""Segregation of duties 职责分离: who holds two duties that nobody should hold together, where, and what that demands.

A duty is had by any one of its rights, on all records or one's own, and up to any limit: a partner who enters and approves
their own company's orders holds both. Rights are compared where they hold, so that a deny or two areas apart leave no conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from functools import cached_property, lru_cache, reduce
from operator import or_
from typing import TypeVar

from domain.activity import Activity, Effect, Reach
from domain.areas import EVERYWHERE, Pattern, covers, meet
from domain.caller import UserKind
from domain.errors import Refusal
from domain.policy import Assignment, Policy
from domain.scope import EMPTY, Grant, Region, Scope, scope_of

LONGEST_CONTROL = 1000
LONGEST_MITIGATION = timedelta(days=366)

Key = TypeVar("Key")
Right = tuple[str, Activity]
Given = frozenset[tuple[str, Pattern]]
"""Roles with the patterns that they are assigned in: users with the same hold the same."""
Held = frozenset[Pattern] | Scope
"""Where a duty is held: patterns, of which most users have few and many the same, or a scope where something is denied."""


class RiskLevel(Enum):
    """How much harm somebody with both duties can do, the least first."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class Reaction(Enum):
    """What a conflict demands of the policy change that brings it."""

    WARN = "WARN"
    NEEDS_MITIGATION = "NEEDS_MITIGATION"
    BLOCK = "BLOCK"


@dataclass(frozen=True, slots=True)
class DutyFunction:
    """A duty, and the rights of which any one is enough to have it."""

    name: str
    title: str
    title_zh: str
    rights: frozenset[Right]


@dataclass(frozen=True, slots=True)
class Risk:
    """Two duties that nobody should hold together.

    `scope_aware`: they conflict only where their areas meet. `per_document`: it is decided document by document, by a command
    that refuses whoever made the document.
    """

    name: str
    number: int
    level: RiskLevel
    title: str
    title_zh: str
    functions: tuple[DutyFunction, DutyFunction]
    scope_aware: bool = True
    per_document: bool = False


@dataclass(frozen=True)
class Conflict:
    """Somebody holds both duties of a risk, there where it is held."""

    risk: Risk
    held: Held

    @property
    def areas(self) -> Scope:
        """Where, as a scope that holds all of an area or nothing of it."""
        return _scope(self.held)

    @cached_property
    def parts(self) -> tuple[Region, ...]:
        """Where, as people read it."""
        if isinstance(self.held, Scope):
            return self.held.regions()
        return (Region(tuple(sorted(self.held)), (), Reach.ALL, None),)

    def within(self, bounds: Held) -> Conflict | None:
        """As much of it as lies in some areas; None if nothing does."""
        if isinstance(bounds, frozenset) and EVERYWHERE in bounds:
            return self
        inside = _common(self.held, bounds)
        return Conflict(self.risk, inside) if inside else None


@dataclass(frozen=True, slots=True)
class Mitigation:
    """A control 缓解控制 that makes somebody's conflict bearable within a pattern, up to and including a day."""

    risk: str
    pattern: Pattern
    expires_on: date
    key: int = 0

    @property
    def areas(self) -> Scope:
        return areas_of([self.pattern])


@dataclass(frozen=True, slots=True)
class Segregation:
    """The rules: risks by number, and what each level demands."""

    risks: tuple[Risk, ...]
    reactions: Mapping[RiskLevel, Reaction]
    per_document: Reaction

    def risk(self, name: str) -> Risk | None:
        """The risk of this name, if there is one."""
        return next((risk for risk in self.risks if risk.name == name), None)

    def about(self, rights: frozenset[Right]) -> Segregation:
        """Only the risks that one of these rights has to do with."""
        touched = (risk for risk in self.risks if any(rights & set(function.rights) for function in risk.functions))
        return replace(self, risks=tuple(touched))

    def reaction_to(self, risk: Risk) -> Reaction:
        """What a new conflict of this risk demands of the policy change that brings it."""
        return self.per_document if risk.per_document else self.reactions[risk.level]


def areas_of(patterns: Iterable[Pattern], denials: Iterable[Pattern] = ()) -> Scope:
    """All of these areas but those."""
    return scope_of((Grant(pattern, Reach.ALL, None) for pattern in patterns), denials)


def areas_within(scope: Scope) -> Held:
    """All of the areas in which a scope reaches records of others."""
    parts = [part for part in scope.regions() if part.reach is Reach.ALL]
    if any(part.except_areas for part in parts):
        return reduce(or_, (areas_of(part.areas, part.except_areas) for part in parts))
    return frozenset(_widest(area for part in parts for area in part.areas))


# ----------------------------------------------------------------------------------------------------------- conflicts


class Duties:
    """The rules held against one policy. What each role brings to each duty is sorted out once, and so is each set of roles."""

    def __init__(self, rules: Segregation, policy: Policy) -> None:
        self.rules = rules
        self.policy = policy
        self._functions: dict[Right, list[str]] = {}
        for function in {each.name: each for risk in rules.risks for each in risk.functions}.values():
            for right in function.rights:
                self._functions.setdefault(right, []).append(function.name)
        self._brought: dict[str, _Brought] = {}
        self._decided: dict[Given, tuple[Conflict, ...]] = {}
        self._shared: dict[tuple[int, frozenset[Pattern]], Conflict] = {}

    def conflicts(self, given: Given) -> tuple[Conflict, ...]:
        """The conflicts of whoever is given these roles in these patterns, by the number of the risk."""
        if given not in self._decided:
            self._decided[given] = self._conflicts(given)
        return self._decided[given]

    def role_conflicts(self, role: str) -> tuple[Conflict, ...]:
        """The conflicts of a role in itself, whoever it is given to."""
        return self.conflicts(frozenset({(role, EVERYWHERE)}))

    def rights_apart(self, other: Duties, roles: Iterable[str]) -> frozenset[Right]:
        """The rights of duties that these roles bring otherwise under the other policy."""
        apart: set[Right] = set()
        for role in roles:
            for mine, theirs in zip(self._of_role(role).facts, other._of_role(role).facts, strict=True):
                apart |= {right for right in mine.keys() | theirs.keys() if mine.get(right) != theirs.get(right)}
        return frozenset(apart)

    def _conflicts(self, given: Given) -> tuple[Conflict, ...]:
        held = self._held(given)
        found = []
        for risk in self.rules.risks:
            one, other = (held.get(function.name) for function in risk.functions)
            if one and other:
                both = _common(one, other) if risk.scope_aware else _either(one, other)
                if both:
                    conflict = Conflict(risk, both)
                    if isinstance(both, frozenset):  # most are the same as somebody else's, and kept once
                        conflict = self._shared.setdefault((risk.number, both), conflict)
                    found.append(conflict)
        return tuple(found)

    def _held(self, given: Given) -> dict[str, Held]:
        """Where each duty is held at all. A deny takes its own right away and leaves the duty's others."""
        denied: dict[Right, set[Pattern]] = {}
        for role, pattern in given:
            for right, theirs in self._of_role(role).denied.items():
                if here := _meeting(pattern, theirs):
                    denied.setdefault(right, set()).update(here)
        cut = {function for right in denied for function in self._functions[right]}
        patterns: dict[str, set[Pattern]] = {}
        in_question: dict[Right, set[Pattern]] = {}
        for role, pattern in given:
            brought = self._of_role(role)
            for theirs, functions in brought.duties:
                here = _meeting(pattern, theirs)
                for function in functions:
                    if function not in cut:
                        patterns.setdefault(function, set()).update(here)
            for right, theirs in brought.allowed.items() if cut else ():
                if right in denied:
                    in_question.setdefault(right, set()).update(_meeting(pattern, theirs))
                elif concerned := [function for function in self._functions[right] if function in cut]:
                    here = _meeting(pattern, theirs)
                    for function in concerned:
                        patterns.setdefault(function, set()).update(here)
        held: dict[str, Held] = {function: frozenset(_widest(mine)) for function, mine in patterns.items()}
        for right, mine in in_question.items():
            left = areas_of(mine, denied[right])
            for function in self._functions[right]:
                held[function] = _scope(held.get(function, frozenset())) | left
        return {function: mine for function, mine in held.items() if mine and mine != EMPTY}

    def _of_role(self, role: str) -> _Brought:
        if role not in self._brought:
            duties: dict[str, set[Pattern]] = {}
            allowed: dict[Right, set[Pattern]] = {}
            denied: dict[Right, set[Pattern]] = {}
            for right, lines in self.policy.lines_by_right(role).items():
                functions = self._functions.get(right, ())
                for line in lines if functions else ():
                    (allowed if line.effect is Effect.ALLOW else denied).setdefault(right, set()).add(line.pattern)
                for function in functions if right in allowed else ():
                    duties.setdefault(function, set()).update(allowed[right])
            alike: dict[tuple[Pattern, ...], list[str]] = {}
            for function, patterns in duties.items():
                alike.setdefault(_widest(patterns), []).append(function)
            self._brought[role] = _Brought(tuple(alike.items()), _fixed(allowed), _fixed(denied))
        return self._brought[role]


@dataclass(frozen=True, slots=True)
class _Brought:
    """What a role brings: where it allows something of which duties, each right of one, and where it denies rights."""

    duties: tuple[tuple[tuple[Pattern, ...], list[str]], ...]
    allowed: Mapping[Right, tuple[Pattern, ...]]
    denied: Mapping[Right, tuple[Pattern, ...]]

    @property
    def facts(self) -> tuple[dict[Right, frozenset[Pattern]], ...]:
        """Where each right is allowed, and where it is denied; the duties follow from these."""
        return tuple({right: frozenset(each) for right, each in which.items()} for which in (self.allowed, self.denied))


def _common(one: Held, other: Held) -> Held | None:
    if isinstance(one, Scope) or isinstance(other, Scope):
        return _some(_scope(one) & _scope(other))
    return frozenset(_widest(common for each in one for common in _meeting(each, other)))


def _either(one: Held, other: Held) -> Held | None:
    if isinstance(one, Scope) or isinstance(other, Scope):
        return _some(_scope(one) | _scope(other))
    return frozenset(_widest(one | other))


def _some(scope: Scope) -> Scope | None:
    return None if scope.is_empty else scope


def _scope(held: Held) -> Scope:
    return held if isinstance(held, Scope) else _areas(held)


@lru_cache(maxsize=10_000)
def _areas(patterns: frozenset[Pattern]) -> Scope:
    return areas_of(patterns)


@lru_cache(maxsize=100_000)
def _meeting(pattern: Pattern, others: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """What the pattern has in common with each of the others, of those that it has something in common with."""
    if others == (EVERYWHERE,):
        return (pattern,)
    return tuple(common for each in others if (common := meet(pattern, each)) is not None)


def _fixed(sets: Mapping[Key, set[Pattern]]) -> dict[Key, tuple[Pattern, ...]]:
    return {key: _widest(patterns) for key, patterns in sets.items()}


def _widest(patterns: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """The patterns that lie in no other one."""
    every = sorted(set(patterns))
    if EVERYWHERE in every:
        return (EVERYWHERE,)
    if len(every) == 1:
        return tuple(every)
    return tuple(one for one in every if not any(other != one and covers(other, one) for other in every))


def given_by(assignments: Iterable[Assignment]) -> Given:
    """What assignments, all of them taken as valid, give, whoever to."""
    return frozenset((each.role, each.pattern) for each in assignments)


def new_conflicts(before: Iterable[Conflict], after: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """What a change brings to somebody: the risks that were none of theirs, and known ones where they were not yet."""
    known = {conflict.risk.name: conflict.areas for conflict in before}
    found = (Conflict(each.risk, each.areas - known.get(each.risk.name, EMPTY)) for each in after)
    return tuple(each for each in found if not each.areas.is_empty)


# --------------------------------------------------------------------------------------------------------- mitigations


def unmitigated(conflict: Conflict, mitigations: Iterable[Mitigation], day: date) -> Scope:
    """The areas of somebody's conflict that none of their mitigations covers on a day."""
    covered = areas_of(each.pattern for each in mitigations if each.risk == conflict.risk.name and day <= each.expires_on)
    return conflict.areas - covered


def mitigation_of(conflict: Conflict, mitigations: Iterable[Mitigation], day: date) -> Mitigation | None:
    """What keeps somebody's conflict bearable on a day: of the mitigations that cover all its areas together, those that last
    longest taken first, the one that ends first. None where an area is left.
    """
    left = conflict.areas
    lasting = [each for each in mitigations if each.risk == conflict.risk.name and day <= each.expires_on]
    for each in sorted(lasting, key=lambda one: (one.expires_on, one.key), reverse=True):
        left = left - each.areas
        if left.is_empty:
            return each
    return None


@dataclass(frozen=True, slots=True)
class MitigationCase:
    """What decides whether somebody's conflict is mitigated, apart from policy."""

    user: str
    by: str
    owner: str
    owner_kind: UserKind
    owner_locked: bool


MITIGATION_RULES = (  # reason, field, holds when
    ("OWN_CONFLICT", "user", lambda case: case.user != case.by),
    ("OWNER_CONCERNED", "owner", lambda case: case.owner != case.user),
    ("OWNER_NO_EMPLOYEE", "owner", lambda case: case.owner_kind is UserKind.EMPLOYEE),
    ("OWNER_LOCKED", "owner", lambda case: not case.owner_locked),
)


def refusals_to_mitigate(case: MitigationCase) -> tuple[Refusal, ...]:
    """Every reason against it, in the order of the table; empty when it may be mitigated."""
    return tuple(Refusal(reason, field) for reason, field, holds in MITIGATION_RULES if not holds(case))


def faults_of_mitigation(control: str, expires_on: date, today: date) -> tuple[Refusal, ...]:
    """What is wrong with its control, or with the day it ends."""
    faults = []
    if not control.strip():
        faults.append(Refusal("CONTROL_EMPTY", "control"))
    if len(control) > LONGEST_CONTROL:
        faults.append(Refusal("TEXT_TOO_LONG", "control", {"found": len(control), "most": LONGEST_CONTROL}))
    if expires_on <= today:
        faults.append(Refusal("MITIGATION_OVER", "expiresOn"))
    if expires_on > today + LONGEST_MITIGATION:
        faults.append(Refusal("MITIGATION_TOO_LONG", "expiresOn", {"most": LONGEST_MITIGATION.days}))
    return tuple(faults)
