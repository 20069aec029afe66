"""Segregation of duties 职责分离: rules, conflicts, mitigations."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Optional

import strawberry

import models
from api.execution.mapping import column, global_id, mapped
from api.execution.pages import Connection, answered, page_of_stream, rows_by
from api.execution.requests import PageRequest, Sort, asks, page_request
from api.resolvers import segregation as resolvers
from api.schema.base import INPUT, USER_ERRORS, VERSION, CommandInput, Info, Node, UserError, carried_out
from api.schema.policy import User
from domain.activity import Activity
from domain.areas import Pattern, text_of
from domain.messages import LANGUAGES
from domain.scope import Region
from domain.segregation import Conflict, Reaction, RiskLevel
from domain.segregation import DutyFunction as Function
from domain.segregation import Risk as Rule

PATTERNS = "Where, as patterns in which `*` stands for every code."
EXCEPT = "What a deny takes out of these."


@strawberry.type(description="An object with activities of it, any of which is enough.")
class DutyRight:
    object: str = strawberry.field(description="The authorization object.")
    activities: list[Activity] = strawberry.field(description="Its activities.")


@strawberry.type(description="A duty: whoever has any of its rights, on all records or their own and up to any limit, has it.")
class DutyFunction:
    function: strawberry.Private[Function]

    @strawberry.field(description="The duty's name.")
    def name(self) -> str:
        return self.function.name

    @strawberry.field(description="What it is, in your language.")
    def title(self, info: Info) -> str:
        return _titled(self.function, info)

    @strawberry.field(description="Its rights, by object.")
    def rights(self) -> list[DutyRight]:
        objects = sorted({object for object, _ in self.function.rights})
        return [
            DutyRight(
                object=object, activities=[activity for activity in Activity if (object, activity) in self.function.rights]
            )
            for object in objects
        ]


@strawberry.type(description="Two duties that nobody should hold together.")
class SegregationOfDutiesRisk:
    rule: strawberry.Private[Rule]

    @strawberry.field(description="The risk's name.")
    def name(self) -> str:
        return self.rule.name

    @strawberry.field(description="Its number, by which risks are sorted.")
    def number(self) -> int:
        return self.rule.number

    @strawberry.field(description="How much harm it can do.")
    def level(self) -> RiskLevel:
        return self.rule.level

    @strawberry.field(description="What somebody with both duties can do, in your language.")
    def title(self, info: Info) -> str:
        return _titled(self.rule, info)

    @strawberry.field(description="The two duties.")
    def functions(self) -> list[DutyFunction]:
        return _functions(self.rule)

    @strawberry.field(description="Whether the duties conflict only where their sales areas meet.")
    def scope_aware(self) -> bool:
        return self.rule.scope_aware

    @strawberry.field(
        description="Whether it is decided document by document: who made a document does not decide it, whatever they may."
    )
    def per_document(self) -> bool:
        return self.rule.per_document

    @strawberry.field(description="What a new conflict demands of the policy change that brings it.")
    def reaction(self) -> Reaction:
        return resolvers.reaction_to(self.rule)


@mapped(models.RiskMitigation)
@strawberry.type(description="A control 缓解控制 that makes a conflict bearable for a time, with somebody who carries it out.")
class Mitigation(Node):
    id: strawberry.ID = global_id("The global id.")
    version: int = column("version", "Counts up with every change.")
    risk: str = column("risk", "The risk's name.")
    username: str = column("(select u.username from users u where u.id = {row}.user_id)", "Whose conflict it is.", type="text")
    sales_area: str = column(
        "{row}.sales_organization || '/' || {row}.distribution_channel || '/' || {row}.division",
        "Where, as a pattern in which `*` stands for every code.",
        type="text",
    )
    owner: str = column("owner", "The user name of who carries the control out.")
    control: str = column("control", "What is done so that no harm comes of the conflict.")
    created_by: str = column("created_by", "Who set it up.")
    created_at: datetime = column("created_at", "When it was set up.", order=True)
    expires_on: date = column("expires_on", "The last day on which it holds.")
    ended_by: Optional[str] = column("ended_by", "Who ended it before; null if nobody did.")
    ended_at: Optional[datetime] = column("ended_at", "When it was ended before; null if it was not.")


@strawberry.type(
    description="Somebody holds both duties of a risk. Where denies cut its areas differently, each part is a row of its own."
)
class SegregationOfDutiesConflict:
    conflict: strawberry.Private[Conflict]
    part: strawberry.Private[Region]
    user: User = strawberry.field(description="Who.")
    mitigation: Optional[Mitigation] = strawberry.field(
        description="What makes it bearable in all areas that you are told of; of several together, the one that ends first."
        " Null where an area is left, and from the day after the last one on."
    )

    @strawberry.field(description="The risk's name.")
    def risk(self) -> str:
        return self.conflict.risk.name

    @strawberry.field(description="How much harm it can do.")
    def level(self) -> RiskLevel:
        return self.conflict.risk.level

    @strawberry.field(description="What they can do, in your language.")
    def title(self, info: Info) -> str:
        return _titled(self.conflict.risk, info)

    @strawberry.field(description=PATTERNS)
    def sales_areas(self) -> list[str]:
        return _texts(self.part.areas)

    @strawberry.field(description=EXCEPT)
    def except_sales_areas(self) -> list[str]:
        return _texts(self.part.except_areas)

    @strawberry.field(description="The two duties.")
    def functions(self) -> list[DutyFunction]:
        return _functions(self.conflict.risk)

    @strawberry.field(
        description="Whether it is decided document by document: who made a document does not decide it, whatever they may."
    )
    def per_document(self) -> bool:
        return self.conflict.risk.per_document


@strawberry.type(description="A role that is a conflict in itself, whoever it is given to.")
class RoleConflict:
    conflict: strawberry.Private[Conflict]
    role: str = strawberry.field(description="The role.")

    @strawberry.field(description="The risk's name.")
    def risk(self) -> str:
        return self.conflict.risk.name

    @strawberry.field(description="How much harm it can do.")
    def level(self) -> RiskLevel:
        return self.conflict.risk.level

    @strawberry.field(description="The two duties.")
    def functions(self) -> list[DutyFunction]:
        return _functions(self.conflict.risk)


@strawberry.input(description="A mitigation to set up; the conflict may be one that a policy change is still to bring.")
class MitigateRiskInput(CommandInput):
    risk: str = strawberry.field(description="The risk's name.")
    user: str = strawberry.field(description="The name of the user in conflict: somebody else.")
    sales_area: str = strawberry.field(description="Where, as a pattern such as `1000/*/*`.")
    owner: str = strawberry.field(description="The name of who carries the control out: an employee, and not the user.")
    control: str = strawberry.field(description="What is done so that no harm comes of the conflict.")
    expires_on: date = strawberry.field(description="The last day on which it holds: after today, within a year.")


@strawberry.input(description="A mitigation to end before its last day.")
class EndMitigationInput(CommandInput):
    mitigation: strawberry.ID = strawberry.field(description="Which mitigation.")
    version: int = strawberry.field(description=VERSION)


@strawberry.type(description="What became of `mitigateRisk`.")
class MitigateRiskPayload:
    mitigation: Optional[Mitigation] = strawberry.field(description="The mitigation.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `endMitigation`.")
class EndMitigationPayload:
    mitigation: Optional[Mitigation] = strawberry.field(description="The mitigation as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


def _mitigations(first: int, after: str | None = None) -> PageRequest:
    return page_request(Mitigation, first, after, [Sort("created_at", True, "orderBy")], demanded=True)


FIRST = strawberry.argument(description="How many rows.")
AFTER = strawberry.argument(description="Begin behind this cursor.")
LEFT_OUT = strawberry.UNSET


@strawberry.type
class SegregationQueries:
    @strawberry.field(
        description="Who holds duties that nobody should hold together, by user and risk: of the users you see, in the areas"
        " where you display `sod_rule` and `role_assignment`. Users who are locked are left out."
    )
    async def segregation_of_duties_conflicts(
        self,
        info: Info,
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = LEFT_OUT,
        user: Annotated[Optional[str], strawberry.argument(description="Of this user only, by name.")] = LEFT_OUT,
        risk: Annotated[Optional[str], strawberry.argument(description="Of this risk only, by name.")] = LEFT_OUT,
        level: Annotated[Optional[RiskLevel], strawberry.argument(description="Of this level only.")] = LEFT_OUT,
        mitigated: Annotated[
            Optional[bool], strawberry.argument(description="Only mitigated ones, or only open ones.")
        ] = LEFT_OUT,
    ) -> Optional[Connection[SegregationOfDutiesConflict]]:
        reads = info.context.reads
        report = await resolvers.conflicts(
            reads,
            user=user or None,
            risk=risk or None,
            level=level or None,
            mitigated=None if mitigated is strawberry.UNSET else mitigated,
        )
        page = await page_of_stream("SegregationOfDutiesConflict", 3, report.begun, first=first, after=after or None)
        told: Sequence[resolvers.Told] = [edge.node for edge in page.edges]
        users = await rows_by(reads, User, "username", [each.user for each in told])
        ids = [each.mitigation.key for each in told if each.mitigation is not None]
        mitigations = await rows_by(reads, Mitigation, "id", ids) if ids else {}
        for edge, each in zip(page.edges, told, strict=True):
            edge.node = SegregationOfDutiesConflict(
                conflict=each.conflict,
                part=each.part,
                user=users[each.user],  # type: ignore[arg-type]  # a row of the type
                mitigation=None if each.mitigation is None else mitigations[each.mitigation.key],  # type: ignore[arg-type]  # a row too
            )
        return page

    @strawberry.field(description="The risks, by number. Needs DISPLAY on `sod_rule`.")
    async def segregation_of_duties_risks(self, info: Info) -> Optional[list[SegregationOfDutiesRisk]]:
        return [SegregationOfDutiesRisk(rule=risk) for risk in (await resolvers.rules(info.context.reads)).risks]

    @strawberry.field(
        description="The roles that are a conflict in themselves, by name. Needs DISPLAY on `sod_rule` and `role_rule`."
    )
    async def role_conflicts(self, info: Info) -> Optional[list[RoleConflict]]:
        found = await resolvers.role_conflicts(info.context.reads)
        return [RoleConflict(role=role, conflict=conflict) for role, conflict in found]

    @asks(_mitigations, "The mitigations where you display `sod_rule`, ended and expired ones too, the newest first.")
    async def risk_mitigations(
        self, info: Info, first: Annotated[int, FIRST], after: Annotated[Optional[str], AFTER] = LEFT_OUT
    ) -> Optional[Connection[Mitigation]]:
        return await answered(info.context.reads, _mitigations(first, after))


@strawberry.type
class SegregationMutations:
    @strawberry.mutation(
        description="Make a conflict of somebody else bearable by a control, until a day. Needs CREATE on `sod_rule` in every"
        " area of the pattern."
    )
    async def mitigate_risk(self, info: Info, input: Annotated[MitigateRiskInput, INPUT]) -> MitigateRiskPayload:
        done = await carried_out(info, resolvers.mitigate_risk, input)
        return MitigateRiskPayload(mitigation=await done.record(Mitigation), user_errors=done.errors)

    @strawberry.mutation(
        description="Let a mitigation hold no longer: its conflict is open again. Needs CHANGE on `sod_rule` in every area of"
        " its pattern."
    )
    async def end_mitigation(self, info: Info, input: Annotated[EndMitigationInput, INPUT]) -> EndMitigationPayload:
        done = await carried_out(info, resolvers.end_mitigation, input)
        return EndMitigationPayload(mitigation=await done.record(Mitigation), user_errors=done.errors)


def _functions(risk: Rule) -> list[DutyFunction]:
    return [DutyFunction(function=function) for function in risk.functions]


def _titled(each: Rule | Function, info: Info) -> str:
    return (each.title, each.title_zh)[LANGUAGES.index(info.context.language)]


def _texts(patterns: Iterable[Pattern]) -> list[str]:
    return [text_of(pattern) for pattern in sorted(patterns)]
