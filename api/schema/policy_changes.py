"""Policy changes: drafts of what roles may and who has them, what they would do, and the history of what they became."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Optional

import strawberry

import models
from api.auth.standard import segregation
from api.execution import global_id as global_id_of
from api.execution.mapping import Offer, Permit, column, computed, global_id, mapped, viewer_can
from api.execution.pages import Connection, answered, rows_by
from api.execution.reads import Reads
from api.execution.requests import PageRequest, RowRequest, Sort, asks, page_request
from api.resolvers import policy_changes as resolvers
from api.resolvers import policy_simulation as simulating
from api.schema.base import INPUT, USER_ERRORS, VERSION, CommandInput, Info, Node, UserError, carried_out
from api.schema.policy import User
from api.schema.policy_operations import AREAS, PolicyOperation, PolicyOperationInput, read_operations, shown_operation
from api.schema.scalars import Command as CommandName
from domain.activity import Activity, Reach
from domain.areas import text_of
from domain.errors import Refusal
from domain.messages import text_of as message_of
from domain.policy_change import PolicyChangeStatus
from domain.segregation import Reaction, RiskLevel

NEW = strawberry.UNSET

# ------------------------------------------------------------------------------------------------------------- reading


@strawberry.type(description="What a user gains or loses of one right.")
class AccessDifference:
    user: User = strawberry.field(description="Who.")
    object: str = strawberry.field(description="The authorization object; groups of fields are objects too.")
    activity: Activity = strawberry.field(description="What may, or may no longer, be done.")
    sales_areas: list[str] = strawberry.field(description=AREAS)
    except_sales_areas: list[str] = strawberry.field(description="What is left out of these.")
    reach: Reach = strawberry.field(description="On whose records.")
    limit: Optional[Decimal] = strawberry.field(description="Up to which measure, inclusive; null without limit.")
    rows: int = strawberry.field(
        description="How many records that lie there are newly reached, or no longer: exactly, by live data. 0 for CREATE,"
        " which is about none that there is."
    )


@strawberry.type(description="Two duties that nobody should hold together, and who would, or would no longer: 职责冲突.")
class SimulatedConflict:
    risk: str = strawberry.field(description="The risk.")
    level: RiskLevel = strawberry.field(description="How much harm somebody with both duties can do.")
    reaction: Reaction = strawberry.field(description="What the conflict demands of the change that brings it.")
    user: User = strawberry.field(description="Who.")
    sales_areas: list[str] = strawberry.field(description=AREAS)
    except_sales_areas: list[str] = strawberry.field(description="What is left out of these.")


@strawberry.type(description="What a policy change would do to the policy of now, if it were live.")
class PolicySimulation:
    gains: list[AccessDifference] = strawberry.field(description="What users would gain.")
    losses: list[AccessDifference] = strawberry.field(description="What users would lose.")
    conflicts: list[SimulatedConflict] = strawberry.field(description="The conflicts of duties that would appear.")
    resolved_conflicts: list[SimulatedConflict] = strawberry.field(description="Those that would vanish.")
    left_without: list[User] = strawberry.field(description="The users who would be left without any right.")
    unheld_roles: list[str] = strawberry.field(description="The roles that it makes, or leaves, without anybody who has them.")
    lockout: bool = strawberry.field(description="Whether too few administrators would be left: it cannot be activated then.")
    refusals: strawberry.Private[tuple[Refusal, ...]]

    @strawberry.field(description="What speaks against it as things stand, in your language.")
    def problems(self, info: Info) -> list[str]:
        return [message_of(each, info.context.language) for each in self.refusals]


@strawberry.type(description="Why a policy change could not be made live at its time.")
class ActivationProblem:
    refusal: strawberry.Private[Refusal]

    @strawberry.field(description="Exactly which refusal it is; stable, for programs.")
    def reason(self) -> str:
        return self.refusal.reason

    @strawberry.field(description="The refusal in your language.")
    def message(self, info: Info) -> str:
        return message_of(self.refusal, info.context.language)


async def _failures(reads: Reads, keys: Sequence[int]) -> list[list[ActivationProblem]]:
    return [[ActivationProblem(refusal=each) for each in found] for found in await resolvers.failures(reads, keys)]


async def _operations(reads: Reads, keys: Sequence[int]) -> list[list[PolicyOperation]]:
    found = await resolvers.operations_of(reads, keys)
    return [[shown_operation(each) for each in operations] for operations in found]


async def _simulations(reads: Reads, keys: Sequence[int]) -> list[Optional[PolicySimulation]]:
    return [None if each is None else await _shown(reads, each) for each in await simulating.simulations(reads, keys)]


async def _shown(reads: Reads, simulation: simulating.Simulation) -> PolicySimulation:
    names = {each.user for each in (*simulation.gains, *simulation.losses)} | set(simulation.left_without)
    names |= {each.user for each in (*simulation.conflicts, *simulation.resolved_conflicts)}
    users = await rows_by(reads, User, "username", sorted(names))
    return PolicySimulation(
        gains=_differences(simulation.gains, users),
        losses=_differences(simulation.losses, users),
        conflicts=_conflicts(simulation.conflicts, users),
        resolved_conflicts=_conflicts(simulation.resolved_conflicts, users),
        left_without=[users[name] for name in simulation.left_without if name in users],  # type: ignore[misc]  # rows of the type
        unheld_roles=list(simulation.unheld_roles),
        lockout=simulation.lockout,
        refusals=simulation.problems,
    )


def _differences(reached: Sequence[simulating.Reached], users: Mapping[str, Any]) -> list[AccessDifference]:
    return [
        AccessDifference(
            user=users[each.user],
            object=each.object,
            activity=each.activity,
            sales_areas=[text_of(area) for area in each.region.areas],
            except_sales_areas=[text_of(area) for area in each.region.except_areas],
            reach=each.region.reach,
            limit=each.region.limit,
            rows=each.rows,
        )
        for each in reached
        if each.user in users
    ]


def _conflicts(found: Sequence[simulating.Conflicting], users: Mapping[str, Any]) -> list[SimulatedConflict]:
    return [
        SimulatedConflict(
            risk=each.conflict.risk.name,
            level=each.conflict.risk.level,
            reaction=segregation().reaction_to(each.conflict.risk),
            user=users[each.user],
            sales_areas=[text_of(area) for area in region.areas],
            except_sales_areas=[text_of(area) for area in region.except_areas],
        )
        for each in found
        if each.user in users
        for region in each.conflict.areas.regions()
    ]


_EDITORS = "jsonb_exists({row}.edited_by, {caller})"
_CHANGE, _APPROVE = (Permit("policy_change", Activity.CHANGE),), (Permit("policy_change", Activity.APPROVE),)
_OPEN = "{row}.status in ('DRAFT', 'SUBMITTED', 'APPROVED', 'SCHEDULED')"


@mapped(models.PolicyChange)
@strawberry.type(description="A change of the policy, from its draft to the version that it became: 策略变更.")
class PolicyChange(Node):
    id: strawberry.ID = global_id("The global id.")
    status: PolicyChangeStatus = column("status", "Where it stands.")
    reason: str = column("reason", "Why, in the words of who drafted it.")
    operations: list[PolicyOperation] = computed("Its steps, in their order.", _operations)
    simulation: Optional[PolicySimulation] = computed(
        "What it would do to the policy of now; null once it is live, turned down or given up.", _simulations
    )
    base_version: int = column("base_version", "The policy version that it was drafted on.")
    needs_second: bool = column(
        "needs_second", "Whether a second administrator has to agree: it changes administration or a standard role."
    )
    created_by: str = column("created_by", "The user name of who drafted it.")
    created_at: datetime = column("created_at", "When it was drafted.", order=True)
    submitted_by: Optional[str] = column("submitted_by", "The user name of who asked for a decision.")
    approved_by: Optional[str] = column("approved_by", "The user name of who agreed to it.")
    rejected_by: Optional[str] = column("rejected_by", "The user name of who turned it down.")
    rejection_reason: Optional[str] = column("rejection_reason", "Why it was turned down.")
    scheduled_for: Optional[datetime] = column("scheduled_for", "When it is to be live.")
    activation_problems: list[ActivationProblem] = computed(
        "Why it could not be made live at its time; empty if it could, or was not tried.", _failures
    )
    activated_by: Optional[str] = column("activated_by", "The user name of who made it live.")
    activated_at: Optional[datetime] = column("activated_at", "When it became live.")
    policy_version: Optional[int] = column("policy_version", "The policy version that it became.")
    version: int = column("version", "Counts the changes of this change, for commands.")
    viewer_can: list[CommandName] = viewer_can(
        Offer("editPolicyChange", _CHANGE, "{row}.status in ('DRAFT', 'REJECTED')"),
        Offer(
            "rebasePolicyChange", _CHANGE, f"{_OPEN} and {{row}}.base_version < (select max(v.version) from policy_versions v)"
        ),
        Offer("submitPolicyChange", _CHANGE, "{row}.status = 'DRAFT'"),
        Offer("withdrawPolicyChange", _CHANGE, "{row}.status not in ('ACTIVE', 'WITHDRAWN')"),
        Offer("approvePolicyChange", _APPROVE, f"{{row}}.status = 'SUBMITTED' and not {_EDITORS}"),
        Offer("rejectPolicyChange", _APPROVE, f"{{row}}.status in ('SUBMITTED', 'APPROVED', 'SCHEDULED') and not {_EDITORS}"),
        Offer(
            "activatePolicyChange",
            (Permit("policy_change", Activity.RELEASE),),
            f"{_OPEN} and {{row}}.base_version = (select max(v.version) from policy_versions v) and (not {{row}}.needs_second"
            f" or {{row}}.status in ('APPROVED', 'SCHEDULED') or ({{row}}.status = 'SUBMITTED' and not {_EDITORS}))",
        ),
    )


# ------------------------------------------------------------------------------------------------ inputs and payloads

OPERATIONS = "Its steps, in their order: each sees what those before it did."
CHANGE = "Which policy change."


@strawberry.input(description="A policy change to draft.")
class CreatePolicyChangeInput(CommandInput):
    reason: str = strawberry.field(description="Why, for the history.")
    operations: list[PolicyOperationInput] = strawberry.field(description=OPERATIONS)


@strawberry.input(description="What a draft is to say instead.")
class EditPolicyChangeInput(CommandInput):
    policy_change: strawberry.ID = strawberry.field(description=CHANGE)
    version: int = strawberry.field(description=VERSION)
    operations: list[PolicyOperationInput] = strawberry.field(description=OPERATIONS)
    reason: Optional[str] = strawberry.field(default=NEW, description="Why; left out: as it was.")


@strawberry.input(description="A policy change to take a step further.")
class PolicyChangeStepInput(CommandInput):
    policy_change: strawberry.ID = strawberry.field(description=CHANGE)
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="A policy change to submit.")
class SubmitPolicyChangeInput(PolicyChangeStepInput):
    pass


@strawberry.input(description="A policy change to agree to.")
class ApprovePolicyChangeInput(PolicyChangeStepInput):
    pass


@strawberry.input(description="A policy change to give up.")
class WithdrawPolicyChangeInput(PolicyChangeStepInput):
    pass


@strawberry.input(description="A policy change to turn down.")
class RejectPolicyChangeInput(PolicyChangeStepInput):
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A policy change to bring onto the policy of now.")
class RebasePolicyChangeInput(PolicyChangeStepInput):
    keep_mine: bool = strawberry.field(
        default=False, description="Let this change win where somebody else has changed the same meanwhile."
    )


@strawberry.input(description="A policy change to make live.")
class ActivatePolicyChangeInput(CommandInput):
    policy_change: strawberry.ID = strawberry.field(description=CHANGE)
    version: Optional[int] = strawberry.field(default=NEW, description=VERSION)
    at: Optional[datetime] = strawberry.field(default=NEW, description="When; left out: now.")


@strawberry.input(description="A version to go back to.")
class RollBackPolicyInput(CommandInput):
    to_version: int = strawberry.field(description="The policy is to be what it was at this version.")
    reason: str = strawberry.field(description="Why, for the history.")


@strawberry.type
class PolicyChangePayload:
    policy_change: Optional[PolicyChange] = strawberry.field(description="The policy change as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `createPolicyChange`.")
class CreatePolicyChangePayload(PolicyChangePayload):
    pass


@strawberry.type(description="What became of `editPolicyChange`.")
class EditPolicyChangePayload(PolicyChangePayload):
    pass


@strawberry.type(description="What became of `submitPolicyChange`.")
class SubmitPolicyChangePayload(PolicyChangePayload):
    pass


@strawberry.type(description="What became of `approvePolicyChange`.")
class ApprovePolicyChangePayload(PolicyChangePayload):
    pass


@strawberry.type(description="What became of `rejectPolicyChange`.")
class RejectPolicyChangePayload(PolicyChangePayload):
    pass


@strawberry.type(description="What became of `withdrawPolicyChange`.")
class WithdrawPolicyChangePayload(PolicyChangePayload):
    pass


@strawberry.type(description="What became of `rebasePolicyChange`.")
class RebasePolicyChangePayload(PolicyChangePayload):
    pass


@strawberry.type(description="What became of `activatePolicyChange`.")
class ActivatePolicyChangePayload(PolicyChangePayload):
    policy_version: Optional[int] = strawberry.field(description="The version that it became; null while it is scheduled.")


@strawberry.type(description="What became of `rollBackPolicy`.")
class RollBackPolicyPayload(PolicyChangePayload):
    policy_version: Optional[int] = strawberry.field(
        description="The version that it became; null where a second administrator has to agree first."
    )


def _changes(first: int, after: str | None = None) -> PageRequest:
    return page_request(PolicyChange, first, after, [Sort("created_at", True, "orderBy")])


def _change(id: str) -> RowRequest:
    return RowRequest(PolicyChange, "id", global_id_of.key_of(id, "PolicyChange", "id"))


@strawberry.type
class PolicyChangeQueries:
    @asks(_changes, "The policy changes whose whole reach you may see, the newest first: the history of the policy.")
    async def policy_changes(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
    ) -> Connection[PolicyChange]:
        return await answered(info.context.reads, _changes(first, after))

    @asks(_change, "One policy change; null if there is none that you may see.")
    async def policy_change(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description=CHANGE)]
    ) -> Optional[PolicyChange]:
        return await answered(info.context.reads, _change(id))


@strawberry.type
class PolicyChangeMutations:
    @strawberry.mutation(
        description="Draft a policy change. Needs CREATE on `policy_change`, and the rights of administration"
        " for each step over its areas; nobody grants to themselves."
    )
    async def create_policy_change(
        self, info: Info, input: Annotated[CreatePolicyChangeInput, INPUT]
    ) -> CreatePolicyChangePayload:
        run = partial(resolvers.create_policy_change, read_operations(input.operations))
        return await _carried(info, run, input, CreatePolicyChangePayload)

    @strawberry.mutation(description="Write other steps into a draft, or take up again what was turned down.")
    async def edit_policy_change(self, info: Info, input: Annotated[EditPolicyChangeInput, INPUT]) -> EditPolicyChangePayload:
        run = partial(resolvers.edit_policy_change, read_operations(input.operations))
        return await _carried(info, run, input, EditPolicyChangePayload)

    @strawberry.mutation(description="Ask for a decision on a draft.")
    async def submit_policy_change(
        self, info: Info, input: Annotated[SubmitPolicyChangeInput, INPUT]
    ) -> SubmitPolicyChangePayload:
        return await _carried(info, resolvers.submit_policy_change, input, SubmitPolicyChangePayload)

    @strawberry.mutation(description="Agree to what somebody else drafted. Needs APPROVE on `policy_change`.")
    async def approve_policy_change(
        self, info: Info, input: Annotated[ApprovePolicyChangeInput, INPUT]
    ) -> ApprovePolicyChangePayload:
        return await _carried(info, resolvers.approve_policy_change, input, ApprovePolicyChangePayload)

    @strawberry.mutation(description="Turn down what somebody else drafted. Needs APPROVE on `policy_change`.")
    async def reject_policy_change(
        self, info: Info, input: Annotated[RejectPolicyChangeInput, INPUT]
    ) -> RejectPolicyChangePayload:
        return await _carried(info, resolvers.reject_policy_change, input, RejectPolicyChangePayload)

    @strawberry.mutation(description="Give a policy change up.")
    async def withdraw_policy_change(
        self, info: Info, input: Annotated[WithdrawPolicyChangeInput, INPUT]
    ) -> WithdrawPolicyChangePayload:
        return await _carried(info, resolvers.withdraw_policy_change, input, WithdrawPolicyChangePayload)

    @strawberry.mutation(
        description="Bring a policy change onto the policy of now. Where somebody else has changed the same meanwhile it is a"
        " CONFLICT that names each step, unless `keepMine` is said; then it has to be submitted again."
    )
    async def rebase_policy_change(
        self, info: Info, input: Annotated[RebasePolicyChangeInput, INPUT]
    ) -> RebasePolicyChangePayload:
        return await _carried(info, resolvers.rebase_policy_change, input, RebasePolicyChangePayload)

    @strawberry.mutation(
        description="Make a policy change live, now or at a time: from the answer on nothing is decided by an older policy."
        " Needs RELEASE on `policy_change`; what changes administration or a standard role needs a second administrator."
    )
    async def activate_policy_change(
        self, info: Info, input: Annotated[ActivatePolicyChangeInput, INPUT]
    ) -> ActivatePolicyChangePayload:
        done = await carried_out(info, resolvers.activate_policy_change, input)
        return ActivatePolicyChangePayload(
            policy_change=await done.record(PolicyChange), policy_version=await _version(info, done), user_errors=done.errors
        )

    @strawberry.mutation(
        description="Make the policy what it was at an earlier version, as a policy change that is live at once, or waits for a"
        " second administrator where it needs one. Needs REVERSE on `policy_change` everywhere."
    )
    async def roll_back_policy(self, info: Info, input: Annotated[RollBackPolicyInput, INPUT]) -> RollBackPolicyPayload:
        done = await carried_out(info, resolvers.roll_back_policy, input)
        return RollBackPolicyPayload(
            policy_change=await done.record(PolicyChange), policy_version=await _version(info, done), user_errors=done.errors
        )


async def _carried(info: Info, run: Any, input: Any, payload: Callable[..., Any]) -> Any:
    done = await carried_out(info, run, input)
    return payload(policy_change=await done.record(PolicyChange), user_errors=done.errors)


async def _version(info: Info, done: Any) -> int | None:
    """The policy version that a change has become."""
    if done.outcome.record_id is None:
        return None
    return await resolvers.version_of(info.context.reads, done.outcome.record_id)
