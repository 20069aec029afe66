"""Releases: who may not, how long one holds, how much of a part goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit.release import (
    HeldPart,
    Release,
    ReleaseCase,
    held_after,
    holds,
    refusals_to_reject,
    refusals_to_release,
)
from domain.credit.status import CreditStatus

D = Decimal
JULY = date(2026, 7, 1)
BLOCKED = ReleaseCase(CreditStatus.NOT_APPROVED, "kim", frozenset({"lee"}), "ann", D(1000))


@pytest.mark.parametrize(
    ("release", "value", "on", "found"),
    [
        pytest.param(Release(D(1000), JULY, D(10), 5), "1100", JULY, True, id="up to its deviation"),
        pytest.param(Release(D(1000), JULY, D(10), 5), "1100.01", JULY, False, id="not a cent more"),
        pytest.param(Release(D(1000), JULY), "1000", JULY, True, id="for about its value on its day"),
        pytest.param(Release(D(1000), JULY), "1000", date(2026, 7, 2), False, id="without days for that day only"),
        pytest.param(Release(D(1000), JULY, days=5), "1000", date(2026, 7, 5), True, id="of 1 July for 5 days through 5 July"),
        pytest.param(Release(D(1000), JULY, days=5), "1000", date(2026, 7, 6), False, id="not on 6 July"),
        pytest.param(Release(D(1000), JULY, D(10), 5), "1", date(2026, 7, 6), False, id="nor for less"),
    ],
)
def test_how_long_a_release_holds(release: Release, value: str, on: date, found: bool) -> None:
    assert holds(release, D(value), on) is found


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="somebody else's order"),
        pytest.param({"releaser": "kim"}, ["CREDIT_OWN_DOCUMENT"], id="nobody releases what they entered"),
        pytest.param({"releaser": "lee"}, ["CREDIT_OWN_DOCUMENT"], id="nor what they changed"),
        *(
            pytest.param({"status": status}, ["CREDIT_NOT_BLOCKED"], id=f"{status.name} needs no release")
            for status in CreditStatus
            if status not in (CreditStatus.NOT_APPROVED, CreditStatus.PARTIALLY_RELEASED)
        ),
        pytest.param({"status": CreditStatus.PARTIALLY_RELEASED}, [], id="the rest of a part"),
        pytest.param({"partial": D("0.01")}, [], id="a cent of it"),
        pytest.param({"partial": D(1000)}, [], id="all of it"),
        pytest.param({"partial": D("1000.01")}, ["CREDIT_PARTIAL_RANGE"], id="more than it"),
        pytest.param({"partial": D(0)}, ["CREDIT_PARTIAL_RANGE"], id="nothing of it"),
    ],
)
def test_what_speaks_against_a_release(change: dict[str, object], reasons: list[str]) -> None:
    found = refusals_to_release(replace(BLOCKED, **change))  # type: ignore[arg-type]  # a table of fields
    assert [each.reason for each in found] == reasons
    fields = {"CREDIT_PARTIAL_RANGE": "value"}
    assert all(each.field == fields.get(each.reason, "salesOrder") for each in found)
    partial = change.get("partial")
    assert all(each.values == {"value": str(partial), "most": "1000"} for each in found)


def test_only_what_is_blocked_as_a_whole_is_rejected() -> None:
    assert refusals_to_reject(BLOCKED) == ()
    part = replace(BLOCKED, status=CreditStatus.PARTIALLY_RELEASED)
    assert [(each.reason, each.field) for each in refusals_to_reject(part)] == [("CREDIT_NOT_BLOCKED", "salesOrder")]
    own = replace(BLOCKED, releaser="kim")
    assert [each.reason for each in refusals_to_reject(own)] == ["CREDIT_OWN_DOCUMENT"]


@pytest.mark.parametrize(
    ("released", "held"),
    [
        pytest.param("0", ["10", "5", "2"], id="nothing"),
        pytest.param("1000", ["0", "5", "2"], id="the first line"),
        pytest.param("999", ["1", "3.020", "2"], id="a part of the first line, the rest of the value for the next"),
        pytest.param("1100", ["0", "3", "2"], id="and two of the second"),
        pytest.param("1275", ["0", "0", "1.643"], id="to the decimals of each line"),
        pytest.param("5000", ["0", "0", "0"], id="all"),
    ],
)
def test_how_much_stays_held_when_a_part_is_released(released: str, held: list[str]) -> None:
    parts = [HeldPart(D(10), D(100), 0), HeldPart(D(5), D(50), 3), HeldPart(D(2), D(70), 3)]
    assert held_after(parts, D(released)) == tuple(map(D, held))


@given(
    parts=st.lists(st.tuples(st.integers(0, 20), st.decimals(0, 50, places=2), st.integers(0, 3)), max_size=5),
    released=st.decimals(0, 2000, places=2),
)
def test_no_more_goes_on_than_is_released(parts: list[tuple[int, Decimal, int]], released: Decimal) -> None:
    known = [HeldPart(D(quantity), price, places) for quantity, price, places in parts]
    held = held_after(known, released)
    freed = sum((part.quantity - kept) * part.price for part, kept in zip(known, held, strict=True))
    assert freed <= released
    assert all(0 <= kept <= part.quantity for part, kept in zip(known, held, strict=True))
