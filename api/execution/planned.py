"""Planned reads: a query's root fields, one statement each, the database's bytes put together as they come.

The variables are coerced by graphql-core and the arguments by Strawberry, as the reference does it. Then a plan is looked up by
document, operation, what shapes the SQL, and the caller's authority; only the values are bound anew. Each statement
brings the state it was answered in along; if that is not the state the plan was made for, everything is thrown away.
Whatever cannot be planned, or goes wrong, is left to the reference executor, whose errors are the right ones.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import strawberry
from cachetools import LRUCache
from graphql import FieldNode, GraphQLError, GraphQLNonNull, OperationDefinitionNode, get_argument_values, get_variable_values
from graphql.execution.values import VariableValues
from strawberry.types.arguments import convert_arguments

from api.auth.authority import Authority, current, known_authority, state_in
from api.execution.conditions import operands
from api.execution.conditions import shape as shape_of
from api.execution.directives import left_out_by
from api.execution.documents import Prepared
from api.execution.mapping import KEY, Column, column_type_of, mapping_of
from api.execution.masks import masked_fields
from api.execution.plan import AllShape, PageShape, Planner, RowShape, Shape, Statement, Unplannable
from api.execution.reads import Pool
from api.execution.requests import AllRequest, Asked, PageRequest, Request, RowRequest, Sort, SortKey, fingerprint, read_cursor
from domain.caller import Caller
from domain.errors import Problem

MOST_PLANS = 2000
TRIES = 5


class Unanswered(Exception):
    """The reference executor has to answer."""


@dataclass(frozen=True, slots=True)
class Root:
    """One planned root field."""

    key: bytes
    nullable: bool
    statement: Statement


@dataclass(frozen=True, slots=True)
class Plan:
    """All root fields of an operation, and the masks, for one authority and one shape of values."""

    roots: tuple[Root, ...]
    extensions: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """One root field's statement, for people and benches to look at."""

    name: str
    sql: str
    values: tuple[Any, ...]


class PlannedReads:
    """Answers queries of one schema from plans."""

    def __init__(self, schema: strawberry.Schema, pool: Pool | None = None, generic: Pool | None = None) -> None:
        """`generic` gives connections that plan once for all values: for statements whose values do not change the plan."""
        self._schema = schema
        self._core = schema._schema
        self._pool = pool
        self._generic = generic
        self._plans: LRUCache[Hashable, Plan] = LRUCache(maxsize=MOST_PLANS)
        self._texts: LRUCache[str, str] = LRUCache(maxsize=MOST_PLANS)
        self._roots: dict[str, tuple[Asked, Any]] = {}
        for name, core_field in (self._core.query_type.fields if self._core.query_type else {}).items():
            field = core_field.extensions.get("strawberry-definition")
            asked = field.metadata.get(KEY) if field is not None else None
            if isinstance(asked, Asked):
                self._roots[name] = (asked, field)

    async def answer(
        self, prepared: Prepared, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None, caller: Caller | None
    ) -> bytes:
        """The whole answer as JSON. Raises Unanswered where the reference executor has to give it."""
        if caller is None or self._pool is None:
            raise Unanswered
        asked = self._asked(prepared, operation, variables or {})
        try:
            parts = [_split(request) for request in asked.requests]
        except Problem as why:
            raise Unanswered from why
        shapes, late = [shape for shape, _ in parts], [values for _, values in parts]
        pool = self._pool if self._generic is None or any(map(_looks_at_values, shapes)) else self._generic
        connection = await pool.acquire()
        try:
            authority = known_authority(caller)
            for _ in range(TRIES):
                if authority is None:
                    authority, _state = await current(connection, caller)
                plan = self._plan(prepared, operation, asked, tuple(shapes), authority)
                answers = await _run(connection, plan, late, caller, authority)
                if answers is not None:
                    return _joined(plan, answers)
                authority = None
        except (Unplannable, Problem) as why:
            raise Unanswered from why
        finally:
            await pool.release(connection)
        raise Unanswered

    def shown(
        self,
        prepared: Prepared,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any] | None,
        authority: Authority,
        session: tuple[int, int],
    ) -> tuple[Shown, ...]:
        """The statements that an operation would be answered by, with their values. Raises Unanswered, Unplannable, Problem."""
        asked = self._asked(prepared, operation, variables or {})
        parts = [_split(request) for request in asked.requests]
        plan = self._plan(prepared, operation, asked, tuple(shape for shape, _ in parts), authority)
        return tuple(
            Shown(name, root.statement.text, tuple(root.statement.bound(late, session)))
            for name, root, (_, late) in zip(asked.fields, plan.roots, parts, strict=True)
        )

    def _asked(self, prepared: Prepared, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> _AskedFor:
        """The root fields and what they ask for. Raises Unanswered."""
        coerced = get_variable_values(self._core, operation.variable_definitions or (), dict(variables))
        if isinstance(coerced, list):
            raise Unanswered
        values = coerced.coerced
        left_out = left_out_by(operation, values)
        selector = Planner(self._core, prepared.fragments, left_out, None)  # type: ignore[arg-type]  # only selects
        fields = selector.merged([operation.selection_set], self._core.query_type)
        requests: list[Request | None] = []
        for nodes in fields.values():
            root = self._roots.get(nodes[0].name.value)
            if root is None:
                raise Unanswered
            requests.append(self._request(root, nodes[0], coerced))
        shown = tuple(values.get(name) for name in prepared.conditional_variables)
        return _AskedFor(fields, requests, left_out, shown)

    def _request(self, root: tuple[Asked, Any], node: FieldNode, coerced: VariableValues) -> Request | None:
        asked, field = root
        core_field = self._core.query_type.fields[node.name.value]  # type: ignore[union-attr]  # there is one
        try:
            values = get_argument_values(core_field, node, coerced)
            converter = self._schema.schema_converter
            return asked.request(**convert_arguments(values, field.arguments, converter.scalar_registry, self._schema.config))
        except (GraphQLError, Problem) as why:
            raise Unanswered from why

    def _plan(
        self,
        prepared: Prepared,
        operation: OperationDefinitionNode,
        asked: _AskedFor,
        shapes: tuple[Shape, ...],
        authority: Authority,
    ) -> Plan:
        key = (prepared.key, operation.name and operation.name.value, asked.conditions, shapes, authority.key)
        known = self._plans.get(key)
        if known is None:
            known = self._plans[key] = self._make(prepared, operation, asked, shapes, authority)
        return known

    def _make(
        self,
        prepared: Prepared,
        operation: OperationDefinitionNode,
        asked: _AskedFor,
        shapes: tuple[Shape, ...],
        authority: Authority,
    ) -> Plan:
        roots = []
        for (name, nodes), shape in zip(asked.fields.items(), shapes, strict=True):
            core_type = self._core.query_type.fields[nodes[0].name.value].type  # type: ignore[union-attr]  # there is one
            planner = Planner(self._core, prepared.fragments, asked.left_out, authority)
            made = planner.statement(shape, nodes, core_type)
            text = self._texts.setdefault(made.text, made.text)
            nullable = not isinstance(core_type, GraphQLNonNull)
            roots.append(Root(json.dumps(name).encode() + b":", nullable, Statement(text, made.values)))
        masked = masked_fields(self._core, prepared.fragments, operation, asked.left_out, authority)
        extensions = b""
        if masked:
            extensions = b',"extensions":' + json.dumps({"masked": masked}, separators=(",", ":")).encode()
        return Plan(tuple(roots), extensions)


@dataclass(frozen=True, slots=True)
class _AskedFor:
    fields: dict[str, list[FieldNode]]
    requests: list[Request | None]
    left_out: Any
    conditions: tuple[Any, ...]


async def _run(
    connection: Any, plan: Plan, late: Sequence[Sequence[Any]], caller: Caller, authority: Authority
) -> list[bytes] | None:
    """Each root field's bytes; None if they were answered in another state than the plan's."""
    session = (caller.session_id, caller.user_id)
    answers = []
    for root, values in zip(plan.roots, late, strict=True):
        row = await connection.fetchrow(root.statement.text, *root.statement.bound(values, session))
        if not authority.holds_in(state_in(row)):
            return None
        answer = row["answer"]
        if answer is None or (answer == b"null" and not root.nullable):
            raise Unanswered
        answers.append(answer)
    return answers


def _joined(plan: Plan, answers: Sequence[bytes]) -> bytes:
    data = b",".join(root.key + answer for root, answer in zip(plan.roots, answers, strict=True))
    return b'{"data":{' + data + b"}" + plan.extensions + b"}"


def _split(request: Request | None) -> tuple[Shape, list[Any]]:
    """A request's shape, and the values that are bound late. Raises Problem for a cursor that is none."""
    match request:
        case PageRequest(cls, first, after, order, condition):
            values = [] if condition is None else list(operands(condition))
            shaped = None if condition is None else shape_of(condition, count())
            cursor = None
            if after is not None:
                sorted_by = _cursor_keys(cls, order)
                found = read_cursor(after, sorted_by, fingerprint(mapping_of(cls).name, sorted_by))
                cursor = tuple(value is not None for value in found)
                values += [value for value in found if value is not None]
            return PageShape(cls, first, order, shaped, cursor), values
        case RowRequest(cls, column, value):
            return RowShape(cls, column), [value]
        case AllRequest(cls, order_by):
            return AllShape(cls, order_by), []
        case None:
            return None, []


def _looks_at_values(shape: Shape) -> bool:
    """Whether PostgreSQL should look at the values before it plans: conditions may be met by many rows or by few."""
    return isinstance(shape, PageShape) and shape.condition is not None


def _cursor_keys(cls: type, order: Sequence[Sort]) -> list[SortKey]:
    """What a cursor of this order holds, without the SQL."""
    mapping = mapping_of(cls)
    keys = []
    for sort in order:
        column = mapping.fields[sort.python_name].mapping
        assert isinstance(column, Column)
        nullable = column.right is not None or mapping.is_nullable(column.expression)
        keys.append(SortKey(sort.python_name, "", column_type_of(mapping, column), sort.descending, nullable))
    backwards = bool(keys) and all(key.descending for key in keys)
    return [*keys, SortKey("", "", mapping.column_type(mapping.key), backwards, False)]
