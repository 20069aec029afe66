"""What each demo user may see and do, worked out anew: from the contract's table of users, from what their work is, and from
the rows of the database. Nothing of the server's code is asked, so that a wrong scope cannot agree with itself.
"""

from __future__ import annotations

import asyncio
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg

from models.config import connection_settings
from tests.client import CONTRACT

POLICIES = Path(__file__).parents[2] / "policies"
Record = dict[str, Any]

# ---------------------------------------------------------------------------------------------------------- the people

WORK: dict[str, tuple[str, str]] = {  # role: the parts of a customer that it displays, what it may do with one
    "security-administrator": ("", ""),
    "local-administrator": ("", ""),
    "sales-clerk": ("customer view company document", "create change handIn"),
    "sales-manager": ("customer view company document", "create change handIn block blockView"),
    "customer-admin": (
        "customer view company document bank",
        "create change handIn block blockView general company delete bank propose",
    ),
    "price-admin": ("customer view", ""),
    "credit-admin": ("customer view company", "credit"),
    "customer-approver": ("customer view company document bank", "approve"),
    "price-approver": ("customer view", ""),
    "credit-controller": ("customer view company", ""),
    "credit-manager": ("customer view company", ""),
    "shipping-clerk": ("customer view", ""),
    "billing-clerk": ("customer view company", ""),
    "cashier": ("customer view company bank", ""),
    "auditor": ("customer view company document bank", ""),
    "sod-officer": ("", ""),
    "contract-admin": ("customer view", ""),
    "inventory-manager": ("", ""),
    "dealer": ("customer view company document bank", "handIn propose"),
    "agent": ("customer view document bank", "handIn propose"),
    "partner-buyer": ("customer view document bank", "handIn propose"),
    "partner-approver": ("customer view document bank", "handIn propose"),
}
ROLES: dict[str, str] = {
    "admin": "security-administrator",
    "admin.2": "security-administrator",
    "local.1000": "local-administrator",
    "clerk.1000": "sales-clerk",
    "clerk.2000": "sales-clerk",
    "clerk.3000": "sales-clerk",
    "manager.1000": "sales-manager",
    "direct.1000": "sales-clerk",
    "customer.admin": "customer-admin",
    "price.admin": "price-admin",
    "credit.admin": "credit-admin",
    "customer.approver": "customer-approver",
    "price.approver": "price-approver",
    "credit.1000": "credit-controller",
    "credit.manager": "credit-manager",
    "shipping.1000": "shipping-clerk",
    "billing.1000": "billing-clerk",
    "cashier.1000": "cashier",
    "auditor": "auditor",
    "sod.officer": "sod-officer",
    "dealer.a": "dealer",
    "dealer.b": "dealer",
    "agent.a": "agent",
    "buyer.a": "partner-buyer",
    "approver.a": "partner-approver",
    "contract.1000": "contract-admin",
    "warehouse.1000": "inventory-manager",
}
ADMINISTRATIONS = ("security-administrator", "local-administrator", "sod-officer", "auditor")
"""The roles that may ask about other users."""
NO_BUSINESS = ("security-administrator", "local-administrator", "sod-officer", "inventory-manager")
"""The roles that see no customers."""
BESIDE_THE_TABLE = {"sod.officer": ("*/*/*",), "contract.1000": ("1000/*/*",), "warehouse.1000": ("1000/*/*",)}
"""Demo users that the contract's table does not name."""


@dataclass(frozen=True)
class Person:
    """A demo user: where they work, on whose records, and as what."""

    name: str
    areas: tuple[str, ...]
    own: bool

    @property
    def role(self) -> str:
        return ROLES[self.name]

    @property
    def is_partner(self) -> bool:
        return self.own

    @property
    def administers(self) -> bool:
        return self.role in ADMINISTRATIONS

    def displays(self, part: str) -> bool:
        return part in WORK[self.role][0].split()

    def may(self, activity: str) -> bool:
        return activity in WORK[self.role][1].split()

    def works_in(self, area: str) -> bool:
        return any(lies_in(area, pattern) for pattern in self.areas)


def people() -> dict[str, Person]:
    """The users of the table in the contract's README and the ones beside it, by name."""
    found: dict[str, Person] = {}
    for row in re.findall(r"(?m)^\| (`.*) \| (.*) \| (.*) \|$", (CONTRACT / "README.md").read_text("utf-8")):
        names, areas = re.findall(r"`([^`]+)`", row[0]), re.findall(r"`([^`]+)`", row[2])
        for place, name in enumerate(names):
            mine = (areas[place],) if len(areas) == len(names) else tuple(areas)
            found[name] = Person(name, mine, row[2].startswith("own records"))
    return found | {name: Person(name, areas, False) for name, areas in BESIDE_THE_TABLE.items()}


PEOPLE = people()
EVERYBODY = list(PEOPLE.values())


def lies_in(area: str, pattern: str) -> bool:
    """Whether an area is one of a pattern's, part by part."""
    return all(part in ("*", code) for code, part in zip(area.split("/"), pattern.split("/"), strict=True))


def meets(one: str, other: str) -> bool:
    """Whether two patterns have an area in common."""
    return all("*" in (a, b) or a == b for a, b in zip(one.split("/"), other.split("/"), strict=True))


def narrowed(one: str, other: str) -> str:
    """The areas that two patterns which meet have in common."""
    return "/".join(b if a == "*" else a for a, b in zip(one.split("/"), other.split("/"), strict=True))


# ----------------------------------------------------------------------------------------------------------- the policy


@dataclass(frozen=True)
class Right:
    """One activity on one object, within a pattern, on all or one's own records, up to a limit."""

    object: str
    activity: str
    pattern: str
    reach: str
    limit: str | None


@cache
def standard_roles() -> dict[str, Record]:
    """The standard roles as they are written down."""
    return tomllib.loads((POLICIES / "roles.toml").read_text("utf-8"))


@cache
def catalogue() -> dict[str, Record]:
    """The authorization objects as they are written down."""
    return tomllib.loads((POLICIES / "objects.toml").read_text("utf-8"))


@cache
def reached(role: str) -> set[str]:
    """A role and all that it inherits."""
    return {role}.union(*(reached(parent) for parent in standard_roles()[role].get("inherits", ())))


@cache
def rights_of_role(role: str) -> set[Right]:
    """The rights that a role has, inherited ones included; no standard role denies anything."""
    return {
        Right(object, activity, area, rule.get("reach", "all").upper(), rule.get("limit"))
        for name in reached(role)
        for rule in standard_roles()[name]["rules"]
        for area in rule.get("areas", ("*/*/*",))
        for object in rule["objects"]
        for activity in rule["activities"]
    }


def rights_of(person: Person, within: Iterable[str] = ("*/*/*",)) -> set[Right]:
    """What a person may, cut to patterns; of two rights that differ in the limit only the higher one counts."""
    found = {
        Right(right.object, right.activity, narrowed(narrowed(right.pattern, area), bound), right.reach, right.limit)
        for right in rights_of_role(person.role)
        for area in person.areas
        for bound in within
        if meets(right.pattern, area) and meets(narrowed(right.pattern, area), bound)
    }
    unlimited = {(each.object, each.activity, each.pattern) for each in found if each.limit is None}
    return {each for each in found if each.limit is None or (each.object, each.activity, each.pattern) not in unlimited}


# ------------------------------------------------------------------------------------------------------------- the rows


@dataclass(frozen=True)
class Facts:
    """The customers of a database with all that belongs to them, and who is bound to whom."""

    customers: list[Record]
    bound: dict[str, set[int]]
    users: dict[str, Record]
    sales_areas: list[Record]

    def customer(self, number: str) -> Record:
        return next(each for each in self.customers if each["number"] == number)

    def is_own(self, person: Person, customer: Record) -> bool:
        return customer["id"] in self.bound.get(person.name, ())

    def reaches(self, person: Person, customer: Record, area: str) -> bool:
        """Whether a record of this customer in this area is within the person's work."""
        return person.works_in(area) and (not person.own or self.is_own(person, customer))

    def sees(self, person: Person, customer: Record) -> bool:
        return person.displays("customer") and any(self.reaches(person, customer, view["code"]) for view in customer["views"])

    def visible(self, person: Person) -> list[Record]:
        return [each for each in self.customers if self.sees(person, each)]

    def hidden(self, person: Person) -> list[Record]:
        return [each for each in self.customers if not self.sees(person, each)]

    def views(self, person: Person, customer: Record) -> list[Record]:
        return [view for view in customer["views"] if person.displays("view") and self.reaches(person, customer, view["code"])]

    def companies(self, person: Person, customer: Record) -> list[Record]:
        return [
            company
            for company in customer["companies"]
            if person.displays("company")
            and any(
                self.reaches(person, customer, view["code"])
                for view in customer["views"]
                if view["company_code"] == company["company_code"]
            )
        ]

    def commands(self, person: Person, customer: Record) -> set[str]:
        """The mutations that the person may send on the customer."""
        everywhere = all(self.reaches(person, customer, view["code"]) for view in customer["views"])
        somewhere = any(self.reaches(person, customer, view["code"]) for view in customer["views"])
        whole = everywhere or person.may("general")
        if customer["archived_at"] is not None:
            return set()
        found = set()
        for work, there, commands in (
            ("change", whole, {"changeCustomer", "createContact", "setCustomerRelations"}),
            ("change", somewhere, {"changeSalesAreaView", "setPartners"}),
            ("company", somewhere, {"changeCompanyCodeView", "setCompanyCodeBlock"}),
            ("delete", whole, {"setDeletionFlag", "mergeCustomers"}),
            ("delete", whole and customer["deletion_flag"], {"archiveCustomer"}),
            ("bank", everywhere, {"proposeBankAccount"}),
            ("credit", everywhere, {"setCreditPointer"}),
            ("handIn", everywhere, {"addQualificationDocument"}),
            ("propose", somewhere, {"proposeCustomerChange", "proposeContact"}),
        ):
            if person.may(work) and there:
                found |= commands
        if (person.may("block") and whole) or (person.may("blockView") and somewhere):
            found.add("setCustomerBlock")
        if person.may("change") and whole and customer["onboarding_status"] in ("DRAFT", "REJECTED", "EXPIRED"):
            found.add("submitCustomer")
        if person.may("approve") and everywhere and customer["onboarding_status"] == "SUBMITTED":
            found |= {"approveCustomer", "rejectCustomer"} if customer["submitted_by"] != person.name else set()
        seen = {view["code"] for view in self.views(person, customer)}
        if person.may("create") and any(
            person.works_in(area["code"]) and area["code"] not in seen for area in self.sales_areas
        ):
            found.add("extendCustomer")
        return found


async def _fetch(url: str, *statements: str) -> list[list[Record]]:
    connection = await asyncpg.connect(**connection_settings(url))
    try:
        return [[dict(row) for row in await connection.fetch(statement)] for statement in statements]
    finally:
        await connection.close()


async def _execute(url: str, statement: str, *values: Any) -> list[Record]:
    connection = await asyncpg.connect(**connection_settings(url))
    try:
        return [dict(row) for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


def sql(url: str, statement: str, *values: Any) -> list[Record]:
    """Rows of one statement, straight from the database."""
    return asyncio.run(_execute(url, statement, *values))


def value(url: str, statement: str, *values: Any) -> Any:
    """The single value of one statement."""
    return next(iter(sql(url, statement, *values)[0].values()))


def facts_of(url: str) -> Facts:
    """Everything that the expectations rest on, read anew."""
    customers, views, partners, companies, banks, documents, bound, users, areas = asyncio.run(
        _fetch(
            url,
            'select * from customers order by number collate "C"',
            """select v.*, v.sales_organization || '/' || v.distribution_channel || '/' || v.division as code,
                      o.name as organization_name, c.name as channel_name, d.name as division_name, o.company_code
               from customer_sales_area_views v join sales_organizations o on o.code = v.sales_organization
               join distribution_channels c on c.code = v.distribution_channel join divisions d on d.code = v.division
               order by v.sales_organization, v.distribution_channel, v.division""",
            """select p.*, c.number, c.name from customer_partners p join customers c on c.id = p.customer_id
               order by function collate "C", p.id""",
            """select v.*, c.name from customer_company_code_views v join company_codes c on c.code = v.company_code
               order by company_code""",
            "select * from customer_bank_accounts order by id",
            "select * from customer_qualification_documents order by id",
            "select u.username, b.customer_id from user_customers b join users u on u.id = b.user_id",
            "select * from users",
            """select a.*, a.sales_organization || '/' || a.distribution_channel || '/' || a.division as code,
                      o.name as organization_name, c.name as channel_name, d.name as division_name
               from sales_areas a join sales_organizations o on o.code = a.sales_organization
               join distribution_channels c on c.code = a.distribution_channel join divisions d on d.code = a.division
               order by a.sales_organization, a.distribution_channel, a.division""",
        )
    )
    by_view: dict[int, list[Record]] = {}
    for row in partners:
        by_view.setdefault(row["view_id"], []).append(row)
    for view in views:
        view["partners"] = by_view.get(view["id"], [])
    by_id = {each["id"]: each for each in customers}
    for name, rows in (("views", views), ("companies", companies), ("banks", banks), ("documents", documents)):
        for each in customers:
            each[name] = []
        for row in rows:
            by_id[row["customer_id"]][name].append(row)
    speaks_for: dict[str, set[int]] = {}
    for row in bound:
        speaks_for.setdefault(row["username"], set()).add(row["customer_id"])
    return Facts(customers, speaks_for, {each["username"]: each for each in users}, areas)


# ----------------------------------------------------------------------------------------------------- filters, orders

COLUMNS = {
    "number": "number",
    "name": "name",
    "customerType": "customer_type",
    "onboardingStatus": "onboarding_status",
    "version": "version",
    "country": "country",
    "region": "region",
    "market": "market",
    "taxNumber": "tax_number",
    "deletionFlag": "deletion_flag",
}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, operand: found == operand,
    "in": lambda found, operand: found in operand,
    "startsWith": lambda found, operand: found.startswith(operand),
    "contains": lambda found, operand: operand in found,
    "gt": lambda found, operand: found > operand,
    "gte": lambda found, operand: found >= operand,
    "lt": lambda found, operand: found < operand,
    "lte": lambda found, operand: found <= operand,
}


def plain(text: str) -> str:
    """Half width, small letters, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def holds(facts: Facts, person: Person, customer: Record, filter: Record) -> bool:
    """Whether a customer passes a filter, as far as the person may know."""

    def one(name: str, operand: Any) -> bool:
        match name:
            case "and":
                return all(holds(facts, person, customer, each) for each in operand)
            case "or":
                return any(holds(facts, person, customer, each) for each in operand)
            case "search":
                texts = [plain(each) for each in (customer["name"], customer["number"], customer["tax_number"]) if each]
                return all(any(word in text for text in texts) for word in plain(operand).split())
            case "salesArea":
                codes = [view["code"] for view in facts.views(person, customer)]
                return any(all(OPERATORS[each](code, wanted) for each, wanted in operand.items()) for code in codes)
            case _:
                found = customer[COLUMNS[name]]
                return found is not None and all(OPERATORS[each](found, wanted) for each, wanted in operand.items())

    return all(one(name, operand) for name, operand in filter.items())


def ordered(customers: Iterable[Record], order: Iterable[tuple[str, str]]) -> list[Record]:
    """The customers by (sort field, direction); rows without a value last, the key between equals."""
    wanted = list(order)
    backwards = all(direction == "DESC" for _, direction in wanted)
    rows = sorted(customers, key=lambda each: each["id"], reverse=bool(wanted) and backwards)
    for field, direction in reversed(wanted):
        column = field.lower()
        filled = [each for each in rows if each[column] is not None]
        filled.sort(key=lambda each: each[column], reverse=direction == "DESC")
        rows = filled + [each for each in rows if each[column] is None]
    return rows


def walk(page: Callable[[str | None], Record]) -> Iterator[Record]:
    """The nodes of a connection, page by page."""
    after = None
    while True:
        connection = page(after)
        yield from (edge["node"] for edge in connection["edges"])
        if not connection["pageInfo"]["hasNextPage"]:
            return
        after = connection["pageInfo"]["endCursor"]
