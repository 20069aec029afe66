"""`python -m api credit …`: whether what counts on credit accounts is what the documents come to, and mending it."""

from __future__ import annotations

import secrets

import typer
from rich.markup import escape
from tortoise.transactions import in_transaction

from api.cli.terminal import By, out, with_models

credit = typer.Typer(no_args_is_help=True, help="Credit accounts.")


@credit.command("verify")
def credit_verify() -> None:
    """Compare the exposure of every credit account with what its documents come to; exits with 1 and names what differs."""
    from api.resolvers.credit_fold import Verified, verify

    async def run() -> Verified:
        async with in_transaction() as transaction:
            return await verify(transaction._connection)

    found = with_models(run)
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
