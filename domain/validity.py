"""Validity as days, the last one included, and as instants, the end not included."""

from datetime import date, datetime, time, timedelta, tzinfo


def first_instant(day: date, zone: tzinfo) -> datetime:
    """When a validity from this day on begins."""
    return datetime.combine(day, time(), zone)


def end_instant(last_day: date, zone: tzinfo) -> datetime:
    """When a validity through this day ends: the first instant that no longer belongs to it."""
    return datetime.combine(last_day + timedelta(days=1), time(), zone)


def first_day(instant: datetime | None, zone: tzinfo) -> date | None:
    """The first day of a validity that begins at an instant."""
    return None if instant is None else instant.astimezone(zone).date()


def last_day(end: datetime | None, zone: tzinfo) -> date | None:
    """The last day of a validity that ends at an instant, even if only a part of it."""
    return None if end is None else (end.astimezone(zone) - timedelta(microseconds=1)).date()
