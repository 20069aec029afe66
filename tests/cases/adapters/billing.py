"""Area `billing`: which due items make up a billing document."""

from __future__ import annotations

from domain.orders.billing import DueItem, invoices
from tests.cases.notation import Given, Results


def results(given: Given) -> Results:
    if "due" in given:
        due = [DueItem(each["no"], {field: each[field] for field in each if field != "no"}) for each in given["due"]]
    else:
        due = [DueItem(number, {}) for number in range(given["items"])]
    found = invoices(due, given.get("maximumItems"))
    return {
        "groups": [[item.number for item in invoice.items] for invoice in found],
        "invoices": [len(invoice.items) for invoice in found],
    }
