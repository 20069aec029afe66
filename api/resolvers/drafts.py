"""A sales document at work: its rows as they will be kept, with what they were worked out from."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from api.resolvers.credit_accounts import HeldAccount
from api.resolvers.document_parts import Parts
from api.resolvers.orders_content import content
from domain.credit.checks import Finding
from domain.orders.approvals import Figures, Needed
from domain.orders.document_types import OrderType
from domain.orders.entry import finds_free_goods
from domain.orders.incompletion import Missing
from domain.orders.item_categories import ItemCategory, relevant_axes
from domain.orders.statuses import ItemStanding
from domain.pricing.values import CopiedRow, ManualCondition, PricedItem, PricingType
from models.credit import CreditDecision
from models.sales_document import DocumentHeader, SalesItem, ScheduleLine


@dataclass
class Line:
    """An item at work: its row, where it stands in the input, and what it was worked out to."""

    row: SalesItem
    path: str
    manual: tuple[ManualCondition, ...] = ()
    copied: tuple[CopiedRow, ...] = ()
    priced: PricedItem | None = None
    schedule: list[ScheduleLine] = field(default_factory=list)
    source: SalesItem | None = None
    """The item that it refers to."""

    @property
    def category(self) -> ItemCategory:
        """What its item category makes of it."""
        return content().item_categories[self.row.item_category]

    @property
    def standing(self) -> ItemStanding:
        """It as statuses look at it."""
        return ItemStanding(self.row.quantities, relevant_axes(self.category))

    @property
    def is_kept(self) -> bool:
        """Whether not all of it is rejected."""
        return not self.row.quantities.is_rejected

    @property
    def per_unit(self) -> Decimal:
        """How many base units one of its units is; rounded where that has no end."""
        return Decimal(self.row.numerator) / Decimal(self.row.denominator)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the credit checks found of a document, on which account."""

    account: HeldAccount
    findings: tuple[Finding, ...]
    shown: bool
    """Whether whoever is at work may know of it."""
    comes_near: bool
    """Whether with it most of the limit is used, and was not before."""


@dataclass
class Draft:
    """A document at work; `checked` is None where no check was made, `released` the release that it goes on by."""

    type: OrderType
    document: DocumentHeader
    lines: list[Line]
    parts: Parts
    manual: tuple[ManualCondition, ...] = ()
    is_new: bool = True
    by_partner: bool = False
    missing: tuple[Missing, ...] = ()
    needed: tuple[Needed, ...] = ()
    checked: Checked | None = None
    released: CreditDecision | None = None

    def finds_free_goods(self, pricing_type: PricingType) -> bool:
        """Whether what comes free with lines that are priced so is looked up; else it was agreed before."""
        return finds_free_goods(self.type.category, pricing_type)

    @property
    def kept(self) -> list[Line]:
        """The lines that are not rejected."""
        return [line for line in self.lines if line.is_kept]

    @property
    def figures(self) -> Figures:
        """What approvals compare."""
        document = self.document
        return Figures(document.group_value, document.discount_percent, document.margin_percent)
