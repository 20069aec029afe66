"""What a search looked for is read as it was written, whatever the values of its key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.resolvers.kept_conditions import read_search, written_search
from domain.pricing.values import NO_SEARCH, AccessOutcome, KeyField, SearchTrace

KEYS = st.lists(st.sampled_from(KeyField), unique=True, max_size=6).map(tuple)
SEARCHED = st.tuples(st.integers(1, 99), st.text(min_size=1, max_size=8), KEYS)
FOUND = st.tuples(st.sampled_from(AccessOutcome), st.none() | st.just("7"))


@given(
    st.lists(st.tuples(SEARCHED, FOUND), max_size=5),
    st.dictionaries(st.sampled_from(KeyField), st.text(max_size=12)),
)
def test_a_search_is_read_as_it_was_written(
    accesses: list[tuple[tuple[int, str, tuple[KeyField, ...]], tuple[AccessOutcome, str | None]]], fields: dict[str, str]
) -> None:
    search = SearchTrace(tuple(searched for searched, _ in accesses), fields, tuple(found for _, found in accesses))
    assert read_search(written_search(search)) == [each._replace(record_id=None) for each in search.accesses]


def test_no_search_is_an_empty_list() -> None:
    assert written_search(NO_SEARCH) == "[]"
