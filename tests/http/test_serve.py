"""`python -m api serve` with the database it brings along: starting, telling so, and leaving nothing behind."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2 as httpx
import psutil
import pytest

from models.config import connection_settings
from tests import processes
from tests.client import Client
from tests.conftest import ROOT, directory_apart, environment_of

SOON, FIRST = 60, 240
"""Seconds to wait for what is quick, and for a first start, which makes the demo company."""
WORK_TO_START_AGAIN = 8
"""Seconds of CPU that a start with everything in place may cost, twice the usual: on a busy machine a clock says little."""


class Forked:
    """A process that is forked off one that has imported the project, with what these tests ask of one started in full."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str], said: Path, logged: Path) -> None:
        self._process = processes.start(arguments, environment, said, logged)
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        self._process.join(seconds)
        assert self._process.exitcode is not None, "it goes on"
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


@dataclass
class Served:
    """A process that serves from a data directory."""

    process: subprocess.Popen[bytes] | Forked
    base: str
    data: Path
    said: Path
    logged: Path

    def wait_until_ready(self, seconds: float = SOON) -> None:
        """Wait until it answers."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            assert self.process.poll() is None, self.said.read_text() + self.logged.read_text()
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.base}/health/ready", timeout=SOON).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(self.logged.read_text())

    def work(self) -> float:
        """The seconds of CPU that it and what it started have spent."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return sum(sum(each.cpu_times()[:4]) for each in [psutil.Process(self.process.pid), *below])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal as a terminal does, to the whole group for Ctrl-C; the exit status."""
        if number is signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(SOON)

    def database_runs(self) -> bool:
        """Whether a PostgreSQL runs on the data directory; its file exists a moment before it names a process."""
        try:
            words = (self.data / "postgres" / "postmaster.pid").read_text().split()
        except FileNotFoundError:
            return False
        return bool(words) and psutil.pid_exists(int(words[0]))


@contextmanager
def serving(data: Path, *options: str, port: int | None = None, in_full: bool = True, **settings: str) -> Iterator[Served]:
    """A server process on a data directory, stopped at the end if it has not ended; one started in full has its own group."""
    port = port or free_port()
    inherited = environment_of("", data)
    del inherited["DATABASE_URL"], inherited["SDGRAPH_KEYS_DIR"]
    environment = inherited | {"SDGRAPH_DATA_DIR": str(data), "PORT": str(port)} | settings
    data.mkdir(exist_ok=True)
    said, logged = data / f"said-{port}", data / f"logged-{port}"
    command = ("serve", *options)
    process = _started(command, environment, said, logged) if in_full else Forked(command, environment, said, logged)
    try:
        yield Served(process, f"http://127.0.0.1:{port}", data, said, logged)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(SOON)


def _started(command: tuple[str, ...], environment: dict[str, str], said: Path, logged: Path) -> subprocess.Popen[bytes]:
    with said.open("wb") as out, logged.open("wb") as err:
        return subprocess.Popen(
            [sys.executable, "-m", "api", *command],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data directory with the demo company in it, made by a first start."""
    with directory_apart() as directory:
        with serving(directory, "--prepare", SDGRAPH_DEMO_ORDERS="0") as first:
            first.wait_until_ready(FIRST)
            assert first.stop() == 0
        yield directory


def test_a_second_start_is_ready_soon_and_prints_its_address(data: Path) -> None:
    with serving(data, "--prepare") as again:
        again.wait_until_ready()
        assert again.work() < WORK_TO_START_AGAIN
        assert f"{again.base}/graphql" in again.said.read_text()
        assert Client(again.base).data("{ viewer { user { username } } }", user="clerk.1000")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "Ctrl-C"])
def test_stopping_stops_everything_it_started(data: Path, number: signal.Signals) -> None:
    with serving(data) as served:
        served.wait_until_ready()
        assert served.database_runs()
        stops_with_all(served, number)


def stops_with_all(served: Served, number: signal.Signals) -> None:
    """Stop it, and see that neither its database nor anything else is left of it."""
    below = psutil.Process(served.process.pid).children(recursive=True)
    assert served.stop(number) == 0
    assert not served.database_runs()
    assert not psutil.wait_procs(below, timeout=5)[1]
    assert "Traceback" not in served.logged.read_text()


def test_term_during_the_preparation_leaves_no_database_behind() -> None:
    with directory_apart() as directory, serving(directory, "--prepare") as served:
        while not served.database_runs():
            assert served.process.poll() is None
            time.sleep(0.02)
        assert served.stop() != 0
        assert not served.database_runs()
        assert served.base not in served.said.read_text()


def test_a_killed_server_leaves_nothing_that_the_next_one_does_not_stop(data: Path) -> None:
    with serving(data, in_full=False) as killed:
        killed.wait_until_ready()
        killed.process.kill()
        killed.process.wait(SOON)
    with serving(data) as served:
        served.wait_until_ready()
        assert served.stop() == 0
        assert not served.database_runs()


def test_a_taken_port_is_said_in_one_line_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with serving(tmp_path, "--prepare", port=port, in_full=False) as served:
            assert served.process.wait(SOON) != 0
            assert served.said.read_text() == ""
            assert re.fullmatch(rf"[^\n]*\b{port}\b[^\n]*taken[^\n]*\n", served.logged.read_text())
            assert not (tmp_path / "postgres").exists()


def test_several_workers_answer_count_and_stop_together(data: Path) -> None:
    with serving(data, SDGRAPH_WORKERS="2") as served:
        served.wait_until_ready()
        workers = [each for each in psutil.Process(served.process.pid).children() if "spawn_main" in " ".join(each.cmdline())]
        assert len(workers) == 2
        for _ in range(30):
            assert httpx.get(f"{served.base}/health/live").status_code == 200
        counted = httpx.get(f"{served.base}/metrics").text
        assert 'sdgraph_http_requests_total{path="/health/live",status="200"} 30.0' in counted
        assert Client(served.base).data("{ viewer { user { username } } }", user="clerk.1000")
        stops_with_all(served, signal.SIGTERM)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_cannot_start_says_nothing_and_ends(tmp_path: Path, workers: str) -> None:
    nowhere = "postgres://nobody@127.0.0.1:1/none"
    with serving(tmp_path, SDGRAPH_WORKERS=workers, DATABASE_URL=nowhere, in_full=workers == "2") as served:
        assert served.process.wait(SOON) != 0
        assert served.said.read_text() == ""


# ----------------------------------------------------------------------------------------------- stopping gracefully

READ = "query Slow { customers(first: 1) { edges { node { number } } } }"
COMMAND = """mutation Slow($input: ChangeCustomerInput!) {
    changeCustomer(input: $input) { customer { phone } userErrors { message } }
}"""


@contextmanager
def locked(url: str, statement: str) -> Iterator[Callable[[], bool]]:
    """Holds a lock for a while; tells whether somebody waits for it."""
    with asyncio.Runner() as loop:
        connection, watch = (loop.run(asyncpg.connect(**connection_settings(url))) for _ in range(2))
        loop.run(connection.execute(f"begin; {statement}"))

        def is_waited_for() -> bool:
            waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            return bool(loop.run(watch.fetchval(waiting)))

        try:
            yield is_waited_for
        finally:
            loop.run(connection.close())
            loop.run(watch.close())


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


@pytest.mark.parametrize(
    ("query", "statement", "workers"),
    [
        pytest.param(READ, "lock table customers in access exclusive mode", "1", id="a read"),
        pytest.param(COMMAND, "select from customers for update", "2", id="a command of one of two workers"),
    ],
)
def test_term_lets_what_runs_finish_and_takes_nothing_new(
    query: str, statement: str, workers: str, database: str, tmp_path: Path
) -> None:
    alone = workers == "1"
    with (
        serving(tmp_path, DATABASE_URL=database, SDGRAPH_WORKERS=workers, in_full=not alone) as served,
        ThreadPoolExecutor() as threads,
    ):
        served.wait_until_ready()
        client = Client(served.base)
        (edge,) = client.data("{ customers(first: 1) { edges { node { id number version } } } }", user="customer.admin")[
            "customers"
        ]["edges"]
        input = {"customer": edge["node"]["id"], "version": edge["node"]["version"], "phone": f"021-{time.time_ns() % 10**8}"}
        with locked(database, statement) as is_waited_for:
            answer = threads.submit(client.data, query, {"input": input} if query is COMMAND else None, user="customer.admin")
            wait_for(is_waited_for)
            served.process.terminate()
            wait_for(lambda: not _listens(served.base))
            time.sleep(0.5)
            assert not answer.done()
            assert served.process.poll() is None
        data = answer.result(SOON)
        assert served.process.wait(SOON) == 0
    if query is COMMAND:
        assert data == {"changeCustomer": {"customer": {"phone": input["phone"]}, "userErrors": []}}
    else:
        assert data["customers"]["edges"][0]["node"]["number"] == edge["node"]["number"]


def test_a_request_that_runs_too_long_does_not_hold_the_stop(database: str, tmp_path: Path) -> None:
    with (
        serving(tmp_path, DATABASE_URL=database, SDGRAPH_GRACEFUL_SECONDS="1", in_full=False) as served,
        ThreadPoolExecutor() as threads,
        locked(database, "lock table customers in access exclusive mode") as is_waited_for,
    ):
        served.wait_until_ready()
        client = Client(served.base)
        client.token("auditor")
        answer = threads.submit(client.run, READ, user="auditor")
        wait_for(is_waited_for)
        assert served.stop() == 0
        assert answer.exception(SOON) is not None


def _listens(base: str) -> bool:
    host, port = base.removeprefix("http://").split(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param(
            {"SDGRAPH_MODE": "dmo"}, "The setting SDGRAPH_MODE is wrong: Input should be 'demo'", id="a mode misspelt"
        ),
        pytest.param({"PORT": "http"}, "The setting PORT is wrong: Input should be a valid integer", id="a port that is none"),
        pytest.param(
            {"DATABASE_URL": "postgres://127.0.0.1:9/sdgraph"},
            "The database cannot be reached: ",
            id="a database that is not there",
        ),
    ],
)
@pytest.mark.parametrize("command", [("serve", "--prepare"), ("migrate",), ("policy", "history")])
def test_what_no_command_can_work_without_is_told_in_a_line(
    command: tuple[str, ...], settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = environment_of("postgres://127.0.0.1:9/sdgraph", tmp_path) | {"PORT": str(port)} | settings
    done = processes.run(command, environment)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
