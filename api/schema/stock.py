"""Stock and availability: what is there, and when so much of a material could leave."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Optional

import strawberry

from api.resolvers import stock as resolvers
from api.schema.amounts import Quantity
from api.schema.base import INPUT, USER_ERRORS, CommandInput, Info, UserError, carried_out

NEW = strawberry.UNSET


@strawberry.type(description="So much that could leave on a day.")
class ScheduleProposal:
    date: date = strawberry.field(description="The day.")
    quantity: Quantity = strawberry.field(description="How much.")


@strawberry.type(description="When so much of a material could leave a plant: 可用量.")
class Availability:
    proposals: list[ScheduleProposal] = strawberry.field(
        description="Part by part, as it becomes available; what is lacking in the end is not known to come."
    )


@strawberry.input(description="Stock of a material that is counted, or comes in by other ways than returns.")
class AdjustStockInput(CommandInput):
    material: strawberry.ID = strawberry.field(description="The material.")
    plant: str = strawberry.field(description="The plant.")
    storage_location: str = strawberry.field(default="0001", description="Where in the plant.")
    quantity: Decimal = strawberry.field(description="How much more there is, in the base unit; below zero: how much less.")
    reason: str = strawberry.field(description="Why.")
    posting_date: Optional[date] = strawberry.field(default=NEW, description="The day of the posting; today if left out.")


@strawberry.input(description="A receipt of a material that is expected on a day, or, below zero, a reservation.")
class PlanMovementInput(CommandInput):
    material: strawberry.ID = strawberry.field(description="The material.")
    plant: str = strawberry.field(description="The plant.")
    day: date = strawberry.field(description="The day.")
    quantity: Decimal = strawberry.field(description="How much, in the base unit.")
    reference: str = strawberry.field(description="What it is, such as the number of a purchase order.")


@strawberry.type(description="What became of `adjustStock`.")
class AdjustStockPayload:
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `planMovement`.")
class PlanMovementPayload:
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class StockQueries:
    @strawberry.field(description="When so much of a material could leave a plant. Needs DISPLAY on `stock` there.")
    async def availability(
        self,
        info: Info,
        material: Annotated[strawberry.ID, strawberry.argument(description="The material.")],
        plant: Annotated[str, strawberry.argument(description="The code of the plant.")],
        date: Annotated[date, strawberry.argument(description="The day that it is wanted on.")],
        quantity: Annotated[Decimal, strawberry.argument(description="How much is wanted.")],
        unit: Annotated[str, strawberry.argument(description="In which unit.")],
    ) -> Optional[Availability]:
        found = await resolvers.availability_of(info.context.reads, material, plant, date, quantity, unit)
        return Availability(
            proposals=[ScheduleProposal(date=each.day, quantity=Quantity(value=each.quantity, unit=unit)) for each in found]
        )


@strawberry.type
class StockMutations:
    @strawberry.mutation(description="Count stock: it is more or less than was known. Needs CHANGE on `stock` in the plant.")
    async def adjust_stock(self, info: Info, input: Annotated[AdjustStockInput, INPUT]) -> AdjustStockPayload:
        return AdjustStockPayload(user_errors=(await carried_out(info, resolvers.adjust_stock, input)).errors)

    @strawberry.mutation(description="Plan a receipt, or reserve. Needs CREATE on `stock` in the plant.")
    async def plan_movement(self, info: Info, input: Annotated[PlanMovementInput, INPUT]) -> PlanMovementPayload:
        return PlanMovementPayload(user_errors=(await carried_out(info, resolvers.plan_movement, input)).errors)
