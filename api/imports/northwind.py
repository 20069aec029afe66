"""The Northwind customers, as customers of one sales organization with one sales-area view each."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tortoise.transactions import in_transaction

from domain.areas import Area
from domain.customer import MANDATORY_PARTNERS, CustomerType, GeneralView, OnboardingStatus, faults_of_general_view
from domain.errors import Invalid, Refusal
from domain.names import search_text
from models.customer import CompanyCodeView, Customer, Partner, SalesAreaView
from models.journal import NumberRange
from models.organization import SalesArea, SalesOrganization

AREA = Area(("3000", "10", "00"))
FILE = "customers.csv"
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


async def import_customers(folder: Path, by: str, progress: Callable[[], None]) -> Report:
    """Bring the customers in, all or none; known ones are brought up to date. Raises Invalid naming file, row and column."""
    views = [(row["customer_id"], view_of(row, line)) for line, row in enumerate(_rows(folder / FILE), start=2)]
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    async with in_transaction():
        area = await SalesArea.get_or_none(sales_organization=AREA[0], distribution_channel=AREA[1], division=AREA[2])
        if area is None:
            raise Invalid.because("UNKNOWN_SALES_AREA", None, value="/".join(AREA))
        for key, view in views:
            counts[await _bring_in(f"northwind:{key}", view, area, by)] += 1
            progress()
    return Report(**counts)


def count(folder: Path) -> int:
    """How many rows there are to import."""
    return len(list(_rows(folder / FILE)))


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


async def _bring_in(external_key: str, view: GeneralView, area: SalesArea, by: str) -> str:
    fields = {name: getattr(view, name) for name in GeneralView.__dataclass_fields__}
    customer = await Customer.filter(external_key=external_key).select_for_update().get_or_none()
    if customer is not None:
        if all(getattr(customer, name) == value for name, value in fields.items()):
            return "unchanged"
        customer.update_from_dict({**fields, "search_text": search_text(view.name, customer.number, view.tax_number)})
        customer.version += 1
        await customer.save()
        return "changed"
    number_range = await NumberRange.filter(name="customer").select_for_update().get()
    number = str(number_range.next_number)
    number_range.next_number += 1
    await number_range.save()
    customer = await Customer.create(
        **fields,
        number=number,
        customer_type=CustomerType.END_USER,
        onboarding_status=OnboardingStatus.APPROVED,
        search_text=search_text(view.name, number, view.tax_number),
        external_key=external_key,
        created_by=by,
    )
    organization = await SalesOrganization.get(code=area.sales_organization)
    await CompanyCodeView.create(customer=customer, company_code=organization.company_code)
    sales_view = await SalesAreaView.create(
        customer=customer,
        sales_organization=area.sales_organization,
        distribution_channel=area.distribution_channel,
        division=area.division,
        currency=area.currency,
    )
    for function in MANDATORY_PARTNERS:
        await Partner.create(view=sales_view, function=function, customer=customer)
    return "created"


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
