"""Sales areas and patterns: what is read, what is refused, what lies in what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.areas import CODE, Area, Pattern, area_of, covers, matches, meet, pattern_of, text_of
from domain.errors import Invalid, Refusal
from tests.random_policies import CELLS, patterns

MALFORMED = [
    pytest.param("", id="empty"),
    pytest.param("1000", id="one part"),
    pytest.param("1000/10", id="two parts"),
    pytest.param("1000/10/00/1", id="four parts"),
    pytest.param("/1000/10/00", id="a slash before"),
    pytest.param("1000/10/00/", id="a slash behind"),
    pytest.param("1000//00", id="an empty part"),
    pytest.param("1000/10/ ", id="a blank part"),
    pytest.param(" 1000/10/00", id="a space before"),
    pytest.param("1000/10/00\n", id="a line end behind"),
    pytest.param("1000/10/00\x00", id="a character that cannot be stored"),
    pytest.param("1000,2000/10/00", id="a comma"),
    pytest.param("1000'/10/00", id="a quote"),
    pytest.param('10"00/10/00', id="a double quote"),
    pytest.param("1000\\/10/00", id="a backslash"),
    pytest.param("10%0/10/00", id="a sign of like"),
    pytest.param("10**/10/00", id="two stars in a part"),
    pytest.param("1*/10/00", id="a star for a part of a code"),
    pytest.param("10?0/10/00", id="another shell's pattern"),
    pytest.param("{1000}/10/00", id="braces"),
    pytest.param("(1000)/10/00", id="parentheses, which Casbin's files nest"),
    pytest.param("10000000001/10/00", id="eleven characters"),
    pytest.param("１０００/10/00", id="full-width digits"),
    pytest.param("١٠٠٠/10/00", id="digits of another script"),
    pytest.param("上海/10/00", id="letters of another script"),
    pytest.param("é/10/00", id="an accent"),
]


@pytest.mark.parametrize("text", ["1000/10/00", "a/B/c", "0000000001/x-y/_._", "-/./_"])
def test_an_area_is_read_and_written_alike(text: str) -> None:
    assert text_of(area_of(text)) == text
    assert area_of(text) == tuple(text.split("/"))


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_area_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        area_of(text, "salesArea")
    assert refused.value.refusals == (Refusal("AREA_MALFORMED", "salesArea", {"value": text}),)


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_pattern_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        pattern_of(text, "areas")
    assert refused.value.refusals == (Refusal("PATTERN_MALFORMED", "areas", {"value": text}),)


@pytest.mark.parametrize("text", ["*/*/*", "1000/*/*", "*/10/00", "1000/10/*", "*", "1000/*"])
def test_a_pattern_is_never_read_as_an_area(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        area_of(text, "salesArea")
    assert refused.value.refusals == (Refusal("AREA_IS_PATTERN", "salesArea", {"value": text}),)


@pytest.mark.parametrize("text", ["*/*/*", "1000/*/*", "*/10/00", "1000/10/00"])
def test_a_pattern_is_read_and_written_alike(text: str) -> None:
    assert text_of(pattern_of(text)) == text


@given(st.text(max_size=12))
def test_a_code_is_refused_or_stands_for_itself_alone(code: str) -> None:
    """Whatever is let through has nothing in it that a pattern, a list or a quotation could be made of."""
    text = f"{code}/10/00"
    try:
        area = area_of(text)
    except Invalid:
        return
    assert area == (code, "10", "00")
    assert code.isascii()
    assert not set(code) & set("*/,'\"\\ \n\t()[]{}%")
    assert matches(Pattern(area), area)


@given(st.from_regex(CODE, fullmatch=True))
def test_every_well_formed_code_is_read(code: str) -> None:
    assert area_of(f"{code}/{code}/{code}") == (code, code, code)


@pytest.mark.parametrize(
    ("pattern", "area", "inside"),
    [
        ("*/*/*", "1000/10/00", True),
        ("1000/*/*", "1000/10/00", True),
        ("1000/*/*", "2000/10/00", False),
        ("*/10/*", "2000/10/00", True),
        ("*/10/*", "2000/20/00", False),
        ("1000/10/00", "1000/10/00", True),
        ("1000/10/00", "1000/10/01", False),
        ("100/*/*", "1000/10/00", False),
        ("1000/*/*", "100/10/00", False),
        ("ab/*/*", "AB/10/00", False),
        ("./*/*", "x/10/00", False),
    ],
)
def test_which_areas_a_pattern_has(pattern: str, area: str, inside: bool) -> None:
    assert matches(pattern_of(pattern), area_of(area)) is inside


@given(patterns, patterns)
def test_the_meeting_of_two_patterns_has_the_areas_of_both(one: Pattern, other: Pattern) -> None:
    common = meet(one, other)
    inside: list[Area] = [] if common is None else [cell for cell in CELLS if matches(common, cell)]
    assert inside == [cell for cell in CELLS if matches(one, cell) and matches(other, cell)]


@given(patterns, patterns)
def test_a_pattern_covers_another_exactly_when_it_has_all_its_areas(wide: Pattern, narrow: Pattern) -> None:
    assert covers(wide, narrow) is all(matches(wide, cell) for cell in CELLS if matches(narrow, cell))
