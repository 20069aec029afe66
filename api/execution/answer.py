"""One operation, answered: prepared, within limits, executed in one snapshot, again if the policy moved meanwhile."""

from __future__ import annotations

import json
import logging
from asyncio import timeout
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import strawberry
from asyncpg import InterfaceError
from cachetools import LRUCache
from graphql import DocumentNode, ExecutionResult, GraphQLError

from api.auth.traces import note_used
from api.database import AWAY, is_away
from api.execution.directives import left_out_by
from api.execution.displays import record
from api.execution.documents import Documents, Faulty, GraphQLRequest, Prepared, Ready
from api.execution.masks import masked_fields
from api.execution.planned import Answered, PlannedReads, Unanswered
from api.execution.reads import Reads
from api.execution.refusals import note
from api.execution.uses import rights_shown_by
from domain.caller import Caller
from domain.errors import ErrorCode, Invalid, Problem, Refusal, Unauthenticated, Unavailable
from domain.messages import text_of

log = logging.getLogger("sdgraph.answer")
TRIES = 5
MOST_READY = 32_000_000
"""In bytes, for the documents of all requests that are kept ready."""


class Asking(Protocol):
    """What the executor needs of a request's context."""

    reads: Reads
    caller: Caller | None
    language: str
    request_id: str
    document: DocumentNode | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: `ran` tells whether execution began at all, for the HTTP status."""

    body: dict[str, Any] | bytes
    ran: bool
    operation: str = "invalid"
    unavailable: bool = False


@dataclass(slots=True)
class Executor:
    """Answers operations of one schema."""

    schema: strawberry.Schema
    documents: Documents
    planned: PlannedReads | None = None
    tries: int = field(default=TRIES)
    most_seconds: float | None = None
    """How long a query may take; a command is not broken off."""
    _ready: LRUCache[GraphQLRequest, Ready] = field(default_factory=lambda: LRUCache(MOST_READY, getsizeof=Ready.size))

    async def answer(self, asked: GraphQLRequest, context: Asking, *, only_query: bool) -> Answer:
        """Carry out one operation. Raises OnlyQueries for a mutation where only queries are allowed."""
        ready = self._ready.get(asked)
        if ready is None:
            try:
                ready = self.made_ready(asked)
            except Faulty as faulty:
                return _refused(faulty.errors, context)
            if ready.is_query:
                self._ready[asked] = ready
        if ready.kind == "subscription":
            return _refused([_as_error(Invalid.because("STREAM_NEEDED"))], context)
        if only_query and not ready.is_query:
            raise OnlyQueries
        return await self.carry_out(asked, ready, context)

    async def carry_out(self, asked: GraphQLRequest, ready: Ready, context: Asking) -> Answer:
        """Answer a query or carry out a command that is ready, and give back what it read by."""
        try:
            async with timeout(self.most_seconds if ready.is_query else None):
                return await self._answer(asked, ready, context)
        except TimeoutError:
            problem = Unavailable.because("ANSWER_TOO_SLOW", None, most=f"{self.most_seconds:g}")
        except Exception as fault:
            if not is_away(fault):
                raise
            problem = Unavailable.because("DATABASE_AWAY")
        finally:
            with suppress(*AWAY, InterfaceError):  # a connection that is gone needs no giving back
                await context.reads.close()
        return Answer(_unanswered(problem, context), ran=False, operation=ready.kind, unavailable=True)

    def made_ready(self, asked: GraphQLRequest) -> Ready:
        """Prepared, with its variables coerced and its cost within the limit. Raises Faulty."""
        prepared = self.documents.prepare(asked.query)
        if prepared.errors:
            raise Faulty(prepared.errors)
        operation = prepared.operation(asked.operation_name)
        if operation is None:
            raise Faulty([_no_operation(prepared, asked.operation_name)])
        return Ready(prepared, operation, self.documents.variables(prepared, operation, asked.variables))

    async def _answer(self, asked: GraphQLRequest, ready: Ready, context: Asking) -> Answer:
        kind = ready.kind
        for _ in range(self.tries):
            part = await self._planned(ready, context)
            if part is not None and part.whole:
                await self._record(part, context)
                return Answer(part.joined({}), True, kind)
            if part is not None and part.holes:
                part = await self._filled(part, asked, ready, context)
            if part is not None and part.whole:
                if not await self._moved(part, context):
                    await self._record(part, context)
                    return Answer(part.joined({}), True, kind)
                await context.reads.start_over()
                continue
            context.document = ready.prepared.document if part is None else part.rest
            variables = dict(asked.variables or {})
            result = await self.schema.execute(asked.query, variables, context, operation_name=asked.operation_name)
            ran = not _is_request_error(result)
            if kind != "query" or not ran or not await self._moved(part, context):
                for error in result.errors or ():
                    note(context.caller, context.request_id, error.original_error)
                await self._record(part, context)
                if part is not None and result.data is not None and not result.errors:
                    return Answer(part.joined(result.data), True, kind)
                body = _body(result, part, context, ran)
                masked = await self._masked(ready, context) if ran else []
                if ran and part is None:
                    await self._note_uses(ready, context)
                if masked:
                    body.setdefault("extensions", {})["masked"] = masked
                return Answer(body, ran, kind, any(is_away(error.original_error) for error in result.errors or ()))
            await context.reads.start_over()
        return Answer(_unanswered(Unavailable.because("POLICY_MOVED"), context), False, kind, unavailable=True)

    async def _planned(self, ready: Ready, context: Asking) -> Answered | None:
        """What of a query is answered from plans; None if the reference executor has to answer it all."""
        if self.planned is None or not ready.is_query:
            return None
        try:
            return await self.planned.answer(ready, context.caller)
        except Unanswered:
            return None

    async def _filled(self, part: Answered, asked: GraphQLRequest, ready: Ready, context: Asking) -> Answered | None:
        """A planned answer with its holes filled; None if the reference executor has to say why that cannot be."""
        assert self.planned is not None
        try:
            return await self.planned.filled(part, ready, asked.variables, context)
        except Unanswered:
            return None

    async def _record(self, part: Answered | None, context: Asking) -> None:
        """Keep who is shown what is protected; if that fails, it is not shown."""
        displays = context.reads.displays.union(part.displays if part is not None else ())
        if displays and context.caller is not None:
            await record(context.caller, displays)

    async def _moved(self, part: Answered | None, context: Asking) -> bool:
        """Whether what was read is no answer: the state has changed since, or was another one for the planned part."""
        if part is not None and context.reads.version not in (None, part.version):
            return True
        return await context.reads.moved()

    async def _masked(self, ready: Ready, context: Asking) -> list[str]:
        if context.caller is None:
            return []
        try:
            authority = await context.reads.authority()
        except Unauthenticated:
            return []
        left_out = left_out_by(ready.operation, ready.variables.coerced)
        fragments, core = ready.prepared.fragments, self.schema._schema
        return masked_fields(core, fragments, ready.operation, left_out, authority, ready.variables)

    async def _note_uses(self, ready: Ready, context: Asking) -> None:
        if context.caller is None:
            return
        with suppress(Unauthenticated):
            authority = await context.reads.authority()
            left_out = left_out_by(ready.operation, ready.variables.coerced)
            fragments = ready.prepared.fragments
            uses = rights_shown_by(self.schema._schema, fragments, ready.operation, left_out, authority)
            note_used(context.caller.user_id, uses)


class OnlyQueries(Exception):
    """A mutation was sent by a method that only reads."""


def format_error(error: GraphQLError, context: Asking) -> dict[str, Any]:
    """The error as a client sees it: localized if it is ours, plain if it is GraphQL's, and nothing of the inside."""
    formatted = dict(error.formatted)
    extensions: dict[str, Any] = {"requestId": context.request_id}
    original = error.original_error
    if isinstance(original, Problem):
        refusal = original.refusals[0]
        formatted["message"] = text_of(refusal, context.language)
        extensions |= {"code": original.code.value, "reason": refusal.reason}
        extensions |= {"argument": refusal.field} if refusal.field else {}
        extensions |= {key: refusal.values[key] for key in ("object", "activity", "salesArea") if key in refusal.values}
    elif original is None or isinstance(original, GraphQLError):
        extensions["code"] = "INVALID"
    elif is_away(original):
        formatted["message"] = text_of(Refusal("DATABASE_AWAY"), context.language)
        extensions |= {"code": ErrorCode.UNAVAILABLE.value, "reason": "DATABASE_AWAY"}
    else:
        log.error("internal error", exc_info=original, extra={"request_id": context.request_id})
        formatted["message"] = text_of(Refusal("INTERNAL", None, {"request": context.request_id}), context.language)
        extensions["code"] = "INTERNAL"
    formatted["extensions"] = extensions
    return formatted


def _refused(errors: list[GraphQLError], context: Asking) -> Answer:
    return Answer({"errors": [format_error(error, context) for error in errors]}, ran=False)


def _unanswered(problem: Problem, context: Asking) -> dict[str, Any]:
    return {"errors": [format_error(GraphQLError(str(problem), original_error=problem), context)]}


def _is_request_error(result: Any) -> bool:
    """Whether nothing was executed: no data, and no error has a path."""
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors)


def _body(result: ExecutionResult | Any, part: Answered | None, context: Asking, ran: bool) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [format_error(error, context) for error in result.errors]
    if ran:
        joins = part is not None and result.data is not None
        body["data"] = json.loads(part.joined(result.data))["data"] if part and joins else result.data  # type: ignore[arg-type]
    return body


def _no_operation(prepared: Prepared, name: str | None) -> GraphQLError:
    if name is not None:
        problem = Invalid.because("OPERATION_UNKNOWN", "operationName", name=name)
    elif prepared.operations:
        problem = Invalid.because("OPERATION_AMBIGUOUS", "operationName")
    else:
        problem = Invalid.because("OPERATION_MISSING", "operationName")
    return _as_error(problem)


def _as_error(problem: Problem) -> GraphQLError:
    return GraphQLError(str(problem), original_error=problem)
