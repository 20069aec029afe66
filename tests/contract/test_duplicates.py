"""Doubles: whoever asks is told of customers that they see, by what they see of them, and of nothing else."""

from __future__ import annotations

import asyncio
import random
import unicodedata
from typing import Any

import asyncpg
import pytest

from domain.duplicates import code_key
from models.config import connection_settings
from models.customer import Customer
from tests.client import Client
from tests.contract.answers import data_of, refusal_of
from tests.contract.demo import Record, sql
from tests.contract.onboarding import MISSING
from tests.contract.test_commands import CHANGE, CREATE, do, fetch

ASK = """query ($customer: ID, $form: CustomerFormInput, $first: Int! = 20, $after: String) {
    duplicateCandidates(first: $first, after: $after, customer: $customer, form: $form) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { score reasons customer { number } } } } }"""
NAME, TRADITIONAL, SIMILAR = "上海恒顺特种阀门有限公司", "上海恆順特種閥門（集團）股份有限公司", "上海恒顺特种闸门有限公司"
TAX, ACCOUNT = "91310000MA1FL0XD01", "6222 0000 1234 5678"
FORM = {"name": TRADITIONAL, "country": "CN", "taxNumber": "9131 0000 ＭＡ1F L0XD01", "bankAccounts": ["6222-0000-1234-5678"]}
SEEING_ALL = ("customer.admin", "customer.approver", "auditor")


def ask(server: Client, user: str, **variables: Any) -> list[tuple[str, int, list[str]]]:
    """The candidates: number, score, reasons."""
    page = data_of(server.run(ASK, variables, user=user))
    assert page["totalCount"] == len(page["edges"])
    return [(node["customer"]["number"], node["score"], node["reasons"]) for node in (edge["node"] for edge in page["edges"])]


def a_customer(
    server: Client, database: str, user: str, area: str, name: str, account: str | None = None, **more: Any
) -> Record:
    """A customer that a clerk takes up, with a bank account."""
    input = {"name": name, "customerType": "DEALER", "country": "CN", "salesArea": area, **more}
    made = do(server, CREATE, input, user)["customer"]
    if account is not None:
        fetch(
            database,
            """insert into customer_bank_accounts (customer_id, bank_name, account_number, holder)
               select id, 'Bank', $2, name from customers where number = $1 returning id""",
            made["number"],
            account,
        )
    return made  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def east(server: Client, database: str) -> Record:
    """The customer as 1000 knows it."""
    return a_customer(server, database, "clerk.1000", "1000/20/00", NAME, ACCOUNT, taxNumber=TAX, phone="021-5555 1234")


@pytest.fixture(scope="module")
def north(server: Client, database: str) -> Record:
    """The same customer, taken up by 2000, who could not know."""
    return a_customer(server, database, "clerk.2000", "2000/20/00", TRADITIONAL, "6222000012345678", taxNumber=TAX)


@pytest.fixture(scope="module")
def similar(server: Client, database: str) -> Record:
    """A customer whose name differs in one character, with nothing else in common."""
    return a_customer(server, database, "clerk.1000", "1000/20/00", SIMILAR)


@pytest.fixture(autouse=True)
def _stage(east: Record, north: Record, similar: Record) -> None:
    """All three are there."""


def test_a_clerk_s_form_finds_what_the_clerk_sees(server: Client, east: Record, similar: Record) -> None:
    assert ask(server, "clerk.1000", form=FORM) == [
        (east["number"], 100, ["TAX_NUMBER", "NAME"]),
        (similar["number"], 38, ["SIMILAR_NAME"]),
    ]


def test_a_clerk_of_another_organization_finds_their_own(server: Client, north: Record) -> None:
    assert ask(server, "clerk.2000", form=FORM) == [(north["number"], 100, ["TAX_NUMBER", "NAME"])]


@pytest.mark.parametrize("user", SEEING_ALL)
def test_who_sees_both_and_their_accounts_is_told_of_both(server: Client, east: Record, north: Record, user: str) -> None:
    found = ask(server, user, form=FORM)
    assert found[:2] == [
        (number, 100, ["TAX_NUMBER", "BANK_ACCOUNT", "NAME"]) for number in sorted((east["number"], north["number"]))
    ]


@pytest.mark.parametrize("user", ["dealer.a", "agent.a", "clerk.3000", "admin", "direct.1000"])
def test_nobody_else_learns_anything(server: Client, user: str) -> None:
    def answer(form: Record) -> bytes:
        body = {"query": ASK, "variables": {"form": form}}
        return server.post(body, user=user, headers={"X-Request-ID": "the-same-request"}).content

    nothing = answer(
        {"name": "Nobody is called so 无此客户", "country": "CN", "taxNumber": "91310000MA0000000X", "bankAccounts": ["1"]}
    )
    assert answer(FORM) == nothing
    assert answer({**FORM, "name": SIMILAR}) == nothing


def test_an_account_alone_is_told_to_whom_may_see_accounts(server: Client, east: Record, north: Record) -> None:
    form = {"name": "Ganz anderer Name", "country": "DE", "bankAccounts": ["１", ACCOUNT]}
    assert ask(server, "clerk.1000", form=form) == []
    for user in SEEING_ALL:
        found = ask(server, user, form=form)
        assert found == [(number, 70, ["BANK_ACCOUNT"]) for number in sorted((east["number"], north["number"]))], user
    assert [number for number, _, _ in ask(server, "cashier.1000", form=form)] == [east["number"]]


def test_a_tax_number_counts_in_its_country(server: Client) -> None:
    assert ask(server, "clerk.1000", form={"name": "Ganz anderer Name", "country": "DE", "taxNumber": TAX}) == []


def test_what_supports_is_told_beside_a_reason(server: Client, east: Record) -> None:
    form = {"name": f"{NAME} Ltd.", "country": "CN", "phone": "(021) 5555-1234", "city": "上海"}
    assert ask(server, "clerk.1000", form=form)[0] == (east["number"], 75, ["NAME", "PHONE"])
    assert ask(server, "clerk.1000", form={**form, "name": "Ganz anderer Name"}) == []


def test_an_approver_sees_the_double_that_the_submitter_could_not(server: Client, east: Record, north: Record) -> None:
    assert ask(server, "clerk.2000", customer=north["id"]) == []
    first = ask(server, "customer.approver", customer=north["id"])[0]
    assert first == (east["number"], 100, ["TAX_NUMBER", "BANK_ACCOUNT", "NAME"])


def test_a_customer_is_compared_with_others_and_not_with_itself(server: Client, east: Record, similar: Record) -> None:
    assert ask(server, "clerk.1000", customer=east["id"]) == [(similar["number"], 38, ["SIMILAR_NAME"])]
    changed = {"name": "Ganz anderer Name", "country": "CN", "taxNumber": TAX}
    assert ask(server, "clerk.1000", customer=east["id"], form=changed) == []
    assert ask(server, "clerk.1000", customer=similar["id"], form=changed) == [(east["number"], 80, ["TAX_NUMBER"])]


@pytest.mark.parametrize("user", ["clerk.2000", "dealer.a", "admin"])
@pytest.mark.parametrize("form", [None, FORM])
def test_a_hidden_customer_answers_as_a_missing_one(server: Client, east: Record, user: str, form: Record | None) -> None:
    def answer(id: str) -> bytes:
        body = {"query": ASK, "variables": {"customer": id, "form": form}}
        return server.post(body, user=user, headers={"X-Request-ID": "the-same-request"}).content

    assert answer(east["id"]) == answer(MISSING["Customer"])
    assert b"NOT_FOUND" in answer(east["id"])


def test_a_renamed_customer_is_found_by_its_new_name(server: Client, database: str) -> None:
    made = a_customer(server, database, "clerk.1000", "1000/20/00", "Vorher Handel GmbH")
    assert do(server, CHANGE, {"customer": made["id"], "version": 1, "name": "Nachher Handel AG"}, "clerk.1000")["customer"]
    found = ask(server, "clerk.1000", form={"name": "NACHHER HANDEL", "country": "CN"})
    assert found == [(made["number"], 60, ["NAME"])]
    assert ask(server, "clerk.1000", form={"name": "Vorher Handel GmbH", "country": "CN"})[0][2] != ["NAME"]


def test_the_demo_company_is_findable_too(server: Client, database: str) -> None:
    row = sql(
        database, "select number, name from customers where created_by = 'system' and country = 'CN' order by id limit 1"
    )[0]
    found = ask(server, "auditor", form={"name": f"{row['name'].removesuffix('有限公司')} Co., Ltd.", "country": "CN"})
    assert (row["number"], 60, ["NAME"]) in found


def test_candidates_come_page_by_page(server: Client) -> None:
    def page(after: str | None) -> Record:
        return data_of(server.run(ASK, {"form": FORM, "first": 1, "after": after}, user="auditor"))  # type: ignore[no-any-return]

    one = page(None)
    two = page(one["pageInfo"]["endCursor"])
    assert one["pageInfo"]["hasNextPage"]
    assert len({each["edges"][0]["node"]["customer"]["number"] for each in (one, two)}) == 2


@pytest.mark.parametrize(
    ("variables", "reason", "argument"),
    [
        ({}, "ONE_KEY_NEEDED", "customer"),
        ({"customer": "x"}, None, "customer"),
        ({"form": {"name": "x" * 121, "country": "CN"}}, "TEXT_TOO_LONG", "form.name"),
        ({"form": {"name": "x", "country": "CN", "taxNumber": "1" * 31}}, "TEXT_TOO_LONG", "form.taxNumber"),
        ({"form": {"name": "x", "country": "CN", "bankAccounts": ["1", "1" * 41]}}, "TEXT_TOO_LONG", "form.bankAccounts.1"),
        ({"form": {"name": "x", "country": "CN", "bankAccounts": ["1"] * 21}}, "TOO_MANY_ACCOUNTS", "form.bankAccounts"),
        ({"form": {"name": "x", "country": "CN"}, "first": 1000}, "PAGE_SIZE", "first"),
    ],
)
def test_bad_questions_are_told_where(server: Client, variables: Record, reason: str | None, argument: str) -> None:
    told = refusal_of(server.run(ASK, variables, user="clerk.1000"))
    assert told["argument"] == argument
    assert reason is None or told["reason"] == reason


@pytest.mark.parametrize("name", ["", " ", "%", "_", "\\", "！", "\U0010ffff", "\ufdfa" * 120, "a" * 120, "'; --"])
def test_any_name_can_be_asked_about(server: Client, name: str) -> None:
    assert ask(server, "clerk.1000", form={"name": name, "country": "CN"}) == []


def test_nobody_asks_without_signing_in(server: Client) -> None:
    assert server.run(ASK, {"form": FORM})["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_the_database_writes_numbers_as_the_rule_does(database: str) -> None:
    chance = random.Random(7)
    signs = [chr(each) for each in (*range(1, 0x250), *range(0x2070, 0x2190), *range(0x2460, 0x2500), *range(0xFF01, 0xFFEF))]
    texts = [sign for sign in signs if unicodedata.category(sign) != "Cn"]
    texts += ["钢", "é", "e\u0301", "ß", "ı", "İ", "\U0001d7d8", "٣"]
    texts += ["".join(chance.choices(texts, k=chance.randint(0, 12))) for _ in range(2000)]

    async def asked() -> list[str | None]:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            rows = await connection.fetch(
                "select code_key(each) from unnest($1::text[]) with ordinality as t (each, place) order by place", texts
            )
            return [row[0] for row in rows]
        finally:
            await connection.close()

    assert asyncio.run(asked()) == [code_key(each) for each in texts]


def test_the_neighbours_of_a_name_are_indexed_where_customers_are_open(database: str) -> None:
    """The index leaves out whom the look-up leaves out; else it would serve none of them, and all customers be read."""
    found = fetch(database, "select indexdef from pg_indexes where indexname like 'customers_name_key%'")
    assert len(found) == 2
    assert all(f"WHERE ({Customer.access.closed} IS NULL)" in definition for (definition,) in found)
