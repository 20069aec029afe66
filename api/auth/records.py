"""Single records as authorization sees them: where one lies, whose it is, which users may be asked about."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.auth.authority import Authority
from api.auth.policy_store import ASSIGNMENT, IN_FORCE, Connection, assignment_of
from api.auth.predicates import Bindings, RowScope
from domain.areas import Area
from domain.errors import Bug
from domain.policy import Assignment
from domain.scope import EMPTY
from models.access import Access, OwnArea, ThroughRows
from models.policy import RoleAssignment
from models.user import User


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The sales areas a record lies in, by code, and whether it is the user's own."""

    areas: tuple[Area, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user that somebody may ask about; `displayed` as one of the users they may see, and not only as themselves."""

    id: int
    username: str
    locked: bool
    displayed: bool


def has_areas(access: Access) -> bool:
    """Whether rows of this access lie in sales areas, so that a decision about one can be asked for."""
    return isinstance(access.areas, OwnArea) or (isinstance(access.areas, ThroughRows) and not access.areas.patterns)


async def whereabouts(
    connection: Connection, access: Access, table: str, key_column: str, key: object, user_id: int
) -> Whereabouts:
    """Where one row lies and whether it is this user's own; no areas where there is no such row."""
    bindings = Bindings()
    own = RowScope(access, "t", EMPTY, user_id).own(bindings)
    match access.areas:
        case ThroughRows(table=link, on=on, patterns=False):
            source, joined = "link", f"join {link} link on " + " and ".join(f"link.{there} = t.{here}" for there, here in on)
        case OwnArea():
            source, joined = "t", ""
        case _:
            raise Bug(f"{table} has no areas that one record could be decided by")
    wanted = bindings.bind(str(key), "text")
    rows = await connection.fetch(
        f"""select distinct {source}.sales_organization, {source}.distribution_channel, {source}.division, {own} as own
            from {table} t {joined} where t.{key_column}::text = {wanted} order by 1, 2, 3""",
        *bindings.values,
    )
    return Whereabouts(tuple(Area((row[0], row[1], row[2])) for row in rows), bool(rows and rows[0]["own"]))


async def visible_users(
    connection: Connection, authority: Authority, usernames: Iterable[str] | None = None
) -> tuple[KnownUser, ...]:
    """The users in the caller's sight, themselves included, by name; of these names only, if any are given."""
    bindings = Bindings()
    seen = RowScope(User.access, "u", authority.scope(User.access.object), authority.user_id).some(bindings)
    named = "true" if usernames is None else f"u.username = any({bindings.bind(list(usernames), 'text[]')})"
    myself = bindings.bind(authority.user_id, "bigint")
    rows = await connection.fetch(
        f"""select u.id, u.username, u.locked_at is not null as locked, {seen} as displayed from users u
            where {named} and (u.id = {myself} or {seen}) order by u.username collate "C" """,
        *bindings.values,
    )
    return tuple(KnownUser(row["id"], row["username"], row["locked"], row["displayed"]) for row in rows)


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
