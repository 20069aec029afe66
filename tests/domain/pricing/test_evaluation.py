"""The order of evaluation, with DOMAIN's worked figures: bases, the last price, headers, minimums, taxes contained and not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest

from domain.errors import Refused
from domain.pricing.evaluation import price
from domain.pricing.values import (
    Amount,
    CalculationType,
    ConditionOrigin,
    ExchangeRate,
    ExclusionProcedure,
    InactiveReason,
    ManualEntry,
    RoundingRule,
    ScaleBasis,
    ScaleType,
    Subtotal,
    Supplement,
    Unit,
)
from tests.domain.pricing.builders import (
    EXPENSE,
    FIXED,
    PERCENT,
    PRICE,
    QUANTITY,
    TAX,
    a_company,
    a_document,
    a_record,
    a_scale,
    a_step,
    a_type,
    active_of,
    an_item,
    by_manual,
    price_one,
    reasons_of,
    rows_of,
    values_of,
)

PR, K, M = a_step(10, "PR00"), a_step(20, "K007"), a_step(90, "MWST")


def value(item: Any, condition_type: str) -> D:
    return D(sum(row.value.amount for row in rows_of(item, condition_type) if row.value))


# -------------------------------------------------------------------------------------------------------------- bases


@pytest.mark.parametrize(("from_step", "net"), [(None, "72.00"), (10, "70.00")])
def test_header_20_and_item_10_percent_consecutive_or_both_on_the_gross(from_step: int | None, net: str) -> None:
    company = a_company(PR, a_step(20, "K007"), a_step(30, "KA00", from_step=from_step))
    assert price_one(company, a_record("PR00", "100"), a_record("K007", "-20"), a_record("KA00", "-10")).net_value == D(net)


@pytest.mark.parametrize(
    ("step", "base"),
    [
        pytest.param({}, "85", id="none: what runs up to it"),
        pytest.param({"from_step": 10}, "100", id="from alone: that step"),
        pytest.param({"from_step": 20}, "-10", id="from alone: a discount"),
        pytest.param({"from_step": 10, "to_step": 20}, "90", id="a range"),
        pytest.param({"from_step": 5, "to_step": 25}, "90", id="a range around them"),
        pytest.param({"from_step": 20, "to_step": 40}, "-15", id="a range over a statistical row"),
        pytest.param({"from_step": 30}, "7", id="from alone: even a statistical step"),
        pytest.param({"from_step": 35}, "90", id="from alone: a subtotal"),
        pytest.param({"from_step": 30, "to_step": 35}, "0", id="a range adds up rows, not subtotals"),
    ],
)
def test_the_base_of_a_row(step: dict[str, int], base: str) -> None:
    company = a_company(
        PR, a_step(20, "K007"), a_step(30, "SKTO", statistical=True), a_step(35, None), a_step(40, "K005"), a_step(50, "KA00", **step),
        types=[a_type("SKTO", FIXED), a_type("K005", FIXED)],
    )  # fmt: skip
    records = [
        a_record("PR00", "100"),
        a_record("K007", "-10"),
        a_record("SKTO", "7"),
        a_record("K005", "-5"),
        a_record("KA00", "1"),
    ]
    (row,) = rows_of(price_one(company, *records), "KA00")
    assert row.base == Amount(D(base), "CNY")


def test_counters_of_one_step_run_on_and_are_one_base() -> None:
    company = a_company(PR, a_step(20, "K007"), a_step(20, "K005", counter=1), a_step(30, "KA00", from_step=20))
    item = price_one(company, a_record("PR00", "100"), a_record("K007", "-10"), a_record("K005", "-10"), a_record("KA00", "10"))
    assert [row.value.amount for row in item.rows if row.value] == [D("100.00"), D("-10.00"), D("-9.00"), D("-1.90")]


def test_a_price_per_so_many_of_a_unit() -> None:
    item = price_one(
        a_company(PR), a_record("PR00", "12.50", per=D(100), unit="BOX"), item=an_item(10, "30", units={"BOX": Fraction(12)})
    )
    (row,) = item.rows
    assert (row.base, row.rate, row.per) == (Amount(D("2.5"), "BOX"), Amount(D("12.50"), "CNY"), Amount(D(100), "BOX"))
    assert item.net_value == D("0.31")


def test_rates_and_bases_say_what_they_are() -> None:
    price_row, discount, nothing = price_one(
        a_company(PR, K, a_step(30, "KA00")), a_record("PR00", "10"), a_record("K007", "-10")
    ).rows
    assert (price_row.base, price_row.rate, price_row.per) == (Amount(D(1), "PC"), Amount(D(10), "CNY"), Amount(D(1), "PC"))
    assert (discount.base, discount.rate, discount.per) == (Amount(D("10.00"), "CNY"), Amount(D(-10), "%"), None)
    assert (nothing.base, nothing.rate, nothing.value, nothing.per) == (None, None, None, None)
    assert (price_row.scale_base, price_row.rounding_difference, price_row.supplement) == (None, 0, False)


def test_a_procedure_of_subtotals_prices_nothing() -> None:
    item = price_one(a_company(a_step(10, None)))
    assert [(row.step, row.value) for row in item.rows] == [(10, Amount(D("0.00"), "CNY"))]


def test_a_weight_that_nobody_found_is_no_base() -> None:
    (row,) = price_one(a_company(a_step(10, "KF00")), item=an_item(gross_weight=D(3))).rows
    assert (row.base, row.per) == (None, None)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("= quantity", "2"),
        ("= base_quantity", "2000"),
        ("= gross_weight", "6000"),
        ("= net_weight", "8000"),
        ("= volume", "10000"),
        ("= free_quantity", "1"),
        ("= unit_cost", "7"),
        ("= cash_unit", "0.05"),
        ("= minor_unit", "0.01"),
        ("= if(cost_known, 1, 2)", "1"),
        ("= if(free_of_charge, 1, 2)", "1"),
        ("= if(below_minimum_approved, 1, 2)", "1"),
        ("= if(sales_organization = '1000' and material = 'M1', 1, 2)", "1"),
    ],
)
def test_a_formula_reads_what_the_item_has(formula: str, value: str) -> None:
    """2 tonnes of something whose base unit is the kilogram."""
    units = {"KG": Unit("KG", "mass"), "TO": Unit("TO", "mass", Fraction(1000))}
    company = a_company(a_step(10, None, value_formula=formula), units=units, cash_units={"CNY": D("0.05")})
    item = an_item(
        10, "2", unit="TO", base_unit="KG", gross_weight=D(3), net_weight=D(4), volume=D(5), free_quantity=D(1), cost=D(7),
        free_of_charge=True, below_minimum_approved=True,
    )  # fmt: skip
    assert price_one(company, item=item).rows[0].value == Amount(D(value), "CNY")


def test_a_formula_reads_the_rate_of_its_row() -> None:
    company = a_company(PR, a_step(20, "K007", value_formula="= base * rate / 50 + value"))
    assert price_one(company, a_record("PR00", "100"), a_record("K007", "-10")).net_value == D("70.00")


def test_a_base_is_shown_to_six_places_and_worked_with_exactly() -> None:
    """30 pieces are 4 2/7 sevens; at 3.5 each that is 15.00."""
    item = price_one(a_company(PR), a_record("PR00", "3.5", unit="SVN"), item=an_item(10, "30", units={"SVN": Fraction(7)}))
    assert item.rows[0].base == Amount(D("4.285714"), "SVN")
    assert item.net_value == D("15.00")


@pytest.mark.parametrize(
    ("calculation", "measures", "unit", "expected"),
    [
        (CalculationType.GROSS_WEIGHT, {"gross_weight": D(2)}, None, "20"),
        (CalculationType.NET_WEIGHT, {"net_weight": D("1.5")}, "KG", "15"),
        (CalculationType.GROSS_WEIGHT, {"gross_weight": D(2)}, "TO", "0.02"),
        (CalculationType.VOLUME, {"volume": D(3)}, None, "30"),
        (CalculationType.VOLUME, {"volume": D(3), "volume_unit": "M3"}, "L", "30000"),
    ],
)
def test_freight_by_weight_or_volume(calculation: CalculationType, measures: Any, unit: str | None, expected: str) -> None:
    units = {
        "KG": Unit("KG", "mass"),
        "TO": Unit("TO", "mass", Fraction(1000)),
        "L": Unit("L", "v"),
        "M3": Unit("M3", "v", Fraction(1000)),
    }
    company = a_company(a_step(10, "KF00"), types=[a_type("KF00", calculation, condition_class=EXPENSE)], units=units)
    assert price_one(company, a_record("KF00", "1", unit=unit), item=an_item(10, "10", **measures)).net_value == D(expected)


# ----------------------------------------------------------------------------------------------------- rounding, money


def test_three_pieces_at_135_50_less_9_percent() -> None:
    item = price_one(a_company(PR, K), a_record("PR00", "135.50"), a_record("K007", "-9"), item=an_item(10, "3"))
    assert [row.value for row in item.rows] == [Amount(D("406.50"), "CNY"), Amount(D("-36.59"), "CNY")]
    assert (item.net_value, item.net_price) == (D("369.91"), D("123.30"))


@pytest.mark.parametrize(
    ("rule", "expected"), [(RoundingRule.COMMERCIAL, "-0.01"), (RoundingRule.UP, "-0.01"), (RoundingRule.DOWN, "0.00")]
)
def test_a_row_is_rounded_by_its_type(rule: RoundingRule, expected: str) -> None:
    company = a_company(PR, K, types=[a_type("K007", rounding=rule)])
    assert value(price_one(company, a_record("PR00", "0.75"), a_record("K007", "-1")), "K007") == D(expected)


@pytest.mark.parametrize(("currency", "expected"), [("JPY", "124"), ("CNY", "123.50"), ("KWD", "123.500")])
def test_a_row_is_rounded_to_the_minor_unit(currency: str, expected: str) -> None:
    item = price_one(a_company(PR, K), a_record("PR00", "1235"), a_record("K007", "10"), currency=currency)
    assert str(value(item, "K007")) == expected


USD = ExchangeRate("USD", "CNY", date(2026, 1, 1), Fraction("7.125"))


@pytest.mark.parametrize(("before", "expected"), [(False, "71.25"), (True, "71.30")])
def test_a_record_in_another_currency(before: bool, expected: str) -> None:
    company = a_company(
        PR, types=[a_type("PR00", QUANTITY, condition_class=PRICE, convert_before=before)], exchange_rates=(USD,)
    )
    item = price_one(company, a_record("PR00", "1", currency="USD"), item=an_item(10, "10"))
    assert item.net_value == D(expected)
    assert item.rows[0].rate == Amount(D(1), "USD")


def test_fixed_amounts_and_scales_in_another_currency() -> None:
    """142.50 CNY are 20 USD: the level from 20 USD on holds."""
    scale = a_scale(ScaleType.FROM, ("0", "-1"), ("20", "-2"), basis=ScaleBasis.VALUE)
    company = a_company(PR, a_step(20, "RB00"), types=[a_type("RB00", FIXED)], exchange_rates=(USD,))
    item = price_one(company, a_record("PR00", "142.50"), a_record("RB00", "-1", currency="USD", scale=scale))
    assert value(item, "RB00") == D("-14.25")
    assert item.rows[1].scale_base == Amount(D(20), "USD")


# ---------------------------------------------------------------------------------------------------------- last price


def test_a_later_price_takes_the_place_of_all_before_it() -> None:
    """1,600 less 10 %, and then a manual net price of 1,300."""
    company = a_company(PR, K, a_step(30, "PN00"), a_step(40, "KA00"))
    item = price_one(
        company,
        a_record("PR00", "1600"),
        a_record("K007", "-10"),
        a_record("KA00", "-1"),
        item=an_item(manual=(by_manual("PN00", "1300"),)),
    )
    assert reasons_of(item) == {"PR00": "LATER_PRICE", "K007": "LATER_PRICE"}
    assert (value(item, "K007"), value(item, "KA00"), item.net_value) == (D("-160.00"), D("-13.00"), D("1287.00"))


def test_a_price_of_zero_never_wins() -> None:
    company = a_company(PR, a_step(30, "PR01"), types=[a_type("PR01", QUANTITY, condition_class=PRICE)])
    item = price_one(company, a_record("PR00", "100"), a_record("PR01", "0"))
    assert reasons_of(item) == {"PR01": "ZERO"}
    assert item.net_value == D(100)


def test_a_statistical_price_is_no_price() -> None:
    company = a_company(PR, a_step(30, "PR01", statistical=True), types=[a_type("PR01", QUANTITY, condition_class=PRICE)])
    assert price_one(company, a_record("PR00", "100"), a_record("PR01", "90")).net_value == D(100)


def test_statistical_rows_before_the_last_price_keep_their_figures() -> None:
    company = a_company(PR, a_step(20, "SKTO", statistical=True), a_step(30, "PN00"), a_step(40, "K005", from_step=20))
    item = price_one(
        company,
        a_record("PR00", "100"),
        a_record("SKTO", "2"),
        a_record("K005", "100"),
        item=an_item(manual=(by_manual("PN00", "50"),)),
    )
    assert (value(item, "SKTO"), item.net_value) == (D("2.00"), D("52.00"))
    assert active_of(item) == ["SKTO", "PN00", "K005"]


def test_rows_before_the_last_price_are_left_out_of_later_bases() -> None:
    company = a_company(PR, K, a_step(30, "PN00"), a_step(40, None, from_step=10, to_step=30), a_step(50, "KA00", from_step=10))
    item = price_one(
        company,
        a_record("PR00", "100"),
        a_record("K007", "-10"),
        a_record("KA00", "10"),
        item=an_item(manual=(by_manual("PN00", "50"),)),
    )
    assert [row.value.amount for row in item.rows if row.condition_type in (None, "KA00") and row.value] == [D(50), D(0)]


def test_a_price_per_cent_of_another_keeps_its_base() -> None:
    """A price that is 120 % of the list price: the list price is out, what stood on it stays."""
    company = a_company(PR, a_step(20, "ZPRC", from_step=10), types=[a_type("ZPRC", PERCENT, condition_class=PRICE)])
    item = price_one(company, a_record("PR00", "100"), a_record("ZPRC", "120"))
    assert (item.net_value, reasons_of(item)) == (D("120.00"), {"PR00": "LATER_PRICE"})


# -------------------------------------------------------------------------------------------------------------- header


@pytest.mark.parametrize(("code", "expected"), [("RB00", "-270.00"), ("HB00", "-90.00")])
def test_an_absolute_header_condition_on_three_items(code: str, expected: str) -> None:
    company = a_company(PR, a_step(20, code))
    items = [an_item(10 * place, "1", f"M{place}") for place in (1, 2, 3)]
    records = [a_record("PR00", f"{place}000", material=f"M{place}") for place in (1, 2, 3)]
    document = price(a_document(*items, header_conditions=(by_manual(code, "-90"),)), company, records)
    assert sum(values_of(document, code)) == D(expected)
    if code == "HB00":
        assert values_of(document, code) == [D("-15.00"), D("-30.00"), D("-45.00")]
    assert all(row.header and row.origin is ConditionOrigin.MANUAL for item in document.items for row in rows_of(item, code))


def test_a_header_percentage_goes_to_each_item() -> None:
    company = a_company(PR, a_step(20, "HA00"))
    document = price(
        a_document(an_item(10), an_item(20, "3"), header_conditions=(by_manual("HA00", "-2"),)),
        company,
        [a_record("PR00", "100")],
    )
    assert values_of(document, "HA00") == [D("-2.00"), D("-6.00")]


def test_header_conditions_come_after_exclusion_and_before_tax() -> None:
    """The best discount is chosen without the header's; the tax stands on what is left after it."""
    company = a_company(
        PR, a_step(15, "HB00"), a_step(20, "K005"), a_step(30, "K007"), M, exclusions=[(ExclusionProcedure.BEST_TYPE, ["K005", "K007"])],
        types=[a_type("K005", FIXED)],
    )  # fmt: skip
    records = [a_record("PR00", "100"), a_record("K005", "-9"), a_record("K007", "-10"), a_record("MWST", "13")]
    item = price_one(company, *records, header_conditions=(by_manual("HB00", "-50"),))
    assert reasons_of(item) == {"K005": "EXCLUDED"}
    assert (value(item, "HB00"), value(item, "K007"), item.net_value, item.tax_amount) == (
        D("-50.00"),
        D("-5.00"),
        D("45.00"),
        D("5.85"),
    )


def test_an_order_value_entered_at_the_header_replaces_the_items_nets() -> None:
    company = a_company(PR, K, a_step(30, "HM00"), M)
    records = [
        a_record("PR00", "1000", material="A"),
        a_record("PR00", "3000", material="B"),
        a_record("K007", "-10"),
        a_record("MWST", "10"),
    ]
    document = price(
        a_document(an_item(10, material="A"), an_item(20, material="B"), header_conditions=(by_manual("HM00", "3510"),)),
        company,
        records,
    )
    assert [item.net_value for item in document.items] == [D("877.50"), D("2632.50")]
    assert document.tax_amount == D("351.00")
    assert reasons_of(document.items[0]) == {"PR00": "LATER_PRICE", "K007": "LATER_PRICE"}


def test_a_header_price_of_nothing_replaces_nothing() -> None:
    item = price_one(a_company(PR, a_step(30, "HM00")), a_record("PR00", "100"), header_conditions=(by_manual("HM00", "0"),))
    assert item.net_value == D(100)


def test_a_header_condition_goes_only_to_items_that_have_no_later_price() -> None:
    company = a_company(PR, a_step(20, "HB00"), a_step(30, "PN00"))
    document = a_document(
        an_item(10, manual=(by_manual("PN00", "80"),)), an_item(20), an_item(30), header_conditions=(by_manual("HB00", "-9"),)
    )
    found = price(document, company, [a_record("PR00", "100")])
    assert [item.net_value for item in found.items] == [D("80.00"), D("95.50"), D("95.50")]


def test_a_header_condition_without_any_base_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        price_one(a_company(PR, a_step(20, "HB00")), header_conditions=(by_manual("HB00", "-9"),))
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field) == ("HEADER_WITHOUT_BASE", "headerConditions")
    assert refusal.values == {"step": 20, "type": "HB00", "value": "-9.00"}


def test_a_header_condition_of_nothing_needs_no_base() -> None:
    assert price_one(a_company(PR, a_step(20, "HB00")), header_conditions=(by_manual("HB00", "0"),)).net_value == 0


# ------------------------------------------------------------------------------------------------------------ minimums

AMIW = a_step(50, "AMIW", statistical=True, subtotal=Subtotal.MINIMUM)
AMIZ = a_step(60, "AMIZ", value_formula="FILL_UP")


@pytest.mark.parametrize(("net", "surcharge"), [("190.08", "9.92"), ("200.00", "0.00"), ("250.00", "0.00")])
def test_the_minimum_order_value(net: str, surcharge: str) -> None:
    item = price_one(a_company(PR, AMIW, AMIZ), a_record("PR00", net), a_record("AMIW", "200"))
    assert value(item, "AMIZ") == D(surcharge)
    assert item.net_value == D(net) + D(surcharge)
    assert item.subtotals[Subtotal.MINIMUM] == D(200)
    assert [row.statistical for row in rows_of(item, "AMIW")] == [True]


def test_the_minimum_order_value_follows_the_header_conditions() -> None:
    company = a_company(PR, a_step(20, "HB00"), AMIW, AMIZ)
    item = price_one(company, a_record("PR00", "210"), a_record("AMIW", "200"), header_conditions=(by_manual("HB00", "-20"),))
    assert (value(item, "AMIZ"), item.net_value) == (D("10.00"), D("200.00"))


PMIN = a_step(40, "PMIN", value_formula="RAISE_TO_MINIMUM", requirement="MINIMUM_STANDS")


@pytest.mark.parametrize(
    ("discount", "approved", "net", "raised"),
    [
        pytest.param("-10", False, "180.00", None, id="down to the minimum"),
        pytest.param("-10.01", False, "180.00", "0.01", id="a cent below is raised by a cent"),
        pytest.param("-10.01", True, "179.99", None, id="unless a lower price is approved"),
    ],
)
def test_the_minimum_price(discount: str, approved: bool, net: str, raised: str | None) -> None:
    company = a_company(PR, a_step(20, "RB00"), PMIN)
    item = an_item(10, "2", manual=(by_manual("RB00", discount),), below_minimum_approved=approved)
    found = price_one(company, a_record("PR00", "95"), a_record("PMIN", "90"), item=item)
    assert found.net_value == D(net)
    assert found.raised_to_minimum == (None if raised is None else D(raised))


def test_a_minimum_price_that_stands_before_the_last_price_raises_nothing() -> None:
    company = a_company(PR, a_step(20, "PMIN", value_formula="RAISE_TO_MINIMUM"), a_step(30, "PN00"))
    item = price_one(company, a_record("PR00", "80"), a_record("PMIN", "90"), item=an_item(manual=(by_manual("PN00", "70"),)))
    assert (item.net_value, item.raised_to_minimum) == (D("70.00"), None)


# --------------------------------------------------------------------------------------------------------------- taxes


def test_a_document_s_tax_is_exact_on_its_sum() -> None:
    """20 % on 4.19 and 8.38: 0.84 + 1.67 = 2.51."""
    records = [a_record("PR00", "4.19", material="A"), a_record("PR00", "8.38", material="B"), a_record("MWST", "20")]
    document = price(a_document(an_item(10, material="A"), an_item(20, material="B")), a_company(PR, M), records)
    assert values_of(document, "MWST") == [D("0.84"), D("1.67")]
    assert (document.net_value, document.tax_amount, document.gross_value) == (D("12.57"), D("2.51"), D("15.08"))
    assert [rows_of(item, "MWST")[0].rounding_difference for item in document.items] == [D(0), D("-0.01")]


@pytest.mark.parametrize(("gross", "net", "tax"), [("1130.00", "1000.00", "130.00"), ("100.00", "88.50", "11.50")])
def test_a_price_that_contains_13_percent(gross: str, net: str, tax: str) -> None:
    item = price_one(a_company(PR, a_step(90, "MWSI"), tax_included=True), a_record("PR00", gross), a_record("MWSI", "13"))
    assert (item.net_value, item.tax_amount, item.gross_value) == (D(net), D(tax), D(gross))


def test_a_second_contained_tax_stands_on_what_the_first_leaves() -> None:
    company = a_company(
        PR, a_step(80, "TAXQ"), a_step(90, "MWSI"), types=[a_type("TAXQ", QUANTITY, condition_class=TAX)], tax_included=True
    )
    item = price_one(company, a_record("PR00", "50"), a_record("TAXQ", "5"), a_record("MWSI", "14"), item=an_item(10, "100"))
    assert (item.net_value, item.tax_amount, item.gross_value) == (D("3947.37"), D("1052.63"), D("5000.00"))


@pytest.mark.parametrize(("day", "gross"), [(date(2019, 3, 31), "1160.00"), (date(2019, 4, 1), "1130.00")])
def test_chinese_vat_before_and_after_april_2019(day: date, gross: str) -> None:
    vat = [
        a_record("MWST", "16", valid_to=date(2019, 3, 31), number="16"),
        a_record("MWST", "13", valid_from=date(2019, 4, 1), number="13"),
    ]
    assert price_one(a_company(PR, M), a_record("PR00", "1000"), *vat, services_rendered_date=day).gross_value == D(gross)


# -------------------------------------------------------------------------------------------------------- manual entry


@pytest.mark.parametrize(
    ("priority", "net", "reasons"),
    [
        (ManualEntry.MANUAL_FIRST, "95.00", [("AUTOMATIC", "MANUAL"), ("MANUAL", None)]),
        (ManualEntry.RECORD_FIRST, "90.00", [("AUTOMATIC", None), ("MANUAL", "MANUAL")]),
        (ManualEntry.FREE, "85.50", [("AUTOMATIC", None), ("MANUAL", None)]),
    ],
)
def test_a_manual_entry_beside_a_record(priority: ManualEntry, net: str, reasons: list[Any]) -> None:
    company = a_company(PR, K, types=[a_type("K007", manual_entry=priority)])
    item = price_one(company, a_record("PR00", "100"), a_record("K007", "-10"), item=an_item(manual=(by_manual("K007", "-5"),)))
    assert item.net_value == D(net)
    assert [
        (row.origin.name, row.inactive_reason.name if row.inactive_reason else None) for row in rows_of(item, "K007")
    ] == reasons


def test_what_a_manual_entry_replaces_is_still_to_be_seen() -> None:
    item = price_one(
        a_company(PR, K), a_record("PR00", "100"), a_record("K007", "-10"), item=an_item(manual=(by_manual("K007", "-5"),))
    )
    assert [row.value.amount for row in rows_of(item, "K007") if row.value] == [D("-10.00"), D("-5.00")]


@pytest.mark.parametrize("priority", [ManualEntry.MANUAL_FIRST, ManualEntry.RECORD_FIRST])
def test_a_manual_entry_where_there_is_no_record(priority: ManualEntry) -> None:
    company = a_company(PR, K, types=[a_type("K007", manual_entry=priority)])
    assert price_one(company, a_record("PR00", "100"), item=an_item(manual=(by_manual("K007", "-5"),))).net_value == D("95.00")


def test_a_step_for_manual_entries_looks_for_no_record() -> None:
    item = price_one(a_company(PR, a_step(20, "K007", manual=True)), a_record("PR00", "100"), a_record("K007", "-10"))
    assert (item.net_value, [row.condition_type for row in item.rows]) == (D(100), ["PR00"])


def test_an_entry_stands_at_the_first_step_of_its_type() -> None:
    company = a_company(PR, a_step(20, "RB00"), a_step(30, "RB00"))
    item = price_one(
        company,
        a_record("PR00", "100"),
        item=an_item(manual=(by_manual("RB00", "-5"),)),
        header_conditions=(by_manual("RB00", "-1"),),
    )
    assert [(row.step, row.header) for row in rows_of(item, "RB00")] == [(20, False), (20, True)]


# --------------------------------------------------------------------------------------- supplements, formulas, subtotals


def test_supplements_come_with_their_record_and_stand_on_its_value() -> None:
    supplements = (Supplement("RB00", D(-10)), Supplement("KA00", D(-10)))
    company = a_company(PR, K, a_step(30, "KA00"), a_step(40, "RB00"))
    item = price_one(company, a_record("PR00", "200", supplements=supplements), a_record("K007", "-5"))
    assert [(row.step, row.condition_type, row.supplement) for row in item.rows if row.value] == [
        (10, "PR00", False),
        (10, "RB00", True),
        (10, "KA00", True),
        (20, "K007", False),
    ]
    assert item.net_value == D("161.50")
    assert item.rows[1].record is item.rows[0].record


def test_supplements_go_with_the_row_that_they_belong_to() -> None:
    item = price_one(
        a_company(PR, K), a_record("PR00", "100"), a_record("K007", "-10", supplements=(Supplement("RB00", D(-1)),)),
        item=an_item(manual=(by_manual("K007", "-5"),)),
    )  # fmt: skip
    assert reasons_of(item) == {"K007": "MANUAL", "RB00": "MANUAL"}
    assert item.net_value == D("95.00")


def test_a_supplement_of_a_type_that_is_gone_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        price_one(
            a_company(PR), a_record("PR00", "1", number="7", supplements=(Supplement("ZZZZ", D(1)), Supplement("KA00", D(1))))
        )
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field, refusal.values) == ("SUPPLEMENT_TYPE", "items.0", {"record": "7", "value": "ZZZZ"})


def test_margin_cost_and_subtotals() -> None:
    company = a_company(
        a_step(10, "PR00", subtotal=Subtotal.GROSS), K, a_step(30, None, subtotal=Subtotal.NET),
        a_step(40, "VPRS", statistical=True, value_formula="COST", requirement="COST_KNOWN", subtotal=Subtotal.COST),
        a_step(50, None, value_formula="MARGIN"),
    )  # fmt: skip
    records = [a_record("PR00", "100"), a_record("K007", "-10")]
    item = price_one(company, *records, item=an_item(10, "10", cost=D(70)))
    assert item.subtotals == {Subtotal.GROSS: D(1000), Subtotal.NET: D(900), Subtotal.COST: D(700)}
    assert item.rows[-1].value == Amount(D("200.00"), "CNY")
    assert item.net_value == D("900.00")
    assert (item.rows[-1].condition_type, item.rows[-1].base, item.rows[-1].rate) == (None, None, None)
    unknown = price_one(company, *records, item=an_item(10, "10"))
    assert unknown.rows[-1].value == Amount(D("900.00"), "CNY")


def test_a_subtotal_may_have_formulas_and_be_statistical() -> None:
    company = a_company(
        PR, a_step(20, None, statistical=True, base_formula="= base + value + rate", value_formula="= reference / 3 + base")
    )
    (_, subtotal) = price_one(company, a_record("PR00", "100")).rows
    assert (subtotal.value, subtotal.statistical) == (Amount(D("266.67"), "CNY"), True)
    assert price_one(a_company(PR, a_step(20, None)), a_record("PR00", "100")).rows[1].statistical is False


def test_a_subtotal_that_cannot_be_worked_out_names_its_step() -> None:
    with pytest.raises(Refused) as refused:
        price_one(a_company(PR, a_step(25, None, value_formula="= 1 / (quantity - 1)")), a_record("PR00", "100"))
    assert refused.value.refusals[0].values == {"where": "25"}


def test_a_supplement_in_a_currency_without_rate_names_its_record() -> None:
    record = a_record("PR00", "100", number="7", supplements=(Supplement("RB00", D(-1), "USD"),))
    with pytest.raises(Refused) as refused:
        price_one(a_company(PR), record)
    assert refused.value.refusals[0].values["record"] == "7"


def test_rounding_of_a_whole_document_to_the_unit_of_the_currency() -> None:
    """33.33 three times is 99.99: the document goes up by a cent, and not each item by two."""
    company = a_company(PR, a_step(80, "DIFF", value_formula="ROUND_TO_UNIT"), cash_units={"CHF": D("0.05")})
    document = price(a_document(an_item(10), an_item(20), an_item(30), currency="CHF"), company, [a_record("PR00", "33.33")])
    assert sum(values_of(document, "DIFF")) == D("0.01")
    assert document.net_value == D("100.00")


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("= reference / (quantity - 1)", "EXPRESSION_DIVIDES_BY_ZERO"),
        ("= gross_weight", "EXPRESSION_INPUT_EMPTY"),
        ("= value * 1000000000000 * 1000000000000", "EXPRESSION_TOO_BIG"),
    ],
)
@pytest.mark.parametrize("place", ["value_formula", "base_formula"])
def test_a_formula_that_cannot_be_worked_out_names_step_and_line(formula: str, reason: str, place: str) -> None:
    company = a_company(
        PR, a_step(20, "K007", **{place: formula.replace("value *", "reference *") if place == "base_formula" else formula})
    )
    with pytest.raises(Refused) as refused:
        price_one(company, a_record("PR00", "100"), a_record("K007", "5"))
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field, refusal.values["where"]) == (reason, "items.0", "20")


def test_a_requirement_that_cannot_be_worked_out_names_step_and_line() -> None:
    with pytest.raises(Refused) as refused:
        price_one(a_company(PR, a_step(20, "K007", requirement="= gross_weight > 1")), a_record("PR00", "100"))
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field, refusal.values["where"]) == ("EXPRESSION_INPUT_EMPTY", "items.0", "20")


# -------------------------------------------------------------------------------------------------- what is not there


def test_a_required_condition_that_is_missing_is_told_item_by_item() -> None:
    company = a_company(a_step(10, "PR00", required=True), M)
    document = price(a_document(an_item(10), an_item(20, material="B")), company, [a_record("PR00", "5", material="M1")])
    assert document.items[0].missing == ()
    (refusal,) = document.items[1].missing
    assert (refusal.reason, refusal.field) == ("CONDITION_MISSING", "items.1")
    assert refusal.values == {"line": 20, "step": 10, "type": "PR00"}
    assert document.missing == (refusal,)


def test_units_currencies_and_weights_that_are_missing_are_told_at_once() -> None:
    company = a_company(PR, K, a_step(30, "KF00"), types=[a_type("K007", FIXED)])
    records = [
        a_record("PR00", "5", unit="BOX", number="1"),
        a_record("K007", "-1", currency="USD", number="2"),
        a_record("KF00", "1", number="3"),
    ]
    with pytest.raises(Refused) as refused:
        price(a_document(an_item(10), an_item(20)), company, records)
    found = [(each.reason, each.field, each.values["line"], each.values["record"]) for each in refused.value.refusals]
    assert found == [
        ("UNIT_NOT_CONVERTED", "items.0.unit", 10, "1"),
        ("EXCHANGE_RATE_MISSING", "items.0", 10, "2"),
        ("MEASURE_MISSING", "items.0", 10, "3"),
        ("UNIT_NOT_CONVERTED", "items.1.unit", 20, "1"),
        ("EXCHANGE_RATE_MISSING", "items.1", 20, "2"),
        ("MEASURE_MISSING", "items.1", 20, "3"),
    ]
    assert refused.value.refusals[0].values == {"line": 10, "record": "1", "from": "PC", "to": "BOX"}
    assert refused.value.refusals[1].values == {"line": 10, "record": "2", "from": "USD", "to": "CNY", "day": "2026-07-01"}
    assert refused.value.refusals[2].values == {"line": 10, "record": "3", "value": "GROSS_WEIGHT"}


@pytest.mark.parametrize("basis", ["QUANTITY", "VALUE"])
def test_a_scale_in_a_unit_or_currency_that_leads_nowhere_is_refused(basis: str) -> None:
    scale = a_scale(ScaleType.FROM, ("1", "-1"), basis=ScaleBasis[basis], unit="BOX" if basis == "QUANTITY" else "USD")
    with pytest.raises(Refused) as refused:
        price_one(a_company(PR, K), a_record("PR00", "5"), a_record("K007", "-1", scale=scale, number="7"))
    (refusal,) = refused.value.refusals
    assert refusal.reason == ("UNIT_NOT_CONVERTED" if basis == "QUANTITY" else "EXCHANGE_RATE_MISSING")
    assert refusal.values["record"] == "7"


def test_a_document_without_items_is_worth_nothing() -> None:
    found = price(replace(a_document(), items=()), a_company(PR), [])
    assert (found.net_value, found.tax_amount, found.gross_value, found.items) == (0, 0, 0, ())


def test_the_answer_names_procedure_and_currency_and_keeps_the_order_of_the_items() -> None:
    found = price(a_document(an_item(30), an_item(10), an_item(20)), a_company(PR), [a_record("PR00", "5")])
    assert (found.procedure, found.currency) == ("ZTEST", "CNY")
    assert [item.line_number for item in found.items] == [30, 10, 20]


def test_a_row_carries_its_record_and_version() -> None:
    record = a_record("PR00", "5", version=3)
    (row,) = price_one(a_company(PR), record).rows
    assert row.record is record
    assert (row.origin, row.inactive_reason, row.is_active) == (ConditionOrigin.AUTOMATIC, None, True)


def test_nothing_but_an_active_value_is_active() -> None:
    (row,) = price_one(a_company(PR)).rows
    assert not row.is_active
    assert not row._replace(value=Amount(D(1), "CNY"), inactive_reason=InactiveReason.ZERO).is_active
