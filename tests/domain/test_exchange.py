"""Customers as CSV: what a file says, what is wrong with it and where, and cells that no spreadsheet computes."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customer import CustomerType
from domain.errors import Invalid
from domain.exchange import (
    COLUMNS,
    LONGEST_CELL,
    CustomerRow,
    Encoding,
    is_formula,
    line_of,
    marked,
    read_customers,
    unmarked,
)

HEAD = "name,customerType,country,salesArea"
GOOD = "上海泵业,DEALER,CN,1000/20/00"


def rows(text: str, **more: Any) -> list[CustomerRow]:
    return list(read_customers(text.encode(), Encoding.UTF_8, more.get("most_rows", 10)))


def refused(content: bytes, encoding: Encoding = Encoding.UTF_8, most_rows: int = 10) -> list[tuple[str, dict[str, Any]]]:
    with pytest.raises(Invalid) as caught:
        read_customers(content, encoding, most_rows)
    assert {each.field for each in caught.value.refusals} == {"file"}
    return [(each.reason, each.values) for each in caught.value.refusals]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param(f"{HEAD}\n{GOOD}\n".encode(), Encoding.UTF_8, id="plain"),
        pytest.param(f"\ufeff{HEAD}\r\n{GOOD}".encode(), Encoding.UTF_8, id="Excel's UTF-8, without an end"),
        pytest.param(f"{HEAD}\r\n{GOOD}\r\n".encode("gb18030"), Encoding.GB18030, id="Chinese Excel"),
        pytest.param(
            f'"name",customerType,country,salesArea\r\n\r\n"{GOOD[:4]}",DEALER,CN,1000/20/00\r\n,,,\r\n'.encode(),
            Encoding.UTF_8,
            id="quotes and empty lines",
        ),
    ],
)
def test_a_file_is_read_as_spreadsheets_write_it(content: bytes, encoding: Encoding) -> None:
    (row,) = read_customers(content, encoding, 10)
    assert (row.number, row.customer_type, row.sales_area, row.faults) == (None, CustomerType.DEALER, "1000/20/00", ())
    assert row.general == {"name": "上海泵业", "country": "CN"}


def test_rows_are_counted_as_spreadsheets_do() -> None:
    found = rows(f'{HEAD},street\n"two\nlines",AGENT,CN,1000/20/00,\n\n{GOOD},x\n')
    assert [(each.row, (each.general or {})["name"]) for each in found] == [(2, "two\nlines"), (4, "上海泵业")]


def test_an_empty_cell_empties_and_a_missing_column_leaves_alone() -> None:
    (row,) = rows("number,phone,street,salesArea,incoterms\n100001, ,,1000/20/00,\n")
    assert (row.general, row.address, row.view) == ({"phone": None}, {"street": None}, {"incoterms": None})
    assert row.faults == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", [("FILE_EMPTY", {})], id="nothing"),
        pytest.param(b"\r\n \r\n", [("FILE_EMPTY", {})], id="only lines"),
        pytest.param(b"number\n", [("CSV_NO_ROWS", {})], id="only titles"),
        pytest.param(b"number,nmae\n1,x\n", [("COLUMN_UNKNOWN", {"value": "nmae"})], id="an unknown title"),
        pytest.param(b"number,name,name\n1,x,y\n", [("COLUMN_TWICE", {"value": "name"})], id="a title twice"),
        pytest.param(
            b"name,country\nx,CN\n",
            [("COLUMN_MISSING", {"value": "customerType"}), ("COLUMN_MISSING", {"value": "salesArea"})],
            id="titles missing for new customers",
        ),
        pytest.param(b"number,name\n1,\xff\n", [("CSV_ENCODING", {"line": 2, "encoding": "UTF_8"})], id="not UTF-8"),
        pytest.param(b"number,name\n1,a\0b\n", [("CSV_NUL", {"line": 2})], id="a NUL"),
        pytest.param(b'number,name\n1,"x\n', [("CSV_MALFORMED", {"line": 2})], id="an open quotation"),
        pytest.param(b'number,name\n1,"x"y\n', [("CSV_MALFORMED", {"line": 2})], id="text behind a quotation"),
        pytest.param(b"number\n1\n2\n3\n", [("CSV_TOO_LONG", {"most": 2})], id="too many rows"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(content: bytes, expected: list[tuple[str, dict[str, Any]]]) -> None:
    assert refused(content, most_rows=2) == expected


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        pytest.param(GOOD, [], id="a good row"),
        pytest.param(f"{GOOD},x", [("ROW_LENGTH", None)], id="a cell too many"),
        pytest.param("x,DEALER,CN", [("ROW_LENGTH", None)], id="a cell too few"),
        pytest.param(
            ",DEALER,,", [("CELL_EMPTY", "name"), ("CELL_EMPTY", "country"), ("CELL_EMPTY", "sales_area")], id="empty"
        ),
        pytest.param("x,dealer,CN,1000/20/00", [("CUSTOMER_TYPE", "customer_type")], id="another spelling of a type"),
        pytest.param("=1+1,DEALER,CN,1000/20/00", [("CELL_FORMULA", "name")], id="a formula"),
        pytest.param("'=1+1,DEALER,CN,1000/20/00", [], id="a marked formula"),
        pytest.param(f"{'x' * (LONGEST_CELL + 1)},DEALER,CN,1000/20/00", [("TEXT_TOO_LONG", "name")], id="a cell too long"),
    ],
)
def test_what_is_wrong_with_a_row(line: str, faults: list[tuple[str, str | None]]) -> None:
    (row,) = rows(f"{HEAD}\n{line}\n")
    assert [(each.reason, each.field) for each in row.faults] == faults


def test_a_field_of_a_view_needs_its_sales_area_and_a_version_is_a_number() -> None:
    (row,) = rows("number,version,salesArea,incoterms\n100001,1.0,,EXW\n")
    assert [(each.reason, each.field) for each in row.faults] == [
        ("CELL_EMPTY", "sales_area"),
        ("VERSION_MALFORMED", "version"),
    ]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "@SUM(A1)", "+1+cmd()", "-2+3", "\t=1", "\r=1", " =1", "＝1", "-x"])
def test_what_a_spreadsheet_would_compute(cell: str) -> None:
    assert is_formula(cell)
    assert marked(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["+86 21-5050", "-12.5", "x=1", "'x", "", "'"])
def test_what_is_no_formula(cell: str) -> None:
    assert not is_formula(cell)


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n ＝x上\","), max_size=8) | st.text(max_size=8))
def test_a_marked_cell_is_taken_back_exactly_and_never_computed(cell: str) -> None:
    assert unmarked(marked(cell)) == cell
    assert not marked(cell).lstrip().startswith(("=", "+", "-", "@", "＝"))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8), min_size=2, max_size=4))
def test_a_line_is_read_as_it_was_written(cells: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(line_of(cells), newline=""), strict=True)
    assert [unmarked(cell) for cell in read] == cells


def test_titles_and_fields_are_each_there_once() -> None:
    assert len({each.title for each in COLUMNS}) == len({each.field for each in COLUMNS}) == len(COLUMNS)
