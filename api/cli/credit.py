"""`python -m api credit …`: whether what counts on credit accounts is what the documents come to, and mending it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.markup import escape

from api.auth.users import speaking_for
from api.cli.terminal import By, out, progress, with_database, with_models
from domain.credit.limit_file import read_limits
from domain.messages import text_of
from models.config import connection_settings

credit = typer.Typer(no_args_is_help=True, help="Credit accounts.")


@credit.command("verify")
def credit_verify() -> None:
    """Compare the exposure of every credit account with what its documents come to; exits with 1 and names what differs."""
    from api.resolvers.credit_fold import Verified, verify

    async def run(url: str) -> Verified:
        connection = await asyncpg.connect(**connection_settings(url))
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await verify(connection)
        finally:
            await connection.close()

    found = with_database(run)
    for each in found.differences:
        out.print(
            f"customer {escape(each.customer)}, control area {each.credit_control_area}, {each.bucket.name}:"
            f" {each.kept.normalize():f} is kept, the documents come to {each.folded.normalize():f}"
        )
    for count, what in ((found.uncounted_items, "order lines"), (found.uncounted_open_items, "open items")):
        if count:
            out.print(f"{count:,} {what} count on no account: `python -m api credit rebuild` lets them")
    if not found.holds:
        raise typer.Exit(1)
    out.print("Every credit account comes to what its documents come to")


@credit.command("rebuild")
def credit_rebuild(by: By = "credit-rebuild") -> None:
    """Let every order and open item count on its account as its documents say; each row that is mended is named."""
    from api.execution.journal import recording
    from api.resolvers.credit_fold import rebuild

    async def run() -> list[str]:
        async with recording(by, f"rebuild-{secrets.token_hex(8)}") as journal:
            return await rebuild(journal)

    log = with_models(run)
    for line in log:
        out.print(escape(line))
    out.print(f"{len(log):,} rows mended")


@credit.command("install")
def credit_install() -> None:
    """Store the standard checks for every credit control area that has none."""
    from api.resolvers.standard_credit import install_credit_checks

    count = with_models(install_credit_checks)
    out.print(f"{count} rules installed")


@credit.command("import")
def credit_import(
    file: Annotated[Path, typer.Argument(help="CSV: customer, credit_control_area, limit, reason, valid_from, valid_to.")],
    user: Annotated[str, typer.Option(help="By whose rights: a user name.")],
) -> None:
    """Ask for the limits of a file: each holds once somebody else has approved it. Exits with 1 if a row was refused."""
    from api.resolvers.credit_import import LimitReport, import_limits

    async def run() -> list[LimitReport]:
        rows = read_limits(file.read_text("utf-8-sig"))
        async with speaking_for(user, f"import-{secrets.token_hex(8)}") as caller:
            with progress("Limits", len(rows)) as step:
                return await import_limits(caller, rows, step)

    reports = with_models(run)
    for each in reports:
        for refusal in each.problem.refusals if each.problem else ():
            out.print(escape(f"line {each.line}: {text_of(refusal, 'en')}"))
    asked = sum(each.request is not None for each in reports)
    out.print(f"{asked:,} limits asked for, {len(reports) - asked:,} refused")
    if asked < len(reports):
        raise typer.Exit(1)


@credit.command("remind")
def credit_remind(by: By = "credit-reviews") -> None:
    """Tell, once for each day that it was set to, of every account whose review is due; once a day, repeatable."""
    from api.resolvers.credit_reviews import remind_of_reviews

    async def run() -> int:
        return await remind_of_reviews(by)

    out.print(f"{with_models(run):,} accounts to be reviewed")
