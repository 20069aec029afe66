"""Payments 收款 as entered: what one needs by its method, and its amount in another currency. What it settles: `clearing`.

Source: DOMAIN.md §5, §3 Money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.errors import Invalid, Refusal
from domain.orders.document_types import PaymentMethod
from domain.pricing.currencies import exchange_rate, minor_unit
from domain.pricing.rounding import rounded
from domain.pricing.units import converted
from domain.pricing.values import ExchangeRate

MOST_AMOUNT = Decimal("1e13")


@dataclass(frozen=True, slots=True)
class PaymentEntry:
    """A payment as somebody enters it; `today` is the company code's business day."""

    amount: Decimal
    currency: str
    method: PaymentMethod
    day: date
    today: date
    account: str | None = None
    reference: str | None = None


PAYMENT_RULES: tuple[tuple[str, str, Callable[[PaymentEntry], bool]], ...] = (  # reason, field, holds when
    ("PAYMENT_AMOUNT", "amount", lambda entry: entry.amount.is_finite() and 0 < entry.amount <= MOST_AMOUNT),
    ("PAYMENT_DECIMALS", "amount", lambda entry: not entry.amount.is_finite() or _in_minor_units(entry.amount, entry.currency)),
    ("PAYMENT_ACCOUNT", "bankAccount", lambda entry: not entry.method.needs_account or bool(entry.account)),
    ("PAYMENT_REFERENCE", "reference", lambda entry: not entry.method.needs_reference or bool(entry.reference)),
    ("PAYMENT_FUTURE", "postingDate", lambda entry: entry.day <= entry.today),
)


def refusals_to_enter_payment(entry: PaymentEntry) -> tuple[Refusal, ...]:
    """Everything that is wrong with a payment by itself."""
    values = {
        "value": str(entry.amount),
        "currency": entry.currency,
        "method": entry.method.code,
        "day": entry.day.isoformat(),
    }
    return tuple(Refusal(reason, field, values) for reason, field, holds in PAYMENT_RULES if not holds(entry))


def _in_minor_units(amount: Decimal, currency: str) -> bool:
    return abs(amount) > MOST_AMOUNT or rounded(amount, minor_unit(currency)) == amount


def in_currency(
    amount: Decimal, from_currency: str, to_currency: str, rates: Iterable[ExchangeRate], day: date, field: str = "currency"
) -> Decimal:
    """An amount in another currency at the rate of a day, rounded to the minor unit. Raises Invalid (PAYMENT_RATE)."""
    rate = exchange_rate(tuple(rates), from_currency, to_currency, day)
    if rate is None:
        raise Invalid.because("PAYMENT_RATE", field, currency=from_currency, other=to_currency, day=day.isoformat())
    return rounded(converted(amount, rate), minor_unit(to_currency))
