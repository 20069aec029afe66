"""Credit by many at once, over several processes: nobody takes the last of a limit twice, and a decision has one outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LONG, cloned
from tests.races.test_documents import (
    CLERK,
    House,
    Record,
    an_order,
    customers_to_order_for,
    global_id,
    house,
    leave,
    material_of,
    servers,
)

ORDERS, ROOM = (200, 50) if LONG else (48, 12)
TURNS = 40 if LONG else 6
DESK, CREDIT, CONTROLLER = "credit.manager", "credit.admin", "credit.1000"
ACCOUNT = """select a.id from credit_accounts a
    left join customer_credit_pointers p on p.customer_id = $1 and p.credit_control_area = '1000'
    where a.customer_id = coalesce(p.holder_id, $1) and a.credit_control_area = '1000'"""
TOTAL = "select total from shown_credit_accounts where id = $1"
FINE = {"REFUSED", "CONFLICT"}
"""What the one of two who comes too late may be told."""


@pytest.fixture(scope="module")
def place(postgres: str, template: str, run_directory: Path) -> Iterator[tuple[str, list[str]]]:
    """A fresh demo company, and the servers on it."""
    with cloned(postgres, template) as url, servers(url, run_directory) as bases:
        yield url, bases


async def prepared(racing: House) -> tuple[str, str, int, Decimal]:
    """A customer and a material to order, the customer's account, and what an order of one piece counts for."""
    for user in (DESK, CREDIT, CONTROLLER):
        racing.tokens[user] = await asyncio.to_thread(racing.sender.token, user)
    material, customers = await material_of(racing), await customers_to_order_for(racing)
    await leave(racing, 10_000)
    for sold_to in customers:
        made = await racing.done(CLERK, "CreateSalesOrder", an_order(sold_to, material))
        if made["salesOrder"]["creditStatus"] == "APPROVED":
            key = await racing.value("select payer_id from sales_documents where number = $1", made["salesOrder"]["number"])
            account = await racing.value(ACCOUNT, key)
            worth = await racing.value(
                "select gross_value from sales_documents where number = $1", made["salesOrder"]["number"]
            )
            return sold_to, material, account, worth
    raise AssertionError("nobody may be ordered for on credit")


async def limit_to(racing: House, account: int, room: Decimal) -> None:
    """Let so much be left of the account's limit."""
    total = await racing.value(TOTAL, account)
    version = await racing.value("select version from credit_accounts where id = $1", account)
    input = {"creditAccount": global_id("CreditAccount", account), "version": version}
    await racing.done(CREDIT, "ChangeCreditLimit", {**input, "limit": str(total + room), "reason": "race"})


def statuses(payloads: Sequence[Record]) -> list[str]:
    return [each["salesOrder"]["creditStatus"] for each in payloads]


def test_of_many_orders_at_once_as_many_are_approved_as_there_is_room_for(place: tuple[str, list[str]]) -> None:
    async def race() -> None:
        async with house(*place) as racing:
            sold_to, material, account, worth = await prepared(racing)
            await limit_to(racing, account, worth * ROOM)
            before = await racing.value(TOTAL, account)
            asked = an_order(sold_to, material)
            payloads = await asyncio.gather(*(racing.done(CLERK, "CreateSalesOrder", asked) for _ in range(ORDERS)))
            found = statuses(payloads)
            assert (found.count("APPROVED"), found.count("NOT_APPROVED")) == (ROOM, ORDERS - ROOM)
            assert await racing.value(TOTAL, account) == before + worth * ROOM
            held = await racing.value(
                """select sum(l.open_base) from schedule_lines l join sales_documents d on d.id = l.document_id
                   where d.number = any($1) and d.credit_status = 'NOT_APPROVED'""",
                [each["salesOrder"]["number"] for each in payloads],
            )
            assert held == 0

    asyncio.run(race())


def test_a_release_and_a_cut_of_the_limit_at_once_have_one_outcome(place: tuple[str, list[str]]) -> None:
    async def race() -> None:
        async with house(*place) as racing:
            sold_to, material, account, worth = await prepared(racing)
            for _ in range(TURNS):
                await limit_to(racing, account, Decimal(0))
                order = (await racing.done(CLERK, "CreateSalesOrder", an_order(sold_to, material)))["salesOrder"]
                assert order["creditStatus"] == "NOT_APPROVED"
                before = await racing.value(TOTAL, account)
                releasing = {"salesOrder": order["id"], "version": order["version"], "reason": "prepaid"}
                version = await racing.value("select version from credit_accounts where id = $1", account)
                cutting = {"creditAccount": global_id("CreditAccount", account), "version": version}
                released, cut, more = await asyncio.gather(
                    racing.send(DESK, "ReleaseCreditBlock", releasing),
                    racing.send(CREDIT, "ChangeCreditLimit", {**cutting, "limit": "1", "reason": "cut"}),
                    racing.send(CLERK, "CreateSalesOrder", an_order(sold_to, material)),
                )
                assert released["userErrors"] == cut["userErrors"] == more["userErrors"] == []
                assert released["salesOrder"]["creditStatus"] == "RELEASED"
                assert more["salesOrder"]["creditStatus"] == "NOT_APPROVED"
                assert await racing.value(TOTAL, account) == before + worth

    asyncio.run(race())


def test_of_two_decisions_on_an_order_at_once_one_stands(place: tuple[str, list[str]]) -> None:
    async def race() -> None:
        async with house(*place) as racing:
            sold_to, material, account, worth = await prepared(racing)
            for turn in range(TURNS):
                await limit_to(racing, account, Decimal(0))
                order = (await racing.done(CLERK, "CreateSalesOrder", an_order(sold_to, material)))["salesOrder"]
                before = await racing.value(TOTAL, account)
                deciding: Record = {"salesOrder": order["id"], "version": order["version"], "reason": "at once"}
                other = "ReleaseCreditBlock" if turn % 2 else "RejectCreditBlock"
                both = await asyncio.gather(
                    racing.send(DESK, "ReleaseCreditBlock", deciding), racing.send(DESK, other, deciding)
                )
                refused = [each["code"] for payload in both for each in payload["userErrors"]]
                assert len(refused) == 1, both
                assert set(refused) <= FINE
                status = await racing.value("select credit_status from sales_documents where number = $1", order["number"])
                decided: list[Any] = await racing.database.fetch(
                    """select c.kind from credit_decisions c join sales_documents d on d.id = c.document_id
                       where d.number = $1""",
                    order["number"],
                )
                assert [row["kind"] for row in decided] == [status]
                counts = worth if status == "RELEASED" else Decimal(0)
                assert await racing.value(TOTAL, account) == before + counts

    asyncio.run(race())
