"""Free goods: three rules, inclusive, exclusive and without an item of their own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from domain.pricing.free_goods import (
    FreeGoods,
    FreeGoodsKind,
    FreeGoodsRule,
    Share,
    free_percent,
    free_quantity,
    refusals_of_free_goods,
    share_of,
)
from tests.domain.pricing.builders import a_company, a_record, a_step, an_item, price_one, rows_of, told

PROPORTIONAL, UNIT_REFERENCE, WHOLE = FreeGoodsRule.PROPORTIONAL, FreeGoodsRule.UNIT_REFERENCE, FreeGoodsRule.WHOLE_UNITS
INCLUSIVE, EXCLUSIVE, WITHOUT_ITEM = FreeGoodsKind.INCLUSIVE, FreeGoodsKind.EXCLUSIVE, FreeGoodsKind.INCLUSIVE_WITHOUT_ITEM
THREE_PER_HUNDRED = FreeGoods(D(100), D(3))


@pytest.mark.parametrize(
    ("rule", "quantity", "free"),
    [
        (PROPORTIONAL, "280", "8"),
        (UNIT_REFERENCE, "280", "6"),
        (WHOLE, "280", "0"),
        (WHOLE, "300", "9"),
        (UNIT_REFERENCE, "99", "0"),
        (PROPORTIONAL, "99", "2"),
    ],
)
def test_three_per_hundred(rule: FreeGoodsRule, quantity: str, free: str) -> None:
    assert free_quantity(replace(THREE_PER_HUNDRED, rule=rule), D(quantity)) == D(free)


@pytest.mark.parametrize(
    ("change", "places", "free"),
    [({}, 0, "8"), ({"commercially": True}, 0, "9"), ({}, 1, "8.5"), ({}, 2, "8.55"), ({"commercially": True}, 1, "8.6")],
)
def test_fractions_round_down_unless_the_record_says_commercially(change: dict[str, Any], places: int, free: str) -> None:
    assert free_quantity(replace(THREE_PER_HUNDRED, **change), D(285), places) == D(free)


@pytest.mark.parametrize(("quantity", "free"), [("9", "0"), ("10", "2")])
def test_nothing_is_free_below_the_minimum(quantity: str, free: str) -> None:
    assert free_quantity(FreeGoods(D(5), D(1), minimum=D(10)), D(quantity)) == D(free)


@pytest.mark.parametrize(
    ("kind", "quantity", "share"),
    [
        (INCLUSIVE, "100", Share(D(100), D(97), D(3), True)),
        (INCLUSIVE, "10", Share(D(10), D(10), D(0), False)),
        (EXCLUSIVE, "100", Share(D(103), D(100), D(3), True)),
        (EXCLUSIVE, "10", Share(D(10), D(10), D(0), False)),
        (WITHOUT_ITEM, "100", Share(D(100), D(100), D(3), False)),
    ],
)
def test_who_is_delivered_and_billed_what(kind: FreeGoodsKind, quantity: str, share: Share) -> None:
    assert share_of(replace(THREE_PER_HUNDRED, kind=kind), D(quantity)) == share


def test_shares_in_a_unit_with_places() -> None:
    assert share_of(THREE_PER_HUNDRED, D(285), 2) == Share(D(285), D("276.45"), D("8.55"), True)


@pytest.mark.parametrize(("kind", "percent"), [(INCLUSIVE, "10.0000"), (WITHOUT_ITEM, "10.0000"), (EXCLUSIVE, "9.0909")])
def test_the_free_percentage(kind: FreeGoodsKind, percent: str) -> None:
    assert str(free_percent(FreeGoods(D(100), D(10), kind=kind))) == percent


def test_a_discount_for_what_is_free_within_the_item() -> None:
    """10 at 10.00 less 10 %, 3 of them free: 63.00, 6.30 each."""
    company = a_company(
        a_step(10, "PR00"), a_step(20, "K007"), a_step(30, "NRAB", value_formula="FREE_GOODS", requirement="FREE_GOODS")
    )
    records = [a_record("PR00", "10"), a_record("K007", "-10")]
    item = price_one(company, *records, item=an_item(10, "10", free_quantity=D(3)))
    assert (item.net_value, item.net_price) == (D("63.00"), D("6.30"))
    assert rows_of(price_one(company, *records, item=an_item(10, "10")), "NRAB")[0].value is None


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, []),
        ({"per": D(0)}, ["FREE_GOODS_PER", "FREE_GOODS_ALL"]),
        ({"free": D(0)}, ["FREE_GOODS_FREE"]),
        ({"minimum": D(-1)}, ["FREE_GOODS_MINIMUM"]),
        ({"free": D(101)}, ["FREE_GOODS_ALL"]),
        ({"free": D(100)}, []),
        ({"per": D(1), "free": D(1), "minimum": D(0)}, []),
        ({"free": D(101), "kind": EXCLUSIVE}, []),
    ],
)
def test_what_is_wrong_with_free_goods(change: dict[str, Any], reasons: list[str]) -> None:
    refusals = refusals_of_free_goods(replace(THREE_PER_HUNDRED, **change))
    assert [reason for reason, _ in told(refusals)] == reasons
    fields = {"FREE_GOODS_PER": "per", "FREE_GOODS_MINIMUM": "minimum"}
    for refusal in refusals:
        assert refusal.field == fields.get(refusal.reason, "free")
        assert refusal.values == {"value": str(change.get(str(refusal.field), THREE_PER_HUNDRED.free))}
