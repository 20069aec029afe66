"""Filters and sort fields: input types derived from the mapping, and read into conditions, validated on the way."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Optional, TypeVar

import strawberry
from strawberry.types.base import get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from tortoise import Model

from api.execution.conditions import Combined, Compares, Condition, Finds, InAreas, LinkedTo, Through, all_of
from api.execution.mapping import KEY, Column, Embedded, Pairs, camel
from domain.areas import area_of, text_of
from domain.errors import Bug, Invalid
from domain.names import search_words

FILTER = "filter"
MOST_PARTS = 60
MOST_VALUES = 500
LONGEST_SEARCH = 200

Class = TypeVar("Class", bound=type)


def _operand(description: str, name: str | None = None) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description, name=name)


@strawberry.input(description="Compares a text, letter by letter. Several conditions must all hold.")
class StringFilter:
    eq: Optional[str] = _operand("Is this.")
    in_: Optional[list[str]] = _operand("Is one of these.", "in")
    starts_with: Optional[str] = _operand("Begins with this.")
    contains: Optional[str] = _operand("Has this in it.")


@strawberry.input(description="Compares a whole number. Several conditions must all hold.")
class IntFilter:
    eq: Optional[int] = _operand("Is this.")
    in_: Optional[list[int]] = _operand("Is one of these.", "in")
    gt: Optional[int] = _operand("Is greater than this.")
    gte: Optional[int] = _operand("Is this or greater.")
    lt: Optional[int] = _operand("Is less than this.")
    lte: Optional[int] = _operand("Is this or less.")


@strawberry.input(description="Compares a yes or no.")
class BooleanFilter:
    eq: Optional[bool] = _operand("Is this.")


@strawberry.input(description="Compares a day. Several conditions must all hold.")
class DateFilter:
    eq: Optional[datetime.date] = _operand("Is this.")
    gt: Optional[datetime.date] = _operand("Is after this.")
    gte: Optional[datetime.date] = _operand("Is this or after.")
    lt: Optional[datetime.date] = _operand("Is before this.")
    lte: Optional[datetime.date] = _operand("Is this or before.")


@strawberry.input(description="Compares a number. Several conditions must all hold.")
class DecimalFilter:
    eq: Optional[Decimal] = _operand("Is this.")
    gt: Optional[Decimal] = _operand("Is greater than this.")
    gte: Optional[Decimal] = _operand("Is this or greater.")
    lt: Optional[Decimal] = _operand("Is less than this.")
    lte: Optional[Decimal] = _operand("Is this or less.")


FILTERS: dict[type, type] = {
    str: StringFilter,
    int: IntFilter,
    bool: BooleanFilter,
    datetime.date: DateFilter,
    Decimal: DecimalFilter,
}


@dataclass(frozen=True, slots=True)
class ByColumn:
    """The filter compares a mapped column."""

    python_name: str


@dataclass(frozen=True, slots=True)
class BySearch:
    """Every word of the search stands in the normalized text; where there is a column of its bigrams, by their index."""

    text: str
    grams: str | None


@dataclass(frozen=True, slots=True)
class ByArea:
    """The filter compares the sales area of rows over there which the caller may see."""

    model: type[Model]
    on: Pairs


@dataclass(frozen=True, slots=True)
class ByLink:
    """The filter compares a column of rows over there which the caller may see."""

    model: type[Model]
    on: Pairs
    column: str
    through: Through | None


@dataclass(frozen=True, slots=True)
class ByDay:
    """The day lies between two mapped columns, both included."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class ByFilters:
    """All ("and"), or any ("or"), of further filters."""

    word: str


def search_filter(description: str, *, text: str = "search_text", grams: str = "search_grams") -> Any:
    """A search through a normalized text column."""
    return strawberry.field(default=strawberry.UNSET, description=description, metadata={FILTER: BySearch(text, grams)})


def area_filter(description: str, model: type[Model], on: Pairs) -> Any:
    """A filter by the sales areas of rows over there."""
    return strawberry.field(default=strawberry.UNSET, description=description, metadata={FILTER: ByArea(model, on)})


def link_filter(description: str, model: type[Model], on: Pairs, column: str, through: Through | None = None) -> Any:
    """A filter by a column of rows over there."""
    return strawberry.field(
        default=strawberry.UNSET, description=description, metadata={FILTER: ByLink(model, on, column, through)}
    )


def validity_filter(description: str, *, first: str = "valid_from", last: str = "valid_to") -> Any:
    """A filter by a day on which the row is valid."""
    return strawberry.field(default=strawberry.UNSET, description=description, metadata={FILTER: ByDay(first, last)})


def filter_of(type_: type) -> Callable[[Class], Class]:
    """Fill an input class with a filter for each filterable column of a mapped type, `and` and `or`."""

    def fill(cls: Class) -> Class:
        for field, mapping in _columns(type_):
            if mapping.filter:
                cls.__annotations__[field.python_name] = Optional[_filter_type(field.type)]
                shown = _field_description(field)
                setattr(cls, field.python_name, _derived(f"Compares: {shown}", ByColumn(field.python_name)))
        for name, by, description in (
            ("and_", ByFilters("and"), "All of these hold."),
            ("or_", ByFilters("or"), "At least one of these holds."),
        ):
            cls.__annotations__[name] = f"list[{cls.__name__}] | None"
            setattr(cls, name, _derived(description, by, name.rstrip("_")))
        return strawberry.input(
            cls, description=f"Which {get_object_definition(type_, strict=True).name} rows to list; all conditions hold."
        )

    return fill


def sort_field_of(type_: type) -> Callable[[Class], Any]:
    """Make an enum of the sortable columns of a mapped type."""

    def fill(cls: Class) -> Any:
        names = {
            field.python_name.upper(): strawberry.enum_value(field.python_name, description=f"By: {_field_description(field)}")
            for field, mapping in _columns(type_)
            if mapping.order
        }
        made: Any = Enum(cls.__name__, names, module=cls.__module__)  # type: ignore[misc]  # its members are derived
        return strawberry.enum(made, description="What to sort by.")

    return fill


def _columns(type_: type) -> Iterator[tuple[Any, Column]]:
    for field in get_object_definition(type_, strict=True).fields:
        match field.metadata.get(KEY):
            case Column() as column:
                yield field, column
            case Embedded() as embedded:
                yield field, embedded.compared


def _field_description(field: Any) -> str:
    description = str(field.description)
    return description[:1].lower() + description[1:]


def _derived(description: str, by: Any, name: str | None = None) -> Any:
    return strawberry.field(name=name, default=strawberry.UNSET, description=description, metadata={FILTER: by})


_NUMBERS: set[type] = set()
"""The types that are compared by a number: amounts of money, quantities."""


def compared_by_number(cls: Class) -> Class:
    """Say that filters compare objects of this type by a number."""
    _NUMBERS.add(cls)
    return cls


def _filter_type(type_: Any) -> type:
    inner = getattr(type_, "of_type", type_)
    if inner in _NUMBERS:
        inner = Decimal
    if isinstance(inner, StrawberryEnumDefinition):
        inner = inner.wrapped_cls
    if inner not in FILTERS:
        if not issubclass(inner, Enum):
            raise TypeError(f"no filter for {inner!r}")
        FILTERS[inner] = _enum_filter(inner)
    return FILTERS[inner]


def _enum_filter(enum: type[Enum]) -> type:
    cls = type(f"{enum.__name__}Filter", (), {"__annotations__": {"eq": Optional[enum], "in_": Optional[list[enum]]}})  # type: ignore[valid-type]
    cls.eq = _operand("Is this.")  # type: ignore[attr-defined]
    cls.in_ = _operand("Is one of these.", "in")  # type: ignore[attr-defined]
    return strawberry.input(cls, description=f"Compares a {enum.__name__}.")


# ------------------------------------------------------------------------------------------------- read into conditions


def condition_of(filter: Any, path: str = "filter") -> Condition | None:
    """The condition that a filter object stands for; None without a filter. Raises Invalid naming the path."""
    if filter is strawberry.UNSET or filter is None:
        return None
    return _Reader().filter(filter, path)


def written(filter: Any) -> Any:
    """A filter object as the JSON that it was read from."""
    if isinstance(filter, list):
        return [written(each) for each in filter]
    definition = get_object_definition(type(filter))
    if definition is None:
        return _plain(filter)
    fields = ((each, getattr(filter, each.python_name)) for each in definition.fields)
    return {
        each.graphql_name or camel(each.python_name): written(value) for each, value in fields if value is not strawberry.UNSET
    }


def search_condition(search: str | None, path: str, *, text: str = "search_text", grams: str | None = None) -> Condition | None:
    """The condition that every word of a search is found; None without a search. Raises Invalid naming the path."""
    return _search(BySearch(text, grams), search, path) if search else None


@dataclass(slots=True)
class _Reader:
    """Reads one filter object, counting its parts."""

    parts: int = 0

    def filter(self, given: Any, path: str) -> Condition:
        conditions = []
        for field in get_object_definition(type(given), strict=True).fields:
            value = getattr(given, field.python_name)
            if value is strawberry.UNSET or value is None:
                continue
            self.parts += 1
            if self.parts > MOST_PARTS:
                raise Invalid.because("FILTER_TOO_LARGE", path, found=self.parts, most=MOST_PARTS)
            name = field.graphql_name or camel(field.python_name)
            conditions.append(self._one(field.metadata[FILTER], value, f"{path}.{name}"))
        return all_of(*conditions)

    def _one(self, by: Any, value: Any, path: str) -> Condition:
        match by:
            case ByColumn(python_name):
                return all_of(
                    *(Compares(python_name, operator, _plain(operand), path) for operator, operand in _operands(value, path))
                )
            case BySearch():
                return _search(by, value, path)
            case ByArea(model, on):
                return all_of(*(_in_areas(model, on, operator, operand, path) for operator, operand in _operands(value, path)))
            case ByLink(model, on, column, through):
                return all_of(
                    *(LinkedTo(model, on, column, through, operator, operand) for operator, operand in _operands(value, path))
                )
            case ByDay(first, last):
                return all_of(Compares(first, "lte", value, path), Compares(last, "gte", value, path))
            case ByFilters(word):
                return Combined(word, tuple(self.filter(part, f"{path}.{place}") for place, part in enumerate(value)))
        raise Bug(f"no such filter: {by!r}")


def _search(by: BySearch, value: str, path: str) -> Condition:
    _check_size(value, path)
    words = []
    for word in search_words(value):
        grams = [word[place : place + 2] for place in range(len(word) - 1)] or [word]
        told_by_grams = by.grams is not None and len(word) <= 2
        words.append(Finds(by.text, by.grams, grams, None if told_by_grams else word))
    return all_of(*words)


def _in_areas(model: type[Model], on: Pairs, operator: str, operand: Any, path: str) -> Condition:
    if operator in ("eq", "in"):
        codes = [area_of(code, f"{path}.{operator}") for code in ([operand] if operator == "eq" else operand)]
        return InAreas(model, on, "in", [text_of(code) for code in codes])
    return InAreas(model, on, operator, operand)


def _operands(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    for field in get_object_definition(type(value), strict=True).fields:
        operand = getattr(value, field.python_name)
        if operand is not strawberry.UNSET and operand is not None:
            operator = field.graphql_name or camel(field.python_name)
            _check_size(operand, f"{path}.{operator}")
            yield operator, operand


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.name if isinstance(value, Enum) else value


def _check_size(operand: Any, path: str) -> None:
    """Refuse operands that no field could hold. Raises Invalid naming the path."""
    values = operand if isinstance(operand, list) else [operand]
    if len(values) > MOST_VALUES:
        raise Invalid.because("FILTER_TOO_LARGE", path, found=len(values), most=MOST_VALUES)
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    if longest > LONGEST_SEARCH:
        raise Invalid.because("SEARCH_TOO_LONG", path, found=longest, most=LONGEST_SEARCH)
