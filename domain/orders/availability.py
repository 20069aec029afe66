"""Availability 可用量 (ATP): per material and plant, stock + planned receipts − planned issues, cumulative per date.

An issue takes of the receipts on its date and before, the nearest first (backward consumption). What it lacks then stays a
shortage of its own date: no later receipt covers it, and it is carried to no other date. What is left of a receipt is
available from its date on. Source: DOMAIN.md §5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.orders.quantities import in_multiples
from domain.pricing.rounding import ZERO


@dataclass(frozen=True, slots=True)
class Movement:
    """A planned receipt or issue of a quantity, above zero, in the base unit."""

    day: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Available:
    """What is there for new requirements because of one date: what is left of its receipts, less its uncovered issues."""

    day: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Requirement:
    """What somebody wants: a quantity in the base unit on a day; one delivery only (`complete`), in whole `multiple`s."""

    day: date
    quantity: Decimal
    complete: bool = False
    multiple: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """A part of a requirement and the date from which it is there 计划行."""

    day: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The answer to a requirement.

    `on_date` could leave on the day asked for; `complete_on` is the first day on which all of it is there, None where
    that is never known; `lines` is what is promised: all of it on one day for a complete delivery, else part by part.
    """

    on_date: Decimal
    complete_on: date | None
    lines: tuple[ScheduleLine, ...]

    @property
    def confirmed(self) -> Decimal:
        """All that is promised, on whatever days."""
        return sum((line.quantity for line in self.lines), ZERO)


def net_by_date(receipts: Iterable[Movement], issues: Iterable[Movement]) -> tuple[Available, ...]:
    """Receipts less issues of each date by itself, before anything is consumed, in order of the dates."""
    into, out = _summed(receipts), _summed(issues)
    return tuple(Available(day, into.get(day, ZERO) - out.get(day, ZERO)) for day in sorted({*into, *out}))


def available_by_date(receipts: Iterable[Movement], issues: Iterable[Movement]) -> tuple[Available, ...]:
    """What of each date is left for new requirements, after backward consumption; below zero where issues lack something.

    Stock is a receipt on the day of the check, and so is what was due before it.
    """
    found: list[Available] = []
    for each in net_by_date(receipts, issues):
        short = max(-each.quantity, ZERO)
        found, rest = _consumed(found, short)
        found.append(Available(each.day, -rest if short else each.quantity))
    return tuple(found)


def accumulated(available: Iterable[Available]) -> tuple[Available, ...]:
    """What is there on each date for new requirements, what is left of earlier dates included; a shortage is not carried."""
    found, before = [], ZERO
    for each in available:
        found.append(Available(each.day, before + each.quantity))
        before = max(before + each.quantity, ZERO)
    return tuple(found)


def available_on(available: Iterable[Available], day: date) -> Decimal:
    """What a new requirement can have on a day, of all dates up to it."""
    return sum((max(each.quantity, ZERO) for each in available if each.day <= day), ZERO)


def confirmation(available: Iterable[Available], requirement: Requirement) -> Confirmation:
    """When a requirement is there, and how much: on its date, all on a later date, and in parts as they come."""
    days = sorted((each for each in available if each.quantity > 0), key=lambda each: each.day)
    wanted = requirement.quantity
    on_date = _at_most(wanted, available_on(days, requirement.day), requirement.multiple)
    complete_on = _complete_on(days, requirement)
    if requirement.complete:
        lines = (ScheduleLine(complete_on, wanted),) if complete_on is not None else ()
        return Confirmation(on_date, complete_on, lines)
    return Confirmation(on_date, complete_on, _parts(days, requirement))


def _at_most(wanted: Decimal, there: Decimal, multiple: Decimal | None) -> Decimal:
    """What of a wish can leave: all of it, as it is, or whole multiples of what is there."""
    return wanted if there >= wanted else in_multiples(there, multiple)


def _complete_on(days: Iterable[Available], requirement: Requirement) -> date | None:
    there = ZERO
    for each in days:
        there += each.quantity
        if there >= requirement.quantity:
            return max(each.day, requirement.day)
    return None


def _parts(days: Iterable[Available], requirement: Requirement) -> tuple[ScheduleLine, ...]:
    there, promised = ZERO, ZERO
    by_day: dict[date, Decimal] = {}
    for each in days:
        there += each.quantity
        more = _at_most(requirement.quantity, there, requirement.multiple) - promised
        if more > 0:
            day = max(each.day, requirement.day)
            by_day[day] = by_day.get(day, ZERO) + more
            promised += more
    return tuple(ScheduleLine(day, quantity) for day, quantity in by_day.items())


def consumed(available: Iterable[Available], lines: Iterable[ScheduleLine]) -> tuple[Available, ...]:
    """What is left when these lines take what they need, each of the nearest dates up to its own.

    What a line finds no cover for becomes a shortage of its own date.
    """
    left = list(available)
    for line in sorted(lines, key=lambda line: line.day):
        before = [each for each in left if each.day <= line.day]
        after = [each for each in left if each.day > line.day]
        before, rest = _consumed(before, line.quantity)
        left = [*_with_shortage(before, line.day, rest), *after]
    return tuple(left)


def period_that_covers(available: Iterable[Available], requirement: Requirement) -> date | None:
    """Without accumulation: the date that covers a requirement alone, its own or else the earliest; None where none does."""
    covering = [each.day for each in available if each.quantity >= requirement.quantity]
    return requirement.day if requirement.day in covering else min(covering, default=None)


def taken_from(available: Iterable[Available], day: date, quantity: Decimal) -> tuple[Available, ...]:
    """What is left when a requirement takes its quantity of one date, and of no other."""
    return tuple(Available(each.day, each.quantity - quantity) if each.day == day else each for each in available)


def group_date(confirmed: Iterable[date]) -> date | None:
    """When a delivery group 交货组 leaves, which is delivered at once: on the latest date confirmed to a line of it."""
    return max(confirmed, default=None)


def _summed(movements: Iterable[Movement]) -> Mapping[date, Decimal]:
    found: dict[date, Decimal] = {}
    for each in movements:
        found[each.day] = found.get(each.day, ZERO) + each.quantity
    return found


def _consumed(available: list[Available], quantity: Decimal) -> tuple[list[Available], Decimal]:
    """What is left of dates in ascending order when a quantity is taken of the latest first, and what it lacks."""
    left, rest = list(available), quantity
    for place in range(len(left) - 1, -1, -1):
        if rest <= 0:
            break
        taken = min(max(left[place].quantity, ZERO), rest)
        left[place] = Available(left[place].day, left[place].quantity - taken)
        rest -= taken
    return left, rest


def _with_shortage(available: list[Available], day: date, rest: Decimal) -> list[Available]:
    if rest <= 0:
        return available
    same = [each for each in available if each.day == day]
    others = [each for each in available if each.day != day]
    return [*others, Available(day, sum((each.quantity for each in same), ZERO) - rest)]
