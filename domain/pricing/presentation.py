"""The answer: priced rows, items and document, of what was worked out; with the trace of every search and figure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from domain.errors import Refusal
from domain.pricing.minimum import raised_to_minimum
from domain.pricing.prepared import ReadyStep
from domain.pricing.rounding import ONE, ZERO, rounded
from domain.pricing.rows import Line, Row
from domain.pricing.units import places_of
from domain.pricing.valuation import Sheet
from domain.pricing.values import (
    PERCENT_SIGN,
    Amount,
    ConditionRow,
    InactiveReason,
    PricedDocument,
    PricedItem,
    PricingDocument,
)

SHOWN = Decimal("0.000001")
"""To what a base is shown that conversion leaves with more places; it is worked with exactly."""
ERROR = InactiveReason.ERROR


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
        subtotals={each: line.inputs[each.value] for each in line.plan.subtotals},
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
    step, kind, terms, base = row.step.step, row.kind, row.terms, row.base
    currency = row.line.currency.code
    unit = currency if row.is_exact else row.base_unit
    found, percent = terms.rate is not None, kind.is_percent
    return ConditionRow(
        step.step,
        step.counter,
        row.type.code,
        None if base is None or not found else Amount(base if row.is_exact else _shown(base), unit),
        None
        if row.rate is None or kind.is_formula
        else Amount(row.rate, PERCENT_SIGN if percent else terms.currency or currency),
        None if row.value is None else Amount(row.value, currency),
        Amount(terms.per, terms.unit or unit) if kind.basis is not None and found else None,
        Amount(_shown(row.scale_base), row.scale_unit) if row.scale_base is not None else None,
        step.statistical,
        row.settled or row.reason,
        row.origin,
        row.record,
        row.search,
        row.header,
        row.main is not None,
        row.interval,
        row.difference,
    )


def _shown(amount: Decimal) -> Decimal:
    """To six places at most, without zeros at its end."""
    shortest = rounded(amount, SHOWN).normalize()
    return shortest.quantize(ONE.scaleb(-places_of(shortest)))


def _missing(line: Line) -> Iterator[Refusal]:
    """Prices that have no scale level, and required steps without a value."""
    without = dict.fromkeys(row.step for row in line.rows if row.reason is ERROR)
    valued = {row.step.order for row in line.rows if row.value is not None} if line.plan.required else set()
    path = f"items.{line.index}"
    for step in without:
        yield Refusal("CONDITION_WITHOUT_RATE", path, _named(line, step))
    for step in line.plan.required:
        if step.order not in valued and step not in without:
            yield Refusal("CONDITION_MISSING", path, _named(line, step))


def _named(line: Line, step: ReadyStep) -> dict[str, object]:
    return {"line": line.item.line_number, "step": step.step.step, "type": step.step.condition_type}
