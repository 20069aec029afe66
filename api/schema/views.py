"""Commands on the customer's parts: views, partners, contacts, hierarchies, credit pointers, deletion and archive."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Optional

import strawberry

from api.resolvers import hierarchy, views
from api.schema.base import INPUT, USER_ERRORS, VERSION, Command, CommandInput, Info, UserError, carried_out
from api.schema.customers import Contact, Customer
from domain.customer import CommissionBasis, PartnerFunction

AREA = "The sales area of the view, e.g. 1000/10/00."
NEW = strawberry.UNSET


@strawberry.input(description="What an agent earns: both or none.")
class CommissionInput:
    rate: Decimal = strawberry.field(description="Percent, more than 0 and at most 100, two places.")
    basis: CommissionBasis = strawberry.field(description="Of what.")


@strawberry.input(description="A partner function and who takes it.")
class PartnerInput:
    function: PartnerFunction = strawberry.field(description="The function.")
    customer: strawberry.ID = strawberry.field(description="Who takes it: a customer that you see, or that the view names.")


@strawberry.input(description="Changes of a sales-area view; what is left out stays as it is, null empties.")
class ChangeSalesAreaViewInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    sales_area: str = strawberry.field(description=AREA)
    sales_district: Optional[str] = strawberry.field(default=NEW, description="The new sales district.")
    customer_group: Optional[str] = strawberry.field(default=NEW, description="The new customer group.")
    price_list: Optional[str] = strawberry.field(default=NEW, description="The new price list.")
    pricing_procedure: Optional[str] = strawberry.field(
        default=NEW, description="The customer's own part in determining the pricing procedure; null: the usual."
    )
    tax_class: Optional[str] = strawberry.field(
        default=NEW, description="The customer's own class in tax determination; null: registered, or not, by the tax number."
    )
    currency: Optional[str] = strawberry.field(default=NEW, description="The new currency of documents, as three letters.")
    incoterms: Optional[str] = strawberry.field(default=NEW, description="The new rule of Incoterms 2020.")
    shipping_condition: Optional[str] = strawberry.field(default=NEW, description="The new shipping condition.")
    delivering_plant: Optional[str] = strawberry.field(default=NEW, description="The new plant, one of the sales organization.")
    payment_terms: Optional[str] = strawberry.field(default=NEW, description="The new payment terms.")
    commission: Optional[CommissionInput] = strawberry.field(default=NEW, description="What an agent earns; null: nothing.")


@strawberry.input(description="Who takes which function in a sales-area view: exactly these.")
class SetPartnersInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    sales_area: str = strawberry.field(description=AREA)
    partners: list[PartnerInput] = strawberry.field(description="All partners of the view.")


@strawberry.input(description="Changes of a company-code view; what is left out stays as it is, null empties.")
class ChangeCompanyCodeViewInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    company_code: str = strawberry.field(description="The company code of the view.")
    reconciliation_account: Optional[str] = strawberry.field(default=NEW, description="The new reconciliation account.")
    cash_management_group: Optional[str] = strawberry.field(default=NEW, description="The new cash management group.")
    trading_partner: Optional[str] = strawberry.field(default=NEW, description="The new trading partner.")
    payment_terms: Optional[str] = strawberry.field(default=NEW, description="The new payment terms.")


@strawberry.input(description="Whether anything may be posted for a customer in a company code.")
class SetCompanyCodeBlockInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    company_code: str = strawberry.field(description="The company code of the view.")
    blocked: bool = strawberry.field(description="Whether nothing may be posted.")


@strawberry.input(description="A person to speak to.")
class CreateContactInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    name: str = strawberry.field(description="Their name.")
    department: Optional[str] = strawberry.field(default=NEW, description="Their department.")
    position: Optional[str] = strawberry.field(default=NEW, description="What they do there.")
    phone: Optional[str] = strawberry.field(default=NEW, description="Telephone.")
    email: Optional[str] = strawberry.field(default=NEW, description="E-mail address.")


@strawberry.input(description="Changes of a contact; what is left out stays as it is, null empties.")
class ChangeContactInput(CommandInput):
    contact: strawberry.ID = strawberry.field(description="Which contact.")
    version: int = strawberry.field(description=f"Of the customer. {VERSION}")
    name: Optional[str] = strawberry.field(default=NEW, description="The new name.")
    department: Optional[str] = strawberry.field(default=NEW, description="The new department.")
    position: Optional[str] = strawberry.field(default=NEW, description="What they do there now.")
    phone: Optional[str] = strawberry.field(default=NEW, description="The new telephone.")
    email: Optional[str] = strawberry.field(default=NEW, description="The new e-mail address.")


@strawberry.input(description="A contact to strike out.")
class DeleteContactInput(CommandInput):
    contact: strawberry.ID = strawberry.field(description="Which contact.")
    version: int = strawberry.field(description=f"Of the customer. {VERSION}")


@strawberry.input(description="Whom a customer belongs to; what is left out stays as it is, null: to nobody.")
class SetCustomerRelationsInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    group_head: Optional[strawberry.ID] = strawberry.field(default=NEW, description="The head of its group: never in a circle.")
    dealer: Optional[strawberry.ID] = strawberry.field(default=NEW, description="The dealer who supplies it.")


@strawberry.input(description="On whose credit account a customer's documents count in a credit control area.")
class SetCreditPointerInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    credit_control_area: str = strawberry.field(description="The credit control area.")
    holder: strawberry.ID = strawberry.field(description="Whose account: its own, its payer's or its group head's.")


@strawberry.input(description="Whether a customer is to go.")
class SetDeletionFlagInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    flag: bool = strawberry.field(description="Whether it is to go.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A customer flagged for deletion, to put away for good.")
class ArchiveCustomerInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)


@strawberry.type(description="What became of a command on a customer.")
class CustomerPayload:
    customer: Optional[Customer] = strawberry.field(description="The customer as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of a command on a contact.")
class ContactPayload:
    contact: Optional[Contact] = strawberry.field(description="The contact as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


async def _customer(info: Info, run: Command, input: CommandInput) -> CustomerPayload:
    done = await carried_out(info, run, input)
    return CustomerPayload(customer=await done.record(Customer), user_errors=done.errors)


async def _contact(info: Info, run: Command, input: CommandInput) -> ContactPayload:
    done = await carried_out(info, run, input)
    return ContactPayload(contact=await done.record(Contact), user_errors=done.errors)


@strawberry.type
class ViewMutations:
    @strawberry.mutation(
        description="Change a sales-area view. Needs CHANGE on `customer_sales_area` there, and on `commission` for commission."
    )
    async def change_sales_area_view(self, info: Info, input: Annotated[ChangeSalesAreaViewInput, INPUT]) -> CustomerPayload:
        return await _customer(info, views.change_sales_area_view, input)

    @strawberry.mutation(
        description="Set the partners of a sales-area view, by partner determination. Needs CHANGE on `customer_sales_area`."
    )
    async def set_partners(self, info: Info, input: Annotated[SetPartnersInput, INPUT]) -> CustomerPayload:
        return await _customer(info, views.set_partners, input)

    @strawberry.mutation(description="Change a company-code view. Needs CHANGE on `customer_company_code` in every area of it.")
    async def change_company_code_view(
        self, info: Info, input: Annotated[ChangeCompanyCodeViewInput, INPUT]
    ) -> CustomerPayload:
        return await _customer(info, views.change_company_code_view, input)

    @strawberry.mutation(
        description="Block or unblock postings in a company code. Needs BLOCK on `customer_company_code` in every area of it."
    )
    async def set_company_code_block(self, info: Info, input: Annotated[SetCompanyCodeBlockInput, INPUT]) -> CustomerPayload:
        return await _customer(info, views.set_company_code_block, input)

    @strawberry.mutation(description="Note a contact. Needs CHANGE on `customer` in every area of it, or `customer_general`.")
    async def create_contact(self, info: Info, input: Annotated[CreateContactInput, INPUT]) -> ContactPayload:
        return await _contact(info, views.create_contact, input)

    @strawberry.mutation(description="Change a contact. Needs CHANGE on `customer` in every area of it, or `customer_general`.")
    async def change_contact(self, info: Info, input: Annotated[ChangeContactInput, INPUT]) -> ContactPayload:
        return await _contact(info, views.change_contact, input)

    @strawberry.mutation(
        description="Strike a contact out. Needs CHANGE on `customer` in every area of it, or `customer_general`."
    )
    async def delete_contact(self, info: Info, input: Annotated[DeleteContactInput, INPUT]) -> CustomerPayload:
        return await _customer(info, views.delete_contact, input)

    @strawberry.mutation(
        description="Say who heads the group a customer belongs to, and which dealer supplies it. Needs CHANGE on `customer` in"
        " every area of it, or `customer_general`."
    )
    async def set_customer_relations(self, info: Info, input: Annotated[SetCustomerRelationsInput, INPUT]) -> CustomerPayload:
        return await _customer(info, hierarchy.set_customer_relations, input)

    @strawberry.mutation(
        description="Say on whose credit account a customer's documents count. Needs CHANGE on `credit_account` in every area"
        " of the customer, later in those of the credit control area."
    )
    async def set_credit_pointer(self, info: Info, input: Annotated[SetCreditPointerInput, INPUT]) -> CustomerPayload:
        return await _customer(info, hierarchy.set_credit_pointer, input)

    @strawberry.mutation(
        description="Flag a customer for deletion, or take the flag back. Needs DELETE on `customer` in every area of it, or"
        " `customer_general`."
    )
    async def set_deletion_flag(self, info: Info, input: Annotated[SetDeletionFlagInput, INPUT]) -> CustomerPayload:
        return await _customer(info, views.set_deletion_flag, input)

    @strawberry.mutation(
        description="Put a customer away that is flagged for deletion and that nobody goes by any more; no command changes it"
        " again. Needs DELETE on `customer` in every area of it, or `customer_general`."
    )
    async def archive_customer(self, info: Info, input: Annotated[ArchiveCustomerInput, INPUT]) -> CustomerPayload:
        return await _customer(info, views.archive_customer, input)
