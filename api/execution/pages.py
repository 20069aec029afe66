"""The reference executor's answers to requests: pages by keyset, single rows, all rows of a small table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Optional, TypeVar

import strawberry
from tortoise import Model

from api.auth.predicates import Bindings, RowScope
from api.execution.conditions import ConditionSql
from api.execution.listing import listed, refuse_list
from api.execution.mapping import mapping_of
from api.execution.past import Moment, PastReads
from api.execution.reads import Reads
from api.execution.requests import (
    AllRequest,
    PageRequest,
    Request,
    RowRequest,
    SortKey,
    behind,
    check_page_size,
    fingerprint,
    read_cursor,
    sort_keys,
    write_cursor,
)
from api.execution.rows import ROW, Row, selection
from domain.errors import Forbidden
from domain.scope import OWN_EVERYWHERE
from models.access import Access

T = TypeVar("T")


@strawberry.type(description="Where a page lies in the whole list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are rows after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether the page was asked for after a cursor, so that rows lie before it."
    )
    start_cursor: Optional[str] = strawberry.field(description="Cursor of the first row; null on an empty page.")
    end_cursor: Optional[str] = strawberry.field(
        description="Cursor of the last row; give it as `after` for the next page. Null on an empty page."
    )


@strawberry.type(description="One row of a page.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Where the row lies in the list: give it as `after` to go on behind it.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    total_count: int = strawberry.field(description="How many rows of the whole list you may see; counted only when asked for.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    edges: list[Edge[T]] = strawberry.field(description="The rows of the page.")


@strawberry.enum(description="Which way to sort. Rows without a value come last either way.")
class SortDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="Smallest first.")
    DESC = strawberry.enum_value("DESC", description="Largest first.")


@dataclass(slots=True)
class Page:
    """A page as the reference executor answers it; the count is taken when it is asked for."""

    edges: list[Edge[Any]]
    page_info: PageInfo
    count: Callable[[], Awaitable[int]]

    @property
    def total_count(self) -> Awaitable[int]:
        return self.count()


async def answered(reads: Reads, request: Request | None) -> Any:
    """What a request asks for, as far as the caller may see it. Raises Invalid or Forbidden."""
    match request:
        case PageRequest():
            return await _page(reads, request)
        case RowRequest(cls, column, value, as_of):
            if as_of is not None:
                reads = await PastReads.of(reads, Moment(mapping_of(cls), column, value, as_of))
            return await row_of(reads, cls, column, value)
        case AllRequest():
            return await _all_rows(reads, request)
        case None:
            return None


async def nested(row: Any, name: str, **arguments: Any) -> Any:
    """The page of a nested field of a row; null where the caller may see no such rows at all."""
    found: Row = row
    try:
        return await answered(found.reads, found.asked(name, **arguments))
    except Forbidden:
        return None


async def row_of(reads: Reads, cls: type, column: str, value: Any, *, own: bool = False) -> Any:
    """The row with this value in a unique column, if the caller may see it; with `own`, if it is theirs."""
    mapping = mapping_of(cls)
    authority = await reads.authority()
    bindings = Bindings()
    wanted = bindings.bind(value, mapping.column_type(column))
    scope = OWN_EVERYWHERE if own else authority.scope(mapping.access.object)
    seen = RowScope(mapping.access, ROW, scope, authority.user_id).some(bindings)
    rows = await reads.fetch(
        f"select {selection(reads, authority, mapping, ROW, bindings)} from {mapping.table} {ROW}"
        f" where {ROW}.{column} = {wanted} and {seen}",
        bindings,
    )
    return Row(mapping, rows[0], reads) if rows else None


async def rows_by(reads: Reads, cls: type, column: str, wanted: Sequence[Any]) -> dict[Any, Row]:
    """The visible rows with these values in a unique column, by value."""
    mapping = mapping_of(cls)
    authority = await reads.authority()
    bindings = Bindings()
    among = bindings.bind(list(wanted), f"{mapping.column_type(column)}[]")
    rows = await reads.fetch(
        f'select {ROW}.{column} as "wanted", {selection(reads, authority, mapping, ROW, bindings)} from {mapping.table} {ROW}'
        f" where {ROW}.{column} = any({among}) and {reads.displayed(authority, mapping, ROW, bindings)}",
        bindings,
    )
    return {values["wanted"]: Row(mapping, values, reads) for values in rows}


async def column_of(reads: Reads, model: type[Model], column: str, keys: Sequence[int]) -> list[Any]:
    """A column of the visible rows with these keys, in their order; None for any other key."""
    authority, bindings = await reads.authority(), Bindings()
    access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
    wanted = bindings.bind(list(keys), "bigint[]")
    seen = reads.row_scope(authority, access, ROW).some(bindings)
    sql = (
        f"select {ROW}.id, {ROW}.{column} as value from {model._meta.db_table} {ROW} where {ROW}.id = any({wanted}) and {seen}"
    )
    found = {row["id"]: row["value"] for row in await reads.fetch(sql, bindings)}
    return [found.get(key) for key in keys]


def page_of_values(name: str, values: Sequence[tuple[tuple[str, ...], Any]], *, first: int, after: str | None) -> Any:
    """A page of values made in Python, each with the texts it is sorted by. Raises Invalid."""
    check_page_size(first)
    width = len(values[0][0]) if values else 0
    keys = [SortKey(str(place), "", "text", False, False) for place in range(width)]
    mark = fingerprint(name, keys)
    start = None if after is None or not values else tuple(read_cursor(after, keys, mark))
    rest = [each for each in values if start is None or each[0] > start]
    edges = [Edge(cursor=write_cursor(texts, mark), node=value) for texts, value in rest[:first]]

    async def count() -> int:
        return len(values)

    return Page(edges, _page_info(edges, len(rest) > first, after), count)


async def page_of_stream(
    name: str,
    width: int,
    begun: Callable[[Sequence[str]], AsyncIterator[tuple[tuple[str, ...], Any]]],
    *,
    first: int,
    after: str | None,
) -> Any:
    """A page of values that are made in Python one after another, in the order of their texts, and no further than it needs.

    `begun` gives them from some texts on, or a little before. Raises Invalid.
    """
    check_page_size(first)
    keys = [SortKey(str(place), "", "text", False, False) for place in range(width)]
    mark = fingerprint(name, keys)
    start = () if after is None else tuple(read_cursor(after, keys, mark))
    found: list[Edge[Any]] = []
    async for texts, value in begun(start):
        if len(found) > first:
            break
        if not start or texts > start:
            found.append(Edge(cursor=write_cursor(texts, mark), node=value))

    async def count() -> int:
        return sum([1 async for _ in begun(())])

    return Page(found[:first], _page_info(found[:first], len(found) > first, after), count)


async def _page(reads: Reads, request: PageRequest) -> Page:
    mapping = mapping_of(request.cls)
    authority = await reads.authority()
    refuse_list(authority, mapping, request.about, demanded=request.demanded)
    bindings = Bindings()
    sql = ConditionSql(authority, mapping, ROW, bindings)
    where = [listed(authority, mapping, ROW, request.about, bindings)]
    if request.condition is not None:
        where.append(sql.sql(request.condition))
    counted, counted_bindings = list(where), Bindings(list(bindings.values))
    keys = sort_keys(sql, mapping, request.order)
    mark = fingerprint(mapping.name, keys)
    if request.after is not None:
        where.append(behind(keys, read_cursor(request.after, keys, mark), bindings.bind))
    texts = ", ".join(f'{key.expression}::text as "sort:{place}"' for place, key in enumerate(keys))
    rows = await reads.fetch(
        f"select {selection(reads, authority, mapping, ROW, bindings)}, {texts} from {mapping.table} {ROW}"
        f" where {' and '.join(where)} order by {', '.join(key.sql for key in keys)} limit {request.first + 1}",
        bindings,
    )
    edges = [
        Edge(
            cursor=write_cursor([values[f"sort:{place}"] for place in range(len(keys))], mark),
            node=Row(mapping, values, reads),
        )
        for values in rows[: request.first]
    ]

    async def count() -> int:
        total = await reads.fetch(
            f"select count(*) as total from {mapping.table} {ROW} where {' and '.join(counted)}", counted_bindings
        )
        return int(total[0]["total"])

    return Page(edges, _page_info(edges, len(rows) > request.first, request.after), count)


async def _all_rows(reads: Reads, request: AllRequest) -> list[Row]:
    mapping = mapping_of(request.cls)
    authority = await reads.authority()
    bindings = Bindings()
    rows = await reads.fetch(
        f"select {selection(reads, authority, mapping, ROW, bindings)} from {mapping.table} {ROW}"
        f" where {reads.displayed(authority, mapping, ROW, bindings)}"
        f" order by {', '.join(f'{ROW}.{name}' for name in request.order)}",
        bindings,
    )
    return [Row(mapping, values, reads) for values in rows]


def _page_info(edges: Sequence[Edge[Any]], more: bool, after: str | None) -> PageInfo:
    return PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
