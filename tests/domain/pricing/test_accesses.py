"""Which records a document needs, which one holds on a day, and what each access says of its search."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from domain.errors import Refused
from domain.pricing.accesses import IN_DOCUMENTS, IN_SIMULATION, KeysWanted, keys_wanted, record_on
from domain.pricing.evaluation import price
from domain.pricing.values import Access, AccessSequence, ConditionRecord, KeyField, PricingType, ReleaseStatus
from tests.domain.pricing.builders import (
    BY_CUSTOMER_MATERIAL,
    BY_MATERIAL,
    BY_ORGANIZATION,
    PRICE,
    QUANTITY,
    TODAY,
    a_company,
    a_document,
    a_record,
    a_step,
    a_type,
    an_item,
    price_one,
    reasons_of,
)

RELEASED, BLOCKED = ReleaseStatus.RELEASED, ReleaseStatus.BLOCKED
SIMULATION, PLANNING = ReleaseStatus.SIMULATION, ReleaseStatus.PLANNING_AND_SIMULATION
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)

THREE = {
    "THREE": AccessSequence("THREE", (Access(30, BY_ORGANIZATION), Access(10, BY_CUSTOMER_MATERIAL), Access(20, BY_MATERIAL)))
}
PR00 = a_type("PR00", QUANTITY, condition_class=PRICE, access_sequence="THREE")


def company(*steps: Any, types: Any = (PR00,), **more: Any) -> Any:
    return a_company(*(steps or (a_step(10, "PR00"),)), types=types, sequences=THREE, **more)


def of_customer(rate: str, **more: Any) -> ConditionRecord:
    return a_record("PR00", rate, table=BY_CUSTOMER_MATERIAL, key=("C1", "M1"), **more)


# ----------------------------------------------------------------------------------------------- which record holds


@pytest.mark.parametrize(
    ("records", "statuses", "rate", "outcome"),
    [
        pytest.param([], IN_DOCUMENTS, None, "NO_RECORD", id="none"),
        pytest.param([{}], IN_DOCUMENTS, "1", "FOUND", id="one"),
        pytest.param([{"valid_from": TODAY, "valid_to": TODAY}], IN_DOCUMENTS, "1", "FOUND", id="both ends included"),
        pytest.param([{"valid_from": TOMORROW}], IN_DOCUMENTS, None, "NOT_YET_VALID", id="from tomorrow on"),
        pytest.param([{"valid_to": YESTERDAY}], IN_DOCUMENTS, None, "EXPIRED", id="until yesterday"),
        pytest.param([{"valid_to": YESTERDAY}, {"valid_from": TOMORROW}], IN_DOCUMENTS, None, "NOT_YET_VALID", id="a gap today"),
        pytest.param([{"release_status": BLOCKED}], IN_DOCUMENTS, None, "BLOCKED", id="blocked"),
        pytest.param([{"release_status": SIMULATION}], IN_DOCUMENTS, None, "BLOCKED", id="for simulation only"),
        pytest.param([{"release_status": PLANNING}], IN_DOCUMENTS, None, "BLOCKED", id="for planning only"),
        pytest.param([{}, {"version": 2}], IN_DOCUMENTS, "2", "FOUND", id="the highest version"),
        pytest.param([{"version": 2}, {}], IN_DOCUMENTS, "2", "FOUND", id="in whatever order they come"),
        pytest.param([{}, {"version": 2, "release_status": BLOCKED}], IN_DOCUMENTS, "1", "FOUND", id="a blocked version silences none"),
        pytest.param([{}, {"version": 2, "valid_from": TOMORROW}], IN_DOCUMENTS, "1", "FOUND", id="the old one until the new begins"),
        pytest.param([{}, {"version": 2, "release_status": SIMULATION}], IN_SIMULATION, "2", "FOUND", id="simulation prefers its own"),
        pytest.param([{"version": 2}, {"release_status": SIMULATION}], IN_SIMULATION, "1", "FOUND", id="even an older version"),
        pytest.param(
            [{"version": 2, "release_status": SIMULATION}, {"release_status": PLANNING}], IN_SIMULATION, "1", "FOUND", id="planning first"
        ),
        pytest.param([{}], IN_SIMULATION, "1", "FOUND", id="else the released one"),
        pytest.param([{"release_status": BLOCKED}], IN_SIMULATION, None, "BLOCKED", id="blocked in simulation too"),
    ],
)  # fmt: skip
def test_the_record_that_holds_on_a_day(records: list[dict[str, Any]], statuses: Any, rate: str | None, outcome: str) -> None:
    under = [a_record("PR00", str(each.get("version", 1)), **each) for each in records]
    record, found, others = record_on(under, TODAY, statuses)
    assert (None if record is None else record.rate, found.name) == (None if rate is None else D(rate), outcome)
    assert others == ()


# --------------------------------------------------------------------------------------------------------- the trace


@pytest.mark.parametrize(
    ("records", "fields", "outcomes", "net"),
    [
        pytest.param([], {}, ["NO_RECORD", "NO_RECORD", "NO_RECORD"], "0", id="nothing anywhere"),
        pytest.param([of_customer("7")], {}, ["FOUND", "EXCLUSIVE_HIT_BEFORE", "EXCLUSIVE_HIT_BEFORE"], "7", id="the first hit ends it"),
        pytest.param(
            [a_record("PR00", "9"), a_record("PR00", "8", material="M1")], {}, ["NO_RECORD", "FOUND", "EXCLUSIVE_HIT_BEFORE"], "8",
            id="the more special one",
        ),
        pytest.param(
            [of_customer("7"), a_record("PR00", "9")], {KeyField.CUSTOMER: ""}, ["KEY_INCOMPLETE", "NO_RECORD", "FOUND"], "9",
            id="a field without a value",
        ),
        pytest.param(
            [of_customer("7", release_status=BLOCKED), a_record("PR00", "9")], {}, ["BLOCKED", "NO_RECORD", "FOUND"], "9",
            id="a blocked record acts as if absent",
        ),
        pytest.param(
            [of_customer("7", valid_to=YESTERDAY), a_record("PR00", "8", material="M1", valid_from=TOMORROW)], {},
            ["EXPIRED", "NOT_YET_VALID", "NO_RECORD"], "0", id="all at the wrong time",
        ),
    ],
)  # fmt: skip
def test_each_access_says_what_it_found_or_why_not(records: Any, fields: Any, outcomes: list[str], net: str) -> None:
    item = price_one(company(), *records, fields=fields)
    (row,) = item.rows
    assert [access.outcome.name for access in row.accesses] == outcomes
    assert [access.number for access in row.accesses] == [10, 20, 30]
    assert item.net_value == D(net)


def test_an_access_names_its_table_its_key_and_the_record_it_found() -> None:
    record = a_record("PR00", "9")
    first, _, third = price_one(company(), record, fields={KeyField.CUSTOMER: ""}).rows[0].accesses
    assert (first.table, first.key, first.record_id) == (BY_CUSTOMER_MATERIAL, ((KeyField.MATERIAL, "M1"),), None)
    assert (third.table, third.key, third.record_id) == (BY_ORGANIZATION, ((KeyField.SALES_ORGANIZATION, "1000"),), record.id)


def test_an_item_s_own_field_goes_before_the_header_s() -> None:
    item = an_item(fields={KeyField.CUSTOMER: "C9"})
    record = a_record("PR00", "5", table=BY_CUSTOMER_MATERIAL, key=("C9", "M1"))
    assert price_one(company(), record, item=item).net_value == D(5)


def test_a_blocked_record_leaves_a_row_that_says_so() -> None:
    item = price_one(company(), a_record("PR00", "9", release_status=BLOCKED))
    assert reasons_of(item) == {"PR00": "RECORD_BLOCKED"}
    assert item.rows[0].value is None


def test_accesses_that_are_not_exclusive_find_several_records() -> None:
    accesses = tuple(replace(each, exclusive=False) for each in THREE["THREE"].accesses)
    records = [of_customer("7"), a_record("PR00", "9")]
    found = a_company(a_step(10, "PR00"), types=[PR00], sequences={"THREE": AccessSequence("THREE", accesses)})
    item = price_one(found, *records)
    assert [access.outcome.name for access in item.rows[0].accesses] == ["FOUND", "NO_RECORD", "FOUND"]
    assert reasons_of(item) == {"PR00": "LATER_PRICE"}
    assert item.net_value == D(9)


def test_requirements_of_accesses_and_steps() -> None:
    accesses = (Access(10, BY_MATERIAL, "= quantity >= 100"), Access(20, BY_ORGANIZATION))
    found = a_company(
        a_step(10, "PR00"),
        a_step(20, "K007", requirement="= customer = 'C2'"),
        types=[PR00],
        sequences={"THREE": AccessSequence("THREE", accesses)},
    )
    records = [a_record("PR00", "8", material="M1"), a_record("PR00", "9"), a_record("K007", "-10")]
    few = price_one(found, *records)
    assert [access.outcome.name for access in few.rows[0].accesses] == ["REQUIREMENT", "FOUND"]
    assert [access.outcome.name for access in few.rows[1].accesses] == ["REQUIREMENT", "REQUIREMENT"]
    assert few.net_value == D(9)
    many = price_one(found, *records, item=an_item(10, "100"), fields={KeyField.CUSTOMER: "C2"})
    assert many.net_value == D(720)


def test_records_of_different_numbers_that_claim_a_day_are_refused() -> None:
    records = [a_record("PR00", "9", number="A"), a_record("PR00", "8", number="B")]
    with pytest.raises(Refused) as refused:
        price_one(company(), *records)
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field) == ("RECORDS_OVERLAP", "items.0")
    assert refusal.values == {"type": "PR00", "record": "A", "other": "B"}


def test_simulation_prices_with_what_is_not_yet_released() -> None:
    records = [a_record("PR00", "9"), a_record("PR00", "8", version=2, release_status=PLANNING)]
    assert price_one(company(), *records).net_value == D(9)
    assert price_one(company(), *records, simulation=True).net_value == D(8)


def test_prices_look_at_the_pricing_date_and_taxes_at_the_day_of_the_service() -> None:
    records = [
        a_record("PR00", "100", valid_to=date(2019, 3, 31), number="1"),
        a_record("PR00", "110", valid_from=date(2019, 4, 1), number="2"),
        a_record("MWST", "16", valid_to=date(2019, 3, 31), number="3"),
        a_record("MWST", "13", valid_from=date(2019, 4, 1), number="4"),
    ]
    found = company(a_step(10, "PR00"), a_step(20, "MWST"))
    item = price_one(found, *records, pricing_date=date(2019, 3, 25), services_rendered_date=date(2019, 4, 2))
    assert (item.net_value, item.tax_amount) == (D(100), D(13))


# ------------------------------------------------------------------------------------------------------ what to fetch


def test_all_keys_of_a_document_are_wanted_once() -> None:
    found = company(
        a_step(10, "PR00"), a_step(20, "MWST"), a_step(30, None), a_step(40, "RB00"), a_step(50, "K007", manual=True)
    )
    document = a_document(an_item(10), an_item(20), an_item(30, material="M2"), services_rendered_date=TOMORROW)
    assert keys_wanted(document, found) == (
        KeysWanted("PR00", BY_CUSTOMER_MATERIAL, TODAY, (("C1", "M1"), ("C1", "M2"))),
        KeysWanted("PR00", BY_MATERIAL, TODAY, (("M1",), ("M2",))),
        KeysWanted("PR00", BY_ORGANIZATION, TODAY, (("1000",),)),
        KeysWanted("MWST", BY_MATERIAL, TOMORROW, (("M1",), ("M2",))),
        KeysWanted("MWST", BY_ORGANIZATION, TOMORROW, (("1000",),)),
    )


def test_a_key_shared_by_all_items_hides_no_other() -> None:
    found = a_company(
        a_step(10, "K007"),
        a_step(20, "PR00"),
        types=[a_type("K007", access_sequence="ONE"), PR00],
        sequences={**THREE, "ONE": AccessSequence("ONE", (Access(10, BY_ORGANIZATION),))},
    )
    wanted = keys_wanted(a_document(an_item(10), an_item(20, material="M2")), found)
    assert [each.keys for each in wanted if each.table == BY_MATERIAL] == [(("M1",), ("M2",))]
    assert [each.keys for each in wanted if each.condition_type == "K007"] == [(("1000",),)]


def test_no_key_is_wanted_that_lacks_a_value_or_whose_type_is_not_determined() -> None:
    found = company(a_step(10, "PR00"), a_step(20, "MWST"))
    document = a_document(an_item(), fields={KeyField.CUSTOMER: ""})
    assert {each.table for each in keys_wanted(document, found)} == {BY_MATERIAL, BY_ORGANIZATION}
    assert keys_wanted(replace(document, pricing_type=PricingType.UNCHANGED), found) == ()
    only_taxes = keys_wanted(replace(document, pricing_type=PricingType.REDETERMINE_TAXES), found)
    assert {each.condition_type for each in only_taxes} == {"MWST"}


def test_what_is_wanted_is_all_that_is_needed() -> None:
    found = company(a_step(10, "PR00"), a_step(20, "MWST"))
    document = a_document(an_item(10), an_item(20, material="M2"))
    every = [a_record("PR00", "9"), of_customer("7"), a_record("MWST", "13"), a_record("PR00", "1", material="M3")]
    wanted = {(each.condition_type, each.table, key) for each in keys_wanted(document, found) for key in each.keys}
    some = [record for record in every if (record.condition_type, record.table, record.key) in wanted]
    assert len(some) == 3
    with_some, with_every = price(document, found, some), price(document, found, every)
    assert with_some == with_every
    assert [item.rows for item in with_some.items] == [item.rows for item in with_every.items]


def test_a_record_of_a_type_that_nobody_knows_is_left_alone() -> None:
    assert price_one(company(), a_record("PR00", "9"), a_record("ZZZZ", "1")).net_value == D(9)
