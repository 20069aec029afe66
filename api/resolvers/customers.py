"""The customer master's commands."""

from dataclasses import replace
from typing import Any

from tortoise import Model

from api.execution.command import Work, command, given
from api.execution.journal import Journal
from domain.activity import Activity
from domain.areas import Area, area_of, text_of
from domain.caller import Caller
from domain.customer import (
    MANDATORY_PARTNERS,
    BlockScope,
    GeneralView,
    faults_of_blocks,
    faults_of_general_view,
)
from domain.errors import Duplicate, Invalid, refuse_if_any
from domain.names import search_text
from models.customer import CompanyCodeView, Customer, Partner, SalesAreaView
from models.organization import SalesArea, SalesOrganization

NUMBERS = "customer"
GENERAL = ("name", "country", "region", "market", "phone", "email", "tax_number")
ADDRESS = ("street", "city", "postal_code")
PATHS = {name: f"address.{name}" for name in ADDRESS}
"""Where fields of the general view stand in the input, if not under their own name."""


async def create_customer(caller: Caller | None, input: Any) -> Customer:
    """Take up a customer as a draft with its first sales-area view. Raises Invalid, Forbidden, Duplicate."""
    async with command(caller, input, "createCustomer") as work:
        area = area_of(input.sales_area, "salesArea")
        row = await known_sales_area(work, area)
        work.demand_in(area, "customer", Activity.CREATE)
        work.demand_in(area, "customer_sales_area", Activity.CREATE)
        customer = Customer(customer_type=input.customer_type, created_by=work.caller.username)
        _fill(customer, input)
        _check(customer)
        await _no_double(work, customer)
        customer.number = await work.next_number(NUMBERS)
        make_findable(customer)
        await work.create(customer)
        await add_views(work, customer, row)
    return customer


async def change_customer(caller: Caller | None, input: Any) -> Customer:
    """Change the general view. Raises NotFound, Conflict, Forbidden, Invalid, Duplicate."""
    async with command(caller, input, "changeCustomer") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.CHANGE)
        _fill(customer, input)
        _check(customer)
        changed = _changes_of(work, customer)
        if "tax_number" in changed or "country" in changed:
            await _no_double(work, customer)
        make_findable(customer)
        await work.save(customer)
    return customer


async def set_customer_block(caller: Caller | None, input: Any) -> Customer:
    """Set the blocks of the general view, or of one sales-area view. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "setCustomerBlock") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        refuse_if_any(faults_of_blocks(tuple(input.blocks), input.reason), Invalid)
        blocks = frozenset(input.blocks) - {BlockScope.NONE}
        if given(input.sales_area) and input.sales_area is not None:
            area = area_of(input.sales_area, "salesArea")
            view = await _view(work, customer, area)
            await work.demand(view, Activity.BLOCK)
            view.set_blocks(blocks, input.reason.strip())
            _changes_of(work, view)
            await work.save(customer, parts={text_of(area): view})
        else:
            await work.demand(customer, Activity.BLOCK)
            customer.set_blocks(blocks, input.reason.strip())
            _changes_of(work, customer)
            await work.save(customer)
    return customer


def _changes_of(work: Work, record: Model) -> tuple[str, ...]:
    """The fields that change. Raises Invalid if none does: a new version without a change is a conflict over nothing."""
    changed = work.changes(record)
    if not changed:
        raise Invalid.because("NOTHING_TO_CHANGE", None)
    return changed


def _fill(customer: Customer, input: Any) -> None:
    for name in GENERAL:
        value = getattr(input, name)
        if given(value):
            setattr(customer, name, _plain(value))
    if given(input.address):
        for name in ADDRESS:
            value = None if input.address is None else getattr(input.address, name)
            if given(value):
                setattr(customer, name, _plain(value))


def _plain(value: str | None) -> str | None:
    """Text without blanks around it; an empty one is none."""
    return None if value is None else value.strip() or None


def _check(customer: Customer) -> None:
    values = {name: getattr(customer, name) for name in (*GENERAL, *ADDRESS)}
    view = GeneralView(**{**values, "name": values["name"] or "", "country": values["country"] or ""})
    faults = faults_of_general_view(view)
    refuse_if_any(tuple(replace(fault, field=PATHS.get(fault.field or "", fault.field)) for fault in faults), Invalid)


def make_findable(customer: Customer) -> None:
    """Keep what searches look through in step with name, number and tax number."""
    customer.search_text = search_text(customer.name, customer.number, customer.tax_number)


async def _no_double(work: Work, customer: Customer) -> None:
    """Refuse a tax number that another customer within the caller's sight has; of others it tells nothing."""
    if customer.tax_number is None:
        return
    await work.alone_with(f"tax number {customer.country} {customer.tax_number}")
    number = await work.seen_with(Customer, "number", tax_number=customer.tax_number, country=customer.country, but=customer)
    if number is not None:
        raise Duplicate.because("DUPLICATE_TAX_NUMBER", "taxNumber", number=number)


async def known_sales_area(work: Work, area: Area) -> SalesArea:
    """The sales area that the caller named. Raises Invalid if there is none that they may know of."""
    row = await SalesArea.get_or_none(sales_organization=area[0], distribution_channel=area[1], division=area[2])
    if row is None or not work.authority.scope("enterprise_structure").allows(area, own=False):
        raise Invalid.because("UNKNOWN_SALES_AREA", "salesArea", value=text_of(area))
    return row


async def add_views(journal: Journal, customer: Customer, area: SalesArea) -> None:
    """Give a customer a sales-area view, in which it takes every mandatory function, and its company-code view once."""
    organization = await SalesOrganization.get(code=area.sales_organization)
    view = SalesAreaView(
        customer=customer,
        sales_organization=area.sales_organization,
        distribution_channel=area.distribution_channel,
        division=area.division,
        currency=area.currency,
    )
    name = text_of(Area((area.sales_organization, area.distribution_channel, area.division)))
    if not await CompanyCodeView.filter(customer_id=customer.id, company_code=organization.company_code).exists():
        company_view = CompanyCodeView(customer=customer, company_code=organization.company_code)
        await journal.create(company_view, part_of=customer, part=None)
    await journal.create(view, part_of=customer, part=name)
    for function in MANDATORY_PARTNERS:
        await journal.create(Partner(view=view, function=function, customer=customer), part_of=customer, part=name)


async def _view(work: Work, customer: Customer, area: Area) -> SalesAreaView:
    view = await SalesAreaView.get_or_none(
        customer_id=customer.id, sales_organization=area[0], distribution_channel=area[1], division=area[2]
    )
    if view is None or not await work.sees(view):
        raise Invalid.because("NO_SUCH_VIEW", "salesArea", value=text_of(area))
    work.keep(view)
    return view
