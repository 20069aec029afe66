"""Free goods 赠品 of a sales document: what comes free with its lines, as lines of their own or within their price.

A line that comes free follows the line that it comes with: it grows and shrinks with it, and ends where nothing is free any
more. What has left already stays given, and what somebody has rejected by itself stays rejected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any, NamedTuple

from api.execution.command import Work
from api.resolvers.document_entry import AskedItem, line_of
from api.resolvers.document_parts import with_materials
from api.resolvers.drafts import Draft, Line
from api.resolvers.orders_content import content
from api.resolvers.pricing import units_of
from domain.errors import Refusal, refuse_if_any
from domain.orders.item_categories import ItemCategory, Usage, determined_category
from domain.orders.quantities import refusals_to_reorder, rejected_item
from domain.pricing.free_determination import ComesFree, free_with_items
from domain.pricing.free_goods import part_of_free
from domain.pricing.rounding import EXACT, ZERO
from domain.pricing.units import NO_UNITS, conversion, places_of
from domain.pricing.values import ConditionRecord, Customizing, FreeGoodsKind, PricingDocument
from models.sales_document import SalesItem

NO_LONGER = "07"
"""The reason for which a line that is not free any more is rejected."""


class Given(NamedTuple):
    """What comes free with a line as a line of its own can have it: of which material, as what, in which unit."""

    free: ComesFree
    material: int
    row: Mapping[str, Any]
    category: ItemCategory
    factor: Fraction


def free_within(row: SalesItem) -> Decimal:
    """How much of what is kept of an item is free within its price, in its unit."""
    if row.free_kind is None or row.free_kind.has_item:
        return ZERO
    return EXACT.divide(row.free_quantity * row.quantities.kept, row.quantity)


def free_lines(draft: Draft, line: Line) -> list[Line]:
    """The lines that come free with a line."""
    return [each for each in draft.lines if each.row.free_with_line == line.row.line_number]


async def give_free_goods(
    work: Work,
    draft: Draft,
    lines: Sequence[Line],
    document: PricingDocument,
    customizing: Customizing,
    records: Iterable[ConditionRecord],
) -> bool:
    """Give what comes free with lines, by the records that they are priced with; whether there is anything, or was.

    Of a line that is rejected in part, what was given stays as it is. Raises Refused for less than was delivered.
    """
    open_lines = [(line, item) for line, item in zip(lines, document.items, strict=True) if not line.row.rejected]
    before = {each.row.free_with_line for each in draft.lines} | {x.row.line_number for x, _ in open_lines if x.row.free_kind}
    for line, _ in open_lines:
        _as_ordered(line.row)
    ordered = replace(document, items=tuple(replace(item, quantity=line.row.quantity) for line, item in open_lines))
    found = free_with_items(ordered, customizing, records)
    await _bring_materials(work, draft, found)
    came: dict[int, list[Line]] = defaultdict(list)
    for each in draft.lines:
        if each.row.free_with_line is not None:
            came[each.row.free_with_line].append(each)
    refusals: list[Refusal] = []
    for (line, _), free in zip(open_lines, found, strict=True):
        if free is not None or line.row.line_number in before:
            refusals += _give(draft, line, came[line.row.line_number], free, customizing)
    refuse_if_any(tuple(refusals))
    return any(found) or bool(before - {None})


def _as_ordered(row: SalesItem) -> None:
    """Let a line be all that was ordered with it again, before it is looked up what of that is free."""
    if row.free_kind is FreeGoodsKind.INCLUSIVE:
        row.quantity += row.free_quantity
    row.free_kind, row.free_quantity = None, ZERO


async def _bring_materials(work: Work, draft: Draft, found: Iterable[ComesFree | None]) -> None:
    """Bring the other materials that come free into the document's parts."""
    others = {int(each.material) for each in found if each is not None and each.material is not None}
    if others - draft.parts.materials.keys():
        draft.parts = await with_materials(work, draft.parts, sorted(others - draft.parts.materials.keys()))


def _give(draft: Draft, line: Line, came: list[Line], free: ComesFree | None, customizing: Customizing) -> tuple[Refusal, ...]:
    """Let a line have what comes free with it, where such an item may stand in such a document."""
    row = line.row
    if free is not None and not free.kind.has_item:
        row.free_kind, row.free_quantity = free.kind, free.quantity
    given = None if free is None or not free.kind.has_item else _given(draft, line, free, customizing)
    there = next((each for each in came if given is not None and _fits(each.row, given)), None)
    for each in came:
        if each is not there:
            _end(each)
    if given is None:
        return ()
    quantity = given.free.quantity
    if there is not None:
        quantity = max(quantity, there.row.quantities.done)
    refusals: tuple[Refusal, ...] = ()
    if given.free.kind is FreeGoodsKind.INCLUSIVE:
        refusals = refusals_to_reorder(row.quantities, row.quantity - quantity, row.line_number, f"{line.path}.quantity")
        row.free_kind, row.free_quantity, row.quantity = given.free.kind, quantity, row.quantity - quantity
    if there is None:
        draft.lines.append(_new(draft, line, given, quantity))
    else:
        _let_be(there, quantity)
    return refusals


def _given(draft: Draft, line: Line, free: ComesFree, customizing: Customizing) -> Given | None:
    """What comes free as a line of its own; None where that cannot stand in the document, or is not sold there."""
    material = line.row.material_id if free.material is None else int(free.material)
    row = draft.parts.materials.get(material)
    if row is None:
        return None
    group = row["item_category_group"]
    determined = determined_category(content().determinations, draft.type.code, group, Usage.FREE_GOODS)
    own = units_of(row["units"]) if row["units"] else NO_UNITS
    factor = conversion(free.unit, row["base_unit"], customizing.units, row["base_unit"], own)
    if determined is None or factor is None:
        return None
    return Given(free, material, row, content().item_categories[determined.category], factor)


def _fits(row: SalesItem, given: Given) -> bool:
    return (row.material_id, row.unit) == (given.material, given.free.unit)


def _new(draft: Draft, line: Line, given: Given, quantity: Decimal) -> Line:
    """A line that comes free with another, numbered behind it."""
    taken = {each.row.line_number for each in draft.lines}
    number = next(each for each in count(line.row.line_number + 1) if each not in taken)
    said = {
        "usage": Usage.FREE_GOODS,
        "free_with_line": line.row.line_number,
        "plant": line.row.plant if given.material == line.row.material_id else None,
        "requested_date": line.row.requested_date,
    }
    asked = AskedItem(given.material, quantity, given.free.unit, line.path, number, (), said)
    return line_of(draft, asked, given.row, given.category, given.factor)


def _let_be(line: Line, quantity: Decimal) -> None:
    """Let so much come free, unless somebody wants none of it."""
    row = line.row
    if row.rejected and row.rejection_reason != NO_LONGER:
        return
    row.quantity, row.rejected, row.rejection_reason = quantity, ZERO, None


def _end(line: Line) -> None:
    """Let nothing more come free than what has left."""
    rejected = rejected_item(line.row.quantities).rejected
    if rejected != line.row.rejected:
        line.row.rejected, line.row.rejection_reason = rejected, NO_LONGER


def reorder(draft: Draft, line: Line, quantity: Decimal) -> None:
    """Let another quantity of a line be ordered: what comes free is looked up again, or follows in proportion if agreed on."""
    row, before = line.row, line.row.quantity
    if draft.finds_free_goods(row.priced_as):
        row.free_kind, row.free_quantity = None, ZERO  # what is said now is all that is ordered
    else:
        places = places_of(row.free_quantity)
        row.free_quantity = part_of_free(row.free_quantity, before, quantity, places)
        row.free_kind = row.free_kind if row.free_quantity else None
        for each in free_lines(draft, line):
            free = part_of_free(each.row.quantity, before, quantity, places_of(each.row.quantity))
            if free:
                _let_be(each, max(free, each.row.quantities.done))
            else:
                _end(each)
    row.quantity = quantity
