"""How the price of a line of a stored document came about, now or at a past moment: read from the rows that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from api.auth.predicates import Bindings
from api.execution import global_id
from api.execution.reads import Reads
from api.execution.visible import visible
from api.resolvers.kept_conditions import read_search
from api.resolvers.pricing import INTERNAL, OUTSIDE
from domain.errors import Invalid, NotFound
from domain.pricing.values import AccessTrace
from models.access import Access
from models.sales_document import BY_CATEGORY, ShownCondition

ITEM = """select i.id from {table} d join sales_items i on i.document_id = d.id
    where d.id = {id} and i.line_number = {line} and {seen}"""
ROWS = """select c.id from sales_item_conditions c where c.item_id = $1 and c.since <= coalesce($2, c.since)
    and (c.replaced_at is null or c.replaced_at > $2) order by c.position"""


async def rows_of_line(reads: Reads, id: str, line_number: int, moment: datetime | None) -> list[int] | None:
    """The keys of the rows of a stored line's price, those that held at a moment if one is given; None for an id that is
    none of a sales document. Raises NotFound.
    """
    try:
        type_name, _ = global_id.decode(id, "salesOrder")
    except Invalid:
        return None
    model = {each.__name__: each for each in BY_CATEGORY.values()}.get(type_name)
    if model is None:
        return None
    key, bindings = global_id.key_of(id, type_name, "salesOrder"), Bindings()
    access: Access = model.access  # type: ignore[attr-defined]  # a category's model is guarded
    sql = ITEM.format(
        table=model._meta.db_table,
        id=bindings.bind(key, "bigint"),
        line=bindings.bind(line_number, "integer"),
        seen=visible(await reads.authority(), access, "d", bindings),
    )
    items = await reads.fetch(sql, bindings)
    if not items:
        raise NotFound.because("NOT_FOUND", "lineNumber", what="SalesOrderItem")
    found = await reads.fetch(ROWS, Bindings([items[0]["id"], moment]))
    return [row["id"] for row in found]


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
    return {row["id"]: _told(read_search(row["searched"]), inside=row["inside"]) for row in rows}


def _told(accesses: list[AccessTrace], *, inside: bool) -> list[AccessTrace]:
    """Accesses as they are told inside or outside of the house."""
    return accesses if inside else [each._replace(outcome=OUTSIDE.get(each.outcome, each.outcome)) for each in accesses]
