"""Credit accounts whose review is due: told once for each day that it was set to."""

from __future__ import annotations

import secrets

from api.execution.journal import recording
from models.credit import CreditAccount

TOPIC = "creditAccount.reviewDue"
DUE = f"""select a.id, a.next_review from credit_accounts a join credit_control_areas c on c.code = a.credit_control_area
    where a.next_review <= (now() at time zone c.time_zone)::date and not exists (
        select 1 from outbox_events e where e.topic = '{TOPIC}' and e.record_type = 'CreditAccount' and e.record_id = a.id
          and e.payload ->> 'due' = a.next_review::text)
    order by a.id"""


async def remind_of_reviews(by: str) -> int:
    """Tell of every account whose review is due, and how many that are."""
    async with recording(by, f"reviews-{secrets.token_hex(8)}") as journal:
        rows = await journal.connection.fetch(DUE)
        for row in rows:
            account = await CreditAccount.get(id=row["id"])
            await journal.announce(account, "reviewDue", due=row["next_review"].isoformat())
    return len(rows)
