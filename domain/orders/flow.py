"""Document flow 凭证流: every predecessor and successor of a document or an item, with quantities and values.

A link is written once, by the successor. What it takes of its predecessor it gives back when the successor is cancelled or
reversed, by a link of the opposite sign from the cancelling document. Source: DOMAIN.md §5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from domain.orders.categories import DocumentCategory
from domain.orders.copy_control import QuantityEffect
from domain.orders.quantities import ItemQuantities
from domain.pricing.rounding import ZERO


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A document, or an item of one (with its line)."""

    number: str
    line: int | None = None

    @property
    def document(self) -> Node:
        """The document that it is, or is an item of."""
        return Node(self.number)


@dataclass(frozen=True, slots=True)
class Link:
    """That one item, or document, followed another: how much, in the predecessor's unit, of which value, to what effect.

    `quantity` is above zero; where the successor takes something back (a cancellation, a reversal), below.
    """

    predecessor: Node
    successor: Node
    category: DocumentCategory
    effect: QuantityEffect = QuantityEffect.NONE
    quantity: Decimal = ZERO
    value: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Taken:
    """What followed an item to one effect: quantity and value over all links, taken back ones out."""

    quantity: Decimal
    value: Decimal


class Flow:
    """Links, looked up from both ends."""

    def __init__(self, links: Iterable[Link]) -> None:
        self.links = tuple(links)
        self._after = _by(self.links, lambda link: link.predecessor)
        self._before = _by(self.links, lambda link: link.successor)

    def successors(self, node: Node) -> tuple[Link, ...]:
        """The links to what follows an item directly; of a document, those of all its items too."""
        return self._after.get(node, ())

    def predecessors(self, node: Node) -> tuple[Link, ...]:
        """The links to what an item follows directly; of a document, those of all its items too."""
        return self._before.get(node, ())

    def documents(self, of: Node) -> tuple[Node, ...]:
        """Every document before and after one, itself included: each after all that it follows.

        Those of a branch that only shares a predecessor or a successor with it are left out.
        """
        start = of.document
        before = _reached(start, lambda node: [link.predecessor.document for link in self.predecessors(node)])
        after = _reached(start, lambda node: [link.successor.document for link in self.successors(node)])
        return (*reversed(before), start, *after)

    def taken(self, node: Node, effect: QuantityEffect) -> Taken:
        """What followed an item to one effect."""
        links = [link for link in self.successors(node) if link.effect is effect]
        return Taken(sum((link.quantity for link in links), ZERO), sum((link.value for link in links), ZERO))

    def recomputed(self, node: Node, item: ItemQuantities) -> ItemQuantities:
        """An item of an order with the sums that links give, its deliveries' included: what its own must always be equal to.

        A delivery's quantities are taken to be in the same unit.
        """
        sums = {
            name: sum((self.taken(each, effect).quantity for each in self._holders(node, through)), ZERO)
            for effect, (name, through) in SUMS.items()
        }
        return replace(item, **cast(Any, sums))

    def _holders(self, node: Node, through: frozenset[QuantityEffect]) -> list[Node]:
        """The item and all that took of it to one of these effects, directly or not."""
        found = [node]
        for each in found:
            found.extend(
                link.successor for link in self.successors(each) if link.effect in through and link.successor not in found
            )
        return list(dict.fromkeys(found))


DIRECTLY: frozenset[QuantityEffect] = frozenset()
BY_DELIVERIES = frozenset({QuantityEffect.DELIVERED})
BY_INVOICES = BY_DELIVERIES | {QuantityEffect.BILLED}

SUMS: Mapping[QuantityEffect, tuple[str, frozenset[QuantityEffect]]] = {
    QuantityEffect.REFERENCED: ("referenced", DIRECTLY),
    QuantityEffect.DELIVERED: ("delivered", DIRECTLY),
    QuantityEffect.ISSUED: ("issued", BY_DELIVERIES),
    QuantityEffect.BILLED: ("billed", BY_DELIVERIES),
    QuantityEffect.RETURNED: ("returned", BY_INVOICES),
}
"""The sum of an item that each effect enters, and by way of which documents it does so beside the item itself."""


def _by(links: Sequence[Link], end: Callable[[Link], Node]) -> Mapping[Node, tuple[Link, ...]]:
    """Links by the item at one of their ends, and by its document."""
    found: dict[Node, list[Link]] = {}
    for link in links:
        for node in dict.fromkeys((end(link), end(link).document)):
            found.setdefault(node, []).append(link)
    return {node: tuple(each) for node, each in found.items()}


def _reached(start: Node, following: Callable[[Node], Iterable[Node]]) -> list[Node]:
    """All that is reached from a node, itself left out, each after everything on the way to it."""
    seen = {start}
    order: list[Node] = []
    stack = [(start, iter(dict.fromkeys(following(start))))]
    while stack:
        node, rest = stack[-1]
        after = next(rest, None)
        if after is None:
            stack.pop()
            order.append(node)
        elif after not in seen:
            seen.add(after)
            stack.append((after, iter(dict.fromkeys(following(after)))))
    return order[-2::-1]
