"""Accesses 存取: which records a document may need, which of the records under a key holds, and what each access found.

Source: DOMAIN.md §3, access sequence and release status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from domain.errors import Refusal
from domain.pricing.copying import is_determined
from domain.pricing.prepared import ReadyAccess, ReadyStep, prepared
from domain.pricing.values import (
    AccessOutcome,
    AccessTrace,
    ConditionRecord,
    Customizing,
    Key,
    KeyField,
    PricingDate,
    PricingDocument,
    ReleaseStatus,
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
    steps = [step for step in plan.steps if step.type is not None and is_determined(step.type, document.pricing_type)]
    wanted: dict[KeyWanted, None] = {}
    done: set[tuple[int, tuple[str | None, ...]]] = set()
    for item in document.items:
        fields = fields_of(document, item.fields)
        for step in steps:
            assert step.type is not None
            values = (step.order, tuple(fields.get(name) for name in step.names))
            if values in done:
                continue
            done.add(values)
            day = day_of(document, step.type.dated_by)
            for access in step.accesses:
                key = key_of(access, fields)
                if key is not None:
                    wanted[KeyWanted(step.type.code, access.table, key, day)] = None
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


class Found(NamedTuple):
    """What a search found: the records of its hits, the trace of all accesses, and what is wrong with the records."""

    records: tuple[ConditionRecord, ...]
    accesses: tuple[AccessTrace, ...]
    overlaps: tuple[tuple[ConditionRecord, ConditionRecord], ...] = ()

    @property
    def was_blocked(self) -> bool:
        """Whether a record was there and could not be used."""
        return any(access.outcome is AccessOutcome.BLOCKED for access in self.accesses)


class Search:
    """The records brought for a document, and what its searches found; equal searches are made once."""

    def __init__(self, document: PricingDocument, records: Iterable[ConditionRecord]) -> None:
        self.document, self.statuses = document, IN_SIMULATION if document.simulation else IN_DOCUMENTS
        self.records: dict[tuple[str, str, Key], list[ConditionRecord]] = {}
        for record in records:
            self.records.setdefault((record.condition_type, record.table, record.key), []).append(record)
        self.found: dict[tuple[int, tuple[str | None, ...], tuple[bool, ...]], Found] = {}

    def find(self, step: ReadyStep, fields: Fields, met: tuple[bool, ...]) -> Found:
        """What the accesses of a step find; `met` says of each whether its requirement is met, where any has one."""
        values = (step.order, tuple([fields.get(name) for name in step.names]), met)
        found = self.found.get(values)
        if found is None:
            found = self.found[values] = self._find(step, fields, met or (True,) * len(step.accesses))
        return found

    def _find(self, step: ReadyStep, fields: Fields, met: tuple[bool, ...]) -> Found:
        assert step.kind is not None
        condition_type = step.kind.type
        day = day_of(self.document, condition_type.dated_by)
        hits: list[ConditionRecord] = []
        traces: list[AccessTrace] = []
        overlaps: list[tuple[ConditionRecord, ConditionRecord]] = []
        over = False
        for access, is_met in zip(step.accesses, met, strict=True):
            record, outcome = None, AccessOutcome.EXCLUSIVE_HIT_BEFORE
            if not over:
                key = key_of(access, fields)
                if not is_met:
                    outcome = AccessOutcome.REQUIREMENT
                elif key is None:
                    outcome = AccessOutcome.KEY_INCOMPLETE
                else:
                    under = self.records.get((condition_type.code, access.table, key), NONE)
                    record, outcome, others = record_on(under, day, self.statuses)
                    overlaps += [(record, other) for other in others if record is not None]
            if record is not None:
                hits.append(record)
                over = access.exclusive
            traces.append(trace_of(access, fields, outcome, record))
        return Found(tuple(hits), tuple(traces), tuple(overlaps))


NONE: Sequence[ConditionRecord] = ()


def trace_of(access: ReadyAccess, fields: Fields, outcome: AccessOutcome, record: ConditionRecord | None = None) -> AccessTrace:
    """What an access looked for and what became of it."""
    key = tuple([(field, fields[name]) for field, name in zip(access.fields, access.names, strict=True) if name in fields])
    return AccessTrace(access.number, access.table, key, outcome, record.id if record is not None else None)


def refusal_of_overlap(one: ConditionRecord, other: ConditionRecord, field: str) -> Refusal:
    """Two records claim the same day under one key."""
    values = {"type": one.condition_type, "record": one.number, "other": other.number}
    return Refusal("RECORDS_OVERLAP", field, values)
