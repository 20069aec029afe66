"""The Northwind products: categories as material groups, products as materials, list prices as condition records."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from api.execution.journal import Journal
from api.resolvers.condition_store import lookup_of
from domain.areas import PARTS, Area
from domain.errors import Invalid
from domain.pricing.values import ReleaseStatus
from models.material import Material, MaterialGroup, MaterialSalesView
from models.pricing import ConditionRecord

PRODUCTS, CATEGORIES = "products.csv", "categories.csv"
TYPE, TABLE, CURRENCY, UNIT, TAX_CLASS = "PR00", "A004", "USD", "PC", "1"
FIRST_DAY = date(1996, 1, 1)
"""From here on list prices are valid: before the first order of the data set."""
SOURCE = "northwind"
"""Who made the prices, so that whoever imports them can release them."""


def files_in(folder: Path) -> bool:
    """Whether the folder has the products at all."""
    return (folder / PRODUCTS).exists() and (folder / CATEGORIES).exists()


def count(folder: Path) -> int:
    """How many products there are to import."""
    return len(list(_rows(folder / PRODUCTS)))


async def bring_in(journal: Journal, folder: Path, area: Area, progress: Callable[[], None]) -> dict[str, int]:
    """Bring groups, materials and prices in; known ones are brought up to date. Raises Invalid naming file, row and column."""
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    groups = {row["category_id"]: await _group(row) for row in _rows(folder / CATEGORIES)}
    for line, row in enumerate(_rows(folder / PRODUCTS), start=2):
        price = _price(row["unit_price"], line)
        if row["category_id"] not in groups:
            raise Invalid.because("CODE_UNKNOWN", f"{PRODUCTS}.{line}.category_id", value=row["category_id"])
        material, outcome = await _material(journal, row, groups[row["category_id"]], area)
        repriced = await _list_price(journal, material, area, price)
        counts["changed" if outcome == "unchanged" and repriced else outcome] += 1
        progress()
    return counts


async def _group(row: dict[str, str]) -> str:
    code = f"NW{row['category_id']}"
    await MaterialGroup.update_or_create(code=code, defaults={"name": row["category_name"].strip()})
    return code


async def _material(journal: Journal, row: dict[str, str], group: str, area: Area) -> tuple[Material, str]:
    described = {"description": f"{row['product_name'].strip()} ({row['quantity_per_unit'].strip()})", "material_group": group}
    key = f"{SOURCE}:{row['product_id']}"
    material = await Material.filter(external_key=key).select_for_update().get_or_none()
    if material is not None:
        journal.keep(material)
        material.update_from_dict(described)
        material.make_findable()
        if not journal.changes(material):
            return material, "unchanged"
        await journal.save(material)
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
    view = MaterialSalesView(material=material, **dict(zip(PARTS, area, strict=True)), sales_unit=UNIT)
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
