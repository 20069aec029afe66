"""Credit accounts as documents find them: whose account a payer's documents count on, and what counts on it now.

An account begins with the first document that counts on it. Whoever checks holds it until the end, before any stock, so that
two at once never both take the last of a limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from api.execution.command import Work
from api.execution.journal import Journal
from api.resolvers.pieces import fetch_in, pieces_now
from domain.credit.checks import CheckRule, rules_of
from domain.credit.exposure import Position
from domain.credit.status import Bucket, DocumentGroup
from domain.errors import Invalid
from domain.pricing.currencies import exchange_rate
from domain.pricing.rounding import EXACT, ONE, rounded
from domain.pricing.units import converted
from models.payment import OpenItem
from models.sales_document import SalesItem

RATE_PLACES, PRICE_PLACES = Decimal("1e-12"), Decimal("1e-9")
OF_ITEMS = (Bucket.OPEN_ORDERS, Bucket.OPEN_DELIVERIES, Bucket.OPEN_BILLING)
NONE = 0
"""The key of no document."""
OF_PAYERS = """
    from {wanted} join company_codes b on b.code = w.company_code
    join credit_control_areas c on c.code = b.credit_control_area
    left join customer_credit_pointers r on r.customer_id = w.payer_id and r.credit_control_area = c.code
    {joined} join credit_accounts a on a.customer_id = coalesce(r.holder_id, w.payer_id) and a.credit_control_area = c.code"""
MANY = "unnest($1::bigint[], $2::text[]) w (payer_id, company_code)"
OF_ONE = (
    "(select $1::bigint as payer_id, (select o.company_code from sales_organizations o where o.code = $2) as company_code) w"
)
FOUND = f"select w.payer_id, w.company_code, a.id, c.currency {OF_PAYERS.format(wanted=MANY, joined='')}"
BEGUN = f"""with begun as (
        insert into credit_accounts
            (customer_id, credit_control_area, risk_category, secured, dunning_level, tells_customer, version)
        select distinct coalesce(r.holder_id, w.payer_id), c.code, c.initial_category, 0, 0, true, 1
        {OF_PAYERS.format(wanted=MANY, joined="left")} where a.id is null
        on conflict (customer_id, credit_control_area) do nothing returning id, credit_control_area)
    insert into credit_limits (account_id, amount, valid_from, reason, set_by, set_at)
    select g.id, c.initial_limit, ($3::timestamptz at time zone c.time_zone)::date, 'Initial limit 初始额度', 'system', $3
    from begun g join credit_control_areas c on c.code = g.credit_control_area where c.initial_limit is not null"""
HELD = f"""select a.id, a.risk_category, a.next_review, a.dunning_level, a.block, a.tells_customer, c.currency, c.near_percent,
        ($3::timestamptz at time zone c.time_zone)::date as today, k.checks, k.deviation, k.release_days, w.company_code
    {OF_PAYERS.format(wanted=OF_ONE, joined="")}
    left join credit_check_rules k on k.credit_control_area = c.code and k.risk_category = a.risk_category
        and k.document_group = $4
    for no key update of a"""
STANDING = """select credit_limit($1, $2) as limit,
        (select coalesce(sum(g.amount), 0) from credit_limit_requests g
         where g.account_id = $1 and g.kind = 'GRANT' and g.status = 'APPROVED' and $2 between g.valid_from and g.valid_to
           and (g.scope = 'ORDER' and g.document_id = $3 or g.scope = 'AREA' and g.sales_area = $4)) as granted,
        (select json_agg(json_build_array(i.day, i.orders::text, i.deliveries::text, i.billing::text)) from (
            select day, sum(open_orders) as orders, sum(open_deliveries) as deliveries, sum(open_billing) as billing
            from credit_items where account_id = $1 and document_id <> $3 group by day) i) as items,
        (select json_agg(json_build_array(o.due_date, o.owed::text)) from (
            select due_date, sum(open * credit_rate) as owed
            from open_items where credit_account_id = $1 and open <> 0 group by due_date, open > 0) o) as owed"""

OF_CONTROL_AREA = """select b.code from company_codes b where b.credit_control_area = $2"""
ORDERS_OF = """select d.id from sales_documents d join sales_organizations o on o.code = d.sales_organization
    where d.payer_id = $1 and o.company_code in (select b.code from company_codes b where b.credit_control_area = $2)"""
POINTED = f"""select min(b.code) as company_code, array(
        select distinct i.credit_account_id from sales_items i
        where i.credit_account_id is not null and i.document_id in ({ORDERS_OF})
        union select distinct o.credit_account_id from open_items o
        where o.credit_account_id is not null and o.payer_id = $1 and o.company_code in ({OF_CONTROL_AREA})) as accounts
    from company_codes b where b.credit_control_area = $2 having count(*) > 0"""
HOLD_ALL = "select id from credit_accounts where id = any($1) order by id for no key update"
MOVED = (
    f"""update sales_items set credit_account_id = $3 where credit_account_id <> $3 and document_id in ({ORDERS_OF})""",
    f"""update open_items set credit_account_id = $3
        where credit_account_id <> $3 and payer_id = $1 and company_code in ({OF_CONTROL_AREA})""",
)


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """A credit account that a command holds, with what is checked of documents of one group on it."""

    id: int
    currency: str
    today: date
    """The business day of the control area."""
    rules: tuple[CheckRule, ...]
    deviation: Decimal
    release_days: int | None
    next_review: date | None
    dunning_level: int
    block: str | None
    tells_customer: bool
    near_percent: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account may come to for a document, and everything that counts on it beside that document."""

    limit: Decimal | None
    positions: tuple[Position, ...]


async def hold_account(work: Work, payer_id: int, organization: str, group: DocumentGroup) -> HeldAccount:
    """The account that a payer's documents of a sales organization count on, held until the end; begun if there is none."""
    arguments = (payer_id, organization, work.now, group.name)
    row = await work.connection.fetchrow(HELD, *arguments)
    if row is None:
        company = "select company_code from sales_organizations where code = $1"
        await _begin(work, [payer_id], [(await work.connection.fetchrow(company, organization))["company_code"]])
        row = await work.connection.fetchrow(HELD, *arguments)
    return HeldAccount(
        id=row["id"],
        currency=row["currency"],
        today=row["today"],
        rules=_rules(row["checks"] or "[]"),
        deviation=row["deviation"] or Decimal(0),
        release_days=row["release_days"],
        next_review=row["next_review"],
        dunning_level=row["dunning_level"],
        block=row["block"],
        tells_customer=row["tells_customer"],
        near_percent=row["near_percent"],
    )


@lru_cache(maxsize=1000)
def _rules(checks: str) -> tuple[CheckRule, ...]:
    return rules_of(json.loads(checks), "checks")


async def standing_of(work: Work, account: HeldAccount, document: int | None, area: str) -> Standing:
    """How a held account stands for a document, by key; None for one that is not stored yet."""
    row = await work.connection.fetchrow(STANDING, account.id, account.today, document or NONE, area)
    limit = row["limit"]
    positions = (*_of_items(json.loads(row["items"] or "[]")), *_of_owed(json.loads(row["owed"] or "[]")))
    return Standing(None if limit is None else limit + row["granted"], positions)


def _of_items(rows: Iterable[Sequence[Any]]) -> Iterator[Position]:
    for day, *values in rows:
        for bucket, value in zip(OF_ITEMS, values, strict=True):
            if amount := Decimal(value):
                yield Position(bucket, None if day is None else date.fromisoformat(day), amount)


def _of_owed(rows: Iterable[Sequence[Any]]) -> Iterator[Position]:
    for day, value in rows:
        yield Position(Bucket.RECEIVABLES, date.fromisoformat(day), Decimal(value))


async def _begin(work: Journal, payers: Sequence[int], companies: Sequence[str]) -> None:
    """Begin the accounts that are lacking, as the control areas say; of two at once the second waits for the first."""
    await work.connection.execute(BEGUN, list(payers), list(companies), work.now)


async def move_positions(work: Work, payer_id: int, control_area: str) -> None:
    """Let all that a payer's documents hold in a control area count on the account that it counts on now.

    Both accounts are held, so that no check at the same time sees it on neither.
    """
    row = await work.connection.fetchrow(POINTED, payer_id, control_area)
    if row is None:
        return
    target = (await accounts_of(work, {(payer_id, row["company_code"])}))[payer_id, row["company_code"]][0]
    await work.connection.fetch(HOLD_ALL, [target, *row["accounts"]])
    for statement in MOVED:
        await work.connection.execute(statement, payer_id, control_area, target)


# ------------------------------------------------------------------------------------------------------- what is owed


async def owe(work: Work, items: Sequence[OpenItem]) -> None:
    """Store open items: each counts on its payer's account from now on, at the rate of its day. Raises Invalid without one."""
    accounts = await accounts_of(work, {(each.payer_id, each.company_code) for each in items})
    for each in items:
        each.credit_account_id, currency = accounts[each.payer_id, each.company_code]
        each.credit_rate = await rate_between(work, each.currency, currency, each.baseline_date)
        await work.add(each)


async def accounts_of(work: Journal, wanted: Set[tuple[int, str]]) -> Mapping[tuple[int, str], tuple[int, str]]:
    """Key and currency of the account of each payer in each company code; each is looked for once in a transaction."""
    known: dict[tuple[int, str], tuple[int, str]] = await work.once("credit accounts", _none_yet)
    lacking = sorted(wanted - known.keys())
    if lacking:
        arguments = [payer for payer, _ in lacking], [company for _, company in lacking]
        rows = await work.connection.fetch(FOUND, *arguments)
        if len(rows) < len(lacking):
            await _begin(work, *arguments)
            rows = await work.connection.fetch(FOUND, *arguments)
        known |= {(row["payer_id"], row["company_code"]): (row["id"], row["currency"]) for row in rows}
    return known


async def _none_yet() -> dict[tuple[int, str], tuple[int, str]]:
    return {}


async def rate_between(work: Journal, currency: str, other: str, day: date) -> Decimal:
    """What one unit of a currency counts for in another on a day. Raises Invalid (PAYMENT_RATE) without a rate."""
    if currency == other:
        return ONE
    return await work.once(("rate", currency, other, day), lambda: _rate(work, currency, other, day))


async def _rate(work: Journal, currency: str, other: str, day: date) -> Decimal:
    pieces = await pieces_now(fetch_in(work.connection))
    rate = exchange_rate(pieces.exchange_rates, currency, other, day)
    if rate is None:
        raise Invalid.because("PAYMENT_RATE", "currency", currency=currency, other=other, day=day.isoformat())
    return rounded(converted(ONE, rate), RATE_PLACES)


def credit_price(item: SalesItem, rate: Decimal) -> Decimal | None:
    """What one unit of an item counts for at a rate: what its pricing procedure keeps for that, else its value with taxes;
    as before where nothing of it is kept.
    """
    kept, value = item.quantities.kept, item.gross_value if item.credit_value is None else item.credit_value
    if not kept:
        return item.credit_price
    return rounded(EXACT.divide(EXACT.multiply(value, rate), kept), PRICE_PLACES)
