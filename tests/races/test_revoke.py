"""Nothing is answered, told or committed by a policy, session or validity that has ended: races over several processes.

Each race gives a user a right, lets reads, commands and subscriptions run against every process, takes the right away in the
middle, and notes when that had answered. What is sent afterwards must be refused, what others change afterwards is not told
any more, and from that moment on nothing more of the user's commands may appear in the database, however many were under way.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
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
from tests.client import Client, contract
from tests.conftest import cloned, running_server
from tests.contract.test_policy_changes import activate, approved, made_live

LONG = os.environ.get("SDGRAPH_LONG") == "1"
RACES, SERVERS = (1000, 4) if LONG else (12, 2)
USER, ROLE, AREAS = "racer", "customer-admin", ["1000/*/*"]
DENIED = (ROLE, "1000/*/*", "customer", "DISPLAY", "all", "", "deny")
READ = "query { customers(first: 3) { totalCount edges { node { number } } } }"
FOLLOW = "subscription { customerChanged { version } }"
CHANGE = (
    "mutation ($input: ChangeCustomerInput!) { changeCustomer(input: $input) { customer { id version } userErrors { code } } }"
)


@dataclass
class Race:
    """The course of one race: what the client saw, and when."""

    over_at: float | None = None
    late_reads: list[Any] = field(default_factory=list)
    late_commands: list[Any] = field(default_factory=list)
    seen_before: int = 0
    heard: list[int] = field(default_factory=list)
    """The versions of the customer that subscriptions told of."""


@dataclass
class Track:
    """All servers, the database, the racing user's token, and administrators who take and give by policy changes."""

    clients: list[httpx.AsyncClient]
    database: asyncpg.Connection
    administrators: Client
    customer: str = "Q3VzdG9tZXI6MQ=="
    token: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def sign_in(self) -> None:
        """Get new tokens for all: they do not last as long as a thousand races."""
        body = {"query": contract("SignIn"), "variables": {"input": {"username": USER, "password": "race"}}}
        answer = (await self.clients[0].post("/graphql", json=body)).json()
        self.token = answer["data"]["signIn"]["accessToken"]
        self.administrators.tokens.clear()

    async def send(
        self, client: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None, token: str | None = None
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return answer.json()  # type: ignore[no-any-return]

    async def changes(self) -> int:
        return int(await self.value(f"select count(*) from change_documents where changed_by = '{USER}'"))

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
            changed = await self.changed_by(client, self.token)
            if late:
                race.late_commands.append(changed)
                return

    async def follow(self, client: httpx.AsyncClient, race: Race) -> None:
        """Hear of the customer's changes until the stream ends, as it must with the right."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"}
        async with client.stream("POST", "/graphql", json={"query": FOLLOW}, headers=headers) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: {") and (told := json.loads(line.removeprefix("data: ")).get("data")):
                    race.heard.append(told["customerChanged"]["version"])

    async def changed_by(self, client: httpx.AsyncClient, token: str) -> int | None:
        """Change the customer as whoever has the token; its version after that, or nothing where it was refused."""
        values = {"customer": self.customer, "version": await self.version(), "phone": f"{random.random()}"}
        payload = ((await self.send(client, CHANGE, {"input": values}, token)).get("data") or {}).get("changeCustomer")
        return payload["customer"]["version"] if payload and payload["customer"] else None

    async def version(self) -> int:
        return int(await self.value("select version from customers where id = 1"))

    async def value(self, query: str) -> Any:
        async with self.lock:
            return await self.database.fetchval(query)


@asynccontextmanager
async def track(database: str, bases: list[str]) -> AsyncIterator[Track]:
    """Everything that the races run on."""
    connection = await asyncpg.connect(**connection_settings(database))
    clients = [httpx.AsyncClient(base_url=base, timeout=60) for base in bases]
    try:
        async with models_open(database):
            await create_user(USER, "Racer", UserKind.EMPLOYEE, password="race")
            made = Track(clients, connection, Client(bases[-1]))
            await made.sign_in()
            yield made
    finally:
        for client in clients:
            await client.aclose()
        await connection.close()


Step = Callable[[], Awaitable[None]]
DENIALS = [DENIED, (*DENIED[:3], "CHANGE", *DENIED[4:])]
ASSIGNMENT = {"user": USER, "role": ROLE, "salesAreas": AREAS}
DENIAL = {"role": ROLE, "salesAreas": AREAS, "object": "customer", "activities": ["DISPLAY", "CHANGE"]}


async def unassign(_track: Track) -> Step:
    return partial(edit_policy, "race", "unassign", unassigning(USER, ROLE, AREAS))


async def restore_assignment(_track: Track) -> None:
    await edit_policy("race", "assign", assigning(USER, ROLE, AREAS))


async def deny(_track: Track) -> Step:
    return partial(edit_policy, "race", "deny", adding_lines(DENIALS))


async def restore_lines(_track: Track) -> None:
    await edit_policy("race", "lift", ending_lines(DENIALS))


async def lock(_track: Track) -> Step:
    return partial(lock_user, USER, "race")


async def restore_lock(track: Track) -> None:
    await unlock_user(USER)
    await track.sign_in()


async def activation(track: Track, operation: dict[str, Any]) -> Step:
    """An approved policy change, to be made live over HTTP by the administrator."""
    change = await asyncio.to_thread(approved, track.administrators, operation)

    async def take() -> None:
        assert (await asyncio.to_thread(activate, track.administrators, change))["userErrors"] == []

    return take


async def unassign_by_change(track: Track) -> Step:
    return await activation(track, {"unassign": ASSIGNMENT})


async def assign_by_change(track: Track) -> None:
    await asyncio.to_thread(made_live, track.administrators, {"assign": ASSIGNMENT})


async def deny_by_change(track: Track) -> Step:
    return await activation(track, {"deny": DENIAL})


async def lift_by_change(track: Track) -> None:
    await asyncio.to_thread(made_live, track.administrators, {"revoke": DENIAL})


Ready, Restore = Callable[[Track], Awaitable[Step]], Callable[[Track], Awaitable[None]]
KINDS: dict[str, tuple[int, Ready, Restore]] = {  # share of the races, how the right is taken, how it is given back
    "unassigned": (6, unassign, restore_assignment),
    "denied": (5, deny, restore_lines),
    "locked": (2, lock, restore_lock),
    "unassigned by a policy change": (4, unassign_by_change, assign_by_change),
    "denied by a policy change": (3, deny_by_change, lift_by_change),
}


@dataclass
class Course:
    """How a race went, in the numbers of committed changes."""

    race: Race
    when_taken: int
    at_rest: int
    change_of_another: int | None
    """The version that another user made when the right had been taken."""


async def run_race(track: Track, take: Step) -> Course:
    race, runs = Race(), (track.read, track.change, track.follow)
    runners = [asyncio.create_task(run(client, race)) for client in track.clients for run in runs]
    await asyncio.sleep(random.uniform(0.01, 0.04))
    await take()
    race.over_at = time.time()
    when_taken = await track.changes()
    another = await track.changed_by(track.clients[0], await asyncio.to_thread(track.administrators.token, "clerk.1000"))
    async with asyncio.timeout(60):
        await asyncio.gather(*runners)
    return Course(race, when_taken, await track.changes(), another)


async def all_races(database: str, bases: list[str]) -> dict[str, int]:
    """Run them all; every finding raises. Tells how much was seen while the right still held."""
    chance, seen = random.Random(7), {"reads": 0, "commands": 0, "told": 0}
    names = [name for name, (share, _, _) in KINDS.items() for _ in range(share)]
    async with track(database, bases) as racing:
        await restore_assignment(racing)
        for number in range(RACES):
            name = chance.choice(names)
            _, ready, restore = KINDS[name]
            if number % 50 == 0:
                await racing.sign_in()
            take = await ready(racing)
            began_with = await racing.changes()
            course = await run_race(racing, take)
            race, refused = course.race, [None] * len(bases)
            assert race.late_reads == refused, (number, name, race)
            assert race.late_commands == refused, (number, name, race)
            committed = course.at_rest - course.when_taken
            assert committed == 0, f"{committed} changes were committed after it was {name} (race {number})"
            assert course.change_of_another is not None, (number, name)
            assert all(version < course.change_of_another for version in race.heard), (number, name, course)
            seen["reads"] += race.seen_before
            seen["commands"] += course.when_taken - began_with
            seen["told"] += len(race.heard)
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
            assert race.late_reads == [None] * len(bases), (number, race)
            assert race.late_commands == [None] * len(bases), (number, race)
            if race.seen_before:
                number += 1
            else:  # a machine too busy to be seen in that time: a race is one in which something was seen
                held *= 2
                assert held < 60, "nothing was seen while the assignment held"


@contextmanager
def servers(database: str, run_directory: Path) -> Iterator[list[str]]:
    """As many server processes as race."""
    with ExitStack() as running:
        yield [running.enter_context(running_server(database, run_directory)) for _ in range(SERVERS)]


@pytest.fixture
def fresh(postgres: str, template: str) -> Any:
    with cloned(postgres, template) as url:
        yield url


def test_nothing_is_answered_told_or_committed_after_a_right_was_taken(fresh: str, run_directory: Path) -> None:
    with servers(fresh, run_directory) as bases:
        seen = asyncio.run(all_races(fresh, bases))
    assert seen["reads"] > RACES / 10, "the races were too slow to show anything"
    assert seen["commands"] > RACES / 100, "the races were too slow to show anything"
    assert seen["told"] > RACES / 100, "the races were too slow to show anything"


def test_nothing_is_answered_after_a_validity_has_ended(fresh: str, run_directory: Path) -> None:
    with servers(fresh, run_directory) as bases:
        asyncio.run(validity_races(fresh, bases, 100 if LONG else 10))
