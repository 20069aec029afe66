"""`make bench-orders`: documents read, entered and billed beside 10,000 and BENCH_ORDERS orders × 4 items.

In a database of each size, made by SQL over the demo company and kept under var/bench: the contract's `SalesOrderList` under
load beside the same statement in pgbench, and unfiltered beside Strawberry and Tortoise and beside PostGraphile;
`SalesOrderDetail` one after another; orders of 1, 10 and 100 lines entered over HTTP, with the statements that each takes; and a
billing run. Each figure stands beside its goal; a profile of an order entered.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import os
import pstats
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from statistics import median
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from api.auth.users import speaking_for
from api.database import models_open
from api.execution import global_id
from api.execution.command import Sent
from api.resolvers.billing import create_billing_documents
from api.resolvers.sales_documents import Entering, create_document
from benchmarks.bench import ROOT, SECONDS, ask, environment_of, load_of, load_rival, postgres, same_rows, serving
from benchmarks.load import in_turn, literal, load, pgbench
from benchmarks.million_orders import STARTED, make_orders
from benchmarks.rivals import Operation, postgraphile, strawberry_tortoise
from benchmarks.statements import statement_of
from domain.orders.categories import DocumentCategory
from models.config import connection_settings

ORDERS = int(os.environ.get("BENCH_ORDERS", "1000000"))
SIZES = tuple(dict.fromkeys((min(10_000, ORDERS), ORDERS)))
SHIPPED = 10_000
PORT = 8953
AREA, ORGANIZATION, USER = "1000/10/00", "1000", "clerk.1000"
ENTERING = Entering("createSalesOrder", frozenset({DocumentCategory.SALES_ORDER}))
RIVALLED = {"first": 50, "orderBy": [{"field": "ORDER_DATE", "direction": "DESC"}]}
"""The list that rivals are asked for too: PostGraphile compares with `=` only."""
LIST = {
    "first": 50,
    "filter": {"salesOrganization": {"in": ["1000"]}, "netValue": {"gte": "1000.00"}},
    "orderBy": [{"field": "ORDER_DATE", "direction": "DESC"}],
}
out = Console(highlight=False)


def main() -> None:
    """Measure and show."""
    from tests.client import contract

    table = Table("what", *(f"{size:,} orders" for size in SIZES), "goal")
    rows: dict[str, list[str]] = {}
    goals: dict[str, str] = {}

    def note(what: str, figure: str, goal: str = "") -> None:
        rows.setdefault(what, []).append(figure)
        goals[what] = goal

    with postgres() as server:
        for size in SIZES:
            url = _company(server, size)
            base = f"http://127.0.0.1:{PORT}/graphql"
            with serving([sys.executable, "-m", "api", "serve"], environment_of(url) | {"PORT": str(PORT)}, PORT) as process:
                token = _sign_in(base)
                for connections in (1, 16):
                    body = {"query": contract("SalesOrderList"), "variables": LIST}
                    sql = literal(*asyncio.run(statement_of(url, contract("SalesOrderList"), LIST, USER)))
                    listed, floor = in_turn(
                        [
                            partial(load, base, body, token, connections, SECONDS, process.pid, server.get_pid()),
                            partial(pgbench, server.bin_path / "pgbench", url, sql, connections, SECONDS),
                        ]
                    )
                    note(f"SalesOrderList, requests/s at {connections}", f"{listed.per_second:,.0f}")
                    note(f"… of pgbench at {connections}", f"{listed.per_second / floor.per_second:.2f}", "≥ 0.6")
                for what, times, goal in _beside_rivals(server, url, base, token, process.pid):
                    note(what, f"{times:.1f}", goal)
                number = f"B{size:09}"
                detail = {"query": contract("SalesOrderDetail"), "variables": {"number": number}}
                note("SalesOrderDetail, ms", f"{_latency(base, detail, token):.1f}", "≤ 5")
                customer, materials = asyncio.run(somebody(url))
                for lines in (1, 10, 100):
                    entry = {"query": contract("CreateSalesOrder"), "variables": {"input": _entry(customer, materials, lines)}}
                    goal = "≤ 40" if lines == 10 else ""
                    note(f"an order of {lines} lines entered, ms", f"{_latency(base, entry, token, 20):.1f}", goal)
            for lines in (1, 10, 100):
                statements = asyncio.run(
                    _statements(url, customer, materials, lines, profiled=size == SIZES[-1] and lines == 10)
                )
                note(f"… statements of {lines} lines", str(statements), "≤ 25")
            note(
                f"a billing run over {min(SHIPPED, size):,} deliveries, a second",
                f"{asyncio.run(_bill(url, size)):,.0f}",
                "≥ 200",
            )
    for what, figures in rows.items():
        table.add_row(what, *figures, goals[what])
    out.print(table)


def _beside_rivals(server: Any, url: str, base: str, token: str, mine: int) -> Iterator[tuple[str, float, str]]:
    """How many times as many of the newest orders the product gives as each rival, which must give the same rows."""
    from tests.client import contract

    operation = Operation("SalesOrderList", contract("SalesOrderList"), RIVALLED)
    answer, postmaster = ask(base, operation, token), server.get_pid()
    for rival in (
        strawberry_tortoise(token, ORGANIZATION, {operation.name: 25}),
        asyncio.run(postgraphile(url, ORGANIZATION, {operation.name: 2.5})),
    ):
        with serving(rival.command, environment_of(url) | rival.environment, rival.port) as process:
            same_rows(rival, operation, answer, ask(rival.url, rival.asking(operation), rival.token))
            load_rival(rival, process, operation, 16, postmaster, url)  # warms up what compiles as it runs
            for connections in (1, 16):
                theirs, ours = in_turn(
                    [
                        partial(load_rival, rival, process, operation, connections, postmaster, url),
                        partial(load_of, base, operation, token, connections, mine, postmaster),
                    ]
                )
                what = f"… times {rival.name} at {connections}"
                yield what, ours.per_second / theirs.per_second, f"≥ {rival.goals[operation.name]}"


def _company(server: Any, orders: int) -> str:
    name = f"bench_orders_{orders}"
    url: str = server.get_uri(database=name)
    if name in server.psql("select datname from pg_database").split():
        server.psql(f"drop database {name}")  # what is billed can be billed once
    out.print(f"making {orders:,} orders …")
    server.psql(f"create database {name}")
    for command in ("migrate", "seed"):
        environment = environment_of(url) | {"SDGRAPH_DEMO_ORDERS": "0"}
        subprocess.run([sys.executable, "-m", "api", command], cwd=ROOT, env=environment, check=True, capture_output=True)
    asyncio.run(_fill(url, orders))
    return url


async def _fill(url: str, orders: int) -> None:
    connection = await asyncpg.connect(**connection_settings(url))
    await make_orders(connection, orders, SHIPPED)
    await connection.execute("update stock set quantity = 1000000")
    await connection.close()


def _sign_in(base: str) -> str:
    text = 'mutation { signIn(input: {username: "clerk.1000", password: "demo"}) { accessToken } }'
    request = urllib.request.Request(base, json.dumps({"query": text}).encode(), {"Content-Type": "application/json"})
    return str(json.loads(urllib.request.urlopen(request).read())["data"]["signIn"]["accessToken"])


def _latency(base: str, body: dict[str, Any], token: str, times: int = 100) -> float:
    """Milliseconds of one request, of many one after another."""
    taken = []
    for _ in range(times + 5):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        begin = time.perf_counter()
        answer = json.loads(urllib.request.urlopen(urllib.request.Request(base, json.dumps(body).encode(), headers)).read())
        taken.append((time.perf_counter() - begin) * 1000)
        assert "errors" not in answer, answer
        (found,) = answer["data"].values()
        assert found is not None, answer
        assert not found.get("userErrors"), found
    return median(taken[5:])


async def somebody(url: str) -> tuple[str, list[str]]:
    """A customer who may be ordered for, and materials."""
    connection = await asyncpg.connect(**connection_settings(url))
    customer = await connection.fetchval(
        """select v.customer_id from customer_sales_area_views v join customers c on c.id = v.customer_id
           where v.sales_organization = '1000' and v.distribution_channel = '10' and v.division = '00'
             and c.onboarding_status = 'APPROVED' and c.order_block is null order by 1 offset 4 limit 1"""
    )
    rows = await connection.fetch(
        "select id from materials where item_category_group = 'NORM' and base_unit = 'PC' order by id"
    )
    await connection.close()
    return global_id.encode("Customer", customer), [global_id.encode("Material", row["id"]) for row in rows]


def _entry(customer: str, materials: list[str], lines: int) -> dict[str, Any]:
    items = [{"material": materials[place % len(materials)], "quantity": "1", "unit": "PC"} for place in range(lines)]
    return {"orderType": "OR", "salesArea": AREA, "soldTo": customer, "customerReference": "PO-1", "items": items}


async def _statements(url: str, customer: str, materials: list[str], lines: int, *, profiled: bool) -> int:
    """How many statements an order takes, each copy of rows counted as one; shows where its time goes."""
    entry = Sent(entry_of(global_id.key_of(customer, "Customer", "soldTo"), materials, lines))
    async with models_open(url), speaking_for(USER, "bench") as caller:
        await create_document(caller, entry, ENTERING)
        with counting() as counted:
            await create_document(caller, entry, ENTERING)
        if profiled:
            profile = cProfile.Profile()
            profile.enable()
            await create_document(caller, entry, ENTERING)
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(15)
    return counted.statements


def entry_of(customer: int, materials: list[str], lines: int) -> dict[str, Any]:
    """An order of so many lines as the house itself gives it."""
    items = [
        Sent({"material": materials[place % len(materials)], "quantity": Decimal(1), "unit": "PC"}) for place in range(lines)
    ]
    sold_to = global_id.encode("Customer", customer)
    return {"order_type": "OR", "sales_area": AREA, "sold_to": sold_to, "customer_reference": "X", "items": items}


def counting() -> _Counted:
    """Counts the statements within."""
    return _Counted()


class _Counted:
    """Counts what is sent to the database."""

    NAMES = ("_execute", "copy_records_to_table")

    def __init__(self) -> None:
        self.statements = 0
        self._kept: dict[str, Any] = {}

    def __enter__(self) -> _Counted:
        for name in (*self.NAMES, "execute"):
            self._kept[name] = original = getattr(asyncpg.Connection, name)
            setattr(asyncpg.Connection, name, self._counting(name, original))
        return self

    def _counting(self, name: str, original: Any) -> Any:
        async def counting(connection: Any, *arguments: Any, **more: Any) -> Any:
            plain = name == "execute" and len(arguments) > 1  # goes on to `_execute`
            self.statements += 0 if plain else 1
            return await original(connection, *arguments, **more)

        return counting

    def __exit__(self, *_: Any) -> None:
        for name, original in self._kept.items():
            setattr(asyncpg.Connection, name, original)


async def _bill(url: str, size: int) -> float:
    """Deliveries billed a second, in one run over all that are due."""
    shipped = min(SHIPPED, size)
    ids = [global_id.encode("Delivery", STARTED + key) for key in range(size - shipped + 1, size + 1)]
    async with models_open(url), speaking_for("billing.1000", "bench") as caller:
        begin = time.perf_counter()
        await create_billing_documents(caller, Sent({"deliveries": ids}), [])
        return shipped / (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
