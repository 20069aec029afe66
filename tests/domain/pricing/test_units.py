"""Units convert by exact fractions: by the material's own, within a dimension, and through both."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction as F

import pytest

from domain.pricing.units import conversion, converted, places_of
from domain.pricing.values import Unit

UNITS = {
    "KG": Unit("KG", "mass"),
    "G": Unit("G", "mass", F(1, 1000)),
    "TO": Unit("TO", "mass", F(1000)),
    "LB": Unit("LB", "mass", F(4536, 10000)),
    "L": Unit("L", "volume"),
    "PC": Unit("PC"),
    "EA": Unit("EA"),
}
STEEL = {"ROLL": F(25, 2), "PC": F(3, 10)}
"""Its base unit is the kilogram: a roll is 12.5 of it, a piece 0.3."""


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        pytest.param("PC", "PC", F(1), id="the same unit, even one that nobody knows"),
        pytest.param("??", "??", F(1), id="even one that nobody knows"),
        pytest.param("ROLL", "KG", F(25, 2), id="told by the material"),
        pytest.param("KG", "ROLL", F(2, 25), id="and back"),
        pytest.param("ROLL", "PC", F(125, 3), id="from one own unit to the other"),
        pytest.param("TO", "ROLL", F(80), id="a dimension, then the material"),
        pytest.param("PC", "G", F(300), id="the material, then a dimension"),
        pytest.param("KG", "TO", F(1, 1000), id="within the dimension of the base unit"),
        pytest.param("ROLL", "L", None, id="nothing leads to a volume"),
        pytest.param("EA", "PC", None, id="pieces without a dimension do not convert"),
        pytest.param("BOX", "PC", None, id="a unit that nobody knows"),
        pytest.param("L", "L", F(1), id="itself in another dimension"),
    ],
)
def test_the_conversion_of_a_material(one: str, other: str, factor: F | None) -> None:
    assert conversion(one, other, UNITS, "KG", STEEL) == factor


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [("LB", "KG", F(567, 1250)), ("KG", "LB", F(1250, 567)), ("TO", "G", F(1_000_000)), ("KG", "L", None), ("EA", "PC", None)],
)
def test_the_conversion_within_a_dimension(one: str, other: str, factor: F | None) -> None:
    assert conversion(one, other, UNITS) == factor


def test_a_dimension_is_reached_through_an_own_unit_of_the_material() -> None:
    """Sold in pieces, known in kilograms too: a tonne of it is counted in pieces."""
    assert conversion("TO", "PC", UNITS, "PC", {"KG": F(10, 3)}) == F(10000, 3)


@pytest.mark.parametrize(
    ("amount", "factor", "expected"),
    [
        ("3", F(1), "3"),
        ("3", F(12), "36"),
        ("1", F(1, 4), "0.25"),
        ("0.5", F(10000, 4536), "1.1022927689594356261022927689594356"),
    ],
)
def test_an_amount_is_converted_exactly(amount: str, factor: F, expected: str) -> None:
    assert str(converted(D(amount), factor)).startswith(expected)


@pytest.mark.parametrize(("amount", "places"), [("1", 0), ("100", 0), ("1.50", 1), ("0.001", 3), ("1E+3", 0), ("0", 0)])
def test_decimal_places_without_zeros_at_the_end(amount: str, places: int) -> None:
    assert places_of(D(amount)) == places
