"""The reference resolvers: rows of mapped types, loaded in batches, fields answered from the mapping.

A `Row` answers each field of its type by name, as Strawberry's default resolver asks for it. Columns come with the row;
relations are loaded for all siblings at once. Every statement passes the scope of the rows it reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any

from strawberry.dataloader import DataLoader

from api.auth.authority import Authority
from api.auth.predicates import Bindings
from api.execution import global_id
from api.execution.displays import Display, watched
from api.execution.mapping import (
    Column,
    Computed,
    Embedded,
    GlobalId,
    MappedField,
    Masked,
    Nested,
    ToMany,
    ToOne,
    TypeMapping,
    ViewerCan,
    embedded_mapping,
    expression_of,
    id_type,
    mapping_of,
)
from api.execution.permits import commands_sql, is_told
from api.execution.reads import Reads
from domain.errors import Bug

ROW = "t"
RIGHT = "right:"
OUTSIDE = "outside:"
KEY = "key:"
DISPLAY = "display:"
COMMANDS = "viewer_can"


class Row:
    """One row as a GraphQL object of its type; of an embedded one, `owner` maps the type whose row it is made of."""

    __slots__ = ("_mapping", "_owner", "_prefix", "_reads", "_values")

    def __init__(
        self, mapping: TypeMapping, values: Any, reads: Reads, prefix: str = "", owner: TypeMapping | None = None
    ) -> None:
        self._mapping = mapping
        self._owner = owner or mapping
        self._values = values
        self._reads = reads
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        field = self._mapping.fields.get(name)
        if field is None:
            raise AttributeError(name)
        right = field.mapping.right
        if right is not None and not self._values[f"{self._prefix}{RIGHT}{right}"]:
            outside = self._values.get(f"{self._prefix}{OUTSIDE}{name}")
            return None if outside is None else _as(field.python_type, outside)
        display = self._values.get(f"{self._prefix}{DISPLAY}{name}")
        value = self._answer(name, field)
        return value if display is None else self._noted(display, value)

    def _answer(self, name: str, field: MappedField) -> Any:
        match field.mapping:
            case Column():
                return _as(field.python_type, self._values[self._prefix + name])
            case GlobalId(column):
                return global_id.encode(id_type(self._mapping), self._values[f"{self._prefix}{KEY}{column}"])
            case Embedded(needs=needs, columns=columns):
                if needs is not None and self.key(needs) is None:
                    return None
                shown, prefix = embedded_mapping(field.target, columns), f"{self._prefix}{name}."
                return Row(shown, self._values, self._reads, prefix, self._owner)
            case ToOne() | ToMany() | Computed():
                return self._load(field)
            case Nested():
                raise Bug(f"{name} is resolved by itself")
            case ViewerCan():
                return list(self._values[self._prefix + COMMANDS])
            case Masked():
                return [each.name for each in self._mapping.fields.values() if self._is_hidden(each)]

    @property
    def reads(self) -> Reads:
        """What it was read by."""
        return self._reads

    def asked(self, name: str, **arguments: Any) -> Any:
        """What a nested field of it asks for."""
        nested = self._mapping.fields[name].mapping
        assert isinstance(nested, Nested)
        return nested.request(self.key(self._mapping.key), **arguments)

    def key(self, column: str) -> Any:
        """The value of a column that identifies the row or leads on from it."""
        return self._values[f"{self._prefix}{KEY}{column}"]

    def is_of(self, cls: type) -> bool:
        """Whether this is a row of the Strawberry type."""
        return self._mapping.cls is cls

    def _is_hidden(self, field: MappedField) -> bool:
        right = field.mapping.right
        return right is not None and not self._values[f"{self._prefix}{RIGHT}{right}"]

    def _load(self, field: MappedField) -> Awaitable[Any]:
        """What is loaded for all rows of the type at once."""
        loader = self._reads.shared.get((self._mapping, field.python_name))
        if loader is None:
            load = _loading(self._reads, self._owner, field)
            loader = self._reads.shared[(self._mapping, field.python_name)] = DataLoader(load, max_batch_size=1000)
        match field.mapping:
            case ToOne(on=on) | ToMany(on=on):
                key: Any = tuple(self.key(here) for _, here in on)
            case Computed(column=column):
                key = self.key(column)
        result: Awaitable[Any] = loader.load(key)
        return result

    def _noted(self, display: str, value: Any) -> Any:
        """The value, with a note that it is shown if there is anything to show."""
        if isawaitable(value):
            return self._noted_later(display, value)
        if value is not None and value != []:
            self._reads.displays.add(Display.read(display))
        return value

    async def _noted_later(self, display: str, value: Awaitable[Any]) -> Any:
        return self._noted(display, await value)


def _loading(reads: Reads, mapping: TypeMapping, field: MappedField) -> Callable[[list[Any]], Awaitable[Sequence[Any]]]:
    if isinstance(field.mapping, Computed):
        return partial(field.mapping.load, reads)
    assert isinstance(field.mapping, ToOne | ToMany)
    return partial(related_rows, reads, mapping_of(field.target), field.mapping, mapping)


async def related_rows(
    reads: Reads, target: TypeMapping, relation: ToOne | ToMany, source: TypeMapping, keys: Sequence[tuple[Any, ...]]
) -> list[Any]:
    """For each key, the row over there or None (to-one), or the list of rows (to-many), in the relation's order."""
    bindings = Bindings()
    authority = await reads.authority()
    names = [f"k{place}" for place in range(len(relation.on))]
    arrays = ", ".join(
        bindings.bind([key[place] for key in keys], f"{source.column_type(here)}[]")
        for place, (_, here) in enumerate(relation.on)
    )
    via = relation.via if isinstance(relation, ToMany) else None
    near = ROW if via is None else "via"
    on = " and ".join(f"{near}.{there} = wanted.{name}" for (there, _), name in zip(relation.on, names, strict=True))
    joined = f"{target.table} {ROW} on {on}"
    if via is not None:
        far = " and ".join(f"{ROW}.{there} = via.{here}" for there, here in via.on)
        joined = f"{via.table} via on {on} join {target.table} {ROW} on {far}"
    order = relation.order if isinstance(relation, ToMany) else ()
    meant = relation.where if isinstance(relation, ToMany) else None
    sql = (
        f"select wanted.place, {selection(reads, authority, target, ROW, bindings)}"
        f" from unnest({arrays}) with ordinality as wanted ({', '.join(names)}, place)"
        f" join {joined}"
        f" where {'true' if is_told(relation, target) else reads.displayed(authority, target, ROW, bindings)}"
        f" and {'true' if meant is None else meant.format(row=ROW)}"
        f" order by {', '.join(['wanted.place', *(f'{ROW}.{name}' for name in order)])}"
    )
    found: dict[int, list[Row]] = defaultdict(list)
    for values in await reads.fetch(sql, bindings):
        found[values["place"]].append(Row(target, values, reads))
    if isinstance(relation, ToMany):
        return [found.get(place, []) for place in range(1, len(keys) + 1)]
    return [next(iter(found.get(place, ())), None) for place in range(1, len(keys) + 1)]


def selection(reads: Reads, authority: Authority, mapping: TypeMapping, row: str, bindings: Bindings) -> str:
    """The columns that rows of the type are made of: values, keys, a flag per field group, the allowed commands."""
    parts: dict[str, str] = {}
    _select(reads, authority, mapping, mapping, row, bindings, "", parts)
    return ", ".join(f'{expression} as "{name}"' for name, expression in parts.items())


def _select(
    reads: Reads,
    authority: Authority,
    mapping: TypeMapping,
    owner: TypeMapping,
    row: str,
    bindings: Bindings,
    prefix: str,
    parts: dict[str, str],
) -> None:
    for right in mapping.rights:
        parts[f"{prefix}{RIGHT}{right}"] = reads.row_scope(authority, owner.access, row, right).some(bindings)
    for name, field in mapping.fields.items():
        display = watched(field, owner, row)
        if display is not None:
            parts[f"{prefix}{DISPLAY}{name}"] = display
        match field.mapping:
            case Column(expression=expression, outside=outside):
                parts[prefix + name] = expression_of(expression, row)
                parts |= {} if outside is None else {f"{prefix}{OUTSIDE}{name}": expression_of(outside, row)}
            case Nested():
                parts[f"{prefix}{KEY}{mapping.key}"] = f"{row}.{mapping.key}"
            case GlobalId(column=column) | Computed(column=column):
                parts[f"{prefix}{KEY}{column}"] = f"{row}.{column}"
            case Embedded(needs=needs, columns=columns):
                parts |= {} if needs is None else {f"{prefix}{KEY}{needs}": f"{row}.{needs}"}
                _select(
                    reads, authority, embedded_mapping(field.target, columns), owner, row, bindings, f"{prefix}{name}.", parts
                )
            case ToOne(on=on) | ToMany(on=on):
                parts |= {f"{prefix}{KEY}{here}": f"{row}.{here}" for _, here in on}
            case ViewerCan(commands):
                parts[prefix + COMMANDS] = commands_sql(authority, owner, row, commands, bindings)
            case Masked():
                pass


def _as(type_: Any, value: Any) -> Any:
    if value is None or not hasattr(type_, "__members__"):
        return value
    return [type_(each) for each in value] if isinstance(value, list) else type_(value)
