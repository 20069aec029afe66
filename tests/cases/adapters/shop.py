"""A shop to price cases in: types, steps, records and items are added as a case names them, and then priced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.pricing.evaluation import price
from domain.pricing.values import (
    CalculationType,
    ConditionClass,
    ConditionLevel,
    ConditionRecord,
    ConditionType,
    ManualCondition,
    PricedDocument,
    PricedItem,
    PricingItem,
    ProcedureStep,
    Scale,
    ScaleBasis,
    ScaleLevel,
    ScaleType,
)
from tests.cases.notation import Given
from tests.domain.pricing.builders import USUAL, a_company, a_document, a_record, an_item

PRICES = ("PR", "PN", "PB", "HM")
TAXES = ("MW", "TAX")
CALCULATIONS = {
    "percent": CalculationType.PERCENT,
    "fixed": CalculationType.FIXED_AMOUNT,
    "quantity": CalculationType.QUANTITY,
    "grossWeight": CalculationType.GROSS_WEIGHT,
    "netWeight": CalculationType.NET_WEIGHT,
    "volume": CalculationType.VOLUME,
    "percent included": CalculationType.PERCENT_INCLUDED,
}
SCALE_TYPES = {"from": ScaleType.FROM, "to": ScaleType.TO, "interval": ScaleType.INTERVAL}
SCALE_BASES = {
    "value": ScaleBasis.VALUE,
    "quantity": ScaleBasis.QUANTITY,
    "grossWeight": ScaleBasis.GROSS_WEIGHT,
    "netWeight": ScaleBasis.NET_WEIGHT,
    "volume": ScaleBasis.VOLUME,
}


class Shop:
    """Conditions get the steps 10, 20, 30 … in the order in which they are added, where none is named."""

    def __init__(self, currency: str = "EUR", **customizing: Any) -> None:
        self.currency, self.customizing = currency, customizing
        self.types: dict[str, ConditionType] = {}
        self.steps: list[ProcedureStep] = []
        self.records: list[ConditionRecord] = []
        self.items: list[PricingItem] = []
        self.header: list[ManualCondition] = []

    # ---------------------------------------------------------------------------------------------------- customizing

    def step(self, code: str | None, step: int | None = None, **more: Any) -> int:
        number = step if step is not None else max((each.step for each in self.steps), default=0) + 10
        self.steps.append(ProcedureStep(number, condition_type=code, **more))
        return number

    def type(self, code: str, calculation: CalculationType, *, cls: str | None = None, **more: Any) -> None:
        is_price = cls == "price" or (cls is None and code.startswith(PRICES))
        classes = ConditionClass.PRICE if is_price else ConditionClass.DISCOUNT_OR_SURCHARGE
        classes = ConditionClass.TAX if code.startswith(TAXES) else classes
        values = {"condition_class": classes, "access_sequence": USUAL, "level": ConditionLevel.BOTH, **more}
        self.types[code] = ConditionType(code, calculation=calculation, **values)

    def condition(
        self, code: str, calculation: str | CalculationType, rate: Any = None, *, step: Mapping[str, Any] = {}, **more: Any
    ) -> int:
        """A condition type with its step, and a record for all materials where a rate is given."""
        of_record = {name: more.pop(name) for name in list(more) if name not in OF_TYPE}
        kind = CALCULATIONS[calculation] if isinstance(calculation, str) else calculation
        self.type(code, kind, **more)
        if rate is not None:
            self.record(code, rate, **of_record)
        return self.step(code, **step)

    def formula(self, code: str, value_formula: str, *, step: Mapping[str, Any] = {}, **more: Any) -> int:
        self.type(code, CalculationType.FORMULA, access_sequence=None, **more)
        return self.step(code, value_formula=value_formula, **step)

    def record(self, code: str, rate: Any, **more: Any) -> ConditionRecord:
        if self.types[code].calculation not in (CalculationType.PERCENT, CalculationType.PERCENT_INCLUDED):
            more = {"currency": self.currency, **more}
        record = a_record(code, rate, **more)
        self.records.append(record)
        return record

    # --------------------------------------------------------------------------------------------------------- items

    def item(self, line: int | None = None, quantity: Any = "1", *, price: Any = None, **more: Any) -> PricingItem:
        """An item of a material of its own, with a price for it where one is given."""
        number = line if line is not None else 10 * (len(self.items) + 1)
        item = an_item(number, Decimal(quantity), **{"material": f"M{number}", **more})
        self.items.append(item)
        if price is not None:
            if "PR00" not in self.types:
                self.condition("PR00", "quantity")
            self.record("PR00", price, material=str(more.get("material", f"M{number}")), unit=more.get("unit", "PC"))
        return item

    def enter(self, code: str, rate: Any, *, at_header: bool = False, **more: Any) -> None:
        """A manual entry at the header, or at the last item."""
        entry = ManualCondition(code, Decimal(rate), **more)
        if at_header:
            self.header.append(entry)
        else:
            self.items[-1] = replace(self.items[-1], manual=(*self.items[-1].manual, entry))

    def priced(self, records: Sequence[ConditionRecord] | None = None, **document: Any) -> PricedDocument:
        company = a_company(*self.steps, types=self.types.values(), **self.customizing)
        values = {"currency": self.currency, "header_conditions": tuple(self.header), **document}
        return price(a_document(*self.items, **values), company, self.records if records is None else records)

    def priced_one(self, **document: Any) -> PricedItem:
        return self.priced(**document).items[0]


OF_TYPE = frozenset(
    {"cls", "group", "access_sequence", "rounding", "convert_before", "lower_limit", "upper_limit", "manual_entry"}
)


def scale_of(record: Given, unit: str | None = None) -> Scale | None:
    """The scale of a record in the notation of the cases; an interval scale may name where its levels begin instead."""
    if "levels" not in record:
        return None
    kind = SCALE_TYPES[record.get("scaleType", "from")]
    levels = record["levels"]
    starts = [each.get("from") for each in levels]
    ends = [each.get("to") for each in levels]
    if kind is not ScaleType.FROM and all(start is not None for start in starts):
        ends = [*starts[1:], None]
    bounds = starts if kind is ScaleType.FROM else ends
    name = "start" if kind is ScaleType.FROM else "end"
    return Scale(
        kind,
        SCALE_BASES[record.get("scaleBase", "quantity")],
        tuple(
            ScaleLevel(level.number("rate"), **{name: None if bound is None else Decimal(bound)})
            for level, bound in zip(levels, bounds, strict=True)
        ),
        record.get("scaleUnit", unit),
    )


def terms_of(record: Given, unit: str | None = None) -> dict[str, Any]:
    """Rate, scale, pricing unit and limits of a record in the notation of the cases."""
    scale = scale_of(record)
    rate = next((record[key] for key in ("rate", "percent", "amount") if key in record), None)
    values: dict[str, Any] = {
        "rate": Decimal(rate) if rate is not None else scale.levels[0].rate if scale else None,
        "scale": scale,
        "per": record.number("per", "1"),
        "unit": record.get("unit", unit),
        "lower_limit": record.number("lowerLimit") if "lowerLimit" in record else None,
        "upper_limit": record.number("upperLimit") if "upperLimit" in record else None,
        "maximum_value": record.number("maximumValue") if "maximumValue" in record else None,
        "maximum_quantity": record.number("maximumQuantity") if "maximumQuantity" in record else None,
        "maximum_orders": int(record["maximumOrders"]) if "maximumOrders" in record else None,
        "exclusion_indicator": bool(record.get("exclusionIndicator")),
    }
    for key, field in (("validFrom", "valid_from"), ("validTo", "valid_to")):
        if record.get(key) is not None:
            values[field] = date.fromisoformat(record[key])
    if "currency" in record:
        values["currency"] = record["currency"]
    return values


def calculation_of(record: Given, default: str = "quantity") -> str:
    """How a record is calculated; the key that its rate stands under tells, where nothing else does."""
    named = "percent" if "percent" in record else "fixed" if "amount" in record else default
    return str(record.get("calculation", named))


def fraction_of(conversion: str) -> tuple[str, str, Fraction]:
    """`10000 LB = 4536 KG` as one unit, the other, and how many of the other the one is."""
    one, other = (side.split() for side in conversion.split("="))
    return one[1], other[1], Fraction(other[0]) / Fraction(one[0])


def values_of(item: PricedItem, code: str) -> list[Decimal]:
    """The values of a type's rows, inactive ones too."""
    return [row.value.amount for row in item.rows if row.condition_type == code and row.value is not None]


def value_of(item: PricedItem, code: str) -> Decimal:
    return sum(values_of(item, code), Decimal(0))


def of_document(document: PricedDocument, code: str) -> list[Decimal]:
    return [value_of(item, code) for item in document.items]


def totals(document: PricedDocument) -> dict[str, Any]:
    return {"net": document.net_value, "tax": document.tax_amount, "gross": document.gross_value}


def by_name(item: PricedItem) -> dict[str, Any]:
    """Value and base of each condition type under its name in small letters, as cases ask for them."""
    found: dict[str, Any] = {}
    for row in item.rows:
        if row.condition_type and row.value is not None:
            found[row.condition_type.lower()] = row.value.amount
            found[row.condition_type] = row.value.amount
            found[f"{row.condition_type.lower()}Base"] = row.base.amount if row.base else None
    return found
