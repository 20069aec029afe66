"""Rows looked up by what they are compared by, always within the caller's scope: equal to a value, or beside it in an order.

A row beside a value begins as the value does, goes on or ends as it does, and stands among the nearest in the order of an
index that has all of this: rows themselves are looked at only if they are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tortoise import Model

from api.auth.authority import Authority
from api.auth.predicates import Bindings, RowScope
from api.execution.reads import Reads
from models.access import Access

LAST_SIGN = "\U0010ffff"
"""Sorts behind every other sign, so that a beginning and this one bound all that begins so."""


@dataclass(frozen=True, slots=True)
class Equal:
    """The rows of a model with these values: pairs of a column and a list of values of which it holds one."""

    model: type[Model]
    key: str
    values: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """The rows of a model that stand nearest to a text in a column ordered by code point, so many before it and behind, of
    those that begin alike, and either go on or end alike.
    """

    model: type[Model]
    key: str
    column: str
    text: str
    beginning: str
    further: str
    ending: str
    most: int


Lookup = Equal | Beside


async def keys_found(reads: Reads, lookups: Sequence[Lookup]) -> list[int]:
    """The keys of all rows that one of the lookups finds and the caller may see, each once; closed rows are left out."""
    authority = await reads.authority()
    bindings = Bindings()
    found = [sql for lookup in lookups for sql in _statements(authority, lookup, bindings)]
    if not found:
        return []
    rows = await reads.fetch(" union ".join(f"({sql})" for sql in found), bindings)
    return [row["key"] for row in rows]


async def values_seen(reads: Reads, model: type[Model], columns: Sequence[str], key: str, keys: Sequence[int]) -> list[Any]:
    """These columns of the rows with these keys that the caller may see."""
    bindings = Bindings()
    wanted = bindings.bind(list(keys), "bigint[]")
    seen = _seen(await reads.authority(), model, bindings)
    names = ", ".join(f"t.{name}" for name in columns)
    return await reads.fetch(
        f"select {names} from {model._meta.db_table} t where t.{key} = any({wanted}) and {seen} order by t.id", bindings
    )


def _statements(authority: Authority, lookup: Lookup, bindings: Bindings) -> list[str]:
    seen = _seen(authority, lookup.model, bindings)
    closed = lookup.model.access.closed  # type: ignore[attr-defined]  # a model that is guarded
    source = f"select t.{lookup.key} as key from {lookup.model._meta.db_table} t where {seen}"
    if closed is not None:
        source += f" and t.{closed} is null"
    match lookup:
        case Equal(values=values):
            return [
                " and ".join(
                    [source, *(f"t.{column} = any({bindings.bind(list(those), 'text[]')})" for column, those in values)]
                )
            ]
        case Beside(column=column, text=text, beginning=beginning, further=further, ending=ending, most=most):
            here, begin, end = (bindings.bind(each, "text") for each in (text, beginning, beginning + LAST_SIGN))
            on, last = bindings.bind(further, "text"), bindings.bind(ending, "text")
            source += f" and (starts_with(t.{column}, {on}) or right(t.{column}, {len(ending)}) = {last})"
            return [
                f"{source} and t.{column} >= {here} and t.{column} < {end} order by t.{column}, t.id limit {most}",
                f"{source} and t.{column} < {here} and t.{column} >= {begin} order by t.{column} desc, t.id desc limit {most}",
            ]


def _seen(authority: Authority, model: type[Model], bindings: Bindings) -> str:
    access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
    return RowScope(access, "t", authority.scope(access.object), authority.user_id).some(bindings)
