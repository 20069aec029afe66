"""How a value comes of base and rate 计算类型. Source: DOMAIN.md §3, condition type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from domain.pricing.rounding import rounded
from domain.pricing.units import converted
from domain.pricing.values import CalculationType

if TYPE_CHECKING:
    from domain.pricing.rows import Row

PERCENTAGES = frozenset({CalculationType.PERCENT, CalculationType.PERCENT_INCLUDED})
HUNDRED = Decimal(100)


def _measured(row: Row, base: Decimal, rate: Decimal) -> Decimal:
    """Rate for so many of a unit; another currency is converted after the multiplication, unless the type says before."""
    if row.type.convert_before:
        return base * rounded(converted(rate, row.exchange), row.line.currency.unit) / row.terms.per
    amount = base * rate
    return converted(amount if row.terms.per == 1 else amount / row.terms.per, row.exchange)


Calculate = Callable[["Row", Decimal, Decimal], Decimal]

CALCULATIONS: Mapping[CalculationType, Calculate] = {
    CalculationType.PERCENT: lambda _, base, rate: base * rate / HUNDRED,
    CalculationType.PERCENT_INCLUDED: lambda _, base, rate: base * rate / (HUNDRED + rate),
    CalculationType.FIXED_AMOUNT: lambda row, _, rate: converted(rate, row.exchange),
    CalculationType.QUANTITY: _measured,
    CalculationType.GROSS_WEIGHT: _measured,
    CalculationType.NET_WEIGHT: _measured,
    CalculationType.VOLUME: _measured,
    CalculationType.FORMULA: lambda _row, base, _rate: base,
}
"""The value before its formula and before rounding, of row, base and rate. Contained: base × rate / (100 + rate)."""
