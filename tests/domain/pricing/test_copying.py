"""Pricing types A B C D G H: what stays of a copied item, and what is found anew."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest

from domain.errors import Refused
from domain.pricing.copying import copied_rows
from domain.pricing.evaluation import price
from domain.pricing.values import (
    ConditionOrigin,
    ExchangeRate,
    ExclusionProcedure,
    PricedItem,
    PricingType,
    ScaleType,
    Supplement,
    Used,
)
from tests.domain.pricing.builders import (
    FIXED,
    TODAY,
    a_company,
    a_document,
    a_record,
    a_scale,
    a_step,
    a_type,
    an_item,
    by_hand,
    by_manual,
    reasons_of,
    rows_of,
    told,
)

RESCALE, NEW, KEEP_MANUAL = PricingType.RESCALE, PricingType.NEW, PricingType.KEEP_MANUAL
UNCHANGED, TAXES, FREIGHT = PricingType.UNCHANGED, PricingType.REDETERMINE_TAXES, PricingType.REDETERMINE_FREIGHT

COMPANY = a_company(
    a_step(10, "PR00"), a_step(20, "K007", from_step=10), a_step(30, "RB00"), a_step(40, "KF00"), a_step(50, "MWST"),
    types=[replace(a_type("KF00", FIXED), condition_class=a_company().condition_types["KF00"].condition_class)],
)  # fmt: skip


def records(levels: Any, discount: str, freight: str, tax: str, version: int) -> list[Any]:
    scale = a_scale(ScaleType.FROM, *levels)
    return [
        a_record("PR00", levels[0][1], scale=scale, version=version),
        a_record("K007", discount, version=version),
        a_record("KF00", freight, version=version),
        a_record("MWST", tax, version=version),
    ]


THEN = records((("1", "10"), ("200", "9")), "-5", "30", "16", 1)
NOW = records((("1", "11"), ("200", "9.5")), "-10", "40", "13", 2)


def ordered() -> PricedItem:
    return price(a_document(an_item(10, "100", manual=(by_manual("RB00", "-20"),))), COMPANY, THEN).items[0]


def copied(pricing_type: PricingType, quantity: str = "100", **more: Any) -> PricedItem:
    item = an_item(10, quantity, copied=copied_rows(ordered()), **more)
    return price(a_document(item, pricing_type=pricing_type), COMPANY, [*THEN, *NOW]).items[0]


@pytest.mark.parametrize(
    ("pricing_type", "quantity", "values", "tax"),
    [
        pytest.param(UNCHANGED, "100", ["1000", "-50", "-20", "30"], "153.60", id="D: unchanged"),
        pytest.param(UNCHANGED, "200", ["2000", "-100", "-20", "30"], "305.60", id="D: the scale is not read again"),
        pytest.param(RESCALE, "100", ["1000", "-50", "-20", "30"], "153.60", id="A: on the same level"),
        pytest.param(
            RESCALE, "200", ["1800", "-90", "-20", "30"], "275.20", id="A: the scale of the copied version is read again"
        ),
        pytest.param(NEW, "100", ["1100", "-110", "40"], "133.90", id="B: all new, nothing by hand"),
        pytest.param(NEW, "200", ["1900", "-190", "40"], "227.50", id="B: the new scale"),
        pytest.param(KEEP_MANUAL, "100", ["1100", "-110", "-20", "40"], "131.30", id="C: what was entered by hand stays"),
        pytest.param(TAXES, "100", ["1000", "-50", "-20", "30"], "124.80", id="G: the tax is found anew"),
        pytest.param(FREIGHT, "100", ["1000", "-50", "-20", "40"], "155.20", id="H: the freight is found anew"),
    ],
)
def test_what_a_copied_item_is_priced_with(pricing_type: PricingType, quantity: str, values: list[str], tax: str) -> None:
    item = copied(pricing_type, quantity)
    assert [row.value.amount for row in item.rows[:-1] if row.value] == [D(value) for value in values]
    assert item.tax_amount == D(tax)


def test_a_copied_row_says_so_and_keeps_its_record_version() -> None:
    origins = {row.condition_type: row.origin for row in copied(UNCHANGED).rows}
    assert origins == {code: ConditionOrigin.MANUAL if code == "RB00" else ConditionOrigin.COPIED for code in origins}
    assert {row.record.version for row in copied(UNCHANGED).rows if row.record} == {1}
    taxes = copied(TAXES).rows[-1]
    assert (taxes.origin, taxes.record.version if taxes.record else None) == (ConditionOrigin.AUTOMATIC, 2)


def test_a_copy_of_a_copy_is_the_same() -> None:
    once = copied(UNCHANGED)
    twice = price(
        a_document(an_item(10, "100", copied=copied_rows(once)), pricing_type=UNCHANGED), COMPANY, [*THEN, *NOW]
    ).items[0]
    assert twice.rows == once.rows


def test_what_is_entered_at_the_copy_goes_before_what_was_copied() -> None:
    item = copied(UNCHANGED, manual=(by_manual("K007", "-7"),))
    assert reasons_of(item) == {"K007": "MANUAL"}
    assert [row.value.amount for row in rows_of(item, "K007") if row.value] == [D("-50.00"), D("-70.00")]


def test_a_manual_row_wins_over_the_determined_one_of_its_type() -> None:
    document = a_document(an_item(10, "100", manual=(by_manual("K007", "-3"),)))
    order = price(document, COMPANY, THEN).items[0]
    item = price(
        a_document(an_item(10, "100", copied=copied_rows(order)), pricing_type=KEEP_MANUAL), COMPANY, [*THEN, *NOW]
    ).items[0]
    rows = [(row.origin.name, row.value.amount if row.value else None, row.is_active) for row in rows_of(item, "K007")]
    assert rows == [("MANUAL", D("-33.00"), True), ("AUTOMATIC", D("-110.00"), False)]
    assert reasons_of(item) == {"K007": "MANUAL"}


def test_new_pricing_keeps_types_that_no_record_can_bring_back() -> None:
    """A cost that came from elsewhere and was not entered by hand."""
    company = a_company(a_step(10, "PR00"), a_step(20, "ZCST"), types=[by_hand("ZCST")])
    order = price(a_document(an_item(manual=(by_manual("ZCST", "7"),))), company, [a_record("PR00", "10")]).items[0]
    (row,) = [row for row in copied_rows(order) if row.condition_type == "ZCST"]
    for origin, net in ((ConditionOrigin.MANUAL, "10"), (ConditionOrigin.AUTOMATIC, "17"), (ConditionOrigin.COPIED, "17")):
        item = an_item(copied=(replace(row, origin=origin),))
        assert price(a_document(item, pricing_type=NEW), company, [a_record("PR00", "10")]).net_value == D(net)


def test_what_a_formula_makes_is_made_anew_and_once() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "AMIZ", value_formula="= 1"))
    order = price(a_document(), company, [a_record("PR00", "10")]).items[0]
    for pricing_type in PricingType:
        item = price(
            a_document(an_item(copied=copied_rows(order)), pricing_type=pricing_type), company, [a_record("PR00", "10")]
        ).items[0]
        assert (len(rows_of(item, "AMIZ")), item.net_value) == (1, D(11))


def test_losers_stay_losers_and_nobody_loses_anew() -> None:
    company = a_company(
        a_step(10, "PR00"), a_step(20, "K007"), a_step(30, "RA00"), types=[a_type("RA00", FIXED)],
        exclusions=[(ExclusionProcedure.BEST_TYPE, ["K007", "RA00"])],
    )  # fmt: skip
    found = [a_record("PR00", "10"), a_record("K007", "-5"), a_record("RA00", "-20")]
    order = price(a_document(an_item(10, "10")), company, found).items[0]
    assert reasons_of(order) == {"K007": "EXCLUDED"}
    more = an_item(10, "100", copied=copied_rows(order))
    item = price(a_document(more, pricing_type=UNCHANGED), company, found).items[0]
    assert reasons_of(item) == {"K007": "EXCLUDED"}
    assert item.net_value == D("980.00")


def test_figures_that_made_a_row_inactive_are_looked_at_again() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "PN00"))
    order = price(a_document(an_item(manual=(by_manual("PN00", "5"),))), company, [a_record("PR00", "10")]).items[0]
    rows = tuple(row for row in copied_rows(order) if row.condition_type == "PR00")
    assert [row.inactive_reason.name for row in rows if row.inactive_reason] == ["LATER_PRICE"]
    item = price(a_document(an_item(copied=rows), pricing_type=UNCHANGED), company, []).items[0]
    assert item.net_value == D(10)


def test_intervals_and_supplements_are_copied_as_what_they_are() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "K004"), a_step(30, "KA00"))
    found = [
        a_record("PR00", "10", supplements=(Supplement("KA00", D(-10)),)),
        a_record("K004", "-1", scale=a_scale(ScaleType.INTERVAL, ("5", "-1"), (None, "-2"))),
    ]
    order = price(a_document(an_item(10, "8")), company, found).items[0]
    assert order.net_value == D("61.00")
    for pricing_type in (UNCHANGED, RESCALE):
        item = price(a_document(an_item(10, "10", copied=copied_rows(order)), pricing_type=pricing_type), company, []).items[0]
        assert [(row.condition_type, row.interval, row.supplement) for row in item.rows] == [
            ("PR00", None, False),
            ("KA00", None, True),
            ("K004", 0, False),
            ("K004", 1, False),
        ]
        assert item.net_value == D("75.00")


def test_header_conditions_are_not_copied_with_the_items() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "HB00"))
    order = price(a_document(header_conditions=(by_manual("HB00", "-5"),)), company, [a_record("PR00", "10")]).items[0]
    assert [row.condition_type for row in copied_rows(order)] == ["PR00"]


def test_the_indicator_of_a_copied_price_still_excludes() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "MWST", requirement="NOT_EXCLUDED"))
    order = price(a_document(), company, [a_record("PR00", "10", exclusion_indicator=True)]).items[0]
    item = price(a_document(an_item(copied=copied_rows(order)), pricing_type=TAXES), company, [a_record("MWST", "13")]).items[0]
    assert item.tax_amount == 0


def test_a_row_whose_step_has_moved_stands_at_the_first_step_of_its_type() -> None:
    steps = [a_step(10, "K007"), a_step(15, "PR00"), a_step(20, "RB00"), a_step(30, "KF00"), a_step(50, "MWST")]
    moved = a_company(*steps, types=[a_type("KF00", FIXED)])
    item = price(a_document(an_item(10, "100", copied=copied_rows(ordered())), pricing_type=UNCHANGED), moved, []).items[0]
    assert [(row.step, row.condition_type) for row in item.rows] == [
        (10, "K007"),
        (15, "PR00"),
        (20, "RB00"),
        (30, "KF00"),
        (50, "MWST"),
    ]


def test_a_row_whose_type_is_gone_is_refused() -> None:
    gone = a_company(a_step(10, "PR00"), a_step(50, "MWST"))
    with pytest.raises(Refused) as refused:
        price(a_document(an_item(10, "100", copied=copied_rows(ordered())), pricing_type=UNCHANGED), gone, [])
    found = [(each.reason, each.field, each.values["type"]) for each in refused.value.refusals]
    assert found == [
        ("TYPE_NOT_IN_PROCEDURE", "items.0.copied.1", "K007"),
        ("TYPE_NOT_IN_PROCEDURE", "items.0.copied.2", "RB00"),
        ("TYPE_NOT_IN_PROCEDURE", "items.0.copied.3", "KF00"),
    ]


def test_a_supplement_whose_type_is_gone_is_refused() -> None:
    (row, *_) = copied_rows(ordered())
    item = an_item(10, copied=(row, replace(row, condition_type="ZZZZ", supplement=True)))
    with pytest.raises(Refused) as refused:
        price(a_document(item, pricing_type=UNCHANGED), COMPANY, [])
    assert told(refused.value.refusals) == [("TYPE_NOT_IN_PROCEDURE", "items.0.copied.1")]


def test_a_copied_row_keeps_currency_and_pricing_unit() -> None:
    company = a_company(a_step(10, "PR00"), exchange_rates=(ExchangeRate("USD", "CNY", TODAY, Fraction(7)),))
    units = {"BOX": Fraction(12)}
    found = [a_record("PR00", "50", currency="USD", per=D(100), unit="BOX")]
    order = price(a_document(an_item(10, "240", units=units)), company, found).items[0]
    assert order.net_value == D("70.00")
    item = price(
        a_document(an_item(10, "240", units=units, copied=copied_rows(order)), pricing_type=UNCHANGED), company, []
    ).items[0]
    assert item.rows[0][:8] == order.rows[0][:8]
    dearer = a_company(a_step(10, "PR00"))
    with pytest.raises(Refused) as refused:
        price(a_document(an_item(10, "240", units=units, copied=copied_rows(order)), pricing_type=UNCHANGED), dearer, [])
    assert [(each.reason, each.values["record"]) for each in refused.value.refusals] == [
        ("EXCHANGE_RATE_MISSING", found[0].number)
    ]


def test_a_percentage_of_a_group_is_exact_in_a_copy_too() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "K007"), types=[a_type("K007", group=True)])
    items = [an_item(10 * place) for place in (1, 2, 3)]
    order = price(a_document(*items), company, [a_record("PR00", "1"), a_record("K007", "2.5")])
    again = [replace(item, copied=copied_rows(each)) for item, each in zip(items, order.items, strict=True)]
    assert price(a_document(*again, pricing_type=UNCHANGED), company, []).net_value == order.net_value == D("3.08")


def test_an_entry_beside_a_copied_one_of_no_record() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "RB00"), types=[by_hand("RB00", lower_limit=D(-5))])
    order = price(a_document(an_item(manual=(by_manual("RB00", "-3"),))), company, [a_record("PR00", "10")]).items[0]
    item = an_item(copied=copied_rows(order), manual=(by_manual("RB00", "-4"),))
    assert price(a_document(item, pricing_type=UNCHANGED), company, []).net_value == D(6)


def test_a_copied_row_of_a_used_up_record_keeps_its_value() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "K007"))
    found = [a_record("PR00", "100"), a_record("K007", "-10", maximum_orders=1)]
    order = price(a_document(), company, found).items[0]
    rows = tuple(replace(row, record=row.record and row.record._replace(used=Used(orders=1))) for row in copied_rows(order))
    assert price(a_document(an_item(copied=rows), pricing_type=UNCHANGED), company, []).net_value == D(90)


def test_a_credit_memo_uses_nothing_up() -> None:
    company = a_company(a_step(10, "PR00"), a_step(20, "K007"))
    found = [a_record("PR00", "100"), a_record("K007", "-10", maximum_value=D(10))]
    order = price(a_document(), company, found)
    assert len(order.uses) == 1
    memo = price(a_document(an_item(copied=copied_rows(order.items[0])), pricing_type=UNCHANGED), company, found)
    assert (memo.uses, memo.net_value) == ((), D(90))
