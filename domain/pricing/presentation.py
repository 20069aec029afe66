"""The answer: priced rows, items and document, of what was worked out; with the trace of every search and figure."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import Refusal
from domain.pricing.minimum import raised_to_minimum
from domain.pricing.prepared import ReadyStep
from domain.pricing.records import PERCENTAGES
from domain.pricing.rounding import ZERO, rounded
from domain.pricing.rows import Line, Row
from domain.pricing.units import places_of
from domain.pricing.valuation import Sheet
from domain.pricing.values import (
    PERCENT_SIGN,
    Amount,
    CalculationType,
    ConditionRow,
    InactiveReason,
    PricedDocument,
    PricedItem,
    PricingDocument,
    Subtotal,
)

SHOWN = Decimal("0.000001")
"""To what a base is shown that conversion leaves with more places; it is worked with exactly."""


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


def _item(line: Line) -> PricedItem:
    unit = line.currency.unit
    net, tax = rounded(line.net, unit), rounded(line.tax, unit)
    return PricedItem(
        line_number=line.item.line_number,
        net_price=rounded(net / line.item.quantity, unit),
        net_value=net,
        tax_amount=tax,
        gross_value=net + tax,
        subtotals={each: line.inputs[each.value] for each in Subtotal if each in line.plan.subtotals},
        rows=tuple(_rows(line)),
        missing=tuple(_missing(line)),
        raised_to_minimum=raised_to_minimum(line.rows),
    )


def _rows(line: Line) -> list[ConditionRow]:
    """The rows of a line and its subtotals, by step and counter; intervals that were not reached are left out."""
    shown: list[ConditionRow] = []
    rows = iter([row for row in line.rows if row.interval is None or row.base is not None])
    row = next(rows, None)
    for step in line.plan.steps:
        if step.kind is None:
            shown.append(_subtotal(line, step))
        while row is not None and row.step is step:
            shown.append(_row(row))
            row = next(rows, None)
    return shown


def _subtotal(line: Line, step: ReadyStep) -> ConditionRow:
    value = Amount(line.totals[step.order], line.currency.code)
    return ConditionRow(step.step.step, step.step.counter, None, None, None, value, statistical=step.step.statistical)


def _row(row: Row) -> ConditionRow:
    step, currency, found = row.step.step, row.line.currency.code, row.terms.rate is not None
    unit = row.base_unit
    return ConditionRow(
        step=step.step,
        counter=step.counter,
        condition_type=row.type.code,
        base=_amount(row.base, unit) if found else None,
        rate=_rate(row),
        value=None if row.value is None else Amount(row.value, currency),
        per=Amount(row.terms.per, row.terms.unit or unit) if row.kind.basis is not None and found else None,
        scale_base=_amount(row.scale_base, row.scale_unit) if row.scale is not None else None,
        statistical=step.statistical,
        inactive_reason=row.settled or row.reason,
        origin=row.origin,
        record=row.record,
        accesses=row.accesses,
        header=row.header,
        supplement=row.main is not None,
        interval=row.interval,
        rounding_difference=row.difference,
    )


def _rate(row: Row) -> Amount | None:
    if row.rate is None or row.type.calculation is CalculationType.FORMULA:
        return None
    percent = row.type.calculation in PERCENTAGES
    return Amount(row.rate, PERCENT_SIGN if percent else row.terms.currency or row.line.currency.code)


def _amount(amount: Decimal | None, unit: str) -> Amount | None:
    if amount is None:
        return None
    return Amount(rounded(amount, SHOWN) if places_of(amount) > -SHOWN.adjusted() else amount, unit)


def _missing(line: Line) -> list[Refusal]:
    """Required steps without a value, and prices that have no scale level."""
    missing: list[Refusal] = []
    by_step: dict[int, list[Row]] = {}
    for row in line.rows:
        by_step.setdefault(row.step.order, []).append(row)
    for step in line.plan.steps:
        rows, path = by_step.get(step.order, []), f"items.{line.index}"
        values = {"line": line.item.line_number, "step": step.step.step, "type": step.step.condition_type}
        if any(row.reason is InactiveReason.ERROR for row in rows):
            missing.append(Refusal("CONDITION_WITHOUT_RATE", path, values))
        elif step.step.required and not any(row.value is not None for row in rows):
            missing.append(Refusal("CONDITION_MISSING", path, values))
    return missing
