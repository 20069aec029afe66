"""`python -m api user …`: making, locking and unlocking users."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from api.auth import users
from api.cli.terminal import a_password, out, with_models
from domain.areas import pattern_of
from domain.caller import UserKind

user = typer.Typer(no_args_is_help=True, help="Users.")


@user.command("create")
def user_create(
    username: str,
    display_name: Annotated[str, typer.Option(help="The name that people read.")],
    kind: Annotated[UserKind, typer.Option(help="EMPLOYEE, PARTNER or SERVICE.")] = UserKind.EMPLOYEE,
    locale: Annotated[str, typer.Option(help="en or zh.")] = "en",
    home: Annotated[str, typer.Option(help="Where they are administered until they have roles, e.g. 1000/*/*.")] = "*/*/*",
    customer: Annotated[Optional[list[str]], typer.Option(help="Number of a customer that a partner speaks for.")] = None,
) -> None:
    """Make a user; the password is read from the terminal or standard input. A machine has none, but API keys."""
    password = None if kind is UserKind.SERVICE else a_password()

    async def run() -> None:
        await users.create_user(
            username,
            display_name,
            kind,
            password=password,
            locale=locale,
            home=pattern_of(home, "home"),
            customers=tuple(customer or ()),
        )

    with_models(run)
    out.print(f"user {username} created")


@user.command("password")
def user_password(username: str) -> None:
    """Set a password, read from the terminal or standard input; ends the user's sessions."""
    password = a_password()
    with_models(lambda: users.set_password(username, password))
    out.print(f"password of {username} set")


@user.command("lock")
def user_lock(username: str, reason: Annotated[str, typer.Option(help="Why.")] = "locked by an administrator") -> None:
    """Lock a user out; from when this has returned, nothing of theirs is answered."""
    with_models(lambda: users.lock_user(username, reason))
    out.print(f"user {username} locked")


@user.command("unlock")
def user_unlock(username: str) -> None:
    """Let a locked user sign in again."""
    with_models(lambda: users.unlock_user(username))
    out.print(f"user {username} unlocked")
