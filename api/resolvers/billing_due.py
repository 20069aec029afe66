"""What is due for billing of deliveries, and of orders by themselves; and what stands against billing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from api.resolvers.credit_checks import STOPPED
from api.resolvers.document_steps import Behind
from api.resolvers.flow import DELIVERY, SALES
from api.resolvers.orders_content import content
from domain.customer import BlockScope
from domain.errors import Refusal
from domain.orders.billing import BillingCase, refusals_to_bill
from domain.orders.categories import DocumentCategory
from domain.orders.copy_control import copy_rule
from domain.orders.document_types import BillingType
from domain.orders.incompletion import Blocks
from domain.orders.quantities import BillingBasis, ItemQuantities
from models.delivery import Delivery, DeliveryItem
from models.sales_document import DocumentHeader, SalesItem

BY_DELIVERY = (BillingBasis.GOODS_ISSUE, BillingBasis.DELIVERY)


@dataclass
class Due:
    """So much of an item to be billed, by a delivery of it or by itself."""

    key: str
    item: SalesItem
    document: DocumentHeader
    quantity: Decimal
    path: str
    type: BillingType
    delivery: Delivery | None = None
    line: DeliveryItem | None = None

    @property
    def quantities(self) -> ItemQuantities:
        """What became of the delivery's line, or of the item where it is billed by itself."""
        line = self.line
        if line is None or line.billed_by is None:
            return self.item.quantities
        return ItemQuantities(
            line.quantity, delivered=line.quantity, issued=line.issued, billed=line.billed, billed_by=line.billed_by
        )


def due_of_deliveries(found: Behind, deliveries: Sequence[Delivery], lines: Sequence[DeliveryItem]) -> list[Due]:
    """What is due of deliveries: what left the plant (or came back) and is not billed."""
    by_id = {each.id: (place, each) for place, each in enumerate(deliveries)}
    due = []
    for line in lines:
        place, delivery = by_id[line.delivery_id]
        item = found.items[line.item_id]
        if line.billed_by not in BY_DELIVERY or line.quantity == line.billed:
            continue
        document = found.documents[item.document_id]
        basis = line.issued if line.billed_by is BillingBasis.GOODS_ISSUE else line.quantity
        quantity = basis - line.billed if basis else line.quantity - line.billed
        key = f"{DELIVERY}:{line.id}"
        due.append(Due(key, item, document, quantity, f"deliveries.{place}", _type(document), delivery, line))
    return due


def due_of_orders(found: Behind, orders: Sequence[DocumentHeader]) -> list[Due]:
    """What is due of orders by themselves: services, what is invoiced first, memo requests."""
    due = []
    for place, document in enumerate(orders):
        for item in found.items_of(document):
            if item.billed_by is BillingBasis.ORDER and item.quantities.due_to_bill > 0:
                key = f"{SALES}:{item.id}"
                due.append(Due(key, item, document, item.quantities.due_to_bill, f"salesOrders.{place}", _type(document)))
    return due


def _type(document: DocumentHeader) -> BillingType:
    types = content().types
    return types.billing_types[types.order_types[document.order_type].billing_type or ""]


def refusals_of_due(found: Behind, due: Sequence[Due]) -> tuple[Refusal, ...]:
    """Why these cannot be billed; that nothing is due of them."""
    if not due:
        return (Refusal("BILLED_NOTHING", "deliveries", {"line": "-"}),)
    refusals: list[Refusal] = []
    for each in due:
        source = each.delivery.delivery_type if each.delivery else each.document.order_type
        if copy_rule(content().copy_rules, source, each.type.code) is None:
            refusals.append(Refusal("REFERENCE_NOT_ALLOWED", each.path, {"number": source, "target": each.type.code}))
        if each.type.category is DocumentCategory.PRO_FORMA:
            continue
        case = BillingCase(
            each.quantities,
            each.quantity,
            blocked=found.is_blocked(each.document, BlockScope.BILLING),
            incomplete=found.lacks(each.document, Blocks.BILLING, each.item.line_number),
            approved=found.is_approved(each.document) and (each.delivery is None or each.delivery.approval_status.stands),
        )
        refusals += refusals_to_bill(case, each.item.line_number, each.path)
        if each.delivery is None and each.document.credit_status in STOPPED:
            refusals.append(Refusal("CREDIT_STOPPED", each.path, {"number": each.document.number}))
    return tuple(refusals)
