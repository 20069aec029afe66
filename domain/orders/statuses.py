"""Statuses 状态 of documents, axis by axis: of an item by its quantities, of the header folded from its items.

Source: DOMAIN.md §5, statuses per axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

ZERO = Decimal(0)


class Status(Enum):
    """How far a document has come on one axis."""

    NOT_RELEVANT = "NOT_RELEVANT"
    NOT_YET = "NOT_YET"
    PARTIAL = "PARTIAL"
    COMPLETE = "COMPLETE"


class Axis(Enum):
    """What a status tells of 状态轴."""

    REFERENCE = "REFERENCE"
    CONFIRMATION = "CONFIRMATION"
    DELIVERY = "DELIVERY"
    GOODS_MOVEMENT = "GOODS_MOVEMENT"
    BILLING = "BILLING"
    POSTING = "POSTING"
    REJECTION = "REJECTION"
    OVERALL = "OVERALL"


@dataclass(frozen=True, slots=True)
class Progress:
    """What has become of an item so far, all in its sales unit. Its category says what it needs.

    `referenced` is what following sales documents have taken over, `posted` what is billed and passed on to accounting.
    """

    ordered: Decimal
    rejected: Decimal = ZERO
    referenced: Decimal = ZERO
    confirmed: Decimal = ZERO
    delivered: Decimal = ZERO
    issued: Decimal = ZERO
    billed: Decimal = ZERO
    posted: Decimal = ZERO
    needs_reference: bool = False
    needs_delivery: bool = True
    needs_billing: bool = True

    @property
    def wanted(self) -> Decimal:
        """What is ordered and not rejected."""
        return self.ordered - self.rejected


def status_of(done: Decimal, whole: Decimal) -> Status:
    """How much of a whole is done; of nothing, nothing is to be done. More than the whole is the whole."""
    if not whole:
        return Status.NOT_RELEVANT
    if not done:
        return Status.NOT_YET
    return Status.COMPLETE if abs(done) >= abs(whole) else Status.PARTIAL


def folded(statuses: Iterable[Status]) -> Status:
    """The status of many: what is not relevant is left out; where they differ, part of it is done."""
    told = {status for status in statuses if status is not Status.NOT_RELEVANT}
    if not told:
        return Status.NOT_RELEVANT
    return told.pop() if len(told) == 1 else Status.PARTIAL


WORK = (Axis.REFERENCE, Axis.DELIVERY, Axis.GOODS_MOVEMENT, Axis.BILLING)
"""The axes that the overall status is folded from."""

OF_ITEM: Mapping[Axis, Callable[[Progress], Status]] = {
    Axis.REFERENCE: lambda item: status_of(item.referenced, item.wanted if item.needs_reference else ZERO),
    Axis.CONFIRMATION: lambda item: status_of(item.confirmed, item.wanted if item.needs_delivery else ZERO),
    Axis.DELIVERY: lambda item: status_of(item.delivered, item.wanted if item.needs_delivery else ZERO),
    Axis.GOODS_MOVEMENT: lambda item: status_of(item.issued, item.delivered if item.needs_delivery else ZERO),
    Axis.BILLING: lambda item: status_of(item.billed, item.wanted if item.needs_billing else ZERO),
    Axis.POSTING: lambda item: status_of(item.posted, item.billed if item.needs_billing else ZERO),
    Axis.REJECTION: lambda item: status_of(item.rejected, item.ordered),
}
"""What each axis compares: goods movement what has left with what is to leave, posting what is posted with what is billed."""


def statuses_of_item(item: Progress) -> dict[Axis, Status]:
    """The statuses of an item. One that is rejected as a whole is done with; what is not rejected waits for all its work."""
    found = {axis: status(item) for axis, status in OF_ITEM.items()}
    overall = folded(found[axis] for axis in WORK)
    found[Axis.OVERALL] = Status.COMPLETE if found[Axis.REJECTION] is Status.COMPLETE else overall
    return found


def statuses_of_header(items: Sequence[Mapping[Axis, Status]]) -> dict[Axis, Status]:
    """The statuses of a document, folded from those of its items; rejected ones count for rejection alone.

    A document all of whose items are rejected is done with.
    """
    standing = [item for item in items if item[Axis.REJECTION] is not Status.COMPLETE]
    found = {axis: folded(item[axis] for item in standing) for axis in Axis}
    found[Axis.REJECTION] = folded(item[Axis.REJECTION] for item in items)
    if items and not standing:
        found[Axis.OVERALL] = Status.COMPLETE
    return found
