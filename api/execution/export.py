"""Whole lists as rows of texts, read by a cursor: however long a list is, a small piece of it is in memory.

The same mapping, conditions and scopes as for pages. A row leaves the house only where the caller may display it, and may
export it in every area that it lies in; its parts, one line each, are those that the caller may display.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from api.auth.authority import Authority
from api.auth.predicates import Bindings, RowScope
from api.auth.traces import note_use
from api.execution.conditions import Condition, ConditionSql
from api.execution.mapping import Column, Embedded, MappedField, Pairs, ToOne, TypeMapping, expression_of, mapping_of
from api.execution.reads import Reads
from domain.activity import Activity
from domain.errors import Bug, Forbidden

ROW, PART = "t", "part"
AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Export:
    """What of a mapped type is exported: fields of its own, then of a part, one line for each; in the order of columns."""

    cls: type
    fields: tuple[str, ...]
    part: type
    on: Pairs
    part_fields: tuple[str, ...]
    order: tuple[str, ...]
    part_order: tuple[str, ...]


def demand_export(authority: Authority, cls: type) -> None:
    """Refuse who may export such rows nowhere. Raises Forbidden."""
    object = mapping_of(cls).access.object
    if authority.scope(object, Activity.EXPORT).is_empty:
        raise Forbidden.because("FORBIDDEN", None, object=object, activity=Activity.EXPORT.name)


async def exported(reads: Reads, export: Export, condition: Condition | None) -> AsyncIterator[list[Sequence[str | None]]]:
    """The lines, some at a time, all of one snapshot. Raises Unauthenticated, Forbidden, before the first."""
    authority = await reads.authority()
    demand_export(authority, export.cls)
    note_use(authority.user_id, mapping_of(export.cls).access.object, Activity.EXPORT)
    mapping, part, bindings = mapping_of(export.cls), mapping_of(export.part), Bindings()
    cells = [
        *(_cell(authority, mapping, name, ROW, bindings) for name in export.fields),
        *(_cell(authority, part, name, PART, bindings) for name in export.part_fields),
    ]
    on = " and ".join(f"{PART}.{there} = {ROW}.{here}" for there, here in export.on)
    order = [*(f'{ROW}.{name} collate "C"' for name in export.order), *(f"{PART}.{name}" for name in export.part_order)]
    sql = (
        f"select {', '.join(f'({cell})::text' for cell in cells)} from {mapping.table} {ROW}"
        f" left join {part.table} {PART} on {on} and {reads.displayed(authority, part, PART, bindings)}"
        f" where {' and '.join(_conditions(reads, authority, mapping, condition, bindings))} order by {', '.join(order)}"
    )
    async with reads.connection() as connection:
        statement = await connection.prepare(sql)
        cursor = await statement.cursor(*bindings.values)
        while rows := await cursor.fetch(AT_A_TIME):
            yield [tuple(row) for row in rows]


async def left_out(reads: Reads, cls: type, condition: Condition | None) -> int:
    """How many of the rows the caller may display, and not export. Raises Unauthenticated."""
    authority, mapping, bindings = await reads.authority(), mapping_of(cls), Bindings()
    shown, exportable, *more = _conditions(reads, authority, mapping, condition, bindings)
    where = " and ".join([shown, f"not ({exportable})", *more])
    rows = await reads.fetch(f"select count(*) as total from {mapping.table} {ROW} where {where}", bindings)
    return int(rows[0]["total"])


def _conditions(
    reads: Reads, authority: Authority, mapping: TypeMapping, condition: Condition | None, bindings: Bindings
) -> list[str]:
    """SQL that holds where the row may be displayed, where it may be exported, and where the condition does."""
    scope = authority.scope(mapping.access.object, Activity.EXPORT)
    found = [
        reads.displayed(authority, mapping, ROW, bindings),
        RowScope(mapping.access, ROW, scope, authority.user_id).every(bindings),
    ]
    if condition is not None:
        found.append(ConditionSql(authority, mapping, ROW, bindings).sql(condition))
    return found


def _cell(authority: Authority, mapping: TypeMapping, name: str, row: str, bindings: Bindings) -> str:
    """SQL of a field as the caller sees it: null where it is hidden; of another row, the code that it is named by."""
    field = _field(mapping, name)
    match field.mapping:
        case Column(expression=expression):
            sql = expression_of(expression, row)
        case ToOne(on=on, reference=True):
            sql = " || '/' || ".join(f"{row}.{here}" for _, here in on)
        case _:
            raise Bug(f"{mapping.name}.{name} cannot be exported")
    right = field.mapping.right
    if right is None:
        return sql
    seen = RowScope(mapping.access, row, authority.scope(right), authority.user_id).some(bindings)
    return f"case when {seen} then {sql} end"


def _field(mapping: TypeMapping, name: str) -> MappedField:
    """The field of the type, or of an object embedded in it."""
    within = (mapping_of(each.target) for each in mapping.fields.values() if isinstance(each.mapping, Embedded))
    return next(each.fields[name] for each in (mapping, *within) if name in each.fields)
