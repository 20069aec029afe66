"""Approvals of whatever needs them: their levels, the commands that decide, what is offered, and what waits for the caller."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Optional

import strawberry
from tortoise import Model

from api.execution.conditions import Holds, HoldsRole, MayDo, all_of
from api.execution.mapping import Offer, Permit, column
from api.execution.requests import PageRequest, Sort, page_request
from api.resolvers.approvals import Deciding, by_others
from api.schema.base import INPUT, VERSION, CommandInput, Info, carried_out, input_made, payload_made
from domain.activity import Activity
from domain.caller import Caller

APPROVED = "{row}.approval_status in ('NOT_NEEDED', 'APPROVED')"

Decides = Callable[[Caller | None, Any, str, str], Awaitable[Any]]
"""Decides: who asks, the input, the command's name, and which field of the input names the row."""


@strawberry.type
class ApprovalFields:
    """What every level of approval shows."""

    level: int = column("level", "The level, from 1 on.")
    approver_role: str = column("role", "Which role decides.")
    reason: str = column("because", "Which conditions ask for it.")
    approved: Optional[bool] = column("approved", "What was decided; null while nobody has.")
    decided_by: Optional[str] = column("decided_by", "Who decided.")
    decided_at: Optional[datetime] = column("decided_at", "When.")
    refusal_reason: Optional[str] = column("reason", "Why it was refused; null if it was not.")


def decisions_offered(model: Any, name: str) -> tuple[Offer, ...]:
    """The offers to decide on rows of a model, which are called by a name."""
    decide = (Permit(model.access.object, Activity.APPROVE),)
    return tuple(Offer(f"{verb}{name}", decide, by_others(model), "awaited_role") for verb in ("approve", "refuse"))


def waiting(type_: type, model: type[Model], order: str) -> Callable[..., PageRequest]:
    """The page of a model's rows that wait for the caller's decision, as a type shows them, in the order of a field."""

    def page(first: int, after: str | None = None) -> PageRequest:
        mine = all_of(Holds(by_others(model)), HoldsRole("awaited_role"), MayDo(Activity.APPROVE))
        return page_request(type_, first, after, [Sort(order, False, "orderBy")], mine)

    return page


def decisions(type_: Any, one: str, object: str, words: str, deciding: Deciding[Any]) -> tuple[Any, Any]:
    """The two commands that decide on rows of a type; `one` is what such a row is called as a field."""
    name = type_.__name__
    which = {
        one: (strawberry.ID, strawberry.field(description=f"Which {words}.")),
        "version": (int, strawberry.field(description=VERSION)),
    }
    reason = {"reason": (str, strawberry.field(description="Why."))}
    approving = input_made(CommandInput, f"Approve{name}Input", f"A {words} to approve.", **which)
    refusing = input_made(CommandInput, f"Refuse{name}Input", f"A {words} to refuse.", **which, **reason)
    needs = f"Needs APPROVE on `{object}` in its sales area."
    return (
        decision(
            type_, one, words, f"approve{name}", deciding.approve, approving, f"Approve the level that is waited for. {needs}"
        ),
        decision(type_, one, words, f"refuse{name}", deciding.refuse, refusing, f"Refuse it with the reason. {needs}"),
    )


def decision(type_: Any, one: str, words: str, command: str, run: Decides, input_: Any, description: str) -> Any:
    """A command that gives the row it was about, and nothing else."""
    shown = {one: (Optional[type_], strawberry.field(description=f"The {words} as it is now."))}
    payload = payload_made(f"{command[0].upper()}{command[1:]}Payload", f"What became of `{command}`.", **shown)

    async def carry(info: Info, input: Annotated[input_, INPUT]) -> payload:  # type: ignore[valid-type]
        done = await carried_out(info, lambda caller, given: run(caller, given, command, one), input)
        return payload(**{one: await done.record(type_)}, user_errors=done.errors)

    return strawberry.mutation(carry, description=description)
