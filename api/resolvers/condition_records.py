"""Condition records: made, changed from a day on, copied, released by somebody else, blocked. Their gaps are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from api.execution import global_id
from api.execution.command import Work, command, given
from api.execution.mapping import camel
from api.execution.reads import Reads
from api.resolvers.condition_store import SEPARATOR, lookup_of, record_with, records_under
from api.resolvers.customers import plain
from api.resolvers.pieces import Pieces, fetch_by, fetch_in, pieces_now
from domain.activity import Activity
from domain.areas import ANY, PARTS, Pattern
from domain.caller import Caller
from domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused, refuse_if_any
from domain.pricing.keeping import ReleaseCase, key_in, refusals_to_keep, refusals_to_release, table_for
from domain.pricing.kinds import CustomizingKind as Kind
from domain.pricing.records import gaps, refusals_of_overlap, refusals_of_record
from domain.pricing.values import (
    CalculationType,
    ConditionRecord,
    ConditionTable,
    ConditionType,
    FreeGoods,
    KeyField,
    ReleaseStatus,
    Scale,
    ScaleLevel,
    Supplement,
)
from domain.scope import over
from models.customer import Customer
from models.material import Material
from models.pricing import ConditionRecord as Stored
from models.pricing import ConditionScaleLevel, ConditionSupplement

Shown = TypeVar("Shown")
OBJECT = "price_condition"
ZERO = Decimal(0)
LAST_DAY = date.max
TERMS = (
    "currency",
    "per",
    "unit",
    "lower_limit",
    "upper_limit",
    "maximum_value",
    "maximum_quantity",
    "maximum_orders",
    "exclusion_indicator",
)
"""What inputs, the rules and the rows call alike."""
PATHS = {"record.rate": "amount", "record.per": "per", "record.currency": "currency"}
"""Where an input says what the rules call so."""
FIELDS = {camel(each.value): each for each in KeyField}
"""The fields of keys as the API spells them."""

# ------------------------------------------------------------------------------------------------------- the commands


async def create_condition_record(caller: Caller | None, input: Any) -> Stored:
    """Make a record that waits for its release. Raises Invalid, NotFound, Forbidden, Refused (RECORDS_OVERLAP)."""
    async with command(caller, input, "createConditionRecord") as work:
        pieces = await pieces_now(fetch_in(work.connection))
        condition_type = type_named(pieces, input.condition_type)
        table, key = placed(pieces, condition_type, input.key)
        draft = ConditionRecord("", "", condition_type.code, table.code, key, input.valid_from, LAST_DAY, input.amount)
        draft = with_terms(draft._replace(release_status=ReleaseStatus.BLOCKED), input)
        stored = await _kept(work, pieces, draft, await work.next_number("condition_record"), _status(pieces, input))
        work.subject = stored
    return stored


async def change_condition_record(caller: Caller | None, input: Any) -> Stored:
    """Make the next version, valid from a day on; the one before stays. Raises as `create_condition_record`, and Conflict."""
    async with command(caller, input, "changeConditionRecord") as work:
        before, latest = await _latest(work, input)
        await work.demand_over(Stored.access, before, Activity.CHANGE)
        pieces = await pieces_now(fetch_in(work.connection))
        changed = with_terms(latest._replace(valid_from=input.valid_from), input)
        draft = changed._replace(version=latest.version + 1, release_status=ReleaseStatus.BLOCKED)
        stored = await _kept(work, pieces, draft, before.number, _status(pieces, input))
        work.subject = stored
    return stored


async def copy_condition_record(caller: Caller | None, input: Any) -> Stored:
    """Make a record like another, under another key or from another day on. Raises as `create_condition_record`."""
    async with command(caller, input, "copyConditionRecord") as work:
        source = await work.lock(Stored, "ConditionRecord", input.condition_record, "conditionRecord")
        pieces = await pieces_now(fetch_in(work.connection))
        model = await record_with(fetch_in(work.connection), source.id)
        table, key = pieces.values(Kind.CONDITION_TABLE)[model.table], model.key
        if given(input.key) and input.key is not None:
            table, key = placed(pieces, type_named(pieces, model.condition_type), input.key)
        draft = with_terms(model._replace(table=table.code, key=key, valid_from=input.valid_from, version=1), input)
        draft = draft._replace(release_status=ReleaseStatus.BLOCKED)
        stored = await _kept(work, pieces, draft, await work.next_number("condition_record"), _status(pieces, input))
        work.subject = stored
    return stored


async def release_condition_record(caller: Caller | None, input: Any) -> Stored:
    """Let a version apply. Raises NotFound, Conflict, Forbidden, Refused (nobody releases what they made)."""
    async with command(caller, input, "releaseConditionRecord") as work:
        stored = await _version(work, input)
        await work.demand_over(Stored.access, stored, Activity.RELEASE)
        refuse_if_any(refusals_to_release(ReleaseCase(stored.release_status, stored.created_by, work.by)), Refused)
        await _refuse_overlap(work, await record_with(fetch_in(work.connection), stored.id))
        stored.release(work.by, work.now)
        await _moved(work, stored, "released")
    return stored


async def block_condition_record(caller: Caller | None, input: Any) -> Stored:
    """Let a version act as if absent. Raises NotFound, Conflict, Forbidden, Refused."""
    async with command(caller, input, "blockConditionRecord") as work:
        stored = await _version(work, input)
        await work.demand_over(Stored.access, stored, Activity.BLOCK)
        if stored.release_status is ReleaseStatus.BLOCKED:
            raise Refused.because("BLOCKED_ALREADY", "conditionRecord")
        stored.release_status, stored.processing_status = ReleaseStatus.BLOCKED, None
        await _moved(work, stored, "blocked")
    return stored


async def set_processing_status(caller: Caller | None, input: Any) -> Stored:
    """Say where a version stands, short of release. Raises NotFound, Conflict, Forbidden, Invalid, Refused."""
    async with command(caller, input, "setProcessingStatus") as work:
        stored = await _version(work, input)
        await work.demand_over(Stored.access, stored, Activity.CHANGE)
        pieces = await pieces_now(fetch_in(work.connection))
        if stored.release_status is ReleaseStatus.RELEASED:
            raise Refused.because("RELEASED_ALREADY", "conditionRecord")
        stored.processing_status, stored.release_status = _status_named(pieces, input.status, "status")
        await _moved(work, stored, "changed")
    return stored


# --------------------------------------------------------------------------------------------------- what an input says


def type_named(pieces: Pieces, code: str, path: str = "conditionType") -> ConditionType:
    """The condition type of this code. Raises Invalid."""
    found = pieces.values(Kind.CONDITION_TYPE).get(code)
    if not isinstance(found, ConditionType):
        raise Invalid.because("CODE_UNKNOWN", path, value=code)
    return found


def placed(pieces: Pieces, condition_type: ConditionType, fields: Any) -> tuple[ConditionTable, tuple[str, ...]]:
    """The table whose fields these are, of those that the type's accesses look into, and the key. Raises Invalid."""
    named: dict[KeyField, str] = {}
    for place, each in enumerate(fields if given(fields) and fields else ()):
        field = FIELDS.get(each.field)
        if field is None or field in named:
            raise Invalid.because("KEY_FIELD", f"key.{place}.field", value=each.field, known=", ".join(FIELDS))
        named[field] = each.value.strip()
    sequence = pieces.values(Kind.ACCESS_SEQUENCE).get(condition_type.access_sequence or "")
    tables = pieces.values(Kind.CONDITION_TABLE)
    offered = [tables[access.table] for access in sequence.accesses] if sequence is not None else []
    table = table_for(offered, named)
    if table is None:
        known = "; ".join(", ".join(camel(field.value) for field in each.fields) for each in offered)
        raise Invalid.because("KEY_TABLE", "key", type=condition_type.code, known=known)
    return table, key_in(table, named)


def with_terms(record: ConditionRecord, input: Any) -> ConditionRecord:
    """A record with what an input says; what it leaves out stays, null empties."""
    said = {name: plain(value) for name in TERMS if given(value := getattr(input, name))}
    if "per" in said:
        said["per"] = said["per"] if said["per"] is not None else Decimal(1)
    if "exclusion_indicator" in said:
        said["exclusion_indicator"] = bool(said["exclusion_indicator"])
    if given(input.valid_to):
        said["valid_to"] = input.valid_to or LAST_DAY
    if given(input.amount) and input.amount is not None:
        said["rate"] = input.amount
    if given(input.scale):
        said["scale"] = None if input.scale is None else _scale(input.scale)
    if given(input.supplements):
        said["supplements"] = tuple(_supplement(each) for each in input.supplements or ())
    goods = record.free_goods
    if given(input.free_goods):
        goods = None if input.free_goods is None else _free_goods(input.free_goods, record)
    changed = record._replace(**said, free_goods=goods)
    if goods is not None:
        goods = replace(goods, per=changed.per, free=said.get("rate", goods.free))
        return changed._replace(rate=ZERO, free_goods=goods)
    levels = () if changed.scale is None else changed.scale.levels
    return changed._replace(rate=levels[0].rate) if levels else changed


def _scale(input: Any) -> Scale:
    levels = tuple(ScaleLevel(each.rate, _value(each.from_), _value(each.to)) for each in input.levels)
    return Scale(input.type, input.basis, levels, plain(_value(input.unit)))


def _free_goods(input: Any, record: ConditionRecord) -> FreeGoods:
    """What an input says of what comes free; how much for how much, the amount and the unit of the record say."""
    other = _value(input.material)
    return FreeGoods(
        per=record.per,
        free=record.rate if record.free_goods is None else record.free_goods.free,
        minimum=_value(input.minimum) or ZERO,
        rule=input.rule,
        kind=input.kind,
        commercially=input.commercially,
        material=None if other is None else str(global_id.key_of(other, "Material", "freeGoods.material")),
        unit=plain(_value(input.unit)),
    )


def _supplement(input: Any) -> Supplement:
    per = _value(input.per)
    return Supplement(
        input.condition_type,
        input.amount,
        plain(_value(input.currency)),
        per if per is not None else Decimal(1),
        plain(_value(input.unit)),
    )


def _value(value: Any) -> Any:
    return value if given(value) else None


def _status(pieces: Pieces, input: Any) -> tuple[str | None, ReleaseStatus]:
    """Where a new version begins: blocked, unless its processing status says that one may simulate or plan with it."""
    code = _value(input.processing_status)
    return (None, ReleaseStatus.BLOCKED) if code is None else _status_named(pieces, code, "processingStatus")


def _status_named(pieces: Pieces, code: str, path: str) -> tuple[str, ReleaseStatus]:
    found = pieces.values(Kind.PROCESSING_STATUS).get(code)
    if found is None:
        raise Invalid.because("CODE_UNKNOWN", path, value=code)
    if found.release_status is ReleaseStatus.RELEASED:
        raise Refused.because("RELEASE_IS_ANOTHER_STEP", path, value=code)
    return code, found.release_status


# ------------------------------------------------------------------------------------------------------- what is kept


async def _version(work: Work, input: Any) -> Stored:
    """The version that an input names, locked. Raises NotFound, Conflict."""
    return await work.lock(Stored, "ConditionRecord", input.condition_record, "conditionRecord", version=input.version)


async def _latest(work: Work, input: Any) -> tuple[Stored, ConditionRecord]:
    """The latest version of the record that an input names, locked. Raises NotFound, Conflict."""
    stored = await _version(work, input)
    await work.alone_with(f"condition record {stored.number}")
    last = await Stored.filter(number=stored.number).order_by("-version").first()
    if last is not None and last.version != stored.version:
        raise Conflict.because("STALE_VERSION", "version", current=last.version, given=stored.version, fields="")
    return stored, await record_with(fetch_in(work.connection), stored.id)


async def _kept(
    work: Work, pieces: Pieces, draft: ConditionRecord, number: str, status: tuple[str | None, ReleaseStatus]
) -> Stored:
    """Store a version, if nothing is wrong with it and the caller may make it there."""
    condition_type = type_named(pieces, draft.condition_type)
    table = pieces.values(Kind.CONDITION_TABLE)[draft.table]
    fields = dict(zip(table.fields, draft.key, strict=True))
    customer = await _named(work, Customer, "Customer", fields.get(KeyField.CUSTOMER), table, KeyField.CUSTOMER)
    material = await _named(work, Material, "Material", fields.get(KeyField.MATERIAL), table, KeyField.MATERIAL)
    pattern = pattern_in(fields)
    activity = Activity.CREATE if draft.version == 1 else Activity.CHANGE
    work.demand_throughout(pattern, OBJECT, activity, "key")
    goods = draft.free_goods
    if (
        goods is not None
        and goods.material is not None
        and await work.seen_with(Material, "id", id=int(goods.material)) is None
    ):
        raise NotFound.because("NOT_FOUND", "freeGoods.material", what="Material")
    draft = _with_usual_units(draft, condition_type, material)
    types, tables = pieces.values(Kind.CONDITION_TYPE), pieces.values(Kind.CONDITION_TABLE)
    units = pieces.values(Kind.UNIT).keys()
    faults = (*refusals_of_record(draft, types, tables), *refusals_to_keep(draft, condition_type, units))
    refuse_if_any(tuple(replace(each, field=PATHS.get(each.field or "", each.field)) for each in faults), Invalid)
    await _refuse_overlap(work, draft._replace(number=number))
    stored = Stored(
        number=number,
        version=draft.version,
        condition_type=draft.condition_type,
        condition_table=draft.table,
        lookup=lookup_of(draft.condition_type, draft.table, draft.key),
        **dict(zip(PARTS, pattern, strict=True)),
        customer=customer,
        material=material,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        rate=draft.rate if goods is None else None,
        **({} if goods is None else free_columns(goods)),
        scale_type=draft.scale and draft.scale.type,
        scale_basis=draft.scale and draft.scale.basis,
        scale_unit=draft.scale and draft.scale.unit,
        confidential=condition_type.right is not None,
        processing_status=status[0],
        release_status=status[1],
        created_by=work.by,
        created_at=work.now,
        **{name: getattr(draft, name) for name in TERMS},
    )
    await work.create(stored)
    for place, level in enumerate(draft.scale.levels if draft.scale else ()):
        await work.create(
            ConditionScaleLevel(
                record=stored,
                position=place,
                from_value=level.start,
                to_value=level.end,
                rate=level.rate,
                currency=draft.currency,
            ),
            part_of=stored,
        )
    for place, each in enumerate(draft.supplements):
        values = {name: getattr(each, name) for name in ("condition_type", "rate", "currency", "per", "unit")}
        await work.create(ConditionSupplement(record=stored, position=place, **values), part_of=stored)
    return stored


def free_columns(goods: FreeGoods) -> dict[str, Any]:
    """What comes free as a version keeps it, apart from what it is for: `per` and `unit`."""
    return {
        "free_kind": goods.kind,
        "free_rule": goods.rule,
        "free_quantity": goods.free,
        "free_minimum": goods.minimum,
        "free_commercially": goods.commercially,
        "free_material_id": None if goods.material is None else int(goods.material),
        "free_unit": goods.unit,
    }


async def _named(work: Work, model: Any, type_name: str, number: str | None, table: ConditionTable, field: KeyField) -> Any:
    """The customer or material whose number stands in a key, if there is such a field. Raises NotFound."""
    if number is None:
        return None
    id = await work.seen_with(model, "id", number=number)
    if id is None:
        raise NotFound.because("NOT_FOUND", f"key.{table.fields.index(field)}.value", what=type_name)
    return await model.get(id=id)


def _with_usual_units(draft: ConditionRecord, condition_type: ConditionType, material: Material | None) -> ConditionRecord:
    """A rate by quantity, and what comes free, is for base units of its material where nothing else is said."""
    by_quantity = condition_type.calculation is CalculationType.QUANTITY or draft.free_goods is not None
    return draft._replace(unit=material.base_unit) if by_quantity and draft.unit is None and material else draft


async def _refuse_overlap(work: Work, draft: ConditionRecord) -> None:
    """Refuse a version whose days another record under the same key claims; until the end none can be made. Raises Refused."""
    lookup = lookup_of(draft.condition_type, draft.table, draft.key)
    await work.alone_with(f"condition key {lookup}")
    others = await records_under(fetch_in(work.connection), [lookup])
    refuse_if_any(refusals_of_overlap(draft, others), Refused)


async def _moved(work: Work, stored: Stored, what: str) -> None:
    """Store the version's new status; which version it is stays."""
    await work.save_part(stored, part_of=stored)
    await work.announce(stored, what)


# --------------------------------------------------------------------------------------------------------- what is shown


async def keys_of(reads: Reads, lookups: Sequence[str], show: Callable[..., Shown]) -> list[list[Shown]]:
    """For each lookup the fields of its key and their values."""
    tables: Mapping[str, ConditionTable] = (await pieces_now(fetch_by(reads))).values(Kind.CONDITION_TABLE)
    found = []
    for lookup in lookups:
        _, table, *key = lookup.split(SEPARATOR)
        fields = zip(tables[table].fields, key, strict=True)
        found.append([show(field=camel(field.value), value=value) for field, value in fields])
    return found


async def gaps_of(reads: Reads, condition_type: str, key: Any, first: date, last: date) -> tuple[tuple[date, date], ...]:
    """The days on which nothing is released under a key, as spans. Raises Forbidden, Invalid."""
    authority = await reads.authority()
    scope = authority.scope(OBJECT)
    if scope.is_empty:
        raise Forbidden.because("FORBIDDEN_QUESTION", None, object=OBJECT, activity=Activity.DISPLAY.name)
    if last < first:
        raise Invalid.because("VALIDITY_REVERSED", "to")
    pieces = await pieces_now(fetch_by(reads))
    type_ = type_named(pieces, condition_type)
    table, values = placed(pieces, type_, key)
    pattern = pattern_in(dict(zip(table.fields, values, strict=True)))
    if over(pattern) not in scope:
        raise Forbidden.because("FORBIDDEN", "key", object=OBJECT, activity=Activity.DISPLAY.name)
    records = await records_under(fetch_by(reads), [lookup_of(type_.code, table.code, values)])
    return gaps((each for each in records if each.release_status is ReleaseStatus.RELEASED), first, last)


def pattern_in(fields: Mapping[KeyField, str]) -> Pattern:
    """The areas that a key is for: `*` where it does not say."""
    organization, channel, division = (fields.get(KeyField(part), ANY) for part in PARTS)
    return Pattern((organization, channel, division))
