"""How failed sign-ins are slowed down. The same for names that exist and names that do not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FORGOTTEN_AFTER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Attempts:
    """The failed attempts of one user name or address since the last success or the last quiet quarter of an hour."""

    failures: int
    last_at: datetime


def failures_still_counted(attempts: Attempts | None, now: datetime) -> int:
    """How many failures count now: none after a quiet quarter of an hour."""
    return 0 if attempts is None or now - attempts.last_at >= FORGOTTEN_AFTER else attempts.failures


def wait_before_next(attempts: Attempts | None, free: int, now: datetime) -> timedelta:
    """How long to wait before the next attempt: not at all for `free` failures, then 1, 2, 4 … seconds, at most five min.."""
    failures = failures_still_counted(attempts, now)
    if attempts is None or failures < free:
        return timedelta(0)
    pause = min(timedelta(seconds=2 ** min(failures - free, 20)), LONGEST_WAIT)
    return max(attempts.last_at + pause - now, timedelta(0))
