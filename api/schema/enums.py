"""The domain's closed lists as GraphQL shows them, each value with its description."""

from enum import Enum

import strawberry

from domain.activity import Activity, Effect, Reach
from domain.caller import UserKind
from domain.credit.limits import GrantScope
from domain.credit.requests import CreditDecisionKind, RequestKind, RequestStatus
from domain.credit.status import Band, CheckResult, CreditStatus, DocumentGroup
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
from domain.orders.approvals import ApprovalStatus
from domain.orders.categories import DocumentCategory
from domain.orders.clearing import Treatment
from domain.orders.incompletion import Blocks
from domain.orders.item_categories import Usage
from domain.orders.statuses import AxisStatus, SalesOrderStatus
from domain.policy_change import PolicyChangeStatus
from domain.policy_operations import PolicyOperationKind
from domain.pricing.kinds import CustomizingKind
from domain.pricing.values import (
    AccessOutcome,
    CalculationType,
    ConditionClass,
    ConditionLevel,
    ConditionOrigin,
    ExclusionProcedure,
    FreeGoodsKind,
    FreeGoodsRule,
    GroupScope,
    InactiveReason,
    ManualEntry,
    PricingDate,
    PricingType,
    ReleaseStatus,
    RoundingRule,
    ScaleBasis,
    ScaleType,
    Sign,
    Subtotal,
)
from domain.proposals import ProposalStatus, ProposalSubject, ProposedAction
from domain.segregation import Reaction, RiskLevel
from domain.webhooks import DeliveryStatus
from models.payment import OpenItemKind


def shown(enum: type[Enum], description: str, *, called: str | None = None, **values: str) -> None:
    """Make an enum of the domain one of the schema, called as there or otherwise; every value needs its description."""
    strawberry.enum(enum, name=called, description=description)
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
shown(
    CustomizingKind,
    "What a piece of customizing is about.",
    CONDITION_TYPE="A condition type.",
    CONDITION_TABLE="A condition table: the fields of a key.",
    ACCESS_SEQUENCE="An access sequence.",
    PROCEDURE="A pricing procedure with its steps.",
    DETERMINATION="Which procedure a sales area, a document's and a customer's pricing procedure lead to.",
    EXCLUSION_GROUP="Condition types that exclude each other.",
    PROCESSING_STATUS="A freely named status of condition records.",
    TAX_CLASS="A class of customers or materials in tax determination.",
    CURRENCY="How a currency is rounded, where ISO 4217 does not say it.",
    UNIT="A unit of measure.",
    DOCUMENT_TYPE="A type of sales document.",
)
shown(
    ConditionClass,
    "What a condition type is 条件类别.",
    PRICE="A price: of several, the last active one counts.",
    DISCOUNT_OR_SURCHARGE="A discount or a surcharge.",
    EXPENSE="An expense such as freight.",
    TAX="A tax: of the whole document, by rate.",
    FREE_GOODS="Free goods: its records say what comes free, and have no value.",
)
shown(
    FreeGoodsRule,
    "How the free quantity grows with the ordered one 赠品计算规则.",
    PROPORTIONAL="In proportion.",
    UNIT_REFERENCE="For every full reference quantity.",
    WHOLE_UNITS="Only where the ordered quantity is a multiple of the reference quantity.",
)
shown(
    FreeGoodsKind,
    "Whether what comes free is part of what is ordered 赠品方式.",
    INCLUSIVE="Part of what is ordered: an item of its own, and so much less of the ordered one 内含赠品.",
    EXCLUSIVE="On top of what is ordered: an item of its own 外加赠品.",
    INCLUSIVE_WITHOUT_ITEM="Part of what is ordered, without an item of its own: taken off its price.",
)
shown(
    CalculationType,
    "How a value comes of base and rate 计算类型.",
    PERCENT="A percentage of the base.",
    FIXED_AMOUNT="The rate itself.",
    QUANTITY="The rate for each pricing unit of the quantity.",
    GROSS_WEIGHT="The rate for each pricing unit of the gross weight.",
    NET_WEIGHT="The rate for each pricing unit of the net weight.",
    VOLUME="The rate for each pricing unit of the volume.",
    PERCENT_INCLUDED="A percentage that the base contains already.",
    FORMULA="What the step's value formula gives.",
)
shown(
    Sign,
    "Which sign a condition type's rates may have 正负号.",
    ANY="Either.",
    POSITIVE="A surcharge only.",
    NEGATIVE="A discount only.",
)
shown(
    RoundingRule,
    "How a row is rounded to the currency's smallest unit 舍入规则.",
    COMMERCIAL="Half up, away from zero.",
    UP="Away from zero.",
    DOWN="Towards zero.",
)
shown(
    ConditionLevel,
    "Where a condition may be entered by hand.",
    ITEM="At an item.",
    HEADER="At the header, for all items.",
    BOTH="At either.",
)
shown(
    ManualEntry,
    "What a manual entry does beside a record of its type 手工输入优先级.",
    FREE="Both count.",
    MANUAL_FIRST="The manual one replaces the record.",
    RECORD_FIRST="Where there is a record, none can be entered.",
    FORBIDDEN="None can be entered.",
)
shown(
    GroupScope,
    "Over which items a group condition sums its scale base 组条件.",
    RECORD="Those with the same type and record key.",
    ALL_TYPES="All items.",
    MATERIAL_PRICING_GROUP="Those of the same material pricing group.",
)
shown(
    ScaleType,
    "How a scale is read 等级类型.",
    FROM="From each level on.",
    TO="Up to and including each level; above the last one there is no price.",
    INTERVAL="Interval by interval, a row for each.",
)
shown(
    ScaleBasis,
    "What a scale looks at 等级基准.",
    VALUE="The value.",
    QUANTITY="The quantity.",
    GROSS_WEIGHT="The gross weight.",
    NET_WEIGHT="The net weight.",
    VOLUME="The volume.",
)
shown(
    PricingDate,
    "The day on which a record must be valid.",
    PRICING="The pricing date.",
    SERVICES_RENDERED="The day on which services are rendered: that of taxes.",
)
shown(
    ReleaseStatus,
    "What a condition record may be used for 审批状态.",
    RELEASED="Everything.",
    BLOCKED="Nothing: it acts as if it were not there.",
    SIMULATION="Simulations that ask for what is planned.",
    PLANNING_AND_SIMULATION="Planning, and simulations that ask for what is planned.",
)
shown(
    ExclusionProcedure,
    "How conditions exclude each other 条件排除.",
    BEST_TYPE="A: the best type of a group.",
    BEST_RECORD="B: the best record of a type.",
    BEST_GROUP="C: the better of two groups.",
    EXCLUSIVE="D: a type of the first group silences the second.",
    WORST_RECORD="E: the least favourable record of a type.",
    WORST_GROUP="F: the less favourable of two groups.",
    WORST_TYPE="L: the least favourable type of a group.",
)
shown(
    PricingType,
    "What becomes of prices when a document is copied or changed 定价类型.",
    RESCALE="A: copied, their scales read again.",
    NEW="B: determined anew; manual ones without a record stay.",
    KEEP_MANUAL="C: manual ones copied, the others determined anew.",
    UNCHANGED="D: copied.",
    REDETERMINE_TAXES="G: copied, taxes determined anew.",
    REDETERMINE_FREIGHT="H: copied, freight determined anew.",
)
shown(
    ConditionOrigin,
    "Where a row of a price comes from 条件来源.",
    AUTOMATIC="The procedure found it.",
    MANUAL="Somebody entered it.",
    COPIED="It was copied from another document.",
)
shown(
    InactiveReason,
    "Why a row of a price does not count 未激活原因.",
    EXCLUDED="Another condition excludes it.",
    LATER_PRICE="A later price rules.",
    RECORD_BLOCKED="Its record is blocked.",
    ZERO="It is a price of zero.",
    MANUAL="A manual condition replaces it.",
    ERROR="It cannot be computed.",
)
shown(
    AccessOutcome,
    "What became of an access 存取结果.",
    FOUND="It found the record.",
    NO_RECORD="There is none with this key.",
    BLOCKED="There is one, which is not released.",
    NOT_YET_VALID="There is one, which begins later.",
    EXPIRED="There is one, which is over.",
    REQUIREMENT="It was not made, as its requirement does not hold.",
    KEY_INCOMPLETE="It was not made, as the document has no value for a field of the key.",
    EXCLUSIVE_HIT_BEFORE="It was not made, as an earlier one had found a record and is exclusive.",
)
shown(
    Subtotal,
    "Where a step keeps its value 小计.",
    GROSS="The gross value.",
    NET="The net value.",
    TAXABLE="What taxes are computed of.",
    COST="The cost.",
    FREIGHT="The freight.",
    MINIMUM="The minimum value.",
    REBATE_BASIS="What rebates are computed of.",
    CREDIT_PRICE="What counts for credit.",
    CASH_DISCOUNT="What a cash discount is computed of.",
    FREE_1="For a formula.",
    FREE_2="For a formula.",
    FREE_3="For a formula.",
)
shown(
    AxisStatus,
    "How far something has come 状态.",
    NOT_RELEVANT="There is nothing to be done.",
    NOT_YET="Nothing of it is done.",
    PARTIAL="Some of it is done.",
    COMPLETE="All of it is done.",
)
shown(
    SalesOrderStatus,
    "Where a sales document stands 单据状态.",
    DRAFT="It waits for its approval, or was refused.",
    OPEN="Nothing followed yet.",
    PARTIAL="Some of it was followed.",
    COMPLETE="All of it was followed.",
    REJECTED="All of its items are rejected.",
)
shown(
    ApprovalStatus,
    "Where the approval of a document stands 审批状态.",
    NOT_NEEDED="Nobody needs to approve it.",
    PENDING="Somebody has to approve it.",
    APPROVED="Everybody who had to has approved it.",
    REJECTED="Somebody refused it.",
)
shown(
    CreditStatus,
    "Where the credit check of a document stands 信用状态.",
    NOT_RUN="It was not checked.",
    APPROVED="It passed.",
    NOT_APPROVED="It is blocked.",
    PARTIALLY_RELEASED="A part of it was released.",
    RELEASED="It was blocked and released.",
    REJECTED="It was blocked and rejected.",
)
shown(
    CheckResult,
    "What a credit check found 检查结果.",
    PASSED="Nothing.",
    WARNING="Something that is told.",
    ERROR="Something that keeps the document from being saved.",
    BLOCK="Something that blocks the document.",
)
shown(
    Band,
    "How near a credit limit is 信用状态.",
    called="CreditBand",
    OK="There is room.",
    NEAR="Most of it is used.",
    BLOCKED="Nothing more can be ordered.",
)
shown(
    DocumentGroup,
    "Of which documents something is checked 单据组.",
    called="CreditDocumentGroup",
    ORDER="Of orders.",
    DELIVERY="Of deliveries.",
    GOODS_ISSUE="Of goods issues.",
)
shown(
    RequestKind,
    "What is asked for in credit 信用申请类型.",
    called="CreditRequestKind",
    LIMIT="Another limit.",
    GRANT="A temporary grant beyond the limit.",
)
shown(
    RequestStatus,
    "Where a request stands 申请状态.",
    called="CreditLimitRequestStatus",
    REQUESTED="It waits for a decision.",
    APPROVED="It was approved.",
    REJECTED="It was refused.",
)
shown(
    GrantScope,
    "What a temporary grant is for 临时授信范围.",
    called="CreditGrantScope",
    CUSTOMER="All that is ordered.",
    ORDER="One order.",
    AREA="One sales area.",
)
shown(
    CreditDecisionKind,
    "What was decided on an order that credit stopped 信用处理.",
    RELEASED="It was released.",
    PARTIALLY_RELEASED="A part of it was released.",
    REJECTED="It was rejected.",
    FORWARDED="It was handed on.",
)
shown(
    DocumentCategory,
    "What a document is 单据类别.",
    INQUIRY="Inquiry 询价单.",
    QUOTATION="Quotation 报价单.",
    CONTRACT="Contract 合同.",
    SALES_ORDER="Sales order 销售订单.",
    DELIVERY="Delivery 交货单.",
    GOODS_ISSUE="Goods issue 发货过账, or goods receipt of a return.",
    INVOICE="Invoice 发票.",
    PRO_FORMA="Pro forma invoice 形式发票.",
    CREDIT_MEMO="Credit memo 贷项凭证.",
    DEBIT_MEMO="Debit memo 借项凭证.",
    CANCELLATION="Cancellation 冲销.",
    PAYMENT="Payment 收款.",
    RETURN="Return 退货单.",
    CREDIT_MEMO_REQUEST="Credit memo request 贷项凭证申请.",
    DEBIT_MEMO_REQUEST="Debit memo request 借项凭证申请.",
)
shown(
    Blocks,
    "What the lack of a field keeps from happening.",
    GENERAL="Everything that follows.",
    DELIVERY="Deliveries.",
    BILLING="Billing.",
    PRICING="Prices.",
)
shown(
    Usage,
    "What an item is for, apart from being sold 项目用途.",
    FREE_GOODS="Given along for free 赠品.",
    TEXT="Only to be read 文本.",
)
shown(
    Treatment,
    "What becomes of a document that is not paid in full.",
    PARTIAL="It stays open for the rest.",
    RESIDUAL="A residual item takes its place 剩余清账.",
)
shown(
    OpenItemKind,
    "What a payer owes, or has in hand 未清项.",
    INVOICE="An invoice, or an instalment of it.",
    MEMO="A credit or debit memo.",
    ADVANCE="An advance against an order 预收款.",
    ON_ACCOUNT="A payment that nothing took.",
    RESIDUAL="What is left of an item that was paid in part.",
)
