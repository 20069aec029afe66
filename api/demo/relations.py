"""How the demo company's customers belong together, whom one speaks to, and what waits to be decided."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timezone
from decimal import Decimal

from domain.customer import CommissionBasis, CustomerType, InvoiceKind, OnboardingStatus, PartnerFunction, TaxpayerKind
from domain.proposals import ProposalSubject, ProposedAction
from models.customer import BankAccount, Contact, CreditPointer, Customer, CustomerExtension, Partner, SalesAreaView
from models.proposal import BankAccountProposal, CustomerProposal, ProposedChange

SEED = 20260102
FIRST_MOMENT = datetime(2026, 1, 5, 1, 30, tzinfo=timezone.utc)
FAMILY_NAMES = ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴")
GIVEN_NAMES = ("伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳")
ABROAD = ("Anna Lim", "Jonas Petersen", "Marieke de Boer", "Hassan Al Amiri", "Emily Carter", "田中 健")
POSITIONS = (("采购部", "采购经理"), ("财务部", "会计"), ("设备部", "工程师"))
CONTROL_AREAS = {"1000": "1000", "2000": "1000", "3000": "3000"}


async def make_relations(bound: dict[str, tuple[str, ...]]) -> None:
    """Store contacts, VAT data, groups, dealers, agents, commission, credit pointers, flags and proposals."""
    chance = random.Random(SEED)  # noqa: S311  # made to be repeatable
    customers = await Customer.all().order_by("id").prefetch_related("sales_area_views")
    by_type = {type_: [each for each in customers if each.customer_type is type_] for type_ in CustomerType}
    for customer in customers:
        await _people(chance, customer)
        await _vat(chance, customer)
    for organization in CONTROL_AREAS:
        here = {type_: [each for each in rows if _works_in(each, organization)] for type_, rows in by_type.items()}
        await _groups(here[CustomerType.END_USER], CONTROL_AREAS[organization])
        await _supplied(chance, here[CustomerType.END_USER], here[CustomerType.DEALER])
        await _represented(chance, here[CustomerType.END_USER], here[CustomerType.AGENT])
    spoken_for = {number for numbers in bound.values() for number in numbers}
    await _going(customers, spoken_for)
    await _waiting(customers, bound)


def _works_in(customer: Customer, organization: str) -> bool:
    return any(view.sales_organization == organization for view in customer.sales_area_views)


async def _people(chance: random.Random, customer: Customer) -> None:
    chinese = customer.country == "CN"
    department, position = chance.choice(POSITIONS)
    name = chance.choice(FAMILY_NAMES) + chance.choice(GIVEN_NAMES) if chinese else chance.choice(ABROAD)
    if chance.random() < 0.6:
        await Contact.create(
            customer=customer,
            name=name,
            department=department if chinese else "Purchasing",
            position=position if chinese else "Buyer",
            phone=customer.phone,
            email=customer.email,
        )


async def _vat(chance: random.Random, customer: Customer) -> None:
    if customer.country != "CN":
        return
    general = chance.random() < 0.8
    customer.taxpayer_kind = TaxpayerKind.GENERAL if general else TaxpayerKind.SMALL_SCALE
    customer.invoice_kind = InvoiceKind.SPECIAL if general else InvoiceKind.ORDINARY
    customer.invoice_address = f"{customer.region}{customer.city}{customer.street}"
    customer.invoice_phone = customer.phone
    await customer.save()
    await BankAccount.filter(customer_id=customer.id).update(on_invoice=True)


async def _groups(end_users: Sequence[Customer], control_area: str) -> None:
    """A group of three: one heads it, and the others' documents count on its credit account."""
    head, *members = [each for each in end_users if each.onboarding_status is OnboardingStatus.APPROVED][1:4]
    for member in members:
        member.group_head = head
        await member.save()
        await CreditPointer.get_or_create(
            customer_id=member.id, credit_control_area=control_area, defaults={"holder_id": head.id}
        )


async def _supplied(chance: random.Random, end_users: Sequence[Customer], dealers: Sequence[Customer]) -> None:
    for customer in end_users[4:]:
        if chance.random() < 0.1:
            customer.dealer = chance.choice(dealers)
            await customer.save()


async def _represented(chance: random.Random, end_users: Sequence[Customer], agents: Sequence[Customer]) -> None:
    for agent in agents:
        rate, basis = chance.choice((("2.00", CommissionBasis.AMOUNT), ("5.00", CommissionBasis.NET_OF_COST)))
        await SalesAreaView.filter(customer_id=agent.id).update(commission_rate=Decimal(rate), commission_basis=basis)
    for customer in end_users:
        if chance.random() < 0.15:
            agent = chance.choice(agents)
            for view in customer.sales_area_views:
                if any(each.sales_organization == view.sales_organization for each in agent.sales_area_views):
                    await Partner.get_or_create(view_id=view.id, function=PartnerFunction.AGENT, customer_id=agent.id)


async def _going(customers: Sequence[Customer], spoken_for: set[str]) -> None:
    """Some are flagged for deletion, and the last of them that nobody names is put away."""
    rejected = [each for each in customers if each.onboarding_status is OnboardingStatus.REJECTED]
    flagged = [each for each in rejected if each.number not in spoken_for][-3:]
    for customer in flagged:
        customer.flag_for_deletion(True, "Closed down 已停业")
        await customer.save()
    for customer in reversed(flagged):
        if not await Partner.filter(customer_id=customer.id).exclude(view__customer_id=customer.id).exists():
            customer.archived_at = FIRST_MOMENT
            await customer.save()
            return


async def _waiting(customers: Sequence[Customer], bound: dict[str, tuple[str, ...]]) -> None:
    """What a customer approver and the clerks find in the morning."""
    north = next(
        each for each in customers if not _works_in(each, "1000") and each.onboarding_status is OnboardingStatus.APPROVED
    )
    await CustomerExtension.create(
        customer_number=north.number,
        sales_organization="1000",
        distribution_channel="10",
        division="00",
        proposed_by="clerk.1000",
        proposed_at=FIRST_MOMENT,
    )
    account = await BankAccount.get(customer_id=north.id)
    await BankAccountProposal.create(
        customer=north,
        bank_account=account,
        action=ProposedAction.CHANGE,
        bank_name=account.bank_name,
        account_number="6222021001116245702",
        holder=account.holder,
        on_invoice=True,
        proposed_by="customer.admin",
        proposed_at=FIRST_MOMENT,
    )
    dealer = next(each for each in customers if each.number == bound["dealer.a"][0])
    proposal = await CustomerProposal.create(
        customer=dealer,
        subject=ProposalSubject.GENERAL,
        action=ProposedAction.CHANGE,
        proposed_by="dealer.a",
        proposed_at=FIRST_MOMENT,
    )
    await ProposedChange.create(proposal=proposal, field="street", old_value=dealer.street, new_value="延安西路900号")
