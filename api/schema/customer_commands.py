"""The commands on a customer's general view: taking up, changing, blocking."""

from __future__ import annotations

from typing import Annotated, Optional

import strawberry

from api.resolvers import customers as resolvers
from api.schema.base import INPUT, USER_ERRORS, VERSION, CommandInput, Info, UserError, carried_out
from api.schema.customers import Customer
from domain.customer import BlockScope, CustomerType, InvoiceKind, TaxpayerKind


@strawberry.input(description="Where a customer sits; what is left out stays as it is.")
class AddressInput:
    street: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Street and house number.")
    city: Optional[str] = strawberry.field(default=strawberry.UNSET, description="City.")
    postal_code: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Postal code.")


@strawberry.input(description="What VAT invoices print; what is left out stays as it is, null empties.")
class VatInput:
    taxpayer_kind: Optional[TaxpayerKind] = strawberry.field(
        default=strawberry.UNSET, description="How the tax office deals with the customer."
    )
    invoice_kind: Optional[InvoiceKind] = strawberry.field(
        default=strawberry.UNSET,
        description="Which invoice it gets; a special one needs tax number, address and telephone.",
    )
    invoice_title: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The title, if it is not the name.")
    invoice_address: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The registered address.")
    invoice_phone: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The registered telephone.")


@strawberry.input(description="A new customer, taken up as a draft with its first sales-area view.")
class CreateCustomerInput(CommandInput):
    name: str = strawberry.field(description="The customer's name.")
    customer_type: CustomerType = strawberry.field(description="How the customer deals with the goods.")
    country: str = strawberry.field(description="Country, as two letters.")
    sales_area: str = strawberry.field(description="The first sales area that deals with the customer, e.g. 1000/10/00.")
    tax_number: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Tax number.")
    region: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Province, state or region.")
    market: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The market it belongs to.")
    phone: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Telephone.")
    email: Optional[str] = strawberry.field(default=strawberry.UNSET, description="E-mail address.")
    address: Optional[AddressInput] = strawberry.field(default=strawberry.UNSET, description="Where it sits.")
    vat: Optional[VatInput] = strawberry.field(default=strawberry.UNSET, description="What its VAT invoices print.")


@strawberry.input(description="Changes of the general view; what is left out stays as it is, null empties.")
class ChangeCustomerInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    name: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new name.")
    country: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new country, as two letters.")
    tax_number: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new tax number.")
    region: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new province, state or region.")
    market: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new market.")
    phone: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new telephone.")
    email: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The new e-mail address.")
    address: Optional[AddressInput] = strawberry.field(
        default=strawberry.UNSET, description="The new address; null empties it."
    )
    vat: Optional[VatInput] = strawberry.field(
        default=strawberry.UNSET, description="What its VAT invoices print; null empties it."
    )


@strawberry.input(description="The blocks of a customer, or of one of its sales-area views: exactly these stay set.")
class SetCustomerBlockInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    blocks: list[BlockScope] = strawberry.field(description="What is blocked; NONE alone lifts all.")
    reason: str = strawberry.field(description="Why; shown as the block.")
    sales_area: Optional[str] = strawberry.field(
        default=strawberry.UNSET, description="The view to block; left out or null: the general view, for every area."
    )


@strawberry.type(description="What became of `createCustomer`.")
class CreateCustomerPayload:
    customer: Optional[Customer] = strawberry.field(description="The new customer.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `changeCustomer`.")
class ChangeCustomerPayload:
    customer: Optional[Customer] = strawberry.field(description="The customer as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `setCustomerBlock`.")
class SetCustomerBlockPayload:
    customer: Optional[Customer] = strawberry.field(description="The customer as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class CustomerMutations:
    @strawberry.mutation(description="Take up a customer as a draft. Needs CREATE on `customer` and `customer_sales_area`.")
    async def create_customer(self, info: Info, input: Annotated[CreateCustomerInput, INPUT]) -> CreateCustomerPayload:
        done = await carried_out(info, resolvers.create_customer, input)
        return CreateCustomerPayload(customer=await done.record(Customer), user_errors=done.errors)

    @strawberry.mutation(
        description="Change the general view. Needs CHANGE on `customer` in every area of it, or `customer_general`."
    )
    async def change_customer(self, info: Info, input: Annotated[ChangeCustomerInput, INPUT]) -> ChangeCustomerPayload:
        done = await carried_out(info, resolvers.change_customer, input)
        return ChangeCustomerPayload(customer=await done.record(Customer), user_errors=done.errors)

    @strawberry.mutation(description="Set or lift blocks. Needs BLOCK on `customer`, or on `customer_sales_area` for one view.")
    async def set_customer_block(self, info: Info, input: Annotated[SetCustomerBlockInput, INPUT]) -> SetCustomerBlockPayload:
        done = await carried_out(info, resolvers.set_customer_block, input)
        return SetCustomerBlockPayload(customer=await done.record(Customer), user_errors=done.errors)
