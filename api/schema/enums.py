"""The domain's closed lists as GraphQL shows them, each value with its description."""

from enum import Enum

import strawberry

from domain.activity import Activity, Effect, Reach
from domain.caller import UserKind
from domain.customer import (
    BlockScope,
    CommissionBasis,
    CustomerType,
    InvoiceKind,
    OnboardingStatus,
    PartnerFunction,
    ReviewStatus,
    TaxpayerKind,
)
from domain.duplicates import DuplicateReason
from domain.errors import ErrorCode
from domain.exchange import Encoding, ImportMode, RowOutcome
from domain.history import ChangeKind
from domain.jobs import JobKind, JobStatus
from domain.onboarding import ExtensionStatus
from domain.policy_change import PolicyChangeStatus
from domain.policy_operations import PolicyOperationKind
from domain.proposals import ProposalStatus, ProposalSubject, ProposedAction
from domain.segregation import Reaction, RiskLevel
from domain.webhooks import DeliveryStatus


def shown(enum: type[Enum], description: str, **values: str) -> None:
    """Make an enum of the domain one of the schema; every value needs its description."""
    strawberry.enum(enum, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]  # strawberry has just put it there
        value.description = values.pop(value.name)
    if values:
        raise KeyError(f"{enum.__name__} has no {', '.join(values)}")


shown(
    ErrorCode,
    "What kind of refusal it is; `reason` says more exactly which.",
    NOT_FOUND="There is no such thing, or you may not see it: the two are told in the same words.",
    FORBIDDEN="You see it and may not do this.",
    CONFLICT="Somebody else changed it since.",
    INVALID="The input itself cannot be right.",
    REFUSED="A rule of the trade speaks against it.",
    DUPLICATE="It exists already, within what you may see.",
    IDEMPOTENCY_KEY_REUSED="The idempotency key was used before, for other input.",
    BAD_CREDENTIALS="User name, password or token do not open anything; never which of them.",
    TOO_MANY_ATTEMPTS="Sign-in is slowed down for this user name or address.",
    UNAUTHENTICATED="Nobody is signed in, or no longer.",
    UNAVAILABLE="It may well succeed in a moment.",
)
shown(
    Activity,
    "What one may do with an object.",
    CREATE="Make a new one (ACTVT 01).",
    CHANGE="Change it (02).",
    DISPLAY="See it (03).",
    BLOCK="Block and unblock it (05).",
    DELETE="Delete it, or flag it for deletion (06).",
    DISPLAY_CHANGES="See its change documents (08).",
    SIMULATE="Try it out without keeping anything (16, 48).",
    RELEASE="Release it (43; 23 for credit).",
    APPROVE="Approve it (46).",
    EXPORT="Take it out of the system in bulk (61).",
    REVERSE="Reverse it (85).",
    OVERRIDE_PRICE="Set a price by hand (94).",
    MASS="Change many at once (A8).",
)
shown(
    Reach,
    "Whose records.",
    ALL="All records of the areas.",
    OWN="Only the partner's own records.",
)
shown(
    Effect,
    "Whether a rule allows or denies; a deny wins.",
    ALLOW="Allows.",
    DENY="Denies, whatever else allows it.",
)
shown(
    UserKind,
    "What sort of user it is.",
    EMPLOYEE="A colleague.",
    PARTNER="Somebody at a customer.",
    SERVICE="A machine.",
)
shown(
    CustomerType,
    "How a customer deals with the goods.",
    AGENT="Agent 代理商: places and introduces goods, without title.",
    DEALER="Dealer 经销商: holds title and resells.",
    END_USER="End user 直接使用者: uses the goods.",
)
shown(
    OnboardingStatus,
    "Where onboarding 客户准入 stands.",
    DRAFT="Being taken up.",
    SUBMITTED="Waiting for approval.",
    APPROVED="Approved: can be ordered for.",
    REJECTED="Rejected.",
    EXPIRED="A mandatory document has expired: can be quoted, not ordered for.",
)
shown(
    ReviewStatus,
    "Where the review of a qualification document stands.",
    PENDING="Not reviewed yet.",
    ACCEPTED="Accepted.",
    REJECTED="Rejected.",
    EXPIRED="No longer valid.",
)
shown(
    ExtensionStatus,
    "Where a proposal stands that a further sales area deal with a customer.",
    PENDING="Waiting for approval.",
    APPROVED="Approved: the sales area deals with the customer.",
    REJECTED="Turned down.",
)
shown(
    PartnerFunction,
    "What a partner does.",
    SOLD_TO="Sold-to 售达方: who orders.",
    SHIP_TO="Ship-to 送达方: where the goods go.",
    BILL_TO="Bill-to 收票方: who gets the invoice.",
    PAYER="Payer 付款方: who pays.",
    AGENT="Agent 代理商: who brought it about.",
    CONTACT="Contact 联系人.",
)
shown(
    DuplicateReason,
    "Why two customers may be one. E-mail address, telephone and city support another reason and are none alone.",
    TAX_NUMBER="The same tax number in the same country, however it is written.",
    BANK_ACCOUNT="A bank account in common, if you may see it.",
    NAME="The same name but for script, width, case, punctuation and legal form.",
    SIMILAR_NAME="A similar name.",
    EMAIL="The same e-mail address.",
    PHONE="The same telephone.",
    CITY="The same city.",
)
shown(
    ChangeKind,
    "What a change document says of its row: the change indicator 更改标识.",
    CREATED="The row is new.",
    CHANGED="The row was changed.",
    DELETED="The row was taken away.",
)
shown(
    BlockScope,
    "What a block stops.",
    NONE="Nothing: alone, it lifts all blocks.",
    ORDER="New orders.",
    DELIVERY="Deliveries.",
    BILLING="Billing.",
)
shown(
    TaxpayerKind,
    "How the tax office deals with a customer.",
    GENERAL="A general taxpayer 一般纳税人.",
    SMALL_SCALE="A small-scale taxpayer 小规模纳税人.",
    NONE="Not registered, or abroad.",
)
shown(
    InvoiceKind,
    "Which VAT invoice 金税发票 a customer gets.",
    SPECIAL="A special invoice 专用发票, whose tax it may deduct.",
    ORDINARY="An ordinary invoice 普通发票.",
)
shown(
    CommissionBasis,
    "What an agent's commission 佣金 is reckoned from.",
    AMOUNT="The amount sold.",
    NET_OF_COST="The amount sold, less its cost.",
)
shown(
    ProposalStatus,
    "Where a proposal stands.",
    PENDING="Nobody has decided it.",
    APPROVED="It was carried out.",
    REJECTED="It was turned down.",
    WITHDRAWN="Whoever made it took it back.",
)
shown(
    ProposalSubject,
    "What a proposal is about.",
    GENERAL="The customer's address, telephone and e-mail.",
    CONTACT="One of its contacts.",
)
shown(
    ProposedAction,
    "What is to happen.",
    ADD="Something new is to be there.",
    CHANGE="It is to become as given.",
    REMOVE="It is to be taken away.",
)
shown(
    DeliveryStatus,
    "Where one event's way to a webhook stands.",
    PENDING="Not arrived yet; it is sent again.",
    DELIVERED="Arrived.",
    FAILED="Given up.",
)
shown(
    Encoding,
    "How a file's characters are written.",
    UTF_8="UTF-8, with or without a byte order mark.",
    GB18030="GB 18030, as Chinese editions of spreadsheets save CSV.",
)
shown(
    ImportMode,
    "What one refused row means for the others.",
    ALL_OR_NOTHING="Nothing is kept unless every row is right.",
    ROW_BY_ROW="Each row is kept or refused by itself.",
)
shown(
    RowOutcome,
    "What became of a row.",
    CREATED="A customer was taken up.",
    CHANGED="A customer was changed.",
    UNCHANGED="Nothing would have changed.",
    REFUSED="It was refused.",
    LEFT_OUT="It was right by itself, and is not kept because another row was refused.",
)
shown(JobKind, "What a job does.", CUSTOMER_IMPORT="It brings a file of customers in.")
shown(
    JobStatus,
    "Where a job stands.",
    QUEUED="It waits.",
    RUNNING="It is under way.",
    SUCCEEDED="It was carried out.",
    FAILED="It was not carried out, or none of it was kept.",
    CANCELLED="It was cancelled.",
)
shown(
    PolicyChangeStatus,
    "Where a policy change stands.",
    DRAFT="Being written.",
    SUBMITTED="Waiting for a decision.",
    APPROVED="Agreed to by somebody else, and not yet live.",
    SCHEDULED="Will be live at its time.",
    ACTIVE="Live, or was: it became a policy version.",
    REJECTED="Turned down.",
    WITHDRAWN="Given up.",
)
shown(
    PolicyOperationKind,
    "What an operation does to the policy.",
    ALLOW="A role may do something.",
    DENY="A role may not do something, whatever else allows it.",
    REVOKE="A role says nothing of it any more.",
    ASSIGN="A user is given a role within sales areas.",
    UNASSIGN="A role is taken from a user.",
    CHANGE_VALIDITY="An assignment is valid from and to other days.",
    CREATE_ROLE="There is a further role.",
    RENAME_ROLE="A role is called otherwise, wherever it is named.",
    CHANGE_TEXTS="A role's titles are others.",
    RETIRE_ROLE="A role that nobody has, and none inherits, is no more.",
    INHERIT="A role has all rules of another.",
    DISINHERIT="A role no longer has the rules of another.",
)
shown(
    RiskLevel,
    "How much harm somebody with both duties of a risk can do.",
    LOW="Little.",
    MEDIUM="Some.",
    HIGH="Much.",
    CRITICAL="Any.",
)
shown(
    Reaction,
    "What a conflict demands of the policy change that brings it.",
    WARN="The change may go ahead, and tells of it.",
    NEEDS_MITIGATION="The change goes ahead only when the conflict is mitigated.",
    BLOCK="The change does not go ahead.",
)
