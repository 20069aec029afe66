"""Doubles 重复客户: the keys that customers are compared by, how much two are alike and why, and which two may be merged.

Writing Traditional characters as Simplified ones takes a dictionary; whoever asks brings it along as `simplified`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from domain.customer import LONGEST, CustomerType, OnboardingStatus
from domain.errors import Refusal
from domain.names import normalized

Simplified = Callable[[str], str]
"""Writes Traditional Chinese characters as Simplified ones and leaves everything else as it is."""

# ------------------------------------------------------------------------------------------------------------ the keys

LATIN_FORMS = frozenset(
    """
    ab ag aps as bv co company corp corporation cv doo eurl gbr gesmbh gmbh group holding holdings inc incorporated kft kg kgaa
    kk limited llc llp lp ltd ltda mbh nv ohg oo oy oyj plc private pte pty pvt sa sab sarl sas se sl slu sp spa spzoo srl sro
    z zrt
    """.split()  # noqa: SIM905  # read as the list of words that it is
)
"""Words that tell the legal form at the end of a name, their points left out."""
CHINESE_FORMS = re.compile(
    "|".join(
        ("股份有限公司", "有限责任公司", "有限公司", "股份公司", "总公司", "公司", "集团", "株式会社", "有限会社", "合同会社")
    )
)
"""Legal forms that stand anywhere in a name, longer ones first."""
JOINS = re.compile(r"[.'’/·]")
"""Signs inside an abbreviation: `S.A.` is one word."""
LONGEST_KEY = 120


def code_key(code: str | None) -> str | None:
    """A tax or account number by its digits and Latin letters alone, in capitals; None if there are none.

    The database has the same function for the columns that it generates (`code_key`, migration 0008).
    """
    if code is None:
        return None
    return re.sub(r"[^0-9A-Za-z]", "", unicodedata.normalize("NFKC", code)).upper() or None


def name_key(name: str, simplified: Simplified) -> str:
    """A name without width, case, script, punctuation, spaces and legal form. A name that is nothing else keeps it."""
    plain = simplified(normalized(name))
    words = _words(JOINS.sub("", plain))
    while len(words) > 1 and words[-1] in LATIN_FORMS:
        words.pop()
    whole = "".join(words)
    return (CHINESE_FORMS.sub("", whole) or whole or plain.replace(" ", ""))[:LONGEST_KEY]


def _words(text: str) -> list[str]:
    return "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in text).split()


@dataclass(frozen=True, slots=True)
class Outline:
    """How names begin that differ from one in a single place of its second half: like its first half, and then either on
    like its third quarter, or at the end like its fourth.
    """

    text: str
    half: int
    """How many signs the first half has."""

    @property
    def beginning(self) -> str:
        return self.text[: self.half]

    @property
    def further(self) -> str:
        return self.text[: self._quarter]

    @property
    def ending(self) -> str:
        return self.text[self._quarter :]

    def fits(self, other: str) -> bool:
        """Whether another name is written so."""
        return other.startswith(self.beginning) and (other.startswith(self.further) or other.endswith(self.ending))

    @property
    def _quarter(self) -> int:
        return (self.half + len(self.text)) // 2


SHORTEST_SIMILAR = 3
"""Shorter keys are like others only if they are the same: too many names differ from them in a single place."""


def outlines(key: str) -> tuple[Outline, ...]:
    """A name key forwards and backwards. Whatever differs from it in a single place fits one of the two, so written."""
    half = len(key) // 2
    return (Outline(key, half), Outline(key[::-1], len(key) - half)) if len(key) >= SHORTEST_SIMILAR else ()


def similarity(one: str, other: str) -> int:
    """How much two name keys have in common, in per cent: the share of their pairs of neighbouring signs, ends included."""
    mine, theirs = _pairs(one), _pairs(other)
    return 200 * (mine & theirs).total() // (mine.total() + theirs.total())


def _pairs(key: str) -> Counter[tuple[str, str]]:
    return Counter(zip(("", *key), (*key, ""), strict=True))


# ----------------------------------------------------------------------------------------------------------- the score


@dataclass(frozen=True, slots=True)
class Description:
    """What is told of a customer, as it is written."""

    name: str
    country: str
    tax_number: str | None = None
    bank_accounts: tuple[str, ...] = ()
    email: str | None = None
    phone: str | None = None
    city: str | None = None


DESCRIBED = ("name", "tax_number", "email", "phone", "city")
LONGEST_ACCOUNT, MOST_ACCOUNTS = 40, 20


def faults_of_description(described: Description) -> tuple[Refusal, ...]:
    """What of a description is longer than anything that is stored; how numbers are written is left open."""
    texts = [(name, getattr(described, name), LONGEST[name]) for name in DESCRIBED]
    texts += [(f"bank_accounts.{place}", each, LONGEST_ACCOUNT) for place, each in enumerate(described.bank_accounts)]
    too_long = tuple(
        Refusal("TEXT_TOO_LONG", field, {"found": len(text), "most": most})
        for field, text, most in texts
        if text is not None and len(text) > most
    )
    too_many = {"found": len(described.bank_accounts), "most": MOST_ACCOUNTS}
    return (Refusal("TOO_MANY_ACCOUNTS", "bank_accounts", too_many),) if too_many["found"] > MOST_ACCOUNTS else too_long


@dataclass(frozen=True, slots=True)
class Traits:
    """What is told of a customer, as it is compared."""

    name: str
    country: str
    tax_number: str | None = None
    bank_accounts: frozenset[str] = field(default_factory=frozenset)
    email: str | None = None
    phone: str | None = None
    city: str | None = None


def traits_of(described: Description, simplified: Simplified) -> Traits:
    """The keys of a description."""
    return Traits(
        name_key(described.name, simplified),
        described.country,
        code_key(described.tax_number),
        frozenset(key for key in map(code_key, described.bank_accounts) if key is not None),
        normalized(described.email or "") or None,
        (code_key(described.phone) or "").lstrip("0") or None,
        simplified(normalized(described.city or "")) or None,
    )


class DuplicateReason(Enum):
    """Why two customers may be one."""

    TAX_NUMBER = "TAX_NUMBER"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    NAME = "NAME"
    SIMILAR_NAME = "SIMILAR_NAME"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    CITY = "CITY"


LEAST_SIMILAR = 60
"""Names that are less alike, in per cent, are taken to be different."""


def _similar(one: Traits, other: Traits) -> int:
    alike = 0 if one.name == other.name else similarity(one.name, other.name)
    return alike if alike >= LEAST_SIMILAR else 0


def _same(one: str | None, other: str | None) -> int:
    return 100 if one and one == other else 0


REASONS: tuple[tuple[DuplicateReason, int, bool, Callable[[Traits, Traits], int]], ...] = (
    # reason, points, whether it is enough by itself, how far it holds in per cent
    (DuplicateReason.TAX_NUMBER, 80, True, lambda a, b: _same(a.tax_number, b.tax_number) if a.country == b.country else 0),
    (DuplicateReason.BANK_ACCOUNT, 70, True, lambda a, b: 100 if a.bank_accounts & b.bank_accounts else 0),
    (DuplicateReason.NAME, 60, True, lambda a, b: _same(a.name, b.name)),
    (DuplicateReason.SIMILAR_NAME, 50, True, _similar),
    (DuplicateReason.EMAIL, 15, False, lambda a, b: _same(a.email, b.email)),
    (DuplicateReason.PHONE, 15, False, lambda a, b: _same(a.phone, b.phone)),
    (DuplicateReason.CITY, 5, False, lambda a, b: _same(a.city, b.city)),
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How probable it is that two customers are one, from 0 to 100, and why; 0 without a reason that is enough by itself."""

    score: int = 0
    reasons: tuple[DuplicateReason, ...] = ()


def likeness(one: Traits, other: Traits) -> Likeness:
    """Compare two customers by the table; points add up to 100 at most."""
    held = [(reason, points * part // 100, enough) for reason, points, enough, holds in REASONS if (part := holds(one, other))]
    if not any(enough for _, _, enough in held):
        return Likeness()
    return Likeness(min(100, sum(points for _, points, _ in held)), tuple(reason for reason, _, _ in held))


# ----------------------------------------------------------------------------------------------------------- the merge


@dataclass(frozen=True, slots=True)
class MergeCase:
    """What decides whether one customer may go into another, apart from policy."""

    kept: int
    merged: int
    kept_type: CustomerType
    merged_type: CustomerType
    speaks_for_merged: bool
    """Whether a partner user is bound to the one that goes: they would come to speak for another customer."""
    credit_of_others: bool = False
    """Whether others' documents count on the credit account of the one that goes."""
    pending: bool = False
    """Whether a proposal about the one that goes waits to be decided."""


MERGE_RULES: tuple[tuple[str, Callable[[MergeCase], bool]], ...] = (  # reason, holds when
    ("SAME_CUSTOMER", lambda case: case.kept != case.merged),
    ("TYPES_DIFFER", lambda case: case.kept_type is case.merged_type),
    ("USERS_BOUND", lambda case: case.kept == case.merged or not case.speaks_for_merged),
    ("CREDIT_OF_OTHERS", lambda case: not case.credit_of_others),
    ("PROPOSALS_PENDING", lambda case: not case.pending),
)


def refusals_to_merge(case: MergeCase) -> tuple[Refusal, ...]:
    """Every reason against the merge, in the order of the table."""
    return tuple(Refusal(reason, "merge") for reason, holds in MERGE_RULES if not holds(case))


ADMITTED = frozenset({OnboardingStatus.APPROVED, OnboardingStatus.EXPIRED})


def takes_over_areas(kept: OnboardingStatus, merged: OnboardingStatus) -> bool:
    """Whether the kept customer gets the sales areas of the merged one.

    Not where that would admit to an area without an approver's word: an admitted customer takes over those of one that was
    admitted too, any other customer all, as its own approval is still to come.
    """
    return kept not in ADMITTED or merged in ADMITTED
