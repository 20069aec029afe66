"""What is kept between requests is bounded by the memory that it takes, not by its number alone."""

from __future__ import annotations

import asyncio
import gc
import weakref
from datetime import datetime, timedelta, timezone

import asyncpg

from api.auth.authority import Authority, current
from api.auth.policy_edit import adding_role, edit_policy
from api.database import models_open
from domain.caller import Caller, UserKind
from domain.policy import Role
from models.config import connection_settings


def test_an_authority_goes_with_its_policy(database: str) -> None:
    async def old_and_new() -> tuple[weakref.ref[Authority], Authority]:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            user = await connection.fetchrow("select id, username from users where username = 'clerk.1000'")
            session = await connection.fetchval(
                "insert into sessions (user_id, started_at, expires_at, address) values ($1, now(), $2, '') returning id",
                user["id"],
                datetime.now(timezone.utc) + timedelta(days=1),
            )
            caller = Caller(user["id"], user["username"], UserKind.EMPLOYEE, session, "en", "request")
            old = weakref.ref((await current(connection, caller))[0])
            async with models_open(database):
                await edit_policy("test", "another version", adding_role(Role("another", "Another", "另一个")))
            return old, (await current(connection, caller))[0]
        finally:
            await connection.close()

    old, new = asyncio.run(old_and_new())
    gc.collect()
    assert old() is None
    assert new.policy.version > 1
