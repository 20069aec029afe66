"""Cash discount and clearing: what is deducted, and what is left of an open item and of a payment."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.cash_discount import DiscountBase, Taxed, cash_discount
from domain.orders.clearing import Cleared, OpenItem, Shortfall, cleared, distributed, refusals_of_payment

D = Decimal
CENT = D("0.01")
GROSS, NET = DiscountBase.GROSS, DiscountBase.NET


@pytest.mark.parametrize(
    ("amounts", "percent", "base", "gross", "payment", "net", "tax"),
    [
        ([("1500", "15")], "10", GROSS, "1725.00", "1552.50", ["150.00"], "22.50"),
        ([("1500", "15")], "10", NET, "1725.00", "1575.00", ["150.00"], "0"),
        ([("1000", "15"), ("2000", "0")], "10", GROSS, "3150.00", "2835.00", ["100.00", "200.00"], "15.00"),
        ([("10.05", "13"), ("10.05", "13")], "5", GROSS, "22.71", "21.57", ["0.50", "0.51"], "0.13"),
        ([("100", "13")], "0", GROSS, "113.00", "113.00", ["0"], "0"),
        ([("0", "13")], "3", GROSS, "0", "0", ["0"], "0"),
        ([("-100", "13")], "2", GROSS, "-113.00", "-110.74", ["-2.00"], "-0.26"),
    ],
)
def test_a_discount_takes_its_tax_along(
    amounts: list[tuple[str, str]],
    percent: str,
    base: DiscountBase,
    gross: str,
    payment: str,
    net: list[str],
    tax: str,
) -> None:
    taxed = [Taxed(D(amount), D(rate)) for amount, rate in amounts]
    found = cash_discount(taxed, D(percent), base, CENT)
    assert (found.gross, found.payment, found.tax) == (D(gross), D(payment), D(tax))
    assert list(found.net) == [D(each) for each in net]


@given(
    st.lists(st.tuples(st.decimals(0, 999, places=2), st.sampled_from([D(0), D(6), D(13)])), min_size=1),
    figures := st.decimals(0, 100, places=1),
)
def test_payment_and_discount_are_the_whole(amounts: list[tuple[Decimal, Decimal]], percent: Decimal) -> None:
    for base in DiscountBase:
        found = cash_discount([Taxed(*each) for each in amounts], percent, base, CENT)
        assert found.payment + sum(found.net) + found.tax == found.gross
        assert 0 <= found.payment <= found.gross


ITEM = OpenItem(D("1000.00"), D("20.00"))


@pytest.mark.parametrize(
    ("paid", "shortfall", "expected"),
    [
        ("1000", Shortfall.PARTIAL, ("1000", "0", "0", "0")),
        ("980", Shortfall.PARTIAL, ("980", "20", "0", "0")),
        ("990", Shortfall.PARTIAL, ("990", "10", "0", "0")),
        ("979.99", Shortfall.PARTIAL, ("979.99", "0", "20.01", "0")),
        ("979.99", Shortfall.RESIDUAL, ("979.99", "0", "0", "20.01")),
    ],
)
def test_an_item_is_cleared_where_no_more_is_missing_than_may_be(
    paid: str, shortfall: Shortfall, expected: tuple[str, ...]
) -> None:
    found = cleared(ITEM, D(paid), shortfall)
    assert found == Cleared(*map(D, expected))
    assert found.is_cleared is (found.still_open == 0)


def test_a_credit_memo_is_cleared_alike() -> None:
    found = cleared(OpenItem(D(-1000), D(-20)), D(-980))
    assert found == Cleared(D(-980), D(-20), D(0), D(0))


def test_a_payment_goes_over_items_in_their_order_and_the_rest_stays_on_account() -> None:
    items = [ITEM, OpenItem(D(500)), OpenItem(D(300))]
    found, rest = distributed(items, D(1600))
    assert [each.paid for each in found] == [D(980), D(500), D(120)]
    assert [each.still_open for each in found] == [D(0), D(0), D(180)]
    assert rest == 0
    assert distributed(items, D(2000))[1] == D(220)


@given(st.lists(st.builds(OpenItem, st.decimals(1, 999, places=2)), max_size=5), st.decimals(0, 3000, places=2))
def test_no_cent_of_a_payment_is_lost(items: list[OpenItem], payment: Decimal) -> None:
    found, rest = distributed(items, payment)
    assert sum((each.paid for each in found), D(0)) + rest == payment
    for item, each in zip(items, found, strict=True):
        assert each.paid + each.discount + each.still_open + each.residual == item.amount
        assert each.still_open >= 0
    assert rest == 0 or all(each.is_cleared for each in found)


def test_what_is_wrong_with_a_payment() -> None:
    assert [each.reason for each in refusals_of_payment(ITEM, D(0))] == ["CLEARING_NOTHING"]
    assert [each.values for each in refusals_of_payment(ITEM, D(-5))] == [{"value": "-5", "open": "1000.00"}]
    assert list(refusals_of_payment(ITEM, D(5))) == list(refusals_of_payment(OpenItem(D(-5)), D(-1))) == []
