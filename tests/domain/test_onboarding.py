"""Onboarding: which documents are lacking, what an expiry does, and which step may be taken by whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.resolvers.qualification import qualification_rules, rules_of
from domain.customer import CustomerType, OnboardingStatus, ReviewStatus
from domain.errors import Bug
from domain.messages import LANGUAGES, text_of
from domain.onboarding import (
    STEPS,
    Holder,
    OnboardingCase,
    Paper,
    ReviewCase,
    Step,
    documents_missing,
    expired,
    expires_soon,
    lacking_for_approval,
    lacking_for_submission,
    may_be_ordered_for,
    may_be_quoted,
    refusals_to,
    refusals_to_review,
)

RULES = qualification_rules()
TODAY = date(2026, 11, 24)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
CREDIT_CODE = "91310000MA1K35HX2P"
TAX, LICENCE, CODE, BANK = "TAX_REGISTRATION", "BUSINESS_LICENCE", "ORGANIZATION_CODE", "BANK_ACCOUNT_PROOF"
ACCEPTED, PENDING, REJECTED, EXPIRED = ReviewStatus.ACCEPTED, ReviewStatus.PENDING, ReviewStatus.REJECTED, ReviewStatus.EXPIRED
DEALER, AGENT, END_USER = CustomerType.DEALER, CustomerType.AGENT, CustomerType.END_USER


def paper(kind: str, **change: Any) -> Paper:
    """An accepted document that never ends."""
    return replace(Paper(kind, review_status=ACCEPTED), **change)


def dealer(*papers: Paper) -> Holder:
    """A dealer in China, who needs all four documents."""
    return Holder("CN", DEALER, papers)


THREE_IN_ONE = paper(LICENCE, number=CREDIT_CODE, valid_to=TODAY)
OLD_LICENCE = paper(LICENCE, number="310105000123456")


@pytest.mark.parametrize(
    ("country", "customer_type", "documents"),
    [
        ("CN", DEALER, (TAX, LICENCE, CODE, BANK)),
        ("CN", AGENT, (TAX, LICENCE, CODE, BANK)),
        ("CN", END_USER, (TAX, LICENCE, CODE)),
        ("SG", DEALER, (LICENCE,)),
        ("DE", END_USER, (LICENCE,)),
    ],
)
def test_which_documents_are_mandatory(country: str, customer_type: CustomerType, documents: tuple[str, ...]) -> None:
    assert RULES.mandatory_for(country, customer_type) == documents
    assert set(documents) <= RULES.titles.keys()


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        pytest.param(CREDIT_CODE, {LICENCE, TAX, CODE}, id="a licence with the unified social credit code shows three"),
        pytest.param("310105000123456", {LICENCE}, id="an older licence shows itself alone"),
        pytest.param(None, {LICENCE}, id="so does one without a number"),
        pytest.param(f"{CREDIT_CODE} ", {LICENCE}, id="the number must be written exactly so"),
        pytest.param("91310000MA1K35HX2O", {LICENCE}, id="without letters that no such code has"),
    ],
)
def test_what_a_business_licence_shows(number: str | None, shown: set[str]) -> None:
    assert RULES.shown_by(Paper(LICENCE, number)) == shown


def test_the_credit_code_makes_three_of_a_licence_only() -> None:
    assert RULES.shown_by(Paper(TAX, CREDIT_CODE)) == {TAX}
    assert RULES.shown_by(Paper("LETTER_OF_A_FRIEND", CREDIT_CODE)) == {"LETTER_OF_A_FRIEND"}


@pytest.mark.parametrize(
    ("holder", "for_submission", "for_approval"),
    [
        pytest.param(dealer(), [TAX, LICENCE, CODE, BANK], [TAX, LICENCE, CODE, BANK], id="nothing shown"),
        pytest.param(dealer(THREE_IN_ONE, paper(BANK)), [], [], id="three in one and the bank account, on its last day"),
        pytest.param(dealer(OLD_LICENCE, paper(BANK)), [TAX, CODE], [TAX, CODE], id="an old licence is one of four"),
        pytest.param(dealer(OLD_LICENCE, paper(TAX), paper(CODE), paper(BANK)), [], [], id="four old documents"),
        pytest.param(
            dealer(replace(THREE_IN_ONE, review_status=PENDING), paper(BANK)),
            [],
            [TAX, LICENCE, CODE],
            id="what waits for review can be submitted, not approved",
        ),
        pytest.param(
            dealer(replace(THREE_IN_ONE, review_status=REJECTED), paper(BANK)),
            [TAX, LICENCE, CODE],
            [TAX, LICENCE, CODE],
            id="what was rejected is not there",
        ),
        pytest.param(
            dealer(replace(THREE_IN_ONE, valid_to=YESTERDAY), paper(BANK)),
            [TAX, LICENCE, CODE],
            [TAX, LICENCE, CODE],
            id="what was valid to yesterday is not there",
        ),
        pytest.param(
            dealer(replace(THREE_IN_ONE, valid_from=TOMORROW, valid_to=None), paper(BANK)),
            [],
            [TAX, LICENCE, CODE],
            id="what is valid from tomorrow can be submitted today",
        ),
        pytest.param(
            dealer(replace(THREE_IN_ONE, valid_to=YESTERDAY), THREE_IN_ONE, paper(BANK)), [], [], id="one of two is enough"
        ),
        pytest.param(Holder("SG", DEALER, (OLD_LICENCE,)), [], [], id="elsewhere the licence is enough"),
        pytest.param(Holder("SG", DEALER, (paper(TAX),)), [LICENCE], [LICENCE], id="and nothing else is"),
    ],
)
def test_which_mandatory_documents_are_lacking(holder: Holder, for_submission: list[str], for_approval: list[str]) -> None:
    assert list(lacking_for_submission(RULES, holder, TODAY)) == for_submission
    assert list(lacking_for_approval(RULES, holder, TODAY)) == for_approval


@pytest.mark.parametrize(
    ("holder", "day", "documents"),
    [
        pytest.param(dealer(THREE_IN_ONE, paper(BANK)), TODAY, [], id="not on its last day"),
        pytest.param(
            dealer(THREE_IN_ONE, paper(BANK)), TOMORROW, [TAX, LICENCE, CODE], id="on the day after, all it stood for"
        ),
        pytest.param(
            dealer(replace(THREE_IN_ONE, review_status=EXPIRED), paper(BANK)),
            TOMORROW,
            [TAX, LICENCE, CODE],
            id="marked as expired or not",
        ),
        pytest.param(
            dealer(THREE_IN_ONE, replace(THREE_IN_ONE, valid_to=None), paper(BANK)), TOMORROW, [], id="not if another is valid"
        ),
        pytest.param(
            dealer(THREE_IN_ONE, replace(THREE_IN_ONE, valid_to=None, review_status=PENDING), paper(BANK)),
            TOMORROW,
            [TAX, LICENCE, CODE],
            id="but the other must be accepted",
        ),
        pytest.param(dealer(THREE_IN_ONE, paper(TAX), paper(BANK)), TOMORROW, [LICENCE, CODE], id="what else is shown stays"),
        pytest.param(dealer(), TODAY, [], id="what was never shown does not expire"),
        pytest.param(
            dealer(replace(THREE_IN_ONE, review_status=REJECTED)), TOMORROW, [], id="nor does what was never accepted"
        ),
        pytest.param(
            Holder("SG", DEALER, (paper(BANK, valid_to=YESTERDAY), OLD_LICENCE)), TODAY, [], id="nor what is not mandatory"
        ),
    ],
)
def test_which_mandatory_documents_have_expired(holder: Holder, day: date, documents: list[str]) -> None:
    assert list(expired(RULES, holder, day)) == documents


@pytest.mark.parametrize(
    ("change", "day", "ahead", "reminded"),
    [
        pytest.param({}, TODAY - timedelta(days=30), 30, True, id="thirty days before its last"),
        pytest.param({}, TODAY - timedelta(days=31), 30, False, id="not thirty-one"),
        pytest.param({}, TODAY, 0, True, id="on its last day"),
        pytest.param({}, TOMORROW, 30, False, id="not when it is over"),
        pytest.param({"valid_to": None}, TODAY, 30, False, id="never, if it never ends"),
        pytest.param({"valid_to": date.max}, date.max, 30, False, id="nor at the end of days"),
        pytest.param({"review_status": PENDING}, TODAY, 30, False, id="not for what is not accepted"),
    ],
)
def test_when_a_reminder_is_due(change: dict[str, Any], day: date, ahead: int, reminded: bool) -> None:
    ending = replace(THREE_IN_ONE, **change)
    assert expires_soon(RULES, dealer(ending, paper(BANK)), day, ahead) == ((ending,) if reminded else ())


def test_nobody_is_reminded_of_a_document_that_another_follows() -> None:
    follower = replace(THREE_IN_ONE, valid_from=TOMORROW, valid_to=None)
    assert expires_soon(RULES, dealer(THREE_IN_ONE, follower, paper(BANK)), TODAY, 30) == ()
    late = replace(follower, valid_from=TOMORROW + timedelta(days=1))
    assert expires_soon(RULES, dealer(THREE_IN_ONE, late, paper(BANK)), TODAY, 30) == (THREE_IN_ONE,)
    assert expires_soon(RULES, Holder("SG", DEALER, (paper(BANK, valid_to=TODAY),)), TODAY, 30) == ()


@pytest.mark.parametrize("status", OnboardingStatus)
def test_whom_one_may_quote_and_order_for(status: OnboardingStatus) -> None:
    whole, over = dealer(THREE_IN_ONE, paper(BANK)), dealer(replace(THREE_IN_ONE, valid_to=YESTERDAY), paper(BANK))
    assert may_be_quoted(status)
    assert may_be_ordered_for(status, RULES, whole, TODAY) is (status is OnboardingStatus.APPROVED)
    assert may_be_ordered_for(status, RULES, over, TODAY) is False


DAYS = st.none() | st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3))
PAPERS = st.builds(
    Paper,
    document_type=st.sampled_from([*RULES.titles, "OTHER"]),
    number=st.sampled_from([None, CREDIT_CODE, "1"]),
    valid_from=DAYS,
    valid_to=DAYS,
    review_status=st.sampled_from(ReviewStatus),
)
HOLDERS = st.builds(
    Holder,
    country=st.sampled_from(["CN", "SG"]),
    customer_type=st.sampled_from(CustomerType),
    papers=st.lists(PAPERS, max_size=6).map(tuple),
)


@given(HOLDERS, st.dates(TODAY - timedelta(days=4), TODAY + timedelta(days=4)), PAPERS)
def test_more_documents_never_make_more_lacking(holder: Holder, day: date, further: Paper) -> None:
    more = replace(holder, papers=(*holder.papers, further))
    assert set(lacking_for_submission(RULES, more, day)) <= set(lacking_for_submission(RULES, holder, day))
    assert set(lacking_for_approval(RULES, more, day)) <= set(lacking_for_approval(RULES, holder, day))


@given(HOLDERS, st.dates(TODAY - timedelta(days=4), TODAY + timedelta(days=4)))
def test_what_can_be_approved_can_be_submitted_and_has_not_expired(holder: Holder, day: date) -> None:
    for_approval = set(lacking_for_approval(RULES, holder, day))
    assert set(lacking_for_submission(RULES, holder, day)) <= for_approval
    assert set(expired(RULES, holder, day)) <= for_approval


# --------------------------------------------------------------------------------------------------------- the steps

A_SUBMISSION = OnboardingCase(OnboardingStatus.SUBMITTED, by="he.ping", submitted_by="chen.wei")


@pytest.mark.parametrize(
    ("status", "step", "leads_to"),
    [
        ("DRAFT", Step.SUBMIT, "SUBMITTED"),
        ("DRAFT", Step.APPROVE, None),
        ("DRAFT", Step.REJECT, None),
        ("DRAFT", Step.EXPIRE, None),
        ("SUBMITTED", Step.SUBMIT, None),
        ("SUBMITTED", Step.APPROVE, "APPROVED"),
        ("SUBMITTED", Step.REJECT, "REJECTED"),
        ("SUBMITTED", Step.EXPIRE, None),
        ("APPROVED", Step.SUBMIT, None),
        ("APPROVED", Step.APPROVE, None),
        ("APPROVED", Step.REJECT, None),
        ("APPROVED", Step.EXPIRE, "EXPIRED"),
        ("REJECTED", Step.SUBMIT, "SUBMITTED"),
        ("REJECTED", Step.APPROVE, None),
        ("REJECTED", Step.REJECT, None),
        ("REJECTED", Step.EXPIRE, None),
        ("EXPIRED", Step.SUBMIT, "SUBMITTED"),
        ("EXPIRED", Step.APPROVE, None),
        ("EXPIRED", Step.REJECT, None),
        ("EXPIRED", Step.EXPIRE, None),
    ],
)
def test_the_steps_of_onboarding(status: str, step: Step, leads_to: str | None) -> None:
    refusals = refusals_to(step, replace(A_SUBMISSION, status=OnboardingStatus[status]))
    assert [(each.reason, each.field) for each in refusals] == ([] if leads_to else [("WRONG_STATUS", "customer")])
    if leads_to:
        assert STEPS[step][1].name == leads_to


@pytest.mark.parametrize(
    ("step", "change", "reasons"),
    [
        pytest.param(Step.APPROVE, {}, [], id="somebody else approves"),
        pytest.param(Step.APPROVE, {"by": "chen.wei"}, ["OWN_SUBMISSION"], id="nobody approves what they submitted"),
        pytest.param(Step.REJECT, {"by": "chen.wei"}, ["OWN_SUBMISSION"], id="nor rejects it"),
        pytest.param(Step.APPROVE, {"submitted_by": None}, [], id="what nobody is known to have submitted anybody approves"),
        pytest.param(
            Step.APPROVE,
            {"by": "chen.wei", "status": OnboardingStatus.APPROVED},
            ["WRONG_STATUS", "OWN_SUBMISSION"],
            id="all reasons at once",
        ),
        pytest.param(
            Step.SUBMIT, {"by": "chen.wei", "status": OnboardingStatus.REJECTED}, [], id="one's own is submitted again"
        ),
    ],
)
def test_who_may_take_a_step(step: Step, change: dict[str, Any], reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to(step, replace(A_SUBMISSION, **change))] == reasons


@pytest.mark.parametrize("reason", ["DOCUMENT_MISSING", "DOCUMENT_NOT_ACCEPTED"])
def test_each_lacking_document_is_named(reason: str) -> None:
    refusals = documents_missing(RULES, (TAX, BANK), reason)
    assert [(each.reason, each.field) for each in refusals] == [(reason, "customer")] * 2
    for language in LANGUAGES:
        assert [each in text_of(refusals[0], language) for each in (TAX, "税务登记证", BANK)] == [True, True, False]


A_REVIEW = ReviewCase(paper(LICENCE, review_status=PENDING, valid_to=TODAY), "chen.wei", by="he.ping", accept=True, day=TODAY)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="somebody else accepts it, on its last day"),
        pytest.param({"accept": False}, [], id="or rejects it"),
        pytest.param({"by": "chen.wei"}, ["OWN_DOCUMENT"], id="nobody accepts a document of their own"),
        pytest.param({"by": "chen.wei", "accept": False}, ["OWN_DOCUMENT"], id="nor rejects it"),
        pytest.param({"day": TOMORROW}, ["DOCUMENT_OVER"], id="what is over is not accepted"),
        pytest.param({"day": TOMORROW, "accept": False}, [], id="but rejected"),
        *(
            pytest.param(
                {"paper": paper(LICENCE, review_status=status)}, ["REVIEWED_ALREADY"], id=f"not once it is {status.name}"
            )
            for status in (ACCEPTED, REJECTED, EXPIRED)
        ),
    ],
)
def test_who_may_review_a_document(change: dict[str, Any], reasons: list[str]) -> None:
    refusals = refusals_to_review(replace(A_REVIEW, **change))
    assert [(each.reason, each.field) for each in refusals] == [(reason, "qualification_document") for reason in reasons]


# ----------------------------------------------------------------------------------------------------------- the data


@pytest.mark.parametrize(
    "data",
    [
        {"titles": {LICENCE: "x"}, "mandatory": [{"documents": [TAX]}]},
        {"titles": {LICENCE: "x"}, "mandatory": [], "stands_for": [{"document": LICENCE, "also": [TAX]}]},
    ],
    ids=["mandatory", "stood for"],
)
def test_a_document_without_a_title_is_a_mistake_in_the_data(data: dict[str, Any]) -> None:
    with pytest.raises(Bug, match=TAX):
        rules_of(data)


def test_the_first_row_that_fits_decides_and_without_one_nothing_is_mandatory() -> None:
    rules = rules_of(
        {
            "titles": {TAX: "t", LICENCE: "l"},
            "mandatory": [{"documents": [], "customer_types": ["AGENT"]}, {"documents": [TAX], "countries": ["CN", "SG"]}],
        }
    )
    assert [rules.mandatory_for(country, kind) for country, kind in (("CN", AGENT), ("SG", DEALER), ("DE", DEALER))] == [
        (),
        (TAX,),
        (),
    ]
