"""Where credit stands: of a document, of a check, of an account; and which documents are checked. Source: DOMAIN.md §4."""

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


class DocumentGroup(Enum):
    """Of which documents something is checked 单据组."""

    ORDER = "ORDER"
    DELIVERY = "DELIVERY"
    GOODS_ISSUE = "GOODS_ISSUE"


class Band(Enum):
    """How near a limit is 信用状态."""

    OK = "OK"
    NEAR = "NEAR"
    BLOCKED = "BLOCKED"


class Bucket(Enum):
    """Where a value counts 占用类别."""

    OPEN_ORDERS = "OPEN_ORDERS"
    OPEN_DELIVERIES = "OPEN_DELIVERIES"
    OPEN_BILLING = "OPEN_BILLING"
    RECEIVABLES = "RECEIVABLES"
