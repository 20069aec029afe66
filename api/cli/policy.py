"""`python -m api policy …`: roles, lines, assignments, history, export."""

from __future__ import annotations

import csv
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from tortoise.transactions import in_transaction

from api.auth import policy_edit, policy_store
from api.cli.terminal import By, an_instant, fail, out, with_models
from domain.policy import Link, Role
from domain.policy_exchange import written
from domain.validity import end_instant, first_instant

policy = typer.Typer(no_args_is_help=True, help="Roles, policy lines and assignments. Each change is a policy version.")

Reason = Annotated[str, typer.Option(help="Why, for the history.")]
Areas = Annotated[list[str], typer.Argument(help="Sales area patterns, e.g. 1000/*/*")]


@policy.command("install")
def policy_install() -> None:
    """Install the standard roles as the first version, unless there is a policy."""
    version = with_models(policy_edit.install_standard)
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
    begin, end = an_instant(valid_from, "validFrom", first_instant), an_instant(valid_to, "validTo", end_instant)
    _edit(by, reason, policy_edit.assigning(username, role, areas, begin, end))


@policy.command("unassign")
def policy_unassign(username: str, role: str, areas: Areas, by: By = policy_edit.SYSTEM, reason: Reason = "") -> None:
    """Take a role from a user within exactly these sales areas."""
    _edit(by, reason, policy_edit.unassigning(username, role, areas))


@policy.command("export")
def policy_export(
    at: Annotated[str, typer.Option(help="The instant whose valid assignments are written; now, if left out.")] = "",
) -> None:
    """Write the policy in Casbin's format: with policies/model.conf and functions.py it answers alike anywhere.

    The first line tells the version and the head of the chain of hashes, by which `verify` knows it again.
    """
    instant = an_instant(at, "at", first_instant)

    async def run() -> str:
        async with in_transaction() as transaction:
            connection: Any = transaction._connection
            state = await connection.fetchrow("select max(version) as version, clock_timestamp() as now from policy_versions")
            version = state["version"] or 0
            policy = await policy_store.state_at(connection, version)
            return written(policy, instant or state["now"], await policy_store.head_of(connection, version))

    sys.stdout.write(with_models(run))


@policy.command("verify")
def policy_verify(
    head: Annotated[
        str, typer.Option(help="The head that an export told; without it, only the chain itself is looked at.")
    ] = "",
) -> None:
    """Tell whether anybody has touched the policy's history: each version's hash is worked out anew."""

    async def run() -> tuple[int | None, list[Any]]:
        async with in_transaction() as transaction:
            connection: Any = transaction._connection
            await policy_store.seal(connection)
            return await policy_store.first_broken(connection), await policy_store.versions(connection)

    broken, versions = with_models(run)
    if broken is not None:
        fail(f"Version {broken} is not as it was made.")
    known = {row["hash"]: row["version"] for row in versions}
    if head and head not in known:
        fail("No version has this head: the history is not the one that was exported.")
    if versions:
        newest = versions[0]
        out.print(f"{len(versions)} versions hold; version {newest['version']}, head {newest['hash']}", soft_wrap=True)
        if head:
            out.print(f"the given head is that of version {known[head]}")


@policy.command("history")
def policy_history() -> None:
    """List the versions, newest first."""

    async def run() -> list[Any]:
        async with in_transaction() as transaction:
            connection: Any = transaction._connection
            return list(await connection.fetch("select * from policy_versions order by version desc limit 100"))

    for row in with_models(run):
        out.print(f"{row['version']:>5}  {row['activated_at']:%Y-%m-%d %H:%M:%S}Z  {row['activated_by']:<20} {row['reason']}")


def _edit(by: str, reason: str, change: Callable[[policy_edit.Edit], Awaitable[None]]) -> None:
    version = with_models(lambda: policy_edit.edit_policy(by, reason or "command line", change))
    out.print(f"policy version {version}")
