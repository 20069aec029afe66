"""Price lists as a connection and as CSV: each material priced by itself, of whoever may ask, and nobody else's."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest

from tests.client import Client
from tests.contract.answers import data_of
from tests.contract.demo import walk
from tests.contract.test_commands import fetch
from tests.contract.test_prices import asked, customers_in, simulated

DAY = "2026-12-01"
EXPORT = """query ($customer: ID!, $area: String!, $date: Date!) {
    priceListExport(customer: $customer, salesArea: $area, date: $date) { link { url } } }"""


def pages(server: Client, user: str, area: str, customer: str, first: int = 30) -> list[dict[str, Any]]:
    def page(after: str | None) -> Any:
        variables = {"customer": customer, "salesArea": area, "date": DAY, "first": first, "after": after}
        return data_of(server.send("PriceList", variables, user=user))

    return list(walk(page))


@pytest.mark.parametrize(
    ("user", "area"),
    [("clerk.1000", "1000/10/00"), ("dealer.a", "1000/20/00"), ("price.approver", "3000/10/00"), ("buyer.a", "1000/10/00")],
)
def test_each_price_is_what_one_of_it_would_cost(
    server: Client,
    database: str,
    materials: dict[str, str],
    user: str,
    area: str,
) -> None:
    customer = customers_in(server, area, user)[0]
    found = pages(server, user, area, customer["id"])
    assert [each["material"]["number"] for each in found] == sorted(materials)
    for entry in found[:: len(found) // 7]:
        item = (materials[entry["material"]["number"]], entry["per"]["value"], entry["per"]["unit"])
        alone = simulated(server, asked(area, customer["id"], item, pricingDate=DAY), user)
        assert entry["netPrice"] == alone["netValue"]


def test_what_has_no_price_on_that_day_is_left_out(server: Client, database: str) -> None:
    customer = customers_in(server, "1000/10/00")[0]
    fetch(database, "update condition_records set valid_to = '2026-11-30' where lookup like 'PR00%1000' || chr(31) || '10007'")
    try:
        found = pages(server, "clerk.1000", "1000/10/00", customer["id"])
        assert "10007" not in {each["material"]["number"] for each in found}
        assert len(found) == 83
    finally:
        fetch(
            database, "update condition_records set valid_to = '9999-12-31' where lookup like 'PR00%1000' || chr(31) || '10007'"
        )


def test_the_file_is_the_list(server: Client) -> None:
    customer = customers_in(server, "1000/20/00", "dealer.a")[0]
    variables = {"customer": customer["id"], "area": "1000/20/00", "date": DAY}
    link = server.data(EXPORT, variables, user="dealer.a")["priceListExport"]["link"]["url"]
    answer = server.http.get(f"{server.base}{link}")
    assert answer.headers["content-disposition"] == 'attachment; filename="price-list.csv"'
    _titles, *lines = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
    listed = pages(server, "dealer.a", "1000/20/00", customer["id"])
    assert [(line[0], line[2], line[3], line[4], line[5]) for line in lines] == [
        (e["material"]["number"], e["netPrice"]["amount"], e["netPrice"]["currency"], e["per"]["value"], e["per"]["unit"])
        for e in listed
    ]
    other = link.replace("price-list", "customers")
    assert server.http.get(f"{server.base}{other}").status_code == 403  # a dealer exports no customers
    assert server.http.get(f"{server.base}{link[:-20]}xx/price-list.csv").status_code == 404


@pytest.mark.parametrize(
    ("user", "area", "code"),
    [
        ("clerk.2000", "1000/20/00", "NOT_FOUND"),
        ("dealer.b", "1000/20/00", "NOT_FOUND"),
        ("admin", "1000/20/00", "NOT_FOUND"),
        ("auditor", "1000/20/00", "FORBIDDEN"),
        ("dealer.a", "1000/10/00", "FORBIDDEN"),
        ("clerk.1000", "1000/30/00", "REFUSED"),
        ("clerk.1000", "1000", "INVALID"),
    ],
)
def test_who_may_not_ask_gets_neither_list_nor_file(server: Client, user: str, area: str, code: str) -> None:
    customer = customers_in(server, "1000/20/00", "dealer.a")[0]
    variables = {"customer": customer["id"], "salesArea": area, "date": DAY, "first": 5, "after": None}
    assert server.send("PriceList", variables, user=user)["errors"][0]["extensions"]["code"] == code
    asked_for = {"customer": customer["id"], "area": area, "date": DAY}
    assert server.run(EXPORT, asked_for, user=user)["errors"][0]["extensions"]["code"] == code
