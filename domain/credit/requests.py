"""What is asked for and decided in credit 信用申请与释放: kinds and states of requests and decisions. Source: DOMAIN.md §4."""

from enum import Enum


class RequestKind(Enum):
    """What is asked for: another limit 信用额度, or a temporary grant 临时授信 beyond it."""

    LIMIT = "LIMIT"
    GRANT = "GRANT"


class RequestStatus(Enum):
    """Where a request stands."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class CreditDecisionKind(Enum):
    """What was decided on a document that was blocked for credit, or whom it was handed on to."""

    RELEASED = "RELEASED"
    PARTIALLY_RELEASED = "PARTIALLY_RELEASED"
    REJECTED = "REJECTED"
    FORWARDED = "FORWARDED"
