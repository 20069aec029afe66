"""Northwind comes in once: customers of organization 3000 with a trace of every field, and products with their prices."""

import asyncio
import csv
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.resolvers.standard_pricing import standard_pieces
from domain.pricing.evaluation import price
from domain.pricing.kinds import CustomizingKind
from domain.pricing.values import (
    ConditionRecord,
    Customizing,
    KeyField,
    ManualCondition,
    PricingDocument,
    PricingItem,
    Subtotal,
)
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


# -------------------------------------------------------------------------------------------------------------- products


def test_products_come_in_with_groups_and_list_prices(imported: str) -> None:
    materials = """select count(*), count(distinct material_group), count(w.id) from materials m
                   join material_sales_views w on w.material_id = m.id where m.external_key like 'northwind:%'"""
    assert fetch(imported, materials) == [(77, 8, 77)]
    prices = """select r.rate, r.currency, r.per, r.unit, r.sales_organization, r.release_status from condition_records r
                join materials m on m.id = r.material_id where m.external_key = 'northwind:1'"""
    assert fetch(imported, prices) == [(Decimal("18"), "USD", 1, "PC", "3000", "RELEASED")]


def test_a_changed_list_price_is_a_new_version(imported: str, run_directory: Path, tmp_path: Path) -> None:
    for name in ("customers.csv", "categories.csv", "products.csv"):
        text = (NORTHWIND / name).read_text("utf-8").replace("10 boxes x 30 bags,18.00", "10 boxes x 30 bags,19.50")
        (tmp_path / name).write_text(text, "utf-8")
    assert "products: 0 created, 1 changed, 76 unchanged" in run_import(tmp_path, imported, run_directory).stdout
    versions = """select r.version, r.rate from condition_records r join materials m on m.id = r.material_id
                  where m.external_key = 'northwind:1' order by r.version"""
    assert fetch(imported, versions) == [(1, Decimal("18")), (2, Decimal("19.5"))]


def test_all_lines_priced_with_their_own_prices_and_discounts_give_the_known_totals() -> None:
    """1,354,458.59 gross; 1,265,792.76 net where each discount is rounded to the cent (1,265,793.0395 where none is)."""
    orders: dict[str, list[dict[str, str]]] = {}
    with (NORTHWIND / "order_details.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            orders.setdefault(row["order_id"], []).append(row)
    assert (len(orders), sum(map(len, orders.values()))) == (830, 2155)
    customizing, taxes = standard_customizing(), tax_free()
    gross = net = Decimal(0)
    for lines in orders.values():
        items = tuple(item(place, each) for place, each in enumerate(lines, start=1))
        priced = price(PricingDocument("USD", DAY, DAY, items, PLACE), customizing, [taxes])
        assert priced.missing == ()
        gross += sum(each.subtotals[Subtotal.GROSS] for each in priced.items)
        net += priced.net_value
    assert (gross, net) == (Decimal("1354458.59"), Decimal("1265792.76"))


DAY = date(1998, 1, 1)
PLACE = {
    KeyField.SALES_ORGANIZATION: "3000",
    KeyField.DISTRIBUTION_CHANNEL: "10",
    KeyField.DEPARTURE_COUNTRY: "SG",
    KeyField.DESTINATION_COUNTRY: "DE",
    KeyField.CUSTOMER_TAX_CLASS: "0",
    KeyField.MATERIAL_TAX_CLASS: "1",
}


def item(place: int, row: dict[str, str]) -> PricingItem:
    """A line with the price and the discount that it was sold at."""
    discount = -100 * Decimal(row["discount"])
    manual = [ManualCondition("PR00", Decimal(row["unit_price"]), "USD", unit="PC")]
    manual += [ManualCondition("RA00", discount)] if discount else []
    return PricingItem(
        place * 10, Decimal(row["quantity"]), "PC", "PC", fields={KeyField.MATERIAL: row["product_id"]}, manual=tuple(manual)
    )


def standard_customizing() -> Customizing:
    """What a new installation prices by."""
    found: dict[CustomizingKind, dict[str, Any]] = {}
    for kind, value, _ in standard_pieces():
        found.setdefault(kind, {})[value.code] = value
    return Customizing(
        found[CustomizingKind.PROCEDURE]["SDNET1"],
        found[CustomizingKind.CONDITION_TYPE],
        found[CustomizingKind.CONDITION_TABLE],
        found[CustomizingKind.ACCESS_SEQUENCE],
        {code: frozenset(each.condition_types) for code, each in found[CustomizingKind.EXCLUSION_GROUP].items()},
        units=found[CustomizingKind.UNIT],
    )


def tax_free() -> ConditionRecord:
    """Exports from Singapore bear no tax."""
    return ConditionRecord("1", "1", "MWST", "A012", ("SG",), date(1996, 1, 1), date.max, Decimal(0))
