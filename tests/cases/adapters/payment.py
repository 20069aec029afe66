"""Area `payment`: when what is due, what may be deducted, and how an amount is split into instalments."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from domain.orders.billing import TaxedLine, line_taxes, tax_groups
from domain.orders.payment_terms import (
    DiscountBase,
    DuePart,
    Instalment,
    PaymentTerms,
    Period,
    Share,
    cash_discount,
    days_overdue,
    discount_percent,
    due_parts,
    instalment_amounts,
    net_due,
    period_ends,
)
from domain.pricing.currencies import minor_unit
from tests.cases.notation import Given, Results

DISCOUNTS = {
    "gross": (DiscountBase.GROSS, False),
    "gross, tax corrected": (DiscountBase.GROSS, True),
    "net": (DiscountBase.NET, False),
    "net, tax corrected": (DiscountBase.NET, True),
}
NUMBER = r"(\d+)(?:st|nd|rd|th)?"
END_OF_MONTH = Period(fixed_day=31)
RULES: tuple[tuple[re.Pattern[str], Callable[..., Period | PaymentTerms]], ...] = (  # in words, as a period or as terms
    (
        re.compile(rf"the first {NUMBER} that is at least {NUMBER} days after the invoice"),
        lambda day, days: Period(int(days), int(day)),
    ),
    (
        re.compile(rf"the (?:first )?(?:last day|end) of (?:a|the) month that is at least {NUMBER} days after the invoice"),
        lambda days: Period(int(days), 31),
    ),
    (re.compile(rf"{NUMBER} days,? (?:then )?(?:to )?the end of (?:the|that) month"), lambda days: Period(int(days), 31)),
    (re.compile(rf"(?:net )?{NUMBER} days(?: after the invoice)?(?: net)?"), lambda days: Period(int(days))),
    (re.compile(r"(?:the )?(?:last day|end) of the month(?: of the invoice)?"), lambda: END_OF_MONTH),
    (re.compile(r"(?:the )?(?:last day|end) of the (?:next|following) month"), lambda: Period(0, 31, 1)),
    (re.compile(rf"(?:the )?{NUMBER} of the (?:next|following) month"), lambda day: Period(0, int(day), 1)),
    (
        re.compile(rf"{NUMBER} days after the end of the month(?: of the invoice)?"),
        lambda days: PaymentTerms("", (Period(int(days)),), END_OF_MONTH),
    ),
    (
        re.compile(rf"{NUMBER} days after the end of the (?:next|following) month"),
        lambda days: PaymentTerms("", (Period(int(days)),), Period(0, 31, 1)),
    ),
)
SHARES: tuple[tuple[re.Pattern[str], Share], ...] = (
    (re.compile(r"([\d.]+) ?% of (?:the )?total"), Share.PERCENT_OF_TOTAL),
    (re.compile(r"([\d.]+) ?% of (?:the )?(?:rest|remainder)"), Share.PERCENT_OF_REST),
    (re.compile(r"([\d.]+)"), Share.AMOUNT),
    (re.compile(r"(?:the )?(?:remainder|rest|balance)()"), Share.REMAINDER),
)

PLAIN = re.compile(r"([\d.]+) ?%")


def results(given: Given) -> Results:
    if "instalments" in given:
        return _instalments(given)
    if "rule" in given:
        terms = _rule(given["rule"])
        days = given["invoiceDates"] if "invoiceDates" in given else [_baseline(given).isoformat()]
        return {"due": [net_due(terms, date.fromisoformat(day)).isoformat() for day in days]}
    if "net" in given or "lines" in given:
        return _taxed(given)
    return _by_date(given)


def _unit(given: Given) -> Decimal:
    return minor_unit(given.get("currency", "EUR"))


def _baseline(given: Given) -> date:
    return date.fromisoformat(next(given[key] for key in ("baseline", "invoice", "invoiceDate") if key in given))


def _rule(text: str) -> PaymentTerms:
    made = next(make(*found.groups()) for pattern, make in RULES if (found := pattern.fullmatch(text)))
    return PaymentTerms("", (made,)) if isinstance(made, Period) else made


def _period(term: Given) -> Period:
    fixed = term.get("fixedDay")
    return Period(
        int(term.get("days", 0)),
        None if fixed is None else int(fixed),
        int(term.get("additionalMonths", 0)),
        term.number("percent", "0"),
    )


def _terms(given: Given, default: str = "gross") -> PaymentTerms:
    base, corrected = DISCOUNTS[given.get("discountOn", default)]
    periods = tuple(_period(term) for term in given["terms"]) if "terms" in given else (Period(),)
    return PaymentTerms("", periods, discount_base=base, tax_correction=corrected)


# -------------------------------------------------------------------------------------------------------------- by date


def _by_date(given: Given) -> Results:
    terms, baseline, unit = _terms(given), _baseline(given), _unit(given)
    paid = [date.fromisoformat(day) for day in given.get("payOn", [])]
    due = net_due(terms, baseline)
    found: dict[str, Any] = {
        "dates": [day.isoformat() for day in period_ends(terms, baseline)],
        "due": due.isoformat(),
        "overdue": [days_overdue(due, day) > 0 for day in paid],
        "daysOverdue": [days_overdue(due, day) for day in paid],
        "percent": [discount_percent(terms, baseline, day) for day in paid],
    }
    if "amount" in given:
        amount = given.number("amount")
        discounts = [cash_discount(terms, percent, [amount], [], unit) for percent in found["percent"]]
        found["discount"] = [discount.amount for discount in discounts]
        found["payment"] = [discount.payment for discount in discounts]
    return found


# ------------------------------------------------------------------------------------------------------------- with tax


def _taxed(given: Given) -> Results:
    """A discount by one percentage, or on each day of payment; a figure by itself where there is one of it."""
    unit, several = _unit(given), "lines" in given
    rows = given["lines"] if several else [given]
    lines = [TaxedLine(row.number("net"), row.number("taxPercent", "0")) for row in rows]
    terms = _terms(given, "gross, tax corrected")
    taxes = line_taxes(lines, unit)
    percents, dated = [terms.periods[0].percent], "payOn" in given
    if "discountPercent" in given:
        percents = [given.number("discountPercent")]
    if dated:
        percents = [discount_percent(terms, _baseline(given), date.fromisoformat(day)) for day in given["payOn"]]
    discounts = [cash_discount(terms, percent, [line.net for line in lines], taxes, unit) for percent in percents]
    found: dict[str, Any] = {
        "payment": [each.payment for each in discounts],
        "discount": [each.amount for each in discounts],
        "discountNet": [list(each.nets) if several else each.nets[0] for each in discounts],
        "discountTax": [sum(each.taxes) for each in discounts],
        "discountTaxes": [list(each.taxes) for each in discounts],
    }
    groups = tax_groups(lines, unit)
    totals = {"tax": sum(group.tax for group in groups), "gross": sum(group.net + group.tax for group in groups)}
    return {**totals, **(found if dated else {key: values[0] for key, values in found.items()})}


# ---------------------------------------------------------------------------------------------------------- instalments


def _instalments(given: Given) -> Results:
    said = given["instalments"]
    plain = Share.PERCENT_OF_REST if any(" of " in each for each in said if isinstance(each, str)) else Share.PERCENT_OF_TOTAL
    parts = [_instalment(each, plain) for each in said]
    total, unit = given.number("amount"), _unit(given)
    found: dict[str, Any] = {"amounts": list(instalment_amounts(total, parts, unit))}
    if any(key in given for key in ("baseline", "invoice", "invoiceDate")):
        terms = PaymentTerms("", instalments=tuple(parts))
        due: tuple[DuePart, ...] = due_parts(terms, _baseline(given), total, unit)
        found |= {"dates": [each.due.isoformat() for each in due], "due": [each.due.isoformat() for each in due]}
    return found


def _instalment(said: Any, plain: Share) -> Instalment:
    """In words, or as a share with its period. A plain percentage is of the rest where others are said to be of the total."""
    if isinstance(said, Given):
        period = _period(said)
        for key, share in (("percent", Share.PERCENT_OF_TOTAL), ("amount", Share.AMOUNT)):
            if key in said:
                return Instalment(share, said.number(key), period)
        return Instalment(Share.REMAINDER, period=period)
    matched = ((share, pattern.fullmatch(str(said))) for pattern, share in (*SHARES, (PLAIN, plain)))
    share, found = next((share, found) for share, found in matched if found)
    return Instalment(share, Decimal(found[1] or 0))
