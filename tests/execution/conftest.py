"""Both executors over one demo company with random users, asked in this process."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.app import build_executor
from api.auth.policy_edit import adding_lines, adding_role, assigning, edit_policy
from api.auth.tokens import KeyRing, Tokens
from api.auth.users import create_user
from api.database import ReadConnections, models_open, read_pool
from api.execution import global_id
from api.execution.answer import Executor
from api.execution.documents import GraphQLRequest
from api.execution.reads import Reads
from api.schema.base import Context
from api.settings import Settings
from domain.caller import Caller, UserKind
from domain.policy import Role
from models.config import connection_settings
from tests.execution.documents import Pool

SHOWN = (
    "customer",
    "customer_sales_area",
    "customer_company_code",
    "customer_bank",
    "customer_document",
    "enterprise_structure",
    "user",
)


OF_ONBOARDING = (("customer_document", "APPROVE"), ("customer_sales_area", "CREATE"), ("customer_sales_area", "APPROVE"))
PROPOSALS = """
    with made as (
        insert into customer_extensions (customer_number, sales_organization, distribution_channel, division, status, proposed_by,
                                         proposed_at, rejection_reason, version)
        select case when n % 7 = 0 then '7777777' else (100000 + n * 9)::text end, a.sales_organization, a.distribution_channel, a.division,
               case when n % 3 = 0 then 'REJECTED' else 'PENDING' end, 'random.' || n % 12, now(),
               case when n % 3 = 0 then 'no "such" 客户' end, 1
        from (select *, row_number() over (order by id) as place from sales_areas) a, generate_series(1, 30) n where n % 18 = a.place - 1
    )
    update customer_qualification_documents set added_by = 'random.' || id % 12, review_status = case id % 3 when 0 then 'PENDING' else review_status end
"""
"""Proposals of random users, some for nobody, and documents that they have added; some of the customers they submitted."""
SUBMISSIONS = "update customers set submitted_by = 'random.' || id % 12, onboarding_status = 'SUBMITTED' where id % 4 = 0"


@dataclass
class House:
    """Both executors over one database, who may ask, and values that mean something there."""

    runner: asyncio.Runner
    planned: Executor
    reference: Executor
    pool: ReadConnections
    tokens: Tokens
    callers: list[Caller]
    values: Pool

    def ask(self, executor: Executor, text: str, variables: dict[str, Any], caller: Caller) -> Any:
        async def run() -> Any:
            context = Context(Reads(self.pool, caller), self.tokens, caller, "en", "", "request", {}, True)
            answer = await executor.answer(GraphQLRequest(text, variables), context, only_query=False)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            return json.loads(body, object_pairs_hook=list), isinstance(answer.body, bytes)

        return self.runner.run(run())


@pytest.fixture(scope="module")
def house(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with asyncio.Runner() as runner:
        made = runner.run(_open(runner, database, tmp_path_factory.mktemp("keys")))
        yield made[0]
        runner.run(made[1].aclose())


async def _open(runner: asyncio.Runner, database: str, keys: Path) -> Any:
    stack = AsyncExitStack()
    await stack.enter_async_context(models_open(database, everywhere=True))
    await _people(random.Random(11))
    pool = await stack.enter_async_context(read_pool(database, 3))
    chosen = Settings(database_url=database)
    ring = KeyRing(keys)
    ring.ensure()
    generic = await stack.enter_async_context(read_pool(database, 3, generic_plans=True))
    planned = build_executor(chosen, pool, generic)
    reference = build_executor(chosen.model_copy(update={"planned_reads": False}), pool, generic)
    tokens = Tokens(ring, "test", 600, lambda: datetime.now(timezone.utc))
    connection = await asyncpg.connect(**connection_settings(database))
    await connection.execute(PROPOSALS)
    await connection.execute(SUBMISSIONS)
    callers = await _callers(connection)
    values = await _values(connection)
    await connection.close()
    return House(runner, planned, reference, pool, tokens, callers, values), stack


async def _people(chance: random.Random) -> None:
    """Users with random roles: some areas, some fields, own records only, a deny here and there."""
    areas = ["*/*/*", "1000/*/*", "2000/*/*", "*/20/*", "1000/10/*", "1000/10/00", "*/*/10", "3000/*/00"]
    for number in range(12):
        role, name = f"random-{number}", f"random.{number}"
        await edit_policy("test", "role", adding_role(Role(role, role, role)))
        lines = []
        for object in SHOWN:
            for _ in range(chance.choice((0, 1, 1, 2))):
                lines.append((role, chance.choice(areas), object, "DISPLAY", chance.choice(("all", "all", "own")), "", "allow"))
            if chance.random() < 0.3:
                lines.append((role, chance.choice(areas[2:]), object, "DISPLAY", "all", "", "deny"))
        for activity in ("CHANGE", "BLOCK", "APPROVE"):
            lines.append((role, chance.choice(areas), "customer", activity, "all", "", "allow"))
        for object, activity in OF_ONBOARDING:
            if chance.random() < 0.7:
                lines.append((role, chance.choice(areas), object, activity, chance.choice(("all", "own")), "", "allow"))
        await edit_policy("test", "lines", adding_lines(dict.fromkeys(lines)))
        numbers = tuple(f"{100001 + chance.randint(0, 280)}" for _ in range(3))
        await create_user(name, name, UserKind.PARTNER, customers=tuple(dict.fromkeys(numbers)))
        await edit_policy("test", "given", assigning(name, role, chance.sample(areas, 2)))


async def _callers(connection: asyncpg.Connection) -> list[Caller]:
    callers = []
    for user in await connection.fetch("select id, username, kind from users order by id"):
        session = await connection.fetchval(
            "insert into sessions (user_id, started_at, expires_at, address) values ($1, now(), $2, '') returning id",
            user["id"],
            datetime.now(timezone.utc) + timedelta(days=1),
        )
        callers.append(Caller(user["id"], user["username"], UserKind(user["kind"]), session, "en", "request"))
    return callers


async def _values(connection: asyncpg.Connection) -> Pool:
    customers = await connection.fetch("select id, number, name, tax_number, region from customers order by id")
    some = customers[::17]
    strings = {
        "number": [row["number"] for row in some] + ["1000", "x"],
        "name": [row["name"] for row in some] + ["上海", "Steel"],
        "taxNumber": [row["tax_number"] for row in some],
        "region": ["江苏省", "上海市", "TX"],
        "country": ["CN", "US", "SG"],
        "market": ["石化", "水务"],
        "search": ["上海", "钢铁 有限", "100", "司", "ＳＴＥＥＬ", "海外", "", "random dealer"],
        "salesArea": ["1000/10/00", "2000/20/00", "1000/20/10", "3000/10/00"],
        "customerNumber": ["7777777", "100009"],
        "proposedBy": ["random.1", "random.2"],
        "after": ["garbage", "WyJkYmExZTJkOCIsIjEwMDAwNiIsIjYiXQ=="],
    }
    ids = [global_id.encode("Customer", row["id"]) for row in some]
    ids += [global_id.encode("QualificationDocument", number) for number in (1, 50, 400)]
    ids += [global_id.encode("CustomerExtension", number) for number in (1, 8, 20)]
    ids += [global_id.encode("SalesOrganization", code) for code in ("1000", "2000", "9999")]
    ids += [global_id.encode("User", number) for number in (1, 5, 20)] + [
        global_id.encode("Plant", "1000"),
        "garbage",
        global_id.encode("Nothing", 1),
    ]
    return Pool(strings, ids)
