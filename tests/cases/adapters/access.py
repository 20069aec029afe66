"""Area `access`: which of several records is found."""

from __future__ import annotations

from domain.pricing.values import Access, AccessSequence, KeyField
from tests.cases.adapters.shop import Shop
from tests.cases.notation import Given, Results
from tests.domain.pricing.builders import BY_CUSTOMER_MATERIAL, BY_MATERIAL, BY_ORGANIZATION

TABLES = {"customer/material": BY_CUSTOMER_MATERIAL, "material": BY_MATERIAL}
UNNAMED = (BY_CUSTOMER_MATERIAL, BY_MATERIAL, BY_ORGANIZATION)
KEYS = {BY_MATERIAL: ("M1",), BY_CUSTOMER_MATERIAL: ("C1", "M1"), BY_ORGANIZATION: ("1000",)}


def results(given: Given) -> Results:
    exclusive = bool(given.get("exclusive", True))
    tables = [TABLES[each["table"]] if "table" in each else UNNAMED[place] for place, each in enumerate(given["accesses"])]
    accesses = [
        Access(int(each["access"]), table, exclusive=exclusive) for each, table in zip(given["accesses"], tables, strict=True)
    ]
    shop = Shop("EUR", sequences={"ALL": AccessSequence("ALL", tuple(accesses))})
    shop.condition("PR00", "quantity", given["price"])
    shop.condition("K007", "percent", access_sequence="ALL")
    for each, table in zip(given["accesses"], tables, strict=True):
        shop.record("K007", each["rate"], table=table, key=tuple(each["key"]) if "key" in each else KEYS[table])
    shop.item(10, material="M1")
    if "customers" not in given:
        return {"net": shop.priced_one().net_value}
    return {"net": [shop.priced_one(fields={KeyField.CUSTOMER: customer}).net_value for customer in given["customers"]]}
