"""What somebody may, as an administrator sees it: cut to what that administrator administers."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from api.auth.authority import Authority
from api.resolvers.policy import administered, rights
from domain.activity import Activity, Effect, Reach
from domain.areas import pattern_of
from domain.caller import UserKind
from domain.policy import Assignment, Line, Policy

NOW = datetime(2026, 7, 1, tzinfo=timezone.utc)


def an_administrator(*lines: tuple[str, Reach, Effect]) -> Authority:
    """Somebody who administers assignments by these lines."""
    made = tuple(
        Line("local-administrator", pattern_of(area), "role_assignment", Activity.DISPLAY, reach, None, effect)
        for area, reach, effect in lines
    )
    given = (Assignment("lu", "local-administrator", pattern_of("*/*/*")),)
    return Authority(1, "lu", UserKind.EMPLOYEE, Policy(1, {}, made), given, NOW)


@pytest.mark.parametrize(
    ("administrator", "areas", "except_areas"),
    [
        pytest.param([("*/*/*", Reach.ALL, Effect.ALLOW)], ["*/*/*"], ["3000/*/*"], id="everywhere"),
        pytest.param([("1000/*/*", Reach.ALL, Effect.ALLOW)], ["1000/*/*"], [], id="one organization"),
        pytest.param(
            [("1000/*/*", Reach.ALL, Effect.ALLOW), ("*/20/*", Reach.ALL, Effect.DENY)],
            ["1000/*/*"],
            ["1000/20/*"],
            id="one organization but for a channel denied",
        ),
        pytest.param([("1000/*/*", Reach.ALL, Effect.ALLOW), ("1000/*/*", Reach.ALL, Effect.DENY)], [], [], id="all denied"),
        pytest.param([("1000/*/*", Reach.OWN, Effect.ALLOW)], [], [], id="own assignments, which nobody owns"),
        pytest.param([], [], [], id="nothing"),
    ],
)
def test_rights_are_told_where_the_asker_administers(
    administrator: list[tuple[str, Reach, Effect]], areas: list[str], except_areas: list[str]
) -> None:
    lines = (
        Line("clerk", pattern_of("*/*/*"), "customer", Activity.DISPLAY),
        Line("clerk", pattern_of("3000/*/*"), "customer", Activity.DISPLAY, effect=Effect.DENY),
    )
    found = rights(
        Policy(1, {}, lines),
        [Assignment("ann", "clerk", pattern_of("*/*/*"))],
        administered(an_administrator(*administrator)),
    )
    assert [(right.object, right.shown.areas, right.shown.except_areas) for right in found] == (
        [("customer", tuple(map(pattern_of, areas)), tuple(map(pattern_of, except_areas)))] if areas else []
    )
