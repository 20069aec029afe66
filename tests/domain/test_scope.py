"""The scope algebra against what it means: the requests that pass, in every cell that could differ."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.activity import Reach
from domain.areas import Area, Pattern, pattern_of
from domain.scope import (
    ALL,
    EMPTY,
    EVERYTHING,
    NOT_AT_ALL,
    NOTHING,
    OWN,
    OWN_EVERYWHERE,
    UNLIMITED,
    Branch,
    Grant,
    Level,
    Region,
    Scope,
    scope_of,
)
from tests.random_policies import (
    CELLS,
    CODES,
    MEASURES,
    REQUESTS,
    allowed_by,
    allowed_by_hand,
    cells_of,
    grants,
    patterns,
    scopes,
)


def a_grant(pattern: str, reach: Reach = Reach.ALL, limit: str | None = None) -> Grant:
    return Grant(pattern_of(pattern), reach, None if limit is None else Decimal(limit))


# --------------------------------------------------------------------------------------------------------------- levels

TO_FIVE = Level(Decimal(5), Decimal(5))


@pytest.mark.parametrize(
    ("level", "own", "measure", "passes"),
    [
        pytest.param(ALL, False, None, True, id="without limit a missing measure passes"),
        pytest.param(ALL, False, "1E+30", True, id="without limit every measure passes"),
        pytest.param(NOTHING, True, None, False, id="nothing lets a missing measure fail"),
        pytest.param(NOTHING, True, "-1E+30", False, id="nothing lets every measure fail"),
        pytest.param(OWN, True, None, True, id="own lets one's own pass"),
        pytest.param(OWN, False, None, False, id="own lets nobody else's pass"),
        pytest.param(TO_FIVE, False, "5", True, id="a limit is inclusive"),
        pytest.param(TO_FIVE, False, "5.000000001", False, id="above a limit fails"),
        pytest.param(TO_FIVE, False, None, False, id="a missing measure fails a limit"),
        pytest.param(Level(NOT_AT_ALL, Decimal(5)), True, "5", True, id="a limit on one's own"),
        pytest.param(Level(NOT_AT_ALL, Decimal(5)), False, "5", False, id="a limit on one's own says nothing of others'"),
        pytest.param(Level(Decimal(5), UNLIMITED), True, None, True, id="one's own may reach further than others'"),
    ],
)
def test_what_a_level_lets_pass(level: Level, own: bool, measure: str | None, passes: bool) -> None:
    assert level.allows(own, None if measure is None else Decimal(measure)) is passes


# ---------------------------------------------------------------------------------------------- what grants come to


@given(st.lists(grants, max_size=5), st.lists(patterns, max_size=3))
def test_a_scope_allows_what_some_grant_allows_and_no_denial_denies(allowances: list[Grant], denials: list[Pattern]) -> None:
    assert allowed_by(scope_of(allowances, denials)) == allowed_by_hand(allowances, denials)


@given(st.lists(grants, max_size=5), st.lists(patterns, max_size=3), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_grants_matters(
    allowances: list[Grant], denials: list[Pattern], random: object
) -> None:
    shuffled, reversed_denials = [*allowances, *allowances], denials[::-1] + denials
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert scope_of(shuffled, reversed_denials) == scope_of(allowances, denials)


@pytest.mark.parametrize(
    ("allowances", "denials", "scope"),
    [
        pytest.param([], [], EMPTY, id="no grant is nothing"),
        pytest.param([], ["1000/*/*"], EMPTY, id="a denial alone is nothing"),
        pytest.param([a_grant("*/*/*")], [], EVERYTHING, id="everywhere without limit is everything"),
        pytest.param([a_grant("*/*/*", Reach.OWN)], [], OWN_EVERYWHERE, id="own everywhere"),
        pytest.param([a_grant("*/*/*"), a_grant("1000/10/00")], [], EVERYTHING, id="a grant inside another is nothing new"),
        pytest.param([a_grant("*/*/*"), a_grant("1000/10/00", Reach.OWN)], [], EVERYTHING, id="nor is own inside all"),
        pytest.param([a_grant("*/*/*"), a_grant("1000/*/*", limit="5")], [], EVERYTHING, id="nor is a limit inside none"),
        pytest.param([a_grant("1000/10/00")], ["1000/*/*"], EMPTY, id="a denial around a grant leaves nothing"),
        pytest.param([a_grant("*/*/*")], ["*/*/*"], EMPTY, id="a denial everywhere leaves nothing"),
        pytest.param(
            [a_grant("1000/*/*")],
            ["2000/*/*", "*/99/*"],
            scope_of([a_grant("1000/*/*")], [Pattern(("1000", "99", "*"))]),
            id="of a denial only what meets a grant counts",
        ),
    ],
)
def test_scopes_that_say_the_same_are_the_same(allowances: list[Grant], denials: list[str], scope: Scope) -> None:
    assert scope_of(allowances, map(pattern_of, denials)) == scope


def test_a_scope_of_one_differing_code_names_that_code_only() -> None:
    scope = scope_of([a_grant("*/*/*")], [Pattern(("*", "20", "*"))])
    assert scope.codes() == (frozenset(), frozenset({"20"}), frozenset())
    assert scope.root == Branch(Branch(ALL, (("20", NOTHING),)))
    assert not scope.is_everything
    assert not scope.is_empty


def test_codes_that_a_scope_need_not_tell_apart_are_not_named() -> None:
    scope = scope_of([a_grant("1000/*/*"), a_grant("1000/10/*"), a_grant("*/*/*", Reach.OWN)], [Pattern(("2000", "*", "*"))])
    assert scope.codes() == (frozenset({"1000", "2000"}), frozenset(), frozenset())


def test_a_hundred_organizations_stay_one_floor() -> None:
    organizations = [f"{number:04}" for number in range(100)]
    scope = scope_of(a_grant(f"{code}/*/*") for code in organizations)
    assert scope.root == Branch(NOTHING, tuple((code, ALL) for code in organizations))
    assert all(scope.allows(Area((code, "10", "00")), False) for code in organizations)
    assert not scope.allows(Area(("0100", "10", "00")), True)
    assert scope.organizations == 100


@pytest.mark.parametrize(
    ("grants", "denials", "organizations"),
    [
        (["1000/10/*", "1000/20/*", "2000/*/00"], [], 2),
        (["1000/*/*", "2000/*/*"], ["2000/*/*"], 1),
        (["*/10/*"], [], None),
        (["*/*/*"], ["1000/*/*"], None),
        (["*/*/*"], [], None),
        ([], [], None),
    ],
)
def test_a_scope_knows_in_how_many_organizations_anything_is_allowed(
    grants: list[str], denials: list[str], organizations: int | None
) -> None:
    assert scope_of(map(a_grant, grants), map(pattern_of, denials)).organizations == organizations


def test_codes_are_compared_letter_by_letter() -> None:
    scope = scope_of([a_grant("ab/10/00")])
    assert scope.allows(Area(("ab", "10", "00")), False)
    for other in ("AB", "a", "abc", "ab."):
        assert not scope.allows(Area((other, "10", "00")), True)


# -------------------------------------------------------------------------------------------------------- the algebra


@given(scopes, scopes)
def test_a_union_allows_what_either_allows(one: Scope, other: Scope) -> None:
    assert allowed_by(one | other) == allowed_by(one) | allowed_by(other)


@given(scopes, scopes)
def test_an_intersection_allows_what_both_allow(one: Scope, other: Scope) -> None:
    assert allowed_by(one & other) == allowed_by(one) & allowed_by(other)


@given(scopes, scopes)
def test_a_difference_keeps_ones_limits_wherever_it_reaches_further(one: Scope, other: Scope) -> None:
    """In a cell, on others' or on one's own records, either all of the one's limit is left or nothing."""
    expected = set()
    beyond = allowed_by(one) - allowed_by(other)
    for cell in CELLS:
        for own in (False, True):
            mine, theirs = (scope.level(cell).own if own else scope.level(cell).others for scope in (one, other))
            if mine > theirs:
                expected |= {each for each in allowed_by(one) if (each.area, each.own) == (cell, own)}
    assert allowed_by(one - other) == expected
    assert beyond <= expected <= allowed_by(one)


@given(scopes, scopes)
def test_a_scope_contains_another_exactly_when_it_allows_all_of_it(one: Scope, other: Scope) -> None:
    assert (other in one) is (allowed_by(other) <= allowed_by(one))
    assert (one - other).is_empty is (one in other)


@given(scopes, scopes)
def test_equal_meaning_is_equal_value(one: Scope, other: Scope) -> None:
    assert (one == other) is (allowed_by(one) == allowed_by(other))
    if one == other:
        assert hash(one) == hash(other)


@given(scopes, scopes, scopes)
def test_however_a_scope_is_put_together_it_is_the_same_value(one: Scope, other: Scope, third: Scope) -> None:
    assert one | other == other | one
    assert one & other == other & one
    assert (one | other) | third == one | (other | third)
    assert (one & other) & third == one & (other & third)
    assert one & (other | third) == (one & other) | (one & third)
    assert one | (one & other) == one == one & (one | other)
    assert one | one == one == one & one
    assert (one - other) | (one & other) == one


@given(scopes)
def test_the_empty_scope_and_everything_are_the_ends_of_the_algebra(scope: Scope) -> None:
    assert scope | EMPTY == scope == scope & EVERYTHING
    assert scope & EMPTY == EMPTY == scope - scope == scope - EVERYTHING
    assert scope | EVERYTHING == EVERYTHING
    assert scope - EMPTY == scope
    assert EMPTY in scope
    assert scope in EVERYTHING
    assert scope.is_empty is (scope == EMPTY) is (not allowed_by(scope))
    assert scope.is_everything is (scope == EVERYTHING) is (len(allowed_by(scope)) == len(REQUESTS))


@given(scopes)
def test_the_tree_is_as_small_as_its_meaning_allows(scope: Scope) -> None:
    def check(node: Level | Branch, floors: int) -> None:
        if isinstance(node, Branch):
            assert floors > 0
            assert isinstance(node.default, Branch) or node.children, "a floor that tells nothing apart is no floor"
            assert list(node.children) == sorted(node.children, key=lambda child: child[0])
            for _, child in node.children:
                assert child != node.default
                check(child, floors - 1)
            check(node.default, floors - 1)

    check(scope.root, 3)


@given(scopes)
def test_codes_that_are_not_named_are_all_alike(scope: Scope) -> None:
    """What makes the cells of the named codes and one fresh code a floor all the cells there are."""
    named = tuple(tuple(sorted(floor)) for floor in scope.codes())
    assert all(set(mine) <= set(floor) for mine, floor in zip(named, CODES, strict=True))
    one, other = (cells_of(named, fresh) for fresh in (("x", "x", "x"), ("y-1", "y-2", "y-3")))
    assert [scope.level(cell) for cell in one] == [scope.level(cell) for cell in other]


@given(st.lists(grants, min_size=1, max_size=3), st.sampled_from(MEASURES))
def test_a_larger_measure_never_passes_where_a_smaller_fails(allowances: list[Grant], measure: Decimal | None) -> None:
    scope = scope_of(allowances)
    for cell in CELLS:
        if measure is not None and scope.allows(cell, False, measure):
            assert scope.allows(cell, False, measure - 1)
            assert scope.allows(cell, True, measure)


@given(scopes)
def test_the_regions_of_a_scope_are_the_scope(scope: Scope) -> None:
    whole = EMPTY
    for region in scope.regions():
        assert not region.scope().is_empty
        whole = whole | region.scope()
    assert whole == scope


def test_regions_read_as_people_write_them() -> None:
    scope = scope_of(
        [a_grant("*/*/*"), a_grant("3000/10/*", limit="5")], [pattern_of("2000/*/*"), pattern_of("3000/*/*")]
    ) | scope_of([a_grant("3000/10/*", limit="5")])
    assert scope.regions() == (
        Region((pattern_of("*/*/*"),), (pattern_of("2000/*/*"), pattern_of("3000/*/*")), Reach.ALL, None),
        Region((pattern_of("3000/10/*"),), (), Reach.ALL, Decimal(5)),
    )
