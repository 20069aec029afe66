"""The commands on sales documents, made alike for every category: enter, change, reject, approve, refuse."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Optional

import strawberry

from api.resolvers import sales_documents
from api.resolvers.credit_checks import told_of
from api.resolvers.document_approvals import DOCUMENTS
from api.resolvers.drafts import Draft
from api.resolvers.sales_documents import Entering
from api.schema.amounts import Money, Quantity
from api.schema.approvals import decision, decisions
from api.schema.base import (
    INPUT,
    VERSION,
    Carried,
    CommandInput,
    Info,
    UserError,
    carried_out,
    input_made,
    payload_made,
    user_errors,
)
from api.schema.pricing import ManualConditionInput, SalesOrderItemInput
from api.schema.sales_documents import (
    Contract,
    CreditCheck,
    CreditCheckResult,
    IncompletionEntry,
    Inquiry,
    MemoRequest,
    Quotation,
    ReturnOrder,
    SalesOrder,
)
from domain.errors import Refused
from domain.messages import text_of
from domain.orders.categories import DocumentCategory
from domain.orders.incompletion import warnings
from domain.pricing.currencies import minor_unit
from domain.pricing.rounding import rounded

NEW = strawberry.UNSET


@strawberry.input(description="So much of a line of another document.")
class ReferenceLineInput:
    line_number: int = strawberry.field(description="The line of that document.")
    quantity: Decimal = strawberry.field(description="How much of it, in its unit.")


@strawberry.input(description="The document that a new one follows: what is left of it, or the lines that are named.")
class ReferenceInput:
    document: strawberry.ID = strawberry.field(description="Its global id.")
    lines: Optional[list[ReferenceLineInput]] = strawberry.field(
        default=NEW, description="Which lines and how much; left out: all that is left."
    )


@strawberry.input(description="Changes of a line; what is left out stays as it is.")
class SalesOrderItemChangeInput:
    line_number: int = strawberry.field(description="Which line.")
    quantity: Optional[Decimal] = strawberry.field(default=NEW, description="How much is ordered now, in the line's unit.")
    requested_date: Optional[date] = strawberry.field(default=NEW, description="The day that it is wanted on.")
    plant: Optional[str] = strawberry.field(default=NEW, description="The plant that it ships from.")
    storage_location: Optional[str] = strawberry.field(default=NEW, description="The storage location that it ships from.")
    ship_separately: Optional[bool] = strawberry.field(default=NEW, description="Whether it ships in a delivery of its own.")
    under_tolerance: Optional[Decimal] = strawberry.field(default=NEW, description="Percent that may be lacking.")
    over_tolerance: Optional[Decimal] = strawberry.field(default=NEW, description="Percent that may be too much.")
    conditions: Optional[list[ManualConditionInput]] = strawberry.field(
        default=NEW, description="What is entered by hand, instead of what was."
    )


@strawberry.input
class HeaderInput(CommandInput):
    """What may be said of a document's header."""

    customer_reference: Optional[str] = strawberry.field(default=NEW, description="The customer's own number of it.")
    purchaser_name: Optional[str] = strawberry.field(default=NEW, description="Who orders it at the customer.")
    requested_delivery_date: Optional[date] = strawberry.field(default=NEW, description="The day that it is wanted on.")
    order_reason: Optional[str] = strawberry.field(default=NEW, description="Why it is entered.")
    valid_from: Optional[date] = strawberry.field(default=NEW, description="The first day that it holds.")
    valid_to: Optional[date] = strawberry.field(default=NEW, description="The last day that it holds.")
    ship_to: Optional[strawberry.ID] = strawberry.field(default=NEW, description="Who gets the goods.")
    bill_to: Optional[strawberry.ID] = strawberry.field(default=NEW, description="Who gets the invoice.")
    payer: Optional[strawberry.ID] = strawberry.field(default=NEW, description="Who pays.")
    agent: Optional[strawberry.ID] = strawberry.field(default=NEW, description="The agent.")
    salesperson: Optional[str] = strawberry.field(default=NEW, description="Who sells it.")
    sales_district: Optional[str] = strawberry.field(default=NEW, description="The sales district.")
    shipping_condition: Optional[str] = strawberry.field(default=NEW, description="The shipping condition.")
    incoterms: Optional[str] = strawberry.field(default=NEW, description="Incoterms.")
    title_transfer_place: Optional[str] = strawberry.field(default=NEW, description="Where title is transferred.")
    route: Optional[str] = strawberry.field(default=NEW, description="By which way it ships.")
    payment_terms: Optional[str] = strawberry.field(default=NEW, description="When it is paid, by code.")
    payment_method: Optional[str] = strawberry.field(default=NEW, description="How it is paid, by code.")
    complete_delivery: Optional[bool] = strawberry.field(default=NEW, description="Whether it is delivered as a whole only.")
    delivery_block: Optional[str] = strawberry.field(default=NEW, description="Why it is not delivered; null lifts it.")
    billing_block: Optional[str] = strawberry.field(default=NEW, description="Why it is not billed; null lifts it.")
    pricing_date: Optional[date] = strawberry.field(default=NEW, description="The day of its prices; today if left out.")
    conditions: Optional[list[ManualConditionInput]] = strawberry.field(
        default=NEW, description="What is entered by hand for the whole document."
    )


@strawberry.input
class EntryInput(HeaderInput):
    """A document to be entered."""

    order_type: str = strawberry.field(description="Its type, such as OR.")
    sales_area: str = strawberry.field(description="The sales area, e.g. 1000/10/00.")
    sold_to: strawberry.ID = strawberry.field(description="The customer.")
    order_date: Optional[date] = strawberry.field(
        default=NEW, description="The day that it was ordered on, if not today; never one to come."
    )
    items: list[SalesOrderItemInput] = strawberry.field(description="Its lines; may be empty where it refers to another.")
    reference: Optional[ReferenceInput] = strawberry.field(default=NEW, description="The document that it follows.")


# ----------------------------------------------------------------------------------------------------------- previews


@strawberry.type(description="A line as it would be.")
class PreviewItem:
    line_number: int = strawberry.field(description="The line's number.")
    confirmed_quantity: Quantity = strawberry.field(description="How much of it would be promised.")
    confirmed_date: Optional[date] = strawberry.field(description="When all of that would be there; null if nothing is.")
    net_value: Optional[Money] = strawberry.field(description="What it would come to without taxes.")


@strawberry.type(description="A level of approval that the document would need.")
class NeededApproval:
    level: int = strawberry.field(description="The level, from 1 on.")
    approver_role: str = strawberry.field(description="Which role would decide.")
    reason: str = strawberry.field(description="Which conditions ask for it.")


@strawberry.type(description="What a document would come to.")
class SalesOrderPreview:
    net_value: Optional[Money] = strawberry.field(description="Without taxes.")
    tax_amount: Optional[Money] = strawberry.field(description="The taxes.")
    gross_value: Optional[Money] = strawberry.field(description="With taxes.")
    items: list[PreviewItem] = strawberry.field(description="Line by line.")
    credit_check: Optional[CreditCheck] = strawberry.field(description="What its credit check would find.")
    incompletion: list[IncompletionEntry] = strawberry.field(description="What it would lack.")
    approvals: list[NeededApproval] = strawberry.field(description="Whose approval it would need.")


def preview_of(draft: Draft, language: str, promised: dict[int, tuple[Decimal, Optional[date]]]) -> SalesOrderPreview:
    """What a document at work comes to; `promised` is what availability said before a draft let go of it."""
    document = draft.document
    unit = minor_unit(document.currency)

    def money(amount: Decimal) -> Money:
        return Money(amount=rounded(amount, unit), currency=document.currency)

    return SalesOrderPreview(
        net_value=money(document.net_value),
        tax_amount=money(document.tax_amount),
        gross_value=money(document.gross_value),
        items=[
            PreviewItem(
                line_number=line.row.line_number,
                confirmed_quantity=Quantity(value=promised[line.row.line_number][0], unit=line.row.unit),
                confirmed_date=promised[line.row.line_number][1],
                net_value=None if line.row.net_price is None else money(line.row.net_value),
            )
            for line in draft.kept
        ],
        credit_check=_credit_check(draft, language),
        incompletion=[
            IncompletionEntry(
                field=each.required.field,
                line_number=each.line,
                blocks=list(each.blocks),
                message=text_of(each.refusal(), language),
            )
            for each in draft.missing
        ],
        approvals=[
            NeededApproval(level=each.level, approver_role=each.role, reason=",".join(each.because))
            for each in draft.needed
            if each.of_customer or not draft.by_partner
        ],
    )


def _credit_check(draft: Draft, language: str) -> Optional[CreditCheck]:
    """What the credit checks found; None where nothing was checked, or whoever asks may not know."""
    checked = draft.checked
    if checked is None or not checked.shown:
        return None
    found = [
        CreditCheckResult(check=each.kind.name, result=each.result, message=told_of(each, checked.account, language))
        for each in checked.findings
    ]
    return CreditCheck(status=draft.document.credit_status, checks=found)


class Told(list[Draft]):
    """The document that a command was at work on, and what was promised to it at that moment."""

    def __init__(self) -> None:
        super().__init__()
        self.promised: dict[int, tuple[Decimal, Optional[date]]] = {}

    def append(self, draft: Draft) -> None:
        """Keep it, with what is promised now."""
        super().append(draft)
        for line in draft.kept:
            days = [each.confirmed_date for each in line.schedule if each.confirmed_date is not None]
            self.promised[line.row.line_number] = (line.row.confirmed, max(days, default=None))


def _warnings(told: Told, carried: Carried) -> list[UserError]:
    """What lets a document pass and is told all the same."""
    language = carried.context.language
    found = [refusal for draft in told for refusal in warnings(draft.missing)]
    return user_errors(Refused(*found), language) if found and not carried.errors else []


# ----------------------------------------------------------------------------------------------------- commands made alike


def _mutations(type_: Any, one: str, categories: frozenset[DocumentCategory], object: str, words: str) -> tuple[Any, ...]:
    """The commands on a type of sales documents; `one` is what it is called as a field."""
    name = type_.__name__
    document = {one: (Optional[type_], strawberry.field(description=f"The {words} as it is now."))}
    told = {
        "preview": (Optional[SalesOrderPreview], strawberry.field(description="What it comes to, kept or not.")),
        "warnings": (list[UserError], strawberry.field(description="What it lacks and is kept without.")),
    }
    which = {
        one: (strawberry.ID, strawberry.field(description=f"Which {words}.")),
        "version": (int, strawberry.field(description=VERSION)),
    }
    changes = {
        **which,
        "items": (Optional[list[SalesOrderItemChangeInput]], strawberry.field(default=NEW, description="Lines to change.")),
        "new_items": (Optional[list[SalesOrderItemInput]], strawberry.field(default=NEW, description="Lines to add.")),
    }
    rejecting = {
        **which,
        "line_numbers": (list[int], strawberry.field(description="Which lines; none: all of them, which cancels it.")),
        "reason": (str, strawberry.field(description="Why: the code of a rejection reason.")),
    }
    create_input = input_made(EntryInput, f"Create{name}Input", f"A new {words}.")
    change_input = input_made(
        HeaderInput, f"Change{name}Input", f"Changes of a {words}; what is left out stays as it is.", **changes
    )
    reject_input = input_made(
        CommandInput, f"Reject{name}ItemsInput", f"Lines of a {words} that are not wanted any more.", **rejecting
    )
    create_payload = payload_made(f"Create{name}Payload", f"What became of `create{name}`.", **document, **told)
    change_payload = payload_made(f"Change{name}Payload", f"What became of `change{name}`.", **document, **told)
    entering = Entering(f"create{name}", categories)

    async def create(info: Info, input: Annotated[create_input, INPUT]) -> create_payload:  # type: ignore[valid-type]
        seen = Told()
        run: Callable[..., Any] = lambda caller, given: sales_documents.create_document(caller, given, entering, seen)  # noqa: E731
        done = await carried_out(info, run, input)
        return create_payload(**{one: await done.record(type_)}, **_told(seen, done), user_errors=done.errors)

    async def change(info: Info, input: Annotated[change_input, INPUT]) -> change_payload:  # type: ignore[valid-type]
        seen = Told()
        command = f"change{name}"
        run: Callable[..., Any] = lambda caller, given: sales_documents.change_document(caller, given, command, one, seen)  # noqa: E731
        done = await carried_out(info, run, input)
        return change_payload(**{one: await done.record(type_)}, **_told(seen, done), user_errors=done.errors)

    needs = f"on `{object}` in its sales area."
    commands = (
        (create, f"Enter a {words}: price, availability, incompletion and approvals at once. Needs CREATE {needs}"),
        (change, f"Change a {words}; whoever approved it is asked again. Needs CHANGE {needs}"),
    )
    words_of_rejecting = f"Reject what is not done of lines. Needs CHANGE {needs}"
    return (
        *(strawberry.mutation(function, description=text) for function, text in commands),
        decision(type_, one, words, f"reject{name}Items", sales_documents.reject_items, reject_input, words_of_rejecting),
        *decisions(type_, one, object, words, DOCUMENTS),
    )


def _told(seen: Told, done: Carried) -> dict[str, Any]:
    previews = [preview_of(draft, done.context.language, seen.promised) for draft in seen[-1:]]
    return {"preview": previews[0] if previews and not done.errors else None, "warnings": _warnings(seen, done)}


C = DocumentCategory
_INQUIRY = _mutations(Inquiry, "inquiry", frozenset({C.INQUIRY}), "inquiry", "inquiry")
_QUOTATION = _mutations(Quotation, "quotation", frozenset({C.QUOTATION}), "quotation", "quotation")
_CONTRACT = _mutations(Contract, "contract", frozenset({C.CONTRACT}), "contract", "contract")
_ORDER = _mutations(SalesOrder, "sales_order", frozenset({C.SALES_ORDER}), "sales_order", "sales order")
_RETURN = _mutations(ReturnOrder, "return_order", frozenset({C.RETURN}), "return", "return")
_MEMOS = frozenset({C.CREDIT_MEMO_REQUEST, C.DEBIT_MEMO_REQUEST})
_REQUEST = _mutations(MemoRequest, "memo_request", _MEMOS, "credit_memo_request", "memo request")


@strawberry.type
class SalesDocumentMutations:
    create_inquiry, change_inquiry, reject_inquiry_items, approve_inquiry, refuse_inquiry = _INQUIRY
    create_quotation, change_quotation, reject_quotation_items, approve_quotation, refuse_quotation = _QUOTATION
    create_contract, change_contract, reject_contract_items, approve_contract, refuse_contract = _CONTRACT
    create_sales_order, change_sales_order, reject_sales_order_items, approve_sales_order, refuse_sales_order = _ORDER
    create_return_order, change_return_order, reject_return_order_items, approve_return_order, refuse_return_order = _RETURN
    create_memo_request, change_memo_request, reject_memo_request_items, approve_memo_request, refuse_memo_request = _REQUEST
