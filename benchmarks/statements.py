"""The product's statement for a document and a user, as the server would send it."""

from __future__ import annotations

from typing import Any

import asyncpg

from api.app import build_documents
from api.auth.authority import Authority
from api.database import models_open
from api.execution.documents import Ready
from api.execution.planned import PlannedReads
from api.explain import authority_of
from api.schema.root import schema
from api.settings import Settings
from models.config import connection_settings
from models.user import User

Statement = tuple[str, tuple[Any, ...]]


async def statement_of(url: str, text: str, variables: dict[str, Any], username: str) -> Statement:
    """The SQL and its values for a user, in their last session if they have signed in."""
    async with models_open(url):
        user = await User.get(username=username)
        connection = await asyncpg.connect(**connection_settings(url))
        authority = await authority_of(connection, user)
        session = await connection.fetchval("select coalesce(max(id), 0) from sessions where user_id = $1", user.id)
        await connection.close()
    return statement_by(url, text, variables, authority, (session, user.id))


def statement_by(
    url: str, text: str, variables: dict[str, Any], authority: Authority, session: tuple[int, int] = (0, 0)
) -> Statement:
    """As `statement_of`, for what somebody may, whether or not there is such a user."""
    documents = build_documents(Settings(database_url=url))
    prepared = documents.prepare(text)
    operation = prepared.operation(None)
    assert operation is not None
    ready = Ready(prepared, operation, documents.variables(prepared, operation, variables))
    (shown,) = PlannedReads(schema).shown(ready, authority, session)
    return shown.sql, shown.values
