"""Customizing: which procedure prices a document, and everything that may be wrong with one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest

from domain.errors import Invalid
from domain.pricing.customizing import procedure_for, refusals_of_customizing
from domain.pricing.evaluation import price
from domain.pricing.values import (
    Access,
    AccessSequence,
    ConditionTable,
    Customizing,
    ExchangeRate,
    ExclusionProcedure,
    ExclusionRule,
    KeyField,
    ProcedureDetermination,
    ProcedureStep,
    ScaleType,
    Subtotal,
    Unit,
)
from tests.domain.pricing.builders import a_company, a_document, a_step, a_type, told

A, C, D_ = ExclusionProcedure.BEST_TYPE, ExclusionProcedure.BEST_GROUP, ExclusionProcedure.EXCLUSIVE


def test_the_procedure_of_sales_area_document_and_customer() -> None:
    rows = [
        ProcedureDetermination("1000/10/00", "A", "1", "CHINA"),
        ProcedureDetermination("3000/10/00", "A", "1", "EXPORT"),
        ProcedureDetermination("1000/10/00", "B", "1", "FREE"),
    ]
    assert procedure_for(rows, "1000/10/00", "A", "1") == "CHINA"
    assert procedure_for(rows, "1000/10/00", "B", "1") == "FREE"
    assert procedure_for(rows, "1000/10/00", "A", "2") is None


def faults(company: Customizing) -> list[tuple[str, str | None]]:
    return told(refusals_of_customizing(company))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([a_step(10, "PR00"), a_step(20, "K007", from_step=10)], [], id="in order"),
        pytest.param([a_step(20, "K007", from_step=10), a_step(10, "PR00")], [], id="in whatever order they are given"),
        pytest.param([a_step(0, "PR00")], [("STEP_NUMBER", "steps.0.step")], id="a step 0"),
        pytest.param([a_step(1, "PR00", counter=0)], [], id="a step 1"),
        pytest.param([a_step(10, "PR00", counter=-1)], [("STEP_NUMBER", "steps.0.step")], id="a counter below 0"),
        pytest.param([a_step(10, "PR00"), a_step(10, "K007")], [("STEP_TWICE", "steps.1.step")], id="a step twice"),
        pytest.param([a_step(10, "PR00"), a_step(10, "K007", counter=1)], [], id="a step with two counters"),
        pytest.param([a_step(10, "ZZZZ")], [("CONDITION_TYPE_UNKNOWN", "steps.0.conditionType")], id="an unknown type"),
        pytest.param([a_step(10, "AMIZ")], [("FORMULA_MISSING", "steps.0.valueFormula")], id="a formula type without formula"),
        pytest.param(
            [a_step(10, "PR00", requirement="NONE")], [("FORMULA_UNKNOWN", "steps.0.requirement")], id="an unknown requirement"
        ),
        pytest.param(
            [a_step(10, "PR00", base_formula="= weight")], [("EXPRESSION_NAME", "steps.0.baseFormula")], id="an unknown name"
        ),
        pytest.param(
            [a_step(10, "PR00", value_formula="= 1 +")], [("EXPRESSION_MALFORMED", "steps.0.valueFormula")], id="a broken formula"
        ),
        pytest.param(
            [a_step(10, "PR00"), a_step(20, "K007", from_step=30), a_step(30, "KA00")],
            [("FROM_STEP_LATER", "steps.1.fromStep")],
            id="a from-step after its row",
        ),
        pytest.param(
            [a_step(10, "PR00"), a_step(20, "K007", from_step=20)],
            [("FROM_STEP_LATER", "steps.1.fromStep"), ("BASES_CIRCLE", "steps")],
            id="a row that refers to itself",
        ),
        pytest.param(
            [a_step(10, "PR00"), a_step(20, "K007", from_step=15)], [("FROM_STEP_UNKNOWN", "steps.1.fromStep")], id="no such step"
        ),
        pytest.param([a_step(10, "PR00"), a_step(20, "K007", from_step=5, to_step=15)], [], id="a range around the steps"),
        pytest.param([a_step(10, "PR00"), a_step(20, "K007", from_step=10, to_step=10)], [], id="a range of one"),
        pytest.param([a_step(10, "PR00"), a_step(20, "K007", to_step=10)], [("TO_STEP", "steps.1.toStep")], id="to without from"),
        pytest.param(
            [a_step(10, "PR00"), a_step(20, "K007", from_step=10, to_step=5)], [("TO_STEP", "steps.1.toStep")], id="to before from"
        ),
        pytest.param(
            [a_step(10, "PR00"), a_step(20, "K007", from_step=10, to_step=20)],
            [("TO_STEP", "steps.1.toStep"), ("BASES_CIRCLE", "steps")],
            id="a range up to the row itself",
        ),
        pytest.param(
            [a_step(10, "PR00"), a_step(20, None, value_formula="MARGIN"), a_step(30, "VPRS", value_formula="COST", subtotal=Subtotal.COST)],
            [("SUBTOTAL_LATER", "steps.1")],
            id="a formula that reads a subtotal too early",
        ),
        pytest.param(
            [a_step(10, "VPRS", value_formula="COST", subtotal=Subtotal.COST), a_step(20, None, value_formula="MARGIN")],
            [],
            id="a formula that reads a subtotal kept before",
        ),
        pytest.param(
            [a_step(10, "VPRS", value_formula="= cost + 1", subtotal=Subtotal.COST)],
            [("SUBTOTAL_LATER", "steps.0"), ("BASES_CIRCLE", "steps")],
            id="a formula that reads what it keeps",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_steps(steps: list[ProcedureStep], expected: list[tuple[str, str]]) -> None:
    assert faults(a_company(*steps)) == expected


@pytest.mark.parametrize(
    ("steps", "circle"),
    [
        ([a_step(20, "K007", from_step=30), a_step(30, "KA00", from_step=20)], "20 -> 30 -> 20"),
        ([a_step(10, "PR00", from_step=10)], "10 -> 10"),
        (
            [a_step(10, "K004", from_step=20), a_step(20, "K005", from_step=30), a_step(30, "K007", from_step=20), a_step(40, "KA00")],
            "20 -> 30 -> 20",
        ),
        (
            [a_step(10, "PR00", value_formula="= cost", subtotal=Subtotal.GROSS), a_step(20, "K007", value_formula="= gross", subtotal=Subtotal.COST)],
            "10 -> 20 -> 10",
        ),
    ],
)  # fmt: skip
def test_a_circle_of_bases_is_told_step_by_step(steps: list[ProcedureStep], circle: str) -> None:
    found = [each.values["steps"] for each in refusals_of_customizing(a_company(*steps)) if each.reason == "BASES_CIRCLE"]
    assert found == [circle]


def test_steps_that_share_a_base_are_no_circle() -> None:
    steps = [
        a_step(10, "PR00"),
        a_step(20, "K005", from_step=10),
        a_step(30, "K007", from_step=10, to_step=20),
        a_step(40, "KA00", from_step=20),
    ]
    assert faults(a_company(*steps)) == []


def test_a_refusal_names_its_step() -> None:
    (refusal,) = refusals_of_customizing(a_company(a_step(10, "PR00"), a_step(25, "K007", requirement="= zzz")))
    assert refusal.values["where"] == "25"
    (refusal, *_) = refusals_of_customizing(a_company(a_step(10, "PR00"), a_step(25, "K007", from_step=25)))
    assert refusal.values == {"step": 25, "value": 25}


ANY = a_company(a_step(10, "PR00"))
TABLE = ConditionTable("T", (KeyField.MATERIAL,))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            {"condition_types": {"PR00": a_type("PR00", access_sequence="NONE")}},
            [("ACCESS_SEQUENCE_UNKNOWN", "conditionTypes.PR00.accessSequence")],
            id="an unknown access sequence",
        ),
        pytest.param(
            {"condition_types": {"PR00": a_type("PR00", group=True, scale_type=ScaleType.INTERVAL)}},
            [("INTERVAL_EXCLUDES", "conditionTypes.PR00.scaleType")],
            id="a group condition with interval scales",
        ),
        pytest.param(
            {"condition_types": {"PR00": a_type("PR00", scale_type=ScaleType.INTERVAL)}}, [], id="interval scales without group"
        ),
        pytest.param(
            {"condition_types": {"PR00": a_type("PR00", lower_limit=D(2), upper_limit=D(1))}},
            [("LIMITS_REVERSED", "conditionTypes.PR00.upperLimit")],
            id="limits reversed",
        ),
        pytest.param({"condition_types": {"PR00": a_type("PR00", lower_limit=D(1), upper_limit=D(1))}}, [], id="limits that meet"),
        pytest.param({"condition_types": {"PR00": a_type("PR00", upper_limit=D(1))}}, [], id="one limit only"),
        pytest.param(
            {"access_sequences": {**ANY.access_sequences, "S": AccessSequence("S", (Access(10, "NONE"),))}},
            [("CONDITION_TABLE_UNKNOWN", "accessSequences.S.accesses.0.table")],
            id="an unknown table",
        ),
        pytest.param(
            {"access_sequences": {**ANY.access_sequences, "S": AccessSequence("S", (Access(10, "MATERIAL"), Access(10, "MATERIAL")))}},
            [("ACCESS_TWICE", "accessSequences.S.accesses")],
            id="an access twice",
        ),
        pytest.param(
            {"access_sequences": {**ANY.access_sequences, "S": AccessSequence("S", (Access(10, "MATERIAL", "= base"),))}},
            [("EXPRESSION_NAME", "accessSequences.S.accesses.0.requirement")],
            id="a requirement that reads an amount",
        ),
        pytest.param({"tables": {**ANY.tables, "T": replace(TABLE, fields=())}}, [("TABLE_FIELDS", "tables.T.fields")], id="no fields"),
        pytest.param(
            {"tables": {**ANY.tables, "T": replace(TABLE, fields=TABLE.fields * 2)}}, [("TABLE_FIELDS", "tables.T.fields")], id="a field twice"
        ),
        pytest.param(
            {"exchange_rates": (ExchangeRate("USD", "CNY", date(2026, 1, 1), Fraction(0)),)},
            [("EXCHANGE_RATE_RANGE", "exchangeRates.0.rate")],
            id="a currency worth nothing",
        ),
        pytest.param({"units": {"X": Unit("X", factor=Fraction(0))}}, [("UNIT_RANGE", "units.X")], id="a unit of nothing"),
        pytest.param({"units": {"X": Unit("X", decimals=-1)}}, [("UNIT_RANGE", "units.X")], id="places below 0"),
        pytest.param({"units": {"X": Unit("X", decimals=0)}}, [], id="whole units"),
        pytest.param({"rounding_units": {"TWD": D(0)}}, [("ROUNDING_UNIT", "roundingUnits.TWD")], id="rounding to nothing"),
        pytest.param({"cash_units": {"CHF": D("NaN")}}, [("ROUNDING_UNIT", "cashUnits.CHF")], id="rounding to no number"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_tables(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(replace(ANY, **change)) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ExclusionRule(A, "G"), []),
        (ExclusionRule(C, "G", "H"), []),
        (ExclusionRule(A, "X"), [("EXCLUSION_GROUP_UNKNOWN", "exclusions.0.group")]),
        (ExclusionRule(C, "G", "X"), [("EXCLUSION_GROUP_UNKNOWN", "exclusions.0.secondGroup")]),
        (ExclusionRule(A, "G", "H"), [("EXCLUSION_GROUPS", "exclusions.0.secondGroup")]),
        (ExclusionRule(C, "G"), [("EXCLUSION_GROUPS", "exclusions.0.secondGroup")]),
        (ExclusionRule(D_, "G"), [("EXCLUSION_GROUPS", "exclusions.0.secondGroup")]),
    ],
)
def test_what_is_wrong_with_an_exclusion(rule: ExclusionRule, expected: list[tuple[str, str]]) -> None:
    groups = {"G": frozenset({"K005"}), "H": frozenset({"K007"})}
    assert faults(replace(ANY, procedure=replace(ANY.procedure, exclusions=(rule,)), exclusion_groups=groups)) == expected


def test_nothing_is_priced_by_faulty_customizing() -> None:
    with pytest.raises(Invalid) as invalid:
        price(a_document(), a_company(a_step(0, "ZZZZ")), [])
    assert [reason for reason, _ in told(invalid.value.refusals)] == ["STEP_NUMBER", "CONDITION_TYPE_UNKNOWN"]
