"""What is stored: Tortoise models, one file a subject, each saying its authorization object, areas and owner.

For: columns, the declarations in `access.py` that turn a scope into a WHERE clause, and the few methods that keep a row
true to itself. Not for: decisions, signals, GraphQL. Constraints and indexes stand in the migrations beside it.
"""

from models.api_key import ApiKey
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
from models.segregation import RiskMitigation
from models.user import RefreshToken, Session, SignInAttempts, User, UserCustomer
from models.webhook import Webhook, WebhookDelivery

__all__ = [
    "ApiKey",
    "BankAccount",
    "BankAccountProposal",
    "ChangeDocument",
    "CompanyCode",
    "CompanyCodeView",
    "ConditionRecord",
    "ConditionScaleLevel",
    "ConditionSupplement",
    "ConditionUse",
    "Contact",
    "CreditControlArea",
    "CreditPointer",
    "Customer",
    "CustomerExtension",
    "CustomerProposal",
    "CustomizingEntry",
    "DataDisplay",
    "DistributionChannel",
    "Division",
    "ExchangeRate",
    "IdempotencyKey",
    "Job",
    "JobRow",
    "Material",
    "MaterialGroup",
    "MaterialSalesView",
    "MaterialUnit",
    "NumberRange",
    "OutboxEvent",
    "Partner",
    "PaymentTerms",
    "Plant",
    "PolicyChange",
    "PolicyLine",
    "PolicyLink",
    "PolicyRole",
    "PolicyVersion",
    "ProposedChange",
    "QualificationDocument",
    "RefreshToken",
    "RefusedRight",
    "RightUse",
    "RiskMitigation",
    "RoleAssignment",
    "SalesArea",
    "SalesAreaView",
    "SalesOrganization",
    "Session",
    "SignInAttempts",
    "StoredFile",
    "User",
    "UserCustomer",
    "Webhook",
    "WebhookDelivery",
]
