"""The prices of a sales document: worked out by the rules, kept with every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from api.execution.command import Work
from api.resolvers.condition_store import lookups_of
from api.resolvers.condition_uses import records_to_use
from api.resolvers.document_free_goods import free_within, give_free_goods
from api.resolvers.drafts import Draft, Line
from api.resolvers.kept_conditions import written_search
from api.resolvers.orders_content import GROUP_CURRENCY, content
from api.resolvers.pieces import Pieces, fetch_in, pieces_now
from api.resolvers.pricing import INTERNAL, document_of, item_of, procedure_of, rate_of_costs, rights_of_steps
from domain.areas import text_of
from domain.customer import PartnerFunction
from domain.errors import Invalid
from domain.pricing.accesses import keys_wanted
from domain.pricing.currencies import exchange_rate, minor_unit
from domain.pricing.evaluation import price
from domain.pricing.rounding import rounded
from domain.pricing.units import converted
from domain.pricing.values import (
    PERCENT_SIGN,
    ConditionClass,
    Customizing,
    PricedItem,
    PricingType,
    RecordUse,
    Subtotal,
)
from models.sales_document import SalesItem

ZERO, HUNDRED = Decimal(0), Decimal(100)
PERCENT_PLACES = Decimal("0.0001")
MOST_PERCENT = Decimal("99999.9999")
"""What a document tells of a percentage beyond: of a price by hand, a discount may be many times the list price."""


async def price_draft(work: Work, draft: Draft) -> tuple[RecordUse, ...]:
    """Price all lines that are kept; what each comes to is set in its row, and the sums in the document.

    Lines copied from another document are priced by the rule of copying, apart from the others. Raises Refused, Invalid.
    """
    fetch = fetch_in(work.connection)
    pieces = await pieces_now(fetch, draft.parts.header["stamp"])
    document = draft.document
    own = draft.parts.header["customer_procedure"]
    customizing = pieces.customizing(procedure_of(pieces, text_of(document.area), document.order_type, own))
    document.pricing_procedure = customizing.procedure.code
    uses: list[RecordUse] = []
    for pricing_type in dict.fromkeys(line.row.priced_as for line in _priced_lines(draft)):
        lines = [line for line in _priced_lines(draft) if line.row.priced_as is pricing_type]
        uses += await _price(work, draft, lines, customizing, pricing_type)
    _sum_up(draft, pieces, customizing)
    return tuple(uses)


def _priced_lines(draft: Draft) -> list[Line]:
    return [line for line in draft.kept if line.category.priced]


async def _price(
    work: Work, draft: Draft, lines: list[Line], customizing: Customizing, pricing_type: PricingType
) -> tuple[RecordUse, ...]:
    document, header = draft.document, pricing_header(draft)
    rate = rate_of_costs(header, customizing, document.pricing_date)
    items = tuple(
        replace(
            item_of(_with_plant(draft, line), line.row.line_number, line.row.quantities.kept, line.row.unit, rate, line.manual),
            copied=line.copied,
            free_quantity=free_within(line.row),
        )
        for line in lines
    )
    rendered = document.requested_delivery_date or document.pricing_date
    asked = document_of(header, draft.parts.area, items, document.pricing_date, rendered)
    whole = replace(asked, pricing_type=pricing_type, header_conditions=draft.manual if pricing_type is PricingType.NEW else ())
    records = await records_to_use(work, lookups_of(keys_wanted(whole, customizing)), None if draft.is_new else document.number)
    if draft.finds_free_goods(pricing_type) and await give_free_goods(work, draft, lines, whole, customizing, records):
        items = tuple(
            replace(item, quantity=line.row.quantities.kept, free_quantity=free_within(line.row))
            for line, item in zip(lines, whole.items, strict=True)
        )
        whole = replace(whole, items=items)
    priced = price(whole, customizing, records)
    for line, item in zip(lines, priced.items, strict=True):
        line.priced = item
        _set_figures(line.row, item, customizing)
    return priced.uses


def pricing_header(draft: Draft) -> Mapping[str, Any]:
    """The header's row as pricing reads it: with the document's own terms, and the partners that were chosen for it."""
    document, by_id = draft.document, {(each.function, each.id): each for each in draft.parts.partners}
    ship_to = by_id.get((PartnerFunction.SHIP_TO, document.ship_to_id))
    payer = by_id.get((PartnerFunction.PAYER, document.payer_id))
    changed: dict[str, Any] = {
        "currency": document.currency,
        "incoterms": document.incoterms,
        "payment_terms": document.payment_terms,
        "shipping_condition": document.shipping_condition,
    }
    if ship_to is not None:
        changed |= {"ship_to_country": ship_to.country, "ship_to_tax_number": ship_to.tax_number}
        changed["ship_to_tax_class"] = ship_to.tax_class
    if payer is not None:
        changed |= {"payer_tax_number": payer.tax_number, "payer_tax_class": payer.tax_class}
    return {**draft.parts.header, **changed}


def _with_plant(draft: Draft, line: Line) -> Mapping[str, Any]:
    row = draft.parts.materials[line.row.material_id]
    return row if line.row.plant is None else {**row, "plant": line.row.plant}


def _set_figures(row: SalesItem, item: PricedItem, customizing: Customizing) -> None:
    """What a line comes to; without a price, where something required was not found."""
    row.net_price = None if item.missing else item.net_price
    row.net_value, row.tax_amount, row.gross_value = item.net_value, item.tax_amount, item.gross_value
    row.cost = item.subtotals.get(Subtotal.COST) or None
    row.credit_value = item.subtotals.get(Subtotal.CREDIT_PRICE)
    row.tax_rate = _tax_rate(item, customizing)
    if content().item_categories[row.item_category].by_value:
        row.target_value = item.net_value


def _tax_rate(item: PricedItem, customizing: Customizing) -> Decimal | None:
    """The percentage of taxes that counts for a line, all of them together; None where none was found."""
    types = customizing.condition_types
    rates = [
        row.rate.amount
        for row in item.rows
        if row.condition_type is not None and row.rate is not None and row.inactive_reason is None and not row.statistical
        if types[row.condition_type].is_tax and row.rate.unit == PERCENT_SIGN
    ]
    return sum(rates, ZERO) if rates else None


def _discounts(draft: Draft, customizing: Customizing) -> Decimal:
    """What is taken off the prices of all lines: discounts less surcharges; freight and taxes are neither."""
    types = customizing.condition_types
    return -sum(
        (
            row.value.amount
            for line in draft.kept
            for row in (line.priced.rows if line.priced else ())
            if row.condition_type is not None and row.value is not None and row.inactive_reason is None and not row.statistical
            if types[row.condition_type].condition_class is ConditionClass.DISCOUNT_OR_SURCHARGE
        ),
        ZERO,
    )


def _sum_up(draft: Draft, pieces: Pieces, customizing: Customizing) -> None:
    document, rows = draft.document, [line.row for line in draft.kept]
    for name in ("net_value", "tax_amount", "gross_value"):
        setattr(document, name, sum((getattr(row, name) for row in rows), ZERO))
    costs = [row.cost for row in rows if row.cost is not None]
    document.cost = sum(costs, ZERO) if costs else None
    gross = sum((line.priced.subtotals.get(Subtotal.GROSS, ZERO) for line in draft.kept if line.priced), ZERO)
    document.discount_percent = _percent(_discounts(draft, customizing), gross)
    document.margin_percent = (
        None if document.cost is None else _percent(document.net_value - document.cost, document.net_value)
    )
    document.group_value = in_group_currency(pieces, document.net_value, document.currency, draft)


def _percent(part: Decimal, whole: Decimal) -> Decimal | None:
    if not whole:
        return None
    return max(-MOST_PERCENT, min(rounded(part / whole * HUNDRED, PERCENT_PLACES), MOST_PERCENT))


def in_group_currency(pieces: Pieces, amount: Decimal, currency: str, draft: Draft) -> Decimal:
    """An amount in the currency that limits and approvals compare. Raises Invalid (PAYMENT_RATE) without a rate."""
    day = draft.document.pricing_date
    rate = exchange_rate(pieces.exchange_rates, currency, GROUP_CURRENCY, day)
    if rate is None:
        raise Invalid.because("PAYMENT_RATE", "pricingDate", currency=currency, other=GROUP_CURRENCY, day=day.isoformat())
    return rounded(converted(amount, rate), minor_unit(GROUP_CURRENCY))


# ------------------------------------------------------------------------------------------------------- what is kept


class KeptRow(NamedTuple):
    """A row of a price as it is kept: the columns of `ItemCondition` that it fills, with values as the driver takes them."""

    item_id: int
    position: int
    needs: str
    since: datetime
    step: int
    counter: int
    condition_type: str | None
    description: str
    currency: str
    statistical: bool
    inactive_reason: str | None
    origin: str
    header: bool
    supplement: bool
    interval: int | None
    rounding_difference: Decimal
    record_id: int | None
    value: Decimal | None
    searched: str
    base: Decimal | None
    base_unit: str | None
    rate: Decimal | None
    rate_unit: str | None
    per: Decimal | None
    per_unit: str | None
    scale_base: Decimal | None
    scale_base_unit: str | None


NO_AMOUNT = (None, None)


def conditions_of(work: Work, draft: Draft, customizing: Customizing, ids: Mapping[int, int]) -> Iterator[KeptRow]:
    """The rows of all priced lines as they are kept, each with the right that it needs; `ids` are the items' keys by line."""
    rights, currency = rights_of_steps(customizing), draft.document.currency
    descriptions = {(each.step, each.counter): each.description for each in customizing.procedure.steps}
    needs = {place: _needs(draft, rights.get(place, frozenset())) for place in descriptions}
    for line in draft.kept:
        item = ids[line.row.line_number]
        for position, row in enumerate(line.priced.rows if line.priced else ()):
            place = row.step, row.counter
            base, base_unit = row.base or NO_AMOUNT
            rate, rate_unit = row.rate or NO_AMOUNT
            per, per_unit = row.per or NO_AMOUNT
            scale_base, scale_base_unit = row.scale_base or NO_AMOUNT
            yield KeptRow(
                item_id=item,
                position=position,
                needs=needs[place],
                since=work.now,
                step=row.step,
                counter=row.counter,
                condition_type=row.condition_type,
                description=descriptions[place],
                currency=currency,
                statistical=row.statistical,
                inactive_reason=None if row.inactive_reason is None else row.inactive_reason.value,
                origin=row.origin.value,
                header=row.header,
                supplement=row.supplement,
                interval=row.interval,
                rounding_difference=row.rounding_difference,
                record_id=None if row.record is None else int(row.record.id),
                value=None if row.value is None else row.value.amount,
                searched=written_search(row.search),
                base=base,
                base_unit=base_unit,
                rate=rate,
                rate_unit=rate_unit,
                per=per,
                per_unit=per_unit,
                scale_base=scale_base,
                scale_base_unit=scale_base_unit,
            )


def _needs(draft: Draft, rights: frozenset[str]) -> str:
    """The one right that a row's figures need beside the document's own: what is kept in the house goes before cost."""
    own: str = type(draft.document).access.object  # type: ignore[attr-defined]  # a category's model is guarded
    return INTERNAL if INTERNAL in rights else next(iter(sorted(rights)), own)
