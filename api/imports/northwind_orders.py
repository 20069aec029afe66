"""The Northwind orders as the files tell them: read and checked as a whole before anything is entered."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from domain.errors import Invalid, Refusal, refuse_if_any

ORDERS, DETAILS, EMPLOYEES = "orders.csv", "order_details.csv", "employees.csv"
PREFIX = "northwind:"
"""Before the keys of the data set, in ours."""
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces of a product, at a price and less a discount in percent."""

    product: str
    quantity: Decimal
    price: Decimal
    discount: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """An order; `shipped` is None where it has not left yet. Customer and products are named as the files name them.

    `path` is its file and row, for what is told of it.
    """

    path: str
    number: str
    customer: str
    ordered: date
    required: date
    shipped: date | None
    salesperson: str
    route: str
    freight: Decimal
    lines: tuple[Line, ...]


def files_in(folder: Path) -> bool:
    """Whether the folder has the orders at all."""
    return all((folder / name).exists() for name in (ORDERS, DETAILS, EMPLOYEES))


def count(folder: Path) -> int:
    """How many steps there are: an order is entered, and it is shipped."""
    return sum(2 if row["shipped_date"] else 1 for row in _rows(folder / ORDERS))


def read(folder: Path, customers: frozenset[str], products: frozenset[str]) -> tuple[Order, ...]:
    """All orders of these customers and products. Raises Invalid naming file, row and column of everything that is wrong."""
    faults: list[Refusal] = []
    lines = _lines(folder, products, faults)
    sellers = {row["employee_id"]: row["title"].strip() for row in _rows(folder / EMPLOYEES)}
    orders = []
    for place, row in enumerate(_rows(folder / ORDERS), start=2):
        cells = _Cells(row, f"{ORDERS}.{place}", faults)
        order = Order(
            path=cells.path,
            number=row["order_id"],
            customer=cells.one_of("customer_id", customers),
            ordered=cells.day("order_date"),
            required=cells.day("required_date"),
            shipped=cells.day("shipped_date") if row["shipped_date"] else None,
            salesperson=f"Employee {cells.one_of('employee_id', sellers)}, {sellers.get(row['employee_id'])}",
            route=f"SHIPPER {row['ship_via']}",
            freight=cells.amount("freight"),
            lines=tuple(lines[row["order_id"]]),
        )
        orders.append(order)
    refuse_if_any(tuple(faults), Invalid)
    return tuple(orders)


def _lines(folder: Path, products: frozenset[str], faults: list[Refusal]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {row["order_id"]: [] for row in _rows(folder / ORDERS)}
    for place, row in enumerate(_rows(folder / DETAILS), start=2):
        cells = _Cells(row, f"{DETAILS}.{place}", faults)
        line = Line(
            product=cells.one_of("product_id", products),
            quantity=cells.amount("quantity"),
            price=cells.amount("unit_price"),
            discount=cells.amount("discount") * HUNDRED,
        )
        found.setdefault(cells.one_of("order_id", found), []).append(line)
    return found


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a row; what is wrong with one is added to `faults`."""

    row: Mapping[str, str]
    path: str
    faults: list[Refusal]

    def one_of(self, column: str, known: Iterable[str]) -> str:
        """A cell that names something that there is."""
        if self.row[column] not in known:
            self._fault("CODE_UNKNOWN", column)
        return self.row[column]

    def day(self, column: str) -> date:
        """A cell with a day."""
        try:
            return date.fromisoformat(self.row[column])
        except ValueError:
            self._fault("DAY_MALFORMED", column)
            return date.min

    def amount(self, column: str) -> Decimal:
        """A cell with a number that is not below zero."""
        try:
            amount = Decimal(self.row[column])
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount < 0:
            self._fault("CODE_MALFORMED", column)
            return Decimal(0)
        return amount

    def _fault(self, reason: str, column: str) -> None:
        self.faults.append(Refusal(reason, f"{self.path}.{column}", {"value": self.row[column]}))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
