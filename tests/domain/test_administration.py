"""Who is an administrator: somebody who holds all that it takes to mend whatever has gone wrong, everywhere and now."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.activity import Effect, Reach
from domain.administration import ADMINISTRATORS_RIGHTS, administrators, is_administrator, roles_that_count
from domain.areas import pattern_of
from domain.policy import Assignment, Line, Link, Policy, Role
from domain.scope import EMPTY, EVERYTHING, OWN_EVERYWHERE
from tests.random_policies import NOW

A_DAY = timedelta(days=1)


def a_role(name: str, area: str = "*/*/*", *, without: int | None = None, **more: Any) -> tuple[Line, ...]:
    rights = [right for place, right in enumerate(ADMINISTRATORS_RIGHTS) if place != without]
    return tuple(Line(name, pattern_of(area), object, activity, **more) for object, activity in rights)


def a_policy(*lines: Line, links: tuple[Link, ...] = ()) -> Policy:
    names = {line.role for line in lines} | {link.role for link in links}
    return Policy(1, {name: Role(name, name, name) for name in names}, lines, links)


def given_to(user: str, role: str, area: str = "*/*/*", **validity: Any) -> Assignment:
    return Assignment(user, role, pattern_of(area), **validity)


WHOLE = a_role("admin")
HALVES = (*a_role("half", without=0), *a_role("other-half", without=1))
DENIED = Line("denied", pattern_of("1000/10/00"), *ADMINISTRATORS_RIGHTS[0], effect=Effect.DENY)


@pytest.mark.parametrize(
    ("policy", "given", "found"),
    [
        pytest.param(a_policy(*WHOLE), [given_to("ann", "admin")], {"ann"}, id="all of it, everywhere"),
        pytest.param(a_policy(*WHOLE), [given_to("ann", "admin", "1000/*/*")], set(), id="assigned in one organization"),
        pytest.param(
            a_policy(*WHOLE),
            [given_to("ann", "admin", "1000/*/*"), given_to("ann", "admin")],
            {"ann"},
            id="of two assignments one is everywhere",
        ),
        pytest.param(
            a_policy(*a_role("admin", "1000/*/*")), [given_to("ann", "admin")], set(), id="a role of one organization"
        ),
        pytest.param(
            a_policy(*HALVES),
            [given_to("ann", "half"), given_to("ann", "other-half"), given_to("ben", "half")],
            {"ann"},
            id="two roles make a whole, one does not",
        ),
        pytest.param(
            a_policy(*a_role("basics"), links=(Link("admin", "basics"),)), [given_to("ann", "admin")], {"ann"}, id="inherited"
        ),
        pytest.param(
            a_policy(*WHOLE, DENIED),
            [given_to("ann", "admin"), given_to("ann", "denied"), given_to("ben", "admin")],
            {"ben"},
            id="a deny anywhere",
        ),
        pytest.param(a_policy(*a_role("admin", reach=Reach.OWN)), [given_to("ann", "admin")], set(), id="for own records only"),
        pytest.param(a_policy(*a_role("admin", limit=Decimal(5))), [given_to("ann", "admin")], set(), id="up to a limit"),
        pytest.param(
            a_policy(*WHOLE),
            [
                given_to("ann", "admin", valid_until=NOW),
                given_to("ben", "admin", valid_from=NOW + A_DAY),
                given_to("cay", "admin", valid_from=NOW, valid_until=NOW + A_DAY),
            ],
            {"cay"},
            id="over, not yet, now",
        ),
        pytest.param(a_policy(*WHOLE), [given_to("gone", "admin")], set(), id="who cannot sign in"),
        pytest.param(a_policy(*WHOLE), [], set(), id="nobody"),
    ],
)
def test_the_administrators(policy: Policy, given: list[Assignment], found: set[str]) -> None:
    assert administrators(policy, given, NOW, {"ann", "ben", "cay"}) == found


def test_nothing_less_than_everything_is_enough() -> None:
    assert is_administrator(lambda *_: EVERYTHING)
    for right in ADMINISTRATORS_RIGHTS:
        for less in (EMPTY, OWN_EVERYWHERE):
            assert not is_administrator(lambda *asked, right=right, less=less: less if asked == right else EVERYTHING)


def test_only_roles_that_say_something_of_it_count() -> None:
    clerk = Line("clerk", pattern_of("*/*/*"), "policy_change", ADMINISTRATORS_RIGHTS[2][1])
    policy = a_policy(*HALVES, DENIED, clerk, links=(Link("heir", "half"),))
    assert roles_that_count(policy) == {"half", "other-half", "denied", "heir"}
