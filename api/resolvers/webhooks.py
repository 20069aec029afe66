"""Webhooks: making, trying and deleting them."""

import secrets
from typing import Any

from api.execution.command import Work, command
from api.resolvers.api_keys import FOR_USER as BY_USER
from api.settings import settings
from domain.activity import Activity
from domain.caller import Caller, SessionKind
from domain.errors import Invalid, Refused, refuse_if_any
from domain.validity import LATEST
from domain.webhooks import MOST_WEBHOOKS, TEST_TOPIC, TOPICS, faults_of_webhook
from models.access import Access
from models.user import Session, User
from models.webhook import Webhook, WebhookDelivery

FOR_USER = Access(Webhook.access.object, BY_USER.areas, BY_USER.owner)
"""The right on a webhook before there is one: where its user lies."""


async def create_webhook(secret: str, caller: Caller | None, input: Any) -> Webhook:
    """Have events sent somewhere. Raises Forbidden, Invalid (WEBHOOK_URL, TOPIC_UNKNOWN), Refused (TOO_MANY_WEBHOOKS)."""
    async with command(caller, input, "createWebhook") as work:
        user = await User.get(id=work.caller.user_id)
        await work.demand_over(FOR_USER, user, Activity.CREATE)
        anywhere = settings().webhook_private_addresses
        refuse_if_any(faults_of_webhook(input.url, input.topics, TOPICS, anywhere=anywhere), Invalid)
        await work.alone_with(f"webhooks of {user.id}")
        if await Webhook.filter(user_id=user.id).count() >= MOST_WEBHOOKS:
            raise Refused.because("TOO_MANY_WEBHOOKS", None, most=MOST_WEBHOOKS)
        webhook = Webhook(
            user_id=user.id,
            session=await _session(work),
            url=input.url,
            topics=list(dict.fromkeys(input.topics)),
            signing_secret=secret,
            created_at=work.now,
        )
        await work.create(webhook)
    return webhook


async def test_webhook(caller: Caller | None, input: Any) -> Webhook:
    """Send something that means nothing, to see whether it arrives. Raises NotFound, Forbidden, Refused (WEBHOOK_DISABLED)."""
    async with command(caller, input, "testWebhook") as work:
        webhook = await work.lock(Webhook, "Webhook", input.webhook, "webhook")
        await work.demand_over(Webhook.access, webhook, Activity.CREATE)
        if webhook.disabled_at is not None:
            raise Refused.because("WEBHOOK_DISABLED", "webhook", why=webhook.disable_reason)
        await WebhookDelivery.create(
            id=secrets.token_hex(16),
            webhook_id=webhook.id,
            topic=TEST_TOPIC,
            occurred_at=work.now,
            next_attempt_at=work.now,
        )
    return webhook


async def delete_webhook(caller: Caller | None, input: Any) -> Webhook:
    """Send nothing more, and forget what waits. Raises NotFound, Forbidden."""
    async with command(caller, input, "deleteWebhook") as work:
        webhook = await work.lock(Webhook, "Webhook", input.webhook, "webhook")
        await work.demand_over(Webhook.access, webhook, Activity.DELETE)
        await work.announce(webhook, "deleted")
        await webhook.delete()
        await Session.filter(id=webhook.session_id, kind=SessionKind.WEBHOOK).update(
            ended_at=work.now, end_reason="webhook deleted"
        )
    return webhook


async def _session(work: Work) -> Session:
    """The session it goes on in: that of the API key it is made with, or one of its own that outlives the sign-in."""
    if work.caller.api_key is not None:
        return await Session.get(id=work.caller.session_id)
    return await Session.create(
        user_id=work.caller.user_id, kind=SessionKind.WEBHOOK, expires_at=LATEST, address=work.caller.address[:60]
    )
