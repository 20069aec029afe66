"""What the tests of onboarding share: how its commands are sent, and a customer with its papers."""

from __future__ import annotations

import base64
from typing import Any

from tests.client import Client
from tests.contract.answers import data_of, told
from tests.contract.demo import Record
from tests.contract.test_commands import CREATE, NEW, do, fetch

CREDIT_CODE = "91310000MA1FL0XN0B"
LICENCE, BANK = ("BUSINESS_LICENCE", CREDIT_CODE), ("BANK_ACCOUNT_PROOF", "K1")
"""What a dealer in China must show: a licence that stands for three, and the bank account."""
FIELDS = "code message field reason object activity salesArea changedFields"
APPROVE_EXTENSION = f"mutation ($input: ApproveCustomerExtensionInput!) {{ do: approveCustomerExtension(input: $input) {{ customerExtension {{ id status version customer {{ number version }} }} userErrors {{ {FIELDS} }} }} }}"
REJECT_EXTENSION = f"mutation ($input: RejectCustomerExtensionInput!) {{ do: rejectCustomerExtension(input: $input) {{ customerExtension {{ id status version rejectionReason }} userErrors {{ {FIELDS} }} }} }}"
MISSING = {
    name: base64.b64encode(f"{name}:99999999".encode()).decode()
    for name in ("Customer", "QualificationDocument", "CustomerExtension")
}


def id_of(type_name: str, key: object) -> str:
    """The global id of a row."""
    return base64.b64encode(f"{type_name}:{key}".encode()).decode()


def send(server: Client, operation: str, input: Record, user: str, **headers: str) -> Record:
    """One of the contract's commands with everything that it tells; what it changed stands under `done`."""
    document = {"ApproveCustomerExtension": APPROVE_EXTENSION, "RejectCustomerExtension": REJECT_EXTENSION}.get(operation)
    payload = data_of(server.run(document or told(operation), {"input": input}, user=user, **headers))
    errors = payload.pop("userErrors")
    (done,) = payload.values()
    assert done is None or errors == []
    return {"done": done, "errors": errors}


def refused(answer: Record) -> Record:
    """The one reason why nothing was done."""
    assert answer["done"] is None
    (error,) = answer["errors"]
    return error  # type: ignore[no-any-return]


def reasons(answer: Record) -> list[str]:
    """All reasons why nothing was done."""
    assert answer["done"] is None
    return [error["reason"] for error in answer["errors"]]


def customer_with(
    server: Client,
    database: str,
    *papers: tuple[str, str],
    status: str = "PENDING",
    user: str = "clerk.1000",
    area: str = "1000/20/00",
    country: str = "CN",
) -> Record:
    """A new customer of a clerk with papers that this clerk has added: its id, key, number, version and its papers' ids."""
    made = do(server, CREATE, {**NEW, "salesArea": area, "country": country}, user)["customer"]
    key = fetch(database, "select id from customers where number = $1", made["number"])[0][0]
    found = [
        fetch(
            database,
            """insert into customer_qualification_documents
                   (customer_id, document_type, number, valid_to, review_status, added_by, version)
               values ($1, $2, $3, '2099-12-31', $4, $5, 1) returning id""",
            key,
            kind,
            number,
            status,
            user,
        )[0][0]
        for kind, number in papers
    ]
    return {**made, "key": key, "papers": [id_of("QualificationDocument", each) for each in found]}


def submitted(server: Client, database: str, *, status: str = "ACCEPTED", **where: Any) -> Record:
    """A customer that its clerk has submitted, with all papers in one status."""
    made = customer_with(server, database, LICENCE, BANK, status=status, **where)
    answer = send(server, "SubmitCustomer", {"customer": made["id"], "version": 1}, where.get("user", "clerk.1000"))
    assert answer["done"]["version"] == 2
    return {**made, "version": 2}
