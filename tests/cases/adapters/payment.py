"""Area `payment`: days, discounts and instalments of terms of payment."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from domain.orders.cash_discount import CashDiscount, DiscountBase, Taxed, cash_discount
from domain.orders.payment_terms import (
    Instalment,
    InstalmentKind,
    Period,
    Terms,
    discount_percent,
    due_date,
    instalments,
    is_overdue,
    last_days,
)
from domain.pricing.currencies import minor_unit
from tests.cases.notation import Given, Results

BASES = {"gross": DiscountBase.GROSS, "gross, tax corrected": DiscountBase.GROSS, "net": DiscountBase.NET}
RULE = re.compile(r"the first (\d+)(?:st|nd|rd|th) that is at least (\d+) days after the invoice")
PERCENT = re.compile(r"([\d.]+) %( of total)?")


def results(given: Given) -> Results:
    unit = minor_unit(given.get("currency", "EUR"))
    found: dict[str, Any] = {}
    if "rule" in given:
        wanted = RULE.fullmatch(given["rule"])
        assert wanted is not None, given["rule"]
        terms: Terms = [Period(days=int(wanted[2]), fixed_day=int(wanted[1]))]
        found["due"] = [str(due_date(terms, date.fromisoformat(each))) for each in given["invoiceDates"]]
    if "instalments" in given:
        parts = [_instalment(text) for text in given["instalments"]]
        found["amounts"] = instalments(given.number("amount"), parts, unit)
    if "terms" in given:
        found |= _by_terms(given, [_period(each) for each in given["terms"]], unit)
    if "lines" in given:
        taxed = [Taxed(each.number("net"), each.number("taxPercent")) for each in given["lines"]]
        base = BASES[given.get("discountOn", "gross")]
        found |= _discount(cash_discount(taxed, given.number("discountPercent"), base, unit))
    return found


def _by_terms(given: Given, terms: Terms, unit: Decimal) -> Results:
    found: dict[str, Any] = {}
    start = given.get("baseline") or given.get("invoice")
    if start is not None:
        baseline = date.fromisoformat(start)
        days = [date.fromisoformat(each) for each in given.get("payOn", [])]
        found["dates"] = [str(day) for day in last_days(terms, baseline)]
        found["overdue"] = [is_overdue(terms, baseline, day) for day in days]
        if "amount" in given:
            taxed = [Taxed(given.number("amount"), Decimal(0))]
            percents = [discount_percent(terms, baseline, day) for day in days]
            found["discount"] = [sum(cash_discount(taxed, each, DiscountBase.GROSS, unit).net) for each in percents]
    if "net" in given:
        taxed = [Taxed(given.number("net"), given.number("taxPercent"))]
        base = BASES[given.get("discountOn", "gross")]
        found |= _discount(cash_discount(taxed, terms[0].percent, base, unit), alone=True)
    return found


def _discount(found: CashDiscount, *, alone: bool = False) -> Results:
    net = found.net[0] if alone else list(found.net)
    return {"gross": found.gross, "payment": found.payment, "discountNet": net, "discountTax": found.tax}


def _period(given: Given) -> Period:
    return Period(
        days=given.get("days"),
        fixed_day=given.get("fixedDay"),
        additional_months=given.get("additionalMonths", 0),
        percent=given.number("percent", "0"),
    )


def _instalment(text: str) -> Instalment:
    if text == "remainder":
        return Instalment(InstalmentKind.REMAINDER)
    percent = PERCENT.fullmatch(text)
    if percent is None:
        return Instalment(InstalmentKind.FIXED, Decimal(text))
    kind = InstalmentKind.PERCENT_OF_TOTAL if percent[2] else InstalmentKind.PERCENT_OF_REST
    return Instalment(kind, Decimal(percent[1]))
