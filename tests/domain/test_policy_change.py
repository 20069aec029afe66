"""Policy changes: what operations come to, that their effect is foreseen exactly, and what no administrator can do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.activity import Activity, Effect, Reach
from domain.areas import EVERYWHERE, pattern_of, text_of
from domain.chain import VersionEntry, linked
from domain.errors import Refusal
from domain.policy import Assignment, AuthorizationObject, Line, Link, Policy, PolicyState, Role, valid_ones
from domain.policy_change import Difference, PolicyChangeStatus, areas_of, difference, met, operations_between, touched
from domain.policy_guards import (
    MAY_FOLLOW,
    ChangeCase,
    administrative_roles,
    needs_second,
    refusals_of_lockout,
    refusals_of_partners,
    refusals_of_reach,
    refusals_of_self,
    refusals_of_step,
)
from domain.policy_operations import Operation, PolicyOperationKind, applied, from_json, to_json, users_named
from domain.scope import EMPTY, EVERYTHING, Grant, Scope, scope_of
from domain.simulation import simulated
from tests.random_policies import ACTIVITY, NOW, OBJECT, OTHERS, PATTERNS, ROLES, USER, Given, policies

USERS = frozenset({USER, *OTHERS})
CATALOGUE = MappingProxyType(
    {
        name: AuthorizationObject(name, name, name, tuple(Activity), "measure")
        for name in (OBJECT, "customer", "role_assignment", "role_rule", "policy_change", "user")
    }
)
RIGHTS = ((OBJECT, ACTIVITY), ("customer", ACTIVITY), (OBJECT, Activity.DISPLAY))

texts = st.sampled_from([text_of(pattern) for pattern in PATTERNS])
areas = st.lists(texts, min_size=1, max_size=2, unique=True).map(tuple)
roles = st.sampled_from((*ROLES, "extra"))
INSTANTS = (NOW, NOW + timedelta(microseconds=1), NOW + timedelta(days=1), NOW + timedelta(days=2))
instants = st.sampled_from((None, NOW - timedelta(days=1), NOW + timedelta(days=1)))
operations = st.one_of(
    st.builds(
        Operation,
        kind=st.sampled_from((PolicyOperationKind.ALLOW, PolicyOperationKind.DENY, PolicyOperationKind.REVOKE)),
        role=roles,
        sales_areas=areas,
        object=st.sampled_from((OBJECT, "customer")),
        activities=st.just((ACTIVITY,)),
    ),
    st.builds(
        Operation,
        kind=st.just(PolicyOperationKind.ALLOW),
        role=roles,
        sales_areas=areas,
        object=st.just(OBJECT),
        activities=st.just((ACTIVITY, Activity.DISPLAY)),
        reach=st.sampled_from(Reach),
        limit=st.sampled_from((None, Decimal(0), Decimal("99.5"))),
    ),
    st.builds(
        Operation,
        kind=st.sampled_from((PolicyOperationKind.ASSIGN, PolicyOperationKind.UNASSIGN, PolicyOperationKind.CHANGE_VALIDITY)),
        user=st.sampled_from(sorted(USERS)),
        role=roles,
        sales_areas=areas,
        valid_from=instants,
        valid_until=instants,
    ),
    st.builds(
        Operation, kind=st.just(PolicyOperationKind.CREATE_ROLE), role=st.sampled_from(("extra", "clerk")), title=st.just("x")
    ),
    st.builds(Operation, kind=st.just(PolicyOperationKind.RENAME_ROLE), role=roles, name=st.sampled_from(("extra", "other"))),
    st.builds(Operation, kind=st.just(PolicyOperationKind.CHANGE_TEXTS), role=roles, title=st.just("y")),
    st.builds(Operation, kind=st.just(PolicyOperationKind.RETIRE_ROLE), role=roles),
    st.builds(
        Operation, kind=st.sampled_from((PolicyOperationKind.INHERIT, PolicyOperationKind.DISINHERIT)), role=roles, parent=roles
    ),
)
scripts = st.lists(operations, min_size=1, max_size=6)


def a_state(given: Given) -> PolicyState:
    return PolicyState(given.policy, given.assignments)


def contents(state: PolicyState) -> tuple[object, ...]:
    """A state, whatever order it was made in."""
    policy = state.policy
    return dict(policy.roles), frozenset(policy.lines), frozenset(policy.links), frozenset(state.assignments)


def scope_in(state: PolicyState, user: str, right: tuple[str, Activity], at: datetime | None = NOW) -> Scope:
    """What a user may at an instant; validity aside, if there is none."""
    mine = [each for each in state.assignments if each.user == user]
    return state.policy.grants(mine if at is None else valid_ones(mine, at), *right).scope()


def run(state: PolicyState, script: list[Operation]) -> PolicyState:
    after, _ = applied(state, script, CATALOGUE, USERS)
    return after


# ------------------------------------------------------------------------------------------------------------ properties


@given(policies, scripts)
def test_a_refused_step_changes_nothing_and_a_taken_one_something(given: Given, script: list[Operation]) -> None:
    state = a_state(given)
    for operation in script:
        after, refusals = applied(state, [operation], CATALOGUE, USERS)
        assert (contents(after) == contents(state)) is bool(refusals)
        state = after
    assert contents(state) == contents(run(a_state(given), script))


@given(policies, scripts)
def test_steps_between_two_states_lead_from_the_one_to_the_other_and_back(given: Given, script: list[Operation]) -> None:
    one = a_state(given)
    other = run(one, script)
    for before, after in ((one, other), (other, one)):
        found, refusals = applied(before, operations_between(before, after), CATALOGUE, USERS)
        assert refusals == ()
        assert contents(found) == contents(after)


@given(scripts)
def test_steps_are_stored_as_they_are(script: list[Operation]) -> None:
    for operation in script:
        kept = from_json(to_json(operation))
        assert to_json(kept) == to_json(operation)
        assert (kept.kind, kept.role, kept.sales_areas, kept.valid_from) == (
            operation.kind,
            operation.role,
            operation.sales_areas,
            operation.valid_from
            if operation.kind in (PolicyOperationKind.ASSIGN, PolicyOperationKind.CHANGE_VALIDITY)
            else None,
        )


@given(policies, scripts)
def test_what_is_simulated_is_what_then_happens(given: Given, script: list[Operation]) -> None:
    before = a_state(given)
    after = run(before, script)
    found = {
        (each.user, each.object, each.activity): each
        for each in simulated(before, after, difference(before, after), NOW).changes
    }
    for user in USERS:
        for right in RIGHTS:
            old, new = scope_in(before, user, right), scope_in(after, user, right)
            change = found.pop((user, *right), None)
            if old == new:
                assert change is None
            else:
                assert change is not None
                assert (change.before, change.after, change.gain, change.loss) == (old, new, new - old, old - new)
    assert not found


@given(policies, scripts)
def test_nobody_gains_by_what_they_had_a_hand_in(given: Given, script: list[Operation]) -> None:
    before = a_state(given)
    after, refused = applied(before, script, CATALOGUE, USERS)
    if refused or refusals_of_self(script, before, after, difference(before, after), [USER], NOW):
        return
    for right in RIGHTS:
        for instant in (None, *INSTANTS):
            assert scope_in(after, USER, right, instant) in scope_in(before, USER, right, instant), instant


@given(policies, scripts, texts)
def test_what_passes_the_guard_lies_within_the_administration(given: Given, script: list[Operation], administered: str) -> None:
    before = a_state(given)
    after, refused = applied(before, script, CATALOGUE, USERS)
    mine = scope_of([Grant(pattern_of(administered), Reach.ALL, None)])
    refusals = refusals_of_reach(script, before, after, lambda object, _: mine if object == "role_assignment" else EMPTY)  # noqa: A006
    if refused or refusals:
        return
    apart = difference(before, after)
    assert not apart.roles
    for each in apart.assignments:
        assert scope_of([Grant(each.pattern, Reach.ALL, None)]) in mine
    for user in USERS:
        for right in RIGHTS:
            old, new = scope_in(before, user, right), scope_in(after, user, right)
            for changed in (new - old, old - new):
                assert all(level_within(changed, mine, area) for area in _cells(changed, mine))


def _cells(one: Scope, other: Scope) -> list[tuple[str, str, str]]:
    floors = [sorted({*mine, *theirs, "zz"}) for mine, theirs in zip(one.codes(), other.codes(), strict=True)]
    return [(a, b, c) for a in floors[0] for b in floors[1] for c in floors[2]]


def level_within(changed: Scope, mine: Scope, area: tuple[str, str, str]) -> bool:
    return not changed.allows(area, True, Decimal("-1E+30")) or mine.allows(area, False)  # type: ignore[arg-type]


@given(policies, scripts)
def test_an_operation_meets_whatever_it_changes(given: Given, script: list[Operation]) -> None:
    state = a_state(given)
    for operation in script:
        after = run(state, [operation])
        about = touched(difference(state, after))
        if operation.kind is PolicyOperationKind.RENAME_ROLE:  # its heirs go on inheriting, whatever it is called
            about = frozenset(each for each in about if each[2 if each[0] == "assignment" else 1] == operation.role)
        assert met(operation, about) >= about
        state = after


@pytest.mark.parametrize(
    ("operation", "theirs", "meets"),
    [
        pytest.param({"kind": "ALLOW"}, ("right", "clerk", OBJECT, "CREATE"), True, id="the same right"),
        pytest.param({"kind": "ALLOW"}, ("right", "clerk", OBJECT, "DISPLAY"), False, id="another activity"),
        pytest.param({"kind": "REVOKE"}, ("right", "boss", OBJECT, "CREATE"), False, id="another role"),
        pytest.param({"kind": "ASSIGN"}, ("assignment", "kim", "clerk"), True, id="the same role of the same user"),
        pytest.param({"kind": "ASSIGN"}, ("assignment", "lu", "clerk"), False, id="the role of another user"),
        pytest.param({"kind": "RETIRE_ROLE"}, ("assignment", "lu", "clerk"), True, id="a role to retire was given away"),
        pytest.param({"kind": "RETIRE_ROLE"}, ("assignment", "clerk", "boss"), False, id="a user called like the role"),
        pytest.param({"kind": "RENAME_ROLE"}, ("right", "clerk", OBJECT, "CREATE"), True, id="a role to rename was changed"),
        pytest.param({"kind": "INHERIT"}, ("inheritance", "clerk"), True, id="inheritance of the same role"),
        pytest.param({"kind": "CHANGE_TEXTS"}, ("inheritance", "clerk"), False, id="texts are no inheritance"),
        pytest.param({"kind": "CHANGE_TEXTS"}, ("role", "clerk"), True, id="texts of the same role"),
    ],
)
def test_what_two_changes_are_both_about(operation: dict[str, str], theirs: tuple[str, ...], meets: bool) -> None:
    kind = PolicyOperationKind(operation["kind"])
    said = Operation(
        kind=kind, role="clerk", user="kim", object=OBJECT, activities=(Activity.CREATE,), parent="boss", name="new"
    )
    assert met(said, frozenset({theirs})) == (frozenset({theirs}) if meets else frozenset())


# ----------------------------------------------------------------------------------------------------------------- guards

ADMIN_LINES = tuple(
    Line("admin", EVERYWHERE, object, activity)
    for object, activity in (
        ("policy_change", Activity.RELEASE),
        ("role_rule", Activity.CHANGE),
        ("role_assignment", Activity.CREATE),
    )
)
COMPANY = PolicyState(
    Policy(
        1,
        {name: Role(name, name, name) for name in ("admin", "local", "clerk", "boss", "reader")},
        (
            *ADMIN_LINES,
            Line("local", EVERYWHERE, "role_assignment", Activity.CREATE),
            Line("clerk", EVERYWHERE, OBJECT, Activity.CREATE),
            Line("clerk", EVERYWHERE, OBJECT, Activity.RELEASE, Reach.ALL, Decimal(500)),
            Line("reader", EVERYWHERE, "role_rule", Activity.DISPLAY),
        ),
        (Link("boss", "admin"),),
    ),
    (
        Assignment("ada", "admin", EVERYWHERE),
        Assignment("bo", "boss", EVERYWHERE),
        Assignment("lu", "local", pattern_of("1000/*/*")),
        Assignment("kim", "clerk", pattern_of("1000/*/*")),
    ),
)
PEOPLE = frozenset({"ada", "bo", "lu", "kim"})


def change(*script: Operation, state: PolicyState = COMPANY) -> tuple[PolicyState, Difference]:
    after, refusals = applied(state, script, CATALOGUE, PEOPLE)
    assert refusals == ()
    return after, difference(state, after)


def an_assignment(user: str = "kim", role: str = "clerk", *areas: str, **more: object) -> Operation:
    return Operation(kind=PolicyOperationKind.ASSIGN, user=user, role=role, sales_areas=areas or ("1000/10/*",), **more)  # type: ignore[arg-type]


def a_right(kind: PolicyOperationKind, role: str, object: str = OBJECT, activity: Activity = Activity.CREATE) -> Operation:
    return Operation(kind=kind, role=role, sales_areas=("*/*/*",), object=object, activities=(activity,))


def test_roles_of_administration_are_those_that_do_more_than_look() -> None:
    assert administrative_roles(COMPANY.policy) == {"admin", "boss", "local"}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param([an_assignment()], False, id="a clerk's assignment"),
        pytest.param([an_assignment("kim", "reader")], False, id="looking at roles"),
        pytest.param([an_assignment("kim", "local")], True, id="a local administrator"),
        pytest.param([an_assignment("kim", "boss")], True, id="a role that inherits administration"),
        pytest.param([a_right(PolicyOperationKind.ALLOW, "clerk", "customer")], False, id="a rule of a role of one's own"),
        pytest.param([a_right(PolicyOperationKind.ALLOW, "clerk", "user")], True, id="a rule of administration"),
        pytest.param([a_right(PolicyOperationKind.ALLOW, "admin", "customer")], True, id="a rule of an administrator's role"),
        pytest.param(
            [Operation(kind=PolicyOperationKind.DISINHERIT, role="boss", parent="admin")], True, id="administration taken"
        ),
        pytest.param(
            [Operation(kind=PolicyOperationKind.INHERIT, role="clerk", parent="local")], True, id="administration inherited"
        ),
        pytest.param(
            [Operation(kind=PolicyOperationKind.CHANGE_TEXTS, role="reader", title="y")], True, id="a standard role's text"
        ),
    ],
)
def test_what_takes_a_second_administrator(script: list[Operation], expected: bool) -> None:
    after, apart = change(*script)
    assert needs_second(apart, COMPANY, after, frozenset({"reader"})) is expected


@pytest.mark.parametrize(
    ("script", "left"),
    [
        pytest.param([an_assignment()], True, id="nothing of theirs"),
        pytest.param(
            [Operation(kind=PolicyOperationKind.UNASSIGN, user="bo", role="boss", sales_areas=("*/*/*",))], False, id="one less"
        ),
        pytest.param([Operation(kind=PolicyOperationKind.DISINHERIT, role="boss", parent="admin")], False, id="by inheritance"),
        pytest.param([a_right(PolicyOperationKind.REVOKE, "admin", "role_rule", Activity.CHANGE)], False, id="by a rule"),
        pytest.param([a_right(PolicyOperationKind.DENY, "admin", "policy_change", Activity.RELEASE)], False, id="by a deny"),
        pytest.param(
            [
                Operation(
                    kind=PolicyOperationKind.CHANGE_VALIDITY,
                    user="bo",
                    role="boss",
                    sales_areas=("*/*/*",),
                    valid_until=NOW + timedelta(days=400),
                )
            ],
            False,
            id="in a year",
        ),
        pytest.param(
            [
                Operation(kind=PolicyOperationKind.UNASSIGN, user="bo", role="boss", sales_areas=("*/*/*",)),
                an_assignment("lu", "admin", "*/*/*"),
            ],
            True,
            id="one for another",
        ),
        pytest.param(
            [
                Operation(kind=PolicyOperationKind.UNASSIGN, user="bo", role="boss", sales_areas=("*/*/*",)),
                an_assignment("lu", "admin", "1000/*/*"),
            ],
            False,
            id="one for another of a part",
        ),
    ],
)
def test_two_administrators_are_left_at_any_time(script: list[Operation], left: bool) -> None:
    after, _ = change(*script)
    later = script[0].valid_until or NOW
    found = 0 if script[0].object else 1  # a rule of the role takes it from both
    told = {"least": 2, "found": found, "instant": later.isoformat()}
    expected = () if left else (Refusal("TOO_FEW_ADMINISTRATORS", "operations", told),)
    assert refusals_of_lockout(COMPANY, after, NOW, PEOPLE) == expected


def test_what_was_too_few_before_may_be_mended_step_by_step() -> None:
    alone, _ = change(Operation(kind=PolicyOperationKind.UNASSIGN, user="bo", role="boss", sales_areas=("*/*/*",)))
    after = run(alone, [an_assignment("kim", "clerk", "2000/*/*")])
    assert refusals_of_lockout(alone, after, NOW, PEOPLE) == ()


def test_a_locked_administrator_does_not_count() -> None:
    after, _ = change(
        Operation(kind=PolicyOperationKind.UNASSIGN, user="bo", role="boss", sales_areas=("*/*/*",)),
        an_assignment("lu", "admin", "*/*/*"),
    )
    assert refusals_of_lockout(COMPANY, after, NOW, PEOPLE - {"lu"}) != ()


@pytest.mark.parametrize(
    ("limit", "role", "passes"),
    [
        pytest.param(Decimal(500), "clerk", False, id="a role with unlimited rules, by a limited administrator"),
        pytest.param(None, "clerk", True, id="a role with unlimited rules, by an unlimited one"),
    ],
)
def test_an_administrator_s_limit_is_the_highest_they_may_give(limit: Decimal | None, role: str, passes: bool) -> None:
    script = [an_assignment("kim", role)]
    after, _ = change(*script)
    mine = scope_of([Grant(pattern_of("1000/*/*"), Reach.ALL, limit)])
    assert (refusals_of_reach(script, COMPANY, after, lambda *_: mine) == ()) is passes


@pytest.mark.parametrize(("limit", "passes"), [("500", True), ("499.99", False)])
def test_a_role_of_limited_rules_is_given_by_who_has_the_highest_of_their_limits(limit: str, passes: bool) -> None:
    """A deny among its rules has no limit, and gives nothing."""
    script = [an_assignment("kim", "payer")]
    rules = (
        Line("payer", EVERYWHERE, OBJECT, Activity.RELEASE, Reach.ALL, Decimal(500)),
        Line("payer", EVERYWHERE, OBJECT, Activity.CREATE, Reach.ALL, Decimal(200)),
        Line("payer", EVERYWHERE, "customer", Activity.CHANGE, effect=Effect.DENY),
    )
    policy = COMPANY.policy
    company = replace(
        COMPANY,
        policy=replace(policy, roles={**policy.roles, "payer": Role("payer", "Payer", "付款")}, lines=(*policy.lines, *rules)),
    )
    after, _ = change(*script, state=company)
    mine = scope_of([Grant(pattern_of("1000/*/*"), Reach.ALL, Decimal(limit))])
    assert (refusals_of_reach(script, company, after, lambda *_: mine) == ()) is passes


@pytest.mark.parametrize(
    ("own", "given", "passes"), [("400", "400", True), ("400", "400.01", False), (None, "400.01", True), ("400", None, False)]
)
def test_a_rule_s_limit_lies_within_the_administrator_s(own: str | None, given: str | None, passes: bool) -> None:
    said = replace(
        a_right(PolicyOperationKind.ALLOW, "clerk", activity=Activity.RELEASE), limit=None if given is None else Decimal(given)
    )
    after, _ = change(said)
    mine = scope_of([Grant(EVERYWHERE, Reach.ALL, None if own is None else Decimal(own))])
    assert (refusals_of_reach([said], COMPANY, after, lambda *_: mine) == ()) is passes


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            an_assignment("kim", "clerk", "1000/10/*", "2000/*/*"),
            [("role_assignment", "CREATE", "2000/*/*", "operations.0.assign.salesAreas.1")],
            id="the area that lies outside",
        ),
        pytest.param(
            an_assignment("kim", "local", "1000/10/*"),
            [("role_rule", "CHANGE", "1000/10/*", "operations.0.assign.salesAreas.0")],
            id="an administrator's role",
        ),
        pytest.param(
            Operation(kind=PolicyOperationKind.UNASSIGN, user="lu", role="local", sales_areas=("1000/*/*",)),
            [("role_rule", "CHANGE", "1000/*/*", "operations.0.unassign.salesAreas.0")],
            id="an administrator's role taken",
        ),
        pytest.param(
            Operation(
                kind=PolicyOperationKind.CHANGE_VALIDITY, user="kim", role="clerk", sales_areas=("1000/*/*",), valid_from=NOW
            ),
            [],
            id="a validity",
        ),
        pytest.param(
            Operation(kind=PolicyOperationKind.CREATE_ROLE, role="new", title="New"),
            [("role_rule", "CREATE", "*/*/*", "operations.0.createRole")],
            id="a role",
        ),
        pytest.param(
            Operation(kind=PolicyOperationKind.RENAME_ROLE, role="clerk", name="new"),
            [("role_rule", "CHANGE", "*/*/*", "operations.0.renameRole")],
            id="a name",
        ),
        pytest.param(
            Operation(kind=PolicyOperationKind.CHANGE_TEXTS, role="clerk", title="New"),
            [("role_rule", "CHANGE", "*/*/*", "operations.0.changeTexts")],
            id="a text",
        ),
        pytest.param(
            Operation(kind=PolicyOperationKind.RETIRE_ROLE, role="reader"),
            [("role_rule", "DELETE", "*/*/*", "operations.0.retireRole")],
            id="a role retired",
        ),
        pytest.param(
            Operation(kind=PolicyOperationKind.INHERIT, role="clerk", parent="reader"),
            [("role_rule", "CHANGE", "*/*/*", "operations.0.inherit")],
            id="inheritance",
        ),
        pytest.param(
            Operation(kind=PolicyOperationKind.DISINHERIT, role="boss", parent="admin"),
            [("role_rule", "CHANGE", "*/*/*", "operations.0.disinherit")],
            id="inheritance taken",
        ),
        pytest.param(
            a_right(PolicyOperationKind.DENY, "clerk"),
            [("role_rule", "CREATE", "*/*/*", "operations.0.deny.salesAreas.0")],
            id="a deny",
        ),
        pytest.param(
            a_right(PolicyOperationKind.REVOKE, "clerk"),
            [("role_rule", "DELETE", "*/*/*", "operations.0.revoke.salesAreas.0")],
            id="a rule taken",
        ),
    ],
)
def test_what_a_local_administrator_may_not(said: Operation, expected: list[tuple[str, str, str, str]]) -> None:
    after, _ = change(said)
    mine = scope_of([Grant(pattern_of("1000/*/*"), Reach.ALL, None)])

    def scope(name: str, _activity: Activity) -> Scope:
        return mine if name == "role_assignment" else EMPTY

    assert refusals_of_reach([said], COMPANY, after, scope) == tuple(
        Refusal("OUTSIDE_ADMINISTRATION", path, {"object": object, "activity": activity, "areas": areas})
        for object, activity, areas, path in expected
    )


def test_a_gain_of_one_s_own_names_the_rights() -> None:
    script = [
        a_right(PolicyOperationKind.ALLOW, "clerk", "customer", ACTIVITY),
        a_right(PolicyOperationKind.ALLOW, "clerk", "customer"),
    ]
    after, apart = change(*script)
    told = {"user": "kim", "rights": "customer CREATE, customer RELEASE"}
    assert refusals_of_self(script, COMPANY, after, apart, ["lu", "kim", "ada"], NOW) == (
        Refusal("GAIN_FOR_ONESELF", "operations", told),
    )


def test_partners_are_given_nothing_of_others() -> None:
    mine, _ = change(
        Operation(kind=PolicyOperationKind.CREATE_ROLE, role="portal", title="Portal"),
        replace(a_right(PolicyOperationKind.ALLOW, "portal", "customer"), reach=Reach.OWN),
        an_assignment("lu", "portal"),
    )
    assert refusals_of_partners(COMPANY, mine, frozenset({"lu"})) == ()
    by_assignment, _ = change(an_assignment("lu", "clerk"), state=mine)
    told = {"user": "lu", "role": "clerk", "object": OBJECT}
    assert refusals_of_partners(mine, by_assignment, frozenset({"lu"})) == (Refusal("PARTNER_BEYOND_OWN", "operations", told),)
    assert refusals_of_partners(mine, by_assignment, frozenset()) == ()
    by_inheritance = run(mine, [Operation(kind=PolicyOperationKind.INHERIT, role="portal", parent="clerk")])
    told = {"user": "lu", "role": "portal", "object": OBJECT}
    assert refusals_of_partners(mine, by_inheritance, frozenset({"lu"})) == (Refusal("PARTNER_BEYOND_OWN", "operations", told),)
    denied = run(mine, [a_right(PolicyOperationKind.DENY, "portal", "customer")])
    assert refusals_of_partners(mine, denied, frozenset({"lu"})) == ()
    assert refusals_of_partners(by_assignment, by_assignment, frozenset({"lu"})) == ()


def test_nobody_prolongs_their_own_assignment() -> None:
    script = [
        Operation(
            kind=PolicyOperationKind.CHANGE_VALIDITY, user="kim", role="clerk", sales_areas=("1000/*/*",), valid_until=NOW
        )
    ]
    after, apart = change(*script)
    told = Refusal("GRANT_TO_ONESELF", "operations.0.changeValidity.user", {"user": "kim"})
    assert refusals_of_self(script, COMPANY, after, apart, ["kim"], NOW) == (told,)
    assert refusals_of_self(script, COMPANY, after, apart, ["ada"], NOW) == ()


def test_what_an_expired_deny_hides_is_a_gain_too() -> None:
    """Validity aside, kim is denied it before and after; but the denial is over, or will be."""
    for ends in (NOW - timedelta(days=1), NOW + timedelta(days=1)):
        denied, _ = change(
            Operation(kind=PolicyOperationKind.CREATE_ROLE, role="denied", title="Denied"),
            a_right(PolicyOperationKind.DENY, "denied"),
            replace(an_assignment("kim", "denied"), valid_until=ends),
        )
        script = [a_right(PolicyOperationKind.ALLOW, "clerk", OBJECT, Activity.APPROVE)]
        also = [a_right(PolicyOperationKind.DENY, "denied", OBJECT, Activity.APPROVE)]
        before = run(denied, also)
        after = run(before, script)
        found = refusals_of_self(script, before, after, difference(before, after), ["kim"], NOW)
        assert [(each.reason, each.values["rights"]) for each in found] == [("GAIN_FOR_ONESELF", f"{OBJECT} APPROVE")]


def test_to_lose_a_deny_of_one_s_own_is_a_gain() -> None:
    denied, _ = change(a_right(PolicyOperationKind.DENY, "clerk"))
    script = [a_right(PolicyOperationKind.REVOKE, "clerk")]
    after, refusals = applied(denied, script, CATALOGUE, PEOPLE)
    assert refusals == ()
    again = run(after, [a_right(PolicyOperationKind.ALLOW, "clerk")])
    found = refusals_of_self(script, denied, again, difference(denied, again), ["kim"], NOW)
    assert [each.reason for each in found] == ["GAIN_FOR_ONESELF"]


def test_an_administrator_is_not_asked_for_their_business_rights() -> None:
    script = [an_assignment()]
    after, _ = change(*script)
    only = {("role_assignment", Activity.CREATE)}
    assert refusals_of_reach(script, COMPANY, after, lambda *right: EVERYTHING if right in only else EMPTY) == ()


S = PolicyChangeStatus
A_CASE = ChangeCase(S.SUBMITTED, frozenset({"ada"}), None, "bo", True)


@pytest.mark.parametrize(
    ("command", "changes", "reasons"),
    [
        pytest.param("approvePolicyChange", {}, [], id="somebody else approves"),
        pytest.param("approvePolicyChange", {"by": "ada"}, ["CHANGE_OWN"], id="not who wrote it"),
        pytest.param("rejectPolicyChange", {"by": "ada"}, ["CHANGE_OWN"], id="nor do they turn it down"),
        pytest.param("withdrawPolicyChange", {"by": "ada"}, [], id="they give it up"),
        pytest.param("approvePolicyChange", {"status": S.DRAFT}, ["CHANGE_STATUS"], id="a draft is not approved"),
        pytest.param("activatePolicyChange", {}, [], id="a second administrator who makes it live is the second"),
        pytest.param("activatePolicyChange", {"by": "ada"}, ["CHANGE_NEEDS_SECOND"], id="who wrote it is not"),
        pytest.param("activatePolicyChange", {"by": "ada", "needs_second": False}, [], id="unless it needs none"),
        pytest.param("activatePolicyChange", {"by": "ada", "status": S.APPROVED, "approver": "bo"}, [], id="once approved"),
        pytest.param(
            "activatePolicyChange", {"status": S.APPROVED, "approver": "ada"}, ["CHANGE_NEEDS_SECOND"], id="by another"
        ),
        pytest.param(
            "activatePolicyChange", {"status": S.DRAFT, "by": "bo"}, ["CHANGE_NEEDS_SECOND"], id="a draft of somebody else"
        ),
        pytest.param("activatePolicyChange", {"status": S.ACTIVE}, ["CHANGE_STATUS"], id="not twice"),
        pytest.param("editPolicyChange", {"status": S.REJECTED}, [], id="what was turned down is taken up again"),
        pytest.param("editPolicyChange", {"status": S.APPROVED}, ["CHANGE_STATUS"], id="what was agreed to is not edited"),
    ],
)
def test_who_takes_a_change_which_step(command: str, changes: dict[str, object], reasons: list[str]) -> None:
    case = replace(A_CASE, **changes)  # type: ignore[arg-type]
    told = {"status": case.status.value}
    assert refusals_of_step(command, case) == tuple(Refusal(reason, "policyChange", told) for reason in reasons)


def test_nothing_follows_what_is_live_or_given_up() -> None:
    assert not any({S.ACTIVE, S.WITHDRAWN} & allowed for allowed in MAY_FOLLOW.values())


# ------------------------------------------------------------------------------------------------- differences and chain


def test_where_a_change_lies() -> None:
    assert areas_of(change(an_assignment())[1]) == {pattern_of("1000/10/*")}
    assert areas_of(change(a_right(PolicyOperationKind.ALLOW, "clerk", "customer"))[1]) == {EVERYWHERE}


def test_what_a_change_is_about() -> None:
    _, apart = change(an_assignment(), a_right(PolicyOperationKind.ALLOW, "clerk", "customer"))
    assert touched(apart) == {("assignment", "kim", "clerk"), ("right", "clerk", "customer", "CREATE")}


def test_what_a_change_of_roles_is_about() -> None:
    created, apart = change(Operation(kind=PolicyOperationKind.CREATE_ROLE, role="new", title="New", inherits=("clerk",)))
    assert touched(apart) == {("role", "new"), ("inheritance", "new")}
    assert touched(difference(created, COMPANY)) == {("role", "new"), ("inheritance", "new")}
    _, revoked = change(a_right(PolicyOperationKind.REVOKE, "clerk"))
    assert touched(revoked) == {("right", "clerk", OBJECT, "CREATE")}
    _, taken = change(Operation(kind=PolicyOperationKind.UNASSIGN, user="kim", role="clerk", sales_areas=("1000/*/*",)))
    assert touched(taken) == {("assignment", "kim", "clerk")}


def test_how_steps_are_stored() -> None:
    allowing = replace(a_right(PolicyOperationKind.ALLOW, "clerk"), reach=Reach.OWN, limit=Decimal("1E+3"))
    assert to_json(allowing) == {
        "kind": "ALLOW",
        "role": "clerk",
        "sales_areas": ["*/*/*"],
        "object": OBJECT,
        "activities": ["CREATE"],
        "reach": "own",
        "limit": "1000",
    }
    assert to_json(an_assignment(valid_from=NOW)) == {
        "kind": "ASSIGN",
        "user": "kim",
        "role": "clerk",
        "sales_areas": ["1000/10/*"],
        "valid_from": NOW.isoformat(),
    }
    assert from_json(to_json(allowing)) == allowing


def test_the_users_whom_steps_are_about() -> None:
    said = [an_assignment(), an_assignment("lu"), replace(a_right(PolicyOperationKind.ALLOW, "clerk"), user="nobody")]
    assert users_named(said) == {"kim", "lu"}


def test_roles_that_nobody_has_are_told() -> None:
    after, apart = change(Operation(kind=PolicyOperationKind.UNASSIGN, user="kim", role="clerk", sales_areas=("1000/*/*",)))
    found = simulated(COMPANY, after, apart, NOW)
    assert (found.left_without, found.unheld_roles) == (("kim",), ("clerk",))


def test_any_touch_shows_in_the_chain() -> None:
    entry = VersionEntry(2, NOW, "ada", "why", {"lines": (("a", None), ("b", "c"))}, {})
    head = linked("", entry)
    assert head == linked("", replace(entry, added={"lines": (("b", "c"), ("a", None))}))
    touches = (
        {"version": 3},
        {"activated_at": NOW + timedelta(microseconds=1)},
        {"activated_by": "bo"},
        {"reason": "other"},
        {"added": {"lines": (("a", ""), ("b", "c"))}},
        {"added": {"links": (("a", None), ("b", "c"))}},
        {"added": {}, "ended": {"lines": (("a", None), ("b", "c"))}},
    )
    assert len({head, linked(head, entry), *(linked("", replace(entry, **touch)) for touch in touches)}) == 2 + len(touches)  # type: ignore[arg-type]
