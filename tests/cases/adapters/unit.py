"""Area `unit`: records and orders in different units of measure and currencies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.pricing.values import ExchangeRate, PricedItem, Unit
from tests.cases.adapters.shop import Shop, fraction_of, terms_of, value_of
from tests.cases.notation import Given, Results

MASS = {
    "KG": Unit("KG", "mass"),
    "G": Unit("G", "mass", Fraction(1, 1000)),
    "TO": Unit("TO", "mass", Fraction(1000)),
}


def results(given: Given) -> Results:
    if "exchangeRate" in given:
        return {"after": _converted(given, before=False), "before": _converted(given, before=True)}
    if "cases" in given:
        values = [_value(given, each["recordRate"], each["recordUnit"], each["order"]).net_value for each in given["cases"]]
        return {"values": values}
    if "rule" in given:
        return {"netPricePerBox": [_in_range(given, order).net_price for order in given["orders"]]}
    if "discount" in given:
        return {"values": [_with_discount(given, order).net_value for order in given["orders"]]}
    record = given["record"]
    item = _value(given, record["rate"], record["unit"], f"{given['quantity']} {given['unit']}", record.get("per", "1"))
    return {"value": item.net_value, "base": item.rows[0].base.amount if item.rows[0].base else None}


def _units(given: Given, sold: str) -> dict[str, object]:
    """The item's own units, where the case tells how they convert."""
    if "conversion" not in given:
        return {"base_unit": sold}
    one, other, factor = fraction_of(given["conversion"])
    return {"base_unit": other, "units": {one: factor}}


def _value(given: Given, rate: str, unit: str, order: str, per: str = "1") -> PricedItem:
    quantity, sold = order.split()
    shop = Shop(given.get("currency", "EUR"), units=MASS)
    shop.condition("PR00", "quantity", rate, unit=unit, per=Decimal(per))
    shop.item(10, quantity, unit=sold, **_units(given, sold))
    return shop.priced_one()


def _with_discount(given: Given, order: str) -> PricedItem:
    quantity, sold = order.split()
    shop = Shop(given.get("currency", "EUR"), units=MASS)
    price, discount = given["record"], given["discount"]
    shop.condition("PR00", "quantity", price["rate"], unit=price["unit"])
    minimum, unit = discount["minimum"].split()
    scale = terms_of(Given({"levels": [{"from": minimum, "rate": discount["rate"]}], "scaleUnit": unit}))["scale"]
    shop.condition("K004", "quantity", discount["rate"], unit=discount["unit"], scale=scale)
    shop.item(10, quantity, unit=sold, **_units(given, sold))
    return shop.priced_one()


def _in_range(given: Given, order: str) -> PricedItem:
    """A percentage that holds within a range of the base unit."""
    quantity, sold = order.split()
    rule = given["rule"]
    shop = Shop(given.get("currency", "EUR"))
    shop.condition("PR00", "quantity", given["pricePerBox"], unit=sold)
    (least, _), (most, _) = rule["minimum"].split(), rule["maximum"].split()
    within = f"= base_quantity >= {least} and base_quantity <= {most}"
    shop.condition("K007", "percent", rule["percent"], step={"requirement": within})
    shop.item(10, quantity, unit=sold, **_units(given, sold))
    return shop.priced_one()


def _converted(given: Given, *, before: bool) -> Decimal:
    one, other = given["recordCurrency"], given["documentCurrency"]
    rate = ExchangeRate(one, other, date(2000, 1, 1), Fraction(given["exchangeRate"]))
    shop = Shop(other, exchange_rates=(rate,))
    shop.condition("PR00", "quantity", given["recordRate"], currency=one, convert_before=before)
    shop.item(10, given["quantity"])
    return value_of(shop.priced_one(), "PR00")
