"""What holds for any procedure, any records and any document: the engine agrees with a naive evaluation, row by row."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from domain.errors import Refused
from domain.pricing.evaluation import net_prices, price
from domain.pricing.prepared import prepared
from domain.pricing.rounding import rounded
from domain.pricing.rows import Currency
from domain.pricing.units import converted
from domain.pricing.values import CalculationType, ConditionRow, NetPrice, PricedDocument
from tests.conftest import LONG
from tests.domain.pricing.naive import Naive, NaiveLine, shown
from tests.domain.pricing.random_documents import Chance

DOCUMENTS = 100_000 if LONG else 1_000
PARTS = 20


def row_of(row: ConditionRow) -> tuple[Any, ...]:
    return (
        row.step,
        row.counter,
        row.condition_type,
        None if row.base is None else row.base.amount,
        None if row.rate is None else row.rate.amount,
        None if row.value is None else row.value.amount,
        row.inactive_reason,
        row.origin,
        row.record.id if row.record else None,
        [access.outcome.name for access in row.accesses],
        row.header,
        row.interval,
    )


def naive_rows(line: NaiveLine) -> list[tuple[Any, ...]]:
    found = []
    for row in line.rows:
        reached = row.interval is None or row.base is not None
        if not reached:
            continue
        exact = row.type is not None
        found.append(
            (
                row.step.step,
                row.step.counter,
                row.type.code if row.type else None,
                shown(row.base) if exact and row.base is not None and row.terms is not None else None,
                None if row.rate is None or row.terms == "formula" else Decimal(row.rate.numerator) / row.rate.denominator,
                None if row.value is None else Decimal(row.value.numerator) / row.value.denominator,
                row.forever or row.now,
                row.origin,
                row.record.id if row.record else None,
                row.outcomes if row.main is None else [],
                row.header is not None,
                row.interval,
            )
        )
    return found


def priced(chance: Chance) -> PricedDocument | None:
    """The document priced; None where it is refused: a header condition without a base, an interval scale changed by hand."""
    try:
        return price(chance.document, chance.customizing, chance.records)
    except Refused as refused:
        if {each.reason for each in refused.refusals} <= {"HEADER_WITHOUT_BASE", "INTERVAL_EXCLUDES"}:
            return None
        raise


@pytest.mark.parametrize("part", range(PARTS))
def test_each_row_is_what_a_naive_evaluation_gives(part: int) -> None:
    for seed in range(part, DOCUMENTS, PARTS):
        chance = Chance(seed)
        document = priced(chance)
        if document is None:
            continue
        naive = Naive(chance.document, chance.customizing, chance.records)
        for item, line in zip(document.items, naive.lines, strict=True):
            assert [row_of(row) for row in item.rows] == naive_rows(line), f"seed {seed}, line {item.line_number}"
            net, tax = naive.totals(line)
            assert (Fraction(item.net_value), Fraction(item.tax_amount)) == (net, tax), f"seed {seed}"


@pytest.mark.parametrize("part", range(PARTS))
def test_the_order_of_the_items_changes_no_value(part: int) -> None:
    for seed in range(part, DOCUMENTS // 4, PARTS):
        chance = Chance(seed)
        document = priced(chance)
        chance.document = replace(chance.document, items=chance.document.items[::-1])
        turned = priced(chance)
        assert (document is None) is (turned is None)
        if document is not None and turned is not None:
            one, other = ([replace(item, missing=()) for item in each.items] for each in (document, turned))
            assert one == other[::-1], f"seed {seed}"
            assert [len(item.missing) for item in document.items] == [len(item.missing) for item in turned.items[::-1]]
            assert document.net_value == turned.net_value


@pytest.mark.parametrize("part", range(PARTS))
def test_items_priced_apart_are_priced_as_if_alone(part: int) -> None:
    for seed in range(part, DOCUMENTS // 4, PARTS):
        chance = Chance(seed)
        items = chance.document.items
        try:
            alone = [
                price(replace(chance.document, items=(each,)), chance.customizing, chance.records).items[0] for each in items
            ]
        except Refused:
            continue
        apart = net_prices(chance.document, chance.customizing, chance.records)
        told = [
            NetPrice(each.net_value, next((row.per for row in each.rows if row.is_active and row.per), None), not each.missing)
            for each in alone
        ]
        assert list(apart) == told, f"seed {seed}"


@pytest.mark.parametrize("part", range(PARTS))
def test_the_parts_of_a_header_amount_sum_to_it(part: int) -> None:
    """Whatever currency and rounding, to the last minor unit, wherever any item takes part."""
    for seed in range(part, DOCUMENTS // 4, PARTS):
        chance = Chance(seed)
        document = priced(chance)
        if document is None:
            continue
        for entry in chance.document.header_conditions:
            kind = chance.customizing.condition_types[entry.condition_type]
            rows = [row for item in document.items for row in item.rows if row.header and row.condition_type == kind.code]
            formulas = {step.value_formula for step in chance.customizing.procedure.steps if step.condition_type == kind.code}
            parts = [row.value.amount for row in rows if row.is_active and row.value is not None]
            if kind.group and kind.calculation is CalculationType.FIXED_AMOUNT and formulas == {None} and parts:
                currency = Currency(prepared(chance.customizing), chance.document)
                exchange = currency.rate_of(entry.currency)
                assert exchange is not None
                whole = rounded(converted(entry.rate, exchange), currency.unit, kind.rounding)
                assert sum(parts) == whole, f"seed {seed}, {kind.code}"
