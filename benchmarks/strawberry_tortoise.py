"""The same operations as a good team writes them on Strawberry and Tortoise: the thing to compare with.

Prefetches what a query selects, loads references through dataloaders, keeps parsed and validated documents, reads the
access token as the product does, and keeps each user's organizations in memory. It knows only whole organizations: no
denies, no own records, no limits, no masks row by row, and it does not notice a revoke.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Optional

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from tortoise import Tortoise
from tortoise.expressions import Subquery
from tortoise.query_utils import Prefetch

import models
from api.auth.tokens import KeyRing, Tokens
from benchmarks.references import CustomerReference
from benchmarks.strawberry_orders import (
    SalesOrderConnection,
    SalesOrderFilter,
    SalesOrderSort,
    items_loader,
    page_of_orders,
)
from domain.customer import CustomerType, OnboardingStatus, PartnerFunction, ReviewStatus
from models.config import tortoise_config

for each in (CustomerType, OnboardingStatus, PartnerFunction, ReviewStatus):
    strawberry.enum(each)
ORGANIZATIONS = [code for code in os.environ.get("BENCH_ORGANIZATIONS", "").split(",") if code]
"""Where the measuring user is assigned; empty: everywhere."""


def loader_of(model: Any, key: str = "code") -> Any:
    async def load(keys: list[Any]) -> list[Any]:
        found = {getattr(row, key): row for row in await model.filter(**{f"{key}__in": keys})}
        return [found.get(each) for each in keys]

    return DataLoader(load)


def prefetched(name: str) -> Any:
    """The rows of a relation that are loaded already; as a bare attribute it would be awaited, which asks the database again."""

    def rows(root: Any) -> Any:
        return list(getattr(root, name))

    return strawberry.field(resolver=rows)


@strawberry.type
class Named:
    code: str
    name: str


@strawberry.type
class Terms:
    code: str


@strawberry.type
class Partner:
    function: PartnerFunction

    @strawberry.field
    async def customer(self, info: strawberry.Info) -> CustomerReference:
        row: Any = self
        return await info.context["customers"].load(row.customer_id)  # type: ignore[no-any-return]


@strawberry.type
class SalesArea:
    code: str
    organization_code: strawberry.Private[str]
    channel_code: strawberry.Private[str]
    division_code: strawberry.Private[str]

    @strawberry.field
    async def sales_organization(self, info: strawberry.Info) -> Named:
        return await info.context["organizations"].load(self.organization_code)  # type: ignore[no-any-return]

    @strawberry.field
    async def distribution_channel(self, info: strawberry.Info) -> Named:
        return await info.context["channels"].load(self.channel_code)  # type: ignore[no-any-return]

    @strawberry.field
    async def division(self, info: strawberry.Info) -> Named:
        return await info.context["divisions"].load(self.division_code)  # type: ignore[no-any-return]


@strawberry.type
class SalesAreaView:
    sales_district: Optional[str]
    customer_group: Optional[str]
    price_list: Optional[str]
    currency: str
    incoterms: Optional[str]
    shipping_condition: Optional[str]
    order_block: Optional[str]
    delivery_block: Optional[str]
    billing_block: Optional[str]
    partners: list[Partner] = prefetched("partners")

    @strawberry.field
    def sales_area(self) -> SalesArea:
        row: Any = self
        parts = (row.sales_organization, row.distribution_channel, row.division)
        return SalesArea(code="/".join(parts), organization_code=parts[0], channel_code=parts[1], division_code=parts[2])

    @strawberry.field
    async def delivering_plant(self, info: strawberry.Info) -> Optional[Named]:
        row: Any = self
        return await info.context["plants"].load(row.delivering_plant) if row.delivering_plant else None

    @strawberry.field
    async def payment_terms(self, info: strawberry.Info) -> Optional[Terms]:
        row: Any = self
        return await info.context["terms"].load(row.payment_terms) if row.payment_terms else None


@strawberry.type
class CompanyCodeView:
    reconciliation_account: Optional[str]
    cash_management_group: Optional[str]
    blocked: bool

    @strawberry.field
    async def company_code(self, info: strawberry.Info) -> Named:
        row: Any = self
        return await info.context["company_codes"].load(row.company_code)  # type: ignore[no-any-return]

    @strawberry.field
    async def payment_terms(self, info: strawberry.Info) -> Optional[Terms]:
        row: Any = self
        return await info.context["terms"].load(row.payment_terms) if row.payment_terms else None


@strawberry.type
class Address:
    street: Optional[str]
    city: Optional[str]
    postal_code: Optional[str]
    region: Optional[str]
    country: str


@strawberry.type
class BankAccount:
    id: strawberry.ID
    bank_name: str
    account_number: str
    holder: str


@strawberry.type
class QualificationDocument:
    id: strawberry.ID
    document_type: str
    number: Optional[str]
    valid_to: Optional[date]
    review_status: ReviewStatus


@strawberry.type
class Customer:
    id: strawberry.ID
    number: str
    name: str
    customer_type: CustomerType
    onboarding_status: OnboardingStatus
    version: int
    country: str
    region: Optional[str]
    tax_number: Optional[str]
    phone: Optional[str]
    email: Optional[str]
    deletion_flag: bool
    company_code_views: list[CompanyCodeView] = prefetched("company_code_views")
    sales_area_views: list[SalesAreaView] = prefetched("sales_area_views")
    qualification_documents: list[QualificationDocument] = prefetched("qualification_documents")

    @strawberry.field
    def address(self) -> Address:
        row: Any = self
        return Address(street=row.street, city=row.city, postal_code=row.postal_code, region=row.region, country=row.country)

    @strawberry.field
    def bank_accounts(self) -> Optional[list[BankAccount]]:
        return None

    @strawberry.field
    def viewer_can(self) -> list[str]:
        return ["changeCustomer"]


@strawberry.type
class CustomerEdge:
    node: Customer


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: Optional[str]


@strawberry.type
class CustomerConnection:
    page_info: PageInfo
    edges: list[CustomerEdge]

    @strawberry.field
    async def total_count(self) -> int:
        return await visible().count()  # type: ignore[no-any-return]


@strawberry.input
class CustomerFilter:
    search: Optional[str] = None


@strawberry.input
class CustomerSort:
    field: str


def visible_views() -> Any:
    """The sales-area views of the measuring user's organizations."""
    return models.SalesAreaView.filter(sales_organization__in=ORGANIZATIONS) if ORGANIZATIONS else models.SalesAreaView.all()


def visible() -> Any:
    """The customers of the measuring user's organizations."""
    if not ORGANIZATIONS:
        return models.Customer.all()
    return models.Customer.filter(id__in=Subquery(visible_views().values_list("customer_id", flat=True)))


@strawberry.type
class Query:
    @strawberry.field
    async def customers(
        self,
        first: int,
        after: Optional[str] = None,
        filter: Annotated[Optional[CustomerFilter], strawberry.argument()] = None,
        order_by: Optional[list[CustomerSort]] = None,
    ) -> CustomerConnection:
        query = visible().order_by("number", "id").limit(first + 1)
        rows = await (query.filter(number__gt=after) if after else query)
        page = rows[:first]
        return CustomerConnection(
            page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=page[-1].number if page else None),
            edges=[CustomerEdge(node=row) for row in page],
        )

    @strawberry.field
    async def customer(self, id: Optional[strawberry.ID] = None, number: Optional[str] = None) -> Optional[Customer]:
        query = visible().filter(number=number) if number else visible().filter(id=int(id or 0))
        views = Prefetch("sales_area_views", visible_views().prefetch_related("partners"))
        return await query.prefetch_related("company_code_views", views, "qualification_documents").first()  # type: ignore[no-any-return]

    @strawberry.field
    async def sales_orders(
        self,
        first: int,
        after: Optional[str] = None,
        filter: Annotated[Optional[SalesOrderFilter], strawberry.argument()] = None,
        order_by: Optional[list[SalesOrderSort]] = None,
    ) -> SalesOrderConnection:
        return await page_of_orders(ORGANIZATIONS, first)


schema = strawberry.Schema(Query, extensions=[lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)])


def context() -> dict[str, Any]:
    return {
        "organizations": loader_of(models.SalesOrganization),
        "channels": loader_of(models.DistributionChannel),
        "divisions": loader_of(models.Division),
        "plants": loader_of(models.Plant),
        "terms": loader_of(models.PaymentTerms),
        "company_codes": loader_of(models.CompanyCode),
        "customers": loader_of(models.Customer, "id"),
        "materials": loader_of(models.Material, "id"),
        "items": items_loader(),
    }


async def graphql(request: Request) -> Response:
    tokens: Tokens = request.state.tokens
    tokens.read(request.headers["authorization"].partition(" ")[2])
    body = await request.json()
    result = await schema.execute(body["query"], body.get("variables"), context(), operation_name=body.get("operationName"))
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    return Response(json.dumps(answer, ensure_ascii=False, default=str), media_type="application/json")


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, Any]]:
    await Tortoise.init(config=tortoise_config(os.environ["DATABASE_URL"]), _enable_global_fallback=True)
    keys = KeyRing(Path(os.environ["SDGRAPH_KEYS_DIR"]))
    yield {"tokens": Tokens(keys, "sdgraph", 600, lambda: datetime.now(timezone.utc))}


app = Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan)
