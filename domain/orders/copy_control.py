"""Copy control 复制控制: which document may follow which, with what quantity, quantity effect and pricing type.

Source: DOMAIN.md §5; pricing types DOMAIN.md §3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from domain.errors import Refusal
from domain.orders.categories import FOLLOWS, SALES
from domain.orders.document_types import DocumentTypes, unknown
from domain.orders.item_categories import ItemCategory
from domain.orders.quantities import ItemQuantities
from domain.pricing.rounding import ZERO
from domain.pricing.values import PricingType


class Takes(Enum):
    """Which quantity of an item is copied 复制数量: all of it, or what is open on the way that the target continues."""

    ALL = "ALL"
    OPEN_TO_REFERENCE = "OPEN_TO_REFERENCE"
    OPEN_TO_DELIVER = "OPEN_TO_DELIVER"
    DUE_TO_BILL = "DUE_TO_BILL"
    OPEN_TO_RETURN = "OPEN_TO_RETURN"


class QuantityEffect(Enum):
    """Which sum of the copied item the copied quantity enters 数量效应; a target that is cancelled takes it out again.

    Issued is what a goods issue does, which nobody copies.
    """

    NONE = "NONE"
    REFERENCED = "REFERENCED"
    DELIVERED = "DELIVERED"
    ISSUED = "ISSUED"
    BILLED = "BILLED"
    RETURNED = "RETURNED"


TAKEN: Mapping[Takes, Callable[[ItemQuantities], Decimal]] = {
    Takes.ALL: lambda each: each.kept,
    Takes.OPEN_TO_REFERENCE: lambda each: each.open_to_reference,
    Takes.OPEN_TO_DELIVER: lambda each: each.open_to_deliver,
    Takes.DUE_TO_BILL: lambda each: each.due_to_bill,
    Takes.OPEN_TO_RETURN: lambda each: each.open_to_return,
}


@dataclass(frozen=True, slots=True)
class ItemCopy:
    """That items of a category are copied; `target` is the category they get, None: what item category determination says.

    Outside of sales documents an item keeps its category.
    """

    source: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class CopyRule:
    """That documents of a type may be followed by those of another, and how their items are copied.

    `whole`: only all that is open, never a part. Items of a category that is not named are left out.
    """

    source: str
    target: str
    items: tuple[ItemCopy, ...]
    takes: Takes = Takes.ALL
    effect: QuantityEffect = QuantityEffect.NONE
    pricing: PricingType = PricingType.UNCHANGED
    whole: bool = False

    def target_of(self, category: str) -> ItemCopy | None:
        """How items of a category are copied; None where they are left out."""
        return next((each for each in self.items if each.source == category), None)


def copy_rule(rules: Iterable[CopyRule], source: str, target: str) -> CopyRule | None:
    """The rule by which one type follows another; None where it may not."""
    return next((rule for rule in rules if (rule.source, rule.target) == (source, target)), None)


def targets_of(rules: Iterable[CopyRule], source: str) -> tuple[str, ...]:
    """The types that may follow a type, in the order of the rules."""
    return tuple(rule.target for rule in rules if rule.source == source)


# ---------------------------------------------------------------------------------------------------------------- to copy


@dataclass(frozen=True, slots=True)
class SourceItem:
    """An item that might be copied, and by how much what is left of it may be exceeded; None: without limit.

    That is what `may_still_be_delivered` or `may_still_be_referenced` is more than what is open; else nothing.
    """

    line: int
    category: str
    quantities: ItemQuantities
    beyond: Decimal | None = ZERO


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line that somebody wants copied, and how much of it, in its sales unit."""

    line: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class CopiedItem:
    """What comes of an item: its category in the target as `ItemCopy` has it, and how much of it, in its sales unit."""

    line: int
    category: str | None
    quantity: Decimal


def copied_items(
    rule: CopyRule, items: Iterable[SourceItem], asked: Sequence[AskedLine] | None = None
) -> tuple[CopiedItem, ...]:
    """The items of the target: all that is left of the whole, or of the lines that are asked for, as much as is asked.

    Whether what is asked may be had, `refusals_to_copy` says.
    """
    wanted = None if asked is None else {each.line: each.quantity for each in asked}
    found = []
    for item in items:
        copied = rule.target_of(item.category)
        left = TAKEN[rule.takes](item.quantities)
        quantity = left if wanted is None else wanted.get(item.line, ZERO)
        if copied is not None and quantity > 0:
            found.append(CopiedItem(item.line, copied.target, quantity))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class SourceCase:
    """What decides whether a document can be referenced, apart from policy, customers' blocks and its items."""

    number: str
    day: date
    valid_to: date | None = None
    incomplete: bool = False
    approved: bool = True
    cancelled: bool = False


SOURCE_RULES: tuple[tuple[str, Callable[[SourceCase], bool]], ...] = (  # reason, holds when
    ("REFERENCE_INCOMPLETE", lambda case: not case.incomplete),
    ("REFERENCE_UNAPPROVED", lambda case: case.approved),
    ("REFERENCE_OVER", lambda case: case.valid_to is None or case.day <= case.valid_to),
    ("REFERENCE_CANCELLED", lambda case: not case.cancelled),
)


def refusals_to_reference_document(case: SourceCase, rule: CopyRule | None, target: str, field: str) -> tuple[Refusal, ...]:
    """Every reason against letting a document of a type follow another document."""
    values = {"number": case.number, "day": str(case.valid_to), "target": target}
    unruled = () if rule is not None else (Refusal("REFERENCE_NOT_ALLOWED", field, values),)
    return (*unruled, *(Refusal(reason, field, values) for reason, holds in SOURCE_RULES if not holds(case)))


def refusals_to_copy(
    rule: CopyRule, items: Sequence[SourceItem], asked: Sequence[AskedLine] | None, path: str
) -> tuple[Refusal, ...]:
    """Why lines cannot be copied as asked: twice, not there, left out, beyond what is left, in part; or nothing is left."""
    if asked is None:
        return () if copied_items(rule, items) else (Refusal("COPY_NOTHING", path),)
    by_line = {item.line: item for item in items}
    times = Counter(each.line for each in asked)
    return tuple(
        refusal
        for place, each in enumerate(asked)
        for refusal in _faults(rule, by_line.get(each.line), each, times[each.line], f"{path}.{place}")
    )


def _faults(rule: CopyRule, item: SourceItem | None, asked: AskedLine, times: int, field: str) -> Iterator[Refusal]:
    line, quantity = asked.line, asked.quantity
    if times > 1:
        yield Refusal("LINE_TWICE", field, {"line": line})
    if item is None or rule.target_of(item.category) is None:
        yield Refusal("COPY_LINE", field, {"line": line})
        return
    left = TAKEN[rule.takes](item.quantities)
    limited = rule.effect is not QuantityEffect.NONE and item.beyond is not None
    if quantity <= 0 or (limited and quantity > left + (item.beyond or ZERO)):
        yield Refusal("COPY_BEYOND", field, {"line": line, "value": str(quantity), "most": str(left)})
    elif rule.whole and quantity != left:
        yield Refusal("COPY_IN_PART", field, {"line": line, "most": str(left)})


# ------------------------------------------------------------------------------------------------------ what may be wrong

EFFECTS: Mapping[QuantityEffect, frozenset[Takes]] = {
    QuantityEffect.NONE: frozenset(Takes),
    QuantityEffect.REFERENCED: frozenset({Takes.OPEN_TO_REFERENCE}),
    QuantityEffect.DELIVERED: frozenset({Takes.OPEN_TO_DELIVER}),
    QuantityEffect.ISSUED: frozenset(),
    QuantityEffect.BILLED: frozenset({Takes.DUE_TO_BILL}),
    QuantityEffect.RETURNED: frozenset({Takes.OPEN_TO_RETURN}),
}
"""What must be taken where a sum is to be entered, so that nothing is taken twice."""


def faults_of_rules(
    rules: Iterable[CopyRule], types: DocumentTypes, categories: Mapping[str, ItemCategory]
) -> tuple[Refusal, ...]:
    """Everything that is wrong with copy control: types and categories that are not there, what can never follow, doubles."""
    seen: set[tuple[str, str]] = set()
    found: list[Refusal] = []
    for rule in rules:
        path = f"copy.{rule.source}-{rule.target}"
        found.extend(_faults_of_rule(rule, types, categories, path))
        if (rule.source, rule.target) in seen:
            found.append(Refusal("CONTENT_TWICE", path, {"value": f"{rule.source}/{rule.target}"}))
        seen.add((rule.source, rule.target))
    return tuple(found)


def _faults_of_rule(
    rule: CopyRule, types: DocumentTypes, categories: Mapping[str, ItemCategory], path: str
) -> Iterator[Refusal]:
    source, target = types.category_of(rule.source), types.category_of(rule.target)
    for field, code, category in (("source", rule.source, source), ("target", rule.target, target)):
        if category is None:
            yield Refusal("CONTENT_UNKNOWN", f"{path}.{field}", {"value": code})
    if source and target and target not in FOLLOWS[source]:
        yield Refusal("CONTENT_FOLLOWS", f"{path}.target", {"value": target.name, "after": source.name})
    if rule.takes not in EFFECTS[rule.effect]:
        yield Refusal("CONTENT_EFFECT", f"{path}.takes", {"value": rule.takes.name, "effect": rule.effect.name})
    for number, item in enumerate(rule.items):
        yield from unknown(item.source, categories, f"{path}.items.{number}.source")
        yield from unknown(item.target, categories, f"{path}.items.{number}.target")
        if target and target not in SALES and item.target is not None:
            yield Refusal("CONTENT_ITEM_TARGET", f"{path}.items.{number}.target", {"value": item.source})
