"""What commands share: the database open, words and progress on the terminal, days and instants as they are typed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.database import database, models_open
from api.settings import zone
from domain.errors import Invalid, Problem
from domain.messages import text_of

Result = TypeVar("Result")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

By = Annotated[str, typer.Option(help="Who does it, for the history.")]


def with_models(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do something with the models open; a refusal is told in words and exits with 1."""
    return with_database(lambda _: work())


def with_database(work: Callable[[str], Awaitable[Result]]) -> Result:
    """As `with_models`, for what needs connections of its own too: `work` is given the database's URL."""

    async def run(url: str) -> Result:
        async with models_open(url):
            return await work(url)

    try:
        with database() as url:
            return asyncio.run(run(url))
    except Problem as problem:
        fail(
            "\n".join(
                f"{refusal.field + ': ' if refusal.field else ''}{text_of(refusal, 'en')}" for refusal in problem.refusals
            )
        )


def fail(message: str) -> NoReturn:
    err.print(f"[red]{escape(message)}[/red]", soft_wrap=True)
    raise typer.Exit(1)


def a_password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def a_day(text: str, field: str) -> date | None:
    """A day written out. Raises Invalid (DAY_MALFORMED)."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(text_of(Invalid.because("DAY_MALFORMED", field, value=text).refusals[0], "en"))


def an_instant(text: str, field: str, of_day: Callable[[date, Any], datetime | None]) -> datetime | None:
    """An instant written out, or made of a day. Raises Invalid (INSTANT_MALFORMED)."""
    if not text:
        return None
    try:
        if len(text) == 10:
            return of_day(date.fromisoformat(text), zone())
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant
    except (ValueError, OverflowError):
        pass
    fail(text_of(Invalid.because("INSTANT_MALFORMED", field, value=text).refusals[0], "en"))


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[..., None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(title, total=total)
        yield lambda count=1: progress.advance(task, count)
