"""What documents use up of the maxima of condition records: order by order, each once, and never more than there is.

    records = await records_to_use(work, lookups, document)
    priced = price(order, customizing, records)
    await keep_uses(work, document, priced.uses)

Whoever prices a document to keep it reads limited records alone, until the end of their transaction; so two orders at once
cannot be granted the same rest.
"""

from __future__ import annotations

from collections.abc import Iterable

from api.execution.command import Work
from api.resolvers.condition_store import records_under
from api.resolvers.pieces import fetch_in
from domain.pricing.limits import is_limited
from domain.pricing.values import ConditionRecord, RecordUse
from models.pricing import ConditionUse


async def records_to_use(work: Work, lookups: Iterable[str], document: str | None) -> list[ConditionRecord]:
    """All records under these lookups, the limited ones held alone; what the document itself has used is free for it again."""
    wanted, fetch = list(lookups), fetch_in(work.connection)
    found = await records_under(fetch, wanted, but=document)
    limited = sorted({record.number for record in found if is_limited(record)})
    for number in limited:
        await work.alone_with(f"uses of condition record {number}")
    return await records_under(fetch, wanted, but=document) if limited else found


async def keep_uses(work: Work, document: str, uses: Iterable[RecordUse]) -> None:
    """Keep what a document uses now, instead of what it used before."""
    await ConditionUse.filter(document=document).delete()
    await ConditionUse.bulk_create(
        ConditionUse(
            record_number=each.record.number, document=document, value=each.value, quantity=each.quantity, used_at=work.now
        )
        for each in uses
    )
