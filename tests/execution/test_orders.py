"""Every order that a list offers is an order of an index: nothing is sorted out of everything."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from api.execution.mapping import Column, TypeMapping, column_type_of, mapping_of
from api.execution.requests import collated
from api.schema.customers import Customer
from models.config import connection_settings

MAPPING = mapping_of(Customer)
ORDERED = [name for name, field in MAPPING.fields.items() if isinstance(field.mapping, Column) and field.mapping.order]


def page(mapping: TypeMapping, name: str, way: str) -> str:
    """A page of the table in an order, as sorted pages are asked for."""
    column = mapping.fields[name].mapping
    assert isinstance(column, Column)
    last = " nulls last" if mapping.is_nullable(column.expression) else ""
    value = collated(f"t.{column.expression}", column_type_of(mapping, column))
    return f"select * from {mapping.table} t order by {value}{way}{last}, t.{mapping.key}{way} limit 51"


async def plan(database: str, sql: str) -> str:
    connection = await asyncpg.connect(**connection_settings(database))
    try:
        await connection.execute("set enable_sort = off; set enable_incremental_sort = off")  # only if there is no other way
        return "\n".join(row[0] for row in await connection.fetch(f"explain {sql}"))
    finally:
        await connection.close()


@pytest.mark.parametrize("way", ["", " desc"])
@pytest.mark.parametrize("name", ORDERED)
def test_an_order_is_an_index_s(name: str, way: str, database: str) -> None:
    shown = asyncio.run(plan(database, page(MAPPING, name, way)))
    assert "Sort" not in shown
    assert "Index Scan" in shown


WORKLISTS = {
    "sales_documents_awaited": "select * from sales_documents t where {} and t.sales_organization = '1000' order by t.order_date, t.id",
    "deliveries_awaited": "select * from deliveries t where {} and t.sales_organization = '1000' order by t.number collate \"C\", t.id",
    "payments_awaited": 'select * from payments t where {} order by t.number collate "C", t.id',
}
"""What waits for the role of a level, oldest first."""


@pytest.mark.parametrize("index", WORKLISTS)
def test_what_waits_for_somebody_is_an_index_s(index: str, database: str) -> None:
    sql = WORKLISTS[index].format("(t.awaited_role = 'sales-manager' or t.awaited_role = 'credit-manager')")
    shown = asyncio.run(plan(database, f"{sql} limit 51"))
    assert "Sort" not in shown
    assert f"Index Scan using {index}" in shown
