"""Credit as it is read: accounts with their limits and exposure, what waits for a release, what a customer can still order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Optional

import strawberry

import models
from api.execution import global_id as ids
from api.execution.conditions import Holds, MayDo, all_of
from api.execution.filters import StringFilter, condition_of, filter_of, link_filter, sort_field_of
from api.execution.mapping import (
    Offer,
    Permit,
    column,
    computed,
    embedded,
    global_id,
    mapped,
    masked,
    to_many,
    to_one,
    viewer_can,
)
from api.execution.pages import Connection, SortDirection, answered
from api.execution.requests import AllRequest, PageRequest, RowRequest, Sort, asks, page_request
from api.resolvers import credit_insight as resolvers
from api.schema.amounts import Money, money_of
from api.schema.base import Info, Node
from api.schema.customers import CustomerReference
from api.schema.organization import CreditControlArea
from api.schema.sales_documents import SalesOrder, changes_of
from api.schema.scalars import Command
from domain.activity import Activity
from domain.areas import area_of, text_of
from domain.credit.insight import AgeClass as Ages
from domain.credit.limits import GrantScope, share_used
from domain.credit.requests import RequestKind, RequestStatus
from domain.credit.status import Band, Bucket, DocumentGroup
from domain.pricing.rounding import rounded

NEW = strawberry.UNSET
CENT = Decimal("0.01")
FIRST = strawberry.argument(description="How many rows.")
AFTER = strawberry.argument(description="Begin behind this cursor.")
FILTER = strawberry.argument(description="Which rows.")
WAITING = "{row}.credit_status in ('NOT_APPROVED', 'PARTIALLY_RELEASED') and {row}.status not in ('REJECTED', 'COMPLETE')"
BY_OTHERS = "{row}.status = 'REQUESTED' and {row}.requested_by <> {caller}"
IN_CURRENCY = "round({{row}}.{name}, currency_decimals({{row}}.currency))"


def _bucket(name: str, description: str) -> Decimal:
    found: Decimal = column(IN_CURRENCY.format(name=name), description, type="numeric")
    return found


@mapped(None)
@strawberry.type(description="What counts on a credit account, in its currency: 信用占用. Nothing is in two buckets.")
class Exposure:
    open_orders: Decimal = _bucket("open_orders", "What is ordered, promised and not delivered.")
    open_deliveries: Decimal = _bucket("open_deliveries", "What is delivered and not billed.")
    open_billing: Decimal = _bucket("open_billing", "What is billed and not posted.")
    receivables: Decimal = _bucket("receivables", "What is owed, less what was paid in advance.")
    total: Decimal = _bucket("total", "All of it.")


@mapped(models.CreditLimit)
@strawberry.type(description="What an account may come to, and when: 信用额度.")
class CreditLimit:
    amount: Decimal = column("trim_scale({row}.amount)", "How much, in the account's currency.", type="numeric")
    valid_from: date = column("valid_from", "The first day that it holds.")
    valid_to: Optional[date] = column("valid_to", "The last day that it holds; null if it has none.")
    reason: str = column("reason", "Why it was set.")
    set_by: str = column("set_by", "Who set it, or asked for it.")
    set_at: datetime = column("set_at", "When.")
    approved_by: Optional[str] = column("approved_by", "Who approved it; null if it was set by right.")


@mapped(models.CreditLimitRequest)
@strawberry.type(description="A limit or a temporary grant 临时授信 that somebody asks for and somebody else decides on.")
class CreditLimitRequest(Node):
    id: strawberry.ID = global_id("The global id.")
    customer: CustomerReference = to_one("Whose account.", on=(("id", "customer_id"),), reference=True)
    credit_control_area: CreditControlArea = to_one("Where.", on=(("code", "credit_control_area"),), reference=True)
    kind: RequestKind = column("kind", "What is asked for.", filter=True)
    amount: Optional[Money] = money_of("amount", "How much.")
    scope: Optional[GrantScope] = column("scope", "What a grant is for; null for a limit.")
    sales_area: Optional[str] = column("sales_area", "The sales area that a grant is for, if it is for one.")
    sales_order: Optional[SalesOrder] = to_one("The order that a grant is for, if you may see it.", on=(("id", "document_id"),))
    valid_from: date = column("valid_from", "The first day.")
    valid_to: Optional[date] = column("valid_to", "The last day; null if it has none.")
    reason: str = column("reason", "Why it is asked for.")
    status: RequestStatus = column("status", "Where it stands.", filter=True)
    requested_by: str = column("requested_by", "Who asked.", filter=True)
    requested_at: datetime = column("requested_at", "When.")
    decided_by: Optional[str] = column("decided_by", "Who decided; null while nobody has.")
    decided_at: Optional[datetime] = column("decided_at", "When.")
    refusal_reason: Optional[str] = column("refusal_reason", "Why it was refused; null if it was not.")
    version: int = column("version", "Counts its changes.")
    viewer_can: list[Command] = viewer_can(
        Offer("approveCreditLimit", (Permit("credit_limit", Activity.APPROVE),), BY_OTHERS),
        Offer("rejectCreditLimit", (Permit("credit_limit", Activity.APPROVE),), BY_OTHERS),
    )


@strawberry.type(description="What is owed and overdue by so many days 账龄.")
class AgeClass:
    from_days: Optional[int] = strawberry.field(description="By how many days at least; null: not yet.")
    to_days: Optional[int] = strawberry.field(description="By how many days at most; null: without a bound.")
    value: Decimal = strawberry.field(description="How much, in the account's currency.")


@strawberry.type(description="What is owed by a day, and how much could be ordered once it is paid.")
class CreditRoomStep:
    day: date = strawberry.field(description="The day on which it is due, or today if it is overdue.")
    freed: Decimal = strawberry.field(description="How much is due.")
    room: Decimal = strawberry.field(description="How much could be ordered then.")


@strawberry.type(description="An invoice whose payment would free room.")
class FreeingInvoice:
    number: str = strawberry.field(description="Its number.")
    due_date: date = strawberry.field(description="When it is due.")
    value: Decimal = strawberry.field(description="What of it is open, in the account's currency.")


@strawberry.type(description="What an account tells: who pays late, how much more can be ordered, and what would free room.")
class CreditAccountInsight:
    ageing: list[AgeClass] = strawberry.field(description="What is owed by how long it is overdue.")
    overdue_share: Decimal = strawberry.field(description="How much of what is owed is overdue, in percent.")
    room_now: Optional[Decimal] = strawberry.field(description="How much more can be ordered today; null without a limit.")
    room_steps: list[CreditRoomStep] = strawberry.field(description="How much more by due dates, if what is owed is paid.")
    invoices: list[FreeingInvoice] = strawberry.field(description="What would free it, of what you may see, by due date.")


async def _insights(reads: Any, accounts: Sequence[int]) -> list[CreditAccountInsight]:
    found = await resolvers.insights_of(reads, accounts)
    return [
        CreditAccountInsight(
            ageing=_classes(each.classes),
            overdue_share=each.overdue,
            room_now=None if each.room is None else _cents(each.room.now),
            room_steps=[
                CreditRoomStep(day=step.day, freed=_cents(step.freed), room=_cents(step.room))
                for step in (each.room.steps if each.room else ())
            ],
            invoices=[FreeingInvoice(number=x.number, due_date=x.due, value=_cents(x.value)) for x in each.invoices],
        )
        for each in (found[account] for account in accounts)
    ]


def _classes(classes: Sequence[Ages]) -> list[AgeClass]:
    return [AgeClass(from_days=each.from_days, to_days=each.to_days, value=_cents(each.value)) for each in classes]


def _cents(amount: Decimal) -> Decimal:
    return rounded(amount, CENT)


@strawberry.type(description="What will count on a day, if what is owed is paid when it is due.")
class ExposureForecast:
    day: date = strawberry.field(description="The day.")
    total: Decimal = strawberry.field(description="How much.")


@strawberry.type(description="What the accounts of a control area tell, of those that you may see, in its currency 信用分析.")
class CreditInsight:
    currency: str = strawberry.field(description="The control area's currency.")
    accounts: int = strawberry.field(description="How many accounts there are.")
    limit: Decimal = strawberry.field(description="What they may come to, all together.")
    utilization: Optional[Decimal] = strawberry.field(description="How much of that is used, in percent; null without limits.")
    exposure: Exposure = strawberry.field(description="What counts on them.")
    ageing: list[AgeClass] = strawberry.field(description="What is owed by how long it is overdue.")
    overdue_share: Decimal = strawberry.field(description="How much of what is owed is overdue, in percent.")
    days_sales_outstanding: Optional[Decimal] = strawberry.field(
        description="How many days' sales are owed, by the sales of 90 days; null without sales."
    )
    forecast: list[ExposureForecast] = strawberry.field(description="What will count, from today on.")


@mapped(models.ShownCreditAccount)
@strawberry.type(description="The credit account of a payer or a group head in a credit control area: 信用账户.")
class CreditAccount(Node):
    id: strawberry.ID = global_id("The global id.")
    version: int = column("version", "Counts the changes of the account, for commands.")
    customer: CustomerReference = to_one("Whose it is.", on=(("id", "customer_id"),), reference=True)
    credit_control_area: CreditControlArea = to_one("Where.", on=(("code", "credit_control_area"),), reference=True)
    risk_category: Optional[str] = column("risk_category", "The risk category, which says what is checked.", filter=True)
    limit: Optional[Money] = money_of("limit_amount", "What it may come to today; null if no limit is set.", filter=True)
    available: Optional[Money] = money_of("available", "What is left of the limit.", filter=True)
    utilization: Optional[Decimal] = column(
        "trim_scale({row}.utilization)", "How much of the limit is used, in percent, rounded up.", order=True, type="numeric"
    )
    band: Optional[Band] = column("band", "How near the limit is.", filter=True)
    exposure: Optional[Exposure] = embedded("What counts on it.")
    secured: Decimal = column("trim_scale({row}.secured)", "What of it others secure.", type="numeric")
    next_review: Optional[date] = column("next_review", "When it is to be reviewed next.", filter=True, order=True)
    dunning_level: int = column("dunning_level", "How far its customer was reminded.", filter=True)
    block: Optional[str] = column("block", "Why nothing more goes on it; null if it does.")
    note: Optional[str] = column("note", "What the credit desk notes.")
    tells_customer: bool = column("tells_customer", "Whether the customer themselves may know what is left.")
    limits: list[CreditLimit] = to_many("Its limits, the oldest first.", on=(("account_id", "id"),), order=("id",))
    requests: list[CreditLimitRequest] = to_many("What was asked for.", on=(("account_id", "id"),), order=("id",))
    insight: CreditAccountInsight = computed("What it tells of payments to come and room for orders.", _insights)
    masked: list[str] = masked()
    changes = changes_of(models.CreditAccount)
    viewer_can: list[Command] = viewer_can(
        Offer("changeCreditLimit", (Permit("credit_limit", Activity.CHANGE),)),
        Offer("requestCreditLimit", (Permit("credit_limit", Activity.CREATE),)),
        Offer("requestCreditGrant", (Permit("credit_limit", Activity.CREATE),)),
        Offer("changeCreditAccount", (Permit("credit_account", Activity.CHANGE),)),
        Offer("revalueCreditAccount", (Permit("credit_account", Activity.CHANGE),)),
        Offer("setCreditAccountBlock", (Permit("credit_account", Activity.BLOCK),)),
    )


@mapped(models.CreditCheckRules)
@strawberry.type(description="What is checked of documents of a group on accounts of a risk category: 信用检查规则.")
class CreditCheckRules(Node):
    id: strawberry.ID = global_id("The global id.")
    credit_control_area: CreditControlArea = to_one("Where.", on=(("code", "credit_control_area"),), reference=True)
    risk_category: str = column("risk_category", "The risk category of the accounts.")
    document_group: DocumentGroup = column("document_group", "Of which documents.")
    checks: str = column("{row}.checks::text", "The checks with their parameters and reactions, as JSON.", type="text")
    deviation: Decimal = column("trim_scale({row}.deviation)", "How many percent more a release lets pass.", type="numeric")
    release_days: Optional[int] = column("release_days", "For how many days a release holds; null: for its day only.")
    version: int = column("version", "Counts its changes, for commands.")


@mapped(models.CustomerCredit)
@strawberry.type(description="What a customer can still order in a sales area: 信用状态与余量.")
class CustomerCredit:
    band: Band = column("band", "How near the limit is.")
    headroom: Optional[Money] = money_of("available", "What is left; below zero, by how much the limit is exceeded.")


@filter_of(CreditAccount)
class CreditAccountFilter:
    credit_control_area: Optional[StringFilter] = link_filter(
        "Where, by code.", models.CreditControlArea, (("code", "credit_control_area"),), "code"
    )
    customer: Optional[StringFilter] = link_filter("Whose, by number.", models.Customer, (("id", "customer_id"),), "number")


@filter_of(CreditLimitRequest)
class CreditLimitRequestFilter:
    customer: Optional[StringFilter] = link_filter("Whose, by number.", models.Customer, (("id", "customer_id"),), "number")


@sort_field_of(CreditAccount)
class CreditAccountSortField:
    value: str


@strawberry.input(description="What to sort by, and which way.")
class CreditAccountSort:
    field: CreditAccountSortField = strawberry.field(description="By which field.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


def _accounts(
    first: int,
    after: str | None = None,
    filter: CreditAccountFilter | None = None,
    order_by: list[CreditAccountSort] | None = None,
) -> PageRequest:
    order = [
        Sort(each.field.value, each.direction is SortDirection.DESC, f"orderBy.{place}.field")
        for place, each in enumerate(order_by or ())
    ]
    return page_request(CreditAccount, first, after, order, condition_of(filter))


def _account(id: str) -> RowRequest:
    return RowRequest(CreditAccount, "id", ids.key_of(id, "CreditAccount", "id"))


def _requests(first: int, after: str | None = None, filter: CreditLimitRequestFilter | None = None) -> PageRequest:
    return page_request(CreditLimitRequest, first, after, [], condition_of(filter))


def _worklist(first: int, after: str | None = None) -> PageRequest:
    mine = all_of(Holds(WAITING), MayDo(Activity.DISPLAY, "credit_block"))
    return page_request(SalesOrder, first, after, [Sort("order_date", False, "orderBy")], mine)


def _rules() -> AllRequest:
    return AllRequest(CreditCheckRules, ("credit_control_area", "risk_category", "document_group"))


def _customer(customer: str, sales_area: str) -> RowRequest:
    area = text_of(area_of(sales_area, "salesArea"))
    return RowRequest(CustomerCredit, "key", f"{ids.key_of(customer, 'Customer', 'customer')}:{area}")


@strawberry.type
class CreditQueries:
    @asks(_accounts, "The credit accounts that you may see.")
    async def credit_accounts(
        self,
        info: Info,
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = NEW,
        filter: Annotated[Optional[CreditAccountFilter], FILTER] = NEW,
        order_by: Annotated[
            Optional[list[CreditAccountSort]],
            strawberry.argument(description="The order; the key decides between equals. The top risks: by UTILIZATION, DESC."),
        ] = NEW,
    ) -> Connection[CreditAccount]:
        return await answered(info.context.reads, _accounts(first, after, filter, order_by))

    @strawberry.field(description="What the accounts of a control area tell, all together, of those that you may see.")
    async def credit_insight(
        self,
        info: Info,
        credit_control_area: Annotated[str, strawberry.argument(description="The control area.")],
        sales_organization: Annotated[
            Optional[str], strawberry.argument(description="Only what this sales organization's documents hold.")
        ] = NEW,
    ) -> Optional[CreditInsight]:
        organization = sales_organization or None
        found = await resolvers.insight_of_area(info.context.reads, credit_control_area, organization)
        buckets = {name: _cents(getattr(found.exposure, name)) for name in (*(x.name.lower() for x in Bucket), "total")}
        return CreditInsight(
            currency=found.currency,
            accounts=found.accounts,
            limit=_cents(found.limit),
            utilization=share_used(found.limit, found.exposure.total) if found.limit else None,
            exposure=Exposure(**buckets),
            ageing=_classes(found.classes),
            overdue_share=found.overdue,
            days_sales_outstanding=found.days_sales_outstanding,
            forecast=[ExposureForecast(day=x, total=_cents(y)) for x, y in zip(found.days, found.forecast, strict=True)],
        )

    @asks(_account, "One credit account; null if there is none that you may see.")
    async def credit_account(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The global id.")]
    ) -> Optional[CreditAccount]:
        return await answered(info.context.reads, _account(id))

    @asks(_requests, "The limits and grants that were asked for, as far as you may see their accounts.")
    async def credit_limit_requests(
        self,
        info: Info,
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = NEW,
        filter: Annotated[Optional[CreditLimitRequestFilter], FILTER] = NEW,
    ) -> Connection[CreditLimitRequest]:
        return await answered(info.context.reads, _requests(first, after, filter))

    @asks(_worklist, "The sales orders that credit stops and you look after, the oldest first 信用冻结清单.")
    async def credit_worklist(
        self,
        info: Info,
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = NEW,
    ) -> Connection[SalesOrder]:
        return await answered(info.context.reads, _worklist(first, after))

    @asks(_rules, "What is checked, by control area, risk category and group of documents.")
    async def credit_check_rules(self, info: Info) -> list[CreditCheckRules]:
        return await answered(info.context.reads, _rules())

    @asks(_customer, "What a customer can still order in a sales area; null if you may not know.")
    async def customer_credit(
        self,
        info: Info,
        customer: Annotated[strawberry.ID, strawberry.argument(description="The customer.")],
        sales_area: Annotated[str, strawberry.argument(description="The sales area, e.g. 1000/10/00.")],
    ) -> Optional[CustomerCredit]:
        return await answered(info.context.reads, _customer(customer, sales_area))
