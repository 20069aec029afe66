"""Customer master: its closed lists and the rules of its commands. Source: DOMAIN.md §2."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from domain.errors import Refusal


class CustomerType(Enum):
    """How a customer deals with the goods.

    An agent 代理商 places them and holds no title, a dealer 经销商 resells them, an end user 直接使用者 uses them.
    """

    AGENT = "AGENT"
    DEALER = "DEALER"
    END_USER = "END_USER"


class OnboardingStatus(Enum):
    """Where onboarding 客户准入 stands. Only an approved customer can be ordered for."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class ReviewStatus(Enum):
    """Where the review of one qualification document stands."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class PartnerFunction(Enum):
    """What a partner does in a document: sold-to 售达方, ship-to 送达方, bill-to 收票方, payer 付款方, agent, contact."""

    SOLD_TO = "SOLD_TO"
    SHIP_TO = "SHIP_TO"
    BILL_TO = "BILL_TO"
    PAYER = "PAYER"
    AGENT = "AGENT"
    CONTACT = "CONTACT"


class BlockScope(Enum):
    """What a block stops; NONE alone lifts all of them."""

    NONE = "NONE"
    ORDER = "ORDER"
    DELIVERY = "DELIVERY"
    BILLING = "BILLING"


class TaxpayerKind(Enum):
    """How the tax office deals with the customer: general 一般纳税人, small-scale 小规模纳税人, none."""

    GENERAL = "GENERAL"
    SMALL_SCALE = "SMALL_SCALE"
    NONE = "NONE"


class InvoiceKind(Enum):
    """Which VAT invoice 金税发票: a special one 专用发票, whose tax the customer deducts, or an ordinary one 普通发票."""

    SPECIAL = "SPECIAL"
    ORDINARY = "ORDINARY"


class CommissionBasis(Enum):
    """What an agent's commission 佣金 is reckoned from: the amount sold, or the amount less its cost."""

    AMOUNT = "AMOUNT"
    NET_OF_COST = "NET_OF_COST"


COUNTRY = re.compile(r"[A-Z]{2}")
E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
TAX_NUMBERS: Mapping[str, re.Pattern[str]] = {"CN": re.compile(r"[0-9A-HJ-NP-RT-UW-Y]{15}|[0-9A-HJ-NP-RT-UW-Y]{18}")}
"""How a tax number is written, by country: the unified social credit code of China has 18 characters, its forerunner 15."""
ANY_TAX_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./-]{2,28}")

LONGEST: Mapping[str, int] = {
    "name": 120,
    "region": 60,
    "market": 60,
    "street": 200,
    "city": 80,
    "postal_code": 16,
    "phone": 40,
    "email": 254,
    "tax_number": 30,
    "invoice_title": 120,
    "invoice_address": 200,
    "invoice_phone": 40,
}
"""The longest text of each field of the general view, in characters."""
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class GeneralView:
    """The general view as a command would leave it."""

    name: str
    country: str
    tax_number: str | None = None
    region: str | None = None
    market: str | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    phone: str | None = None
    email: str | None = None
    taxpayer_kind: TaxpayerKind | None = None
    invoice_kind: InvoiceKind | None = None
    invoice_title: str | None = None
    invoice_address: str | None = None
    invoice_phone: str | None = None


OF_A_SPECIAL_INVOICE = ("tax_number", "invoice_address", "invoice_phone")
"""What a special VAT invoice prints beside the title, which is the name unless another is given."""

DEDUCTING = frozenset({TaxpayerKind.GENERAL, TaxpayerKind.SMALL_SCALE})
"""Who is registered, and so may be given a special invoice: 一般纳税人, and since 2016 小规模纳税人 on demand."""

GENERAL_VIEW_RULES: tuple[tuple[str, str, Callable[[GeneralView], bool]], ...] = (  # reason, field, holds when
    ("NAME_EMPTY", "name", lambda view: any(unicodedata.category(sign)[0] not in "CZ" for sign in view.name)),
    ("COUNTRY_MALFORMED", "country", lambda view: COUNTRY.fullmatch(view.country) is not None),
    (
        "TAX_NUMBER_MALFORMED",
        "tax_number",
        lambda view: view.tax_number is None or _is_tax_number(view.tax_number, view.country),
    ),
    ("EMAIL_MALFORMED", "email", lambda view: view.email is None or E_MAIL.fullmatch(view.email) is not None),
    (
        "SPECIAL_INVOICE_LACKS",
        "invoice_kind",
        lambda view: view.invoice_kind is not InvoiceKind.SPECIAL or all(getattr(view, each) for each in OF_A_SPECIAL_INVOICE),
    ),
    (
        "SPECIAL_INVOICE_TAXPAYER",
        "invoice_kind",
        lambda view: view.invoice_kind is not InvoiceKind.SPECIAL or view.taxpayer_kind in DEDUCTING,
    ),
)


def faults_of_general_view(view: GeneralView) -> tuple[Refusal, ...]:
    """Everything that is wrong with the fields of a general view: by the table, then what is too long or cannot be stored."""
    values = {field: getattr(view, field) for field in LONGEST}
    wrong = [
        Refusal(reason, field, {"value": getattr(view, field)})
        for reason, field, holds in GENERAL_VIEW_RULES
        if not holds(view)
    ]
    too_long = [
        Refusal("TEXT_TOO_LONG", field, {"most": most, "found": len(values[field])})
        for field, most in LONGEST.items()
        if values[field] is not None and len(values[field]) > most
    ]
    already = {each.field for each in wrong}
    unstorable = [
        Refusal("TEXT_CONTROL", field)
        for field, value in values.items()
        if value is not None and field not in already and any(unicodedata.category(sign) == "Cc" for sign in value)
    ]
    return (*wrong, *too_long, *unstorable)


def faults_of_blocks(blocks: tuple[BlockScope, ...], reason: str) -> tuple[Refusal, ...]:
    """What is wrong with a command that sets blocks: none named, NONE beside others, or no reason given."""
    rules = (
        ("BLOCKS_EMPTY", "blocks", len(blocks) > 0),
        ("BLOCKS_CONTRADICT", "blocks", BlockScope.NONE not in blocks or set(blocks) == {BlockScope.NONE}),
    )
    return (*(Refusal(code, field) for code, field, holds in rules if not holds), *faults_of_reason(reason))


def faults_of_reason(reason: str) -> tuple[Refusal, ...]:
    """What is wrong with a reason that must be given."""
    rules = (
        ("REASON_EMPTY", reason.strip() != ""),
        ("TEXT_TOO_LONG", len(reason) <= LONGEST_REASON),
    )
    values = {"most": LONGEST_REASON, "found": len(reason)}
    return tuple(Refusal(code, "reason", values) for code, holds in rules if not holds)


def _is_tax_number(value: str, country: str) -> bool:
    return TAX_NUMBERS.get(country, ANY_TAX_NUMBER).fullmatch(value) is not None
