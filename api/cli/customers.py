"""`python -m api customers …` and `import …`: what is done to customers from the command line."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from api.auth.users import speaking_for
from api.cli.terminal import By, a_day, out, progress, with_database, with_models
from api.database import read_pool
from api.settings import settings
from domain.exchange import Encoding, ImportMode, line_of, read_customers, title_of
from domain.messages import language_of, text_of

if TYPE_CHECKING:
    from api.resolvers.exchange import RowReport

customers = typer.Typer(no_args_is_help=True, help="What is done to customers day by day.")
User = Annotated[str, typer.Option(help="By whose rights: a user name.")]
imports = typer.Typer(no_args_is_help=True, help="Bring data of other systems in.")


@customers.command("expire")
def customers_expire(
    day: Annotated[str, typer.Option(help="As of this day, e.g. 2026-12-31; left out: each customer's own business day.")] = "",
    remind: Annotated[
        Optional[int], typer.Option(min=0, help="Remind so many days before; left out: SDGRAPH_REMINDER_DAYS.")
    ] = None,
    by: By = "expiry",
) -> None:
    """Mark documents and customers that have expired, and send reminders of those that soon will; once a day, repeatable."""
    from api.resolvers import expiry

    ahead, as_of = settings().reminder_days if remind is None else remind, a_day(day, "day")

    async def run() -> None:
        wanted = await expiry.customers_to_look_at(as_of, ahead)
        with progress("Customers", len(wanted)) as step:
            report = await expiry.expire_customers(as_of, ahead, by, wanted, step)
        out.print(f"{report.documents} documents and {report.customers} customers expired, {report.reminders} reminders")

    with_models(run)


@customers.command("import")
def customers_import(
    file: Annotated[Path, typer.Argument(help="CSV, as `customers export` writes it.", exists=True, dir_okay=False)],
    user: User,
    mode: Annotated[ImportMode, typer.Option(help="What one refused row means for the others.")] = ImportMode.ALL_OR_NOTHING,
    encoding: Annotated[Encoding, typer.Option(help="How the file's characters are written.")] = Encoding.UTF_8,
    dry_run: Annotated[bool, typer.Option(help="Carry it out whole, report, and keep nothing.")] = False,
) -> None:
    """Bring customers in by a user's rights; the report goes to standard output, as CSV. Exits with 1 if a row was refused."""

    from api.resolvers.exchange import import_customers

    async def run() -> list[RowReport]:
        rows = read_customers(file.read_bytes(), encoding, settings().max_import_rows)
        async with speaking_for(user, f"import-{secrets.token_hex(8)}") as caller:
            with progress("Customers", len(rows)) as step:
                reports = await import_customers(caller, rows, mode, dry_run=dry_run, watch=OnTerminal(step))
            _tell(reports, caller.locale)
            return reports

    if any(report.problem for report in with_models(run)):
        raise typer.Exit(1)


@customers.command("export")
def customers_export(user: User) -> None:
    """Write the customers that a user may export to standard output, as CSV."""

    from api.execution.reads import Reads
    from api.schema.exchange import customer_lines

    async def run(url: str) -> None:
        async with speaking_for(user, f"export-{secrets.token_hex(8)}") as caller, read_pool(url, 1) as pool:
            reads = Reads(pool, caller)
            try:
                async for lines in customer_lines(reads, None):
                    sys.stdout.buffer.write(lines.encode())
            finally:
                await reads.close()

    with_database(run)


class OnTerminal:
    """Follows an import on the terminal."""

    def __init__(self, step: Callable[..., None]) -> None:
        self._step, self._done = step, 0

    def progress(self, done: int, refused: int) -> None:  # noqa: ARG002
        """Move the bar to where the import is."""
        self._step(done - self._done)
        self._done = done

    async def keep(self, connection: Any, reports: Sequence[RowReport], *, last: bool) -> None:  # noqa: ARG002
        """Rows that come by themselves are counted; what comes all at once was."""
        if self._done == 0:
            self._step(len(reports))


def _tell(reports: Sequence[RowReport], language: str) -> None:
    """One line for each row, and one for each reason if it was refused."""
    sys.stdout.write(line_of(("row", "outcome", "number", "column", "reason", "message")))
    for report in reports:
        cells = (str(report.row), report.outcome.value, report.number)
        if report.problem is None:
            sys.stdout.write(line_of((*cells, None, None, None)))
        for refusal in report.problem.refusals if report.problem else ():
            sys.stdout.write(
                line_of((*cells, title_of(refusal.field), refusal.reason, text_of(refusal, language_of(language))))
            )


# ------------------------------------------------------------------------------------------------------------ import


@imports.command("northwind")
def import_northwind(
    folder: Annotated[
        Path,
        typer.Argument(
            help="The folder with customers.csv and, where they are to come, the other files", exists=True, file_okay=False
        ),
    ],
    by: By = "import",
) -> None:
    """Customers, products, list prices and orders of the Northwind data set, into sales area 3000/10/00; repeatable.

    Orders are entered, shipped and billed on their own days, by users of the import that have rights only meanwhile.
    """

    from api.imports import northwind

    async def run() -> None:
        with progress("Northwind", northwind.count(folder)) as step:
            reports = await northwind.import_all(folder, by, step)
        for what, report in reports.items():
            out.print(f"{what}: {report.created} created, {report.changed} changed, {report.unchanged} unchanged")
        if "products" not in reports:
            out.print("products: there are no files products.csv and categories.csv")
        if "orders" not in reports:
            out.print("orders: there are no files orders.csv, order_details.csv and employees.csv")

    with_models(run)
