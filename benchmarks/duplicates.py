"""What the check for doubles takes before a customer is saved, through the whole executor, and by which indexes it is answered."""

from __future__ import annotations

import random
import re
import statistics
import time
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from api.app import build_executor
from api.auth.authority import forget
from api.auth.predicates import Bindings
from api.database import models_open, read_pool
from api.execution.documents import GraphQLRequest
from api.execution.reads import Reads
from api.schema.base import Context
from api.settings import Settings
from domain.caller import Caller
from models.config import connection_settings

TIMES = 300
MOST_MILLISECONDS = 50
ASK = """query ($form: CustomerFormInput!) { duplicateCandidates(first: 20, form: $form) {
    totalCount edges { node { score reasons customer { id number name } } } } }"""
SOME = """select c.name, c.country, c.tax_number, b.account_number from customers c join customer_bank_accounts b on b.customer_id = c.id
          where c.number like 'X%' and c.number >= 'X' || lpad($1::text, 8, '0') order by c.number limit 1"""
out = Console(highlight=False)


class Overheard(Reads):
    """A snapshot that keeps the statements that are read in it."""

    statements: list[tuple[str, list[Any]]]

    async def fetch(self, sql: str, bindings: Bindings) -> list[Any]:
        self.statements.append((sql, list(bindings.values)))
        return await super().fetch(sql, bindings)


async def times_of_duplicate_checks(url: str, customers: int, callers: dict[str, Caller]) -> None:
    """Forms that describe customers who are there, the name in other script with one sign changed: p50 and p99, and the plan."""
    forget()
    table = Table(title=f"Duplicate check among {customers:,} customers, ms")
    for title in ("user", "p50", "p99", "candidates", "read by"):
        table.add_column(title, justify="right" if title.startswith("p") else "left")
    missed = []
    forms = await _forms(url, customers)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(models_open(url, everywhere=True))
        pool = await stack.enter_async_context(read_pool(url, 1))
        generic = await stack.enter_async_context(read_pool(url, 1, generic_plans=True))
        executor = build_executor(Settings(database_url=url), pool, generic)
        for name, caller in callers.items():
            taken, found, overheard = [], [], []
            for form in forms:
                reads = Overheard(pool, caller)
                reads.statements = overheard = []
                context = Context(reads, None, caller, "en", "", "bench", {}, may_use_cookie=False)  # type: ignore[arg-type]
                began = time.perf_counter()
                answer = await executor.answer(GraphQLRequest(ASK, {"form": form}), context, only_query=True)
                taken.append((time.perf_counter() - began) * 1000)
                await reads.close()
                assert isinstance(answer.body, dict)
                assert "errors" not in answer.body, answer.body
                found.append(answer.body["data"]["duplicateCandidates"]["totalCount"])
            p99 = statistics.quantiles(taken, n=100)[98]
            plan = await _plan(url, *overheard[0])
            table.add_row(
                name, f"{statistics.median(taken):.1f}", f"{p99:.1f}", f"{statistics.mean(found):.1f}", _read_by(plan)
            )
            missed += [f"{name}: p99 {p99:.1f} ms, goal ≤ {MOST_MILLISECONDS} ms"] if p99 > MOST_MILLISECONDS else []
            missed += [f"{name}: reads all customers"] if "Seq Scan on customers" in plan else []
    out.print(table)
    for each in missed:
        out.print(f"duplicate check   FALLS SHORT: {each}")


async def _forms(url: str, customers: int) -> list[dict[str, Any]]:
    chance = random.Random(1)
    connection = await asyncpg.connect(**connection_settings(url))
    try:
        rows = [await connection.fetchrow(SOME, str(chance.randint(1, customers))) for _ in range(TIMES)]
    finally:
        await connection.close()
    return [
        {
            "name": _mistyped(row["name"], chance),
            "country": row["country"],
            "taxNumber": f" {row['tax_number']}",
            "bankAccounts": [row["account_number"]],
        }
        for row in rows
    ]


def _mistyped(name: str, chance: random.Random) -> str:
    place = chance.randrange(len(name))
    return f"{name[:place]}鋼{name[place + 1 :]}"


async def _plan(url: str, sql: str, values: list[Any]) -> str:
    connection = await asyncpg.connect(**connection_settings(url))
    try:
        return "\n".join(row[0] for row in await connection.fetch(f"explain (costs off) {sql}", *values))
    finally:
        await connection.close()


def _read_by(plan: str) -> str:
    return ", ".join(dict.fromkeys(re.findall(r"(?:using|Index Scan on) (\w+)", plan)))
