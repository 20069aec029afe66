"""A document that cannot be priced is refused whole, each reason with the path of its field."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest

from domain.errors import Refused
from domain.pricing.evaluation import price
from domain.pricing.values import ConditionLevel, PricingDocument, Sign, Unit
from tests.domain.pricing.builders import (
    FIXED,
    a_company,
    a_document,
    a_record,
    a_step,
    a_type,
    an_item,
    by_manual,
    told,
)

COMPANY = a_company(
    a_step(10, "PR00"), a_step(20, "K007"), a_step(30, "RB00"), a_step(40, "HB00"), a_step(50, "MWST"), a_step(60, "AMIZ", value_formula="= 0"),
    types=[a_type("K007", level=ConditionLevel.ITEM), a_type("RB00", FIXED, sign=Sign.NEGATIVE)],
    units={"PC": Unit("PC", decimals=0), "KG": Unit("KG", "mass")},
)  # fmt: skip


def reasons(document: PricingDocument) -> list[tuple[str, str | None]]:
    try:
        price(document, COMPANY, [a_record("PR00", "1")])
    except Refused as refused:
        return told(refused.refusals)
    return []


def refused(document: PricingDocument) -> Any:
    with pytest.raises(Refused) as found:
        price(document, COMPANY, [])
    return found.value.refusals


@pytest.mark.parametrize(
    ("quantity", "unit", "reason"),
    [
        ("1", "PC", None),
        ("0", "PC", "QUANTITY_RANGE"),
        ("-1", "PC", "QUANTITY_RANGE"),
        ("NaN", "PC", "QUANTITY_RANGE"),
        ("Infinity", "PC", "QUANTITY_RANGE"),
        ("1000000000000", "PC", None),
        ("1000000000001", "PC", "QUANTITY_RANGE"),
        ("1.5", "PC", "QUANTITY_PLACES"),
        ("1.0", "PC", None),
        ("1.123", "KG", None),
        ("1.1234", "KG", "QUANTITY_PLACES"),
        ("1.123", "ST", None),
        ("1.1234", "ST", "QUANTITY_PLACES"),
    ],
)
def test_quantities(quantity: str, unit: str, reason: str | None) -> None:
    assert reasons(a_document(an_item(10, quantity, unit=unit))) == ([(reason, "items.0.quantity")] if reason else [])


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param(an_item(unit="BOX", base_unit="PC"), [("UNIT_NOT_CONVERTED", "items.0.unit")], id="a unit without conversion"),
        pytest.param(an_item(unit="BOX", base_unit="PC", units={"BOX": Fraction(0)}), [("UNIT_NOT_CONVERTED", "items.0.unit")], id="by nothing"),
        pytest.param(an_item(unit="BOX", base_unit="PC", units={"BOX": Fraction(12)}), [], id="a unit of the material"),
        pytest.param(an_item(gross_weight=D(-1)), [("MEASURE_RANGE", "items.0.grossWeight")], id="a weight below nothing"),
        pytest.param(an_item(net_weight=D("NaN")), [("MEASURE_RANGE", "items.0.netWeight")], id="a weight that is no number"),
        pytest.param(an_item(volume=D("1e13")), [("MEASURE_RANGE", "items.0.volume")], id="a volume beyond all bounds"),
        pytest.param(an_item(volume=D("1e12")), [], id="a volume just within bounds"),
        pytest.param(an_item(cost=D(-1)), [("MEASURE_RANGE", "items.0.cost")], id="a cost below nothing"),
        pytest.param(an_item(cost=D(0), volume=D(0), gross_weight=D(0), net_weight=D(0)), [], id="nothing of it"),
        pytest.param(an_item(10, "2", free_quantity=D(3)), [("FREE_QUANTITY_RANGE", "items.0.freeQuantity")], id="more free than there is"),
        pytest.param(an_item(10, "2", free_quantity=D(-1)), [("FREE_QUANTITY_RANGE", "items.0.freeQuantity")], id="less free than none"),
        pytest.param(an_item(10, "2", free_quantity=D("NaN")), [("FREE_QUANTITY_RANGE", "items.0.freeQuantity")], id="free without number"),
        pytest.param(an_item(10, "2", free_quantity=D(2)), [], id="all of it free"),
        pytest.param(an_item(manual=(by_manual("ZZZZ", "1"),)), [("TYPE_NOT_IN_PROCEDURE", "items.0.manual.0.conditionType")], id="a type that is not there"),
        pytest.param(an_item(manual=(by_manual("MWST", "1"),)), [("MANUAL_FORBIDDEN", "items.0.manual.0.conditionType")], id="a type that nobody enters"),
        pytest.param(an_item(manual=(by_manual("AMIZ", "1"),)), [("MANUAL_FORBIDDEN", "items.0.manual.0.conditionType")], id="what a formula makes"),
        pytest.param(an_item(manual=(by_manual("HB00", "1"),)), [("MANUAL_LEVEL", "items.0.manual.0.conditionType")], id="a header type at an item"),
        pytest.param(an_item(manual=(by_manual("K007", "-150"),)), [("PERCENT_RANGE", "items.0.manual.0.rate")], id="-150 %"),
        pytest.param(an_item(manual=(by_manual("RB00", "1"),)), [("RATE_SIGN", "items.0.manual.0.rate")], id="a discount that adds"),
        pytest.param(an_item(manual=(by_manual("RB00", "NaN"),)), [("RATE_RANGE", "items.0.manual.0.rate")], id="an amount that is none"),
        pytest.param(an_item(manual=(by_manual("RB00", "-1"), by_manual("RB00", "-1", per=D(0)))), [("PER_RANGE", "items.0.manual.1.per")], id="per nothing"),
        pytest.param(an_item(manual=(by_manual("RB00", "-1", currency="??"),)), [("CURRENCY_MALFORMED", "items.0.manual.0.currency")], id="in no currency"),
    ],
)  # fmt: skip
def test_items(item: Any, expected: list[tuple[str, str]]) -> None:
    assert reasons(a_document(item)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"currency": "yuan"}, [("CURRENCY_MALFORMED", "currency")]),
        ({"currency": "CN"}, [("CURRENCY_MALFORMED", "currency")]),
        ({"header_conditions": (by_manual("HB00", "-1"),)}, []),
        ({"header_conditions": (by_manual("RB00", "-1"),)}, []),
        ({"header_conditions": (by_manual("K007", "-1"),)}, [("MANUAL_LEVEL", "headerConditions.0.conditionType")]),
        ({"header_conditions": (by_manual("ZZZZ", "-1"),)}, [("TYPE_NOT_IN_PROCEDURE", "headerConditions.0.conditionType")]),
        ({"items": (an_item(10), an_item(20), an_item(10))}, [("LINE_TWICE", "items.2.lineNumber")]),
    ],
)
def test_headers(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert reasons(replace(a_document(), **change)) == expected


def test_everything_is_told_at_once_and_nothing_is_priced() -> None:
    document = a_document(an_item(10, "0"), an_item(10, "1.5", manual=(by_manual("K007", "-150"),)), currency="?")
    assert reasons(document) == [
        ("CURRENCY_MALFORMED", "currency"),
        ("QUANTITY_RANGE", "items.0.quantity"),
        ("LINE_TWICE", "items.1.lineNumber"),
        ("QUANTITY_PLACES", "items.1.quantity"),
        ("PERCENT_RANGE", "items.1.manual.0.rate"),
    ]


@pytest.mark.parametrize(
    ("document", "values"),
    [
        (a_document(an_item(30, "0")), {"line": 30, "value": "0"}),
        (a_document(an_item(30, "1.5")), {"line": 30, "value": "1.5", "unit": "PC", "most": 0}),
        (a_document(an_item(30, unit="BOX", base_unit="PC")), {"line": 30, "from": "BOX", "to": "PC", "record": "-"}),
        (a_document(an_item(30, volume=D(-1))), {"line": 30, "value": "-1"}),
        (a_document(an_item(30, free_quantity=D(9))), {"line": 30, "value": "9"}),
        (a_document(an_item(30, manual=(by_manual("ZZZZ", "1"),))), {"type": "ZZZZ", "procedure": "ZTEST"}),
        (a_document(an_item(30, manual=(by_manual("MWST", "1"),))), {"type": "MWST"}),
        (a_document(an_item(30, manual=(by_manual("HB00", "1"),))), {"type": "HB00"}),
        (a_document(an_item(30, manual=(by_manual("K007", "-150"),))), {"type": "K007", "record": "", "value": "-150"}),
        (a_document(an_item(30), currency="?"), {"value": "?"}),
        (a_document(an_item(30), an_item(30)), {"line": 30}),
    ],
)
def test_a_refusal_names_line_and_value(document: PricingDocument, values: dict[str, Any]) -> None:
    (refusal,) = refused(document)
    assert refusal.values == values
