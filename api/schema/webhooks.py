"""Webhooks: events sent to other machines, as far as their owner may see what they are about."""

import base64
import secrets
from datetime import datetime
from functools import partial
from typing import Annotated, Optional

import strawberry

import models
from api.execution.mapping import Via, column, global_id, mapped, to_many
from api.execution.pages import Connection, answered
from api.execution.requests import PageRequest, Sort, asks, page_request
from api.resolvers import webhooks as resolvers
from api.schema.base import IDEMPOTENCY_KEY, USER_ERRORS, CommandInput, Info, Node, UserError, carried_out
from domain.webhooks import DeliveryStatus

INPUT = strawberry.argument(description="What to do.")


@mapped(models.WebhookDelivery)
@strawberry.type(description="One event on its way to a webhook.")
class WebhookDelivery:
    message_id: str = column("id", "The `webhook-id` that it is sent under, the same at each attempt.")
    topic: str = column("topic", "What it tells of.")
    status: DeliveryStatus = column("status", "Where it stands.")
    attempts: int = column("attempts", "How often it was sent.")
    occurred_at: datetime = column("occurred_at", "When it happened.")
    last_attempt_at: Optional[datetime] = column("last_attempt_at", "When it was last sent.")
    next_attempt_at: Optional[datetime] = column(
        "(case when {row}.status = 'PENDING' then {row}.next_attempt_at end)", "When it is sent again.", type="timestamptz"
    )
    last_status: Optional[int] = column("last_status", "The HTTP status of the last answer; null if there was none.")
    last_error: Optional[str] = column("last_error", "Why it did not arrive; null if it did.")


@mapped(models.Webhook)
@strawberry.type(description="An address that is told of events, as far as its owner may see what they are about.")
class Webhook(Node):
    id: strawberry.ID = global_id("The global id.")
    url: str = column("url", "Where events are sent to.")
    topics: list[str] = column("topics", "Which events.", type="text[]")
    username: str = column("(select u.username from users u where u.id = {row}.user_id)", "Whose it is.", type="text")
    created_at: datetime = column("created_at", "When it was made.", order=True)
    failing_since: Optional[datetime] = column("failing_since", "Since when nothing has arrived; null if all does.")
    disabled_at: Optional[datetime] = column("disabled_at", "When it was switched off; null while events are sent.")
    disable_reason: Optional[str] = column("disable_reason", "Why it was switched off.")
    deliveries: list[WebhookDelivery] = to_many(
        "The last fifty events that were sent at least once, the oldest first.",
        on=(("webhook_id", "id"),),
        order=("position",),
        via=Via("last_webhook_deliveries", (("id", "delivery_id"),)),
    )


@strawberry.input(description="Where to send which events.")
class CreateWebhookInput(CommandInput):
    url: str = strawberry.field(description="A public https address.")
    topics: list[str] = strawberry.field(description="Which events, e.g. `customer.changed`.")


@strawberry.input(description="A webhook to try.")
class TestWebhookInput:
    webhook: strawberry.ID = strawberry.field(description="Which webhook.")
    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)


@strawberry.input(description="A webhook to delete.")
class DeleteWebhookInput:
    webhook: strawberry.ID = strawberry.field(description="Which webhook.")
    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of `createWebhook`.")
class CreateWebhookPayload:
    webhook: Optional[Webhook] = strawberry.field(description="The webhook.")
    secret: Optional[str] = strawberry.field(
        description="The secret to check `webhook-signature` with (Standard Webhooks, v1). Shown this once."
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `testWebhook`.")
class TestWebhookPayload:
    webhook: Optional[Webhook] = strawberry.field(description="The webhook; see `deliveries` for what becomes of the test.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `deleteWebhook`.")
class DeleteWebhookPayload:
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


def _webhooks(first: int, after: str | None = None) -> PageRequest:
    return page_request(Webhook, first, after, [Sort("created_at", True, "orderBy")])


@strawberry.type
class WebhookQueries:
    @asks(_webhooks, "Your webhooks and those of users that you administer, the newest first.")
    async def webhooks(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = strawberry.UNSET,
    ) -> Connection[Webhook]:
        return await answered(info.context.reads, _webhooks(first, after))


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(
        description="Have events sent to an address, signed, in order and at least once: id, number and version of what you may"
        " see when it is sent, and nothing else. Made with an API key, it ends with the key. Needs CREATE on `webhook`."
    )
    async def create_webhook(self, info: Info, input: Annotated[CreateWebhookInput, INPUT]) -> CreateWebhookPayload:
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        done = await carried_out(info, partial(resolvers.create_webhook, secret), input)
        shown = await done.record(Webhook)
        first_time = done.outcome.record_id is not None and not done.outcome.again
        return CreateWebhookPayload(webhook=shown, secret=secret if first_time else None, user_errors=done.errors)

    @strawberry.mutation(description="Send an event that means nothing, to see whether it arrives. Needs CREATE on `webhook`.")
    async def test_webhook(self, info: Info, input: Annotated[TestWebhookInput, INPUT]) -> TestWebhookPayload:
        done = await carried_out(info, resolvers.test_webhook, input)
        return TestWebhookPayload(webhook=await done.record(Webhook), user_errors=done.errors)

    @strawberry.mutation(description="Delete a webhook and what waits to be sent. Needs DELETE on `webhook`.")
    async def delete_webhook(self, info: Info, input: Annotated[DeleteWebhookInput, INPUT]) -> DeleteWebhookPayload:
        done = await carried_out(info, resolvers.delete_webhook, input)
        return DeleteWebhookPayload(user_errors=done.errors)
