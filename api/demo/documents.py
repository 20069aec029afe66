"""The demo company's documents, in every status: entered, approved, shipped, billed, paid and sent back by the demo users.

They give the very commands that anybody gives, day by day through the year, so that nothing in the documents could not be.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from api.auth.users import speaking_for
from api.demo.credit import cut_limits
from api.execution import global_id
from api.execution.command import Sent
from api.resolvers.billing import create_billing_documents
from api.resolvers.billing_cancellations import cancel_billing_document
from api.resolvers.credit_blocks import reject_credit_block, release_credit_block
from api.resolvers.deliveries import create_deliveries
from api.resolvers.delivery_approvals import DELIVERIES
from api.resolvers.document_approvals import DOCUMENTS
from api.resolvers.drafts import Draft
from api.resolvers.goods_issues import pick_delivery, post_goods_issue
from api.resolvers.payments import post_payment
from api.resolvers.sales_documents import Entering, create_document, reject_items
from domain.caller import Caller
from domain.credit.status import Band, CreditStatus
from domain.customer import OnboardingStatus, PartnerFunction
from domain.errors import Problem
from domain.orders.approvals import ApprovalStatus
from domain.orders.categories import DocumentCategory
from domain.pricing.rounding import rounded
from models.billing import BillingDocument
from models.credit import ShownCreditAccount
from models.customer import Customer, Partner, SalesAreaView
from models.delivery import Delivery
from models.material import Material, MaterialSalesView
from models.sales_document import DocumentHeader, SalesDocument
from models.user import UserCustomer

SEED = 20260104
FIRST_DAY, DAYS = date(2026, 2, 2), 290
STAFF = ("clerk.1000", "clerk.2000", "clerk.3000", "manager.1000", "shipping.1000", "billing.1000", "cashier.1000")
USERS = (*STAFF, "contract.1000", "buyer.a", "approver.a", "credit.manager")
A_CONTRACT_EVERY, AN_OWN_ORDER_EVERY = 25, 20
"""So many orders come for each contract, and for each order that a customer's own buyer enters."""
AREAS = ("1000/10/00",) * 5 + ("1000/20/00",) * 5 + ("1000/30/00",) * 2 + ("2000/10/00", "2000/20/00", "3000/10/00")
ORDER = Entering("createSalesOrder", frozenset({DocumentCategory.SALES_ORDER}))
CONTRACT = Entering("createContract", frozenset({DocumentCategory.CONTRACT}))
INQUIRY = Entering("createInquiry", frozenset({DocumentCategory.INQUIRY}))
REQUEST = Entering("createMemoRequest", frozenset({DocumentCategory.CREDIT_MEMO_REQUEST}))
OFFER = Entering("createQuotation", frozenset({DocumentCategory.QUOTATION}))
RETURN = Entering("createReturnOrder", frozenset({DocumentCategory.RETURN}))
CENT = Decimal("0.01")
BEYOND = Decimal("1.2")
"""How much more than what is left customers order whom credit stops at the end of the year."""


@dataclass
class _Trade:
    """A year of trading: who acts, for whom, with what."""

    callers: Mapping[str, Caller]
    customers: Mapping[str, list[int]]
    materials: Mapping[str, list[Material]]
    own_customer: int
    ship_tos: Mapping[tuple[str, int], list[int]]
    """Where goods may go, by area and customer."""
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311  # made to be repeatable
    chance_of_contracts: random.Random = field(default_factory=lambda: random.Random(SEED + 1))  # noqa: S311  # the same
    chance_of_credit: random.Random = field(default_factory=lambda: random.Random(SEED + 2))  # noqa: S311  # the same

    async def order(self, number: int, day: date) -> None:
        """One order, and what becomes of it."""
        area = self.chance.choice(AREAS)
        clerk = self.callers[f"clerk.{area[:4]}"]
        customer = self.chance.choice(self.customers[area])
        entry = self._entry(area, customer, number, day)
        if self.chance.random() < 0.05:
            asked = Sent({**entry, "order_type": "IN", "valid_to": date(2026, 12, 31)})
            await self._tried(lambda: create_document(clerk, asked, INQUIRY))
            return
        if self.chance.random() < 0.2:
            offered = await self._tried(
                lambda: create_document(clerk, Sent({**entry, "order_type": "QT", "valid_to": date(2026, 12, 31)}), OFFER)
            )
            if offered is None or self.chance.random() < 0.3:
                return
            entry = {**entry, "items": [], "reference": Sent({"document": _id("Quotation", offered.id)})}
        order = await self._tried(lambda: create_document(clerk, Sent(entry), ORDER))
        if order is not None and area.startswith("1000"):
            await self._go_on(order, day)

    async def contract(self, number: int, day: date) -> None:
        """A contract for much of something, and what is called off of it."""
        area = self.chance_of_contracts.choice(("1000/10/00", "1000/20/00"))
        customer = self.chance_of_contracts.choice(self.customers[area])
        material = self.chance_of_contracts.choice(self.materials[area])
        item = Sent({"material": _id("Material", material.id), "quantity": Decimal(400), "unit": material.base_unit})
        entry = {
            **self._about(area, customer, number),
            "order_type": "CQ",
            "order_date": day,
            "valid_from": day,
            "items": [item],
        }
        agreed = Sent({**entry, "valid_to": day + timedelta(days=365)})
        contract = await self._tried(lambda: create_document(self.callers["contract.1000"], agreed, CONTRACT))
        if contract is None or contract.approval_status is ApprovalStatus.PENDING:
            return
        for _ in range(self.chance_of_contracts.randint(0, 3)):
            lines = [Sent({"line_number": 10, "quantity": Decimal(self.chance_of_contracts.choice((20, 60, 120)))})]
            called = {"document": _id("Contract", contract.id), "lines": lines}
            entry = {
                **self._about(area, customer, number),
                "order_type": "OR",
                "order_date": day,
                "items": [],
                "reference": Sent(called),
            }
            await self._tried(lambda: create_document(self.callers["clerk.1000"], Sent(entry), ORDER))  # noqa: B023

    async def own_order(self, number: int) -> None:
        """An order by a customer's own buyer, which somebody else of the customer decides."""
        area, materials = "1000/10/00", self.materials["1000/10/00"]
        chosen = self.chance_of_contracts.sample(materials, 2)
        items = [Sent({"material": _id("Material", x.id), "quantity": Decimal(3), "unit": x.base_unit}) for x in chosen]
        entry = {**self._about(area, self.own_customer, number), "order_type": "OR", "items": items}
        order = await self._tried(lambda: create_document(self.callers["buyer.a"], Sent(entry), ORDER))
        draw = self.chance_of_contracts.random()
        if order is None or order.approval_status is not ApprovalStatus.PENDING or draw < 0.3:
            return
        deciding = Sent({"sales_order": _id("SalesOrder", order.id), "version": order.version, "reason": "不需要"})
        decide = DOCUMENTS.approve if draw < 0.8 else DOCUMENTS.refuse
        await self._tried(lambda: decide(self.callers["approver.a"], deciding, "decideSalesOrder", "sales_order"))

    async def beyond_limit(self, customer: int, left: Decimal, number: int) -> None:
        """An order of a bit more than what is left of a customer's limit: the credit desk finds it in the morning."""
        area = next((area for area, here in self.customers.items() if area.startswith("1000") and customer in here), None)
        if area is None:
            return
        material = self.materials[area][-1]

        def entry(quantity: Decimal, **more: Any) -> Sent:
            item = Sent({"material": _id("Material", material.id), "quantity": quantity, "unit": material.base_unit})
            return Sent({**self._about(area, customer, number), "order_type": "OR", "items": [item], **more})

        told: list[Draft] = []
        clerk = self.callers["clerk.1000"]
        await self._tried(lambda: create_document(clerk, entry(Decimal(1), validate_only=True), ORDER, told))
        if told and told[0].document.gross_value:
            quantity = rounded(left * BEYOND / told[0].document.gross_value, Decimal(1))
            await self._tried(lambda: create_document(clerk, entry(quantity), ORDER))

    def _about(self, area: str, customer: int, number: int) -> dict[str, Any]:
        """What every document says of whom it is for."""
        there = self.ship_tos[area, customer]
        return {
            "sales_area": area,
            "sold_to": _id("Customer", customer),
            "ship_to": _id("Customer", there[number % len(there)]),
            "customer_reference": f"PO-{number:05}",
        }

    def _entry(self, area: str, customer: int, number: int, day: date) -> dict[str, Any]:
        chosen = self.chance.sample(self.materials[area], self.chance.randint(1, 5))
        quantities = [self.chance.choice((1, 2, 5, 10, 20, 40)) for _ in chosen]
        if self.chance.random() < 0.08:
            quantities = [each * 60 for each in quantities]
        return {
            **self._about(area, customer, number),
            "order_date": day,
            "order_type": self.chance.choice(("OR",) * 9 + ("OF",)),
            "pricing_date": day,
            "customer_reference": None if self.chance.random() < 0.04 else f"PO-{number:05}",
            "requested_delivery_date": day + timedelta(days=self.chance.randint(2, 30)),
            "items": [
                Sent({"material": _id("Material", each.id), "quantity": Decimal(quantity), "unit": each.base_unit})
                for each, quantity in zip(chosen, quantities, strict=True)
            ],
        }

    async def _go_on(self, order: DocumentHeader, day: date) -> None:
        manager = self.callers["manager.1000"]
        if order.approval_status is ApprovalStatus.PENDING:
            decision = self.chance.random()
            if decision < 0.25:
                return
            deciding = Sent({"sales_order": _id("SalesOrder", order.id), "version": order.version, "reason": "价格过低"})
            decide = DOCUMENTS.approve if decision < 0.9 else DOCUMENTS.refuse
            decided = await self._tried(lambda: decide(manager, deciding, "decideSalesOrder", "sales_order"))
            if decided is None or decided.approval_status is not ApprovalStatus.APPROVED:
                return
        if order.credit_status is CreditStatus.NOT_APPROVED and not await self._decided_by_the_credit_desk(order):
            return
        if self.chance.random() < 0.06:
            rejecting = {
                "sales_order": _id("SalesOrder", order.id),
                "version": order.version,
                "line_numbers": [],
                "reason": "03",
            }
            await self._tried(lambda: reject_items(manager, Sent(rejecting), "rejectSalesOrderItems", "sales_order"))
            return
        if self.chance.random() < 0.85:
            await self._ship(order, day + timedelta(days=self.chance.randint(1, 6)))

    async def _decided_by_the_credit_desk(self, order: DocumentHeader) -> bool:
        """Whether an order that credit stops was released; some are rejected, and some wait still."""
        decision = self.chance_of_credit.random()
        which = {"sales_order": _id("SalesOrder", order.id), "version": order.version, "reason": "已收到预付款"}
        desk = self.callers["credit.manager"]
        if decision < 0.5:
            return await self._tried(lambda: release_credit_block(desk, Sent(which))) is not None
        if decision < 0.65:
            await self._tried(lambda: reject_credit_block(desk, Sent({**which, "reason": "逾期未付"})))
        return False

    async def _ship(self, order: DocumentHeader, day: date) -> None:
        shipping, billing = self.callers["shipping.1000"], self.callers["billing.1000"]
        made = Sent({"sales_orders": [_id("SalesOrder", order.id)], "planned_date": day})
        delivery = await self._approved(await self._tried(lambda: create_deliveries(shipping, made)))
        if delivery is None or self.chance.random() < 0.1:
            return
        which = {"delivery": _id("Delivery", delivery.id), "version": delivery.version}
        if self.chance.random() < 0.1:
            await self._tried(lambda: pick_delivery(shipping, Sent(which)))
            return
        posted = await self._tried(lambda: post_goods_issue(shipping, Sent({**which, "posting_date": day})))
        if posted is None or self.chance.random() < 0.1:
            return
        wanted = {"deliveries": [which["delivery"]], "billing_date": day}
        if order.order_type == "OF":
            wanted["sales_orders"] = [_id("SalesOrder", order.id)]
        invoice = await self._tried(lambda: create_billing_documents(billing, Sent(wanted), []))
        if invoice is not None:
            await self._settle(invoice, day)

    async def _approved(self, delivery: Delivery | None) -> Delivery | None:
        """A delivery that may leave; None where it waits for a manager still."""
        if delivery is None or delivery.approval_status.stands:
            return delivery
        if self.chance.random() < 0.3:
            return None
        asked = Sent({"delivery": _id("Delivery", delivery.id), "version": delivery.version})
        decided = await self._tried(
            lambda: DELIVERIES.approve(self.callers["manager.1000"], asked, "approveDelivery", "delivery")
        )
        return decided if isinstance(decided, Delivery) else None

    async def _settle(self, invoice: BillingDocument, day: date) -> None:
        draw = self.chance.random()
        which = _id("BillingDocument", invoice.id)
        if draw < 0.04:
            cancelling = Sent({"billing_document": which, "version": invoice.version, "reason": "开票信息有误"})
            await self._tried(lambda: cancel_billing_document(self.callers["billing.1000"], cancelling))
        elif draw < 0.7:
            share = Decimal(1) if draw < 0.55 else Decimal("0.4")
            paid = {
                "payer": _id("Customer", invoice.payer_id),
                "company_code": invoice.company_code,
                "amount": rounded(invoice.gross_value * share, CENT),
                "currency": invoice.currency,
                "posting_date": min(day + timedelta(days=self.chance.randint(5, 60)), FIRST_DAY + timedelta(days=DAYS + 4)),
                "items": [Sent({"billing_document": which})],
            }
            await self._tried(lambda: post_payment(self.callers["cashier.1000"], Sent(paid)))
        elif draw < 0.76:
            await self._send_back(invoice, which, "RE", RETURN)
        elif draw < 0.8:
            await self._send_back(invoice, which, "CR", REQUEST)

    async def _send_back(self, invoice: BillingDocument, which: str, order_type: str, entering: Entering) -> None:
        area = f"{invoice.sales_organization}/{invoice.distribution_channel}/{invoice.division}"
        asked = {
            **self._about(area, invoice.sold_to_id, 0),
            "order_type": order_type,
            "order_reason": "运输破损",
            "items": [],
            "reference": Sent({"document": which}),
        }
        made = await self._tried(lambda: create_document(self.callers["clerk.1000"], Sent(asked), entering))
        if made is not None and self.chance_of_contracts.random() < 0.5:
            deciding = Sent({"document": _id(type(made).__name__, made.id), "version": made.version})
            await self._tried(lambda: DOCUMENTS.approve(self.callers["manager.1000"], deciding, "approve", "document"))

    async def _tried(self, command: Callable[[], Awaitable[Any]]) -> Any:
        """What a command made; None where a rule of the trade spoke against it, as it does in life."""
        try:
            return await command()
        except Problem:
            return None


def _id(type_name: str, key: int) -> str:
    return global_id.encode(type_name, key)


async def make_documents(orders: int, progress: Callable[[], None]) -> None:
    """Trade for a year: so many orders, and all that follows them; nothing where there are documents already."""
    if orders == 0 or await SalesDocument.exists():
        return
    async with AsyncExitStack() as sessions:
        callers = {name: await sessions.enter_async_context(speaking_for(name, "demo")) for name in USERS}
        bound = await UserCustomer.filter(user__username="buyer.a").first()
        assert bound is not None
        trade = _Trade(callers, await _customers(), await _materials(), bound.customer_id, await _ship_tos())
        for number in range(1, orders + 1):
            day = FIRST_DAY + timedelta(days=DAYS * (number - 1) // orders)
            await trade.order(number, day)
            if number % A_CONTRACT_EVERY == 0:
                await trade.contract(number, day)
            if number % AN_OWN_ORDER_EVERY == 0:
                await trade.own_order(number)
            progress()
        await cut_limits()
        with_room = ShownCreditAccount.filter(risk_category="C", band=Band.OK, credit_control_area="1000").order_by("id")
        for number, account in enumerate(await with_room, orders + 1):
            await trade.beyond_limit(account.customer_id, account.available or Decimal(0), number)


async def _customers() -> dict[str, list[int]]:
    """Who may be ordered for, by sales area."""
    found: dict[str, list[int]] = {}
    good = Customer.filter(onboarding_status=OnboardingStatus.APPROVED, order_block=None, archived_at=None)
    ids = {each.id for each in await good}
    for view in await SalesAreaView.filter(order_block=None).order_by("id"):
        if view.customer_id in ids:
            area = f"{view.sales_organization}/{view.distribution_channel}/{view.division}"
            found.setdefault(area, []).append(view.customer_id)
    return found


async def _ship_tos() -> dict[tuple[str, int], list[int]]:
    """Where goods may go, by sales area and customer."""
    found: dict[tuple[str, int], list[int]] = {}
    for each in await Partner.filter(function=PartnerFunction.SHIP_TO).order_by("id").prefetch_related("view"):
        area = f"{each.view.sales_organization}/{each.view.distribution_channel}/{each.view.division}"
        found.setdefault((area, each.view.customer_id), []).append(each.customer_id)
    return found


async def _materials() -> dict[str, list[Material]]:
    """What is sold, by sales area."""
    materials = {each.id: each for each in await Material.all().order_by("id")}
    found: dict[str, list[Material]] = {}
    for view in await MaterialSalesView.all().order_by("id"):
        area = f"{view.sales_organization}/{view.distribution_channel}/{view.division}"
        found.setdefault(area, []).append(materials[view.material_id])
    return found
