"""Attempts to get in, or at something that one may not browse: counted, slowed when they fail, and forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from domain.attempts import FORGOTTEN_AFTER, Attempts, failures_still_counted, wait_before_next
from domain.errors import TooManyAttempts
from models.user import SignInAttempts


@dataclass(frozen=True, slots=True)
class Counted:
    """An attempt that was counted as failed: when, and since when its subject had been quiet before."""

    subject: str
    at: datetime
    quiet_since: datetime


async def count_attempt(limits: dict[str, int], field: str | None = None) -> list[Counted]:
    """Count an attempt as failed before what it tries is looked at, so that those sent at once are counted too. `limits` tells
    how many failures of each subject are free.

    Raises TooManyAttempts, and counts nothing, while one of the subjects has to wait.
    """
    now, counted = datetime.now(timezone.utc), []
    async with in_transaction():
        for subject, free in sorted(limits.items()):
            first = SignInAttempts(subject=subject, failures=0, last_at=now)
            await SignInAttempts.bulk_create([first], on_conflict=["subject"], update_fields=["subject"])  # made or locked
            row = await SignInAttempts.filter(subject=subject).select_for_update().get()
            before = Attempts(row.failures, row.last_at)
            wait = wait_before_next(before, free, now)
            if wait:
                raise TooManyAttempts.because("TOO_MANY_ATTEMPTS", field, seconds=-(-int(wait.total_seconds() * 1000) // 1000))
            row.failures, row.last_at = failures_still_counted(before, now) + 1, now
            await row.save()
            counted.append(Counted(subject, now, before.last_at))
    return counted


async def forgive_attempt(counted: list[Counted]) -> None:
    """Take back that an attempt was counted as failed: the count, and the time unless another attempt came after it."""
    for each in counted:
        await SignInAttempts.filter(subject=each.subject, failures__gt=0).update(failures=F("failures") - 1)
        await SignInAttempts.filter(subject=each.subject, last_at=each.at).update(last_at=each.quiet_since)


async def forget_old_attempts() -> None:
    """Delete some of the rows that count no longer, most of them of names that nobody has."""
    async with in_transaction():
        old = (
            SignInAttempts.filter(last_at__lt=datetime.now(timezone.utc) - FORGOTTEN_AFTER)
            .limit(100)
            .select_for_update(skip_locked=True)
        )
        await SignInAttempts.filter(subject__in=[row.subject for row in await old]).delete()
