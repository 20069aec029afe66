"""What may be wrong with a record, records of one key beside each other, and the gaps between them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from domain.pricing.records import gaps, refusals_of_overlap, refusals_of_record
from domain.pricing.values import ReleaseStatus, ScaleType, Sign, Supplement
from tests.domain.pricing.builders import (
    BY_CUSTOMER_MATERIAL,
    INCLUDED,
    TABLES,
    USUAL_TYPES,
    a_record,
    a_scale,
    a_type,
    told,
)

TYPES = {
    **USUAL_TYPES,
    "ONLY": a_type("ONLY", sign=Sign.NEGATIVE),
    "INCL": a_type("INCL", INCLUDED),
    "GRP": a_type("GRP", group=True),
}
INTERVAL, FROM = ScaleType.INTERVAL, ScaleType.FROM


@pytest.mark.parametrize(
    ("condition_type", "rate", "change", "expected"),
    [
        pytest.param("PR00", "10", {}, [], id="a price"),
        pytest.param("PR00", "10", {"currency": "CNY", "per": D(100)}, [], id="a price per hundred"),
        pytest.param("ZZZZ", "10", {}, [("RECORD_OF_NOTHING", "conditionType")], id="an unknown type"),
        pytest.param("PR00", "10", {"table": "NONE"}, [("RECORD_OF_NOTHING", "table")], id="an unknown table"),
        pytest.param("PR00", "10", {"table": BY_CUSTOMER_MATERIAL}, [("RECORD_KEY", "key")], id="a key too short"),
        pytest.param("PR00", "10", {"key": ("",)}, [("RECORD_KEY", "key")], id="a key without a value"),
        pytest.param("PR00", "10", {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}, [("VALIDITY_REVERSED", "validTo")], id="over before it begins"),
        pytest.param("PR00", "10", {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 1, 1)}, [], id="valid for a day"),
        pytest.param("K007", "-150", {}, [("PERCENT_RANGE", "record.rate")], id="-150 %"),
        pytest.param("K007", "-100.01", {}, [("PERCENT_RANGE", "record.rate")], id="more than all"),
        pytest.param("K007", "-100", {}, [], id="all of it"),
        pytest.param("K007", "1000", {}, [], id="ten times as much"),
        pytest.param("K007", "1000.01", {}, [("PERCENT_RANGE", "record.rate")], id="more than ten times as much"),
        pytest.param("INCL", "-100", {}, [("PERCENT_RANGE", "record.rate")], id="a contained percentage of -100 divides by zero"),
        pytest.param("INCL", "-99", {}, [], id="a contained percentage"),
        pytest.param("PR00", "NaN", {}, [("RATE_RANGE", "record.rate")], id="no number"),
        pytest.param("K007", "Infinity", {}, [("PERCENT_RANGE", "record.rate")], id="no finite number"),
        pytest.param("PR00", "1000000000000", {}, [("RATE_RANGE", "record.rate")], id="an amount beyond all bounds"),
        pytest.param("PR00", "999999999999", {}, [], id="an amount just within bounds"),
        pytest.param("PR00", "-1", {}, [("RATE_SIGN", "record.rate")], id="a negative price"),
        pytest.param("PR00", "0", {}, [], id="a price of zero"),
        pytest.param("ONLY", "1", {}, [("RATE_SIGN", "record.rate")], id="a discount that adds"),
        pytest.param("ONLY", "0", {}, [], id="a discount of nothing"),
        pytest.param("PR00", "1", {"per": D(0)}, [("PER_RANGE", "record.per")], id="per nothing"),
        pytest.param("PR00", "1", {"per": D("Infinity")}, [("PER_RANGE", "record.per")], id="per infinity"),
        pytest.param("PR00", "1", {"currency": "yuan"}, [("CURRENCY_MALFORMED", "record.currency")], id="no currency"),
        pytest.param("PR00", "1", {"currency": "CNYX"}, [("CURRENCY_MALFORMED", "record.currency")], id="four letters"),
        pytest.param("K007", "1", {"currency": "CNY"}, [("CURRENCY_MALFORMED", "record.currency")], id="a percentage has none"),
        pytest.param("K007", "1", {"scale": a_scale(FROM, ("9", "1"), ("5", "1"))}, [("SCALE_DESCENDS", "scale.levels.1")], id="descending levels"),
        pytest.param("K007", "1", {"scale": a_scale(FROM, ("5", "-150"))}, [("PERCENT_RANGE", "scale.levels.0.rate")], id="a level of -150 %"),
        pytest.param("PR00", "1", {"scale": a_scale(FROM, ("5", "1"), ("9", "-1"))}, [("RATE_RANGE", "scale.levels.1.rate")], id="a negative price in a level"),
        pytest.param("K007", "1", {"scale": a_scale(INTERVAL, ("5", "1"))}, [], id="an interval scale"),
        pytest.param("GRP", "1", {"scale": a_scale(INTERVAL, ("5", "1"))}, [("INTERVAL_EXCLUDES", "scale.type")], id="intervals in a group"),
        pytest.param("GRP", "1", {"scale": a_scale(FROM, ("5", "1"))}, [], id="a from-scale in a group"),
        pytest.param("K007", "1", {"scale": a_scale(INTERVAL, ("5", "1")), "lower_limit": D(0)}, [("INTERVAL_EXCLUDES", "scale.type")], id="intervals with a lower limit"),
        pytest.param("K007", "1", {"scale": a_scale(INTERVAL, ("5", "1")), "upper_limit": D(9)}, [("INTERVAL_EXCLUDES", "scale.type")], id="intervals with an upper limit"),
        pytest.param("K007", "1", {"scale": a_scale(INTERVAL, ("5", "1")), "supplements": (Supplement("KA00", D(1)),)}, [("INTERVAL_EXCLUDES", "scale.type")], id="intervals with supplements"),
        pytest.param("PR00", "1", {"supplements": (Supplement("KA00", D(-10)), Supplement("ZZZZ", D(1)))}, [("SUPPLEMENT_TYPE", "supplements.1.conditionType")], id="an unknown supplement"),
        pytest.param("PR00", "1", {"supplements": (Supplement("PR00", D(1)),)}, [("SUPPLEMENT_TYPE", "supplements.0.conditionType")], id="a price as a supplement"),
        pytest.param("PR00", "1", {"supplements": (Supplement("AMIZ", D(1)),)}, [("SUPPLEMENT_TYPE", "supplements.0.conditionType")], id="a formula as a supplement"),
        pytest.param("PR00", "1", {"supplements": (Supplement("KA00", D(-150)),)}, [("PERCENT_RANGE", "supplements.0.rate")], id="a supplement of -150 %"),
        pytest.param("K007", "1", {"lower_limit": D(2), "upper_limit": D(1)}, [("LIMITS_REVERSED", "upperLimit")], id="limits reversed"),
        pytest.param("K007", "1", {"lower_limit": D(1), "upper_limit": D(1)}, [], id="limits that meet"),
        pytest.param("K007", "1", {"maximum_value": D(0)}, [("MAXIMUM_RANGE", "maximumValue")], id="a maximum value of nothing"),
        pytest.param("K007", "1", {"maximum_quantity": D(-1)}, [("MAXIMUM_RANGE", "maximumQuantity")], id="a maximum quantity below 0"),
        pytest.param("K007", "1", {"maximum_orders": 0}, [("MAXIMUM_RANGE", "maximumOrders")], id="a maximum of no orders"),
        pytest.param("K007", "1", {"maximum_orders": 1, "maximum_value": D(1), "maximum_quantity": D(1)}, [], id="maxima of one"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_record(
    condition_type: str, rate: str, change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    record = a_record(condition_type, rate, **change)
    assert told(refusals_of_record(record, TYPES, TABLES)) == expected


def test_a_refusal_names_its_record() -> None:
    (refusal,) = refusals_of_record(a_record("K007", "-150", number="4711"), TYPES, TABLES)
    assert refusal.values == {"type": "K007", "record": "4711", "value": "-150"}
    (refusal,) = refusals_of_record(a_record("K007", "1", number="4711", scale=a_scale(FROM, ("1", "-150"))), TYPES, TABLES)
    assert refusal.values == {"type": "K007", "record": "4711", "value": "-150"}
    (refusal,) = refusals_of_record(a_record("PR00", "1", number="4711", table=BY_CUSTOMER_MATERIAL), TYPES, TABLES)
    assert refusal.values["fields"] == "customer, material"
    (refusal,) = refusals_of_record(a_record("K007", "1", number="4711", maximum_orders=0), TYPES, TABLES)
    assert refusal.values == {"record": "4711", "value": "0"}
    (refusal,) = refusals_of_record(
        a_record("PR00", "1", number="4711", supplements=(Supplement("KA00", D(-150)),)), TYPES, TABLES
    )
    assert refusal.values == {"type": "KA00", "record": "4711", "value": "-150"}
    (refusal,) = refusals_of_record(a_record("PR00", "1", number="4711", key=("",)), TYPES, TABLES)
    assert refusal.values == {"record": "4711", "table": "ORGANIZATION", "fields": "sales_organization"}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    record = a_record("PR00", "-1", per=D(0), key=("",), maximum_orders=0, scale=a_scale(FROM, ("2", "1"), ("1", "1")))
    reasons = [reason for reason, _ in told(refusals_of_record(record, TYPES, TABLES))]
    assert reasons == ["RECORD_KEY", "RATE_SIGN", "PER_RANGE", "SCALE_DESCENDS", "MAXIMUM_RANGE"]


# -------------------------------------------------------------------------------------------------------- of one key


def span(first: int, last: int, number: str = "B", **more: Any) -> Any:
    return a_record("PR00", "1", number=number, valid_from=date(2026, 1, first), valid_to=date(2026, 1, last), **more)


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        pytest.param(span(1, 9), False, id="before"),
        pytest.param(span(1, 10), True, id="up to the first day"),
        pytest.param(span(20, 31), True, id="from the last day on"),
        pytest.param(span(21, 31), False, id="after"),
        pytest.param(span(12, 13), True, id="within"),
        pytest.param(span(1, 31, "A"), False, id="a version of the same record"),
        pytest.param(span(1, 31)._replace(condition_type="K007"), False, id="of another type"),
        pytest.param(span(1, 31)._replace(table="MATERIAL"), False, id="of another table"),
        pytest.param(span(1, 31)._replace(key=("2000",)), False, id="of another key"),
        pytest.param(span(1, 31, release_status=ReleaseStatus.BLOCKED), True, id="blocked, and still in the way"),
    ],
)
def test_different_records_of_one_key_never_claim_one_day(other: Any, overlaps: bool) -> None:
    refusals = refusals_of_overlap(span(10, 20, "A"), [other])
    assert [(each.reason, each.field, each.values) for each in refusals] == (
        [("RECORDS_OVERLAP", "validFrom", {"type": "PR00", "record": "A", "other": "B"})] if overlaps else []
    )


def test_each_other_record_is_told_once() -> None:
    others = [span(1, 31, "C"), span(1, 31, "B"), span(1, 31, "B", version=2)]
    assert [each.values["other"] for each in refusals_of_overlap(span(10, 20, "A"), others)] == ["B", "C"]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param([], [(1, 31)], id="nothing at all"),
        pytest.param([(1, 31)], [], id="the whole month"),
        pytest.param([(1, 10), (11, 31)], [], id="without a gap"),
        pytest.param([(1, 10), (12, 31)], [(11, 11)], id="a day between"),
        pytest.param([(12, 31), (1, 10)], [(11, 11)], id="in whatever order"),
        pytest.param([(5, 10)], [(1, 4), (11, 31)], id="before and after"),
        pytest.param([(1, 20), (5, 10)], [(21, 31)], id="one within the other"),
        pytest.param([(1, 20), (15, 30)], [(31, 31)], id="overlapping versions"),
        pytest.param([(1, 1), (2, 31)], [], id="a day, and the rest"),
        pytest.param([(1, 20), (5, 10), (21, 31)], [], id="one within the other, and a third"),
        pytest.param([(31, 31)], [(1, 30)], id="the last day only"),
    ],
)
def test_gaps_are_reported(spans: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    found = gaps([span(*each) for each in spans], date(2026, 1, 1), date(2026, 1, 31))
    assert [(one.day, other.day) for one, other in found] == expected


def test_gaps_beyond_the_days_asked_for_are_no_matter() -> None:
    records = [a_record("PR00", "1"), span(1, 2)]
    assert gaps(records, date(2026, 1, 1), date(2026, 1, 31)) == ()
    assert gaps([a_record("PR00", "1")], date(2026, 1, 1), date.max) == ()
    later = a_record("PR00", "1", valid_from=date(2026, 3, 1))
    assert gaps([later], date(2026, 1, 1), date(2026, 1, 31)) == ((date(2026, 1, 1), date(2026, 1, 31)),)
