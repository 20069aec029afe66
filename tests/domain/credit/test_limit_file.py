"""Files of limits: every row, or every fault with its line."""

from datetime import date
from decimal import Decimal

import pytest

from domain.credit.limit_file import AskedLimit, read_limits
from domain.errors import Invalid

HEADER = "customer,credit_control_area,limit,reason,valid_from,valid_to\n"


def test_the_rows_of_a_file() -> None:
    text = HEADER + '100001, 1000 ,250000.00,"growth, at last",2026-04-01,2026-12-31\n100002,1000,0,closed,,\n'
    assert read_limits(text) == (
        AskedLimit(2, "100001", "1000", Decimal("250000.00"), "growth, at last", date(2026, 4, 1), date(2026, 12, 31)),
        AskedLimit(3, "100002", "1000", Decimal(0), "closed", None, None),
    )
    assert read_limits(HEADER) == ()


def test_every_fault_is_named_with_its_line_and_column() -> None:
    text = HEADER + "100001,1000,much,x,2026-13-01,\n100002,1000,5,x,,\n100003,1000,NaN,x,,soon\n100004\n"
    with pytest.raises(Invalid) as refused:
        read_limits(text)
    assert [(each.reason, each.field, each.values["value"]) for each in refused.value.refusals] == [
        ("CONTENT_VALUE", "line 2: limit", "much"),
        ("CONTENT_VALUE", "line 2: valid_from", "2026-13-01"),
        ("CONTENT_VALUE", "line 4: limit", "NaN"),
        ("CONTENT_VALUE", "line 4: valid_to", "soon"),
        ("CONTENT_VALUE", "line 5: limit", ""),
    ]


def test_an_amount_with_commas_is_not_taken_for_its_beginning() -> None:
    with pytest.raises(Invalid) as refused:
        read_limits(HEADER + "100001,1000,10,000.00,,,\n")
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field) == ("CONTENT_VALUE", "line 2")
    assert refusal.values == {"value": "", "known": HEADER.strip().replace(",", ", ")}


def test_what_is_beyond_the_last_column_is_told() -> None:
    with pytest.raises(Invalid) as refused:
        read_limits(HEADER + "100001,1000,much,x,,,\n100002,1000,5,x,,,a," + "b" * 300 + "\n")
    assert [(each.field, each.values["value"]) for each in refused.value.refusals] == [
        ("line 2", ""),
        ("line 2: limit", "much"),
        ("line 3", "a, " + "b" * 197),
    ]


@pytest.mark.parametrize("text", ["", "customer,limit\n1,2\n"])
def test_another_header_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_limits(text)
    (refusal,) = refused.value.refusals
    assert (refusal.reason, refusal.field) == ("CONTENT_VALUE", "line 1")
    assert refusal.values == {"value": ", ".join(text.split("\n")[0].split(",")), "known": HEADER.strip().replace(",", ", ")}


def test_what_is_told_of_a_fault_is_short_and_says_what_could_be() -> None:
    with pytest.raises(Invalid) as refused:
        read_limits("x" * 300 + "\n")
    assert refused.value.refusals[0].values["value"] == "x" * 200
    with pytest.raises(Invalid) as refused:
        read_limits(HEADER + f"100001,1000,{'x' * 50},x,soon,\n")
    assert [each.values for each in refused.value.refusals] == [
        {"value": "x" * 40, "known": "10000.00"},
        {"value": "soon", "known": "2026-12-31"},
    ]
