"""Document flow: in both directions, with quantities and values, and the sums of items as a fold of it."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.categories import DocumentCategory
from domain.orders.copy_control import QuantityEffect
from domain.orders.flow import Flow, Link, Node, Taken
from domain.orders.quantities import ItemQuantities, broken_balances

C, E = DocumentCategory, QuantityEffect


def a_link(
    before: str, after: str, category: DocumentCategory, effect: QuantityEffect = E.NONE, quantity: int = 0, value: int = 0
) -> Link:
    """A link of lines 10."""
    return Link(Node(before, 10), Node(after, 10), category, effect, D(quantity), D(value))


# a quotation of 10, two orders; of the first two deliveries, issued and billed in one invoice, which was cancelled and made anew
LINKS = (
    a_link("QT1", "OR1", C.SALES_ORDER, E.REFERENCED, 6, 600),
    a_link("QT1", "OR2", C.SALES_ORDER, E.REFERENCED, 4, 400),
    a_link("OR1", "LF1", C.DELIVERY, E.DELIVERED, 2, 200),
    a_link("OR1", "LF2", C.DELIVERY, E.DELIVERED, 3, 300),
    a_link("LF1", "GI1", C.GOODS_ISSUE, E.ISSUED, 2),
    a_link("LF2", "GI2", C.GOODS_ISSUE, E.ISSUED, 3),
    a_link("LF1", "F1", C.INVOICE, E.BILLED, 2, 200),
    a_link("LF2", "F1", C.INVOICE, E.BILLED, 3, 300),
    a_link("F1", "S1", C.CANCELLATION),
    a_link("LF1", "S1", C.CANCELLATION, E.BILLED, -2, -200),
    a_link("LF2", "S1", C.CANCELLATION, E.BILLED, -3, -300),
    a_link("LF1", "F2", C.INVOICE, E.BILLED, 2, 200),
    a_link("F2", "RE1", C.RETURN, E.RETURNED, 1, 100),
)
FLOW = Flow(LINKS)


def test_what_follows_and_what_goes_before() -> None:
    assert [link.successor.number for link in FLOW.successors(Node("QT1", 10))] == ["OR1", "OR2"]
    assert [link.successor.number for link in FLOW.successors(Node("QT1"))] == ["OR1", "OR2"]
    assert [(link.predecessor.number, link.quantity) for link in FLOW.predecessors(Node("F1"))] == [("LF1", 2), ("LF2", 3)]
    assert FLOW.successors(Node("QT1", 20)) == FLOW.predecessors(Node("QT1")) == ()


@pytest.mark.parametrize(
    ("of", "documents"),
    [
        ("QT1", {"QT1", "OR1", "OR2", "LF1", "LF2", "GI1", "GI2", "F1", "S1", "F2", "RE1"}),
        ("OR1", {"QT1", "OR1", "LF1", "LF2", "GI1", "GI2", "F1", "S1", "F2", "RE1"}),
        ("F2", {"QT1", "OR1", "LF1", "F2", "RE1"}),
        ("OR2", {"QT1", "OR2"}),
        ("ZZ", {"ZZ"}),
    ],
)
def test_every_document_before_and_after(of: str, documents: set[str]) -> None:
    found = [node.number for node in FLOW.documents(Node(of, 10))]
    assert set(found) == documents
    assert len(found) == len(documents)
    for link in LINKS:
        if {link.predecessor.number, link.successor.number} <= documents:
            assert found.index(link.predecessor.number) < found.index(link.successor.number)


def test_quantities_and_values_that_were_taken() -> None:
    assert FLOW.taken(Node("QT1", 10), E.REFERENCED) == Taken(D(10), D(1000))
    assert FLOW.taken(Node("LF2", 10), E.BILLED) == Taken(D(0), D(0))
    assert FLOW.taken(Node("LF1", 10), E.BILLED) == Taken(D(2), D(200))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("QT1", ItemQuantities(D(10), referenced=D(10))),
        ("OR1", ItemQuantities(D(10), delivered=D(5), issued=D(5), billed=D(2), returned=D(1))),
        ("OR2", ItemQuantities(D(10))),
    ],
)
def test_the_sums_of_an_item_are_a_fold_of_its_flow(node: str, expected: ItemQuantities) -> None:
    found = FLOW.recomputed(Node(node, 10), ItemQuantities(D(10), billed=D(99)))
    assert found == expected
    assert broken_balances(found) == ()


EDGES = st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda edge: edge[0] < edge[1]), max_size=20)


@given(EDGES, st.integers(0, 8))
def test_whatever_follows_what_each_stands_after_all_it_follows(edges: set[tuple[int, int]], of: int) -> None:
    flow = Flow(a_link(str(before), str(after), C.SALES_ORDER) for before, after in sorted(edges))
    found = [int(node.number) for node in flow.documents(Node(str(of)))]

    def reached(start: int, step: dict[int, set[int]]) -> set[int]:
        every, new = {start}, {start}
        while new:
            new = {each for node in new for each in step.get(node, set())} - every
            every |= new
        return every

    after = {one: {other for start, other in edges if start == one} for one, _ in edges}
    before = {other: {one for one, end in edges if end == other} for _, other in edges}
    assert set(found) == reached(of, after) | reached(of, before)
    assert all(found.index(one) < found.index(other) for one, other in edges if one in found and other in found)
