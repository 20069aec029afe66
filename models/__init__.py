"""What is stored: Tortoise models, one file a subject, each saying its authorization object, areas and owner.

For: columns, the declarations in `access.py` that turn a scope into a WHERE clause, and the few methods that keep a row
true to itself. Not for: decisions, signals, GraphQL. Constraints and indexes stand in the migrations beside it.
"""

from models.api_key import ApiKey
from models.billing import BillingDocument, BillingItem, BillingTax
from models.credit import (
    CreditAccount,
    CreditCheckRules,
    CreditDecision,
    CreditLimit,
    CreditLimitRequest,
    CustomerCredit,
    ShownCreditAccount,
)
from models.customer import (
    BankAccount,
    CompanyCodeView,
    Contact,
    CreditPointer,
    Customer,
    CustomerExtension,
    Partner,
    QualificationDocument,
    SalesAreaView,
)
from models.decision import RefusedRight, RightUse
from models.delivery import Delivery, DeliveryApproval, DeliveryItem, GoodsIssue
from models.document_flow import (
    DocumentFlowEntry,
    DocumentLink,
    DocumentReference,
    DueBillingLine,
    DueDeliveryLine,
    FlowMember,
)
from models.file import StoredFile
from models.job import Job, JobRow
from models.journal import ChangeDocument, DataDisplay, IdempotencyKey, NumberRange, OutboxEvent
from models.material import Material, MaterialGroup, MaterialSalesView, MaterialUnit
from models.organization import (
    CompanyCode,
    CreditControlArea,
    DistributionChannel,
    Division,
    PaymentTerms,
    Plant,
    SalesArea,
    SalesOrganization,
)
from models.payment import Clearing, OpenItem, Payment, PaymentApproval
from models.policy import PolicyChange, PolicyLine, PolicyLink, PolicyRole, PolicyVersion, RoleAssignment
from models.pricing import (
    ConditionRecord,
    ConditionScaleLevel,
    ConditionSupplement,
    ConditionUse,
    CustomizingEntry,
    ExchangeRate,
)
from models.proposal import BankAccountProposal, CustomerProposal, ProposedChange
from models.sales_document import (
    Contract,
    CreditCheckResult,
    DocumentApproval,
    IncompletionEntry,
    Inquiry,
    ItemCondition,
    MemoRequest,
    Quotation,
    ReturnOrder,
    SalesDocument,
    SalesItem,
    SalesOrder,
    ScheduleLine,
    ShownCondition,
)
from models.segregation import RiskMitigation
from models.stock import GoodsMovement, MaterialPlant, PlannedMovement, Stock
from models.user import RefreshToken, Session, SignInAttempts, User, UserCustomer
from models.webhook import Webhook, WebhookDelivery

__all__ = [
    "ApiKey",
    "BankAccount",
    "BankAccountProposal",
    "BillingDocument",
    "BillingItem",
    "BillingTax",
    "ChangeDocument",
    "Clearing",
    "CompanyCode",
    "CompanyCodeView",
    "ConditionRecord",
    "ConditionScaleLevel",
    "ConditionSupplement",
    "ConditionUse",
    "Contact",
    "Contract",
    "CreditAccount",
    "CreditCheckResult",
    "CreditCheckRules",
    "CreditControlArea",
    "CreditDecision",
    "CreditLimit",
    "CreditLimitRequest",
    "CreditPointer",
    "Customer",
    "CustomerCredit",
    "CustomerExtension",
    "CustomerProposal",
    "CustomizingEntry",
    "DataDisplay",
    "Delivery",
    "DeliveryApproval",
    "DeliveryItem",
    "DistributionChannel",
    "Division",
    "DocumentApproval",
    "DocumentFlowEntry",
    "DocumentLink",
    "DocumentReference",
    "DueBillingLine",
    "DueDeliveryLine",
    "ExchangeRate",
    "FlowMember",
    "GoodsIssue",
    "GoodsMovement",
    "IdempotencyKey",
    "IncompletionEntry",
    "Inquiry",
    "ItemCondition",
    "Job",
    "JobRow",
    "Material",
    "MaterialGroup",
    "MaterialPlant",
    "MaterialSalesView",
    "MaterialUnit",
    "MemoRequest",
    "NumberRange",
    "OpenItem",
    "OutboxEvent",
    "Partner",
    "Payment",
    "PaymentApproval",
    "PaymentTerms",
    "PlannedMovement",
    "Plant",
    "PolicyChange",
    "PolicyLine",
    "PolicyLink",
    "PolicyRole",
    "PolicyVersion",
    "ProposedChange",
    "QualificationDocument",
    "Quotation",
    "RefreshToken",
    "RefusedRight",
    "ReturnOrder",
    "RightUse",
    "RiskMitigation",
    "RoleAssignment",
    "SalesArea",
    "SalesAreaView",
    "SalesDocument",
    "SalesItem",
    "SalesOrder",
    "SalesOrganization",
    "ScheduleLine",
    "Session",
    "ShownCondition",
    "ShownCreditAccount",
    "SignInAttempts",
    "Stock",
    "StoredFile",
    "User",
    "UserCustomer",
    "Webhook",
    "WebhookDelivery",
]
