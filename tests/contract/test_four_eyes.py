"""Nobody decides what is their own, whatever rights they have.

The stage: `manager.1000`, who may submit and propose, is also an approver in 1000; `price.admin` may also change customers
there, without seeing their documents.
"""

from __future__ import annotations

import pytest

from api.auth.policy_edit import adding_lines, adding_role, assigning
from domain.policy import Role
from tests.client import Client
from tests.contract.onboarding import LICENCE, customer_with, reasons, send, submitted
from tests.contract.test_commands import footprint
from tests.contract.test_untold_areas import edit

SHOWN = "query ($id: ID) { customer(id: $id) { viewerCan qualificationDocuments { viewerCan } } }"


@pytest.fixture(scope="module", autouse=True)
def stage(database: str) -> None:
    edit(
        database,
        assigning("manager.1000", "customer-approver", ["1000/*/*"]),
        adding_role(Role("blind", "Changes customers, sees no documents", "可修改客户，不可见文件")),
        adding_lines([("blind", "*/*/*", "customer", activity, "all", "", "allow") for activity in ("CHANGE", "APPROVE")]),
        assigning("price.admin", "blind", ["1000/*/*"]),
    )


@pytest.mark.parametrize(("operation", "more"), [("ApproveCustomer", {}), ("RejectCustomer", {"reason": "x"})])
def test_nobody_decides_what_they_submitted(server: Client, database: str, operation: str, more: dict[str, str]) -> None:
    made = submitted(server, database, user="manager.1000")
    before = footprint(database)
    input = {"customer": made["id"], "version": 2, **more}
    assert reasons(send(server, operation, input, "manager.1000")) == ["OWN_SUBMISSION"]
    assert footprint(database) == before
    can = server.data(SHOWN, {"id": made["id"]}, user="manager.1000")["customer"]["viewerCan"]
    assert not {"approveCustomer", "rejectCustomer"} & set(can)
    assert send(server, operation, input, "customer.approver")["done"]


def test_who_has_both_rights_decides_what_another_submitted(server: Client, database: str) -> None:
    made = submitted(server, database)
    can = server.data(SHOWN, {"id": made["id"]}, user="manager.1000")["customer"]["viewerCan"]
    assert {"approveCustomer", "rejectCustomer"} <= set(can)
    assert send(server, "ApproveCustomer", {"customer": made["id"], "version": 2}, "manager.1000")["done"]


def test_who_submits_last_does_not_decide(server: Client, database: str) -> None:
    made = submitted(server, database)
    base = {"customer": made["id"]}
    assert send(server, "RejectCustomer", {**base, "version": 2, "reason": "x"}, "manager.1000")["done"]
    assert send(server, "SubmitCustomer", {**base, "version": 3}, "manager.1000")["done"]
    assert reasons(send(server, "ApproveCustomer", {**base, "version": 4}, "manager.1000")) == ["OWN_SUBMISSION"]


@pytest.mark.parametrize("accept", [True, False])
def test_nobody_reviews_a_document_that_they_added(server: Client, database: str, accept: bool) -> None:
    made = customer_with(server, database, LICENCE, user="manager.1000")
    before = footprint(database)
    input = {"qualificationDocument": made["papers"][0], "accept": accept, "reason": "x"}
    assert reasons(send(server, "ReviewQualificationDocument", input, "manager.1000")) == ["OWN_DOCUMENT"]
    assert footprint(database) == before
    (paper,) = server.data(SHOWN, {"id": made["id"]}, user="manager.1000")["customer"]["qualificationDocuments"]
    assert paper["viewerCan"] == []
    assert send(server, "ReviewQualificationDocument", input, "customer.approver")["done"]


def test_nobody_decides_their_own_proposal(server: Client, database: str) -> None:
    made = customer_with(server, database)
    document = (
        "mutation ($input: ExtendCustomerInput!) { do: extendCustomer(input: $input) { customerExtension { id viewerCan } } }"
    )
    input = {"customerNumber": made["number"], "salesArea": "1000/30/00"}
    extension = server.data(document, {"input": input}, user="manager.1000")["do"]["customerExtension"]
    assert extension["viewerCan"] == []
    before = footprint(database)
    base = {"customerExtension": extension["id"], "version": 1}
    assert reasons(send(server, "ApproveCustomerExtension", base, "manager.1000")) == ["OWN_PROPOSAL"]
    assert reasons(send(server, "RejectCustomerExtension", {**base, "reason": "x"}, "manager.1000")) == ["OWN_PROPOSAL"]
    assert footprint(database) == before
    assert send(server, "ApproveCustomerExtension", base, "customer.approver")["done"]


def test_an_approver_of_one_organization_decides_neither_elsewhere_nor_on_shared_customers(
    server: Client, database: str
) -> None:
    made = submitted(server, database)
    extend = {"customerNumber": made["number"], "salesArea": "2000/20/00"}
    assert send(server, "ExtendCustomer", extend, "clerk.2000") == {"done": None, "errors": []}
    (found,) = (
        edge["node"]["id"]
        for edge in server.data(
            "query ($n: String) { customerExtensions(first: 9, filter: {customerNumber: {eq: $n}}) { edges { node { id } } } }",
            {"n": made["number"]},
            user="customer.approver",
        )["customerExtensions"]["edges"]
    )
    base = {"customerExtension": found, "version": 1}
    assert reasons(send(server, "ApproveCustomerExtension", base, "manager.1000")) == ["NOT_FOUND"]
    assert send(server, "ApproveCustomerExtension", base, "customer.approver")["done"]
    answer = send(server, "ApproveCustomer", {"customer": made["id"], "version": 3}, "manager.1000")
    (error,) = answer["errors"]
    assert (error["code"], error["object"], error["activity"], error["salesArea"]) == ("FORBIDDEN", "customer", "APPROVE", None)
    assert "2000" not in error["message"]


def test_who_does_not_see_documents_is_not_told_which_are_lacking(server: Client, database: str) -> None:
    draft, waiting = customer_with(server, database, LICENCE), submitted(server, database)
    answer = send(server, "SubmitCustomer", {"customer": draft["id"], "version": 1}, "price.admin")
    assert reasons(answer) == ["DOCUMENTS_LACKING"]
    assert "BANK_ACCOUNT_PROOF" not in str(answer)
    assert reasons(send(server, "SubmitCustomer", {"customer": draft["id"], "version": 1}, "clerk.1000")) == [
        "DOCUMENT_MISSING"
    ]
    assert send(server, "ApproveCustomer", {"customer": waiting["id"], "version": 2}, "price.admin")["done"]
