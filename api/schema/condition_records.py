"""Condition records: the prices, discounts, freight and taxes that a sales organization has set, version by version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Optional, TypeVar

import strawberry

import models
from api.execution import global_id as ids
from api.execution.filters import StringFilter, condition_of, filter_of, link_filter, sort_field_of, validity_filter
from api.execution.mapping import (
    Offer,
    Permit,
    column,
    computed,
    embedded,
    global_id,
    mapped,
    masked,
    to_many,
    to_one,
    viewer_can,
)
from api.execution.pages import Connection, SortDirection, answered
from api.execution.requests import PageRequest, RowRequest, Sort, asks, page_request
from api.resolvers import condition_records as resolvers
from api.schema.amounts import Quantity, Rate, plain, quantity_of
from api.schema.base import INPUT, USER_ERRORS, VERSION, CommandInput, Info, Node, UserError, carried_out
from api.schema.base import Command as Run
from api.schema.materials import Material
from api.schema.scalars import Command
from domain.activity import Activity
from domain.pricing.values import FreeGoodsKind, FreeGoodsRule, ReleaseStatus, ScaleBasis, ScaleType

Payload = TypeVar("Payload")
NEW = strawberry.UNSET
OBJECT, INTERNAL = "price_condition", "price_condition_internal"
LATEST = """not exists (select 1 from condition_records later
                        where later.number = {row}.number and later.version > {row}.version)"""
RELEASABLE = "{row}.release_status <> 'RELEASED' and {row}.created_by <> {caller}"


TITLE = """(select piece.{column} from pricing_customizing piece
             where piece.kind = 'CONDITION_TYPE' and piece.code = {{row}}.condition_type and piece.until is null)"""


@mapped(None)
@strawberry.type(description="A kind of price, discount, surcharge, freight or tax: 条件类型.")
class ConditionType:
    code: str = column("condition_type", "The type's code, such as PR00.")
    name: str = column(TITLE.format(column="title"), "What it is called in English.", type="text")
    name_zh: str = column(TITLE.format(column="title_zh"), "What it is called in Chinese.", type="text")


@strawberry.type(description="One field of the key that a record stands under, or that an access looked for.")
class KeyField:
    field: str = strawberry.field(description="The field, such as `customer` or `salesOrganization`.")
    value: str = strawberry.field(description="Its value.")


@mapped(models.ConditionScaleLevel)
@strawberry.type(description="One level of a scale.")
class ScaleLevel:
    from_: Optional[Decimal] = plain("from_value", "From here on, for a from-scale.", name="from")
    to: Optional[Decimal] = plain("to_value", "Up to and including this, for the others; null without end.")
    rate: Rate = embedded("What counts there.")


@mapped(None)
@strawberry.type(description="A scale: rates by quantity, weight, volume or value.")
class Scale:
    type: ScaleType = column("scale_type", "How it is read.")
    basis: ScaleBasis = column("scale_basis", "What it looks at.")
    unit: Optional[str] = column("scale_unit", "The unit or currency of its levels; null: that of the record.")
    levels: list[ScaleLevel] = to_many("Its levels, in order.", on=(("record_id", "id"),), order=("position",))


@mapped(models.ConditionSupplement)
@strawberry.type(description="A further condition that comes with a record: 附加条件.")
class ConditionSupplement:
    condition_type: ConditionType = embedded("What it is.")
    rate: Rate = embedded("How much.")
    per: Optional[Quantity] = embedded("For how much of the material.", needs="unit")


@mapped(None)
@strawberry.type(description="What comes free with so much of a material: 赠品.")
class FreeGoods:
    per: Quantity = embedded("For how much of the material.")
    free: Quantity = quantity_of("free_quantity", "How much comes free.", unit="coalesce({row}.free_unit, {row}.unit)")
    minimum: Decimal = plain("free_minimum", "From how much of the material on.")
    rule: FreeGoodsRule = column("free_rule", "How the free quantity grows with the ordered one.")
    kind: FreeGoodsKind = column("free_kind", "Whether it is part of what is ordered, or comes on top.")
    commercially: bool = column("free_commercially", "Whether fractions are rounded half up; else they are rounded down.")
    material: Optional[Material] = to_one("The other material that comes free, if it is one.", on=(("id", "free_material_id"),))


def _keys(reads: Any, lookups: Sequence[str]) -> Any:
    return resolvers.keys_of(reads, lookups, KeyField)


@mapped(models.ConditionRecord)
@strawberry.type(description="One version of a condition record: what a key costs, between two days. 条件记录.")
class ConditionRecord(Node):
    id: strawberry.ID = global_id("The global id of this version.")
    number: str = column("number", "The record's number: its versions share it.", filter=True, order=True)
    version: int = column("version", "Which version of the record it is.", filter=True)
    condition_type: ConditionType = embedded("What it is.")
    table: str = column("condition_table", "The condition table: which fields its key has.", filter=True)
    key: list[KeyField] = computed("The key, field by field.", _keys, of="lookup")
    valid_from: date = column("valid_from", "The first day on which it is valid.", filter=True, order=True)
    valid_to: date = column("valid_to", "The last day on which it is valid.", filter=True)
    release_status: ReleaseStatus = column("release_status", "What it may be used for.", filter=True)
    processing_status: Optional[str] = column(
        "processing_status", "Where it stands in the house's own words: the code of a processing status.", right=INTERNAL
    )
    rate: Optional[Rate] = embedded(
        "How much; with a scale, that of its first level. Null for free goods.",
        needs="rate",
    )
    per: Optional[Quantity] = embedded("For how much of the material.", needs="unit")
    scale: Optional[Scale] = embedded("The scale, if it has one.", needs="scale_type")
    supplements: list[ConditionSupplement] = to_many("What comes with it.", on=(("record_id", "id"),), order=("position",))
    free_goods: Optional[FreeGoods] = embedded("What comes free; null for a record with a rate.", needs="free_kind")
    exclusion_indicator: bool = column(
        "exclusion_indicator", "Whether discounts that require its absence are left out where it is found."
    )
    lower_limit: Optional[Decimal] = plain("lower_limit", "The lowest rate that may be entered instead.", right=INTERNAL)
    upper_limit: Optional[Decimal] = plain("upper_limit", "The highest rate that may be entered instead.", right=INTERNAL)
    maximum_value: Optional[Decimal] = plain("maximum_value", "The value after which it is used up.", right=INTERNAL)
    maximum_quantity: Optional[Decimal] = plain("maximum_quantity", "The quantity after which it is used up.", right=INTERNAL)
    maximum_orders: Optional[int] = column("maximum_orders", "The number of orders after which it is used up.", right=INTERNAL)
    created_by: Optional[str] = column("created_by", "The user name of who made this version.", right=INTERNAL)
    created_at: Optional[datetime] = column("created_at", "When it was made.", right=INTERNAL)
    released_by: Optional[str] = column("released_by", "The user name of who released it last.", right=INTERNAL)
    released_at: Optional[datetime] = column("released_at", "When it was released last.", right=INTERNAL)
    masked: list[str] = masked()
    viewer_can: list[Command] = viewer_can(
        Offer("changeConditionRecord", (Permit(OBJECT, Activity.CHANGE),), LATEST),
        Offer("copyConditionRecord", (Permit(OBJECT, Activity.CREATE),)),
        Offer("releaseConditionRecord", (Permit(OBJECT, Activity.RELEASE),), RELEASABLE),
        Offer("blockConditionRecord", (Permit(OBJECT, Activity.BLOCK),), "{row}.release_status <> 'BLOCKED'"),
        Offer("setProcessingStatus", (Permit(OBJECT, Activity.CHANGE),), "{row}.release_status <> 'RELEASED'"),
    )


@filter_of(ConditionRecord)
class ConditionRecordFilter:
    condition_type: Optional[StringFilter] = link_filter(
        "The code of its type.", models.ConditionRecord, (("id", "id"),), "condition_type"
    )
    valid_on: Optional[date] = validity_filter("Is valid on this day.")
    customer: Optional[StringFilter] = link_filter(
        "The number of the customer in its key.", models.Customer, (("id", "customer_id"),), "number"
    )
    material: Optional[StringFilter] = link_filter(
        "The number of the material in its key.", models.Material, (("id", "material_id"),), "number"
    )


@sort_field_of(ConditionRecord)
class ConditionRecordSortField:
    value: str


@strawberry.input(description="What to sort by, and which way.")
class ConditionRecordSort:
    field: ConditionRecordSortField = strawberry.field(description="By which field.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


def _records(
    first: int,
    after: str | None = None,
    filter: ConditionRecordFilter | None = None,
    order_by: list[ConditionRecordSort] | None = None,
) -> PageRequest:
    order = [
        Sort(sort.field.value, sort.direction is SortDirection.DESC, f"orderBy.{place}.field")
        for place, sort in enumerate(order_by or ())
    ]
    return page_request(ConditionRecord, first, after, order or [Sort("number", False, "orderBy")], condition_of(filter))


def _record(id: str) -> RowRequest:
    return RowRequest(ConditionRecord, "id", ids.key_of(id, "ConditionRecord", "id"))


# --------------------------------------------------------------------------------------------------------- the commands


@strawberry.input(description="One field of a record's key.")
class KeyFieldInput:
    field: str = strawberry.field(description="The field, such as `customer` or `salesOrganization`.")
    value: str = strawberry.field(description="Its value: a code, or a customer's or material's number.")


@strawberry.input(description="One level of a scale.")
class ScaleLevelInput:
    from_: Optional[Decimal] = strawberry.field(name="from", default=NEW, description="From here on, for a from-scale.")
    to: Optional[Decimal] = strawberry.field(default=NEW, description="Up to and including this, for the others.")
    rate: Decimal = strawberry.field(description="What counts there.")


@strawberry.input(description="A scale, its levels in order.")
class ScaleInput:
    type: ScaleType = strawberry.field(default=ScaleType.FROM, description="How it is read.")
    basis: ScaleBasis = strawberry.field(default=ScaleBasis.QUANTITY, description="What it looks at.")
    unit: Optional[str] = strawberry.field(default=NEW, description="The unit or currency of its levels.")
    levels: list[ScaleLevelInput] = strawberry.field(description="Its levels, in order.")


@strawberry.input(description="A further condition that comes with a record.")
class SupplementInput:
    condition_type: str = strawberry.field(description="Its condition type.")
    amount: Decimal = strawberry.field(description="A percentage or an amount; a discount is negative.")
    currency: Optional[str] = strawberry.field(default=NEW, description="The currency of an amount.")
    per: Optional[Decimal] = strawberry.field(default=NEW, description="For how many units; 1 if left out.")
    unit: Optional[str] = strawberry.field(default=NEW, description="The unit of measure.")


@strawberry.input(description="How it comes free 赠品: `amount`, for `per` of `unit`. Only in records of a type of free goods.")
class FreeGoodsInput:
    minimum: Optional[Decimal] = strawberry.field(default=NEW, description="From how much on; from the first if left out.")
    rule: FreeGoodsRule = strawberry.field(
        default=FreeGoodsRule.PROPORTIONAL, description="How the free quantity grows with the ordered one."
    )
    kind: FreeGoodsKind = strawberry.field(
        default=FreeGoodsKind.INCLUSIVE, description="Whether it is part of what is ordered, or comes on top."
    )
    commercially: bool = strawberry.field(
        default=False, description="Whether fractions are rounded half up; else they are rounded down."
    )
    material: Optional[strawberry.ID] = strawberry.field(
        default=NEW, description="Another material that comes free; only on top of what is ordered."
    )
    unit: Optional[str] = strawberry.field(
        default=NEW, description="Another unit of what comes free; only on top of what is ordered."
    )


@strawberry.input
class TermsInput(CommandInput):
    """What a version of a record says."""

    valid_to: Optional[date] = strawberry.field(default=NEW, description="The last day; without end if left out.")
    currency: Optional[str] = strawberry.field(default=NEW, description="The currency of an amount.")
    per: Optional[Decimal] = strawberry.field(default=NEW, description="For how many units; 1 if left out.")
    unit: Optional[str] = strawberry.field(default=NEW, description="The unit of measure.")
    scale: Optional[ScaleInput] = strawberry.field(default=NEW, description="Its scale.")
    supplements: Optional[list[SupplementInput]] = strawberry.field(default=NEW, description="What comes with it.")
    lower_limit: Optional[Decimal] = strawberry.field(default=NEW, description="The lowest rate to be entered instead.")
    upper_limit: Optional[Decimal] = strawberry.field(default=NEW, description="The highest rate to be entered instead.")
    maximum_value: Optional[Decimal] = strawberry.field(default=NEW, description="The value after which it is used up.")
    maximum_quantity: Optional[Decimal] = strawberry.field(default=NEW, description="The quantity after which it is used up.")
    maximum_orders: Optional[int] = strawberry.field(default=NEW, description="The orders after which it is used up.")
    exclusion_indicator: Optional[bool] = strawberry.field(
        default=NEW, description="Whether discounts that require its absence are left out where it is found."
    )
    free_goods: Optional[FreeGoodsInput] = strawberry.field(
        default=NEW, description="How it comes free, as a whole; needed in records of free goods."
    )
    processing_status: Optional[str] = strawberry.field(
        default=NEW, description="Where it stands in the house's own words; it cannot begin as released."
    )


@strawberry.input(description="A new condition record. It waits for somebody else to release it.")
class CreateConditionRecordInput(TermsInput):
    condition_type: str = strawberry.field(description="Its condition type, such as PR00.")
    key: Optional[list[KeyFieldInput]] = strawberry.field(
        default=NEW, description="The fields of its key: those of one condition table of the type's access sequence."
    )
    valid_from: date = strawberry.field(description="The first day on which it is valid.")
    amount: Decimal = strawberry.field(
        description="A percentage or an amount, a discount is negative; of free goods, how much comes free."
    )


@strawberry.input(
    description="A new version of a condition record, from a day on; what is left out stays as it is, null empties."
)
class ChangeConditionRecordInput(TermsInput):
    condition_record: strawberry.ID = strawberry.field(description="Which record: its latest version.")
    version: int = strawberry.field(description=VERSION)
    valid_from: date = strawberry.field(description="The first day on which the new version is valid.")
    amount: Optional[Decimal] = strawberry.field(default=NEW, description="The new percentage or amount.")


@strawberry.input(description="A new record like another, under another key or from another day on.")
class CopyConditionRecordInput(TermsInput):
    condition_record: strawberry.ID = strawberry.field(description="Which one to copy.")
    key: Optional[list[KeyFieldInput]] = strawberry.field(
        default=NEW, description="The key of the new one, in whole; the same one if left out."
    )
    valid_from: date = strawberry.field(description="The first day on which the new one is valid.")
    amount: Optional[Decimal] = strawberry.field(default=NEW, description="Another percentage or amount.")


@strawberry.input(description="Which version of a record to release.")
class ReleaseConditionRecordInput(CommandInput):
    condition_record: strawberry.ID = strawberry.field(description="Which one.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="Which version of a record to block.")
class BlockConditionRecordInput(CommandInput):
    condition_record: strawberry.ID = strawberry.field(description="Which one.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="Where a version of a record stands.")
class SetProcessingStatusInput(CommandInput):
    condition_record: strawberry.ID = strawberry.field(description="Which one.")
    version: int = strawberry.field(description=VERSION)
    status: str = strawberry.field(description="The code of the processing status; one that is released only by release.")


@strawberry.type(description="How `createConditionRecord` ended.")
class CreateConditionRecordPayload:
    condition_record: Optional[ConditionRecord] = strawberry.field(description="The version, as you may see it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="How `changeConditionRecord` ended.")
class ChangeConditionRecordPayload:
    condition_record: Optional[ConditionRecord] = strawberry.field(description="The version, as you may see it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="How `copyConditionRecord` ended.")
class CopyConditionRecordPayload:
    condition_record: Optional[ConditionRecord] = strawberry.field(description="The version, as you may see it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="How `releaseConditionRecord` ended.")
class ReleaseConditionRecordPayload:
    condition_record: Optional[ConditionRecord] = strawberry.field(description="The version, as you may see it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="How `blockConditionRecord` ended.")
class BlockConditionRecordPayload:
    condition_record: Optional[ConditionRecord] = strawberry.field(description="The version, as you may see it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="How `setProcessingStatus` ended.")
class SetProcessingStatusPayload:
    condition_record: Optional[ConditionRecord] = strawberry.field(description="The version, as you may see it.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


async def _carried(info: Info, run: Run, input: Any, payload: Callable[..., Payload]) -> Payload:
    carried = await carried_out(info, run, input)
    return payload(condition_record=await carried.record(ConditionRecord), user_errors=carried.errors)


@strawberry.type
class ConditionRecordQueries:
    @asks(_records, "The condition records that hold where you may see prices, by number unless ordered otherwise.")
    async def condition_records(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
        filter: Annotated[Optional[ConditionRecordFilter], strawberry.argument(description="Which rows.")] = NEW,
        order_by: Annotated[
            Optional[list[ConditionRecordSort]], strawberry.argument(description="The order; the key decides between equals.")
        ] = NEW,
    ) -> Connection[ConditionRecord]:
        return await answered(info.context.reads, _records(first, after, filter, order_by))

    @asks(_record, "One version of a condition record; null if there is none that you may see.")
    async def condition_record(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The global id.")]
    ) -> Optional[ConditionRecord]:
        return await answered(info.context.reads, _record(id))


@strawberry.type(description="Days in a row, both included.")
class Span:
    first: date = strawberry.field(description="The first day.")
    last: date = strawberry.field(description="The last day.")


@strawberry.type
class GapQueries:
    @strawberry.field(
        description="The spans of days on which nothing is released under a key. Needs DISPLAY on `price_condition` over it."
    )
    async def condition_record_gaps(
        self,
        info: Info,
        condition_type: Annotated[str, strawberry.argument(description="The condition type.")],
        key: Annotated[list[KeyFieldInput], strawberry.argument(description="The key, in whole.")],
        from_: Annotated[date, strawberry.argument(name="from", description="The first day that is looked at.")],
        to: Annotated[date, strawberry.argument(description="The last day that is looked at.")],
    ) -> Optional[list[Span]]:
        found = await resolvers.gaps_of(info.context.reads, condition_type, key, from_, to)
        return [Span(first=first, last=last) for first, last in found]


@strawberry.type
class ConditionRecordMutations:
    @strawberry.mutation(description="Make a condition record. It waits for somebody else to release it.")
    async def create_condition_record(
        self, info: Info, input: Annotated[CreateConditionRecordInput, INPUT]
    ) -> CreateConditionRecordPayload:
        return await _carried(info, resolvers.create_condition_record, input, CreateConditionRecordPayload)

    @strawberry.mutation(
        description="Make a new version of a condition record from a day on. The one before stays, and rules until the new"
        " one is released."
    )
    async def change_condition_record(
        self, info: Info, input: Annotated[ChangeConditionRecordInput, INPUT]
    ) -> ChangeConditionRecordPayload:
        return await _carried(info, resolvers.change_condition_record, input, ChangeConditionRecordPayload)

    @strawberry.mutation(description="Make a record like another.")
    async def copy_condition_record(
        self, info: Info, input: Annotated[CopyConditionRecordInput, INPUT]
    ) -> CopyConditionRecordPayload:
        return await _carried(info, resolvers.copy_condition_record, input, CopyConditionRecordPayload)

    @strawberry.mutation(description="Let a version of a record apply. Nobody releases what they made.")
    async def release_condition_record(
        self, info: Info, input: Annotated[ReleaseConditionRecordInput, INPUT]
    ) -> ReleaseConditionRecordPayload:
        return await _carried(info, resolvers.release_condition_record, input, ReleaseConditionRecordPayload)

    @strawberry.mutation(description="Let a version of a record act as if it were not there.")
    async def block_condition_record(
        self, info: Info, input: Annotated[BlockConditionRecordInput, INPUT]
    ) -> BlockConditionRecordPayload:
        return await _carried(info, resolvers.block_condition_record, input, BlockConditionRecordPayload)

    @strawberry.mutation(description="Say where a version of a record stands, short of release.")
    async def set_processing_status(
        self, info: Info, input: Annotated[SetProcessingStatusInput, INPUT]
    ) -> SetProcessingStatusPayload:
        return await _carried(info, resolvers.set_processing_status, input, SetProcessingStatusPayload)
