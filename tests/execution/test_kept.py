"""What is kept between requests is bounded by the memory that it takes, not by its number alone."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
import weakref
from datetime import datetime, timedelta, timezone

import asyncpg
import pytest

from api.app import build_documents
from api.auth.authority import Authority, current
from api.auth.policy_edit import adding_role, edit_policy
from api.auth.standard import standard_policy
from api.database import LONGEST_PREPARED, MOST_PREPARED, models_open, read_pool
from api.execution import documents, planned
from api.execution.documents import Documents, Prepared, Ready
from api.execution.planned import PlannedReads
from api.schema.root import schema
from api.settings import Settings
from domain.areas import pattern_of
from domain.caller import Caller, UserKind
from domain.policy import Assignment, Role
from models.config import connection_settings

NOW = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
FIELDS = "id number name version country region market taxNumber phone email deletionFlag orderBlock billingBlock "


def of_fields(times: int, name: str) -> str:
    lists = " ".join(f"c{place}: customers(first: 1) {{ edges {{ node {{ {FIELDS * 6} }} }} }}" for place in range(times))
    return f"query {name} {{ {lists} }}"


def of_text(length: int, name: str) -> str:
    return f'query {name} {{ customers(first: 1, filter: {{search: "{"x" * length}"}}) {{ totalCount }} }}'


def fresh() -> Documents:
    return build_documents(Settings(database_url="postgres://nowhere/"))


def prepared(made: Documents, text: str) -> Prepared:
    found = made.prepare(text)
    assert not found.errors
    return found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(of_fields(1, "Q"), id="an ordinary document"),
        pytest.param(of_fields(14, "Q"), id="many tokens"),
        pytest.param(of_text(90_000, "Q"), id="a long text"),
    ],
)
def test_a_document_is_reckoned_as_what_it_takes(text: str) -> None:
    made = fresh()
    prepared(made, text.replace("Q", "Before"))
    gc.collect()
    tracemalloc.start()
    try:
        kept = [prepared(made, text.replace("Q", f"Q{number}")) for number in range(5)]
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] / len(kept)
    finally:
        tracemalloc.stop()
    reckoned = documents._bytes_of(kept[0])
    assert taken * 0.7 < reckoned < taken * 3, (taken, reckoned)


@pytest.mark.parametrize("text", [of_fields(1, "Q"), of_text(10_000, "Q")], ids=["tokens", "text"])
def test_documents_make_room_for_one_another(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    room = 5 * documents._bytes_of(prepared(fresh(), text))
    monkeypatch.setattr(documents, "MOST_KEPT", room)
    made = fresh()
    texts = [text.replace("Q", f"Q{number}") for number in range(10)]
    found = [prepared(made, text) for text in texts]
    assert made._kept.currsize <= room
    assert made.prepare(texts[-1]) is found[-1]
    assert made.prepare(texts[0]) is not found[0]


def test_plans_make_room_for_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "MOST_CHARACTERS", 40_000)
    made, reads = fresh(), PlannedReads(schema)
    given = (Assignment("lu", "sales-clerk", pattern_of("1000/*/*", "salesArea")),)
    authority = Authority(1, "lu", UserKind.EMPLOYEE, standard_policy(), given, NOW)
    lengths = []
    for number in range(20):
        fields = " ".join(f"a{place}_{number}: viewerCan" for place in range(number // 3 + 1))
        document = prepared(made, f"{{ customers(first: 1) {{ edges {{ node {{ {fields} }} }} }} }}")
        operation = document.operation(None)
        assert operation is not None
        (shown,) = reads.shown(Ready(document, operation, made.variables(document, operation, {})), authority, (0, 1))
        lengths.append(len(shown.sql))
        assert sum(len(each.text) for plan in reads._plans.values() for each in plan.statements.values()) <= 40_000
        assert sum(map(len, reads._texts)) <= 40_000
    assert sum(lengths) > 100_000  # far more than there is room for
    assert len(reads._plans) > 1


def test_a_connection_keeps_statements_by_their_length(database: str) -> None:
    often, longest = "select 1 as often", f"select 1 as longest -- {'x' * LONGEST_PREPARED}"

    async def kept() -> list[str]:
        async with read_pool(database, 1) as pool, pool.lent() as connection:
            for number in range(100):
                await connection.fetchrow(f"select {number} as seldom -- {'x' * 9_000}")
                await connection.fetchrow(often)
            await connection.fetchrow(longest)
            return [row["statement"] for row in await connection.fetch("select statement from pg_prepared_statements")]

    statements = asyncio.run(kept())
    assert MOST_PREPARED / 2 < sum(map(len, statements)) <= MOST_PREPARED
    assert often in statements
    assert longest not in statements


def test_a_connection_that_broke_while_it_lay_idle_is_replaced(database: str) -> None:
    async def answered() -> tuple[int, int]:
        async with read_pool(database, 1) as pool:
            async with pool.lent() as connection:
                before = await connection.fetchval("select pg_backend_pid()")
            other = await asyncpg.connect(**connection_settings(database))
            assert await other.fetchval("select pg_terminate_backend($1, 5000)", before)
            await other.close()
            await asyncio.sleep(0.2)  # by then the pool has noticed, and taken it back
            async with pool.lent() as connection:
                return before, await connection.fetchval("select pg_backend_pid()")

    before, after = asyncio.run(answered())
    assert before != after


def test_an_authority_goes_with_its_policy(database: str) -> None:
    async def old_and_new() -> tuple[weakref.ref[Authority], Authority]:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            user = await connection.fetchrow("select id, username from users where username = 'clerk.1000'")
            session = await connection.fetchval(
                "insert into sessions (user_id, kind, started_at, expires_at, address) values ($1, 'SIGN_IN', now(), $2, '') returning id",
                user["id"],
                datetime.now(timezone.utc) + timedelta(days=1),
            )
            caller = Caller(user["id"], user["username"], UserKind.EMPLOYEE, session, "en", "request")
            old = weakref.ref((await current(connection, caller))[0])
            async with models_open(database):
                await edit_policy("test", "another version", adding_role(Role("another", "Another", "另一个")))
            return old, (await current(connection, caller))[0]
        finally:
            await connection.close()

    old, new = asyncio.run(old_and_new())
    gc.collect()
    assert old() is None
    assert new.policy.version > 1
