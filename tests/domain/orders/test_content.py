"""The content of sales documents: the standard one fits together, and whatever is wrong with another is told with its path."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from domain.errors import Invalid
from domain.messages import LANGUAGES, text_of
from domain.orders.approvals import Figures, Proposal, approvals_needed
from domain.orders.categories import SALES, DocumentCategory
from domain.orders.content import content_of
from domain.orders.copy_control import copy_rule
from domain.orders.item_categories import Usage, determined_category, refusals_of_category, relevant_axes
from domain.orders.statuses import Axis

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "policies" / "orders.toml").read_text("utf-8")
STANDARD = content_of(TEXT)


def faults(text: str) -> list[tuple[str, str | None]]:
    """What is wrong with a content, each reason with its path; all of it can be said in words."""
    with pytest.raises(Invalid) as refused:
        content_of(text)
    for refusal in refused.value.refusals:
        assert all("{" not in text_of(refusal, language) or refusal.values.get("known") == "{ … }" for language in LANGUAGES)
    return [(refusal.reason, refusal.field) for refusal in refused.value.refusals]


def test_every_sales_category_has_a_type_and_every_type_an_item() -> None:
    assert {each.category for each in STANDARD.types.order_types.values()} == SALES
    assert {row.order_type for row in STANDARD.determinations} == set(STANDARD.types.order_types)


def test_types_of_orders_that_prices_know_are_among_them() -> None:
    priced = tomllib.loads((ROOT / "policies" / "pricing.toml").read_text("utf-8"))["document_type"]
    assert set(priced) <= set(STANDARD.types.order_types)


def test_roles_that_approve_are_there() -> None:
    roles = tomllib.loads((ROOT / "policies" / "roles.toml").read_text("utf-8"))
    assert {level.role for each in STANDARD.approvals for level in each.levels} <= set(roles)


@pytest.mark.parametrize(
    ("category", "value", "discount", "asked"),
    [
        (DocumentCategory.DELIVERY, "999999.99", None, []),
        (DocumentCategory.DELIVERY, "1000000", None, [("sales-manager", "DELIVERY_VALUE")]),
        (DocumentCategory.DELIVERY, "9000000", None, [("sales-manager", "DELIVERY_VALUE")]),
        (DocumentCategory.PAYMENT, "4999999.99", "4.99", []),
        (DocumentCategory.PAYMENT, "100", "5", [("credit-manager", "PAYMENT_DISCOUNT")]),
        (DocumentCategory.PAYMENT, "5000000", None, [("credit-manager", "PAYMENT_VALUE")]),
        (DocumentCategory.PAYMENT, "5000000", "9", [("credit-manager", "PAYMENT_DISCOUNT,PAYMENT_VALUE")]),
    ],
)
def test_who_approves_deliveries_and_payments(
    category: DocumentCategory, value: str, discount: str | None, asked: list[tuple[str, str]]
) -> None:
    figures = Figures(Decimal(value), None if discount is None else Decimal(discount))
    needed = approvals_needed(STANDARD.approvals, Proposal(category, "1000", figures))
    assert [(each.role, ",".join(each.because)) for each in needed] == asked


@pytest.mark.parametrize(
    "chain",
    [
        ("IN", "QT", "CQ", "OR", "LF", "F2", "S1"),
        ("QT", "OR", "F2"),
        ("OF", "F2"),
        ("OF", "LF"),
        ("QT", "OA", "LF", "F2", "RE", "LR", "G2", "S2"),
        ("F2", "CR", "G2"),
        ("OR", "DR", "L2", "S1"),
        ("LF", "F8"),
    ],
    ids="-".join,
)
def test_what_may_follow_what(chain: tuple[str, ...]) -> None:
    for source, target in pairwise(chain):
        rule = copy_rule(STANDARD.copy_rules, source, target)
        assert rule is not None
        assert rule.items


@pytest.mark.parametrize(
    ("source", "target"), [("OR", "QT"), ("F2", "LF"), ("S1", "F2"), ("IN", "LF"), ("F8", "F2"), ("CR", "LF")]
)
def test_what_may_not(source: str, target: str) -> None:
    assert copy_rule(STANDARD.copy_rules, source, target) is None


@pytest.mark.parametrize(
    ("order_type", "group", "usage", "category"),
    [
        ("OR", "NORM", None, "TAN"),
        ("OR", "DIEN", None, "TAD"),
        ("OR", "NORM", Usage.FREE_GOODS, "TANN"),
        ("OF", "NORM", None, "TAF"),
        ("QT", "DIEN", None, "AGN"),
        ("RE", "DIEN", None, None),
        ("OR", "NONE", None, None),
    ],
)
def test_which_category_an_item_gets(order_type: str, group: str, usage: Usage | None, category: str | None) -> None:
    row = determined_category(STANDARD.determinations, order_type, group, usage)
    assert (row.category if row else None) == category
    reasons = [each.reason for each in refusals_of_category(row, None, 10, "items.0.itemCategory")]
    assert reasons == ([] if category else ["ITEM_CATEGORY_NONE"])


def test_only_its_others_may_be_set_instead() -> None:
    row = determined_category(STANDARD.determinations, "OR", "NORM")
    assert refusals_of_category(row, "TAF", 10, "x") == refusals_of_category(row, "TAN", 10, "x") == ()
    assert [each.reason for each in refusals_of_category(row, "TAD", 10, "x")] == ["ITEM_CATEGORY_NOT_ALLOWED"]


GOODS = {Axis.DELIVERY, Axis.GOODS_MOVEMENT}
BILLED = {Axis.BILLING, Axis.POSTING}


@pytest.mark.parametrize(
    ("category", "axes"),
    [
        ("AGN", {Axis.REFERENCE}),
        ("TAN", {Axis.CONFIRMATION, *GOODS, *BILLED}),
        ("TAD", BILLED),
        ("TANN", {Axis.CONFIRMATION, *GOODS}),
        ("TATX", set()),
        ("REN", {*GOODS, *BILLED}),
    ],
)
def test_what_is_relevant_to_an_item(category: str, axes: set[Axis]) -> None:
    assert relevant_axes(STANDARD.item_categories[category]) == axes


OR = 'OR = { title = "Standard order", title_zh = "标准订单", category = "SALES_ORDER", number_range = "ORDER", incompletion = "ORDER", delivery_type = "LF", billing_type = "F2" }'
TAN = 'TAN = { title = "Standard item", title_zh = "标准项目", movement = "ISSUE", billed_by = "GOODS_ISSUE", confirmed = true, incompletion = "GOODS" }'
IN_QT = 'source = "IN"\ntarget = "QT"\ntakes = "OPEN_TO_REFERENCE"\neffect = "REFERENCED"'
F2 = 'F2 = { title = "Invoice", title_zh = "发票", category = "INVOICE", number_range = "INVOICE", cancelled_by = "S1" }'
XX = '[{}.XX]\ntitle = "x"\ntitle_zh = "x"\ncategory = "{}"\nnumber_range = "ORDER"\n[number_range]'
SHIP_TO = '{ field = "SHIP_TO", title = "Ship-to 送达方", blocks = ["DELIVERY"] }'


@pytest.mark.parametrize(
    ("said", "instead", "expected"),
    [
        pytest.param("[block]", "[block", [("CONTENT_MALFORMED", None)], id="no TOML"),
        pytest.param("[block]", "[blocks]", [("CONTENT_KEY", "blocks")], id="a section that is not known"),
        pytest.param(OR, OR.replace("number_range", "range"), [("CONTENT_KEY", "order_type.OR.range"), ("CONTENT_MISSING", "order_type.OR.number_range")], id="a key that is not known"),
        pytest.param(OR, OR.replace("SALES_ORDER", "ORDER"), [("CONTENT_VALUE", "order_type.OR.category")], id="a value that is not one of a list"),
        pytest.param(OR, OR.replace('"Standard order"', "7"), [("CONTENT_VALUE", "order_type.OR.title")], id="a number for a text"),
        pytest.param('advance_percent = "100"', "advance_percent = 100", [("CONTENT_VALUE", "order_type.OA.advance_percent")], id="a number that may not be exact"),
        pytest.param('advance_percent = "100"', 'advance_percent = "NaN"', [("CONTENT_VALUE", "order_type.OA.advance_percent")], id="no number at all"),
        pytest.param('advance_percent = "100"', 'advance_percent = "101"', [("CONTENT_RANGE", "order_type.OA.advance_percent")], id="more than all in advance"),
        pytest.param(OR, OR.replace('"ORDER"', '"ORDERS"'), [("CONTENT_UNKNOWN", "order_type.OR.number_range"), ("CONTENT_UNKNOWN", "order_type.OR.incompletion")], id="codes of nothing"),
        pytest.param("[number_range]", XX.format("order_type", "INVOICE"), [("CONTENT_CATEGORY", "order_type.XX.category")], id="an order type of invoices"),
        pytest.param("[number_range]", XX.format("billing_type", "DELIVERY"), [("CONTENT_CATEGORY", "billing_type.XX.category")], id="a billing type of deliveries"),
        pytest.param(OR, OR.replace('incompletion = "ORDER"', 'incompletion = "ITEM"'), [("CONTENT_UNKNOWN", "order_type.OR.incompletion")], id="a procedure of another part"),
        pytest.param("first = 20000001", "first = 24999999", [], id="a range of one"),
        pytest.param("first = 20000001, last = 24999999", "first = 24999999, last = 20000001", [("CONTENT_RANGE", "number_range.QUOTATION")], id="a range backwards"),
        pytest.param("first = 20000001, last = 24999999", "first = 5000001, last = 10000001", [("CONTENT_RANGES_MEET", "number_range.QUOTATION")], id="ranges that meet at the other end"),
        pytest.param("first = 20000001, last = 24999999", "first = 0, last = 1", [("CONTENT_RANGE", "number_range.QUOTATION")], id="a number 0"),
        pytest.param("first = 20000001, last = 24999999", "first = 1, last = 1", [], id="the number 1 alone"),
        pytest.param("first = 20000001", "first = 14999999", [("CONTENT_RANGES_MEET", "number_range.QUOTATION")], id="ranges that meet"),
        pytest.param(F2, F2.replace("S1", "G2"), [("CONTENT_CATEGORY", "billing_type.F2.cancelled_by")], id="cancelled by a credit memo"),
        pytest.param("[number_range]", XX.format("order_type", "RETURN").replace("[number_range]", XX.format("billing_type", "INVOICE")), [("CONTENT_TWICE", "order_type.XX"), ("CONTENT_TWICE", "billing_type.XX")], id="a code of two kinds of type"),
        pytest.param(TAN, TAN.replace('movement = "ISSUE", ', ""), [("CONTENT_CONFIRMED", "item_category.TAN.confirmed"), ("CONTENT_BILLED_BY", "item_category.TAN.billed_by")], id="an item that never leaves"),
        pytest.param("referenced = true, by_value = true", "by_value = true", [("CONTENT_BY_VALUE", "item_category.WKN.by_value")], id="a value that nobody takes of"),
        pytest.param('group = "DIEN"\ncategory = "AFN"', 'group = "NORM"\ncategory = "AFN"', [("CONTENT_TWICE", "item_category_determination.IN-NORM")], id="determined twice"),
        pytest.param('order_type = "IN"\ngroup = "NORM"\ncategory = "AFN"', 'order_type = "ZZ"\ngroup = "NORM"\ncategory = "ZZZ"', [("CONTENT_UNKNOWN", "item_category_determination.ZZ-NORM.order_type"), ("CONTENT_UNKNOWN", "item_category_determination.ZZ-NORM.category")], id="determined for nothing"),
        pytest.param(IN_QT, IN_QT.replace("IN", "F8"), [("CONTENT_FOLLOWS", "copy.F8-QT.target")], id="what can never follow"),
        pytest.param(IN_QT, IN_QT.replace("QT", "IN"), [("CONTENT_TWICE", "copy.IN-IN")], id="two rules for the same"),
        pytest.param(IN_QT, IN_QT.replace("IN", "ZZ"), [("CONTENT_UNKNOWN", "copy.ZZ-QT.source")], id="a rule for nothing"),
        pytest.param(IN_QT, IN_QT.replace('takes = "OPEN_TO_REFERENCE"', 'takes = "ALL"'), [("CONTENT_EFFECT", "copy.IN-QT.takes")], id="what could be taken twice"),
        pytest.param('target = "F8"\nitems = [{ source = "TAN" }', 'target = "F8"\nitems = [{ source = "TAN", target = "TAD" }', [("CONTENT_ITEM_TARGET", "copy.LF-F8.items.0.target")], id="an invoice that makes goods a service"),
        pytest.param(SHIP_TO, SHIP_TO.replace('["DELIVERY"]', "[]"), [("CONTENT_BLOCKS_NOTHING", "incompletion.PARTNERS.fields.0")], id="a lack that blocks nothing"),
        pytest.param(SHIP_TO, SHIP_TO.replace("SHIP_TO", "PAYER"), [("CONTENT_TWICE", "incompletion.PARTNERS.fields.2")], id="a field twice"),
        pytest.param(SHIP_TO, '"SHIP_TO"', [("CONTENT_VALUE", "incompletion.PARTNERS.fields.0")], id="a text for a field"),
        pytest.param('blocks = ["DELIVERY"], ', 'blocks = "DELIVERY", ', [], id="nothing replaced"),
        pytest.param("{ days = 30, percent", "{ days = 5, percent", [("TERMS_ORDER", "payment_terms.D360.periods")], id="terms in disorder"),
        pytest.param('from_value = "2000000"', 'from_value = "-1"', [("CONTENT_LEVELS", "approval.1.levels")], id="levels in disorder"),
        pytest.param('code = "DISCOUNT"', 'code = "VALUE"', [("CONTENT_TWICE", "approval.2")], id="a condition twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_path(said: str, instead: str, expected: list[tuple[str, str | None]]) -> None:
    text = TEXT.replace(said, instead, 1)
    if expected:
        assert text != TEXT
        assert faults(text) == expected
    else:
        content_of(text)
