"""What a root field asks for, as a value: a page, one row, or all rows. Reference and plan both answer these.

The arguments of a root field are read into a request by one function, named in the field's metadata, so that a plan needs
nothing but that function to know what is asked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

import strawberry

from api.execution.conditions import Condition, ConditionSql
from api.execution.json_text import dumped
from api.execution.listing import About
from api.execution.mapping import KEY, TypeMapping, column_type_of, compared, mapping_of
from api.settings import settings
from domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class Sort:
    """One field to sort by; `path` names the place in the order."""

    python_name: str
    descending: bool
    path: str


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`first` rows of a mapped type after a cursor, those of a condition, in an order that its key makes total."""

    cls: type
    first: int
    after: str | None
    order: tuple[Sort, ...]
    condition: Condition | None = None
    demanded: bool = False
    """Whether who may display no such row at all is refused, instead of being shown an empty page."""
    about: About | None = None


@dataclass(frozen=True, slots=True)
class RowRequest:
    """The row of a mapped type with this value in a unique column; as of a moment, if one is given."""

    cls: type
    column: str
    value: Any
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class AllRequest:
    """Every row of a small table, in the order of columns."""

    cls: type
    order: tuple[str, ...]


Request = PageRequest | RowRequest | AllRequest


@dataclass(frozen=True, slots=True)
class Asked:
    """The metadata of a root field: how its arguments become a request. None asks for nothing, and is answered by null."""

    request: Callable[..., Request | None]


def asks(request: Callable[..., Request | None], description: str) -> Any:
    """A root field whose arguments become a request."""
    return strawberry.field(description=description, metadata={KEY: Asked(request)})


def page_request(
    cls: type,
    first: int,
    after: str | None,
    order: Sequence[Sort],
    condition: Condition | None = None,
    *,
    demanded: bool = False,
    about: About | None = None,
) -> PageRequest:
    """A page to ask for. Raises Invalid (PAGE_SIZE, ORDER_REPEATED)."""
    check_page_size(first)
    names: set[str] = set()
    for sort in order:
        if sort.python_name in names:
            raise Invalid.because("ORDER_REPEATED", sort.path, name=mapping_of(cls).fields[sort.python_name].name)
        names.add(sort.python_name)
    return PageRequest(cls, first, after or None, tuple(order), condition, demanded, about)


def check_page_size(first: int) -> None:
    """Raise Invalid (PAGE_SIZE) unless `first` lies between 0 and the largest page."""
    most = settings().max_page_size
    if not 0 <= first <= most:
        raise Invalid.because("PAGE_SIZE", "first", value=first, most=most)


# ------------------------------------------------------------------------------------------------- order and cursors


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of an order, as SQL."""

    name: str
    expression: str
    type: str
    descending: bool
    nullable: bool

    @property
    def sql(self) -> str:
        """The key in an `order by`: rows without a value last, either way."""
        return f"{self.expression}{' desc' if self.descending else ''}{' nulls last' if self.nullable else ''}"


def sort_keys(sql: ConditionSql, mapping: TypeMapping, order: Sequence[Sort]) -> tuple[SortKey, ...]:
    """The keys of an order, with the type's own key behind them. Raises Forbidden for a field that is always hidden."""
    keys = []
    for sort in order:
        column = compared(mapping.fields[sort.python_name])
        type_ = column_type_of(mapping, column)
        nullable = column.right is not None or mapping.is_nullable(column.expression)
        keys.append(
            SortKey(sort.python_name, collated(sql.visible(column, sort.path), type_), type_, sort.descending, nullable)
        )
    key_type = mapping.column_type(mapping.key)
    backwards = bool(keys) and all(key.descending for key in keys)
    return (*keys, SortKey("", collated(f"{sql.row}.{mapping.key}", key_type), key_type, backwards, False))


def collated(expression: str, type_: str) -> str:
    """Text sorted by code point, whatever the database's collation is."""
    return f'{expression} collate "C"' if type_ == "text" else expression


def behind(keys: Sequence[SortKey], values: Sequence[Any], bind: Callable[[Any, str], str]) -> str:
    """SQL that holds for the rows strictly behind these values in the order of the keys."""
    if all(not key.nullable and key.descending == keys[0].descending for key in keys):
        bound = ", ".join(bind(value, key.type) for key, value in zip(keys, values, strict=True))
        return f"({', '.join(key.expression for key in keys)}) {'<' if keys[0].descending else '>'} ({bound})"
    alternatives = []
    for place, (key, value) in enumerate(zip(keys, values, strict=True)):
        if value is None:
            continue  # behind the rows without a value come only rows that further keys tell apart
        equal = [_equal(other, before, bind) for other, before in zip(keys[:place], values[:place], strict=True)]
        further = f"{key.expression} {'<' if key.descending else '>'} {bind(value, key.type)}"
        if key.nullable:
            further = f"({further} or {key.expression} is null)"
        alternatives.append(" and ".join([*equal, further]))
    return f"({' or '.join(f'({each})' for each in alternatives)})"


def _equal(key: SortKey, value: Any, bind: Callable[[Any, str], str]) -> str:
    return f"{key.expression} is null" if value is None else f"{key.expression} = {bind(value, key.type)}"


def fingerprint(name: str, keys: Sequence[SortKey]) -> str:
    """What a cursor carries to be known again: the type and the order that it is of."""
    order = ",".join(f"{key.name}{'-' if key.descending else '+'}" for key in keys)
    return hashlib.sha256(f"{name}:{order}".encode()).hexdigest()[:8]


def write_cursor(values: Sequence[str | None], mark: str) -> str:
    """The cursor of a row, from the texts of its sort values."""
    return base64.b64encode(dumped([mark, *values])).decode()


def read_cursor(after: str, keys: Sequence[SortKey], mark: str) -> list[Any]:
    """The sort values of a cursor. Raises Invalid (CURSOR_MALFORMED) for one that this list and order did not give out."""
    try:
        found, *values = json.loads(base64.b64decode(after, validate=True))
        if found != mark or len(values) != len(keys):
            raise ValueError(after)
        return [_sort_value(key, value) for key, value in zip(keys, values, strict=True)]
    except (binascii.Error, ValueError, TypeError, KeyError, InvalidOperation, RecursionError) as fault:
        raise Invalid.because("CURSOR_MALFORMED", "after") from fault


def _sort_value(key: SortKey, value: Any) -> Any:
    if value is None and key.nullable:
        return None
    if not isinstance(value, str):
        raise ValueError(value)
    return READERS[key.type](value)


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


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(timezone.utc)
    except OverflowError as fault:
        raise ValueError(text) from fault


READERS: Mapping[str, Callable[[str], Any]] = {
    "bigint": lambda text: _whole(text, 63),
    "integer": lambda text: _whole(text, 31),
    "text": _storable,
    "date": date.fromisoformat,
    "timestamptz": _instant,
    "numeric": Decimal,
    "boolean": {"true": True, "false": False}.__getitem__,
}
