"""Deliveries: what is due, delivered, picked, posted and taken back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Optional

import strawberry

import models
from api.execution import global_id as ids
from api.execution.filters import condition_of, filter_of, sort_field_of
from api.execution.mapping import Offer, Permit, column, global_id, mapped, masked, to_many, to_one, viewer_can
from api.execution.pages import Connection, SortDirection, answered, rows_by
from api.execution.requests import PageRequest, RowRequest, Sort, asks, page_request
from api.resolvers import deliveries as resolvers
from api.resolvers import delivery_changes, goods_issues
from api.resolvers.delivery_approvals import DELIVERIES
from api.schema.amounts import Quantity, quantity_of
from api.schema.approvals import APPROVED, ApprovalFields, decisions, decisions_offered, waiting
from api.schema.base import INPUT, USER_ERRORS, VERSION, CommandInput, Info, Node, UserError, carried_out
from api.schema.customers import AREA_COLUMNS, CustomerReference
from api.schema.handling import HANDLING, handled_by
from api.schema.materials import Material
from api.schema.organization import Plant, SalesArea
from api.schema.sales_documents import DocumentFlowEntry, changes_of, flow_of
from api.schema.scalars import Command
from domain.activity import Activity
from domain.errors import Invalid
from domain.orders.approvals import ApprovalStatus
from domain.orders.statuses import AxisStatus

NEW = strawberry.UNSET
OPEN = "{row}.status = 'NOT_YET'"


@mapped(models.DeliveryItem)
@strawberry.type(description="A line of a delivery: so much of an order item.")
class DeliveryItem:
    line_number: int = column("line_number", "The line's number: 10, 20, …")
    item_category: str = column("item_category", "The item category of the order item.")
    material: Material = to_one("What is delivered.", on=(("id", "material_id"),), reference=True)
    description: str = column("description", "What it is called in the order.")
    storage_location: str = column("storage_location", "Where it lies in the plant.")
    quantity: Quantity = quantity_of("quantity", "How much is delivered.")
    picked_quantity: Quantity = quantity_of("picked", "How much of it is picked.")
    issued_quantity: Quantity = quantity_of("issued", "How much of it has left, or come back.")
    billed_quantity: Quantity = quantity_of("billed", "How much of it is billed.")


@mapped(models.DeliveryApproval)
@strawberry.type(description="A level of approval that a delivery needs: 审批.")
class DeliveryApproval(ApprovalFields):
    pass


@mapped(models.Delivery)
@strawberry.type(description="What leaves a plant for a ship-to, or comes back from there: 交货单.")
class Delivery(Node):
    id: strawberry.ID = global_id("The global id.")
    number: str = column("number", "The delivery's number.", filter=True, order=True)
    delivery_type: str = column("delivery_type", "Its type.", filter=True)
    returns: bool = column("returns", "Whether goods come back with it.", filter=True)
    sales_organization: str = column("sales_organization", "The code of the sales organization.", filter=True)
    sales_area: SalesArea = to_one("The sales area.", on=AREA_COLUMNS, reference=True)
    plant: Plant = to_one("Where it ships from.", on=(("code", "plant"),), reference=True)
    plant_code: str = column("plant", "The code of the plant.", filter=True)
    shipping_point: str = column("shipping_point", "The shipping point.")
    route: Optional[str] = column("route", "By which way it ships.", filter=True)
    shipping_condition: Optional[str] = column("shipping_condition", "The shipping condition.")
    incoterms: Optional[str] = column("incoterms", "Incoterms.")
    sold_to: CustomerReference = to_one("Who ordered.", on=(("id", "sold_to_id"),), reference=True)
    ship_to: CustomerReference = to_one("Who gets it.", on=(("id", "ship_to_id"),), reference=True)
    planned_date: date = column("planned_date", "The day that it is to leave on.", filter=True)
    goods_issue_date: Optional[date] = column("goods_issue_date", "The day that it left on; null if it has not.", filter=True)
    picking_status: AxisStatus = column("picking_status", "How far it is picked.", filter=True)
    status: AxisStatus = column("status", "Whether its goods have moved.", filter=True)
    billing_status: AxisStatus = column("billing_status", "How far it is billed.", filter=True)
    approval_status: ApprovalStatus = column("approval_status", "Where its approval stands.", filter=True)
    created_by: Optional[str] = handled_by("created_by", "The user name of who made it.", customer="sold_to_id", filter=True)
    created_at: datetime = column("created_at", "When.")
    version: int = column("version", "Counts the changes of the delivery, for commands.")
    items: list[DeliveryItem] = to_many("Its lines.", on=(("delivery_id", "id"),), order=("line_number",))
    approvals: Optional[list[DeliveryApproval]] = to_many(
        "Whose approval it needs.", on=(("delivery_id", "id"),), order=("level",), right=HANDLING
    )
    document_flow: list[DocumentFlowEntry] = flow_of("DELIVERY")
    masked: list[str] = masked()
    changes = changes_of(models.Delivery)
    viewer_can: list[Command] = viewer_can(
        Offer("changeDelivery", (Permit("delivery", Activity.CHANGE),), OPEN),
        Offer("pickDelivery", (Permit("delivery", Activity.CHANGE),), OPEN),
        Offer("deleteDelivery", (Permit("delivery", Activity.DELETE),), OPEN),
        Offer("postGoodsIssue", (Permit("goods_issue", Activity.CREATE),), f"{OPEN} and {APPROVED} and not {{row}}.returns"),
        Offer("postGoodsIssue", (Permit("goods_receipt", Activity.CREATE),), f"{OPEN} and {APPROVED} and {{row}}.returns"),
        *decisions_offered(models.Delivery, "Delivery"),
        Offer(
            "reverseGoodsIssue",
            (Permit("goods_issue", Activity.REVERSE),),
            "{row}.status = 'COMPLETE' and not {row}.returns and {row}.billing_status not in ('PARTIAL', 'COMPLETE')",
        ),
        Offer(
            "reverseGoodsIssue",
            (Permit("goods_receipt", Activity.REVERSE),),
            "{row}.status = 'COMPLETE' and {row}.returns and {row}.billing_status not in ('PARTIAL', 'COMPLETE')",
        ),
        Offer(
            "createBillingDocument",
            (Permit("billing_document", Activity.CREATE),),
            "{row}.status = 'COMPLETE' and {row}.billing_status in ('NOT_YET', 'PARTIAL')",
        ),
    )


@mapped(models.GoodsIssue)
@strawberry.type(description="That a delivery was posted, or that this was taken back: 发货过账.")
class GoodsIssue(Node):
    id: strawberry.ID = global_id("The global id.")
    number: str = column("number", "The number of the material document.")
    posting_date: date = column("posting_date", "The day of the posting.")
    posted_by: Optional[str] = handled_by("posted_by", "The user name of who posted it.", customer="sold_to_id")
    posted_at: datetime = column("posted_at", "When.")
    delivery: Optional[Delivery] = to_one("The delivery, if you may see it.", on=(("id", "delivery_id"),))
    reversal: bool = column("{row}.reverses_id is not null", "Whether it takes an earlier posting back.", type="boolean")


@filter_of(Delivery)
class DeliveryFilter:
    pass


@sort_field_of(Delivery)
class DeliverySortField:
    value: str


@strawberry.input(description="What to sort by, and which way.")
class DeliverySort:
    field: DeliverySortField = strawberry.field(description="By which field.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


def _deliveries(
    first: int,
    after: str | None = None,
    filter: DeliveryFilter | None = None,
    order_by: list[DeliverySort] | None = None,
) -> PageRequest:
    order = [
        Sort(each.field.value, each.direction is SortDirection.DESC, f"orderBy.{place}.field")
        for place, each in enumerate(order_by or ())
    ]
    return page_request(Delivery, first, after, order or [Sort("number", True, "orderBy")], condition_of(filter))


def _delivery(id: str | None = None, number: str | None = None) -> RowRequest:
    if bool(id) == bool(number):
        raise Invalid.because("ONE_KEY_NEEDED", "id", names="id, number")
    return RowRequest(Delivery, "id", ids.key_of(id, "Delivery", "id")) if id else RowRequest(Delivery, "number", number)


_waiting = waiting(Delivery, models.Delivery, "number")


@strawberry.type
class DeliveryQueries:
    @asks(_deliveries, "The deliveries that you may see, the newest first unless ordered otherwise.")
    async def deliveries(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
        filter: Annotated[Optional[DeliveryFilter], strawberry.argument(description="Which rows.")] = NEW,
        order_by: Annotated[
            Optional[list[DeliverySort]], strawberry.argument(description="The order; the key decides between equals.")
        ] = NEW,
    ) -> Connection[Delivery]:
        return await answered(info.context.reads, _deliveries(first, after, filter, order_by))

    @asks(_delivery, "One delivery, by id or by number; null if there is none that you may see.")
    async def delivery(
        self,
        info: Info,
        id: Annotated[Optional[strawberry.ID], strawberry.argument(description="The global id.")] = NEW,
        number: Annotated[Optional[str], strawberry.argument(description="The delivery's number.")] = NEW,
    ) -> Optional[Delivery]:
        return await answered(info.context.reads, _delivery(id, number))

    @asks(_waiting, "The deliveries that wait for your approval, the oldest first.")
    async def delivery_approval_worklist(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
    ) -> Connection[Delivery]:
        return await answered(info.context.reads, _waiting(first, after))


# ------------------------------------------------------------------------------------------------------------- commands


@strawberry.input(description="So much of a line of an order.")
class DeliveryLineInput:
    sales_order: strawberry.ID = strawberry.field(description="The order or return.")
    line_number: int = strawberry.field(description="Which line of it.")
    quantity: Optional[Decimal] = strawberry.field(
        default=NEW, description="How much, in the line's unit; left out: all that is open."
    )


@strawberry.input(description="Orders and returns to deliver: what is due of them, or the lines that are named.")
class CreateDeliveryInput(CommandInput):
    sales_orders: list[strawberry.ID] = strawberry.field(description="Which orders and returns.")
    lines: Optional[list[DeliveryLineInput]] = strawberry.field(default=NEW, description="Only these lines.")
    through: Optional[date] = strawberry.field(default=NEW, description="Only what is wanted up to this day.")
    planned_date: Optional[date] = strawberry.field(
        default=NEW, description="The day that it is to leave on; today if left out."
    )


@strawberry.input(description="How much of a line is picked.")
class PickedLineInput:
    line_number: int = strawberry.field(description="Which line.")
    picked: Decimal = strawberry.field(description="How much of it is picked in all, in the line's unit.")


@strawberry.input(description="What is picked of a delivery.")
class PickDeliveryInput(CommandInput):
    delivery: strawberry.ID = strawberry.field(description="Which delivery.")
    version: int = strawberry.field(description=VERSION)
    lines: Optional[list[PickedLineInput]] = strawberry.field(default=NEW, description="Line by line; left out: all of it.")


@strawberry.input(description="How much of a line is to be delivered.")
class DeliveredLineInput:
    line_number: int = strawberry.field(description="Which line.")
    quantity: Decimal = strawberry.field(description="How much of it in all, in the line's unit.")


@strawberry.input(description="Changes of a delivery; what is left out stays as it is.")
class ChangeDeliveryInput(CommandInput):
    delivery: strawberry.ID = strawberry.field(description="Which delivery.")
    version: int = strawberry.field(description=VERSION)
    lines: Optional[list[DeliveredLineInput]] = strawberry.field(default=NEW, description="Lines that hold another quantity.")
    planned_date: Optional[date] = strawberry.field(default=NEW, description="The day that it is to leave on.")


@strawberry.input(description="A delivery whose goods leave, or come back.")
class PostGoodsIssueInput(CommandInput):
    delivery: strawberry.ID = strawberry.field(description="Which delivery.")
    version: int = strawberry.field(description=VERSION)
    posting_date: Optional[date] = strawberry.field(default=NEW, description="The day of the posting; today if left out.")


@strawberry.input(description="A delivery whose posting is to be taken back.")
class ReverseGoodsIssueInput(CommandInput):
    delivery: strawberry.ID = strawberry.field(description="Which delivery.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="A delivery to give up.")
class DeleteDeliveryInput(CommandInput):
    delivery: strawberry.ID = strawberry.field(description="Which delivery.")
    version: int = strawberry.field(description=VERSION)


@strawberry.type(description="What became of `createDelivery`.")
class CreateDeliveryPayload:
    delivery: Optional[Delivery] = strawberry.field(description="The new delivery; the first of them, where there are several.")
    deliveries: list[Delivery] = strawberry.field(description="All new deliveries.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `changeDelivery`.")
class ChangeDeliveryPayload:
    delivery: Optional[Delivery] = strawberry.field(description="The delivery as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `pickDelivery`.")
class PickDeliveryPayload:
    delivery: Optional[Delivery] = strawberry.field(description="The delivery as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `postGoodsIssue`.")
class PostGoodsIssuePayload:
    delivery: Optional[Delivery] = strawberry.field(description="The delivery as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `reverseGoodsIssue`.")
class ReverseGoodsIssuePayload:
    delivery: Optional[Delivery] = strawberry.field(description="The delivery as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `deleteDelivery`.")
class DeleteDeliveryPayload:
    delivery: Optional[Delivery] = strawberry.field(description="The delivery, which holds nothing any more.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


_DECISIONS = decisions(Delivery, "delivery", "delivery", "delivery", DELIVERIES)


@strawberry.type
class DeliveryMutations:
    approve_delivery, refuse_delivery = _DECISIONS

    @strawberry.mutation(
        description="Deliver what is due of orders, in as few deliveries as may be. Needs CREATE on `delivery` in their areas."
    )
    async def create_delivery(self, info: Info, input: Annotated[CreateDeliveryInput, INPUT]) -> CreateDeliveryPayload:
        made: list[int] = []
        done = await carried_out(info, lambda caller, given: resolvers.create_deliveries(caller, given, made), input)
        first = await done.record(Delivery)
        key = done.outcome.record_id
        keys = [] if key is None else made or await resolvers.made_with(key)
        rows = await rows_by(info.context.reads, Delivery, "id", keys) if keys else {}
        shown = [rows[key] for key in keys if key in rows]
        return CreateDeliveryPayload(delivery=first, deliveries=shown, user_errors=done.errors)  # type: ignore[arg-type]  # rows of the type

    @strawberry.mutation(
        description="Let lines hold another quantity; whoever approved another value is asked again."
        " Needs CHANGE on `delivery`."
    )
    async def change_delivery(self, info: Info, input: Annotated[ChangeDeliveryInput, INPUT]) -> ChangeDeliveryPayload:
        done = await carried_out(info, delivery_changes.change_delivery, input)
        return ChangeDeliveryPayload(delivery=await done.record(Delivery), user_errors=done.errors)

    @strawberry.mutation(description="Say what is picked. Needs CHANGE on `delivery`.")
    async def pick_delivery(self, info: Info, input: Annotated[PickDeliveryInput, INPUT]) -> PickDeliveryPayload:
        done = await carried_out(info, goods_issues.pick_delivery, input)
        return PickDeliveryPayload(delivery=await done.record(Delivery), user_errors=done.errors)

    @strawberry.mutation(
        description="Post goods issue, of a return goods receipt. A delivery that nobody picked is picked as it is posted."
        " Needs CREATE on `goods_issue`, or on `goods_receipt`."
    )
    async def post_goods_issue(self, info: Info, input: Annotated[PostGoodsIssueInput, INPUT]) -> PostGoodsIssuePayload:
        done = await carried_out(info, goods_issues.post_goods_issue, input)
        return PostGoodsIssuePayload(delivery=await done.record(Delivery), user_errors=done.errors)

    @strawberry.mutation(description="Take a posting back. Needs REVERSE on `goods_issue`, or on `goods_receipt`.")
    async def reverse_goods_issue(
        self, info: Info, input: Annotated[ReverseGoodsIssueInput, INPUT]
    ) -> ReverseGoodsIssuePayload:
        done = await carried_out(info, goods_issues.reverse_goods_issue, input)
        return ReverseGoodsIssuePayload(delivery=await done.record(Delivery), user_errors=done.errors)

    @strawberry.mutation(description="Give up a delivery that was not posted. Needs DELETE on `delivery`.")
    async def delete_delivery(self, info: Info, input: Annotated[DeleteDeliveryInput, INPUT]) -> DeleteDeliveryPayload:
        done = await carried_out(info, delivery_changes.delete_delivery, input)
        return DeleteDeliveryPayload(delivery=await done.record(Delivery), user_errors=done.errors)
