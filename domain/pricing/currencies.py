"""Currencies 货币: their minor units, and exchange rates 汇率 by day. Source: ISO 4217; DOMAIN.md §3 Money."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.pricing.units import SAME
from domain.pricing.values import ExchangeRate

CURRENCY = re.compile(r"[A-Z]{3}")

PLACES: Mapping[str, int] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0),
    **dict.fromkeys(("UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""The decimal places of ISO 4217, where they are not 2."""


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 CNY, 1 JPY, 0.001 KWD."""
    return Decimal(1).scaleb(-PLACES.get(currency, 2))


def exchange_rate(rates: Iterable[ExchangeRate], from_currency: str, to_currency: str, day: date) -> Fraction | None:
    """The rate in force on that day, exact: the newest one of this direction, else the inverse of the other; None if none.

    A rate of a direction of its own always goes before the inverse, however old it is.
    """
    if from_currency == to_currency:
        return SAME
    for one, other, inverse in ((from_currency, to_currency, False), (to_currency, from_currency, True)):
        known = [rate for rate in rates if (rate.from_currency, rate.to_currency) == (one, other) and rate.valid_from <= day]
        if known:
            newest = max(known, key=lambda rate: rate.valid_from).rate
            return 1 / newest if inverse else newest
    return None
