"""The scope algebra: where, on whose records and up to which limit one (user, object, activity) reaches.

A scope is a total function from sales area to `Level`. It is kept as a tree of depth three, one floor for sales
organization, distribution channel and division; each node names the codes that differ and one `default` for all other
codes. A child equal to the default is dropped, so two scopes that say the same *are* the same, and union,
intersection and difference are one function, `_combine`, applied pointwise. No database, no policy, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.activity import Reach
from domain.areas import ANY, EVERYWHERE, PARTS, Area, Pattern

UNLIMITED = Decimal("Infinity")
NOT_AT_ALL = Decimal("-Infinity")


@dataclass(frozen=True, slots=True)
class Level:
    """The highest measure allowed on records of others and on one's own; UNLIMITED also lets a missing measure pass."""

    others: Decimal
    own: Decimal

    def allows(self, own: bool, measure: Decimal | None) -> bool:
        limit = self.own if own else self.others
        return limit == UNLIMITED if measure is None else measure <= limit


NOTHING = Level(NOT_AT_ALL, NOT_AT_ALL)
ALL = Level(UNLIMITED, UNLIMITED)
OWN = Level(NOT_AT_ALL, UNLIMITED)


@dataclass(frozen=True, slots=True)
class Branch:
    """One floor of the tree: the codes with a meaning of their own, sorted, and what holds for every other code."""

    default: Node
    children: tuple[tuple[str, Node], ...] = ()

    def at(self, code: str) -> Node:
        return dict(self.children).get(code, self.default)


Node = Level | Branch


@dataclass(frozen=True, slots=True)
class Grant:
    """One allowance: where, on whose records, up to which limit (None: without limit)."""

    pattern: Pattern
    reach: Reach
    limit: Decimal | None

    def level(self) -> Level:
        limit = UNLIMITED if self.limit is None else self.limit
        return Level(limit if self.reach is Reach.ALL else NOT_AT_ALL, limit)


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a scope as people read it: these areas except those, on whose records, up to which limit."""

    areas: tuple[Pattern, ...]
    except_areas: tuple[Pattern, ...]
    reach: Reach
    limit: Decimal | None

    def scope(self) -> Scope:
        """What the region says, as a scope."""
        return scope_of((Grant(area, self.reach, self.limit) for area in self.areas), self.except_areas)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where one reaches. Build it with `scope_of`; compare with `==`; ask with `allows`."""

    root: Node

    def level(self, area: Area) -> Level:
        """The level in one area."""
        node = self.root
        for code in area:
            if isinstance(node, Branch):
                node = node.at(code)
        assert isinstance(node, Level)
        return node

    def allows(self, area: Area, own: bool, measure: Decimal | None = None) -> bool:
        """Whether one record passes: its area, whether it is the asker's own, and what a limit compares."""
        return self.level(area).allows(own, measure)

    @property
    def is_empty(self) -> bool:
        return self.root == NOTHING

    @property
    def is_leaf(self) -> bool:
        """Whether the same holds in every area."""
        return isinstance(self.root, Level)

    @property
    def floors(self) -> int:
        """How many parts of an area it takes to decide: 0 for the same everywhere, 1 where the organization alone decides."""
        return _height(self.root)

    @property
    def only_path(self) -> tuple[str, ...] | None:
        """The codes from the organization down within which all is allowed, if nothing is outside of them."""
        path: list[str] = []
        node = self.root
        while isinstance(node, Branch):
            if node.default != NOTHING or len(node.children) != 1:
                return None
            ((code, node),) = node.children
            path.append(code)
        return tuple(path) if node == ALL else None

    @property
    def organizations(self) -> int | None:
        """In how many sales organizations anything is allowed; None where it is not only in named ones."""
        if not isinstance(self.root, Branch) or self.root.default != NOTHING:
            return None
        return len(self.root.children)

    @property
    def levels(self) -> frozenset[Level]:
        """The levels that occur anywhere."""
        return frozenset(_levels(self.root))

    @property
    def is_everything(self) -> bool:
        return self.root == ALL

    def __or__(self, other: Scope) -> Scope:
        """What either allows."""
        return Scope(_combine(_higher, self.root, other.root))

    def __and__(self, other: Scope) -> Scope:
        """What both allow."""
        return Scope(_combine(_lower, self.root, other.root))

    def __sub__(self, other: Scope) -> Scope:
        """Where this reaches further than the other, with this one's limits: empty exactly when the other contains it."""
        return Scope(_combine(_beyond, self.root, other.root))

    def __contains__(self, other: Scope) -> bool:
        """Whether whatever the other allows is allowed here too."""
        return (other - self).is_empty

    def regions(self) -> tuple[Region, ...]:
        """The scope as people read it: regions whose union is exactly this, those of others' records first."""
        levels = sorted(self.levels, key=lambda level: (level.others, level.own), reverse=True)
        others = dict.fromkeys(level.others for level in levels if level.others != NOT_AT_ALL)
        own = dict.fromkeys(level.own for level in levels if level.own > level.others)
        return (
            *(each for limit in others for each in self._regions(Reach.ALL, limit, lambda at, of: at.others == of)),
            *(
                each
                for limit in own
                for each in self._regions(Reach.OWN, limit, lambda at, of: at.own == of and at.own > at.others)
            ),
        )

    def _regions(self, reach: Reach, limit: Decimal, holds: Callable[[Level, Decimal], bool]) -> Iterator[Region]:
        alike: dict[tuple[Pattern, ...], list[Pattern]] = {}
        for area, excepted in _told(self.root, lambda level: holds(level, limit), len(PARTS)):
            alike.setdefault(tuple(map(Pattern, excepted)), []).append(Pattern(area))  # type: ignore[arg-type]  # three parts each
        for except_areas, areas in alike.items():
            yield Region(tuple(areas), except_areas, reach, None if limit == UNLIMITED else limit)

    def codes(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The codes named on each floor: with one further code a floor they make all cases that can differ."""
        floors: tuple[set[str], set[str], set[str]] = (set(), set(), set())
        for depth, code in _named(self.root, 0):
            floors[depth].add(code)
        return frozenset(floors[0]), frozenset(floors[1]), frozenset(floors[2])


def scope_of(grants: Iterable[Grant], denials: Iterable[Pattern] = ()) -> Scope:
    """The scope of these allowances minus these denials."""
    allowed: list[tuple[Pattern, Level | None]] = [(grant.pattern, grant.level()) for grant in grants]
    return Scope(_grow([*allowed, *((pattern, None) for pattern in denials)], 0))  # None marks a denial


def over(pattern: Pattern, limit: Decimal | None = None) -> Scope:
    """All records of a pattern, up to a limit if there is one."""
    return scope_of([Grant(pattern, Reach.ALL, limit)])


def _grow(entries: list[tuple[Pattern, Level | None]], depth: int) -> Node:
    """The tree of the entries that agree with the path so far, from floor `depth` on."""
    if not entries:
        return NOTHING
    if depth == len(PARTS):
        levels = [level for _, level in entries if level is not None]
        if len(levels) < len(entries) or not levels:
            return NOTHING
        return Level(max(level.others for level in levels), max(level.own for level in levels))
    everywhere = [entry for entry in entries if entry[0][depth] == ANY]
    named: dict[str, list[tuple[Pattern, Level | None]]] = {}
    for entry in entries:
        if entry[0][depth] != ANY:
            named.setdefault(entry[0][depth], []).append(entry)
    default = _grow(everywhere, depth + 1)
    return _branch(default, ((code, _grow(mine + everywhere, depth + 1)) for code, mine in named.items()))


def _branch(default: Node, children: Iterable[tuple[str, Node]]) -> Node:
    """The canonical node: children that say nothing new are dropped, and a floor that tells nothing apart is skipped."""
    different = tuple(sorted((code, node) for code, node in children if node != default))
    if not different and isinstance(default, Level):
        return default
    return Branch(default, different)


def _combine(level: Callable[[Level, Level], Level], one: Node, other: Node) -> Node:
    """Both trees at once, `level` deciding at every point. A bare level stands for a whole uniform subtree."""
    if isinstance(one, Level) and isinstance(other, Level):
        return level(one, other)
    mine = one if isinstance(one, Branch) else Branch(one)
    theirs = other if isinstance(other, Branch) else Branch(other)
    left, right = dict(mine.children), dict(theirs.children)
    return _branch(
        _combine(level, mine.default, theirs.default),
        (
            (code, _combine(level, left.get(code, mine.default), right.get(code, theirs.default)))
            for code in left.keys() | right.keys()
        ),
    )


def _higher(one: Level, other: Level) -> Level:
    return Level(max(one.others, other.others), max(one.own, other.own))


def _lower(one: Level, other: Level) -> Level:
    return Level(min(one.others, other.others), min(one.own, other.own))


def _beyond(one: Level, other: Level) -> Level:
    return Level(
        one.others if one.others > other.others else NOT_AT_ALL,
        one.own if one.own > other.own else NOT_AT_ALL,
    )


def _told(
    node: Node, holds: Callable[[Level], bool], floors: int
) -> Iterator[tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]]:
    """Where it holds from this floor on: the rest of a pattern, and what of it is to be left out."""
    if isinstance(node, Level):
        if holds(node):
            yield (ANY,) * floors, ()
        return
    named = tuple((code, *(ANY,) * (floors - 1)) for code, _ in node.children)
    for rest, excepted in _told(node.default, holds, floors - 1):
        yield (ANY, *rest), (*named, *((ANY, *each) for each in excepted))
    for code, child in node.children:
        for rest, excepted in _told(child, holds, floors - 1):
            yield (code, *rest), tuple((code, *each) for each in excepted)


def _height(node: Node) -> int:
    if isinstance(node, Level):
        return 0
    return 1 + max(_height(child) for child in (node.default, *(child for _, child in node.children)))


def _levels(node: Node) -> Iterator[Level]:
    if isinstance(node, Level):
        yield node
    else:
        yield from _levels(node.default)
        for _, child in node.children:
            yield from _levels(child)


def _named(node: Node, depth: int) -> Iterator[tuple[int, str]]:
    if isinstance(node, Branch):
        for code, child in node.children:
            yield depth, code
            yield from _named(child, depth + 1)
        yield from _named(node.default, depth + 1)


EMPTY = Scope(NOTHING)
EVERYTHING = over(EVERYWHERE)
OWN_EVERYWHERE = scope_of([Grant(EVERYWHERE, Reach.OWN, None)])
