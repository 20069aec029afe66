"""The contract's list of sales orders as a good team writes it on Strawberry and Tortoise; see `strawberry_tortoise`.

The items of a page come in one query, their materials in another, each through a dataloader.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any, Optional

import strawberry
from strawberry.dataloader import DataLoader

import models
from benchmarks.references import CustomerReference
from domain.credit.status import CreditStatus
from domain.orders.approvals import ApprovalStatus
from domain.orders.statuses import AxisStatus, SalesOrderStatus

for each in (CreditStatus, ApprovalStatus, AxisStatus, SalesOrderStatus):
    strawberry.enum(each)


@strawberry.type
class Money:
    amount: Decimal
    currency: str


@strawberry.type
class Quantity:
    value: Decimal
    unit: str


@strawberry.type
class MaterialReference:
    id: strawberry.ID
    number: str
    description: str


@strawberry.type
class SalesOrderItem:
    line_number: int

    @strawberry.field
    async def material(self, info: strawberry.Info) -> MaterialReference:
        row: Any = self
        return await info.context["materials"].load(row.material_id)  # type: ignore[no-any-return]

    @strawberry.field
    def quantity(self) -> Quantity:
        row: Any = self
        return Quantity(value=row.quantity, unit=row.unit)

    @strawberry.field
    def net_value(self) -> Money:
        row: Any = self
        return Money(amount=row.net_value, currency=row.currency)


@strawberry.type
class AreaCode:
    code: str


@strawberry.type
class SalesOrder:
    id: strawberry.ID
    number: str
    order_date: date
    status: SalesOrderStatus
    credit_status: CreditStatus
    approval_status: ApprovalStatus
    delivery_status: AxisStatus
    billing_status: AxisStatus

    @strawberry.field
    def sales_area(self) -> AreaCode:
        row: Any = self
        return AreaCode(code="/".join(row.area))

    @strawberry.field
    async def sold_to(self, info: strawberry.Info) -> CustomerReference:
        row: Any = self
        return await info.context["customers"].load(row.sold_to_id)  # type: ignore[no-any-return]

    @strawberry.field
    def net_value(self) -> Money:
        row: Any = self
        return Money(amount=row.net_value, currency=row.currency)

    @strawberry.field
    async def items(self, info: strawberry.Info) -> list[SalesOrderItem]:
        row: Any = self
        return await info.context["items"].load(row.id)  # type: ignore[no-any-return]


@strawberry.type
class SalesOrderEdge:
    node: SalesOrder


@strawberry.type
class OrdersPageInfo:
    has_next_page: bool
    end_cursor: Optional[str]


@strawberry.type
class SalesOrderConnection:
    page_info: OrdersPageInfo
    edges: list[SalesOrderEdge]


@strawberry.input
class SalesOrderFilter:
    number: Optional[str] = None


@strawberry.input
class SalesOrderSort:
    field: str
    direction: str = "ASC"


async def page_of_orders(organizations: list[str], first: int) -> SalesOrderConnection:
    """The newest orders of these organizations."""
    rows = await models.SalesOrder.filter(sales_organization__in=organizations).order_by("-order_date", "-id").limit(first + 1)
    page = rows[:first]
    return SalesOrderConnection(
        page_info=OrdersPageInfo(has_next_page=len(rows) > first, end_cursor=str(page[-1].id) if page else None),
        edges=[SalesOrderEdge(node=row) for row in page],  # type: ignore[arg-type]  # a row has the fields of the type
    )


def items_loader() -> DataLoader[int, list[Any]]:
    """The items of many orders in one query."""

    async def load(keys: list[int]) -> list[list[Any]]:
        found = defaultdict(list)
        for row in await models.SalesItem.filter(document_id__in=keys).order_by("document_id", "line_number"):
            found[row.document_id].append(row)
        return [found[key] for key in keys]

    return DataLoader(load)
