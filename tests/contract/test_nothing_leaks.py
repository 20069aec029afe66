"""Whoever must not see a row gets at it by no way: list, filter, order, count, cursor, node, nested partner, search, error text."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.client import Client
from tests.contract.demo import COLUMNS, PEOPLE, Facts, holds, meets
from tests.contract.test_commands import BLOCK, CHANGE, CREATE, NEW, do, fetch

SEEN = "query ($filter: CustomerFilter, $order: [CustomerSort!], $after: String) { customers(first: 100, filter: $filter, orderBy: $order, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id number name taxNumber } } } }"
STRANGERS = ["clerk.2000", "dealer.b", "agent.a", "buyer.a", "clerk.3000", "admin", "local.1000"]


@pytest.fixture(scope="module")
def secret(server: Client, database: str) -> dict[str, Any]:
    """The customer of dealer.a, seen as the auditor does: what no stranger may learn anything of."""
    number = fetch(
        database,
        "select c.number from customers c join user_customers b on b.customer_id = c.id join users u on u.id = b.user_id where u.username = 'dealer.a'",
    )[0][0]
    query = "query ($n: String) { customer(number: $n) { id number name taxNumber phone bankAccounts { id accountNumber } qualificationDocuments { id number } salesAreaViews { salesArea { code } } } }"
    return server.data(query, {"n": number}, user="auditor")["customer"]  # type: ignore[no-any-return]


def told(answer: Any, secret: dict[str, Any]) -> bool:
    """Whether anything of the secret stands in an answer."""
    text = json.dumps(answer, ensure_ascii=False)
    words = [
        secret["number"],
        secret["name"],
        secret["taxNumber"],
        secret["id"],
        secret["phone"],
        secret["bankAccounts"][0]["accountNumber"],
    ]
    return any(word in text for word in words)


def test_the_owner_sees_it(server: Client, secret: dict[str, Any]) -> None:
    """Else nothing below would show anything."""
    assert told(server.run(SEEN, {}, user="dealer.a"), secret)
    assert told(server.run(SEEN, {"filter": {"number": {"eq": secret["number"]}}}, user="clerk.1000"), secret)


@pytest.mark.parametrize("user", STRANGERS)
def test_no_filter_finds_it_and_no_count_counts_it(server: Client, secret: dict[str, Any], user: str) -> None:
    filters: list[dict[str, Any]] = [
        {"number": {"eq": secret["number"]}},
        {"number": {"in": [secret["number"]]}},
        {"number": {"startsWith": secret["number"][:5]}},
        {"name": {"eq": secret["name"]}},
        {"name": {"contains": secret["name"][:4]}},
        {"taxNumber": {"eq": secret["taxNumber"]}},
        {"taxNumber": {"contains": secret["taxNumber"][4:12]}},
        {"search": secret["name"]},
        {"search": secret["number"]},
        {"search": secret["taxNumber"]},
        {"or": [{"number": {"eq": secret["number"]}}, {"taxNumber": {"eq": secret["taxNumber"]}}]},
        {"and": [{"number": {"eq": secret["number"]}}, {"or": [{"name": {"contains": secret["name"][:2]}}]}]},
        {"salesArea": {"eq": secret["salesAreaViews"][0]["salesArea"]["code"]}, "number": {"eq": secret["number"]}},
        {"salesArea": {"startsWith": "1000/20"}, "search": secret["name"]},
    ]
    for filter in filters:
        page = server.data(SEEN, {"filter": filter}, user=user)["customers"]
        assert not told(page, secret), filter
        if "startsWith" not in str(filter) and "contains" not in str(filter):
            assert page["totalCount"] == 0, filter


@pytest.mark.parametrize("user", STRANGERS)
def test_a_filter_made_of_it_finds_exactly_the_stranger_s_own_rows(
    server: Client, facts: Facts, secret: dict[str, Any], user: str
) -> None:
    """Whatever a filter takes from the hidden row, the answer is worked out from visible rows alone."""
    person, hidden = PEOPLE[user], facts.customer(secret["number"])
    area = hidden["views"][0]["code"]
    of_it: list[dict[str, Any]] = [
        *({column: {"eq": hidden[name]}} for column, name in COLUMNS.items() if hidden[name] is not None),
        {"taxNumber": {"startsWith": hidden["tax_number"][:4]}},
        {"name": {"contains": hidden["name"][2:4]}},
        {"search": hidden["name"][:2]},
        {"search": f"{hidden['number']} {hidden['name']}"},
        {"salesArea": {"eq": area}},
        {"salesArea": {"startsWith": area[:5], "contains": area[-3:]}},
        {"salesArea": {"in": [area, "2000/20/00"]}},
    ]
    either = [{"or": [each, {"number": {"eq": facts.customers[0]["number"]}}]} for each in of_it]
    for filter in [*of_it, *either, {"and": of_it}, {"or": of_it}]:
        page = server.data(SEEN, {"filter": filter}, user=user)["customers"]
        expected = [each["number"] for each in facts.visible(person) if holds(facts, person, each, filter)]
        assert page["totalCount"] == len(expected), filter
        assert [edge["node"]["number"] for edge in page["edges"]] == expected[:100], filter


@pytest.mark.parametrize("user", STRANGERS)
def test_a_cursor_made_for_it_answers_as_one_beside_it(server: Client, secret: dict[str, Any], user: str) -> None:
    for field, value in (("NUMBER", secret["number"]), ("NAME", secret["name"]), ("TAX_NUMBER", secret["taxNumber"])):
        for direction in ("ASC", "DESC"):
            order = [{"field": field, "direction": direction}]
            cursor = server.data(SEEN, {"order": order}, user="dealer.a")["customers"]["edges"][0]["cursor"]
            mark, at, key = json.loads(base64.b64decode(cursor))
            assert at == value
            beside = base64.b64encode(json.dumps([mark, at, str(int(key) + 1)]).encode()).decode()
            here = server.data(SEEN, {"order": order, "after": cursor}, user=user)
            assert here == server.data(SEEN, {"order": order, "after": beside}, user=user)
            assert not told(here, secret)


@pytest.mark.parametrize("user", STRANGERS)
def test_no_order_and_no_cursor_walks_past_it(server: Client, facts: Facts, secret: dict[str, Any], user: str) -> None:
    for field in ("NUMBER", "NAME", "TAX_NUMBER", "REGION", "CUSTOMER_TYPE", "COUNTRY", "ONBOARDING_STATUS", "VERSION"):
        for direction in ("ASC", "DESC"):
            order, after, met = [{"field": field, "direction": direction}], None, 0
            while True:
                page = server.data(SEEN, {"order": order, "after": after}, user=user)["customers"]
                assert not told(page, secret)
                met += len(page["edges"])
                if not page["pageInfo"]["hasNextPage"]:
                    break
                after = page["pageInfo"]["endCursor"]
            assert met == page["totalCount"]


@pytest.mark.parametrize("user", STRANGERS)
def test_the_owner_s_cursor_shows_strangers_only_their_own_rows(server: Client, secret: dict[str, Any], user: str) -> None:
    cursor = server.data(SEEN, {}, user="dealer.a")["customers"]["edges"][0]["cursor"]
    assert not told(server.run(SEEN, {"after": cursor}, user=user), secret)


@pytest.mark.parametrize("user", STRANGERS)
def test_what_is_hidden_and_what_is_missing_answer_alike(server: Client, secret: dict[str, Any], user: str) -> None:
    by_id = "query ($id: ID) { customer(id: $id) { name } }"
    by_number = "query ($n: String) { customer(number: $n) { name } }"
    node = "query ($id: ID!) { node(id: $id) { __typename id } }"
    missing = "Q3VzdG9tZXI6OTk5OTk5OTk="
    headers = {"X-Request-ID": "the-same-request"}

    def answer(query: str, variables: dict[str, Any]) -> bytes:
        return server.post({"query": query, "variables": variables}, user=user, headers=headers).content

    assert answer(by_id, {"id": secret["id"]}) == answer(by_id, {"id": missing})
    assert answer(by_number, {"n": secret["number"]}) == answer(by_number, {"n": "0000000"})
    assert answer(node, {"id": secret["id"]}) == answer(node, {"id": missing})
    document = secret["qualificationDocuments"][0]["id"]
    assert answer(node, {"id": document}) == answer(node, {"id": "UXVhbGlmaWNhdGlvbkRvY3VtZW50Ojk5OTk5OTk="})
    assert server.data(node, {"id": secret["bankAccounts"][0]["id"]}, user=user) == {"node": None}


NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


def id_of(type_name: str, key: object) -> str:
    """An id as a client would forge it, once it has looked into one."""
    return base64.b64encode(f"{type_name}:{key}".encode()).decode()


@pytest.mark.parametrize("user", [*STRANGERS, "dealer.a", "clerk.1000", "auditor"])
def test_every_node_is_shown_to_whom_it_belongs_and_hidden_as_if_it_did_not_exist(
    server: Client, database: str, facts: Facts, user: str
) -> None:
    person = PEOPLE[user]
    headers = {"X-Request-ID": "the-same-request"}
    nodes: list[tuple[str, object, bool]] = []  # type, key, whether the person may see it
    for customer in (*facts.customers[::60], facts.customer("100051"), facts.customer("100052")):
        seen = facts.sees(person, customer)
        nodes.append(("Customer", customer["id"], seen))
        nodes += [("QualificationDocument", each["id"], seen and person.displays("document")) for each in customer["documents"]]
    for name, row in facts.users.items():
        other = PEOPLE[name]
        meeting = any(meets(a, b) for a in other.areas for b in person.areas)
        nodes.append(("User", row["id"], person.administers and meeting))
    areas = fetch(
        database,
        """select a.sales_organization, a.distribution_channel, a.division, o.company_code, c.credit_control_area
           from sales_areas a join sales_organizations o on o.code = a.sales_organization
           join company_codes c on c.code = o.company_code""",
    )
    types = ("SalesOrganization", "DistributionChannel", "Division", "CompanyCode", "CreditControlArea")
    mine = {(types[at], row[at]) for row in areas if person.works_in("/".join(row[:3])) for at in range(5)}
    nodes += [(types[at], code, (types[at], code) in mine) for at in range(5) for code in {row[at] for row in areas}]
    for code, organization in fetch(database, "select code, sales_organization from plants"):
        nodes.append(("Plant", code, ("SalesOrganization", organization) in mine))
    for type_name, key, seen in nodes:
        answer = server.post({"query": NODE, "variables": {"id": id_of(type_name, key)}}, user=user, headers=headers)
        missing = id_of(type_name, 99999999 if str(key).isdigit() and type_name in ("Customer", "User") else 9999999)
        nothing = server.post({"query": NODE, "variables": {"id": missing}}, user=user, headers=headers)
        if seen:
            assert answer.json()["data"] == {"node": {"__typename": type_name, "id": id_of(type_name, key)}}
        else:
            assert answer.content == nothing.content, (type_name, key)
            assert answer.json() == {"data": {"node": None}}


def test_what_has_no_id_of_its_own_is_no_node(server: Client) -> None:
    for type_name in ("BankAccount", "SalesAreaView", "CompanyCodeView", "Partner", "CustomerReference", "Session", "Nothing"):
        for user in ("auditor", "admin", "dealer.a"):
            assert server.data(NODE, {"id": id_of(type_name, 1)}, user=user) == {"node": None}


@pytest.mark.parametrize("user", STRANGERS)
def test_commands_on_it_answer_as_on_a_missing_one(server: Client, secret: dict[str, Any], user: str) -> None:
    headers = {"X-Request-ID": "the-same-request"}
    for mutation, input in (
        (CHANGE, {"version": 1, "name": "x"}),
        (CHANGE, {"version": 99, "name": ""}),
        (CHANGE, {"version": 1, "taxNumber": secret["taxNumber"], "idempotencyKey": f"{user} asks"}),
        (BLOCK, {"version": 1, "blocks": ["ORDER"], "reason": "x"}),
        (BLOCK, {"version": 1, "blocks": [], "reason": "", "salesArea": secret["salesAreaViews"][0]["salesArea"]["code"]}),
    ):
        answers = [
            server.post({"query": mutation, "variables": {"input": {**input, "customer": id}}}, user=user, headers=headers)
            for id in (secret["id"], id_of("Customer", 99999999))
        ]
        assert answers[0].content == answers[1].content
        assert [error["code"] for error in answers[0].json()["data"]["do"]["userErrors"]] == ["NOT_FOUND"]


def test_a_partner_named_in_a_view_tells_its_reference_and_nothing_else(server: Client, database: str) -> None:
    """A clerk sees by name who receives the goods, but browses only their own customers."""
    rows = fetch(
        database,
        "select v.customer_id, p.customer_id, c.number from customer_partners p join customer_sales_area_views v on v.id = p.view_id join customers c on c.id = v.customer_id where p.customer_id <> v.customer_id and v.sales_organization = '1000' and v.distribution_channel = '20' limit 1",
    )
    _, partner, number = rows[0]
    user = fetch(database, "select 1 from customers where id = $1", partner)
    assert user
    query = "query ($n: String) { customer(number: $n) { salesAreaViews { partners { function customer { id number name customer { id taxNumber } } } } } }"
    shown = server.data(query, {"n": number}, user="clerk.1000")["customer"]
    assert any(each["customer"]["customer"] for view in shown["salesAreaViews"] for each in view["partners"])
    assert server.run(query, {"n": number}, user="clerk.2000")["data"]["customer"] is None


def test_a_dealer_s_partners_are_told_by_name_only(server: Client, database: str, secret: dict[str, Any]) -> None:
    other = fetch(
        database,
        "select id, number, tax_number from customers where number <> $1 and tax_number is not null order by id desc limit 1",
        secret["number"],
    )[0]
    view = fetch(
        database,
        "select v.id from customer_sales_area_views v join customers c on c.id = v.customer_id where c.number = $1 limit 1",
        secret["number"],
    )[0][0]
    fetch(
        database,
        "insert into customer_partners (view_id, function, customer_id) values ($1, 'CONTACT', $2) returning id",
        view,
        other[0],
    )
    query = "query ($n: String) { customer(number: $n) { salesAreaViews { partners { function customer { number name customer { taxNumber } } } } } }"
    partners = [
        each
        for shown in server.data(query, {"n": secret["number"]}, user="dealer.a")["customer"]["salesAreaViews"]
        for each in shown["partners"]
    ]
    (contact,) = (each for each in partners if each["function"] == "CONTACT")
    assert contact["customer"]["number"] == other[1]
    assert contact["customer"]["customer"] is None
    assert server.data(SEEN, {"filter": {"taxNumber": {"eq": other[2]}}}, user="dealer.a")["customers"]["totalCount"] == 0
    fetch(database, "delete from customer_partners where function = 'CONTACT' returning id")


def test_bank_accounts_are_null_named_in_masked_and_offered_to_no_filter_or_order(server: Client) -> None:
    query = "{ customers(first: 3) { edges { node { masked bankAccounts { accountNumber } } } } }"
    hidden = server.run(query, user="clerk.1000")
    assert all(
        edge["node"] == {"masked": ["bankAccounts"], "bankAccounts": None} for edge in hidden["data"]["customers"]["edges"]
    )
    assert hidden["extensions"] == {"masked": ["Customer.bankAccounts"]}
    shown = server.run(query, user="auditor")
    assert all(edge["node"]["masked"] == [] and edge["node"]["bankAccounts"] for edge in shown["data"]["customers"]["edges"])
    assert "extensions" not in shown
    for document in (
        '{ customers(first: 1, filter: {bankAccounts: {eq: "1"}}) { totalCount } }',
        "{ customers(first: 1, orderBy: [{field: BANK_ACCOUNTS}]) { totalCount } }",
    ):
        assert "data" not in server.run(document, user="clerk.1000")


@pytest.mark.parametrize("user", ["dealer.a", "agent.a", "buyer.a", "approver.a"])
def test_partners_ask_nothing_about_the_policy(server: Client, user: str) -> None:
    questions = (
        ("ExplainAccess", {"user": user, "object": "customer", "activity": "DISPLAY"}),
        ("ExplainAccess", {"user": "admin", "object": "customer", "activity": "DISPLAY"}),
        ("WhoCan", {"object": "customer", "activity": "DISPLAY", "salesArea": "1000/20/00", "first": 5}),
        ("WhatCan", {"user": user}),
        ("WhatCan", {"user": "no.such.user"}),
        ("UserList", {"first": 5}),
    )
    for operation, variables in questions:
        answer = server.send(operation, variables, user=user)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN", operation
        assert not any(answer["data"].values())


def test_a_local_administrator_asks_about_their_own_organization(server: Client) -> None:
    names = {
        edge["node"]["username"] for edge in server.send("UserList", {"first": 50}, user="local.1000")["data"]["users"]["edges"]
    }
    assert "clerk.1000" in names
    assert not {"clerk.2000", "clerk.3000"} & names
    elsewhere = server.send(
        "WhoCan", {"object": "customer", "activity": "DISPLAY", "salesArea": "2000/20/00", "first": 5}, user="local.1000"
    )
    assert elsewhere["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    hidden = server.send("WhatCan", {"user": "clerk.2000"}, user="local.1000")
    missing = server.send("WhatCan", {"user": "no.such.user"}, user="local.1000")
    assert [error["extensions"]["code"] for error in hidden["errors"]] == ["NOT_FOUND"]
    assert [each["message"] for each in hidden["errors"]] == [each["message"] for each in missing["errors"]]


def test_explaining_a_record_outside_one_s_administration_tells_nothing(server: Client, database: str) -> None:
    inside = fetch(
        database,
        "select c.id from customers c join customer_sales_area_views v on v.customer_id = c.id where v.sales_organization = '2000' and not exists (select 1 from customer_sales_area_views o where o.customer_id = c.id and o.sales_organization <> '2000') limit 1",
    )[0][0]
    from api.execution.global_id import encode

    query = 'query ($record: ID!) { explainAccess(user: "clerk.1000", object: "customer", activity: DISPLAY, record: $record) { allowed missing { salesArea reason } } }'
    hidden = server.run(query, {"record": encode("Customer", inside)}, user="local.1000")
    missing = server.run(query, {"record": encode("Customer", 99999999)}, user="local.1000")
    assert [each["message"] for each in hidden["errors"]] == [each["message"] for each in missing["errors"]]
    told = server.data(query, {"record": encode("Customer", inside)}, user="admin")["explainAccess"]
    assert told["allowed"] is False
    assert {each["salesArea"].split("/")[0] for each in told["missing"]} == {"2000"}


def test_a_tax_number_taken_over_tells_nothing_of_whose_it_is(server: Client, database: str, secret: dict[str, Any]) -> None:
    """Who cannot see the other customer is not told of it, and may store the number; who can is told. Last: it does store it."""
    own = "select id, version from customers where number = $1"
    for user, area in (("clerk.2000", "2000/20/00"), ("direct.1000", "1000/10/00"), ("clerk.1000", "1000/20/00")):
        made = do(server, CREATE, {**NEW, "name": f"Taken by {user}", "salesArea": area}, user)["customer"]
        input = {"customer": made["id"], "version": 1, "taxNumber": secret["taxNumber"]}
        for dry in (True, False):
            payload = do(server, CHANGE, {**input, "validateOnly": dry}, user)
            if user == "clerk.1000":
                assert [error["code"] for error in payload["userErrors"]] == ["DUPLICATE"]
                assert payload["userErrors"][0]["field"] == "taxNumber"
            else:
                assert payload["userErrors"] == []
        assert fetch(database, own, made["number"])[0][1] == (1 if user == "clerk.1000" else 2)
