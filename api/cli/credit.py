"""`python -m api credit …`: whether what counts on credit accounts is what the documents come to, and mending it."""

from __future__ import annotations

import secrets

import asyncpg
import typer
from rich.markup import escape

from api.cli.terminal import By, out, with_database, with_models
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
