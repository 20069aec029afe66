"""Categories of documents 单据类别: what each is, and which may ever follow which. Source: DOMAIN.md §5."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class DocumentCategory(Enum):
    """What a document is, whatever its type."""

    INQUIRY = "INQUIRY"
    QUOTATION = "QUOTATION"
    CONTRACT = "CONTRACT"
    SALES_ORDER = "SALES_ORDER"
    DELIVERY = "DELIVERY"
    GOODS_ISSUE = "GOODS_ISSUE"
    INVOICE = "INVOICE"
    PRO_FORMA = "PRO_FORMA"
    CREDIT_MEMO = "CREDIT_MEMO"
    DEBIT_MEMO = "DEBIT_MEMO"
    CANCELLATION = "CANCELLATION"
    PAYMENT = "PAYMENT"
    RETURN = "RETURN"
    CREDIT_MEMO_REQUEST = "CREDIT_MEMO_REQUEST"
    DEBIT_MEMO_REQUEST = "DEBIT_MEMO_REQUEST"


C = DocumentCategory
SALES = frozenset(
    {C.INQUIRY, C.QUOTATION, C.CONTRACT, C.SALES_ORDER, C.RETURN, C.CREDIT_MEMO_REQUEST, C.DEBIT_MEMO_REQUEST},
)
"""Sales documents: what order types are of."""
BILLING = frozenset({C.INVOICE, C.PRO_FORMA, C.CREDIT_MEMO, C.DEBIT_MEMO, C.CANCELLATION})
"""Billing documents: what billing types are of."""

FOLLOWS: Mapping[DocumentCategory, frozenset[DocumentCategory]] = {
    C.INQUIRY: frozenset({C.INQUIRY, C.QUOTATION, C.SALES_ORDER}),
    C.QUOTATION: frozenset({C.QUOTATION, C.CONTRACT, C.SALES_ORDER}),
    C.CONTRACT: frozenset({C.CONTRACT, C.SALES_ORDER}),
    C.SALES_ORDER: frozenset(
        {C.SALES_ORDER, C.DELIVERY, C.INVOICE, C.PRO_FORMA, C.RETURN, C.CREDIT_MEMO_REQUEST, C.DEBIT_MEMO_REQUEST, C.PAYMENT}
    ),
    C.DELIVERY: frozenset({C.GOODS_ISSUE, C.INVOICE, C.PRO_FORMA, C.CREDIT_MEMO}),
    C.GOODS_ISSUE: frozenset({C.GOODS_ISSUE}),
    C.INVOICE: frozenset({C.CANCELLATION, C.PAYMENT, C.RETURN, C.CREDIT_MEMO_REQUEST, C.DEBIT_MEMO_REQUEST}),
    C.PRO_FORMA: frozenset(),
    C.CREDIT_MEMO: frozenset({C.CANCELLATION, C.PAYMENT}),
    C.DEBIT_MEMO: frozenset({C.CANCELLATION, C.PAYMENT}),
    C.CANCELLATION: frozenset(),
    C.PAYMENT: frozenset({C.PAYMENT}),
    C.RETURN: frozenset({C.RETURN, C.DELIVERY, C.CREDIT_MEMO}),
    C.CREDIT_MEMO_REQUEST: frozenset({C.CREDIT_MEMO}),
    C.DEBIT_MEMO_REQUEST: frozenset({C.DEBIT_MEMO}),
}
"""What may follow a category at all; copy control says which types and items do. A payment follows an order as an advance,
a goods issue itself as its reversal, a payment itself as its reset."""
