"""What users were refused last."""

from datetime import datetime
from typing import Annotated, Optional

import strawberry

from api.auth.traces import KeptRefusal
from api.execution.pages import Connection, page_of_values
from api.resolvers import refusals as resolvers
from api.schema.base import Info
from api.schema.policy import AFTER, FIRST, USERNAME
from domain.activity import Activity
from domain.errors import Refusal as Reason
from domain.messages import text_of

HIGHEST_ID = 2**63


@strawberry.type(description="A right that a user was refused.")
class Refusal:
    refused_at: datetime = strawberry.field(description="When.")
    object: str = strawberry.field(description="The authorization object.")
    activity: Activity = strawberry.field(
        description="What was not allowed; DISPLAY where the record was not found, be it hidden or not there."
    )
    sales_area: Optional[str] = strawberry.field(description="Where, if it was told to the user and you administer that area.")
    reason: str = strawberry.field(description="What the user was told, in your language.")
    code: str = strawberry.field(description="Exactly which refusal it was; stable, for programs.")
    request_id: str = strawberry.field(description="The request, as in the header `X-Request-ID`.")


@strawberry.type
class RefusalQueries:
    @strawberry.field(
        description="What a user was refused last, by commands and queries, the newest first; of each user 100 are kept. Tells"
        " of yourself, and of users whose assignments you may see. A refusal is told within about a second."
    )
    async def last_refusals(
        self,
        info: Info,
        user: Annotated[str, USERNAME],
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = strawberry.UNSET,
    ) -> Optional[Connection[Refusal]]:
        found = await resolvers.last_refusals(info.context.reads, user)
        rows = [((f"{HIGHEST_ID - each.id:019}",), _shown(each, info.context.language)) for each in found]
        return page_of_values("Refusal", rows, first=first, after=after or None)


def _shown(kept: KeptRefusal, language: str) -> Refusal:
    return Refusal(
        refused_at=kept.refused_at,
        object=kept.object,
        activity=kept.activity,
        sales_area=kept.sales_area,
        reason=text_of(Reason(kept.reason, None, kept.told), language),
        code=kept.reason,
        request_id=kept.request_id,
    )
