"""Availability: what is free by days and by periods, and how orders are confirmed from it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.availability import (
    Movement,
    confirmation,
    confirmed_alone,
    day_of_group,
    free_after,
    free_in_periods,
    free_on,
    promised_period,
)

START = date(2026, 5, 1)
SUPPLY, DEMAND = [6, 4, 2, 4, 8, 4, 4, 4], [6, 2, 3, 6, 6, 1, 2, 2]


def on(day: int, quantity: int) -> Movement:
    return Movement(START + timedelta(day), Decimal(quantity))


def quantities(movements: tuple[Movement, ...]) -> list[int]:
    return [int(each.quantity) for each in movements]


@pytest.mark.parametrize(
    ("supplies", "demands", "left", "lacking"),
    [
        pytest.param([], [], [], [], id="nothing"),
        pytest.param([on(1, 10), on(5, 10)], [on(6, 12)], [8, 0], [0], id="the last supply before goes first"),
        pytest.param([on(5, 10)], [on(3, 5)], [10], [5], id="a later receipt covers nothing earlier"),
        pytest.param([on(5, 10)], [on(5, 4)], [6], [0], id="one of the same day does"),
        pytest.param([on(1, 10), on(5, 10)], [on(6, 12), on(2, 5)], [3, 0], [0, 0], id="the earliest demand goes first"),
        pytest.param([on(1, 2), on(1, 3)], [on(1, 4)], [1, 0], [0], id="two of one day, the one named last first"),
        pytest.param([on(1, 2)], [on(1, 5), on(2, 5)], [0], [3, 5], id="what is lacking is not carried forward"),
    ],
)
def test_demands_take_from_the_supplies_before_them(
    supplies: list[Movement], demands: list[Movement], left: list[int], lacking: list[int]
) -> None:
    found = free_after(supplies, demands)
    assert quantities(found.supplies) == left
    assert [int(each) for each in found.lacking] == lacking


def test_what_is_free_grows_day_by_day() -> None:
    supplies = [on(0, 5), on(2, 3), on(4, 1)]
    assert [free_on(supplies, START + timedelta(day)) for day in range(6)] == [5, 5, 8, 8, 9, 9]


@pytest.mark.parametrize(
    ("requested", "quantity", "on_day", "complete", "lines"),
    [
        pytest.param(0, 200, 200, 0, [(0, 200)], id="in full on the day"),
        pytest.param(0, 350, 200, 5, [(0, 200), (2, 100), (5, 50)], id="the rest as it comes"),
        pytest.param(0, 400, 200, None, [(0, 200), (2, 100), (5, 50)], id="never in full"),
        pytest.param(2, 250, 250, 2, [(2, 250)], id="with what has come by then"),
        pytest.param(3, 320, 300, 5, [(3, 300), (5, 20)], id="no more than is wanted"),
        pytest.param(-1, 10, 0, 0, [(0, 10)], id="before anything is there"),
    ],
)
def test_an_order_is_confirmed_as_goods_come(
    requested: int, quantity: int, on_day: int, complete: int | None, lines: list[tuple[int, int]]
) -> None:
    found = confirmation([on(0, 200), on(5, 50), on(2, 100)], START + timedelta(requested), Decimal(quantity))
    assert found.on_day == on_day
    assert found.complete_on == (None if complete is None else START + timedelta(complete))
    assert [((line.day - START).days, line.quantity) for line in found.lines] == lines


def test_receipts_of_one_day_make_one_line() -> None:
    found = confirmation([on(2, 1), on(2, 2)], START, Decimal(3))
    assert [(line.day, line.quantity) for line in found.lines] == [(START + timedelta(2), 3)]


@pytest.mark.parametrize(
    ("stock", "others", "own", "ordered", "found"),
    [(160, 140, 15, 20, (20, 0)), (160, 160, 0, 20, (0, 0)), (100, 20, 0, 20, (20, 60)), (10, 5, 8, 20, (8, -3))],
)
def test_an_order_keeps_what_it_has_and_takes_of_the_rest(
    stock: int, others: int, own: int, ordered: int, found: tuple[int, int]
) -> None:
    assert confirmed_alone(Decimal(stock), Decimal(others), Decimal(own), Decimal(ordered)) == found


def test_a_group_goes_when_its_last_item_can() -> None:
    assert day_of_group([START, START + timedelta(9), START + timedelta(3)]) == START + timedelta(9)


@pytest.mark.parametrize(
    ("cumulative", "free"), [(False, [0, 0, 0, -1, 2, 3, 2, 2]), (True, [0, 0, 0, -1, 2, 5, 7, 9])], ids=["alone", "cumulative"]
)
def test_periods_take_from_those_before_them(cumulative: bool, free: list[int]) -> None:
    assert free_in_periods([Decimal(n) for n in SUPPLY], [Decimal(n) for n in DEMAND], cumulative=cumulative) == free


@pytest.mark.parametrize(
    ("cumulative", "wanted", "quantity", "period"),
    [(False, 6, 3, 5), (True, 6, 3, 6), (True, 4, 3, 5), (True, 0, 9, 7), (True, 0, 10, None), (False, 0, 4, None)],
)
def test_the_period_that_a_demand_is_promised_for(cumulative: bool, wanted: int, quantity: int, period: int | None) -> None:
    free = free_in_periods([Decimal(n) for n in SUPPLY], [Decimal(n) for n in DEMAND], cumulative=cumulative)
    assert promised_period(free, Decimal(quantity), wanted, cumulative=cumulative) == period


movements = st.lists(st.builds(on, st.integers(0, 6), st.integers(0, 9)), max_size=6)


@given(movements, movements)
def test_nothing_is_lost_or_promised_twice(supplies: list[Movement], demands: list[Movement]) -> None:
    found = free_after(supplies, demands)
    left, lacking = sum(quantities(found.supplies)), sum(found.lacking)
    assert left - lacking == sum(quantities(tuple(supplies))) - sum(quantities(tuple(demands)))
    assert all(0 <= rest.quantity <= supply.quantity for rest, supply in zip(found.supplies, supplies, strict=True))
    for demand, lack in zip(demands, found.lacking, strict=True):
        assert 0 <= lack <= demand.quantity
        if lack:  # then nothing that came before is left
            assert free_on(found.supplies, demand.day) == 0


@given(movements, st.integers(-1, 7), st.integers(1, 40))
def test_a_confirmation_gives_no_more_than_has_come_and_no_less(supplies: list[Movement], day: int, quantity: int) -> None:
    requested = START + timedelta(day)
    found = confirmation(supplies, requested, Decimal(quantity))
    assert sum(line.quantity for line in found.lines) == min(Decimal(quantity), free_on(supplies, START + timedelta(99)))
    confirmed = Decimal(0)
    for line in found.lines:
        confirmed += line.quantity
        assert line.day >= requested
        assert line.quantity > 0
        assert confirmed == min(Decimal(quantity), free_on(supplies, line.day))
