"""How many records a right reaches: counted over places, the very number that the database counts row by row."""

from __future__ import annotations

import asyncio
from random import Random

import asyncpg

from api.auth.records import only_areas_decide, places_of, rows_reached
from domain.activity import Activity, Reach
from domain.areas import EVERYWHERE, pattern_of
from domain.scope import Grant, Scope, scope_of
from models.config import connection_settings
from models.records import RECORDS
from tests.conftest import LONG

PATTERNS = [
    pattern_of(text)
    for text in ("*/*/*", "1000/*/*", "2000/*/*", "3000/10/00", "1000/10/*", "*/20/*", "*/*/10", "2000/30/00", "9999/*/*")
]


def a_scope(chance: Random) -> Scope:
    granted = chance.sample(PATTERNS, chance.randint(0, 3))
    denied = chance.sample(PATTERNS[1:], chance.choice((0, 0, 1, 2)))
    return scope_of((Grant(pattern, Reach.ALL, None) for pattern in granted), denied)


def test_places_count_what_rows_do(database: str) -> None:
    async def run() -> tuple[int, int]:
        connection = await asyncpg.connect(**connection_settings(database))
        chance, compared, found = Random("places"), 0, 0
        try:
            for object in RECORDS:
                if not only_areas_decide(object):
                    continue
                places = await places_of(connection, object)
                for _ in range(400 if LONG else 40):
                    scopes = {name: a_scope(chance) for name in ("reached", "but", "within")}
                    activity = chance.choice((Activity.DISPLAY, Activity.CHANGE))
                    rows = await rows_reached(connection, object, activity, user_id=1, **scopes)
                    assert places.reached(activity, **scopes) == rows, (object, activity, scopes)
                    compared, found = compared + 1, found + (rows > 0)
        finally:
            await connection.close()
        return compared, found

    compared, found = asyncio.run(run())
    assert compared > 300
    assert found > compared / 8  # few documents of the demo company are contracts, offers or requests


def test_where_more_than_areas_decides_rows_are_counted() -> None:
    own, limited = (scope_of([Grant(EVERYWHERE, *rest)]) for rest in ((Reach.OWN, None), (Reach.ALL, 5)))
    everything = scope_of([Grant(EVERYWHERE, Reach.ALL, None)])
    assert only_areas_decide("customer", everything)
    assert not only_areas_decide("customer", everything, own)
    assert not only_areas_decide("customer", limited, everything)
    assert not only_areas_decide("customer_general", everything)
    assert not only_areas_decide("api_key", everything)
    assert not only_areas_decide("credit_block", everything)
