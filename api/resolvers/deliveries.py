"""Deliveries: made of what is due of orders, in as few as may be. What becomes of them: `delivery_changes`, `goods_issues`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from api.execution import global_id
from api.execution.command import Work, given, working
from api.execution.waiting import Waiting
from api.resolvers.approvals import add_levels
from api.resolvers.credit_checks import STOPPED, refusals_beyond_release, refusals_of_step
from api.resolvers.delivery_approvals import ask_for, value_of
from api.resolvers.document_availability import available, hold
from api.resolvers.document_steps import Behind, behind, business_day, category_of, demand_on, refresh_behind
from api.resolvers.flow import DELIVERY, SALES, Followed, Point, join_flow
from api.resolvers.orders_content import content
from domain.activity import Activity
from domain.areas import text_of
from domain.caller import Caller
from domain.credit.status import DocumentGroup
from domain.customer import BlockScope
from domain.errors import Invalid, NotFound, Refusal, Refused, refuse_if_any
from domain.orders.availability import available_on
from domain.orders.billing import advance_lacking
from domain.orders.copy_control import QuantityEffect, copy_rule
from domain.orders.deliveries import (
    DeliveryHeader,
    DueLine,
    criterion_of,
    deliveries_of,
)
from domain.orders.incompletion import Blocks
from domain.orders.quantities import (
    BillingBasis,
    DeliveryTolerance,
    refusals_to_deliver,
)
from domain.orders.splitting import Group
from domain.orders.statuses import AxisStatus
from domain.pricing.currencies import minor_unit
from models.delivery import Delivery, DeliveryItem
from models.payment import Payment
from models.sales_document import DocumentHeader, ReturnOrder, SalesItem, SalesOrder, ScheduleLine

ZERO = Decimal(0)
STEP = 10
KINDS: Mapping[str, type[DocumentHeader]] = {"SalesOrder": SalesOrder, "ReturnOrder": ReturnOrder}


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
        named = [(f"salesOrders.{place}", each) for place, each in enumerate(documents)]
        refuse_if_any((*await _uncollected(documents), *refusals_of(found, named, wanted)))
        if not wanted:
            raise Refused.because("DELIVERY_EMPTY", "salesOrders")
        known = [(path, each, found.items_of(each)) for path, each in named]
        refuse_if_any(await refusals_of_step(work, known, DocumentGroup.DELIVERY))
        refuse_if_any(await lacking(work, wanted, today))
        deliveries = await _make(work, found, wanted, input, today)
        work.subject = deliveries[0]
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


def refusals_of(
    found: Behind, documents: Sequence[tuple[str, DocumentHeader]], wanted: Sequence[ToDeliver]
) -> tuple[Refusal, ...]:
    """Why so much more of items cannot be delivered, and nothing of their documents, each with where the input names it."""
    refusals: list[Refusal] = []
    for path, document in documents:
        type_ = content().types.order_types[document.order_type]
        if copy_rule(content().copy_rules, document.order_type, type_.delivery_type or "") is None:
            values = {"number": document.number, "target": "DELIVERY"}
            refusals.append(Refusal("REFERENCE_NOT_ALLOWED", path, values))
        if not found.is_approved(document):
            refusals.append(Refusal("DELIVERY_UNAPPROVED", path))
        if found.is_blocked(document, BlockScope.DELIVERY):
            refusals.append(Refusal("DELIVERY_BLOCKED", path))
        if document.credit_status in STOPPED:
            refusals.append(Refusal("CREDIT_STOPPED", path, {"number": document.number}))
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
        refusals += refusals_beyond_release(document, item, each.quantity, quantity)
    return tuple(dict.fromkeys(refusals))


async def _uncollected(documents: Sequence[DocumentHeader]) -> tuple[Refusal, ...]:
    """What must be collected before orders of types that are collected first go on 先款后票."""
    types, refusals = content().types.order_types, []
    for place, document in enumerate(documents):
        percent = types[document.order_type].advance_percent
        if percent:
            payments = await Payment.filter(document_id=document.id, reset_at=None)
            paid = [each.amount for each in payments if each.approval_status.stands]
            unit = minor_unit(document.currency)
            lacking = advance_lacking(document.gross_value, percent, paid, unit)
            if lacking > 0:
                values = {"number": document.number, "value": str(lacking), "currency": document.currency}
                refusals.append(Refusal("ADVANCE_LACKING", f"salesOrders.{place}", values))
    return tuple(refusals)


async def lacking(work: Work, wanted: Sequence[ToDeliver], today: date) -> tuple[Refusal, ...]:
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
        if more > 0 and more * per_unit(each.item) > there:
            values = {"line": each.item.line_number, "value": str(each.quantity), "stock": str(there)}
            refusals.append(Refusal("STOCK_LACKING", f"{each.path}.quantity", values))
    return tuple(refusals)


def per_unit(item: SalesItem) -> Decimal:
    """How many base units one of an item's units is; rounded where that has no end."""
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
        await release(work, each.item, promised[each.item.id], each.quantity)
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
    needed = ask_for(delivery, value_of((each.item, found.documents[each.item.document_id], each.quantity) for each in rows))
    if any(category_of(each.item).billed_by in (BillingBasis.GOODS_ISSUE, BillingBasis.DELIVERY) for each in rows):
        delivery.billing_status = AxisStatus.NOT_YET
    await work.create(delivery)
    await add_levels(work, delivery, needed)
    links = []
    for place, each in enumerate(rows, 1):
        item, document = each.item, found.documents[each.item.document_id]
        base = each.quantity * per_unit(item)
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
            held_on=promised_on(promised[item.id], base),
            billed_by=item.billed_by,
        )
        await work.create(line, part_of=delivery)
        links.append(delivered(delivery, line, item, each.quantity))
    return delivery, links


def delivered(delivery: Delivery, line: DeliveryItem, item: SalesItem, quantity: Decimal) -> Followed:
    """That a line delivers so much more of an item, or less, and what that comes to."""
    value = item.net_value * quantity / item.quantities.kept if item.quantities.kept else ZERO
    before, after = Point(SALES, item.document_id, item.line_number), Point(DELIVERY, delivery.id, line.line_number)
    return Followed(before, after, QuantityEffect.DELIVERED, quantity, item.unit, round(value, 2), item.currency)


def promised_on(lines: Sequence[ScheduleLine], base: Decimal) -> date | None:
    """The day on which all of a quantity is promised, the earliest first; None where nothing of it is."""
    day = None
    for line in lines:
        if base > 0:
            day, base = line.confirmed_date, base - line.open_base
    return day


async def release(work: Work, item: SalesItem, lines: Sequence[ScheduleLine], quantity: Decimal) -> None:
    """What a delivery holds is not promised by schedule lines any more, the earliest first."""
    rest = quantity * per_unit(item)
    for line in lines:
        taken = min(line.open_base, rest)
        if taken > 0:
            line.open_base -= taken
            rest -= taken
            await work.put(line)
