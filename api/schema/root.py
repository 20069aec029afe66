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
from api.execution.requests import RowRequest, asks
from api.schema.base import Info, Node
from api.schema.customers import CustomerMutations, CustomerQueries
from api.schema.documents import DocumentMutations
from api.schema.onboarding import OnboardingMutations, OnboardingQueries
from api.schema.organization import CreditControlArea, OrganizationQueries
from api.schema.policy import PolicyQueries
from api.schema.scalars import SCALARS
from api.schema.session import SessionMutations, SessionQueries


def _node(id: str) -> RowRequest | None:
    type_name, key = global_id.decode(id, "id")
    mapping = nodes().get(type_name)
    if mapping is None:
        return None
    value = global_id.key_of(id, type_name, "id") if mapping.column_type(mapping.key) == "bigint" else key
    return RowRequest(mapping.cls, mapping.key, value)


@strawberry.type(description="Everything that can be read.")
class Query(SessionQueries, OrganizationQueries, CustomerQueries, OnboardingQueries, PolicyQueries):
    @asks(_node, "Anything by its global id; null if there is nothing that you may see.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The global id.")]
    ) -> Optional[Node]:
        return await answered(info.context.reads, _node(id))


@strawberry.type(description="Everything that can be done.")
class Mutation(SessionMutations, CustomerMutations, OnboardingMutations, DocumentMutations):
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
        types=[CreditControlArea],
        extensions=[UsePrepared],
        config=StrawberryConfig(scalar_map=SCALARS),
    )


schema = build_schema()
