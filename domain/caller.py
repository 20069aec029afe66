"""Who asks."""

from dataclasses import dataclass
from enum import Enum


class UserKind(Enum):
    """What sort of user it is: a colleague, somebody at a customer, or a machine."""

    EMPLOYEE = "EMPLOYEE"
    PARTNER = "PARTNER"
    SERVICE = "SERVICE"


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user as one request sees them. The session ends with sign-out, lock or time."""

    user_id: int
    username: str
    kind: UserKind
    session_id: int
    locale: str
    request_id: str
    address: str = ""
