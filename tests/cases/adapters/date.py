"""Area `date`: which record holds on which day, and what an old document keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.pricing.values import PricingType
from tests.cases.adapters.copy import copied
from tests.cases.adapters.shop import Shop, terms_of
from tests.cases.notation import Given, Results


def results(given: Given) -> Results:
    if "pricingDates" in given:
        return {"net": [_net(given, day) for day in given["pricingDates"]]}
    return _kept(given)


def _net(given: Given, day: str) -> Decimal:
    shop = Shop("EUR")
    shop.condition("PR00", "quantity", given["price"])
    terms = terms_of(given["record"])
    shop.condition("K007", "percent", terms.pop("rate"), **terms)
    shop.item(10)
    return shop.priced_one(pricing_date=date.fromisoformat(day)).net_value


def _kept(given: Given) -> Results:
    """A discount that changed between an invoice and its credit memo."""
    shop = Shop("EUR")
    shop.condition("PR00", "quantity", given["price"])
    discount = shop.condition("K007", "percent", given["recordAtInvoice"])
    shop.item(10)
    invoice = shop.priced_one()
    changed = [
        each._replace(rate=given.number("recordAtCreditMemo"), version=2)
        for each in shop.records
        if each.condition_type == "K007"
    ]
    assert discount
    shop.items = [replace(shop.items[0], copied=copied(invoice))]
    memo = shop.priced([*shop.records, *changed], pricing_type=PricingType(given["pricingType"])).items[0]
    return {"invoiceNet": invoice.net_value, "creditMemoNet": memo.net_value}
