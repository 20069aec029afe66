"""Scopes as SQL: the part of a WHERE clause by which rows outside a scope do not exist.

One walk over the scope's tree serves every question. *Some* area of a row lies in the scope: the walk with the leaves as
they are. *Every* one does: no area lies outside, which is the same walk with the leaves negated. A column that may hold
`*` is met by every code. So lists, single rows, counts, field groups and `viewerCan` all pass through `_walk`.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.areas import ANY, PARTS
from domain.errors import Bug
from domain.scope import ALL, NOT_AT_ALL, NOTHING, OWN, UNLIMITED, Branch, Level, Node, Scope
from models.access import AboutRecord, Access, Anywhere, OwnArea, OwnedByCustomer, OwnedByUser, OwnPattern, PartOf, ThroughRows


@dataclass(slots=True)
class Bindings:
    """The values of a statement, in the order of their placeholders. A value that comes again is sent once, so that conditions
    which say the same are the same SQL.
    """

    values: list[Any] = field(default_factory=list)
    _known: dict[tuple[str, Hashable], str] = field(default_factory=dict)

    def bind(self, value: Any, type: str) -> str:
        """A placeholder for the value, cast to a PostgreSQL type."""
        known = (type, tuple(value) if isinstance(value, list) else value)
        if known not in self._known:
            self.values.append(value)
            self._known[known] = f"${len(self.values)}::{type}"
        return self._known[known]


@dataclass(frozen=True, slots=True)
class RowScope:
    """One row source under a name, the scope to hold it to, and who asks."""

    access: Access
    row: str
    scope: Scope
    user_id: int

    def some(self, bindings: Bindings) -> str:
        """SQL that holds where some area of the row lies in the scope: what DISPLAY asks."""
        if self.scope.levels == {NOTHING, OWN}:  # whose it is comes first: an index finds the few own rows
            mine = self._own(bindings)
            if mine == "false":
                return mine
            return both(mine, self._condition(bindings, lambda level, _: "true" if level == OWN else "false"))
        return self._condition(bindings, self._leaf)

    def every(self, bindings: Bindings) -> str:
        """SQL that holds where every area of the row lies in the scope, and there is one: what all else asks."""
        if isinstance(self.scope.root, Level):
            alike = self._leaf(self.scope.root, bindings)
            return "false" if alike == "false" else both(self._exists("true"), alike)
        outside = self._condition(bindings, lambda level, bound: _not(self._leaf(level, bound)))
        return both(self._exists("true"), _not(outside))

    def at(self, columns: tuple[str, ...], bindings: Bindings, *, hashed: bool = False) -> str:
        """SQL that holds where the area in these columns lies in the scope; whose it is, the row under its name still tells.

        `hashed` is for all rows looked at in one pass: no index takes it, and codes are looked up in a hash table, which
        PostgreSQL makes of an array only where it plans for that very array.
        """
        return _walk(self.scope.root, columns, self._leaf, bindings, hashed=hashed)

    @property
    def by_area_alone(self) -> bool:
        """Whether the area decides, and not whose record it is or what it measures."""
        return self.scope.levels <= {ALL, NOTHING}

    def own(self, bindings: Bindings) -> str:
        """SQL that tells whether the row is the asking user's own; never null."""
        mine = self._own(bindings)
        return mine if mine == "false" else f"coalesce({mine}, false)"

    def _own(self, bindings: Bindings) -> str:
        """SQL that holds where the row is the asking user's own; null where its owner is unknown."""
        match self.access.owner:
            case OwnedByCustomer(columns):
                user = bindings.bind(self.user_id, "bigint")
                mine = f"(select b.customer_id from user_customers b where b.user_id = {user})"
                return any_of(*(f"{self.row}.{column} in {mine}" for column in columns))
            case OwnedByUser(column):
                return f"{self.row}.{column} = {bindings.bind(self.user_id, 'bigint')}"
            case _:
                return "false"

    def _condition(self, bindings: Bindings, leaf: Callable[[Level, Bindings], str]) -> str:
        root = self.scope.root
        if isinstance(root, Level):
            return leaf(root, bindings)
        match self.access.areas:
            case OwnArea(columns):
                return _walk(root, _columns(self.row, columns), leaf, bindings)
            case OwnPattern(columns):
                return _walk(root, _columns(self.row, columns), leaf, bindings, patterns=True)
            case ThroughRows(patterns=patterns):
                return self._exists(_walk(root, _columns("link", PARTS), leaf, bindings, patterns=patterns))
            case Anywhere():
                levels = sorted(self.scope.levels, key=lambda level: (level.others, level.own))
                if any(leaf(level, Bindings()) == "true" for level in levels):  # the others' values would be bound for nothing
                    return "true"
                return any_of(*(leaf(level, bindings) for level in levels))
            case PartOf(model):
                raise Bug(f"a part of {model} has no areas of its own")

    def _exists(self, condition: str) -> str:
        """SQL that holds where the row has an area row with this condition; a row with its own columns has just itself."""
        if condition == "false" or not isinstance(self.access.areas, ThroughRows):
            return condition
        on = " and ".join(f"link.{there} = {self.row}.{here}" for there, here in self.access.areas.on)
        return f"exists (select 1 from {self.access.areas.table} link where {both(on, condition)})"

    def _leaf(self, level: Level, bindings: Bindings) -> str:
        if self.access.owner is None:
            return self._within(level.others, bindings)
        own = self._within(level.own, bindings)
        others = own if level.others == level.own else self._within(level.others, bindings)
        if others == own:
            return own
        mine = self.own(bindings)
        return any_of(both(mine, own), both(_not(mine), others)) if others != "false" else both(mine, own)

    def _within(self, limit: Decimal, bindings: Bindings) -> str:
        if limit == UNLIMITED:
            return "true"
        if limit == NOT_AT_ALL or self.access.measure is None:
            return "false"
        return f"coalesce({self.row}.{self.access.measure} <= {bindings.bind(limit, 'numeric')}, false)"


@dataclass(frozen=True, slots=True)
class AboutScope:
    """Rows about one record, each held to the scope of the object that it names: in the part of the record that it names, else
    anywhere in the record. Where the record itself is not displayed, there are none.
    """

    about: AboutRecord
    row: str
    record: Access
    table: str
    displayed: Scope
    """Where the record is displayed."""
    scopes: Mapping[str, Scope]
    """Where rows are told of, by object; of other objects they are not."""
    user_id: int

    def some(self, key: str, bindings: Bindings) -> str:
        """SQL that holds for the rows that are told; `key` is SQL for the record's key."""
        if self._within(Bindings()) == "false":  # before anything is bound that no SQL would name
            return "false"
        return f"exists (select 1 from {self.table} record where record.id = {key} and {self._within(bindings)})"

    def _within(self, bindings: Bindings) -> str:
        seen = RowScope(self.record, "record", self.displayed, self.user_id).some(bindings)
        return both(seen, any_of(*(self._told(object, scope, bindings) for object, scope in self.scopes.items())))

    def _told(self, object: str, scope: Scope, bindings: Bindings) -> str:
        rows = RowScope(self.record, "record", scope, self.user_id)
        of_object = f"{self.row}.object = '{object}'"
        anywhere = rows.some(bindings)
        if self.about.part is None or scope.is_leaf or anywhere == "false":
            return both(of_object, anywhere)
        part = f"{self.row}.{self.about.part}"
        in_area = rows.at(tuple(f"split_part({part}, '/', {place})" for place in (1, 2, 3)), bindings)
        in_company = self._in_company(rows, part, bindings)
        return (
            f"({of_object} and case when {part} is null then {anywhere}"
            f" when position('/' in {part}) > 0 then {in_area} else {in_company} end)"
        )

    def _in_company(self, rows: RowScope, part: str, bindings: Bindings) -> str:
        areas = self.record.areas
        if not isinstance(areas, ThroughRows) or areas.patterns:
            return "false"
        on = " and ".join(f"link.{there} = record.{here}" for there, here in areas.on)
        within = rows.at(_columns("link", PARTS), bindings)
        return f"exists (select 1 from {areas.table} link where {both(on, f'link.company_code = {part}', within)})"


def _walk(
    node: Node,
    columns: tuple[str, ...],
    leaf: Callable[[Level, Bindings], str],
    bindings: Bindings,
    *,
    patterns: bool = False,
    hashed: bool = False,
) -> str:
    """SQL for the tree from here on: codes with equal subtrees share one condition, and so do all other codes."""
    if not columns:
        if isinstance(node, Branch):
            raise Bug("a scope has three floors")
        return leaf(node, bindings)
    column, rest = columns[0], columns[1:]
    if not isinstance(node, Branch):
        return _walk(node, rest, leaf, bindings, patterns=patterns, hashed=hashed)
    groups: dict[Node, list[str]] = {}
    for code, child in node.children:
        groups.setdefault(child, []).append(code)
    conditions = []
    for child, codes in groups.items():
        below = _walk(child, rest, leaf, bindings, patterns=patterns, hashed=hashed)
        if below != "false":
            here = _among(column, bindings.bind(codes, "text[]"), hashed=hashed)
            conditions.append(both(any_of(here, f"{column} = '{ANY}'") if patterns else here, below))
    otherwise = _walk(node.default, rest, leaf, bindings, patterns=patterns, hashed=hashed)
    if otherwise != "false":
        named = [code for code, _ in node.children]
        but = _among(column, bindings.bind(named, "text[]"), hashed=hashed, but=True) if named else "true"
        conditions.append(both(but, otherwise))
    return any_of(*conditions)


def _among(column: str, codes: str, *, hashed: bool, but: bool = False) -> str:
    if hashed:
        return f"({column} in (select unnest({codes}))) is {'not true' if but else 'true'}"
    return f"{column} {'<> all' if but else '= any'}({codes})"


def _columns(row: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{row}.{name}" for name in names)


def both(*conditions: str) -> str:
    """SQL that holds where all of these do."""
    needed = [condition for condition in conditions if condition != "true"]
    if "false" in needed:
        return "false"
    return f"({' and '.join(needed)})" if len(needed) > 1 else needed[0] if needed else "true"


def any_of(*conditions: str) -> str:
    """SQL that holds where one of these does."""
    possible = [condition for condition in dict.fromkeys(conditions) if condition != "false"]
    if "true" in possible:
        return "true"
    return f"({' or '.join(possible)})" if len(possible) > 1 else possible[0] if possible else "false"


def _not(condition: str) -> str:
    return {"true": "false", "false": "true"}.get(
        condition, f"not {condition}" if condition.startswith("(") else f"not ({condition})"
    )
