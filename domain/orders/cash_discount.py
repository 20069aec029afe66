"""Cash discount 现金折扣: what whoever pays in time deducts, of the goods and of their tax. Source: DOMAIN.md §5."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from domain.pricing.rounding import EXACT, ZERO, rounded, split
from domain.pricing.values import RoundingRule

HUNDRED = Decimal(100)


class DiscountBase(Enum):
    """What the percentage is of: of all, so that the tax is less too; or of the goods alone, and the tax stays."""

    GROSS = "GROSS"
    NET = "NET"


class Taxed(NamedTuple):
    """An amount without tax, and the percentage that it is taxed with."""

    net: Decimal
    tax_percent: Decimal


class CashDiscount(NamedTuple):
    """What is deducted: of each amount without tax, and of the tax of all; `payment` is what is left of `gross`."""

    gross: Decimal
    payment: Decimal
    net: tuple[Decimal, ...]
    tax: Decimal


def cash_discount(amounts: Sequence[Taxed], percent: Decimal, base: DiscountBase, unit: Decimal) -> CashDiscount:
    """The discount on amounts that are taxed rate by rate, exact on the sum of each rate."""
    nets = [amount.net for amount in amounts]
    gross = sum(nets, ZERO) + _tax(amounts, nets, unit)
    total = rounded(_part(sum(nets, ZERO), percent), unit)
    parts = split(total, nets, unit, RoundingRule.COMMERCIAL)[0] if sum(nets, ZERO) else [ZERO] * len(nets)
    tax = _tax(amounts, parts, unit) if base is DiscountBase.GROSS else ZERO
    return CashDiscount(gross, gross - total - tax, tuple(parts), tax)


def _tax(amounts: Sequence[Taxed], nets: Sequence[Decimal], unit: Decimal) -> Decimal:
    """The tax of these, each rate rounded on its sum."""
    sums: dict[Decimal, Decimal] = {}
    for amount, net in zip(amounts, nets, strict=True):
        sums[amount.tax_percent] = sums.get(amount.tax_percent, ZERO) + net
    return sum((rounded(_part(net, rate), unit) for rate, net in sums.items()), ZERO)


def _part(amount: Decimal, percent: Decimal) -> Decimal:
    return EXACT.divide(EXACT.multiply(amount, percent), HUNDRED)
