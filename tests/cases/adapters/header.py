"""Area `header`: conditions entered at the header, split over the items or copied to each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.pricing.values import PricedDocument
from tests.cases.adapters.shop import PRICES, Shop, of_document, totals
from tests.cases.notation import AtMost, Given, Results


def results(given: Given) -> Results:
    shop = Shop(given.get("currency", "EUR"))
    gross = shop.condition("PR00", "quantity")
    for place, amounts in enumerate(_items(given)):
        shop.item(amounts.pop("line", 10 * (place + 1)), price=amounts.pop("price"), **amounts)
    if "item" in given:
        shop.condition("K007", "percent", given["item"]["percent"])
    header = given["header"]
    headers = header if isinstance(header, list) else [header]
    on_gross = given.get("bothOn") == "gross"
    codes = [_enter(shop, each, gross if on_gross else None) for each in headers]
    if "tax" in given:
        tax = given["tax"]
        shop.condition(tax["type"], "percent", tax["rate"], group=bool(tax.get("group", True)))
    return _results(shop.priced(), codes, [Decimal(share) for share in given.get("exactShares", [])])


def _items(given: Given) -> list[dict[str, Any]]:
    for key in ("itemBases", "itemNets", "itemGross"):
        if key in given:
            return [{"price": amount} for amount in given[key]]
    measures = (("volume", "volume"), ("grossWeight", "gross_weight"), ("netWeight", "net_weight"))
    return [
        {
            "line": int(item["line"]),
            "price": item["net"],
            **{field: item.number(key) for key, field in measures if key in item},
        }
        for item in given["items"]
    ]


def _enter(shop: Shop, header: Given, from_step: int | None) -> str:
    """A header entry with its type; a percentage or an amount, and what it stands on."""
    percent = "percent" in header
    header.get("on"), header.get("calculation")
    code = header.get("type", "HA00" if percent else "HB00")
    formula = {"volume": "VOLUME", "grossWeight": "GROSS_WEIGHT", "netWeight": "NET_WEIGHT", "quantity": "QUANTITY"}
    step = {"from_step": from_step, "base_formula": formula.get(header.get("baseFormula", ""))}
    group = bool(header.get("group", not percent))
    shop.condition(code, "percent" if percent else "fixed", group=group, access_sequence=None, step=step)
    shop.enter(code, header["percent"] if percent else header["amount"], at_header=True)
    return str(code)


def _results(document: PricedDocument, codes: list[str], shares: list[Decimal]) -> Results:
    first = of_document(document, codes[0])
    net = [item.net_value for item in document.items]
    named = {code.lower(): of_document(document, code) for code in codes}
    return {
        "items": first if not codes[0].startswith(PRICES) else net,
        "sortedItems": sorted(first),
        "total": sum(first),
        "maxDeviationPerItem": AtMost(
            max((abs(one - other) for one, other in zip(first, shares, strict=False)), default=Decimal(0))
        ),
        **named,
        **{f"{name}Total": sum(values) for name, values in named.items()},
        **totals(document),
    }
