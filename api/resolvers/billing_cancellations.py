"""The cancellation of a billing document 冲销: what it billed is due again, what it asked for is owed no more."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from api.execution.command import Work, working
from api.execution.waiting import Waiting
from api.resolvers.billing import Held
from api.resolvers.document_steps import Behind, behind, business_day, refresh_behind
from api.resolvers.flow import BILLING, Followed, Point, join_flow
from api.resolvers.orders_content import content
from domain.activity import Activity
from domain.caller import Caller
from domain.errors import Refused, refuse_if_any
from domain.orders.billing import (
    CancelCase,
    is_posted,
    receivable,
    refusals_to_cancel,
)
from domain.orders.copy_control import QuantityEffect
from domain.orders.statuses import AxisStatus
from models.billing import BillingDocument, BillingItem
from models.delivery import Delivery, DeliveryItem
from models.payment import OpenItem

ZERO = Decimal(0)


async def cancel_billing_document(caller: Caller | None, input: Any) -> BillingDocument:
    """Cancel a billing document as a whole: what it billed is due again, what it asked for is owed no more.

    Raises NotFound, Conflict, Forbidden, Refused (CANCEL_RULES).
    """
    async with working(Waiting, caller, input, "cancelBillingDocument") as work:
        document = await work.lock(
            BillingDocument, "BillingDocument", input.billing_document, "billingDocument", version=input.version
        )
        await work.demand(document, Activity.REVERSE, measure=document.group_value)
        open_items = await OpenItem.filter(billing_id=document.id).order_by("id").select_for_update(no_key=True)
        cancelled = document.cancelled_by_id is not None
        asked = receivable(document.category, document.gross_value) if is_posted(document.category) else ZERO
        settled = ZERO if cancelled else asked - document.open_amount
        items = await BillingItem.filter(billing_id=document.id).order_by("line_number")
        held = await _held_by(items)
        found = await behind(work, [each.document_id for each in items])
        credited = any(found.items[each.item_id].returned > 0 for each in items)
        case = CancelCase(document.category, cancelled, settled, credited)
        refuse_if_any(refusals_to_cancel(case))
        type_ = content().types.billing_types[document.billing_type]
        if type_.cancelled_by is None:
            raise Refused.because("CANCEL_NOT_POSTED", "billingDocument", category=document.category.name)
        made = await _cancelling(work, document, type_.cancelled_by, input.reason)
        links = await _take_back(work, found, document, made, items, held)
        for each in open_items:
            each.open = ZERO
            await work.put(each)
        document.cancelled_by_id, document.open_amount, document.status = made.id, ZERO, AxisStatus.COMPLETE
        await work.save(document)
        await refresh_behind(work, found, [found.items[each.item_id] for each in items])
        await work.flush()
        await join_flow(work, links)
    return made


async def _cancelling(work: Waiting, document: BillingDocument, code: str, reason: str) -> BillingDocument:
    type_ = content().types.billing_types[code]
    copied = (
        *("company_code", "sales_organization", "distribution_channel", "division", "sold_to_id", "bill_to_id", "payer_id"),
        *("payment_terms", "incoterms", "currency", "net_value", "tax_amount", "gross_value", "cost", "group_value"),
    )
    made = BillingDocument(
        number=await work.next_number(type_.number_range),
        billing_type=code,
        category=type_.category,
        billing_date=await business_day(work, document.sales_organization),
        cancels_id=document.id,
        reason=reason.strip() or None,
        status=AxisStatus.COMPLETE,
        created_by=work.by,
        created_at=work.now,
        **{name: getattr(document, name) for name in copied},
    )
    await work.create(made)
    work.subject = made
    return made


async def _held_by(items: Sequence[BillingItem]) -> Held:
    """The deliveries that these lines bill, locked, with all of their lines."""
    keys = [each.delivery_item_id for each in items if each.delivery_item_id]
    ids = await DeliveryItem.filter(id__in=keys).values_list("delivery_id", flat=True)
    deliveries = await Delivery.filter(id__in=list(ids)).order_by("id").select_for_update(no_key=True)
    lines = await DeliveryItem.filter(delivery_id__in=[each.id for each in deliveries]).order_by("delivery_id", "line_number")
    return Held(deliveries, lines)


async def _take_back(
    work: Work, found: Behind, document: BillingDocument, made: BillingDocument, items: Sequence[BillingItem], held: Held
) -> list[Followed]:
    lines, links = {each.id: each for each in held.lines}, []
    for each in items:
        item = found.items[each.item_id]
        item.billed -= each.quantity
        item.posted -= each.quantity
        line = lines.get(each.delivery_item_id or 0)
        if line is not None:
            line.billed -= each.quantity
            await work.put(line)
        copy = BillingItem(**{name: getattr(each, name) for name in each._meta.db_fields if name != "id"})
        copy.billing_id = made.id
        await work.add(copy)
        before, after = Point(BILLING, document.id, each.line_number), Point(BILLING, made.id, each.line_number)
        links.append(
            Followed(before, after, QuantityEffect.BILLED, -each.quantity, each.unit, -each.net_value, document.currency)
        )
    await held.refresh(work)
    return links
