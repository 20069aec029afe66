"""The queue of jobs in the database: claimed by one process at a time, which goes on as long as it gives signs of life.

A claim is a job and the number of the attempt. Everything that is written for a job holds the claim against the row, so
that a process that was taken for dead, or whose job was cancelled, writes nothing any more.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.transactions import in_transaction

from domain.caller import Caller, UserKind
from domain.errors import Problem
from domain.jobs import JobStatus
from models.job import Job

HELD = "id = $1 and attempts = $2 and status = 'RUNNING'"


@dataclass(slots=True)
class Claim:
    """A job that this process has taken up, for whom it works, and what is told of it meanwhile."""

    job: Job
    caller: Caller
    progress: tuple[int, int] | None = None
    """How many rows are done and refused, of which nothing is kept yet: told with the next sign of life."""
    broken: bool = False
    """Whether the job was found cancelled, or another process's."""


class BrokenOff(Exception):
    """The job is not this process's any more, or is to be cancelled."""


async def claim_next(stale_seconds: float) -> Claim | None:
    """Take up the oldest job that waits, or whose process has given no sign of life; None if there is none."""
    async with in_transaction() as transaction:
        row = await transaction._connection.fetchrow(
            """update jobs set status = 'RUNNING', attempts = attempts + 1, heartbeat_at = clock_timestamp(),
                               started_at = coalesce(started_at, clock_timestamp())
               where id = (select id from jobs where status = 'QUEUED'
                              or (status = 'RUNNING' and heartbeat_at < clock_timestamp() - make_interval(secs => $1))
                           order by id for update skip locked limit 1)
               returning id""",
            stale_seconds,
        )
        if row is None:
            return None
        job = await Job.get(id=row["id"]).prefetch_related("started_by")
    user = job.started_by
    caller = Caller(user.id, user.username, UserKind(user.kind), job.session_id, user.locale, job.request_id)
    return Claim(job, caller)


async def beat(claim: Claim) -> None:
    """Give a sign of life, tell how far the job has come, and look whether it is to go on."""
    done, refused = claim.progress or (None, None)
    async with in_transaction() as transaction:
        rows = await transaction._connection.fetch(
            f"""update jobs set heartbeat_at = clock_timestamp(), done = coalesce($3, done), refused = coalesce($4, refused)
                where {HELD} returning cancel_requested""",
            claim.job.id,
            claim.job.attempts,
            done,
            refused,
        )
    claim.broken = not rows or rows[0]["cancel_requested"]


async def keep_rows(connection: Any, claim: Claim, rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows to a job's report, and count them as done, in the transaction that keeps what they tell. Raises BrokenOff."""
    held = await connection.fetch(
        f"select id from jobs where {HELD} and not cancel_requested for no key update", claim.job.id, claim.job.attempts
    )
    if not held:
        raise BrokenOff
    await connection.copy_records_to_table(
        "job_rows",
        columns=("job_id", "started_by_id", "row", "outcome", "number", "problem"),
        records=[(claim.job.id, claim.caller.user_id, *row) for row in rows],
    )
    await connection.execute(
        """update jobs set (done, refused) =
               (select count(*), count(*) filter (where outcome = 'REFUSED') from job_rows where job_id = $1)
           where id = $1""",
        claim.job.id,
    )


async def finish(connection: Any, claim: Claim, status: JobStatus, problem: Problem | None = None) -> None:
    """Say how a job ended, unless another process has it by now."""
    await connection.execute(
        f"update jobs set status = $3, failure = $4, finished_at = clock_timestamp(), file_key = null where {HELD}",
        claim.job.id,
        claim.job.attempts,
        status.value,
        text_of_problem(problem),
    )


async def give_back(claim: Claim) -> None:
    """Let the job wait again, as if it had not been begun this time: the process stops."""
    async with in_transaction() as transaction:
        await transaction._connection.execute(
            f"update jobs set status = 'QUEUED', attempts = attempts - 1 where {HELD}", claim.job.id, claim.job.attempts
        )


async def is_cancelled(claim: Claim) -> bool:
    """Whether the claim holds and the job is to be cancelled."""
    return await Job.filter(
        id=claim.job.id, attempts=claim.job.attempts, status=JobStatus.RUNNING, cancel_requested=True
    ).exists()


def text_of_problem(problem: Problem | None) -> str | None:
    """A problem as it is kept: told in words, and in somebody's language, only when it is read."""
    if problem is None:
        return None
    refusals = [{"reason": each.reason, "field": each.field, "values": each.values} for each in problem.refusals]
    return json.dumps({"code": problem.code.value, "refusals": refusals}, default=str, ensure_ascii=False)
