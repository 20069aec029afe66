"""Area `tax`: on top of a price or contained in it, by document and by date, and the checks of the tax authority."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.pricing.taxes import VatLine, refusals_of_vat_invoice
from domain.pricing.values import PricedDocument
from tests.cases.adapters.shop import Shop, of_document, terms_of, totals, value_of
from tests.cases.notation import Given, Results

CHINA = (("17", date(2018, 4, 30)), ("16", date(2019, 3, 31)), ("13", date(9999, 12, 31)))
"""The rates of Chinese VAT with their last days: 财税〔2018〕32号, 公告2019年第39号."""


def results(given: Given) -> Results:
    for key, read in (
        ("lineCounts", _invoice),
        ("amount", _lines),
        ("taxes", _several),
        ("dates", _by_date),
        ("prices", _by_both_dates),
        ("fee", _fee),
        ("percentIncluded", _both_contained),
        ("discount", _discounted),
        ("gross", _contained),
    ):
        if key in given:
            return read(given)
    return _by_quantity(given)


def _invoice(given: Given) -> Results:
    """Invoices of so many lines, each with the same difference."""
    difference = given.number("differencePerLine")
    given.get("currency")
    amount = Decimal(0)
    invoices = [[VatLine(place, amount, Decimal(13), difference) for place in range(count)] for count in given["lineCounts"]]
    return {"accepted": [not refusals_of_vat_invoice(lines) for lines in invoices]}


def _lines(given: Given) -> Results:
    given.get("currency")
    lines = [VatLine(10, given.number("amount"), given.number("rate"), tax) for tax in given.numbers("taxes")]
    return {"accepted": [not refusals_of_vat_invoice([line]) for line in lines]}


def _china(shop: Shop) -> None:
    shop.condition("MWST", "percent", group=True)
    begin = date(1994, 1, 1)
    for rate, end in CHINA:
        shop.record("MWST", rate, valid_from=begin, valid_to=end, number=f"VAT {rate}")
        begin = end + timedelta(days=1) if end.year < 9999 else end


def _by_date(given: Given) -> Results:
    documents = []
    for day in given["dates"]:
        shop = Shop(given.get("currency", "CNY"))
        shop.condition("PR00", "quantity", given["net"])
        _china(shop)
        shop.item(10)
        documents.append(totals(shop.priced(services_rendered_date=date.fromisoformat(day))))
    return {key: [document[key] for document in documents] for key in ("net", "tax", "gross")}


def _by_both_dates(given: Given) -> Results:
    shop = Shop(given.get("currency", "CNY"))
    shop.condition("PR00", "quantity")
    for place, price in enumerate(given["prices"]):
        terms = terms_of(price)
        shop.record("PR00", terms.pop("rate"), number=f"price {place}", **terms)
    _china(shop)
    shop.item(10, given["quantity"])
    days = {"pricing_date": given["pricingDate"], "services_rendered_date": given["servicesRenderedDate"]}
    return totals(shop.priced(**{key: date.fromisoformat(day) for key, day in days.items()}))


def _by_quantity(given: Given) -> Results:
    documents = {}
    for group in (True, False):
        shop = Shop(given.get("currency", "EUR"))
        shop.condition("PR00", "quantity", given.get("price", given.get("net")))
        shop.condition("MWST", "percent", given["taxPercent"], group=group)
        for quantity in given["quantities"] if "quantities" in given else [given.get("quantity", "1")]:
            shop.item(quantity=quantity)
        documents[group] = shop.priced()
    return {**totals(documents[True]), "sumOfItemTaxesWithoutGroup": documents[False].tax_amount}


def _several(given: Given) -> Results:
    """Taxes that stand on the net or on the net with other taxes, by row and by document."""
    by_row, by_document = _with_taxes(given, group=False), _with_taxes(given, group=True)
    codes = [tax["type"] for tax in given["taxes"]]
    return {
        "perRow": [sum(of_document(by_row, code)) for code in codes],
        "perRowGross": by_row.gross_value,
        "group": [sum(of_document(by_document, code)) for code in codes],
        "groupGross": by_document.gross_value,
    }


def _with_taxes(given: Given, *, group: bool) -> PricedDocument:
    shop = Shop(given.get("currency", "EUR"))
    net = shop.condition("PR00", "quantity")
    for amount in given["itemNets"]:
        shop.item(price=amount)
    steps = {"net": net}
    for tax in given["taxes"]:
        named = tax["base"].split("+")
        step: dict[str, Any] = {"from_step": steps[named[0]], "to_step": steps[named[-1]]}
        steps[tax["type"]] = shop.condition(tax["type"], "percent", tax["percent"], group=group, step=step)
    return shop.priced()


def _fee(given: Given) -> Results:
    """A fee outside of the tax's base, and within it."""
    found = {}
    for name in ("feeOutside", "feeInside"):
        shop = Shop(given.get("currency", "EUR"))
        net = shop.condition("PR00", "quantity", given["net"])
        shop.condition("FEE", "fixed", given["fee"])
        shop.condition("MWST", "percent", given["percent"], step={"from_step": net if name == "feeOutside" else None})
        shop.item(10)
        document = shop.priced()
        item = document.items[0]
        found[name] = [value_of(item, "FEE"), value_of(item, "MWST"), document.gross_value]
    return found


def _contained(given: Given) -> Results:
    currency = given.get("currency", "EUR")
    units = {currency: given.number("roundingUnit")} if "roundingUnit" in given else {}
    assert given.get("calculation", "percent included") == "percent included"
    shop = Shop(currency, tax_included=True, rounding_units=units)
    shop.condition("PR00", "quantity", given["gross"])
    shop.condition("MWSI", "percent included", given["taxPercent"], group=True)
    shop.item(10)
    return totals(shop.priced())


def _both_contained(given: Given) -> Results:
    shop = Shop(given.get("currency", "EUR"), tax_included=True)
    shop.condition("PR00", "quantity", given["price"])
    shop.condition("TAXQ", "quantity", given["amountPerUnitIncluded"])
    shop.condition("MWSI", "percent included", given["percentIncluded"])
    shop.item(10, given["quantity"])
    document = shop.priced()
    item = document.items[0]
    return {"percentTax": value_of(item, "MWSI"), "quantityTax": value_of(item, "TAXQ"), **totals(document)}


def _discounted(given: Given) -> Results:
    shop = Shop(given.get("currency", "EUR"))
    shop.condition("PR00", "quantity", given["net"])
    shop.condition("RB00", "fixed", given["discount"])
    discounted = shop.step(None)
    shop.condition("MWST", "percent", given["percent"], step={"from_step": discounted})
    if "quantityTax" in given:
        shop.condition("TAXQ", "fixed", given["quantityTax"])
    shop.item(10)
    return totals(shop.priced())
