"""Clearing 清账: what a payment settles, in full, in part, with a residual item, and what of it stays on account.

Amounts are in one currency and signed as open items are: what the payer owes is above zero; credit memos, advances 预收款 and
payments on account below. Source: DOMAIN.md §5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from domain.errors import Refusal
from domain.orders.payment_terms import CashDiscount
from domain.pricing.rounding import EXACT, ZERO, rounded, split
from domain.pricing.values import RoundingRule

HUNDRED, PERCENT_UNIT = Decimal(100), Decimal("0.01")


class Treatment(Enum):
    """What becomes of an item that is not paid in full: it stays open for the rest, or a residual item takes its place."""

    PARTIAL = "PARTIAL"
    RESIDUAL = "RESIDUAL"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is open of an invoice, a memo, an advance or a payment on account.

    `discount` is what may be deducted from all that is open by who pays it now; None after the last discount period.
    """

    key: str
    open: Decimal
    due: date
    discount: CashDiscount | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """An item that a payment is for: with so much of the payment (None: as much as there is), and what becomes of a rest."""

    item: OpenItem
    amount: Decimal | None = None
    treatment: Treatment = Treatment.PARTIAL


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an item: open before = paid + discount + left open + residual."""

    item: OpenItem
    paid: Decimal
    discount: CashDiscount | None
    left_open: Decimal
    residual: Decimal

    @property
    def cleared(self) -> bool:
        """Whether the item is closed; a residual item may go on in its place."""
        return not self.left_open

    @property
    def discounted(self) -> Decimal:
        """The discount that was deducted, tax included."""
        return self.discount.amount if self.discount else ZERO


@dataclass(frozen=True, slots=True)
class Clearing:
    """What a payment did: amount = sum of what was paid (credits negative) + on account 预收/溢缴."""

    amount: Decimal
    settled: tuple[Settled, ...]
    on_account: Decimal

    @property
    def discount(self) -> Decimal:
        """The cash discount that was taken in all, taxes included."""
        return sum((each.discounted for each in self.settled), ZERO)

    @property
    def paid(self) -> Decimal:
        """What of debts was paid, whatever it was paid with."""
        return sum((each.paid for each in self.settled if each.item.open > 0), ZERO)

    @property
    def discount_percent(self) -> Decimal | None:
        """The discount in percent of what was settled; None where no debt was. To two places, so that a rounded cent does not
        decide whether it is, say, five percent.
        """
        whole = self.paid + self.discount
        return rounded(EXACT.divide(self.discount * HUNDRED, whole), PERCENT_UNIT) if whole else None


def cleared(amount: Decimal, assigned: Sequence[Assigned], unit: Decimal) -> Clearing:
    """Let a payment (0: items against each other) settle items: credits first, then debits in the order given.

    Cash discount is deducted from what is then settled, and from nothing else. An amount that is given is obeyed to the cent,
    and is enough if no more is missing than may be deducted: then the discount is what is missing, in parts of the minor
    `unit`. Credits are used as far as they are needed. What no item takes stays on account: an over-payment, or an advance
    where no item is assigned at all.
    """
    credit_first = sorted(range(len(assigned)), key=lambda place: assigned[place].item.open >= 0)
    wanted = sum((_needed(each) for each in assigned if each.item.open >= 0), ZERO)
    purse, found = amount, dict[int, Settled]()
    for place in credit_first:
        each = assigned[place]
        found[place] = _credit_used(each, max(wanted - purse, ZERO)) if each.item.open < 0 else _paid(each, purse, unit)
        purse -= found[place].paid
    return Clearing(amount, tuple(found[place] for place in range(len(assigned))), purse)


def _needed(assigned: Assigned) -> Decimal:
    """What settles an item, or what is assigned of the payment."""
    item = assigned.item
    return assigned.amount if assigned.amount is not None else item.open - (item.discount.amount if item.discount else ZERO)


def _credit_used(assigned: Assigned, wanted: Decimal) -> Settled:
    item = assigned.item
    most = -item.open if assigned.amount is None else min(abs(assigned.amount), -item.open)
    return _settled(assigned, -min(most, wanted), None)


def _paid(assigned: Assigned, purse: Decimal, unit: Decimal) -> Settled:
    item = assigned.item
    most = item.discount.amount if item.discount else ZERO
    wanted = item.open - most if assigned.amount is None else min(assigned.amount, item.open)
    paid = min(wanted, max(purse, ZERO))
    missing = item.open - paid
    return _settled(assigned, paid, _lowered(item.discount, missing, unit) if missing <= most else None)


def _lowered(discount: CashDiscount | None, amount: Decimal, unit: Decimal) -> CashDiscount | None:
    """A discount of which no more than an amount is taken, in the same proportion of nets and taxes."""
    if discount is None or amount == discount.amount:
        return discount
    parts = split(amount, (*discount.nets, *discount.taxes), unit, RoundingRule.COMMERCIAL)[0]
    nets = len(discount.nets)
    return CashDiscount(tuple(parts[:nets]), tuple(parts[nets:]), discount.payment + discount.amount - amount)


def _settled(assigned: Assigned, paid: Decimal, discount: CashDiscount | None) -> Settled:
    rest = assigned.item.open - paid - (discount.amount if discount else ZERO)
    residual = rest if assigned.treatment is Treatment.RESIDUAL and paid else ZERO
    return Settled(assigned.item, paid, discount, rest - residual, residual)


# --------------------------------------------------------------------------------------------- what stands against a step


@dataclass(frozen=True, slots=True)
class ItemCase:
    """What decides whether an open item can be cleared by a payment, apart from policy."""

    item: OpenItem
    same_payer: bool = True
    same_currency: bool = True
    blocked: bool = False
    amount: Decimal | None = None


ITEM_RULES: tuple[tuple[str, str, Callable[[ItemCase], bool]], ...] = (  # reason, field, holds when
    ("CLEARING_CLOSED", "item", lambda case: case.item.open != 0),
    ("CLEARING_PAYER", "item", lambda case: case.same_payer),
    ("CLEARING_CURRENCY", "item", lambda case: case.same_currency),
    ("CLEARING_BLOCKED", "item", lambda case: not case.blocked),
    ("CLEARING_BEYOND_OPEN", "amount", lambda case: case.amount is None or 0 < case.amount <= abs(case.item.open)),
)


def refusals_to_clear(case: ItemCase, path: str) -> tuple[Refusal, ...]:
    """Every reason against clearing an item; `path` is where it stands in the input."""
    values = {"document": case.item.key, "value": str(case.amount), "most": str(abs(case.item.open))}
    return tuple(Refusal(reason, f"{path}.{field}", values) for reason, field, holds in ITEM_RULES if not holds(case))


@dataclass(frozen=True, slots=True)
class ResetCase:
    """What decides the reset of a clearing 清账重置, apart from policy: whether what came of it was used since."""

    approved: bool = True
    reset: bool = False
    residual_used: bool = False
    on_account_used: bool = False


RESET_RULES: tuple[tuple[str, Callable[[ResetCase], bool]], ...] = (  # reason, holds when
    ("RESET_UNAPPROVED", lambda case: case.approved),
    ("RESET_ALREADY", lambda case: not case.reset),
    ("RESET_RESIDUAL_USED", lambda case: not case.residual_used),
    ("RESET_ON_ACCOUNT_USED", lambda case: not case.on_account_used),
)


def refusals_to_reset(case: ResetCase) -> tuple[Refusal, ...]:
    """Every reason against undoing a clearing."""
    return tuple(Refusal(reason, "payment") for reason, holds in RESET_RULES if not holds(case))


@dataclass(frozen=True, slots=True)
class Reopened:
    """What a reset gives back to an item: what it was paid and discounted, and the residual item that goes."""

    key: str
    open: Decimal
    without_residual: Decimal


def reopened(clearing: Clearing, open_now: Iterable[Decimal]) -> tuple[Reopened, ...]:
    """What is open of each item once a clearing is undone; `open_now` is what is open of each before that, in their order."""
    return tuple(
        Reopened(each.item.key, now + each.paid + each.discounted + each.residual, each.residual)
        for each, now in zip(clearing.settled, open_now, strict=True)
    )
