"""What accounts tell: ageing, overdue shares, days of sales outstanding, what is to come, what would free room."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit.exposure import Position, exposure
from domain.credit.insight import (
    AgeClass,
    Room,
    RoomStep,
    ageing,
    days_sales_outstanding,
    forecast,
    oldest,
    overdue_share,
    room,
)
from domain.credit.status import Bucket

D = Decimal
TODAY = date(2026, 3, 31)


def owed(days_overdue: int, value: str) -> Position:
    return Position(Bucket.RECEIVABLES, TODAY - timedelta(days=days_overdue), D(value))


ORDER = Position(Bucket.OPEN_ORDERS, TODAY, D(1000))
KNOWN = (ORDER, owed(-10, "1"), owed(0, "2"), owed(1, "4"), owed(30, "8"), owed(31, "16"), owed(60, "32"), owed(91, "64"))


def test_what_is_owed_by_its_age() -> None:
    assert ageing(KNOWN, TODAY) == (
        AgeClass(None, 0, D(3)),
        AgeClass(1, 30, D(12)),
        AgeClass(31, 60, D(48)),
        AgeClass(61, 90, D(0)),
        AgeClass(91, None, D(64)),
    )
    assert ageing(KNOWN, TODAY, (0, 10)) == (AgeClass(None, 0, D(3)), AgeClass(1, 10, D(4)), AgeClass(11, None, D(120)))


@given(st.lists(st.tuples(st.integers(-200, 400), st.integers(-1000, 1000)), max_size=20))
def test_the_ages_sum_to_all_that_is_owed(items: list[tuple[int, int]]) -> None:
    known = [ORDER, *(owed(days, str(value)) for days, value in items)]
    assert sum(each.value for each in ageing(known, TODAY)) == sum(value for _, value in items)


@pytest.mark.parametrize(
    ("positions", "older_than", "share"),
    [
        pytest.param(KNOWN, 30, "88.19", id="112 of 127"),
        pytest.param(KNOWN, 0, "97.64", id="all that is overdue at all"),
        pytest.param((ORDER,), 0, "0", id="nothing is owed"),
        pytest.param((owed(31, "30"), owed(0, "70"), owed(60, "-50")), 30, "30.00", id="what is in hand counts in neither"),
        pytest.param((owed(30, "30"), owed(0, "70")), 30, "0", id="not older than 30 days"),
        pytest.param((owed(5, "1"), owed(0, "2")), 0, "33.33", id="rounded"),
    ],
)
def test_the_share_that_is_overdue(positions: tuple[Position, ...], older_than: int, share: str) -> None:
    assert overdue_share(positions, TODAY, older_than) == D(share)


def test_the_oldest_that_is_owed() -> None:
    assert oldest(KNOWN, TODAY) == 91
    assert oldest((owed(-4, "1"), owed(-9, "1")), TODAY) == -4
    assert oldest((ORDER, owed(99, "-5"), owed(99, "0")), TODAY) is None


@pytest.mark.parametrize(
    ("receivables", "sales", "found"),
    [
        ("300", "900", "30.0"),
        ("100", "270", "33.3"),
        ("0", "5", "0.0"),
        ("5", "0", None),
        ("5", "-1", None),
        ("1", "1", "90.0"),
    ],
)
def test_days_of_sales_outstanding(receivables: str, sales: str, found: str | None) -> None:
    assert days_sales_outstanding(D(receivables), D(sales), 90) == (None if found is None else D(found))


def test_what_will_count_if_what_is_owed_is_paid_when_it_is_due() -> None:
    known = (ORDER, owed(5, "10"), owed(0, "20"), owed(-7, "40"))
    days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=6), TODAY + timedelta(days=7)]
    assert forecast(known, days) == (D(1060), D(1040), D(1040), D(1000))


def test_what_was_paid_in_advance_goes_on_counting_below_zero() -> None:
    known = (ORDER, owed(1, "-400"), owed(-7, "600"))
    assert forecast(known, [TODAY, TODAY + timedelta(days=7)]) == (exposure(known).total, D(600))
    assert forecast((owed(0, "0.01"),), [TODAY]) == (D(0),)


def test_how_much_more_can_be_ordered_and_what_would_free_room() -> None:
    due = TODAY + timedelta(days=7)
    known = (ORDER, owed(5, "10"), owed(3, "5"), owed(-7, "40"), owed(-7, "2"), owed(0, "-3"))
    assert room(D(1100), known, TODAY) == Room(D(46), (RoomStep(TODAY, D(15), D(61)), RoomStep(due, D(42), D(103))))
    assert room(D(1040), known, TODAY) == Room(D(0), (RoomStep(TODAY, D(15), D(1)), RoomStep(due, D(42), D(43))))
    assert room(D(1000), known, TODAY) == Room(D(0), (RoomStep(TODAY, D(15), D(0)), RoomStep(due, D(42), D(3))))
    assert room(D(7), (), TODAY) == Room(D(7), ())


def test_a_cent_that_is_owed_frees_room_and_nothing_frees_none() -> None:
    assert room(D(1), (owed(0, "0.01"), owed(-7, "0")), TODAY) == Room(D("0.99"), (RoomStep(TODAY, D("0.01"), D(1)),))
