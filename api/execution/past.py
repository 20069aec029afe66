"""A record as it was: the statements of the present, over tables in whose place its rows stand wound back.

Common table expressions of the tables' names come before a statement and take the tables' places in it. They hold the rows of
one record as they were at a moment, told by its change documents, and all other rows as they are. Rights are those of now, and
what is not displayed with its changes is hidden; nothing can be done in the past.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from tortoise import Model

from api.auth.authority import Authority, State
from api.auth.predicates import Bindings, RowScope
from api.auth.standard import catalogue
from api.execution.mapping import TypeMapping
from api.execution.reads import Reads
from domain.activity import Activity
from domain.errors import Forbidden, Invalid
from domain.scope import EMPTY, Scope
from models.history import PARTS_OF, Part


class Hindsight(Authority):
    """What an authority may see of the past: of what keeps changes, only where these are displayed too. It may do nothing."""

    def __init__(self, now: Authority) -> None:
        self._now = now
        self.user_id, self.username, self.caller_kind = now.user_id, now.username, now.caller_kind

    def scope(self, object: str, activity: Activity = Activity.DISPLAY) -> Scope:
        if activity is not Activity.DISPLAY:
            return EMPTY
        known = catalogue().get(object)
        kept = known is not None and Activity.DISPLAY_CHANGES in known.activities
        return self._now.hindsight(object) if kept else self._now.scope(object)


def refuse_past(authority: Authority, mapping: TypeMapping) -> None:
    """Raise Forbidden where the caller sees the changes of no such record at all, whatever there is."""
    object = mapping.access.object
    if authority.hindsight(object).is_empty:
        raise Forbidden.because("FORBIDDEN_QUESTION", None, object=object, activity=Activity.DISPLAY_CHANGES.name)


def shadows(authority: Hindsight, mapping: TypeMapping, column: str, value: Any, moment: Any, bindings: Bindings) -> str:
    """The common table expressions that put the past of one record in the tables' places; `value` tells it by a unique column.

    A record that is not displayed is wound back no more than one that is not there. There are two stages, so that each reads
    the tables themselves: the rows as they were, then the tables with these instead.
    """
    model = mapping.model
    assert model is not None
    at = bindings.bind(moment, "timestamptz")
    wanted = bindings.bind(value, mapping.column_type(column))
    seen = RowScope(mapping.access, "t", authority.scope(mapping.access.object), authority.user_id).some(bindings)
    return wound_back(model, f"t.{column} = {wanted} and {seen}", at)


def wound_back(model: type[Model], where: str, at: str) -> str:
    """The same for the records `t` for which a condition holds: as they were at a moment, of which this is the placeholder."""
    table, parts = _table(model), (Part(model, "id"), *PARTS_OF.get(model, ()))
    return ", ".join(
        [
            f"{_records(model)} as materialized (select t.id from {table} t where {where})",
            *(cte for part in parts for cte in _wound_back(part, model, at)),
            *(_shadow(_table(part.model)) for part in parts),
        ]
    )


def _records(model: type[Model]) -> str:
    return f"records_of_{_table(model)}"


def _wound_back(part: Part, record: type[Model], at: str) -> tuple[str, str]:
    """The rows that are the records' or were so since the moment; and these as they were, without those made since."""
    table, type_ = _table(part.model), part.model.__name__
    fields = part.model._meta.fields_map
    known = f"'id', k.id, 'version', {_version(type_, at)}" if "version" in fields else "'id', k.id"
    there = f" and (w.created_at <= {at} or {_made_with_documents(type_)})" if "created_at" in fields else ""
    return (
        f"kept_{table} as materialized (select id from {table} where {_belongs(part, record)}"
        f" union select row_id from change_documents where record_type = '{record.__name__}'"
        f" and record_id in (select id from {_records(record)}) and changed_at > {at} and row_type = '{type_}')",
        f"past_{table} as materialized (select w.* from kept_{table} k left join {table} t on t.id = k.id"
        " cross join lateral (select coalesce(jsonb_object_agg(field, old_value) filter (where first), '{}') as was,"
        " coalesce(bool_or(kind = 'CREATED'), false) as created, coalesce(bool_or(kind = 'DELETED'), false) as deleted"
        " from (select field, old_value, kind, row_number() over (partition by field order by id) = 1 as first"
        f" from change_documents where row_type = '{type_}' and row_id = k.id and changed_at > {at}) since) c"
        f" cross join lateral jsonb_populate_record(t, c.was || jsonb_build_object({known})) w"
        f" where not c.created and (t.id is not null or c.deleted){there})",
    )


def _belongs(part: Part, record: type[Model]) -> str:
    if part.through is None:
        return f"{part.column} in (select id from {_records(record)})"
    return f"{part.column} in (select id from {_table(part.through.model)} where {_belongs(part.through, record)})"


def _version(type_: str, at: str) -> str:
    """SQL for a row's version then: no change document has it as a field, but each is written under one."""
    written = f"from change_documents where record_type = '{type_}' and record_id = k.id and changed_at"
    return (
        f"coalesce((select max(record_version) {written} <= {at}), (select min(record_version) - 1 {written} > {at}),"
        " t.version, 1)"
    )


def _made_with_documents(type_: str) -> str:
    """SQL that holds where change documents tell of a row from its beginning on; before, only its own column does."""
    return f"exists (select 1 from change_documents where row_type = '{type_}' and row_id = k.id and kind = 'CREATED')"


def _shadow(table: str) -> str:
    return (
        f"{table} as not materialized (select t.* from {table} t where t.id not in (select id from kept_{table})"
        f" union all select * from past_{table})"
    )


def _table(model: type[Model]) -> str:
    return model._meta.db_table


@dataclass(frozen=True, slots=True)
class Moment:
    """Which record is looked back at, and as of when."""

    mapping: TypeMapping
    column: str
    value: Any
    at: datetime


class PastReads(Reads):
    """The reads of an operation, as of a moment of one record: in the same snapshot, by what is seen of the past."""

    def __init__(self, now: Reads, moment: Moment) -> None:
        self.caller, self.displays, self.shared = now.caller, now.displays, {}
        self._now = now
        self._moment = moment

    @classmethod
    async def of(cls, now: Reads, moment: Moment) -> PastReads:
        """Raises Forbidden, Invalid (AS_OF_FUTURE)."""
        refuse_past(await now.authority(), moment.mapping)
        if moment.at > (await now.state()).now:
            raise Invalid.because("AS_OF_FUTURE", "asOf")
        return cls(now, moment)

    async def authority(self) -> Hindsight:
        return Hindsight(await self._now.authority())

    async def state(self) -> State:
        return await self._now.state()

    async def fetch(self, sql: str, bindings: Bindings) -> list[Any]:
        bound = Bindings(list(bindings.values))
        moment = self._moment
        ctes = shadows(await self.authority(), moment.mapping, moment.column, moment.value, moment.at, bound)
        return await self._now.fetch(f"with {ctes} {sql}", bound)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._now.connection() as connection:
            yield connection
