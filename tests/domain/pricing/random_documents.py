"""Random procedures, records and documents: everything that the rules know may meet everything else."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from domain.pricing.values import (
    Access,
    AccessSequence,
    CalculationType,
    ConditionClass,
    ConditionLevel,
    ConditionRecord,
    ConditionType,
    Customizing,
    ExchangeRate,
    ExclusionProcedure,
    GroupScope,
    KeyField,
    ManualCondition,
    ManualEntry,
    PricingDocument,
    PricingItem,
    ProcedureStep,
    ReleaseStatus,
    RoundingRule,
    Scale,
    ScaleBasis,
    ScaleLevel,
    ScaleType,
    Subtotal,
    Supplement,
    Unit,
)
from tests.domain.pricing.builders import (
    BY_CUSTOMER_MATERIAL,
    BY_MATERIAL,
    BY_ORGANIZATION,
    FOREVER,
    TODAY,
    a_company,
    a_document,
    an_item,
)

TABLES = (BY_CUSTOMER_MATERIAL, BY_MATERIAL, BY_ORGANIZATION)
MATERIALS = ("A", "B", "C")
UNITS = {"PC": Unit("PC", decimals=2), "BOX": Unit("BOX"), "KG": Unit("KG", "mass"), "TO": Unit("TO", "mass", Fraction(1000))}
C, B = CalculationType, ScaleBasis
AMOUNTS = (C.FIXED_AMOUNT, C.QUANTITY, C.GROSS_WEIGHT, C.VOLUME)


class Chance:
    """One random document with all that it is priced by."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.currency = self.random.choice(["CNY", "CNY", "JPY", "KWD", "EUR"])
        self.types = [self.type(f"K{place}") for place in range(self.random.randint(2, 7))]
        self.customizing = self.company()
        self.records = [record for each in self.types if each.access_sequence for record in self.records_of(each)]
        self.document = self.a_document()

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def number(self, least: int, most: int, places: int) -> Decimal:
        return Decimal(self.random.randint(least * 10**places, most * 10**places)).scaleb(-places)

    # ---------------------------------------------------------------------------------------------------- customizing

    def type(self, code: str) -> ConditionType:
        first = code == "K0"
        calculation = C.QUANTITY if first else self.random.choice([C.PERCENT, C.PERCENT, C.PERCENT, *AMOUNTS])
        classes = [ConditionClass.DISCOUNT_OR_SURCHARGE] * 6 + [ConditionClass.PRICE, ConditionClass.TAX]
        condition_class = ConditionClass.PRICE if first else self.random.choice(classes)
        if condition_class is ConditionClass.TAX:
            calculation = self.random.choice([C.PERCENT, C.PERCENT_INCLUDED])
        return ConditionType(
            code,
            condition_class=condition_class,
            calculation=calculation,
            rounding=self.random.choice([RoundingRule.COMMERCIAL, RoundingRule.COMMERCIAL, *RoundingRule]),
            group=self.maybe(0.4),
            group_scope=self.random.choice(list(GroupScope)),
            manual_entry=self.random.choice([ManualEntry.FREE, ManualEntry.MANUAL_FIRST, ManualEntry.RECORD_FIRST]),
            level=ConditionLevel.BOTH,
            exclusion_indicator=self.maybe(0.1),
            access_sequence="S" if first or self.maybe(0.85) else None,
            convert_before=self.maybe(0.3),
        )

    def company(self) -> Customizing:
        accesses = tuple(
            Access(
                10 * place, table, self.random.choice([None, None, None, "NOT_EXCLUDED", "= quantity >= 5"]), self.maybe(0.7)
            )
            for place, table in enumerate(TABLES)
        )
        formulas = [
            ConditionType("AMIZ", calculation=C.FORMULA),
            ConditionType("DIFF", calculation=C.FORMULA, group=self.maybe(0.5)),
        ]
        codes = [each.code for each in self.types[1:]]
        exclusions: list[Any] = []
        for procedure in self.random.sample(list(ExclusionProcedure), self.random.choice([0, 0, 1, 2])):
            two = procedure.value in "CDF"
            exclusions.append(
                (procedure, *(self.random.sample(codes, self.random.randint(1, len(codes))) for _ in range(1 + two)))
            )
        return a_company(
            *self.steps(),
            types=[*self.types, *formulas],
            exclusions=exclusions,
            tax_included=self.maybe(0.2),
            sequences={"S": AccessSequence("S", accesses)},
            units=UNITS,
            cash_units={self.currency: Decimal("0.05") if self.currency == "CNY" else Decimal(5)},
            exchange_rates=(
                ExchangeRate("USD", self.currency, date(2020, 1, 1), Fraction(self.random.randint(1, 99999), 10000)),
            ),
        )

    def steps(self) -> list[ProcedureStep]:
        steps: list[ProcedureStep] = []
        for number, each in enumerate(self.types, start=1):
            if self.maybe(0.2) and steps:
                kept = self.random.choice([Subtotal.COST, Subtotal.GROSS, None])
                steps.append(self.step(10 * number - 5, None, steps, subtotal=kept))
            formula = self.random.choice([None] * 8 + ["RAISE_TO_MINIMUM"]) if number > 1 else None
            base = self.random.choice([None] * 8 + ["VOLUME", "WHOLE_UNITS"]) if number > 1 else None
            steps.append(
                self.step(
                    10 * number,
                    each.code,
                    steps,
                    counter=self.random.choice([0, 0, 1]),
                    statistical=number > 1 and self.maybe(0.15),
                    requirement=self.random.choice([None] * 5 + ["NOT_EXCLUDED", "= quantity >= 5"]) if number > 1 else None,
                    subtotal=self.random.choice([None, None, Subtotal.MINIMUM, Subtotal.COST]),
                    value_formula=formula,
                    base_formula=base,
                )
            )
        kept = {step.subtotal for step in steps}
        last = 10 * len(self.types) + 10
        if Subtotal.MINIMUM in kept and self.maybe(0.5):
            steps.append(self.step(last, "AMIZ", steps, value_formula="FILL_UP"))
        if Subtotal.COST in kept:
            steps.append(self.step(last + 10, None, steps, value_formula="MARGIN"))
        if self.maybe(0.3):
            steps.append(self.step(last + 20, "DIFF", steps, value_formula="ROUND_TO_UNIT"))
        return steps

    def step(self, number: int, code: str | None, before: list[ProcedureStep], **more: Any) -> ProcedureStep:
        numbers = sorted({each.step for each in before})
        if numbers and self.maybe(0.35):
            more["from_step"] = self.random.choice(numbers)
            if self.maybe(0.5):
                more["to_step"] = self.random.choice([each for each in numbers if each >= more["from_step"]])
        return ProcedureStep(number, condition_type=code, **more)

    # -------------------------------------------------------------------------------------------------------- records

    def rate(self, each: ConditionType) -> Decimal:
        if each.calculation in (C.PERCENT, C.PERCENT_INCLUDED):
            return self.number(-30, 30, 2)
        if each.is_price:
            return self.random.choice([Decimal(0), *[self.number(1, 200, 3)] * 9])
        return self.number(-20, 20, 2)

    def unit(self, each: ConditionType) -> str | None:
        if each.calculation is C.QUANTITY:
            return self.random.choice([None, "PC", "BOX"])
        return self.random.choice([None, "KG", "TO"]) if each.calculation is C.GROSS_WEIGHT else None

    def scale(self, each: ConditionType) -> Scale | None:
        if self.maybe(0.6):
            return None
        kind = self.random.choice([ScaleType.FROM, ScaleType.FROM, ScaleType.TO, ScaleType.INTERVAL])
        if each.group and kind is ScaleType.INTERVAL:
            kind = ScaleType.TO
        basis = self.random.choice([B.QUANTITY, B.QUANTITY, B.VALUE, B.GROSS_WEIGHT])
        bounds = sorted(self.random.sample(range(1, 40 if basis is not B.VALUE else 3000), self.random.randint(1, 4)))
        name = "start" if kind is ScaleType.FROM else "end"
        levels = [ScaleLevel(self.rate(each), **{name: Decimal(bound)}) for bound in bounds]
        if kind is ScaleType.FROM and self.maybe(0.5):
            levels = [ScaleLevel(self.rate(each), start=Decimal(0)), *levels]
        if kind is not ScaleType.FROM and self.maybe(0.5):
            levels.append(ScaleLevel(self.rate(each), end=None))
        unit = (
            self.random.choice([None, "USD"])
            if basis is B.VALUE
            else self.random.choice([None, "PC"])
            if basis is B.QUANTITY
            else None
        )
        return Scale(kind, basis, tuple(levels), unit)

    def records_of(self, each: ConditionType) -> list[ConditionRecord]:
        found = []
        keys = [(BY_ORGANIZATION, ("1000",)), *((BY_MATERIAL, (material,)) for material in MATERIALS)]
        keys += [(BY_CUSTOMER_MATERIAL, ("C1", material)) for material in MATERIALS]
        for table, key in keys:
            if not self.maybe(0.45 if table != BY_ORGANIZATION else 0.8):
                continue
            for version in range(1, self.random.choice([2, 2, 3])):
                found.append(self.record(each, table, key, version))
        return found

    def record(self, each: ConditionType, table: str, key: tuple[str, ...], version: int) -> ConditionRecord:
        percent = each.calculation in (C.PERCENT, C.PERCENT_INCLUDED)
        scale = self.scale(each)
        interval = scale is not None and scale.type is ScaleType.INTERVAL
        others = [
            other
            for other in self.types
            if not other.is_price and not other.is_tax and other.calculation in (C.PERCENT, C.FIXED_AMOUNT)
        ]
        supplements = ()
        if others and not interval and self.maybe(0.15):
            other = self.random.choice(others)
            supplements = (Supplement(other.code, self.rate(other)),)
        number = f"{each.code}-{table}-{'-'.join(key)}"
        valid_from = self.random.choice([FOREVER[0]] * 8 + [TODAY + timedelta(days=1)])
        valid_to = self.random.choice([FOREVER[1]] * 8 + [TODAY - timedelta(days=1)]) if valid_from < TODAY else FOREVER[1]
        return ConditionRecord(
            id=f"{number}/{version}",
            number=number,
            condition_type=each.code,
            table=table,
            key=key,
            valid_from=valid_from,
            valid_to=valid_to,
            rate=scale.levels[0].rate if scale is not None else self.rate(each),
            version=version,
            release_status=self.random.choice([ReleaseStatus.RELEASED] * 7 + list(ReleaseStatus)),
            currency=None if percent else self.random.choice([None, self.currency, "USD"]),
            per=Decimal(1) if percent else self.random.choice([Decimal(1), Decimal(1), Decimal(100)]),
            unit=self.unit(each),
            scale=scale,
            supplements=supplements,
            exclusion_indicator=self.maybe(0.1),
        )

    # ------------------------------------------------------------------------------------------------------- document

    def item(self, line_number: int) -> PricingItem:
        unit = self.random.choice(["PC", "BOX"])
        fields = {KeyField.MATERIAL_PRICING_GROUP: self.random.choice(["01", "02"])}
        return an_item(
            line_number,
            self.number(1, 30, 0) if unit == "BOX" else max(Decimal("0.01"), self.number(0, 60, 2)),
            self.random.choice(MATERIALS),
            unit=unit,
            base_unit="PC",
            units={"BOX": Fraction(12), "PC": Fraction(1)},
            gross_weight=self.number(0, 5, 2),
            net_weight=self.number(0, 5, 2),
            volume=self.number(0, 3, 1),
            fields=fields,
            manual=tuple(self.entries(0.25)),
        )

    def entries(self, share: float) -> list[ManualCondition]:
        fitting = [each for each in self.types[1:] if not each.is_tax and self.maybe(share / 2)]
        return [
            ManualCondition(
                each.code, self.rate(each), None if each.calculation is C.PERCENT else self.random.choice([None, "USD"])
            )
            for each in fitting
            if each.calculation is not C.PERCENT_INCLUDED
        ]

    def a_document(self) -> PricingDocument:
        numbers = self.random.sample(range(10, 100, 10), self.random.randint(1, 5))
        return a_document(
            *(self.item(number) for number in numbers),
            currency=self.currency,
            simulation=self.maybe(0.2),
            header_conditions=tuple(self.entries(0.3)),
            fields={KeyField.CUSTOMER: self.random.choice(["C1", "C2", ""])},
        )
