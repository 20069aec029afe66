"""Credit checks 信用检查 of sales orders: what their lines count for, what the checks find, and what becomes of the order.

An order that is blocked, or still a draft, counts nothing and holds no stock. A release holds for a while and for about its
value; whatever happens to the order later meets the check again.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from api.execution.command import Work
from api.resolvers.credit_accounts import HeldAccount, Standing, credit_price, hold_account, rate_between, standing_of
from api.resolvers.drafts import Checked, Draft
from domain.areas import text_of
from domain.credit.checks import CRITICAL, CheckFacts, Finding, check, errors_of, message_of, status_of
from domain.credit.exposure import CreditItem, Position, exposure, exposure_of
from domain.credit.limits import share_used
from domain.credit.release import HeldPart, Release, held_after, holds
from domain.credit.requests import CreditDecisionKind
from domain.credit.status import CheckResult, CreditStatus, DocumentGroup
from domain.errors import Refusal, Refused
from domain.orders.categories import DocumentCategory
from domain.pricing.currencies import minor_unit
from domain.pricing.rounding import EXACT, rounded
from models.credit import CreditAccount, CreditDecision
from models.sales_document import CreditCheckResult, DocumentHeader, SalesItem

ZERO = Decimal(0)
QUANTITY_PLACES = 3
LANGUAGE = "en"
"""In which findings are kept."""
RELEASES = (CreditDecisionKind.RELEASED, CreditDecisionKind.PARTIALLY_RELEASED)
RELEASED = frozenset({CreditStatus.RELEASED, CreditStatus.PARTIALLY_RELEASED})
STOPPED = frozenset({CreditStatus.NOT_APPROVED, CreditStatus.REJECTED})
"""Where nothing of a document goes on."""


async def hold_credit(work: Work, draft: Draft) -> HeldAccount | None:
    """The account that a document at work counts on, held before any stock is; None where no credit is taken."""
    document = draft.document
    if document.category is not DocumentCategory.SALES_ORDER:
        return None
    return await hold_account(work, document.payer_id, document.sales_organization, DocumentGroup.ORDER)


async def check_credit(work: Work, draft: Draft, account: HeldAccount | None) -> None:
    """Value the lines of a document as its stock was promised, and check it. Raises Refused for a check that stops it at once.

    A release that still holds goes before any check.
    """
    if account is None:
        return
    document = draft.document
    await _value(work, draft, account)
    draft.released = draft.released or await _release_of(draft, account)
    if draft.released is not None:
        return
    standing = await standing_of(work, account, None if draft.is_new else document.id, text_of(document.area))
    facts = _facts(draft, account, standing)
    findings = check(account.rules, facts, DocumentGroup.ORDER)
    if errors := errors_of(findings):
        raise Refused(*errors)
    shown = work.authority.scope("credit_band").allows(document.area, draft.parts.own)
    draft.checked = Checked(account, findings, shown, comes_near=_comes_near(facts, account))
    document.credit_status = status_of(findings)


def _comes_near(facts: CheckFacts, account: HeldAccount) -> bool:
    """Whether a document takes an account from where there is room to where most of its limit is used."""
    before, after = (share_used(facts.limit, facts.exposure.total + more) for more in (ZERO, facts.value))
    return before < account.near_percent <= after


async def _value(work: Work, draft: Draft, account: HeldAccount) -> None:
    """What a unit of each line counts for, once, at the rate of the document's prices; and how much of it counts."""
    document = draft.document
    rate = await rate_between(work, document.currency, account.currency, document.pricing_date)
    for line in draft.lines:
        row, kept = line.row, line.row.quantities.kept
        row.credit_account_id = account.id
        row.credit_price = credit_price(row, rate)
        row.credit_quantity = min(row.confirmed, kept) if line.category.confirmed else kept
        promised = [each.confirmed_date for each in line.schedule if each.open_base and each.confirmed_date is not None]
        row.credit_on = min(promised, default=row.requested_date or draft.parts.today)


async def _release_of(draft: Draft, account: HeldAccount) -> CreditDecision | None:
    """The release of a document, if it was released and that still holds for what it comes to now."""
    if draft.is_new or draft.document.credit_status not in RELEASED:
        return None
    return await holding_release(draft.document, [line.row for line in draft.lines], account)


async def holding_release(document: DocumentHeader, items: Sequence[SalesItem], account: HeldAccount) -> CreditDecision | None:
    """The last release of a document that was released, if it still holds; of a part, as long as its days have not passed."""
    decision = await CreditDecision.filter(document_id=document.id, kind__in=RELEASES).order_by("-id").first()
    if decision is None:
        return None
    release = Release(decision.value, decision.day, account.deviation, account.release_days)
    whole = credit_value(items, account.currency)
    value = min(whole, decision.value) if document.credit_status is CreditStatus.PARTIALLY_RELEASED else whole
    return decision if holds(release, value, account.today) else None


def credit_value(items: Sequence[SalesItem], currency: str) -> Decimal:
    """What all of a document's items count for, delivered or not, in the account's currency."""
    total = sum((EXACT.multiply(each.quantities.kept, each.credit_price or ZERO) for each in items), ZERO)
    return rounded(total, minor_unit(currency))


def _facts(draft: Draft, account: HeldAccount, standing: Standing) -> CheckFacts:
    document, header = draft.document, draft.parts.header
    otherwise = frozenset(name for name in CRITICAL if getattr(document, name) != header[name])
    return facts_of(account, standing, [line.row for line in draft.lines], otherwise)


def facts_of(
    account: HeldAccount, standing: Standing, items: Sequence[SalesItem], otherwise: frozenset[str] = frozenset()
) -> CheckFacts:
    """What is checked of a document with these items, of which some fields say otherwise than the customer's view."""
    own = positions_of(items)
    return CheckFacts(
        today=account.today,
        limit=standing.limit,
        exposure=exposure(standing.positions),
        positions=standing.positions,
        value=rounded(exposure(own).total, minor_unit(account.currency)),
        own=own,
        document_value=credit_value(items, account.currency),
        changed_fields=otherwise,
        next_review=account.next_review,
        dunning_level=account.dunning_level,
        blocked=account.block is not None,
        currency=account.currency,
    )


def positions_of(items: Sequence[SalesItem]) -> tuple[Position, ...]:
    """What each item counts for, bucket by bucket."""
    found = []
    for item in items:
        counts = exposure_of(CreditItem(item.quantities, item.credit_price or ZERO, item.credit_quantity))
        for bucket, value in counts.by_bucket.items():
            if value:
                found.append(Position(bucket, item.credit_on, value))
    return tuple(found)


def goes_on(document: DocumentHeader) -> bool:
    """Whether a document holds stock and counts: whether credit does not stop it, and nobody is waited for or has refused."""
    return document.approval_status.stands and document.credit_status not in STOPPED


def hold_back(draft: Draft) -> None:
    """Let lines count as far as the document goes on: none of one that is stopped, of one released in part as far as that."""
    document, rows = draft.document, [line.row for line in draft.lines]
    if not goes_on(document):
        for row in rows:
            row.credit_quantity = ZERO
    elif document.credit_status is CreditStatus.PARTIALLY_RELEASED and draft.released is not None:
        units = [HeldPart(each.quantities.kept, each.credit_price or ZERO, QUANTITY_PLACES) for each in rows]
        for row, held in zip(rows, held_after(units, draft.released.value), strict=True):
            row.credit_quantity = min(row.credit_quantity, row.quantities.kept - held)


async def keep_findings(work: Work, draft: Draft) -> None:
    """Store what the checks found, instead of what they found before."""
    if draft.checked is None:
        return
    if not draft.is_new:
        await work.connection.execute("delete from credit_check_results where document_id = $1", draft.document.id)
    if draft.document.credit_status is CreditStatus.NOT_APPROVED:
        await work.announce(draft.document, "creditBlocked")
    elif draft.checked.comes_near:
        await work.announce(CreditAccount(id=draft.checked.account.id), "limitNear")
    for position, each in enumerate(draft.checked.findings, 1):
        await work.add(
            CreditCheckResult(
                document_id=draft.document.id,
                position=position,
                name=each.kind.name,
                result=each.result,
                message=told_of(each, draft.checked.account),
                figures=dict(each.values),
            )
        )


def told_of(finding: Finding, account: HeldAccount, language: str = LANGUAGE) -> str:
    """A finding in words; without its amounts, where the customer is not told what is left of their limit."""
    return message_of(finding if account.tells_customer else finding.untold, language)


# ------------------------------------------------------------------------------------------------------ further steps


async def refusals_of_step(
    work: Work, documents: Sequence[tuple[str, DocumentHeader, Sequence[SalesItem]]], group: DocumentGroup
) -> tuple[Refusal, ...]:
    """Why credit stops a further step of documents, each with where the input names it and its items: what waits for a
    release, and what its own checks find. The accounts are held until the end.
    """
    refusals: list[Refusal] = []
    for path, document, items in sorted(documents, key=lambda each: each[1].payer_id):
        if document.category is not DocumentCategory.SALES_ORDER:
            continue
        if document.credit_status in STOPPED:
            refusals.append(Refusal("CREDIT_STOPPED", path, {"number": document.number}))
            continue
        account = await hold_account(work, document.payer_id, document.sales_organization, group)
        if not account.rules and account.block is None:
            continue
        if document.credit_status in RELEASED and await holding_release(document, items, account) is not None:
            continue
        standing = await standing_of(work, account, document.id, text_of(document.area))
        findings = check(account.rules, facts_of(account, standing, items), group)
        refusals += [each.refusal(path) for each in findings if each.result in (CheckResult.ERROR, CheckResult.BLOCK)]
    return tuple(refusals)


def refusals_beyond_release(document: DocumentHeader, item: SalesItem, quantity: Decimal, path: str) -> tuple[Refusal, ...]:
    """Why so much more of an item cannot be delivered, where only a part of its document was released."""
    most = max(item.credit_quantity - item.delivered, ZERO)
    if document.credit_status is not CreditStatus.PARTIALLY_RELEASED or quantity <= most:
        return ()
    return (Refusal("CREDIT_BEYOND_RELEASE", path, {"line": item.line_number, "value": str(quantity), "most": str(most)}),)
