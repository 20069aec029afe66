"""Questions about the policy: what somebody may, who may something, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from api.auth.authority import Authority
from api.auth.policy_store import all_assignments, policy_at, version_at
from api.auth.records import KnownUser, has_areas, visible_users, whereabouts
from api.auth.standard import catalogue
from api.auth.traces import note_use
from api.execution import global_id
from api.execution.mapping import nodes
from api.execution.reads import Reads
from domain.activity import Activity, Reach
from domain.areas import EVERYWHERE, Area, Pattern, area_of, matches, meet
from domain.caller import UserKind
from domain.errors import Forbidden, Invalid, NotFound, Refusal
from domain.explanation import Explanation, Question, Suggestion, explain, refusals_of_status, simplified
from domain.policy import Assignment, AuthorizationObject, Grants, Policy, valid_ones
from domain.scope import EVERYTHING, OWN_EVERYWHERE, Grant, Region, Scope, over

ASSIGNMENTS = "role_assignment"
RULES = "role_rule"
EVERYWHERE_ADMINISTERED = Grants((Grant(EVERYWHERE, Reach.ALL, None),))


@dataclass(frozen=True, slots=True)
class Right:
    """What one may do with an object, where and up to which limit: activities that are alike in all that."""

    object: str
    activities: tuple[Activity, ...]
    shown: Region


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who may do what was asked, by which roles."""

    user: str
    reach: Reach
    limit: Decimal | None
    through: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """One reason why not, in one area."""

    area: Area | None
    refusal: Refusal
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict over all areas asked about, and the version it rests on."""

    version: int
    object: str
    activity: Activity
    parts: tuple[Explanation, ...]
    misses: tuple[Miss, ...]
    allowed: bool


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """The areas that a question is about; those of its record that the asker must not be told of; whether it is the user's own.

    One may be told of the areas that one administers and, asking about oneself, of those in which one displays the record.
    `object` is the record's own; `override` stands in for it where it is held everywhere. `closed` tells the record's status.
    """

    told: tuple[Area | None, ...]
    untold: tuple[Area, ...] = ()
    own: bool = False
    object: str | None = None
    override: str | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A user, or a role as a template, by name: what is asked about, named by `path`."""

    user: str | None
    role: str | None
    path: str

    @property
    def named(self) -> str:
        """Where its name stands in what was asked."""
        return ".".join(filter(None, (self.path, "user" if self.role is None else "role")))


@dataclass(frozen=True, slots=True)
class Held:
    """What a subject is given, all of it valid, and where the asker may be told of it; None for everywhere."""

    assignments: tuple[Assignment, ...]
    bounds: Grants | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rights that only the one has, and those that only the other has."""

    only_one: tuple[Right, ...]
    only_other: tuple[Right, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """The policy, everybody's assignments and the instant that a question is about."""

    policy: Policy
    assignments: tuple[Assignment, ...]
    at: datetime


def rights(policy: Policy, assignments: Iterable[Assignment], within: Grants = EVERYWHERE_ADMINISTERED) -> tuple[Right, ...]:
    """Everything that valid assignments come to, object by object, cut to what the asker administers."""
    given = tuple(assignments)
    found: list[Right] = []
    for object in catalogue().values():
        alike: dict[Region, list[Activity]] = {}
        for activity in object.activities:
            for shown in simplified(_cut(policy.grants(given, object.name, activity), within)):
                alike.setdefault(shown, []).append(activity)
        found.extend(Right(object.name, tuple(activities), shown) for shown, activities in alike.items())
    return tuple(found)


async def visible_objects(reads: Reads) -> tuple[AuthorizationObject, ...]:
    """The catalogue: all of it for those who may read role rules, otherwise the objects one has any right on."""
    authority = await reads.authority()
    if not authority.scope(RULES).is_empty:
        return tuple(catalogue().values())
    return tuple(
        each
        for each in catalogue().values()
        if any(not authority.scope(each.name, activity).is_empty for activity in each.activities)
    )


async def visible_roles(reads: Reads) -> tuple[Policy, tuple[str, ...]]:
    """The roles: all for those who may read role rules, otherwise the ones that one's valid assignments reach."""
    authority = await reads.authority()
    if not authority.scope(RULES).is_empty:
        note_use(authority.user_id, RULES, Activity.DISPLAY)
        return authority.policy, tuple(sorted(authority.policy.roles))
    mine = {name for each in authority.assignments for name in authority.policy.reached(each.role)}
    return authority.policy, tuple(sorted(mine & set(authority.policy.roles)))


async def explain_access(
    reads: Reads,
    username: str,
    object: str,
    activity: Activity,
    *,
    sales_area: str | None,
    record: str | None,
    measure: Decimal | None,
    as_of: datetime | None,
) -> Answer:
    """Why a user may or may not. Raises Forbidden, NotFound for a user one may not ask about, Invalid."""
    authority = await reads.authority()
    user = await user_asked_about(reads, authority, username)
    _check_object(object, activity)
    area = None if sales_area is None else area_of(sales_area, "salesArea")
    moment = await moment_of(reads, as_of)
    every = [each for each in moment.assignments if each.user == username]
    asked = await _areas_asked_about(reads, authority, user, area, record)
    some = activity is Activity.DISPLAY and record is not None
    locked, valid = user.locked and as_of is None, user.valid or as_of is not None

    def weigh(where: Area | None, assignments: Iterable[Assignment]) -> Explanation:
        return explain(
            moment.policy,
            assignments,
            Question(object, activity, where, asked.own, measure, moment.at),
            locked=locked,
            valid=valid,
        )

    myself = username == authority.username
    shown = every if myself else [each for each in every if _meets(authority.scope(ASSIGNMENTS), each.pattern)]
    here = [(each, weigh(each, shown)) for each in asked.told]
    elsewhere = [weigh(each, every) for each in asked.untold] if myself or not some else []
    verdicts = [part.allowed for part in (*(part for _, part in here), *elsewhere)]
    misses = [Miss(where, refusal, part.suggestions) for where, part in here for refusal in part.misses]
    if not all(part.allowed for part in elsewhere):
        misses.append(Miss(None, Refusal("MISS_ELSEWHERE"), ()))
    allowed = any(verdicts) if some else all(verdicts)
    parts = (*(part for _, part in here), *(elsewhere if myself else ()))
    status = [Miss(None, refusal, ()) for refusal in refusals_of_status(activity, closed=asked.closed)]
    if status and allowed:
        return Answer(moment.policy.version, object, activity, (), tuple(status), False)
    barred = allowed or locked or not valid or bool(status) or object != asked.object
    instead = None if barred else _by_override(moment, every, shown, asked, activity)
    if instead is not None and asked.override is not None:
        return Answer(moment.policy.version, asked.override, activity, (instead,), (), True)
    return Answer(moment.policy.version, object, activity, parts, () if allowed else (*status, *misses), allowed)


async def who_can(reads: Reads, object: str, activity: Activity, sales_area: str, as_of: datetime | None) -> tuple[Holder, ...]:
    """Everybody visible to the asker who may, or could at a moment, do this in an area, by user name. Raises Forbidden,
    Invalid.
    """
    authority = await reads.authority()
    _check_object(object, activity)
    area = area_of(sales_area, "salesArea")
    if authority.caller_kind is UserKind.PARTNER or not authority.scope(ASSIGNMENTS).allows(area, own=False):
        raise _forbidden()
    note_use(authority.user_id, ASSIGNMENTS, Activity.DISPLAY)
    moment = await moment_of(reads, as_of)
    async with reads.connection() as connection:
        seen = [user for user in await visible_users(connection, authority) if user.displayed]
    visible = {user.username for user in seen if as_of is not None or (user.valid and not user.locked)}
    by_user: dict[str, list[Assignment]] = {}
    for each in valid_ones(moment.assignments, moment.at):
        if each.user in visible:
            by_user.setdefault(each.user, []).append(each)
    decided: dict[frozenset[tuple[str, Pattern]], tuple[Holder, ...]] = {}
    holders: list[Holder] = []
    for user in sorted(by_user):
        key = frozenset((each.role, each.pattern) for each in by_user[user])
        if key not in decided:  # users with equal assignments are decided once
            decided[key] = _holders(moment.policy, by_user[user], object, activity, area)
        holders += [Holder(user, each.reach, each.limit, each.through) for each in decided[key]]
    return tuple(holders)


async def what_can(reads: Reads, subject: Subject, as_of: datetime | None) -> tuple[Right, ...]:
    """What a user or a role may, cut to what the asker administers. Raises Forbidden, NotFound."""
    moment = await moment_of(reads, as_of)
    held = await _held(reads, subject, moment)
    return rights(moment.policy, held.assignments, EVERYWHERE_ADMINISTERED if held.bounds is None else held.bounds)


async def compare_access(reads: Reads, one: Subject, other: Subject, as_of: datetime | None) -> Comparison:
    """What only the one of two may, and what only the other, where the asker may be told of both. Raises Forbidden,
    NotFound.
    """
    moment = await moment_of(reads, as_of)
    both = [await _held(reads, each, moment) for each in (one, other)]
    bound = EVERYTHING
    for each in both:
        bound = bound if each.bounds is None else bound & within(each.bounds)
    mine, theirs = (each.assignments for each in both)
    return Comparison(_only(moment.policy, mine, theirs, bound), _only(moment.policy, theirs, mine, bound))


def subject_of(user: str | None, role: str | None, path: str = "") -> Subject:
    """The subject that is named. Raises Invalid unless exactly one of the two is."""
    if (user is None) is (role is None):
        raise Invalid.because("ONE_KEY_NEEDED", path or None, names="user, role")
    return Subject(user, role, path)


async def _held(reads: Reads, subject: Subject, moment: Moment) -> Held:
    """What a subject is given at a moment. Raises Forbidden, NotFound for one that one may not ask about."""
    authority = await reads.authority()
    if subject.user is not None:
        user = await user_asked_about(reads, authority, subject.user, subject.named)
        mine = valid_ones((each for each in moment.assignments if each.user == user.username), moment.at)
        return Held(mine, None if user.username == authority.username else administered(authority))
    assert subject.role is not None
    if authority.caller_kind is UserKind.PARTNER:
        raise _forbidden(RULES)
    _, visible = await visible_roles(reads)
    reads_rules = not authority.scope(RULES).is_empty
    if subject.role not in moment.policy.roles or not (reads_rules or subject.role in visible):
        raise NotFound.because("NOT_FOUND", subject.named, what="role")
    bounds = authority.grants(RULES, Activity.DISPLAY) if reads_rules else None
    return Held((Assignment("", subject.role, EVERYWHERE),), bounds)


def _only(policy: Policy, one: Iterable[Assignment], other: Iterable[Assignment], bound: Scope) -> tuple[Right, ...]:
    """What the one may further than the other, within a bound, object by object."""
    mine, theirs = tuple(one), tuple(other)
    found: list[Right] = []
    for object in catalogue().values():
        alike: dict[Region, list[Activity]] = {}
        for activity in object.activities:
            further = policy.grants(mine, object.name, activity).scope() - policy.grants(theirs, object.name, activity).scope()
            for region in (further & bound).regions():
                alike.setdefault(region, []).append(activity)
        found.extend(Right(object.name, tuple(activities), region) for region, activities in alike.items())
    return tuple(found)


def administered(authority: Authority) -> Grants:
    """Where the caller may see assignments, and where not."""
    return authority.grants(ASSIGNMENTS, Activity.DISPLAY)


def within(bounds: Grants) -> Scope:
    """These bounds as a scope of everybody's records."""
    return Grants(tuple(each for each in bounds.allowed if each.reach is Reach.ALL), bounds.denied).scope()


async def moment_of(reads: Reads, as_of: datetime | None) -> Moment:
    """The policy and assignments of an instant; of now, when none is given."""
    authority = await reads.authority()
    state = await reads.state()
    async with reads.connection() as connection:
        if as_of is None or as_of >= state.now:
            return Moment(authority.policy, await all_assignments(connection, state.version), as_of or state.now)
        version = await version_at(connection, as_of)
        if version is None:
            return Moment(Policy(0), (), as_of)
        return Moment(await policy_at(connection, version), await all_assignments(connection, version), as_of)


def _holders(policy: Policy, assignments: list[Assignment], object: str, activity: Activity, area: Area) -> tuple[Holder, ...]:
    paths = [path for path in policy.paths(assignments, object, activity) if matches(path.pattern, area)]
    denied = tuple(path.pattern for path in paths if path.line.effect.value == "deny")
    allowed = [path for path in paths if path.line.effect.value == "allow"]
    if denied or not allowed:
        return ()
    here = Pattern(area)
    shown = simplified(Grants(tuple(Grant(here, path.line.reach, path.line.limit) for path in allowed)))
    return tuple(
        Holder(
            "",
            each.reach,
            each.limit,
            tuple(
                dict.fromkeys(
                    path.assignment for path in allowed if (path.line.reach, path.line.limit) == (each.reach, each.limit)
                )
            ),
        )
        for each in shown
    )


def _cut(grants: Grants, within: Grants) -> Grants:
    return Grants(
        tuple(
            Grant(common, grant.reach, grant.limit)
            for grant in grants.allowed
            for bound in within.allowed
            if bound.reach is Reach.ALL and (common := meet(grant.pattern, bound.pattern)) is not None
        ),
        (*grants.denied, *within.denied),
    )


def demand_administration(authority: Authority) -> None:
    """Refuse who administers nobody. Raises Forbidden."""
    if authority.caller_kind is UserKind.PARTNER or authority.scope(ASSIGNMENTS) in OWN_EVERYWHERE:
        raise _forbidden()
    note_use(authority.user_id, ASSIGNMENTS, Activity.DISPLAY)


async def user_asked_about(reads: Reads, authority: Authority, username: str, path: str = "user") -> KnownUser:
    """A user that one may ask about: oneself, or one in the administration's sight."""
    if authority.caller_kind is UserKind.PARTNER:
        raise _forbidden()
    if username != authority.username:
        demand_administration(authority)
    async with reads.connection() as connection:
        found = await visible_users(connection, authority, [username])
    if not found:
        raise NotFound.because("NOT_FOUND", path, what="user")
    return found[0]


async def _areas_asked_about(
    reads: Reads, authority: Authority, user: KnownUser, area: Area | None, record: str | None
) -> AskedAbout:
    """The areas of a question. Raises Forbidden, Invalid for an id of no type with areas, NotFound."""
    administered = authority.scope(ASSIGNMENTS)
    myself = user.username == authority.username
    if record is None:
        if area is not None and not myself and not administered.allows(area, own=False):
            raise _forbidden()
        return AskedAbout((area,))
    type_name, key = global_id.decode(record, "record")
    mapping = nodes().get(type_name)
    if mapping is None or not has_areas(mapping.access):
        raise Invalid.because("ID_OF_OTHER_TYPE", "record", expected="record with sales areas")
    async with reads.connection() as connection:
        found = await whereabouts(connection, mapping.access, mapping.table, mapping.key, key, user.id)
    displayed = authority.scope(mapping.access.object)
    told = tuple(
        each for each in found.areas if administered.allows(each, own=False) or (myself and displayed.allows(each, found.own))
    )
    if area is not None and area not in told:
        told = ()
    if not told:
        raise NotFound.because("NOT_FOUND", "record", what="record")
    object, override = mapping.access.object, mapping.access.override
    if area is not None:
        return AskedAbout((area,), own=found.own, object=object, override=override, closed=found.closed)
    untold = tuple(each for each in found.areas if each not in told)
    return AskedAbout(told, untold, found.own, object, override, found.closed)


def _by_override(
    moment: Moment, every: Iterable[Assignment], shown: Iterable[Assignment], asked: AskedAbout, activity: Activity
) -> Explanation | None:
    """The lines by which the user may without having every area of the record; None if they may not."""
    if asked.override is None:
        return None
    if not moment.policy.grants(valid_ones(every, moment.at), asked.override, activity).scope().is_everything:
        return None
    return explain(moment.policy, shown, Question(asked.override, activity, None, asked.own, None, moment.at))


def _meets(scope: Scope, pattern: Pattern) -> bool:
    """Whether the scope reaches records of others in some area of the pattern."""
    return (scope & over(pattern)) not in OWN_EVERYWHERE


def _check_object(object: str, activity: Activity) -> None:
    known = catalogue().get(object)
    if known is None:
        raise Invalid.because("UNKNOWN_OBJECT", "object", value=object)
    if activity not in known.activities:
        raise Invalid.because("UNKNOWN_ACTIVITY", "activity", value=activity.name)


def _forbidden(object: str = ASSIGNMENTS) -> Forbidden:
    return Forbidden.because("FORBIDDEN_QUESTION", None, object=object, activity=Activity.DISPLAY.name)
