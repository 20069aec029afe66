"""The snapshot that an operation reads in.

The first statement of a snapshot brings policy version, session and database time; everything after it in the same
operation sees the same moment and is held to the scopes of that version. Nothing here can be read without an authority.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg

from api.auth.authority import Authority, State, current, state_of
from api.auth.predicates import Bindings, RowScope
from api.execution.displays import Display
from api.execution.mapping import TypeMapping
from api.execution.visible import visible
from domain.activity import Activity
from domain.caller import Caller
from domain.errors import Unauthenticated
from models.access import Access


class Pool(Protocol):
    """Where connections for reads come from."""

    async def acquire(self) -> asyncpg.Connection: ...

    async def release(self, connection: asyncpg.Connection) -> None: ...


class Reads:
    """What one operation reads, all in one snapshot unless a command has been carried out in between."""

    def __init__(self, pool: Pool, caller: Caller | None) -> None:
        self.caller = caller
        self.shared: dict[Hashable, Any] = {}
        self.displays: set[Display] = set()
        """What was read to be shown and is recorded before it is."""
        self._pool = pool
        self._turn = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None
        self._closed = False
        self._authority: Authority | None = None
        self._state: State | None = None

    @property
    def version(self) -> int | None:
        """The policy version of this snapshot, if it has been opened."""
        return None if self._state is None else self._state.version

    async def authority(self) -> Authority:
        """What the caller may in this snapshot. Raises Unauthenticated."""
        async with self._turn:
            return await self._open()

    async def state(self) -> State:
        """Policy version and database time of this snapshot."""
        async with self._turn:
            await self._open()
            assert self._state is not None
            return self._state

    async def fetch(self, sql: str, bindings: Bindings) -> list[Any]:
        """Rows of one statement, which must have been held to the authority's scopes."""
        async with self._turn:
            await self._open()
            assert self._connection is not None
            return list(await self._connection.fetch(sql, *bindings.values))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """The snapshot's connection, for reading policy at earlier versions; nobody else uses it meanwhile."""
        async with self._turn:
            await self._open()
            assert self._connection is not None
            yield self._connection

    def row_scope(self, authority: Authority, access: Access, row: str, object: str | None = None) -> RowScope:
        """The scope that rows are displayed by: of the model's object, or of a field group's."""
        return RowScope(access, row, authority.scope(object or access.object, Activity.DISPLAY), authority.user_id)

    def displayed(self, authority: Authority, mapping: TypeMapping, row: str, bindings: Bindings) -> str:
        """SQL that holds for the rows the caller may see."""
        return visible(authority, mapping.access, row, bindings)

    async def moved(self) -> bool:
        """Whether policy, session or validity have changed since the snapshot: then what was read is no answer."""
        async with self._turn:
            if self._authority is None or self._connection is None or self._state is None or self.caller is None:
                return False
            await self._end_snapshot()
            now = await state_of(self._connection, self.caller)
            return now.version != self._state.version or not now.signed_in or not self._authority.holds(now.now)

    async def renew(self) -> None:
        """Forget this snapshot; the next read opens another."""
        async with self._turn:
            await self._end_snapshot()
            if self._connection is not None:
                connection, self._connection = self._connection, None
                await self._pool.release(connection)
            self._authority = self._state = None
            self.shared.clear()

    async def start_over(self) -> None:
        """Forget all that was read: the answer is made anew."""
        await self.renew()
        self.displays.clear()

    async def close(self) -> None:
        """Give everything back; what is still running for a request that has been answered reads no more."""
        self._closed = True
        await self.renew()

    async def _open(self) -> Authority:
        if self.caller is None:
            raise Unauthenticated.because("UNAUTHENTICATED")
        if self._closed:
            raise asyncio.CancelledError
        if self._authority is None:
            if self._connection is None:
                self._connection = await self._pool.acquire()
            if not self._connection.is_in_transaction():  # a field that was given up may have begun it
                await self._connection.execute("begin isolation level repeatable read read only")
            self._authority, self._state = await current(self._connection, self.caller)
        return self._authority

    async def _end_snapshot(self) -> None:
        if self._connection is not None and self._connection.is_in_transaction():
            await self._connection.execute("rollback")
