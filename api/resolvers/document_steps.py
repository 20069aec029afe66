"""What deliveries, goods issues and billing share: the sales documents behind them, locked, and what stands against them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from api.execution.command import Work
from api.resolvers.orders_content import content
from api.resolvers.sales_documents import set_statuses_of
from domain.activity import Activity
from domain.areas import Area, text_of
from domain.customer import BlockScope
from domain.errors import Forbidden, Refusal
from domain.orders.categories import DocumentCategory
from domain.orders.incompletion import Blocks
from domain.orders.item_categories import ItemCategory
from models.organization import SalesOrganization
from models.sales_document import BY_CATEGORY, DocumentHeader, IncompletionEntry, SalesItem

LOCKED = "select id, category from sales_documents where id = any($1) order by id for no key update"
BLOCKED = """
    select c.id as customer_id, c.delivery_block, c.billing_block, v.delivery_block as area_delivery_block,
           v.billing_block as area_billing_block, v.sales_organization, v.distribution_channel, v.division
    from customers c left join customer_sales_area_views v on v.customer_id = c.id where c.id = any($1)"""


@dataclass
class Behind:
    """Sales documents that something follows, locked, with all of their items and what stands against a step."""

    documents: Mapping[int, DocumentHeader]
    items: Mapping[int, SalesItem]
    missing: Mapping[int, Sequence[IncompletionEntry]]
    blocked: frozenset[tuple[int, Area, BlockScope]]

    def items_of(self, document: DocumentHeader) -> list[SalesItem]:
        """The items of a document, by line."""
        return self._by_document.get(document.id, [])

    @cached_property
    def _by_document(self) -> dict[int, list[SalesItem]]:
        found: dict[int, list[SalesItem]] = {}
        for each in self.items.values():
            found.setdefault(each.document_id, []).append(each)
        return found

    def lacks(self, document: DocumentHeader, step: Blocks, line: int) -> bool:
        """Whether something that a line, or the header, lacks keeps a step from happening."""
        names = {step.name, Blocks.GENERAL.name}
        return any(
            names & set(each.blocks.split(",")) and each.line_number in (None, line)
            for each in self.missing.get(document.id, ())
        )

    def is_blocked(self, document: DocumentHeader, scope: BlockScope) -> bool:
        """Whether the document itself or its customer is blocked for a step."""
        own = document.delivery_block if scope is BlockScope.DELIVERY else document.billing_block
        return own is not None or (document.sold_to_id, document.area, scope) in self.blocked

    def is_approved(self, document: DocumentHeader) -> bool:
        """Whether no approval is waited for."""
        return document.approval_status.stands


async def behind(work: Work, ids: Iterable[int]) -> Behind:
    """The sales documents of these keys, locked in their order; whether the caller sees them is for who asks to find out."""
    rows = await work.connection.fetch(LOCKED, sorted(set(ids)))
    documents: dict[int, DocumentHeader] = {}
    for model in dict.fromkeys(BY_CATEGORY[DocumentCategory(row["category"])] for row in rows):
        keys = [row["id"] for row in rows if BY_CATEGORY[DocumentCategory(row["category"])] is model]
        documents |= {each.id: each for each in await model.filter(id__in=keys)}
    items = {
        each.id: each for each in await SalesItem.filter(document_id__in=list(documents)).order_by("document_id", "line_number")
    }
    incomplete = [each.id for each in documents.values() if each.incomplete]
    missing: dict[int, list[IncompletionEntry]] = {}
    for entry in await IncompletionEntry.filter(document_id__in=incomplete) if incomplete else ():
        missing.setdefault(entry.document_id, []).append(entry)
    for record in (*documents.values(), *items.values()):
        work.keep(record)
    blocked = await _blocks(work, {each.sold_to_id for each in documents.values()})
    return Behind(dict(sorted(documents.items())), items, missing, blocked)


async def _blocks(work: Work, customers: Iterable[int]) -> frozenset[tuple[int, Area, BlockScope]]:
    found = set()
    for row in await work.connection.fetch(BLOCKED, list(customers)):
        area = Area((row["sales_organization"], row["distribution_channel"], row["division"]))
        for scope, name in ((BlockScope.DELIVERY, "delivery_block"), (BlockScope.BILLING, "billing_block")):
            if row[name] or row[f"area_{name}"]:
                found.add((row["customer_id"], area, scope))
    return frozenset(found)


async def refresh_behind(work: Work, found: Behind, changed: Iterable[SalesItem]) -> None:
    """Bring documents in step with items whose sums have changed, and tell of them."""
    ids = {each.document_id for each in changed}
    for id in sorted(ids):
        document = found.documents[id]
        items = found.items_of(document)
        set_statuses_of(document, items)
        for each in items:
            await work.put(each)
        await work.put(document)
        await work.announce(document, "changed")


def category_of(item: SalesItem) -> ItemCategory:
    """An item's category."""
    return content().item_categories[item.item_category]


def demand_on(work: Work, object: str, activity: Activity, area: Area, *, own: bool = False, measure: Any = None) -> None:
    """Casbin decides on something that is made or posted in an area. Raises Forbidden."""
    if not work.authority.allows(area, object, activity, own=own, measure=measure):
        values = {"object": object, "activity": activity.name, "salesArea": text_of(area)}
        raise Forbidden(Refusal("FORBIDDEN", None, values))
    work.used(object, activity)


async def business_day(work: Work, organization: str) -> date:
    """The day that it is in a sales organization."""
    row = await work.once(("sales organization", organization), lambda: SalesOrganization.get(code=organization))
    return work.now.astimezone(ZoneInfo(row.time_zone)).date()
