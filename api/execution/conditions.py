"""Conditions on rows: what filters and searches come to, as values, and the SQL that they become.

A condition is a tree of values; its shape without the operands decides the text of a statement, so a plan can be kept
and the operands bound late. A condition on a field group compares what the caller sees of it: where the field is hidden
it is null, and matches nothing; without the right anywhere, asking is refused outright.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tortoise import Model

from api.auth.authority import Authority
from api.auth.predicates import Bindings, RowScope
from api.execution.mapping import Column, Pairs, TypeMapping, column_type_of, compared, expression_of, sql_type
from api.execution.visible import role_held, visible
from domain.activity import Activity
from domain.areas import PARTS
from domain.errors import Forbidden
from models.access import Access

OPERATORS: Mapping[str, Callable[[str, str], str]] = {  # SQL of the field, SQL of the operand
    "eq": lambda field, operand: f"{field} = {operand}",
    "in": lambda field, operand: f"{field} = any({operand})",
    "gt": lambda field, operand: f"{field} > {operand}",
    "gte": lambda field, operand: f"{field} >= {operand}",
    "lt": lambda field, operand: f"{field} < {operand}",
    "lte": lambda field, operand: f"{field} <= {operand}",
    "startsWith": lambda field, operand: f"starts_with({field}, {operand})",
    "contains": lambda field, operand: f"position({operand} in {field}) > 0",
}
CODE_PARTS = ", ".join(f"split_part(code, '/', {place})" for place in (1, 2, 3))
MANY = frozenset({"in"})
"""The operators whose operand is a list."""


@dataclass(frozen=True, slots=True)
class Compares:
    """A mapped column compared with an operand; `path` names the place in the filter."""

    python_name: str
    operator: str
    operand: Any
    path: str


@dataclass(frozen=True, slots=True)
class Finds:
    """A word of a search: its bigrams, or itself if it is one character; and itself, where the bigrams alone do not tell."""

    text: str
    grams_column: str | None
    grams: Any
    word: Any


@dataclass(frozen=True, slots=True)
class InAreas:
    """The sales area of some row over there is one of these: three lists of codes, or a text that its code is compared with."""

    model: type[Model]
    on: Pairs
    operator: str
    operand: Any


@dataclass(frozen=True, slots=True)
class Through:
    """A table in between, of whose rows the caller must see one: `on` pairs its columns with columns here."""

    table: str
    access: Access
    on: Pairs


@dataclass(frozen=True, slots=True)
class LinkedTo:
    """A column of a visible row over there is compared; `on` pairs columns over there with columns here, or in between."""

    model: type[Model]
    on: Pairs
    column: str
    through: Through | None
    operator: str
    operand: Any


@dataclass(frozen=True, slots=True)
class HoldsRole:
    """The caller holds the role that a column names, where the row lies."""

    column: str


@dataclass(frozen=True, slots=True)
class MayDo:
    """The caller may do this to the row: in every area of it, within their limit; by another object than its own, if one is
    named.
    """

    activity: Activity
    object: str | None = None


@dataclass(frozen=True, slots=True)
class Holds:
    """SQL of the house that holds of the row, with `{row}` for it and `{caller}` for the name of who asks: as of an offer."""

    sql: str


@dataclass(frozen=True, slots=True)
class Combined:
    """All, or any, of further conditions."""

    word: str
    parts: tuple[Condition, ...]


Condition = Compares | Finds | InAreas | LinkedTo | HoldsRole | MayDo | Holds | Combined


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands for an operand in the shape of a condition: the place of the value among all that are bound late."""

    place: int


def all_of(*parts: Condition) -> Condition:
    """The condition that all of these hold."""
    return Combined("and", parts)


def operands(condition: Condition) -> Iterator[Any]:
    """The operands in the order in which `shape` numbers them."""
    match condition:
        case Compares(operand=operand) | InAreas(operand=operand) | LinkedTo(operand=operand):
            yield operand
        case Finds(grams=grams, word=word):
            yield grams
            if word is not None:
                yield word
        case Combined(parts=parts):
            for part in parts:
                yield from operands(part)
        case HoldsRole() | MayDo() | Holds():
            pass


def shape(condition: Condition, places: Iterator[int]) -> Condition:
    """The same condition with slots for operands: equal for all that become the same SQL."""
    match condition:
        case Compares(python_name, operator, _, path):
            return Compares(python_name, operator, Slot(next(places)), path)
        case Finds(text, grams_column, _, word):
            return Finds(text, grams_column, Slot(next(places)), None if word is None else Slot(next(places)))
        case InAreas(model, on, operator, _):
            return InAreas(model, on, operator, Slot(next(places)))
        case LinkedTo(model, on, column, through, operator, _):
            return LinkedTo(model, on, column, through, operator, Slot(next(places)))
        case Combined(word, parts):
            return Combined(word, tuple(shape(part, places) for part in parts))
        case HoldsRole() | MayDo() | Holds():
            return condition


@dataclass(frozen=True, slots=True)
class ConditionSql:
    """Turns conditions into SQL on rows of a mapped type."""

    authority: Authority
    mapping: TypeMapping
    row: str
    bindings: Bindings

    def sql(self, condition: Condition) -> str:
        """SQL that holds where the condition does. Raises Forbidden naming the path."""
        match condition:
            case Compares(python_name, operator, operand, path):
                column = compared(self.mapping.fields[python_name])
                type_ = column_type_of(self.mapping, column)
                bound = self.bindings.bind(operand, f"{type_}[]" if operator in MANY else type_)
                return OPERATORS[operator](self.visible(column, path), bound)
            case Finds(text, grams_column, grams, word):
                found = [] if grams_column is None else [f"{self.row}.{grams_column} @> {self.bindings.bind(grams, 'text[]')}"]
                if word is not None:
                    found.append(f"position({self.bindings.bind(word, 'text')} in {self.row}.{text}) > 0")
                return " and ".join(found)
            case InAreas():
                return self._in_areas(condition)
            case LinkedTo():
                return self._linked(condition)
            case HoldsRole(column):
                return role_held(self.authority, self.mapping.access, self.row, column, self.bindings)
            case MayDo(activity, object):
                access = self.mapping.access
                scope = self.authority.scope(object or access.object, activity)
                return RowScope(access, self.row, scope, self.authority.user_id).every(self.bindings)
            case Holds(sql):
                caller = self.bindings.bind(self.authority.username, "text") if "{caller}" in sql else ""
                return sql.format(row=self.row, caller=caller)
            case Combined(word, parts):
                each = [f"({self.sql(part)})" for part in parts]
                return f" {word} ".join(each) if each else {"and": "true", "or": "false"}[word]

    def visible(self, column: Column, path: str) -> str:
        """The column's SQL as the caller sees it: null where it is hidden. Raises Forbidden where it always is."""
        expression = expression_of(column.expression, self.row)
        if column.right is None:
            return expression
        scope = self.authority.scope(column.right)
        if scope.is_empty:
            raise Forbidden.because("FORBIDDEN_FIELD", path, name=path, object=column.right, activity=Activity.DISPLAY.name)
        seen = RowScope(self.mapping.access, self.row, scope, self.authority.user_id).some(self.bindings)
        return f"(case when {seen} then {expression} end)"

    def _in_areas(self, condition: InAreas) -> str:
        seen = self._seen("area", condition.model.access)  # type: ignore[attr-defined]  # a model that is guarded
        on = " and ".join(f"area.{there} = {self.row}.{here}" for there, here in condition.on)
        columns = [f"area.{part}" for part in PARTS]
        if condition.operator == "in":
            wanted = self.bindings.bind(condition.operand, "text[]")
            within = f"({', '.join(columns)}) in (select {CODE_PARTS} from unnest({wanted}) as code)"
        else:
            whole = " || '/' || ".join(columns)
            within = OPERATORS[condition.operator](f"({whole})", self.bindings.bind(condition.operand, "text"))
        return f"exists (select 1 from {condition.model._meta.db_table} area where {on} and {within} and {seen})"

    def _linked(self, condition: LinkedTo) -> str:
        model, through = condition.model, condition.through
        source, here = f"{model._meta.db_table} linked", self.row
        needed = [self._seen("linked", model.access)]  # type: ignore[attr-defined]  # a model that is guarded
        if through is not None:
            source, here = f"{through.table} between, {source}", "between"
            needed += [f"between.{there} = {self.row}.{column}" for there, column in through.on]
            needed.append(self._seen("between", through.access))
        needed += [f"linked.{there} = {here}.{column}" for there, column in condition.on]
        type_ = sql_type(model._meta.fields_map[condition.column])
        operand = self.bindings.bind(condition.operand, f"{type_}[]" if condition.operator in MANY else type_)
        needed.append(OPERATORS[condition.operator](f"linked.{condition.column}", operand))
        return f"exists (select 1 from {source} where {' and '.join(needed)})"

    def _seen(self, row: str, access: Access) -> str:
        return visible(self.authority, access, row, self.bindings)
