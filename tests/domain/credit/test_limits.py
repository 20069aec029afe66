"""Limits and grants: what holds on a day, how much of it is used, what is wrong with one, whose account counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.credit.limits import (
    MOST_USED,
    Grant,
    GrantScope,
    HolderCase,
    Limit,
    band,
    headroom,
    limit_on,
    refusals_of_grant,
    refusals_of_holder,
    refusals_of_limit,
    refusals_to_decide,
    share_used,
)
from domain.credit.status import Band

D = Decimal
FIRST, LAST, AFTER = date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)
USUAL, SEASON = Limit(D(100), date(2026, 1, 1)), Limit(D(300), FIRST, LAST)
GRANT = Grant(D(10), GrantScope.CUSTOMER, FIRST, LAST)


@pytest.mark.parametrize(
    ("day", "limits", "limit"),
    [
        pytest.param(date(2025, 12, 31), [USUAL], None, id="the day before it begins there is none"),
        pytest.param(date(2026, 1, 1), [USUAL], D(100), id="on its first day"),
        pytest.param(FIRST, [USUAL, SEASON], D(300), id="one for a while goes before, on its first day"),
        pytest.param(LAST, [SEASON, USUAL], D(300), id="and on its last"),
        pytest.param(AFTER, [USUAL, SEASON], D(100), id="then the one before holds again"),
        pytest.param(AFTER, [SEASON], None, id="or none"),
        pytest.param(FIRST, [], None, id="none at all"),
    ],
)
def test_the_limit_of_a_day(day: date, limits: list[Limit], limit: Decimal | None) -> None:
    assert limit_on(day, limits) == limit


@pytest.mark.parametrize(
    ("grant", "day", "granted"),
    [
        pytest.param(GRANT, FIRST, 10, id="on its first day"),
        pytest.param(GRANT, LAST, 10, id="on its last day"),
        pytest.param(GRANT, AFTER, 0, id="not a day longer"),
        pytest.param(GRANT, date(2026, 2, 28), 0, id="not a day before"),
        pytest.param(replace(GRANT, scope=GrantScope.ORDER, order="7"), FIRST, 10, id="for this order"),
        pytest.param(replace(GRANT, scope=GrantScope.ORDER, order="8"), FIRST, 0, id="for another order"),
        pytest.param(replace(GRANT, scope=GrantScope.AREA, area="1000/10/00"), FIRST, 10, id="for this area"),
        pytest.param(replace(GRANT, scope=GrantScope.AREA, area="1000/20/00"), FIRST, 0, id="for another area"),
    ],
)
def test_a_grant_comes_on_top_for_what_it_is_for(grant: Grant, day: date, granted: int) -> None:
    assert limit_on(day, [USUAL], [grant], order="7", area="1000/10/00") == 100 + granted
    assert limit_on(day, [], [grant], order="7", area="1000/10/00") is None


@pytest.mark.parametrize(
    ("limit", "exposed", "share"),
    [
        pytest.param(D(100), D(80), D(80), id="at 80 percent"),
        pytest.param(D(100), D("80.001"), D("80.01"), id="a little more is more"),
        pytest.param(D(300), D(100), D("33.34"), id="rounded up"),
        pytest.param(D(100), D(0), D(0), id="nothing"),
        pytest.param(D(100), D(-5), D(0), id="paid in advance"),
        pytest.param(D(0), D(1), MOST_USED, id="of nothing, more than all"),
        pytest.param(D(0), D(0), D(0), id="of nothing nothing"),
        pytest.param(None, D("0.01"), MOST_USED, id="of no limit, more than all"),
    ],
)
def test_the_share_of_a_limit_that_is_used(limit: Decimal | None, exposed: Decimal, share: Decimal) -> None:
    assert share_used(limit, exposed) == share


@pytest.mark.parametrize(
    ("limit", "exposed", "blocked", "found"),
    [
        pytest.param(D(100), D("79.99"), False, Band.OK, id="below 80 percent"),
        pytest.param(D(100), D(80), False, Band.NEAR, id="at 80 percent"),
        pytest.param(D(100), D("99.99"), False, Band.NEAR, id="a cent below it"),
        pytest.param(D(100), D(100), False, Band.BLOCKED, id="nothing more can be ordered"),
        pytest.param(D(100), D(101), False, Band.BLOCKED, id="beyond it"),
        pytest.param(D(100), D(0), True, Band.BLOCKED, id="a blocked account"),
        pytest.param(None, D(0), False, Band.BLOCKED, id="no limit"),
        pytest.param(D(0), D(-1), False, Band.OK, id="paid in advance, with a limit of nothing"),
    ],
)
def test_the_band(limit: Decimal | None, exposed: Decimal, blocked: bool, found: Band) -> None:
    assert band(limit, exposed, D(80), blocked=blocked) is found


def test_who_does_not_say_that_an_account_is_blocked_means_that_it_is_not() -> None:
    assert band(D(100), D(0), D(80)) is Band.OK


def test_headroom_is_below_zero_by_what_is_too_much() -> None:
    assert (headroom(D(100), D(30)), headroom(D(100), D(130)), headroom(None, D(3))) == (70, -30, None)


@pytest.mark.parametrize(
    ("amount", "wrong"),
    [
        ("0", False),
        ("0.01", False),
        ("999999999999999.999", False),
        ("999999999999999.9999", True),
        ("0.0001", True),
        ("1.0000", False),
        ("1e15", True),
        ("-0.01", True),
        ("NaN", True),
        ("Infinity", True),
    ],
)
def test_an_amount_that_can_be_a_limit(amount: str, wrong: bool) -> None:
    refusals = refusals_of_limit(D(amount))
    assert [(each.reason, each.field) for each in refusals] == ([("CREDIT_AMOUNT_RANGE", "limit")] if wrong else [])
    assert all(each.values == {"value": str(D(amount))} for each in refusals)
    assert [each.field for each in refusals_of_limit(D(-1), "secured")] == ["secured"]


@pytest.mark.parametrize(
    ("change", "refusals"),
    [
        pytest.param({}, [], id="for all that is ordered"),
        pytest.param({"valid_to": FIRST}, [], id="for a day"),
        pytest.param({"valid_to": date(2026, 2, 28)}, [("CREDIT_PERIOD", "validTo")], id="it ends before it begins"),
        pytest.param({"amount": D(0)}, [("CREDIT_AMOUNT_RANGE", "amount")], id="nothing"),
        pytest.param({"amount": D("0.01")}, [], id="a cent"),
        pytest.param({"amount": D("0.0001")}, [("CREDIT_AMOUNT_RANGE", "amount")], id="finer than any currency"),
        pytest.param({"amount": D("1e15")}, [("CREDIT_AMOUNT_RANGE", "amount")], id="too much"),
        pytest.param({"amount": D("NaN")}, [("CREDIT_AMOUNT_RANGE", "amount")], id="no number"),
        pytest.param({"amount": D("999999999999999")}, [], id="much"),
        pytest.param({"scope": GrantScope.ORDER}, [("CREDIT_SCOPE", "salesOrder")], id="for an order without one"),
        pytest.param({"order": "7"}, [("CREDIT_SCOPE", "salesOrder")], id="for all, with an order"),
        pytest.param({"scope": GrantScope.ORDER, "order": "7"}, [], id="for an order"),
        pytest.param({"scope": GrantScope.AREA}, [("CREDIT_SCOPE", "salesArea")], id="for an area without one"),
        pytest.param({"area": "1000/10/00"}, [("CREDIT_SCOPE", "salesArea")], id="for all, with an area"),
        pytest.param({"scope": GrantScope.AREA, "area": "1000/10/00"}, [], id="for an area"),
    ],
)
def test_what_is_wrong_with_a_grant(change: dict[str, object], refusals: list[tuple[str, str]]) -> None:
    found = refusals_of_grant(replace(GRANT, **change))  # type: ignore[arg-type]  # a table of fields
    assert [(each.reason, each.field) for each in found] == refusals


def test_what_is_wrong_with_a_grant_is_told_with_its_figures() -> None:
    period, amount = (
        refusals_of_grant(replace(GRANT, valid_to=date(2026, 2, 28)))[0],
        refusals_of_grant(replace(GRANT, amount=D(0)))[0],
    )
    assert period.values == {"validFrom": "2026-03-01", "validTo": "2026-02-28"}
    assert amount.values == {"value": "0"}


def test_what_was_asked_for_is_decided_once_and_by_another() -> None:
    assert refusals_to_decide("ann", "ben", waiting=True) == ()
    found = refusals_to_decide("ann", "ann", waiting=False)
    assert [(each.reason, each.field) for each in found] == [
        ("CREDIT_DECIDED", "creditLimitRequest"),
        ("CREDIT_OWN_REQUEST", "creditLimitRequest"),
    ]


@pytest.mark.parametrize(
    ("case", "reasons"),
    [
        pytest.param(HolderCase(own=False), [], id="on a group head's account"),
        pytest.param(HolderCase(own=True, holder_is_member=True, has_members=True), [], id="back on one's own"),
        pytest.param(HolderCase(own=False, holder_is_member=True), ["CREDIT_HOLDER_MEMBER"], id="on a member's"),
        pytest.param(HolderCase(own=False, has_members=True), ["CREDIT_HOLDER_OF_OTHERS"], id="a head's own, elsewhere"),
    ],
)
def test_whose_account_a_customers_documents_count_on(case: HolderCase, reasons: list[str]) -> None:
    found = refusals_of_holder(case)
    assert [(each.reason, each.field) for each in found] == [(reason, "holder") for reason in reasons]
