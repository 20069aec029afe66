"""The migrated database is what catalogue.txt says, column by column, and no model has changed without a migration."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.migrations.api.migrate import migrate
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter

from api.database import run_migrations
from models import Customer
from models.config import DESIGN, connection_settings, tortoise_config
from tests.conftest import cloned

CATALOGUE = Path(__file__).with_name("catalogue.txt")
LIBRARY = "tortoise_migrations"

COLUMNS = """
    select c.relname as table, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || case when a.attcollation <> t.typcollation then ' collate ' || a.attcollation::regcollation else '' end
           || case when a.attnotnull then ' not null' else '' end
           || case when a.attidentity <> '' then ' identity' else '' end
           || case a.attgenerated when 's' then ' stored as ' when 'v' then ' virtual as ' else
              case when d.adbin is null then '' else ' default ' end end
           || coalesce(pg_get_expr(d.adbin, d.adrelid), '') as line
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    order by c.relname collate "C", a.attnum
"""
CONSTRAINTS = """
    select conrelid::regclass::text as table, conname || ': ' || pg_get_constraintdef(oid) as line
    from pg_constraint
    where connamespace = 'public'::regnamespace and conrelid <> 0 and contype <> 'n'
    order by conname collate "C"
"""
INDEXES = """
    select i.indrelid::regclass::text as table, pg_get_indexdef(i.indexrelid) as line
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = 'public'::regnamespace
      and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid)
    order by c.relname collate "C"
"""
TRIGGERS = """
    select tgrelid::regclass::text as table, pg_get_triggerdef(oid) as line from pg_trigger where not tgisinternal
    order by tgname collate "C"
"""
VIEWS = """
    select relname as name, pg_get_viewdef(oid) as definition from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('v', 'm') order by relname collate "C"
"""
FUNCTIONS = """
    select pg_get_functiondef(oid) as definition from pg_proc where pronamespace = 'public'::regnamespace
    order by proname collate "C", oid::regprocedure::text
"""


async def catalogue_of(url: str) -> str:
    """Everything that migrations made, as text to be read."""
    connection = await asyncpg.connect(**connection_settings(url))
    try:
        tables: dict[str, list[str]] = {}
        for query in (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS):
            for row in await connection.fetch(query):
                tables.setdefault(row["table"], []).append(f"    {_unqualified(row['line'])}")
        views = await connection.fetch(VIEWS)
        functions = await connection.fetch(FUNCTIONS)
    finally:
        await connection.close()
    parts = [f"table {table}\n" + "\n".join(lines) for table, lines in sorted(tables.items()) if table != LIBRARY]
    parts += [f"view {view['name']}\n{_unqualified(view['definition'])}" for view in views]
    parts += [_unqualified(function["definition"]) for function in functions]
    return "\n\n".join("\n".join(map(str.rstrip, part.strip().splitlines())) for part in parts) + "\n"


def _unqualified(line: str) -> str:
    return line.replace("public.", "")


def test_the_migrated_database_has_what_the_list_says_and_nothing_else(database: str) -> None:
    found = asyncio.run(catalogue_of(database))
    if os.environ.get("GOLDEN") == "write":
        CATALOGUE.write_text(found, "utf-8")
    assert found.splitlines() == CATALOGUE.read_text("utf-8").splitlines(), "if it is meant: GOLDEN=write, and read the diff"


# ------------------------------------------------------------------------------------------------------------- the rows


def test_documents_of_before_get_who_added_them_and_a_version(postgres: str) -> None:
    async def run() -> list[tuple[str, int]]:
        await migrate(config=tortoise_config(url), target="models.0004_orders")
        await Tortoise.close_connections()
        connection = await asyncpg.connect(**connection_settings(url))
        try:
            await connection.execute(
                """insert into customers (number, name, customer_type, onboarding_status, country, deletion_flag, search_text,
                                          created_by, created_at, version)
                   values ('1', 'a', 'DEALER', 'DRAFT', 'CN', false, '', 'ann', now(), 7);
                   insert into customer_qualification_documents (customer_id, document_type, review_status)
                   select id, 'BUSINESS_LICENCE', 'PENDING' from customers"""
            )
            await run_migrations(url)
            return [
                tuple(row) for row in await connection.fetch("select added_by, version from customer_qualification_documents")
            ]
        finally:
            await connection.close()

    with cloned(postgres, "template1") as url:
        assert asyncio.run(run()) == [("ann", 1)]


def test_a_company_of_before_comes_through_with_keys_and_accounts_and_sessions_and_users(postgres: str) -> None:
    async def run() -> list[tuple[Any, ...]]:
        await migrate(config=tortoise_config(url), target="models.0006_files")
        await Tortoise.close_connections()
        connection = await asyncpg.connect(**connection_settings(url))
        try:
            await connection.execute(
                """insert into customers (number, name, customer_type, onboarding_status, country, tax_number, deletion_flag,
                                          search_text, created_by, created_at, version)
                   values ('1', '華東鋼鐵有限公司', 'DEALER', 'DRAFT', 'CN', '9131-x', false, '', 'ann', now(), 7);
                   insert into customer_bank_accounts (customer_id, bank_name, account_number, holder)
                   select id, 'Bank', 'DE 1', 'Ann' from customers;
                   insert into users (username, display_name, kind, locale, search_text, created_at)
                   values ('ann', 'Ann', 'EMPLOYEE', 'en', '', now());
                   insert into sessions (user_id, started_at, expires_at, address) select id, now(), now(), '' from users"""
            )
            await run_migrations(url)
            found = """select c.name_key, c.name_key_reversed, c.tax_key, b.account_key, b.on_invoice, s.kind,
                              u.home, u.password_initial, u.version
                       from customers c join customer_bank_accounts b on b.customer_id = c.id, sessions s, users u"""
            return [tuple(row) for row in await connection.fetch(found)]
        finally:
            await connection.close()

    with cloned(postgres, "template1") as url:
        assert asyncio.run(run()) == [("华东钢铁", "铁钢东华", "9131X", "DE1", False, "SIGN_IN", "*/*/*", False, 1)]


def test_deliveries_and_payments_of_before_come_to_what_they_come_to_when_they_are_made_now(
    postgres: str, template: str
) -> None:
    async def figures(connection: asyncpg.Connection) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        deliveries = await connection.fetch("select id, group_value from deliveries order by id")
        payments = await connection.fetch("select id, group_value, discount_percent from payments order by id")
        return [tuple(row) for row in deliveries], [tuple(row) for row in payments]

    async def run() -> None:
        connection = await asyncpg.connect(**connection_settings(url))
        try:
            made = await figures(connection)
            await migrate(config=tortoise_config(url), target="models.0016_documents")
            await Tortoise.close_connections()
            await run_migrations(url)
            await connection.reload_schema_state()
            assert await figures(connection) == made
            assert all(len(rows) > 5 for rows in made)
            assert any(value for _, value in made[0])
        finally:
            await connection.close()

    with cloned(postgres, template) as url:
        asyncio.run(run())


# ---------------------------------------------------------------------------------------------------------- the models


async def unmigrated() -> list[MigrationWriter]:
    """What `make migration` would write now."""
    context = await Tortoise.init(config=DESIGN)
    try:
        assert context.apps is not None
        return await MigrationAutodetector(context.apps, DESIGN["apps"]).changes()
    finally:
        await context.close_connections()


def test_no_model_has_changed_without_a_migration() -> None:
    assert [operation for writer in asyncio.run(unmigrated()) for operation in writer.operations] == []


@pytest.fixture
def longer_name() -> Iterator[None]:
    """A model that has changed: a customer's name of one character more."""
    field: Any = Customer._meta.fields_map["name"]
    field.max_length += 1
    yield
    field.max_length -= 1


@pytest.mark.usefixtures("longer_name")
def test_a_changed_model_would_be_seen() -> None:
    assert "name" in str([vars(operation) for writer in asyncio.run(unmigrated()) for operation in writer.operations])
