"""What counts on credit accounts, worked out anew from the documents themselves, beside what is kept; and mended from it.

Kept is what the rows of items say of themselves (`credit_positions`); the fold adds up deliveries, billing documents and
clearings. The two are equal at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.execution.journal import Journal
from api.resolvers.credit_accounts import accounts_of, credit_price, rate_between
from api.resolvers.orders_content import content
from domain.credit.status import Bucket
from models.organization import SalesOrganization
from models.payment import OpenItem
from models.sales_document import SalesDocument, SalesItem

STANDS = "d.approval_status in ('NOT_NEEDED', 'APPROVED') and d.credit_status not in ('NOT_APPROVED', 'REJECTED')"
COUNTS = f"""case when not ({STANDS}) then 0
    when d.credit_status = 'PARTIALLY_RELEASED' then i.credit_quantity
    when i.item_category = any($1) then least(
        coalesce((select sum(l.confirmed) from schedule_lines l where l.item_id = i.id), 0), i.quantity - i.rejected)
    else i.quantity - i.rejected end"""
"""How much of an item counts: nothing of a document that does not stand, else what is promised, or kept where nothing is."""
BILLED = """select sum(b.quantity) from billing_items b join billing_documents v on v.id = b.billing_id
    where b.item_id = i.id and v.cancelled_by_id is null and v.category in ('INVOICE', 'CREDIT_MEMO', 'DEBIT_MEMO')"""
SETTLED = """select sum(c.paid + c.discount_net + c.discount_tax + c.residual)
    from clearings c join payments p on p.id = c.payment_id where c.open_item_id = o.id and p.reset_at is null"""
GONE = """b.cancelled_by_id is not null or o.kind = 'RESIDUAL' and not exists (
    select 1 from clearings c join payments p on p.id = c.payment_id where c.residual_item_id = o.id and p.reset_at is null)"""
FOLD = f"""
    select i.credit_account_id as account, i.document_id, p.bucket, p.quantity * i.credit_price as value
    from sales_items i join sales_documents d on d.id = i.document_id
    cross join lateral (select coalesce((select sum(x.quantity) from delivery_items x where x.item_id = i.id), 0) as delivered,
                               coalesce(({BILLED}), 0) as billed, {COUNTS} as counts) f
    cross join lateral (values
        ('OPEN_ORDERS', greatest(least(f.counts, i.quantity - i.rejected) - greatest(f.delivered, f.billed), 0)),
        ('OPEN_DELIVERIES', greatest(f.delivered - f.billed, 0))) p (bucket, quantity)
    where i.credit_account_id is not null and i.credit_price > 0
    union all
    select o.credit_account_id, null, 'RECEIVABLES',
           case when {GONE} then 0 else (o.amount - coalesce(({SETTLED}), 0)) * o.credit_rate end
    from open_items o left join billing_documents b on b.id = o.billing_id where o.credit_account_id is not null"""
DIFFERENCES = f"""
    select coalesce(k.account, f.account) as account, coalesce(k.bucket, f.bucket) as bucket, c.number, a.credit_control_area,
           coalesce(k.value, 0) as kept, coalesce(f.value, 0) as folded
    from (select account_id as account, bucket, sum(value) as value from credit_positions group by 1, 2) k
    full join (select account, bucket, sum(value) as value from ({FOLD}) each group by 1, 2) f
        on f.account = k.account and f.bucket = k.bucket
    join credit_accounts a on a.id = coalesce(k.account, f.account) join customers c on c.id = a.customer_id
    where coalesce(k.value, 0) <> coalesce(f.value, 0) order by 1, 2"""
UNCOUNTED_ITEMS = """select i.id from sales_items i join sales_documents d on d.id = i.document_id
    where d.category = 'SALES_ORDER' and i.credit_account_id is null order by i.id"""
UNCOUNTED_OPEN = "select id from open_items where credit_account_id is null order by id"
MISCOUNTED = f"""update sales_items t set credit_quantity = n.counts
    from (select i.id, {COUNTS} as counts from sales_items i join sales_documents d on d.id = i.document_id
          where i.credit_account_id is not null) n
    where n.id = t.id and n.counts <> t.credit_quantity returning t.id, t.document_id, t.line_number"""
AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """An account whose kept sum of a bucket is not the one that its documents come to."""

    account: int
    customer: str
    credit_control_area: str
    bucket: Bucket
    kept: Decimal
    folded: Decimal


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: differences, and rows that count on no account."""

    differences: tuple[Difference, ...]
    uncounted_items: int
    uncounted_open_items: int

    @property
    def holds(self) -> bool:
        """Whether everything adds up."""
        return not (self.differences or self.uncounted_items or self.uncounted_open_items)


def confirmed_categories() -> list[str]:
    """The item categories that availability is checked for."""
    return [code for code, each in content().item_categories.items() if each.confirmed]


async def verify(connection: Any) -> Verified:
    """Compare what is kept with what the documents come to; the connection is to read in one snapshot."""
    rows = await connection.fetch(DIFFERENCES, confirmed_categories())
    items, open_items = await connection.fetch(UNCOUNTED_ITEMS), await connection.fetch(UNCOUNTED_OPEN)
    found = tuple(
        Difference(row["account"], row["number"], row["credit_control_area"], Bucket[row["bucket"]], row["kept"], row["folded"])
        for row in rows
    )
    return Verified(found, len(items), len(open_items))


async def rebuild(journal: Journal) -> list[str]:
    """Let every order and open item count on its account as its documents say; a line for each row that was mended.

    What the sums on the items themselves say is not touched: `verify` names it.
    """
    log = [
        *await _count_items(journal, [row["id"] for row in await journal.connection.fetch(UNCOUNTED_ITEMS)]),
        *await _count_open(journal, [row["id"] for row in await journal.connection.fetch(UNCOUNTED_OPEN)]),
    ]
    mended = await journal.connection.fetch(MISCOUNTED, confirmed_categories())
    return [*log, *(f"order {row['document_id']} line {row['line_number']}: counts as its documents say" for row in mended)]


async def _count_items(journal: Journal, ids: Sequence[int]) -> list[str]:
    """Let items that count on no account count on their payer's, at the rate of their documents' prices."""
    log = []
    for begin in range(0, len(ids), AT_A_TIME):
        items = await SalesItem.filter(id__in=ids[begin : begin + AT_A_TIME]).order_by("id")
        documents = {each.id: each for each in await SalesDocument.filter(id__in=[each.document_id for each in items])}
        companies = {each.code: each.company_code for each in await SalesOrganization.all()}
        places = {each.id: (each.payer_id, companies[each.sales_organization]) for each in documents.values()}
        accounts = await accounts_of(journal, set(places.values()))
        for item in items:
            document = documents[item.document_id]
            item.credit_account_id, currency = accounts[places[document.id]]
            rate = await rate_between(journal, document.currency, currency, document.pricing_date)
            item.credit_price = credit_price(item, rate)
            item.credit_on = item.requested_date or document.order_date
            await item.save(update_fields=["credit_account_id", "credit_price", "credit_on"])
            log.append(f"order {document.number} line {item.line_number}: counts on account {item.credit_account_id}")
    return log


async def _count_open(journal: Journal, ids: Sequence[int]) -> list[str]:
    """Let open items that count on no account count on their payer's, at the rate of their day."""
    log = []
    for begin in range(0, len(ids), AT_A_TIME):
        items = await OpenItem.filter(id__in=ids[begin : begin + AT_A_TIME]).order_by("id")
        accounts = await accounts_of(journal, {(each.payer_id, each.company_code) for each in items})
        for item in items:
            item.credit_account_id, currency = accounts[item.payer_id, item.company_code]
            item.credit_rate = await rate_between(journal, item.currency, currency, item.baseline_date)
            await item.save(update_fields=["credit_account_id", "credit_rate"])
            log.append(f"open item {item.id}: counts on account {item.credit_account_id}")
    return log
