"""Questions about roles, rights and users, word for word, as each demo user: administrators hear all, others of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client
from tests.contract.answers import AREAS, data_of, refusal_of, rights_in
from tests.contract.demo import (
    EVERYBODY,
    PEOPLE,
    Facts,
    Person,
    Right,
    catalogue,
    meets,
    reached,
    rights_of,
    rights_of_role,
    standard_roles,
    walk,
)

ACTVT = {
    "CREATE": "01",
    "CHANGE": "02",
    "DISPLAY": "03",
    "BLOCK": "05",
    "DELETE": "06",
    "DISPLAY_CHANGES": "08",
    "SIMULATE": "16",
    "RELEASE": "43",
    "APPROVE": "46",
    "EXPORT": "61",
    "REVERSE": "85",
    "OVERRIDE_PRICE": "94",
    "MASS": "A8",
}
"""SAP's code of each activity, as DESIGN §3.1 has them."""

each_user = pytest.mark.parametrize("person", EVERYBODY, ids=[each.name for each in EVERYBODY])


@each_user
def test_administrators_and_auditors_see_all_roles_others_their_own(server: Client, person: Person):
    standard = standard_roles()
    names = sorted(standard if person.administers else reached(person.role))
    roles = data_of(server.send("RoleList", user=person.name))
    assert [role["name"] for role in roles] == names
    for role in roles:
        assert role["inherits"] == standard[role["name"]].get("inherits", [])
        rules = {
            Right(rule["object"], activity, area, rule["reach"], rule["limit"])
            for rule in role["rules"]
            for activity in rule["activities"]
            for area in rule["salesAreas"]
            if rule["effect"] == "ALLOW"
        }
        inherited = set().union(*(rights_of_role(parent) for parent in role["inherits"]))
        assert rules | inherited == rights_of_role(role["name"])


@each_user
def test_the_catalogue_is_open_to_administrators_and_auditors_others_see_what_they_have_rights_on(
    server: Client, person: Person
):
    mine = {right.object for right in rights_of(person)}
    expected = [
        {
            "name": name,
            "activities": [{"name": activity, "code": ACTVT[activity]} for activity in each["activities"]],
        }
        for name, each in catalogue().items()
        if person.administers or name in mine
    ]
    found = data_of(server.send("AuthorizationObjects", user=person.name))
    titles = [each.pop("title") for each in found]
    assert found == expected
    assert all(titles)


@each_user
def test_the_users_are_shown_to_those_who_administer_them(server: Client, facts: Facts, person: Person):
    def page(after: str | None) -> Any:
        return data_of(server.send("UserList", {"first": 10, "after": after}, user=person.name))

    if not person.administers:
        assert refusal_of(server.send("UserList", {"first": 10}, user=person.name))["code"] == "FORBIDDEN"
        return
    found = list(walk(page))
    visible = [each for each in EVERYBODY if any(meets(a, b) for a in each.areas for b in person.areas)]
    assert [each["username"] for each in found] == sorted(each.name for each in visible)
    for user in found:
        other, row = PEOPLE[user["username"]], facts.users[user["username"]]
        assert user["displayName"] == row["display_name"]
        assert user["kind"] == ("PARTNER" if other.is_partner else "EMPLOYEE")
        assert user["locked"] is False
        bound = [each for each in facts.customers if each["id"] in facts.bound.get(other.name, ())]
        assert user["customers"] == [{"number": each["number"], "name": each["name"]} for each in bound]
        assert user["roleAssignments"] == [
            {"role": {"name": other.role}, "salesAreas": list(other.areas), "validFrom": None, "validTo": None}
        ]


def test_a_page_of_all_users_with_all_they_hold_is_answered(server: Client):
    page = data_of(server.send("UserList", {"first": 100}, user="admin"))
    assert len(page["edges"]) == len(PEOPLE)


@each_user
def test_what_can_tells_administrators_all_and_others_about_themselves(server: Client, person: Person):
    for other in EVERYBODY:
        answer = server.send("WhatCan", {"user": other.name}, user=person.name)
        if person.is_partner or (other is not person and not person.administers):
            assert refusal_of(answer)["code"] == "FORBIDDEN"
        elif other is person:
            assert rights_in(data_of(answer)) == rights_of(other)
        elif not any(meets(a, b) for a in other.areas for b in person.areas):
            assert refusal_of(answer)["code"] == "NOT_FOUND"
        else:
            assert rights_in(data_of(answer)) == rights_of(other, within=person.areas)


@each_user
def test_who_can_names_everybody_who_may_to_those_who_administer_the_area(server: Client, person: Person):
    for object, activity, area in (
        ("customer", "DISPLAY", "1000/20/00"),
        ("customer", "CHANGE", "2000/10/00"),
        ("customer_bank", "DISPLAY", "1000/10/10"),
        ("credit_block", "RELEASE", "1000/30/00"),
    ):

        def page(after: str | None, asked=(object, activity, area)) -> Any:
            variables = dict(zip(("object", "activity", "salesArea"), asked, strict=True))
            return data_of(server.send("WhoCan", {**variables, "first": 4, "after": after}, user=person.name))

        if not (person.administers and person.works_in(area)):
            variables = {"object": object, "activity": activity, "salesArea": area, "first": 4}
            answer = server.send("WhoCan", variables, user=person.name)
            assert refusal_of(answer)["code"] == "FORBIDDEN"
            continue
        expected = [
            {
                "user": {"username": other.name},
                "reach": right.reach,
                "limit": right.limit,
                "through": [{"role": other.role, "salesAreas": list(other.areas)}],
            }
            for other in sorted(EVERYBODY, key=lambda each: each.name)
            for right in rights_of(other, within=(area,))
            if (right.object, right.activity) == (object, activity)
        ]
        assert expected
        assert list(walk(page)) == expected


@pytest.mark.parametrize("person", [each for each in EVERYBODY if not each.own], ids=lambda each: each.name)
def test_explain_access_gives_the_verdict_and_the_lines_that_decided(server: Client, person: Person):
    for object, activity in (("customer", "DISPLAY"), ("customer", "CHANGE"), ("customer_sales_area", "BLOCK")):
        for area in AREAS:
            variables = {"user": person.name, "object": object, "activity": activity, "salesArea": area}
            expected = [right for right in rights_of(person, (area,)) if (right.object, right.activity) == (object, activity)]
            for asker in ("admin", person.name):
                answer = data_of(server.send("ExplainAccess", variables, user=asker))
                assert answer["allowed"] is bool(expected)
                assert [(each["assignmentSalesAreas"], each["effect"]) for each in answer["decidedBy"]] == [
                    (list(person.areas), "ALLOW") for _ in expected
                ]
                assert {each["role"] for each in answer["decidedBy"]} <= reached(person.role)
                assert bool(answer["missing"]) is not answer["allowed"]
                for miss in answer["missing"]:
                    assert (miss["object"], miss["activity"], miss["salesArea"]) == (object, activity, area)
                    for grant in miss["smallestGrants"]:
                        helping = rights_of_role(grant["role"])
                        assert Right(object, activity, "*/*/*", "ALL", None) in helping
                        assert grant["salesAreas"] == [area]


@each_user
def test_only_administrators_ask_about_others(server: Client, person: Person):
    variables = {"user": "price.admin", "object": "customer", "activity": "DISPLAY", "salesArea": "1000/10/00"}
    answer = server.send("ExplainAccess", variables, user=person.name)
    if person.administers or person.name == "price.admin":
        assert data_of(answer)["allowed"] is True
    else:
        assert refusal_of(answer)["code"] == "FORBIDDEN"
