"""Credit checks 信用检查: which there are, how they are written down, what each finds, and what a document comes to by them.

Each check gives its own result with the figures that it went by. What a finding says in words names no limit and no exposure:
whoever may know those reads the figures. Source: DOMAIN.md §4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from domain.credit.exposure import Exposure, Position, open_after
from domain.credit.insight import oldest, overdue_share
from domain.credit.limits import headroom
from domain.credit.status import CheckResult, CreditStatus, DocumentGroup
from domain.errors import Invalid, Refusal
from domain.messages import text_of
from domain.orders.reading import Faults, value_of
from domain.pricing.currencies import minor_unit
from domain.pricing.rounding import ZERO, rounded

MOST_DAYS = 3650
HUNDRED = Decimal(100)


class CheckKind(Enum):
    """What is checked 检查类型."""

    BLOCKED_ACCOUNT = "BLOCKED_ACCOUNT"
    STATIC_LIMIT = "STATIC_LIMIT"
    DYNAMIC_LIMIT = "DYNAMIC_LIMIT"
    MAXIMUM_VALUE = "MAXIMUM_VALUE"
    CRITICAL_FIELDS = "CRITICAL_FIELDS"
    REVIEW_DATE = "REVIEW_DATE"
    OVERDUE_SHARE = "OVERDUE_SHARE"
    OLDEST_ITEM = "OLDEST_ITEM"
    DUNNING_LEVEL = "DUNNING_LEVEL"


class Reaction(Enum):
    """What a check that fails does 系统反应: nothing, it is told, the step is refused, the document is blocked."""

    NONE = "NONE"
    WARNING = "WARNING"
    ERROR = "ERROR"
    BLOCK = "BLOCK"


@dataclass(frozen=True, slots=True)
class CheckRule:
    """A check with its reaction and what it goes by.

    `horizon_days`: open orders due for shipping later are left out. `maximum`: of a document, in the account's currency.
    `fields`: those that a document may not say otherwise than its customer. `days`: how many a review may be late, an item be
    overdue, or what counts as overdue at least was. `percent`: of what is owed. `level`: of dunning, the highest that passes.
    """

    check: CheckKind
    reaction: Reaction
    horizon_days: int | None = None
    maximum: Decimal | None = None
    fields: tuple[str, ...] = ()
    days: int | None = None
    percent: Decimal | None = None
    level: int | None = None


PARAMETERS: Mapping[CheckKind, frozenset[str]] = {
    CheckKind.STATIC_LIMIT: frozenset(),
    CheckKind.DYNAMIC_LIMIT: frozenset({"horizon_days"}),
    CheckKind.MAXIMUM_VALUE: frozenset({"maximum"}),
    CheckKind.CRITICAL_FIELDS: frozenset({"fields"}),
    CheckKind.REVIEW_DATE: frozenset({"days"}),
    CheckKind.OVERDUE_SHARE: frozenset({"days", "percent"}),
    CheckKind.OLDEST_ITEM: frozenset({"days"}),
    CheckKind.DUNNING_LEVEL: frozenset({"level"}),
}
"""What each check that can be asked for goes by; a blocked account always blocks."""
RANGES: Mapping[str, tuple[Decimal, Decimal]] = {
    "horizon_days": (ZERO, Decimal(MOST_DAYS)),
    "days": (ZERO, Decimal(MOST_DAYS)),
    "maximum": (ZERO, Decimal("1e15")),
    "percent": (ZERO, HUNDRED),
    "level": (ZERO, Decimal(9)),
}
CRITICAL = frozenset({"payment_terms", "incoterms", "shipping_condition"})
"""What a document may say otherwise than its customer's view."""


def rules_of(data: Sequence[Mapping[str, Any]], path: str) -> tuple[CheckRule, ...]:
    """Rules as they are kept. Raises Invalid with every fault at its path: an unknown check or reaction, what a check lacks or
    does not go by, a figure out of range, a check that is there twice.
    """
    faults = Faults()
    found: list[CheckRule] = []
    for place, said in enumerate(data):
        rule = value_of(CheckRule, said, f"{path}.{place}", faults)
        if rule is not None:
            _look_at(rule, said, f"{path}.{place}", faults)
            if rule.check in {each.check for each in found}:
                faults.add("CONTENT_TWICE", f"{path}.{place}.check", value=rule.check.name)
            found.append(rule)
    if faults.found:
        raise Invalid(*faults.found)
    return tuple(found)


def _look_at(rule: CheckRule, said: Mapping[str, Any], path: str, faults: Faults) -> None:
    if rule.check not in PARAMETERS:
        faults.add("CONTENT_VALUE", f"{path}.check", value=rule.check.name, known=", ".join(each.name for each in PARAMETERS))
        return
    wanted, sent = PARAMETERS[rule.check], said.keys() - {"check", "reaction"}
    for name in sorted(each for each in wanted if said.get(each, []) == []):
        faults.add("CONTENT_MISSING", f"{path}.{name}", value=name)
    for name in sorted(sent - wanted):
        faults.add("CONTENT_KEY", f"{path}.{name}", value=name, known=", ".join(sorted(wanted)))
    for name, (least, most) in RANGES.items():
        value = getattr(rule, name)
        if value is not None and not least <= value <= most:
            faults.add("CONTENT_VALUE", f"{path}.{name}", value=str(value), known=f"{least} – {most}")
    for place, name in enumerate(rule.fields):
        if name not in CRITICAL:
            faults.add("CONTENT_VALUE", f"{path}.fields.{place}", value=name, known=", ".join(sorted(CRITICAL)))


def written(rules: Sequence[CheckRule]) -> tuple[dict[str, Any], ...]:
    """Rules as they are kept."""
    return tuple(
        {
            name: _plain(value)
            for name, value in ((each.name, getattr(rule, each.name)) for each in fields(rule))
            if value not in (None, ())
        }
        for rule in rules
    )


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.name
        case Decimal():
            return str(value)
        case tuple():
            return list(value)
    return value


# ------------------------------------------------------------------------------------------------------------ findings


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What a document is checked by: how its account stands without it, and what it adds to that itself."""

    today: date
    limit: Decimal | None
    exposure: Exposure
    positions: tuple[Position, ...]
    value: Decimal
    own: tuple[Position, ...]
    document_value: Decimal
    changed_fields: frozenset[str] = frozenset()
    next_review: date | None = None
    dunning_level: int = 0
    blocked: bool = False
    currency: str = ""

    def amount(self, value: Decimal) -> str:
        """An amount as it is told, to the currency's smallest unit."""
        return str(rounded(value, minor_unit(self.currency)))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, why, and the figures that it went by."""

    kind: CheckKind
    result: CheckResult
    reason: str
    values: Mapping[str, str] = field(default_factory=dict)

    def refusal(self, path: str) -> Refusal:
        """It as a reason against a step."""
        return Refusal(self.reason, path, dict(self.values))

    @property
    def untold(self) -> Finding:
        """It for a customer who is not told what is left of their limit."""
        return self if self.result is CheckResult.PASSED else Finding(self.kind, self.result, "CREDIT_UNTOLD")


Found = tuple[bool, str, Mapping[str, str]]
"""Whether a check passed, the reason where it did not, and its figures."""


def _against(facts: CheckFacts, exposed: Decimal, value: Decimal, reason: str) -> Found:
    """Compared to the smallest unit of the currency: at the limit is within it."""
    whole = rounded(exposed + value, minor_unit(facts.currency))
    left = headroom(facts.limit, whole)
    figures = {"exposure": facts.amount(exposed), "value": facts.amount(value)}
    if left is None:
        return False, "CREDIT_NO_LIMIT", figures
    figures["limit"] = facts.amount(facts.limit or ZERO)
    return left >= 0, reason, figures if left >= 0 else {**figures, "exceededBy": facts.amount(-left)}


def _static(_: CheckRule, facts: CheckFacts) -> Found:
    return _against(facts, facts.exposure.total, facts.value, "CREDIT_STATIC_EXCEEDED")


def _dynamic(rule: CheckRule, facts: CheckFacts) -> Found:
    horizon = facts.today + timedelta(days=rule.horizon_days or 0)
    exposed = facts.exposure.total - open_after(facts.positions, horizon)
    return _against(facts, exposed, facts.value - open_after(facts.own, horizon), "CREDIT_DYNAMIC_EXCEEDED")


def _maximum(rule: CheckRule, facts: CheckFacts) -> Found:
    most, value = rule.maximum or ZERO, facts.document_value
    figures = {"most": facts.amount(most), "value": facts.amount(value)}
    return value <= most, "CREDIT_MAXIMUM_EXCEEDED", figures


def _critical(rule: CheckRule, facts: CheckFacts) -> Found:
    changed = sorted(facts.changed_fields & set(rule.fields))
    return not changed, "CREDIT_FIELDS_CHANGED", {"fields": ", ".join(changed)}


def _review(rule: CheckRule, facts: CheckFacts) -> Found:
    due = facts.next_review
    late = 0 if due is None else (facts.today - due).days
    return late <= (rule.days or 0), "CREDIT_REVIEW_DUE", {"due": due.isoformat() if due else ""}


def _overdue(rule: CheckRule, facts: CheckFacts) -> Found:
    share = overdue_share(facts.positions, facts.today, rule.days or 0)
    return share <= (rule.percent or ZERO), "CREDIT_OVERDUE", {"percent": str(share), "days": str(rule.days)}


def _oldest(rule: CheckRule, facts: CheckFacts) -> Found:
    days = oldest(facts.positions, facts.today) or 0
    return days <= (rule.days or 0), "CREDIT_OLDEST_ITEM", {"days": str(days), "most": str(rule.days)}


def _dunning(rule: CheckRule, facts: CheckFacts) -> Found:
    level = facts.dunning_level
    return level <= (rule.level or 0), "CREDIT_DUNNING", {"level": str(level)}


def _blocked(_: CheckRule, facts: CheckFacts) -> Found:
    return not facts.blocked, "CREDIT_ACCOUNT_BLOCKED", {}


CHECKS: Mapping[CheckKind, Callable[[CheckRule, CheckFacts], Found]] = {
    CheckKind.BLOCKED_ACCOUNT: _blocked,
    CheckKind.STATIC_LIMIT: _static,
    CheckKind.DYNAMIC_LIMIT: _dynamic,
    CheckKind.MAXIMUM_VALUE: _maximum,
    CheckKind.CRITICAL_FIELDS: _critical,
    CheckKind.REVIEW_DATE: _review,
    CheckKind.OVERDUE_SHARE: _overdue,
    CheckKind.OLDEST_ITEM: _oldest,
    CheckKind.DUNNING_LEVEL: _dunning,
}
ALWAYS = CheckRule(CheckKind.BLOCKED_ACCOUNT, Reaction.BLOCK)


def check(rules: Sequence[CheckRule], facts: CheckFacts, group: DocumentGroup) -> tuple[Finding, ...]:
    """What each rule finds, in their order, before them that the account is blocked. At goods issue a block is an error."""
    asked = [*([ALWAYS] if facts.blocked else []), *(each for each in rules if each.reaction is not Reaction.NONE)]
    return tuple(_finding(rule, facts, group) for rule in asked)


def _finding(rule: CheckRule, facts: CheckFacts, group: DocumentGroup) -> Finding:
    passed, reason, figures = CHECKS[rule.check](rule, facts)
    if passed:
        return Finding(rule.check, CheckResult.PASSED, "CREDIT_PASSED", {**figures, "currency": facts.currency})
    result = CheckResult[rule.reaction.name]
    if group is DocumentGroup.GOODS_ISSUE and result is CheckResult.BLOCK:
        result = CheckResult.ERROR
    return Finding(rule.check, result, reason, {**figures, "currency": facts.currency})


def status_of(findings: Sequence[Finding]) -> CreditStatus:
    """What a document comes to by what was found: not run where nothing was checked."""
    if not findings:
        return CreditStatus.NOT_RUN
    stops = any(each.result in (CheckResult.BLOCK, CheckResult.ERROR) for each in findings)
    return CreditStatus.NOT_APPROVED if stops else CreditStatus.APPROVED


def errors_of(findings: Sequence[Finding]) -> tuple[Refusal, ...]:
    """What keeps the step from happening at all."""
    return tuple(each.refusal("creditCheck") for each in findings if each.result is CheckResult.ERROR)


def message_of(finding: Finding, language: str) -> str:
    """A finding in words, as it can be read to the customer on the phone."""
    return text_of(finding.refusal(""), language)
