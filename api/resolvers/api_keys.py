"""API keys: making and revoking them."""

from datetime import timedelta
from typing import Any

from api.auth.api_keys import NewKey
from api.auth.policy_store import assignments_of
from api.execution import global_id
from api.execution.command import Work, command, given
from api.resolvers.session import refuse_key
from api.settings import settings, zone
from domain.activity import Activity
from domain.api_keys import KeyCase, faults_of_key, refusals_to_make_key
from domain.caller import Caller, SessionKind
from domain.errors import Invalid, refuse_if_any
from domain.validity import LATEST, end_instant
from models.access import Access
from models.api_key import ApiKey
from models.user import Session, User
from models.webhook import Webhook

FOR_USER = Access(ApiKey.access.object, User.access.areas, User.access.owner)
"""The right on a key before there is one: where its user lies."""
ADMINISTRATION = ("user", "role_assignment", "role_rule", "policy_change")
"""Who may do more with these than see them administers."""


async def create_api_key(made: NewKey, caller: Caller | None, input: Any) -> ApiKey:
    """Make a key for oneself, or for a machine. Raises NotFound, Forbidden, Invalid, Refused (KEY_RULES)."""
    async with command(caller, input, "createApiKey") as work:
        refuse_key(work.caller)
        user = await _user(work, input)
        await work.demand_over(FOR_USER, user, Activity.CREATE)
        await work.alone_with(f"api keys of {user.id}")
        ends_at = work.now + timedelta(days=settings().api_key_days)
        if given(input.valid_to) and input.valid_to is not None:
            ends_at = end_instant(input.valid_to, zone()) or LATEST
        refuse_if_any(faults_of_key(input.name, ends_at, work.now, settings().api_key_days), Invalid)
        refuse_if_any(refusals_to_make_key(await _case(work, user)))
        session = await Session.create(
            user_id=user.id, kind=SessionKind.API_KEY, expires_at=ends_at, address=work.caller.address[:60]
        )
        key = ApiKey(
            user_id=user.id,
            session_id=session.id,
            name=input.name.strip(),
            prefix=made.prefix,
            key_digest=made.digest,
            read_only=input.read_only,
            created_at=work.now,
            created_by=work.caller.username,
        )
        await work.create(key)
        work.subject = key
    return key


async def revoke_api_key(caller: Caller | None, input: Any) -> ApiKey:
    """End a key and the webhooks made with it: from now on it opens nothing. Raises NotFound, Forbidden."""
    async with command(caller, input, "revokeApiKey") as work:
        refuse_key(work.caller)
        await work.hold_commits()
        key = await work.lock(ApiKey, "ApiKey", input.api_key, "apiKey")
        await work.demand_over(ApiKey.access, key, Activity.DELETE)
        ended = await Session.filter(id=key.session_id, ended_at=None).update(ended_at=work.now, end_reason="key revoked")
        if ended:
            await Webhook.filter(session_id=key.session_id, disabled_at=None).update(
                disabled_at=work.now, disable_reason="the API key was revoked"
            )
            await work.announce(key, "revoked")
    return key


async def _user(work: Work, input: Any) -> User:
    """Whom the key is for: the caller, or a user that they see. Raises NotFound, Invalid."""
    if given(input.user) and input.user is not None and global_id.key_of(input.user, "User", "user") != work.caller.user_id:
        return await work.lock(User, "User", input.user, "user")
    return await User.get(id=work.caller.user_id)


async def _case(work: Work, user: User) -> KeyCase:
    """What decides, with all that the user is assigned, whether it is valid now or not."""
    theirs = await assignments_of(work.connection, user.id, work.state.version)
    administers = any(
        not work.authority.policy.grants(theirs, object, activity).scope().is_empty
        for object in ADMINISTRATION
        for activity in Activity
        if activity is not Activity.DISPLAY
    )
    keys = await ApiKey.filter(user_id=user.id, session__ended_at=None, session__expires_at__gt=work.now).count()
    return KeyCase(user.id == work.caller.user_id, user.kind, administers, keys)
