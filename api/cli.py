"""The command line: `python -m api …`."""

from __future__ import annotations

import asyncio
import csv
import errno
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from tortoise.transactions import in_transaction

from api import logs, server
from api.auth import policy_edit, policy_store, users
from api.auth.tokens import KeyRing
from api.database import database, is_away, models_open, run_migrations
from api.demo import seed as demo
from api.demo.users import USERS
from api.explain import explained
from api.imports import northwind
from api.reference import reference
from api.resolvers import expiry
from api.settings import Mode, Settings, settings, zone
from domain.caller import UserKind
from domain.errors import Invalid, Problem
from domain.messages import text_of
from domain.policy import Link, Role, casbin_rows, valid_ones
from domain.validity import end_instant, first_instant

Result = TypeVar("Result")

main = typer.Typer(
    no_args_is_help=True, add_completion=False, help="sdgraph: the sales and distribution core as one GraphQL API."
)
policy = typer.Typer(no_args_is_help=True, help="Roles, policy lines and assignments. Each change is a policy version.")
user = typer.Typer(no_args_is_help=True, help="Users.")
customers = typer.Typer(no_args_is_help=True, help="What is done to customers day by day.")
imports = typer.Typer(no_args_is_help=True, help="Bring data of other systems in.")
schema_commands = typer.Typer(no_args_is_help=True, help="The GraphQL schema.")
keys = typer.Typer(no_args_is_help=True, help="Keys that access tokens are signed with.")
main.add_typer(policy, name="policy")
main.add_typer(user, name="user")
main.add_typer(customers, name="customers")
main.add_typer(imports, name="import")
main.add_typer(schema_commands, name="schema")
main.add_typer(keys, name="keys")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

By = Annotated[str, typer.Option(help="Who does it, for the history.")]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]
Areas = Annotated[list[str], typer.Argument(help="Sales area patterns, e.g. 1000/*/*")]


# ---------------------------------------------------------------------------------------------------------- running


@main.command()
def serve(
    prepare: Annotated[bool, typer.Option(help="First migrate, and in demo mode make the demo company.")] = False,
) -> None:
    """Serve the API until stopped by Ctrl-C or TERM; requests that run are finished."""
    chosen = settings()
    logs.configure(chosen.log_level)
    try:
        listener = server.listen(chosen.host, chosen.port)
    except OSError as fault:
        taken = fault.errno == errno.EADDRINUSE
        _fail(
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
    version = _with_models(policy_edit.install_standard)
    out.print("migrated" if version is None else f"migrated; standard policy installed as version {version}")


@main.command()
def seed() -> None:
    """Make the demo company, unless there is a company already."""
    if settings().mode is Mode.PRODUCTION:
        _fail("The demo company is not made in production mode: set SDGRAPH_MODE=demo or development.")

    async def run() -> None:
        if not await _seed():
            out.print("there is a company already; nothing changed")

    _with_models(run)


async def _prepare(url: str) -> None:
    async with models_open(url):
        await policy_edit.install_standard()
        if settings().mode is Mode.DEMO:
            await _seed()


async def _seed() -> bool:
    if await demo.is_seeded():
        return False
    with _progress("Making the demo company", demo.steps()) as step:
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


# --------------------------------------------------------------------------------------------------------- customers


@customers.command("expire")
def customers_expire(
    day: Annotated[str, typer.Option(help="As of this day, e.g. 2026-12-31; left out: each customer's own business day.")] = "",
    remind: Annotated[
        Optional[int], typer.Option(min=0, help="Remind so many days before; left out: SDGRAPH_REMINDER_DAYS.")
    ] = None,
    by: By = "expiry",
) -> None:
    """Mark documents and customers that have expired, and send reminders of those that soon will; once a day, repeatable."""
    ahead, as_of = settings().reminder_days if remind is None else remind, _day(day, "day")

    async def run() -> None:
        wanted = await expiry.customers_to_look_at(as_of, ahead)
        with _progress("Customers", len(wanted)) as step:
            report = await expiry.expire_customers(as_of, ahead, by, wanted, step)
        out.print(f"{report.documents} documents and {report.customers} customers expired, {report.reminders} reminders")

    _with_models(run)


# ------------------------------------------------------------------------------------------------------------ import


@imports.command("northwind")
def import_northwind(
    folder: Annotated[Path, typer.Argument(help="The folder with customers.csv", exists=True, file_okay=False)],
    by: By = "import",
) -> None:
    """Customers of the Northwind data set, into sales area 3000/10/00; repeatable."""

    async def run() -> None:
        with _progress("Customers", northwind.count(folder)) as step:
            report = await northwind.import_customers(folder, by, step)
        out.print(f"{report.created} created, {report.changed} changed, {report.unchanged} unchanged")

    _with_models(run)


# -------------------------------------------------------------------------------------------------------------- user


@user.command("create")
def user_create(
    username: str,
    display_name: Annotated[str, typer.Option(help="The name that people read.")],
    kind: Annotated[UserKind, typer.Option(help="EMPLOYEE, PARTNER or SERVICE.")] = UserKind.EMPLOYEE,
    locale: Annotated[str, typer.Option(help="en or zh.")] = "en",
    customer: Annotated[Optional[list[str]], typer.Option(help="Number of a customer that a partner speaks for.")] = None,
) -> None:
    """Make a user; the password is read from the terminal or standard input."""
    password = _password()

    async def run() -> None:
        await users.create_user(username, display_name, kind, password=password, locale=locale, customers=tuple(customer or ()))

    _with_models(run)
    out.print(f"user {username} created")


@user.command("password")
def user_password(username: str) -> None:
    """Set a password, read from the terminal or standard input; ends the user's sessions."""
    password = _password()
    _with_models(lambda: users.set_password(username, password))
    out.print(f"password of {username} set")


@user.command("lock")
def user_lock(username: str, reason: Annotated[str, typer.Option(help="Why.")] = "locked by an administrator") -> None:
    """Lock a user out; from when this has returned, nothing of theirs is answered."""
    _with_models(lambda: users.lock_user(username, reason))
    out.print(f"user {username} locked")


@user.command("unlock")
def user_unlock(username: str) -> None:
    """Let a locked user sign in again."""
    _with_models(lambda: users.unlock_user(username))
    out.print(f"user {username} unlocked")


# ------------------------------------------------------------------------------------------------------------ policy


@policy.command("install")
def policy_install() -> None:
    """Install the standard roles as the first version, unless there is a policy."""
    version = _with_models(policy_edit.install_standard)
    out.print("there is a policy already; nothing changed" if version is None else f"policy version {version}")


@policy.command("allow")
def policy_allow(
    role: str,
    area: Annotated[str, typer.Argument(help="Sales area pattern, e.g. */*/*")],
    object: str,
    activity: str,
    reach: Annotated[str, typer.Option(help="all or own")] = "all",
    limit: Annotated[str, typer.Option(help="Highest measure, inclusive; empty: none.")] = "",
    by: By = policy_edit.SYSTEM,
    reason: Reason = "",
) -> None:
    """Add a line that allows."""
    _edit(by, reason, policy_edit.adding_lines([(role, area, object, activity, reach, limit, "allow")]))


@policy.command("deny")
def policy_deny(role: str, area: str, object: str, activity: str, by: By = policy_edit.SYSTEM, reason: Reason = "") -> None:
    """Add a line that denies."""
    _edit(by, reason, policy_edit.adding_lines([(role, area, object, activity, "all", "", "deny")]))


@policy.command("remove")
def policy_remove(
    role: str,
    area: str,
    object: str,
    activity: str,
    reach: Annotated[str, typer.Option(help="all or own")] = "all",
    limit: Annotated[str, typer.Option(help="As in the line.")] = "",
    effect: Annotated[str, typer.Option(help="allow or deny")] = "allow",
    by: By = policy_edit.SYSTEM,
    reason: Reason = "",
) -> None:
    """Take a line away."""
    _edit(by, reason, policy_edit.ending_lines([(role, area, object, activity, reach, limit, effect)]))


@policy.command("add")
def policy_add(
    file: Annotated[
        Path, typer.Argument(help="CSV with columns role, area, object, activity, reach, limit, effect", exists=True)
    ],
    by: By = policy_edit.SYSTEM,
    reason: Reason = "",
) -> None:
    """Add the lines of a file, all or none."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = [tuple(cell.strip() for cell in row) for row in csv.reader(opened) if row]
    _edit(by, reason, policy_edit.adding_lines(rows))


@policy.command("create-role")
def policy_create_role(
    name: str,
    title: Annotated[str, typer.Option(help="Its title.")],
    title_zh: Annotated[str, typer.Option(help="Its title in Chinese.")] = "",
    inherits: Annotated[Optional[list[str]], typer.Option(help="A role that it inherits.")] = None,
    by: By = policy_edit.SYSTEM,
    reason: Reason = "",
) -> None:
    """Make a role."""
    _edit(by, reason, policy_edit.adding_role(Role(name, title, title_zh or title), inherits or ()))


@policy.command("inherit")
def policy_inherit(role: str, parent: str, by: By = policy_edit.SYSTEM, reason: Reason = "") -> None:
    """Let a role inherit another."""
    _edit(by, reason, policy_edit.adding_link(Link(role, parent)))


@policy.command("assign")
def policy_assign(
    username: str,
    role: str,
    areas: Areas,
    valid_from: Annotated[str, typer.Option(help="First day, or an instant with offset.")] = "",
    valid_to: Annotated[str, typer.Option(help="Last day, or the instant at which it ends, with offset.")] = "",
    by: By = policy_edit.SYSTEM,
    reason: Reason = "",
) -> None:
    """Give a user a role within sales areas."""
    begin, end = _instant(valid_from, "validFrom", first_instant), _instant(valid_to, "validTo", end_instant)
    _edit(by, reason, policy_edit.assigning(username, role, areas, begin, end))


@policy.command("unassign")
def policy_unassign(username: str, role: str, areas: Areas, by: By = policy_edit.SYSTEM, reason: Reason = "") -> None:
    """Take a role from a user within exactly these sales areas."""
    _edit(by, reason, policy_edit.unassigning(username, role, areas))


@policy.command("export")
def policy_export(
    at: Annotated[str, typer.Option(help="The instant whose valid assignments are written; now, if left out.")] = "",
) -> None:
    """Write the policy in Casbin's format: with policies/model.conf and functions.py it answers alike anywhere."""
    instant = _instant(at, "at", first_instant)

    async def run() -> list[tuple[str, ...]]:
        async with in_transaction() as transaction:
            connection: Any = transaction._connection
            state = await connection.fetchrow("select max(version) as version, clock_timestamp() as now from policy_versions")
            version = state["version"] or 0
            rules = await policy_store.policy_at(connection, version)
            given = await policy_store.all_assignments(connection, version)
            return list(casbin_rows(rules, valid_ones(given, instant or state["now"])))

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerows(_with_models(run))


@policy.command("history")
def policy_history() -> None:
    """List the versions, newest first."""

    async def run() -> list[Any]:
        async with in_transaction() as transaction:
            connection: Any = transaction._connection
            return list(await connection.fetch("select * from policy_versions order by version desc limit 100"))

    for row in _with_models(run):
        out.print(f"{row['version']:>5}  {row['activated_at']:%Y-%m-%d %H:%M:%S}Z  {row['activated_by']:<20} {row['reason']}")


# ------------------------------------------------------------------------------------------------------ schema, keys


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
    text = file.read_text("utf-8")
    sys.stdout.write(_with_models(lambda: explained(text, json.loads(variables), operation, user, analyze=analyze)) + "\n")


@main.command()
def docs() -> None:
    """Write the reference of settings, reasons, objects and roles to standard output, as docs/reference.md holds it."""
    sys.stdout.write(reference())


@keys.command("rotate")
def keys_rotate() -> None:
    """Add a key that signs from now on; what older ones signed goes on until it expires."""
    out.print(KeyRing(settings().keys).rotate())


@keys.command("retire")
def keys_retire(kid: str) -> None:
    """Take a key away; what it signed opens nothing any more."""
    out.print("retired" if KeyRing(settings().keys).retire(kid) else "there is no such key")


# ----------------------------------------------------------------------------------------------------------- plumbing


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


def _edit(by: str, reason: str, change: Callable[[policy_edit.Edit], Awaitable[None]]) -> None:
    version = _with_models(lambda: policy_edit.edit_policy(by, reason or "command line", change))
    out.print(f"policy version {version}")


def _with_models(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do something with the models open; a refusal is told in words and exits with 1."""

    async def run(url: str) -> Result:
        async with models_open(url):
            return await work()

    try:
        with database() as url:
            return asyncio.run(run(url))
    except Problem as problem:
        _fail(
            "\n".join(
                f"{refusal.field + ': ' if refusal.field else ''}{text_of(refusal, 'en')}" for refusal in problem.refusals
            )
        )


def _fail(message: str) -> NoReturn:
    err.print(f"[red]{escape(message)}[/red]", soft_wrap=True)
    raise typer.Exit(1)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _day(text: str, field: str) -> date | None:
    """A day written out. Raises Invalid (DAY_MALFORMED)."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        _fail(text_of(Invalid.because("DAY_MALFORMED", field, value=text).refusals[0], "en"))


def _instant(text: str, field: str, of_day: Callable[[date, Any], datetime | None]) -> datetime | None:
    """An instant written out, or made of a day. Raises Invalid (INSTANT_MALFORMED)."""
    if not text:
        return None
    try:
        if len(text) == 10:
            return of_day(date.fromisoformat(text), zone())
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant
    except (ValueError, OverflowError):
        pass
    _fail(text_of(Invalid.because("INSTANT_MALFORMED", field, value=text).refusals[0], "en"))


@contextmanager
def _progress(title: str, total: int) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(title, total=total)
        yield lambda: progress.advance(task)
