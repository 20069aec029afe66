"""Billing: split and its explanation, taxes per rate, signs, what stands against billing and cancelling."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.billing import (
    BillingCase,
    BillingHeader,
    CancelCase,
    DueItem,
    TaxedLine,
    TaxGroup,
    advance_lacking,
    invoices_of,
    line_taxes,
    net_of,
    receivable,
    refusals_of_vat,
    refusals_to_bill,
    refusals_to_cancel,
    tax_groups,
)
from domain.orders.categories import DocumentCategory
from domain.orders.quantities import BillingBasis, ItemQuantities
from domain.orders.splitting import SplitReason, differing_fields, reason_of_split

CENT = D("0.01")
USUAL = BillingHeader(payer="P1", payment_terms="Z30", billing_date=date(2026, 1, 31), incoterms="EXW", currency="CNY")


def due(*changes: dict[str, Any]) -> list[DueItem]:
    return [DueItem(str(number), replace(USUAL, **change)) for number, change in enumerate(changes, 1)]


@pytest.mark.parametrize(
    ("items", "most", "groups", "reasons"),
    [
        pytest.param(due({}, {}), None, [["1", "2"]], [None], id="alike: together"),
        pytest.param(
            due({}, {"payment_terms": "Z60"}, {}, {"payer": "P2", "payment_terms": "Z60"}),
            None,
            [["1", "3"], ["2"], ["4"]],
            [None, SplitReason(0, ("payment_terms",)), SplitReason(1, ("payer",))],
            id="other terms, another payer: beside the invoice that is most alike",
        ),
        pytest.param(due({}, {"billing_date": date(2026, 2, 1)}), None, [["1"], ["2"]], [None, SplitReason(0, ("billing_date",))], id="another date"),
        pytest.param(due({}, {"currency": "USD"}), None, [["1"], ["2"]], [None, SplitReason(0, ("currency",))], id="another currency"),
        pytest.param(due({}, {"criterion": "order 2"}), None, [["1"], ["2"]], [None, SplitReason(0, ("criterion",))], id="what the payer asks"),
        pytest.param(due({}, {}, {}, {}, {}), 2, [["1", "2"], ["3", "4"], ["5"]], [None, SplitReason(0, ()), SplitReason(0, ())], id="two lines at most"),
        pytest.param(due(), 5, [], [], id="nothing due"),
    ],
)  # fmt: skip
def test_how_due_items_become_invoices(
    items: list[DueItem], most: int | None, groups: list[list[str]], reasons: list[SplitReason | None]
) -> None:
    invoices = invoices_of(items, most)
    assert [[item.key for item in invoice.items] for invoice in invoices] == groups
    assert [reason_of_split(invoices, place) for place in range(len(invoices))] == reasons


HEADERS = st.builds(
    BillingHeader, payer=st.sampled_from("AB"), currency=st.sampled_from(["CNY", "USD"]), incoterms=st.sampled_from(["", "EXW"])
)


@given(st.lists(HEADERS, max_size=30), st.none() | st.integers(1, 5))
def test_nothing_is_billed_twice_or_left_out(headers: list[BillingHeader], most: int | None) -> None:
    items = [DueItem(str(place), header) for place, header in enumerate(headers)]
    invoices = invoices_of(items, most)
    assert sorted(item.key for invoice in invoices for item in invoice.items) == sorted(item.key for item in items)
    assert all(1 <= len(invoice.items) <= (most or len(items)) for invoice in invoices)
    assert all(item.header == invoice.header for invoice in invoices for item in invoice.items)
    for place in range(1, len(invoices)):
        reason = reason_of_split(invoices, place)
        assert reason is not None
        assert reason.fields == differing_fields(invoices[reason.beside].header, invoices[place].header)
        assert reason.fields or len(invoices[reason.beside].items) == most


def lines(*rows: tuple[str, str]) -> list[TaxedLine]:
    return [TaxedLine(D(net), D(rate)) for net, rate in rows]


@pytest.mark.parametrize(
    ("rows", "groups", "taxes"),
    [
        pytest.param(lines(("4.19", "20"), ("8.38", "20")), [("20", "12.57", "2.51")], ["0.84", "1.67"], id="exact on the sum, the difference to the largest"),
        pytest.param(lines(("100", "13"), ("50", "9"), ("100", "13")), [("13", "200", "26.00"), ("9", "50", "4.50")], ["13.00", "4.50", "13.00"], id="a group per rate"),
        pytest.param(lines(("0.05", "10"), ("0.05", "10"), ("0.05", "10")), [("10", "0.15", "0.02")], ["0.00", "0.01", "0.01"], id="of equals the first takes it"),
        pytest.param(lines(("10", "13"), ("-10", "13")), [("13", "0", "0.00")], ["1.30", "-1.30"], id="lines that cancel each other out"),
        pytest.param(lines(("0.05", "10"), ("-0.10", "10"), ("0.05", "10")), [("10", "0.00", "0.00")], ["0.01", "-0.02", "0.01"], id="and that round otherwise"),
        pytest.param(lines(), [], [], id="no line"),
    ],
)  # fmt: skip
def test_taxes(rows: list[TaxedLine], groups: list[tuple[str, str, str]], taxes: list[str]) -> None:
    assert tax_groups(rows, CENT) == tuple(TaxGroup(*map(D, each)) for each in groups)
    assert line_taxes(rows, CENT) == tuple(map(D, taxes))


@pytest.mark.parametrize(
    ("gross", "rate", "net"),
    [("113", "13", "100.00"), ("100", "13", "88.50"), ("100", "0", "100.00"), ("-109", "9", "-100.00")],
)
def test_what_contains_a_tax_comes_to_less_without_it(gross: str, rate: str, net: str) -> None:
    assert net_of(D(gross), D(rate), CENT) == D(net)


@given(st.lists(st.tuples(st.decimals(-10_000, 10_000, places=2), st.sampled_from([D(0), D(6), D(9), D(13)])), max_size=20))
def test_the_taxes_of_lines_sum_to_their_groups(rows: list[tuple[D, D]]) -> None:
    every = [TaxedLine(*row) for row in rows]
    taxes = line_taxes(every, CENT)
    for group in tax_groups(every, CENT):
        assert sum(tax for tax, line in zip(taxes, every, strict=True) if line.rate == group.rate) == group.tax


@pytest.mark.parametrize(
    ("taxes", "prices", "reasons"),
    [
        (["13.00"], ["10"], []),
        (["13.06"], ["10"], []),
        (["13.07"], ["10"], ["VAT_LINE_TAX"]),
        (["13.00"], ["10.001"], []),
        (["13.00"], ["10.002"], ["VAT_LINE_AMOUNT"]),
        (["13.00"], [None], []),
    ],
)
def test_the_tolerances_of_the_tax_authority(taxes: list[str], prices: list[str | None], reasons: list[str]) -> None:
    found = refusals_of_vat(
        lines(("100", "13")), [D(each) for each in taxes], [None if each is None else D(each) for each in prices], [D(10)]
    )
    assert [(each.reason, each.values["line"]) for each in found] == [(reason, 1) for reason in reasons]


@pytest.mark.parametrize(
    ("category", "change"),
    [("INVOICE", "100"), ("DEBIT_MEMO", "100"), ("CREDIT_MEMO", "-100"), ("PRO_FORMA", "0")],
)
def test_what_a_document_does_to_what_the_payer_owes(category: str, change: str) -> None:
    assert receivable(DocumentCategory[category], D(100)) == D(change)


ISSUED = ItemQuantities(D(10), delivered=D(8), issued=D(5), billed=D(2))


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({"quantity": D(3)}, [], id="what is due"),
        pytest.param({"quantity": D("0.5")}, [], id="half of a piece of it"),
        pytest.param({"quantity": D(6)}, ["BILLING_BEFORE_GOODS_ISSUE"], id="all that was delivered"),
        pytest.param({"quantity": D(4)}, ["BILLING_BEFORE_GOODS_ISSUE"], id="what was delivered and has not left"),
        pytest.param({"quantity": D(7)}, ["BILLED_BEYOND_DUE"], id="more than was delivered"),
        pytest.param({"quantity": D(0)}, ["BILLED_NOTHING"], id="nothing"),
        pytest.param(
            {"quantity": D(6), "quantities": replace(ISSUED, billed_by=BillingBasis.DELIVERY)}, [], id="billed by delivery"
        ),
        pytest.param(
            {"quantity": D(8), "quantities": replace(ISSUED, billed_by=BillingBasis.ORDER)}, [], id="invoice first 已售未提"
        ),
        pytest.param(
            {"quantity": D(9), "quantities": replace(ISSUED, billed_by=BillingBasis.ORDER)},
            ["BILLED_BEYOND_DUE"],
            id="beyond the order",
        ),
        pytest.param({"blocked": True}, ["BILLING_BLOCKED"], id="a billing block"),
        pytest.param({"incomplete": True, "approved": False}, ["BILLING_INCOMPLETE", "BILLING_UNAPPROVED"], id="not ready"),
    ],
)
def test_what_may_be_billed(change: dict[str, Any], reasons: list[str]) -> None:
    found = refusals_to_bill(replace(BillingCase(ISSUED, D(3)), **change), 20, "items.1")
    assert [each.reason for each in found] == reasons
    assert all(str(each.field).startswith("items.1.") and each.values["line"] == 20 for each in found)


@pytest.mark.parametrize(
    ("case", "reasons"),
    [
        pytest.param(CancelCase(DocumentCategory.INVOICE), [], id="an invoice"),
        pytest.param(CancelCase(DocumentCategory.CREDIT_MEMO), [], id="a credit memo"),
        pytest.param(CancelCase(DocumentCategory.CANCELLATION), ["CANCEL_NOT_POSTED"], id="a cancellation"),
        pytest.param(CancelCase(DocumentCategory.PRO_FORMA), ["CANCEL_NOT_POSTED"], id="a pro forma"),
        pytest.param(CancelCase(DocumentCategory.INVOICE, cancelled=True), ["CANCELLED_ALREADY"], id="twice"),
        pytest.param(
            CancelCase(DocumentCategory.INVOICE, settled=D("0.01")), ["CANCEL_CLEARED"], id="one that is paid in part"
        ),
        pytest.param(CancelCase(DocumentCategory.INVOICE, credited=True), ["CANCEL_CREDITED"], id="one that was credited"),
    ],
)
def test_what_may_be_cancelled(case: CancelCase, reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to_cancel(case)] == reasons


@pytest.mark.parametrize(
    ("percent", "advances", "lacking"),
    [
        ("100", [], "1130.00"),
        ("30", ["100"], "239.00"),
        ("30", ["300", "39"], "0"),
        ("30", ["999"], "0"),
        ("33.333", [], "376.66"),
    ],
)
def test_what_is_still_to_be_collected_first(percent: str, advances: list[str], lacking: str) -> None:
    assert advance_lacking(D("1130.00"), D(percent), [D(each) for each in advances], CENT) == D(lacking)
