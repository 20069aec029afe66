"""Group conditions: a scale read with the sum of the items, and totals that are exact."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest

from domain.errors import Refused
from domain.pricing.evaluation import net_prices, price
from domain.pricing.values import (
    ExclusionProcedure,
    GroupScope,
    InactiveReason,
    KeyField,
    RoundingRule,
    ScaleBasis,
    ScaleType,
    Unit,
)
from tests.domain.pricing.builders import (
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
    an_item,
    by_manual,
    rows_of,
    told,
    values_of,
)

FROM = ScaleType.FROM
PR = a_step(10, "PR00")
A, B = an_item(10, "150", "A"), an_item(20, "100", "B")
PRICES = [a_record("PR00", "10", material="A"), a_record("PR00", "20", material="B")]
SCALE = a_scale(FROM, ("1", "-1"), ("200", "-2"))


def priced(group: Any, records: Any, *items: Any, steps: Any = (a_step(20, "K004"),), **more: Any) -> Any:
    types = group if isinstance(group, list) else [group]
    return price(a_document(*(items or (A, B))), a_company(PR, *steps, types=types, **more), [*PRICES, *records])


@pytest.mark.parametrize(("group", "values"), [(True, ["-30.00", "-40.00"]), (False, ["-15.00", "-20.00"])])
def test_150_and_100_pieces_reach_the_level_of_200_together(group: bool, values: list[str]) -> None:
    found = priced(a_type("K004", PERCENT, group=group), [a_record("K004", "-1", scale=SCALE)])
    assert values_of(found, "K004") == [D(value) for value in values]
    base = [rows_of(item, "K004")[0].scale_base for item in found.items]
    assert [each.amount for each in base if each] == ([D(250), D(250)] if group else [D(150), D(100)])


@pytest.mark.parametrize(
    ("scope", "rates"),
    [
        pytest.param(GroupScope.RECORD, ["-1", "-1", "-1"], id="each record by itself"),
        pytest.param(GroupScope.MATERIAL_PRICING_GROUP, ["-2", "-2", "-1"], id="by material pricing group"),
        pytest.param(GroupScope.ALL_TYPES, ["-2", "-2", "-2"], id="over all"),
    ],
)
def test_the_scope_of_a_group(scope: GroupScope, rates: list[str]) -> None:
    group = KeyField.MATERIAL_PRICING_GROUP
    items = [
        an_item(10 * place, "100", name, fields={group: of})
        for place, name, of in ((1, "A", "01"), (2, "B", "01"), (3, "C", "02"))
    ]
    records = [a_record("K004", "-1", material=name, scale=SCALE) for name in "ABC"]
    found = priced(a_type("K004", PERCENT, group=True, group_scope=scope), records, *items)
    assert [row.rate.amount for item in found.items for row in rows_of(item, "K004") if row.rate] == [D(rate) for rate in rates]


@pytest.mark.parametrize("scope", list(GroupScope))
def test_items_priced_apart_are_no_group(scope: GroupScope) -> None:
    fields = {KeyField.MATERIAL_PRICING_GROUP: "01"}
    items = [an_item(10, "150", "A", fields=fields), an_item(20, "100", "B", fields=fields)]
    company = a_company(PR, a_step(20, "K004"), types=[a_type("K004", PERCENT, group=True, group_scope=scope)])
    found = net_prices(a_document(*items), company, [*PRICES, a_record("K004", "-1", scale=SCALE)])
    assert [item.value for item in found] == [D("1485.00"), D("1980.00")]


def test_who_is_left_of_a_group_does_not_keep_what_the_whole_of_it_left_over() -> None:
    """5 % of 10.05 twice is 1.01, so that one takes 0.51; where the other gets a later price, it is 0.50 after all."""
    kind = a_type("ZPRC", PERCENT, group=True, condition_class=PRICE)
    company = a_company(PR, a_step(20, "ZPRC", from_step=10), a_step(30, "PN00"), types=[kind])
    records = [a_record("PR00", "10.05"), a_record("ZPRC", "5")]
    both = price(a_document(an_item(10), an_item(20)), company, records)
    assert [item.net_value for item in both.items] == [D("0.51"), D("0.50")]
    one = price(a_document(an_item(10), an_item(20, manual=(by_manual("PN00", "7"),))), company, records)
    assert [item.net_value for item in one.items] == [D("0.50"), D("7.00")]
    assert [row.rounding_difference for row in rows_of(one.items[0], "ZPRC")] == [0]


def test_what_exclusion_finds_to_be_nothing_is_left_out_of_the_whole() -> None:
    """10 % of 10.09 twice, rounded down, is 2.01; the 4 cents of the line that comes to nothing would make it 2.02."""
    kind = a_type("K004", PERCENT, group=True, rounding=RoundingRule.DOWN)
    company = a_company(
        PR, a_step(20, "K004", from_step=10), types=[kind], exclusions=[(ExclusionProcedure.BEST_TYPE, ["K004"])]
    )
    items = [an_item(10, material="A"), an_item(20, material="A"), an_item(30, material="B")]
    records = [a_record("PR00", "10.09", material="A"), a_record("PR00", "0.04", material="B"), a_record("K004", "10")]
    found = price(a_document(*items), company, records)
    assert [row.value.amount for item in found.items for row in rows_of(item, "K004") if row.value] == [
        D("1.01"),
        D("1.00"),
        D(0),
    ]


def test_all_types_count_together_each_line_once() -> None:
    """Lines of 120 and 100: the one has both types, the other only one; together they are 220, and not 340."""
    types = [a_type(code, PERCENT, group=True, group_scope=GroupScope.ALL_TYPES) for code in ("K004", "K005")]
    scale = a_scale(FROM, ("1", "-1"), ("220", "-2"), ("221", "-3"))
    records = [a_record("K004", "-1", material="A", scale=scale), a_record("K005", "-1", scale=scale)]
    found = priced(
        types, records, an_item(10, "120", "A"), an_item(20, "100", "B"), steps=(a_step(20, "K004"), a_step(30, "K005"))
    )
    assert [row.rate.amount for item in found.items for row in item.rows[1:] if row.rate] == [D(-2), D(-2), D(-2)]


def test_a_scale_by_value_is_read_with_the_sum_of_the_amounts() -> None:
    scale = a_scale(FROM, ("0", "-1"), ("3500", "-2"), ("3501", "-3"), basis=ScaleBasis.VALUE)
    found = priced(a_type("K004", PERCENT, group=True), [a_record("K004", "-1", scale=scale)])
    assert values_of(found, "K004") == [D("-30.00"), D("-40.00")]


def test_a_sum_by_value_is_taken_where_the_group_stands_and_not_at_the_end() -> None:
    scale = a_scale(FROM, ("0", "-1"), ("3500", "-2"), basis=ScaleBasis.VALUE)
    records = [a_record("K004", "-1", scale=scale), a_record("K005", "-50")]
    found = priced(a_type("K004", PERCENT, group=True), records, steps=(a_step(20, "K004"), a_step(30, "K005")))
    assert values_of(found, "K004") == [D("-30.00"), D("-40.00")]


def test_a_price_may_have_a_scale_by_the_value_that_it_refers_to() -> None:
    scale = a_scale(FROM, ("0", "1"), ("3500", "2"), basis=ScaleBasis.VALUE)
    found = priced(a_type("K004", QUANTITY, group=True), [a_record("K004", "1", scale=scale)])
    assert values_of(found, "K004") == [D("300.00"), D("200.00")]


def test_quantities_of_different_units_are_summed_in_the_scale_s() -> None:
    """15 cartons of 10 and 50 pieces are 200 pieces, or 20 cartons."""
    items = [
        an_item(10, "15", "A", unit="CAR", base_unit="PC", units={"CAR": Fraction(10)}),
        an_item(20, "50", "B", unit="PC", base_unit="PC", units={"CAR": Fraction(10)}),
    ]
    for unit, bound in (("PC", "200"), ("CAR", "20")):
        scale = a_scale(FROM, ("0", "-1"), (bound, "-2"), unit=unit)
        found = priced(a_type("K004", PERCENT, group=True), [a_record("K004", "-1", scale=scale)], *items)
        assert [row.rate.amount for item in found.items for row in rows_of(item, "K004") if row.rate] == [D(-2), D(-2)]


def test_a_unit_that_leads_nowhere_within_a_group_is_refused() -> None:
    items = [an_item(10, "5", "A", units={"CAR": Fraction(10)}), an_item(20, "5", "B")]
    group = a_type("K004", PERCENT, group=True, group_scope=GroupScope.ALL_TYPES)
    records = [
        a_record("K004", "-1", material="A", scale=a_scale(FROM, ("0", "-1"), unit="CAR"), number="7"),
        a_record("K004", "-1"),
    ]
    with pytest.raises(Refused) as refused:
        priced(group, records, *items)
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field) == ("UNIT_NOT_CONVERTED", "items.1.unit")
    assert refusal.values == {"line": 20, "record": "7", "from": "PC", "to": "CAR"}


# -------------------------------------------------------------------------------------------------------- exact totals


def three(amount: str, **more: Any) -> Any:
    return [an_item(10 * place, material="A", **more) for place in (1, 2, 3)], [a_record("PR00", amount, material="A")]


@pytest.mark.parametrize(("group", "values"), [(True, ["0.02", "0.03", "0.03"]), (False, ["0.03", "0.03", "0.03"])])
def test_a_percentage_is_exact_on_the_sum_and_of_equals_the_first_takes_the_cent(group: bool, values: list[str]) -> None:
    """2.5 % on three times 1.00."""
    items, prices = three("1.00")
    found = price(
        a_document(*items),
        a_company(PR, a_step(20, "K004"), types=[a_type("K004", PERCENT, group=group)]),
        [*prices, a_record("K004", "2.5")],
    )
    assert values_of(found, "K004") == [D(value) for value in values]
    taken = [rows_of(item, "K004")[0].rounding_difference for item in found.items]
    assert taken == ([D("-0.01"), D(0), D(0)] if group else [D(0)] * 3)


def test_line_numbers_and_not_places_say_which_is_first() -> None:
    items, prices = three("1.00")
    company = a_company(PR, a_step(20, "K004"), types=[a_type("K004", PERCENT, group=True)])
    found = price(a_document(*items[::-1]), company, [*prices, a_record("K004", "2.5")])
    assert {item.line_number: rows_of(item, "K004")[0].value.amount for item in found.items} == {
        10: D("0.02"),
        20: D("0.03"),
        30: D("0.03"),
    }


@pytest.mark.parametrize(
    ("condition_class", "total"),
    [
        pytest.param(TAX, "0.08", id="taxes of one rate are one group, whatever their records"),
        pytest.param(None, "0.09", id="others are one by record"),
    ],
)
def test_what_is_exact_together(condition_class: Any, total: str) -> None:
    more = {"condition_class": condition_class} if condition_class else {}
    items = [an_item(10, material="A"), an_item(20, material="B"), an_item(30, material="C")]
    records = [a_record(code, rate, material=name) for name in "ABC" for code, rate in (("PR00", "1.00"), ("K004", "2.5"))]
    found = price(
        a_document(*items), a_company(PR, a_step(20, "K004"), types=[a_type("K004", PERCENT, group=True, **more)]), records
    )
    assert sum(values_of(found, "K004")) == D(total)


def test_taxes_of_different_rates_are_exact_each_by_itself() -> None:
    items = [an_item(10, material="A"), an_item(20, material="A"), an_item(30, material="B"), an_item(40, material="B")]
    records = [
        a_record(code, rate, material=name)
        for name, tax in (("A", "13"), ("B", "9"))
        for code, rate in (("PR00", "0.50"), ("MWST", tax))
    ]
    found = price(a_document(*items), a_company(PR, a_step(20, "MWST")), records)
    assert values_of(found, "MWST") == [D("0.06"), D("0.07"), D("0.04"), D("0.05")]


def test_an_entry_by_hand_is_a_group_of_its_own() -> None:
    items, prices = three("1.00", manual=(by_manual("K004", "2.5"),))
    found = price(a_document(*items), a_company(PR, a_step(20, "K004"), types=[a_type("K004", PERCENT, group=True)]), prices)
    assert sum(values_of(found, "K004")) == D("0.08")


def test_amounts_by_quantity_need_no_correction() -> None:
    items, prices = three("1.00")
    found = price(
        a_document(*items),
        a_company(PR, a_step(20, "K004"), types=[a_type("K004", QUANTITY, group=True)]),
        [*prices, a_record("K004", "0.025")],
    )
    assert values_of(found, "K004") == [D("0.03")] * 3


@pytest.mark.parametrize(("group", "values"), [(True, ["-7.03", "-7.97"]), (False, ["-5.00", "-5.00"])])
def test_full_pallets_of_each_item_or_of_all(group: bool, values: list[str]) -> None:
    """15 and 17 cartons on pallets of 10: one each, or three together."""
    items = [
        an_item(10 * place, count, "A", unit="CAR", units={"PAL": Fraction(10)}) for place, count in ((1, "15"), (2, "17"))
    ]
    company = a_company(a_step(10, "K004", base_formula="WHOLE_UNITS"), types=[a_type("K004", QUANTITY, group=group)])
    found = price(a_document(*items), company, [a_record("K004", "-5", unit="PAL")])
    assert values_of(found, "K004") == [D(value) for value in values]


def test_a_fixed_amount_of_a_group_is_split_once_over_all() -> None:
    found = priced(a_type("K004", FIXED, group=True), [a_record("K004", "-10")])
    assert values_of(found, "K004") == [D("-4.29"), D("-5.71")]


def test_the_total_of_a_group_is_rounded_by_its_type_and_its_difference_told() -> None:
    found = priced(a_type("K004", FIXED, group=True, rounding=RoundingRule.DOWN), [a_record("K004", "10.009")])
    assert values_of(found, "K004") == [D("4.28"), D("5.72")]
    assert [rows_of(item, "K004")[0].rounding_difference for item in found.items] == [D(0), D("0.01")]


def test_a_scale_by_value_is_read_with_the_base_after_its_formula() -> None:
    scale = a_scale(FROM, ("0", "-1"), ("7000", "-2"), basis=ScaleBasis.VALUE)
    for group in (True, False):
        found = priced(
            a_type("K004", PERCENT, group=group),
            [a_record("K004", "-1", scale=scale)],
            steps=(a_step(20, "K004", base_formula="= reference * 2"),),
        )
        assert sum(values_of(found, "K004")) == (D("-140.00") if group else D("-70.00"))


def test_a_fixed_amount_of_a_group_without_any_base_is_an_error_of_its_row() -> None:
    company = a_company(a_step(20, "K004"), types=[a_type("K004", FIXED, group=True)])
    (item,) = price(a_document(), company, [a_record("K004", "-10")]).items
    assert rows_of(item, "K004")[0].inactive_reason is InactiveReason.ERROR
    assert [reason for reason, _ in told(item.missing)] == ["CONDITION_WITHOUT_RATE"]
    (item,) = price(a_document(), company, [a_record("K004", "0")]).items
    assert (rows_of(item, "K004")[0].inactive_reason, item.missing) == (None, ())


def test_a_formula_of_the_item_is_not_undone_by_the_group() -> None:
    found = priced(
        a_type("K004", PERCENT, group=True), [a_record("K004", "1")], steps=(a_step(20, "K004", value_formula="= 1"),)
    )
    assert values_of(found, "K004") == [D("1.00"), D("1.00")]


def test_weights_are_summed_in_the_unit_of_the_scale() -> None:
    units = {"KG": Unit("KG", "mass"), "TO": Unit("TO", "mass", Fraction(1000))}
    items = [an_item(10, "150", "A", gross_weight=D(10)), an_item(20, "100", "B", gross_weight=D(5))]
    scale = a_scale(FROM, ("0", "-1"), ("2", "-2"), basis=ScaleBasis.GROSS_WEIGHT, unit="TO")
    found = priced(a_type("K004", PERCENT, group=True), [a_record("K004", "-1", scale=scale)], *items, units=units)
    assert [row.rate.amount for item in found.items for row in rows_of(item, "K004") if row.rate] == [D(-2), D(-2)]
