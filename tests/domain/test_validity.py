"""Days of validity, the last one included, and instants, the end not included."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.areas import EVERYWHERE
from domain.policy import Assignment, next_change, valid_ones
from domain.validity import EARLIEST, LATEST, end_instant, first_day, first_instant, last_day

ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Shanghai",
        "UTC",
        "America/New_York",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "America/Sao_Paulo",  # its summer time began at midnight: some days have no 00:00
        "Africa/Cairo",
        "America/Havana",  # its summer time ends at 01:00: some days have two 00:00
        "Australia/Lord_Howe",
    )
]
TICK = timedelta(microseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("zone", "first", "last", "begins", "ends"),
    [
        pytest.param("Asia/Shanghai", "2026-07-01", "2026-12-31", "2026-06-30T16:00", "2026-12-31T16:00", id="half a year"),
        pytest.param("UTC", "2026-02-28", "2026-02-28", "2026-02-28T00:00", "2026-03-01T00:00", id="one day"),
        pytest.param("UTC", "2028-02-29", "2028-02-29", "2028-02-29T00:00", "2028-03-01T00:00", id="a leap day"),
        pytest.param(
            "America/New_York", "2026-03-08", "2026-03-08", "2026-03-08T05:00", "2026-03-09T04:00", id="a day of 23 hours"
        ),
        pytest.param(
            "America/New_York", "2026-11-01", "2026-11-01", "2026-11-01T04:00", "2026-11-02T05:00", id="a day of 25 hours"
        ),
        pytest.param(
            "America/Sao_Paulo",
            "2018-11-03",
            "2018-11-03",
            "2018-11-03T03:00",
            "2018-11-04T03:00",
            id="before a day without 00:00",
        ),
        pytest.param(
            "America/Sao_Paulo", "2018-11-04", "2018-11-04", "2018-11-04T03:00", "2018-11-05T02:00", id="a day without 00:00"
        ),
        pytest.param(
            "America/Havana", "2026-11-01", "2026-11-01", "2026-11-01T04:00", "2026-11-02T05:00", id="a day with two 00:00"
        ),
    ],
)
def test_a_validity_of_days_as_instants(zone: str, first: str, last: str, begins: str, ends: str) -> None:
    assert first_instant(date.fromisoformat(first), ZoneInfo(zone)) == utc(begins)
    assert end_instant(date.fromisoformat(last), ZoneInfo(zone)) == utc(ends)


@given(st.dates(date(1980, 1, 1), date(2037, 12, 31)), st.sampled_from(ZONES))
def test_days_become_instants_and_the_same_days_again(day: date, zone: ZoneInfo) -> None:
    begin, end = first_instant(day, zone), end_instant(day, zone)
    assert first_day(begin, zone) == day
    assert last_day(end, zone) == day
    assert end == first_instant(day + timedelta(days=1), zone)


@given(st.dates(date(1980, 1, 1), date(2037, 12, 31)), st.sampled_from(ZONES))
def test_a_day_is_all_its_instants_and_no_other(day: date, zone: ZoneInfo) -> None:
    begin, end = first_instant(day, zone), end_instant(day, zone)
    assert end is not None
    assert begin < end
    assert begin.astimezone(zone).date() == day
    assert (end - TICK).astimezone(zone).date() == day
    assert (begin - TICK).astimezone(zone).date() < day < end.astimezone(zone).date()


@pytest.mark.parametrize("name", ["Asia/Shanghai", "America/New_York"])
def test_a_validity_that_ends_within_a_day_shows_that_day(name: str) -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo(name))
    assert last_day(noon, ZoneInfo(name)) == first_day(noon, ZoneInfo(name)) == date(2026, 7, 1)


def test_a_validity_through_the_last_day_there_is_has_no_end() -> None:
    """As SAP and its users write that something holds for ever."""
    for zone in ZONES:
        assert end_instant(date(9999, 12, 31), zone) is None


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_earliest_and_latest_instants_have_a_day_in_every_zone(zone: ZoneInfo) -> None:
    assert first_day(EARLIEST, zone) in (date(1899, 12, 31), date(1900, 1, 1))
    assert last_day(LATEST, zone) in (date(9998, 12, 31), date(9999, 1, 1))


def test_a_validity_without_begin_or_end_has_no_such_day() -> None:
    assert first_day(None, timezone.utc) is None
    assert last_day(None, timezone.utc) is None


# ------------------------------------------------------------------------------------------------------- assignments

BEGIN, END = utc("2026-07-01T00:00"), utc("2026-08-01T00:00")


def an_assignment(valid_from: datetime | None = None, valid_until: datetime | None = None) -> Assignment:
    return Assignment("ann", "clerk", EVERYWHERE, valid_from, valid_until)


@pytest.mark.parametrize(
    ("at", "valid"),
    [
        pytest.param(BEGIN - TICK, False, id="just before the begin"),
        pytest.param(BEGIN, True, id="at the begin"),
        pytest.param(END - TICK, True, id="just before the end"),
        pytest.param(END, False, id="at the end"),
    ],
)
def test_an_assignment_holds_from_its_begin_up_to_and_not_including_its_end(at: datetime, valid: bool) -> None:
    both = an_assignment(BEGIN, END)
    assert both.is_valid(at) is valid
    assert valid_ones([both, an_assignment()], at) == ((both, an_assignment()) if valid else (an_assignment(),))


def test_an_assignment_without_begin_or_end_is_open_on_that_side() -> None:
    assert an_assignment(None, END).is_valid(utc("0001-01-02T00:00"))
    assert an_assignment(BEGIN, None).is_valid(utc("9999-12-31T00:00"))


def test_an_assignment_of_one_zone_is_judged_by_instants_of_another() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    july = an_assignment(first_instant(date(2026, 7, 1), shanghai), end_instant(date(2026, 7, 31), shanghai))
    assert july.is_valid(utc("2026-06-30T16:00"))
    assert not july.is_valid(utc("2026-07-31T16:00"))


instants = st.none() | st.sampled_from([BEGIN + timedelta(days=days) for days in range(6)])


@given(st.lists(st.builds(an_assignment, instants, instants), max_size=4), st.sampled_from(range(-1, 7)))
def test_between_two_changes_nothing_begins_or_ends(assignments: list[Assignment], days: int) -> None:
    at = BEGIN + timedelta(days=days)
    change = next_change(assignments, at)
    later = [each for each in (BEGIN + timedelta(days=day) for day in range(6)) if each > at]
    for instant in later:
        if change is None or instant < change:
            assert valid_ones(assignments, instant) == valid_ones(assignments, at)
    if change is not None:
        assert change > at
        assert any(change in (each.valid_from, each.valid_until) for each in assignments)
