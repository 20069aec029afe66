"""Who administers: the rights by which somebody can mend whatever has gone wrong, and how many must be left who can."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from domain.activity import Activity
from domain.policy import Assignment, Policy, valid_ones
from domain.scope import Scope

LEAST_ADMINISTRATORS = 2
ADMINISTRATORS_RIGHTS = (
    ("policy_change", Activity.RELEASE),
    ("role_rule", Activity.CHANGE),
    ("role_assignment", Activity.CREATE),
)
"""Who holds all of these everywhere is an administrator."""

ScopeOf = Callable[[str, Activity], Scope]


def is_administrator(scope_of: ScopeOf) -> bool:
    """Whether these are the rights of an administrator."""
    return all(scope_of(object, activity).is_everything for object, activity in ADMINISTRATORS_RIGHTS)


def administrators(policy: Policy, assignments: Iterable[Assignment], at: datetime, usable: Collection[str]) -> frozenset[str]:
    """The names of the administrators at an instant, of the users who can sign in."""
    counting = roles_that_count(policy)
    given: dict[str, list[Assignment]] = {}
    for each in valid_ones(assignments, at):
        if each.role in counting and each.user in usable:
            given.setdefault(each.user, []).append(each)
    return frozenset(user for user, theirs in given.items() if is_administrator(_scopes(policy, theirs)))


def roles_that_count(policy: Policy) -> frozenset[str]:
    """The roles that allow or deny something of an administrator's rights; no other makes one, or unmakes one."""
    return frozenset(
        role
        for role in policy.roles
        if any(policy.lines_about(role, object, activity) for object, activity in ADMINISTRATORS_RIGHTS)
    )


def _scopes(policy: Policy, assignments: Iterable[Assignment]) -> ScopeOf:
    theirs = tuple(assignments)

    def scope_of(object: str, activity: Activity) -> Scope:
        return policy.grants(theirs, object, activity).scope()

    return scope_of
