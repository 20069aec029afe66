"""Customers in and out as files: the import, by the very functions that carry out single commands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from api.execution import global_id
from api.execution.batch import Batch
from api.execution.command import Sent, again_if_moved, working
from api.resolvers.customers import change_general_view, take_up
from api.resolvers.views import agree, change_view
from domain.activity import Activity
from domain.areas import area_of
from domain.caller import Caller
from domain.errors import Invalid, NotFound, Problem, refuse_if_any
from domain.exchange import CustomerFile, CustomerRow, ImportMode, RowOutcome
from models.customer import Customer

CHUNK = 250
"""How many rows are locked, decided and stored together."""
NOTHING = ("NOTHING_TO_CHANGE",)
Versions = dict[str, int]
"""By how many versions the rows so far have brought a customer on."""


@dataclass(frozen=True, slots=True)
class RowReport:
    """What became of one row of a file, or would become in a dry run; the number is that of a customer that is there."""

    row: int
    outcome: RowOutcome
    number: str | None = None
    problem: Problem | None = None


class Watch(Protocol):
    """Whoever follows an import."""

    def progress(self, done: int, refused: int) -> None:
        """So many rows are done, of which nothing is kept yet. May raise, to break the import off."""

    async def keep(self, connection: Any, reports: Sequence[RowReport], *, last: bool) -> None:
        """Keep reports with the rows themselves, in the same transaction. May raise, and then neither is kept."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What is asked of one transaction of an import."""

    validate_only: bool = False


class _NothingKept(Exception):
    """Undoes an import of which rows were refused."""


async def import_customers(
    caller: Caller, file: CustomerFile, mode: ImportMode, *, dry_run: bool, watch: Watch, begin: int = 0
) -> list[RowReport]:
    """Bring the rows in, by the rights that the caller has at the end of each transaction: all in one, or row by row.

    A dry run, and one of which a row was refused in ALL_OR_NOTHING, keep nothing and only report. `begin` rows are done
    already. Raises Unauthenticated when the session is over, Unavailable when the policy keeps moving.
    """
    if dry_run or mode is ImportMode.ALL_OR_NOTHING:
        return await again_if_moved(lambda: _whole(caller, file, dry_run, watch))
    reports: list[RowReport] = []
    versions: Versions = {}
    done = begin
    for chunk in _chunks(file, begin):
        last = done + len(chunk) == len(file)
        kept, versions = await again_if_moved(lambda: _part(caller, chunk, dict(versions), watch, last))  # noqa: B023
        reports += kept
        done += len(kept)
    return reports


async def _whole(caller: Caller, file: CustomerFile, dry_run: bool, watch: Watch) -> list[RowReport]:
    reports: list[RowReport] = []
    versions: Versions = {}
    try:
        async with working(Batch, caller, _Order(dry_run), "importCustomers") as batch:
            await batch.alone()
            for chunk in _chunks(file, 0):
                reports += await _bring_in(batch, chunk, versions)
                watch.progress(len(reports), _refused(reports))
            if _refused(reports) and not dry_run:
                raise _NothingKept
            if not dry_run:
                await watch.keep(batch.connection, reports, last=True)
    except _NothingKept:
        return [each if each.problem else RowReport(each.row, RowOutcome.LEFT_OUT) for each in reports]
    if dry_run:
        return [RowReport(each.row, each.outcome, _known(each), each.problem) for each in reports]
    return reports


async def _part(
    caller: Caller, chunk: Sequence[CustomerRow], versions: Versions, watch: Watch, last: bool
) -> tuple[list[RowReport], Versions]:
    async with working(Batch, caller, _Order(), "importCustomers") as batch:
        await batch.alone()
        reports = await _bring_in(batch, chunk, versions)
        await watch.keep(batch.connection, reports, last=last)
    return reports, versions


async def _bring_in(batch: Batch, chunk: Sequence[CustomerRow], versions: Versions) -> list[RowReport]:
    known = await batch.load(Customer, "number", [row.number for row in chunk if row.number is not None and not row.faults])
    await batch.look_for(Customer, "number", _tax_numbers(chunk))
    reports = []
    for row in chunk:
        await asyncio.sleep(0)  # others want to be served meanwhile
        try:
            async with batch.row():
                refuse_if_any(row.faults, Invalid)
                reports.append(await (_create(batch, row) if row.number is None else _change(batch, row, known, versions)))
        except Problem as problem:
            seen = row.number if row.number in known else None
            reports.append(RowReport(row.row, RowOutcome.REFUSED, seen, problem))
    await batch.flush()
    return reports


async def _create(batch: Batch, row: CustomerRow) -> RowReport:
    batch.demand_in(area_of(row.sales_area or "", "salesArea"), "customer", Activity.MASS)
    input = Sent({"customer_type": row.customer_type, "sales_area": row.sales_area, **_general(row)})
    view = Sent({name: value for name, value in (row.view or {}).items() if value is not None})
    customer = await take_up(batch, input, agree=lambda made: agree(batch, made, view))
    return RowReport(row.row, RowOutcome.CREATED, customer.number)


async def _change(batch: Batch, row: CustomerRow, known: Mapping[str, Customer], versions: Versions) -> RowReport:
    customer = known.get(row.number or "")
    if customer is None:
        raise NotFound.because("NOT_FOUND", "number", what="Customer")
    if row.customer_type not in (None, customer.customer_type):
        raise Invalid.because("CUSTOMER_TYPE_FIXED", "customer_type", value=customer.customer_type.value)
    await batch.demand(customer, Activity.MASS)
    before = customer.version
    version = before if row.version is None else row.version + versions.get(customer.number, 0)
    which = {"customer": global_id.encode("Customer", customer.pk)}
    general, view = _general(row), dict(row.view or {})
    changed = False
    if general or not view:
        changed |= await _changed(lambda: change_general_view(batch, Sent({**which, "version": version, **general})))
        version = customer.version
    if view and row.sales_area is not None:
        part = {"sales_area": row.sales_area, **view}
        changed |= await _changed(lambda: change_view(batch, Sent({**which, "version": version, **part})))
    if not changed:
        return RowReport(row.row, RowOutcome.UNCHANGED, customer.number)
    versions[customer.number] = versions.get(customer.number, 0) + customer.version - before
    return RowReport(row.row, RowOutcome.CHANGED, customer.number)


async def _changed(run: Callable[[], Awaitable[Any]]) -> bool:
    """Whether a command changed anything; that nothing would change is no refusal in a file."""
    try:
        await run()
    except Invalid as problem:
        if tuple(refusal.reason for refusal in problem.refusals) != NOTHING:
            raise
        return False
    return True


def _tax_numbers(chunk: Sequence[CustomerRow]) -> list[dict[str, Any]]:
    """What doubles will be looked for by, as far as the rows tell."""
    general = [row.general or {} for row in chunk if not row.faults]
    return [{"tax_number": each["tax_number"], "country": each.get("country")} for each in general if each.get("tax_number")]


def _general(row: CustomerRow) -> dict[str, Any]:
    return {**(row.general or {}), **({"address": Sent(row.address)} if row.address else {})}


def _known(report: RowReport) -> str | None:
    """The number that a dry run tells: not of customers that it took up and gave up again."""
    return None if report.outcome is RowOutcome.CREATED else report.number


def _refused(reports: Sequence[RowReport]) -> int:
    return sum(report.problem is not None for report in reports)


def _chunks(file: CustomerFile, begin: int) -> Iterator[list[CustomerRow]]:
    rows = islice(file, begin, None)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
