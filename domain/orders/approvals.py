"""Approvals 审批 of orders, deliveries and receipts: by conditions, at several levels by amount, never of one's own.

A document stays a draft until its last level. A decision stands only for the figures that it was taken for: whoever changes
them asks again. Which role may decide is policy, not said here. Source: DOMAIN.md §5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from domain.errors import Refusal
from domain.orders.categories import DocumentCategory
from domain.pricing.rounding import ZERO


class ApprovalStatus(Enum):
    """Where the approval of a document stands."""

    NOT_NEEDED = "NOT_NEEDED"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"

    @property
    def stands(self) -> bool:
        """Whether nobody is waited for, and nobody has refused."""
        return self in (ApprovalStatus.NOT_NEEDED, ApprovalStatus.APPROVED)


@dataclass(frozen=True, slots=True)
class Level:
    """A level of approval: who approves, from which value on (in group currency)."""

    role: str
    from_value: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class ApprovalCondition:
    """When documents need approval, and whose.

    No category or organization named stands for all of them. Of the figures that it names all must hold: a value of at least
    `least_value` (group currency), a discount of at least `least_discount` percent, a margin below `margin_below` percent. The
    levels follow each other, each for values from its own on. `by_partner`: only of what a customer's own people enter.
    """

    code: str
    title: str
    title_zh: str
    levels: tuple[Level, ...]
    categories: tuple[DocumentCategory, ...] = ()
    organizations: tuple[str, ...] = ()
    least_value: Decimal | None = None
    least_discount: Decimal | None = None
    margin_below: Decimal | None = None
    by_partner: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What conditions compare: value in group currency, discount and margin in percent of it; None: not known, never met."""

    value: Decimal
    discount: Decimal | None = None
    margin: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A document as conditions look at it; `by_partner`: a partner entered it, and others of the customer decide on such."""

    category: DocumentCategory
    organization: str
    figures: Figures
    by_partner: bool = False


@dataclass(frozen=True, slots=True)
class Needed:
    """A level that a document needs: its number from 1 on, whose approval it is, and the codes of the conditions that ask.

    `of_customer`: people of the customer decide at it, and nobody of the house has to know or to be known.
    """

    level: int
    role: str
    because: tuple[str, ...]
    of_customer: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided at a level, of which figures."""

    level: int
    by: str
    approved: bool
    figures: Figures


FITS: tuple[Callable[[ApprovalCondition, Proposal], bool], ...] = (
    lambda condition, of: not condition.by_partner or of.by_partner,
    lambda condition, of: not condition.categories or of.category in condition.categories,
    lambda condition, of: not condition.organizations or of.organization in condition.organizations,
    lambda condition, of: condition.least_value is None or of.figures.value >= condition.least_value,
    lambda condition, of: condition.least_discount is None or _at_least(of.figures.discount, condition.least_discount),
    lambda condition, of: condition.margin_below is None or _below(of.figures.margin, condition.margin_below),
)
"""What must all hold for a condition to ask for approval."""


def _at_least(figure: Decimal | None, least: Decimal) -> bool:
    return figure is not None and figure >= least


def _below(figure: Decimal | None, bound: Decimal) -> bool:
    return figure is not None and figure < bound


def approvals_needed(conditions: Iterable[ApprovalCondition], proposal: Proposal) -> tuple[Needed, ...]:
    """The levels that a document needs, numbered in their order; a role that several conditions ask for decides once.

    Levels come by the value that they begin at, of equals in the order of the conditions.
    """
    asked: dict[str, tuple[Decimal, list[ApprovalCondition]]] = {}
    for condition in conditions:
        if all(fits(condition, proposal) for fits in FITS):
            for level in condition.levels:
                if proposal.figures.value >= level.from_value:
                    start, because = asked.get(level.role, (level.from_value, []))
                    asked[level.role] = (max(start, level.from_value), [*because, condition])
    in_order = sorted(asked.items(), key=lambda role: role[1][0])
    return tuple(
        Needed(number, role, tuple(each.code for each in because), all(each.by_partner for each in because))
        for number, (role, (_, because)) in enumerate(in_order, 1)
    )


def standing(decisions: Iterable[Decision], figures: Figures) -> tuple[Decision, ...]:
    """The decisions that still stand: those of these figures."""
    return tuple(each for each in decisions if each.figures == figures)


def next_level(needed: Sequence[Needed], decisions: Iterable[Decision], figures: Figures) -> Needed | None:
    """The first level that no standing decision has approved; None where nothing waits, or somebody refused."""
    stand = standing(decisions, figures)
    if any(not each.approved for each in stand):
        return None
    approved = {each.level for each in stand}
    return next((each for each in needed if each.level not in approved), None)


def approval_status(needed: Sequence[Needed], decisions: Iterable[Decision], figures: Figures) -> ApprovalStatus:
    """Rejected by whoever said no to these figures, pending until the last level has said yes."""
    stand = standing(decisions, figures)
    if not needed:
        return ApprovalStatus.NOT_NEEDED
    if any(not each.approved for each in stand):
        return ApprovalStatus.REJECTED
    return ApprovalStatus.PENDING if next_level(needed, stand, figures) else ApprovalStatus.APPROVED


@dataclass(frozen=True, slots=True)
class DecideCase:
    """What decides whether somebody may decide, apart from policy; `hands` are all who entered or changed the document."""

    status: ApprovalStatus
    by: str
    hands: frozenset[str]
    decisions: tuple[Decision, ...] = ()


DECIDE_RULES: tuple[tuple[str, Callable[[DecideCase], bool]], ...] = (  # reason, holds when
    ("APPROVAL_NOT_PENDING", lambda case: case.status is ApprovalStatus.PENDING),
    ("APPROVAL_OWN", lambda case: case.by not in case.hands),
    ("APPROVAL_TWICE", lambda case: all(each.by != case.by for each in case.decisions)),
)


def refusals_to_decide(case: DecideCase, field: str) -> tuple[Refusal, ...]:
    """Every reason against deciding; of the decisions only those that stand count against whoever took one."""
    values = {"status": case.status.name}
    return tuple(Refusal(reason, field, values) for reason, holds in DECIDE_RULES if not holds(case))


def faults_of_conditions(conditions: Iterable[ApprovalCondition]) -> tuple[Refusal, ...]:
    """What is wrong with conditions: two of a code, none or descending levels, a role twice."""
    return tuple(_faults(conditions))


def _faults(conditions: Iterable[ApprovalCondition]) -> Iterator[Refusal]:
    seen: set[str] = set()
    for place, each in enumerate(conditions):
        path = f"approval.{place}"
        starts, roles = [level.from_value for level in each.levels], [level.role for level in each.levels]
        if each.code in seen:
            yield Refusal("CONTENT_TWICE", path, {"value": each.code})
        if not roles or starts != sorted(starts) or len(set(roles)) < len(roles):
            yield Refusal("CONTENT_LEVELS", f"{path}.levels", {"value": each.code})
        seen.add(each.code)
