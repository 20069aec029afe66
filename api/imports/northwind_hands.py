"""Whose hands bring the Northwind orders in: service users, each with the duties of one, and only while the import works."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timezone

from api.auth.policy_edit import Edit, assigning, edit_policy, unassigning
from api.auth.users import LONGEST_COMMAND, create_user, speaking_for
from domain.areas import ANY, Area, Pattern, pattern_of, text_of
from domain.caller import Caller, UserKind
from models.user import User

REASON = "Northwind orders"


@dataclass(frozen=True, slots=True)
class Hands:
    """Who enters orders, who approves them, who counts stock, who ships, who bills."""

    sales: Caller
    approval: Caller
    stock: Caller
    shipping: Caller
    billing: Caller


ROLES: Mapping[str, str] = {
    "sales": "sales-manager",
    "approval": "sales-manager",
    "stock": "inventory-manager",
    "shipping": "shipping-clerk",
    "billing": "billing-clerk",
}
"""The role of each: duties that nobody should hold together are kept apart here too, and nobody approves their own."""


@asynccontextmanager
async def hands(area: Area, by: str) -> AsyncIterator[Hands]:
    """The users with their rights in a sales area, over stock in its whole organization; afterwards they have none.

    They have no password, so that nobody signs in as one of them. Rights that an import which was broken off leaves behind end
    by themselves. Raises Invalid where a role is not there.
    """
    await _make_users(area)
    end = datetime.now(timezone.utc) + LONGEST_COMMAND
    await _edit(by, lambda user, role, where: assigning(user, role, [where], valid_until=end), area)
    try:
        async with AsyncExitStack() as sessions:
            request = f"import-{secrets.token_hex(8)}"
            yield Hands(**{duty: await sessions.enter_async_context(speaking_for(_name(duty), request)) for duty in ROLES})
    finally:
        await _edit(by, lambda user, role, where: unassigning(user, role, [where]), area)


def _name(duty: str) -> str:
    return f"northwind.{duty}"


def _where(duty: str, area: Area) -> str:
    return text_of(Pattern((area[0], ANY, ANY))) if duty == "stock" else text_of(area)


async def _make_users(area: Area) -> None:
    for duty in ROLES:
        if not await User.exists(username=_name(duty)):
            home = pattern_of(_where(duty, area))
            await create_user(_name(duty), f"Northwind, {duty}", UserKind.SERVICE, home=home)


async def _edit(by: str, each: Callable[[str, str, str], Callable[[Edit], Awaitable[None]]], area: Area) -> None:
    async def change(edit: Edit) -> None:
        for duty, role in ROLES.items():
            await each(_name(duty), role, _where(duty, area))(edit)

    await edit_policy(by, REASON, change)
