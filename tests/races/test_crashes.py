"""Servers that are killed at any moment under load: nothing is half-written, no number is lost, what was answered is there.

Clients carry orders to their payment over two servers on one database, each command under a key of its own, while one server or
the other is killed with SIGKILL and started again. A command without an answer is sent again by its key: about half of them at
once, when PostgreSQL may still be at work on the first, the others when the load rests. Then the rows are exactly those answered.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import asyncpg
import httpx2 as httpx
import pytest

from api.execution import global_id
from models.config import connection_settings
from tests.client import Client
from tests.conftest import LONG, cloned, server_process
from tests.contract.answers import data_of
from tests.races.test_documents import AREA, Record, customers_to_order_for, house
from tests.resolvers.document_sums import CONTENT, OWN, Rows, faults, read_rows

SERVERS, CLIENTS = 2, 8
ROUNDS, KILLS = (60, 5) if LONG else (2, 2)
"""How often the load rests and everything is looked at, and how many kills there are before that."""
LATEST = 1.0
"""Seconds after the last start within which a server is killed."""
DEADLINE = 120
"""Seconds within which a round is over, whatever the machine has to do beside."""
ASKED_AGAIN = 20
"""How many commands that were answered are sent again after each round."""
CLERK, SHIPPING, BILLING, CASHIER = USERS = ("clerk.1000", "shipping.1000", "billing.1000", "cashier.1000")
GOODS = ("10004", "10033")


# --------------------------------------------------------------------------------------------------- the steps of a deal


@dataclass(frozen=True)
class Step:
    """A command on the way from order to payment; `kept` gives each time that it was carried out, with the deal's name."""

    user: str
    command: str
    shows: str
    input: Callable[[Deal], Record]
    kept: str


@dataclass(eq=False)
class Command:
    """A command as it is sent, and the document that it was answered with."""

    deal: str
    step: Step
    input: Record
    answer: Record | None = None

    @property
    def body(self) -> Record:
        """What is sent of it."""
        name = self.step.command
        kind = f"{name[0].upper()}{name[1:]}Input"
        shown = f"{{ {self.step.shows} userErrors {{ reason field }} }}"
        query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {shown} }}"
        return {"query": query, "variables": {"input": self.input}}

    def answered(self, payload: Record) -> None:
        """Remember the document, or see that it is the one of the first answer."""
        assert payload.pop("userErrors") == [], (self.step.command, self.input, payload)
        (made,) = payload.values()
        document = made[0] if isinstance(made, list) and len(made) == 1 else made
        assert isinstance(document, dict), f"{self.input['idempotencyKey']} was answered with {document}"
        if self.answer is None:
            self.answer = document
        first, now = ((each["id"], each["number"]) for each in (self.answer, document))
        assert now == first, f"{self.input['idempotencyKey']} was answered with {first}, and now with {now}"


@dataclass(eq=False)
class Deal:
    """An order and what follows it, step by step; `name` is the customer's reference in it and in its payment."""

    name: str
    order: Record
    commands: list[Command] = field(default_factory=list)

    def answer(self, command: str) -> Record:
        """The document that a step before was answered with."""
        return next(each.answer for each in self.commands if each.step.command == command and each.answer is not None)

    @property
    def is_cut_off(self) -> bool:
        """Whether its last command has no answer."""
        return bool(self.commands) and self.commands[-1].answer is None

    @property
    def is_done(self) -> bool:
        """Whether every step has its answer."""
        return len(self.commands) == len(STEPS) and not self.is_cut_off

    def next(self) -> Command:
        """What is to be sent: the command that has no answer, or the one after the last."""
        if not self.is_cut_off:
            step = STEPS[len(self.commands)]
            keyed = {**step.input(self), "idempotencyKey": f"{self.name} {step.command}"}
            self.commands.append(Command(self.name, step, keyed))
        return self.commands[-1]


def moving(deal: Deal, after: str) -> Record:
    delivery = deal.answer(after)
    return {"delivery": delivery["id"], "version": delivery["version"]}


def paying(deal: Deal) -> Record:
    invoice = deal.answer("createBillingDocument")
    amount = invoice["grossValue"]["amount"]
    return {
        "payer": deal.answer("createSalesOrder")["payer"]["id"],
        "companyCode": "1000",
        "amount": amount,
        "currency": "CNY",
        "reference": deal.name,
        "items": [{"billingDocument": invoice["id"], "amount": amount}],
    }


ORDERED = "select customer_reference as deal, id, number from sales_documents where customer_reference like 'deal %'"
DELIVERED = f"""select distinct o.deal, l.id, l.number, l.picking_status from deliveries l
    join delivery_items i on i.delivery_id = l.id join ({ORDERED}) o on o.id = i.document_id"""
BILLED = f"""select distinct o.deal, b.id, b.number from billing_documents b
    join billing_items i on i.billing_id = b.id join ({ORDERED}) o on o.id = i.document_id"""

STEPS = (
    Step(CLERK, "createSalesOrder", "salesOrder { id number payer { id } }", lambda deal: deal.order, ORDERED),
    Step(
        SHIPPING,
        "createDelivery",
        "deliveries { id number version }",
        lambda deal: {"salesOrders": [deal.answer("createSalesOrder")["id"]]},
        DELIVERED,
    ),
    Step(
        SHIPPING,
        "pickDelivery",
        "delivery { id number version }",
        lambda deal: moving(deal, "createDelivery"),
        f"select * from ({DELIVERED}) l where picking_status = 'COMPLETE'",
    ),
    Step(
        SHIPPING,
        "postGoodsIssue",
        "delivery { id number }",
        lambda deal: moving(deal, "pickDelivery"),
        f"select l.* from goods_issues g join ({DELIVERED}) l on l.id = g.delivery_id",
    ),
    Step(
        BILLING,
        "createBillingDocument",
        "billingDocuments { id number grossValue { amount } }",
        lambda deal: {"deliveries": [deal.answer("createDelivery")["id"]]},
        BILLED,
    ),
    Step(
        CASHIER,
        "postPayment",
        "payment { id number }",
        paying,
        "select reference as deal, id, number from payments where reference like 'deal %'",
    ),
)


# ---------------------------------------------------------------------------------------------------------------- the load


@dataclass
class Served:
    """A server that is killed and started again; without a base it is down."""

    database: str
    run_directory: Path
    base: str | None = None
    process: BaseProcess | None = None
    running: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process, self.base = self.running.enter_context(server_process(self.database, self.run_directory))

    def kill(self) -> None:
        """Kill it where it stands."""
        assert self.process is not None
        self.base = None
        self.process.kill()

    def start_again(self) -> None:
        """Wait until it is dead, then start another."""
        assert self.process is not None
        self.process.join(30)
        assert self.process.exitcode == -signal.SIGKILL
        self.running.close()
        self.start()


@dataclass
class Load:
    """The clients, what they sent and what they were answered."""

    servers: Sequence[Served]
    database: asyncpg.Connection
    client: httpx.AsyncClient
    orders: Sequence[Record]
    since: Mapping[str, int]
    rows: Rows
    """All rows of the deals, as they were when the load last rested."""
    first_stock: Mapping[tuple[int, str, str], Any]
    chance: random.Random
    tokens: Mapping[str, str] = field(default_factory=dict)
    deals: list[Deal] = field(default_factory=list)
    waiting: deque[Deal] = field(default_factory=deque)
    lying: list[Deal] = field(default_factory=list)
    """Deals that were cut off and are left so until the load rests."""
    resting: bool = True
    cut_off: int = 0
    """How many commands lost their answer with their server."""
    done_unheard: int = 0
    """How many of those that were sent again only at rest had been carried out."""

    async def run(self, kills: int) -> None:
        """Let all clients work while servers are killed, each at a random moment."""
        sender = Client(next(each.base for each in self.servers if each.base))
        self.tokens = {user: await asyncio.to_thread(sender.token, user) for user in USERS}
        self.resting = False
        async with asyncio.TaskGroup() as working:
            for _ in range(CLIENTS):
                working.create_task(self.work())
            for _ in range(kills):
                await asyncio.sleep(self.chance.uniform(0, LATEST))
                killed = self.chance.choice(self.servers)
                killed.kill()
                await asyncio.to_thread(killed.start_again)
            self.resting = True

    async def work(self) -> None:
        """Take one deal after the other a step further."""
        while not self.resting:
            deal = self.waiting.popleft() if self.waiting else self.begin()
            if not deal.is_done:
                answered = await self.send(deal.next())
                (self.waiting if answered or self.chance.random() < 0.5 else self.lying).append(deal)

    def begin(self) -> Deal:
        name = f"deal {len(self.deals)}"
        deal = Deal(name, {**self.chance.choice(self.orders), "customerReference": name})
        self.deals.append(deal)
        return deal

    async def send(self, command: Command) -> bool:
        """Send a command to one of the servers; whether there was an answer."""
        served = self.chance.choice([each for each in self.servers if each.base])
        base, headers = served.base, {"Authorization": f"Bearer {self.tokens[command.step.user]}"}
        try:
            answer = await self.client.post(f"{base}/graphql", json=command.body, headers=headers)
        except (httpx.NetworkError, httpx.ProtocolError):
            assert served.base != base, "a server that is alive gave no answer"
            self.cut_off += 1
            return False
        command.answered(data_of(answer.json()))
        return True

    async def rest(self) -> None:
        """Send again what has no answer, and some of what has one; then look at everything."""
        cut_off = [each.commands[-1] for each in self.deals if each.is_cut_off]
        keys = [each.input["idempotencyKey"] for each in cut_off]
        self.done_unheard += await self.database.fetchval("select count(*) from idempotency_keys where key = any($1)", keys)
        answered = [each for each in self.commands() if each not in cut_off]
        for each in (*cut_off, *self.chance.sample(answered, min(ASKED_AGAIN, len(answered)))):
            assert await self.send(each)
        self.waiting.extend(self.lying)
        self.lying.clear()
        before, self.rows = self.rows, await read_rows(self.database, self.since, self.rows.last_change)
        found = [
            *await self.differences(),
            *await gaps(self.database),
            *halves(self.rows, before),
            *faults(self.rows, before, self.first_stock),
        ]
        assert not found, "\n".join(found[:20])

    def commands(self) -> Iterable[Command]:
        return (command for deal in self.deals for command in deal.commands)

    async def differences(self) -> list[str]:
        """What was answered and is not kept as it was answered, and what is kept that nobody was answered with, or once more."""
        answered: Counter[tuple[str, ...]] = Counter()
        for each in self.commands():
            assert each.answer is not None
            _, key = global_id.decode(each.answer["id"])
            answered[each.step.command, each.deal, key, each.answer["number"]] += 1
            answered["key", each.input["idempotencyKey"], key] += 1
        kept: Counter[tuple[str, ...]] = Counter()
        for step in STEPS:
            found = await self.database.fetch(step.kept)
            kept.update((step.command, row["deal"], str(row["id"]), row["number"]) for row in found)
        found = await self.database.fetch("select key, record_id from idempotency_keys where key like 'deal %'")
        kept.update(("key", row["key"], str(row["record_id"])) for row in found)
        lost = [f"{each} was answered, and is not there" for each in answered - kept]
        return lost + [f"{each} is there more often than it was answered" for each in kept - answered]


# ------------------------------------------------------------------------------------------------------- what must hold


async def gaps(database: asyncpg.Connection) -> list[str]:
    """Each number up to the next one of a range without gaps stands on one billing document, and no other does."""
    found = []
    for name, each in CONTENT.types.number_ranges.items():
        if each.gap_free:
            following = await database.fetchval("select next_number from number_ranges where name = $1", name)
            rows = await database.fetch(
                "select number::bigint as number from billing_documents where number::bigint between $1 and $2",
                each.first,
                each.last,
            )
            drawn, used = Counter(range(each.first, following)), Counter(row["number"] for row in rows)
            found += [f"number {number} of {name} is lost" for number in drawn - used]
            found += [f"number {number} of {name} is there and was not drawn, or twice" for number in used - drawn]
    return found


PARTS: Mapping[str, Sequence[tuple[str, str]]] = {
    "sales_documents": (("sales_items", "document_id"),),
    "sales_items": (("schedule_lines", "item_id"),),
    "deliveries": (("delivery_items", "delivery_id"),),
    "goods_issues": (("goods_movements", "goods_issue_id"),),
    "billing_documents": (("billing_items", "billing_id"), ("billing_taxes", "billing_id"), ("open_items", "billing_id")),
    "payments": (("clearings", "payment_id"),),
}
"""What each row has at least one of."""
IN_FLOW = {"deliveries": "DELIVERY", "goods_issues": "MOVEMENT", "billing_documents": "BILLING", "payments": "PAYMENT"}
"""The documents that follow others."""
TOLD_AS = {
    "sales_documents": "SalesOrder",
    "sales_items": "SalesItem",
    "deliveries": "Delivery",
    "delivery_items": "DeliveryItem",
    "goods_issues": "GoodsIssue",
    "billing_documents": "BillingDocument",
    "payments": "Payment",
}
"""The rows whose making is told, by the name under which it is."""


def halves(rows: Rows, before: Rows) -> Iterator[str]:
    """Rows without what is written with them: their parts, their place in the flow, the telling of those made since."""
    for table, parts in PARTS.items():
        for part, column in parts:
            yield from (f"{table} {key} has no {part}" for key in rows.tables[table].keys() - rows.of(part, column).keys())
    followed = {(each["successor_kind"], each["successor_id"]) for each in rows.each("document_links")}
    for table, kind in IN_FLOW.items():
        yield from (f"{table} {key} follows nothing" for key in rows.tables[table] if (kind, key) not in followed)
    told = {(each["row_type"], each["row_id"]) for each in rows.changes if each["kind"] == "CREATED"}
    for table, name in TOLD_AS.items():
        made = rows.tables[table].keys() - before.tables[table].keys()
        yield from (f"{table} {key} was made, which is told nowhere" for key in made if (name, key) not in told)


# ------------------------------------------------------------------------------------------------------------- the race


@asynccontextmanager
async def loaded(database: str, servers: Sequence[Served]) -> AsyncIterator[Load]:
    """A load before its first deal, with goods enough for all."""
    async with house(database, [each.base for each in servers if each.base]) as quiet:
        customers = await customers_to_order_for(quiet)
        numbers = await quiet.database.fetch("select id, number from materials where number = any($1)", GOODS)
        await quiet.database.execute(
            "update stock set quantity = 1000000 where material_id = any($1)", [row["id"] for row in numbers]
        )
    goods = [global_id.encode("Material", row["id"]) for row in numbers]
    connection = await asyncpg.connect(**connection_settings(database))
    try:
        since = {table: await connection.fetchval(f"select coalesce(max(id), 0) from {table}") for table in OWN}
        last_change = await connection.fetchval("select max(id) from change_documents")
        rows = await read_rows(connection, since, last_change)
        limits = httpx.Limits(max_connections=CLIENTS, keepalive_expiry=1)
        async with httpx.AsyncClient(timeout=DEADLINE, limits=limits) as client:
            orders = [an_order(sold_to, some) for sold_to in customers for some in (goods, goods[::-1], goods[:1] * 2)]
            yield Load(servers, connection, client, orders, since, rows, dict(rows.stock), random.Random(8))
    finally:
        await connection.close()


def an_order(sold_to: str, goods: Sequence[str]) -> Record:
    items = [{"material": each, "quantity": str(place), "unit": "PC"} for place, each in enumerate(goods, 1)]
    return {"orderType": "OR", "salesArea": AREA, "soldTo": sold_to, "items": items}


@pytest.fixture
def place(postgres: str, template: str, run_directory: Path) -> Iterator[tuple[str, list[Served]]]:
    """A fresh demo company, and the servers on it."""
    with cloned(postgres, template) as url, ExitStack() as running:
        servers = [Served(url, run_directory) for _ in range(SERVERS)]
        for each in servers:
            running.callback(each.running.close)
            each.start()
        yield url, servers


def test_what_was_answered_is_there_whole_and_once_whenever_a_server_is_killed(place: tuple[str, list[Served]]) -> None:
    async def race() -> Load:
        async with loaded(*place) as load:
            for _ in range(ROUNDS):
                async with asyncio.timeout(DEADLINE):
                    await load.run(KILLS)
                    await load.rest()
            return load

    load = asyncio.run(race())
    assert load.cut_off >= ROUNDS, "the kills met no work"
    assert not LONG or 0 < load.done_unheard < load.cut_off, "no command was killed between its commit and its answer"
