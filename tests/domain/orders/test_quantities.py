"""Quantities: what is open, what may still be delivered, referenced and billed, and that the sums hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid, Refusal
from domain.orders.quantities import (
    BillingBasis,
    Called,
    DeliveryTolerance,
    ItemQuantities,
    Target,
    broken_balances,
    closed_short,
    distributed,
    faults_of_quantity,
    in_multiples,
    in_unit,
    is_delivered,
    may_still_be_delivered,
    may_still_be_referenced,
    refusals_to_call_off,
    refusals_to_deliver,
    refusals_to_reject,
    refusals_to_reorder,
    rejected_item,
)
from domain.pricing.values import Unit

UNITS = {
    "PC": Unit("PC", decimals=0),
    "BOX": Unit("BOX", decimals=0),
    "KG": Unit("KG", "mass"),
    "G": Unit("G", "mass", Fraction(1, 1000)),
}
ORDER, DELIVERY, GOODS_ISSUE = BillingBasis.ORDER, BillingBasis.DELIVERY, BillingBasis.GOODS_ISSUE
EXACTLY, LOOSELY, ANYTHING = DeliveryTolerance(), DeliveryTolerance(D(10), D(5)), DeliveryTolerance(D(100), None)


def an_item(**quantities: Any) -> ItemQuantities:
    """An item of 100 ordered."""
    return ItemQuantities(
        **{"ordered": D(100), **{name: D(value) if isinstance(value, int) else value for name, value in quantities.items()}}
    )


def told(refusals: tuple[Refusal, ...]) -> list[tuple[str, Any]]:
    return [(each.reason, each.values.get("most")) for each in refusals]


@pytest.mark.parametrize(
    ("item", "open_to_deliver", "over", "due", "open_to_bill"),
    [
        pytest.param(an_item(), 100, 0, 0, 0, id="nothing done"),
        pytest.param(an_item(rejected=30), 70, 0, 0, 0, id="a part rejected"),
        pytest.param(an_item(rejected=100), 0, 0, 0, 0, id="all rejected"),
        pytest.param(an_item(delivered=40), 60, 0, 0, 40, id="in delivery, still in the plant"),
        pytest.param(an_item(delivered=40, billed_by=DELIVERY), 60, 0, 40, 40, id="billed by delivery"),
        pytest.param(an_item(delivered=40, issued=40, billed=15), 60, 0, 25, 25, id="billed in part"),
        pytest.param(an_item(delivered=103, issued=103, billed=100), 0, 3, 3, 3, id="delivered beyond the order"),
        pytest.param(an_item(rejected=10, billed=20, billed_by=ORDER), 90, 0, 70, 70, id="invoice first, deliver later"),
    ],
)
def test_what_is_open(item: ItemQuantities, open_to_deliver: int, over: int, due: int, open_to_bill: int) -> None:
    found = (item.open_to_deliver, item.over_delivered, item.due_to_bill, item.open_to_bill)
    assert found == (open_to_deliver, over, due, open_to_bill)
    assert broken_balances(item) == ()


@pytest.mark.parametrize(
    ("item", "broken"),
    [
        pytest.param(an_item(rejected=-1), ["nothing below zero"], id="less than nothing"),
        pytest.param(an_item(rejected=101), ["rejected within ordered"], id="more rejected than ordered"),
        pytest.param(an_item(delivered=5, issued=6), ["issued within delivered"], id="issued without a delivery"),
        pytest.param(an_item(delivered=9, issued=5, billed=6), ["billed within billable"], id="billed before it left"),
        pytest.param(an_item(delivered=5, issued=5, returned=6), ["returned within what came"], id="more back than came"),
        pytest.param(an_item(delivered=5, issued=5, billed=4, posted=5), ["posted within billed"], id="posted and not billed"),
    ],
)
def test_what_does_not_add_up_is_named(item: ItemQuantities, broken: list[str]) -> None:
    assert list(broken_balances(item)) == broken


def test_what_is_closed_short_counts_as_rejected() -> None:
    item = closed_short(an_item(rejected=10, delivered=80))
    assert (item.rejected, item.open_to_deliver, item.delivered) == (20, 0, 80)
    assert closed_short(item) == item


@pytest.mark.parametrize(
    ("item", "rejected", "least"),
    [
        pytest.param(an_item(), 100, 0, id="nothing done"),
        pytest.param(an_item(rejected=30), 100, 30, id="a part rejected"),
        pytest.param(an_item(rejected=30, delivered=40), 60, 70, id="a part delivered"),
        pytest.param(an_item(delivered=40, issued=40, billed=40), 60, 40, id="and billed"),
        pytest.param(an_item(billed=25, billed_by=ORDER), 75, 25, id="billed first"),
        pytest.param(an_item(referenced=70), 30, 70, id="called off"),
        pytest.param(an_item(delivered=100), None, 100, id="all delivered"),
        pytest.param(an_item(delivered=105), None, 100, id="delivered beyond the order"),
        pytest.param(an_item(rejected=100), None, 100, id="all rejected"),
    ],
)
def test_what_may_be_rejected_and_how_little_be_ordered(item: ItemQuantities, rejected: int | None, least: int) -> None:
    refusals = refusals_to_reject(item, 10, "items.0")
    assert [each.reason for each in refusals] == ([] if rejected is not None else ["REJECTED_NOTHING"])
    assert rejected_item(item).rejected == (item.rejected if rejected is None else rejected)
    assert refusals_to_reorder(item, D(least), 10, "items.0.quantity") == ()
    too_little = refusals_to_reorder(item, D(least) - 1, 10, "items.0.quantity")
    assert [(each.reason, each.values["least"]) for each in too_little] == [("ORDERED_BELOW_DONE", str(least))]


@pytest.mark.parametrize(
    ("tolerance", "delivered", "more", "reasons"),
    [
        pytest.param(EXACTLY, 0, "100", [], id="all of it"),
        pytest.param(EXACTLY, 0, "100.001", [("DELIVERED_BEYOND_ORDER", "100")], id="a gram too much"),
        pytest.param(EXACTLY, 60, "41", [("DELIVERED_BEYOND_ORDER", "40")], id="beyond what is open"),
        pytest.param(LOOSELY, 60, "45", [], id="as much beyond as is tolerated"),
        pytest.param(LOOSELY, 60, "45.01", [("DELIVERED_BEYOND_ORDER", "45.00")], id="beyond what is tolerated"),
        pytest.param(LOOSELY, 110, "1", [("DELIVERED_BEYOND_ORDER", "0")], id="beyond it already"),
        pytest.param(ANYTHING, 100, "900", [], id="without limit"),
        pytest.param(ANYTHING, 0, "0", [("QUANTITY_OUT_OF_RANGE", None)], id="nothing"),
    ],
)
def test_how_much_more_may_be_delivered(
    tolerance: DeliveryTolerance, delivered: int, more: str, reasons: list[tuple[str, Any]]
) -> None:
    assert told(refusals_to_deliver(an_item(delivered=delivered), D(more), tolerance, 10, "items.0.quantity")) == reasons


@pytest.mark.parametrize(
    ("tolerance", "delivered", "enough"),
    [
        (EXACTLY, 100, True),
        (EXACTLY, 99, False),
        (LOOSELY, 90, True),
        (LOOSELY, 89, False),
        (ANYTHING, 0, False),
        (ANYTHING, 1, True),
    ],
)
def test_when_a_delivery_will_do(tolerance: DeliveryTolerance, delivered: int, enough: bool) -> None:
    assert is_delivered(an_item(delivered=delivered), tolerance) is enough


@pytest.mark.parametrize(
    ("over_release", "referenced", "most"),
    [("0", 30, "70"), ("0", 100, "0"), ("20", 30, "90"), ("20", 110, "10"), ("20", 130, "0"), (None, 500, None)],
)
def test_what_later_documents_may_take(over_release: str | None, referenced: int, most: str | None) -> None:
    found = may_still_be_referenced(an_item(referenced=referenced), None if over_release is None else D(over_release))
    assert found == (None if most is None else D(most))


@pytest.mark.parametrize(
    ("target", "over", "more", "reasons"),
    [
        pytest.param(Target(D(100)), "0", Called(D(60)), [], id="the rest of a quantity"),
        pytest.param(Target(D(100)), "0", Called(D(61)), [("CALLED_BEYOND_QUANTITY", "60")], id="beyond it"),
        pytest.param(
            Target(value=D(1000)), "0", Called(D(900), D("600.00")), [], id="the rest of a value, whatever the quantity"
        ),
        pytest.param(
            Target(value=D(1000)), "0", Called(D(1), D("600.01")), [("CALLED_BEYOND_VALUE", "600")], id="a cent beyond it"
        ),
        pytest.param(
            Target(D(100), D(1000)),
            "0",
            Called(D(61), D(601)),
            [("CALLED_BEYOND_QUANTITY", "60"), ("CALLED_BEYOND_VALUE", "600")],
            id="beyond both",
        ),
        pytest.param(Target(D(100)), "10", Called(D(70)), [], id="an over-release that is allowed"),
        pytest.param(Target(D(100)), "10", Called(D(71)), [("CALLED_BEYOND_QUANTITY", "70.0")], id="beyond the over-release"),
        pytest.param(Target(D(100)), None, Called(D(999)), [], id="without limit"),
        pytest.param(Target(), "0", Called(D(999), D(999)), [], id="agreed for neither"),
    ],
)
def test_call_offs(target: Target, over: str | None, more: Called, reasons: list[tuple[str, Any]]) -> None:
    called, limit = Called(D(40), D(400)), None if over is None else D(over)
    refusals = refusals_to_call_off(target, called, more, limit, 10)
    assert [(each.reason, str(each.values["most"])) for each in refusals] == reasons


@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "found"),
    [("7", "PC", "PC", "7"), ("7", "BOX", "PC", "84"), ("84", "PC", "BOX", "7"), ("7", "KG", "G", "7000")],
)
def test_a_quantity_in_another_unit(value: str, from_unit: str, to_unit: str, found: str) -> None:
    assert in_unit(D(value), from_unit, to_unit, UNITS, "PC", {"BOX": Fraction(12)}) == D(found)


def test_a_unit_without_conversion_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        in_unit(D(1), "KG", "PC", UNITS, "PC", field="items.0.unit")
    assert refused.value.refusals == (Refusal("QUANTITY_UNIT", "items.0.unit", {"unit": "KG", "other": "PC"}),)


@pytest.mark.parametrize(
    ("value", "unit", "reason"),
    [
        ("1", "PC", None),
        ("0.5", "PC", "QUANTITY_DECIMALS"),
        ("1.500", "KG", None),
        ("1.0005", "KG", "QUANTITY_DECIMALS"),
        ("1.0000", "PC", None),
        ("0", "PC", "QUANTITY_OUT_OF_RANGE"),
        ("-1", "PC", "QUANTITY_OUT_OF_RANGE"),
        ("NaN", "PC", "QUANTITY_OUT_OF_RANGE"),
        ("Infinity", "PC", "QUANTITY_OUT_OF_RANGE"),
        ("1e12", "PC", None),
        ("1e13", "PC", "QUANTITY_OUT_OF_RANGE"),
        ("1", "HUG", "CODE_UNKNOWN"),
    ],
)
def test_quantities_as_entered(value: str, unit: str, reason: str | None) -> None:
    refusals = faults_of_quantity(D(value), unit, UNITS, "items.0.quantity")
    assert [(each.reason, each.field) for each in refusals] == ([] if reason is None else [(reason, "items.0.quantity")])


@pytest.mark.parametrize(
    ("quantity", "multiple", "found"),
    [("50", "24", "48"), ("48", "24", "48"), ("5", "24", "0"), ("5.5", None, "5.5"), ("5.7", "0.5", "5.5")],
)
def test_whole_multiples(quantity: str, multiple: str | None, found: str) -> None:
    assert in_multiples(D(quantity), None if multiple is None else D(multiple)) == D(found)


QUANTITIES = st.decimals(0, 1000, places=3)


@given(QUANTITIES, st.lists(QUANTITIES, max_size=6))
def test_a_quantity_spread_over_open_ones(quantity: D, open_quantities: list[D]) -> None:
    parts = distributed(quantity, open_quantities)
    assert sum(parts) == min(quantity, sum(open_quantities))
    assert all(0 <= part <= most for part, most in zip(parts, open_quantities, strict=True))
    first_left = next(
        (place for place, (part, most) in enumerate(zip(parts, open_quantities, strict=True)) if part < most), len(parts)
    )
    assert not any(parts[first_left + 1 :])


STEPS = st.lists(
    st.tuples(st.sampled_from(["reject", "deliver", "issue", "bill", "post"]), st.decimals(0, 1, places=2)), max_size=30
)


@given(STEPS, st.sampled_from(BillingBasis), st.sampled_from([EXACTLY, LOOSELY]))
def test_the_sums_hold_whatever_is_done_within_what_is_allowed(
    steps: list[tuple[str, D]], basis: BillingBasis, tolerance: DeliveryTolerance
) -> None:
    """Each step takes a share of what the rules leave to it."""
    item = an_item(billed_by=basis)
    for step, share in steps:
        left = {
            "reject": min(item.open_to_deliver, item.kept - item.billed if basis is ORDER else item.kept),
            "deliver": may_still_be_delivered(item, tolerance) or D(0),
            "issue": item.delivered - item.issued,
            "bill": item.due_to_bill,
            "post": item.billed - item.posted,
        }[step]
        name = {"reject": "rejected", "deliver": "delivered", "issue": "issued", "bill": "billed", "post": "posted"}[step]
        item = replace(item, **{name: getattr(item, name) + left * share})
        assert broken_balances(item) == ()
        assert item.ordered + item.over_delivered == item.rejected + item.open_to_deliver + item.delivered
        assert basis is ORDER or item.delivered == item.billed + item.open_to_bill
