"""Approving and refusing sales documents, level by level: never one's own, by whoever holds the level's role there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.execution.command import Work, working
from api.execution.waiting import Waiting
from api.resolvers.document_availability import promise
from api.resolvers.document_checks import find_missing, set_statuses
from api.resolvers.document_keeping import keep_changes
from api.resolvers.sales_documents import draft_of, locked_document
from domain.activity import Activity
from domain.areas import text_of
from domain.caller import Caller
from domain.errors import Forbidden, refuse_if_any
from domain.orders.approvals import ApprovalStatus, DecideCase, Decision, Figures, refusals_to_decide
from models.sales_document import DocumentApproval, DocumentHeader

HANDS = """select distinct d.changed_by from change_documents d where d.record_type = $1 and d.record_id = $2
    and d.row_type in ($1, 'SalesItem') and d.field not in ('approval_status', 'awaited_level', 'awaited_role')"""
"""Who has entered or changed a document; deciding on it is no change."""


async def approve_document(caller: Caller | None, input: Any, command: str, path: str) -> DocumentHeader:
    """Approve the level that is waited for; after the last one the document stands, and stock is promised to it.

    Raises NotFound, Conflict, Forbidden, and Refused where nothing is waited for, or the document is one's own.
    """
    async with working(Waiting, caller, input, command) as work:
        document, approvals = await _awaited(work, input, path)
        row = next(each for each in approvals if each.level == document.awaited_level)
        await _decide(work, document, row, approved=True, reason=None)
        following = next((each for each in approvals if each.approved is None), None)
        if following is not None:
            document.awaited_level, document.awaited_role = following.level, following.role
            document.changed_at, document.changed_by = work.now, work.by
            await work.save(document)
            return document
        draft = await draft_of(work, document)
        document.approval_status, document.awaited_level, document.awaited_role = ApprovalStatus.APPROVED, None, None
        await promise(work, draft)
        find_missing(draft)
        set_statuses(draft)
        await keep_changes(work, draft, repriced=False, rescheduled=True, approvals=False)
    return document


async def refuse_document(caller: Caller | None, input: Any, command: str, path: str) -> DocumentHeader:
    """Refuse a document, with the reason; it stays a draft until somebody changes it. Raises as `approve_document`."""
    async with working(Waiting, caller, input, command) as work:
        document, approvals = await _awaited(work, input, path)
        row = next(each for each in approvals if each.level == document.awaited_level)
        await _decide(work, document, row, approved=False, reason=input.reason.strip())
        document.approval_status, document.awaited_level, document.awaited_role = ApprovalStatus.REJECTED, None, None
        document.changed_at, document.changed_by = work.now, work.by
        await work.save(document)
    return document


async def _awaited(work: Work, input: Any, path: str) -> tuple[DocumentHeader, Sequence[DocumentApproval]]:
    """The document, locked, with the levels of its approval, if the caller may decide on the one that is waited for."""
    document = await locked_document(work, getattr(input, path), path, input.version)
    await work.demand(document, Activity.APPROVE, measure=document.group_value)
    approvals = await DocumentApproval.filter(document_id=document.id).order_by("level")
    rows = await work.connection.fetch(HANDS, type(document).__name__, document.id)
    hands = frozenset({document.entered_by, *(row["changed_by"] for row in rows)})
    figures = Figures(document.group_value, document.discount_percent, document.margin_percent)
    decided = tuple(Decision(each.level, each.decided_by or "", True, figures) for each in approvals if each.approved)
    refuse_if_any(refusals_to_decide(DecideCase(document.approval_status, work.by, hands, decided), path))
    role = document.awaited_role or ""
    if not work.authority.holds_role(role, document.area):
        object: str = type(document).access.object  # type: ignore[attr-defined]  # a category's model is guarded
        values = {"object": object, "activity": Activity.APPROVE.name, "salesArea": text_of(document.area)}
        raise Forbidden.because("APPROVAL_ROLE", path, role=role, level=document.awaited_level, **values)
    return document, approvals


async def _decide(work: Work, document: DocumentHeader, row: DocumentApproval, *, approved: bool, reason: str | None) -> None:
    work.keep(row)
    row.approved, row.decided_by, row.decided_at, row.reason = approved, work.by, work.now, reason
    await work.save_part(row, part_of=document)
