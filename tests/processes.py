"""The project's own processes, each forked off one that has imported the project already: importing it costs seconds.

A process gets an environment, a working directory and files of its own, as one started from a shell does. What it does before it is
ready is tested in `http/test_serve.py` and `test_deployment.py`, with processes that are started in full.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["api.cli", "api.server", "api.app", "tests.processes"])


def start(arguments: tuple[str, ...], environment: Mapping[str, str], out: Path, err: Path) -> BaseProcess:
    """`python -m api …` in a process of its own, which writes to these files."""
    process = FORKS.Process(target=_run, args=(arguments, dict(environment), str(out), str(err)))
    process.start()
    return process


def run(arguments: tuple[str, ...], environment: Mapping[str, str], typed: str = "") -> subprocess.CompletedProcess[str]:
    """What `python -m api …` did, given what is typed into it."""
    with TemporaryDirectory(prefix="sdgraph-said-") as folder:
        said, complained, keyboard = (Path(folder) / name for name in ("out", "err", "in"))
        keyboard.write_text(typed, "utf-8")
        process = FORKS.Process(target=_run, args=(arguments, dict(environment), str(said), str(complained), str(keyboard)))
        process.start()
        process.join()
        assert process.exitcode is not None
        return subprocess.CompletedProcess(arguments, process.exitcode, said.read_text("utf-8"), complained.read_text("utf-8"))


def _run(arguments: tuple[str, ...], environment: dict[str, str], out: str, err: str, typed: str = os.devnull) -> None:
    """Become the command: nothing of the forking process stays but its modules."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for number, name, flags in ((0, typed, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        file = os.open(name, flags | (os.O_CREAT | os.O_APPEND if number else 0), 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115  # as long as the process
        for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    sys.argv = ["api", *arguments]
    from api.cli import start as become

    become()
