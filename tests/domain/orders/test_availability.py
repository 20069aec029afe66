"""Availability: what is left for new requirements, and what they are promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.availability import (
    Available,
    Movement,
    Requirement,
    ScheduleLine,
    accumulated,
    available_by_date,
    available_on,
    confirmation,
    consumed,
    group_date,
    net_by_date,
    period_that_covers,
    taken_from,
)

FIRST = date(2026, 3, 1)
SUPPLY, DEMAND = (6, 4, 2, 4, 8, 4, 4, 4), (6, 2, 3, 6, 6, 1, 2, 2)


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def movements(*quantities: int) -> list[Movement]:
    """One a day from the first on; none where the quantity is 0."""
    return [Movement(day(place), D(each)) for place, each in enumerate(quantities, 1) if each]


def figures(available: Sequence[Available]) -> list[int]:
    return [int(each.quantity) for each in available]


def lines(*parts: tuple[int, int]) -> tuple[ScheduleLine, ...]:
    return tuple(ScheduleLine(day(on), D(quantity)) for on, quantity in parts)


def test_backward_consumption_as_domain_has_it() -> None:
    receipts, issues = movements(*SUPPLY), movements(*DEMAND)
    left = available_by_date(receipts, issues)
    assert figures(net_by_date(receipts, issues)) == [0, 2, -1, -2, 2, 3, 2, 2]
    assert figures(left) == [0, 0, 0, -1, 2, 3, 2, 2]
    assert figures(accumulated(left)) == [0, 0, 0, -1, 2, 5, 7, 9]


@pytest.mark.parametrize(
    ("receipts", "issues", "left"),
    [
        pytest.param((10, 0, 0, 0, 10), (0, 0, 0, 0, 0, 12), [8, 0, 0], id="the nearest earlier receipt first"),
        pytest.param((0, 0, 0, 0, 10), (0, 0, 5), [-5, 10], id="a later receipt never covers an earlier issue"),
        pytest.param((0, 0, 4), (0, 0, 4), [0], id="a receipt of the same day does"),
        pytest.param((5, 5), (0, 20), [0, -10], id="what is lacking stays with its date"),
        pytest.param((), (), [], id="nothing planned"),
    ],
)
def test_what_issues_leave(receipts: tuple[int, ...], issues: tuple[int, ...], left: list[int]) -> None:
    assert figures(available_by_date(movements(*receipts), movements(*issues))) == left


@pytest.mark.parametrize(
    ("wanted", "on", "on_date", "complete_on", "parts"),
    [
        pytest.param(150, 1, 150, 1, [(1, 150)], id="all of it from stock"),
        pytest.param(350, 1, 200, 6, [(1, 200), (3, 100), (6, 50)], id="in parts as they come"),
        pytest.param(300, 1, 200, 3, [(1, 200), (3, 100)], id="not more of the last part than is wanted"),
        pytest.param(350, 4, 300, 6, [(4, 300), (6, 50)], id="nothing before it is wanted"),
        pytest.param(350, 9, 350, 9, [(9, 350)], id="all of it on the day"),
        pytest.param(400, 1, 200, None, [(1, 200), (3, 100), (6, 50)], id="never all of it"),
    ],
)
def test_what_is_promised_of_200_in_stock_100_and_50_to_come(
    wanted: int, on: int, on_date: int, complete_on: int | None, parts: list[tuple[int, int]]
) -> None:
    left = available_by_date(movements(200, 0, 100, 0, 0, 50), ())
    found = confirmation(left, Requirement(day(on), D(wanted)))
    assert found.on_date == on_date
    assert found.complete_on == (None if complete_on is None else day(complete_on))
    assert found.lines == lines(*parts)
    assert found.confirmed == min(wanted, 350)
    whole = confirmation(left, Requirement(day(on), D(wanted), complete=True))
    assert whole.lines == (() if complete_on is None else lines((complete_on, wanted)))


@pytest.mark.parametrize(
    ("wanted", "multiple", "parts"),
    [
        pytest.param(60, 24, [(1, 48), (3, 12)], id="whole cartons, and the rest with the last"),
        pytest.param(60, 7, [(1, 49), (3, 11)], id="whole sevens"),
        pytest.param(55, 24, [(1, 48), (3, 7)], id="a wish that is no multiple is given as it is"),
        pytest.param(80, 24, [(1, 48), (3, 24)], id="whole cartons of what will be there"),
        pytest.param(50, 100, [(1, 50)], id="all of it, however few"),
    ],
)
def test_parts_in_whole_multiples(wanted: int, multiple: int, parts: list[tuple[int, int]]) -> None:
    left = available_by_date(movements(50, 0, 25), ())
    assert confirmation(left, Requirement(day(1), D(wanted), multiple=D(multiple))).lines == lines(*parts)


def test_parts_of_less_than_one() -> None:
    left = [Available(day(1), D("0.4")), Available(day(2), D("0.6"))]
    assert [line.quantity for line in confirmation(left, Requirement(day(1), D(1))).lines] == [D("0.4"), D("0.6")]
    assert figures(consumed([Available(day(1), D(1))], [ScheduleLine(day(1), D("0.5")), ScheduleLine(day(1), D("0.5"))])) == [0]


def test_what_is_lacking_adds_to_the_shortage_of_its_own_date() -> None:
    left = [Available(day(1), D(-2)), Available(day(4), D(-1)), Available(day(7), D(9))]
    assert figures(consumed(left, lines((4, 3)))) == [-2, -4, 9]
    assert [each.quantity for each in consumed(left[:1], [ScheduleLine(day(1), D("0.5"))])] == [D("-2.5")]


def test_a_shortage_of_others_takes_nothing_of_what_comes_later() -> None:
    left = available_by_date(movements(0, 5), movements(3))
    assert confirmation(left, Requirement(day(2), D(5))).lines == lines((2, 5))


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        pytest.param([(5, 6)], [8, 0, 4], id="of the nearest date before it"),
        pytest.param([(3, 6), (5, 6)], [2, 0, 4], id="one after the other"),
        pytest.param([(1, 12)], [-2, 4, 4], id="what is lacking stays a shortage of its date"),
        pytest.param([(2, 12)], [0, -2, 4, 4], id="a shortage on a date of its own"),
    ],
)
def test_what_is_left_when_lines_are_promised(taken: list[tuple[int, int]], left: list[int]) -> None:
    available = [Available(day(1), D(10)), Available(day(4), D(4)), Available(day(7), D(4))]
    assert figures(consumed(available, lines(*taken))) == left


@pytest.mark.parametrize(
    ("wanted", "on", "period"),
    [(3, 7, 6), (2, 7, 7), (1, 4, 5), (2, 1, 5), (3, 1, 6), (4, 7, None)],
    ids=["one before", "its own", "one after", "the earliest after", "the earliest that has enough", "none has enough alone"],
)
def test_one_date_that_covers_alone(wanted: int, on: int, period: int | None) -> None:
    left = available_by_date(movements(*SUPPLY), movements(*DEMAND))
    found = period_that_covers(left, Requirement(day(on), D(wanted)))
    assert found == (None if period is None else day(period))
    if (wanted, on) == (3, 7):
        assert found is not None
        assert figures(taken_from(left, found, D(3))) == [0, 0, 0, -1, 2, 0, 2, 2]


def test_a_delivery_group_leaves_with_its_last_line() -> None:
    assert group_date([day(1), day(10), day(5)]) == day(10)
    assert group_date([]) is None


PLANS = st.lists(st.integers(0, 20), max_size=12)


@given(PLANS, PLANS, st.integers(1, 60), st.integers(1, 14), st.integers(1, 9), st.booleans())
def test_what_holds_of_every_promise(
    receipts: list[int], issues: list[int], wanted: int, on: int, multiple: int, complete: bool
) -> None:
    """Nothing is promised twice, too early, beyond the wish, or out of what others need."""
    into, out = movements(*receipts), movements(*issues)
    left = available_by_date(into, out)
    assert sum(figures(left)) == sum(receipts) - sum(issues)
    found = confirmation(left, Requirement(day(on), D(wanted), complete, D(multiple)))
    assert found.confirmed <= wanted
    assert all(line.day >= day(on) and line.quantity > 0 for line in found.lines)
    assert not complete or found.confirmed in (0, wanted)
    assert (found.complete_on is not None) is (available_on(left, date.max) >= wanted)
    after = consumed(left, found.lines)
    shortages = [-each.quantity for each in after if each.quantity < 0]
    assert shortages == [-each.quantity for each in left if each.quantity < 0]
    again = available_by_date(into, [*out, *(Movement(line.day, line.quantity) for line in found.lines)])
    assert [each for each in again if each.quantity] == [each for each in after if each.quantity]
