"""Types of documents 单据类型 as data: order types, delivery types, billing types, number ranges, payment methods, reasons.

Which document pricing procedure an order type brings is said with pricing (`pricing.kinds.DocumentType`). Titles are in
English and Chinese. Source: DOMAIN.md §5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from domain.errors import Refusal, Refused
from domain.orders.categories import BILLING, SALES, DocumentCategory
from domain.pricing.rounding import ZERO

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A number range 编号范围: the first and the last number; without gaps where the law asks for it."""

    code: str
    first: int
    last: int
    gap_free: bool = False


@dataclass(frozen=True, slots=True)
class OrderType:
    """A type of sales document 订单类型.

    `delivery_type` and `billing_type` are what follows unless somebody says otherwise. `incompletion` is the procedure of its
    header. `advance_percent` is the part of its gross value to be collected before it goes on 先款后票. A document that needs a
    reference is not entered without one; one with validity has a last day.
    """

    code: str
    title: str
    title_zh: str
    category: DocumentCategory
    number_range: str
    incompletion: str | None = None
    delivery_type: str | None = None
    billing_type: str | None = None
    needs_reference: bool = False
    has_validity: bool = False
    delivery_block: str | None = None
    billing_block: str | None = None
    advance_percent: Decimal = ZERO
    over_release: Decimal | None = ZERO


@dataclass(frozen=True, slots=True)
class DeliveryType:
    """A type of delivery 交货类型; one of returns brings goods back."""

    code: str
    title: str
    title_zh: str
    number_range: str
    returns: bool = False


@dataclass(frozen=True, slots=True)
class BillingType:
    """A type of billing document 开票类型, and the type that cancels it; None: it is not cancelled."""

    code: str
    title: str
    title_zh: str
    category: DocumentCategory
    number_range: str
    cancelled_by: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay 付款方式; some need a bank account of the customer, or a reference such as a cheque's number."""

    code: str
    title: str
    title_zh: str
    needs_account: bool = False
    needs_reference: bool = False


@dataclass(frozen=True, slots=True)
class RejectionReason:
    """Why an item is rejected 拒绝原因."""

    code: str
    title: str
    title_zh: str


@dataclass(frozen=True, slots=True)
class Block:
    """A delivery or billing block 冻结 and its reason."""

    code: str
    title: str
    title_zh: str


@dataclass(frozen=True, slots=True)
class DocumentTypes:
    """All types by their codes."""

    number_ranges: Mapping[str, NumberRange]
    order_types: Mapping[str, OrderType]
    delivery_types: Mapping[str, DeliveryType]
    billing_types: Mapping[str, BillingType]
    payment_methods: Mapping[str, PaymentMethod]
    rejection_reasons: Mapping[str, RejectionReason]
    blocks: Mapping[str, Block]

    def category_of(self, code: str) -> DocumentCategory | None:
        """The category of an order, delivery or billing type; None where there is no such type."""
        if code in self.delivery_types:
            return DocumentCategory.DELIVERY
        typed = self.order_types.get(code) or self.billing_types.get(code)
        return typed.category if typed else None


def next_number(numbers: NumberRange, last: int | None) -> int:
    """The number after the last one that was given out; None where none was. Raises Refused (NUMBER_RANGE_EXHAUSTED)."""
    found = numbers.first if last is None else last + 1
    if not numbers.first <= found <= numbers.last:
        raise Refused.because("NUMBER_RANGE_EXHAUSTED", None, value=numbers.code)
    return found


def faults_of_types(types: DocumentTypes, procedures: Iterable[str]) -> tuple[Refusal, ...]:
    """Everything that the types get wrong together; `procedures` are the incompletion procedures of headers there are."""
    return (
        *_faults_of_ranges(types),
        *_faults_of_order_types(types, frozenset(procedures)),
        *_faults_of_billing_types(types),
    )


def _faults_of_ranges(types: DocumentTypes) -> Iterator[Refusal]:
    for code, each in types.number_ranges.items():
        if not 0 < each.first <= each.last:
            yield Refusal("CONTENT_RANGE", f"number_range.{code}", {"value": f"{each.first}–{each.last}"})
    for one, other in combinations(types.number_ranges.values(), 2):
        if one.first <= other.last and other.first <= one.last:
            yield Refusal("CONTENT_RANGES_MEET", f"number_range.{other.code}", {"value": one.code})
    used = (("order_type", types.order_types), ("delivery_type", types.delivery_types), ("billing_type", types.billing_types))
    for kind, typed in used:
        for code, each_type in typed.items():
            yield from unknown(each_type.number_range, types.number_ranges, f"{kind}.{code}.number_range")
            if sum(code in others for _, others in used) > 1:
                yield Refusal("CONTENT_TWICE", f"{kind}.{code}", {"value": code})


def _faults_of_order_types(types: DocumentTypes, procedures: frozenset[str]) -> Iterator[Refusal]:
    for code, each in types.order_types.items():
        path = f"order_type.{code}"
        if each.category not in SALES:
            yield Refusal("CONTENT_CATEGORY", f"{path}.category", {"value": each.category.name})
        if not 0 <= each.advance_percent <= HUNDRED:
            yield Refusal("CONTENT_RANGE", f"{path}.advance_percent", {"value": str(each.advance_percent)})
        for field, value, known in (
            ("incompletion", each.incompletion, procedures),
            ("delivery_type", each.delivery_type, types.delivery_types),
            ("billing_type", each.billing_type, types.billing_types),
            ("delivery_block", each.delivery_block, types.blocks),
            ("billing_block", each.billing_block, types.blocks),
        ):
            yield from unknown(value, known, f"{path}.{field}")


def _faults_of_billing_types(types: DocumentTypes) -> Iterator[Refusal]:
    for code, each in types.billing_types.items():
        path = f"billing_type.{code}"
        if each.category not in BILLING:
            yield Refusal("CONTENT_CATEGORY", f"{path}.category", {"value": each.category.name})
        yield from unknown(each.cancelled_by, types.billing_types, f"{path}.cancelled_by")
        cancelling = types.billing_types.get(each.cancelled_by or "")
        if cancelling and cancelling.category is not DocumentCategory.CANCELLATION:
            yield Refusal("CONTENT_CATEGORY", f"{path}.cancelled_by", {"value": cancelling.category.name})


def unknown(value: str | None, known: Iterable[str], path: str) -> tuple[Refusal, ...]:
    """That a code is none of those there are, at its path; nothing where none is named."""
    return () if value is None or value in known else (Refusal("CONTENT_UNKNOWN", path, {"value": value}),)
