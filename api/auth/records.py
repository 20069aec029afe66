"""Single records as authorization sees them: where one lies, whose it is, which users may be asked about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from api.auth.authority import CAN_SIGN_IN, IS_VALID, Authority
from api.auth.policy_store import ASSIGNMENT, IN_FORCE, Connection, assignment_of
from api.auth.predicates import Bindings, RowScope
from domain.activity import Activity
from domain.administration import administrators, roles_that_count
from domain.areas import Area
from domain.errors import Bug
from domain.policy import Assignment, Policy
from domain.scope import ALL, EMPTY, NOTHING, Scope
from models.access import Access, OwnArea, ThroughRows
from models.policy import RoleAssignment
from models.records import RECORDS
from models.user import User


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The sales areas a record lies in, by code, whether it is the user's own, and whether it is closed."""

    areas: tuple[Area, ...]
    own: bool
    closed: bool = False


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user that somebody may ask about; `displayed` as one of the users they may see, and not only as themselves.

    `valid` tells whether the user has begun and has not ended.
    """

    id: int
    username: str
    locked: bool
    valid: bool
    displayed: bool


def has_areas(access: Access) -> bool:
    """Whether rows of this access lie in sales areas, so that a decision about one can be asked for."""
    return isinstance(access.areas, OwnArea) or (isinstance(access.areas, ThroughRows) and not access.areas.patterns)


async def whereabouts(
    connection: Connection, access: Access, table: str, key_column: str, key: object, user_id: int
) -> Whereabouts:
    """Where one row lies and whether it is this user's own; no areas where there is no such row."""
    bindings = Bindings()
    own, source, joined = _places(access, table, user_id, bindings)
    wanted = bindings.bind(str(key), "text")
    closed = "false" if access.closed is None else f"t.{access.closed} is not null"
    rows = await connection.fetch(
        f"""select distinct {source}.sales_organization, {source}.distribution_channel, {source}.division, {own} as own,
                   {closed} as closed from {table} t {joined} where t.{key_column}::text = {wanted} order by 1, 2, 3""",
        *bindings.values,
    )
    areas = tuple(Area((row[0], row[1], row[2])) for row in rows)
    return Whereabouts(areas, bool(rows and rows[0]["own"]), bool(rows and rows[0]["closed"]))


async def whereabouts_of(
    connection: Connection, access: Access, table: str, keys: Iterable[int], user_id: int
) -> dict[int, Whereabouts]:
    """Where many rows lie, by key, and whether they are this user's own; those of no area are left out."""
    bindings = Bindings()
    own, source, joined = _places(access, table, user_id, bindings)
    wanted = bindings.bind(list(keys), "bigint[]")
    rows = await connection.fetch(
        f"""select distinct t.id, {source}.sales_organization, {source}.distribution_channel, {source}.division, {own} as own
            from {table} t {joined} where t.id = any({wanted}) order by 1, 2, 3, 4""",
        *bindings.values,
    )
    found: dict[int, Whereabouts] = {}
    for row in rows:
        area = Area((row[1], row[2], row[3]))
        before = found.get(row["id"])
        found[row["id"]] = Whereabouts((*(before.areas if before else ()), area), row["own"])
    return found


def _places(access: Access, table: str, user_id: int, bindings: Bindings) -> tuple[str, str, str]:
    """SQL for rows `t`: whether they are the user's own, the name of the rows that have the areas, and how these are joined."""
    own = RowScope(access, "t", EMPTY, user_id).own(bindings)
    match access.areas:
        case ThroughRows(table=link, on=on, patterns=False):
            return own, "link", f"join {link} link on " + " and ".join(f"link.{there} = t.{here}" for there, here in on)
        case OwnArea():
            return own, "t", ""
        case _:
            raise Bug(f"{table} has no areas that one record could be decided by")


async def visible_users(
    connection: Connection, authority: Authority, usernames: Iterable[str] | None = None
) -> tuple[KnownUser, ...]:
    """The users in the caller's sight, themselves included, by name; of these names only, if any are given."""
    bindings = Bindings()
    seen = RowScope(User.access, "u", authority.scope(User.access.object), authority.user_id).some(bindings)
    named = "true" if usernames is None else f"u.username = any({bindings.bind(list(usernames), 'text[]')})"
    myself = bindings.bind(authority.user_id, "bigint")
    rows = await connection.fetch(
        f"""select u.id, u.username, u.locked_at is not null as locked, {IS_VALID} as valid,
                   {seen} as displayed from users u
            where {named} and (u.id = {myself} or {seen}) order by u.username collate "C" """,
        *bindings.values,
    )
    return tuple(KnownUser(row["id"], row["username"], row["locked"], row["valid"], row["displayed"]) for row in rows)


async def administrators_of(connection: Connection, policy: Policy, at: datetime) -> frozenset[str]:
    """The names of the administrators of a policy: people who can sign in, as machines activate nothing."""
    rows = await connection.fetch(
        f"{ASSIGNMENT} where {IN_FORCE} and a.role = any($2::text[]) and u.kind <> 'SERVICE' and {CAN_SIGN_IN} order by a.id",
        policy.version,
        sorted(roles_that_count(policy)),
    )
    given = tuple(map(assignment_of, rows))
    return administrators(policy, given, at, {each.user for each in given})


async def usable_usernames(connection: Connection) -> frozenset[str]:
    """The names of the people who can sign in."""
    rows = await connection.fetch(f"select u.username from users u where u.kind <> 'SERVICE' and {CAN_SIGN_IN}")
    return frozenset(row["username"] for row in rows)


async def partner_usernames(connection: Connection) -> frozenset[str]:
    """The names of the users who are partners."""
    rows = await connection.fetch("select username from users where kind = 'PARTNER'")
    return frozenset(row["username"] for row in rows)


async def validity_of(connection: Connection, user_ids: Iterable[int]) -> dict[int, tuple[datetime | None, datetime | None]]:
    """When users begin, and when they end."""
    rows = await connection.fetch("select id, valid_from, valid_until from users where id = any($1::bigint[])", list(user_ids))
    return {row["id"]: (row["valid_from"], row["valid_until"]) for row in rows}


async def visible_assignments(
    connection: Connection, authority: Authority, user_ids: Iterable[int]
) -> dict[int, tuple[Assignment, ...]]:
    """What these users are assigned now, as far as the caller may see it; one's own always."""
    bindings = Bindings([authority.policy.version])
    wanted = bindings.bind(list(user_ids), "bigint[]")
    access = RoleAssignment.access
    seen = RowScope(access, "a", authority.scope(access.object), authority.user_id).some(bindings)
    myself = bindings.bind(authority.user_id, "bigint")
    rows = await connection.fetch(
        f"{ASSIGNMENT} where {IN_FORCE} and a.user_id = any({wanted}) and (a.user_id = {myself} or {seen}) order by a.id",
        *bindings.values,
    )
    found: dict[int, list[Assignment]] = {}
    for row in rows:
        found.setdefault(row["user_id"], []).append(assignment_of(row))
    return {user_id: tuple(mine) for user_id, mine in found.items()}


async def rows_reached(
    connection: Connection, object: str, activity: Activity, *, reached: Scope, but: Scope, within: Scope, user_id: int
) -> int:
    """How many records of an object the one scope reaches and the other does not, of those that lie in some area of a third.

    Exactly as a read or a command would decide for that user; none for CREATE, and of objects that have no records.
    """
    records = RECORDS.get(object)
    if records is None or activity is Activity.CREATE:
        return 0
    bindings = Bindings()

    def permitted(scope: Scope) -> str:
        if records.access.override == object:
            return "true" if scope.is_everything else "false"
        row = RowScope(records.access, "t", scope, user_id)
        return row.some(bindings) if activity is Activity.DISPLAY else row.every(bindings)

    here = RowScope(records.access, "t", within, user_id).some(bindings)
    conditions = f"{here} and {permitted(reached)} and not coalesce({permitted(but)}, false)"
    row = await connection.fetchrow(f"select count(*) as rows from {records.table} t where {conditions}", *bindings.values)
    return int(row["rows"])


@dataclass(frozen=True, slots=True)
class Places:
    """How many records of an object lie in which areas: all that scopes need to know in which only areas decide.

    There are far fewer sets of areas than records, and far fewer than people to ask for.
    """

    sets: tuple[tuple[tuple[Area, ...], int], ...]

    def reached(self, activity: Activity, *, reached: Scope, but: Scope, within: Scope) -> int:
        """What `rows_reached` counts, of scopes in which only areas decide."""
        return sum(
            count
            for areas, count in self.sets
            if _some(within, areas) and _permits(reached, activity, areas) and not _permits(but, activity, areas)
        )


def only_areas_decide(object: str, *scopes: Scope) -> bool:
    """Whether `Places` can answer for records of an object and these scopes."""
    records = RECORDS.get(object)
    return (
        records is not None
        and has_areas(records.access)
        and records.access.override != object
        and all(scope.levels <= {ALL, NOTHING} for scope in scopes)
    )


async def places_of(connection: Connection, object: str) -> Places:
    """The places of an object's records, as they are now."""
    records = RECORDS[object]
    _, source, joined = _places(records.access, records.table, 0, Bindings())
    joined = joined.replace("join", "left join", 1)
    rows = await connection.fetch(
        f"""select areas, count(*) as rows from (
                select array_agg(distinct array[{source}.sales_organization, {source}.distribution_channel, {source}.division]
                           order by array[{source}.sales_organization, {source}.distribution_channel, {source}.division])
                       filter (where {source}.sales_organization is not null) as areas
                from {records.table} t {joined} group by t.{records.key}) placed group by areas"""
    )
    return Places(tuple((tuple(Area((a[0], a[1], a[2])) for a in row["areas"] or ()), row["rows"]) for row in rows))


def _permits(scope: Scope, activity: Activity, areas: tuple[Area, ...]) -> bool:
    return _some(scope, areas) if activity is Activity.DISPLAY else _every(scope, areas)


def _some(scope: Scope, areas: tuple[Area, ...]) -> bool:
    """As `RowScope.some`: a scope that is the same everywhere decides over records without an area too."""
    return scope.is_everything or any(scope.level(area) == ALL for area in areas)


def _every(scope: Scope, areas: tuple[Area, ...]) -> bool:
    return bool(areas) and all(scope.level(area) == ALL for area in areas)
