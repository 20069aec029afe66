"""Roles, assignments, users, and the questions about them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Optional

import strawberry

import models
from api.auth.records import validity_of, visible_assignments
from api.execution.filters import search_condition
from api.execution.mapping import Offer, Permit, Via, column, computed, global_id, mapped, to_many, viewer_can
from api.execution.pages import Connection, answered, page_of_values, rows_by
from api.execution.reads import Reads
from api.execution.requests import PageRequest, Sort, asks, page_request
from api.resolvers import policy as questions
from api.schema.base import Info, Node
from api.schema.customers import CustomerReference
from api.settings import zone
from domain.activity import Activity, Effect, Reach
from domain.areas import Pattern, text_of
from domain.caller import UserKind
from domain.messages import LANGUAGES
from domain.messages import text_of as message_of
from domain.policy import Assignment, Line, Policy
from domain.validity import first_day, last_day

SAL = "Where, as patterns in which `*` stands for every code."


@strawberry.type(description="A rule of a role: what it allows or denies, and where.")
class Rule:
    sales_areas: list[str] = strawberry.field(description=SAL)
    object: str = strawberry.field(description="The authorization object.")
    activities: list[Activity] = strawberry.field(description="What may, or may not, be done.")
    reach: Reach = strawberry.field(description="On whose records.")
    limit: Optional[Decimal] = strawberry.field(description="Up to which measure, inclusive; null without limit.")
    effect: Effect = strawberry.field(description="Allowed or denied; a deny wins.")


@strawberry.type(description="A role 角色: a template that assignments carry into sales areas.")
class Role:
    policy: strawberry.Private[Policy]
    name: str = strawberry.field(description="The role's name.")

    @strawberry.field(description="The role's title in your language.")
    def title(self, info: Info) -> str:
        role = self.policy.roles.get(self.name)
        return self.name if role is None else (role.title, role.title_zh)[LANGUAGES.index(info.context.language)]

    @strawberry.field(description="The roles whose rules it has too.")
    def inherits(self) -> list[str]:
        return sorted(self.policy.inherited(self.name))

    @strawberry.field(description="The rules written in the role itself.")
    def rules(self) -> list[Rule]:
        return _rules(self.policy.own_lines_of(self.name))


@strawberry.type(description="A role given to a user within sales areas, for a time.")
class RoleAssignment:
    role: Role = strawberry.field(description="The role.")
    sales_areas: list[str] = strawberry.field(description=SAL)
    valid_from: Optional[date] = strawberry.field(description="The first day; null: since ever.")
    valid_to: Optional[date] = strawberry.field(description="The last day; null: without end.")


@strawberry.type(description="A right: what may be done with an object, where, on whose records and up to which limit.")
class Permission:
    object: str = strawberry.field(description="The authorization object.")
    activities: list[Activity] = strawberry.field(description="What may be done.")
    sales_areas: list[str] = strawberry.field(description=SAL)
    except_sales_areas: list[str] = strawberry.field(description="What a deny takes out of these.")
    reach: Reach = strawberry.field(description="On whose records.")
    limit: Optional[Decimal] = strawberry.field(description="Up to which measure, inclusive; null without limit.")


@strawberry.type(description="An activity of an authorization object.")
class ObjectActivity:
    name: Activity = strawberry.field(description="The activity.")
    code: str = strawberry.field(description="Its SAP activity code (ACTVT).")


@strawberry.type(description="Something that rights are given on: 权限对象.")
class AuthorizationObject:
    name: str = strawberry.field(description="The object's name.")
    title: str = strawberry.field(description="What it is, in your language.")
    activities: list[ObjectActivity] = strawberry.field(description="What may be done with it.")
    measure: Optional[str] = strawberry.field(description="What a limit on it compares; null where there is no limit.")
    sap_object: Optional[str] = strawberry.field(description="The SAP authorization object it corresponds to.")


async def _assignments_now(reads: Reads, user_ids: Sequence[int]) -> list[list[RoleAssignment]]:
    state, authority = await reads.state(), await reads.authority()
    async with reads.connection() as connection:
        found = await visible_assignments(connection, authority, user_ids)
    return [
        shown_assignments(
            authority.policy,
            [each for each in found.get(user_id, ()) if each.valid_until is None or each.valid_until > state.now],
        )
        for user_id in user_ids
    ]


async def _first_days(reads: Reads, user_ids: Sequence[int]) -> list[date | None]:
    return [first_day(begin, zone()) for begin, _ in await _validities(reads, user_ids)]


async def _last_days(reads: Reads, user_ids: Sequence[int]) -> list[date | None]:
    return [last_day(end, zone()) for _, end in await _validities(reads, user_ids)]


async def _validities(reads: Reads, user_ids: Sequence[int]) -> list[tuple[datetime | None, datetime | None]]:
    await reads.authority()
    async with reads.connection() as connection:
        found = await validity_of(connection, user_ids)
    return [found[user_id] for user_id in user_ids]


OF_OTHERS = "{row}.username <> {caller}"


@mapped(models.User)
@strawberry.type(description="Somebody, or some machine, that signs in.")
class User(Node):
    id: strawberry.ID = global_id("The global id.")
    username: str = column("username", "The name to sign in with.")
    display_name: str = column("display_name", "The name that people read.")
    kind: UserKind = column("kind", "A colleague, somebody at a customer, or a machine.")
    locale: str = column("locale", "The language they read.")
    locked: bool = column("{row}.locked_at is not null", "Whether they are locked out.", type="boolean")
    lock_reason: Optional[str] = column("lock_reason", "Why they are locked out; null if they are not.")
    valid_from: Optional[date] = computed("The first day on which they may sign in; null: since ever.", _first_days)
    valid_to: Optional[date] = computed("The last day on which they may sign in; null: without end.", _last_days)
    home: str = column("home", "Where they are administered as long as they have no roles, e.g. `1000/*/*`.")
    password_initial: bool = column("password_initial", "Whether their next sign-in must set another password.")
    version: int = column("version", "Goes up with every change; give it back when you change the user.")
    customers: list[CustomerReference] = to_many(
        "The customers that a partner speaks for.",
        on=(("user_id", "id"),),
        order=("number",),
        reference=True,
        via=Via("user_customers", (("id", "customer_id"),)),
    )

    role_assignments: list[RoleAssignment] = computed(
        "The roles given to them, as far as you may see it; ended ones left out.", _assignments_now
    )
    viewer_can: list[str] = viewer_can(
        Offer("changeUser", (Permit("user", Activity.CHANGE),)),
        Offer("lockUser", (Permit("user", Activity.BLOCK),), f"{{row}}.locked_at is null and {OF_OTHERS}"),
        Offer("unlockUser", (Permit("user", Activity.BLOCK),), f"{{row}}.locked_at is not null and {OF_OTHERS}"),
        Offer("resetPassword", (Permit("user", Activity.CHANGE),), f"{{row}}.kind <> 'SERVICE' and {OF_OTHERS}"),
    )


@strawberry.type(description="A line that decided.")
class DecidingRule:
    role: str = strawberry.field(description="The role it is written in.")
    assignment_sales_areas: list[str] = strawberry.field(description="Where the assignment gives the role.")
    rule_sales_areas: list[str] = strawberry.field(description="Where the line itself holds.")
    object: str = strawberry.field(description="The authorization object.")
    activity: Activity = strawberry.field(description="The activity.")
    reach: Reach = strawberry.field(description="On whose records.")
    limit: Optional[Decimal] = strawberry.field(description="Up to which measure, inclusive; null without limit.")
    effect: Effect = strawberry.field(description="Allowed or denied.")


@strawberry.type(
    description="A role which, given in these areas, would turn the answer; the one that brings least else comes first."
)
class SmallestGrant:
    role: str = strawberry.field(description="The role.")
    sales_areas: list[str] = strawberry.field(description="Where to give it.")


@strawberry.type(description="One reason why something is not allowed.")
class MissingAccess:
    object: str = strawberry.field(description="The authorization object.")
    activity: Activity = strawberry.field(description="The activity.")
    sales_area: Optional[str] = strawberry.field(description="Where; null if asked about everywhere.")
    reason: str = strawberry.field(description="Why not, in your language.")
    smallest_grants: list[SmallestGrant] = strawberry.field(description="What would turn it; empty where no grant helps.")


@strawberry.type(description="Why somebody may or may not do something.")
class AccessExplanation:
    allowed: bool = strawberry.field(description="The answer.")
    policy_version: int = strawberry.field(description="The policy version it rests on.")
    decided_by: list[DecidingRule] = strawberry.field(description="Every line that decided it.")
    missing: list[MissingAccess] = strawberry.field(description="Every reason against it; empty when allowed.")


@strawberry.type(description="By which assignment somebody may.")
class Through:
    role: str = strawberry.field(description="The assigned role.")
    sales_areas: list[str] = strawberry.field(description="Where it is assigned.")


@strawberry.type(description="Somebody who may do what was asked.")
class Holder:
    user: User = strawberry.field(description="Who.")
    reach: Reach = strawberry.field(description="On whose records.")
    limit: Optional[Decimal] = strawberry.field(description="Up to which measure, inclusive; null without limit.")
    through: list[Through] = strawberry.field(description="By which assignments.")


@strawberry.input(description="A user or a role: exactly one of them.")
class AccessSubjectInput:
    user: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The user's name.")
    role: Optional[str] = strawberry.field(default=strawberry.UNSET, description="The role's name.")


@strawberry.type(description="How the rights of two differ.")
class AccessComparison:
    only_one: list[Permission] = strawberry.field(description="What only the one may.")
    only_other: list[Permission] = strawberry.field(description="What only the other may.")


USERNAME = strawberry.argument(description="The user's name.")
OBJECT = strawberry.argument(description="The authorization object.")
ACTIVITY = strawberry.argument(description="The activity.")
AS_OF = strawberry.argument(description="As it was at this moment; now, if left out.")
FIRST = strawberry.argument(description="How many rows.")
AFTER = strawberry.argument(description="Begin behind this cursor.")


def _users(first: int, after: str | None = None, search: str | None = None) -> PageRequest:
    by_name = [Sort("username", False, "orderBy")]
    return page_request(User, first, after, by_name, search_condition(search or None, "search"), demanded=True)


@strawberry.type
class PolicyQueries:
    @strawberry.field(description="The roles: all for administrators and auditors, otherwise your own.")
    async def roles(self, info: Info) -> list[Role]:
        policy, names = await questions.visible_roles(info.context.reads)
        return [Role(policy=policy, name=name) for name in names]

    @strawberry.field(
        description="The authorization objects: all for administrators and auditors, otherwise those you have rights on."
    )
    async def authorization_objects(self, info: Info) -> list[AuthorizationObject]:
        place = LANGUAGES.index(info.context.language)
        return [
            AuthorizationObject(
                name=each.name,
                title=(each.title, each.title_zh)[place],
                activities=[ObjectActivity(name=activity, code=activity.value) for activity in each.activities],
                measure=each.measure,
                sap_object=each.sap,
            )
            for each in await questions.visible_objects(info.context.reads)
        ]

    @strawberry.field(description="Why a user may or may not do something: every line that decided, every near miss.")
    async def explain_access(
        self,
        info: Info,
        user: Annotated[str, USERNAME],
        object: Annotated[str, OBJECT],
        activity: Annotated[Activity, ACTIVITY],
        sales_area: Annotated[
            Optional[str], strawberry.argument(description="In this sales area; anywhere, if left out.")
        ] = strawberry.UNSET,
        record: Annotated[Optional[strawberry.ID], strawberry.argument(description="On this record.")] = strawberry.UNSET,
        measure: Annotated[
            Optional[Decimal], strawberry.argument(description="What a limit compares, e.g. the document's value.")
        ] = strawberry.UNSET,
        as_of: Annotated[Optional[datetime], AS_OF] = strawberry.UNSET,
    ) -> Optional[AccessExplanation]:
        answer = await questions.explain_access(
            info.context.reads,
            user,
            object,
            activity,
            sales_area=sales_area or None,
            record=record or None,
            measure=None if measure is strawberry.UNSET else measure,
            as_of=as_of or None,
        )
        return _explanation(answer, info.context.language)

    @strawberry.field(
        description="Who may do something in a sales area, of the users you may see; those who cannot sign in now are left out,"
        " unless you ask about a moment."
    )
    async def who_can(
        self,
        info: Info,
        object: Annotated[str, OBJECT],
        activity: Annotated[Activity, ACTIVITY],
        sales_area: Annotated[str, strawberry.argument(description="In this sales area.")],
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = strawberry.UNSET,
        as_of: Annotated[Optional[datetime], AS_OF] = strawberry.UNSET,
    ) -> Optional[Connection[Holder]]:
        found = await questions.who_can(info.context.reads, object, activity, sales_area, as_of or None)
        page = page_of_values(
            "Holder", [((each.user, each.reach.name), each) for each in found], first=first, after=after or None
        )
        users = await rows_by(info.context.reads, User, "username", [edge.node.user for edge in page.edges])
        for edge in page.edges:
            holder: questions.Holder = edge.node
            edge.node = Holder(
                user=users[holder.user],  # type: ignore[arg-type]  # a row of the type
                reach=holder.reach,
                limit=holder.limit,
                through=[Through(role=each.role, sales_areas=[text_of(each.pattern)]) for each in holder.through],
            )
        return page

    @strawberry.field(
        description="What a user may, or a role allows wherever it is given, object by object, as far as you administer it."
        " Name exactly one of them."
    )
    async def what_can(
        self,
        info: Info,
        user: Annotated[Optional[str], USERNAME] = strawberry.UNSET,
        role: Annotated[Optional[str], strawberry.argument(description="The role's name.")] = strawberry.UNSET,
        as_of: Annotated[Optional[datetime], AS_OF] = strawberry.UNSET,
    ) -> Optional[list[Permission]]:
        subject = questions.subject_of(user or None, role or None)
        return shown_permissions(await questions.what_can(info.context.reads, subject, as_of or None))

    @strawberry.field(
        description="What only the one of two may, and what only the other: users, roles, or a user and a role, where you"
        " administer both. A right that reaches further, or has a higher limit, is told with all that it reaches."
    )
    async def compare_access(
        self,
        info: Info,
        one: Annotated[AccessSubjectInput, strawberry.argument(description="A user or a role.")],
        other: Annotated[AccessSubjectInput, strawberry.argument(description="Another user or role.")],
        as_of: Annotated[Optional[datetime], AS_OF] = strawberry.UNSET,
    ) -> Optional[AccessComparison]:
        mine, theirs = (
            questions.subject_of(each.user or None, each.role or None, path) for each, path in ((one, "one"), (other, "other"))
        )
        found = await questions.compare_access(info.context.reads, mine, theirs, as_of or None)
        return AccessComparison(only_one=shown_permissions(found.only_one), only_other=shown_permissions(found.only_other))

    @asks(_users, "The users you may see, by name.")
    async def users(
        self,
        info: Info,
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = strawberry.UNSET,
        search: Annotated[
            Optional[str], strawberry.argument(description="Words of the user name or the display name, parts of words too.")
        ] = strawberry.UNSET,
    ) -> Optional[Connection[User]]:
        return await answered(info.context.reads, _users(first, after, search))


def shown_permissions(rights: Iterable[questions.Right]) -> list[Permission]:
    """Rights as the API shows them."""
    return [
        Permission(
            object=right.object,
            activities=list(right.activities),
            sales_areas=_texts(right.shown.areas),
            except_sales_areas=_texts(right.shown.except_areas),
            reach=right.shown.reach,
            limit=right.shown.limit,
        )
        for right in rights
    ]


def shown_assignments(policy: Policy, assignments: Iterable[Assignment]) -> list[RoleAssignment]:
    """Assignments as the API shows them: areas of the same role and validity together."""
    grouped: dict[tuple[str, datetime | None, datetime | None], list[Pattern]] = {}
    for each in assignments:
        grouped.setdefault((each.role, each.valid_from, each.valid_until), []).append(each.pattern)
    return [
        RoleAssignment(
            role=Role(policy=policy, name=role),
            sales_areas=_texts(sorted(patterns)),
            valid_from=first_day(valid_from, zone()),
            valid_to=last_day(valid_until, zone()),
        )
        for (role, valid_from, valid_until), patterns in grouped.items()
    ]


def _rules(lines: Iterable[Line]) -> list[Rule]:
    grouped: dict[tuple[Pattern, str, Reach, Decimal | None, Effect], list[Activity]] = {}
    for line in lines:
        grouped.setdefault((line.pattern, line.object, line.reach, line.limit, line.effect), []).append(line.activity)
    return [
        Rule(sales_areas=[text_of(pattern)], object=object, activities=activities, reach=reach, limit=limit, effect=effect)
        for (pattern, object, reach, limit, effect), activities in grouped.items()
    ]


def _explanation(answer: questions.Answer, language: str) -> AccessExplanation:
    return AccessExplanation(
        allowed=answer.allowed,
        policy_version=answer.version,
        decided_by=[
            DecidingRule(
                role=path.line.role,
                assignment_sales_areas=[text_of(path.assignment.pattern)],
                rule_sales_areas=[text_of(path.line.pattern)],
                object=path.line.object,
                activity=path.line.activity,
                reach=path.line.reach,
                limit=path.line.limit,
                effect=path.line.effect,
            )
            for path in dict.fromkeys(path for part in answer.parts for path in part.decided_by)
        ],
        missing=[
            MissingAccess(
                object=answer.object,
                activity=answer.activity,
                sales_area=None if miss.area is None else text_of(miss.area),
                reason=message_of(miss.refusal, language),
                smallest_grants=[
                    SmallestGrant(role=each.role, sales_areas=[text_of(each.pattern)]) for each in miss.suggestions
                ],
            )
            for miss in answer.misses
        ],
    )


def _texts(patterns: Sequence[Pattern]) -> list[str]:
    return [text_of(pattern) for pattern in patterns]
