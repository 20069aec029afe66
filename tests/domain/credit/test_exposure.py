"""What counts on an account: an order's value moves from bucket to bucket and is never in two of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit.exposure import CreditItem, Exposure, Position, exposure, exposure_of, open_after
from domain.credit.status import Bucket
from domain.orders.quantities import BillingBasis, ItemQuantities

D = Decimal


def item(counted: str = "10", price: str = "100", basis: BillingBasis = BillingBasis.GOODS_ISSUE, **sums: str) -> CreditItem:
    quantities = {name: D(value) for name, value in {"ordered": "10", **sums}.items()}
    return CreditItem(ItemQuantities(**quantities, billed_by=basis), D(price), D(counted))


@pytest.mark.parametrize(
    ("each", "orders", "deliveries", "billing"),
    [
        pytest.param(item(), "1000", "0", "0", id="what is promised is an open order"),
        pytest.param(item("4"), "400", "0", "0", id="what is not promised counts nothing"),
        pytest.param(item("0"), "0", "0", "0", id="a blocked order counts nothing"),
        pytest.param(item(delivered="4", issued="4"), "600", "400", "0", id="what is delivered has moved"),
        pytest.param(
            item("0", delivered="4"), "0", "400", "0", id="what was delivered counts though the order is blocked since"
        ),
        pytest.param(item(delivered="10", billed="4"), "0", "600", "400", id="what is billed and not posted is open billing"),
        pytest.param(item(delivered="10", billed="4", posted="4"), "0", "600", "0", id="what is posted counts as what is owed"),
        pytest.param(
            item(delivered="12", billed="2", posted="2"), "0", "1000", "0", id="what is over-delivered counts in full"
        ),
        pytest.param(item(rejected="7"), "300", "0", "0", id="what is rejected counts nothing"),
        pytest.param(item("2", rejected="7"), "200", "0", "0", id="the less of promised and kept counts"),
        pytest.param(item(basis=BillingBasis.ORDER, billed="4", posted="4"), "600", "0", "0", id="a service skips deliveries"),
        pytest.param(
            item(basis=BillingBasis.ORDER, billed="15", posted="15"), "0", "0", "0", id="over-invoicing leaves nothing open"
        ),
        pytest.param(
            item(basis=BillingBasis.ORDER, billed="10", posted="10", delivered="4"),
            "0",
            "0",
            "0",
            id="invoiced first, delivered later",
        ),
        pytest.param(item(price="0.333333333"), "3.33333333", "0", "0", id="exact"),
    ],
)
def test_what_an_item_counts_for(each: CreditItem, orders: str, deliveries: str, billing: str) -> None:
    assert exposure_of(each) == Exposure(D(orders), D(deliveries), D(billing))


@given(
    ordered=st.integers(1, 50),
    confirmed=st.integers(0, 50),
    delivered=st.integers(0, 50),
    billed=st.integers(0, 50),
    posted=st.integers(0, 50),
)
def test_a_value_is_in_one_bucket_only(ordered: int, confirmed: int, delivered: int, billed: int, posted: int) -> None:
    billed, counted = min(billed, delivered), min(confirmed, ordered)
    posted = min(posted, billed)
    sums = ItemQuantities(D(ordered), delivered=D(delivered), billed=D(billed), posted=D(posted))
    found = exposure_of(CreditItem(sums, D(1), D(counted)))
    assert found.total == max(counted, delivered) - posted
    assert min(found.by_bucket.values()) >= 0


def test_exposures_add_up_bucket_by_bucket() -> None:
    one, other = Exposure(D(1), D(2), D(3), D(4)), Exposure(D(10), D(20), D(30), D(-40))
    assert one + other == Exposure(D(11), D(22), D(33), D(-36))
    assert (one + other).total == 30
    assert one.by_bucket == {
        Bucket.OPEN_ORDERS: D(1),
        Bucket.OPEN_DELIVERIES: D(2),
        Bucket.OPEN_BILLING: D(3),
        Bucket.RECEIVABLES: D(4),
    }


def test_positions_sum_to_the_exposure_and_advances_lower_it() -> None:
    day = date(2026, 1, 5)
    known = [
        Position(Bucket.OPEN_ORDERS, day, D(3)),
        Position(Bucket.OPEN_ORDERS, None, D(4)),
        Position(Bucket.OPEN_DELIVERIES, day, D(5)),
        Position(Bucket.OPEN_BILLING, day, D(6)),
        Position(Bucket.RECEIVABLES, day, D(10)),
        Position(Bucket.RECEIVABLES, day, D(-7)),
    ]
    assert exposure(known) == Exposure(D(7), D(5), D(6), D(3))
    assert exposure([]) == Exposure()


def test_only_open_orders_due_after_a_day_are_left_out() -> None:
    day, later = date(2026, 1, 5), date(2026, 1, 6)
    known = [
        Position(Bucket.OPEN_ORDERS, day, D(1)),
        Position(Bucket.OPEN_ORDERS, later, D(2)),
        Position(Bucket.OPEN_ORDERS, None, D(4)),
        Position(Bucket.RECEIVABLES, later, D(8)),
        Position(Bucket.OPEN_DELIVERIES, later, D(16)),
    ]
    assert open_after(known, day) == 2
    assert open_after(known, later) == 0
