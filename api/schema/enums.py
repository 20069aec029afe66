"""The domain's closed lists as GraphQL shows them, each value with its description."""

from enum import Enum

import strawberry

from domain.activity import Activity, Effect, Reach
from domain.caller import UserKind
from domain.customer import BlockScope, CustomerType, OnboardingStatus, PartnerFunction, ReviewStatus
from domain.errors import ErrorCode
from domain.onboarding import ExtensionStatus


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
    BlockScope,
    "What a block stops.",
    NONE="Nothing: alone, it lifts all blocks.",
    ORDER="New orders.",
    DELIVERY="Deliveries.",
    BILLING="Billing.",
)
