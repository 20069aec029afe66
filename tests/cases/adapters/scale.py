"""Area `scale`: one record with a scale, read with a quantity, weight or value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.pricing.values import PricedItem, Scale, ScaleType
from tests.cases.adapters.shop import SCALE_TYPES, Shop, calculation_of, scale_of, terms_of
from tests.cases.notation import Given, Results


def results(given: Given) -> Results:
    if "record" not in given:
        return {
            name: _levels_as(given, kind) for name, kind in (("interval", "interval"), ("fromScale", "from"), ("toScale", "to"))
        }
    quantities = given["quantities"] if "quantities" in given else [given.get("quantity", "1")]
    items = [_item(given, given["record"], quantity) for quantity in quantities]
    rows = [row for row in items[0].rows if row.condition_type == given["record"]["type"]]
    return {
        "rate": rows[0].rate.amount if rows[0].rate else None,
        "active": any(row.is_active for row in rows),
        "value": _value(items[0], given["record"]["type"]),
        "values": [_value(item, given["record"]["type"]) for item in items],
        "rows": [row.value.amount for row in rows if row.value],
    }


def _item(given: Given, record: Given, quantity: str, **more: Any) -> PricedItem:
    shop = Shop(given.get("currency", "EUR"))
    unit = given.get("unit", "PC")
    if "itemValue" in given:
        shop.condition("GROSS", "fixed", given["itemValue"], cls="price")
    code, terms = record["type"], terms_of(record)
    calculation = calculation_of(record, "quantity")
    shop.condition(code, calculation, terms.pop("rate"), group=bool(record.get("group")), **terms, **more)
    measures = {
        field: given.number(key)
        for key, field in (("grossWeight", "gross_weight"), ("netWeight", "net_weight"), ("volume", "volume"))
        if key in given
    }
    shop.item(10, quantity, unit=unit, **measures)
    return shop.priced_one()


def _value(item: PricedItem, code: str) -> Decimal:
    return sum((row.value.amount for row in item.rows if row.condition_type == code and row.value), Decimal(0))


def _levels_as(given: Given, kind: str) -> Decimal:
    """The same levels read as a scale of this kind."""
    levels = Given({"levels": [{key: level[key] for key in level} for level in given["levels"]], "scaleType": kind})
    shop = Shop(given.get("currency", "EUR"))
    scale: Scale | None = scale_of(levels)
    assert scale is not None
    assert scale.type is SCALE_TYPES[kind]
    if scale.type is ScaleType.FROM and scale.levels[0].start is None:
        return Decimal(0)
    shop.condition("PR00", "quantity", scale.levels[0].rate, scale=scale, unit="PC")
    shop.item(10, given["quantity"])
    return _value(shop.priced_one(), "PR00")
