"""Document flow: links from a document to what it follows, and which documents belong to each other's flow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from api.execution.command import Work
from domain.orders.copy_control import QuantityEffect
from models.document_flow import DocumentLink

SALES, DELIVERY, MOVEMENT, BILLING, PAYMENT = "SALES", "DELIVERY", "MOVEMENT", "BILLING", "PAYMENT"
"""The kinds of documents by their tables."""

JOINED = """
    with pairs as (
        select * from unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[]) as p (before_kind, before_id, kind, id)
    ), ancestors as (
        select p.kind, p.id, m.kind as before_kind, m.document_id as before_id, min(m.id) as place
        from pairs p join document_flow_members m on m.root_kind = p.before_kind and m.root_id = p.before_id
        where m.before or (m.kind, m.document_id) = (p.before_kind, p.before_id)
        group by 1, 2, 3, 4
    )
    insert into document_flow_members (root_kind, root_id, kind, document_id, before)
    select kind, id, before_kind, before_id, true from (select * from ancestors order by place) in_order
    union all
    select distinct kind, id, kind, id, false from pairs
    union all
    select before_kind, before_id, kind, id, false from ancestors
    on conflict do nothing"""
ALONE = """insert into document_flow_members (root_kind, root_id, kind, document_id, before)
    select $1, id, $1, id, false from unnest($2::bigint[]) as d (id)"""

ENDED = "delete from document_flow_members where (root_kind, root_id, kind, document_id) = ($1, $2, $1, $2)"


@dataclass(frozen=True, slots=True)
class Point:
    """A document, or a line of one."""

    kind: str
    id: int
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """That one point follows another, and how much of it: in the predecessor's unit, of which value."""

    before: Point
    after: Point
    effect: QuantityEffect = QuantityEffect.NONE
    quantity: Decimal | None = None
    unit: str | None = None
    value: Decimal | None = None
    currency: str | None = None


async def begin_flow(work: Work, kind: str, ids: Sequence[int]) -> None:
    """Documents that follow nothing."""
    await work.connection.execute(ALONE, kind, list(ids))


async def end_flow(work: Work, kind: str, id: int) -> None:
    """Take back `begin_flow` of a document that follows others after all: it comes after them."""
    await work.connection.execute(ENDED, kind, id)


async def join_flow(work: Work, links: Iterable[Followed]) -> None:
    """Keep that documents follow others, with all that goes before these. Those that are followed are in a flow already."""
    every = list(links)
    for each in every:
        await work.add(
            DocumentLink(
                predecessor_kind=each.before.kind,
                predecessor_id=each.before.id,
                predecessor_line=each.before.line,
                successor_kind=each.after.kind,
                successor_id=each.after.id,
                successor_line=each.after.line,
                effect=each.effect,
                quantity=each.quantity,
                unit=each.unit,
                value=each.value,
                currency=each.currency,
                created_at=work.now,
            )
        )
    pairs = list(dict.fromkeys((each.before.kind, each.before.id, each.after.kind, each.after.id) for each in every))
    if pairs:
        await work.connection.execute(JOINED, *([pair[place] for pair in pairs] for place in range(4)))
