"""(b) and (c) of the order of evaluation: the base, rate and value of each row, step by step over all lines at once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from domain.pricing.groups import make_exact
from domain.pricing.limits import Rest, is_limited
from domain.pricing.prepared import Prepared, ReadyStep
from domain.pricing.rounding import ZERO, fine
from domain.pricing.rows import Currency, Line, Row, keep_subtotals, references
from domain.pricing.scales import level_of
from domain.pricing.values import InactiveReason, Scale, ScaleBasis
from domain.pricing.workings import evaluated, worked_out


class Wave(NamedTuple):
    """Rows of one step of which each line has at most one, in the order of lines: what is worked out at the same time."""

    rows: list[Row]
    exact: bool


class Sheet:
    """The rows of all lines, in the order in which they are worked out; lines stand in the order of their numbers.

    What is entered for the whole document comes after all that the lines have of a step, so that it is distributed at once.
    `limited`: whether any of the records is used up by orders.
    """

    def __init__(self, plan: Prepared, currency: Currency, lines: list[Line], limited: bool) -> None:
        self.plan, self.currency, self.lines, self.limited = plan, currency, lines, limited
        self.rests: dict[tuple[str, int | None], Rest] = {}
        own: list[list[Wave]] = [[] for _ in plan.steps]
        of_header: list[list[Wave]] = [[] for _ in plan.steps]
        for line in lines:
            place, rank = None, 0
            for row in line.rows:
                if row.rate is not None:
                    rank = rank + 1 if (row.step, row.header) == place else 0
                    place = row.step, row.header
                    waves = (of_header if row.header else own)[row.step.order]
                    if rank == len(waves):
                        waves.append(Wave([], row.step.kind is not None and row.step.kind.type.group))
                    waves[rank].rows.append(row)
        self.waves = [[*before, *after] for before, after in zip(own, of_header, strict=True)]

    def rows(self) -> Iterator[Row]:
        """All rows that have a rate."""
        return (row for waves in self.waves for wave in waves for row in wave.rows)

    @property
    def sums_values(self) -> bool:
        """Whether a group condition has a scale by value."""
        groups = (wave.rows for waves in self.waves for wave in waves if wave.exact)
        return any(row.scale is not None and row.scale.basis is ScaleBasis.VALUE for rows in groups for row in rows)


def value(sheet: Sheet, *, groups: bool = True, headers: bool = False) -> None:
    """Work out all rows that are not settled; header conditions only once they are distributed.

    Raises Refused when a formula cannot be worked out, or a header condition finds no base to be distributed by.
    """
    sheet.rests.clear()
    for line in sheet.lines:
        line.begin()
    for step, waves in zip(sheet.plan.steps, sheet.waves, strict=True):
        for wave in waves:
            _value_wave(sheet, step, wave, groups, headers)
        if step.kind is None:
            keep_subtotals(sheet.lines, step, map(sheet.currency.rounded, _subtotals(sheet.lines, step)))
        if step.closes:
            after = step.place + 1
            for line in sheet.lines:
                line.sums[after] = line.so_far


def _value_wave(sheet: Sheet, step: ReadyStep, wave: Wave, groups: bool, headers: bool) -> None:
    for row, reference in zip(wave.rows, references([row.line for row in wave.rows], step), strict=True):
        row.reference = reference
        if row.settled is None or not row.frozen:
            _value_row(row, headers)
    if wave.exact and groups:
        make_exact(wave.rows, sheet.currency)
    if sheet.limited:
        _limit(sheet, wave.rows)
    for row in wave.rows:
        amount = row.value
        if row.settled is not None or row.reason is not None or amount is None:
            continue
        if not amount and row.opens_price:
            row.reason = InactiveReason.ZERO
        else:
            row.line.add(row, amount)


def _value_row(row: Row, headers: bool) -> None:
    if not row.frozen:
        row.reason, row.difference, row.value, row.rate = None, ZERO, None, row.terms.rate
        row.base = _base_of(row)
        if row.scale is not None:
            _read_scale(row, row.scale)
    elif not row.header:
        return
    base, rate = row.base, row.rate
    if row.reason is None and base is not None and rate is not None and (headers or not row.header):
        amount = row.kind.calculate(row, base, rate)
        formula = row.step.value_formula
        if formula is not None and row.is_formed_by(formula):
            amount = worked_out(formula, row, row.reference, base, amount)
        row.value = row.line.currency.rounders[row.kind.rounding](amount)


def _base_of(row: Row) -> Decimal | None:
    measure = row.measure
    if row.main is not None:
        return row.main.value if measure is None else measure
    base = row.reference if measure is None else measure
    formula = row.step.base_formula
    if formula is not None and row.is_formed_by(formula):
        return worked_out(formula, row, row.reference, base, ZERO)
    return base


def _read_scale(row: Row, scale: Scale) -> None:
    """The rate of a scale's level, or the base's part of an interval; a reason where no level holds."""
    scale_base = row.scale_base = fine(row.group_base if row.group_base is not None else own_scale_base(row, scale))
    assert row.base is not None
    if row.bounds is not None:
        lower, upper = row.bounds
        last = scale.levels[-1].end
        if last is not None and scale_base > last:
            row.reason, row.rate = _without_level(row), None
        elif row.interval and scale_base <= lower:
            row.base = None
        elif scale_base:
            part = (scale_base if upper is None else min(scale_base, upper)) - lower
            row.base = row.base * part / scale_base
        return
    level = level_of(scale, scale_base)
    row.rate = None if level is None else level.rate
    row.reason = _without_level(row) if level is None else None


def own_scale_base(row: Row, scale: Scale) -> Decimal:
    """What a row's own scale is read with: a measure of the item, or the amount that the row works on."""
    if scale.basis is not ScaleBasis.VALUE:
        return row.line.measure(scale.basis, row.scale_unit) or ZERO
    return row.line.currency.amount_in(row.scale_unit, row.scaled_amount)


def _without_level(row: Row) -> InactiveReason:
    """Without a level there is no price, which is an error; and no discount, which is none."""
    return InactiveReason.ERROR if row.kind.is_price else InactiveReason.ZERO


def _subtotals(lines: list[Line], step: ReadyStep) -> list[Decimal]:
    """What a step without a condition type comes to in each of the lines, before it is rounded."""
    amounts = references(lines, step)
    if step.base_formula is None and step.value_formula is None:
        return amounts
    return [_formed_subtotal(line, step, amount) for line, amount in zip(lines, amounts, strict=True)]


def _formed_subtotal(line: Line, step: ReadyStep, amount: Decimal) -> Decimal:
    for formula in (step.base_formula, step.value_formula):
        if formula is not None:
            line.inputs.update(reference=amount, base=amount, rate=ZERO, value=amount)
            amount = evaluated(formula, line, step)
    return amount


def _limit(sheet: Sheet, rows: list[Row]) -> None:
    """Grant what is left of limited records, line by line; a row that gets nothing is zero."""
    for row in rows:
        record = row.record
        if record is None or not row.is_active or not row.draws_on_record or not is_limited(record):
            continue
        assert row.value is not None
        place = (record.id, row.line.party)
        rest = sheet.rests.get(place)
        if rest is None:
            rest = sheet.rests[place] = Rest(record, row.exchange, sheet.currency.unit)
        quantity = row.line.measure(ScaleBasis.QUANTITY, record.unit) if record.maximum_quantity is not None else ZERO
        wanted, row.value = row.value, rest.grant(row.value, quantity or ZERO)
        if wanted and not row.value:
            row.reason = InactiveReason.ZERO
