"""What the project stands on: a scope, its SQL and Casbin decide alike, whatever the policy.

Random policies with inheritance, patterns, denials, own records, limits and validity. Each is decided in four ways: by the
scope in Python, by the judge (a FastEnforcer over the user's own lines), by a plain Casbin over everybody's, and by
PostgreSQL over rows of every kind of access in every cell that could differ.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import casbin
import pytest
from casbin.model import Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.auth.authority import Authority
from api.auth.judge import Judge
from api.auth.standard import POLICIES
from domain.activity import Activity, Effect, Reach
from domain.areas import Area, pattern_of, text_of
from domain.caller import UserKind
from domain.errors import Bug
from domain.policy import Assignment, Line, Link, Policy, Role, casbin_rows
from domain.scope import EMPTY, EVERYTHING, OWN_EVERYWHERE, Scope
from models.config import connection_settings
from policies import functions
from tests.auth.ground import ME, Field, Ground, field_at
from tests.conftest import LONG, url_of
from tests.random_policies import (
    ACTIVITY,
    CELLS,
    CODES,
    FRESH,
    MEASURES,
    NOW,
    OBJECT,
    REQUESTS,
    USER,
    Given,
    Request,
    cells_of,
    patterns_of,
    policies,
    scopes,
)

A_SECOND = timedelta(seconds=1)
MODEL = (POLICIES / "model.conf").read_text("utf-8")
WITH_FRESH = patterns_of(tuple((*floor, other) for floor, other in zip(CODES, FRESH, strict=True)))
ORGANIZATIONS = tuple(f"{number:04}" for number in range(100))
WIDE_CODES = (ORGANIZATIONS, ("10",), ("00",))


@pytest.fixture(scope="module")
def field(postgres: str) -> Iterator[Field]:
    """A database of this file's own."""
    name = f"field_{uuid.uuid4().hex[:12]}"

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(**connection_settings(postgres))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run(f"create database {name}"))
    try:
        with field_at(url_of(postgres, name)) as field:
            yield field
    finally:
        asyncio.run(run(f"drop database {name} with (force)"))


@pytest.fixture(scope="module")
def ground(field: Field) -> Ground:
    return field.lay(Ground("small", CELLS, WITH_FRESH, MEASURES, linked=400))


@pytest.fixture(scope="module")
def wide_ground(field: Field) -> Ground:
    cells = cells_of(WIDE_CODES, ("0100", "1", "0"))
    return field.lay(Ground("wide", cells, patterns_of(WIDE_CODES)[::5], (None, Decimal(5)), linked=400))


def authority_of(given: Given) -> Authority:
    return Authority(ME, USER, UserKind.EMPLOYEE, given.policy, given.mine, NOW)


def plain_casbin(rows: Sequence[tuple[str, ...]]) -> Any:
    """Casbin as anybody would set it up: everybody's lines, and the functions of `policies/`."""
    model = Model()
    model.load_model_from_text(MODEL)
    enforcer = casbin.Enforcer(model)
    for kind, *values in rows:
        enforcer.model.add_policy(kind, kind, values)
    functions.register(enforcer)
    return enforcer


def check_sql(field: Field, ground: Ground, scope: Scope) -> None:
    """The rows that PostgreSQL finds are the ones whose cells the scope allows, some of them or every one."""
    decisions, found = ground.decisions(scope), field.found(ground, scope)
    for kind in ground.kinds:
        assert found[kind.name, "some"] == kind.some(scope, decisions), f"some: {kind.name}"
        assert found[kind.name, "every"] == kind.every(decisions), f"every: {kind.name}"


def check_casbin(given: Given, scope: Scope, requests: Sequence[Request], *, every: int = 1) -> None:
    """The judge answers each of these requests as the scope does, and a plain Casbin every so manieth of them."""
    authority = authority_of(given)
    valid = [each for each in given.assignments if (each.valid_from or NOW) <= NOW < (each.valid_until or NOW + A_SECOND)]
    plain = plain_casbin(casbin_rows(given.policy, valid))
    for place, asked in enumerate(requests):
        allowed = scope.allows(asked.area, asked.own, asked.measure)
        judged = authority.allows(asked.area, OBJECT, ACTIVITY, own=asked.own, measure=asked.measure)
        assert judged is allowed, f"judge: {asked}"
        if place % every == 0:
            values = (f"user:{USER}", text_of(asked.area), OBJECT, ACTIVITY.name, asked.own, asked.measure)
            assert plain.enforce(*values) is allowed, f"plain Casbin: {asked}"


def a_few_of_both(scope: Scope, start: int) -> list[Request]:
    """Requests that the scope allows and requests that it refuses, others for every start."""
    both: tuple[list[Request], list[Request]] = ([], [])
    for request in REQUESTS:
        both[scope.allows(request.area, request.own, request.measure)].append(request)
    return [each for side in both for each in side[start % max(1, len(side) // 7) :: max(1, len(side) // 7)][:8]]


# ---------------------------------------------------------------------------------------------------------- the property


def everybody_agrees(field: Field, ground: Ground, given: Given, start: int) -> None:
    scope = authority_of(given).scope(OBJECT, ACTIVITY)
    check_casbin(given, scope, a_few_of_both(scope, start), every=4)
    check_sql(field, ground, scope)


AT_LENGTH = settings(max_examples=2000, suppress_health_check=list(HealthCheck), print_blob=True)
starts = st.integers(0, 99)


@given(policies, starts)
@AT_LENGTH
def test_scope_judge_casbin_and_sql_decide_alike(field: Field, ground: Ground, given: Given, start: int) -> None:
    everybody_agrees(field, ground, given, start)


@pytest.mark.long
@pytest.mark.skipif(not LONG, reason="100,000 policies: set SDGRAPH_LONG=1")
@pytest.mark.parametrize("part", range(49))
@given(policies, starts)
@AT_LENGTH
def test_scope_judge_casbin_and_sql_decide_alike_at_length(
    field: Field, ground: Ground, part: int, given: Given, start: int
) -> None:
    """In parts, so that several workers share them and the library need not remember 100,000 examples."""
    everybody_agrees(field, ground, given, start)


@given(scopes, scopes)
@settings(max_examples=2000 if LONG else 100, suppress_health_check=list(HealthCheck))
def test_whatever_the_algebra_makes_becomes_sql(field: Field, ground: Ground, one: Scope, other: Scope) -> None:
    """Also what no policy comes to: a difference may reach others' records and not one's own."""
    for scope in (one | other, one & other, one - other):
        check_sql(field, ground, scope)


# ------------------------------------------------------------------------------------------------------ cases to be read

CLERK = Role("clerk", "Clerk", "职员")


def a_line(role: str = "clerk", area: str = "*/*/*", **rest: Any) -> Line:
    return Line(role, pattern_of(area), OBJECT, ACTIVITY, **rest)


def to(role: str = "clerk", area: str = "*/*/*", user: str = USER) -> Assignment:
    return Assignment(user, role, pattern_of(area))


def a_given(lines: Sequence[Line], assignments: Sequence[Assignment], links: Sequence[Link] = ()) -> Given:
    return Given(Policy(1, {"clerk": CLERK}, tuple(lines), tuple(links)), tuple(assignments))


DENY = Effect.DENY
EIGHT_DEEP = tuple(Link("clerk" if place == 0 else f"role-{place}", f"role-{place + 1}") for place in range(7))


@pytest.mark.parametrize(
    ("given", "scope"),
    [
        pytest.param(a_given([], []), EMPTY, id="no lines, no roles"),
        pytest.param(a_given([a_line()], []), EMPTY, id="no roles"),
        pytest.param(a_given([], [to()]), EMPTY, id="no lines"),
        pytest.param(a_given([a_line()], [to(user="bob")]), EMPTY, id="only somebody else's roles"),
        pytest.param(a_given([a_line(USER)], []), EMPTY, id="a role with the user's own name, not assigned"),
        pytest.param(a_given([a_line(USER)], [to(USER, user="clerk")]), EMPTY, id="assigned to a user with a role's name"),
        pytest.param(a_given([a_line()], [to()]), EVERYTHING, id="everything"),
        pytest.param(a_given([a_line(reach=Reach.OWN)], [to()]), OWN_EVERYWHERE, id="own everywhere"),
        pytest.param(a_given([a_line(effect=DENY)], [to()]), EMPTY, id="a denial alone"),
        pytest.param(a_given([a_line(), a_line(effect=DENY)], [to()]), EMPTY, id="everything allowed and everything denied"),
        pytest.param(
            a_given([a_line(area="1000/*/*"), a_line(area="*/10/*", effect=DENY)], [to(area="*/10/*")]),
            EMPTY,
            id="denied where assigned",
        ),
        pytest.param(a_given([a_line("role-7")], [to()], EIGHT_DEEP), EVERYTHING, id="allowed by the eighth role of a chain"),
        pytest.param(a_given([a_line(), a_line("role-7", effect=DENY)], [to()], EIGHT_DEEP), EMPTY, id="denied by the eighth"),
        *(
            pytest.param(a_given([a_line(), a_line(area=area, effect=DENY)], [to()]), None, id=f"everywhere but in {area}")
            for area in ("1000/*/*", "*/10/*", "*/*/00", "1000/10/00")
        ),
        *(
            pytest.param(a_given([a_line(area=area)], [to()]), None, id=f"nowhere but in {area}")
            for area in ("1000/*/*", "*/10/*", "*/*/00", "1000/10/00")
        ),
        *(
            pytest.param(a_given([a_line(reach=Reach.OWN), a_line(area=area)], [to()]), None, id=f"own, and others' in {area}")
            for area in ("1000/*/*", "*/10/*", "*/*/00", "1000/10/00")
        ),
        pytest.param(
            a_given([a_line(limit=Decimal(5)), a_line(reach=Reach.OWN), a_line(area="1000/*/*", limit=Decimal(99))], [to()]),
            None,
            id="others' up to a limit, own without",
        ),
        pytest.param(
            a_given([a_line(), a_line("outsider", effect=DENY)], [to(), to("outsider", "2000/*/*"), to("outsider", "*/1/*")]),
            None,
            id="a denial by where its role is assigned",
        ),
    ],
)
def test_cases_to_be_read_are_decided_alike(field: Field, ground: Ground, given: Given, scope: Scope | None) -> None:
    compiled = authority_of(given).scope(OBJECT, ACTIVITY)
    assert scope is None or compiled == scope
    check_casbin(given, compiled, REQUESTS, every=3)
    check_sql(field, ground, compiled)


@pytest.mark.parametrize("but", [None, "0042/*/*", "*/10/*", "0042/10/00"])
def test_a_hundred_organizations_are_decided_alike(field: Field, wide_ground: Ground, but: str | None) -> None:
    denials = [] if but is None else [a_line(area=but, effect=DENY)]
    given = a_given([a_line(limit=Decimal(5)), *denials], [to(area=f"{code}/*/*") for code in ORGANIZATIONS])
    scope = authority_of(given).scope(OBJECT, ACTIVITY)
    check_sql(field, wide_ground, scope)
    areas = {area for area in wide_ground.cells if area[0] in ("0000", "0042", "0099", "0100")}
    check_casbin(given, scope, [Request(area, own, Decimal(5)) for area in sorted(areas) for own in (False, True)])


def test_a_right_of_another_object_or_activity_is_none() -> None:
    given = a_given([a_line()], [to()])
    authority = authority_of(given)
    here = Area(("1000", "10", "00"))
    for object, activity in (("customer", ACTIVITY), (OBJECT, Activity.DISPLAY)):
        assert authority.scope(object, activity) == EMPTY
        assert authority.allows(here, object, activity, own=True) is False
    assert authority.allows(here, OBJECT, ACTIVITY, own=False) is True


@pytest.mark.parametrize("own", [None, 0, 1, "all"])
def test_whether_a_record_is_ones_own_is_never_guessed(own: Any) -> None:
    judge = Judge(Policy(1, {"clerk": CLERK}, (a_line(reach=Reach.OWN),)), USER, [to()])
    with pytest.raises(Bug):
        judge.allows(Area(("1000", "10", "00")), OBJECT, ACTIVITY, own=own)


def test_a_scope_without_areas_that_differ_shows_rows_that_lie_nowhere_and_lets_nobody_change_them(
    field: Field, ground: Ground
) -> None:
    """A user without roles is seen by who administers all areas; what all else asks, every area and one at least, fails."""
    nowhere = {kind.name: {row.id for row in kind.rows if not row.cells} for kind in ground.kinds}
    found = field.found(ground, EVERYTHING)
    for kind in ("through rows", "through patterns"):
        assert nowhere[kind]
        assert nowhere[kind] <= set(found[kind, "some"])
        assert not nowhere[kind] & set(found[kind, "every"])
