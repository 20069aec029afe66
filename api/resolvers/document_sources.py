"""The document that another is entered with reference to 参照: what of it may be copied, and what of it is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.execution import global_id
from api.execution.command import Work
from api.execution.waiting import Waiting
from api.resolvers.drafts import Draft, Line
from api.resolvers.flow import BILLING, SALES, Followed, Point, join_flow
from api.resolvers.orders_content import content
from domain.errors import Invalid, Refusal, refuse_if_any
from domain.orders.copy_control import (
    AskedLine,
    CopiedItem,
    CopyRule,
    QuantityEffect,
    SourceCase,
    SourceItem,
    copied_items,
    copy_rule,
    refusals_to_copy,
    refusals_to_reference_document,
)
from domain.orders.document_types import OrderType
from domain.orders.entry import GIVING, finds_free_goods
from domain.orders.quantities import Called, Target, may_still_be_referenced, refusals_to_call_off
from domain.pricing.free_goods import part_of_free
from domain.pricing.rounding import rounded
from domain.pricing.units import places_of
from domain.pricing.values import FreeGoodsKind
from models.billing import BillingDocument, BillingItem
from models.document_flow import DocumentLink
from models.sales_document import BY_CATEGORY, DocumentHeader, ItemCondition, SalesDocument, SalesItem

ZERO = Decimal(0)
MODELS: Mapping[str, Any] = {
    **{model.__name__: model for model in BY_CATEGORY.values()},
    BillingDocument.__name__: BillingDocument,
}
"""What can be referred to, by the type that a global id names."""


@dataclass(frozen=True)
class Source:
    """A document that is referred to, its items by the lines by which they are asked for, and what is copied of them."""

    document: DocumentHeader | BillingDocument
    kind: str
    rule: CopyRule
    items: Mapping[int, SalesItem]
    copied: tuple[CopiedItem, ...]
    conditions: Mapping[int, list[ItemCondition]]
    """The rows of the items' prices, by item."""

    @property
    def sales_documents(self) -> frozenset[int]:
        """The sales documents whose items are copied."""
        return frozenset(item.document_id for item in self.items.values())

    def link(self, copied: CopiedItem, after: Point, value: Decimal, currency: str) -> Followed:
        """That a new line follows the item that it was copied from."""
        item = self.items[copied.line]
        before = Point(self.kind, self.document.id, copied.line)
        return Followed(before, after, self.rule.effect, copied.quantity, item.unit, value, currency)


async def source_of(work: Work, type_: OrderType, reference: Any, path: str) -> Source:
    """The document that an input refers to, locked, with the lines that it asks for. Raises NotFound, Refused, Invalid."""
    type_name, _ = global_id.decode(reference.document, f"{path}.document")
    model = MODELS.get(type_name)
    if model is None:
        raise Invalid.because("ID_MALFORMED", f"{path}.document")
    document = await work.lock(model, type_name, reference.document, f"{path}.document")
    own_type = document.billing_type if isinstance(document, BillingDocument) else document.order_type
    rule = copy_rule(content().copy_rules, own_type, type_.code)
    refuse_if_any(refusals_to_reference_document(_case(work, document), rule, type_.code, f"{path}.document"))
    assert rule is not None
    items = await _items(document)
    looked_up = finds_free_goods(type_.category, rule.pricing)
    asked = [AskedLine(each.line_number, each.quantity) for each in reference.lines] if reference.lines else None
    if asked is not None and type_.category in GIVING and not looked_up:
        asked += _free_with(asked, items)
    sources = [
        SourceItem(line, item.item_category, item.quantities, _beyond(rule, type_of(document), item))
        for line, item in items.items()
        if not (looked_up and item.free_with_line is not None)
    ]
    refuse_if_any(refusals_to_copy(rule, sources, asked, f"{path}.lines"))
    copied = copied_items(rule, sources, asked)
    conditions: dict[int, list[ItemCondition]] = {}
    ids = [items[each.line].id for each in copied]
    for row in await ItemCondition.filter(item_id__in=ids, replaced_at=None).order_by("item_id", "position"):
        conditions.setdefault(row.item_id, []).append(row)
    kind = BILLING if isinstance(document, BillingDocument) else SALES
    return Source(document, kind, rule, items, copied, conditions)


def _free_with(asked: Sequence[AskedLine], items: Mapping[int, SalesItem]) -> list[AskedLine]:
    """What is agreed to come free with the lines that are asked for: the part of it that falls to as much as is asked."""
    wanted = {each.line: each.quantity for each in asked}
    found = []
    for line, item in items.items():
        main = items.get(item.free_with_line or 0)
        if main is None or main.line_number not in wanted or line in wanted:
            continue
        places = places_of(item.quantity)
        before, after = (
            part_of_free(item.quantity, main.quantity, taken, places)
            for taken in (main.referenced, main.referenced + wanted[main.line_number])
        )
        free = min(after - before, item.quantities.open_to_reference)
        if free > 0:
            found.append(AskedLine(line, free))
    return found


def type_of(document: DocumentHeader | BillingDocument) -> OrderType | None:
    """The order type of a sales document; None for a billing document."""
    return None if isinstance(document, BillingDocument) else content().types.order_types[document.order_type]


def _case(work: Work, document: DocumentHeader | BillingDocument) -> SourceCase:
    day = work.now.date()
    if isinstance(document, BillingDocument):
        return SourceCase(document.number, day, cancelled=document.cancelled_by_id is not None)
    return SourceCase(
        document.number,
        day,
        valid_to=document.valid_to,
        incomplete=document.incomplete,
        approved=document.approval_status.stands,
    )


async def _items(document: DocumentHeader | BillingDocument) -> Mapping[int, SalesItem]:
    """The items of a document by line; those that an invoice bills with their documents locked, whose sums may change."""
    if isinstance(document, BillingDocument):
        lines = await BillingItem.filter(billing_id=document.id).order_by("line_number")
        await SalesDocument.filter(id__in=[line.document_id for line in lines]).order_by("id").select_for_update(no_key=True)
        items = {each.id: each for each in await SalesItem.filter(id__in=[line.item_id for line in lines])}
        return {line.line_number: items[line.item_id] for line in lines}
    return {each.line_number: each for each in await SalesItem.filter(document_id=document.id).order_by("line_number")}


def _beyond(rule: CopyRule, type_: OrderType | None, item: SalesItem) -> Decimal | None:
    """By how much what is left of an item may be exceeded: a contract's over-release."""
    if rule.effect is not QuantityEffect.REFERENCED or type_ is None:
        return ZERO
    most = may_still_be_referenced(item.quantities, type_.over_release)
    return None if most is None else most - item.quantities.open_to_reference


def refusals_of_value(source: Source, values: Sequence[tuple[CopiedItem, Decimal]]) -> tuple[Refusal, ...]:
    """Why a contract that is agreed for a value cannot give this much more."""
    type_ = type_of(source.document)
    found: list[Refusal] = []
    for copied, value in values:
        item = source.items[copied.line]
        if type_ is not None and item.target_value is not None and content().item_categories[item.item_category].by_value:
            target, so_far = Target(None, item.target_value), Called(item.referenced, item.called_value)
            found += refusals_to_call_off(target, so_far, Called(copied.quantity, value), type_.over_release, copied.line)
    return tuple(found)


SUMS: Mapping[QuantityEffect, str] = {QuantityEffect.REFERENCED: "referenced", QuantityEffect.RETURNED: "returned"}
"""The sum of an item that a copied quantity enters."""


async def mark_taken(work: Work, source: Source, values: Sequence[tuple[CopiedItem, Decimal]]) -> list[SalesItem]:
    """Count what is taken of the items, and give back those that changed."""
    column = SUMS.get(source.rule.effect)
    changed = []
    for copied, value in values if column else ():
        item = source.items[copied.line]
        work.keep(item)
        setattr(item, column or "", getattr(item, column or "") + copied.quantity)
        item.called_value += value
        await work.save_part(item, part_of=source.document)
        changed.append(item)
    return changed


# ------------------------------------------------------------------------------------------------- when it becomes another

TakenLine = tuple[Decimal, Decimal]
"""What is kept of a line, and what that comes to."""


def taken_lines(draft: Draft) -> Mapping[int, TakenLine]:
    """What is kept of the lines of a document, and what it comes to, by line."""
    return {line.row.line_number: (_taken(draft, line), line.row.net_value if line.is_kept else ZERO) for line in draft.lines}


def _taken(draft: Draft, line: Line) -> Decimal:
    """What is kept of a line, with what was looked up to be free of it: that is a line of its own that follows nothing."""
    row, kept = line.row, line.row.quantities.kept
    if row.free_kind is not FreeGoodsKind.INCLUSIVE or not draft.finds_free_goods(row.priced_as):
        return kept
    return rounded(kept * (row.quantity + row.free_quantity) / row.quantity, Decimal("0.001"))


async def keep_taken(
    work: Waiting, draft: Draft, before: Mapping[int, TakenLine]
) -> tuple[DocumentHeader, list[SalesItem]] | None:
    """Let a document that has changed take of the one that it follows what is kept of its lines; `before` is what was.

    The document that it follows with its items, if anything is taken of it. Raises Refused beyond what is left there.
    """
    now = taken_lines(draft)
    more = {
        line: (now[line][0] - before[line][0], now[line][1] - before[line][1]) for line in before if now[line] != before[line]
    }
    links = await DocumentLink.filter(
        successor_kind=SALES, successor_id=draft.document.id, successor_line__in=list(more), effect__in=list(SUMS)
    ).order_by("-id")
    followed = {each.successor_line or 0: each for each in links}
    if not followed:
        return None
    source = await _followed(work, draft.type, next(iter(followed.values())))
    lines = {line: followed[line].predecessor_line or 0 for line in more if line in followed}
    values = [(CopiedItem(lines[line], None, more[line][0]), more[line][1]) for line in lines]
    asked = [AskedLine(copied.line, copied.quantity) for copied, _ in values if copied.quantity > 0]
    sources = [
        SourceItem(line, item.item_category, item.quantities, _beyond(source.rule, type_of(source.document), item))
        for line, item in source.items.items()
    ]
    refuse_if_any(refusals_to_copy(source.rule, sources, asked, "items"))
    refuse_if_any(refusals_of_value(source, values))
    changed = await mark_taken(work, source, values)
    document = draft.document
    points = [Point(SALES, document.id, line) for line in lines]
    await join_flow(
        work,
        [source.link(copied, point, value, document.currency) for point, (copied, value) in zip(points, values, strict=True)],
    )
    if changed and isinstance(source.document, DocumentHeader):
        return source.document, list(source.items.values())
    return None


async def _followed(work: Work, type_: OrderType, link: DocumentLink) -> Source:
    """The document that a link leads to, locked."""
    document: DocumentHeader | BillingDocument
    if link.predecessor_kind == BILLING:
        document = await BillingDocument.get(id=link.predecessor_id)
        own_type = document.billing_type
    else:
        locked = await SalesDocument.filter(id=link.predecessor_id).select_for_update(no_key=True).get()
        document = await BY_CATEGORY[locked.category].get(id=locked.id)
        own_type = document.order_type
    work.keep(document)
    rule = copy_rule(content().copy_rules, own_type, type_.code)
    assert rule is not None
    return Source(document, link.predecessor_kind, rule, await _items(document), (), {})
