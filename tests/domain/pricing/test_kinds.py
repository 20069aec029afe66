"""Pieces of customizing: their codes and titles, and exchange rates by themselves."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.pricing.kinds import (
    PIECES,
    CustomizingKind,
    TaxClass,
    code_of,
    faults_of_exchange_rate,
    faults_of_piece,
)
from domain.pricing.values import ProcedureDetermination
from tests.domain.pricing.builders import told


def test_every_kind_has_its_value() -> None:
    assert set(PIECES) == set(CustomizingKind)


def test_a_piece_is_told_by_its_code_and_a_determination_by_what_it_determines_by() -> None:
    assert code_of(TaxClass("1")) == "1"
    assert code_of(ProcedureDetermination("1000/10/00", "A", "1", "SDNET1")) == "1000/10/00|A|1"


@pytest.mark.parametrize(
    ("kind", "code", "titles", "expected"),
    [
        pytest.param("UNIT", "PC", ("Piece", "件"), [], id="a plain code and both titles"),
        pytest.param("UNIT", "P C", ("Piece", "件"), [("CODE_MALFORMED", "definition.code")], id="a blank in a code"),
        pytest.param("UNIT", "", ("Piece", "件"), [("CODE_MALFORMED", "definition.code")], id="no code"),
        pytest.param(
            "UNIT", "-PC", ("Piece", "件"), [("CODE_MALFORMED", "definition.code")], id="a code begins with letter or digit"
        ),
        pytest.param("UNIT", "A" * 10, ("Piece", "件"), [], id="ten signs"),
        pytest.param("UNIT", "A" * 11, ("Piece", "件"), [("CODE_MALFORMED", "definition.code")], id="eleven signs"),
        pytest.param("UNIT", "A|B", ("Piece", "件"), [("CODE_MALFORMED", "definition.code")], id="a bar in a code"),
        pytest.param("DETERMINATION", "1000/10/00|A|1", ("x", "x"), [], id="a determination's three parts"),
        pytest.param(
            "DETERMINATION", "1000/10/00|?|1", ("x", "x"), [("CODE_MALFORMED", "definition.code")], id="a part that is no code"
        ),
        pytest.param("UNIT", "PC", ("", "件"), [("TITLE_LENGTH", "title")], id="no English title"),
        pytest.param("UNIT", "PC", ("Piece", "件" * 121), [("TITLE_LENGTH", "titleZh")], id="a title of 121 signs"),
        pytest.param("UNIT", "PC", ("P" * 120, "件" * 120), [], id="titles of 120"),
    ],
)
def test_what_is_wrong_with_code_and_titles(
    kind: str, code: str, titles: tuple[str, str], expected: list[tuple[str, str]]
) -> None:
    assert told(faults_of_piece(CustomizingKind[kind], code, titles)) == expected


@pytest.mark.parametrize(
    ("one", "other", "rate", "expected"),
    [
        ("USD", "CNY", "7.1", []),
        ("usd", "CNY", "7.1", [("CURRENCY_MALFORMED", "fromCurrency")]),
        ("USD", "YUAN", "7.1", [("CURRENCY_MALFORMED", "toCurrency")]),
        ("USD", "USD", "1", [("SAME_CURRENCY", "toCurrency")]),
        ("USD", "CNY", "0", [("EXCHANGE_RATE_RANGE", "rate")]),
        ("USD", "CNY", "-1", [("EXCHANGE_RATE_RANGE", "rate")]),
    ],
)
def test_what_is_wrong_with_an_exchange_rate(one: str, other: str, rate: str, expected: list[tuple[str, str]]) -> None:
    assert told(faults_of_exchange_rate(one, other, Decimal(rate))) == expected
