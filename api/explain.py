"""`python -m api explain-document`: how a document is answered for a user: SQL, PostgreSQL's plan, scopes and masks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tortoise.transactions import in_transaction

from api.app import build_documents
from api.auth.authority import Authority
from api.auth.policy_store import assignments_of, policy_at
from api.database import FOR_READS
from api.execution.directives import left_out_by
from api.execution.documents import Faulty, Ready
from api.execution.mapping import nodes
from api.execution.masks import masked_fields
from api.execution.planned import PlannedReads, Shown, Unanswered
from api.schema.root import schema
from api.settings import settings
from domain.activity import Activity
from domain.errors import Invalid
from domain.explanation import simplified
from models.user import User


async def explained(
    document: str, variables: dict[str, Any], operation_name: str | None, username: str, *, analyze: bool
) -> str:
    """The whole explanation as text. Raises Invalid for a document or user that there is not, or that needs Python."""
    documents = build_documents(settings())
    prepared = documents.prepare(document)
    operation = prepared.operation(operation_name)
    if prepared.errors or operation is None:
        raise Invalid.because(
            "DOCUMENT_INVALID",
            None,
            why="; ".join(error.message.rstrip(".") for error in prepared.errors) or "no such operation",
        )
    user = await User.get_or_none(username=username)
    if user is None:
        raise Invalid.because("UNKNOWN_USER", "user", value=username)
    async with in_transaction() as transaction:
        connection: Any = transaction._connection
        for name, value in FOR_READS.items():
            await connection.execute(f"set local {name} = '{value}'")
        authority = await authority_of(connection, user)
        try:
            coerced = documents.variables(prepared, operation, variables)
            shown = PlannedReads(schema).shown(Ready(prepared, operation, coerced), authority, (0, user.id))
        except Faulty as faulty:
            raise Invalid.because("DOCUMENT_INVALID", None, why=faulty.errors[0].message.rstrip(".")) from faulty
        except Unanswered as why:
            raise Invalid.because("DOCUMENT_UNPLANNED", None) from why
        plans = [await _plan(connection, each, analyze) for each in shown]
    left_out = left_out_by(operation, coerced.coerced)
    masked = masked_fields(schema._schema, prepared.fragments, operation, left_out, authority, coerced)
    return "\n".join(_chapters(shown, plans, authority, masked))


async def authority_of(connection: Any, user: User) -> Authority:
    """What a user may now, without a session of theirs."""
    state = await connection.fetchrow("select max(version) as version, clock_timestamp() as now from policy_versions")
    policy = await policy_at(connection, state["version"] or 0)
    assignments = await assignments_of(connection, user.id, policy.version)
    return Authority(user.id, user.username, user.kind, policy, assignments, state["now"])


async def _plan(connection: Any, shown: Shown, analyze: bool) -> str:
    how = "explain (analyze, buffers, costs off, timing off, summary on)" if analyze else "explain"
    rows = await connection.fetch(f"{how} {shown.sql}", *shown.values)
    return "\n".join(row[0] for row in rows)


def _chapters(shown: tuple[Shown, ...], plans: list[str], authority: Authority, masked: list[str]) -> Iterator[str]:
    for each, plan in zip(shown, plans, strict=True):
        yield f"== {each.name}\n\n{each.sql}\n\n-- values"
        yield from (
            f"${place} = {json.dumps(value, default=str, ensure_ascii=False)}" for place, value in enumerate(each.values, 1)
        )
        yield f"\n-- plan\n{plan}\n"
    yield "== scopes (DISPLAY)\n"
    for object in sorted({mapping.access.object for mapping in nodes().values()}):
        for right in simplified(authority.grants(object, Activity.DISPLAY)):
            areas = ", ".join("/".join(area) for area in right.areas)
            but = f" except {', '.join('/'.join(area) for area in right.except_areas)}" if right.except_areas else ""
            yield f"{object}: {areas}{but} ({right.reach.value})"
    yield "\n== masked\n"
    yield ", ".join(masked) or "nothing"
