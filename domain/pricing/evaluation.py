"""The order of evaluation of a document, stated once. Source: DOMAIN.md §3.

(a) per line, step and counter: requirement, accesses, record            `determination`
(b) base, (c) base formula, rate from the scale, value, value formula, rounding   `valuation`
(d) group sums, then (b) and (c) again with the group's rate              `groups`
(e) exclusion, (f) then (b) and (c) again                                 `exclusion`
(g) the last price: what stands before it is out
(h) header conditions are distributed, minimum and tax follow: (b) and (c) again with all that is left

Figures are worked out again only where something has changed since: the sums of (d) need a first round of their own only
for scales read by value.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import localcontext

from domain.errors import refuse_if_any
from domain.pricing.accesses import Search, fields_of_items
from domain.pricing.determination import Determination
from domain.pricing.documents import refusals_of_document
from domain.pricing.exclusion import exclude
from domain.pricing.groups import sum_groups
from domain.pricing.prepared import Keys, Prepared, prepared
from domain.pricing.presentation import net_price, priced_document
from domain.pricing.rounding import EXACT
from domain.pricing.rows import Currency, Line, Row
from domain.pricing.valuation import Sheet, value
from domain.pricing.values import (
    ConditionRecord,
    Customizing,
    InactiveReason,
    NetPrice,
    PricedDocument,
    PricingDocument,
)


def price(document: PricingDocument, customizing: Customizing, records: Iterable[ConditionRecord]) -> PricedDocument:
    """Price a document with the records that `accesses.keys_wanted` asked for; nothing is ever half-priced.

    Raises Invalid for faulty customizing, Refused with everything that is wrong with the document, or with the records
    and entries that it meets, each naming its step, record or line. What is merely missing is said of each item.
    """
    with localcontext(EXACT):
        return priced_document(document, _valued(document, customizing, records, apart=False))


def net_prices(document: PricingDocument, customizing: Customizing, records: Iterable[ConditionRecord]) -> tuple[NetPrice, ...]:
    """What each item comes to as if it were alone in the document, as a price list tells it; else as `price`, for less."""
    with localcontext(EXACT):
        sheet = _valued(document, customizing, records, apart=True)
        return tuple(net_price(line) for line in sorted(sheet.lines, key=lambda line: line.index))


def _valued(document: PricingDocument, customizing: Customizing, records: Iterable[ConditionRecord], *, apart: bool) -> Sheet:
    """All lines with all their figures; in the context of exact arithmetic."""
    plan = prepared(customizing)
    refuse_if_any(refusals_of_document(document, plan))
    sheet = determined(document, plan, records, apart)
    if sheet.sums_values:
        value(sheet, groups=False)  # (b), (c)
    sum_groups(sheet.rows())  # (d)
    value(sheet)
    if _exclude(sheet):  # (e)
        value(sheet)  # (f)
    if _keep_last_prices(sheet) or document.header_conditions:  # (g)
        value(sheet, headers=True)  # (h)
    return sheet


def determined(document: PricingDocument, plan: Prepared, records: Iterable[ConditionRecord], apart: bool) -> Sheet:
    """(a): the lines in the order of their numbers, with their rows. Raises Refused with all that these are met by."""
    currency, keys = Currency(plan, document), Keys(plan)
    lines = [
        Line(plan, currency, index, item, fields, keys.of(fields), index if apart else None)
        for index, (item, fields) in enumerate(zip(document.items, fields_of_items(document), strict=True))
    ]
    lines.sort(key=lambda line: line.item.line_number)
    search = Search(plan, document, records)
    determination = Determination(document, plan, search)
    for line in lines:
        determination.determine(line)
    refuse_if_any(tuple(dict.fromkeys(determination.refusals)))
    return Sheet(plan, currency, lines, search.limited)


def _exclude(sheet: Sheet) -> bool:
    rules = sheet.plan.customizing.procedure.exclusions
    changed = [exclude(line, sheet.plan.customizing) for line in sheet.lines] if rules else []
    return any(changed)


def _keep_last_prices(sheet: Sheet) -> bool:
    return sum(keep_last_price(line) for line in sheet.lines) > 0


def keep_last_price(line: Line) -> bool:
    """Of the prices only the last active one stays, and every active row before it turns inactive; tells whether any did.

    Statistical rows never entered the value, so that they stay, with their figures; so does the base of the price itself.
    """
    winner = next((row.bundle for row in reversed(line.rows) if row.opens_price and _is_standing(row)), None)
    if winner is None:
        return False
    is_before, changed = True, False
    for row in line.rows:
        if row.bundle is winner:
            row.frozen, is_before = True, False
        elif not is_before:
            break
        elif row.step.step.statistical:
            row.frozen = True
        elif _is_standing(row):
            row.settled, row.frozen, changed = InactiveReason.LATER_PRICE, True, True
    return changed


def _is_standing(row: Row) -> bool:
    """Whether a row counts, or will as soon as the header conditions are distributed."""
    return row.is_active or (row.header and row.settled is None and bool(row.rate))
