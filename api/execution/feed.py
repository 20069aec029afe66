"""What has happened, told to whoever follows it: one listening connection a process, which loses nothing.

An event is read once every transaction that is older than its own has ended, so that none can appear behind what was read.
Each process keeps how far it has read, and after a broken connection goes on from there. Events of one record come in the
order of its versions; one may come twice.

Once a second it is also seen whose session is over and whether the policy has moved, for all who follow at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import asyncpg

from api.auth.authority import CAN_SIGN_IN
from api.database import AWAY
from domain.errors import Problem, Unauthenticated, Unavailable
from models.config import connection_settings

log = logging.getLogger("sdgraph.feed")
CHANNEL = "sdgraph_events"
LOOK_SECONDS, SOON_SECONDS, AGAIN_SECONDS = 1.0, 0.05, 0.5
"""How long to wait for a sign; for older transactions to end; before connecting again."""
MOST_WAITING = 1000
"""Events that one follower may leave unread."""

EDGE = "select pg_snapshot_xmin(pg_current_snapshot())::text"
EVENTS = """select id, topic, record_type, record_id, record_version, occurred_at from outbox_events
            where xid >= $1::text::xid8 and xid < $2::text::xid8 order by id"""
AHEAD = "select exists (select 1 from outbox_events where xid >= $1::text::xid8)"
OVER = f"""select s.id from sessions s join users u on u.id = s.user_id
           where s.id = any($1::bigint[])
             and not ({CAN_SIGN_IN} and s.ended_at is null and s.expires_at > clock_timestamp())"""
MOMENT = "select (select max(version) from policy_versions) as version, clock_timestamp() as now"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened to a record."""

    id: int
    topic: str
    record_type: str
    record_id: int
    record_version: int
    occurred_at: datetime


class Follower:
    """One stream's place in the feed: what has happened that it has not dealt with, and why it is over."""

    def __init__(self, session_id: int, wants: Callable[[Event], bool]) -> None:
        self.session_id = session_id
        self._wants = wants
        self._waiting: deque[Event] = deque()
        self._woken = asyncio.Event()
        self._problem: Problem | None = None
        self._doubts = True
        self._version: int | None = None
        self._until: datetime | None = None

    def decided(self, version: int, until: datetime | None) -> None:
        """By which policy version it was seen that the stream may go on, and up to when that holds."""
        self._version, self._until, self._doubts = version, until, False

    def tell(self, event: Event) -> None:
        """Keep an event for it, if it is one of those that it follows."""
        if not self._wants(event):
            return
        if len(self._waiting) >= MOST_WAITING:
            self.end(Unavailable.because("STREAM_TOO_SLOW", None, most=MOST_WAITING))
        self._waiting.append(event)
        self._woken.set()

    def at(self, version: int, now: datetime) -> None:
        """Let it look anew at what it may, if policy or validity have moved."""
        if version != self._version or (self._until is not None and now >= self._until):
            self._doubts = True
            self._woken.set()

    def end(self, problem: Problem) -> None:
        """Let it end with this, whatever is still waiting."""
        self._problem = self._problem or problem
        self._waiting.clear()
        self._woken.set()

    def refuse_if_over(self) -> None:
        """Raise the Problem that the stream ends with, if it does."""
        if self._problem is not None:
            raise self._problem

    async def next(self) -> Event | None:
        """The next event; None if what the stream may has to be decided anew. Raises the Problem that it ends with."""
        while True:
            self.refuse_if_over()
            if self._doubts:
                return None
            if self._waiting:
                return self._waiting.popleft()
            self._woken.clear()
            await self._woken.wait()


class Feed:
    """Reads events as they are committed, and tells the followers of this process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._followers: set[Follower] = set()
        self._woken = asyncio.Event()
        self._begun = asyncio.Event()
        self._edge: str | None = None
        self._watched_at = 0.0
        self._stopped = False
        self.told = asyncio.Event()
        """Set whenever there may be something new, for who waits for that alone."""

    async def run(self) -> None:
        """Read until cancelled; a database that is away is waited for."""
        while True:
            try:
                await self._read()
            except (*AWAY, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("the feed of events connects again: %s", type(fault).__name__)
                await asyncio.sleep(AGAIN_SECONDS)

    @contextmanager
    def followed(self, session_id: int, wants: Callable[[Event], bool], until: datetime | None) -> Iterator[Follower]:
        """A place in the feed for the time of the block; it ends when the token does with which it was asked for."""
        follower = Follower(session_id, wants)
        self._followers.add(follower)
        timer = None
        if until is not None:
            seconds = max((until - datetime.now(timezone.utc)).total_seconds(), 0)
            over = Unauthenticated.because("TOKEN_EXPIRED")
            timer = asyncio.get_running_loop().call_later(seconds, follower.end, over)
        if self._stopped:
            follower.end(Unavailable.because("SERVER_STOPS"))
        try:
            yield follower
        finally:
            self._followers.discard(follower)
            if timer is not None:
                timer.cancel()

    async def begun(self) -> None:
        """Wait until events are read: whatever is committed from then on is told."""
        await self._begun.wait()

    def stop(self) -> None:
        """End all streams: the server stops."""
        self._stopped = True
        for follower in self._followers:
            follower.end(Unavailable.because("SERVER_STOPS"))

    async def _read(self) -> None:
        connection = await asyncpg.connect(**connection_settings(self._url), command_timeout=30)
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._woken.set())
            while True:
                self._woken.clear()
                ahead = await self._look(connection)
                self._begun.set()
                with suppress(TimeoutError):
                    async with asyncio.timeout(SOON_SECONDS if ahead else LOOK_SECONDS):
                        await self._woken.wait()
        finally:
            connection.terminate()

    async def _look(self, connection: Any) -> bool:
        """Tell what can be told; whether there is more, which older transactions hold back."""
        edge: str = await connection.fetchval(EDGE)
        if self._edge is not None and edge != self._edge:
            self.told.set()
            if self._followers:
                async with connection.transaction():
                    async for row in connection.cursor(EVENTS, self._edge, edge, prefetch=200):
                        event = Event(*row)
                        for follower in self._followers:
                            follower.tell(event)
        self._edge = edge
        loop = asyncio.get_running_loop()
        if self._followers and loop.time() - self._watched_at >= LOOK_SECONDS:
            await self._watch(connection)
            self._watched_at = loop.time()
        return bool(await connection.fetchval(AHEAD, edge))

    async def _watch(self, connection: Any) -> None:
        """End the streams whose session is over, and let those doubt whose rights may have moved."""
        sessions = {follower.session_id for follower in self._followers}
        over = {row["id"] for row in await connection.fetch(OVER, list(sessions))}
        moment = await connection.fetchrow(MOMENT)
        for follower in self._followers:
            if follower.session_id in over:
                follower.end(Unauthenticated.because("SESSION_OVER"))
            follower.at(moment["version"] or 0, moment["now"])
