"""Policy lines and inheritance: what may be stored, and what it comes to."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.activity import Activity, Effect, Reach
from domain.areas import EVERYWHERE, Pattern
from domain.errors import Invalid, Refusal
from domain.policy import (
    DEEPEST_INHERITANCE,
    Assignment,
    AuthorizationObject,
    Line,
    Link,
    Policy,
    Role,
    casbin_rows,
    faults_of_links,
    line_of,
    row_of,
)
from domain.scope import Grant, scope_of
from tests.random_policies import LIMITS, PATTERNS, ROLES

CATALOGUE = {
    "sales_order": AuthorizationObject(
        "sales_order", "Sales order", "销售订单", (Activity.DISPLAY, Activity.APPROVE), "document value in group currency"
    ),
    "customer": AuthorizationObject("customer", "Customer", "客户", (Activity.DISPLAY, Activity.BLOCK)),
}
KNOWN_ROLES = {"sales-clerk": Role("sales-clerk", "Sales clerk", "销售员")}
VALID = {
    "role": "sales-clerk",
    "area": "1000/*/*",
    "object": "sales_order",
    "activity": "APPROVE",
    "reach": "all",
    "limit": "500000",
    "effect": "allow",
}


def a_row(**columns: str) -> tuple[str, ...]:
    return tuple((VALID | columns).values())


def faults_of(row: tuple[str, ...]) -> list[tuple[str, str | None]]:
    with pytest.raises(Invalid) as refused:
        line_of(row, CATALOGUE, KNOWN_ROLES)
    return [(refusal.reason, refusal.field) for refusal in refused.value.refusals]


# ---------------------------------------------------------------------------------------------------------- the lines


def test_a_line_is_read_from_its_seven_columns() -> None:
    assert line_of(a_row(), CATALOGUE, KNOWN_ROLES) == Line(
        "sales-clerk",
        Pattern(("1000", "*", "*")),
        "sales_order",
        Activity.APPROVE,
        Reach.ALL,
        Decimal(500000),
        Effect.ALLOW,
    )


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        pytest.param({"role": "nobody"}, [("UNKNOWN_ROLE", "role")], id="an unknown role"),
        pytest.param({"role": ""}, [("UNKNOWN_ROLE", "role")], id="no role"),
        pytest.param({"role": "role:sales-clerk"}, [("UNKNOWN_ROLE", "role")], id="a role that names its kind"),
        pytest.param({"role": "Sales-Clerk"}, [("UNKNOWN_ROLE", "role")], id="a role in capitals"),
        pytest.param({"area": "1000"}, [("PATTERN_MALFORMED", "area")], id="half an area"),
        pytest.param({"area": "10*/10/00"}, [("PATTERN_MALFORMED", "area")], id="a star for a part of a code"),
        pytest.param({"area": ""}, [("PATTERN_MALFORMED", "area")], id="no area"),
        pytest.param({"object": "order"}, [("UNKNOWN_OBJECT", "object")], id="an unknown object"),
        pytest.param({"object": "*"}, [("UNKNOWN_OBJECT", "object")], id="a star for the object"),
        pytest.param({"activity": "FLY"}, [("UNKNOWN_ACTIVITY", "activity")], id="an unknown activity"),
        pytest.param({"activity": "BLOCK"}, [("UNKNOWN_ACTIVITY", "activity")], id="an activity of other objects"),
        pytest.param({"activity": "approve"}, [("UNKNOWN_ACTIVITY", "activity")], id="an activity in small letters"),
        pytest.param({"activity": "46"}, [("UNKNOWN_ACTIVITY", "activity")], id="an activity by its SAP code"),
        pytest.param({"activity": "*"}, [("UNKNOWN_ACTIVITY", "activity")], id="a star for the activity"),
        pytest.param({"reach": "mine"}, [("UNKNOWN_REACH", "reach")], id="an unknown reach"),
        pytest.param({"reach": "ALL"}, [("UNKNOWN_REACH", "reach")], id="a reach in capitals"),
        pytest.param({"reach": ""}, [("UNKNOWN_REACH", "reach")], id="no reach"),
        pytest.param({"effect": "Allow"}, [("UNKNOWN_EFFECT", "effect")], id="Allow"),
        pytest.param({"effect": "Deny"}, [("UNKNOWN_EFFECT", "effect")], id="Deny"),
        pytest.param({"effect": "DENY"}, [("UNKNOWN_EFFECT", "effect")], id="DENY"),
        pytest.param({"effect": "deny "}, [("UNKNOWN_EFFECT", "effect")], id="deny and a space"),
        pytest.param({"effect": ""}, [("UNKNOWN_EFFECT", "effect")], id="no effect"),
        pytest.param({"effect": "forbid"}, [("UNKNOWN_EFFECT", "effect")], id="another word"),
        pytest.param(
            {"object": "customer", "activity": "BLOCK"},
            [("LIMIT_WITHOUT_MEASURE", "limit")],
            id="a limit on an object without measure",
        ),
        pytest.param({"effect": "deny"}, [("DENY_WITH_LIMIT", "limit")], id="a deny with a limit"),
        pytest.param({"effect": "deny", "limit": "", "reach": "own"}, [("DENY_WITH_OWN", "reach")], id="a deny of own records"),
        pytest.param(
            {"effect": "deny", "reach": "own"},
            [("DENY_WITH_LIMIT", "limit"), ("DENY_WITH_OWN", "reach")],
            id="a deny with both",
        ),
        pytest.param(
            {"role": "?", "area": "?", "object": "?", "activity": "?", "reach": "?", "limit": "?", "effect": "?"},
            [
                ("UNKNOWN_ROLE", "role"),
                ("UNKNOWN_OBJECT", "object"),
                ("UNKNOWN_REACH", "reach"),
                ("UNKNOWN_EFFECT", "effect"),
                ("LIMIT_MALFORMED", "limit"),
                ("PATTERN_MALFORMED", "area"),
            ],
            id="everything wrong at once, and all of it told",
        ),
    ],
)
def test_a_malformed_column_is_refused_by_its_name(columns: dict[str, str], faults: list[tuple[str, str]]) -> None:
    assert faults_of(a_row(**columns)) == faults


NO_LIMITS = """many 1e5 NaN Infinity -Infinity +5 05 5. .5 1,000 1_000 --5 - ５ ٥ 0x10 1.0000000001 10000000000000000000"""


@pytest.mark.parametrize("limit", [*NO_LIMITS.split(), " 5", "5 ", "5\n"])
def test_a_limit_is_a_plain_decimal_that_can_be_stored(limit: str) -> None:
    assert faults_of(a_row(limit=limit)) == [("LIMIT_MALFORMED", "limit")]


@pytest.mark.parametrize("limit", ["", "0", "-5", "0.5", "-0.000000001", "9999999999999999999.999999999", "10.50"])
def test_a_line_is_written_as_it_is_read(limit: str) -> None:
    assert row_of(line_of(a_row(limit=limit), CATALOGUE, KNOWN_ROLES)) == a_row(limit=limit)


@pytest.mark.parametrize("length", [0, 1, 6, 8])
def test_a_short_or_long_row_is_refused_as_a_whole(length: int) -> None:
    """Casbin would take a short row and fail at every question from then on."""
    with pytest.raises(Invalid) as refused:
        line_of((*a_row(), "")[:length], CATALOGUE, KNOWN_ROLES)
    assert refused.value.refusals == (Refusal("LINE_LENGTH", None, {"expected": 7, "found": length}),)


@given(st.tuples(*[st.text(max_size=8) | st.sampled_from(sorted({*VALID.values(), "own", "deny", ""}))] * 7))
def test_any_row_is_either_refused_or_written_as_it_was_read(row: tuple[str, ...]) -> None:
    try:
        line = line_of(row, CATALOGUE, KNOWN_ROLES)
    except Invalid:
        return
    assert row_of(line) == row
    assert line.effect is Effect.ALLOW or (line.limit, line.reach) == (None, Reach.ALL)


# -------------------------------------------------------------------------------------------------------- inheritance


def a_chain(roles: int) -> list[Link]:
    return [Link(f"role-{place}", f"role-{place + 1}") for place in range(roles - 1)]


def reasons(links: list[Link]) -> list[tuple[str, str]]:
    return [(refusal.reason, refusal.values["roles"]) for refusal in faults_of_links(links)]


@pytest.mark.parametrize(
    ("links", "faults"),
    [
        pytest.param([], [], id="no inheritance"),
        pytest.param(a_chain(8), [], id="eight roles deep"),
        pytest.param(a_chain(9), [("INHERITANCE_TOO_DEEP", "role-0")], id="a ninth"),
        pytest.param(a_chain(10), [("INHERITANCE_TOO_DEEP", "role-0, role-1")], id="every role that is too deep is named"),
        pytest.param([*a_chain(8), Link("role-0", "role-7")], [], id="a short cut is no deeper"),
        pytest.param(
            [*a_chain(8), Link("role-7", "other")], [("INHERITANCE_TOO_DEEP", "role-0")], id="a link at the lower end"
        ),
        pytest.param([*a_chain(8), Link("other", "role-0")], [("INHERITANCE_TOO_DEEP", "other")], id="a link at the upper end"),
        pytest.param([Link("a", "b"), Link("a", "c"), Link("b", "d"), Link("c", "d")], [], id="by two ways to the same role"),
        pytest.param([Link("a", "a")], [("INHERITANCE_CIRCLE", "a")], id="itself"),
        pytest.param([Link("a", "b"), Link("b", "a")], [("INHERITANCE_CIRCLE", "a, b")], id="each other"),
        pytest.param(
            [Link("x", "a"), Link("a", "b"), Link("b", "c"), Link("c", "a"), Link("c", "y")],
            [("INHERITANCE_CIRCLE", "a, b, c")],
            id="a circle of three, without the roles before and behind it",
        ),
        pytest.param(
            [*a_chain(12), Link("role-11", "role-9")], [("INHERITANCE_CIRCLE", "role-10, role-11, role-9")], id="both"
        ),
    ],
)
def test_inheritance_is_at_most_eight_deep_and_never_in_a_circle(links: list[Link], faults: list[tuple[str, str]]) -> None:
    assert reasons(links) == faults


def test_a_chain_of_any_length_is_refused_in_words() -> None:
    (refusal,) = faults_of_links(a_chain(2000))
    assert (refusal.reason, refusal.field, refusal.values["most"]) == ("INHERITANCE_TOO_DEEP", "inherits", DEEPEST_INHERITANCE)


names = st.sampled_from("abcdefghijk")


@given(st.lists(st.builds(Link, names, names), max_size=14))
def test_the_faults_of_any_inheritance(links: list[Link]) -> None:
    """Walks of one link, two links, … : a circle has walks of every length, and a ninth role makes one of eight."""
    walks = {(link.role, link.parent) for link in links}
    steps = set(walks)
    long_ones = set()
    for length in range(2, 12):
        steps = {(start, link.parent) for start, end in steps for link in links if link.role == end}
        walks |= steps
        if length >= DEEPEST_INHERITANCE:
            long_ones |= {start for start, _ in steps}
    in_circle = {start for start, end in walks if start == end}
    if in_circle:
        assert reasons(links) == [("INHERITANCE_CIRCLE", ", ".join(sorted(in_circle)))]
    else:
        assert reasons(links) == ([("INHERITANCE_TOO_DEEP", ", ".join(sorted(long_ones)))] if long_ones else [])


def test_a_role_has_its_own_lines_and_those_of_all_it_inherits() -> None:
    lines = tuple(Line(f"role-{place}", EVERYWHERE, "customer", Activity.DISPLAY) for place in range(8))
    policy = Policy(1, {}, lines, tuple(a_chain(8)))
    assert set(policy.lines_of("role-0")) == set(lines)
    assert policy.lines_of("role-7") == (lines[7],)
    assert policy.own_lines_of("role-0") == (lines[0],)
    assert policy.reached("role-6") == {"role-6", "role-7"}
    assert policy.inherited("role-0") == ("role-1",)
    assert policy.lines_of("unheard-of") == ()


# ------------------------------------------------------------------------------------------------------------- grants


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("reach", Reach)
def test_a_right_is_where_assignment_and_line_meet(reach: Reach, limit: Decimal | None) -> None:
    for given_in in PATTERNS[::7]:
        for written_in in PATTERNS[::5]:
            line = Line("clerk", written_in, "sales_order", Activity.APPROVE, reach, limit)
            grants = Policy(1, {}, (line,)).grants([Assignment("ann", "clerk", given_in)], "sales_order", Activity.APPROVE)
            both = scope_of([Grant(given_in, reach, limit)]) & scope_of([Grant(written_in, reach, limit)])
            assert grants.scope() == both


@pytest.mark.parametrize(
    ("object", "activity"), [("customer", Activity.APPROVE), ("sales_order", Activity.DISPLAY), ("", Activity.APPROVE)]
)
def test_a_line_speaks_of_its_object_and_activity_only(object: str, activity: Activity) -> None:
    policy = Policy(1, {}, (Line("clerk", EVERYWHERE, "sales_order", Activity.APPROVE),))
    assert policy.grants([Assignment("ann", "clerk", EVERYWHERE)], object, activity).scope().is_empty


def test_a_deny_of_one_role_takes_from_what_another_allows_where_it_is_assigned() -> None:
    lines = (
        Line("clerk", EVERYWHERE, "customer", Activity.DISPLAY),
        Line("outsider", EVERYWHERE, "customer", Activity.DISPLAY, effect=Effect.DENY),
    )
    given_to_ann = [Assignment("ann", "clerk", EVERYWHERE), Assignment("ann", "outsider", Pattern(("2000", "*", "*")))]
    grants = Policy(1, {}, lines).grants(given_to_ann, "customer", Activity.DISPLAY)
    assert grants.denied == (Pattern(("2000", "*", "*")),)
    assert grants.scope() == scope_of([Grant(EVERYWHERE, Reach.ALL, None)], [Pattern(("2000", "*", "*"))])


def test_names_carry_their_kind_where_casbin_reads_them() -> None:
    """So that the role `ann` is never taken for the user `ann`."""
    line = Line("ann", Pattern(("1000", "*", "*")), "sales_order", Activity.APPROVE, Reach.OWN, Decimal("5E+5"))
    policy = Policy(1, {}, (line,), (Link("ann", "clerk"),))
    assert casbin_rows(policy, [Assignment("ann", "ann", EVERYWHERE)]) == (
        ("p", "role:ann", "1000/*/*", "sales_order", "APPROVE", "own", "500000", "allow"),
        ("g", "role:ann", "role:clerk", "*/*/*"),
        ("g", "user:ann", "role:ann", "*/*/*"),
    )


@given(st.sampled_from(ROLES), st.sampled_from(PATTERNS), st.sampled_from(LIMITS))
def test_what_casbin_reads_of_a_line_is_read_by_us_as_that_line(role: str, pattern: Pattern, limit: Decimal | None) -> None:
    line = Line(role, pattern, "sales_order", Activity.APPROVE, Reach.ALL, limit)
    ((_, _, *columns),) = casbin_rows(Policy(1, {}, (line,)), [])
    assert line_of((role, *columns), CATALOGUE, {role: Role(role, role, role)}) == line
