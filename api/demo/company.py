"""The demo company's enterprise structure: three sales organizations, two company codes, two credit control areas."""

from models.journal import NumberRange
from models.organization import (
    CompanyCode,
    CreditControlArea,
    DistributionChannel,
    Division,
    PaymentTerms,
    Plant,
    SalesArea,
    SalesOrganization,
)

CONTROL_AREAS = (("1000", "China 中国信贷控制范围", "CNY"), ("3000", "Overseas 海外信贷控制范围", "USD"))
COMPANY_CODES = (
    ("1000", "Huaxin Industrial (China) 华信实业（中国）", "CNY", "CN", "1000"),
    ("3000", "Huaxin Overseas 华信海外", "USD", "SG", "3000"),
)
ORGANIZATIONS = (
    ("1000", "East China 华东销售组织", "1000", "CNY", "Asia/Shanghai"),
    ("2000", "North China 华北销售组织", "1000", "CNY", "Asia/Shanghai"),
    ("3000", "Overseas 海外销售组织", "3000", "USD", "Asia/Singapore"),
)
CHANNELS = (("10", "Direct 直销"), ("20", "Dealers 经销"), ("30", "Agents 代理"))
DIVISIONS = (("00", "All products 全部产品"), ("10", "Valves 阀门"))
PLANTS = (
    ("1000", "Shanghai 上海工厂", "1000", "1000", "CN"),
    ("1100", "Suzhou 苏州仓库", "1000", "1000", "CN"),
    ("2000", "Tianjin 天津工厂", "1000", "2000", "CN"),
    ("3000", "Singapore 新加坡仓库", "3000", "3000", "SG"),
)
TERMS = (
    ("Z000", "Payment before delivery 款到发货"),
    ("Z030", "30 days net 30 天净额"),
    ("Z060", "60 days net 60 天净额"),
    ("Z214", "14 days 2 %, 30 days net 14 天 2%，30 天净额"),
)


async def make_structure() -> None:
    """Store the structure and the number ranges."""
    for code, name, currency in CONTROL_AREAS:
        await CreditControlArea.create(code=code, name=name, currency=currency)
    for code, name, currency, country, control_area in COMPANY_CODES:
        await CompanyCode.create(code=code, name=name, currency=currency, country=country, credit_control_area=control_area)
    for code, name, company_code, currency, time_zone in ORGANIZATIONS:
        await SalesOrganization.create(code=code, name=name, company_code=company_code, currency=currency, time_zone=time_zone)
    for code, name in CHANNELS:
        await DistributionChannel.create(code=code, name=name)
    for code, name in DIVISIONS:
        await Division.create(code=code, name=name)
    for organization, _, _, currency, _ in ORGANIZATIONS:
        for channel, _ in CHANNELS:
            for division, _ in DIVISIONS:
                await SalesArea.create(
                    sales_organization=organization, distribution_channel=channel, division=division, currency=currency
                )
    for code, name, company_code, organization, country in PLANTS:
        await Plant.create(code=code, name=name, company_code=company_code, sales_organization=organization, country=country)
    for code, description in TERMS:
        await PaymentTerms.create(code=code, description=description)
    await NumberRange.create(name="customer", next_number=100001, last_number=999999)
