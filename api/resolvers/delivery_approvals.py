"""Approvals of deliveries: what a delivery comes to, whose approval that needs, and that any other value asks again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from api.execution.command import Work
from api.execution.waiting import Waiting
from api.resolvers.approvals import Deciding, ask, keep_levels
from api.resolvers.orders_content import GROUP_CURRENCY, content
from domain.orders.approvals import Figures, Needed, Proposal, approvals_needed
from domain.orders.categories import DocumentCategory
from domain.orders.deliveries import DeliveredPart, value_of_delivery
from domain.pricing.currencies import minor_unit
from models.delivery import Delivery, DeliveryItem
from models.sales_document import DocumentHeader, SalesDocument, SalesItem

NOT_LEFT = """select v.id from deliveries v where v.status = 'NOT_YET' and v.id in (
        select x.delivery_id from delivery_items x join sales_items i on i.id = x.item_id where i.document_id = $1)
    order by v.id for no key update"""


def value_of(parts: Iterable[tuple[SalesItem, DocumentHeader, Decimal]]) -> Decimal:
    """What so much of items of sales documents comes to, in group currency."""
    found = (
        DeliveredPart(quantity, item.quantities.kept, item.net_value, document.net_value, document.group_value)
        for item, document, quantity in parts
    )
    return value_of_delivery(found, minor_unit(GROUP_CURRENCY))


def ask_for(delivery: Delivery, value: Decimal) -> tuple[Needed, ...]:
    """Let a delivery come to a value, and wait for whoever approves that: the levels that it needs."""
    delivery.group_value = value
    proposal = Proposal(DocumentCategory.DELIVERY, delivery.sales_organization, Figures(value))
    needed = approvals_needed(content().approvals, proposal)
    ask(delivery, needed)
    return needed


async def ask_again(work: Work, delivery: Delivery, value: Decimal) -> None:
    """As `ask_for`, where a delivery comes to another value than before; what was decided of that stands no more."""
    if value != delivery.group_value:
        await keep_levels(work, delivery, ask_for(delivery, value))


async def ask_nobody(work: Work, delivery: Delivery) -> None:
    """A delivery that was given up comes to nothing, and nobody is asked."""
    delivery.group_value = Decimal(0)
    ask(delivery, ())
    await keep_levels(work, delivery, ())


# ----------------------------------------------------------------------------------- values that change with the order's


async def deliveries_of_document(work: Work, document: int) -> list[Delivery]:
    """The deliveries of a sales document that have not left, locked before it, as their own commands do."""
    rows = await work.connection.fetch(NOT_LEFT, document)
    return await Delivery.filter(id__in=[row["id"] for row in rows]).order_by("id") if rows else []


async def revalue(work: Work, deliveries: Sequence[Delivery], document: DocumentHeader, items: Iterable[SalesItem]) -> None:
    """Let deliveries come to what a changed sales document makes of them; its items are given, those of others are read."""
    lines: dict[int, list[DeliveryItem]] = {each.id: [] for each in deliveries}
    for line in await DeliveryItem.filter(delivery_id__in=list(lines)).order_by("id") if lines else ():
        lines[line.delivery_id].append(line)
    every = [line for some in lines.values() for line in some]
    own = {each.id: each for each in items if each.pk is not None}
    others = {line.item_id for line in every} - own.keys()
    found = own | ({each.id: each for each in await SalesItem.filter(id__in=others)} if others else {})
    documents: Mapping[int, Any] = {document.id: document}
    if others:
        keys = {line.document_id for line in every} - {document.id}
        documents = {**documents, **{each.id: each for each in await SalesDocument.filter(id__in=keys)}}
    for delivery in deliveries:
        work.keep(delivery)
        parts = ((found[x.item_id], documents[x.document_id], x.quantity) for x in lines[delivery.id])
        await ask_again(work, delivery, value_of(parts))
        if work.changes(delivery):
            await work.save(delivery)


# -------------------------------------------------------------------------------------------------------------- deciding


async def _lock(work: Work, id: str, path: str, version: int) -> Delivery:
    return await work.lock(Delivery, "Delivery", id, path, version=version)


async def _save(work: Waiting, delivery: Delivery) -> None:
    await work.save(delivery)


DELIVERIES = Deciding(_lock, _save, _save)
"""How deliveries are decided on: an approved one may leave, a refused one does not until somebody changes it."""
