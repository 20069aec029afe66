"""Area `exclusion`: which conditions silence which, by procedure, by indicator, by a later price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.pricing.values import Access, AccessSequence, ExclusionProcedure, KeyField, PricedItem, Supplement
from tests.cases.adapters.shop import CALCULATIONS, Shop, by_name, terms_of
from tests.cases.notation import Given, OneOf, Results
from tests.domain.pricing.builders import BY_CUSTOMER_MATERIAL, BY_MATERIAL, BY_ORGANIZATION

TABLES = {"material": BY_MATERIAL, "customer/material": BY_CUSTOMER_MATERIAL, "price list/material": BY_ORGANIZATION}
KEYS = {BY_MATERIAL: ("M10",), BY_CUSTOMER_MATERIAL: ("C1", "M10"), BY_ORGANIZATION: ("1000",)}
REQUIREMENTS = {"2: not if excluded": "NOT_EXCLUDED", None: None}


def results(given: Given) -> Results:
    if "accesses" in given:
        return _accesses(given)
    if "records" in given:
        return _records(given)
    shop = Shop("EUR")
    gross = (
        shop.condition("PR00", "quantity", given["gross"], per=Decimal(given.get("quantity", "1")))
        if "gross" in given
        else None
    )
    if "price" in given:
        _price_with_supplements(shop, given["price"])
    for each in given.get("other", []):
        calculation, rate = _condition(each["rate"])
        shop.condition(each["type"], calculation, rate, step={"requirement": REQUIREMENTS[each.get("requirement")]})
    for code in given.get("conditions", {}):
        calculation, rate = _condition(given["conditions"][code])
        shop.condition(code, calculation, rate, step={"from_step": gross})
    shop.customizing["exclusions"] = [_rule(each) for each in given.get("exclusion", [])]
    shop.item(10, given.get("quantity", "1"))
    for row in given.get("rows", []):
        _row(shop, row)
    return _results(shop.priced_one())


def _results(item: PricedItem) -> Results:
    codes = [row.condition_type for row in item.rows if row.condition_type not in (None, "PR00")]
    active = [row.condition_type for row in item.rows if row.is_active]
    every = [row.condition_type for row in item.rows if row.condition_type]
    return {
        "active": [code for code in active if code in codes],
        "inactive": [code for code in every if code not in active],
        "net": item.net_value,
        **by_name(item),
    }


def _condition(text: str) -> tuple[str, Decimal]:
    """`-20.00 per piece`, `-10 %` or `-180.00`."""
    amount, *words = text.split()
    return ("percent" if words == ["%"] else "quantity" if words else "fixed"), Decimal(amount)


def _rule(rule: Given) -> Any:
    procedure = ExclusionProcedure(rule["procedure"])
    groups = [rule[key] for key in ("group", "group1", "group2") if key in rule]
    return (procedure, *groups) if groups else (procedure, [rule["type"]])


def _row(shop: Shop, row: Given) -> None:
    """A row with its step, found or entered by hand."""
    percent = row["rate"].endswith("%")
    rate = row["rate"].split()[0]
    manual = row.get("origin") == "manual"
    calculation = "percent" if percent else "quantity"
    shop.condition(
        row["type"], calculation, None if manual else rate, cls=row.get("cls", "discount"), step={"step": int(row["step"])}
    )
    if manual:
        shop.enter(row["type"], rate)


def _price_with_supplements(shop: Shop, price: Given) -> None:
    supplements = []
    for each in price.get("supplements", []):
        assert each.get("on", "price") == "price"
        shop.type(each["type"], CALCULATIONS[each["calculation"]], access_sequence=None)
        supplements.append(Supplement(each["type"], each.number("rate" if "rate" in each else "amount")))
    terms = terms_of(price)
    shop.condition(price["type"], "quantity", terms.pop("rate"), supplements=tuple(supplements), **terms)


def _accesses(given: Given) -> Results:
    """The records that the accesses of one price find: all of them, or the first only."""
    items = []
    for exclusive in (bool(given["exclusive"]), True):
        accesses = [Access(int(each["access"]), TABLES[each["table"]], exclusive=exclusive) for each in given["accesses"]]
        shop = Shop("EUR", sequences={"ALL": AccessSequence("ALL", tuple(accesses))})
        shop.condition("PR00", "quantity", access_sequence="ALL")
        for each in given["accesses"]:
            shop.record("PR00", each["rate"], table=TABLES[each["table"]], key=KEYS[TABLES[each["table"]]])
        if not exclusive:
            shop.customizing["exclusions"] = [_rule(each) for each in given["exclusion"]]
        shop.item(10, given.get("quantity", "1"))
        items.append(shop.priced_one())
    return {"withExclusion": items[0].net_value, "firstExclusiveAccess": items[1].net_value, "net": items[0].net_value}


def _records(given: Given) -> Results:
    """Prices by key, and a discount that stands back where one of them excludes it."""
    accesses = (Access(10, BY_CUSTOMER_MATERIAL), Access(20, BY_MATERIAL), Access(30, BY_ORGANIZATION))
    shop = Shop("EUR", sequences={"ALL": AccessSequence("ALL", accesses)})
    for record in given["records"]:
        terms, code = terms_of(record), record["type"]
        if code not in shop.types:
            step = {"requirement": REQUIREMENTS[record.get("requirement")]}
            shop.condition(code, "quantity", access_sequence="ALL", step=step)
        table = TABLES[record["key"]] if "key" in record else BY_ORGANIZATION
        shop.record(code, terms.pop("rate"), table=table, key=KEYS[table], **terms)
    shop.item(10, given["quantity"])
    special, other = shop.priced_one(), shop.priced_one(fields={KeyField.CUSTOMER: "C2"})
    discounts = [row for row in special.rows if row.condition_type != "PR00" and row.value is not None and row.is_active]
    return {
        "specialCustomer": special.net_value,
        "otherCustomer": other.net_value,
        "specialCustomerDiscountRow": OneOf("active" if discounts else "absent"),
    }
