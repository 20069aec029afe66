"""`make bench-pricing`: what pricing takes with a procedure of 25 steps, 12 access sequences and 1,000,000 condition records.

A seeded generator makes 5,000 materials and their records in a database of its own under var/bench, over the demo company's
customers. Documents are priced in this process by what the API calls, with everything that is read for them; the price list
is fetched over HTTP. Each figure stands beside its goal, and a profile after them.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import pstats
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable
from decimal import Decimal
from statistics import median
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from api.database import models_open, read_pool
from api.execution import global_id
from api.execution.journal import recording
from api.execution.reads import Reads
from api.resolvers.customizing import keep_piece
from api.resolvers.pricing import Asked, ItemAsked, simulate
from benchmarks.bench import ROOT, environment_of, postgres, serving, sign_in
from domain.caller import Caller, UserKind
from domain.pricing.accesses import keys_wanted
from domain.pricing.kinds import CustomizingKind as Kind
from domain.pricing.values import (
    Access,
    AccessSequence,
    ConditionType,
    PricingProcedure,
    ProcedureDetermination,
    ProcedureStep,
    Subtotal,
)
from models.config import connection_settings

DATABASE, PORT = "bench_pricing", 8952
MATERIALS, RECORDS = 5_000, 1_000_000
LINES = (1, 10, 100, 1000)
AREA, USER = "1000/10/00", "clerk.1000"
TYPES = tuple(f"B{place:03}" for place in range(11))
SEQUENCES = {  # beside that of prices: which tables each discount is looked for in
    code: AccessSequence(code, tuple(Access(10 * (n + 1), table) for n, table in enumerate(tables)))
    for code, tables in zip(
        TYPES, (("A001", "A003", "A004"), ("A005", "A008", "A006"), ("A007", "A009"), ("A002", "A003")) * 3, strict=False
    )
}
out = Console(highlight=False)
EXPORT = "query ($c: ID!, $a: String!, $d: Date!) { priceListExport(customer: $c, salesArea: $a, date: $d) { link { url } } }"


def main() -> None:
    """Measure and show."""
    with postgres() as server:
        url = _company(server)
        table = Table("what", "took", "goal", "")
        for what, taken, goal in asyncio.run(_documents(url)) + _price_list(url):
            shown = "" if goal is None or taken <= goal else f"[red]{taken / goal:.1f} times the goal[/red]"
            table.add_row(what, f"{taken * 1000:,.1f} ms", "" if goal is None else f"≤ {goal * 1000:,.0f} ms", shown)
        out.print(table)


# ------------------------------------------------------------------------------------------------------------- measuring


async def _documents(url: str) -> list[tuple[str, float, float | None]]:
    caller, customer, materials = await _somebody(url)
    found: list[tuple[str, float, float | None]] = []
    async with models_open(url), read_pool(url, 1) as pool:

        async def once(asked: Asked) -> Any:
            reads = Reads(pool, caller)
            try:
                return await simulate(reads, asked)
            finally:
                await reads.close()

        async def explained(asked: Asked) -> int:
            return sum(len(item.rows) for item in (await once(asked)).priced.items)

        for lines in LINES:
            items = tuple(ItemAsked(materials[place * 37 % MATERIALS], Decimal(10), "PC") for place in range(lines))
            asked = Asked("OR", AREA, customer, items)
            taken = await _timed(lambda asked=asked: once(asked), 5 if lines > 100 else 15)
            found.append((f"an order of {lines:,} lines", taken, 0.05 if lines == 100 else None))
            traced = await _timed(lambda asked=asked: explained(asked), 5 if lines > 100 else 15)
            found.append(("… with its trace", traced, 0.05 if lines == 100 else None))
            found.append((f"… a line of {lines:,}", taken / lines, None))
            if lines == 100:
                statements = await _statements(pool, lambda asked=asked: once(asked))
                simulated = await once(asked)
                steps = len(simulated.customizing.procedure.steps)
                looked_for = len(keys_wanted(simulated.document, simulated.customizing))
                out.print(
                    f"{steps} steps, {looked_for} tables by type looked into, {len(statements)} statements beside the state"
                )
                assert len(statements) <= 2, statements
                profile = cProfile.Profile()
                profile.enable()
                await once(asked)
                profile.disable()
                pstats.Stats(profile).sort_stats("tottime").print_stats(15)
    return found


def _price_list(url: str) -> list[tuple[str, float, float | None]]:
    base = f"http://127.0.0.1:{PORT}"
    _, customer, _ = asyncio.run(_somebody(url))
    with serving([sys.executable, "-m", "api", "serve"], environment_of(url) | {"PORT": str(PORT)}, PORT):
        token = sign_in(f"{base}/graphql", USER)
        body = json.dumps({"query": EXPORT, "variables": {"c": customer, "a": AREA, "d": "2026-06-01"}}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        taken = []
        for _ in range(3):
            with urllib.request.urlopen(urllib.request.Request(f"{base}/graphql", body, headers)) as answer:
                link = json.load(answer)["data"]["priceListExport"]["link"]["url"]
            begin = time.perf_counter()
            with urllib.request.urlopen(base + link) as answer:
                lines = answer.read().count(b"\n") - 1
            taken.append(time.perf_counter() - begin)
    return [(f"a price list of {lines:,} materials, as CSV over HTTP", median(taken), 2.0)]


async def _timed(once: Callable[[], Awaitable[Any]], times: int) -> float:
    await once()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        await once()
        taken.append(time.perf_counter() - begin)
    return median(taken)


async def _statements(pool: Any, once: Callable[[], Awaitable[Any]]) -> list[str]:
    """What is asked of the database for a document, beside the state that every read begins with."""
    asked: list[str] = []
    connection = await pool.acquire()
    connection.add_query_logger(lambda record: asked.append(record.query))
    await pool.release(connection)
    await once()
    return [query for query in asked if "signed_in" not in query and query.lstrip().startswith("select")]


async def _somebody(url: str) -> tuple[Caller, str, list[str]]:
    """Who asks, a customer of the area, and all materials of the bench."""
    connection = await asyncpg.connect(**connection_settings(url))
    user = await connection.fetchval("select id from users where username = $1", USER)
    session = await connection.fetchval(
        """insert into sessions (user_id, kind, started_at, expires_at, address)
           values ($1, 'SIGN_IN', now(), now() + interval '1 day', '') returning id""",
        user,
    )
    customer = await connection.fetchval(
        """select c.id from customers c join customer_sales_area_views v on v.customer_id = c.id
           where v.sales_organization = '1000' and v.distribution_channel = '10' and v.division = '00' order by c.number limit 1"""
    )
    materials = [row["id"] for row in await connection.fetch("select id from materials where number like 'B%' order by number")]
    await connection.close()
    caller = Caller(user, USER, UserKind.EMPLOYEE, session, "en", "bench")
    return caller, global_id.encode("Customer", customer), [global_id.encode("Material", each) for each in materials]


# ------------------------------------------------------------------------------------------------------------ generating


def _company(server: Any) -> str:
    """The URL of the generated company; made once."""
    url: str = server.get_uri(database=DATABASE)
    if DATABASE in server.psql("select datname from pg_database").split():
        return url
    out.print(f"making {RECORDS:,} condition records (once) …")
    server.psql(f"create database {DATABASE}")
    environment = environment_of(url) | {"SDGRAPH_DEMO_PASSWORD": "bench"}
    for command in ("migrate", "seed"):
        subprocess.run([sys.executable, "-m", "api", command], cwd=ROOT, env=environment, check=True, capture_output=True)
    asyncio.run(_customize(url))
    asyncio.run(_execute(url, FILL))
    return url


async def _customize(url: str) -> None:
    """A procedure of 25 steps, 12 of them with accesses, for the area of the bench."""
    steps = [ProcedureStep(10, 0, "PR00", "Price", required=True), ProcedureStep(15, description="Gross", from_step=10)]
    for place, code in enumerate(TYPES):
        steps.append(ProcedureStep(20 + 10 * place, 0, code, code, from_step=10))
        if place % 2:
            steps.append(ProcedureStep(25 + 10 * place, description="Net so far", from_step=10, to_step=20 + 10 * place))
    steps += [
        ProcedureStep(200 + place, description=text, from_step=10, to_step=150, subtotal=subtotal)
        for place, (text, subtotal) in enumerate(
            (
                ("Net", Subtotal.NET),
                ("Taxable", Subtotal.TAXABLE),
                ("Credit", Subtotal.CREDIT_PRICE),
                ("Rebate", Subtotal.REBATE_BASIS),
            )
        )
    ]
    steps += [
        ProcedureStep(300, 0, "MWST", "VAT", from_step=200),
        ProcedureStep(
            310, 0, "VPRS", "Cost", requirement="COST_KNOWN", value_formula="COST", statistical=True, subtotal=Subtotal.COST
        ),
        ProcedureStep(320, description="Margin", from_step=200, value_formula="MARGIN", right="sales_order_cost"),
    ]
    async with models_open(url), recording("bench", "bench") as journal:
        for code in TYPES:
            await keep_piece(journal, Kind.ACCESS_SEQUENCE, SEQUENCES[code], (code, code))
            await keep_piece(journal, Kind.CONDITION_TYPE, ConditionType(code, access_sequence=code), (code, code))
        await keep_piece(journal, Kind.PROCEDURE, PricingProcedure("BENCH", tuple(steps)), ("Bench", "Bench"))
        row = ProcedureDetermination(AREA, "A", "1", "BENCH")
        await keep_piece(journal, Kind.DETERMINATION, row, (AREA, AREA), f"{AREA}|A|1")


async def _execute(url: str, script: str) -> None:
    connection = await asyncpg.connect(**connection_settings(url))
    await connection.execute(script)
    await connection.close()


KEPT = """insert into condition_records (number, version, condition_type, condition_table, lookup, sales_organization,
    distribution_channel, division, valid_from, valid_to, release_status, rate, currency, per, unit, exclusion_indicator,
    confidential, created_by, created_at, released_by, released_at)
    select {number}, 1, {type}, {table}, {lookup}, '1000', {channel}, '*', '2026-01-01', '9999-12-31', 'RELEASED', {rate},
        {currency}, {per}, {unit}, false, false, 'bench', now(), 'bench', now() from {source}"""
PRICE = {"currency": "'CNY'", "per": "1", "unit": "'PC'", "channel": "'*'", "type": "'PR00'"}
DISCOUNT = {"currency": "null", "per": "null", "unit": "null", "channel": "'10'", "rate": "-1 - n % 5"}
FILL = ";".join(
    (
        f"""insert into materials (number, description, base_unit, material_group, tax_class, gross_weight, net_weight, weight_unit,
                search_text, created_by, created_at, version)
            select 'B' || lpad(n::text, 6, '0'), 'Bench ' || n, 'PC', 'VALVE', '1', 1, 1, 'KG', 'bench', 'bench', now(), 1
            from generate_series(1, {MATERIALS}) n""",
        """insert into material_sales_views (material_id, sales_organization, distribution_channel, division, sales_unit, cost)
            select id, '1000', '10', '00', 'PC', 5 from materials where number like 'B%'""",
        KEPT.format(
            number="'P' || n",
            table="'A004'",
            lookup="concat_ws(chr(31), 'PR00', 'A004', '1000', 'B' || lpad(n::text, 6, '0'))",
            rate="10 + n % 90",
            source=f"generate_series(1, {MATERIALS}) n",
            **PRICE,
        ),
        *(
            KEPT.format(
                number=f"'{code}' || n",
                type=f"'{code}'",
                table="'A003'",
                lookup=f"concat_ws(chr(31), '{code}', 'A003', '1000', '10', 'B' || lpad(n::text, 6, '0'))",
                source=f"generate_series(1, {MATERIALS}) n",
                **DISCOUNT,
            )
            for code in TYPES[::4]
        ),
        KEPT.format(
            number="'F' || n",
            table="'A001'",
            lookup=f"concat_ws(chr(31), 'PR00', 'A001', '1000', '10', (900000 + n / {MATERIALS})::text, 'B' || lpad((n % {MATERIALS})::text, 6, '0'))",
            rate="9 + n % 50",
            source=f"generate_series(1, {RECORDS}) n",
            **PRICE,
        ),
        "analyze",
    )
)
"""Materials, their prices and discounts, and a million prices of customers among which those are looked for."""  # fmt: skip


if __name__ == "__main__":
    main()
