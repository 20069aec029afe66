"""The memory of a worker and of its database connections stays flat, however many different requests have been answered.

One server process answers random documents, filters, orders and page sizes, each once or a few times, for users with
different areas; between them come commands and all kinds of requests that are refused, and on the way policies change and
sessions end. Its own memory and that of the PostgreSQL processes it holds are read now and then.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count, islice
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
import psutil
import pytest

from api.auth.policy_edit import Edit, adding_lines, assigning, edit_policy, ending_lines, unassigning
from api.auth.policy_store import all_assignments
from api.auth.tokens import KeyRing, Tokens
from api.auth.users import create_user
from api.database import models_open
from api.execution import global_id
from api.schema.root import schema
from domain.activity import Effect
from domain.caller import UserKind
from models.config import connection_settings
from tests.conftest import environment_of, running_server
from tests.execution.documents import Document, Pool, Writer

GROWTH, LEEWAY = 1.03, {"worker": 5.0, "backend": 0.5}
"""What may be left of growth, and MB, once all caches are full: a leak of 100 bytes a request would show."""
MOST_SERIES = 400
USERS = 300
CONNECTIONS = 6
REQUESTS, EVERY = 200_000, 10_000
ROOTS = ["customers"] * 24 + ["customer", "node", "salesAreas", "users"] * 4 + ["viewer", "roles"]
ROLES = ["sales-clerk", "sales-manager", "account-manager", "customer-admin", "auditor"]
ORGANIZATIONS, CHANNELS, DIVISIONS = ["1000", "2000", "3000", "*"], ["10", "20", "*"], ["00", "10", "20", "*"]
DENIED = ("sales-clerk", "2000/20/*", "customer_company_code", "DISPLAY", "all", "", "deny")
COUNTRIES = ["CN", "US", "SG", "DE"]
ORDERS = ["NUMBER", "NAME", "REGION", "TAX_NUMBER", "COUNTRY", "VERSION"]
NEXT_PAGE = """query ($first: Int!, $after: String, $order: [CustomerSort!]) {{ {alias}: customers(first: $first, after: $after,
    orderBy: $order) {{ pageInfo {{ endCursor }} edges {{ cursor {alias}: node {{ number {alias}: name }} }} }} }}"""
CHANGE = """mutation ($input: ChangeCustomerInput!) {{ {alias}: changeCustomer(input: $input) {{ customer {{ id version }}
    userErrors {{ code message field }} }} }}"""
CREATE = """mutation ($input: CreateCustomerInput!) {{ {alias}: createCustomer(input: $input) {{ customer {{ number }}
    userErrors {{ code message field }} }} }}"""


class Texts(Writer):
    """Documents as the random ones are, with cursors left to requests of their own, and of any page size."""

    def write(self) -> Document:
        self.budget = self.chance.choice((2, 3, 4, 6, 10, 30))
        return super().write()

    def sends(self, name: str, definition: Any) -> bool:
        return name != "after" and super().sends(name, definition)

    def plain(self, type_: Any, name: str) -> Any:
        return self.chance.randint(0, 40) if name == "first" else super().plain(type_, name)


@dataclass(slots=True)
class Sent:
    """One HTTP request."""

    body: bytes
    token: str | None
    path: str = "/graphql"
    method: str = "POST"
    order: str | None = None
    """The sort order by which a further page can be asked for."""


@dataclass
class Traffic:
    """Requests without end, hardly any of them like another."""

    chance: random.Random
    ids: list[str]
    tokens: list[str] = field(default_factory=list)
    ended: deque[str] = field(default_factory=lambda: deque(maxlen=100))
    cursors: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=100))
    """With the order of the list that each belongs to."""
    documents: deque[Document] = field(default_factory=lambda: deque(maxlen=50))
    numbers: Iterator[int] = field(default_factory=count)

    def requests(self) -> Iterator[Sent]:
        kinds = [self.query] * 24 + [self.again] * 12 + [self.page] * 3 + [self.next_page] * 3 + [self.unreadable] * 2
        kinds += [self.no_session] * 2 + [self.elsewhere] * 2
        kinds += [self.change, self.create, self.wrong_cursor, self.unknown_field]
        while True:
            yield self.chance.choice(kinds)()

    def word(self) -> str:
        """A name that has not been used."""
        return f"w{next(self.numbers)}"

    def graphql(self, text: str, variables: dict[str, Any] | None = None, **more: Any) -> Sent:
        body = json.dumps({"query": text, "variables": variables or {}}, ensure_ascii=False).encode()
        return Sent(body, **({"token": self.chance.choice(self.tokens)} | more))

    def query(self) -> Sent:
        document = Texts(schema._schema, self.chance, self.pool(), ROOTS).write()
        document.text = document.text.replace("query", f"query {self.word()}", 1)
        self.documents.append(document)
        return self.graphql(document.text, document.variables)

    def again(self) -> Sent:
        """A document that somebody has sent, most likely somebody else."""
        document = self.chance.choice(self.documents) if self.documents else Document("{ __typename }")
        return self.graphql(document.text, document.variables)

    def pool(self) -> Pool:
        """Values for one document."""
        number, some = self.chance.randint(100000, 100300), f"{self.chance.random():.6}"
        return Pool(
            {
                "number": [str(number), str(number)[:5], some],
                "name": ["上海", some, "公司"],
                "taxNumber": [some[2:], "91"],
                "region": ["江苏省", "上海市", some],
                "country": COUNTRIES,
                "market": ["石化", some],
                "search": ["上海", "司", "100", str(number), some],
                "salesArea": [self.area().replace("*", "10")],
            },
            [self.chance.choice(self.ids), global_id.encode("User", self.chance.randint(1, USERS)), some],
        )

    def area(self) -> str:
        return "/".join(map(self.chance.choice, (ORGANIZATIONS, CHANNELS, DIVISIONS)))

    def page(self) -> Sent:
        return self.page_behind(None, self.chance.choice(ORDERS))

    def next_page(self) -> Sent:
        return self.page_behind(*self.chance.choice(self.cursors)) if self.cursors else self.page()

    def wrong_cursor(self) -> Sent:
        cursor = self.chance.choice(self.cursors)[0] if self.cursors and self.chance.random() < 0.5 else secrets.token_hex(9)
        return self.page_behind(cursor, self.chance.choice(ORDERS))

    def page_behind(self, cursor: str | None, order: str) -> Sent:
        variables = {"first": self.chance.randint(1, 50), "after": cursor, "order": [{"field": order}]}
        return self.graphql(NEXT_PAGE.format(alias=self.word()), variables, order=order)

    def change(self) -> Sent:
        """Forbidden, of an old version, of a hidden customer, or carried out."""
        given = {"customer": self.chance.choice(self.ids), "version": self.chance.randint(1, 3), "phone": self.word()}
        if self.chance.random() < 0.3:
            given["idempotencyKey"] = secrets.token_hex(16)
        return self.graphql(CHANGE.format(alias=self.word()), {"input": given})

    def create(self) -> Sent:
        """Refused or only tried."""
        given = {"name": self.word(), "customerType": "END_USER", "country": "CN", "salesArea": self.area().replace("*", "10")}
        return self.graphql(CREATE.format(alias=self.word()), {"input": given | {"validateOnly": True}})

    def unreadable(self) -> Sent:
        return self.graphql(f"{{ customers(first: 1) {{ {self.word()} ")

    def unknown_field(self) -> Sent:
        return self.graphql(f"{{ customers(first: 1) {{ edges {{ node {{ {self.word()} }} }} }} {self.word()} }}")

    def no_session(self) -> Sent:
        wrong = [None, self.word(), self.chance.choice(self.tokens)[:-9] + secrets.token_hex(4), *self.ended]
        return self.graphql(f"{{ {self.word()}: customers(first: 1) {{ totalCount }} }}", token=self.chance.choice(wrong))

    def elsewhere(self) -> Sent:
        word, method = self.word(), self.chance.choice(["GET", "POST", "PUT"])
        text = quote(f"{{ {word}: viewer {{ id }} }}")
        paths = [f"/{word}", f"/graphql?query={text}", f"/health/{word}", "/health/live", "/.well-known/jwks.json"]
        return Sent(word.encode(), self.chance.choice(self.tokens), self.chance.choice(paths), method)


@dataclass(frozen=True, slots=True)
class Reading:
    """Memory that belongs to nobody else, in MB, after so many requests."""

    requests: int
    worker: float
    backends: float
    connections: int
    series: int
    """What the worker keeps for Prometheus."""

    @property
    def backend(self) -> float:
        """Of one connection: how many there are is a setting, and most are opened only when many commands meet."""
        return self.backends / self.connections

    def __str__(self) -> str:
        return (
            f"{self.requests:7}: worker {self.worker:6.1f} MB, {self.connections} database connections {self.backends:6.1f} MB, "
            f"{self.series} series"
        )


@dataclass
class House:
    """The server, its database, and the requests that are sent."""

    database_url: str
    base: str
    tokens: Tokens
    database: asyncpg.Connection
    traffic: Traffic
    seen: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[Sent, bytes]] = field(default_factory=list)
    done: int = 0

    async def send(self, count: int) -> None:
        """So many requests, over several connections at once."""
        requests = islice(self.traffic.requests(), count)
        await asyncio.gather(*(self._send_all(requests) for _ in range(CONNECTIONS)))
        self.done += count

    async def _send_all(self, requests: Iterable[Sent]) -> bytes:
        """One after another over one connection; the last answer's body."""
        address, body = urlsplit(self.base), b""
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            for sent in requests:
                authorization = "" if sent.token is None else f"Authorization: Bearer {sent.token}\r\n"
                head = f"{sent.method} {sent.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
                writer.write(f"{head}{authorization}Content-Length: {len(sent.body)}\r\n\r\n".encode() + sent.body)
                status, *headers = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
                length = next(int(each.partition(":")[2]) for each in headers if each.startswith("content-length:"))
                body = await reader.readexactly(length)
                self._note(sent, int(status.split()[1]), body)
        finally:
            writer.close()
            await writer.wait_closed()
        return body

    def _note(self, sent: Sent, status: int, body: bytes) -> None:
        if status >= 500:
            self.faults.append((sent, body))
        refused = body.startswith((b'{"errors"', b'{"data":null'))
        self.seen["refused" if refused or status >= 400 else "answered"] += 1
        if sent.order is not None and not refused:
            (page,) = json.loads(body)["data"].values()
            if page["pageInfo"]["endCursor"] is not None:
                self.traffic.cursors.append((page["pageInfo"]["endCursor"], sent.order))

    async def reading(self) -> Reading:
        pids = await self.database.fetch(
            """select pid from pg_stat_activity
               where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()"""
        )
        backends = [_megabytes(row["pid"]) for row in pids if psutil.pid_exists(row["pid"])]
        series = (await self._send_all([Sent(b"", None, "/metrics", "GET")])).count(b"\n")
        return Reading(self.done, _megabytes(listening_at(self.base)), sum(backends), len(backends), series)

    async def open_sessions(self, users: list[Any]) -> None:
        """A session for each of the users, and a token of it."""
        until = datetime.now(timezone.utc) + timedelta(days=1)
        for user in users:
            session = await self.database.fetchval(
                "insert into sessions (user_id, kind, started_at, expires_at, address) values ($1, 'SIGN_IN', now(), $2, '') returning id",
                user["id"],
                until,
            )
            self.traffic.tokens.append(
                self.tokens.issue(user["id"], user["username"], UserKind(user["kind"]), session, user["locale"])[0]
            )

    async def end_sessions(self) -> None:
        """End the oldest sessions; their users open others."""
        users = await self.database.fetch(
            """update sessions s set ended_at = now() from users u where u.id = s.user_id and s.id in
                   (select id from sessions where ended_at is null order by id limit $1) returning u.*""",
            USERS // 10,
        )
        self.traffic.ended.extend(self.traffic.tokens[: len(users)])
        del self.traffic.tokens[: len(users)]
        await self.open_sessions(users)

    async def change_policy(self) -> None:
        """Two further versions: some users lose their areas and get others, and a line comes or goes."""
        numbers = self.traffic.chance.sample(range(USERS), USERS // 10)

        async def take(edit: Edit) -> None:
            is_there = any(line.effect is Effect.DENY and line.role == DENIED[0] for line in edit.policy.lines)
            await (ending_lines if is_there else adding_lines)([DENIED])(edit)
            for each in await all_assignments(edit.connection, edit.version - 1):
                if each.user in set(map(name_of, numbers)):
                    await unassigning(each.user, each.role, ["/".join(each.pattern)])(edit)

        async with models_open(self.database_url):
            await edit_policy("test", "taken", take)
            await edit_policy("test", "given", self.giving_areas(numbers))

    async def take_on_users(self) -> None:
        async with models_open(self.database_url):
            for number in range(USERS):
                kind = UserKind.PARTNER if number % 5 == 0 else UserKind.EMPLOYEE
                customers = (str(100001 + number % 250),) if kind is UserKind.PARTNER else ()
                await create_user(name_of(number), name_of(number), kind, customers=customers, locale=["en", "zh"][number % 2])

            await edit_policy("test", "given", self.giving_areas(range(USERS)))

    def giving_areas(self, numbers: Iterable[int]) -> Callable[[Edit], Awaitable[None]]:
        """An edit that gives each of the users a role or two in some areas."""
        chance = self.traffic.chance

        async def give(edit: Edit) -> None:
            for number in numbers:
                for role in chance.sample(ROLES, chance.randint(1, 2)):
                    areas = {self.traffic.area() for _ in range(chance.randint(1, 4))}
                    await assigning(name_of(number), role, areas)(edit)

        return give


def name_of(number: int) -> str:
    return f"user.{number}"


def listening_at(base: str) -> int:
    """The process that serves there, started by this one or by one that this one has started."""
    port = urlsplit(base).port
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if any(each.laddr.port == port and each.status == psutil.CONN_LISTEN for each in child.net_connections()):
                return child.pid
    raise LookupError(base)


def _megabytes(pid: int) -> float:
    return psutil.Process(pid).memory_full_info().uss / 1e6


async def readings_of(database: str, base: str, keys: Path) -> tuple[list[Reading], list[tuple[Sent, bytes]]]:
    """Memory at the start and after each so many requests, and what the server failed at."""
    ring = KeyRing(keys)
    tokens = Tokens(ring, "sdgraph", 86_400, lambda: datetime.now(timezone.utc))
    connection = await asyncpg.connect(**connection_settings(database))
    try:
        ids = [
            global_id.encode("Customer", row["id"]) for row in await connection.fetch("select id from customers order by id")
        ]
        house = House(database, base, tokens, connection, Traffic(random.Random(5), ids))
        await house.take_on_users()
        users = await connection.fetch("select id, username, kind, locale from users where username like 'user.%' order by id")
        await house.open_sessions(users)
        await house.send(CONNECTIONS)
        readings = [await house.reading()]
        for _ in range(REQUESTS // EVERY):
            await house.send(EVERY)
            readings.append(await house.reading())
            print(readings[-1], dict(house.seen), flush=True)
            await house.end_sessions()
            await house.change_policy()
        return readings, house.faults
    finally:
        await connection.close()


@pytest.mark.long
def test_memory_stays_flat_over_many_different_requests(database: str, run_directory: Path) -> None:
    with running_server(database, run_directory, SDGRAPH_READ_SECONDS="600") as base:  # a busy machine is not a fault
        keys = Path(environment_of(database, run_directory)["SDGRAPH_KEYS_DIR"])
        readings, faults = asyncio.run(readings_of(database, base, keys))
    shown = "\n".join(map(str, readings))
    print(shown)
    fifth = len(readings) // 5
    early, late = readings[fifth : 2 * fifth], readings[-fifth:]
    for name, leeway in LEEWAY.items():
        before, after = (median(getattr(each, name) for each in some) for some in (early, late))
        assert after <= before * GROWTH + leeway, f"the {name} grew:\n{shown}"
    assert readings[-1].series <= MOST_SERIES, f"labels of metrics come from clients:\n{shown}"
    assert not faults
