"""Entering a sales document 单据录入: for whom it may be made, with which partners, on which terms of its type.

A copy meets the same checks as a new document. Source: DOMAIN.md §2, §5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.customer import BlockScope, PartnerFunction
from domain.errors import Refusal
from domain.orders.categories import DocumentCategory
from domain.orders.document_types import OrderType
from domain.pricing.copying import is_determined
from domain.pricing.values import ConditionClass, ConditionType, PricingType

OFFERS = frozenset({DocumentCategory.INQUIRY, DocumentCategory.QUOTATION})
"""What may be made for a customer whose onboarding is not over, or who is blocked for orders."""

MOST_LINES = 10_000

GIVING = frozenset({DocumentCategory.QUOTATION, DocumentCategory.SALES_ORDER})
"""What goods come free with 赠品: what is offered, and what is ordered."""


def finds_free_goods(category: DocumentCategory, pricing_type: PricingType) -> bool:
    """Whether what comes free is looked up in documents of a category; else it is what the document before had."""
    return category in GIVING and is_determined(ConditionType("", ConditionClass.FREE_GOODS), pricing_type)


@dataclass(frozen=True, slots=True)
class EntryCase:
    """What decides whether a document can be entered, apart from policy, its items and its fields.

    `approved`: the customer may be ordered for on that day (see `onboarding.may_be_ordered_for`). `blocks` are the customer's
    in the sales area and in general.
    """

    order_type: OrderType
    number: str
    lines: int
    day: date
    approved: bool = True
    deleted: bool = False
    blocks: frozenset[BlockScope] = frozenset()
    valid_from: date | None = None
    valid_to: date | None = None
    referenced: bool = False

    @property
    def is_offer(self) -> bool:
        """Whether it binds nobody yet."""
        return self.order_type.category in OFFERS


ENTRY_RULES: tuple[tuple[str, str, Callable[[EntryCase], bool]], ...] = (  # reason, field, holds when
    ("CUSTOMER_NOT_APPROVED", "soldTo", lambda case: case.is_offer or case.approved),
    ("CUSTOMER_BLOCKED", "soldTo", lambda case: case.is_offer or BlockScope.ORDER not in case.blocks),
    ("CUSTOMER_DELETED", "soldTo", lambda case: not case.deleted),
    ("ITEMS_RANGE", "items", lambda case: 1 <= case.lines <= MOST_LINES),
    ("VALIDITY_NEEDED", "validTo", lambda case: not case.order_type.has_validity or case.valid_to is not None),
    ("VALIDITY_OVER", "validTo", lambda case: case.valid_to is None or case.valid_to >= case.day),
    (
        "VALIDITY_REVERSED",
        "validTo",
        lambda case: case.valid_from is None or case.valid_to is None or case.valid_from <= case.valid_to,
    ),
    ("REFERENCE_NEEDED", "reference", lambda case: not case.order_type.needs_reference or case.referenced),
)


def refusals_to_enter(case: EntryCase) -> tuple[Refusal, ...]:
    """Every reason against entering a document, in the order of the table."""
    values = {"number": case.number, "found": case.lines, "most": MOST_LINES, "day": str(case.valid_to)}
    return tuple(Refusal(reason, field, values) for reason, field, holds in ENTRY_RULES if not holds(case))


FIELDS: Mapping[PartnerFunction, str] = {
    PartnerFunction.SHIP_TO: "shipTo",
    PartnerFunction.BILL_TO: "billTo",
    PartnerFunction.PAYER: "payer",
    PartnerFunction.AGENT: "agent",
    PartnerFunction.CONTACT: "contact",
}
"""The partner functions of a document beside the sold-to, which decides over all of them, and their fields."""


@dataclass(frozen=True, slots=True)
class Partners:
    """Who takes a function in the customer's view of the sales area, and who was asked for (None: nobody)."""

    function: PartnerFunction
    available: Sequence[str]
    asked: str | None = None


def chosen_partner(partners: Partners) -> str | None:
    """Who takes a function in a document: who was asked for, or the only one that there is; None where none is."""
    if partners.asked is not None:
        return partners.asked
    return partners.available[0] if len(partners.available) == 1 else None


def refusals_to_choose(partners: Partners) -> tuple[Refusal, ...]:
    """Why a partner cannot be: not one of the customer's. Or that one of several must be chosen."""
    field, name = FIELDS[partners.function], partners.function.name
    if partners.asked is not None and partners.asked not in partners.available:
        return (Refusal("PARTNER_NOT_OF_CUSTOMER", field, {"number": partners.asked, "function": name}),)
    if partners.asked is None and len(partners.available) > 1:
        return (Refusal("PARTNER_TO_BE_CHOSEN", field, {"function": name}),)
    return ()
