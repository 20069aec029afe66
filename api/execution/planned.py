"""Planned reads: a query's root fields, one statement each, the database's bytes put together as they come.

The variables are coerced by graphql-core and the arguments by Strawberry, as the reference does it. Then a plan is looked up by
document, operation, what shapes the SQL, and the caller's authority; only the values are bound anew. Each statement
brings the state it was answered in along; if that is not the state the plan was made for, everything is thrown away.
Whatever cannot be planned, or goes wrong, is left to the reference executor, whose errors are the right ones.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import asyncpg
import strawberry
from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
)
from graphql.execution.values import VariableValues
from prometheus_client import Counter
from strawberry.types.arguments import convert_arguments

from api.auth.authority import Authority, current, known_authority, state_in
from api.auth.traces import Right, note_used
from api.execution.conditions import Slot, operands
from api.execution.conditions import shape as shape_of
from api.execution.directives import left_out_by
from api.execution.displays import Display, unmarked
from api.execution.documents import Ready
from api.execution.holes import Holes
from api.execution.json_text import dumped
from api.execution.listing import About
from api.execution.mapping import KEY, column_type_of, compared, mapping_of
from api.execution.masks import masked_fields
from api.execution.plan import AllShape, Hole, PageShape, Planner, RowShape, Shape, Statement, Unplannable, is_indexed_by_area
from api.execution.reads import Pool
from api.execution.requests import AllRequest, Asked, PageRequest, Request, RowRequest, Sort, SortKey, fingerprint, read_cursor
from api.execution.selections import Selections
from api.execution.uses import held, rights_shown_by
from domain.activity import Activity
from domain.caller import Caller
from domain.errors import Problem

log = logging.getLogger("sdgraph.planned")
FAILED = Counter("sdgraph_planned_reads_failed", "Planned reads that the database refused; each is a fault of ours or its own")
MOST_PLANS = 2000
MOST_CHARACTERS = 20_000_000
"""Of SQL in all plans together: room for as many as the customer's detail view, whose SQL is long."""
TRIES = 5
NO_DISPLAYS: frozenset[Display] = frozenset()


class Unanswered(Exception):
    """The reference executor has to answer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The planned root fields of an operation by response key, and the masks, for one authority and one shape of values."""

    statements: Mapping[str, Statement]
    extensions: bytes
    uses: frozenset[Right]
    """The rights by which it shows something."""
    holes: Mapping[str, tuple[Hole, ...]]
    """By response key what the database cannot tell."""
    logged: tuple[str, ...]
    """The response keys whose answers may have marks of displays."""

    def size(self) -> int:
        """The characters of its SQL, and no less than its part of all plans'."""
        return max(sum(len(each.text) for each in self.statements.values()), MOST_CHARACTERS // MOST_PLANS)


@dataclass(frozen=True, slots=True)
class Answered:
    """What the database has answered: each planned root field's bytes, and what is left for the reference executor."""

    heads: Mapping[str, bytes]
    """The root fields by response key, each with its key as JSON."""
    parts: Mapping[str, bytes]
    rest: DocumentNode | None
    """The document with only those root fields of the operation that need Python; None if all are answered."""
    holes: Mapping[str, tuple[Hole, ...]]
    """By response key what is missing within planned root fields."""
    extensions: bytes
    version: int
    displays: frozenset[Display]
    """What it shows that is recorded."""

    @property
    def whole(self) -> bool:
        """Whether nothing is left that needs Python."""
        return self.rest is None and not self.holes

    def joined(self, others: Mapping[str, Any]) -> bytes:
        """The whole answer as JSON, with the root fields that the reference executor has given."""
        data = [head + (self.parts[key] if key in self.parts else dumped(others[key])) for key, head in self.heads.items()]
        return b'{"data":{%b}%b}' % (b",".join(data), self.extensions)


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
        self._plans: LRUCache[Hashable, Plan] = LRUCache(maxsize=MOST_CHARACTERS, getsizeof=Plan.size)
        self._texts: LRUCache[str, str] = LRUCache(maxsize=MOST_CHARACTERS, getsizeof=lambda text: _counted(len(text)))
        self._holes = Holes(self._core)
        self._roots: dict[str, tuple[Asked, Any]] = {}
        for name, core_field in (self._core.query_type.fields if self._core.query_type else {}).items():
            field = core_field.extensions.get("strawberry-definition")
            asked = field.metadata.get(KEY) if field is not None else None
            if isinstance(asked, Asked):
                self._roots[name] = (asked, field)

    async def answer(self, ready: Ready, caller: Caller | None) -> Answered:
        """What can be planned of an operation, answered. Raises Unanswered if the reference executor has to answer it all."""
        if caller is None or self._pool is None:
            raise Unanswered
        asked = self._asked(ready)
        pool = self._pool if self._generic is None or asked.looks_at_values else self._generic
        connection = await pool.acquire()
        try:
            authority = known_authority(caller)
            for _ in range(TRIES):
                if authority is None:
                    authority, _state = await current(connection, caller)
                plan = self._plan(ready, asked, authority)
                parts = await _run(connection, plan, asked, caller, authority)
                if parts is not None:
                    note_used(caller.user_id, plan.uses)
                    rest = _without(ready, asked, parts)
                    parts, displays = _unmarked(plan, parts)
                    return Answered(asked.heads, parts, rest, plan.holes, plan.extensions, authority.policy.version, displays)
                authority = None
        except Problem as why:
            raise Unanswered from why
        except asyncpg.PostgresError as fault:  # loud here; the reference executor says at which field
            log.exception("a planned read failed")
            FAILED.inc()
            raise Unanswered from fault
        finally:
            await pool.release(connection)
        raise Unanswered

    async def filled(self, answered: Answered, ready: Ready, variables: Mapping[str, Any] | None, context: Any) -> Answered:
        """The answer with the values of fields that need Python in their places. Raises Unanswered."""
        parts = dict(answered.parts)
        try:
            for key, holes in answered.holes.items():
                parts[key] = await self._holes.filled(parts[key], holes, ready, variables, context)
        except Exception as why:  # whatever it is, the reference executor meets it at its own path
            raise Unanswered from why
        return replace(answered, parts=parts, holes={})

    def shown(self, ready: Ready, authority: Authority, session: tuple[int, int]) -> tuple[Shown, ...]:
        """The statements that an operation would be answered by, with their values. Raises Unanswered, Problem."""
        asked = self._asked(ready)
        plan = self._plan(ready, asked, authority)
        return tuple(
            Shown(key, statement.text, tuple(statement.bound(asked.parts[key][1], session)))
            for key, statement in plan.statements.items()
        )

    def _asked(self, ready: Ready) -> _AskedFor:
        """The root fields and what they ask for, worked out once. Raises Unanswered."""
        if ready.asked is None:
            ready.asked = self._asked_by(ready)
        asked: _AskedFor = ready.asked
        return asked

    def _asked_by(self, ready: Ready) -> _AskedFor:
        values = ready.variables.coerced
        selections = Selections(ready.prepared.fragments, left_out_by(ready.operation, values))
        fields = selections.merged([ready.operation.selection_set], self._core.query_type)
        parts = {}
        for key, nodes in fields.items():
            root = self._roots.get(nodes[0].name.value)
            if root is not None:
                parts[key] = self._part(root, nodes[0], ready.variables)
        if not parts:
            raise Unanswered
        shown = tuple(values.get(name) for name in ready.prepared.conditional_variables)
        shapes = tuple(shape for shape, _ in parts.values())
        operation = ready.operation.name and ready.operation.name.value
        heads = {name: b'"%b":' % name.encode() for name in fields}
        whole = _Key((ready.prepared.key, operation, shown, shapes))
        return _AskedFor(fields, heads, parts, selections, whole, any(_looks_at_values(each) for each in shapes))

    def _part(self, root: tuple[Asked, Any], node: FieldNode, coerced: VariableValues) -> tuple[Shape, list[Any]]:
        asked, field = root
        core_field = self._core.query_type.fields[node.name.value]  # type: ignore[union-attr]  # there is one
        try:
            values = get_argument_values(core_field, node, coerced)
            converter = self._schema.schema_converter
            arguments = convert_arguments(values, field.arguments, converter.scalar_registry, self._schema.config)
            return _split(asked.request(**arguments))
        except (GraphQLError, Problem) as why:
            raise Unanswered from why

    def _plan(self, ready: Ready, asked: _AskedFor, authority: Authority) -> Plan:
        key = (asked.key, authority.key)
        known = self._plans.get(key)
        if known is None:
            known = self._make(ready, asked, authority)
            if known.size() <= MOST_CHARACTERS:
                self._plans[key] = known
        return known

    def _make(self, ready: Ready, asked: _AskedFor, authority: Authority) -> Plan:
        statements = {}
        for key, (shape, _) in asked.parts.items():
            nodes = asked.fields[key]
            core_type = self._core.query_type.fields[nodes[0].name.value].type  # type: ignore[union-attr]  # there is one
            planner = Planner(self._core, asked.selections, authority)
            with suppress(Unplannable):
                made = planner.statement(shape, nodes, core_type)
                statements[key] = replace(made, text=self._texts.setdefault(made.text, made.text))
        left_out, values = asked.selections.left_out, ready.variables
        masked = masked_fields(self._core, ready.prepared.fragments, ready.operation, left_out, authority, values)
        uses = rights_shown_by(self._core, ready.prepared.fragments, ready.operation, left_out, authority)
        told = {object for shape, _ in asked.parts.values() for object in _told_of_changes(shape)}
        extensions = b',"extensions":' + dumped({"masked": masked}) if masked else b""
        holes = {key: each.holes for key, each in statements.items() if each.holes}
        logged = tuple(key for key, each in statements.items() if each.logged)
        return Plan(statements, extensions, uses | held(authority, told, Activity.DISPLAY_CHANGES), holes, logged)


class _Key:
    """A key whose parts take long to hash: it is hashed once."""

    __slots__ = ("_hash", "_parts")

    def __init__(self, parts: Hashable) -> None:
        self._parts = parts
        self._hash = hash(parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._parts == other._parts


@dataclass(frozen=True, slots=True)
class _AskedFor:
    """The root fields of a request by response key, and of those that can be planned the shape and the late values."""

    fields: dict[str, list[FieldNode]]
    heads: dict[str, bytes]
    parts: dict[str, tuple[Shape, list[Any]]]
    selections: Selections
    key: Hashable
    """The document, the operation, and what of the values shapes the SQL."""
    looks_at_values: bool


async def _run(connection: Any, plan: Plan, asked: _AskedFor, caller: Caller, authority: Authority) -> dict[str, bytes] | None:
    """Each planned root field's bytes; None if they were answered in another state than the plan's."""
    if not plan.statements:
        raise Unanswered
    session = (caller.session_id, caller.user_id)
    answers = {}
    for key, statement in plan.statements.items():
        row = await connection.fetchrow(statement.text, *statement.bound(asked.parts[key][1], session))
        if not authority.holds_in(state_in(row)):
            return None
        if row["answer"] is None:
            raise Unanswered  # a row breaks what the schema promises: the reference says where
        answers[key] = row["answer"]
    return answers


def _unmarked(plan: Plan, parts: dict[str, bytes]) -> tuple[dict[str, bytes], frozenset[Display]]:
    """The answers without marks of displays, and the displays."""
    if not plan.logged:
        return parts, NO_DISPLAYS
    logged = {key: unmarked(parts[key]) for key in plan.logged}
    cleaned = {key: text for key, (text, _) in logged.items()}
    return {**parts, **cleaned}, frozenset().union(*(displays for _, displays in logged.values()))


def _told_of_changes(shape: Shape) -> tuple[str, ...]:
    """The objects of whose changes a root field tells."""
    match shape:
        case PageShape(about=About(objects=objects)):
            return objects
        case RowShape(cls=cls, past=True):
            return (mapping_of(cls).access.object,)
        case _:
            return ()


def _without(ready: Ready, asked: _AskedFor, answered: Mapping[str, bytes]) -> DocumentNode | None:
    """The document with only those root fields of the operation that are not answered yet; None if all are."""
    if len(answered) == len(asked.fields):
        return None
    document, operation = ready.prepared.document, ready.operation
    rest = tuple(node for key, nodes in asked.fields.items() if key not in answered for node in nodes)
    assert document is not None
    pruned = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
        directives=operation.directives,
        selection_set=SelectionSetNode(selections=rest),
        loc=operation.loc,
    )
    others = tuple(each for each in document.definitions if each is not operation)
    return DocumentNode(definitions=(pruned, *others))


def _counted(characters: int) -> int:
    """What SQL counts for: if it is longer than all may be together, it takes the whole room."""
    return min(characters, MOST_CHARACTERS)


def _split(request: Request | None) -> tuple[Shape, list[Any]]:
    """A request's shape, and the values that are bound late. Raises Problem for a cursor that is none."""
    match request:
        case PageRequest(cls, first, after, order, condition, demanded, about):
            values = [] if condition is None else list(operands(condition))
            shaped = None if condition is None else shape_of(condition, count())
            if about is not None:
                values, about = [*values, about.key], replace(about, key=Slot(len(values)))
            cursor = None
            if after is not None:
                sorted_by = _cursor_keys(cls, order)
                found = read_cursor(after, sorted_by, fingerprint(mapping_of(cls).name, sorted_by))
                cursor = tuple(value is not None for value in found)
                values += [value for value in found if value is not None]
            return PageShape(cls, first, order, shaped, cursor, demanded, about), values
        case RowRequest(cls, column, value, as_of):
            return RowShape(cls, column, as_of is not None), [value, as_of]
        case AllRequest(cls, order_by):
            return AllShape(cls, order_by), []
        case None:
            return None, []


def _looks_at_values(shape: Shape) -> bool:
    """Whether PostgreSQL should look at the values before it plans: conditions and areas may be met by many rows or by few.

    Only a page whose order is indexed behind each area is read alike whatever the values are.
    """
    if not isinstance(shape, PageShape):
        return False
    return shape.condition is not None or not is_indexed_by_area(
        mapping_of(shape.cls), [each.python_name for each in shape.order]
    )


def _cursor_keys(cls: type, order: Sequence[Sort]) -> list[SortKey]:
    """What a cursor of this order holds, without the SQL."""
    mapping = mapping_of(cls)
    keys = []
    for sort in order:
        column = compared(mapping.fields[sort.python_name])
        nullable = column.right is not None or mapping.is_nullable(column.expression)
        keys.append(SortKey(sort.python_name, "", column_type_of(mapping, column), sort.descending, nullable))
    backwards = bool(keys) and all(key.descending for key in keys)
    return [*keys, SortKey("", "", mapping.column_type(mapping.key), backwards, False)]
