"""Pricing once more, written from DOMAIN.md §3 alone: fractions, scans over lists, every round of figures made in full.

It shares the values with the engine and nothing else, and is as slow as it is plain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.pricing.values import (
    CalculationType,
    ConditionOrigin,
    ConditionRecord,
    ConditionType,
    Customizing,
    ExclusionProcedure,
    GroupScope,
    InactiveReason,
    KeyField,
    ManualEntry,
    PricingDocument,
    PricingItem,
    ProcedureStep,
    ReleaseStatus,
    RoundingRule,
    Scale,
    ScaleBasis,
    ScaleType,
    Subtotal,
)

MINOR = {"JPY": Fraction(1), "KWD": Fraction(1, 1000)}
C, B = CalculationType, ScaleBasis
MEASURES = {C.QUANTITY: B.QUANTITY, C.GROSS_WEIGHT: B.GROSS_WEIGHT, C.NET_WEIGHT: B.NET_WEIGHT, C.VOLUME: B.VOLUME}


def to_unit(amount: Fraction, unit: Fraction, rule: RoundingRule) -> Fraction:
    size = abs(amount) / unit
    whole = {
        RoundingRule.COMMERCIAL: math.floor(size + Fraction(1, 2)),
        RoundingRule.UP: math.ceil(size),
        RoundingRule.DOWN: math.floor(size),
    }[rule]
    return unit * whole * (1 if amount >= 0 else -1)


@dataclass(eq=False)
class NaiveRow:
    line: NaiveLine
    step: ProcedureStep
    type: ConditionType | None
    origin: ConditionOrigin = ConditionOrigin.AUTOMATIC
    terms: Any = None
    record: ConditionRecord | None = None
    outcomes: list[str] = field(default_factory=list)
    main: NaiveRow | None = None
    header: int | None = None
    manual: int | None = None
    interval: int | None = None
    family: object = None
    scale: Scale | None = None
    group_base: Fraction | None = None
    forever: InactiveReason | None = None
    now: InactiveReason | None = None
    settled_figures: bool = False
    rate: Fraction | None = None
    base: Fraction | None = None
    value: Fraction | None = None

    @property
    def counts(self) -> bool:
        return self.type is not None and self.value is not None and self.forever is None and self.now is None

    @property
    def is_price(self) -> bool:
        return self.type is not None and self.type.is_price and not self.step.statistical and self.main is None


@dataclass(eq=False)
class NaiveLine:
    item: PricingItem
    fields: dict[KeyField, str]
    rows: list[NaiveRow] = field(default_factory=list)
    excluded: bool = False


class Naive:
    def __init__(self, document: PricingDocument, customizing: Customizing, records: list[ConditionRecord]) -> None:
        self.document, self.customizing, self.records = document, customizing, records
        self.unit = MINOR.get(document.currency, Fraction(1, 100))
        self.steps = sorted(customizing.procedure.steps, key=lambda step: (step.step, step.counter))
        self.lines = [NaiveLine(item, {**document.fields, **item.fields}) for item in document.items]
        self.ordered = sorted(self.lines, key=lambda line: line.item.line_number)
        for line in self.ordered:
            for step in self.steps:
                self.determine(line, step)
        self.round_of_figures(groups=False, headers=False)
        self.sum_groups()
        self.round_of_figures(groups=True, headers=False)
        for line in self.lines:
            self.exclude(line)
        self.round_of_figures(groups=True, headers=False)
        for line in self.lines:
            self.last_price(line)
        self.round_of_figures(groups=True, headers=True)

    # ------------------------------------------------------------------------------------------------------------ (a)

    def determine(self, line: NaiveLine, step: ProcedureStep) -> None:
        if step.condition_type is None:
            line.rows.append(NaiveRow(line, step, None))
            return
        kind = self.customizing.condition_types[step.condition_type]
        first = next(each for each in self.steps if each.condition_type == kind.code) is step
        found = self.look(line, step, kind)
        entered = []
        if first:
            for place, entry in enumerate(line.item.manual):
                if entry.condition_type == kind.code:
                    entered.append(NaiveRow(line, step, kind, ConditionOrigin.MANUAL, entry, manual=place))
        there = [row for row in found if row.terms is not None]
        if entered and there and kind.manual_entry is ManualEntry.MANUAL_FIRST:
            for row in there:
                row.forever = InactiveReason.MANUAL
        if entered and there and kind.manual_entry is ManualEntry.RECORD_FIRST:
            for row in entered:
                row.forever = InactiveReason.MANUAL
        for row in found + entered:
            row.family = row
            scale = row.scale
            if scale is not None and scale.type is ScaleType.INTERVAL:
                for place in range(len(scale.levels)):
                    line.rows.append(
                        NaiveRow(
                            line,
                            step,
                            kind,
                            row.origin,
                            row.terms,
                            row.record,
                            row.outcomes,
                            None,
                            None,
                            None,
                            place,
                            row,
                            scale,
                            None,
                            row.forever,
                        )
                    )
                continue
            line.rows.append(row)
            if row.record is not None:
                for supplement in row.record.supplements:
                    its_type = self.customizing.condition_types[supplement.condition_type]
                    line.rows.append(
                        NaiveRow(line, step, its_type, terms=supplement, record=row.record, main=row, forever=row.forever)
                    )
        if first:
            for place, entry in enumerate(self.document.header_conditions):
                if entry.condition_type == kind.code:
                    line.rows.append(NaiveRow(line, step, kind, ConditionOrigin.MANUAL, entry, header=place))
                    line.rows[-1].family = line.rows[-1]

    def look(self, line: NaiveLine, step: ProcedureStep, kind: ConditionType) -> list[NaiveRow]:
        accesses = []
        if kind.access_sequence is not None and not step.manual:
            sequence = self.customizing.access_sequences[kind.access_sequence]
            accesses = sorted(sequence.accesses, key=lambda access: access.number)
        if not self.met(line, step.requirement):
            return [NaiveRow(line, step, kind, outcomes=["REQUIREMENT"] * len(accesses))]
        if not accesses:
            derived = kind.calculation is C.FORMULA and not step.manual
            return [NaiveRow(line, step, kind, terms="formula")] if derived else []
        hits, outcomes, stop = [], [], False
        for access in accesses:
            names = self.customizing.tables[access.table].fields
            if stop:
                outcomes.append("EXCLUSIVE_HIT_BEFORE")
                continue
            if not self.met(line, access.requirement):
                outcomes.append("REQUIREMENT")
                continue
            if not all(line.fields.get(name) for name in names):
                outcomes.append("KEY_INCOMPLETE")
                continue
            key = tuple(line.fields[name] for name in names)
            hit, outcome = self.hold(kind, access.table, key)
            outcomes.append(outcome)
            if hit is not None:
                hits.append(hit)
                stop = access.exclusive
        if hits and (kind.exclusion_indicator or any(hit.exclusion_indicator for hit in hits)):
            line.excluded = True
        if not hits:
            nothing = NaiveRow(line, step, kind, outcomes=outcomes)
            nothing.forever = InactiveReason.RECORD_BLOCKED if "BLOCKED" in outcomes else None
            return [nothing]
        return [NaiveRow(line, step, kind, terms=hit, record=hit, outcomes=outcomes, scale=hit.scale) for hit in hits]

    def met(self, line: NaiveLine, requirement: str | None) -> bool:
        if requirement is None:
            return True
        return {"NOT_EXCLUDED": not line.excluded, "= quantity >= 5": line.item.quantity >= 5}[requirement]

    def hold(self, kind: ConditionType, table: str, key: tuple[str, ...]) -> tuple[ConditionRecord | None, str]:
        day = self.document.services_rendered_date if kind.is_tax else self.document.pricing_date
        mine = [each for each in self.records if (each.condition_type, each.table, each.key) == (kind.code, table, key)]
        if not mine:
            return None, "NO_RECORD"
        today = [each for each in mine if each.valid_from <= day and day <= each.valid_to]
        order = [ReleaseStatus.RELEASED]
        if self.document.simulation:
            order = [ReleaseStatus.PLANNING_AND_SIMULATION, ReleaseStatus.SIMULATION, ReleaseStatus.RELEASED]
        usable = sorted(
            (each for each in today if each.release_status in order),
            key=lambda each: (order.index(each.release_status), -each.version),
        )
        if usable:
            return usable[0], "FOUND"
        if today:
            return None, "BLOCKED"
        return None, "NOT_YET_VALID" if max(each.valid_from for each in mine) > day else "EXPIRED"

    # ------------------------------------------------------------------------------------------------------- measures

    def measure(self, item: PricingItem, basis: ScaleBasis, unit: str | None) -> Fraction:
        in_base = Fraction(item.quantity) * item.units.get(item.unit, Fraction(1))
        if basis is B.QUANTITY:
            return in_base / item.units.get(unit or item.unit, Fraction(1))
        each = {B.GROSS_WEIGHT: item.gross_weight, B.NET_WEIGHT: item.net_weight, B.VOLUME: item.volume}[basis]
        assert each is not None
        own = item.volume_unit if basis is B.VOLUME else item.weight_unit
        units = self.customizing.units
        factor = Fraction(1) if unit in (None, own) else units[own].factor / units[str(unit)].factor
        return Fraction(each) * in_base * factor

    def exchange(self, currency: str | None) -> Fraction:
        if currency is None or currency == self.document.currency:
            return Fraction(1)
        (rate,) = [each for each in self.customizing.exchange_rates if each.from_currency == currency]
        return rate.rate

    def scale_unit(self, row: NaiveRow) -> str | None:
        assert row.scale is not None
        assert row.type is not None
        if row.scale.unit is not None:
            return row.scale.unit
        if row.scale.basis is B.VALUE:
            return getattr(row.terms, "currency", None)
        return row.terms.unit if MEASURES.get(row.type.calculation) is row.scale.basis else None

    # -------------------------------------------------------------------------------------------------------- (b), (c)

    def before(self, row: NaiveRow) -> list[NaiveRow]:
        return row.line.rows[: row.line.rows.index(row)]

    def reference(self, row: NaiveRow) -> Fraction:
        step, earlier = row.step, self.before(row)
        if step.from_step is None:
            return self.running(earlier)
        if step.to_step is None or step.to_step == step.from_step:
            subtotals = [
                each.value or Fraction(0) for each in earlier if each.step.step == step.from_step and each.type is None
            ]
            if subtotals:
                return subtotals[-1]
            return sum(
                (each.value or Fraction(0) for each in earlier if each.counts and each.step.step == step.from_step), Fraction(0)
            )
        within = [
            each
            for each in earlier
            if each.counts and not each.step.statistical and step.from_step <= each.step.step <= step.to_step
        ]
        return sum((each.value or Fraction(0) for each in within), Fraction(0))

    def since_price(self, rows: list[NaiveRow]) -> list[NaiveRow]:
        counting = [each for each in rows if each.counts and not each.step.statistical]
        families = [each.family for each in counting if each.is_price]
        if not families:
            return counting
        first = next(place for place, each in enumerate(counting) if each.is_price and each.family is families[-1])
        return counting[first:]

    def running(self, rows: list[NaiveRow]) -> Fraction:
        contained = self.customizing.procedure.tax_included
        signs = [
            (-1 if contained and each.type is not None and each.type.is_tax else 1, each.value or Fraction(0))
            for each in self.since_price(rows)
        ]
        return sum((sign * value for sign, value in signs), Fraction(0))

    def kept(self, line: NaiveLine, subtotal: Subtotal, until: NaiveRow) -> Fraction:
        values = [
            each.value or Fraction(0)
            for each in self.before(until)
            if each.step.subtotal is subtotal and (each.counts or each.type is None)
        ]
        return sum(values, Fraction(0))

    def round_of_figures(self, *, groups: bool, headers: bool) -> None:
        for step in self.steps:
            here = [[row for row in line.rows if row.step is step] for line in self.ordered]
            valued = [[row for row in rows if row.terms is not None or row.type is None] for rows in here]
            for of_header in (False, True):
                kept = [[row for row in rows if (row.header is not None) is of_header] for rows in valued]
                for rank in range(max((len(rows) for rows in kept), default=0)):
                    self.figures_of([rows[rank] for rows in kept if rank < len(rows)], groups=groups, headers=headers)

    def figures_of(self, together: list[NaiveRow], *, groups: bool, headers: bool) -> None:
        for row in together:
            self.figure(row, headers)
        if groups:
            self.exact([row for row in together if row.counts])
        for row in together:
            if row.counts and row.is_price and row.value == 0:
                row.now = InactiveReason.ZERO

    def figure(self, row: NaiveRow, headers: bool) -> None:
        if row.type is None:
            row.value = self.formula(row, row.step.value_formula, self.reference(row), self.reference(row), Fraction(0))
            row.value = to_unit(row.value, self.unit, RoundingRule.COMMERCIAL)
            return
        if row.settled_figures and (row.forever is not None or row.header is None):
            return
        if not row.settled_figures:
            row.now, row.value = None, None
            row.rate = Fraction(0) if row.terms == "formula" else Fraction(row.terms.rate)
            basis = MEASURES.get(row.type.calculation)
            amount = row.main.value if row.main is not None else self.reference(row)
            row.base = amount if basis is None else self.measure(row.line.item, basis, row.terms.unit)
            if (
                row.step.base_formula is not None
                and row.main is None
                and not (row.step.base_formula == "WHOLE_UNITS" and self.in_group(row))
            ):
                row.base = self.formula(row, row.step.base_formula, self.reference(row), row.base, Fraction(0))
            if row.scale is not None:
                self.read_scale(row)
        if row.now is None and row.base is not None and row.rate is not None and (headers or row.header is None):
            value = self.raw(row, row.base, row.rate)
            if row.main is None and not (row.step.value_formula == "ROUND_TO_UNIT" and self.in_group(row)):
                value = self.formula(row, row.step.value_formula, self.reference(row), row.base, value)
            row.value = to_unit(value, self.unit, row.type.rounding)

    def read_scale(self, row: NaiveRow) -> None:
        assert row.scale is not None
        assert row.type is not None
        levels = row.scale.levels
        at = self.own_scale_base(row) if row.group_base is None else row.group_base
        missing = InactiveReason.ERROR if row.type.is_price else InactiveReason.ZERO
        if row.interval is not None:
            ends = [None if level.end is None else Fraction(level.end) for level in levels]
            lower = Fraction(0) if row.interval == 0 else ends[row.interval - 1]
            upper = ends[row.interval]
            assert lower is not None
            row.rate = Fraction(levels[row.interval].rate)
            if ends[-1] is not None and at > ends[-1]:
                row.now, row.rate = missing, None
            elif row.interval > 0 and at <= lower:
                row.base = None
            elif at != 0:
                assert row.base is not None
                row.base = row.base * ((at if upper is None or at < upper else upper) - lower) / at
            return
        holding = [
            level
            for level in levels
            if (level.start is not None and level.start <= at)
            or (level.start is None and (level.end is None or at <= level.end))
        ]
        if not holding:
            row.now, row.rate = missing, None
        else:
            row.rate = Fraction((holding[-1] if row.scale.type is ScaleType.FROM else holding[0]).rate)

    def own_scale_base(self, row: NaiveRow) -> Fraction:
        assert row.scale is not None
        assert row.type is not None
        if row.scale.basis is not B.VALUE:
            return self.measure(row.line.item, row.scale.basis, self.scale_unit(row))
        return self.scaled_amount(row) / self.exchange(self.scale_unit(row))

    def scaled_amount(self, row: NaiveRow) -> Fraction:
        assert row.type is not None
        amount = row.base if row.type.calculation not in MEASURES else self.reference(row)
        return amount if amount is not None else self.reference(row)

    def raw(self, row: NaiveRow, base: Fraction, rate: Fraction) -> Fraction:
        assert row.type is not None
        calculation = row.type.calculation
        if calculation is C.PERCENT:
            return base * rate / 100
        if calculation is C.PERCENT_INCLUDED:
            return base * rate / (100 + rate)
        if calculation is C.FORMULA:
            return base
        exchange = self.exchange(row.terms.currency)
        if calculation is C.FIXED_AMOUNT:
            return rate * exchange
        if row.type.convert_before:
            return base * to_unit(rate * exchange, self.unit, RoundingRule.COMMERCIAL) / Fraction(row.terms.per)
        return base * rate * exchange / Fraction(row.terms.per)

    def formula(self, row: NaiveRow, code: str | None, reference: Fraction, base: Fraction, value: Fraction) -> Fraction:
        item = row.line.item
        if code is None:
            return base if row.type is None else value
        if code == "FILL_UP":
            return max(Fraction(0), self.kept(row.line, Subtotal.MINIMUM, row) - reference)
        if code == "RAISE_TO_MINIMUM":
            return max(Fraction(0), value - reference)
        if code == "MARGIN":
            return reference - self.kept(row.line, Subtotal.COST, row)
        if code == "VOLUME":
            return self.measure(item, B.VOLUME, None)
        if code == "WHOLE_UNITS":
            return to_unit(base, Fraction(1), RoundingRule.DOWN)
        if code == "ROUND_TO_UNIT":
            return (
                to_unit(reference, Fraction(self.customizing.cash_units[self.document.currency]), RoundingRule.COMMERCIAL)
                - reference
            )
        raise AssertionError(code)

    # -------------------------------------------------------------------------------------------------------------- (d)

    def in_group(self, row: NaiveRow) -> bool:
        return row.type is not None and row.type.group and row.main is None and row.interval is None

    def same_group(self, one: NaiveRow, other: NaiveRow) -> bool:
        assert one.type is not None
        if one.type is not other.type or one.rate != other.rate or (one.header, one.manual) != (other.header, other.manual):
            return False
        if one.terms != "formula" and (one.terms.currency, one.terms.per, one.terms.unit) != (
            other.terms.currency,
            other.terms.per,
            other.terms.unit,
        ):
            return False
        return one.type.is_tax or (one.record.number if one.record else None) == (other.record.number if other.record else None)

    def exact(self, rows: list[NaiveRow]) -> None:
        left = [row for row in rows if self.in_group(row)]
        while left:
            one = left[0]
            members = [row for row in left if self.same_group(one, row)]
            left = [row for row in left if row not in members]
            assert one.type is not None
            assert one.rate is not None
            bases = [row.base or Fraction(0) for row in members]
            whole = sum(bases, Fraction(0))
            formulas = (one.step.base_formula, one.step.value_formula)
            of_group = "WHOLE_UNITS" in formulas or "ROUND_TO_UNIT" in formulas
            if one.step.value_formula is not None and not of_group:
                continue
            biggest = max(bases, key=abs)
            taker = next(row for row, base in zip(members, bases, strict=True) if abs(base) == abs(biggest))
            if of_group or one.type.calculation is C.FIXED_AMOUNT:
                reference = sum((self.reference(row) for row in members), Fraction(0))
                counted = to_unit(whole, Fraction(1), RoundingRule.DOWN) if "WHOLE_UNITS" in formulas else whole
                total = self.raw(one, counted, one.rate)
                if "ROUND_TO_UNIT" in formulas:
                    total = self.formula(one, "ROUND_TO_UNIT", reference, counted, total)
                total = to_unit(total, self.unit, one.type.rounding)
                if whole == 0:
                    assert total == 0 or one.header is None, "refused by the engine"
                    for row in members:
                        row.value, row.now = (None, InactiveReason.ERROR) if total else (Fraction(0), None)
                    continue
                for row, base in zip(members, bases, strict=True):
                    row.value = to_unit(total * base / whole, self.unit, one.type.rounding)
            elif one.type.calculation in (C.PERCENT, C.PERCENT_INCLUDED):
                total = to_unit(self.raw(one, whole, one.rate), self.unit, one.type.rounding)
            else:
                continue
            assert taker.value is not None
            taker.value += total - sum((row.value or Fraction(0) for row in members), Fraction(0))

    def sum_groups(self) -> None:
        rows = [row for line in self.ordered for row in line.rows]
        mine = [
            row for row in rows if self.in_group(row) and row.terms is not None and row.forever is None and row.header is None
        ]
        for row in mine:
            if row.scale is None:
                continue
            assert row.type is not None
            scope = [other for other in mine if self.in_scope(row, other)]
            lines = []
            for other in scope:
                if other.line not in lines:
                    lines.append(other.line)
            total = Fraction(0)
            for line in lines:
                on_line = [other for other in scope if other.line is line]
                if row.scale.basis is B.VALUE:
                    total += self.scaled_amount(on_line[0]) / self.exchange(self.scale_unit(row))
                else:
                    total += self.measure(
                        line.item,
                        row.scale.basis,
                        self.scale_unit(row)
                        if row.scale.basis is not B.QUANTITY
                        else self.scale_unit(row) or row.line.item.unit,
                    )
            row.group_base = total

    def in_scope(self, row: NaiveRow, other: NaiveRow) -> bool:
        assert row.type is not None
        assert other.type is not None
        scope = row.type.group_scope
        if scope is not other.type.group_scope:
            return False
        if scope is GroupScope.ALL_TYPES:
            return True
        if row.type is not other.type:
            return False
        if scope is GroupScope.MATERIAL_PRICING_GROUP:
            return row.line.fields.get(KeyField.MATERIAL_PRICING_GROUP) == other.line.fields.get(
                KeyField.MATERIAL_PRICING_GROUP
            )
        return row.type.is_tax or (row.record.number if row.record else row.manual) == (
            other.record.number if other.record else other.manual
        )

    # ---------------------------------------------------------------------------------------------------------- (e), (g)

    def exclude(self, line: NaiveLine) -> None:
        taking_part = [
            row
            for row in line.rows
            if row.counts and row.main is None and row.interval is None and row.header is None and not row.step.statistical
        ]
        for rule in self.customizing.procedure.exclusions:
            groups = []
            for name in (rule.group, rule.second_group):
                types = self.customizing.exclusion_groups[name] if name else frozenset()
                members = [
                    row for row in taking_part if row.forever is None and row.type is not None and row.type.code in types
                ]
                for row in members:
                    if row.value == 0:
                        row.forever, row.settled_figures = InactiveReason.ZERO, True
                groups.append([row for row in members if row.forever is None])
            first, second = groups[0], [row for row in groups[1] if row.forever is None]
            for row in self.losers(rule.procedure, first, second):
                row.forever, row.settled_figures = InactiveReason.EXCLUDED, True
        for row in line.rows:
            if row.main is not None and row.main.forever is not None and row.forever is None:
                row.forever, row.settled_figures = row.main.forever, True

    def losers(self, procedure: ExclusionProcedure, first: list[NaiveRow], second: list[NaiveRow]) -> list[NaiveRow]:
        P = ExclusionProcedure
        sign = -1 if procedure in (P.WORST_GROUP, P.WORST_RECORD, P.WORST_TYPE) else 1

        def total(rows: list[NaiveRow]) -> Fraction:
            return sign * sum((row.value or Fraction(0) for row in rows), Fraction(0))

        if procedure is P.EXCLUSIVE:
            return second if first else []
        if procedure in (P.BEST_GROUP, P.WORST_GROUP):
            if not first or not second:
                return []
            return first if total(second) < total(first) else second
        codes = list(dict.fromkeys(row.type.code for row in first if row.type))
        by_type = [[row for row in first if row.type is not None and row.type.code == code] for code in codes]
        if procedure in (P.BEST_RECORD, P.WORST_RECORD):
            out = []
            for rows in by_type:
                best = sorted(rows, key=lambda row: total([row]))[0]
                out += [row for row in rows if row is not best]
            return out
        if not by_type:
            return []
        best_type = sorted(by_type, key=total)[0]
        return [row for rows in by_type if rows is not best_type for row in rows]

    def last_price(self, line: NaiveLine) -> None:
        def stands(row: NaiveRow) -> bool:
            waiting = row.header is not None and row.forever is None and row.terms.rate != 0
            return row.counts or waiting

        prices = [row for row in line.rows if row.is_price and stands(row)]
        if not prices:
            return
        family = prices[-1].family
        first = next(place for place, row in enumerate(line.rows) if row.family is family)
        for row in line.rows[:first]:
            if row.type is None:
                continue
            if row.step.statistical:
                row.settled_figures = True
            elif stands(row):
                row.forever, row.settled_figures = InactiveReason.LATER_PRICE, True
        for row in line.rows:
            if row.family is family:
                row.settled_figures = True

    # ---------------------------------------------------------------------------------------------------------- totals

    def totals(self, line: NaiveLine) -> tuple[Fraction, Fraction]:
        rows = self.since_price(line.rows)
        tax = sum((row.value or Fraction(0) for row in rows if row.type is not None and row.type.is_tax), Fraction(0))
        rest = sum((row.value or Fraction(0) for row in rows if row.type is not None and not row.type.is_tax), Fraction(0))
        return (rest - tax if self.customizing.procedure.tax_included else rest), tax


def shown(amount: Fraction) -> Decimal:
    """As a decimal, where it has one, to six places."""
    return Decimal(str(to_unit(amount * 1_000_000, Fraction(1), RoundingRule.COMMERCIAL))) / 1_000_000
