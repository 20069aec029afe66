"""The taxes of what is billed: those that hold on the day that counts for them, where copy control determines them anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from api.execution.command import Work
from api.resolvers.billing_due import Due
from api.resolvers.condition_store import lookup_of, records_under
from api.resolvers.orders_content import content
from api.resolvers.pieces import Kind, Pieces, fetch_in
from domain.errors import Refusal, refuse_if_any
from domain.orders.billing import net_of
from domain.orders.copy_control import copy_rule
from domain.pricing.accesses import record_on
from domain.pricing.currencies import minor_unit
from domain.pricing.values import ConditionRecord, ConditionType, PricingDate, PricingType

ZERO = Decimal(0)
KEPT = """
    select c.item_id, c.condition_type, c.rate, r.lookup
    from sales_item_conditions c left join condition_records r on r.id = c.record_id
    where c.item_id = any($1) and c.condition_type = any($2) and c.rate_unit = '%' and c.replaced_at is null
      and c.inactive_reason is null and not c.statistical"""
"""What items were taxed with, and under which key the record of it was found."""


@dataclass(frozen=True, slots=True)
class Taxed:
    """What an item comes to without its taxes, and the rate of them all in percent."""

    net: Decimal
    rate: Decimal


async def taxed_anew(work: Work, pieces: Pieces, due: Sequence[Due], day: date) -> Mapping[str, Taxed]:
    """Of the items whose taxes are others than they were ordered with, by their keys, what they come to on a day.

    Raises Refused (BILLING_TAX) where no record holds then under the key that one was found under.
    """
    wanted = [each for each in due if _redetermines(each)]
    if not wanted:
        return {}
    types = {code: kind for code, kind in pieces.values(Kind.CONDITION_TYPE).items() if kind.is_tax}
    by_item, holding = await _kept(work, wanted, types, day)
    found, refusals = {}, []
    for each in wanted:
        rates = {row["condition_type"]: holding.rate(each, row) for row in by_item.get(each.item.id, ())}
        values = {"line": each.item.line_number, "day": day.isoformat()}
        refusals += [Refusal("BILLING_TAX", each.path, {**values, "type": tax}) for tax, rate in rates.items() if rate is None]
        rate = sum((rate for rate in rates.values() if rate is not None), ZERO)
        if rates and rate != each.item.tax_rate:
            found[each.key] = Taxed(_net(pieces, each, rate), rate)
    refuse_if_any(tuple(refusals))
    return found


def _redetermines(due: Due) -> bool:
    source = due.delivery.delivery_type if due.delivery else due.document.order_type
    rule = copy_rule(content().copy_rules, source, due.type.code)
    return rule is not None and rule.pricing is PricingType.REDETERMINE_TAXES


@dataclass(frozen=True, slots=True)
class _Holding:
    """The tax records that may hold, by what they are found by, and the day of the bill."""

    records: Mapping[str, Sequence[ConditionRecord]]
    types: Mapping[str, ConditionType]
    day: date

    def rate(self, due: Due, row: Mapping[str, Any]) -> Decimal | None:
        """The rate of a tax: of the record that holds on its day, or as it was entered; None where no record does."""
        if row["lookup"] is None:
            return Decimal(row["rate"])
        rendered = self.types[row["condition_type"]].dated_by is PricingDate.SERVICES_RENDERED
        left = due.delivery.goods_issue_date if rendered and due.delivery is not None else None
        record, _, _ = record_on(self.records.get(row["lookup"], ()), left or self.day)
        return None if record is None else record.rate


async def _kept(
    work: Work, due: Sequence[Due], types: Mapping[str, ConditionType], day: date
) -> tuple[Mapping[int, Sequence[Mapping[str, Any]]], _Holding]:
    """What items were taxed with, by their keys, and all records under the same keys."""
    fetch = fetch_in(work.connection)
    by_item: dict[int, list[Mapping[str, Any]]] = {}
    for row in await fetch(KEPT, [[each.item.id for each in due], list(types)]):
        by_item.setdefault(row["item_id"], []).append(row)
    lookups = {row["lookup"] for rows in by_item.values() for row in rows if row["lookup"] is not None}
    records: dict[str, list[ConditionRecord]] = {}
    for record in await records_under(fetch, sorted(lookups)) if lookups else ():
        records.setdefault(lookup_of(record.condition_type, record.table, record.key), []).append(record)
    return by_item, _Holding(records, types, day)


def _net(pieces: Pieces, due: Due, rate: Decimal) -> Decimal:
    """Where prices contain the tax they stay, and the net changes."""
    included = pieces.of(Kind.PROCEDURE)[due.document.pricing_procedure].value.tax_included
    return net_of(due.item.gross_value, rate, minor_unit(due.document.currency)) if included else due.item.net_value
