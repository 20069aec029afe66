"""Load by wrk, and what it cost: requests per second, latencies, CPU of server and database per request.

Whoever is compared is measured in turn, several times, and the turn in the middle counts: what else the machine does comes and goes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from api.database import FOR_READS

TURNS = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of load."""

    per_second: float
    p50: float
    p99: float
    server_cpu: float
    """Milliseconds of the server's CPU per request."""
    database_cpu: float
    """Milliseconds of the database's CPU per request."""
    failed: int


def in_turn(loads: Sequence[Callable[[], Measured]]) -> list[Measured]:
    """What each of several loads came to, by requests per second in its middle turn."""
    turns = [[load() for load in loads] for _ in range(TURNS)]
    return [sorted(each, key=lambda measured: measured.per_second)[TURNS // 2] for each in zip(*turns, strict=True)]


def wrk_is_there() -> bool:
    """Whether the load generator is installed (Debian: `apt-get install wrk`)."""
    return shutil.which("wrk") is not None


def load(url: str, body: dict[str, Any], token: str, connections: int, seconds: int, server: int, postmaster: int) -> Measured:
    """Send one body over and over; `server` and `postmaster` are the process ids whose CPU is counted."""
    script = Path(tempfile.mkstemp(suffix=".lua")[1])
    script.write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        f'wrk.headers["Authorization"] = "Bearer {token}"\nwrk.body = [==[{json.dumps(body)}]==]\n'
    )
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), url]
    before = _cpu(server), _cpu(postmaster)
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = _cpu(server), _cpu(postmaster)
    script.unlink()
    requests = int(_found(r"(\d+) requests in", text))
    failed = int(found[1]) if (found := re.search(r"Non-2xx or 3xx responses: (\d+)", text)) else 0
    return Measured(
        float(_found(r"Requests/sec:\s+([\d.]+)", text)),
        _milliseconds(_found(r"(?m)^ *50%\s+(\S+)", text)),
        _milliseconds(_found(r"(?m)^ *99%\s+(\S+)", text)),
        (after[0] - before[0]) * 1000 / max(requests, 1),
        (after[1] - before[1]) * 1000 / max(requests, 1),
        failed,
    )


def pgbench(program: Path, url: str, sql: str, clients: int, seconds: int) -> Measured:
    """The statement alone, prepared and with the product's settings: the floor. Of it only transactions per second are known."""
    script = Path(tempfile.mkstemp(suffix=".sql")[1])
    script.write_text(sql + ";\n")
    command = [str(program), "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds), "-f", str(script), url]
    environment = os.environ | {"PGOPTIONS": " ".join(f"-c {name}={value}" for name, value in FOR_READS.items())}
    text = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    script.unlink()
    return Measured(float(_found(r"tps = ([\d.]+)", text)), 0, 0, 0, 0, 0)


def literal(sql: str, values: tuple[Any, ...]) -> str:
    """The statement with its values written in, for pgbench."""
    return re.sub(r"\$(\d+)", lambda found: _literal(values[int(found[1]) - 1]), sql)


def _literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case list():
            return "array[" + ", ".join(map(_literal, value)) + "]"
        case int():
            return str(value)
        case _:
            return "'" + str(value).replace("'", "''") + "'"


def _cpu(pid: int) -> float:
    """Seconds of CPU of a process and its children; ended children count with their parent."""
    total = 0.0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + (times.children_user + times.children_system if process is root else 0)
    return total


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(text)
    return found[1]


def _milliseconds(text: str) -> float:
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]  # wrk writes it so
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}[unit]
