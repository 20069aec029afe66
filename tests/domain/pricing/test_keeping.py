"""Keeping condition records: the table of a key, what a record lacks, who may release it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.pricing.keeping import ReleaseCase, key_in, refusals_to_keep, refusals_to_release, table_for
from domain.pricing.values import CalculationType, ConditionRecord, ConditionTable, ConditionType, KeyField, ReleaseStatus
from tests.domain.pricing.builders import told

ORGANIZATION, CHANNEL, MATERIAL = KeyField.SALES_ORGANIZATION, KeyField.DISTRIBUTION_CHANNEL, KeyField.MATERIAL
GENERAL = ConditionTable("A004", (ORGANIZATION, MATERIAL))
PARTICULAR = ConditionTable("A003", (ORGANIZATION, CHANNEL, MATERIAL))
TURNED = ConditionTable("A104", (MATERIAL, ORGANIZATION))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({ORGANIZATION, MATERIAL}, "A004", id="the first table with exactly these fields"),
        pytest.param({ORGANIZATION, CHANNEL, MATERIAL}, "A003", id="with one field more, another table"),
        pytest.param({ORGANIZATION}, None, id="a part of a key is none"),
        pytest.param(set(), None, id="nothing is none"),
    ],
)
def test_the_table_of_a_key(fields: set[KeyField], code: str | None) -> None:
    found = table_for((PARTICULAR, GENERAL, TURNED), fields)
    assert (None if found is None else found.code) == code


def test_a_key_stands_in_the_order_of_its_table() -> None:
    values = {MATERIAL: "10001", ORGANIZATION: "1000"}
    assert key_in(GENERAL, values) == ("1000", "10001")
    assert key_in(TURNED, values) == ("10001", "1000")


A_PRICE = ConditionType("PR00", calculation=CalculationType.QUANTITY, access_sequence="PR00")
A_RECORD = ConditionRecord(
    "1", "1", "PR00", "A004", ("1000", "10001"), date(2026, 1, 1), date.max, Decimal(10), currency="CNY", unit="PC"
)


@pytest.mark.parametrize(
    ("change", "type_change", "expected"),
    [
        pytest.param({}, {}, [], id="an amount of a currency for pieces"),
        pytest.param({"currency": None}, {}, [("CURRENCY_NEEDED", "currency")], id="an amount of nothing"),
        pytest.param({"unit": None}, {}, [("UNIT_NEEDED", "unit")], id="for nothing"),
        pytest.param({"unit": "YARD"}, {}, [("CODE_UNKNOWN", "unit")], id="for a unit that is not there"),
        pytest.param(
            {"currency": None, "unit": None},
            {},
            [("CURRENCY_NEEDED", "currency"), ("UNIT_NEEDED", "unit")],
            id="all reasons at once",
        ),
        pytest.param({"unit": None}, {"calculation": CalculationType.FIXED_AMOUNT}, [], id="a fixed amount is for the whole"),
        pytest.param(
            {"currency": None, "unit": None},
            {"calculation": CalculationType.FIXED_AMOUNT},
            [("CURRENCY_NEEDED", "currency")],
            id="a fixed amount of nothing",
        ),
        pytest.param(
            {"currency": None, "unit": None}, {"calculation": CalculationType.PERCENT}, [], id="a percentage needs neither"
        ),
        pytest.param(
            {"unit": None}, {"calculation": CalculationType.GROSS_WEIGHT}, [("UNIT_NEEDED", "unit")], id="freight by weight"
        ),
        pytest.param(
            {"unit": None}, {"calculation": CalculationType.NET_WEIGHT}, [("UNIT_NEEDED", "unit")], id="by net weight"
        ),
        pytest.param({"unit": None}, {"calculation": CalculationType.VOLUME}, [("UNIT_NEEDED", "unit")], id="by volume"),
        pytest.param(
            {}, {"access_sequence": None}, [("TYPE_WITHOUT_RECORDS", "conditionType")], id="a type that only hands enter"
        ),
    ],
)
def test_what_a_record_lacks(change: dict[str, Any], type_change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = refusals_to_keep(A_RECORD._replace(**change), replace(A_PRICE, **type_change), {"PC", "KG"})
    assert told(found) == expected


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param(ReleaseCase(ReleaseStatus.BLOCKED, "ann", "ben"), [], id="headquarters release what somebody else made"),
        pytest.param(ReleaseCase(ReleaseStatus.SIMULATION, "ann", "ben"), [], id="also what was simulated with"),
        pytest.param(ReleaseCase(ReleaseStatus.BLOCKED, "ann", "ann"), ["OWN_RECORD"], id="nobody releases their own"),
        pytest.param(ReleaseCase(ReleaseStatus.RELEASED, "ann", "ben"), ["RELEASED_ALREADY"], id="nor what is released"),
    ],
)
def test_who_may_release(case: ReleaseCase, expected: list[str]) -> None:
    assert told(refusals_to_release(case)) == [(reason, "conditionRecord") for reason in expected]
