"""Accesses 存取: which records a document may need, which of the records under a key holds, and what each access found.

Source: DOMAIN.md §3, access sequence and release status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.errors import Refusal
from domain.pricing.copying import is_determined
from domain.pricing.limits import is_limited
from domain.pricing.prepared import Prepared, ReadyAccess, ReadyStep, prepared
from domain.pricing.rounding import ONE
from domain.pricing.values import (
    AccessOutcome,
    ConditionRecord,
    CopiedRow,
    Customizing,
    Key,
    KeyField,
    ManualCondition,
    PricingDate,
    PricingDocument,
    ReleaseStatus,
    SearchTrace,
    Supplement,
)

IN_DOCUMENTS = (ReleaseStatus.RELEASED,)
IN_SIMULATION = (ReleaseStatus.PLANNING_AND_SIMULATION, ReleaseStatus.SIMULATION, ReleaseStatus.RELEASED)
"""The statuses that count, the preferred one first."""

Fields = Mapping[str, str]
"""The key fields of an item by their names; those without a value are not there."""


class KeyWanted(NamedTuple):
    """Under which key records are looked for, and on which day one of them must be valid."""

    condition_type: str
    table: str
    key: Key
    day: date


def keys_wanted(document: PricingDocument, customizing: Customizing) -> tuple[KeyWanted, ...]:
    """All keys that pricing this document may look under, each once, for all records of them to be read at one go.

    The records of all statuses, versions and validities are wanted: the trace tells what was found and could not be used.
    Raises Invalid for faulty customizing.
    """
    plan = prepared(customizing)
    looked = [
        (kind.type.code, access, day_of(document, kind.type.dated_by))
        for step, kind in plan.typed
        if is_determined(kind.type, document.pricing_type)
        for access in step.accesses
    ]
    wanted: dict[KeyWanted, None] = {}
    for item in document.items:
        fields = fields_of(document, item.fields)
        keys: dict[str, Key | None] = {}
        for code, access, day in looked:
            table = access.table
            key = keys[table] if table in keys else keys.setdefault(table, key_of(access, fields))
            if key is not None:
                wanted[KeyWanted(code, table, key, day)] = None
    return tuple(wanted)


def fields_of(document: PricingDocument, own: Mapping[KeyField, str]) -> dict[str, str]:
    """The key fields of an item by their names: its own, else the header's; those without a value left out."""
    return {field.value: value for field, value in (*document.fields.items(), *own.items()) if value}


def key_of(access: ReadyAccess, fields: Fields) -> Key | None:
    """The key that an access looks under; None where a field has no value."""
    try:
        return tuple([fields[name] for name in access.names])
    except KeyError:
        return None


def day_of(document: PricingDocument, dated_by: PricingDate) -> date:
    """The day that records must be valid on."""
    return document.services_rendered_date if dated_by is PricingDate.SERVICES_RENDERED else document.pricing_date


def record_on(
    records: Sequence[ConditionRecord], day: date, statuses: tuple[ReleaseStatus, ...] = IN_DOCUMENTS
) -> tuple[ConditionRecord | None, AccessOutcome, tuple[ConditionRecord, ...]]:
    """Of the records under one key the one that holds on a day, the outcome, and other records that claim the same day.

    The highest version of a usable status that is valid holds; a version that may not be used yet silences none before it.
    """
    if not records:
        return None, AccessOutcome.NO_RECORD, ()
    valid = [record for record in records if record.valid_from <= day <= record.valid_to]
    for status in statuses:
        usable = [record for record in valid if record.release_status is status]
        if usable:
            best = max(usable, key=lambda record: record.version)
            return best, AccessOutcome.FOUND, tuple(record for record in usable if record.number != best.number)
    if valid:
        return None, AccessOutcome.BLOCKED, ()
    later = any(day < record.valid_from for record in records)
    return None, AccessOutcome.NOT_YET_VALID if later else AccessOutcome.EXPIRED, ()


class Terms(NamedTuple):
    """What a record, a supplement, a manual entry and a copied row agree on: so much of a currency per so many of a unit."""

    rate: Decimal | None
    currency: str | None = None
    per: Decimal = ONE
    unit: str | None = None


class Held(NamedTuple):
    """What holds under a key on the day that counts, and which other records claim that day."""

    record: ConditionRecord | None
    outcome: AccessOutcome
    others: tuple[ConditionRecord, ...] = ()
    terms: Terms = Terms(None)


class Found(NamedTuple):
    """What a search found: its hits and its trace."""

    hits: list[Held]
    trace: SearchTrace

    @property
    def was_blocked(self) -> bool:
        """Whether a record was there and could not be used."""
        return AccessOutcome.BLOCKED in self.trace.outcomes


def terms_of(source: ConditionRecord | Supplement | ManualCondition | CopiedRow) -> Terms:
    """The terms of whatever has them."""
    return Terms(source.rate, source.currency, source.per, source.unit)


NOTHING = Held(None, AccessOutcome.NO_RECORD)
REQUIREMENT, KEY_INCOMPLETE = Held(None, AccessOutcome.REQUIREMENT), Held(None, AccessOutcome.KEY_INCOMPLETE)
NOT_REACHED = Held(None, AccessOutcome.EXCLUSIVE_HIT_BEFORE)


class Search:
    """The records brought for a document, what holds under each key, and each step's search among them."""

    def __init__(self, plan: Prepared, document: PricingDocument, records: Iterable[ConditionRecord]) -> None:
        statuses = IN_SIMULATION if document.simulation else IN_DOCUMENTS
        days = {code: day_of(document, kind.type.dated_by) for code, kind in plan.types.items()}
        under: dict[tuple[str, str], dict[Key, list[ConditionRecord]]] = {}
        for record in records:
            if record.condition_type in days:
                keys = under.setdefault((record.condition_type, record.table), {})
                keys.setdefault(record.key, []).append(record)
        self.held: dict[tuple[str, str], dict[Key, Held]] = {
            place: {key: _held(found, days[place[0]], statuses) for key, found in keys.items()} for place, keys in under.items()
        }
        self.limited = any(
            held.record is not None and is_limited(held.record) for keys in self.held.values() for held in keys.values()
        )
        self.accesses = [[(access, self._under(step, access)) for access in step.accesses] for step in plan.steps]

    def _under(self, step: ReadyStep, access: ReadyAccess) -> Mapping[Key, Held]:
        assert step.kind is not None
        return self.held.get((step.kind.type.code, access.table), {})

    def find(self, step: ReadyStep, fields: Fields, keys: dict[str, Key | None], met: Sequence[bool] | None) -> Found:
        """What the accesses of a step find; `met` says of each whether its requirement is met, None that all are.

        `keys` remembers the item's keys by table, for the steps that follow.
        """
        hits: list[Held] = []
        outcomes: list[AccessOutcome] = []
        ids: list[str | None] = []
        over = False
        for place, (access, under) in enumerate(self.accesses[step.order]):
            if over:
                held = NOT_REACHED
            elif met is not None and not met[place]:
                held = REQUIREMENT
            else:
                table = access.table
                key = keys[table] if table in keys else keys.setdefault(table, key_of(access, fields))
                held = under.get(key, NOTHING) if key is not None else KEY_INCOMPLETE
            record = held.record
            outcomes.append(held.outcome)
            if record is None:
                ids.append(None)
                continue
            ids.append(record.id)
            hits.append(held)
            over = access.exclusive
        return Found(hits, SearchTrace(step.searched, fields, tuple(outcomes), tuple(ids)))


def _held(records: Sequence[ConditionRecord], day: date, statuses: tuple[ReleaseStatus, ...]) -> Held:
    record, outcome, others = record_on(records, day, statuses)
    return Held(record, outcome, others, Terms(None) if record is None else terms_of(record))


def unmet(step: ReadyStep, fields: Fields) -> SearchTrace:
    """The trace of a step whose own requirement is not met."""
    count = len(step.accesses)
    return SearchTrace(step.searched, fields, (AccessOutcome.REQUIREMENT,) * count, (None,) * count)


def refusal_of_overlap(one: ConditionRecord, other: ConditionRecord, field: str) -> Refusal:
    """Two records claim the same day under one key."""
    values = {"type": one.condition_type, "record": one.number, "other": other.number}
    return Refusal("RECORDS_OVERLAP", field, values)
