"""Approvals of deliveries and payments, step by step as the person whose work it is, and as those whose it is not.

The stage: `direct.1000` does everything in 1000, and so may decide on nothing of their own; stock is plenty.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from api.auth.policy_edit import assigning
from tests.client import Client
from tests.contract.demo import Record, sql
from tests.contract.desk import INVOICES, ORDER, Desk, an_order
from tests.contract.test_untold_areas import edit

APPROVALS = "approvalStatus approvals { level approverRole reason approved decidedBy refusalReason }"
DELIVERY = f"delivery {{ id number version status viewerCan items {{ lineNumber quantity {{ value }} }} {APPROVALS} }}"
MATERIAL = "10005"
ALL_TRADES = "direct.1000"


@pytest.fixture(scope="module", autouse=True)
def stage(database: str) -> None:
    roles = ("shipping-clerk", "sales-manager", "price-approver", "cashier", "credit-manager", "billing-clerk")
    edit(database, *(assigning(ALL_TRADES, role, ["1000/*/*"]) for role in roles))
    sql(database, "update stock set quantity = 1000000 where material_id = (select id from materials where number = '10005')")


@pytest.fixture(scope="module")
def price(at: Callable[[str], Desk], customer: Record, materials: dict[str, str]) -> Decimal:
    """What one piece of many comes to."""
    wanted = an_order(customer, (materials[MATERIAL], "4000"), validateOnly=True)
    payload = at("clerk.1000").does("createSalesOrder", wanted, "preview { netValue { amount } }")
    return Decimal(payload["preview"]["netValue"]["amount"]) / 4000


@pytest.fixture
def ordered(at: Callable[[str], Desk], customer: Record, materials: dict[str, str], price: Decimal) -> Callable[[str], Record]:
    """An approved order that comes to about so much."""

    def make(value: str) -> Record:
        pieces = str((Decimal(value) / price).to_integral_value())
        order = at("clerk.1000").done("createSalesOrder", an_order(customer, (materials[MATERIAL], pieces)), ORDER)
        if order["approvalStatus"] == "PENDING":
            order = at("manager.1000").done("approveSalesOrder", on("salesOrder", order), ORDER)
        assert order["approvalStatus"] in ("NOT_NEEDED", "APPROVED")
        return order

    return make


def on(name: str, row: Record, **more: Any) -> Record:
    return {name: row["id"], "version": row["version"], **more}


def waiting(server: Client, user: str, worklist: str) -> list[str]:
    """The numbers of what waits for somebody's decision."""
    found = server.data(f"{{ {worklist}(first: 50) {{ edges {{ node {{ number }} }} }} }}", user=user)[worklist]
    return [edge["node"]["number"] for edge in found["edges"]]


def pieces_of(delivery: Record) -> Decimal:
    return Decimal(delivery["items"][0]["quantity"]["value"])


# ------------------------------------------------------------------------------------------------------------ deliveries


def test_a_large_delivery_leaves_once_a_manager_has_approved_it(
    at: Callable[[str], Desk], server: Client, database: str, ordered: Callable[[str], Record]
) -> None:
    shipping, manager = at("shipping.1000"), at("manager.1000")
    small = shipping.done("createDelivery", {"salesOrders": [ordered("900000")["id"]]}, DELIVERY)
    assert (small["approvalStatus"], small["approvals"]) == ("NOT_NEEDED", [])

    order = ordered("1300000")
    delivery = shipping.done("createDelivery", {"salesOrders": [order["id"]]}, DELIVERY)
    assert delivery["approvalStatus"] == "PENDING"
    assert delivery["approvals"] == [
        {"level": 1, "approverRole": "sales-manager", "reason": "DELIVERY_VALUE"}
        | dict.fromkeys(("approved", "decidedBy", "refusalReason"))
    ]
    assert delivery["viewerCan"] == ["changeDelivery", "pickDelivery", "deleteDelivery"]
    kept = sql(database, "select group_value from deliveries where number = $1", delivery["number"])
    assert kept[0]["group_value"] == Decimal(order["netValue"]["amount"])

    posting = on("delivery", delivery)
    assert shipping.refused("postGoodsIssue", posting) == [("DELIVERY_UNAPPROVED", "delivery")]
    for user, refusal in {
        "shipping.1000": ("FORBIDDEN", None),
        "clerk.1000": ("FORBIDDEN", None),
        "price.approver": ("NOT_FOUND", "delivery"),
        "clerk.2000": ("NOT_FOUND", "delivery"),
        "dealer.a": ("NOT_FOUND", "delivery"),
        "auditor": ("FORBIDDEN", None),
    }.items():
        assert at(user).refused("approveDelivery", posting) == [refusal], user
        assert at(user).refused("refuseDelivery", {**posting, "reason": "no"}) == [refusal], user
        assert waiting(server, user, "deliveryApprovalWorklist") == [], user
    for user in ("manager.1000", ALL_TRADES):
        assert waiting(server, user, "deliveryApprovalWorklist") == [delivery["number"]], user

    assert manager.refused("approveDelivery", {**posting, "version": 7}) == [("STALE_VERSION", "version")]
    assert manager.done("approveDelivery", {**posting, "validateOnly": True}, DELIVERY) is None
    delivery = manager.done("approveDelivery", {**posting, "idempotencyKey": "yes"}, DELIVERY)
    again = manager.done("approveDelivery", {**posting, "idempotencyKey": "yes"}, DELIVERY)
    assert again == delivery
    assert (delivery["approvalStatus"], delivery["approvals"][0]["decidedBy"]) == ("APPROVED", "manager.1000")
    assert at(ALL_TRADES).refused("approveDelivery", on("delivery", delivery)) == [("APPROVAL_NOT_PENDING", "delivery")]
    assert waiting(server, "manager.1000", "deliveryApprovalWorklist") == []

    delivery = shipping.done("postGoodsIssue", on("delivery", delivery), DELIVERY)
    assert delivery["status"] == "COMPLETE"
    assert shipping.refused("changeDelivery", on("delivery", delivery)) == [("GOODS_ISSUE_POSTED", "delivery")]
    delivery = shipping.done("reverseGoodsIssue", on("delivery", delivery), DELIVERY)
    assert (delivery["status"], delivery["approvalStatus"]) == ("NOT_YET", "APPROVED"), "its value is as it was approved"
    assert "postGoodsIssue" in delivery["viewerCan"]


def test_nobody_approves_a_delivery_that_they_made_or_changed(
    at: Callable[[str], Desk], server: Client, ordered: Callable[[str], Record]
) -> None:
    of_all_trades, manager, shipping = at(ALL_TRADES), at("manager.1000"), at("shipping.1000")
    delivery = of_all_trades.done("createDelivery", {"salesOrders": [ordered("1300000")["id"]]}, DELIVERY)
    assert "approveDelivery" not in delivery["viewerCan"]
    assert of_all_trades.refused("approveDelivery", on("delivery", delivery)) == [("APPROVAL_OWN", "delivery")]
    assert delivery["number"] not in waiting(server, ALL_TRADES, "deliveryApprovalWorklist")
    assert manager.done("approveDelivery", on("delivery", delivery), DELIVERY)["approvalStatus"] == "APPROVED"

    delivery = shipping.done("createDelivery", {"salesOrders": [ordered("1300000")["id"]]}, DELIVERY)
    delivery = of_all_trades.done("pickDelivery", on("delivery", delivery), DELIVERY)
    assert of_all_trades.refused("approveDelivery", on("delivery", delivery)) == [("APPROVAL_OWN", "delivery")]
    assert delivery["number"] not in waiting(server, ALL_TRADES, "deliveryApprovalWorklist"), "whoever changed it, too"
    delivery = shipping.done("pickDelivery", on("delivery", delivery, lines=[{"lineNumber": 10, "picked": "1"}]), DELIVERY)
    assert delivery["number"] not in waiting(server, ALL_TRADES, "deliveryApprovalWorklist"), "also before the last change"
    assert delivery["number"] in waiting(server, "manager.1000", "deliveryApprovalWorklist")


def test_another_value_of_a_delivery_asks_again(
    at: Callable[[str], Desk], database: str, ordered: Callable[[str], Record]
) -> None:
    shipping, manager = at("shipping.1000"), at("manager.1000")
    order = ordered("1800000")
    delivery = shipping.done("createDelivery", {"salesOrders": [order["id"]]}, DELIVERY)
    pieces = pieces_of(delivery)

    def changed(to: Decimal | str, line: int = 10) -> Record:
        return on("delivery", delivery, lines=[{"lineNumber": line, "quantity": str(to)}])

    refusing = on("delivery", delivery, reason="too much at once")
    assert manager.refused("refuseDelivery", {**refusing, "reason": " "}) == [("REASON_EMPTY", "reason")]
    assert manager.refused("refuseDelivery", {**refusing, "reason": "x" * 201}) == [("TEXT_TOO_LONG", "reason")]
    delivery = manager.done("refuseDelivery", refusing, DELIVERY)
    assert (delivery["approvalStatus"], delivery["approvals"][0]["refusalReason"]) == ("REJECTED", "too much at once")
    assert shipping.refused("postGoodsIssue", on("delivery", delivery)) == [("DELIVERY_UNAPPROVED", "delivery")]
    assert manager.refused("approveDelivery", on("delivery", delivery)) == [("APPROVAL_NOT_PENDING", "delivery")]

    for user, refusal in (("clerk.1000", ("FORBIDDEN", None)), ("clerk.2000", ("NOT_FOUND", "delivery"))):
        assert at(user).refused("changeDelivery", changed(5)) == [refusal]
    for to, reason in (("0", "QUANTITY_OUT_OF_RANGE"), ("-1", "QUANTITY_OUT_OF_RANGE"), ("1.5", "QUANTITY_DECIMALS")):
        assert shipping.refused("changeDelivery", changed(to)) == [(reason, "lines.0.quantity")]
    assert shipping.refused("changeDelivery", changed(pieces + 1)) == [("DELIVERED_BEYOND_ORDER", "lines.0.quantity")]
    assert shipping.refused("changeDelivery", changed(5, line=20)) == [("NOT_FOUND", "lines.0.lineNumber")]
    twice = on("delivery", delivery, lines=changed(5)["lines"] * 2)
    assert shipping.refused("changeDelivery", twice) == [("LINE_TWICE", "lines.1")]
    assert shipping.refused("changeDelivery", changed(pieces)) == [("NOTHING_TO_CHANGE", None)]

    delivery = shipping.done("changeDelivery", on("delivery", delivery, plannedDate="2026-12-24"), DELIVERY)
    assert delivery["approvalStatus"] == "REJECTED", "its value is the same"
    delivery = shipping.done("changeDelivery", changed(pieces - 100), DELIVERY)
    assert (delivery["approvalStatus"], delivery["approvals"][0]["approved"]) == ("PENDING", None)
    delivery = manager.done("approveDelivery", on("delivery", delivery), DELIVERY)
    delivery = shipping.done("changeDelivery", changed(pieces - 50), DELIVERY)
    assert (delivery["approvalStatus"], pieces_of(delivery)) == ("PENDING", pieces - 50)
    assert manager.refused("approveDelivery", on("delivery", delivery, version=1)) == [("STALE_VERSION", "version")]
    delivery = shipping.done("changeDelivery", changed(10), DELIVERY)
    assert (delivery["approvalStatus"], delivery["approvals"]) == ("NOT_NEEDED", [])
    rest = shipping.done("createDelivery", {"salesOrders": [order["id"]]}, DELIVERY)
    assert pieces_of(rest) == pieces - 10, "what it no longer holds is due again"
    held = "select sum(held_base) from delivery_items where delivery_id in (select id from deliveries where number = any($1))"
    assert sql(database, held, [delivery["number"], rest["number"]])[0]["sum"] == pieces

    rest = shipping.done("deleteDelivery", on("delivery", rest), DELIVERY)
    assert (rest["approvalStatus"], rest["approvals"], rest["status"]) == ("NOT_NEEDED", [], "NOT_RELEVANT")
    assert shipping.refused("changeDelivery", on("delivery", rest)) == [("DELIVERY_EMPTY", "delivery")]


def test_another_price_of_the_order_asks_again_for_its_delivery(
    at: Callable[[str], Desk], server: Client, ordered: Callable[[str], Record]
) -> None:
    shipping, manager, clerk = at("shipping.1000"), at("manager.1000"), at("clerk.1000")
    order = ordered("1300000")
    delivery = shipping.done("createDelivery", {"salesOrders": [order["id"]]}, DELIVERY)
    delivery = manager.done("approveDelivery", on("delivery", delivery), DELIVERY)
    version = server.data("query ($id: ID!) { salesOrder(id: $id) { version } }", {"id": order["id"]}, user="auditor")
    order = {**order, "version": version["salesOrder"]["version"]}
    shown = "query ($id: ID!) { delivery(id: $id) { id version approvalStatus } }"
    order = clerk.done("changeSalesOrder", on("salesOrder", order, customerReference="PO-9"), ORDER)
    assert server.data(shown, {"id": delivery["id"]}, user="auditor")["delivery"]["approvalStatus"] == "APPROVED"
    conditions = [{"conditionType": "RA00", "amount": "-1"}]
    clerk.done("changeSalesOrder", on("salesOrder", order, items=[{"lineNumber": 10, "conditions": conditions}]), ORDER)
    delivery = server.data(shown, {"id": delivery["id"]}, user="auditor")["delivery"]
    assert delivery["approvalStatus"] == "PENDING"


def test_a_large_return_is_approved_before_it_is_received(
    at: Callable[[str], Desk], customer: Record, ordered: Callable[[str], Record]
) -> None:
    shipping, manager = at("shipping.1000"), at("manager.1000")
    order = ordered("1300000")
    delivery = shipping.done("createDelivery", {"salesOrders": [order["id"]]}, DELIVERY)
    delivery = manager.done("approveDelivery", on("delivery", delivery), DELIVERY)
    shipping.done("postGoodsIssue", on("delivery", delivery), DELIVERY)
    (invoice,) = at("billing.1000").done("createBillingDocument", {"deliveries": [delivery["id"]]}, INVOICES)
    asked = an_order(customer, orderType="RE", orderReason="damaged", reference={"document": invoice["id"]})
    returned = at("clerk.1000").done("createReturnOrder", asked, "returnOrder { id version }")
    manager.done("approveReturnOrder", on("returnOrder", returned), "returnOrder { approvalStatus }")
    incoming = shipping.done("createDelivery", {"salesOrders": [returned["id"]]}, DELIVERY)
    assert incoming["approvalStatus"] == "PENDING"
    assert shipping.refused("postGoodsIssue", on("delivery", incoming)) == [("DELIVERY_UNAPPROVED", "delivery")]
    incoming = manager.done("approveDelivery", on("delivery", incoming), DELIVERY)
    assert shipping.done("postGoodsIssue", on("delivery", incoming), DELIVERY)["status"] == "COMPLETE"


def test_nobody_approves_two_levels_of_an_order(
    at: Callable[[str], Desk], server: Client, customer: Record, materials: dict[str, str], price: Decimal
) -> None:
    pieces = str((Decimal("2500000") / price).to_integral_value())
    order = at("clerk.1000").done("createSalesOrder", an_order(customer, (materials[MATERIAL], pieces)), ORDER)
    order = at(ALL_TRADES).done("approveSalesOrder", on("salesOrder", order), ORDER)
    assert order["approvalStatus"] == "PENDING"
    change = on("salesOrder", order, customerReference="PO-10")
    order = at("clerk.1000").done("changeSalesOrder", change, ORDER)
    assert at(ALL_TRADES).refused("approveSalesOrder", on("salesOrder", order)) == [("APPROVAL_TWICE", "salesOrder")]
    assert order["number"] not in waiting(server, ALL_TRADES, "approvalWorklist")
    assert order["number"] in waiting(server, "price.approver", "approvalWorklist")
    assert at("price.approver").done("approveSalesOrder", on("salesOrder", order), ORDER)["approvalStatus"] == "APPROVED"


# -------------------------------------------------------------------------------------------------------------- payments

PAYMENT = f"""payment {{ id number version viewerCan amount {{ amount }} onAccount {{ amount }} discount {{ amount }} discountPercent
    requestedItems clearings {{ paid {{ amount }} }} documentFlow {{ category status }} {APPROVALS} }}"""
LARGE = "6000000.00"
COUNTED = "select (select count(*) from clearings) as clearings, (select coalesce(sum(open), 0) from open_items) as open"


@pytest.fixture
def invoiced(at: Callable[[str], Desk], ordered: Callable[[str], Record]) -> Callable[[], Record]:
    """An invoice of about 11,300 that nobody has paid."""

    def make() -> Record:
        delivery = at("shipping.1000").done("createDelivery", {"salesOrders": [ordered("10000")["id"]]}, DELIVERY)
        at("shipping.1000").done("postGoodsIssue", on("delivery", delivery), DELIVERY)
        (invoice,) = at("billing.1000").done("createBillingDocument", {"deliveries": [delivery["id"]]}, INVOICES)
        return invoice  # type: ignore[no-any-return]

    return make


def paid(customer: Record, amount: str, *invoices: Record, **more: Any) -> Record:
    items = [{"billingDocument": each["id"]} for each in invoices]
    return {"payer": customer["id"], "companyCode": "1000", "amount": amount, "currency": "CNY", "items": items, **more}


def open_of(server: Client, invoice: Record) -> str:
    text = "query ($id: ID!) { billingDocument(id: $id) { openAmount { amount } } }"
    return str(server.data(text, {"id": invoice["id"]}, user="auditor")["billingDocument"]["openAmount"]["amount"])


def test_a_large_payment_moves_nothing_until_it_is_approved(
    at: Callable[[str], Desk], server: Client, database: str, customer: Record, invoiced: Callable[[], Record]
) -> None:
    cashier, manager, invoice = at("cashier.1000"), at("credit.manager"), invoiced()
    due = invoice["openAmount"]["amount"]
    before = sql(database, COUNTED)
    payment = cashier.done("postPayment", paid(customer, LARGE, invoice), PAYMENT)
    assert (payment["approvalStatus"], payment["number"][:2], payment["amount"]["amount"]) == ("PENDING", "14", LARGE)
    assert [(each["approverRole"], each["reason"]) for each in payment["approvals"]] == [("credit-manager", "PAYMENT_VALUE")]
    assert (payment["onAccount"]["amount"], payment["clearings"], len(payment["requestedItems"])) == ("0.00", [], 1)
    assert payment["documentFlow"] == [{"category": "PAYMENT", "status": "NOT_YET"}]
    assert payment["viewerCan"] == []
    assert (sql(database, COUNTED), open_of(server, invoice)) == (before, due)

    resetting = on("payment", payment)
    assert cashier.refused("resetPayment", resetting) == [("RESET_UNAPPROVED", "payment")]
    for user, refusal in {
        "cashier.1000": ("FORBIDDEN", None),
        "credit.1000": ("FORBIDDEN", None),
        "auditor": ("FORBIDDEN", None),
        "manager.1000": ("NOT_FOUND", "payment"),
        "clerk.2000": ("NOT_FOUND", "payment"),
        "dealer.a": ("NOT_FOUND", "payment"),
    }.items():
        assert at(user).refused("approvePayment", resetting) == [refusal], user
        assert at(user).refused("refusePayment", {**resetting, "reason": "no"}) == [refusal], user
        assert waiting(server, user, "paymentApprovalWorklist") == [], user
    assert waiting(server, "credit.manager", "paymentApprovalWorklist") == [payment["number"]]

    assert manager.refused("approvePayment", {**resetting, "version": 2}) == [("STALE_VERSION", "version")]
    assert manager.done("approvePayment", {**resetting, "validateOnly": True}, PAYMENT) is None
    assert sql(database, COUNTED) == before
    payment = manager.done("approvePayment", resetting, PAYMENT)
    (clearing,) = (Decimal(each["paid"]["amount"]) for each in payment["clearings"])
    assert (payment["approvalStatus"], payment["onAccount"]["amount"]) == ("APPROVED", str(Decimal(LARGE) - clearing))
    assert (clearing + Decimal(payment["discount"]["amount"]), open_of(server, invoice)) == (Decimal(due), "0.00")
    assert waiting(server, "credit.manager", "paymentApprovalWorklist") == []
    shown = server.data(
        "query ($id: ID!) { payment(id: $id) { documentFlow { category status } } }", {"id": payment["id"]}, user="auditor"
    )["payment"]["documentFlow"]
    assert [each["category"] for each in shown][-2:] == ["INVOICE", "PAYMENT"], "it follows what it settled"
    assert shown[-1]["status"] == "COMPLETE"
    payment = cashier.done("resetPayment", on("payment", payment), PAYMENT)
    assert (payment["onAccount"]["amount"], open_of(server, invoice)) == (LARGE, due)


def test_a_refused_payment_moves_nothing_for_ever(
    at: Callable[[str], Desk], server: Client, database: str, customer: Record, invoiced: Callable[[], Record]
) -> None:
    cashier, manager, invoice = at("cashier.1000"), at("credit.manager"), invoiced()
    payment = cashier.done("postPayment", paid(customer, LARGE, invoice), PAYMENT)
    before = sql(database, COUNTED)
    refusing = on("payment", payment, reason="not ours")
    assert manager.refused("refusePayment", {**refusing, "reason": ""}) == [("REASON_EMPTY", "reason")]
    payment = manager.done("refusePayment", refusing, PAYMENT)
    assert (payment["approvalStatus"], payment["approvals"][0]["refusalReason"]) == ("REJECTED", "not ours")
    assert manager.refused("approvePayment", on("payment", payment)) == [("APPROVAL_NOT_PENDING", "payment")]
    assert cashier.refused("resetPayment", on("payment", payment)) == [("RESET_UNAPPROVED", "payment")]
    assert sql(database, COUNTED) == before
    due = invoice["openAmount"]["amount"]
    assert cashier.done("postPayment", paid(customer, due, invoice), PAYMENT)["approvalStatus"] == "NOT_NEEDED"


def test_nobody_approves_a_payment_that_they_took(at: Callable[[str], Desk], server: Client, customer: Record) -> None:
    payment = at(ALL_TRADES).done("postPayment", paid(customer, LARGE), PAYMENT)
    assert "approvePayment" not in payment["viewerCan"]
    assert at(ALL_TRADES).refused("approvePayment", on("payment", payment)) == [("APPROVAL_OWN", "payment")]
    assert payment["number"] not in waiting(server, ALL_TRADES, "paymentApprovalWorklist")
    assert payment["number"] in waiting(server, "credit.manager", "paymentApprovalWorklist")
    payment = at("credit.manager").done("approvePayment", on("payment", payment), PAYMENT)
    assert (payment["onAccount"]["amount"], payment["clearings"]) == (LARGE, [])


def test_a_payment_that_comes_too_late_is_not_approved(
    at: Callable[[str], Desk], server: Client, database: str, customer: Record, invoiced: Callable[[], Record]
) -> None:
    cashier, manager, invoice = at("cashier.1000"), at("credit.manager"), invoiced()
    payment = cashier.done("postPayment", paid(customer, LARGE, invoice), PAYMENT)
    due = invoice["openAmount"]["amount"]
    cashier.done("postPayment", paid(customer, due, invoice), PAYMENT)
    before = sql(database, COUNTED)
    assert manager.refused("approvePayment", on("payment", payment)) == [("CLEARING_CLOSED", "payment.items.0.item")]
    assert sql(database, COUNTED) == before
    kept = sql(database, "select approval_status, version from payments where number = $1", payment["number"])
    assert [tuple(row.values()) for row in kept] == [("PENDING", 1)]
    levels = sql(
        database, "select approved from payment_approvals where payment_id = (select max(payment_id) from payment_approvals)"
    )
    assert [row["approved"] for row in levels] == [None]
    assert payment["number"] in waiting(server, "credit.manager", "paymentApprovalWorklist")
    refusing = on("payment", payment, reason="paid already")
    assert manager.done("refusePayment", refusing, PAYMENT)["approvalStatus"] == "REJECTED"


def test_a_large_discount_asks(
    at: Callable[[str], Desk], server: Client, database: str, customer: Record, invoiced: Callable[[], Record]
) -> None:
    cashier, manager = at("cashier.1000"), at("credit.manager")

    def with_five_percent(part: str) -> tuple[Record, Record]:
        """A payment of so much of an invoice whose terms give five percent, and the invoice."""
        invoice = invoiced()
        sql(database, "update billing_documents set payment_terms = 'D510' where number = $1", invoice["number"])
        amount = str((Decimal(invoice["grossValue"]["amount"]) * Decimal(part)).quantize(Decimal("0.01")))
        items = [{"billingDocument": invoice["id"], "amount": amount}]
        return cashier.done("postPayment", paid(customer, amount) | {"items": items}, PAYMENT), invoice

    payment, _ = with_five_percent("0.5")
    assert (payment["approvalStatus"], payment["discountPercent"]) == ("NOT_NEEDED", "0")
    payment, invoice = with_five_percent("0.951")
    assert (payment["approvalStatus"], payment["discountPercent"]) == ("NOT_NEEDED", "4.9")
    assert open_of(server, invoice) == "0.00"
    payment, invoice = with_five_percent("0.95")
    assert (payment["approvalStatus"], payment["discountPercent"]) == ("PENDING", "5")
    assert (payment["approvals"][0]["reason"], payment["discount"]["amount"]) == ("PAYMENT_DISCOUNT", "0.00")
    cashier.done("postPayment", paid(customer, "1.00", invoice), PAYMENT)
    outdated = manager.refused("approvePayment", on("payment", payment))
    assert outdated == [("PAYMENT_OUTDATED", "payment")], "a part was paid meanwhile, and there is no discount any more"
    payment, invoice = with_five_percent("0.95")
    payment = manager.done("approvePayment", on("payment", payment), PAYMENT)
    assert (payment["onAccount"]["amount"], open_of(server, invoice)) == ("0.00", "0.00")
    assert Decimal(payment["discount"]["amount"]) > 500


def test_items_that_settle_each_other_ask_as_a_payment_does(
    at: Callable[[str], Desk], server: Client, database: str, customer: Record, invoiced: Callable[[], Record]
) -> None:
    cashier, manager, invoice = at("cashier.1000"), at("credit.manager"), invoiced()
    gross = invoice["grossValue"]["amount"]
    cashier.done("postPayment", paid(customer, gross), PAYMENT)
    found = sql(database, "select max(id) as id from open_items where payment_id = (select max(id) from payments)")
    in_hand = b64encode(f"OpenItem:{found[0]['id']}".encode()).decode()
    sql(database, "update billing_documents set payment_terms = 'D510' where number = $1", invoice["number"])
    items = [{"openItem": in_hand}, {"billingDocument": invoice["id"]}]
    clearing = {"payer": customer["id"], "companyCode": "1000", "items": items}
    before = sql(database, COUNTED)
    payment = cashier.done("clearOpenItems", clearing, PAYMENT)
    assert (payment["approvalStatus"], payment["approvals"][0]["reason"]) == ("PENDING", "PAYMENT_DISCOUNT")
    assert (sql(database, COUNTED), open_of(server, invoice)) == (before, gross)
    assert set(payment["requestedItems"]) >= {in_hand}
    payment = manager.done("approvePayment", on("payment", payment), PAYMENT)
    assert (len(payment["clearings"]), open_of(server, invoice)) == (2, "0.00")
    kept = sql(database, "select group_value from payments where number = $1", payment["number"])
    assert kept[0]["group_value"] == Decimal(gross) - Decimal(payment["discount"]["amount"])


def test_an_advance_that_waits_is_not_collected(
    at: Callable[[str], Desk], customer: Record, materials: dict[str, str], price: Decimal
) -> None:
    pieces = str((Decimal(4_700_000) / price).to_integral_value())
    wanted = an_order(customer, (materials[MATERIAL], pieces), orderType="OA")
    order = at("clerk.1000").done("createSalesOrder", wanted, "salesOrder { id version grossValue { amount } }")
    for user in ("manager.1000", "price.approver"):
        order = at(user).done("approveSalesOrder", on("salesOrder", order), "salesOrder { id version grossValue { amount } }")
    delivering, shipping = {"salesOrders": [order["id"]]}, at("shipping.1000")
    advance = paid(customer, order["grossValue"]["amount"], salesOrder=order["id"])
    payment = at("cashier.1000").done("postPayment", advance, PAYMENT)
    assert payment["approvalStatus"] == "PENDING"
    assert shipping.refused("createDelivery", delivering) == [("ADVANCE_LACKING", "salesOrders.0")]
    payment = at("credit.manager").done("approvePayment", on("payment", payment), PAYMENT)
    assert [each["category"] for each in payment["documentFlow"]] == ["SALES_ORDER", "PAYMENT"]
    assert shipping.done("createDelivery", delivering, DELIVERY)["approvalStatus"] == "PENDING"
