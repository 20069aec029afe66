"""The answer: priced rows, items and document, of what was worked out; with the trace of every search and figure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from functools import partial

from domain.errors import Refusal
from domain.pricing.accesses import Told
from domain.pricing.minimum import raised_to_minimum
from domain.pricing.prepared import ReadyStep
from domain.pricing.rounding import EXACT, ONE, ZERO, rounder
from domain.pricing.rows import Line, Row
from domain.pricing.valuation import Sheet
from domain.pricing.values import (
    NO_SEARCH,
    PERCENT_SIGN,
    Amount,
    ConditionOrigin,
    ConditionRow,
    InactiveReason,
    NetPrice,
    PricedDocument,
    PricedItem,
    PricingDocument,
    RoundingRule,
    SearchTrace,
)

SHOWN = rounder(Decimal("0.000001"), RoundingRule.COMMERCIAL)
"""To what a base is shown that conversion leaves with more places; it is worked with exactly."""
ERROR, AUTOMATIC = InactiveReason.ERROR, ConditionOrigin.AUTOMATIC


def priced_document(document: PricingDocument, sheet: Sheet) -> PricedDocument:
    """The priced document; its items in the order in which they were given."""
    items = [_item(line) for line in sorted(sheet.lines, key=lambda line: line.index)]
    return PricedDocument(
        procedure=sheet.plan.customizing.procedure.code,
        currency=document.currency,
        net_value=sum((item.net_value for item in items), ZERO),
        tax_amount=sum((item.tax_amount for item in items), ZERO),
        gross_value=sum((item.gross_value for item in items), ZERO),
        items=tuple(items),
        uses=tuple(rest.use() for rest in sheet.rests.values() if rest.taken),
    )


def net_price(line: Line) -> NetPrice:
    """What a line comes to, and for how much of its material its price is, without the rows that say why."""
    per = next((_per(row) for row in line.rows if row.kind.basis is not None and row.is_active), None)
    return NetPrice(line.currency.rounded(line.net), per, is_priced=next(_missing(line), None) is None)


def _item(line: Line) -> PricedItem:
    rounded = line.currency.rounded
    net, tax = rounded(line.net), rounded(line.tax)
    return PricedItem(
        line_number=line.item.line_number,
        net_price=rounded(net / line.item.quantity),
        net_value=net,
        tax_amount=tax,
        gross_value=net + tax,
        subtotals={each: line.inputs[each] for each in line.plan.subtotals},
        explain=partial(_rows, line),
        missing=tuple(_missing(line)),
        raised_to_minimum=raised_to_minimum(line.rows) if line.plan.has_minimum else None,
    )


def _rows(line: Line) -> list[ConditionRow]:
    """The rows of a line, its searches in vain and its subtotals, by step and counter; intervals not reached are left out."""
    shown: list[ConditionRow] = []
    rows = iter([row for row in line.rows if row.interval is None or row.base is not None])
    row = next(rows, None)
    with localcontext(EXACT):
        for step in line.plan.steps:
            if step.kind is None:
                shown.append(_subtotal(line, step))
            elif step.order in line.in_vain:
                shown.append(_nothing(line, step, line.in_vain[step.order]))
            while row is not None and row.step is step:
                shown.append(_row(row))
                row = next(rows, None)
    return shown


def _subtotal(line: Line, ready: ReadyStep) -> ConditionRow:
    step, value = ready.step, Amount(line.totals[ready.order], line.currency.code)
    return ConditionRow(step.step, step.counter, None, None, None, value, None, None, step.statistical)


def _nothing(line: Line, ready: ReadyStep, told: Told) -> ConditionRow:
    """A row that only says why nothing was found."""
    step, search = ready.step, SearchTrace(ready.searched, line.fields, told)
    code, reason = step.condition_type, InactiveReason.RECORD_BLOCKED if search.was_blocked else None
    return ConditionRow(
        step.step, step.counter, code, None, None, None, None, None, step.statistical, reason, AUTOMATIC, None, search
    )


def _row(row: Row) -> ConditionRow:
    step, kind, terms, base, rate = row.step.step, row.kind, row.terms, row.base, row.rate
    currency, is_exact = row.line.currency.code, row.is_exact
    unit = currency if is_exact else row.base_unit
    return ConditionRow(
        step.step,
        step.counter,
        row.type.code,
        None if base is None else Amount(base if is_exact else _shown(base), unit),
        None
        if rate is None or kind.is_formula
        else Amount(rate, PERCENT_SIGN if kind.is_percent else terms.currency or currency),
        None if row.value is None else Amount(row.value, currency),
        None if kind.basis is None or terms.rate is None else _per(row),
        Amount(_shown(row.scale_base), row.scale_unit) if row.scale_base is not None else None,
        step.statistical,
        row.settled or row.reason,
        row.origin,
        row.record,
        NO_SEARCH if row.search is None else SearchTrace(row.step.searched, row.line.fields, row.search),
        row.header,
        row.main is not None,
        row.interval,
        row.difference,
    )


def _per(row: Row) -> Amount:
    """For how much of what it measures a row's rate is."""
    return Amount(row.terms.per, row.base_unit)


def _shown(amount: Decimal) -> Decimal:
    """To six places at most, without zeros at its end."""
    if amount == amount.to_integral_value():
        return amount.quantize(ONE) + ZERO
    shortest = SHOWN(amount).normalize(EXACT)
    return shortest.quantize(ONE) if shortest == shortest.to_integral_value() else shortest


def _missing(line: Line) -> Iterator[Refusal]:
    """Prices that have no scale level, and required steps without a value."""
    without = {row.step.order: row.step for row in line.rows if row.reason is ERROR}
    for step in without.values():
        yield _refusal("CONDITION_WITHOUT_RATE", line, step)
    for step in line.plan.required:
        if step.order not in without and not any(row.step is step and row.value is not None for row in line.rows):
            yield _refusal("CONDITION_MISSING", line, step)


def _refusal(reason: str, line: Line, step: ReadyStep) -> Refusal:
    values = {"line": line.item.line_number, "step": step.step.step, "type": step.step.condition_type}
    return Refusal(reason, f"items.{line.index}", values)
