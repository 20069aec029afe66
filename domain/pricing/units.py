"""Units of measure 计量单位, converted by exact fractions: a material's own first, then those of a dimension.

Source: DOMAIN.md §3.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from domain.pricing.rounding import EXACT
from domain.pricing.values import Unit

NO_UNITS: Mapping[str, Fraction] = {}
SAME = Fraction(1)
USUAL_DECIMALS = 3
"""The decimal places of a unit that customizing does not know."""


def conversion(
    from_unit: str, to_unit: str, units: Mapping[str, Unit], base_unit: str = "", own: Mapping[str, Fraction] = NO_UNITS
) -> Fraction | None:
    """How many of `to_unit` one `from_unit` is; None where nothing leads from one to the other.

    `own` says how many of its base unit each unit of a material is (1 box = 12 pieces, 1 piece = 3/10 kg).
    """
    if from_unit == to_unit:
        return SAME
    one, other = (_in_base_units(unit, units, base_unit, own) for unit in (from_unit, to_unit))
    if one is not None and other is not None:
        return one / other
    return _within_dimension(from_unit, to_unit, units)


def converted(amount: Decimal, factor: Fraction) -> Decimal:
    """An amount times an exact fraction."""
    if factor is SAME:
        return amount
    if factor.denominator == 1:
        return amount if factor.numerator == 1 else EXACT.multiply(amount, Decimal(factor.numerator))
    return EXACT.divide(EXACT.multiply(amount, Decimal(factor.numerator)), Decimal(factor.denominator))


def decimals_of(unit: str, units: Mapping[str, Unit]) -> int:
    """How many decimal places a quantity in a unit may have."""
    return units[unit].decimals if unit in units else USUAL_DECIMALS


def places_of(amount: Decimal) -> int:
    """How many decimal places an amount has, zeros at its end aside."""
    if amount == amount.to_integral_value():
        return 0
    exponent = amount.normalize(EXACT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _in_base_units(unit: str, units: Mapping[str, Unit], base_unit: str, own: Mapping[str, Fraction]) -> Fraction | None:
    """How many base units of the material a unit is: told by the material, or of one dimension with a unit that is."""
    if unit == base_unit:
        return SAME
    if unit in own:
        return own[unit]
    for known in (base_unit, *sorted(own)):
        ratio = _within_dimension(unit, known, units)
        if ratio is not None:
            return ratio * own.get(known, 1)
    return None


def _within_dimension(from_unit: str, to_unit: str, units: Mapping[str, Unit]) -> Fraction | None:
    one, other = units.get(from_unit), units.get(to_unit)
    if one is None or other is None or one.dimension is None or one.dimension != other.dimension:
        return None
    return one.factor / other.factor
