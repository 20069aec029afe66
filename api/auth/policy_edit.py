"""Editing the policy: each edit validated as a whole, stored in one transaction with its version, or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from api.auth import policy_store as store
from api.auth.standard import catalogue, standard_policy
from domain.areas import pattern_of
from domain.errors import Conflict, Invalid, Refusal, refuse_if_any
from domain.policy import NAME, Assignment, Line, Link, Policy, Role, faults_of_links, line_of
from domain.validity import EARLIEST, LATEST

SYSTEM = "system"
LONGEST_NAME, LONGEST_TITLE, LONGEST_REASON = 60, 120, 500


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit at work: the connection of its transaction, the policy so far, and the version that it will be."""

    connection: Any
    policy: Policy
    version: int


async def edit_policy(by: str, reason: str, change: Callable[[Edit], Awaitable[None]]) -> int:
    """Activate a further version made by `change`. Raises Invalid, and then nothing has changed. Returns the version."""
    refuse_if_any(_too_long(("by", by, LONGEST_NAME), ("reason", reason, LONGEST_REASON)), Invalid)
    async with in_transaction() as transaction:
        connection = transaction._connection

        async def write(version: int) -> None:
            await change(Edit(connection, await store.read_policy(connection, version - 1), version))

        return await store.next_version(connection, by, reason, write)


async def install_standard(by: str = SYSTEM) -> int | None:
    """Store the standard roles as the first version; None if there is a policy already."""
    async with in_transaction() as transaction:
        connection = transaction._connection
        await connection.execute("select pg_advisory_xact_lock($1)", store.POLICY_LOCK)
        if (await connection.fetchrow("select max(version) as version from policy_versions"))["version"] is not None:
            return None
        standard = standard_policy()

        async def write(version: int) -> None:
            await store.store_roles(connection, version, standard.roles.values())
            await store.store_links(connection, version, standard.links)
            await store.store_lines(connection, version, standard.lines)

        return await store.next_version(connection, by, "standard roles", write)


def adding_lines(rows: Iterable[Sequence[str]]) -> Callable[[Edit], Awaitable[None]]:
    """An edit that adds policy lines, each of seven columns of text."""

    async def change(edit: Edit) -> None:
        await store.store_lines(edit.connection, edit.version, _read_lines(edit, rows))

    return change


def ending_lines(rows: Iterable[Sequence[str]]) -> Callable[[Edit], Awaitable[None]]:
    """An edit that takes policy lines away; each must be there."""

    async def change(edit: Edit) -> None:
        for line in _read_lines(edit, rows):
            if not await store.end_lines(edit.connection, edit.version, [line]):
                raise Invalid.because("LINE_MISSING", None)

    return change


def adding_role(role: Role, parents: Iterable[str] = ()) -> Callable[[Edit], Awaitable[None]]:
    """An edit that makes a role."""

    async def change(edit: Edit) -> None:
        if not NAME.fullmatch(role.name):
            raise Invalid.because("NAME_MALFORMED", "role", value=role.name)
        if role.name in edit.policy.roles:
            raise Invalid.because("ROLE_EXISTS", "role", value=role.name)
        if not role.title.strip():
            raise Invalid.because("TEXT_EMPTY", "title")
        titles = (("title", role.title, LONGEST_TITLE), ("titleZh", role.title_zh, LONGEST_TITLE))
        refuse_if_any(_too_long(*titles), Invalid)
        await store.store_roles(edit.connection, edit.version, [role])
        known = replace(edit.policy, roles={**edit.policy.roles, role.name: role})
        await _add_links(replace(edit, policy=known), [Link(role.name, parent) for parent in parents])

    return change


def adding_link(link: Link) -> Callable[[Edit], Awaitable[None]]:
    """An edit by which a role inherits another. A circle or a ninth level is refused."""

    async def change(edit: Edit) -> None:
        await _add_links(edit, [link])

    return change


def assigning(
    user: str, role: str, areas: Iterable[str], valid_from: datetime | None = None, valid_until: datetime | None = None
) -> Callable[[Edit], Awaitable[None]]:
    """An edit that gives a user a role within patterns, from an instant up to, and not including, another."""

    async def change(edit: Edit) -> None:
        await _check_user_and_role(edit, user, role)
        for field, instant in (("validFrom", valid_from), ("validTo", valid_until)):
            if instant is not None and not EARLIEST <= instant <= LATEST:
                raise Invalid.because("INSTANT_TOO_FAR", field, value=instant.isoformat())
        if valid_from is not None and valid_until is not None and valid_until <= valid_from:
            raise Invalid.because("VALIDITY_REVERSED", "validTo")
        given = [
            Assignment(user, role, pattern_of(area, "salesAreas"), valid_from, valid_until) for area in dict.fromkeys(areas)
        ]
        there = {
            (each.role, each.pattern, each.valid_from, each.valid_until)
            for each in await store.all_assignments(edit.connection, edit.version - 1)
            if each.user == user
        }
        if any((each.role, each.pattern, each.valid_from, each.valid_until) in there for each in given):
            raise Conflict.because("ASSIGNMENT_EXISTS", "role")
        await store.store_assignments(edit.connection, edit.version, given)

    return change


def unassigning(user: str, role: str, areas: Iterable[str]) -> Callable[[Edit], Awaitable[None]]:
    """An edit that takes a role from a user within exactly these patterns; each must be there."""

    async def change(edit: Edit) -> None:
        await _check_user_and_role(edit, user, role)
        for area in dict.fromkeys(areas):
            if not await store.end_assignments(edit.connection, edit.version, user, role, pattern_of(area, "salesAreas")):
                raise Invalid.because("ASSIGNMENT_MISSING", "salesAreas")

    return change


async def _add_links(edit: Edit, links: Iterable[Link]) -> None:
    for link in links:
        for name in (link.role, link.parent):
            if name not in edit.policy.roles:
                raise Invalid.because("UNKNOWN_ROLE", "inherits", value=name)
    wanted = [link for link in dict.fromkeys(links) if link not in edit.policy.links]
    refuse_if_any(faults_of_links([*edit.policy.links, *wanted]), Invalid)
    await store.store_links(edit.connection, edit.version, wanted)


async def _check_user_and_role(edit: Edit, user: str, role: str) -> None:
    if role not in edit.policy.roles:
        raise Invalid.because("UNKNOWN_ROLE", "role", value=role)
    if await edit.connection.fetchrow("select 1 from users where username = $1", user) is None:
        raise Invalid.because("UNKNOWN_USER", "user", value=user)


def _too_long(*texts: tuple[str, str, int]) -> tuple[Refusal, ...]:
    return tuple(
        Refusal("TEXT_TOO_LONG", field, {"most": most, "found": len(text)}) for field, text, most in texts if len(text) > most
    )


def _read_lines(edit: Edit, rows: Iterable[Sequence[str]]) -> list[Line]:
    return [line_of(row, catalogue(), edit.policy.roles) for row in rows]
