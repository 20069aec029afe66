"""Limits of another system brought in as drafts: each is asked for, and holds once somebody else has approved it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise import Model
from tortoise.transactions import in_transaction

from api.execution import global_id
from api.execution.command import Sent, carry_out
from api.resolvers.credit_limits import request_credit_limit
from domain.caller import Caller
from domain.credit.limit_file import AskedLimit
from domain.errors import NotFound, Problem
from models.credit import CreditAccount

ACCOUNT = """select a.id from credit_accounts a join customers c on c.id = a.customer_id
    where c.number = $1 and a.credit_control_area = $2"""


@dataclass(frozen=True, slots=True)
class LimitReport:
    """What became of a row: the request, by key, or why there is none."""

    line: int
    request: int | None
    problem: Problem | None


async def import_limits(caller: Caller, rows: Sequence[AskedLimit], step: Callable[[], None]) -> list[LimitReport]:
    """Ask for the limits of a file, each by itself, by the rights of the caller."""
    reports = []
    for row in rows:
        outcome = await carry_out(lambda asked=row: _ask(caller, asked), Sent({}))  # type: ignore[misc]  # of this row
        reports.append(LimitReport(row.line, outcome.record_id, outcome.problem))
        step()
    return reports


async def _ask(caller: Caller, row: AskedLimit) -> Model:
    async with in_transaction() as transaction:
        found = await transaction._connection.fetchrow(ACCOUNT, row.customer, row.credit_control_area)
    if found is None:
        raise NotFound.because("NOT_FOUND", "customer", what=CreditAccount.__name__)
    asked: Mapping[str, Any] = {
        "credit_account": global_id.encode("CreditAccount", found["id"]),
        "limit": row.limit,
        "reason": row.reason,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }
    return await request_credit_limit(caller, Sent(asked))
