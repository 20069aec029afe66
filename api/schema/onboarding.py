"""Onboarding 客户准入: submitting, deciding and extending customers, reviewing their documents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Optional

import strawberry

import models
from api.execution.filters import condition_of, filter_of
from api.execution.mapping import Offer, Permit, column, global_id, mapped, to_one, viewer_can
from api.execution.pages import Connection, answered, row_of
from api.execution.requests import PageRequest, asks, page_request
from api.resolvers import onboarding as resolvers
from api.schema.base import (
    INPUT,
    USER_ERRORS,
    VERSION,
    CommandInput,
    Info,
    Node,
    UserError,
    carried_out,
)
from api.schema.customers import AREA_COLUMNS, Customer, QualificationDocument
from api.schema.organization import SalesArea
from api.schema.scalars import Command
from domain.activity import Activity
from domain.onboarding import ExtensionStatus

UNDECIDED = "{row}.status = 'PENDING' and {row}.proposed_by <> {caller}"
EXTENSION = "The proposal as it is now."


@mapped(models.CustomerExtension)
@strawberry.type(
    description="A proposal that a further sales area deal with a customer, whom the proposer may know by number only."
)
class CustomerExtension(Node):
    id: strawberry.ID = global_id("The global id.")
    customer_number: str = column("customer_number", "The number that was given; there may be no such customer.", filter=True)
    customer: Optional[Customer] = to_one(
        "The customer, if there is one that you may see.", on=(("number", "customer_number"),)
    )
    sales_area: SalesArea = to_one("The sales area that is to deal with it.", on=AREA_COLUMNS, reference=True)
    status: ExtensionStatus = column("status", "Where the proposal stands.", filter=True)
    proposed_by: str = column("proposed_by", "The user name of who proposed it.", filter=True)
    proposed_at: datetime = column("proposed_at", "When it was proposed.")
    rejection_reason: Optional[str] = column("rejection_reason", "Why it was turned down; null if it was not.")
    version: int = column("version", "Counts the changes of the proposal, for commands.")
    viewer_can: list[Command] = viewer_can(
        Offer("approveCustomerExtension", (Permit("customer_sales_area", Activity.APPROVE),), UNDECIDED),
        Offer("rejectCustomerExtension", (Permit("customer_sales_area", Activity.APPROVE),), UNDECIDED),
    )


@filter_of(CustomerExtension)
class CustomerExtensionFilter:
    pass


def _extensions(first: int, after: str | None = None, filter: CustomerExtensionFilter | None = None) -> PageRequest:
    return page_request(CustomerExtension, first, after, (), condition_of(filter))


@strawberry.type
class OnboardingQueries:
    @asks(_extensions, "Proposals to extend customers to sales areas whose views of customers you may see, oldest first.")
    async def customer_extensions(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = strawberry.UNSET,
        filter: Annotated[Optional[CustomerExtensionFilter], strawberry.argument(description="Which rows.")] = strawberry.UNSET,
    ) -> Connection[CustomerExtension]:
        return await answered(info.context.reads, _extensions(first, after, filter))


# ------------------------------------------------------------------------------------------------------------- commands


@strawberry.input(description="A draft, rejected or expired customer to hand in for approval.")
class SubmitCustomerInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="A submitted customer to admit.")
class ApproveCustomerInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="A submitted customer to send back.")
class RejectCustomerInput(CommandInput):
    customer: strawberry.ID = strawberry.field(description="Which customer.")
    version: int = strawberry.field(description=VERSION)
    reason: str = strawberry.field(description="Why; shown to whoever submits it again.")


@strawberry.input(description="A document to accept or reject.")
class ReviewQualificationDocumentInput(CommandInput):
    qualification_document: strawberry.ID = strawberry.field(description="Which document.")
    accept: bool = strawberry.field(description="Whether it is accepted; else it is rejected.")
    reason: Optional[str] = strawberry.field(
        default=strawberry.UNSET, description="Why; needed to reject, kept as a note if accepted."
    )
    version: Optional[int] = strawberry.field(default=strawberry.UNSET, description=VERSION)


@strawberry.input(description="A customer that a further sales area is to deal with.")
class ExtendCustomerInput(CommandInput):
    customer_number: str = strawberry.field(description="The customer's exact number.")
    sales_area: str = strawberry.field(description="The sales area, e.g. 1000/10/00.")


@strawberry.input(description="A proposal to approve.")
class ApproveCustomerExtensionInput(CommandInput):
    customer_extension: strawberry.ID = strawberry.field(description="Which proposal.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="A proposal to turn down.")
class RejectCustomerExtensionInput(CommandInput):
    customer_extension: strawberry.ID = strawberry.field(description="Which proposal.")
    version: int = strawberry.field(description=VERSION)
    reason: str = strawberry.field(description="Why; shown to whoever proposed it.")


@strawberry.type(description="What became of `submitCustomer`.")
class SubmitCustomerPayload:
    customer: Optional[Customer] = strawberry.field(description="The customer as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `approveCustomer`.")
class ApproveCustomerPayload:
    customer: Optional[Customer] = strawberry.field(description="The customer as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `rejectCustomer`.")
class RejectCustomerPayload:
    customer: Optional[Customer] = strawberry.field(description="The customer as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `reviewQualificationDocument`.")
class ReviewQualificationDocumentPayload:
    qualification_document: Optional[QualificationDocument] = strawberry.field(description="The document as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `extendCustomer`.")
class ExtendCustomerPayload:
    customer: Optional[Customer] = strawberry.field(
        description="The customer, if you may see it; null otherwise, and also when there is none of this number."
    )
    customer_extension: Optional[CustomerExtension] = strawberry.field(
        description="The proposal, which waits for approval, if you may see proposals there."
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `approveCustomerExtension`.")
class ApproveCustomerExtensionPayload:
    customer_extension: Optional[CustomerExtension] = strawberry.field(description=EXTENSION)
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `rejectCustomerExtension`.")
class RejectCustomerExtensionPayload:
    customer_extension: Optional[CustomerExtension] = strawberry.field(description=EXTENSION)
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class OnboardingMutations:
    @strawberry.mutation(
        description="Hand a customer in for approval, with all mandatory documents. Needs CHANGE on `customer` in every area"
        " of it, or `customer_general`."
    )
    async def submit_customer(self, info: Info, input: Annotated[SubmitCustomerInput, INPUT]) -> SubmitCustomerPayload:
        done = await carried_out(info, resolvers.submit_customer, input)
        return SubmitCustomerPayload(customer=await done.record(Customer), user_errors=done.errors)

    @strawberry.mutation(
        description="Admit a submitted customer whose mandatory documents are accepted and valid; not by who submitted it."
        " Needs APPROVE on `customer` in every area of it."
    )
    async def approve_customer(self, info: Info, input: Annotated[ApproveCustomerInput, INPUT]) -> ApproveCustomerPayload:
        done = await carried_out(info, resolvers.approve_customer, input)
        return ApproveCustomerPayload(customer=await done.record(Customer), user_errors=done.errors)

    @strawberry.mutation(
        description="Send a submitted customer back with a reason; not by who submitted it. Needs APPROVE on `customer` in"
        " every area of it."
    )
    async def reject_customer(self, info: Info, input: Annotated[RejectCustomerInput, INPUT]) -> RejectCustomerPayload:
        done = await carried_out(info, resolvers.reject_customer, input)
        return RejectCustomerPayload(customer=await done.record(Customer), user_errors=done.errors)

    @strawberry.mutation(
        description="Accept or reject a document that waits for review; not by who added it. Needs APPROVE on"
        " `customer_document` in every area of the customer."
    )
    async def review_qualification_document(
        self, info: Info, input: Annotated[ReviewQualificationDocumentInput, INPUT]
    ) -> ReviewQualificationDocumentPayload:
        done = await carried_out(info, resolvers.review_qualification_document, input)
        return ReviewQualificationDocumentPayload(
            qualification_document=await done.record(QualificationDocument), user_errors=done.errors
        )

    @strawberry.mutation(
        description="Propose that a further sales area deal with a customer, known by its exact number; it waits for somebody"
        " else's approval. Needs CREATE on `customer_sales_area` there. Of a customer that you may not see it tells no more;"
        " a number of nobody is NOT_FOUND, and whoever tries several is made to wait."
    )
    async def extend_customer(self, info: Info, input: Annotated[ExtendCustomerInput, INPUT]) -> ExtendCustomerPayload:
        done = await carried_out(info, resolvers.extend_customer, input)
        proposed = done.outcome.record_id is not None
        return ExtendCustomerPayload(
            customer=await row_of(info.context.reads, Customer, "number", input.customer_number) if proposed else None,
            customer_extension=await done.record(CustomerExtension),
            user_errors=done.errors,
        )

    @strawberry.mutation(
        description="Give a sales area its view of a customer, as proposed; not by who proposed it. Needs APPROVE on"
        " `customer_sales_area` there."
    )
    async def approve_customer_extension(
        self, info: Info, input: Annotated[ApproveCustomerExtensionInput, INPUT]
    ) -> ApproveCustomerExtensionPayload:
        done = await carried_out(info, resolvers.approve_customer_extension, input)
        return ApproveCustomerExtensionPayload(customer_extension=await done.record(CustomerExtension), user_errors=done.errors)

    @strawberry.mutation(
        description="Turn a proposal down with a reason; not by who made it. Needs APPROVE on `customer_sales_area` there."
    )
    async def reject_customer_extension(
        self, info: Info, input: Annotated[RejectCustomerExtensionInput, INPUT]
    ) -> RejectCustomerExtensionPayload:
        done = await carried_out(info, resolvers.reject_customer_extension, input)
        return RejectCustomerExtensionPayload(customer_extension=await done.record(CustomerExtension), user_errors=done.errors)
