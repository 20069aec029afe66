"""Users: what one must be like, when one may be locked, unlocked or given another password, and when one can sign in."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.administration import LEAST_ADMINISTRATORS
from domain.caller import UserKind
from domain.errors import Refusal
from domain.messages import LANGUAGES
from domain.policy import NAME

LONGEST_DISPLAY_NAME, LONGEST_REASON = 120, 200
YEARS = range(1900, 9999)
MOST_CUSTOMERS = 200
"""That one user speaks for."""


@dataclass(frozen=True, slots=True)
class UserCase:
    """What decides, apart from policy, whether something is done to a user."""

    own: bool
    """Whether it is whoever does it."""
    kind: UserKind
    locked: bool = False
    administers: bool = False
    """Whether it is an administrator who would be one no longer."""
    administrators_left: int = 0
    """How many there would be without them."""


Rules = tuple[tuple[str, str, Callable[[UserCase], bool]], ...]
"""Reason, field, holds when."""

NOT_ONESELF = ("OWN_USER", "username", lambda case: not case.own)
ENOUGH_LEFT = (
    "LAST_ADMINISTRATORS",
    "username",
    lambda case: not case.administers or case.administrators_left >= LEAST_ADMINISTRATORS,
)
LOCK_RULES: Rules = (NOT_ONESELF, ("USER_LOCKED", "username", lambda case: not case.locked), ENOUGH_LEFT)
UNLOCK_RULES: Rules = (NOT_ONESELF, ("USER_NOT_LOCKED", "username", lambda case: case.locked))
RESET_RULES: Rules = (NOT_ONESELF, ("MACHINE_HAS_NO_PASSWORD", "username", lambda case: case.kind is not UserKind.SERVICE))
CHANGE_RULES: Rules = (NOT_ONESELF, ENOUGH_LEFT)


def refusals_by(rules: Rules, case: UserCase) -> tuple[Refusal, ...]:
    """Every reason against it, in the order of the table; empty when it may be done."""
    return tuple(Refusal(reason, field, {"least": LEAST_ADMINISTRATORS}) for reason, field, holds in rules if not holds(case))


def can_sign_in(locked: bool, begins_at: datetime | None, ends_at: datetime | None, now: datetime) -> bool:
    """Whether a user is let in at an instant: not locked, and within their validity, the end not included."""
    return not locked and (begins_at is None or begins_at <= now) and (ends_at is None or now < ends_at)


def faults_of_username(username: str) -> tuple[Refusal, ...]:
    """What is wrong with a user name."""
    return () if NAME.fullmatch(username) else (Refusal("NAME_MALFORMED", "username", {"value": username}),)


def faults_of_user(display_name: str, locale: str, kind: UserKind, customers: Collection[object]) -> tuple[Refusal, ...]:
    """What is wrong with what is told of a user."""
    values = {"found": len(display_name), "most": LONGEST_DISPLAY_NAME}
    rules: tuple[tuple[str, str, bool, dict[str, Any]], ...] = (
        ("NAME_EMPTY", "displayName", display_name.strip() != "", {}),
        ("TEXT_TOO_LONG", "displayName", len(display_name) <= LONGEST_DISPLAY_NAME, values),
        ("TEXT_CONTROL", "displayName", display_name.isprintable(), {}),
        ("LOCALE_UNKNOWN", "locale", locale in LANGUAGES, {"value": locale, "known": ", ".join(LANGUAGES)}),
        ("ONLY_PARTNERS_BOUND", "customers", not customers or kind is UserKind.PARTNER, {}),
        ("TOO_MANY_CUSTOMERS", "customers", len(customers) <= MOST_CUSTOMERS, {"most": MOST_CUSTOMERS}),
    )
    return tuple(Refusal(reason, field, told) for reason, field, holds, told in rules if not holds)


def faults_of_reason(reason: str) -> tuple[Refusal, ...]:
    """What is wrong with the reason for a lock."""
    values = {"found": len(reason), "most": LONGEST_REASON}
    rules = (
        ("REASON_EMPTY", reason.strip() != ""),
        ("TEXT_TOO_LONG", len(reason) <= LONGEST_REASON),
        ("TEXT_CONTROL", reason.isprintable()),
    )
    return tuple(Refusal(code, "reason", values) for code, holds in rules if not holds)


def faults_of_validity(valid_from: date | None, valid_to: date | None) -> tuple[Refusal, ...]:
    """What is wrong with the first and the last day of a user. 9999-12-31 is no end at all."""
    days = (("validFrom", valid_from), ("validTo", None if valid_to == date.max else valid_to))
    far = tuple(
        Refusal("INSTANT_TOO_FAR", field, {"value": day.isoformat()})
        for field, day in days
        if day is not None and day.year not in YEARS
    )
    reversed = valid_from is not None and valid_to is not None and valid_to < valid_from
    return (*far, Refusal("VALIDITY_REVERSED", "validTo")) if reversed else far
