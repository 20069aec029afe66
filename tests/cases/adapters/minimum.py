"""Area `minimum`: minimum order value, minimum price, and the limits of a manual change."""

from __future__ import annotations

from domain.errors import Refused
from domain.pricing.values import Subtotal
from tests.cases.adapters.shop import Shop, calculation_of, of_document, terms_of
from tests.cases.notation import Given, Results


def results(given: Given) -> Results:
    if "bottomPrice" in given:
        return {"accepted": [_stays_above(given, discount) for discount in given["manualDiscounts"]]}
    if "record" in given:
        return {"accepted": [_is_taken(given["record"], rate) for rate in given["manual"]]}
    return _order_value(given)


def _order_value(given: Given) -> Results:
    shop = Shop(given.get("currency", "EUR"))
    shop.condition("PR00", "quantity")
    for net in given["itemNets"] if "itemNets" in given else [given["net"]]:
        shop.item(price=net)
    step = {"statistical": True, "subtotal": Subtotal.MINIMUM}
    shop.condition("AMIW", "fixed", given["AMIW"], group=True, step=step)
    shop.formula("AMIZ", "FILL_UP")
    document = shop.priced()
    return {
        "AMIZ": sum(of_document(document, "AMIZ")),
        "AMIZItems": of_document(document, "AMIZ"),
        "AMIWItems": of_document(document, "AMIW"),
        "net": document.net_value,
        "statistical": [row.condition_type for row in document.items[0].rows if row.statistical],
    }


def _stays_above(given: Given, discount: str) -> bool:
    """Whether a manual discount leaves the price where the minimum price need not lift it."""
    shop = Shop(given.get("currency", "EUR"))
    shop.condition("PR00", "quantity", given["invoicePrice"])
    shop.condition("RB00", "fixed", access_sequence=None)
    shop.condition("PMIN", "quantity", given["bottomPrice"], cls="discount", step={"value_formula": "RAISE_TO_MINIMUM"})
    shop.item(10)
    shop.enter("RB00", discount)
    return shop.priced_one().raised_to_minimum is None


def _is_taken(record: Given, rate: str) -> bool:
    shop = Shop("EUR")
    shop.condition("PR00", "quantity", "100")
    terms = terms_of(record)
    shop.condition(record["type"], calculation_of(record, "percent"), terms.pop("rate"), **terms)
    shop.item(10)
    shop.enter(record["type"], rate)
    try:
        shop.priced()
    except Refused:
        return False
    return True
