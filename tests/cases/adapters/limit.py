"""Area `limit`: what a record grants is used up order by order."""

from __future__ import annotations

from domain.pricing.limits import used_up
from tests.cases.adapters.shop import Shop, calculation_of, terms_of, value_of
from tests.cases.notation import Given, Results


def results(given: Given) -> Results:
    shop, record = Shop(given.get("currency", "EUR")), given["record"]
    code, terms = record["type"], terms_of(record)
    shop.condition("PR00", "quantity")
    shop.condition(code, calculation_of(record, "percent"))
    limited = shop.record(code, terms.pop("rate"), **terms)
    values = []
    for order in given["ordersInSequence"]:
        shop.items.clear()
        shop.records = [limited]
        if "maximumQuantity" in record:  # then orders are quantities
            shop.item(10, order, price=given.get("price", "1"))
        else:
            shop.item(10, price=order)
        document = shop.priced()
        values.append(value_of(document.items[0], code))
        for use in document.uses:
            limited = used_up(use.record, use)
    return {"values": values}
