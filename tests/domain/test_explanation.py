"""Why somebody may or may not, told line by line, and rights as people read them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.judge import Judge
from domain.activity import Activity, Effect, Reach
from domain.areas import Area, Pattern, area_of, covers, matches, pattern_of
from domain.explanation import MOST_GRANTS, Question, Suggestion, explain, refusals_of_status, simplified
from domain.messages import text_of
from domain.policy import Assignment, Grants, Line, Link, Policy, Role, valid_ones
from domain.scope import Grant, Region
from tests.random_policies import (
    ACTIVITY,
    CELLS,
    LIMITS,
    MEASURES,
    NOW,
    OBJECT,
    REQUESTS,
    USER,
    Given,
    Request,
    allowed_by,
    grants,
    patterns,
    policies,
)

A_DAY = timedelta(days=1)
HERE = area_of("1000/10/00")


def a_policy(*lines: tuple[str, str, dict[str, Any]], links: tuple[Link, ...] = ()) -> Policy:
    """Lines of (role, pattern, the rest) about releasing a credit block."""
    made = tuple(Line(role, pattern_of(area), "credit_block", Activity.RELEASE, **rest) for role, area, rest in lines)
    names = {line.role for line in made} | {link.role for link in links}
    return Policy(1, {name: Role(name, name, name) for name in sorted(names)}, made, links)


def plus(policy: Policy, *lines: tuple[str, str, str]) -> Policy:
    """Lines of (role, pattern, activity) about the same object beside them."""
    more = tuple(Line(role, pattern_of(area), "credit_block", Activity[activity]) for role, area, activity in lines)
    return Policy(policy.version, policy.roles, (*policy.lines, *more), policy.links)


def given_to_ann(role: str, area: str = "1000/*/*", **validity: Any) -> Assignment:
    return Assignment("ann", role, pattern_of(area), **validity)


def a_question(area: Area | None = HERE, own: bool = False, measure: str | None = "100") -> Question:
    return Question("credit_block", Activity.RELEASE, area, own, None if measure is None else Decimal(measure), NOW)


PLAIN: dict[str, Any] = {}
TO_FIFTY: dict[str, Any] = {"limit": Decimal(50)}
OWN: dict[str, Any] = {"reach": Reach.OWN}
DENIED: dict[str, Any] = {"effect": Effect.DENY}


# ------------------------------------------------------------------------------------------------------------ reasons


@pytest.mark.parametrize(
    ("policy", "assignments", "question", "words"),
    [
        pytest.param(a_policy(), [], a_question(), ["None of the user's roles has RELEASE on credit_block."], id="no role"),
        pytest.param(
            a_policy(("controller", "*/*/*", PLAIN)),
            [given_to_ann("clerk")],
            a_question(),
            ["None of the user's roles has RELEASE on credit_block."],
            id="no role that has it",
        ),
        pytest.param(
            a_policy(("controller", "*/*/*", PLAIN)),
            [given_to_ann("controller", "2000/*/*")],
            a_question(),
            ["Role controller has it, but is assigned in 2000/*/*."],
            id="assigned elsewhere",
        ),
        pytest.param(
            a_policy(("controller", "*/20/*", PLAIN)),
            [given_to_ann("controller")],
            a_question(),
            ["Role controller has it only in */20/*."],
            id="the role has it elsewhere",
        ),
        pytest.param(
            a_policy(("controller", "2000/*/*", PLAIN)),
            [given_to_ann("controller")],
            a_question(area=None),
            ["Role controller has it only in 2000/*/*."],
            id="assignment and role meet nowhere",
        ),
        pytest.param(
            a_policy(("controller", "*/*/*", PLAIN)),
            [given_to_ann("controller", valid_from=NOW + A_DAY)],
            a_question(),
            ["Role controller in 1000/*/* begins only on 2026-07-02T12:00:00+00:00."],
            id="not yet valid",
        ),
        pytest.param(
            a_policy(("controller", "*/*/*", PLAIN)),
            [given_to_ann("controller", valid_until=NOW)],
            a_question(),
            ["Role controller in 1000/*/* ended on 2026-07-01T12:00:00+00:00."],
            id="expired, the end not included",
        ),
        pytest.param(
            a_policy(("controller", "*/*/*", OWN)),
            [given_to_ann("controller")],
            a_question(),
            ["Role controller in 1000/*/* has it only for own records."],
            id="somebody else's record",
        ),
        pytest.param(
            a_policy(("controller", "*/*/*", TO_FIFTY)),
            [given_to_ann("controller")],
            a_question(measure="50.01"),
            ["Role controller in 1000/*/* goes up to 50; this is 50.01."],
            id="above the limit",
        ),
        pytest.param(
            a_policy(("controller", "*/*/*", TO_FIFTY)),
            [given_to_ann("controller")],
            a_question(measure=None),
            ["Role controller in 1000/*/* goes up to 50; give a measure."],
            id="a limit, and nothing to compare",
        ),
        pytest.param(
            a_policy(("controller", "*/*/*", PLAIN), ("branch", "1000/10/*", DENIED)),
            [given_to_ann("controller"), given_to_ann("branch")],
            a_question(),
            ["Role branch denies it in 1000/10/*."],
            id="another role denies it",
        ),
        pytest.param(
            a_policy(("branch", "1000/10/*", DENIED)),
            [given_to_ann("branch"), given_to_ann("branch", "*/10/*")],
            a_question(),
            ["Role branch denies it in 1000/10/*."],
            id="a denial that comes by two assignments is told once",
        ),
        pytest.param(
            a_policy(("controller", "2000/*/*", PLAIN), ("controller", "*/*/*", TO_FIFTY)),
            [given_to_ann("controller"), given_to_ann("controller", "3000/*/*")],
            a_question(),
            [
                "Role controller has it only in 2000/*/*.",
                "Role controller in 1000/*/* goes up to 50; this is 100.",
                "Role controller has it, but is assigned in 3000/*/*.",
            ],
            id="every line that came near, each once",
        ),
        pytest.param(
            a_policy(("basics", "*/*/*", OWN), links=(Link("controller", "basics"),)),
            [given_to_ann("controller")],
            a_question(),
            ["Role controller in 1000/*/* has it only for own records."],
            id="an inherited line, by the role that is assigned",
        ),
        pytest.param(
            plus(a_policy(("clerk", "2000/*/*", PLAIN)), ("clerk", "*/10/*", "DISPLAY"), ("clerk", "1000/*/*", "APPROVE")),
            [given_to_ann("clerk")],
            a_question(),
            [
                "Role clerk has it only in 2000/*/*.",
                "Role clerk in 1000/*/* has DISPLAY, APPROVE on it, not RELEASE.",
            ],
            id="other activities on the same object, together",
        ),
        pytest.param(
            plus(a_policy(), ("clerk", "*/*/*", "DISPLAY")),
            [given_to_ann("clerk"), given_to_ann("clerk", "*/10/*")],
            a_question(),
            [
                "None of the user's roles has RELEASE on credit_block.",
                "Role clerk in 1000/*/* has DISPLAY on it, not RELEASE.",
                "Role clerk in */10/* has DISPLAY on it, not RELEASE.",
            ],
            id="another activity by each assignment",
        ),
        pytest.param(
            plus(a_policy(), ("clerk", "*/20/*", "DISPLAY"), ("other", "*/*/*", "DISPLAY")),
            [given_to_ann("clerk"), given_to_ann("other", "2000/*/*"), given_to_ann("other", valid_until=NOW)],
            a_question(),
            ["None of the user's roles has RELEASE on credit_block."],
            id="another activity that holds elsewhere, or no longer, is no near miss",
        ),
        pytest.param(
            plus(a_policy(), ("clerk", "*/20/*", "DISPLAY")),
            [given_to_ann("clerk")],
            a_question(area=None),
            [
                "None of the user's roles has RELEASE on credit_block.",
                "Role clerk in 1000/*/* has DISPLAY on it, not RELEASE.",
            ],
            id="another activity somewhere, if it is about no area",
        ),
    ],
)
def test_why_not(policy: Policy, assignments: list[Assignment], question: Question, words: list[str]) -> None:
    explanation = explain(policy, assignments, question)
    assert not explanation.allowed
    assert [text_of(miss, "en") for miss in explanation.misses] == words


def test_why_yes_names_every_line_that_says_so_and_how_it_came() -> None:
    policy = a_policy(("controller", "1000/*/*", PLAIN), ("controller", "*/10/*", TO_FIFTY), ("controller", "*/20/*", PLAIN))
    assignment = given_to_ann("controller", "*/*/00")
    explanation = explain(policy, [assignment], a_question(measure="50"))
    assert explanation.allowed
    assert [(path.assignment, path.line, path.pattern) for path in explanation.decided_by] == [
        (assignment, policy.lines[0], pattern_of("1000/*/00")),
        (assignment, policy.lines[1], pattern_of("*/10/00")),
    ]
    assert explanation.misses == explanation.suggestions == ()


def test_a_locked_user_may_nothing_whatever_the_roles_say() -> None:
    explanation = explain(a_policy(("controller", "*/*/*", PLAIN)), [given_to_ann("controller")], a_question(), locked=True)
    assert not explanation.allowed
    assert [miss.reason for miss in explanation.misses] == ["MISS_LOCKED"]


def test_a_user_who_is_not_valid_may_nothing_and_a_lock_is_told_first() -> None:
    policy, given = a_policy(("controller", "*/*/*", PLAIN)), [given_to_ann("controller")]
    for locked, reason in ((False, "MISS_NOT_VALID"), (True, "MISS_LOCKED")):
        explanation = explain(policy, given, a_question(), locked=locked, valid=False)
        assert (explanation.allowed, explanation.decided_by) == (False, ())
        assert [miss.reason for miss in explanation.misses] == [reason]


@pytest.mark.parametrize("activity", Activity)
def test_a_closed_record_is_read_and_nothing_else(activity: Activity) -> None:
    found = [miss.reason for miss in refusals_of_status(activity, closed=True)]
    assert found == ([] if activity in (Activity.DISPLAY, Activity.DISPLAY_CHANGES, Activity.EXPORT) else ["MISS_CLOSED"])
    assert refusals_of_status(activity, closed=False) == ()


def test_a_deny_is_named_as_what_decided() -> None:
    policy = a_policy(("controller", "*/*/*", PLAIN), ("controller", "*/10/*", DENIED))
    explanation = explain(policy, [given_to_ann("controller")], a_question())
    assert [path.line for path in explanation.decided_by] == [policy.lines[1]]
    assert explanation.suggestions == ()


@pytest.mark.parametrize(
    ("question", "suggested"),
    [
        pytest.param(a_question(), ["chief", "manager"], id="those without limit, the one that brings least else first"),
        pytest.param(a_question(measure="50"), ["chief", "controller", "manager"], id="those whose limit is enough too"),
        pytest.param(
            a_question(own=True), ["chief", "owner", "manager"], id="those for own records too, where it is one's own"
        ),
        pytest.param(a_question(area=None), ["chief", "manager"], id="those that have it everywhere, if it is about no area"),
        pytest.param(a_question(area=area_of("2000/10/00")), ["chief", "manager", "second"], id="those that have it there"),
    ],
)
def test_the_smallest_grants_that_would_turn_it(question: Question, suggested: list[str]) -> None:
    base = a_policy(
        ("manager", "*/*/*", PLAIN),
        ("chief", "*/*/*", PLAIN),
        ("controller", "*/*/*", TO_FIFTY),
        ("owner", "*/*/*", OWN),
        ("second", "2000/*/*", PLAIN),
        ("branch", "*/*/*", PLAIN),
        ("branch", "1000/10/*", DENIED),
        ("branch", "2000/10/*", DENIED),
        links=(Link("second", "baggage"),),
    )
    baggage = tuple(Line("baggage", pattern_of("*/*/*"), "customer", activity) for activity in Activity)
    more = Line("manager", pattern_of("*/*/*"), "customer", Activity.DISPLAY)
    policy = Policy(1, base.roles, (*base.lines, *baggage, more), base.links)
    where = pattern_of("*/*/*") if question.area is None else Pattern(question.area)
    assert explain(policy, [], question).suggestions == tuple(Suggestion(role, where) for role in suggested)


# ----------------------------------------------------------------------------------------------- the verdict and Casbin


def ask(given: Given, request: Request) -> Question:
    return Question(OBJECT, ACTIVITY, request.area, request.own, request.measure, NOW)


@given(policies, st.lists(st.sampled_from(REQUESTS), min_size=4, max_size=8))
def test_the_verdict_is_casbins(given: Given, requests: list[Request]) -> None:
    judge = Judge(given.policy, USER, valid_ones(given.mine, NOW))
    for request in requests:
        verdict = judge.allows(request.area, OBJECT, ACTIVITY, own=request.own, measure=request.measure)
        assert explain(given.policy, given.mine, ask(given, request)).allowed is verdict


@given(policies, st.booleans(), st.sampled_from(MEASURES))
def test_asked_about_no_area_it_is_whether_there_is_one(given: Given, own: bool, measure: Decimal | None) -> None:
    scope = given.policy.grants(valid_ones(given.mine, NOW), OBJECT, ACTIVITY).scope()
    anywhere = any(scope.allows(cell, own, measure) for cell in CELLS)
    assert explain(given.policy, given.mine, Question(OBJECT, ACTIVITY, None, own, measure, NOW)).allowed is anywhere


@given(policies, st.sampled_from(REQUESTS), st.booleans())
def test_every_no_has_its_reasons_and_every_suggestion_turns_it(given: Given, request: Request, anywhere: bool) -> None:
    question = Question(OBJECT, ACTIVITY, None if anywhere else request.area, request.own, request.measure, NOW)
    explanation = explain(given.policy, given.mine, question)
    assert bool(explanation.misses) is not explanation.allowed
    assert list(explanation.misses) == list(dict.fromkeys(explanation.misses)), "no reason is told twice"
    assert len(explanation.suggestions) <= MOST_GRANTS
    for miss in explanation.misses:
        assert text_of(miss, "zh")
    for suggestion in explanation.suggestions:
        granted = Assignment(USER, suggestion.role, suggestion.pattern)
        assert explain(given.policy, [*given.mine, granted], question).allowed


# -------------------------------------------------------------------------------------------- rights as people read them


def read(shown: tuple[Region, ...]) -> frozenset[Request]:
    """The requests that somebody who reads this would let pass."""
    return frozenset(
        request
        for request in REQUESTS
        for right in shown
        if any(matches(area, request.area) for area in right.areas)
        and not any(matches(area, request.area) for area in right.except_areas)
        and (right.reach is Reach.ALL or request.own)
        and (right.limit is None or (request.measure is not None and request.measure <= right.limit))
    )


@given(st.lists(grants, max_size=6), st.lists(patterns, max_size=3))
def test_a_simplified_right_reads_as_the_scope_decides(allowances: list[Grant], denials: list[Pattern]) -> None:
    right = Grants(tuple(allowances), tuple(denials))
    assert read(simplified(right)) == allowed_by(right.scope())


@given(st.lists(grants, max_size=6), st.lists(patterns, max_size=3))
def test_a_simplified_right_says_nothing_twice(allowances: list[Grant], denials: list[Pattern]) -> None:
    shown = simplified(Grants(tuple(allowances), tuple(denials)))
    assert len({(right.reach, right.limit) for right in shown}) == len(shown)
    for right in shown:
        for areas in (right.areas, right.except_areas):
            assert not [(wide, narrow) for wide in areas for narrow in areas if wide != narrow and covers(wide, narrow)]
            assert len(set(areas)) == len(areas)
            assert list(areas) == sorted(areas)
        for area in right.areas:
            assert not any(covers(exception, area) for exception in right.except_areas)
        for exception in right.except_areas:
            assert any(covers(area, exception) for area in right.areas)


@pytest.mark.parametrize(
    ("allowances", "denials", "shown"),
    [
        pytest.param([], [], [], id="nothing"),
        pytest.param(["1000/*/*", "1000/10/*"], [], [(["1000/*/*"], [])], id="an area inside another is left out"),
        pytest.param(["2000/*/*", "1000/*/*"], [], [(["1000/*/*", "2000/*/*"], [])], id="areas side by side, in order"),
        pytest.param(["1000/*/*"], ["*/20/*"], [(["1000/*/*"], ["1000/20/*"])], id="of a denial what meets the areas"),
        pytest.param(["1000/*/*"], ["2000/*/*"], [(["1000/*/*"], [])], id="a denial elsewhere is left out"),
        pytest.param(["1000/10/00"], ["*/10/*"], [], id="an area all denied is left out"),
        pytest.param(["1000/*/*"], ["*/20/*", "1000/20/00"], [(["1000/*/*"], ["1000/20/*"])], id="nor is a denial told twice"),
    ],
)
def test_where_a_right_holds_and_where_not(
    allowances: list[str], denials: list[str], shown: list[tuple[list[str], list[str]]]
) -> None:
    rights = Grants(
        tuple(Grant(pattern_of(area), Reach.ALL, None) for area in allowances), tuple(pattern_of(area) for area in denials)
    )
    assert simplified(rights) == tuple(
        Region(tuple(map(pattern_of, areas)), tuple(map(pattern_of, exceptions)), Reach.ALL, None)
        for areas, exceptions in shown
    )


@pytest.mark.parametrize("narrow_limit", LIMITS)
@pytest.mark.parametrize("wide_limit", LIMITS)
@pytest.mark.parametrize("narrow_reach", Reach)
@pytest.mark.parametrize("wide_reach", Reach)
def test_a_right_inside_another_is_left_out_only_if_it_reaches_no_further(
    wide_reach: Reach, narrow_reach: Reach, wide_limit: Decimal | None, narrow_limit: Decimal | None
) -> None:
    wide, narrow = (
        Grant(pattern_of("1000/*/*"), wide_reach, wide_limit),
        Grant(pattern_of("1000/10/*"), narrow_reach, narrow_limit),
    )
    shown = {(area, right.reach, right.limit) for right in simplified(Grants((narrow, wide))) for area in right.areas}
    adds_something = not allowed_by(Grants((narrow,)).scope()) <= allowed_by(Grants((wide,)).scope())
    assert ((narrow.pattern, narrow_reach, narrow_limit) in shown) is adds_something
    assert (wide.pattern, wide_reach, wide_limit) in shown
