"""What is carried out beside the requests: jobs, one at a time in each process, and policy changes whose time has come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from api.database import is_away
from api.execution.jobs import Claim, beat, claim_next, give_back
from api.resolvers.jobs import carry_out_job
from api.resolvers.policy_changes import activate_due

log = logging.getLogger("sdgraph.jobs")
LOOK_SECONDS = 1.0
BEAT_SECONDS = 0.5


@asynccontextmanager
async def working_aside(stale_seconds: float) -> AsyncIterator[None]:
    """Carry them out for the time of the block; a job that is under way at its end waits for another process."""

    async def next_job() -> bool:
        claim = await claim_next(stale_seconds)
        if claim is not None:
            await _carry_out(claim)
        return claim is not None

    tasks = [asyncio.create_task(_again_and_again(each)) for each in (next_job, activate_due)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _again_and_again(work: Callable[[], Awaitable[bool]]) -> None:
    """Do the next thing as long as there is one, and look again a little later."""
    while True:
        try:
            if await work():
                continue
        except Exception as fault:
            if not is_away(fault):
                log.exception("looking for work failed")
        await asyncio.sleep(LOOK_SECONDS)


async def _carry_out(claim: Claim) -> None:
    beats = asyncio.create_task(_beat(claim))
    try:
        await carry_out_job(claim)
    except asyncio.CancelledError:
        with suppress(Exception):
            await give_back(claim)
        raise
    finally:
        beats.cancel()


async def _beat(claim: Claim) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            await beat(claim)
        except Exception as fault:
            log.warning("no sign of life given: %s", type(fault).__name__)
