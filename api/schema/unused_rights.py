"""Rights that users hold and do not use."""

from datetime import date
from typing import Annotated, Optional

import strawberry

from api.execution.pages import Connection, page_of_values, row_of, rows_by
from api.resolvers import unused_rights as resolvers
from api.schema.base import Info
from api.schema.policy import AFTER, FIRST, User
from domain.activity import Activity


@strawberry.type(description="What a user may do with an object and has not done for a while.")
class UnusedRight:
    user: User = strawberry.field(description="Who.")
    object: str = strawberry.field(description="The authorization object.")
    activities: list[Activity] = strawberry.field(description="What was not done, though it is allowed somewhere.")
    last_used_on: Optional[date] = strawberry.field(
        description="The last day on which any of it was done; null: never since uses are written down."
    )


@strawberry.type
class UnusedRightQueries:
    @strawberry.field(
        description="The rights, by user and object, that were not used on any of the last days, of users whose assignments you"
        " may see, or of yourself. Reads, commands, API keys and webhooks all count; it takes a minute until a use is told."
        " Of a right the day of its last use is kept, wherever that was."
    )
    async def unused_rights(
        self,
        info: Info,
        days: Annotated[int, strawberry.argument(description="On how many days, today included.")],
        first: Annotated[int, FIRST],
        user: Annotated[
            Optional[str], strawberry.argument(description="Of this user; left out: of all that you may ask about.")
        ] = strawberry.UNSET,
        after: Annotated[Optional[str], AFTER] = strawberry.UNSET,
    ) -> Optional[Connection[UnusedRight]]:
        reads = info.context.reads
        found = await resolvers.unused_rights(reads, days, user or None)
        rows = [((each.user.username, each.object), each) for each in found]
        page = page_of_values("UnusedRight", rows, first=first, after=after or None)
        users = await rows_by(reads, User, "username", [edge.node.user.username for edge in page.edges])
        for edge in page.edges:
            right: resolvers.UnusedRight = edge.node
            shown = users.get(right.user.username) or await row_of(reads, User, "id", right.user.id, own=True)
            edge.node = UnusedRight(
                user=shown,  # type: ignore[arg-type]  # a row of the type
                object=right.object,
                activities=list(right.activities),
                last_used_on=right.last_used_on,
            )
        return page
