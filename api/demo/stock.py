"""The demo company's stock: what lies in its plants, and what is expected in the weeks to come."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from api.demo.company import PLANTS
from api.resolvers.orders_content import install_number_ranges
from models.material import Material
from models.stock import MaterialPlant, PlannedMovement, Stock

SEED = 20260103
FIRST_DAY = date(2026, 1, 12)
LOCATION = "0001"


async def make_stock() -> None:
    """Store the number ranges of documents, stock of all goods in all plants, and planned receipts."""
    await install_number_ranges()
    chance = random.Random(SEED)  # noqa: S311  # made to be repeatable
    goods = [each for each in await Material.all().order_by("id") if each.item_category_group == "NORM"]
    places = [(material, code) for material in goods for code, *_ in PLANTS]
    await MaterialPlant.bulk_create(
        MaterialPlant(material_id=material.id, plant=plant, storage_location=LOCATION) for material, plant in places
    )
    await Stock.bulk_create(
        Stock(
            material_id=material.id,
            plant=plant,
            storage_location=LOCATION,
            quantity=Decimal(chance.choice((200, 500, 1000, 2000, 5000))),
        )
        for material, plant in places
    )
    await PlannedMovement.bulk_create(list(_expected(chance, places)))


def _expected(chance: random.Random, places: list[tuple[Material, str]]) -> Iterator[PlannedMovement]:
    for number, (material, plant) in enumerate(places, 4500001):
        for week in chance.sample(range(1, 60), 6):
            yield PlannedMovement(
                material_id=material.id,
                plant=plant,
                day=FIRST_DAY + timedelta(weeks=week),
                quantity=Decimal(chance.choice((100, 250, 500))),
                reference=f"PO {number}",
                created_by="system",
            )
