"""Who decides a proposal, and who takes it back."""

import pytest

from domain.onboarding import ExtensionStatus
from domain.proposals import ProposalCase, ProposalStatus, outdated, refusals_to_decide, refusals_to_withdraw

P = ProposalStatus


@pytest.mark.parametrize(
    ("status", "by", "to_decide", "to_withdraw"),
    [
        pytest.param(P.PENDING, "he.ping", [], ["FOREIGN_PROPOSAL"], id="somebody else decides"),
        pytest.param(P.PENDING, "ma.lan", ["OWN_PROPOSAL"], [], id="the proposer only takes it back"),
        pytest.param(P.APPROVED, "he.ping", ["DECIDED_ALREADY"], ["DECIDED_ALREADY", "FOREIGN_PROPOSAL"], id="decided once"),
        pytest.param(P.WITHDRAWN, "ma.lan", ["DECIDED_ALREADY", "OWN_PROPOSAL"], ["DECIDED_ALREADY"], id="taken back once"),
    ],
)
def test_four_eyes(status: ProposalStatus, by: str, to_decide: list[str], to_withdraw: list[str]) -> None:
    case = ProposalCase(status, "ma.lan", by)
    assert [each.reason for each in refusals_to_decide(case, "bankAccountProposal")] == to_decide
    assert [each.reason for each in refusals_to_withdraw(case, "bankAccountProposal")] == to_withdraw


@pytest.mark.parametrize("status", ExtensionStatus)
def test_an_extension_is_a_proposal_too(status: ExtensionStatus) -> None:
    assert ProposalCase(status, "ann", "ben").is_pending is (status is ExtensionStatus.PENDING)


def test_what_was_changed_meanwhile() -> None:
    assert outdated({"city": "上海", "phone": None}, {"city": "上海", "phone": None, "name": "x"}) == ()
    assert outdated({"city": "上海", "phone": None}, {"city": "苏州", "phone": None}) == ("city",)
