"""How many statements an order takes: no more for many lines than for one, and none for what comes free with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from api.auth.users import speaking_for
from api.database import models_open
from api.execution.command import Sent
from api.resolvers.condition_store import SEPARATOR
from api.resolvers.sales_documents import Entering, create_document
from domain.orders.categories import DocumentCategory
from models.config import connection_settings
from tests.races.test_documents import READY, global_id
from tests.resolvers.test_document_states import FREE_GOODS

ENTERING = Entering("createSalesOrder", frozenset({DocumentCategory.SALES_ORDER}))
MOST = 25


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is sent to the database, one after another."""
    names: list[str] = []

    def counting(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        async def counted(connection: Any, *arguments: Any, **more: Any) -> Any:
            if name != "execute" or len(arguments) == 1:  # with arguments it goes on to `_execute`
                names.append(name)
            return await original(connection, *arguments, **more)

        return counted

    for name in ("_execute", "copy_records_to_table", "execute"):
        monkeypatch.setattr(asyncpg.Connection, name, counting(name, getattr(asyncpg.Connection, name)))
    return names


async def entered(url: str, kind: str | None, lines: int, sent: list[str]) -> tuple[int, int]:
    """How many statements an order of so many lines took, the second of its kind; and how many lines came of it."""
    connection = await asyncpg.connect(**connection_settings(url))
    customer = (await connection.fetch(READY))[4]["id"]
    rows = await connection.fetch(
        "select id, number from materials where item_category_group = 'NORM' and base_unit = 'PC' order by id limit 40"
    )
    await connection.execute("delete from condition_records where number like 'FREE%'")
    for place, row in enumerate(rows if kind else ()):
        lookup = SEPARATOR.join(("NA00", "A004", "1000", row["number"]))
        await connection.execute(FREE_GOODS, f"FREE{place}", lookup, kind, row["number"])
    items = [
        Sent({"material": global_id("Material", rows[place % 40]["id"]), "quantity": Decimal(3), "unit": "PC"})
        for place in range(lines)
    ]
    said = {"order_type": "OR", "sales_area": "1000/10/00", "sold_to": global_id("Customer", customer), "items": items}
    async with models_open(url), speaking_for("clerk.1000", "test") as caller:
        await create_document(caller, Sent(said), ENTERING)
        sent.clear()
        order = await create_document(caller, Sent(said), ENTERING)
        statements = len(sent)
    made = await connection.fetchval("select count(*) from sales_items where document_id = $1", order.id)
    await connection.close()
    return statements, made


def test_an_order_takes_as_many_statements_with_what_comes_free_as_without(database: str, sent: list[str]) -> None:
    found = {
        (kind, lines): asyncio.run(entered(database, kind, lines, sent))
        for kind in (None, "EXCLUSIVE", "INCLUSIVE", "INCLUSIVE_WITHOUT_ITEM")
        for lines in (1, 10, 100)
    }
    assert {made for (kind, lines), (_, made) in found.items() if lines == 10} == {10, 20}
    counts = {kind: {found[kind, lines][0] for lines in (1, 10, 100)} for kind, _ in found}
    assert counts[None] == counts["EXCLUSIVE"] == counts["INCLUSIVE"]
    assert max(counts[None]) <= MOST
    (approved,) = counts["INCLUSIVE_WITHOUT_ITEM"]  # so much off a price asks for approval, whose levels are one more
    assert {approved - 1} == counts[None]
