"""createCustomer, changeCustomer and setCustomerBlock, as the pattern for all commands: everything happens, or nothing does."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest

from models.config import connection_settings
from tests.client import Client, contract

FIELDS = "code message field reason object activity salesArea changedFields"
CREATE = f"mutation ($input: CreateCustomerInput!) {{ do: createCustomer(input: $input) {{ customer {{ id number version onboardingStatus }} userErrors {{ {FIELDS} }} }} }}"
CHANGE = f"mutation ($input: ChangeCustomerInput!) {{ do: changeCustomer(input: $input) {{ customer {{ id version name phone }} userErrors {{ {FIELDS} }} }} }}"
BLOCK = f"mutation ($input: SetCustomerBlockInput!) {{ do: setCustomerBlock(input: $input) {{ customer {{ id version orderBlock }} userErrors {{ {FIELDS} }} }} }}"
NEW: dict[str, Any] = {"name": "Neuer Kunde", "customerType": "DEALER", "country": "CN", "salesArea": "1000/20/00"}
OF_SESSIONS = ("sessions", "refresh_tokens", "sign_in_attempts", "refusals", "right_uses")
"""The tables that signing in writes, which the tests do between commands, and those of what was refused and used."""


def fetch(database: str, query: str, *values: Any) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            return [tuple(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    return asyncio.run(run())


def footprint(database: str) -> dict[str, tuple[int, str]]:
    """Of each table, number ranges included, how many rows it has and a digest of all that stands in them."""
    names = [name for (name,) in fetch(database, "select tablename from pg_tables where schemaname = 'public'")]
    one = "select '{name}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text from {name} t"
    rows = fetch(database, " union all ".join(one.format(name=name) for name in names if name not in OF_SESSIONS))
    found = {name: (count, digest) for name, count, digest in rows}
    assert {"customers", "number_ranges", "change_documents", "outbox_events", "idempotency_keys"} <= found.keys()
    return found


def documents_of(database: str, request_id: str) -> list[Any]:
    """What was written of one request: part, field, before, after, by whom, and the record's version then."""
    return fetch(
        database,
        """select part, field, old_value, new_value, changed_by, record_version from change_documents
           where request_id = $1 order by part nulls first, field""",
        request_id,
    )


def events_of(database: str, request_id: str) -> list[Any]:
    """The events of one request: topic, number and version of the customer, by whom."""
    return fetch(
        database,
        """select e.topic, c.number, e.record_version, e.payload->>'by' from outbox_events e
           join customers c on c.id = e.record_id and e.record_type = 'Customer' where e.payload->>'requestId' = $1""",
        request_id,
    )


def do(server: Client, mutation: str, input: dict[str, Any], user: str = "clerk.1000", **headers: str) -> dict[str, Any]:
    answer = server.run(mutation, {"input": input}, user=user, **headers)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["do"]  # type: ignore[no-any-return]


def refusal(payload: dict[str, Any]) -> dict[str, Any]:
    """The one reason why nothing was done."""
    assert payload["customer"] is None
    (error,) = payload["userErrors"]
    return error  # type: ignore[no-any-return]


@pytest.fixture
def customer(server: Client) -> dict[str, Any]:
    """A new customer of 1000/20/00."""
    return do(server, CREATE, NEW)["customer"]  # type: ignore[no-any-return]


# ------------------------------------------------------------------------------------------------------------ carrying out


def test_a_new_customer_is_a_draft_with_its_views_partners_documents_and_event(server: Client, database: str) -> None:
    made = do(server, CREATE, {**NEW, "taxNumber": "91310000MA1FL0XX0A"}, **{"X-Request-ID": "request-of-a-test"})["customer"]
    assert (made["onboardingStatus"], made["version"]) == ("DRAFT", 1)
    views = fetch(
        database,
        "select v.sales_organization || v.distribution_channel || v.division, v.currency from customer_sales_area_views v join customers c on c.id = v.customer_id where c.number = $1",
        made["number"],
    )
    assert views == [("10002000", "CNY")]
    partners = fetch(
        database,
        "select p.function from customer_partners p join customers c on c.id = p.customer_id where c.number = $1 order by 1",
        made["number"],
    )
    assert [function for (function,) in partners] == ["BILL_TO", "PAYER", "SHIP_TO", "SOLD_TO"]
    written = fetch(
        database,
        "select field, old_value, new_value, changed_by from change_documents where request_id = 'request-of-a-test' and part is null and object = 'customer'",
    )
    assert ("name", None, "Neuer Kunde", "clerk.1000") in written
    assert ("tax_number", None, "91310000MA1FL0XX0A", "clerk.1000") in written
    assert fetch(
        database, "select topic, record_version from outbox_events where payload->>'requestId' = 'request-of-a-test'"
    ) == [("customer.created", 1)]


def test_a_change_is_documented_as_the_difference_of_states(server: Client, database: str, customer: dict[str, Any]) -> None:
    input = {"customer": customer["id"], "version": 1, "name": "Anderer Name", "address": {"city": "上海"}, "phone": None}
    changed = do(server, CHANGE, input)["customer"]
    assert (changed["version"], changed["name"]) == (2, "Anderer Name")
    documents = fetch(
        database,
        "select field, old_value, new_value, record_version from change_documents where record_version = 2 and record_id = (select id from customers where number = $1) order by field",
        customer["number"],
    )
    assert documents == [("city", None, "上海", 2), ("name", "Neuer Kunde", "Anderer Name", 2)]
    found = server.data(
        "query ($s: String!) { customers(first: 5, filter: {search: $s}) { edges { node { number } } } }",
        {"s": "anderer"},
        user="clerk.1000",
    )
    assert [edge["node"]["number"] for edge in found["customers"]["edges"]] == [customer["number"]]


def test_blocks_of_a_view_and_of_the_whole_are_set_and_lifted(server: Client, customer: dict[str, Any]) -> None:
    base = {"customer": customer["id"], "reason": "Zahlungsverzug"}
    assert (
        do(server, BLOCK, {**base, "version": 1, "blocks": ["ORDER", "BILLING"], "salesArea": "1000/20/00"}, "manager.1000")[
            "customer"
        ]["orderBlock"]
        is None
    )
    shown = server.data(
        "query ($id: ID) { customer(id: $id) { salesAreaViews { orderBlock deliveryBlock billingBlock } } }",
        {"id": customer["id"]},
        user="clerk.1000",
    )
    assert shown["customer"]["salesAreaViews"] == [
        {"orderBlock": "Zahlungsverzug", "deliveryBlock": None, "billingBlock": "Zahlungsverzug"}
    ]
    assert (
        do(server, BLOCK, {**base, "version": 2, "blocks": ["ORDER"]}, "manager.1000")["customer"]["orderBlock"]
        == "Zahlungsverzug"
    )
    assert do(server, BLOCK, {**base, "version": 3, "blocks": ["NONE"]}, "manager.1000")["customer"]["orderBlock"] is None


def test_a_change_tells_who_when_and_by_which_request_and_is_announced(
    server: Client, database: str, customer: dict[str, Any]
) -> None:
    begin = fetch(database, "select clock_timestamp()")[0][0]
    input = {"customer": customer["id"], "version": 1, "email": "office@example.com", "address": {"postalCode": "200000"}}
    assert do(server, CHANGE, input, **{"X-Request-ID": "a-change-of-a-test"})["userErrors"] == []
    assert documents_of(database, "a-change-of-a-test") == [
        (None, "email", None, "office@example.com", "clerk.1000", 2),
        (None, "postal_code", None, "200000", "clerk.1000", 2),
    ]
    moments = fetch(
        database,
        """select changed_at between $1 and clock_timestamp() from change_documents where request_id = 'a-change-of-a-test'
           union all select occurred_at between $1 and clock_timestamp() from outbox_events
           where payload->>'requestId' = 'a-change-of-a-test'""",
        begin,
    )
    assert moments == [(True,)] * 3
    assert events_of(database, "a-change-of-a-test") == [("customer.changed", customer["number"], 2, "clerk.1000")]


def test_blocks_are_documented_at_the_view_they_are_set_on(server: Client, database: str, customer: dict[str, Any]) -> None:
    base = {"customer": customer["id"], "reason": " Zahlungsverzug "}
    view = {**base, "version": 1, "blocks": ["DELIVERY", "ORDER"], "salesArea": "1000/20/00"}
    assert do(server, BLOCK, view, "manager.1000", **{"X-Request-ID": "block-of-a-view"})["userErrors"] == []
    assert documents_of(database, "block-of-a-view") == [
        ("1000/20/00", "delivery_block", None, "Zahlungsverzug", "manager.1000", 2),
        ("1000/20/00", "order_block", None, "Zahlungsverzug", "manager.1000", 2),
    ]
    less = {**view, "version": 2, "blocks": ["ORDER"], "reason": "nur Aufträge"}
    assert do(server, BLOCK, less, "manager.1000", **{"X-Request-ID": "less-of-a-block"})["userErrors"] == []
    assert documents_of(database, "less-of-a-block") == [
        ("1000/20/00", "delivery_block", "Zahlungsverzug", None, "manager.1000", 3),
        ("1000/20/00", "order_block", "Zahlungsverzug", "nur Aufträge", "manager.1000", 3),
    ]
    whole = {**base, "version": 3, "blocks": ["BILLING"], "salesArea": None}
    assert do(server, BLOCK, whole, "manager.1000", **{"X-Request-ID": "block-of-a-customer"})["userErrors"] == []
    assert documents_of(database, "block-of-a-customer") == [(None, "billing_block", None, "Zahlungsverzug", "manager.1000", 4)]
    assert events_of(database, "block-of-a-customer") == [("customer.changed", customer["number"], 4, "manager.1000")]


def test_what_is_left_out_stays_and_null_empties(server: Client, customer: dict[str, Any]) -> None:
    whole = {"street": "浦东南路 1号", "city": "上海", "postalCode": "200000"}
    base = {"customer": customer["id"]}
    do(server, CHANGE, {**base, "version": 1, "phone": "021-1", "market": "石化", "address": whole})
    do(server, CHANGE, {**base, "version": 2, "phone": None, "address": {"street": None, "city": "  苏州 "}})

    def shown() -> Any:
        query = "query ($id: ID) { customer(id: $id) { phone market address { street city postalCode } } }"
        return server.data(query, {"id": customer["id"]}, user="clerk.1000")["customer"]

    left = {"street": None, "city": "苏州", "postalCode": "200000"}
    assert shown() == {"phone": None, "market": "石化", "address": left}
    do(server, CHANGE, {**base, "version": 3, "address": None})
    assert shown()["address"] == dict.fromkeys(whole)


def test_the_contract_s_documents_carry_a_customer_through(server: Client) -> None:
    def send(operation: str, user: str, input: dict[str, Any]) -> Any:
        answer = server.send(operation, {"input": input}, user=user)
        assert "errors" not in answer
        (payload,) = answer["data"].values()
        return payload

    made = send("CreateCustomer", "clerk.1000", NEW)
    id, number = made["customer"]["id"], made["customer"]["number"]
    draft = {"id": id, "number": number, "onboardingStatus": "DRAFT", "version": 1}
    assert made == {"customer": draft, "userErrors": []}
    changed = send("ChangeCustomer", "clerk.1000", {"customer": id, "version": 1, "region": "上海市"})
    assert changed == {"customer": {"id": id, "version": 2}, "userErrors": []}
    block = {"customer": id, "version": 2, "blocks": ["ORDER"], "reason": "Muster"}
    assert send("SetCustomerBlock", "manager.1000", block) == {"customer": {"id": id, "version": 3}, "userErrors": []}
    refused = send("SetCustomerBlock", "manager.1000", {**block, "version": 1})
    (error,) = refused["userErrors"]
    assert refused["customer"] is None
    assert (error.keys(), error["code"], error["field"]) == ({"code", "message", "field"}, "CONFLICT", "version")


# --------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("change", "code", "reason", "field"),
    [
        pytest.param({"salesArea": "1000/99/00"}, "INVALID", "UNKNOWN_SALES_AREA", "salesArea", id="an unknown sales area"),
        pytest.param({"salesArea": "1000/*/00"}, "INVALID", "AREA_IS_PATTERN", "salesArea", id="a pattern in a request"),
        pytest.param({"salesArea": "1000"}, "INVALID", "AREA_MALFORMED", "salesArea", id="half a sales area"),
        pytest.param(
            {"salesArea": "2000/20/00"},
            "INVALID",
            "UNKNOWN_SALES_AREA",
            "salesArea",
            id="another organization's area is as unknown",
        ),
        pytest.param({"name": "  "}, "INVALID", "NAME_EMPTY", "name", id="an empty name"),
        pytest.param({"name": "\u200b\u200f"}, "INVALID", "NAME_EMPTY", "name", id="a name that nobody can see"),
        pytest.param({"name": "a\u0007b"}, "INVALID", "TEXT_CONTROL", "name", id="a name with a control character"),
        pytest.param({"address": {"city": "a\nb"}}, "INVALID", "TEXT_CONTROL", "address.city", id="a city on two lines"),
        pytest.param({"idempotencyKey": ""}, "INVALID", "KEY_MALFORMED", "idempotencyKey", id="an empty key"),
        pytest.param({"name": "x" * 121}, "INVALID", "TEXT_TOO_LONG", "name", id="a name too long"),
        pytest.param({"country": "China"}, "INVALID", "COUNTRY_MALFORMED", "country", id="a country that is no code"),
        pytest.param({"country": "cn"}, "INVALID", "COUNTRY_MALFORMED", "country", id="a country in small letters"),
        pytest.param({"taxNumber": "12"}, "INVALID", "TAX_NUMBER_MALFORMED", "taxNumber", id="a malformed tax number"),
        pytest.param({"email": "nobody"}, "INVALID", "EMAIL_MALFORMED", "email", id="a malformed e-mail address"),
        pytest.param({"address": {"street": "x" * 201}}, "INVALID", "TEXT_TOO_LONG", "address.street", id="a street too long"),
        pytest.param({"address": {"city": "x" * 81}}, "INVALID", "TEXT_TOO_LONG", "address.city", id="a city too long"),
        pytest.param(
            {"address": {"postalCode": "x" * 17}}, "INVALID", "TEXT_TOO_LONG", "address.postalCode", id="a postal code too long"
        ),
        pytest.param({"region": "x" * 61}, "INVALID", "TEXT_TOO_LONG", "region", id="a region too long"),
        pytest.param({"market": "x" * 61}, "INVALID", "TEXT_TOO_LONG", "market", id="a market too long"),
        pytest.param({"phone": "1" * 41}, "INVALID", "TEXT_TOO_LONG", "phone", id="a telephone too long"),
        pytest.param({"email": f"{'x' * 250}@a.cn"}, "INVALID", "TEXT_TOO_LONG", "email", id="an e-mail address too long"),
        pytest.param({"idempotencyKey": "k" * 101}, "INVALID", "KEY_MALFORMED", "idempotencyKey", id="a key too long"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    server: Client, database: str, change: dict[str, Any], code: str, reason: str, field: str
) -> None:
    before = footprint(database)
    error = refusal(do(server, CREATE, {**NEW, **change}))
    assert (error["code"], error["reason"], error["field"]) == (code, reason, field)
    assert footprint(database) == before


def test_every_fault_is_told_at_once_in_the_caller_s_language(server: Client) -> None:
    payload = do(server, CREATE, {**NEW, "name": "", "country": "x", "email": "y"}, **{"Accept-Language": "zh-CN,zh;q=0.9"})
    assert [error["field"] for error in payload["userErrors"]] == ["name", "country", "email"]
    assert payload["userErrors"][0]["message"] == "名称不能为空。"
    english = do(server, CREATE, {**NEW, "name": ""}, **{"Accept-Language": "en"})
    assert english["userErrors"][0]["message"] == "A name is needed."


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        pytest.param({"name": None}, "NAME_EMPTY", "name", id="the name taken away"),
        pytest.param({"country": None}, "COUNTRY_MALFORMED", "country", id="the country taken away"),
        pytest.param({"address": {"street": "钢" * 201}}, "TEXT_TOO_LONG", "address.street", id="a street too long"),
        pytest.param({"taxNumber": "123"}, "TAX_NUMBER_MALFORMED", "taxNumber", id="a malformed tax number"),
        pytest.param({"name": "Neuer Kunde", "phone": " "}, "NOTHING_TO_CHANGE", None, id="nothing that would change"),
    ],
)
def test_a_bad_change_is_named_and_nothing_is_written(
    server: Client, database: str, customer: dict[str, Any], change: dict[str, Any], reason: str, field: str | None
) -> None:
    before = footprint(database)
    error = refusal(do(server, CHANGE, {"customer": customer["id"], "version": 1, **change}))
    assert (error["code"], error["reason"], error["field"]) == ("INVALID", reason, field)
    assert footprint(database) == before


@pytest.mark.parametrize(
    ("id", "code", "reason"),
    [
        ("garbage", "INVALID", "ID_MALFORMED"),
        ("VXNlcjox", "INVALID", "ID_OF_OTHER_TYPE"),
        ("Q3VzdG9tZXI6OTk5OTk5OTk=", "NOT_FOUND", "NOT_FOUND"),
        ("Q3VzdG9tZXI6OTk5OTk5OTk5OTk5OTk5OTk5OTk=", "INVALID", "ID_MALFORMED"),
    ],
)
def test_an_id_that_is_none_of_a_customer_is_refused(server: Client, database: str, id: str, code: str, reason: str) -> None:
    before = footprint(database)
    error = refusal(do(server, CHANGE, {"customer": id, "version": 1, "name": "x"}))
    assert (error["code"], error["reason"], error["field"]) == (code, reason, "customer")
    assert footprint(database) == before


@pytest.mark.parametrize(
    "change",
    [{"customerType": "NOBODY"}, {"name": 7}, {"validateOnly": "yes"}, {"unknown": "x"}, {"address": {"street": ["x"]}}],
    ids=["an unknown enum value", "a number for a text", "a text for a yes", "an unknown field", "a list for a text"],
)
def test_mistyped_input_never_runs(server: Client, database: str, change: dict[str, Any]) -> None:
    before = footprint(database)
    headers = {"Accept": "application/graphql-response+json"}
    response = server.post({"query": CREATE, "variables": {"input": {**NEW, **change}}}, user="clerk.1000", headers=headers)
    assert response.status_code == 400
    assert "data" not in response.json()
    assert footprint(database) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"measure": "1_000"},
        {"measure": "1e3"},
        {"measure": "NaN"},
        {"measure": "+1"},
        {"measure": 5.5},
        {"asOf": "yesterday"},
        {"asOf": "2026-01-01"},
        {"asOf": "2026-02-30T00:00:00Z"},
        {"asOf": 1767225600},
        {"activity": "FLY"},
        {"activity": "display"},
    ],
    ids=str,
)
def test_mistyped_decimals_moments_and_activities_never_run(server: Client, wrong: dict[str, Any]) -> None:
    right = {"user": "admin", "object": "customer", "activity": "DISPLAY", "measure": "5.50", "asOf": "2026-01-01T00:00:00Z"}
    headers = {"Accept": "application/graphql-response+json"}

    def ask(variables: dict[str, Any]) -> Any:
        return server.post({"query": contract("ExplainAccess"), "variables": variables}, user="admin", headers=headers)

    assert ask(right).status_code == 200
    response = ask({**right, **wrong})
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("application/graphql-response+json")
    assert "data" not in response.json()
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"INVALID"}


@pytest.mark.parametrize("wrong", [{"blocks": ["EVERYTHING"]}, {"blocks": None}, {"version": "1"}, {"version": 1.5}], ids=str)
def test_mistyped_blocks_and_versions_never_run(
    server: Client, database: str, customer: dict[str, Any], wrong: dict[str, Any]
) -> None:
    before = footprint(database)
    input = {"customer": customer["id"], "version": 1, "blocks": ["ORDER"], "reason": "x", **wrong}
    headers = {"Accept": "application/graphql-response+json"}
    body = {"query": contract("SetCustomerBlock"), "variables": {"input": input}}
    response = server.post(body, user="manager.1000", headers=headers)
    assert response.status_code == 400
    assert "data" not in response.json()
    assert footprint(database) == before


@pytest.mark.parametrize(
    ("wrong", "reason", "field"),
    [
        pytest.param({"blocks": []}, "BLOCKS_EMPTY", "blocks", id="no block"),
        pytest.param({"blocks": ["NONE", "ORDER"]}, "BLOCKS_CONTRADICT", "blocks", id="none and one"),
        pytest.param({"reason": " "}, "REASON_EMPTY", "reason", id="no reason"),
        pytest.param({"reason": "x" * 201}, "TEXT_TOO_LONG", "reason", id="a reason too long"),
        pytest.param({"salesArea": "1000/10/00"}, "NO_SUCH_VIEW", "salesArea", id="a view that there is not"),
        pytest.param({"salesArea": "1000/*/00"}, "AREA_IS_PATTERN", "salesArea", id="a pattern"),
        pytest.param({"salesArea": ""}, "AREA_MALFORMED", "salesArea", id="an empty sales area"),
    ],
)
def test_blocks_are_checked(
    server: Client, database: str, customer: dict[str, Any], wrong: dict[str, Any], reason: str, field: str
) -> None:
    before = footprint(database)
    input = {"customer": customer["id"], "version": 1, "blocks": ["ORDER"], "reason": "x", **wrong}
    error = refusal(do(server, BLOCK, input, "manager.1000"))
    assert (error["code"], error["reason"], error["field"]) == ("INVALID", reason, field)
    assert footprint(database) == before


def test_a_command_that_would_change_nothing_is_refused_and_makes_no_version(
    server: Client, database: str, customer: dict[str, Any]
) -> None:
    view = {"customer": customer["id"], "reason": "overdue", "salesArea": "1000/20/00", "blocks": ["ORDER"]}
    do(server, BLOCK, {**view, "version": 1}, "manager.1000")
    before = footprint(database)
    base = {"customer": customer["id"], "version": 2}
    for mutation, input in (
        (CHANGE, {**base, "name": " Neuer Kunde ", "address": {}, "phone": None}),
        (BLOCK, {**base, "blocks": ["NONE"], "reason": "never blocked"}),
        (BLOCK, {**view, "version": 2}),
    ):
        error = refusal(do(server, mutation, input, "manager.1000"))
        assert (error["code"], error["reason"]) == ("INVALID", "NOTHING_TO_CHANGE")
    assert footprint(database) == before


# ---------------------------------------------------------------------------------------------------- versions, keys, dry runs


def test_a_stale_version_is_a_conflict_that_names_the_fields(server: Client, database: str, customer: dict[str, Any]) -> None:
    do(server, CHANGE, {"customer": customer["id"], "version": 1, "name": "Zwei", "address": {"postalCode": "200000"}})
    before = footprint(database)
    error = refusal(do(server, CHANGE, {"customer": customer["id"], "version": 1, "phone": "1"}))
    assert (error["code"], error["field"]) == ("CONFLICT", "version")
    assert sorted(error["changedFields"]) == ["name", "postalCode"]
    assert footprint(database) == before


def test_of_twenty_changes_at_once_exactly_one_wins(server: Client, database: str, customer: dict[str, Any]) -> None:
    server.token("clerk.1000")

    def change(number: int) -> str:
        input = {"customer": customer["id"], "version": 1, "phone": f"{number}"}
        payload = do(server, CHANGE, input, **{"X-Request-ID": f"one-of-twenty-{number}"})
        return f"{number}" if payload["customer"] else payload["userErrors"][0]["code"]

    with ThreadPoolExecutor(20) as threads:
        results = list(threads.map(change, range(20)))
    (winner,) = set(results) - {"CONFLICT"}
    assert results.count("CONFLICT") == 19
    stored = fetch(database, "select phone, version from customers where number = $1", customer["number"])
    assert stored == [(winner, 2)]
    assert documents_of(database, f"one-of-twenty-{winner}") == [(None, "phone", None, winner, "clerk.1000", 2)]
    assert fetch(
        database,
        """select (select count(*) from change_documents where request_id like 'one-of-twenty-%'),
                  (select count(*) from outbox_events where payload->>'requestId' like 'one-of-twenty-%')""",
    ) == [(1, 1)]


def test_blocks_and_changes_wait_for_each_other_s_version(server: Client, database: str, customer: dict[str, Any]) -> None:
    change = {"customer": customer["id"], "version": 1, "name": "Zuerst"}
    view = {"customer": customer["id"], "version": 1, "blocks": ["ORDER"], "reason": "x", "salesArea": "1000/20/00"}
    assert do(server, BLOCK, view, "manager.1000")["customer"]["version"] == 2
    before = footprint(database)
    stale = refusal(do(server, CHANGE, change))
    assert (stale["code"], stale["changedFields"]) == ("CONFLICT", ["orderBlock"])
    assert footprint(database) == before
    assert do(server, CHANGE, {**change, "version": 2})["customer"]["version"] == 3
    stale = refusal(do(server, BLOCK, {**view, "version": 2}, "manager.1000"))
    assert (stale["code"], stale["field"], stale["changedFields"]) == ("CONFLICT", "version", ["name"])


def test_a_version_that_is_yet_to_come_is_a_conflict(server: Client, database: str, customer: dict[str, Any]) -> None:
    before = footprint(database)
    error = refusal(do(server, CHANGE, {"customer": customer["id"], "version": 2, "name": "x"}))
    assert (error["code"], error["field"], error["changedFields"]) == ("CONFLICT", "version", [])
    assert footprint(database) == before


def test_a_key_gives_the_first_success_again(server: Client, database: str) -> None:
    input = {**NEW, "name": "Einmal", "idempotencyKey": "once"}
    first = do(server, CREATE, input)["customer"]
    before = footprint(database)
    assert do(server, CREATE, input)["customer"] == first
    assert footprint(database) == before
    other = refusal(do(server, CREATE, {**input, "name": "Anders"}))
    assert (other["code"], other["field"]) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    assert footprint(database) == before
    theirs = do(server, CREATE, input, "manager.1000")["customer"]
    assert theirs["number"] != first["number"]


def test_a_key_sent_ten_times_at_once_is_carried_out_once(server: Client, database: str) -> None:
    server.token("clerk.1000")
    input = {**NEW, "name": "Gleichzeitig", "idempotencyKey": "at-once"}
    with ThreadPoolExecutor(10) as threads:
        numbers = {each["customer"]["number"] for each in threads.map(lambda _: do(server, CREATE, input), range(10))}
    assert len(numbers) == 1
    assert fetch(database, "select count(*) from customers where name = 'Gleichzeitig'") == [(1,)]


def test_a_change_is_answered_again_under_its_key_though_its_version_is_stale(
    server: Client, database: str, customer: dict[str, Any]
) -> None:
    change = {"customer": customer["id"], "version": 1, "name": "Einmal anders", "idempotencyKey": f"c{customer['number']}"}
    block = {"customer": customer["id"], "version": 2, "blocks": ["ORDER"], "reason": "x", "idempotencyKey": "block-once"}
    assert do(server, CHANGE, change)["customer"]["version"] == 2
    assert do(server, BLOCK, block, "manager.1000")["customer"]["version"] == 3
    before = footprint(database)
    again = do(server, CHANGE, change)
    assert (again["customer"]["version"], again["customer"]["name"], again["userErrors"]) == (3, "Einmal anders", [])
    assert do(server, BLOCK, block, "manager.1000")["customer"]["orderBlock"] == "x"
    assert footprint(database) == before
    assert refusal(do(server, BLOCK, {**block, "blocks": ["NONE"]}, "manager.1000"))["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert refusal(do(server, CHANGE, {**change, "version": 3}))["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert footprint(database) == before


def test_a_key_of_one_command_is_not_free_for_another(server: Client, database: str, customer: dict[str, Any]) -> None:
    base = {"customer": customer["id"], "idempotencyKey": "both-commands"}
    assert do(server, CHANGE, {**base, "version": 1, "name": "x"}, "manager.1000")["customer"]["version"] == 2
    before = footprint(database)
    error = refusal(do(server, BLOCK, {**base, "version": 2, "blocks": ["ORDER"], "reason": "x"}, "manager.1000"))
    assert (error["code"], error["field"]) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    assert footprint(database) == before


def test_of_one_key_sent_at_once_with_different_input_one_is_carried_out(server: Client, database: str) -> None:
    server.token("clerk.1000")

    def create(number: int) -> str:
        payload = do(server, CREATE, {**NEW, "name": f"Wettlauf {number}", "idempotencyKey": "race"})
        return "made" if payload["customer"] else payload["userErrors"][0]["code"]

    with ThreadPoolExecutor(6) as threads:
        results = sorted(threads.map(create, range(6)))
    assert results == ["IDEMPOTENCY_KEY_REUSED"] * 5 + ["made"]
    assert fetch(database, "select count(*) from customers where name like 'Wettlauf %'") == [(1,)]


def test_a_dry_run_does_not_take_its_key(server: Client) -> None:
    input = {**NEW, "name": "Erst geprüft", "idempotencyKey": "dry-then-real"}
    assert do(server, CREATE, {**input, "validateOnly": True}) == {"customer": None, "userErrors": []}
    assert do(server, CREATE, {**input, "name": "Dann anders"})["customer"]
    assert refusal(do(server, CREATE, input))["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_refusal_is_not_kept_under_its_key(server: Client) -> None:
    assert refusal(do(server, CREATE, {**NEW, "name": "", "idempotencyKey": "retry"}))["code"] == "INVALID"
    assert do(server, CREATE, {**NEW, "idempotencyKey": "retry"})["customer"]


def test_validate_only_writes_nothing_and_tells_every_fault(server: Client, database: str, customer: dict[str, Any]) -> None:
    before = footprint(database)
    assert do(server, CREATE, {**NEW, "validateOnly": True, "idempotencyKey": "dry"}) == {"customer": None, "userErrors": []}
    assert refusal(do(server, CREATE, {**NEW, "name": "", "validateOnly": True}))["reason"] == "NAME_EMPTY"
    assert do(server, CHANGE, {"customer": customer["id"], "version": 1, "name": "y", "validateOnly": True})["userErrors"] == []
    assert (
        do(
            server,
            BLOCK,
            {"customer": customer["id"], "version": 1, "blocks": ["ORDER"], "reason": "y", "validateOnly": True},
            "manager.1000",
        )["userErrors"]
        == []
    )
    assert footprint(database) == before


def test_a_dry_run_tells_the_same_refusals_as_the_real_one(server: Client, database: str, customer: dict[str, Any]) -> None:
    before = footprint(database)
    base = {"customer": customer["id"], "validateOnly": True}
    assert refusal(do(server, CHANGE, {**base, "version": 7, "name": "x"}))["code"] == "CONFLICT"
    assert refusal(do(server, CHANGE, {**base, "version": 1, "name": "x"}, "auditor"))["code"] == "FORBIDDEN"
    assert refusal(do(server, CHANGE, {**base, "version": 1, "name": "x"}, "clerk.2000"))["code"] == "NOT_FOUND"
    assert footprint(database) == before


def test_numbers_have_no_gaps_after_refusals(server: Client, database: str) -> None:
    tax = "91310000MA1FL0YY0B"
    first = int(do(server, CREATE, {**NEW, "taxNumber": tax})["customer"]["number"])
    assert refusal(do(server, CREATE, {**NEW, "name": ""}))["code"] == "INVALID"
    assert refusal(do(server, CREATE, {**NEW, "taxNumber": tax}))["code"] == "DUPLICATE"
    assert refusal(do(server, CREATE, NEW, "auditor"))["code"] == "FORBIDDEN"
    assert do(server, CREATE, {**NEW, "validateOnly": True})["userErrors"] == []
    assert int(do(server, CREATE, NEW)["customer"]["number"]) == first + 1


def test_numbers_taken_at_once_are_neighbours(server: Client) -> None:
    server.token("clerk.1000")
    first = int(do(server, CREATE, NEW)["customer"]["number"])
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda number: do(server, CREATE, {**NEW, "name": f"{number % 2 or ''}"}), range(16)))
    numbers = sorted(int(each["customer"]["number"]) for each in made if each["customer"])
    assert numbers == list(range(first + 1, first + 9))


def test_of_two_new_customers_with_one_tax_number_at_once_one_is_a_double(server: Client, database: str) -> None:
    server.token("clerk.1000")
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: do(server, CREATE, {**NEW, "taxNumber": "91310000MA1FL0WW0C"}), range(4)))
    assert sorted(each["userErrors"][0]["code"] if each["userErrors"] else "made" for each in made) == [
        "DUPLICATE",
        "DUPLICATE",
        "DUPLICATE",
        "made",
    ]


# ------------------------------------------------------------------------------------------------------------------ rights


def test_a_double_is_told_only_within_sight(server: Client, database: str) -> None:
    known, tax = fetch(
        database,
        "select c.number, c.tax_number from customers c join customer_sales_area_views v on v.customer_id = c.id where v.sales_organization = '1000' and v.distribution_channel = '20' and c.country = 'CN' and c.tax_number is not null order by 1 limit 1",
    )[0]
    error = refusal(do(server, CREATE, {**NEW, "taxNumber": tax}))
    assert (error["code"], error["field"]) == ("DUPLICATE", "taxNumber")
    assert known in error["message"]
    assert do(server, CREATE, {**NEW, "salesArea": "2000/20/00", "taxNumber": tax}, "clerk.2000")["userErrors"] == []


def test_who_sees_and_may_not_is_told_what_is_missing(server: Client, database: str, customer: dict[str, Any]) -> None:
    server.token("auditor")
    before = footprint(database)
    error = refusal(do(server, BLOCK, {"customer": customer["id"], "version": 1, "blocks": ["ORDER"], "reason": "x"}))
    assert (error["code"], error["object"], error["activity"], error["salesArea"]) == (
        "FORBIDDEN",
        "customer",
        "BLOCK",
        "1000/20/00",
    )
    error = refusal(do(server, CHANGE, {"customer": customer["id"], "version": 1, "name": "x"}, "auditor"))
    assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", "CHANGE")
    assert error["salesArea"] == "1000/20/00"
    view = {"customer": customer["id"], "version": 1, "blocks": ["ORDER"], "reason": "x", "salesArea": "1000/20/00"}
    error = refusal(do(server, BLOCK, view))
    assert (error["code"], error["object"], error["activity"], error["salesArea"]) == (
        "FORBIDDEN",
        "customer_sales_area",
        "BLOCK",
        "1000/20/00",
    )
    assert footprint(database) == before


def test_an_administrator_of_rights_has_none_in_the_trade(server: Client, database: str, customer: dict[str, Any]) -> None:
    server.token("admin")
    before = footprint(database)
    error = refusal(do(server, CREATE, NEW, "admin"))
    assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", "CREATE")
    block = {"customer": customer["id"], "version": 1, "blocks": ["ORDER"], "reason": "x"}
    assert refusal(do(server, BLOCK, block, "admin"))["code"] == "NOT_FOUND"
    assert refusal(do(server, BLOCK, {**block, "salesArea": "1000/20/00"}, "admin"))["code"] == "NOT_FOUND"
    assert footprint(database) == before


@pytest.mark.parametrize("area", ["1000/30/10", "2000/10/00", "3000/20/10"])
def test_the_customer_administrator_may_everywhere(server: Client, area: str) -> None:
    made = do(server, CREATE, {**NEW, "country": "SG", "salesArea": area}, "customer.admin")["customer"]
    change = {"customer": made["id"], "version": 1, "name": "Anders"}
    assert do(server, CHANGE, change, "customer.admin")["customer"]["version"] == 2
    block = {"customer": made["id"], "version": 2, "blocks": ["ORDER"], "reason": "x"}
    assert do(server, BLOCK, block, "customer.admin")["customer"]["orderBlock"] == "x"
    assert do(server, BLOCK, {**block, "version": 3, "salesArea": area}, "customer.admin")["customer"]["version"] == 4


@pytest.mark.parametrize(
    ("language", "conflict", "forbidden", "hidden"),
    [
        ("en", "It was changed since: version is 1, not 7.", "You may not BLOCK customer here.", "There is no"),
        ("zh-CN", "数据已被更改：当前版本为 1，而非 7。", "您无权在此对 customer 执行 BLOCK。", "不存在该编号的"),
    ],
)
def test_refusals_are_told_in_the_language_asked_for(
    server: Client, customer: dict[str, Any], language: str, conflict: str, forbidden: str, hidden: str
) -> None:
    base, wish = {"customer": customer["id"], "version": 1}, {"Accept-Language": language}
    blocks = {**base, "blocks": ["ORDER"], "reason": "x"}
    told = refusal(do(server, CHANGE, {**base, "version": 7, "name": "x"}, **wish))["message"]
    assert told.startswith(conflict)
    assert refusal(do(server, BLOCK, blocks, **wish))["message"] == forbidden
    assert refusal(do(server, CHANGE, {**base, "name": "x"}, "clerk.2000", **wish))["message"].startswith(hidden)


@pytest.mark.parametrize("user", ["clerk.2000", "direct.1000", "dealer.a", "admin", "local.1000"])
def test_who_does_not_see_is_told_that_there_is_none(server: Client, customer: dict[str, Any], user: str) -> None:
    hidden = refusal(do(server, CHANGE, {"customer": customer["id"], "version": 1, "name": "x"}, user))
    missing = refusal(do(server, CHANGE, {"customer": "Q3VzdG9tZXI6OTk5OTk5OTk=", "version": 1, "name": "x"}, user))
    assert hidden == missing
    assert hidden["code"] == "NOT_FOUND"


def test_a_customer_of_two_organizations_is_changed_by_who_has_both(server: Client, database: str) -> None:
    number = fetch(
        database,
        "select c.number from customers c join customer_sales_area_views v on v.customer_id = c.id group by c.number having count(distinct v.sales_organization) = 2 order by 1 limit 1",
    )[0][0]
    shown = server.data(
        "query ($n: String) { customer(number: $n) { id version viewerCan salesAreaViews { salesArea { code } } } }",
        {"n": number},
        user="clerk.1000",
    )["customer"]
    assert {view["salesArea"]["code"].split("/")[0] for view in shown["salesAreaViews"]} == {"1000"}
    assert "changeCustomer" not in shown["viewerCan"]
    before = footprint(database)
    error = refusal(do(server, CHANGE, {"customer": shown["id"], "version": shown["version"], "name": "x"}))
    assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", "CHANGE")
    assert error["salesArea"] is None
    assert "2000" not in error["message"]
    assert footprint(database) == before
    assert (
        do(server, CHANGE, {"customer": shown["id"], "version": shown["version"], "phone": "1"}, "customer.admin")["customer"][
            "version"
        ]
        == shown["version"] + 1
    )
