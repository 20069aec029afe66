"""The minimum price PMIN 最低价: a price below it is raised to it, unless a lower one is approved. Source: DOMAIN.md §3.

The minimum order value needs no rule of its own: AMIW is a group condition of a fixed amount, split over the items by
value, and AMIZ fills up to it by the formula FILL_UP.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from domain.pricing.formulas import RAISE_TO_MINIMUM
from domain.pricing.rounding import ZERO
from domain.pricing.rows import Row


def raised_to_minimum(rows: Iterable[Row]) -> Decimal | None:
    """By how much the minimum price lifted a line; None when it did not."""
    raised = sum((row.value or ZERO for row in rows if row.step.step.value_formula == RAISE_TO_MINIMUM and row.is_active), ZERO)
    return raised or None
