"""Rounding to minor units and other units, by three rules, and parts that sum to the whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.currencies import exchange_rate, minor_unit
from domain.pricing.rounding import EXACT, FINE, fine, largest, rounded, split
from domain.pricing.values import ExchangeRate, RoundingRule

COMMERCIAL, UP, DOWN = RoundingRule.COMMERCIAL, RoundingRule.UP, RoundingRule.DOWN


@pytest.mark.parametrize(
    ("amount", "unit", "rule", "expected"),
    [
        ("10.454", "0.01", COMMERCIAL, "10.45"),
        ("10.455", "0.01", COMMERCIAL, "10.46"),
        ("-10.455", "0.01", COMMERCIAL, "-10.46"),
        ("10.451", "0.01", UP, "10.46"),
        ("-10.451", "0.01", UP, "-10.46"),
        ("10.459", "0.01", DOWN, "10.45"),
        ("-10.459", "0.01", DOWN, "-10.45"),
        ("1045.9", "1", DOWN, "1045"),
        ("108.21", "0.05", COMMERCIAL, "108.20"),
        ("108.225", "0.05", COMMERCIAL, "108.25"),
        ("-108.225", "0.05", COMMERCIAL, "-108.25"),
        ("-108.21", "0.05", UP, "-108.25"),
        ("108.24", "0.05", DOWN, "108.20"),
        ("108.20", "0.05", UP, "108.20"),
        ("149", "100", COMMERCIAL, "100"),
        ("150", "100", COMMERCIAL, "200"),
        ("3.5", "10", UP, "10"),
        ("-0.004", "0.01", COMMERCIAL, "0.00"),
        ("-0.02", "0.05", COMMERCIAL, "0.00"),
    ],
)
def test_an_amount_is_rounded_to_a_unit(amount: str, unit: str, rule: RoundingRule, expected: str) -> None:
    found = rounded(D(amount), D(unit), rule)
    assert found == D(expected)
    assert not found.is_signed() or found < 0, "a negative zero is no amount"


def test_rounding_is_commercial_where_nothing_else_is_said() -> None:
    assert rounded(D("0.005"), D("0.01")) == D("0.01")


@pytest.mark.parametrize(
    ("digits", "rule", "expected"),
    [
        ("2." + "9" * 60, DOWN, "3.00"),
        ("2.00" + "0" * 50 + "1", UP, "2.00"),
        ("0.004" + "9" * 60, COMMERCIAL, "0.01"),
    ],
)
def test_what_a_quotient_lacks_in_digits_decides_nothing(digits: str, rule: RoundingRule, expected: str) -> None:
    assert rounded(D(digits), D("0.01"), rule) == D(expected)
    assert rounded(D(digits) * 5, D("0.05"), rule) == D(expected) * 5


def test_decisions_are_taken_on_thirty_places() -> None:
    assert fine(D("0.9" + "9" * 40)) == 1
    assert fine(EXACT.subtract(D(1), FINE)) < 1


@pytest.mark.parametrize(
    ("total", "bases", "parts", "taker", "difference"),
    [
        pytest.param("-90", ["1000", "2000", "3000"], ["-15.00", "-30.00", "-45.00"], 2, "0", id="by value"),
        pytest.param("2.99", ["10", "10", "10"], ["0.99", "1.00", "1.00"], 0, "-0.01", id="of equals the first takes the cent"),
        pytest.param("100", ["1", "0", "2"], ["33.33", "0.00", "66.67"], 2, "0.00", id="nothing to a base of zero"),
        pytest.param("0.05", ["1", "1", "1.5"], ["0.01", "0.01", "0.03"], 2, "0.01", id="the largest base takes it"),
        pytest.param("0.10", ["-7", "5", "5"], ["-0.24", "0.17", "0.17"], 0, "-0.01", id="the largest whatever its sign"),
    ],
)
def test_a_total_is_split_by_bases(total: str, bases: list[str], parts: list[str], taker: int, difference: str) -> None:
    found, place, rest = split(D(total), [D(base) for base in bases], D("0.01"), COMMERCIAL)
    assert (found, place, rest) == ([D(part) for part in parts], taker, D(difference))
    assert sum(found) == D(total)


@pytest.mark.parametrize(("rule", "parts"), [(COMMERCIAL, ["0.66", "0.67", "0.67"]), (DOWN, ["0.68", "0.66", "0.66"])])
def test_parts_are_rounded_by_the_rule(rule: RoundingRule, parts: list[str]) -> None:
    assert split(D(2), [D(1)] * 3, D("0.01"), rule)[0] == [D(part) for part in parts]


def test_the_largest_base_is_the_first_of_the_largest() -> None:
    assert largest([D(1), D(-3), D(3), D(2)]) == 1


AMOUNTS = st.decimals(-1_000_000, 1_000_000, places=3)


@given(
    AMOUNTS,
    st.lists(st.decimals(0, 100_000, places=3), min_size=1, max_size=30).filter(sum),
    st.sampled_from(list(RoundingRule)),
    st.sampled_from(["JPY", "CNY", "KWD"]),
)
def test_parts_sum_to_the_whole_to_the_last_minor_unit(total: D, bases: list[D], rule: RoundingRule, currency: str) -> None:
    unit = minor_unit(currency)
    total = rounded(total, unit)
    parts, place, difference = split(total, bases, unit, rule)
    assert sum(parts) == total
    assert all(part == rounded(part, unit) for part in parts)
    assert all(not part for part, base in zip(parts, bases, strict=True) if not base)
    assert abs(difference) <= unit * len(bases)
    assert bases[place] == max(bases)


@pytest.mark.parametrize(
    ("currency", "unit"),
    [
        (code, "1")
        for code in [
            "JPY",
            "KRW",
            "VND",
            "CLP",
            "ISK",
            "PYG",
            "UGX",
            "XAF",
            "XOF",
            "XPF",
            "BIF",
            "DJF",
            "GNF",
            "KMF",
            "RWF",
            "VUV",
            "UYI",
        ]
    ]
    + [(code, "0.001") for code in ["KWD", "BHD", "OMR", "TND", "JOD", "IQD", "LYD"]]
    + [(code, "0.01") for code in ["CNY", "USD", "EUR", "TWD"]]
    + [(code, "0.0001") for code in ["CLF", "UYW"]],
)
def test_minor_units_of_iso_4217(currency: str, unit: str) -> None:
    assert minor_unit(currency) == D(unit)


RATES = (
    ExchangeRate("USD", "CNY", date(2026, 1, 1), Fraction(7)),
    ExchangeRate("USD", "CNY", date(2026, 6, 1), Fraction(72, 10)),
    ExchangeRate("CNY", "JPY", date(2026, 1, 1), Fraction(20)),
)


@pytest.mark.parametrize(
    ("one", "other", "day", "rate"),
    [
        pytest.param("CNY", "CNY", date(2000, 1, 1), 1, id="a currency is worth itself"),
        pytest.param("USD", "CNY", date(2026, 5, 31), 7, id="the rate in force until the next"),
        pytest.param("USD", "CNY", date(2026, 6, 1), Fraction(72, 10), id="the next rate from its first day on"),
        pytest.param("CNY", "USD", date(2026, 5, 31), Fraction(1, 7), id="the inverse, exactly"),
        pytest.param("USD", "CNY", date(2025, 12, 31), None, id="none before the first"),
        pytest.param("USD", "JPY", date(2026, 6, 1), None, id="none across a third currency"),
    ],
)
def test_the_exchange_rate_of_a_day(one: str, other: str, day: date, rate: Fraction | None) -> None:
    assert exchange_rate(RATES, one, other, day) == rate


def test_a_rate_of_its_own_direction_goes_before_the_inverse() -> None:
    both = (ExchangeRate("CNY", "USD", date(2020, 1, 1), Fraction(1, 5)), *RATES)
    assert exchange_rate(both, "CNY", "USD", date(2026, 6, 1)) == Fraction(1, 5)
