"""Handing in qualification documents with their files, and fetching these: by whom, and never by anybody else."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from api.auth.policy_edit import assigning, edit_policy, unassigning
from api.database import models_open
from tests.client import Client, contract
from tests.conftest import files_of
from tests.contract.demo import ROLES
from tests.contract.test_commands import documents_of, events_of, fetch, footprint
from tests.domain.test_files import JPEG, PDF, png

PREFLIGHT = {"X-Requested-With": "tests"}
SHOWN = """query ($number: String!) { customer(number: $number) { version qualificationDocuments {
    id documentType number validTo reviewStatus file { name mediaType size storedAt link { url expiresAt } } } } }"""
FIELDS = "code message field reason object activity salesArea"
ADD = f"""mutation ($input: AddQualificationDocumentInput!) {{ addQualificationDocument(input: $input) {{
    qualificationDocument {{ id documentType reviewStatus }} userErrors {{ {FIELDS} }} }} }}"""
LICENCE = {
    "documentType": "BUSINESS_LICENCE",
    "number": "91310000W05WG31889",
    "issuer": "上海市市场监督管理局",
    "validTo": "2039-01-01",
}


def sent(
    server: Client,
    input: dict[str, Any],
    file: tuple[str, bytes, str] = ("营业执照.pdf", PDF, "application/pdf"),
    user: str = "clerk.1000",
    query: str = ADD,
    **headers: str,
) -> httpx.Response:
    """The answer to a document handed in, as a browser's form sends it."""
    form = {
        "operations": json.dumps({"query": query, "variables": {"input": {**input, "file": None}}}),
        "map": json.dumps({"0": ["variables.input.file"]}),
    }
    given = {**PREFLIGHT, "Authorization": f"Bearer {server.token(user)}", **headers}
    return server.http.post(f"{server.base}/graphql", data=form, files={"0": file}, headers=given)


def outcome(response: httpx.Response) -> dict[str, Any]:
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"]["addQualificationDocument"]  # type: ignore[no-any-return]


@pytest.fixture
def storage(database: str, run_directory: Path) -> Path:
    """Where the files lie."""
    return files_of(database, run_directory)


def kept(storage: Path) -> set[str]:
    """The keys of the files in the storage."""
    return {str(path.relative_to(storage)) for path in storage.rglob("*") if path.is_file()}


@pytest.fixture
def customer(server: Client) -> dict[str, Any]:
    """A new customer of 1000/20/00."""
    input = {"name": "Papierkunde", "customerType": "DEALER", "country": "CN", "salesArea": "1000/20/00"}
    return server.send("CreateCustomer", {"input": input}, user="clerk.1000")["data"]["createCustomer"]["customer"]  # type: ignore[no-any-return]


def shown(server: Client, customer: dict[str, Any], user: str = "clerk.1000") -> list[dict[str, Any]]:
    found = server.data(SHOWN, {"number": customer["number"]}, user=user)["customer"]
    return [] if found is None else found["qualificationDocuments"]


def fetched(server: Client, url: str) -> httpx.Response:
    return server.http.get(f"{server.base}{url}")


# ------------------------------------------------------------------------------------------------------- handing in


def test_the_contract_s_document_hands_a_licence_in(server: Client, database: str, customer: dict[str, Any]) -> None:
    response = sent(
        server,
        {"customer": customer["id"], **LICENCE},
        query=contract("AddQualificationDocument"),
        **{"X-Request-ID": "licence-1"},
    )
    done = outcome(response)
    assert done["userErrors"] == []
    (document,) = shown(server, customer)
    assert document["id"] == done["qualificationDocument"]["id"]
    assert (document["documentType"], document["number"], document["validTo"]) == (
        "BUSINESS_LICENCE",
        LICENCE["number"],
        "2039-01-01",
    )
    assert document["reviewStatus"] == done["qualificationDocument"]["reviewStatus"] == "PENDING"
    assert {name: document["file"][name] for name in ("name", "mediaType", "size")} == {
        "name": "营业执照.pdf",
        "mediaType": "application/pdf",
        "size": len(PDF),
    }
    assert ("document_type", None, "BUSINESS_LICENCE", "clerk.1000") in [
        row[1:5] for row in documents_of(database, "licence-1")
    ]
    assert events_of(database, "licence-1") == [("customer.changed", customer["number"], 2, "clerk.1000")]


@pytest.mark.parametrize("user", ROLES)
def test_who_may_hand_in(user: str, server: Client, database: str, customer: dict[str, Any], storage: Path) -> None:
    """Clerks and managers of 1000 and the customer desk; who sees the customer is refused, for anybody else there is none."""
    before, files = footprint(database), kept(storage)
    done = outcome(sent(server, {"customer": customer["id"], **LICENCE}, user=user))
    if user in ("clerk.1000", "manager.1000", "customer.admin"):
        assert done["userErrors"] == []
        return
    (error,) = done["userErrors"]
    seen = server.data("query ($id: ID!) { customer(id: $id) { id } }", {"id": customer["id"]}, user=user)["customer"]
    assert error["code"] == ("NOT_FOUND" if seen is None else "FORBIDDEN")
    assert (error["object"], error["activity"]) == ((None, None) if seen is None else ("customer_document", "CREATE"))
    assert footprint(database) == before
    assert kept(storage) == files


@pytest.mark.parametrize(
    ("input", "file", "reason", "field"),
    [
        pytest.param({"documentType": "DIPLOMA"}, None, "DOCUMENT_TYPE", "documentType", id="an unknown kind"),
        pytest.param({"validTo": "2020-01-01"}, None, "DOCUMENT_OVER", "validTo", id="an expired document"),
        pytest.param(
            {"validFrom": "2040-01-01"}, None, "VALIDITY_REVERSED", "validTo", id="a validity that ends before it begins"
        ),
        pytest.param({"number": "x" * 61}, None, "TEXT_TOO_LONG", "number", id="a number too long"),
        pytest.param({"issuer": "a\u0007b"}, None, "TEXT_CONTROL", "issuer", id="an issuer with a control character"),
        pytest.param({"idempotencyKey": ""}, None, "KEY_MALFORMED", "idempotencyKey", id="an empty key"),
        pytest.param({}, ("a.pdf", b"MZ" + b"\0" * 99, "application/pdf"), "FILE_KIND", "file", id="a program called a PDF"),
        pytest.param({}, ("a.png", PDF, "image/png"), "FILE_MISNAMED", "file", id="a PDF called a picture"),
        pytest.param(
            {}, ("a.png", png(behind=b"<script>x</script>"), "image/png"), "FILE_ACTIVE", "file", id="a picture with a script"
        ),
        pytest.param({}, ("../../a.pdf", PDF, "application/pdf"), "FILE_NAME", "file", id="a path in its name"),
        pytest.param({}, ("a.pdf", b"", "application/pdf"), "FILE_EMPTY", "file", id="an empty file"),
        pytest.param(
            {}, ("a.pdf", PDF + b" " * 10_000_000, "application/pdf"), "FILE_TOO_LARGE", "file", id="more than ten megabytes"
        ),
    ],
)
def test_bad_documents_are_named_and_nothing_is_kept(
    input: dict[str, Any],
    file: tuple[str, bytes, str] | None,
    reason: str,
    field: str,
    server: Client,
    database: str,
    customer: dict[str, Any],
    storage: Path,
) -> None:
    before, files = footprint(database), kept(storage)
    done = outcome(sent(server, {"customer": customer["id"], **LICENCE, **input}, file or ("a.pdf", PDF, "application/pdf")))
    assert done["qualificationDocument"] is None
    assert [(each["code"], each["reason"], each["field"]) for each in done["userErrors"]] == [("INVALID", reason, field)]
    assert footprint(database) == before
    assert kept(storage) == files


def test_a_key_gives_the_first_document_again(server: Client, customer: dict[str, Any], storage: Path) -> None:
    input = {"customer": customer["id"], **LICENCE, "idempotencyKey": "licence"}
    first = outcome(sent(server, input))
    files = kept(storage)
    assert outcome(sent(server, input)) == first
    assert len(shown(server, customer)) == 1
    (error,) = outcome(sent(server, input, ("photo.jpg", JPEG, "image/jpeg")))["userErrors"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert kept(storage) == files


# ----------------------------------------------------------------------------------------------------- the multipart form


def posted(server: Client, form: dict[str, str], files: Any = None, **headers: str) -> httpx.Response:
    given = {"Authorization": f"Bearer {server.token('clerk.1000')}", **PREFLIGHT, **headers}
    return server.http.post(f"{server.base}/graphql", data=form, files=files or {}, headers=given)


OPERATIONS = {
    "query": ADD,
    "variables": {"input": {"customer": "Q3VzdG9tZXI6MQ==", "documentType": "BUSINESS_LICENCE", "file": None}},
}
FILE = ("a.pdf", PDF, "application/pdf")


@pytest.mark.parametrize(
    ("operations", "places", "files"),
    [
        pytest.param(OPERATIONS, None, {"0": FILE}, id="no map"),
        pytest.param(None, {"0": ["variables.input.file"]}, {"0": FILE}, id="no operations"),
        pytest.param([OPERATIONS], {"0": ["0.variables.input.file"]}, {"0": FILE}, id="a batch"),
        pytest.param(OPERATIONS, {"0": ["variables.input.nothing"]}, {"0": FILE}, id="a place that is not there"),
        pytest.param(OPERATIONS, {"0": ["variables.input.customer"]}, {"0": FILE}, id="a place that holds something"),
        pytest.param(OPERATIONS, {"0": ["query"]}, {"0": FILE}, id="a place outside the variables"),
        pytest.param(OPERATIONS, {"0": "variables.input.file"}, {"0": FILE}, id="places that are no list"),
        pytest.param(
            OPERATIONS,
            {"0": ["variables.input.file"], "1": ["variables.input.file"]},
            {"0": FILE},
            id="a file that is not sent",
        ),
        pytest.param(OPERATIONS, {}, {"0": FILE}, id="a file without a place"),
        pytest.param(
            OPERATIONS,
            {str(each): ["variables.input.file"] for each in range(6)},
            {str(each): FILE for each in range(6)},
            id="too many files",
        ),
    ],
)
def test_a_malformed_form_is_refused(operations: Any, places: Any, files: Any, server: Client, database: str) -> None:
    before = footprint(database)
    form = {name: json.dumps(value) for name, value in (("operations", operations), ("map", places)) if value is not None}
    response = posted(server, form, files)
    assert response.status_code == 400
    assert [each["extensions"]["reason"] for each in response.json()["errors"]] == ["MULTIPART"]
    assert footprint(database) == before


def test_a_form_of_another_page_is_refused(server: Client) -> None:
    """No page can send the header without being asked for by CORS first."""
    form = {"operations": json.dumps(OPERATIONS), "map": json.dumps({"0": ["variables.input.file"]})}
    response = posted(server, form, {"0": FILE}, **{"X-Requested-With": ""})
    assert response.status_code == 400
    assert [each["extensions"]["reason"] for each in response.json()["errors"]] == ["PREFLIGHT_NEEDED"]


def test_fifty_megabytes_come_to_nothing(server: Client, customer: dict[str, Any], storage: Path) -> None:
    files = kept(storage)
    response = sent(
        server, {"customer": customer["id"], **LICENCE}, ("a.pdf", b"%PDF-" + b"\0" * 52_000_000, "application/pdf")
    )
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["reason"] == "BODY_TOO_LARGE"
    assert kept(storage) == files


def test_a_file_is_not_a_text(server: Client, customer: dict[str, Any]) -> None:
    input = {"customer": customer["id"], **LICENCE, "file": "a.pdf"}
    answer = server.run(ADD, {"input": input}, user="clerk.1000")
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"
    assert "Upload" in answer["errors"][0]["message"]


# ------------------------------------------------------------------------------------------------------------- fetching


def test_a_link_gives_the_bytes_to_be_saved_and_never_run(server: Client, customer: dict[str, Any]) -> None:
    outcome(sent(server, {"customer": customer["id"], **LICENCE}, ("营业 执照.png", png(), "image/png")))
    (document,) = shown(server, customer)
    response = fetched(server, document["file"]["link"]["url"])
    assert (response.status_code, response.content) == (200, png())
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E8%90%A5%E4%B8%9A%20%E6%89%A7%E7%85%A7.png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_document_without_a_file_has_none(server: Client) -> None:
    rows = server.data(
        "{ customers(first: 50) { edges { node { qualificationDocuments { file { name link { url } } } } } } }", user="auditor"
    )["customers"]["edges"]
    assert [each["file"] for row in rows for each in row["node"]["qualificationDocuments"]].count(None) > 10


@pytest.mark.parametrize("user", ["clerk.2000", "dealer.b", "agent.a", "admin", "local.1000", "shipping.1000"])
def test_who_does_not_see_the_document_gets_no_link(user: str, server: Client, customer: dict[str, Any]) -> None:
    outcome(sent(server, {"customer": customer["id"], **LICENCE}))
    assert shown(server, customer, user) == []


def test_a_link_opens_nothing_for_who_may_no_longer(server: Client, database: str, customer: dict[str, Any]) -> None:
    outcome(sent(server, {"customer": customer["id"], **LICENCE}))
    (document,) = shown(server, customer, "manager.1000")
    url = document["file"]["link"]["url"]
    assert fetched(server, url).status_code == 200

    async def change(step: Any) -> None:
        async with models_open(database):
            await edit_policy("test", "links", step("manager.1000", "sales-manager", ["1000/*/*"]))

    asyncio.run(change(unassigning))
    try:
        response = fetched(server, url)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["reason"]) == (404, "LINK_OVER")
    finally:
        asyncio.run(change(assigning))
    assert fetched(server, url).status_code == 200
    server.run("mutation { signOut(input: {everywhere: true}) { userErrors { code } } }", user="manager.1000")
    server.tokens.pop("manager.1000")
    assert fetched(server, url).status_code == 404


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJmaWxlIjoxfQ."])
def test_a_garbled_link_opens_nothing(token: str, server: Client) -> None:
    response = fetched(server, f"/files/{token}")
    assert response.status_code == 404
    assert "data" not in response.json()


def test_tokens_and_links_do_not_pass_for_one_another(server: Client, customer: dict[str, Any]) -> None:
    outcome(sent(server, {"customer": customer["id"], **LICENCE}))
    (document,) = shown(server, customer)
    link = document["file"]["link"]["url"].removeprefix("/files/")
    assert fetched(server, f"/files/{server.token('clerk.1000')}").status_code == 404
    response = server.http.post(
        f"{server.base}/graphql", json={"query": "{ viewer { user { id } } }"}, headers={"Authorization": f"Bearer {link}"}
    )
    assert response.status_code == 401


def test_what_lies_in_the_storage_has_no_name_of_a_sender_s(
    server: Client, database: str, customer: dict[str, Any], storage: Path
) -> None:
    outcome(sent(server, {"customer": customer["id"], **LICENCE}))
    keys = {key for (key,) in fetch(database, "select key from stored_files")}
    assert keys
    assert all(set(key) <= set("0123456789abcdef/") for key in keys)
    assert kept(storage) == keys
