"""Area `billing`: how due items become invoices."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.orders.billing import BillingHeader, DueItem, invoices_of
from domain.orders.splitting import differing_fields, reason_of_split
from tests.cases.notation import Given, Results

FIELDS = {
    "payer": "payer",
    "billTo": "bill_to",
    "soldTo": "sold_to",
    "terms": "payment_terms",
    "method": "payment_method",
    "date": "billing_date",
    "incoterms": "incoterms",
    "currency": "currency",
    "type": "billing_type",
    "companyCode": "company_code",
    "salesOrganization": "sales_organization",
    "distributionChannel": "distribution_channel",
    "channel": "distribution_channel",
    "division": "division",
    "country": "destination_country",
    "taxClass": "customer_tax_class",
    "split": "criterion",
}
NAMES = {field: key for key, field in reversed(FIELDS.items())}


def results(given: Given) -> Results:
    if "due" in given:
        items = [DueItem(str(each["no"]), _header(each)) for each in given["due"]]
        numbers = {str(each["no"]): each["no"] for each in given["due"]}
    else:
        items = [DueItem(str(number), BillingHeader()) for number in range(1, int(given["items"]) + 1)]
        numbers = {item.key: int(item.key) for item in items}
    most = int(given["maximumItems"]) if "maximumItems" in given else None
    invoices = invoices_of(items, most)
    reasons = [reason_of_split(invoices, place) for place in range(len(invoices))]
    return {
        "groups": [[numbers[item.key] for item in invoice.items] for invoice in invoices],
        "invoices": [len(invoice.items) for invoice in invoices],
        "reasons": [[NAMES[field] for field in reason.fields] if reason else [] for reason in reasons],
        "splitBy": [NAMES[field] for field in differing_fields(items[0].header, items[-1].header)],
    }


def _header(due: Given) -> BillingHeader:
    values: dict[str, Any] = {FIELDS[key]: due[key] for key in due if key != "no"}
    if "billing_date" in values:
        values["billing_date"] = date.fromisoformat(values["billing_date"])
    return BillingHeader(**values)
