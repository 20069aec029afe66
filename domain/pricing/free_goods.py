"""Free goods 赠品: how much comes free with a quantity, and who delivers and bills what. Source: DOMAIN.md §3, free goods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from domain.errors import Refusal
from domain.pricing.rounding import EXACT, ONE, ZERO, rounded
from domain.pricing.values import FreeGoods, FreeGoodsKind, FreeGoodsRule, RoundingRule


class Share(NamedTuple):
    """What becomes of an ordered quantity: delivered in all, billed, free, and whether the free part is a line of its own."""

    delivered: Decimal
    billed: Decimal
    free: Decimal
    own_item: bool


RULES: Mapping[FreeGoodsRule, Callable[[Decimal, FreeGoods], Decimal]] = {
    FreeGoodsRule.PROPORTIONAL: lambda quantity, goods: EXACT.divide(quantity * goods.free, goods.per),
    FreeGoodsRule.UNIT_REFERENCE: lambda quantity, goods: quantity // goods.per * goods.free,
    FreeGoodsRule.WHOLE_UNITS: lambda quantity, goods: ZERO if quantity % goods.per else quantity // goods.per * goods.free,
}
"""In proportion; for every full `per`; only for quantities that are a multiple of `per`."""


def free_quantity(goods: FreeGoods, quantity: Decimal, places: int = 0) -> Decimal:
    """How much of a quantity, or with it, is free, in whole units or to so many decimal places."""
    if quantity < goods.minimum:
        return ZERO
    rule = RoundingRule.COMMERCIAL if goods.commercially else RoundingRule.DOWN
    return rounded(RULES[goods.rule](quantity, goods), ONE.scaleb(-places), rule)


def share_of(goods: FreeGoods, quantity: Decimal, places: int = 0) -> Share:
    """What is delivered, billed and free of an ordered quantity; without an item of its own NRAB takes off its price."""
    free = free_quantity(goods, quantity, places)
    if goods.kind is FreeGoodsKind.EXCLUSIVE:
        return Share(quantity + free, quantity, free, own_item=bool(free))
    if goods.kind is FreeGoodsKind.INCLUSIVE:
        return Share(quantity, quantity - free, free, own_item=bool(free))
    return Share(quantity, quantity, free, own_item=False)


def part_of_free(free: Decimal, whole: Decimal, part: Decimal, places: int = 0) -> Decimal:
    """What is free of a part, where so much is free of the whole; rounded down, as it is agreed and not looked up again."""
    return rounded(EXACT.divide(free * part, whole), ONE.scaleb(-places), RoundingRule.DOWN)


def free_percent(goods: FreeGoods) -> Decimal:
    """The share of the delivered quantity that is free, in percent to four places."""
    whole = goods.per + goods.free if goods.kind is FreeGoodsKind.EXCLUSIVE else goods.per
    return rounded(EXACT.divide(goods.free * 100, whole), Decimal("0.0001"))


def refusals_of_free_goods(goods: FreeGoods) -> tuple[Refusal, ...]:
    """What is wrong with a free goods record: nothing per nothing, more free than there is, or another material within it."""
    inclusive = goods.kind is not FreeGoodsKind.EXCLUSIVE
    checks = (
        (goods.per > 0, Refusal("FREE_GOODS_PER", "per", {"value": str(goods.per)})),
        (goods.free > 0, Refusal("FREE_GOODS_FREE", "free", {"value": str(goods.free)})),
        (goods.minimum >= 0, Refusal("FREE_GOODS_MINIMUM", "minimum", {"value": str(goods.minimum)})),
        (not inclusive or goods.free <= goods.per, Refusal("FREE_GOODS_ALL", "free", {"value": str(goods.free)})),
        (not inclusive or goods.material is None, Refusal("FREE_GOODS_OTHER", "material")),
        (not inclusive or goods.unit is None, Refusal("FREE_GOODS_OTHER", "unit")),
    )
    return tuple(refusal for holds, refusal in checks if not holds)
