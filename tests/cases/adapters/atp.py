"""Area `atp`: what stock, receipts and issues leave, and what a requirement is promised of it. Periods and days are dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.orders.availability import (
    Available,
    Movement,
    Requirement,
    accumulated,
    available_by_date,
    available_on,
    confirmation,
    consumed,
    group_date,
    net_by_date,
    period_that_covers,
    taken_from,
)
from tests.cases.notation import Given, Results

START = date(2026, 1, 1)
DAYS = range(1, 366)


def results(given: Given) -> Results:
    for key, read in (
        ("deliveryGroup", _group),
        ("supply", _periods),
        ("requirement", _days),
        ("order", _backorder),
    ):
        if key in given:
            return read(given)
    return _proposal(given)


def _day(number: Any) -> date:
    return START + timedelta(days=int(number) - 1)


def _number(day: date | None) -> int | None:
    return None if day is None else (day - START).days + 1


def _group(given: Given) -> Results:
    lines = given["deliveryGroup"]
    assert len({line["line"] for line in lines}) == len(lines)
    found = group_date(date.fromisoformat(line["confirmed"]) for line in lines)
    return {"date": None if found is None else found.isoformat()}


# ----------------------------------------------------------------------------------------------------------- by period


def _by_period(quantities: Iterable[Any]) -> list[Movement]:
    return [Movement(_day(place), Decimal(each)) for place, each in enumerate(quantities, 1)]


def _figures(available: Sequence[Available]) -> list[Decimal]:
    return [each.quantity for each in available]


def _periods(given: Given) -> Results:
    receipts, issues = _by_period(given["supply"]), _by_period(given["demand"])
    left = available_by_date(receipts, issues)
    found: dict[str, Any] = {
        "net": _figures(net_by_date(receipts, issues)),
        "periodAvailable": _figures(left),
        "available": _figures(accumulated(left)),
    }
    if "newDemand" in given:
        promise = _accumulated if given.get("accumulate", False) else _alone
        asked = Requirement(_day(given["newDemand"]["period"]), given["newDemand"].number("quantity"))
        found |= promise(left, asked)
    return found


def _accumulated(left: Sequence[Available], asked: Requirement) -> Results:
    found = confirmation(left, asked)
    after = consumed(left, found.lines)
    return {
        "promisePeriod": _number(found.complete_on),
        "confirmed": found.confirmed,
        "proposal": [[_number(line.day), line.quantity] for line in found.lines],
        "periodAvailableAfter": _figures(after),
        "availableAfter": _figures(accumulated(after)),
    }


def _alone(left: Sequence[Available], asked: Requirement) -> Results:
    period = period_that_covers(left, asked)
    after = left if period is None else taken_from(left, period, asked.quantity)
    confirmed = Decimal(0) if period is None else asked.quantity
    return {"promisePeriod": _number(period), "confirmed": confirmed, "availableAfter": _figures(after)}


# -------------------------------------------------------------------------------------------------------------- by day


def _days(given: Given) -> Results:
    """A requirement among receipts: what it is promised, and what is left of each receipt once it has taken its part."""
    receipts = [Movement(_day(each["day"]), each.number("quantity")) for each in given.get("receipts", [])]
    if "stock" in given:
        receipts = [Movement(_day(1), given.number("stock")), *receipts]
    asked = Requirement(_day(given["requirement"]["day"]), given["requirement"].number("quantity"))
    before = available_by_date(
        receipts, [Movement(_day(each["day"]), each.number("quantity")) for each in given.get("issues", [])]
    )
    found = confirmation(before, asked)
    after = available_by_date(receipts, [Movement(asked.day, asked.quantity)])
    left = {each.day: each.quantity for each in after}
    assert len({each.day for each in receipts}) == len(receipts), "what is left is known day by day"
    return {
        "leftPerReceipt": [max(left[each.day], Decimal(0)) for each in receipts],
        "earliestFullDay": _number(found.complete_on),
        "confirmed": found.confirmed,
        **{f"canConfirmDay{day}": available_on(after, _day(day)) for day in DAYS},
        **{f"confirmedDay{day}": confirmation(before, Requirement(_day(day), asked.quantity)).on_date for day in DAYS},
    }


# -------------------------------------------------------------------------------------------------------------- by date


def _proposal(given: Given) -> Results:
    requested = date.fromisoformat(given["requested"])
    receipts, issues = (
        [Movement(date.fromisoformat(each["date"]), each.number("quantity")) for each in given.get(key, [])]
        for key in ("receipts", "issues")
    )
    today = min([requested, *(each.day for each in (*receipts, *issues))])
    receipts.append(Movement(today, given.number("stock", "0")))
    left = available_by_date(receipts, issues)
    found = confirmation(left, Requirement(requested, given.number("quantity")))
    return {
        "oneTime": found.on_date,
        "complete": None if found.complete_on is None else found.complete_on.isoformat(),
        "proposal": [[line.day.isoformat(), line.quantity] for line in found.lines],
        "confirmed": found.confirmed,
    }


def _backorder(given: Given) -> Results:
    """What others and the order itself were promised is an issue; its open rest asks anew."""
    order, today = given["order"], _day(1)
    stock = [Movement(today, given.number("stock"))]
    promised = [Movement(today, given.number("confirmedOthers", "0")), Movement(today, order.number("confirmed", "0"))]
    before = available_by_date(stock, promised)
    without = available_by_date(stock, promised[:1])
    found = confirmation(without, Requirement(today, order.number("quantity")))
    return {
        "availableBefore": available_on(before, today),
        "confirmedAfter": found.confirmed,
        "availableAfter": available_on(consumed(without, found.lines), today),
    }
