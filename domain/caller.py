"""Who asks."""

from dataclasses import dataclass
from enum import Enum


class UserKind(Enum):
    """What sort of user it is: a colleague, somebody at a customer, or a machine."""

    EMPLOYEE = "EMPLOYEE"
    PARTNER = "PARTNER"
    SERVICE = "SERVICE"


class SessionKind(Enum):
    """What a session came of: a sign-in, an API key, or a webhook that goes on in its owner's name."""

    SIGN_IN = "SIGN_IN"
    API_KEY = "API_KEY"
    WEBHOOK = "WEBHOOK"


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user as one request sees them. The session ends with sign-out, lock or time.

    `api_key` is the id of the key that the request came with, if it came with one; `read_only` that the key only reads.
    """

    user_id: int
    username: str
    kind: UserKind
    session_id: int
    locale: str
    request_id: str
    address: str = ""
    api_key: int | None = None
    read_only: bool = False
