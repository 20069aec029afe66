"""Signing in, refreshing, signing out, changing the password."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from tortoise.transactions import in_transaction

from api.auth.attempts import count_attempt, forget_old_attempts, forgive_attempt
from api.auth.authority import current
from api.auth.passwords import faults_of_password, hash_of, opens
from api.auth.tokens import Tokens
from api.execution.command import Outcome, carry_out, command
from api.execution.journal import recording
from api.settings import settings
from domain.caller import Caller, SessionKind
from domain.errors import BadCredentials, Invalid, Refused, TooManyAttempts, Unauthenticated, refuse_if_any
from domain.users import can_sign_in
from models.user import RefreshToken, Session, SignInAttempts, User

LONGEST_PASSWORD = 1000
LONGEST_USERNAME = 60
GRACE = timedelta(seconds=60)
"""How long a refresh whose answer was lost may be sent again under the same idempotency key."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client needs after signing in or refreshing."""

    user_id: int
    access_token: str
    refresh_token: str
    expires_at: datetime
    session_expires_at: datetime


async def sign_in(
    tokens: Tokens, username: str, password: str, address: str, request_id: str, new_password: str | None = None
) -> SignedIn:
    """Open a session, and set a new password if one is given. An initial password opens none without.

    Raises BadCredentials for a wrong name, password, a user that is locked or not valid alike; TooManyAttempts; to who has the
    password, Refused (PASSWORD_INITIAL) and Invalid for the new one.
    """
    name = username.strip().lower()[:LONGEST_USERNAME]
    limits = {
        f"user:{name}": settings().sign_in_failures_per_user,
        f"address:{address}"[:140]: settings().sign_in_failures_per_address,
    }
    counted = await count_attempt(limits)
    user = await User.get_or_none(username=name)
    right = await opens(password[:LONGEST_PASSWORD], user.password_hash if user is not None else None)
    now = _now()
    if user is None or not right or not _is_let_in(user, now):
        raise BadCredentials.because("BAD_CREDENTIALS")
    await forgive_attempt(counted)
    await SignInAttempts.filter(subject=f"user:{name}").delete()
    await forget_old_attempts()
    if new_password is None and user.password_initial:
        raise Refused.because("PASSWORD_INITIAL", "newPassword")
    async with in_transaction():
        if new_password is not None:
            await _set_new_password(user, password, new_password, request_id, now)
        expires_at = now + timedelta(days=settings().session_days)
        session = await Session.create(user_id=user.id, expires_at=expires_at, address=address[:60])
        refresh_token = await _add_token(session, expires_at)
    access_token, access_expires_at = tokens.issue(user.id, user.username, user.kind, session.id, user.locale)
    return SignedIn(user.id, access_token, refresh_token, access_expires_at, expires_at)


async def refresh_session(tokens: Tokens, refresh_token: str | None, key: str | None) -> SignedIn:
    """Exchange a refresh token for the next one.

    A token that was used before ends the whole session, unless it is the same refresh sent again at once under the same
    idempotency key: then the token given out the first time is replaced. Raises BadCredentials.
    """
    if not refresh_token:
        raise BadCredentials.because("BAD_REFRESH_TOKEN", "refreshToken")
    replayed = False
    async with in_transaction():
        token = await RefreshToken.filter(digest=_digest(refresh_token)).select_for_update().get_or_none()
        session = None if token is None else await Session.filter(id=token.session_id).select_for_update().get_or_none()
        now = _now()
        if token is None or session is None or session.ended_at is not None or token.expires_at <= now:
            raise BadCredentials.because("BAD_REFRESH_TOKEN", "refreshToken")
        user = await User.get(id=session.user_id)
        if user.locked_at is None and not _is_let_in(user, now):
            raise BadCredentials.because("BAD_REFRESH_TOKEN", "refreshToken")
        if token.used_at is not None:
            same = key is not None and token.used_with_key == _digest(key) and now - token.used_at <= GRACE
            unused = await RefreshToken.filter(session_id=session.id, used_at=None)
            if same and unused:
                await RefreshToken.filter(session_id=session.id, used_at=None).delete()
            else:
                replayed = True
        if user.locked_at is not None:
            replayed = True
        if replayed:
            session.ended_at, session.end_reason = now, "refresh token used twice" if user.locked_at is None else "user locked"
            await session.save()
            next_token = ""
        else:
            if token.used_at is None:
                token.used_at, token.used_with_key = now, None if key is None else _digest(key)
                await token.save()
            next_token = await _add_token(session, session.expires_at)
    if replayed:
        raise BadCredentials.because("BAD_REFRESH_TOKEN", "refreshToken")
    access_token, access_expires_at = tokens.issue(user.id, user.username, user.kind, session.id, user.locale)
    return SignedIn(user.id, access_token, next_token, access_expires_at, session.expires_at)


async def sign_out(caller: Caller | None, everywhere: bool) -> None:
    """End this session, or all sign-ins of the user. Raises Unauthenticated when nobody is signed in, Refused for a key."""
    if caller is None:
        raise Unauthenticated.because("UNAUTHENTICATED")
    refuse_key(caller)
    async with in_transaction() as transaction:
        await current(transaction._connection, caller)
        await _end_sessions(caller.user_id, None if everywhere else caller.session_id, "signed out")


async def change_password(caller: Caller | None, input: Any) -> Outcome:
    """Set a new password and end the user's other sessions. Ends in BadCredentials, Invalid or TooManyAttempts otherwise."""
    limits = {} if caller is None else {f"user:{caller.username}": settings().sign_in_failures_per_user}
    try:
        counted = await count_attempt(limits)
    except TooManyAttempts as problem:
        return Outcome(problem=problem)
    outcome = await carry_out(lambda: _change_password(caller, input), input)
    if not isinstance(outcome.problem, BadCredentials):
        await forgive_attempt(counted)
    return outcome


async def _change_password(caller: Caller | None, input: Any) -> None:
    async with command(caller, input, "changePassword") as work:
        refuse_key(work.caller)
        refuse_if_any(faults_of_password(input.new_password, work.caller.username), Invalid)
        user = await User.filter(id=work.caller.user_id).select_for_update().get()
        if not await opens(input.old_password[:LONGEST_PASSWORD], user.password_hash):
            raise BadCredentials.because("WRONG_PASSWORD", "oldPassword")
        work.keep(user)
        user.set_password(await hash_of(input.new_password), work.now)
        await work.save(user)
        await (
            Session.filter(user_id=user.id, ended_at=None)
            .exclude(id=work.caller.session_id)
            .update(ended_at=work.now, end_reason="password changed")
        )


async def _set_new_password(user: User, old: str, new: str, request_id: str, now: datetime) -> None:
    """Take the new password of somebody who has just shown the old one; all that it had opened ends. Raises Invalid,
    BadCredentials if the old one is no longer right.
    """
    refuse_if_any(faults_of_password(new, user.username), Invalid)
    if new == old:
        raise Invalid.because("PASSWORD_SAME", "newPassword")
    hashed = await hash_of(new)
    async with recording(user.username, request_id) as journal:
        current_one = await User.filter(id=user.id).select_for_update().get()
        if current_one.password_hash != user.password_hash:
            raise BadCredentials.because("BAD_CREDENTIALS")
        journal.keep(current_one)
        current_one.set_password(hashed, now)
        await journal.save(current_one)
        await Session.filter(user_id=user.id, ended_at=None).update(ended_at=now, end_reason="password changed")


def _is_let_in(user: User, now: datetime) -> bool:
    return can_sign_in(user.locked_at is not None, user.valid_from, user.valid_until, now)


def refuse_key(caller: Caller) -> None:
    """Raise Refused (KEY_ONLY_SIGNED_IN) for a request that came with an API key: this is done by who has signed in."""
    if caller.api_key is not None:
        raise Refused.because("KEY_ONLY_SIGNED_IN")


async def _end_sessions(user_id: int, session_id: int | None, reason: str) -> None:
    open_ones = Session.filter(user_id=user_id, ended_at=None, kind=SessionKind.SIGN_IN)
    if session_id is not None:
        open_ones = open_ones.filter(id=session_id)
    await open_ones.update(ended_at=_now(), end_reason=reason)


async def _add_token(session: Session, expires_at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    await RefreshToken.create(session_id=session.id, digest=_digest(token), expires_at=expires_at)
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(timezone.utc)
