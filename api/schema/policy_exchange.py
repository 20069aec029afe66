"""The policy's versions, their differences, and the policy as Casbin's files, out and in again as a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Optional

import strawberry

from api.execution.pages import Connection, page_of_values
from api.resolvers import policy_exchange as resolvers
from api.resolvers.user_import import import_users
from api.schema.base import INPUT, CommandInput, Info, carried_out
from api.schema.policy_changes import PolicyChange, PolicyChangePayload
from api.schema.policy_operations import PolicyOperation, shown_operation

NEW = strawberry.UNSET
REASON = "Why, for the history."
WIDTH = 12
"""Digits by which versions are sorted as texts."""


@strawberry.type(description="One state of the policy.")
class PolicyVersion:
    version: int = strawberry.field(description="Its number.")
    activated_at: datetime = strawberry.field(description="Since when it has been in force.")
    activated_by: str = strawberry.field(description="The user name of who made it so; `system` for the command line.")
    reason: str = strawberry.field(description="Why.")
    hash: Optional[str] = strawberry.field(
        description="SHA-256 over all that is kept of it and the hash before: the head of the chain, if it is the newest."
    )


@strawberry.type(description="The policy as files that answer alike in anybody's Casbin.")
class PolicyExport:
    version: int = strawberry.field(description="The policy version.")
    head: Optional[str] = strawberry.field(description="The head of the chain of hashes, to be kept elsewhere.")
    model: str = strawberry.field(description="The model, `model.conf`.")
    functions: str = strawberry.field(description="The functions that the model needs, `functions.py`.")
    policy: str = strawberry.field(description="The lines, `policy.csv`, with what is valid at the instant.")


@strawberry.type(description="Whether anybody has touched the policy's history.")
class PolicyChain:
    head: Optional[str] = strawberry.field(description="The head of the chain of hashes.")
    first_broken: Optional[int] = strawberry.field(description="The first version that is not as it was made; null if all are.")


@strawberry.input(description="A policy to draft from a file.")
class ImportPolicyInput(CommandInput):
    policy: str = strawberry.field(description="The file's text, in Casbin's format as `policyExport` gives it.")
    reason: str = strawberry.field(description=REASON)


@strawberry.input(description="Who is to have in the new organization what somebody has in the other.")
class CounterpartInput:
    like: str = strawberry.field(description="The user name of who has it there.")
    user: str = strawberry.field(description="The user name of who is to have it here.")


@strawberry.input(description="A sales organization to open.")
class OpenSalesOrganizationInput(CommandInput):
    sales_organization: str = strawberry.field(description="The new sales organization's code.")
    like: str = strawberry.field(description="The sales organization after which it is modelled.")
    users: list[CounterpartInput] = strawberry.field(
        default_factory=list, description="Who takes whose place; whoever is not named here gets the same in both."
    )
    reason: str = strawberry.field(description=REASON)


@strawberry.input(description="Users and assignments from a file.")
class ImportUsersInput(CommandInput):
    rows: str = strawberry.field(
        description="The file's text, as CSV with a row of titles: `username`, and any of `display_name`, `kind`, `locale`,"
        " `home`, `customers`, `role`, `sales_areas`, `valid_from`, `valid_to`. Several customers or sales areas stand in one"
        " cell with `;` between them; a user of several roles has several rows. At most 1,000."
    )
    reason: str = strawberry.field(description=REASON)


@strawberry.type(description="What became of `importUsers`.")
class ImportUsersPayload(PolicyChangePayload):
    pass


@strawberry.type(description="What became of `importPolicy`.")
class ImportPolicyPayload(PolicyChangePayload):
    pass


@strawberry.type(description="What became of `openSalesOrganization`.")
class OpenSalesOrganizationPayload(PolicyChangePayload):
    pass


@strawberry.type
class PolicyExchangeQueries:
    @strawberry.field(description="The policy's versions, the newest first. Needs DISPLAY on every rule and assignment.")
    async def policy_versions(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many rows.")],
        after: Annotated[Optional[str], strawberry.argument(description="Begin behind this cursor.")] = NEW,
    ) -> Optional[Connection[PolicyVersion]]:
        found = await resolvers.versions(info.context.reads)
        values = [
            (
                (f"{10**WIDTH - each.version:0{WIDTH}}",),
                PolicyVersion(
                    version=each.version,
                    activated_at=each.activated_at,
                    activated_by=each.activated_by,
                    reason=each.reason,
                    hash=each.hash,
                ),
            )
            for each in found
        ]
        return page_of_values("PolicyVersion", values, first=first, after=after or None)

    @strawberry.field(
        description="The steps from one version to another, as far as you administer them. Needs DISPLAY on `role_rule` and"
        " `role_assignment`."
    )
    async def policy_diff(
        self,
        info: Info,
        from_: Annotated[int, strawberry.argument(name="from", description="The version to begin at.")],
        to: Annotated[int, strawberry.argument(description="The version to come to.")],
    ) -> Optional[list[PolicyOperation]]:
        return [shown_operation(each) for each in await resolvers.difference_between(info.context.reads, from_, to)]

    @strawberry.field(description="The policy as Casbin's files. Needs DISPLAY on every rule and assignment.")
    async def policy_export(
        self,
        info: Info,
        at: Annotated[
            Optional[datetime],
            strawberry.argument(description="The instant whose valid assignments are written; now, if left out."),
        ] = NEW,
    ) -> Optional[PolicyExport]:
        found = await resolvers.exported(info.context.reads, at or None)
        return PolicyExport(
            version=found.version, head=found.head, model=found.model, functions=found.functions, policy=found.policy
        )

    @strawberry.field(
        description="Whether the policy's history is as it was made, worked out anew. Needs DISPLAY on every rule and"
        " assignment."
    )
    async def policy_chain(self, info: Info) -> Optional[PolicyChain]:
        found = await resolvers.versions(info.context.reads)
        return PolicyChain(head=found[0].hash if found else None, first_broken=await resolvers.first_broken(info.context.reads))


@strawberry.type
class PolicyExchangeMutations:
    @strawberry.mutation(
        description="Draft what leads from the policy of now to that of a file: rules and inheritance as the file has them, and"
        " of the assignments that are valid now those that it has. All or nothing; each faulty row is named."
    )
    async def import_policy(self, info: Info, input: Annotated[ImportPolicyInput, INPUT]) -> ImportPolicyPayload:
        return await _carried(info, resolvers.import_policy, input, ImportPolicyPayload)

    @strawberry.mutation(
        description="Draft the assignments of a new sales organization after those of another. Roles are templates: nothing"
        " else is needed for it."
    )
    async def open_sales_organization(
        self, info: Info, input: Annotated[OpenSalesOrganizationInput, INPUT]
    ) -> OpenSalesOrganizationPayload:
        return await _carried(info, resolvers.open_sales_organization, input, OpenSalesOrganizationPayload)

    @strawberry.mutation(
        description="Make the users of a file whom there are not, without a password, and draft what they are to be assigned:"
        " null where the file assigns nothing. All or nothing; each faulty cell is named, e.g. `rows.12.role`. Needs a sign-in,"
        " CREATE on `user`, and the rights that the draft takes."
    )
    async def import_users(self, info: Info, input: Annotated[ImportUsersInput, INPUT]) -> ImportUsersPayload:
        return await _carried(info, import_users, input, ImportUsersPayload)


async def _carried(info: Info, run: Any, input: Any, payload: Any) -> Any:
    done = await carried_out(info, run, input)
    return payload(policy_change=await done.record(PolicyChange), user_errors=done.errors)
