"""Users: making, changing, locking and unlocking them, and giving them initial passwords."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from api.auth.passwords import hash_of
from api.auth.records import administrators_of
from api.execution.command import Work, command, given
from api.resolvers.session import refuse_key
from api.settings import zone
from domain.activity import Activity
from domain.areas import EVERYWHERE, Pattern, pattern_of, text_of
from domain.caller import Caller, UserKind
from domain.errors import Invalid, NotFound, Refusal, refuse_if_any
from domain.messages import LANGUAGES
from domain.names import search_text
from domain.users import (
    CHANGE_RULES,
    LOCK_RULES,
    RESET_RULES,
    UNLOCK_RULES,
    UserCase,
    can_sign_in,
    faults_of_reason,
    faults_of_user,
    faults_of_username,
    faults_of_validity,
    refusals_by,
)
from domain.validity import end_instant, first_day, first_instant, last_day
from models.customer import Customer
from models.user import Session, User, UserCustomer

USERS = User.access.object
OF_ADMINISTRATION = ("home", "valid_from", "valid_to", "customers")
"""What nobody changes of themselves."""


async def create_user(password: str, caller: Caller | None, input: Any) -> User:
    """Make a user whom the caller administers; a person with this initial password. Raises Forbidden, Invalid, NotFound for a
    customer with no sales area in which the caller makes users.
    """
    async with command(caller, input, "createUser") as work:
        refuse_key(work.caller)
        return await take_up(work, input, None if input.kind is UserKind.SERVICE else await hash_of(password))


async def take_up(work: Work, input: Any, hashed: str | None) -> User:
    """Store a new user, with an initial password if there is one. Raises Forbidden, Invalid, NotFound."""
    home = _home(work, input)
    work.demand_throughout(home, USERS, Activity.CREATE, "home")
    user = User(username=input.username, kind=input.kind, home=text_of(home), locale=LANGUAGES[0])
    wanted = _new(input.customers, None) or []
    refuse_if_any((*faults_of_username(input.username), *_describe(user, input, wanted)), Invalid)
    customers = await _customers(work, wanted, Activity.CREATE)
    await work.alone_with(f"user name {user.username}")
    if await User.exists(username=user.username):
        raise Invalid.because("USERNAME_TAKEN", "username", value=user.username)
    if hashed is not None:
        user.set_password(hashed, work.now, initial=True)
    await work.create(user)
    await _bind(work, user, customers)
    return user


async def change_user(caller: Caller | None, input: Any) -> User:
    """Change what is told of a user, whom a partner speaks for, and when they may sign in. Raises NotFound, Conflict,
    Forbidden, Invalid, Refused (CHANGE_RULES).
    """
    async with command(caller, input, "changeUser") as work:
        refuse_key(work.caller)
        await work.hold_commits()
        user = await _known(work, input.username, input.version)
        await work.demand_over(User.access, user, Activity.CHANGE)
        case = await _case(work, user)
        bound = {row.customer_id: row for row in await UserCustomer.filter(user_id=user.id).order_by("id")}
        wanted = _new(input.customers, bound) or []
        refuse_if_any(_describe(user, input, wanted), Invalid)
        if given(input.home):
            home = pattern_of(input.home or "", "home")
            work.demand_throughout(home, USERS, Activity.CHANGE, "home")
            user.home = text_of(home)
        refuse_if_any(refusals_by(CHANGE_RULES, _once_changed(case, user, input, work.now)))
        customers = [] if wanted is bound else await _customers(work, wanted, Activity.CHANGE, bound)
        added = [each for each in customers if each.id not in bound]
        gone = [] if wanted is bound else [bound[key] for key in bound.keys() - {each.id for each in customers}]
        if not (added or gone or work.changes(user)):
            raise Invalid.because("NOTHING_TO_CHANGE", None)
        await work.save(user)
        for row in gone:
            await work.remove(row, part_of=user)
        await _bind(work, user, added)
    return user


async def lock_user(caller: Caller | None, input: Any) -> User:
    """Lock a user out: once this is answered, nothing of theirs is answered or committed. Raises NotFound, Forbidden, Invalid,
    Refused (LOCK_RULES).
    """
    async with command(caller, input, "lockUser") as work:
        refuse_key(work.caller)
        await work.hold_commits()
        user = await _known(work, input.username)
        await work.demand_over(User.access, user, Activity.BLOCK)
        refuse_if_any(faults_of_reason(input.reason), Invalid)
        refuse_if_any(refusals_by(LOCK_RULES, await _case(work, user)))
        user.lock(work.now, input.reason.strip())
        await work.save(user)
        await _end_sessions(work, user, "user locked")
    return user


async def unlock_user(caller: Caller | None, input: Any) -> User:
    """Let a locked user sign in again. Raises NotFound, Forbidden, Refused (UNLOCK_RULES)."""
    async with command(caller, input, "unlockUser") as work:
        refuse_key(work.caller)
        user = await _known(work, input.username)
        await work.demand_over(User.access, user, Activity.BLOCK)
        refuse_if_any(refusals_by(UNLOCK_RULES, await _case(work, user)))
        user.unlock()
        await work.save(user)
    return user


async def reset_password(password: str, caller: Caller | None, input: Any) -> User:
    """Give a user this initial password, and end all that the old one had opened. Raises NotFound, Forbidden, Refused
    (RESET_RULES).
    """
    async with command(caller, input, "resetPassword") as work:
        refuse_key(work.caller)
        await work.hold_commits()
        user = await _known(work, input.username)
        await work.demand_over(User.access, user, Activity.CHANGE)
        refuse_if_any(refusals_by(RESET_RULES, await _case(work, user)))
        user.set_password(await hash_of(password), work.now, initial=True)
        await work.save(user)
        await _end_sessions(work, user, "password reset")
    return user


async def _known(work: Work, username: str, version: int | None = None) -> User:
    """The user of this name whom the caller sees, locked until the end. Raises NotFound, Conflict."""
    key = await work.seen_with(User, "id", username=username)
    if key is None:
        raise NotFound.because("NOT_FOUND", "username", what="User")
    return await work.lock_row(User, key, "username", version=version)


async def _case(work: Work, user: User) -> UserCase:
    """What decides, before anything is done; whoever is an administrator now is taken for one who would be so no longer."""
    there = await administrators_of(work.connection, work.authority.policy, work.now)
    return UserCase(
        own=user.id == work.caller.user_id,
        kind=user.kind,
        locked=user.locked_at is not None,
        administers=user.username in there,
        administrators_left=len(there - {user.username}),
    )


def _once_changed(case: UserCase, user: User, input: Any, now: datetime) -> UserCase:
    """What decides a change: whether somebody gives themselves something, and whether an administrator is one no longer."""
    touched = any(given(getattr(input, name)) for name in OF_ADMINISTRATION)
    still = can_sign_in(case.locked, user.valid_from, user.valid_until, now)
    return replace(case, own=case.own and touched, administers=case.administers and not still)


def _describe(user: User, input: Any, wanted: Collection[Any]) -> tuple[Refusal, ...]:
    """Take over what the input says of a user; tells what is wrong with it."""
    user.display_name = (_new(input.display_name, user.display_name) or "").strip()
    user.locale = _new(input.locale, user.locale) or ""
    user.search_text = search_text(user.username, user.display_name)
    begin = _new(input.valid_from, first_day(user.valid_from, zone()))
    end = _new(input.valid_to, last_day(user.valid_until, zone()))
    faults = (*faults_of_user(user.display_name, user.locale, user.kind, wanted), *faults_of_validity(begin, end))
    if not faults:
        user.valid_from = None if begin is None else first_instant(begin, zone())
        user.valid_until = None if end is None else end_instant(end, zone())
    return faults


def _home(work: Work, input: Any) -> Pattern:
    """The pattern that a new user is administered in: the one that is named, or else where the caller makes users. Raises
    Invalid.
    """
    if given(input.home) and input.home is not None:
        return pattern_of(input.home, "home")
    scope = work.authority.scope(USERS, Activity.CREATE)
    path = () if scope.is_empty else scope.only_path
    if path is None:
        raise Invalid.because("HOME_NEEDED", "home")
    return Pattern((*path, *EVERYWHERE[len(path) :]))  # type: ignore[arg-type]  # three parts


async def _customers(work: Work, ids: Collection[str], activity: Activity, bound: Collection[int] = ()) -> list[Customer]:
    """The customers that a user is to speak for. An administrator sees none, and names those of the sales areas in which they
    administer users; those that the user speaks for already may stay. Raises NotFound, Refused.
    """
    known = {each.id: each for each in await Customer.filter(id__in=list(bound))}
    found = [
        await work.seen(Customer, "Customer", id, f"customers.{place}", known, right=(USERS, activity))
        for place, id in enumerate(ids)
    ]
    return list({each.id: each for each in found}.values())


async def _bind(work: Work, user: User, customers: Iterable[Customer]) -> None:
    for each in customers:
        await work.create(UserCustomer(user_id=user.id, customer_id=each.id), part_of=user)


async def _end_sessions(work: Work, user: User, reason: str) -> None:
    await Session.filter(user_id=user.id, ended_at=None).update(ended_at=work.now, end_reason=reason)


def _new(sent: Any, before: Any) -> Any:
    """What the input says; what was before, where it says nothing."""
    return sent if given(sent) else before
