"""Fields that need Python inside planned answers: only they cost Python, once for all rows, and answer as the reference does."""

from __future__ import annotations

from typing import Any

import pytest

from api.auth.records import visible_assignments
from api.execution.holes import Holes
from api.schema import policy
from api.schema.root import schema
from domain.caller import Caller
from domain.errors import Invalid
from tests.execution.conftest import House

LIST = """query ($rules: Boolean = false, $first: Int = 50) {
  users(first: $first) { edges { cursor node {
    username
    roleAssignments { ...Given }
    again: roleAssignments { salesAreas role { __typename name rules @include(if: $rules) { object activities } } }
  } } }
}
fragment Given on RoleAssignment { role { title inherits } validFrom ... on RoleAssignment { validTo } }"""
MANY_ROOTS = """{
  viewer { user { username roleAssignments { role { name } } } }
  users(first: 3) { edges { node { id roleAssignments { salesAreas } } } }
  one: node(id: "VXNlcjox") { id ... on User { roleAssignments { role { name } } customers { number } } }
  other: node(id: "Q3VzdG9tZXI6MQ==") { ... on User { roleAssignments { role { name } } } ... on Customer { number } }
  customers(first: 2) { edges { node { number } } }
}"""


def caller(house: House, name: str) -> Caller:
    """One of the users, signed in."""
    return next(each for each in house.callers if each.username == name)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many users each look-up of assignments was for."""
    counted: list[int] = []

    async def counting(connection: Any, authority: Any, user_ids: Any) -> Any:
        counted.append(len(user_ids))
        return await visible_assignments(connection, authority, user_ids)

    monkeypatch.setattr(policy, "visible_assignments", counting)
    return counted


@pytest.mark.parametrize("name", ["auditor", "admin", "local.1000", "clerk.1000", "dealer.a"])
@pytest.mark.parametrize(
    ("text", "variables"),
    [
        pytest.param(LIST, {}, id="a list"),
        pytest.param(LIST, {"rules": True, "first": 7}, id="with a directive"),
        pytest.param(LIST, {"first": 0}, id="an empty page"),
        pytest.param(MANY_ROOTS, {}, id="several roots"),
    ],
)
def test_answers_as_the_reference_does(house: House, text: str, variables: dict[str, Any], name: str) -> None:
    planned, _ = house.ask(house.planned, text, variables, caller(house, name))
    expected, _ = house.ask(house.reference, text, variables, caller(house, name))
    assert planned == expected


def test_all_else_stays_the_database_s_and_values_are_loaded_once(
    house: House, loads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_named: Any) -> None:
        raise AssertionError("the reference executor was asked")

    monkeypatch.setattr(type(schema), "execute", refuse)
    planned, in_bytes = house.ask(house.planned, LIST, {}, caller(house, "auditor"))
    assert in_bytes
    rows = len(dict(dict(dict(planned)["data"])["users"])["edges"])
    assert loads == [rows, rows], "once for each of the two fields"
    assert rows > 20


def test_a_page_without_rows_loads_nothing(house: House, loads: list[int]) -> None:
    house.ask(house.planned, LIST, {"first": 0}, caller(house, "auditor"))
    assert loads == []


@pytest.mark.parametrize("gives", [Invalid.because("KEY_MALFORMED", "x", most=1), None], ids=["refused", "broken"])
def test_what_cannot_be_filled_is_an_error_where_the_reference_has_it(
    house: House, monkeypatch: pytest.MonkeyPatch, gives: Any
) -> None:
    async def failing(*_args: Any) -> Any:
        if isinstance(gives, Invalid):
            raise gives
        return dict.fromkeys(range(1000), gives)

    monkeypatch.setattr(policy, "visible_assignments", failing)
    text = "{ users(first: 3) { edges { node { username roleAssignments { salesAreas } } } } }"
    planned, _ = house.ask(house.planned, text, {}, caller(house, "auditor"))
    expected, _ = house.ask(house.reference, text, {}, caller(house, "auditor"))
    assert planned == expected
    assert "errors" in dict(planned)


def test_the_mark_can_come_from_no_value(house: House) -> None:
    """A control character in a value is escaped in JSON, so it cannot be taken for a hole."""
    assert Holes(schema._schema)
    text = '{ customers(first: 3, filter: {search: "\\u0001"}) { edges { node { name } } } }'
    planned, _ = house.ask(house.planned, text, {}, caller(house, "auditor"))
    expected, _ = house.ask(house.reference, text, {}, caller(house, "auditor"))
    assert planned == expected
