"""An order's item on its whole way, whatever is done in whatever order: within the rules nothing is lost or counted twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal as D
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.orders.billing import BillingCase, refusals_to_bill
from domain.orders.categories import DocumentCategory
from domain.orders.content import content_of
from domain.orders.copy_control import AskedLine, QuantityEffect, SourceItem, copy_rule, refusals_to_copy
from domain.orders.deliveries import DeliveryCase, DeliveryLine, refusals_to_post, refusals_to_reverse, stock_change
from domain.orders.flow import Flow, Link, Node
from domain.orders.item_categories import relevant_axes
from domain.orders.quantities import (
    DeliveryTolerance,
    ItemQuantities,
    broken_balances,
    may_still_be_delivered,
    refusals_to_reject,
    rejected_item,
)
from domain.orders.statuses import (
    Axis,
    AxisStatus,
    DocumentStanding,
    ItemStanding,
    SalesOrderStatus,
    status_of_document,
    statuses_of_item,
)
from tests.conftest import LONG

CONTENT = content_of((Path(__file__).parents[3] / "policies" / "orders.toml").read_text("utf-8"))
C, E = DocumentCategory, QuantityEffect
ORDER = Node("50000001", 10)
TOLERANCE = DeliveryTolerance(over=D(10))


@dataclass
class Walk:
    """The item, its links, its deliveries with what left the plant and was billed of each, and the stock."""

    category: str
    item: ItemQuantities
    links: list[Link] = field(default_factory=list)
    deliveries: dict[Node, ItemQuantities] = field(default_factory=dict)
    stock: D = D(100)
    numbers: int = 0

    def number(self) -> Node:
        self.numbers += 1
        return Node(f"8{self.numbers:07}", 10)

    def link(self, before: Node, after: Node, category: DocumentCategory, effect: QuantityEffect, quantity: D) -> None:
        self.links.append(Link(before, after, category, effect, quantity, quantity * 10))

    def some_delivery(self, pick: int) -> Node | None:
        every = sorted(self.deliveries)
        return every[pick % len(every)] if every else None

    # ------------------------------------------------------------------------------------------------------- the steps

    def deliver(self, quantity: D, _pick: int) -> None:
        rule = copy_rule(CONTENT.copy_rules, "OR", "LF")
        assert rule is not None
        most = may_still_be_delivered(self.item, TOLERANCE)
        assert most is not None
        source = SourceItem(10, self.category, self.item, most - self.item.open_to_deliver)
        if not refusals_to_copy(rule, [source], [AskedLine(10, quantity)], "items"):
            node = self.number()
            self.deliveries[node] = ItemQuantities(quantity, delivered=quantity, billed_by=self.item.billed_by)
            self.item = replace(self.item, delivered=self.item.delivered + quantity)
            self.link(ORDER, node, C.DELIVERY, E.DELIVERED, quantity)

    def move(self, pick: int, *, back: bool) -> None:
        node = self.some_delivery(pick)
        if node is None:
            return
        held = self.deliveries[node]
        line = DeliveryLine(10, held.ordered, held.ordered, self.stock)
        case = DeliveryCase((line,), posted=held.issued > 0, billed=held.billed > 0)
        refused = refusals_to_reverse(case, "delivery") if back else refusals_to_post(case, "delivery")
        if not refused and (not back or self.item.issued - held.issued >= self.item.returned):
            quantity = -held.ordered if back else held.ordered
            self.deliveries[node] = replace(held, issued=held.issued + quantity)
            self.item = replace(self.item, issued=self.item.issued + quantity)
            self.stock += stock_change(line, reversal=back)
            self.link(node, self.number(), C.GOODS_ISSUE, E.ISSUED, quantity)

    def issue(self, _quantity: D, pick: int) -> None:
        self.move(pick, back=False)

    def reverse(self, _quantity: D, pick: int) -> None:
        self.move(pick, back=True)

    def bill(self, quantity: D, pick: int) -> None:
        node = self.some_delivery(pick) if self.category == "TAN" else ORDER
        if node is None:
            return
        held = self.item if node is ORDER else self.deliveries[node]
        if not refusals_to_bill(BillingCase(held, quantity), 10, "items.0"):
            self.billed(node, self.number(), quantity)

    def cancel(self, _quantity: D, pick: int) -> None:
        invoices = [link for link in self.links if link.category is C.INVOICE and not self.is_cancelled(link)]
        if invoices:
            cancelled = invoices[pick % len(invoices)]
            if self.category == "TAN" or self.item.billed - cancelled.quantity >= self.item.returned:
                after = self.number()
                self.link(cancelled.successor, after, C.CANCELLATION, E.NONE, cancelled.quantity)
                self.billed(cancelled.predecessor, after, -cancelled.quantity)

    def is_cancelled(self, invoice: Link) -> bool:
        return any(link.predecessor == invoice.successor and link.category is C.CANCELLATION for link in self.links)

    def billed(self, node: Node, after: Node, quantity: D) -> None:
        if node is not ORDER:
            self.deliveries[node] = replace(self.deliveries[node], billed=self.deliveries[node].billed + quantity)
        self.item = replace(self.item, billed=self.item.billed + quantity)
        self.link(node, after, C.INVOICE if quantity > 0 else C.CANCELLATION, E.BILLED, quantity)

    def give_back(self, quantity: D, _pick: int) -> None:
        rule = copy_rule(CONTENT.copy_rules, "OR", "RE")
        assert rule is not None
        if not refusals_to_copy(rule, [SourceItem(10, self.category, self.item)], [AskedLine(10, quantity)], "items"):
            self.item = replace(self.item, returned=self.item.returned + quantity)
            self.link(ORDER, self.number(), C.RETURN, E.RETURNED, quantity)

    def reject(self, _quantity: D, pick: int) -> None:
        if pick == 0 and not refusals_to_reject(self.item, 10, "items.0"):
            self.item = rejected_item(self.item)


STEPS: tuple[Callable[[Walk, D, int], None], ...] = (
    Walk.deliver,
    Walk.issue,
    Walk.reverse,
    Walk.bill,
    Walk.cancel,
    Walk.give_back,
    Walk.reject,
)


@settings(max_examples=2000 if LONG else 100)
@given(
    st.sampled_from(["TAN", "TAF"]),
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 12).map(D), st.integers(0, 5)), max_size=40),
)
def test_whatever_is_done_to_an_item(category: str, steps: list[tuple[Callable[[Walk, D, int], None], D, int]]) -> None:
    kind = CONTENT.item_categories[category]
    assert kind.billed_by is not None
    walk = Walk(category, ItemQuantities(D(10), billed_by=kind.billed_by))
    for step, quantity, pick in steps:
        step(walk, quantity, pick)
        item = walk.item
        assert broken_balances(item) == ()
        assert item.ordered + item.over_delivered == item.rejected + item.open_to_deliver + item.delivered
        assert Flow(walk.links).recomputed(ORDER, item) == item
        assert walk.stock == 100 - item.issued
        assert item.delivered <= 11
        standing = ItemStanding(item, relevant_axes(kind))
        statuses = statuses_of_item(standing)
        assert (statuses[Axis.DELIVERY] is AxisStatus.COMPLETE) is (item.open_to_deliver == 0)
        whole = status_of_document(DocumentStanding((standing,)))
        assert (whole is SalesOrderStatus.REJECTED) is (item.rejected == 10)
        for node, held in walk.deliveries.items():
            assert Flow(walk.links).taken(node, E.BILLED).quantity == held.billed
