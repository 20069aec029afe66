"""Onboarding over HTTP: the right person at each step, every wrong one, and what must never happen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.client import Client, contract
from tests.contract.answers import data_of
from tests.contract.demo import EVERYBODY, Facts, Person, Record
from tests.contract.onboarding import BANK, LICENCE, MISSING, customer_with, id_of, reasons, refused, send, submitted
from tests.contract.test_commands import CHANGE, do, documents_of, events_of, fetch, footprint

each_user = pytest.mark.parametrize("person", EVERYBODY, ids=[each.name for each in EVERYBODY])
SHOWN = """query ($id: ID) { customer(id: $id) { onboardingStatus version rejectionReason viewerCan
    qualificationDocuments { id reviewStatus reviewReason version viewerCan } } }"""


def shown(server: Client, id: str, user: str = "customer.approver") -> Any:
    return server.data(SHOWN, {"id": id}, user=user)["customer"]


# ----------------------------------------------------------------------------------------------------------- the way


def test_the_contract_s_documents_walk_from_draft_to_approved(server: Client, database: str) -> None:
    def step(operation: str, user: str, input: Record) -> Any:
        return data_of(server.send(operation, {"input": input}, user=user))

    made = customer_with(server, database, LICENCE, BANK)
    id, (licence, bank) = made["id"], made["papers"]
    assert step("SubmitCustomer", "clerk.1000", {"customer": id, "version": 1}) == {
        "customer": {"id": id, "onboardingStatus": "SUBMITTED", "version": 2},
        "userErrors": [],
    }
    for paper in (licence, bank):
        assert step("ReviewQualificationDocument", "customer.approver", {"qualificationDocument": paper, "accept": True}) == {
            "qualificationDocument": {"id": paper, "reviewStatus": "ACCEPTED"},
            "userErrors": [],
        }
    assert step("ApproveCustomer", "customer.approver", {"customer": id, "version": 2}) == {
        "customer": {"id": id, "onboardingStatus": "APPROVED", "version": 3},
        "userErrors": [],
    }


def test_a_rejected_customer_is_submitted_again_and_the_reason_goes(server: Client, database: str) -> None:
    made = submitted(server, database)
    input = {"customer": made["id"], "version": 2, "reason": " 地址不符 "}
    rejected = data_of(server.send("RejectCustomer", {"input": input}, user="customer.approver"))
    assert rejected == {"customer": {"id": made["id"], "onboardingStatus": "REJECTED", "version": 3}, "userErrors": []}
    assert shown(server, made["id"], "clerk.1000")["rejectionReason"] == "地址不符"
    again = send(server, "SubmitCustomer", {"customer": made["id"], "version": 3}, "clerk.1000")
    assert (again["done"]["onboardingStatus"], again["done"]["version"]) == ("SUBMITTED", 4)
    assert shown(server, made["id"])["rejectionReason"] is None
    assert send(server, "ApproveCustomer", {"customer": made["id"], "version": 4}, "customer.approver")["done"]


def test_each_step_says_what_the_viewer_can_do_next(server: Client, database: str) -> None:
    made = customer_with(server, database, LICENCE, BANK)

    def can() -> dict[str, set[str]]:
        of_onboarding = {"submitCustomer", "approveCustomer", "rejectCustomer"}
        return {
            user: set(shown(server, made["id"], user)["viewerCan"]) & of_onboarding
            for user in ("clerk.1000", "manager.1000", "customer.approver", "auditor")
        }

    nothing: dict[str, set[str]] = {user: set() for user in ("clerk.1000", "manager.1000", "customer.approver", "auditor")}
    submit, decide = {"submitCustomer"}, {"approveCustomer", "rejectCustomer"}
    assert can() == {**nothing, "clerk.1000": submit, "manager.1000": submit}
    paper = shown(server, made["id"])["qualificationDocuments"][0]
    assert paper["viewerCan"] == ["reviewQualificationDocument"]
    assert shown(server, made["id"], "clerk.1000")["qualificationDocuments"][0]["viewerCan"] == []
    for place, each in enumerate(made["papers"]):
        input = {"qualificationDocument": each, "accept": True, "reason": "checked" if place else None, "version": 1}
        assert send(server, "ReviewQualificationDocument", input, "customer.approver")["done"]
    papers = shown(server, made["id"])["qualificationDocuments"]
    assert [(each["reviewReason"], each["version"], each["viewerCan"]) for each in papers] == [
        (None, 2, []),
        ("checked", 2, []),
    ]
    send(server, "SubmitCustomer", {"customer": made["id"], "version": 1}, "clerk.1000")
    assert can() == {**nothing, "customer.approver": decide}
    send(server, "ApproveCustomer", {"customer": made["id"], "version": 2}, "customer.approver")
    assert can() == nothing


def test_every_step_is_documented_and_announced(server: Client, database: str) -> None:
    made = customer_with(server, database, LICENCE, BANK)
    base, number = {"customer": made["id"]}, made["number"]
    send(server, "SubmitCustomer", {**base, "version": 1}, "clerk.1000", **{"X-Request-ID": "onboarding-submit"})
    assert documents_of(database, "onboarding-submit") == [
        (None, "onboarding_status", "DRAFT", "SUBMITTED", "clerk.1000", 2),
        (None, "submitted_by", None, "clerk.1000", "clerk.1000", 2),
    ]
    assert events_of(database, "onboarding-submit") == [("customer.changed", number, 2, "clerk.1000")]
    reject = {"qualificationDocument": made["papers"][1], "accept": False, "reason": "名称不符"}
    send(server, "ReviewQualificationDocument", reject, "customer.approver", **{"X-Request-ID": "onboarding-review"})
    assert documents_of(database, "onboarding-review") == [
        (None, "review_reason", None, "名称不符", "customer.approver", 2),
        (None, "review_status", "PENDING", "REJECTED", "customer.approver", 2),
    ]
    events = "select topic, record_version from outbox_events where payload->>'requestId' = $1"
    assert fetch(database, events, "onboarding-review") == [("qualificationDocument.changed", 2)]
    reject = {**base, "version": 2, "reason": "unvollständig"}
    send(server, "RejectCustomer", reject, "customer.approver", **{"X-Request-ID": "onboarding-reject"})
    assert documents_of(database, "onboarding-reject") == [
        (None, "onboarding_status", "SUBMITTED", "REJECTED", "customer.approver", 3),
        (None, "rejection_reason", None, "unvollständig", "customer.approver", 3),
    ]


# ------------------------------------------------------------------------------------------------------------ who may


def some_of(facts: Facts) -> list[Record]:
    """One customer of each organization in each status, one of two organizations, and those that the demo partners speak for."""
    found: dict[Any, Record] = {}
    for each in facts.customers:
        organizations = {view["sales_organization"] for view in each["views"]}
        found.setdefault((each["onboarding_status"], *sorted(organizations)), each)
    bound = set().union(*facts.bound.values())
    return [each for each in facts.customers if each in found.values() or each["id"] in bound]


STEPS = {
    "SubmitCustomer": ("submitCustomer", "change", "CHANGE", {}),
    "ApproveCustomer": ("approveCustomer", "approve", "APPROVE", {}),
    "RejectCustomer": ("rejectCustomer", "approve", "APPROVE", {"reason": "x"}),
}


@each_user
@pytest.mark.parametrize("operation", STEPS)
def test_who_may_takes_a_step_and_others_are_told_what_is_missing(
    server: Client, facts: Facts, ids: dict[str, str], person: Person, operation: str
) -> None:
    command, work, activity, more = STEPS[operation]
    for customer in some_of(facts):
        input = {"customer": ids[customer["number"]], "version": customer["version"], "validateOnly": True, **more}
        answer = send(server, operation, input, person.name)
        everywhere = all(facts.reaches(person, customer, view["code"]) for view in customer["views"])
        if not facts.sees(person, customer):
            error = refused(answer)
            assert (error["code"], error["field"]) == ("NOT_FOUND", "customer")
        elif person.may(work) and (everywhere or (work == "change" and person.may("general"))):
            assert {error["code"] for error in answer["errors"]} <= {"REFUSED"}
            assert ("WRONG_STATUS" in reasons(answer)) is (command not in facts.commands(person, customer))
        else:
            error = refused(answer)
            assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", activity)


@each_user
def test_who_may_reviews_documents_and_others_are_told_what_is_missing(server: Client, facts: Facts, person: Person) -> None:
    for customer in some_of(facts):
        document = customer["documents"][0]
        input = {
            "qualificationDocument": id_of("QualificationDocument", document["id"]),
            "accept": False,
            "reason": "x",
            "validateOnly": True,
        }
        answer = send(server, "ReviewQualificationDocument", input, person.name)
        everywhere = all(facts.reaches(person, customer, view["code"]) for view in customer["views"])
        if not (facts.sees(person, customer) and person.displays("document")):
            error = refused(answer)
            assert (error["code"], error["field"]) == ("NOT_FOUND", "qualificationDocument")
        elif person.may("approve") and everywhere:
            assert reasons(answer) == ([] if document["review_status"] == "PENDING" else ["REVIEWED_ALREADY"])
        else:
            error = refused(answer)
            assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer_document", "APPROVE")


def test_each_wrong_person_stops_at_each_step(server: Client, database: str) -> None:
    made = customer_with(server, database, LICENCE, BANK)
    base = {"customer": made["id"]}

    def codes(operation: str, input: Record, *users: str) -> list[str]:
        before = footprint(database)
        found = [refused(send(server, operation, input, user))["code"] for user in users]
        assert footprint(database) == before
        return found

    strangers = ("clerk.2000", "direct.1000", "dealer.a", "admin", "local.1000")
    assert codes("SubmitCustomer", {**base, "version": 1}, *strangers) == ["NOT_FOUND"] * 5
    assert codes("SubmitCustomer", {**base, "version": 1}, "auditor", "customer.approver", "billing.1000") == ["FORBIDDEN"] * 3
    assert send(server, "SubmitCustomer", {**base, "version": 1}, "clerk.1000")["done"]
    review = {"qualificationDocument": made["papers"][0], "accept": True}
    assert codes("ReviewQualificationDocument", review, *strangers, "billing.1000") == ["NOT_FOUND"] * 6
    assert (
        codes("ReviewQualificationDocument", review, "clerk.1000", "manager.1000", "customer.admin", "auditor")
        == ["FORBIDDEN"] * 4
    )
    for paper in made["papers"]:
        assert send(server, "ReviewQualificationDocument", {**review, "qualificationDocument": paper}, "customer.approver")[
            "done"
        ]
    for operation, input in (("ApproveCustomer", {}), ("RejectCustomer", {"reason": "x"})):
        input = {**base, "version": 2, **input}
        assert codes(operation, input, *strangers) == ["NOT_FOUND"] * 5
        assert codes(operation, input, "clerk.1000", "manager.1000", "customer.admin", "auditor") == ["FORBIDDEN"] * 4
    assert send(server, "ApproveCustomer", {**base, "version": 2}, "customer.approver")["done"]


@pytest.mark.parametrize("user", ["dealer.a", "agent.a", "buyer.a", "approver.a"])
def test_partners_take_no_step_on_themselves(server: Client, facts: Facts, ids: dict[str, str], user: str) -> None:
    customer = next(each for each in facts.customers if each["id"] in facts.bound[user])
    base = {"customer": ids[customer["number"]], "version": customer["version"]}
    paper = id_of("QualificationDocument", customer["documents"][0]["id"])
    for operation, input in (
        ("SubmitCustomer", base),
        ("ApproveCustomer", base),
        ("RejectCustomer", {**base, "reason": "x"}),
        ("ReviewQualificationDocument", {"qualificationDocument": paper, "accept": True}),
        ("ExtendCustomer", {"customerNumber": customer["number"], "salesArea": customer["views"][0]["code"]}),
    ):
        assert refused(send(server, operation, input, user))["code"] == "FORBIDDEN", operation


@pytest.mark.parametrize("user", ["clerk.2000", "dealer.b", "agent.a", "buyer.a", "admin", "direct.1000"])
def test_hidden_and_missing_are_answered_alike(server: Client, database: str, user: str) -> None:
    made = submitted(server, database)
    for operation, key, type_name, hidden, more in (
        ("SubmitCustomer", "customer", "Customer", made["id"], {"version": 2}),
        ("SubmitCustomer", "customer", "Customer", made["id"], {"version": 9, "validateOnly": True}),
        ("ApproveCustomer", "customer", "Customer", made["id"], {"version": 2}),
        ("ApproveCustomer", "customer", "Customer", made["id"], {"version": 1, "idempotencyKey": f"{user} asks"}),
        ("RejectCustomer", "customer", "Customer", made["id"], {"version": 2, "reason": ""}),
        ("ReviewQualificationDocument", "qualificationDocument", "QualificationDocument", made["papers"][0], {"accept": False}),
        (
            "ReviewQualificationDocument",
            "qualificationDocument",
            "QualificationDocument",
            made["papers"][0],
            {"accept": True, "version": 7},
        ),
    ):
        answers = [
            server.post(
                {"query": contract(operation), "variables": {"input": {key: id, **more}}},
                user=user,
                headers={"X-Request-ID": "the-same-request"},
            ).content
            for id in (hidden, MISSING[type_name])
        ]
        assert answers[0] == answers[1], operation
        assert b"NOT_FOUND" in answers[0]


def test_without_a_session_no_step_is_taken(server: Client, database: str) -> None:
    made = submitted(server, database)
    base = {"customer": made["id"], "version": 2}
    for operation, input in (
        ("SubmitCustomer", base),
        ("ApproveCustomer", base),
        ("RejectCustomer", {**base, "reason": "x"}),
        ("ReviewQualificationDocument", {"qualificationDocument": made["papers"][0], "accept": True}),
        ("ExtendCustomer", {"customerNumber": made["number"], "salesArea": "1000/20/10"}),
    ):
        payload = data_of(server.send(operation, {"input": input}))
        assert [error["code"] for error in payload["userErrors"]] == ["UNAUTHENTICATED"], operation


# ------------------------------------------------------------------------------------------------------- the documents


def test_a_submission_names_each_document_that_is_missing(server: Client, database: str) -> None:
    made = customer_with(server, database, ("BUSINESS_LICENCE", "310105000123456"))
    before = footprint(database)
    answer = send(server, "SubmitCustomer", {"customer": made["id"], "version": 1}, "clerk.1000")
    assert [(each["code"], each["reason"], each["field"]) for each in answer["errors"]] == [
        ("REFUSED", "DOCUMENT_MISSING", "customer")
    ] * 3
    for error, kind in zip(answer["errors"], ("TAX_REGISTRATION", "ORGANIZATION_CODE", "BANK_ACCOUNT_PROOF"), strict=True):
        assert kind in error["message"]
    assert footprint(database) == before
    chinese = send(
        server, "SubmitCustomer", {"customer": made["id"], "version": 1}, "clerk.1000", **{"Accept-Language": "zh-CN"}
    )
    assert chinese["errors"][2]["message"] == "缺少必需的资质文件 BANK_ACCOUNT_PROOF：Proof of bank account 开户证明。"


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        ("review_status = 'PENDING'", 4),
        ("review_status = 'REJECTED'", 4),
        ("review_status = 'EXPIRED'", 4),
        ("valid_to = current_date - 2", 4),
        ("valid_from = current_date + 2", 4),
        ("number = '1'", 2),
        ("valid_to = null", 0),
    ],
)
def test_an_approval_needs_every_mandatory_document_accepted_and_valid(
    server: Client, database: str, change: str, lacking: int
) -> None:
    made = submitted(server, database)
    fetch(database, f"update customer_qualification_documents set {change} where customer_id = $1", made["key"])
    answer = send(server, "ApproveCustomer", {"customer": made["id"], "version": 2}, "customer.approver")
    assert [error["reason"] for error in answer["errors"]] == ["DOCUMENT_NOT_ACCEPTED"] * lacking
    assert (answer["done"] is None) is bool(lacking)


def test_a_document_is_reviewed_once_and_not_accepted_when_it_is_over(server: Client, database: str) -> None:
    made = customer_with(server, database, LICENCE, BANK)
    licence, bank = made["papers"]
    input: Record = {"qualificationDocument": licence, "accept": True}
    assert send(server, "ReviewQualificationDocument", input, "customer.approver")["done"]
    assert reasons(send(server, "ReviewQualificationDocument", input, "customer.approver")) == ["REVIEWED_ALREADY"]
    stale = refused(send(server, "ReviewQualificationDocument", {**input, "version": 1}, "customer.approver"))
    assert (stale["code"], stale["field"], stale["changedFields"]) == ("CONFLICT", "version", ["reviewStatus"])
    fetch(
        database, "update customer_qualification_documents set valid_to = current_date - 2 where customer_id = $1", made["key"]
    )
    over = {"qualificationDocument": bank, "accept": True}
    assert reasons(send(server, "ReviewQualificationDocument", over, "customer.approver")) == ["DOCUMENT_OVER"]
    over = {**over, "accept": False, "reason": "abgelaufen"}
    assert send(server, "ReviewQualificationDocument", over, "customer.approver")["done"]["reviewStatus"] == "REJECTED"


# ----------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("operation", "input", "reason", "field"),
    [
        pytest.param("RejectCustomer", {"reason": ""}, "REASON_EMPTY", "reason", id="a rejection without a reason"),
        pytest.param("RejectCustomer", {"reason": " 　"}, "REASON_EMPTY", "reason", id="with a reason of spaces"),
        pytest.param("RejectCustomer", {"reason": "x" * 201}, "TEXT_TOO_LONG", "reason", id="with too long a reason"),
        pytest.param("ApproveCustomer", {"customer": "garbage"}, "ID_MALFORMED", "customer", id="no id"),
        pytest.param(
            "SubmitCustomer", {"customer": MISSING["QualificationDocument"]}, "ID_OF_OTHER_TYPE", "customer", id="a paper's id"
        ),
        pytest.param("SubmitCustomer", {"idempotencyKey": ""}, "KEY_MALFORMED", "idempotencyKey", id="an empty key"),
        pytest.param("ApproveCustomer", {"idempotencyKey": "k" * 101}, "KEY_MALFORMED", "idempotencyKey", id="a key too long"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    server: Client, database: str, operation: str, input: Record, reason: str, field: str
) -> None:
    made = submitted(server, database)
    before = footprint(database)
    user = "clerk.1000" if operation == "SubmitCustomer" else "customer.approver"
    error = refused(send(server, operation, {"customer": made["id"], "version": 2, **input}, user))
    assert (error["code"], error["reason"], error["field"]) == ("INVALID", reason, field)
    assert footprint(database) == before


@pytest.mark.parametrize("reason", [None, "", " ", "x" * 201])
def test_a_document_is_not_rejected_without_a_reason(server: Client, database: str, reason: str | None) -> None:
    made = customer_with(server, database, LICENCE)
    before = footprint(database)
    input = {"qualificationDocument": made["papers"][0], "accept": False, "reason": reason}
    error = refused(send(server, "ReviewQualificationDocument", input, "customer.approver"))
    assert (error["code"], error["field"]) == ("INVALID", "reason")
    assert (
        refused(
            send(server, "ReviewQualificationDocument", {**input, "qualificationDocument": made["id"]}, "customer.approver")
        )["reason"]
        == "ID_OF_OTHER_TYPE"
    )
    assert footprint(database) == before


@pytest.mark.parametrize(
    ("operation", "wrong"),
    [
        ("SubmitCustomer", {"version": "1"}),
        ("SubmitCustomer", {"version": None}),
        ("RejectCustomer", {"version": 2}),
        ("ApproveCustomer", {"version": 2, "reason": "x"}),
    ],
    ids=["a text for a number", "no version", "no reason at all", "an unknown field"],
)
def test_mistyped_input_never_runs(server: Client, database: str, operation: str, wrong: Record) -> None:
    made = submitted(server, database)
    before = footprint(database)
    body = {"query": contract(operation), "variables": {"input": {"customer": made["id"], **wrong}}}
    response = server.post(body, user="customer.approver", headers={"Accept": "application/graphql-response+json"})
    assert response.status_code == 400
    assert "data" not in response.json()
    assert footprint(database) == before


# ------------------------------------------------------------------------------------------- versions, keys, dry runs


def test_a_stale_version_is_a_conflict(server: Client, database: str) -> None:
    made = submitted(server, database)
    before = footprint(database)
    for operation, more, user in (
        ("SubmitCustomer", {}, "clerk.1000"),
        ("ApproveCustomer", {}, "customer.approver"),
        ("RejectCustomer", {"reason": "x"}, "customer.approver"),
    ):
        error = refused(send(server, operation, {"customer": made["id"], "version": 1, **more}, user))
        assert (error["code"], error["field"]) == ("CONFLICT", "version")
        assert sorted(error["changedFields"]) == ["onboardingStatus", "submittedBy"]
    assert footprint(database) == before


def test_a_change_after_the_submission_makes_the_approver_look_again(server: Client, database: str) -> None:
    made = submitted(server, database)
    do(server, CHANGE, {"customer": made["id"], "version": 2, "name": "Anders als vorgelegt"})
    error = refused(send(server, "ApproveCustomer", {"customer": made["id"], "version": 2}, "customer.approver"))
    assert (error["code"], error["changedFields"]) == ("CONFLICT", ["name"])


def test_of_ten_who_decide_at_once_one_wins(server: Client, database: str) -> None:
    made = submitted(server, database)
    server.token("customer.approver")

    def decide(place: int) -> str:
        input: Record = {"customer": made["id"], "version": 2}
        operation = "RejectCustomer" if place % 2 else "ApproveCustomer"
        answer = send(server, operation, {**input, "reason": "x"} if place % 2 else input, "customer.approver")
        return answer["done"]["onboardingStatus"] if answer["done"] else refused(answer)["code"]  # type: ignore[no-any-return]

    with ThreadPoolExecutor(10) as threads:
        results = list(threads.map(decide, range(10)))
    (winner,) = set(results) - {"CONFLICT"}
    assert results.count("CONFLICT") == 9
    assert fetch(database, "select onboarding_status, version from customers where id = $1", made["key"]) == [(winner, 3)]


def test_of_two_who_review_at_once_one_wins(server: Client, database: str) -> None:
    made = customer_with(server, database, LICENCE)
    server.token("customer.approver")

    def review(place: int) -> str:
        input = {"qualificationDocument": made["papers"][0], "accept": bool(place % 2), "reason": f"by {place}"}
        answer = send(server, "ReviewQualificationDocument", input, "customer.approver")
        return "done" if answer["done"] else refused(answer)["reason"]  # type: ignore[no-any-return]

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(review, range(6))) == ["REVIEWED_ALREADY"] * 5 + ["done"]


def test_a_key_gives_the_first_success_again(server: Client, database: str) -> None:
    made = customer_with(server, database, LICENCE, BANK)
    base = {"customer": made["id"]}
    steps: list[tuple[str, str, Record]] = [("SubmitCustomer", "clerk.1000", {**base, "version": 1})]
    steps += [
        ("ReviewQualificationDocument", "customer.approver", {"qualificationDocument": paper, "accept": True})
        for paper in made["papers"]
    ]
    steps += [("ApproveCustomer", "customer.approver", {**base, "version": 2})]
    for place, (operation, user, input) in enumerate(steps):
        keyed = {**input, "idempotencyKey": f"{made['number']}-{place}"}
        first = send(server, operation, keyed, user)
        assert first["done"]
        before = footprint(database)
        assert send(server, operation, keyed, user) == first
        other = {**keyed, "accept": False, "reason": "x"} if "accept" in keyed else {**keyed, "version": 7}
        assert refused(send(server, operation, other, user))["code"] == "IDEMPOTENCY_KEY_REUSED"
        assert footprint(database) == before


def test_validate_only_writes_nothing_and_tells_the_same(server: Client, database: str) -> None:
    draft, waiting = customer_with(server, database, LICENCE, BANK), submitted(server, database)
    before = footprint(database)
    dry = {"validateOnly": True, "idempotencyKey": "dry"}
    for operation, user, input in (
        ("SubmitCustomer", "clerk.1000", {"customer": draft["id"], "version": 1}),
        ("ReviewQualificationDocument", "customer.approver", {"qualificationDocument": draft["papers"][0], "accept": True}),
        ("ApproveCustomer", "customer.approver", {"customer": waiting["id"], "version": 2}),
        ("RejectCustomer", "customer.approver", {"customer": waiting["id"], "version": 2, "reason": "x"}),
    ):
        assert send(server, operation, {**input, **dry}, user) == {"done": None, "errors": []}
    wrong = {"customer": draft["id"], "version": 1, **dry}
    assert "WRONG_STATUS" in reasons(send(server, "ApproveCustomer", wrong, "customer.approver"))
    assert footprint(database) == before


def test_an_admitted_customer_goes_to_no_country_whose_documents_it_lacks(server: Client, database: str) -> None:
    made = customer_with(server, database, LICENCE, country="DE")
    review = {"qualificationDocument": made["papers"][0], "accept": True}
    assert send(server, "ReviewQualificationDocument", review, "customer.approver")["done"]
    send(server, "SubmitCustomer", {"customer": made["id"], "version": 1}, "clerk.1000")
    send(server, "ApproveCustomer", {"customer": made["id"], "version": 2}, "customer.approver")
    before = footprint(database)
    moved = do(server, CHANGE, {"customer": made["id"], "version": 3, "country": "CN"}, "clerk.1000")
    assert [(each["code"], each["reason"]) for each in moved["userErrors"]] == [("REFUSED", "DOCUMENT_NOT_ACCEPTED")]
    assert footprint(database) == before
    moved = do(server, CHANGE, {"customer": made["id"], "version": 3, "country": "SG"}, "clerk.1000")
    assert moved["userErrors"] == []
