"""Rules of the customer's parts: sales-area view, company-code view, contacts, bank accounts. Source: DOMAIN.md §2."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from domain.customer import E_MAIL, CommissionBasis, CustomerType
from domain.errors import Refusal

CODE = re.compile(r"[A-Za-z0-9._-]{1,10}")
CURRENCY = re.compile(r"[A-Z]{3}")
INCOTERMS = frozenset({"EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"})
"""The rules of Incoterms 2020."""
ACCOUNT_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{2,38}[0-9A-Za-z]")
MOST_COMMISSION = Decimal(100)

CODES: Mapping[str, re.Pattern[str]] = {
    "sales_district": CODE,
    "customer_group": CODE,
    "price_list": CODE,
    "pricing_procedure": CODE,
    "tax_class": CODE,
    "shipping_condition": CODE,
    "currency": CURRENCY,
    "reconciliation_account": re.compile(r"[0-9]{1,10}"),
    "cash_management_group": CODE,
    "trading_partner": CODE,
    "account_number": ACCOUNT_NUMBER,
    "email": E_MAIL,
}
"""How the fields that hold a code are written."""
TEXTS: Mapping[str, int] = {
    "bank_name": 120,
    "holder": 120,
    "name": 120,
    "department": 60,
    "position": 60,
    "phone": 40,
    "email": 254,
}
"""The longest text of the others, in characters."""
NEVER_EMPTY = frozenset({"currency", "bank_name", "account_number", "holder", "name"})


def faults_of_part(values: Mapping[str, str | None]) -> tuple[Refusal, ...]:
    """Everything that is wrong with the texts of a part: each by what its field is."""
    return tuple(refusal for field, value in values.items() for refusal in _faults_of_text(field, value))


def _faults_of_text(field: str, value: str | None) -> tuple[Refusal, ...]:
    if value is None:
        return (Refusal("FIELD_EMPTY", field),) if field in NEVER_EMPTY else ()
    most = TEXTS.get(field)
    checks = (  # reason, holds when
        ("CODE_MALFORMED", field not in CODES or CODES[field].fullmatch(value) is not None),
        ("INCOTERMS_UNKNOWN", field != "incoterms" or value in INCOTERMS),
        ("TEXT_TOO_LONG", most is None or len(value) <= most),
        ("TEXT_CONTROL", all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in value)),
        ("FIELD_EMPTY", any(unicodedata.category(sign)[0] not in "CZ" for sign in value)),
    )
    told = {"value": value[:40], "most": most, "found": len(value), "known": ", ".join(sorted(INCOTERMS))}
    return tuple(Refusal(reason, field, told) for reason, holds in checks if not holds)


def faults_of_commission(
    customer_type: CustomerType, rate: Decimal | None, basis: CommissionBasis | None
) -> tuple[Refusal, ...]:
    """What is wrong with an agent's commission: a percentage and what it is of, both or none."""
    checks = (  # reason, field, holds when
        ("COMMISSION_OF_AGENTS", "commission", rate is None or customer_type is CustomerType.AGENT),
        ("COMMISSION_HALF", "commission", (rate is None) == (basis is None)),
        ("COMMISSION_RATE", "commission.rate", rate is None or 0 < rate <= MOST_COMMISSION),
        ("COMMISSION_PLACES", "commission.rate", rate is None or rate == rate.quantize(Decimal("0.01"))),
    )
    values = {"type": customer_type.name, "most": format(MOST_COMMISSION, "f")}
    return tuple(Refusal(reason, field, values) for reason, field, holds in checks if not holds)


# ------------------------------------------------------------------------------------------- deletion and archive


def refusals_to_archive(*, flagged: bool, named_elsewhere: int, members: int, pending: int) -> tuple[Refusal, ...]:
    """Every reason against putting a customer away: it must be flagged, and nobody may still go by it."""
    checks = (  # reason, holds when
        ("NOT_FLAGGED", flagged),
        ("PARTNER_ELSEWHERE", named_elsewhere == 0),
        ("HEAD_OF_OTHERS", members == 0),
        ("PROPOSALS_PENDING", pending == 0),
    )
    return tuple(Refusal(reason, "customer") for reason, holds in checks if not holds)
