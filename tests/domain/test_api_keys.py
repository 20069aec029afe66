"""Who may have an API key made, and what one must be like."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from domain.api_keys import MOST_KEYS, KeyCase, faults_of_key, refusals_to_make_key
from domain.caller import UserKind

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
FOR_A_MACHINE = KeyCase(own=False, kind=UserKind.SERVICE, administers=False, open_keys=0)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="an administrator makes one for a machine"),
        pytest.param({"kind": UserKind.EMPLOYEE}, ["KEY_OF_PERSON"], id="nobody makes one for a colleague"),
        pytest.param({"kind": UserKind.PARTNER}, ["KEY_OF_PERSON"], id="nor for a partner"),
        pytest.param({"kind": UserKind.EMPLOYEE, "own": True}, [], id="an employee makes their own"),
        pytest.param({"kind": UserKind.PARTNER, "own": True}, [], id="and a partner theirs"),
        pytest.param({"administers": True}, ["KEY_OF_ADMINISTRATOR"], id="a machine that administers lends itself to nobody"),
        pytest.param({"administers": True, "own": True}, [], id="an administrator has keys of their own"),
        pytest.param({"open_keys": MOST_KEYS - 1}, [], id="the last one that there is room for"),
        pytest.param({"open_keys": MOST_KEYS}, ["TOO_MANY_KEYS"], id="one too many"),
        pytest.param(
            {"kind": UserKind.EMPLOYEE, "administers": True, "open_keys": MOST_KEYS},
            ["KEY_OF_PERSON", "KEY_OF_ADMINISTRATOR", "TOO_MANY_KEYS"],
            id="all reasons at once",
        ),
    ],
)
def test_who_gets_a_key(change: dict[str, Any], reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to_make_key(replace(FOR_A_MACHINE, **change))] == reasons


@pytest.mark.parametrize(
    ("name", "days", "faults"),
    [
        pytest.param("till", 365, [], id="a year"),
        pytest.param("till", 0, [("KEY_OVER", "validTo")], id="over already"),
        pytest.param("till", 367, [("KEY_TOO_LONG", "validTo")], id="longer than allowed"),
        pytest.param("  ", 1, [("NAME_EMPTY", "name")], id="without a name"),
        pytest.param("x" * 61, 1, [("TEXT_TOO_LONG", "name")], id="a long name"),
    ],
)
def test_what_a_key_must_be_like(name: str, days: int, faults: list[tuple[str, str]]) -> None:
    found = faults_of_key(name, NOW + timedelta(days=days), NOW, 365)
    assert [(each.reason, each.field) for each in found] == faults
