"""Price lists: what the materials of a sales area cost a customer, as a connection and as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Annotated, Optional

import strawberry

from api.auth.links import export_links
from api.execution.pages import Connection, page_of_stream, rows_by
from api.execution.reads import Reads
from api.resolvers.price_lists import Priced, PriceList, priced
from api.schema.amounts import Money, Quantity
from api.schema.base import Info
from api.schema.files import FileLink
from api.schema.materials import Material
from api.schema.scalars import write_decimal
from domain.exchange import BYTE_ORDER_MARK, line_of, lines_of

NEW = strawberry.UNSET


@strawberry.type(description="What a material costs a customer.")
class PriceListEntry:
    material: Material = strawberry.field(description="The material.")
    net_price: Money = strawberry.field(description="What so much of it costs without taxes.")
    per: Quantity = strawberry.field(description="How much of it.")


@strawberry.type(description="A price list as a file to be fetched: CSV in UTF-8, one line for each material.")
class PriceListExport:
    link: FileLink = strawberry.field(description="A link of your own to fetch it by.")


@strawberry.type
class PriceListQueries:
    @strawberry.field(
        description="What the materials of a sales area cost a customer on a day, each by itself, by number. Those without a"
        " price are left out. Needs SIMULATE on `sales_order` or on `price_condition` there."
    )
    async def price_list(
        self,
        info: Info,
        customer: Annotated[strawberry.ID, strawberry.argument(description="The customer.")],
        sales_area: Annotated[str, strawberry.argument(description="The sales area, e.g. 1000/10/00.")],
        date: Annotated[date, strawberry.argument(description="The day.")],
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
    ) -> Optional[Connection[PriceListEntry]]:
        reads, wanted = info.context.reads, PriceList(customer, sales_area, date)

        async def begun(texts: Sequence[str]) -> AsyncIterator[tuple[tuple[str, ...], Priced]]:
            async for each in priced(reads, wanted, texts[0] if texts else "", at_a_time=first + 1):
                yield (each.number,), each

        name = f"PriceListEntry {wanted}"
        page = await page_of_stream(name, 1, begun, first=first, after=after or None)
        materials = await rows_by(reads, Material, "id", [edge.node.material for edge in page.edges])
        for edge in page.edges:
            entry: Priced = edge.node
            edge.node = PriceListEntry(
                material=materials[entry.material],  # type: ignore[arg-type]  # a row of the type
                net_price=Money(amount=entry.amount, currency=entry.currency),
                per=Quantity(value=entry.per.amount, unit=entry.per.unit),
            )
        return page

    @strawberry.field(description="The same price list as a file to be fetched.")
    async def price_list_export(
        self,
        info: Info,
        customer: Annotated[strawberry.ID, strawberry.argument(description="The customer.")],
        sales_area: Annotated[str, strawberry.argument(description="The sales area, e.g. 1000/10/00.")],
        date: Annotated[date, strawberry.argument(description="The day.")],
    ) -> Optional[PriceListExport]:
        wanted = PriceList(customer, sales_area, date)
        await anext(priced(info.context.reads, wanted, at_a_time=1), None)  # what would be refused then is refused now
        assert info.context.caller is not None
        said = {"customer": customer, "sales_area": sales_area, "day": date.isoformat()}
        token, expires_at = export_links().issue(info.context.caller, **said)
        return PriceListExport(link=FileLink(url=f"/exports/{token}/price-list.csv", expires_at=expires_at))


LINES_AT_A_TIME = 200
TITLES = ("Material 物料", "Description 描述", "Net price 净价", "Currency 货币", "Per 每", "Unit 单位")


async def price_list_lines(reads: Reads, wanted: PriceList) -> AsyncIterator[str]:
    """A price list as CSV with titles, for a spreadsheet, some lines at a time. Raises as `priced`."""
    text, rows = BYTE_ORDER_MARK + line_of(TITLES), list[tuple[str, ...]]()
    async for each in priced(reads, wanted):
        if len(rows) == LINES_AT_A_TIME:
            yield text + lines_of(rows)
            text, rows = "", []
        per = write_decimal(each.per.amount)
        rows.append((each.number, each.description, write_decimal(each.amount), each.currency, per, each.per.unit))
    yield text + lines_of(rows)
