"""Exclusion A to F and L by values, the indicator of a price, ties and zeros."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from domain.pricing.values import Access, AccessSequence, ExclusionProcedure, ScaleType, Supplement
from tests.domain.pricing.builders import (
    BY_CUSTOMER_MATERIAL,
    BY_MATERIAL,
    BY_ORGANIZATION,
    FIXED,
    PRICE,
    QUANTITY,
    a_company,
    a_record,
    a_scale,
    a_step,
    a_type,
    active_of,
    an_item,
    by_manual,
    price_one,
    reasons_of,
)

A, B, C, D_, E, F, L = (ExclusionProcedure(each) for each in "ABCDEFL")
TYPES = [a_type(code, FIXED) for code in ("K1", "K2", "K3", "K4")]
STEPS = [a_step(10, "PR00"), *(a_step(10 * place, f"K{place - 1}") for place in (2, 3, 4, 5))]


def excluded(rules: Any, **amounts: str) -> list[str]:
    """Which of the four conditions on a price of 1,000 stay active."""
    records = [a_record(code, rate) for code, rate in amounts.items()]
    item = price_one(a_company(*STEPS, types=TYPES, exclusions=rules), a_record("PR00", "1000"), *records)
    left = [code for code in active_of(item) if code != "PR00"]
    assert item.net_value == 1000 + sum(D(amounts[code]) for code in left)
    return left


@pytest.mark.parametrize(
    ("rules", "amounts", "left"),
    [
        pytest.param([(A, ["K1", "K2", "K3"])], {"K1": "-20", "K2": "-30", "K3": "-10"}, ["K2"], id="A: the best type"),
        pytest.param([(A, ["K1", "K2"])], {"K1": "-20", "K2": "-20"}, ["K1"], id="A: a tie is won by the lower step"),
        pytest.param([(A, ["K1", "K2"])], {"K1": "20", "K2": "50"}, ["K1"], id="A: the smaller surcharge"),
        pytest.param([(A, ["K1", "K2"])], {"K1": "0", "K2": "50"}, ["K2"], id="A: zero takes no part"),
        pytest.param([(A, ["K1"])], {"K1": "-20"}, ["K1"], id="A: alone"),
        pytest.param(
            [(A, ["K1", "K2"])], {"K1": "-1", "K2": "-2", "K3": "-3"}, ["K2", "K3"], id="A: who is not in the group stays"
        ),
        pytest.param(
            [(C, ["K1", "K2"], ["K3"])], {"K1": "-50", "K2": "-45", "K3": "-90"}, ["K1", "K2"], id="C: two small beat one"
        ),
        pytest.param([(C, ["K1", "K2"], ["K3"])], {"K1": "-50", "K2": "-35", "K3": "-90"}, ["K3"], id="C: one big beats two"),
        pytest.param([(C, ["K1"], ["K2"])], {"K1": "-50", "K2": "-50"}, ["K1"], id="C: a tie is won by the first group"),
        pytest.param([(C, ["K1"], ["K2"])], {"K2": "-50"}, ["K2"], id="C: against nobody"),
        pytest.param(
            [(D_, ["K1"], ["K2", "K3"])],
            {"K1": "-10", "K2": "-50", "K3": "-60"},
            ["K1"],
            id="D: the first group, better or not",
        ),
        pytest.param([(D_, ["K1"], ["K2"])], {"K2": "-50"}, ["K2"], id="D: the first group is not there"),
        pytest.param([(D_, ["K1"], ["K2"])], {"K1": "0", "K2": "-50"}, ["K2"], id="D: the first group is zero"),
        pytest.param(
            [(F, ["K1", "K2"], ["K3"])], {"K1": "-50", "K2": "-45", "K3": "-90"}, ["K3"], id="F: the worse of two groups"
        ),
        pytest.param([(F, ["K1"], ["K2"])], {"K1": "-50", "K2": "-50"}, ["K1"], id="F: a tie is won by the first group"),
        pytest.param(
            [(L, ["K1", "K2", "K3"])], {"K1": "-20", "K2": "-30", "K3": "-10"}, ["K3"], id="L: the least favourable type"
        ),
        pytest.param([(L, ["K1", "K2"])], {"K1": "-20", "K2": "-20"}, ["K1"], id="L: a tie is won by the lower step"),
        pytest.param([(L, ["K1", "K2"])], {"K1": "-20", "K2": "0"}, ["K1"], id="L: zero is not the least favourable"),
        pytest.param(
            [(A, ["K1", "K2"]), (A, ["K2", "K3"])], {"K1": "-30", "K2": "-20", "K3": "-10"}, ["K1", "K3"], id="in sequence"
        ),
        pytest.param(
            [(A, ["K2", "K3"]), (A, ["K1", "K2"])], {"K1": "-30", "K2": "-20", "K3": "-10"}, ["K1"], id="in the other sequence"
        ),
    ],
)
def test_who_excludes_whom(rules: Any, amounts: dict[str, str], left: list[str]) -> None:
    assert excluded(rules, **amounts) == left


def test_losers_and_zeros_say_why() -> None:
    rules = [(A, ["K1", "K2", "K3"])]
    records = [a_record("K1", "-20"), a_record("K2", "-30"), a_record("K3", "0")]
    item = price_one(a_company(*STEPS, types=TYPES, exclusions=rules), a_record("PR00", "1000"), *records)
    assert reasons_of(item) == {"K1": "EXCLUDED", "K3": "ZERO"}
    assert [row.value.amount for row in item.rows if row.value] == [D(1000), D(-20), D(-30), D(0)]


def test_bases_are_worked_out_again_without_the_losers() -> None:
    company = a_company(
        a_step(10, "PR00"), a_step(20, "K1"), a_step(30, "K2"), a_step(40, "KA00"), types=TYPES, exclusions=[(A, ["K1", "K2"])]
    )
    item = price_one(company, a_record("PR00", "1000"), a_record("K1", "-100"), a_record("K2", "-200"), a_record("KA00", "-10"))
    assert item.net_value == D("720.00")


RECORDS = [
    a_record("PR00", "120", table=BY_CUSTOMER_MATERIAL, key=("C1", "M1")),
    a_record("PR00", "110", material="M1"),
    a_record("PR00", "115"),
]


@pytest.mark.parametrize(("procedure", "net"), [(B, "110"), (E, "120"), (None, "115")])
def test_the_best_or_least_favourable_record_of_a_type(procedure: Any, net: str) -> None:
    """Without exclusion the last price wins."""
    accesses = tuple(
        Access(place, table, exclusive=False)
        for place, table in enumerate((BY_CUSTOMER_MATERIAL, BY_MATERIAL, BY_ORGANIZATION))
    )
    company = a_company(
        a_step(10, "PR00"),
        types=[a_type("PR00", QUANTITY, condition_class=PRICE, access_sequence="ALL")],
        sequences={"ALL": AccessSequence("ALL", accesses)},
        exclusions=[(procedure, ["PR00"])] if procedure else [],
    )
    assert price_one(company, *RECORDS).net_value == D(net)


def test_records_are_compared_within_each_type() -> None:
    company = a_company(*STEPS, types=TYPES, exclusions=[(B, ["K1", "K2"])])
    item = price_one(company, a_record("PR00", "1000"), a_record("K1", "-1"), a_record("K2", "-2"))
    assert active_of(item) == ["PR00", "K1", "K2"]


def test_a_type_is_the_sum_of_its_records() -> None:
    accesses = (Access(10, BY_MATERIAL, exclusive=False), Access(20, BY_ORGANIZATION, exclusive=False))
    company = a_company(
        *STEPS, types=[a_type("K1", FIXED, access_sequence="ALL"), *TYPES[1:]], sequences={"ALL": AccessSequence("ALL", accesses)},
        exclusions=[(A, ["K1", "K2"])],
    )  # fmt: skip
    item = price_one(
        company, a_record("PR00", "1000"), a_record("K1", "-6", material="M1"), a_record("K1", "-6"), a_record("K2", "-10")
    )
    assert active_of(item) == ["PR00", "K1", "K1"]


@pytest.mark.parametrize(
    ("left_out", "active"),
    [
        pytest.param("statistical", ["PR00", "K1", "K2"], id="a statistical row"),
        pytest.param("header", ["PR00", "K1", "K2"], id="a header condition"),
        pytest.param("interval", ["PR00", "K1", "K2"], id="an interval scale"),
        pytest.param("manual", ["PR00", "K2"], id="but a manual one does"),
    ],
)
def test_who_takes_no_part(left_out: str, active: list[str]) -> None:
    steps = [a_step(10, "PR00"), a_step(20, "K1"), a_step(30, "K2", statistical=left_out == "statistical")]
    types = [a_type("K1", FIXED), a_type("K2", FIXED)]
    scale = a_scale(ScaleType.INTERVAL, (None, "-9")) if left_out == "interval" else None
    records = [a_record("PR00", "1000"), a_record("K1", "-1")]
    entry = (by_manual("K2", "-9"),)
    more: dict[str, Any] = {"header_conditions": entry} if left_out == "header" else {}
    item = an_item(manual=entry if left_out == "manual" else ())
    if left_out in ("statistical", "interval"):
        records.append(a_record("K2", "-9", scale=scale))
    company = a_company(*steps, types=types, exclusions=[(A, ["K1", "K2"])])
    assert active_of(price_one(company, *records, item=item, **more)) == active


def test_the_supplements_of_a_loser_lose_with_it() -> None:
    company = a_company(*STEPS, types=TYPES, exclusions=[(A, ["K1", "K2"])])
    records = [a_record("K1", "-10", supplements=(Supplement("RB00", D(-50)),)), a_record("K2", "-20")]
    item = price_one(company, a_record("PR00", "1000"), *records)
    assert reasons_of(item) == {"K1": "EXCLUDED", "RB00": "EXCLUDED"}
    assert item.net_value == D(980)


@pytest.mark.parametrize(
    ("by", "active", "net"),
    [
        pytest.param("record", ["PR00", "RB00"], "170.00", id="the indicator of the price's record"),
        pytest.param("type", ["PR00", "RB00"], "170.00", id="the indicator of the price's type"),
        pytest.param(None, ["PR00", "RB00", "K007"], "161.50", id="without it"),
    ],
)
def test_the_exclusion_indicator_of_a_price(by: str | None, active: list[str], net: str) -> None:
    """Discounts that require its absence are absent, its own supplements stay."""
    company = a_company(
        a_step(10, "PR00"),
        a_step(20, "K007", requirement="NOT_EXCLUDED"),
        types=[a_type("PR00", QUANTITY, condition_class=PRICE, exclusion_indicator=by == "type")],
    )
    price = a_record("PR00", "200", exclusion_indicator=by == "record", supplements=(Supplement("RB00", D(-30)),))
    item = price_one(company, price, a_record("K007", "-5"))
    assert active_of(item) == active
    assert item.net_value == D(net)


def test_the_indicator_of_a_price_further_down_excludes_nothing_above_it() -> None:
    company = a_company(a_step(10, "K1", requirement="NOT_EXCLUDED"), a_step(20, "PR00"), types=TYPES)
    item = price_one(company, a_record("K1", "-5"), a_record("PR00", "200", exclusion_indicator=True))
    assert reasons_of(item) == {"K1": "LATER_PRICE"}
