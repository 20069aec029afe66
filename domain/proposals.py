"""Proposals that somebody else decides: extensions, bank accounts, what partners say of themselves. Source: DOMAIN.md §2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from domain.errors import Refusal


class ProposalStatus(Enum):
    """Where a proposal stands."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class ProposedAction(Enum):
    """What is to happen to what the proposal names."""

    ADD = "ADD"
    CHANGE = "CHANGE"
    REMOVE = "REMOVE"


class ProposalSubject(Enum):
    """What a partner proposes to change: the customer's own address, or one of its contacts."""

    GENERAL = "GENERAL"
    CONTACT = "CONTACT"


MOST_PENDING = 50
"""Proposals that one user may have open at a time, so that numbers are not tried out one after the other."""


@dataclass(frozen=True, slots=True)
class ProposalCase:
    """What decides a proposal, apart from policy."""

    status: Enum
    proposed_by: str
    by: str

    @property
    def is_pending(self) -> bool:
        """Whether nobody has decided it."""
        return self.status.name == ProposalStatus.PENDING.name


Rules = tuple[tuple[str, Callable[[ProposalCase], bool]], ...]

DECISION_RULES: Rules = (  # reason, holds when
    ("DECIDED_ALREADY", lambda case: case.is_pending),
    ("OWN_PROPOSAL", lambda case: case.by != case.proposed_by),
)
WITHDRAWAL_RULES: Rules = (
    ("DECIDED_ALREADY", lambda case: case.is_pending),
    ("FOREIGN_PROPOSAL", lambda case: case.by == case.proposed_by),
)


def refusals_to_decide(case: ProposalCase, field: str) -> tuple[Refusal, ...]:
    """Every reason against approving or rejecting this proposal, which the input names in `field`."""
    return _refusals(DECISION_RULES, case, field)


def refusals_to_withdraw(case: ProposalCase, field: str) -> tuple[Refusal, ...]:
    """Every reason against taking this proposal back."""
    return _refusals(WITHDRAWAL_RULES, case, field)


def outdated(proposed_from: Mapping[str, str | None], now: Mapping[str, str | None]) -> tuple[str, ...]:
    """The fields that were changed since the proposal was made: what it was made of is no more."""
    return tuple(field for field, value in proposed_from.items() if now.get(field) != value)


def _refusals(rules: Rules, case: ProposalCase, field: str) -> tuple[Refusal, ...]:
    return tuple(Refusal(reason, field, {"status": case.status.name}) for reason, holds in rules if not holds(case))
