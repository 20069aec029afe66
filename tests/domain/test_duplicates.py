"""Doubles: the keys, the score and the rules of merging, as tables. The dictionary of scripts is OpenCC's, as in the product."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customer import CustomerType, OnboardingStatus
from domain.duplicates import (
    LONGEST_KEY,
    SHORTEST_SIMILAR,
    Description,
    DuplicateReason,
    MergeCase,
    Traits,
    code_key,
    likeness,
    name_key,
    outlines,
    refusals_to_merge,
    similarity,
    takes_over_areas,
    traits_of,
)
from models.simplified import simplified


@pytest.mark.parametrize(
    ("name", "key"),
    [
        pytest.param("上海恒通钢铁贸易有限公司", "上海恒通钢铁贸易", id="the form goes"),
        pytest.param("上海恒通钢铁贸易有限责任公司", "上海恒通钢铁贸易", id="whichever it is"),
        pytest.param("上海恒通钢铁贸易股份有限公司", "上海恒通钢铁贸易", id="the longest form that fits"),
        pytest.param("上海恒通钢铁贸易集团有限公司", "上海恒通钢铁贸易", id="several forms"),
        pytest.param("上海恆通鋼鐵貿易有限公司", "上海恒通钢铁贸易", id="traditional characters"),
        pytest.param("上海恒通钢铁（贸易） 有限公司", "上海恒通钢铁贸易", id="brackets and spaces"),
        pytest.param("華東鋼鐵集團", "华东钢铁", id="a group in traditional characters"),
        pytest.param("Hansa Steel Trading GmbH", "hansasteeltrading", id="case and spaces"),
        pytest.param("ＨＡＮＳＡ　Steel-Trading　ＧｍｂＨ．", "hansasteeltrading", id="full width and punctuation"),
        pytest.param("Hansa Steel Trading GmbH & Co. KG", "hansasteeltrading", id="forms upon forms"),
        pytest.param("Lion City Marine Pte. Ltd.", "lioncitymarine", id="points in abbreviations"),
        pytest.param("Maas Process Equipment B.V.", "maasprocessequipment", id="points between letters"),
        pytest.param("Comercio del Sur S.A.", "comerciodelsur", id="two letters"),
        pytest.param("Nordic Valves A/S", "nordicvalves", id="a stroke between letters"),
        pytest.param("Straße & Söhne AG", "strassesöhne", id="sharp s"),
        pytest.param("関西流体制御株式会社", "関西流体制御", id="a Japanese form"),
        pytest.param("株式会社難波", "难波", id="a form in front"),
        pytest.param("Co-operative Dairy Ltd", "cooperativedairy", id="a form's letters within a name stay"),
        pytest.param("AG Steel", "agsteel", id="a form's word in front stays"),
        pytest.param("有限公司", "有限公司", id="a form alone is a name"),
        pytest.param("GmbH", "gmbh", id="and so is a Latin one"),
        pytest.param("集团 Ltd", "集团", id="forms of two kinds"),
        pytest.param("!!!", "!!!", id="punctuation alone is a name"),
    ],
)
def test_the_key_of_a_name(name: str, key: str) -> None:
    assert name_key(name, simplified) == key


@given(st.text(min_size=1, max_size=120))
def test_a_name_has_one_short_key_however_it_is_typed(name: str) -> None:
    key = name_key(name, simplified)
    assert len(key) <= LONGEST_KEY
    assert key != "" or name.strip() == "" or all(not sign.isprintable() or sign.isspace() for sign in name)
    assert name_key(f"  {name}\u3000", simplified) == key


def test_a_name_that_grows_by_normalizing_still_fits_an_index() -> None:
    assert len(name_key("\ufdfa" * 120, simplified)) == LONGEST_KEY


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (None, None),
        ("", None),
        (" -/. ", None),
        ("税号", None),
        ("de 811.907-980", "DE811907980"),
        ("９１３１0000ＭＡ１", "91310000MA1"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ],
)
def test_the_key_of_a_number(code: str | None, key: str | None) -> None:
    assert code_key(code) == key


@pytest.mark.parametrize(
    ("one", "other", "percent"),
    [
        ("华东钢铁", "华东钢铁", 100),
        ("华新钢铁", "华鑫钢铁", 60),
        ("恒通钢铁贸易", "恒通钢铁", 66),
        ("hansasteel", "hansasteels", 86),
        ("华新", "华鑫", 33),
        ("华新", "nordwerft", 0),
    ],
)
def test_how_similar_two_keys_are(one: str, other: str, percent: int) -> None:
    assert similarity(one, other) == similarity(other, one) == percent


@given(st.text("华东钢铁ab", min_size=SHORTEST_SIMILAR, max_size=20), st.data())
def test_one_letter_more_less_or_other_fits_the_outline_forwards_or_backwards(key: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(key) - 1))
    other = key[:place] + data.draw(st.sampled_from(["", "华", key[place] + "东"])) + key[place + 1 :]
    fits = [outline.fits(each) for outline, each in zip(outlines(key), (other, other[::-1]), strict=True)]
    assert any(fits)


def test_a_short_key_has_no_outline() -> None:
    assert outlines("华东") == outlines("") == ()


def test_two_places_far_apart_fit_no_outline() -> None:
    one, other = "恒通钢铁贸易中心", "恒达钢铁贸益中心"
    assert [outline.fits(each) for outline, each in zip(outlines(one), (other, other[::-1]), strict=True)] == [False, False]


A_CUSTOMER = Traits("恒通钢铁", "CN", "9131", frozenset({"6222"}), "a@b.cn", "2162345678", "上海")
NOBODY_LIKE_IT = Traits("nordwerft", "DE", "811", frozenset({"DE89"}), "c@d.de", "4930", "hamburg")
CITY, EMAIL, PHONE = DuplicateReason.CITY, DuplicateReason.EMAIL, DuplicateReason.PHONE


@pytest.mark.parametrize(
    ("change", "score", "reasons"),
    [
        pytest.param({}, 0, [], id="nothing in common"),
        pytest.param({"country": "CN", "tax_number": "9131"}, 80, [DuplicateReason.TAX_NUMBER], id="the same tax number"),
        pytest.param({"tax_number": "9131"}, 0, [], id="in another country it is another number"),
        pytest.param({"bank_accounts": frozenset({"6222", "1"})}, 70, [DuplicateReason.BANK_ACCOUNT], id="an account"),
        pytest.param({"name": "恒通钢铁"}, 60, [DuplicateReason.NAME], id="the same name"),
        pytest.param({"name": "恒同钢铁"}, 30, [DuplicateReason.SIMILAR_NAME], id="a similar name, by how similar it is"),
        pytest.param({"name": "恒立机械"}, 0, [], id="a name that is not similar enough"),
        pytest.param({"city": "上海", "email": "a@b.cn", "phone": "2162345678"}, 0, [], id="what only supports is not enough"),
        pytest.param(
            {"name": "恒通钢铁", "city": "上海", "email": "a@b.cn", "phone": "2162345678"},
            95,
            [DuplicateReason.NAME, EMAIL, PHONE, CITY],
            id="what only supports adds",
        ),
        pytest.param(
            {"name": "恒通钢铁", "country": "CN", "tax_number": "9131"},
            100,
            [DuplicateReason.TAX_NUMBER, DuplicateReason.NAME],
            id="a hundred at most",
        ),
    ],
)
def test_the_score_and_its_reasons(change: dict, score: int, reasons: list[DuplicateReason]) -> None:
    other = replace(NOBODY_LIKE_IT, **change)
    for found in (likeness(A_CUSTOMER, other), likeness(other, A_CUSTOMER)):
        assert (found.score, list(found.reasons)) == (score, reasons)


def test_what_is_not_told_is_not_shared() -> None:
    assert likeness(Traits("a", "CN"), Traits("b", "CN")).score == 0


def test_a_description_is_compared_by_its_keys() -> None:
    described = Description("恒通鋼鐵有限公司", "CN", "91-31", ("6222 ", "—"), "A@B.cn", "021-6234 5678", "上海 ")
    assert traits_of(described, simplified) == A_CUSTOMER
    assert traits_of(Description("恒通", "CN", " ", (), "", "", ""), simplified) == Traits("恒通", "CN")


A_MERGE = MergeCase(1, 2, CustomerType.DEALER, CustomerType.DEALER, speaks_for_merged=False)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="two dealers become one"),
        pytest.param({"merged": 1}, ["SAME_CUSTOMER"], id="not into itself"),
        pytest.param({"merged_type": CustomerType.AGENT}, ["TYPES_DIFFER"], id="an agent holds no title"),
        pytest.param({"speaks_for_merged": True}, ["USERS_BOUND"], id="a partner user would change sides"),
        pytest.param(
            {"speaks_for_merged": True, "kept_type": CustomerType.AGENT}, ["TYPES_DIFFER", "USERS_BOUND"], id="all are told"
        ),
        pytest.param({"merged": 1, "speaks_for_merged": True}, ["SAME_CUSTOMER"], id="itself keeps its users"),
    ],
)
def test_which_two_may_be_merged(change: dict, reasons: list[str]) -> None:
    refusals = refusals_to_merge(replace(A_MERGE, **change))
    assert [each.reason for each in refusals] == reasons
    assert {each.field for each in refusals} <= {"merge"}


@pytest.mark.parametrize(
    ("kept", "merged", "over"),
    [
        ("APPROVED", "APPROVED", True),
        ("APPROVED", "EXPIRED", True),
        ("APPROVED", "DRAFT", False),
        ("APPROVED", "SUBMITTED", False),
        ("EXPIRED", "REJECTED", False),
        ("DRAFT", "DRAFT", True),
        ("SUBMITTED", "APPROVED", True),
    ],
)
def test_areas_go_over_only_where_an_approver_has_spoken_or_will(kept: str, merged: str, over: bool) -> None:
    assert takes_over_areas(OnboardingStatus[kept], OnboardingStatus[merged]) is over
