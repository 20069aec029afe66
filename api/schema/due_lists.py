"""Due lists 到期清单: what is to be delivered, and what is to be billed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Optional

import strawberry

import models
from api.execution.filters import condition_of, filter_of
from api.execution.mapping import column, mapped, to_one
from api.execution.pages import Connection, answered
from api.execution.requests import PageRequest, Sort, asks, page_request
from api.schema.amounts import Quantity, quantity_of
from api.schema.base import Info
from api.schema.customers import AREA_COLUMNS, CustomerReference
from api.schema.materials import Material
from api.schema.organization import SalesArea
from api.schema.sales_documents import FLOW_ID, SalesOrder

NEW = strawberry.UNSET


@mapped(models.DueDeliveryLine)
@strawberry.type(description="A promised part of an order that no delivery holds yet.")
class DueDeliveryLine:
    sales_order: Optional[SalesOrder] = to_one("The order.", on=(("id", "document_id"),))
    line_number: int = column("line_number", "Which line of it.")
    material: Material = to_one("What is to be delivered.", on=(("id", "material_id"),), reference=True)
    plant: str = column("plant", "The plant that it ships from.", filter=True)
    date: date = column("day", "The day that it is promised for.", filter=True, order=True)
    quantity: Quantity = quantity_of("open", "How much.")
    sales_organization: str = column("sales_organization", "The code of the sales organization.", filter=True)
    sales_area: SalesArea = to_one("The sales area.", on=AREA_COLUMNS, reference=True)
    sold_to: CustomerReference = to_one("Who ordered.", on=(("id", "sold_to_id"),), reference=True)
    ship_to: CustomerReference = to_one("Who gets it.", on=(("id", "ship_to_id"),), reference=True)


@mapped(models.DueBillingLine)
@strawberry.type(description="So much of a delivery, an order or a memo request that is to be billed.")
class DueBillingLine:
    document: strawberry.ID = column(FLOW_ID, "The delivery, order or memo request, by its global id.", type="text")
    number: str = column("number", "Its number.", filter=True)
    line_number: int = column("line_number", "Which line of it.")
    material: Material = to_one("What is to be billed.", on=(("id", "material_id"),), reference=True)
    date: date = column("day", "Since when it is due.", filter=True, order=True)
    quantity: Quantity = quantity_of("due", "How much.")
    sales_organization: str = column("sales_organization", "The code of the sales organization.", filter=True)
    sales_area: SalesArea = to_one("The sales area.", on=AREA_COLUMNS, reference=True)
    payer: CustomerReference = to_one("Who pays.", on=(("id", "payer_id"),), reference=True)


@filter_of(DueDeliveryLine)
class DueDeliveryLineFilter:
    pass


@filter_of(DueBillingLine)
class DueBillingLineFilter:
    pass


def _deliveries(first: int, after: str | None = None, filter: DueDeliveryLineFilter | None = None) -> PageRequest:
    return page_request(DueDeliveryLine, first, after, [Sort("date", False, "orderBy")], condition_of(filter))


def _billing(first: int, after: str | None = None, filter: DueBillingLineFilter | None = None) -> PageRequest:
    return page_request(DueBillingLine, first, after, [Sort("date", False, "orderBy")], condition_of(filter))


FIRST = strawberry.argument(description="How many rows.")
AFTER = strawberry.argument(description="Begin behind this cursor.")
FILTER = strawberry.argument(description="Which rows.")


@strawberry.type
class DueListQueries:
    @asks(_deliveries, "What is to be delivered of the orders that you may see, the earliest first.")
    async def delivery_due_list(
        self,
        info: Info,
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = NEW,
        filter: Annotated[Optional[DueDeliveryLineFilter], FILTER] = NEW,
    ) -> Connection[DueDeliveryLine]:
        return await answered(info.context.reads, _deliveries(first, after, filter))

    @asks(_billing, "What is to be billed of the documents that you may see, the earliest first.")
    async def billing_due_list(
        self,
        info: Info,
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = NEW,
        filter: Annotated[Optional[DueBillingLineFilter], FILTER] = NEW,
    ) -> Connection[DueBillingLine]:
        return await answered(info.context.reads, _billing(first, after, filter))
