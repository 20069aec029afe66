"""What a policy change does to people, before it is live: who gains and who loses which right, where and up to which limit.

The scopes are compiled as live decisions are, from the state before and the state after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from domain.activity import Activity
from domain.areas import text_of
from domain.errors import Refusal
from domain.policy import Assignment, Policy, PolicyState
from domain.policy_change import Difference
from domain.scope import Scope
from domain.segregation import (
    Conflict,
    Duties,
    Mitigation,
    Reaction,
    Segregation,
    given_by,
    new_conflicts,
    unmitigated,
)

Right = tuple[str, Activity]


@dataclass(frozen=True, slots=True)
class AccessChange:
    """One right of one user that differs: its scope before and after."""

    user: str
    object: str
    activity: Activity
    before: Scope
    after: Scope

    @property
    def gain(self) -> Scope:
        """Where it reaches further than before."""
        return self.after - self.before

    @property
    def loss(self) -> Scope:
        """Where it reached further than it will."""
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a change does to people and roles at one instant."""

    changes: tuple[AccessChange, ...]
    left_without: tuple[str, ...]
    """The users who had some right and have none."""
    unheld_roles: tuple[str, ...]
    """The roles that the change makes, or leaves, without anybody who has them."""


def simulated(before: PolicyState, after: PolicyState, apart: Difference, at: datetime) -> Simulated:
    """Everybody's rights at one instant, before and after; users with equal assignments are decided once."""
    concerned = _concerned(before, after, apart)
    old, new = _by_user(before, at, concerned), _by_user(after, at, concerned)
    decided: dict[tuple[frozenset[Assignment], frozenset[Assignment]], tuple[tuple[str, Activity, Scope, Scope], ...]] = {}
    changes: list[AccessChange] = []
    left_without: list[str] = []
    changed = rights_changed_in(before.policy, after.policy, apart.roles)
    for user in sorted(concerned):
        mine, then = old.get(user, ()), new.get(user, ())
        key = (_alike(mine), _alike(then))
        if key not in decided:
            decided[key] = tuple(rights_between(before.policy, after.policy, mine, then, changed))
        changes += [AccessChange(user, *each) for each in decided[key]]
        if _has_rights(before.policy, mine) and not _has_rights(after.policy, then):
            left_without.append(user)
    held_before, held = _held(before), _held(after)
    unheld = {
        role for role in after.policy.roles if role not in held and (role in held_before or role not in before.policy.roles)
    }
    return Simulated(tuple(changes), tuple(left_without), tuple(sorted(unheld)))


@dataclass(frozen=True, slots=True)
class ConflictChange:
    """What becomes of one user's conflicts of duties: those, or the areas of those, that appear and that vanish."""

    user: str
    appearing: tuple[Conflict, ...]
    vanishing: tuple[Conflict, ...]


def conflict_changes(
    rules: Segregation, before: PolicyState, after: PolicyState, apart: Difference, at: datetime
) -> tuple[ConflictChange, ...]:
    """Whose conflicts differ, by user; whatever is assigned for a time to come counts from now on."""
    concerned = _concerned(before, after, apart)
    one, other = Duties(rules, before.policy), Duties(rules, after.policy)
    touched = rules.about(one.rights_apart(other, after.policy.roles.keys() | before.policy.roles.keys()))
    of_rules = Duties(touched, before.policy), Duties(touched, after.policy)
    old, new = _by_user(before, at, concerned, to_come=True), _by_user(after, at, concerned, to_come=True)
    found = []
    for user in sorted(concerned):
        given, later = given_by(old.get(user, ())), given_by(new.get(user, ()))
        duties = of_rules if given == later else (one, other)  # what is given alike differs only by rules that differ
        mine, then = duties[0].conflicts(given), duties[1].conflicts(later)
        if mine != then:
            found.append(ConflictChange(user, new_conflicts(mine, then), new_conflicts(then, mine)))
    return tuple(found)


def refusals_of_conflicts(
    rules: Segregation, changes: Iterable[ConflictChange], mitigations: Mapping[str, Sequence[Mitigation]], day: date
) -> tuple[Refusal, ...]:
    """What the conflicts that appear demand before a change may be live; `mitigations` by user."""
    found: list[Refusal] = []
    for each in changes:
        for conflict in each.appearing:
            left = unmitigated(conflict, mitigations.get(each.user, ()), day)
            blocked = rules.reaction_to(conflict.risk) is Reaction.BLOCK
            if blocked or (rules.reaction_to(conflict.risk) is Reaction.NEEDS_MITIGATION and not left.is_empty):
                areas = conflict.areas if blocked else left
                told = ", ".join(text_of(area) for region in areas.regions() for area in region.areas)
                values = {"user": each.user, "risk": conflict.risk.name, "areas": told}
                found.append(Refusal("CONFLICT_BLOCKED" if blocked else "CONFLICT_UNMITIGATED", "operations", values))
    return tuple(found)


def rights_between(
    old: Policy,
    new: Policy,
    mine: Sequence[Assignment],
    then: Sequence[Assignment],
    changed: Callable[[str], frozenset[Right]],
) -> Iterator[tuple[str, Activity, Scope, Scope]]:
    """The rights of one user whose scopes differ. `changed` tells about which rights a role says something else than before."""
    staying = {(each.role, each.pattern) for each in mine} & {(each.role, each.pattern) for each in then}
    rights: dict[Right, None] = {}
    for policy, given in ((old, mine), (new, then)):
        for each in given:
            if (each.role, each.pattern) not in staying:
                rights |= dict.fromkeys(policy.lines_by_right(each.role))
            else:
                rights |= dict.fromkeys(changed(each.role))
    for object, activity in sorted(rights, key=lambda right: (right[0], right[1].value)):
        before, after = old.grants(mine, object, activity).scope(), new.grants(then, object, activity).scope()
        if before != after:
            yield object, activity, before, after


def rights_changed_in(old: Policy, new: Policy, roles: frozenset[str]) -> Callable[[str], frozenset[Right]]:
    """Tells about which rights a role says something else than before, if only these roles were edited; each role once."""

    @cache
    def changed(role: str) -> frozenset[Right]:
        edited = roles & (old.reached(role) | new.reached(role))
        return changed_rights(old, new, role) if edited else frozenset()

    return changed


def changed_rights(old: Policy, new: Policy, role: str) -> frozenset[Right]:
    """The rights about which a role, with all that it inherits, says something else than before."""
    one, other = old.lines_by_right(role), new.lines_by_right(role)
    return frozenset(right for right in one.keys() | other.keys() if set(one.get(right, ())) != set(other.get(right, ())))


def _concerned(before: PolicyState, after: PolicyState, apart: Difference) -> frozenset[str]:
    """The users whose rights may differ at some time."""
    roles = {
        role
        for policy in (before.policy, after.policy)
        for role in policy.roles
        if apart.roles and not apart.roles.isdisjoint(policy.reached(role))
    }
    holders = (each.user for state in (before, after) for each in state.assignments if each.role in roles)
    return frozenset(holders) | frozenset(each.user for each in apart.assignments)


def _by_user(state: PolicyState, at: datetime, users: frozenset[str], *, to_come: bool = False) -> dict[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    for each in state.assignments:
        if each.user in users and (each.is_valid(at) or (to_come and each.valid_from is not None and at < each.valid_from)):
            found.setdefault(each.user, []).append(each)
    return found


def _alike(assignments: Iterable[Assignment]) -> frozenset[Assignment]:
    """What is assigned, whoever has it and until when."""
    return frozenset(Assignment("", each.role, each.pattern) for each in assignments)


def _has_rights(policy: Policy, assignments: Iterable[Assignment]) -> bool:
    return any(policy.lines_by_right(each.role) for each in assignments)


def _held(state: PolicyState) -> frozenset[str]:
    """The roles that somebody is assigned, at whatever time, and all that these inherit."""
    return frozenset(role for assigned in {each.role for each in state.assignments} for role in state.policy.reached(assigned))
