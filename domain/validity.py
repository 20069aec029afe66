"""Validity as days, the last one included, and as instants in UTC, the end not included."""

from datetime import date, datetime, time, timedelta, timezone, tzinfo

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=timezone.utc), datetime(9999, 1, 1, tzinfo=timezone.utc)
"""Between these an instant has a day in every zone."""


def first_instant(day: date, zone: tzinfo) -> datetime:
    """When a validity from this day on begins. A day without 00:00 begins later, one with two at the first of them."""
    return datetime.combine(day, time(), zone).astimezone(timezone.utc)


def end_instant(last_day: date, zone: tzinfo) -> datetime | None:
    """When a validity through this day ends: the first instant that no longer belongs to it. Never, for 9999-12-31."""
    return None if last_day == date.max else first_instant(last_day + timedelta(days=1), zone)


def first_day(instant: datetime | None, zone: tzinfo) -> date | None:
    """The first day of a validity that begins at an instant."""
    return None if instant is None else instant.astimezone(zone).date()


def last_day(end: datetime | None, zone: tzinfo) -> date | None:
    """The last day of a validity that ends at an instant, even if only a part of it."""
    return None if end is None else (end.astimezone(timezone.utc) - timedelta(microseconds=1)).astimezone(zone).date()
