"""Area `base`: what a row is calculated on."""

from __future__ import annotations

from typing import Any

from domain.pricing.values import ExclusionProcedure, PricedItem, Subtotal
from tests.cases.adapters.shop import CALCULATIONS, Shop, by_name, calculation_of, terms_of
from tests.cases.notation import Given, Results


def results(given: Given) -> Results:
    if "record" in given:
        return _record(given)
    if "percents" in given:
        return _percents(given)
    shop = Shop(given.get("currency", "EUR"))
    price = given.get("price", given.get("net"))
    first = (
        shop.condition("PR00", "quantity", price, step={"step": int(given.get("priceStep", 10))}) if price is not None else None
    )
    codes = []
    steps: dict[str, int] = {}
    for row in given["rows"]:
        codes.append(row["type"])
        steps[row["type"]] = _row(shop, row, first, steps)
    if any(step.subtotal is Subtotal.COST for step in shop.steps):
        shop.step(None, value_formula="MARGIN")
    shop.item(10, given.get("quantity", "1"))
    return _results(shop.priced_one(), codes)


def _row(shop: Shop, row: Given, first: int | None, steps: dict[str, int]) -> int:
    """A row: an amount, or a percentage of a step, of several, of the net, or of what runs up to it."""
    code, calculation = row["type"], row.get("calculation", "percent" if "percent" in row else "quantity")
    step: dict[str, Any] = {"statistical": bool(row.get("statistical"))}
    if row.get("step") is not None:
        step["step"] = int(row["step"])
    for key, field in (("from", "from_step"), ("to", "to_step")):
        if key in row:
            step[field] = int(row[key])
    if calculation == "pctNet":
        step["from_step"] = first
    elif calculation.startswith("pctOf "):
        step["from_step"] = steps[calculation.removeprefix("pctOf ")]
    assert row.get("on", "net") == "net"
    if code == "VPRS":
        step["subtotal"] = Subtotal.COST
    if row.get("inactive"):
        assert row["inactive"] == "exclusion"
        shop.customizing.setdefault("exclusions", []).append((ExclusionProcedure.EXCLUSIVE, ["PR00"], [code]))
    rate = next(row[key] for key in ("percent", "amount", "rate") if key in row)
    kind = calculation if calculation in CALCULATIONS else "percent"
    return shop.condition(code, kind, rate, cls=row.get("cls", "discount"), step=step)


def _results(item: PricedItem, codes: list[str]) -> Results:
    named = by_name(item)
    return {
        **named,
        "values": [named[code] for code in codes],
        "net": item.net_value,
        "total": item.net_value,
        "margin": next((row.value.amount for row in reversed(item.rows) if row.condition_type is None and row.value), None),
        "inactive": [row.condition_type for row in item.rows if row.inactive_reason],
    }


def _record(given: Given) -> Results:
    """One record per so many of a unit, for some quantities."""
    record = given["record"]
    items = []
    for quantity in given["quantities"] if "quantities" in given else [given["quantity"]]:
        shop = Shop(given.get("currency", "EUR"))
        terms = terms_of(record)
        sold = record["unit"] if "unit" in record and record.get("calculation") == "quantity" else "PC"
        if "unit" in given:
            terms["unit"] = given["unit"]
        shop.condition(record["type"], calculation_of(record), terms.pop("rate"), **terms)
        measures = {
            field: given.number(key)
            for key, field in (
                ("grossWeightPerPiece", "gross_weight"),
                ("netWeightPerPiece", "net_weight"),
                ("volumePerPiece", "volume"),
            )
            if key in given
        }
        shop.item(10, quantity, unit=sold, **measures)
        items.append(shop.priced_one())
    values = [by_name(item)[record["type"]] for item in items]
    return {"values": values, "value": values[0], "base": by_name(items[0])[f"{record['type'].lower()}Base"]}


def _percents(given: Given) -> Results:
    """The same percentages each on the price, and each on what the one before left."""
    found = {}
    for name in ("onPrice", "consecutive"):
        shop = Shop(given.get("currency", "EUR"))
        price = shop.condition("PR00", "quantity", given["price"])
        for place, percent in enumerate(given["percents"]):
            shop.condition(f"K{place}", "percent", percent, step={"from_step": price if name == "onPrice" else None})
        shop.item(10)
        found[name] = shop.priced_one().net_value
    return found
