"""What decisions leave behind: the rights that somebody was refused, and those that somebody used.

It is noted in memory, so that no answer waits for it, and written beside the requests: refusals each second, uses each minute,
both when the process ends. Of a use only the day is kept, and only the last.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from functools import lru_cache
from typing import Any, Protocol

import asyncpg

from api.auth.policy_store import Connection
from api.database import AWAY
from api.settings import zone
from domain.activity import Activity

log = logging.getLogger("sdgraph.traces")
MOST_REFUSALS = 100
"""That are kept of one user."""
MOST_WAITING = 10_000
"""That wait to be written; of more the oldest are lost."""
WRITE_SECONDS = 1.0
USE_SECONDS = 60.0

KEEP = """insert into refusals (user_id, refused_at, object, activity, sales_area, reason, told, request_id)
          select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
                               $8::text[])"""
FORGET = """delete from refusals r using (
                select id, row_number() over (partition by user_id order by id desc) as place
                from refusals where user_id = any($1::bigint[])) kept
            where r.id = kept.id and kept.place > $2"""
LAST = """select id, refused_at, object, activity, sales_area, reason, told, request_id from refusals
          where user_id = $1 order by id desc limit $2"""


USED = """insert into right_uses (user_id, object, activity, day)
          select *, $4 from unnest($1::bigint[], $2::text[], $3::text[])
          on conflict (user_id, object, activity) do update set day = excluded.day where right_uses.day < excluded.day"""
LAST_USES = "select user_id, object, activity, day from right_uses where user_id = any($1::bigint[])"

Right = tuple[str, Activity]


class Pool(Protocol):
    """Where connections come from."""

    def lent(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class RefusedRight:
    """A right that a user was refused, where that was told to them, and in which words."""

    user_id: int
    object: str
    activity: Activity
    sales_area: str | None
    reason: str
    told: dict[str, Any]
    request_id: str
    refused_at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


@dataclass(frozen=True, slots=True)
class KeptRefusal:
    """A refusal as it is kept; a later one has a higher `id`."""

    id: int
    refused_at: datetime
    object: str
    activity: Activity
    sales_area: str | None
    reason: str
    told: dict[str, Any]
    request_id: str


_refused: deque[RefusedRight] = deque(maxlen=MOST_WAITING)
_used: set[tuple[int, frozenset[Right]]] = set()


def note_refused(refused: RefusedRight) -> None:
    """Keep it in mind until it is written."""
    _refused.append(refused)


def note_used(user_id: int, rights: frozenset[Right]) -> None:
    """Keep in mind that a user has used these rights; of the same rights at next to no cost."""
    if len(_used) < MOST_WAITING:
        _used.add((user_id, rights))


def note_use(user_id: int, object: str, activity: Activity) -> None:
    """Keep in mind that a user has used a right."""
    note_used(user_id, _only(object, activity))


@lru_cache(maxsize=1000)
def _only(object: str, activity: Activity) -> frozenset[Right]:
    return frozenset([(object, activity)])


async def keep_writing(pool: Pool) -> None:
    """Write down what was noted, every now and then and at the end."""
    loop = asyncio.get_running_loop()
    uses_at = loop.time() + USE_SECONDS
    try:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            due = loop.time() >= uses_at
            await _to_the_end(_write(pool, uses=due))
            uses_at = loop.time() + USE_SECONDS if due else uses_at
    finally:
        await _write(pool, uses=True)


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Do it whole, also where this task is to end meanwhile: what is half written would be lost."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def last_refusals(connection: Connection, user_id: int) -> tuple[KeptRefusal, ...]:
    """What a user was refused, the newest first."""
    rows = await connection.fetch(LAST, user_id, MOST_REFUSALS)
    return tuple(
        KeptRefusal(
            row["id"],
            row["refused_at"],
            row["object"],
            Activity[row["activity"]],
            row["sales_area"],
            row["reason"],
            json.loads(row["told"]),
            row["request_id"],
        )
        for row in rows
    )


async def last_uses(connection: Connection, user_ids: Iterable[int]) -> dict[tuple[int, str, Activity], date]:
    """The day on which each right was last used, by user, object and activity."""
    rows = await connection.fetch(LAST_USES, list(user_ids))
    return {(row["user_id"], row["object"], Activity[row["activity"]]): row["day"] for row in rows}


async def _write(pool: Pool, *, uses: bool) -> None:
    refused, used = list(_refused), list(_used) if uses else []
    _refused.clear()
    if uses:
        _used.clear()
    if not refused and not used:
        return
    try:
        async with pool.lent() as connection, connection.transaction():
            if refused:
                await _write_refusals(connection, refused)
            if used:
                await _write_uses(connection, used)
    except (*AWAY, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        log.warning("%d refusals and %d uses were not written: %s", len(refused), len(used), type(fault).__name__)


async def _write_uses(connection: Connection, used: list[tuple[int, frozenset[Right]]]) -> None:
    """In one order everywhere, so that processes do not wait for each other in a circle."""
    rows = sorted({(user_id, object, activity.name) for user_id, rights in used for object, activity in rights})
    if rows:
        await connection.execute(USED, *map(list, zip(*rows, strict=True)), datetime.now(zone()).date())


async def _write_refusals(connection: Connection, refused: list[RefusedRight]) -> None:
    rows = [
        (
            each.user_id,
            each.refused_at,
            each.object,
            each.activity.name,
            each.sales_area,
            each.reason,
            json.dumps(each.told),
            each.request_id[:64],
        )
        for each in refused
    ]
    await connection.execute(KEEP, *map(list, zip(*rows, strict=True)))
    await connection.execute(FORGET, list({each.user_id for each in refused}), MOST_REFUSALS)
