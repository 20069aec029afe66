"""Approving and refusing sales documents: after the last level a document stands, and stock is promised to it."""

from __future__ import annotations

from typing import Any

from api.execution.waiting import Waiting
from api.resolvers.approvals import Deciding, approve, refuse
from api.resolvers.document_availability import promise
from api.resolvers.document_checks import find_missing, set_statuses
from api.resolvers.document_keeping import keep_changes
from api.resolvers.sales_documents import draft_of, locked_document
from domain.caller import Caller
from models.sales_document import DocumentHeader


async def _save(work: Waiting, document: DocumentHeader) -> None:
    document.changed_at, document.changed_by = work.now, work.by
    await work.save(document)


async def _stand(work: Waiting, document: DocumentHeader) -> None:
    """Promise stock to a document that was a draft."""
    draft = await draft_of(work, document)
    await promise(work, draft)
    find_missing(draft)
    set_statuses(draft)
    await keep_changes(work, draft, repriced=False, rescheduled=True, approvals=False)


DECIDING = Deciding(locked_document, _save, _stand)


async def approve_document(caller: Caller | None, input: Any, command: str, path: str) -> DocumentHeader:
    """Approve the level that a sales document waits for. Raises as `approve`."""
    document: DocumentHeader = await approve(caller, input, command, path, DECIDING)
    return document


async def refuse_document(caller: Caller | None, input: Any, command: str, path: str) -> DocumentHeader:
    """Refuse a sales document, with the reason; it stays a draft until somebody changes it. Raises as `refuse`."""
    document: DocumentHeader = await refuse(caller, input, command, path, DECIDING)
    return document
