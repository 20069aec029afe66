"""Who holds two duties that nobody should hold together: the standard rules, and what denies, areas and days do to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.standard import segregation, segregation_of, standard_policy
from domain.activity import Activity, Effect, Reach
from domain.areas import EVERYWHERE, Pattern, pattern_of, text_of
from domain.caller import UserKind
from domain.errors import Invalid
from domain.policy import Assignment, Line, Link, Policy
from domain.scope import EMPTY, Scope
from domain.segregation import (
    LONGEST_CONTROL,
    Conflict,
    Duties,
    DutyFunction,
    Mitigation,
    MitigationCase,
    Reaction,
    Risk,
    RiskLevel,
    Segregation,
    areas_of,
    areas_within,
    faults_of_mitigation,
    given_by,
    mitigation_of,
    new_conflicts,
    refusals_to_mitigate,
    unmitigated,
)
from tests.random_policies import PATTERNS, ROLES

RULES = segregation()
TODAY = date(2026, 7, 1)


def areas(*patterns: str, but: tuple[str, ...] = ()) -> Scope:
    return areas_of(map(pattern_of, patterns), map(pattern_of, but))


def line(role: str, object: str, activity: str, area: str = "*/*/*", effect: str = "allow", **more: Any) -> Line:
    return Line(role, pattern_of(area), object, Activity[activity], effect=Effect(effect), **more)


def told(*lines: Line, at: dict[str, str], links: tuple[Link, ...] = ()) -> dict[int, list[str]]:
    """The numbers of the risks of whoever has these roles in these areas, and where."""
    policy = Policy(1, lines=lines, links=links)
    assignments = [Assignment("ann", role, pattern_of(area)) for each, area in at.items() for role in [each.rstrip("'")]]
    return {
        each.risk.number: [
            " ".join(map(text_of, sorted(part.areas))) + "".join(f" but {text_of(area)}" for area in sorted(part.except_areas))
            for part in each.areas.regions()
        ]
        for each in Duties(RULES, policy).conflicts(given_by(assignments))
    }


# ------------------------------------------------------------------------------------------------------------- the rules

EACH_RISK = [
    (1, ("customer", "CHANGE"), ("sales_order", "CREATE")),
    (2, ("price_condition", "CREATE"), ("sales_order", "CHANGE")),
    (3, ("price_condition", "CHANGE"), ("price_condition", "RELEASE")),
    (4, ("credit_limit", "CHANGE"), ("sales_order", "CREATE")),
    (5, ("credit_block", "RELEASE"), ("sales_order", "CREATE")),
    (6, ("credit_limit", "CREATE"), ("payment", "CREATE")),
    (7, ("sales_order", "CREATE"), ("goods_issue", "CREATE")),
    (8, ("delivery", "CREATE"), ("billing_document", "CREATE")),
    (9, ("sales_order", "CREATE"), ("billing_document", "REVERSE")),
    (10, ("billing_document", "CREATE"), ("payment", "CHANGE")),
    (11, ("customer_company_code", "CHANGE"), ("payment", "CREATE")),
    (12, ("customer_bank", "CREATE"), ("credit_memo_request", "CREATE")),
    (13, ("credit_memo_request", "CREATE"), ("credit_memo_request", "APPROVE")),
    (14, ("return", "CREATE"), ("goods_receipt", "CREATE")),
    (15, ("price_condition", "MASS"), ("billing_document", "CREATE")),
    (16, ("contract", "CREATE"), ("contract", "APPROVE")),
    (17, ("sales_order", "CREATE"), ("sales_order", "APPROVE")),
    (18, ("stock", "CHANGE"), ("goods_issue", "CREATE")),
    (19, ("user", "CREATE"), ("opportunity", "CREATE")),
    (20, ("goods_issue", "CREATE"), ("delivery", "APPROVE")),
    (21, ("payment", "CREATE"), ("payment", "APPROVE")),
]


@pytest.mark.parametrize(("number", "one", "other"), EACH_RISK, ids=[str(number) for number, _, _ in EACH_RISK])
def test_a_risk_is_a_pair_of_duties_and_neither_alone(number: int, one: tuple[str, str], other: tuple[str, str]) -> None:
    both = (line("one", *one), line("other", *other))
    assert told(*both, at={"one": "1000/*/*", "other": "1000/10/*"})[number]
    assert told(*both, at={"one": "1000/*/*"}) == told(*both, at={"other": "1000/*/*"}) == {}
    apart = told(*both, at={"one": "1000/*/*", "other": "2000/*/*"})
    assert list(apart) == ([19] if number == 19 else [])


def test_there_are_twenty_one_risks_each_with_two_duties_and_both_languages() -> None:
    assert [risk.number for risk in RULES.risks] == list(range(1, 22)) == [number for number, _, _ in EACH_RISK]
    for each in (*RULES.risks, *(function for risk in RULES.risks for function in risk.functions)):
        assert each.title
        assert each.title_zh
        assert each.name == each.name.lower()
    assert all(RULES.risk(risk.name) is risk for risk in RULES.risks)
    assert RULES.risk("no-such-risk") is None
    assert {risk.number for risk in RULES.risks if not risk.scope_aware} == {19}
    assert {risk.number for risk in RULES.risks if risk.per_document} == {13, 16, 17, 20, 21}


def test_whoever_administers_may_look_at_everything_and_do_nothing_else() -> None:
    admin = [("user", "CREATE"), ("role_assignment", "CREATE"), ("policy_change", "APPROVE"), ("sod_rule", "CREATE")]
    looks = [("customer", "DISPLAY"), ("customer_bank", "DISPLAY_CHANGES"), ("api_key", "CREATE"), ("webhook", "DELETE")]
    lines = [line("admin", *each) for each in (*admin, *looks)]
    assert told(*lines, at={"admin": "*/*/*"}) == {}
    assert list(told(*lines, line("admin", "price_condition", "SIMULATE"), at={"admin": "*/*/*"})) == [19]


@pytest.mark.parametrize(
    ("level", "per_document", "reaction"),
    [
        (RiskLevel.LOW, False, Reaction.WARN),
        (RiskLevel.MEDIUM, False, Reaction.WARN),
        (RiskLevel.HIGH, False, Reaction.NEEDS_MITIGATION),
        (RiskLevel.CRITICAL, False, Reaction.BLOCK),
        (RiskLevel.HIGH, True, Reaction.WARN),
    ],
)
def test_a_level_says_what_a_conflict_demands(level: RiskLevel, per_document: bool, reaction: Reaction) -> None:
    assert RULES.reaction_to(replace(RULES.risks[0], level=level, per_document=per_document)) is reaction


@pytest.mark.parametrize(
    ("function", "risk", "reasons"),
    [
        ({"rights": [{"objects": ["sales_order"], "activities": ["CREATE"]}]}, ["a", "a"], []),
        ({"rights": [{"objects": ["sales_ordre"], "activities": ["CREATE"]}]}, ["a", "a"], ["UNKNOWN_OBJECT"]),
        ({"rights": [{"objects": ["sales_order"], "activities": ["RELEASE"]}]}, ["a", "a"], ["UNKNOWN_ACTIVITY"]),
        (
            {"rights": [{"objects": ["sales_order"], "activities": ["DANCE"]}]},
            ["a", "b"],
            ["UNKNOWN_ACTIVITY", "UNKNOWN_FUNCTION"],
        ),
        ({"except": {"objects": ["usr"], "activities": ["DISPLAY"]}}, ["a", "a"], ["UNKNOWN_OBJECT"]),
        ({"except": {"objects": ["user"], "activities": ["RELEASE"]}}, ["a", "a"], ["UNKNOWN_ACTIVITY"]),
    ],
)
def test_rules_that_name_what_is_not_there_are_refused(function: Any, risk: list[str], reasons: list[str]) -> None:
    titles = {"title": "t", "title_zh": "t"}
    data = {
        "reactions": {"LOW": "WARN", "MEDIUM": "WARN", "HIGH": "WARN", "CRITICAL": "BLOCK", "PER_DOCUMENT": "WARN"},
        "functions": {"a": {**titles, **function}},
        "risks": {"r": {**titles, "number": 1, "level": "LOW", "functions": risk}},
    }
    if not reasons:
        assert segregation_of(data).risks[0].functions[0].rights == {("sales_order", Activity.CREATE)}
        return
    with pytest.raises(Invalid) as refused:
        segregation_of(data)
    assert [each.reason for each in refused.value.refusals] == reasons


# ------------------------------------------------------------------------------------------------------------- conflicts

SELLS, SHIPS = line("sells", "sales_order", "CREATE"), line("ships", "goods_issue", "CREATE")
CASES = [
    pytest.param([], {"sells": "1000/*/*", "ships": "1000/*/*"}, {7: ["1000/*/*"]}, id="both duties in one organization"),
    pytest.param([], {"sells": "1000/*/*", "ships": "2000/*/*"}, {}, id="the duties in different organizations"),
    pytest.param([], {"sells": "1000/*/*", "ships": "*/20/*"}, {7: ["1000/20/*"]}, id="where the areas meet and nowhere else"),
    pytest.param(
        [], {"sells": "1000/*/*", "ships": "1000/10/*", "ships'": "2000/10/*"}, {7: ["1000/10/*"]}, id="a role given twice"
    ),
    pytest.param(
        [line("sells", "sales_order", "CREATE", "1000/20/*", "deny")],
        {"sells": "1000/*/*", "ships": "*/*/*"},
        {7: ["1000/*/* but 1000/20/*"]},
        id="a deny takes a channel out of the conflict",
    ),
    pytest.param(
        [line("ships", "sales_order", "CREATE", "1000/*/*", "deny")],
        {"sells": "1000/*/*", "ships": "1000/*/*"},
        {},
        id="a deny of one role holds against another role's allowance",
    ),
    pytest.param(
        [line("sells", "sales_order", "CHANGE"), line("ships", "sales_order", "CREATE", "*/*/*", "deny")],
        {"sells": "1000/*/*", "ships": "1000/*/*"},
        {7: ["1000/*/*"]},
        id="a deny of one right leaves the duty's others",
    ),
    pytest.param(
        [line("sells", "sales_order", "CREATE", "*/*/*", "deny")],
        {"sells": "1000/*/*", "ships": "1000/*/*"},
        {},
        id="all denied",
    ),
    pytest.param(
        [line("sells", "delivery", "CREATE", "*/*/*", "deny")],
        {"sells": "1000/*/*", "ships": "1000/*/*"},
        {7: ["1000/*/*"]},
        id="a deny of something else",
    ),
]


@pytest.mark.parametrize(("more", "at", "expected"), CASES)
def test_where_somebody_is_in_conflict(more: list[Line], at: dict[str, str], expected: dict[int, list[str]]) -> None:
    assert told(SELLS, SHIPS, *more, at=at) == expected


def test_a_duty_up_to_a_limit_is_a_duty() -> None:
    low = line("approves", "sales_order", "APPROVE", limit=Decimal(1))
    assert told(SELLS, low, at={"sells": "*/*/*", "approves": "1000/*/*"}) == {17: ["1000/*/*"]}


def test_a_partner_who_enters_and_approves_their_own_orders_holds_both_duties() -> None:
    own = [line("buyer", "sales_order", each, reach=Reach.OWN) for each in ("CREATE", "APPROVE")]
    assert told(*own, at={"buyer": "1000/10/*"}) == {17: ["1000/10/*"]}


def test_an_inherited_duty_is_a_duty() -> None:
    links = (Link("boss", "sells"), Link("boss", "ships"))
    assert told(SELLS, SHIPS, at={"boss": "1000/*/*"}, links=links) == {7: ["1000/*/*"]}


def test_administration_in_one_organization_conflicts_with_business_in_another_in_both() -> None:
    admin = line("admin", "role_assignment", "CREATE")
    assert told(admin, SELLS, at={"admin": "1000/*/*", "sells": "2000/*/*"}) == {19: ["1000/*/* 2000/*/*"]}


STANDARD = Duties(RULES, standard_policy())


def test_the_standard_roles_that_are_conflicts_in_themselves() -> None:
    found = {role: [each.risk.number for each in STANDARD.role_conflicts(role)] for role in standard_policy().roles}
    assert {role: numbers for role, numbers in found.items() if numbers} == {
        "sales-clerk": [1],
        "sales-manager": [1, 13, 17],
        "emergency-user": [1, 7],
    }


def test_a_partner_who_buys_and_approves_is_told() -> None:
    both = given_by(Assignment("b", role, pattern_of("1000/10/*")) for role in ("partner-buyer", "partner-approver"))
    assert [each.risk.name for each in STANDARD.conflicts(both)] == ["sales-order-approval"]


# ---------------------------------------------------------------------------- a set of patterns is decided as scopes are

SMALL = Segregation(
    tuple(
        Risk(f"{one.name}-{other.name}", number, RiskLevel.LOW, "", "", (one, other), scope_aware=number % 3 > 0)
        for number, (one, other) in enumerate(
            combinations(
                [
                    DutyFunction("a", "", "", frozenset({("x", Activity.CREATE), ("x", Activity.CHANGE)})),
                    DutyFunction("b", "", "", frozenset({("x", Activity.CHANGE), ("y", Activity.CREATE)})),
                    DutyFunction("c", "", "", frozenset({("y", Activity.CHANGE)})),
                ],
                2,
            )
        )
    ),
    {},
    Reaction.WARN,
)
lines = st.builds(
    lambda role, pattern, right, deny: Line(role, pattern, *right, effect=Effect.DENY if deny else Effect.ALLOW),
    st.sampled_from(ROLES),
    st.sampled_from(PATTERNS),
    st.sampled_from([(object, activity) for object in "xy" for activity in (Activity.CREATE, Activity.CHANGE)]),
    st.sampled_from([False, False, False, True]),
)
roles_given = st.frozensets(st.tuples(st.sampled_from(ROLES), st.sampled_from(PATTERNS)), max_size=4)


@given(st.lists(lines, max_size=12), st.lists(st.sampled_from([Link("clerk", "auditor")]), max_size=1), roles_given)
def test_conflicts_are_the_meetings_of_the_scopes_of_rights(
    lines: list[Line], links: list[Link], roles: frozenset[tuple[str, Pattern]]
) -> None:
    policy = Policy(1, lines=tuple(lines), links=tuple(links))
    assignments = [Assignment("", *each) for each in roles]

    def held(function: DutyFunction) -> Scope:
        found = EMPTY
        for right in function.rights:
            found |= policy.grants(assignments, *right).scope()
        return found

    expected = {}
    for risk in SMALL.risks:
        one, other = map(held, risk.functions)
        where = EMPTY if one.is_empty or other.is_empty else one & other if risk.scope_aware else one | other
        if not where.is_empty:
            expected[risk.name] = where
    assert {each.risk.name: each.areas for each in Duties(SMALL, policy).conflicts(roles)} == expected


# --------------------------------------------------------------------------------------------------- what a change brings

FIRST, SECOND = RULES.risks[:2]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([], [Conflict(FIRST, areas("*/*/*"))], [Conflict(FIRST, areas("*/*/*"))], id="a risk there was not"),
        pytest.param([Conflict(FIRST, areas("*/*/*"))], [Conflict(FIRST, areas("1000/*/*"))], [], id="less of a known one"),
        pytest.param([Conflict(FIRST, areas("*/*/*"))], [], [], id="none any more"),
        pytest.param(
            [Conflict(FIRST, areas("1000/*/*"))],
            [Conflict(FIRST, areas("1000/*/*", "2000/*/*")), Conflict(SECOND, areas("1000/*/*"))],
            [Conflict(FIRST, areas("2000/*/*")), Conflict(SECOND, areas("1000/*/*"))],
            id="a known one in further areas, and another",
        ),
    ],
)
def test_what_a_change_brings(before: list[Conflict], after: list[Conflict], expected: list[Conflict]) -> None:
    assert list(new_conflicts(before, after)) == expected


# ----------------------------------------------------------------------------------------------------------- mitigations


def until(days: int, pattern: str, risk: str = FIRST.name, key: int = 1) -> Mitigation:
    return Mitigation(risk, pattern_of(pattern), TODAY + timedelta(days=days), key)


@pytest.mark.parametrize(
    ("mitigations", "key", "left"),
    [
        pytest.param([], None, areas("1000/*/*", "2000/*/*"), id="nothing"),
        pytest.param([until(9, "*/*/*")], 1, areas(), id="everywhere"),
        pytest.param([until(0, "*/*/*")], 1, areas(), id="on its last day"),
        pytest.param([until(-1, "*/*/*")], None, areas("1000/*/*", "2000/*/*"), id="the day after, it is open again"),
        pytest.param([until(9, "*/*/*", SECOND.name)], None, areas("1000/*/*", "2000/*/*"), id="another risk's"),
        pytest.param([until(9, "1000/*/*")], None, areas("2000/*/*"), id="one organization is left"),
        pytest.param([until(9, "1000/*/*"), until(3, "2000/*/*", key=2)], 2, areas(), id="two, of which one ends first"),
        pytest.param(
            [until(9, "1000/*/*"), until(3, "*/*/*", key=2), until(5, "2000/*/*", key=3)], 3, areas(), id="the ones that last"
        ),
    ],
)
def test_a_conflict_is_mitigated_where_every_area_is_covered(
    mitigations: list[Mitigation], key: int | None, left: Scope
) -> None:
    conflict = Conflict(FIRST, areas("1000/*/*", "2000/*/*"))
    found = mitigation_of(conflict, mitigations, TODAY)
    assert (None if found is None else found.key) == key
    assert unmitigated(conflict, mitigations, TODAY) == left


AN_OFFICER_MITIGATES = MitigationCase("kim", "officer", "boss", UserKind.EMPLOYEE, owner_locked=False)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="an officer sets a control up that somebody else carries out"),
        pytest.param({"owner": "officer"}, [], id="or carries it out"),
        pytest.param({"by": "kim"}, ["OWN_CONFLICT"], id="nobody mitigates a conflict of their own"),
        pytest.param({"owner": "kim"}, ["OWNER_CONCERNED"], id="nobody controls themselves"),
        pytest.param({"owner_kind": UserKind.PARTNER}, ["OWNER_NO_EMPLOYEE"], id="a partner controls nobody"),
        pytest.param({"owner_kind": UserKind.SERVICE}, ["OWNER_NO_EMPLOYEE"], id="nor does a machine"),
        pytest.param({"owner_locked": True}, ["OWNER_LOCKED"], id="nor who is locked"),
    ],
)
def test_who_may_be_mitigated_by_whom(change: dict[str, Any], reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to_mitigate(replace(AN_OFFICER_MITIGATES, **change))] == reasons


@pytest.mark.parametrize(
    ("control", "days", "reasons"),
    [
        ("monthly review of the journal", 1, []),
        ("monthly review of the journal", 366, []),
        (" \n", 1, ["CONTROL_EMPTY"]),
        ("x" * LONGEST_CONTROL, 1, []),
        ("x" * (LONGEST_CONTROL + 1), 1, ["TEXT_TOO_LONG"]),
        ("x", 0, ["MITIGATION_OVER"]),
        ("x", 367, ["MITIGATION_TOO_LONG"]),
    ],
)
def test_what_a_mitigation_must_be_like(control: str, days: int, reasons: list[str]) -> None:
    faults = faults_of_mitigation(control, TODAY + timedelta(days=days), TODAY)
    assert [each.reason for each in faults] == reasons


@pytest.mark.parametrize(
    ("lines", "inside"),
    [
        pytest.param([("1000/*/*", Reach.ALL, "allow")], ["1000/*/*"], id="one organization"),
        pytest.param([("*/*/*", Reach.ALL, "allow"), ("1000/*/*", Reach.OWN, "allow")], ["1000/*/*", "2000/*/*"], id="all"),
        pytest.param(
            [("1000/*/*", Reach.ALL, "allow"), ("*/*/*", Reach.OWN, "allow")], ["1000/*/*"], id="own ones do not count"
        ),
        pytest.param([("*/*/*", Reach.ALL, "allow"), ("1000/*/*", Reach.ALL, "deny")], ["2000/*/*"], id="but for a deny"),
        pytest.param([("3000/*/*", Reach.ALL, "allow")], [], id="elsewhere"),
    ],
)
def test_a_conflict_is_told_within_the_asker_s_areas(lines: list[tuple[str, Reach, str]], inside: list[str]) -> None:
    policy = Policy(1, lines=tuple(line("a", "x", "CREATE", area, effect, reach=reach) for area, reach, effect in lines))
    bounds = areas_within(policy.grants([Assignment("a", "a", EVERYWHERE)], "x", Activity.CREATE).scope())
    for held in (frozenset(map(pattern_of, ("1000/*/*", "2000/*/*"))), areas("1000/*/*", "2000/*/*")):
        found = Conflict(FIRST, held).within(bounds)
        assert (None if found is None else found.areas) == (areas(*inside) if inside else None)
