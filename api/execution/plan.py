"""From document to SQL: each root field becomes one statement whose text is the JSON of its answer.

A planner is made for one operation and one authority. It turns every mapped field into a piece of text: literals and SQL,
joined by `||`. What the caller gives per request (operands, cursors, keys) is bound late, in slots, so that a plan serves
every request of the same shape. A field that needs Python leaves a hole, which is filled afterwards. What cannot be planned
raises `Unplannable`, and the reference executor answers instead.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLSchema, VariableNode, get_argument_values, get_named_type

from api.auth.authority import STATE_COLUMNS, Authority
from api.auth.predicates import Bindings, RowScope
from api.execution.conditions import Condition, ConditionSql, Slot, operands
from api.execution.displays import marked, watched
from api.execution.json_text import ENUM, LIST, Pieces, array_of, base64, base64_of, json_of, quoted
from api.execution.listing import About, Here, listed, refuse_list
from api.execution.mapping import (
    Column,
    Computed,
    Embedded,
    FieldMapping,
    GlobalId,
    MappedField,
    Masked,
    Nested,
    ToMany,
    ToOne,
    TypeMapping,
    ViewerCan,
    column_type_of,
    embedded_mapping,
    expression_of,
    id_type,
    mapping_of,
)
from api.execution.past import Hindsight, refuse_past, shadows
from api.execution.permits import commands_sql, is_told
from api.execution.requests import Sort, SortKey, behind, fingerprint, sort_keys
from api.execution.selections import Selections
from api.execution.visible import visible
from domain.activity import Activity
from domain.areas import PARTS
from domain.errors import Forbidden, Problem
from models.access import Access, OwnArea, ThroughRows

TYPENAME = "__typename"
AREA = Access("", OwnArea())
"""How the sales areas themselves are held to a scope."""


FEW = 8
"""Up to one in so many sales organizations, what lies there is found by an index. From there on it takes less to look at all in
one pass: PostgreSQL would use its index even so, and search the organizations anew at each entry, which takes twice as long.
"""
MARK = 1
"""The character before and after a hole: in JSON it stands nowhere else, as there it is always written \\u0001."""


class Unplannable(Exception):
    """Something in the document needs Python."""


@dataclass(frozen=True, slots=True)
class PageShape:
    """A page request without its operands: which values its cursor has, and the condition with slots."""

    cls: type
    first: int
    order: tuple[Sort, ...]
    condition: Condition | None
    cursor: tuple[bool, ...] | None
    """For each sort key whether the cursor has a value there; None without a cursor."""
    demanded: bool
    about: About | None = None


@dataclass(frozen=True, slots=True)
class RowShape:
    """A row request without its value, and without the moment that it is asked as of."""

    cls: type
    column: str
    past: bool = False


@dataclass(frozen=True, slots=True)
class AllShape:
    """A request for all rows, which has no operands."""

    cls: type
    order: tuple[str, ...]


Shape = PageShape | RowShape | AllShape | None


@dataclass(frozen=True, slots=True)
class Hole:
    """A selected field that needs Python: the answer has its row's key instead, marked with the hole's place."""

    mapping: TypeMapping
    field: MappedField
    nodes: tuple[FieldNode, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One root field's statement: its text, and its values, of which slots are filled per request."""

    text: str
    values: tuple[Any, ...]
    holes: tuple[Hole, ...] = ()
    logged: bool = False
    """Whether what it shows may have marks of displays that are recorded."""

    def bound(self, late: Sequence[Any], session: tuple[int, int]) -> list[Any]:
        """The values of one request."""
        return [
            late[value.place] if isinstance(value, Slot) else session[value.place] if isinstance(value, SessionSlot) else value
            for value in self.values
        ]


@dataclass(frozen=True, slots=True)
class SessionSlot:
    """Stands for the session's or the user's id."""

    place: int


SESSION, USER = SessionSlot(0), SessionSlot(1)


class Planner:
    """Plans the root fields of one operation for one authority."""

    def __init__(self, schema: GraphQLSchema, selections: Selections, authority: Authority) -> None:
        self._schema = schema
        self._selections = selections
        self._authority = authority
        self._names = itertools.count()
        self._holes: list[Hole] = []
        self._logged = False
        self._past = False

    def statement(self, shape: Shape, nodes: Sequence[FieldNode], type_: Any) -> Statement:
        """The statement of one root field, whose row is: the answer's bytes, policy version, time, whether signed in."""
        bindings = Bindings()
        ctes = ""
        match shape:
            case PageShape():
                ctes, text = self._page(shape, nodes, type_, bindings)
            case RowShape(cls, column, past):
                mapping = mapping_of(cls)
                if past:
                    ctes = self._look_back(mapping, column, bindings)
                row = self._row_name()
                wanted = bindings.bind(Slot(0), mapping.column_type(column))
                seen = self._seen(mapping, row, bindings)
                shown = self._object(mapping, nodes, row, bindings)
                text = (
                    f"coalesce((select {shown} from {mapping.table} {row} where {row}.{column} = {wanted} and {seen}), 'null')"
                )
                if past:  # of the future there is no text: the reference executor says why
                    text = f"case when {bindings.bind(Slot(1), 'timestamptz')} <= clock_timestamp() then {text} end"
            case AllShape(cls, order):
                mapping = mapping_of(cls)
                row = self._row_name()
                shown = self._object(mapping, nodes, row, bindings)
                seen = self._seen(mapping, row, bindings)
                sorted_by = ", ".join(f"{row}.{name}" for name in order)
                text = array_of(f"select {shown} from {mapping.table} {row} where {seen} order by {sorted_by}")
            case None:
                text = "'null'"
        state = STATE_COLUMNS.format(session=bindings.bind(SESSION, "bigint"), user=bindings.bind(USER, "bigint"))
        text = f"{ctes}select convert_to({text}, 'UTF8') as answer, {state}"
        return Statement(text, tuple(bindings.values), tuple(self._holes), self._logged)

    def _look_back(self, mapping: TypeMapping, column: str, bindings: Bindings) -> str:
        """Go on with what is seen of the past; the common table expressions that show it."""
        try:
            refuse_past(self._authority, mapping)
        except Forbidden as why:
            raise Unplannable("refused, in the reference executor's words") from why
        self._authority = hindsight = Hindsight(self._authority)
        self._past = True
        return f"with {shadows(hindsight, mapping, column, Slot(0), Slot(1), bindings)} "

    # ------------------------------------------------------------------------------------------------------- pages

    def _page(
        self, shape: PageShape, nodes: Sequence[FieldNode], type_: Any, bindings: Bindings, page: str = "page"
    ) -> tuple[str, str]:
        """The common table expression with the page's rows, called `page`, if they are needed; and the page as text.

        The rows have the columns that the text names and no others: of a wide row each column is searched for behind those
        before it.
        """
        mapping = mapping_of(shape.cls)
        try:
            refuse_list(self._authority, mapping, shape.about, demanded=shape.demanded)
        except Forbidden as why:
            raise Unplannable("refused, in the reference executor's words") from why
        selected = self._selections.of(nodes, get_named_type(type_))
        names = {each[0].name.value for each in selected.values()}
        pieces = Pieces()
        pieces.literal("{")
        for place, (key, found) in enumerate(selected.items()):
            pieces.literal(f'{"," if place else ""}"{key}":')
            match found[0].name.value:
                case "totalCount":
                    pieces.computed(self._count(shape, mapping, bindings))
                case "pageInfo":
                    self._page_info(shape, mapping, found, bindings, pieces, page)
                case "edges":
                    self._edges(shape, mapping, found, bindings, pieces, get_named_type(type_), page)
                case _:
                    pieces.literal(f'"{get_named_type(type_).name}"')
        pieces.literal("}")
        text = pieces.sql()
        if not names - {"totalCount", TYPENAME}:
            self._walk(shape, mapping, [mapping.key], Bindings())  # refuses what it may not be filtered or sorted by
            return "", text
        columns = sorted({mapping.key, *re.findall(rf"\b{page}\.(\w+)", text)})
        return f"with {page} as materialized ({self._walk(shape, mapping, columns, bindings)}) ", text

    def _count(self, shape: PageShape, mapping: TypeMapping, bindings: Bindings) -> str:
        """How many rows there are in all: where the area alone decides, counted on the areas' rows, which have the index and
        belong to one row each.
        """
        row = self._row_name()
        condition = self._condition(shape, mapping, row, bindings)
        if shape.about is not None:
            where = f"{listed(self._authority, mapping, row, shape.about, bindings)} and {condition}"
            return f"(select count(*) from {mapping.table} {row} where {where})::text"
        areas, scope = mapping.access.areas, self._authority.scope(mapping.access.object)
        seen = RowScope(AREA, "link", scope, self._authority.user_id)
        row_by_row = not isinstance(areas, ThroughRows) or areas.patterns or [here for _, here in areas.on] != [mapping.key]
        if row_by_row or scope.is_leaf or not seen.by_area_alone:
            where = f"{self._seen(mapping, row, bindings)} and {condition}"
            return f"(select count(*) from {mapping.table} {row} where {where})::text"
        assert isinstance(areas, ThroughRows)
        ((there, here),) = areas.on
        counted = f"select count(distinct link.{there}) from {areas.table} link"
        in_ranges = seen.some(bindings)
        if condition != "true":
            joined = f" join {mapping.table} {row} on {row}.{here} = link.{there}"
            return f"({counted}{joined} where {in_ranges} and {condition})::text"
        one_by_one = seen.at(tuple(f"link.{part}" for part in PARTS), bindings, hashed=True)
        if scope.organizations is None:
            return f"({counted} where {one_by_one})::text"
        are_few = f"{scope.organizations * FEW} < (select count(*) from sales_organizations)"
        return f"(case when {are_few} then ({counted} where {in_ranges}) else ({counted} where {one_by_one}) end)::text"

    def _walk(self, shape: PageShape, mapping: TypeMapping, columns: Sequence[str], bindings: Bindings) -> str:
        """These columns of the rows of the page and of one more, in order."""
        row = self._row_name()
        shown = ", ".join(f"{row}.{column}" for column in columns)
        sql = ConditionSql(self._authority, mapping, row, bindings)
        keys = sort_keys(sql, mapping, shape.order)
        order = ", ".join(key.sql for key in keys)
        ranges = self._ranges(shape, mapping, keys, row, bindings)
        if ranges is not None:
            source, order = ranges
            return f"select {shown} from {source} order by {order} limit {shape.first + 1}"
        where = [listed(self._authority, mapping, row, shape.about, bindings), self._condition(shape, mapping, row, bindings)]
        if shape.cursor is not None:
            where.append(self._behind(shape, keys, bindings))
        needed = " and ".join(each for each in where if each != "true") or "true"
        return f"select {shown} from {mapping.table} {row} where {needed} order by {order} limit {shape.first + 1}"

    def _ranges(
        self, shape: PageShape, mapping: TypeMapping, keys: Sequence[SortKey], row: str, bindings: Bindings
    ) -> tuple[str, str] | None:
        """One ordered, limited index range per allowed area, merged, and the order that they come in: where the order's column
        stands on the area's rows too.

        Without this, a small organization is looked for through everybody's rows.
        """
        if shape.about is not None:
            return None
        if mapping.access.told is not None:
            return None
        areas, scope = mapping.access.areas, self._authority.scope(mapping.access.object)
        seen = RowScope(AREA, "a", scope, self._authority.user_id)
        if scope.is_leaf or not seen.by_area_alone or not is_indexed_by_area(mapping, [key.name for key in keys[:-1]]):
            return None
        if isinstance(areas, OwnArea):
            return self._own_ranges(shape, mapping, keys, row, seen, bindings)
        assert isinstance(areas, ThroughRows)
        there = dict(areas.ordered_by)[keys[0].name]
        (link_key, _), *_ = areas.on
        columns = (
            SortKey(keys[0].name, f'link.{there} collate "C"', keys[0].type, keys[0].descending, False),
            SortKey("", f"link.{link_key}", keys[1].type, keys[1].descending, False),
        )
        path = seen.scope.only_path
        decisive = PARTS[:1] if seen.scope.floors == 1 else PARTS  # whole organizations are one range each
        where = [f"link.{part} = a.{part}" for part in decisive]
        joined = ""
        if shape.condition is not None:
            inner = self._row_name()
            joined = f" join {mapping.table} {inner} on {inner}.{mapping.key} = link.{link_key}"
            where.append(self._condition(shape, mapping, inner, bindings))
        if shape.cursor is not None:
            where.append(self._behind(shape, columns, bindings))
        order = ", ".join(key.sql for key in columns)
        most = shape.first + 1
        way = " desc" if keys[0].descending else ""
        merged = f"w.value{way}, w.id{way}"
        if path is not None and len(path) == len(decisive):
            within = [f"link.{part} = {bindings.bind(code, 'text')}" for part, code in zip(decisive, path, strict=True)]
            return (
                f'(select distinct link.{there} collate "C" as value, link.{link_key} as id from {areas.table} link{joined}'
                f" where {' and '.join([*within, *where[len(decisive) :]])} order by {order} limit {most}) w"
                f" join {mapping.table} {row} on {row}.{mapping.key} = w.id",
                merged,
            )
        allowed = (
            f"select distinct {', '.join(f'a.{part}' for part in decisive)} from sales_areas a where {seen.some(bindings)}"
        )
        return (
            f"(select distinct w.id, w.value from ({allowed}) a"
            f' cross join lateral (select distinct link.{there} collate "C" as value, link.{link_key} as id'
            f" from {areas.table} link{joined} where {' and '.join(where)} order by {order} limit {most}) w"
            f" order by {merged} limit {most}) w join {mapping.table} {row} on {row}.{mapping.key} = w.id",
            merged,
        )

    def _own_ranges(
        self,
        shape: PageShape,
        mapping: TypeMapping,
        keys: Sequence[SortKey],
        row: str,
        seen: RowScope,
        bindings: Bindings,
    ) -> tuple[str, str]:
        """The same where rows have areas of their own: a range of the table itself for each."""
        decisive = PARTS[:1] if seen.scope.floors == 1 else PARTS
        path = seen.scope.only_path
        where = [] if shape.condition is None else [self._condition(shape, mapping, row, bindings)]
        if shape.cursor is not None:
            where.append(self._behind(shape, keys, bindings))
        ranged = f"select {row}.* from {mapping.table} {row} where {{where}} order by {{order}} limit {shape.first + 1}"
        order = ", ".join(key.sql for key in keys)
        if path is not None and len(path) == len(decisive):
            within = [f"{row}.{part} = {bindings.bind(code, 'text')}" for part, code in zip(decisive, path, strict=True)]
            return f"({ranged.format(where=' and '.join([*within, *where]), order=order)}) {row}", order
        within = [f"{row}.{part} = a.{part}" for part in decisive]
        allowed = (
            f"select distinct {', '.join(f'a.{part}' for part in decisive)} from sales_areas a where {seen.some(bindings)}"
        )
        inner = ranged.format(where=" and ".join([*within, *where]), order=order)
        return f"({allowed}) a cross join lateral ({inner}) {row}", order

    def _behind(self, shape: PageShape, keys: Sequence[SortKey], bindings: Bindings) -> str:
        first_slot = _count_slots(shape.condition) + (shape.about is not None)
        places = itertools.count(first_slot)
        values = [Slot(next(places)) if has else None for has in shape.cursor or ()]
        return behind(keys, values, bindings.bind)

    def _condition(self, shape: PageShape, mapping: TypeMapping, row: str, bindings: Bindings) -> str:
        if shape.condition is None:
            return "true"
        return ConditionSql(self._authority, mapping, row, bindings).sql(shape.condition)

    def _page_info(
        self, shape: PageShape, mapping: TypeMapping, nodes: Sequence[FieldNode], bindings: Bindings, pieces: Pieces, page: str
    ) -> None:
        selected = self._selections.of(nodes, self._schema.type_map["PageInfo"])
        pieces.literal("{")
        for place, (key, found) in enumerate(selected.items()):
            pieces.literal(f'{"," if place else ""}"{key}":')
            match found[0].name.value:
                case "hasNextPage":
                    pieces.computed(f"((select count(*) from {page}) > {shape.first})::text")
                case "hasPreviousPage":
                    pieces.literal("true" if shape.cursor is not None else "false")
                case "startCursor":
                    pieces.computed(self._cursor_of(shape, mapping, f"limit {min(shape.first, 1)}", bindings, page))
                case "endCursor":
                    behind_all = f"greatest(least({shape.first}, (select count(*) from {page})) - 1, 0)"
                    last = f"offset {behind_all} limit {min(shape.first, 1)}"
                    pieces.computed(self._cursor_of(shape, mapping, last, bindings, page))
                case _:
                    pieces.literal('"PageInfo"')
        pieces.literal("}")

    def _edges(
        self,
        shape: PageShape,
        mapping: TypeMapping,
        nodes: Sequence[FieldNode],
        bindings: Bindings,
        pieces: Pieces,
        connection: Any,
        page: str,
    ) -> None:
        edge = get_named_type(connection.fields["edges"].type)
        shown = Pieces()
        shown.literal("{")
        for place, (key, found) in enumerate(self._selections.of(nodes, edge).items()):
            shown.literal(f'{"," if place else ""}"{key}":')
            match found[0].name.value:
                case "node":
                    shown.computed(self._object(mapping, found, page, bindings))
                case "cursor":
                    shown.computed(f"""'"'||{self._cursor(shape, mapping, bindings, page)}||'"'""")
                case _:
                    shown.literal(f'"{edge.name}"')
        shown.literal("}")
        pieces.computed(array_of(f"select {shown.sql()} from (select * from {page} limit {shape.first}) {page}"))

    def _cursor(self, shape: PageShape, mapping: TypeMapping, bindings: Bindings, page: str) -> str:
        """SQL for the cursor of a row of the page."""
        keys = sort_keys(ConditionSql(self._authority, mapping, page, bindings), mapping, shape.order)
        values = "||','||".join(f"coalesce(json_scalar({key.expression}::text)::text, 'null')" for key in keys)
        return base64(f"""'["{fingerprint(mapping.name, keys)}",'||{values}||']'""")

    def _cursor_of(self, shape: PageShape, mapping: TypeMapping, which: str, bindings: Bindings, page: str) -> str:
        """SQL for the cursor of one row of the page, as JSON; null where there is none."""
        cursor = self._cursor(shape, mapping, bindings, page)
        return f"""coalesce('"'||(select {cursor} from (select * from {page} {which}) {page})||'"', 'null')"""

    # ----------------------------------------------------------------------------------------------------- objects

    def _object(
        self, mapping: TypeMapping, nodes: Sequence[FieldNode], row: str, bindings: Bindings, owner: TypeMapping | None = None
    ) -> str:
        """SQL for the JSON object of a row, with the fields selected in the nodes."""
        type_ = self._schema.type_map[mapping.name]
        fields = {each.name: each for each in mapping.fields.values()}
        pieces = Pieces()
        pieces.literal("{")
        for place, (key, found) in enumerate(self._selections.of(nodes, type_).items()):
            pieces.literal(f'{"," if place else ""}"{key}":')
            name = found[0].name.value
            if name == TYPENAME:
                pieces.literal(f'"{mapping.name}"')
            elif name in fields:
                pieces.computed(self._field(fields[name], mapping, owner or mapping, found, row, bindings))
            else:
                raise Unplannable(f"{mapping.name}.{name}")
        pieces.literal("}")
        return f"({pieces.sql()})"

    def _field(
        self,
        field: MappedField,
        mapping: TypeMapping,
        owner: TypeMapping,
        nodes: Sequence[FieldNode],
        row: str,
        bindings: Bindings,
    ) -> str:
        right = field.mapping.right
        seen = "true" if right is None else self._right(owner, row, right, bindings)
        outside = "'null'"
        if isinstance(field.mapping, Column) and field.mapping.outside is not None and seen != "true":
            instead = replace(field.mapping, expression=field.mapping.outside, type=column_type_of(owner, field.mapping))
            outside = self._value(instead, field, mapping, owner, nodes, row, bindings)
        if seen == "false":
            return outside
        shown = self._value(field.mapping, field, mapping, owner, nodes, row, bindings)
        display = watched(field, owner, row)
        if display is not None:
            self._logged, shown = True, marked(shown, display)
        return shown if seen == "true" else f"case when {seen} then {shown} else {outside} end"

    def _value(
        self,
        declared: FieldMapping,
        field: MappedField,
        mapping: TypeMapping,
        owner: TypeMapping,
        nodes: Sequence[FieldNode],
        row: str,
        bindings: Bindings,
    ) -> str:
        match declared:
            case Column(expression=expression):
                is_enum = hasattr(field.python_type, "__members__") and declared.type != LIST
                type_ = ENUM if is_enum else column_type_of(owner, declared)
                return json_of(expression_of(expression, row), type_, field.nullable)
            case GlobalId(column):
                is_short = owner.column_type(column) == "bigint"
                return f"""'"'||{base64_of(f"{id_type(mapping)}:", f"{row}.{column}", is_short=is_short)}||'"'"""
            case Embedded(needs=needs, columns=columns):
                shown = self._object(embedded_mapping(field.target, columns), nodes, row, bindings, owner)
                return shown if needs is None else f"case when {row}.{needs} is null then 'null' else {shown} end"
            case ToOne(on=on):
                return self._to_one(declared, mapping_of(field.target), on, nodes, row, bindings)
            case ToMany():
                return self._to_many(declared, mapping_of(field.target), nodes, row, bindings)
            case ViewerCan(commands):
                return f"to_json({commands_sql(self._authority, owner, row, commands, bindings)})::text"
            case Computed(column):
                if self._past:
                    raise Unplannable("its values would be loaded from the present")
                self._holes.append(Hole(mapping, field, tuple(nodes)))
                return f"chr({MARK})||'{len(self._holes) - 1}:'||{row}.{column}||chr({MARK})"
            case Nested():
                return self._nested(declared, field, mapping, nodes, row, bindings)
            case Masked():
                return self._masked(mapping, owner, row, bindings)

    def _nested(
        self,
        nested: Nested,
        field: MappedField,
        mapping: TypeMapping,
        nodes: Sequence[FieldNode],
        row: str,
        bindings: Bindings,
    ) -> str:
        """A page about the row, as far as the document itself says which: with anything bound late it cannot be planned."""
        node, core = nodes[0], self._schema.type_map[mapping.name].fields[field.name]  # type: ignore[attr-defined]  # an object
        if self._past or any(isinstance(each.value, VariableNode) for each in node.arguments or ()):
            raise Unplannable("its arguments come with the request")
        try:
            arguments = {core.args[name].out_name or name: value for name, value in get_argument_values(core, node).items()}
            asked = nested.request(Here(f"{row}.{mapping.key}"), **arguments)
            refuse_list(self._authority, mapping_of(asked.cls), asked.about, demanded=False)
        except Forbidden:
            return "'null'"
        except (GraphQLError, Problem) as why:
            raise Unplannable("refused, in the reference executor's words") from why
        if asked.after is not None or asked.condition is not None:
            raise Unplannable("its place in the list comes with the request")
        shape = PageShape(asked.cls, asked.first, asked.order, None, None, False, asked.about)
        ctes, text = self._page(shape, nodes, core.type, bindings, f"page_of_{row}_{next(self._names)}")
        return f"({ctes}select {text})"

    def _to_one(
        self,
        relation: ToOne,
        target: TypeMapping,
        on: Iterable[tuple[str, str]],
        nodes: Sequence[FieldNode],
        row: str,
        bindings: Bindings,
    ) -> str:
        other = self._row_name()
        shown = self._object(target, nodes, other, bindings)
        where = [f"{other}.{there} = {row}.{here}" for there, here in on]
        where += [] if is_told(relation, target) else [self._seen(target, other, bindings)]
        return f"coalesce((select {shown} from {target.table} {other} where {' and '.join(where)}), 'null')"

    def _to_many(self, relation: ToMany, target: TypeMapping, nodes: Sequence[FieldNode], row: str, bindings: Bindings) -> str:
        other = self._row_name()
        shown = self._object(target, nodes, other, bindings)
        near, source = other, f"{target.table} {other}"
        where = []
        if relation.via is not None:
            near = self._row_name()
            where += [f"{other}.{there} = {near}.{here}" for there, here in relation.via.on]
            source = f"{relation.via.table} {near}, {source}"
        where += [f"{near}.{there} = {row}.{here}" for there, here in relation.on]
        where += [] if relation.where is None else [relation.where.format(row=other)]
        where += [] if is_told(relation, target) else [self._seen(target, other, bindings)]
        order = ", ".join(f"{other}.{name}" for name in relation.order)
        return array_of(f"select {shown} from {source} where {' and '.join(where)} order by {order}")

    def _masked(self, mapping: TypeMapping, owner: TypeMapping, row: str, bindings: Bindings) -> str:
        cases = []
        for each in mapping.fields.values():
            if each.mapping.right is not None:
                seen = self._right(owner, row, each.mapping.right, bindings)
                cases.append(f"case when ({seen}) is not true then {quoted(each.name)} end")  # whose it is may be unknown
        return f"to_json(array_remove(array[{', '.join(cases)}]::text[], null))::text"

    def _right(self, owner: TypeMapping, row: str, right: str, bindings: Bindings) -> str:
        return RowScope(owner.access, row, self._authority.scope(right, Activity.DISPLAY), self._authority.user_id).some(
            bindings
        )

    def _seen(self, mapping: TypeMapping, row: str, bindings: Bindings) -> str:
        return visible(self._authority, mapping.access, row, bindings)

    def _row_name(self) -> str:
        return f"t{next(self._names)}"


def is_indexed_by_area(mapping: TypeMapping, order: Sequence[str]) -> bool:
    """Whether the order's only column stands on the rows that tell the areas, indexed behind the area."""
    access = getattr(mapping.model, "access", None)
    if not isinstance(access, Access) or len(order) != 1:
        return False
    match access.areas:
        case ThroughRows(ordered_by=pairs):
            return order[0] in dict(pairs)
        case OwnArea(ordered_by=names):
            return order[0] in names
        case _:
            return False


def _count_slots(condition: Condition | None) -> int:
    return 0 if condition is None else sum(1 for _ in operands(condition))
