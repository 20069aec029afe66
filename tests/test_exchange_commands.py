"""`python -m api customers import` and `export`: the same import and export, from the command line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.conftest import run_command
from tests.contract.test_commands import fetch

HEAD = "name,customerType,country,salesArea,incoterms"


def report(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "customers.csv"
    place.write_text(f"{HEAD}\n命令行,DEALER,CN,1000/20/00,EXW\n坏,DEALER,CN,1000/20/00,ZZZ\n", "utf-8")
    return place


def test_a_file_is_brought_in_row_by_row_and_reported(database: str, run_directory: Path, file: Path) -> None:
    done = run_command(
        database, run_directory, "customers", "import", str(file), "--user", "customer.admin", "--mode", "ROW_BY_ROW"
    )
    assert done.returncode == 1
    first, second = report(done.stdout)
    assert (first["row"], first["outcome"]) == ("2", "CREATED")
    assert (second["outcome"], second["column"], second["reason"]) == ("REFUSED", "incoterms", "INCOTERMS_UNKNOWN")
    assert fetch(database, "select name, created_by from customers where number = $1", first["number"]) == [
        ("命令行", "customer.admin")
    ]
    assert fetch(database, "select count(*) from sessions where address = 'command line' and ended_at is null") == [(0,)]


def test_a_dry_run_and_a_refused_whole_keep_nothing(database: str, run_directory: Path, file: Path) -> None:
    before = fetch(database, "select count(*) from customers")
    for options, first in (((), "LEFT_OUT"), (("--dry-run",), "CREATED")):
        done = run_command(database, run_directory, "customers", "import", str(file), "--user", "customer.admin", *options)
        assert (done.returncode, [each["outcome"] for each in report(done.stdout)]) == (1, [first, "REFUSED"])
    assert fetch(database, "select count(*) from customers") == before


def test_it_is_by_the_rights_of_the_user(database: str, run_directory: Path, file: Path) -> None:
    done = run_command(database, run_directory, "customers", "import", str(file), "--user", "clerk.1000")
    assert {each["reason"] for each in report(done.stdout)} == {"FORBIDDEN"}
    for user, told in (("clerk.1000", "EXPORT"), ("nobody.here", "nobody.here")):
        refused = run_command(database, run_directory, "customers", "export", "--user", user)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert told in refused.stderr


def test_what_was_exported_comes_back_unchanged(database: str, run_directory: Path, tmp_path: Path) -> None:
    written = run_command(database, run_directory, "customers", "export", "--user", "manager.1000")
    assert written.returncode == 0, written.stderr
    place = tmp_path / "again.csv"
    place.write_text(written.stdout, "utf-8")
    again = run_command(database, run_directory, "customers", "import", str(place), "--user", "customer.admin")
    assert again.returncode == 0, again.stderr
    assert {each["outcome"] for each in report(again.stdout)} == {"UNCHANGED"}


def test_a_file_that_cannot_be_read_is_told_in_a_line(database: str, run_directory: Path, tmp_path: Path) -> None:
    place = tmp_path / "customers.csv"
    place.write_bytes("name\n名".encode("gb18030"))
    done = run_command(database, run_directory, "customers", "import", str(place), "--user", "customer.admin")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Line 2 is not written in UTF_8" in done.stderr
