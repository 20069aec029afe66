"""Policy changes: drafting, deciding, activating and rolling back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from api.auth import policy_store as store
from api.auth.records import partner_usernames, usable_usernames, visible_users
from api.auth.standard import catalogue, segregation, standard_policy
from api.auth.users import speaking_for
from api.execution import global_id
from api.execution.command import Work, again_if_moved, command, given
from api.execution.journal import recording
from api.execution.pages import column_of
from api.execution.reads import Reads
from api.resolvers.segregation import open_mitigations
from api.resolvers.session import refuse_key
from api.settings import zone
from domain.activity import Activity
from domain.areas import ANY, Area
from domain.caller import Caller
from domain.errors import Conflict, Forbidden, Invalid, Problem, Refusal, Unavailable, refuse_if_any
from domain.policy import PolicyState
from domain.policy_change import (
    LONGEST_REASON,
    Difference,
    PolicyChangeStatus,
    areas_of,
    difference,
    met,
    operations_between,
    touched,
)
from domain.policy_guards import (
    needs_second,
    refusals_of_lockout,
    refusals_of_partners,
    refusals_of_reach,
    refusals_of_self,
    refusals_of_step,
)
from domain.policy_operations import Operation, applied, camel_kind, from_json, to_json, users_named
from domain.simulation import conflict_changes, refusals_of_conflicts
from models.policy import PolicyChange

OBJECT = "policy_change"


@dataclass(frozen=True)
class Drafted:
    """A change worked out against a state of the policy."""

    operations: tuple[Operation, ...]
    before: PolicyState
    after: PolicyState
    apart: Difference

    @property
    def needs_second(self) -> bool:
        return needs_second(self.apart, self.before, self.after, frozenset(standard_policy().roles))

    @property
    def area(self) -> tuple[str, str, str]:
        """The narrowest pattern that covers all that the change touches."""
        parts = zip(*areas_of(self.apart), strict=True)
        organization, channel, division = (codes[0] if len(set(codes)) == 1 else ANY for codes in parts)
        return organization, channel, division


# ----------------------------------------------------------------------------------------------------------- commands


async def create_policy_change(operations: Sequence[Operation], caller: Caller | None, input: Any) -> PolicyChange:
    """Draft a change. Raises Invalid, Forbidden (OUTSIDE_ADMINISTRATION), Refused (to oneself), naming the operation."""
    async with command(caller, input, "createPolicyChange") as work:
        return await draft(work, operations, input.reason)


async def edit_policy_change(operations: Sequence[Operation], caller: Caller | None, input: Any) -> PolicyChange:
    """Put other operations in a draft's place. Raises what `create_policy_change` does, NotFound, Conflict."""
    async with command(caller, input, "editPolicyChange") as work:
        change = await _step(work, input, "editPolicyChange", Activity.CHANGE)
        drafted = await _worked_out(work, operations)
        await _check(work, drafted, {work.caller.username})
        _keep(change, drafted, work)
        work.demand_in(Area(drafted.area), OBJECT, Activity.CHANGE)
        if given(input.reason) and input.reason is not None:
            change.reason = _reason(input.reason)
        change.status, change.rejected_by, change.rejection_reason = PolicyChangeStatus.DRAFT, None, None
        await work.save(change)
    return change


async def submit_policy_change(caller: Caller | None, input: Any) -> PolicyChange:
    """Ask for a decision. Raises NotFound, Conflict, Forbidden, Refused."""
    async with command(caller, input, "submitPolicyChange") as work:
        change = await _step(work, input, "submitPolicyChange", Activity.CHANGE)
        change.status, change.submitted_by = PolicyChangeStatus.SUBMITTED, work.caller.username
        await work.save(change)
    return change


async def approve_policy_change(caller: Caller | None, input: Any) -> PolicyChange:
    """Agree to what somebody else drafted. Raises NotFound, Conflict, Forbidden, Refused."""
    async with command(caller, input, "approvePolicyChange") as work:
        refuse_key(work.caller)
        change = await _step(work, input, "approvePolicyChange", Activity.APPROVE)
        drafted = await _worked_out(work, change.read_operations())
        await _check(work, drafted, {work.caller.username})
        change.status, change.approved_by = PolicyChangeStatus.APPROVED, work.caller.username
        await work.save(change)
    return change


async def reject_policy_change(caller: Caller | None, input: Any) -> PolicyChange:
    """Turn down what somebody else drafted. Raises NotFound, Conflict, Forbidden, Invalid, Refused."""
    async with command(caller, input, "rejectPolicyChange") as work:
        change = await _step(work, input, "rejectPolicyChange", Activity.APPROVE)
        change.rejection_reason = _reason(input.reason)
        change.status, change.rejected_by = PolicyChangeStatus.REJECTED, work.caller.username
        await work.save(change)
    return change


async def withdraw_policy_change(caller: Caller | None, input: Any) -> PolicyChange:
    """Give a change up. Raises NotFound, Conflict, Forbidden, Refused."""
    async with command(caller, input, "withdrawPolicyChange") as work:
        change = await _step(work, input, "withdrawPolicyChange", Activity.CHANGE)
        change.status = PolicyChangeStatus.WITHDRAWN
        await work.save(change)
    return change


async def rebase_policy_change(caller: Caller | None, input: Any) -> PolicyChange:
    """Bring a change onto the policy of now.

    Raises Conflict, operation by operation, where somebody else has changed the same meanwhile, unless `keepMine` is said;
    and what no longer applies, whatever is said. A change that met such conflicts has to be submitted again.
    """
    async with command(caller, input, "rebasePolicyChange") as work:
        change = await _step(work, input, "rebasePolicyChange", Activity.CHANGE)
        if change.base_version == work.state.version:
            raise Invalid.because("BASE_IS_NEWEST", "policyChange")
        drafted = await _worked_out(work, change.read_operations())
        await _check(work, drafted, {work.caller.username})
        conflicts = await _met_meanwhile(work, change, drafted)
        if conflicts and not input.keep_mine:
            raise Conflict(*conflicts)
        editors = change.edited_by
        _keep(change, drafted, work)
        if conflicts:
            change.status = PolicyChangeStatus.DRAFT
        else:  # what was decided still stands, and whoever asked has written nothing
            change.edited_by = editors
        await work.save(change)
    return change


async def activate_policy_change(caller: Caller | None, input: Any) -> PolicyChange:
    """Let a change be the policy, now or at a time. Raises NotFound, Conflict, Forbidden, Invalid, Refused."""
    async with command(caller, input, "activatePolicyChange") as work:
        refuse_key(work.caller)
        change = await _step(work, input, "activatePolicyChange", Activity.RELEASE)
        if given(input.at) and input.at is not None:
            await _schedule(work, change, input.at)
        else:
            await _activate(work, change)
    return change


async def roll_back_policy(caller: Caller | None, input: Any) -> PolicyChange:
    """Make the policy what it was at a version: as a change that is activated at once, or waits for a second administrator.

    Raises Forbidden, Invalid, Refused.
    """
    async with command(caller, input, "rollBackPolicy") as work:
        refuse_key(work.caller)
        work.demand_in(Area((ANY, ANY, ANY)), OBJECT, Activity.REVERSE)
        if not 1 <= input.to_version <= work.state.version:
            raise Invalid.because("VERSION_UNKNOWN", "toVersion", value=input.to_version)
        now = await store.state_at(work.connection, work.state.version)
        then = await store.state_at(work.connection, input.to_version)
        change = await draft(work, operations_between(now, then), input.reason)
        change.submitted_by = work.caller.username
        if change.needs_second:
            change.status = PolicyChangeStatus.SUBMITTED
            await work.save(change)
        else:
            await _activate(work, change)
    return change


# ------------------------------------------------------------------------------------------------------------ by steps


async def _step(work: Work, input: Any, name: str, activity: Activity) -> PolicyChange:
    """The change that a command takes a step further, locked. Raises NotFound, Conflict, Forbidden, Refused."""
    version = getattr(input, "version", None)
    change = await work.lock(
        PolicyChange, "PolicyChange", input.policy_change, "policyChange", version=version if given(version) else None
    )
    await work.demand(change, activity)
    refuse_if_any(refusals_of_step(name, change.case(work.caller.username)))
    return change


def demand_drafting(work: Work) -> None:
    """Raise Forbidden for who drafts nowhere, before anything that they say is held against the policy."""
    if work.authority.scope(OBJECT, Activity.CREATE).is_empty:
        raise Forbidden.because("FORBIDDEN", None, object=OBJECT, activity=Activity.CREATE.name)


async def draft(work: Work, operations: Sequence[Operation], reason: str) -> PolicyChange:
    """Store operations as a draft of the caller's, if they may say all that. Raises Invalid, Forbidden, Refused."""
    demand_drafting(work)
    drafted = await _worked_out(work, operations)
    change = PolicyChange(reason=_reason(reason), created_by=work.caller.username, created_at=work.now, edited_by=[], version=1)
    await _check(work, drafted, {work.caller.username})
    _keep(change, drafted, work)
    work.demand_in(Area(drafted.area), OBJECT, Activity.CREATE)
    await work.create(change)
    return change


async def _worked_out(work: Work, operations: Sequence[Operation]) -> Drafted:
    """The operations on the policy of now. Raises Invalid with every refusal, naming its operation."""
    if not operations:
        raise Invalid.because("LIST_EMPTY", "operations")
    named = users_named(operations)
    seen = await visible_users(work.connection, work.authority, named)
    before = await store.state_at(work.connection, work.state.version)
    after, refusals = applied(before, operations, catalogue(), frozenset(user.username for user in seen))
    refuse_if_any(refusals, Invalid)
    apart = difference(before, after)
    if apart.is_empty:
        raise Invalid.because("NOTHING_TO_CHANGE", "operations")
    return Drafted(tuple(operations), before, after, apart)


async def _check(work: Work, drafted: Drafted, actors: set[str]) -> None:
    """Nobody grants beyond their administration, to themselves, or partners more than is theirs. Raises Forbidden, Refused."""
    refuse_if_any(refusals_of_reach(drafted.operations, drafted.before, drafted.after, work.authority.scope), Forbidden)
    refuse_if_any(refusals_of_self(drafted.operations, drafted.before, drafted.after, drafted.apart, actors, work.now))
    refuse_if_any(refusals_of_partners(drafted.before, drafted.after, await partner_usernames(work.connection)))


def _keep(change: PolicyChange, drafted: Drafted, work: Work) -> None:
    change.operations = [to_json(operation) for operation in drafted.operations]
    change.base_version = work.state.version
    change.needs_second = drafted.needs_second
    change.sales_organization, change.distribution_channel, change.division = drafted.area
    change.edited_by = sorted({*change.edited_by, work.caller.username})
    change.failure = None


async def _met_meanwhile(work: Work, change: PolicyChange, drafted: Drafted) -> list[Refusal]:
    """The operations about something that somebody else has changed since the draft was made."""
    base = await store.state_at(work.connection, change.base_version)
    theirs = touched(difference(base, drafted.before))
    found = []
    for place, operation in enumerate(drafted.operations):
        both = met(operation, theirs)
        if both:
            about = "; ".join(sorted(" ".join(each) for each in both))
            path = f"operations.{place}.{camel_kind(operation.kind)}"
            found.append(Refusal("CHANGED_MEANWHILE", path, {"about": about, "version": work.state.version}))
    return found


async def _schedule(work: Work, change: PolicyChange, at: datetime) -> None:
    if at <= work.now:
        raise Invalid.because("INSTANT_PAST", "at", value=at.isoformat())
    await _refuse_activation(work, change, at)
    change.status, change.scheduled_for, change.scheduled_by = PolicyChangeStatus.SCHEDULED, at, work.caller.username
    change.failure = None
    await work.save(change)


async def _activate(work: Work, change: PolicyChange) -> None:
    """Alone with the policy from here on: whatever is decided next is decided by the new version."""
    await work.hold_commits()
    await work.refuse_if_moved()
    drafted = await _refuse_activation(work, change, work.now)

    async def write(version: int) -> None:
        await store.store_difference(work.connection, version, drafted.apart)

    version = await store.next_version(work.connection, work.caller.username, change.reason, write)
    change.status, change.policy_version, change.failure = PolicyChangeStatus.ACTIVE, version, None
    change.activated_by, change.activated_at = work.caller.username, work.now
    await work.save(change)
    work.moves_policy_to(version)


async def _refuse_activation(work: Work, change: PolicyChange, at: datetime) -> Drafted:
    """Everything that is held against a change at the moment it is to be live. Raises Conflict, Invalid, Forbidden, Refused."""
    if change.base_version != work.state.version:
        raise Conflict.because("POLICY_MOVED_ON", "policyChange", base=change.base_version, current=work.state.version)
    drafted = await _worked_out(work, change.read_operations())
    change.needs_second = drafted.needs_second
    refuse_if_any(refusals_of_step("activatePolicyChange", change.case(work.caller.username)))
    await _check(work, drafted, {*change.actors, work.caller.username})
    usable = await usable_usernames(work.connection)
    refuse_if_any(refusals_of_lockout(drafted.before, drafted.after, at, usable))
    await _refuse_conflicts(work, drafted, at)
    return drafted


async def _refuse_conflicts(work: Work, drafted: Drafted, at: datetime) -> None:
    """Duties that nobody should hold together are kept apart, or mitigated first, as the level of the risk demands. Raises
    Refused.
    """
    changes = conflict_changes(segregation(), drafted.before, drafted.after, drafted.apart, at)
    ids = [user.id for user in await visible_users(work.connection, work.authority, [each.user for each in changes])]
    mitigations = await open_mitigations(work.connection, ids)
    refuse_if_any(refusals_of_conflicts(segregation(), changes, mitigations, at.astimezone(zone()).date()))


def _reason(text: str) -> str:
    """Why, for the history. Raises Invalid."""
    reason = text.strip()
    if not reason:
        raise Invalid.because("TEXT_EMPTY", "reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid.because("TEXT_TOO_LONG", "reason", most=LONGEST_REASON, found=len(reason))
    return reason


# ------------------------------------------------------------------------------------------------------------ on time


@dataclass(frozen=True, slots=True)
class _Due:
    """The input of a step that nobody sends."""

    policy_change: str
    version: int | None = None
    at: datetime | None = None
    keep_mine: bool = False


async def activate_due() -> bool:
    """Make live the change whose time has come first, by the rights of who said so; tells whether there was one.

    One that stands on an older version is rebased where nobody else has touched the same. What cannot be live is kept with the
    reasons, and waits for a decision.
    """
    due = await PolicyChange.filter(status=PolicyChangeStatus.SCHEDULED, scheduled_for__lte=datetime.now(timezone.utc))
    if not due:
        return False
    change = min(due, key=lambda each: (each.scheduled_for, each.id))
    assert change.scheduled_by is not None  # the database holds it so
    step = _Due(global_id.encode("PolicyChange", change.id))
    try:
        async with speaking_for(change.scheduled_by, f"policy-change-{change.id}") as caller:
            try:
                await again_if_moved(lambda: activate_policy_change(caller, step))
            except Conflict:
                await again_if_moved(lambda: rebase_policy_change(caller, step))
                await again_if_moved(lambda: activate_policy_change(caller, step))
    except Unavailable:
        return False
    except Problem as problem:
        await _keep_failure(change, problem)
    return True


async def _keep_failure(change: PolicyChange, problem: Problem) -> None:
    async with recording(by=str(change.scheduled_by), request_id=f"policy-change-{change.id}") as journal:
        waiting = await PolicyChange.filter(id=change.id, status=PolicyChangeStatus.SCHEDULED).select_for_update().first()
        if waiting is None:  # another process has made it live
            return
        journal.keep(waiting)
        waiting.status = PolicyChangeStatus.APPROVED if waiting.approved_by else PolicyChangeStatus.SUBMITTED
        waiting.scheduled_for = waiting.scheduled_by = None
        waiting.failure = [{"reason": each.reason, "field": each.field, "values": each.values} for each in problem.refusals]
        await journal.save(waiting)


async def failures(reads: Reads, keys: Sequence[int]) -> list[tuple[Refusal, ...]]:
    """Why visible changes could not be made live at their time, in the order of the keys."""
    found = await column_of(reads, PolicyChange, "failure", keys)
    return [tuple(Refusal(each["reason"], each["field"], each["values"]) for each in _parsed(stored)) for stored in found]


async def operations_of(reads: Reads, keys: Sequence[int]) -> list[tuple[Operation, ...]]:
    """The operations of visible changes, in the order of the keys."""
    found = await column_of(reads, PolicyChange, "operations", keys)
    return [tuple(map(from_json, _parsed(each))) for each in found]


async def version_of(reads: Reads, key: int) -> int | None:
    """The policy version that a visible change has become."""
    (version,) = await column_of(reads, PolicyChange, "policy_version", [key])
    return version  # type: ignore[no-any-return]


def _parsed(stored: Any) -> list[dict[str, Any]]:
    if stored is None:
        return []
    return json.loads(stored) if isinstance(stored, str) else stored  # type: ignore[no-any-return]
