"""Proposals that somebody else decides: bank accounts, and what a customer's own people say of address and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from tortoise import Model

from api.execution.command import Work, command, given
from api.resolvers.customers import check_general_view, plain
from api.resolvers.views import CONTACT, faults_of_contact
from domain.activity import Activity
from domain.caller import Caller
from domain.customer import faults_of_reason
from domain.errors import Duplicate, Invalid, Refused, refuse_if_any
from domain.proposals import (
    MOST_PENDING,
    ProposalStatus,
    ProposalSubject,
    ProposedAction,
    outdated,
    refusals_to_decide,
    refusals_to_withdraw,
)
from domain.views import faults_of_part
from models.customer import BankAccount, Contact, Customer
from models.proposal import BankAccountProposal, CustomerProposal, Proposal, ProposedChange

Made = TypeVar("Made", BankAccountProposal, CustomerProposal)

BANK_ACCOUNT = ("bank_name", "account_number", "holder")
OWN_DATA = ("street", "city", "postal_code", "region", "phone", "email")
"""What the customer's own people may propose to change of the general view."""
NEEDED = {
    ProposedAction.ADD: Activity.CREATE,
    ProposedAction.CHANGE: Activity.CHANGE,
    ProposedAction.REMOVE: Activity.DELETE,
}
"""The activity on bank accounts that proposing such an action needs."""

# ------------------------------------------------------------------------------------------------------ bank accounts


async def propose_bank_account(caller: Caller | None, input: Any) -> BankAccountProposal:
    """Propose to add, change or remove a bank account. Raises NotFound, Conflict, Forbidden, Invalid, Refused."""
    async with command(caller, input, "proposeBankAccount") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, NEEDED[input.action], object="customer_bank")
        account = await _account(work, customer, input)
        proposal = BankAccountProposal(customer=customer, bank_account=account, **_made(work, input.action))
        for name in (*BANK_ACCOUNT, "on_invoice"):
            value = getattr(input, name)
            kept = input.action is ProposedAction.REMOVE or not given(value)
            setattr(proposal, name, getattr(account, name, None) if kept else plain(value))
        proposal.on_invoice = bool(proposal.on_invoice)
        refuse_if_any(faults_of_part({name: getattr(proposal, name) for name in BANK_ACCOUNT}), Invalid)
        if account is not None and input.action is ProposedAction.CHANGE and _same(proposal, account):
            raise Invalid.because("NOTHING_TO_CHANGE", None)
        await _no_double(proposal)
        await work.create(proposal)
        work.subject = proposal
    return proposal


async def approve_bank_account_proposal(caller: Caller | None, input: Any) -> BankAccountProposal:
    """Let a bank account become as proposed. Raises NotFound, Conflict, Forbidden, Refused (DECISION_RULES)."""
    async with command(caller, input, "approveBankAccountProposal") as work:
        proposal, customer = await _to_decide(work, BankAccountProposal, input.bank_account_proposal, input.version)
        account = await BankAccount.get_or_none(id=proposal.bank_account_id) if proposal.bank_account_id else None
        await _no_double(proposal)
        await work.save(customer)
        match proposal.action:
            case ProposedAction.REMOVE if account is not None:
                await work.remove(account, part_of=customer)
            case ProposedAction.CHANGE if account is not None:
                work.keep(account)
                _copy(proposal, account)
                await work.save_part(account, part_of=customer)
            case _:
                account = BankAccount(customer=customer)
                _copy(proposal, account)
                await work.create(account, part_of=customer)
                proposal.bank_account = account
        if proposal.action is ProposedAction.REMOVE:
            proposal.bank_account_id = None
        await _decide(work, proposal, ProposalStatus.APPROVED)
    return proposal


async def reject_bank_account_proposal(caller: Caller | None, input: Any) -> BankAccountProposal:
    """Turn a bank account down with a reason. Raises NotFound, Conflict, Forbidden, Invalid, Refused (DECISION_RULES)."""
    async with command(caller, input, "rejectBankAccountProposal") as work:
        proposal, _ = await _to_decide(work, BankAccountProposal, input.bank_account_proposal, input.version)
        await _reject(work, proposal, input.reason)
    return proposal


async def withdraw_bank_account_proposal(caller: Caller | None, input: Any) -> BankAccountProposal:
    """Take one's own proposal back. Raises NotFound, Conflict, Refused (WITHDRAWAL_RULES)."""
    async with command(caller, input, "withdrawBankAccountProposal") as work:
        return await _withdraw(work, BankAccountProposal, input.bank_account_proposal, input.version)


async def _account(work: Work, customer: Customer, input: Any) -> BankAccount | None:
    """The account that the proposal is about; None for a new one. Raises NotFound, Invalid, Refused."""
    named = given(input.bank_account) and input.bank_account is not None
    if named is (input.action is ProposedAction.ADD):
        raise Invalid.because("ACTION_NAMES", "bankAccount", action=input.action.name)
    if not named:
        return None
    account = await work.seen(BankAccount, "BankAccount", input.bank_account, "bankAccount")
    if account.customer_id != customer.id:
        raise Invalid.because("OF_ANOTHER_CUSTOMER", "bankAccount")
    if await BankAccountProposal.exists(bank_account_id=account.id, status=ProposalStatus.PENDING):
        raise Refused.because("PROPOSAL_PENDING", "bankAccount")
    return account


async def _no_double(proposal: BankAccountProposal) -> None:
    """Refuse a second account of the same number. Raises Duplicate."""
    others = BankAccount.filter(customer_id=proposal.customer_id, account_number=proposal.account_number)
    if proposal.action is not ProposedAction.REMOVE and await others.exclude(id=proposal.bank_account_id or 0).exists():
        raise Duplicate.because("ACCOUNT_EXISTS", "accountNumber")


def _copy(proposal: BankAccountProposal, account: BankAccount) -> None:
    for name in (*BANK_ACCOUNT, "on_invoice"):
        setattr(account, name, getattr(proposal, name))


def _same(proposal: BankAccountProposal, account: BankAccount) -> bool:
    return all(getattr(proposal, name) == getattr(account, name) for name in (*BANK_ACCOUNT, "on_invoice"))


# -------------------------------------------------------------------------------------------- address and contacts


async def propose_customer_change(caller: Caller | None, input: Any) -> CustomerProposal:
    """Propose a change of a customer's address, telephone or e-mail. Raises NotFound, Forbidden, Invalid, Refused."""
    async with command(caller, input, "proposeCustomerChange") as work:
        customer = await _proposed_for(work, input)
        values = {name: plain(value) for name in OWN_DATA if given(value := getattr(input, name))}
        changed = {name: value for name, value in values.items() if value != getattr(customer, name)}
        before = {name: getattr(customer, name) for name in changed}
        customer.update_from_dict(changed)
        check_general_view(customer, {})
        proposal = CustomerProposal(
            customer_id=customer.id, subject=ProposalSubject.GENERAL, **_made(work, ProposedAction.CHANGE)
        )
        await _propose(work, proposal, before, changed)
    return proposal


async def propose_contact(caller: Caller | None, input: Any) -> CustomerProposal:
    """Propose to add, change or remove a contact. Raises NotFound, Forbidden, Invalid, Refused."""
    async with command(caller, input, "proposeContact") as work:
        customer = await _proposed_for(work, input)
        named = given(input.contact) and input.contact is not None
        if named is (input.action is ProposedAction.ADD):
            raise Invalid.because("ACTION_NAMES", "contact", action=input.action.name)
        contact = await work.seen(Contact, "Contact", input.contact, "contact") if named else Contact()
        if named and contact.customer_id != customer.id:
            raise Invalid.because("OF_ANOTHER_CUSTOMER", "contact")
        before = {name: getattr(contact, name) for name in CONTACT}
        if input.action is ProposedAction.REMOVE:
            after = dict.fromkeys(CONTACT)
        else:
            after = {name: plain(value) if given(value := getattr(input, name)) else before[name] for name in CONTACT}
            refuse_if_any(faults_of_part(after), Invalid)
        changed = {name: value for name, value in after.items() if value != before[name]}
        proposal = CustomerProposal(
            customer_id=customer.id,
            subject=ProposalSubject.CONTACT,
            contact_id=contact.id if named else None,
            **_made(work, input.action),
        )
        await _propose(work, proposal, {name: before[name] for name in changed}, changed)
    return proposal


async def approve_customer_proposal(caller: Caller | None, input: Any) -> CustomerProposal:
    """Carry out what was proposed. Raises NotFound, Conflict, Forbidden, Invalid, Refused (DECISION_RULES)."""
    async with command(caller, input, "approveCustomerProposal") as work:
        proposal, customer = await _to_decide(work, CustomerProposal, input.customer_proposal, input.version)
        await work.demand(customer, Activity.CHANGE)
        changes = await ProposedChange.filter(proposal_id=proposal.id).order_by("id")
        before = {each.field: each.old_value for each in changes}
        after = {each.field: each.new_value for each in changes}
        if proposal.subject is ProposalSubject.GENERAL:
            _up_to_date(customer, before)
            customer.update_from_dict(after)
            check_general_view(customer)
            customer.make_findable()
            await work.save(customer)
        else:
            await work.save(customer)
            await _change_contact(work, proposal, customer, before, after)
        await _decide(work, proposal, ProposalStatus.APPROVED)
    return proposal


async def reject_customer_proposal(caller: Caller | None, input: Any) -> CustomerProposal:
    """Turn a proposal down with a reason. Raises NotFound, Conflict, Forbidden, Invalid, Refused (DECISION_RULES)."""
    async with command(caller, input, "rejectCustomerProposal") as work:
        proposal, _ = await _to_decide(work, CustomerProposal, input.customer_proposal, input.version)
        await _reject(work, proposal, input.reason)
    return proposal


async def withdraw_customer_proposal(caller: Caller | None, input: Any) -> CustomerProposal:
    """Take one's own proposal back. Raises NotFound, Conflict, Refused (WITHDRAWAL_RULES)."""
    async with command(caller, input, "withdrawCustomerProposal") as work:
        return await _withdraw(work, CustomerProposal, input.customer_proposal, input.version)


async def _proposed_for(work: Work, input: Any) -> Customer:
    customer = await work.lock(Customer, "Customer", input.customer, "customer")
    await work.demand_somewhere(customer, Activity.CREATE, "customer_proposal")
    waiting = CustomerProposal.filter(customer_id=customer.id, proposed_by=work.by, status=ProposalStatus.PENDING)
    if await waiting.count() >= MOST_PENDING:
        raise Refused.because("TOO_MANY_PROPOSALS", "customer", most=MOST_PENDING)
    return customer


async def _propose(
    work: Work, proposal: CustomerProposal, before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> None:
    if not after:
        raise Invalid.because("NOTHING_TO_CHANGE", None)
    await work.create(proposal)
    for name, value in after.items():
        await ProposedChange.create(proposal=proposal, field=name, old_value=before[name], new_value=value)
    work.subject = proposal


async def _change_contact(
    work: Work,
    proposal: CustomerProposal,
    customer: Customer,
    before: Mapping[str, str | None],
    after: Mapping[str, str | None],
) -> None:
    """Add, change or remove the contact that a proposal is about. Raises Invalid, Refused (PROPOSAL_OUTDATED)."""
    if proposal.action is ProposedAction.ADD:
        contact = Contact(customer=customer, **after)
        await work.create(contact, part_of=customer)
        proposal.contact = contact
        return
    found = await Contact.get_or_none(id=proposal.contact_id) if proposal.contact_id else None
    if found is None:
        raise Refused.because("PROPOSAL_OUTDATED", "customerProposal", fields="contact")
    _up_to_date(found, before)
    if proposal.action is ProposedAction.REMOVE:
        await work.remove(found, part_of=customer)
        proposal.contact_id = None
        return
    work.keep(found)
    found.update_from_dict(dict(after))
    refuse_if_any(faults_of_contact(found), Invalid)
    await work.save_part(found, part_of=customer)


def _up_to_date(row: Model, before: Mapping[str, str | None]) -> None:
    """Refuse what was proposed of values that are no more. Raises Refused (PROPOSAL_OUTDATED)."""
    over = outdated(before, {name: getattr(row, name) for name in before})
    if over:
        raise Refused.because("PROPOSAL_OUTDATED", "customerProposal", fields=", ".join(over))


# ------------------------------------------------------------------------------------------------------------- of both


def _made(work: Work, action: ProposedAction) -> dict[str, Any]:
    return {"action": action, "proposed_by": work.by, "proposed_at": work.now}


async def _to_decide(work: Work, model: type[Made], id: str, version: int) -> tuple[Made, Customer]:
    """A proposal that the caller may decide, and its customer, locked first. Raises NotFound, Conflict, Forbidden, Refused."""
    path = _path(model)
    proposal = await work.seen(model, model.__name__, id, path)
    customer = await work.lock_row(Customer, proposal.customer_id, path)
    proposal = await work.lock(model, model.__name__, id, path, version=version)
    await work.demand(proposal, Activity.APPROVE)
    refuse_if_any(refusals_to_decide(proposal.case(work.by), path))
    work.subject = proposal
    return proposal, customer


async def _decide(work: Work, proposal: Proposal, status: ProposalStatus, reason: str | None = None) -> None:
    proposal.decide(status, by=work.by, reason=reason)
    await work.save(proposal)


async def _reject(work: Work, proposal: Proposal, reason: str) -> None:
    refuse_if_any(faults_of_reason(reason), Invalid)
    await _decide(work, proposal, ProposalStatus.REJECTED, reason.strip())


async def _withdraw(work: Work, model: type[Made], id: str, version: int) -> Made:
    path = _path(model)
    proposal = await work.lock(model, model.__name__, id, path, version=version)
    refuse_if_any(refusals_to_withdraw(proposal.case(work.by), path))
    await _decide(work, proposal, ProposalStatus.WITHDRAWN)
    return proposal


def _path(model: type[Proposal]) -> str:
    name = model.__name__
    return name[:1].lower() + name[1:]
