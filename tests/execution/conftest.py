"""Both executors over one demo company with random users, asked in this process."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.app import build_executor
from api.auth.policy_edit import adding_lines, adding_role, assigning, edit_policy
from api.auth.tokens import KeyRing, Tokens
from api.auth.users import create_user
from api.database import ReadConnections, models_open, read_pool
from api.execution import global_id
from api.execution.answer import Executor
from api.execution.documents import GraphQLRequest
from api.execution.journal import Journal, recording
from api.execution.reads import Reads
from api.schema.base import Context
from api.schema.scalars import write_instant
from api.settings import Settings
from domain.caller import Caller, UserKind
from domain.customer import OnboardingStatus, PartnerFunction
from domain.policy import Role
from models import BankAccount, CompanyCodeView, Customer, Partner, QualificationDocument, SalesAreaView
from models.config import connection_settings
from tests.execution.documents import Pool

SHOWN = (
    "customer",
    "customer_sales_area",
    "customer_company_code",
    "customer_bank",
    "customer_document",
    "customer_proposal",
    "commission",
    "credit_account",
    "enterprise_structure",
    "user",
    "sales_order",
    "sales_order_cost",
    "price_condition_internal",
    "quotation",
    "return",
    "delivery",
    "goods_issue",
    "billing_document",
    "payment",
)


OF_COMMANDS = (
    ("customer_document", "CREATE"),
    ("customer_document", "APPROVE"),
    ("customer_sales_area", "CREATE"),
    ("customer_sales_area", "CHANGE"),
    ("customer_sales_area", "APPROVE"),
    ("customer_company_code", "CHANGE"),
    ("customer_company_code", "BLOCK"),
    ("customer", "DELETE"),
    ("customer_bank", "CREATE"),
    ("customer_bank", "APPROVE"),
    ("customer_proposal", "CREATE"),
    ("customer_proposal", "APPROVE"),
    ("credit_account", "CHANGE"),
    ("sales_order", "CHANGE"),
    ("sales_order", "APPROVE"),
    ("delivery", "CREATE"),
    ("billing_document", "CREATE"),
)
OF_CUSTOMERS = (
    "customer",
    "customer_sales_area",
    "customer_company_code",
    "customer_bank",
    "customer_document",
    "credit_account",
)
KEPT = (*OF_CUSTOMERS, "sales_order", "delivery", "billing_document")
PROPOSALS = """
    with made as (
        insert into customer_extensions (customer_number, sales_organization, distribution_channel, division, status, proposed_by,
                                         proposed_at, rejection_reason, version)
        select case when n % 7 = 0 then '7777777' else (100000 + n * 9)::text end, a.sales_organization, a.distribution_channel, a.division,
               case when n % 3 = 0 then 'REJECTED' else 'PENDING' end, 'random.' || n % 12, now(),
               case when n % 3 = 0 then 'no "such" 客户' end, 1
        from (select *, row_number() over (order by id) as place from sales_areas) a, generate_series(1, 30) n where n % 18 = a.place - 1
    )
    update customer_qualification_documents set added_by = 'random.' || id % 12, review_status = case id % 3 when 0 then 'PENDING' else review_status end
"""
"""Proposals of random users, some for nobody, and documents that they have added; some of the customers they submitted."""
SUBMISSIONS = "update customers set submitted_by = 'random.' || id % 12, onboarding_status = 'SUBMITTED' where id % 4 = 0"
PARTS = (
    """update customers set group_head_id = case when id % 5 = 0 and id > 20 then id - 7 end,
         dealer_id = case when id % 6 = 0 and id > 20 then id - 11 end, deletion_flag = id % 8 = 0,
         archived_at = case when id % 16 = 0 then now() end, invoice_kind = case when id % 3 = 0 then 'SPECIAL' end,
         taxpayer_kind = case when id % 3 = 0 then 'GENERAL' end""",
    """update customer_sales_area_views set commission_rate = 2.50, commission_basis = 'NET_OF_COST'
       where distribution_channel = '30' and id % 2 = 0""",
    """insert into customer_contacts (customer_id, name, phone)
       select id, 'Contact "' || id || '"', '021-' || id from customers where id % 3 = 0""",
    """insert into customer_credit_pointers (customer_id, credit_control_area, holder_id)
       select c.id, a.code, c.id from customers c, credit_control_areas a where c.id % 4 = 1 on conflict do nothing""",
    """insert into customer_partners (view_id, function, customer_id)
       select v.id, 'AGENT', a.id from customer_sales_area_views v, customers a
       where v.id % 7 = 0 and a.id = (select max(id) from customers where customer_type = 'AGENT' and id % 11 = v.id % 11)""",
    """insert into bank_account_proposals (customer_id, bank_account_id, action, status, proposed_by, proposed_at, bank_name,
         account_number, holder, on_invoice, version)
       select customer_id, id, 'CHANGE', case when id % 4 = 0 then 'REJECTED' else 'PENDING' end, 'random.' || id % 12, now(),
         bank_name, account_number, 'New', false, 1 from customer_bank_accounts where id % 5 = 0""",
    """with made as (
         insert into customer_proposals (customer_id, subject, action, status, proposed_by, proposed_at, version)
         select id, 'GENERAL', 'CHANGE', case when id % 3 = 0 then 'APPROVED' else 'PENDING' end, 'random.' || id % 12, now(), 1
         from customers where id % 6 = 1 returning id)
       insert into customer_proposal_changes (proposal_id, field, old_value, new_value) select id, 'city', null, '上海' from made""",
)
"""What the demo company has little of: hierarchies, contacts, credit pointers, agents, proposals, archived customers."""


@dataclass
class House:
    """Both executors over one database, who may ask, and values that mean something there."""

    runner: asyncio.Runner
    planned: Executor
    reference: Executor
    pool: ReadConnections
    tokens: Tokens
    callers: list[Caller]
    values: Pool

    def ask(self, executor: Executor, text: str, variables: dict[str, Any], caller: Caller) -> Any:
        async def run() -> Any:
            context = Context(Reads(self.pool, caller), self.tokens, caller, "en", "", "request", {}, True)
            answer = await executor.answer(GraphQLRequest(text, variables), context, only_query=False)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            return json.loads(body, object_pairs_hook=list), isinstance(answer.body, bytes)

        return self.runner.run(run())


@pytest.fixture(scope="module")
def house(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with asyncio.Runner() as runner:
        made = runner.run(_open(runner, database, tmp_path_factory.mktemp("keys")))
        yield made[0]
        runner.run(made[1].aclose())


async def _open(runner: asyncio.Runner, database: str, keys: Path) -> Any:
    stack = AsyncExitStack()
    await stack.enter_async_context(models_open(database, everywhere=True))
    await _people(random.Random(11))
    await live_on(random.Random(12), await Customer.filter(id__in=range(1, 400, 17)).order_by("id"), rounds=4)
    pool = await stack.enter_async_context(read_pool(database, 3))
    chosen = Settings(database_url=database)
    ring = KeyRing(keys)
    ring.ensure()
    generic = await stack.enter_async_context(read_pool(database, 3, generic_plans=True))
    planned = build_executor(chosen, pool, generic)
    reference = build_executor(chosen.model_copy(update={"planned_reads": False}), pool, generic)
    tokens = Tokens(ring, "test", 600, lambda: datetime.now(timezone.utc))
    connection = await asyncpg.connect(**connection_settings(database))
    await connection.execute(PROPOSALS)
    await connection.execute(SUBMISSIONS)
    for statement in PARTS:
        await connection.execute(statement)
    callers = await _callers(connection)
    values = await _values(connection)
    await connection.close()
    return House(runner, planned, reference, pool, tokens, callers, values), stack


async def _people(chance: random.Random) -> None:
    """Users with random roles: some areas, some fields, own records only, a deny here and there."""
    areas = ["*/*/*", "1000/*/*", "2000/*/*", "*/20/*", "1000/10/*", "1000/10/00", "*/*/10", "3000/*/00"]
    for number in range(12):
        role, name = f"random-{number}", f"random.{number}"
        await edit_policy("test", "role", adding_role(Role(role, role, role)))
        lines = []
        for object in SHOWN:
            for _ in range(chance.choice((0, 1, 1, 2))):
                lines.append((role, chance.choice(areas), object, "DISPLAY", chance.choice(("all", "all", "own")), "", "allow"))
            if chance.random() < 0.3:
                lines.append((role, chance.choice(areas[2:]), object, "DISPLAY", "all", "", "deny"))
        for object in KEPT:
            for _ in range(chance.choice((0, 1, 1, 2))):
                reach = chance.choice(("all", "all", "own"))
                lines.append((role, chance.choice(areas), object, "DISPLAY_CHANGES", reach, "", "allow"))
        for activity in ("CHANGE", "BLOCK", "APPROVE"):
            lines.append((role, chance.choice(areas), "customer", activity, "all", "", "allow"))
        for object, activity in OF_COMMANDS:
            if chance.random() < 0.7:
                lines.append((role, chance.choice(areas), object, activity, chance.choice(("all", "own")), "", "allow"))
        await edit_policy("test", "lines", adding_lines(dict.fromkeys(lines)))
        numbers = tuple(f"{100001 + chance.randint(0, 280)}" for _ in range(3))
        await create_user(name, name, UserKind.PARTNER, customers=tuple(dict.fromkeys(numbers)))
        await edit_policy("test", "given", assigning(name, role, chance.sample(areas, 2)))


async def _callers(connection: asyncpg.Connection) -> list[Caller]:
    callers = []
    for user in await connection.fetch("select id, username, kind from users order by id"):
        session = await connection.fetchval(
            "insert into sessions (user_id, kind, started_at, expires_at, address) values ($1, 'SIGN_IN', now(), $2, '') returning id",
            user["id"],
            datetime.now(timezone.utc) + timedelta(days=1),
        )
        callers.append(Caller(user["id"], user["username"], UserKind(user["kind"]), session, "en", "request"))
    return callers


async def live_on(chance: random.Random, customers: list[Customer], rounds: int) -> None:
    """Some things happen to customers, each with its change documents: rows of every kind change, come and go."""
    for number in range(rounds):
        for customer in customers:
            async with recording(f"random.{number}", f"round-{number}") as journal:
                for happens in chance.sample(HAPPENINGS, 3):
                    await happens(journal, chance, customer, number)


async def _renamed(journal: Journal, chance: random.Random, customer: Customer, number: int) -> None:
    await customer.refresh_from_db()
    journal.keep(customer)
    customer.name = f"{customer.name.split(' / ')[0]} / {number} {chance.randint(1, 999)}"
    customer.phone = chance.choice((None, f"021-{number}"))
    customer.onboarding_status = chance.choice(list(OnboardingStatus))
    customer.deletion_flag = chance.random() < 0.5
    await journal.save(customer)


async def _view_changed(journal: Journal, chance: random.Random, customer: Customer, number: int) -> None:
    await customer.refresh_from_db()
    journal.keep(customer)
    view = chance.choice(await SalesAreaView.filter(customer_id=customer.id).order_by("id"))
    journal.keep(view)
    view.order_block = f"in round {number} {chance.randint(1, 999)}"
    view.price_list = chance.choice((None, "01", "02", "03"))
    name = f"{view.sales_organization}/{view.distribution_channel}/{view.division}"
    await journal.save(customer, parts={name: view})
    partners = await Partner.filter(view_id=view.id).order_by("id")
    if partners:
        await journal.remove(chance.choice(partners), part_of=customer, part=name)
    taken = {"view_id": view.id, "function": chance.choice(list(PartnerFunction)), "customer_id": chance.randint(1, 280)}
    if not await Partner.filter(**taken).exists():
        await journal.create(Partner(**taken), part_of=customer, part=name)


async def _books_changed(journal: Journal, chance: random.Random, customer: Customer, number: int) -> None:
    await customer.refresh_from_db()
    journal.keep(customer)
    view = chance.choice(await CompanyCodeView.filter(customer_id=customer.id).order_by("id"))
    journal.keep(view)
    view.blocked = not view.blocked
    view.trading_partner = chance.choice((None, f"{number}"))
    await journal.save(customer, parts={view.company_code: view})


async def _account_changed(journal: Journal, chance: random.Random, customer: Customer, number: int) -> None:
    accounts = await BankAccount.filter(customer_id=customer.id).order_by("id")
    if accounts and chance.random() < 0.5:
        await journal.remove(chance.choice(accounts), part_of=customer)
    account = BankAccount(
        customer=customer, bank_name=f"Bank {number}", account_number=f"{chance.randint(0, 10**12)}", holder="Ho"
    )
    await journal.create(account, part_of=customer)


async def _paper_reviewed(journal: Journal, chance: random.Random, customer: Customer, number: int) -> None:
    paper = chance.choice(await QualificationDocument.filter(customer_id=customer.id).order_by("id"))
    journal.keep(paper)
    paper.review(accept=chance.random() < 0.5, reason=f"round {number}")
    await journal.save(paper)


async def _paper_handed_in(journal: Journal, chance: random.Random, customer: Customer, number: int) -> None:
    await customer.refresh_from_db()
    journal.keep(customer)
    await journal.save(customer)
    last = date(2030, 1, 1) + timedelta(days=chance.randint(1, 999))
    paper = QualificationDocument(customer=customer, document_type="OTHER", valid_to=last, added_by=f"random.{number}")
    await journal.create(paper, part_of=customer)


HAPPENINGS = (_renamed, _view_changed, _books_changed, _account_changed, _paper_reviewed, _paper_handed_in)


async def _values(connection: asyncpg.Connection) -> Pool:
    moments = await connection.fetch("select distinct changed_at from change_documents order by 1")
    asked = [write_instant(row["changed_at"]) for row in moments[::9]]
    customers = await connection.fetch("select id, number, name, tax_number, region from customers order by id")
    some = customers[::17]
    strings = {
        "number": [row["number"] for row in some] + ["1000", "x"],
        "name": [row["name"] for row in some] + ["上海", "Steel"],
        "taxNumber": [row["tax_number"] for row in some],
        "region": ["江苏省", "上海市", "TX"],
        "country": ["CN", "US", "SG"],
        "market": ["石化", "水务"],
        "search": ["上海", "钢铁 有限", "100", "司", "ＳＴＥＥＬ", "海外", "", "random dealer"],
        "salesArea": ["1000/10/00", "2000/20/00", "1000/20/10", "3000/10/00"],
        "customerNumber": ["7777777", "100009"],
        "proposedBy": ["random.1", "random.2"],
        "groupHead": [row["number"] for row in customers[15:60:3]],
        "dealer": [row["number"] for row in customers[10:60:3]],
        "agent": [row["number"] for row in customers[-80::2]],
        "asOf": ["2020-01-01T00:00:00Z", *asked, "2999-01-01T00:00:00Z"],
        "from": asked,
        "to": asked,
        "field": ["name", "orderBlock", "accountNumber", "function", "no_field"],
        "after": ["garbage", "WyJkYmExZTJkOCIsIjEwMDAwNiIsIjYiXQ=="],
    }
    ids = [global_id.encode("Customer", row["id"]) for row in some]
    ids += [global_id.encode("QualificationDocument", number) for number in (1, 50, 400)]
    ids += [global_id.encode("CustomerExtension", number) for number in (1, 8, 20)]
    for kind in ("Contact", "BankAccountProposal", "CustomerProposal"):
        ids += [global_id.encode(kind, number) for number in (1, 7, 30)]
    ids += [global_id.encode("SalesOrganization", code) for code in ("1000", "2000", "9999")]
    ids += [global_id.encode("User", number) for number in (1, 5, 20)] + [
        global_id.encode("Plant", "1000"),
        "garbage",
        global_id.encode("Nothing", 1),
    ]
    strings["record"] = [*(global_id.encode("Customer", row["id"]) for row in some), *ids[-12::4]]
    return Pool(strings, ids)
