"""Extending a customer to a further sales area: access for oneself, which tells nothing and needs somebody else's approval."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from domain.proposals import MOST_PENDING
from tests.client import Client, contract
from tests.contract.answers import AREAS, data_of
from tests.contract.demo import EVERYBODY, Facts, Person, Record
from tests.contract.onboarding import (
    APPROVE_EXTENSION,
    MISSING,
    REJECT_EXTENSION,
    customer_with,
    id_of,
    reasons,
    refused,
    send,
)
from tests.contract.test_commands import documents_of, events_of, fetch, footprint

each_user = pytest.mark.parametrize("person", EVERYBODY, ids=[each.name for each in EVERYBODY])
LIST = """query ($filter: CustomerExtensionFilter, $after: String) { customerExtensions(first: 100, filter: $filter, after: $after) {
    totalCount edges { node { id customerNumber customer { number } salesArea { code } status proposedBy rejectionReason
    version viewerCan } } } }"""
NOBODY = "9999999"


def extensions(server: Client, user: str, number: str) -> Any:
    variables = {"filter": {"customerNumber": {"eq": number}}}
    return [edge["node"] for edge in server.data(LIST, variables, user=user)["customerExtensions"]["edges"]]


@pytest.fixture
def customer(server: Client, database: str) -> Record:
    """A customer of 1000/20/00, hidden from whoever works elsewhere."""
    return customer_with(server, database)


@pytest.fixture
def proposal(server: Client, customer: Record) -> Record:
    """A proposal of clerk.2000 to deal with it in 2000/20/00: number, area, id and key."""
    answer = send(server, "ExtendCustomer", {"customerNumber": customer["number"], "salesArea": "2000/20/00"}, "clerk.2000")
    assert answer == {"done": None, "errors": []}
    (found,) = extensions(server, "clerk.2000", customer["number"])
    return {**customer, "extension": found["id"]}


def test_a_hidden_customer_is_extended_by_number_and_seen_once_another_approves(
    server: Client, database: str, customer: Record
) -> None:
    number, detail = (
        customer["number"],
        "query ($n: String) { customer(number: $n) { version salesAreaViews { salesArea { code } currency partners { function customer { number } } } companyCodeViews { companyCode { code } } } }",
    )
    input = {"customerNumber": number, "salesArea": "3000/20/00"}
    payload = data_of(server.send("ExtendCustomer", {"input": input}, user="clerk.3000"))
    assert payload == {"customer": None, "userErrors": []}
    assert server.data(detail, {"n": number}, user="clerk.3000")["customer"] is None
    (mine,) = extensions(server, "clerk.3000", number)
    assert (mine["customer"], mine["status"], mine["proposedBy"], mine["viewerCan"]) == (None, "PENDING", "clerk.3000", [])
    (theirs,) = extensions(server, "customer.approver", number)
    assert theirs["customer"] == {"number": number}
    assert theirs["viewerCan"] == ["approveCustomerExtension", "rejectCustomerExtension"]
    approve = {"customerExtension": mine["id"], "version": 1}
    headers = {"X-Request-ID": f"extension-{number}"}
    done = send(server, "ApproveCustomerExtension", approve, "customer.approver", **headers)["done"]
    assert (done["status"], done["version"], done["customer"]) == ("APPROVED", 2, {"number": number, "version": 2})
    shown = server.data(detail, {"n": number}, user="clerk.3000")["customer"]
    assert shown["companyCodeViews"] == [{"companyCode": {"code": "3000"}}]
    (view,) = shown["salesAreaViews"]
    assert (view["salesArea"], view["currency"]) == ({"code": "3000/20/00"}, "USD")
    assert {(each["function"], each["customer"]["number"]) for each in view["partners"]} == {
        (function, number) for function in ("SOLD_TO", "SHIP_TO", "BILL_TO", "PAYER")
    }
    written = documents_of(database, f"extension-{number}")
    assert (None, "status", "PENDING", "APPROVED", "customer.approver", 2) in written
    assert ("3000/20/00", "currency", None, "USD", "customer.approver", 2) in written
    assert events_of(database, f"extension-{number}") == [("customer.changed", number, 2, "customer.approver")]
    assert extensions(server, "customer.approver", number)[0]["viewerCan"] == []


def test_a_customer_in_sight_is_extended_too_and_keeps_one_company_code_view(
    server: Client, database: str, customer: Record
) -> None:
    input = {"customerNumber": customer["number"], "salesArea": "1000/20/10"}
    payload = data_of(server.send("ExtendCustomer", {"input": input}, user="clerk.1000"))
    assert payload == {"customer": {"id": customer["id"], "version": 1}, "userErrors": []}
    (found,) = extensions(server, "clerk.1000", customer["number"])
    assert found["customer"] == {"number": customer["number"]}
    approve = {"customerExtension": found["id"], "version": 1}
    assert send(server, "ApproveCustomerExtension", approve, "customer.approver")["done"]["status"] == "APPROVED"
    assert fetch(database, "select count(*) from customer_company_code_views where customer_id = $1", customer["key"]) == [(1,)]


# ------------------------------------------------------------------------------------------------- what it does not tell


@pytest.mark.parametrize("more", [{}, {"validateOnly": True}, {"idempotencyKey": "hidden"}], ids=str)
def test_of_a_hidden_customer_nothing_is_told_but_its_number(
    server: Client, database: str, customer: Record, more: Record
) -> None:
    document = contract("ExtendCustomer").replace(
        "userErrors", "customerExtension { status version customer { id } } userErrors"
    )
    input = {"customerNumber": customer["number"], "salesArea": "2000/20/00", **more}
    kept = {"status": "PENDING", "version": 1, "customer": None}
    for _ in range(2 if "idempotencyKey" in more else 1):
        payload = server.data(document, {"input": input}, user="clerk.2000")["extendCustomer"]
        expected = None if "validateOnly" in more else kept
        assert payload == {"customer": None, "customerExtension": expected, "userErrors": []}


@pytest.mark.parametrize("more", [{}, {"validateOnly": True}, {"idempotencyKey": "nobody"}], ids=str)
def test_a_number_of_nobody_is_not_found_and_nothing_is_written(server: Client, database: str, more: Record) -> None:
    before = footprint(database)
    input = {"customerNumber": NOBODY, "salesArea": "1000/20/00", **more}
    error = refused(send(server, "ExtendCustomer", input, "clerk.1000"))
    assert (error["code"], error["reason"], error["field"]) == ("NOT_FOUND", "NOT_FOUND", "customerNumber")
    assert footprint(database) == before


def test_numbers_are_not_guessed_one_after_the_other(server: Client, database: str, customer: Record) -> None:
    server.token("clerk.3000")

    def guess(place: int) -> str:
        input = {"customerNumber": f"990{place:04}", "salesArea": "3000/20/00"}
        return refused(send(server, "ExtendCustomer", input, "clerk.3000"))["reason"]  # type: ignore[no-any-return]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(guess, range(24)))
    assert found.count("NOT_FOUND") <= 8
    assert set(found) == {"NOT_FOUND", "TOO_MANY_ATTEMPTS"}
    right = {"customerNumber": customer["number"], "salesArea": "3000/20/00"}
    error = refused(send(server, "ExtendCustomer", right, "clerk.3000"))
    assert (error["code"], error["field"]) == ("TOO_MANY_ATTEMPTS", "customerNumber")
    fetch(database, "delete from sign_in_attempts")
    assert send(server, "ExtendCustomer", right, "clerk.3000") == {"done": None, "errors": []}


def test_a_proposal_tells_its_readers_nothing_of_the_customer_that_they_do_not_see(server: Client, proposal: Record) -> None:
    for user in ("clerk.2000", "price.admin", "auditor"):
        (found,) = extensions(server, user, proposal["number"])
        assert (found["customer"] is None) is (user == "clerk.2000")
    for user in ("clerk.1000", "clerk.3000", "dealer.a", "agent.a", "admin"):
        assert extensions(server, user, proposal["number"]) == [], user
        assert server.data("query ($id: ID!) { node(id: $id) { id } }", {"id": proposal["extension"]}, user=user) == {
            "node": None
        }


def test_somebody_has_so_many_proposals_open_and_no_more(server: Client, database: str) -> None:
    fetch(
        database,
        """insert into customer_extensions (customer_number, sales_organization, distribution_channel, division, status, proposed_by, proposed_at, version)
           select n::text, '2000', '30', '00', 'PENDING', 'customer.admin', now(), 1 from generate_series(1, $1::int) n""",
        MOST_PENDING - 1,
    )
    others = [customer_with(server, database)["number"] for _ in range(6)]
    server.token("customer.admin")

    def propose(number: str) -> str:
        answer = send(server, "ExtendCustomer", {"customerNumber": number, "salesArea": "2000/30/00"}, "customer.admin")
        return answer["errors"][0]["reason"] if answer["errors"] else "kept"  # type: ignore[no-any-return]

    with ThreadPoolExecutor(5) as threads:
        assert sorted(threads.map(propose, others[:5])) == ["TOO_MANY_PROPOSALS"] * 4 + ["kept"]
    before = footprint(database)
    error = refused(send(server, "ExtendCustomer", {"customerNumber": others[5], "salesArea": "2000/30/00"}, "customer.admin"))
    assert (error["code"], error["reason"], error["field"]) == ("REFUSED", "TOO_MANY_PROPOSALS", "customerNumber")
    assert footprint(database) == before
    fetch(database, "delete from customer_extensions where proposed_by = 'customer.admin'")


# ------------------------------------------------------------------------------------------------------------ who may


@each_user
def test_who_may_proposes_extensions_and_others_are_told_what_is_missing(
    server: Client, database: str, facts: Facts, person: Person
) -> None:
    for area in AREAS:
        for number in (NOBODY, facts.customers[0]["number"]):
            input = {"customerNumber": number, "salesArea": area, "validateOnly": True}
            answer = send(server, "ExtendCustomer", input, person.name)
            fetch(database, "delete from sign_in_attempts where subject like 'extension:%'")
            if not person.works_in(area):
                assert (refused(answer)["reason"], answer["errors"][0]["field"]) == ("UNKNOWN_SALES_AREA", "salesArea")
            elif not person.may("create"):
                error = refused(answer)
                assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer_sales_area", "CREATE")
                assert error["salesArea"] == area
            elif number == NOBODY:
                assert (refused(answer)["reason"], answer["errors"][0]["field"]) == ("NOT_FOUND", "customerNumber")
            elif area in {view["code"] for view in facts.views(person, facts.customers[0])}:
                assert reasons(answer) == ["VIEW_EXISTS"]
            else:
                assert answer == {"done": None, "errors": []}


@each_user
def test_who_may_decides_proposals_and_others_are_told_what_is_missing(
    server: Client, proposal: Record, person: Person
) -> None:
    for operation, more in (("ApproveCustomerExtension", {}), ("RejectCustomerExtension", {"reason": "x"})):
        input = {"customerExtension": proposal["extension"], "version": 1, "validateOnly": True, **more}
        answer = send(server, operation, input, person.name)
        if person.own or not (person.displays("view") and person.works_in("2000/20/00")):
            error = refused(answer)
            assert (error["code"], error["field"]) == ("NOT_FOUND", "customerExtension")
        elif person.may("approve"):
            assert answer == {"done": None, "errors": []}
        else:
            error = refused(answer)
            told = (error["code"], error["object"], error["activity"], error["salesArea"])
            assert told == ("FORBIDDEN", "customer_sales_area", "APPROVE", "2000/20/00")


@pytest.mark.parametrize("user", ["clerk.1000", "clerk.3000", "dealer.a", "admin", "direct.1000"])
def test_hidden_and_missing_proposals_are_answered_alike(server: Client, proposal: Record, user: str) -> None:
    for document, more in ((APPROVE_EXTENSION, {"version": 1}), (REJECT_EXTENSION, {"version": 9, "reason": ""})):
        answers = [
            server.post(
                {"query": document, "variables": {"input": {"customerExtension": id, **more}}},
                user=user,
                headers={"X-Request-ID": "the-same-request"},
            ).content
            for id in (proposal["extension"], MISSING["CustomerExtension"])
        ]
        assert answers[0] == answers[1]
        assert b"NOT_FOUND" in answers[0]


def test_why_somebody_may_not_decide_a_proposal_is_explained(server: Client, proposal: Record) -> None:
    for user, allowed in (("clerk.2000", False), ("customer.approver", True)):
        variables = {"user": user, "object": "customer_sales_area", "activity": "APPROVE", "record": proposal["extension"]}
        assert data_of(server.send("ExplainAccess", variables, user="admin"))["allowed"] is allowed


# ----------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("wrong", "reason", "field"),
    [
        ({"customerNumber": ""}, "NUMBER_MALFORMED", "customerNumber"),
        ({"customerNumber": "1000*"}, "NUMBER_MALFORMED", "customerNumber"),
        ({"customerNumber": "10000%"}, "NUMBER_MALFORMED", "customerNumber"),
        ({"customerNumber": "１００００１"}, "NUMBER_MALFORMED", "customerNumber"),
        ({"customerNumber": "1" * 11}, "NUMBER_MALFORMED", "customerNumber"),
        ({"customerNumber": "1\n"}, "NUMBER_MALFORMED", "customerNumber"),
        ({"salesArea": "2000/*/00"}, "AREA_IS_PATTERN", "salesArea"),
        ({"salesArea": "2000"}, "AREA_MALFORMED", "salesArea"),
        ({"salesArea": "2000/99/00"}, "UNKNOWN_SALES_AREA", "salesArea"),
        ({"salesArea": "1000/20/00"}, "UNKNOWN_SALES_AREA", "salesArea"),
        ({"idempotencyKey": ""}, "KEY_MALFORMED", "idempotencyKey"),
    ],
    ids=str,
)
def test_bad_input_is_named_and_nothing_is_written(
    server: Client, database: str, wrong: Record, reason: str, field: str
) -> None:
    before = footprint(database)
    error = refused(
        send(server, "ExtendCustomer", {"customerNumber": NOBODY, "salesArea": "2000/20/00", **wrong}, "clerk.2000")
    )
    assert (error["code"], error["reason"], error["field"]) == ("INVALID", reason, field)
    assert footprint(database) == before


def test_what_is_there_or_proposed_already_is_a_double(server: Client, database: str, proposal: Record) -> None:
    before = footprint(database)
    number = proposal["number"]
    for area, user, reason, field in (
        ("1000/20/00", "clerk.1000", "VIEW_EXISTS", "salesArea"),
        ("2000/20/00", "clerk.2000", "EXTENSION_PENDING", "customerNumber"),
        ("2000/20/00", "customer.admin", "EXTENSION_PENDING", "customerNumber"),
    ):
        error = refused(send(server, "ExtendCustomer", {"customerNumber": number, "salesArea": area}, user))
        assert (error["code"], error["reason"], error["field"]) == ("DUPLICATE", reason, field)
    assert footprint(database) == before


def test_a_proposal_of_before_for_nobody_is_found_out_by_who_approves(server: Client, database: str) -> None:
    fetch(
        database,
        """insert into customer_extensions (customer_number, sales_organization, distribution_channel, division, status, proposed_by, proposed_at, version)
           values ('7777777', '2000', '10', '00', 'PENDING', 'clerk.2000', now(), 1)""",
    )
    (found,) = extensions(server, "customer.approver", "7777777")
    assert found["customer"] is None
    before = footprint(database)
    base = {"customerExtension": found["id"], "version": 1}
    error = refused(send(server, "ApproveCustomerExtension", base, "customer.approver"))
    assert (error["code"], error["reason"], error["field"]) == ("REFUSED", "NO_SUCH_NUMBER", "customerExtension")
    for reason in ("", " ", "x" * 201):
        error = refused(send(server, "RejectCustomerExtension", {**base, "reason": reason}, "customer.approver"))
        assert (error["code"], error["field"]) == ("INVALID", "reason")
    assert footprint(database) == before
    rejected = send(server, "RejectCustomerExtension", {**base, "reason": " 编号不存在 "}, "customer.approver")["done"]
    assert (rejected["status"], rejected["version"], rejected["rejectionReason"]) == ("REJECTED", 2, "编号不存在")
    again = reasons(send(server, "ApproveCustomerExtension", {**base, "version": 2}, "customer.approver"))
    assert again == ["DECIDED_ALREADY"]


def test_a_view_that_has_come_into_being_meanwhile_is_not_made_twice(server: Client, database: str, proposal: Record) -> None:
    fetch(
        database,
        """insert into customer_sales_area_views (customer_id, sales_organization, distribution_channel, division, currency)
           values ($1, '2000', '20', '00', 'CNY')""",
        proposal["key"],
    )
    before = footprint(database)
    input = {"customerExtension": proposal["extension"], "version": 1}
    assert reasons(send(server, "ApproveCustomerExtension", input, "customer.approver")) == ["VIEW_EXISTS"]
    assert footprint(database) == before


def test_of_ten_who_decide_at_once_one_wins(server: Client, database: str, proposal: Record) -> None:
    server.token("customer.approver")

    def decide(place: int) -> str:
        operation = "RejectCustomerExtension" if place % 2 else "ApproveCustomerExtension"
        input: Record = {"customerExtension": proposal["extension"], "version": 1}
        answer = send(server, operation, {**input, "reason": "x"} if place % 2 else input, "customer.approver")
        return answer["done"]["status"] if answer["done"] else refused(answer)["code"]  # type: ignore[no-any-return]

    with ThreadPoolExecutor(10) as threads:
        results = list(threads.map(decide, range(10)))
    (winner,) = set(results) - {"CONFLICT"}
    assert results.count("CONFLICT") == 9
    views = "select count(*) from customer_sales_area_views where customer_id = $1"
    assert fetch(database, views, proposal["key"]) == [(2 if winner == "APPROVED" else 1,)]


def test_of_ten_who_propose_at_once_one_is_kept(server: Client, database: str, customer: Record) -> None:
    server.token("clerk.2000")
    input = {"customerNumber": customer["number"], "salesArea": "2000/30/10"}

    def propose(_: int) -> str:
        answer = send(server, "ExtendCustomer", input, "clerk.2000")
        return answer["errors"][0]["reason"] if answer["errors"] else "kept"  # type: ignore[no-any-return]

    with ThreadPoolExecutor(10) as threads:
        found = list(threads.map(propose, range(10)))
    assert found.count("kept") == 1
    assert set(found) <= {"kept", "EXTENSION_PENDING", "TOO_MANY_ATTEMPTS"}  # as many at once look like guesses


def test_keys_versions_and_dry_runs_of_decisions(server: Client, database: str, proposal: Record) -> None:
    base = {"customerExtension": proposal["extension"], "version": 1}
    before = footprint(database)
    dry = {**base, "validateOnly": True, "idempotencyKey": "dry"}
    assert send(server, "ApproveCustomerExtension", dry, "customer.approver") == {"done": None, "errors": []}
    stale = refused(send(server, "ApproveCustomerExtension", {**base, "version": 0}, "customer.approver"))
    assert (stale["code"], stale["field"]) == ("CONFLICT", "version")
    assert footprint(database) == before
    keyed = {**base, "idempotencyKey": f"approve {proposal['number']}"}
    first = send(server, "ApproveCustomerExtension", keyed, "customer.approver")
    before = footprint(database)
    assert send(server, "ApproveCustomerExtension", keyed, "customer.approver") == first
    other = {**keyed, "version": 2}
    assert refused(send(server, "ApproveCustomerExtension", other, "customer.approver"))["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert footprint(database) == before


def test_a_proposal_sent_again_under_its_key_is_answered_as_at_first(server: Client, database: str, customer: Record) -> None:
    keyed = {"customerNumber": customer["number"], "salesArea": "1000/20/10", "idempotencyKey": f"extend {customer['number']}"}
    first = send(server, "ExtendCustomer", keyed, "clerk.1000")
    assert first["done"]
    before = footprint(database)
    assert send(server, "ExtendCustomer", keyed, "clerk.1000") == first
    other = {**keyed, "salesArea": "1000/30/00"}
    assert refused(send(server, "ExtendCustomer", other, "clerk.1000"))["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert footprint(database) == before
    assert id_of("Customer", customer["key"]) == first["done"]["id"]
