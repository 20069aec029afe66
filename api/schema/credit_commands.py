"""Commands of the credit desk: limits, grants, accounts, rules, and orders that credit stops."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Optional

import strawberry

from api.resolvers import credit_admin, credit_blocks, credit_limits
from api.schema.base import INPUT, USER_ERRORS, VERSION, CommandInput, Info, UserError, carried_out
from api.schema.credit import CreditAccount, CreditCheckRules, CreditLimitRequest
from api.schema.sales_documents import SalesOrder
from domain.credit.limits import GrantScope
from domain.credit.status import DocumentGroup

NEW = strawberry.UNSET
ACCOUNT = "Which account."
REQUEST = "Which request."
ORDER = "Which order."
WHY = "Why."
FROM = "The first day that it holds; today if left out."


@strawberry.input(description="Another limit of a credit account.")
class ChangeCreditLimitInput(CommandInput):
    credit_account: strawberry.ID = strawberry.field(description=ACCOUNT)
    version: int = strawberry.field(description=VERSION)
    limit: Decimal = strawberry.field(description="How much, in the account's currency.")
    reason: str = strawberry.field(description=WHY)
    valid_from: Optional[date] = strawberry.field(default=NEW, description=FROM)
    valid_to: Optional[date] = strawberry.field(default=NEW, description="The last day; then what held before holds again.")


@strawberry.input(description="A limit to ask for.")
class RequestCreditLimitInput(CommandInput):
    credit_account: strawberry.ID = strawberry.field(description=ACCOUNT)
    limit: Decimal = strawberry.field(description="How much, in the account's currency.")
    reason: str = strawberry.field(description=WHY)
    valid_from: Optional[date] = strawberry.field(default=NEW, description=FROM)
    valid_to: Optional[date] = strawberry.field(default=NEW, description="The last day; then what held before holds again.")


@strawberry.input(description="A temporary grant to ask for 临时授信.")
class RequestCreditGrantInput(CommandInput):
    credit_account: strawberry.ID = strawberry.field(description=ACCOUNT)
    amount: Decimal = strawberry.field(description="How much beyond the limit, in the account's currency.")
    scope: GrantScope = strawberry.field(description="What it is for.")
    sales_order: Optional[strawberry.ID] = strawberry.field(default=NEW, description="The order that it is for, if for one.")
    sales_area: Optional[str] = strawberry.field(default=NEW, description="The sales area that it is for, if for one.")
    valid_from: Optional[date] = strawberry.field(default=NEW, description=FROM)
    valid_to: date = strawberry.field(description="The last day that it holds.")
    reason: str = strawberry.field(description=WHY)


@strawberry.input(description="A limit or a grant to approve.")
class ApproveCreditLimitInput(CommandInput):
    credit_limit_request: strawberry.ID = strawberry.field(description=REQUEST)


@strawberry.input(description="A limit or a grant to refuse.")
class RejectCreditLimitInput(CommandInput):
    credit_limit_request: strawberry.ID = strawberry.field(description=REQUEST)
    reason: str = strawberry.field(description=WHY)


@strawberry.input(description="Changes of a credit account; what is left out stays as it is.")
class ChangeCreditAccountInput(CommandInput):
    credit_account: strawberry.ID = strawberry.field(description=ACCOUNT)
    version: int = strawberry.field(description=VERSION)
    risk_category: Optional[str] = strawberry.field(default=NEW, description="The risk category.")
    next_review: Optional[date] = strawberry.field(default=NEW, description="When it is to be reviewed next.")
    secured: Optional[Decimal] = strawberry.field(default=NEW, description="What of it others secure.")
    note: Optional[str] = strawberry.field(default=NEW, description="What the credit desk notes.")
    tells_customer: Optional[bool] = strawberry.field(
        default=NEW, description="Whether the customer themselves may know what is left."
    )


@strawberry.input(description="A credit account to block, or to open again.")
class SetCreditAccountBlockInput(CommandInput):
    credit_account: strawberry.ID = strawberry.field(description=ACCOUNT)
    version: int = strawberry.field(description=VERSION)
    blocked: bool = strawberry.field(description="Whether nothing more goes on it.")
    reason: str = strawberry.field(description=WHY)


@strawberry.input(description="A credit account whose exposure is to be converted anew.")
class RevalueCreditAccountInput(CommandInput):
    credit_account: strawberry.ID = strawberry.field(description=ACCOUNT)
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="What is checked of documents of a group on accounts of a risk category.")
class SetCreditCheckRulesInput(CommandInput):
    credit_control_area: str = strawberry.field(description="Where.")
    risk_category: str = strawberry.field(description="The risk category of the accounts.")
    document_group: DocumentGroup = strawberry.field(description="Of which documents.")
    checks: str = strawberry.field(description="The checks with their parameters and reactions, as a JSON list.")
    deviation: Optional[Decimal] = strawberry.field(default=NEW, description="How many percent more a release lets pass.")
    release_days: Optional[int] = strawberry.field(
        default=NEW, description="For how many days a release holds; null: for its day only."
    )
    version: Optional[int] = strawberry.field(default=NEW, description=f"{VERSION} Left out for rules that are new.")


@strawberry.input(description="An order that credit stops, to be released.")
class ReleaseCreditBlockInput(CommandInput):
    sales_order: strawberry.ID = strawberry.field(description=ORDER)
    version: int = strawberry.field(description=VERSION)
    reason: str = strawberry.field(description=WHY)
    value: Optional[Decimal] = strawberry.field(
        default=NEW, description="Up to which value, in the account's currency; all of it if left out."
    )


@strawberry.input(description="An order that credit stops, to be rejected.")
class RejectCreditBlockInput(CommandInput):
    sales_order: strawberry.ID = strawberry.field(description=ORDER)
    version: int = strawberry.field(description=VERSION)
    reason: str = strawberry.field(description=WHY)


@strawberry.input(description="An order that credit stops, to be handed on.")
class ForwardCreditBlockInput(CommandInput):
    sales_order: strawberry.ID = strawberry.field(description=ORDER)
    version: int = strawberry.field(description=VERSION)
    to: str = strawberry.field(description="Whom to hand it on to, by user name.")
    reason: str = strawberry.field(description=WHY)


@strawberry.input(description="An order whose credit is to be checked again.")
class CheckCreditInput(CommandInput):
    sales_order: strawberry.ID = strawberry.field(description=ORDER)
    version: int = strawberry.field(description=VERSION)


@strawberry.type(description="What became of `changeCreditLimit`.")
class ChangeCreditLimitPayload:
    credit_account: Optional[CreditAccount] = strawberry.field(description="The account as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `approveCreditLimit`.")
class ApproveCreditLimitPayload:
    credit_account: Optional[CreditAccount] = strawberry.field(description="The account as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `changeCreditAccount`, `setCreditAccountBlock` or `revalueCreditAccount`.")
class ChangeCreditAccountPayload:
    credit_account: Optional[CreditAccount] = strawberry.field(description="The account as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of a request for a limit or a grant.")
class RequestCreditLimitPayload:
    credit_limit_request: Optional[CreditLimitRequest] = strawberry.field(description="The request as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `setCreditCheckRules`.")
class SetCreditCheckRulesPayload:
    credit_check_rules: Optional[CreditCheckRules] = strawberry.field(description="The rules as they are now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `releaseCreditBlock`.")
class ReleaseCreditBlockPayload:
    sales_order: Optional[SalesOrder] = strawberry.field(description="The order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `rejectCreditBlock`.")
class RejectCreditBlockPayload:
    sales_order: Optional[SalesOrder] = strawberry.field(description="The order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `forwardCreditBlock` or `checkCredit`.")
class CreditOrderPayload:
    sales_order: Optional[SalesOrder] = strawberry.field(description="The order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class CreditMutations:
    @strawberry.mutation(description="Set the limit of an account. Needs CHANGE on `credit_limit` where the account lies.")
    async def change_credit_limit(
        self, info: Info, input: Annotated[ChangeCreditLimitInput, INPUT]
    ) -> ChangeCreditLimitPayload:
        done = await carried_out(info, credit_limits.change_credit_limit, input)
        return ChangeCreditLimitPayload(credit_account=await done.record(CreditAccount), user_errors=done.errors)

    @strawberry.mutation(description="Ask for another limit. Needs CREATE on `credit_limit` where the account lies.")
    async def request_credit_limit(
        self, info: Info, input: Annotated[RequestCreditLimitInput, INPUT]
    ) -> RequestCreditLimitPayload:
        done = await carried_out(info, credit_limits.request_credit_limit, input)
        return RequestCreditLimitPayload(credit_limit_request=await done.record(CreditLimitRequest), user_errors=done.errors)

    @strawberry.mutation(description="Ask for a temporary grant. Needs CREATE on `credit_limit` where the account lies.")
    async def request_credit_grant(
        self, info: Info, input: Annotated[RequestCreditGrantInput, INPUT]
    ) -> RequestCreditLimitPayload:
        done = await carried_out(info, credit_limits.request_credit_grant, input)
        return RequestCreditLimitPayload(credit_limit_request=await done.record(CreditLimitRequest), user_errors=done.errors)

    @strawberry.mutation(
        description="Approve a limit or a grant; never one's own. Needs APPROVE on `credit_limit` where the account lies."
    )
    async def approve_credit_limit(
        self, info: Info, input: Annotated[ApproveCreditLimitInput, INPUT]
    ) -> ApproveCreditLimitPayload:
        done = await carried_out(info, credit_limits.approve_credit_limit, input)
        return ApproveCreditLimitPayload(credit_account=await done.record(CreditAccount), user_errors=done.errors)

    @strawberry.mutation(description="Refuse a limit or a grant. Needs APPROVE on `credit_limit` where the account lies.")
    async def reject_credit_limit(
        self, info: Info, input: Annotated[RejectCreditLimitInput, INPUT]
    ) -> RequestCreditLimitPayload:
        done = await carried_out(info, credit_limits.reject_credit_limit, input)
        return RequestCreditLimitPayload(credit_limit_request=await done.record(CreditLimitRequest), user_errors=done.errors)

    @strawberry.mutation(description="Change a credit account. Needs CHANGE on `credit_account` where it lies.")
    async def change_credit_account(
        self, info: Info, input: Annotated[ChangeCreditAccountInput, INPUT]
    ) -> ChangeCreditAccountPayload:
        done = await carried_out(info, credit_admin.change_credit_account, input)
        return ChangeCreditAccountPayload(credit_account=await done.record(CreditAccount), user_errors=done.errors)

    @strawberry.mutation(description="Block a credit account, or open it again. Needs BLOCK on `credit_account` where it lies.")
    async def set_credit_account_block(
        self, info: Info, input: Annotated[SetCreditAccountBlockInput, INPUT]
    ) -> ChangeCreditAccountPayload:
        done = await carried_out(info, credit_admin.set_credit_account_block, input)
        return ChangeCreditAccountPayload(credit_account=await done.record(CreditAccount), user_errors=done.errors)

    @strawberry.mutation(
        description="Convert all that counts on an account in other currencies anew, at today's rates. Needs CHANGE on"
        " `credit_account` where it lies."
    )
    async def revalue_credit_account(
        self, info: Info, input: Annotated[RevalueCreditAccountInput, INPUT]
    ) -> ChangeCreditAccountPayload:
        done = await carried_out(info, credit_admin.revalue_credit_account, input)
        return ChangeCreditAccountPayload(credit_account=await done.record(CreditAccount), user_errors=done.errors)

    @strawberry.mutation(description="Say what is checked. Needs CHANGE on `credit_account` everywhere in the control area.")
    async def set_credit_check_rules(
        self, info: Info, input: Annotated[SetCreditCheckRulesInput, INPUT]
    ) -> SetCreditCheckRulesPayload:
        done = await carried_out(info, credit_admin.set_credit_check_rules, input)
        return SetCreditCheckRulesPayload(credit_check_rules=await done.record(CreditCheckRules), user_errors=done.errors)

    @strawberry.mutation(
        description="Let an order that credit stopped go on, whole or in part; never one's own. Needs RELEASE on"
        " `credit_block`, by the order's value, and on `credit_limit_use`, by the share of the limit that is used without it."
    )
    async def release_credit_block(
        self, info: Info, input: Annotated[ReleaseCreditBlockInput, INPUT]
    ) -> ReleaseCreditBlockPayload:
        done = await carried_out(info, credit_blocks.release_credit_block, input)
        return ReleaseCreditBlockPayload(sales_order=await done.record(SalesOrder), user_errors=done.errors)

    @strawberry.mutation(description="Reject an order that credit stopped; never one's own. Needs RELEASE on `credit_block`.")
    async def reject_credit_block(
        self, info: Info, input: Annotated[RejectCreditBlockInput, INPUT]
    ) -> RejectCreditBlockPayload:
        done = await carried_out(info, credit_blocks.reject_credit_block, input)
        return RejectCreditBlockPayload(sales_order=await done.record(SalesOrder), user_errors=done.errors)

    @strawberry.mutation(description="Hand an order that credit stopped on to somebody. Needs DISPLAY on `credit_block`.")
    async def forward_credit_block(self, info: Info, input: Annotated[ForwardCreditBlockInput, INPUT]) -> CreditOrderPayload:
        done = await carried_out(info, credit_blocks.forward_credit_block, input)
        return CreditOrderPayload(sales_order=await done.record(SalesOrder), user_errors=done.errors)

    @strawberry.mutation(
        description="Check the credit of an order again, as it stands now. Needs CHANGE on `sales_order`, or DISPLAY on"
        " `credit_block`, in its sales area."
    )
    async def check_credit(self, info: Info, input: Annotated[CheckCreditInput, INPUT]) -> CreditOrderPayload:
        done = await carried_out(info, credit_blocks.check_credit_again, input)
        return CreditOrderPayload(sales_order=await done.record(SalesOrder), user_errors=done.errors)
