"""Proposals that somebody else decides: bank accounts, and what a customer's own people say of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Optional

import strawberry

import models
from api.execution.filters import condition_of, filter_of
from api.execution.mapping import Offer, Permit, column, global_id, mapped, to_many, to_one, viewer_can
from api.execution.pages import Connection, answered
from api.execution.requests import PageRequest, asks, page_request
from api.resolvers import proposals as resolvers
from api.schema.base import INPUT, USER_ERRORS, VERSION, Command, CommandInput, Info, Node, UserError, carried_out
from api.schema.customers import BankAccount, Contact, Customer
from api.schema.handling import handled_by
from api.schema.scalars import Command as CommandName
from domain.activity import Activity
from domain.proposals import ProposalStatus, ProposalSubject, ProposedAction

NEW = strawberry.UNSET
UNDECIDED = "{row}.status = 'PENDING' and {row}.proposed_by <> {caller}"
OWN = "{row}.status = 'PENDING' and {row}.proposed_by = {caller}"


@mapped(models.BankAccountProposal)
@strawberry.type(description="A bank account to add, change or remove, which waits for somebody else: 银行账户变更申请.")
class BankAccountProposal(Node):
    id: strawberry.ID = global_id("The global id.")
    customer: Optional[Customer] = to_one("Whose account it is, if you may see them.", on=(("id", "customer_id"),))
    action: ProposedAction = column("action", "What is to happen.", filter=True)
    bank_account: Optional[BankAccount] = to_one("Which account; null for a new one.", on=(("id", "bank_account_id"),))
    bank_name: Optional[str] = column("bank_name", "The bank, as it is to be.", right="customer_bank")
    account_number: Optional[str] = column("account_number", "The account's number, as it is to be.", right="customer_bank")
    holder: Optional[str] = column("holder", "Whose account it is, as it is to be.", right="customer_bank")
    on_invoice: bool = column("on_invoice", "Whether the VAT invoice is to print it.")
    status: ProposalStatus = column("status", "Where the proposal stands.", filter=True)
    proposed_by: Optional[str] = handled_by("proposed_by", "The user name of who made it.", customer="customer_id", filter=True)
    proposed_at: datetime = column("proposed_at", "When it was made.")
    decided_by: Optional[str] = handled_by("decided_by", "The user name of who decided it.", customer="customer_id")
    rejection_reason: Optional[str] = column("rejection_reason", "Why it was turned down; null if it was not.")
    version: int = column("version", "Counts the changes of the proposal, for commands.")
    viewer_can: list[CommandName] = viewer_can(
        *(
            Offer(name, (Permit("customer_bank", Activity.APPROVE),), UNDECIDED)
            for name in ("approveBankAccountProposal", "rejectBankAccountProposal")
        ),
        Offer("withdrawBankAccountProposal", (Permit("customer_bank", Activity.DISPLAY),), OWN),
    )


@mapped(models.ProposedChange)
@strawberry.type(description="One field of a proposal.")
class ProposedChange:
    field: str = column("field", "The field, as `customer` or `contact` names it in the database of changes.")
    old_value: Optional[str] = column("old_value", "Its value when the proposal was made.")
    new_value: Optional[str] = column("new_value", "Its value as it is to be.")


@mapped(models.CustomerProposal)
@strawberry.type(description="What a customer's own people propose to change of its address or contacts: 客户变更申请.")
class CustomerProposal(Node):
    id: strawberry.ID = global_id("The global id.")
    customer: Optional[Customer] = to_one("Which customer, if you may see it.", on=(("id", "customer_id"),))
    subject: ProposalSubject = column("subject", "What it is about.", filter=True)
    action: ProposedAction = column("action", "What is to happen.", filter=True)
    contact: Optional[Contact] = to_one("The contact it is about, if it is about one.", on=(("id", "contact_id"),))
    changes: list[ProposedChange] = to_many("Field by field.", on=(("proposal_id", "id"),), order=("id",))
    status: ProposalStatus = column("status", "Where the proposal stands.", filter=True)
    proposed_by: Optional[str] = handled_by("proposed_by", "The user name of who made it.", customer="customer_id", filter=True)
    proposed_at: datetime = column("proposed_at", "When it was made.")
    decided_by: Optional[str] = handled_by("decided_by", "The user name of who decided it.", customer="customer_id")
    rejection_reason: Optional[str] = column("rejection_reason", "Why it was turned down; null if it was not.")
    version: int = column("version", "Counts the changes of the proposal, for commands.")
    viewer_can: list[CommandName] = viewer_can(
        *(
            Offer(name, (Permit("customer_proposal", Activity.APPROVE),), UNDECIDED)
            for name in ("approveCustomerProposal", "rejectCustomerProposal")
        ),
        Offer("withdrawCustomerProposal", (Permit("customer_proposal", Activity.DISPLAY),), OWN),
    )


@filter_of(BankAccountProposal)
class BankAccountProposalFilter:
    pass


@filter_of(CustomerProposal)
class CustomerProposalFilter:
    pass


def _bank(first: int, after: str | None = None, filter: BankAccountProposalFilter | None = None) -> PageRequest:
    return page_request(BankAccountProposal, first, after, (), condition_of(filter))


def _customers(first: int, after: str | None = None, filter: CustomerProposalFilter | None = None) -> PageRequest:
    return page_request(CustomerProposal, first, after, (), condition_of(filter))


@strawberry.type
class ProposalQueries:
    @asks(_bank, "Bank accounts to add, change or remove, of customers whose accounts you may see, oldest first.")
    async def bank_account_proposals(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
        filter: Annotated[Optional[BankAccountProposalFilter], strawberry.argument(description="Which rows.")] = NEW,
    ) -> Connection[BankAccountProposal]:
        return await answered(info.context.reads, _bank(first, after, filter))

    @asks(_customers, "What customers' own people propose to change, of those whose proposals you may see, oldest first.")
    async def customer_proposals(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
        filter: Annotated[Optional[CustomerProposalFilter], strawberry.argument(description="Which rows.")] = NEW,
    ) -> Connection[CustomerProposal]:
        return await answered(info.context.reads, _customers(first, after, filter))


# ------------------------------------------------------------------------------------------------------------- commands


@strawberry.input(description="A bank account as it is to be; what is left out stays as it is.")
class ProposeBankAccountInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Whose account.")
    version: int = strawberry.field(description=VERSION)
    action: ProposedAction = strawberry.field(description="What is to happen.")
    bank_account: Optional[strawberry.ID] = strawberry.field(default=NEW, description="Which account; left out for a new one.")
    bank_name: Optional[str] = strawberry.field(default=NEW, description="The bank.")
    account_number: Optional[str] = strawberry.field(default=NEW, description="The account's number.")
    holder: Optional[str] = strawberry.field(default=NEW, description="Whose account it is.")
    on_invoice: Optional[bool] = strawberry.field(default=NEW, description="Whether the VAT invoice prints it.")


@strawberry.input(description="What the customer's own people say of it; what is left out stays as it is, null empties.")
class ProposeCustomerChangeInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    street: Optional[str] = strawberry.field(default=NEW, description="Street and house number.")
    city: Optional[str] = strawberry.field(default=NEW, description="City.")
    postal_code: Optional[str] = strawberry.field(default=NEW, description="Postal code.")
    region: Optional[str] = strawberry.field(default=NEW, description="Province, state or region.")
    phone: Optional[str] = strawberry.field(default=NEW, description="Telephone.")
    email: Optional[str] = strawberry.field(default=NEW, description="E-mail address.")


@strawberry.input(description="A contact as it is to be; what is left out stays as it is, null empties.")
class ProposeContactInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    action: ProposedAction = strawberry.field(description="What is to happen.")
    contact: Optional[strawberry.ID] = strawberry.field(default=NEW, description="Which contact; left out for a new one.")
    name: Optional[str] = strawberry.field(default=NEW, description="Their name.")
    department: Optional[str] = strawberry.field(default=NEW, description="Their department.")
    position: Optional[str] = strawberry.field(default=NEW, description="What they do there.")
    phone: Optional[str] = strawberry.field(default=NEW, description="Telephone.")
    email: Optional[str] = strawberry.field(default=NEW, description="E-mail address.")


@strawberry.input(description="A proposal about a bank account, to approve.")
class ApproveBankAccountProposalInput(CommandInput):
    bank_account_proposal: strawberry.ID = strawberry.field(description="Which proposal.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="One's own proposal about a bank account, to take back.")
class WithdrawBankAccountProposalInput(ApproveBankAccountProposalInput):
    pass


@strawberry.input(description="A proposal about a bank account, to turn down.")
class RejectBankAccountProposalInput(ApproveBankAccountProposalInput):
    reason: str = strawberry.field(description="Why; shown to whoever made it.")


@strawberry.input(description="A proposal about a customer, to approve.")
class ApproveCustomerProposalInput(CommandInput):
    customer_proposal: strawberry.ID = strawberry.field(description="Which proposal.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="One's own proposal about a customer, to take back.")
class WithdrawCustomerProposalInput(ApproveCustomerProposalInput):
    pass


@strawberry.input(description="A proposal about a customer, to turn down.")
class RejectCustomerProposalInput(ApproveCustomerProposalInput):
    reason: str = strawberry.field(description="Why; shown to whoever made it.")


@strawberry.type(description="What became of a command on a proposal about a bank account.")
class BankAccountProposalPayload:
    bank_account_proposal: Optional[BankAccountProposal] = strawberry.field(description="The proposal as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of a command on a proposal about a customer.")
class CustomerProposalPayload:
    customer_proposal: Optional[CustomerProposal] = strawberry.field(description="The proposal as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


async def _bank_account(info: Info, run: Command, input: Any) -> BankAccountProposalPayload:
    done = await carried_out(info, run, input)
    return BankAccountProposalPayload(bank_account_proposal=await done.record(BankAccountProposal), user_errors=done.errors)


async def _customer(info: Info, run: Command, input: Any) -> CustomerProposalPayload:
    done = await carried_out(info, run, input)
    return CustomerProposalPayload(customer_proposal=await done.record(CustomerProposal), user_errors=done.errors)


@strawberry.type
class ProposalMutations:
    @strawberry.mutation(
        description="Propose to add, change or remove a bank account; somebody else approves it. Needs CREATE, CHANGE or DELETE"
        " on `customer_bank` in every area of the customer."
    )
    async def propose_bank_account(
        self, info: Info, input: Annotated[ProposeBankAccountInput, INPUT]
    ) -> BankAccountProposalPayload:
        return await _bank_account(info, resolvers.propose_bank_account, input)

    @strawberry.mutation(
        description="Let a bank account become as proposed; not by who proposed it. Needs APPROVE on `customer_bank` in every"
        " area of the customer."
    )
    async def approve_bank_account_proposal(
        self, info: Info, input: Annotated[ApproveBankAccountProposalInput, INPUT]
    ) -> BankAccountProposalPayload:
        return await _bank_account(info, resolvers.approve_bank_account_proposal, input)

    @strawberry.mutation(
        description="Turn a bank account down with a reason; not by who proposed it. Needs APPROVE on `customer_bank` in every"
        " area of the customer."
    )
    async def reject_bank_account_proposal(
        self, info: Info, input: Annotated[RejectBankAccountProposalInput, INPUT]
    ) -> BankAccountProposalPayload:
        return await _bank_account(info, resolvers.reject_bank_account_proposal, input)

    @strawberry.mutation(description="Take one's own proposal about a bank account back.")
    async def withdraw_bank_account_proposal(
        self, info: Info, input: Annotated[WithdrawBankAccountProposalInput, INPUT]
    ) -> BankAccountProposalPayload:
        return await _bank_account(info, resolvers.withdraw_bank_account_proposal, input)

    @strawberry.mutation(
        description="Propose a change of a customer's address, telephone or e-mail; an employee decides. Needs CREATE on"
        " `customer_proposal` in some area of the customer."
    )
    async def propose_customer_change(
        self, info: Info, input: Annotated[ProposeCustomerChangeInput, INPUT]
    ) -> CustomerProposalPayload:
        return await _customer(info, resolvers.propose_customer_change, input)

    @strawberry.mutation(
        description="Propose to add, change or remove a contact; an employee decides. Needs CREATE on `customer_proposal` in"
        " some area of the customer."
    )
    async def propose_contact(self, info: Info, input: Annotated[ProposeContactInput, INPUT]) -> CustomerProposalPayload:
        return await _customer(info, resolvers.propose_contact, input)

    @strawberry.mutation(
        description="Carry out what was proposed; not by who proposed it. Needs APPROVE on `customer_proposal` and CHANGE on"
        " `customer` in every area of the customer."
    )
    async def approve_customer_proposal(
        self, info: Info, input: Annotated[ApproveCustomerProposalInput, INPUT]
    ) -> CustomerProposalPayload:
        return await _customer(info, resolvers.approve_customer_proposal, input)

    @strawberry.mutation(
        description="Turn a proposal down with a reason; not by who made it. Needs APPROVE on `customer_proposal` in every area"
        " of the customer."
    )
    async def reject_customer_proposal(
        self, info: Info, input: Annotated[RejectCustomerProposalInput, INPUT]
    ) -> CustomerProposalPayload:
        return await _customer(info, resolvers.reject_customer_proposal, input)

    @strawberry.mutation(description="Take one's own proposal about a customer back.")
    async def withdraw_customer_proposal(
        self, info: Info, input: Annotated[WithdrawCustomerProposalInput, INPUT]
    ) -> CustomerProposalPayload:
        return await _customer(info, resolvers.withdraw_customer_proposal, input)
