"""What goes on beside the requests: it goes on after a fault of its own, and ends with the process."""

import asyncio

import pytest

from api import app


async def test_what_fails_begins_again_and_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(app, "AGAIN_SECONDS", 0)
    turns, again, ended = 0, asyncio.Event(), asyncio.Event()

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise KeyError("nobody thought of this")
        again.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with app.beside(work), asyncio.timeout(10):
        await again.wait()
    assert (turns, ended.is_set()) == (2, True)
    assert [record.levelname for record in caplog.records if "begins again" in record.message] == ["CRITICAL"]
