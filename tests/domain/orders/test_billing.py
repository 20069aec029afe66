"""Billing: due items that may stand in one document do, and each document tells why it is one of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.billing import FULL, DueItem, differing, invoices

HEADER = {"payer": "P1", "terms": "Z30", "incoterms": "EXW"}


def due(number: int, **header: str) -> DueItem:
    return DueItem(number, HEADER | header)


def numbers(items: list[DueItem], most: int | None = None) -> list[list[object]]:
    return [[item.number for item in each.items] for each in invoices(items, most)]


@pytest.mark.parametrize(
    ("items", "most", "groups", "because"),
    [
        pytest.param([], None, [], [], id="nothing is due"),
        pytest.param([due(1), due(2)], None, [[1, 2]], [()], id="alike"),
        pytest.param([due(1), due(2, terms="Z60"), due(3)], None, [[1, 3], [2]], [(), ("terms",)], id="other terms"),
        pytest.param(
            [due(1), due(2, payer="P2", terms="Z60"), due(3, payer="P2")],
            None,
            [[1], [2], [3]],
            [(), ("payer", "terms"), ("payer",)],
            id="told by the document that it is most like",
        ),
        pytest.param(
            [due(1), DueItem(2, {"payer": "P1"})], None, [[1], [2]], [(), ("incoterms", "terms")], id="without a field"
        ),
        pytest.param([due(n) for n in range(7)], 3, [[0, 1, 2], [3, 4, 5], [6]], [(), (FULL,), (FULL,)], id="full"),
        pytest.param(
            [due(1), due(2), due(3, payer="P2"), due(4)], 2, [[1, 2], [4], [3]], [(), (FULL,), ("payer",)], id="full, and other"
        ),
    ],
)
def test_documents_and_why_they_are_apart(
    items: list[DueItem], most: int | None, groups: list[list[int]], because: list[tuple[str, ...]]
) -> None:
    assert numbers(items, most) == groups
    assert [each.because for each in invoices(items, most)] == because


def test_the_fields_in_which_headers_differ() -> None:
    assert differing({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ("b", "c")
    assert differing({}, {}) == ()


items = st.lists(
    st.builds(DueItem, st.integers(), st.fixed_dictionaries({"payer": st.sampled_from("AB"), "terms": st.sampled_from("XY")})),
    unique_by=lambda item: item.number,
)


@given(items, st.one_of(st.none(), st.integers(1, 4)))
def test_each_item_is_billed_once_with_its_like(due_items: list[DueItem], most: int | None) -> None:
    found = invoices(due_items, most)
    assert sorted(item.number for each in found for item in each.items) == sorted(item.number for item in due_items)  # type: ignore[type-var]
    for each in found:
        assert len({tuple(sorted(item.header.items())) for item in each.items}) == 1
        assert most is None or len(each.items) <= most
    told = [each for each in found if each.because != (FULL,)]
    assert len({tuple(sorted(each.items[0].header.items())) for each in told}) == len(told)
