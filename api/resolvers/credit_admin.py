"""Master data of credit: accounts, their blocks, and what is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from api.execution.command import Work, command, given
from api.resolvers.credit_accounts import credit_price, rate_between
from domain.activity import Activity
from domain.areas import Area
from domain.caller import Caller
from domain.credit.checks import rules_of, written
from domain.credit.limits import refusals_of_limit
from domain.customer import faults_of_reason
from domain.errors import Conflict, Forbidden, Invalid, Refusal, refuse_if_any
from models.credit import CreditAccount, CreditCheckRules
from models.organization import CreditControlArea
from models.payment import OpenItem
from models.sales_document import SalesItem

CHANGED = ("risk_category", "next_review", "secured", "note", "tells_customer")
MOST_DAYS = 3650
LONGEST_NOTE = 1000
HUNDRED = Decimal(100)


async def change_credit_account(caller: Caller | None, input: Any) -> CreditAccount:
    """Change a credit account. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "changeCreditAccount") as work:
        account = await _locked(work, input)
        await work.demand(account, Activity.CHANGE)
        for name in CHANGED:
            value = getattr(input, name)
            if given(value) and (value is not None or account._meta.fields_map[name].null):
                setattr(account, name, value.strip() or None if isinstance(value, str) else value)
        if not work.changes(account):
            raise Invalid.because("NOTHING_TO_CHANGE", None)
        refuse_if_any(await _faults(account), Invalid)
        await work.save(account)
    return account


async def _faults(account: CreditAccount) -> tuple[Refusal, ...]:
    """What is wrong with an account: below zero, too long, of a risk category that nothing is said of."""
    known = await CreditCheckRules.exists(
        credit_control_area=account.credit_control_area, risk_category=account.risk_category or ""
    )
    note = account.note or ""
    checks = (
        (known, Refusal("CODE_UNKNOWN", "riskCategory", {"value": (account.risk_category or "")[:40]})),
        (len(note) <= LONGEST_NOTE, Refusal("TEXT_TOO_LONG", "note", {"most": LONGEST_NOTE, "found": len(note)})),
    )
    return (*(refusal for holds, refusal in checks if not holds), *refusals_of_limit(account.secured, "secured"))


async def set_credit_account_block(caller: Caller | None, input: Any) -> CreditAccount:
    """Block an account for a reason, or open it again. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "setCreditAccountBlock") as work:
        account = await _locked(work, input)
        await work.demand(account, Activity.BLOCK)
        refuse_if_any(faults_of_reason(input.reason), Invalid)
        account.block = input.reason.strip() if input.blocked else None
        if not work.changes(account):
            raise Invalid.because("NOTHING_TO_CHANGE", None)
        await work.save(account)
    return account


async def _locked(work: Work, input: Any) -> CreditAccount:
    return await work.lock(CreditAccount, "CreditAccount", input.credit_account, "creditAccount", version=input.version)


async def set_credit_check_rules(caller: Caller | None, input: Any) -> CreditCheckRules:
    """Say what is checked of documents of a group on accounts of a risk category. Raises Conflict, Forbidden, Invalid."""
    async with command(caller, input, "setCreditCheckRules") as work:
        code = input.credit_control_area
        if await work.seen_with(CreditControlArea, "code", code=code[:10]) is None:
            raise Invalid.because("CODE_UNKNOWN", "creditControlArea", value=code[:40])
        rules = await _rules(work, input)
        await _demand(work, rules)
        written_rules = written(rules_of(_read(input.checks), "checks"))
        rules.checks = list(written_rules)
        for name in ("deviation", "release_days"):
            value = getattr(input, name)
            if given(value) and (value is not None or name == "release_days"):
                setattr(rules, name, value)
        refuse_if_any(_faults_of_rules(rules), Invalid)
        if rules.pk is None:
            await work.create(rules)
        else:
            await work.save(rules)
        work.subject = rules
    return rules


async def _rules(work: Work, input: Any) -> CreditCheckRules:
    """The rules that are meant, locked, or new ones. Raises Conflict."""
    about = {
        "credit_control_area": input.credit_control_area,
        "risk_category": input.risk_category.strip(),
        "document_group": input.document_group,
    }
    await work.alone_with(f"credit rules {about}")
    rules = await CreditCheckRules.filter(**about).select_for_update(no_key=True).first()
    current = None if rules is None else rules.version
    version = input.version if given(input.version) else None
    if version != current:
        raise Conflict.because("STALE_VERSION", "version", current=current, given=version, fields="")
    if rules is None:
        return CreditCheckRules(**about)
    work.keep(rules)
    return rules


async def _demand(work: Work, rules: CreditCheckRules) -> None:
    """The right is needed in each sales area of the control area. Raises Forbidden."""
    areas = await work.connection.fetch(
        """select sales_organization, distribution_channel, division from organization_areas where credit_control_area = $1""",
        rules.credit_control_area,
    )
    for row in areas:
        if not work.authority.allows(Area((row[0], row[1], row[2])), "credit_account", Activity.CHANGE, own=False):
            raise Forbidden.because("FORBIDDEN", None, object="credit_account", activity=Activity.CHANGE.name)
    work.used("credit_account", Activity.CHANGE)


def _read(text: str) -> Sequence[Mapping[str, Any]]:
    """The checks as they were sent. Raises Invalid for what is no JSON list of objects."""
    try:
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Invalid.because("CREDIT_CHECKS_MALFORMED", "checks")
    return found


def _faults_of_rules(rules: CreditCheckRules) -> tuple[Refusal, ...]:
    days = rules.release_days
    checks = (
        (
            rules.risk_category.isalnum() and len(rules.risk_category) <= 10,
            "CODE_UNKNOWN",
            "riskCategory",
            rules.risk_category[:40],
        ),
        (0 <= rules.deviation <= HUNDRED, "CREDIT_AMOUNT_RANGE", "deviation", str(rules.deviation)),
        (days is None or 0 < days <= MOST_DAYS, "CREDIT_AMOUNT_RANGE", "releaseDays", str(days)),
    )
    return tuple(Refusal(reason, field, {"value": value}) for holds, reason, field, value in checks if not holds)


async def revalue_credit_account(caller: Caller | None, input: Any) -> CreditAccount:
    """Convert all that counts on an account in other currencies anew, at today's rates 重估.

    Raises NotFound, Conflict, Forbidden, and Invalid (PAYMENT_RATE) without a rate.
    """
    async with command(caller, input, "revalueCreditAccount") as work:
        account = await _locked(work, input)
        await work.demand(account, Activity.CHANGE)
        area = await CreditControlArea.get(code=account.credit_control_area)
        today = work.now.astimezone(ZoneInfo(area.time_zone)).date()
        for item in await OpenItem.filter(credit_account_id=account.id).exclude(open=0).exclude(currency=area.currency):
            item.credit_rate = await rate_between(work, item.currency, area.currency, today)
            await work.put(item)
        for line in await SalesItem.filter(credit_account_id=account.id).exclude(currency=area.currency):
            line.credit_price = credit_price(line, await rate_between(work, line.currency, area.currency, today))
            await work.put(line)
        await work.save(account)
    return account
