"""Deliveries: the due list, what goes together, picking, goods issue and its reversal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from domain.orders.deliveries import (
    DeliveredPart,
    DeliveryCase,
    DeliveryHeader,
    DeliveryLine,
    DueLine,
    criterion_of,
    deliveries_of,
    due_lines,
    refusals_to_pick,
    refusals_to_post,
    refusals_to_reverse,
    stock_change,
    value_of_delivery,
)
from domain.orders.splitting import SplitReason, reason_of_split

TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)
USUAL = DeliveryHeader("LF", "C1", "C1", "1000", "1100", "S1", "R1", "01", "EXW")
A_LINE = DueLine("50000001", 10, TODAY, D(5), USUAL)


def a_line(order: int = 1, line: int = 10, header: dict[str, Any] | None = None, **change: Any) -> DueLine:
    return replace(A_LINE, order=f"5000000{order}", line=line, header=replace(USUAL, **(header or {})), **change)


@pytest.mark.parametrize(
    ("lines", "due"),
    [
        pytest.param([a_line(2), a_line(1, 20), a_line(1)], [(1, 10), (1, 20), (2, 10)], id="by day, order and line"),
        pytest.param([a_line(day=TOMORROW)], [], id="due tomorrow"),
        pytest.param([a_line(open=D(0))], [], id="nothing open"),
        pytest.param([a_line(open=D("0.5"))], [(1, 10)], id="half of one open"),
        pytest.param([a_line(blocked=True), a_line(line=20)], [(1, 20)], id="a blocked line"),
        pytest.param([a_line(complete=True), a_line(line=20, complete=True, day=TOMORROW)], [], id="delivered complete, and one is not due"),
        pytest.param([a_line(complete=True), a_line(line=20, complete=True, blocked=True)], [], id="delivered complete, and one is blocked"),
        pytest.param([a_line(complete=True), a_line(line=20, complete=True, open=D(0), day=TOMORROW)], [(1, 10)], id="delivered complete, but for what is done"),
        pytest.param([a_line(complete=True), a_line(2, day=TOMORROW, complete=True)], [(1, 10)], id="another order delays none"),
    ],
)  # fmt: skip
def test_what_is_due(lines: list[DueLine], due: list[tuple[int, int]]) -> None:
    assert [(int(each.order[-1]), each.line) for each in due_lines(lines, TODAY)] == due


@pytest.mark.parametrize(
    ("lines", "deliveries", "reason"),
    [
        pytest.param([a_line(1), a_line(2)], [2], None, id="two orders to one place"),
        pytest.param([a_line(1), a_line(2, header={"ship_to": "C2"})], [1, 1], ("ship_to",), id="to two places"),
        pytest.param([a_line(1), a_line(2, header={"plant": "1200", "route": "R2"})], [1, 1], ("plant", "route"), id="from two plants, by two routes"),
        pytest.param([a_line(1, header={"criterion": "1"}), a_line(2, header={"criterion": "2"})], [1, 1], ("criterion",), id="of a customer who takes no orders combined"),
    ],
)  # fmt: skip
def test_what_goes_together(lines: list[DueLine], deliveries: list[int], reason: tuple[str, ...] | None) -> None:
    found = deliveries_of(lines)
    assert [len(each.items) for each in found] == deliveries
    assert reason_of_split(found, len(found) - 1) == (None if reason is None else SplitReason(0, reason))


def test_what_keeps_items_apart() -> None:
    assert (
        criterion_of("1", 10, combines=True, separately=False) == criterion_of("2", 20, combines=True, separately=False) == ""
    )
    assert (
        criterion_of("1", 10, combines=False, separately=False)
        == criterion_of("1", 20, combines=False, separately=False)
        == "1"
    )
    assert criterion_of("1", 10, combines=True, separately=True) != criterion_of("1", 20, combines=True, separately=True)


@pytest.mark.parametrize(
    ("picked", "returns", "reasons"),
    [
        ("0", False, []),
        ("10", False, []),
        ("10.001", False, ["PICKED_BEYOND_DELIVERY"]),
        ("-1", False, ["PICKED_BEYOND_DELIVERY"]),
        ("1", True, ["PICKED_RETURN"]),
    ],
)
def test_picking(picked: str, returns: bool, reasons: list[str]) -> None:
    line = DeliveryLine(10, D(10), returns=returns)
    assert [each.reason for each in refusals_to_pick(line, D(picked), "items.0.picked")] == reasons


PICKED = DeliveryLine(10, D(10), D(10), D(10))
READY = DeliveryCase((PICKED,))


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="picked and in stock"),
        pytest.param({"lines": (replace(PICKED, picked=D(9)),)}, ["NOT_PICKED"], id="not all is picked"),
        pytest.param({"lines": (replace(PICKED, stock=D(9)),)}, ["STOCK_LACKING"], id="not all is in stock"),
        pytest.param({"lines": (PICKED, DeliveryLine(20, D(0)))}, [], id="an empty line hinders nothing"),
        pytest.param({"lines": (DeliveryLine(10, D("0.5"), D("0.5"), D(1)),)}, [], id="half of one"),
        pytest.param({"lines": (DeliveryLine(10, D("0.5")),)}, ["NOT_PICKED", "STOCK_LACKING"], id="half of one, not picked"),
        pytest.param({"lines": (DeliveryLine(20, D(0)),)}, ["DELIVERY_EMPTY"], id="nothing but an empty line"),
        pytest.param({"lines": (DeliveryLine(10, D(10), returns=True),)}, [], id="a return needs neither"),
        pytest.param({"posted": True}, ["GOODS_ISSUE_POSTED"], id="twice"),
        pytest.param(
            {"blocked": True, "incomplete": True}, ["DELIVERY_BLOCKED", "DELIVERY_INCOMPLETE"], id="blocked, incomplete"
        ),
        pytest.param(
            {"approved": False, "credit_blocked": True},
            ["DELIVERY_UNAPPROVED", "DELIVERY_CREDIT_BLOCKED"],
            id="not approved, no credit",
        ),
    ],
)
def test_goods_issue(change: dict[str, Any], reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to_post(replace(READY, **change), "delivery")] == reasons


@pytest.mark.parametrize(
    ("posted", "billed", "reasons"),
    [(True, False, []), (False, False, ["GOODS_ISSUE_NOT_POSTED"]), (True, True, ["GOODS_ISSUE_BILLED"])],
)
def test_the_reversal_of_a_goods_issue(posted: bool, billed: bool, reasons: list[str]) -> None:
    case = replace(READY, posted=posted, billed=billed)
    assert [each.reason for each in refusals_to_reverse(case, "delivery")] == reasons


def test_a_goods_issue_of_which_a_return_takes_back_is_not_reversed() -> None:
    case = replace(READY, posted=True, returned=True)
    assert [each.reason for each in refusals_to_reverse(case, "delivery")] == ["GOODS_ISSUE_RETURNED"]


@pytest.mark.parametrize(("returns", "change"), [(False, -10), (True, 10)])
def test_what_it_does_to_stock(returns: bool, change: int) -> None:
    line = replace(PICKED, returns=returns)
    assert stock_change(line) == change
    assert stock_change(line) + stock_change(line, reversal=True) == 0


CENT = D("0.01")


def a_part(quantity: str, kept: str = "3", net: str = "100", order: str = "100", group: str = "100") -> DeliveredPart:
    return DeliveredPart(D(quantity), D(kept), D(net), D(order), D(group))


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        pytest.param([], "0", id="nothing"),
        pytest.param([a_part("3")], "100", id="all of an order"),
        pytest.param([a_part("1")], "33.33", id="a third of it"),
        pytest.param([a_part("1"), a_part("1"), a_part("1")], "100", id="three thirds of three orders: rounded once"),
        pytest.param([a_part("1", net="50", group="723.45")], "120.58", id="a third of half of an order in another currency"),
        pytest.param([a_part("4")], "133.33", id="more than was ordered"),
        pytest.param([a_part("1", net="0"), a_part("1", order="0", net="0"), a_part("0", kept="0")], "0", id="free goods"),
    ],
)
def test_what_a_delivery_comes_to(parts: list[DeliveredPart], value: str) -> None:
    assert value_of_delivery(parts, CENT) == D(value)
