"""The message catalogue: every reason that the code gives has a text in both languages, and its values fill it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.passwords import faults_of_password
from api.execution.limits import Limits, Shape, refusals_of_cost, refusals_of_shape
from domain.activity import Activity, Effect
from domain.api_keys import MOST_KEYS, KeyCase, refusals_to_make_key
from domain.areas import EVERYWHERE, Area
from domain.caller import UserKind
from domain.credit import limits as credit_limits
from domain.credit import release as credit_release
from domain.credit.status import CreditStatus
from domain.customer import (
    BlockScope,
    CustomerType,
    GeneralView,
    InvoiceKind,
    OnboardingStatus,
    PartnerFunction,
    ReviewStatus,
    faults_of_blocks,
    faults_of_general_view,
)
from domain.duplicates import MergeCase, refusals_to_merge
from domain.errors import Invalid, Refusal
from domain.explanation import Question, explain
from domain.hierarchy import Relation, faults_of_relation
from domain.jobs import CancelCase, JobStatus, refusals_to_cancel
from domain.messages import LANGUAGES, TEXTS, language_of, text_of
from domain.onboarding import (
    OnboardingCase,
    Paper,
    QualificationRules,
    ReviewCase,
    Step,
    documents_missing,
    refusals_to,
    refusals_to_review,
)
from domain.partners import FunctionRule, Procedure, Taken, faults_of_partners
from domain.policy import Assignment, AuthorizationObject, Line, Link, Policy, Role, faults_of_links, line_of
from domain.policy_change import PolicyChangeStatus
from domain.policy_guards import ChangeCase, refusals_of_step
from domain.pricing.keeping import ReleaseCase, refusals_to_release
from domain.pricing.values import ReleaseStatus
from domain.proposals import ProposalCase, ProposalStatus, refusals_to_decide, refusals_to_withdraw
from domain.segregation import MitigationCase, refusals_to_mitigate
from domain.user_file import read_users
from domain.users import (
    CHANGE_RULES,
    LOCK_RULES,
    MOST_CUSTOMERS,
    RESET_RULES,
    UNLOCK_RULES,
    UserCase,
    faults_of_reason,
    faults_of_user,
    faults_of_username,
    faults_of_validity,
    refusals_by,
)
from domain.views import faults_of_commission, faults_of_part, refusals_to_archive
from tests.domain.orders.worst import refusals_of_documents
from tests.random_policies import NOW

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("api", "domain", "models") for path in (ROOT / room).rglob("*.py"))
REASON = re.compile(r"[A-Z]+(?:_[A-Z]+)*")


@dataclass(frozen=True, slots=True)
class Given:
    """A reason as it stands in the code, and the names of its values, as far as they stand there too."""

    where: str
    reason: str
    values: frozenset[str]
    complete: bool


def given_directly() -> Iterator[Given]:
    """The calls of `Problem.because("REASON", …)` and `Refusal("REASON", …)`."""
    for path in SOURCES:
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            if (
                not _gives_a_reason(call)
                or not isinstance(call.args[0], ast.Constant)
                or not isinstance(call.args[0].value, str)
            ):
                continue
            names = {keyword.arg for keyword in call.keywords if keyword.arg not in (None, "field")}
            complete = all(keyword.arg for keyword in call.keywords)
            if isinstance(call.func, ast.Name) and len(call.args) > 2:
                names, complete = _keys(call.args[2])
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            yield Given(where, call.args[0].value, frozenset(name for name in names if name), complete)


def given_by_tables() -> Iterator[str]:
    """The reasons that open a row of a table, in the files that make refusals of tables."""
    for path in SOURCES:
        tree = ast.parse(path.read_text("utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _gives_a_reason(node)]
        if any(isinstance(call.args[0], ast.Name) for call in calls):
            for row in (node for node in ast.walk(tree) if isinstance(node, ast.Tuple) and node.elts):
                first = row.elts[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and REASON.fullmatch(first.value):
                    yield first.value


def _gives_a_reason(call: ast.Call) -> bool:
    because = isinstance(call.func, ast.Attribute) and call.func.attr == "because"
    return bool(call.args) and (because or (isinstance(call.func, ast.Name) and call.func.id == "Refusal"))


def _keys(values: ast.expr) -> tuple[set[str | None], bool]:
    if not isinstance(values, ast.Dict):
        return set(), False
    keys = {key.value for key in values.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return set(keys), len(keys) == len(values.keys)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


DIRECT = list(given_directly())


@pytest.mark.parametrize("given", DIRECT, ids=lambda given: f"{given.reason} in {given.where}")
def test_a_reason_given_in_the_code_has_its_texts_and_their_values(given: Given) -> None:
    assert given.reason in TEXTS
    if given.complete:
        assert placeholders(TEXTS[given.reason][0]) <= given.values


def test_the_reasons_in_the_code_are_found() -> None:
    """Else the test above would hold for want of reasons."""
    assert {"NOT_FOUND", "AREA_MALFORMED", "MISS_LIMIT", "STALE_VERSION", "TOO_MANY_ATTEMPTS"} <= {
        each.reason for each in DIRECT
    }
    by_regex = re.findall(r'\bbecause\(\s*"(\w+)"', "".join(path.read_text("utf-8") for path in SOURCES))
    assert set(by_regex) <= {each.reason for each in DIRECT}


# ------------------------------------------------------------------------------------------------ reasons of tables

PAYING = AuthorizationObject("credit_block", "Credit block", "信用冻结", (Activity.RELEASE,), None)
WORST_VIEW = GeneralView(name=" " * 121, country="china", tax_number="?", email="?", invoice_kind=InvoiceKind.SPECIAL)
SOLD_TO = FunctionRule(
    PartnerFunction.SOLD_TO, mandatory=True, changeable=False, unique=True, partner_types=frozenset({CustomerType.AGENT})
)
A_PROCEDURE = Procedure((SOLD_TO,))
SOLD_TO_ONE, SOLD_TO_TWO = (Taken(PartnerFunction.SOLD_TO, each, CustomerType.DEALER) for each in (1, 2))
TO_NOBODY = Taken(PartnerFunction.AGENT, 3, CustomerType.DEALER)
AN_OLD_PAPER = Paper("BUSINESS_LICENCE", None, None, date(2000, 1, 1), ReviewStatus.REJECTED)
AN_EXPLANATION = Question("credit_block", Activity.RELEASE, Area(("1000", "10", "00")), False, Decimal(6), NOW)
THE_LAST_ONE = UserCase(own=True, kind=UserKind.SERVICE, administers=True)
LIMITED = Line("clerk", EVERYWHERE, "credit_block", Activity.RELEASE, limit=Decimal(5))

A_RELEASE = credit_release.ReleaseCase(CreditStatus.APPROVED, "ann", frozenset(), "ann", Decimal(1), Decimal(2))
A_HOLDER = credit_limits.HolderCase(own=False, holder_is_member=True, has_members=True)
A_GRANT = credit_limits.Grant(Decimal(0), credit_limits.GrantScope.ORDER, date(2026, 2, 1), date(2026, 1, 1), area="1000/10/00")
A_CHANGE = ChangeCase(PolicyChangeStatus.ACTIVE, frozenset({"ann"}), None, "ann", needs_second=True)


def refusals_of_tables() -> list[Refusal]:
    """Every rule that makes refusals of a table, with everything wrong."""
    found = [
        *faults_of_general_view(WORST_VIEW),
        *faults_of_blocks((), ""),
        *faults_of_blocks((BlockScope.NONE, BlockScope.ORDER), "x" * 201),
        *refusals_to(Step.APPROVE, OnboardingCase(OnboardingStatus.DRAFT, "ann", "ann")),
        *documents_missing(QualificationRules({"A": "a"}, ()), ["A"], "DOCUMENT_MISSING"),
        *documents_missing(QualificationRules({"A": "a"}, ()), ["A"], "DOCUMENT_NOT_ACCEPTED"),
        *refusals_to_review(ReviewCase(AN_OLD_PAPER, "ann", "ann", True, date(2026, 1, 1))),
        *refusals_to_decide(ProposalCase(ProposalStatus.REJECTED, "ann", "ann"), "proposal"),
        *refusals_to_withdraw(ProposalCase(ProposalStatus.REJECTED, "ann", "ben"), "proposal"),
        *faults_of_part({"currency": "?" * 121, "incoterms": "?", "name": "\x00" * 121, "holder": None}),
        *faults_of_commission(CustomerType.DEALER, Decimal("-0.001"), None),
        *refusals_to_cancel(CancelCase(JobStatus.FAILED, 1, 2)),
        *refusals_to_archive(flagged=False, named_elsewhere=1, members=1, pending=1),
        *faults_of_relation(Relation.DEALER, 1, [2, 1], CustomerType.AGENT),
        *faults_of_relation(Relation.DEALER, 1, [2] * 11, CustomerType.AGENT),
        *faults_of_partners(A_PROCEDURE, [SOLD_TO_ONE], [SOLD_TO_TWO, SOLD_TO_TWO, TO_NOBODY]),
        *faults_of_partners(A_PROCEDURE, [SOLD_TO_ONE], [SOLD_TO_TWO]),
        *faults_of_partners(A_PROCEDURE, [], []),
        *refusals_to_merge(MergeCase(1, 1, CustomerType.AGENT, CustomerType.DEALER, speaks_for_merged=True)),
        *refusals_to_make_key(KeyCase(own=False, kind=UserKind.EMPLOYEE, administers=True, open_keys=MOST_KEYS)),
        *refusals_to_mitigate(MitigationCase("ann", "ann", "ann", UserKind.PARTNER, owner_locked=True)),
        *refusals_to_merge(MergeCase(1, 2, CustomerType.AGENT, CustomerType.DEALER, True, True, True)),
        *(each for rules in (CHANGE_RULES, LOCK_RULES, UNLOCK_RULES, RESET_RULES) for each in refusals_by(rules, THE_LAST_ONE)),
        *refusals_by(LOCK_RULES, replace(THE_LAST_ONE, locked=True)),
        *faults_of_username("A b"),
        *faults_of_user(" ", "fr", UserKind.EMPLOYEE, [""] * (MOST_CUSTOMERS + 1)),
        *faults_of_user("\x00" * 121, "en", UserKind.PARTNER, []),
        *(each for reason in ("", "\x00" * 201) for each in faults_of_reason(reason)),
        *faults_of_validity(date(9000, 1, 1), date(1800, 1, 1)),
        *faults_of_password("x", "x"),
        *faults_of_password("x" * 201, "y"),
        *faults_of_links([Link("a", "a")]),
        *faults_of_links([Link(f"r{place}", f"r{place + 1}") for place in range(9)]),
        *refusals_of_shape(Shape(1, 1, 1), Limits(0, 0, 0, 0)),
        *refusals_of_cost(1, Limits(0, 0, 0, 0)),
        *refusals_to_release(ReleaseCase(ReleaseStatus.RELEASED, "ann", "ann")),
        *credit_release.refusals_to_release(A_RELEASE),
        *credit_limits.refusals_to_decide("ann", "ann", waiting=False),
        *credit_limits.refusals_of_holder(A_HOLDER),
        *credit_limits.refusals_of_grant(A_GRANT),
        *credit_limits.refusals_of_limit(Decimal(-1)),
        *refusals_of_step("approvePolicyChange", A_CHANGE),
        *refusals_of_step("activatePolicyChange", replace(A_CHANGE, status=PolicyChangeStatus.SUBMITTED)),
        *refusals_of_documents(),
    ]
    for row in (
        ("nobody", "?", "nothing", "RELEASE", "every", "many", "Deny"),
        ("clerk", "*/*/*", "credit_block", "FLY", "own", "5", "deny"),
    ):
        with pytest.raises(Invalid) as refused:
            line_of(row, {"credit_block": PAYING}, {"clerk": Role("clerk", "Clerk", "职员")})
        found.extend(refused.value.refusals)
    with pytest.raises(Invalid) as refused:
        read_users("username,kind,role,sales_areas\n?,ROBOT,clerk,\nann,,,1000/*/*\n")
    found.extend(refused.value.refusals)
    policy = Policy(1, {}, (LIMITED, replace(LIMITED, role="denied", limit=None, effect=Effect.DENY)))
    for role, question in (("clerk", AN_EXPLANATION), ("denied", AN_EXPLANATION), ("none", AN_EXPLANATION)):
        found.extend(explain(policy, [Assignment("ann", role, EVERYWHERE)], question).misses)
    return found


def test_every_reason_of_a_table_is_filled_by_the_values_it_comes_with() -> None:
    refusals = refusals_of_tables()
    assert set(given_by_tables()) <= {each.reason for each in refusals}
    for refusal in refusals:
        for language in LANGUAGES:
            assert "{" not in text_of(refusal, language)


# ---------------------------------------------------------------------------------------------------------- the texts


@pytest.mark.parametrize("reason", TEXTS)
def test_both_texts_say_the_same_with_the_same_values(reason: str) -> None:
    english, chinese = TEXTS[reason]
    assert REASON.fullmatch(reason)
    assert placeholders(english) == placeholders(chinese)
    assert english.isascii()
    assert english[0].isupper() or english[0] in "{`"
    assert english.endswith(".")
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert chinese.endswith("。")


def test_values_are_put_in_as_they_are() -> None:
    """What somebody sent is never taken for a part of the text."""
    refusal = Refusal("UNKNOWN_ROLE", "role", {"value": "{0} {role} {value.__class__}"})
    assert text_of(refusal, "en") == "There is no role {0} {role} {value.__class__}."
    assert text_of(refusal, "zh") == "不存在角色 {0} {role} {value.__class__}。"


# ------------------------------------------------------------------------------------------------------ the language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("ZH-cn", "zh"),
        ("zh_CN", "zh"),
        ("zh-Hans-CN", "zh"),
        ("en-US,zh;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.8, zh;q=0.9", "zh"),
        ("en; q=0.8, zh; q=0.9", "zh"),
        ("en ;Q=0.5,zh;q=0.50", "en"),
        ("en;q=0.123,zh;q=0.124", "zh"),
        ("fr-FR,fr;q=0.9,zh;q=0.1", "zh"),
        ("fr", "en"),
        ("*", "en"),
        ("zh;q=0", "en"),
        ("zh;q=0.0,en;q=0.1", "en"),
        ("zhuang,zh;q=0.1", "zh"),
        ("zh;q=²", "en"),
        ("zh;q=", "en"),
        ("zh;q=x,en", "en"),
        (",,;,zh", "zh"),
    ],
)
def test_the_language_that_is_asked_for(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


@given(st.text() | st.text(st.sampled_from("zhen-_;q=01.,²* \t")))
def test_whatever_a_header_says_it_is_one_of_the_two_languages(accepted: str) -> None:
    assert language_of(accepted) in LANGUAGES
