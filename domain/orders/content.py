"""The content of sales documents 单据配置 as one value, read from the text of a file such as `policies/orders.toml`.

For: types, item categories, copy control, incompletion, payment terms and approvals that fit each other, or every fault
with its path. Not for: reading files. Source: DOMAIN.md §5.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from domain.errors import Invalid, Refusal
from domain.orders.approvals import ApprovalCondition, faults_of_conditions
from domain.orders.copy_control import CopyRule, faults_of_rules
from domain.orders.document_types import (
    BillingType,
    Block,
    DeliveryType,
    DocumentTypes,
    NumberRange,
    OrderType,
    PaymentMethod,
    RejectionReason,
    faults_of_types,
)
from domain.orders.incompletion import IncompletionProcedure, Part, faults_of_procedures
from domain.orders.item_categories import CategoryDetermination, ItemCategory, faults_of_categories
from domain.orders.payment_terms import PaymentTerms, faults_of_terms
from domain.orders.reading import Faults, value_of

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class OrdersContent:
    """Everything that is said about documents as data, by code."""

    types: DocumentTypes
    item_categories: Mapping[str, ItemCategory]
    determinations: tuple[CategoryDetermination, ...]
    copy_rules: tuple[CopyRule, ...]
    procedures: Mapping[str, IncompletionProcedure]
    payment_terms: Mapping[str, PaymentTerms]
    approvals: tuple[ApprovalCondition, ...]


CODED: Mapping[str, type[Any]] = {
    "number_range": NumberRange,
    "order_type": OrderType,
    "delivery_type": DeliveryType,
    "billing_type": BillingType,
    "payment_method": PaymentMethod,
    "rejection_reason": RejectionReason,
    "block": Block,
    "item_category": ItemCategory,
    "incompletion": IncompletionProcedure,
    "payment_terms": PaymentTerms,
}
"""The sections whose entries stand under their codes."""
LISTED: Mapping[str, type[Any]] = {
    "item_category_determination": CategoryDetermination,
    "copy": CopyRule,
    "approval": ApprovalCondition,
}
"""The sections whose entries stand one after the other."""


def content_of(text: str) -> OrdersContent:
    """Read the content. Raises Invalid with every fault, each at its path (`item_category.TAN.billed_by`)."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid.because("CONTENT_MALFORMED", None, why=str(error)) from error
    faults = Faults()
    for section in data:
        if section not in CODED and section not in LISTED:
            faults.add("CONTENT_KEY", section, value=section, known=", ".join((*CODED, *LISTED)))
    coded = {section: _coded(kind, section, data, faults) for section, kind in CODED.items()}
    listed = {section: _listed(kind, section, data, faults) for section, kind in LISTED.items()}
    if faults.found:
        raise Invalid(*faults.found)
    content = _assembled(coded, listed)
    refusals = faults_of_content(content)
    if refusals:
        raise Invalid(*refusals)
    return content


def _coded(kind: type[Value], section: str, data: Mapping[str, Any], faults: Faults) -> Mapping[str, Value]:
    entries = data.get(section, {})
    read = {code: value_of(kind, {"code": code, **said}, f"{section}.{code}", faults) for code, said in entries.items()}
    return MappingProxyType({code: value for code, value in read.items() if value is not None})


def _listed(kind: type[Value], section: str, data: Mapping[str, Any], faults: Faults) -> tuple[Value, ...]:
    entries = data.get(section, [])
    read = [value_of(kind, said, f"{section}.{place}", faults) for place, said in enumerate(entries)]
    return tuple(value for value in read if value is not None)


def _assembled(coded: Mapping[str, Mapping[str, Any]], listed: Mapping[str, tuple[Any, ...]]) -> OrdersContent:
    types = DocumentTypes(
        coded["number_range"],
        coded["order_type"],
        coded["delivery_type"],
        coded["billing_type"],
        coded["payment_method"],
        coded["rejection_reason"],
        coded["block"],
    )
    return OrdersContent(
        types,
        coded["item_category"],
        listed["item_category_determination"],
        listed["copy"],
        coded["incompletion"],
        coded["payment_terms"],
        listed["approval"],
    )


def faults_of_content(content: OrdersContent) -> tuple[Refusal, ...]:
    """Everything that does not fit together, each at its path."""
    of_part = {
        part: [code for code, procedure in content.procedures.items() if procedure.part is part]
        for part in (Part.HEADER, Part.ITEM)
    }
    terms = ((code, refusal) for code, each in content.payment_terms.items() for refusal in faults_of_terms(each))
    return (
        *faults_of_types(content.types, of_part[Part.HEADER]),
        *faults_of_categories(content.item_categories, content.determinations, content.types.order_types, of_part[Part.ITEM]),
        *faults_of_rules(content.copy_rules, content.types, content.item_categories),
        *faults_of_procedures(content.procedures),
        *(Refusal(each.reason, f"payment_terms.{code}.{each.field}", each.values) for code, each in terms),
        *faults_of_conditions(content.approvals),
    )
