"""Customers in and out as files, and the jobs that bring them in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Optional
from urllib.parse import urlencode

import strawberry

import models
from api.auth.links import export_links
from api.execution import global_id as ids
from api.execution.conditions import LinkedTo, all_of
from api.execution.export import Export, demand_export, exported, left_out
from api.execution.filters import condition_of, filter_of, written
from api.execution.mapping import Offer, Permit, column, computed, global_id, mapped, viewer_can
from api.execution.pages import Connection, answered, column_of
from api.execution.reads import Reads
from api.execution.requests import PageRequest, RowRequest, Sort, asks, page_request
from api.resolvers import jobs as resolvers
from api.schema.base import INPUT, USER_ERRORS, CommandInput, Info, Node, UserError, carried_out
from api.schema.customers import Customer, CustomerFilter, SalesAreaView
from api.schema.files import FileLink
from api.schema.scalars import Command
from domain.activity import Activity
from domain.areas import PARTS
from domain.errors import ErrorCode, Invalid, Refusal
from domain.exchange import BYTE_ORDER_MARK, COLUMNS, Encoding, ImportMode, RowOutcome, line_of, lines_of, title_of
from domain.files import SentFile
from domain.jobs import JobKind, JobStatus
from domain.messages import text_of

NEW = strawberry.UNSET
OPEN_AND_OWN = """{row}.status in ('QUEUED', 'RUNNING')
    and {caller} = (select u.username from users u where u.id = {row}.started_by_id)"""


@strawberry.type(description="One reason why a row, or a whole job, was refused.")
class JobError:
    code: ErrorCode = strawberry.field(description="The kind of refusal.")
    reason: str = strawberry.field(description="Exactly which refusal it is; stable, for programs.")
    column: Optional[str] = strawberry.field(description="The title of the column it is about; null if it is about the whole.")
    refusal: strawberry.Private[Refusal]

    @strawberry.field(description="The refusal in the language of `Accept-Language`.")
    def message(self, info: Info) -> str:
        return text_of(self.refusal, info.context.language)


async def _errors_of_rows(reads: Reads, keys: Sequence[int]) -> list[list[JobError]]:
    return [_errors(each) for each in await column_of(reads, models.JobRow, "problem", keys)]


async def _errors_of_jobs(reads: Reads, keys: Sequence[int]) -> list[list[JobError]]:
    return [_errors(each) for each in await column_of(reads, models.Job, "failure", keys)]


def _errors(text: Any) -> list[JobError]:
    if text is None:
        return []
    problem = json.loads(text)
    refusals = [Refusal(each["reason"], each["field"], each["values"]) for each in problem["refusals"]]
    return [JobError(code=ErrorCode[problem["code"]], reason=r.reason, column=title_of(r.field), refusal=r) for r in refusals]


@mapped(models.Job)
@strawberry.type(description="Something done in the background, by your rights at the time, and within your session: 后台任务.")
class Job(Node):
    id: strawberry.ID = global_id("The global id.")
    kind: JobKind = column("kind", "What it does.")
    status: JobStatus = column("status", "Where it stands.", filter=True)
    mode: ImportMode = column("mode", "What one refused row means for the others.")
    dry_run: bool = column("dry_run", "Whether nothing is kept of it but its report.")
    file_name: str = column("file_name", "The file, as the sender called it.")
    total: int = column("total", "How many rows the file has.")
    done: int = column("done", "How many of them are done.")
    refused: int = column("refused", "How many of these were refused.")
    queued_at: datetime = column("queued_at", "When it was asked for.", order=True)
    started_at: Optional[datetime] = column("started_at", "When it was begun.")
    finished_at: Optional[datetime] = column("finished_at", "When it was over; null until then.")
    cancel_requested: bool = column(
        "cancel_requested", "Whether somebody has cancelled it; one that runs stops a little later."
    )
    errors: list[JobError] = computed("Why it failed; empty if it did not.", _errors_of_jobs)
    viewer_can: list[Command] = viewer_can(
        Offer(
            "cancelJob",
            (Permit("job", Activity.DISPLAY),),
            OPEN_AND_OWN,
        )
    )


@mapped(models.JobRow)
@strawberry.type(description="What became of one row of a job's file; of a dry run, what would become of it.")
class JobRow:
    row: int = column("row", "Which row, counted as spreadsheets do: the titles are row 1.")
    outcome: RowOutcome = column("outcome", "What became of it.", filter=True)
    number: Optional[str] = column("number", "The customer's number, if there is such a customer.")
    errors: list[JobError] = computed("Why it was refused; empty if it was not.", _errors_of_rows)


@filter_of(JobRow)
class JobRowFilter:
    pass


def _job(id: str) -> RowRequest:
    return RowRequest(Job, "id", ids.key_of(id, "Job", "id"))


def _jobs(first: int, after: str | None = None) -> PageRequest:
    return page_request(Job, first, after, [Sort("queued_at", True, "")])


def _job_rows(job: str, first: int, after: str | None = None, filter: JobRowFilter | None = None) -> PageRequest:
    of_job = LinkedTo(models.Job, (("id", "job_id"),), "id", None, "eq", ids.key_of(job, "Job", "job"))
    more = condition_of(filter)
    return page_request(JobRow, first, after, (), of_job if more is None else all_of(of_job, more))


FIRST = strawberry.argument(description="How many rows.")
AFTER = strawberry.argument(description="Begin behind this cursor.")


@strawberry.type
class ExchangeQueries:
    @asks(_job, "One of your jobs; null if there is none. Ask again to see how far it has come.")
    async def job(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The global id.")]
    ) -> Optional[Job]:
        return await answered(info.context.reads, _job(id))

    @asks(_jobs, "Your jobs, newest first.")
    async def jobs(
        self, info: Info, first: Annotated[int, FIRST], after: Annotated[Optional[str], AFTER] = NEW
    ) -> Connection[Job]:
        return await answered(info.context.reads, _jobs(first, after))

    @asks(_job_rows, "The report of one of your jobs, row by row; empty until rows are kept, and if there is no such job.")
    async def job_rows(
        self,
        info: Info,
        job: Annotated[strawberry.ID, strawberry.argument(description="The job's global id.")],
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = NEW,
        filter: Annotated[Optional[JobRowFilter], strawberry.argument(description="Which rows.")] = NEW,
    ) -> Connection[JobRow]:
        return await answered(info.context.reads, _job_rows(job, first, after, filter))


# --------------------------------------------------------------------------------------------------------------- export

CUSTOMERS = Export(
    Customer,
    tuple(each.field for each in COLUMNS if not each.of_view),
    SalesAreaView,
    (("customer_id", "id"),),
    tuple(each.field for each in COLUMNS if each.of_view),
    order=("number",),
    part_order=PARTS,
)
LONGEST_FILTER = 4000
"""In characters, as it stands in a link."""


async def customer_lines(reads: Reads, filter: Any) -> AsyncIterator[str]:
    """The customers as CSV with titles, for a spreadsheet, some lines at a time. Raises Unauthenticated, Forbidden, Invalid."""
    condition = condition_of(filter)
    text = BYTE_ORDER_MARK + line_of(each.title for each in COLUMNS)
    async for lines in exported(reads, CUSTOMERS, condition):
        yield text + lines_of(lines)
        text = ""
    if text:
        yield text


@strawberry.type(
    description="Customers as a file to be fetched: CSV in UTF-8, one line for each sales-area view that you may see."
)
class CustomerExport:
    link: FileLink = strawberry.field(description="A link of your own to fetch it by.")
    filter: strawberry.Private[Any]

    @strawberry.field(
        description="How many customers you may see and not export, because they lie in further sales areas: they are left out."
    )
    async def left_out(self, info: Info) -> int:
        return await left_out(info.context.reads, Customer, condition_of(self.filter))


@strawberry.type
class ExportQueries:
    @strawberry.field(
        description="The customers that you may export, as a file. Needs EXPORT on `customer` in every area of each."
    )
    async def customer_export(
        self,
        info: Info,
        filter: Annotated[Optional[CustomerFilter], strawberry.argument(description="Which customers.")] = NEW,
    ) -> CustomerExport:
        demand_export(await info.context.reads.authority(), Customer)
        condition_of(filter)
        query = "" if not filter else f"?{urlencode({'filter': json.dumps(written(filter), ensure_ascii=False)})}"
        if len(query) > LONGEST_FILTER:
            raise Invalid.because("SEARCH_TOO_LONG", "filter", found=len(query), most=LONGEST_FILTER)
        assert info.context.caller is not None
        token, expires_at = export_links().issue(info.context.caller)
        link = FileLink(url=f"/exports/{token}/customers.csv{query}", expires_at=expires_at)
        return CustomerExport(link=link, filter=filter)


# ------------------------------------------------------------------------------------------------------------- commands


@strawberry.input(
    description="A file of customers to bring in: CSV with titles, without a number to be taken up, else to be changed."
)
class StartCustomerImportInput(CommandInput):
    file: SentFile = strawberry.field(description="The file.")
    mode: ImportMode = strawberry.field(description="What one refused row means for the others.")
    encoding: Encoding = strawberry.field(default=Encoding.UTF_8, description="How its characters are written.")
    dry_run: bool = strawberry.field(default=False, description="Carry it out whole, report, and keep nothing.")


@strawberry.input(description="A job to cancel.")
class CancelJobInput(CommandInput):
    job: strawberry.ID = strawberry.field(description="Which job.")


@strawberry.type(description="What became of `startCustomerImport`.")
class StartCustomerImportPayload:
    job: Optional[Job] = strawberry.field(description="The job that brings the file in.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `cancelJob`.")
class CancelJobPayload:
    job: Optional[Job] = strawberry.field(description="The job as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class ExchangeMutations:
    @strawberry.mutation(
        description="Bring a file of customers in, in the background. Needs MASS on `customer`, and for each row what"
        " `createCustomer`, `changeCustomer` and `changeSalesAreaView` need."
    )
    async def start_customer_import(
        self, info: Info, input: Annotated[StartCustomerImportInput, INPUT]
    ) -> StartCustomerImportPayload:
        done = await carried_out(info, resolvers.start_customer_import, input)
        return StartCustomerImportPayload(job=await done.record(Job), user_errors=done.errors)

    @strawberry.mutation(description="Cancel one of your own jobs. What it has kept row by row stays.")
    async def cancel_job(self, info: Info, input: Annotated[CancelJobInput, INPUT]) -> CancelJobPayload:
        done = await carried_out(info, resolvers.cancel_job, input)
        return CancelJobPayload(job=await done.record(Job), user_errors=done.errors)
