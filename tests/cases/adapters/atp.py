"""Area `atp`: what is free of a material, by days or by periods, and how an order is confirmed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from domain.orders.availability import (
    Movement,
    confirmation,
    confirmed_alone,
    day_of_group,
    free_after,
    free_in_periods,
    free_on,
    promised_period,
)
from tests.cases.notation import Given, Results

DAY_ONE = date(2000, 1, 1).toordinal()


def results(given: Given) -> Results:
    if "supply" in given:
        return _by_periods(given)
    if "deliveryGroup" in given:
        lines = given["deliveryGroup"]
        assert len({each["line"] for each in lines}) == len(lines)
        return {"date": str(day_of_group(date.fromisoformat(each["confirmed"]) for each in lines))}
    if "confirmedOthers" in given:
        order, stock, others = given["order"], given.number("stock"), given.number("confirmedOthers")
        before = order.number("confirmed")
        confirmed, free = confirmed_alone(stock, others, before, order.number("quantity"))
        return {
            "availableBefore": confirmed_alone(stock, others, before, before)[1],
            "confirmedAfter": confirmed,
            "availableAfter": free,
        }
    if "requirement" in given:
        return _by_days(given)
    return _by_dates(given)


def _by_periods(given: Given) -> Results:
    supply, demand = given.numbers("supply"), given.numbers("demand")
    cumulative = given.get("accumulate", "newDemand" not in given)
    free = free_in_periods(supply, demand, cumulative=cumulative)
    found: dict[str, Any] = {"available": free, "periodAvailable": free_in_periods(supply, demand, cumulative=False)}
    if "newDemand" in given:
        wanted = given["newDemand"]
        quantity, period = wanted.number("quantity"), wanted["period"]
        place = promised_period(free, quantity, period - 1, cumulative=cumulative)
        more = [each + quantity if at == place else each for at, each in enumerate(demand)]
        found |= {
            "promisePeriod": None if place is None else place + 1,
            "confirmed": Decimal(0) if place is None else quantity,
            "availableAfter": free_in_periods(supply, more, cumulative=cumulative),
        }
    return found


def _by_days(given: Given) -> Results:
    """Days are numbers; `confirmedDayN` and `canConfirmDayN` ask for day N."""
    receipts = [Movement(_day(each["day"]), each.number("quantity")) for each in given["receipts"]]
    wanted = Movement(_day(given["requirement"]["day"]), given["requirement"].number("quantity"))
    met, left = confirmation(receipts, wanted.day, wanted.quantity), free_after(receipts, [wanted]).supplies
    full = None if met.complete_on is None else met.complete_on.toordinal() - DAY_ONE
    found: dict[str, Any] = {"earliestFullDay": full, "leftPerReceipt": [each.quantity for each in left]}
    for number in range(100):
        found[f"confirmedDay{number}"] = sum((line.quantity for line in met.lines if line.day <= _day(number)), Decimal(0))
        found[f"canConfirmDay{number}"] = free_on(left, _day(number))
    return found


def _by_dates(given: Given) -> Results:
    requested = date.fromisoformat(given["requested"])
    receipts = [Movement(date.fromisoformat(each["date"]), each.number("quantity")) for each in given.get("receipts", [])]
    met = confirmation([Movement(requested, given.number("stock", "0")), *receipts], requested, given.number("quantity"))
    return {
        "oneTime": met.on_day,
        "complete": None if met.complete_on is None else str(met.complete_on),
        "proposal": [[str(line.day), line.quantity] for line in met.lines],
    }


def _day(number: int) -> date:
    return date.fromordinal(DAY_ONE + number)
