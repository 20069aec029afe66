"""What one signed-in user may, at one policy version and instant: scopes for reading, Casbin's word for acting.

An authority never changes. `current` gives the one that holds now, by the policy version, session and database time
that were read in the same snapshot as whatever is decided with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from cachetools import LRUCache

from api.auth.judge import Judge
from api.auth.policy_store import Connection, assignments_of, forget_policies, policy_at
from domain.activity import Activity
from domain.areas import Area, Pattern, matches
from domain.caller import Caller, UserKind
from domain.errors import Unauthenticated
from domain.policy import Assignment, Grants, Policy, next_change, valid_ones
from domain.scope import Scope

IS_VALID = (
    "(u.valid_from is null or u.valid_from <= clock_timestamp())"
    " and (u.valid_until is null or u.valid_until > clock_timestamp())"
)
"""SQL that holds for a user `u` who has begun and has not ended."""
CAN_SIGN_IN = f"u.locked_at is null and {IS_VALID}"
"""SQL that holds for a user `u` who is let in now, as `domain.users.can_sign_in` has it."""
STATE_COLUMNS = f"""(select max(version) from policy_versions) as version, clock_timestamp() as now,
    (select {CAN_SIGN_IN} and s.ended_at is null and s.expires_at > clock_timestamp()
     from sessions s join users u on u.id = s.user_id where s.id = {{session}} and s.user_id = {{user}}) as signed_in"""
"""The columns that tell on what a decision rests; part of each statement that reads."""
STATE = f"select {STATE_COLUMNS.format(session='$1', user='$2')}"


class Authority:
    """What the user's valid assignments come to under one policy."""

    def __init__(
        self, user_id: int, username: str, kind: UserKind, policy: Policy, assignments: tuple[Assignment, ...], at: datetime
    ) -> None:
        self.user_id = user_id
        self.username = username
        self.caller_kind = kind
        self.policy = policy
        self.assignments = valid_ones(assignments, at)
        self.until = next_change(assignments, at)
        self.key = next(_keys)
        """Tells this authority from every other one that this process has made."""
        self._scopes: dict[tuple[str, Activity], Scope] = {}

    def grants(self, object: str, activity: Activity) -> Grants:
        """The allowances and denials, for showing them."""
        return self.policy.grants(self.assignments, object, activity)

    def scope(self, object: str, activity: Activity = Activity.DISPLAY) -> Scope:
        """Where the user may do this; compiled once."""
        key = (object, activity)
        if key not in self._scopes:
            self._scopes[key] = self.grants(object, activity).scope()
        return self._scopes[key]

    def hindsight(self, object: str) -> Scope:
        """Where the user may see what has become of this: where both it and its changes are displayed."""
        return self.scope(object) & self.scope(object, Activity.DISPLAY_CHANGES)

    def allows(self, area: Area, object: str, activity: Activity, *, own: bool, measure: Decimal | None = None) -> bool:
        """Casbin's decision on one record."""
        judge = _judges.get(self.key)
        if judge is None:
            judge = _judges[self.key] = Judge(self.policy, self.username, self.assignments)
        return judge.allows(area, object, activity, own=own, measure=measure)

    def holds_role(self, role: str, area: Area) -> bool:
        """Whether the user has been given a role, or one that inherits it, in a sales area."""
        return any(matches(each, area) for each in self.patterns_of(role))

    @property
    def roles(self) -> frozenset[str]:
        """The roles that the user has been given, and all that these inherit."""
        return frozenset().union(*(self.policy.reached(each.role) for each in self.assignments))

    def patterns_of(self, role: str) -> tuple[Pattern, ...]:
        """Where the user has been given a role, or one that inherits it."""
        return tuple(each.pattern for each in self.assignments if role in self.policy.reached(each.role))

    def holds(self, at: datetime) -> bool:
        """Whether no assignment has begun or ended since."""
        return self.until is None or at < self.until

    def holds_in(self, state: State) -> bool:
        """Whether this authority is the one to decide by in a state."""
        return state.signed_in and state.version == self.policy.version and self.holds(state.now)


@dataclass(frozen=True, slots=True)
class State:
    """What every decision rests on, read together: policy version, database time, whether the session is open."""

    version: int
    now: datetime
    signed_in: bool


_authorities: LRUCache[int, Authority] = LRUCache(maxsize=10_000)
"""By user: one that is made by a newer policy takes the older one's place, and lets that policy go."""
_judges: LRUCache[int, Judge] = LRUCache(maxsize=100)
"""By authority. Apart and fewer: a judge takes 65 KB, far more than the rest, is made in 2 ms, and only commands ask one."""
_newest = 0
_keys = count(1)


def forget() -> None:
    """Drop what was compiled, when the process turns to another database."""
    _authorities.clear()
    _judges.clear()
    forget_policies()


async def state_of(connection: Connection, caller: Caller) -> State:
    """The state in the connection's current snapshot."""
    return state_in(await connection.fetchrow(STATE, caller.session_id, caller.user_id))


def state_in(row: Any) -> State:
    """The state that a row with `STATE_COLUMNS` tells of."""
    return State(row["version"] or 0, row["now"], bool(row["signed_in"]))


def known_authority(caller: Caller) -> Authority | None:
    """The caller's authority by the newest policy version that this process has seen: a guess, to be held against a state."""
    known = _authorities.get(caller.user_id)
    return known if known is not None and known.policy.version == _newest else None


async def current(connection: Connection, caller: Caller) -> tuple[Authority, State]:
    """The caller's authority by the connection's snapshot. Raises Unauthenticated when the session is over."""
    global _newest
    state = await state_of(connection, caller)
    _newest = state.version
    if not state.signed_in:
        raise Unauthenticated.because("SESSION_OVER")
    known = _authorities.get(caller.user_id)
    if known is None or known.policy.version != state.version or not known.holds(state.now):
        policy = await policy_at(connection, state.version)
        assignments = await assignments_of(connection, caller.user_id, state.version)
        known = Authority(caller.user_id, caller.username, caller.kind, policy, assignments, state.now)
        _authorities[caller.user_id] = known
    return known, state
