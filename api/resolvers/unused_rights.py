"""Rights that users hold and do not use: told to themselves and to those who administer them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.auth.records import KnownUser, visible_users
from api.auth.traces import last_uses
from api.execution.reads import Reads
from api.resolvers.policy import administered, demand_administration, moment_of, user_asked_about, within
from api.settings import zone
from domain.activity import Activity
from domain.areas import Pattern
from domain.errors import Invalid
from domain.policy import Assignment, Policy, valid_ones
from domain.scope import EVERYTHING, Scope

MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class UnusedRight:
    """What a user may do with an object and has not done for a while, and when any of it was last done."""

    user: KnownUser
    object: str
    activities: tuple[Activity, ...]
    last_used_on: date | None


async def unused_rights(reads: Reads, days: int, username: str | None) -> tuple[UnusedRight, ...]:
    """The rights that were not used on any of the last days, today included, by user and object; as far as the asker
    administers them. Raises Forbidden, NotFound, Invalid.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid.because("DAYS_RANGE", "days", value=days, most=MOST_DAYS)
    authority = await reads.authority()
    users = await _users(reads, username)
    moment, today = await moment_of(reads, None), (await reads.state()).now.astimezone(zone()).date()
    async with reads.connection() as connection:
        uses = await last_uses(connection, [user.id for user in users])
    given: dict[str, list[Assignment]] = {}
    for each in valid_ones(moment.assignments, moment.at):
        given.setdefault(each.user, []).append(each)
    bounds = {True: EVERYTHING, False: within(administered(authority))}
    known: dict[tuple[bool, frozenset[tuple[str, Pattern]]], dict[str, tuple[Activity, ...]]] = {}
    found: list[UnusedRight] = []
    for user in users:
        theirs, own = given.get(user.username, []), user.username == authority.username
        key = own, frozenset((each.role, each.pattern) for each in theirs)
        if key not in known:  # users with equal assignments are decided once
            known[key] = held_within(moment.policy, theirs, bounds[own])
        for object, activities in known[key].items():
            last = {activity: uses.get((user.id, object, activity)) for activity in activities}
            found += _unused(user, object, last, today - timedelta(days))
    return tuple(found)


def _unused(user: KnownUser, object: str, last: Mapping[Activity, date | None], before: date) -> Iterator[UnusedRight]:
    """What was last used up to and including a day, if there is any."""
    unused = {activity: day for activity, day in last.items() if day is None or day <= before}
    if unused:
        yield UnusedRight(user, object, tuple(unused), max(filter(None, unused.values()), default=None))


def held_within(policy: Policy, assignments: Sequence[Assignment], bound: Scope) -> dict[str, tuple[Activity, ...]]:
    """What assignments, all of them taken as valid, allow somewhere within a scope: by object, the activities in order."""
    rights = sorted(
        {right for each in assignments for right in policy.lines_by_right(each.role)},
        key=lambda right: (right[0], list(Activity).index(right[1])),
    )
    held: dict[str, tuple[Activity, ...]] = {}
    for object, activity in rights:
        if not (policy.grants(assignments, object, activity).scope() & bound).is_empty:
            held[object] = (*held.get(object, ()), activity)
    return held


async def _users(reads: Reads, username: str | None) -> tuple[KnownUser, ...]:
    """The user asked about, or all whom the asker may ask about, by name."""
    authority = await reads.authority()
    if username is not None:
        return (await user_asked_about(reads, authority, username),)
    demand_administration(authority)
    async with reads.connection() as connection:
        return tuple(user for user in await visible_users(connection, authority) if user.displayed)
