"""Orders, invoices and keys by many at once, over several processes: nothing is promised, billed or entered twice.

Each race sends its commands at the same moment, spread over all processes, and then counts what came of them in the database.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import httpx2 as httpx
import pytest

from models.config import connection_settings
from tests.client import Client
from tests.conftest import LONG, cloned, running_server
from tests.contract.answers import data_of, told

SERVERS = 4
AREA, PLANT, MATERIAL = "1000/10/00", "1000", "10004"
BUYERS, PIECES = (200, 100) if LONG else (40, 20)
INVOICES = 1000 if LONG else 40
TWICE = 10
SAME_KEY = 20
USERS = CLERK, SHIPPING, BILLING = "clerk.1000", "shipping.1000", "billing.1000"
CASHIER, APPROVER = "cashier.1000", "credit.manager"
LARGE = Decimal("6000000.00")
"""What somebody has to approve, if it is paid."""
DECIDE = """mutation ($input: {type}!) {{ {command}(input: $input) {{
    payment {{ number approvalStatus }} userErrors {{ code reason field }} }} }}"""
READY = """
    select c.id from customers c join customer_sales_area_views v on v.customer_id = c.id
    where (v.sales_organization, v.distribution_channel, v.division) = ('1000', '10', '00')
      and c.onboarding_status = 'APPROVED' and not c.deletion_flag and c.archived_at is null
      and c.order_block is null and c.delivery_block is null and c.billing_block is null
      and v.order_block is null and v.delivery_block is null and v.billing_block is null
    order by c.id"""

Record = dict[str, Any]


@dataclass
class House:
    """All servers, the database, and the tokens of whoever sends."""

    clients: Sequence[httpx.AsyncClient]
    database: asyncpg.Connection
    sender: Client
    sent: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, user: str, operation: str, input: Record) -> Record:
        """What a command of the contract answered, as `send_text`."""
        return await self.send_text(user, told(operation), input)

    async def send_text(self, user: str, text: str, input: Record) -> Record:
        """What a command answered, by one of the servers in turn; it is no error of the document as a whole."""
        client = self.clients[self.sent % len(self.clients)]
        self.sent += 1
        headers = {"Authorization": f"Bearer {self.tokens[user]}"}
        body = {"query": text, "variables": {"input": input}}
        answer = await client.post("/graphql", json=body, headers=headers)
        payload: Record = data_of(answer.json())
        return payload

    async def done(self, user: str, operation: str, input: Record) -> Record:
        """As `send`, for a command that must go through."""
        payload = await self.send(user, operation, input)
        assert payload["userErrors"] == [], (operation, payload["userErrors"])
        return payload

    async def value(self, statement: str, *values: Any) -> Any:
        async with self.lock:
            return await self.database.fetchval(statement, *values)

    async def sign_in(self) -> None:
        """Get new tokens for all: they do not last as long as a long run."""
        self.sender.tokens.clear()
        for user in USERS:
            self.tokens[user] = await asyncio.to_thread(self.sender.token, user)


def global_id(type_name: str, key: int) -> str:
    return b64encode(f"{type_name}:{key}".encode()).decode()


async def customers_to_order_for(house: House) -> list[str]:
    """Customers for whom an order goes through."""
    material = await material_of(house)
    found = []
    for row in await house.database.fetch(READY):
        sold_to = global_id("Customer", row["id"])
        payload = await house.send(CLERK, "CreateSalesOrder", {**an_order(sold_to, material), "validateOnly": True})
        if not payload["userErrors"]:
            found.append(sold_to)
        if len(found) == 10:
            break
    assert found
    return found


async def material_of(house: House) -> str:
    return global_id("Material", await house.value("select id from materials where number = $1", MATERIAL))


def an_order(sold_to: str, material: str, quantity: str = "1", order_type: str = "OR") -> Record:
    return {
        "orderType": order_type,
        "salesArea": AREA,
        "soldTo": sold_to,
        "customerReference": "PO 1",
        "items": [{"material": material, "quantity": quantity, "unit": "PC"}],
    }


async def leave(house: House, pieces: int) -> None:
    """So many pieces of the material lie in the plant, none is expected and none promised."""
    key = await house.value("select id from materials where number = $1", MATERIAL)
    await house.database.execute("delete from planned_movements where material_id = $1 and plant = $2", key, PLANT)
    for table, held in (("schedule_lines", "open_base"), ("delivery_items", "held_base")):
        await house.database.execute(f"update {table} set {held} = 0 where material_id = $1 and plant = $2", key, PLANT)
    await house.database.execute(
        "update stock set quantity = case storage_location when '0001' then $3 else 0 end where material_id = $1 and plant = $2",
        key,
        PLANT,
        Decimal(pieces),
    )


async def a_delivery(house: House, sold_to: str, material: str) -> str:
    """A delivery of one piece whose goods have left the plant."""
    order = (await house.done(CLERK, "CreateSalesOrder", an_order(sold_to, material)))["salesOrder"]
    delivery = (await house.done(SHIPPING, "CreateDelivery", {"salesOrders": [order["id"]]}))["delivery"]
    version = await house.value("select version from deliveries where number = $1", delivery["number"])
    await house.done(SHIPPING, "PostGoodsIssue", {"delivery": delivery["id"], "version": version})
    return str(delivery["id"])


@asynccontextmanager
async def house(database: str, bases: Sequence[str]) -> AsyncIterator[House]:
    """Everything that the races run on."""
    connection = await asyncpg.connect(**connection_settings(database))
    limits = httpx.Limits(max_connections=BUYERS, keepalive_expiry=1)
    clients = [httpx.AsyncClient(base_url=base, timeout=300, limits=limits) for base in bases]
    try:
        made = House(clients, connection, Client(bases[0]))
        await made.sign_in()
        yield made
    finally:
        for client in clients:
            await client.aclose()
        await connection.close()


@contextmanager
def servers(database: str, run_directory: Path) -> Iterator[list[str]]:
    """As many server processes as race."""
    with ExitStack() as running:
        yield [running.enter_context(running_server(database, run_directory)) for _ in range(SERVERS)]


@pytest.fixture(scope="module")
def place(postgres: str, template: str, run_directory: Path) -> Iterator[tuple[str, list[str]]]:
    """A fresh demo company, and the servers on it."""
    with cloned(postgres, template) as url, servers(url, run_directory) as bases:
        yield url, bases


@pytest.mark.parametrize("order_type", ["OR", "OF"])
def test_many_buyers_of_the_last_pieces_are_promised_each_piece_once(place: tuple[str, list[str]], order_type: str) -> None:
    async def race() -> None:
        async with house(*place) as racing:
            material, customers = await material_of(racing), await customers_to_order_for(racing)
            await leave(racing, PIECES)
            asked = [an_order(customers[buyer % len(customers)], material, order_type=order_type) for buyer in range(BUYERS)]
            payloads = await asyncio.gather(*(racing.done(CLERK, "CreateSalesOrder", each) for each in asked))
            numbers = [each["salesOrder"]["number"] for each in payloads]
            assert len(set(numbers)) == BUYERS
            kept = await racing.database.fetch(
                """select i.confirmed, (select sum(l.open_base) from schedule_lines l where l.item_id = i.id) as held
                   from sales_items i join sales_documents d on d.id = i.document_id where d.number = any($1)""",
                numbers,
            )
            promised = [Decimal(each["preview"]["items"][0]["confirmedQuantity"]["value"]) for each in payloads]
            assert sum(promised) == sum(row["confirmed"] for row in kept) == sum(row["held"] for row in kept) == PIECES
            assert sorted(row["confirmed"] for row in kept) == [0] * (BUYERS - PIECES) + [1] * PIECES

    asyncio.run(race())


def test_a_delivery_that_two_clerks_bill_at_once_is_billed_once(place: tuple[str, list[str]]) -> None:
    async def race() -> None:
        async with house(*place) as racing:
            material, customers = await material_of(racing), await customers_to_order_for(racing)
            await leave(racing, 10 * TWICE)
            for turn in range(TWICE):
                delivery = await a_delivery(racing, customers[turn % len(customers)], material)
                both = [racing.send(BILLING, "CreateBillingDocument", {"deliveries": [delivery]}) for _ in range(2)]
                payloads = await asyncio.gather(*both)
                made = [each["billingDocuments"] for each in payloads]
                refused = [[error["reason"] for error in each["userErrors"]] for each in payloads]
                assert sorted(len(each) for each in made) == [0, 1], payloads
                assert sorted(refused) == [[], ["BILLED_NOTHING"]], payloads
                billed = await racing.database.fetch(
                    """select i.quantity from billing_items i join delivery_items d on d.id = i.delivery_item_id
                       join deliveries l on l.id = d.delivery_id
                       where l.number = $1""",
                    await racing.value("select max(number) from deliveries"),
                )
                assert [row["quantity"] for row in billed] == [1]

    asyncio.run(race())


def test_invoices_in_parallel_have_numbers_without_gap_or_double(place: tuple[str, list[str]]) -> None:
    async def race() -> None:
        async with house(*place) as racing:
            material, customers = await material_of(racing), await customers_to_order_for(racing)
            await leave(racing, 2 * INVOICES)
            deliveries: list[str] = []
            while len(deliveries) < INVOICES:
                await racing.sign_in()
                more = range(len(deliveries), min(len(deliveries) + BUYERS, INVOICES))
                made = (a_delivery(racing, customers[each % len(customers)], material) for each in more)
                deliveries += await asyncio.gather(*made)
            await racing.sign_in()
            before = await racing.value("select next_number from number_ranges where name = 'INVOICE'")
            payloads = await asyncio.gather(
                *(racing.done(BILLING, "CreateBillingDocument", {"deliveries": [each]}) for each in deliveries)
            )
            numbers = [int(document["number"]) for each in payloads for document in each["billingDocuments"]]
            assert sorted(numbers) == list(range(before, before + INVOICES))
            kept = await racing.database.fetch("select number from billing_documents order by number")
            assert [int(row["number"]) for row in kept] == list(range(int(kept[0]["number"]), before + INVOICES))

    asyncio.run(race())


def test_an_order_sent_by_many_under_one_key_is_entered_once(place: tuple[str, list[str]]) -> None:
    async def race() -> None:
        async with house(*place) as racing:
            material, customers = await material_of(racing), await customers_to_order_for(racing)
            await leave(racing, SAME_KEY)
            asked = {**an_order(customers[0], material), "idempotencyKey": "one order"}
            before = await racing.value("select count(*) from sales_documents")
            payloads = await asyncio.gather(*(racing.done(CLERK, "CreateSalesOrder", asked) for _ in range(SAME_KEY)))
            assert len({each["salesOrder"]["number"] for each in payloads}) == 1
            assert await racing.value("select count(*) from sales_documents") == before + 1

    asyncio.run(race())


def deciding(command: str) -> str:
    """The text of a command that decides on a payment."""
    return DECIDE.format(command=command, type=f"{command[0].upper()}{command[1:]}Input")


def test_payments_of_one_invoice_approved_at_once_clear_it_once(place: tuple[str, list[str]]) -> None:
    """Each is enough for the invoice: one clears it, and the other is refused as it is; so is whoever decides second on a payment."""

    async def race() -> None:
        async with house(*place) as racing:
            for user in (CASHIER, APPROVER):
                racing.tokens[user] = await asyncio.to_thread(racing.sender.token, user)
            material, customers = await material_of(racing), await customers_to_order_for(racing)
            await leave(racing, 10 * TWICE)
            for turn in range(TWICE):
                delivery = await a_delivery(racing, customers[0], material)
                made = await racing.done(BILLING, "CreateBillingDocument", {"deliveries": [delivery]})
                (invoice,) = made["billingDocuments"]
                key = await racing.value("select id from billing_documents where number = $1", invoice["number"])
                due, payer = await racing.database.fetchrow(
                    "select gross_value, payer_id from billing_documents where id = $1", key
                )
                paying: Record = {"payer": global_id("Customer", payer), "companyCode": "1000", "currency": "CNY"}
                paying |= {"amount": str(LARGE), "items": [{"billingDocument": invoice["id"]}]}
                payments = [(await racing.done(CASHIER, "PostPayment", paying))["payment"] for _ in range(2)]
                inputs = [{"payment": each["id"], "version": 1} for each in payments]
                other = ("refusePayment", {**inputs[1], "reason": "at once"}) if turn % 2 else ("approvePayment", inputs[1])
                answers = await asyncio.gather(
                    *(racing.send_text(APPROVER, deciding("approvePayment"), each) for each in inputs),
                    racing.send_text(APPROVER, deciding(other[0]), other[1]),
                )
                refused = [error["code"] for each in answers for error in each["userErrors"]]
                assert set(refused) <= {"CONFLICT", "REFUSED"}, answers
                kept = await racing.database.fetch(
                    "select approval_status, on_account from payments where number = any($1)",
                    [each["number"] for each in payments],
                )
                decided = [row for row in kept if row["approval_status"] != "PENDING"]
                assert len(decided) == len(answers) - len(refused), answers
                (approved,) = (row for row in decided if row["approval_status"] == "APPROVED")
                assert LARGE - approved["on_account"] == due
                assert await racing.value("select open_amount from billing_documents where id = $1", key) == 0

    asyncio.run(race())
