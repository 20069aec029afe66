"""Quantities 数量 of an item on its way: ordered = rejected + open + delivered, delivered = billed + open to bill.

All quantities of an item are in its sales unit; `in_unit` brings others there by exact fractions. Source: DOMAIN.md §5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from domain.errors import Invalid, Refusal
from domain.pricing.rounding import EXACT, ONE, ZERO, rounded
from domain.pricing.units import NO_UNITS, conversion, converted, places_of
from domain.pricing.values import RoundingRule, Unit

HUNDRED = Decimal(100)


class BillingBasis(Enum):
    """What an item is billed by 开票依据: as ordered (services, invoice first 已售未提), as delivered, as it left the plant."""

    ORDER = "ORDER"
    DELIVERY = "DELIVERY"
    GOODS_ISSUE = "GOODS_ISSUE"


@dataclass(frozen=True, slots=True)
class ItemQuantities:
    """What became of an item, each a sum over the documents that follow it; cancelled and reversed ones are not counted.

    `delivered` is what deliveries hold, `issued` what left the plant, `billed` what invoices hold, `posted` what of it was
    posted, `referenced` what later sales documents took of it (a contract's call-offs, a quotation's orders), `returned` what
    returns took back.
    """

    ordered: Decimal
    rejected: Decimal = ZERO
    confirmed: Decimal = ZERO
    delivered: Decimal = ZERO
    issued: Decimal = ZERO
    billed: Decimal = ZERO
    posted: Decimal = ZERO
    referenced: Decimal = ZERO
    returned: Decimal = ZERO
    billed_by: BillingBasis = BillingBasis.GOODS_ISSUE

    @property
    def kept(self) -> Decimal:
        """What of it is not rejected."""
        return self.ordered - self.rejected

    @property
    def is_rejected(self) -> bool:
        """Whether all of it is rejected, so that nothing of it is left to be done."""
        return self.rejected >= self.ordered > 0

    @property
    def open_to_deliver(self) -> Decimal:
        """What is still to be delivered; nothing, and never less, once more was delivered than ordered."""
        return max(self.kept - self.delivered, ZERO)

    @property
    def over_delivered(self) -> Decimal:
        """What was delivered beyond the order: ordered + over-delivered = rejected + open + delivered."""
        return max(self.delivered - self.kept, ZERO)

    @property
    def to_bill(self) -> Decimal:
        """All that is to be billed in the end: the order, or what was delivered of it if that is more."""
        return self.kept if self.billed_by is BillingBasis.ORDER else max(self.kept, self.delivered)

    @property
    def billable(self) -> Decimal:
        """What its billing basis has come to, billed or not."""
        return BILLABLE[self.billed_by](self)

    @property
    def due_to_bill(self) -> Decimal:
        """What may be billed now: what its billing basis has come to, less what was billed."""
        return max(self.billable - self.billed, ZERO)

    @property
    def open_to_bill(self) -> Decimal:
        """What was delivered and not billed: delivered = billed + open to bill, for an item billed by its deliveries."""
        return (self.kept if self.billed_by is BillingBasis.ORDER else self.delivered) - self.billed

    @property
    def received(self) -> Decimal:
        """What the customer has of it: what left the plant, or what was billed by the order."""
        return self.billed if self.billed_by is BillingBasis.ORDER else self.issued

    @property
    def open_to_return(self) -> Decimal:
        """What the customer has of it and has not sent back."""
        return max(self.received - self.returned, ZERO)

    @property
    def done(self) -> Decimal:
        """What of it somebody has taken: neither can it be rejected any more, nor can less than it be ordered."""
        return max(self.delivered, self.referenced, self.billed if self.billed_by is BillingBasis.ORDER else ZERO)

    @property
    def open_to_reference(self) -> Decimal:
        """What later documents may still take of it."""
        return max(self.kept - self.referenced, ZERO)


BILLABLE: Mapping[BillingBasis, Callable[[ItemQuantities], Decimal]] = {
    BillingBasis.ORDER: lambda each: each.kept,
    BillingBasis.DELIVERY: lambda each: each.delivered,
    BillingBasis.GOODS_ISSUE: lambda each: each.issued,
}


def broken_balances(item: ItemQuantities) -> tuple[str, ...]:
    """The names of what does not add up in these sums; empty when no quantity was lost or counted twice."""
    return tuple(name for name, holds in BALANCES if not holds(item))


BALANCES: tuple[tuple[str, Callable[[ItemQuantities], bool]], ...] = (  # name, holds when
    ("nothing below zero", lambda each: min(each.ordered, each.rejected, each.delivered, each.issued, each.billed) >= 0),
    ("rejected within ordered", lambda each: each.rejected <= each.ordered),
    ("issued within delivered", lambda each: each.issued <= each.delivered),
    ("billed within billable", lambda each: each.billed <= each.billable),
    ("posted within billed", lambda each: each.posted <= each.billed),
    ("returned within what came", lambda each: each.returned <= each.received),
)
"""What holds of every item at every moment."""


def closed_short(item: ItemQuantities) -> ItemQuantities:
    """The item when no more will be delivered: what is open counts as rejected, so that the sums still hold."""
    return replace(item, rejected=item.rejected + item.open_to_deliver)


def refusals_to_reject(item: ItemQuantities, line: int, field: str) -> tuple[Refusal, ...]:
    """Why nothing of an item can be rejected: all that is kept of it is done already."""
    return () if item.done < item.kept else (Refusal("REJECTED_NOTHING", field, {"line": line}),)


def rejected_item(item: ItemQuantities) -> ItemQuantities:
    """The item when all of it that is not done is rejected."""
    return replace(item, rejected=item.ordered - min(item.done, item.kept))


def refusals_to_reorder(item: ItemQuantities, ordered: Decimal, line: int, field: str) -> tuple[Refusal, ...]:
    """Why the ordered quantity of an item cannot become another: less than what is done and rejected of it."""
    least = item.rejected + min(item.done, item.kept)
    if ordered >= least:
        return ()
    return (Refusal("ORDERED_BELOW_DONE", field, {"line": line, "value": str(ordered), "least": str(least)}),)


# --------------------------------------------------------------------------------------------------- units, places, ranges

MOST_QUANTITY = Decimal("1e12")


def in_unit(
    value: Decimal,
    from_unit: str,
    to_unit: str,
    units: Mapping[str, Unit],
    base_unit: str = "",
    own: Mapping[str, Fraction] = NO_UNITS,
    field: str = "quantity",
) -> Decimal:
    """A quantity in another unit, exact (see `pricing.units.conversion`). Raises Invalid (QUANTITY_UNIT) naming `field`."""
    factor = conversion(from_unit, to_unit, units, base_unit, own)
    if factor is None:
        raise Invalid.because("QUANTITY_UNIT", field, unit=from_unit, other=to_unit)
    return converted(value, factor)


def faults_of_quantity(value: Decimal, unit: str, units: Mapping[str, Unit], field: str) -> tuple[Refusal, ...]:
    """What is wrong with a quantity that somebody entered: out of range, of no unit, with too many decimals for its unit."""
    if not value.is_finite() or not 0 < value <= MOST_QUANTITY:
        return (Refusal("QUANTITY_OUT_OF_RANGE", field, {"value": str(value)}),)
    if unit not in units:
        return (Refusal("CODE_UNKNOWN", field, {"value": unit}),)
    most = units[unit].decimals
    return (
        (Refusal("QUANTITY_DECIMALS", field, {"value": str(value), "unit": unit, "most": most}),)
        if places_of(value) > most
        else ()
    )


# -------------------------------------------------------------------------------------------------------------- tolerances


@dataclass(frozen=True, slots=True)
class DeliveryTolerance:
    """By how many percent a delivery may stay below or exceed what is ordered 交货容差; None over: without limit."""

    under: Decimal = ZERO
    over: Decimal | None = ZERO

    def most(self, ordered: Decimal) -> Decimal | None:
        """The most that may be delivered in all, exact; None without limit."""
        return None if self.over is None else EXACT.multiply(ordered, ONE + self.over / HUNDRED)

    def least(self, ordered: Decimal) -> Decimal:
        """What must be delivered for the item to count as delivered, exact."""
        return EXACT.multiply(ordered, ONE - self.under / HUNDRED)


def may_still_be_delivered(item: ItemQuantities, tolerance: DeliveryTolerance) -> Decimal | None:
    """How much more may be delivered, tolerance included; None without limit."""
    most = tolerance.most(item.kept)
    return None if most is None else max(most - item.delivered, ZERO)


def refusals_to_deliver(
    item: ItemQuantities, quantity: Decimal, tolerance: DeliveryTolerance, line: int, field: str
) -> tuple[Refusal, ...]:
    """Why this much more of an item cannot be delivered: nothing, or more than is ordered and tolerated."""
    most = may_still_be_delivered(item, tolerance)
    if quantity <= 0:
        return (Refusal("QUANTITY_OUT_OF_RANGE", field, {"value": str(quantity)}),)
    if most is not None and quantity > most:
        return (Refusal("DELIVERED_BEYOND_ORDER", field, {"line": line, "value": str(quantity), "most": str(most)}),)
    return ()


def is_delivered(item: ItemQuantities, tolerance: DeliveryTolerance) -> bool:
    """Whether what was delivered will do: all that is kept, or less by no more than is tolerated (then `closed_short`)."""
    return item.delivered > 0 and item.delivered >= tolerance.least(item.kept)


# --------------------------------------------------------------------------------------------------------------- reference


@dataclass(frozen=True, slots=True)
class Target:
    """What a contract item is agreed for 合同: a quantity, a value of its currency, or both; None: not limited by it."""

    quantity: Decimal | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """What is taken of a contract item: by call-offs so far, or by one more."""

    quantity: Decimal
    value: Decimal = ZERO


def may_still_be_referenced(item: ItemQuantities, over_release: Decimal | None = ZERO) -> Decimal | None:
    """How much more later documents may take of an item, so many percent of over-release included; None without limit.

    That they take no more is held by copy control.
    """
    if over_release is None:
        return None
    return max(EXACT.multiply(item.kept, ONE + over_release / HUNDRED) - item.referenced, ZERO)


def refusals_to_call_off(
    target: Target, called: Called, more: Called, over_release: Decimal | None, line: int
) -> tuple[Refusal, ...]:
    """Why a contract cannot give this much more: beyond its quantity or its value and the percent of over-release allowed."""
    return tuple(_over_released(target, called, more, over_release, line))


def _over_released(target: Target, called: Called, more: Called, over: Decimal | None, line: int) -> Iterator[Refusal]:
    if over is None:
        return
    sides = (
        ("CALLED_BEYOND_QUANTITY", "quantity", target.quantity, called.quantity, more.quantity),
        ("CALLED_BEYOND_VALUE", "value", target.value, called.value, more.value),
    )
    for reason, field, agreed, so_far, asked in sides:
        most = None if agreed is None else EXACT.multiply(agreed, ONE + over / HUNDRED)
        if most is not None and so_far + asked > most:
            yield Refusal(reason, field, {"line": line, "value": str(asked), "most": str(max(most - so_far, ZERO))})


def distributed(quantity: Decimal, open_quantities: Iterable[Decimal]) -> tuple[Decimal, ...]:
    """A quantity spread over open ones in their order, each filled before the next; what none takes is left out."""
    taken, left = [], quantity
    for each in open_quantities:
        taken.append(min(max(each, ZERO), left))
        left -= taken[-1]
    return tuple(taken)


def in_multiples(quantity: Decimal, multiple: Decimal | None) -> Decimal:
    """A quantity rounded down to whole multiples (a carton, a pallet); as it is where none is asked for."""
    return quantity if multiple is None else rounded(quantity, multiple, RoundingRule.DOWN)
