"""Picking and goods movements of deliveries: what is picked, posted and taken back, each step in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from api.execution.command import Work, given, working
from api.execution.waiting import Waiting
from api.resolvers.credit_checks import refusals_of_step
from api.resolvers.document_availability import hold
from api.resolvers.document_steps import Behind, behind, business_day, demand_on, refresh_behind
from api.resolvers.flow import DELIVERY, MOVEMENT, Followed, Point, join_flow
from api.resolvers.orders_content import GROUP_CURRENCY
from domain.activity import Activity
from domain.caller import Caller
from domain.credit.status import DocumentGroup
from domain.customer import BlockScope
from domain.errors import Invalid, NotFound, Refusal, Refused, refuse_if_any
from domain.orders.billing import Part, value_of_part
from domain.orders.copy_control import QuantityEffect
from domain.orders.deliveries import (
    DeliveryCase,
    DeliveryLine,
    refusals_to_pick,
    refusals_to_post,
    refusals_to_reverse,
    stock_change,
)
from domain.orders.quantities import (
    DeliveryTolerance,
    closed_short,
    is_delivered,
)
from domain.orders.statuses import AxisStatus, status_by_quantity
from domain.pricing.currencies import minor_unit
from models.delivery import Delivery, DeliveryItem, GoodsIssue
from models.sales_document import DocumentHeader, SalesItem, ScheduleLine
from models.stock import GoodsMovement, Stock

ZERO = Decimal(0)
CLOSED_SHORT = "05"
"""The reason for rejection of what is not delivered any more."""
STOCK_LOCK = """select s.id from stock s
    where (s.material_id, s.plant, s.storage_location) in (select * from unnest($1::bigint[], $2::text[], $3::text[]))
    order by s.material_id, s.plant, s.storage_location for update"""


async def pick_delivery(caller: Caller | None, input: Any) -> Delivery:
    """Set what is picked of lines; all of them where none is named. Raises NotFound, Conflict, Forbidden, Refused."""
    async with working(Waiting, caller, input, "pickDelivery") as work:
        delivery = await work.lock(Delivery, "Delivery", input.delivery, "delivery", version=input.version)
        await work.demand(delivery, Activity.CHANGE)
        items = await items_of(work, delivery)
        if delivery.status is AxisStatus.COMPLETE:
            raise Refused.because("GOODS_ISSUE_POSTED", "delivery")
        by_number = {each.line_number: each for each in items}
        refusals: list[Refusal] = []
        for place, each in enumerate(input.lines or ()):
            item = by_number.get(each.line_number)
            if item is None:
                raise NotFound.because("NOT_FOUND", f"lines.{place}.lineNumber", what="DeliveryItem")
            line = DeliveryLine(item.line_number, item.quantity, item.picked, returns=delivery.returns)
            refusals += refusals_to_pick(line, each.picked, f"lines.{place}.picked")
            item.picked = each.picked
        refuse_if_any(tuple(refusals))
        for item in items if not input.lines and not delivery.returns else ():
            item.picked = item.quantity
        set_picking(delivery, items)
        for item in items:
            await work.save_part(item, part_of=delivery)
        await work.save(delivery)
    return delivery


def set_picking(delivery: Delivery, items: Sequence[DeliveryItem]) -> None:
    """Set how far a delivery is picked."""
    if not delivery.returns:
        picked, whole = sum((each.picked for each in items), ZERO), sum((each.quantity for each in items), ZERO)
        delivery.picking_status = status_by_quantity(picked, whole)


async def items_of(work: Work, delivery: Delivery) -> list[DeliveryItem]:
    """The lines of a delivery, kept."""
    items = await DeliveryItem.filter(delivery_id=delivery.id).order_by("line_number")
    for each in items:
        work.keep(each)
    return items


async def post_goods_issue(caller: Caller | None, input: Any) -> Delivery:
    """Post goods issue, of returns goods receipt: stock moves, and what is billed by it is due. What nobody picked is picked.

    Raises NotFound, Conflict, Forbidden, Refused with everything that stands against it.
    """
    async with working(Waiting, caller, input, "postGoodsIssue") as work:
        delivery = await work.lock(Delivery, "Delivery", input.delivery, "delivery", version=input.version)
        demand_on(work, movement_object(delivery), Activity.CREATE, delivery.area)
        items = await items_of(work, delivery)
        found = await behind(work, [each.document_id for each in items])
        today = await business_day(work, delivery.sales_organization)
        posting = input.posting_date if given(input.posting_date) and input.posting_date else today
        if posting > today:
            raise Invalid.because("PAYMENT_FUTURE", "postingDate", day=posting.isoformat())
        if not delivery.returns and all(not each.picked for each in items):
            for each in items:
                each.picked = each.quantity
            set_picking(delivery, items)
        known = [("delivery", each, found.items_of(each)) for each in found.documents.values()]
        refuse_if_any(await refusals_of_step(work, known, DocumentGroup.GOODS_ISSUE))
        stock = await _stock(work, items)
        refuse_if_any(refusals_to_post(_case(found, delivery, items, stock), "delivery"))
        await _post(work, found, delivery, items, stock, posting)
    return delivery


def movement_object(delivery: Delivery) -> str:
    """The authorization object of a delivery's postings."""
    return "goods_receipt" if delivery.returns else "goods_issue"


StockKey = tuple[int, str, str]


def _key(item: DeliveryItem) -> StockKey:
    return item.material_id, item.plant, item.storage_location


async def _stock(work: Work, items: Sequence[DeliveryItem]) -> dict[StockKey, Stock]:
    """The stock of the items' materials where they lie, locked in the order of their keys; new where there was none."""
    keys = sorted({_key(each) for each in items})
    await hold(work, [(material, plant) for material, plant, _ in keys])
    rows = await work.connection.fetch(STOCK_LOCK, *([key[place] for key in keys] for place in range(3)))
    found = {(x.material_id, x.plant, x.storage_location): x for x in await Stock.filter(id__in=[row["id"] for row in rows])}
    for each in found.values():
        work.keep(each)
    for material, plant, location in keys:
        if (material, plant, location) not in found:
            found[material, plant, location] = Stock(
                material_id=material, plant=plant, storage_location=location, quantity=ZERO
            )
    return found


def _case(found: Behind, delivery: Delivery, items: Sequence[DeliveryItem], stock: Mapping[StockKey, Stock]) -> DeliveryCase:
    documents = [found.documents[each.document_id] for each in items]
    left = {key: each.quantity for key, each in stock.items()}
    lines = []
    for each in items:
        per = each.base_quantity / each.quantity if each.quantity else Decimal(1)
        lines.append(DeliveryLine(each.line_number, each.base_quantity, each.picked * per, left[_key(each)], delivery.returns))
        left[_key(each)] -= each.base_quantity
    return DeliveryCase(
        lines=tuple(lines),
        posted=delivery.status is AxisStatus.COMPLETE,
        blocked=any(found.is_blocked(each, BlockScope.DELIVERY) for each in documents),
        approved=delivery.approval_status.stands and all(found.is_approved(each) for each in documents),
    )


async def _post(
    work: Waiting,
    found: Behind,
    delivery: Delivery,
    items: Sequence[DeliveryItem],
    stock: Mapping[StockKey, Stock],
    posting: date,
    reverses: GoodsIssue | None = None,
) -> None:
    """Move stock and sums by what the delivery holds, or take that back."""
    back = reverses is not None
    issue = GoodsIssue(
        number=await work.next_number("GOODS_ISSUE"),
        object=movement_object(delivery),
        delivery_id=delivery.id,
        **{part: getattr(delivery, part) for part in ("sales_organization", "distribution_channel", "division", "plant")},
        sold_to_id=delivery.sold_to_id,
        ship_to_id=delivery.ship_to_id,
        posting_date=posting,
        posted_by=work.by,
        posted_at=work.now,
        reverses_id=reverses.id if reverses else None,
    )
    await work.create(issue, part_of=delivery)
    links = []
    for each in items:
        change = stock_change(DeliveryLine(each.line_number, each.base_quantity, returns=delivery.returns), reversal=back)
        await _move(work, issue, each, stock[_key(each)], change)
        each.issued = ZERO if back else each.quantity
        each.held_base = each.base_quantity if back and not delivery.returns else ZERO
        item = found.items[each.item_id]
        item.issued += -each.quantity if back else each.quantity
        kept = item.quantities.kept
        _close(item, back=back)
        if item.quantities.kept != kept:
            await _revalue(work, found.documents[item.document_id], item, kept)
        await work.save_part(each, part_of=delivery)
        quantity = -each.quantity if back else each.quantity
        before, after = Point(DELIVERY, delivery.id, each.line_number), Point(MOVEMENT, issue.id, each.line_number)
        links.append(Followed(before, after, QuantityEffect.ISSUED, quantity, each.unit))
    delivery.status = AxisStatus.NOT_YET if back else AxisStatus.COMPLETE
    delivery.goods_issue_date = None if back else posting
    await work.save(delivery)
    await refresh_behind(work, found, [found.items[each.item_id] for each in items])
    await work.flush()
    await join_flow(work, links)


def _close(item: SalesItem, *, back: bool) -> None:
    """An item delivered within its tolerance is done: what is open of it will not be delivered; a reversal opens it again."""
    tolerance = DeliveryTolerance(item.under_tolerance, item.over_tolerance)
    if back and item.rejection_reason == CLOSED_SHORT and item.under_tolerance > 0:
        item.rejected, item.rejection_reason = ZERO, None
    elif not back and item.under_tolerance > 0 and item.quantities.open_to_deliver and is_delivered(item.quantities, tolerance):
        item.rejected, item.rejection_reason = closed_short(item.quantities).rejected, CLOSED_SHORT


async def _revalue(work: Work, document: DocumentHeader, item: SalesItem, was: Decimal) -> None:
    """What an item comes to follows what is kept of it, in proportion; of what will not be delivered nothing is promised."""
    now, unit = item.quantities.kept, minor_unit(document.currency)
    net, item.confirmed = document.net_value, min(item.confirmed, max(now, item.delivered))
    item.credit_quantity = min(item.credit_quantity, now)
    for name in ("net_value", "tax_amount", "cost"):
        value = getattr(item, name)
        if value is not None:
            setattr(item, name, value_of_part(value, was, Part(), now, unit))
            setattr(document, name, getattr(document, name) + getattr(item, name) - value)
    item.gross_value = item.net_value + item.tax_amount
    if item.credit_value is not None:
        item.credit_value = value_of_part(item.credit_value, was, Part(), now, unit)
    document.gross_value = document.net_value + document.tax_amount
    group_unit = minor_unit(GROUP_CURRENCY)
    document.group_value = value_of_part(document.group_value, net, Part(), document.net_value, group_unit)
    for line in await ScheduleLine.filter(item_id=item.id, open_base__gt=0):
        line.open_base = ZERO
        await work.put(line)
    await work.save_part(item, part_of=document)


async def _move(work: Work, issue: GoodsIssue, item: DeliveryItem, stock: Stock, change: Decimal) -> None:
    stock.quantity += change
    if stock.pk is None:
        await work.add(stock)
    else:
        await work.put(stock)
    await work.add(
        GoodsMovement(
            goods_issue_id=issue.id,
            material_id=item.material_id,
            plant=item.plant,
            storage_location=item.storage_location,
            quantity=change,
            base_unit=item.base_unit,
            posting_date=issue.posting_date,
            posted_by=work.by,
            posted_at=work.now,
            delivery_item_id=item.id,
        )
    )


async def reverse_goods_issue(caller: Caller | None, input: Any) -> Delivery:
    """Take back a posting, as long as nothing of it is billed. Raises NotFound, Conflict, Forbidden, Refused."""
    async with working(Waiting, caller, input, "reverseGoodsIssue") as work:
        delivery = await work.lock(Delivery, "Delivery", input.delivery, "delivery", version=input.version)
        demand_on(work, movement_object(delivery), Activity.REVERSE, delivery.area)
        items = await items_of(work, delivery)
        found = await behind(work, [each.document_id for each in items])
        stock = await _stock(work, items)
        posted = delivery.status is AxisStatus.COMPLETE
        returned = any(_is_returned(found.items[each.item_id], each) for each in items)
        case = DeliveryCase((), posted=posted, billed=any(each.billed for each in items), returned=returned)
        refuse_if_any(refusals_to_reverse(case, "delivery"))
        for each in items if delivery.returns else ():
            if stock[_key(each)].quantity < each.base_quantity:
                values = {"line": each.line_number, "value": str(each.quantity), "stock": str(stock[_key(each)].quantity)}
                raise Refused(Refusal("STOCK_LACKING", "delivery", values))
        issue = await GoodsIssue.filter(delivery_id=delivery.id, reverses_id=None).order_by("-id").first()
        today = await business_day(work, delivery.sales_organization)
        await _post(work, found, delivery, items, stock, today, reverses=issue)
    return delivery


def _is_returned(item: SalesItem, line: DeliveryItem) -> bool:
    """Whether returns take back more of an item than would be left of what came, if this line had not left."""
    return replace(item.quantities, issued=item.issued - line.issued).received < item.returned
