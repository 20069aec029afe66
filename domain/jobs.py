"""Jobs: what is done in the background for whoever started it, until it is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from domain.errors import Refusal


class JobKind(Enum):
    """What a job does."""

    CUSTOMER_IMPORT = "CUSTOMER_IMPORT"


class JobStatus(Enum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


OPEN = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
MOST_OPEN = 5
"""How many jobs of one user may wait or run at a time."""
MOST_ATTEMPTS = 3
"""How often a job is begun, when the process that ran it went away."""


@dataclass(frozen=True, slots=True)
class CancelCase:
    """What decides whether a job can be cancelled."""

    status: JobStatus
    starter: int
    canceller: int


CANCEL_RULES: tuple[tuple[str, Callable[[CancelCase], bool]], ...] = (  # reason, holds when
    ("JOB_OF_ANOTHER", lambda case: case.starter == case.canceller),
    ("JOB_OVER", lambda case: case.status in OPEN),
)


def refusals_to_cancel(case: CancelCase) -> tuple[Refusal, ...]:
    """Every reason against cancelling a job; empty when it may be."""
    return tuple(Refusal(code, "job", {"status": case.status.name}) for code, holds in CANCEL_RULES if not holds(case))
