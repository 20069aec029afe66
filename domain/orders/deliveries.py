"""Deliveries 交货: what is due, what may be delivered together, picking, goods issue 发货过账 and its reversal.

Source: DOMAIN.md §5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.errors import Refusal
from domain.orders.splitting import Group, grouped
from domain.pricing.rounding import ONE, ZERO, rounded
from domain.pricing.units import converted


@dataclass(frozen=True, slots=True)
class DeliveryHeader:
    """What the items of a delivery have in common; those that differ in any of it are delivered apart.

    `criterion` is what keeps items apart beside these: the order's number where the customer takes no orders combined, the
    item's where it ships separately.
    """

    delivery_type: str = ""
    ship_to: str = ""
    sold_to: str = ""
    sales_organization: str = ""
    plant: str = ""
    shipping_point: str = ""
    route: str = ""
    shipping_condition: str = ""
    incoterms: str = ""
    goods_issue_date: date | None = None
    criterion: str = ""


@dataclass(frozen=True, slots=True)
class DueLine:
    """A confirmed schedule line of an order item that is not delivered yet; `open` is in the sales unit."""

    order: str
    line: int
    day: date
    open: Decimal
    header: DeliveryHeader
    complete: bool = False
    blocked: bool = False


Shipment = Group[DeliveryHeader, DueLine]
"""A delivery to be; why it stands apart from others says `splitting.reason_of_split`."""


def criterion_of(order: str, line: int, *, combines: bool, separately: bool) -> str:
    """What keeps an item apart from others: nothing, its order, or itself."""
    return f"{order}/{line}" if separately else "" if combines else order


def due_lines(lines: Iterable[DueLine], through: date) -> tuple[DueLine, ...]:
    """The due list 交货到期清单: what is open, not blocked and due through a day, the earliest first.

    An order that is delivered complete is due only once all of its lines are.
    """
    every = [line for line in lines if line.open > 0]
    late = {line.order for line in every if line.complete and (line.day > through or line.blocked)}
    due = (line for line in every if line.day <= through and not line.blocked and not (line.complete and line.order in late))
    return tuple(sorted(due, key=lambda line: (line.day, line.order, line.line)))


def deliveries_of(lines: Iterable[DueLine], most_lines: int | None = None) -> tuple[Shipment, ...]:
    """Lines in as few deliveries as may be, one for each different header, of so many lines at most."""
    return grouped(lines, lambda line: line.header, most_lines)


# ------------------------------------------------------------------------------------------------------------------ value


@dataclass(frozen=True, slots=True)
class DeliveredPart:
    """So much of an order item as a delivery holds; all that is `kept` of the item comes to `net_value`, the whole order to
    `order_value`, and that to `group_value` in group currency.
    """

    quantity: Decimal
    kept: Decimal
    net_value: Decimal
    order_value: Decimal
    group_value: Decimal


def value_of_delivery(parts: Iterable[DeliveredPart], unit: Decimal) -> Decimal:
    """What a delivery comes to in group currency: its parts of the items' values, exact, rounded once to the minor unit."""
    total = sum((_exact_value(part) for part in parts if part.kept and part.order_value), Fraction(0))
    return rounded(converted(ONE, total), unit)


def _exact_value(part: DeliveredPart) -> Fraction:
    of_item = Fraction(part.net_value) * Fraction(part.quantity) / Fraction(part.kept)
    return of_item * Fraction(part.group_value) / Fraction(part.order_value)


# ---------------------------------------------------------------------------------------------------------------- picking


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A line of a delivery: how much it holds, how much of it is picked, stock at its storage location; in the base unit.

    `returns`: goods come back, nothing is picked and no stock is needed.
    """

    line: int
    quantity: Decimal
    picked: Decimal = ZERO
    stock: Decimal = ZERO
    returns: bool = False


def refusals_to_pick(line: DeliveryLine, picked: Decimal, field: str) -> tuple[Refusal, ...]:
    """Why this much cannot be picked for a line in all: less than nothing, beyond the delivery, or for a return."""
    values = {"line": line.line, "value": str(picked), "most": str(line.quantity)}
    checks = (
        (not line.returns, Refusal("PICKED_RETURN", field, values)),
        (0 <= picked <= line.quantity, Refusal("PICKED_BEYOND_DELIVERY", field, values)),
    )
    return tuple(refusal for holds, refusal in checks if not holds)


# ------------------------------------------------------------------------------------------------------------ goods issue


@dataclass(frozen=True, slots=True)
class DeliveryCase:
    """A delivery as its steps look at it, apart from policy; `billed` is whether any of it was billed, `returned` whether
    returns take back more than would be left of what came."""

    lines: tuple[DeliveryLine, ...]
    posted: bool = False
    blocked: bool = False
    incomplete: bool = False
    approved: bool = True
    credit_blocked: bool = False
    billed: bool = False
    returned: bool = False


POSTING_RULES: tuple[tuple[str, Callable[[DeliveryCase], bool]], ...] = (  # reason, holds when
    ("GOODS_ISSUE_POSTED", lambda case: not case.posted),
    ("DELIVERY_EMPTY", lambda case: any(line.quantity > 0 for line in case.lines)),
    ("DELIVERY_BLOCKED", lambda case: not case.blocked),
    ("DELIVERY_INCOMPLETE", lambda case: not case.incomplete),
    ("DELIVERY_UNAPPROVED", lambda case: case.approved),
    ("DELIVERY_CREDIT_BLOCKED", lambda case: not case.credit_blocked),
)

REVERSAL_RULES: tuple[tuple[str, Callable[[DeliveryCase], bool]], ...] = (  # reason, holds when
    ("GOODS_ISSUE_NOT_POSTED", lambda case: case.posted),
    ("GOODS_ISSUE_BILLED", lambda case: not case.billed),
    ("GOODS_ISSUE_RETURNED", lambda case: not case.returned),
)

LINE_RULES: tuple[tuple[str, str, Callable[[DeliveryLine], bool]], ...] = (  # reason, field, holds when
    ("NOT_PICKED", "picked", lambda line: line.returns or line.picked == line.quantity),
    ("STOCK_LACKING", "quantity", lambda line: line.returns or line.quantity <= line.stock),
)


def refusals_to_post(case: DeliveryCase, field: str) -> tuple[Refusal, ...]:
    """Every reason against posting goods issue (of returns: goods receipt), of the delivery and of each of its lines."""
    of_delivery = [Refusal(reason, field) for reason, holds in POSTING_RULES if not holds(case)]
    of_lines = [
        Refusal(
            reason,
            f"{field}.items.{line.line}.{name}",
            {"line": line.line, "value": str(line.quantity), "picked": str(line.picked), "stock": str(line.stock)},
        )
        for line in case.lines
        if line.quantity > 0
        for reason, name, holds in LINE_RULES
        if not holds(line)
    ]
    return (*of_delivery, *of_lines)


def refusals_to_reverse(case: DeliveryCase, field: str) -> tuple[Refusal, ...]:
    """Every reason against reversing goods issue: it was not posted, or what left the plant was billed."""
    return tuple(Refusal(reason, field) for reason, holds in REVERSAL_RULES if not holds(case))


def stock_change(line: DeliveryLine, *, reversal: bool = False) -> Decimal:
    """By how much posting a line changes stock: goods issue takes, a return brings, a reversal does the opposite."""
    change = line.quantity if line.returns else -line.quantity
    return -change if reversal else change
