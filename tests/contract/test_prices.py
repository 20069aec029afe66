"""Prices as each demo user asks for them: simulations and their traces, condition records, price lists.

What a price must be is worked out here from the rows of the database, with nothing of the server's code.
"""

from __future__ import annotations

import base64
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.client import Client
from tests.contract.answers import data_of
from tests.contract.demo import PEOPLE, walk
from tests.contract.test_commands import fetch

CUSTOMERS = (
    """query ($area: String!) { customers(first: 100, filter: {salesArea: {eq: $area}}) { edges { node { id number } } } }"""
)
CENT = Decimal("0.01")


def customers_in(server: Client, area: str, user: str = "auditor") -> list[dict[str, str]]:
    return [edge["node"] for edge in server.data(CUSTOMERS, {"area": area}, user=user)["customers"]["edges"]]


def asked(area: str, sold_to: str, *items: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    lines = [{"material": material, "quantity": quantity, "unit": unit} for material, quantity, unit in items]
    return {"input": {"orderType": "OR", "salesArea": area, "soldTo": sold_to, "items": lines, **more}}


def simulated(server: Client, variables: dict[str, Any], user: str) -> dict[str, Any]:
    return data_of(server.send("SimulatePrice", variables, user=user))


def reasons(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


# ------------------------------------------------------------------------------------------------------------ simulating

SIMULATING = {  # who may ask what something costs, and where
    "clerk.1000": "1000/10/00",
    "clerk.2000": "2000/10/00",
    "clerk.3000": "3000/10/00",
    "manager.1000": "1000/20/00",
    "direct.1000": "1000/10/00",
    "price.admin": "2000/20/00",
    "price.approver": "3000/30/00",
    "dealer.a": "1000/20/00",
    "dealer.b": "1000/20/00",
    "buyer.a": "1000/10/00",
}
STEPS = {  # beside those that everybody sees
    "PMIN": ["clerk.1000", "clerk.2000", "clerk.3000", "manager.1000", "direct.1000", "price.admin", "price.approver"],
    "VPRS": ["manager.1000"],
}


@pytest.mark.parametrize("user", [name for name in PEOPLE if name in SIMULATING])
def test_a_price_is_worked_out_of_what_is_agreed(server: Client, database: str, materials: dict[str, str], user: str) -> None:
    area = SIMULATING[user]
    customer = customers_in(server, area, user)[0]
    found = simulated(server, asked(area, customer["id"], (materials["10002"], "7", "PC")), user)
    assert found["userErrors"] == []
    rows = {row["conditionType"]["code"]: row for row in found["items"][0]["conditions"] if row["conditionType"]}
    price = Decimal(rows["PR00"]["rate"]["amount"])
    assert price == agreed(database, area, customer["number"], "10002")
    gross = rounded(price * 7)
    assert Decimal(rows["PR00"]["value"]["amount"]) == gross
    discounts = [
        (Decimal(row["rate"]["amount"]), Decimal(row["value"]["amount"]))
        for code, row in rows.items()
        if code in ("K007", "KA00") and row["value"]
    ]
    assert all(value == rounded(gross * percent / 100) for percent, value in discounts)
    freight = Decimal(rows["KF00"]["value"]["amount"]) if rows["KF00"]["value"] else Decimal(0)
    least = Decimal(rows["AMIZ"]["value"]["amount"]) if rows["AMIZ"]["value"] else Decimal(0)
    net = gross + sum(value for _, value in discounts) + freight + least
    assert found["netValue"]["amount"] == str(net)
    percent = Decimal(rows["MWST"]["rate"]["amount"])
    assert found["taxAmount"]["amount"] == str(rounded(net * percent / 100))
    assert Decimal(found["grossValue"]["amount"]) == net + Decimal(found["taxAmount"]["amount"])
    for code, users in STEPS.items():
        assert (code in rows) is (user in users), code


def agreed(database: str, area: str, customer: str, material: str) -> Decimal:
    """The price of the most particular key that has a released record."""
    organization, channel, _ = area.split("/")
    (price_list,) = fetch(
        database,
        """select v.price_list from customer_sales_area_views v join customers c on c.id = v.customer_id
           where c.number = $1 and v.sales_organization = $2 and v.distribution_channel = $3 limit 1""",
        customer,
        organization,
        channel,
    )[0]
    keys = ((organization, channel, customer), (organization, channel, price_list), (organization, channel), (organization,))
    for table, key in zip(("A001", "A002", "A003", "A004"), keys, strict=True):
        lookup = "\x1f".join(("PR00", table, *key, material))
        found = fetch(
            database,
            """select rate from condition_records where lookup = $1 and release_status = 'RELEASED'
               and current_date between valid_from and valid_to""",
            lookup,
        )
        if found:
            return Decimal(found[0][0])
    raise AssertionError(f"{material} has no price in {area}")


@pytest.mark.parametrize(
    "user", ["shipping.1000", "billing.1000", "cashier.1000", "auditor", "agent.a", "approver.a", "credit.1000"]
)
def test_who_may_not_simulate_is_told_so(server: Client, materials: dict[str, str], user: str) -> None:
    area = {"agent.a": "1000/30/00"}.get(user, "1000/10/00")
    customer = customers_in(server, area, user)[0]
    found = simulated(server, asked(area, customer["id"], (materials["10001"], "1", "PC")), user)
    assert reasons(found) == [("FORBIDDEN", None)]
    assert found["items"] == []


@pytest.mark.parametrize(
    ("user", "area"),
    [
        ("clerk.2000", "1000/10/00"),
        ("direct.1000", "1000/20/00"),
        ("dealer.a", "1000/10/00"),
        ("dealer.b", "1000/20/00"),
        ("buyer.a", "1000/10/00"),
        ("admin", "1000/10/00"),
    ],
)
def test_the_prices_of_hidden_customers_are_those_of_nobody(
    server: Client, materials: dict[str, str], user: str, area: str
) -> None:
    mine = {each["id"] for each in customers_in(server, area, user)}
    hidden = next(each for each in customers_in(server, area) if each["id"] not in mine)
    nobody = "Q3VzdG9tZXI6OTk5OTk5"
    items = ("TWF0ZXJpYWw6MQ==", "1", "PC")
    answers = [simulated(server, asked(area, each, items), user) for each in (hidden["id"], nobody)]
    assert answers[0] == answers[1]
    assert reasons(answers[0]) == [("NOT_FOUND", "soldTo")]


def test_an_own_customer_has_no_prices_where_the_right_is_not(server: Client, materials: dict[str, str]) -> None:
    mine = customers_in(server, "1000/20/00", "dealer.a")[0]
    found = simulated(server, asked("2000/20/00", mine["id"], (materials["10001"], "1", "PC")), "dealer.a")
    assert reasons(found) == [("FORBIDDEN", None)]


def test_a_partner_s_trace_tells_of_nothing_but_their_own(server: Client, database: str, materials: dict[str, str]) -> None:
    """No other customer's key, no cost, no minimum price, no record in preparation."""
    mine = customers_in(server, "1000/20/00", "dealer.a")[0]
    items = [(each, "100", "PC") for number, each in sorted(materials.items()) if number < "10032"]
    found = simulated(server, asked("1000/20/00", mine["id"], *items), "dealer.a")
    assert found["userErrors"] == []
    keys = [
        field for item in found["items"] for row in item["conditions"] for access in row["accesses"] for field in access["key"]
    ]
    assert {field["value"] for field in keys if field["field"] == "customer"} == {mine["number"]}
    codes = {row["conditionType"]["code"] for item in found["items"] for row in item["conditions"] if row["conditionType"]}
    assert not codes & {"PMIN", "VPRS", "BO01"}
    assert 160 not in {row["step"] for item in found["items"] for row in item["conditions"]}
    outcomes = {access["outcome"] for item in found["items"] for row in item["conditions"] for access in row["accesses"]}
    assert outcomes <= {"FOUND", "NO_RECORD", "KEY_INCOMPLETE", "EXCLUSIVE_HIT_BEFORE", "REQUIREMENT"}
    told = {row["conditionRecord"]["id"] for item in found["items"] for row in item["conditions"] if row["conditionRecord"]}
    owned = fetch(
        database,
        "select count(*) from condition_records r join customers c on c.id = r.owner_id where c.number = $1",
        mine["number"],
    )
    assert 0 < len(told) <= owned[0][0]
    inside = simulated(server, asked("1000/20/00", mine["id"], *items), "clerk.1000")
    assert "BLOCKED" in {access["outcome"] for row in inside["items"][0]["conditions"] for access in row["accesses"]}
    assert [item["netValue"] for item in inside["items"]] == [item["netValue"] for item in found["items"]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"quantity": "0"}, ("REFUSED", "items.0.quantity"), id="a quantity of zero"),
        pytest.param({"quantity": "-1"}, ("REFUSED", "items.0.quantity"), id="a negative quantity"),
        pytest.param({"quantity": "1.5"}, ("REFUSED", "items.0.quantity"), id="half a piece"),
        pytest.param({"unit": "KG"}, ("REFUSED", "items.0.unit"), id="a unit that the material has no conversion for"),
        pytest.param({"unit": "XX"}, ("REFUSED", "items.0.unit"), id="a unit that nobody knows"),
        pytest.param(
            {"material": "TWF0ZXJpYWw6OTk5OTk="}, ("NOT_FOUND", "items.0.material"), id="a material that is not there"
        ),
        pytest.param({"material": "?"}, ("INVALID", "items.0.material"), id="no id"),
    ],
)
def test_a_faulty_item_is_named_and_nothing_is_priced(
    server: Client, materials: dict[str, str], change: dict[str, str], expected: tuple[str, str]
) -> None:
    customer = customers_in(server, "1000/10/00")[0]
    variables = asked("1000/10/00", customer["id"], (materials["10001"], "1", "PC"), (materials["10002"], "1", "PC"))
    variables["input"]["items"][0] |= change
    found = simulated(server, variables, "clerk.1000")
    assert reasons(found) == [expected]
    assert (found["items"], found["netValue"]) == ([], None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"orderType": "ZZ"}, ("INVALID", "orderType"), id="an order type that is not there"),
        pytest.param({"salesArea": "1000/10"}, ("INVALID", "salesArea"), id="no sales area"),
        pytest.param({"salesArea": "1000/*/00"}, ("INVALID", "salesArea"), id="a pattern"),
        pytest.param({"salesArea": "1000/30/00"}, ("REFUSED", "soldTo"), id="an area without a view of the customer"),
        pytest.param({"items": []}, ("INVALID", "items"), id="no items"),
    ],
)
def test_a_faulty_header_is_named(
    server: Client, materials: dict[str, str], change: dict[str, Any], expected: tuple[str, str]
) -> None:
    customer = customers_in(server, "1000/10/00")[0]
    variables = asked("1000/10/00", customer["id"], (materials["10001"], "1", "PC"))
    variables["input"] |= change
    assert reasons(simulated(server, variables, "clerk.1000")) == [expected]


def test_an_item_without_a_price_says_what_was_looked_for(server: Client, materials: dict[str, str]) -> None:
    customer = customers_in(server, "1000/10/00")[0]
    query = """query ($input: SimulatePriceInput!) { simulatePrice(input: $input) { netValue { amount } userErrors { code field reason }
        unpriced { lineNumber conditions { step accesses { outcome } } } } }"""
    variables = asked("1000/10/00", customer["id"], (materials["10001"], "1", "PC"), pricingDate="2025-12-31")
    found = server.data(query, variables, user="clerk.1000")["simulatePrice"]
    assert found["netValue"] is None
    assert {(error["code"], error["field"]) for error in found["userErrors"]} == {("REFUSED", "items.0")}
    (item,) = found["unpriced"]
    assert item["conditions"][0]["accesses"][-1]["outcome"] == "NOT_YET_VALID"


def by_hand(condition_type: str, amount: str, **more: str) -> dict[str, str]:
    return {"conditionType": condition_type, "amount": amount, **more}


def test_what_is_entered_by_hand_counts(server: Client, materials: dict[str, str]) -> None:
    customer = customers_in(server, "1000/10/00")[0]
    variables = asked("1000/10/00", customer["id"], (materials["10001"], "10", "PC"), (materials["10002"], "10", "PC"))
    before = simulated(server, variables, "manager.1000")
    variables["input"]["items"][0]["conditions"] = [by_hand("PN00", "70", currency="CNY", unit="PC")]
    variables["input"]["conditions"] = [by_hand("HB00", "-90", currency="CNY")]
    found = simulated(server, variables, "manager.1000")
    first, second = found["items"]
    parts = [
        row["value"]["amount"] for item in found["items"] for row in item["conditions"] if row["step"] == 41 and row["value"]
    ]
    assert sum(map(Decimal, parts)) == -90
    assert {
        row["inactiveReason"] for row in first["conditions"] if row["step"] < 40 and row["value"] and row["conditionType"]
    } == {"LATER_PRICE"}
    assert Decimal(second["netValue"]["amount"]) < Decimal(before["items"][1]["netValue"]["amount"])
    id = server.data(
        "query ($input: SimulatePriceInput!) { simulatePrice(input: $input) { id } }", variables, user="manager.1000"
    )
    trace = server.send("PriceTrace", {"salesOrder": id["simulatePrice"]["id"], "lineNumber": 10}, user="manager.1000")
    assert [row["value"] for row in data_of(trace)["conditions"]] == [row["value"] for row in first["conditions"]]


@pytest.mark.parametrize(
    ("user", "area", "entry", "expected"),
    [
        pytest.param("clerk.1000", "1000/10/00", by_hand("PN00", "70", currency="CNY"), "FORBIDDEN", id="a price of a clerk"),
        pytest.param("dealer.a", "1000/20/00", by_hand("RA00", "-50"), "FORBIDDEN", id="a discount of a partner"),
        pytest.param("clerk.1000", "1000/10/00", by_hand("RA00", "-150"), "REFUSED", id="minus 150 %"),
        pytest.param("clerk.1000", "1000/10/00", by_hand("PMIN", "1"), "REFUSED", id="a type that nobody enters"),
        pytest.param("clerk.1000", "1000/10/00", by_hand("HA00", "-1"), "REFUSED", id="a header's at an item"),
        pytest.param("clerk.1000", "1000/10/00", by_hand("ZZZZ", "-1"), "REFUSED", id="a type that is not there"),
    ],
)
def test_what_may_not_be_entered_is_named(
    server: Client, materials: dict[str, str], user: str, area: str, entry: dict[str, str], expected: str
) -> None:
    customer = customers_in(server, area, user)[0]
    variables = asked(area, customer["id"], (materials["10001"], "10", "PC"))
    variables["input"]["items"][0]["conditions"] = [entry]
    ((code, path),) = reasons(simulated(server, variables, user))
    assert code == expected
    assert (path or "").startswith("items.0.")


def test_traces_of_very_many_items_are_asked_for_in_parts(server: Client, materials: dict[str, str]) -> None:
    """Each item's rows cost fields; without them a thousand items are priced at once."""
    customer = customers_in(server, "1000/10/00")[0]
    variables = asked("1000/10/00", customer["id"], *[(materials["10001"], "1", "PC")] * 1000)
    refused = server.send("SimulatePrice", variables, user="clerk.1000")
    assert refused["errors"][0]["extensions"]["reason"] == "DOCUMENT_COST"
    query = "query ($input: SimulatePriceInput!) { simulatePrice(input: $input) { netValue { amount } userErrors { reason } } }"
    assert server.data(query, variables, user="clerk.1000")["simulatePrice"]["netValue"] is not None
    variables["input"]["items"].append(variables["input"]["items"][0])
    found = server.data(query, variables, user="clerk.1000")["simulatePrice"]
    assert [error["reason"] for error in found["userErrors"]] == ["ITEMS_RANGE"]


# ----------------------------------------------------------------------------------------------------- condition records


@pytest.mark.parametrize("user", list(PEOPLE))
def test_the_list_holds_the_records_that_meet_where_a_user_sees_prices(server: Client, database: str, user: str) -> None:
    pages = walk(
        lambda after: data_of(server.send("ConditionRecordList", {"first": 100, "after": after, "filter": {}}, user=user))
    )
    assert {each["id"] for each in pages} == visible(server, database, user)


INTERNAL_READERS = {
    "clerk.1000": "1000", "clerk.2000": "2000", "clerk.3000": "3000", "manager.1000": "1000", "direct.1000": "1000/10", "contract.1000": "1000",
    "price.admin": "", "price.approver": "", "auditor": "",
}  # fmt: skip
OWNERS = ("dealer.a", "dealer.b")


def visible(server: Client, database: str, user: str) -> set[str]:
    """The ids of the records that a user may see, worked out from the rows."""
    if user in OWNERS:
        rows = fetch(
            database,
            """select r.id from condition_records r join user_customers b on b.customer_id = r.customer_id
               join users u on u.id = b.user_id
               where u.username = $1 and r.release_status = 'RELEASED' and r.condition_type not in ('PMIN', 'BO01')""",
            user,
        )
    elif user in INTERNAL_READERS:
        organization, _, channel = INTERNAL_READERS[user].partition("/")
        rows = fetch(
            database,
            """select id from condition_records where ($1 = '' or sales_organization in ($1, '*'))
               and ($2 = '' or distribution_channel in ($2, '*'))""",
            organization,
            channel,
        )
    else:
        rows = []
    return {base64.b64encode(f"ConditionRecord:{row[0]}".encode()).decode() for row in rows}
