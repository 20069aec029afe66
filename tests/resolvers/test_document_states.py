"""Documents on a random walk through all commands, by the users whose work they are, two at once now and then.

After every step everything that must hold of the rows is worked out anew (`document_sums`); a fault is told with the history
that led to it, which the walk's seed repeats as far as nothing ran at once.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx2 as httpx
import pytest

from api.auth.policy_edit import assigning, edit_policy
from api.auth.users import create_user
from api.database import models_open
from api.resolvers.condition_store import SEPARATOR
from domain.caller import UserKind
from models.config import connection_settings
from tests.client import Client
from tests.conftest import LONG
from tests.contract.answers import data_of
from tests.races.test_documents import READY, global_id
from tests.resolvers.document_sums import OWN, Row, Rows, faults, read_rows

WALKS, STEPS = (20, 200) if LONG else (5, 30)
AREA, PLANTS = "1000/10/00", ("1000", "1100")
CLERK, MANAGER, SHIPPING = "clerk.1000", "manager.1000", "shipping.1000"
BILLING, CASHIER, WAREHOUSE = "billing.1000", "cashier.1000", "warehouse"
DEPUTY = "deputy"
APPROVERS = {"price-approver": ("price.approver",), "sales-manager": (MANAGER, DEPUTY), "credit-manager": ("credit.manager",)}
DESK, CREDIT = "credit.manager", "credit.admin"
USERS = (CLERK, MANAGER, SHIPPING, BILLING, CASHIER, "price.approver", DESK, CREDIT, "credit.1000")
LIMITS = (Decimal(20_000), Decimal(3_000_000), Decimal(500_000_000))
"""What the accounts of a walk's customers may come to."""
GOODS = (("10004", "PC"), ("10033", "PC"), ("10045", "M"), ("10045", "PC"), ("10061", "PC"), ("10061", "BOX"))
FREE = {"10004": "EXCLUSIVE", "10033": "INCLUSIVE", "10045": "INCLUSIVE_WITHOUT_ITEM"}
"""Of which of them one comes free with three, and how."""
FREE_GOODS = """insert into condition_records (number, version, condition_type, condition_table, lookup, sales_organization,
        distribution_channel, division, material_id, valid_from, valid_to, release_status, per, unit, exclusion_indicator,
        confidential, created_by, created_at, free_kind, free_rule, free_quantity, free_minimum)
    select $1, 1, 'NA00', 'A004', $2, '1000', '*', '*', m.id, '2020-01-01', '9999-12-31', 'RELEASED', 3, m.base_unit, false,
           false, 'test', now(), $3, 'PROPORTIONAL', 1, 0 from materials m where m.number = $4"""
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
SERVICES = (("10081", "EA"), ("10082", "EA"))
TYPES = {"SALES_ORDER": "SalesOrder", "RETURN": "ReturnOrder", "CREDIT_MEMO_REQUEST": "MemoRequest"}
EXPECTED = frozenset({"REFUSED", "INVALID", "CONFLICT", "NOT_FOUND"})
"""The refusals that a user may meet who does at random what is theirs to do."""


@dataclass(frozen=True)
class Command:
    """A command that is about to be sent."""

    user: str
    name: str
    input: dict[str, Any]

    @property
    def document(self) -> str:
        kind = f"{self.name[0].upper()}{self.name[1:]}Input"
        return f"mutation ($input: {kind}!) {{ {self.name}(input: $input) {{ userErrors {{ code reason field }} }} }}"


@dataclass
class Walk:
    """One walk: chance, what it has made so far, and what it has done."""

    client: httpx.AsyncClient
    tokens: Mapping[str, str]
    database: asyncpg.Connection
    chance: random.Random
    customers: Sequence[int]
    materials: Mapping[str, int]
    since: Mapping[str, int]
    rows: Rows
    first_stock: Mapping[tuple[int, str, str], Decimal]
    accounts: Sequence[int] = ()
    history: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    async def step(self) -> None:
        """Send one command, or two at once, and look at all rows."""
        commands = [self.command() for _ in range(2 if self.chance.random() < 0.15 else 1)]
        answers = await asyncio.gather(*(self.send(each) for each in commands if each is not None))
        before, self.rows = self.rows, await read_rows(self.database, self.since, self.rows.last_change)
        self.history.append(" | ".join(answers) or "nothing to do")
        found = faults(self.rows, before, self.first_stock)
        assert not found, "\n".join([*self.history, "-" * 40, *found[:20]])

    def command(self) -> Command | None:
        """A command at random, of those that there is something for."""
        for _ in range(20):
            made = self.chance.choices(STEPS_OF, WEIGHTS)[0](self)
            if made is not None:
                return made
        return None

    async def send(self, command: Command) -> str:
        """What was done, and what was said against it."""
        headers = {"Authorization": f"Bearer {self.tokens[command.user]}"}
        body = {"query": command.document, "variables": {"input": command.input}}
        answer = (await self.client.post("/graphql", json=body, headers=headers)).json()
        line = f"{command.user}: {command.name} {command.input}"
        assert "errors" not in answer, "\n".join([*self.history, line, str(answer["errors"])])
        errors = data_of(answer)["userErrors"]
        assert {each["code"] for each in errors} <= EXPECTED, "\n".join([*self.history, line, str(errors)])
        self.done[command.name if not errors else f"{command.name} refused"] += 1
        return f"{line} -> {[each['reason'] for each in errors] or 'done'}"

    # ------------------------------------------------------------------------------------------------ what there is to choose

    def one(self, table: str, holds: Callable[[Row], Any] = lambda row: True) -> Row | None:
        """A row at random, of the later ones more often than of the earlier."""
        every = [row for row in self.rows.each(table) if holds(row)]
        return every[-1 - min(int(self.chance.expovariate(0.3)), len(every) - 1)] if every else None

    def items(self, document: Row) -> list[Row]:
        return [each for each in self.rows.each("sales_items") if each["document_id"] == document["id"]]

    def quantity(self, near: Decimal | None = None) -> str:
        """A quantity at random: about so much, seldom more."""
        if near is None or near <= 0:
            return str(self.chance.choice((1, 2, 3, 5, 8, 10, 12)))
        part = self.chance.choice((near, near, near, near // 2, near - 1, near + 1, near * 2))
        return str(max(part, Decimal(1)))

    def wanted(self) -> dict[str, Any]:
        number, unit = self.chance.choice(GOODS if self.chance.random() < 0.85 else SERVICES)
        item: dict[str, Any] = {
            "material": global_id("Material", self.materials[number]),
            "quantity": self.quantity(),
            "unit": unit,
        }
        if self.chance.random() < 0.25 and unit != "EA":
            item |= {"underTolerance": "15", "overTolerance": "20"}
        if self.chance.random() < 0.1 and unit != "EA":
            item |= {"plant": PLANTS[1]}
        if self.chance.random() < 0.1:
            item |= {"requestedDate": str(TODAY + timedelta(weeks=6))}
        if self.chance.random() < 0.05:
            item |= {"quantity": "1000"}
        return item


def create_order(walk: Walk) -> Command:
    items = [walk.wanted() for _ in range(walk.chance.choice((1, 1, 2, 3)))]
    input = {
        "orderType": walk.chance.choice(("OR", "OR", "OR", "OF", "OA")),
        "salesArea": AREA,
        "soldTo": global_id("Customer", walk.chance.choice(walk.customers)),
        "customerReference": "PO 1",
        "paymentTerms": walk.chance.choice(("Z030", "Z214", "INST")),
        "completeDelivery": walk.chance.random() < 0.1,
        "items": items,
    }
    if walk.chance.random() < 0.25:  # so dear that its delivery and its payment are approved too
        for item in items:
            if item["unit"] != "EA":
                item["conditions"] = [{"conditionType": "PN00", "amount": "1000000", "currency": "CNY", "unit": item["unit"]}]
        return Command(MANAGER, "createSalesOrder", input)
    return Command(CLERK, "createSalesOrder", input)


def named(row: Row) -> str:
    return TYPES[row["category"]]


def field_of(row: Row) -> str:
    name = named(row)
    return f"{name[0].lower()}{name[1:]}"


def on_document(row: Row, **more: Any) -> dict[str, Any]:
    return {field_of(row): global_id(named(row), row["id"]), "version": row["version"], **more}


def change_document(walk: Walk) -> Command | None:
    document = walk.one("sales_documents")
    if document is None:
        return None
    item = walk.chance.choice(walk.items(document))
    change: dict[str, Any] = {"lineNumber": item["line_number"]}
    if walk.chance.random() < 0.8:
        change["quantity"] = walk.quantity(item["quantity"])
    else:
        change["requestedDate"] = str(TODAY + timedelta(days=walk.chance.choice((0, 1, 30))))
    more: dict[str, Any] = {"items": [change]}
    if walk.chance.random() < 0.15 and document["category"] == "SALES_ORDER":
        more["newItems"] = [walk.wanted()]
    return Command(CLERK, f"change{named(document)}", on_document(document, **more))


def lift_block(walk: Walk) -> Command | None:
    document = walk.one("sales_documents", lambda row: row["billing_block"] is not None)
    if document is None:
        return None
    return Command(CLERK, f"change{named(document)}", on_document(document, billingBlock=None, orderReason="broken"))


def reject(walk: Walk) -> Command | None:
    document = walk.one("sales_documents")
    if document is None:
        return None
    lines = [each["line_number"] for each in walk.items(document)]
    some = walk.chance.sample(lines, walk.chance.randint(0, min(1, len(lines))))
    return Command(CLERK, f"reject{named(document)}Items", on_document(document, lineNumbers=some, reason="03"))


def decide(walk: Walk) -> Command | None:
    document = walk.one("sales_documents", lambda row: row["approval_status"] == "PENDING")
    if document is None:
        return None
    return _decision(walk, document, named(document), on_document(document))


def _decision(walk: Walk, row: Row, name: str, input: dict[str, Any]) -> Command:
    """What one of those decides whose role is waited for."""
    user = walk.chance.choice(APPROVERS[row["awaited_role"]])
    if walk.chance.random() < 0.1:
        return Command(user, f"refuse{name}", {**input, "reason": "too much"})
    return Command(user, f"approve{name}", input)


def deliver(walk: Walk) -> Command | None:
    orders = [
        order
        for order in (walk.one("sales_documents", _is_deliverable), walk.one("sales_documents", _is_deliverable))
        if order is not None
    ][: walk.chance.choice((1, 1, 1, 2))]
    if not orders:
        return None
    input: dict[str, Any] = {"salesOrders": [global_id(named(each), each["id"]) for each in orders]}
    if walk.chance.random() < 0.6:
        items = walk.items(orders[0])
        item = walk.chance.choice([each for each in items if each["delivery_status"] in ("NOT_YET", "PARTIAL")] or items)
        left = item["quantity"] - item["rejected"] - item["delivered"]
        line = {"salesOrder": input["salesOrders"][0], "lineNumber": item["line_number"], "quantity": walk.quantity(left)}
        input["lines"] = [line] * walk.chance.choice((1, 1, 1, 1, 2))
    return Command(SHIPPING, "createDelivery", input)


def _is_deliverable(row: Row) -> bool:
    approved = row["approval_status"] in ("NOT_NEEDED", "APPROVED")
    return approved and row["category"] in ("SALES_ORDER", "RETURN") and row["delivery_status"] in ("NOT_YET", "PARTIAL")


def on_delivery(row: Row, **more: Any) -> dict[str, Any]:
    return {"delivery": global_id("Delivery", row["id"]), "version": row["version"], **more}


def decide_delivery(walk: Walk) -> Command | None:
    delivery = walk.one("deliveries", lambda row: row["approval_status"] == "PENDING")
    return None if delivery is None else _decision(walk, delivery, "Delivery", on_delivery(delivery))


def change_delivery(walk: Walk) -> Command | None:
    delivery = walk.one("deliveries", lambda row: row["status"] == "NOT_YET")
    if delivery is None:
        return None
    line = walk.chance.choice([each for each in walk.rows.each("delivery_items") if each["delivery_id"] == delivery["id"]])
    lines = [{"lineNumber": line["line_number"], "quantity": walk.quantity(line["quantity"])}]
    return Command(SHIPPING, "changeDelivery", on_delivery(delivery, lines=lines))


def pick(walk: Walk) -> Command | None:
    delivery = walk.one("deliveries", lambda row: row["status"] == "NOT_YET")
    if delivery is None:
        return None
    more: dict[str, Any] = {}
    if walk.chance.random() < 0.5:
        lines = [each for each in walk.rows.each("delivery_items") if each["delivery_id"] == delivery["id"]]
        line = walk.chance.choice(lines)
        more["lines"] = [{"lineNumber": line["line_number"], "picked": walk.quantity(line["quantity"])}]
    return Command(SHIPPING, "pickDelivery", on_delivery(delivery, **more))


def post(walk: Walk) -> Command | None:
    delivery = walk.one("deliveries", lambda row: row["status"] == "NOT_YET")
    if delivery is None:
        return None
    return Command(SHIPPING, "postGoodsIssue", on_delivery(delivery))


def reverse(walk: Walk) -> Command | None:
    delivery = walk.one("deliveries", lambda row: row["status"] == "COMPLETE")
    if delivery is None:
        return None
    return Command(SHIPPING, "reverseGoodsIssue", on_delivery(delivery))


def delete(walk: Walk) -> Command | None:
    delivery = walk.one("deliveries", lambda row: row["status"] != "COMPLETE")
    return None if delivery is None else Command(SHIPPING, "deleteDelivery", on_delivery(delivery))


def bill_deliveries(walk: Walk) -> Command | None:
    posted = walk.chance.random() < 0.8
    some = [
        walk.one("deliveries", lambda row: row["billing_status"] != "COMPLETE" and (not posted or row["status"] == "COMPLETE"))
        for _ in range(walk.chance.choice((1, 1, 2)))
    ]
    ids = [global_id("Delivery", each["id"]) for each in some if each is not None]
    if not ids:
        return None
    return Command(BILLING, "createBillingDocument", {"deliveries": ids, "proForma": walk.chance.random() < 0.05})


def bill_orders(walk: Walk) -> Command | None:
    document = walk.one(
        "sales_documents", lambda row: row["category"] != "RETURN" and row["billing_status"] in ("NOT_YET", "PARTIAL")
    )
    if document is None:
        return None
    input = {"deliveries": [], "salesOrders": [global_id(named(document), document["id"])]}
    return Command(BILLING, "createBillingDocument", input)


def cancel(walk: Walk) -> Command | None:
    document = walk.one("billing_documents", lambda row: row["cancelled_by_id"] is None and row["cancels_id"] is None)
    if document is None:
        return None
    key = global_id("BillingDocument", document["id"])
    return Command(
        BILLING, "cancelBillingDocument", {"billingDocument": key, "version": document["version"], "reason": "wrong"}
    )


def pay(walk: Walk) -> Command | None:
    first = walk.one("billing_documents", lambda row: row["open_amount"] != 0)
    if first is None:
        return None
    others = (walk.one("billing_documents", lambda row: row["payer_id"] == first["payer_id"] and row["cancels_id"] is None),)
    documents = [first, *others][: walk.chance.choice((1, 1, 2))]
    open_ = sum((each["open_amount"] for each in documents if each is not None), Decimal(0))
    amount = max(walk.chance.choice((open_, open_, open_ / 2, open_ * 2, open_ * Decimal("0.98"))), Decimal(1))
    items: list[dict[str, Any]] = []
    for each in documents:
        if each is not None:
            item: dict[str, Any] = {"billingDocument": global_id("BillingDocument", each["id"])}
            if walk.chance.random() < 0.3:
                item["amount"] = str((abs(each["open_amount"]) / walk.chance.choice((1, 2))).quantize(Decimal("0.01")))
            if walk.chance.random() < 0.3:
                item["treatment"] = "RESIDUAL"
            items.append(item)
    return Command(CASHIER, "postPayment", _payment(first["payer_id"], amount, items=items))


def _payment(payer: int, amount: Decimal, **more: Any) -> dict[str, Any]:
    money = {"amount": str(amount.quantize(Decimal("0.01"))), "currency": "CNY"}
    return {"payer": global_id("Customer", payer), "companyCode": "1000", **money, **more}


def advance(walk: Walk) -> Command | None:
    order = walk.one("sales_documents", lambda row: row["category"] == "SALES_ORDER" and row["gross_value"] > 0)
    if order is None:
        return None
    key = global_id("SalesOrder", order["id"])
    return Command(CASHIER, "postPayment", _payment(order["payer_id"], order["gross_value"], salesOrder=key))


def reset(walk: Walk) -> Command | None:
    payment = walk.one("payments")
    if payment is None:
        return None
    return Command(CASHIER, "resetPayment", {"payment": global_id("Payment", payment["id"]), "version": payment["version"]})


def decide_payment(walk: Walk) -> Command | None:
    payment = walk.one("payments", lambda row: row["approval_status"] == "PENDING")
    if payment is None:
        return None
    return _decision(walk, payment, "Payment", {"payment": global_id("Payment", payment["id"]), "version": payment["version"]})


def send_back(walk: Walk) -> Command | None:
    order = walk.one(
        "sales_documents",
        lambda row: (
            row["category"] == "SALES_ORDER"
            and any(max(each["issued"], each["billed"]) > each["returned"] for each in walk.items(row))
        ),
    )
    if order is None:
        return None
    items = walk.items(order)
    reference: dict[str, Any] = {"document": global_id("SalesOrder", order["id"])}
    if walk.chance.random() < 0.6:
        item = walk.chance.choice(items)
        left = max(item["issued"], item["billed"]) - item["returned"]
        reference["lines"] = [{"lineNumber": item["line_number"], "quantity": walk.quantity(left)}]
    return Command(CLERK, "createReturnOrder", _referring("RE", order["sold_to_id"], reference))


def send_back_by_invoice(walk: Walk) -> Command | None:
    return _by_invoice(walk, "createReturnOrder", "RE")


def ask_for_credit(walk: Walk) -> Command | None:
    return _by_invoice(walk, "createMemoRequest", "CR")


def _by_invoice(walk: Walk, name: str, type_: str) -> Command | None:
    invoice = walk.one("billing_documents", lambda row: row["category"] == "INVOICE")
    if invoice is None:
        return None
    reference: dict[str, Any] = {"document": global_id("BillingDocument", invoice["id"])}
    if walk.chance.random() < 0.6:
        lines = [each for each in walk.rows.each("billing_items") if each["billing_id"] == invoice["id"]]
        line = walk.chance.choice(lines)
        reference["lines"] = [{"lineNumber": line["line_number"], "quantity": walk.quantity(line["quantity"])}]
    return Command(CLERK, name, _referring(type_, invoice["sold_to_id"], reference))


def _referring(type_: str, sold_to: int, reference: dict[str, Any]) -> dict[str, Any]:
    customer = global_id("Customer", sold_to)
    return {"orderType": type_, "salesArea": AREA, "soldTo": customer, "items": [], "reference": reference}


def count_stock(walk: Walk) -> Command:
    number, _ = walk.chance.choice(GOODS)
    quantity = walk.chance.choice((1, 5, -1, -5))
    material = global_id("Material", walk.materials[number])
    input = {"material": material, "plant": walk.chance.choice(PLANTS), "quantity": str(quantity), "reason": "counted"}
    return Command(WAREHOUSE, "adjustStock", input)


def _stopped(walk: Walk) -> Row | None:
    return walk.one("sales_documents", lambda row: row["credit_status"] in ("NOT_APPROVED", "PARTIALLY_RELEASED"))


def release_credit(walk: Walk) -> Command | None:
    order = _stopped(walk)
    if order is None:
        return None
    more: dict[str, Any] = {"reason": "prepaid"}
    if walk.chance.random() < 0.4:
        more["value"] = str((order["gross_value"] * Decimal(walk.chance.choice(("0.3", "0.7", "1")))).quantize(Decimal("0.01")))
    return Command(DESK, "releaseCreditBlock", on_document(order, **more))


def reject_credit(walk: Walk) -> Command | None:
    order = _stopped(walk)
    return None if order is None else Command(DESK, "rejectCreditBlock", on_document(order, reason="no"))


def check_credit(walk: Walk) -> Command | None:
    order = walk.one("sales_documents", lambda row: row["category"] == "SALES_ORDER")
    return None if order is None else Command(walk.chance.choice((DESK, CLERK)), "checkCredit", on_document(order))


def change_limit(walk: Walk) -> Command:
    account = walk.chance.choice(walk.accounts)
    limit = str(walk.chance.choice((*LIMITS, Decimal(0))))
    return Command(CREDIT, "changeCreditLimit", {**on_account(walk, account), "limit": limit, "reason": "reviewed"})


def block_account(walk: Walk) -> Command:
    account, blocked = walk.chance.choice(walk.accounts), walk.chance.random() < 0.3
    return Command("credit.1000", "setCreditAccountBlock", {**on_account(walk, account), "blocked": blocked, "reason": "x"})


def on_account(walk: Walk, key: int) -> dict[str, Any]:
    return {"creditAccount": global_id("CreditAccount", key), "version": walk.rows.versions[key]}


SHARES: Mapping[Callable[[Walk], Command | None], int] = {
    create_order: 8,
    change_document: 8,
    lift_block: 4,
    reject: 4,
    decide: 8,
    deliver: 16,
    decide_delivery: 6,
    change_delivery: 4,
    pick: 4,
    post: 12,
    reverse: 4,
    delete: 4,
    bill_deliveries: 12,
    bill_orders: 6,
    cancel: 4,
    pay: 10,
    advance: 2,
    decide_payment: 4,
    reset: 4,
    send_back: 5,
    send_back_by_invoice: 4,
    ask_for_credit: 2,
    count_stock: 2,
    release_credit: 6,
    reject_credit: 1,
    check_credit: 3,
    change_limit: 3,
    block_account: 1,
}
STEPS_OF, WEIGHTS = list(SHARES), list(SHARES.values())


async def prepare(url: str) -> None:
    """A keeper of the warehouse and a second manager, whom the demo company lacks, and little stock."""
    async with models_open(url):
        await create_user(WAREHOUSE, "Warehouse", UserKind.EMPLOYEE, password="demo")
        await edit_policy("test", "warehouse", assigning(WAREHOUSE, "inventory-manager", ["1000/*/*"]))
        await create_user(DEPUTY, "Deputy", UserKind.EMPLOYEE, password="demo")
        await edit_policy("test", "deputy", assigning(DEPUTY, "sales-manager", ["1000/*/*"]))
    connection = await asyncpg.connect(**connection_settings(url))
    try:
        await connection.execute("delete from planned_movements where day <= $1", TODAY + timedelta(weeks=2))
        await connection.execute("update stock set quantity = least(quantity, 40)")
        for place, (number, kind) in enumerate(FREE.items()):
            lookup = SEPARATOR.join(("NA00", "A004", "1000", number))
            await connection.execute(FREE_GOODS, f"FREE{place}", lookup, kind, number)
    finally:
        await connection.close()


async def begun(client: httpx.AsyncClient, sender: Client, database: asyncpg.Connection, seed: int) -> Walk:
    """A walk of this seed, before its first step."""
    since = {table: await database.fetchval(f"select coalesce(max(id), 0) from {table}") for table in OWN}
    materials = {row["number"]: row["id"] for row in await database.fetch("select id, number from materials")}
    last = await database.fetchval("select max(id) from change_documents")
    rows = await read_rows(database, since, last)
    sender.tokens.clear()
    tokens = {user: await asyncio.to_thread(sender.token, user) for user in (*USERS, WAREHOUSE, DEPUTY)}
    customers = [row["id"] for row in await database.fetch(READY)]
    walk = Walk(client, tokens, database, random.Random(seed), customers, materials, since, rows, dict(rows.stock))
    able = []
    for customer in customers[:12]:
        walk.customers = [customer]
        item = {"material": global_id("Material", materials["10004"]), "quantity": "1", "unit": "PC"}
        command = create_order(walk)
        command.input.update(items=[item], validateOnly=True)
        if "done" in await walk.send(replace(command, user=CLERK)):
            able.append(customer)
    walk.customers, walk.done = able[:3], Counter()
    walk.accounts = [await an_account(database, *pair) for pair in zip(walk.customers, LIMITS, strict=False)]
    walk.rows = await read_rows(database, since, last)
    return walk


async def an_account(database: asyncpg.Connection, customer: int, limit: Decimal) -> int:
    """The key of a customer's account, which may come to so much."""
    key: int = await database.fetchval(
        """select a.id from credit_accounts a
           left join customer_credit_pointers p on p.customer_id = $1 and p.credit_control_area = '1000'
           where a.customer_id = coalesce(p.holder_id, $1) and a.credit_control_area = '1000'""",
        customer,
    )
    await database.execute(
        "insert into credit_limits (account_id, amount, valid_from, reason, set_by, set_at) values ($1, $2, $3, 'walk', 'test', now())",
        key,
        limit,
        TODAY,
    )
    await database.execute("update credit_accounts set block = null where id = $1", key)
    return key


async def walked(url: str, base: str, seed: int) -> Counter[str]:
    """Walk all steps; what was done, by command."""
    database = await asyncpg.connect(**connection_settings(url))
    try:
        async with httpx.AsyncClient(base_url=base, timeout=120, limits=httpx.Limits(keepalive_expiry=1)) as client:
            walk = await begun(client, Client(base), database, seed)
            for _ in range(STEPS):
                await walk.step()
            return walk.done
    finally:
        await database.close()


@pytest.fixture(scope="module")
def prepared(database: str, server: Client) -> tuple[str, str]:
    asyncio.run(prepare(database))
    return database, server.base


@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_is_done_in_whatever_order_everything_adds_up(prepared: tuple[str, str], seed: int) -> None:
    done = asyncio.run(walked(*prepared, seed))
    assert sum(count for name, count in done.items() if not name.endswith("refused")) > STEPS / 4, done
