"""(d) of the order of evaluation: group conditions 组条件, their common scale base, and totals that are exact.

Header conditions of an absolute amount with a group flag are split by the same rule: the parts sum to the amount.
Source: DOMAIN.md §3.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from domain.errors import Refusal, Refused
from domain.pricing.calculation import PERCENTAGES
from domain.pricing.formulas import Ready
from domain.pricing.rounding import ZERO, largest, rounded, split
from domain.pricing.rows import Currency, Line, Row
from domain.pricing.values import (
    CalculationType,
    GroupScope,
    InactiveReason,
    KeyField,
    ScaleBasis,
)
from domain.pricing.workings import worked_out


def make_exact(rows: Iterable[Row], currency: Currency) -> None:
    """Let the rows of each group sum to what the group's sum gives: the tax of a rate is exact on its taxable sum.

    The difference goes to the row with the largest base, of equals to the first line. Where a step has a value formula of
    the item, there is no sum to be exact on.
    """
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if row.exact_key is not None and row.is_active:
            groups.setdefault((row.exact_key, row.rate, row.terms), []).append(row)
    for members in groups.values():
        calculation, formula = members[0].type.calculation, _formula_of_group(members[0])
        if formula is None and members[0].step.value_formula is not None:
            continue
        if formula is not None or calculation is CalculationType.FIXED_AMOUNT:
            _split(members, currency)
        elif calculation in PERCENTAGES and (len(members) > 1 or members[0].frozen):
            _correct(members, currency)


def _formula_of_group(row: Row) -> Ready | None:
    return next((each for each in (row.step.base_formula, row.step.value_formula) if each is not None and each.of_group), None)


def _correct(members: list[Row], currency: Currency) -> None:
    """A percentage: each keeps its own value, one takes the difference to the value of the sum.

    A row that is frozen may have taken over what was one of a larger group: of those that are left it is worked out again.
    """
    one = members[0]
    assert one.rate is not None
    bases = [row.base or ZERO for row in members]
    total = rounded(one.kind.calculate(one, sum(bases, ZERO), one.rate), currency.unit, one.type.rounding)
    difference = total - sum((row.value or ZERO for row in members), ZERO)
    if difference:
        row = members[largest(bases)]
        row.value, row.difference = (row.value or ZERO) + difference, row.difference + difference


def _split(members: list[Row], currency: Currency) -> None:
    """An amount, or a formula of the whole: worked out once and split by the bases of the rows."""
    one = members[0]
    bases = [row.base or ZERO for row in members]
    total = rounded(_value_of_whole(one, members, sum(bases, ZERO)), currency.unit, one.type.rounding)
    if not sum(bases, ZERO):
        _without_base(members, total)
        return
    parts, place, difference = split(total, bases, currency.unit, one.type.rounding)
    for row, part in zip(members, parts, strict=True):
        row.value = part
    members[place].difference = difference


def _value_of_whole(one: Row, members: list[Row], base: Decimal) -> Decimal:
    assert one.rate is not None
    reference = sum((row.reference for row in members), ZERO)
    based, valued = one.step.base_formula, one.step.value_formula
    if based is not None and based.of_group:
        base = worked_out(based, one, reference, base, ZERO)
    amount = one.kind.calculate(one, base, one.rate)
    return worked_out(valued, one, reference, base, amount) if valued is not None and valued.of_group else amount


def _without_base(members: list[Row], total: Decimal) -> None:
    """What cannot be split: nothing stays nothing, a header condition is refused, what a record brought is an error."""
    one = members[0]
    if total and one.header:
        values = {"step": one.step.step.step, "type": one.type.code, "value": str(total)}
        raise Refused(Refusal("HEADER_WITHOUT_BASE", "headerConditions", values))
    for row in members:
        row.value, row.reason = (None, InactiveReason.ERROR) if total else (ZERO, None)


# ------------------------------------------------------------------------------------------------- the common scale base


def sum_groups(rows: Iterable[Row]) -> None:
    """Give each group condition with a scale the scale base of its whole group."""
    members: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if row.type.group and row.settled is None and row.main is None and not row.header:
            members.setdefault(_scope_of(row), []).append(row)
    for scope in members.values():
        sums: dict[tuple[ScaleBasis, str, str], Decimal] = {}
        for row in scope:
            if row.scale is None:
                continue
            wanted = (row.scale.basis, row.scale_unit, row.type.code)
            if wanted not in sums:
                sums[wanted] = _sum_of(scope, row)
            row.group_base = sums[wanted]


def _scope_of(row: Row) -> tuple[object, ...]:
    scope = row.type.group_scope
    if scope is GroupScope.ALL_TYPES:
        return (scope, row.line.party)
    if scope is GroupScope.MATERIAL_PRICING_GROUP:
        return scope, row.line.party, row.type.code, row.line.fields.get(KeyField.MATERIAL_PRICING_GROUP.value)
    return scope, row.type.code, row.exact_key


def _sum_of(scope: list[Row], asking: Row) -> Decimal:
    """The scale base of a scope in the unit that a row's scale is read in, each line counted once."""
    assert asking.scale is not None
    basis, unit = asking.scale.basis, asking.scale_unit
    lines: dict[int, Row] = {}
    for row in scope:
        lines.setdefault(row.line.index, row)
    if basis is not ScaleBasis.VALUE:
        return sum((_measure(row.line, basis, unit, asking) for row in lines.values()), ZERO)
    return asking.line.currency.amount_in(unit, sum((row.scaled_amount for row in lines.values()), ZERO))


def _measure(line: Line, basis: ScaleBasis, unit: str, asking: Row) -> Decimal:
    measure = line.measure(basis, unit)
    if measure is None:
        assert asking.record is not None
        raise Refused(line.refusal_of_measure(basis, unit, asking.record.number))
    return measure
