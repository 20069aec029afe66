"""mergeCustomers: one customer takes over what it lacks of another, which ends; by whom may, and without a trace of anything else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.auth.policy_edit import assigning
from tests.client import Client
from tests.contract.demo import Record
from tests.contract.onboarding import MISSING, send
from tests.contract.test_commands import BLOCK, CHANGE, CREATE, FIELDS, do, fetch, footprint
from tests.contract.test_duplicates import a_customer, ask
from tests.contract.test_untold_areas import edit

MERGE = f"mutation ($input: MergeCustomersInput!) {{ do: mergeCustomers(input: $input) {{ customer {{ id number version }} userErrors {{ {FIELDS} }} }} }}"
SHOWN = """query ($id: ID) { customer(id: $id) { number version deletionFlag orderBlock deliveryBlock billingBlock viewerCan
    mergedInto { number } salesAreaViews { salesArea { code } orderBlock partners { function customer { number } } }
    companyCodeViews { companyCode { code } } bankAccounts { accountNumber } qualificationDocuments { id documentType version } } }"""


def shown(server: Client, customer: Record, user: str = "auditor") -> Record:
    return server.data(SHOWN, {"id": customer["id"]}, user=user)["customer"]  # type: ignore[no-any-return]


def areas_of(customer: Record) -> list[str]:
    return [view["salesArea"]["code"] for view in customer["salesAreaViews"]]


def the_input(keep: Record, merge: Record, **more: Any) -> Record:
    return {
        "keep": keep["id"],
        "version": keep["version"],
        "merge": merge["id"],
        "mergeVersion": merge["version"],
        "reason": " 重复 double ",
        **more,
    }


def set_status(database: str, customer: Record, status: str) -> None:
    fetch(database, "update customers set onboarding_status = $2 where number = $1 returning id", customer["number"], status)


@pytest.fixture
def keep(server: Client, database: str) -> Record:
    """A dealer of 1000, with an account."""
    return a_customer(server, database, "clerk.1000", "1000/20/00", "Bleibt Handel GmbH", "DE89 3704")


@pytest.fixture
def merge(server: Client, database: str) -> Record:
    """The same dealer as 3000 knows it: with the same account written otherwise, and another one."""
    made = a_customer(server, database, "clerk.3000", "3000/20/00", "BLEIBT HANDEL AG", "DE893704")
    fetch(
        database,
        """insert into customer_bank_accounts (customer_id, bank_name, account_number, holder)
           select id, 'Bank', 'SG 77', name from customers where number = $1 returning id""",
        made["number"],
    )
    return made


def accounts_proposed(database: str, customer: Record) -> list[Any]:
    """What waits to be decided about the customer's accounts."""
    return fetch(
        database,
        """select p.action, p.status, p.account_number, p.proposed_by from bank_account_proposals p
           join customers c on c.id = p.customer_id where c.number = $1""",
        customer["number"],
    )


def a_document(database: str, customer: Record) -> None:
    fetch(
        database,
        """insert into customer_qualification_documents (customer_id, document_type, review_status, added_by, version)
           select id, 'BUSINESS_LICENCE', 'ACCEPTED', 'clerk.3000', 1 from customers where number = $1 returning id""",
        customer["number"],
    )


def test_the_kept_one_takes_over_what_it_lacks(server: Client, database: str, keep: Record, merge: Record) -> None:
    a_document(database, merge)
    block = {"customer": merge["id"], "version": 1, "blocks": ["ORDER"], "reason": "Streit", "salesArea": "3000/20/00"}
    assert do(server, BLOCK, block, "customer.admin")["customer"]["version"] == 2
    done = do(
        server, MERGE, the_input(keep, {**merge, "version": 2}), "customer.admin", **{"X-Request-ID": "a-merge-of-a-test"}
    )
    assert done == {"customer": {"id": keep["id"], "number": keep["number"], "version": 2}, "userErrors": []}

    kept = shown(server, keep)
    assert areas_of(kept) == ["1000/20/00", "3000/20/00"]
    assert [view["orderBlock"] for view in kept["salesAreaViews"]] == [None, "Streit"]
    assert {each["customer"]["number"] for view in kept["salesAreaViews"] for each in view["partners"]} == {keep["number"]}
    assert [len(view["partners"]) for view in kept["salesAreaViews"]] == [4, 4]
    assert [each["companyCode"]["code"] for each in kept["companyCodeViews"]] == ["1000", "3000"]
    assert [each["accountNumber"] for each in kept["bankAccounts"]] == ["DE89 3704"]
    assert accounts_proposed(database, keep) == [("ADD", "PENDING", "SG 77", "customer.admin")]
    assert [(each["documentType"], each["version"]) for each in kept["qualificationDocuments"]] == [("BUSINESS_LICENCE", 2)]
    assert (kept["deletionFlag"], kept["orderBlock"], kept["mergedInto"]) == (False, None, None)

    gone = shown(server, merge)
    assert gone["version"] == 3
    assert [gone[name] for name in ("orderBlock", "deliveryBlock", "billingBlock")] == ["重复 double"] * 3
    assert (gone["deletionFlag"], gone["mergedInto"]) == (True, {"number": keep["number"]})
    assert (areas_of(gone), gone["qualificationDocuments"]) == (["3000/20/00"], [])
    assert [each["accountNumber"] for each in gone["bankAccounts"]] == ["DE893704", "SG 77"]

    trail = fetch(
        database,
        """select c.number, d.part, d.field, d.old_value, d.new_value from change_documents d
           join customers c on c.id = d.record_id and d.record_type = 'Customer' where d.request_id = 'a-merge-of-a-test'""",
    )
    ids = {number: str(id) for id, number in fetch(database, "select id, number from customers")}
    theirs, mine = ids[merge["number"]], ids[keep["number"]]
    assert (merge["number"], None, "merged_into_id", None, mine) in trail
    assert (merge["number"], None, "deletion_flag", "false", "true") in trail
    assert (merge["number"], None, "order_block", None, "重复 double") in trail
    assert (keep["number"], "3000/20/00", "division", None, "00") in trail
    events = fetch(
        database,
        "select topic, record_id::text from outbox_events where payload->>'requestId' = 'a-merge-of-a-test' and record_type = 'Customer' order by id",
    )
    assert events == [("customer.changed", mine), ("customer.changed", theirs), ("customer.merged", theirs)]


def test_the_merged_one_is_read_where_it_was_and_leads_on_for_whom_sees_both(
    server: Client, database: str, keep: Record, merge: Record
) -> None:
    set_status(database, keep, "APPROVED")
    assert do(server, MERGE, the_input(keep, merge), "customer.admin")["customer"]
    gone = shown(server, merge, "clerk.3000")
    assert (gone["deletionFlag"], gone["mergedInto"], gone["viewerCan"]) == (True, None, [])
    assert shown(server, merge, "customer.approver")["mergedInto"] == {"number": keep["number"]}
    assert shown(server, merge, "clerk.1000") is None


def test_an_admitted_customer_is_not_brought_to_areas_that_nobody_approved(
    server: Client, database: str, keep: Record, merge: Record
) -> None:
    set_status(database, keep, "APPROVED")
    assert do(server, MERGE, the_input(keep, merge), "customer.admin")["customer"]
    assert areas_of(shown(server, keep)) == ["1000/20/00"]
    assert shown(server, keep, "clerk.3000") is None
    assert accounts_proposed(database, keep) == [("ADD", "PENDING", "SG 77", "customer.admin")]


def test_no_command_changes_a_merged_customer(server: Client, database: str, keep: Record, merge: Record) -> None:
    assert do(server, MERGE, the_input(keep, merge), "customer.admin")["customer"]
    assert shown(server, merge, "customer.admin")["viewerCan"] == []
    before = footprint(database)
    other = {"customer": merge["id"], "version": 2}
    for mutation, input, user in (
        (CHANGE, {**other, "name": "x"}, "customer.admin"),
        (CHANGE, {**other, "version": 1, "name": "x"}, "clerk.3000"),
        (BLOCK, {**other, "blocks": ["NONE"], "reason": "x"}, "customer.admin"),
        (BLOCK, {**other, "blocks": ["NONE"], "reason": "x", "salesArea": "3000/20/00"}, "customer.admin"),
    ):
        (error,) = do(server, mutation, input, user)["userErrors"]
        assert (error["code"], error["reason"], error["field"]) == ("REFUSED", "CLOSED", "customer"), input
    for operation, input in (("SubmitCustomer", other), ("ApproveCustomer", other)):
        (error,) = send(server, operation, input, "customer.admin")["errors"]
        assert (error["reason"], error["field"]) == ("CLOSED", "customer"), operation
    third = {**keep, "version": 2}
    for pair, field in (((third, {**merge, "version": 2}), "merge"), (({**merge, "version": 2}, third), "keep")):
        (error,) = do(server, MERGE, the_input(*pair), "customer.admin")["userErrors"]
        assert (error["reason"], error["field"]) == ("CLOSED", field)
    assert footprint(database) == before


def test_a_merged_number_is_answered_as_one_of_nobody_and_not_extended(
    server: Client, database: str, keep: Record, merge: Record
) -> None:
    """Whoever proposes learns nothing of the merge; whoever decides what was proposed before is told."""
    text = "mutation ($input: ExtendCustomerInput!) { do: extendCustomer(input: $input) { customerExtension { id version } userErrors { reason field } } }"
    before = do(server, text, {"customerNumber": merge["number"], "salesArea": "2000/20/00"}, "clerk.2000")
    assert do(server, MERGE, the_input(keep, merge), "customer.admin")["customer"]
    proposed = [
        do(server, text, {"customerNumber": number, "salesArea": "2000/30/00"}, "clerk.2000")
        for number in (merge["number"], "9999999")
    ]
    assert proposed[0] == proposed[1]
    assert proposed[0]["userErrors"] == [{"reason": "NOT_FOUND", "field": "customerNumber"}]
    input = {"customerExtension": before["customerExtension"]["id"], "version": 1}
    answer = send(server, "ApproveCustomerExtension", input, "customer.approver")
    assert [(each["reason"], each["field"]) for each in answer["errors"]] == [("CLOSED", "customerExtension")]


def test_a_merged_customer_is_no_candidate(server: Client, keep: Record, merge: Record) -> None:
    form = {"name": "Bleibt Handel", "country": "CN"}
    numbers = {number for number, _, _ in ask(server, "auditor", form=form)}
    assert {keep["number"], merge["number"]} <= numbers
    assert do(server, MERGE, the_input(keep, merge), "customer.admin")["customer"]
    assert numbers - {number for number, _, _ in ask(server, "auditor", form=form)} == {merge["number"]}
    assert keep["number"] in {number for number, _, _ in ask(server, "auditor", customer=merge["id"])}


def test_others_name_the_kept_one_from_now_on(server: Client, database: str, keep: Record, merge: Record) -> None:
    other = a_customer(server, database, "clerk.2000", "2000/20/00", "Dritter Kunde")
    for function, number in (("SHIP_TO", merge["number"]), ("CONTACT", merge["number"]), ("CONTACT", keep["number"])):
        fetch(
            database,
            """insert into customer_partners (view_id, function, customer_id)
               select v.id, $2, c.id from customer_sales_area_views v, customers c where v.customer_number = $1 and c.number = $3
               returning id""",
            other["number"],
            function,
            number,
        )
    assert do(server, MERGE, the_input(keep, merge), "customer.admin", **{"X-Request-ID": "named-elsewhere"})["customer"]
    found = shown(server, other)
    partners = [(each["function"], each["customer"]["number"]) for each in found["salesAreaViews"][0]["partners"]]
    assert [each for each in partners if each[0] in ("SHIP_TO", "CONTACT")] == [
        ("CONTACT", keep["number"]),
        ("SHIP_TO", other["number"]),
        ("SHIP_TO", keep["number"]),
    ]
    assert found["version"] == 2
    trail = fetch(
        database,
        """select d.part, d.field from change_documents d join customers c on c.id = d.record_id
           where d.request_id = 'named-elsewhere' and c.number = $1 and d.record_version = 2""",
        other["number"],
    )
    assert ("2000/20/00", "customer_id") in trail
    assert ("2000/20/00", "function") in trail, "what was named twice is named once"


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "user", ["clerk.1000", "manager.1000", "clerk.3000", "customer.approver", "auditor", "dealer.a", "admin"]
)
def test_the_wrong_person_changes_nothing_and_learns_nothing(
    server: Client, database: str, keep: Record, merge: Record, user: str
) -> None:
    headers = {"X-Request-ID": "the-same-request"}

    def answer(input: Record) -> Any:
        return server.post({"query": MERGE, "variables": {"input": input}}, user=user, headers=headers)

    sees = [shown(server, each, user) is not None for each in (keep, merge)]
    before = footprint(database)
    (error,) = answer(the_input(keep, merge)).json()["data"]["do"]["userErrors"]
    if not all(sees):
        missing = [
            {**each, "id": MISSING["Customer"]} if not seen else each for each, seen in zip((keep, merge), sees, strict=True)
        ]
        assert answer(the_input(keep, merge)).content == answer(the_input(*missing)).content
        assert (error["code"], error["field"]) == ("NOT_FOUND", "merge" if sees[0] else "keep")
    else:
        assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", "CHANGE")
    assert footprint(database) == before


def test_a_local_administrator_merges_within_their_areas_only(
    server: Client, database: str, keep: Record, merge: Record
) -> None:
    edit(database, assigning("shipping.1000", "customer-admin", ["1000/*/*"]))
    edit(database, assigning("shipping.1000", "auditor", ["3000/*/*"]))
    for pair in ((keep, merge), (merge, keep)):
        (error,) = do(server, MERGE, the_input(*pair), "shipping.1000")["userErrors"]
        assert (error["code"], error["object"], error["salesArea"]) == ("FORBIDDEN", "customer", "3000/20/00")
    other = a_customer(server, database, "clerk.1000", "1000/10/00", "Bleibt Handel")
    assert do(server, MERGE, the_input(keep, other), "shipping.1000")["customer"]["version"] == 2
    assert areas_of(shown(server, keep)) == ["1000/10/00", "1000/20/00"]


@pytest.mark.parametrize(
    ("change", "code", "reason", "field"),
    [
        ({"version": 7}, "CONFLICT", "STALE_VERSION", "version"),
        ({"mergeVersion": 7}, "CONFLICT", "STALE_VERSION", "mergeVersion"),
        ({"reason": " "}, "INVALID", "REASON_EMPTY", "reason"),
        ({"reason": "x" * 201}, "INVALID", "TEXT_TOO_LONG", "reason"),
        ({"merge": MISSING["Customer"]}, "NOT_FOUND", "NOT_FOUND", "merge"),
        ({"keep": MISSING["Customer"]}, "NOT_FOUND", "NOT_FOUND", "keep"),
        ({"idempotencyKey": ""}, "INVALID", "KEY_MALFORMED", "idempotencyKey"),
    ],
)
def test_bad_input_is_told_where(
    server: Client, database: str, keep: Record, merge: Record, change: Record, code: str, reason: str, field: str
) -> None:
    before = footprint(database)
    (error,) = do(server, MERGE, {**the_input(keep, merge), **change}, "customer.admin")["userErrors"]
    assert (error["code"], error["reason"], error["field"]) == (code, reason, field)
    assert footprint(database) == before


def test_a_customer_is_not_merged_into_itself(server: Client, keep: Record) -> None:
    (error,) = do(server, MERGE, the_input(keep, keep), "customer.admin")["userErrors"]
    assert (error["code"], error["reason"], error["field"]) == ("REFUSED", "SAME_CUSTOMER", "merge")


def test_customers_of_two_types_and_with_users_are_not_merged(server: Client, database: str, keep: Record) -> None:
    input = {"name": "Bleibt", "customerType": "AGENT", "country": "CN", "salesArea": "1000/30/00"}
    agent = do(server, CREATE, input, "clerk.1000")["customer"]
    fetch(
        database,
        "insert into user_customers (user_id, customer_id) select u.id, c.id from users u, customers c where u.username = 'agent.a' and c.number = $1 returning id",
        agent["number"],
    )
    errors = do(server, MERGE, the_input(keep, agent), "customer.admin")["userErrors"]
    assert [(each["code"], each["reason"], each["field"]) for each in errors] == [
        ("REFUSED", "TYPES_DIFFER", "merge"),
        ("REFUSED", "USERS_BOUND", "merge"),
    ]
    assert "agent.a" not in str(errors)


def test_a_merge_can_be_tried_and_sent_again(server: Client, database: str, keep: Record, merge: Record) -> None:
    before = footprint(database)
    assert do(server, MERGE, the_input(keep, merge, validateOnly=True), "customer.admin") == {
        "customer": None,
        "userErrors": [],
    }
    assert footprint(database) == before
    once = the_input(keep, merge, idempotencyKey=f"merge {keep['number']}")
    assert do(server, MERGE, once, "customer.admin") == do(server, MERGE, once, "customer.admin")
    assert do(server, MERGE, once, "customer.admin")["customer"] == {"id": keep["id"], "number": keep["number"], "version": 2}


@pytest.mark.parametrize("mirrored", [False, True])
def test_of_two_merges_of_one_pair_at_once_one_happens(
    server: Client, database: str, keep: Record, merge: Record, mirrored: bool
) -> None:
    server.token("customer.admin")
    inputs = [the_input(keep, merge), the_input(merge, keep) if mirrored else the_input(keep, merge)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda each: do(server, MERGE, each, "customer.admin"), inputs))
    assert sorted(each["customer"] is None for each in done) == [False, True]
    (lost,) = (each["userErrors"] for each in done if each["customer"] is None)
    assert [each["code"] for each in lost] in (["CONFLICT"], ["REFUSED"])
    merged = fetch(
        database,
        "select count(*) from customers where number = any($1) and merged_into_id is not null",
        [keep["number"], merge["number"]],
    )
    assert merged == [(1,)]


def test_contacts_and_members_go_along_and_no_circle_closes(server: Client, database: str, keep: Record, merge: Record) -> None:
    member = a_customer(server, database, "clerk.3000", "3000/20/00", "Tochter")
    fetch(
        database,
        """with ids as (select max(id) filter (where number = $1) as keep, max(id) filter (where number = $2) as merge,
                       max(id) filter (where number = $3) as member from customers),
             contact as (insert into customer_contacts (customer_id, name) select merge, 'Frau Muster' from ids),
             head as (update customers set group_head_id = ids.merge from ids where customers.id = ids.member)
           update customers set group_head_id = ids.merge from ids where customers.id = ids.keep returning 1""",
        keep["number"],
        merge["number"],
        member["number"],
    )
    assert do(server, MERGE, the_input(keep, merge), "customer.admin")["customer"]
    query = "query ($id: ID) { customer(id: $id) { contacts { name } groupHead { number } } }"
    told = [server.data(query, {"id": each["id"]}, user="customer.admin")["customer"] for each in (keep, merge, member)]
    assert told == [
        {"contacts": [{"name": "Frau Muster"}], "groupHead": None},
        {"contacts": [], "groupHead": None},
        {"contacts": [], "groupHead": {"number": keep["number"]}},
    ]


def test_nothing_is_merged_away_that_others_wait_for(server: Client, database: str, keep: Record, merge: Record) -> None:
    fetch(
        database,
        """with ids as (select max(id) filter (where number = $1) as keep, max(id) filter (where number = $2) as merge from customers),
             pointer as (insert into customer_credit_pointers (customer_id, credit_control_area, holder_id)
                         select keep, '1000', merge from ids)
           insert into customer_proposals (customer_id, subject, action, status, proposed_by, proposed_at, version)
           select merge, 'GENERAL', 'CHANGE', 'PENDING', 'dealer.a', now(), 1 from ids returning id""",
        keep["number"],
        merge["number"],
    )
    before = footprint(database)
    errors = do(server, MERGE, the_input(keep, merge), "customer.admin")["userErrors"]
    assert [each["reason"] for each in errors] == ["CREDIT_OF_OTHERS", "PROPOSALS_PENDING"]
    assert footprint(database) == before
