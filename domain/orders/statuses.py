"""Statuses 状态 per axis: of an item from its quantities, of a document as the fold of its items. Source: DOMAIN.md §5."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cached_property

from domain.orders.quantities import ItemQuantities


class AxisStatus(Enum):
    """How far something has come on one axis 状态值."""

    NOT_RELEVANT = "NOT_RELEVANT"
    NOT_YET = "NOT_YET"
    PARTIAL = "PARTIAL"
    COMPLETE = "COMPLETE"


class Axis(Enum):
    """What a status is about 状态维度."""

    REFERENCE = "REFERENCE"
    CONFIRMATION = "CONFIRMATION"
    DELIVERY = "DELIVERY"
    GOODS_MOVEMENT = "GOODS_MOVEMENT"
    BILLING = "BILLING"
    POSTING = "POSTING"
    REJECTION = "REJECTION"
    OVERALL = "OVERALL"


class SalesOrderStatus(Enum):
    """What a list shows of a document as a whole 单据状态."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    PARTIAL = "PARTIAL"
    COMPLETE = "COMPLETE"
    REJECTED = "REJECTED"


Statuses = Mapping[Axis, AxisStatus]
"""The status on every axis."""

MEASURES: Mapping[Axis, tuple[Callable[[ItemQuantities], Decimal], Callable[[ItemQuantities], Decimal]]] = {
    Axis.REFERENCE: (lambda each: each.referenced, lambda each: each.kept),
    Axis.CONFIRMATION: (lambda each: each.confirmed, lambda each: each.kept),
    Axis.DELIVERY: (lambda each: each.delivered, lambda each: each.kept),
    Axis.GOODS_MOVEMENT: (lambda each: each.issued, lambda each: each.kept),
    Axis.BILLING: (lambda each: each.billed, lambda each: each.to_bill),
    Axis.POSTING: (lambda each: each.posted, lambda each: each.to_bill),
    Axis.REJECTION: (lambda each: each.rejected, lambda each: each.ordered),
}
"""Of each axis that looks at quantities: what is done, and what is to be done."""

WORK = (Axis.REFERENCE, Axis.DELIVERY, Axis.GOODS_MOVEMENT, Axis.BILLING)
"""The axes that the overall status is the fold of: what a document is there for. Posting belongs to the billing document,
confirmation is only a promise."""


@dataclass(frozen=True)
class ItemStanding:
    """An item as statuses look at it: its quantities, and the axes that its item category makes relevant."""

    quantities: ItemQuantities
    relevant: frozenset[Axis]

    @property
    def is_rejected(self) -> bool:
        """Whether all of it is rejected, so that nothing of it is left to be done."""
        return self.quantities.is_rejected

    @cached_property
    def statuses(self) -> Statuses:
        """Its status on every axis, worked out once."""
        return statuses_of_item(self)


@dataclass(frozen=True)
class DocumentStanding:
    """A document as its status looks at it; a draft is one that waits for its last approval or was not yet submitted."""

    items: tuple[ItemStanding, ...] = field(default=())
    draft: bool = False

    @cached_property
    def statuses(self) -> Statuses:
        """Its status on every axis, worked out once."""
        return statuses_of_document(self.items)


def status_by_quantity(done: Decimal, whole: Decimal) -> AxisStatus:
    """None done, some, or all and more; of nothing to be done, all is done as soon as it is asked for."""
    if done >= whole:
        return AxisStatus.COMPLETE
    return AxisStatus.PARTIAL if done > 0 else AxisStatus.NOT_YET


def folded(statuses: Iterable[AxisStatus]) -> AxisStatus:
    """The status of a whole from those of its parts: parts that are not relevant do not count; alike, or else partial."""
    found = {status for status in statuses if status is not AxisStatus.NOT_RELEVANT}
    if not found:
        return AxisStatus.NOT_RELEVANT
    return found.pop() if len(found) == 1 else AxisStatus.PARTIAL


def statuses_of_item(item: ItemStanding) -> Statuses:
    """The status of an item on every axis; what is not relevant to its item category says so. Rejection always is."""
    relevant = item.relevant | {Axis.REJECTION}
    found = {
        axis: status_by_quantity(done(item.quantities), whole(item.quantities)) if axis in relevant else AxisStatus.NOT_RELEVANT
        for axis, (done, whole) in MEASURES.items()
    }
    if item.quantities.rejected <= 0:
        found[Axis.REJECTION] = AxisStatus.NOT_YET
    return {**found, Axis.OVERALL: folded(found[axis] for axis in WORK)}


def statuses_of_document(items: Iterable[ItemStanding]) -> Statuses:
    """The fold of the items on every axis, rejected items left out; rejection is the fold of them all."""
    every = tuple(items)
    kept = [item.statuses for item in every if not item.is_rejected]
    found = {axis: folded(statuses[axis] for statuses in kept) for axis in Axis}
    return {**found, Axis.REJECTION: folded(item.statuses[Axis.REJECTION] for item in every)}


WHOLE: Mapping[AxisStatus, SalesOrderStatus] = {
    AxisStatus.NOT_RELEVANT: SalesOrderStatus.COMPLETE,
    AxisStatus.NOT_YET: SalesOrderStatus.OPEN,
    AxisStatus.PARTIAL: SalesOrderStatus.PARTIAL,
    AxisStatus.COMPLETE: SalesOrderStatus.COMPLETE,
}
"""What the overall status is called; where nothing is to be done, all is done."""


def status_of_document(document: DocumentStanding) -> SalesOrderStatus:
    """What a list shows: a draft first of all, rejected where all items are, else by the overall status; open without items."""
    if document.draft:
        return SalesOrderStatus.DRAFT
    if not document.items:
        return SalesOrderStatus.OPEN
    if all(item.is_rejected for item in document.items):
        return SalesOrderStatus.REJECTED
    return WHOLE[document.statuses[Axis.OVERALL]]
