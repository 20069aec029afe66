"""What a policy change would do before it is live: worked out on the policy and the data of now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api.auth import policy_store as store
from api.auth.records import Places, only_areas_decide, places_of, rows_reached, usable_usernames, visible_users
from api.auth.standard import catalogue, segregation
from api.execution.pages import column_of
from api.execution.reads import Reads
from api.resolvers.policy_changes import operations_of
from domain.activity import Activity, Reach
from domain.errors import Refusal
from domain.policy_change import PolicyChangeStatus, difference
from domain.policy_guards import refusals_of_lockout
from domain.policy_operations import Operation, applied
from domain.scope import Region, Scope
from domain.segregation import Conflict
from domain.simulation import AccessChange, conflict_changes, simulated
from models.policy import PolicyChange

OVER = frozenset({PolicyChangeStatus.ACTIVE, PolicyChangeStatus.REJECTED, PolicyChangeStatus.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Reached:
    """A part of what a user gains or loses, with the number of records that it newly opens, or closes."""

    user: str
    object: str
    activity: Activity
    region: Region
    rows: int


@dataclass(frozen=True, slots=True)
class Conflicting:
    """A conflict of duties of one user, in the areas that are new, or no longer, in conflict."""

    user: str
    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a change would do if it were live."""

    gains: tuple[Reached, ...]
    losses: tuple[Reached, ...]
    conflicts: tuple[Conflicting, ...]
    resolved_conflicts: tuple[Conflicting, ...]
    left_without: tuple[str, ...]
    unheld_roles: tuple[str, ...]
    lockout: bool
    problems: tuple[Refusal, ...]


async def simulations(reads: Reads, keys: Sequence[int]) -> list[Simulation | None]:
    """What visible changes would do to the policy of now, in the order of the keys; None for those that are over."""
    statuses = await column_of(reads, PolicyChange, "status", keys)
    at = await column_of(reads, PolicyChange, "scheduled_for", keys)
    drafts = await operations_of(reads, keys)
    return [
        None if status is None or PolicyChangeStatus(status) in OVER else await _simulation(reads, operations, instant)
        for status, instant, operations in zip(statuses, at, drafts, strict=True)
    ]


async def _simulation(reads: Reads, operations: Sequence[Operation], instant: datetime | None) -> Simulation:
    authority, state = await reads.authority(), await reads.state()
    at = max(state.now, instant or state.now)
    async with reads.connection() as connection:
        before = await store.state_at(connection, state.version)
        ids = {user.username: user.id for user in await visible_users(connection, authority)}
        after, problems = applied(before, operations, catalogue(), frozenset(ids))
        apart = difference(before, after)
        found = simulated(before, after, apart, at)
        changes = [each for each in found.changes if each.user in ids]
        rows = _Rows(connection, ids)
        gains = [each for change in changes for each in await rows.of(change, change.gain, change.after, change.before)]
        losses = [each for change in changes for each in await rows.of(change, change.loss, change.before, change.after)]
        usable = await usable_usernames(connection)
    conflicts = [each for each in conflict_changes(segregation(), before, after, apart, at) if each.user in ids]
    locked_out = refusals_of_lockout(before, after, at, usable)
    return Simulation(
        tuple(gains),
        tuple(losses),
        tuple(Conflicting(each.user, conflict) for each in conflicts for conflict in each.appearing),
        tuple(Conflicting(each.user, conflict) for each in conflicts for conflict in each.vanishing),
        tuple(user for user in found.left_without if user in ids),
        found.unheld_roles,
        bool(locked_out),
        (*problems, *locked_out),
    )


class _Rows:
    """Counts records, each question once: users whose scopes are alike share the answer where nothing is their own.

    Where only areas decide, the records of an object are looked at once, and not again for each user.
    """

    def __init__(self, connection: Any, ids: dict[str, int]) -> None:
        self._connection = connection
        self._ids = ids
        self._known: dict[Any, int] = {}
        self._places: dict[str, Places] = {}

    async def of(self, change: AccessChange, difference: Scope, reached: Scope, but: Scope) -> list[Reached]:
        """The regions of a difference, each with the records that lie there and are reached by the one and not the other."""
        found = []
        for region in difference.regions():
            owned = region.reach is Reach.OWN or any(
                level.own != level.others for scope in (reached, but) for level in scope.levels
            )
            key = (change.object, change.activity, region, reached, but, change.user if owned else None)
            if key not in self._known:
                self._known[key] = await self._count(change, reached, but, replace(region, limit=None).scope())
            found.append(Reached(change.user, change.object, change.activity, region, self._known[key]))
        return found

    async def _count(self, change: AccessChange, reached: Scope, but: Scope, within: Scope) -> int:
        object, activity = change.object, change.activity
        if activity is Activity.CREATE or not only_areas_decide(object, reached, but, within):
            user_id = self._ids[change.user]
            return await rows_reached(
                self._connection, object, activity, reached=reached, but=but, within=within, user_id=user_id
            )
        if object not in self._places:
            self._places[object] = await places_of(self._connection, object)
        return self._places[object].reached(activity, reached=reached, but=but, within=within)
