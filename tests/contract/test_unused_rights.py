"""Which rights users hold and do not use: told to themselves, and to those who administer them, as far as they do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import running_server
from tests.contract.answers import data_of, refusal_of
from tests.contract.demo import EVERYBODY, PEOPLE, meets, rights_of, walk
from tests.contract.test_commands import CHANGE, CREATE, NEW, do, fetch
from tests.contract.test_sessions import with_token

UNUSED = """query ($days: Int! = 30, $user: String, $first: Int! = 200, $after: String) {
    unusedRights(days: $days, user: $user, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    edges { node { user { username } object activities lastUsedOn } } } }"""
KEY = 'mutation { do: createApiKey(input: {name: "till"}) { secret } }'
TODAY = datetime.now(timezone.utc).date()


def unused(server: Client, by: str, **asked: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The answer by user and object."""
    pages = walk(lambda after: data_of(server.run(UNUSED, {**asked, "after": after}, user=by)))
    return {(each["user"]["username"], each["object"]): each for each in pages}


def uses(database: str, user: str) -> set[tuple[str, str]]:
    found = fetch(
        database, "select object, activity from right_uses r join users u on u.id = r.user_id where username = $1", user
    )
    return set(found)


@pytest.fixture(scope="module")
def worked(database: str, run_directory: Path) -> None:
    """What some users did before their server stopped."""
    with running_server(database, run_directory) as base:
        server = Client(base)
        rows = "{ customers(first: 2) { edges { node { id version } } } }"
        customer = server.data(rows, user="clerk.1000")["customers"]["edges"][0]["node"]
        made = do(server, CREATE, NEW, "clerk.1000")["customer"]
        do(server, CHANGE, {"customer": made["id"], "version": 1, "phone": "1"}, "clerk.1000")
        do(server, CHANGE, {"customer": customer["id"], "version": 0, "phone": "1"}, "clerk.2000")
        server.data("{ customers(first: 1) { totalCount } }", user="clerk.3000")
        server.data("{ customers(first: 1) { edges { node { number bankAccounts { holder } } } } }", user="cashier.1000")
        server.data("{ customers(first: 1) { edges { node { number bankAccounts { holder } } } } }", user="clerk.3000")
        server.data(
            "query ($id: ID!) { changeDocuments(record: $id, first: 1) { totalCount } }", {"id": made["id"]}, user="auditor"
        )
        server.send("WhatCan", {"user": "clerk.1000"}, user="local.1000")
        server.send("UserList", {"first": 5}, user="admin.2")
        secret = server.data(KEY, user="manager.1000")["do"]["secret"]
        assert with_token(server, secret, "{ customers(first: 1) { totalCount } }")[0] == 200
        server.data("{ viewer { user { username } permissions { object } } }", user="credit.1000")
        server.http.close()


@pytest.fixture(scope="module")
def later(database: str, run_directory: Path, worked: None) -> Iterator[Client]:
    with running_server(database, run_directory) as base:
        client = Client(base)
        yield client
        client.http.close()


def test_what_was_used_is_written_once_with_its_day(database: str, later: Client) -> None:
    assert {("customer", "DISPLAY"), ("customer", "CREATE"), ("customer_sales_area", "CREATE"), ("customer", "CHANGE")} <= uses(
        database, "clerk.1000"
    )
    assert fetch(database, "select count(*), count(distinct (user_id, object, activity)) from right_uses")[0][0] > 0
    assert all(abs((day - TODAY).days) <= 1 for (day,) in fetch(database, "select distinct day from right_uses"))


@pytest.mark.parametrize(
    ("user", "used", "not_used"),
    [
        pytest.param("clerk.2000", set(), {("customer", "CHANGE")}, id="what was not found was not used"),
        pytest.param(
            "clerk.3000", {("customer", "DISPLAY")}, {("customer_bank", "DISPLAY")}, id="a count; no right on what is masked"
        ),
        pytest.param("cashier.1000", {("customer", "DISPLAY"), ("customer_bank", "DISPLAY")}, set(), id="a field group"),
        pytest.param("auditor", {("customer", "DISPLAY_CHANGES")}, {("customer", "CHANGE")}, id="change documents"),
        pytest.param("local.1000", {("role_assignment", "DISPLAY")}, set(), id="a question about somebody"),
        pytest.param("admin.2", {("user", "DISPLAY")}, {("customer", "DISPLAY")}, id="customers that rows tell of themselves"),
        pytest.param("manager.1000", {("api_key", "CREATE"), ("customer", "DISPLAY")}, set(), id="an API key"),
        pytest.param("credit.1000", set(), {("customer", "DISPLAY")}, id="one's own rights, looked at"),
    ],
)
def test_what_counts_as_a_use(
    database: str, later: Client, user: str, used: set[tuple[str, str]], not_used: set[tuple[str, str]]
) -> None:
    found = uses(database, user)
    assert used <= found
    assert not found & not_used


@pytest.mark.parametrize("by", ["admin", "local.1000", "auditor"])
def test_administrators_are_told_what_is_held_and_not_used(database: str, later: Client, by: str) -> None:
    asker = PEOPLE[by]
    expected: dict[tuple[str, str], set[str]] = {}
    for person in EVERYBODY:
        if any(meets(a, b) for a in person.areas for b in asker.areas):
            done = uses(database, person.name)
            for right in rights_of(person, within=("*/*/*",) if person is asker else asker.areas):
                if (right.object, right.activity) not in done:
                    expected.setdefault((person.name, right.object), set()).add(right.activity)
    found = {key: set(each["activities"]) for key, each in unused(later, by).items()}
    others = {key: activities for key, activities in found.items() if key[0] != by}
    assert others == {key: activities for key, activities in expected.items() if key[0] != by}
    assert list(found) == sorted(found)


@pytest.mark.parametrize("by", ["clerk.1000", "dealer.a"])
def test_who_administers_nobody_is_told_of_themselves_at_most(later: Client, by: str) -> None:
    for user in (None, "clerk.2000", "nobody"):
        assert refusal_of(later.run(UNUSED, {"user": user}, user=by))["code"] == "FORBIDDEN"
    mine = later.run(UNUSED, {"user": by}, user=by)
    if by == "dealer.a":
        assert refusal_of(mine)["code"] == "FORBIDDEN"
    else:
        found = {edge["node"]["object"]: edge["node"] for edge in data_of(mine)["edges"]}
        assert found["customer_company_code"]["user"] == {"username": by}
        assert "CHANGE" not in found.get("customer", {"activities": []})["activities"]


def test_a_hidden_user_is_nobody(later: Client) -> None:
    for user in ("clerk.2000", "nobody"):
        assert refusal_of(later.run(UNUSED, {"user": user}, user="local.1000"))["code"] == "NOT_FOUND"


def test_a_use_counts_for_as_many_days_as_are_asked_for(database: str, later: Client) -> None:
    fetch(
        database,
        """insert into right_uses (user_id, object, activity, day)
           select id, 'billing_document', 'REVERSE', $1 from users where username = 'billing.1000'""",
        TODAY - timedelta(days=40),
    )
    for days, told in ((30, True), (50, False)):
        right = unused(later, "admin", user="billing.1000", days=days)["billing.1000", "billing_document"]
        assert ("REVERSE" in right["activities"]) is told
        assert right["lastUsedOn"] == (str(TODAY - timedelta(days=40)) if told else None)
        assert "CREATE" in right["activities"]


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_how_many_days_there_may_be(later: Client, days: int) -> None:
    refused = refusal_of(later.run(UNUSED, {"days": days}, user="admin"))
    assert (refused["reason"], refused["argument"]) == ("DAYS_RANGE", "days")


def test_pages_of_it_hold_all_of_it(later: Client) -> None:
    whole = unused(later, "admin", user="clerk.1000")
    assert unused(later, "admin", user="clerk.1000", first=3) == whole
