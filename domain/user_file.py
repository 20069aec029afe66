"""A file of users and their assignments: what each row says, and what is wrong with it by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.caller import UserKind
from domain.errors import Invalid, Refusal, refuse_if_any
from domain.policy import NAME

MOST_ROWS = 1_000
NEEDED, COLUMNS = (
    ("username",),
    (
        "username",
        "display_name",
        "kind",
        "locale",
        "home",
        "customers",
        "role",
        "sales_areas",
        "valid_from",
        "valid_to",
    ),
)
"""The titles that a file must have, and those that it may have."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """One row: a user, who is made if there is none of that name, and a role for them, if one is named.

    Several customers or sales areas stand in one cell with `;` between them.
    """

    number: int
    username: str
    display_name: str
    kind: UserKind
    locale: str | None
    home: str | None
    customers: tuple[str, ...]
    role: str | None
    sales_areas: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None


def read_users(text: str) -> tuple[UserRow, ...]:
    """The rows of a file whose first row holds the titles. Raises Invalid naming each faulty cell: `rows.2.kind`, the row of
    titles being the first.
    """
    rows = [(number, row) for number, row in enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), 1) if any(row)]
    if len(rows) < 2:
        raise Invalid.because("CSV_NO_ROWS", "rows")
    if len(rows) > MOST_ROWS + 1:
        raise Invalid.because("TOO_MANY_ROWS", "rows", most=MOST_ROWS, found=len(rows) - 1)
    titles = [title.strip() for title in rows[0][1]]
    unknown = [title for title in titles if title not in COLUMNS or titles.count(title) > 1]
    lacking = [title for title in NEEDED if title not in titles]
    if unknown or lacking:
        raise Invalid.because("CSV_TITLES", "rows", value=", ".join((unknown or lacking)[:5]), known=", ".join(COLUMNS))
    found, faults = [], []
    for number, cells in rows[1:]:
        row = _row(number, titles, cells)
        if isinstance(row, UserRow):
            found.append(row)
        else:
            faults += [
                Refusal(each.reason, f"rows.{number}.{each.field}" if each.field else f"rows.{number}", each.values)
                for each in row
            ]
    refuse_if_any(tuple(faults), Invalid)
    return tuple(found)


def _row(number: int, titles: Sequence[str], cells: Sequence[str]) -> UserRow | list[Refusal]:
    if len(cells) != len(titles):
        return [Refusal("ROW_LENGTH", None, {"found": len(cells), "expected": len(titles)})]
    said = {title: cell.strip() for title, cell in zip(titles, cells, strict=True)}
    kinds = {each.value: each for each in UserKind}
    kind = said.get("kind") or UserKind.EMPLOYEE.value
    faults = [
        Refusal(reason, column, {"value": said.get(column, "")[:80], "known": ", ".join(kinds)})
        for reason, column, holds in (
            ("NAME_MALFORMED", "username", NAME.fullmatch(said["username"])),
            ("USER_KIND", "kind", kind in kinds),
            ("CELL_EMPTY", "sales_areas", not said.get("role") or said.get("sales_areas")),
            ("CELL_EMPTY", "role", said.get("role") or not said.get("sales_areas")),
        )
        if not holds
    ]
    days: dict[str, date | None] = {}
    for column in ("valid_from", "valid_to"):
        try:
            days[column] = date.fromisoformat(said[column]) if said.get(column) else None
        except ValueError:
            faults.append(Refusal("DAY_MALFORMED", column, {"value": said[column][:80]}))
    if faults:
        return faults
    return UserRow(
        number,
        said["username"],
        said.get("display_name", ""),
        kinds[kind],
        said.get("locale") or None,
        said.get("home") or None,
        _several(said.get("customers", "")),
        said.get("role") or None,
        _several(said.get("sales_areas", "")),
        days["valid_from"],
        days["valid_to"],
    )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part for each in cell.split(";") if (part := each.strip()))
