"""What credit accounts tell: of single ones the age of what is owed and what would free room, of all in a scope their sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from api.auth.predicates import Bindings
from api.execution.reads import Reads
from api.execution.visible import visible
from domain.credit.exposure import Exposure, Position, exposure
from domain.credit.insight import (
    AgeClass,
    Room,
    ageing,
    days_sales_outstanding,
    forecast,
    overdue_share,
    room,
)
from domain.credit.status import Bucket
from domain.errors import Invalid
from models.billing import BillingDocument
from models.credit import CreditAccount
from models.organization import CreditControlArea

FORECAST_DAYS = (0, 7, 14, 30, 60, 90)
SALES_DAYS = 90
ZERO = Decimal(0)
POSITIONS = """select p.account_id, p.bucket, p.day, sum(p.value) as value from credit_positions p
    where p.account_id = any({accounts}) group by p.account_id, p.bucket, p.day, p.value > 0"""
TODAY = """select a.id, d.today, credit_limit(a.id, d.today) as limit
    from credit_accounts a join credit_control_areas c on c.code = a.credit_control_area
    cross join lateral (select (now() at time zone c.time_zone)::date as today) d where a.id = any({accounts})"""
INVOICES = """select o.credit_account_id as account_id, o.due_date, b.id, b.number, o.open * o.credit_rate as value
    from open_items o join billing_documents b on b.id = o.billing_id
    where o.credit_account_id = any({accounts}) and o.open > 0 and {seen} order by o.due_date, b.id"""
AREA = """select c.currency, (now() at time zone c.time_zone)::date as today from credit_control_areas c
    where c.code = {code} and {seen}"""
SUMMED = """select p.bucket, p.day, sum(p.value) as value from credit_positions p
    where {inside} and exists (
        select 1 from credit_accounts a where a.id = p.account_id and a.credit_control_area = {code} and {seen})
    group by p.bucket, p.day, p.value > 0"""
LIMITS = """select count(*) as accounts, coalesce(sum(credit_limit(a.id, {today})), 0) as limit
    from credit_accounts a where a.credit_control_area = {code} and {seen}"""
SALES = """select coalesce(sum(o.amount * o.credit_rate), 0) as sales from open_items o
    join credit_accounts a on a.id = o.credit_account_id
    where a.credit_control_area = {code} and {seen} and o.kind in ('INVOICE', 'MEMO')
      and o.baseline_date > {since} and {inside}"""


@dataclass(frozen=True, slots=True)
class Freeing:
    """An invoice whose payment would free room."""

    number: str
    due: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class AccountInsight:
    """What one account tells: by how long what is owed is overdue, how much more can be ordered when, and what frees it."""

    classes: tuple[AgeClass, ...]
    overdue: Decimal
    room: Room | None
    invoices: tuple[Freeing, ...]


async def insights_of(reads: Reads, accounts: Sequence[int]) -> Mapping[int, AccountInsight]:
    """What accounts tell that the caller sees; of their invoices those that they may see too."""
    authority = await reads.authority()
    bindings = Bindings()
    wanted = bindings.bind(list(accounts), "bigint[]")
    days = {row["id"]: row for row in await reads.fetch(TODAY.format(accounts=wanted), bindings)}
    positions: dict[int, list[Position]] = {each: [] for each in accounts}
    for row in await reads.fetch(POSITIONS.format(accounts=wanted), bindings):
        positions[row["account_id"]].append(Position(Bucket[row["bucket"]], row["day"], row["value"]))
    bound = Bindings()
    wanted, seen = bound.bind(list(accounts), "bigint[]"), visible(authority, BillingDocument.access, "b", bound)
    invoices: dict[int, list[Freeing]] = {each: [] for each in accounts}
    for row in await reads.fetch(INVOICES.format(accounts=wanted, seen=seen), bound):
        invoices[row["account_id"]].append(Freeing(row["number"], row["due_date"], row["value"]))
    return {
        each: _insight(positions[each], tuple(invoices[each]), days[each]["today"], days[each]["limit"]) for each in accounts
    }


def _insight(
    positions: Sequence[Position], invoices: tuple[Freeing, ...], today: date, limit: Decimal | None
) -> AccountInsight:
    found = None if limit is None else room(limit, positions, today)
    return AccountInsight(ageing(positions, today), overdue_share(positions, today, 0), found, invoices)


@dataclass(frozen=True, slots=True)
class AreaInsight:
    """What the accounts of a control area tell that the caller sees, in its currency."""

    currency: str
    accounts: int
    limit: Decimal
    exposure: Exposure
    classes: tuple[AgeClass, ...]
    overdue: Decimal
    days_sales_outstanding: Decimal | None
    days: tuple[date, ...]
    forecast: tuple[Decimal, ...]


async def insight_of_area(reads: Reads, code: str, organization: str | None) -> AreaInsight:
    """The sums over the accounts of a control area within the caller's scope; of one sales organization's documents, if one is
    named. Raises Invalid (CODE_UNKNOWN).
    """
    authority = await reads.authority()

    def bound() -> tuple[Bindings, dict[str, str]]:
        bindings = Bindings()
        parts = {"code": bindings.bind(code, "text"), "seen": visible(authority, CreditAccount.access, "a", bindings)}
        return bindings, parts

    area = Bindings()
    named = {"code": area.bind(code, "text"), "seen": visible(authority, CreditControlArea.access, "c", area)}
    rows = await reads.fetch(AREA.format(**named), area)
    if not rows:
        raise Invalid.because("CODE_UNKNOWN", "creditControlArea", value=code[:40])
    today, currency = rows[0]["today"], rows[0]["currency"]
    bindings, parts = bound()
    inside = "true" if organization is None else f"p.sales_organization = {bindings.bind(organization, 'text')}"
    found = await reads.fetch(SUMMED.format(inside=inside, **parts), bindings)
    positions = tuple(Position(Bucket[row["bucket"]], row["day"], row["value"]) for row in found)
    bindings, parts = bound()
    (limits,) = await reads.fetch(LIMITS.format(today=bindings.bind(today, "date"), **parts), bindings)
    sales = await _sales(reads, *bound(), today - timedelta(days=SALES_DAYS), organization)
    days = tuple(today + timedelta(days=each) for each in FORECAST_DAYS)
    sums = exposure(positions)
    return AreaInsight(
        currency=currency,
        accounts=limits["accounts"],
        limit=limits["limit"],
        exposure=sums,
        classes=ageing(positions, today),
        overdue=overdue_share(positions, today, 0),
        days_sales_outstanding=days_sales_outstanding(sums.receivables, sales, SALES_DAYS),
        days=days,
        forecast=forecast(positions, days),
    )


async def _sales(reads: Reads, bindings: Bindings, parts: Mapping[str, str], since: date, organization: str | None) -> Decimal:
    inside = "true" if organization is None else f"o.sales_organization = {bindings.bind(organization, 'text')}"
    (row,) = await reads.fetch(SALES.format(since=bindings.bind(since, "date"), inside=inside, **parts), bindings)
    sales: Decimal = row["sales"]
    return sales
