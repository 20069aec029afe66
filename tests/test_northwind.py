"""The Northwind customers come in once, as customers of organization 3000, with a trace of every field."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from models.config import connection_settings
from tests.conftest import SHARED, run_command

NORTHWIND = SHARED / "data" / "northwind"


def run_import(folder: Path, database: str, run_directory: Path) -> subprocess.CompletedProcess[str]:
    return run_command(database, run_directory, "import", "northwind", str(folder))


def fetch(database: str, query: str) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.fixture(scope="module")
def imported(database: str, run_directory: Path) -> str:
    assert "91 created, 0 changed, 0 unchanged" in run_import(NORTHWIND, database, run_directory).stdout
    return database


def test_every_customer_has_one_view_of_organization_3000_and_all_mandatory_partners(imported: str) -> None:
    views = fetch(
        imported,
        """select v.sales_organization, v.distribution_channel, v.division, count(*), count(distinct v.customer_id)
           from customer_sales_area_views v join customers c on c.id = v.customer_id where c.external_key like 'northwind:%'
           group by 1, 2, 3""",
    )
    assert views == [("3000", "10", "00", 91, 91)]
    partners = (
        "select count(*) from customer_partners p join customers c on c.id = p.customer_id where c.external_key is not null"
    )
    assert fetch(imported, partners) == [(364,)]


def test_names_and_addresses_are_the_file_s(imported: str) -> None:
    row = "select name, street, city, region, postal_code, country, phone from customers where external_key = 'northwind:HUNGO'"
    expected = ("Hungry Owl All-Night Grocers", "8 Johnstown Road", "Cork", "Co. Cork", None, "IE", "2967 542")
    assert fetch(imported, row) == [expected]


def test_a_second_import_changes_nothing(imported: str, run_directory: Path) -> None:
    before = fetch(imported, "select (select count(*) from customers), (select count(*) from change_documents)")
    assert "0 created, 0 changed, 91 unchanged" in run_import(NORTHWIND, imported, run_directory).stdout
    assert fetch(imported, "select (select count(*) from customers), (select count(*) from change_documents)") == before


def test_a_changed_row_is_brought_up_to_date_with_its_change_document(
    imported: str, run_directory: Path, tmp_path: Path
) -> None:
    text = (NORTHWIND / "customers.csv").read_text("utf-8").replace("Obere Str. 57", "Obere Str. 58")
    (tmp_path / "customers.csv").write_text(text, "utf-8")
    assert "0 created, 1 changed, 90 unchanged" in run_import(tmp_path, imported, run_directory).stdout
    changed = "select field, old_value, new_value, record_version from change_documents order by id desc limit 1"
    assert fetch(imported, changed) == [("street", "Obere Str. 57", "Obere Str. 58", 2)]


def test_a_faulty_row_is_named_and_nothing_is_brought_in(imported: str, run_directory: Path, tmp_path: Path) -> None:
    text = (NORTHWIND / "customers.csv").read_text("utf-8").replace(",Germany,", ",Atlantis,", 1).replace("ALFKI", "NEWBE", 1)
    (tmp_path / "customers.csv").write_text(text, "utf-8")
    before = fetch(imported, "select count(*) from customers")
    done = run_import(tmp_path, imported, run_directory)
    assert done.returncode == 1
    assert "customers.csv.2.country" in done.stderr.replace("\n", "")
    assert fetch(imported, "select count(*) from customers") == before
