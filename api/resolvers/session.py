"""Signing in, refreshing, signing out, changing the password."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from api.auth.authority import current
from api.auth.passwords import faults_of_password, hash_of, opens
from api.auth.tokens import Tokens
from api.execution.command import Outcome, carry_out, command
from api.settings import settings
from domain.attempts import FORGOTTEN_AFTER, Attempts, failures_still_counted, wait_before_next
from domain.caller import Caller
from domain.errors import BadCredentials, Invalid, TooManyAttempts, Unauthenticated, refuse_if_any
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


async def sign_in(tokens: Tokens, username: str, password: str, address: str) -> SignedIn:
    """Open a session. Raises BadCredentials for a wrong name, password or a locked user alike; TooManyAttempts."""
    name = username.strip().lower()[:LONGEST_USERNAME]
    limits = {
        f"user:{name}": settings().sign_in_failures_per_user,
        f"address:{address}"[:140]: settings().sign_in_failures_per_address,
    }
    counted = await _count_attempt(limits)
    user = await User.get_or_none(username=name)
    right = await opens(password[:LONGEST_PASSWORD], user.password_hash if user is not None else None)
    if user is None or not right or user.locked_at is not None:
        raise BadCredentials.because("BAD_CREDENTIALS")
    await _forgive_attempt(counted)
    await SignInAttempts.filter(subject=f"user:{name}").delete()
    await _forget_old_attempts()
    now = _now()
    async with in_transaction():
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
    """End this session, or all of the user's. Raises Unauthenticated when nobody is signed in."""
    if caller is None:
        raise Unauthenticated.because("UNAUTHENTICATED")
    async with in_transaction() as transaction:
        await current(transaction._connection, caller)
        await _end_sessions(caller.user_id, None if everywhere else caller.session_id, "signed out")


async def change_password(caller: Caller | None, input: Any) -> Outcome:
    """Set a new password and end the user's other sessions. Ends in BadCredentials, Invalid or TooManyAttempts otherwise."""
    limits = {} if caller is None else {f"user:{caller.username}": settings().sign_in_failures_per_user}
    try:
        counted = await _count_attempt(limits)
    except TooManyAttempts as problem:
        return Outcome(problem=problem)
    outcome = await carry_out(lambda: _change_password(caller, input), input)
    if not isinstance(outcome.problem, BadCredentials):
        await _forgive_attempt(counted)
    return outcome


async def _change_password(caller: Caller | None, input: Any) -> None:
    async with command(caller, input, "changePassword") as work:
        refuse_if_any(faults_of_password(input.new_password, work.caller.username), Invalid)
        user = await User.filter(id=work.caller.user_id).select_for_update().get()
        if not await opens(input.old_password[:LONGEST_PASSWORD], user.password_hash):
            raise BadCredentials.because("WRONG_PASSWORD", "oldPassword")
        user.password_hash = await hash_of(input.new_password)
        await user.save(update_fields=["password_hash"])
        await (
            Session.filter(user_id=user.id, ended_at=None)
            .exclude(id=work.caller.session_id)
            .update(ended_at=work.now, end_reason="password changed")
        )


async def _end_sessions(user_id: int, session_id: int | None, reason: str) -> None:
    open_ones = Session.filter(user_id=user_id, ended_at=None)
    if session_id is not None:
        open_ones = open_ones.filter(id=session_id)
    await open_ones.update(ended_at=_now(), end_reason=reason)


async def _add_token(session: Session, expires_at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    await RefreshToken.create(session_id=session.id, digest=_digest(token), expires_at=expires_at)
    return token


@dataclass(frozen=True, slots=True)
class Counted:
    """An attempt that was counted as failed: when, and since when its subject had been quiet before."""

    subject: str
    at: datetime
    quiet_since: datetime


async def _count_attempt(limits: dict[str, int]) -> list[Counted]:
    """Count an attempt as failed before its password is looked at, so that those sent at once are counted too.

    Raises TooManyAttempts, and counts nothing, while one of the subjects has to wait.
    """
    now, counted = _now(), []
    async with in_transaction():
        for subject, free in sorted(limits.items()):
            first = SignInAttempts(subject=subject, failures=0, last_at=now)
            await SignInAttempts.bulk_create([first], on_conflict=["subject"], update_fields=["subject"])  # made or locked
            row = await SignInAttempts.filter(subject=subject).select_for_update().get()
            before = Attempts(row.failures, row.last_at)
            wait = wait_before_next(before, free, now)
            if wait:
                raise TooManyAttempts.because("TOO_MANY_ATTEMPTS", seconds=-(-int(wait.total_seconds() * 1000) // 1000))
            row.failures, row.last_at = failures_still_counted(before, now) + 1, now
            await row.save()
            counted.append(Counted(subject, now, before.last_at))
    return counted


async def _forgive_attempt(counted: list[Counted]) -> None:
    """Take back that an attempt was counted as failed: the count, and the time unless another attempt came after it."""
    for each in counted:
        await SignInAttempts.filter(subject=each.subject, failures__gt=0).update(failures=F("failures") - 1)
        await SignInAttempts.filter(subject=each.subject, last_at=each.at).update(last_at=each.quiet_since)


async def _forget_old_attempts() -> None:
    """Delete some of the rows that count no longer, most of them of names that nobody has."""
    async with in_transaction():
        old = SignInAttempts.filter(last_at__lt=_now() - FORGOTTEN_AFTER).limit(100).select_for_update(skip_locked=True)
        await SignInAttempts.filter(subject__in=[row.subject for row in await old]).delete()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(timezone.utc)
