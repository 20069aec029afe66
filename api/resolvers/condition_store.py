"""Condition records between the database and the rules: read with scales, supplements and what is used of their maxima."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.pricing.accesses import KeysWanted
from domain.pricing.values import (
    ConditionRecord,
    FreeGoods,
    FreeGoodsKind,
    FreeGoodsRule,
    Key,
    ReleaseStatus,
    Scale,
    ScaleBasis,
    ScaleLevel,
    ScaleType,
    Supplement,
    Used,
)

Fetch = Callable[[str, list[Any]], Awaitable[list[Any]]]
"""Gives the rows of a statement with these values."""

PER_ONE, NO_RATE, UNUSED = Decimal(1), Decimal(0), Used()
STATUSES = {status.value: status for status in ReleaseStatus}
SEPARATOR = "\x1f"
"""Between the parts of a lookup: no code, number or name has it."""
BETWEEN = "\x1e"
"""Between lookups."""

VALUES = """r.id, r.number, r.version, r.lookup, r.valid_from, r.valid_to, r.release_status, r.rate, r.currency, r.per, r.unit,
    r.lower_limit, r.upper_limit, r.maximum_value, r.maximum_quantity, r.maximum_orders, r.exclusion_indicator,
    r.scale_type, r.scale_basis, r.scale_unit, r.free_kind, r.free_rule, r.free_quantity, r.free_minimum,
    r.free_commercially, r.free_material_id, r.free_unit,
    case when r.scale_type is not null then
        (select json_agg(json_build_array(l.from_value::text, l.to_value::text, l.rate::text) order by l.position)
         from condition_scale_levels l where l.record_id = r.id) end as levels,
    (select json_agg(json_build_array(s.condition_type, s.rate::text, s.currency, s.per::text, s.unit) order by s.position)
     from condition_supplements s where s.record_id = r.id) as supplements,
    case when coalesce(r.maximum_value, r.maximum_quantity, r.maximum_orders) is not null then
        (select json_build_array(sum(u.value)::text, sum(u.quantity)::text, count(*)) from condition_uses u
         where u.record_number = r.number and u.document is distinct from {but}) end as used"""
UNDER = f"select {VALUES} from condition_records r where r.lookup = any(string_to_array($1::text, chr({ord(BETWEEN)})))"
"""The lookups come as one text: thousands of them are sent and read in a tenth of the time of an array."""
ONE = f"select {VALUES.format(but='null')} from condition_records r where r.id = $1"
STATUS_CHANGES = """
    select distinct on (d.record_id) d.record_id, d.old_value from change_documents d
    where d.record_type = 'ConditionRecord' and d.field = 'release_status' and d.record_id = any($1) and d.changed_at > $2
      and d.kind = 'CHANGED'
    order by d.record_id, d.changed_at, d.id"""
"""The status that records had at a moment, of those whose status was changed after it."""


def lookup_of(condition_type: str, table: str, key: Key) -> str:
    """What a record is found by: its type, its table and the values of its key."""
    return SEPARATOR.join((condition_type, table, *key))


def lookups_of(wanted: Iterable[KeysWanted]) -> list[str]:
    """What all that pricing looks for is found by."""
    found = []
    for condition_type, table, _, keys in wanted:
        start = f"{condition_type}{SEPARATOR}{table}{SEPARATOR}"
        found += [start + SEPARATOR.join(key) for key in keys]
    return found


async def records_under(fetch: Fetch, lookups: list[str], *, but: str | None = None) -> list[ConditionRecord]:
    """All versions of all records under these lookups; of maxima, what the document `but` has used does not count."""
    return [record_of(row) for row in await fetch(UNDER.format(but="$2::text"), [BETWEEN.join(lookups), but])]


async def records_under_at(fetch: Fetch, lookups: list[str], moment: datetime) -> list[ConditionRecord]:
    """The same as they were at a moment: without versions made since, each with the status that it had."""
    rows = await fetch(f"{UNDER.format(but='null')} and r.created_at <= $2", [BETWEEN.join(lookups), moment])
    before = {row["record_id"]: row["old_value"] for row in await fetch(STATUS_CHANGES, [[r["id"] for r in rows], moment])}
    return [record_of(row, before.get(row["id"])) for row in rows]


async def record_with(fetch: Fetch, id: int) -> ConditionRecord:
    """The version of this key."""
    return record_of((await fetch(ONE, [id]))[0])


def record_of(row: Any, status: str | None = None) -> ConditionRecord:
    """A record as the rules know it; with another status than it has now, if one is given."""
    condition_type, table, *key = row["lookup"].split(SEPARATOR)
    rate, scale, supplements, per, used = row["rate"], row["scale_type"], row["supplements"], row["per"], row["used"]
    return ConditionRecord(  # in the order of its fields: to match their names takes longer than all the rest
        str(row["id"]),
        row["number"],
        condition_type,
        table,
        tuple(key),
        row["valid_from"],
        row["valid_to"],
        rate.normalize() if rate is not None else NO_RATE,
        row["version"],
        STATUSES[status or row["release_status"]],
        row["currency"],
        per.normalize() if per is not None else PER_ONE,
        row["unit"],
        _scale(row) if scale is not None else None,
        tuple(_supplement(each) for each in json.loads(supplements)) if supplements else (),
        row["lower_limit"],
        row["upper_limit"],
        row["maximum_value"],
        row["maximum_quantity"],
        row["maximum_orders"],
        _used(used) if used else UNUSED,
        row["exclusion_indicator"],
        _free_goods(row) if row["free_kind"] is not None else None,
    )


def _free_goods(row: Any) -> FreeGoods:
    return FreeGoods(
        per=row["per"].normalize(),
        free=row["free_quantity"].normalize(),
        minimum=row["free_minimum"].normalize(),
        rule=FreeGoodsRule(row["free_rule"]),
        kind=FreeGoodsKind(row["free_kind"]),
        commercially=row["free_commercially"],
        material=None if row["free_material_id"] is None else str(row["free_material_id"]),
        unit=row["free_unit"],
    )


def _scale(row: Any) -> Scale:
    levels = [
        ScaleLevel(Decimal(rate).normalize(), _decimal(start), _decimal(end)) for start, end, rate in json.loads(row["levels"])
    ]
    return Scale(ScaleType(row["scale_type"]), ScaleBasis(row["scale_basis"]), tuple(levels), row["scale_unit"])


def _supplement(values: Sequence[Any]) -> Supplement:
    condition_type, rate, currency, per, unit = values
    return Supplement(condition_type, Decimal(rate).normalize(), currency, _decimal(per) or PER_ONE, unit)


def _used(text: str) -> Used:
    value, quantity, orders = json.loads(text)
    return Used(_decimal(value) or Decimal(0), _decimal(quantity) or Decimal(0), orders)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text).normalize()
