"""Customers out as a file: whose, which, by what link, and safe to open."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import httpx2 as httpx
import pytest

from api.auth.policy_edit import assigning, edit_policy, unassigning
from api.database import models_open
from domain.exchange import COLUMNS
from tests.client import Client
from tests.contract.demo import PEOPLE, Facts
from tests.contract.test_commands import CREATE, NEW, do, fetch
from tests.contract.test_exchange import done, rows

LINK = "query ($filter: CustomerFilter) { customerExport(filter: $filter) { link { url expiresAt } leftOut } }"
MAY = {"manager.1000": "1000", "customer.admin": ""}
"""Who may export, and the sales organization that they are kept to."""


def link(server: Client, user: str, filter: dict[str, Any] | None = None) -> str:
    return server.data(LINK, {"filter": filter}, user=user)["customerExport"]["link"]["url"]  # type: ignore[no-any-return]


def fetched(server: Client, url: str, **headers: str) -> httpx.Response:
    return server.http.get(f"{server.base}{url}", headers=headers)


def lines(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline=""), strict=True))


def expected(facts: Facts, user: str) -> list[tuple[str, str]]:
    """The number and sales area of each line: of customers that lie nowhere else, one for each view."""
    return [
        (customer["number"], view["code"])
        for customer in facts.customers
        if all(view["code"].startswith(MAY[user]) for view in customer["views"])
        for view in customer["views"]
    ]


@pytest.mark.parametrize("user", MAY)
def test_the_file_holds_exactly_what_one_may_export(server: Client, facts: Facts, user: str) -> None:
    found = lines(fetched(server, link(server, user)))
    assert [(each["number"], each["salesArea"]) for each in found] == expected(facts, user)
    first = facts.customer(found[0]["number"])
    assert (found[0]["name"], found[0]["country"], found[0]["version"]) == (
        first["name"],
        first["country"],
        str(first["version"]),
    )
    assert list(found[0]) == [each.title for each in COLUMNS]
    left_out = server.data(LINK, user=user)["customerExport"]["leftOut"]
    assert left_out == len(facts.visible(PEOPLE[user])) - len({number for number, _ in expected(facts, user)})
    assert (left_out > 0) is (user == "manager.1000")


@pytest.mark.parametrize("user", [name for name in PEOPLE if name not in MAY])
def test_who_may_not_export_gets_no_link(server: Client, user: str) -> None:
    (error,) = server.run(LINK, user=user)["errors"]
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("FORBIDDEN", "FORBIDDEN")


def test_a_filter_narrows_the_file(server: Client, facts: Facts) -> None:
    filter = {"or": [{"customerType": {"in": ["AGENT"]}}, {"name": {"contains": "钢"}}], "country": {"eq": "CN"}}
    found = {each["number"] for each in lines(fetched(server, link(server, "customer.admin", filter)))}
    assert found == {
        each["number"]
        for each in facts.customers
        if each["country"] == "CN" and (each["customer_type"] == "AGENT" or "钢" in each["name"])
    }
    assert 0 < len(found) < len(facts.customers)


@pytest.mark.parametrize("filter", ["{", "[1]", '{"nothing": 1}', '{"number": {"eq": 1}}', "9" * 5000, "[" * 3000])
def test_a_filter_that_is_none_is_refused(server: Client, filter: str) -> None:
    url = link(server, "customer.admin")
    response = server.http.get(f"{server.base}{url}", params={"filter": filter})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["reason"] == "PARAMETER_NOT_OBJECT"


def test_the_answer_is_a_file_that_no_browser_shows(server: Client) -> None:
    headers = fetched(server, link(server, "manager.1000")).headers
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["content-disposition"] == 'attachment; filename="customers.csv"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-store"


def test_a_formula_is_not_computed_and_comes_back_as_it_was(server: Client, database: str) -> None:
    number = do(server, CREATE, {**NEW, "name": "=HYPERLINK(1)", "phone": "+86 21-1"})["customer"]["number"]
    response = fetched(server, link(server, "manager.1000", {"number": {"eq": number}}))
    (line,) = lines(response)
    assert (line["name"], line["phone"]) == ("'=HYPERLINK(1)", "'+86 21-1")
    job = done(server, response.content)
    assert [each["outcome"] for each in rows(server, job)] == ["UNCHANGED"]
    assert fetch(database, "select name, phone, version from customers where number = $1", number) == [
        ("=HYPERLINK(1)", "+86 21-1", 1)
    ]


def test_the_whole_file_comes_back_unchanged(server: Client, facts: Facts) -> None:
    """Codes that are older than the rules for them are left alone, too."""
    response = fetched(server, link(server, "customer.admin"))
    job = done(server, response.content, dryRun=True)
    assert (job["refused"], job["done"]) == (
        sum(each["archived_at"] is not None for each in facts.customers),
        len(lines(response)),
    )


def test_a_link_opens_nothing_once_the_right_or_the_session_is_over(server: Client, database: str) -> None:
    url = link(server, "manager.1000")
    assert fetched(server, url).status_code == 200

    async def change(step: Any) -> None:
        async with models_open(database):
            await edit_policy("test", "exports", step("manager.1000", "sales-manager", ["1000/*/*"]))

    asyncio.run(change(unassigning))
    try:
        response = fetched(server, url)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["reason"]) == (403, "FORBIDDEN")
    finally:
        asyncio.run(change(assigning))
    assert fetched(server, url).status_code == 200
    server.run("mutation { signOut(input: {everywhere: true}) { userErrors { code } } }", user="manager.1000")
    server.tokens.pop("manager.1000")
    assert fetched(server, url).status_code == 404


@pytest.mark.parametrize("token", ["x", "a.b.c"])
def test_a_garbled_link_opens_nothing(server: Client, token: str) -> None:
    assert fetched(server, f"/exports/{token}/customers.csv").status_code == 404


def test_links_to_files_and_exports_and_tokens_do_not_pass_for_one_another(server: Client) -> None:
    token = link(server, "customer.admin").split("/")[2]
    assert fetched(server, f"/files/{token}").status_code == 404
    assert fetched(server, f"/exports/{server.token('customer.admin')}/customers.csv").status_code == 404
    body = {"query": "{ viewer { user { id } } }"}
    assert (
        server.http.post(f"{server.base}/graphql", json=body, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    )
