"""Subscriptions: a query that is asked again at every event, by whoever follows, with what they may then.

    subscription { customerChanged { topic customer { number } } }

follows events of customers. At each, `query ($record: ID!) { customer(id: $record) { number } }` is answered as any query is:
planned, in the subscriber's scope of that moment. A row that they may not see gives nothing at all. The stream ends, with an
error that says why, when the session, the token, or the right to see any such row does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry
from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLScalarType,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_argument_values,
    get_named_type,
    print_ast,
    visit,
)
from strawberry.types.arguments import convert_arguments

from api.database import is_away
from api.execution import global_id
from api.execution.answer import Answer, Asking, Executor, OnlyQueries, format_error
from api.execution.directives import left_out_by
from api.execution.documents import Faulty, GraphQLRequest, Ready
from api.execution.feed import Event, Feed, Follower
from api.execution.mapping import KEY, mapping_of
from api.execution.refusals import note
from api.execution.selections import Selections
from domain.activity import Activity
from domain.errors import Bug, ErrorCode, Forbidden, Invalid, Problem, Unauthenticated

AWAY_SECONDS = 1.0
MOST_AT_ONCE = 2
"""Reads of subscribers at a time, so that a burst of events does not hold up everybody else's queries."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The metadata of a root field: the events of which mapped type it follows, and the query that reads one by id.

    `record` reads the arguments into the key of a single row, or None for all of them. The row stands in the field that is
    called as the query is; the others are told by the event.
    """

    cls: type
    query: str
    record: Callable[..., int | None]


TOLD: Mapping[str, Callable[[Event], Any]] = {
    "topic": lambda event: event.topic,
    "version": lambda event: event.record_version,
    "occurredAt": lambda event: event.occurred_at,
}
"""The fields of a change that are told by the event itself."""


def follows(followed: Followed, description: str) -> Any:
    """A root field that follows events."""
    return strawberry.subscription(description=description, metadata={KEY: followed})


class Subscriptions:
    """Answers operations as streams: a subscription at each event, anything else once."""

    def __init__(self, executor: Executor, feed: Feed) -> None:
        self._executor = executor
        self._feed = feed
        self._core = executor.schema._schema
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    async def stream(
        self, asked: GraphQLRequest, contexts: Callable[[], Asking], until: datetime | None, *, only_query: bool = False
    ) -> AsyncGenerator[Answer, None]:
        """The answers as they come. One that did not run is the last: why it did not begin, or has ended.

        `contexts` gives a context for each reading; `until` is when the caller's token expires.
        """
        context = contexts()
        try:
            ready = self._executor.made_ready(asked)
        except Faulty as faulty:
            yield _refused(faulty.errors, context)
            return
        if ready.kind != OperationType.SUBSCRIPTION.value:
            yield await self._once(asked, context, only_query=only_query)
            return
        try:
            if context.caller is None:
                raise Unauthenticated.because("UNAUTHENTICATED")
            reading = _Reading(self._executor.schema, asked, ready)
            self._executor.made_ready(reading.at(0))
            await self._feed.begun()
            with self._feed.followed(context.caller.session_id, reading.wants, until) as follower:
                async with aclosing(self._answers(reading, follower, contexts)) as answers:
                    async for answer in answers:
                        yield answer
        except Faulty as faulty:
            yield _refused(faulty.errors, context)
        except (Problem, GraphQLError) as problem:
            note(context.caller, context.request_id, problem)
            yield _refused([_error(problem)], context)

    async def _once(self, asked: GraphQLRequest, context: Asking, *, only_query: bool) -> Answer:
        try:
            return await self._executor.answer(asked, context, only_query=only_query)
        except OnlyQueries:
            return _refused([_error(Invalid.because("MUTATION_BY_GET"))], context)

    async def _answers(
        self, reading: _Reading, follower: Follower, contexts: Callable[[], Asking]
    ) -> AsyncGenerator[Answer, None]:
        while True:
            event = await follower.next()
            if event is None:
                await self._decide(reading, follower, contexts)
                continue
            answer = await self._answer(reading, event, follower, contexts)
            if answer is not None:
                yield answer

    async def _decide(self, reading: _Reading, follower: Follower, contexts: Callable[[], Asking]) -> None:
        """See that the caller may still see some row of this kind. Raises Unauthenticated, Forbidden."""
        reads = contexts().reads
        try:
            authority = await reads.authority()
        except Exception as fault:
            if not is_away(fault):
                raise
            await asyncio.sleep(AWAY_SECONDS)
            return
        finally:
            await reads.close()
        object = mapping_of(reading.followed.cls).access.object
        if authority.scope(object).is_empty:
            raise Forbidden.because("FORBIDDEN", None, object=object, activity=Activity.DISPLAY.name)
        follower.decided(authority.policy.version, authority.until)

    async def _answer(
        self, reading: _Reading, event: Event, follower: Follower, contexts: Callable[[], Asking]
    ) -> Answer | None:
        """What the caller may know of an event now; None for nothing. Waits for a database that is away."""
        while True:
            async with self._turns:
                query = reading.at(event.record_id)
                found = await self._executor.carry_out(query, self._executor.made_ready(query), contexts())
            if not found.unavailable:
                return reading.told(event, json.loads(found.body) if isinstance(found.body, bytes) else found.body)
            await asyncio.sleep(AWAY_SECONDS)
            follower.refuse_if_over()


class _Reading:
    """One subscription: which events it follows, and the query that each is read by."""

    def __init__(self, schema: strawberry.Schema, asked: GraphQLRequest, ready: Ready) -> None:
        core = schema._schema
        assert core.subscription_type is not None
        left_out = left_out_by(ready.operation, ready.variables.coerced)
        selections = Selections(ready.prepared.fragments, left_out)
        ((self._key, nodes),) = selections.merged([ready.operation.selection_set], core.subscription_type).items()
        core_field = core.subscription_type.fields.get(nodes[0].name.value)
        if core_field is None:
            raise Bug("a subscription of nothing")
        field = core_field.extensions["strawberry-definition"]
        self.followed: Followed = field.metadata[KEY]
        values = get_argument_values(core_field, nodes[0], ready.variables)
        arguments = convert_arguments(values, field.arguments, schema.schema_converter.scalar_registry, schema.config)
        self._record = self.followed.record(**arguments)
        self._type = get_named_type(core_field.type)
        self._is_row = self._type.name == mapping_of(self.followed.cls).name
        """Whether it gives the row itself, and not what has happened to it."""
        self._fields = {self.followed.query: nodes} if self._is_row else selections.of(nodes, self._type)
        date_time = core.type_map["DateTime"]
        assert isinstance(date_time, GraphQLScalarType)
        self._serialized = date_time.serialize
        self._query(asked, ready)

    def wants(self, event: Event) -> bool:
        """Whether the event is one of those followed, as far as that can be said without reading."""
        return event.record_type == mapping_of(self.followed.cls).name and self._record in (None, event.record_id)

    def at(self, record_id: int) -> GraphQLRequest:
        """The query for one record."""
        record = global_id.encode(mapping_of(self.followed.cls).name, record_id)
        return GraphQLRequest(self._text, {**self._variables, self._variable: record})

    def told(self, event: Event, body: dict[str, Any]) -> Answer | None:
        """The event with what was read of its record; None if the caller may not see it. Raises Unauthenticated."""
        for error in body.get("errors", ()):
            if error["extensions"].get("code") == ErrorCode.UNAUTHENTICATED.value:
                raise Unauthenticated.because(error["extensions"]["reason"])
        rows = body.get("data") or {}
        if "errors" not in body and any(row is None for row in rows.values()):
            return None
        given: dict[str, Any] = {key: value for key, value in body.items() if key == "extensions"}
        if "errors" in body:
            skipped = 1 if self._is_row else 0
            given["errors"] = [{**each, "path": [self._key, *each.get("path", ())[skipped:]]} for each in body["errors"]]
            given["data"] = None
        elif self._is_row:
            given["data"] = {self._key: rows[self.followed.query]}
        else:
            given["data"] = {self._key: {key: self._value(nodes[0], key, event, rows) for key, nodes in self._fields.items()}}
        return Answer(given, ran=True, operation=OperationType.SUBSCRIPTION.value)

    def _value(self, node: FieldNode, key: str, event: Event, rows: Mapping[str, Any]) -> Any:
        name = node.name.value
        if name == "__typename":
            return self._type.name
        if name == self.followed.query:
            return rows[key]
        value = TOLD[name](event)
        return self._serialized(value) if isinstance(value, datetime) else value

    def _query(self, asked: GraphQLRequest, ready: Ready) -> None:
        """Write the query: the row's selections under the same response keys, with the fragments and variables they use."""
        wanted = {
            key: nodes for key, nodes in self._fields.items() if self._is_row or nodes[0].name.value == self.followed.query
        }
        definitions = {each.variable.name.value: each for each in ready.operation.variable_definitions or ()}
        self._variable = "record"
        while self._variable in definitions:
            self._variable += "_"
        record = VariableNode(name=NameNode(value=self._variable))
        fields = tuple(
            FieldNode(
                alias=None if key == self.followed.query else NameNode(value=key),
                name=NameNode(value=self.followed.query),
                arguments=(ArgumentNode(name=NameNode(value="id"), value=record),),
                directives=(),
                selection_set=SelectionSetNode(selections=selected),
            )
            for key, selected in (
                {key: _selections(nodes) for key, nodes in wanted.items()}
                or {self.followed.query: (FieldNode(name=NameNode(value="__typename"), arguments=(), directives=()),)}
            ).items()
        )
        used = _Used()
        root = SelectionSetNode(selections=fields)
        visit(root, used)
        fragments: dict[str, FragmentDefinitionNode] = {}
        while used.fragments - fragments.keys():
            for name in sorted(used.fragments - fragments.keys()):
                fragments[name] = ready.prepared.fragments[name]
                visit(fragments[name], used)
        variables = [each for name, each in definitions.items() if name in used.variables]
        id_type = NonNullTypeNode(type=NamedTypeNode(name=NameNode(value="ID")))
        operation = OperationDefinitionNode(
            operation=OperationType.QUERY,
            name=None,
            variable_definitions=(*variables, VariableDefinitionNode(variable=record, type=id_type, directives=())),
            directives=(),
            selection_set=root,
        )
        self._text = "\n".join(print_ast(each) for each in (operation, *fragments.values()))
        sent = asked.variables or {}
        self._variables = {name: sent[name] for name in used.variables if name in sent and name in definitions}


class _Used(Visitor):
    """Finds the fragments and variables that a selection uses."""

    def __init__(self) -> None:
        super().__init__()
        self.fragments: set[str] = set()
        self.variables: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_args: Any) -> None:
        self.fragments.add(node.name.value)

    def enter_variable(self, node: VariableNode, *_args: Any) -> None:
        self.variables.add(node.name.value)


def _selections(nodes: list[FieldNode]) -> tuple[Any, ...]:
    return tuple(each for node in nodes if node.selection_set is not None for each in node.selection_set.selections)


def _error(problem: Problem | GraphQLError) -> GraphQLError:
    return problem if isinstance(problem, GraphQLError) else GraphQLError(str(problem), original_error=problem)


def _refused(errors: list[GraphQLError], context: Asking) -> Answer:
    return Answer({"errors": [format_error(error, context) for error in errors]}, ran=False)
