"""Amounts as the schema shows them: money, quantities, rates, each with what it is counted in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry

from api.execution.filters import compared_by_number
from api.execution.mapping import column, embedded, mapped


def plain(stored: str, description: str, *, right: str | None = None, name: str | None = None) -> Any:
    """A decimal without the zeros that its column would show."""
    return column(f"trim_scale({{row}}.{stored})", description, type="numeric", right=right, name=name)


@compared_by_number
@mapped(None)
@strawberry.type(description="An amount of money.")
class Money:
    amount: Decimal = column("amount", "How much, to the currency's smallest unit.", type="numeric")
    currency: str = column("currency", "The currency by ISO 4217.", type="text")


@mapped(None)
@strawberry.type(description="A number and what it is a number of: a currency, a unit of measure, or `%`.")
class Rate:
    amount: Decimal = plain("rate", "The number.")
    unit: str = column("coalesce({row}.currency, '%')", "A currency, a unit of measure, or `%`.", type="text")


@compared_by_number
@mapped(None)
@strawberry.type(description="A quantity in its unit.")
class Quantity:
    value: Decimal = plain("per", "The number.")
    unit: str = column("unit", "The unit of measure.", type="text")


def money_of(stored: str, description: str, *, right: str | None = None, filter: bool = False, order: bool = False) -> Any:
    """An amount in the row's currency, to its smallest unit; null where there is none."""
    shown = f"round({{row}}.{stored}, currency_decimals({{row}}.currency))"
    return embedded(description, right=right, needs=stored, columns=(("amount", shown),), filter=filter, order=order)


def quantity_of(stored: str, description: str, *, unit: str = "unit") -> Any:
    """A quantity in a unit of the row; null where there is none."""
    columns = (("trim_scale({row}.per)", f"trim_scale({{row}}.{stored})"), ("unit", unit))
    return embedded(description, needs=stored, columns=columns)


def rate_of(stored: str, unit: str, description: str) -> Any:
    """A number with the column that says what it is a number of; null where there is none."""
    columns = (("trim_scale({row}.rate)", f"trim_scale({{row}}.{stored})"), ("coalesce({row}.currency, '%')", unit))
    return embedded(description, needs=stored, columns=columns)
