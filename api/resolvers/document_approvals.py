"""Approving and refusing sales documents: after the last level a document stands, and stock is promised to it."""

from __future__ import annotations

from api.execution.waiting import Waiting
from api.resolvers.approvals import Deciding
from api.resolvers.credit_checks import check_credit, hold_credit
from api.resolvers.document_availability import promise
from api.resolvers.document_checks import find_missing, set_statuses
from api.resolvers.document_keeping import keep_changes
from api.resolvers.drafts import Draft
from api.resolvers.sales_documents import draft_of, hold_nothing, locked_document
from models.sales_document import DocumentHeader


async def _save(work: Waiting, document: DocumentHeader) -> None:
    document.changed_at, document.changed_by = work.now, work.by
    await work.save(document)


async def _stand(work: Waiting, document: DocumentHeader) -> None:
    """Promise stock to a document that was a draft, unless credit stops it."""
    draft = await draft_of(work, document)
    await stand(work, draft)


async def stand(work: Waiting, draft: Draft) -> None:
    """Work out anew what a document that waited is promised, whether credit lets it go on, and store it."""
    account = await hold_credit(work, draft)
    await promise(work, draft)
    find_missing(draft)
    await check_credit(work, draft, account)
    set_statuses(draft)
    hold_nothing(draft)
    await keep_changes(work, draft, repriced=False, rescheduled=True, approvals=False)


DOCUMENTS = Deciding(locked_document, _save, _stand)
"""How sales documents are decided on: an approved one gets its stock, a refused one stays a draft until somebody changes it."""
