"""Proposals over HTTP: bank accounts changed by two, and what partners say of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client
from tests.contract.demo import Facts
from tests.contract.test_commands import footprint
from tests.contract.test_views import customer, of, reasons, send  # noqa: F401  # two are fixtures

BANK = """bankAccountProposal { id version action status proposedBy decidedBy rejectionReason bankName accountNumber onInvoice
    viewerCan customer { number version bankAccounts { id bankName accountNumber holder onInvoice } } }"""
OWN = """customerProposal { id version subject action status proposedBy rejectionReason viewerCan
    changes { field oldValue newValue } customer { version phone address { city } contacts { id name phone } } }"""
ACCOUNT = {
    "action": "ADD",
    "bankName": "招商银行",
    "accountNumber": "6225 8888 0000 1111",
    "holder": "Neuer Kunde",
    "onInvoice": True,
}
Send = Any
Record = dict[str, Any]

# ------------------------------------------------------------------------------------------------------- bank accounts


def test_a_bank_account_is_proposed_by_one_and_approved_by_another(send: Send, customer: Record, database: str) -> None:  # noqa: F811
    done = send("customer.admin", "proposeBankAccount", BANK, **of(customer), **ACCOUNT)
    proposal = done["bankAccountProposal"]
    assert (proposal["status"], proposal["viewerCan"]) == ("PENDING", ["withdrawBankAccountProposal"])
    assert proposal["customer"]["bankAccounts"] == []
    at = {"bankAccountProposal": proposal["id"], "version": proposal["version"]}
    before = footprint(database)
    for user, code, reason in (
        ("customer.admin", "FORBIDDEN", "FORBIDDEN"),
        ("clerk.1000", "NOT_FOUND", "NOT_FOUND"),
        ("clerk.2000", "NOT_FOUND", "NOT_FOUND"),
        ("cashier.1000", "FORBIDDEN", "FORBIDDEN"),
        ("dealer.a", "NOT_FOUND", "NOT_FOUND"),
    ):
        refused = send(user, "approveBankAccountProposal", BANK, **at)
        assert [(each["code"], each["reason"]) for each in refused["userErrors"]] == [(code, reason)], user
    assert reasons(send("customer.approver", "withdrawBankAccountProposal", BANK, **at)) == [
        ("FOREIGN_PROPOSAL", "bankAccountProposal")
    ]
    assert footprint(database) == before
    done = send("customer.approver", "approveBankAccountProposal", BANK, **at)["bankAccountProposal"]
    assert (done["status"], done["decidedBy"], done["viewerCan"]) == ("APPROVED", "customer.approver", [])
    (account,) = done["customer"]["bankAccounts"]
    assert (account["accountNumber"], account["onInvoice"]) == ("6225 8888 0000 1111", True)
    assert done["customer"]["version"] == customer["version"] + 1
    again = send(
        "customer.approver",
        "approveBankAccountProposal",
        BANK,
        bankAccountProposal=at["bankAccountProposal"],
        version=done["version"],
    )
    assert reasons(again) == [("DECIDED_ALREADY", "bankAccountProposal")]


def test_an_account_changes_and_goes_only_by_two(send: Send, customer: Record) -> None:  # noqa: F811
    def propose(version: int, **more: Any) -> Record:
        return send("customer.admin", "proposeBankAccount", BANK, customer=customer["id"], version=version, **more)  # type: ignore[no-any-return]

    def decide(command: str, payload: Record, **more: Any) -> Record:
        at = payload["bankAccountProposal"]
        return send("customer.approver", command, BANK, bankAccountProposal=at["id"], version=at["version"], **more)  # type: ignore[no-any-return]

    done = decide("approveBankAccountProposal", propose(1, **ACCOUNT))["bankAccountProposal"]
    (account,) = done["customer"]["bankAccounts"]
    version = done["customer"]["version"]
    assert reasons(propose(version, **ACCOUNT)) == [("ACCOUNT_EXISTS", "accountNumber")]
    assert reasons(propose(version, action="CHANGE", bankAccount=account["id"])) == [("NOTHING_TO_CHANGE", None)]
    assert reasons(propose(version, action="REMOVE")) == [("ACTION_NAMES", "bankAccount")]
    assert reasons(propose(version, **{**ACCOUNT, "accountNumber": "1", "holder": None})) == [
        ("CODE_MALFORMED", "accountNumber"),
        ("FIELD_EMPTY", "holder"),
    ]
    change = propose(version, action="CHANGE", bankAccount=account["id"], holder="Somebody else")
    assert reasons(propose(version, action="REMOVE", bankAccount=account["id"])) == [("PROPOSAL_PENDING", "bankAccount")]
    rejected = decide("rejectBankAccountProposal", change, reason="Not what the bank says")["bankAccountProposal"]
    assert (rejected["status"], rejected["rejectionReason"]) == ("REJECTED", "Not what the bank says")
    assert rejected["customer"]["bankAccounts"] == [account]
    changed = decide("approveBankAccountProposal", propose(version, action="CHANGE", bankAccount=account["id"], holder="Anna"))
    assert changed["bankAccountProposal"]["customer"]["bankAccounts"] == [{**account, "holder": "Anna"}]
    version = changed["bankAccountProposal"]["customer"]["version"]
    gone = decide("approveBankAccountProposal", propose(version, action="REMOVE", bankAccount=account["id"]))
    assert gone["bankAccountProposal"]["customer"]["bankAccounts"] == []


def test_bank_data_is_proposed_only_by_who_keeps_it(send: Send, customer: Record, server: Client) -> None:  # noqa: F811
    for user, code in (("clerk.1000", "FORBIDDEN"), ("customer.approver", "FORBIDDEN"), ("clerk.2000", "NOT_FOUND")):
        refused = send(user, "proposeBankAccount", BANK, **of(customer), **ACCOUNT)
        assert [each["code"] for each in refused["userErrors"]] == [code], user
    send("customer.admin", "proposeBankAccount", BANK, **of(customer), **ACCOUNT)
    listed = "{ bankAccountProposals(first: 100) { totalCount edges { node { accountNumber } } } }"
    assert server.data(listed, user="clerk.1000")["bankAccountProposals"] == {"totalCount": 0, "edges": []}
    assert server.data(listed, user="auditor")["bankAccountProposals"]["totalCount"] > 0


# -------------------------------------------------------------------------------------------------------- self-service


@pytest.fixture
def mine(facts: Facts, ids: dict[str, str]) -> str:
    """The id of dealer.a's customer."""
    (key,) = facts.bound["dealer.a"]
    return next(ids[each["number"]] for each in facts.customers if each["id"] == key)


def test_a_partner_proposes_and_an_employee_accepts(server: Client, send: Send, mine: str, database: str) -> None:  # noqa: F811
    done = send("dealer.a", "proposeCustomerChange", OWN, customer=mine, city="无锡", phone="0512-1234567")
    proposal = done["customerProposal"]
    assert (proposal["status"], proposal["viewerCan"]) == ("PENDING", ["withdrawCustomerProposal"])
    assert [each["field"] for each in proposal["changes"]] == ["city", "phone"]
    at = {"customerProposal": proposal["id"], "version": proposal["version"]}
    before = footprint(database)
    for user, code in (
        ("dealer.a", "FORBIDDEN"),
        ("dealer.b", "NOT_FOUND"),
        ("clerk.2000", "NOT_FOUND"),
        ("auditor", "FORBIDDEN"),
    ):
        refused = send(user, "approveCustomerProposal", OWN, **at)
        assert [each["code"] for each in refused["userErrors"]] == [code], user
    assert footprint(database) == before
    waiting = server.data(
        "{ customerProposals(first: 50, filter: { status: { eq: PENDING } }) { edges { node { id viewerCan } } } }",
        user="clerk.1000",
    )
    (seen,) = [each["node"] for each in waiting["customerProposals"]["edges"] if each["node"]["id"] == proposal["id"]]
    assert seen["viewerCan"] == ["approveCustomerProposal", "rejectCustomerProposal"]
    done = send("clerk.1000", "approveCustomerProposal", OWN, **at)["customerProposal"]
    assert (done["status"], done["customer"]["phone"]) == ("APPROVED", "0512-1234567")


def test_a_proposal_of_what_is_no_more_is_outdated(server: Client, send: Send, mine: str) -> None:  # noqa: F811
    first = send("dealer.a", "proposeCustomerChange", OWN, customer=mine, phone="1-111")["customerProposal"]
    second = send("dealer.a", "proposeCustomerChange", OWN, customer=mine, phone="1-222")["customerProposal"]
    done = send("clerk.1000", "approveCustomerProposal", OWN, customerProposal=first["id"], version=1)
    assert reasons(done) == []
    late = send("clerk.1000", "approveCustomerProposal", OWN, customerProposal=second["id"], version=1)
    assert reasons(late) == [("PROPOSAL_OUTDATED", "customerProposal")]
    back = send("dealer.a", "withdrawCustomerProposal", OWN, customerProposal=second["id"], version=1)
    assert back["customerProposal"]["status"] == "WITHDRAWN"


def test_contacts_by_proposal(send: Send, mine: str) -> None:  # noqa: F811
    new = send("dealer.a", "proposeContact", OWN, customer=mine, action="ADD", name="Han Meimei 韩梅梅", phone="1")
    at = new["customerProposal"]
    done = send("clerk.1000", "approveCustomerProposal", OWN, customerProposal=at["id"], version=1)["customerProposal"]
    contact = next(each for each in done["customer"]["contacts"] if each["name"] == "Han Meimei 韩梅梅")
    bad = send("dealer.a", "proposeContact", OWN, customer=mine, action="CHANGE", contact=contact["id"], name=None)
    assert reasons(bad) == [("FIELD_EMPTY", "name")]
    gone = send("dealer.a", "proposeContact", OWN, customer=mine, action="REMOVE", contact=contact["id"])["customerProposal"]
    rejected = send("clerk.1000", "rejectCustomerProposal", OWN, customerProposal=gone["id"], version=1, reason="still here")
    assert rejected["customerProposal"]["rejectionReason"] == "still here"
    gone = send("dealer.a", "proposeContact", OWN, customer=mine, action="REMOVE", contact=contact["id"])["customerProposal"]
    done = send("clerk.1000", "approveCustomerProposal", OWN, customerProposal=gone["id"], version=1)["customerProposal"]
    assert contact["id"] not in [each["id"] for each in done["customer"]["contacts"]]


@pytest.mark.parametrize("user", ["dealer.b", "agent.a", "buyer.a", "clerk.2000", "admin"])
def test_nobody_proposes_for_whom_they_do_not_see(send: Send, mine: str, database: str, user: str) -> None:  # noqa: F811
    before = footprint(database)
    answers = [
        send(user, "proposeCustomerChange", OWN, customer=each, phone="1") for each in (mine, "Q3VzdG9tZXI6OTk5OTk5OTk=")
    ]
    assert answers[0] == answers[1]
    assert reasons(answers[0]) == [("NOT_FOUND", "customer")]
    assert footprint(database) == before


def test_what_cannot_be_right_is_not_proposed(send: Send, mine: str, customer: Record) -> None:  # noqa: F811
    assert reasons(send("dealer.a", "proposeCustomerChange", OWN, customer=mine, email="nobody")) == [
        ("EMAIL_MALFORMED", "email")
    ]
    assert reasons(send("dealer.a", "proposeCustomerChange", OWN, customer=mine)) == [("NOTHING_TO_CHANGE", None)]
    refused = send("clerk.1000", "proposeCustomerChange", OWN, customer=customer["id"], phone="1")
    assert [(each["code"], each["object"]) for each in refused["userErrors"]] == [("FORBIDDEN", "customer_proposal")]


def test_a_partner_hands_in_a_document_for_themselves_only(
    server: Client, mine: str, facts: Facts, ids: dict[str, str]
) -> None:
    """The command itself is tested with the files; here only who may."""
    seen = server.data("query ($id: ID) { customer(id: $id) { viewerCan } }", {"id": mine}, user="dealer.a")
    assert seen["customer"]["viewerCan"] == ["proposeCustomerChange", "proposeContact", "addQualificationDocument"]


def test_who_is_shown_a_proposed_account_is_recorded(send: Send, customer: Record, server: Client) -> None:  # noqa: F811
    proposal = send("customer.admin", "proposeBankAccount", "bankAccountProposal { id }", **of(customer), **ACCOUNT)
    told = "query ($record: ID!) { dataDisplays(record: $record, first: 9) { edges { node { displayedBy } } } }"

    def shown_to() -> list[str]:
        found = server.data(told, {"record": customer["id"]}, user="auditor")["dataDisplays"]["edges"]
        return [each["node"]["displayedBy"] for each in found]

    assert shown_to() == []
    status, number = (
        "bankAccountProposals(first: 200) { edges { node { status } } }",
        "... on BankAccountProposal { accountNumber }",
    )
    server.data(f"{{ {status} }}", user="customer.approver")
    assert shown_to() == []
    node = f"query ($id: ID!) {{ node(id: $id) {{ {number} }} }}"
    at = {"id": proposal["bankAccountProposal"]["id"]}
    assert server.data(node, at, user="clerk.1000") == {"node": None}
    assert server.data(node, at, user="customer.approver")["node"]["accountNumber"] == ACCOUNT["accountNumber"]
    assert shown_to() == ["customer.approver"]
