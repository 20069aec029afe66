"""How a price came about: its rows, what was looked for, and the records found, as far as the caller may see."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Optional

import strawberry

import models
from api.execution.mapping import camel, column, computed, embedded, mapped, to_one
from api.execution.pages import rows_by
from api.execution.reads import Reads
from api.resolvers import pricing as resolvers
from api.resolvers.kept_prices import kept_accesses
from api.resolvers.pricing import Simulated
from api.schema.amounts import Money, Quantity, Rate, money_of, plain, quantity_of, rate_of
from api.schema.condition_records import ConditionRecord, ConditionType, KeyField
from domain.pricing import values
from domain.pricing.kinds import CustomizingKind
from domain.pricing.values import AccessOutcome, AccessTrace, Amount, ConditionOrigin, ConditionRow, InactiveReason, PricedItem


@strawberry.type(description="One access of a step: what it looked for, and what became of it.")
class ConditionAccess:
    number: int = strawberry.field(description="Which access of its sequence.")
    table: str = strawberry.field(description="The condition table that it looked into.")
    key: list[KeyField] = strawberry.field(description="What it looked for, as far as the document has a value.")
    outcome: AccessOutcome = strawberry.field(description="What became of it.")


async def _accesses(reads: Reads, keys: Sequence[int]) -> list[list[ConditionAccess]]:
    """What was looked for, by the keys of rows that are kept."""
    found = {key: [_access(each) for each in accesses] for key, accesses in (await kept_accesses(reads, keys)).items()}
    return [found.get(key, []) for key in keys]


@mapped(models.ShownCondition)
@strawberry.type(description="One row of a price.")
class PriceCondition:
    step: int = column("step", "The step of the procedure.")
    counter: int = column("counter", "The counter within the step.")
    condition_type: Optional[ConditionType] = embedded("What it is; null for a subtotal.", needs="condition_type")
    description: str = column("description", "What the step is called in the procedure.")
    base: Optional[Rate] = rate_of("base", "base_unit", "What the rate is applied to.")
    rate: Optional[Rate] = rate_of("rate", "rate_unit", "The rate.")
    per: Optional[Quantity] = quantity_of("per", "For how many units the rate is.", unit="per_unit")
    scale_base: Optional[Rate] = rate_of(
        "scale_base", "scale_base_unit", "What the scale was read with, of a group all its items."
    )
    value: Optional[Money] = money_of("value", "What it comes to.")
    statistical: bool = column("statistical", "Whether it is told only, and never counts for the net value.")
    inactive_reason: Optional[InactiveReason] = column(
        "inactive_reason",
        "Why it does not count; null if it does.",
        right=resolvers.INTERNAL,
        outside="nullif({row}.inactive_reason, 'RECORD_BLOCKED')",
    )
    origin: ConditionOrigin = column("origin", "Where it comes from.")
    header: bool = column("header", "Whether it is this item's part of a condition of the whole document.")
    rounding_difference: Decimal = plain(
        "rounding_difference",
        "What it took over so that the parts of a group or of a condition of the document are its whole exactly.",
    )
    condition_record: Optional[ConditionRecord] = to_one(
        "The version of the record that was found, if you may see it.", on=(("id", "record_id"),)
    )
    accesses: list[ConditionAccess] = computed("What was looked for, in order.", _accesses)


class ShownRows:
    """What the caller may see of the rows of priced items, with the records that they may see."""

    def __init__(self, reads: Reads, simulated: Simulated, items: Sequence[PricedItem]) -> None:
        self._reads, self._simulated, self._items = reads, simulated, items
        self._looked_up: asyncio.Task[tuple[dict[int, list[ConditionRow]], dict[int, Any]]] | None = None

    def money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self._simulated.priced.currency)

    async def conditions(self, item: PricedItem) -> list[PriceCondition]:
        """The rows of one of the items; those of all are looked up with the first."""
        if self._looked_up is None:
            self._looked_up = asyncio.create_task(self._look_up())
        rows, records = await self._looked_up
        return [self._condition(row, records) for row in rows[item.line_number]]

    async def _look_up(self) -> tuple[dict[int, list[ConditionRow]], dict[int, Any]]:
        authority = await self._reads.authority()
        shown = resolvers.shown_rows(self._simulated, self._items, authority)
        rows = {item.line_number: rows for item, rows in zip(self._items, shown, strict=True)}
        ids = {int(row.record.id) for each in rows.values() for row in each if row.record is not None}
        return rows, await rows_by(self._reads, ConditionRecord, "id", sorted(ids)) if ids else {}

    def _condition(self, row: ConditionRow, records: dict[int, Any]) -> PriceCondition:
        return PriceCondition(
            step=row.step,
            counter=row.counter,
            condition_type=self._type(row.condition_type),
            description=self._simulated.descriptions[row.step, row.counter],
            base=_rate(row.base),
            rate=_rate(row.rate),
            per=None if row.per is None else Quantity(value=row.per.amount, unit=row.per.unit),
            scale_base=_rate(row.scale_base),
            value=None if row.value is None else self.money(row.value.amount),
            statistical=row.statistical,
            inactive_reason=row.inactive_reason,
            origin=row.origin,
            header=row.header,
            rounding_difference=row.rounding_difference,
            condition_record=None if row.record is None else records.get(int(row.record.id)),
            accesses=[_access(each) for each in row.accesses],
        )

    def _type(self, code: str | None) -> ConditionType | None:
        if code is None:
            return None
        piece = self._simulated.pieces.of(CustomizingKind.CONDITION_TYPE)[code]
        return ConditionType(code=code, name=piece.title, name_zh=piece.title_zh)


def _rate(amount: Amount | None) -> Rate | None:
    return None if amount is None else Rate(amount=amount.amount, unit=amount.unit)


NAMES = {field: camel(field.value) for field in values.KeyField}
"""What the fields of keys are called."""


def _access(access: AccessTrace) -> ConditionAccess:
    key = [KeyField(field=NAMES[field], value=value) for field, value in access.key]
    return ConditionAccess(number=access.number, table=access.table, key=key, outcome=access.outcome)


@strawberry.type
class Explained:
    """What can be asked how it came about: its rows are put together only then, the records of all items at once."""

    item: strawberry.Private[PricedItem]
    shown: strawberry.Private[ShownRows]

    @strawberry.field(description="How that came about, row by row, as far as you may see.")
    async def conditions(self) -> list[PriceCondition]:
        return await self.shown.conditions(self.item)


@strawberry.type(description="How the price of one item came about: 定价分析.")
class PriceTrace:
    conditions: list[PriceCondition] = strawberry.field(description="Row by row, as far as you may see.")
