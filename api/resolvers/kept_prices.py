"""How the price of a line of a stored document came about, now or at a past moment: read from the rows that are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence

from api.auth.predicates import Bindings
from api.execution.reads import Reads
from api.execution.visible import visible
from api.resolvers.pricing import INTERNAL, OUTSIDE
from domain.pricing.values import AccessOutcome, AccessTrace, KeyField
from models.sales_document import ShownCondition


async def kept_accesses(reads: Reads, keys: Sequence[int]) -> dict[int, list[AccessTrace]]:
    """What was looked for, by the keys of rows that the caller was shown, as far as they may know what was found."""
    authority, bindings = await reads.authority(), Bindings()
    wanted = bindings.bind(list(keys), "bigint[]")
    inside = reads.row_scope(authority, ShownCondition.access, "t", INTERNAL).some(bindings)
    seen = visible(authority, ShownCondition.access, "t", bindings)
    rows = await reads.fetch(
        f"select t.id, t.searched, {inside} as inside from shown_item_conditions t where t.id = any({wanted}) and {seen}",
        bindings,
    )
    return {row["id"]: traces_of(row["searched"], inside=row["inside"]) for row in rows}


def traces_of(text: str, *, inside: bool) -> list[AccessTrace]:
    """Accesses as they are kept, as they are told inside or outside of the house."""
    outcomes = {each: each if inside else OUTSIDE.get(each, each) for each in AccessOutcome}
    return [
        AccessTrace(number, table, tuple((KeyField(field), value) for field, value in key), outcomes[AccessOutcome(outcome)])
        for number, table, key, outcome in json.loads(text)
    ]
