"""What a record grants is used up order by order, and a manual rate stays within limits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest

from domain.errors import Refused
from domain.pricing.evaluation import net_prices, price
from domain.pricing.limits import is_limited, used_up
from domain.pricing.values import ConditionRecord, ExchangeRate, RecordUse, ScaleType, Used
from tests.domain.pricing.builders import (
    FIXED,
    a_company,
    a_document,
    a_record,
    a_scale,
    a_step,
    a_type,
    an_item,
    by_manual,
    price_one,
    reasons_of,
    values_of,
)

PROMOTION = a_company(a_step(10, "PR00"), a_step(20, "KA00"))


def granted(record: ConditionRecord, *orders: str, company: Any = PROMOTION, **more: Any) -> list[D]:
    """What one order after the other is granted of a record."""
    values = []
    for order in orders:
        document = price(a_document(an_item(10, "1", "M1"), **more), company, [a_record("PR00", order), record])
        values.append(sum(values_of(document, "KA00"), D(0)))
        for use in document.uses:
            record = used_up(use.record, use)
    return values


@pytest.mark.parametrize(
    ("change", "orders", "values"),
    [
        pytest.param({"maximum_value": D(1000)}, ["6000", "5000", "100"], ["-600", "-400", "0"], id="only the rest of a value"),
        pytest.param({"maximum_value": D(1000)}, ["10000", "1"], ["-1000", "0"], id="all of it at once"),
        pytest.param({"maximum_orders": 3}, ["100"] * 4, ["-10", "-10", "-10", "0"], id="three orders"),
        pytest.param({"maximum_quantity": D(2)}, ["100"] * 3, ["-10", "-10", "0"], id="two pieces"),
        pytest.param(
            {"maximum_value": D(15), "maximum_orders": 1}, ["100", "100"], ["-10", "0"], id="whichever is used up first"
        ),
        pytest.param({}, ["100"] * 2, ["-10", "-10"], id="no maximum"),
    ],
)
def test_a_record_is_used_up_order_by_order(change: dict[str, Any], orders: list[str], values: list[str]) -> None:
    assert granted(a_record("KA00", "-10", **change), *orders) == [D(value) for value in values]


def test_what_is_used_up_leaves_a_row_of_zero() -> None:
    item = price_one(PROMOTION, a_record("PR00", "100"), a_record("KA00", "-10", maximum_orders=1, used=Used(orders=1)))
    assert reasons_of(item) == {"KA00": "ZERO"}
    assert item.net_value == D(100)


def test_within_an_order_the_lines_take_what_is_left_one_after_the_other() -> None:
    record = a_record("KA00", "-10", maximum_value=D(25))
    document = price(a_document(an_item(30), an_item(10), an_item(20)), PROMOTION, [a_record("PR00", "100"), record])
    assert {item.line_number: item.net_value for item in document.items} == {10: D(90), 20: D(90), 30: D(95)}
    assert document.uses == (RecordUse(record, D("25.00"), D(0)),)


def test_the_part_of_a_quantity_that_is_left_is_granted() -> None:
    """Of 30 pieces 20 are left: two thirds of the discount."""
    record = a_record("KA00", "-10", maximum_quantity=D(50), used=Used(quantity=D(30)))
    document = price(a_document(an_item(10, "30")), PROMOTION, [a_record("PR00", "1"), record])
    assert values_of(document, "KA00") == [D("-2.00")]
    assert document.uses == (RecordUse(record, D("2.00"), D(20)),)


def test_a_quantity_is_used_in_the_unit_of_the_record() -> None:
    record = a_record("K004", "-1", unit="BOX", maximum_quantity=D(3))
    company = a_company(a_step(10, "PR00"), a_step(20, "K004"))
    document = price(a_document(an_item(10, "48", units={"BOX": Fraction(12)})), company, [a_record("PR00", "1"), record])
    assert values_of(document, "K004") == [D("-3.00")]
    assert document.uses[0].quantity == D(3)


def test_a_value_in_another_currency_is_used_in_that() -> None:
    company = a_company(
        a_step(10, "PR00"), a_step(20, "KA00"), types=[a_type("KA00", FIXED)],
        exchange_rates=(ExchangeRate("USD", "CNY", date(2026, 1, 1), Fraction(7)),),
    )  # fmt: skip
    record = a_record("KA00", "-3", currency="USD", maximum_value=D(5))
    assert granted(record, "100", "100", "100", company=company) == [D("-21.00"), D("-14.00"), D(0)]


def test_lines_share_what_is_left_of_a_quantity() -> None:
    """20 are left: 15 for the first line, 5 for the second, none for the third."""
    record = a_record("KA00", "-10", maximum_quantity=D(20))
    items = [an_item(10 * place, "15") for place in (1, 2, 3)]
    document = price(a_document(*items), PROMOTION, [a_record("PR00", "1"), record])
    assert values_of(document, "KA00") == [D("-1.50"), D("-0.50"), D("0.00")]
    assert document.uses == (RecordUse(record, D("2.00"), D(20)),)


def test_lines_without_the_limited_record_stand_between() -> None:
    record = a_record("KA00", "-10", material="M1", maximum_value=D(15))
    items = [an_item(10, material="M2"), an_item(20), an_item(30, material="M2"), an_item(40)]
    document = price(a_document(*items), PROMOTION, [a_record("PR00", "100"), record])
    assert [item.net_value for item in document.items] == [D(100), D(90), D(100), D(95)]


def test_what_no_value_is_left_for_uses_no_quantity() -> None:
    record = a_record("KA00", "-10", maximum_value=D(10), maximum_quantity=D(50))
    document = price(a_document(an_item(10), an_item(20)), PROMOTION, [a_record("PR00", "100"), record])
    assert document.uses == (RecordUse(record, D("10.00"), D(1)),)


def test_items_priced_apart_do_not_share_what_is_left() -> None:
    record = a_record("KA00", "-10", maximum_value=D(15))
    found = net_prices(a_document(an_item(10), an_item(20)), PROMOTION, [a_record("PR00", "100"), record])
    assert [item.value for item in found] == [D(90), D(90)]


def test_surcharges_are_limited_as_discounts_are() -> None:
    assert granted(a_record("KA00", "10", maximum_value=D(15)), "100", "100") == [D(10), D(5)]


def test_excluded_rows_and_supplements_use_nothing_up() -> None:
    record = a_record("KA00", "-10", maximum_value=D(5))
    item = an_item(manual=(by_manual("KA00", "-1"),))
    document = price(a_document(item), PROMOTION, [a_record("PR00", "100"), record])
    assert document.uses == ()
    assert document.net_value == D(99)


def test_a_record_tells_whether_it_is_limited() -> None:
    record = a_record("KA00", "-10")
    assert not is_limited(record)
    assert is_limited(record._replace(maximum_value=D(1)))
    assert is_limited(record._replace(maximum_quantity=D(1)))
    assert is_limited(record._replace(maximum_orders=1))


def test_uses_add_up() -> None:
    record = a_record("KA00", "-10", used=Used(D(1), D(2), 3))
    assert used_up(record, RecordUse(record, D(10), D(20))).used == Used(D(11), D(22), 4)


# ------------------------------------------------------------------------------------------------ limits of manual rates

LIMITED = a_record("K007", "-10", lower_limit=D(-15), upper_limit=D(-5))


@pytest.mark.parametrize(
    ("record", "of_type", "rate", "accepted"),
    [
        (LIMITED, {}, "-15", True),
        (LIMITED, {}, "-5", True),
        (LIMITED, {}, "-15.01", False),
        (LIMITED, {}, "-4.99", False),
        (LIMITED._replace(lower_limit=None), {}, "-99", True),
        (LIMITED._replace(upper_limit=None), {}, "99", True),
        (LIMITED._replace(lower_limit=None), {"lower_limit": D(-20)}, "-20.01", False),
        (LIMITED._replace(upper_limit=None), {"upper_limit": D(0)}, "0.01", False),
        (LIMITED, {"lower_limit": D(-50)}, "-20", False),
    ],
)
def test_a_manual_change_stays_within_the_limits_of_record_or_type(
    record: Any, of_type: Any, rate: str, accepted: bool
) -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "K007"), types=[a_type("K007", **of_type)])
    document = a_document(an_item(manual=(by_manual("PR00", "100"), by_manual("K007", rate))))
    if accepted:
        assert price(document, company, [record]).net_value == 100 + D(rate)
        return
    with pytest.raises(Refused) as refused:
        price(document, company, [record])
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field) == ("RATE_OUTSIDE_LIMITS", "items.0.manual.1.rate")
    assert (refusal.values["type"], refusal.values["value"]) == ("K007", rate)


def test_the_refusal_tells_both_limits() -> None:
    with pytest.raises(Refused) as refused:
        price_one(a_company(a_step(20, "K007")), LIMITED, item=an_item(manual=(by_manual("K007", "-20"),)))
    assert refused.value.refusals[0].values == {"type": "K007", "value": "-20", "lower": "-15", "upper": "-5"}


@pytest.mark.parametrize(
    ("change", "lower", "upper"),
    [
        ({"lower_limit": None}, "...", "-5"),
        ({"upper_limit": None}, "-15", "..."),
        ({"lower_limit": D(0), "upper_limit": D(1)}, "0", "1"),
    ],
)
def test_the_refusal_tells_which_limits_there_are(change: Any, lower: str, upper: str) -> None:
    rate = "99" if lower == "..." else "-99"
    with pytest.raises(Refused) as refused:
        price_one(a_company(a_step(20, "K007")), LIMITED._replace(**change), item=an_item(manual=(by_manual("K007", rate),)))
    assert (refused.value.refusals[0].values["lower"], refused.value.refusals[0].values["upper"]) == (lower, upper)


def test_an_interval_scale_is_not_changed_by_hand() -> None:
    record = a_record("K004", "-1", scale=a_scale(ScaleType.INTERVAL, (None, "-1")))
    with pytest.raises(Refused) as refused:
        price_one(a_company(a_step(20, "K004")), record, item=an_item(manual=(by_manual("K004", "-2"),)))
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field, refusal.values) == ("INTERVAL_EXCLUDES", "items.0.manual.0", {"what": "K004"})
