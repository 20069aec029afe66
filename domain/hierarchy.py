"""Hierarchies of customers: the head of a group of companies, the dealer who supplies an end user. Source: DOMAIN.md §2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from domain.customer import CustomerType
from domain.errors import Refusal

DEEPEST = 10
"""The most levels of one hierarchy."""


class Relation(Enum):
    """Whom a customer belongs to."""

    GROUP_HEAD = "GROUP_HEAD"
    DEALER = "DEALER"


TYPES: Mapping[Relation, frozenset[CustomerType]] = {
    Relation.GROUP_HEAD: frozenset(CustomerType),
    Relation.DEALER: frozenset({CustomerType.DEALER}),
}
"""Of which types somebody must be that others belong to."""


def faults_of_relation(
    relation: Relation,
    customer: int,
    above: Sequence[int],
    type_above: CustomerType,
    levels_below: int = 0,
) -> tuple[Refusal, ...]:
    """Everything that speaks against a customer belonging to the first of those above, who belongs to the next, and so on."""
    field = relation.name.lower()
    checks = (  # reason, holds when
        ("RELATION_CIRCLE", customer not in above),
        ("RELATION_TYPE", type_above in TYPES[relation]),
        ("RELATION_DEPTH", customer in above or len(above) + 1 + levels_below <= DEEPEST),
    )
    values = {"type": type_above.name, "most": DEEPEST}
    return tuple(Refusal(reason, field, values) for reason, holds in checks if not holds)
