"""Commands of the credit desk: limits, grants, accounts, rules, and orders that credit stops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any, Optional

import strawberry

from api.resolvers import credit_admin, credit_blocks, credit_limits
from api.schema.approvals import decision
from api.schema.base import VERSION, CommandInput
from api.schema.credit import CreditAccount, CreditCheckRules, CreditLimitRequest
from api.schema.sales_documents import SalesOrder
from domain.caller import Caller
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


Run = Callable[[Caller | None, Any], Awaitable[Any]]


def _on(type_: Any, one: str, words: str) -> Callable[[str, Run, Any, str], Any]:
    """Makes commands that give a row of a type, called so as a field."""

    def made(command: str, run: Run, input: Any, description: str) -> Any:
        return decision(type_, one, words, command, lambda caller, given, *_: run(caller, given), input, description)

    return made


_account = _on(CreditAccount, "credit_account", "credit account")
_request = _on(CreditLimitRequest, "credit_limit_request", "request")
_rules = _on(CreditCheckRules, "credit_check_rules", "credit check rules")
_order = _on(SalesOrder, "sales_order", "sales order")
LIES = "where the account lies."


@strawberry.type
class CreditMutations:
    change_credit_limit = _account(
        "changeCreditLimit",
        credit_limits.change_credit_limit,
        ChangeCreditLimitInput,
        f"Set the limit of an account. Needs CHANGE on `credit_limit` {LIES}",
    )
    request_credit_limit = _request(
        "requestCreditLimit",
        credit_limits.request_credit_limit,
        RequestCreditLimitInput,
        f"Ask for another limit. Needs CREATE on `credit_limit` {LIES}",
    )
    request_credit_grant = _request(
        "requestCreditGrant",
        credit_limits.request_credit_grant,
        RequestCreditGrantInput,
        f"Ask for a temporary grant. Needs CREATE on `credit_limit` {LIES}",
    )
    approve_credit_limit = _account(
        "approveCreditLimit",
        credit_limits.approve_credit_limit,
        ApproveCreditLimitInput,
        f"Approve a limit or a grant; never one's own. Needs APPROVE on `credit_limit` {LIES}",
    )
    reject_credit_limit = _request(
        "rejectCreditLimit",
        credit_limits.reject_credit_limit,
        RejectCreditLimitInput,
        f"Refuse a limit or a grant; never one's own. Needs APPROVE on `credit_limit` {LIES}",
    )
    change_credit_account = _account(
        "changeCreditAccount",
        credit_admin.change_credit_account,
        ChangeCreditAccountInput,
        f"Change a credit account. Needs CHANGE on `credit_account` {LIES}",
    )
    set_credit_account_block = _account(
        "setCreditAccountBlock",
        credit_admin.set_credit_account_block,
        SetCreditAccountBlockInput,
        f"Block a credit account, or open it again. Needs BLOCK on `credit_account` {LIES}",
    )
    revalue_credit_account = _account(
        "revalueCreditAccount",
        credit_admin.revalue_credit_account,
        RevalueCreditAccountInput,
        "Convert all that counts on an account in other currencies anew, at today's rates. Needs CHANGE on"
        f" `credit_account` {LIES}",
    )
    set_credit_check_rules = _rules(
        "setCreditCheckRules",
        credit_admin.set_credit_check_rules,
        SetCreditCheckRulesInput,
        "Say what is checked. Needs CHANGE on `credit_account` everywhere in the control area.",
    )
    release_credit_block = _order(
        "releaseCreditBlock",
        credit_blocks.release_credit_block,
        ReleaseCreditBlockInput,
        "Let an order that credit stopped go on, whole or in part; never one's own. Needs RELEASE on `credit_block`, by the"
        " order's value, and on `credit_limit_use`, by the share of the limit that is used without it.",
    )
    reject_credit_block = _order(
        "rejectCreditBlock",
        credit_blocks.reject_credit_block,
        RejectCreditBlockInput,
        "Reject an order that credit stopped; never one's own. Needs RELEASE on `credit_block`.",
    )
    forward_credit_block = _order(
        "forwardCreditBlock",
        credit_blocks.forward_credit_block,
        ForwardCreditBlockInput,
        "Hand an order that credit stopped on to somebody. Needs DISPLAY on `credit_block`.",
    )
    check_credit = _order(
        "checkCredit",
        credit_blocks.check_credit_again,
        CheckCreditInput,
        "Check the credit of an order again, as it stands now. Needs CHANGE on `sales_order`, or DISPLAY on `credit_block`, in"
        " its sales area.",
    )
