"""What can be followed."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Optional

import strawberry

from api.execution import global_id
from api.execution.subscriptions import Followed, follows
from api.schema.customers import Customer
from api.schema.sales_documents import SalesOrder
from domain.errors import Bug


@strawberry.type(description="Something that has happened to a customer that you may see.")
class CustomerChange:
    topic: str = strawberry.field(description="What has happened, e.g. `customer.created` or `customer.changed`.")
    version: int = strawberry.field(description="The customer's version then.")
    occurred_at: datetime = strawberry.field(description="When.")
    customer: Customer = strawberry.field(description="The customer as you may see it now.")


def _customer(customer: str | None = None) -> int | None:
    return global_id.key_of(customer, "Customer", "customer") if customer else None


def _sales_order(id: str) -> int | None:
    return global_id.key_of(id, "SalesOrder", "id")


@strawberry.type(description="Everything that can be followed.")
class Subscription:
    @follows(
        Followed(Customer, "customer", _customer),
        "What happens to the customers you may see, each read anew with what you may at that moment; at least once, in the"
        " order of a customer's versions. Ends with an error when your session, token or right does.",
    )
    async def customer_changed(
        self,
        customer: Annotated[Optional[strawberry.ID], strawberry.argument(description="Only this customer.")] = strawberry.UNSET,
    ) -> AsyncIterator[CustomerChange]:
        raise Bug(f"subscriptions are answered by api.execution.subscriptions, and not here: {customer}")
        yield

    @follows(
        Followed(SalesOrder, "salesOrder", _sales_order),
        "A sales order each time that something happens to it, read anew with what you may see at that moment. Ends with an"
        " error when your session, token or right does.",
    )
    async def sales_order_changed(
        self, id: Annotated[strawberry.ID, strawberry.argument(description="Which sales order.")]
    ) -> AsyncIterator[Optional[SalesOrder]]:
        raise Bug(f"subscriptions are answered by api.execution.subscriptions, and not here: {id}")
        yield
