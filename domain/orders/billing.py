"""Billing 开票: what is due, how due items become invoices, taxes per rate, signs, cancellation.

Source: DOMAIN.md §5; for the tolerances of VAT invoices 金税发票 see `pricing.taxes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.errors import Refusal
from domain.orders.categories import DocumentCategory
from domain.orders.quantities import BillingBasis, ItemQuantities
from domain.orders.splitting import Group, grouped
from domain.pricing.rounding import EXACT, ZERO, largest, rounded
from domain.pricing.taxes import VatLine, refusals_of_vat_invoice

HUNDRED = Decimal(100)


SIGNS: Mapping[DocumentCategory, int] = {
    DocumentCategory.INVOICE: 1,
    DocumentCategory.DEBIT_MEMO: 1,
    DocumentCategory.CREDIT_MEMO: -1,
    DocumentCategory.PRO_FORMA: 0,
}
"""How the amounts of a billing document count; those of a pro forma do not: it is not posted, and bills nothing.

A cancellation 冲销 is none of them: it takes back what the cancelled document did, whatever that was.
"""


def is_posted(category: DocumentCategory) -> bool:
    """Whether documents of a category change what a payer owes, and so can be cancelled."""
    return SIGNS.get(category, 0) != 0


def receivable(category: DocumentCategory, amount: Decimal) -> Decimal:
    """By how much a document of an amount (above zero) changes what the payer owes.

    Of a cancellation it is asked with the cancelled document's category, and taken negative.
    """
    return amount * SIGNS[category]


# ------------------------------------------------------------------------------------------------------------------ split


@dataclass(frozen=True, slots=True)
class BillingHeader:
    """The header fields and partners of an invoice; due items that differ in any of them are billed apart.

    `criterion` is what a payer or a billing type asks to be kept apart beside these, e.g. the order's number.
    """

    billing_type: str = ""
    company_code: str = ""
    sales_organization: str = ""
    distribution_channel: str = ""
    division: str = ""
    sold_to: str = ""
    bill_to: str = ""
    payer: str = ""
    billing_date: date | None = None
    payment_terms: str = ""
    payment_method: str = ""
    incoterms: str = ""
    currency: str = ""
    departure_country: str = ""
    destination_country: str = ""
    customer_tax_class: str = ""
    criterion: str = ""


@dataclass(frozen=True, slots=True)
class DueItem:
    """An item that is due for billing; `key` tells it from all others."""

    key: str
    header: BillingHeader


Invoice = Group[BillingHeader, DueItem]
"""An invoice to be; why it stands apart from others says `splitting.reason_of_split`."""


def invoices_of(items: Iterable[DueItem], most_lines: int | None = None) -> tuple[Invoice, ...]:
    """Items in as few invoices as may be, one for each different header, of so many lines at most."""
    return grouped(items, lambda item: item.header, most_lines)


@dataclass(frozen=True, slots=True)
class Part:
    """What was billed of an item so far: how much of it, for what."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO


# ------------------------------------------------------------------------------------------------------------------ taxes


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line's net amount and the rate of its tax in percent."""

    net: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """The lines of one rate: their net amount in all, and the tax on it, exact on the sum."""

    rate: Decimal
    net: Decimal
    tax: Decimal


def tax_groups(lines: Iterable[TaxedLine], unit: Decimal) -> tuple[TaxGroup, ...]:
    """Tax as a group per rate, rounded once to the minor unit, in the order in which the rates come."""
    nets: dict[Decimal, Decimal] = {}
    for line in lines:
        nets[line.rate] = nets.get(line.rate, ZERO) + line.net
    return tuple(TaxGroup(rate, net, rounded(EXACT.multiply(net, rate) / HUNDRED, unit)) for rate, net in nets.items())


def line_taxes(lines: Sequence[TaxedLine], unit: Decimal) -> tuple[Decimal, ...]:
    """The tax of each line, so that those of a rate sum to its group's; the difference goes to the largest net amount."""
    found = [rounded(EXACT.multiply(line.net, line.rate) / HUNDRED, unit) for line in lines]
    for group in tax_groups(lines, unit):
        places = [place for place, line in enumerate(lines) if line.rate == group.rate]
        place = places[largest([lines[each].net for each in places])]
        found[place] += group.tax - sum((found[each] for each in places), ZERO)
    return tuple(found)


def net_of(gross: Decimal, rate: Decimal, unit: Decimal) -> Decimal:
    """What an amount that contains a tax comes to without it, rounded to the minor unit."""
    return rounded(EXACT.divide(EXACT.multiply(gross, HUNDRED), HUNDRED + rate), unit)


def refusals_of_vat(
    lines: Sequence[TaxedLine], taxes: Sequence[Decimal], prices: Sequence[Decimal | None], quantities: Sequence[Decimal]
) -> tuple[Refusal, ...]:
    """Why the tax authority's system 金税 would not take an invoice of these lines with these taxes; see `pricing.taxes`."""
    rows = zip(lines, taxes, prices, quantities, strict=True)
    return refusals_of_vat_invoice(
        VatLine(place, line.net, line.rate, tax, price, quantity) for place, (line, tax, price, quantity) in enumerate(rows, 1)
    )


# ------------------------------------------------------------------------------------------------------------ part values


def value_of_part(total: Decimal, whole: Decimal, before: Part, quantity: Decimal, unit: Decimal) -> Decimal:
    """What of an item's value a part of it is billed for, after what was billed before: in proportion, rounded to the minor
    unit; the part that makes it whole takes all that is left, so that the parts sum to the total to the last unit.
    """
    if before.quantity + quantity == whole:
        return total - before.value
    return rounded(EXACT.divide(EXACT.multiply(total, quantity), whole), unit) if whole else ZERO


# --------------------------------------------------------------------------------------------- what stands against a step


@dataclass(frozen=True, slots=True)
class BillingCase:
    """What decides whether an item can be billed, apart from policy; `quantity` is what is to be billed now."""

    quantities: ItemQuantities
    quantity: Decimal
    blocked: bool = False
    incomplete: bool = False
    approved: bool = True

    @property
    def awaits_goods_issue(self) -> bool:
        """Whether it could be billed if what was delivered had left the plant."""
        item = self.quantities
        return item.billed_by is BillingBasis.GOODS_ISSUE and item.due_to_bill < self.quantity <= item.open_to_bill


BILLING_RULES: tuple[tuple[str, str, Callable[[BillingCase], bool]], ...] = (  # reason, field, holds when
    ("BILLING_BLOCKED", "document", lambda case: not case.blocked),
    ("BILLING_INCOMPLETE", "document", lambda case: not case.incomplete),
    ("BILLING_UNAPPROVED", "document", lambda case: case.approved),
    (
        "BILLING_BEFORE_GOODS_ISSUE",
        "quantity",
        lambda case: not case.awaits_goods_issue,
    ),
    ("BILLED_BEYOND_DUE", "quantity", lambda case: case.awaits_goods_issue or case.quantity <= case.quantities.due_to_bill),
    ("BILLED_NOTHING", "quantity", lambda case: case.quantity > 0),
)


def refusals_to_bill(case: BillingCase, line: int, path: str) -> tuple[Refusal, ...]:
    """Every reason against billing this much of an item; `path` is where the item stands in the input."""
    values = {"line": line, "value": str(case.quantity), "most": str(case.quantities.due_to_bill)}
    return tuple(Refusal(reason, f"{path}.{field}", values) for reason, field, holds in BILLING_RULES if not holds(case))


@dataclass(frozen=True, slots=True)
class CancelCase:
    """What decides a cancellation, apart from policy; `settled` is what of it is paid or cleared."""

    category: DocumentCategory
    cancelled: bool = False
    settled: Decimal = ZERO
    credited: bool = False


CANCEL_RULES: tuple[tuple[str, Callable[[CancelCase], bool]], ...] = (  # reason, holds when
    ("CANCEL_NOT_POSTED", lambda case: is_posted(case.category)),
    ("CANCELLED_ALREADY", lambda case: not case.cancelled),
    ("CANCEL_CLEARED", lambda case: not case.settled),
    ("CANCEL_CREDITED", lambda case: not case.credited),
)


def refusals_to_cancel(case: CancelCase) -> tuple[Refusal, ...]:
    """Every reason against the cancellation 冲销 of a billing document."""
    values = {"category": case.category.name}
    return tuple(Refusal(reason, "billingDocument", values) for reason, holds in CANCEL_RULES if not holds(case))


# -------------------------------------------------------------------------------------------------------- collected first


def advance_lacking(gross: Decimal, percent: Decimal, advances: Iterable[Decimal], unit: Decimal) -> Decimal:
    """What is still to be collected before an order goes on 先款后票: a percentage of its gross value less advances paid."""
    return max(rounded(EXACT.multiply(gross, percent) / HUNDRED, unit) - sum(advances, ZERO), ZERO)
