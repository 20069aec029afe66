"""Jobs: starting, cancelling, and carrying one out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from tortoise.transactions import in_transaction

from api.database import is_away
from api.execution.command import command
from api.execution.jobs import (
    BrokenOff,
    Claim,
    finish,
    is_cancelled,
    keep_rows,
    text_of_problem,
)
from api.execution.refusals import note
from api.resolvers.exchange import RowReport, import_customers
from api.settings import settings
from api.storage import storage
from domain.activity import Activity
from domain.caller import Caller
from domain.errors import Forbidden, Invalid, Problem, Refusal, Refused, Unavailable, refuse_if_any
from domain.exchange import CustomerFile, ImportMode, RowOutcome, read_customers
from domain.files import SentFile, faults_of_name
from domain.jobs import MOST_ATTEMPTS, MOST_OPEN, OPEN, CancelCase, JobKind, JobStatus, refusals_to_cancel
from models.job import Job

log = logging.getLogger("sdgraph.jobs")


async def start_customer_import(caller: Caller | None, input: Any) -> Job | None:
    """Queue an import. Raises Forbidden (MASS on `customer`), Invalid for a file that cannot be read, Refused."""
    key = None
    try:
        async with command(caller, input, "startCustomerImport") as work:
            if work.authority.scope("customer", Activity.MASS).is_empty:
                raise Forbidden.because("FORBIDDEN", None, object="customer", activity=Activity.MASS.name)
            work.used("customer", Activity.MASS)
            file = await _read(input.file, input.encoding)
            await work.alone_with(f"jobs of {work.caller.username}")
            if await Job.filter(started_by_id=work.caller.user_id, status__in=OPEN).count() >= MOST_OPEN:
                raise Refused.because("TOO_MANY_JOBS", None, most=MOST_OPEN)
            if not input.validate_only:
                key = await storage().put(input.file.content)
            work.subject = job = await Job.create(
                kind=JobKind.CUSTOMER_IMPORT,
                mode=input.mode,
                encoding=input.encoding,
                dry_run=input.dry_run,
                file_name=input.file.name,
                file_key=key,
                total=len(file),
                started_by_id=work.caller.user_id,
                session_id=work.caller.session_id,
                request_id=work.caller.request_id,
                queued_at=work.now,
            )
    except BaseException:
        if key is not None:
            await storage().delete(key)
        raise
    return job


async def cancel_job(caller: Caller | None, input: Any) -> Job:
    """Cancel a job: one that waits is over at once, one that runs soon after. Raises NotFound, Refused (CANCEL_RULES)."""
    async with command(caller, input, "cancelJob") as work:
        job = await work.lock(Job, "Job", input.job, "job")
        refuse_if_any(refusals_to_cancel(CancelCase(job.status, job.started_by_id, work.caller.user_id)))
        key = job.file_key
        if job.status is JobStatus.QUEUED:
            job.status, job.finished_at, job.file_key = JobStatus.CANCELLED, work.now, None
        job.cancel_requested = True
        await job.save(update_fields=["status", "finished_at", "file_key", "cancel_requested"])
    if key is not None and job.file_key is None and not input.validate_only:
        await storage().delete(key)
    return job


class JobWatch:
    """Follows an import as a job."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim

    def progress(self, done: int, refused: int) -> None:
        """Let it be told with the next sign of life. Raises BrokenOff."""
        self._claim.progress = (done, refused)
        if self._claim.broken:
            raise BrokenOff

    async def keep(self, connection: Any, reports: Sequence[RowReport], *, last: bool) -> None:
        """The report's rows are kept with what they tell of, and the end of the job with the last of them."""
        await keep_rows(connection, self._claim, [_kept(report) for report in reports])
        if last:
            await finish(connection, self._claim, JobStatus.SUCCEEDED)


async def carry_out_job(claim: Claim) -> None:
    """Carry a claimed job out to its end. What cannot be answered is logged, and the job has failed."""
    job = claim.job
    try:
        if job.attempts > MOST_ATTEMPTS:
            raise Unavailable.because("JOB_BROKEN_OFF", None, times=MOST_ATTEMPTS)
        await _import(claim)
    except BrokenOff:
        if await is_cancelled(claim):
            await _end(claim, JobStatus.CANCELLED)
    except Problem as problem:
        await _end(claim, JobStatus.FAILED, problem)
    except Exception as fault:
        if is_away(fault):
            raise
        log.exception("a job failed", extra={"request_id": job.request_id, "job": job.id})
        await _end(claim, JobStatus.FAILED, Unavailable.because("JOB_FAILED", None, request=job.request_id))
    if job.file_key is not None and await Job.filter(id=job.id, file_key=None).exists():
        await storage().delete(job.file_key)


async def _import(claim: Claim) -> None:
    job = claim.job
    watch = JobWatch(claim)
    content = b"".join([piece async for piece in await storage().open(job.file_key or "")])
    file = await asyncio.to_thread(read_customers, content, job.encoding, settings().max_import_rows)
    at_once = job.dry_run or job.mode is ImportMode.ALL_OR_NOTHING
    begin = 0 if at_once else job.done
    reports = await import_customers(claim.caller, file, job.mode, dry_run=job.dry_run, watch=watch, begin=begin)
    for told in {each.problem.refusals: each.problem for each in reports if each.problem is not None}.values():
        note(claim.caller, job.request_id, told)
    refused = sum(report.outcome is RowOutcome.REFUSED for report in reports)
    if job.dry_run or (at_once and refused):
        problem = None if job.dry_run else Refused(Refusal("ROWS_REFUSED", None, {"refused": refused}))
        async with in_transaction() as transaction:
            await keep_rows(transaction._connection, claim, [_kept(report) for report in reports])
            status = JobStatus.SUCCEEDED if problem is None else JobStatus.FAILED
            await finish(transaction._connection, claim, status, problem)


async def _end(claim: Claim, status: JobStatus, problem: Problem | None = None) -> None:
    async with in_transaction() as transaction:
        await finish(transaction._connection, claim, status, problem)


async def _read(file: SentFile, encoding: Any) -> CustomerFile:
    chosen, size = settings(), len(file.content)
    if size > chosen.max_file_bytes:
        raise Invalid.because("FILE_TOO_LARGE", "file", found=size, most=chosen.max_file_bytes)
    refuse_if_any(faults_of_name(file.name), Invalid)
    return await asyncio.to_thread(read_customers, file.content, encoding, chosen.max_import_rows)


def _kept(report: RowReport) -> tuple[Any, ...]:
    return report.row, report.outcome.value, report.number, text_of_problem(report.problem)
