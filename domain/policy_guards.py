"""What stands between an administrator and the policy: where one may grant, never to oneself, and what takes two.

Administration has a scope of its own. Business rights of the administrator are never asked for, and gaining any is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.activity import Activity, Effect, Reach
from domain.administration import LEAST_ADMINISTRATORS, administrators
from domain.areas import EVERYWHERE, Pattern, pattern_of, text_of
from domain.errors import Refusal
from domain.policy import Assignment, Policy, PolicyState, next_change, valid_ones
from domain.policy_change import Difference, PolicyChangeStatus
from domain.policy_operations import Operation, PolicyOperationKind, camel_kind
from domain.scope import Scope, over
from domain.simulation import changed_rights, rights_between, rights_changed_in

ADMINISTRATION = frozenset({"user", "role_assignment", "role_rule", "policy_change", "sod_rule"})
WATCHING = frozenset({Activity.DISPLAY, Activity.DISPLAY_CHANGES})

OPEN_TO_PARTNERS = frozenset({"enterprise_structure", "material"})
"""What everybody who orders has to see: no record of it is anybody's own."""

ScopeOf = Callable[[str, Activity], Scope]

_K, _A = PolicyOperationKind, Activity
NEEDED: Mapping[PolicyOperationKind, tuple[tuple[str, Activity], ...]] = {
    _K.ALLOW: (("role_rule", _A.CREATE),),
    _K.DENY: (("role_rule", _A.CREATE),),
    _K.REVOKE: (("role_rule", _A.DELETE),),
    _K.ASSIGN: (("role_assignment", _A.CREATE),),
    _K.UNASSIGN: (("role_assignment", _A.DELETE),),
    _K.CHANGE_VALIDITY: (("role_assignment", _A.CREATE), ("role_assignment", _A.DELETE)),
    _K.CREATE_ROLE: (("role_rule", _A.CREATE),),
    _K.RENAME_ROLE: (("role_rule", _A.CHANGE),),
    _K.CHANGE_TEXTS: (("role_rule", _A.CHANGE),),
    _K.RETIRE_ROLE: (("role_rule", _A.DELETE),),
    _K.INHERIT: (("role_rule", _A.CHANGE),),
    _K.DISINHERIT: (("role_rule", _A.CHANGE),),
}
"""The rights that an operation takes over each of its areas; over all areas where it has none of its own."""
OF_USERS = frozenset({_K.ASSIGN, _K.UNASSIGN, _K.CHANGE_VALIDITY})
GIVING = frozenset({_K.ASSIGN, _K.CHANGE_VALIDITY})


@dataclass(frozen=True, slots=True)
class ChangeCase:
    """What decides, apart from policy, whether somebody may take a policy change a step further."""

    status: PolicyChangeStatus
    editors: frozenset[str]
    approver: str | None
    by: str
    needs_second: bool


_S = PolicyChangeStatus
MAY_FOLLOW: Mapping[str, frozenset[PolicyChangeStatus]] = {
    "editPolicyChange": frozenset({_S.DRAFT, _S.REJECTED}),
    "rebasePolicyChange": frozenset({_S.DRAFT, _S.SUBMITTED, _S.APPROVED, _S.SCHEDULED}),
    "submitPolicyChange": frozenset({_S.DRAFT}),
    "approvePolicyChange": frozenset({_S.SUBMITTED}),
    "rejectPolicyChange": frozenset({_S.SUBMITTED, _S.APPROVED, _S.SCHEDULED}),
    "withdrawPolicyChange": frozenset({_S.DRAFT, _S.SUBMITTED, _S.APPROVED, _S.SCHEDULED, _S.REJECTED}),
    "activatePolicyChange": frozenset({_S.DRAFT, _S.SUBMITTED, _S.APPROVED, _S.SCHEDULED}),
}
"""The statuses in which each command may be carried out."""


SECONDED = frozenset({_S.SUBMITTED, _S.APPROVED, _S.SCHEDULED})


def refusals_of_step(command: str, case: ChangeCase) -> tuple[Refusal, ...]:
    """Every reason against the step; empty when it may be taken."""
    possible = case.status in MAY_FOLLOW[command]
    rules = (
        ("CHANGE_STATUS", possible),
        ("CHANGE_OWN", command not in ("approvePolicyChange", "rejectPolicyChange") or case.by not in case.editors),
        (
            "CHANGE_NEEDS_SECOND",
            command != "activatePolicyChange" or not (case.needs_second and possible) or _is_seconded(case),
        ),
    )
    return tuple(Refusal(code, "policyChange", {"status": case.status.value}) for code, holds in rules if not holds)


def refusals_of_reach(
    operations: Sequence[Operation], before: PolicyState, after: PolicyState, scope: ScopeOf
) -> tuple[Refusal, ...]:
    """What lies outside of the administration that somebody has, operation by operation. `scope` is theirs."""
    administrative = administrative_roles(before.policy) | administrative_roles(after.policy)
    found: list[Refusal] = []
    for place, operation in enumerate(operations):
        path = f"operations.{place}.{camel_kind(operation.kind)}"
        needed = NEEDED[operation.kind]
        if operation.kind in OF_USERS and operation.role in administrative:
            needed = (*needed, ("role_rule", Activity.CHANGE))
        for field, pattern in _patterns(operation):
            limit = _highest(after.policy, operation)
            for object, activity in needed:
                if over(pattern, limit) not in scope(object, activity):
                    values = {"object": object, "activity": activity.name, "areas": text_of(pattern)}
                    found.append(Refusal("OUTSIDE_ADMINISTRATION", f"{path}.{field}" if field else path, values))
    return tuple(found)


def refusals_of_self(
    operations: Sequence[Operation],
    before: PolicyState,
    after: PolicyState,
    apart: Difference,
    actors: Iterable[str],
    at: datetime,
) -> tuple[Refusal, ...]:
    """Nobody grants to themselves, by whatever way: no actor has any right after that they had not before.

    Not now, nor whenever one of their assignments begins or ends, as a denial may; nor with validity left aside.
    """
    found: list[Refusal] = []
    for actor in sorted(set(actors)):
        own = [
            Refusal("GRANT_TO_ONESELF", f"operations.{place}.{camel_kind(each.kind)}.user", {"user": actor})
            for place, each in enumerate(operations)
            if each.kind in GIVING and each.user == actor
        ]
        found += own or _gains(actor, before, after, apart, at)
    return tuple(found)


def refusals_of_partners(before: PolicyState, after: PolicyState, partners: frozenset[str]) -> tuple[Refusal, ...]:
    """Partners are given nothing on the records of others: what is theirs is theirs alone, whoever administers them."""
    had = dict.fromkeys(_beyond_own(before, partners))
    return tuple(
        Refusal("PARTNER_BEYOND_OWN", "operations", {"user": user, "role": role, "object": object})
        for user, role, object in dict.fromkeys(_beyond_own(after, partners))
        if (user, role, object) not in had
    )


def needs_second(apart: Difference, before: PolicyState, after: PolicyState, standard: frozenset[str]) -> bool:
    """Whether it takes a second administrator: it changes administration itself, or a standard role."""
    administrative = administrative_roles(before.policy) | administrative_roles(after.policy)
    return (
        bool(apart.roles & standard)
        or any(each.role in administrative for each in apart.assignments)
        or any(role in administrative and changed_rights(before.policy, after.policy, role) for role in administrative)
        or bool(apart.roles & administrative)
    )


def administrative_roles(policy: Policy) -> frozenset[str]:
    """The roles that bring a right of administration beyond looking, inherited ones too."""
    return frozenset(
        role
        for role in policy.roles
        if any(object in ADMINISTRATION and activity not in WATCHING for object, activity in policy.lines_by_right(role))
    )


def refusals_of_lockout(before: PolicyState, after: PolicyState, at: datetime, usable: frozenset[str]) -> tuple[Refusal, ...]:
    """At least two administrators are left, now and whenever a validity begins or ends."""
    administrative = administrative_roles(before.policy) | administrative_roles(after.policy)
    concerned = [each for each in (*before.assignments, *after.assignments) if each.role in administrative]
    for instant in _instants(concerned, at):
        left = len(administrators(after.policy, after.assignments, instant, usable))
        there = len(administrators(before.policy, before.assignments, instant, usable))
        if left < LEAST_ADMINISTRATORS and left < there:
            values = {"least": LEAST_ADMINISTRATORS, "found": left, "instant": instant.isoformat()}
            return (Refusal("TOO_FEW_ADMINISTRATORS", "operations", values),)
    return ()


def _beyond_own(state: PolicyState, partners: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    wide: dict[str, list[str]] = {}
    for each in state.assignments:
        if each.user in partners:
            if each.role not in wide:
                lines = state.policy.lines_of(each.role)
                allowed = (line for line in lines if line.effect is Effect.ALLOW and line.reach is Reach.ALL)
                wide[each.role] = sorted({line.object for line in allowed} - OPEN_TO_PARTNERS)
            yield from ((each.user, each.role, object) for object in wide[each.role])


def _patterns(operation: Operation) -> Iterator[tuple[str, Pattern]]:
    if not operation.sales_areas:
        yield "", EVERYWHERE
    for place, area in enumerate(operation.sales_areas):
        yield f"salesAreas.{place}", pattern_of(area)


def _highest(policy: Policy, operation: Operation) -> Decimal | None:
    """The highest limit that an operation gives; None where it gives something without limit, or nothing at all."""
    if operation.kind is PolicyOperationKind.ALLOW:
        return operation.limit
    if operation.kind not in GIVING:
        return None
    limits = [line.limit for line in policy.lines_of(operation.role) if line.effect is Effect.ALLOW]
    return None if None in limits or not limits else max(limit for limit in limits if limit is not None)


def _gains(actor: str, before: PolicyState, after: PolicyState, apart: Difference, at: datetime) -> list[Refusal]:
    old, new = ([each for each in state.assignments if each.user == actor] for state in (before, after))
    changed = rights_changed_in(before.policy, after.policy, apart.roles)
    compared = [(old, new), *((valid_ones(old, instant), valid_ones(new, instant)) for instant in _instants(old + new, at))]
    gained = dict.fromkeys(
        f"{object} {activity.name}"
        for held, to_hold in compared
        for object, activity, had, has in rights_between(before.policy, after.policy, held, to_hold, changed)
        if not (has - had).is_empty
    )
    return [Refusal("GAIN_FOR_ONESELF", "operations", {"user": actor, "rights": ", ".join(gained)})] if gained else []


def _instants(assignments: Sequence[Assignment], at: datetime) -> Iterator[datetime]:
    """This instant, and those after it at which one of the assignments begins or ends."""
    instant: datetime | None = at
    while instant is not None:
        yield instant
        instant = next_change(assignments, instant)


def _is_seconded(case: ChangeCase) -> bool:
    """Whether somebody who wrote nothing of it has agreed: by approving it, or by making live what waits for a decision."""
    second = case.by if case.status is _S.SUBMITTED else case.approver
    return case.status in SECONDED and second is not None and second not in case.editors
