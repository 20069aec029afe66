"""Customers as CSV: the columns, how a file is read into rows, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from domain.customer import CustomerType
from domain.errors import Invalid, Refusal


class Encoding(Enum):
    """How a file's characters are written; UTF-8 with or without byte order mark."""

    UTF_8 = "UTF_8"
    GB18030 = "GB18030"


class ImportMode(Enum):
    """What one refused row means for the others."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    ROW_BY_ROW = "ROW_BY_ROW"


class RowOutcome(Enum):
    """What became of one row; LEFT_OUT was right by itself, and is not kept because another one was refused."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"
    LEFT_OUT = "LEFT_OUT"


class Part(Enum):
    """What a column belongs to: it finds the customer, or is a field of one of its views."""

    KEY = "KEY"
    GENERAL = "GENERAL"
    ADDRESS = "ADDRESS"
    VIEW = "VIEW"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title in the file, the field it holds, and what that is a part of."""

    title: str
    field: str
    part: Part

    @property
    def of_view(self) -> bool:
        """Whether it tells of a sales-area view, of which a customer has several."""
        return self.part is Part.VIEW or self.field == "sales_area"


COLUMNS = (
    Column("number", "number", Part.KEY),
    Column("version", "version", Part.KEY),
    Column("name", "name", Part.GENERAL),
    Column("customerType", "customer_type", Part.KEY),
    Column("country", "country", Part.GENERAL),
    Column("region", "region", Part.GENERAL),
    Column("market", "market", Part.GENERAL),
    Column("street", "street", Part.ADDRESS),
    Column("city", "city", Part.ADDRESS),
    Column("postalCode", "postal_code", Part.ADDRESS),
    Column("phone", "phone", Part.GENERAL),
    Column("email", "email", Part.GENERAL),
    Column("taxNumber", "tax_number", Part.GENERAL),
    Column("salesArea", "sales_area", Part.KEY),
    Column("salesDistrict", "sales_district", Part.VIEW),
    Column("customerGroup", "customer_group", Part.VIEW),
    Column("priceList", "price_list", Part.VIEW),
    Column("pricingProcedure", "pricing_procedure", Part.VIEW),
    Column("taxClass", "tax_class", Part.VIEW),
    Column("currency", "currency", Part.VIEW),
    Column("incoterms", "incoterms", Part.VIEW),
    Column("shippingCondition", "shipping_condition", Part.VIEW),
    Column("deliveringPlant", "delivering_plant", Part.VIEW),
    Column("paymentTerms", "payment_terms", Part.VIEW),
)
"""All columns, in the order of an export. An import may leave out and reorder any."""
TITLES: Mapping[str, Column] = {column.title: column for column in COLUMNS}
NEEDED_TO_CREATE = ("name", "customer_type", "country", "sales_area")
TITLE_OF: Mapping[str, str] = {column.field: column.title for column in COLUMNS}

ELSEWHERE: Mapping[str, str] = {"customer": "number"}
"""What a command calls otherwise than the file."""

CODECS: Mapping[Encoding, str] = {Encoding.UTF_8: "utf-8-sig", Encoding.GB18030: "gb18030"}
BYTE_ORDER_MARK = "\ufeff"
"""By which spreadsheets know UTF-8."""
LONGEST_CELL = 1000
VERSION = re.compile(r"[1-9][0-9]{0,8}")

DANGEROUS = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")
"""What a spreadsheet may take for a formula, however many apostrophes stand before it."""
HARMLESS = re.compile(r"[+-][0-9 ().,/-]*[0-9]")
"""Telephone and other numbers with a sign: read as they are, and marked in exports all the same."""


# --------------------------------------------------------------------------------------------------------------- cells


def marked(cell: str) -> str:
    """The cell as a spreadsheet shows it and does not compute it: with an apostrophe where it would."""
    return f"'{cell}" if DANGEROUS.match(cell) else cell


def unmarked(cell: str) -> str:
    """The cell that was `marked`; any other as it is."""
    return cell[1:] if cell.startswith("'") and DANGEROUS.match(cell[1:]) else cell


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would compute the cell, which nobody has marked."""
    return not cell.startswith("'") and DANGEROUS.match(cell) is not None and HARMLESS.fullmatch(cell) is None


def line_of(cells: Iterable[str | None]) -> str:
    """A line of a file to be opened by a spreadsheet, with its end."""
    return lines_of((cells,))


def lines_of(rows: Iterable[Iterable[str | None]]) -> str:
    """Many of them at one go."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([marked(cell or "") for cell in cells] for cells in rows)
    return out.getvalue()


# --------------------------------------------------------------------------------------------------------------- files


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """What one row of a file says: `number` names a customer to change, without it one is taken up.

    A field whose column the file does not have is not in the mappings; an empty cell is None. `row` counts as
    spreadsheets do, the titles being row 1. What is wrong with the row by itself stands in `faults`.
    """

    row: int
    number: str | None = None
    version: int | None = None
    customer_type: CustomerType | None = None
    sales_area: str | None = None
    general: Mapping[str, str | None] | None = None
    address: Mapping[str, str | None] | None = None
    view: Mapping[str, str | None] | None = None
    faults: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """A file whose titles are right: its columns, and its rows of cells with their numbers."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def __iter__(self) -> Iterator[CustomerRow]:
        return (row_of(self.columns, number, cells) for number, cells in self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def read_customers(content: bytes, encoding: Encoding, most_rows: int) -> CustomerFile:
    """The rows of a file. Raises Invalid naming `file` for what cannot be read at all: encoding, quotes, titles, size."""
    rows = _cells(_text(content, encoding), most_rows)
    titles = next(rows, None)
    if titles is None:
        raise Invalid.because("FILE_EMPTY", "file")
    columns = _columns(titles[1])
    found = tuple(rows)
    if not found:
        raise Invalid.because("CSV_NO_ROWS", "file")
    return CustomerFile(columns, found)


def row_of(columns: Sequence[Column], number: int, cells: Sequence[str]) -> CustomerRow:
    """What a row of cells says, with everything that is wrong with it by itself."""
    if len(cells) != len(columns):
        return CustomerRow(number, faults=(Refusal("ROW_LENGTH", None, {"found": len(cells), "expected": len(columns)}),))
    faults = [fault for column, cell in zip(columns, cells, strict=True) for fault in _faults_of_cell(column, cell)]
    values = {column: unmarked(cell).strip() or None for column, cell in zip(columns, cells, strict=True)}
    keys = {column.field: value for column, value in values.items() if column.part is Part.KEY}
    general, address, view = (
        {column.field: value for column, value in values.items() if column.part is part}
        for part in (Part.GENERAL, Part.ADDRESS, Part.VIEW)
    )
    if keys.get("number") is None:
        given = {**keys, **general}
        empty = [Refusal("CELL_EMPTY", field) for field in NEEDED_TO_CREATE if given.get(field) is None]
        faults += empty
    elif keys.get("sales_area") is None and any(view.values()):
        faults.append(Refusal("CELL_EMPTY", "sales_area"))
    known_type = {each.value: each for each in CustomerType}
    type_, version = keys.get("customer_type"), keys.get("version")
    if type_ is not None and type_ not in known_type:
        faults.append(Refusal("CUSTOMER_TYPE", "customer_type", {"value": type_[:40], "known": ", ".join(known_type)}))
    if version is not None and not VERSION.fullmatch(version):
        faults.append(Refusal("VERSION_MALFORMED", "version", {"value": version[:40]}))
    if faults:
        return CustomerRow(number, keys.get("number"), faults=tuple(faults))
    return CustomerRow(
        number,
        keys.get("number"),
        None if version is None else int(version),
        None if type_ is None else known_type[type_],
        keys.get("sales_area"),
        general,
        address,
        view,
    )


def title_of(path: str | None) -> str | None:
    """The title of the column that a path into a command's input is about, such as `address.street`; None if it is none's."""
    name = (path or "").rpartition(".")[2]
    title = ELSEWHERE.get(name) or TITLE_OF.get(name, name)
    return title if title in TITLES else None


def _faults_of_cell(column: Column, cell: str) -> Iterator[Refusal]:
    if len(cell) > LONGEST_CELL:
        yield Refusal("TEXT_TOO_LONG", column.field, {"found": len(cell), "most": LONGEST_CELL})
    elif is_formula(cell):
        yield Refusal("CELL_FORMULA", column.field, {"value": cell[:40]})


def _text(content: bytes, encoding: Encoding) -> str:
    if not content.strip():
        raise Invalid.because("FILE_EMPTY", "file")
    try:
        text = content.decode(CODECS[encoding])
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise Invalid.because("CSV_ENCODING", "file", line=line, encoding=encoding.value) from fault
    text = text.removeprefix(BYTE_ORDER_MARK)
    if "\0" in text:
        raise Invalid.because("CSV_NUL", "file", line=text.count("\n", 0, text.index("\0")) + 1)
    return text


def _cells(text: str, most_rows: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows that have something in them, each with its number. Raises Invalid (CSV_MALFORMED, CSV_TOO_LONG)."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        taken = 0
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                if taken > most_rows:
                    raise Invalid.because("CSV_TOO_LONG", "file", most=most_rows)
                taken += 1
                yield number, tuple(cells)
    except csv.Error as fault:
        raise Invalid.because("CSV_MALFORMED", "file", line=reader.line_num) from fault


def _columns(titles: Sequence[str]) -> tuple[Column, ...]:
    names = [title.strip() for title in titles]
    unknown = [Refusal("COLUMN_UNKNOWN", "file", {"value": name[:40]}) for name in names if name not in TITLES]
    double = [Refusal("COLUMN_TWICE", "file", {"value": name[:40]}) for name in dict.fromkeys(names) if names.count(name) > 1]
    needed = () if "number" in names else tuple(TITLE_OF[field] for field in NEEDED_TO_CREATE)
    missing = [Refusal("COLUMN_MISSING", "file", {"value": name}) for name in needed if name not in names]
    if unknown or double or missing:
        raise Invalid(*unknown, *double, *missing)
    return tuple(TITLES[name] for name in names)
