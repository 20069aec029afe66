"""What must hold of sales documents, deliveries, billing documents, payments and stock at every moment, by their rows.

The rows are read by plain SQL and added up here; of the server's code only the rules of `domain/` and which fields a model tells
of are used. What does not hold is told as text, each with the row that it is about.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import asyncpg
from tortoise import Model, fields

from api.execution.journal import UNTRACKED, text_of_value
from domain.orders.approvals import ApprovalStatus, Figures, Proposal, approvals_needed
from domain.orders.billing import is_posted, receivable
from domain.orders.categories import DocumentCategory
from domain.orders.content import content_of
from domain.orders.deliveries import DeliveredPart, value_of_delivery
from domain.orders.item_categories import relevant_axes
from domain.orders.quantities import BillingBasis, ItemQuantities, broken_balances
from domain.orders.statuses import (
    Axis,
    AxisStatus,
    DocumentStanding,
    ItemStanding,
    folded,
    status_by_quantity,
    status_of_document,
    statuses_of_document,
    statuses_of_item,
)
from models.billing import BillingDocument
from models.delivery import Delivery, DeliveryItem
from models.payment import OpenItem, Payment
from models.sales_document import AXES, SalesDocument, SalesItem

CONTENT = content_of((Path(__file__).parents[2] / "policies" / "orders.toml").read_text("utf-8"))
ZERO, CENT = Decimal(0), Decimal("0.01")
Row = Mapping[str, Any]

OWN = (
    *("sales_documents", "sales_items", "schedule_lines", "deliveries", "delivery_items", "goods_issues", "goods_movements"),
    *("billing_documents", "billing_items", "billing_taxes", "open_items", "payments", "clearings", "document_links"),
    *("delivery_approvals", "payment_approvals"),
)
"""The tables whose rows a walk makes."""
TOLD: Mapping[str, type[Model]] = {
    "sales_documents": SalesDocument,
    "sales_items": SalesItem,
    "deliveries": Delivery,
    "delivery_items": DeliveryItem,
    "billing_documents": BillingDocument,
    "open_items": OpenItem,
    "payments": Payment,
}
"""The tables whose changes are told of, field by field."""
WORKED_OUT: Mapping[str, frozenset[str]] = {
    "sales_items": frozenset({"net_price", "net_value", "tax_amount", "gross_value", "cost", "tax_rate", "target_value"}),
    "sales_documents": frozenset({"net_value", "tax_amount", "gross_value", "cost", "discount_percent", "margin_percent"}),
    "delivery_items": frozenset({"base_quantity"}),
    "open_items": frozenset({"amount"}),
}
"""What nobody enters, though a change document may tell of it."""


@dataclass
class Rows:
    """The rows of all tables, each by its key, as they were at one moment."""

    tables: dict[str, dict[int, Row]]
    stock: dict[tuple[int, str, str], Decimal]
    expected: dict[tuple[int, str], Decimal]
    """What is planned to come less what is reserved, of a material in a plant."""
    positions: dict[tuple[int, int | None, str], Decimal] = field(default_factory=dict)
    """What the house says that counts on credit accounts: by account, document (None for what is owed) and bucket."""
    limits: dict[int, Decimal | None] = field(default_factory=dict)
    """What each account may come to today; None for one that is blocked."""
    versions: dict[int, int] = field(default_factory=dict)
    """Of each account."""
    changes: list[Row] = field(default_factory=list)
    last_change: int = 0

    def of(self, table: str, column: str) -> dict[Any, list[Row]]:
        """The rows of a table by what a column says."""
        found: dict[Any, list[Row]] = defaultdict(list)
        for row in self.tables[table].values():
            found[row[column]].append(row)
        return found

    def each(self, table: str) -> Iterable[Row]:
        return self.tables[table].values()


async def read_rows(database: asyncpg.Connection, since: Mapping[str, int], last_change: int) -> Rows:
    """The rows made since some keys, all stock, and the change documents after the last one."""
    async with database.transaction(isolation="repeatable_read", readonly=True):
        tables = {}
        for table in OWN:
            found = await database.fetch(f"select * from {table} where id > $1 order by id", since.get(table, 0))
            tables[table] = {row["id"]: dict(row) for row in found}
        stock = await database.fetch("select material_id, plant, storage_location, quantity from stock")
        expected = await database.fetch(
            "select material_id, plant, sum(quantity) as quantity from planned_movements group by material_id, plant"
        )
        positions = await database.fetch(
            "select account_id, document_id, bucket, sum(value) as value from credit_positions group by 1, 2, 3"
        )
        accounts = await database.fetch("select id, limit_amount, version, block from shown_credit_accounts")
        changes = await database.fetch("select * from change_documents where id > $1 order by id", last_change)
    return Rows(
        tables,
        {(row["material_id"], row["plant"], row["storage_location"]): row["quantity"] for row in stock},
        {(row["material_id"], row["plant"]): row["quantity"] for row in expected},
        {(row["account_id"], row["document_id"], row["bucket"]): row["value"] for row in positions},
        {row["id"]: None if row["block"] else row["limit_amount"] for row in accounts},
        {row["id"]: row["version"] for row in accounts},
        [dict(row) for row in changes],
        changes[-1]["id"] if changes else last_change,
    )


# -------------------------------------------------------------------------------------------------------------- all of it


def faults(rows: Rows, before: Rows, first_stock: Mapping[tuple[int, str, str], Decimal]) -> list[str]:
    """Everything that does not hold of the rows, and what changed since they were read before and is told nowhere."""
    return [
        fault
        for check in (
            quantities,
            schedule,
            values,
            statuses,
            deliveries,
            approvals,
            billing,
            receivables,
            links,
            returns,
            credit,
        )
        for fault in check(rows)
    ] + [*moved(rows, first_stock), *told(rows, before), *within_limits(rows, before)]


def total(rows: Iterable[Row], column: str) -> Decimal:
    return sum((row[column] for row in rows), ZERO)


def differ(what: str, row: Row, kept: Any, worked_out: Any) -> list[str]:
    return [] if kept == worked_out else [f"{what} of {row['id']} is {kept}, but comes to {worked_out}"]


def basis(item: Row) -> BillingBasis:
    return BillingBasis(item["billed_by"]) if item["billed_by"] else BillingBasis.GOODS_ISSUE


def quantities_of(item: Row) -> ItemQuantities:
    names = ("rejected", "confirmed", "delivered", "issued", "billed", "posted", "referenced", "returned")
    return ItemQuantities(item["quantity"], billed_by=basis(item), **{name: item[name] for name in names})


def counted(rows: Rows) -> dict[int, list[Row]]:
    """The billing items that count, by the item that they bill: of documents that are posted and not cancelled."""
    found: dict[int, list[Row]] = defaultdict(list)
    for each in rows.each("billing_items"):
        document = rows.tables["billing_documents"][each["billing_id"]]
        if is_posted(DocumentCategory(document["category"])) and document["cancelled_by_id"] is None:
            found[each["item_id"]].append(each)
    return found


def quantities(rows: Rows) -> Iterator[str]:
    """An item's sums are those of the documents that follow it, and none is beyond the one before it."""
    delivered, billed = rows.of("delivery_items", "item_id"), counted(rows)
    for item in rows.each("sales_items"):
        name = f"sales item {item['id']}"
        yield from (f"{name}: {each}" for each in broken_balances(quantities_of(item)))
        kept = item["quantity"] - item["rejected"]
        most = None if item["over_tolerance"] is None else kept * (1 + item["over_tolerance"] / 100)
        if most is not None and item["delivered"] > most:
            yield f"{name}: {item['delivered']} delivered of {kept}"
        yield from differ("sales item delivered", item, item["delivered"], total(delivered[item["id"]], "quantity"))
        yield from differ("sales item issued", item, item["issued"], total(delivered[item["id"]], "issued"))
        yield from differ("sales item billed", item, item["billed"], total(billed[item["id"]], "quantity"))
        yield from differ("sales item posted", item, item["posted"], item["billed"])


def schedule(rows: Rows) -> Iterator[str]:
    """What is promised to an item is neither delivered nor rejected, and no more than is there or expected is held."""
    lines = rows.of("schedule_lines", "item_id")
    held: dict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    for item in rows.each("sales_items"):
        per_unit = Decimal(item["numerator"]) / Decimal(item["denominator"])
        open_ = total(lines[item["id"]], "open_base")
        left = quantities_of(item).open_to_deliver * per_unit
        if open_ > left:
            yield f"sales item {item['id']}: {open_} is held for it, but only {left} is open"
        if item["confirmed"] > max(item["quantity"] - item["rejected"], item["delivered"]):
            yield f"sales item {item['id']}: {item['confirmed']} is confirmed of {item['quantity'] - item['rejected']}"
        held[item["material_id"], item["plant"]] += open_
    for line in rows.each("delivery_items"):
        held[line["material_id"], line["plant"]] += line["held_base"]
    there: dict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    for (material, plant, _), quantity in rows.stock.items():
        there[material, plant] += quantity
    for each in rows.each("goods_movements"):
        line = rows.tables["delivery_items"].get(each["delivery_item_id"] or 0)
        if each["quantity"] < 0 and (line is None or rows.tables["deliveries"][line["delivery_id"]]["returns"]):
            there[each["material_id"], each["plant"]] -= each["quantity"]  # promised before it turned out not to be there
    for place, quantity in held.items():
        if quantity > there[place] + rows.expected.get(place, ZERO):
            yield f"material and plant {place}: {quantity} is held of {there[place]} + {rows.expected.get(place, ZERO)}"


def values(rows: Rows) -> Iterator[str]:
    """The values of the items that are kept sum to the header's, and gross is net and tax."""
    items = rows.of("sales_items", "document_id")
    for document in rows.each("sales_documents"):
        kept = [each for each in items[document["id"]] if each["rejected"] < each["quantity"]]
        for name in ("net_value", "tax_amount", "gross_value"):
            yield from differ(f"sales document {name}", document, document[name], total(kept, name))
        for each in (document, *kept):
            yield from differ("gross value", each, each["gross_value"], each["net_value"] + each["tax_amount"])


def statuses(rows: Rows) -> Iterator[str]:
    """The statuses of items and documents are those that the rules fold out of the sums."""
    items = rows.of("sales_items", "document_id")
    for document in rows.each("sales_documents"):
        standings = []
        for item in sorted(items[document["id"]], key=lambda each: each["line_number"]):
            relevant = relevant_axes(CONTENT.item_categories[item["item_category"]])
            standings.append(ItemStanding(quantities_of(item), relevant))
            found = statuses_of_item(standings[-1])
            for column, axis in (
                ("status", Axis.OVERALL),
                ("delivery_status", Axis.DELIVERY),
                ("billing_status", Axis.BILLING),
            ):
                yield from differ(f"sales item {column}", item, item[column], found[axis].value)
        folds = statuses_of_document(standings)
        for axis, column in AXES.items():
            yield from differ(f"sales document {column}", document, document[column], folds[axis].value)
        draft = ApprovalStatus(document["approval_status"]) in (ApprovalStatus.PENDING, ApprovalStatus.REJECTED)
        whole = status_of_document(DocumentStanding(tuple(standings), draft))
        yield from differ("sales document status", document, document["status"], whole.value)


def deliveries(rows: Rows) -> Iterator[str]:
    """A delivery's lines hold no more than they are for, and its statuses are those of its lines."""
    lines, billed = rows.of("delivery_items", "delivery_id"), defaultdict(list)
    for each in (each for found in counted(rows).values() for each in found):
        billed[each["delivery_item_id"]].append(each)
    for delivery in rows.each("deliveries"):
        own = lines[delivery["id"]]
        for line in own:
            if not 0 <= line["picked"] <= line["quantity"] or line["issued"] not in (ZERO, line["quantity"]):
                yield f"delivery item {line['id']}: {line['picked']} picked, {line['issued']} issued of {line['quantity']}"
            if not 0 <= line["billed"] <= line["issued"]:
                yield f"delivery item {line['id']}: {line['billed']} billed of {line['issued']}"
            yield from differ("delivery item billed", line, line["billed"], total(billed[line["id"]], "quantity"))
            held = ZERO if delivery["returns"] or line["issued"] else line["base_quantity"]
            yield from differ("delivery item held", line, line["held_base"], held)
        given_up = not total(own, "quantity")
        posted = folded(status_by_quantity(each["issued"], each["quantity"]) for each in own)
        yield from differ("delivery status", delivery, delivery["status"], "NOT_RELEVANT" if given_up else posted.value)
        by_delivery = [each for each in own if each["billed_by"] and basis(each) is not BillingBasis.ORDER]
        status = status_by_quantity(total(by_delivery, "billed"), total(by_delivery, "quantity"))
        status = AxisStatus.NOT_RELEVANT if given_up or not by_delivery else status
        yield from differ("delivery billing status", delivery, delivery["billing_status"], status.value)


LEVELS = {"deliveries": ("delivery_approvals", "delivery_id"), "payments": ("payment_approvals", "payment_id")}


def approvals(rows: Rows) -> Iterator[str]:
    """What waits has an undecided level of that role, and nothing that is not approved has moved; figures ask for what is there."""
    posted = {each["delivery_id"] for each in rows.each("goods_issues")}
    parts = rows.of("delivery_items", "delivery_id")
    for table, (levels, column) in LEVELS.items():
        kept = rows.of(levels, column)
        for row in rows.each(table):
            status, own = ApprovalStatus(row["approval_status"]), kept[row["id"]]
            next_ = min((each["level"] for each in own if each["approved"] is None), default=None)
            refused = any(each["approved"] is False for each in own)
            worked_out = "REJECTED" if refused else "PENDING" if next_ else "APPROVED" if own else "NOT_NEEDED"
            yield from differ(f"{table} approval status", row, status.value, worked_out)
            yield from differ(f"{table} awaited level", row, row["awaited_level"], None if refused else next_)
            if table == "deliveries" and row["status"] != "NOT_RELEVANT":
                figures, category = Figures(row["group_value"]), DocumentCategory.DELIVERY
            elif table == "payments":
                figures, category = Figures(row["group_value"], row["discount_percent"]), DocumentCategory.PAYMENT
            else:
                continue
            needed = approvals_needed(CONTENT.approvals, Proposal(category, row["sales_organization"], figures))
            yield from differ(f"{table} levels", row, sorted(x["role"] for x in own), sorted(each.role for each in needed))
            if table == "deliveries" and not status.stands and row["status"] == "COMPLETE":
                yield f"delivery {row['id']} has left and is {status.value}"
            if table == "deliveries" and row["id"] not in posted:
                value = value_of_delivery((_part(rows, line) for line in parts[row["id"]]), CENT)
                if abs(value - row["group_value"]) > CENT * (1 + len(parts[row["id"]])):
                    yield f"delivery {row['id']} is worth {row['group_value']}, but comes to {value}"


def _part(rows: Rows, line: Row) -> DeliveredPart:
    item, document = rows.tables["sales_items"][line["item_id"]], rows.tables["sales_documents"][line["document_id"]]
    kept = item["quantity"] - item["rejected"]
    return DeliveredPart(line["quantity"], kept, item["net_value"], document["net_value"], document["group_value"])


def billing(rows: Rows) -> Iterator[str]:
    """A billing document's lines sum to its header, its taxes too; no part of a delivery is billed twice."""
    items, taxes = rows.of("billing_items", "billing_id"), rows.of("billing_taxes", "billing_id")
    for document in rows.each("billing_documents"):
        own = items[document["id"]]
        for name in ("net_value", "tax_amount", "gross_value"):
            yield from differ(f"billing document {name}", document, document[name], total(own, name))
        for each in (document, *own):
            yield from differ("billed gross value", each, each["gross_value"], each["net_value"] + each["tax_amount"])
        if document["cancels_id"] is None:
            for name in ("net_value", "tax_amount"):
                worked_out = total(taxes[document["id"]], name)
                yield from differ(f"billing taxes {name}", document, document[name], worked_out)
        if not own or any(each["quantity"] <= 0 for each in own):
            yield f"billing document {document['id']} bills nothing"
    whole = counted(rows)
    for item in rows.each("sales_items"):
        billed, kept = total(whole[item["id"]], "quantity"), item["quantity"] - item["rejected"]
        linear = item["free_kind"] != "INCLUSIVE_WITHOUT_ITEM"  # else each piece costs another amount with every quantity
        if kept and item["net_price"] is not None and billed and linear:
            fair = item["net_value"] * billed / kept
            net = total(whole[item["id"]], "net_value")
            if abs(net - fair) > CENT * (1 + len(whole[item["id"]])):
                yield f"sales item {item['id']}: {net} billed for {billed} of {kept}, which come to {item['net_value']}"


def receivables(rows: Rows) -> Iterator[str]:
    """What is open of an invoice is what it asked for, less what payments that stand have settled of it."""
    settled: dict[int, Decimal] = defaultdict(lambda: ZERO)
    by_payment: dict[int, Decimal] = defaultdict(lambda: ZERO)
    residuals: set[int] = set()
    for each in rows.each("clearings"):
        payment = rows.tables["payments"][each["payment_id"]]
        if payment["reset_at"] is None:
            settled[each["open_item_id"]] += each["paid"] + each["discount_net"] + each["discount_tax"] + each["residual"]
            by_payment[payment["id"]] += each["paid"]
            residuals.add(each["residual_item_id"])
    of_documents, of_payments = rows.of("open_items", "billing_id"), rows.of("open_items", "payment_id")
    for document in rows.each("billing_documents"):
        own = of_documents[document["id"]]
        category = DocumentCategory(document["category"])
        if not is_posted(category):
            yield from (f"billing document {document['id']} is not posted, and is owed" for _ in own)
            continue
        first = [each for each in own if each["kind"] != "RESIDUAL"]
        asked = receivable(category, document["gross_value"])
        yield from differ("amount of open items", document, total(first, "amount"), asked)
        for each in own:
            gone = document["cancelled_by_id"] is not None or (each["kind"] == "RESIDUAL" and each["id"] not in residuals)
            left = ZERO if gone else each["amount"] - settled[each["id"]]
            yield from differ("open item", each, each["open"], left)
        yield from differ("open amount of a document", document, document["open_amount"], total(own, "open"))
        status = "COMPLETE" if not total(own, "open") else "NOT_YET" if total(own, "open") == asked else "PARTIAL"
        yield from differ("billing document status", document, document["status"], status)
    for payment in rows.each("payments"):
        own, taken = of_payments[payment["id"]], by_payment[payment["id"]]
        if not ApprovalStatus(payment["approval_status"]).stands:
            moved = [each for each in rows.each("clearings") if each["payment_id"] == payment["id"]]
            yield from (f"payment {payment['id']} is not approved, and has moved {each['id']}" for each in (*own, *moved))
            yield from differ("payment on account", payment, payment["on_account"] + payment["discount"], ZERO)
            continue
        yield from differ("payment on account", payment, payment["on_account"], payment["amount"] - taken)
        yield from differ("open items of a payment", payment, -total(own, "open"), payment["on_account"])


STOPPED = ("NOT_APPROVED", "REJECTED")


def goes_on(document: Row) -> bool:
    """Whether credit does not stop a document, and nobody is waited for or has refused."""
    return document["credit_status"] not in STOPPED and ApprovalStatus(document["approval_status"]).stands


def counts(item: Row, document: Row, confirmed: Decimal) -> Decimal:
    """How much of an item counts on an account until it is delivered."""
    if not goes_on(document):
        return ZERO
    if document["credit_status"] == "PARTIALLY_RELEASED":
        return Decimal(item["credit_quantity"])
    kept = Decimal(item["quantity"] - item["rejected"])
    return min(confirmed, kept) if CONTENT.item_categories[item["item_category"]].confirmed else kept


def credit(rows: Rows) -> Iterator[str]:
    """What counts on accounts is what the documents come to, in one bucket only; what is stopped counts nothing, holds nothing."""
    folded_: dict[tuple[int, int | None, str], Decimal] = defaultdict(lambda: ZERO)
    delivered, billed, lines = rows.of("delivery_items", "item_id"), counted(rows), rows.of("schedule_lines", "item_id")
    for item in rows.each("sales_items"):
        document, account = rows.tables["sales_documents"][item["document_id"]], item["credit_account_id"]
        if document["category"] != "SALES_ORDER":
            yield from (f"sales item {item['id']} is no order's, and counts" for _ in ([account] if account else []))
            continue
        promised = total(lines[item["id"]], "confirmed")
        left, gone = counts(item, document, promised), total(delivered[item["id"]], "quantity")
        done = total(billed[item["id"]], "quantity")
        kept = min(left, item["quantity"] - item["rejected"])
        folded_[account, document["id"], "OPEN_ORDERS"] += max(kept - max(gone, done), ZERO) * item["credit_price"]
        folded_[account, document["id"], "OPEN_DELIVERIES"] += max(gone - done, ZERO) * item["credit_price"]
        if not left and total(lines[item["id"]], "open_base"):
            yield f"sales item {item['id']} counts nothing, and holds stock"
    for each in rows.each("open_items"):
        folded_[each["credit_account_id"], None, "RECEIVABLES"] += each["open"] * each["credit_rate"]
    for document in rows.each("sales_documents"):
        if document["category"] == "SALES_ORDER":
            account = rows.of("sales_items", "document_id")[document["id"]][0]["credit_account_id"]
            for bucket in ("OPEN_ORDERS", "OPEN_DELIVERIES", "OPEN_BILLING"):
                key = (account, document["id"], bucket)
                yield from differ(f"{bucket} of order", document, rows.positions.get(key, ZERO), folded_[key])


def within_limits(rows: Rows, before: Rows) -> Iterator[str]:
    """What has just been approved is within the limit that its account has, unless that has just become another."""
    on_account: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for (account, _, _), value in rows.positions.items():
        on_account[account] += value
    for document in rows.each("sales_documents"):
        was = before.tables["sales_documents"].get(document["id"])
        if document["credit_status"] != "APPROVED" or (was is not None and was["credit_status"] == "APPROVED"):
            continue
        account = rows.of("sales_items", "document_id")[document["id"]][0]["credit_account_id"]
        limit, sum_ = rows.limits[account], round(on_account[account], 2)
        if limit == before.limits.get(account, limit) and (limit is None or sum_ > limit):
            yield f"order {document['number']} is approved at {sum_}, beyond {limit}"


EFFECTS = {"DELIVERED": "delivered", "ISSUED": "issued", "BILLED": "billed", "RETURNED": "returned", "REFERENCED": "referenced"}


def links(rows: Rows) -> Iterator[str]:
    """The links of the document flow sum to the items' sums, effect by effect."""
    by_line = {(each["document_id"], each["line_number"]): each for each in rows.each("sales_items")}
    items = rows.tables["sales_items"]
    of_delivery = {(each["delivery_id"], each["line_number"]): each for each in rows.each("delivery_items")}
    of_billing = {(each["billing_id"], each["line_number"]): each for each in rows.each("billing_items")}
    sums: dict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    finders: Mapping[str, Callable[[tuple[int, int]], Row]] = {
        "SALES": lambda key: by_line[key],
        "DELIVERY": lambda key: items[of_delivery[key]["item_id"]],
        "BILLING": lambda key: items[of_billing[key]["item_id"]],
    }
    for each in rows.each("document_links"):
        if each["effect"] != "NONE":
            item = finders[each["predecessor_kind"]]((each["predecessor_id"], each["predecessor_line"]))
            sums[item["id"], each["effect"]] += each["quantity"]
    for item in items.values():
        for effect, column in EFFECTS.items():
            yield from differ(f"sales item {column} by its links", item, item[column], sums[item["id"], effect])


def returns(rows: Rows) -> Iterator[str]:
    """What returns took back of an item is what is kept of their lines."""
    by_line = {(each["document_id"], each["line_number"]): each for each in rows.each("sales_items")}
    of_billing = {(each["billing_id"], each["line_number"]): each for each in rows.each("billing_items")}
    kept: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for before, after in dict.fromkeys(
        (
            by_line[each["predecessor_id"], each["predecessor_line"]]["id"]
            if each["predecessor_kind"] == "SALES"
            else of_billing[each["predecessor_id"], each["predecessor_line"]]["item_id"],
            by_line[each["successor_id"], each["successor_line"]]["id"],
        )
        for each in rows.each("document_links")
        if each["effect"] == "RETURNED"
    ):
        item = rows.tables["sales_items"][after]
        kept[before] += item["quantity"] - item["rejected"]
    for item in rows.each("sales_items"):
        yield from differ("sales item returned", item, item["returned"], kept[item["id"]])


def moved(rows: Rows, first: Mapping[tuple[int, str, str], Decimal]) -> Iterator[str]:
    """Stock is what lay there at first and what moved since, and never below zero."""
    change: dict[tuple[int, str, str], Decimal] = defaultdict(lambda: ZERO)
    for each in rows.each("goods_movements"):
        change[each["material_id"], each["plant"], each["storage_location"]] += each["quantity"]
    for place in {*rows.stock, *change}:
        there, worked_out = rows.stock.get(place, ZERO), first.get(place, ZERO) + change[place]
        if there < 0 or there != worked_out:
            yield f"stock of {place} is {there}, but comes to {worked_out}"
    by_line = rows.of("goods_movements", "delivery_item_id")
    for line in rows.each("delivery_items"):
        incoming = rows.tables["deliveries"][line["delivery_id"]]["returns"]
        out = line["base_quantity"] if line["issued"] else ZERO
        yield from differ(
            "movement of a delivery item", line, total(by_line[line["id"]], "quantity"), out if incoming else -out
        )


def told(rows: Rows, before: Rows) -> Iterator[str]:
    """Each field that somebody entered and that changed since has a change document with what it is now."""
    changes: dict[tuple[str, int, str], Row] = {
        (each["row_type"], each["row_id"], each["field"]): each for each in rows.changes
    }
    names = {each["row_type"] for each in rows.changes}
    for table, model in TOLD.items():
        kinds = {"SalesDocument", *names} if model is SalesDocument else {model.__name__}
        untold = UNTRACKED | getattr(model, "derived", frozenset()) | WORKED_OUT.get(table, frozenset())
        for key, row in rows.tables[table].items():
            old = before.tables[table].get(key)
            for name, kind in model._meta.fields_map.items() if old else ():
                if name in untold or old is None or old[name] == row[name]:
                    continue
                found = [changes[one, key, name] for one in kinds if (one, key, name) in changes]
                if not any(_is_text_of(each["new_value"], kind, row[name]) for each in found):
                    yield f"{table} {key}: {name} became {row[name]}, which is told nowhere"


def _is_text_of(text: str | None, kind: Any, value: Any) -> bool:
    """Whether a change document says this value of a field."""
    if isinstance(value, Decimal):
        return text is not None and Decimal(text) == value
    if isinstance(kind, fields.JSONField):
        return text == str(json.loads(value))
    if value is not None and hasattr(kind, "enum_type"):
        enum: type[Enum] = kind.enum_type
        value = enum(value)
    return text == text_of_value(value)
