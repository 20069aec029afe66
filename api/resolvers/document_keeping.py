"""Storing a sales document at work: its rows, its price, its schedule lines, what it lacks and whose approval it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tortoise import Model

from api.execution.command import Work
from api.execution.waiting import Waiting
from api.resolvers.approvals import add_levels, keep_levels
from api.resolvers.credit_checks import keep_findings
from api.resolvers.document_pricing import KeptRow, conditions_of
from api.resolvers.drafts import Draft
from api.resolvers.pieces import fetch_in, pieces_now
from models.sales_document import (
    CreditCheckResult,
    DocumentApproval,
    IncompletionEntry,
    ItemCondition,
    SalesDocument,
    SalesItem,
    ScheduleLine,
)


async def keep_new(work: Waiting, draft: Draft) -> None:
    """Store a new document with its number."""
    document = draft.document
    await work.reserve(
        {
            SalesDocument: 1,
            SalesItem: len(draft.lines),
            ScheduleLine: sum(len(line.schedule) for line in draft.lines),
            IncompletionEntry: len(draft.missing),
            CreditCheckResult: len(draft.checked.findings) if draft.checked else 0,
            DocumentApproval: len(draft.needed),
        }
    )
    document.number = await work.next_number(draft.type.number_range)
    await work.create(document)
    for line in draft.lines:
        line.row.document_id = document.id
        await work.create(line.row, part_of=document)
    await _add_conditions(work, draft)
    await _add(work, _schedule_lines(draft))
    await _add(work, _missing(draft))
    await keep_findings(work, draft)
    await add_levels(work, document, draft.needed)


async def keep_changes(work: Waiting, draft: Draft, *, repriced: bool, rescheduled: bool, approvals: bool) -> None:
    """Store a changed document, and anew what was worked out anew."""
    document, connection = draft.document, work.connection
    new = [line for line in draft.lines if line.row.pk is None]
    for line in new:
        line.row.document_id = document.id
        await work.create(line.row, part_of=document)
    if repriced:
        await connection.execute(
            "update sales_item_conditions set replaced_at = $2 where item_id = any($1) and replaced_at is null",
            [line.row.id for line in draft.lines],
            work.now,
        )
        await _add_conditions(work, draft)
    if rescheduled:
        await connection.execute("delete from schedule_lines where document_id = $1", document.id)
        await _add(work, _schedule_lines(draft))
    await connection.execute("delete from incompletion_entries where document_id = $1", document.id)
    await _add(work, _missing(draft))
    await keep_findings(work, draft)
    if approvals:
        await keep_levels(work, document, draft.needed)
    for line in draft.lines:
        if line not in new:
            await work.save_part(line.row, part_of=document)
    document.changed_at, document.changed_by = work.now, work.by
    await work.save(document)


async def _add(work: Work, rows: Iterable[Model]) -> None:
    for row in rows:
        await work.add(row)


async def _add_conditions(work: Waiting, draft: Draft) -> None:
    """The rows of the prices of all lines."""
    if draft.document.pricing_procedure:
        pieces = await pieces_now(fetch_in(work.connection), draft.parts.header["stamp"])
        ids = {line.row.line_number: line.row.id for line in draft.lines}
        customizing = pieces.customizing(draft.document.pricing_procedure)
        work.add_rows(ItemCondition, KeptRow._fields, conditions_of(work, draft, customizing, ids))


def _schedule_lines(draft: Draft) -> Iterator[ScheduleLine]:
    for line in draft.lines:
        for position, each in enumerate(line.schedule, 1):
            each.item_id, each.document_id, each.position = line.row.id, draft.document.id, position
            yield each


def _missing(draft: Draft) -> Iterator[IncompletionEntry]:
    for each in draft.missing:
        yield IncompletionEntry(
            document_id=draft.document.id,
            part=each.part,
            field=each.required.field,
            line_number=each.line,
            title=each.required.title,
            blocks=",".join(block.name for block in each.blocks),
        )
