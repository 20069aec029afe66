"""A small company to price with: each condition type is looked for by material first, then by sales organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from domain.errors import Refusal
from domain.messages import LANGUAGES, text_of
from domain.pricing.evaluation import price
from domain.pricing.values import (
    Access,
    AccessSequence,
    CalculationType,
    ConditionClass,
    ConditionLevel,
    ConditionRecord,
    ConditionRow,
    ConditionTable,
    ConditionType,
    Customizing,
    ExclusionProcedure,
    ExclusionRule,
    KeyField,
    ManualCondition,
    ManualEntry,
    PricedDocument,
    PricedItem,
    PricingDocument,
    PricingItem,
    PricingProcedure,
    ProcedureStep,
    Scale,
    ScaleBasis,
    ScaleLevel,
    ScaleType,
    Sign,
)

D = Decimal
TODAY = date(2026, 7, 1)
FOREVER = (date(2000, 1, 1), date(9999, 12, 31))

BY_MATERIAL, BY_ORGANIZATION, BY_CUSTOMER_MATERIAL = "MATERIAL", "ORGANIZATION", "CUSTOMER_MATERIAL"
TABLES = {
    BY_MATERIAL: ConditionTable(BY_MATERIAL, (KeyField.MATERIAL,)),
    BY_ORGANIZATION: ConditionTable(BY_ORGANIZATION, (KeyField.SALES_ORGANIZATION,)),
    BY_CUSTOMER_MATERIAL: ConditionTable(BY_CUSTOMER_MATERIAL, (KeyField.CUSTOMER, KeyField.MATERIAL)),
}
USUAL = "USUAL"
USUAL_ACCESSES = AccessSequence(USUAL, (Access(10, BY_MATERIAL), Access(20, BY_ORGANIZATION)))

PRICE, TAX, EXPENSE = ConditionClass.PRICE, ConditionClass.TAX, ConditionClass.EXPENSE
PERCENT, FIXED, QUANTITY = CalculationType.PERCENT, CalculationType.FIXED_AMOUNT, CalculationType.QUANTITY
FORMULA, INCLUDED = CalculationType.FORMULA, CalculationType.PERCENT_INCLUDED


def a_type(code: str, calculation: CalculationType = PERCENT, **more: Any) -> ConditionType:
    """A condition type with the usual accesses."""
    sequence = None if calculation is FORMULA else USUAL
    return ConditionType(code, calculation=calculation, **{"access_sequence": sequence, **more})


def by_hand(code: str, calculation: CalculationType = FIXED, **more: Any) -> ConditionType:
    """A condition type that is only entered by hand."""
    return a_type(code, calculation, **{"access_sequence": None, **more})


USUAL_TYPES = {
    each.code: each
    for each in (
        a_type("PR00", QUANTITY, condition_class=PRICE, sign=Sign.POSITIVE),
        a_type("K004", QUANTITY),
        a_type("K005"),
        a_type("K007"),
        a_type("KA00"),
        by_hand("HA00", PERCENT, level=ConditionLevel.BOTH),
        by_hand("HB00", FIXED, group=True, level=ConditionLevel.HEADER),
        by_hand("HM00", FIXED, group=True, condition_class=PRICE, level=ConditionLevel.HEADER),
        by_hand("RA00", PERCENT),
        by_hand("RB00"),
        by_hand("RC00", QUANTITY),
        by_hand("PN00", QUANTITY, condition_class=PRICE),
        a_type("PMIN", QUANTITY),
        a_type("KF00", CalculationType.GROSS_WEIGHT, condition_class=EXPENSE),
        a_type("VPRS", FORMULA),
        a_type("SKTO"),
        a_type("MWST", group=True, condition_class=TAX, manual_entry=ManualEntry.FORBIDDEN),
        a_type("MWSI", INCLUDED, group=True, condition_class=TAX),
        a_type("DIFF", FORMULA, group=True),
        a_type("AMIW", FIXED, group=True),
        a_type("AMIZ", FORMULA),
        a_type("NRAB", FORMULA),
        a_type("BO01"),
    )
}


def a_step(step: int, condition_type: str | None = None, **more: Any) -> ProcedureStep:
    return ProcedureStep(step, condition_type=condition_type, **more)


def a_company(
    *steps: ProcedureStep,
    types: Iterable[ConditionType] = (),
    exclusions: Iterable[
        tuple[ExclusionProcedure, Iterable[str]] | tuple[ExclusionProcedure, Iterable[str], Iterable[str]]
    ] = (),
    tax_included: bool = False,
    **more: Any,
) -> Customizing:
    """Customizing with one procedure; an exclusion is its procedure and one or two groups of condition types."""
    rules, groups = [], dict[str, frozenset[str]]()
    for procedure, *members in exclusions:
        names = []
        for each in members:
            names.append(f"G{len(groups)}")
            groups[names[-1]] = frozenset(each)
        rules.append(ExclusionRule(procedure, *names))
    return Customizing(
        procedure=PricingProcedure("ZTEST", steps, tuple(rules), tax_included),
        condition_types={**USUAL_TYPES, **{each.code: each for each in types}},
        **{
            "tables": TABLES,
            "access_sequences": {USUAL: USUAL_ACCESSES, **more.pop("sequences", {})},
            "exclusion_groups": groups,
            **more,
        },
    )


def a_record(condition_type: str, rate: str | Decimal, *, material: str | None = None, **more: Any) -> ConditionRecord:
    """A record by material, or of the whole sales organization."""
    table, key = (BY_ORGANIZATION, ("1000",)) if material is None else (BY_MATERIAL, (material,))
    values = {"table": table, "key": key, "valid_from": FOREVER[0], "valid_to": FOREVER[1], **more}
    number = f"{condition_type}/{values['table']}/{'-'.join(values['key'])}"
    values = {"number": number, **values}
    version = values.get("version", 1)
    return ConditionRecord(
        **{"id": f"{values['number']}/{version}", "condition_type": condition_type, "rate": D(rate), **values}
    )


def a_scale(
    type: ScaleType, *levels: tuple[str | None, str], basis: ScaleBasis = ScaleBasis.QUANTITY, unit: str | None = None
) -> Scale:
    """A scale of (bound, rate)."""
    bound = "start" if type is ScaleType.FROM else "end"
    return Scale(type, basis, tuple(ScaleLevel(D(rate), **{bound: None if at is None else D(at)}) for at, rate in levels), unit)


def an_item(line_number: int = 10, quantity: str | Decimal = "1", material: str = "M1", **more: Any) -> PricingItem:
    unit = more.pop("unit", "PC")
    fields = {KeyField.MATERIAL: material, **more.pop("fields", {})}
    return PricingItem(
        **{"base_unit": unit, **more, "line_number": line_number, "quantity": D(quantity), "unit": unit, "fields": fields}
    )


def a_document(*items: PricingItem, **more: Any) -> PricingDocument:
    fields = {KeyField.SALES_ORGANIZATION: "1000", KeyField.CUSTOMER: "C1", **more.pop("fields", {})}
    values = {"currency": "CNY", "pricing_date": TODAY, "services_rendered_date": TODAY, **more}
    return PricingDocument(items=items or (an_item(),), fields=fields, **values)


def by_manual(condition_type: str, rate: str | Decimal, **more: Any) -> ManualCondition:
    return ManualCondition(condition_type, D(rate), **more)


def rows_of(item: PricedItem, condition_type: str | None) -> list[ConditionRow]:
    return [row for row in item.rows if row.condition_type == condition_type]


def values_of(document: PricedDocument, condition_type: str) -> list[Decimal]:
    """The values of a type's rows over all lines, inactive ones too."""
    return [
        row.value.amount for item in document.items for row in item.rows if row.condition_type == condition_type and row.value
    ]


def active_of(item: PricedItem) -> list[str]:
    return [row.condition_type for row in item.rows if row.condition_type and row.is_active]


def reasons_of(item: PricedItem) -> Mapping[str, str]:
    """Why each inactive row is so."""
    return {str(row.condition_type): row.inactive_reason.name for row in item.rows if row.inactive_reason}


def told(refusals: Iterable[Refusal]) -> list[tuple[str, str | None]]:
    """Reason and field of each refusal, whose values fill its texts in both languages."""
    found = []
    for refusal in refusals:
        assert all(text_of(refusal, language) for language in LANGUAGES)
        assert None not in refusal.values.values()
        found.append((refusal.reason, refusal.field))
    return found


def price_one(customizing: Customizing, *records: ConditionRecord, item: PricingItem | None = None, **more: Any) -> PricedItem:
    """The only item of a document, priced."""
    return price(a_document(item or an_item(), **more), customizing, records).items[0]
