"""What a command or a question can be answered with instead of a result: one family, each with all its reasons."""

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self


class ErrorCode(Enum):
    """The kinds of refusal that a client can tell apart without reading the text."""

    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    INVALID = "INVALID"
    REFUSED = "REFUSED"
    DUPLICATE = "DUPLICATE"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    BAD_CREDENTIALS = "BAD_CREDENTIALS"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: a code of the message catalogue, the input field it is about, and what the text is filled with."""

    reason: str
    field: str | None = None
    values: dict[str, Any] = dataclasses.field(default_factory=dict, hash=False)


class Problem(Exception):
    """A refusal on its way to the caller. Raising it inside a command rolls everything back."""

    code: ErrorCode

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__(*(refusal.reason for refusal in refusals))
        self.refusals = refusals

    @classmethod
    def because(cls, reason: str, field: str | None = None, **values: Any) -> Self:
        """The problem with a single reason."""
        return cls(Refusal(reason, field, values))


class NotFound(Problem):
    """There is no such thing, or the caller may not see it: the two are told in the same words."""

    code = ErrorCode.NOT_FOUND


class Forbidden(Problem):
    """The caller sees it and may not do this; the values name object, activity and sales area."""

    code = ErrorCode.FORBIDDEN


class Conflict(Problem):
    """Somebody else changed it since; the values name the fields."""

    code = ErrorCode.CONFLICT


class Invalid(Problem):
    """The input itself cannot be right."""

    code = ErrorCode.INVALID


class Duplicate(Problem):
    """It exists already, within what the caller may see."""

    code = ErrorCode.DUPLICATE


class Refused(Problem):
    """A rule of the trade speaks against it."""

    code = ErrorCode.REFUSED


class KeyReused(Problem):
    """The idempotency key was used before, for other input."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED


class BadCredentials(Problem):
    """Username, password or token do not open anything; never which of them."""

    code = ErrorCode.BAD_CREDENTIALS


class TooManyAttempts(Problem):
    """Sign-in is slowed down for this user name or address."""

    code = ErrorCode.TOO_MANY_ATTEMPTS


class Unauthenticated(Problem):
    """Nobody is signed in, or no longer."""

    code = ErrorCode.UNAUTHENTICATED


class Unavailable(Problem):
    """It may well succeed in a moment: the policy kept moving while it was decided."""

    code = ErrorCode.UNAVAILABLE


class Bug(Exception):
    """What cannot happen has happened. Outside it is an internal error with a request id and nothing more."""


def refuse_if_any(refusals: tuple[Refusal, ...], kind: type[Problem] = Refused) -> None:
    """Raise `kind` with all the reasons, if there are any."""
    if refusals:
        raise kind(*refusals)
