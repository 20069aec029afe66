"""Copy control: what of a document is copied, and what stands against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.copy_control import (
    EFFECTS,
    TAKEN,
    AskedLine,
    CopiedItem,
    CopyRule,
    ItemCopy,
    QuantityEffect,
    SourceCase,
    SourceItem,
    Takes,
    copied_items,
    copy_rule,
    refusals_to_copy,
    refusals_to_reference_document,
    targets_of,
)
from domain.orders.quantities import BillingBasis, ItemQuantities

REFERENCE = CopyRule("QT", "OR", (ItemCopy("AGN"),), Takes.OPEN_TO_REFERENCE, QuantityEffect.REFERENCED)
COPY = CopyRule("OR", "OR", (ItemCopy("TAN", "TAN"),))
ITEMS = (
    SourceItem(10, "AGN", ItemQuantities(D(10), referenced=D(4))),
    SourceItem(20, "AGN", ItemQuantities(D(5), referenced=D(5))),
    SourceItem(30, "TATX", ItemQuantities(D(1))),
    SourceItem(40, "AGN", ItemQuantities(D(8), rejected=D(8))),
)


def test_the_rule_of_two_types() -> None:
    assert copy_rule([COPY, REFERENCE], "QT", "OR") is REFERENCE
    assert copy_rule([COPY, REFERENCE], "OR", "QT") is None
    assert targets_of([COPY, REFERENCE, replace(COPY, target="LF")], "OR") == ("OR", "LF")


@pytest.mark.parametrize(
    ("rule", "asked", "copied", "reasons"),
    [
        pytest.param(REFERENCE, None, [(10, 6)], [], id="all that is open"),
        pytest.param(REFERENCE, {10: 2}, [(10, 2)], [], id="a part"),
        pytest.param(REFERENCE, {10: 7}, [(10, 7)], ["COPY_BEYOND"], id="more than is open"),
        pytest.param(REFERENCE, {20: 1}, [(20, 1)], ["COPY_BEYOND"], id="what is all taken"),
        pytest.param(REFERENCE, {10: 0}, [], ["COPY_BEYOND"], id="nothing of it"),
        pytest.param(
            REFERENCE, {10: 1, 30: 1, 50: 1}, [(10, 1)], ["COPY_LINE", "COPY_LINE"], id="a text, and a line that is not there"
        ),
        pytest.param(replace(REFERENCE, whole=True), {10: 5}, [(10, 5)], ["COPY_IN_PART"], id="a part of what is taken whole"),
        pytest.param(replace(REFERENCE, whole=True), {10: 6}, [(10, 6)], [], id="the whole"),
        pytest.param(replace(REFERENCE, items=(ItemCopy("ZZZ"),)), None, [], ["COPY_NOTHING"], id="no item that is copied"),
    ],
)
def test_what_is_copied(
    rule: CopyRule, asked: dict[int, int] | None, copied: list[tuple[int, int]], reasons: list[str]
) -> None:
    wanted = None if asked is None else [AskedLine(line, D(quantity)) for line, quantity in asked.items()]
    assert copied_items(rule, ITEMS, wanted) == tuple(CopiedItem(line, None, D(quantity)) for line, quantity in copied)
    found = refusals_to_copy(rule, ITEMS, wanted, "items")
    assert [each.reason for each in found] == reasons


@pytest.mark.parametrize(
    ("beyond", "asked", "reasons"), [("0", 7, ["COPY_BEYOND"]), ("1", 7, []), ("1", 8, ["COPY_BEYOND"]), (None, 99, [])]
)
def test_more_than_is_left_where_it_is_agreed(beyond: str | None, asked: int, reasons: list[str]) -> None:
    items = [replace(ITEMS[0], beyond=None if beyond is None else D(beyond))]
    assert [each.reason for each in refusals_to_copy(REFERENCE, items, [AskedLine(10, D(asked))], "items")] == reasons


def test_a_line_that_is_asked_for_twice_is_refused_at_both_places() -> None:
    refusals = refusals_to_copy(REFERENCE, ITEMS, [AskedLine(10, D(1)), AskedLine(10, D(1))], "items")
    assert [(each.reason, each.field) for each in refusals] == [("LINE_TWICE", "items.0"), ("LINE_TWICE", "items.1")]


def test_a_plain_copy_takes_what_is_not_rejected_and_as_much_as_is_asked() -> None:
    items = [SourceItem(10, "TAN", ItemQuantities(D(10), rejected=D(3), delivered=D(7)))]
    assert copied_items(COPY, items) == (CopiedItem(10, "TAN", D(7)),)
    assert refusals_to_copy(COPY, items, [AskedLine(10, D(99))], "items") == ()


DELIVERED = ItemQuantities(D(10), rejected=D(1), delivered=D(8), issued=D(6), billed=D(4), referenced=D(2), returned=D(1))


@pytest.mark.parametrize(
    ("takes", "quantity"),
    [
        (Takes.ALL, 9),
        (Takes.OPEN_TO_REFERENCE, 7),
        (Takes.OPEN_TO_DELIVER, 1),
        (Takes.DUE_TO_BILL, 2),
        (Takes.OPEN_TO_RETURN, 5),
    ],
)
def test_which_quantity_is_taken(takes: Takes, quantity: int) -> None:
    assert TAKEN[takes](DELIVERED) == quantity


def test_what_was_billed_first_comes_back_as_it_was_billed() -> None:
    assert TAKEN[Takes.OPEN_TO_RETURN](replace(DELIVERED, billed_by=BillingBasis.ORDER)) == 3


SUMS = {
    QuantityEffect.REFERENCED: "referenced",
    QuantityEffect.DELIVERED: "delivered",
    QuantityEffect.BILLED: "billed",
    QuantityEffect.RETURNED: "returned",
}


@given(st.sampled_from(sorted(SUMS, key=lambda each: each.name)), st.lists(st.decimals("0.001", 20, places=3), max_size=8))
def test_however_often_it_is_referenced_nothing_is_taken_twice(effect: QuantityEffect, wishes: list[D]) -> None:
    """Each wish that is not refused enters the sum; in the end no more is taken than there is."""
    (takes,) = EFFECTS[effect]
    rule = CopyRule("A", "B", (ItemCopy("TAN"),), takes, effect)
    item = ItemQuantities(D(10), delivered=D(0) if effect is QuantityEffect.DELIVERED else D(10), issued=D(10))
    for wish in wishes:
        if not refusals_to_copy(rule, [SourceItem(10, "TAN", item)], [AskedLine(10, wish)], "items"):
            item = replace(item, **{SUMS[effect]: getattr(item, SUMS[effect]) + wish})
    assert getattr(item, SUMS[effect]) <= 10


A_QUOTATION = SourceCase("20000001", date(2026, 3, 31), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="on its last day"),
        pytest.param({"day": date(2026, 4, 1)}, ["REFERENCE_OVER"], id="a day later"),
        pytest.param({"valid_to": None}, [], id="one that never ends"),
        pytest.param({"incomplete": True}, ["REFERENCE_INCOMPLETE"], id="an incomplete one"),
        pytest.param({"approved": False}, ["REFERENCE_UNAPPROVED"], id="one that the customer has not approved"),
        pytest.param({"cancelled": True}, ["REFERENCE_CANCELLED"], id="one that is cancelled"),
    ],
)
def test_what_may_be_referenced(change: dict[str, Any], reasons: list[str]) -> None:
    case = replace(A_QUOTATION, **change)
    assert [each.reason for each in refusals_to_reference_document(case, REFERENCE, "OR", "reference")] == reasons
    unruled = refusals_to_reference_document(case, None, "OR", "reference")
    assert [each.reason for each in unruled] == ["REFERENCE_NOT_ALLOWED", *reasons]
