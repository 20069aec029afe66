"""Lists and single documents of every category of sales documents, and what waits for an approval: made alike for all."""

from typing import Annotated, Any, Optional

import strawberry

import models
from api.execution import global_id as ids
from api.execution.filters import StringFilter, condition_of, filter_of, link_filter, sort_field_of
from api.execution.pages import Connection, SortDirection, answered
from api.execution.requests import PageRequest, RowRequest, Sort, asks, page_request
from api.schema.approvals import waiting
from api.schema.base import Info
from api.schema.sales_documents import Contract, Inquiry, MemoRequest, Quotation, ReturnOrder, SalesOrder
from domain.errors import Invalid

FIRST = strawberry.argument(description="How many rows.")
AFTER = strawberry.argument(description="Begin behind this cursor.")
FILTER = strawberry.argument(description="Which rows.")
ORDER = strawberry.argument(description="The order; the key decides between equals.")
NEW = strawberry.UNSET


def _made(name: str, **body: Any) -> type:
    """A class of this module, which further annotations can name."""
    annotations = {each: type_ for each, (type_, _) in body.items()}
    made = type(name, (), {"__module__": __name__, "__annotations__": annotations, **{k: v for k, (_, v) in body.items()}})
    globals()[name] = made
    return made


def _queries(type_: type) -> tuple[Any, Any]:
    """The two root fields of a type: a single document by id or number, and a list with filter and order."""
    name = type_.__name__
    sold_to = link_filter("Who orders, by number.", models.Customer, (("id", "sold_to_id"),), "number")
    filter_: Any = filter_of(type_)(_made(f"{name}Filter", sold_to=(Optional[StringFilter], sold_to)))
    globals()[f"{name}Filter"] = filter_
    sort_field: Any = sort_field_of(type_)(type(f"{name}SortField", (), {"__module__": __name__}))
    sort: Any = strawberry.input(
        _made(
            f"{name}Sort",
            field=(sort_field, strawberry.field(description="By which field.")),
            direction=(SortDirection, strawberry.field(default=SortDirection.ASC, description="Which way.")),
        ),
        description="What to sort by, and which way.",
    )

    def page(first: int, after: Any = None, filter: Any = None, order_by: Any = None) -> PageRequest:
        order = [
            Sort(each.field.value, each.direction is SortDirection.DESC, f"orderBy.{place}.field")
            for place, each in enumerate(order_by or ())
        ]
        return page_request(type_, first, after, order or [Sort("order_date", True, "orderBy")], condition_of(filter))

    def row(id: Any = None, number: Any = None) -> RowRequest:
        if bool(id) == bool(number):
            raise Invalid.because("ONE_KEY_NEEDED", "id", names="id, number")
        return RowRequest(type_, "id", ids.key_of(id, name, "id")) if id else RowRequest(type_, "number", number)

    async def documents(
        info: Info,
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = NEW,
        filter: Annotated[Optional[filter_], FILTER] = NEW,
        order_by: Annotated[Optional[list[sort]], ORDER] = NEW,
    ) -> Connection[type_]:  # type: ignore[valid-type]  # made for each type
        return await answered(info.context.reads, page(first, after, filter, order_by))

    async def document(
        info: Info,
        id: Annotated[Optional[strawberry.ID], strawberry.argument(description="The global id.")] = NEW,
        number: Annotated[Optional[str], strawberry.argument(description="The document's number.")] = NEW,
    ) -> Optional[type_]:  # type: ignore[valid-type]  # made for each type
        return await answered(info.context.reads, row(id, number))

    listed = "The ones that you may see, the newest first unless ordered otherwise."
    single = "One of them, by id or by number; null if there is none that you may see."
    return asks(row, single)(document), asks(page, listed)(documents)


@strawberry.type
class SalesDocumentQueries:
    inquiry, inquiries = _queries(Inquiry)
    quotation, quotations = _queries(Quotation)
    contract, contracts = _queries(Contract)
    sales_order, sales_orders = _queries(SalesOrder)
    return_order, return_orders = _queries(ReturnOrder)
    memo_request, memo_requests = _queries(MemoRequest)


_orders = waiting(SalesOrder, models.SalesOrder, "order_date")


@strawberry.type
class ApprovalQueries:
    @asks(_orders, "The sales orders that wait for your approval, the oldest first.")
    async def approval_worklist(
        self, info: Info, first: Annotated[int, FIRST], after: Annotated[Optional[str], AFTER] = NEW
    ) -> Connection[SalesOrder]:
        return await answered(info.context.reads, _orders(first, after))
