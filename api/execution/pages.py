"""Connections by keyset: pages that stay stable while rows come and go, with opaque, validated cursors and no offsets."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Generic, Optional, TypeVar

import strawberry

from api.auth.predicates import Bindings, RowScope
from api.execution.filters import FilterSql, visible_expression
from api.execution.mapping import Column, TypeMapping, column_type_of, mapping_of
from api.execution.reads import Reads
from api.execution.rows import ROW, Row, selection
from api.settings import settings
from domain.errors import Invalid
from domain.scope import OWN_EVERYWHERE

T = TypeVar("T")


@strawberry.type(description="Where a page lies in the whole list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are rows after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether the page was asked for after a cursor, so that rows lie before it."
    )
    start_cursor: Optional[str] = strawberry.field(description="Cursor of the first row; null on an empty page.")
    end_cursor: Optional[str] = strawberry.field(description="Cursor of the last row; give it as `after` for the next page.")


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
    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of an order, as SQL."""

    name: str
    expression: str
    type: str
    descending: bool
    nullable: bool


@dataclass(slots=True)
class Page:
    """A page as the reference executor answers it; the count is taken when it is asked for."""

    edges: list[Edge[Any]]
    page_info: PageInfo
    count: Callable[[], Awaitable[int]]

    @property
    def total_count(self) -> Awaitable[int]:
        return self.count()


def check_page_size(first: int) -> None:
    """Raise Invalid (PAGE_SIZE) unless `first` lies between 0 and the largest page."""
    most = settings().max_page_size
    if not 0 <= first <= most:
        raise Invalid.because("PAGE_SIZE", "first", value=first, most=most)


async def page_of(
    reads: Reads,
    cls: type,
    *,
    first: int,
    after: str | None,
    order: Sequence[tuple[str, bool]],
    filter: Any = None,
    condition: Callable[[FilterSql], str] | None = None,
) -> Any:
    """The rows of a mapped type that the caller may see and the filter lets through, `first` of them after a cursor.

    `order` holds (Python name, descending); the key follows it, so the order is total. Raises Invalid or Forbidden.
    """
    check_page_size(first)
    mapping = mapping_of(cls)
    authority = await reads.authority()
    bindings = Bindings()
    sql = FilterSql(reads, authority, mapping, ROW, bindings)
    where = [reads.displayed(authority, mapping, ROW, bindings)]
    if condition is not None:
        where.append(condition(sql))
    if filter is not None:
        where.append(sql.condition(filter))
    counted, counted_bindings = list(where), Bindings(list(bindings.values))
    keys = _sort_keys(sql, mapping, order)
    fingerprint = _fingerprint(mapping.name, keys)
    if after is not None:
        where.append(_behind(keys, _values_of(after, keys, fingerprint), bindings))
    cursor = ", ".join(f'{key.expression}::text as "sort:{place}"' for place, key in enumerate(keys))
    rows = await reads.fetch(
        f"select {selection(reads, authority, mapping, ROW, bindings)}, {cursor} from {mapping.table} {ROW}"
        f" where {' and '.join(where)} order by {', '.join(map(_ordered, keys))} limit {first + 1}",
        bindings,
    )
    edges = [
        Edge(
            cursor=_cursor([values[f"sort:{place}"] for place in range(len(keys))], fingerprint),
            node=Row(mapping, values, reads),
        )
        for values in rows[:first]
    ]

    async def count() -> int:
        total = await reads.fetch(
            f"select count(*) as total from {mapping.table} {ROW} where {' and '.join(counted)}", counted_bindings
        )
        return int(total[0]["total"])

    return Page(edges, _page_info(edges, len(rows) > first, after), count)


async def row_of(reads: Reads, cls: type, column: str, value: Any, *, own: bool = False) -> Any:
    """The row with this value in a unique column, if there is one and the caller may see it; with `own`, if it is theirs."""
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


def _page_info(edges: Sequence[Edge[Any]], more: bool, after: str | None) -> PageInfo:
    return PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )


def _sort_keys(sql: FilterSql, mapping: TypeMapping, order: Sequence[tuple[str, bool]]) -> list[SortKey]:
    keys: list[SortKey] = []
    for place, (name, descending) in enumerate(order):
        column = mapping.fields[name].mapping
        assert isinstance(column, Column)
        if any(key.name == name for key in keys):
            raise Invalid.because("ORDER_REPEATED", f"orderBy.{place}.field", name=mapping.fields[name].name)
        type_ = column_type_of(mapping, column)
        expression = visible_expression(sql, column, f"orderBy.{place}.field")
        nullable = column.right is not None or mapping.is_nullable(column.expression)
        keys.append(SortKey(name, _collated(expression, type_), type_, descending, nullable))
    key_type = mapping.column_type(mapping.key)
    last = bool(keys) and all(key.descending for key in keys)
    return [*keys, SortKey("", _collated(f"{ROW}.{mapping.key}", key_type), key_type, last, False)]


def _collated(expression: str, type_: str) -> str:
    return f'{expression} collate "C"' if type_ == "text" else expression


def _ordered(key: SortKey) -> str:
    return f"{key.expression}{' desc' if key.descending else ''}{' nulls last' if key.nullable else ''}"


def _behind(keys: Sequence[SortKey], values: Sequence[Any], bindings: Bindings) -> str:
    """SQL that holds for the rows strictly behind the values, in the order of the keys."""
    if all(not key.nullable and key.descending == keys[0].descending for key in keys):
        bound = ", ".join(bindings.bind(value, key.type) for key, value in zip(keys, values, strict=True))
        return f"({', '.join(key.expression for key in keys)}) {'<' if keys[0].descending else '>'} ({bound})"
    alternatives = []
    for place, (key, value) in enumerate(zip(keys, values, strict=True)):
        if value is None:
            continue  # nothing comes behind the rows without a value but further keys of the same
        further = f"{key.expression} {'<' if key.descending else '>'} {bindings.bind(value, key.type)}"
        if key.nullable:
            further = f"({further} or {key.expression} is null)"
        equal = [_equal(other, before, bindings) for other, before in zip(keys[:place], values[:place], strict=True)]
        alternatives.append(" and ".join([*equal, further]))
    return f"({' or '.join(f'({each})' for each in alternatives)})"


def _equal(key: SortKey, value: Any, bindings: Bindings) -> str:
    return f"{key.expression} is null" if value is None else f"{key.expression} = {bindings.bind(value, key.type)}"


def _fingerprint(name: str, keys: Sequence[SortKey]) -> str:
    order = ",".join(f"{key.name}{'-' if key.descending else '+'}" for key in keys)
    return hashlib.sha256(f"{name}:{order}".encode()).hexdigest()[:8]


def _cursor(values: Sequence[str | None], fingerprint: str) -> str:
    return base64.urlsafe_b64encode(
        json.dumps([fingerprint, *values], ensure_ascii=False, separators=(",", ":")).encode()
    ).decode()


READERS: Mapping[str, Callable[[str], Any]] = {
    "bigint": lambda text: _whole(text, 63),
    "integer": lambda text: _whole(text, 31),
    "text": lambda text: _storable(text),
    "date": date.fromisoformat,
    "timestamptz": datetime.fromisoformat,
    "numeric": Decimal,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def _values_of(after: str, keys: Sequence[SortKey], fingerprint: str) -> list[Any]:
    """The sort values of a cursor. Raises Invalid (CURSOR_MALFORMED) for one that this list and order did not give out."""
    try:
        found = json.loads(base64.b64decode(after, altchars=b"-_", validate=True))
        mark, *values = found
        if (
            mark != fingerprint
            or len(values) != len(keys)
            or not all(value is None or isinstance(value, str) for value in values)
        ):
            raise ValueError(after)
        read = [None if value is None else READERS[key.type](value) for key, value in zip(keys, values, strict=True)]
        if any(value is None and not key.nullable for key, value in zip(keys, read, strict=True)):
            raise ValueError(after)
        return read
    except (binascii.Error, ValueError, TypeError, KeyError, InvalidOperation, RecursionError) as fault:
        raise Invalid.because("CURSOR_MALFORMED", "after") from fault


def _whole(text: str, bits: int) -> int:
    number = int(text)
    if not -(2**bits) <= number < 2**bits:
        raise ValueError(text)
    return number


def _storable(text: str) -> str:
    text.encode()  # a lone surrogate raises a ValueError
    if "\0" in text:
        raise ValueError(text)
    return text


def page_of_values(name: str, values: Sequence[tuple[tuple[str, ...], Any]], *, first: int, after: str | None) -> Any:
    """A page of values made in Python, each with the texts it is sorted by. Raises Invalid."""
    check_page_size(first)
    width = len(values[0][0]) if values else 0
    keys = [SortKey(str(place), "", "text", False, False) for place in range(width)]
    fingerprint = _fingerprint(name, keys)
    behind = None if after is None or not values else tuple(_values_of(after, keys, fingerprint))
    rest = [each for each in values if behind is None or each[0] > behind]
    edges = [Edge(cursor=_cursor(marks, fingerprint), node=value) for marks, value in rest[:first]]

    async def count() -> int:
        return len(values)

    return Page(edges, _page_info(edges, len(rest) > first, after), count)


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


async def all_rows(reads: Reads, cls: type, order: Sequence[str]) -> list[Any]:
    """Every row of a small table that the caller may see, in the order of these columns."""
    mapping = mapping_of(cls)
    authority = await reads.authority()
    bindings = Bindings()
    rows = await reads.fetch(
        f"select {selection(reads, authority, mapping, ROW, bindings)} from {mapping.table} {ROW}"
        f" where {reads.displayed(authority, mapping, ROW, bindings)}"
        f" order by {', '.join(f'{ROW}.{name}' for name in order)}",
        bindings,
    )
    return [Row(mapping, values, reads) for values in rows]
