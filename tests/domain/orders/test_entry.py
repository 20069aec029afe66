"""Entering documents and payments: for whom, with whom, on which terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest

from domain.customer import BlockScope, PartnerFunction
from domain.errors import Invalid, Refused
from domain.orders.categories import DocumentCategory
from domain.orders.document_types import NumberRange, OrderType, PaymentMethod, next_number
from domain.orders.entry import EntryCase, Partners, chosen_partner, refusals_to_choose, refusals_to_enter
from domain.orders.payments import PaymentEntry, in_currency, refusals_to_enter_payment
from domain.pricing.values import ExchangeRate

TODAY, YESTERDAY = date(2026, 3, 2), date(2026, 3, 1)
ORDER = OrderType("OR", "Standard order", "标准订单", DocumentCategory.SALES_ORDER, "ORDER")
QUOTATION = OrderType("QT", "Quotation", "报价单", DocumentCategory.QUOTATION, "QUOTATION", has_validity=True)
RETURN = OrderType("RE", "Return", "退货单", DocumentCategory.RETURN, "RETURN", needs_reference=True)
AN_ORDER = EntryCase(ORDER, "100001", 2, TODAY)
A_QUOTATION = EntryCase(QUOTATION, "100001", 2, TODAY, valid_to=TODAY)


@pytest.mark.parametrize(
    ("case", "change", "reasons"),
    [
        pytest.param(AN_ORDER, {}, [], id="an order"),
        pytest.param(AN_ORDER, {"approved": False}, ["CUSTOMER_NOT_APPROVED"], id="an order for an unapproved customer"),
        pytest.param(A_QUOTATION, {"approved": False}, [], id="who may be quoted"),
        pytest.param(
            AN_ORDER, {"blocks": frozenset({BlockScope.ORDER})}, ["CUSTOMER_BLOCKED"], id="for one blocked for orders"
        ),
        pytest.param(AN_ORDER, {"blocks": frozenset({BlockScope.BILLING})}, [], id="for one blocked for billing"),
        pytest.param(A_QUOTATION, {"blocks": frozenset({BlockScope.ORDER})}, [], id="who may be quoted too"),
        pytest.param(A_QUOTATION, {"deleted": True}, ["CUSTOMER_DELETED"], id="for one flagged for deletion"),
        pytest.param(AN_ORDER, {"lines": 0}, ["ITEMS_RANGE"], id="without items"),
        pytest.param(AN_ORDER, {"lines": 1}, [], id="of one item"),
        pytest.param(A_QUOTATION, {"valid_from": TODAY}, [], id="a quotation for a day"),
        pytest.param(AN_ORDER, {"lines": 10_000}, [], id="of 10,000 items"),
        pytest.param(AN_ORDER, {"lines": 10_001}, ["ITEMS_RANGE"], id="of 10,001 items"),
        pytest.param(A_QUOTATION, {"valid_to": None}, ["VALIDITY_NEEDED"], id="a quotation for ever"),
        pytest.param(A_QUOTATION, {"valid_to": YESTERDAY}, ["VALIDITY_OVER"], id="a quotation that is over"),
        pytest.param(A_QUOTATION, {"valid_from": date(2026, 3, 3)}, ["VALIDITY_REVERSED"], id="one that ends before it begins"),
        pytest.param(AN_ORDER, {"order_type": RETURN}, ["REFERENCE_NEEDED"], id="a return of nothing"),
        pytest.param(AN_ORDER, {"order_type": RETURN, "referenced": True}, [], id="a return of an order"),
    ],
)
def test_what_may_be_entered(case: EntryCase, change: dict[str, Any], reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to_enter(replace(case, **change))] == reasons


@pytest.mark.parametrize(
    ("available", "asked", "chosen", "reasons"),
    [
        pytest.param(["1"], None, "1", [], id="the only one"),
        pytest.param(["1", "2"], "2", "2", [], id="one of several"),
        pytest.param(["1", "2"], None, None, ["PARTNER_TO_BE_CHOSEN"], id="one of several must be chosen"),
        pytest.param(["1"], "3", "3", ["PARTNER_NOT_OF_CUSTOMER"], id="a ship-to of another customer"),
        pytest.param([], None, None, [], id="none is there"),
    ],
)
def test_partners(available: list[str], asked: str | None, chosen: str | None, reasons: list[str]) -> None:
    partners = Partners(PartnerFunction.SHIP_TO, available, asked)
    assert chosen_partner(partners) == chosen
    refusals = refusals_to_choose(partners)
    assert [each.reason for each in refusals] == reasons
    assert all(each.field == "shipTo" for each in refusals)


TEN = NumberRange("TEN", 1, 10)


@pytest.mark.parametrize(("last", "number"), [(None, 1), (1, 2), (9, 10)])
def test_the_next_number(last: int | None, number: int) -> None:
    assert next_number(TEN, last) == number


def test_a_number_range_ends() -> None:
    with pytest.raises(Refused) as refused:
        next_number(TEN, 10)
    assert [(each.reason, each.values) for each in refused.value.refusals] == [("NUMBER_RANGE_EXHAUSTED", {"value": "TEN"})]


CASH = PaymentMethod("K", "Cash", "现金")
A_PAYMENT = PaymentEntry(D("100.00"), "CNY", CASH, TODAY, TODAY)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="cash"),
        pytest.param({"amount": D(0)}, ["PAYMENT_AMOUNT"], id="nothing"),
        pytest.param({"amount": D(-1)}, ["PAYMENT_AMOUNT"], id="less than nothing"),
        pytest.param({"amount": D("NaN")}, ["PAYMENT_AMOUNT"], id="no number"),
        pytest.param({"amount": D("1e13")}, [], id="as much as may be"),
        pytest.param({"amount": D("1e40")}, ["PAYMENT_AMOUNT"], id="more than there is"),
        pytest.param({"amount": D("0.001")}, ["PAYMENT_DECIMALS"], id="a tenth of a cent"),
        pytest.param({"amount": D("0.5"), "currency": "JPY"}, ["PAYMENT_DECIMALS"], id="half a yen"),
        pytest.param({"amount": D("0.001"), "currency": "KWD"}, [], id="a fils"),
        pytest.param({"method": replace(CASH, needs_account=True)}, ["PAYMENT_ACCOUNT"], id="a transfer from nowhere"),
        pytest.param({"method": replace(CASH, needs_account=True), "account": "6222"}, [], id="a transfer"),
        pytest.param({"method": replace(CASH, needs_reference=True)}, ["PAYMENT_REFERENCE"], id="a cheque without number"),
        pytest.param({"method": replace(CASH, needs_reference=True), "reference": "7"}, [], id="a cheque"),
        pytest.param({"day": date(2026, 3, 3)}, ["PAYMENT_FUTURE"], id="tomorrow"),
    ],
)
def test_what_a_payment_needs(change: dict[str, Any], reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to_enter_payment(replace(A_PAYMENT, **change))] == reasons


RATES = [
    ExchangeRate("USD", "CNY", date(2026, 1, 1), Fraction("7.1")),
    ExchangeRate("USD", "JPY", date(2026, 1, 1), Fraction("149.995")),
]


@pytest.mark.parametrize(
    ("amount", "currencies", "found"),
    [
        ("10.01", ("USD", "CNY"), "71.07"),
        ("71", ("CNY", "USD"), "10.00"),
        ("1", ("USD", "JPY"), "150"),
        ("1.23", ("EUR", "EUR"), "1.23"),
    ],
)
def test_an_amount_in_another_currency(amount: str, currencies: tuple[str, str], found: str) -> None:
    assert in_currency(D(amount), *currencies, RATES, TODAY) == D(found)


@pytest.mark.parametrize(("currencies", "day"), [(("EUR", "CNY"), TODAY), (("USD", "CNY"), date(2025, 12, 31))])
def test_a_currency_without_rate_is_refused(currencies: tuple[str, str], day: date) -> None:
    with pytest.raises(Invalid) as refused:
        in_currency(D(1), *currencies, RATES, day)
    assert [(each.reason, each.field) for each in refused.value.refusals] == [("PAYMENT_RATE", "currency")]
