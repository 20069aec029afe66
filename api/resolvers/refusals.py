"""What users were refused last, told to themselves and to those who administer them."""

from __future__ import annotations

from dataclasses import replace

from api.auth import traces
from api.auth.traces import KeptRefusal
from api.execution.reads import Reads
from api.resolvers.policy import ASSIGNMENTS, user_asked_about
from domain.areas import area_of


async def last_refusals(reads: Reads, username: str) -> tuple[KeptRefusal, ...]:
    """What a user was refused, the newest first; to others only the areas are told that they administer. Raises Forbidden,
    NotFound.
    """
    authority = await reads.authority()
    user = await user_asked_about(reads, authority, username)
    async with reads.connection() as connection:
        found = await traces.last_refusals(connection, user.id)
    if user.username == authority.username:
        return found
    administered = authority.scope(ASSIGNMENTS)
    return tuple(
        each
        if each.sales_area is None or administered.allows(area_of(each.sales_area), own=False)
        else replace(each, sales_area=None)
        for each in found
    )
