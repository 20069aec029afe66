"""The demo company's customers: a few hundred of all types, with names, addresses and documents that look real."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from api.resolvers.partner_determination import partner_determination
from domain.customer import CustomerType, OnboardingStatus, PartnerFunction, ReviewStatus
from domain.partners import determined
from models.customer import BankAccount, CompanyCodeView, Customer, Partner, QualificationDocument, SalesAreaView
from models.journal import NumberRange

SEED = 20260101
FIRST_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """A city, its province, and how telephone numbers begin there."""

    city: str
    region: str
    dial: str
    code: str
    streets: tuple[str, ...]


EAST = (
    Place("上海", "上海市", "021", "310000", ("浦东南路", "延安西路", "张江路")),
    Place("苏州", "江苏省", "0512", "320500", ("干将东路", "星湖街")),
    Place("南京", "江苏省", "025", "320100", ("中山路", "汉中路")),
    Place("杭州", "浙江省", "0571", "330100", ("文三路", "延安路")),
    Place("宁波", "浙江省", "0574", "330200", ("中山东路", "百丈路")),
    Place("合肥", "安徽省", "0551", "340100", ("长江中路", "徽州大道")),
)
NORTH = (
    Place("北京", "北京市", "010", "110000", ("建国路", "中关村大街")),
    Place("天津", "天津市", "022", "120000", ("南京路", "解放北路")),
    Place("石家庄", "河北省", "0311", "130100", ("中山西路", "裕华东路")),
    Place("太原", "山西省", "0351", "140100", ("迎泽大街", "平阳路")),
    Place("济南", "山东省", "0531", "370100", ("泉城路", "经十路")),
)
TRADES = ("钢铁", "机械", "化工", "阀门", "电气", "石化", "装备", "流体控制", "水务", "能源", "管业", "仪表")
SHORT_NAMES = (
    "华东",
    "恒通",
    "鑫源",
    "瑞达",
    "中泰",
    "金桥",
    "远航",
    "盛世",
    "宏图",
    "天力",
    "永兴",
    "东方",
    "博远",
    "顺达",
    "立信",
    "海川",
)
FORMS = {CustomerType.DEALER: "贸易有限公司", CustomerType.AGENT: "代理有限公司", CustomerType.END_USER: "有限公司"}
ABROAD = (
    ("SG", "Singapore", None, ("Lion City Marine Pte Ltd", "Straits Valve Supply Pte Ltd", "Jurong Steel Works Pte Ltd")),
    ("DE", "Hamburg", "Hamburg", ("Nordwerft Anlagenbau GmbH", "Elbe Armaturen GmbH & Co. KG", "Hansa Steel Trading GmbH")),
    ("NL", "Rotterdam", "Zuid-Holland", ("Maas Process Equipment B.V.", "Waterweg Pumps B.V.")),
    ("US", "Houston", "TX", ("Bayou Pipe & Valve Inc.", "Lone Star Flow Control LLC", "Gulf Steel Fabricators Inc.")),
    ("AE", "Dubai", "Dubai", ("Creek Oilfield Supplies LLC", "Palm Water Systems LLC")),
    ("JP", "大阪", "大阪府", ("関西流体制御株式会社", "難波鋼管株式会社")),
)
DOCUMENTS = (("BUSINESS_LICENCE", "营业执照"), ("TAX_REGISTRATION", "税务登记证"), ("BANK_ACCOUNT_PROOF", "开户证明"))
ILLEGIBLE = "The copy cannot be read 复印件不清晰"
CREDIT_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
BANKS = ("中国工商银行", "中国建设银行", "招商银行", "交通银行")
STATUSES = (
    *[OnboardingStatus.APPROVED] * 14,
    OnboardingStatus.DRAFT,
    OnboardingStatus.SUBMITTED,
    OnboardingStatus.REJECTED,
    OnboardingStatus.EXPIRED,
)

CHANNEL_TYPES = (("10", CustomerType.END_USER), ("20", CustomerType.DEALER), ("30", CustomerType.AGENT))
PLANTS = {"1000": "1000", "2000": "2000", "3000": "3000"}
COMPANY_CODES = {"1000": "1000", "2000": "1000", "3000": "3000"}
PER_CHANNEL = {"1000": 50, "2000": 40, "3000": 5}


async def make_customers(progress: Callable[[], None]) -> dict[str, tuple[str, ...]]:
    """Store the customers; tells which numbers the demo partners speak for. `progress` is called once per customer."""
    chance = random.Random(SEED)  # noqa: S311  # made to be repeatable
    number_range = await NumberRange.get(name="customer")
    number = number_range.next_number
    bound: dict[str, tuple[str, ...]] = {}
    previous: dict[str, list[Customer]] = {}
    names: set[str] = set()
    for organization, channel, type_ in _plan():
        customer = await _customer(chance, organization, type_, str(number), names)
        number += 1
        group = f"{organization}/{channel}"
        await _views(chance, customer, organization, channel, previous.setdefault(group, []))
        await _papers(chance, customer, f"clerk.{organization}")
        previous[group].append(customer)
        progress()
    number_range.next_number = number
    await number_range.save()
    dealers, agents, direct = (previous[f"1000/{channel}"] for channel in ("20", "30", "10"))
    approved = [customer for customer in dealers if customer.onboarding_status is OnboardingStatus.APPROVED]
    bound["dealer.a"], bound["dealer.b"] = (approved[0].number,), (approved[1].number,)
    bound["agent.a"] = tuple(customer.number for customer in agents[:3])
    bound["buyer.a"] = (next(each for each in direct if each.onboarding_status is OnboardingStatus.APPROVED).number,)
    return bound


def count() -> int:
    """How many customers the demo company has."""
    return sum(1 for _ in _plan())


def _plan() -> Iterator[tuple[str, str, CustomerType]]:
    for organization, customers in PER_CHANNEL.items():
        for channel, type_ in CHANNEL_TYPES:
            for _ in range(customers):
                yield organization, channel, type_


async def _customer(chance: random.Random, organization: str, type_: CustomerType, number: str, names: set[str]) -> Customer:
    customer = (
        _chinese(chance, EAST if organization == "1000" else NORTH, type_, names)
        if organization != "3000"
        else _foreign(chance, names)
    )
    names.add(customer.name)
    customer.number = number
    customer.customer_type = type_
    customer.onboarding_status = chance.choice(STATUSES)
    if customer.onboarding_status is not OnboardingStatus.DRAFT:
        customer.submitted_by = f"clerk.{organization}"
    if customer.onboarding_status is OnboardingStatus.REJECTED:
        customer.rejection_reason = ILLEGIBLE
    customer.market = chance.choice(("石化", "水务", "冶金", "电力"))
    customer.created_by = "system"
    customer.make_findable()
    await customer.save(force_create=True)
    return customer


def _chinese(chance: random.Random, places: tuple[Place, ...], type_: CustomerType, names: set[str]) -> Customer:
    while True:
        place = chance.choice(places)
        name = f"{place.city}{chance.choice(SHORT_NAMES)}{chance.choice(TRADES)}{FORMS[type_]}"
        if name not in names:
            break
    return Customer(
        name=name,
        country="CN",
        region=place.region,
        city=place.city,
        street=f"{chance.choice(place.streets)}{chance.randint(1, 1999)}号",
        postal_code=f"{int(place.code[:4]):04d}{chance.randint(0, 99):02d}",
        phone=f"{place.dial}-{chance.randint(20000000, 89999999)}",
        email=f"sales{chance.randint(100, 999)}@example.cn",
        tax_number=_credit_code(chance, place.code),
    )


def _foreign(chance: random.Random, names: set[str]) -> Customer:
    while True:
        country, city, region, known = chance.choice(ABROAD)
        name = chance.choice(known)
        if name in names:
            name = f"{name.partition(' ')[0]} {chance.choice(('Trading', 'Industrial', 'Offshore', 'Services'))} {city}"
        if name not in names:
            break
    return Customer(
        name=name,
        country=country,
        region=region,
        city=city,
        street=f"{chance.randint(1, 400)} Harbour Road",
        phone=f"+{chance.randint(30, 99)} {chance.randint(1000000, 9999999)}",
        email=f"office{chance.randint(100, 999)}@example.com",
        tax_number=f"{country}{chance.randint(10**8, 10**9 - 1)}",
    )


def _credit_code(chance: random.Random, region_code: str) -> str:
    """A unified social credit code with its right check character (GB 32100-2015)."""
    body = f"91{region_code}" + "".join(chance.choice(CREDIT_CODE_SIGNS) for _ in range(9))
    total = sum(CREDIT_CODE_SIGNS.index(sign) * weight for sign, weight in zip(body, CREDIT_CODE_WEIGHTS, strict=True))
    return body + CREDIT_CODE_SIGNS[(31 - total % 31) % 31]


async def _views(chance: random.Random, customer: Customer, organization: str, channel: str, earlier: list[Customer]) -> None:
    areas = [(organization, channel, "00")]
    if chance.random() < 0.4:
        areas.append((organization, channel, "10"))
    if organization == "1000" and channel == "10" and chance.random() < 0.15:
        areas.append(("2000", channel, "00"))  # a few deal with both organizations
    terms = chance.choice(("Z000", "Z030", "Z060", "Z214"))
    for company_code in dict.fromkeys(COMPANY_CODES[area[0]] for area in areas):
        await CompanyCodeView.create(
            customer=customer,
            company_code=company_code,
            reconciliation_account="112200",
            cash_management_group=chance.choice(("E1", "E2")),
            payment_terms=terms,
            blocked=chance.random() < 0.02,
        )
    procedure = partner_determination().procedure_for(customer.customer_type)
    ship_to = chance.choice(earlier) if earlier and chance.random() < 0.2 else customer
    for area in areas:
        blocked = chance.random()
        view = await SalesAreaView.create(
            customer=customer,
            sales_organization=area[0],
            distribution_channel=area[1],
            division=area[2],
            sales_district=f"{area[0][:1]}{chance.randint(1, 5):02d}",
            customer_group=chance.choice(("A", "B", "C")),
            price_list=chance.choice(("01", "02")),
            currency="USD" if area[0] == "3000" else "CNY",
            incoterms=chance.choice(("EXW", "FCA", "DAP")),
            shipping_condition=chance.choice(("01", "02")),
            delivering_plant=PLANTS[area[0]],
            payment_terms=terms,
            order_block="Complaint under review 投诉处理中" if blocked < 0.02 else None,
            delivery_block="Overdue receivables 逾期应收" if 0.02 <= blocked < 0.04 else None,
        )
        for function, partner in determined(procedure, customer.id, None):
            await Partner.create(view=view, function=function, customer_id=partner)
        if ship_to is not customer and area[0] == organization:
            await Partner.create(view=view, function=PartnerFunction.SHIP_TO, customer=ship_to)


async def _papers(chance: random.Random, customer: Customer, added_by: str) -> None:
    bank = chance.choice(BANKS) if customer.country == "CN" else "Demo Bank of Commerce"
    await BankAccount.create(
        customer=customer,
        bank_name=bank,
        account_number="".join(chance.choice("0123456789") for _ in range(16)),
        holder=customer.name,
    )
    for kind, _ in DOCUMENTS if customer.country == "CN" else DOCUMENTS[:1]:
        begin = FIRST_DAY - timedelta(days=chance.randint(30, 2000))
        status = {
            OnboardingStatus.APPROVED: ReviewStatus.ACCEPTED,
            OnboardingStatus.REJECTED: ReviewStatus.REJECTED,
            OnboardingStatus.EXPIRED: ReviewStatus.EXPIRED,
        }.get(customer.onboarding_status, ReviewStatus.PENDING)
        await QualificationDocument.create(
            customer=customer,
            document_type=kind,
            number=customer.tax_number if kind != "BANK_ACCOUNT_PROOF" else f"K{chance.randint(10**6, 10**7 - 1)}",
            issuer=f"{customer.city}市场监督管理局" if customer.country == "CN" else "Chamber of Commerce",
            valid_from=begin,
            valid_to=FIRST_DAY - timedelta(days=10) if status is ReviewStatus.EXPIRED else begin + timedelta(days=3650),
            review_status=status,
            review_reason=ILLEGIBLE if status is ReviewStatus.REJECTED else None,
            added_by=added_by,
        )
