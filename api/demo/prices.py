"""The demo company's materials and prices: valves, pumps, pipes and what belongs to them, in three organizations."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from api.demo.company import CHANNELS, DIVISIONS, ORGANIZATIONS
from api.execution.journal import recording
from api.resolvers.condition_records import free_columns
from api.resolvers.condition_store import lookup_of
from api.resolvers.customizing import keep_piece
from api.resolvers.standard_pricing import install_pricing, standard_pieces
from domain.areas import ANY, PARTS
from domain.pricing.kinds import CustomizingKind
from domain.pricing.values import (
    FreeGoods,
    FreeGoodsKind,
    FreeGoodsRule,
    KeyField,
    ProcedureDetermination,
    ReleaseStatus,
    ScaleBasis,
    ScaleType,
)
from models.customer import Customer
from models.journal import NumberRange
from models.material import Material, MaterialGroup, MaterialSalesView, MaterialUnit
from models.pricing import ConditionRecord, ConditionScaleLevel, ExchangeRate

SEED = 20260102
PROCEDURE = "SDNET1"
AUTHOR, APPROVER = "price.admin", "price.approver"
MADE = datetime(2026, 1, 5, 2, 0, tzinfo=timezone.utc)
YEAR = date(2026, 1, 1)
CURRENCY = {"1000": "CNY", "2000": "CNY", "3000": "USD"}
PLANT = {"1000": "1000", "2000": "2000", "3000": "3000"}
CENT = Decimal("0.01")
STEPS = ((1, "1"), (50, "0.97"), (200, "0.94"))
"""The levels of a scale, and what of the list price counts from each on."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A group of materials: names and sizes, what the smallest one costs in yuan and weighs in kilograms."""

    group: str
    title: str
    names: tuple[str, ...]
    sizes: tuple[str, ...]
    price: str
    weight: str
    tax_class: str = "1"
    unit: str = "PC"
    units: Mapping[str, tuple[int, int]] = field(default_factory=dict)


DN = ("DN15", "DN25", "DN40", "DN50", "DN80", "DN100", "DN150", "DN200")
VALVES = ("Gate valve 闸阀", "Ball valve 球阀", "Check valve 止回阀", "Butterfly valve 蝶阀")
PUMPS = ("Centrifugal pump 离心泵", "Metering pump 计量泵")
PIPES = ("Steel pipe 钢管", "Stainless pipe 不锈钢管")
SEALS = ("Gasket 垫片", "O-ring O型圈")
WORKS = ("Commissioning 调试", "Inspection 检验")
KINDS = (
    Kind("VALVE", "Valves 阀门", VALVES, DN, "86.00", "0.8"),
    Kind("PUMP", "Pumps 泵", PUMPS, DN[1:7], "1450.00", "18"),
    Kind("PIPE", "Pipes 管道", PIPES, DN, "24.50", "1.3", unit="M", units={"PC": (6, 1)}),
    Kind("SEAL", "Seals 密封件", SEALS, DN, "1.85", "0.02", units={"BOX": (100, 1)}),
    Kind("METER", "Water meters 水表", ("Water meter 水表",), DN[:4], "128.00", "1.1", tax_class="2"),
    Kind("SERVICE", "Services 服务", WORKS, ("1 day", "5 days"), "1800.00", "0", "3", "EA"),
)


async def make_prices(bindings: Mapping[str, tuple[str, ...]]) -> None:
    """Store customizing, materials, exchange rates and condition records; `bindings` names the customers of demo partners."""
    await install_pricing(AUTHOR)
    await _make_determination()
    await ExchangeRate.bulk_create(
        ExchangeRate(
            from_currency=one, to_currency="CNY", valid_from=YEAR, rate=Decimal(rate), created_by=AUTHOR, created_at=MADE
        )
        for one, rate in (("USD", "7.1250"), ("EUR", "7.7300"), ("JPY", "0.0465"))
    )
    prices = await _make_materials()
    await _Records(prices).make(bindings)


async def _make_determination() -> None:
    async with recording(AUTHOR, "demo") as journal:
        for organization, *_ in ORGANIZATIONS:
            for channel, _ in CHANNELS:
                for division, _ in DIVISIONS:
                    area = f"{organization}/{channel}/{division}"
                    value = ProcedureDetermination(area, "A", "1", PROCEDURE)
                    await keep_piece(journal, CustomizingKind.DETERMINATION, value, (area, area), f"{area}|A|1")


async def _make_materials() -> dict[Material, Decimal]:
    """The materials with their list prices in yuan."""
    number_range = await NumberRange.get(name="material")
    await MaterialGroup.bulk_create(MaterialGroup(code=kind.group, name=kind.title) for kind in KINDS)
    materials: list[Material] = []
    prices: dict[str, Decimal] = {}
    further: dict[str, Mapping[str, tuple[int, int]]] = {}
    for kind, name, place, size in _plan():
        factor = Decimal(1) + Decimal(place) * Decimal(place + 1) / 4
        material = Material(
            number=str(number_range.next_number),
            description=f"{name} {size}",
            base_unit=kind.unit,
            material_group=kind.group,
            tax_class=kind.tax_class,
            item_category_group="DIEN" if kind.group == "SERVICE" else "NORM",
            gross_weight=(Decimal(kind.weight) * factor * Decimal("1.05")).quantize(Decimal("0.001")),
            net_weight=(Decimal(kind.weight) * factor).quantize(Decimal("0.001")),
            weight_unit="KG",
            created_by=AUTHOR,
            created_at=MADE,
        )
        material.make_findable()
        further[material.number] = kind.units
        materials.append(material)
        prices[material.number] = (Decimal(kind.price) * factor).quantize(CENT, ROUND_HALF_UP)
        number_range.next_number += 1
    await number_range.save()
    await Material.bulk_create(materials)
    kept = {each.number: each for each in await Material.filter(number__in=list(further))}
    found = {kept[number]: price for number, price in prices.items()}
    await MaterialUnit.bulk_create(
        MaterialUnit(material=kept[number], unit=unit, numerator=above, denominator=below)
        for number, units in further.items()
        for unit, (above, below) in units.items()
    )
    await MaterialSalesView.bulk_create(_view(*each) for material, price in found.items() for each in _areas(material, price))
    return found


def _plan() -> Iterator[tuple[Kind, str, int, str]]:
    for kind in KINDS:
        for name in kind.names:
            for place, size in enumerate(kind.sizes):
                yield kind, name, place, size


def _areas(material: Material, price: Decimal) -> Iterator[tuple[Material, Decimal, str, str, str]]:
    for organization, *_ in ORGANIZATIONS:
        for channel, _ in CHANNELS:
            for division, _ in DIVISIONS:
                if division == "00" or material.material_group == "VALVE":
                    yield material, price, organization, channel, division


def _view(material: Material, price: Decimal, organization: str, channel: str, division: str) -> MaterialSalesView:
    cost = _in_currency(price * Decimal("0.62"), organization)
    return MaterialSalesView(
        material=material,
        sales_organization=organization,
        distribution_channel=channel,
        division=division,
        sales_unit=material.base_unit,
        pricing_group=material.material_group[:2] if material.material_group else None,
        delivering_plant=PLANT[organization],
        cost=cost,
    )


def _in_currency(price: Decimal, organization: str) -> Decimal:
    """A price in yuan as one in the organization's currency; overseas a little more is asked."""
    return (price if CURRENCY[organization] == "CNY" else price / Decimal("6.5")).quantize(CENT, ROUND_HALF_UP)


class _Records:
    """Makes condition records one after another, and stores them at once."""

    def __init__(self, prices: Mapping[Material, Decimal]) -> None:
        self.prices = prices
        self.chance = random.Random(SEED)  # noqa: S311  # made to be repeatable
        self.records: list[ConditionRecord] = []
        self.levels: dict[str, list[tuple[Any, ...]]] = {}
        self.tables: dict[str, tuple[KeyField, ...]] = {}
        self.number = 0

    async def make(self, bindings: Mapping[str, tuple[str, ...]]) -> None:
        """Store all records of the company."""
        number_range = await NumberRange.get(name="condition_record")
        self.number = number_range.next_number
        self.tables = {
            value.code: value.fields for kind, value, _ in standard_pieces() if kind is CustomizingKind.CONDITION_TABLE
        }
        customers = {name: await Customer.get(number=numbers[0]) for name, numbers in bindings.items()}
        self._list_prices()
        self._channel_prices()
        self._discounts()
        self._freight_and_taxes()
        self._own_prices(customers)
        self._free_goods(customers)
        self._taxes(OF_CLASSES)
        number_range.next_number = self.number
        await number_range.save()
        await ConditionRecord.bulk_create(self.records)
        ids = {each.number: each.id for each in await ConditionRecord.all().only("id", "number")}
        await ConditionScaleLevel.bulk_create(
            ConditionScaleLevel(record_id=ids[number], position=place, from_value=start, rate=rate, currency=currency)
            for number, levels in self.levels.items()
            for place, (start, rate, currency) in enumerate(levels)
        )

    def _list_prices(self) -> None:
        for organization, *_ in ORGANIZATIONS:
            for material, price in self.prices.items():
                key = {"sales_organization": organization, "material": material}
                listed = _in_currency(price, organization)
                scaled = STEPS if self.chance.random() < 0.3 else ()
                levels = tuple((start, (listed * Decimal(part)).quantize(CENT)) for start, part in scaled)
                self._add("PR00", "A004", key, listed, levels=levels)
                if self.chance.random() < 0.15:
                    self._add("PMIN", "A004", key, (listed * Decimal("0.78")).quantize(CENT))

    def _channel_prices(self) -> None:
        for organization, *_ in ORGANIZATIONS:
            for material, price in self.prices.items():
                key = {"sales_organization": organization, "distribution_channel": "20"}
                dealers = (_in_currency(price, organization) * Decimal("0.88")).quantize(CENT)
                self._add("PR00", "A003", {**key, "material": material}, dealers)
                if material.material_group == "PIPE":
                    best = (dealers * Decimal("0.95")).quantize(CENT)
                    self._add("PR00", "A002", {**key, "price_list": "02", "material": material}, best)

    def _discounts(self) -> None:
        for organization, *_ in ORGANIZATIONS:
            for channel, _ in CHANNELS:
                for group, percent in (("A", "-5"), ("B", "-3"), ("C", "-1.5")):
                    key = {"sales_organization": organization, "distribution_channel": channel, "customer_group": group}
                    self._add("K007", "A006", key, Decimal(percent))
            for group, percent, end in (("SEAL", "-8", date(2026, 3, 31)), ("VALVE", "-2", date.max)):
                self._add(
                    "KA00", "A007", {"sales_organization": organization, "material_group": group}, Decimal(percent), end=end
                )
            self._add("SKTO", "A014", {"sales_organization": organization, "payment_terms": "Z214"}, Decimal("-2"))
        self._add("AMIW", "A009", {"sales_organization": "2000"}, Decimal("500.00"))

    def _freight_and_taxes(self) -> None:
        for organization, *_ in ORGANIZATIONS:
            self._add(
                "KF00",
                "A010",
                {"sales_organization": organization, "incoterms": "DAP"},
                _in_currency(Decimal("0.80"), organization),
            )
        self._taxes(TAXES)
        for country in ("CN", "SG", "DE"):
            self._add("MWST", "A012", {"departure_country": country}, Decimal(0), start=date(2019, 4, 1))

    def _taxes(self, taxes: tuple[tuple[str, ...], ...]) -> None:
        for one, other, customer, material, percent in taxes:
            key = {
                "departure_country": one,
                "destination_country": other,
                "customer_tax_class": customer,
                "material_tax_class": material,
            }
            self._add("MWST", "A011", key, Decimal(percent), start=date(2019, 4, 1))

    def _own_prices(self, partners: Mapping[str, Customer]) -> None:
        """What demo partners have agreed on: prices of their own, a discount, one that headquarters have not released yet."""
        for name, channel in (("dealer.a", "20"), ("dealer.b", "20"), ("agent.a", "30"), ("buyer.a", "10")):
            key = {"sales_organization": "1000", "distribution_channel": channel, "customer": partners[name]}
            for material in self.chance.sample(list(self.prices), 6):
                agreed = (_in_currency(self.prices[material], "1000") * Decimal("0.82")).quantize(CENT)
                self._add("PR00", "A001", {**key, "material": material}, agreed)
            self._add("K007", "A005", key, Decimal("-6"))
            material = next(iter(self.prices))
            waiting = {**key, "material": material}
            self._add("K005", "A001", waiting, Decimal("-4"), status=ReleaseStatus.BLOCKED, processing_status="DRAFT")

    def _free_goods(self, partners: Mapping[str, Customer]) -> None:
        """What comes free with seals by the ten thousand: on top, another seal for a group, within what dealers order."""
        small, large, other = [each for each in self.prices if each.material_group == "SEAL"][:3]
        many, part, exclusive = Decimal(10_000), Decimal(100), FreeGoodsKind.EXCLUSIVE
        given: tuple[tuple[Material, Mapping[str, Any], FreeGoods], ...] = (
            (small, {}, FreeGoods(many, part, many, FreeGoodsRule.UNIT_REFERENCE, exclusive)),
            (small, {"customer_group": "A"}, FreeGoods(many, Decimal(5), many, kind=exclusive, material=str(other.id))),
            (large, {"distribution_channel": "20", "customer": partners["dealer.a"]}, FreeGoods(many, part, many)),
            (large, {}, FreeGoods(many, part, many, kind=FreeGoodsKind.INCLUSIVE_WITHOUT_ITEM)),
        )
        for material, key, goods in given:
            table = "A001" if "customer" in key else "A015" if "customer_group" in key else "A004"
            self._add("NA00", table, {"sales_organization": "1000", "material": material, **key}, None, goods=goods)

    def _add(
        self,
        condition_type: str,
        table: str,
        key: Mapping[str, Any],
        rate: Decimal | None,
        *,
        start: date = YEAR,
        end: date = date.max,
        levels: tuple[tuple[int, Decimal], ...] = (),
        status: ReleaseStatus = ReleaseStatus.RELEASED,
        processing_status: str | None = None,
        goods: FreeGoods | None = None,
    ) -> None:
        material, customer = key.get("material"), key.get("customer")
        values = {name: getattr(value, "number", value) for name, value in key.items()}
        organization = values.get("sales_organization")
        amount = condition_type in ("PR00", "PMIN", "AMIW", "KF00")
        unit = "KG" if condition_type == "KF00" else material.base_unit if (amount or goods) and material else None
        released = status is ReleaseStatus.RELEASED
        number = str(self.number)
        self.number += 1
        currency = CURRENCY[organization] if amount and organization else None
        self.records.append(
            ConditionRecord(
                number=number,
                condition_type=condition_type,
                condition_table=table,
                lookup=lookup_of(condition_type, table, tuple(values[each.value] for each in self.tables[table])),
                **{part: values.get(part, ANY) for part in PARTS},
                customer=customer,
                material=material,
                valid_from=start,
                valid_to=end,
                release_status=status,
                processing_status=processing_status,
                rate=rate,
                currency=currency,
                per=goods.per if goods else Decimal(1) if unit else None,
                unit=unit,
                scale_type=ScaleType.FROM if levels else None,
                scale_basis=ScaleBasis.QUANTITY if levels else None,
                **({} if goods is None else free_columns(goods)),
                confidential=condition_type in CONFIDENTIAL,
                created_by=AUTHOR,
                created_at=MADE,
                released_by=APPROVER if released else None,
                released_at=MADE if released else None,
            )
        )
        if levels:
            self.levels[number] = [(Decimal(from_), amount_, currency) for from_, amount_ in levels]


CONFIDENTIAL = ("PMIN", "BO01")
TAXES = (  # departure, destination, customer's class, material's class, percent
    *(("CN", "CN", customer, material, rate) for customer in "01" for material, rate in (("1", "13"), ("2", "9"), ("3", "6"))),
    *(("SG", "SG", customer, material, "9") for customer in "01" for material in "123"),
    *(("DE", "DE", customer, material, rate) for customer in "01" for material, rate in (("1", "19"), ("2", "7"), ("3", "19"))),
    *(("DE", "NL", "1", material, "0") for material in "123"),
    *(("DE", "NL", "0", material, rate) for material, rate in (("1", "21"), ("2", "9"), ("3", "21"))),
)
"""China's rates since 2019-04-01; Singapore's; Germany's, to a registered customer in the Netherlands none (reverse charge)."""
OF_CLASSES = (
    *(("CN", "CN", "S", material, rate) for material, rate in (("1", "13"), ("2", "9"), ("3", "6"))),
    *(("CN", "CN", "E", material, "0") for material in "123"),
)
"""To customers of a class of their own: to small-scale taxpayers as to all, to exempt ones none."""
