"""The command line: `python -m api …`.

What a command needs of the API itself is imported in it, so that all others start without it, three times as fast.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from api import logs
from api.auth import policy_edit
from api.auth.tokens import KeyRing
from api.cli import credit, customers, policy, user
from api.cli.terminal import err, fail, out, progress, with_models
from api.database import database, is_away, models_open, run_migrations
from api.demo import seed as demo
from api.demo.users import USERS
from api.settings import Mode, Settings, settings

main = typer.Typer(
    no_args_is_help=True, add_completion=False, help="sdgraph: the sales and distribution core as one GraphQL API."
)
schema_commands = typer.Typer(no_args_is_help=True, help="The GraphQL schema.")
keys = typer.Typer(no_args_is_help=True, help="Keys that access tokens are signed with.")
main.add_typer(policy.policy, name="policy")
main.add_typer(user.user, name="user")
main.add_typer(customers.customers, name="customers")
main.add_typer(customers.imports, name="import")
main.add_typer(credit.credit, name="credit")
main.add_typer(schema_commands, name="schema")
main.add_typer(keys, name="keys")


@main.command()
def serve(
    prepare: Annotated[bool, typer.Option(help="First migrate, and in demo mode make the demo company.")] = False,
) -> None:
    """Serve the API until stopped by Ctrl-C or TERM; requests that run are finished."""
    from api import server

    chosen = settings()
    logs.configure(chosen.log_level)
    try:
        listener = server.listen(chosen.host, chosen.port)
    except OSError as fault:
        taken = fault.errno == errno.EADDRINUSE
        fail(
            f"Port {chosen.port} of {chosen.host} is taken; PORT=… chooses another."
            if taken
            else f"Cannot listen on {chosen.host}, port {chosen.port}: {fault.strerror}."
        )
    server.heed_term()
    with database() as url, server.stopping_once():
        os.environ["DATABASE_URL"] = url
        settings.cache_clear()
        if prepare:
            asyncio.run(run_migrations(url))
            asyncio.run(_prepare(url))
        KeyRing(chosen.keys).ensure()
        served = server.serve(chosen, listener, lambda: _greet(*listener.getsockname()[:2]))
    if not served:
        raise typer.Exit(1)


@main.command()
def migrate() -> None:
    """Bring the database to the newest migration, and install the standard policy where there is none."""

    with database() as url:
        asyncio.run(run_migrations(url))
    version = with_models(policy_edit.install_standard)
    out.print("migrated" if version is None else f"migrated; standard policy installed as version {version}")


@main.command()
def seed() -> None:
    """Make the demo company, unless there is a company already."""
    if settings().mode is Mode.PRODUCTION:
        fail("The demo company is not made in production mode: set SDGRAPH_MODE=demo or development.")

    async def run() -> None:
        if not await _seed():
            out.print("there is a company already; nothing changed")

    with_models(run)


async def _prepare(url: str) -> None:
    from api.resolvers.orders_content import install_number_ranges
    from api.resolvers.standard_pricing import install_pricing

    async with models_open(url):
        await policy_edit.install_standard()
        await install_pricing(policy_edit.SYSTEM)
        await install_number_ranges()
        if settings().mode is Mode.DEMO:
            await _seed()


async def _seed() -> bool:
    if await demo.is_seeded():
        return False
    with progress("Making the demo company", demo.steps()) as step:
        return await demo.seed(settings().demo_password, step)


def _greet(host: str, port: int) -> None:
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    out.print(f"\n[bold]sdgraph[/bold] on [cyan]http://{escape(shown)}:{port}/graphql[/cyan]   (stop with Ctrl-C)")
    if settings().mode is Mode.DEMO:
        out.print(f"Sign in as one of these, password [bold]{settings().demo_password}[/bold]:\n")
        table = Table(box=None, pad_edge=True)
        for title in ("user", "role", "sales areas"):
            table.add_column(title)
        for each in USERS:
            table.add_row(each.username, each.role, ", ".join(each.areas))
        out.print(table)
    out.print()


@schema_commands.command("print")
def schema_print() -> None:
    """Write the GraphQL schema to standard output, as schema.graphql holds it."""
    from api.schema.root import schema

    sys.stdout.write(schema.as_str() + "\n")


@main.command("explain-document")
def explain_document(
    file: Annotated[Path, typer.Argument(help="The GraphQL document.", exists=True)],
    user: Annotated[str, typer.Option(help="For whom.")],
    variables: Annotated[str, typer.Option(help="The variables, as JSON.")] = "{}",
    operation: Annotated[Optional[str], typer.Option(help="Which operation, if there are several.")] = None,
    analyze: Annotated[bool, typer.Option(help="Run it, and show what it really took.")] = False,
) -> None:
    """Show how a document is answered for a user: its SQL, PostgreSQL's plan, the scopes and the masks."""
    from api.explain import explained

    text = file.read_text("utf-8")
    sys.stdout.write(with_models(lambda: explained(text, json.loads(variables), operation, user, analyze=analyze)) + "\n")


@main.command()
def docs() -> None:
    """Write the reference of settings, reasons, objects and roles to standard output, as docs/reference.md holds it."""
    from api.reference import reference

    sys.stdout.write(reference())


@keys.command("rotate")
def keys_rotate() -> None:
    """Add a key that signs from now on; what older ones signed goes on until it expires."""
    out.print(KeyRing(settings().keys).rotate())


@keys.command("retire")
def keys_retire(kid: str) -> None:
    """Take a key away; what it signed opens nothing any more."""
    out.print("retired" if KeyRing(settings().keys).retire(kid) else "there is no such key")


def start() -> None:
    """Run the command line; what no command can work without is told in a line, not in a traceback."""
    try:
        main(prog_name="python -m api")
    except ValidationError as fault:
        if fault.title != Settings.__name__:
            raise
        for each in fault.errors():
            name = str(each["loc"][0])  # an alias as it is written, or the field's name
            shown = name if name.isupper() else f"SDGRAPH_{name.upper()}"
            err.print(f"[red]The setting {escape(shown)} is wrong: {escape(each['msg'])}.[/red]", soft_wrap=True)
        sys.exit(2)
    except Exception as fault:
        if not is_away(fault):
            raise
        err.print(f"[red]The database cannot be reached: {escape(str(fault))}[/red]", soft_wrap=True)
        sys.exit(1)
