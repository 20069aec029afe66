"""Area `rounding`: rows to the minor unit, by rule and by unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.pricing.currencies import minor_unit
from domain.pricing.rounding import rounded
from domain.pricing.values import RoundingRule
from tests.cases.adapters.shop import Shop, by_name, value_of
from tests.cases.notation import Given, Results

RULES = {
    "commercial": RoundingRule.COMMERCIAL,
    "half up": RoundingRule.COMMERCIAL,
    "up": RoundingRule.UP,
    "down": RoundingRule.DOWN,
}
TO_UNIT = {"commercial": "ROUND_TO_UNIT", "half up": "ROUND_TO_UNIT", "up": "ROUND_UP_TO_UNIT", "down": "ROUND_DOWN_TO_UNIT"}


def results(given: Given) -> Results:
    for key, read in (
        ("totals", _to_units),
        ("total", _to_unit),
        ("prices", _prices),
        ("price", _discount),
        ("rows", _rows),
        ("percents", _percents),
    ):
        if key in given:
            return read(given)
    return {
        "commercial": _rounded(given, "commercial"),
        **{key: _rounded(given[key], key) for key in ("up", "down") if key in given},
    }


def _rounded(given: Any, rule: str) -> list[Decimal]:
    values = given if isinstance(given, list) else given["values"]
    places = None if isinstance(given, list) else given.get("currencyDecimals")
    unit = minor_unit("EUR") if places is None else Decimal(1).scaleb(-int(places))
    return [rounded(Decimal(value), unit, RULES[rule]) for value in values]


def _to_unit(given: Given) -> Results:
    difference, total = _difference(given["total"], given["roundingUnit"], given.get("mode", "commercial"))
    return {"DIFF": difference, "rounded": total}


def _to_units(given: Given) -> Results:
    found = [_difference(*each) for each in zip(given["totals"], given["units"], given["modes"], strict=True)]
    return {"differences": [difference for difference, _ in found], "rounded": [total for _, total in found]}


def _difference(total: str, unit: str, mode: str) -> tuple[Decimal, Decimal]:
    shop = Shop("EUR", cash_units={"EUR": Decimal(unit)})
    shop.condition("PR00", "quantity", total)
    shop.formula("DIFF", TO_UNIT[mode], group=True)
    shop.item(10)
    item = shop.priced_one()
    return value_of(item, "DIFF"), item.net_value


def _discount(given: Given) -> Results:
    shop = Shop(given["currency"])
    shop.condition("PR00", "quantity", given["price"])
    shop.condition("K007", "percent", given["discountPercent"])
    shop.item(10, given["quantity"])
    item = shop.priced_one()
    gross, discount = value_of(item, "PR00"), value_of(item, "K007")
    return {"gross": gross, "discount": discount, "net": item.net_value, "netPrice": item.net_price}


def _prices(given: Given) -> Results:
    """Prices in rows of their own, and as one."""
    shop = Shop(given["currency"])
    for place, price in enumerate(given["prices"]):
        shop.condition(f"P{place}", "quantity", price, cls="price" if place == 0 else "surcharge")
    shop.item(10, given["quantity"])
    item = shop.priced_one()
    one = Shop(given["currency"])
    one.formula("PR00", f"= quantity * ({' + '.join(given['prices'])})")
    one.item(10, given["quantity"])
    rows = [value_of(item, f"P{place}") for place in range(len(given["prices"]))]
    return {"rows": rows, "total": item.net_value, "asOnePrice": one.priced_one().net_value}


def _percent(currency: str, base: str, percent: str) -> Decimal:
    shop = Shop(currency)
    shop.condition("PR00", "quantity", base)
    shop.condition("K007", "percent", percent)
    shop.item(10)
    return Decimal(by_name(shop.priced_one())["K007"])


def _rows(given: Given) -> Results:
    return {"values": [_percent(row["currency"], row["base"], row["percent"]) for row in given["rows"]]}


def _percents(given: Given) -> Results:
    return {"values": [_percent(given["currency"], given["base"], percent) for percent in given["percents"]]}
