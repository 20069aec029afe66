"""The rules of the customer master."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.customer import LONGEST, BlockScope, GeneralView, faults_of_blocks, faults_of_general_view
from models.customer import Customer, SalesAreaView

A_VIEW = GeneralView(name="上海宝钢 Shanghai Steel", country="CN", tax_number="91310000MA1K35HX2P", email="buyer@steel.example")


def found(view: GeneralView) -> list[tuple[str, str | None]]:
    return [(refusal.reason, refusal.field) for refusal in faults_of_general_view(view)]


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        pytest.param({}, [], id="a view as it should be"),
        pytest.param({"tax_number": None, "email": None}, [], id="what is not given is not wrong"),
        pytest.param({"name": ""}, [("NAME_EMPTY", "name")], id="no name"),
        pytest.param({"name": " \t　"}, [("NAME_EMPTY", "name")], id="a name of spaces, ideographic ones too"),
        pytest.param({"country": "China"}, [("COUNTRY_MALFORMED", "country")], id="a country written out"),
        pytest.param(
            {"country": "de", "tax_number": None}, [("COUNTRY_MALFORMED", "country")], id="a country in small letters"
        ),
        pytest.param({"country": "", "tax_number": None}, [("COUNTRY_MALFORMED", "country")], id="no country"),
        pytest.param({"country": "DE\n", "tax_number": None}, [("COUNTRY_MALFORMED", "country")], id="a line end behind it"),
        pytest.param({"tax_number": "110105123456789"}, [], id="fifteen signs, as Chinese numbers once were"),
        pytest.param(
            {"tax_number": "91310000MA1K35HX2"}, [("TAX_NUMBER_MALFORMED", "tax_number")], id="a Chinese one too short"
        ),
        pytest.param({"tax_number": "91310000MA1K35HX2PP"}, [("TAX_NUMBER_MALFORMED", "tax_number")], id="and one too long"),
        pytest.param(
            {"tax_number": "91310000MA1K35HX2O"}, [("TAX_NUMBER_MALFORMED", "tax_number")], id="a letter it never has"
        ),
        pytest.param({"tax_number": "91310000ma1k35hx2p"}, [("TAX_NUMBER_MALFORMED", "tax_number")], id="in small letters"),
        pytest.param({"tax_number": ""}, [("TAX_NUMBER_MALFORMED", "tax_number")], id="given, but empty"),
        pytest.param({"country": "DE", "tax_number": "DE 123.456-789/0"}, [], id="elsewhere with signs between"),
        pytest.param({"country": "DE", "tax_number": "12"}, [("TAX_NUMBER_MALFORMED", "tax_number")], id="two signs anywhere"),
        pytest.param({"country": "DE", "tax_number": "-123"}, [("TAX_NUMBER_MALFORMED", "tax_number")], id="a sign before"),
        pytest.param(
            {"country": "DE", "tax_number": "１２３４"}, [("TAX_NUMBER_MALFORMED", "tax_number")], id="full-width digits"
        ),
        pytest.param({"email": "buyer"}, [("EMAIL_MALFORMED", "email")], id="an address without at"),
        pytest.param({"email": "a@b@steel.example"}, [("EMAIL_MALFORMED", "email")], id="with two"),
        pytest.param({"email": "buyer@steel"}, [("EMAIL_MALFORMED", "email")], id="without a domain"),
        pytest.param({"email": "a b@steel.example"}, [("EMAIL_MALFORMED", "email")], id="with a space"),
        pytest.param({"email": "buyer@steel.example\n"}, [("EMAIL_MALFORMED", "email")], id="with a line end"),
        pytest.param(
            {"name": "", "country": "c", "tax_number": "?", "email": "?", "city": "x" * 81},
            [
                ("NAME_EMPTY", "name"),
                ("COUNTRY_MALFORMED", "country"),
                ("TAX_NUMBER_MALFORMED", "tax_number"),
                ("EMAIL_MALFORMED", "email"),
                ("TEXT_TOO_LONG", "city"),
            ],
            id="all reasons at once, in the order of the table",
        ),
    ],
)
def test_what_is_wrong_with_a_general_view(change: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert found(replace(A_VIEW, **change)) == faults


TEXTS_OF_ANY_KIND = [field for field in LONGEST if field not in ("tax_number", "email")]


@pytest.mark.parametrize("field", TEXTS_OF_ANY_KIND)
def test_a_text_may_be_as_long_as_its_field_counted_in_characters(field: str) -> None:
    assert found(replace(A_VIEW, **{field: "钢" * LONGEST[field]})) == []
    (refusal,) = faults_of_general_view(replace(A_VIEW, **{field: "钢" * (LONGEST[field] + 1)}))
    assert (refusal.reason, refusal.field) == ("TEXT_TOO_LONG", field)
    assert refusal.values == {"most": LONGEST[field], "found": LONGEST[field] + 1}


@pytest.mark.parametrize("field", LONGEST)
def test_the_longest_text_is_what_the_column_holds(field: str) -> None:
    assert Customer._meta.fields_map[field].max_length == LONGEST[field]


@pytest.mark.parametrize(
    ("blocks", "reason", "faults"),
    [
        pytest.param((BlockScope.ORDER,), "overdue", [], id="one block"),
        pytest.param((BlockScope.ORDER, BlockScope.BILLING, BlockScope.DELIVERY), "overdue", [], id="all of them"),
        pytest.param((BlockScope.ORDER, BlockScope.ORDER), "overdue", [], id="one named twice"),
        pytest.param((BlockScope.NONE,), "paid", [], id="none, which lifts them"),
        pytest.param((), "overdue", [("BLOCKS_EMPTY", "blocks")], id="nothing named"),
        pytest.param((BlockScope.NONE, BlockScope.ORDER), "?", [("BLOCKS_CONTRADICT", "blocks")], id="none beside another"),
        pytest.param((BlockScope.ORDER,), "", [("REASON_EMPTY", "reason")], id="no reason"),
        pytest.param((BlockScope.NONE,), " 　", [("REASON_EMPTY", "reason")], id="a reason of spaces, also for lifting"),
        pytest.param((BlockScope.ORDER,), "欠" * 200, [], id="the longest reason"),
        pytest.param((BlockScope.ORDER,), "欠" * 201, [("TEXT_TOO_LONG", "reason")], id="a longer one"),
        pytest.param((), "", [("BLOCKS_EMPTY", "blocks"), ("REASON_EMPTY", "reason")], id="both wrong"),
    ],
)
def test_what_is_wrong_with_blocks(blocks: tuple[BlockScope, ...], reason: str, faults: list[tuple[str, str]]) -> None:
    assert [(refusal.reason, refusal.field) for refusal in faults_of_blocks(blocks, reason)] == faults


@pytest.mark.parametrize("model", [Customer, SalesAreaView])
def test_blocks_hold_exactly_what_is_named_and_lift_the_others(model: type[Customer | SalesAreaView]) -> None:
    view = model()
    view.set_blocks(frozenset({BlockScope.ORDER, BlockScope.BILLING}), "overdue")
    assert (view.order_block, view.delivery_block, view.billing_block) == ("overdue", None, "overdue")
    view.set_blocks(frozenset({BlockScope.DELIVERY}), "damaged")
    assert (view.order_block, view.delivery_block, view.billing_block) == (None, "damaged", None)
    view.set_blocks(frozenset({BlockScope.NONE}), "settled")
    assert (view.order_block, view.delivery_block, view.billing_block) == (None, None, None)
