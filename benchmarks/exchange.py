"""What an import of 10,000 rows and an export of many customers take: `python -m benchmarks.exchange URL [customers]`.

The database holds the demo company, and for the export the customers of `benchmarks.million` on top, which are added if
there are not so many. Each part runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg

from api.auth.users import speaking_for
from api.database import models_open, read_pool
from api.execution.reads import Reads
from api.resolvers.exchange import RowReport, import_customers
from api.schema.exchange import customer_lines
from benchmarks import million
from domain.exchange import Encoding, ImportMode, line_of, read_customers
from models.config import connection_settings

ROWS = 10_000
MOST_SECONDS, MOST_MEGABYTES = 30, 200
HEAD = ("name", "customerType", "country", "salesArea", "taxNumber", "region", "city", "street", "phone", "email", "incoterms")


class Unwatched:
    """Nobody follows."""

    def progress(self, done: int, refused: int) -> None:
        pass

    async def keep(self, connection: Any, reports: Sequence[RowReport], *, last: bool) -> None:
        pass


def file_of(begin: int) -> bytes:
    """Rows that are all filled, with tax numbers that nobody has."""
    rows = (
        (
            f"钢铁公司{n}",
            "DEALER",
            "CN",
            "1000/20/00",
            f"9131{n:014d}",
            "上海市",
            "上海",
            f"南京路{n}号",
            f"021-{n}",
            f"a{n}@example.cn",
            "EXW",
        )
        for n in range(begin, begin + ROWS)
    )
    return "".join(map(line_of, (HEAD, *rows))).encode()


async def bring_in(url: str, mode: str) -> None:
    """Import once, and say what it took."""
    content = file_of(int(time.time() * 1000) % 10**13)
    async with models_open(url, everywhere=True), speaking_for("customer.admin", "bench-import") as caller:
        before, begun = megabytes(), time.perf_counter()
        file = read_customers(content, Encoding.UTF_8, ROWS)
        reports = await import_customers(caller, file, ImportMode[mode], dry_run=False, watch=Unwatched())
        seconds = time.perf_counter() - begun
    found = {outcome.value: count for outcome, count in Counter(report.outcome for report in reports).items()}
    short = "" if seconds <= MOST_SECONDS and megabytes() <= MOST_MEGABYTES else "   FALLS SHORT"
    print(f"import {mode}: {found} in {seconds:.1f} s, {before} -> {megabytes()} MB{short}")


async def take_out(url: str) -> None:
    """Export all, and say what it took."""
    async with (
        models_open(url, everywhere=True),
        speaking_for("customer.admin", "bench-export") as caller,
        read_pool(url, 1) as pool,
    ):
        reads = Reads(pool, caller)
        begun, lines, size, first, early = time.perf_counter(), 0, 0, 0.0, 0
        async for text in customer_lines(reads, None):
            if not lines:
                first, early = time.perf_counter() - begun, megabytes()
            lines, size = lines + text.count("\n"), size + len(text.encode())
        await reads.close()
        seconds = time.perf_counter() - begun
    print(
        f"export: {lines:,} lines, {size / 1e6:.1f} MB in {seconds:.1f} s, first after {first * 1000:.0f} ms, {early} -> {megabytes()} MB"
    )


def megabytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def fill(url: str, customers: int) -> None:
    """Bring the company to that many customers."""
    connection = await asyncpg.connect(**connection_settings(url))
    there = await connection.fetchval("select count(*) from customers")
    if there < customers:
        await million.make_structure(connection)
        await million.make_customers(connection, 1, customers - there)
        await million.settle(connection)
    await connection.close()


def main(url: str, *what: str) -> None:
    match what:
        case ("import", mode):
            asyncio.run(bring_in(url, mode))
        case ("export",):
            asyncio.run(take_out(url))
        case _:
            asyncio.run(fill(url, int(what[0]) if what else 100_000))
            for each in (("import", "ROW_BY_ROW"), ("import", "ALL_OR_NOTHING"), ("export",)):
                subprocess.run([sys.executable, "-m", "benchmarks.exchange", url, *each], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
