"""Scales: from, to and interval, with DOMAIN's levels, and what is wrong with some."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from domain.pricing.evaluation import price
from domain.pricing.scales import LEVELS_MOST, level_of, refusals_of_scale
from domain.pricing.values import ScaleBasis, ScaleLevel, ScaleType
from tests.domain.pricing.builders import (
    PRICE,
    QUANTITY,
    a_company,
    a_document,
    a_record,
    a_scale,
    a_step,
    a_type,
    an_item,
    price_one,
    told,
    values_of,
)

FROM, TO, INTERVAL = ScaleType.FROM, ScaleType.TO, ScaleType.INTERVAL
DOMAIN = (("5", "10"), ("20", "12"), ("100", "15"), ("1000", "20"), (None, "30"))


@pytest.mark.parametrize(
    ("kind", "levels", "at", "rate"),
    [
        (FROM, (("1", "10"), ("10", "9")), "0.99", None),
        (FROM, (("1", "10"), ("10", "9")), "1", "10"),
        (FROM, (("1", "10"), ("10", "9")), "9.99", "10"),
        (FROM, (("1", "10"), ("10", "9")), "10", "9"),
        (TO, DOMAIN, "5", "10"),
        (TO, DOMAIN, "5.01", "12"),
        (TO, DOMAIN, "140", "20"),
        (TO, DOMAIN, "1001", "30"),
        (TO, DOMAIN[:2], "20.01", None),
    ],
)
def test_the_level_of_a_scale(kind: ScaleType, levels: Any, at: str, rate: str | None) -> None:
    level = level_of(a_scale(kind, *levels), D(at))
    assert (level.rate if level else None) == (D(rate) if rate else None)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        pytest.param(TO, ["2800.00"], id="to-scale: 140 x 20"),
        pytest.param(INTERVAL, ["50.00", "180.00", "1200.00", "800.00"], id="interval: 5x10 + 15x12 + 80x15 + 40x20 = 2,230"),
    ],
)
def test_domains_levels_for_140_pieces(kind: ScaleType, values: list[str]) -> None:
    record = a_record("PR00", "10", scale=a_scale(kind, *DOMAIN))
    found = price(a_document(an_item(10, "140")), a_company(a_step(10, "PR00")), [record])
    assert values_of(found, "PR00") == [D(value) for value in values]


@pytest.mark.parametrize(
    ("quantity", "rows", "net", "reasons"),
    [
        ("5", [(0, "50.00")], "50.00", set()),
        ("20", [(0, "50.00"), (1, "180.00")], "230.00", set()),
        ("21", [(0, None), (1, None)], "0", {"ERROR"}),
    ],
)
def test_an_interval_scale_gives_a_row_for_each_interval_that_is_reached(
    quantity: str, rows: list[Any], net: str, reasons: set[str]
) -> None:
    """Above the last level there is no price at all: nothing is half-priced."""
    record = a_record("PR00", "10", scale=a_scale(INTERVAL, *DOMAIN[:2]))
    item = price_one(a_company(a_step(10, "PR00", required=True)), record, item=an_item(10, quantity))
    assert [(row.interval, str(row.value.amount) if row.value else None) for row in item.rows] == rows
    assert item.net_value == D(net)
    assert {row.inactive_reason.name for row in item.rows if row.inactive_reason} == reasons
    assert [reason for reason, _ in told(item.missing)] == (["CONDITION_WITHOUT_RATE"] if reasons else [])


def test_the_rows_of_an_interval_price_are_one_price() -> None:
    """The second interval adds to the first: it is no later price. A discount stands on both."""
    company = a_company(a_step(10, "PR00"), a_step(20, "K007"))
    records = [a_record("PR00", "10", scale=a_scale(INTERVAL, *DOMAIN)), a_record("K007", "-10")]
    item = price_one(company, *records, item=an_item(10, "20"))
    assert item.net_value == D("207.00")
    assert all(row.is_active for row in item.rows)


def test_an_interval_price_takes_the_place_of_a_price_before_it() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "PR01"), types=[a_type("PR01", QUANTITY, condition_class=PRICE)])
    records = [a_record("PR00", "99"), a_record("PR01", "10", scale=a_scale(INTERVAL, *DOMAIN))]
    item = price_one(company, *records, item=an_item(10, "20"))
    assert item.net_value == D("230.00")
    assert [row.inactive_reason.name if row.inactive_reason else None for row in item.rows] == ["LATER_PRICE", None, None]


def test_an_interval_that_costs_nothing_is_no_later_price() -> None:
    """The first five free, the rest at 12: the price begins where it costs something."""
    company = a_company(a_step(10, "PR00"), a_step(20, "K007"))
    records = [a_record("PR00", "0", scale=a_scale(INTERVAL, ("5", "0"), (None, "12"))), a_record("K007", "-10")]
    assert price_one(company, *records, item=an_item(10, "20")).net_value == D("162.00")


@pytest.mark.parametrize(
    ("basis", "unit", "rate"),
    [
        (ScaleBasis.QUANTITY, None, "-2"),
        (ScaleBasis.GROSS_WEIGHT, "KG", "-1"),
        (ScaleBasis.NET_WEIGHT, "KG", "-2"),
        (ScaleBasis.VOLUME, "L", "-1"),
        (ScaleBasis.VALUE, None, "-2"),
    ],
)
def test_a_scale_is_read_on_any_of_five_bases(basis: ScaleBasis, unit: str | None, rate: str) -> None:
    """Ten pieces of 3 kg gross, 5 kg net, 1 l, at 8 each: 10 pieces, 30 kg, 50 kg, 10 l, 80."""
    bound = {ScaleBasis.QUANTITY: "10", ScaleBasis.GROSS_WEIGHT: "31", ScaleBasis.NET_WEIGHT: "50", ScaleBasis.VOLUME: "11"}
    scale = a_scale(FROM, ("0", "-1"), (bound.get(basis, "80"), "-2"), basis=basis, unit=unit)
    item = an_item(10, "10", gross_weight=D(3), net_weight=D(5), volume=D(1))
    company = a_company(a_step(10, "PR00"), a_step(20, "K007"))
    found = price_one(company, a_record("PR00", "8"), a_record("K007", "-1", scale=scale), item=item)
    assert found.rows[1].rate is not None
    assert found.rows[1].rate.amount == D(rate)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="ascending levels"),
        pytest.param({"levels": ()}, ["SCALE_LEVELS"], id="no level"),
        pytest.param({"levels": tuple(ScaleLevel(D(1), start=D(n)) for n in range(LEVELS_MOST))}, [], id="as many as may be"),
        pytest.param(
            {"levels": tuple(ScaleLevel(D(1), start=D(n)) for n in range(LEVELS_MOST + 1))}, ["SCALE_LEVELS"], id="too many"
        ),
        pytest.param(
            {"levels": (ScaleLevel(D(1), start=D(9)), ScaleLevel(D(1), start=D(5)))}, ["SCALE_DESCENDS"], id="descending levels"
        ),
        pytest.param(
            {"levels": (ScaleLevel(D(1), start=D(5)), ScaleLevel(D(1), start=D(5)))}, ["SCALE_DESCENDS"], id="a level twice"
        ),
        pytest.param(
            {"type": TO, "levels": (ScaleLevel(D(1), end=D(9)), ScaleLevel(D(1), end=D(5)))},
            ["SCALE_DESCENDS"],
            id="descending ends",
        ),
        pytest.param({"levels": (ScaleLevel(D(1), start=D(-1)),)}, ["SCALE_BOUND"], id="a level below nothing"),
        pytest.param({"levels": (ScaleLevel(D(1), start=D(0)),)}, [], id="a level from nothing on"),
        pytest.param({"levels": (ScaleLevel(D(1)),)}, ["SCALE_BOUND"], id="a from-scale without from"),
        pytest.param({"levels": (ScaleLevel(D(1), start=D(1), end=D(2)),)}, ["SCALE_BOUND"], id="a from-scale with to"),
        pytest.param({"type": TO, "levels": (ScaleLevel(D(1), end=D(5)), ScaleLevel(D(1)))}, [], id="a to-scale without end"),
        pytest.param(
            {"type": TO, "levels": (ScaleLevel(D(1)), ScaleLevel(D(1), end=D(5)))}, ["SCALE_BOUND"], id="only the last is open"
        ),
        pytest.param(
            {"type": TO, "levels": (ScaleLevel(D(1), start=D(1), end=D(5)),)}, ["SCALE_BOUND"], id="a to-scale with from"
        ),
    ],
)
def test_what_is_wrong_with_a_scale(change: dict[str, Any], reasons: list[str]) -> None:
    scale = replace(a_scale(FROM, ("1", "10"), ("10", "9")), **change)
    found = told(refusals_of_scale(scale, "scale", {"record": "7"}))
    assert [reason for reason, _ in found] == reasons
    assert all(field and field.startswith("scale") for _, field in found)


def test_a_refused_level_is_named_by_its_place_and_its_record() -> None:
    (refusal,) = refusals_of_scale(a_scale(FROM, ("1", "1"), ("9", "1"), ("5", "1")), "scale", {"record": "7"})
    assert (refusal.field, refusal.values) == ("scale.levels.2", {"record": "7", "level": "5"})
