"""The server processes: what they listen on, starting, telling that they are ready, and stopping in order."""

import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from api import logs
from api.settings import Settings

SLOWEST_START = 60
"""Seconds that a process may take until it serves."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that is ours from now on; who connects before anything is served waits. Raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener


def heed_term() -> None:
    """Let TERM end this process as Ctrl-C does: whatever is open is closed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def stopping_once() -> Iterator[None]:
    """When the block is over, for whatever reason, neither Ctrl-C nor TERM disturbs what is given back after it."""
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def serve(chosen: Settings, listener: socket.socket, greet: Callable[[], None]) -> bool:
    """Serve until stopped, and greet when requests are answered. Tells whether it came to that."""
    config = uvicorn.Config(
        "api.app:build_app",
        factory=True,
        workers=chosen.workers,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=chosen.max_body_bytes,
        log_config=logs.configuration(chosen.log_level),
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=chosen.graceful_seconds,
    )
    if chosen.workers == 1:
        return _serve_alone(config, listener, greet)
    with _metrics_together():
        return _serve_together(config, listener, greet)


class _Alone(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, greet: Callable[[], None]) -> None:
        super().__init__(config)
        self._greet = greet

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._greet()


def _serve_alone(config: uvicorn.Config, listener: socket.socket, greet: Callable[[], None]) -> bool:
    server = _Alone(config, greet)
    with suppress(KeyboardInterrupt):  # uvicorn raises the signal again when it has finished
        server.run([listener])
    return server.started


class _Together(Multiprocess):
    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], greet: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._greet = greet

    def init_processes(self) -> None:
        super().init_processes()
        if all(process.wait_until_ready(SLOWEST_START) for process in self.processes):
            self._greet()

    def terminate_all(self) -> None:
        super().terminate_all()
        for listener in self.sockets:  # or clients go on being let in, while nobody will answer them
            listener.close()


def _serve_together(config: uvicorn.Config, listener: socket.socket, greet: Callable[[], None]) -> bool:
    supervisor = _Together(config, [listener], greet)
    supervisor.run()
    return all(process.exitcode != STARTUP_FAILURE for process in supervisor.processes)


@contextmanager
def _metrics_together() -> Iterator[None]:
    """With several processes metrics are summed over files, which belong to this start only."""
    with tempfile.TemporaryDirectory(prefix="sdgraph-metrics-") as directory:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        yield
