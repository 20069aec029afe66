"""The past as it really was: what was read at each moment is read again as of that moment, and what was done is told."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from typing import Any

import pytest

from api.auth.authority import Authority, current
from api.execution import global_id
from api.execution.mapping import Column, mapping_of_definition
from api.schema.root import schema
from api.schema.scalars import write_instant
from domain.areas import Area
from domain.caller import Caller
from models import Customer
from models.history import PARTS_OF
from tests.execution.conftest import OF_CUSTOMERS, House, live_on

SHOWN = """
    number name phone customerType onboardingStatus version deletionFlag orderBlock masked
    address { city country } bankAccounts { id bankName accountNumber holder }
    companyCodeViews { companyCode { code } blocked tradingPartner paymentTerms { code } }
    salesAreaViews { salesArea { code } priceList orderBlock partners { function customer { number name } } }
    qualificationDocuments { id documentType reviewStatus reviewReason validTo version }
"""
NOW = f"query ($id: ID) {{ customer(id: $id) {{ {SHOWN} }} }}"
THEN = f"query ($id: ID, $at: DateTime) {{ customer(id: $id, asOf: $at) {{ {SHOWN} viewerCan }} }}"
BOTH = f"query ($id: ID, $a: DateTime, $b: DateTime) {{ a: customer(id: $id, asOf: $a) {{ {SHOWN} }} b: customer(id: $id, asOf: $b) {{ {SHOWN} }} }}"


def caller(house: House, name: str) -> Caller:
    """One of the users, signed in."""
    return next(each for each in house.callers if each.username == name)


def read(house: House, text: str, variables: dict[str, Any], user: Caller, *, planned: bool = True) -> dict[str, Any]:
    """An answer's data."""
    answer, was_planned = house.ask(house.planned if planned else house.reference, text, variables, user)
    assert "errors" not in dict(answer), answer
    assert was_planned is planned
    return dict(dict(answer)["data"])


def now() -> str:
    return write_instant(datetime.now(timezone.utc))


def test_what_was_seen_at_a_moment_is_seen_as_of_it(house: House) -> None:
    auditor, chance = caller(house, "auditor"), random.Random(3)
    customers = house.runner.run(_customers())
    seen: list[tuple[str, str, Any]] = []
    for _ in range(5):
        moment = now()
        for customer in customers:
            id = global_id.encode("Customer", customer.id)
            seen.append((id, moment, read(house, NOW, {"id": id}, auditor)["customer"]))
        house.runner.run(live_on(chance, customers, rounds=1))
    assert len({str(state) for _, _, state in seen}) == len(seen), "nothing happened"
    for id, moment, state in seen:
        for planned in (True, False):
            found = read(house, THEN, {"id": id, "at": moment}, auditor, planned=planned)["customer"]
            assert found == [*state, ("viewerCan", [])]


async def _customers() -> list[Customer]:
    return list(await Customer.filter(id__in=(2, 19, 36, 53)).order_by("id"))


def test_as_of_now_is_now_for_whoever_sees_all_changes(house: House) -> None:
    for id in house.values.ids[:8]:
        for user in ("auditor", "customer.admin"):
            moment = now()
            state = read(house, NOW, {"id": id}, caller(house, user))["customer"]
            assert read(house, BOTH, {"id": id, "a": moment, "b": moment}, caller(house, user)) == {"a": state, "b": state}


def test_before_it_was_made_there_was_none(house: House) -> None:
    variables = {"id": house.values.ids[0], "at": "2020-01-01T00:00:00Z"}
    assert read(house, THEN, variables, caller(house, "auditor")) == {"customer": None}


def test_every_row_of_a_customer_is_wound_back() -> None:
    """Whatever points to a customer or to a part of it is a part of it too, or known to be something else."""
    parts = {part.model for part in PARTS_OF[Customer]}
    others = {"UserCustomer", "Customer", "BankAccountProposal", "CustomerProposal", "ConditionRecord"}  # records of their own
    for model in (Customer, *parts):
        for name in model._meta.backward_fk_fields:
            related: Any = model._meta.fields_map[name].related_model  # type: ignore[attr-defined]  # a relation
            assert related in parts or related.__name__ in others, related
    assert len(parts) >= 5


def test_no_column_of_a_part_is_a_field_group() -> None:
    """A change document names the object of its row. A column with a right of its own would be told by the row's."""
    kept = {Customer, *(part.model for part in PARTS_OF[Customer])}
    mapped = [mapping_of_definition(each) for each in schema._schema.type_map.values()]
    fields = [field for each in mapped if each is not None and each.model in kept for field in each.fields.values()]
    assert len(fields) > 50
    assert [field.name for field in fields if isinstance(field.mapping, Column) and field.mapping.right] == []


# ------------------------------------------------------------------------------------------------------------ who is told

CHANGES = """query ($record: ID!) { changeDocuments(record: $record, first: 200) { totalCount edges { node {
    changedAt rowType rowId field object salesArea companyCode newValue } } } }"""


@pytest.fixture(scope="module")
def everything(house: House) -> dict[str, list[Any]]:
    """All change documents of some customers, by record."""
    auditor = caller(house, "auditor")
    pages = {id: dict(read(house, CHANGES, {"record": id}, auditor)["changeDocuments"]) for id in house.values.ids[:12]}
    assert all(page["totalCount"] == len(page["edges"]) > 0 for page in pages.values())
    return {id: page["edges"] for id, page in pages.items()}


def test_each_change_is_told_exactly_where_its_object_s_scope_reaches(house: House, everything: dict[str, list[Any]]) -> None:
    """Decided again in Python, area by area, from the scopes and the rows that tell areas."""
    told = hidden = 0
    for user in house.callers:
        for id, rows in everything.items():
            expected = house.runner.run(_expected(house, user, int(global_id.decode(id)[1]), rows))
            answer = dict(house.ask(house.planned, CHANGES, {"record": id}, user)[0])
            if expected is None:
                assert "FORBIDDEN_QUESTION" in str(answer["errors"])
                continue
            page = dict(dict(answer["data"])["changeDocuments"])
            assert page["edges"] == expected, user.username
            assert page["totalCount"] == len(expected)
            told, hidden = told + len(expected), hidden + len(rows) - len(expected)
    assert told > 500
    assert hidden > 500


async def _expected(house: House, user: Caller, key: int, rows: list[Any]) -> list[Any] | None:
    async with house.pool.lent() as connection:
        authority, _ = await current(connection, user)
        found = await connection.fetch("select * from customer_areas where customer_id = $1", key)
        areas = [
            (Area((row["sales_organization"], row["distribution_channel"], row["division"])), row["company_code"])
            for row in found
        ]
        bound = "select exists (select 1 from user_customers where user_id = $1 and customer_id = $2)"
        own = await connection.fetchval(bound, user.user_id, key)
    if all(authority.hindsight(each).is_empty for each in OF_CUSTOMERS):
        return None
    displayed = any(authority.scope("customer").allows(area, own) for area, _ in areas)
    return [each for each in rows if displayed and _told(authority, dict(dict(each)["node"]), areas, own)]


def _told(authority: Authority, row: dict[str, Any], areas: list[tuple[Area, str]], own: bool) -> bool:
    scope = authority.hindsight(row["object"])
    if row["salesArea"] is not None:
        return scope.allows(Area(tuple(row["salesArea"].split("/"))), own)  # type: ignore[arg-type]  # three parts
    return any(scope.allows(area, own) for area, code in areas if row["companyCode"] in (None, code))
