"""Segregation of duties: who is in conflict, what makes it bearable, and the commands that say so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cachetools import LRUCache

from api.auth.authority import Authority
from api.auth.policy_store import all_assignments
from api.auth.records import visible_users
from api.auth.standard import segregation
from api.execution.command import Work, command
from api.execution.reads import Reads
from api.settings import zone
from domain.activity import Activity
from domain.areas import PARTS, Pattern, pattern_of, text_of
from domain.caller import Caller, UserKind
from domain.errors import Forbidden, Invalid, NotFound, Refused, refuse_if_any
from domain.policy import Assignment, Policy, valid_ones
from domain.scope import OWN_EVERYWHERE, Region
from domain.segregation import (
    Conflict,
    Duties,
    Held,
    Mitigation,
    MitigationCase,
    Reaction,
    Risk,
    RiskLevel,
    Segregation,
    areas_of,
    areas_within,
    faults_of_mitigation,
    given_by,
    mitigation_of,
    refusals_to_mitigate,
)
from models.policy import RoleAssignment
from models.segregation import RiskMitigation
from models.user import User

RULES = RiskMitigation.access.object
ASSIGNMENTS = RoleAssignment.access.object
ROLE_RULES = "role_rule"
USERS_AT_A_TIME = 50
"""Between so many, other requests have their turn."""

_duties: LRUCache[int, Duties] = LRUCache(maxsize=1)
"""By policy version: whoever asks for the report again finds every set of roles decided."""


@dataclass(frozen=True, slots=True)
class Told:
    """A conflict of somebody as it is told: a part of its areas, the how-manieth, and what covers all that is told of it."""

    user: str
    conflict: Conflict
    part: Region
    place: int
    mitigation: Mitigation | None


# ------------------------------------------------------------------------------------------------------------ questions


async def rules(reads: Reads) -> Segregation:
    """The rules, for whoever displays them somewhere. Raises Forbidden."""
    authority = await reads.authority()
    _demand_display(authority, RULES)
    return segregation()


@dataclass(frozen=True)
class Report:
    """What the report of conflicts is made of. Users are decided one after another, as far as somebody reads."""

    duties: Duties
    by_user: Mapping[str, Sequence[Assignment]]
    mitigations: Mapping[str, Sequence[Mitigation]]
    bounds: Held
    today: date
    wanted: Callable[[Told], bool]

    async def begun(self, start: Sequence[str]) -> AsyncIterator[tuple[tuple[str, ...], Told]]:
        """The conflicts by user, number of the risk and part, from a user on, each with these as texts."""
        for place, username in enumerate(sorted(each for each in self.by_user if not start or each >= start[0])):
            if place % USERS_AT_A_TIME == 0:
                await asyncio.sleep(0)
            for told in self._of(username):
                yield (username, f"{told.conflict.risk.number:04}", f"{told.place:04}"), told

    def _of(self, username: str) -> Iterator[Told]:
        mine = self.mitigations.get(username, ())
        for whole in self.duties.conflicts(given_by(self.by_user[username])):
            conflict = whole.within(self.bounds)
            if conflict is not None:
                covering = mitigation_of(conflict, mine, self.today) if mine else None
                every = (Told(username, conflict, part, number, covering) for number, part in enumerate(conflict.parts))
                yield from filter(self.wanted, every)


async def conflicts(
    reads: Reads, *, user: str | None, risk: str | None, level: RiskLevel | None, mitigated: bool | None
) -> Report:
    """The conflicts of the users in the caller's sight, where the caller displays rules and assignments. Users who are locked
    can do nothing, and are left out. Raises Forbidden, Invalid (UNKNOWN_RISK).
    """
    authority, state = await reads.authority(), await reads.state()
    _demand_display(authority, RULES)
    _demand_display(authority, ASSIGNMENTS)
    wanted = None if risk is None else _known_risk(risk)
    async with reads.connection() as connection:
        visible = await visible_users(connection, authority, None if user is None else [user])
        assignments = await all_assignments(connection, state.version)
        mitigations = await open_mitigations(connection, [each.id for each in visible])
    open_ones = {each.username for each in visible if not each.locked and each.displayed}
    by_user: dict[str, list[Assignment]] = {}
    for each in valid_ones(assignments, state.now):
        if each.user in open_ones:
            by_user.setdefault(each.user, []).append(each)

    def asked_for(told: Told) -> bool:
        of = told.conflict.risk
        return wanted in (None, of) and level in (None, of.level) and mitigated in (None, told.mitigation is not None)

    bounds = areas_within(authority.scope(RULES) & authority.scope(ASSIGNMENTS))
    return Report(_duties_of(authority.policy), by_user, mitigations, bounds, _day(state.now), asked_for)


async def role_conflicts(reads: Reads) -> tuple[tuple[str, Conflict], ...]:
    """The roles that are a conflict in themselves, for whoever displays rules and roles somewhere. Raises Forbidden."""
    authority = await reads.authority()
    _demand_display(authority, RULES)
    _demand_display(authority, ROLE_RULES)
    duties = _duties_of(authority.policy)
    return tuple((role, each) for role in sorted(authority.policy.roles) for each in duties.role_conflicts(role))


def reaction_to(risk: Risk) -> Reaction:
    """What a new conflict of the risk demands of the policy change that brings it."""
    return segregation().reaction_to(risk)


def _duties_of(policy: Policy) -> Duties:
    if policy.version not in _duties or _duties[policy.version].policy is not policy:
        _duties[policy.version] = Duties(segregation(), policy)
    return _duties[policy.version]


async def open_mitigations(connection: Any, user_ids: Sequence[int]) -> dict[str, list[Mitigation]]:
    """What makes conflicts of these users bearable, by user name, whatever day it ends."""
    rows = await connection.fetch(
        """select m.*, u.username from risk_mitigations m join users u on u.id = m.user_id
           where m.ended_at is null and m.user_id = any($1::bigint[]) order by m.id""",
        list(user_ids),
    )
    found: dict[str, list[Mitigation]] = {}
    for row in rows:
        pattern = Pattern((row["sales_organization"], row["distribution_channel"], row["division"]))
        found.setdefault(row["username"], []).append(Mitigation(row["risk"], pattern, row["expires_on"], row["id"]))
    return found


# ------------------------------------------------------------------------------------------------------------- commands


async def mitigate_risk(caller: Caller | None, input: Any) -> RiskMitigation:
    """Make a conflict of somebody else bearable for a time; it may be one that a policy change is still to bring.

    Raises NotFound, Forbidden, Invalid, Refused (MITIGATION_RULES).
    """
    async with command(caller, input, "mitigateRisk") as work:
        user = await _user(work, input.user, "user")
        pattern = pattern_of(input.sales_area, "salesArea")
        _demand_over(work, pattern, Activity.CREATE)
        risk = _known_risk(input.risk)
        owner = await _user(work, input.owner, "owner")
        refuse_if_any(faults_of_mitigation(input.control, input.expires_on, _day(work.now)), Invalid)
        refuse_if_any(
            refusals_to_mitigate(
                MitigationCase(user.username, work.caller.username, owner.username, owner.kind, owner.locked_at is not None)
            )
        )
        mitigation = RiskMitigation(
            risk=risk.name,
            user_id=user.id,
            **dict(zip(PARTS, pattern, strict=True)),
            owner=owner.username,
            control=input.control.strip(),
            created_by=work.caller.username,
            created_at=work.now,
            expires_on=input.expires_on,
        )
        await work.create(mitigation)
        work.subject = mitigation
    return mitigation


async def end_mitigation(caller: Caller | None, input: Any) -> RiskMitigation:
    """Let a mitigation hold no longer: its conflict is open again. Raises NotFound, Conflict, Forbidden, Refused."""
    async with command(caller, input, "endMitigation") as work:
        mitigation = await work.lock(RiskMitigation, "Mitigation", input.mitigation, "mitigation", version=input.version)
        _demand_over(work, mitigation.pattern, Activity.CHANGE)
        if mitigation.is_over(_day(work.now)):
            raise Refused.because("MITIGATION_ENDED", "mitigation")
        mitigation.end(by=work.caller.username, at=work.now)
        await work.save(mitigation)
    return mitigation


async def _user(work: Work, username: str, path: str) -> User:
    """A user in the caller's sight, by name. Raises NotFound."""
    seen = [each for each in await visible_users(work.connection, work.authority, [username]) if each.displayed]
    if not seen:
        raise NotFound.because("NOT_FOUND", path, what="user")
    return await User.get(id=seen[0].id)


def _demand_over(work: Work, pattern: Pattern, activity: Activity) -> None:
    """The right is needed in every area of the pattern. Raises Forbidden with object, activity and the pattern."""
    if not (areas_of([pattern]) - work.authority.scope(RULES, activity)).is_empty:
        raise Forbidden.because("FORBIDDEN", None, object=RULES, activity=activity.name, salesArea=text_of(pattern))


def _demand_display(authority: Authority, object: str) -> None:
    if authority.caller_kind is UserKind.PARTNER or authority.scope(object) in OWN_EVERYWHERE:
        raise Forbidden.because("FORBIDDEN_QUESTION", None, object=object, activity=Activity.DISPLAY.name)


def _known_risk(name: str) -> Risk:
    risk = segregation().risk(name)
    if risk is None:
        raise Invalid.because("UNKNOWN_RISK", "risk", value=name[:60])
    return risk


def _day(instant: datetime) -> date:
    """The business day of an instant."""
    return instant.astimezone(zone()).date()
