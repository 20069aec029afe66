"""What is there of materials in plants, and what of it is promised to the lines of a document.

Whoever promises holds the rows of the materials in their plants, in the order of their keys, until the end: so two orders at
once are never promised the same pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from api.execution.command import Work
from api.resolvers.drafts import Draft, Line
from domain.orders.availability import (
    Available,
    Confirmation,
    Movement,
    Requirement,
    available_by_date,
    confirmation,
    consumed,
)
from domain.orders.availability import ScheduleLine as Promise
from domain.pricing.rounding import rounded
from domain.pricing.values import RoundingRule
from models.sales_document import ScheduleLine

ZERO = Decimal(0)
Place = tuple[int, str]
"""A material, by key, in a plant, by code."""

HELD = """select m.material_id, m.plant from material_plants m
    where (m.material_id, m.plant) in (select * from unnest($1::bigint[], $2::text[]))
    order by m.material_id, m.plant for no key update"""
MOVEMENTS = """
    with wanted as (select * from unnest($1::bigint[], $2::text[]) as w (material_id, plant))
    select material_id, plant, greatest(day, $3::date) as day, sum(greatest(quantity, 0)) as into_stock,
           sum(greatest(-quantity, 0)) as out_of_stock
    from (
        select s.material_id, s.plant, $3::date as day, s.quantity from stock s join wanted using (material_id, plant)
        union all
        select p.material_id, p.plant, p.day, p.quantity from planned_movements p join wanted using (material_id, plant)
        union all
        select l.material_id, l.plant, l.confirmed_date, -l.open_base
        from schedule_lines l join wanted using (material_id, plant) where l.open_base > 0 and l.document_id is distinct from $4
        union all
        select i.material_id, i.plant, coalesce(i.held_on, $3::date), -i.held_base
        from delivery_items i join wanted using (material_id, plant)
        where i.held_base > 0
    ) each
    group by 1, 2, 3"""


async def hold(work: Work, places: Iterable[Place]) -> None:
    """Keep others from promising anything of these materials until the end."""
    every = sorted(set(places))
    if every:
        await work.connection.fetch(HELD, [material for material, _ in every], [plant for _, plant in every])


async def available(
    connection: Any, places: Iterable[Place], today: date, *, but: int | None = None
) -> Mapping[Place, tuple[Available, ...]]:
    """What of each day is left for new requirements; what the document `but` holds does not count."""
    every = sorted(set(places))
    if not every:
        return {}
    rows = await connection.fetch(MOVEMENTS, [material for material, _ in every], [plant for _, plant in every], today, but)
    receipts: dict[Place, list[Movement]] = {place: [] for place in every}
    issues: dict[Place, list[Movement]] = {place: [] for place in every}
    for row in rows:
        place = (row["material_id"], row["plant"])
        for found, column in ((receipts, "into_stock"), (issues, "out_of_stock")):
            if row[column] > 0:
                found[place].append(Movement(row["day"], row[column]))
    return {place: available_by_date(receipts[place], issues[place]) for place in every}


async def promise(work: Work, draft: Draft) -> None:
    """Set the schedule lines of all lines that availability is checked for; each takes what those before it have left."""
    checked = [line for line in draft.kept if line.category.confirmed and line.row.plant is not None]
    places = [(line.row.material_id, line.row.plant or "") for line in checked]
    await hold(work, places)
    left = dict(await available(work.connection, places, draft.parts.today, but=None if draft.is_new else draft.document.id))
    for line, place in zip(checked, places, strict=True):
        found = confirmation(left[place], requirement_of(draft, line))
        left[place] = consumed(left[place], found.lines)
        _schedule(draft, line, found)
    for line in draft.lines:
        if line not in checked:
            _schedule(draft, line, None)


def requirement_of(draft: Draft, line: Line) -> Requirement:
    """What a line wants: what is neither rejected nor delivered of it, in its base unit."""
    day = max(line.row.requested_date or draft.parts.today, draft.parts.today)
    wanted = line.row.quantities.open_to_deliver * line.per_unit
    whole = line.per_unit if line.per_unit == line.per_unit.to_integral_value() and line.per_unit > 1 else None
    return Requirement(day, wanted, draft.document.complete_delivery, whole)


def _schedule(draft: Draft, line: Line, found: Confirmation | None) -> None:
    """The schedule lines of a line: what was delivered before, what is promised day by day, and what is not."""
    row, day = line.row, line.row.requested_date or draft.parts.today
    promised = _in_units(line, found.lines) if found is not None else []
    rest = row.quantities.open_to_deliver - sum((quantity for _, quantity, _ in promised), ZERO)
    delivered = min(row.delivered, row.quantities.kept)
    line.schedule = [
        *([_line(line, day, delivered, day, delivered, ZERO)] if delivered else []),
        *(_line(line, day, quantity, on, quantity, base) for on, quantity, base in promised),
        *([_line(line, day, rest, None, ZERO, ZERO)] if rest > 0 else []),
    ]
    row.confirmed = delivered + sum((quantity for _, quantity, _ in promised), ZERO)


def _in_units(line: Line, promises: Sequence[Promise]) -> list[tuple[date, Decimal, Decimal]]:
    """Promises in the line's own unit, rounded down to what it is counted in; and in the base unit."""
    found = []
    for each in promises:
        quantity = rounded(each.quantity / line.per_unit, Decimal("0.001"), RoundingRule.DOWN)
        if quantity > 0:
            found.append((each.day, quantity, each.quantity))
    return found


def _line(
    line: Line, day: date, quantity: Decimal, confirmed_date: date | None, confirmed: Decimal, open_base: Decimal
) -> ScheduleLine:
    row = line.row
    return ScheduleLine(
        requested_date=day,
        quantity=quantity,
        confirmed_date=confirmed_date,
        confirmed=confirmed,
        material_id=row.material_id,
        plant=row.plant,
        open_base=open_base,
    )


def keep_promised(line: Line, most: Decimal) -> None:
    """Let go of what is promised to a line beyond a quantity, the latest first."""
    over = line.row.confirmed - most
    for each in reversed(line.schedule):
        cut = min(each.confirmed, over)
        if each.open_base and cut > 0:
            each.open_base -= each.open_base * cut / each.confirmed
            each.confirmed -= cut
            each.confirmed_date = each.confirmed_date if each.confirmed else None
            line.row.confirmed -= cut
            over -= cut


def unpromise(draft: Draft) -> None:
    """Let go of all that is not delivered: a draft holds no stock."""
    for line in draft.lines:
        _schedule(draft, line, None)
