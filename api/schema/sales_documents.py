"""Sales documents as they are read: inquiries, quotations, contracts, orders, returns and memo requests, and their items."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Optional

import strawberry

import models
from api.execution.json_text import base64
from api.execution.listing import About
from api.execution.mapping import (
    Offer,
    Permit,
    column,
    embedded,
    global_id,
    mapped,
    masked,
    nested,
    to_many,
    to_one,
    viewer_can,
)
from api.execution.pages import Connection
from api.execution.pages import nested as page_of
from api.execution.requests import PageRequest, Sort, page_request
from api.resolvers.approvals import hands_of
from api.schema.amounts import Money, Quantity, money_of, quantity_of
from api.schema.approvals import APPROVED, ApprovalFields, decisions_offered
from api.schema.base import Node
from api.schema.customers import CustomerReference
from api.schema.handling import HANDLING, handled_by
from api.schema.history import CAMEL
from api.schema.materials import Material
from api.schema.organization import PaymentTerms, SalesArea
from api.schema.price_traces import PriceCondition
from api.schema.scalars import Command
from domain.activity import Activity
from domain.areas import PARTS
from domain.credit.requests import CreditDecisionKind
from domain.credit.status import CheckResult, CreditStatus
from domain.orders.approvals import ApprovalStatus
from domain.orders.categories import DocumentCategory
from domain.orders.incompletion import Blocks
from domain.orders.statuses import AxisStatus, SalesOrderStatus


def figure(name: str, description: str) -> Any:
    """A figure that a credit check went by; null where it went by none of that name."""
    return column(f"({{row}}.figures ->> '{name}')::numeric", description, type="numeric")


NEW = strawberry.UNSET
AREA_COLUMNS = tuple((part, part) for part in PARTS)
FLOW_ID = base64("{row}.type_name || ':' || {row}.document_id")
COST = "sales_order_cost"


@mapped(models.ScheduleLine)
@strawberry.type(description="A part of an item: what was wanted, what is promised, and when 计划行.")
class ScheduleLine:
    requested_date: date = column("requested_date", "The day that it was wanted on.")
    quantity: Quantity = embedded(
        "How much was wanted.",
        columns=(
            ("trim_scale({row}.per)", "trim_scale({row}.quantity)"),
            ("unit", "(select i.unit from sales_items i where i.id = {row}.item_id)"),
        ),
    )
    confirmed_date: Optional[date] = column("confirmed_date", "The day that it is promised for; null if it is not.")


@mapped(models.SalesItem)
@strawberry.type(description="A line of a sales document.")
class SalesOrderItem:
    line_number: int = column("line_number", "The line's number: 10, 20, …")
    item_category: str = column("item_category", "The item category, which says what the item needs.")
    material: Material = to_one("What is sold.", on=(("id", "material_id"),), reference=True)
    description: str = column("description", "What it is called in the document.")
    plant: Optional[str] = column("plant", "The plant that it ships from; null where nothing moves.")
    quantity: Quantity = quantity_of("quantity", "How much is ordered.")
    free_with_line: Optional[int] = column("free_with_line", "The line that it comes free with; null if it is sold.")
    free_quantity: Optional[Quantity] = embedded(
        "How much of what was ordered is free: as a line of its own beside this one, or within the price of this one.",
        needs="free_kind",
        columns=(("trim_scale({row}.per)", "trim_scale({row}.free_quantity)"), ("unit", "unit")),
    )
    confirmed_quantity: Quantity = quantity_of("confirmed", "How much of it is promised.")
    rejected_quantity: Quantity = quantity_of("rejected", "How much of it was rejected.")
    delivered_quantity: Quantity = quantity_of("delivered", "How much of it deliveries hold.")
    billed_quantity: Quantity = quantity_of("billed", "How much of it was billed.")
    requested_date: Optional[date] = column("requested_date", "The day that it is wanted on.")
    ship_separately: bool = column("ship_separately", "Whether it ships in a delivery of its own.")
    tax_class: Optional[str] = column("tax_class", "How the material is taxed.")
    net_price: Optional[Money] = money_of("net_price", "The net value of one unit; null where no price was found.")
    net_value: Optional[Money] = money_of("net_value", "What it comes to without taxes.")
    tax_amount: Optional[Money] = money_of("tax_amount", "The taxes.")
    gross_value: Optional[Money] = money_of("gross_value", "What it comes to with taxes.")
    rejection_reason: Optional[str] = column("rejection_reason", "Why it was rejected; null if it was not.")
    status: AxisStatus = column("status", "How far it has come.")
    delivery_status: AxisStatus = column("delivery_status", "How far it is delivered.")
    billing_status: AxisStatus = column("billing_status", "How far it is billed.")
    schedule_lines: list[ScheduleLine] = to_many(
        "When how much of it is promised.", on=(("item_id", "id"),), order=("position",), reference=True
    )
    conditions: Optional[list[PriceCondition]] = to_many(
        "How its price came about, row by row, as far as you may see.",
        on=(("item_id", "id"),),
        order=("position",),
        where="{row}.replaced_at is null",
    )


@mapped(models.IncompletionEntry)
@strawberry.type(description="A field that a document lacks: 不完整性.")
class IncompletionEntry:
    field: str = column("field", "The field.")
    line_number: Optional[int] = column("line_number", "The line that lacks it; null for the header.")
    blocks: list[Blocks] = column("string_to_array({row}.blocks, ',')", "What its lack keeps from happening.", type="text[]")
    message: str = column("{row}.title || ' is missing 缺失'", "What is missing.", type="text")


@mapped(models.DocumentApproval)
@strawberry.type(description="A level of approval that a document needs: 审批.")
class DocumentApproval(ApprovalFields):
    pass


@mapped(models.CreditCheckResult)
@strawberry.type(description="What a single credit check found.")
class CreditCheckResult:
    check: str = column("name", "Which check.")
    result: CheckResult = column("result", "What it found.")
    message: str = column("message", "It in words.")


@mapped(models.CreditCheckResult)
@strawberry.type(description="The figures that a single credit check went by.")
class CreditCheckFigures:
    check: str = column("name", "Which check.")
    limit: Optional[Decimal] = figure("limit", "What the account may come to.")
    exposure: Optional[Decimal] = figure("exposure", "What counted on it without the document.")
    value: Optional[Decimal] = figure("value", "What the document adds.")
    exceeded_by: Optional[Decimal] = figure("exceededBy", "By how much that is too much; null if it is not.")
    currency: Optional[str] = column("{row}.figures ->> 'currency'", "The currency of the account.", type="text")


@mapped(models.CreditDecision)
@strawberry.type(description="What was decided on an order that credit stopped: 信用处理记录.")
class CreditDecision:
    kind: CreditDecisionKind = column("kind", "What was decided.")
    value: Optional[Money] = money_of("value", "For which value.")
    day: date = column("day", "On which day, from which a release counts.")
    reason: str = column("reason", "Why.")
    forwarded_to: Optional[str] = column("forwarded_to", "Whom it was handed on to.")
    decided_by: str = column("decided_by", "Who decided.")
    decided_at: datetime = column("decided_at", "When.")


@mapped(None)
@strawberry.type(description="Where the credit check of a document stands: 信用检查.")
class CreditCheck:
    status: CreditStatus = column("credit_status", "What it came to.")
    checks: list[CreditCheckResult] = to_many("Check by check.", on=(("document_id", "id"),), order=("position",))


@mapped(models.DocumentReference)
@strawberry.type(description="A document that another follows, as far as you may see it, and how much of it.")
class DocumentReference:
    id: strawberry.ID = column(FLOW_ID, "The document's global id.", type="text")
    category: DocumentCategory = column("category", "What it is.")
    number: str = column("number", "Its number.")
    quantity: Optional[Quantity] = quantity_of("quantity", "How much was taken of it; null if it is in several units, or none.")
    value: Optional[Money] = money_of("value", "What that comes to.")


@mapped(models.DocumentFlowEntry)
@strawberry.type(description="A document that comes before or after another, or itself: 凭证流.")
class DocumentFlowEntry:
    id: strawberry.ID = column(FLOW_ID, "The document's global id.", type="text")
    category: DocumentCategory = column("category", "What it is.")
    number: str = column("number", "Its number.")
    date: date = column("day", "Its day.")
    status: AxisStatus = column("status", "How far it has come.")
    predecessors: list[DocumentReference] = to_many(
        "What it follows directly.", on=(("successor_kind", "kind"), ("successor_id", "document_id")), order=("id",)
    )


def flow_of(kind: str) -> Any:
    """The document flow of a kind of documents."""
    return to_many(
        "Every document before and after it, itself included, as far as you may see them: each after all that it follows.",
        on=(("root_id", "id"),),
        order=("id",),
        where=f"{{row}}.root_kind = '{kind}'",
    )


@mapped(models.ChangeDocument)
@strawberry.type(description="One field of a document, before and after: 更改凭证.")
class Change:
    changed_at: datetime = column("changed_at", "When it was changed.")
    changed_by: str = column("changed_by", "The user name of who changed it.")
    version: int = column("record_version", "The version of the document that it belongs to.")
    field: str = column(CAMEL, "The field.", type="text")
    line_number: Optional[int] = column("line_number", "The line; null for the header.")
    old_value: Optional[str] = column("old_value", "What it was before; null if it was empty.", tells=True)
    new_value: Optional[str] = column("new_value", "What it is since; null if it is empty.", tells=True)


def _changes(model: Any, key: Any, first: int = 20, after: str | None = None) -> PageRequest:
    objects = (model.access.object,)
    newest = [Sort("changed_at", True, "orderBy")]
    return page_request(Change, first, after, newest, about=About(model, key, objects))


def changes_of(model: Any) -> Any:
    """The change documents of records of a model, as a page about the record."""

    async def changes(
        root: strawberry.Parent[Any],
        first: Annotated[int, strawberry.argument(description="How many rows.")] = 20,
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
    ) -> Optional[Connection[Change]]:
        return await page_of(root, "changes", first=first, after=after)

    words = "Its change documents, newest first; null where you may not see changes."
    return nested(changes, partial(_changes, model), words)


@strawberry.type
class SalesDocumentFields(Node):
    """What every sales document shows."""

    id: strawberry.ID = global_id("The global id.")
    number: str = column("number", "The document's number.", filter=True, order=True)
    category: DocumentCategory = column("category", "What it is.")
    order_type: str = column("order_type", "Its type, such as OR.", filter=True)
    order_date: date = column("order_date", "The day that it was ordered on.", filter=True, order=True)
    sales_organization: str = column("sales_organization", "The code of the sales organization.", filter=True)
    sales_area: SalesArea = to_one("The sales area.", on=AREA_COLUMNS, reference=True)
    sold_to: CustomerReference = to_one("Who orders.", on=(("id", "sold_to_id"),), reference=True)
    ship_to: CustomerReference = to_one("Who gets the goods.", on=(("id", "ship_to_id"),), reference=True)
    bill_to: CustomerReference = to_one("Who gets the invoice.", on=(("id", "bill_to_id"),), reference=True)
    payer: CustomerReference = to_one("Who pays.", on=(("id", "payer_id"),), reference=True)
    agent: Optional[CustomerReference] = to_one("The agent, if there is one.", on=(("id", "agent_id"),), reference=True)
    salesperson: Optional[str] = column("salesperson", "Who sells it.", filter=True)
    requested_delivery_date: Optional[date] = column("requested_delivery_date", "The day that it is wanted on.", filter=True)
    customer_reference: Optional[str] = column("customer_reference", "The customer's own number of it.", filter=True)
    purchaser_name: Optional[str] = column("purchaser_name", "Who orders it at the customer.")
    order_reason: Optional[str] = column("order_reason", "Why it was entered.")
    sales_district: Optional[str] = column("sales_district", "The sales district.", filter=True)
    shipping_condition: Optional[str] = column("shipping_condition", "The shipping condition.")
    incoterms: Optional[str] = column("incoterms", "Incoterms.")
    title_transfer_place: Optional[str] = column("title_transfer_place", "Where title to the goods is transferred.")
    route: Optional[str] = column("route", "By which way it ships.")
    payment_terms: Optional[PaymentTerms] = to_one("When it is paid.", on=(("code", "payment_terms"),), reference=True)
    payment_method: Optional[str] = column("payment_method", "How it is paid.")
    complete_delivery: bool = column("complete_delivery", "Whether it is delivered as a whole only.")
    valid_from: Optional[date] = column("valid_from", "The first day that it holds.")
    valid_to: Optional[date] = column("valid_to", "The last day that it holds.", filter=True)
    delivery_block: Optional[str] = column("delivery_block", "Why it is not delivered; null if it is.", filter=True)
    billing_block: Optional[str] = column("billing_block", "Why it is not billed; null if it is.", filter=True)
    currency: str = column("currency", "The currency of its values.", filter=True)
    pricing_date: date = column("pricing_date", "The day of its prices.")
    net_value: Optional[Money] = money_of("net_value", "What it comes to without taxes.", filter=True, order=True)
    tax_amount: Optional[Money] = money_of("tax_amount", "The taxes.")
    gross_value: Optional[Money] = money_of("gross_value", "What it comes to with taxes.")
    margin: Optional[Money] = embedded(
        "What is left of the net value after costs; null where you may not see it, or no cost is known.",
        right=COST,
        needs="cost",
        columns=(("amount", "round({row}.net_value - {row}.cost, currency_decimals({row}.currency))"),),
    )
    status: SalesOrderStatus = column("status", "Where it stands as a whole.", filter=True)
    approval_status: ApprovalStatus = column("approval_status", "Where its approval stands.", filter=True)
    credit_status: CreditStatus = column("credit_status", "Where its credit check stands.", filter=True)
    reference_status: AxisStatus = column("reference_status", "How far it was referred to.", filter=True)
    confirmation_status: AxisStatus = column("confirmation_status", "How far it is promised.", filter=True)
    delivery_status: AxisStatus = column("delivery_status", "How far it is delivered.", filter=True)
    goods_movement_status: AxisStatus = column("goods_movement_status", "How far its goods have left.", filter=True)
    billing_status: AxisStatus = column("billing_status", "How far it is billed.", filter=True)
    rejection_status: AxisStatus = column("rejection_status", "How far it was rejected.", filter=True)
    incomplete: bool = column("incomplete", "Whether it lacks something.", filter=True)
    entered_by: Optional[str] = handled_by("entered_by", "The user name of who entered it.", customer="sold_to_id", filter=True)
    entered_at: datetime = column("entered_at", "When.")
    changed_by: Optional[str] = handled_by("changed_by", "The user name of who changed it last.", customer="sold_to_id")
    changed_at: Optional[datetime] = column("changed_at", "When.")
    version: int = column("version", "Counts the changes of the document, for commands.")
    items: list[SalesOrderItem] = to_many("Its lines.", on=(("document_id", "id"),), order=("line_number",), reference=True)
    incompletion: list[IncompletionEntry] = to_many("What it lacks.", on=(("document_id", "id"),), order=("id",))
    approvals: Optional[list[DocumentApproval]] = to_many(
        "Whose approval it needs.", on=(("document_id", "id"),), order=("level",), right=HANDLING
    )
    customer_approvals: list[DocumentApproval] = to_many(
        "Whose approval it needs of the customer's own people.",
        on=(("document_id", "id"),),
        order=("level",),
        where="{row}.of_customer",
    )
    credit_check: Optional[CreditCheck] = embedded("What its credit check found.", right="credit_band")
    credit_figures: Optional[list[CreditCheckFigures]] = to_many(
        "The figures of its credit check.", on=(("document_id", "id"),), order=("position",), right="credit_account"
    )
    credit_decisions: Optional[list[CreditDecision]] = to_many(
        "What the credit desk decided, the oldest first.", on=(("document_id", "id"),), order=("id",), right="credit_account"
    )
    document_flow: list[DocumentFlowEntry] = flow_of("SALES")


def _commands(model: Any, *further: Offer) -> Any:
    """The commands on sales documents of a model, called by its name."""
    name = model.__name__
    can = (Permit(model.access.object, Activity.CHANGE),)
    return viewer_can(
        Offer(f"change{name}", can, "{row}.status <> 'REJECTED'"),
        Offer(f"reject{name}Items", can, "{row}.status not in ('REJECTED', 'COMPLETE')"),
        *decisions_offered(model, name),
        *further,
    )


@mapped(models.Inquiry)
@strawberry.type(description="What a customer asks for: 询价单.")
class Inquiry(SalesDocumentFields):
    masked: list[str] = masked()
    changes = changes_of(models.Inquiry)
    viewer_can: list[Command] = _commands(models.Inquiry)


@mapped(models.Quotation)
@strawberry.type(description="What is offered, and until when: 报价单.")
class Quotation(SalesDocumentFields):
    masked: list[str] = masked()
    changes = changes_of(models.Quotation)
    viewer_can: list[Command] = _commands(models.Quotation)


@mapped(models.Contract)
@strawberry.type(description="What is agreed on to be called off: 合同.")
class Contract(SalesDocumentFields):
    masked: list[str] = masked()
    changes = changes_of(models.Contract)
    viewer_can: list[Command] = _commands(models.Contract)


OPEN_TO_DELIVER = f"{{row}}.delivery_status in ('NOT_YET', 'PARTIAL') and {APPROVED}"
NOT_STOPPED = "{row}.credit_status not in ('NOT_APPROVED', 'REJECTED')"
RELEASES = (Permit("credit_block", Activity.RELEASE),)
OPEN_TO_BILL = f"{{row}}.billing_status in ('NOT_YET', 'PARTIAL') and {APPROVED}"


def by_others_in_credit(statuses: str) -> str:
    """SQL that holds of an order in these credit statuses that the caller has neither entered nor changed."""
    mine = f"select 1 from {hands_of(models.SalesOrder, '{row}.id')} and hand.changed_by = {{caller}}"
    return f"{{row}}.credit_status in ({statuses}) and {{row}}.entered_by <> {{caller}} and not exists ({mine})"


@mapped(models.SalesOrder)
@strawberry.type(description="What is ordered: 销售订单.")
class SalesOrder(SalesDocumentFields):
    masked: list[str] = masked()
    changes = changes_of(models.SalesOrder)
    viewer_can: list[Command] = _commands(
        models.SalesOrder,
        Offer("createDelivery", (Permit("delivery", Activity.CREATE),), f"{OPEN_TO_DELIVER} and {NOT_STOPPED}"),
        Offer("createBillingDocument", (Permit("billing_document", Activity.CREATE),), f"{OPEN_TO_BILL} and {NOT_STOPPED}"),
        Offer("releaseCreditBlock", RELEASES, by_others_in_credit("'NOT_APPROVED', 'PARTIALLY_RELEASED'")),
        Offer("rejectCreditBlock", RELEASES, by_others_in_credit("'NOT_APPROVED'")),
        Offer("forwardCreditBlock", (Permit("credit_block", Activity.DISPLAY),), "{row}.credit_status = 'NOT_APPROVED'"),
    )


@mapped(models.ReturnOrder)
@strawberry.type(description="What is to come back: 退货单.")
class ReturnOrder(SalesDocumentFields):
    masked: list[str] = masked()
    changes = changes_of(models.ReturnOrder)
    viewer_can: list[Command] = _commands(
        models.ReturnOrder, Offer("createDelivery", (Permit("delivery", Activity.CREATE),), OPEN_TO_DELIVER)
    )


@mapped(models.MemoRequest)
@strawberry.type(description="What is to be credited or debited: 贷项/借项凭证申请.")
class MemoRequest(SalesDocumentFields):
    masked: list[str] = masked()
    changes = changes_of(models.MemoRequest)
    viewer_can: list[Command] = _commands(
        models.MemoRequest,
        Offer("createBillingDocument", (Permit("billing_document", Activity.CREATE),), OPEN_TO_BILL),
    )
