"""Filters and orders, derived from the mapping: their input types, and the SQL that they become.

A filter on a field group compares what the caller sees of it: where it is hidden it is null, and matches nothing. Without
the right anywhere, asking is refused outright.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional, TypeVar

import strawberry
from strawberry.types.base import get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from tortoise import Model

from api.auth.authority import Authority
from api.auth.predicates import Bindings
from api.execution.mapping import KEY, Column, Pairs, TypeMapping, column_type_of
from api.execution.reads import Reads
from api.execution.rows import expression_of
from domain.activity import Activity
from domain.areas import PARTS, area_of
from domain.errors import Forbidden, Invalid
from domain.names import search_words
from models.access import Access

FILTER = "filter"
MOST_PARTS = 60
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


FILTERS: dict[type, type] = {str: StringFilter, int: IntFilter, bool: BooleanFilter, datetime.date: DateFilter}

OPERATORS: Mapping[
    str, Callable[[str, Callable[[bool], str]], str]
] = {  # SQL of the field, and its bound operand (as a list or not)
    "eq": lambda field, operand: f"{field} = {operand(False)}",
    "in": lambda field, operand: f"{field} = any({operand(True)})",
    "gt": lambda field, operand: f"{field} > {operand(False)}",
    "gte": lambda field, operand: f"{field} >= {operand(False)}",
    "lt": lambda field, operand: f"{field} < {operand(False)}",
    "lte": lambda field, operand: f"{field} <= {operand(False)}",
    "startsWith": lambda field, operand: f"starts_with({field}, {operand(False)})",
    "contains": lambda field, operand: f"position({operand(False)} in {field}) > 0",
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
class Combined:
    """All, or any, of further filters."""

    word: str
    of_none: str


def search_filter(description: str, *, text: str = "search_text", grams: str = "search_grams") -> Any:
    """A search through a normalized text column."""
    return strawberry.field(default=strawberry.UNSET, description=description, metadata={FILTER: BySearch(text, grams)})


def area_filter(description: str, model: type[Model], on: Pairs) -> Any:
    """A filter by the sales areas of rows over there."""
    return strawberry.field(default=strawberry.UNSET, description=description, metadata={FILTER: ByArea(model, on)})


def filter_of(type_: type) -> Callable[[Class], Class]:
    """Fill an input class with a filter for each filterable column of a mapped type, `and` and `or`."""

    def fill(cls: Class) -> Class:
        for field, mapping in _columns(type_):
            if mapping.filter:
                cls.__annotations__[field.python_name] = Optional[_filter_type(field.type)]
                shown = _field_description(field)
                setattr(cls, field.python_name, _derived(f"Compares: {shown}", ByColumn(field.python_name)))
        for name, combined, description in (
            ("and_", Combined(" and ", "true"), "All of these hold."),
            ("or_", Combined(" or ", "false"), "At least one of these holds."),
        ):
            cls.__annotations__[name] = f"list[{cls.__name__}] | None"
            setattr(cls, name, _derived(description, combined, name.rstrip("_")))
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
        mapping = field.metadata.get(KEY)
        if isinstance(mapping, Column):
            yield field, mapping


def _field_description(field: Any) -> str:
    description = str(field.description)
    return description[:1].lower() + description[1:]


def _derived(description: str, by: Any, name: str | None = None) -> Any:
    return strawberry.field(name=name, default=strawberry.UNSET, description=description, metadata={FILTER: by})


def _filter_type(type_: Any) -> type:
    inner = getattr(type_, "of_type", type_)
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


# ---------------------------------------------------------------------------------------------------------- to SQL


@dataclass(slots=True)
class FilterSql:
    """Turns one filter object into a condition on rows of a mapped type."""

    reads: Reads
    authority: Authority
    mapping: TypeMapping
    row: str
    bindings: Bindings
    parts: int = 0

    def condition(self, given: Any, path: str = "filter") -> str:
        """SQL that holds where the whole filter does. Raises Invalid or Forbidden naming the path."""
        conditions = []
        for field in get_object_definition(type(given), strict=True).fields:
            value = getattr(given, field.python_name)
            if value is strawberry.UNSET or value is None:
                continue
            self.parts += 1
            if self.parts > MOST_PARTS:
                raise Invalid.because("FILTER_TOO_LARGE", path, found=self.parts, most=MOST_PARTS)
            name = field.graphql_name or field.python_name
            conditions.append(self._one(field.metadata[FILTER], value, f"{path}.{name}"))
        return " and ".join(conditions) or "true"

    def _one(self, by: Any, value: Any, path: str) -> str:
        match by:
            case ByColumn(python_name):
                field = self.mapping.fields[python_name]
                assert isinstance(field.mapping, Column)
                expression = visible_expression(self, field.mapping, path)
                return self._compare(expression, column_type_of(self.mapping, field.mapping), value, path)
            case BySearch():
                return self.search(by, value, path)
            case ByArea(model, on):
                return self._by_area(model, on, value, path)
            case Combined(word, of_none):
                each = [f"({self.condition(part, f'{path}.{place}')})" for place, part in enumerate(value)]
                return f"({word.join(each)})" if each else of_none
        raise TypeError(f"no such filter: {by!r}")

    def search(self, by: BySearch, value: str, path: str) -> str:
        """SQL that holds where every word of the search is found."""
        if len(value) > LONGEST_SEARCH:
            raise Invalid.because("SEARCH_TOO_LONG", path, found=len(value), most=LONGEST_SEARCH)
        conditions = []
        for word in search_words(value):
            grams = [word[place : place + 2] for place in range(len(word) - 1)] or [word]
            if by.grams is not None:
                conditions.append(f"{self.row}.{by.grams} @> {self.bindings.bind(grams, 'text[]')}")
            if by.grams is None or len(word) > 2:
                conditions.append(f"position({self.bindings.bind(word, 'text')} in {self.row}.{by.text}) > 0")
        return " and ".join(conditions) or "true"

    def _compare(self, expression: str, type_: str, value: Any, path: str) -> str:
        conditions = []
        for operator, operand in _operands(value):
            text_size(operand, f"{path}.{operator}")
            conditions.append(OPERATORS[operator](expression, lambda many, operand=operand: self._bound(operand, type_, many)))  # type: ignore[misc]
        return " and ".join(conditions) or "true"

    def _bound(self, operand: Any, type_: str, many: bool) -> str:
        plain = [_plain(each) for each in operand] if many else _plain(operand)
        return self.bindings.bind(plain, f"{type_}[]" if many else type_)

    def _by_area(self, model: type[Model], on: Pairs, value: Any, path: str) -> str:
        access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
        scope = self.reads.row_scope(self.authority, access, "area", None)
        conditions = [f"area.{there} = {self.row}.{here}" for there, here in on]
        for operator, operand in _operands(value):
            text_size(operand, f"{path}.{operator}")
            if operator in ("eq", "in"):
                areas = [area_of(text, f"{path}.{operator}") for text in (operand if operator == "in" else [operand])]
                columns = [self.bindings.bind([area[place] for area in areas], "text[]") for place in range(len(PARTS))]
                conditions.append(
                    f"({', '.join(f'area.{part}' for part in PARTS)}) in (select * from unnest({', '.join(columns)}))"
                )
            else:
                whole = " || '/' || ".join(f"area.{part}" for part in PARTS)
                conditions.append(self._compare_one(operator, f"({whole})", operand))
        conditions.append(scope.some(self.bindings))
        return f"exists (select 1 from {model._meta.db_table} area where {' and '.join(conditions)})"

    def _compare_one(self, operator: str, expression: str, operand: Any) -> str:
        return OPERATORS[operator](expression, lambda many: self._bound(operand, "text", many))


def visible_expression(sql: FilterSql, column: Column, path: str) -> str:
    """The column's SQL as the caller sees it: null where it is hidden. Raises Forbidden where it always is."""
    expression = expression_of(column.expression, sql.row)
    if column.right is None:
        return expression
    if sql.authority.scope(column.right, Activity.DISPLAY).is_empty:
        raise Forbidden.because("FORBIDDEN_FIELD", path, name=path, object=column.right, activity=Activity.DISPLAY.name)
    seen = sql.reads.row_scope(sql.authority, sql.mapping.access, sql.row, column.right).some(sql.bindings)
    return f"(case when {seen} then {expression} end)"


def _operands(value: Any) -> Iterator[tuple[str, Any]]:
    for field in get_object_definition(type(value), strict=True).fields:
        operand = getattr(value, field.python_name)
        if operand is not strawberry.UNSET and operand is not None:
            yield field.graphql_name or _camel_operator(field.python_name), operand


def _camel_operator(name: str) -> str:
    return "startsWith" if name == "starts_with" else name


def _plain(value: Any) -> Any:
    return value.name if isinstance(value, Enum) else value


def text_size(operand: Any, path: str) -> None:
    """Refuse operands that no field could hold. Raises Invalid naming the path."""
    values = operand if isinstance(operand, list) else [operand]
    if len(values) > 500:
        raise Invalid.because("FILTER_TOO_LARGE", path, found=len(values), most=500)
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    if longest > LONGEST_SEARCH:
        raise Invalid.because("SEARCH_TOO_LONG", path, found=longest, most=LONGEST_SEARCH)
