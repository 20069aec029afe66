"""Rows of every kind of access, in every cell, in a real PostgreSQL: where a scope's SQL is tried on.

A row's areas are a set of cells, kept as the bits of a number, so that *some* and *every* can be told without SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any

import asyncpg

from api.auth.predicates import Bindings, RowScope
from domain.areas import Area, Pattern, matches
from domain.scope import Level, Scope
from models.access import Access, Anywhere, OwnArea, OwnedByCustomer, OwnedByUser, OwnPattern, ThroughRows
from models.config import connection_settings

ME, SOMEBODY = 1, 2
MINE, MINE_TOO, THEIRS = 11, 12, 22
OWNERS = (  # sold-to customer, agent, user, and whether that is me
    (MINE, None, ME, True),
    (THEIRS, MINE_TOO, ME, True),
    (THEIRS, None, SOMEBODY, False),
    (None, None, None, False),
)

Decisions = Mapping[tuple[bool, Decimal | None], int]
"""For one's own records or others', and a measure: the cells in which it passes."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the cells it lies in, whether it is mine, what a limit compares."""

    id: int
    cells: int
    own: bool
    measure: Decimal | None


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows that lie somewhere, and belong to somebody, in one way."""

    name: str
    table: str
    access: Access
    rows: tuple[Row, ...]

    def some(self, scope: Scope, decisions: Decisions) -> list[int]:
        """The rows that lie in the scope with some cell. In a scope that is alike everywhere also those that lie nowhere."""
        nowhere = 1 if isinstance(scope.root, Level) else 0
        return [row.id for row in self.rows if (row.cells or nowhere) & decisions[row.own, row.measure]]

    def every(self, decisions: Decisions) -> list[int]:
        """The rows that lie in the scope with every cell, and with one at least."""
        return [row.id for row in self.rows if row.cells and not row.cells & ~decisions[row.own, row.measure]]


def kind_of(name: str, table: str, access: Access, rows: Iterable[Row]) -> Kind:
    """Rows as an access looks at them: nobody's where it knows no owner, without a measure where it compares none."""
    owned, measured = access.owner is not None, access.measure is not None
    seen = (Row(row.id, row.cells, row.own and owned, row.measure if measured else None) for row in rows)
    return Kind(name, table, access, tuple(seen))


class Ground:
    """The tables, under names that begin with `name`, over some cells."""

    def __init__(
        self, name: str, cells: Sequence[Area], patterns: Sequence[Pattern], measures: Sequence[Decimal | None], linked: int
    ) -> None:
        self.cells = tuple(cells)
        self.measures = tuple(measures)
        random = Random(name)
        sorts = tuple(product(OWNERS, measures))
        somewhere = [(area, sort) for area in cells for sort in sorts]
        patterned = [(pattern, random.choice(sorts)) for pattern in patterns for _ in range(3)]
        links = [(random.choice(sorts), random.sample(self.cells, random.choice((0, 1, 2, 2, 3, 5)))) for _ in range(linked)]
        pattern_links = [
            (random.choice(sorts), random.sample(list(patterns), random.choice((0, 1, 2, 3)))) for _ in range(linked)
        ]
        self._tables: dict[str, list[tuple[Any, ...]]] = {
            f"{name}_rows": [(id, *area, *owner[:3], measure) for id, (area, (owner, measure)) in enumerate(somewhere)],
            f"{name}_patterned": [
                (id, *pattern, *owner[:3], measure) for id, (pattern, (owner, measure)) in enumerate(patterned)
            ],
            f"{name}_linked": [(id, id % 2, *owner[:3], measure) for id, ((owner, measure), _) in enumerate(links)],
            f"{name}_links": [
                (id, company, *area)
                for id, (_, areas) in enumerate(links)
                for company, here in (
                    (id % 2, areas),
                    (1 - id % 2, random.sample(self.cells, 2)),
                )  # another company's do not count
                for area in here
            ],
            f"{name}_pattern_linked": [
                (id, id % 2, *owner[:3], measure) for id, ((owner, measure), _) in enumerate(pattern_links)
            ],
            f"{name}_pattern_links": [(id, id % 2, *area) for id, (_, areas) in enumerate(pattern_links) for area in areas],
        }
        by_customer = OwnedByCustomer(("customer_id", "agent_id"))
        link = (("row_id", "id"), ("company", "company"))
        in_cells = [self._row(id, self._bits([area]), sort) for id, (area, sort) in enumerate(somewhere)]
        in_patterns = [self._row(id, self._within([pattern]), sort) for id, (pattern, sort) in enumerate(patterned)]
        through = [self._row(id, self._bits(areas), sort) for id, (sort, areas) in enumerate(links)]
        through_patterns = [self._row(id, self._within(areas), sort) for id, (sort, areas) in enumerate(pattern_links)]
        anywhere = [self._row(id, (1 << len(self.cells)) - 1, sort) for id, (_, sort) in enumerate(patterned)]
        columns = ("organization", "channel", "division")
        self.kinds = tuple(
            kind_of(kind, f"{name}_{table}", Access("o", areas, owner, measure=measure), rows)
            for kind, table, areas, owner, measure, rows in (
                ("own columns, customers' rows", "rows", OwnArea(columns), by_customer, "measure", in_cells),
                ("own columns, nobody's rows", "rows", OwnArea(columns), None, "measure", in_cells),
                ("own columns, no measure", "rows", OwnArea(columns), by_customer, None, in_cells),
                (
                    "own pattern, a user's rows",
                    "patterned",
                    OwnPattern(columns),
                    OwnedByUser("user_id"),
                    "measure",
                    in_patterns,
                ),
                ("through rows", "linked", ThroughRows(f"{name}_links", link), by_customer, "measure", through),
                (
                    "through patterns",
                    "pattern_linked",
                    ThroughRows(f"{name}_pattern_links", link, patterns=True),
                    OwnedByUser("user_id"),
                    "measure",
                    through_patterns,
                ),
                ("anywhere", "patterned", Anywhere(), by_customer, "measure", anywhere),
            )
        )

    def decisions(self, scope: Scope) -> Decisions:
        """What the scope says in every cell, asked one by one."""
        levels = [(1 << place, scope.level(cell)) for place, cell in enumerate(self.cells)]
        return {
            (own, measure): sum(bit for bit, level in levels if level.allows(own, measure))
            for own in (False, True)
            for measure in {*self.measures, None}
        }

    def tables(self) -> Iterator[tuple[str, str, list[tuple[Any, ...]]]]:
        """Each table: its name, its columns, its rows."""
        for table, rows in self._tables.items():
            if table.endswith("links"):
                yield table, LINK_COLUMNS, rows
            elif table.endswith("linked"):
                yield table, LINKED_COLUMNS, rows
            else:
                yield table, ROW_COLUMNS, rows

    def _bits(self, areas: Iterable[Area]) -> int:
        return sum(1 << self.cells.index(area) for area in areas)

    def _within(self, patterns: Iterable[Pattern]) -> int:
        given = tuple(patterns)
        return sum(1 << place for place, cell in enumerate(self.cells) if any(matches(pattern, cell) for pattern in given))

    @staticmethod
    def _row(id: int, cells: int, sort: tuple[tuple[Any, ...], Decimal | None]) -> Row:
        owner, measure = sort
        return Row(id, cells, owner[3], measure)


OWNER_COLUMNS = "customer_id bigint, agent_id bigint, user_id bigint, measure numeric"
ROW_COLUMNS = f"id bigint, organization text, channel text, division text, {OWNER_COLUMNS}"
LINKED_COLUMNS = f"id bigint, company int, {OWNER_COLUMNS}"
LINK_COLUMNS = "row_id bigint, company int, sales_organization text, distribution_channel text, division text"


class Field:
    """A database with the tables of some grounds, and one connection to it."""

    def __init__(self, runner: asyncio.Runner, connection: asyncpg.Connection) -> None:
        self._runner = runner
        self._connection = connection

    def lay(self, ground: Ground) -> Ground:
        """Make the ground's tables."""
        self._runner.run(self._lay(ground))
        return ground

    def found(self, ground: Ground, scope: Scope) -> dict[tuple[str, str], list[int]]:
        """The rows that the scope's SQL finds, by kind and question, all in one statement."""
        bindings = Bindings()
        parts: dict[tuple[str, str], str] = {}
        for kind in ground.kinds:
            rows = RowScope(kind.access, "t", scope, ME)
            for question, condition in (("some", rows.some(bindings)), ("every", rows.every(bindings))):
                parts[kind.name, question] = f"array(select t.id from {kind.table} t where {condition} order by t.id)"
        row = self._runner.run(self._connection.fetchrow(f"select {', '.join(parts.values())}", *bindings.values))
        assert row is not None
        return dict(zip(parts, row.values(), strict=True))

    async def _lay(self, ground: Ground) -> None:
        for table, columns, rows in ground.tables():
            await self._connection.execute(f"create table {table} ({columns})")
            await self._connection.copy_records_to_table(table, records=rows)
            await self._connection.execute(f"create index on {table} ({columns.split()[0]}); analyze {table}")


@contextmanager
def field_at(url: str) -> Iterator[Field]:
    """An empty field in a database of its own, with who speaks for which customer."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(**connection_settings(url), statement_cache_size=0))
        try:
            runner.run(connection.execute("create table user_customers (user_id bigint, customer_id bigint)"))
            bound = [(ME, MINE), (ME, MINE_TOO), (SOMEBODY, THEIRS)]
            runner.run(connection.copy_records_to_table("user_customers", records=bound))
            yield Field(runner, connection)
        finally:
            runner.run(connection.close())
