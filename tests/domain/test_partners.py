"""Partner determination: the functions of a view, where they come from, and what may become of them."""

import pytest

from api.resolvers.partner_determination import partner_determination
from domain.customer import CustomerType, PartnerFunction
from domain.partners import PartnerDetermination, Taken, determined, faults_of_partners

F = PartnerFunction
OF_END_USERS = partner_determination().procedure_for(CustomerType.END_USER)
OF_AGENTS = partner_determination().procedure_for(CustomerType.AGENT)
OWN, HEAD, OTHER, AGENT = 1, 2, 3, 4
TYPES = {AGENT: CustomerType.AGENT}


def taken(*pairs: tuple[PartnerFunction, int]) -> list[Taken]:
    return [Taken(function, customer, TYPES.get(customer, CustomerType.END_USER)) for function, customer in pairs]


ALL_OWN = ((F.SOLD_TO, OWN), (F.SHIP_TO, OWN), (F.BILL_TO, OWN), (F.PAYER, OWN))


@pytest.mark.parametrize(
    ("head", "payer"),
    [
        pytest.param(None, OWN, id="a customer of its own pays for itself"),
        pytest.param(HEAD, HEAD, id="the head of a group pays for its members"),
    ],
)
def test_the_partners_of_a_new_view(head: int | None, payer: int) -> None:
    expected = ((F.SOLD_TO, OWN), (F.SHIP_TO, OWN), (F.BILL_TO, OWN), (F.PAYER, payer))
    assert determined(OF_END_USERS, OWN, head) == expected
    assert determined(OF_AGENTS, OWN, head) == expected


@pytest.mark.parametrize(
    ("after", "faults"),
    [
        pytest.param(ALL_OWN, [], id="as it is"),
        pytest.param((*ALL_OWN, (F.SHIP_TO, OTHER)), [], id="a second ship-to"),
        pytest.param((*ALL_OWN[:3], (F.PAYER, OTHER)), [], id="another payer"),
        pytest.param((*ALL_OWN, (F.AGENT, AGENT)), [], id="an agent"),
        pytest.param((*ALL_OWN, (F.AGENT, OTHER)), [("PARTNER_TYPE", "partners.4.customer")], id="an agent who is none"),
        pytest.param((*ALL_OWN, (F.SOLD_TO, OTHER)), [("FUNCTION_UNIQUE", "partners")], id="two sold-to"),
        pytest.param(((F.SOLD_TO, OTHER), *ALL_OWN[1:]), [("FUNCTION_FIXED", "partners")], id="another sold-to"),
        pytest.param(ALL_OWN[:3], [("FUNCTION_MISSING", "partners")], id="no payer"),
        pytest.param((*ALL_OWN, (F.SHIP_TO, OWN)), [("PARTNER_TWICE", "partners")], id="the same ship-to twice"),
        pytest.param((), [("FUNCTION_MISSING", "partners")] * 4, id="nobody"),
    ],
)
def test_the_partners_that_a_view_is_to_have(
    after: tuple[tuple[PartnerFunction, int], ...], faults: list[tuple[str, str]]
) -> None:
    found = faults_of_partners(OF_END_USERS, taken(*ALL_OWN), taken(*after))
    assert [(each.reason, each.field) for each in found] == faults


def test_an_agent_has_no_agent() -> None:
    found = faults_of_partners(OF_AGENTS, taken(*ALL_OWN), taken(*ALL_OWN, (F.AGENT, AGENT)))
    assert [(each.reason, each.field) for each in found] == [("FUNCTION_NOT_ALLOWED", "partners.4.function")]


def test_without_a_procedure_nothing_is_allowed() -> None:
    nothing = PartnerDetermination(()).procedure_for(CustomerType.DEALER)
    assert determined(nothing, OWN, HEAD) == ()
    assert [each.reason for each in faults_of_partners(nothing, (), taken((F.PAYER, OWN)))] == ["FUNCTION_NOT_ALLOWED"]
