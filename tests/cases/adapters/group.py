"""Area `group`: conditions whose scale is read with the sum over items, and whose total is exact."""

from __future__ import annotations

from typing import Any

from domain.pricing.values import CalculationType, PricedDocument
from tests.cases.adapters.shop import Shop, calculation_of, of_document, terms_of, totals
from tests.cases.notation import Given, Results
from tests.domain.pricing.builders import BY_MATERIAL


def results(given: Given) -> Results:
    if "cartonsPerPallet" in given:
        return _pallets(given)
    if "promotion" in given:
        return totals(_promotion(given))
    record = given["record"]
    code = record["type"]
    summed, single = _priced(given, group=True), _priced(given, group=False)
    as_given = summed if record.get("group") else single
    return {
        "scaleBase": _rows(summed, code)[0].scale_base.amount if _rows(summed, code)[0].scale_base else None,
        "groupRates": [row.rate.amount for row in _rows(summed, code) if row.rate],
        "itemRates": [row.rate.amount for row in _rows(single, code) if row.rate],
        "group": of_document(summed, code),
        "withoutGroupFlag": of_document(single, code),
        "items": of_document(as_given, code),
        "total": sum(of_document(as_given, code)),
        "roundingDifference": _difference(as_given, code),
        **totals(as_given),
    }


def _priced(given: Given, *, group: bool) -> PricedDocument:
    shop = Shop(given.get("currency", "EUR"))
    record = given["record"]
    shop.condition("PR00", "quantity")
    for item in given["items"]:
        price = item.get("net", item.get("price"))
        shop.item(
            int(item["line"]), item.get("quantity", "1"), price=price, unit=item.get("unit", "PC"), material=_material(item)
        )
    terms = terms_of(record)
    record.get("key"), record.get("group")
    shop.condition(record["type"], calculation_of(record), terms.pop("rate"), group=group, **terms)
    return shop.priced()


def _material(item: Given) -> str:
    return str(item.get("material", item.get("product", f"M{item['line']}")))


def _rows(document: PricedDocument, code: str) -> list[Any]:
    return [row for item in document.items for row in item.rows if row.condition_type == code]


def _difference(document: PricedDocument, code: str) -> dict[str, Any] | None:
    for item in document.items:
        for row in item.rows:
            if row.condition_type == code and row.rounding_difference:
                return {"line": item.line_number, "amount": row.rounding_difference}
    return None


def _promotion(given: Given) -> PricedDocument:
    """A percentage for some products, from a summed quantity on."""
    shop, promotion = Shop(given["currency"]), given["promotion"]
    shop.condition("PR00", "quantity")
    for item in given["items"]:
        shop.item(int(item["line"]), item["quantity"], price=given["price"], material=item["product"])
    shop.type("KA00", CalculationType.PERCENT, group=bool(promotion["summed"]))
    shop.step("KA00")
    level = {"from": promotion["minimumQuantity"], "rate": promotion["percent"]}
    terms = terms_of(Given({"levels": [level]}))
    for product in promotion["products"]:
        shop.record("KA00", terms["rate"], scale=terms["scale"], table=BY_MATERIAL, key=(product,), number="promotion")
    shop.condition("MWST", "percent", given["taxPercent"], group=True)
    return shop.priced()


def _pallets(given: Given) -> Results:
    """An amount for each full pallet, of an item or of all items together."""
    totals_of: dict[bool, list[Any]] = {}
    for group in (False, True):
        shop = Shop(given["currency"])
        shop.condition(
            "KP00", "quantity", given["ratePerFullPallet"], unit="PAL", group=group, step={"base_formula": "WHOLE_UNITS"}
        )
        for item in given["items"]:
            pallet = given.number("cartonsPerPallet")
            shop.item(int(item["line"]), item["quantity"], unit=item["unit"], units={"PAL": pallet.as_integer_ratio()[0]})
        totals_of[group] = of_document(shop.priced(), "KP00")
    return {"perItem": totals_of[False], "mixed": totals_of[True], "mixedTotal": sum(totals_of[True])}
