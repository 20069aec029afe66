"""Hierarchies: never a circle, never too deep, and only dealers supply."""

import pytest

from domain.customer import CustomerType
from domain.hierarchy import DEEPEST, Relation, faults_of_relation

OWN = 1


@pytest.mark.parametrize(
    ("relation", "above", "type_above", "below", "reasons"),
    [
        pytest.param(Relation.GROUP_HEAD, [2], CustomerType.END_USER, 0, [], id="a head"),
        pytest.param(Relation.GROUP_HEAD, [2, 3], CustomerType.AGENT, 1, [], id="a head with a head"),
        pytest.param(Relation.GROUP_HEAD, [OWN], CustomerType.END_USER, 0, ["RELATION_CIRCLE"], id="itself"),
        pytest.param(Relation.GROUP_HEAD, [2, 3, OWN], CustomerType.END_USER, 2, ["RELATION_CIRCLE"], id="a circle"),
        pytest.param(Relation.DEALER, [2], CustomerType.DEALER, 0, [], id="a dealer"),
        pytest.param(Relation.DEALER, [2], CustomerType.AGENT, 0, ["RELATION_TYPE"], id="an agent supplies nobody"),
        pytest.param(Relation.GROUP_HEAD, list(range(2, DEEPEST + 1)), CustomerType.DEALER, 0, [], id="as deep as it goes"),
        pytest.param(
            Relation.GROUP_HEAD, list(range(2, DEEPEST + 1)), CustomerType.DEALER, 1, ["RELATION_DEPTH"], id="too deep"
        ),
    ],
)
def test_whom_a_customer_may_belong_to(
    relation: Relation, above: list[int], type_above: CustomerType, below: int, reasons: list[str]
) -> None:
    found = faults_of_relation(relation, OWN, above, type_above, below)
    assert [each.reason for each in found] == reasons
    assert {each.field for each in found} <= {relation.name.lower()}
