"""The kinds of customizing, and what a piece of each kind is.

A piece is told by its kind and its code, has a title in both languages, and is changed as a whole: the one before stays,
so that what was priced once can be explained by what held then. Exchange rates are not among them: each day brings some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from domain.errors import Refusal
from domain.pricing.currencies import CURRENCY
from domain.pricing.values import (
    AccessSequence,
    ConditionTable,
    ConditionType,
    PricingProcedure,
    ProcedureDetermination,
    ReleaseStatus,
    Unit,
)


class CustomizingKind(Enum):
    """What a piece of customizing is about."""

    CONDITION_TYPE = "CONDITION_TYPE"
    CONDITION_TABLE = "CONDITION_TABLE"
    ACCESS_SEQUENCE = "ACCESS_SEQUENCE"
    PROCEDURE = "PROCEDURE"
    DETERMINATION = "DETERMINATION"
    EXCLUSION_GROUP = "EXCLUSION_GROUP"
    PROCESSING_STATUS = "PROCESSING_STATUS"
    TAX_CLASS = "TAX_CLASS"
    CURRENCY = "CURRENCY"
    UNIT = "UNIT"
    DOCUMENT_TYPE = "DOCUMENT_TYPE"


@dataclass(frozen=True, slots=True)
class ExclusionGroup:
    """Condition types that exclude each other, or stand against those of another group."""

    code: str
    condition_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcessingStatus:
    """A freely named status of a condition record 处理状态, and the release status that it stands for."""

    code: str
    release_status: ReleaseStatus


@dataclass(frozen=True, slots=True)
class TaxClass:
    """A class of customers or of materials in tax determination 税分类."""

    code: str


@dataclass(frozen=True, slots=True)
class CurrencyRounding:
    """A currency 货币 whose rows are rounded to another unit than ISO 4217 says, or whose totals are paid in coarser ones."""

    code: str
    rounding_unit: Decimal | None = None
    cash_unit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A type of sales document 单据类型, and the document pricing procedure that it brings to procedure determination."""

    code: str
    document_procedure: str


PIECES: Mapping[CustomizingKind, type[Any]] = {
    CustomizingKind.CONDITION_TYPE: ConditionType,
    CustomizingKind.CONDITION_TABLE: ConditionTable,
    CustomizingKind.ACCESS_SEQUENCE: AccessSequence,
    CustomizingKind.PROCEDURE: PricingProcedure,
    CustomizingKind.DETERMINATION: ProcedureDetermination,
    CustomizingKind.EXCLUSION_GROUP: ExclusionGroup,
    CustomizingKind.PROCESSING_STATUS: ProcessingStatus,
    CustomizingKind.TAX_CLASS: TaxClass,
    CustomizingKind.CURRENCY: CurrencyRounding,
    CustomizingKind.UNIT: Unit,
    CustomizingKind.DOCUMENT_TYPE: DocumentType,
}
"""What a piece of each kind is, as a value."""

# --------------------------------------------------------------------------------------------------- what may be wrong

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}")
LONGEST_TITLE = 120


def code_of(value: Any) -> str:
    """What tells a piece from others of its kind: its code, or what a determination determines by."""
    if isinstance(value, ProcedureDetermination):
        return "|".join((value.sales_area, value.document_procedure, value.customer_procedure))
    return str(value.code)


def faults_of_piece(kind: CustomizingKind, code: str, titles: tuple[str, str]) -> tuple[Refusal, ...]:
    """What is wrong with a piece's code and titles; what it says is looked at together with all others."""
    parts = code.split("|") if kind is CustomizingKind.DETERMINATION else [code]
    plain = all(CODE.fullmatch(part) for place, part in enumerate(parts) if kind is not CustomizingKind.DETERMINATION or place)
    checks = (
        (plain, Refusal("CODE_MALFORMED", "definition.code", {"value": code})),
        *(
            (0 < len(title) <= LONGEST_TITLE, Refusal("TITLE_LENGTH", field, {"most": LONGEST_TITLE}))
            for field, title in zip(("title", "titleZh"), titles, strict=True)
        ),
    )
    return tuple(refusal for holds, refusal in checks if not holds)


def faults_of_exchange_rate(from_currency: str, to_currency: str, rate: Decimal) -> tuple[Refusal, ...]:
    """What is wrong with an exchange rate by itself."""
    checks = (
        *(
            (CURRENCY.fullmatch(code) is not None, Refusal("CURRENCY_MALFORMED", field, {"value": code}))
            for field, code in (("fromCurrency", from_currency), ("toCurrency", to_currency))
        ),
        (from_currency != to_currency, Refusal("SAME_CURRENCY", "toCurrency", {"value": to_currency})),
        (rate > 0, Refusal("EXCHANGE_RATE_RANGE", "rate", {"from": from_currency, "to": to_currency})),
    )
    return tuple(refusal for holds, refusal in checks if not holds)
