"""Billing 开票: which of the items that are due go into one billing document, and why others do not.

Source: DOMAIN.md §5, billing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

FULL = "maximumItems"
"""The reason of a document that only goes on where another is full."""


@dataclass(frozen=True, slots=True)
class DueItem:
    """An item that may be billed, with all that the header of its document would say: payer, date, terms, incoterms …"""

    number: Hashable
    header: Mapping[str, Hashable]


@dataclass(frozen=True, slots=True)
class Invoice:
    """What goes into one document; `because`: in which fields its header differs from the document that it is most like."""

    items: tuple[DueItem, ...]
    because: tuple[str, ...] = ()


def invoices(items: Sequence[DueItem], most: int | None = None) -> list[Invoice]:
    """The documents for these items: one for each different header, none with more items than the most there may be."""
    groups: dict[frozenset[tuple[str, Hashable]], list[DueItem]] = {}
    for item in items:
        groups.setdefault(frozenset(item.header.items()), []).append(item)
    found: list[Invoice] = []
    headers: list[Mapping[str, Hashable]] = []
    for members in groups.values():
        because = min((differing(members[0].header, each) for each in headers), key=len, default=())
        headers.append(members[0].header)
        step = most or len(members)
        starts = range(0, len(members), step)
        found += [Invoice(tuple(members[start : start + step]), (FULL,) if start else because) for start in starts]
    return found


def differing(one: Mapping[str, Hashable], other: Mapping[str, Hashable]) -> tuple[str, ...]:
    """The fields in which two headers differ, those that only one of them has among them."""
    return tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))
