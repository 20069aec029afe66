"""Changing the customizing of pricing: a piece at a time, as a whole, and only to what all procedures can be priced by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tortoise.expressions import Q

from api.execution.command import command, given
from api.execution.journal import Journal
from api.resolvers.pieces import Piece, Pieces, fetch_in, pieces_now, written
from domain.activity import Activity
from domain.areas import EVERYWHERE
from domain.caller import Caller
from domain.errors import Conflict, Duplicate, Invalid, NotFound, Refusal, Refused, refuse_if_any
from domain.pricing.customizing import refusals_of_customizing
from domain.pricing.kinds import CustomizingKind, code_of, faults_of_exchange_rate, faults_of_piece
from models.pricing import ConditionRecord, CustomizingEntry, ExchangeRate

Kind = CustomizingKind
OBJECT = "price_customizing"
ONE_AT_A_TIME = "pricing customizing"
PATHS = {
    Kind.CONDITION_TYPE: "conditionTypes",
    Kind.ACCESS_SEQUENCE: "accessSequences",
    Kind.CONDITION_TABLE: "tables",
    Kind.UNIT: "units",
    Kind.CURRENCY: "roundingUnits",
}
"""Where the rules see the pieces of a kind."""


async def keep_piece(
    journal: Journal, kind: CustomizingKind, value: Any, titles: tuple[str, str], code: str | None = None
) -> CustomizingEntry:
    """Let a piece say this from now on; what it said before stays to be asked."""
    code = code or value.code
    before = await CustomizingEntry.get_or_none(kind=kind, code=code, until=None)
    if before is not None:
        await end_piece(journal, before)
    last = await CustomizingEntry.filter(kind=kind, code=code).order_by("-version").first()
    entry = CustomizingEntry(
        kind=kind,
        code=code,
        version=1 if last is None else last.version + 1,
        title=titles[0],
        title_zh=titles[1],
        content=written(value),
        changed_by=journal.by,
        since=journal.now,
    )
    await journal.create(entry)
    return entry


async def end_piece(journal: Journal, entry: CustomizingEntry) -> None:
    """Let a piece hold no longer."""
    journal.keep(entry)
    entry.until = journal.now
    await journal.save_part(entry, part_of=entry)


async def save_piece(kind: CustomizingKind, value: Any, caller: Caller | None, input: Any) -> CustomizingEntry:
    """Make or change a piece. Raises Forbidden, Conflict, Duplicate, Invalid (with everything that would not fit any more)."""
    async with command(caller, input, f"save {kind.name}") as work:
        code = code_of(value)
        version = input.version if given(input.version) else None
        work.demand_throughout(EVERYWHERE, OBJECT, Activity.CREATE if version is None else Activity.CHANGE, "definition")
        await work.alone_with(ONE_AT_A_TIME)
        pieces = await pieces_now(fetch_in(work.connection))
        _refuse_stale(pieces.of(kind).get(code), version)
        titles = (input.title.strip(), input.title_zh.strip())
        refuse_if_any(faults_of_piece(kind, code, titles), Invalid)
        changed = pieces.with_piece(Piece(kind, code, (version or 0) + 1, *titles, value))
        refuse_if_any(refusals_of_pieces(changed, kind, code), Invalid)
        await _refuse_change_of_used(pieces, kind, code, value)
        entry = await keep_piece(work, kind, value, titles, code)
        work.subject = entry
    return entry


async def delete_piece(caller: Caller | None, input: Any) -> CustomizingEntry:
    """Let a piece hold no longer, if nothing refers to it. Raises Forbidden, NotFound, Conflict, Invalid, Refused."""
    async with command(caller, input, "deletePricingDefinition") as work:
        work.demand_throughout(EVERYWHERE, OBJECT, Activity.DELETE, None)  # type: ignore[arg-type]  # about the whole
        await work.alone_with(ONE_AT_A_TIME)
        pieces = await pieces_now(fetch_in(work.connection))
        before = pieces.of(input.kind).get(input.code)
        if before is None:
            raise NotFound.because("NOT_FOUND", "code", what=input.kind.name)
        _refuse_stale(before, input.version)
        refuse_if_any(refusals_of_pieces(pieces.without(input.kind, input.code), input.kind, input.code), Refused)
        await _refuse_change_of_used(pieces, input.kind, input.code, None)
        entry = await CustomizingEntry.get(kind=input.kind, code=input.code, until=None)
        await end_piece(work, entry)
    return entry


async def add_exchange_rate(caller: Caller | None, input: Any) -> ExchangeRate:
    """Say what a currency is worth from a day on. Raises Forbidden, Invalid, Duplicate."""
    async with command(caller, input, "addExchangeRate") as work:
        work.demand_throughout(EVERYWHERE, OBJECT, Activity.CREATE, None)  # type: ignore[arg-type]  # about the whole
        refuse_if_any(faults_of_exchange_rate(input.from_currency, input.to_currency, input.rate), Invalid)
        await work.alone_with(ONE_AT_A_TIME)
        told = {"from_currency": input.from_currency, "to_currency": input.to_currency, "valid_from": input.valid_from}
        if await ExchangeRate.exists(**told):
            raise Duplicate.because("RATE_EXISTS", "validFrom")
        row = ExchangeRate(**told, rate=input.rate, created_by=work.by)
        await work.create(row)
        work.subject = row
    return row


def refusals_of_pieces(pieces: Pieces, kind: CustomizingKind, code: str) -> tuple[Refusal, ...]:
    """What would not fit together any more, over all procedures; paths are those of the piece that is changed."""
    found: dict[Refusal, None] = {}
    for procedure in pieces.values(Kind.PROCEDURE).values():
        for refusal in refusals_of_customizing(pieces.customizing_for(procedure)):
            own = kind is Kind.PROCEDURE and procedure.code == code
            path = (refusal.field or "").removeprefix(f"{PATHS.get(kind, '')}.{code}.")
            found[replace(refusal, field=f"definition.{path}" if own or path != refusal.field else "definition")] = None
    for row in pieces.values(Kind.DETERMINATION).values():
        if row.procedure not in pieces.of(Kind.PROCEDURE):
            found[Refusal("CODE_UNKNOWN", "definition.procedure", {"value": row.procedure})] = None
    return tuple(found)


def _refuse_stale(before: Piece | None, version: int | None) -> None:
    if version is None and before is not None:
        raise Duplicate.because("PIECE_EXISTS", "definition.code", value=before.code)
    if version is not None and (before is None or before.version != version):
        current = 0 if before is None else before.version
        raise Conflict.because("STALE_VERSION", "version", current=current, given=version, fields="")


async def _refuse_change_of_used(pieces: Pieces, kind: CustomizingKind, code: str, value: Any) -> None:
    """What condition records stand under stays as long as there are any. Raises Refused."""
    column = {Kind.CONDITION_TYPE: "condition_type", Kind.CONDITION_TABLE: "condition_table"}.get(kind)
    kept = kind is Kind.CONDITION_TYPE and value is not None
    fields = kind is Kind.CONDITION_TABLE and value is not None and code in pieces.of(kind)
    before = pieces.of(kind).get(code)
    kept = kept and (before is None or before.value.is_free_goods == value.is_free_goods)
    same = fields and pieces.of(kind)[code].value.fields == value.fields
    if column is not None and not kept and not same and await ConditionRecord.filter(Q(**{column: code})).exists():
        raise Refused.because("PIECE_USED", "definition", value=code)
