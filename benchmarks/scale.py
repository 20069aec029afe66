"""What a page costs as the company grows and as more areas are allowed, what authorization adds, what hostile documents
and the check for doubles take.

Statements are timed in the database, in turn and many times, the median counts; documents are timed through the whole executor.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta, timezone

import asyncpg
from rich.console import Console
from rich.table import Table

from api.app import build_executor
from api.auth.authority import Authority, forget
from api.auth.standard import standard_policy
from api.database import FOR_READS, models_open, read_pool
from api.execution.documents import GraphQLRequest
from api.execution.reads import Reads
from api.schema.base import Context
from api.settings import Settings
from benchmarks.duplicates import times_of_duplicate_checks
from benchmarks.statements import Statement, statement_by, statement_of
from domain.areas import pattern_of
from domain.caller import Caller, UserKind
from domain.policy import Assignment
from models.config import connection_settings
from models.user import User

TIMES = 200
MOST_PREPARING, MOST_ANSWERING, MOST_AUTHORIZATION = 50, 1000, 0.05
"""Goals: milliseconds to prepare and plan a hostile document, to answer it, and what authorization may add."""
ORDERS = ("NUMBER", "NAME")
PAGE = """query ($order: [CustomerSort!]) { customers(first: 50, orderBy: $order) { pageInfo { hasNextPage endCursor }
    edges { node { id number name customerType country region taxNumber onboardingStatus version } } } }"""
out = Console(highlight=False)


async def times_of_pages(urls: dict[int, str], users: Sequence[str]) -> None:
    """A page of 50 by number and by name: milliseconds in companies of each size, and how the largest one's page is read."""
    forget()
    table = Table(title="A page of 50 in the database, ms (median)")
    for title in ("user", "order", *(f"{size:,} customers" for size in urls), "sorts", "read by"):
        table.add_column(title, justify="right" if "customers" in title else "left")
    for user in users:
        for order in ORDERS:
            taken, plan = [], ""
            for url in urls.values():
                sql, values = await statement_of(url, PAGE, {"order": [{"field": order}]}, user)
                milliseconds, plan = await _timed(url, [(sql, values)])
                taken.append(f"{milliseconds[0]:.2f}")
            table.add_row(user, order, *taken, _sorts(plan), ", ".join(dict.fromkeys(re.findall(r"using (\w+)", plan))))
    out.print(table)


async def cost_of_authorization(url: str, user: str) -> None:
    """The page of somebody with one organization beside the same page for somebody who may see everything, in turn."""
    forget()
    scoped = await statement_of(url, PAGE, {"order": [{"field": "NUMBER"}]}, user)
    everything = (Assignment("everybody", "auditor", pattern_of("*/*/*", "salesArea")),)
    authority = Authority(0, "everybody", UserKind.EMPLOYEE, standard_policy(), everything, datetime.now(timezone.utc))
    free = statement_by(url, PAGE, {"order": [{"field": "NUMBER"}]}, authority)
    (with_scope, without), _ = await _timed(url, [scoped, free])
    added = with_scope / without - 1
    out.print(
        f"authorization: {with_scope:.2f} ms with a scope of one organization, {without:.2f} ms with none: {added:+.0%}"
        + (f"   FALLS SHORT: goal ≤ {MOST_AUTHORIZATION:.0%}" if added > MOST_AUTHORIZATION else "")
    )


async def times_of_hostile_documents(url: str, users: Sequence[str], documents: dict[str, str]) -> None:
    """The deepest, widest and most aliased documents that the limits admit: processor time to prepare, time to answer."""
    forget()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(models_open(url, everywhere=True))
        pool = await stack.enter_async_context(read_pool(url, 4))
        generic = await stack.enter_async_context(read_pool(url, 4, generic_plans=True))
        for name, text in documents.items():
            for username in users:
                caller = await _signed_in(username)
                executor = build_executor(Settings(database_url=url), pool, generic)
                began = time.process_time()
                executor.documents.prepare(text)
                preparing = (time.process_time() - began) * 1000
                reads = Reads(pool, caller)
                context = Context(reads, None, caller, "en", "", "bench", {}, may_use_cookie=False)  # type: ignore[arg-type]
                began = time.perf_counter()
                answer = await executor.answer(GraphQLRequest(text), context, only_query=True)
                answering = (time.perf_counter() - began) * 1000
                missed = [f"goal ≤ {MOST_PREPARING} ms"] if preparing > MOST_PREPARING else []
                missed += [f"goal ≤ {MOST_ANSWERING} ms"] if answering > MOST_ANSWERING or answer.unavailable else []
                out.print(
                    f"{name}, {username}: prepared in {preparing:.0f} ms, answered in {answering:,.0f} ms"
                    + (" (refused: too slow)" if answer.unavailable else "")
                    + (f"   FALLS SHORT: {', '.join(missed)}" if missed else ""),
                    soft_wrap=True,
                )


async def _signed_in(username: str) -> Caller:
    from models.user import Session

    user = await User.get(username=username)
    now = datetime.now(timezone.utc)
    session = await Session.create(user_id=user.id, started_at=now, expires_at=now + timedelta(hours=1), address="")
    return Caller(user.id, user.username, user.kind, session.id, user.locale, "bench")


async def _timed(url: str, statements: Sequence[Statement]) -> tuple[list[float], str]:
    """The median of many executions of each, taken in turn and prepared as the server does; and the plan of the last."""
    settings = {**FOR_READS, "plan_cache_mode": "force_generic_plan"}
    connection = await asyncpg.connect(**connection_settings(url), server_settings=settings)
    try:
        prepared = [(await connection.prepare(sql), values) for sql, values in statements]
        taken: list[list[float]] = [[] for _ in prepared]
        for _ in range(TIMES):
            for place, (statement, values) in enumerate(prepared):
                began = time.perf_counter()
                await statement.fetchrow(*values)
                taken[place].append((time.perf_counter() - began) * 1000)
        sql, values = statements[-1]
        plan = "\n".join(row[0] for row in await connection.fetch(f"explain (analyze, costs off, timing off) {sql}", *values))
        return [statistics.median(each) for each in taken], plan
    finally:
        await connection.close()


def _sorts(plan: str) -> str:
    """What the plan sorts: the rows of the pages of each area, or more."""
    rows = [int(float(each)) for each in re.findall(r"(?:Incremental )?Sort \(actual rows=([\d.]+)", plan)]
    return f"{max(rows)} rows" if rows else "nothing"


async def show(urls: dict[int, str], users: Sequence[str], documents: dict[str, str]) -> None:
    """All of it, for companies by size; documents and authorization in the largest."""
    largest = urls[max(urls)]
    await times_of_pages(urls, users)
    await cost_of_authorization(largest, users[0])
    await times_of_hostile_documents(largest, (users[0], users[-1]), documents)
    async with models_open(largest):
        callers = {name: await _signed_in(name) for name in (*users, "auditor")}
    await times_of_duplicate_checks(largest, max(urls), callers)


def main(urls: dict[int, str], users: Sequence[str]) -> None:
    """As `show`, from outside of asyncio."""
    from tests.http.test_limits import ADMITTED

    asyncio.run(show(urls, users, ADMITTED))
