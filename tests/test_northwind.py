"""Northwind comes in once: customers of organization 3000 with a trace of every field, products with their prices, orders."""

import asyncio
import csv
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
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
from tests.conftest import LONG, SHARED, cloned, run_command

NORTHWIND = SHARED / "data" / "northwind"
MASTER_DATA = ("customers.csv", "categories.csv", "products.csv")


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
def master_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set without its orders."""
    folder = tmp_path_factory.mktemp("master_data")
    for name in MASTER_DATA:
        shutil.copy(NORTHWIND / name, folder)
    return folder


@pytest.fixture(scope="module")
def imported(database: str, run_directory: Path, master_data: Path) -> str:
    assert "91 created, 0 changed, 0 unchanged" in run_import(master_data, database, run_directory).stdout
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


def test_a_second_import_changes_nothing(imported: str, run_directory: Path, master_data: Path) -> None:
    before = fetch(imported, "select (select count(*) from customers), (select count(*) from change_documents)")
    assert "0 created, 0 changed, 91 unchanged" in run_import(master_data, imported, run_directory).stdout
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
    for name in MASTER_DATA:
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


def test_freight_by_hand_is_split_by_the_net_of_goods_and_stands_beside_it() -> None:
    """Order 10248, with lines of 168.00, 98.00 and 174.00, and 32.38 of freight."""
    items = tuple(item(place, row) for place, row in enumerate(rows_of("order_details.csv")[:3], start=1))
    document = PricingDocument(
        "USD", DAY, DAY, items, PLACE, header_conditions=(ManualCondition("HD00", Decimal("32.38"), "USD"),)
    )
    priced = price(document, standard_customizing(), [tax_free()])
    found = [{row.condition_type or row.step: row.value.amount for row in each.rows if row.value} for each in priced.items]
    assert [each[80] for each in found] == [Decimal("168"), Decimal("98"), Decimal("174")]
    assert [each["HD00"] for each in found] == [Decimal("12.36"), Decimal("7.21"), Decimal("12.81")]
    assert priced.net_value == Decimal("472.38")


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


# ---------------------------------------------------------------------------------------------------------------- orders


@dataclass(frozen=True)
class Known:
    """A folder with orders, and what is known of them by adding up its files."""

    folder: Path
    orders: list[dict[str, str]]
    details: list[dict[str, str]]

    @property
    def shipped(self) -> list[dict[str, str]]:
        return [each for each in self.orders if each["shipped_date"]]

    @property
    def freight(self) -> Decimal:
        return sum((Decimal(each["freight"]) for each in self.orders), Decimal(0))

    @property
    def net_of_goods(self) -> Decimal:
        return sum(map(net, self.details), Decimal(0))


def net(row: dict[str, str]) -> Decimal:
    """What a line comes to, its discount rounded to the cent."""
    gross = Decimal(row["quantity"]) * Decimal(row["unit_price"])
    return gross - (gross * Decimal(row["discount"])).quantize(Decimal("0.01"), ROUND_HALF_UP)


def rows_of(name: str) -> list[dict[str, str]]:
    with (NORTHWIND / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """The first orders and the last ones, of which some have not left yet; all of them in a long run."""
    orders, details = rows_of("orders.csv"), rows_of("order_details.csv")
    if LONG:
        return Known(NORTHWIND, orders, details)
    folder = tmp_path_factory.mktemp("orders")
    orders = [*orders[:20], *orders[-10:]]
    details = [each for each in details if each["order_id"] in {order["order_id"] for order in orders}]
    for name in (*MASTER_DATA, "employees.csv"):
        shutil.copy(NORTHWIND / name, folder)
    written(folder / "orders.csv", orders)
    written(folder / "order_details.csv", details)
    return Known(folder, orders, details)


@pytest.fixture(scope="module")
def ordered(postgres: str, template: str, run_directory: Path, known: Known) -> Iterator[str]:
    with cloned(postgres, template) as url:
        done = run_import(known.folder, url, run_directory)
        assert f"orders: {len(known.orders)} created, 0 changed, 0 unchanged" in done.stdout, done.stderr
        assert f"deliveries: {len(known.shipped)} created, 0 changed, 0 unchanged" in done.stdout
        yield url


OF_NORTHWIND = "d.external_key like 'northwind:%'"


def test_orders_come_to_what_the_files_come_to(ordered: str, known: Known) -> None:
    if LONG:
        assert (len(known.orders), len(known.details), len(known.shipped)) == (830, 2155, 809)
        assert (known.net_of_goods, known.freight) == (Decimal("1265792.76"), Decimal("64942.69"))
    lines = f"select count(distinct d.id), count(*) from sales_orders d join sales_items i on i.document_id = d.id where {OF_NORTHWIND}"
    assert fetch(ordered, lines) == [(len(known.orders), len(known.details))]
    values = f"""select sum(c.value) filter (where c.step = 80), sum(c.value) filter (where c.condition_type = 'HD00')
                 from sales_orders d join sales_items i on i.document_id = d.id join sales_item_conditions c on c.item_id = i.id
                 where {OF_NORTHWIND} and c.replaced_at is null"""
    assert fetch(ordered, values) == [(known.net_of_goods, known.freight)]
    sums = f"select sum(net_value), sum(tax_amount), bool_or(incomplete) from sales_orders d where {OF_NORTHWIND}"
    assert fetch(ordered, sums) == [(known.net_of_goods + known.freight, 0, False)]


def test_documents_have_the_days_of_their_orders(ordered: str, known: Known) -> None:
    kept = f"""select substr(d.external_key, 11), d.order_date, d.pricing_date, d.requested_delivery_date, d.salesperson, d.route,
                      min(v.planned_date), min(v.goods_issue_date), min(b.billing_date), count(distinct v.id), count(distinct b.id)
               from sales_orders d left join delivery_items x on x.document_id = d.id left join deliveries v on v.id = x.delivery_id
               left join billing_items y on y.document_id = d.id left join billing_documents b on b.id = y.billing_id
               where {OF_NORTHWIND}
               group by d.external_key, d.order_date, d.pricing_date, d.requested_delivery_date, d.salesperson, d.route order by 1"""
    titles = {each["employee_id"]: each["title"] for each in rows_of("employees.csv")}
    days = {
        each["order_id"]: [date.fromisoformat(each[name]) for name in ("order_date", "required_date")] for each in known.orders
    }
    left = {each["order_id"]: date.fromisoformat(each["shipped_date"]) for each in known.shipped}
    assert fetch(ordered, kept) == [
        (
            *(number, days[number][0], days[number][0], days[number][1]),
            *(f"Employee {each['employee_id']}, {titles[each['employee_id']]}", f"SHIPPER {each['ship_via']}"),
            *((left[number],) * 3 + (1, 1) if number in left else (None, None, None, 0, 0)),
        )
        for each in known.orders
        for number in [each["order_id"]]
    ]


def test_what_was_shipped_is_delivered_posted_and_billed(ordered: str, known: Known) -> None:
    """Nothing lies where it should have left, and everything that was shipped had been there."""
    statuses = f"""select d.delivery_status, d.goods_movement_status, d.billing_status, count(*) from sales_orders d
                   where {OF_NORTHWIND} group by 1, 2, 3 order by 4"""
    open_ = len(known.orders) - len(known.shipped)
    found = {("COMPLETE", "COMPLETE", "COMPLETE"): len(known.shipped), ("NOT_YET", "NOT_YET", "NOT_YET"): open_}
    assert {row[:3]: row[3] for row in fetch(ordered, statuses)} == found
    invoiced = """select count(*), sum(b.net_value) from billing_documents b
                  where b.id in (select y.billing_id from billing_items y join sales_orders d on d.id = y.document_id
                                 where d.external_key like 'northwind:%')"""
    billed = f"select count(*), sum(net_value) from sales_orders d where {OF_NORTHWIND} and billing_status = 'COMPLETE'"
    assert fetch(ordered, invoiced) == fetch(ordered, billed)
    stock = """select sum(s.quantity), sum(l.promised) from stock s join materials m on m.id = s.material_id
               left join (select material_id, sum(open_base) as promised from schedule_lines group by 1) l using (material_id)
               where m.external_key like 'northwind:%'"""
    numbers = {each["order_id"] for each in known.shipped}
    waiting = sum(int(each["quantity"]) for each in known.details if each["order_id"] not in numbers)
    assert fetch(ordered, stock) == [(waiting, waiting)]


def test_goods_came_in_before_any_of_them_left(ordered: str) -> None:
    days = """select max(g.posting_date) filter (where g.goods_issue_id is null) < min(g.posting_date) filter (where g.quantity < 0)
              from goods_movements g join materials m on m.id = g.material_id where m.external_key like 'northwind:%'"""
    assert fetch(ordered, days) == [(True,)]


def test_a_large_discount_was_approved_by_somebody_else(ordered: str) -> None:
    approved = f"""select bool_and(a.approved and a.decided_by <> d.entered_by), count(*) > 0 from document_approvals a
                   join sales_orders d on d.id = a.document_id where {OF_NORTHWIND}"""
    assert fetch(ordered, approved) == [(True, True)]


def test_the_users_of_the_import_have_no_rights_afterwards(ordered: str) -> None:
    users = "select count(*), bool_and(password_hash is null) from users where username like 'northwind.%'"
    assert fetch(ordered, users) == [(5, True)]
    rights = """select count(*) from current_role_assignments a join users u on u.id = a.user_id
                where u.username like 'northwind.%'"""
    assert fetch(ordered, rights) == [(0,)]


def test_a_second_import_of_orders_changes_nothing(ordered: str, run_directory: Path, known: Known) -> None:
    tables = (
        "sales_documents",
        "deliveries",
        "goods_issues",
        "billing_documents",
        "goods_movements",
        "change_documents",
        "policy_versions",
    )
    counts = f"select {', '.join(f'(select count(*) from {table})' for table in tables)}"
    before = fetch(ordered, counts)
    done = run_import(known.folder, ordered, run_directory)
    assert f"orders: 0 created, 0 changed, {len(known.orders)} unchanged" in done.stdout, done.stderr
    assert f"deliveries: 0 created, 0 changed, {len(known.shipped)} unchanged" in done.stdout
    assert fetch(ordered, counts) == before


def test_an_order_that_has_left_since_is_shipped_by_the_next_import(
    ordered: str, run_directory: Path, known: Known, tmp_path: Path
) -> None:
    waiting = next(each for each in known.orders if not each["shipped_date"])
    for file in known.folder.iterdir():
        shutil.copy(file, tmp_path)
    orders = [each | {"shipped_date": "1998-05-20"} if each is waiting else each for each in known.orders]
    written(tmp_path / "orders.csv", orders)
    done = run_import(tmp_path, ordered, run_directory)
    assert f"deliveries: 1 created, 0 changed, {len(known.shipped)} unchanged" in done.stdout, done.stderr
    left = f"select goods_issue_date from deliveries v join delivery_items x on x.delivery_id = v.id join sales_orders d on d.id = x.document_id where d.external_key = 'northwind:{waiting['order_id']}'"
    assert set(fetch(ordered, left)) == {(date(1998, 5, 20),)}


def test_a_faulty_order_is_named_and_nothing_is_brought_in(
    imported: str, run_directory: Path, known: Known, tmp_path: Path
) -> None:
    for file in known.folder.iterdir():
        shutil.copy(file, tmp_path)
    first, *others = known.orders
    written(tmp_path / "orders.csv", [first | {"order_date": "1996-07-44", "employee_id": "77"}, *others])
    done = run_import(tmp_path, imported, run_directory)
    assert done.returncode == 1
    told = done.stderr.replace("\n", "")
    assert "orders.csv.2.order_date" in told
    assert "orders.csv.2.employee_id" in told
    assert fetch(imported, f"select count(*) from sales_orders d where {OF_NORTHWIND}") == [(0,)]
