"""Credit 信用 as documents carry it: where a document's check stands, and what a single check found. Source: DOMAIN.md §4."""

from enum import Enum


class CreditStatus(Enum):
    """Where the credit check of a document stands 信用状态."""

    NOT_RUN = "NOT_RUN"
    APPROVED = "APPROVED"
    NOT_APPROVED = "NOT_APPROVED"
    PARTIALLY_RELEASED = "PARTIALLY_RELEASED"
    RELEASED = "RELEASED"
    REJECTED = "REJECTED"


class CheckResult(Enum):
    """What a single check found 检查结果."""

    PASSED = "PASSED"
    WARNING = "WARNING"
    ERROR = "ERROR"
    BLOCK = "BLOCK"
