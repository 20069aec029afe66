"""Entering, changing, copying and rejecting sales documents, of every category alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.execution import global_id
from api.execution.command import Work, given, working
from api.execution.waiting import Waiting
from api.resolvers.approvals import ask
from api.resolvers.condition_uses import keep_uses
from api.resolvers.credit_checks import check_credit, goes_on, hold_back, hold_credit
from api.resolvers.delivery_approvals import deliveries_of_document, revalue
from api.resolvers.document_availability import keep_promised, promise, unpromise
from api.resolvers.document_checks import find_approvals, find_missing, is_by_partner, set_statuses
from api.resolvers.document_entry import (
    STEP,
    asked_items,
    choose_partners,
    copied_item_asks,
    fill_header,
    header_of,
    lines_of,
)
from api.resolvers.document_free_goods import free_lines, reorder
from api.resolvers.document_keeping import keep_changes, keep_new
from api.resolvers.document_parts import Parts, parts_of
from api.resolvers.document_pricing import price_draft
from api.resolvers.document_sources import (
    Source,
    TakenLine,
    keep_taken,
    mark_taken,
    refusals_of_value,
    source_of,
    taken_lines,
)
from api.resolvers.drafts import Draft, Line
from api.resolvers.flow import SALES, Point, begin_flow, join_flow
from api.resolvers.kept_conditions import copied_from, read_entries, written_entries
from api.resolvers.orders_content import content
from api.resolvers.pieces import Pieces, fetch_in, pieces_now
from domain.activity import Activity
from domain.areas import Area, area_of, text_of
from domain.caller import Caller
from domain.credit.status import CreditStatus
from domain.errors import Forbidden, Invalid, Refusal, refuse_if_any
from domain.orders.categories import DocumentCategory
from domain.orders.copy_control import CopiedItem
from domain.orders.document_types import OrderType
from domain.orders.entry import MOST_LINES, EntryCase, refusals_to_enter
from domain.orders.incompletion import refusals_to_save
from domain.orders.quantities import refusals_to_reject, refusals_to_reorder, rejected_item
from domain.pricing.kinds import CustomizingKind
from domain.pricing.values import ManualCondition, PricingType, RecordUse
from models.delivery import Delivery
from models.sales_document import BY_CATEGORY, DocumentHeader, ItemCondition, SalesItem, SalesOrder

ZERO = Decimal(0)
PLANTS = "select p.code from plants p where p.sales_organization = $1"


@dataclass(frozen=True, slots=True)
class Entering:
    """What a command enters: of which categories, under which name."""

    command: str
    categories: frozenset[DocumentCategory]


async def create_document(
    caller: Caller | None, input: Any, entering: Entering, told: list[Draft] | None = None
) -> DocumentHeader:
    """Enter a sales document. What it comes to is appended to `told`, also where nothing is kept.

    Raises NotFound, Forbidden, Invalid, Refused, each with everything that is wrong.
    """
    async with working(Waiting, caller, input, entering.command) as work:
        type_ = _type(input.order_type, entering.categories)
        area = area_of(input.sales_area, "salesArea")
        refuse_if_any(_lines_in_range(len(input.items)))
        source = await source_of(work, type_, input.reference, "reference") if input.reference else None
        asked = [*(copied_item_asks(source, type_) if source else ()), *asked_items(input.items, _last_of(source))]
        sold_to = global_id.key_of(input.sold_to, "Customer", "soldTo")
        parts = await parts_of(work, area, sold_to, [x.material for x in asked], [f"{x.path}.material" for x in asked])
        demand(work, BY_CATEGORY[type_.category], area, Activity.CREATE, own=parts.own)
        refuse_if_any(_entry_refusals(type_, parts, input, len(asked), source))
        draft = Draft(type_, header_of(work, type_, parts, input, source), [], parts, by_partner=is_by_partner(work))
        draft.manual = _by_hand(draft, input)
        pieces = await pieces_now(fetch_in(work.connection), parts.header["stamp"])
        draft.lines = lines_of(work, draft, asked, pieces, await _plants(work, area, asked), source)
        _demand_prices(work, draft, pieces, [*_of_header(draft), *_of_lines(draft.lines)])
        uses = await settle(work, draft)
        demand(work, type(draft.document), area, Activity.CREATE, own=parts.own, measure=draft.document.group_value)
        if told is not None:
            told.append(draft)
        hold_nothing(draft)
        await keep_new(work, draft)
        work.subject = draft.document
        if uses:
            await keep_uses(work, draft.document.number, uses)
        await _follow(work, draft, source)
    return draft.document


async def settle(work: Work, draft: Draft) -> tuple[RecordUse, ...]:
    """Work out price, availability, what is lacking, approvals, credit and statuses. Raises Refused for what cannot be."""
    uses = await price_draft(work, draft)
    account = await hold_credit(work, draft)
    await promise(work, draft)
    find_missing(draft)
    refuse_if_any(refusals_to_save(draft.missing))
    await find_approvals(work, draft)
    await check_credit(work, draft, account)
    set_statuses(draft)
    return uses


def hold_nothing(draft: Draft) -> None:
    """A draft promises nothing until its last approval, and an order that credit stops only what was released of it."""
    hold_back(draft)
    if not goes_on(draft.document):
        unpromise(draft)
    elif draft.document.credit_status is CreditStatus.PARTIALLY_RELEASED:
        for line in draft.lines:
            keep_promised(line, line.row.credit_quantity)
    set_statuses(draft)


def _type(code: str, categories: frozenset[DocumentCategory]) -> OrderType:
    type_ = content().types.order_types.get(code)
    if type_ is None or type_.category not in categories:
        raise Invalid.because("CODE_UNKNOWN", "orderType", value=code)
    return type_


def _lines_in_range(lines: int) -> tuple[Refusal, ...]:
    return (Refusal("ITEMS_RANGE", "items", {"found": lines, "most": MOST_LINES}),) if lines > MOST_LINES else ()


def _last_of(source: Source | None) -> int:
    return 0 if source is None else 10 * len(source.copied)


def _entry_refusals(type_: OrderType, parts: Parts, input: Any, lines: int, source: Source | None) -> tuple[Refusal, ...]:
    header = parts.header
    return refusals_to_enter(
        EntryCase(
            order_type=type_,
            number=header["number"],
            lines=lines,
            day=parts.today,
            approved=parts.may_be_ordered_for(parts.today),
            deleted=header["deletion_flag"] or header["archived_at"] is not None,
            blocks=parts.blocks,
            valid_from=input.valid_from or None,
            valid_to=input.valid_to or None,
            referenced=source is not None,
        )
    )


async def _plants(work: Work, area: Area, asked: Any) -> frozenset[str]:
    """The plants that the sales organization ships from, if any line names one."""
    named = {each.said["plant"] for each in asked if each.said.get("plant")}
    rows = await work.connection.fetch(PLANTS, area[0]) if named else ()
    return frozenset(row["code"] for row in rows)


def demand(
    work: Work,
    kind: type[DocumentHeader],
    area: Area,
    activity: Activity,
    *,
    own: bool,
    measure: Decimal = ZERO,
    path: str | None = None,
) -> None:
    """Casbin decides on a document that is not stored yet, or as it will be. Raises Forbidden."""
    object: str = kind.access.object  # type: ignore[attr-defined]  # a category's model is guarded
    if not work.authority.allows(area, object, activity, own=own, measure=measure):
        values = {"object": object, "activity": activity.name, "salesArea": text_of(area)}
        raise Forbidden(Refusal("FORBIDDEN", path, values))
    work.used(object, activity)


def _by_hand(draft: Draft, input: Any) -> tuple[ManualCondition, ...]:
    entries = tuple(each.entry() for each in (input.conditions or ())) if hasattr(input, "conditions") else ()
    draft.document.header_conditions = written_entries(entries)
    return entries


def _demand_prices(work: Work, draft: Draft, pieces: Pieces, entered: Iterable[tuple[str, ManualCondition]]) -> None:
    """Prices by hand need OVERRIDE_PRICE, and nothing by hand is a partner's; `entered` is what this command brings, by path.

    Raises Forbidden.
    """
    types = pieces.values(CustomizingKind.CONDITION_TYPE)
    for path, entry in entered:
        is_price = entry.condition_type in types and types[entry.condition_type].is_price
        if is_price or draft.by_partner:
            demand(work, SalesOrder, draft.parts.area, Activity.OVERRIDE_PRICE, own=False, path=path)


def _of_header(draft: Draft) -> list[tuple[str, ManualCondition]]:
    return [(f"conditions.{place}", each) for place, each in enumerate(draft.manual)]


def _of_lines(lines: Iterable[Line]) -> list[tuple[str, ManualCondition]]:
    return [(f"{line.path}.conditions.{place}", each) for line in lines for place, each in enumerate(line.manual)]


async def _follow(work: Waiting, draft: Draft, source: Source | None) -> None:
    """Keep what the document follows, and count what it takes of that."""
    document = draft.document
    if source is None:
        await begin_flow(work, SALES, [document.id])
        return
    taken = [(line, copied) for line, copied in zip(draft.lines, source.copied, strict=False)]
    values: list[tuple[CopiedItem, Decimal]] = [(copied, line.row.net_value) for line, copied in taken]
    refuse_if_any(refusals_of_value(source, values))
    changed = await mark_taken(work, source, values)
    await join_flow(
        work,
        [
            source.link(copied, Point(SALES, document.id, line.row.line_number), line.row.net_value, document.currency)
            for line, copied in taken
        ],
    )
    if changed and isinstance(source.document, DocumentHeader):
        await refresh(work, source.document, list(source.items.values()))


async def _follow_changed(work: Waiting, draft: Draft, taken: Mapping[int, TakenLine]) -> None:
    """Let what is taken of the document that this one follows be what is kept of it now."""
    followed = await keep_taken(work, draft, taken)
    if followed is not None:
        await refresh(work, *followed)


async def refresh(work: Work, document: DocumentHeader, items: list[SalesItem]) -> None:
    """Bring the statuses of a document in step with its items, and tell of it."""
    set_statuses_of(document, items)
    await work.save(document)


def set_statuses_of(document: DocumentHeader, items: list[SalesItem]) -> None:
    """Set the statuses of items and their document."""
    type_ = content().types.order_types[document.order_type]
    draft = Draft(type_, document, [Line(each, "") for each in items], None)  # type: ignore[arg-type]  # statuses need no parts
    set_statuses(draft)


# -------------------------------------------------------------------------------------------------------------- changing


async def draft_of(work: Work, document: DocumentHeader, materials: tuple[int, ...] = (), paths: tuple[str, ...] = ()) -> Draft:
    """A stored document that was locked, taken up again; with further materials, if any come in."""
    items = await SalesItem.filter(document_id=document.id).order_by("line_number")
    every = [each.material_id for each in items]
    known = tuple(f"items.{place}" for place in range(len(every)))
    parts = await parts_of(work, document.area, document.sold_to_id, [*every, *materials], [*known, *paths])
    rows: dict[int, list[ItemCondition]] = {}
    copied = [each.id for each in items if each.priced_as is not PricingType.NEW]
    for row in (
        await ItemCondition.filter(item_id__in=copied, replaced_at=None).order_by("item_id", "position") if copied else ()
    ):
        rows.setdefault(row.item_id, []).append(row)
    lines = [
        Line(each, f"items.{place}", read_entries(each.manual_conditions), copied_from(rows.get(each.id, ())))
        for place, each in enumerate(items)
    ]
    for each in items:
        work.keep(each)
    type_ = content().types.order_types[document.order_type]
    manual = read_entries(document.header_conditions)
    return Draft(type_, document, lines, parts, manual, is_new=False)


async def locked_document(work: Work, id: str, path: str, version: int | None) -> DocumentHeader:
    """The sales document that a global id names, of whatever category, locked. Raises NotFound, Invalid, Conflict."""
    type_name, _ = global_id.decode(id, path)
    model = {each.__name__: each for each in BY_CATEGORY.values()}.get(type_name)
    if model is None:
        raise Invalid.because("ID_MALFORMED", path)
    return await work.lock(model, type_name, id, path, version=version)


async def _locked_to_change(work: Work, input: Any, path: str) -> tuple[DocumentHeader, list[Delivery]]:
    """The document that an input names, locked after the deliveries of it that have not left, whose value is of its own."""
    id = getattr(input, path)
    deliveries = await deliveries_of_document(work, global_id.key_of(id, global_id.decode(id, path)[0], path))
    return await locked_document(work, id, path, input.version), deliveries


async def change_document(
    caller: Caller | None, input: Any, command: str, path: str, told: list[Draft] | None = None
) -> DocumentHeader:
    """Change header and lines, and add lines; everything is worked out anew, and approvals are asked for again.

    Raises NotFound, Conflict, Forbidden, Invalid, Refused.
    """
    async with working(Waiting, caller, input, command) as work:
        document, deliveries = await _locked_to_change(work, input, path)
        new = list(input.new_items or ())
        last = await SalesItem.filter(document_id=document.id).order_by("-line_number").first()
        asked = asked_items(new, last.line_number // STEP * STEP if last else 0, "newItems")
        draft = await draft_of(work, document, tuple(x.material for x in asked), tuple(f"{x.path}.material" for x in asked))
        await work.demand(document, Activity.CHANGE, measure=document.group_value)
        before, taken = draft.figures, taken_lines(draft)
        draft.by_partner = is_by_partner(work)
        fill_header(work, document, input)
        choose_partners(document, draft.parts, input)
        entered: list[tuple[str, ManualCondition]] = []
        if given(input.conditions) and input.conditions is not None:
            draft.manual = _by_hand(draft, input)
            entered += _of_header(draft)
        pieces = await pieces_now(fetch_in(work.connection), draft.parts.header["stamp"])
        refuse_if_any(_change_lines(work, draft, input))
        said = {each.line_number for each in input.items or () if given(each.conditions) and each.conditions is not None}
        entered += _of_lines(line for line in draft.lines if line.row.line_number in said)
        added = lines_of(work, draft, asked, pieces, await _plants(work, document.area, asked))
        draft.lines += added
        _demand_prices(work, draft, pieces, [*entered, *_of_lines(added)])
        if not new and not _has_changes(work, draft):
            raise Invalid.because("NOTHING_TO_CHANGE", None)
        status, level = document.approval_status, (document.awaited_level, document.awaited_role)
        uses = await settle(work, draft)
        again = draft.figures != before
        if not again:
            document.approval_status, (document.awaited_level, document.awaited_role) = status, level
            set_statuses(draft)
        area, own = document.area, draft.parts.own
        demand(work, type(document), area, Activity.CHANGE, own=own, measure=document.group_value)
        if told is not None:
            told.append(draft)
        hold_nothing(draft)
        await _follow_changed(work, draft, taken)
        await keep_changes(work, draft, repriced=True, rescheduled=True, approvals=again)
        await revalue(work, deliveries, document, [line.row for line in draft.lines])
        await keep_uses(work, document.number, uses)
    return document


def _has_changes(work: Work, draft: Draft) -> bool:
    return bool(work.changes(draft.document)) or any(work.changes(line.row) for line in draft.lines if line.row.pk)


CHANGED_IN_LINES = ("plant", "storage_location", "requested_date", "ship_separately", "under_tolerance", "over_tolerance")


def _change_lines(work: Work, draft: Draft, input: Any) -> tuple[Refusal, ...]:
    """Set what is said of lines that there are; why not."""
    by_number = {line.row.line_number: line for line in draft.lines}
    refusals: list[Refusal] = []
    for place, each in enumerate(input.items or ()):
        path, line = f"items.{place}", by_number.get(each.line_number)
        if line is None:
            refusals.append(Refusal("COPY_LINE", f"{path}.lineNumber", {"line": each.line_number}))
            continue
        line.path = path
        if given(each.quantity) and each.quantity is not None and each.quantity != line.row.quantity:
            refusals += refusals_to_reorder(line.row.quantities, each.quantity, each.line_number, f"{path}.quantity")
            if line.row.free_with_line is not None:
                values = {"line": each.line_number, "other": line.row.free_with_line}
                refusals.append(Refusal("FREE_ITEM_FOLLOWS", f"{path}.quantity", values))
            else:
                reorder(draft, line, each.quantity)
        for name in CHANGED_IN_LINES:
            value = getattr(each, name)
            if given(value) and value is not None:
                if draft.by_partner and name in ("plant", "storage_location", "under_tolerance", "over_tolerance"):
                    demand(work, type(draft.document), draft.parts.area, Activity.CHANGE, own=False, path=f"{path}.{name}")
                setattr(line.row, name, value)
        if given(each.conditions) and each.conditions is not None:
            line.manual = tuple(entry.entry() for entry in each.conditions)
            line.row.manual_conditions = written_entries(line.manual)
    return tuple(refusals)


async def reject_items(caller: Caller | None, input: Any, command: str, path: str) -> DocumentHeader:
    """Reject what is not done of lines, for a reason; all lines: the document is cancelled. Raises Refused and the others."""
    async with working(Waiting, caller, input, command) as work:
        document, deliveries = await _locked_to_change(work, input, path)
        draft = await draft_of(work, document)
        taken = taken_lines(draft)
        await work.demand(document, Activity.CHANGE, measure=document.group_value)
        if input.reason not in content().types.rejection_reasons:
            raise Invalid.because("CODE_UNKNOWN", "reason", value=input.reason)
        by_number = {line.row.line_number: line for line in draft.lines}
        given_up = [number for number, line in by_number.items() if line.row.free_with_line is not None and not line.is_kept]
        wanted = list(dict.fromkeys(input.line_numbers)) or [number for number in by_number if number not in given_up]
        refusals: list[Refusal] = []
        for place, number in enumerate(wanted):
            field, line = f"lineNumbers.{place}", by_number.get(number)
            if line is None:
                refusals.append(Refusal("COPY_LINE", field, {"line": number}))
                continue
            refused = refusals_to_reject(line.row.quantities, number, field)
            refusals += refused
            if not refused:
                for each in (line, *free_lines(draft, line)):
                    if each is line or not refusals_to_reject(each.row.quantities, number, field):
                        each.row.rejected = rejected_item(each.row.quantities).rejected
                        each.row.rejection_reason = input.reason
        refuse_if_any(tuple(refusals))
        uses = await settle(work, draft) if draft.kept else await _settle_rejected(draft)
        hold_nothing(draft)
        await _follow_changed(work, draft, taken)
        await keep_changes(work, draft, repriced=bool(draft.kept), rescheduled=True, approvals=True)
        await revalue(work, deliveries, document, [line.row for line in draft.lines])
        await keep_uses(work, document.number, uses)
    return document


async def _settle_rejected(draft: Draft) -> tuple[RecordUse, ...]:
    """A document of which nothing is kept comes to nothing, and needs nobody's approval."""
    document = draft.document
    for name in ("net_value", "tax_amount", "gross_value", "group_value"):
        setattr(document, name, ZERO)
    document.cost = document.discount_percent = document.margin_percent = None
    ask(document, ())
    draft.missing, draft.needed, document.incomplete = (), (), False
    document.credit_status = CreditStatus.NOT_RUN
    for line in draft.lines:
        line.row.credit_quantity = min(line.row.credit_quantity, line.row.quantities.kept)
    unpromise(draft)
    set_statuses(draft)
    return ()
