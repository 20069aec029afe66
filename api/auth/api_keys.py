"""API keys: how one looks, how it is known again, and when it was last used.

A key is found by its digest: what is looked up tells nothing of any key, and there is nothing to compare. Whether its
session is open is read with whatever is answered, as for a token, so what is kept here never goes stale.
"""

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import asyncpg
from cachetools import LRUCache

from api.auth.tokens import Claims
from api.database import AWAY, is_away
from domain.caller import UserKind
from domain.errors import Unauthenticated, Unavailable

log = logging.getLogger("sdgraph.api_keys")
SHAPE = re.compile(r"sdg_[0-9a-z]{8}_[0-9a-f]{64}")
"""`sdg_`, the public part that tells keys apart and by which leaked ones are found, and 256 bits of secret."""
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
USE_SECONDS = 60
"""How often the last use is written down."""

FIND = """select k.id, k.read_only, k.session_id, s.expires_at, u.id as user_id, u.username, u.kind, u.locale
          from api_keys k join sessions s on s.id = k.session_id join users u on u.id = k.user_id where k.key_digest = $1"""
NOTE_USE = """update api_keys k set last_used_at = used.at
              from unnest($1::bigint[], $2::timestamptz[]) as used (id, at), sessions s
              where k.id = used.id and s.id = k.session_id and s.ended_at is null
                and (k.last_used_at is null or k.last_used_at < used.at)"""


class Pool(Protocol):
    """Where connections come from."""

    def lent(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: its text, which is shown once, and what is kept of it."""

    text: str
    prefix: str
    digest: str


def new_key() -> NewKey:
    """A key that nobody can guess."""
    prefix = "sdg_" + "".join(secrets.choice(ALPHABET) for _ in range(8))
    text = f"{prefix}_{secrets.token_hex(32)}"
    return NewKey(text, prefix, _digest(text))


def is_key(token: str) -> bool:
    """Whether a bearer token has the shape of a key."""
    return SHAPE.fullmatch(token) is not None


class ApiKeys:
    """Knows keys again."""

    def __init__(self, pool: Pool, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._clock = clock
        self._known: LRUCache[str, Claims] = LRUCache(maxsize=10_000)
        self._used: dict[int, datetime] = {}

    async def read(self, token: str) -> Claims:
        """Who the key speaks for. Raises Unauthenticated (TOKEN_INVALID, TOKEN_EXPIRED), Unavailable."""
        digest = _digest(token)
        claims = self._known.get(digest)
        if claims is None:
            claims = self._known[digest] = await self._find(digest)
        now = self._clock()
        if claims.expires_at <= now:
            raise Unauthenticated.because("TOKEN_EXPIRED")
        assert claims.api_key is not None
        self._used[claims.api_key] = now
        return claims

    async def note_uses(self) -> None:
        """Write down when keys were last used, every now and then and at the end."""
        try:
            while True:
                await asyncio.sleep(USE_SECONDS)
                await self._write_uses()
        finally:
            await self._write_uses()

    async def _find(self, digest: str) -> Claims:
        try:
            async with self._pool.lent() as connection:
                row = await connection.fetchrow(FIND, digest)
        except Exception as fault:
            if not is_away(fault):
                raise
            raise Unavailable.because("DATABASE_AWAY") from fault
        if row is None:
            raise Unauthenticated.because("TOKEN_INVALID")
        kind = UserKind(row["kind"])
        return Claims(
            row["user_id"],
            row["username"],
            kind,
            row["session_id"],
            row["locale"],
            row["expires_at"],
            row["id"],
            row["read_only"],
        )

    async def _write_uses(self) -> None:
        used, self._used = self._used, {}
        if not used:
            return
        try:
            async with self._pool.lent() as connection:
                await connection.execute(NOTE_USE, list(used), list(used.values()))
        except (*AWAY, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            log.warning("the last use of %d keys was not written: %s", len(used), type(fault).__name__)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
