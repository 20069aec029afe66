"""Many commands in one transaction: each decided like a single one, all that they write stored together.

    async with working(Batch, caller, input, "importCustomers") as batch:
        await batch.alone()
        await batch.load(Customer, "number", numbers)
        for each in rows:
            async with batch.row():
                ...                     # the same functions that carry out single commands
        await batch.flush()

A row that raises leaves nothing behind, neither waiting rows nor numbers. What a command looks for among rows that
still wait is written first, so that a second row finds the first one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tortoise import Model

from api.auth.predicates import Bindings, RowScope
from api.auth.records import Whereabouts, whereabouts_of
from api.execution.command import BATCH_LOCK, Record
from api.execution.mapping import sql_type
from api.execution.waiting import Waiting
from domain.activity import Activity
from domain.areas import Area
from domain.errors import Bug, Problem
from models.access import Access
from models.journal import NumberRange


@dataclass(kw_only=True)
class Batch(Waiting):
    """Work whose rows wait until `flush`, and whose rows to change are locked and looked at many at a time."""

    keys_at_a_time: int = 500
    _changed: dict[Model, None] = field(default_factory=dict)
    """What the command at work has changed, stored when it is through."""
    _stored: dict[Model, None] = field(default_factory=dict)
    """What was changed since `look_for` looked."""
    _numbers: dict[str, NumberRange] = field(default_factory=dict)
    _records: dict[tuple[type[Model], int], Any] = field(default_factory=dict)
    _where: dict[tuple[type[Model], int], Whereabouts] = field(default_factory=dict)
    _untouched: dict[Model, dict[str, Any]] = field(default_factory=dict)
    """The rows that the command at work has locked, as they were before it."""
    _found: dict[tuple[type[Model], str, frozenset[tuple[str, Any]]], list[tuple[int, Any]]] = field(default_factory=dict)
    _decided: set[tuple[Area, str, Activity]] = field(default_factory=set)

    async def alone(self) -> None:
        """Keep away, until the end, every other command that would be alone with some key; before anything else is locked."""
        await self.connection.execute("select pg_advisory_xact_lock($1)", BATCH_LOCK)

    async def load(self, model: type[Record], column: str, values: Iterable[Any]) -> dict[Any, Record]:
        """Lock the rows with these values that the caller may see, and find out where they lie; by value. What was loaded
        before is forgotten, and stays locked.
        """
        access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
        table, bindings = model._meta.db_table, Bindings()
        wanted = bindings.bind(list(values), f"{sql_type(model._meta.fields_map[column])}[]")
        seen = RowScope(access, "t", self.authority.scope(access.object), self.authority.user_id).some(bindings)
        rows = await self.connection.fetch(
            f"select t.id from {table} t where t.{column} = any({wanted}) and {seen} order by t.id for no key update",
            *bindings.values,
        )
        keys = [row["id"] for row in rows]
        records = await model.filter(id__in=keys)
        where = await whereabouts_of(self.connection, access, table, keys, self.caller.user_id)
        self._loaded.clear()
        self._records = {(model, record.pk): record for record in records}
        self._where = {(model, key): each for key, each in where.items()}
        return {getattr(record, column): record for record in records}

    @asynccontextmanager
    async def row(self) -> AsyncIterator[None]:
        """One command, or several that belong together: a Problem in it leaves nothing of them behind."""
        lists: tuple[dict[Any, list[Any]], ...] = (self._new, self._rows, self._notes)
        lengths = [{kind: len(each) for kind, each in lists_of.items()} for lists_of in lists]
        numbers = {name: each.next_number for name, each in self._numbers.items()}
        self._untouched.clear()
        try:
            yield
        except Problem:
            for lists_of, before in zip(lists, lengths, strict=True):
                for kind, each in lists_of.items():
                    del each[before.get(kind, 0) :]
            self._numbers = {name: each for name, each in self._numbers.items() if name in numbers}
            for name, number in numbers.items():
                self._numbers[name].next_number = number
            for record, values in self._untouched.items():
                record.update_from_dict(values)
            self._changed.clear()
            raise
        for record in self._changed:
            await record.save()
        self._stored |= self._changed
        self._changed.clear()

    async def flush(self) -> None:
        """Store what waits, in the order in which it was made."""
        for range_ in self._numbers.values():
            await range_.save()
        await super().flush()
        self._found.clear()
        self._stored.clear()

    async def look_for(self, model: type[Model], column: str, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Find out at once what `seen_with` will be asked, for rows with each of these values, until something is stored."""
        if not wanted:
            return
        access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
        bindings, names = Bindings(), tuple(wanted[0])
        arrays = ", ".join(
            bindings.bind([each[name] for each in wanted], f"{sql_type(model._meta.fields_map[name])}[]") for name in names
        )
        seen = RowScope(access, "t", self.authority.scope(access.object), self.authority.user_id).some(bindings)
        rows = await self.connection.fetch(
            f"select t.id as key, t.{column} as found, {', '.join(f't.{name}' for name in names)} from {model._meta.db_table} t"
            f" where ({', '.join(f't.{name}' for name in names)}) in (select * from unnest({arrays})) and {seen} order by t.id",
            *bindings.values,
        )
        for each in wanted:
            self._found[(model, column, frozenset(each.items()))] = []
        for row in rows:
            values = frozenset((name, row[name]) for name in names)
            self._found[(model, column, values)].append((row["key"], row["found"]))

    async def seen_with(self, model: type[Model], column: str, *, but: Model | None = None, **values: Any) -> Any:
        """As for single commands; what was found at once is looked for anew if a row of this batch may be it by now."""
        found = self._found.get((model, column, frozenset(values.items())))
        keys = {key for key, _ in found or ()}
        later = (*self._new.get(model, ()), *(each for each in self._stored if isinstance(each, model)))
        if any(each.pk in keys or all(getattr(each, name) == value for name, value in values.items()) for each in later):
            await self.flush()
            found = None
        if found is None:
            return await super().seen_with(model, column, but=but, **values)
        return next((value for key, value in found if but is None or key != but.pk), None)

    async def alone_with(self, key: str) -> None:
        """Nothing to wait for: `alone` keeps them all away."""

    async def next_number(self, range_name: str) -> str:
        """The next number of a range, which is locked at its first use."""
        range_ = self._numbers.get(range_name)
        if range_ is None:
            range_ = self._numbers[range_name] = await NumberRange.filter(name=range_name).select_for_update().get()
        if range_.next_number > range_.last_number:
            raise Bug(f"number range {range_name} is used up")
        range_.next_number += 1
        return str(range_.next_number - 1)

    def demand_in(self, area: Area, object: str, activity: Activity) -> None:
        """As for single commands; Casbin is asked once, since an authority never changes its mind."""
        if (area, object, activity) not in self._decided:
            super().demand_in(area, object, activity)
            self._decided.add((area, object, activity))

    async def _locked(self, model: type[Record], key: int) -> Record | None:
        record: Record | None = self._records.get((model, key))
        if record is not None:
            self._untouched.setdefault(record, {name: getattr(record, name) for name in model._meta.db_fields})
        return record

    async def _whereabouts(self, record: Model) -> Whereabouts:
        found = self._where.get((type(record), record.pk))
        return found if found is not None else await super()._whereabouts(record)

    async def _update(self, record: Model) -> None:
        self._changed[record] = None
