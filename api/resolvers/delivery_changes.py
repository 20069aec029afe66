"""Deliveries that are changed or given up before their goods move: what they hold of orders follows, and approvals are asked
for again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from api.execution.command import Work, given, working
from api.execution.waiting import Waiting
from api.resolvers.credit_checks import goes_on, refusals_of_step
from api.resolvers.deliveries import ToDeliver, delivered, lacking, per_unit, promised_on, refusals_of, release
from api.resolvers.delivery_approvals import ask_again, ask_nobody, value_of
from api.resolvers.document_availability import hold
from api.resolvers.document_steps import Behind, behind, business_day, refresh_behind
from api.resolvers.flow import Followed, join_flow
from api.resolvers.goods_issues import items_of, set_picking
from api.resolvers.pieces import fetch_in, pieces_now
from domain.activity import Activity
from domain.caller import Caller
from domain.credit.status import DocumentGroup
from domain.errors import Invalid, NotFound, Refusal, Refused, refuse_if_any
from domain.orders.quantities import faults_of_quantity
from domain.orders.statuses import AxisStatus
from domain.pricing.kinds import CustomizingKind
from models.delivery import Delivery, DeliveryItem
from models.sales_document import SalesItem, ScheduleLine

ZERO = Decimal(0)
Change = tuple[DeliveryItem, Decimal, str]
"""A line, how much it is to hold, and where the input says so."""


async def change_delivery(caller: Caller | None, input: Any) -> Delivery:
    """Let lines hold another quantity, or plan another day; another value is approved anew.

    Raises NotFound, Conflict, Forbidden, Invalid, Refused with everything that stands against it.
    """
    async with working(Waiting, caller, input, "changeDelivery") as work:
        delivery, lines = await _open(work, input, Activity.CHANGE)
        if given(input.planned_date) and input.planned_date is not None:
            delivery.planned_date = input.planned_date
        changes = await _changes(work, lines, input.lines or ())
        if not changes and not work.changes(delivery):
            raise Invalid.because("NOTHING_TO_CHANGE", None)
        found = await behind(work, [each.document_id for each in lines])
        today = await business_day(work, delivery.sales_organization)
        links = await _hold_more(work, found, delivery, changes, today)
        links += [
            await _hold_less(work, found, delivery, line, quantity, today)
            for line, quantity, _ in changes
            if quantity < line.quantity
        ]
        set_picking(delivery, lines)
        parts = ((found.items[x.item_id], found.documents[x.document_id], x.quantity) for x in lines)
        await ask_again(work, delivery, value_of(parts))
        await _keep(work, found, delivery, [line for line, _, _ in changes], links)
    return delivery


async def delete_delivery(caller: Caller | None, input: Any) -> Delivery:
    """Give up a delivery that was not posted: its lines hold nothing any more, and the orders are open again."""
    async with working(Waiting, caller, input, "deleteDelivery") as work:
        delivery, lines = await _open(work, input, Activity.DELETE)
        found = await behind(work, [each.document_id for each in lines])
        await hold(work, [(each.material_id, each.plant) for each in lines])
        today = await business_day(work, delivery.sales_organization)
        links = [await _hold_less(work, found, delivery, each, ZERO, today) for each in lines]
        delivery.status = delivery.picking_status = delivery.billing_status = AxisStatus.NOT_RELEVANT
        await ask_nobody(work, delivery)
        await _keep(work, found, delivery, lines, links)
    return delivery


async def _open(work: Work, input: Any, activity: Activity) -> tuple[Delivery, list[DeliveryItem]]:
    """The delivery with its lines, locked, if the caller may do that to it and it has not left."""
    delivery = await work.lock(Delivery, "Delivery", input.delivery, "delivery", version=input.version)
    await work.demand(delivery, activity)
    if delivery.status is AxisStatus.COMPLETE:
        raise Refused.because("GOODS_ISSUE_POSTED", "delivery")
    if delivery.status is AxisStatus.NOT_RELEVANT:
        raise Refused.because("DELIVERY_EMPTY", "delivery")
    return delivery, await items_of(work, delivery)


async def _changes(work: Work, lines: Sequence[DeliveryItem], asked: Sequence[Any]) -> list[Change]:
    """The lines that are to hold another quantity. Raises NotFound, Invalid."""
    units = (await pieces_now(fetch_in(work.connection))).values(CustomizingKind.UNIT) if asked else {}
    by_number, seen = {each.line_number: each for each in lines}, set[int]()
    changes: list[Change] = []
    faults: list[Refusal] = []
    for place, each in enumerate(asked):
        path = f"lines.{place}"
        line = by_number.get(each.line_number)
        if line is None:
            raise NotFound.because("NOT_FOUND", f"{path}.lineNumber", what="DeliveryItem")
        if each.line_number in seen:
            faults.append(Refusal("LINE_TWICE", path, {"line": each.line_number}))
        seen.add(each.line_number)
        faults += faults_of_quantity(each.quantity, line.unit, units, f"{path}.quantity")
        if each.quantity != line.quantity:
            changes.append((line, each.quantity, path))
    refuse_if_any(tuple(faults), Invalid)
    return changes


async def _hold_more(work: Work, found: Behind, delivery: Delivery, changes: Sequence[Change], today: date) -> list[Followed]:
    """Let lines hold more, as a new delivery of that would. Raises Refused."""
    more = [(line, quantity - line.quantity, path) for line, quantity, path in changes if quantity > line.quantity]
    wanted = [ToDeliver(found.items[line.item_id], quantity, path) for line, quantity, path in more]
    documents = {each.item.document_id: found.documents[each.item.document_id] for each in wanted}
    refuse_if_any(refusals_of(found, [("delivery", each) for each in documents.values()], wanted))
    known = [("delivery", each, found.items_of(each)) for each in documents.values()]
    refuse_if_any(await refusals_of_step(work, known, DocumentGroup.DELIVERY))
    await hold(work, [(line.material_id, line.plant) for line, _, _ in changes])
    refuse_if_any(await lacking(work, wanted, today))
    links = []
    for line, quantity, _ in more:
        item = found.items[line.item_id]
        promised = await ScheduleLine.filter(item_id=item.id, open_base__gt=0).order_by("confirmed_date", "id")
        day = promised_on(promised, quantity * per_unit(item))
        line.held_on = max((each for each in (line.held_on, day) if each is not None), default=None)
        await release(work, item, promised, quantity)
        item.delivered += quantity
        _hold(delivery, line, item, line.quantity + quantity)
        links.append(delivered(delivery, line, item, quantity))
    return links


async def _hold_less(
    work: Work, found: Behind, delivery: Delivery, line: DeliveryItem, quantity: Decimal, today: date
) -> Followed:
    """Let a line hold less: what it no longer holds is promised to the order again, on the day that it was held for, if the
    order goes on.
    """
    item = found.items[line.item_id]
    less, held = line.quantity - quantity, line.held_base
    link = delivered(delivery, line, item, -less)
    item.delivered -= less
    _hold(delivery, line, item, quantity)
    lines = await ScheduleLine.filter(item_id=item.id, confirmed_date__isnull=False).order_by("confirmed_date", "id")
    if lines and goes_on(found.documents[item.document_id]):
        promised = max(min(item.confirmed, item.quantities.kept) - item.delivered, ZERO) * per_unit(item)
        open_ = sum((each.open_base for each in lines), ZERO)
        lines[-1].open_base += min(held - line.held_base, max(promised - open_, ZERO))
        lines[-1].confirmed_date = max(lines[-1].confirmed_date or today, line.held_on or today)
        await work.put(lines[-1])
    return link


def _hold(delivery: Delivery, line: DeliveryItem, item: SalesItem, quantity: Decimal) -> None:
    line.quantity, line.base_quantity, line.picked = quantity, quantity * per_unit(item), min(line.picked, quantity)
    line.held_base = ZERO if delivery.returns else line.base_quantity


async def _keep(
    work: Waiting, found: Behind, delivery: Delivery, lines: Sequence[DeliveryItem], links: Sequence[Followed]
) -> None:
    for each in lines:
        await work.save_part(each, part_of=delivery)
    await work.save(delivery)
    await refresh_behind(work, found, [found.items[each.item_id] for each in lines])
    await work.flush()
    await join_flow(work, links)
