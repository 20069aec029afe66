"""The customer master's commands."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from tortoise import Model

from api.execution.command import Work, command, given
from api.execution.journal import Journal
from api.resolvers.papers import lacking_to_be
from api.resolvers.partner_determination import partner_determination
from domain.activity import Activity
from domain.areas import PARTS, Area, area_of, text_of
from domain.caller import Caller
from domain.customer import (
    BlockScope,
    GeneralView,
    faults_of_blocks,
    faults_of_general_view,
)
from domain.errors import Duplicate, Invalid, refuse_if_any
from domain.partners import determined
from models.customer import CompanyCodeView, Customer, Partner, SalesAreaView
from models.organization import SalesArea, SalesOrganization

NUMBERS = "customer"
GENERAL = ("name", "country", "region", "market", "phone", "email", "tax_number")
ADDRESS = ("street", "city", "postal_code")
VAT = ("taxpayer_kind", "invoice_kind", "invoice_title", "invoice_address", "invoice_phone")
NESTED = (("address", ADDRESS), ("vat", VAT))
"""The objects inside the input, with the fields that each of them has."""
PATHS = {name: f"{place}.{name}" for place, names in NESTED for name in names}
"""Where fields of the general view stand in the input, if not under their own name."""
Agreement = Callable[[SalesAreaView], Awaitable[None]]
"""Fills a new sales-area view, and refuses what cannot be."""


async def create_customer(caller: Caller | None, input: Any) -> Customer:
    """Take up a customer as a draft with its first sales-area view. Raises Invalid, Forbidden, Duplicate."""
    async with command(caller, input, "createCustomer") as work:
        return await take_up(work, input)


async def take_up(work: Work, input: Any, agree: Agreement | None = None) -> Customer:
    """Carry `create_customer` out; `agree` fills the new sales-area view before it is stored."""
    area = area_of(input.sales_area, "salesArea")
    row = await known_sales_area(work, area)
    work.demand_in(area, "customer", Activity.CREATE)
    work.demand_in(area, "customer_sales_area", Activity.CREATE)
    customer = Customer(customer_type=input.customer_type, created_by=work.caller.username)
    _fill(customer, input)
    check_general_view(customer)
    await _no_double(work, customer)
    customer.number = await work.next_number(NUMBERS)
    customer.make_findable()
    await work.create(customer)
    await add_views(work, customer, row, first=True, agree=agree)
    return customer


async def change_customer(caller: Caller | None, input: Any) -> Customer:
    """Change the general view. Raises NotFound, Conflict, Forbidden, Invalid, Duplicate, and Refused where the documents that
    admitted the customer do not in another country.
    """
    async with command(caller, input, "changeCustomer") as work:
        return await change_general_view(work, input)


async def change_general_view(work: Work, input: Any) -> Customer:
    """Carry `change_customer` out."""
    customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
    await work.demand(customer, Activity.CHANGE)
    _fill(customer, input)
    check_general_view(customer)
    changed = changes_of(work, customer)
    if "tax_number" in changed or "country" in changed:
        await _no_double(work, customer)
    if "country" in changed:
        refuse_if_any(await lacking_to_be(work, customer, customer.onboarding_status))
    customer.make_findable()
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
            view = await sales_area_view(work, customer, area)
            await work.demand(view, Activity.BLOCK)
            view.set_blocks(blocks, input.reason.strip())
            changes_of(work, view)
            await work.save(customer, parts={text_of(area): view})
        else:
            await work.demand(customer, Activity.BLOCK)
            customer.set_blocks(blocks, input.reason.strip())
            changes_of(work, customer)
            await work.save(customer)
    return customer


def changes_of(work: Work, record: Model) -> tuple[str, ...]:
    """The fields that change. Raises Invalid if none does: a new version without a change is a conflict over nothing."""
    changed = work.changes(record)
    if not changed:
        raise Invalid.because("NOTHING_TO_CHANGE", None)
    return changed


def _fill(customer: Customer, input: Any) -> None:
    for name in GENERAL:
        value = getattr(input, name)
        if given(value):
            setattr(customer, name, plain(value))
    for place, names in NESTED:
        inner = getattr(input, place)
        if given(inner):
            for name in names:
                value = None if inner is None else getattr(inner, name)
                if given(value):
                    setattr(customer, name, plain(value))


def plain(value: Any) -> Any:
    """Text without blanks around it, an empty one being none; anything else as it is."""
    return value.strip() or None if isinstance(value, str) else value


def check_general_view(customer: Customer, paths: Mapping[str, str] = PATHS) -> None:
    """Refuse a general view that cannot be right. Raises Invalid naming the fields by their paths in the input."""
    values = {name: getattr(customer, name) for name in (*GENERAL, *PATHS)}
    view = GeneralView(**{**values, "name": values["name"] or "", "country": values["country"] or ""})
    faults = faults_of_general_view(view)
    refuse_if_any(tuple(replace(fault, field=paths.get(fault.field or "", fault.field)) for fault in faults), Invalid)


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
    where: dict[str, Any] = dict(zip(PARTS, area, strict=True))
    row = await work.once(("sales area", area), lambda: SalesArea.get_or_none(**where))
    if row is None or not work.authority.scope("enterprise_structure").allows(area, own=False):
        raise Invalid.because("UNKNOWN_SALES_AREA", "salesArea", value=text_of(area))
    return row


async def add_views(
    journal: Journal, customer: Customer, area: SalesArea, *, first: bool = False, agree: Agreement | None = None
) -> None:
    """Give a customer a sales-area view, with the partners determined, and its company-code view once: with the `first`."""
    code = area.sales_organization
    organization = await journal.once(("sales organization", code), lambda: SalesOrganization.get(code=code))
    view = SalesAreaView(
        customer=customer,
        sales_organization=area.sales_organization,
        distribution_channel=area.distribution_channel,
        division=area.division,
        currency=area.currency,
    )
    if agree is not None:
        await agree(view)
    name = text_of(Area((area.sales_organization, area.distribution_channel, area.division)))
    if first or not await CompanyCodeView.filter(customer_id=customer.id, company_code=organization.company_code).exists():
        company_view = CompanyCodeView(customer=customer, company_code=organization.company_code)
        await journal.create(company_view, part_of=customer, part=organization.company_code)
    await journal.create(view, part_of=customer, part=name)
    procedure = partner_determination().procedure_for(customer.customer_type)
    for function, partner in determined(procedure, customer.id, customer.group_head_id):
        await journal.create(Partner(view=view, function=function, customer_id=partner), part_of=customer, part=name)


async def sales_area_view(work: Work, customer: Customer, area: Area) -> SalesAreaView:
    """The customer's view of an area, kept. Raises Invalid if there is none that the caller may see."""
    view = await SalesAreaView.get_or_none(
        customer_id=customer.id, sales_organization=area[0], distribution_channel=area[1], division=area[2]
    )
    if view is None or not await work.sees(view):
        raise Invalid.because("NO_SUCH_VIEW", "salesArea", value=text_of(area))
    work.keep(view)
    return view
