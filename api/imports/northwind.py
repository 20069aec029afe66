"""The Northwind data set: customers of one sales organization with one view each, the products that it sells, and orders."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.execution.journal import Journal, recording
from api.imports import northwind_documents, northwind_orders, northwind_products
from api.resolvers.customers import NUMBERS, add_views
from domain.areas import PARTS, Area, text_of
from domain.customer import CustomerType, GeneralView, OnboardingStatus, faults_of_general_view
from domain.errors import Invalid, Refusal
from models.customer import Customer, SalesAreaView
from models.organization import Plant, SalesArea

AREA = Area(("3000", "10", "00"))
FILE = "customers.csv"
TERMS: Mapping[str, str] = {"payment_terms": "Z030", "incoterms": "CPT"}
"""What is agreed with a customer with whom nothing else is: 30 days, carriage paid and charged."""
COUNTRIES: Mapping[str, str] = {
    "Argentina": "AR",
    "Austria": "AT",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Denmark": "DK",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Ireland": "IE",
    "Italy": "IT",
    "Mexico": "MX",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "UK": "GB",
    "USA": "US",
    "Venezuela": "VE",
}
"""How the file spells countries, and their codes."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did."""

    created: int
    changed: int
    unchanged: int


async def import_all(folder: Path, by: str, progress: Callable[[], None]) -> dict[str, Report]:
    """Bring customers in, and products if there are any, all or none; known ones are brought up to date. Then the orders, if
    there are any, one by one: what is known of them is left as it is.

    Raises Invalid naming file, row and column, and then nothing is brought in.
    """
    views = [(row["customer_id"], view_of(row, line)) for line, row in enumerate(_rows(folder / FILE), start=2)]
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    async with recording(by, f"import-{secrets.token_hex(8)}") as journal:
        area = await SalesArea.get_or_none(sales_organization=AREA[0], distribution_channel=AREA[1], division=AREA[2])
        if area is None:
            raise Invalid.because("UNKNOWN_SALES_AREA", None, value=text_of(AREA))
        plant = await Plant.filter(sales_organization=AREA[0]).order_by("code").first()
        for key, view in views:
            counts[await _bring_in(journal, f"{northwind_orders.PREFIX}{key}", view, area)] += 1
            progress()
        found = {"customers": Report(**counts)}
        if northwind_products.files_in(folder):
            code = None if plant is None else plant.code
            found["products"] = Report(**await northwind_products.bring_in(journal, folder, AREA, code, progress))
        past = None
        if northwind_orders.files_in(folder):
            past = await northwind_documents.prepare(journal, folder, AREA, plant)
    if past is not None:
        done = await northwind_documents.bring_in(past, by, progress)
        found |= {what: Report(**counted) for what, counted in done.items()}
    return found


def count(folder: Path) -> int:
    """How many rows there are to import."""
    products = northwind_products.count(folder) if northwind_products.files_in(folder) else 0
    orders = northwind_orders.count(folder) if northwind_orders.files_in(folder) else 0
    return len(list(_rows(folder / FILE))) + products + orders


def view_of(row: Mapping[str, str], line: int) -> GeneralView:
    """The general view that a row tells of. Raises Invalid naming row and column."""
    country = COUNTRIES.get(row["country"])
    if country is None:
        raise Invalid.because("COUNTRY_MALFORMED", f"{FILE}.{line}.country", value=row["country"])
    view = GeneralView(
        name=row["company_name"].strip(),
        country=country,
        region=row["region"].strip() or None,
        street=row["address"].strip() or None,
        city=row["city"].strip() or None,
        postal_code=row["postal_code"].strip() or None,
        phone=row["phone"].strip() or None,
    )
    faults = faults_of_general_view(view)
    if faults:
        raise Invalid(*(Refusal(fault.reason, f"{FILE}.{line}.{fault.field}", fault.values) for fault in faults))
    return view


async def _bring_in(journal: Journal, external_key: str, view: GeneralView, area: SalesArea) -> str:
    fields = {name: getattr(view, name) for name in GeneralView.__dataclass_fields__}
    customer = await Customer.filter(external_key=external_key).select_for_update().get_or_none()
    if customer is not None:
        journal.keep(customer)
        customer.update_from_dict(fields)
        here = Area((area.sales_organization, area.distribution_channel, area.division))
        where: dict[str, Any] = dict(zip(PARTS, here, strict=True))
        agreed = await SalesAreaView.get(customer_id=customer.id, **where)
        journal.keep(agreed)
        await _agree(agreed)
        if not journal.changes(customer) and not journal.changes(agreed):
            return "unchanged"
        customer.make_findable()
        await journal.save(customer, parts={text_of(here): agreed})
        return "changed"
    customer = Customer(
        **fields,
        number=await journal.next_number(NUMBERS),
        customer_type=CustomerType.END_USER,
        onboarding_status=OnboardingStatus.APPROVED,
        external_key=external_key,
        created_by=journal.by,
    )
    customer.make_findable()
    await journal.create(customer)
    await add_views(journal, customer, area, agree=_agree)
    return "created"


async def _agree(view: SalesAreaView) -> None:
    """Agree on the terms that nothing is said of, so that orders lack nothing."""
    for name, value in TERMS.items():
        if getattr(view, name) is None:
            setattr(view, name, value)


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
