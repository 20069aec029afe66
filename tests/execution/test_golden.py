"""The contract's reads as people review them: document, variables, SQL and answer side by side in `tests/golden/`.

`make test T=tests/execution/test_golden.py` compares; with GOLDEN=write in the environment the files are written anew.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.app import build_documents
from api.auth.authority import Authority
from api.auth.policy_store import assignments_of, policy_at
from api.execution.displays import unmarked
from api.execution.documents import Ready
from api.execution.planned import PlannedReads, Shown
from api.schema.root import schema
from api.settings import Settings
from domain.caller import UserKind
from models.config import connection_settings
from tests.client import contract

GOLDEN = Path(__file__).parents[1] / "golden"
NOBODY_S = {"number": {"eq": "0"}}
"""Of documents only the SQL stands here: the demo company's have other dates every day."""
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("CustomerList", "clerk.1000", {"first": 2}),
    (
        "CustomerList",
        "auditor",
        {"first": 2, "filter": {"search": "上海"}, "orderBy": [{"field": "NAME", "direction": "DESC"}]},
    ),
    ("CustomerList", "dealer.a", {"first": 2}),
    ("CustomerCount", "direct.1000", {"filter": {"customerType": {"in": ["DEALER", "END_USER"]}}}),
    ("CustomerDetail", "clerk.1000", {"number": "100003"}),
    ("CustomerDetail", "auditor", {"number": "100003"}),
    ("CustomerPicker", "clerk.2000", {"first": 3, "search": "钢铁", "salesArea": "2000/10/00"}),
    ("SalesAreas", "clerk.3000", {}),
    (
        "SalesOrderList",
        "clerk.1000",
        {"first": 50, "filter": NOBODY_S, "orderBy": [{"field": "ORDER_DATE", "direction": "DESC"}]},
    ),
    ("SalesOrderList", "dealer.a", {"first": 50, "filter": NOBODY_S}),
    ("SalesOrderDetail", "clerk.1000", {"number": "0"}),
    ("SalesOrderDetail", "buyer.a", {"number": "0"}),
    ("DeliveryList", "shipping.1000", {"first": 50, "filter": NOBODY_S}),
    ("BillingDocumentList", "auditor", {"first": 50, "filter": NOBODY_S}),
    ("CreditAccountList", "credit.1000", {"first": 50, "filter": {"customer": {"eq": "0"}}}),
]


async def answered(
    database: str, operation: str, username: str, variables: dict[str, Any]
) -> tuple[tuple[Shown, ...], list[Any]]:
    """The statements that a user's operation becomes, and what the database says to them."""
    documents = build_documents(Settings(database_url=database))
    prepared = documents.prepare(contract(operation))
    chosen = prepared.operation(None)
    assert chosen is not None
    connection = await asyncpg.connect(**connection_settings(database))
    try:
        user = await connection.fetchrow("select id, kind from users where username = $1", username)
        state = await connection.fetchrow("select max(version) as version, now() as now from policy_versions")
        policy = await policy_at(connection, state["version"])
        assignments = await assignments_of(connection, user["id"], state["version"])
        authority = Authority(user["id"], username, UserKind(user["kind"]), policy, assignments, state["now"])
        coerced = documents.variables(prepared, chosen, variables)
        shown = PlannedReads(schema).shown(Ready(prepared, chosen, coerced), authority, (0, user["id"]))
        return shown, [json.loads(unmarked((await connection.fetchrow(each.sql, *each.values))["answer"])[0]) for each in shown]
    finally:
        await connection.close()


def page(operation: str, variables: dict[str, Any], statements: tuple[Shown, ...], answers: list[Any]) -> str:
    """All of it as one text."""
    parts = [contract(operation).strip(), "# variables", json.dumps(variables, ensure_ascii=False)]
    for statement, answer in zip(statements, answers, strict=True):
        parts += [f"# {statement.name}: SQL", broken(statement.sql), "# values"]
        parts += [
            f"${place} = {json.dumps(value, ensure_ascii=False, default=str)}"
            for place, value in enumerate(statement.values, 1)
        ]
        parts += [f"# {statement.name}: answer", json.dumps(answer, ensure_ascii=False, indent=1)]
    return "\n".join(parts) + "\n"


def broken(sql: str) -> str:
    """One clause a line, to be read and compared."""
    return re.sub(r"(?<=[ (])(?=(?:select|from|where|order by|cross join lateral|join|and exists|limit) )", "\n  ", sql)


@pytest.mark.parametrize(("operation", "username", "variables"), CASES, ids=[f"{name}.{user}" for name, user, _ in CASES])
def test_a_read_becomes_this_sql_and_this_answer(
    database: str, operation: str, username: str, variables: dict[str, Any]
) -> None:
    statements, answers = asyncio.run(answered(database, operation, username, variables))
    text = page(operation, variables, statements, answers)
    file = GOLDEN / f"{operation}.{username}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, "utf-8")
    assert file.read_text("utf-8") == text
