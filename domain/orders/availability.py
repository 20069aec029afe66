"""Availability 可用量 (ATP): what may still be promised of a material at a plant, and on which days.

Stock and planned receipts are supplies, planned issues demands. A demand takes from the supply that came last before it,
then from those before that (backward consumption); a later receipt never covers it, and what it lacks is not taken from the
future. Source: DOMAIN.md §5, ATP.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

ZERO = Decimal(0)


class Movement(NamedTuple):
    """So much of a material that comes, or is wanted, on a day."""

    day: date
    quantity: Decimal


class Free(NamedTuple):
    """What of each supply is still free, and what each demand lacks, both in the order given."""

    supplies: tuple[Movement, ...]
    lacking: tuple[Decimal, ...]


class ScheduleLine(NamedTuple):
    """A part of an item that is confirmed for a day 计划行."""

    day: date
    quantity: Decimal


class Confirmation(NamedTuple):
    """How an order can be met: what is there on the day, when all of it is, and part by part.

    `complete_on` is None where planned receipts do not suffice; then the `lines` sum to less than was ordered.
    """

    on_day: Decimal
    complete_on: date | None
    lines: tuple[ScheduleLine, ...]


def free_after(supplies: Sequence[Movement], demands: Sequence[Movement]) -> Free:
    """What is left when all demands are met as far as they can be, the earliest first."""
    left = [supply.quantity for supply in supplies]
    lacking = [ZERO] * len(demands)
    newest_first = sorted(range(len(supplies)), key=lambda place: (supplies[place].day, place), reverse=True)
    for place in sorted(range(len(demands)), key=lambda place: demands[place].day):
        wanted = demands[place].quantity
        for source in newest_first:
            if supplies[source].day <= demands[place].day and wanted > 0:
                taken = min(left[source], wanted)
                left[source], wanted = left[source] - taken, wanted - taken
        lacking[place] = wanted
    return Free(
        tuple(Movement(supply.day, rest) for supply, rest in zip(supplies, left, strict=True)),
        tuple(lacking),
    )


def free_on(supplies: Iterable[Movement], day: date) -> Decimal:
    """How much of what is free has come by a day."""
    return sum((supply.quantity for supply in supplies if supply.day <= day), ZERO)


def confirmation(supplies: Iterable[Movement], requested: date, quantity: Decimal) -> Confirmation:
    """How a quantity wanted on a day is met from free supplies: at once as far as they have come, the rest as they come."""
    free = sorted((supply for supply in supplies if supply.quantity > 0), key=lambda supply: supply.day)
    on_day = min(free_on(free, requested), quantity)
    lines = [ScheduleLine(requested, on_day)] if on_day else []
    open_quantity = quantity - on_day
    for supply in free:
        if supply.day > requested and open_quantity > 0:
            part = min(supply.quantity, open_quantity)
            open_quantity -= part
            if lines and lines[-1].day == supply.day:
                lines[-1] = ScheduleLine(supply.day, lines[-1].quantity + part)
            else:
                lines.append(ScheduleLine(supply.day, part))
    return Confirmation(on_day, lines[-1].day if lines and not open_quantity else None, tuple(lines))


def confirmed_alone(stock: Decimal, others: Decimal, own: Decimal, ordered: Decimal) -> tuple[Decimal, Decimal]:
    """What an order's confirmed quantity can rise to, and what is free then: it keeps what it has, and takes of the rest."""
    free = stock - others - own
    more = max(ZERO, min(free, ordered - own))
    return own + more, free - more


def day_of_group(days: Iterable[date]) -> date:
    """When items that are to be delivered together can be: on the latest of their days."""
    return max(days)


# ------------------------------------------------------------------------------------------------------------ by periods


def free_in_periods(supply: Sequence[Decimal], demand: Sequence[Decimal], *, cumulative: bool) -> list[Decimal]:
    """What is free period by period, shortages below zero; cumulative: with what is left of the periods before.

    A shortage takes from the periods before it and is not carried forward.
    """
    nets = [one - other for one, other in zip(supply, demand, strict=True)]
    days = [date.fromordinal(place) for place in range(1, len(nets) + 1)]
    free = free_after(
        [Movement(day, max(net, ZERO)) for day, net in zip(days, nets, strict=True)],
        [Movement(day, max(-net, ZERO)) for day, net in zip(days, nets, strict=True)],
    )
    left = [each.quantity for each in free.supplies]
    return [have - lack for have, lack in zip(accumulate(left) if cumulative else left, free.lacking, strict=True)]


def promised_period(free: Sequence[Decimal], quantity: Decimal, wanted: int, *, cumulative: bool) -> int | None:
    """The place of the period that covers a quantity: cumulative, the first from the wanted one on; else the first at all
    that covers it alone."""
    first = wanted if cumulative else 0
    return next((place for place in range(first, len(free)) if free[place] >= quantity), None)
