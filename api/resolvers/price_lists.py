"""Price lists: what each material of a sales area costs a customer on a day, each priced by itself, many at one go."""

from __future__ import annotations

from asyncio import gather, sleep
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from api.auth.predicates import Bindings
from api.execution import global_id
from api.execution.reads import Reads
from api.resolvers.condition_store import lookups_of, records_under
from api.resolvers.pieces import fetch_by, pieces_now
from api.resolvers.pricing import Place, document_of, item_of, procedure_of, rate_of_costs, refuse_question
from domain.areas import Area, area_of
from domain.errors import NotFound
from domain.pricing.accesses import keys_wanted
from domain.pricing.evaluation import net_prices
from domain.pricing.values import Amount, PricingDocument
from models.material import Material, MaterialSalesView

DOCUMENT_TYPE = "OR"
AT_A_TIME = 500
"""Materials that are loaded and priced at one go."""
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Priced:
    """What so much of a material costs without taxes; `material` is its key."""

    material: int
    number: str
    description: str
    amount: Decimal
    currency: str
    per: Amount


@dataclass(frozen=True, slots=True)
class PriceList:
    """Whose prices, where and on which day."""

    customer: str
    sales_area: str
    day: date


async def priced(reads: Reads, wanted: PriceList, after: str = "", *, at_a_time: int = AT_A_TIME) -> AsyncIterator[Priced]:
    """The priced materials behind a number, by number; those without a price are left out.

    Raises Invalid, NotFound, Forbidden, Refused, before the first.
    """
    area, at_a_time = area_of(wanted.sales_area, "salesArea"), min(at_a_time, AT_A_TIME)
    rows = await _rows(reads, wanted, area, after, at_a_time)
    for each in await _prices(reads, wanted, area, rows):
        yield each
    rows = await _behind(reads, wanted, area, rows, at_a_time)  # only now: a page that is full is not read on
    while rows:
        prices, rows = await gather(_prices(reads, wanted, area, rows), _behind(reads, wanted, area, rows, at_a_time))
        for each in prices:
            yield each


async def _behind(reads: Reads, wanted: PriceList, area: Area, rows: Sequence[Any], most: int) -> list[Any]:
    """The materials behind those of rows; nothing is asked where these were the last."""
    return await _rows(reads, wanted, area, rows[-1]["material_number"], most) if len(rows) == most else []


async def _rows(reads: Reads, wanted: PriceList, area: Area, after: str, most: int) -> list[Any]:
    """The next materials with the header's data in each row."""
    authority, bindings = await reads.authority(), Bindings()
    place = Place(authority, area, bindings)
    rows = await reads.fetch(
        f"""{place.columns}, m.description
            {place.header(global_id.key_of(wanted.customer, "Customer", "customer"))}
            left join lateral (
                select m.*, w.id as view from materials m
                join material_sales_views w on w.material_id = m.id and {place.of("w")}
                    and {place.seen(MaterialSalesView, "w")}
                where m.number collate "C" > {bindings.bind(after, "text")} and {place.seen(Material, "m")}
                order by m.number collate "C" limit {most}) m on true
            left join material_sales_views w on w.id = m.view
            left join plants p on p.code = w.delivering_plant
            where {place.sold_to_seen} order by m.number collate "C" """,
        bindings,
    )
    if not rows:
        raise NotFound.because("NOT_FOUND", "customer", what="Customer")
    refuse_question(authority, rows[0], area, "customer")
    return [row for row in rows if row["material_id"] is not None]  # the header alone where there are none


async def _prices(reads: Reads, wanted: PriceList, area: Area, rows: Sequence[Any]) -> list[Priced]:
    """Each material priced for one sales unit; for as many as its price is for, where that is another number."""
    if not rows:
        return []
    pieces = await pieces_now(fetch_by(reads), rows[0]["stamp"])
    customizing = pieces.customizing(procedure_of(pieces, wanted.sales_area, DOCUMENT_TYPE, rows[0]["customer_procedure"]))
    rate = rate_of_costs(rows[0], customizing, wanted.day)

    def document(quantities: Mapping[int, Amount]) -> PricingDocument:
        """Of so much of the materials at these places."""
        items = (item_of(rows[place], place, each.amount, each.unit, rate) for place, each in quantities.items())
        return document_of(rows[0], area, tuple(items), wanted.day, wanted.day)

    asked = {place: Amount(ONE, row["sales_unit"]) for place, row in enumerate(rows)}
    first = document(asked)
    records = await records_under(fetch_by(reads), lookups_of(keys_wanted(first, customizing)))
    await sleep(0)  # pricing lets nobody else proceed: who waits to ask for the next rows does so before
    prices = dict(enumerate(net_prices(first, customizing, records)))
    agreed = {place: price.per for place, price in prices.items() if price.per is not None and price.per != asked[place]}
    if agreed:
        prices |= zip(agreed, net_prices(document(agreed), customizing, records), strict=True)
        asked |= agreed
    return [
        Priced(row["material_id"], row["material_number"], row["description"], price.value, row["currency"], asked[place])
        for place, (row, price) in enumerate(zip(rows, prices.values(), strict=True))
        if price.is_priced
    ]
