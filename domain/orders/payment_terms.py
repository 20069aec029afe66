"""Payment terms 付款条件: up to three periods, cash discount 现金折扣 with tax correction, instalments, what is overdue.

Amounts are signed as the invoice is: those of a credit memo are negative. Percentages are numbers of percent (3 for 3 %).
Source: DOMAIN.md §5.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from domain.errors import Refusal
from domain.pricing.rounding import EXACT, ZERO, rounded, split
from domain.pricing.values import RoundingRule

HUNDRED = Decimal(100)
MOST_PERIODS, MOST_DAYS, MOST_MONTHS, LAST_DAY = 3, 9999, 99, 31


@dataclass(frozen=True, slots=True)
class Period:
    """A period that ends so many days after the baseline date, or on a fixed day of a month; its last day is included.

    With a fixed day it ends on that day of the month which so many months follow the one that the days lead to, or the first
    such day after them: 31 is the last day of any month. `percent` is the cash discount of who pays within it.
    """

    days: int = 0
    fixed_day: int | None = None
    additional_months: int = 0
    percent: Decimal = ZERO


class DiscountBase(Enum):
    """What a cash discount is a percentage of 现金折扣基数."""

    GROSS = "GROSS"
    NET = "NET"


class Share(Enum):
    """What an instalment is a part of: the whole, what the ones before left, an amount of its own, or all that is left."""

    PERCENT_OF_TOTAL = "PERCENT_OF_TOTAL"
    PERCENT_OF_REST = "PERCENT_OF_REST"
    AMOUNT = "AMOUNT"
    REMAINDER = "REMAINDER"


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of an invoice 分期, due at the end of a period of its own; `value` is a percentage or an amount above zero."""

    share: Share
    value: Decimal = ZERO
    period: Period = Period()


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """Terms of payment: periods in order, the last one net; or instalments. With tax correction a discount lowers tax too.

    The periods begin on the day of the invoice, or at the end of a period after it: of the month, for monthly accounts 月结.
    """

    code: str
    periods: tuple[Period, ...] = (Period(),)
    begins: Period = Period()
    discount_base: DiscountBase = DiscountBase.GROSS
    tax_correction: bool = True
    instalments: tuple[Instalment, ...] = ()


# --------------------------------------------------------------------------------------------------------------- by date


def end_of(period: Period, baseline: date) -> date:
    """The last day of a period."""
    start = baseline + timedelta(days=period.days)
    if period.fixed_day is None:
        return _in_month(start, period.additional_months, start.day)
    day = _in_month(start, period.additional_months, period.fixed_day)
    return day if day >= start else _in_month(start, period.additional_months + 1, period.fixed_day)


def _in_month(start: date, later: int, day: int) -> date:
    """A day of the month that is so many later, or its last where it is shorter."""
    years, month = divmod(start.month - 1 + later, 12)
    year = start.year + years
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def baseline_date(terms: PaymentTerms, invoiced: date) -> date:
    """The day from which the periods of terms count, of an invoice of a day."""
    return end_of(terms.begins, invoiced)


def period_ends(terms: PaymentTerms, invoiced: date) -> tuple[date, ...]:
    """The last days of all periods, of an invoice of a day."""
    baseline = baseline_date(terms, invoiced)
    return tuple(end_of(period, baseline) for period in terms.periods)


def net_due(terms: PaymentTerms, invoiced: date) -> date:
    """The day through which the whole amount may be paid: the end of the last period."""
    return period_ends(terms, invoiced)[-1]


def discount_percent(terms: PaymentTerms, invoiced: date, day: date) -> Decimal:
    """The percentage that who pays on a day may deduct: that of the first period which is not over; 0 after them all."""
    ends = zip(terms.periods, period_ends(terms, invoiced), strict=True)
    return next((period.percent for period, end in ends if day <= end), ZERO)


def days_overdue(due: date, day: date) -> int:
    """For how many days an item is overdue 逾期天数: 0 through the day that it is due on."""
    return max((day - due).days, 0)


# --------------------------------------------------------------------------------------------------------- cash discount


@dataclass(frozen=True, slots=True)
class CashDiscount:
    """What is deducted: of each net amount and of each tax, which together are the whole discount; and what is left to pay."""

    nets: tuple[Decimal, ...]
    taxes: tuple[Decimal, ...]
    payment: Decimal

    @property
    def amount(self) -> Decimal:
        """The whole discount."""
        return sum((*self.nets, *self.taxes), ZERO)


def cash_discount(
    terms: PaymentTerms, percent: Decimal, nets: Sequence[Decimal], taxes: Sequence[Decimal], unit: Decimal
) -> CashDiscount:
    """The discount on an invoice of these net amounts (of lines, or of rates) and taxes, rounded once to the minor unit.

    It is a percentage of gross or net. Corrected for tax, it is spread over nets and taxes in proportion, else over nets alone;
    the difference of rounding goes to the largest.
    """
    gross = sum((*nets, *taxes), ZERO)
    base = gross if terms.discount_base is DiscountBase.GROSS else sum(nets, ZERO)
    total = rounded(EXACT.multiply(base, percent) / HUNDRED, unit)
    bearing = [*nets, *taxes] if terms.tax_correction else [*nets]
    parts = split(total, bearing, unit, RoundingRule.COMMERCIAL)[0] if sum(bearing, ZERO) else [ZERO] * len(bearing)
    parts += [ZERO] * (len(nets) + len(taxes) - len(parts))
    return CashDiscount(tuple(parts[: len(nets)]), tuple(parts[len(nets) :]), gross - sum(parts, ZERO))


# ----------------------------------------------------------------------------------------------------------- instalments


@dataclass(frozen=True, slots=True)
class DuePart:
    """A part of an invoice and the day through which it may be paid."""

    due: date
    amount: Decimal


def instalment_amounts(total: Decimal, instalments: Sequence[Instalment], unit: Decimal) -> tuple[Decimal, ...]:
    """What each instalment comes to, rounded to the minor unit: none beyond what is left, and the last takes the remainder."""
    found: list[Decimal] = []
    rest = total
    for place, each in enumerate(instalments, 1):
        asked = rest if place == len(instalments) else rounded(_asked(each, total, rest), unit)
        found.append(asked if abs(asked) < abs(rest) else rest)
        rest -= found[-1]
    return tuple(found)


def _asked(instalment: Instalment, total: Decimal, rest: Decimal) -> Decimal:
    return {
        Share.PERCENT_OF_TOTAL: total * instalment.value / HUNDRED,
        Share.PERCENT_OF_REST: rest * instalment.value / HUNDRED,
        Share.AMOUNT: instalment.value.copy_sign(total),
        Share.REMAINDER: rest,
    }[instalment.share]


def due_parts(terms: PaymentTerms, invoiced: date, total: Decimal, unit: Decimal) -> tuple[DuePart, ...]:
    """What is due when: the instalments that come to anything, or the whole at the end of the last period."""
    if not terms.instalments:
        return (DuePart(net_due(terms, invoiced), total),)
    baseline = baseline_date(terms, invoiced)
    amounts = instalment_amounts(total, terms.instalments, unit)
    return tuple(
        DuePart(end_of(each.period, baseline), amount)
        for each, amount in zip(terms.instalments, amounts, strict=True)
        if amount or not total
    )


# ------------------------------------------------------------------------------------------------------ what may be wrong


def faults_of_terms(terms: PaymentTerms) -> tuple[Refusal, ...]:
    """Everything that is wrong with terms of payment; each names its field."""
    every = (terms.begins, *terms.periods, *(each.period for each in terms.instalments))
    ends = period_ends(terms, date(2000, 1, 1)) if _in_range(every) else ()
    percents = [period.percent for period in terms.periods]
    checks = (
        (1 <= len(terms.periods) <= MOST_PERIODS, Refusal("TERMS_PERIODS", "periods", {"most": MOST_PERIODS})),
        (_in_range(every), Refusal("TERMS_PERIOD", "periods", {"code": terms.code})),
        (list(ends) == sorted(ends), Refusal("TERMS_ORDER", "periods", {"code": terms.code})),
        (
            percents == sorted(percents, reverse=True) and all(0 <= each < HUNDRED for each in percents),
            Refusal("TERMS_PERCENT", "periods", {"code": terms.code}),
        ),
        (_add_up(terms.instalments), Refusal("TERMS_INSTALMENTS", "instalments", {"code": terms.code})),
    )
    return tuple(refusal for holds, refusal in checks if not holds)


def _in_range(periods: Iterable[Period]) -> bool:
    return all(
        0 <= each.days <= MOST_DAYS
        and 0 <= each.additional_months <= MOST_MONTHS
        and (each.fixed_day is None or 1 <= each.fixed_day <= LAST_DAY)
        for each in periods
    )


def _add_up(instalments: Sequence[Instalment]) -> bool:
    """Whether all but the last ask for something, and the last for all that is left, or for what makes up 100 %."""
    if not instalments:
        return True
    *others, last = instalments
    asking = all(each.share is not Share.REMAINDER and each.value > 0 for each in others)
    of_total = sum((each.value for each in instalments if each.share is Share.PERCENT_OF_TOTAL), ZERO)
    whole = all(each.share is Share.PERCENT_OF_TOTAL for each in instalments) and of_total == HUNDRED
    return asking and ((last.share is Share.REMAINDER and of_total < HUNDRED) or whole)
