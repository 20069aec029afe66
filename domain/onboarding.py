"""Onboarding 客户准入: the documents that a customer must show, its steps, and their effects. Source: DOMAIN.md §2.

Days are business days of a sales organization, given by whoever asks; the last day of a validity is included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from domain.customer import CustomerType, OnboardingStatus, ReviewStatus
from domain.errors import Refusal

# ---------------------------------------------------------------------------------------------------- the documents


@dataclass(frozen=True, slots=True)
class Paper:
    """A qualification document, as far as the rules look at it."""

    document_type: str
    number: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    review_status: ReviewStatus = ReviewStatus.PENDING

    def is_over(self, day: date) -> bool:
        """Whether its validity has ended before that day."""
        return self.valid_to is not None and self.valid_to < day

    def is_in_force(self, day: date) -> bool:
        """Whether it is valid on that day."""
        return not self.is_over(day) and (self.valid_from is None or self.valid_from <= day)


@dataclass(frozen=True, slots=True)
class Mandatory:
    """The documents that customers of these countries and types must show; no country or no type named stands for all."""

    documents: tuple[str, ...]
    countries: frozenset[str] = frozenset()
    customer_types: frozenset[CustomerType] = frozenset()

    def fits(self, country: str, customer_type: CustomerType) -> bool:
        """Whether it speaks of such customers."""
        return (not self.countries or country in self.countries) and (
            not self.customer_types or customer_type in self.customer_types
        )


@dataclass(frozen=True, slots=True)
class StandsFor:
    """A kind of document that, when its number is written so, stands for others too: 三证合一."""

    document: str
    also: frozenset[str]
    number: re.Pattern[str] | None = None

    def fits(self, paper: Paper) -> bool:
        """Whether it speaks of this document."""
        return paper.document_type == self.document and (
            self.number is None or (paper.number is not None and self.number.fullmatch(paper.number) is not None)
        )


@dataclass(frozen=True, slots=True)
class QualificationRules:
    """Which documents there are, which are mandatory (the first row that fits decides), which stands for which."""

    titles: Mapping[str, str]
    mandatory: tuple[Mandatory, ...]
    stands_for: tuple[StandsFor, ...] = ()

    def mandatory_for(self, country: str, customer_type: CustomerType) -> tuple[str, ...]:
        """The documents that such a customer must show."""
        return next((row.documents for row in self.mandatory if row.fits(country, customer_type)), ())

    def shown_by(self, paper: Paper) -> frozenset[str]:
        """The documents that one document stands for, its own kind first of all."""
        return frozenset({paper.document_type}.union(*(row.also for row in self.stands_for if row.fits(paper))))


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer with its documents."""

    country: str
    customer_type: CustomerType
    papers: tuple[Paper, ...] = ()


def lacking(rules: QualificationRules, holder: Holder, counts: Callable[[Paper], bool]) -> tuple[str, ...]:
    """The mandatory documents that no document which counts stands for."""
    shown: frozenset[str] = frozenset().union(*(rules.shown_by(paper) for paper in holder.papers if counts(paper)))
    return tuple(each for each in rules.mandatory_for(holder.country, holder.customer_type) if each not in shown)


def lacking_for_submission(rules: QualificationRules, holder: Holder, day: date) -> tuple[str, ...]:
    """The mandatory documents that are not there: not at all, rejected, or over on that day."""
    open_or_accepted = (ReviewStatus.PENDING, ReviewStatus.ACCEPTED)
    return lacking(rules, holder, lambda paper: paper.review_status in open_or_accepted and not paper.is_over(day))


def lacking_for_approval(rules: QualificationRules, holder: Holder, day: date) -> tuple[str, ...]:
    """The mandatory documents that no accepted document in force on that day stands for."""
    return lacking(rules, holder, lambda paper: paper.review_status is ReviewStatus.ACCEPTED and paper.is_in_force(day))


def expired(rules: QualificationRules, holder: Holder, day: date) -> tuple[str, ...]:
    """The mandatory documents that were once accepted, and of which none is in force on that day any more."""
    accepted = (ReviewStatus.ACCEPTED, ReviewStatus.EXPIRED)
    over = [paper for paper in holder.papers if paper.review_status in accepted and paper.is_over(day)]
    once: frozenset[str] = frozenset().union(*(rules.shown_by(paper) for paper in over))
    return tuple(each for each in lacking_for_approval(rules, holder, day) if each in once)


def expires_soon(rules: QualificationRules, holder: Holder, day: date, ahead: int) -> tuple[Paper, ...]:
    """The accepted documents that end within so many days, and without which a mandatory one will have expired."""
    return tuple(
        paper
        for paper in holder.papers
        if paper.review_status is ReviewStatus.ACCEPTED
        and paper.valid_to is not None
        and paper.valid_to < date.max
        and 0 <= (paper.valid_to - day).days <= ahead
        and rules.shown_by(paper) & set(expired(rules, holder, paper.valid_to + timedelta(days=1)))
    )


LONGEST_NUMBER, LONGEST_ISSUER = 60, 120


def faults_of_paper(rules: QualificationRules, paper: Paper, issuer: str | None, day: date) -> tuple[Refusal, ...]:
    """Everything that is wrong with a document that is handed in on that day."""
    lengths = (("number", paper.number, LONGEST_NUMBER), ("issuer", issuer, LONGEST_ISSUER))
    backwards = paper.valid_from is not None and paper.valid_to is not None and paper.valid_to < paper.valid_from
    checks = (
        (paper.document_type in rules.titles, Refusal("DOCUMENT_TYPE", "document_type", {"known": ", ".join(rules.titles)})),
        (not backwards, Refusal("VALIDITY_REVERSED", "valid_to")),
        (backwards or not paper.is_over(day), Refusal("DOCUMENT_OVER", "valid_to", {"day": str(paper.valid_to)})),
        *(
            (value is None or len(value) <= most, Refusal("TEXT_TOO_LONG", field, {"found": len(value or ""), "most": most}))
            for field, value, most in lengths
        ),
        *((value is None or value.isprintable(), Refusal("TEXT_CONTROL", field)) for field, value, _ in lengths),
    )
    return tuple(refusal for holds, refusal in checks if not holds)


# ------------------------------------------------------------------------------------------------------- the effects

QUOTED = frozenset(OnboardingStatus)
ORDERED_FOR = frozenset({OnboardingStatus.APPROVED})


def may_be_quoted(status: OnboardingStatus) -> bool:
    """Whether a quotation may be made: wherever onboarding stands."""
    return status in QUOTED


def may_be_ordered_for(status: OnboardingStatus, rules: QualificationRules, holder: Holder, day: date) -> bool:
    """Whether an order may be taken: approved, and no mandatory document has expired on that day, marked so or not."""
    return status in ORDERED_FOR and not expired(rules, holder, day)


# --------------------------------------------------------------------------------------------------------- the steps


class Step(Enum):
    """What moves onboarding on."""

    SUBMIT = "SUBMIT"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    EXPIRE = "EXPIRE"


STEPS: Mapping[Step, tuple[frozenset[OnboardingStatus], OnboardingStatus]] = {
    Step.SUBMIT: (
        frozenset({OnboardingStatus.DRAFT, OnboardingStatus.REJECTED, OnboardingStatus.EXPIRED}),
        OnboardingStatus.SUBMITTED,
    ),
    Step.APPROVE: (frozenset({OnboardingStatus.SUBMITTED}), OnboardingStatus.APPROVED),
    Step.REJECT: (frozenset({OnboardingStatus.SUBMITTED}), OnboardingStatus.REJECTED),
    Step.EXPIRE: (frozenset({OnboardingStatus.APPROVED}), OnboardingStatus.EXPIRED),
}
"""From which statuses a step leads to which."""


@dataclass(frozen=True, slots=True)
class OnboardingCase:
    """What decides a step of onboarding, apart from policy."""

    status: OnboardingStatus
    by: str
    submitted_by: str | None = None


ONBOARDING_RULES: tuple[tuple[str, frozenset[Step], Callable[[OnboardingCase, Step], bool]], ...] = (  # reason, of, holds when
    ("WRONG_STATUS", frozenset(Step), lambda case, step: case.status in STEPS[step][0]),
    ("OWN_SUBMISSION", frozenset({Step.APPROVE, Step.REJECT}), lambda case, _: case.by != case.submitted_by),
)


def refusals_to(step: Step, case: OnboardingCase) -> tuple[Refusal, ...]:
    """Every reason against the step that lies in the customer itself; its documents come on top."""
    return tuple(
        Refusal(reason, "customer", {"status": case.status.name})
        for reason, steps, holds in ONBOARDING_RULES
        if step in steps and not holds(case, step)
    )


def documents_missing(rules: QualificationRules, documents: Iterable[str], reason: str) -> tuple[Refusal, ...]:
    """A refusal for each mandatory document that is lacking."""
    return tuple(Refusal(reason, "customer", {"document": each, "title": rules.titles[each]}) for each in documents)


# -------------------------------------------------------------------------------------------------------- the reviews


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """What decides the review of a document, apart from policy."""

    paper: Paper
    added_by: str
    by: str
    accept: bool
    day: date


REVIEW_RULES: tuple[tuple[str, Callable[[ReviewCase], bool]], ...] = (  # reason, holds when
    ("REVIEWED_ALREADY", lambda case: case.paper.review_status is ReviewStatus.PENDING),
    ("OWN_DOCUMENT", lambda case: case.by != case.added_by),
    ("DOCUMENT_OVER", lambda case: not case.accept or not case.paper.is_over(case.day)),
)


def refusals_to_review(case: ReviewCase) -> tuple[Refusal, ...]:
    """Every reason against this review."""
    values = {"status": case.paper.review_status.name, "day": str(case.paper.valid_to)}
    return tuple(Refusal(reason, "qualification_document", values) for reason, holds in REVIEW_RULES if not holds(case))


# ----------------------------------------------------------------------------------------------------- the extensions


class ExtensionStatus(Enum):
    """Where a proposal stands that a further sales area deal with a customer."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


CUSTOMER_NUMBER = re.compile(r"[0-9]{1,10}")
