"""Credit checks: each by itself at its bound, what it does, how rules are written down, what a finding says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.credit.checks import (
    ALWAYS,
    CHECKS,
    PARAMETERS,
    CheckFacts,
    CheckKind,
    CheckRule,
    Finding,
    Reaction,
    check,
    errors_of,
    message_of,
    rules_of,
    status_of,
    written,
)
from domain.credit.exposure import Exposure, Position
from domain.credit.status import Bucket, CheckResult, CreditStatus, DocumentGroup
from domain.errors import Invalid
from domain.messages import LANGUAGES

D = Decimal
TODAY = date(2026, 3, 1)
ORDERS = (
    Position(Bucket.OPEN_ORDERS, TODAY + timedelta(days=10), D(300)),
    Position(Bucket.OPEN_ORDERS, date(2026, 9, 1), D(200)),
)
OWED = (Position(Bucket.RECEIVABLES, TODAY - timedelta(days=31), D(30)), Position(Bucket.RECEIVABLES, TODAY, D(70)))
FACTS = CheckFacts(
    today=TODAY,
    limit=D(1000),
    exposure=Exposure(open_orders=D(500), receivables=D(100)),
    positions=(*ORDERS, *OWED),
    value=D(400),
    own=(Position(Bucket.OPEN_ORDERS, date(2026, 9, 1), D(400)),),
    document_value=D(450),
    changed_fields=frozenset({"payment_terms"}),
    next_review=TODAY - timedelta(days=5),
    dunning_level=2,
    currency="CNY",
)
BLOCK = Reaction.BLOCK
STATIC = CheckRule(CheckKind.STATIC_LIMIT, BLOCK)
MANY = [
    {"check": "STATIC_LIMIT", "reaction": "BLOCK"},
    {"check": "DYNAMIC_LIMIT", "reaction": "WARNING", "horizon_days": 60},
    {"check": "MAXIMUM_VALUE", "reaction": "ERROR", "maximum": "1000000.00"},
    {"check": "CRITICAL_FIELDS", "reaction": "BLOCK", "fields": ["incoterms", "payment_terms"]},
    {"check": "OVERDUE_SHARE", "reaction": "NONE", "days": 30, "percent": "30"},
    {"check": "OLDEST_ITEM", "reaction": "BLOCK", "days": 0},
    {"check": "DUNNING_LEVEL", "reaction": "BLOCK", "level": 1},
    {"check": "REVIEW_DATE", "reaction": "BLOCK", "days": 3650},
]


def found(rule: CheckRule, group: DocumentGroup = DocumentGroup.ORDER, **change: Any) -> Finding:
    """What a rule finds where nothing else is asked."""
    (finding,) = check([rule], replace(FACTS, **change), group)
    return finding


@pytest.mark.parametrize(
    ("rule", "change", "reason", "figures"),
    [
        pytest.param(STATIC, {}, None, {"limit": "1000.00", "exposure": "600.00", "value": "400.00"}, id="at the limit"),
        pytest.param(STATIC, {"value": D("400.01")}, "CREDIT_STATIC_EXCEEDED", {"exceededBy": "0.01"}, id="a cent above"),
        pytest.param(STATIC, {"value": D("400.004")}, None, {"value": "400.00"}, id="less than a cent is nothing"),
        pytest.param(STATIC, {"limit": None}, "CREDIT_NO_LIMIT", {"exposure": "600.00"}, id="no limit is none to keep"),
        pytest.param(
            STATIC, {"limit": D(0), "value": D(0), "exposure": Exposure()}, None, {"limit": "0.00"}, id="nothing of nothing"
        ),
        pytest.param(
            STATIC,
            {"value": D("0.004"), "exposure": Exposure(open_orders=D("1000.004"))},
            "CREDIT_STATIC_EXCEEDED",
            {"exceededBy": "0.01"},
            id="what comes to a cent together is one",
        ),
        pytest.param(
            CheckRule(CheckKind.DYNAMIC_LIMIT, BLOCK, horizon_days=60),
            {"limit": D(400)},
            None,
            {"exposure": "400.00", "value": "0.00"},
            id="what ships beyond the horizon is left out",
        ),
        pytest.param(
            CheckRule(CheckKind.DYNAMIC_LIMIT, BLOCK, horizon_days=9),
            {"limit": D(99)},
            "CREDIT_DYNAMIC_EXCEEDED",
            {"exposure": "100.00", "exceededBy": "1.00"},
            id="but what is owed never is",
        ),
        pytest.param(
            CheckRule(CheckKind.DYNAMIC_LIMIT, BLOCK, horizon_days=10),
            {"limit": D(399)},
            "CREDIT_DYNAMIC_EXCEEDED",
            {"exposure": "400.00"},
            id="what ships on its last day counts",
        ),
        pytest.param(
            CheckRule(CheckKind.MAXIMUM_VALUE, BLOCK, maximum=D(450)), {}, None, {"value": "450.00"}, id="at the maximum"
        ),
        pytest.param(
            CheckRule(CheckKind.MAXIMUM_VALUE, BLOCK, maximum=D("449.99")),
            {},
            "CREDIT_MAXIMUM_EXCEEDED",
            {"most": "449.99", "value": "450.00"},
            id="above the maximum",
        ),
        pytest.param(
            CheckRule(CheckKind.CRITICAL_FIELDS, BLOCK, fields=("incoterms", "payment_terms")),
            {"changed_fields": frozenset({"payment_terms", "incoterms", "shipping_condition"})},
            "CREDIT_FIELDS_CHANGED",
            {"fields": "incoterms, payment_terms"},
            id="fields that it may not say otherwise",
        ),
        pytest.param(
            CheckRule(CheckKind.CRITICAL_FIELDS, BLOCK, fields=("incoterms",)), {}, None, {"fields": ""}, id="another field"
        ),
        pytest.param(
            CheckRule(CheckKind.REVIEW_DATE, BLOCK, days=5), {}, None, {"due": "2026-02-24"}, id="a review within its grace"
        ),
        pytest.param(
            CheckRule(CheckKind.REVIEW_DATE, BLOCK, days=4), {}, "CREDIT_REVIEW_DUE", {"due": "2026-02-24"}, id="a late one"
        ),
        pytest.param(
            CheckRule(CheckKind.REVIEW_DATE, BLOCK, days=0), {"next_review": None}, None, {"due": ""}, id="no review at all"
        ),
        pytest.param(CheckRule(CheckKind.REVIEW_DATE, BLOCK, days=0), {"next_review": TODAY}, None, {}, id="on its day"),
        pytest.param(
            CheckRule(CheckKind.OVERDUE_SHARE, BLOCK, days=30, percent=D(30)),
            {},
            None,
            {"percent": "30.00", "days": "30"},
            id="a share",
        ),
        pytest.param(
            CheckRule(CheckKind.OVERDUE_SHARE, BLOCK, days=30, percent=D("29.99")),
            {},
            "CREDIT_OVERDUE",
            {},
            id="too large a share",
        ),
        pytest.param(
            CheckRule(CheckKind.OLDEST_ITEM, BLOCK, days=31), {}, None, {"days": "31", "most": "31"}, id="an old invoice"
        ),
        pytest.param(
            CheckRule(CheckKind.OLDEST_ITEM, BLOCK, days=30), {}, "CREDIT_OLDEST_ITEM", {"days": "31"}, id="too old a one"
        ),
        pytest.param(
            CheckRule(CheckKind.OLDEST_ITEM, BLOCK, days=0), {"positions": ()}, None, {"days": "0"}, id="nothing owed"
        ),
        pytest.param(CheckRule(CheckKind.DUNNING_LEVEL, BLOCK, level=2), {}, None, {"level": "2"}, id="reminded"),
        pytest.param(CheckRule(CheckKind.DUNNING_LEVEL, BLOCK, level=1), {}, "CREDIT_DUNNING", {"level": "2"}, id="too often"),
    ],
)
def test_a_check_at_its_bound(rule: CheckRule, change: dict[str, Any], reason: str | None, figures: dict[str, str]) -> None:
    finding = found(rule, **change)
    assert finding.kind is rule.check
    assert finding.result is (CheckResult.PASSED if reason is None else CheckResult.BLOCK)
    assert finding.reason == (reason or "CREDIT_PASSED")
    assert {name: finding.values[name] for name in figures} == figures
    assert finding.values["currency"] == "CNY"
    assert ("exceededBy" in finding.values) is (reason in ("CREDIT_STATIC_EXCEEDED", "CREDIT_DYNAMIC_EXCEEDED"))


@pytest.mark.parametrize("rule", [CheckRule(kind, BLOCK) for kind in PARAMETERS])
def test_a_rule_that_says_nothing_more_allows_nothing(rule: CheckRule) -> None:
    worst = {"limit": D(999), "changed_fields": frozenset[str](), "value": D(400)}
    passes = {CheckKind.CRITICAL_FIELDS, CheckKind.DYNAMIC_LIMIT}
    assert (found(rule, **worst).result is CheckResult.PASSED) is (rule.check in passes)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (CheckKind.DUNNING_LEVEL, {"dunning_level": 1}),
        (CheckKind.REVIEW_DATE, {"next_review": TODAY - timedelta(days=1)}),
        (CheckKind.OLDEST_ITEM, {"positions": (Position(Bucket.RECEIVABLES, TODAY - timedelta(days=1), D(1)),)}),
        (CheckKind.OVERDUE_SHARE, {"positions": (Position(Bucket.RECEIVABLES, TODAY - timedelta(days=1), D(1)),)}),
    ],
)
def test_not_even_one_day_or_level(kind: CheckKind, change: dict[str, Any]) -> None:
    assert found(CheckRule(kind, BLOCK), **change).result is CheckResult.BLOCK
    zero = CheckRule(kind, BLOCK, days=0, percent=D(0), level=0)
    assert found(zero, **change).result is CheckResult.BLOCK


def test_without_a_horizon_what_ships_tomorrow_is_left_out() -> None:
    tomorrow = (Position(Bucket.OPEN_ORDERS, TODAY + timedelta(days=1), D(500)),)
    for rule in (CheckRule(CheckKind.DYNAMIC_LIMIT, BLOCK), CheckRule(CheckKind.DYNAMIC_LIMIT, BLOCK, horizon_days=0)):
        assert found(rule, positions=tomorrow).values["exposure"] == "100.00"


@pytest.mark.parametrize(
    ("currency", "value", "result", "told"),
    [
        ("JPY", "400.4", CheckResult.PASSED, "400"),
        ("JPY", "400.5", CheckResult.BLOCK, "401"),
        ("KWD", "400.0004", CheckResult.PASSED, "400.000"),
        ("KWD", "400.001", CheckResult.BLOCK, "400.001"),
    ],
)
def test_a_limit_is_kept_to_the_smallest_unit_of_its_currency(
    currency: str, value: str, result: CheckResult, told: str
) -> None:
    finding = found(STATIC, currency=currency, value=D(value))
    assert (finding.result, finding.values["value"], finding.values["currency"]) == (result, told, currency)


@pytest.mark.parametrize(
    ("reaction", "group", "result"),
    [
        (Reaction.WARNING, DocumentGroup.ORDER, CheckResult.WARNING),
        (Reaction.ERROR, DocumentGroup.ORDER, CheckResult.ERROR),
        (Reaction.BLOCK, DocumentGroup.ORDER, CheckResult.BLOCK),
        (Reaction.BLOCK, DocumentGroup.DELIVERY, CheckResult.BLOCK),
        (Reaction.BLOCK, DocumentGroup.GOODS_ISSUE, CheckResult.ERROR),
        (Reaction.WARNING, DocumentGroup.GOODS_ISSUE, CheckResult.WARNING),
    ],
)
def test_what_a_check_that_fails_does(reaction: Reaction, group: DocumentGroup, result: CheckResult) -> None:
    assert found(CheckRule(CheckKind.STATIC_LIMIT, reaction), group, limit=D(1)).result is result


def test_a_blocked_account_comes_first_and_needs_no_rule() -> None:
    rules = [STATIC, CheckRule(CheckKind.DUNNING_LEVEL, Reaction.NONE, level=0)]
    kinds = [each.kind for each in check(rules, replace(FACTS, blocked=True), DocumentGroup.ORDER)]
    assert kinds == [CheckKind.BLOCKED_ACCOUNT, CheckKind.STATIC_LIMIT]
    assert [each.kind for each in check(rules, FACTS, DocumentGroup.ORDER)] == [CheckKind.STATIC_LIMIT]
    assert check([], FACTS, DocumentGroup.ORDER) == ()
    (blocked,) = check([], replace(FACTS, blocked=True), DocumentGroup.ORDER)
    assert (blocked.result, blocked.reason) == (CheckResult.BLOCK, "CREDIT_ACCOUNT_BLOCKED")
    assert CHECKS[ALWAYS.check](ALWAYS, FACTS)[0]


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([], CreditStatus.NOT_RUN),
        ([CheckResult.PASSED], CreditStatus.APPROVED),
        ([CheckResult.PASSED, CheckResult.WARNING], CreditStatus.APPROVED),
        ([CheckResult.PASSED, CheckResult.BLOCK], CreditStatus.NOT_APPROVED),
        ([CheckResult.ERROR, CheckResult.PASSED], CreditStatus.NOT_APPROVED),
    ],
)
def test_what_a_document_comes_to(results: list[CheckResult], status: CreditStatus) -> None:
    findings = [Finding(CheckKind.STATIC_LIMIT, each, "CREDIT_PASSED") for each in results]
    assert status_of(findings) is status


def test_only_errors_keep_a_step_from_happening() -> None:
    findings = [Finding(CheckKind.DUNNING_LEVEL, each, "CREDIT_DUNNING", {"level": "2"}) for each in CheckResult]
    assert [(each.reason, each.field, each.values) for each in errors_of(findings)] == [
        ("CREDIT_DUNNING", "creditCheck", {"level": "2"})
    ]


# ----------------------------------------------------------------------------------------------------- as they are kept


def test_rules_are_kept_as_they_are_read() -> None:
    rules = rules_of(MANY, "checks")
    assert [each.check.name for each in rules] == [each["check"] for each in MANY]
    assert list(written(rules)) == MANY
    assert rules[1] == CheckRule(CheckKind.DYNAMIC_LIMIT, Reaction.WARNING, horizon_days=60)
    assert rules[3].fields == ("incoterms", "payment_terms")
    assert rules_of([], "checks") == ()


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ({"check": "MOON", "reaction": "BLOCK"}, [("CONTENT_VALUE", "checks.0.check")]),
        ({"check": "STATIC_LIMIT", "reaction": "EXPLODE"}, [("CONTENT_VALUE", "checks.0.reaction")]),
        ({"check": "STATIC_LIMIT"}, [("CONTENT_MISSING", "checks.0.reaction")]),
        ({"check": "BLOCKED_ACCOUNT", "reaction": "NONE"}, [("CONTENT_VALUE", "checks.0.check")]),
        ({"check": "OLDEST_ITEM", "reaction": "BLOCK"}, [("CONTENT_MISSING", "checks.0.days")]),
        ({"check": "OLDEST_ITEM", "reaction": "BLOCK", "days": -1}, [("CONTENT_VALUE", "checks.0.days")]),
        ({"check": "OLDEST_ITEM", "reaction": "BLOCK", "days": 3651}, [("CONTENT_VALUE", "checks.0.days")]),
        ({"check": "STATIC_LIMIT", "reaction": "BLOCK", "days": 1}, [("CONTENT_KEY", "checks.0.days")]),
        ({"check": "MAXIMUM_VALUE", "reaction": "BLOCK", "maximum": "-0.01"}, [("CONTENT_VALUE", "checks.0.maximum")]),
        ({"check": "MAXIMUM_VALUE", "reaction": "BLOCK", "maximum": 5}, [("CONTENT_VALUE", "checks.0.maximum")]),
        ({"check": "DUNNING_LEVEL", "reaction": "BLOCK", "level": 10}, [("CONTENT_VALUE", "checks.0.level")]),
        ({"check": "DYNAMIC_LIMIT", "reaction": "BLOCK", "horizon_days": 3651}, [("CONTENT_VALUE", "checks.0.horizon_days")]),
        (
            {"check": "OVERDUE_SHARE", "reaction": "BLOCK", "days": 1, "percent": "100.01"},
            [("CONTENT_VALUE", "checks.0.percent")],
        ),
        (
            {"check": "OVERDUE_SHARE", "reaction": "BLOCK"},
            [("CONTENT_MISSING", "checks.0.days"), ("CONTENT_MISSING", "checks.0.percent")],
        ),
        (
            {"check": "CRITICAL_FIELDS", "reaction": "BLOCK", "fields": ["payment_terms", "mood"]},
            [("CONTENT_VALUE", "checks.0.fields.1")],
        ),
        ({"check": "CRITICAL_FIELDS", "reaction": "BLOCK", "fields": []}, [("CONTENT_MISSING", "checks.0.fields")]),
        ({"check": "STATIC_LIMIT", "reaction": "BLOCK", "fields": []}, [("CONTENT_KEY", "checks.0.fields")]),
        (
            {"check": ["STATIC_LIMIT"], "reaction": {}},
            [("CONTENT_VALUE", "checks.0.check"), ("CONTENT_VALUE", "checks.0.reaction")],
        ),
    ],
)
def test_rules_that_cannot_be_are_named_each_at_its_place(said: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as refused:
        rules_of([said], "checks")
    assert [(each.reason, each.field) for each in refused.value.refusals] == faults
    assert all(each.values for each in refused.value.refusals)


def test_a_check_stands_once_and_every_fault_is_told() -> None:
    with pytest.raises(Invalid) as refused:
        rules_of([MANY[0], MANY[5], MANY[0], {"check": "MOON", "reaction": "BLOCK"}], "checks")
    assert [(each.reason, each.field) for each in refused.value.refusals] == [
        ("CONTENT_TWICE", "checks.2.check"),
        ("CONTENT_VALUE", "checks.3.check"),
    ]
    assert refused.value.refusals[0].values == {"value": "STATIC_LIMIT"}


def test_what_is_known_is_told_with_a_fault() -> None:
    wrong = (
        {"check": "BLOCKED_ACCOUNT", "reaction": "BLOCK"},
        {"check": "OLDEST_ITEM", "reaction": "BLOCK", "days": 9999, "level": 1},
    )
    with pytest.raises(Invalid) as refused:
        rules_of(wrong, "checks")
    first, key, days = refused.value.refusals
    assert first.values == {"value": "BLOCKED_ACCOUNT", "known": ", ".join(each.name for each in PARAMETERS)}
    assert key.values == {"value": "level", "known": "days"}
    assert days.values == {"value": "9999", "known": "0 – 3650"}
    with pytest.raises(Invalid) as refused:
        rules_of([{"check": "OVERDUE_SHARE", "reaction": "BLOCK", "days": 1, "level": 1}], "checks")
    assert [each.values for each in refused.value.refusals] == [
        {"value": "percent"},
        {"value": "level", "known": "days, percent"},
    ]
    with pytest.raises(Invalid) as refused:
        rules_of([{"check": "CRITICAL_FIELDS", "reaction": "BLOCK", "fields": ["mood"]}], "checks")
    assert refused.value.refusals[0].values == {"value": "mood", "known": "incoterms, payment_terms, shipping_condition"}


def test_the_figures_at_the_ends_of_their_ranges_are_taken() -> None:
    ends = [
        {"check": "MAXIMUM_VALUE", "reaction": "BLOCK", "maximum": "0"},
        {"check": "OVERDUE_SHARE", "reaction": "BLOCK", "days": 3650, "percent": "100"},
        {"check": "DUNNING_LEVEL", "reaction": "BLOCK", "level": 9},
        {"check": "DYNAMIC_LIMIT", "reaction": "BLOCK", "horizon_days": 3650},
    ]
    assert list(written(rules_of(ends, "checks"))) == ends
    assert len(rules_of([{"check": "MAXIMUM_VALUE", "reaction": "BLOCK", "maximum": "1e15"}], "checks")) == 1


# -------------------------------------------------------------------------------------------------------------- in words


@pytest.mark.parametrize("kind", list(CheckKind))
def test_a_finding_says_in_words_what_is_wrong_and_names_no_limit(kind: CheckKind) -> None:
    parameters = {"days": 0, "level": 0, "percent": D(1), "maximum": D(1), "fields": ("payment_terms",), "horizon_days": 300}
    rule = CheckRule(kind, Reaction.BLOCK, **{name: parameters[name] for name in PARAMETERS.get(kind, ())})  # type: ignore[arg-type]
    passed, reason, figures = CHECKS[kind](rule, replace(FACTS, blocked=True, limit=D("777.77")))
    assert not passed
    finding = Finding(kind, CheckResult.BLOCK, reason, {**figures, "currency": "CNY"})
    for language in LANGUAGES:
        words = message_of(finding, language)
        assert "{" not in words
        assert "777.77" not in words
        assert "600.00" not in words
        assert message_of(finding.untold, language) != words
    assert finding.untold == Finding(kind, CheckResult.BLOCK, "CREDIT_UNTOLD")


def test_what_passed_is_told_to_everybody() -> None:
    finding = found(STATIC)
    assert finding.untold is finding
    assert message_of(finding, "en") == "Passed."


def test_without_a_limit_that_is_said() -> None:
    assert message_of(found(STATIC, limit=None), "en") == "No credit limit is set for the customer."


def test_a_finding_is_a_refusal_where_a_step_is_refused() -> None:
    refusal = found(STATIC, limit=D(900)).refusal("salesOrders.0")
    assert (refusal.reason, refusal.field, refusal.values["exceededBy"]) == (
        "CREDIT_STATIC_EXCEEDED",
        "salesOrders.0",
        "100.00",
    )
