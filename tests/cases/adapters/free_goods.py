"""Area `free goods`: how much comes free, and who delivers, bills and prices what."""

from __future__ import annotations

from decimal import Decimal

from domain.pricing.free_goods import free_percent, free_quantity, share_of
from domain.pricing.values import FreeGoods, FreeGoodsKind, FreeGoodsRule, Subtotal
from tests.cases.adapters.shop import Shop, value_of
from tests.cases.notation import Given, Results

RULES = {
    "proportional": FreeGoodsRule.PROPORTIONAL,
    "unit reference": FreeGoodsRule.UNIT_REFERENCE,
    "unitReference": FreeGoodsRule.UNIT_REFERENCE,
    "whole units": FreeGoodsRule.WHOLE_UNITS,
    "wholeUnits": FreeGoodsRule.WHOLE_UNITS,
}


def results(given: Given) -> Results:
    if "price" in given:
        return _without_item(given)
    if "ordered" in given:
        return _delivered(given)
    if "orders" in given:
        shares = [share_of(_goods(given, FreeGoodsRule.UNIT_REFERENCE), Decimal(order)) for order in given["orders"]]
        free = [share.free for share in shares]
        return {"free": free, "freeItem": free, "mainItem": [share.billed for share in shares]}
    if "quantity" in given:
        return _by_rule(given)
    kinds = {"inclusivePercent": FreeGoodsKind.INCLUSIVE, "exclusivePercent": FreeGoodsKind.EXCLUSIVE}
    return {name: free_percent(_goods(given, kind=kind)) for name, kind in kinds.items()}


def _goods(
    given: Given,
    rule: FreeGoodsRule = FreeGoodsRule.PROPORTIONAL,
    kind: FreeGoodsKind = FreeGoodsKind.INCLUSIVE,
    commercially: bool = False,
) -> FreeGoods:
    named = RULES[given["rule"]] if "rule" in given else rule
    return FreeGoods(given.number("per"), given.number("free"), given.number("minimum", "0"), named, kind, commercially)


def _by_rule(given: Given) -> Results:
    quantity = given.number("quantity")
    by_rule = {name: free_quantity(_goods(given, rule), quantity) for name, rule in RULES.items()}
    commercial = free_quantity(_goods(given, commercially=True), quantity)
    return {**by_rule, "proportionalDown": by_rule["proportional"], "proportionalCommercial": commercial}


def _delivered(given: Given) -> Results:
    found = {}
    for name, kind in (("inclusive", FreeGoodsKind.INCLUSIVE), ("exclusive", FreeGoodsKind.EXCLUSIVE)):
        goods = FreeGoods(given.number("ordered"), given.number("free"), kind=kind)
        share = share_of(goods, given.number("ordered"))
        found[name] = {"delivered": share.delivered, "billed": share.billed}
    return found


def _without_item(given: Given) -> Results:
    """The free quantity stays in the item, and a discount takes its price off."""
    shop = Shop(given.get("currency", "EUR"))
    shop.condition("PR00", "quantity", given["price"])
    shop.condition("K007", "percent", given["discountPercent"])
    shop.step(None, subtotal=Subtotal.FREE_1)
    shop.formula("NRAB", "FREE_GOODS", step={"requirement": "FREE_GOODS"})
    shop.step(None, subtotal=Subtotal.FREE_2)
    shop.item(10, given["quantity"], free_quantity=given.number("freeQuantity"))
    item = shop.priced_one()
    net = {"net1": item.subtotals[Subtotal.FREE_1], "net2": item.subtotals[Subtotal.FREE_2]}
    return {**net, "NRAB": value_of(item, "NRAB"), "netPrice": item.net_price}
