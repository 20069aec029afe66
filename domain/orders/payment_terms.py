"""Terms of payment 付款条件: until when a discount may be taken, when payment is due, and in which instalments.

Source: DOMAIN.md §5, payment terms.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from domain.errors import Refusal
from domain.pricing.rounding import EXACT, ZERO, rounded

HUNDRED = Decimal(100)
MOST_PERIODS = 3


@dataclass(frozen=True, slots=True)
class Period:
    """Payment within so many days of the baseline, or by a fixed day some months on; the percentage may be deducted then.

    With both, it is the first such day of a month that is at least so many days away. A fixed day that a month does not
    have is its last.
    """

    days: int | None = None
    fixed_day: int | None = None
    additional_months: int = 0
    percent: Decimal = ZERO

    def last_day(self, baseline: date) -> date:
        """The last day of the period, on which it still holds."""
        earliest = baseline + timedelta(self.days or 0)
        if self.fixed_day is None:
            return earliest
        found = _day_of_month(earliest, self.additional_months, self.fixed_day)
        return found if self.days is None or found >= earliest else _day_of_month(earliest, 1, self.fixed_day)


def _day_of_month(day: date, months: int, wanted: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(wanted, monthrange(year, month + 1)[1]))


Terms = Sequence[Period]
"""One to three periods; the last of them has no discount, or one until the very end."""


def last_days(terms: Terms, baseline: date) -> list[date]:
    """The last day of each period."""
    return [period.last_day(baseline) for period in terms]


def due_date(terms: Terms, baseline: date) -> date:
    """When payment is due at the latest."""
    return terms[-1].last_day(baseline)


def discount_percent(terms: Terms, baseline: date, paid_on: date) -> Decimal:
    """The percentage that whoever pays on a day may deduct: that of the first period that still holds."""
    return next((period.percent for period in terms if paid_on <= period.last_day(baseline)), ZERO)


def is_overdue(terms: Terms, baseline: date, on: date) -> bool:
    """Whether payment is late on a day."""
    return on > due_date(terms, baseline)


def refusals_of_terms(terms: Terms) -> Iterator[Refusal]:
    """What is wrong with terms: too many periods, one without end, days out of range, discounts that grow."""
    if not 1 <= len(terms) <= MOST_PERIODS:
        yield Refusal("TERMS_PERIODS", "periods", {"most": MOST_PERIODS, "found": len(terms)})
    for place, period in enumerate(terms):
        path = f"periods.{place}"
        if period.days is None and period.fixed_day is None:
            yield Refusal("TERMS_WITHOUT_END", path)
        if period.days is not None and period.days < 0:
            yield Refusal("TERMS_DAYS", f"{path}.days", {"value": period.days})
        if period.fixed_day is not None and not 1 <= period.fixed_day <= 31:
            yield Refusal("TERMS_DAYS", f"{path}.fixedDay", {"value": period.fixed_day})
        if period.additional_months < 0:
            yield Refusal("TERMS_DAYS", f"{path}.additionalMonths", {"value": period.additional_months})
        if not 0 <= period.percent <= HUNDRED or (place and period.percent > terms[place - 1].percent):
            yield Refusal("TERMS_PERCENT", f"{path}.percent", {"value": str(period.percent)})


# ------------------------------------------------------------------------------------------------------------ instalments


class InstalmentKind(Enum):
    """What an instalment is a part of 分期."""

    PERCENT_OF_TOTAL = "PERCENT_OF_TOTAL"
    PERCENT_OF_REST = "PERCENT_OF_REST"
    FIXED = "FIXED"
    REMAINDER = "REMAINDER"


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of an amount: a percentage of the whole or of what is left, an amount, or all that is left."""

    kind: InstalmentKind
    figure: Decimal = ZERO


PARTS: Mapping[InstalmentKind, Callable[[Decimal, Decimal, Decimal], Decimal]] = {
    InstalmentKind.PERCENT_OF_TOTAL: lambda figure, total, _: EXACT.divide(EXACT.multiply(total, figure), HUNDRED),
    InstalmentKind.PERCENT_OF_REST: lambda figure, _, rest: EXACT.divide(EXACT.multiply(rest, figure), HUNDRED),
    InstalmentKind.FIXED: lambda figure, total, _: figure.copy_sign(total),
    InstalmentKind.REMAINDER: lambda _figure, _total, rest: rest,
}
"""An instalment of its figure, the whole amount, and what of that is left."""


def instalments(total: Decimal, parts: Sequence[Instalment], unit: Decimal) -> list[Decimal]:
    """The amounts of the parts, to the currency's unit, which sum to the total: what rounding leaves is in the last.

    An amount is the same for an invoice and, with its sign turned, for a credit memo.
    """
    found: list[Decimal] = []
    rest = total
    for part in parts[:-1]:
        amount = rounded(PARTS[part.kind](part.figure, total, rest), unit)
        found.append(amount)
        rest -= amount
    return [*found, rest]
