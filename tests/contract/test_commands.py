"""createCustomer, changeCustomer and setCustomerBlock, as the pattern for all commands: everything happens, or nothing does."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest

from models.config import connection_settings
from tests.client import Client

FIELDS = "code message field reason object activity salesArea changedFields"
CREATE = f"mutation ($input: CreateCustomerInput!) {{ do: createCustomer(input: $input) {{ customer {{ id number version onboardingStatus }} userErrors {{ {FIELDS} }} }} }}"
CHANGE = f"mutation ($input: ChangeCustomerInput!) {{ do: changeCustomer(input: $input) {{ customer {{ id version name phone }} userErrors {{ {FIELDS} }} }} }}"
BLOCK = f"mutation ($input: SetCustomerBlockInput!) {{ do: setCustomerBlock(input: $input) {{ customer {{ id version orderBlock }} userErrors {{ {FIELDS} }} }} }}"
NEW: dict[str, Any] = {"name": "Neuer Kunde", "customerType": "DEALER", "country": "CN", "salesArea": "1000/20/00"}
TABLES = (
    "customers",
    "customer_sales_area_views",
    "customer_company_code_views",
    "customer_partners",
    "change_documents",
    "outbox_events",
    "idempotency_keys",
)


def fetch(database: str, query: str, *values: Any) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            return [tuple(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    return asyncio.run(run())


def footprint(database: str) -> list[Any]:
    """How much is stored, and the next customer number."""
    counts = ", ".join(f"(select count(*) from {table})" for table in TABLES)
    return fetch(
        database,
        f"select {counts}, (select next_number from number_ranges where name = 'customer'), (select sum(version) from customers)",
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
        pytest.param({"name": "x" * 121}, "INVALID", "TEXT_TOO_LONG", "name", id="a name too long"),
        pytest.param({"country": "China"}, "INVALID", "COUNTRY_MALFORMED", "country", id="a country that is no code"),
        pytest.param({"taxNumber": "12"}, "INVALID", "TAX_NUMBER_MALFORMED", "taxNumber", id="a malformed tax number"),
        pytest.param({"email": "nobody"}, "INVALID", "EMAIL_MALFORMED", "email", id="a malformed e-mail address"),
        pytest.param({"address": {"street": "x" * 201}}, "INVALID", "TEXT_TOO_LONG", "address.street", id="a street too long"),
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


def test_mistyped_decimals_and_moments_are_refused(server: Client) -> None:
    for argument in (
        'measure: "1_000"',
        'measure: "NaN"',
        "measure: 5.5",
        'asOf: "yesterday"',
        'asOf: "2026-01-01"',
        "activity: FLY",
    ):
        query = f'{{ explainAccess(user: "admin", object: "customer", activity: DISPLAY, {argument}) {{ allowed }} }}'.replace(
            "activity: DISPLAY, activity", "activity"
        )
        assert "data" not in server.run(query, user="admin") or server.run(query, user="admin")["data"] is None, argument


def test_blocks_are_checked(server: Client, customer: dict[str, Any]) -> None:
    base = {"customer": customer["id"], "version": 1, "reason": "x"}
    assert refusal(do(server, BLOCK, {**base, "blocks": []}, "manager.1000"))["reason"] == "BLOCKS_EMPTY"
    assert refusal(do(server, BLOCK, {**base, "blocks": ["NONE", "ORDER"]}, "manager.1000"))["reason"] == "BLOCKS_CONTRADICT"
    assert refusal(do(server, BLOCK, {**base, "blocks": ["ORDER"], "reason": " "}, "manager.1000"))["field"] == "reason"
    assert (
        refusal(do(server, BLOCK, {**base, "blocks": ["ORDER"], "salesArea": "1000/10/00"}, "manager.1000"))["reason"]
        == "NO_SUCH_VIEW"
    )


# ---------------------------------------------------------------------------------------------------- versions, keys, dry runs


def test_a_stale_version_is_a_conflict_that_names_the_fields(server: Client, database: str, customer: dict[str, Any]) -> None:
    do(server, CHANGE, {"customer": customer["id"], "version": 1, "name": "Zwei", "address": {"postalCode": "200000"}})
    before = footprint(database)
    error = refusal(do(server, CHANGE, {"customer": customer["id"], "version": 1, "phone": "1"}))
    assert (error["code"], error["field"]) == ("CONFLICT", "version")
    assert sorted(error["changedFields"]) == ["name", "postalCode"]
    assert footprint(database) == before


def test_of_twenty_changes_at_once_exactly_one_wins(server: Client, customer: dict[str, Any]) -> None:
    server.token("clerk.1000")

    def change(number: int) -> str:
        payload = do(server, CHANGE, {"customer": customer["id"], "version": 1, "phone": f"{number}"})
        return "won" if payload["customer"] else payload["userErrors"][0]["code"]

    with ThreadPoolExecutor(10) as threads:
        results = sorted(threads.map(change, range(20)))
    assert results == ["CONFLICT"] * 19 + ["won"]


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


def test_numbers_have_no_gaps_after_refusals(server: Client) -> None:
    first = int(do(server, CREATE, NEW)["customer"]["number"])
    do(server, CREATE, {**NEW, "name": ""})
    do(server, CREATE, {**NEW, "validateOnly": True})
    assert int(do(server, CREATE, NEW)["customer"]["number"]) == first + 1


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


def test_who_sees_and_may_not_is_told_what_is_missing(server: Client, customer: dict[str, Any]) -> None:
    error = refusal(do(server, BLOCK, {"customer": customer["id"], "version": 1, "blocks": ["ORDER"], "reason": "x"}))
    assert (error["code"], error["object"], error["activity"], error["salesArea"]) == (
        "FORBIDDEN",
        "customer",
        "BLOCK",
        "1000/20/00",
    )
    error = refusal(do(server, CHANGE, {"customer": customer["id"], "version": 1, "name": "x"}, "auditor"))
    assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", "CHANGE")


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
    error = refusal(do(server, CHANGE, {"customer": shown["id"], "version": shown["version"], "name": "x"}))
    assert (error["code"], error["salesArea"]) == ("FORBIDDEN", None)
    assert "2000" not in error["message"]
    assert (
        do(server, CHANGE, {"customer": shown["id"], "version": shown["version"], "phone": "1"}, "customer.admin")["customer"][
            "version"
        ]
        == shown["version"] + 1
    )
