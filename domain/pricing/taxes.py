"""Taxes 税: whose country and class determine them, and the checks of a Chinese VAT invoice 金税发票.

The tax itself is a condition like others, found under departure country, destination country, the customer's and the
material's class, as of the services-rendered date. Source: DOMAIN.md §3, tax.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from domain.errors import Refusal
from domain.pricing.rounding import ZERO


class TaxPartner(Enum):
    """Who may decide the customer's tax class, in the order in which they are asked."""

    PAYER = "PAYER"
    SHIP_TO = "SHIP_TO"
    SOLD_TO = "SOLD_TO"


@dataclass(frozen=True, slots=True)
class TaxStanding:
    """A partner of a document, as far as tax looks at it."""

    partner: TaxPartner
    tax_number: str | None
    tax_class: str


REGISTERED, NOT_REGISTERED = "1", "0"
"""The tax classes of customers with and without a tax number, who have no class of their own."""


def usual_class(tax_number: str | None) -> str:
    """The class of a customer who has none of their own."""
    return REGISTERED if tax_number else NOT_REGISTERED


def taxed_partner(standings: Iterable[TaxStanding]) -> TaxStanding | None:
    """Whose class counts: the first of payer, ship-to and sold-to who holds a tax number; the sold-to where none does."""
    by_partner = {standing.partner: standing for standing in standings}
    asked = [by_partner[partner] for partner in TaxPartner if partner in by_partner]
    holding = (standing for standing in asked if standing.tax_number)
    return next(holding, by_partner.get(TaxPartner.SOLD_TO))


# -------------------------------------------------------------------------------------------------------- 金税发票

LINE_TAX, LINE_AMOUNT, INVOICE_TAX = Decimal("0.06"), Decimal("0.01"), Decimal("1.27")
"""The largest differences, included: tax of a line, amount of a line, tax over the invoice. In CNY."""


@dataclass(frozen=True, slots=True)
class VatLine:
    """A line of a VAT invoice: its net amount, its rate in percent, its tax; price and quantity where it shows them."""

    line_number: int
    amount: Decimal
    rate: Decimal
    tax: Decimal
    price: Decimal | None = None
    quantity: Decimal | None = None

    @property
    def tax_difference(self) -> Decimal:
        """By how much its tax differs from amount × rate."""
        return abs(self.amount * self.rate / 100 - self.tax)

    @property
    def amount_difference(self) -> Decimal:
        """By how much its amount differs from price × quantity."""
        return ZERO if self.price is None or self.quantity is None else abs(self.amount - self.price * self.quantity)


def refusals_of_vat_invoice(lines: Iterable[VatLine]) -> tuple[Refusal, ...]:
    """Why the tax authority's system would not take an invoice of these lines; empty when it would."""
    return tuple(_refusals(tuple(lines)))


def _refusals(lines: tuple[VatLine, ...]) -> Iterator[Refusal]:
    for place, line in enumerate(lines):
        values = {"line": line.line_number}
        if line.tax_difference > LINE_TAX:
            yield Refusal(
                "VAT_LINE_TAX", f"items.{place}", {**values, "found": str(line.tax_difference), "most": str(LINE_TAX)}
            )
        if line.amount_difference > LINE_AMOUNT:
            figures = {"found": str(line.amount_difference), "most": str(LINE_AMOUNT)}
            yield Refusal("VAT_LINE_AMOUNT", f"items.{place}", {**values, **figures})
    total = sum((line.tax_difference for line in lines), ZERO)
    if total > INVOICE_TAX:
        yield Refusal("VAT_INVOICE_TAX", "items", {"found": str(total), "most": str(INVOICE_TAX)})
