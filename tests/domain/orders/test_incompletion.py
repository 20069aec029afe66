"""Incompletion: what a document lacks, what that blocks, and what it is not even saved without."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import text_of
from domain.orders.content import content_of
from domain.orders.incompletion import (
    Blocks,
    Checked,
    blocked,
    is_incomplete,
    missing_fields,
    refusals_to_save,
    warnings,
)

PROCEDURES = content_of((Path(__file__).parents[3] / "policies" / "orders.toml").read_text("utf-8")).procedures
ALL = {code: frozenset(each.field for each in procedure.fields) for code, procedure in PROCEDURES.items()}


def an_order(*lacking: str) -> list[Checked]:
    """A complete order of a line 10 and a line 20, but for what is named: `field` at the header, `20.field` in a line."""

    def of(procedure: str, line: int | None = None) -> Checked:
        prefix = f"{line}." if line else ""
        return Checked(procedure, frozenset(each for each in ALL[procedure] if prefix + each not in lacking), line)

    return [of("ORDER"), of("PARTNERS"), of("GOODS", 10), of("GOODS", 20), of("SCHEDULE", 20)]


@pytest.mark.parametrize(
    ("lacking", "blocks", "refused"),
    [
        pytest.param((), {}, [], id="complete"),
        pytest.param(("customer_reference",), {"BILLING": [None]}, [], id="no reference of the customer"),
        pytest.param(("sold_to",), {"DELIVERY": [None], "BILLING": [None], "PRICING": [None], "GENERAL": [None]}, ["sold_to"], id="nobody it is for"),
        pytest.param(("20.plant",), {"DELIVERY": [20]}, [], id="a line without plant"),
        pytest.param(("10.net_price", "20.net_price"), {"PRICING": [10, 20], "BILLING": [10, 20]}, [], id="no prices"),
        pytest.param(("SHIP_TO", "20.requested_date"), {"DELIVERY": [None, 20]}, [], id="whereto and when"),
        pytest.param(("20.material",), {"DELIVERY": [20], "BILLING": [20], "PRICING": [20], "GENERAL": [20]}, ["items.20.material"], id="a line of nothing"),
    ],
)  # fmt: skip
def test_what_an_order_lacks(lacking: tuple[str, ...], blocks: dict[str, list[int | None]], refused: list[str]) -> None:
    missing = missing_fields(PROCEDURES, an_order(*lacking))
    assert len(missing) == len(lacking)
    assert is_incomplete(missing) is bool(lacking)
    assert {step.name: lines for step in Blocks if (lines := [each.line for each in blocked(missing, step)])} == blocks
    assert [each.field for each in refusals_to_save(missing)] == refused
    assert len(warnings(missing)) == len(lacking) - len(refused)


def test_a_line_is_blocked_by_its_own_fields_and_by_the_headers() -> None:
    missing = missing_fields(PROCEDURES, an_order("incoterms", "20.plant"))
    assert [each.required.field for each in blocked(missing, Blocks.DELIVERY, 10)] == ["incoterms"]
    assert [each.required.field for each in blocked(missing, Blocks.DELIVERY, 20)] == ["incoterms", "plant"]
    assert blocked(missing, Blocks.BILLING, 20) == ()


def test_what_is_missing_in_words() -> None:
    header, line = missing_fields(PROCEDURES, an_order("incoterms", "20.plant"))
    assert text_of(header.refusal(), "en") == "incoterms is missing: Incoterms 国际贸易条件."
    assert text_of(line.refusal(), "zh") == "行 20：缺少 plant：Plant 工厂。"


@given(st.lists(st.sampled_from(sorted(PROCEDURES)), max_size=6), st.data())
def test_each_field_is_either_filled_or_missing(codes: list[str], data: st.DataObject) -> None:
    parts = [
        Checked(code, frozenset(data.draw(st.sets(st.sampled_from(sorted(ALL[code]))))), line)
        for line, code in enumerate(codes)
    ]
    missing = missing_fields(PROCEDURES, parts)
    for part in parts:
        lacking = {each.required.field for each in missing if each.line == part.line}
        assert lacking | part.filled == ALL[part.procedure]
        assert not lacking & part.filled
    assert len(refusals_to_save(missing)) + len(warnings(missing)) == len(missing)
