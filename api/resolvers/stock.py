"""Stock: when so much of a material could leave a plant, counting, and what is planned to come or to go."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from api.auth.predicates import Bindings, RowScope
from api.execution import global_id
from api.execution.command import Work, given, working
from api.execution.reads import Reads
from api.execution.visible import visible
from api.execution.waiting import Waiting
from api.resolvers.document_availability import available, hold
from api.resolvers.pieces import fetch_by, pieces_now
from api.resolvers.pricing import units_of
from domain.activity import Activity
from domain.areas import text_of
from domain.caller import Caller
from domain.errors import Forbidden, Invalid, NotFound, Refusal, Refused, refuse_if_any
from domain.orders.availability import Requirement, ScheduleLine, confirmation
from domain.orders.quantities import faults_of_quantity
from domain.pricing.kinds import CustomizingKind
from domain.pricing.units import NO_UNITS, conversion, converted
from models.access import Access, OwnArea
from models.material import Material
from models.stock import GoodsMovement, MaterialPlant, PlannedMovement, Stock

ZERO = Decimal(0)
LONGEST_DAYS = 3660
ZONE = "select o.time_zone from plants p join sales_organizations o on o.code = p.sales_organization where p.code = $1"
AREAS = "select sales_organization, distribution_channel, division from plant_areas where plant = $1 order by 1, 2, 3"
MATERIAL = """
    select m.id, m.base_unit, o.time_zone,
           (select json_agg(json_build_array(u.unit, u.numerator, u.denominator)) from material_units u
            where u.material_id = m.id) as units,
           exists (select 1 from plant_areas a where a.plant = p.code and {seen_plant}) as stock_seen
    from materials m cross join plants p join sales_organizations o on o.code = p.sales_organization
    where m.id = {material} and p.code = {plant} and {seen}"""


async def availability_of(
    reads: Reads, material: str, plant: str, day: date, quantity: Decimal, unit: str
) -> list[ScheduleLine]:
    """When so much could leave, in that unit. Raises NotFound, Forbidden, Invalid."""
    key = global_id.key_of(material, "Material", "material")
    authority, bindings = await reads.authority(), Bindings()
    where = bindings.bind(key, "bigint")
    code = bindings.bind(plant, "text")
    seen = visible(authority, Material.access, "m", bindings)
    scope = authority.scope(MaterialPlant.access.object)
    of_plant = RowScope(Access("stock", OwnArea()), "a", scope, authority.user_id).some(bindings)
    rows = await reads.fetch(MATERIAL.format(material=where, plant=code, seen=seen, seen_plant=of_plant), bindings)
    if not rows:
        raise NotFound.because("NOT_FOUND", "material", what="Material")
    row = rows[0]
    if not row["stock_seen"]:
        raise Forbidden.because("FORBIDDEN_QUESTION", "plant", object="stock", activity=Activity.DISPLAY.name)
    pieces = await pieces_now(fetch_by(reads))
    units = pieces.values(CustomizingKind.UNIT)
    refuse_if_any(faults_of_quantity(quantity, unit, units, "quantity"), Invalid)
    factor = conversion(unit, row["base_unit"], units, row["base_unit"], units_of(row["units"]) if row["units"] else NO_UNITS)
    if factor is None:
        raise Invalid.because("QUANTITY_UNIT", "unit", unit=unit, other=row["base_unit"])
    today = (await reads.state()).now.astimezone(ZoneInfo(row["time_zone"])).date()
    if (day - today).days > LONGEST_DAYS:
        raise Invalid.because("DAY_RANGE", "date", value=day.isoformat())
    place = (key, plant)
    async with reads.connection() as connection:
        left = await available(connection, [place], today)
    found = confirmation(left[place], Requirement(max(day, today), converted(quantity, factor)))
    per = converted(Decimal(1), factor)
    return [ScheduleLine(each.day, (each.quantity / per).normalize()) for each in found.lines]


async def adjust_stock(caller: Caller | None, input: Any) -> Stock:
    """Set stock to what was counted. Raises NotFound, Forbidden, Invalid, Refused where less would be there than nothing."""
    async with working(Waiting, caller, input, "adjustStock") as work:
        material = await work.seen(Material, "Material", input.material, "material")
        await _demand(work, input.plant, Activity.CHANGE)
        today = await _business_day(work, input.plant)
        posting = input.posting_date if given(input.posting_date) and input.posting_date else today
        if posting > today:
            raise Invalid.because("PAYMENT_FUTURE", "postingDate", day=posting.isoformat())
        await _in_plant(work, material, input.plant)
        await hold(work, [(material.id, input.plant)])
        found = (
            await Stock.filter(material_id=material.id, plant=input.plant, storage_location=input.storage_location)
            .select_for_update()
            .first()
        )
        stock = found or Stock(
            material_id=material.id, plant=input.plant, storage_location=input.storage_location, quantity=ZERO
        )
        if stock.quantity + input.quantity < 0:
            values = {"line": "-", "value": str(-input.quantity), "stock": str(stock.quantity)}
            raise Refused(Refusal("STOCK_LACKING", "quantity", values))
        stock.quantity += input.quantity
        await (work.put(stock) if found else work.add(stock))
        await work.add(
            GoodsMovement(
                material_id=material.id,
                plant=input.plant,
                storage_location=input.storage_location,
                quantity=input.quantity,
                base_unit=material.base_unit,
                posting_date=posting,
                posted_by=work.by,
                posted_at=work.now,
                reason=input.reason.strip() or None,
            )
        )
    return stock


async def plan_movement(caller: Caller | None, input: Any) -> PlannedMovement:
    """Plan a receipt or a reservation. Raises NotFound, Forbidden, Invalid."""
    async with working(Waiting, caller, input, "planMovement") as work:
        material = await work.seen(Material, "Material", input.material, "material")
        await _demand(work, input.plant, Activity.CREATE)
        await _in_plant(work, material, input.plant)
        if not input.quantity:
            raise Invalid.because("QUANTITY_OUT_OF_RANGE", "quantity", value="0")
        await hold(work, [(material.id, input.plant)])
        planned = PlannedMovement(
            material_id=material.id,
            plant=input.plant,
            day=input.day,
            quantity=input.quantity,
            reference=input.reference,
            created_by=work.by,
        )
        await work.add(planned)
    return planned


async def _demand(work: Work, plant: str, activity: Activity) -> None:
    """The right on stock is needed in every area that the plant ships for. Raises Forbidden."""
    areas = [(row[0], row[1], row[2]) for row in await work.connection.fetch(AREAS, plant)]
    if not areas:
        raise Invalid.because("CODE_UNKNOWN", "plant", value=plant)
    for area in areas:
        if not work.authority.allows(area, "stock", activity, own=False):  # type: ignore[arg-type]  # an area's three codes
            values = {"object": "stock", "activity": activity.name, "salesArea": text_of(area)}  # type: ignore[arg-type]
            raise Forbidden(Refusal("FORBIDDEN", "plant", values))
    work.used("stock", activity)


async def _business_day(work: Work, plant: str) -> date:
    """The day that it is in the sales organization of a plant."""
    row = await work.connection.fetchrow(ZONE, plant)
    return work.now.astimezone(ZoneInfo(row["time_zone"])).date()


async def _in_plant(work: Work, material: Material, plant: str) -> None:
    """The material is kept in the plant from now on, if it was not."""
    await work.connection.execute(
        "insert into material_plants (material_id, plant, storage_location) values ($1, $2, '0001') on conflict do nothing",
        material.id,
        plant,
    )
