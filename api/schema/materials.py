"""The material master as far as sales needs it, with the units it is sold in."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Optional

import strawberry

import models
from api.execution import global_id as ids
from api.execution.filters import StringFilter, area_filter, condition_of, filter_of, search_filter
from api.execution.mapping import Offer, Permit, column, computed, global_id, mapped, to_many, to_one, viewer_can
from api.execution.pages import Connection, answered
from api.execution.requests import PageRequest, RowRequest, Sort, asks, page_request
from api.resolvers import materials as resolvers
from api.resolvers.materials import sales_units_of
from api.schema.base import INPUT, USER_ERRORS, VERSION, CommandInput, Info, Node, UserError, carried_out
from api.schema.scalars import Command
from domain.activity import Activity
from domain.errors import Invalid

NEW = strawberry.UNSET


@mapped(models.MaterialGroup)
@strawberry.type(description="What materials of a kind have in common: 物料组.")
class MaterialGroup(Node):
    id: strawberry.ID = global_id("The global id.", of="code")
    code: str = column("code", "The group's code.")
    name: str = column("name", "What it is called.")


@mapped(models.MaterialUnit)
@strawberry.type(description="A further unit of a material: 1 of it is `numerator / denominator` of the base unit, exactly.")
class MaterialUnit:
    unit: str = column("unit", "The unit.")
    numerator: int = column("numerator", "So many parts of a base unit …")
    denominator: int = column("denominator", "… of which this many make up a base unit.")


@mapped(models.MaterialSalesView)
@strawberry.type(description="How one sales area sells the material.")
class MaterialSalesView(Node):
    id: strawberry.ID = global_id("The global id.")
    sales_area: str = column(
        "{row}.sales_organization || '/' || {row}.distribution_channel || '/' || {row}.division",
        "The sales area, e.g. 1000/10/00.",
        type="text",
    )
    sales_unit: str = column("sales_unit", "The unit it is usually sold in there.")
    pricing_group: Optional[str] = column("pricing_group", "The material pricing group 物料定价组.")
    cost: Optional[Decimal] = column(
        "cost", "What one base unit costs, in the sales organization's currency.", right="sales_order_cost"
    )


@mapped(models.Material)
@strawberry.type(description="Something that is sold: one number for the whole group.")
class Material(Node):
    id: strawberry.ID = global_id("The material's id.")
    number: str = column("number", "The material's number.", filter=True, order=True)
    description: str = column("description", "What it is.", filter=True)
    base_unit: str = column("base_unit", "The unit that stock and all further units count in.")
    material_group: Optional[MaterialGroup] = to_one("Its group.", on=(("code", "material_group"),))
    tax_class: str = column("tax_class", "How it is taxed: its class in tax determination.")
    gross_weight: Optional[Decimal] = column("gross_weight", "Weight of one base unit with its packing.")
    net_weight: Optional[Decimal] = column("net_weight", "Weight of one base unit without its packing.")
    weight_unit: Optional[str] = column("weight_unit", "The unit of both weights.")
    volume: Optional[Decimal] = column("volume", "Volume of one base unit.")
    volume_unit: Optional[str] = column("volume_unit", "The unit of the volume.")
    units: list[MaterialUnit] = to_many("Further units.", on=(("material_id", "id"),), order=("unit",))
    sales_units: list[str] = computed("The units it may be ordered in: the base unit, then the further ones.", sales_units_of)
    sales_views: list[MaterialSalesView] = to_many(
        "The sales areas that sell it, of those you may see.",
        on=(("material_id", "id"),),
        order=("sales_organization", "distribution_channel", "division"),
    )
    version: int = column("version", "Counts the changes of the material, for commands.")
    viewer_can: list[Command] = viewer_can(
        Offer("changeMaterial", (Permit("material", Activity.CHANGE),)),
        Offer("setMaterialSalesView", (Permit("material", Activity.CHANGE),)),
    )


@filter_of(Material)
class MaterialFilter:
    search: Optional[str] = search_filter("Words of the description, parts of words too, Chinese as well; or the number.")
    sales_area: Optional[StringFilter] = area_filter(
        "Is sold in such a sales area, e.g. 1000/10/00.", models.MaterialSalesView, (("material_id", "id"),)
    )


def _materials(first: int, after: str | None = None, filter: MaterialFilter | None = None) -> PageRequest:
    return page_request(Material, first, after, [Sort("number", False, "orderBy")], condition_of(filter))


def _material(id: str | None = None, number: str | None = None) -> RowRequest:
    if bool(id) == bool(number):
        raise Invalid.because("ONE_KEY_NEEDED", "id", names="id, number")
    if id:
        return RowRequest(Material, "id", ids.key_of(id, "Material", "id"))
    return RowRequest(Material, "number", number)


@strawberry.type
class MaterialQueries:
    @asks(_materials, "The materials of the sales areas you may see, by number.")
    async def materials(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = strawberry.UNSET,
        filter: Annotated[Optional[MaterialFilter], strawberry.argument(description="Which rows.")] = strawberry.UNSET,
    ) -> Connection[Material]:
        return await answered(info.context.reads, _materials(first, after, filter))

    @asks(_material, "One material, by id or by number; null if there is none that you may see.")
    async def material(
        self,
        info: Info,
        id: Annotated[Optional[strawberry.ID], strawberry.argument(description="The global id.")] = strawberry.UNSET,
        number: Annotated[Optional[str], strawberry.argument(description="The material's number.")] = strawberry.UNSET,
    ) -> Optional[Material]:
        return await answered(info.context.reads, _material(id, number))


# ------------------------------------------------------------------------------------------------------------- commands


@strawberry.input(description="A further unit: 1 of it is `numerator / denominator` of the base unit, exactly.")
class MaterialUnitInput:
    unit: str = strawberry.field(description="The unit.")
    numerator: int = strawberry.field(default=1, description="So many parts of a base unit …")
    denominator: int = strawberry.field(default=1, description="… of which this many make up a base unit.")


@strawberry.input
class SalesViewInput:
    """How a sales area sells a material."""

    sales_area: str = strawberry.field(description="The sales area, e.g. 1000/10/00.")
    sales_unit: Optional[str] = strawberry.field(default=NEW, description="The unit it is usually sold in; the base unit.")
    pricing_group: Optional[str] = strawberry.field(default=NEW, description="The material pricing group.")
    delivering_plant: Optional[str] = strawberry.field(default=NEW, description="The plant it is delivered from.")
    cost: Optional[Decimal] = strawberry.field(
        default=NEW, description="What one base unit costs, in the organization's currency. Needs `sales_order_cost`."
    )


@strawberry.input(description="How the first sales area sells a new material.")
class MaterialSalesViewInput(SalesViewInput):
    pass


@strawberry.input
class MaterialDataInput(CommandInput):
    """What a material is; what is left out stays as it is, null empties."""

    material_group: Optional[str] = strawberry.field(default=NEW, description="Its group, by code.")
    gross_weight: Optional[Decimal] = strawberry.field(default=NEW, description="Weight of one base unit with its packing.")
    net_weight: Optional[Decimal] = strawberry.field(default=NEW, description="Weight of one base unit without its packing.")
    weight_unit: Optional[str] = strawberry.field(default=NEW, description="The unit of both weights.")
    volume: Optional[Decimal] = strawberry.field(default=NEW, description="Volume of one base unit.")
    volume_unit: Optional[str] = strawberry.field(default=NEW, description="The unit of the volume.")
    units: Optional[list[MaterialUnitInput]] = strawberry.field(default=NEW, description="All further units, anew.")


@strawberry.input(description="A new material with its first sales view.")
class CreateMaterialInput(MaterialDataInput):
    number: Optional[str] = strawberry.field(default=NEW, description="Its number; the next one if left out.")
    description: str = strawberry.field(description="What it is.")
    base_unit: str = strawberry.field(description="The unit that stock and all further units count in.")
    tax_class: str = strawberry.field(description="How it is taxed: a tax class.")
    sales_view: MaterialSalesViewInput = strawberry.field(description="How the first sales area sells it.")


@strawberry.input(description="Changes of a material; what is left out stays as it is, null empties.")
class ChangeMaterialInput(MaterialDataInput):
    material: strawberry.ID = strawberry.field(description="Which material.")
    version: int = strawberry.field(description=VERSION)
    description: Optional[str] = strawberry.field(default=NEW, description="What it is.")
    tax_class: Optional[str] = strawberry.field(default=NEW, description="How it is taxed.")


@strawberry.input(description="How a sales area sells a material; what is left out stays as it is.")
class SetMaterialSalesViewInput(SalesViewInput, CommandInput):
    material: strawberry.ID = strawberry.field(description="Which material.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="A material group.")
class SaveMaterialGroupInput(CommandInput):
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="What it is called.")


@strawberry.type(description="How `createMaterial` ended.")
class CreateMaterialPayload:
    material: Optional[Material] = strawberry.field(description="The material, as you may see it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="How `changeMaterial` ended.")
class ChangeMaterialPayload:
    material: Optional[Material] = strawberry.field(description="The material, as you may see it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="How `setMaterialSalesView` ended.")
class SetMaterialSalesViewPayload:
    material: Optional[Material] = strawberry.field(description="The material, as you may see it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="How `saveMaterialGroup` ended.")
class SaveMaterialGroupPayload:
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class MaterialMutations:
    @strawberry.mutation(description="Take a material up. Needs CREATE on `material` in the sales area.")
    async def create_material(self, info: Info, input: Annotated[CreateMaterialInput, INPUT]) -> CreateMaterialPayload:
        done = await carried_out(info, resolvers.create_material, input)
        return CreateMaterialPayload(material=await done.record(Material), user_errors=done.errors)

    @strawberry.mutation(description="Change a material. Needs CHANGE on `material` in all sales areas that sell it.")
    async def change_material(self, info: Info, input: Annotated[ChangeMaterialInput, INPUT]) -> ChangeMaterialPayload:
        done = await carried_out(info, resolvers.change_material, input)
        return ChangeMaterialPayload(material=await done.record(Material), user_errors=done.errors)

    @strawberry.mutation(
        description="Say how a sales area sells a material, or that it begins to. Needs CHANGE, or CREATE, on `material` there."
    )
    async def set_material_sales_view(
        self, info: Info, input: Annotated[SetMaterialSalesViewInput, INPUT]
    ) -> SetMaterialSalesViewPayload:
        done = await carried_out(info, resolvers.set_material_sales_view, input)
        return SetMaterialSalesViewPayload(material=await done.record(Material), user_errors=done.errors)

    @strawberry.mutation(description="Make a material group, or name it otherwise. Needs CREATE on `material` somewhere.")
    async def save_material_group(
        self, info: Info, input: Annotated[SaveMaterialGroupInput, INPUT]
    ) -> SaveMaterialGroupPayload:
        done = await carried_out(info, resolvers.save_material_group, input)
        return SaveMaterialGroupPayload(user_errors=done.errors)
