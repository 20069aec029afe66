"""A procedure made ready: everything that a step refers to looked up once, for all documents that it prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from domain.errors import Invalid, refuse_if_any
from domain.pricing.calculation import CALCULATIONS, PERCENTAGES, Calculate
from domain.pricing.customizing import refusals_of_customizing
from domain.pricing.formulas import BASE_FORMULA, RAISE_TO_MINIMUM, REQUIREMENT, VALUE_FORMULA, Ready, ready
from domain.pricing.rounding import ZERO
from domain.pricing.values import (
    CalculationType,
    ConditionTable,
    ConditionType,
    Customizing,
    Key,
    KeyField,
    ProcedureStep,
    ScaleBasis,
    Subtotal,
)

MEASURED: Mapping[CalculationType, ScaleBasis] = {
    CalculationType.QUANTITY: ScaleBasis.QUANTITY,
    CalculationType.GROSS_WEIGHT: ScaleBasis.GROSS_WEIGHT,
    CalculationType.NET_WEIGHT: ScaleBasis.NET_WEIGHT,
    CalculationType.VOLUME: ScaleBasis.VOLUME,
}
"""The calculation types whose base is a measure of the item; all others work on an amount."""


@dataclass(frozen=True, slots=True)
class ReadyType:
    """A condition type with how it calculates; `basis` is what it measures, None where it works on an amount."""

    type: ConditionType
    basis: ScaleBasis | None
    calculate: Calculate
    rounding: str
    is_price: bool
    is_tax: bool
    is_percent: bool
    is_formula: bool


class ReadyTable:
    """A condition table that is looked into; `key_of` makes the key of an item that has all of its fields."""

    __slots__ = ("code", "fields", "key_of", "names")

    def __init__(self, table: ConditionTable) -> None:
        self.code, self.fields = table.code, table.fields
        self.names = [field.value for field in table.fields]
        self.key_of = itemgetter(*self.names) if len(self.names) > 1 else self._short_key_of

    def _short_key_of(self, fields: Mapping[str, str]) -> Key:
        return tuple([fields[name] for name in self.names])


@dataclass(frozen=True, slots=True)
class ReadyAccess:
    """An access; `place` is that of its table among the tables of the procedure."""

    number: int
    table: ReadyTable
    place: int
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

    `place` counts step numbers, `order` steps with their counters; it `closes` its number when none with that number follows.
    `conditional`: some of its accesses have requirements.
    """

    step: ProcedureStep
    order: int
    place: int
    kind: ReadyType | None
    accesses: tuple[ReadyAccess, ...]
    conditional: bool
    searched: tuple[tuple[int, str, tuple[KeyField, ...]], ...]
    requirement: Ready | None
    base_formula: Ready | None
    value_formula: Ready | None
    subtotal: str | None
    reference: Reference | None
    opens_price: bool
    closes: bool

    @property
    def type(self) -> ConditionType | None:
        """Its condition type; None for a subtotal."""
        return self.kind.type if self.kind is not None else None

    @property
    def expressions(self) -> Iterator[Ready]:
        """Its requirements, those of its accesses, and its formulas."""
        all_ = (self.requirement, *(access.requirement for access in self.accesses), self.base_formula, self.value_formula)
        return (each for each in all_ if each is not None)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A procedure ready to price by. `of_type` is the first step of each condition type, `places` how many step numbers.

    `tables` are those that its accesses look into, `inputs` the names of all that its requirements and formulas work with.
    """

    customizing: Customizing
    tables: tuple[ReadyTable, ...]
    inputs: frozenset[str]
    steps: tuple[ReadyStep, ...]
    typed: tuple[tuple[ReadyStep, ReadyType], ...]
    types: dict[str, ReadyType]
    of_type: dict[str, ReadyStep]
    at: dict[tuple[int, int], ReadyStep]
    places: int
    required: tuple[ReadyStep, ...]
    subtotals: tuple[Subtotal, ...]
    no_subtotals: Mapping[str, Decimal]
    has_minimum: bool


class Keys:
    """Makes the keys of items; which of them an item has is found out once for all items that have the same fields."""

    def __init__(self, plan: Prepared) -> None:
        self.tables = plan.tables
        self.known: dict[tuple[str, ...], list[Callable[[Mapping[str, str]], Key | None]]] = {}

    def of(self, fields: Mapping[str, str]) -> list[Key | None]:
        """The keys of an item with these fields, one for each of the tables; None where a field has no value."""
        names = tuple(fields)
        if names not in self.known:
            self.known[names] = [table.key_of if fields.keys() >= set(table.names) else _no_key for table in self.tables]
        return [key_of(fields) for key_of in self.known[names]]


def _no_key(_: Mapping[str, str]) -> None:
    return None


@lru_cache(maxsize=64)
def prepared(customizing: Customizing) -> Prepared:
    """The procedure of this customizing, made ready. Raises Invalid with all that is wrong with it."""
    refuse_if_any(refusals_of_customizing(customizing), Invalid)
    ordered = sorted(customizing.procedure.steps, key=lambda step: (step.step, step.counter))
    numbers = [number for number, _ in groupby(step.step for step in ordered)]
    types = {code: _ready_type(each) for code, each in customizing.condition_types.items()}
    last = {step.step: order for order, step in enumerate(ordered)}
    tables: dict[str, ReadyTable] = {}
    steps = tuple(
        _ready_step(customizing, types, tables, step, order, numbers, last[step.step]) for order, step in enumerate(ordered)
    )
    of_type: dict[str, ReadyStep] = {}
    for step in steps:
        if step.type is not None:
            of_type.setdefault(step.type.code, step)
    return Prepared(
        customizing=customizing,
        tables=tuple(tables.values()),
        inputs=frozenset(name for step in steps for each in step.expressions for name in each.expression.names),
        steps=steps,
        typed=tuple((each, each.kind) for each in steps if each.kind is not None),
        types=types,
        of_type=of_type,
        at={(each.step.step, each.step.counter): each for each in steps},
        places=len(numbers),
        required=tuple(each for each in steps if each.step.required),
        no_subtotals={each.value: ZERO for each in Subtotal},
        has_minimum=any(each.step.value_formula == RAISE_TO_MINIMUM for each in steps),
        subtotals=tuple(dict.fromkeys(each.step.subtotal for each in steps if each.step.subtotal is not None)),
    )


def _ready_type(condition_type: ConditionType) -> ReadyType:
    calculation = condition_type.calculation
    basis, calculate = MEASURED.get(calculation), CALCULATIONS[calculation]
    return ReadyType(
        type=condition_type,
        basis=basis,
        calculate=calculate,
        rounding=condition_type.rounding.name,
        is_price=condition_type.is_price,
        is_tax=condition_type.is_tax,
        is_percent=calculation in PERCENTAGES,
        is_formula=calculation is CalculationType.FORMULA,
    )


def _ready_step(
    customizing: Customizing,
    types: dict[str, ReadyType],
    tables: dict[str, ReadyTable],
    step: ProcedureStep,
    order: int,
    numbers: list[int],
    last: int,
) -> ReadyStep:
    kind = types[step.condition_type] if step.condition_type is not None else None
    accesses = _accesses(customizing, tables, kind.type) if kind is not None and not step.manual else ()
    return ReadyStep(
        step=step,
        order=order,
        place=numbers.index(step.step),
        kind=kind,
        accesses=accesses,
        searched=tuple((access.number, access.table.code, access.table.fields) for access in accesses),
        conditional=any(access.requirement is not None for access in accesses),
        requirement=ready(step.requirement, REQUIREMENT),
        base_formula=ready(step.base_formula, BASE_FORMULA),
        value_formula=ready(step.value_formula, VALUE_FORMULA),
        subtotal=step.subtotal.value if step.subtotal is not None else None,
        reference=_reference(step, numbers),
        opens_price=kind is not None and kind.is_price and not step.statistical,
        closes=order == last,
    )


def _accesses(
    customizing: Customizing, tables: dict[str, ReadyTable], condition_type: ConditionType
) -> tuple[ReadyAccess, ...]:
    """The accesses of a type by number; tables that are new join those of the procedure."""
    if condition_type.access_sequence is None:
        return ()
    accesses = customizing.access_sequences[condition_type.access_sequence].accesses
    found = []
    for access in sorted(accesses, key=lambda access: access.number):
        if access.table not in tables:
            tables[access.table] = ReadyTable(customizing.tables[access.table])
        table, place = tables[access.table], list(tables).index(access.table)
        found.append(ReadyAccess(access.number, table, place, ready(access.requirement, REQUIREMENT), access.exclusive))
    return tuple(found)


def _reference(step: ProcedureStep, numbers: list[int]) -> Reference | None:
    if step.from_step is None:
        return None
    last = step.from_step if step.to_step is None else step.to_step
    within = [place for place, number in enumerate(numbers) if step.from_step <= number <= last]
    if not within:
        return Reference(0, -1, single=False)
    return Reference(within[0], within[-1], single=step.to_step is None or step.to_step == step.from_step)
