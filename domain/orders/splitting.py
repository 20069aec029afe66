"""Split 拆分: items together in as few documents as may be, one for each different header, and why two stand apart.

Deliveries and invoices are split alike; only their headers differ. Source: DOMAIN.md §5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

Header = TypeVar("Header")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Group(Generic[Header, Item]):
    """A document to be: its header and the items in it, in the order in which they came."""

    header: Header
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class SplitReason:
    """Why a document stands apart from an earlier one, which is the most alike: the fields that differ.

    No field differs where the earlier one has as many items as a document may have.
    """

    beside: int
    fields: tuple[str, ...]


def grouped(
    items: Iterable[Item], header_of: Callable[[Item], Header], most: int | None = None
) -> tuple[Group[Header, Item], ...]:
    """One document for each different header, filled up to `most` items (1 at least), in the order of their first items."""
    by_header: dict[Header, list[Item]] = {}
    for item in items:
        by_header.setdefault(header_of(item), []).append(item)
    return tuple(
        Group(header, tuple(members[start : start + (most or len(members))]))
        for header, members in by_header.items()
        for start in range(0, len(members), most or len(members))
    )


def differing_fields(one: Any, other: Any) -> tuple[str, ...]:
    """The names of the fields that two headers of one kind differ in."""
    return tuple(each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name))


def reason_of_split(groups: Sequence[Group[Any, Any]], place: int) -> SplitReason | None:
    """Why the document at a place is one of its own: beside the earlier one that it differs least from; None for the first."""
    compared = [SplitReason(beside, differing_fields(groups[beside].header, groups[place].header)) for beside in range(place)]
    return min(compared, key=lambda reason: len(reason.fields), default=None)
