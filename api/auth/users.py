"""Users as the command line makes and locks them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

from tortoise.transactions import in_transaction

from api.auth.passwords import hash_of
from api.auth.policy_store import POLICY_LOCK
from domain.areas import EVERYWHERE, Pattern, text_of
from domain.caller import Caller, UserKind
from domain.errors import Invalid
from domain.names import search_text
from domain.policy import NAME
from domain.users import LONGEST_DISPLAY_NAME
from models.customer import Customer
from models.user import Session, User, UserCustomer

LONGEST_COMMAND = timedelta(hours=12)


async def create_user(
    username: str,
    display_name: str,
    kind: UserKind,
    *,
    password: str | None = None,
    password_hash: str | None = None,
    locale: str = "en",
    home: Pattern = EVERYWHERE,
    customers: tuple[str, ...] = (),
) -> User:
    """Store a user, bound to customers by number, and administered in `home` as long as there are no roles.

    Raises Invalid for a malformed or taken name, one too long to show, an unknown customer.
    """
    if not NAME.fullmatch(username):
        raise Invalid.because("NAME_MALFORMED", "username", value=username)
    if len(display_name) > LONGEST_DISPLAY_NAME:
        raise Invalid.because("TEXT_TOO_LONG", "displayName", found=len(display_name), most=LONGEST_DISPLAY_NAME)
    async with in_transaction():
        if await User.exists(username=username):
            raise Invalid.because("USER_EXISTS", "username", value=username)
        user = await User.create(
            username=username,
            display_name=display_name,
            kind=kind,
            locale=locale,
            home=text_of(home),
            password_hash=password_hash or (None if password is None else await hash_of(password)),
            search_text=search_text(username, display_name),
        )
        for number in customers:
            customer = await Customer.get_or_none(number=number)
            if customer is None:
                raise Invalid.because("NOT_FOUND", "customers", what=f"customer {number}")
            await UserCustomer.create(user_id=user.id, customer_id=customer.id)
    return user


async def set_password(username: str, password: str) -> None:
    """Set a password and end all sessions of the user. Raises Invalid for an unknown user."""
    hashed = await hash_of(password)
    async with in_transaction():
        user = await _known(username)
        await User.filter(id=user.id).update(password_hash=hashed, password_initial=False, password_set_at=_now())
        await Session.filter(user_id=user.id, ended_at=None).update(ended_at=_now(), end_reason="password set")


async def lock_user(username: str, reason: str) -> None:
    """Lock a user out: once this has returned, nothing of theirs is answered or committed. Raises Invalid."""
    async with in_transaction() as transaction:
        await transaction._connection.execute("select pg_advisory_xact_lock($1)", POLICY_LOCK)
        user = await _known(username)
        await User.filter(id=user.id).update(locked_at=_now(), lock_reason=reason[:200])
        await Session.filter(user_id=user.id, ended_at=None).update(ended_at=_now(), end_reason="user locked")


async def unlock_user(username: str) -> None:
    """Let a locked user sign in again. Raises Invalid."""
    user = await _known(username)
    await User.filter(id=user.id).update(locked_at=None, lock_reason=None)


@asynccontextmanager
async def speaking_for(username: str, request_id: str) -> AsyncIterator[Caller]:
    """A user as the command line acts for them, in a session that is over with the block. Raises Invalid."""
    user = await _known(username)
    session = await Session.create(user_id=user.id, expires_at=_now() + LONGEST_COMMAND, address="command line")
    try:
        yield Caller(user.id, user.username, user.kind, session.id, user.locale, request_id)
    finally:
        await Session.filter(id=session.id, ended_at=None).update(ended_at=_now(), end_reason="command over")


async def _known(username: str) -> User:
    user = await User.get_or_none(username=username)
    if user is None:
        raise Invalid.because("UNKNOWN_USER", "username", value=username)
    return user


def _now() -> datetime:
    return datetime.now(timezone.utc)
