"""Doubles 重复客户: finding them within the caller's sight, and merging two customers into one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tortoise import Model

from api.execution import global_id
from api.execution.command import Work, command
from api.execution.lookups import Beside, Equal, Lookup, keys_found, values_seen
from api.execution.mapping import camel
from api.execution.reads import Reads
from api.resolvers.hierarchy import ALONE, keys_above
from api.resolvers.papers import locked_documents
from domain.activity import Activity
from domain.areas import Area, text_of
from domain.caller import Caller
from domain.customer import faults_of_reason
from domain.duplicates import (
    Description,
    DuplicateReason,
    MergeCase,
    Traits,
    code_key,
    faults_of_description,
    likeness,
    outlines,
    refusals_to_merge,
    takes_over_areas,
    traits_of,
)
from domain.errors import Invalid, NotFound, refuse_if_any
from domain.proposals import ProposalStatus, ProposedAction
from models.customer import BankAccount, CompanyCodeView, Contact, CreditPointer, Customer, Partner, SalesAreaView
from models.proposal import BankAccountProposal, CustomerProposal
from models.simplified import simplified
from models.user import UserCustomer

Record = TypeVar("Record", bound=Model)

NEAREST = 40
"""How many names are looked at on each side of a name, in the order of their beginnings and in that of their ends."""
VIEW = "customer_sales_area"
TAKEN_OVER = (VIEW, "customer_company_code", "customer_bank", "customer_document")
"""What the kept customer gets of the merged one: whoever merges needs to be allowed to create each of them."""
BANK_ACCOUNT = ("bank_name", "account_number", "holder", "on_invoice")
TOLD = ("id", "number", "name", "country", "tax_number", "email", "phone", "city", "merged_into_id")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer that may be the same."""

    customer_id: int
    number: str
    score: int
    reasons: tuple[DuplicateReason, ...]


async def duplicate_candidates(reads: Reads, id: str | None, form: Description | None) -> list[Candidate]:
    """Who may be the same as a customer, or as one that a form describes, likeliest first; of those the caller sees.

    With both, the form tells what the customer is to be. Nothing rests on what the caller may not see: neither on hidden
    customers nor on hidden bank accounts. Raises Invalid, NotFound.
    """
    key = None if id is None else global_id.key_of(id, "Customer", "customer")
    if key is None and form is None:
        raise Invalid.because("ONE_KEY_NEEDED", "customer", names="customer, form")
    stored = {} if key is None else await _described(reads, [key])
    if key is not None and key not in stored:
        raise NotFound.because("NOT_FOUND", "customer", what="Customer")
    if form is not None:
        refuse_if_any(
            tuple(replace(each, field=f"form.{camel(each.field or '')}") for each in faults_of_description(form)), Invalid
        )
    wanted = traits_of(form or stored[key].description, simplified)  # type: ignore[index]  # one of the two is there
    keys = await keys_found(reads, _lookups(wanted))
    others = (each for each in (await _described(reads, keys)).values() if each.id != key and not each.merged)
    compared = [(each, likeness(wanted, traits_of(each.description, simplified))) for each in others]
    found = [Candidate(each.id, each.number, alike.score, alike.reasons) for each, alike in compared if alike.reasons]
    return sorted(found, key=lambda each: (-each.score, each.number))


@dataclass(frozen=True, slots=True)
class _Described:
    """A customer that the caller sees."""

    id: int
    number: str
    description: Description
    merged: bool


async def _described(reads: Reads, keys: Sequence[int]) -> dict[int, _Described]:
    """The customers with these keys, by key, as far as the caller sees them and what is told of them."""
    rows = await values_seen(reads, Customer, TOLD, "id", keys)
    accounts: dict[int, list[str]] = defaultdict(list)
    for row in await values_seen(reads, BankAccount, ("customer_id", "account_number"), "customer_id", keys):
        accounts[row["customer_id"]].append(row["account_number"])
    return {
        row["id"]: _Described(
            row["id"], row["number"], _description(row, accounts[row["id"]]), merged=row["merged_into_id"] is not None
        )
        for row in rows
    }


def _description(row: Any, accounts: Iterable[str]) -> Description:
    return Description(row["name"], row["country"], row["tax_number"], tuple(accounts), row["email"], row["phone"], row["city"])


def _lookups(wanted: Traits) -> list[Lookup]:
    """Where to look: each of these finds its rows by an index, whatever there is beside them."""
    lookups: list[Lookup] = [Equal(Customer, "id", (("name_key", (wanted.name,)),))]
    lookups += [
        Beside(Customer, "id", column, outline.text, outline.beginning, outline.further, outline.ending, NEAREST)
        for column, outline in zip(("name_key", "name_key_reversed"), outlines(wanted.name), strict=False)
    ]
    if wanted.tax_number is not None:
        lookups.append(Equal(Customer, "id", (("tax_key", (wanted.tax_number,)), ("country", (wanted.country,)))))
    if wanted.bank_accounts:
        lookups.append(Equal(BankAccount, "customer_id", (("account_key", tuple(wanted.bank_accounts)),)))
    return lookups


# ------------------------------------------------------------------------------------------------------------- the merge


async def merge_customers(caller: Caller | None, input: Any) -> Customer:
    """Make two customers one. Raises NotFound, Conflict, Forbidden, Invalid, Refused (CLOSED, MERGE_RULES).

    The merged one keeps its views, by which it can still be read where it could before.
    """
    async with command(caller, input, "mergeCustomers") as work:
        await work.alone_with(ALONE)
        kept, merged = await _both(work, input)
        for customer in (kept, merged):
            await work.demand(customer, Activity.CHANGE)
            for object in TAKEN_OVER:
                await work.demand(customer, Activity.CREATE, object=object)
        await work.demand(merged, Activity.DELETE)
        refuse_if_any(faults_of_reason(input.reason), Invalid)
        refuse_if_any(refusals_to_merge(await _case(kept, merged)))
        merged.merge_into(kept, input.reason.strip(), work.now)
        await _take_over_members(work, kept, merged)
        await work.save(kept)
        await work.save(merged)
        await work.announce(merged, "merged")
        if takes_over_areas(kept.onboarding_status, merged.onboarding_status):
            await _take_over_views(work, kept, merged)
        await _take_over_bank_accounts(work, kept, merged)
        await _take_over_documents(work, kept, merged)
        await _take_over_contacts(work, kept, merged)
        await _take_over_functions(work, kept, merged)
    return kept


async def _both(work: Work, input: Any) -> tuple[Customer, Customer]:
    """The two customers, locked in the order of their keys, so that merges of the same two never wait in a circle."""
    wanted = {"keep": (input.keep, input.version, "version"), "merge": (input.merge, input.merge_version, "merge_version")}
    found: dict[str, Customer] = {}
    for path in sorted(wanted, key=lambda each: global_id.key_of(wanted[each][0], "Customer", each)):
        id, version, version_path = wanted[path]
        found[path] = await work.lock(Customer, "Customer", id, path, version=version, version_path=version_path)
    work.subject = found["keep"]
    return found["keep"], found["merge"]


async def _case(kept: Customer, merged: Customer) -> MergeCase:
    of_merged = {"customer_id": merged.id, "status": ProposalStatus.PENDING}
    return MergeCase(
        kept.id,
        merged.id,
        kept.customer_type,
        merged.customer_type,
        speaks_for_merged=await UserCustomer.exists(customer_id=merged.id),
        credit_of_others=await CreditPointer.filter(holder_id=merged.id).exclude(customer_id=merged.id).exists(),
        pending=await BankAccountProposal.exists(**of_merged) or await CustomerProposal.exists(**of_merged),
    )


async def _take_over_views(work: Work, kept: Customer, merged: Customer) -> None:
    """Give the kept customer views of the sales areas and company codes that it lacks, with their partners."""
    codes = {view.company_code for view in await CompanyCodeView.filter(customer_id=kept.id)}
    for company_view in await CompanyCodeView.filter(customer_id=merged.id).order_by("id"):
        if company_view.company_code not in codes:
            await work.create(_copy(company_view, customer_id=kept.id), part_of=kept)
    areas = {_area(view) for view in await SalesAreaView.filter(customer_id=kept.id)}
    for view in await SalesAreaView.filter(customer_id=merged.id).order_by("id"):
        if _area(view) in areas:
            continue
        name, taken = text_of(_area(view)), _copy(view, customer_id=kept.id)
        await work.create(taken, part_of=kept, part=name)
        partners = await Partner.filter(view_id=view.id).order_by("id")
        named = [(each.function, kept.id if each.customer_id == merged.id else each.customer_id) for each in partners]
        for function, customer_id in dict.fromkeys(named):
            await work.create(Partner(view=taken, function=function, customer_id=customer_id), part_of=kept, part=name)


async def _take_over_bank_accounts(work: Work, kept: Customer, merged: Customer) -> None:
    """Propose the accounts that the kept customer lacks, however their numbers are written: somebody else approves them."""
    known = {code_key(each.account_number) for each in await BankAccount.filter(customer_id=kept.id)}
    for account in await BankAccount.filter(customer_id=merged.id).order_by("id"):
        if code_key(account.account_number) not in known:
            proposal = BankAccountProposal(customer=kept, action=ProposedAction.ADD, proposed_by=work.by, proposed_at=work.now)
            for name in BANK_ACCOUNT:
                setattr(proposal, name, getattr(account, name))
            await work.create(proposal)


async def _take_over_documents(work: Work, kept: Customer, merged: Customer) -> None:
    for document in await locked_documents(merged):
        work.keep(document)
        document.customer_id = kept.id
        await work.save(document)


async def _take_over_contacts(work: Work, kept: Customer, merged: Customer) -> None:
    for contact in await Contact.filter(customer_id=merged.id).order_by("id"):
        work.keep(contact)
        contact.customer_id = kept.id
        for customer in (kept, merged):
            await work.save_part(contact, part_of=customer)


async def _take_over_members(work: Work, kept: Customer, merged: Customer) -> None:
    """Let whoever belongs to the merged customer belong to the kept one, as far as that closes no circle."""
    for column in ("group_head_id", "dealer_id"):
        if getattr(kept, column) == merged.id:
            setattr(kept, column, None)
        members = Customer.filter(**{column: merged.id}, archived_at__isnull=True).exclude(id=kept.id)
        above = await keys_above(column, kept)
        for member in await members.order_by("id").select_for_update(no_key=True):
            work.keep(member)
            setattr(member, column, None if member.id in above else kept.id)
            await work.save(member)


async def _take_over_functions(work: Work, kept: Customer, merged: Customer) -> None:
    """Name the kept customer where other customers' views name the merged one, as far as the caller may change these views."""
    rows = [
        each
        for each in await Partner.filter(customer_id=merged.id).order_by("id").prefetch_related("view")
        if each.view.customer_id != merged.id and work.authority.allows(_area(each.view), VIEW, Activity.CHANGE, own=False)
    ]
    wanted = {each.view.customer_id for each in rows} - {kept.id}
    others = await Customer.filter(id__in=wanted, merged_into_id__isnull=True).order_by("id").select_for_update(no_key=True)
    owners = {each.id: each for each in (kept, *others)}
    for other in others:
        work.keep(other)
        await work.save(other)
    for row in rows:
        owner, name = owners.get(row.view.customer_id), text_of(_area(row.view))
        if owner is None:
            continue
        if await Partner.filter(view_id=row.view_id, function=row.function, customer_id=kept.id).exists():
            await work.remove(row, part_of=owner, part=name)
        else:
            work.keep(row)
            row.customer_id = kept.id
            await work.save_part(row, part_of=owner, part=name)


def _copy(record: Record, **changed: Any) -> Record:
    """A new row with the same values but for these."""
    values = {name: getattr(record, name) for name in record._meta.db_fields if name != record._meta.db_pk_column}
    return type(record)(**values | changed)


def _area(view: SalesAreaView) -> Area:
    return Area((view.sales_organization, view.distribution_channel, view.division))
