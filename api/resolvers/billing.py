"""Billing documents: made of what is due of deliveries and orders, split where headers differ, cancelled as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from api.execution import global_id
from api.execution.command import Work, given, working
from api.execution.waiting import Waiting
from api.resolvers.billing_due import BY_DELIVERY, Due, due_of_deliveries, due_of_orders, refusals_of_due
from api.resolvers.billing_taxes import Taxed, taxed_anew
from api.resolvers.credit_accounts import accounts_of, owe
from api.resolvers.document_steps import Behind, behind, business_day, demand_on, refresh_behind
from api.resolvers.flow import BILLING, DELIVERY, SALES, Followed, Point, join_flow
from api.resolvers.orders_content import GROUP_CURRENCY, content, terms_of
from api.resolvers.pieces import Pieces, fetch_in, pieces_now
from domain.activity import Activity
from domain.caller import Caller
from domain.errors import Invalid, Refusal, refuse_if_any
from domain.orders.billing import (
    BillingHeader,
    DueItem,
    Invoice,
    Part,
    TaxedLine,
    invoices_of,
    is_posted,
    line_taxes,
    receivable,
    refusals_of_vat,
    tax_groups,
    value_of_part,
)
from domain.orders.categories import DocumentCategory
from domain.orders.copy_control import QuantityEffect
from domain.orders.payment_terms import DuePart, due_parts
from domain.orders.payments import in_currency
from domain.orders.splitting import reason_of_split
from domain.orders.statuses import status_by_quantity
from domain.pricing.currencies import minor_unit
from models.billing import BillingDocument, BillingItem, BillingTax
from models.delivery import Delivery, DeliveryItem
from models.organization import CompanyCode, SalesOrganization
from models.payment import OpenItem, OpenItemKind
from models.sales_document import DocumentHeader, MemoRequest, SalesOrder

ZERO, ONE = Decimal(0), Decimal(1)
STEP = 10
PRO_FORMA = "F8"
VAT_COUNTRY = "CN"
BILLED = """select i.item_id, sum(i.quantity) as quantity, sum(i.net_value) as net, sum(i.cost) as cost
    from billing_items i join billing_documents b on b.id = i.billing_id
    where i.item_id = any($1) and b.cancelled_by_id is null and b.category in ('INVOICE', 'CREDIT_MEMO', 'DEBIT_MEMO')
    group by i.item_id"""


async def create_billing_documents(caller: Caller | None, input: Any, made: list[int]) -> BillingDocument:
    """Bill what is due of deliveries, orders and memo requests, in as few documents as may be; the first of them.

    Raises NotFound, Forbidden, Invalid, Refused with everything that stands against it.
    """
    async with working(Waiting, caller, input, "createBillingDocument") as work:
        deliveries = await work.lock_each(Delivery, "Delivery", list(input.deliveries), "deliveries")
        lines = await DeliveryItem.filter(delivery_id__in=[x.id for x in deliveries]).order_by("delivery_id", "line_number")
        orders = await _orders(work, list(input.sales_orders or ()), "salesOrders")
        if not deliveries and not orders:
            raise Invalid.because("ITEMS_RANGE", "deliveries", found=0, most=1000)
        found = await behind(work, [*(line.document_id for line in lines), *(each.id for each in orders)])
        for line in lines:
            work.keep(line)
        due = [*due_of_deliveries(found, deliveries, lines), *due_of_orders(found, orders)]
        held = Held(deliveries, lines)
        if input.pro_forma:
            due = [replace(each, type=content().types.billing_types[PRO_FORMA]) for each in due]
        refuse_if_any(refusals_of_due(found, due))
        documents = await bill(work, found, due, held, input.billing_date if given(input.billing_date) else None)
        work.subject = documents[0]
        for each in documents:
            area = _area(each)
            demand_on(work, "billing_document", Activity.CREATE, area, measure=each.group_value)
        made.extend(each.id for each in documents)
    return documents[0]


async def made_with(key: int) -> list[int]:
    """The documents that were made in the same command as one, by key."""
    one = await BillingDocument.get(id=key)
    found = await BillingDocument.filter(created_at=one.created_at, created_by=one.created_by).order_by("id")
    return [each.id for each in found]


def _area(document: Any) -> Any:
    return document.sales_organization, document.distribution_channel, document.division


async def _orders(work: Work, ids: Sequence[str], path: str) -> list[DocumentHeader]:
    kinds: Mapping[str, type[DocumentHeader]] = {"SalesOrder": SalesOrder, "MemoRequest": MemoRequest}
    by_type: dict[str, list[str]] = {}
    for place, id in enumerate(dict.fromkeys(ids)):
        type_name, _ = global_id.decode(id, f"{path}.{place}")
        if type_name not in kinds:
            raise Invalid.because("ID_MALFORMED", f"{path}.{place}")
        by_type.setdefault(type_name, []).append(id)
    found: list[DocumentHeader] = []
    for type_name, some in by_type.items():
        found += await work.lock_each(kinds[type_name], type_name, some, path)
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """The deliveries that are billed, with all of their lines."""

    deliveries: Sequence[Delivery]
    lines: Sequence[DeliveryItem]

    async def refresh(self, work: Work) -> None:
        """Bring the deliveries in step with their lines."""
        sums: dict[int, tuple[Decimal, Decimal]] = {}
        for line in self.lines:
            if line.billed_by in BY_DELIVERY and line.quantity:
                billed, whole = sums.get(line.delivery_id, (ZERO, ZERO))
                sums[line.delivery_id] = (billed + line.billed, whole + line.quantity)
        for delivery in self.deliveries:
            if delivery.id in sums:
                delivery.billing_status = status_by_quantity(*sums[delivery.id])
                await work.put(delivery)


async def bill(work: Waiting, found: Behind, due: Sequence[Due], held: Held, on: date | None) -> list[BillingDocument]:
    """Make billing documents of due items: numbered without gaps, with their taxes and what is owed because of them."""
    pieces = await pieces_now(fetch_in(work.connection))
    day = on or await business_day(work, due[0].document.sales_organization)
    companies = await _companies(work, {each.document.sales_organization for each in due})
    headers = {each.key: _header(each, companies[each.document.sales_organization], day) for each in due}
    groups = invoices_of([DueItem(each.key, headers[each.key]) for each in due])
    by_key = {each.key: each for each in due}
    parts, taxed = await _billed_before(work, due), await taxed_anew(work, pieces, due, day)
    made: list[tuple[BillingDocument, list[BillingItem], list[Due], Invoice]] = []
    for place, group in enumerate(groups):
        rows = [by_key[item.key] for item in group.items]
        document = _document(work, group, rows[0], companies[rows[0].document.sales_organization], day)
        reason = reason_of_split(groups, place)
        document.split_by = None if reason is None else ",".join(reason.fields)
        items = _items(document, rows, parts, taxed)
        _sum_up(document, items, pieces)
        made.append((document, items, rows, group))
    refuse_if_any(_vat_refusals(made, companies))
    numbers = await _numbers(work, [document for document, *_ in made])
    await work.reserve({BillingDocument: len(made), BillingItem: len(due), BillingTax: len(made), OpenItem: len(made)})
    await accounts_of(work, {(document.payer_id, document.company_code) for document, *_ in made})
    links: list[Followed] = []
    for (document, items, rows, _), number in zip(made, numbers, strict=True):
        document.number = number
        await work.create(document)
        links += await _keep(work, document, items, rows)
    await held.refresh(work)
    await refresh_behind(work, found, [each.item for each in due])
    await work.flush()
    await join_flow(work, links)
    return [document for document, *_ in made]


async def _companies(work: Work, organizations: Iterable[str]) -> Mapping[str, CompanyCode]:
    found = {}
    for code in sorted(organizations):
        found[code] = await company_of(work, code)
    return found


async def company_of(work: Work, organization: str) -> CompanyCode:
    """The company code of a sales organization."""
    row = await work.once(("sales organization", organization), lambda: SalesOrganization.get(code=organization))
    return await work.once(("company code", row.company_code), lambda: CompanyCode.get(code=row.company_code))


def _header(due: Due, company: CompanyCode, day: date) -> BillingHeader:
    document = due.document
    return BillingHeader(
        billing_type=due.type.code,
        company_code=company.code,
        sales_organization=document.sales_organization,
        distribution_channel=document.distribution_channel,
        division=document.division,
        sold_to=str(document.sold_to_id),
        bill_to=str(document.bill_to_id),
        payer=str(document.payer_id),
        billing_date=day,
        payment_terms=document.payment_terms or "",
        payment_method=document.payment_method or "",
        incoterms=document.incoterms or "",
        currency=document.currency,
    )


async def _billed_before(work: Work, due: Sequence[Due]) -> dict[int, tuple[Part, Decimal]]:
    """What was billed of each item, and the cost of that."""
    rows = await work.connection.fetch(BILLED, [each.item.id for each in due])
    return {row["item_id"]: (Part(row["quantity"], row["net"]), row["cost"] or ZERO) for row in rows}


def _document(work: Work, group: Invoice, first: Due, company: CompanyCode, day: date) -> BillingDocument:
    header = group.header
    return BillingDocument(
        billing_type=first.type.code,
        category=first.type.category,
        company_code=company.code,
        sales_organization=header.sales_organization,
        distribution_channel=header.distribution_channel,
        division=header.division,
        sold_to_id=int(header.sold_to),
        bill_to_id=int(header.bill_to),
        payer_id=int(header.payer),
        billing_date=day,
        payment_terms=header.payment_terms or None,
        incoterms=header.incoterms or None,
        currency=header.currency,
        created_by=work.by,
        created_at=work.now,
    )


def _items(
    document: BillingDocument, rows: Sequence[Due], parts: dict[int, tuple[Part, Decimal]], taxed: Mapping[str, Taxed]
) -> list[BillingItem]:
    """The lines of a document; of an item billed in parts, the last one takes what is left of its value."""
    unit = minor_unit(document.currency)
    items = []
    for place, due in enumerate(rows, 1):
        item, whole = due.item, due.item.quantities.kept
        before, cost_before = parts.get(item.id, (Part(), ZERO))
        now = taxed.get(due.key) or Taxed(item.net_value, item.tax_rate or ZERO)
        if now.net != item.net_value:
            before = Part(before.quantity, value_of_part(now.net, whole, Part(), before.quantity, unit))
        net = value_of_part(now.net, whole, before, due.quantity, unit)
        cost = None
        if item.cost is not None:
            cost = value_of_part(item.cost, whole, Part(before.quantity, cost_before), due.quantity, unit)
        parts[item.id] = (Part(before.quantity + due.quantity, before.value + net), cost_before + (cost or ZERO))
        items.append(
            BillingItem(
                line_number=place * STEP,
                item_id=item.id,
                document_id=item.document_id,
                delivery_item_id=due.line.id if due.line else None,
                material_id=item.material_id,
                description=item.description,
                quantity=due.quantity,
                unit=item.unit,
                net_price=round(net / due.quantity, 6),
                net_value=net,
                tax_rate=now.rate,
                cost=cost,
                currency=document.currency,
            )
        )
    taxes = line_taxes([TaxedLine(each.net_value, each.tax_rate) for each in items], unit)
    for each, tax in zip(items, taxes, strict=True):
        each.tax_amount, each.gross_value = tax, each.net_value + tax
    return items


def _sum_up(document: BillingDocument, items: Sequence[BillingItem], pieces: Pieces) -> None:
    for name in ("net_value", "tax_amount", "gross_value"):
        setattr(document, name, sum((getattr(each, name) for each in items), ZERO))
    costs = [each.cost for each in items if each.cost is not None]
    document.cost = sum(costs, ZERO) if costs else None
    document.group_value = in_currency(
        document.net_value, document.currency, GROUP_CURRENCY, pieces.exchange_rates, document.billing_date, "billingDate"
    )


def _vat_refusals(made: Sequence[Any], companies: Mapping[str, CompanyCode]) -> tuple[Refusal, ...]:
    """Why the tax authority's system would not take an invoice of a Chinese company code."""
    refusals: list[Refusal] = []
    for document, items, *_ in made:
        if companies[document.sales_organization].country == VAT_COUNTRY and is_posted(document.category):
            refusals += refusals_of_vat(
                [TaxedLine(each.net_value, each.tax_rate) for each in items],
                [each.tax_amount for each in items],
                [each.net_price for each in items],
                [each.quantity for each in items],
            )
    return tuple(refusals)


async def _numbers(work: Work, documents: Sequence[BillingDocument]) -> list[str]:
    """A number for each, drawn last of all, range by range in the order of their names."""
    types = content().types.billing_types
    ranges = [types[each.billing_type].number_range for each in documents]
    drawn = {name: iter(await work.next_numbers(name, ranges.count(name))) for name in sorted(set(ranges))}
    return [next(drawn[name]) for name in ranges]


async def _keep(work: Work, document: BillingDocument, items: Sequence[BillingItem], rows: Sequence[Due]) -> list[Followed]:
    """Store a document's lines, taxes and open items, count what it bills; the links to what it follows."""
    unit, posted = minor_unit(document.currency), is_posted(document.category)
    for each in items:
        each.billing_id = document.id
        await work.add(each)
    for group in tax_groups([TaxedLine(each.net_value, each.tax_rate) for each in items], unit):
        await work.add(
            BillingTax(
                billing_id=document.id,
                rate=group.rate,
                net_value=group.net,
                tax_amount=group.tax,
                currency=document.currency,
            )
        )
    if posted:
        await _owe(work, document)
    effect = QuantityEffect.BILLED if posted else QuantityEffect.NONE
    links = []
    for item, due in zip(items, rows, strict=True):
        if posted:
            due.item.billed += due.quantity
            due.item.posted += due.quantity
        if posted and due.line is not None and due.delivery is not None:
            due.line.billed += due.quantity
            await work.put(due.line)
        if due.line is not None and due.delivery is not None:
            before = Point(DELIVERY, due.delivery.id, due.line.line_number)
        else:
            before = Point(SALES, due.document.id, due.item.line_number)
        after = Point(BILLING, document.id, item.line_number)
        links.append(Followed(before, after, effect, due.quantity, item.unit, item.net_value, document.currency))
    return links


async def _owe(work: Work, document: BillingDocument) -> None:
    """What the payer owes because of a document, part by part as its terms have it."""
    amount = receivable(document.category, document.gross_value)
    parts = _due_parts(document, amount)
    document.due_date, document.open_amount = max(part.due for part in parts), amount
    kind = OpenItemKind.INVOICE if document.category is DocumentCategory.INVOICE else OpenItemKind.MEMO
    items = [
        OpenItem(
            kind=kind,
            company_code=document.company_code,
            payer_id=document.payer_id,
            sales_organization=document.sales_organization,
            distribution_channel=document.distribution_channel,
            division=document.division,
            billing_id=document.id,
            baseline_date=document.billing_date,
            due_date=part.due,
            currency=document.currency,
            amount=part.amount,
            open=part.amount,
        )
        for part in parts
    ]
    await owe(work, items)


def _due_parts(document: BillingDocument, amount: Decimal) -> tuple[DuePart, ...]:
    terms = terms_of(document.payment_terms)
    if terms is None:
        return (DuePart(document.billing_date, amount),)
    return due_parts(terms, document.billing_date, amount, minor_unit(document.currency))
