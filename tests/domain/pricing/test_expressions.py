"""The small language: what it works out, and everything that it refuses."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import TEXTS
from domain.pricing.expressions import FUNCTIONS, MOST_CHARACTERS, MOST_DEPTH, Faulty, Kind, parse
from domain.pricing.formulas import (
    BASE_FORMULA,
    BASE_FORMULAS,
    OF_ROW,
    OF_SEARCH,
    REQUIREMENT,
    REQUIREMENTS,
    VALUE_FORMULA,
    VALUE_FORMULAS,
    ready,
)

N, T, B = Kind.NUMBER, Kind.TEXT, Kind.TRUTH
INPUTS = (("x", N), ("y", N), ("none", N), ("group", T), ("free", B))
VALUES = {"x": D(6), "y": D("2.5"), "none": None, "group": "01", "free": True}


def worked_out(text: str, kind: Kind) -> Any:
    return parse(text, INPUTS, kind).evaluate(VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "1"),
        ("1.25", "1.25"),
        (" x + y ", "8.5"),
        ("x - y - 1", "2.5"),
        ("x - (y - 1)", "4.5"),
        ("x * y / 3", "5"),
        ("x + y * 2", "11"),
        ("(x + y) * 2", "17"),
        ("-x", "-6"),
        ("--x", "6"),
        ("x - -y", "8.5"),
        ("-x * -2", "12"),
        ("1 / 4", "0.25"),
        ("min(x, y)", "2.5"),
        ("max(x, y, 7)", "7"),
        ("abs(-x)", "6"),
        ("abs(y - x)", "3.5"),
        ("round(x / y, 0.1)", "2.4"),
        ("round(2.25, 0.1)", "2.3"),
        ("round_up(2.21, 0.1)", "2.3"),
        ("round_down(2.29, 0.1)", "2.2"),
        ("round(x, 5)", "5"),
        ("if(free, x, y)", "6"),
        ("if(not free, x, y)", "2.5"),
        ("if(x = 6 and group = '01', 1, 2)", "1"),
        ("if(x < 6 or group <> '01', 1, 2)", "2"),
        ("if(free, 1, 1 / 0)", "1"),
        ("10000000000000000000000.01 + 0", "10000000000000000000000.01"),
    ],
)
def test_what_an_expression_gives(text: str, expected: str) -> None:
    assert worked_out(text, N) == D(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 6", True),
        ("x = 6.0", True),
        ("x <> 6", False),
        ("x < 6", False),
        ("x <= 6", True),
        ("x > 6", False),
        ("x >= 6", True),
        ("x > y", True),
        ("y > x", False),
        ("group = '01'", True),
        ("group <> '01'", False),
        ("group = ''", False),
        ("free", True),
        ("not free", False),
        ("not not free", True),
        ("not x = 5", True),
        ("free and x = 6", True),
        ("free and x = 5", False),
        ("x = 5 or free", True),
        ("x = 5 or not free", False),
        ("not free and x = 5 or free", True),
        ("free or 1 / 0 = 1", True),
        ("free = (x = 6)", True),
    ],
)
def test_what_is_true(text: str, expected: bool) -> None:
    assert worked_out(text, B) is expected


def test_a_text_without_a_value_is_empty_and_a_truth_false() -> None:
    assert parse("group = ''", INPUTS, B).evaluate({"group": None}) is True
    assert parse("free", INPUTS, B).evaluate({}) is False


def test_an_expression_tells_which_inputs_it_reads() -> None:
    assert parse("if(free, x, 2 * x)", INPUTS, N).names == {"free", "x"}


@pytest.mark.parametrize(
    ("text", "kind", "reason", "values"),
    [
        pytest.param("z + 1", N, "EXPRESSION_NAME", {"value": "z", "known": "free, group, none, x, y"}, id="an unknown name"),
        pytest.param("x.real", N, "EXPRESSION_MALFORMED", {"place": 2}, id="an attribute"),
        pytest.param("__import__('os')", N, "EXPRESSION_NAME", None, id="a builtin"),
        pytest.param("x[0]", N, "EXPRESSION_MALFORMED", {"place": 2}, id="a subscript"),
        pytest.param("x ** 2", N, "EXPRESSION_MALFORMED", {"place": 3}, id="a power"),
        pytest.param("", N, "EXPRESSION_MALFORMED", {"place": 1}, id="nothing"),
        pytest.param("1 +", N, "EXPRESSION_MALFORMED", {"place": 3}, id="broken off"),
        pytest.param("(1", N, "EXPRESSION_MALFORMED", {"place": 3}, id="a bracket left open"),
        pytest.param("1)", N, "EXPRESSION_MALFORMED", {"place": 2}, id="a bracket too many"),
        pytest.param("1 2", N, "EXPRESSION_MALFORMED", {"place": 2}, id="two values side by side"),
        pytest.param("1e5", N, "EXPRESSION_MALFORMED", {"place": 2}, id="an exponent"),
        pytest.param("'open", T, "EXPRESSION_MALFORMED", {"place": 1}, id="a quote left open"),
        pytest.param("x < y < 3", B, "EXPRESSION_MALFORMED", {"place": 4}, id="a chain of comparisons"),
        pytest.param("+ 1", N, "EXPRESSION_MALFORMED", {"place": 1}, id="a sign that is none"),
        pytest.param("min 1", N, "EXPRESSION_MALFORMED", {"place": 2}, id="a function without brackets"),
        pytest.param("min()", N, "EXPRESSION_MALFORMED", {"place": 3}, id="a function of nothing"),
        pytest.param("and", B, "EXPRESSION_MALFORMED", {"place": 2}, id="a word where a value stands"),
        pytest.param(
            "x = 6", N, "EXPRESSION_KIND", {"place": 1, "expected": "number", "found": "truth"}, id="a truth for a number"
        ),
        pytest.param(
            "x", B, "EXPRESSION_KIND", {"place": 1, "expected": "truth", "found": "number"}, id="a number for a truth"
        ),
        pytest.param("x + group", N, "EXPRESSION_KIND", {"place": 3, "expected": "number", "found": "text"}, id="a text added"),
        pytest.param("x = group", B, "EXPRESSION_KIND", None, id="a number compared with a text"),
        pytest.param("group < '02'", B, "EXPRESSION_KIND", None, id="texts have no order"),
        pytest.param("free < free", B, "EXPRESSION_KIND", None, id="truths have no order"),
        pytest.param("not x", B, "EXPRESSION_KIND", None, id="not a number"),
        pytest.param("free and x", B, "EXPRESSION_KIND", None, id="a number among truths"),
        pytest.param("-free", N, "EXPRESSION_KIND", None, id="the negative of a truth"),
        pytest.param("abs(group)", N, "EXPRESSION_KIND", None, id="a function of a text"),
        pytest.param("if(x, 1, 2)", N, "EXPRESSION_KIND", None, id="a choice by number"),
        pytest.param("if(free, 1, '2')", N, "EXPRESSION_KIND", None, id="a choice of two kinds"),
        pytest.param("abs(1, 2)", N, "EXPRESSION_ARGUMENTS", {"value": "abs", "found": 2}, id="one argument too many"),
        pytest.param("round(1)", N, "EXPRESSION_ARGUMENTS", {"value": "round", "found": 1}, id="one argument too few"),
        pytest.param("if(free, 1)", N, "EXPRESSION_ARGUMENTS", {"value": "if", "found": 2}, id="a choice of one"),
        pytest.param("1" * (MOST_CHARACTERS + 1), N, "EXPRESSION_TOO_LARGE", {"most": MOST_CHARACTERS}, id="too long"),
        pytest.param("(" * MOST_DEPTH + "1" + ")" * MOST_DEPTH, N, "EXPRESSION_TOO_LARGE", {"most": MOST_DEPTH}, id="too deep"),
        pytest.param("not " * 30 + "free", B, "EXPRESSION_TOO_LARGE", {"most": MOST_DEPTH}, id="too many nots"),
    ],
)
def test_what_is_refused_before_it_is_worked_out(text: str, kind: Kind, reason: str, values: dict[str, Any] | None) -> None:
    with pytest.raises(Faulty) as faulty:
        parse(text, INPUTS, kind)
    assert faulty.value.reason == reason
    if values is not None:
        assert faulty.value.values == values


def test_what_is_just_not_too_much() -> None:
    assert worked_out("1" + "+1" * 249, N) == 250
    assert worked_out("(" * (MOST_DEPTH - 1) + "1" + ")" * (MOST_DEPTH - 1), N) == 1
    assert worked_out("not " * (MOST_DEPTH - 1) + "free", B) is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x / 0", "EXPRESSION_DIVIDES_BY_ZERO"),
        ("x / (y - 2.5)", "EXPRESSION_DIVIDES_BY_ZERO"),
        ("round(x, 0)", "EXPRESSION_DIVIDES_BY_ZERO"),
        ("none + 1", "EXPRESSION_INPUT_EMPTY"),
        ("1000000000000 * 1000000000000", "EXPRESSION_TOO_BIG"),
        ("0 - 1000000000000 * 999999999999.9 - 1000000000000", "EXPRESSION_TOO_BIG"),
    ],
)
def test_what_stops_an_expression(text: str, reason: str) -> None:
    with pytest.raises(Faulty) as faulty:
        worked_out(text, N)
    assert faulty.value.reason == reason


def test_an_input_without_a_value_is_named() -> None:
    with pytest.raises(Faulty) as faulty:
        worked_out("none + 1", N)
    assert faulty.value.values == {"value": "none"}


def test_a_fault_names_where_the_expression_stands() -> None:
    refusal = Faulty("EXPRESSION_NAME", value="z", known="x").refusal("steps.3.requirement", "30")
    assert (refusal.reason, refusal.field) == ("EXPRESSION_NAME", "steps.3.requirement")
    assert refusal.values == {"value": "z", "known": "x", "where": "30"}


@given(st.text(alphabet="xy +-*/()<>=.,'01 andorifmx", max_size=40) | st.text(max_size=20))
def test_any_text_is_an_expression_or_a_typed_fault(text: str) -> None:
    reasons = set()
    for kind in Kind:
        try:
            worked_out(text, kind)
        except Faulty as fault:
            reasons.add(fault.reason)
    assert reasons <= {reason for reason in TEXTS if reason.startswith("EXPRESSION_")}


# ------------------------------------------------------------------------------------------------------------ the tables

PLACES = {
    "requirement": (REQUIREMENTS, REQUIREMENT),
    "base": (BASE_FORMULAS, BASE_FORMULA),
    "value": (VALUE_FORMULAS, VALUE_FORMULA),
}


@pytest.mark.parametrize("name", PLACES)
def test_every_entry_of_a_table_is_a_documented_expression(name: str) -> None:
    table, place = PLACES[name]
    for code, formula in table.items():
        found = ready(code, place)
        assert found is not None
        assert found.expression.text == formula.text
        assert (found.of_group, found.measures) == (formula.of_group, formula.measures)
        assert formula.code == code
        assert formula.title
        assert formula.title_zh


@pytest.mark.parametrize("inputs", [OF_SEARCH, OF_ROW], ids=["search", "row"])
def test_every_input_says_what_it_is(inputs: Any) -> None:
    assert all(each.title and each.title_zh for each in inputs.values())


def test_a_requirement_knows_no_amounts_and_a_formula_no_search() -> None:
    assert "value" not in OF_SEARCH
    assert "excluded" not in OF_ROW


@pytest.mark.parametrize("named", [None, ""])
def test_no_formula_is_none(named: str | None) -> None:
    assert ready(named, VALUE_FORMULA) is None


def test_an_unknown_code_is_told_with_those_that_there_are() -> None:
    with pytest.raises(Faulty) as faulty:
        ready("MARGINE", VALUE_FORMULA)
    assert faulty.value.reason == "FORMULA_UNKNOWN"
    assert "MARGIN" in str(faulty.value.values["known"]).split(", ")


FIGURES = {
    "reference": D("100.02"), "base": D("3.7"), "rate": D(5), "value": D(90), "quantity": D(10), "base_quantity": D(20),
    "free_quantity": D(3), "unit_cost": D("2.5"), "cash_unit": D("0.05"), "minor_unit": D("0.01"), "cost": D(70), "minimum": D(120),
    "gross_weight": D(11), "net_weight": D(12), "volume": D(13),
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "code", "expected"),
    [
        ("base", "QUANTITY", "20"),
        ("base", "GROSS_WEIGHT", "11"),
        ("base", "NET_WEIGHT", "12"),
        ("base", "VOLUME", "13"),
        ("base", "WHOLE_UNITS", "3"),
        ("base", "FREE_GOODS", "30.006"),
        ("base", "COST", "50"),
        ("value", "FREE_GOODS", "-30.006"),
        ("value", "COST", "50"),
        ("value", "MARGIN", "30.02"),
        ("value", "FILL_UP", "19.98"),
        ("value", "RAISE_TO_MINIMUM", "0"),
        ("value", "ROUND_TO_UNIT", "-0.02"),
        ("value", "ROUND_UP_TO_UNIT", "0.03"),
        ("value", "ROUND_DOWN_TO_UNIT", "-0.02"),
        ("value", "NET_PRICE", "-0.02"),
    ],
)
def test_what_a_formula_gives(place: str, code: str, expected: str) -> None:
    found = ready(code, PLACES[place][1])
    assert found is not None
    assert found.expression.evaluate(FIGURES) == D(expected)


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        ("NOT_EXCLUDED", {"excluded": True}, False),
        ("NOT_EXCLUDED", {}, True),
        ("FREE_OF_CHARGE", {"free_of_charge": True}, True),
        ("NOT_FREE_OF_CHARGE", {"free_of_charge": True}, False),
        ("FREE_GOODS", {"free_quantity": D(0)}, False),
        ("FREE_GOODS", {"free_quantity": D(1)}, True),
        ("COST_KNOWN", {"cost_known": True}, True),
        ("DOMESTIC", {"departure_country": "CN", "destination_country": "CN"}, True),
        ("DOMESTIC", {"departure_country": "CN", "destination_country": "DE"}, False),
        ("EXPORT", {"departure_country": "CN", "destination_country": "DE"}, True),
        ("MINIMUM_STANDS", {"below_minimum_approved": True}, False),
    ],
)
def test_when_a_requirement_is_met(code: str, values: dict[str, Any], expected: bool) -> None:
    found = ready(code, REQUIREMENT)
    assert found is not None
    assert found.expression.evaluate(values) is expected


def test_the_functions_are_those_that_are_documented() -> None:
    assert set(FUNCTIONS) == {"min", "max", "abs", "round", "round_up", "round_down"}
