"""The whole schema: every graph's queries and mutations side by side."""

from typing import Annotated, Optional

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.execution import global_id
from api.execution.documents import UsePrepared
from api.execution.mapping import nodes
from api.execution.pages import answered
from api.execution.plain import PlainFirst
from api.execution.requests import RowRequest, asks
from api.schema.api_keys import ApiKeyMutations, ApiKeyQueries
from api.schema.base import Info, Node
from api.schema.billing import BillingMutations, BillingQueries
from api.schema.condition_records import ConditionRecordMutations, ConditionRecordQueries, GapQueries
from api.schema.credit import CreditQueries
from api.schema.credit_commands import CreditMutations
from api.schema.customer_commands import CustomerMutations
from api.schema.customers import CustomerQueries
from api.schema.customizing import CustomizingMutations, CustomizingQueries
from api.schema.deliveries import DeliveryMutations, DeliveryQueries, GoodsIssue
from api.schema.documents import DocumentMutations
from api.schema.due_lists import DueListQueries
from api.schema.duplicates import DuplicateMutations, DuplicateQueries
from api.schema.exchange import ExchangeMutations, ExchangeQueries, ExportQueries
from api.schema.history import HistoryQueries
from api.schema.materials import MaterialMutations, MaterialQueries
from api.schema.onboarding import OnboardingMutations, OnboardingQueries
from api.schema.organization import CreditControlArea, OrganizationQueries
from api.schema.payments import PaymentMutations, PaymentQueries
from api.schema.policy import PolicyQueries
from api.schema.policy_changes import PolicyChangeMutations, PolicyChangeQueries
from api.schema.policy_exchange import PolicyExchangeMutations, PolicyExchangeQueries
from api.schema.price_lists import PriceListQueries
from api.schema.pricing import PricingQueries
from api.schema.proposals import ProposalMutations, ProposalQueries
from api.schema.refusals import RefusalQueries
from api.schema.sales_document_commands import SalesDocumentMutations
from api.schema.sales_document_lists import ApprovalQueries, SalesDocumentQueries
from api.schema.scalars import SCALARS
from api.schema.segregation import SegregationMutations, SegregationQueries
from api.schema.session import SessionMutations, SessionQueries
from api.schema.stock import StockMutations, StockQueries
from api.schema.subscriptions import Subscription
from api.schema.unused_rights import UnusedRightQueries
from api.schema.users import UserMutations
from api.schema.views import ViewMutations
from api.schema.webhooks import WebhookMutations, WebhookQueries


def _node(id: str) -> RowRequest | None:
    type_name, key = global_id.decode(id, "id")
    mapping = nodes().get(type_name)
    if mapping is None:
        return None
    value = global_id.key_of(id, type_name, "id") if mapping.column_type(mapping.key) == "bigint" else key
    return RowRequest(mapping.cls, mapping.key, value)


@strawberry.type(description="Everything that can be read.")
class Query(
    SessionQueries,
    OrganizationQueries,
    CustomerQueries,
    DuplicateQueries,
    OnboardingQueries,
    HistoryQueries,
    ProposalQueries,
    ExchangeQueries,
    ExportQueries,
    PolicyQueries,
    PolicyChangeQueries,
    PolicyExchangeQueries,
    RefusalQueries,
    UnusedRightQueries,
    SegregationQueries,
    ApiKeyQueries,
    WebhookQueries,
    MaterialQueries,
    ConditionRecordQueries,
    GapQueries,
    PricingQueries,
    PriceListQueries,
    CustomizingQueries,
    SalesDocumentQueries,
    ApprovalQueries,
    DueListQueries,
    DeliveryQueries,
    BillingQueries,
    PaymentQueries,
    StockQueries,
    CreditQueries,
):
    @asks(_node, "Anything by its global id; null if there is nothing that you may see.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The global id.")]
    ) -> Optional[Node]:
        return await answered(info.context.reads, _node(id))


@strawberry.type(description="Everything that can be done.")
class Mutation(
    SessionMutations,
    CustomerMutations,
    DuplicateMutations,
    OnboardingMutations,
    DocumentMutations,
    ViewMutations,
    ProposalMutations,
    PolicyChangeMutations,
    PolicyExchangeMutations,
    UserMutations,
    ApiKeyMutations,
    WebhookMutations,
    ExchangeMutations,
    SegregationMutations,
    ConditionRecordMutations,
    CustomizingMutations,
    MaterialMutations,
    SalesDocumentMutations,
    DeliveryMutations,
    BillingMutations,
    PaymentMutations,
    StockMutations,
    CreditMutations,
):
    pass


class Schema(strawberry.Schema):
    """Strawberry's schema; errors are formatted and logged in one place, `api.execution.answer`."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        pass


def build_schema() -> strawberry.Schema:
    """The schema as it is served and committed."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[CreditControlArea, GoodsIssue],
        extensions=[UsePrepared],
        execution_context_class=PlainFirst,
        config=StrawberryConfig(scalar_map=SCALARS),
    )


schema = build_schema()
