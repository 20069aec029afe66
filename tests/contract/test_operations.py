"""The contract's operations, word for word, as each demo user: exactly their part of the rows, counts, views and rights."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client
from tests.contract.answers import AREAS, data_of, refusal_of, rights_in, told
from tests.contract.demo import EVERYBODY, NO_BUSINESS, Facts, Person, Record, holds, rights_of, sql, standard_roles, walk

each_user = pytest.mark.parametrize("person", EVERYBODY, ids=[each.name for each in EVERYBODY])


# --------------------------------------------------------------------------------------------------------- the customers


@each_user
def test_the_list_holds_exactly_the_customers_that_a_user_may_see(server: Client, facts: Facts, person: Person):
    pages = walk(lambda after: data_of(server.send("CustomerList", {"first": 60, "after": after}, user=person.name)))
    found = [{key: value for key, value in node.items() if key != "id"} for node in pages]
    assert found == [
        {
            "number": each["number"],
            "name": each["name"],
            "customerType": each["customer_type"],
            "country": each["country"],
            "region": each["region"],
            "taxNumber": each["tax_number"],
            "onboardingStatus": each["onboarding_status"],
            "version": each["version"],
        }
        for each in facts.visible(person)
    ]


@each_user
def test_counts_count_what_the_user_may_see_and_nothing_else(server: Client, facts: Facts, person: Person):
    for filter in (
        None,
        {"customerType": {"eq": "DEALER"}},
        {"salesArea": {"startsWith": "2000/"}},
        {"or": [{"country": {"in": ["SG", "DE"]}}, {"taxNumber": {"startsWith": "9131"}}]},
    ):
        expected = [each for each in facts.visible(person) if holds(facts, person, each, filter or {})]
        assert data_of(server.send("CustomerCount", {"filter": filter}, user=person.name)) == {"totalCount": len(expected)}


@each_user
def test_the_picker_offers_the_customers_of_a_sales_area_that_the_user_may_see(server: Client, facts: Facts, person: Person):
    for area in ("1000/10/00", "1000/20/00", "2000/10/00", "3000/10/00"):
        filter = {"search": "有限", "salesArea": {"eq": area}}
        expected = [each["number"] for each in facts.visible(person) if holds(facts, person, each, filter)]
        page = data_of(server.send("CustomerPicker", {"first": 50, "search": "有限", "salesArea": area}, user=person.name))
        assert [edge["node"]["number"] for edge in page["edges"]] == expected[:50]


@each_user
def test_a_customer_shows_the_views_accounts_and_papers_that_the_user_may_see(
    server: Client, facts: Facts, ids: dict[str, str], person: Person
):
    assert facts.visible(person) or person.role in NO_BUSINESS, "a test of nothing"
    for customer in _some_of(facts.visible(person)):
        for key in ({"number": customer["number"]}, {"id": ids[customer["number"]]}):
            answer = server.send("CustomerDetail", key, user=person.name)
            assert _without_ids_of_parts(data_of(answer)) == _detail(facts, person, customer, ids)
            masked = [] if person.displays("bank") else ["Customer.bankAccounts"]
            assert answer.get("extensions", {}).get("masked", []) == masked
    for customer in _some_of(facts.hidden(person)):
        for key in ({"number": customer["number"]}, {"id": ids[customer["number"]]}):
            assert server.send("CustomerDetail", key, user=person.name)["data"] == {"customer": None}


def _some_of(customers: list[Record]) -> list[Record]:
    """Few enough to be quick: the first, the last, one of two organizations, one that delivers to another, one with a block."""
    found = {
        each["number"]: each
        for each in (
            *customers[:1],
            *customers[-1:],
            *[each for each in customers if len({view["sales_organization"] for view in each["views"]}) > 1][:1],
            *[each for each in customers if any(p["customer_id"] != each["id"] for v in each["views"] for p in v["partners"])][
                :1
            ],
            *[each for each in customers if any(view["order_block"] for view in each["views"])][:1],
        )
    }
    return list(found.values())


def _detail(facts: Facts, person: Person, customer: Record, ids: dict[str, str]) -> Record:
    return {
        "id": ids[customer["number"]],
        "number": customer["number"],
        "name": customer["name"],
        "customerType": customer["customer_type"],
        "onboardingStatus": customer["onboarding_status"],
        "version": customer["version"],
        "taxNumber": customer["tax_number"],
        "phone": customer["phone"],
        "email": customer["email"],
        "deletionFlag": customer["deletion_flag"],
        "address": {
            "street": customer["street"],
            "city": customer["city"],
            "postalCode": customer["postal_code"],
            "region": customer["region"],
            "country": customer["country"],
        },
        "bankAccounts": [
            {"bankName": bank["bank_name"], "accountNumber": bank["account_number"], "holder": bank["holder"]}
            for bank in customer["banks"]
        ]
        if person.displays("bank")
        else None,
        "companyCodeViews": [
            {
                "companyCode": {"code": company["company_code"], "name": company["name"]},
                "reconciliationAccount": company["reconciliation_account"],
                "cashManagementGroup": company["cash_management_group"],
                "paymentTerms": {"code": company["payment_terms"]},
                "blocked": company["blocked"],
            }
            for company in facts.companies(person, customer)
        ],
        "salesAreaViews": [_view(view, ids) for view in facts.views(person, customer)],
        "qualificationDocuments": [
            {
                "documentType": document["document_type"],
                "number": document["number"],
                "validTo": document["valid_to"] and document["valid_to"].isoformat(),
                "reviewStatus": document["review_status"],
            }
            for document in customer["documents"]
            if person.displays("document")
        ],
        "viewerCan": sorted(facts.commands(person, customer)),
    }


def _view(view: Record, ids: dict[str, str]) -> Record:
    return {
        "salesArea": {
            "code": view["code"],
            "salesOrganization": {"code": view["sales_organization"], "name": view["organization_name"]},
            "distributionChannel": {"code": view["distribution_channel"], "name": view["channel_name"]},
            "division": {"code": view["division"], "name": view["division_name"]},
        },
        "salesDistrict": view["sales_district"],
        "customerGroup": view["customer_group"],
        "priceList": view["price_list"],
        "currency": view["currency"],
        "incoterms": view["incoterms"],
        "shippingCondition": view["shipping_condition"],
        "deliveringPlant": view["delivering_plant"] and {"code": view["delivering_plant"]},
        "paymentTerms": view["payment_terms"] and {"code": view["payment_terms"]},
        "orderBlock": view["order_block"],
        "deliveryBlock": view["delivery_block"],
        "billingBlock": view["billing_block"],
        "partners": [
            {
                "function": each["function"],
                "customer": {"id": ids[each["number"]], "number": each["number"], "name": each["name"]},
            }
            for each in view["partners"]
        ],
    }


def _without_ids_of_parts(detail: Record) -> Record:
    """Ids of parts are opaque; each must be there and be of one part only."""
    parts = [*(detail["bankAccounts"] or ()), *detail["qualificationDocuments"]]
    found = [part.pop("id") for part in parts]
    assert len(set(found)) == len(found)
    return detail | {"viewerCan": sorted(detail["viewerCan"])}


# ----------------------------------------------------------------------------------------------------- session, structure


@each_user
def test_a_session_is_opened_refreshed_and_ended(server: Client, facts: Facts, person: Person):
    row = facts.users[person.name]
    signed_in = data_of(server.send("SignIn", {"input": {"username": person.name, "password": "demo"}}))
    assert signed_in["userErrors"] == []
    assert signed_in["user"] == {
        "username": person.name,
        "displayName": row["display_name"],
        "kind": "PARTNER" if person.is_partner else "EMPLOYEE",
        "locale": row["locale"],
    }
    refreshed = data_of(server.send("RefreshSession", {"input": {"refreshToken": signed_in["refreshToken"]}}))
    assert refreshed["userErrors"] == []
    assert refreshed["refreshToken"] != signed_in["refreshToken"]
    bearer = {"Authorization": f"Bearer {refreshed['accessToken']}"}
    assert data_of(server.send("Viewer", **bearer))["user"]["username"] == person.name
    wrong = {"oldPassword": "not this", "newPassword": "quite another one"}
    (error,) = data_of(server.send("ChangePassword", {"input": wrong}, **bearer))["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_CREDENTIALS", "oldPassword")
    assert data_of(server.send("SignOut", {"input": {}}, **bearer)) == {"userErrors": []}
    assert server.send("Viewer", **bearer)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@each_user
def test_the_viewer_is_told_who_they_are_and_what_they_may(server: Client, facts: Facts, person: Person):
    viewer = data_of(server.send("Viewer", user=person.name))
    assert viewer["user"]["username"] == person.name
    assert [
        (each["role"]["name"], each["salesAreas"], each["validFrom"], each["validTo"]) for each in viewer["roleAssignments"]
    ] == [(person.role, list(person.areas), None, None)]
    titles = standard_roles()[person.role]
    zh = facts.users[person.name]["locale"] == "zh"
    assert viewer["roleAssignments"][0]["role"]["title"] == titles["title_zh" if zh else "title"]
    assert rights_in(viewer["permissions"]) == rights_of(person)


@each_user
def test_the_sales_areas_are_those_that_one_has_to_do_with(server: Client, facts: Facts, person: Person):
    assert data_of(server.send("SalesAreas", user=person.name)) == [
        {
            "code": each["code"],
            "salesOrganization": {"code": each["sales_organization"], "name": each["organization_name"]},
            "distributionChannel": {"code": each["distribution_channel"], "name": each["channel_name"]},
            "division": {"code": each["division"], "name": each["division_name"]},
            "currency": each["currency"],
        }
        for each in facts.sales_areas
        if person.works_in(each["code"])
    ]


def test_without_a_session_nothing_is_told(server: Client):
    assert data_of(server.send("Viewer")) is None
    for operation, variables in (
        ("CustomerList", {"first": 1}),
        ("CustomerCount", {}),
        ("CustomerDetail", {"number": "100001"}),
        ("CustomerPicker", {"first": 1, "search": "a", "salesArea": "1000/10/00"}),
        ("SalesAreas", {}),
        ("RoleList", {}),
        ("AuthorizationObjects", {}),
        ("UserList", {"first": 1}),
        ("WhatCan", {"user": "admin"}),
        ("WhoCan", {"object": "customer", "activity": "DISPLAY", "salesArea": "1000/10/00", "first": 1}),
        ("ExplainAccess", {"user": "admin", "object": "customer", "activity": "DISPLAY"}),
    ):
        assert refusal_of(server.send(operation, variables))["code"] == "UNAUTHENTICATED", operation
    for operation, input in (
        ("CreateCustomer", {"name": "a", "customerType": "AGENT", "country": "CN", "salesArea": "1000/10/00"}),
        ("SignOut", {}),
        ("ChangePassword", {"oldPassword": "demo", "newPassword": "long enough"}),
    ):
        payload = data_of(server.send(operation, {"input": input}))
        assert [error["code"] for error in payload["userErrors"]] == ["UNAUTHENTICATED"]


# ------------------------------------------------------------------------------------------------------------- commands


@each_user
def test_who_may_takes_up_customers_and_others_are_told_what_is_missing(server: Client, person: Person, database: str):
    for area in AREAS:
        before = sql(database, "select count(*) as n from customers")
        input = {"name": f"{person.name} {area}", "customerType": "DEALER", "country": "SG", "salesArea": area}
        payload = data_of(server.run(told("CreateCustomer"), {"input": input}, user=person.name))
        if person.may("create") and person.works_in(area):
            assert payload["userErrors"] == []
            assert payload["customer"]["onboardingStatus"] == "DRAFT"
            assert payload["customer"]["version"] == 1
            continue
        (error,) = payload["userErrors"]
        assert payload["customer"] is None
        assert sql(database, "select count(*) as n from customers") == before
        if person.works_in(area):
            assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", "CREATE")
            assert error["salesArea"] == area
        else:
            assert (error["code"], error["reason"], error["field"]) == ("INVALID", "UNKNOWN_SALES_AREA", "salesArea")


@each_user
def test_who_may_changes_customers_and_others_are_told_what_is_missing(
    server: Client, facts: Facts, ids: dict[str, str], person: Person
):
    for customer in _of_every_kind(facts):
        before = customer["version"]
        input = {"customer": ids[customer["number"]], "version": before, "market": person.name}
        payload = data_of(server.run(told("ChangeCustomer"), {"input": input}, user=person.name))
        _check_outcome(facts, person, customer, payload, "changeCustomer", "CHANGE", before)
        customer["version"] += payload["customer"] is not None


@each_user
def test_who_may_blocks_customers_and_others_are_told_what_is_missing(
    server: Client, facts: Facts, ids: dict[str, str], person: Person
):
    for customer in _of_every_kind(facts):
        before = customer["version"]
        input = {"customer": ids[customer["number"]], "version": before, "blocks": ["DELIVERY"], "reason": person.name}
        payload = data_of(server.run(told("SetCustomerBlock"), {"input": input}, user=person.name))
        _check_outcome(facts, person, customer, payload, "setCustomerBlock", "BLOCK", before)
        customer["version"] += payload["customer"] is not None


@each_user
def test_who_may_blocks_single_views_of_their_own_areas(server: Client, facts: Facts, ids: dict[str, str], person: Person):
    for customer in _of_every_kind(facts):
        for view in customer["views"]:
            input = {
                "customer": ids[customer["number"]],
                "version": customer["version"],
                "blocks": ["ORDER", "BILLING"],
                "reason": person.name,
                "salesArea": view["code"],
            }
            payload = data_of(server.run(told("SetCustomerBlock"), {"input": input}, user=person.name))
            if not facts.sees(person, customer):
                assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
            elif view not in facts.views(person, customer):
                assert [error["reason"] for error in payload["userErrors"]] == ["NO_SUCH_VIEW"]
            elif person.may("blockView"):
                assert payload["userErrors"] == []
                customer["version"] += 1
                assert payload["customer"]["version"] == customer["version"]
            else:
                (error,) = payload["userErrors"]
                told_of = (error["code"], error["object"], error["activity"], error["salesArea"])
                assert told_of == ("FORBIDDEN", "customer_sales_area", "BLOCK", view["code"])


def _of_every_kind(facts: Facts) -> list[Record]:
    """One customer per organization and channel, one of two organizations, and those that the demo partners speak for."""
    kinds: dict[Any, Record] = {}
    for each in facts.customers:
        kinds.setdefault(tuple(sorted({view["code"][:7] for view in each["views"]})), each)
    bound = set().union(*facts.bound.values())
    return list(
        {
            each["number"]: each
            for each in (*kinds.values(), *facts.customers)
            if each in kinds.values() or each["id"] in bound
        }.values()
    )


def _check_outcome(
    facts: Facts, person: Person, customer: Record, payload: Record, command: str, activity: str, version: int
) -> None:
    may = person.may({"CHANGE": "change", "BLOCK": "block"}[activity])
    everywhere = all(facts.reaches(person, customer, view["code"]) for view in customer["views"])
    errors = payload["userErrors"]
    if not facts.sees(person, customer):
        assert [(error["code"], error["field"]) for error in errors] == [("NOT_FOUND", "customer")]
    elif may and (everywhere or person.may("general")):
        assert errors == []
        assert payload["customer"] == {"id": payload["customer"]["id"], "version": version + 1}
        assert command in facts.commands(person, customer)
        return
    else:
        (error,) = errors
        assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", activity)
        seen = [view["code"] for view in customer["views"] if facts.reaches(person, customer, view["code"])]
        assert error["salesArea"] in ([None] if may else [*seen, None] if not everywhere else seen)
    assert payload["customer"] is None
