"""Maxima of condition records are used up order by order, each once, and never twice by two at once."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.database import models_open
from api.execution.command import command
from api.resolvers.condition_store import lookup_of
from api.resolvers.condition_uses import keep_uses, records_to_use
from domain.caller import Caller, UserKind
from domain.pricing.evaluation import price
from domain.pricing.values import (
    Access,
    AccessSequence,
    CalculationType,
    ConditionClass,
    ConditionTable,
    ConditionType,
    Customizing,
    KeyField,
    ManualCondition,
    PricingDocument,
    PricingItem,
    PricingProcedure,
    ProcedureStep,
)
from tests.contract.test_commands import fetch

DAY = date(2026, 6, 1)
CUSTOMIZING = Customizing(
    PricingProcedure("P", (ProcedureStep(10, 0, "PR00", manual=True), ProcedureStep(20, 0, "KA00", from_step=10))),
    {
        "PR00": ConditionType("PR00", ConditionClass.PRICE, CalculationType.FIXED_AMOUNT),
        "KA00": ConditionType("KA00", access_sequence="KA00"),
    },
    {"A009": ConditionTable("A009", (KeyField.SALES_ORGANIZATION,))},
    {"KA00": AccessSequence("KA00", (Access(10, "A009"),))},
)
LOOKUP = lookup_of("KA00", "A009", ("USED",))


def order(value: str) -> PricingDocument:
    item = PricingItem(10, Decimal(1), "PC", "PC", manual=(ManualCondition("PR00", Decimal(value), "CNY"),))
    return PricingDocument("CNY", DAY, DAY, (item,), {KeyField.SALES_ORGANIZATION: "USED"})


@pytest.fixture
def caller(database: str) -> Caller:
    """Somebody who is signed in."""
    ((user, session),) = fetch(
        database,
        """with s as (insert into sessions (user_id, kind, started_at, expires_at, address)
                      select id, 'SIGN_IN', now(), now() + interval '1 day', '' from users where username = 'clerk.1000' returning *)
           select user_id, id from s""",
    )
    return Caller(user, "clerk.1000", UserKind.EMPLOYEE, session, "en", "uses")


@pytest.fixture
def discount(database: str) -> Any:
    """Ten percent for all of an organization, with a maximum that the test says."""

    def made(**maxima: Any) -> None:
        columns = "".join(f", {name}" for name in maxima)
        values = "".join(f", {value}" for value in maxima.values())
        fetch(
            database,
            f"""insert into condition_records (number, version, condition_type, condition_table, lookup, sales_organization,
                    distribution_channel, division, valid_from, valid_to, release_status, rate, exclusion_indicator,
                    confidential, created_by, created_at{columns})
                values ('7', 1, 'KA00', 'A009', $1, 'USED', '*', '*', '2026-01-01', '9999-12-31', 'RELEASED', -10, false, false,
                    'ann', now(){values})""",
            LOOKUP,
        )

    yield made
    fetch(database, "delete from condition_records where number = '7'")
    fetch(database, "delete from condition_uses where record_number = '7'")


async def ordered(caller: Caller, document: str, value: str) -> Decimal:
    """Price an order and keep what it uses; the discount that it got."""
    async with command(caller, None, "order") as work:
        priced = price(order(value), CUSTOMIZING, await records_to_use(work, [LOOKUP], document))
        await keep_uses(work, document, priced.uses)
    return priced.net_value - Decimal(value)


def run(database: str, work: Any) -> Any:
    async def within() -> Any:
        async with models_open(database):
            return await work()

    return asyncio.run(within())


def test_what_is_left_of_a_value_is_granted_and_no_more(database: str, caller: Caller, discount: Any) -> None:
    discount(maximum_value=1000)

    async def orders() -> list[Decimal]:
        return [await ordered(caller, f"order {place}", value) for place, value in enumerate(("6000", "5000", "100"))]

    assert run(database, orders) == [Decimal(-600), Decimal(-400), Decimal(0)]


def test_an_order_that_is_priced_again_uses_only_what_it_uses_now(database: str, caller: Caller, discount: Any) -> None:
    discount(maximum_value=1000)

    async def orders() -> list[Decimal]:
        return [await ordered(caller, name, value) for name, value in (("a", "8000"), ("a", "3000"), ("b", "9000"))]

    assert run(database, orders) == [Decimal(-800), Decimal(-300), Decimal(-700)]


def test_of_many_orders_at_once_only_so_many_get_it(database: str, caller: Caller, discount: Any) -> None:
    discount(maximum_orders=3)

    async def orders() -> list[Decimal]:
        return await asyncio.gather(*(ordered(caller, f"order {place}", "100") for place in range(9)))

    assert sorted(run(database, orders)) == [Decimal(-10)] * 3 + [Decimal(0)] * 6
    assert fetch(database, "select count(*), sum(value) from condition_uses where record_number = '7'") == [(3, Decimal(30))]
