"""Statuses: of items by their quantities, of headers by their items, axis by axis."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.statuses import Axis, Progress, Status, folded, status_of, statuses_of_header, statuses_of_item

N, A, B, C = Status.NOT_RELEVANT, Status.NOT_YET, Status.PARTIAL, Status.COMPLETE


@pytest.mark.parametrize(
    ("done", "whole", "status"),
    [
        ("0", "0", N),
        ("5", "0", N),
        ("0", "10", A),
        ("0.001", "10", B),
        ("9.999", "10", B),
        ("10", "10", C),
        ("11", "10", C),
        ("0", "-10", A),
        ("-4", "-10", B),
        ("-10", "-10", C),
    ],
)
def test_a_quantity_is_not_yet_partly_or_completely_done(done: str, whole: str, status: Status) -> None:
    assert status_of(Decimal(done), Decimal(whole)) is status


@pytest.mark.parametrize(
    ("statuses", "status"),
    [([], N), ([N, N], N), ([A, A], A), ([A, C], B), ([A, B], B), ([C, N], C), ([C, C], C), ([N, A], A), ([B], B)],
)
def test_many_statuses_are_one(statuses: list[Status], status: Status) -> None:
    assert folded(statuses) is status


def item(ordered: str = "10", **more: Any) -> dict[Axis, Status]:
    quantities = {key: value if isinstance(value, bool) else Decimal(value) for key, value in more.items()}
    return statuses_of_item(Progress(Decimal(ordered), **quantities))


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        ({}, {Axis.DELIVERY: A, Axis.GOODS_MOVEMENT: N, Axis.BILLING: A, Axis.REJECTION: A, Axis.OVERALL: A}),
        ({"confirmed": "10"}, {Axis.CONFIRMATION: C, Axis.OVERALL: A}),
        ({"delivered": "4"}, {Axis.DELIVERY: B, Axis.GOODS_MOVEMENT: A, Axis.OVERALL: B}),
        ({"delivered": "10", "issued": "4"}, {Axis.DELIVERY: C, Axis.GOODS_MOVEMENT: B, Axis.OVERALL: B}),
        (
            {"delivered": "10", "issued": "10", "billed": "10", "posted": "10"},
            {Axis.DELIVERY: C, Axis.GOODS_MOVEMENT: C, Axis.BILLING: C, Axis.POSTING: C, Axis.OVERALL: C},
        ),
        ({"rejected": "6", "delivered": "4"}, {Axis.DELIVERY: C, Axis.REJECTION: B, Axis.OVERALL: B}),
        ({"rejected": "10"}, {Axis.DELIVERY: N, Axis.BILLING: N, Axis.REJECTION: C, Axis.OVERALL: C}),
        ({"needs_delivery": False, "billed": "10"}, {Axis.CONFIRMATION: N, Axis.DELIVERY: N, Axis.BILLING: C, Axis.OVERALL: C}),
        ({"needs_billing": False}, {Axis.BILLING: N, Axis.POSTING: N, Axis.OVERALL: A}),
        (
            {"needs_reference": True, "needs_delivery": False, "needs_billing": False, "referenced": "3"},
            {Axis.REFERENCE: B, Axis.OVERALL: B},
        ),
    ],
)
def test_an_item_on_each_axis(progress: dict[str, Any], expected: dict[Axis, Status]) -> None:
    found = item(**progress)
    assert {axis: found[axis] for axis in expected} == expected


def test_rejected_items_count_for_rejection_alone() -> None:
    done = item(delivered="10", issued="10", billed="10", posted="10")
    found = statuses_of_header([done, item(rejected="10")])
    assert (found[Axis.DELIVERY], found[Axis.OVERALL], found[Axis.REJECTION]) == (C, C, B)
    found = statuses_of_header([item(rejected="10"), item(rejected="10")])
    assert (found[Axis.DELIVERY], found[Axis.OVERALL], found[Axis.REJECTION]) == (N, C, C)
    assert set(statuses_of_header([]).values()) == {N}


_progress = st.builds(
    Progress,
    ordered=st.integers(1, 5).map(Decimal),
    rejected=st.integers(0, 1).map(Decimal),
    delivered=st.integers(0, 5).map(Decimal),
    issued=st.integers(0, 5).map(Decimal),
    billed=st.integers(0, 5).map(Decimal),
    needs_delivery=st.booleans(),
    needs_billing=st.booleans(),
)


@given(st.lists(_progress, max_size=5))
def test_a_header_is_what_its_items_agree_on_whatever_their_order(items: list[Progress]) -> None:
    told = [statuses_of_item(each) for each in items]
    found = statuses_of_header(told)
    assert found == statuses_of_header(told[::-1])
    for axis, status in found.items():
        standing = [each[axis] for each in told if axis is Axis.REJECTION or each[Axis.REJECTION] is not C]
        relevant = [each for each in standing if each is not N]
        if status is C and axis is not Axis.OVERALL:
            assert relevant
            assert set(relevant) == {C}
        if status is A:
            assert set(relevant) == {A}
