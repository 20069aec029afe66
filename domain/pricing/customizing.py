"""Customizing 后台配置 as data: what may be wrong with it, and which procedure prices a document. Source: DOMAIN.md §3.

Everything that refers to something is checked once, here, so that pricing never meets a step, a type or a formula
that does not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from domain.errors import Refusal
from domain.pricing.expressions import Faulty
from domain.pricing.formulas import BASE_FORMULA, REQUIREMENT, VALUE_FORMULA, Place, ready
from domain.pricing.values import (
    CalculationType,
    Customizing,
    ExclusionProcedure,
    ProcedureDetermination,
    ProcedureStep,
    ScaleType,
    Subtotal,
)

TWO_GROUPS = frozenset({ExclusionProcedure.BEST_GROUP, ExclusionProcedure.EXCLUSIVE, ExclusionProcedure.WORST_GROUP})
SUBTOTALS = {each.value: each for each in Subtotal}


def procedure_for(
    rows: Iterable[ProcedureDetermination], sales_area: str, document_procedure: str, customer_procedure: str
) -> str | None:
    """The pricing procedure of a sales area, a document's and a customer's pricing procedure; None where none is set."""
    wanted = (sales_area, document_procedure, customer_procedure)
    return next(
        (row.procedure for row in rows if (row.sales_area, row.document_procedure, row.customer_procedure) == wanted), None
    )


def refusals_of_customizing(customizing: Customizing) -> tuple[Refusal, ...]:
    """Everything that is wrong with a procedure and with what it refers to; empty when documents can be priced by it."""
    return (
        *_refusals_of_steps(customizing),
        *_refusals_of_references(customizing.procedure.steps),
        *_refusals_of_types(customizing),
        *_refusals_of_accesses(customizing),
        *_refusals_of_exclusions(customizing),
        *_refusals_of_figures(customizing),
    )


def _refusals_of_steps(customizing: Customizing) -> Iterator[Refusal]:
    seen: set[tuple[int, int]] = set()
    for place, step in enumerate(customizing.procedure.steps):
        path = f"steps.{place}"
        if step.step < 1 or step.counter < 0:
            yield Refusal("STEP_NUMBER", f"{path}.step", {"step": step.step, "counter": step.counter})
        if (step.step, step.counter) in seen:
            yield Refusal("STEP_TWICE", f"{path}.step", {"step": step.step, "counter": step.counter})
        seen.add((step.step, step.counter))
        condition_type = customizing.condition_types.get(step.condition_type or "")
        if step.condition_type is not None and condition_type is None:
            yield Refusal("CONDITION_TYPE_UNKNOWN", f"{path}.conditionType", {"step": step.step, "value": step.condition_type})
        if condition_type and condition_type.calculation is CalculationType.FORMULA and not step.value_formula:
            yield Refusal("FORMULA_MISSING", f"{path}.valueFormula", {"step": step.step, "value": condition_type.code})
        for field, named, table in _formulas_of(step):
            yield from _faults_of_formula(named, table, f"{path}.{field}", str(step.step))


def _formulas_of(step: ProcedureStep) -> tuple[tuple[str, str | None, Place], ...]:
    return (
        ("requirement", step.requirement, REQUIREMENT),
        ("baseFormula", step.base_formula, BASE_FORMULA),
        ("valueFormula", step.value_formula, VALUE_FORMULA),
    )


def _faults_of_formula(named: str | None, place: Place, field: str, where: str) -> tuple[Refusal, ...]:
    try:
        ready(named, place)
    except Faulty as faulty:
        return (faulty.refusal(field, where),)
    return ()


# ----------------------------------------------------------------------------------------------------- what refers to what


def _refusals_of_references(steps: tuple[ProcedureStep, ...]) -> Iterator[Refusal]:
    numbers = {step.step for step in steps}
    for place, step in enumerate(steps):
        start, end, path = step.from_step, step.to_step, f"steps.{place}"
        if start is not None and start >= step.step:
            yield Refusal("FROM_STEP_LATER", f"{path}.fromStep", {"step": step.step, "value": start})
        if start is not None and end is None and start not in numbers:
            yield Refusal("FROM_STEP_UNKNOWN", f"{path}.fromStep", {"step": step.step, "value": start})
        if end is not None and (start is None or end < start or end >= step.step):
            yield Refusal("TO_STEP", f"{path}.toStep", {"step": step.step, "value": end})
        for name in sorted(_subtotals_named(step)):
            if not any(other.subtotal is SUBTOTALS[name] and other.step < step.step for other in steps):
                yield Refusal("SUBTOTAL_LATER", path, {"step": step.step, "value": name})
    circle = _circle(steps)
    if circle:
        yield Refusal("BASES_CIRCLE", "steps", {"steps": " -> ".join(map(str, circle))})


def _subtotals_named(step: ProcedureStep) -> frozenset[str]:
    """The subtotals that a step's formulas read, as far as these can be read at all."""
    found: set[str] = set()
    for _, named, place in _formulas_of(step)[1:]:
        try:
            formula = ready(named, place)
        except Faulty:
            continue
        found |= formula.expression.names & SUBTOTALS.keys() if formula else set()
    return frozenset(found)


def _circle(steps: tuple[ProcedureStep, ...]) -> tuple[int, ...]:
    """The first circle of steps whose bases need each other; empty when there is none."""
    needs = _needs(steps)
    done: set[int] = set()
    for start in needs:
        trail: list[int] = []
        stack = [(start, iter(needs[start]))] if start not in done else []
        trail += [start] if stack else []
        while stack:
            following = next(stack[-1][1], None)
            if following is None:
                done.add(stack.pop()[0])
                trail.pop()
            elif following in trail:
                return (*trail[trail.index(following) :], following)
            elif following not in done:
                stack.append((following, iter(needs[following])))
                trail.append(following)
    return ()


def _needs(steps: tuple[ProcedureStep, ...]) -> Mapping[int, tuple[int, ...]]:
    numbers = sorted({step.step for step in steps})
    needs: dict[int, set[int]] = {number: set() for number in numbers}
    for step in steps:
        if step.from_step is not None:
            end = step.from_step if step.to_step is None else step.to_step
            needs[step.step] |= {number for number in numbers if step.from_step <= number <= end}
        for name in _subtotals_named(step):
            keeping = {other.step for other in steps if other.subtotal is SUBTOTALS[name]}
            needs[step.step] |= {number for number in keeping if number < step.step} or keeping
    return {number: tuple(sorted(wanted)) for number, wanted in needs.items()}


# --------------------------------------------------------------------------------------------------- the rest of the tables


def _refusals_of_types(customizing: Customizing) -> Iterator[Refusal]:
    for code, each in customizing.condition_types.items():
        path = f"conditionTypes.{code}"
        if each.access_sequence is not None and each.access_sequence not in customizing.access_sequences:
            yield Refusal("ACCESS_SEQUENCE_UNKNOWN", f"{path}.accessSequence", {"type": code, "value": each.access_sequence})
        if each.group and each.scale_type is ScaleType.INTERVAL:
            yield Refusal("INTERVAL_EXCLUDES", f"{path}.scaleType", {"what": code})
        if each.lower_limit is not None and each.upper_limit is not None and each.upper_limit < each.lower_limit:
            yield Refusal("LIMITS_REVERSED", f"{path}.upperLimit", {"what": code})


def _refusals_of_accesses(customizing: Customizing) -> Iterator[Refusal]:
    for code, sequence in customizing.access_sequences.items():
        for place, access in enumerate(sequence.accesses):
            path, where = f"accessSequences.{code}.accesses.{place}", f"{code}/{access.number}"
            if access.table not in customizing.tables:
                yield Refusal("CONDITION_TABLE_UNKNOWN", f"{path}.table", {"where": where, "value": access.table})
            yield from _faults_of_formula(access.requirement, REQUIREMENT, f"{path}.requirement", where)
        for one, other in pairwise(sorted(access.number for access in sequence.accesses)):
            if one == other:
                yield Refusal("ACCESS_TWICE", f"accessSequences.{code}.accesses", {"type": code, "value": one})
    for code, table in customizing.tables.items():
        if not table.fields or len(set(table.fields)) < len(table.fields):
            yield Refusal("TABLE_FIELDS", f"tables.{code}.fields", {"value": code})


def _refusals_of_exclusions(customizing: Customizing) -> Iterator[Refusal]:
    for place, rule in enumerate(customizing.procedure.exclusions):
        path = f"exclusions.{place}"
        for field, group in (("group", rule.group), ("secondGroup", rule.second_group)):
            if group is not None and group not in customizing.exclusion_groups:
                yield Refusal("EXCLUSION_GROUP_UNKNOWN", f"{path}.{field}", {"value": group})
        if (rule.second_group is not None) is not (rule.procedure in TWO_GROUPS):
            yield Refusal("EXCLUSION_GROUPS", f"{path}.secondGroup", {"value": rule.procedure.value})


def _refusals_of_figures(customizing: Customizing) -> Iterator[Refusal]:
    for place, rate in enumerate(customizing.exchange_rates):
        if rate.rate <= 0:
            currencies = {"from": rate.from_currency, "to": rate.to_currency}
            yield Refusal("EXCHANGE_RATE_RANGE", f"exchangeRates.{place}.rate", currencies)
    for code, unit in customizing.units.items():
        if unit.factor <= 0 or unit.decimals < 0:
            yield Refusal("UNIT_RANGE", f"units.{code}", {"value": code})
    for field, units in (("roundingUnits", customizing.rounding_units), ("cashUnits", customizing.cash_units)):
        for currency, step in units.items():
            if not step.is_finite() or step <= 0:
                yield Refusal("ROUNDING_UNIT", f"{field}.{currency}", {"value": currency})
