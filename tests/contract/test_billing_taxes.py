"""A bill has the taxes of the day that its goods left on, not those that the order was priced with."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.client import Client
from tests.contract.demo import Record, sql
from tests.contract.desk import DELIVERY, ORDER, Desk, an_order

TAXES = "select * from condition_records where condition_type = 'MWST' and rate = 13"
HIGHER = f"""insert into condition_records (number, version, condition_type, condition_table, lookup, sales_organization,
        distribution_channel, division, valid_from, valid_to, release_status, rate, exclusion_indicator, confidential,
        created_by, created_at)
    select number, version + 1, condition_type, condition_table, lookup, sales_organization, distribution_channel, division,
        valid_from, valid_to, release_status, 9, exclusion_indicator, confidential, created_by, created_at
    from ({TAXES}) t returning id"""
BILL = "billingDocuments { netValue { amount } taxAmount { amount } taxes { rate netValue { amount } taxAmount { amount } } }"


@pytest.fixture
def issued(server: Client, customer: Record, materials: dict[str, str]) -> tuple[str, Decimal]:
    """A delivery that has left, of an order with a tax of 13 percent; and the order's net value."""
    clerk, shipping = Desk(server, "clerk.1000"), Desk(server, "shipping.1000")
    order = clerk.done("createSalesOrder", an_order(customer, (materials["10001"], "3")), ORDER)
    delivery = shipping.done("createDelivery", {"salesOrders": [order["id"]]}, DELIVERY)
    shipping.done("postGoodsIssue", {"delivery": delivery["id"], "version": delivery["version"]}, DELIVERY)
    return delivery["id"], Decimal(order["netValue"]["amount"])


@pytest.fixture
def another_rate(issued: tuple[str, Decimal], database: str) -> Iterator[None]:
    """After the order, the rate has another version: 9 percent."""
    made = sql(database, HIGHER)
    assert made
    yield
    sql(database, "delete from condition_records where id = any($1)", [each["id"] for each in made])


@pytest.fixture
def no_rate(issued: tuple[str, Decimal], database: str) -> Iterator[None]:
    """After the order, the rate is seen to have ended long ago."""
    ended = sql(
        database, "update condition_records set valid_to = valid_from where condition_type = 'MWST' and rate = 13 returning id"
    )
    yield
    sql(database, "update condition_records set valid_to = '9999-12-31' where id = any($1)", [each["id"] for each in ended])


def test_without_a_change_the_rate_is_the_orders(server: Client, issued: tuple[str, Decimal]) -> None:
    (bill,) = Desk(server, "billing.1000").done("createBillingDocument", {"deliveries": [issued[0]]}, BILL)
    assert [each["rate"] for each in bill["taxes"]] == ["13"]


@pytest.mark.usefixtures("another_rate")
def test_a_rate_that_has_changed_since_is_the_bills(server: Client, issued: tuple[str, Decimal]) -> None:
    delivery, net = issued
    (bill,) = Desk(server, "billing.1000").done("createBillingDocument", {"deliveries": [delivery]}, BILL)
    tax = str((net * 9 / 100).quantize(Decimal("0.01")))
    assert bill == {
        "netValue": {"amount": str(net)},
        "taxAmount": {"amount": tax},
        "taxes": [{"rate": "9", "netValue": {"amount": str(net)}, "taxAmount": {"amount": tax}}],
    }


@pytest.mark.usefixtures("no_rate")
def test_where_no_rate_holds_any_more_nothing_is_billed(server: Client, issued: tuple[str, Decimal], database: str) -> None:
    before = sql(database, "select count(*) as n from billing_documents")
    refused = Desk(server, "billing.1000").refused("createBillingDocument", {"deliveries": [issued[0]]})
    assert refused == [("BILLING_TAX", "deliveries.0")]
    assert sql(database, "select count(*) as n from billing_documents") == before
