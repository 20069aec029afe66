"""What comes free with the items of a document 赠品确定: the record found by accesses, and how much it gives.

Asked before the document is priced, with the records of its prices; what `evaluation.price` then prices is `less_free`.
Source: DOMAIN.md §3, free goods.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import NamedTuple

from domain.errors import Refused, refuse_if_any
from domain.pricing.documents import refusals_of_document
from domain.pricing.evaluation import determined
from domain.pricing.free_goods import free_quantity
from domain.pricing.prepared import prepared
from domain.pricing.rounding import EXACT, ONE, rounded
from domain.pricing.rows import Line
from domain.pricing.units import conversion, converted, decimals_of
from domain.pricing.values import (
    ConditionRecord,
    Customizing,
    FreeGoodsKind,
    PricingDocument,
    PricingItem,
    RoundingRule,
    ScaleBasis,
)


class ComesFree(NamedTuple):
    """What comes free with an item 赠品: by which record, and how much of it; of another material where one is named."""

    record: ConditionRecord
    kind: FreeGoodsKind
    quantity: Decimal
    unit: str
    material: str | None


def free_with_items(
    document: PricingDocument, customizing: Customizing, records: Iterable[ConditionRecord]
) -> tuple[ComesFree | None, ...]:
    """What comes free with each item of a document, of the records that its price is found among; None: nothing.

    Looked for as prices are, before they are: what is billed of an item may be less than is ordered. Raises as `price`.
    """
    giving = [record for record in records if record.free_goods is not None]
    if not giving:
        return (None,) * len(document.items)
    plan = prepared(customizing)
    refuse_if_any(refusals_of_document(document, plan))
    with localcontext(EXACT):
        lines = determined(document, plan, giving, apart=False).lines
        return tuple(_with_line(line) for line in sorted(lines, key=lambda line: line.index))


def _with_line(line: Line) -> ComesFree | None:
    """What the record found first gives; within what is ordered it is told in the item's own unit, and never all of it."""
    record = next((row.record for row in line.rows if row.record is not None and row.record.free_goods is not None), None)
    if record is None or record.free_goods is None:
        return None
    goods, item, units = record.free_goods, line.item, line.plan.customizing.units
    counted_in = record.unit or item.unit
    quantity = line.measure(ScaleBasis.QUANTITY, counted_in)
    if quantity is None:
        raise Refused(line.refusal_of_measure(ScaleBasis.QUANTITY, counted_in, record.number))
    unit = goods.unit or counted_in
    free = free_quantity(goods, quantity, decimals_of(unit, units))
    if goods.kind is not FreeGoodsKind.EXCLUSIVE:
        factor, unit = conversion(counted_in, item.unit, units, item.base_unit, item.units), item.unit
        assert factor is not None, "the quantity was converted the other way"
        free = min(item.quantity, rounded(converted(free, factor), ONE.scaleb(-decimals_of(unit, units)), RoundingRule.DOWN))
        if goods.kind.has_item and free == item.quantity:
            return None
    return ComesFree(record, goods.kind, free, unit, goods.material) if free else None


def less_free(document: PricingDocument, given: Iterable[ComesFree | None]) -> PricingDocument:
    """The document as it is billed: without what items of their own take out of others, and knowing what is free within."""
    items = tuple(_billed(item, free) for item, free in zip(document.items, given, strict=True))
    return replace(document, items=items)


def _billed(item: PricingItem, free: ComesFree | None) -> PricingItem:
    if free is None or free.kind is FreeGoodsKind.EXCLUSIVE:
        return item
    if free.kind.has_item:
        return replace(item, quantity=item.quantity - free.quantity)
    return replace(item, free_quantity=free.quantity)
