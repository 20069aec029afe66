"""Work whose rows wait until the end, so that a command's statements do not grow with its rows.

    async with working(Waiting, caller, input, "createSalesOrder") as work:
        await work.reserve({SalesDocument: 1, SalesItem: 10})
        await work.create(document)
        ...                      # stored last before the commit: one statement for each table

Keys are drawn from the tables' sequences beforehand, so that rows can name each other. A model over a view of another table
says in `stored_in` where its rows are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tortoise import Model, fields

from api.execution.command import Work
from api.execution.mapping import sql_type


@dataclass(kw_only=True)
class Waiting(Work):
    """Work whose new rows, changed rows and notes wait until `flush`, or until it is finished."""

    keys_at_a_time: int = 10
    _new: dict[type[Model], list[Model]] = field(default_factory=dict)
    _rows: dict[tuple[type[Model], tuple[str, ...]], list[tuple[Any, ...]]] = field(default_factory=dict)
    _notes: dict[type[Model], list[dict[str, Any]]] = field(default_factory=dict)
    _updated: dict[type[Model], dict[Any, Model]] = field(default_factory=dict)
    _keys: dict[str, list[int]] = field(default_factory=dict)

    async def reserve(self, wanted: Mapping[type[Model], int]) -> None:
        """Draw so many keys for new rows of these models, in one statement."""
        parts = [
            f"select '{_table(model)}' as name, nextval(s.sequence) as key from generate_series(1, {count:d}),"
            f" (select pg_get_serial_sequence('{_table(model)}', 'id')::regclass as sequence offset 0) s"
            for model, count in wanted.items()
            if count > 0
        ]
        for row in await self.connection.fetch(" union all ".join(parts)) if parts else ():
            self._keys.setdefault(row["name"], []).insert(0, row["key"])

    def add_rows(self, model: type[Model], columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
        """Store new rows that nothing else names and no change document tells of: values of these columns as the driver takes
        them. There may be hundreds in one command, so they are no models.
        """
        self._rows.setdefault((model, columns), []).extend(rows)

    async def flush(self) -> None:
        """Store what waits, in the order in which it was made."""
        for model, records in self._new.items():
            await self._copy(model, tuple(model._meta.fields_db_projection), [vars(record) for record in records])
        for model, changed in self._updated.items():
            await self._write(model, list(changed.values()))
        for (model, columns), rows in self._rows.items():
            await self._copy_values(model, columns, rows)
        for model, notes in self._notes.items():
            await self._copy(model, tuple(notes[0]) if notes else (), notes)
        self._new.clear()
        self._updated.clear()
        self._rows.clear()
        self._notes.clear()

    async def finish(self) -> None:
        """Store what waits, then finish as any command does."""
        await self.flush()
        await super().finish()

    async def _insert(self, record: Model) -> None:
        keys = self._keys.setdefault(_table(type(record)), [])
        if not keys:
            await self.reserve({type(record): self.keys_at_a_time})
        record.pk = keys.pop()
        record._saved_in_db = True
        for name, each in type(record)._meta.fields_map.items():
            if getattr(each, "auto_now_add", False):
                setattr(record, name, self.now)
        self._new.setdefault(type(record), []).append(record)

    async def _update(self, record: Model) -> None:
        if not any(each is record for each in self._new.get(type(record), ())):
            self._updated.setdefault(type(record), {})[record.pk] = record

    async def _note(self, model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
        self._notes.setdefault(model, []).extend(rows)

    async def _copy(self, model: type[Model], names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Store rows given by the names of their fields; PostgreSQL checks them as Tortoise would."""
        every = _turns(model)
        turns = [(name, every[name]) for name in names]
        values = [[row[name] if turn is None else turn(row[name]) for name, turn in turns] for row in rows]
        await self._copy_values(model, [model._meta.fields_db_projection[name] for name in names], values)

    async def _copy_values(self, model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            await self.connection.copy_records_to_table(_table(model), columns=columns, records=rows)

    async def _write(self, model: type[Model], records: Sequence[Model]) -> None:
        """Store changed rows, whole, in one statement."""
        names = [name for name in model._meta.fields_db_projection if name != model._meta.pk_attr]
        every = [model._meta.pk_attr, *names]
        turned = _turns(model)
        values = [
            [getattr(each, name) if (turn := turned[name]) is None else turn(getattr(each, name)) for each in records]
            for name in every
        ]
        types = [_column_type(model._meta.fields_map[name]) for name in every]
        columns = [model._meta.fields_db_projection[name] for name in every]
        arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types, 1))
        key, *others = columns
        await self.connection.execute(
            f"update {_table(model)} t set {', '.join(f'{name} = v.{name}' for name in others)}"
            f" from unnest({arrays}) as v ({', '.join(columns)}) where t.{key} = v.{key}",
            *values,
        )


def _table(model: type[Model]) -> str:
    """Where rows of a model are kept."""
    return getattr(model, "stored_in", model._meta.db_table)


def _column_type(field: Any) -> str:
    return "jsonb" if isinstance(field, fields.JSONField) else sql_type(field)


@cache
def _turns(model: type[Model]) -> dict[str, Callable[[Any], Any] | None]:
    """How values of a model's fields become the driver's, by their names."""
    return {name: _turned(model._meta.fields_map[name]) for name in model._meta.fields_db_projection}


def _turned(field: Any) -> Callable[[Any], Any] | None:
    """How a field's value becomes the driver's, where these differ."""
    if isinstance(field, fields.JSONField):
        return lambda value: None if value is None else json.dumps(value)
    if hasattr(field, "enum_type"):
        return lambda value: None if value is None else value.value
    return None
