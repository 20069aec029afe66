"""Documents from quotation to payment, step by step as the person whose work it is, and as those whose it is not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.client import Client
from tests.contract.answers import data_of, told
from tests.contract.demo import EVERYBODY, Person, Record, sql, walk
from tests.contract.desk import APPROVED, AREA, DELIVERY, INVOICES, ORDER, Desk, an_order

DAY = "2026-01-01"
each_user = pytest.mark.parametrize("person", EVERYBODY, ids=[each.name for each in EVERYBODY])
MOVED = """select coalesce(sum(m.quantity), 0) as sum from goods_movements m join materials t on t.id = m.material_id
    where t.number = '10001'"""


# ---------------------------------------------------------------------------------------------------------- the whole way


def test_a_quotation_becomes_money_and_some_of_it_comes_back(
    at: Callable[[str], Desk], database: str, customer: Record, materials: dict[str, str]
) -> None:
    clerk, manager, shipping = at("clerk.1000"), at("manager.1000"), at("shipping.1000")
    billing, cashier = at("billing.1000"), at("cashier.1000")
    before = sql(database, MOVED)[0]["sum"]
    first, second = materials["10001"], materials["10002"]

    offer = an_order(customer, (first, "20"), (second, "10"), orderType="QT", validTo="2999-12-31")
    assert at("shipping.1000").refused("createQuotation", offer) == [("FORBIDDEN", None)]
    assert at("clerk.2000").refused("createQuotation", offer) == [("NOT_FOUND", "soldTo")]
    quotation = clerk.done("createQuotation", offer, "quotation { id number version status netValue { amount } }")

    taken = {"document": quotation["id"], "lines": [{"lineNumber": 10, "quantity": "8"}, {"lineNumber": 20, "quantity": "10"}]}
    follows = an_order(customer, reference=taken)
    assert at("cashier.1000").refused("createSalesOrder", follows) == [("NOT_FOUND", "reference.document")]
    order = clerk.done("createSalesOrder", follows, ORDER)
    again = an_order(customer, reference={**taken, "lines": [{"lineNumber": 10, "quantity": "13"}]})
    assert clerk.refused("createSalesOrder", again) == [("COPY_BEYOND", "reference.lines.0")]

    for user, reason in (("clerk.1000", "FORBIDDEN"), ("clerk.2000", "NOT_FOUND"), ("dealer.a", "NOT_FOUND")):
        field = None if reason == "FORBIDDEN" else "salesOrders.0"
        assert at(user).refused("createDelivery", {"salesOrders": [order["id"]]}) == [(reason, field)]
    delivery = shipping.done("createDelivery", {"salesOrders": [order["id"]]}, DELIVERY)
    posting = {"delivery": delivery["id"], "version": delivery["version"]}
    assert clerk.refused("postGoodsIssue", posting) == [("FORBIDDEN", None)]
    assert (
        billing.refused("createBillingDocument", {"deliveries": [delivery["id"]]})
        == [("BILLING_BEFORE_GOODS_ISSUE", "deliveries.0.quantity")] * 2
    )
    delivery = shipping.done("postGoodsIssue", posting, DELIVERY)
    assert delivery["status"] == "COMPLETE"
    assert shipping.refused("postGoodsIssue", posting) == [("STALE_VERSION", "version")]

    assert shipping.refused("createBillingDocument", {"deliveries": [delivery["id"]]}) == [("FORBIDDEN", None)]
    (invoice,) = billing.done("createBillingDocument", {"deliveries": [delivery["id"]]}, INVOICES)
    assert billing.refused("createBillingDocument", {"deliveries": [delivery["id"]]}) == [("BILLED_NOTHING", "deliveries")]
    reversal = {"delivery": delivery["id"], "version": delivery["version"]}
    assert shipping.refused("reverseGoodsIssue", reversal) == [("GOODS_ISSUE_BILLED", "delivery")]

    paid = {
        "payer": customer["id"],
        "companyCode": "1000",
        "amount": invoice["grossValue"]["amount"],
        "currency": "CNY",
        "items": [{"billingDocument": invoice["id"], "amount": invoice["grossValue"]["amount"]}],
    }
    assert billing.refused("postPayment", paid) == [("FORBIDDEN", None)]
    payment = cashier.done("postPayment", paid, "payment { id number version onAccount { amount } }")
    cancelling = {"billingDocument": invoice["id"], "version": 1, "reason": "wrong"}
    assert billing.refused("cancelBillingDocument", cancelling) == [("CANCEL_CLEARED", "billingDocument")]

    sent_back = {"document": invoice["id"], "lines": [{"lineNumber": 10, "quantity": "2"}]}
    asked = an_order(customer, orderType="RE", orderReason="damaged", reference=sent_back)
    returned = clerk.done("createReturnOrder", asked, "returnOrder { id version approvalStatus }")
    approving = {"returnOrder": returned["id"], "version": returned["version"]}
    assert clerk.refused("approveReturnOrder", approving) == [("FORBIDDEN", None)]
    assert shipping.refused("createDelivery", {"salesOrders": [returned["id"]]}) == [("DELIVERY_UNAPPROVED", "salesOrders.0")]
    returned = manager.done("approveReturnOrder", approving, "returnOrder { id version approvalStatus }")
    received = shipping.done("createDelivery", {"salesOrders": [returned["id"]]}, DELIVERY)
    received = shipping.done("postGoodsIssue", {"delivery": received["id"], "version": 1}, DELIVERY)
    assert billing.refused("createBillingDocument", {"deliveries": [received["id"]]}) == [
        ("BILLING_BLOCKED", "deliveries.0.document")
    ]
    lifted = {"returnOrder": returned["id"], "version": returned["version"], "billingBlock": None}
    clerk.done("changeReturnOrder", lifted, "returnOrder { billingBlock approvalStatus }")
    (memo,) = billing.done("createBillingDocument", {"deliveries": [received["id"]]}, INVOICES)
    assert memo["category"] == "CREDIT_MEMO"
    assert Decimal(memo["openAmount"]["amount"]) == -Decimal(memo["grossValue"]["amount"])

    shown = data_of(clerk.server.send("SalesOrderDetail", {"id": order["id"]}, user="auditor"))
    assert (shown["status"], payment["onAccount"]["amount"]) == ("COMPLETE", "0.00")
    assert [each["category"] for each in shown["documentFlow"]] == [
        *("QUOTATION", "SALES_ORDER", "DELIVERY", "GOODS_ISSUE", "INVOICE", "PAYMENT"),
        *("RETURN", "DELIVERY", "GOODS_ISSUE", "CREDIT_MEMO"),
    ]
    seen_by_clerk = data_of(clerk.server.send("SalesOrderDetail", {"id": order["id"]}, user="clerk.1000"))
    assert "PAYMENT" not in [each["category"] for each in seen_by_clerk["documentFlow"]]
    assert sql(database, MOVED)[0]["sum"] == before - 6


def test_what_is_collected_first_is_delivered_then_and_settles_its_invoice(
    at: Callable[[str], Desk], server: Client, customer: Record, materials: dict[str, str]
) -> None:
    shipping, cashier = at("shipping.1000"), at("cashier.1000")
    wanted = an_order(customer, (materials["10007"], "2"), orderType="OA")
    order = at("clerk.1000").done("createSalesOrder", wanted, "salesOrder { id grossValue { amount } payer { id } }")
    delivering = {"salesOrders": [order["id"]]}
    assert shipping.refused("createDelivery", delivering) == [("ADVANCE_LACKING", "salesOrders.0")]
    gross = order["grossValue"]["amount"]
    paid = {"payer": order["payer"]["id"], "companyCode": "1000", "amount": gross, "currency": "CNY", "salesOrder": order["id"]}
    cashier.done("postPayment", paid, "payment { number onAccount { amount } }")
    delivery = shipping.done("createDelivery", delivering, DELIVERY)
    shipping.done("postGoodsIssue", {"delivery": delivery["id"], "version": 1}, DELIVERY)
    (invoice,) = at("billing.1000").done("createBillingDocument", {"deliveries": [delivery["id"]]}, INVOICES)
    found = server.data(
        "{ openItems(first: 50, filter: { kind: { eq: ADVANCE } }) { edges { node { id openAmount { amount } } } } }",
        user="cashier.1000",
    )["openItems"]["edges"]
    advance = next(edge["node"]["id"] for edge in found if edge["node"]["openAmount"]["amount"] == f"-{gross}")
    settling = {
        "payer": order["payer"]["id"],
        "companyCode": "1000",
        "items": [{"openItem": advance}, {"billingDocument": invoice["id"], "amount": gross}],
    }
    cashier.done("clearOpenItems", settling, "payment { clearings { paid { amount } } }")
    shown = server.data(
        "query ($id: ID!) { billingDocument(id: $id) { status openAmount { amount } } }", {"id": invoice["id"]}, user="auditor"
    )["billingDocument"]
    assert shown == {"status": "COMPLETE", "openAmount": {"amount": "0.00"}}
    assert cashier.refused("clearOpenItems", settling) == [
        ("CLEARING_CLOSED", "items.0.item"),
        ("CLEARING_CLOSED", "items.1.item"),
        ("CLEARING_BEYOND_OPEN", "items.1.amount"),
    ]


def test_each_step_sent_again_by_its_key_answers_what_it_made_the_first_time(
    at: Callable[[str], Desk], server: Client, customer: Record, materials: dict[str, str]
) -> None:
    clerk, shipping, billing, cashier = (at(user) for user in ("clerk.1000", "shipping.1000", "billing.1000", "cashier.1000"))
    payer = {"payer": customer["id"], "companyCode": "1000"}

    def twice(desk: Desk, command: str, input: Record, show: str) -> Any:
        keyed = {**input, "idempotencyKey": f"{command} of {len(sent)}"}
        sent.append(keyed)
        first, again = desk.done(command, keyed, show), desk.done(command, keyed, show)
        assert again == first, command
        return first

    sent: list[Record] = []
    offer = an_order(customer, (materials["10001"], "4"), (materials["10002"], "1"), orderType="QT", validTo="2999-12-31")
    quotation = twice(clerk, "createQuotation", offer, "quotation { id }")
    follows = an_order(customer, reference={"document": quotation["id"]})
    order = twice(clerk, "createSalesOrder", follows, "salesOrder { id version }")
    changed = {"salesOrder": order["id"], "version": order["version"], "customerReference": "PO-9"}
    twice(clerk, "changeSalesOrder", changed, "salesOrder { id version }")
    (delivery,) = twice(shipping, "createDelivery", {"salesOrders": [order["id"]]}, "deliveries { id number version }")
    moving = {"delivery": delivery["id"], "version": delivery["version"]}
    moving["version"] = twice(shipping, "pickDelivery", moving, DELIVERY)["version"]
    moving["version"] = twice(shipping, "postGoodsIssue", moving, DELIVERY)["version"]
    moving["version"] = twice(shipping, "reverseGoodsIssue", moving, DELIVERY)["version"]
    twice(shipping, "postGoodsIssue", moving, DELIVERY)

    due = {"deliveries": [delivery["id"]]}
    (wrong,) = twice(billing, "createBillingDocument", due, "billingDocuments { id number version }")
    cancelling = {"billingDocument": wrong["id"], "version": wrong["version"], "reason": "wrong"}
    twice(billing, "cancelBillingDocument", cancelling, "cancellation { id number }")
    (invoice,) = twice(billing, "createBillingDocument", due, "billingDocuments { id number grossValue { amount } }")
    settled = [{"billingDocument": invoice["id"], "amount": invoice["grossValue"]["amount"]}]
    paid = {**payer, "amount": invoice["grossValue"]["amount"], "currency": "CNY", "items": settled}
    payment = twice(cashier, "postPayment", paid, "payment { id number version }")
    resetting = {"payment": payment["id"], "version": payment["version"]}
    twice(cashier, "resetPayment", resetting, "payment { id number version }")
    text = "{ openItems(first: 50, filter: { kind: { eq: ON_ACCOUNT } }) { edges { node { id openAmount { amount } } } } }"
    found = [edge["node"] for edge in server.data(text, user="cashier.1000")["openItems"]["edges"]]
    in_hand = next(each["id"] for each in found if each["openAmount"]["amount"] == f"-{paid['amount']}")
    clearing = {**payer, "items": [{"openItem": in_hand}, *settled]}
    twice(cashier, "clearOpenItems", clearing, "payment { id number }")

    sent_back = {"document": invoice["id"], "lines": [{"lineNumber": 10, "quantity": "1"}]}
    asked = an_order(customer, orderType="RE", orderReason="damaged", reference=sent_back)
    twice(clerk, "createReturnOrder", asked, "returnOrder { id number }")
    asked = an_order(
        customer, orderType="CR", orderReason="damaged", reference={**sent_back, "lines": [{"lineNumber": 20, "quantity": "1"}]}
    )
    twice(clerk, "createMemoRequest", asked, "memoRequest { id number }")


# ---------------------------------------------------------------------------------------------------------- who sees what

SEES: dict[str, Callable[[str], bool]] = {  # role: whether it sees an order of an area that is nobody's own
    **dict.fromkeys(
        ("clerk.1000", "manager.1000", "shipping.1000", "billing.1000", "cashier.1000", "credit.1000"),
        lambda area: area[:4] == "1000",
    ),
    "direct.1000": lambda area: area[:8] == "1000/10/",
    "clerk.2000": lambda area: area[:4] == "2000",
    "clerk.3000": lambda area: area[:4] == "3000",
    **dict.fromkeys(("auditor", "credit.manager", "price.approver"), lambda _: True),
}


@each_user
def test_a_list_holds_exactly_the_orders_that_a_user_may_see(server: Client, database: str, person: Person) -> None:
    pages = walk(lambda after: data_of(server.send("SalesOrderList", {"first": 60, "after": after}, user=person.name)))
    rows = sql(
        database,
        """select d.number, d.sales_organization || '/' || d.distribution_channel || '/' || d.division as area,
                  exists (select 1 from user_customers b join users u on u.id = b.user_id
                          where u.username = $1 and b.customer_id in (d.sold_to_id, d.agent_id)) as own
           from sales_documents d where d.category = 'SALES_ORDER' order by d.order_date desc, d.id desc""",
        person.name,
    )
    if person.is_partner:
        expected = [row["number"] for row in rows if row["own"] and person.works_in(row["area"])]
    else:
        sees = SEES.get(person.name, lambda _: False)
        expected = [row["number"] for row in rows if sees(row["area"])]
    assert [each["number"] for each in pages] == expected
    for operation in ("DeliveryList", "BillingDocumentList", "ApprovalWorklist"):
        answer = data_of(server.send(operation, {"first": 20}, user=person.name))
        assert all(edge["node"]["number"] for edge in answer["edges"])


def test_cost_and_margin_are_seen_by_their_own_right(
    at: Callable[[str], Desk], server: Client, customer: Record, materials: dict[str, str]
) -> None:
    order = at("clerk.1000").done("createSalesOrder", an_order(customer, (materials["10003"], "2")), ORDER)
    for user, sees in (("clerk.1000", False), ("manager.1000", True), ("auditor", True), ("shipping.1000", False)):
        shown = data_of(server.send("SalesOrderDetail", {"id": order["id"]}, user=user))
        codes = [row["conditionType"]["code"] for row in shown["items"][0]["conditions"] if row["conditionType"]]
        assert (shown["margin"] is not None, "VPRS" in codes) == (sees, sees), user
        assert (shown["changes"] is not None) == (user in ("manager.1000", "auditor")), user


def test_an_order_of_a_day_before_is_entered_with_that_day(
    at: Callable[[str], Desk], customer: Record, materials: dict[str, str]
) -> None:
    wanted = an_order(customer, (materials["10001"], "1"), orderDate=DAY)
    order = at("clerk.1000").done("createSalesOrder", wanted, "salesOrder { orderDate pricingDate enteredAt }")
    assert order["orderDate"] == DAY < order["pricingDate"], "prices are today's"
    assert order["enteredAt"][:10] > DAY


# -------------------------------------------------------------------------------------------------------------- partners


def test_a_buyer_enters_and_an_approver_of_the_same_customer_approves(
    at: Callable[[str], Desk], server: Client, materials: dict[str, str]
) -> None:
    (own,) = (
        edge["node"]
        for edge in server.data("{ customers(first: 5) { edges { node { id number name } } } }", user="buyer.a")["customers"][
            "edges"
        ]
    )
    wanted = an_order(own, (materials["10001"], "3"))
    order = at("buyer.a").done("createSalesOrder", wanted, ORDER)
    assert (order["status"], order["approvalStatus"]) == ("DRAFT", "PENDING")
    approving = {"salesOrder": order["id"], "version": order["version"]}
    assert at("buyer.a").refused("approveSalesOrder", approving) == [("FORBIDDEN", None)]
    assert at("manager.1000").refused("approveSalesOrder", approving) == [("APPROVAL_ROLE", "salesOrder")]
    assert at("dealer.a").refused("approveSalesOrder", approving) == [("NOT_FOUND", "salesOrder")]
    worklist = data_of(server.send("ApprovalWorklist", {"first": 10}, user="approver.a"))
    assert order["number"] in [edge["node"]["number"] for edge in worklist["edges"]]
    assert at("approver.a").done("approveSalesOrder", approving, ORDER)["status"] == "OPEN"
    for field, value in (("paymentTerms", "Z060"), ("billingBlock", None), ("pricingDate", DAY), ("orderDate", DAY)):
        assert at("buyer.a").refused("createSalesOrder", {**wanted, field: value}) == [("FORBIDDEN", field)]
    by_hand = [{**wanted["items"][0], "conditions": [{"conditionType": "RA00", "amount": "-50"}]}]
    assert at("buyer.a").refused("createSalesOrder", {**wanted, "items": by_hand}) == [("FORBIDDEN", "items.0.conditions")]


# ------------------------------------------------------------------------------------------------------------- bad input


@pytest.fixture(scope="module")
def blocked(server: Client, customer: Record) -> dict[str, Record]:
    """A customer who is not approved, and one who is blocked for orders."""
    text = 'query ($status: OnboardingStatus!) { customers(first: 50, filter: { salesArea: { eq: "1000/10/00" }, onboardingStatus: { eq: $status } }) { edges { node { id number version } } } }'
    draft = server.data(text, {"status": "DRAFT"}, user="auditor")["customers"]["edges"][0]["node"]
    found = server.data(text, {"status": "APPROVED"}, user="auditor")["customers"]["edges"][6]["node"]
    blocking = {"customer": found["id"], "version": found["version"], "blocks": ["ORDER"], "reason": "dispute"}
    Desk(server, "manager.1000").done("setCustomerBlock", blocking, "customer { id }")
    return {"draft": draft, "blocked": found, "other": customer}


def test_what_cannot_be_ordered_is_refused_with_its_field_and_nothing_is_kept(
    at: Callable[[str], Desk], database: str, customer: Record, blocked: dict[str, Record], materials: dict[str, str]
) -> None:
    clerk, good = at("clerk.1000"), materials["10001"]
    line = {"material": good, "quantity": "1", "unit": "PC"}
    counted = "select (select count(*) from sales_documents) as documents, (select next_number from number_ranges where name = 'ORDER') as next"
    before = sql(database, counted)
    for change, expected in (
        ({"soldTo": blocked["draft"]["id"]}, [("CUSTOMER_NOT_APPROVED", "soldTo")]),
        ({"soldTo": blocked["blocked"]["id"]}, [("CUSTOMER_BLOCKED", "soldTo")]),
        ({"salesArea": "1000/10/10"}, [("NO_VIEW_THERE", "soldTo")]),
        ({"salesArea": "2000/10/00"}, [("NO_VIEW_THERE", "soldTo")]),
        ({"orderType": "XX"}, [("CODE_UNKNOWN", "orderType")]),
        ({"orderType": "QT"}, [("CODE_UNKNOWN", "orderType")]),
        ({"items": []}, [("ITEMS_RANGE", "items")]),
        ({"items": [{**line, "unit": "KG"}]}, [("UNIT_NOT_CONVERTED", "items.0.unit")]),
        ({"items": [line, {**line, "quantity": "1.2345"}]}, [("QUANTITY_DECIMALS", "items.1.quantity")]),
        ({"items": [{**line, "quantity": "0"}]}, [("QUANTITY_OUT_OF_RANGE", "items.0.quantity")]),
        ({"items": [{**line, "quantity": "-1"}]}, [("QUANTITY_OUT_OF_RANGE", "items.0.quantity")]),
        ({"items": [{**line, "material": customer["id"]}]}, [("ID_OF_OTHER_TYPE", "items.0.material")]),
        ({"items": [{**line, "plant": "3000"}]}, [("CODE_UNKNOWN", "items.0.plant")]),
        ({"shipTo": blocked["other"]["id"], "soldTo": _another(clerk, customer)}, [("PARTNER_NOT_OF_CUSTOMER", "shipTo")]),
        ({"orderDate": "2999-01-01"}, [("PAYMENT_FUTURE", "orderDate")]),
        ({"paymentTerms": "NEVER"}, [("CODE_UNKNOWN", "paymentTerms")]),
    ):
        assert clerk.refused("createSalesOrder", {**an_order(customer, (good, "1")), **change}) == expected, change
    assert sql(database, counted) == before


def _another(clerk: Desk, customer: Record) -> str:
    edges = clerk.server.data(APPROVED, {"area": AREA}, user="auditor")["customers"]["edges"]
    return next(edge["node"]["id"] for edge in edges if edge["node"]["id"] != customer["id"])


def test_ten_thousand_lines_and_one_are_too_many(
    at: Callable[[str], Desk], customer: Record, materials: dict[str, str]
) -> None:
    lines = [(materials["10001"], "1")] * 10_001
    assert at("clerk.1000").refused("createSalesOrder", an_order(customer, *lines)) == [("ITEMS_RANGE", "items")]


def test_what_stands_against_a_delivery_and_a_payment_is_named(
    at: Callable[[str], Desk], customer: Record, materials: dict[str, str]
) -> None:
    order = at("clerk.1000").done("createSalesOrder", an_order(customer, (materials["10004"], "5")), ORDER)
    shipping, cashier = at("shipping.1000"), at("cashier.1000")
    more = {"salesOrders": [order["id"]], "lines": [{"salesOrder": order["id"], "lineNumber": 10, "quantity": "6"}]}
    assert shipping.refused("createDelivery", more) == [("DELIVERED_BEYOND_ORDER", "lines.0.quantity")]
    unknown = {"salesOrders": [order["id"]], "lines": [{"salesOrder": order["id"], "lineNumber": 20}]}
    assert shipping.refused("createDelivery", unknown) == [("NOT_FOUND", "lines.0.lineNumber")]
    payment = {"payer": customer["id"], "companyCode": "1000", "amount": "10", "currency": "CHF"}
    assert cashier.refused("postPayment", payment) == [("PAYMENT_RATE", "currency")]
    assert cashier.refused("postPayment", {**payment, "currency": "CNY", "amount": "0.001"}) == [("PAYMENT_DECIMALS", "amount")]
    assert cashier.refused("postPayment", {**payment, "currency": "CNY", "companyCode": "3000"}) == [
        ("NO_VIEW_THERE", "companyCode")
    ]


def test_a_change_asks_for_approval_again_and_a_stale_one_is_a_conflict(
    at: Callable[[str], Desk], server: Client, customer: Record, materials: dict[str, str]
) -> None:
    clerk, manager = at("clerk.1000"), at("manager.1000")
    order = clerk.done("createSalesOrder", an_order(customer, (materials["10005"], "4000")), ORDER)
    assert order["approvalStatus"] == "PENDING"
    order = manager.done("approveSalesOrder", {"salesOrder": order["id"], "version": order["version"]}, ORDER)
    assert order["approvalStatus"] == "APPROVED"
    stale = {"salesOrder": order["id"], "version": 1, "customerReference": "PO-8"}
    (error,) = data_of(server.run(told("ChangeSalesOrder"), {"input": stale}, user="clerk.1000"))["userErrors"]
    assert (error["reason"], error["field"]) == ("STALE_VERSION", "version")
    change = {"salesOrder": order["id"], "version": order["version"]}
    order = clerk.done("changeSalesOrder", {**change, "customerReference": "PO-8"}, ORDER)
    assert order["approvalStatus"] == "APPROVED", "its figures are the same"
    change = {"salesOrder": order["id"], "version": order["version"], "items": [{"lineNumber": 10, "quantity": "4500"}]}
    order = clerk.done("changeSalesOrder", change, ORDER)
    assert order["approvalStatus"] == "PENDING"
    refusing = {"salesOrder": order["id"], "version": order["version"], "reason": "too much"}
    assert manager.refused("refuseSalesOrder", {**refusing, "reason": " "}) == [("REASON_EMPTY", "reason")]
    assert manager.refused("refuseSalesOrder", {**refusing, "reason": "x" * 201}) == [("TEXT_TOO_LONG", "reason")]
    assert manager.done("refuseSalesOrder", refusing, ORDER)["approvalStatus"] == "REJECTED"
    rejecting = {"salesOrder": order["id"], "version": order["version"] + 1, "lineNumbers": [10], "reason": "03"}
    assert clerk.done("rejectSalesOrderItems", rejecting, ORDER)["status"] == "REJECTED"
    rejecting = {**rejecting, "version": order["version"] + 2}
    assert clerk.refused("rejectSalesOrderItems", rejecting) == [("REJECTED_NOTHING", "lineNumbers.0")]


def test_validate_only_tells_all_of_it_and_keeps_nothing(
    server: Client, database: str, customer: Record, materials: dict[str, str]
) -> None:
    before = sql(database, "select count(*) from sales_documents")
    asked = an_order(customer, (materials["10001"], "100000"), validateOnly=True, customerReference=None)
    answer = data_of(server.send("CreateSalesOrder", {"input": asked}, user="clerk.1000"))
    preview = answer["preview"]
    assert answer["salesOrder"] is None
    assert [each["field"] for each in preview["incompletion"]] == ["customer_reference"]
    assert [each["code"] for each in answer["warnings"]] == ["REFUSED"]
    assert [each["approverRole"] for each in preview["approvals"]] == ["sales-manager", "price-approver"]
    assert 0 < Decimal(preview["items"][0]["confirmedQuantity"]["value"]) < 100_000
    assert sql(database, "select count(*) from sales_documents") == before
