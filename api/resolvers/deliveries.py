"""Deliveries: made of what is due of orders, picked, posted and taken back, each step in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from api.execution import global_id
from api.execution.command import Work, given, working
from api.execution.waiting import Waiting
from api.resolvers.document_availability import available, hold
from api.resolvers.document_steps import Behind, behind, category_of, demand_on, refresh_behind
from api.resolvers.flow import DELIVERY, MOVEMENT, SALES, Followed, Point, join_flow
from api.resolvers.orders_content import GROUP_CURRENCY, content
from domain.activity import Activity
from domain.areas import Area, text_of
from domain.caller import Caller
from domain.customer import BlockScope
from domain.errors import Invalid, NotFound, Refusal, Refused, refuse_if_any
from domain.orders.availability import available_on
from domain.orders.billing import Part, advance_lacking, value_of_part
from domain.orders.copy_control import QuantityEffect, copy_rule
from domain.orders.deliveries import (
    DeliveryCase,
    DeliveryHeader,
    DeliveryLine,
    DueLine,
    criterion_of,
    deliveries_of,
    refusals_to_pick,
    refusals_to_post,
    refusals_to_reverse,
    stock_change,
)
from domain.orders.incompletion import Blocks
from domain.orders.quantities import (
    BillingBasis,
    DeliveryTolerance,
    closed_short,
    is_delivered,
    refusals_to_deliver,
)
from domain.orders.splitting import Group
from domain.orders.statuses import AxisStatus, status_by_quantity
from domain.pricing.currencies import minor_unit
from models.delivery import Delivery, DeliveryItem, GoodsIssue
from models.organization import SalesOrganization
from models.payment import Payment
from models.sales_document import DocumentHeader, ReturnOrder, SalesItem, SalesOrder, ScheduleLine
from models.stock import GoodsMovement, Stock

ZERO = Decimal(0)
STEP = 10
CLOSED_SHORT = "05"
"""The reason for rejection of what is not delivered any more."""
KINDS: Mapping[str, type[DocumentHeader]] = {"SalesOrder": SalesOrder, "ReturnOrder": ReturnOrder}
STOCK_LOCK = """select s.id from stock s
    where (s.material_id, s.plant, s.storage_location) in (select * from unnest($1::bigint[], $2::text[], $3::text[]))
    order by s.material_id, s.plant, s.storage_location for update"""


@dataclass(frozen=True, slots=True)
class ToDeliver:
    """So much of an item, and where it stands in the input."""

    item: SalesItem
    quantity: Decimal
    path: str


async def create_deliveries(caller: Caller | None, input: Any, made: list[int] | None = None) -> Delivery:
    """Deliver what is due of orders, or the lines that are asked for, in as few deliveries as may be; the first of them.

    Raises NotFound, Forbidden, Refused with everything that stands against it.
    """
    async with working(Waiting, caller, input, "createDelivery") as work:
        documents = await _orders(work, input.sales_orders, "salesOrders")
        for area in dict.fromkeys(each.area for each in documents):
            demand_on(work, "delivery", Activity.CREATE, area)
        found = await behind(work, [each.id for each in documents])
        today = await business_day(work, documents[0].sales_organization)
        through = input.through if given(input.through) and input.through else date.max
        wanted = _asked(found, documents, input.lines) if input.lines else _due(found, documents, through)
        refuse_if_any((*await _uncollected(documents), *_refusals(found, documents, wanted)))
        if not wanted:
            raise Refused.because("DELIVERY_EMPTY", "salesOrders")
        refuse_if_any(await _lacking(work, wanted, today))
        deliveries = await _make(work, found, wanted, input, today)
        if made is not None:
            made.extend(each.id for each in deliveries)
    return deliveries[0]


async def made_with(key: int) -> list[int]:
    """The deliveries that were made in the same command as one, by key."""
    one = await Delivery.get(id=key)
    found = await Delivery.filter(created_at=one.created_at, created_by=one.created_by).order_by("id")
    return [each.id for each in found]


async def _orders(work: Work, ids: Sequence[str], path: str) -> list[DocumentHeader]:
    """The orders and returns that are named, locked, as far as the caller may see them. Raises NotFound, Invalid."""
    if not ids:
        raise Invalid.because("ITEMS_RANGE", path, found=0, most=1000)
    by_type: dict[str, list[str]] = {}
    for place, id in enumerate(dict.fromkeys(ids)):
        type_name, _ = global_id.decode(id, f"{path}.{place}")
        if type_name not in KINDS:
            raise Invalid.because("ID_MALFORMED", f"{path}.{place}")
        by_type.setdefault(type_name, []).append(id)
    found: list[DocumentHeader] = []
    for type_name, some in by_type.items():
        found += await work.lock_each(KINDS[type_name], type_name, some, path)
    return found


async def business_day(work: Work, organization: str) -> date:
    """The day that it is in a sales organization."""
    row = await work.once(("sales organization", organization), lambda: SalesOrganization.get(code=organization))
    return work.now.astimezone(ZoneInfo(row.time_zone)).date()


def _due(found: Behind, documents: Sequence[DocumentHeader], through: date) -> list[ToDeliver]:
    """All that is promised of the orders and not delivered; of returns all that is to come back."""
    wanted = []
    for place, document in enumerate(documents):
        for item in found.items_of(document):
            category = category_of(item)
            if category.movement is None or document.order_type not in _delivered_types():
                continue
            open_ = item.quantities.open_to_deliver
            promised = item.confirmed - item.delivered if category.confirmed else open_
            if min(open_, promised) > 0 and (item.requested_date or date.min) <= through:
                wanted.append(ToDeliver(item, min(open_, promised), f"salesOrders.{place}"))
    return wanted


def _delivered_types() -> frozenset[str]:
    return frozenset(code for code, each in content().types.order_types.items() if each.delivery_type)


def _asked(found: Behind, documents: Sequence[DocumentHeader], lines: Sequence[Any]) -> list[ToDeliver]:
    """The lines that are asked for. Raises NotFound for those that are not there."""
    keys = {document.id: document for document in documents}
    wanted = []
    for place, each in enumerate(lines):
        path = f"lines.{place}"
        type_name, _ = global_id.decode(each.sales_order, f"{path}.salesOrder")
        document = keys.get(global_id.key_of(each.sales_order, type_name, f"{path}.salesOrder"))
        items = [] if document is None else found.items_of(document)
        item = next((item for item in items if item.line_number == each.line_number), None)
        if item is None or category_of(item).movement is None:
            raise NotFound.because("NOT_FOUND", f"{path}.lineNumber", what="SalesOrderItem")
        quantity = each.quantity if given(each.quantity) and each.quantity is not None else item.quantities.open_to_deliver
        wanted.append(ToDeliver(item, quantity, path))
    return wanted


def _refusals(found: Behind, documents: Sequence[DocumentHeader], wanted: Sequence[ToDeliver]) -> tuple[Refusal, ...]:
    refusals: list[Refusal] = []
    for place, document in enumerate(documents):
        path = f"salesOrders.{place}"
        type_ = content().types.order_types[document.order_type]
        if copy_rule(content().copy_rules, document.order_type, type_.delivery_type or "") is None:
            values = {"number": document.number, "target": "DELIVERY"}
            refusals.append(Refusal("REFERENCE_NOT_ALLOWED", path, values))
        if not found.is_approved(document):
            refusals.append(Refusal("DELIVERY_UNAPPROVED", path))
        if found.is_blocked(document, BlockScope.DELIVERY):
            refusals.append(Refusal("DELIVERY_BLOCKED", path))
    times = Counter(each.item.id for each in wanted)
    for each in wanted:
        item, document = each.item, found.documents[each.item.document_id]
        if times[item.id] > 1:
            refusals.append(Refusal("LINE_TWICE", each.path, {"line": item.line_number}))
        if found.lacks(document, Blocks.DELIVERY, item.line_number):
            refusals.append(Refusal("DELIVERY_INCOMPLETE", each.path))
        tolerance = DeliveryTolerance(item.under_tolerance, item.over_tolerance)
        quantity = f"{each.path}.quantity" if each.path.startswith("lines") else each.path
        refusals += refusals_to_deliver(item.quantities, each.quantity, tolerance, item.line_number, quantity)
    return tuple(dict.fromkeys(refusals))


async def _uncollected(documents: Sequence[DocumentHeader]) -> tuple[Refusal, ...]:
    """What must be collected before orders of types that are collected first go on 先款后票."""
    types, refusals = content().types.order_types, []
    for place, document in enumerate(documents):
        percent = types[document.order_type].advance_percent
        if percent:
            paid = await Payment.filter(document_id=document.id, reset_at=None)
            unit = minor_unit(document.currency)
            lacking = advance_lacking(document.gross_value, percent, [each.amount for each in paid], unit)
            if lacking > 0:
                values = {"number": document.number, "value": str(lacking), "currency": document.currency}
                refusals.append(Refusal("ADVANCE_LACKING", f"salesOrders.{place}", values))
    return tuple(refusals)


async def _lacking(work: Work, wanted: Sequence[ToDeliver], today: date) -> tuple[Refusal, ...]:
    """What is asked for beyond what is promised must be there, and not promised to others."""
    checked = [each for each in wanted if category_of(each.item).confirmed]
    places = [(each.item.material_id, each.item.plant or "") for each in checked]
    await hold(work, places)
    beyond = [(each, each.quantity - max(each.item.confirmed - each.item.delivered, ZERO)) for each in checked]
    if all(more <= 0 for _, more in beyond):
        return ()
    left = await available(work.connection, places, today)
    refusals = []
    for each, more in beyond:
        there = available_on(left[each.item.material_id, each.item.plant or ""], today)
        if more > 0 and more * _per_unit(each.item) > there:
            values = {"line": each.item.line_number, "value": str(each.quantity), "stock": str(there)}
            refusals.append(Refusal("STOCK_LACKING", f"{each.path}.quantity", values))
    return tuple(refusals)


def _per_unit(item: SalesItem) -> Decimal:
    return Decimal(item.numerator) / Decimal(item.denominator)


async def _make(work: Waiting, found: Behind, wanted: Sequence[ToDeliver], input: Any, today: date) -> list[Delivery]:
    by_key = {(each.item.document_id, each.item.line_number): each for each in wanted}
    lines = [_due_line(found, each, today) for each in wanted]
    groups = deliveries_of(lines)
    promised: dict[int, list[ScheduleLine]] = {each.item.id: [] for each in wanted}
    for row in await ScheduleLine.filter(item_id__in=list(promised), open_base__gt=0).order_by("confirmed_date", "id"):
        promised[row.item_id].append(row)
    await work.reserve({Delivery: len(groups), DeliveryItem: len(lines)})
    deliveries, links = [], []
    for group in groups:
        delivery, some = await _make_one(work, found, group, by_key, promised, input, today)
        deliveries.append(delivery)
        links += some
    for each in wanted:
        each.item.delivered += each.quantity
        await _release(work, each.item, promised[each.item.id], each.quantity)
    await refresh_behind(work, found, [each.item for each in wanted])
    await work.flush()
    await join_flow(work, links)
    return deliveries


def _due_line(found: Behind, wanted: ToDeliver, today: date) -> DueLine:
    item, document = wanted.item, found.documents[wanted.item.document_id]
    type_ = content().types.order_types[document.order_type]
    header = DeliveryHeader(
        delivery_type=type_.delivery_type or "",
        ship_to=str(document.ship_to_id),
        sold_to=str(document.sold_to_id),
        sales_organization=text_of(document.area),
        plant=item.plant or "",
        shipping_point=item.shipping_point or item.plant or "",
        route=document.route or "",
        shipping_condition=document.shipping_condition or "",
        incoterms=document.incoterms or "",
        criterion=criterion_of(
            document.number, item.line_number, combines=not document.complete_delivery, separately=item.ship_separately
        ),
    )
    return DueLine(str(document.id), item.line_number, item.requested_date or today, wanted.quantity, header)


async def _make_one(
    work: Waiting,
    found: Behind,
    group: Group[DeliveryHeader, DueLine],
    by_key: Mapping[tuple[int, int], ToDeliver],
    promised: Mapping[int, Sequence[ScheduleLine]],
    input: Any,
    today: date,
) -> tuple[Delivery, list[Followed]]:
    header = group.header
    type_ = content().types.delivery_types[header.delivery_type]
    organization, channel, division = header.sales_organization.split("/")
    planned = input.planned_date if given(input.planned_date) and input.planned_date else today
    delivery = Delivery(
        number=await work.next_number(type_.number_range),
        delivery_type=type_.code,
        returns=type_.returns,
        sales_organization=organization,
        distribution_channel=channel,
        division=division,
        plant=header.plant,
        shipping_point=header.shipping_point,
        route=header.route or None,
        shipping_condition=header.shipping_condition or None,
        incoterms=header.incoterms or None,
        sold_to_id=int(header.sold_to),
        ship_to_id=int(header.ship_to),
        planned_date=planned,
        picking_status=AxisStatus.NOT_RELEVANT if type_.returns else AxisStatus.NOT_YET,
        created_by=work.by,
        created_at=work.now,
    )
    rows = [by_key[int(line.order), line.line] for line in group.items]
    if any(category_of(each.item).billed_by in (BillingBasis.GOODS_ISSUE, BillingBasis.DELIVERY) for each in rows):
        delivery.billing_status = AxisStatus.NOT_YET
    await work.create(delivery)
    links = []
    for place, each in enumerate(rows, 1):
        item, document = each.item, found.documents[each.item.document_id]
        base = each.quantity * _per_unit(item)
        line = DeliveryItem(
            delivery_id=delivery.id,
            line_number=place * STEP,
            item_id=item.id,
            document_id=document.id,
            item_category=item.item_category,
            material_id=item.material_id,
            description=item.description,
            plant=item.plant or "",
            storage_location=item.storage_location or "0001",
            quantity=each.quantity,
            unit=item.unit,
            base_quantity=base,
            base_unit=item.base_unit,
            held_base=ZERO if type_.returns else base,
            held_on=_promised_on(promised[item.id], base),
            billed_by=item.billed_by,
        )
        await work.create(line, part_of=delivery)
        value = item.net_value * each.quantity / item.quantities.kept if item.quantities.kept else ZERO
        before, after = Point(SALES, document.id, item.line_number), Point(DELIVERY, delivery.id, line.line_number)
        links.append(
            Followed(before, after, QuantityEffect.DELIVERED, each.quantity, item.unit, round(value, 2), document.currency)
        )
    return delivery, links


def _promised_on(lines: Sequence[ScheduleLine], base: Decimal) -> date | None:
    """The day on which all of a quantity is promised, the earliest first; None where nothing of it is."""
    day = None
    for line in lines:
        if base > 0:
            day, base = line.confirmed_date, base - line.open_base
    return day


async def _release(work: Work, item: SalesItem, lines: Sequence[ScheduleLine], quantity: Decimal) -> None:
    """What a delivery holds is not promised by schedule lines any more, the earliest first."""
    rest = quantity * _per_unit(item)
    for line in lines:
        taken = min(line.open_base, rest)
        if taken > 0:
            line.open_base -= taken
            rest -= taken
            await work.put(line)


# ----------------------------------------------------------------------------------------------------- picking and posting


async def pick_delivery(caller: Caller | None, input: Any) -> Delivery:
    """Set what is picked of lines; all of them where none is named. Raises NotFound, Conflict, Forbidden, Refused."""
    async with working(Waiting, caller, input, "pickDelivery") as work:
        delivery = await work.lock(Delivery, "Delivery", input.delivery, "delivery", version=input.version)
        await work.demand(delivery, Activity.CHANGE)
        items = await _items(work, delivery)
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
        _set_picking(delivery, items)
        for item in items:
            await work.save_part(item, part_of=delivery)
        await work.save(delivery)
    return delivery


def _set_picking(delivery: Delivery, items: Sequence[DeliveryItem]) -> None:
    if not delivery.returns:
        picked, whole = sum((each.picked for each in items), ZERO), sum((each.quantity for each in items), ZERO)
        delivery.picking_status = status_by_quantity(picked, whole)


async def _items(work: Work, delivery: Delivery) -> list[DeliveryItem]:
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
        demand_on(work, movement_object(delivery), Activity.CREATE, _area(delivery))
        items = await _items(work, delivery)
        found = await behind(work, [each.document_id for each in items])
        today = await business_day(work, delivery.sales_organization)
        posting = input.posting_date if given(input.posting_date) and input.posting_date else today
        if posting > today:
            raise Invalid.because("PAYMENT_FUTURE", "postingDate", day=posting.isoformat())
        if not delivery.returns and all(not each.picked for each in items):
            for each in items:
                each.picked = each.quantity
            _set_picking(delivery, items)
        stock = await _stock(work, items)
        refuse_if_any(refusals_to_post(_case(found, delivery, items, stock), "delivery"))
        await _post(work, found, delivery, items, stock, posting)
    return delivery


def movement_object(delivery: Delivery) -> str:
    """The authorization object of a delivery's postings."""
    return "goods_receipt" if delivery.returns else "goods_issue"


def _area(delivery: Delivery) -> Area:
    return Area((delivery.sales_organization, delivery.distribution_channel, delivery.division))


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
        approved=all(found.is_approved(each) for each in documents),
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
    for name in ("net_value", "tax_amount", "cost"):
        value = getattr(item, name)
        if value is not None:
            setattr(item, name, value_of_part(value, was, Part(), now, unit))
            setattr(document, name, getattr(document, name) + getattr(item, name) - value)
    item.gross_value = item.net_value + item.tax_amount
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
        demand_on(work, movement_object(delivery), Activity.REVERSE, _area(delivery))
        items = await _items(work, delivery)
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


async def delete_delivery(caller: Caller | None, input: Any) -> Delivery:
    """Give up a delivery that was not posted: its lines hold nothing any more, and the orders are open again."""
    async with working(Waiting, caller, input, "deleteDelivery") as work:
        delivery = await work.lock(Delivery, "Delivery", input.delivery, "delivery", version=input.version)
        await work.demand(delivery, Activity.DELETE)
        if delivery.status is AxisStatus.COMPLETE:
            raise Refused.because("GOODS_ISSUE_POSTED", "delivery")
        items = await _items(work, delivery)
        found = await behind(work, [each.document_id for each in items])
        await hold(work, [(each.material_id, each.plant) for each in items])
        today = await business_day(work, delivery.sales_organization)
        links = []
        for each in items:
            item = found.items[each.item_id]
            item.delivered -= each.quantity
            lines = await ScheduleLine.filter(item_id=item.id, confirmed_date__isnull=False).order_by("confirmed_date", "id")
            if lines:
                promised = max(min(item.confirmed, item.quantities.kept) - item.delivered, ZERO) * _per_unit(item)
                open_ = sum((line.open_base for line in lines), ZERO)
                lines[-1].open_base += min(each.held_base, max(promised - open_, ZERO))
                lines[-1].confirmed_date = max(lines[-1].confirmed_date or today, each.held_on or today)
                await work.put(lines[-1])
            before, after = Point(SALES, item.document_id, item.line_number), Point(DELIVERY, delivery.id, each.line_number)
            links.append(Followed(before, after, QuantityEffect.DELIVERED, -each.quantity, each.unit))
            each.quantity, each.picked, each.base_quantity, each.held_base = ZERO, ZERO, ZERO, ZERO
            await work.save_part(each, part_of=delivery)
        delivery.status = delivery.picking_status = delivery.billing_status = AxisStatus.NOT_RELEVANT
        await work.save(delivery)
        await refresh_behind(work, found, [found.items[each.item_id] for each in items])
        await work.flush()
        await join_flow(work, links)
    return delivery
