"""A record seen through one sales area tells nothing of the others it lies in: not in a refusal, a conflict or an explanation.

The stage: `clerk.1000` also keeps stock in 2000, so that they know the organization without browsing its customers;
`customer.approver` also manages sales in 2000.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.auth.policy_edit import Edit, adding_lines, adding_role, assigning, edit_policy
from api.database import models_open
from domain.policy import Role
from tests.client import Client
from tests.contract.answers import data_of, refusal_of
from tests.contract.demo import facts_of, walk
from tests.contract.test_commands import BLOCK, CHANGE, CREATE, NEW, do, refusal


def edit(database: str, *changes: Callable[[Edit], Awaitable[None]]) -> None:
    """Activate one policy version for each change."""

    async def run() -> None:
        async with models_open(database):
            for change in changes:
                await edit_policy("test", "stage", change)

    asyncio.run(run())


@pytest.fixture(scope="module", autouse=True)
def stage(database: str) -> None:
    edit(
        database,
        assigning("clerk.1000", "inventory-manager", ["2000/*/*"]),
        assigning("customer.approver", "sales-manager", ["2000/*/*"]),
    )


@pytest.fixture
def shared(server: Client, database: str, ids: dict[str, str]) -> dict[str, Any]:
    """A customer of both organizations: its id, its version now, its areas."""
    for each in facts_of(database).customers:
        areas = [view["code"] for view in each["views"]]
        if len({area[:4] for area in areas}) == 2:
            return {"id": ids[each["number"]], "version": each["version"], "areas": areas}
    raise LookupError


def test_a_refusal_names_no_area_that_the_caller_does_not_see_the_record_in(server: Client, shared: dict[str, Any]) -> None:
    input = {"customer": shared["id"], "version": shared["version"], "name": "x"}
    error = refusal(do(server, CHANGE, input, "clerk.1000"))
    assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", "CHANGE")
    assert error["salesArea"] is None
    assert "2000" not in error["message"]


def test_a_refusal_names_the_area_that_the_caller_gave(server: Client) -> None:
    for user in ("admin", "shipping.1000", "clerk.1000"):
        area = "2000/20/00" if user == "clerk.1000" else "1000/20/00"
        error = refusal(do(server, CREATE, {**NEW, "salesArea": area}, user))
        told = (error["code"], error["object"], error["activity"], error["salesArea"])
        assert told == ("FORBIDDEN", "customer", "CREATE", area)


def test_a_conflict_names_no_field_of_a_view_that_the_caller_does_not_see(server: Client, shared: dict[str, Any]) -> None:
    area = next(each for each in shared["areas"] if each.startswith("2000/"))
    base = {"customer": shared["id"], "version": shared["version"]}
    assert do(server, BLOCK, {**base, "blocks": ["ORDER"], "reason": "x", "salesArea": area}, "customer.approver")["customer"]
    for user, fields in (("clerk.1000", []), ("manager.1000", []), ("clerk.2000", ["orderBlock"]), ("auditor", ["orderBlock"])):
        error = refusal(do(server, CHANGE, {**base, "name": "x"}, user))
        assert (error["code"], error["changedFields"]) == ("CONFLICT", fields), user
        assert ("orderBlock" in error["message"]) is bool(fields)


def test_a_conflict_names_no_field_of_a_part_that_the_caller_does_not_see(server: Client) -> None:
    made = do(server, CREATE, NEW)["customer"]
    for user, told in (("clerk.1000", True), ("price.admin", False)):
        error = refusal(do(server, CHANGE, {"customer": made["id"], "version": 0, "name": "x"}, user))
        assert "customerType" in error["changedFields"]
        assert ("companyCode" in error["changedFields"]) is told, user


# ----------------------------------------------------------------------------------------------------------- explanations

EXPLAIN = """query ($user: String!, $activity: Activity!, $object: String! = "customer", $salesArea: String, $record: ID) {
    explainAccess(user: $user, object: $object, activity: $activity, salesArea: $salesArea, record: $record) {
        allowed decidedBy { role assignmentSalesAreas } missing { salesArea reason smallestGrants { role salesAreas } } } }"""
ANSWERED = "the-same-request"


@pytest.mark.parametrize("activity", ["DISPLAY", "CHANGE"])
@pytest.mark.parametrize("sales_area", [None, "1000/20/00", "2000/20/00"])
def test_one_s_own_access_to_a_hidden_record_is_explained_as_to_a_missing_one(
    server: Client, database: str, ids: dict[str, str], activity: str, sales_area: str | None
) -> None:
    hidden = next(
        ids[each["number"]] for each in facts_of(database).customers if {view["code"][:4] for view in each["views"]} == {"1000"}
    )
    missing = "Q3VzdG9tZXI6OTk5OTk5OTk="

    def answer(record: str) -> bytes:
        variables = {"user": "clerk.2000", "activity": activity, "salesArea": sales_area, "record": record}
        body = {"query": EXPLAIN, "variables": variables}
        return server.post(body, user="clerk.2000", headers={"X-Request-ID": ANSWERED}).content

    assert answer(hidden) == answer(missing)
    assert b"NOT_FOUND" in answer(hidden)


@pytest.mark.parametrize(
    ("user", "asker"), [("clerk.1000", "clerk.1000"), ("clerk.2000", "clerk.2000"), ("clerk.1000", "local.1000")]
)
def test_what_a_record_needs_elsewhere_is_explained_without_saying_where(
    server: Client, shared: dict[str, Any], user: str, asker: str
) -> None:
    variables = {"user": user, "activity": "CHANGE", "record": shared["id"]}
    answer = server.run(EXPLAIN, variables, user=asker, **{"Accept-Language": "en"})
    told = data_of(answer)
    assert told["allowed"] is False, "as the command itself says"
    (miss,) = told["missing"]
    assert miss == {
        "salesArea": None,
        "reason": "The record also lies in sales areas that you may not see, and it is not allowed in all of those.",
        "smallestGrants": [],
    }
    own = "2000" if user == "clerk.2000" else "1000"
    assert told["decidedBy"] == [{"role": "sales-clerk", "assignmentSalesAreas": [f"{own}/*/*"]}]
    elsewhere = {"2000": "1000", "1000": "2000"}[own]
    assert f"{elsewhere}/" not in str(answer)
    area = next(each for each in shared["areas"] if each.startswith(elsewhere))
    refused = refusal_of(server.run(EXPLAIN, {**variables, "salesArea": area}, user=asker))
    assert (refused["code"], refused["argument"]) == ("NOT_FOUND", "record")
    assert data_of(server.run(EXPLAIN, {**variables, "activity": "DISPLAY"}, user=asker))["allowed"] is True


def test_who_administers_all_areas_of_a_record_is_told_of_each(server: Client, shared: dict[str, Any]) -> None:
    told = data_of(server.run(EXPLAIN, {"user": "clerk.2000", "activity": "CHANGE", "record": shared["id"]}, user="admin"))
    assert told["allowed"] is False
    assert [miss["salesArea"] for miss in told["missing"]] == [each for each in shared["areas"] if each.startswith("1000/")]
    told = data_of(server.run(EXPLAIN, {"user": "customer.admin", "activity": "CHANGE", "record": shared["id"]}, user="admin"))
    assert told["allowed"] is True
    assert told["missing"] == []


def test_a_local_administrator_is_told_of_no_assignment_elsewhere(server: Client) -> None:
    """The clerk's role as inventory manager lies in 2000 only."""
    for sales_area in (None, "1000/10/00"):
        variables = {"user": "clerk.1000", "object": "stock", "activity": "CREATE", "salesArea": sales_area}
        answer = server.run(EXPLAIN, variables, user="local.1000")
        told = data_of(answer)
        assert (told["allowed"], told["decidedBy"]) == (False, [])
        assert "2000" not in str(answer)
        reasons = [miss["reason"] for miss in told["missing"]]
        assert not any("inventory-manager" in reason for reason in reasons)
    everywhere = {"user": "clerk.1000", "object": "stock", "activity": "CREATE"}
    assert data_of(server.run(EXPLAIN, everywhere, user="admin"))["allowed"] is True
    assert data_of(server.run(EXPLAIN, everywhere, user="clerk.1000"))["allowed"] is True


# ------------------------------------------------------------------------------------------------------ roles made by hand


@pytest.fixture(scope="module")
def by_hand(database: str) -> None:
    """Reads assignments but no users; only own assignments, of which there are none; changes whatever customer there is."""
    edit(
        database,
        adding_role(Role("reader", "Reads assignments", "查看分配")),
        adding_role(Role("general", "Changes general views", "更改一般视图")),
        adding_role(Role("odd", "Reads assignments of their own", "查看本人分配")),
        adding_lines(
            [
                ("reader", "*/*/*", "role_assignment", "DISPLAY", "all", "", "allow"),
                ("general", "*/*/*", "customer_general", "CHANGE", "all", "", "allow"),
                ("odd", "*/*/*", "role_assignment", "DISPLAY", "own", "", "allow"),
            ]
        ),
        assigning("price.admin", "reader", ["*/*/*"]),
        assigning("price.approver", "general", ["*/*/*"]),
        assigning("shipping.1000", "odd", ["*/*/*"]),
    )


def test_who_may_see_no_users_is_told_of_no_holders(server: Client, by_hand: None) -> None:
    asked = {"object": "customer", "activity": "DISPLAY", "salesArea": "1000/10/00", "first": 50}
    assert data_of(server.send("WhoCan", asked, user="price.admin"))["edges"] == []


def test_own_assignments_administer_nothing(server: Client, by_hand: None) -> None:
    asked = {"object": "customer", "activity": "DISPLAY", "salesArea": "1000/10/00"}
    for operation, variables in (
        ("WhoCan", {**asked, "first": 5}),
        ("WhatCan", {"user": "clerk.1000"}),
        ("ExplainAccess", {**asked, "user": "clerk.1000"}),
    ):
        assert refusal_of(server.send(operation, variables, user="shipping.1000"))["code"] == "FORBIDDEN"


def test_what_the_general_right_lets_pass_is_explained_by_it(server: Client, by_hand: None, shared: dict[str, Any]) -> None:
    variables = {"user": "price.approver", "activity": "CHANGE", "record": shared["id"]}
    for asker in ("admin", "price.approver", "local.1000"):
        told = data_of(server.run(EXPLAIN, variables, user=asker))
        assert told == {
            "allowed": True,
            "decidedBy": [{"role": "general", "assignmentSalesAreas": ["*/*/*"]}],
            "missing": [],
        }
    input = {"customer": shared["id"], "version": shared["version"], "market": "by the general right"}
    assert do(server, CHANGE, input, "price.approver")["userErrors"] == []


@pytest.fixture(scope="module")
def mixed(database: str) -> None:
    """`direct.1000`, a sales clerk in 1000/10, is cashier in 2000 too, where dealers are denied to them."""
    edit(
        database,
        assigning("direct.1000", "cashier", ["2000/*/*"]),
        adding_role(Role("no-dealers", "Sees no dealers", "不可见经销商")),
        adding_lines([("no-dealers", "*/20/*", "customer", "DISPLAY", "all", "", "deny")]),
        assigning("direct.1000", "no-dealers", ["2000/*/*"]),
    )


def test_rights_that_differ_from_area_to_area_are_told_row_by_row(
    server: Client, database: str, ids: dict[str, str], mixed: None
) -> None:
    """A clerk sees papers and no accounts, a cashier accounts and no papers, each where they are it."""
    query = """query ($after: String) { customers(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        edges { node { id number masked bankAccounts { accountNumber } qualificationDocuments { number }
        salesAreaViews { salesArea { code } } companyCodeViews { companyCode { code } } viewerCan } } } }"""
    answers: list[dict[str, Any]] = []

    def page(after: str | None) -> dict[str, Any]:
        answers.append(server.run(query, {"after": after}, user="direct.1000"))
        return data_of(answers[-1])  # type: ignore[no-any-return]

    found = list(walk(page))
    expected = []
    for each in facts_of(database).customers:
        areas = [view["code"] for view in each["views"]]
        clerk = [area for area in areas if area.startswith("1000/10/")]
        cashier = [area for area in areas if area.startswith("2000/")]
        if not clerk and all("/20/" in area for area in cashier):
            continue
        offered = (
            ("changeCustomer", areas == clerk),
            ("changeSalesAreaView", clerk),
            ("setPartners", clerk),
            ("createContact", areas == clerk),
            ("setCustomerRelations", areas == clerk),
            ("addQualificationDocument", areas == clerk),
            ("submitCustomer", areas == clerk and each["onboarding_status"] in ("DRAFT", "REJECTED", "EXPIRED")),
            ("extendCustomer", len(clerk) < 2),  # there are two areas of 1000/10
        )
        can = [command for command, may in offered if may and each["archived_at"] is None]
        expected.append(
            {
                "id": ids[each["number"]],
                "number": each["number"],
                "masked": [] if cashier else ["bankAccounts"],
                "bankAccounts": [{"accountNumber": bank["account_number"]} for bank in each["banks"]] if cashier else None,
                "qualificationDocuments": [{"number": paper["number"]} for paper in each["documents"] if clerk],
                "salesAreaViews": [{"salesArea": {"code": area}} for area in areas if area in (*clerk, *cashier)],
                "companyCodeViews": [{"companyCode": {"code": "1000"}}],
                "viewerCan": can,
            }
        )
    assert {bool(each["masked"]) for each in expected} == {True, False}
    assert found == expected
    assert {answer["data"]["customers"]["totalCount"] for answer in answers} == {len(expected)}
    assert all(answer["extensions"]["masked"] == ["Customer.bankAccounts"] for answer in answers)
