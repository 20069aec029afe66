"""Sending events to webhooks: each in its owner's name, in order, again until it arrives or is given up.

A webhook is claimed by one process for a while, by a lease and not by a lock, as a transaction that waits for a stranger's
server would hold up everybody else. Its first waiting event is decided by what the owner may see now, and sent; what they may
not see is forgotten, as if it had never been.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import random
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx2 as httpx

from api.auth.predicates import Bindings
from api.database import AWAY, ReadConnections, is_away
from api.execution import global_id
from api.execution.feed import Feed
from api.execution.json_text import dumped
from api.execution.mapping import nodes
from api.execution.reads import Reads
from api.settings import Settings
from domain.caller import Caller, UserKind
from domain.errors import Unauthenticated
from domain.webhooks import TEST_TOPIC, is_given_up, is_public, signature, wait_before

log = logging.getLogger("sdgraph.webhooks")
MOST_AT_ONCE = 8
SEND_SECONDS, LEASE_SECONDS, LOOK_SECONDS = 10.0, 60.0, 1.0
KEPT_DAYS = 7

CLAIM = """update webhooks w set claimed_until = clock_timestamp() + $1::interval from users u
           where u.id = w.user_id and w.id = (
               select c.id from webhooks c
               where c.disabled_at is null and (c.claimed_until is null or c.claimed_until <= clock_timestamp())
                 and (select d.next_attempt_at from webhook_deliveries d
                      where d.webhook_id = c.id and d.status = 'PENDING' order by d.position limit 1) <= clock_timestamp()
               order by c.claimed_until nulls first, c.id for update of c skip locked limit 1)
           returning w.id, w.url, w.signing_secret, w.session_id, u.id as user_id, u.username, u.kind, u.locale"""
RELEASE = "update webhooks set claimed_until = clock_timestamp() where id = $1"
FIRST = """select id, topic, record_type, record_id, record_version, occurred_at, attempts,
                  next_attempt_at <= clock_timestamp() as due
           from webhook_deliveries where webhook_id = $1 and status = 'PENDING' order by position limit 1"""
FORGET = "delete from webhook_deliveries where id = $1"
ARRIVED = """with done as (update webhook_deliveries set status = 'DELIVERED', attempts = attempts + 1, last_status = $2,
                           last_error = null, last_attempt_at = clock_timestamp() where id = $1 returning webhook_id)
             update webhooks set failing_since = null where id = (select webhook_id from done)"""
MISSED = """with done as (update webhook_deliveries set attempts = attempts + 1, last_status = $2, last_error = $3,
                          last_attempt_at = clock_timestamp(), next_attempt_at = clock_timestamp() + $4::interval
                          where id = $1 returning webhook_id)
            update webhooks set failing_since = coalesce(failing_since, clock_timestamp())
            where id = (select webhook_id from done) returning failing_since, clock_timestamp() as now"""
DISABLE = "update webhooks set disabled_at = clock_timestamp(), disable_reason = $2 where id = $1 and disabled_at is null"
GIVE_UP = "update webhook_deliveries set status = 'FAILED' where webhook_id = $1 and status = 'PENDING' and attempts > 0"
UNDECIDED = "delete from webhook_deliveries where webhook_id = $1 and status = 'PENDING' and attempts = 0"
OLD = """delete from webhook_deliveries
         where webhook_id = $1 and status <> 'PENDING' and last_attempt_at < clock_timestamp() - $2::interval"""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one attempt: the status that was answered, or why there is none."""

    status: int | None = None
    error: str | None = None

    @property
    def arrived(self) -> bool:
        """Whether the other side took it."""
        return self.status is not None and 200 <= self.status < 300


class Deliveries:
    """Sends what waits, from this process."""

    def __init__(self, pool: ReadConnections, feed: Feed, chosen: Settings) -> None:
        self._pool = pool
        self._feed = feed
        self._anywhere = chosen.webhook_private_addresses
        self._first_wait = timedelta(seconds=chosen.webhook_retry_seconds)
        self._days = chosen.webhook_days
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    async def run(self) -> None:
        """Send until cancelled; a database that is away is waited for."""
        at_work: set[asyncio.Task[None]] = set()
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=SEND_SECONDS) as client:
            try:
                while True:
                    await self._turns.acquire()
                    webhook = await self._claimed()
                    if webhook is None:
                        self._turns.release()
                        with suppress(TimeoutError):
                            async with asyncio.timeout(LOOK_SECONDS):
                                await self._feed.told.wait()
                        self._feed.told.clear()
                        continue
                    task = asyncio.create_task(self._serve(webhook, client))
                    at_work.add(task)
                    task.add_done_callback(at_work.discard)
            finally:
                for task in at_work:
                    task.cancel()
                await asyncio.gather(*at_work, return_exceptions=True)

    async def _claimed(self) -> Any:
        """A webhook for which something is due, for this process alone; None if there is none."""
        try:
            return await self._row(CLAIM, timedelta(seconds=LEASE_SECONDS))
        except (*AWAY, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            log.warning("no webhook could be claimed: %s", type(fault).__name__)
            return None

    async def _serve(self, webhook: Any, client: httpx.AsyncClient) -> None:
        """Send what is due, one after the other, while the lease holds."""
        until = time.monotonic() + LEASE_SECONDS - 3 * SEND_SECONDS
        try:
            while time.monotonic() < until and await self._sent_first(webhook, client):
                pass
            await self._row(OLD, webhook["id"], timedelta(days=KEPT_DAYS))
            await self._row(RELEASE, webhook["id"])
        except Exception as fault:
            if not is_away(fault):
                log.exception("a webhook was not served")
        finally:
            self._turns.release()

    async def _sent_first(self, webhook: Any, client: httpx.AsyncClient) -> bool:
        """Deal with the first waiting event; whether the next may follow at once."""
        delivery = await self._row(FIRST, webhook["id"])
        if delivery is None or not delivery["due"]:
            return False
        try:
            told = await self._told(webhook, delivery)
        except Unauthenticated:
            await self._disable(webhook, "its owner's session or API key is over")
            return False
        if told is None:
            await self._row(FORGET, delivery["id"])
            return True
        sent = await self._send(webhook, delivery["id"], dumped(told), client)
        if sent.arrived:
            await self._row(ARRIVED, delivery["id"], sent.status)
            return True
        wait = wait_before(delivery["attempts"] + 1, self._first_wait, random.random())  # noqa: S311  # no secret
        failed = await self._row(MISSED, delivery["id"], sent.status, sent.error, wait)
        if sent.status == httpx.codes.GONE:
            await self._disable(webhook, "the address answered that it is gone (410)")
        elif failed is not None and is_given_up(failed["failing_since"], failed["now"], self._days):
            await self._disable(webhook, f"nothing arrived for {self._days} days")
        return False

    async def _told(self, webhook: Any, delivery: Any) -> dict[str, Any] | None:
        """What the owner is told; None if they may not see what it is about. Raises Unauthenticated."""
        kind = UserKind(webhook["kind"])
        caller = Caller(webhook["user_id"], webhook["username"], kind, webhook["session_id"], webhook["locale"], delivery["id"])
        reads = Reads(self._pool, caller)
        try:
            authority = await reads.authority()
            if delivery["topic"] == TEST_TOPIC:
                return _message(delivery, {})
            mapping = nodes().get(delivery["record_type"])
            if mapping is None:
                return None
            bindings = Bindings()
            wanted = bindings.bind(delivery["record_id"], "bigint")
            number = "t.number" if mapping.has_column("number") else "null"
            seen = reads.displayed(authority, mapping, "t", bindings)
            rows = await reads.fetch(
                f"select {number} as number from {mapping.table} t where t.{mapping.key} = {wanted} and {seen}", bindings
            )
        finally:
            await reads.close()
        if not rows:
            return None
        told = {"id": global_id.encode(mapping.name, delivery["record_id"]), "version": delivery["record_version"]}
        return _message(delivery, told | ({} if rows[0]["number"] is None else {"number": rows[0]["number"]}))

    async def _send(self, webhook: Any, message_id: str, body: bytes, client: httpx.AsyncClient) -> Sent:
        """One attempt: to the address that the name stands for now, if that is a public one; redirects are not followed."""
        now = int(time.time())
        url = httpx.URL(webhook["url"])
        headers = {
            "content-type": "application/json",
            "host": url.netloc.decode(),
            "user-agent": "sdgraph",
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(webhook["signing_secret"], message_id, now, body),
        }
        try:
            async with asyncio.timeout(SEND_SECONDS):
                address = await self._address(url)
                if address is None:
                    return Sent(error="the address is not public")
                request = client.build_request(
                    "POST",
                    url.copy_with(host=address),
                    content=body,
                    headers=headers,
                    extensions={"sni_hostname": url.host},
                )
                response = await client.send(request, stream=True)
                await response.aclose()
        except TimeoutError:
            return Sent(error=f"no answer within {SEND_SECONDS:g} seconds")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
            return Sent(error=type(fault).__name__)
        return Sent(response.status_code, None if 200 <= response.status_code < 300 else f"HTTP {response.status_code}")

    async def _address(self, url: httpx.URL) -> str | None:
        """The IP address to send to; None unless every one that the name stands for may be sent to."""
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        if not self._anywhere and (url.scheme != "https" or not all(map(is_public, addresses))):
            return None
        return str(ipaddress.ip_address(addresses[0].partition("%")[0]))

    async def _disable(self, webhook: Any, reason: str) -> None:
        for sql, values in ((DISABLE, (reason,)), (GIVE_UP, ()), (UNDECIDED, ())):
            await self._row(sql, webhook["id"], *values)

    async def _row(self, sql: str, *values: Any) -> Any:
        async with self._pool.lent() as connection:
            return await connection.fetchrow(sql, *values)


def _message(delivery: Any, data: dict[str, Any]) -> dict[str, Any]:
    occurred_at: datetime = delivery["occurred_at"]
    return {"type": delivery["topic"], "timestamp": occurred_at.isoformat(), "data": data}
