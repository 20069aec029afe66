"""Random commands on customers by random people, one after the other: what holds after every single one.

Who may send a command is worked out anew by `tests.contract.demo`; what a command wrote is compared with how the rows have
changed; and the three views, partner functions, hierarchies and four eyes stay whole whatever was sent.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.execution import global_id
from api.resolvers.partner_determination import partner_determination
from domain.customer import CustomerType, PartnerFunction
from domain.partners import Taken, faults_of_partners
from tests.contract.demo import EVERYBODY, Facts, Person, facts_of, sql
from tests.execution.conftest import House

STEPS = 3000 if os.environ.get("SDGRAPH_LONG") == "1" else 60
ERRORS = "userErrors { code reason field object activity }"
Record = dict[str, Any]

# ------------------------------------------------------------------------------------------------------- the commands

AREAS = ("1000/10/00", "1000/20/00", "1000/30/10", "2000/10/00", "2000/20/10", "3000/10/00")


def _partners(chance: random.Random, world: World) -> list[Record]:
    mine = world.chosen
    rows = [{"function": each, "customer": mine} for each in ("SOLD_TO", "SHIP_TO", "BILL_TO", "PAYER")]
    if chance.random() < 0.7:
        rows.append({"function": chance.choice(("SHIP_TO", "AGENT", "PAYER", "SOLD_TO", "CONTACT")), "customer": world.other})
    return rows[1:] if chance.random() < 0.1 else rows


class World:
    """The rows that a step draws its input from."""

    def __init__(self, facts: Facts, chance: random.Random) -> None:
        self.customer = chance.choice(facts.customers)
        self.area = chance.choice([view["code"] for view in self.customer["views"]] + list(AREAS))
        self.chosen = global_id.encode("Customer", self.customer["id"])
        self.other = global_id.encode("Customer", chance.choice(facts.customers)["id"])


Making = Callable[[random.Random, World], Record]
TEXTS = ("Neu 新", "Alt", " ", "x" * 130, "a\x00b", "上海")
COMMANDS: dict[str, Making] = {
    "changeCustomer": lambda chance, _: {"name": chance.choice(TEXTS), "phone": str(chance.randint(1, 10**6))},
    "setCustomerBlock": lambda chance, world: {
        "blocks": chance.choice((["ORDER"], ["NONE"], ["DELIVERY", "BILLING"], [])),
        "reason": chance.choice(("overdue", "")),
        **({"salesArea": world.area} if chance.random() < 0.5 else {}),
    },
    "submitCustomer": lambda *_: {},
    "approveCustomer": lambda *_: {},
    "rejectCustomer": lambda chance, _: {"reason": chance.choice(("illegible", ""))},
    "changeSalesAreaView": lambda chance, world: {
        "salesArea": world.area,
        "salesDistrict": f"1{chance.randint(10, 99)}",
        "incoterms": chance.choice(("EXW", "DAP", "ZZZ")),
    },
    "setPartners": lambda chance, world: {"salesArea": world.area, "partners": _partners(chance, world)},
    "changeCompanyCodeView": lambda chance, _: {
        "companyCode": chance.choice(("1000", "3000", "9")),
        "reconciliationAccount": chance.choice(("112200", "112300", "x")),
    },
    "setCompanyCodeBlock": lambda chance, _: {
        "companyCode": chance.choice(("1000", "3000")),
        "blocked": chance.choice((True, False)),
    },
    "createContact": lambda chance, _: {"name": chance.choice(TEXTS)},
    "setCustomerRelations": lambda chance, world: {
        chance.choice(("groupHead", "dealer")): chance.choice((world.other, world.other, world.chosen, None))
    },
    "setCreditPointer": lambda chance, world: {
        "creditControlArea": chance.choice(("1000", "3000", "9")),
        "holder": chance.choice((world.other, world.chosen)),
    },
    "setDeletionFlag": lambda chance, _: {"flag": chance.random() < 0.8, "reason": "closed"},
    "archiveCustomer": lambda *_: {},
    "proposeBankAccount": lambda chance, _: {
        "action": "ADD",
        "bankName": "Bank",
        "accountNumber": str(chance.randint(10**3, 10**7)),
        "holder": chance.choice(("Holder", None)),
    },
    "proposeCustomerChange": lambda chance, _: {"phone": str(chance.randint(1, 10**6))},
    "proposeContact": lambda chance, _: {"action": "ADD", "name": chance.choice(TEXTS)},
}
WITHOUT_VERSION = frozenset({"proposeCustomerChange", "proposeContact"})
SHOWN = {
    "createContact": "contact { id }",
    "proposeBankAccount": "bankAccountProposal { id }",
    "proposeCustomerChange": "customerProposal { id }",
    "proposeContact": "customerProposal { id }",
}
DECISIONS = {
    "bankAccountProposal": ("approveBankAccountProposal", "rejectBankAccountProposal", "withdrawBankAccountProposal"),
    "customerProposal": ("approveCustomerProposal", "rejectCustomerProposal", "withdrawCustomerProposal"),
}


def _document(name: str) -> str:
    kind = name[:1].upper() + name[1:]
    shown = SHOWN.get(name) or next(
        (f"{each} {{ id }}" for each, names in DECISIONS.items() if name in names), "customer { id }"
    )
    return f"mutation ($input: {kind}Input!) {{ done: {name}(input: $input) {{ {shown} {ERRORS} }} }}"


# ---------------------------------------------------------------------------------------------------- what is written

TRACKED = {  # table, and the record that its change documents belong to; null for a record of its own
    "customers": None,
    "customer_sales_area_views": "customer_id",
    "customer_company_code_views": "customer_id",
    "customer_partners": "view_id",
    "customer_contacts": "customer_id",
    "customer_credit_pointers": "customer_id",
    "customer_bank_accounts": "customer_id",
    "bank_account_proposals": None,
    "customer_proposals": None,
}
UNTRACKED = {"id", "version", "search_text", "search_grams", "created_at", "customer_number", "customer_name"}
UNTRACKED |= {"name_key", "name_key_reversed", "tax_key", "account_key"}


def _states(database: str) -> dict[str, dict[int, Record]]:
    return {table: {row["id"]: row for row in sql(database, f"select * from {table}")} for table in TRACKED}


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _differences(before: dict[str, dict[int, Record]], after: dict[str, dict[int, Record]]) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for table in TRACKED:
        for key in before[table].keys() | after[table].keys():
            old, new = before[table].get(key, {}), after[table].get(key, {})
            for field in (old.keys() | new.keys()) - UNTRACKED:
                if old.get(field) != new.get(field):
                    found[field, _text(old.get(field)), _text(new.get(field))] += 1
    return found


def _documents(database: str, behind: int) -> Counter[tuple[Any, ...]]:
    rows = sql(database, "select field, old_value, new_value from change_documents where id > $1", behind)
    return Counter((row["field"], row["old_value"], row["new_value"]) for row in rows)


# --------------------------------------------------------------------------------------------------- what always holds


def _check_whole(state: dict[str, dict[int, Record]], company_of: dict[str, str]) -> None:
    """The three views, partner functions and hierarchies."""
    customers, views = state["customers"], state["customer_sales_area_views"]
    companies = {(each["customer_id"], each["company_code"]) for each in state["customer_company_code_views"].values()}
    partners: dict[int, list[Taken]] = {}
    for row in state["customer_partners"].values():
        type_ = CustomerType(customers[row["customer_id"]]["customer_type"])
        partners.setdefault(row["view_id"], []).append(Taken(PartnerFunction(row["function"]), row["customer_id"], type_))
    for view in views.values():
        assert (view["customer_id"], company_of[view["sales_organization"]]) in companies
        customer = customers[view["customer_id"]]
        procedure = partner_determination().procedure_for(CustomerType(customer["customer_type"]))
        taken = partners.get(view["id"], [])
        sold_to = [each.customer for each in taken if each.function is PartnerFunction.SOLD_TO]
        assert sold_to == [customer["id"]]
        assert faults_of_partners(procedure, taken, taken) == ()
    for column in ("group_head_id", "dealer_id"):
        for key in customers:
            seen, at = set(), key
            while at is not None:
                assert at not in seen, (column, key)
                seen.add(at)
                at = customers[at][column]
    assert {each["deletion_flag"] for each in customers.values() if each["archived_at"]} <= {True}
    for table in ("bank_account_proposals", "customer_proposals"):
        for row in state[table].values():
            if row["status"] in ("APPROVED", "REJECTED") and row["decided_by"] is not None:
                assert row["decided_by"] != row["proposed_by"], "four eyes"


WHOLE = (
    "delete from customer_partners",
    """insert into customer_partners (view_id, function, customer_id)
       select v.id, f, v.customer_id from customer_sales_area_views v, unnest(array['SOLD_TO', 'SHIP_TO', 'BILL_TO', 'PAYER']) f""",
    "update customers set dealer_id = null, group_head_id = null",
)
"""The house has rows that no command would have made: from here on only commands make any."""


@pytest.fixture(scope="module")
def company_of(database: str) -> dict[str, str]:
    return {row["code"]: row["company_code"] for row in sql(database, "select code, company_code from sales_organizations")}


def test_random_commands_by_random_people(house: House, database: str, company_of: dict[str, str]) -> None:
    for statement in WHOLE:
        sql(database, statement)
    chance = random.Random(5)
    callers = {each.username: each for each in house.callers}
    facts, state = facts_of(database), _states(database)
    _check_whole(state, company_of)
    done: Counter[str] = Counter()
    for _ in range(STEPS):
        name, input, customer = _drawn(chance, facts, state)
        person = _who(chance, facts, name, customer)
        behind = sql(database, "select coalesce(max(id), 0) as last from change_documents")[0]["last"]
        answer, _ = house.ask(house.planned, _document(name), {"input": input}, callers[person.name])
        told = _plain(answer)
        assert "errors" not in told, (name, input, told)
        payload = told["data"]["done"]
        refused = [(each["code"], each["field"]) for each in payload["userErrors"]]
        after = _states(database)
        if refused:
            assert after == state, (name, person.name, refused)
            assert _documents(database, behind) == Counter()
            done["refused"] += 1
        else:
            assert _documents(database, behind) == _differences(state, after), (name, person.name, input)
            assert after != state
            done[name] += 1
        if customer is not None:
            _check_permission(facts, person, name, customer, refused)
        banked = state["customer_bank_accounts"] != after["customer_bank_accounts"]
        assert not banked or name == "approveBankAccountProposal"
        _check_whole(after, company_of)
        if not refused:
            facts = facts_of(database)
        state = after
    assert len(done) > 8, done
    assert done["refused"] < STEPS


def _drawn(chance: random.Random, facts: Facts, state: dict[str, dict[int, Record]]) -> tuple[str, Record, Record | None]:
    """A command, its input, and the customer it is sent on, if it is one of those that `viewerCan` of a customer names."""
    if chance.random() < 0.2:
        field, names = chance.choice(list(DECISIONS.items()))
        table = {"bankAccountProposal": "bank_account_proposals", "customerProposal": "customer_proposals"}[field]
        rows = [each for each in state[table].values() if each["status"] == "PENDING" or chance.random() < 0.1]
        if rows:
            row, name = chance.choice(rows), chance.choice(names)
            input = {field: global_id.encode(field[:1].upper() + field[1:], row["id"]), "version": row["version"]}
            return name, {**input, **({"reason": "no"} if name.startswith("reject") else {})}, None
    name, world = chance.choice(list(COMMANDS)), World(facts, chance)
    input = {"customer": world.chosen, **COMMANDS[name](chance, world)}
    if name not in WITHOUT_VERSION:
        input["version"] = world.customer["version"] - (chance.random() < 0.05)
    return name, input, world.customer


def _who(chance: random.Random, facts: Facts, name: str, customer: Record | None) -> Person:
    """Mostly somebody who may, else anybody."""
    if customer is None:
        deciding = [
            each for each in EVERYBODY if each.name in ("customer.approver", "customer.admin", "clerk.1000", "dealer.a")
        ]
        return chance.choice(deciding if chance.random() < 0.8 else EVERYBODY)
    able = [each for each in EVERYBODY if name in facts.commands(each, customer)]
    return chance.choice(able if able and chance.random() < 0.7 else EVERYBODY)


def _check_permission(facts: Facts, person: Person, name: str, customer: Record, refused: list[tuple[str, str | None]]) -> None:
    """Nobody did what `viewerCan` would not have offered them, and of what they do not see they heard nothing."""
    if not facts.sees(person, customer):
        assert refused == [("NOT_FOUND", "customer")], (person.name, name, refused)
    elif name not in facts.commands(person, customer):
        assert refused, (person.name, name)


def _plain(pairs: Any) -> Any:
    if isinstance(pairs, list) and pairs and all(isinstance(each, tuple) for each in pairs):
        return {name: _plain(value) for name, value in pairs}
    return [_plain(each) for each in pairs] if isinstance(pairs, list) else pairs
