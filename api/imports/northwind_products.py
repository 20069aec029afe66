"""The Northwind products: categories as material groups, products as materials, list prices as condition records.

With orders come what documents of those years need beside list prices: exchange rates, and that exports bear no tax.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from api.execution.journal import Journal
from api.resolvers.condition_store import lookup_of
from api.resolvers.orders_content import GROUP_CURRENCY
from domain.areas import PARTS, Area
from domain.errors import Invalid
from domain.pricing.values import ReleaseStatus
from models.material import Material, MaterialGroup, MaterialSalesView
from models.organization import Plant
from models.pricing import ConditionRecord, ExchangeRate

PRODUCTS, CATEGORIES = "products.csv", "categories.csv"
TYPE, TABLE, CURRENCY, UNIT, TAX_CLASS = "PR00", "A004", "USD", "PC", "1"
FIRST_DAY = date(1996, 1, 1)
"""From here on list prices are valid: before the first order of the data set."""
TAX, TAX_TABLE = "MWST", "A012"
RATES = {date(1996, 1, 1): "8.3142", date(1997, 1, 1): "8.2898", date(1998, 1, 1): "8.2790"}
"""What a dollar was worth in the group's currency, on average of the year that begins then."""
SOURCE = "northwind"
"""Who made the prices, so that whoever imports them can release them."""


def files_in(folder: Path) -> bool:
    """Whether the folder has the products at all."""
    return (folder / PRODUCTS).exists() and (folder / CATEGORIES).exists()


def count(folder: Path) -> int:
    """How many products there are to import."""
    return len(list(_rows(folder / PRODUCTS)))


async def bring_in(
    journal: Journal, folder: Path, area: Area, plant: str | None, progress: Callable[[], None]
) -> dict[str, int]:
    """Bring groups, materials of a plant and prices in; known ones are brought up to date.

    Raises Invalid naming file, row and column.
    """
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    groups = {row["category_id"]: await _group(row) for row in _rows(folder / CATEGORIES)}
    for line, row in enumerate(_rows(folder / PRODUCTS), start=2):
        price = _price(row["unit_price"], line)
        if row["category_id"] not in groups:
            raise Invalid.because("CODE_UNKNOWN", f"{PRODUCTS}.{line}.category_id", value=row["category_id"])
        material, outcome = await _material(journal, row, groups[row["category_id"]], area, plant)
        repriced = await _list_price(journal, material, area, price)
        counts["changed" if outcome == "unchanged" and repriced else outcome] += 1
        progress()
    return counts


async def _group(row: dict[str, str]) -> str:
    code = f"NW{row['category_id']}"
    await MaterialGroup.update_or_create(code=code, defaults={"name": row["category_name"].strip()})
    return code


async def _material(journal: Journal, row: dict[str, str], group: str, area: Area, plant: str | None) -> tuple[Material, str]:
    described = {"description": f"{row['product_name'].strip()} ({row['quantity_per_unit'].strip()})", "material_group": group}
    key = f"{SOURCE}:{row['product_id']}"
    place: dict[str, Any] = dict(zip(PARTS, area, strict=True))
    material = await Material.filter(external_key=key).select_for_update().get_or_none()
    if material is not None:
        journal.keep(material)
        material.update_from_dict(described)
        material.make_findable()
        view = await MaterialSalesView.get(material_id=material.id, **place)
        journal.keep(view)
        view.delivering_plant = view.delivering_plant or plant
        if not journal.changes(material) and not journal.changes(view):
            return material, "unchanged"
        await journal.save(material, parts={None: view})
        return material, "changed"
    material = Material(
        **described,
        number=await journal.next_number("material"),
        base_unit=UNIT,
        tax_class=TAX_CLASS,
        external_key=key,
        created_by=journal.by,
    )
    material.make_findable()
    await journal.create(material)
    view = MaterialSalesView(material=material, **place, sales_unit=UNIT, delivering_plant=plant)
    await journal.create(view, part_of=material)
    return material, "created"


async def _list_price(journal: Journal, material: Material, area: Area, price: Decimal) -> bool:
    """Keep the list price, as a new version where another one is known; tells whether it changed."""
    lookup = lookup_of(TYPE, TABLE, (area[0], material.number))
    last = await ConditionRecord.filter(lookup=lookup).order_by("-version").first()
    if last is not None and last.rate == price:
        return False
    record = ConditionRecord(
        number=await journal.next_number("condition_record") if last is None else last.number,
        version=1 if last is None else last.version + 1,
        condition_type=TYPE,
        condition_table=TABLE,
        lookup=lookup,
        sales_organization=area[0],
        material=material,
        valid_from=FIRST_DAY,
        release_status=ReleaseStatus.BLOCKED,
        rate=price,
        currency=CURRENCY,
        per=Decimal(1),
        unit=UNIT,
        created_by=SOURCE,
        created_at=journal.now,
    )
    record.release(journal.by, journal.now)
    await journal.create(record)
    return last is not None


async def bring_in_past(journal: Journal, plant: Plant) -> None:
    """Say what the currency was worth in the years of the orders, and that exports from a plant bore no tax."""
    for day, rate in RATES.items():
        told: dict[str, Any] = {"from_currency": CURRENCY, "to_currency": GROUP_CURRENCY, "valid_from": day}
        if not await ExchangeRate.exists(**told):
            await journal.create(ExchangeRate(**told, rate=Decimal(rate), created_by=journal.by))
    lookup = lookup_of(TAX, TAX_TABLE, (plant.country,))
    first = await ConditionRecord.filter(lookup=lookup).order_by("valid_from").first()
    if first is not None and first.valid_from <= FIRST_DAY:
        return
    record = ConditionRecord(
        number=await journal.next_number("condition_record"),
        condition_type=TAX,
        condition_table=TAX_TABLE,
        lookup=lookup,
        valid_from=FIRST_DAY,
        valid_to=date.max if first is None else first.valid_from - timedelta(days=1),
        release_status=ReleaseStatus.BLOCKED,
        rate=Decimal(0),
        created_by=SOURCE,
        created_at=journal.now,
    )
    record.release(journal.by, journal.now)
    await journal.create(record)


def _price(text: str, line: int) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation as fault:
        raise Invalid.because("CODE_MALFORMED", f"{PRODUCTS}.{line}.unit_price", value=text) from fault
    if not price.is_finite() or price < 0:
        raise Invalid.because("CODE_MALFORMED", f"{PRODUCTS}.{line}.unit_price", value=text)
    return price


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
