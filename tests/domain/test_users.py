"""What a user must be like, and when one may be locked, unlocked or given another password."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.caller import UserKind
from domain.users import (
    CHANGE_RULES,
    LOCK_RULES,
    MOST_CUSTOMERS,
    RESET_RULES,
    UNLOCK_RULES,
    UserCase,
    can_sign_in,
    faults_of_reason,
    faults_of_user,
    faults_of_username,
    faults_of_validity,
    refusals_by,
)
from tests.random_policies import NOW

A_COLLEAGUE = UserCase(own=False, kind=UserKind.EMPLOYEE)
A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("change", "lock", "unlock", "reset", "rest"),
    [
        pytest.param({}, [], ["USER_NOT_LOCKED"], [], [], id="somebody else"),
        pytest.param({"locked": True}, ["USER_LOCKED"], [], [], [], id="somebody locked"),
        pytest.param({"own": True}, ["OWN_USER"], ["OWN_USER", "USER_NOT_LOCKED"], ["OWN_USER"], ["OWN_USER"], id="oneself"),
        pytest.param({"kind": UserKind.SERVICE}, [], ["USER_NOT_LOCKED"], ["MACHINE_HAS_NO_PASSWORD"], [], id="a machine"),
        pytest.param({"kind": UserKind.PARTNER}, [], ["USER_NOT_LOCKED"], [], [], id="a partner"),
        pytest.param(
            {"administers": True, "administrators_left": 1},
            ["LAST_ADMINISTRATORS"],
            ["USER_NOT_LOCKED"],
            [],
            ["LAST_ADMINISTRATORS"],
            id="one of two administrators",
        ),
        pytest.param(
            {"administers": True, "administrators_left": 2}, [], ["USER_NOT_LOCKED"], [], [], id="one of three administrators"
        ),
        pytest.param({"administrators_left": 0}, [], ["USER_NOT_LOCKED"], [], [], id="no administrator, whoever is left"),
    ],
)
def test_what_may_be_done_to_a_user(
    change: dict[str, Any], lock: list[str], unlock: list[str], reset: list[str], rest: list[str]
) -> None:
    case = replace(A_COLLEAGUE, **change)
    found = [
        [refusal.reason for refusal in refusals_by(rules, case)]
        for rules in (LOCK_RULES, UNLOCK_RULES, RESET_RULES, CHANGE_RULES)
    ]
    assert found == [lock, unlock, reset, rest]


@pytest.mark.parametrize(
    ("locked", "begins_at", "ends_at", "let_in"),
    [
        (False, None, None, True),
        (True, None, None, False),
        (False, NOW, None, True),
        (False, NOW + A_SECOND, None, False),
        (False, None, NOW, False),
        (False, None, NOW + A_SECOND, True),
        (True, NOW, NOW + A_SECOND, False),
    ],
)
def test_who_is_let_in(locked: bool, begins_at: datetime | None, ends_at: datetime | None, let_in: bool) -> None:
    assert can_sign_in(locked, begins_at, ends_at, NOW) is let_in


@pytest.mark.parametrize("name", ["", "Ann", "ann lee", "-ann", "a" * 61, "ann@example.com", "安"])
def test_a_malformed_user_name(name: str) -> None:
    assert [(each.reason, each.field) for each in faults_of_username(name)] == [("NAME_MALFORMED", "username")]
    assert faults_of_username("ann.lee-2_b") == ()


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        pytest.param({}, [], id="nothing wrong"),
        pytest.param({"display_name": " "}, [("NAME_EMPTY", "displayName")], id="no name"),
        pytest.param({"display_name": "x" * 121}, [("TEXT_TOO_LONG", "displayName")], id="a long name"),
        pytest.param({"display_name": "a\tb"}, [("TEXT_CONTROL", "displayName")], id="a tabulator"),
        pytest.param({"locale": "fr"}, [("LOCALE_UNKNOWN", "locale")], id="a language that there is not"),
        pytest.param({"customers": [1]}, [("ONLY_PARTNERS_BOUND", "customers")], id="a colleague with customers"),
        pytest.param({"customers": [1], "kind": UserKind.PARTNER}, [], id="a partner with customers"),
        pytest.param({"kind": UserKind.PARTNER}, [], id="a partner with none yet"),
        pytest.param(
            {"customers": range(MOST_CUSTOMERS + 1), "kind": UserKind.PARTNER}, [("TOO_MANY_CUSTOMERS", "customers")], id="many"
        ),
    ],
)
def test_what_is_told_of_a_user(change: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    told = {"display_name": "Ann Lee 李安", "locale": "zh", "kind": UserKind.EMPLOYEE, "customers": (), **change}
    assert [(each.reason, each.field) for each in faults_of_user(**told)] == faults


@pytest.mark.parametrize(
    ("begin", "end", "faults"),
    [
        (None, None, []),
        (date(2026, 1, 1), date(2026, 1, 1), []),
        (date(2026, 1, 2), date(2026, 1, 1), [("VALIDITY_REVERSED", "validTo")]),
        (date(1, 1, 1), None, [("INSTANT_TOO_FAR", "validFrom")]),
        (None, date(9999, 12, 30), [("INSTANT_TOO_FAR", "validTo")]),
        (date(2026, 1, 1), date.max, []),
    ],
)
def test_the_first_and_the_last_day(begin: date | None, end: date | None, faults: list[tuple[str, str]]) -> None:
    assert [(each.reason, each.field) for each in faults_of_validity(begin, end)] == faults


@pytest.mark.parametrize(
    ("reason", "faults"),
    [("left the company", []), (" ", ["REASON_EMPTY"]), ("x" * 201, ["TEXT_TOO_LONG"]), ("a\x00b", ["TEXT_CONTROL"])],
)
def test_the_reason_for_a_lock(reason: str, faults: list[str]) -> None:
    assert [each.reason for each in faults_of_reason(reason)] == faults
