"""What is being priced: the lines of a document and their rows while they are worked out. Not seen outside of pricing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.errors import Refusal
from domain.pricing.accesses import Fields, Terms, Told
from domain.pricing.currencies import exchange_rate, minor_unit
from domain.pricing.formulas import Ready
from domain.pricing.prepared import Prepared, ReadyStep, ReadyType
from domain.pricing.rounding import EXACT, ZERO, rounder
from domain.pricing.units import SAME, conversion, converted
from domain.pricing.values import (
    ConditionOrigin,
    ConditionRecord,
    InactiveReason,
    Key,
    PricingDocument,
    PricingItem,
    RoundingRule,
    Scale,
    ScaleBasis,
)

NO_RATE = Terms(ZERO)


class Currency:
    """The currency of a document: how its rows are rounded, and what amounts of other currencies are worth in it."""

    __slots__ = ("cash_unit", "code", "known", "plan", "rounded", "rounders", "unit", "when")

    def __init__(self, plan: Prepared, document: PricingDocument) -> None:
        customizing = plan.customizing
        self.plan, self.code, self.when = plan, document.currency, document.pricing_date
        self.unit = customizing.rounding_units.get(self.code) or minor_unit(self.code)
        self.cash_unit = customizing.cash_units.get(self.code, self.unit)
        self.rounders = {rule.name: rounder(self.unit, rule) for rule in RoundingRule}
        self.rounded = self.rounders[RoundingRule.COMMERCIAL.name]
        self.known: dict[str, Fraction | None] = {}

    def rate_of(self, currency: str | None) -> Fraction | None:
        """How much of the document's currency one of another is on the pricing date; None where no rate is known."""
        if currency is None:
            return SAME
        if currency not in self.known:
            self.known[currency] = exchange_rate(self.plan.customizing.exchange_rates, currency, self.code, self.when)
        return self.known[currency]

    def amount_in(self, currency: str, amount: Decimal) -> Decimal:
        """An amount of the document in another currency whose rate is known."""
        rate = self.rate_of(currency)
        assert rate is not None
        return converted(amount, 1 / rate)


class Line:
    """An item with what has been worked out of it so far, step by step. Lines of one `party` make up groups together.

    `in_vain` holds the searches that found nothing, by the order of their steps.
    """

    def __init__(
        self,
        plan: Prepared,
        currency: Currency,
        index: int,
        item: PricingItem,
        fields: Fields,
        keys: Sequence[Key | None],
        party: int | None = None,
    ) -> None:
        self.plan, self.currency, self.party = plan, currency, party
        self.index, self.item, self.fields, self.keys = index, item, fields, keys
        own = conversion(item.unit, item.base_unit, plan.customizing.units, item.base_unit, item.units)
        assert own is not None, "see refusals_of_document"
        self.base_quantity = converted(item.quantity, own)
        self.measures: dict[tuple[ScaleBasis, str | None], Decimal | None] = {}
        self.rows: list[Row] = []
        self.in_vain: dict[int, Told] = {}
        self.totals: dict[int, Decimal] = {}
        self.inputs: dict[str, Any] = {**fields, **{name: INPUTS[name](self) for name in plan.inputs if name in INPUTS}}

    def begin(self) -> None:
        """Begin a pass: forget the figures of the one before."""
        self.running = self.net = self.tax = self.so_far = ZERO
        self.bundle: object = None
        self.at = [ZERO] * self.plan.places
        self.sums = [ZERO] * (self.plan.places + 1)
        self.inputs.update(self.plan.no_subtotals)

    # ------------------------------------------------------------------------------------------------------- measures

    def own_measure(self, basis: ScaleBasis) -> Decimal | None:
        """Quantity, weight or volume of the item in the unit that it was given in; None where the material has none."""
        item = self.item
        if basis is ScaleBasis.QUANTITY:
            return item.quantity
        if basis is ScaleBasis.VOLUME:
            each = item.volume
        else:
            each = item.gross_weight if basis is ScaleBasis.GROSS_WEIGHT else item.net_weight
        return None if each is None else EXACT.multiply(each, self.base_quantity)

    def own_unit(self, basis: ScaleBasis) -> str:
        """The unit that it was given in."""
        if basis is ScaleBasis.QUANTITY:
            return self.item.unit
        return self.item.volume_unit if basis is ScaleBasis.VOLUME else self.item.weight_unit

    def measure(self, basis: ScaleBasis, unit: str | None) -> Decimal | None:
        """Quantity, weight or volume in a unit; None where nothing leads to it (see `refusal_of_measure`)."""
        if basis is ScaleBasis.QUANTITY and (unit is None or unit == self.item.unit):
            return self.item.quantity
        wanted = (basis, unit)
        if wanted not in self.measures:
            self.measures[wanted] = self._measure(basis, unit)
        return self.measures[wanted]

    def _measure(self, basis: ScaleBasis, unit: str | None) -> Decimal | None:
        amount, own = self.own_measure(basis), self.own_unit(basis)
        if amount is None or unit is None or unit == own:
            return amount
        item = self.item
        factor = conversion(own, unit, self.plan.customizing.units, item.base_unit, item.units)
        return None if factor is None else converted(amount, factor)

    def refusal_of_measure(self, basis: ScaleBasis, unit: str | None, record: str) -> Refusal:
        """Why the item has no such measure in such a unit."""
        values = {"line": self.item.line_number, "record": record}
        if self.own_measure(basis) is None:
            return Refusal("MEASURE_MISSING", f"items.{self.index}", {**values, "value": basis.value})
        units = {"from": self.own_unit(basis), "to": unit}
        return Refusal("UNIT_NOT_CONVERTED", f"items.{self.index}.unit", {**values, **units})

    # ---------------------------------------------------------------------------------------------------------- sums

    def add(self, row: Row, value: Decimal) -> None:
        """Let an active row count: in the value of its step, in the running value, in net or tax."""
        step = row.step
        self.at[step.place] += value
        if step.subtotal is not None:
            self.inputs[step.subtotal] += value
        if step.step.statistical:
            return
        self.so_far += value
        if row.opens_price and row.bundle is not self.bundle:
            self.running, self.net, self.tax, self.bundle = value, value, ZERO, row.bundle
        elif row.kind.is_tax:
            self.tax += value
            if self.plan.customizing.procedure.tax_included:
                self.running -= value
                self.net -= value
            else:
                self.running += value
        else:
            self.running += value
            self.net += value


def references(lines: Iterable[Line], step: ReadyStep) -> list[Decimal]:
    """The amount that a step refers to in each of the lines: (b) of the order of evaluation."""
    reference = step.reference
    if reference is None:
        return [line.running for line in lines]
    first, after = reference.first, reference.last + 1
    if reference.single:
        return [line.at[first] for line in lines]
    return [line.sums[after] - line.sums[first] for line in lines]


def keep_subtotals(lines: Iterable[Line], step: ReadyStep, amounts: Iterable[Decimal]) -> None:
    """Let the subtotals of a step, one for each of the lines, be referred to."""
    place, order, subtotal = step.place, step.order, step.subtotal
    for line, amount in zip(lines, amounts, strict=True):
        line.at[place] = line.totals[order] = amount
        if subtotal is not None:
            line.inputs[subtotal] += amount


INPUTS: Mapping[str, Callable[[Line], Any]] = {
    "quantity": lambda line: line.item.quantity,
    "base_quantity": lambda line: line.base_quantity,
    "gross_weight": lambda line: line.own_measure(ScaleBasis.GROSS_WEIGHT),
    "net_weight": lambda line: line.own_measure(ScaleBasis.NET_WEIGHT),
    "volume": lambda line: line.own_measure(ScaleBasis.VOLUME),
    "free_quantity": lambda line: line.item.free_quantity,
    "unit_cost": lambda line: line.item.cost,
    "cost_known": lambda line: line.item.cost is not None,
    "cash_unit": lambda line: line.currency.cash_unit,
    "minor_unit": lambda line: line.currency.unit,
    "free_of_charge": lambda line: line.item.free_of_charge,
    "below_minimum_approved": lambda line: line.item.below_minimum_approved,
}
"""What requirements and formulas may ask of an item beside its key fields."""


class Row:
    """A row of a line while it is worked out.

    `settled` is why it stays inactive from now on, `reason` why its figures of this pass make it so. `main` is the row
    that a supplement belongs to; `bounds` are those of an interval, whose rows share a `bundle`. A `frozen` row keeps its
    figures: it lost by them, or it stands before the last price. What is inactive from the beginning is worked out with
    the others, to be seen, and counts nowhere. `reference` is the amount that its step refers to.
    """

    record: ConditionRecord | None = None
    search: Told | None = None
    scale: Scale | None = None
    main: Row | None = None
    interval: int | None = None
    bounds: tuple[Decimal, Decimal | None] | None = None
    exchange: Fraction = SAME
    measure: Decimal | None = None
    exact_key: tuple[object, ...] | None = None
    header = False
    settled: InactiveReason | None = None
    frozen = False

    reason: InactiveReason | None = None
    reference: Decimal = ZERO
    base: Decimal | None = None
    group_base: Decimal | None = None
    scale_base: Decimal | None = None
    value: Decimal | None = None
    difference = ZERO

    def __init__(self, line: Line, step: ReadyStep, kind: ReadyType, terms: Terms, origin: ConditionOrigin) -> None:
        self.line, self.step, self.kind, self.type, self.terms, self.origin = line, step, kind, kind.type, terms, origin
        self.rate = terms.rate
        self.opens_price = step.opens_price
        self.bundle: Row = self

    @property
    def is_active(self) -> bool:
        """Whether its value counts."""
        return self.settled is None and self.reason is None and self.value is not None

    @property
    def draws_on_record(self) -> bool:
        """Whether its value uses up its record: found anew, and no supplement."""
        return self.record is not None and self.origin is ConditionOrigin.AUTOMATIC and self.main is None

    def is_formed_by(self, formula: Ready) -> bool:
        """Whether a formula of its step is worked out for it: not for a supplement, nor one by one what is of a group."""
        return self.main is None and not (formula.of_group and self.exact_key is not None)

    @property
    def is_exact(self) -> bool:
        """Whether its base has no more places than it is shown with: an amount of the document, nothing converted."""
        return self.measure is None and self.scale is None and self.step.base_formula is None

    @property
    def base_unit(self) -> str:
        """The unit of its base: of what it measures, or the currency of the document."""
        basis, formula = self.kind.basis, self.step.base_formula
        if basis is not None:
            return self.terms.unit or self.line.own_unit(basis)
        measured = formula.measures if formula is not None and self.main is None else None
        return self.line.own_unit(measured) if measured is not None else self.line.currency.code

    @property
    def scaled_amount(self) -> Decimal:
        """What a scale by value is read with: the amount that the row works on, or refers to."""
        return self.reference if self.measure is not None or self.base is None else self.base

    @property
    def scale_unit(self) -> str:
        """The unit or currency that its scale is read in."""
        assert self.scale is not None
        if self.scale.unit is not None:
            return self.scale.unit
        if self.scale.basis is ScaleBasis.VALUE:
            return self.terms.currency or self.line.currency.code
        return (self.terms.unit if self.kind.basis is self.scale.basis else None) or self.line.own_unit(self.scale.basis)
