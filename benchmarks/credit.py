"""`make bench-credit`: what the credit check adds to an order, beside 100,000 accounts and 1,000,000 open items.

In a database made by SQL over the demo company and kept under var/bench: orders of 10 lines entered in turn with the check and
without it (its two places patched away), for customers with ten open items each and for one with ten thousand; how many statements
it adds; how long the first page of accounts takes, and adding up a control area.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from api.auth.users import speaking_for
from api.database import models_open
from api.execution.command import Sent
from api.resolvers import sales_documents
from api.resolvers.sales_documents import create_document
from benchmarks import million
from benchmarks.bench import ROOT, environment_of, postgres
from benchmarks.orders import ENTERING, USER, counting, entry_of, somebody
from models.config import connection_settings

ACCOUNTS, OPEN_ITEMS, HEAVY = 100_000, 1_000_000, 10_000
TIMES, LINES = 80, 10
NAME = "bench_credit"
FILL = f"""
insert into credit_accounts (customer_id, credit_control_area, risk_category, secured, dunning_level, tells_customer, version)
    select id, 'B', 'B', 0, 0, true, 1 from customers where number like 'X%';
insert into credit_limits (account_id, amount, valid_from, reason, set_by, set_at)
    select id, 1000000, '2026-01-01', 'bench', 'bench', now() from credit_accounts where credit_control_area = 'B';
insert into open_items (kind, company_code, payer_id, sales_organization, distribution_channel, division, baseline_date, due_date,
    currency, amount, open, credit_account_id, credit_rate, version)
select 'INVOICE', 'B0', a.customer_id, 'B000', '10', '00', date '2026-01-01' + n, date '2026-02-01' + n, 'CNY', 100 + n, 100 + n, a.id, 1, 1
from credit_accounts a cross join generate_series(1, {OPEN_ITEMS // ACCOUNTS}) n where a.credit_control_area = 'B';
"""
OF_CUSTOMERS = """
insert into open_items (kind, company_code, payer_id, sales_organization, distribution_channel, division, baseline_date, due_date,
    currency, amount, open, credit_account_id, credit_rate, version)
select 'INVOICE', '1000', a.customer_id, '1000', '10', '00', date '2026-01-01' + n % 300, date '2026-02-01' + n % 300, 'CNY', 1, 1, a.id, 1, 1
from credit_accounts a cross join generate_series(1, $2::integer) n where a.customer_id = any($1) and a.credit_control_area = '1000'
"""
PAGE = "select * from shown_credit_accounts where credit_control_area = 'B' order by id limit 50"
SUMS = "select p.bucket, sum(p.value) from credit_positions p group by 1"
out = Console(highlight=False)


def main() -> None:
    """Measure and show."""
    table = Table("what", "figure", "goal")
    with postgres() as server:
        url = _company(server)
        (heavy, *others), materials = asyncio.run(_customers(url)), asyncio.run(somebody(url))[1]
        for customers, items in ((others, OPEN_ITEMS // ACCOUNTS), ([heavy], HEAVY)):
            asyncio.run(_owe(url, customers, items))
            checked, unchecked, more = asyncio.run(_orders(url, customers, materials))
            about = f"an order of {LINES} lines, a customer with {items:,} open items"
            table.add_row(f"{about}, ms", f"{checked:.1f}", "")
            table.add_row("… without the check, ms", f"{unchecked:.1f}", "")
            table.add_row("… the check adds, %", f"{(checked / unchecked - 1) * 100:.1f}", "≤ 10")
            table.add_row("… the check adds, statements", str(more), "≤ 3")
        for what, sql in (("the first 50 accounts of 100,000, ms", PAGE), ("all open items added up, ms", SUMS)):
            table.add_row(what, f"{asyncio.run(_timed(url, sql)):.1f}", "")
    out.print(table)


def _company(server: Any) -> str:
    url: str = server.get_uri(database=NAME)
    if NAME in server.psql("select datname from pg_database").split():
        server.psql(f"drop database {NAME}")
    out.print(f"making {ACCOUNTS:,} accounts with {OPEN_ITEMS:,} open items …")
    server.psql(f"create database {NAME}")
    for command in ("migrate", "seed"):
        environment = environment_of(url) | {"SDGRAPH_DEMO_ORDERS": "0"}
        subprocess.run([sys.executable, "-m", "api", command], cwd=ROOT, env=environment, check=True, capture_output=True)
    asyncio.run(_fill(url))
    return url


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(**connection_settings(url))
    await million.make_structure(connection)
    await million.make_customers(connection, 1, ACCOUNTS)
    await connection.execute(FILL)
    await connection.execute("update stock set quantity = 1000000")
    await million.settle(connection)
    await connection.close()


async def _customers(url: str) -> list[int]:
    """Customers who may be ordered for, with accounts of their own."""
    connection = await asyncpg.connect(**connection_settings(url))
    rows = await connection.fetch(
        """select v.customer_id from customer_sales_area_views v join customers c on c.id = v.customer_id
           join credit_accounts a on a.customer_id = c.id and a.credit_control_area = '1000'
           where v.sales_organization = '1000' and v.distribution_channel = '10' and v.division = '00'
             and c.onboarding_status = 'APPROVED' and c.order_block is null and a.risk_category = 'B'
             and 2 > all (select count(*) from customer_partners p where p.view_id = v.id group by p.function) order by 1"""
    )
    await connection.close()
    return [row[0] for row in rows]


async def _owe(url: str, customers: list[int], items: int) -> None:
    connection = await asyncpg.connect(**connection_settings(url))
    await connection.execute(OF_CUSTOMERS, customers, items)
    await connection.execute("vacuum analyze open_items")
    await connection.close()


async def _orders(url: str, customers: list[int], materials: list[str]) -> tuple[float, float, int]:
    """Milliseconds of an order with the check and without, entered in turn for customers in turn, and how many statements the
    check adds.
    """
    entries = [Sent(entry_of(each, materials, LINES)) for each in customers]
    taken: dict[bool, list[float]] = {True: [], False: []}
    async with models_open(url), speaking_for(USER, "bench") as caller:
        for place in range(TIMES):
            entry = entries[place % len(entries)]
            for check in (True, False) if place % 2 else (False, True):
                with _unchecked(not check):
                    begin = time.perf_counter()
                    await create_document(caller, entry, ENTERING)
                    taken[check].append((time.perf_counter() - begin) * 1000)
        statements = {}
        for check in (True, False):
            with _unchecked(not check), counting() as counted:
                await create_document(caller, entry, ENTERING)
            statements[check] = counted.statements
    return median(taken[True][10:]), median(taken[False][10:]), statements[True] - statements[False]


@contextmanager
def _unchecked(away: bool) -> Iterator[None]:
    """Orders that count on no account, if so."""
    kept = sales_documents.hold_credit

    async def nothing(*_: Any) -> None:
        return None

    if away:
        sales_documents.hold_credit = nothing
    try:
        yield
    finally:
        sales_documents.hold_credit = kept


async def _timed(url: str, sql: str) -> float:
    connection = await asyncpg.connect(**connection_settings(url))
    taken = []
    for _ in range(7):
        begin = time.perf_counter()
        await connection.fetch(sql)
        taken.append((time.perf_counter() - begin) * 1000)
    await connection.close()
    return median(taken)


if __name__ == "__main__":
    main()
