"""Walking a list while it changes: each row at most once, each untouched visible row exactly once.

"Changed" is any field that the list is not sorted by: a row that is itself renamed ahead of the walk is met under its new name,
as in every keyset list.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import asyncpg
import pytest

from models.config import connection_settings
from tests.client import Client

WALK = """query ($after: String, $order: [CustomerSort!]) { customers(first: 7, after: $after, orderBy: $order) {
    pageInfo { hasNextPage endCursor } edges { node { number } } } }"""
INSERT = """with c as (insert into customers (number, name, customer_type, onboarding_status, country, region, deletion_flag,
                                              search_text, created_by, created_at, version)
                       values ($1, $2::text, 'DEALER', 'APPROVED', 'CN', $3, false, $2::text, 'test', now(), 1) returning id)
            insert into customer_sales_area_views (customer_id, sales_organization, distribution_channel, division, currency)
            select id, '1000', '20', '00', 'CNY' from c"""
HIDE = """delete from customer_sales_area_views where customer_id = (select id from customers where number = $1)
              and sales_organization = '1000'"""
CHANGE = "update customers set phone = $2, version = version + 1 where number = $1"


class Disturber:
    """Inserts, changes and hides rows between two pages, and remembers which."""

    def __init__(self, database: str, seed: int) -> None:
        self.database = database
        self.chance = random.Random(seed)
        self.touched: set[str] = set()
        self.serial = 0

    def disturb(self, numbers: list[str], prefix: str) -> None:
        asyncio.run(self._disturb(numbers, prefix))

    async def _disturb(self, numbers: list[str], prefix: str) -> None:
        connection = await asyncpg.connect(**connection_settings(self.database))
        try:
            self.serial += 1
            number = f"{self.chance.randint(100000, 100200)}{prefix}{self.serial}"
            name = self.chance.choice(("上海", "苏州", "Aaa", "杭州", "zzz")) + number
            await connection.execute(INSERT, number, name, self.chance.choice((None, "上海市", "江苏省")))
            hidden, changed = self.chance.sample(numbers, 2)
            await connection.execute(HIDE, hidden)
            await connection.execute(CHANGE, changed, f"{self.serial}")
            self.touched |= {number, hidden}
        finally:
            await connection.close()


@pytest.mark.parametrize("field", ["NUMBER", "NAME", "REGION", "CUSTOMER_TYPE"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_a_walk_meets_each_untouched_row_exactly_once(server: Client, database: str, field: str, direction: str) -> None:
    order = [{"field": field, "direction": direction}]
    before = walk(server, order)
    numbers = list(before)
    assert set(before.values()) == {1}
    disturber = Disturber(database, seed=len(field) + len(direction))
    met = walk(server, order, lambda: disturber.disturb(numbers, f"{field[0]}{direction[0]}"))
    assert max(met.values()) == 1
    assert set(numbers) - disturber.touched <= set(met)
    assert set(met) - set(numbers) <= disturber.touched


def walk(server: Client, order: list[dict[str, str]], between: Any = None) -> Counter[str]:
    """How often each customer is met from the first page to the last."""
    met: Counter[str] = Counter()
    after = None
    while True:
        page = server.data(WALK, {"after": after, "order": order}, user="clerk.1000")["customers"]
        met.update(edge["node"]["number"] for edge in page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            return met
        after = page["pageInfo"]["endCursor"]
        if between is not None:
            between()
