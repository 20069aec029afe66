"""What became of a record, told to whoever may see it: change documents, the past itself, and who was shown what is protected."""

from __future__ import annotations

import asyncio
import base64
from datetime import datetime, timedelta, timezone
from importlib import import_module
from typing import Any

import asyncpg
import pytest

from api.database import models_open
from api.execution.journal import recording
from models import BankAccount, Customer
from models.config import connection_settings
from tests.client import Client
from tests.contract.answers import refusal_of
from tests.contract.demo import Record
from tests.contract.onboarding import send
from tests.contract.test_commands import BLOCK, CHANGE, CREATE, NEW, do, fetch
from tests.contract.test_files import outcome, sent

CHANGES = """query ($record: ID!, $first: Int = 100, $after: String, $field: String, $from: DateTime, $to: DateTime) {
    changeDocuments(record: $record, first: $first, after: $after, field: $field, from: $from, to: $to) {
        totalCount pageInfo { hasNextPage endCursor }
        edges { node { changedAt changedBy requestId version kind rowType rowId object salesArea companyCode field oldValue newValue } } } }"""
MISSING = "Q3VzdG9tZXI6OTk5OTk5OTk="
AREAS = ("1000/20/00", "2000/20/00")
PAPER = {"documentType": "BUSINESS_LICENCE", "number": "91310000MA1FL0XN0B", "issuer": "上海", "validTo": "2039-01-01"}


def changes(server: Client, record: str, user: str, **variables: Any) -> list[Record]:
    """The change documents that a user is told of."""
    page = server.data(CHANGES, {"record": record, **variables}, user=user)["changeDocuments"]
    assert page["pageInfo"]["hasNextPage"] or page["totalCount"] == len(page["edges"]) or variables.get("after")
    return [edge["node"] for edge in page["edges"]]


@pytest.fixture(scope="module")
def known(server: Client, database: str) -> Record:
    """A customer of two organizations with a history: its name, a view's block and its bank account have changed."""
    made = do(server, CREATE, {**NEW, "name": "Erster Name"}, **{"X-Request-ID": "the-making-of-it"})["customer"]
    other = do(server, CREATE, {**NEW, "salesArea": AREAS[1]}, "customer.admin")["customer"]
    key = int(base64.b64decode(made["id"]).decode().partition(":")[2])
    _extend(server, made["number"], AREAS[1])
    versions = iter(range(3, 20))
    do(server, CHANGE, {"customer": made["id"], "version": 2, "name": "Zweiter Name"}, "customer.admin")
    for area in AREAS:
        input = {
            "customer": made["id"],
            "version": next(versions),
            "blocks": ["ORDER"],
            "reason": f"in {area}",
            "salesArea": area,
        }
        assert do(server, BLOCK, input, "customer.admin")["customer"]
    version = next(versions)
    paper = outcome(sent(server, {**PAPER, "customer": made["id"]}, user="customer.admin"))["qualificationDocument"]
    review = {"qualificationDocument": paper["id"], "accept": False, "reason": "illegible"}
    assert send(server, "ReviewQualificationDocument", review, "customer.approver")["done"]
    return {
        "id": made["id"],
        "number": made["number"],
        "key": key,
        "other": other["id"],
        "version": version + 1,
        "paper": paper["id"],
    }


def _extend(server: Client, number: str, area: str) -> None:
    propose = "mutation ($input: ExtendCustomerInput!) { do: extendCustomer(input: $input) { customerExtension { id version } userErrors { reason } } }"
    approve = "mutation ($input: ApproveCustomerExtensionInput!) { do: approveCustomerExtension(input: $input) { customerExtension { id } userErrors { reason } } }"
    made = do(server, propose, {"customerNumber": number, "salesArea": area}, "clerk.2000")["customerExtension"]
    input = {"customerExtension": made["id"], "version": made["version"]}
    assert do(server, approve, input, "customer.approver")["customerExtension"]


# ------------------------------------------------------------------------------------------------------- change documents


def test_the_change_documents_are_the_differences_newest_first(server: Client, known: Record) -> None:
    rows = changes(server, known["id"], "auditor")
    assert rows == sorted(rows, key=lambda each: each["changedAt"], reverse=True)
    (name,) = [each for each in rows if each["field"] == "name" and each["kind"] == "CHANGED"]
    assert (name["oldValue"], name["newValue"], name["changedBy"]) == ("Erster Name", "Zweiter Name", "customer.admin")
    assert (name["rowType"], name["rowId"], name["object"]) == ("Customer", known["id"], "customer")
    made = [each for each in rows if each["requestId"] == "the-making-of-it"]
    assert {each["kind"] for each in made} == {"CREATED"}
    assert {each["oldValue"] for each in made} == {None}
    partners = {each["rowId"] for each in made if each["rowType"] == "Partner"}
    assert len(partners) == 4  # each mandatory function is a row that is told from the others
    assert {each["newValue"] for each in made if each["field"] == "function"} == {"SOLD_TO", "SHIP_TO", "BILL_TO", "PAYER"}
    assert {each["companyCode"] for each in rows if each["object"] == "customer_company_code"} == {"1000"}


def test_a_page_goes_on_behind_its_end_cursor(server: Client, known: Record) -> None:
    whole = changes(server, known["id"], "auditor")
    found: list[Record] = []
    after = None
    while True:
        page = server.data(CHANGES, {"record": known["id"], "first": 7, "after": after}, user="auditor")["changeDocuments"]
        found += [edge["node"] for edge in page["edges"]]
        assert page["totalCount"] == len(whole)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == whole
    assert len(whole) > 14


def test_a_field_and_a_span_of_time_can_be_asked_for(server: Client, known: Record) -> None:
    whole = changes(server, known["id"], "auditor")
    blocks = changes(server, known["id"], "auditor", field="orderBlock")
    assert [each["salesArea"] for each in blocks] == [AREAS[1], AREAS[0]]
    between = {"from": blocks[1]["changedAt"], "to": blocks[0]["changedAt"]}
    assert changes(server, known["id"], "auditor", **between) == blocks[:1]
    assert changes(server, known["id"], "auditor", to=blocks[0]["changedAt"]) == [
        each for each in whole if each["object"] != "customer_document"
    ]
    assert changes(server, known["id"], "auditor", field="order_block; drop") == []


def test_each_change_is_told_by_the_right_on_its_own_object_where_it_lies(server: Client, known: Record) -> None:
    whole = changes(server, known["id"], "auditor")
    assert changes(server, known["id"], "customer.admin") == whole
    manager = changes(server, known["id"], "manager.1000")
    assert manager == [
        each
        for each in whole
        if each["object"] == "customer" or (each["object"] == "customer_sales_area" and each["salesArea"] == AREAS[0])
    ]
    assert {each["salesArea"] for each in manager} == {None, AREAS[0]}
    approver = changes(server, known["id"], "customer.approver")
    assert approver == [each for each in whole if each["object"] in ("customer", "customer_sales_area")]
    assert changes(server, known["other"], "manager.1000") == []
    assert changes(server, MISSING, "manager.1000") == []
    assert changes(server, MISSING, "auditor") == []


def test_hidden_and_missing_records_answer_alike(server: Client, known: Record) -> None:
    def answer(record: str, user: str) -> bytes:
        body = {"query": CHANGES, "variables": {"record": record}}
        return server.post(body, user=user, headers={"X-Request-ID": "the-same-request"}).content

    for user in ("manager.1000", "clerk.1000", "clerk.2000", "dealer.a", "cashier.1000", "admin"):
        assert answer(known["other"], user) == answer(MISSING, user), user


@pytest.mark.parametrize("user", ["clerk.1000", "clerk.2000", "dealer.a", "cashier.1000", "admin", "local.1000"])
def test_who_sees_no_changes_at_all_is_refused(server: Client, known: Record, user: str) -> None:
    for record in (known["id"], known["other"], MISSING):
        refused = refusal_of(server.run(CHANGES, {"record": record}, user=user))
        assert (refused["code"], refused["object"], refused["activity"]) == ("FORBIDDEN", "customer", "DISPLAY_CHANGES")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("garbage", "ID_MALFORMED"),
        (base64.b64encode(b"Nothing:1").decode(), "NO_CHANGES_KEPT"),
        (base64.b64encode(b"Plant:1000").decode(), "NO_CHANGES_KEPT"),
        (base64.b64encode(b"Customer:99999999999999999999").decode(), "ID_MALFORMED"),
    ],
)
def test_what_keeps_no_changes_is_told(server: Client, record: str, reason: str) -> None:
    refused = refusal_of(server.run(CHANGES, {"record": record}, user="auditor"))
    assert (refused["code"], refused["reason"], refused["argument"]) == ("INVALID", reason, "record")


def test_a_document_has_changes_of_its_own(server: Client, known: Record) -> None:
    taken = [each for each in changes(server, known["id"], "auditor") if each["object"] == "customer_document"]
    assert {(each["kind"], each["rowId"], each["version"]) for each in taken} == {("CREATED", known["paper"], known["version"])}
    reviewed = changes(server, known["paper"], "auditor")
    assert {each["field"]: each["newValue"] for each in reviewed} == {"reviewStatus": "REJECTED", "reviewReason": "illegible"}
    assert {each["kind"] for each in reviewed} == {"CHANGED"}
    refused = refusal_of(server.run(CHANGES, {"record": known["paper"]}, user="manager.1000"))
    assert (refused["code"], refused["object"]) == ("FORBIDDEN", "customer_document")


@pytest.mark.usefixtures("known")
def test_documents_of_before_are_given_their_rows(database: str) -> None:
    """What the migration finds out is what the journal writes; of equal documents of partners it makes no difference whose.

    Records of other kinds came after it.
    """
    told = """select row_type, row_id, kind, part, field, new_value from change_documents where record_type = 'Customer'
              order by 1, 2, 3, 5, 6"""
    fill = import_module("models.migrations.0009_history").FILL

    async def run() -> tuple[list[Any], list[Any]]:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            transaction = connection.transaction()
            await transaction.start()
            written = await connection.fetch(told)
            for column in ("row_type", "row_id", "kind"):
                await connection.execute(f"alter table change_documents alter {column} drop not null")
            await connection.execute("update change_documents set row_type = null, row_id = null, kind = null")
            await connection.execute("update change_documents set part = null where position('/' in part) = 0")
            for statement in fill:
                await connection.execute(statement)
            found = await connection.fetch(told)
            await transaction.rollback()
            return written, found
        finally:
            await connection.close()

    written, found = asyncio.run(run())
    assert {row["row_type"] for row in written} >= {
        "Customer",
        "SalesAreaView",
        "Partner",
        "CompanyCodeView",
        "QualificationDocument",
    }
    assert found == written


@pytest.mark.parametrize("after", ["garbage", base64.b64encode(b'["x","2026-01-01","1"]').decode()])
def test_a_cursor_of_something_else_is_refused(server: Client, known: Record, after: str) -> None:
    refused = refusal_of(server.run(CHANGES, {"record": known["id"], "after": after}, user="auditor"))
    assert refused["reason"] == "CURSOR_MALFORMED"


# -------------------------------------------------------------------------------------------------- who saw what is protected

DISPLAYS = """query ($record: ID!, $first: Int = 100, $after: String) {
    dataDisplays(record: $record, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { displayedAt displayedBy requestId object } } } }"""
ACCOUNTS = "query ($n: String) { customer(number: $n) { number bankAccounts { accountNumber } } }"


@pytest.fixture
def banked(server: Client, database: str) -> Record:
    """A new customer of 1000/20/00 with a bank account, which its journal tells of."""
    made = do(server, CREATE, NEW)["customer"]
    key = int(base64.b64decode(made["id"]).decode().partition(":")[2])

    async def run() -> None:
        async with models_open(database), recording("a-test", "a-request-of-the-house") as journal:
            customer = await Customer.get(id=key)
            account = BankAccount(customer=customer, bank_name="中国银行", account_number="6222000011112222", holder="Kunde")
            await journal.create(account, part_of=customer)

    asyncio.run(run())
    return {**made, "key": key}


def shown_to(database: str, key: int) -> list[Any]:
    """The displays that were recorded of a customer, by whom and by which request."""
    return fetch(
        database,
        "select displayed_by, request_id, object from data_displays where record_type = 'Customer' and record_id = $1 order by id",
        key,
    )


def ask(server: Client, query: str, variables: Record, user: str, request_id: str) -> Any:
    return server.run(query, variables, user=user, **{"X-Request-ID": request_id})["data"]


def test_who_is_shown_bank_accounts_is_recorded_with_the_request(server: Client, database: str, banked: Record) -> None:
    answer = ask(server, ACCOUNTS, {"n": banked["number"]}, "cashier.1000", "shown-to-cashier")
    assert answer["customer"]["bankAccounts"] == [{"accountNumber": "6222000011112222"}]
    assert shown_to(database, banked["key"]) == [("cashier.1000", "shown-to-cashier", "customer_bank")]
    again = "{ a: customer(number: %s) { ...B } node(id: %s) { ... on Customer { accounts: bankAccounts { __typename } } } } fragment B on Customer { bankAccounts { id } }"
    text = again % (f'"{banked["number"]}"', f'"{banked["id"]}"')
    answer = ask(server, text, {}, "auditor", "shown-to-auditor")
    assert answer["node"] == {"accounts": [{"__typename": "BankAccount"}]}
    assert shown_to(database, banked["key"])[1:] == [("auditor", "shown-to-auditor", "customer_bank")]


def test_of_a_page_each_customer_shown_with_accounts_is_recorded(server: Client, database: str) -> None:
    page = "{ customers(first: 5) { totalCount edges { cursor node { id bankAccounts { id } } } } }"
    answer = ask(server, page, {}, "auditor", "a-page-of-accounts")
    shown = {edge["node"]["id"] for edge in answer["customers"]["edges"] if edge["node"]["bankAccounts"]}
    rows = fetch(database, "select record_id from data_displays where request_id = 'a-page-of-accounts'")
    assert {base64.b64encode(f"Customer:{key}".encode()).decode() for (key,) in rows} == shown
    assert len(rows) == len(shown) == 5


@pytest.mark.parametrize(
    ("user", "query"),
    [
        pytest.param("clerk.1000", ACCOUNTS, id="masked"),
        pytest.param("auditor", "query ($n: String) { customer(number: $n) { number } }", id="not asked for"),
        pytest.param(
            "auditor",
            "query ($n: String) { customer(number: $n) { number bankAccounts @skip(if: true) { id } } }",
            id="skipped",
        ),
        pytest.param("clerk.2000", ACCOUNTS, id="hidden"),
    ],
)
def test_what_shows_no_account_is_not_recorded(server: Client, database: str, banked: Record, user: str, query: str) -> None:
    ask(server, query, {"n": banked["number"]}, user, "shows-nothing")
    assert shown_to(database, banked["key"]) == []


def test_an_empty_list_of_accounts_is_not_recorded(server: Client, database: str) -> None:
    made = do(server, CREATE, NEW)["customer"]
    answer = ask(server, ACCOUNTS, {"n": made["number"]}, "auditor", "shows-an-empty-list")
    assert answer["customer"]["bankAccounts"] == []
    assert fetch(database, "select 1 from data_displays where request_id = 'shows-an-empty-list'") == []


def test_a_command_s_payload_is_recorded_too(server: Client, database: str, banked: Record) -> None:
    change = """mutation ($input: ChangeCustomerInput!) { changeCustomer(input: $input) {
        customer { version bankAccounts { accountNumber } } userErrors { reason } } }"""
    input = {"customer": banked["id"], "version": 1, "name": "Neu"}
    answer = ask(server, change, {"input": input}, "customer.admin", "a-payload-with-accounts")
    assert answer["changeCustomer"]["customer"]["bankAccounts"]
    assert shown_to(database, banked["key"]) == [("customer.admin", "a-payload-with-accounts", "customer_bank")]


def test_change_documents_of_accounts_are_displays_of_them(server: Client, database: str, banked: Record) -> None:
    told = ask(server, CHANGES, {"record": banked["id"]}, "auditor", "accounts-by-changes")["changeDocuments"]["edges"]
    assert "6222000011112222" in {edge["node"]["newValue"] for edge in told}
    assert shown_to(database, banked["key"]) == [("auditor", "accounts-by-changes", "customer_bank")]
    for user, field in (("manager.1000", "newValue"), ("auditor", "field")):
        text = "query ($record: ID!) { changeDocuments(record: $record, first: 99) { edges { node { FIELD } } } }"
        assert ask(server, text.replace("FIELD", field), {"record": banked["id"]}, user, "no-account-is-shown")[
            "changeDocuments"
        ]["edges"]
    assert len(shown_to(database, banked["key"])) == 1


def test_what_cannot_be_recorded_is_not_shown(server: Client, database: str, banked: Record) -> None:
    locked = "alter table data_displays add constraint nothing_for_now check (false) not valid"
    fetch(database, locked)
    try:
        answer = server.run(ACCOUNTS, {"n": banked["number"]}, user="auditor")
        assert "6222000011112222" not in str(answer)
        assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert server.run(ACCOUNTS, {"n": banked["number"]}, user="clerk.1000")["data"]["customer"]["bankAccounts"] is None
    finally:
        fetch(database, "alter table data_displays drop constraint nothing_for_now")


def test_displays_are_told_to_who_holds_the_right_on_what_was_shown(server: Client, banked: Record) -> None:
    for user in ("cashier.1000", "customer.admin"):
        ask(server, ACCOUNTS, {"n": banked["number"]}, user, f"shown-to-{user}")
    for user in ("auditor", "customer.admin"):
        page = server.data(DISPLAYS, {"record": banked["id"]}, user=user)["dataDisplays"]
        assert [(edge["node"]["displayedBy"], edge["node"]["object"]) for edge in page["edges"]] == [
            ("customer.admin", "customer_bank"),
            ("cashier.1000", "customer_bank"),
        ]
        assert page["totalCount"] == 2
        first = server.data(DISPLAYS, {"record": banked["id"], "first": 1}, user=user)["dataDisplays"]
        assert first["edges"] == page["edges"][:1]
        behind = {"record": banked["id"], "after": first["pageInfo"]["endCursor"]}
        assert server.data(DISPLAYS, behind, user=user)["dataDisplays"]["edges"] == page["edges"][1:]
        assert server.data(DISPLAYS, {"record": MISSING}, user=user)["dataDisplays"]["edges"] == []


@pytest.mark.parametrize("user", ["clerk.1000", "manager.1000", "cashier.1000", "customer.approver", "dealer.a", "admin"])
def test_who_may_not_know_of_displays_is_refused(server: Client, known: Record, user: str) -> None:
    for record in (known["id"], known["other"], MISSING):
        refused = refusal_of(server.run(DISPLAYS, {"record": record}, user=user))
        assert (refused["code"], refused["object"], refused["activity"]) == ("FORBIDDEN", "customer_bank", "DISPLAY_CHANGES")


# ----------------------------------------------------------------------------------------------------------- the past itself

THEN = """query ($id: ID, $number: String, $at: DateTime) { customer(id: $id, number: $number, asOf: $at) {
    id number name version masked viewerCan bankAccounts { accountNumber } companyCodeViews { companyCode { code } }
    salesAreaViews { salesArea { code } orderBlock partners { function customer { number } } } } }"""
TWICE = """query ($id: ID, $from: DateTime, $to: DateTime) {
    before: customer(id: $id, asOf: $from) { ...Shown } after: customer(id: $id, asOf: $to) { ...Shown } now: customer(id: $id) { ...Shown } }
    fragment Shown on Customer { name version salesAreaViews { salesArea { code } orderBlock } }"""


@pytest.fixture(scope="module")
def moments(server: Client, known: Record) -> dict[str, str]:
    """When the known customer was made, extended, renamed, and blocked in either area."""
    rows = changes(server, known["id"], "auditor")
    renamed = next(each["changedAt"] for each in rows if each["field"] == "name" and each["kind"] == "CHANGED")
    blocked = [each["changedAt"] for each in reversed(rows) if each["field"] == "orderBlock"]
    extended = next(each["changedAt"] for each in rows if each["salesArea"] == AREAS[1] and each["kind"] == "CREATED")
    return {"made": rows[-1]["changedAt"], "extended": extended, "renamed": renamed, "first": blocked[0], "second": blocked[1]}


def then(server: Client, record: Record, user: str, moment: str) -> Record:
    return server.data(THEN, {"id": record["id"], "at": moment}, user=user)["customer"]  # type: ignore[no-any-return]


def test_two_moments_in_one_document_are_compared(server: Client, known: Record, moments: dict[str, str]) -> None:
    variables = {"id": known["id"], "from": moments["extended"], "to": moments["first"]}
    answer = server.data(TWICE, variables, user="auditor")

    def blocks(name: str) -> list[Any]:
        return [view["orderBlock"] for view in answer[name]["salesAreaViews"]]

    assert [answer[name]["name"] for name in ("before", "after", "now")] == ["Erster Name", "Zweiter Name", "Zweiter Name"]
    assert [answer[name]["version"] for name in ("before", "after", "now")] == [2, 4, known["version"]]
    assert blocks("before") == [None, None]
    assert blocks("after") == [f"in {AREAS[0]}", None]
    assert blocks("now") == [f"in {area}" for area in AREAS]


def test_a_view_made_later_was_not_there(server: Client, known: Record, moments: dict[str, str]) -> None:
    early = server.data(THEN, {"number": known["number"], "at": moments["made"]}, user="auditor")["customer"]
    assert [view["salesArea"]["code"] for view in early["salesAreaViews"]] == [AREAS[0]]
    assert len(early["salesAreaViews"][0]["partners"]) == 4
    before = (datetime.fromisoformat(moments["made"]) - timedelta(microseconds=1)).isoformat()
    assert then(server, known, "auditor", before) is None


def test_of_the_past_one_sees_what_one_sees_with_its_changes(server: Client, known: Record, moments: dict[str, str]) -> None:
    auditor = then(server, known, "auditor", moments["second"])
    assert (auditor["masked"], auditor["bankAccounts"], auditor["viewerCan"]) == ([], [], [])
    assert auditor["companyCodeViews"] == [{"companyCode": {"code": "1000"}}]
    manager = then(server, known, "manager.1000", moments["second"])
    assert (manager["name"], manager["masked"], manager["bankAccounts"]) == ("Zweiter Name", ["bankAccounts"], None)
    assert manager["salesAreaViews"] == auditor["salesAreaViews"][:1]
    assert manager["companyCodeViews"] == []  # seen now, and not with its changes
    approver = server.run(THEN, {"id": known["id"], "at": moments["second"]}, user="customer.approver")
    assert approver["data"]["customer"]["salesAreaViews"] == auditor["salesAreaViews"]
    assert approver["data"]["customer"]["bankAccounts"] is None  # no list of today, and no empty one
    assert approver["data"]["customer"]["masked"] == ["bankAccounts"]
    assert approver["extensions"]["masked"] == ["Customer.bankAccounts"]
    today = server.run(ACCOUNTS, {"n": known["number"]}, user="customer.approver")
    assert today["data"]["customer"]["bankAccounts"] == []
    assert "extensions" not in today


@pytest.mark.parametrize("user", ["clerk.1000", "clerk.2000", "dealer.a", "cashier.1000", "admin"])
def test_who_sees_no_changes_sees_no_past(server: Client, known: Record, moments: dict[str, str], user: str) -> None:
    answers = set()
    for record in (known["id"], known["other"], MISSING):
        body = {"query": THEN, "variables": {"id": record, "at": moments["second"]}}
        answer = server.post(body, user=user, headers={"X-Request-ID": "the-same-request"})
        refused = refusal_of(answer.json())
        assert (refused["code"], refused["object"], refused["activity"]) == ("FORBIDDEN", "customer", "DISPLAY_CHANGES")
        answers.add(answer.content)
    assert len(answers) == 1


def test_the_past_of_hidden_and_missing_customers_is_alike(server: Client, known: Record, moments: dict[str, str]) -> None:
    def answer(record: str) -> bytes:
        body = {"query": THEN, "variables": {"id": record, "at": moments["second"]}}
        return server.post(body, user="manager.1000", headers={"X-Request-ID": "the-same-request"}).content

    assert answer(known["other"]) == answer(MISSING)
    assert b'"customer":null' in answer(MISSING)


def test_the_future_is_refused(server: Client, known: Record) -> None:
    tomorrow = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat()
    for user in ("auditor", "manager.1000"):
        for record in (known["id"], MISSING):
            refused = refusal_of(server.run(THEN, {"id": record, "at": tomorrow}, user=user))
            assert (refused["code"], refused["reason"], refused["argument"]) == ("INVALID", "AS_OF_FUTURE", "asOf")


def test_accounts_of_the_past_are_displays_too(server: Client, database: str, banked: Record) -> None:
    moment = datetime.now(timezone.utc).isoformat()
    answer = ask(server, THEN, {"id": banked["id"], "at": moment}, "auditor", "accounts-of-the-past")
    assert answer["customer"]["bankAccounts"] == [{"accountNumber": "6222000011112222"}]
    assert shown_to(database, banked["key"]) == [("auditor", "accounts-of-the-past", "customer_bank")]
