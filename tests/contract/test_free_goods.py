"""Free goods 赠品 over HTTP: records of them, and what comes free with quotations and orders, each as who may and who may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.client import Client
from tests.contract.demo import Record
from tests.contract.desk import AREA, DELIVERY, Desk, an_order
from tests.contract.test_commands import fetch, footprint
from tests.contract.test_condition_records import TODAY, created, key_of, released
from tests.contract.test_prices import customers_in, reasons

SEAL, OTHER = "10070", "10071"
LINES = """items { lineNumber itemCategory material { number } quantity { value unit } freeWithLine freeQuantity { value }
    rejectedQuantity { value } rejectionReason netValue { amount } confirmedQuantity { value } }"""
ORDER = f"salesOrder {{ id version status deliveryStatus billingStatus netValue {{ amount }} {LINES} }}"
TRACE = """query ($id: ID!, $line: Int!) { priceTrace(salesOrder: $id, lineNumber: $line) { conditions { conditionType { code }
    value { amount } conditionRecord { number freeGoods { per { value unit } free { value unit } minimum rule kind commercially } }
    accesses { table outcome } } } }"""
SIMULATE = """query ($input: SimulatePriceInput!) { simulatePrice(input: $input) { id userErrors { reason field } netValue { amount }
    items { lineNumber material { number } quantity { value unit } freeWithLine freeQuantity { value } netValue { amount }
            conditions { conditionType { code } } } } }"""
THREE_PER_HUNDRED = {"amount": "3", "per": "100", "freeGoods": {"kind": "EXCLUSIVE"}}


class Records:
    """Makes records of free goods for one customer, and has them released."""

    def __init__(self, server: Client, customer: Record) -> None:
        self.server, self.customer = server, customer

    def waiting(self, of: str = SEAL, **goods: Any) -> Record:
        payload = created(
            self.server,
            conditionType="NA00",
            key=key_of(salesOrganization="1000", distributionChannel="10", customer=self.customer["number"], material=of),
            **THREE_PER_HUNDRED | {"freeGoods": THREE_PER_HUNDRED["freeGoods"] | goods},
        )
        assert payload["userErrors"] == []
        found: Record = payload["conditionRecord"]
        return found

    def __call__(self, of: str = SEAL, **goods: Any) -> Record:
        record = self.waiting(of, **goods)
        assert released(self.server, record)["userErrors"] == []
        return record


@pytest.fixture
def giving(server: Client, database: str, customer: Record) -> Iterator[Records]:
    yield Records(server, customer)
    fetch(database, "delete from condition_records where condition_type = 'NA00' and created_at > '2026-01-06'")


def lines(document: Record) -> dict[int, tuple[str, str, int | None, str]]:
    """Of each line what is kept of it, of what, with which it comes free, and as what."""
    return {
        each["lineNumber"]: (
            str(Decimal(each["quantity"]["value"]) - Decimal(each["rejectedQuantity"]["value"])),
            each["material"]["number"],
            each["freeWithLine"],
            each["itemCategory"],
        )
        for each in document["items"]
    }


def ordered(at: Callable[[str], Desk], customer: Record, material: str, quantity: str, **more: Any) -> Record:
    found: Record = at("clerk.1000").done("createSalesOrder", an_order(customer, (material, quantity), **more), ORDER)
    return found


def changed(at: Callable[[str], Desk], order: Record, quantity: str, line: int = 10) -> Record:
    said = {"salesOrder": order["id"], "version": order["version"], "items": [{"lineNumber": line, "quantity": quantity}]}
    found: Record = at("clerk.1000").done("changeSalesOrder", said, ORDER)
    return found


def row_of(server: Client, order: Record, user: str, line: int = 10) -> Record:
    rows = server.data(TRACE, {"id": order["id"], "line": line}, user=user)["priceTrace"]["conditions"]
    (found,) = [row for row in rows if row["conditionType"] and row["conditionType"]["code"] == "NA00"]
    assert found["value"] is None
    return dict(found)


# ------------------------------------------------------------------------------------------------------ what comes free


def test_what_comes_on_top_follows_what_is_ordered(
    at: Callable[[str], Desk], server: Client, customer: Record, materials: dict[str, str], giving: Records
) -> None:
    record = giving(minimum="50")
    order = ordered(at, customer, materials[SEAL], "280")
    assert lines(order) == {10: ("280", SEAL, None, "TAN"), 11: ("8", SEAL, 10, "TANN")}
    (sold, free) = order["items"]
    assert (free["netValue"]["amount"], order["netValue"]) == ("0.00", sold["netValue"])
    found = row_of(server, order, "clerk.1000")
    number = server.data("query ($id: ID!) { conditionRecord(id: $id) { number } }", {"id": record["id"]}, user="auditor")
    assert found["conditionRecord"]["number"] == number["conditionRecord"]["number"]
    assert found["conditionRecord"]["freeGoods"] == {
        "per": {"value": "100", "unit": "PC"},
        "free": {"value": "3", "unit": "PC"},
        "minimum": "50",
        "rule": "PROPORTIONAL",
        "kind": "EXCLUSIVE",
        "commercially": False,
    }
    assert [each["outcome"] for each in found["accesses"]] == ["FOUND", "EXCLUSIVE_HIT_BEFORE", "EXCLUSIVE_HIT_BEFORE"]
    order = changed(at, order, "100")
    assert lines(order) == {10: ("100", SEAL, None, "TAN"), 11: ("3", SEAL, 10, "TANN")}
    order = changed(at, order, "49")
    assert lines(order)[11] == ("0", SEAL, 10, "TANN")
    assert order["items"][1]["rejectionReason"] == "07"
    order = changed(at, order, "300")
    assert lines(order)[11] == ("9", SEAL, 10, "TANN")
    assert order["items"][1]["rejectionReason"] is None
    direct = {"salesOrder": order["id"], "version": order["version"], "items": [{"lineNumber": 11, "quantity": "20"}]}
    assert at("clerk.1000").refused("changeSalesOrder", direct) == [("FREE_ITEM_FOLLOWS", "items.0.quantity")]
    rejecting = {"salesOrder": order["id"], "version": order["version"], "lineNumbers": [10], "reason": "03"}
    order = at("clerk.1000").done("rejectSalesOrderItems", rejecting, ORDER)
    assert (order["status"], [each["rejectionReason"] for each in order["items"]]) == ("REJECTED", ["03", "03"])


def test_what_is_free_of_what_is_ordered_is_delivered_and_not_billed(
    at: Callable[[str], Desk], customer: Record, materials: dict[str, str], giving: Records
) -> None:
    whole = ordered(at, customer, materials[SEAL], "97")
    giving(kind="INCLUSIVE")
    order = ordered(at, customer, materials[SEAL], "100")
    assert lines(order) == {10: ("97", SEAL, None, "TAN"), 11: ("3", SEAL, 10, "TANN")}
    assert (order["items"][0]["freeQuantity"], order["netValue"]) == ({"value": "3"}, whole["netValue"])
    order = changed(at, order, "200")
    assert lines(order) == {10: ("194", SEAL, None, "TAN"), 11: ("6", SEAL, 10, "TANN")}
    said = {"salesOrder": order["id"], "version": order["version"], "customerReference": "PO-8"}
    order = at("clerk.1000").done("changeSalesOrder", said, ORDER)
    order = changed(at, order, "100")
    assert lines(order) == {10: ("97", SEAL, None, "TAN"), 11: ("3", SEAL, 10, "TANN")}
    delivery = at("shipping.1000").done("createDelivery", {"salesOrders": [order["id"]]}, DELIVERY)
    posting = {"delivery": delivery["id"], "version": delivery["version"]}
    at("shipping.1000").done("postGoodsIssue", posting, DELIVERY)
    shown = "billingDocuments { netValue { amount } items { quantity { value } } }"
    (invoice,) = at("billing.1000").done("createBillingDocument", {"deliveries": [delivery["id"]]}, shown)
    assert [each["quantity"]["value"] for each in invoice["items"]] == ["97"]
    assert invoice["netValue"] == whole["netValue"]
    said = {"salesOrder": order["id"], "version": order["version"] + 2, "items": [{"lineNumber": 10, "quantity": "97"}]}
    fewer = at("clerk.1000").refused("changeSalesOrder", said)
    assert fewer in ([("ORDERED_BELOW_DONE", "items.0.quantity")], [("STALE_VERSION", "version")])


def test_what_is_free_within_a_price_is_taken_off_it(
    at: Callable[[str], Desk], server: Client, customer: Record, materials: dict[str, str], giving: Records
) -> None:
    full = ordered(at, customer, materials[SEAL], "200")
    giving(kind="INCLUSIVE_WITHOUT_ITEM")
    order = ordered(at, customer, materials[SEAL], "200")
    assert lines(order) == {10: ("200", SEAL, None, "TAN")}
    assert order["items"][0]["freeQuantity"] == {"value": "6"}
    rows = server.data(TRACE, {"id": order["id"], "line": 10}, user="clerk.1000")["priceTrace"]["conditions"]
    values = {row["conditionType"]["code"]: row["value"] for row in rows if row["conditionType"] and row["value"]}
    off = Decimal(values["NRAB"]["amount"])
    assert off < 0
    assert Decimal(order["netValue"]["amount"]) <= Decimal(full["netValue"]["amount"]) + off + Decimal("0.01")
    assert "NRAB" not in {
        row["conditionType"]["code"]
        for row in server.data(TRACE, {"id": full["id"], "line": 10}, user="clerk.1000")["priceTrace"]["conditions"]
        if row["conditionType"] and row["value"]
    }


def test_another_material_comes_free_and_brings_nothing_along(
    at: Callable[[str], Desk], customer: Record, materials: dict[str, str], giving: Records
) -> None:
    giving(material=materials[OTHER])
    giving(OTHER)
    order = ordered(at, customer, materials[SEAL], "200")
    assert lines(order) == {10: ("200", SEAL, None, "TAN"), 11: ("6", OTHER, 10, "TANN")}
    asked = an_order(customer, (materials[SEAL], "200"), (materials[OTHER], "100"), (materials["10069"], "1"))
    order = at("clerk.1000").done("createSalesOrder", asked, ORDER)
    assert lines(order) == {
        10: ("200", SEAL, None, "TAN"),
        11: ("6", OTHER, 10, "TANN"),
        20: ("100", OTHER, None, "TAN"),
        21: ("3", OTHER, 20, "TANN"),
        30: ("1", "10069", None, "TAN"),
    }
    said = {
        "salesOrder": order["id"],
        "version": order["version"],
        "newItems": [{"material": materials[OTHER], "quantity": "100", "unit": "PC"}],
    }
    order = at("clerk.1000").done("changeSalesOrder", said, ORDER)
    assert lines(order)[41] == ("3", OTHER, 40, "TANN")


def test_who_wants_none_of_it_rejects_it_alone(
    at: Callable[[str], Desk], customer: Record, materials: dict[str, str], giving: Records
) -> None:
    giving()
    order = ordered(at, customer, materials[SEAL], "100")
    rejecting = {"salesOrder": order["id"], "version": order["version"], "lineNumbers": [11], "reason": "03"}
    order = at("clerk.1000").done("rejectSalesOrderItems", rejecting, ORDER)
    assert lines(order) == {10: ("100", SEAL, None, "TAN"), 11: ("0", SEAL, 10, "TANN")}
    order = changed(at, order, "200")
    assert lines(order)[11] == ("0", SEAL, 10, "TANN")
    everything = {"salesOrder": order["id"], "version": order["version"], "lineNumbers": [], "reason": "03"}
    assert at("clerk.1000").done("rejectSalesOrderItems", everything, ORDER)["status"] == "REJECTED"


# -------------------------------------------------------------------------------------------------- one after the other


def test_an_order_has_what_was_offered(
    at: Callable[[str], Desk], server: Client, customer: Record, materials: dict[str, str], giving: Records
) -> None:
    record = giving(kind="INCLUSIVE")
    shown = f"quotation {{ id version status {LINES} }}"
    offer = an_order(customer, (materials[SEAL], "100"), orderType="QT", validTo="2999-12-31")
    quotation = at("clerk.1000").done("createQuotation", offer, shown)
    assert lines(quotation) == {10: ("97", SEAL, None, "AGN"), 11: ("3", SEAL, 10, "AGNN")}
    blocking = {"conditionRecord": record["id"], "version": record["version"]}
    at("price.admin").does("blockConditionRecord", blocking, "conditionRecord { id }")
    taken = {"document": quotation["id"], "lines": [{"lineNumber": 10, "quantity": "40"}]}
    order = at("clerk.1000").done("createSalesOrder", an_order(customer, reference=taken), ORDER)
    assert lines(order) == {10: ("40", SEAL, None, "TAN"), 20: ("1", SEAL, 10, "TANN")}
    order = changed(at, order, "20")
    assert lines(order) == {10: ("20", SEAL, None, "TAN"), 20: ("0", SEAL, 10, "TANN")}
    rest = at("clerk.1000").done("createSalesOrder", an_order(customer, reference={"document": quotation["id"]}), ORDER)
    assert lines(rest) == {10: ("77", SEAL, None, "TAN"), 20: ("3", SEAL, 10, "TANN")}
    status = server.data("query ($id: ID!) { quotation(id: $id) { status } }", {"id": quotation["id"]}, user="clerk.1000")
    assert status == {"quotation": {"status": "COMPLETE"}}


def test_a_copy_is_given_what_is_free_now(
    at: Callable[[str], Desk], customer: Record, materials: dict[str, str], giving: Records
) -> None:
    giving(kind="INCLUSIVE")
    order = ordered(at, customer, materials[SEAL], "100")
    again = at("clerk.1000").done("createSalesOrder", an_order(customer, reference={"document": order["id"]}), ORDER)
    assert lines(again) == {10: ("97", SEAL, None, "TAN"), 11: ("3", SEAL, 10, "TANN")}


# ------------------------------------------------------------------------------------------------------- who sees what


def test_only_what_is_released_comes_free_and_only_the_house_is_told_of_the_rest(
    at: Callable[[str], Desk], server: Client, customer: Record, materials: dict[str, str], giving: Records
) -> None:
    giving.waiting()
    order = ordered(at, customer, materials[SEAL], "100")
    assert lines(order) == {10: ("100", SEAL, None, "TAN")}
    outcomes = {
        user: [each["outcome"] for each in row_of(server, order, user)["accesses"]] for user in ("clerk.1000", "shipping.1000")
    }
    assert outcomes["clerk.1000"] == ["BLOCKED", "NO_RECORD", "NO_RECORD"]
    assert outcomes["shipping.1000"] == ["NO_RECORD"] * 3
    assert row_of(server, order, "clerk.1000")["conditionRecord"] is None


def test_a_simulation_tells_what_comes_free(
    server: Client, customer: Record, materials: dict[str, str], giving: Records
) -> None:
    giving(material=materials[OTHER])
    asked = {
        "orderType": "OR",
        "salesArea": AREA,
        "soldTo": customer["id"],
        "items": [{"material": materials[SEAL], "quantity": "2", "unit": "BOX"}],
    }
    found = server.data(SIMULATE, {"input": asked}, user="clerk.1000")["simulatePrice"]
    assert found["userErrors"] == []
    sold, free = found["items"]
    assert (sold["lineNumber"], sold["quantity"], sold["freeWithLine"]) == (10, {"value": "2", "unit": "BOX"}, None)
    assert (free["lineNumber"], free["material"], free["freeWithLine"]) == (11, {"number": OTHER}, 10)
    assert (free["quantity"], free["netValue"]["amount"], free["conditions"]) == ({"value": "6", "unit": "PC"}, "0.00", [])
    assert found["netValue"] == sold["netValue"]
    assert server.data(TRACE, {"id": found["id"], "line": 11}, user="clerk.1000")["priceTrace"]["conditions"] == []
    priced = row_of(server, found, "clerk.1000")
    assert priced["accesses"][0]["outcome"] == "FOUND"
    contract = asked | {"orderType": "CQ"}
    assert len(server.data(SIMULATE, {"input": contract}, user="clerk.1000")["simulatePrice"]["items"]) == 1


def test_partners_see_what_comes_free_with_their_orders_and_only_their_own_records(
    at: Callable[[str], Desk], server: Client, database: str, materials: dict[str, str]
) -> None:
    (dealer,) = customers_in(server, "1000/20/00", "dealer.a")
    made = created(
        server,
        conditionType="NA00",
        key=key_of(salesOrganization="1000", distributionChannel="20", customer=dealer["number"], material=SEAL),
        **THREE_PER_HUNDRED,
    )["conditionRecord"]
    try:
        shown = "query ($id: ID!) { conditionRecord(id: $id) { freeGoods { free { value } } } }"
        assert server.data(shown, {"id": made["id"]}, user="dealer.a") == {"conditionRecord": None}
        assert released(server, made)["userErrors"] == []
        assert server.data(shown, {"id": made["id"]}, user="dealer.b") == {"conditionRecord": None}
        assert server.data(shown, {"id": made["id"]}, user="dealer.a")["conditionRecord"]["freeGoods"]["free"]["value"] == "3"
        wanted = an_order(dealer, (materials[SEAL], "200"), salesArea="1000/20/00")
        order = at("dealer.a").done("createSalesOrder", wanted, ORDER)
        assert lines(order)[11] == ("6", SEAL, 10, "TANN")
        detail = f"query ($id: ID!) {{ salesOrder(id: $id) {{ {LINES} }} }}"
        assert server.data(detail, {"id": order["id"]}, user="dealer.b") == {"salesOrder": None}
        assert lines(server.data(detail, {"id": order["id"]}, user="dealer.a")["salesOrder"]) == lines(order)
        assert row_of(server, order, "dealer.a")["conditionRecord"] is not None
        of_group = created(
            server,
            conditionType="NA00",
            key=key_of(salesOrganization="1000", material=OTHER),
            **THREE_PER_HUNDRED,
        )["conditionRecord"]
        assert released(server, of_group)["userErrors"] == []
        order = at("dealer.a").done(
            "createSalesOrder", an_order(dealer, (materials[OTHER], "100"), salesArea="1000/20/00"), ORDER
        )
        assert lines(order)[11] == ("3", OTHER, 10, "TANN")
        assert row_of(server, order, "dealer.a")["conditionRecord"] is None
    finally:
        fetch(database, "delete from condition_records where condition_type = 'NA00' and created_at > '2026-01-06'")


# ------------------------------------------------------------------------------------------------------------- records


@pytest.mark.parametrize("user", ["clerk.1000", "manager.1000", "price.approver", "auditor", "dealer.a", "admin"])
def test_who_may_not_make_records_gives_nothing_away(server: Client, database: str, user: str) -> None:
    before = footprint(database)
    key = key_of(salesOrganization="1000", material=SEAL)
    payload = created(server, user, conditionType="NA00", key=key, **THREE_PER_HUNDRED)
    assert [each[0] for each in reasons(payload)] in (["FORBIDDEN"], ["NOT_FOUND"])
    assert footprint(database) == before


@pytest.mark.parametrize("user", ["price.admin", "clerk.1000", "auditor"])
def test_nobody_gives_away_by_themselves(server: Client, giving: Records, user: str) -> None:
    assert reasons(released(server, giving.waiting(), user)) == [("FORBIDDEN", None)]


@pytest.mark.parametrize(
    ("said", "reason", "field"),
    [
        ({"per": "0"}, "FREE_GOODS_PER", "per"),
        ({"amount": "0"}, "FREE_GOODS_FREE", "amount"),
        ({"amount": "101", "freeGoods": {}}, "FREE_GOODS_ALL", "amount"),
        ({"freeGoods": {"minimum": "-1"}}, "FREE_GOODS_MINIMUM", "freeGoods.minimum"),
        ({"amount": "0.0004"}, "QUANTITY_OUT_OF_RANGE", "amount"),
        ({"unit": "XX"}, "CODE_UNKNOWN", "unit"),
        ({"freeGoods": {"unit": "PC"}}, "FREE_GOODS_OTHER", "freeGoods.unit"),
        ({"freeGoods": {"material": OTHER}}, "FREE_GOODS_OTHER", "freeGoods.material"),
        ({"freeGoods": {"material": "TWF0ZXJpYWw6OTk5OTk="}}, "NOT_FOUND", "freeGoods.material"),
        ({"freeGoods": None}, "FREE_GOODS_NEEDED", "freeGoods"),
        ({"currency": "CNY"}, "NOT_OF_FREE_GOODS", "currency"),
        ({"maximumOrders": 3}, "NOT_OF_FREE_GOODS", "maximumOrders"),
        ({"conditionType": "K004", "amount": "-1"}, "FREE_GOODS_MISPLACED", "freeGoods"),
    ],
)
def test_bad_records_name_their_field(
    at: Callable[[str], Desk], materials: dict[str, str], said: Record, reason: str, field: str
) -> None:
    key = key_of(salesOrganization="1000", material=SEAL)
    input = {"conditionType": "NA00", "key": key, "validFrom": str(TODAY), **THREE_PER_HUNDRED, **said}
    if (input["freeGoods"] or {}).get("material") == OTHER:
        input["freeGoods"] = {"material": materials[OTHER]}
    assert at("price.admin").refused("createConditionRecord", input) == [(reason, field)]


def test_a_new_version_gives_more_from_a_day_on_and_once_released(
    at: Callable[[str], Desk], customer: Record, materials: dict[str, str], giving: Records
) -> None:
    record = giving()
    said = {
        "conditionRecord": record["id"],
        "version": record["version"],
        "validFrom": str(TODAY),
        "amount": "5",
    }
    shown = "conditionRecord { id version rate { amount } per { value } freeGoods { free { value unit } } }"
    newer = at("price.admin").done("changeConditionRecord", said, shown)
    assert (newer["rate"], newer["per"]["value"], newer["freeGoods"]["free"]["value"]) == (None, "100", "5")
    assert lines(ordered(at, customer, materials[SEAL], "100"))[11][0] == "3"
    at("price.approver").done("releaseConditionRecord", {"conditionRecord": newer["id"], "version": 2}, shown)
    assert lines(ordered(at, customer, materials[SEAL], "100"))[11][0] == "5"
    key = key_of(salesOrganization="1000", distributionChannel="10", customer=customer["number"], material=SEAL)
    twice = {"conditionType": "NA00", "key": key, "validFrom": str(TODAY), **THREE_PER_HUNDRED}
    assert at("price.admin").refused("createConditionRecord", twice) == [("RECORDS_OVERLAP", "validFrom")]
