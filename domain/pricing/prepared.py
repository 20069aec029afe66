"""A procedure made ready: everything that a step refers to looked up once, for all documents that it prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from domain.errors import Invalid, refuse_if_any
from domain.pricing.customizing import refusals_of_customizing
from domain.pricing.formulas import BASE_FORMULA, REQUIREMENT, VALUE_FORMULA, Ready, ready
from domain.pricing.values import ConditionType, Customizing, KeyField, ProcedureStep, Subtotal


@dataclass(frozen=True, slots=True)
class ReadyAccess:
    """An access with the fields of its table."""

    number: int
    table: str
    fields: tuple[KeyField, ...]
    requirement: Ready | None
    exclusive: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """The steps that a base refers to, by their places among the step numbers; `single`: that step's value itself."""

    first: int
    last: int
    single: bool


@dataclass(frozen=True, slots=True)
class ReadyStep:
    """A step with its type, accesses and formulas; `opens_price`: its rows may be the last price.

    `place` counts step numbers, `order` steps with their counters.
    """

    step: ProcedureStep
    order: int
    place: int
    type: ConditionType | None
    accesses: tuple[ReadyAccess, ...]
    fields: tuple[KeyField, ...]
    requirement: Ready | None
    base_formula: Ready | None
    value_formula: Ready | None
    reference: Reference | None
    opens_price: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A procedure ready to price by. `of_type` is the first step of each condition type, `places` how many step numbers."""

    customizing: Customizing
    steps: tuple[ReadyStep, ...]
    of_type: dict[str, ReadyStep]
    at: dict[tuple[int, int], ReadyStep]
    places: int
    subtotals: frozenset[Subtotal]


@lru_cache(maxsize=64)
def prepared(customizing: Customizing) -> Prepared:
    """The procedure of this customizing, made ready. Raises Invalid with all that is wrong with it."""
    refuse_if_any(refusals_of_customizing(customizing), Invalid)
    ordered = sorted(customizing.procedure.steps, key=lambda step: (step.step, step.counter))
    numbers = [number for number, _ in groupby(step.step for step in ordered)]
    steps = tuple(_ready_step(customizing, step, order, numbers) for order, step in enumerate(ordered))
    of_type: dict[str, ReadyStep] = {}
    for step in steps:
        if step.type is not None:
            of_type.setdefault(step.type.code, step)
    return Prepared(
        customizing=customizing,
        steps=steps,
        of_type=of_type,
        at={(each.step.step, each.step.counter): each for each in steps},
        places=len(numbers),
        subtotals=frozenset(each.step.subtotal for each in steps if each.step.subtotal is not None),
    )


def _ready_step(customizing: Customizing, step: ProcedureStep, order: int, numbers: list[int]) -> ReadyStep:
    found = customizing.condition_types[step.condition_type] if step.condition_type is not None else None
    accesses = _accesses(customizing, found) if found is not None and not step.manual else ()
    return ReadyStep(
        step=step,
        order=order,
        place=numbers.index(step.step),
        type=found,
        accesses=accesses,
        fields=tuple(dict.fromkeys(field for access in accesses for field in access.fields)),
        requirement=ready(step.requirement, REQUIREMENT),
        base_formula=ready(step.base_formula, BASE_FORMULA),
        value_formula=ready(step.value_formula, VALUE_FORMULA),
        reference=_reference(step, numbers),
        opens_price=found is not None and found.is_price and not step.statistical,
    )


def _accesses(customizing: Customizing, condition_type: ConditionType) -> tuple[ReadyAccess, ...]:
    if condition_type.access_sequence is None:
        return ()
    accesses = customizing.access_sequences[condition_type.access_sequence].accesses
    return tuple(
        ReadyAccess(
            access.number,
            access.table,
            customizing.tables[access.table].fields,
            ready(access.requirement, REQUIREMENT),
            access.exclusive,
        )
        for access in sorted(accesses, key=lambda access: access.number)
    )


def _reference(step: ProcedureStep, numbers: list[int]) -> Reference | None:
    if step.from_step is None:
        return None
    last = step.from_step if step.to_step is None else step.to_step
    within = [place for place, number in enumerate(numbers) if step.from_step <= number <= last]
    if not within:
        return Reference(0, -1, single=False)
    return Reference(within[0], within[-1], single=step.to_step is None or step.to_step == step.from_step)
