"""Doubles 重复客户: who may be the same as whom, and making two customers one."""

from __future__ import annotations

from typing import Annotated, Optional

import strawberry

from api.execution.command import given
from api.execution.pages import Connection, page_of_values, rows_by
from api.resolvers import duplicates as resolvers
from api.schema.base import (
    INPUT,
    USER_ERRORS,
    VERSION,
    CommandInput,
    Info,
    UserError,
    carried_out,
)
from api.schema.customers import Customer
from domain.duplicates import Description, DuplicateReason


@strawberry.type(description="A customer that may be the same as the one in question.")
class DuplicateCandidate:
    customer: Customer = strawberry.field(description="The customer.")
    score: int = strawberry.field(description="How likely it is the same, from 1 to 100.")
    reasons: list[DuplicateReason] = strawberry.field(description="Why, of what you may see of both.")


@strawberry.input(description="A customer as a form describes it before it is saved.")
class CustomerFormInput:
    name: str = strawberry.field(description="The name.")
    country: str = strawberry.field(description="Country, as two letters.")
    tax_number: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Tax number, however it is written.")
    bank_accounts: Optional[list[str]] = strawberry.field(default=strawberry.UNSET, description="Numbers of bank accounts.")
    email: Optional[str] = strawberry.field(default=strawberry.UNSET, description="E-mail address.")
    phone: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Telephone.")
    city: Optional[str] = strawberry.field(default=strawberry.UNSET, description="City.")

    def described(self) -> Description:
        """What the form tells."""
        told = {name: value for name in ("tax_number", "email", "phone", "city") if given(value := getattr(self, name))}
        return Description(self.name, self.country, bank_accounts=tuple(self.bank_accounts or ()), **told)


@strawberry.type
class DuplicateQueries:
    @strawberry.field(
        description="Who may be the same as a customer, or as one that a form describes: likeliest first, of those you see. "
        "Names are compared with those that stand next to them by their beginnings and by their ends."
    )
    async def duplicate_candidates(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = strawberry.UNSET,
        customer: Annotated[
            Optional[strawberry.ID], strawberry.argument(description="The customer in question, which is left out.")
        ] = strawberry.UNSET,
        form: Annotated[
            Optional[CustomerFormInput],
            strawberry.argument(description="What is to be saved; without it the customer is taken as it is."),
        ] = strawberry.UNSET,
    ) -> Optional[Connection[DuplicateCandidate]]:
        found = await resolvers.duplicate_candidates(info.context.reads, customer or None, form.described() if form else None)
        texts = [((f"{100 - each.score:03d}", each.number), each) for each in found]
        page = page_of_values("DuplicateCandidate", texts, first=first, after=after or None)
        shown = await rows_by(info.context.reads, Customer, "id", [edge.node.customer_id for edge in page.edges])
        for edge in page.edges:
            candidate: resolvers.Candidate = edge.node
            edge.node = DuplicateCandidate(
                customer=shown[candidate.customer_id],  # type: ignore[arg-type]  # a row of the type
                score=candidate.score,
                reasons=list(candidate.reasons),
            )
        return page


# ------------------------------------------------------------------------------------------------------------- commands


@strawberry.input(description="Two customers of one type that are the same: one is kept, the other goes into it.")
class MergeCustomersInput(CommandInput):
    keep: strawberry.ID = strawberry.field(description="The customer that stays.")
    version: int = strawberry.field(description=VERSION)
    merge: strawberry.ID = strawberry.field(description="The customer that goes into it.")
    merge_version: int = strawberry.field(description="The same for the customer that goes.")
    reason: str = strawberry.field(description="Why; shown as the blocks of the one that goes.")


@strawberry.type(description="What became of `mergeCustomers`.")
class MergeCustomersPayload:
    customer: Optional[Customer] = strawberry.field(description="The customer that was kept, as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class DuplicateMutations:
    @strawberry.mutation(
        description="Merge a customer into another one, which takes over what it lacks: sales areas, company codes, bank "
        "accounts, documents, and the functions that others name it for. The merged one can still be read, is blocked, flagged "
        "for deletion and never changed again. Needs CHANGE on `customer` for both and DELETE for the one that goes, or "
        "`customer_general`; and CREATE on `customer_sales_area`, `customer_company_code`, `customer_bank` and "
        "`customer_document` in every area of the two."
    )
    async def merge_customers(self, info: Info, input: Annotated[MergeCustomersInput, INPUT]) -> MergeCustomersPayload:
        done = await carried_out(info, resolvers.merge_customers, input)
        return MergeCustomersPayload(customer=await done.record(Customer), user_errors=done.errors)
