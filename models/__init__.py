"""What is stored: Tortoise models, one file a subject, each saying its authorization object, areas and owner.

For: columns, the declarations in `access.py` that turn a scope into a WHERE clause, and the few methods that keep a row
true to itself. Not for: decisions, signals, GraphQL. Constraints and indexes stand in the migrations beside it.
"""

from models.customer import (
    BankAccount,
    CompanyCodeView,
    Customer,
    CustomerExtension,
    Partner,
    QualificationDocument,
    SalesAreaView,
)
from models.journal import ChangeDocument, IdempotencyKey, NumberRange, OutboxEvent
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
from models.policy import PolicyLine, PolicyLink, PolicyRole, PolicyVersion, RoleAssignment
from models.user import RefreshToken, Session, SignInAttempts, User, UserCustomer

__all__ = [
    "BankAccount",
    "ChangeDocument",
    "CompanyCode",
    "CompanyCodeView",
    "CreditControlArea",
    "Customer",
    "CustomerExtension",
    "DistributionChannel",
    "Division",
    "IdempotencyKey",
    "NumberRange",
    "OutboxEvent",
    "Partner",
    "PaymentTerms",
    "Plant",
    "PolicyLine",
    "PolicyLink",
    "PolicyRole",
    "PolicyVersion",
    "QualificationDocument",
    "RefreshToken",
    "RoleAssignment",
    "SalesArea",
    "SalesAreaView",
    "SalesOrganization",
    "Session",
    "SignInAttempts",
    "User",
    "UserCustomer",
]
