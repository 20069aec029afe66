"""Statuses: of an item from its quantities, of a document as the fold of its items."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.quantities import BillingBasis, ItemQuantities
from domain.orders.statuses import (
    Axis,
    AxisStatus,
    DocumentStanding,
    ItemStanding,
    SalesOrderStatus,
    folded,
    status_by_quantity,
    status_of_document,
    statuses_of_document,
    statuses_of_item,
)

LETTERS = {"": AxisStatus.NOT_RELEVANT, "A": AxisStatus.NOT_YET, "B": AxisStatus.PARTIAL, "C": AxisStatus.COMPLETE}
GOODS = frozenset({Axis.CONFIRMATION, Axis.DELIVERY, Axis.GOODS_MOVEMENT, Axis.BILLING, Axis.POSTING})
SERVICE = frozenset({Axis.BILLING, Axis.POSTING})
OFFER = frozenset({Axis.REFERENCE})


def an_item(relevant: frozenset[Axis] = GOODS, **quantities: Any) -> ItemStanding:
    """An item of 10 ordered."""
    return ItemStanding(
        ItemQuantities(
            **{"ordered": D(10), **{name: D(value) if isinstance(value, int) else value for name, value in quantities.items()}}
        ),
        relevant,
    )


def letter(status: AxisStatus) -> str:
    return next(each for each, known in LETTERS.items() if known is status)


@pytest.mark.parametrize(
    ("items", "header"),
    [
        ("AA", "A"),
        ("AC", "B"),
        ("BC", "B"),
        ("CC", "C"),
        (" C", "C"),
        ("  ", ""),
        (" A", "A"),
        ("", ""),
        ("BB", "B"),
        ("ABC", "B"),
    ],
)
def test_a_header_is_the_fold_of_its_items(items: str, header: str) -> None:
    assert folded(LETTERS[each.strip()] for each in items) is LETTERS[header]


@pytest.mark.parametrize(("done", "status"), [("0", "A"), ("0.001", "B"), ("9.999", "B"), ("10", "C"), ("11", "C")])
def test_how_far_ten_have_come(done: str, status: str) -> None:
    assert status_by_quantity(D(done), D(10)) is LETTERS[status]


AXES = (
    Axis.REFERENCE,
    Axis.CONFIRMATION,
    Axis.DELIVERY,
    Axis.GOODS_MOVEMENT,
    Axis.BILLING,
    Axis.POSTING,
    Axis.REJECTION,
    Axis.OVERALL,
)


@pytest.mark.parametrize(
    ("item", "letters"),
    [
        pytest.param(an_item(), " AAAAAAA", id="nothing done"),
        pytest.param(an_item(confirmed=10), " CAAAAAA", id="a confirmation is only a promise"),
        pytest.param(an_item(confirmed=10, delivered=4), " CBAAAAB", id="delivered in part"),
        pytest.param(an_item(confirmed=10, delivered=10), " CCAAAAB", id="delivered, still in the plant"),
        pytest.param(an_item(confirmed=10, delivered=10, issued=10), " CCCAAAB", id="left the plant"),
        pytest.param(an_item(confirmed=10, delivered=10, issued=10, billed=10), " CCCCAAC", id="billed, not posted"),
        pytest.param(an_item(confirmed=10, delivered=10, issued=10, billed=10, posted=10), " CCCCCAC", id="posted"),
        pytest.param(
            an_item(delivered=12, issued=12, billed=10), " ACCBAAB", id="delivered beyond the order, that is to be billed too"
        ),
        pytest.param(an_item(rejected=6, confirmed=4, delivered=4, issued=4, billed=4), " CCCCABC", id="the rest rejected"),
        pytest.param(an_item(SERVICE, billed=5, billed_by=BillingBasis.ORDER), "    BAAB", id="a service half billed"),
        pytest.param(an_item(OFFER, referenced=3), "B     AB", id="a quotation ordered in part"),
        pytest.param(an_item(OFFER, referenced=10), "C     AC", id="a quotation ordered"),
        pytest.param(an_item(frozenset()), "      A ", id="a text item"),
        pytest.param(an_item(frozenset(), ordered=0), "      A ", id="an item of nothing is not rejected"),
        pytest.param(an_item(frozenset(), ordered=1, rejected=1), "      C ", id="an item of one that is"),
    ],
)
def test_the_statuses_of_an_item(item: ItemStanding, letters: str) -> None:
    statuses = statuses_of_item(item)
    assert [letter(statuses[axis]) for axis in AXES] == [each.strip() for each in letters]


DONE = an_item(confirmed=10, delivered=10, issued=10, billed=10)
REJECTED = an_item(rejected=10)


@pytest.mark.parametrize(
    ("items", "delivery", "rejection", "status"),
    [
        pytest.param((an_item(), an_item()), "A", "A", "OPEN", id="nothing done"),
        pytest.param((an_item(), DONE), "B", "A", "PARTIAL", id="one of two done"),
        pytest.param((DONE, DONE), "C", "A", "COMPLETE", id="all done"),
        pytest.param((DONE, REJECTED), "C", "B", "COMPLETE", id="a rejected item is left out"),
        pytest.param((an_item(), REJECTED), "A", "B", "OPEN", id="a rejected item is left out of what is open"),
        pytest.param((REJECTED, REJECTED), "", "C", "REJECTED", id="all rejected"),
        pytest.param((DONE, an_item(frozenset())), "C", "A", "COMPLETE", id="a text item hinders nothing"),
        pytest.param((an_item(frozenset()),), "", "A", "COMPLETE", id="nothing to be done"),
        pytest.param((an_item(frozenset(), ordered=0),), "", "A", "COMPLETE", id="an item of nothing is not rejected"),
        pytest.param((an_item(frozenset(), ordered=1, rejected=1),), "", "C", "REJECTED", id="an item of one that is"),
        pytest.param((an_item(rejected=1),), "A", "B", "OPEN", id="a part rejected"),
        pytest.param((), "", "", "OPEN", id="no items yet"),
    ],
)
def test_the_statuses_of_a_document(items: tuple[ItemStanding, ...], delivery: str, rejection: str, status: str) -> None:
    statuses = statuses_of_document(items)
    assert (letter(statuses[Axis.DELIVERY]), letter(statuses[Axis.REJECTION])) == (delivery, rejection)
    assert status_of_document(DocumentStanding(items)) is SalesOrderStatus[status]
    assert status_of_document(DocumentStanding(items, draft=True)) is SalesOrderStatus.DRAFT


STATUSES = st.lists(st.sampled_from(AxisStatus))


@given(STATUSES, STATUSES)
def test_a_fold_of_folds_is_the_fold_of_all(some: list[AxisStatus], others: list[AxisStatus]) -> None:
    """So that a header may be folded anew from its parts, in any order and grouping."""
    assert folded([folded(some), folded(others)]) is folded([*some, *others]) is folded([*others, *some])


QUANTITY = st.integers(0, 12).map(D)
ITEMS = st.lists(
    st.builds(
        lambda rejected, done, relevant: ItemStanding(ItemQuantities(D(10), rejected, *done), frozenset(relevant)),
        st.integers(0, 10).map(D),
        st.lists(QUANTITY, min_size=6, max_size=6),
        st.sets(st.sampled_from(Axis)),
    )
)


@given(ITEMS)
def test_a_document_is_the_fold_of_its_items_on_every_axis(items: list[ItemStanding]) -> None:
    whole = statuses_of_document(items)
    for axis in Axis:
        counted = [each for each in items if axis is Axis.REJECTION or not each.is_rejected]
        parts = {letter(statuses_of_item(each)[axis]) for each in counted} - {""}
        expected = "" if not parts else parts.pop() if len(parts) == 1 else "B"
        assert letter(whole[axis]) == expected
