"""Clearing: full, partial, residual, over-payment, credits, advances, discounts, and its reset."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.clearing import (
    Assigned,
    Clearing,
    ItemCase,
    OpenItem,
    ResetCase,
    Treatment,
    cleared,
    refusals_to_clear,
    refusals_to_reset,
    reopened,
)
from domain.orders.payment_terms import CashDiscount

DUE = date(2026, 3, 1)
CENT = D("0.01")
PARTIAL, RESIDUAL = Treatment.PARTIAL, Treatment.RESIDUAL


def an_item(open_amount: str, discount: tuple[str, str] | None = None, key: str = "90000001") -> OpenItem:
    """An open item; its discount as net and tax."""
    deducted = (
        None
        if discount is None
        else CashDiscount((D(discount[0]),), (D(discount[1]),), D(open_amount) - D(discount[0]) - D(discount[1]))
    )
    return OpenItem(key, D(open_amount), DUE, deducted)


def pay(amount: str, *assigned: Assigned) -> Clearing:
    return cleared(D(amount), assigned, CENT)


def for_it(open_amount: str, amount: str | None = None, treatment: Treatment = PARTIAL, **more: Any) -> Assigned:
    return Assigned(an_item(open_amount, **more), None if amount is None else D(amount), treatment)


@pytest.mark.parametrize(
    ("clearing", "paid", "percent"),
    [
        pytest.param(pay("500"), "0", None, id="an advance settles nothing"),
        pytest.param(pay("60", for_it("100")), "60", "0", id="in part, without discount"),
        pytest.param(pay("98", for_it("100", discount=("1.77", "0.23"))), "98", "2", id="all of it, two percent as discount"),
        pytest.param(pay("95", for_it("100", discount=("5", "0"))), "95", "5", id="exactly five percent"),
        pytest.param(pay("95.01", for_it("100", "95.01", discount=("5", "0"))), "95.01", "4.99", id="a cent less than that"),
        pytest.param(
            pay("2850.03", for_it("3000.03", discount=("150", "0"))), "2850.03", "5", id="five percent but for half a cent"
        ),
        pytest.param(pay("0", for_it("-95"), for_it("100", discount=("5", "0"))), "95", "5", id="paid with what was in hand"),
        pytest.param(
            pay("195", for_it("100"), for_it("100", discount=("5", "0"))), "195", "2.5", id="of all that it settles together"
        ),
    ],
)
def test_how_much_of_debts_a_payment_pays_and_what_of_them_is_discount(
    clearing: Clearing, paid: str, percent: str | None
) -> None:
    assert clearing.paid == D(paid)
    assert clearing.discount_percent == (None if percent is None else D(percent))


@pytest.mark.parametrize(
    ("clearing", "settled", "on_account"),
    [  # of each item: paid, discount, left open, residual
        pytest.param(pay("100", for_it("100")), [(100, 0, 0, 0)], 0, id="in full"),
        pytest.param(pay("60", for_it("100")), [(60, 0, 40, 0)], 0, id="in part"),
        pytest.param(pay("60", for_it("100", treatment=RESIDUAL)), [(60, 0, 0, 40)], 0, id="a residual item for the rest"),
        pytest.param(pay("120", for_it("100")), [(100, 0, 0, 0)], 20, id="an over-payment stays on account"),
        pytest.param(pay("500"), [], 500, id="an advance: for no item"),
        pytest.param(pay("98", for_it("100", discount=("1.77", "0.23"))), [(98, 2, 0, 0)], 0, id="with cash discount"),
        pytest.param(
            pay("100", for_it("100", discount=("1.77", "0.23"))), [(98, 2, 0, 0)], 2, id="more than was asked with it"
        ),
        pytest.param(pay("97", for_it("100", discount=("1.77", "0.23"))), [(97, 0, 3, 0)], 0, id="no discount on a part"),
        pytest.param(
            pay("100", for_it("100", "100", discount=("1.77", "0.23"))), [(100, 0, 0, 0)], 0, id="without the discount, as said"
        ),
        pytest.param(
            pay("99", for_it("100", "99", discount=("1.77", "0.23"))), [(99, 1, 0, 0)], 0, id="with less than might be deducted"
        ),
        pytest.param(
            pay("97", for_it("100", "97", discount=("1.77", "0.23"))), [(97, 0, 3, 0)], 0, id="more deducted than may be"
        ),
        pytest.param(
            pay("98", for_it("100", "98", discount=("1.77", "0.23"))), [(98, 2, 0, 0)], 0, id="with the discount, as said"
        ),
        pytest.param(pay("150", for_it("100"), for_it("100")), [(100, 0, 0, 0), (50, 0, 50, 0)], 0, id="two, in their order"),
        pytest.param(
            pay("150", for_it("100", "70"), for_it("100")), [(70, 0, 30, 0), (80, 0, 20, 0)], 0, id="two, one with an amount"
        ),
        pytest.param(
            pay("70", for_it("100"), for_it("-30")), [(100, 0, 0, 0), (-30, 0, 0, 0)], 0, id="the rest beside a credit memo"
        ),
        pytest.param(
            pay("0", for_it("100"), for_it("-130")), [(100, 0, 0, 0), (-100, 0, -30, 0)], 0, id="an advance against its invoice"
        ),
        pytest.param(
            pay("0", for_it("-40"), for_it("100")), [(-40, 0, 0, 0), (40, 0, 60, 0)], 0, id="a credit that does not suffice"
        ),
        pytest.param(
            pay("100", for_it("100"), for_it("-30")), [(100, 0, 0, 0), (0, 0, -30, 0)], 0, id="a credit that is not needed"
        ),
        pytest.param(pay("-30", for_it("-30")), [(-30, 0, 0, 0)], 0, id="a credit memo paid out"),
        pytest.param(
            pay("0", for_it("100"), for_it("-130", "20")), [(20, 0, 80, 0), (-20, 0, -110, 0)], 0, id="so much of a credit"
        ),
        pytest.param(pay("0", for_it("100", treatment=RESIDUAL)), [(0, 0, 100, 0)], 0, id="nothing came"),
        pytest.param(
            pay("0", for_it("-130"), for_it("100", discount=("1.77", "0.23"))),
            [(-98, 0, -32, 0), (98, 2, 0, 0)],
            0,
            id="an advance, less the discount",
        ),
        pytest.param(
            pay("0", for_it("0.50"), for_it("-0.50")), [(D("0.5"), 0, 0, 0), (D("-0.5"), 0, 0, 0)], 0, id="half a yuan of each"
        ),
    ],
)
def test_what_a_payment_settles(clearing: Clearing, settled: list[tuple[D | int, ...]], on_account: int) -> None:
    assert [(each.paid, each.discounted, each.left_open, each.residual) for each in clearing.settled] == settled
    assert clearing.on_account == on_account
    assert [each.cleared for each in clearing.settled] == [not left for _, _, left, _ in settled]


def test_a_smaller_discount_is_one_of_nets_and_taxes_in_the_same_proportion() -> None:
    (settled,) = pay("99", for_it("100", "99", discount=("1.77", "0.23"))).settled
    assert settled.discount == CashDiscount((D("0.88"),), (D("0.12"),), D(99))
    (whole,) = pay("98", for_it("100", "98", discount=("1.77", "0.23"))).settled
    assert whole.discount == CashDiscount((D("1.77"),), (D("0.23"),), D(98))


AMOUNTS = st.decimals("0.01", 1000, places=2)
ASSIGNED = st.builds(
    lambda open_amount, credit, share, treatment, given_amount: Assigned(
        OpenItem(
            "x",
            -open_amount if credit else open_amount,
            DUE,
            None if credit or share is None else CashDiscount(((open_amount * share).quantize(D("0.01")),), (), D(0)),
        ),
        None if given_amount is None else min(given_amount, open_amount),
        treatment,
    ),
    AMOUNTS,
    st.booleans(),
    st.none() | st.decimals(0, "0.05", places=2),
    st.sampled_from(Treatment),
    st.none() | AMOUNTS,
)


@given(st.decimals(0, 3000, places=2), st.lists(ASSIGNED, max_size=6))
def test_no_cent_is_lost_and_a_reset_gives_all_back(amount: D, assigned: list[Assigned]) -> None:
    clearing = cleared(amount, assigned, CENT)
    assert clearing.on_account >= 0
    assert amount == sum(each.paid for each in clearing.settled) + clearing.on_account
    for each, asked in zip(clearing.settled, assigned, strict=True):
        assert each.item.open == each.paid + each.discounted + each.left_open + each.residual
        assert each.paid * each.item.open >= 0
        assert abs(each.paid) <= abs(asked.item.open if asked.amount is None else asked.amount)
        assert not each.discounted or each.cleared
    given_back = reopened(clearing, [each.left_open for each in clearing.settled])
    assert [each.open for each in given_back] == [each.item.open for each in assigned]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, []),
        ({"item": an_item("0")}, ["CLEARING_CLOSED"]),
        ({"same_payer": False, "same_currency": False}, ["CLEARING_PAYER", "CLEARING_CURRENCY"]),
        ({"blocked": True}, ["CLEARING_BLOCKED"]),
        ({"amount": D(100)}, []),
        ({"amount": D("0.01")}, []),
        ({"amount": D("100.01")}, ["CLEARING_BEYOND_OPEN"]),
        ({"amount": D(0)}, ["CLEARING_BEYOND_OPEN"]),
        ({"item": an_item("-100"), "amount": D(100)}, []),
    ],
)
def test_what_may_be_cleared(change: dict[str, Any], reasons: list[str]) -> None:
    found = refusals_to_clear(ItemCase(**{"item": an_item("100"), **change}), "items.0")
    assert [each.reason for each in found] == reasons


@pytest.mark.parametrize(
    ("case", "reasons"),
    [
        (ResetCase(), []),
        (ResetCase(reset=True), ["RESET_ALREADY"]),
        (ResetCase(approved=False), ["RESET_UNAPPROVED"]),
        (ResetCase(residual_used=True, on_account_used=True), ["RESET_RESIDUAL_USED", "RESET_ON_ACCOUNT_USED"]),
    ],
)
def test_what_may_be_reset(case: ResetCase, reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to_reset(case)] == reasons
