"""How names are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import normalized, search_text, search_words


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("ABC Steel", "abc steel", id="capitals"),
        pytest.param("ＡＢＣ　钢铁", "abc 钢铁", id="full width, with an ideographic space"),
        pytest.param("ｶﾞﾗｽ", "ガラス", id="half-width katakana with its mark"),
        pytest.param("（上海）有限公司", "(上海)有限公司", id="full-width parentheses"),
        pytest.param("上海宝钢", "上海宝钢", id="Chinese stays"),
        pytest.param("１２３", "123", id="full-width digits"),
        pytest.param("  a \t b\n\nc ", "a b c", id="runs of spaces, tabs and line ends"),
        pytest.param("a\u00a0b\u2003c\u2028d", "a b c d", id="spaces of every sort"),
        pytest.param("a\x00b", "a b", id="a character that cannot be stored"),
        pytest.param("Straße", "strasse", id="a sharp s"),
        pytest.param("STRASSE", "strasse", id="and its capitals"),
        pytest.param("Cafe\u0301", "caf\u00e9", id="an accent of its own"),
        pytest.param("ΣΊΣΥΦΟΣ", "σίσυφοσ", id="a final sigma"),
        pytest.param("ﬁle №5", "file no5", id="ligatures"),
        pytest.param("㈱東京", "(株)東京", id="a company sign"),
        pytest.param("a_b%c", "a_b%c", id="signs of like stay what they are"),
    ],
)
def test_the_one_written_form(typed: str, form: str) -> None:
    assert normalized(typed) == form


@given(st.text())
def test_the_written_form_of_a_written_form_is_itself(text: str) -> None:
    assert normalized(normalized(text)) == normalized(text)


@given(st.text(), st.text())
def test_a_written_form_holds_single_spaces_only_and_none_at_its_ends(before: str, after: str) -> None:
    form = normalized(f"{before} {after}")
    assert form == " ".join(form.split())
    assert "\n" not in form
    assert "\x00" not in form


@given(st.text(st.characters(codec="ascii")))
def test_case_never_matters(text: str) -> None:
    assert normalized(text.upper()) == normalized(text.lower()) == normalized(text)


def test_a_search_looks_through_the_parts_that_are_there_each_on_its_line() -> None:
    assert search_text("１００1", None, "", "ABC　钢铁\nLtd") == "1001\nabc 钢铁 ltd"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param(" 　 ", (), id="spaces only"),
        pytest.param("宝钢", ("宝钢",), id="one word"),
        pytest.param("ＡＢＣ　钢铁 abc", ("abc", "钢铁"), id="each once, in their order"),
    ],
)
def test_the_words_of_a_search(typed: str, words: tuple[str, ...]) -> None:
    assert search_words(typed) == words


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_row_is_found_by_each_of_its_own_words(parts: list[str]) -> None:
    """A search finds rows whose text holds every word: also those typed as the row itself is."""
    text = search_text(*parts)
    assert all(word in text for part in parts for word in search_words(part))
