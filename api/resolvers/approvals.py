"""Approvals of whatever needs them, by one mechanism: whose is asked for, who may decide, and when the last one has said yes.

What is approved names its kind in `LEVELS`, and how it is decided on in a `Deciding`, which its commands give to `approve` and
`refuse`. Never one's own, and by whoever holds the level's role there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from tortoise import Model

from api.execution.command import Work, working
from api.execution.waiting import Waiting
from domain.activity import Activity
from domain.areas import text_of
from domain.caller import Caller, UserKind
from domain.customer import faults_of_reason
from domain.errors import Forbidden, Invalid, refuse_if_any
from domain.orders.approvals import (
    ApprovalStatus,
    DecideCase,
    Decision,
    Figures,
    Needed,
    refusals_to_decide,
)
from models.approval import ApprovalLevel
from models.delivery import Delivery, DeliveryApproval
from models.payment import Payment, PaymentApproval
from models.sales_document import BY_CATEGORY, DocumentApproval

Row = TypeVar("Row")


class Approvable(Protocol):
    """A row that may wait for approvals."""

    approval_status: ApprovalStatus
    awaited_level: int | None
    awaited_role: str | None


@dataclass(frozen=True, slots=True)
class Levels:
    """How the levels of a kind are kept: the model and its column for the row, the row's for who entered it, and the parts of
    which a change is one of the row.
    """

    model: type[ApprovalLevel]
    column: str
    entered_by: str
    parts: tuple[str, ...] = ()


LEVELS: Mapping[type[Model], Levels] = {
    **dict.fromkeys(BY_CATEGORY.values(), Levels(DocumentApproval, "document_id", "entered_by", ("SalesItem",))),
    Delivery: Levels(DeliveryApproval, "delivery_id", "created_by", ("DeliveryItem",)),
    Payment: Levels(PaymentApproval, "payment_id", "created_by"),
}
"""Everything that is approved."""

DECIDING_FIELDS = ("approval_status", "awaited_level", "awaited_role", "credit_status")


def hands_of(model: type[Model], key: str) -> str:
    """SQL for the change documents, as `hand`, of who has changed a row, by the SQL of its key; deciding is no change."""
    rows = ", ".join(f"'{each}'" for each in (model.__name__, *LEVELS[model].parts))
    decided = ", ".join(f"'{each}'" for each in DECIDING_FIELDS)
    return f"""change_documents hand where hand.record_type = '{model.__name__}' and hand.record_id = {key}
        and hand.row_type in ({rows}) and hand.field not in ({decided})"""


def by_others(model: type[Model]) -> str:
    """SQL that holds of a `{row}` that waits, where `{caller}` has neither entered nor changed it nor approved a level."""
    levels = LEVELS[model]
    approved = f"from {levels.model._meta.db_table} decided where decided.{levels.column} = {{row}}.id and decided.approved"
    return f"""{{row}}.approval_status = 'PENDING' and {{row}}.{levels.entered_by} <> {{caller}}
        and not exists (select 1 from {hands_of(model, "{row}.id")} and hand.changed_by = {{caller}})
        and not exists (select 1 {approved} and decided.decided_by = {{caller}})"""


# --------------------------------------------------------------------------------------------------------------- asking


def ask(record: Approvable, needed: Sequence[Needed]) -> None:
    """Let a row wait for the first of these levels; for nobody, where there is none."""
    record.approval_status = ApprovalStatus.PENDING if needed else ApprovalStatus.NOT_NEEDED
    record.awaited_level, record.awaited_role = (needed[0].level, needed[0].role) if needed else (None, None)


async def add_levels(work: Work, record: Model, needed: Sequence[Needed]) -> None:
    """Store the levels that a new row needs."""
    levels = LEVELS[type(record)]
    for each in needed:
        about = {levels.column: record.pk, "because": ",".join(each.because)}
        await work.create(levels.model(level=each.level, role=each.role, of_customer=each.of_customer, **about), part_of=record)


async def keep_levels(work: Work, record: Model, needed: Sequence[Needed]) -> None:
    """Store the levels that a row needs now; what was decided before stands no more."""
    for old in await _kept_levels(record):
        work.keep(old)
        await work.remove(old, part_of=record)
    await add_levels(work, record, needed)


async def _kept_levels(record: Model) -> list[ApprovalLevel]:
    levels = LEVELS[type(record)]
    return await levels.model.filter(**{levels.column: record.pk}).order_by("level")


# -------------------------------------------------------------------------------------------------------------- deciding


@dataclass(frozen=True, slots=True)
class Deciding(Generic[Row]):
    """How rows of a kind are decided on: found and locked, stored while they wait or are refused, and what they do once they
    stand.
    """

    lock: Callable[[Work, str, str, int], Awaitable[Row]]
    save: Callable[[Waiting, Row], Awaitable[None]]
    stand: Callable[[Waiting, Row], Awaitable[None]]

    async def approve(self, caller: Caller | None, input: Any, command: str, path: str) -> Row:
        """Approve the level that is waited for; after the last one the row stands.

        Raises NotFound, Conflict, Forbidden, and Refused where nothing is waited for, or it is one's own.
        """
        async with working(Waiting, caller, input, command) as work:
            record, levels = await _awaited(work, input, path, self.lock)
            await _decide(work, record, levels, approved=True, reason=None)
            following = next((each for each in levels if each.approved is None), None)
            if following is not None:
                record.awaited_level, record.awaited_role = following.level, following.role
                await self.save(work, record)
            else:
                record.approval_status, record.awaited_level, record.awaited_role = ApprovalStatus.APPROVED, None, None
                await self.stand(work, record)
        approved: Row = record
        return approved

    async def refuse(self, caller: Caller | None, input: Any, command: str, path: str) -> Row:
        """Refuse a row, with the reason. Raises as `approve`, and Invalid for no reason, or a long one."""
        async with working(Waiting, caller, input, command) as work:
            record, levels = await _awaited(work, input, path, self.lock)
            refuse_if_any(faults_of_reason(input.reason), Invalid)
            await _decide(work, record, levels, approved=False, reason=input.reason.strip())
            record.approval_status, record.awaited_level, record.awaited_role = ApprovalStatus.REJECTED, None, None
            await self.save(work, record)
        refused: Row = record
        return refused


async def _awaited(
    work: Work, input: Any, path: str, lock: Callable[[Work, str, str, int], Awaitable[Any]]
) -> tuple[Any, list[ApprovalLevel]]:
    """The row, locked, with the levels of its approval, if the caller may decide on the one that is waited for."""
    record = await lock(work, getattr(input, path), path, input.version)
    await work.demand(record, Activity.APPROVE, measure=record.group_value)
    levels = await _kept_levels(record)
    kind = type(record)
    rows = await work.connection.fetch(f"select distinct hand.changed_by from {hands_of(kind, '$1')}", record.id)
    hands = frozenset({getattr(record, LEVELS[kind].entered_by), *(row["changed_by"] for row in rows)})
    figures = Figures(record.group_value)
    decided = tuple(Decision(each.level, each.decided_by or "", True, figures) for each in levels if each.approved)
    refuse_if_any(refusals_to_decide(DecideCase(record.approval_status, work.by, hands, decided), path))
    if not await work.holds_role(record, record.awaited_role):
        values = {"object": record.access.object, "activity": Activity.APPROVE.name, "salesArea": text_of(record.area)}
        if work.authority.caller_kind is UserKind.PARTNER:
            raise Forbidden.because("APPROVAL_BY_HOUSE", path, **values)
        raise Forbidden.because("APPROVAL_ROLE", path, role=record.awaited_role, level=record.awaited_level, **values)
    return record, levels


async def _decide(work: Work, record: Any, levels: Sequence[ApprovalLevel], *, approved: bool, reason: str | None) -> None:
    row = next(each for each in levels if each.level == record.awaited_level)
    work.keep(row)
    row.approved, row.decided_by, row.decided_at, row.reason = approved, work.by, work.now, reason
    await work.save_part(row, part_of=record)
