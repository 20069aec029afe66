"""Area `copy`: an order copied after its records have changed, by pricing type."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from domain.pricing.copying import copied_rows
from domain.pricing.values import ConditionOrigin, CopiedRow, PricedItem, PricingType
from tests.cases.adapters.shop import Shop, by_name, terms_of, values_of
from tests.cases.notation import Given, Results


def copied(item: PricedItem) -> tuple[CopiedRow, ...]:
    """What a document copied from this item is priced with."""
    return copied_rows(item)


def results(given: Given) -> Results:
    order, now = given["order"], given["atCopy"]
    assert given.get("discountOn", "price") == "price"
    assert given.get("redeterminedAt", "atCopy") == "atCopy"
    shop = Shop(given.get("currency", "EUR"))
    manual, discount, price = order["manual"], order["discount"], terms_of(order["price"])
    step = shop.condition(order["price"]["type"], "quantity", price.pop("rate"), **price)
    shop.condition(discount["type"], "percent", discount["percent"], step={"from_step": step})
    shop.condition(manual["type"], "fixed", access_sequence=None)
    shop.condition("MWST", "percent", order["taxPercent"], group=True)
    shop.item(10, order["quantity"])
    shop.enter(manual["type"], manual["amount"])
    ordered = shop.priced_one()
    changed = _changed(shop, now, order)
    shop.items = [replace(shop.items[0], quantity=given.number("copiedQuantity"), manual=(), copied=copied_rows(ordered))]
    item = shop.priced(changed, pricing_type=PricingType(given["pricingType"])).items[0]
    kept = any(row.condition_type == manual["type"] and row.origin is ConditionOrigin.MANUAL for row in item.rows)
    prices = [
        row.rate.amount for row in item.rows if row.condition_type == order["price"]["type"] and row.rate and row.is_active
    ]
    return {
        **by_name(item),
        "net": item.net_value,
        "tax": item.tax_amount,
        "gross": item.gross_value,
        "price": prices[-1] if prices else None,
        "manualKept": kept,
        "manual": sum(values_of(item, manual["type"]), Decimal(0)),
    }


def _changed(shop: Shop, now: Given, order: Given) -> list[Any]:
    """The records as they are when the order is copied: `11.00 from 1, 9.50 from 200`."""
    levels = [part.split(" from ") for part in now["price"].split(", ")]
    scale = terms_of(Given({"levels": [{"rate": rate, "from": bound} for rate, bound in levels]}))["scale"]
    rates = {order["discount"]["type"]: now["discountPercent"], "MWST": now["taxPercent"], order["price"]["type"]: levels[0][0]}
    changed = []
    for record in shop.records:
        values: dict[str, Any] = {"rate": Decimal(rates[record.condition_type]), "version": 2, "id": f"{record.number}/2"}
        if record.condition_type == order["price"]["type"]:
            values["scale"] = scale
        changed.append(record._replace(**values))
    return [*shop.records, *changed]
