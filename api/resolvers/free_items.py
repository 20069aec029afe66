"""What comes free in a simulation 赠品: items of their own without a price, as a document would get them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.resolvers.orders_content import content
from domain.orders.entry import GIVING
from domain.orders.item_categories import Usage, determined_category
from domain.pricing.currencies import minor_unit
from domain.pricing.free_determination import ComesFree
from domain.pricing.rounding import ZERO, rounded
from domain.pricing.values import PricedItem, PricingDocument


@dataclass(frozen=True, slots=True)
class FreeItem:
    """An item that comes free with another: so much of a material, by its key."""

    item: PricedItem
    with_line: int
    material: int
    quantity: Decimal
    unit: str


def is_giving(order_type: str) -> bool:
    """Whether goods come free in documents of a type."""
    type_ = content().types.order_types.get(order_type)
    return type_ is not None and type_.category in GIVING


def standing(
    order_type: str, rows: Sequence[Mapping[str, Any]], found: Sequence[ComesFree | None], others: Mapping[int, str]
) -> tuple[ComesFree | None, ...]:
    """What of that may stand in a document of a type; `others` are the item category groups of other materials sold there."""

    def stands(row: Mapping[str, Any], free: ComesFree) -> bool:
        group = row["item_category_group"] if free.material is None else others.get(int(free.material), "")
        return determined_category(content().determinations, order_type, group, Usage.FREE_GOODS) is not None

    pairs = zip(rows, found, strict=True)
    return tuple(each if each is None or not each.kind.has_item or stands(row, each) else None for row, each in pairs)


def free_items(
    document: PricingDocument, rows: Sequence[Mapping[str, Any]], free: Sequence[ComesFree | None]
) -> Iterator[FreeItem]:
    """The items of their own, each numbered behind the one that it comes with."""
    nothing = rounded(ZERO, minor_unit(document.currency))
    for item, row, each in zip(document.items, rows, free, strict=True):
        if each is not None and each.kind.has_item:
            priced = PricedItem(item.line_number + 1, nothing, nothing, nothing, nothing, {}, tuple)
            material = row["material_id"] if each.material is None else int(each.material)
            yield FreeItem(priced, item.line_number, material, each.quantity, each.unit)
