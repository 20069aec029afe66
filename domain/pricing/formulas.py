"""Requirements 条件 and formulas 公式: the closed, documented tables, each entry an expression that anybody may read.

A step or an access names an entry by its code, or brings an expression of its own that begins with `=`. Source: DOMAIN.md §3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.pricing.expressions import Expression, Faulty, Kind, parse
from domain.pricing.values import KeyField, ScaleBasis, Subtotal

SIGN = "="
"""What an expression of one's own begins with, so that it cannot be taken for a code."""
RAISE_TO_MINIMUM = "RAISE_TO_MINIMUM"
"""The value formula of the minimum price."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the language: its kind and what it stands for."""

    kind: Kind
    title: str
    title_zh: str


_N, _T, _B = Kind.NUMBER, Kind.TEXT, Kind.TRUTH
OF_ITEM: Mapping[str, Input] = {
    "quantity": Input(_N, "Quantity in the sales unit", "销售单位数量"),
    "base_quantity": Input(_N, "Quantity in the base unit", "基本单位数量"),
    "gross_weight": Input(_N, "Gross weight of the item", "毛重"),
    "net_weight": Input(_N, "Net weight of the item", "净重"),
    "volume": Input(_N, "Volume of the item", "体积"),
    "free_quantity": Input(_N, "Free quantity contained, in the sales unit", "包含的赠品数量"),
    "unit_cost": Input(_N, "Cost of one base unit", "单位成本"),
    "cash_unit": Input(_N, "What amounts of the currency are rounded to", "货币舍入单位"),
    "minor_unit": Input(_N, "Smallest amount of the currency", "货币最小单位"),
    "cost_known": Input(_B, "Whether the item has a cost", "是否有成本"),
    "free_of_charge": Input(_B, "Whether the item is free of charge", "是否免费项目"),
    "below_minimum_approved": Input(_B, "Whether a price below the minimum is approved", "是否已批准低于最低价"),
    **{field.value: Input(_T, field.name.replace("_", " ").capitalize(), "字段") for field in KeyField},
}
OF_SEARCH: Mapping[str, Input] = {
    **OF_ITEM,
    "excluded": Input(_B, "Whether a price with an exclusion indicator was found before", "此前是否找到带排除标识的价格"),
}
OF_ROW: Mapping[str, Input] = {
    **OF_ITEM,
    "reference": Input(_N, "Amount that the step refers to by from and to", "参考步骤金额"),
    "base": Input(_N, "Base of the row", "条件基础值"),
    "rate": Input(_N, "Rate of the row", "条件比率"),
    "value": Input(_N, "Value of the row before the formula", "公式前的条件值"),
    **{each.value: Input(_N, f"Subtotal {each.name.lower().replace('_', ' ')}", "小计") for each in Subtotal},
}

REQUIREMENT_INPUTS = tuple((name, each.kind) for name, each in OF_SEARCH.items())
FORMULA_INPUTS = tuple((name, each.kind) for name, each in OF_ROW.items())


@dataclass(frozen=True, slots=True)
class Formula:
    """An entry of a table. `of_group`: for a group condition it is worked out on the group's sum and then split.

    `measures` says what a base is that is no amount.
    """

    code: str
    text: str
    title: str
    title_zh: str
    of_group: bool = False
    measures: ScaleBasis | None = None


REQUIREMENTS: Mapping[str, Formula] = {
    each.code: each
    for each in (
        Formula("NOT_EXCLUDED", "not excluded", "No price found before excludes discounts", "此前的价格未排除折扣"),
        Formula("FREE_OF_CHARGE", "free_of_charge", "The item is free of charge", "免费项目"),
        Formula("NOT_FREE_OF_CHARGE", "not free_of_charge", "The item is not free of charge", "非免费项目"),
        Formula("FREE_GOODS", "free_quantity > 0", "The item contains free goods", "项目包含赠品"),
        Formula("COST_KNOWN", "cost_known", "The item has a cost", "项目有成本"),
        Formula("DOMESTIC", "departure_country = destination_country", "Departure and destination are one country", "国内销售"),
        Formula("EXPORT", "departure_country <> destination_country", "Departure and destination differ", "出口销售"),
        Formula("MINIMUM_STANDS", "not below_minimum_approved", "No price below the minimum is approved", "未批准低于最低价"),
    )
}
BASE_FORMULAS: Mapping[str, Formula] = {
    each.code: each
    for each in (
        Formula("QUANTITY", "base_quantity", "Quantity in the base unit", "基本单位数量"),
        Formula("GROSS_WEIGHT", "gross_weight", "Gross weight", "毛重", measures=ScaleBasis.GROSS_WEIGHT),
        Formula("NET_WEIGHT", "net_weight", "Net weight", "净重", measures=ScaleBasis.NET_WEIGHT),
        Formula("VOLUME", "volume", "Volume", "体积", measures=ScaleBasis.VOLUME),
        Formula(
            "WHOLE_UNITS", "round_down(base, 1)", "Whole units only, of a group over its items", "仅计整数单位", of_group=True
        ),
        Formula("FREE_GOODS", "reference * free_quantity / quantity", "Share of the free quantity", "赠品数量所占金额"),
        Formula("COST", "unit_cost * base_quantity", "Cost of the item", "项目成本"),
    )
}
VALUE_FORMULAS: Mapping[str, Formula] = {
    each.code: each
    for each in (
        Formula("FREE_GOODS", "-reference * free_quantity / quantity", "Discount for contained free goods", "赠品折扣"),
        Formula("COST", "unit_cost * base_quantity", "Cost of the item", "项目成本"),
        Formula("MARGIN", "reference - cost", "Margin: amount less cost", "毛利"),
        Formula("FILL_UP", "max(0, minimum - reference)", "Surcharge up to the minimum order value", "补足最低订单金额"),
        Formula(RAISE_TO_MINIMUM, "max(0, value - reference)", "Surcharge up to the minimum price", "补足最低价格"),
        Formula(
            "ROUND_TO_UNIT",
            "round(reference, cash_unit) - reference",
            "Rounding to the unit of the currency",
            "按货币单位舍入",
            True,
        ),
        Formula(
            "ROUND_UP_TO_UNIT", "round_up(reference, cash_unit) - reference", "Rounding up to it", "按货币单位向上舍入", True
        ),
        Formula(
            "ROUND_DOWN_TO_UNIT",
            "round_down(reference, cash_unit) - reference",
            "Rounding down to it",
            "按货币单位向下舍入",
            True,
        ),
        Formula(
            "NET_PRICE",
            "round(reference / quantity, minor_unit) * quantity - reference",
            "Difference to the rounded net price times quantity",
            "净价舍入差额",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A formula ready to be worked out."""

    expression: Expression
    of_group: bool = False
    measures: ScaleBasis | None = None


Place = tuple[Mapping[str, Formula], tuple[tuple[str, Kind], ...], Kind]
REQUIREMENT: Place = (REQUIREMENTS, REQUIREMENT_INPUTS, Kind.TRUTH)
BASE_FORMULA: Place = (BASE_FORMULAS, FORMULA_INPUTS, Kind.NUMBER)
VALUE_FORMULA: Place = (VALUE_FORMULAS, FORMULA_INPUTS, Kind.NUMBER)
"""Where a formula stands: the table of its codes, the inputs it may name, what it must give."""


def ready(named: str | None, place: Place) -> Ready | None:
    """The formula that a step or an access names; None for none. Raises Faulty."""
    if not named:
        return None
    table, inputs, kind = place
    if named.startswith(SIGN):
        return Ready(parse(named.removeprefix(SIGN), inputs, kind))
    if named not in table:
        raise Faulty("FORMULA_UNKNOWN", value=named, known=", ".join(table))
    return Ready(parse(table[named].text, inputs, kind), table[named].of_group, table[named].measures)
