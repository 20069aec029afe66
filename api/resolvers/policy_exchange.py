"""The policy as a file, and back as a draft; its versions, what tells them apart, and whether their chain is whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.auth import policy_store as store
from api.auth.authority import Authority
from api.auth.records import visible_users
from api.auth.standard import POLICIES, catalogue
from api.execution.command import command
from api.execution.reads import Reads
from api.resolvers.policy_changes import demand_drafting, draft
from domain.activity import Activity
from domain.areas import ANY, CODE, Pattern, pattern_of
from domain.caller import Caller
from domain.errors import Forbidden, Invalid
from domain.policy_change import operations_between
from domain.policy_exchange import copied, read, written
from domain.policy_operations import FIELDS, GIVEN, Operation
from domain.scope import over
from models.policy import PolicyChange


@dataclass(frozen=True, slots=True)
class Exported:
    """A policy as files that answer alike in anybody's Casbin."""

    version: int
    head: str | None
    model: str
    functions: str
    policy: str


@dataclass(frozen=True, slots=True)
class Version:
    """What is kept of a version."""

    version: int
    activated_at: datetime
    activated_by: str
    reason: str
    hash: str | None


async def exported(reads: Reads, at: datetime | None) -> Exported:
    """The policy of now as Casbin's files, with what is valid at an instant. Raises Forbidden."""
    await _demand_everything(reads)
    state = await reads.state()
    async with reads.connection() as connection:
        policy = await store.state_at(connection, state.version)
        head = await store.head_of(connection, state.version)
    return Exported(
        state.version,
        head,
        (POLICIES / "model.conf").read_text("utf-8"),
        (POLICIES / "functions.py").read_text("utf-8"),
        written(policy, at or state.now, head),
    )


async def versions(reads: Reads) -> tuple[Version, ...]:
    """All versions, the newest first. Raises Forbidden."""
    await _demand_everything(reads)
    async with reads.connection() as connection:
        rows = await store.versions(connection)
    return tuple(Version(row["version"], row["activated_at"], row["activated_by"], row["reason"], row["hash"]) for row in rows)


async def first_broken(reads: Reads) -> int | None:
    """The first version that was touched since it was made; None where the chain is whole. Raises Forbidden."""
    await _demand_everything(reads)
    async with reads.connection() as connection:
        return await store.first_broken(connection)


async def difference_between(reads: Reads, one: int, other: int) -> tuple[Operation, ...]:
    """The steps from one version to another, as far as the caller administers them. Raises Forbidden, Invalid."""
    authority, state = await reads.authority(), await reads.state()
    assignments, rules = authority.scope("role_assignment"), authority.scope("role_rule")
    if assignments.is_empty or rules.is_empty:
        raise Forbidden.because("FORBIDDEN_QUESTION", None, object="role_rule", activity=Activity.DISPLAY.name)
    for field, version in (("from", one), ("to", other)):
        if not 1 <= version <= state.version:
            raise Invalid.because("VERSION_UNKNOWN", field, value=version)
    async with reads.connection() as connection:
        seen = {user.username for user in await visible_users(connection, authority)}
        steps = operations_between(await store.state_at(connection, one), await store.state_at(connection, other))
    return tuple(
        step
        for step in steps
        if not set(GIVEN) <= set(FIELDS[step.kind])
        or (step.user in seen and all(over(pattern_of(area)) in assignments for area in step.sales_areas))
    )


async def import_policy(caller: Caller | None, input: Any) -> PolicyChange:
    """Draft what leads from the policy of now to that of a file. Raises Invalid naming each row, and what a draft does."""
    async with command(caller, input, "importPolicy") as work:
        _demand_everywhere(work.authority)  # what is not in the file is taken from people whom one has to see
        now = await store.state_at(work.connection, work.state.version)
        users = frozenset(user.username for user in await visible_users(work.connection, work.authority))
        then = read(input.policy, now, catalogue(), users, work.now)
        steps = operations_between(now, then)
        if not steps:
            raise Invalid.because("NOTHING_TO_CHANGE", "policy")
        return await draft(work, steps, input.reason)


async def open_sales_organization(caller: Caller | None, input: Any) -> PolicyChange:
    """Draft the assignments of a new sales organization after those of another. Raises Invalid, and what a draft does."""
    async with command(caller, input, "openSalesOrganization") as work:
        for field, code in (("salesOrganization", input.sales_organization), ("like", input.like)):
            if not CODE.fullmatch(code):
                raise Invalid.because("CODE_MALFORMED", field, value=code)
        demand_drafting(work)
        if over(Pattern((input.like, ANY, ANY))) not in work.authority.scope("role_assignment"):
            raise Forbidden.because("FORBIDDEN_QUESTION", "like", object="role_assignment", activity=Activity.DISPLAY.name)
        now = await store.state_at(work.connection, work.state.version)
        steps = copied(now, input.like, input.sales_organization, {each.like: each.user for each in input.users})
        if not steps:
            raise Invalid.because("NOTHING_ASSIGNED", "like", value=input.like)
        return await draft(work, steps, input.reason)


async def _demand_everything(reads: Reads) -> None:
    """Raise Forbidden for who may not display every rule and assignment."""
    _demand_everywhere(await reads.authority())


def _demand_everywhere(authority: Authority) -> None:
    for object in ("role_rule", "role_assignment"):
        if not authority.scope(object).is_everything:
            raise Forbidden.because("FORBIDDEN_QUESTION", None, object=object, activity=Activity.DISPLAY.name)
