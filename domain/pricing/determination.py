"""(a) of the order of evaluation: which rows a line gets, by its accesses, by hand, or from the document it was copied of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domain.errors import Refusal, Refused
from domain.pricing.accesses import REQUIREMENT, Held, Search, Terms, Told, refusal_of_overlap, terms_of
from domain.pricing.copying import COPYING, is_kept, lasting_reason
from domain.pricing.expressions import Faulty
from domain.pricing.formulas import Ready
from domain.pricing.limits import refusals_of_manual_rate
from domain.pricing.prepared import Prepared, ReadyStep, ReadyType
from domain.pricing.rounding import ZERO
from domain.pricing.rows import NO_RATE, Line, Row
from domain.pricing.values import (
    ConditionOrigin,
    ConditionRecord,
    CopiedRow,
    InactiveReason,
    ManualCondition,
    ManualEntry,
    PricingDocument,
    PricingType,
    ScaleBasis,
    ScaleType,
    Supplement,
)

AUTOMATIC, MANUAL, COPIED = ConditionOrigin.AUTOMATIC, ConditionOrigin.MANUAL, ConditionOrigin.COPIED


class Determination:
    """Finds the rows of a document's lines; `refusals` holds what is wrong with the records and entries it meets."""

    def __init__(self, document: PricingDocument, plan: Prepared, search: Search) -> None:
        self.document, self.search = document, search
        self.rule = COPYING[document.pricing_type]
        self.steps = [
            (step, kind, self.rule.determines(kind.type) and step.order not in search.barren) for step, kind in plan.typed
        ]
        self.fertile = [each for each in self.steps if each[2]]
        self.header = _by_step(plan, document.header_conditions)
        self.refusals: list[Refusal] = []

    def determine(self, line: Line) -> None:
        """Give the line its rows, in the order of step and counter, supplements and intervals after what they belong to."""
        line.in_vain = self.search.in_vain(line.fields, line.keys)
        entered = _by_step(line.plan, line.item.manual)
        copied = _copied_by_step(line, self.document.pricing_type)
        for step, kind, is_determined in self.steps if entered or copied or self.header else self.fertile:
            order = step.order
            found = self._kept(line, step, copied[order]) if order in copied else []
            if is_determined:
                determined = self._determined(line, step, kind)
                if found and any(row.origin is MANUAL for row in found):
                    _set_aside(determined)
                found += determined
            if order in entered:
                found += self._entered(line, step, kind, entered[order], found)
            for row in found:
                line.rows += self._opened(row)
            for place, entry in self.header.get(order, ()):
                row = self._row(line, step, kind, terms_of(entry), MANUAL, f"header.{place}")
                row.header = True
                line.rows.append(row)

    # ------------------------------------------------------------------------------------------------ where rows come from

    def _determined(self, line: Line, step: ReadyStep, kind: ReadyType) -> Sequence[Row]:
        """What the accesses of a step find, or a row that only a formula makes; a search in vain is noted."""
        if step.requirement is not None and not _is_met(line, step.requirement, step):
            line.in_vain[step.order] = (REQUIREMENT,) * len(step.accesses)
            return ()
        if not step.accesses:
            formula = kind.is_formula and not step.step.manual
            return (self._row(line, step, kind, NO_RATE, AUTOMATIC, ""),) if formula else ()
        met = [_is_met(line, access.requirement, step) for access in step.accesses] if step.conditional else None
        hits, told = self.search.find(step, line.keys, line.in_vain.pop(step.order), met)
        if not hits:
            line.in_vain[step.order] = told
            return ()
        return [self._hit(line, step, kind, held, told) for held in hits]

    def _entered(
        self,
        line: Line,
        step: ReadyStep,
        kind: ReadyType,
        entries: list[tuple[int, ManualCondition]],
        found: list[Row],
    ) -> list[Row]:
        """What was entered by hand, beside or in place of what was found: the loser stays to be seen, inactive."""
        there = [row for row in found if row.rate is not None and row.settled is None]
        rows = []
        for place, entry in entries:
            rows.append(self._row(line, step, kind, terms_of(entry), MANUAL, f"manual.{place}"))
            for row in there:
                self.refusals += _refusals_of_change(row, entry, f"items.{line.index}.manual.{place}")
        _set_aside(_losers(kind.type.manual_entry, there, rows))
        return rows

    def _kept(self, line: Line, step: ReadyStep, copied: list[CopiedRow]) -> list[Row]:
        """What stays of the rows that the item was copied with."""
        rows: list[Row] = []
        for each in copied:
            kind = line.plan.types[each.condition_type]
            origin = MANUAL if each.origin is MANUAL else COPIED
            about = each.record.number if each.record is not None else "-"
            row = self._row(line, step, kind, terms_of(each), origin, about)
            row.record, row.settled = each.record, lasting_reason(each)
            if each.supplement:
                row.main = next((main for main in reversed(rows) if main.main is None), None)
                row.opens_price, row.exact_key = False, None
            elif each.record is not None:
                if each.record.exclusion_indicator or kind.type.exclusion_indicator:
                    line.inputs["excluded"] = True
                if each.interval is not None or (self.rule.rescales and origin is COPIED):
                    self._scale(row, each.record)
            rows.append(row)
        return rows

    # --------------------------------------------------------------------------------------------- what comes with a row

    def _opened(self, row: Row) -> Sequence[Row]:
        """A row with what comes along: its intervals each as a row, its record's supplements."""
        scale, record = row.scale, row.record
        if scale is not None and scale.type is ScaleType.INTERVAL:
            return list(self._intervals(row))
        if record is None or not record.supplements or row.origin is not AUTOMATIC:
            return (row,)
        return [row, *(self._supplement(row, each, record) for each in record.supplements if self._is_known(row, each, record))]

    def _is_known(self, main: Row, supplement: Supplement, record: ConditionRecord) -> bool:
        """Whether a supplement's type is still there."""
        known = supplement.condition_type in main.line.plan.types
        if not known:
            values = {"record": record.number, "value": supplement.condition_type}
            self.refusals.append(Refusal("SUPPLEMENT_TYPE", f"items.{main.line.index}", values))
        return known

    def _supplement(self, main: Row, supplement: Supplement, record: ConditionRecord) -> Row:
        kind = main.line.plan.types[supplement.condition_type]
        row = self._row(main.line, main.step, kind, terms_of(supplement), AUTOMATIC, record.number)
        row.record, row.main, row.opens_price, row.exact_key = record, main, False, None
        row.settled = main.settled
        return row

    def _intervals(self, row: Row) -> Iterator[Row]:
        """One row for each interval; those that the scale base does not reach are left out when the rows are shown."""
        assert row.scale is not None
        below = ZERO
        for place, level in enumerate(row.scale.levels):
            each = Row(row.line, row.step, row.kind, row.terms._replace(rate=level.rate), row.origin)
            each.record, each.search, each.scale, each.settled = row.record, row.search, row.scale, row.settled
            each.measure, each.exchange, each.interval, each.bounds = row.measure, row.exchange, place, (below, level.end)
            each.bundle = row
            yield each
            below = level.end or below

    # ----------------------------------------------------------------------------------------------------- a row's terms

    def _row(self, line: Line, step: ReadyStep, kind: ReadyType, terms: Terms, origin: ConditionOrigin, about: str) -> Row:
        """A row with its base measured and its currency known; `about` names what it comes from if either is not."""
        row = Row(line, step, kind, terms, origin)
        if terms.currency is not None:
            exchange = line.currency.rate_of(terms.currency)
            if exchange is None:
                self._refuse_currency(line, terms.currency, about)
            else:
                row.exchange = exchange
        basis, condition_type = kind.basis, kind.type
        if basis is not None:
            row.measure = line.measure(basis, terms.unit)
            if row.measure is None:
                self.refusals.append(line.refusal_of_measure(basis, terms.unit, about))
        if condition_type.group:
            row.exact_key = (line.party, condition_type.code, "" if condition_type.is_tax else about)
        return row

    def _hit(self, line: Line, step: ReadyStep, kind: ReadyType, held: Held, told: Told) -> Row:
        """The row of a record that was found; other records that claim its day are refused."""
        record = held.record
        assert record is not None
        row = self._row(line, step, kind, held.terms, AUTOMATIC, record.number)
        row.record, row.search = record, told
        if record.scale is not None:
            self._scale(row, record)
        if record.exclusion_indicator or kind.type.exclusion_indicator:
            line.inputs["excluded"] = True
        if held.others:
            self.refusals += [refusal_of_overlap(record, other, f"items.{line.index}") for other in held.others]
        return row

    def _scale(self, row: Row, record: ConditionRecord) -> None:
        """Let a row read the scale of a record."""
        row.scale = scale = record.scale
        if scale is None:
            return
        unit = row.scale_unit
        if scale.basis is ScaleBasis.VALUE:
            if row.line.currency.rate_of(unit) is None:
                self._refuse_currency(row.line, unit, record.number)
        elif row.line.measure(scale.basis, unit) is None:
            self.refusals.append(row.line.refusal_of_measure(scale.basis, unit, record.number))

    def _refuse_currency(self, line: Line, currency: str | None, about: str) -> None:
        values = {"line": line.item.line_number, "record": about, "from": currency, "to": line.currency.code}
        self.refusals.append(
            Refusal("EXCHANGE_RATE_MISSING", f"items.{line.index}", {**values, "day": str(line.currency.when)})
        )


def _is_met(line: Line, requirement: Ready | None, step: ReadyStep) -> bool:
    if requirement is None:
        return True
    try:
        return bool(requirement.expression.evaluate(line.inputs))
    except Faulty as faulty:
        raise Refused(faulty.refusal(f"items.{line.index}", str(step.step.step))) from faulty


def _by_step(plan: Prepared, entries: Iterable[ManualCondition]) -> dict[int, list[tuple[int, ManualCondition]]]:
    """Entries with their places, by the step that their type stands at first."""
    found: dict[int, list[tuple[int, ManualCondition]]] = {}
    for place, entry in enumerate(entries):
        found.setdefault(plan.of_type[entry.condition_type].order, []).append((place, entry))
    return found


def _copied_by_step(line: Line, pricing_type: PricingType) -> dict[int, list[CopiedRow]]:
    """The copied rows that stay, each once, by their step; of an interval scale the first interval stands for all."""
    found: dict[int, list[CopiedRow]] = {}
    for row in line.item.copied:
        condition_type = line.plan.types[row.condition_type].type
        if not row.interval and is_kept(row, condition_type, pricing_type):
            step = line.plan.at.get((row.step, row.counter))
            fits = step is not None and step.type is not None and (row.supplement or step.type is condition_type)
            order = step.order if step is not None and fits else line.plan.of_type[row.condition_type].order
            found.setdefault(order, []).append(row)
    return found


def _set_aside(rows: Iterable[Row]) -> None:
    """Let rows that were found stand back for a manual entry, or the other way round."""
    for row in rows:
        if row.rate is not None and row.settled is None:
            row.settled = InactiveReason.MANUAL


def _losers(priority: ManualEntry, there: list[Row], entered: list[Row]) -> list[Row]:
    if priority is ManualEntry.FREE or not there:
        return []
    return entered if priority is ManualEntry.RECORD_FIRST else there


def _refusals_of_change(row: Row, entry: ManualCondition, path: str) -> tuple[Refusal, ...]:
    """What speaks against changing a row by hand: its interval scale, and the limits of its record."""
    if row.scale is not None and row.scale.type is ScaleType.INTERVAL:
        return (Refusal("INTERVAL_EXCLUDES", path, {"what": row.type.code}),)
    return refusals_of_manual_rate(entry.rate, row.type, row.record, f"{path}.rate")
