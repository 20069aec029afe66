"""What pricing works on and what it answers with: customizing, condition records, documents, priced rows.

Amounts are Decimal, signed as they count (a discount is negative); conversions are exact fractions; days are business
days, both ends of a validity included. Source: DOMAIN.md §3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from domain.errors import Refusal

# ------------------------------------------------------------------------------------------------------- closed lists


class ConditionClass(Enum):
    """What a condition type is 条件类别."""

    PRICE = "PRICE"
    DISCOUNT_OR_SURCHARGE = "DISCOUNT_OR_SURCHARGE"
    EXPENSE = "EXPENSE"
    TAX = "TAX"
    FREE_GOODS = "FREE_GOODS"


class CalculationType(Enum):
    """How a value comes of base and rate 计算类型."""

    PERCENT = "PERCENT"
    FIXED_AMOUNT = "FIXED_AMOUNT"
    QUANTITY = "QUANTITY"
    GROSS_WEIGHT = "GROSS_WEIGHT"
    NET_WEIGHT = "NET_WEIGHT"
    VOLUME = "VOLUME"
    PERCENT_INCLUDED = "PERCENT_INCLUDED"
    FORMULA = "FORMULA"


class Sign(Enum):
    """Which sign the rates of a condition type may have 正负号."""

    ANY = "ANY"
    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"


class RoundingRule(Enum):
    """How a row is rounded 舍入规则: half up away from zero, up (away from zero), down (towards zero)."""

    COMMERCIAL = "COMMERCIAL"
    UP = "UP"
    DOWN = "DOWN"


class ConditionLevel(Enum):
    """Where a condition may be entered by hand: at the item, at the header, at both."""

    ITEM = "ITEM"
    HEADER = "HEADER"
    BOTH = "BOTH"


class ManualEntry(Enum):
    """What a manual entry does beside a record of its type 手工输入优先级."""

    FREE = "FREE"
    MANUAL_FIRST = "MANUAL_FIRST"
    RECORD_FIRST = "RECORD_FIRST"
    FORBIDDEN = "FORBIDDEN"


class GroupScope(Enum):
    """Over which items a group condition sums its scale base 组条件."""

    RECORD = "RECORD"
    ALL_TYPES = "ALL_TYPES"
    MATERIAL_PRICING_GROUP = "MATERIAL_PRICING_GROUP"


class ScaleType(Enum):
    """How a scale is read 等级类型: from a level on, up to a level, or interval by interval."""

    FROM = "FROM"
    TO = "TO"
    INTERVAL = "INTERVAL"


class ScaleBasis(Enum):
    """What a scale looks at 等级基准."""

    VALUE = "VALUE"
    QUANTITY = "QUANTITY"
    GROSS_WEIGHT = "GROSS_WEIGHT"
    NET_WEIGHT = "NET_WEIGHT"
    VOLUME = "VOLUME"


class PricingDate(Enum):
    """The day on which a record must be valid."""

    PRICING = "PRICING"
    SERVICES_RENDERED = "SERVICES_RENDERED"


class ReleaseStatus(Enum):
    """What a condition record may be used for 审批状态."""

    RELEASED = "RELEASED"
    BLOCKED = "BLOCKED"
    SIMULATION = "SIMULATION"
    PLANNING_AND_SIMULATION = "PLANNING_AND_SIMULATION"


class ExclusionProcedure(Enum):
    """How conditions exclude each other 条件排除."""

    BEST_TYPE = "A"
    BEST_RECORD = "B"
    BEST_GROUP = "C"
    EXCLUSIVE = "D"
    WORST_RECORD = "E"
    WORST_GROUP = "F"
    WORST_TYPE = "L"


class PricingType(Enum):
    """What becomes of the rows of a document that is copied or changed 定价类型."""

    RESCALE = "A"
    NEW = "B"
    KEEP_MANUAL = "C"
    UNCHANGED = "D"
    REDETERMINE_TAXES = "G"
    REDETERMINE_FREIGHT = "H"


class ConditionOrigin(Enum):
    """Where a row comes from 条件来源."""

    AUTOMATIC = "AUTOMATIC"
    MANUAL = "MANUAL"
    COPIED = "COPIED"


class InactiveReason(Enum):
    """Why a row does not count 未激活原因."""

    EXCLUDED = "EXCLUDED"
    LATER_PRICE = "LATER_PRICE"
    RECORD_BLOCKED = "RECORD_BLOCKED"
    ZERO = "ZERO"
    MANUAL = "MANUAL"
    ERROR = "ERROR"


class AccessOutcome(Enum):
    """What became of an access 存取结果."""

    FOUND = "FOUND"
    NO_RECORD = "NO_RECORD"
    BLOCKED = "BLOCKED"
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    REQUIREMENT = "REQUIREMENT"
    KEY_INCOMPLETE = "KEY_INCOMPLETE"
    EXCLUSIVE_HIT_BEFORE = "EXCLUSIVE_HIT_BEFORE"


class Subtotal(StrEnum):
    """Where a step keeps its value for formulas and for what follows pricing 小计; the values are the formulas' names."""

    GROSS = "gross"
    NET = "net"
    TAXABLE = "taxable"
    COST = "cost"
    FREIGHT = "freight"
    MINIMUM = "minimum"
    REBATE_BASIS = "rebate_basis"
    CREDIT_PRICE = "credit_price"
    CASH_DISCOUNT = "cash_discount"
    FREE_1 = "free_1"
    FREE_2 = "free_2"
    FREE_3 = "free_3"


class KeyField(StrEnum):
    """The fields that condition tables are made of 字段目录; each has its value at the header or at the item."""

    SALES_ORGANIZATION = "sales_organization"
    DISTRIBUTION_CHANNEL = "distribution_channel"
    DIVISION = "division"
    SALES_OFFICE = "sales_office"
    CURRENCY = "currency"
    CUSTOMER = "customer"
    CUSTOMER_GROUP = "customer_group"
    CUSTOMER_PRICING_GROUP = "customer_pricing_group"
    PRICE_LIST = "price_list"
    INCOTERMS = "incoterms"
    PAYMENT_TERMS = "payment_terms"
    SHIPPING_CONDITION = "shipping_condition"
    CONTRACT = "contract"
    PROMOTION = "promotion"
    MATERIAL = "material"
    MATERIAL_GROUP = "material_group"
    MATERIAL_PRICING_GROUP = "material_pricing_group"
    PLANT = "plant"
    SALES_UNIT = "sales_unit"
    DEPARTURE_COUNTRY = "departure_country"
    DESTINATION_COUNTRY = "destination_country"
    CUSTOMER_TAX_CLASS = "customer_tax_class"
    MATERIAL_TAX_CLASS = "material_tax_class"


class FreeGoodsRule(Enum):
    """How the free quantity grows with the ordered one 赠品计算规则."""

    PROPORTIONAL = "PROPORTIONAL"
    UNIT_REFERENCE = "UNIT_REFERENCE"
    WHOLE_UNITS = "WHOLE_UNITS"


class FreeGoodsKind(Enum):
    """Whether the free quantity is part of the ordered one (with an item of its own or without), or comes on top."""

    INCLUSIVE = "INCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    INCLUSIVE_WITHOUT_ITEM = "INCLUSIVE_WITHOUT_ITEM"

    @property
    def has_item(self) -> bool:
        """Whether what is free is an item of its own."""
        return self is not FreeGoodsKind.INCLUSIVE_WITHOUT_ITEM


class Amount(NamedTuple):
    """A number and what it is a number of: a currency, a unit of measure, or `%`."""

    amount: Decimal
    unit: str


PERCENT_SIGN = "%"

Key = tuple[str, ...]
"""The values of a condition table's fields, in the table's order."""

# --------------------------------------------------------------------------------------------------------- customizing


@dataclass(frozen=True, slots=True)
class ConditionType:
    """A condition type 条件类型.

    `pricing_date` empty: services rendered for taxes, else the pricing date. The limits are those of a manual rate where
    its record has none. `convert_before` converts a rate's currency before it is multiplied, and rounds it then.
    `right` is the object that one needs to display to see its rows and records; none: whoever sees the price.
    """

    code: str
    condition_class: ConditionClass = ConditionClass.DISCOUNT_OR_SURCHARGE
    calculation: CalculationType = CalculationType.PERCENT
    sign: Sign = Sign.ANY
    rounding: RoundingRule = RoundingRule.COMMERCIAL
    group: bool = False
    group_scope: GroupScope = GroupScope.RECORD
    level: ConditionLevel = ConditionLevel.BOTH
    manual_entry: ManualEntry = ManualEntry.MANUAL_FIRST
    scale_basis: ScaleBasis = ScaleBasis.QUANTITY
    scale_type: ScaleType = ScaleType.FROM
    lower_limit: Decimal | None = None
    upper_limit: Decimal | None = None
    exclusion_indicator: bool = False
    pricing_date: PricingDate | None = None
    access_sequence: str | None = None
    convert_before: bool = False
    right: str | None = None

    @property
    def is_price(self) -> bool:
        """Whether it is a price."""
        return self.condition_class is ConditionClass.PRICE

    @property
    def is_tax(self) -> bool:
        """Whether it is a tax."""
        return self.condition_class is ConditionClass.TAX

    @property
    def is_free_goods(self) -> bool:
        """Whether its records say what comes free, instead of a rate."""
        return self.condition_class is ConditionClass.FREE_GOODS

    @property
    def dated_by(self) -> PricingDate:
        """The date that its records must be valid on."""
        return self.pricing_date or (PricingDate.SERVICES_RENDERED if self.is_tax else PricingDate.PRICING)


@dataclass(frozen=True, slots=True)
class ConditionTable:
    """A condition table 条件表: the fields of a key, in order."""

    code: str
    fields: tuple[KeyField, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """One access: a table, a requirement (see `formulas`), and whether a hit ends the search."""

    number: int
    table: str
    requirement: str | None = None
    exclusive: bool = True


@dataclass(frozen=True, slots=True)
class AccessSequence:
    """An access sequence 存取顺序; its accesses are made in the order of their numbers."""

    code: str
    accesses: tuple[Access, ...]


@dataclass(frozen=True, slots=True)
class ProcedureStep:
    """A step of a procedure. Without a condition type it is a subtotal.

    Requirement and formulas are codes of the tables in `formulas`, or expressions that begin with `=`. From-step alone:
    the value of that step; from and to: the sum of its active rows; none: the running value since the last active price.
    """

    step: int
    counter: int = 0
    condition_type: str | None = None
    description: str = ""
    from_step: int | None = None
    to_step: int | None = None
    manual: bool = False
    required: bool = False
    statistical: bool = False
    printed: bool = False
    subtotal: Subtotal | None = None
    requirement: str | None = None
    base_formula: str | None = None
    value_formula: str | None = None
    account_key: str | None = None
    right: str | None = None


@dataclass(frozen=True, slots=True)
class ExclusionRule:
    """One line of exclusion, over condition types: of the first group, and for C, D and F of a second."""

    procedure: ExclusionProcedure
    group: str
    second_group: str | None = None


@dataclass(frozen=True, slots=True)
class PricingProcedure:
    """A pricing procedure 定价过程. Where `tax_included`, prices contain the taxes of its rows, and the net comes of them."""

    code: str
    steps: tuple[ProcedureStep, ...]
    exclusions: tuple[ExclusionRule, ...] = ()
    tax_included: bool = False


@dataclass(frozen=True, slots=True)
class ProcedureDetermination:
    """Which procedure a sales area, a document's and a customer's pricing procedure lead to 定价过程确定."""

    sales_area: str
    document_procedure: str
    customer_procedure: str
    procedure: str


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """So many units of the second currency for one of the first, from a day on until the next rate 汇率."""

    from_currency: str
    to_currency: str
    valid_from: date
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure 计量单位: how many of its dimension's base unit it is, exactly, and its decimal places.

    Without a dimension (pieces, boxes) only a material's own units convert it.
    """

    code: str
    dimension: str | None = None
    factor: Fraction = Fraction(1)
    decimals: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Customizing:
    """All that pricing by one procedure needs beside records. Compiled once for each value, so keep one and use it again.

    `rounding_units` overrules ISO 4217 for the rounding of rows (1 for TWD), `cash_units` is what DIFF rounds to.
    """

    procedure: PricingProcedure
    condition_types: Mapping[str, ConditionType]
    tables: Mapping[str, ConditionTable] = field(default_factory=dict)
    access_sequences: Mapping[str, AccessSequence] = field(default_factory=dict)
    exclusion_groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    exchange_rates: tuple[ExchangeRate, ...] = ()
    units: Mapping[str, Unit] = field(default_factory=dict)
    rounding_units: Mapping[str, Decimal] = field(default_factory=dict)
    cash_units: Mapping[str, Decimal] = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------------------- records


@dataclass(frozen=True, slots=True)
class ScaleLevel:
    """A level of a scale: from `start` on (from-scale), or up to and including `end` (the other two; None without end)."""

    rate: Decimal
    start: Decimal | None = None
    end: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale 等级. `unit` is a unit of measure or, by value, a currency; None: the unit or currency of the record."""

    type: ScaleType
    basis: ScaleBasis
    levels: tuple[ScaleLevel, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Supplement:
    """A condition supplement 附加条件: a row that comes with a record, its percentage on that record's value."""

    condition_type: str
    rate: Decimal
    currency: str | None = None
    per: Decimal = Decimal(1)
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What orders have used up of a record."""

    value: Decimal = Decimal(0)
    quantity: Decimal = Decimal(0)
    orders: int = 0


@dataclass(frozen=True, slots=True)
class FreeGoods:
    """What comes free 赠品: from a minimum on, so many free for so many. Fractions round down, or commercially.

    What comes on top may be of another material, by its id, and in a unit of its own.
    """

    per: Decimal
    free: Decimal
    minimum: Decimal = Decimal(0)
    rule: FreeGoodsRule = FreeGoodsRule.PROPORTIONAL
    kind: FreeGoodsKind = FreeGoodsKind.INCLUSIVE
    commercially: bool = False
    material: str | None = None
    unit: str | None = None


class ConditionRecord(NamedTuple):
    """One version of a condition record 条件记录; versions of one record share its number.

    `rate` is a percentage or an amount of `currency` per `per` of `unit`; with a scale, that of its first level. The
    maximum value is in `currency` (of the document where there is none), the maximum quantity in `unit`. A record of
    `free_goods` has no rate but what comes free, which is for so many of `unit`.
    """

    id: str
    number: str
    condition_type: str
    table: str
    key: Key
    valid_from: date
    valid_to: date
    rate: Decimal
    version: int = 1
    release_status: ReleaseStatus = ReleaseStatus.RELEASED
    currency: str | None = None
    per: Decimal = Decimal(1)
    unit: str | None = None
    scale: Scale | None = None
    supplements: tuple[Supplement, ...] = ()
    lower_limit: Decimal | None = None
    upper_limit: Decimal | None = None
    maximum_value: Decimal | None = None
    maximum_quantity: Decimal | None = None
    maximum_orders: int | None = None
    used: Used = Used()
    exclusion_indicator: bool = False
    free_goods: FreeGoods | None = None


# ------------------------------------------------------------------------------------------------------ what is priced


@dataclass(frozen=True, slots=True)
class ManualCondition:
    """A condition entered by hand, at an item or at the header."""

    condition_type: str
    rate: Decimal
    currency: str | None = None
    per: Decimal = Decimal(1)
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class CopiedRow:
    """A row of the item that this one was copied from, or of the item itself before the change.

    `record` is the version that was used then, as it was then. Header conditions are copied with the header instead.
    """

    step: int
    counter: int
    condition_type: str
    rate: Decimal | None
    currency: str | None = None
    per: Decimal = Decimal(1)
    unit: str | None = None
    record: ConditionRecord | None = None
    origin: ConditionOrigin = ConditionOrigin.AUTOMATIC
    inactive_reason: InactiveReason | None = None
    interval: int | None = None
    supplement: bool = False


@dataclass(frozen=True, slots=True)
class PricingItem:
    """An item to be priced. Weights, volume and cost are those of one base unit of the material, cost in document currency.

    `units` says how many base units each unit of the material is, exactly. `fields` holds the item's key fields.
    """

    line_number: int
    quantity: Decimal
    unit: str
    base_unit: str
    units: Mapping[str, Fraction] = field(default_factory=dict)
    gross_weight: Decimal | None = None
    net_weight: Decimal | None = None
    weight_unit: str = "KG"
    volume: Decimal | None = None
    volume_unit: str = "L"
    cost: Decimal | None = None
    fields: Mapping[KeyField, str] = field(default_factory=dict)
    manual: tuple[ManualCondition, ...] = ()
    copied: tuple[CopiedRow, ...] = ()
    free_quantity: Decimal = Decimal(0)
    free_of_charge: bool = False
    below_minimum_approved: bool = False


@dataclass(frozen=True, slots=True)
class PricingDocument:
    """A document to be priced. `fields` holds the header's key fields; an item's own value of a field goes first.

    `simulation` prefers planning records, then simulation, then released; else only released ones count.
    """

    currency: str
    pricing_date: date
    services_rendered_date: date
    items: tuple[PricingItem, ...]
    fields: Mapping[KeyField, str] = field(default_factory=dict)
    header_conditions: tuple[ManualCondition, ...] = ()
    pricing_type: PricingType = PricingType.NEW
    simulation: bool = False


# ---------------------------------------------------------------------------------------------------------- the answer


class AccessTrace(NamedTuple):
    """What one access looked for and what became of it. `key` leaves out fields without a value."""

    number: int
    table: str
    key: tuple[tuple[KeyField, str], ...]
    outcome: AccessOutcome
    record_id: str | None = None


class SearchTrace(NamedTuple):
    """What a search came to; `accesses` spells it out. The fields are those of the item, by their names.

    `found` is of each access what became of it, and the id of the record that it found.
    """

    searched: tuple[tuple[int, str, tuple[KeyField, ...]], ...]
    fields: Mapping[str, str]
    found: tuple[tuple[AccessOutcome, str | None], ...]

    @property
    def was_blocked(self) -> bool:
        """Whether a record was there and could not be used."""
        return (AccessOutcome.BLOCKED, None) in self.found

    @property
    def accesses(self) -> tuple[AccessTrace, ...]:
        """Each access in turn: what it looked for and what became of it."""
        return tuple(
            AccessTrace(
                number,
                table,
                tuple((field, self.fields[field]) for field in fields if field in self.fields),
                outcome,
                record_id,
            )
            for (number, table, fields), (outcome, record_id) in zip(self.searched, self.found, strict=True)
        )


NO_SEARCH = SearchTrace((), {}, ())


class ConditionRow(NamedTuple):
    """A row of a priced item. Without a value, nothing was found or it has no rate; without a type it is a subtotal.

    `scale_base` is what the scale was read with, in its unit; for a group condition, that of the whole group.
    `rounding_difference` is what it took over for the total of its group or header condition to be exact.
    """

    step: int
    counter: int
    condition_type: str | None
    base: Amount | None
    rate: Amount | None
    value: Amount | None
    per: Amount | None = None
    scale_base: Amount | None = None
    statistical: bool = False
    inactive_reason: InactiveReason | None = None
    origin: ConditionOrigin = ConditionOrigin.AUTOMATIC
    record: ConditionRecord | None = None
    search: SearchTrace = NO_SEARCH
    header: bool = False
    supplement: bool = False
    interval: int | None = None
    rounding_difference: Decimal = Decimal(0)

    @property
    def accesses(self) -> tuple[AccessTrace, ...]:
        """What its search looked for, access by access, and why it found nothing where it did not."""
        return self.search.accesses

    @property
    def is_active(self) -> bool:
        """Whether its value counts (for a statistical row: where it is referred to)."""
        return self.value is not None and self.inactive_reason is None


@dataclass(frozen=True)
class PricedItem:
    """An item with its rows, in the order of step and counter. All amounts are in document currency.

    `net_price` is net value / quantity, rounded for show: the net value rules. `missing` names the required steps that
    found nothing: such an item is not priced. `raised_to_minimum` is by how much its minimum price lifted it.
    """

    line_number: int
    net_price: Decimal
    net_value: Decimal
    tax_amount: Decimal
    gross_value: Decimal
    subtotals: Mapping[Subtotal, Decimal]
    explain: Callable[[], Iterable[ConditionRow]] = field(repr=False, compare=False)
    missing: tuple[Refusal, ...] = ()
    raised_to_minimum: Decimal | None = None

    @cached_property
    def rows(self) -> tuple[ConditionRow, ...]:
        """Its rows, made when they are first looked at: many ask only what an item comes to."""
        return tuple(self.explain())


class NetPrice(NamedTuple):
    """What an item comes to without taxes, and for how much of its material its price is; `is_priced`: nothing is missing."""

    value: Decimal
    per: Amount | None
    is_priced: bool


@dataclass(frozen=True, slots=True)
class RecordUse:
    """What a document uses up of a record with a maximum: value in the maximum's currency, quantity in the record's unit."""

    record: ConditionRecord
    value: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class PricedDocument:
    """A priced document; its items stand as they were given."""

    procedure: str
    currency: str
    net_value: Decimal
    tax_amount: Decimal
    gross_value: Decimal
    items: tuple[PricedItem, ...]
    uses: tuple[RecordUse, ...] = ()

    @property
    def missing(self) -> tuple[Refusal, ...]:
        """Why it is not completely priced, item by item."""
        return tuple(refusal for item in self.items for refusal in item.missing)
