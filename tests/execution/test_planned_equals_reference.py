"""A planned read answers exactly as Strawberry's executor does: data, order of keys, errors and extensions."""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.execution.planned import FAILED
from api.schema.root import schema
from tests.execution.conftest import House
from tests.execution.documents import Writer

EXAMPLES = 50_000 if os.environ.get("SDGRAPH_LONG") == "1" else 500
ROOTS = [
    "customers",
    "customers",
    "customers",
    "customer",
    "customer",
    "customerExtensions",
    "bankAccountProposals",
    "customerProposals",
    "changeDocuments",
    "dataDisplays",
    "node",
    "node",
    "salesAreas",
    "users",
    "viewer",
    "roles",
    "salesOrders",
    "salesOrders",
    "salesOrders",
    "quotations",
    "returnOrders",
    "deliveries",
    "billingDocuments",
    "payments",
    "openItems",
    "deliveryDueList",
    "billingDueList",
    "approvalWorklist",
]


def test_a_planned_read_answers_as_the_reference_does(house: House) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(chance=st.randoms(use_true_random=False, note_method_calls=False))
    def check(chance: random.Random) -> None:
        document = Writer(schema._schema, chance, house.values, ROOTS).write()
        caller = chance.choice(house.callers)
        planned, was_planned = house.ask(house.planned, document.text, document.variables, caller)
        expected, _ = house.ask(house.reference, document.text, document.variables, caller)
        seen["planned"] += was_planned
        seen["refused"] += "errors" in dict(expected)
        seen["all"] += 1
        assert planned == expected, (caller.username, document.text, document.variables)

    failed = FAILED._value.get()
    check()
    assert FAILED._value.get() == failed, "the database refused a planned statement"
    assert seen["planned"] > 0.3 * seen["all"], seen
    print(seen)


def test_a_page_goes_on_behind_its_end_cursor_alike(house: House) -> None:
    text = """query ($after: String, $order: [CustomerSort!]) { customers(first: 9, after: $after, orderBy: $order) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { number } } } }"""
    for field in ("NUMBER", "NAME", "REGION", "TAX_NUMBER", "CUSTOMER_TYPE", "VERSION"):
        for direction in ("ASC", "DESC"):
            for caller in house.callers[::5]:
                variables: dict[str, Any] = {"after": None, "order": [{"field": field, "direction": direction}]}
                for _ in range(3):
                    planned, was_planned = house.ask(house.planned, text, variables, caller)
                    expected, _ = house.ask(house.reference, text, variables, caller)
                    assert was_planned
                    assert planned == expected
                    page = dict(dict(dict(planned)["data"])["customers"])
                    variables = {**variables, "after": dict(page["pageInfo"])["endCursor"]}


@pytest.mark.parametrize("few", [0, 1_000_000], ids=["found by an index", "looked at one by one"])
def test_customers_are_as_many_whether_few_or_many_organizations_are_allowed(
    few: int, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.execution.plan.FEW", few)
    text = f"query Few{few} {{ customers(first: 0) {{ totalCount }} }}"
    found = set()
    for caller in house.callers:
        planned, _ = house.ask(house.planned, text, {}, caller)
        expected, _ = house.ask(house.reference, text, {}, caller)
        assert planned == expected, caller.username
        found.add(str(planned))
    assert len(found) > 5


def test_what_is_masked_is_told_row_by_row_alike(house: House) -> None:
    """Also where part of whose a row is is unknown: many an order has no agent."""
    seen = set()
    for caller in house.callers:
        for root in ("salesOrders", "quotations", "deliveries", "billingDocuments", "customers"):
            text = f"{{ {root}(first: 100) {{ edges {{ node {{ number masked }} }} }} }}"
            planned, was_planned = house.ask(house.planned, text, {}, caller)
            expected, _ = house.ask(house.reference, text, {}, caller)
            assert planned == expected, (caller.username, root)
            seen |= {(root, was_planned, "'masked', ['" in str(planned))}
    assert {root for root, was_planned, masks in seen if was_planned and masks} >= {"salesOrders", "deliveries", "customers"}


def test_what_the_viewer_can_do_is_decided_row_by_row_alike(house: House) -> None:
    """Of every command there must be a row that allows it and one that does not, for somebody."""
    customers = """{ customers(first: 150) { edges { node { number viewerCan qualificationDocuments { id viewerCan } } } } }"""
    proposals = "{ customerExtensions(first: 100) { edges { node { id status proposedBy viewerCan customer { number } } } } }"
    seen: dict[str, set[bool]] = {}
    for caller in house.callers:
        for text in (customers, proposals):
            planned, was_planned = house.ask(house.planned, text, {}, caller)
            expected, _ = house.ask(house.reference, text, {}, caller)
            assert was_planned
            assert planned == expected
            for name in COMMANDS:
                seen.setdefault(name, set()).update(f"'{name}'" in str(row) for row in _rows(planned))
    assert seen == {name: {True, False} for name in COMMANDS}


COMMANDS = (
    "changeCustomer",
    "changeSalesAreaView",
    "setPartners",
    "changeCompanyCodeView",
    "setCompanyCodeBlock",
    "createContact",
    "setCustomerRelations",
    "setDeletionFlag",
    "archiveCustomer",
    "proposeBankAccount",
    "proposeCustomerChange",
    "proposeContact",
    "setCreditPointer",
    "addQualificationDocument",
    "setCustomerBlock",
    "submitCustomer",
    "approveCustomer",
    "rejectCustomer",
    "extendCustomer",
    "reviewQualificationDocument",
    "approveCustomerExtension",
    "rejectCustomerExtension",
)


def _rows(answer: Any) -> list[Any]:
    ((_, connection),) = dict(answer)["data"]
    return list(dict(connection)["edges"])
