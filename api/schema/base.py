"""What all graphs share: Node, errors, payloads, and how an operation reaches the caller, reads and commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Optional

import strawberry
from graphql import DocumentNode
from tortoise import Model

import api.schema.enums  # noqa: F401  # the closed lists, before any type that shows them
from api.auth.tokens import Claims, Tokens
from api.execution.command import Outcome, carry_out
from api.execution.mapping import camel
from api.execution.pages import row_of
from api.execution.reads import Reads
from api.execution.refusals import note
from domain.activity import Activity
from domain.caller import Caller
from domain.errors import ErrorCode, Problem, Refusal
from domain.messages import text_of


@dataclass
class Context:
    """What one request brings along: who asks, the snapshot it reads in, and what goes back beside the answer."""

    reads: Reads
    tokens: Tokens
    caller: Caller | None
    language: str
    address: str
    request_id: str
    cookies: dict[str, str]
    may_use_cookie: bool
    document: DocumentNode | None = None
    """What Strawberry's executor has to answer of the request."""
    set_cookies: list[tuple[str, str, int]] = field(default_factory=list)

    async def become(self, claims: Claims) -> None:
        """Go on as the user who has just signed in."""
        self.caller = caller_of(claims, self.request_id, self.address)
        await self.reads.renew()
        self.reads.caller = self.caller


def caller_of(claims: Claims, request_id: str, address: str) -> Caller:
    """The caller that an access token or an API key names."""
    return Caller(
        claims.user_id,
        claims.username,
        claims.kind,
        claims.session_id,
        claims.locale,
        request_id,
        address,
        claims.api_key,
        claims.read_only,
    )


Info = strawberry.Info[Context, None]


@strawberry.interface(description="Anything with a global id.")
class Node:
    id: strawberry.ID = strawberry.field(description="The global id: opaque, and good for `node(id:)`.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return getattr(value, "is_of", lambda _: isinstance(value, cls))(cls)


@strawberry.type(description="One reason why a command was refused.")
class UserError:
    code: ErrorCode = strawberry.field(description="The kind of refusal.")
    message: str = strawberry.field(description="The refusal in the language of `Accept-Language`.")
    field: Optional[str] = strawberry.field(
        description="Path from the input object, e.g. `items.0.quantity`; null if it is about the whole."
    )
    reason: str = strawberry.field(description="Exactly which refusal it is; stable, for programs.")
    object: Optional[str] = strawberry.field(description="The authorization object that was missing, for FORBIDDEN.")
    activity: Optional[Activity] = strawberry.field(description="The activity that was missing, for FORBIDDEN.")
    sales_area: Optional[str] = strawberry.field(
        description="Where it was missing, if you may see something there, for FORBIDDEN."
    )
    changed_fields: list[str] = strawberry.field(description="The fields changed since your version, for CONFLICT.")


NOTHING = "–"
"""Instead of a list without anything that the caller may know of."""


def user_errors(problem: Problem, language: str) -> list[UserError]:
    """The problem's reasons as the client sees them: the one place where this is done."""
    return [_user_error(problem, refusal, language) for refusal in problem.refusals]


def _user_error(problem: Problem, refusal: Refusal, language: str) -> UserError:
    values = refusal.values
    fields = [camel(name) for name in str(values.get("fields", "")).split(", ") if name]
    told = {"fields": ", ".join(fields) or NOTHING} if "fields" in values else {}
    shown = Refusal(refusal.reason, refusal.field, {**values, **told})
    return UserError(
        code=problem.code,
        message=text_of(shown, language),
        field=None if refusal.field is None else camel(refusal.field),
        reason=refusal.reason,
        object=values.get("object"),
        activity=Activity[values["activity"]] if "activity" in values else None,
        sales_area=values.get("salesArea"),
        changed_fields=fields,
    )


@dataclass(frozen=True)
class Carried:
    """How a command ended, as its payload needs it."""

    outcome: Outcome
    context: Context

    @property
    def errors(self) -> list[UserError]:
        problem = self.outcome.problem
        return [] if problem is None else user_errors(problem, self.context.language)

    async def record(self, cls: type) -> Any:
        """The command's record as the caller may see it now; None after a refusal or `validateOnly`."""
        if self.outcome.record_id is None:
            return None
        return await row_of(self.context.reads, cls, "id", self.outcome.record_id)


Command = Callable[[Caller | None, Any], Awaitable[Model | None]]
"""What carries out a command: who asks, and the input."""


async def carried_out(info: Info, run: Command, input: Any) -> Carried:
    """Carry out a command for the caller; what is read afterwards is read anew."""
    context = info.context
    outcome = await carry_out(lambda: run(context.caller, input), input)
    note(context.caller, context.request_id, outcome.problem)
    await context.reads.renew()
    return Carried(outcome, context)


IDEMPOTENCY_KEY = "Your own key for this command: sent again with the same input, it gives the first success again."
VALIDATE_ONLY = "Check everything and change nothing."
VERSION = "The version you saw; if it was changed since, nothing happens and you get a CONFLICT."
INPUT = strawberry.argument(description="What to do.")


@strawberry.input
class CommandInput:
    """What the input of every command may carry."""

    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)
    validate_only: bool = strawberry.field(default=False, description=VALIDATE_ONLY)


USER_ERRORS = "Why it was refused; empty when it was carried out."


# ------------------------------------------------------------------------------------------------- what is made, not written


def input_made(base: type, name: str, description: str, **fields: tuple[Any, Any]) -> Any:
    """An input with further fields, each with its type: for commands that are alike for several types."""
    return strawberry.input(type(name, (base,), _body(fields)), description=description)


def payload_made(name: str, description: str, **fields: tuple[Any, Any]) -> Any:
    """A payload with these fields, each with its type, and the errors."""
    errors = {"user_errors": (list[UserError], strawberry.field(description=USER_ERRORS))}
    return strawberry.type(type(name, (), _body({**fields, **errors})), description=description)


def _body(fields: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    annotations = {name: type_ for name, (type_, _) in fields.items()}
    return {"__module__": __name__, "__annotations__": annotations, **{name: value for name, (_, value) in fields.items()}}
