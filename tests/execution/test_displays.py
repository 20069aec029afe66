"""Both executors record the same displays, and leave no mark in the answer."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from api.execution.answer import Executor
from domain.caller import Caller
from models.config import connection_settings
from tests.execution.conftest import House

ACCOUNTS = "bankAccounts { accountNumber }"
DOCUMENTS = {
    "a page": f"{{ customers(first: 60) {{ edges {{ node {{ number {ACCOUNTS} again: bankAccounts {{ id }} }} }} }} }}",
    "nodes": f"""{{ a: node(id: "Q3VzdG9tZXI6MTg=") {{ ... on Customer {{ {ACCOUNTS} }} }} customer(number: "100052") {{ {ACCOUNTS} }} }}""",
    "other customers": f"{{ customers(first: 90) {{ edges {{ node {{ salesAreaViews {{ partners {{ customer {{ customer {{ {ACCOUNTS} }} }} }} }} }} }} }} }}",
    "inside what needs Python": f"{{ users(first: 50) {{ edges {{ node {{ roleAssignments {{ salesAreas }} customers {{ customer {{ {ACCOUNTS} }} }} }} }} }} }}",
    "changes": """{ changeDocuments(record: "Q3VzdG9tZXI6MTg=", first: 200) { edges { node { object oldValue newValue } } } }""",
    "the past": f"""{{ customer(id: "Q3VzdG9tZXI6MTg=", asOf: "MOMENT") {{ {ACCOUNTS} }} }}""",
}


@pytest.fixture(scope="module")
def displays(house: House, database: str) -> Any:
    """What is recorded of an executor's answer, and the answer."""

    async def take(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
        rows = await connection.fetch("delete from data_displays returning displayed_by, record_type, record_id, object")
        return sorted(map(tuple, rows))

    connection = house.runner.run(asyncpg.connect(**connection_settings(database)))

    def ask(executor: Executor, text: str, caller: Caller) -> tuple[Any, list[tuple[Any, ...]]]:
        answer, _ = house.ask(executor, text, {}, caller)
        return answer, house.runner.run(take(connection))

    yield ask
    house.runner.run(connection.close())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_same_displays_are_recorded_by_both_executors(house: House, displays: Any, name: str) -> None:
    text = DOCUMENTS[name].replace("MOMENT", house.values.strings["from"][-1])
    recorded = 0
    for caller in house.callers:
        answer, planned = displays(house.planned, text, caller)
        expected, reference = displays(house.reference, text, caller)
        assert answer == expected
        assert "\x02" not in str(answer)
        assert planned == reference, caller.username
        assert len(set(planned)) == len(planned)
        assert {by for by, *_ in planned} <= {caller.username}
        recorded += len(planned)
    assert recorded > 0
