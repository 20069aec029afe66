"""How a value comes of base and rate 计算类型, and how formulas are worked out. Source: DOMAIN.md §3, condition type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from domain.errors import Refused
from domain.pricing.expressions import Faulty
from domain.pricing.formulas import Ready
from domain.pricing.prepared import ReadyStep
from domain.pricing.rounding import ZERO, rounded
from domain.pricing.rows import Line, Row
from domain.pricing.units import converted
from domain.pricing.values import CalculationType

HUNDRED = Decimal(100)


def _amount(row: Row, amount: Decimal) -> Decimal:
    """An amount of the row's own currency in that of the document."""
    return amount if row.exchange == 1 else converted(amount, row.exchange)


def _measured(row: Row, base: Decimal, rate: Decimal) -> Decimal:
    """Rate for so many of a unit; another currency is converted after the multiplication, unless the type says before."""
    if row.type.convert_before:
        return base * rounded(_amount(row, rate), row.line.currency.unit) / row.terms.per
    amount = base * rate
    return _amount(row, amount if row.terms.per == 1 else amount / row.terms.per)


CALCULATIONS: Mapping[CalculationType, Callable[[Row, Decimal, Decimal], Decimal]] = {
    CalculationType.PERCENT: lambda _, base, rate: base * rate / HUNDRED,
    CalculationType.PERCENT_INCLUDED: lambda _, base, rate: base * rate / (HUNDRED + rate),
    CalculationType.FIXED_AMOUNT: lambda row, _, rate: _amount(row, rate),
    CalculationType.QUANTITY: _measured,
    CalculationType.GROSS_WEIGHT: _measured,
    CalculationType.NET_WEIGHT: _measured,
    CalculationType.VOLUME: _measured,
    CalculationType.FORMULA: lambda _row, base, _rate: base,
}


def raw_value(row: Row, base: Decimal, rate: Decimal) -> Decimal:
    """The value before its formula and before rounding. A percentage contained is base × rate / (100 + rate)."""
    return CALCULATIONS[row.type.calculation](row, base, rate)


def worked_out(formula: Ready, row: Row, reference: Decimal, base: Decimal, amount: Decimal) -> Decimal:
    """A formula of the row's step over these figures. Raises Refused, naming step and line, when it cannot be worked out."""
    row.line.inputs.update(reference=reference, base=base, rate=row.rate, value=amount)
    return evaluated(formula, row.line, row.step)


def evaluated(formula: Ready, line: Line, step: ReadyStep) -> Decimal:
    """A formula over the inputs of a line as they stand."""
    try:
        figure: Decimal = formula.expression.evaluate(line.inputs)
    except Faulty as faulty:
        raise Refused(faulty.refusal(f"items.{line.index}", str(step.step.step))) from faulty
    return figure + ZERO
