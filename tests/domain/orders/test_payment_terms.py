"""Terms of payment: their days, their discounts, and instalments that sum to the whole."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.payment_terms import (
    Instalment,
    InstalmentKind,
    Period,
    discount_percent,
    due_date,
    instalments,
    is_overdue,
    last_days,
    refusals_of_terms,
)

D = Decimal
CENT = D("0.01")
USUAL = (Period(days=10, percent=D(3)), Period(days=30, percent=D(2)), Period(days=60))


@pytest.mark.parametrize(
    ("period", "baseline", "last"),
    [
        (Period(days=0), "2026-03-01", "2026-03-01"),
        (Period(days=30), "2026-01-31", "2026-03-02"),
        (Period(fixed_day=15, additional_months=1), "2026-01-20", "2026-02-15"),
        (Period(fixed_day=15), "2026-01-20", "2026-01-15"),
        (Period(fixed_day=31, additional_months=1), "2026-01-20", "2026-02-28"),
        (Period(fixed_day=31, additional_months=1), "2028-01-20", "2028-02-29"),
        (Period(fixed_day=10, additional_months=2), "2026-11-30", "2027-01-10"),
        (Period(days=31, fixed_day=15), "2019-01-15", "2019-02-15"),
        (Period(days=31, fixed_day=15), "2019-01-31", "2019-03-15"),
        (Period(days=31, fixed_day=15), "2019-01-16", "2019-03-15"),
        (Period(days=5, fixed_day=31), "2026-11-28", "2026-12-31"),
    ],
)
def test_the_last_day_of_a_period(period: Period, baseline: str, last: str) -> None:
    assert period.last_day(date.fromisoformat(baseline)) == date.fromisoformat(last)


@pytest.mark.parametrize(("days", "percent", "late"), [(0, 3, False), (10, 3, False), (11, 2, False), (30, 2, False)])
def test_the_last_day_still_earns_the_discount(days: int, percent: int, late: bool) -> None:
    baseline = date(2026, 3, 1)
    assert discount_percent(USUAL, baseline, baseline + timedelta(days)) == percent
    assert is_overdue(USUAL, baseline, baseline + timedelta(days)) is late


def test_without_discount_and_late() -> None:
    baseline = date(2026, 3, 1)
    assert last_days(USUAL, baseline) == [date(2026, 3, 11), date(2026, 3, 31), date(2026, 4, 30)]
    assert due_date(USUAL, baseline) == date(2026, 4, 30)
    assert [discount_percent(USUAL, baseline, baseline + timedelta(days)) for days in (31, 60, 61)] == [0, 0, 0]
    assert [is_overdue(USUAL, baseline, baseline + timedelta(days)) for days in (60, 61)] == [False, True]


@pytest.mark.parametrize(
    ("terms", "faults"),
    [
        (USUAL, []),
        ((), [("TERMS_PERIODS", "periods")]),
        ((*USUAL, Period(days=90)), [("TERMS_PERIODS", "periods")]),
        ((Period(),), [("TERMS_WITHOUT_END", "periods.0")]),
        ((Period(days=-1),), [("TERMS_DAYS", "periods.0.days")]),
        ((Period(fixed_day=0),), [("TERMS_DAYS", "periods.0.fixedDay")]),
        ((Period(fixed_day=32),), [("TERMS_DAYS", "periods.0.fixedDay")]),
        ((Period(fixed_day=1, additional_months=-1),), [("TERMS_DAYS", "periods.0.additionalMonths")]),
        ((Period(days=1, percent=D(101)),), [("TERMS_PERCENT", "periods.0.percent")]),
        ((Period(days=1, percent=D(-1)),), [("TERMS_PERCENT", "periods.0.percent")]),
        ((Period(days=1, percent=D(1)), Period(days=2, percent=D(2))), [("TERMS_PERCENT", "periods.1.percent")]),
        ((Period(fixed_day=31), Period(days=0, percent=D(0))), []),
    ],
)
def test_what_is_wrong_with_terms(terms: tuple[Period, ...], faults: list[tuple[str, str]]) -> None:
    assert [(each.reason, each.field) for each in refusals_of_terms(terms)] == faults


PARTS = (
    Instalment(InstalmentKind.PERCENT_OF_REST, D(25)),
    Instalment(InstalmentKind.PERCENT_OF_TOTAL, D(25)),
    Instalment(InstalmentKind.FIXED, D(4)),
    Instalment(InstalmentKind.REMAINDER),
)


@pytest.mark.parametrize(
    ("total", "parts", "amounts"),
    [
        ("10.00", PARTS, ["2.50", "2.50", "4.00", "1.00"]),
        ("-10.00", PARTS, ["-2.50", "-2.50", "-4.00", "-1.00"]),
        ("100.00", [Instalment(InstalmentKind.PERCENT_OF_TOTAL, D("33.3333"))] * 3, ["33.33", "33.33", "33.34"]),
        ("8.00", [PARTS[0], PARTS[0], PARTS[3]], ["2.00", "1.50", "4.50"]),
        ("8.00", [PARTS[3], PARTS[0]], ["8.00", "0.00"]),
        ("8.00", [PARTS[0]], ["8.00"]),
    ],
)
def test_instalments(total: str, parts: list[Instalment], amounts: list[str]) -> None:
    assert instalments(D(total), parts, CENT) == [D(amount) for amount in amounts]


figures = st.decimals(0, 100, places=2)


@given(
    st.decimals(-10000, 10000, places=2), st.lists(st.builds(Instalment, st.sampled_from(InstalmentKind), figures), min_size=1)
)
def test_instalments_sum_to_the_whole(total: Decimal, parts: list[Instalment]) -> None:
    found = instalments(total, parts, CENT)
    assert sum(found) == total
    assert len(found) == len(parts)
    assert all(amount == amount.quantize(CENT) for amount in found)
