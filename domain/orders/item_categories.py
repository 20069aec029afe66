"""Item categories 项目类别: what an item needs (delivery, billing, pricing), and which an item gets. Source: DOMAIN.md §5."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from domain.errors import Refusal
from domain.orders.document_types import unknown
from domain.orders.quantities import BillingBasis
from domain.orders.statuses import Axis


class GoodsMovement(Enum):
    """What a delivery does to stock 移动类型: goods leave, or come back."""

    ISSUE = "ISSUE"
    RECEIPT = "RECEIPT"


class Usage(Enum):
    """What an item is for, apart from being sold 项目用途."""

    FREE_GOODS = "FREE_GOODS"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class ItemCategory:
    """An item category: priced or not, moved by a delivery or not, billed by what or not, confirmed by availability or not.

    `referenced`: later sales documents take of it, as of a quotation or a contract. `by_value`: a contract item that is agreed
    for a value. `incompletion`: the procedure of such items.
    """

    code: str
    title: str
    title_zh: str
    priced: bool = True
    movement: GoodsMovement | None = None
    billed_by: BillingBasis | None = None
    confirmed: bool = False
    referenced: bool = False
    by_value: bool = False
    incompletion: str | None = None


@dataclass(frozen=True, slots=True)
class CategoryDetermination:
    """The category of an item in an order type, by its material's item category group and its usage; others that may be set."""

    order_type: str
    group: str
    category: str
    usage: Usage | None = None
    others: tuple[str, ...] = ()


RELEVANT: tuple[tuple[Axis, str], ...] = (  # axis, attribute of the category that makes it relevant
    (Axis.REFERENCE, "referenced"),
    (Axis.CONFIRMATION, "confirmed"),
    (Axis.DELIVERY, "movement"),
    (Axis.GOODS_MOVEMENT, "movement"),
    (Axis.BILLING, "billed_by"),
    (Axis.POSTING, "billed_by"),
)


@cache
def relevant_axes(category: ItemCategory) -> frozenset[Axis]:
    """The axes on which items of a category have a status."""
    return frozenset(axis for axis, attribute in RELEVANT if getattr(category, attribute))


def determined_category(
    rows: Iterable[CategoryDetermination], order_type: str, group: str, usage: Usage | None = None
) -> CategoryDetermination | None:
    """The row that says which category an item gets; None where such an item cannot stand in such a document."""
    wanted = (order_type, group, usage)
    return next((row for row in rows if (row.order_type, row.group, row.usage) == wanted), None)


def refusals_of_category(row: CategoryDetermination | None, asked: str | None, line: int, path: str) -> tuple[Refusal, ...]:
    """Why an item cannot get a category: none is determined, or the one that was asked for is none of its others."""
    if row is None:
        return (Refusal("ITEM_CATEGORY_NONE", path, {"line": line}),)
    if asked is not None and asked not in (row.category, *row.others):
        return (Refusal("ITEM_CATEGORY_NOT_ALLOWED", path, {"line": line, "value": asked}),)
    return ()


def faults_of_categories(
    categories: Mapping[str, ItemCategory],
    rows: Iterable[CategoryDetermination],
    order_types: Container[str],
    procedures: Iterable[str],
) -> tuple[Refusal, ...]:
    """Everything that is wrong with categories and their determination; `procedures` are those of items."""
    return (
        *(refusal for each in categories.values() for refusal in _faults_of_category(each, frozenset(procedures))),
        *_faults_of_determination(categories, rows, order_types),
    )


def _faults_of_category(category: ItemCategory, procedures: frozenset[str]) -> Iterator[Refusal]:
    path = f"item_category.{category.code}"
    if category.confirmed and category.movement is not GoodsMovement.ISSUE:
        yield Refusal("CONTENT_CONFIRMED", f"{path}.confirmed", {"value": category.code})
    if category.billed_by in (BillingBasis.DELIVERY, BillingBasis.GOODS_ISSUE) and category.movement is None:
        yield Refusal("CONTENT_BILLED_BY", f"{path}.billed_by", {"value": category.code})
    if category.by_value and not category.referenced:
        yield Refusal("CONTENT_BY_VALUE", f"{path}.by_value", {"value": category.code})
    yield from unknown(category.incompletion, procedures, f"{path}.incompletion")


def _faults_of_determination(
    categories: Mapping[str, ItemCategory], rows: Iterable[CategoryDetermination], order_types: Container[str]
) -> Iterator[Refusal]:
    seen = set()
    for row in rows:
        path, key = f"item_category_determination.{row.order_type}-{row.group}", (row.order_type, row.group, row.usage)
        if row.order_type not in order_types:
            yield Refusal("CONTENT_UNKNOWN", f"{path}.order_type", {"value": row.order_type})
        for category in (row.category, *row.others):
            yield from unknown(category, categories, f"{path}.category")
        if key in seen:
            yield Refusal("CONTENT_TWICE", path, {"value": f"{row.order_type}/{row.group}"})
        seen.add(key)
