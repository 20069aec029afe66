"""Accesses 存取: which records a document may need, which of the records under a key holds, and what each access found.

Source: DOMAIN.md §3, access sequence and release status.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.errors import Refusal
from domain.pricing.copying import is_determined
from domain.pricing.limits import is_limited
from domain.pricing.prepared import Keys, Prepared, ReadyStep, prepared
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
    Supplement,
)

IN_DOCUMENTS = (ReleaseStatus.RELEASED,)
IN_SIMULATION = (ReleaseStatus.PLANNING_AND_SIMULATION, ReleaseStatus.SIMULATION, ReleaseStatus.RELEASED)
"""The statuses that count, the preferred one first."""

NAMES = {field: field.value for field in KeyField}
Fields = Mapping[str, str]
"""The key fields of an item by their names; those without a value are not there."""


class KeysWanted(NamedTuple):
    """Under which keys of a table records of a type are looked for, and on which day one of them must be valid."""

    condition_type: str
    table: str
    day: date
    keys: tuple[Key, ...]


def keys_wanted(document: PricingDocument, customizing: Customizing) -> tuple[KeysWanted, ...]:
    """All keys that pricing this document may look under, each once, for all records of them to be read at one go.

    The records of all statuses, versions and validities are wanted: the trace tells what was found and could not be used.
    Raises Invalid for faulty customizing.
    """
    plan = prepared(customizing)
    looked_into = dict.fromkeys(
        (kind.type.code, access.place, day_of(document, kind.type.dated_by))
        for step, kind in plan.typed
        if is_determined(kind.type, document.pricing_type)
        for access in step.accesses
    )
    of_items = map(Keys(plan).of, fields_of_items(document))
    keys = [tuple(key for key in dict.fromkeys(of_table) if key is not None) for of_table in zip(*of_items, strict=True)]
    return tuple(
        KeysWanted(code, plan.tables[place].code, day, keys[place])
        for code, place, day in (looked_into if keys else ())
        if keys[place]
    )


def fields_of_items(document: PricingDocument) -> Iterator[dict[str, str]]:
    """The key fields of each item by their names: its own, else the header's; those without a value left out."""
    header = _named(document.fields)
    for item in document.items:
        yield {**header, **_named(item.fields)}


def _named(fields: Mapping[KeyField, str]) -> dict[str, str]:
    return {NAMES[field]: value for field, value in fields.items() if value}


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
    if len(valid) == 1 and valid[0].release_status in statuses:
        return valid[0], AccessOutcome.FOUND, ()
    for status in statuses:
        usable = [record for record in valid if record.release_status is status]
        if len(usable) == 1:
            return usable[0], AccessOutcome.FOUND, ()
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


Told = tuple[tuple[AccessOutcome, str | None], ...]
"""What became of each access of a search, and the id of the record that it found."""


class Held(NamedTuple):
    """What holds under a key on the day that counts, and which other records claim that day."""

    record: ConditionRecord | None
    others: tuple[ConditionRecord, ...] = ()
    terms: Terms = Terms(None)
    told: tuple[AccessOutcome, str | None] = (AccessOutcome.NO_RECORD, None)
    """What the trace of a search says of it."""


def terms_of(source: ConditionRecord | Supplement | ManualCondition | CopiedRow) -> Terms:
    """The terms of whatever has them."""
    return Terms(source.rate, source.currency, source.per, source.unit)


NOTHING, KEY_INCOMPLETE = (AccessOutcome.NO_RECORD, None), (AccessOutcome.KEY_INCOMPLETE, None)
REQUIREMENT, NOT_REACHED = (AccessOutcome.REQUIREMENT, None), (AccessOutcome.EXCLUSIVE_HIT_BEFORE, None)


class Way(NamedTuple):
    """An access that records were brought for: its number in its step, whose key it looks under, and what holds there."""

    number: int
    place: int
    under: Mapping[Key | None, Held]
    exclusive: bool


class Search:
    """The records brought for a document, what holds under each key, and each step's search among them.

    `barren` are the steps, by their order, that look without condition where no records were brought.
    """

    def __init__(self, plan: Prepared, document: PricingDocument, records: Iterable[ConditionRecord]) -> None:
        held = _held_by_place(plan, document, records)
        self.limited = any(
            each.record is not None and is_limited(each.record) for keys in held.values() for each in keys.values()
        )
        self.steps = [step for step, kind in plan.typed if step.accesses and is_determined(kind.type, document.pricing_type)]
        self.ways = {step.order: _ways(step, held) for step in self.steps}
        self.barren = {
            step.order for step in self.steps if step.requirement is None and not step.conditional and not self.ways[step.order]
        }
        self.told: dict[tuple[str, ...], dict[int, Told]] = {}

    def in_vain(self, fields: Fields, keys: Sequence[Key | None]) -> dict[int, Told]:
        """What becomes of each step's accesses, by its order, where no record is found for an item with these keys."""
        names = tuple(fields)
        if names not in self.told:  # once for all items that have the same fields, and so lack the same keys
            self.told[names] = {
                step.order: tuple(KEY_INCOMPLETE if keys[access.place] is None else NOTHING for access in step.accesses)
                for step in self.steps
            }
        return self.told[names].copy()

    def find(
        self, step: ReadyStep, keys: Sequence[Key | None], in_vain: Told, met: Sequence[bool] | None
    ) -> tuple[list[Held], Told]:
        """The hits of a step's accesses, and of each what became of it; `met`: whether its requirement is, None that all are.

        `keys` are those of the item, one for each of the procedure's tables; `in_vain` is what becomes of the accesses else.
        """
        hits, told = [], list(in_vain)
        if met is not None:
            told = [each if is_met else REQUIREMENT for each, is_met in zip(told, met, strict=True)]
        for number, place, under, exclusive in self.ways[step.order]:
            held = under.get(keys[place]) if met is None or met[number] else None
            if held is None:
                continue
            told[number] = held.told
            if held.record is not None:
                hits.append(held)
                if exclusive:
                    told[number + 1 :] = [NOT_REACHED] * (len(told) - number - 1)
                    break
        return hits, tuple(told)


def _held_by_place(
    plan: Prepared, document: PricingDocument, records: Iterable[ConditionRecord]
) -> dict[tuple[str, str], dict[Key | None, Held]]:
    """What holds under the keys that there are records of, by condition type and table."""
    statuses = IN_SIMULATION if document.simulation else IN_DOCUMENTS
    days = {code: day_of(document, kind.type.dated_by) for code, kind in plan.types.items()}
    brought: dict[tuple[str, str], dict[Key, list[ConditionRecord]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        if record.condition_type in days:
            brought[record.condition_type, record.table][record.key].append(record)
    return {
        place: {key: _held(found, days[place[0]], statuses) for key, found in keys.items()} for place, keys in brought.items()
    }


def _held(records: Sequence[ConditionRecord], day: date, statuses: tuple[ReleaseStatus, ...]) -> Held:
    record, outcome, others = record_on(records, day, statuses)
    if record is None:
        return Held(None, told=(outcome, None))
    terms = terms_of(record) if record.free_goods is None else Terms(None)  # what comes free has no value of its own
    return Held(record, others, terms, (outcome, record.id))


def _ways(step: ReadyStep, held: Mapping[tuple[str, str], Mapping[Key | None, Held]]) -> list[Way]:
    assert step.kind is not None
    code = step.kind.type.code
    return [
        Way(number, access.place, held[code, access.table.code], access.exclusive)
        for number, access in enumerate(step.accesses)
        if (code, access.table.code) in held
    ]


def refusal_of_overlap(one: ConditionRecord, other: ConditionRecord, field: str) -> Refusal:
    """Two records claim the same day under one key."""
    values = {"type": one.condition_type, "record": one.number, "other": other.number}
    return Refusal("RECORDS_OVERLAP", field, values)
