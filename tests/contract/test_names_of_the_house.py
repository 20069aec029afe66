"""A partner who asks for every field there is learns no name of the house's own people, and not whose approval waits there.

The fields are taken from the schema, so that one that is added later is asked for here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import get_named_type, is_composite_type, is_leaf_type, is_object_type, is_required_argument

from api.auth.policy_edit import assigning
from api.demo.users import USERS
from api.execution.global_id import key_of
from api.schema.root import schema
from tests.client import Client
from tests.contract.demo import Record, sql
from tests.contract.desk import DELIVERY, INVOICES, ORDER, Desk, an_order
from tests.contract.test_untold_areas import edit

HOUSE = {name for user in USERS if not user.customers for name in (user.username, user.display_name)}
PARTNERS = [user.username for user in USERS if user.customers]
MATERIAL = "10005"
LEVELS = "level approverRole reason approved decidedBy"
WHO = f"version enteredBy changedBy masked approvalStatus approvals {{ {LEVELS} }} customerApprovals {{ {LEVELS} }}"


def selection(type_: Any, depth: int, above: frozenset[str]) -> str:
    """All fields of a type that need no argument, so many types deep."""
    shown = ["__typename"]
    for name, field in type_.fields.items() if is_object_type(type_) else ():
        inner = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if is_leaf_type(inner):
            shown.append(name)
        elif is_composite_type(inner) and depth and inner.name not in above:
            page = "(first: 3)" if "first" in field.args else ""
            shown.append(f"{name}{page} {selection(inner, depth - 1, above | {inner.name})}")
    return f"{{ {' '.join(shown)} }}"


def questions() -> Iterator[tuple[str, list[str]]]:
    """Every root field that can be asked for without knowing anything, from the deepest document to the flattest."""
    for name, field in schema._schema.query_type.fields.items():  # type: ignore[union-attr]  # there is one
        needed = {argument for argument, of in field.args.items() if is_required_argument(of)}
        type_ = get_named_type(field.type)
        if needed <= {"first"} and is_object_type(type_):
            page = "(first: 20)" if "first" in field.args else ""
            deep = [selection(type_, depth, frozenset([type_.name])) for depth in (4, 3, 2, 1)]
            yield name, [f"{{ {name}{page} {each} }}" for each in deep]


def names_in(value: Any) -> Iterator[str]:
    """The names of the house that stand in an answer."""
    match value:
        case dict():
            for each in value.values():
                yield from names_in(each)
        case list():
            for each in value:
                yield from names_in(each)
        case str() if value in HOUSE:
            yield value


@pytest.fixture(scope="module")
def theirs(server: Client) -> dict[str, Record]:
    """A customer that each partner is bound to."""
    query = "{ customers(first: 20) { edges { node { id number onboardingStatus salesAreaViews { salesArea { code } } } } } }"
    found = {}
    for user in PARTNERS:
        nodes = [edge["node"] for edge in server.data(query, user=user)["customers"]["edges"]]
        found[user] = next((node for node in nodes if node["onboardingStatus"] == "APPROVED"), nodes[0])
    return found


@pytest.fixture(scope="module", autouse=True)
def dealings(
    server: Client, database: str, at: Callable[[str], Desk], theirs: dict[str, Record], materials: dict[str, str]
) -> None:
    """What the house has done for a dealer and for the customer of a buyer: order, delivery, goods issue, invoice."""
    edit(database, *(assigning("direct.1000", role, ["1000/*/*"]) for role in ("shipping-clerk", "billing-clerk")))
    sql(
        database,
        f"update stock set quantity = 1000000 where material_id = (select id from materials where number = '{MATERIAL}')",
    )
    for partner in ("dealer.a", "buyer.a"):
        area = theirs[partner]["salesAreaViews"][0]["salesArea"]["code"]
        wanted = an_order(theirs[partner], (materials[MATERIAL], "2"), salesArea=area)
        order = at("clerk.1000").done("createSalesOrder", wanted, ORDER)
        delivery = at("direct.1000").done("createDelivery", {"salesOrders": [order["id"]]}, DELIVERY)
        issued = {"delivery": delivery["id"], "version": delivery["version"]}
        at("direct.1000").done("postGoodsIssue", issued, DELIVERY)
        at("direct.1000").done("createBillingDocument", {"deliveries": [delivery["id"]]}, INVOICES)


@pytest.mark.parametrize("user", PARTNERS)
def test_no_field_tells_a_name_of_the_house(server: Client, user: str) -> None:
    asked = 0
    for name, texts in questions():
        for text in texts:
            answer = server.run(text, user=user)
            if not any(error["extensions"].get("reason", "").startswith("DOCUMENT_") for error in answer.get("errors", ())):
                break
        else:
            pytest.fail(f"{name} cannot be asked for at any depth: {answer}")
        asked += answer.get("data") is not None
        assert sorted(set(names_in(answer))) == [], (name, text)
    assert asked > 20


def test_the_house_itself_is_told(server: Client) -> None:
    """Else nothing above would show anything."""
    found = server.data("{ salesOrders(first: 50) { edges { node { enteredBy } } } }", user="clerk.1000")["salesOrders"][
        "edges"
    ]
    assert "clerk.1000" in {edge["node"]["enteredBy"] for edge in found}
    assert "billing.1000" in HOUSE


@pytest.mark.parametrize("shown", ["totalCount", "__typename"])
@pytest.mark.parametrize("filtered", ["salesOrders", "deliveries", "billingDocuments"])
def test_no_filter_finds_by_a_name_of_the_house(server: Client, filtered: str, shown: str) -> None:
    field = "enteredBy" if filtered == "salesOrders" else "createdBy"
    text = f'{{ {filtered}(first: 5, filter: {{ {field}: {{ eq: "clerk.1000" }} }}) {{ {shown} }} }}'
    answer = server.run(text, user="dealer.a")
    assert answer["errors"][0]["extensions"]["reason"] == "FORBIDDEN_FIELD"


def test_a_customer_s_own_people_are_told_to_each_other_and_the_house_s_levels_to_nobody(
    server: Client, database: str, at: Callable[[str], Desk], theirs: dict[str, Record], materials: dict[str, str]
) -> None:
    pieces = "100000"  # worth more than anybody of the house may let go alone
    area = theirs["buyer.a"]["salesAreaViews"][0]["salesArea"]["code"]
    wanted = an_order(theirs["buyer.a"], (materials[MATERIAL], pieces), salesArea=area)
    asked = at("buyer.a").does(
        "createSalesOrder", {**wanted, "validateOnly": True}, "preview { approvals { level approverRole reason } }"
    )
    assert asked["preview"]["approvals"] == [{"level": 1, "approverRole": "partner-approver", "reason": "CUSTOMER"}]
    order = at("buyer.a").done("createSalesOrder", wanted, ORDER)
    query = f"query ($id: ID!) {{ salesOrder(id: $id) {{ {WHO} }} }}"
    own = [{"level": 1, "approverRole": "partner-approver", "reason": "CUSTOMER", "approved": None, "decidedBy": None}]
    for user in ("buyer.a", "approver.a"):
        seen = server.data(query, {"id": order["id"]}, user=user)["salesOrder"]
        assert (seen["enteredBy"], seen["approvals"], seen["customerApprovals"]) == ("buyer.a", None, own)
        assert {"enteredBy", "changedBy", "approvals"} <= set(seen["masked"])
    at("approver.a").done("approveSalesOrder", {"salesOrder": order["id"], "version": order["version"]}, ORDER)
    inside = server.data(query, {"id": order["id"]}, user="clerk.1000")["salesOrder"]
    assert [each["approverRole"] for each in inside["approvals"]] == ["partner-approver", "sales-manager", "price-approver"]
    assert inside["customerApprovals"] == [{**own[0], "approved": True, "decidedBy": "approver.a"}]
    outside = server.data(query, {"id": order["id"]}, user="buyer.a")["salesOrder"]
    assert (outside["approvalStatus"], outside["approvals"]) == ("PENDING", None)
    assert (outside["enteredBy"], outside["changedBy"]) == ("buyer.a", "approver.a")
    bound = "select u.id, {} from users u where u.username = 'agent.a'"
    sql(
        database,
        f"insert into user_customers (user_id, customer_id) {bound.format(key_of(theirs['buyer.a']['id'], 'Customer', ''))}",
    )
    edit(database, assigning("agent.a", "partner-approver", [area]))
    next_one = {"salesOrder": order["id"], "version": inside["version"]}
    assert at("agent.a").refused("approveSalesOrder", next_one) == [("APPROVAL_BY_HOUSE", "salesOrder")]
