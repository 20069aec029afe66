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


def _amount(row: Row, amount: Decimal) -> Decimal:
    """An amount of the row's own currency in that of the document."""
    return amount if row.exchange == 1 else converted(amount, row.exchange)


def _measured(row: Row, base: Decimal, rate: Decimal) -> Decimal:
    """Rate for so many of a unit; another currency is converted after the multiplication, unless the type says before."""
    if row.type.convert_before:
        return base * rounded(_amount(row, rate), row.line.currency.unit) / row.terms.per
    amount = base * rate
    return _amount(row, amount if row.terms.per == 1 else amount / row.terms.per)


Calculate = Callable[["Row", Decimal, Decimal], Decimal]

CALCULATIONS: Mapping[CalculationType, Calculate] = {
    CalculationType.PERCENT: lambda _, base, rate: base * rate / HUNDRED,
    CalculationType.PERCENT_INCLUDED: lambda _, base, rate: base * rate / (HUNDRED + rate),
    CalculationType.FIXED_AMOUNT: lambda row, _, rate: _amount(row, rate),
    CalculationType.QUANTITY: _measured,
    CalculationType.GROSS_WEIGHT: _measured,
    CalculationType.NET_WEIGHT: _measured,
    CalculationType.VOLUME: _measured,
    CalculationType.FORMULA: lambda _row, base, _rate: base,
}
"""The value before its formula and before rounding, of row, base and rate. Contained: base × rate / (100 + rate)."""
