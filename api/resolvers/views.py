"""The customer's parts: sales-area views and their partners, company-code views, contacts; deletion and archive."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from tortoise import Model

from api.execution.command import Work, command, given
from api.resolvers.customers import changes_of, plain, sales_area_view
from api.resolvers.partner_determination import partner_determination
from api.resolvers.pieces import Kind, fetch_in, pieces_now
from domain.activity import Activity
from domain.areas import area_of, text_of
from domain.caller import Caller
from domain.customer import faults_of_reason
from domain.errors import Invalid, Refusal, refuse_if_any
from domain.partners import Taken, faults_of_partners
from domain.proposals import ProposalStatus
from domain.views import faults_of_commission, faults_of_part, refusals_to_archive
from models.customer import CompanyCodeView, Contact, Customer, CustomerExtension, Partner, QualificationDocument, SalesAreaView
from models.organization import PaymentTerms, Plant
from models.proposal import BankAccountProposal, CustomerProposal

SALES_AREA = (
    "sales_district",
    "customer_group",
    "price_list",
    "pricing_procedure",
    "tax_class",
    "currency",
    "incoterms",
    "shipping_condition",
    "delivering_plant",
    "payment_terms",
)
COMPANY_CODE = ("reconciliation_account", "cash_management_group", "trading_partner", "payment_terms")
CONTACT = ("name", "department", "position", "phone", "email")


async def change_sales_area_view(caller: Caller | None, input: Any) -> Customer:
    """Change how one sales area deals with a customer. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "changeSalesAreaView") as work:
        return await change_view(work, input)


async def change_view(work: Work, input: Any) -> Customer:
    """Carry `change_sales_area_view` out."""
    customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
    area = area_of(input.sales_area, "salesArea")
    view = await sales_area_view(work, customer, area)
    await work.demand(view, Activity.CHANGE)
    _fill(view, input, SALES_AREA)
    if given(input.commission):
        await work.demand(view, Activity.CHANGE, object="commission")
        agreed = input.commission
        view.commission_rate = None if agreed is None else agreed.rate
        view.commission_basis = None if agreed is None else agreed.basis  # type: ignore[assignment]  # it may be null
    changed = changes_of(work, view)
    refuse_if_any(
        (
            *_faults_of(view, SALES_AREA, changed),
            *faults_of_commission(customer.customer_type, view.commission_rate, view.commission_basis),
            *await _unknown(work, view, changed, view.sales_organization),
            *await _unknown_in_pricing(work, view, changed),
        ),
        Invalid,
    )
    await work.save(customer, parts={text_of(area): view})
    return customer


async def agree(work: Work, view: SalesAreaView, input: Any) -> None:
    """Fill a view that is not stored yet. Raises Invalid."""
    before = {name: getattr(view, name) for name in SALES_AREA}
    _fill(view, input, SALES_AREA)
    changed = [name for name in SALES_AREA if getattr(view, name) != before[name]]
    faults = (
        *_faults_of(view, SALES_AREA, changed),
        *await _unknown(work, view, changed, view.sales_organization),
        *await _unknown_in_pricing(work, view, changed),
    )
    refuse_if_any(faults, Invalid)


async def set_partners(caller: Caller | None, input: Any) -> Customer:
    """Say who takes which function in a sales-area view. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "setPartners") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        area = area_of(input.sales_area, "salesArea")
        view = await sales_area_view(work, customer, area)
        await work.demand(view, Activity.CHANGE)
        rows = await Partner.filter(view_id=view.id).order_by("id").prefetch_related("customer")
        before = {(row.function, row.customer_id): row for row in rows}
        known = {row.customer_id: row.customer for row in rows}
        wanted = [await _taken(work, known, each, place) for place, each in enumerate(input.partners)]
        held = [Taken(row.function, row.customer_id, row.customer.customer_type) for row in rows]
        refuse_if_any(faults_of_partners(partner_determination().procedure_for(customer.customer_type), held, wanted), Invalid)
        now = {(each.function, each.customer) for each in wanted}
        if now == before.keys():
            raise Invalid.because("NOTHING_TO_CHANGE", None)
        await work.save(customer)
        for key in sorted(before.keys() - now, key=lambda key: before[key].id):
            await work.remove(before[key], part_of=customer, part=text_of(area))
        for each in wanted:
            if (each.function, each.customer) not in before:
                partner = Partner(view=view, function=each.function, customer_id=each.customer)
                await work.create(partner, part_of=customer, part=text_of(area))
    return customer


async def change_company_code_view(caller: Caller | None, input: Any) -> Customer:
    """Change how one company code's books deal with a customer. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "changeCompanyCodeView") as work:
        customer, view = await _company_code_view(work, input)
        await work.demand(view, Activity.CHANGE)
        _fill(view, input, COMPANY_CODE)
        changed = changes_of(work, view)
        refuse_if_any((*_faults_of(view, COMPANY_CODE, changed), *await _unknown(work, view, changed, None)), Invalid)
        await work.save(customer, parts={None: view})
    return customer


async def set_company_code_block(caller: Caller | None, input: Any) -> Customer:
    """Stop postings for a customer in a company code, or let them be. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "setCompanyCodeBlock") as work:
        customer, view = await _company_code_view(work, input)
        await work.demand(view, Activity.BLOCK)
        view.blocked = input.blocked
        changes_of(work, view)
        await work.save(customer, parts={None: view})
    return customer


async def create_contact(caller: Caller | None, input: Any) -> Contact:
    """Note a person to speak to. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "createContact") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.CHANGE)
        contact = Contact(customer=customer)
        _fill(contact, input, CONTACT)
        refuse_if_any(faults_of_contact(contact), Invalid)
        await work.save(customer)
        await work.create(contact, part_of=customer)
        work.subject = contact
    return contact


async def change_contact(caller: Caller | None, input: Any) -> Contact:
    """Change a person to speak to. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "changeContact") as work:
        customer, contact = await _contact(work, input)
        _fill(contact, input, CONTACT)
        changes_of(work, contact)
        refuse_if_any(faults_of_contact(contact), Invalid)
        await work.save(customer, parts={None: contact})
        work.subject = contact
    return contact


async def delete_contact(caller: Caller | None, input: Any) -> Customer:
    """Strike a person out. Raises NotFound, Conflict, Forbidden."""
    async with command(caller, input, "deleteContact") as work:
        customer, contact = await _contact(work, input)
        await work.save(customer)
        await work.remove(contact, part_of=customer)
        work.subject = customer
    return customer


async def set_deletion_flag(caller: Caller | None, input: Any) -> Customer:
    """Say that a customer is to go, or take it back. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "setDeletionFlag") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.DELETE)
        refuse_if_any(faults_of_reason(input.reason), Invalid)
        customer.flag_for_deletion(input.flag, input.reason.strip())
        changes_of(work, customer)
        await work.save(customer)
    return customer


async def archive_customer(caller: Caller | None, input: Any) -> Customer:
    """Put a customer away: it is read, and no command changes it. Raises NotFound, Conflict, Forbidden, Refused."""
    async with command(caller, input, "archiveCustomer") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.DELETE)
        waiting = (
            BankAccountProposal.filter(customer_id=customer.id, status=ProposalStatus.PENDING),
            CustomerProposal.filter(customer_id=customer.id, status=ProposalStatus.PENDING),
            CustomerExtension.filter(customer_number=customer.number, status="PENDING"),
            QualificationDocument.filter(customer_id=customer.id, review_status="PENDING"),
        )
        refuse_if_any(
            refusals_to_archive(
                flagged=customer.deletion_flag,
                named_elsewhere=await Partner.filter(customer_id=customer.id).exclude(view__customer_id=customer.id).count(),
                members=await Customer.filter(group_head_id=customer.id, archived_at=None).count()
                + await Customer.filter(dealer_id=customer.id, archived_at=None).count(),
                pending=sum([await each.count() for each in waiting]),
            )
        )
        customer.archived_at = work.now
        await work.save(customer)
    return customer


def faults_of_contact(contact: Contact) -> tuple[Refusal, ...]:
    """Everything that is wrong with a contact."""
    return faults_of_part({name: getattr(contact, name) for name in CONTACT})


def _fill(part: Model, input: Any, names: Iterable[str]) -> None:
    for name in names:
        value = getattr(input, name)
        if given(value):
            setattr(part, name, plain(value))


def _faults_of(part: Model, names: Iterable[str], changed: Iterable[str]) -> tuple[Refusal, ...]:
    """What is wrong with the fields that are given anew; what was taken over from elsewhere is left alone."""
    return faults_of_part({name: getattr(part, name) for name in names if name in changed})


async def _unknown(
    work: Work, view: SalesAreaView | CompanyCodeView, changed: Iterable[str], organization: str | None
) -> tuple[Refusal, ...]:
    """A refusal for each code given anew that there is not; of plants, only those of the organization count."""
    looked_up: dict[str, tuple[type[Model], dict[str, Any]]] = {
        "payment_terms": (PaymentTerms, {}),
        "delivering_plant": (Plant, {"sales_organization": organization}),
    }
    return tuple(
        [
            Refusal("CODE_UNKNOWN", field, {"value": value[:40]})
            for field, (model, more) in looked_up.items()
            if field in changed
            and (value := getattr(view, field)) is not None
            and await work.once((model, value, *more.values()), partial(work.seen_with, model, "code", code=value, **more))
            is None
        ]
    )


async def _unknown_in_pricing(work: Work, view: SalesAreaView, changed: Iterable[str]) -> tuple[Refusal, ...]:
    """A refusal of a pricing procedure given anew that no determination knows, and of a tax class that there is not."""
    said = {name: value for name in ("pricing_procedure", "tax_class") if name in changed and (value := getattr(view, name))}
    if not said:
        return ()
    pieces = await pieces_now(fetch_in(work.connection))
    known = {
        "pricing_procedure": {row.customer_procedure for row in pieces.values(Kind.DETERMINATION).values()},
        "tax_class": pieces.of(Kind.TAX_CLASS).keys(),
    }
    return tuple(
        Refusal("CODE_UNKNOWN", name, {"value": value[:40]}) for name, value in said.items() if value not in known[name]
    )


async def _taken(work: Work, known: dict[int, Customer], partner: Any, place: int) -> Taken:
    """A function as the input gives it; only partners that the view names already, or that the caller may see, can take one."""
    path = f"partners.{place}.customer"
    row = await work.seen(Customer, "Customer", partner.customer, path, known)
    return Taken(partner.function, row.id, row.customer_type)


async def _company_code_view(work: Work, input: Any) -> tuple[Customer, CompanyCodeView]:
    customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
    view = await CompanyCodeView.get_or_none(customer_id=customer.id, company_code=input.company_code[:10])
    if view is None or not await work.sees(view):
        raise Invalid.because("NO_SUCH_COMPANY_VIEW", "companyCode", value=input.company_code[:40])
    work.keep(view)
    return customer, view


async def _contact(work: Work, input: Any) -> tuple[Customer, Contact]:
    """A contact with its customer, which is locked for it. Raises NotFound, Conflict, Forbidden."""
    contact = await work.seen(Contact, "Contact", input.contact, "contact")
    customer = await work.lock_row(Customer, contact.customer_id, "contact", version=input.version)
    await work.demand(customer, Activity.CHANGE)
    contact = await work.seen(Contact, "Contact", input.contact, "contact")
    work.keep(contact)
    return customer, contact
