"""The enterprise structure."""

import strawberry

import models
from api.execution.mapping import column, global_id, mapped, to_one
from api.execution.pages import answered
from api.execution.requests import AllRequest, asks
from api.schema.base import Info, Node
from domain.areas import PARTS


@mapped(models.SalesOrganization)
@strawberry.type(description="Who sells: 销售组织.")
class SalesOrganization(Node):
    id: strawberry.ID = global_id("The global id.", of="code")
    code: str = column("code", "The code, e.g. 1000.")
    name: str = column("name", "The name.")


@mapped(models.DistributionChannel)
@strawberry.type(description="By which way it is sold: 分销渠道.")
class DistributionChannel(Node):
    id: strawberry.ID = global_id("The global id.", of="code")
    code: str = column("code", "The code, e.g. 10.")
    name: str = column("name", "The name.")


@mapped(models.Division)
@strawberry.type(description="What is sold, as a product group: 产品组.")
class Division(Node):
    id: strawberry.ID = global_id("The global id.", of="code")
    code: str = column("code", "The code, e.g. 00.")
    name: str = column("name", "The name.")


@mapped(models.CompanyCode)
@strawberry.type(description="A legal entity that invoices: 公司代码.")
class CompanyCode(Node):
    id: strawberry.ID = global_id("The global id.", of="code")
    code: str = column("code", "The code, e.g. 1000.")
    name: str = column("name", "The name.")
    currency: str = column("currency", "The currency its books are kept in.")
    country: str = column("country", "The country, as two letters.")


@mapped(models.CreditControlArea)
@strawberry.type(description="Where credit limits are held: 信贷控制范围.")
class CreditControlArea(Node):
    id: strawberry.ID = global_id("The global id.", of="code")
    code: str = column("code", "The code.")
    name: str = column("name", "The name.")
    currency: str = column("currency", "The currency of its limits.")


@mapped(models.Plant)
@strawberry.type(description="Where goods are kept and shipped from: 工厂.")
class Plant(Node):
    id: strawberry.ID = global_id("The global id.", of="code")
    code: str = column("code", "The code.")
    name: str = column("name", "The name.")


@mapped(models.SalesArea)
@strawberry.type(description="Sales organization × distribution channel × division: 销售范围.")
class SalesArea:
    code: str = column(
        "{row}.sales_organization || '/' || {row}.distribution_channel || '/' || {row}.division",
        "The code, e.g. 1000/10/00.",
        type="text",
    )
    sales_organization: SalesOrganization = to_one("Who sells.", on=(("code", "sales_organization"),), reference=True)
    distribution_channel: DistributionChannel = to_one("By which way.", on=(("code", "distribution_channel"),), reference=True)
    division: Division = to_one("What is sold.", on=(("code", "division"),), reference=True)
    currency: str = column("currency", "The currency of its documents.")


@mapped(models.PaymentTerms)
@strawberry.type(description="When a customer pays: 付款条件.")
class PaymentTerms:
    code: str = column("code", "The code.")
    description: str = column("description", "What it means.")


def _sales_areas() -> AllRequest:
    return AllRequest(SalesArea, PARTS)


@strawberry.type
class OrganizationQueries:
    @asks(_sales_areas, "The sales areas that you have to do with, by code.")
    async def sales_areas(self, info: Info) -> list[SalesArea]:
        return await answered(info.context.reads, _sales_areas())
