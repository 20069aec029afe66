"""What a policy change stores: random scripts of operations, each state read anew and equal to what was worked out."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from random import Random

from tortoise.transactions import in_transaction

from api.auth import policy_store as store
from api.auth.standard import catalogue
from api.database import models_open
from domain.activity import Activity, Reach
from domain.policy import PolicyState
from domain.policy_change import difference, operations_between
from domain.policy_operations import Operation, applied, from_json, to_json
from domain.policy_operations import PolicyOperationKind as Kind

USERS = frozenset({"clerk.1000", "clerk.2000", "manager.1000", "dealer.a", "auditor"})
ROLES = ("sales-clerk", "cashier", "auditor", "dealer", "branch", "agency")
AREAS = ("*/*/*", "1000/*/*", "1000/10/*", "2000/*/00", "*/20/*")
RIGHTS = (
    ("customer", Activity.DISPLAY),
    ("credit_block", Activity.RELEASE),
    ("payment", Activity.CREATE),
    ("user", Activity.BLOCK),
)
NOW = datetime(2026, 12, 1, tzinfo=timezone.utc)


def an_operation(chance: Random) -> Operation:
    """Any operation, right or wrong; each that the policy of the demo company can meet."""
    object, activity = chance.choice(RIGHTS)
    begin = chance.choice((None, NOW, NOW + timedelta(microseconds=1)))
    return Operation(
        kind=chance.choice(list(Kind)),
        role=chance.choice(ROLES),
        sales_areas=tuple(chance.sample(AREAS, chance.randint(1, 2))),
        object=object,
        activities=(activity,),
        reach=chance.choice((Reach.ALL, Reach.ALL, Reach.OWN)),
        user=chance.choice(sorted(USERS)),
        valid_from=begin,
        valid_until=chance.choice((None, NOW + timedelta(days=30))),
        title="A title",
        title_zh="名称",
        parent=chance.choice(ROLES),
        name=chance.choice(("branch", "agency")),
    )


def known(state: PolicyState) -> frozenset[str]:
    return USERS | {each.user for each in state.assignments}


def contents(state: PolicyState) -> tuple[object, ...]:
    policy = state.policy
    return dict(policy.roles), set(policy.lines), set(policy.links), set(state.assignments)


async def activated(script: list[Operation]) -> tuple[PolicyState, PolicyState, PolicyState]:
    """A script made live as a version: the states before, as worked out, and as read anew."""
    async with in_transaction() as transaction:
        connection = transaction._connection
        version = (await connection.fetchrow("select max(version) as version from policy_versions"))["version"]
        before = await store.state_at(connection, version)
        after, _ = applied(before, [from_json(to_json(each)) for each in script], catalogue(), known(before))

        async def write(next_version: int) -> None:
            await store.store_difference(connection, next_version, difference(before, after))

        made = await store.next_version(connection, "test", "a script", write)
    async with in_transaction() as transaction:
        return before, after, await store.state_at(transaction._connection, made)


def test_a_script_s_result_is_what_is_read_anew_and_leads_back(database: str) -> None:
    async def run() -> None:
        chance = Random("scripts")
        async with models_open(database):
            async with in_transaction() as transaction:
                first = await store.state_at(transaction._connection, 2)
            for _ in range(40):
                before, after, read = await activated([an_operation(chance) for _ in range(chance.randint(1, 8))])
                assert contents(read) == contents(after)
                script = operations_between(after, before)
                back, refusals = applied(after, script, catalogue(), known(before))
                assert (refusals, contents(back)) == ((), contents(before))
            _, _, read = await activated(list(operations_between(read, first)))
            assert contents(read) == contents(first)
            async with in_transaction() as transaction:
                assert await store.first_broken(transaction._connection) is None

    asyncio.run(run())
