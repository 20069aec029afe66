"""Rounding 舍入: of an amount to a unit, and of a whole to parts that sum to it. Source: DOMAIN.md §3 Money."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal

from domain.pricing.values import RoundingRule

EXACT = Context(prec=72)
FINE = Decimal("1e-30")
"""Quotients are worked with to 72 digits and taken to 30 places before anything is decided by them: the figures of a
document have so few digits that what differs from a bound at all differs from it sooner."""

ZERO, ONE = Decimal(0), Decimal(1)

RULES: Mapping[RoundingRule, str] = {
    RoundingRule.COMMERCIAL: ROUND_HALF_UP,
    RoundingRule.UP: ROUND_UP,
    RoundingRule.DOWN: ROUND_DOWN,
}


TENTHS = frozenset(Decimal(1).scaleb(-places) for places in range(13))


def rounded(amount: Decimal, unit: Decimal, rule: RoundingRule = RoundingRule.COMMERCIAL) -> Decimal:
    """The multiple of `unit` (0.01, 1, 0.05, 100) that the rule takes an amount to; never a negative zero."""
    return rounder(unit, rule)(amount)


def fine(amount: Decimal) -> Decimal:
    """An amount as decisions see it: a third of three is one."""
    return amount.quantize(FINE, ROUND_HALF_EVEN, EXACT)


def rounder(unit: Decimal, rule: RoundingRule) -> Callable[[Decimal], Decimal]:
    """The rounding of many amounts by one rule."""
    mode = RULES[rule]

    def to_places(amount: Decimal) -> Decimal:
        if amount.same_quantum(unit):
            return amount + ZERO
        return amount.quantize(FINE, ROUND_HALF_EVEN, EXACT).quantize(unit, mode, EXACT) + ZERO

    def to_multiple(amount: Decimal) -> Decimal:
        times, rest = EXACT.divmod(fine(amount), unit)
        fraction = EXACT.divide(rest, unit).copy_sign(amount)
        return (times + fraction.to_integral_value(mode)) * unit + ZERO

    return to_places if unit in TENTHS else to_multiple


def largest(bases: Sequence[Decimal]) -> int:
    """The place of the largest base, whatever its sign; of equals the first."""
    return max(range(len(bases)), key=lambda place: (abs(bases[place]), -place))


def split(total: Decimal, bases: Sequence[Decimal], unit: Decimal, rule: RoundingRule) -> tuple[list[Decimal], int, Decimal]:
    """Parts in proportion to the bases, which sum to the total; who took the difference of rounding, and how much.

    A base of zero gets nothing. The bases must not sum to zero.
    """
    whole = sum(bases, ZERO)
    parts = [rounded(EXACT.divide(EXACT.multiply(total, base), whole), unit, rule) for base in bases]
    place, difference = largest(bases), total - sum(parts, ZERO)
    parts[place] += difference
    return parts, place, difference
