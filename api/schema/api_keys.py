"""API keys: what machines send instead of signing in."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Optional

import strawberry

import models
from api.auth.api_keys import new_key
from api.execution.mapping import column, global_id, mapped
from api.execution.pages import Connection, answered
from api.execution.requests import PageRequest, Sort, asks, page_request
from api.resolvers import api_keys as resolvers
from api.schema.base import IDEMPOTENCY_KEY, USER_ERRORS, CommandInput, Info, Node, UserError, carried_out

INPUT = strawberry.argument(description="What to do.")
SESSION = "(select s.{name} from sessions s where s.id = {{row}}.session_id)"


@mapped(models.ApiKey)
@strawberry.type(description="An API key: opens what its user may see and do, and is known by its prefix.")
class ApiKey(Node):
    id: strawberry.ID = global_id("The global id.")
    name: str = column("name", "What it is for.")
    prefix: str = column("prefix", "The public part that the key begins with.")
    username: str = column("(select u.username from users u where u.id = {row}.user_id)", "Whose it is.", type="text")
    read_only: bool = column("read_only", "Whether it only reads.")
    created_at: datetime = column("created_at", "When it was made.", order=True)
    created_by: str = column("created_by", "Who made it.")
    expires_at: datetime = column(SESSION.format(name="expires_at"), "When it ends by itself.", type="timestamptz")
    ended_at: Optional[datetime] = column(
        SESSION.format(name="ended_at"), "When it was ended: revoked, or with its user locked.", type="timestamptz"
    )
    last_used_at: Optional[datetime] = column("last_used_at", "When it was last used, to the minute; null if never.")


@strawberry.input(description="A key to make.")
class CreateApiKeyInput(CommandInput):
    name: str = strawberry.field(description="What it is for, e.g. the machine's name.")
    user: Optional[strawberry.ID] = strawberry.field(
        default=strawberry.UNSET, description="Whose it is, for a machine; left out for your own."
    )
    read_only: bool = strawberry.field(default=False, description="Let it only read.")
    valid_to: Optional[date] = strawberry.field(
        default=strawberry.UNSET, description="The last day that it opens anything; left out for the longest allowed."
    )


@strawberry.input(description="A key to revoke.")
class RevokeApiKeyInput:
    api_key: strawberry.ID = strawberry.field(description="Which key.")
    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of `createApiKey`.")
class CreateApiKeyPayload:
    api_key: Optional[ApiKey] = strawberry.field(description="The key, without its secret.")
    secret: Optional[str] = strawberry.field(
        description="The whole key, to be sent as `Authorization: Bearer …`. Shown this once: not kept, and not given again"
        " for the same idempotency key."
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `revokeApiKey`.")
class RevokeApiKeyPayload:
    api_key: Optional[ApiKey] = strawberry.field(description="The key as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


def _api_keys(first: int, after: str | None = None) -> PageRequest:
    return page_request(ApiKey, first, after, [Sort("created_at", True, "orderBy")])


@strawberry.type
class ApiKeyQueries:
    @asks(_api_keys, "Your API keys and those of users that you administer, ended ones too, the newest first.")
    async def api_keys(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = strawberry.UNSET,
    ) -> Connection[ApiKey]:
        return await answered(info.context.reads, _api_keys(first, after))


@strawberry.type
class ApiKeyMutations:
    @strawberry.mutation(
        description="Make an API key for yourself, or for a machine (`SERVICE`) that administers nothing. Needs a sign-in and"
        " CREATE on `api_key`: over every area of the machine for a machine."
    )
    async def create_api_key(self, info: Info, input: Annotated[CreateApiKeyInput, INPUT]) -> CreateApiKeyPayload:
        made = new_key()
        done = await carried_out(info, partial(resolvers.create_api_key, made), input)
        shown = await done.record(ApiKey)
        first_time = done.outcome.record_id is not None and not done.outcome.again
        return CreateApiKeyPayload(api_key=shown, secret=made.text if first_time else None, user_errors=done.errors)

    @strawberry.mutation(
        description="Revoke an API key, and the webhooks made with it: the very next request with it is refused. Needs a"
        " sign-in and DELETE on `api_key`."
    )
    async def revoke_api_key(self, info: Info, input: Annotated[RevokeApiKeyInput, INPUT]) -> RevokeApiKeyPayload:
        done = await carried_out(info, resolvers.revoke_api_key, input)
        return RevokeApiKeyPayload(api_key=await done.record(ApiKey), user_errors=done.errors)
