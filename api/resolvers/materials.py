"""Materials: taken up, changed, and put on sale in a sales area; and what is computed of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from strawberry import UNSET
from tortoise.expressions import Q

from api.auth.predicates import Bindings
from api.execution.command import Work, command, given
from api.execution.reads import Reads
from api.resolvers.customers import plain
from api.resolvers.pieces import fetch_in, pieces_now
from domain.activity import Activity
from domain.areas import PARTS, Area, area_of, text_of
from domain.caller import Caller
from domain.errors import Duplicate, Forbidden, Invalid, Refusal, refuse_if_any
from domain.material import (
    GROUP,
    LONGEST_NAME,
    NUMBER,
    FurtherUnit,
    MaterialData,
    faults_of_material,
    faults_of_text,
)
from domain.pricing.kinds import CustomizingKind as Kind
from models.material import Material, MaterialGroup, MaterialSalesView, MaterialUnit
from models.organization import Plant, SalesArea

OBJECT = "material"
GENERAL = (
    "description",
    "base_unit",
    "material_group",
    "tax_class",
    "gross_weight",
    "net_weight",
    "weight_unit",
    "volume",
    "volume_unit",
)
VIEW = ("sales_unit", "pricing_group", "delivering_plant", "cost")
"""What inputs and rows call alike."""


async def create_material(caller: Caller | None, input: Any) -> Material:
    """Take a material up with its first sales view. Raises Forbidden, Invalid, Duplicate."""
    async with command(caller, input, "createMaterial") as work:
        area = await _area(input.sales_view.sales_area, "salesView.salesArea")
        work.demand_in(area, OBJECT, Activity.CREATE)
        number = plain(input.number) if given(input.number) else None
        if number is not None and not NUMBER.fullmatch(number):
            raise Invalid.because("CODE_MALFORMED", "number", value=number)
        material = Material(number=number or await work.next_number(OBJECT), created_by=work.by)
        if await Material.exists(number=material.number):
            raise Duplicate.because("MATERIAL_EXISTS", "number", value=material.number)
        units = await _fill(work, material, input, ())
        material.make_findable()
        await work.create(material)
        await _keep_units(work, material, units)
        await _keep_view(work, material, area, input.sales_view, "salesView.")
        work.subject = material
    return material


async def change_material(caller: Caller | None, input: Any) -> Material:
    """Change what holds in all sales areas. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "changeMaterial") as work:
        material = await work.lock(Material, "Material", input.material, "material", version=input.version)
        await work.demand(material, Activity.CHANGE)
        before = await MaterialUnit.filter(material_id=material.id).order_by("unit")
        units = await _fill(work, material, input, [FurtherUnit(u.unit, u.numerator, u.denominator) for u in before])
        material.make_findable()
        await work.save(material)
        await _keep_units(work, material, units)
    return material


async def set_material_sales_view(caller: Caller | None, input: Any) -> Material:
    """Say how a sales area sells a material, or that it begins to. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "setMaterialSalesView") as work:
        material = await work.lock(Material, "Material", input.material, "material", version=input.version)
        area = await _area(input.sales_area, "salesArea")
        await work.save(material)
        await _keep_view(work, material, area, input, "")
    return material


async def save_material_group(caller: Caller | None, input: Any) -> MaterialGroup:
    """Make a material group or name it otherwise. Raises Forbidden, Invalid."""
    async with command(caller, input, "saveMaterialGroup") as work:
        if work.authority.scope(OBJECT, Activity.CREATE).is_empty:
            raise Forbidden.because("FORBIDDEN", None, object=OBJECT, activity=Activity.CREATE.name)
        if not GROUP.fullmatch(input.code):
            raise Invalid.because("CODE_MALFORMED", "code", value=input.code)
        refuse_if_any(faults_of_text("name", input.name, LONGEST_NAME), Invalid)
        group, _ = await MaterialGroup.update_or_create(code=input.code, defaults={"name": input.name.strip()})
    return group


async def _fill(work: Work, material: Material, input: Any, units: Sequence[FurtherUnit]) -> tuple[FurtherUnit, ...]:
    """Fill the general data with what an input says; the further units that it comes to. Raises Invalid."""
    for name in GENERAL:
        if given(value := getattr(input, name, UNSET)):
            setattr(material, name, plain(value))
    if given(input.units):
        units = [FurtherUnit(each.unit, each.numerator, each.denominator) for each in input.units or ()]
    pieces = await pieces_now(fetch_in(work.connection))
    data = MaterialData(
        description=material.description or "",
        base_unit=material.base_unit or "",
        tax_class=material.tax_class or "",
        gross_weight=material.gross_weight,
        net_weight=material.net_weight,
        weight_unit=material.weight_unit,
        volume=material.volume,
        volume_unit=material.volume_unit,
        units=tuple(units),
    )
    faults = [*faults_of_material(data, pieces.values(Kind.UNIT), pieces.of(Kind.TAX_CLASS))]
    if material.material_group is not None and not await MaterialGroup.exists(code=material.material_group):
        faults.append(Refusal("CODE_UNKNOWN", "materialGroup", {"value": material.material_group}))
    refuse_if_any(tuple(faults), Invalid)
    return data.units


async def _keep_units(work: Work, material: Material, units: Sequence[FurtherUnit]) -> None:
    before = {each.unit: each for each in await MaterialUnit.filter(material_id=material.id)}
    wanted = {each.unit: each for each in units}
    for gone in before.keys() - wanted.keys():
        await work.remove(before[gone], part_of=material)
    for unit, each in wanted.items():
        row = before.get(unit) or MaterialUnit(
            material=material, unit=unit, numerator=each.numerator, denominator=each.denominator
        )
        if unit not in before:
            await work.create(row, part_of=material)
        elif (row.numerator, row.denominator) != (each.numerator, each.denominator):
            work.keep(row)
            row.numerator, row.denominator = each.numerator, each.denominator
            await work.save_part(row, part_of=material)


async def _keep_view(work: Work, material: Material, area: Area, input: Any, path: str) -> None:
    """Make or change the view of an area. Raises Forbidden, Invalid."""
    columns = dict(zip(PARTS, area, strict=True))
    view = await MaterialSalesView.filter(Q(material_id=material.id, **columns)).first()
    work.demand_in(area, OBJECT, Activity.CREATE if view is None else Activity.CHANGE)
    made = view is None
    view = view or MaterialSalesView(material=material, sales_unit=material.base_unit, **columns)
    if not made:
        work.keep(view)
    if given(input.cost):
        work.demand_in(area, "sales_order_cost", Activity.DISPLAY)
    for name in VIEW:
        if given(value := getattr(input, name)):
            setattr(view, name, plain(value))
    units = {material.base_unit, *await MaterialUnit.filter(material_id=material.id).values_list("unit", flat=True)}
    checks = (
        (view.sales_unit in units, Refusal("CODE_UNKNOWN", f"{path}salesUnit", {"value": view.sales_unit})),
        (
            view.pricing_group is None or GROUP.fullmatch(view.pricing_group) is not None,
            Refusal("CODE_MALFORMED", f"{path}pricingGroup", {"value": view.pricing_group}),
        ),
        (
            view.delivering_plant is None or await Plant.exists(code=view.delivering_plant, sales_organization=area[0]),
            Refusal("CODE_UNKNOWN", f"{path}deliveringPlant", {"value": view.delivering_plant}),
        ),
        (view.cost is None or Decimal(0) <= view.cost, Refusal("MATERIAL_MEASURE", f"{path}cost", {"value": str(view.cost)})),
    )
    refuse_if_any(tuple(refusal for holds, refusal in checks if not holds), Invalid)
    if made:
        await work.create(view, part_of=material, part=text_of(area))
    else:
        await work.save_part(view, part_of=material, part=text_of(area))


async def _area(text: str, path: str) -> Area:
    area = area_of(text, path)
    if not await SalesArea.filter(Q(**dict(zip(PARTS, area, strict=True)))).exists():
        raise Invalid.because("UNKNOWN_SALES_AREA", path, value=text)
    return area


# ------------------------------------------------------------------------------------------------------------- computed


async def sales_units_of(reads: Reads, materials: Sequence[int]) -> list[list[str]]:
    """For each material that the caller sees, by its key: its base unit, then its further ones."""
    bindings = Bindings()
    wanted = bindings.bind(list(materials), "bigint[]")
    rows = await reads.fetch(
        f"""select m.id, m.base_unit || array(select u.unit from material_units u where u.material_id = m.id
                                              order by u.unit collate "C") as units
            from materials m where m.id = any({wanted})""",
        bindings,
    )
    found = {row["id"]: list(row["units"]) for row in rows}
    return [found[key] for key in materials]
