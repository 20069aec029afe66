"""Free goods: three rules, inclusive, exclusive and without an item of their own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest

from domain.errors import Invalid, Refused
from domain.pricing.evaluation import price
from domain.pricing.free_determination import free_with_items, less_free
from domain.pricing.free_goods import (
    Share,
    free_percent,
    free_quantity,
    part_of_free,
    refusals_of_free_goods,
    share_of,
)
from domain.pricing.records import refusals_of_record
from domain.pricing.values import (
    AccessOutcome,
    ConditionClass,
    ConditionRecord,
    ConditionType,
    FreeGoods,
    FreeGoodsKind,
    FreeGoodsRule,
    ReleaseStatus,
    Supplement,
    Unit,
)
from tests.domain.pricing.builders import (
    FOREVER,
    USUAL,
    a_company,
    a_document,
    a_record,
    a_step,
    an_item,
    by_manual,
    price_one,
    rows_of,
    told,
)

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
        ({"material": "7", "unit": "BOX", "kind": EXCLUSIVE}, []),
    ],
)
def test_what_is_wrong_with_free_goods(change: dict[str, Any], reasons: list[str]) -> None:
    refusals = refusals_of_free_goods(replace(THREE_PER_HUNDRED, **change))
    assert [reason for reason, _ in told(refusals)] == reasons
    fields = {"FREE_GOODS_PER": "per", "FREE_GOODS_MINIMUM": "minimum"}
    for refusal in refusals:
        assert refusal.field == fields.get(refusal.reason, "free")
        assert refusal.values == {"value": str(change.get(str(refusal.field), THREE_PER_HUNDRED.free))}


def test_another_material_or_unit_comes_only_on_top() -> None:
    refusals = refusals_of_free_goods(replace(THREE_PER_HUNDRED, material="7", unit="BOX"))
    assert told(refusals) == [("FREE_GOODS_OTHER", "material"), ("FREE_GOODS_OTHER", "unit")]


# ---------------------------------------------------------------------------------------------------- what comes free

GIVING = ConditionType("NA00", condition_class=ConditionClass.FREE_GOODS, access_sequence=USUAL)
UNITS = {"PC": Unit("PC", decimals=0), "BOX": Unit("BOX", decimals=0)}
NOTHING = None


def gives(free: FreeGoods = THREE_PER_HUNDRED, **more: Any) -> ConditionRecord:
    return a_record("NA00", "0", material="M1", **{"unit": "PC", "free_goods": free, **more})


def comes_free(*records: ConditionRecord, quantity: str = "280", **item: Any) -> tuple[str, str] | None:
    """How much comes free with an item, and in which unit."""
    company = a_company(a_step(10, "PR00"), a_step(20, "NA00"), types=[GIVING], units=UNITS)
    (found,) = free_with_items(a_document(an_item(10, quantity, **item)), company, records)
    return None if found is None else (str(found.quantity), found.unit)


IN_BOXES = {"unit": "BOX", "base_unit": "PC", "units": {"BOX": Fraction(100)}}


@pytest.mark.parametrize(
    ("goods", "item", "free"),
    [
        pytest.param({}, {}, ("8", "PC"), id="so many of what is ordered"),
        pytest.param({"kind": EXCLUSIVE}, {}, ("8", "PC"), id="or on top"),
        pytest.param({"kind": EXCLUSIVE}, {"quantity": "3", **IN_BOXES}, ("9", "PC"), id="on top in the record's unit"),
        pytest.param({"kind": EXCLUSIVE, "unit": "BOX"}, {}, ("8", "BOX"), id="or in a unit of its own"),
        pytest.param({"free": D(50)}, {"quantity": "3", **IN_BOXES}, ("1", "BOX"), id="within in the item's, rounded down"),
        pytest.param({}, {"quantity": "3", **IN_BOXES}, NOTHING, id="nothing where it has no such part"),
        pytest.param({"minimum": D(281)}, {}, NOTHING, id="nothing below the minimum"),
        pytest.param({"free": D(100)}, {}, NOTHING, id="never all of it, as an item of its own"),
        pytest.param({"free": D(100), "kind": WITHOUT_ITEM}, {}, ("280", "PC"), id="all of it within its price"),
    ],
)
def test_what_comes_free_with_an_item(goods: dict[str, Any], item: dict[str, Any], free: tuple[str, str] | None) -> None:
    assert comes_free(gives(replace(THREE_PER_HUNDRED, **goods)), **item) == free


def test_records_that_do_not_hold_give_nothing() -> None:
    assert comes_free() is NOTHING
    assert comes_free(gives(release_status=ReleaseStatus.BLOCKED)) is NOTHING
    assert comes_free(gives(valid_from=FOREVER[0], valid_to=FOREVER[0])) is NOTHING
    assert comes_free(gives(key=("M2",))) is NOTHING


def test_what_comes_free_has_no_value_and_says_where_it_was_found() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "NA00"), a_step(30, "NRAB", value_formula="FREE_GOODS"), types=[GIVING])
    document = a_document(an_item(10, "100"), an_item(20, "100", "M2"))
    records = (gives(), a_record("PR00", "2", material="M1"), a_record("PR00", "2", material="M2"))
    found = free_with_items(document, company, records)
    first, second = price(less_free(document, found), company, records).items
    assert (first.net_value, second.net_value) == (D("194.00"), D("200.00"))
    row, nothing = rows_of(first, "NA00")[0], rows_of(second, "NA00")[0]
    assert (row.value, row.record, row.accesses[0].outcome) == (None, records[0], AccessOutcome.FOUND)
    assert (nothing.record, [each.outcome.name for each in nothing.accesses]) == (None, ["NO_RECORD", "NO_RECORD"])
    within = free_with_items(document, company, (gives(replace(THREE_PER_HUNDRED, kind=WITHOUT_ITEM)), *records[1:]))
    assert less_free(document, within).items[0].free_quantity == D(3)


@pytest.mark.parametrize(
    ("part", "free"), [("97", "3"), ("96", "2"), ("33", "1"), ("32", "0"), ("0", "0")], ids=lambda each: f"{each}"
)
def test_the_part_of_what_is_agreed_to_be_free(part: str, free: str) -> None:
    assert part_of_free(D(3), D(97), D(part)) == D(free)


def test_free_goods_are_entered_by_nobody_and_come_along_with_nothing() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "NA00"), types=[GIVING])
    entry = an_item(10, "1", manual=(by_manual("NA00", "5"),))
    with pytest.raises((Invalid, Refused)) as refused:
        price(a_document(entry), company, ())
    assert told(refused.value.refusals)[0] == ("MANUAL_FORBIDDEN", "items.0.manual.0.conditionType")
    record = a_record("PR00", "5", supplements=(Supplement("NA00", D(1)),))
    refusals = refusals_of_record(record, company.condition_types, company.tables)
    assert told(refusals) == [("SUPPLEMENT_TYPE", "supplements.0.conditionType")]
