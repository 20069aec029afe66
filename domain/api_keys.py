"""API keys: who may have one made, and what one must be like."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.caller import UserKind
from domain.errors import Refusal

LONGEST_NAME = 60
MOST_KEYS = 20
"""Of one user, at a time."""


@dataclass(frozen=True, slots=True)
class KeyCase:
    """What decides whether a key is made, apart from policy."""

    own: bool
    """Whether it is for whoever makes it."""
    kind: UserKind
    """What sort of user it is for."""
    administers: bool
    """Whether that user administers users or policy."""
    open_keys: int
    """How many that user has."""


KEY_RULES: tuple[tuple[str, str | None, Callable[[KeyCase], bool]], ...] = (  # reason, field, holds when
    ("KEY_OF_PERSON", "user", lambda case: case.own or case.kind is UserKind.SERVICE),
    ("KEY_OF_ADMINISTRATOR", "user", lambda case: case.own or not case.administers),
    ("TOO_MANY_KEYS", None, lambda case: case.open_keys < MOST_KEYS),
)


def refusals_to_make_key(case: KeyCase) -> tuple[Refusal, ...]:
    """Every reason against making it, in the order of the table; empty when it may be made."""
    return tuple(Refusal(reason, field, {"most": MOST_KEYS}) for reason, field, holds in KEY_RULES if not holds(case))


def faults_of_key(name: str, ends_at: datetime, now: datetime, longest_days: int) -> tuple[Refusal, ...]:
    """What is wrong with its name, or with when it ends."""
    faults = []
    if not name.strip():
        faults.append(Refusal("NAME_EMPTY", "name"))
    if len(name) > LONGEST_NAME:
        faults.append(Refusal("TEXT_TOO_LONG", "name", {"found": len(name), "most": LONGEST_NAME}))
    if ends_at <= now:
        faults.append(Refusal("KEY_OVER", "validTo"))
    if ends_at > now + timedelta(days=longest_days + 1):
        faults.append(Refusal("KEY_TOO_LONG", "validTo", {"most": longest_days}))
    return tuple(faults)
