"""Approvals: who must approve what, at how many levels, and that nobody approves their own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.approvals import (
    ApprovalCondition,
    ApprovalStatus,
    DecideCase,
    Decision,
    Figures,
    Level,
    Proposal,
    approval_status,
    approvals_needed,
    next_level,
    refusals_to_decide,
)
from domain.orders.categories import DocumentCategory

MANAGER, DIRECTOR = Level("manager"), Level("director", D(2_000_000))
VALUE = ApprovalCondition(
    "VALUE", "By value", "按金额", (MANAGER, DIRECTOR), (DocumentCategory.SALES_ORDER,), least_value=D(500_000)
)
DISCOUNT = ApprovalCondition("DISCOUNT", "By discount", "按折扣", (MANAGER,), least_discount=D(20))
MARGIN = ApprovalCondition(
    "MARGIN", "By margin", "按毛利", (Level("controller"), MANAGER), organizations=("1000",), margin_below=D(5)
)
CONDITIONS = (VALUE, DISCOUNT, MARGIN)
AN_ORDER = Proposal(DocumentCategory.SALES_ORDER, "1000", Figures(D(100_000), D(0), D(30)))


def proposed(**figures: Any) -> Proposal:
    return replace(
        AN_ORDER,
        figures=replace(AN_ORDER.figures, **{name: None if value is None else D(value) for name, value in figures.items()}),
    )


@pytest.mark.parametrize(
    ("proposal", "needed"),
    [
        pytest.param(proposed(), [], id="an order as usual"),
        pytest.param(proposed(value="499999.99"), [], id="a cent below the value"),
        pytest.param(proposed(value=500_000), [("manager", "VALUE")], id="of the value"),
        pytest.param(proposed(value=2_000_000), [("manager", "VALUE"), ("director", "VALUE")], id="of a value for two levels"),
        pytest.param(proposed(discount=20), [("manager", "DISCOUNT")], id="a discount"),
        pytest.param(proposed(discount="19.99"), [], id="a lower discount"),
        pytest.param(proposed(margin="4.99"), [("controller", "MARGIN"), ("manager", "MARGIN")], id="a low margin"),
        pytest.param(proposed(margin=5), [], id="a margin that will do"),
        pytest.param(proposed(margin=None, discount=None), [], id="figures that are not known"),
        pytest.param(
            proposed(value=2_000_000, discount=30, margin=1),
            [("manager", "VALUE DISCOUNT MARGIN"), ("controller", "MARGIN"), ("director", "VALUE")],
            id="all at once: each role decides once",
        ),
        pytest.param(replace(proposed(margin=1), organization="2000"), [], id="in another organization"),
        pytest.param(
            replace(proposed(value=900_000), category=DocumentCategory.QUOTATION), [], id="a document of another category"
        ),
    ],
)
def test_who_must_approve(proposal: Proposal, needed: list[tuple[str, str]]) -> None:
    found = approvals_needed(CONDITIONS, proposal)
    assert [(each.role, " ".join(each.because)) for each in found] == needed
    assert [each.level for each in found] == list(range(1, len(needed) + 1))


def test_a_role_of_two_conditions_decides_where_the_higher_one_has_it() -> None:
    early = ApprovalCondition("EARLY", "x", "x", (Level("director"), Level("clerk", D(10))), least_value=D(0))
    found = approvals_needed([early, VALUE], LARGE)
    assert [each.role for each in found] == ["manager", "clerk", "director"]


LARGE = proposed(value=2_000_000)
NEEDED = approvals_needed(CONDITIONS, LARGE)


def decided(*by_level: tuple[int, bool], of: Proposal = LARGE) -> tuple[Decision, ...]:
    return tuple(Decision(level, f"approver {level}", approved, of.figures) for level, approved in by_level)


@pytest.mark.parametrize(
    ("decisions", "status", "waits_for"),
    [
        pytest.param((), "PENDING", "manager", id="nobody decided"),
        pytest.param(decided((1, True)), "PENDING", "director", id="the first level"),
        pytest.param(decided((1, True), (2, True)), "APPROVED", None, id="both levels"),
        pytest.param(decided((1, False)), "REJECTED", None, id="refused"),
        pytest.param(decided((1, True), (2, False)), "REJECTED", None, id="refused at the last level"),
        pytest.param(
            decided((1, True), (2, True), of=proposed(value=2_000_001)),
            "PENDING",
            "manager",
            id="approved, then changed in value",
        ),
        pytest.param(
            decided((1, False), of=proposed(value=2_000_001)), "PENDING", "manager", id="refused, then changed in value"
        ),
    ],
)
def test_where_an_approval_stands(decisions: tuple[Decision, ...], status: str, waits_for: str | None) -> None:
    assert approval_status(NEEDED, decisions, LARGE.figures) is ApprovalStatus[status]
    waiting = next_level(NEEDED, decisions, LARGE.figures)
    assert (waiting.role if waiting else None) == waits_for


def test_nothing_is_waited_for_where_no_approval_is_needed() -> None:
    assert approval_status((), (), LARGE.figures) is ApprovalStatus.NOT_NEEDED
    assert next_level((), (), LARGE.figures) is None


A_CASE = DecideCase(ApprovalStatus.PENDING, "ann", frozenset({"kim", "lee"}), decided((1, True)))


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="an approver of an order of somebody else"),
        pytest.param({"by": "kim"}, ["APPROVAL_OWN"], id="who entered it"),
        pytest.param({"by": "lee"}, ["APPROVAL_OWN"], id="who changed it since"),
        pytest.param({"by": "approver 1"}, ["APPROVAL_TWICE"], id="who approved the level before"),
        pytest.param({"status": ApprovalStatus.APPROVED}, ["APPROVAL_NOT_PENDING"], id="approved already"),
    ],
)
def test_who_may_decide(change: dict[str, Any], reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to_decide(replace(A_CASE, **change), "salesOrder")] == reasons


@given(
    st.decimals(0, 5_000_000, places=2),
    st.decimals(0, 100, places=1),
    st.decimals(-50, 100, places=1),
    st.permutations(CONDITIONS),
)
def test_levels_do_not_depend_on_the_order_of_conditions_and_one_more_yuan_never_asks_for_less(
    value: D, discount: D, margin: D, conditions: list[ApprovalCondition]
) -> None:
    proposal = replace(AN_ORDER, figures=Figures(value, discount, margin))
    roles = {each.role for each in approvals_needed(CONDITIONS, proposal)}
    assert roles == {each.role for each in approvals_needed(conditions, proposal)}
    more = replace(proposal, figures=replace(proposal.figures, value=value + 1))
    assert roles <= {each.role for each in approvals_needed(CONDITIONS, more)}
