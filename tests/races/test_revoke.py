"""Nothing is answered or committed by a policy, session or validity that has ended: races over two server processes.

Each race gives a user a right, lets reads and commands run against both processes, takes the right away in the middle, and
notes when that had answered. What is sent afterwards must be refused, and from that moment on nothing more of the user's
commands may appear in the database, however many were under way.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import asyncpg
import httpx2 as httpx
import pytest

from api.auth.policy_edit import adding_lines, assigning, edit_policy, ending_lines, unassigning
from api.auth.users import create_user, lock_user, unlock_user
from api.database import models_open
from domain.caller import UserKind
from models.config import connection_settings
from tests.client import contract
from tests.conftest import running_server

LONG = os.environ.get("SDGRAPH_LONG") == "1"
RACES = 1000 if LONG else 80
USER, ROLE, AREAS = "racer", "customer-admin", ["1000/*/*"]
DENIED = (ROLE, "1000/*/*", "customer", "DISPLAY", "all", "", "deny")
READ = "query { customers(first: 3) { totalCount edges { node { number } } } }"
CHANGE = "mutation ($input: ChangeCustomerInput!) { changeCustomer(input: $input) { customer { id } userErrors { code } } }"


@dataclass
class Race:
    """The course of one race: what the client saw, and when."""

    over_at: float | None = None
    late_reads: list[Any] = field(default_factory=list)
    late_commands: list[Any] = field(default_factory=list)
    seen_before: int = 0


@dataclass
class Track:
    """Both servers, the database, and the racing user's token."""

    clients: list[httpx.AsyncClient]
    database: asyncpg.Connection
    customer: str
    token: str = ""

    async def sign_in(self) -> None:
        body = {"query": contract("SignIn"), "variables": {"input": {"username": USER, "password": "race"}}}
        answer = (await self.clients[0].post("/graphql", json=body)).json()
        self.token = answer["data"]["signIn"]["accessToken"]

    async def send(self, client: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return answer.json()  # type: ignore[no-any-return]

    async def changes(self) -> int:
        return int(await self.database.fetchval("select count(*) from change_documents where changed_by = $1", USER))

    async def read(self, client: httpx.AsyncClient, race: Race) -> None:
        """Read over and over until the race is over, and once more after it."""
        while True:
            late = race.over_at is not None and time.time() > race.over_at
            answer = await self.send(client, READ)
            page = (answer.get("data") or {}).get("customers")
            seen = bool(page and (page["totalCount"] or page["edges"]))
            race.seen_before += seen and not late
            if late:
                race.late_reads.append(page if seen else None)
                return

    async def change(self, client: httpx.AsyncClient, race: Race) -> None:
        """Change the customer over and over until the race is over, and once more after it."""
        while True:
            late = race.over_at is not None and time.time() > race.over_at
            version = await self.version()
            values = {"customer": self.customer, "version": version, "phone": f"{random.random()}"}
            payload = ((await self.send(client, CHANGE, {"input": values})).get("data") or {}).get("changeCustomer")
            if late:
                race.late_commands.append(payload["customer"] if payload else None)
                return

    async def version(self) -> int:
        return int(await self.value("select version from customers where id = 1"))

    async def value(self, query: str) -> Any:
        async with self.lock:
            return await self.database.fetchval(query)

    def __post_init__(self) -> None:
        self.lock = asyncio.Lock()


@asynccontextmanager
async def track(database: str, bases: list[str]) -> AsyncIterator[Track]:
    """Everything that the races run on."""
    connection = await asyncpg.connect(**connection_settings(database))
    clients = [httpx.AsyncClient(base_url=base, timeout=60) for base in bases]
    try:
        async with models_open(database):
            await create_user(USER, "Racer", UserKind.EMPLOYEE, password="race")
            made = Track(clients, connection, "Q3VzdG9tZXI6MQ==")
            await made.sign_in()
            yield made
    finally:
        for client in clients:
            await client.aclose()
        await connection.close()


async def unassign(_track: Track) -> None:
    await edit_policy("race", "unassign", unassigning(USER, ROLE, AREAS))


async def deny(_track: Track) -> None:
    await edit_policy("race", "deny", adding_lines([DENIED, (*DENIED[:3], "CHANGE", *DENIED[4:])]))


async def lock(_track: Track) -> None:
    await lock_user(USER, "race")


async def restore_assignment(_track: Track) -> None:
    await edit_policy("race", "assign", assigning(USER, ROLE, AREAS))


async def restore_lines(_track: Track) -> None:
    await edit_policy("race", "lift", ending_lines([DENIED, (*DENIED[:3], "CHANGE", *DENIED[4:])]))


async def restore_lock(track: Track) -> None:
    await unlock_user(USER)
    await track.sign_in()


Step = Callable[[Track], Awaitable[None]]
KINDS: dict[str, tuple[int, Step, Step]] = {  # share of the races, how the right is taken, how it is given back
    "unassigned": (10, unassign, restore_assignment),
    "denied": (8, deny, restore_lines),
    "locked": (2, lock, restore_lock),
}


async def run_race(track: Track, take: Step) -> tuple[Race, int, int]:
    """One race; with the count of committed changes when the taking had answered, and when everything had come to rest."""
    race = Race()
    runners = [asyncio.create_task(run(client, race)) for client in track.clients for run in (track.read, track.change)]
    await asyncio.sleep(random.uniform(0.01, 0.04))
    await take(track)
    race.over_at = time.time()
    async with track.lock:
        before = await track.changes()
    await asyncio.gather(*runners)
    async with track.lock:
        after = await track.changes()
    return race, before, after


async def all_races(database: str, bases: list[str]) -> dict[str, int]:
    """Run them all; every finding raises. Tells how much was seen while the right still held."""
    chance, seen = random.Random(7), {"reads": 0, "commands": 0}
    names = [name for name, (share, _, _) in KINDS.items() for _ in range(share)]
    async with track(database, bases) as racing:
        await restore_assignment(racing)
        for number in range(RACES):
            name = chance.choice(names)
            _, take, restore = KINDS[name]
            began_with = await racing.changes()
            race, before, after = await run_race(racing, take)
            assert race.late_reads == [None, None], (number, name, race)
            assert race.late_commands == [None, None], (number, name, race)
            assert before == after, f"{after - before} changes were committed after it was {name} (race {number})"
            seen["reads"] += race.seen_before
            seen["commands"] += before - began_with
            await restore(racing)
    return seen


async def validity_races(database: str, bases: list[str], count: int) -> None:
    """An assignment ends by itself while reads and commands run: what is sent afterwards is refused."""
    async with track(database, bases) as racing:
        number, held = 0, 0.12
        while number < count:
            end = datetime.now(timezone.utc) + timedelta(seconds=held)
            await edit_policy("race", "for a moment", assigning(USER, ROLE, AREAS, None, end))
            race = Race(over_at=end.timestamp())
            await asyncio.gather(*(run(client, race) for client in racing.clients for run in (racing.read, racing.change)))
            assert race.late_reads == [None, None], (number, race)
            assert race.late_commands == [None, None], (number, race)
            if race.seen_before:
                number += 1
            else:  # a machine too busy to be seen in that time: a race is one in which something was seen
                held *= 2
                assert held < 60, "nothing was seen while the assignment held"


@pytest.fixture(scope="module")
def two_servers(database: str, run_directory: Path) -> Any:
    with running_server(database, run_directory) as one, running_server(database, run_directory) as other:
        yield [one, other]


def test_nothing_is_answered_or_committed_after_a_right_was_taken(database: str, two_servers: list[str]) -> None:
    seen = asyncio.run(all_races(database, two_servers))
    assert seen["reads"] > RACES / 10, "the races were too slow to show anything"
    assert seen["commands"] > RACES / 100, "the races were too slow to show anything"


@pytest.fixture
def fresh(postgres: str, template: str) -> Any:
    from tests.conftest import cloned

    with cloned(postgres, template) as url:
        yield url


def test_nothing_is_answered_after_a_validity_has_ended(fresh: str, run_directory: Path) -> None:
    with running_server(fresh, run_directory) as one, running_server(fresh, run_directory) as other:
        asyncio.run(validity_races(fresh, [one, other], 100 if LONG else 20))
