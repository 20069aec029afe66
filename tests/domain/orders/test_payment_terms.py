"""Payment terms: periods by days and by fixed days, cash discount with tax correction, instalments."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.payment_terms import (
    DiscountBase,
    DuePart,
    Instalment,
    PaymentTerms,
    Period,
    Share,
    cash_discount,
    days_overdue,
    discount_percent,
    due_parts,
    end_of,
    faults_of_terms,
    instalment_amounts,
    net_due,
    period_ends,
)

CENT = D("0.01")
USUAL = PaymentTerms("Z360", (Period(10, percent=D(3)), Period(30, percent=D(2)), Period(60)))
OF_TOTAL, OF_REST, AMOUNT, REMAINDER = Share.PERCENT_OF_TOTAL, Share.PERCENT_OF_REST, Share.AMOUNT, Share.REMAINDER


@pytest.mark.parametrize(
    ("period", "baseline", "last_day"),
    [
        pytest.param(Period(), "2026-03-01", "2026-03-01", id="at once"),
        pytest.param(Period(60), "2026-03-01", "2026-04-30", id="60 days"),
        pytest.param(Period(fixed_day=15, additional_months=1), "2026-01-20", "2026-02-15", id="the 15th of the next month"),
        pytest.param(Period(fixed_day=31, additional_months=1), "2026-01-20", "2026-02-28", id="the end of the next month"),
        pytest.param(Period(fixed_day=31, additional_months=1), "2028-01-31", "2028-02-29", id="the end of a leap February"),
        pytest.param(Period(fixed_day=30), "2026-02-10", "2026-02-28", id="the 30th of a February"),
        pytest.param(Period(fixed_day=15), "2026-01-15", "2026-01-15", id="the 15th on a 15th"),
        pytest.param(Period(fixed_day=15), "2026-01-16", "2026-02-15", id="the 15th is over: that of the next month"),
        pytest.param(Period(fixed_day=15, additional_months=3), "2026-11-20", "2027-02-15", id="over the end of the year"),
        pytest.param(Period(31, 15), "2019-01-31", "2019-03-15", id="the first 15th after 31 days"),
        pytest.param(Period(31, 15), "2019-01-15", "2019-02-15", id="which may be the 31st day itself"),
        pytest.param(Period(30, 31), "2026-01-15", "2026-02-28", id="30 days, then the end of the month"),
        pytest.param(Period(additional_months=1), "2026-01-31", "2026-02-28", id="a month"),
    ],
)
def test_when_a_period_ends(period: Period, baseline: str, last_day: str) -> None:
    assert end_of(period, date.fromisoformat(baseline)) == date.fromisoformat(last_day)


@pytest.mark.parametrize(
    ("day", "percent", "overdue"),
    [
        ("2026-03-01", 3, 0),
        ("2026-03-11", 3, 0),
        ("2026-03-12", 2, 0),
        ("2026-03-31", 2, 0),
        ("2026-04-01", 0, 0),
        ("2026-04-30", 0, 0),
        ("2026-05-01", 0, 1),
    ],
)
def test_three_percent_10_days_two_percent_30_days_net_60(day: str, percent: int, overdue: int) -> None:
    baseline, on = date(2026, 3, 1), date.fromisoformat(day)
    assert [str(each) for each in period_ends(USUAL, baseline)] == ["2026-03-11", "2026-03-31", "2026-04-30"]
    assert discount_percent(USUAL, baseline, on) == percent
    assert days_overdue(net_due(USUAL, baseline), on) == overdue


@pytest.mark.parametrize(
    ("invoiced", "due"), [("2026-01-01", "2026-03-02"), ("2026-01-31", "2026-03-02"), ("2026-02-01", "2026-03-30")]
)
def test_thirty_days_after_the_end_of_the_month(invoiced: str, due: str) -> None:
    """月结30天, with 2 % for who pays within ten of them."""
    terms = PaymentTerms("M030", (Period(10, percent=D(2)), Period(30)), begins=Period(fixed_day=31))
    day, end = date.fromisoformat(invoiced), date.fromisoformat(due)
    assert net_due(terms, day) == end
    assert discount_percent(terms, day, end - timedelta(days=20)) == 2
    assert discount_percent(terms, day, end - timedelta(days=19)) == 0
    rest = PaymentTerms("M", begins=Period(fixed_day=31), instalments=(Instalment(REMAINDER, period=Period(30)),))
    assert due_parts(rest, day, D(5), CENT) == (DuePart(end, D(5)),)


@pytest.mark.parametrize(
    ("base", "correction", "nets", "taxes", "found"),
    [
        pytest.param("GROSS", True, ["1500"], ["225"], (["150.00"], ["22.50"], "1552.50"), id="on gross, tax corrected"),
        pytest.param("GROSS", False, ["1500"], ["225"], (["172.50"], ["0"], "1552.50"), id="on gross, tax as it was"),
        pytest.param("NET", False, ["1500"], ["225"], (["150.00"], ["0"], "1575.00"), id="on net"),
        pytest.param(
            "NET", True, ["1500"], ["225"], (["130.43"], ["19.57"], "1575.00"), id="on net, with the tax in it corrected"
        ),
        pytest.param(
            "GROSS",
            True,
            ["1000", "2000"],
            ["150", "0"],
            (["100.00", "200.00"], ["15.00", "0.00"], "2835.00"),
            id="a taxed and an untaxed line",
        ),
        pytest.param("GROSS", True, ["-1500"], ["-225"], (["-150.00"], ["-22.50"], "-1552.50"), id="of a credit memo"),
        pytest.param(
            "GROSS",
            True,
            ["10.05", "10.05"],
            ["1.31", "1.31"],
            (["1.01", "1.00"], ["0.13", "0.13"], "20.45"),
            id="the difference goes to the largest",
        ),
        pytest.param("GROSS", True, ["0"], ["0"], (["0"], ["0"], "0"), id="of nothing"),
    ],
)
def test_ten_percent_off(
    base: str, correction: bool, nets: list[str], taxes: list[str], found: tuple[list[str], list[str], str]
) -> None:
    terms = PaymentTerms("Z", discount_base=DiscountBase[base], tax_correction=correction)
    discount = cash_discount(terms, D(10), [D(each) for each in nets], [D(each) for each in taxes], CENT)
    expected = tuple(map(D, found[0])), tuple(map(D, found[1])), D(found[2])
    assert (discount.nets, discount.taxes, discount.payment) == expected


@pytest.mark.parametrize(
    ("total", "parts", "amounts"),
    [
        pytest.param(
            "10.00",
            [(OF_REST, 25), (OF_TOTAL, 25), (AMOUNT, 4), (REMAINDER, 0)],
            ["2.50", "2.50", "4.00", "1.00"],
            id="of all kinds",
        ),
        pytest.param(
            "-10.00",
            [(OF_REST, 25), (OF_TOTAL, 25), (AMOUNT, 4), (REMAINDER, 0)],
            ["-2.50", "-2.50", "-4.00", "-1.00"],
            id="of a credit memo",
        ),
        pytest.param(
            "100.00",
            [(OF_TOTAL, 50), (OF_REST, 50), (REMAINDER, 0)],
            ["50.00", "25.00", "25.00"],
            id="of the total and of the rest",
        ),
        pytest.param(
            "100.01", [(OF_TOTAL, 50), (OF_TOTAL, 50)], ["50.01", "50.00"], id="the cent of rounding comes off the last"
        ),
        pytest.param(
            "100.00", [(OF_TOTAL, "33.33"), (OF_TOTAL, "33.33"), (OF_TOTAL, "33.34")], ["33.33", "33.33", "33.34"], id="thirds"
        ),
        pytest.param("3.00", [(AMOUNT, 4), (REMAINDER, 0)], ["3.00", "0"], id="no more than there is"),
        pytest.param("100.00", [(REMAINDER, 0)], ["100.00"], id="one"),
        pytest.param("100.00", [], [], id="none"),
    ],
)
def test_instalments(total: str, parts: list[tuple[Share, Any]], amounts: list[str]) -> None:
    instalments = [Instalment(share, D(value)) for share, value in parts]
    assert instalment_amounts(D(total), instalments, CENT) == tuple(map(D, amounts))


def test_what_is_due_when() -> None:
    thirty = Instalment(OF_TOTAL, D(30), Period())
    rest = Instalment(REMAINDER, period=Period(fixed_day=31, additional_months=1))
    day = date(2026, 1, 20)
    assert due_parts(PaymentTerms("Z", instalments=(thirty, rest)), day, D(1000), CENT) == (
        DuePart(day, D(300)),
        DuePart(date(2026, 2, 28), D(700)),
    )
    all_at_once = PaymentTerms("Z", instalments=(Instalment(AMOUNT, D(5000)), rest))
    assert due_parts(all_at_once, day, D(1000), CENT) == (DuePart(day, D(1000)),)
    assert due_parts(USUAL, day, D(1000), CENT) == (DuePart(date(2026, 3, 21), D(1000)),)


@pytest.mark.parametrize(
    ("terms", "reasons"),
    [
        pytest.param(USUAL, [], id="as usual"),
        pytest.param(PaymentTerms("Z", ()), ["TERMS_PERIODS"], id="no period"),
        pytest.param(PaymentTerms("Z", (Period(9999), Period(9999, 31, 99))), [], id="as far away as may be"),
        pytest.param(
            PaymentTerms("Z", (Period(fixed_day=1), Period(fixed_day=1, additional_months=1))), [], id="firsts of months"
        ),
        pytest.param(PaymentTerms("Z", (Period(10_000),)), ["TERMS_PERIOD"], id="too many days"),
        pytest.param(PaymentTerms("Z", (Period(additional_months=100),)), ["TERMS_PERIOD"], id="too many months"),
        pytest.param(
            PaymentTerms("Z", instalments=(Instalment(AMOUNT, D(1)), Instalment(REMAINDER))), [], id="one yuan, then the rest"
        ),
        pytest.param(
            PaymentTerms("Z", instalments=(Instalment(OF_TOTAL, D(100)), Instalment(REMAINDER))),
            ["TERMS_INSTALMENTS"],
            id="all of it, then the rest",
        ),
        pytest.param(PaymentTerms("Z", (Period(),) * 4), ["TERMS_PERIODS"], id="four periods"),
        pytest.param(PaymentTerms("Z", (Period(-1),)), ["TERMS_PERIOD"], id="days before the baseline"),
        pytest.param(PaymentTerms("Z", begins=Period(fixed_day=0)), ["TERMS_PERIOD"], id="a 0th to begin on"),
        pytest.param(PaymentTerms("Z", (Period(fixed_day=32),)), ["TERMS_PERIOD"], id="a 32nd"),
        pytest.param(PaymentTerms("Z", (Period(30), Period(10))), ["TERMS_ORDER"], id="a period that ends before the first"),
        pytest.param(
            PaymentTerms("Z", (Period(10, percent=D(2)), Period(30, percent=D(3)))),
            ["TERMS_PERCENT"],
            id="more for who pays later",
        ),
        pytest.param(PaymentTerms("Z", (Period(10, percent=D(100)), Period(30))), ["TERMS_PERCENT"], id="all of it"),
        pytest.param(
            PaymentTerms("Z", instalments=(Instalment(OF_TOTAL, D(50)), Instalment(OF_TOTAL, D(50)))), [], id="two halves"
        ),
        pytest.param(
            PaymentTerms("Z", instalments=(Instalment(OF_TOTAL, D(50)), Instalment(OF_TOTAL, D(49)))),
            ["TERMS_INSTALMENTS"],
            id="99 %",
        ),
        pytest.param(
            PaymentTerms("Z", instalments=(Instalment(REMAINDER), Instalment(REMAINDER))),
            ["TERMS_INSTALMENTS"],
            id="the remainder first",
        ),
        pytest.param(
            PaymentTerms("Z", instalments=(Instalment(AMOUNT), Instalment(REMAINDER))),
            ["TERMS_INSTALMENTS"],
            id="an instalment of nothing",
        ),
        pytest.param(
            PaymentTerms("Z", instalments=(Instalment(OF_REST, D(50)), Instalment(REMAINDER))),
            [],
            id="half of it, then the rest",
        ),
    ],
)
def test_what_is_wrong_with_terms(terms: PaymentTerms, reasons: list[str]) -> None:
    assert [each.reason for each in faults_of_terms(terms)] == reasons


DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
PERIODS = st.builds(Period, st.integers(0, 400), st.none() | st.integers(1, 31), st.integers(0, 24))
AMOUNTS = st.decimals(-100_000, 100_000, places=2)


@given(PERIODS, DAYS)
def test_no_period_ends_before_its_days_are_over(period: Period, baseline: date) -> None:
    end = end_of(period, baseline)
    assert end >= baseline + timedelta(days=period.days)
    if period.fixed_day is not None:
        assert end.day == period.fixed_day or (end + timedelta(days=1)).day == 1


@given(
    AMOUNTS, st.lists(st.tuples(st.sampled_from([OF_TOTAL, OF_REST, AMOUNT]), st.decimals("0.01", 150, places=2)), max_size=5)
)
def test_instalments_sum_to_the_whole(total: D, parts: list[tuple[Share, D]]) -> None:
    amounts = instalment_amounts(total, [*(Instalment(*each) for each in parts), Instalment(REMAINDER)], CENT)
    assert sum(amounts) == total
    assert all(each * total >= 0 for each in amounts)


@given(
    st.sampled_from(DiscountBase),
    st.booleans(),
    st.decimals(0, 99, places=3),
    st.lists(
        st.tuples(st.decimals("0.01", 10_000, places=2), st.sampled_from([D(0), D("0.06"), D("0.13")])), min_size=1, max_size=5
    ),
)
def test_the_parts_of_a_discount_sum_to_it(base: DiscountBase, correction: bool, percent: D, lines: list[tuple[D, D]]) -> None:
    nets, taxes = [net for net, _ in lines], [(net * rate).quantize(CENT) for net, rate in lines]
    discount = cash_discount(PaymentTerms("Z", discount_base=base, tax_correction=correction), percent, nets, taxes, CENT)
    gross = sum(nets) + sum(taxes)
    assert discount.payment + discount.amount == gross
    exact = (gross if base is DiscountBase.GROSS else sum(nets)) * percent / 100
    assert abs(discount.amount - exact) <= CENT / 2
    assert correction or not any(discount.taxes)
