"""Whose tax class counts, and what the tax authority's system takes."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from domain.pricing.taxes import TaxPartner, TaxStanding, VatLine, refusals_of_vat_invoice, taxed_partner, usual_class
from tests.domain.pricing.builders import told

PAYER, SHIP_TO, SOLD_TO = TaxPartner.PAYER, TaxPartner.SHIP_TO, TaxPartner.SOLD_TO


@pytest.mark.parametrize(
    ("holding", "counts"),
    [
        ((PAYER, SHIP_TO, SOLD_TO), PAYER),
        ((SHIP_TO, SOLD_TO), SHIP_TO),
        ((SOLD_TO,), SOLD_TO),
        ((SHIP_TO,), SHIP_TO),
        ((), SOLD_TO),
    ],
)
def test_the_class_is_that_of_who_holds_a_tax_number(holding: tuple[TaxPartner, ...], counts: TaxPartner) -> None:
    standings = [
        TaxStanding(each, "91310000MA1K35HX2T" if each in holding else "", each.value) for each in (SOLD_TO, PAYER, SHIP_TO)
    ]
    found = taxed_partner(standings)
    assert found is not None
    assert found.partner is counts


@pytest.mark.parametrize(("number", "code"), [("91310000MA1K35HX2T", "1"), ("", "0"), (None, "0")])
def test_who_has_no_class_of_their_own_is_registered_or_is_not(number: str | None, code: str) -> None:
    assert usual_class(number) == code


def test_without_partners_nobody_is_taxed() -> None:
    assert taxed_partner([]) is None
    assert taxed_partner([TaxStanding(PAYER, None, "1")]) is None


def vat(tax: str = "13.00", **more: D) -> VatLine:
    return VatLine(10, D("100.00"), D(13), D(tax), **more)


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        pytest.param(vat(), [], id="exact"),
        pytest.param(vat("13.06"), [], id="six cents above"),
        pytest.param(vat("12.94"), [], id="six cents below"),
        pytest.param(vat("13.07"), ["VAT_LINE_TAX"], id="seven cents above"),
        pytest.param(vat("12.93"), ["VAT_LINE_TAX"], id="seven cents below"),
        pytest.param(vat(price=D("33.33"), quantity=D(3)), [], id="a cent between price times quantity and amount"),
        pytest.param(vat(price=D("33.32"), quantity=D(3)), ["VAT_LINE_AMOUNT"], id="four cents between them"),
        pytest.param(vat(price=D("33.34"), quantity=D(3)), ["VAT_LINE_AMOUNT"], id="two cents above"),
        pytest.param(vat(price=D(50)), [], id="a price without quantity says nothing"),
        pytest.param(vat(quantity=D(50)), [], id="a quantity without price says nothing"),
    ],
)
def test_a_line_of_a_vat_invoice(line: VatLine, reasons: list[str]) -> None:
    assert [reason for reason, _ in told(refusals_of_vat_invoice([line]))] == reasons


@pytest.mark.parametrize(("lines", "accepted"), [(21, True), (22, False)])
def test_the_differences_of_an_invoice_sum_to_1_27_at_most(lines: int, accepted: bool) -> None:
    refusals = refusals_of_vat_invoice([vat("13.06")] * lines)
    assert told(refusals) == ([] if accepted else [("VAT_INVOICE_TAX", "items")])


def test_a_difference_of_exactly_1_27_is_taken() -> None:
    assert refusals_of_vat_invoice([*[vat("13.06")] * 21, vat("13.01")]) == ()


def test_a_refusal_tells_line_and_differences() -> None:
    wrong = vat("13.10", price=D("33.32"), quantity=D(3))
    tax, amount = refusals_of_vat_invoice([vat(), wrong])
    assert (tax.field, tax.values) == ("items.1", {"line": 10, "found": "0.10", "most": "0.06"})
    assert (amount.field, amount.values) == ("items.1", {"line": 10, "found": "0.04", "most": "0.01"})
    (total,) = [each for each in refusals_of_vat_invoice([vat("13.10")] * 13) if each.field == "items"]
    assert total.values == {"found": "1.30", "most": "1.27"}
