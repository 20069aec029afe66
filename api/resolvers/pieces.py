"""The customizing of pricing as it is kept, piece by piece, and put together for one procedure. Nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from cachetools import LRUCache
from pydantic import TypeAdapter

from api.auth.predicates import Bindings
from api.execution.reads import Reads
from api.resolvers.condition_store import Fetch
from domain.pricing.kinds import PIECES, CustomizingKind
from domain.pricing.values import Customizing, ExchangeRate, PricingProcedure

Kind = CustomizingKind
STAMP = """(select coalesce(max(id), 0) || '/' || coalesce(extract(epoch from max(until)), 0) from pricing_customizing)
           || '/' || (select coalesce(max(id), 0) from exchange_rates)"""
"""SQL that tells states of the customizing apart: nothing of it is ever overwritten."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of customizing with its titles; `value` is one of `PIECES`."""

    kind: CustomizingKind
    code: str
    version: int
    title: str
    title_zh: str
    value: Any


@dataclass(frozen=True)
class Pieces:
    """All customizing as it was at one moment."""

    by_kind: Mapping[CustomizingKind, Mapping[str, Piece]]
    exchange_rates: tuple[ExchangeRate, ...]
    _customizing: dict[str, Customizing] = field(default_factory=dict)

    def of(self, kind: CustomizingKind) -> Mapping[str, Piece]:
        """The pieces of a kind, by code."""
        return self.by_kind.get(kind, {})

    def values(self, kind: CustomizingKind) -> dict[str, Any]:
        """The values of a kind, by code."""
        return {code: piece.value for code, piece in self.of(kind).items()}

    def with_piece(self, piece: Piece) -> Pieces:
        """The same with a piece that is new or says something else."""
        changed = {**self.by_kind, piece.kind: {**self.of(piece.kind), piece.code: piece}}
        return Pieces(changed, self.exchange_rates)

    def without(self, kind: CustomizingKind, code: str) -> Pieces:
        """The same without a piece."""
        rest = {each: piece for each, piece in self.of(kind).items() if each != code}
        return Pieces({**self.by_kind, kind: rest}, self.exchange_rates)

    def customizing(self, procedure: str) -> Customizing:
        """All that pricing by a procedure needs, put together once."""
        if procedure not in self._customizing:
            self._customizing[procedure] = self.customizing_for(self.of(Kind.PROCEDURE)[procedure].value)
        return self._customizing[procedure]

    def customizing_for(self, procedure: PricingProcedure) -> Customizing:
        """The same for a procedure that is not kept yet."""
        currencies = self.values(Kind.CURRENCY).values()
        return Customizing(
            procedure=procedure,
            condition_types=self.values(Kind.CONDITION_TYPE),
            tables=self.values(Kind.CONDITION_TABLE),
            access_sequences=self.values(Kind.ACCESS_SEQUENCE),
            exclusion_groups={
                each.code: frozenset(each.condition_types) for each in self.values(Kind.EXCLUSION_GROUP).values()
            },
            exchange_rates=self.exchange_rates,
            units=self.values(Kind.UNIT),
            rounding_units={each.code: each.rounding_unit for each in currencies if each.rounding_unit is not None},
            cash_units={each.code: each.cash_unit for each in currencies if each.cash_unit is not None},
        )


_KNOWN: LRUCache[str, Pieces] = LRUCache(maxsize=4)


def forget_customizing() -> None:
    """Forget what was read, as another database may follow."""
    _KNOWN.clear()


async def pieces_now(fetch: Fetch, stamp: str | None = None) -> Pieces:
    """All customizing that holds now; `stamp` is what `STAMP` gave in the same snapshot, if it was asked there."""
    if stamp is None:
        stamp = (await fetch(f"select {STAMP} as stamp", []))[0]["stamp"]
    if stamp not in _KNOWN:
        _KNOWN[stamp] = await _read(fetch, "until is null", "true", [])
    return _KNOWN[stamp]


async def pieces_at(fetch: Fetch, moment: datetime) -> Pieces:
    """All customizing that held at a moment."""
    return await _read(fetch, "since <= $1 and (until is null or until > $1)", "created_at <= $1", [moment])


async def _read(fetch: Fetch, held: str, known: str, values: list[Any]) -> Pieces:
    found: dict[CustomizingKind, dict[str, Piece]] = {}
    for row in await fetch(f"select * from pricing_customizing where {held} order by kind, code", values):
        kind = CustomizingKind(row["kind"])
        value = CODECS[PIECES[kind]].validate_json(row["content"])
        found.setdefault(kind, {})[row["code"]] = Piece(kind, row["code"], row["version"], row["title"], row["title_zh"], value)
    rates = await fetch(f"select * from exchange_rates where {known} order by valid_from", values)
    return Pieces(
        found,
        tuple(ExchangeRate(r["from_currency"], r["to_currency"], r["valid_from"], Fraction(r["rate"])) for r in rates),
    )


def fetch_in(connection: Any) -> Fetch:
    """How statements are asked on a connection."""

    async def fetch(sql: str, values: list[Any]) -> list[Any]:
        return list(await connection.fetch(sql, *values))

    return fetch


def fetch_by(reads: Reads) -> Fetch:
    """How statements are asked in a snapshot."""

    async def fetch(sql: str, values: list[Any]) -> list[Any]:
        return await reads.fetch(sql, Bindings(values))

    return fetch


CODECS: Mapping[type[Any], TypeAdapter[Any]] = {type_: TypeAdapter(type_) for type_ in PIECES.values()}
"""How a piece is written down and read again, exactly."""


def written(value: Any) -> str:
    """A piece of customizing as it is kept."""
    return CODECS[type(value)].dump_json(value, exclude_defaults=True).decode()
