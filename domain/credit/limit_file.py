"""Files of limits as CSV: whose, where, how much, why, and from when through when. Source: DOMAIN.md §4."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from io import StringIO

from domain.errors import Invalid, Refusal

COLUMNS = ("customer", "credit_control_area", "limit", "reason", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class AskedLimit:
    """A row of the file; `line` is where it ends."""

    line: int
    customer: str
    credit_control_area: str
    limit: Decimal
    reason: str
    valid_from: date | None
    valid_to: date | None


def read_limits(text: str) -> tuple[AskedLimit, ...]:
    """The rows of a file. Raises Invalid naming every line and column that cannot be."""
    reader = csv.DictReader(StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise Invalid.because(
            "CONTENT_VALUE", "line 1", value=", ".join(reader.fieldnames or ())[:200], known=", ".join(COLUMNS)
        )
    found, faults = [], []
    for row in reader:
        line, beyond = reader.line_num, row.get(None)
        if beyond is not None:
            told = {"value": ", ".join(beyond)[:200], "known": ", ".join(COLUMNS)}
            faults.append(Refusal("CONTENT_VALUE", f"line {line}", told))
        values = {name: (row[name] or "").strip() for name in COLUMNS}
        limit, start, end = _amount(values["limit"]), _day(values["valid_from"]), _day(values["valid_to"])
        wrong = [name for name, value in (("limit", limit), ("valid_from", start), ("valid_to", end)) if value is False]
        faults += [
            Refusal("CONTENT_VALUE", f"line {line}: {name}", {"value": values[name][:40], "known": KNOWN[name]})
            for name in wrong
        ]
        if not wrong:
            about = values["customer"], values["credit_control_area"]
            found.append(AskedLimit(line, *about, limit, values["reason"], start, end))  # type: ignore[arg-type]  # none is wrong
    if faults:
        raise Invalid(*faults)
    return tuple(found)


KNOWN = {"limit": "10000.00", "valid_from": "2026-12-31", "valid_to": "2026-12-31"}


def _amount(text: str) -> Decimal | bool:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return False
    return found if found.is_finite() else False


def _day(text: str) -> date | bool | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return False
