"""What users and roles may, compared: told to who may ask about both, and only where they administer them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from api.auth.policy_edit import adding_lines, adding_role, assigning
from api.execution.global_id import encode
from domain.policy import Role
from tests.client import Client
from tests.contract.answers import data_of, refusal_of, rights_in
from tests.contract.demo import EVERYBODY, PEOPLE, Right, narrowed, reached, rights_of, rights_of_role, standard_roles
from tests.contract.test_commands import do, fetch
from tests.contract.test_sessions import cli
from tests.contract.test_untold_areas import edit
from tests.contract.test_users import CHANGE, made

SHOWN = "object activities salesAreas exceptSalesAreas reach limit"
ROLE = (
    f"query ($role: String, $user: String, $asOf: DateTime) {{ whatCan(role: $role, user: $user, asOf: $asOf) {{ {SHOWN} }} }}"
)
COMPARE = f"""query ($one: AccessSubjectInput!, $other: AccessSubjectInput!, $asOf: DateTime) {{
    compareAccess(one: $one, other: $other, asOf: $asOf) {{ onlyOne {{ {SHOWN} }} onlyOther {{ {SHOWN} }} }} }}"""
WHO = """query ($asOf: DateTime) { whoCan(object: "customer", activity: CHANGE, salesArea: "1000/10/00", first: 50, asOf: $asOf) {
    edges { node { user { username } } } } }"""
EXPLAIN = """query ($user: String!, $object: String! = "customer", $activity: Activity!, $record: ID, $salesArea: String, $asOf: DateTime) {
    explainAccess(user: $user, object: $object, activity: $activity, record: $record, salesArea: $salesArea, asOf: $asOf) {
    allowed decidedBy { role } missing { salesArea reason smallestGrants { role } } } }"""
TODAY = datetime.now(timezone.utc).date()


def compare(server: Client, by: str, one: dict[str, str], other: dict[str, str], **more: Any) -> dict[str, Any]:
    return server.run(COMPARE, {"one": one, "other": other, **more}, user=by)


def only(answer: dict[str, Any]) -> tuple[set[Right], set[Right]]:
    found = data_of(answer)
    return rights_in(found["onlyOne"]), rights_in(found["onlyOther"])


def keys(rights: set[Right]) -> set[tuple[str, str]]:
    return {(right.object, right.activity) for right in rights}


# ------------------------------------------------------------------------------------------------------------------- roles


@pytest.mark.parametrize("person", EVERYBODY, ids=[each.name for each in EVERYBODY])
def test_what_a_role_allows_is_told_to_who_reads_roles_and_to_who_has_it(server: Client, person: Any) -> None:
    for role in standard_roles():
        answer = server.run(ROLE, {"role": role}, user=person.name)
        if person.is_partner:
            assert refusal_of(answer)["code"] == "FORBIDDEN"
        elif not person.administers and role not in reached(person.role):
            assert refusal_of(answer)["code"] == "NOT_FOUND"
        else:
            (bound,) = person.areas if person.administers else ("*/*/*",)
            mine = rights_of_role(role)
            unlimited = {(each.object, each.activity) for each in mine if each.limit is None}
            expected = {
                Right(each.object, each.activity, narrowed(each.pattern, bound), each.reach, each.limit)
                for each in mine
                if each.limit is None or (each.object, each.activity) not in unlimited
            }
            assert rights_in(data_of(answer)) == _widest(expected)


def _widest(rights: set[Right]) -> set[Right]:
    """Of a right on all and on own records only the former counts."""
    return {
        each
        for each in rights
        if each.reach == "ALL" or Right(each.object, each.activity, each.pattern, "ALL", each.limit) not in rights
    }


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "ONE_KEY_NEEDED"),
        ({"user": "clerk.1000", "role": "sales-clerk"}, "ONE_KEY_NEEDED"),
        ({"user": None, "role": None}, "ONE_KEY_NEEDED"),
        ({"role": "nothing"}, "NOT_FOUND"),
        ({"role": "sales-clerk", "asOf": "2000-01-01T00:00:00Z"}, "NOT_FOUND"),
    ],
)
def test_exactly_one_is_named_and_it_must_be_there(server: Client, asked: dict[str, Any], reason: str) -> None:
    assert refusal_of(server.run(ROLE, asked, user="admin"))["reason"] == reason


# -------------------------------------------------------------------------------------------------------------- comparing


def test_two_users_differ_by_what_only_the_one_may(server: Client) -> None:
    mine, theirs = only(compare(server, "admin", {"user": "manager.1000"}, {"user": "clerk.1000"}))
    clerk, manager = rights_of(PEOPLE["clerk.1000"]), rights_of(PEOPLE["manager.1000"])
    assert keys(mine) == keys(manager) - keys(clerk)
    assert {right.pattern for right in mine} == {"1000/*/*"}
    assert theirs == set()
    assert only(compare(server, "admin", {"user": "clerk.1000"}, {"user": "manager.1000"})) == (theirs, mine)


def test_the_same_role_elsewhere_is_told_by_its_areas(server: Client) -> None:
    mine, theirs = only(compare(server, "auditor", {"user": "clerk.1000"}, {"user": "clerk.2000"}))
    assert keys(mine) == keys(theirs) == keys(rights_of(PEOPLE["clerk.1000"]))
    assert {right.pattern for right in mine} == {"1000/*/*"}
    assert {right.pattern for right in theirs} == {"2000/*/*"}


def test_a_wider_assignment_is_told_without_the_narrower_one(server: Client) -> None:
    answer = data_of(compare(server, "admin", {"user": "clerk.1000"}, {"user": "direct.1000"}))
    assert answer["onlyOther"] == []
    assert {(*each["salesAreas"], *each["exceptSalesAreas"]) for each in answer["onlyOne"]} == {("1000/*/*", "1000/10/*")}


def test_a_higher_limit_is_told_with_all_that_it_reaches(server: Client) -> None:
    mine, theirs = only(compare(server, "admin", {"role": "credit-manager"}, {"role": "credit-controller"}))
    assert theirs == set()
    assert {right for right in mine if right.object == "credit_block"} == {
        Right("credit_block", "RELEASE", "*/*/*", "ALL", None)
    }


def test_a_role_is_compared_with_a_user_where_the_asker_administers_both(server: Client) -> None:
    whole = data_of(compare(server, "local.1000", {"role": "sales-clerk"}, {"user": "direct.1000"}))["onlyOne"]
    assert {(*each["salesAreas"], *each["exceptSalesAreas"]) for each in whole} == {("1000/*/*", "1000/10/*")}
    everywhere = data_of(compare(server, "admin", {"role": "sales-clerk"}, {"user": "direct.1000"}))["onlyOne"]
    assert {(*each["salesAreas"], *each["exceptSalesAreas"]) for each in everywhere} == {
        ("*/*/*", "1000/*/*"),
        ("1000/*/*", "1000/10/*"),
    }


def test_two_users_alike_differ_in_nothing(server: Client) -> None:
    assert only(compare(server, "admin", {"user": "dealer.a"}, {"user": "dealer.b"})) == (set(), set())


def test_what_lies_elsewhere_is_not_told(server: Client) -> None:
    mine, theirs = only(compare(server, "local.1000", {"user": "price.admin"}, {"user": "clerk.1000"}))
    assert {right.pattern for right in mine | theirs} == {"1000/*/*"}


@pytest.mark.parametrize("by", ["clerk.1000", "local.1000", "dealer.a", "auditor", "admin"])
@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({"user": "clerk.1000"}, {"user": "clerk.2000"}, {"auditor", "admin"}),
        ({"user": "clerk.1000"}, {"user": "manager.1000"}, {"local.1000", "auditor", "admin"}),
        ({"user": "clerk.1000"}, {"role": "sales-clerk"}, {"clerk.1000", "local.1000", "auditor", "admin"}),
        ({"role": "sales-clerk"}, {"role": "dealer"}, {"local.1000", "auditor", "admin"}),
        ({"user": "dealer.a"}, {"role": "dealer"}, {"local.1000", "auditor", "admin"}),
    ],
)
def test_who_may_ask_for_it(server: Client, by: str, one: dict[str, str], other: dict[str, str], told: set[str]) -> None:
    answer = compare(server, by, one, other)
    if by in told:
        assert data_of(answer)
    else:
        refused = refusal_of(answer)
        assert refused["code"] in ("FORBIDDEN", "NOT_FOUND")
        if refused["code"] == "NOT_FOUND":
            assert refused["argument"].split(".")[0] in ("one", "other")


def test_each_names_exactly_one(server: Client) -> None:
    for one, other, argument in (({}, {"user": "admin"}, "one"), ({"user": "admin"}, {"user": "a", "role": "b"}, "other")):
        refused = refusal_of(compare(server, "admin", one, other))
        assert (refused["reason"], refused["argument"]) == ("ONE_KEY_NEEDED", argument)


# -------------------------------------------------------------------------------------------------------------- at a moment


def test_a_moment_of_before_is_asked_of_the_policy_of_then(server: Client, database: str, run_directory: Path) -> None:
    ((before,),) = fetch(database, "select clock_timestamp()")
    cli(database, run_directory, "policy", "assign", "cashier.1000", "sales-clerk", "1000/*/*")

    def who(as_of: str | None) -> set[str]:
        page = data_of(server.run(WHO, {"asOf": as_of}, user="admin"))
        return {edge["node"]["user"]["username"] for edge in page["edges"]}

    assert who(None) - who(before.isoformat()) == {"cashier.1000"}
    assert who("2000-01-01T00:00:00Z") == set()
    one, other = {"user": "cashier.1000"}, {"role": "cashier"}
    then, now = (data_of(compare(server, "admin", one, other, asOf=moment))["onlyOne"] for moment in (before.isoformat(), None))
    assert then == []
    assert ("customer", "CHANGE") in {(each["object"], activity) for each in now for activity in each["activities"]}


# ------------------------------------------------------------------------------------------------------------ explanations


def explain(server: Client, by: str = "admin", **asked: Any) -> dict[str, Any]:
    return data_of(server.run(EXPLAIN, asked, user=by, **{"Accept-Language": "en"}))  # type: ignore[no-any-return]


def test_what_a_role_has_instead_is_told(server: Client) -> None:
    told = explain(server, user="clerk.1000", activity="BLOCK", salesArea="1000/10/00")
    assert [miss["reason"] for miss in told["missing"]] == [
        "None of the user's roles has BLOCK on customer.",
        "Role sales-clerk in 1000/*/* has CREATE, CHANGE, DISPLAY on it, not BLOCK.",
    ]
    elsewhere = explain(server, user="clerk.1000", activity="BLOCK", salesArea="2000/10/00")
    assert [miss["reason"] for miss in elsewhere["missing"]] == ["None of the user's roles has BLOCK on customer."]


def test_a_closed_record_is_explained_by_its_status(server: Client, database: str) -> None:
    ((id,),) = fetch(
        database,
        """update customers set archived_at = now(), deletion_flag = true where id = (select customer_id from customer_sales_area_views
           where sales_organization = '1000' limit 1) returning id""",
    )
    record = encode("Customer", id)
    closed = "The record is closed: it is read, and no longer changed by anybody."
    told = explain(server, user="customer.admin", activity="CHANGE", record=record)
    assert told == {
        "allowed": False,
        "decidedBy": [],
        "missing": [{"salesArea": None, "reason": closed, "smallestGrants": []}],
    }
    other = explain(server, user="price.admin", activity="CHANGE", record=record)
    assert other["allowed"] is False
    assert other["missing"][0]["reason"] == closed
    assert len(other["missing"]) > 1
    assert explain(server, user="customer.admin", activity="DISPLAY", record=record)["allowed"] is True


def test_who_is_not_valid_may_nothing_and_is_named_by_nobody(server: Client, database: str) -> None:
    user, _ = made(server, validFrom=str(TODAY + timedelta(days=5)))
    edit(database, assigning(user["username"], "sales-clerk", ["1000/*/*"]))
    told = explain(server, "local.1000", user=user["username"], activity="CHANGE", salesArea="1000/10/00")
    assert (told["allowed"], [miss["reason"] for miss in told["missing"]]) == (
        False,
        ["The user has not begun yet, or has ended."],
    )
    page = data_of(server.run(WHO, user="admin"))
    assert user["username"] not in str(page)
    input = {"username": user["username"], "version": 1, "validFrom": None}
    assert do(server, CHANGE, input, "local.1000")["userErrors"] == []
    assert user["username"] in str(data_of(server.run(WHO, user="admin")))


def test_a_deny_is_compared_as_what_it_takes_away(server: Client, database: str) -> None:
    edit(
        database,
        adding_role(Role("no-dealers", "Sees no dealers", "不可见经销商")),
        adding_lines([("no-dealers", "*/20/*", "customer", "DISPLAY", "all", "", "deny")]),
        assigning("clerk.3000", "no-dealers", ["3000/*/*"]),
    )
    answer = data_of(compare(server, "admin", {"role": "sales-clerk"}, {"user": "clerk.3000"}))
    displayed = {
        (*each["salesAreas"], *each["exceptSalesAreas"])
        for each in answer["onlyOne"]
        if each["object"] == "customer" and "DISPLAY" in each["activities"]
    }
    assert displayed == {("*/*/*", "3000/*/*"), ("3000/20/*",)}
