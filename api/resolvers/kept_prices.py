"""How the price of a line of a stored document came about, now or at a past moment: read from the rows that are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence

from api.auth.predicates import Bindings
from api.execution.reads import Reads
from domain.pricing.values import AccessOutcome, AccessTrace, KeyField


async def kept_accesses(reads: Reads, keys: Sequence[int]) -> dict[int, list[AccessTrace]]:
    """What was looked for, by the keys of rows. Who may see the rows was decided when these were read."""
    bindings = Bindings()
    wanted = bindings.bind(list(keys), "bigint[]")
    rows = await reads.fetch(f"select id, searched from sales_item_conditions where id = any({wanted})", bindings)
    return {row["id"]: traces_of(row["searched"]) for row in rows}


def traces_of(text: str) -> list[AccessTrace]:
    """Accesses as they are kept."""
    return [
        AccessTrace(number, table, tuple((KeyField(field), value) for field, value in key), AccessOutcome(outcome))
        for number, table, key, outcome in json.loads(text)
    ]
