"""Which rows a right on an authorization object is about: where its records are counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from tortoise import Model

from models.access import Access
from models.api_key import ApiKey
from models.billing import BillingDocument
from models.credit import CreditAccount
from models.customer import BankAccount, CompanyCodeView, Customer, QualificationDocument, SalesAreaView
from models.delivery import Delivery, GoodsIssue
from models.job import Job
from models.material import Material, MaterialSalesView
from models.organization import SalesArea
from models.payment import Payment
from models.policy import PolicyChange, RoleAssignment
from models.pricing import ConditionRecord, CustomizingEntry
from models.proposal import CustomerProposal
from models.sales_document import Contract, Inquiry, MemoRequest, Quotation, ReturnOrder, SalesOrder
from models.user import User
from models.webhook import Webhook


@dataclass(frozen=True, slots=True)
class Records:
    """The rows of an object: their table, how they lie in areas, and the column that tells them apart."""

    table: str
    access: Access
    key: str = "id"


def _records(model: type[Model], table: str | None = None) -> Records:
    return Records(table or model._meta.db_table, model.access)  # type: ignore[attr-defined]  # a model that is guarded


RECORDS: Mapping[str, Records] = {
    "customer": _records(Customer),
    "customer_general": _records(Customer),
    "customer_sales_area": _records(SalesAreaView),
    "customer_company_code": _records(CompanyCodeView),
    "customer_bank": _records(BankAccount),
    "customer_document": _records(QualificationDocument),
    "customer_proposal": _records(CustomerProposal),
    "commission": _records(SalesAreaView),
    "job": _records(Job),
    "enterprise_structure": _records(SalesArea),
    "user": _records(User),
    "api_key": _records(ApiKey),
    "webhook": _records(Webhook),
    "role_assignment": _records(RoleAssignment, "current_role_assignments"),
    "policy_change": _records(PolicyChange),
    "material": _records(Material),
    "sales_order_cost": _records(MaterialSalesView),
    "price_condition": _records(ConditionRecord),
    "inquiry": _records(Inquiry),
    "quotation": _records(Quotation),
    "contract": _records(Contract),
    "sales_order": _records(SalesOrder),
    "return": _records(ReturnOrder),
    "credit_memo_request": _records(MemoRequest),
    "delivery": _records(Delivery),
    "goods_issue": _records(GoodsIssue),
    "billing_document": _records(BillingDocument),
    "payment": _records(Payment),
    "credit_account": _records(CreditAccount),
    "price_condition_internal": _records(ConditionRecord),
    "price_customizing": _records(CustomizingEntry),
}
"""Objects without a row here have no records yet, or protect none, like the right to release."""
