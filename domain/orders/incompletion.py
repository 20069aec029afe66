"""Incompletion procedures 不完整性: which fields a document must have, what their lack blocks, and whether it warns or refuses.

A field counts as filled by whoever asks: this room is told the names of what is filled, never the values. Source: DOMAIN.md §5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from domain.errors import Refusal


class Part(Enum):
    """The part of a document that a procedure is for."""

    HEADER = "HEADER"
    ITEM = "ITEM"
    SCHEDULE_LINE = "SCHEDULE_LINE"
    PARTNER = "PARTNER"


class Blocks(Enum):
    """What the lack of a field keeps from happening; general: everything that follows."""

    GENERAL = "GENERAL"
    DELIVERY = "DELIVERY"
    BILLING = "BILLING"
    PRICING = "PRICING"


@dataclass(frozen=True, slots=True)
class RequiredField:
    """A field that must be filled, its title in both languages, what its lack blocks, and whether it keeps one from saving."""

    field: str
    title: str
    blocks: tuple[Blocks, ...]
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class IncompletionProcedure:
    """The fields of a part of a document. A procedure of partners names partner functions (`SHIP_TO`) as its fields."""

    code: str
    part: Part
    fields: tuple[RequiredField, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A part of a document as it is checked: by which procedure, on which line (None: the header), and what is filled."""

    procedure: str
    filled: frozenset[str]
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that is not filled."""

    part: Part
    required: RequiredField
    line: int | None = None

    @property
    def blocks(self) -> tuple[Blocks, ...]:
        """What it blocks."""
        return self.required.blocks

    @property
    def refuses(self) -> bool:
        """Whether the document is not saved without it."""
        return self.required.refuses

    def refusal(self) -> Refusal:
        """It in words: the message of a warning or of an error alike."""
        values = {"field": self.required.field, "title": self.required.title}
        if self.line is None:
            return Refusal("FIELD_MISSING", self.required.field, values)
        return Refusal("FIELD_MISSING_IN_LINE", f"items.{self.line}.{self.required.field}", {**values, "line": self.line})


def missing_fields(procedures: Mapping[str, IncompletionProcedure], parts: Iterable[Checked]) -> tuple[Missing, ...]:
    """Everything that a document lacks, in the order of its parts and of their procedures' fields."""
    return tuple(
        Missing(procedures[each.procedure].part, required, each.line)
        for each in parts
        for required in procedures[each.procedure].fields
        if required.field not in each.filled
    )


def blocked(missing: Iterable[Missing], step: Blocks, line: int | None = None) -> tuple[Missing, ...]:
    """What keeps a step from happening: to the whole document, or to a line of it, for which the header's fields count too."""
    return tuple(
        each
        for each in missing
        if {step, Blocks.GENERAL} & set(each.blocks) and (line is None or each.line is None or each.line == line)
    )


def refusals_to_save(missing: Iterable[Missing]) -> tuple[Refusal, ...]:
    """The fields without which the document is not saved."""
    return tuple(each.refusal() for each in missing if each.refuses)


def warnings(missing: Iterable[Missing]) -> tuple[Refusal, ...]:
    """The fields that are told and that the document is saved without."""
    return tuple(each.refusal() for each in missing if not each.refuses)


def is_incomplete(missing: Iterable[Missing]) -> bool:
    """Whether a document lacks anything at all, so that it cannot be referenced."""
    return any(True for _ in missing)


def faults_of_procedures(procedures: Mapping[str, IncompletionProcedure]) -> tuple[Refusal, ...]:
    """What is wrong with procedures: a field twice, one that blocks nothing."""
    return tuple(refusal for each in procedures.values() for refusal in _faults(each))


def _faults(procedure: IncompletionProcedure) -> Iterator[Refusal]:
    seen: set[str] = set()
    for place, each in enumerate(procedure.fields):
        path = f"incompletion.{procedure.code}.fields.{place}"
        if each.field in seen:
            yield Refusal("CONTENT_TWICE", path, {"value": each.field})
        if not each.blocks:
            yield Refusal("CONTENT_BLOCKS_NOTHING", path, {"value": each.field})
        seen.add(each.field)
