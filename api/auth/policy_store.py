"""The policy as it is stored: read at a version, or changed from one version to the next in a transaction."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

from cachetools import LRUCache

from domain.activity import Activity, Effect, Reach
from domain.areas import Pattern
from domain.chain import VersionEntry, linked
from domain.policy import Assignment, Line, Link, Policy, PolicyState, Role
from domain.policy_change import Difference

POLICY_LOCK = 7_301_001
"""The advisory lock that an activation holds exclusively and every command, last before its commit, shares."""

IN_FORCE = "since <= $1 and (until is null or until > $1)"
ASSIGNMENT = """select a.user_id, u.username, a.role,
           a.sales_organization, a.distribution_channel, a.division, a.valid_from, a.valid_until
    from role_assignments a join users u on u.id = a.user_id"""

_policies: LRUCache[int, Policy] = LRUCache(maxsize=16)
_assignments: LRUCache[int, tuple[Assignment, ...]] = LRUCache(maxsize=2)
"""What everybody is assigned, by version: for questions about all of them, which administrators ask in a row."""


class Connection(Protocol):
    """What is needed of a database connection here: asyncpg's, or the one inside a Tortoise transaction."""

    async def fetch(self, query: str, *values: Any) -> list[Any]: ...

    async def fetchrow(self, query: str, *values: Any) -> Any: ...

    async def execute(self, query: str, *values: Any) -> Any: ...


async def policy_at(connection: Connection, version: int) -> Policy:
    """The roles, lines and links of a version; kept, since a version never changes."""
    if version not in _policies:
        _policies[version] = await read_policy(connection, version)
    return _policies[version]


def forget_policies() -> None:
    """Drop the versions that were read, when the process turns to another database."""
    _policies.clear()
    _assignments.clear()


async def assignments_of(connection: Connection, user_id: int, version: int) -> tuple[Assignment, ...]:
    """What one user is assigned at a version, whether valid now or not."""
    rows = await connection.fetch(f"{ASSIGNMENT} where a.user_id = $2 and {IN_FORCE} order by a.id", version, user_id)
    return tuple(map(assignment_of, rows))


async def all_assignments(connection: Connection, version: int) -> tuple[Assignment, ...]:
    """What anybody is assigned at a version; kept, since a version never changes."""
    if version not in _assignments:
        rows = await connection.fetch(f"{ASSIGNMENT} where {IN_FORCE} order by a.id", version)
        _assignments[version] = tuple(map(assignment_of, rows))
    return _assignments[version]


async def version_at(connection: Connection, instant: datetime) -> int | None:
    """The version in force at an instant; None before the first one."""
    row = await connection.fetchrow("select max(version) as version from policy_versions where activated_at <= $1", instant)
    return row["version"]  # type: ignore[no-any-return]


async def next_version(connection: Connection, by: str, reason: str, change: Callable[[int], Awaitable[None]]) -> int:
    """Activate a further version inside the caller's transaction: take the lock, let `change` write, and keep who and why.

    From the moment the transaction has committed, nothing is decided by an older version.
    """
    await connection.execute("select pg_advisory_xact_lock($1)", POLICY_LOCK)
    row = await connection.fetchrow("select coalesce(max(version), 0) + 1 as version from policy_versions")
    version: int = row["version"]
    await change(version)
    await connection.execute(
        "insert into policy_versions (version, activated_at, activated_by, reason) values ($1, clock_timestamp(), $2, $3)",
        version,
        by,
        reason,
    )
    await seal(connection)
    return version


async def state_at(connection: Connection, version: int) -> PolicyState:
    """Everything that decides at a version; nothing at version 0."""
    return PolicyState(await policy_at(connection, version), await all_assignments(connection, version))


async def store_difference(connection: Connection, version: int, apart: Difference) -> None:
    """Let the policy differ from this version on."""
    for role in apart.ended_roles:
        await connection.execute("update policy_roles set until = $1 where until is null and name = $2", version, role.name)
    for gone in apart.ended_links:
        await connection.execute(
            "update policy_links set until = $1 where until is null and role = $2 and parent = $3",
            version,
            gone.role,
            gone.parent,
        )
    await end_lines(connection, version, apart.ended_lines)
    for each in apart.ended_assignments:
        await connection.execute(
            """update role_assignments set until = $1
               where until is null and user_id = (select id from users where username = $2) and role = $3
                 and sales_organization = $4 and distribution_channel = $5 and division = $6
                 and valid_from is not distinct from $7 and valid_until is not distinct from $8""",
            version,
            each.user,
            each.role,
            *each.pattern,
            each.valid_from,
            each.valid_until,
        )
    await store_roles(connection, version, apart.added_roles)
    await store_links(connection, version, apart.added_links)
    await store_lines(connection, version, apart.added_lines)
    await store_assignments(connection, version, apart.added_assignments)


KEPT = {
    "roles": "select name, title, title_zh, since, until from policy_roles",
    "links": "select role, parent, since, until from policy_links",
    "lines": """select role, sales_organization, distribution_channel, division, object, activity, reach,
                       trim_scale(measure_limit)::text as measure_limit, effect, since, until from policy_lines""",
    "assignments": """select u.username, a.role, a.sales_organization, a.distribution_channel, a.division,
                             to_char(a.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as valid_from,
                             to_char(a.valid_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as valid_until,
                             a.since, a.until from role_assignments a join users u on u.id = a.user_id""",
}
"""What versions are made of, as text. Each row says since which version it holds, and until which."""


async def entries(connection: Connection, versions: list[Any]) -> list[VersionEntry]:
    """All that is kept of versions, given as rows of `policy_versions`."""
    numbers = [row["version"] for row in versions]
    added: dict[int, dict[str, list[tuple[str | None, ...]]]] = {number: {} for number in numbers}
    ended: dict[int, dict[str, list[tuple[str | None, ...]]]] = {number: {} for number in numbers}
    for table, query in KEPT.items():
        for *values, since, until in await connection.fetch(
            f"select * from ({query}) kept where since = any($1::int[]) or until = any($1::int[])", numbers
        ):
            for number, side in ((since, added), (until, ended)):
                if number in side:
                    side[number].setdefault(table, []).append(tuple(values))
    return [
        VersionEntry(
            row["version"],
            row["activated_at"],
            row["activated_by"],
            row["reason"],
            {table: tuple(rows) for table, rows in added[row["version"]].items()},
            {table: tuple(rows) for table, rows in ended[row["version"]].items()},
        )
        for row in versions
    ]


async def seal(connection: Connection) -> None:
    """Give each version that has none yet its hash."""
    last = await connection.fetchrow("select hash from policy_versions where hash is not null order by version desc limit 1")
    unsealed = await connection.fetch("select * from policy_versions where hash is null order by version")
    head = "" if last is None else last["hash"]
    for entry in await entries(connection, list(unsealed)):
        head = linked(head, entry)
        await connection.execute("update policy_versions set hash = $2 where version = $1", entry.version, head)


async def versions(connection: Connection) -> list[Any]:
    """All versions, the newest first, with who, when, why and the hash."""
    return list(await connection.fetch("select * from policy_versions order by version desc"))


async def head_of(connection: Connection, version: int) -> str | None:
    """The hash of a version."""
    row = await connection.fetchrow("select hash from policy_versions where version = $1", version)
    return None if row is None else row["hash"]


async def first_broken(connection: Connection) -> int | None:
    """The first version whose hash is not what all that is kept of it and of those before comes to; None if all hold."""
    versions = list(await connection.fetch("select * from policy_versions order by version"))
    head = ""
    for row, entry in zip(versions, await entries(connection, versions), strict=True):
        head = linked(head, entry)
        if row["hash"] != head:
            return entry.version
    return None


async def store_roles(connection: Connection, version: int, roles: Iterable[Role]) -> None:
    """Add roles from this version on."""
    for role in roles:
        await connection.execute(
            "insert into policy_roles (name, title, title_zh, since) values ($1, $2, $3, $4)",
            role.name,
            role.title,
            role.title_zh,
            version,
        )


async def store_links(connection: Connection, version: int, links: Iterable[Link]) -> None:
    """Add inheritance from this version on."""
    for link in links:
        await connection.execute(
            "insert into policy_links (role, parent, since) values ($1, $2, $3)", link.role, link.parent, version
        )


async def store_lines(connection: Connection, version: int, lines: Iterable[Line]) -> None:
    """Add lines from this version on."""
    for line in lines:
        await connection.execute(
            """insert into policy_lines (role, sales_organization, distribution_channel, division, object, activity,
                                         reach, measure_limit, effect, since)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               on conflict do nothing""",
            line.role,
            *line.pattern,
            line.object,
            line.activity.name,
            line.reach.value,
            line.limit,
            line.effect.value,
            version,
        )


async def end_lines(connection: Connection, version: int, lines: Iterable[Line]) -> int:
    """Let lines hold no longer from this version on; tells how many did."""
    ended = 0
    for line in lines:
        rows = await connection.fetch(
            """update policy_lines set until = $1
               where until is null and role = $2 and sales_organization = $3 and distribution_channel = $4 and division = $5
                 and object = $6 and activity = $7 and reach = $8 and measure_limit is not distinct from $9 and effect = $10
               returning id""",
            version,
            line.role,
            *line.pattern,
            line.object,
            line.activity.name,
            line.reach.value,
            line.limit,
            line.effect.value,
        )
        ended += len(rows)
    return ended


async def store_assignments(connection: Connection, version: int, assignments: Iterable[Assignment]) -> None:
    """Assign roles to users, who must exist, from this version on."""
    for each in assignments:
        await connection.execute(
            """insert into role_assignments (user_id, role, sales_organization, distribution_channel, division,
                                             valid_from, valid_until, since)
               select id, $2, $3, $4, $5, $6, $7, $8 from users where username = $1""",
            each.user,
            each.role,
            *each.pattern,
            each.valid_from,
            each.valid_until,
            version,
        )


async def end_assignments(connection: Connection, version: int, user: str, role: str, pattern: Pattern) -> int:
    """Take a role from a user within exactly this pattern; tells how many assignments that ended."""
    rows = await connection.fetch(
        """update role_assignments set until = $1
           where until is null and user_id = (select id from users where username = $2) and role = $3
             and sales_organization = $4 and distribution_channel = $5 and division = $6
           returning id""",
        version,
        user,
        role,
        *pattern,
    )
    return len(rows)


async def read_policy(connection: Connection, version: int) -> Policy:
    """The roles, lines and links of a version, read anew."""
    roles = await connection.fetch(f"select name, title, title_zh from policy_roles where {IN_FORCE} order by name", version)
    lines = await connection.fetch(f"select * from policy_lines where {IN_FORCE} order by id", version)
    links = await connection.fetch(f"select role, parent from policy_links where {IN_FORCE} order by id", version)
    return Policy(
        version,
        {row["name"]: Role(row["name"], row["title"], row["title_zh"]) for row in roles},
        tuple(map(_line, lines)),
        tuple(Link(row["role"], row["parent"]) for row in links),
    )


def _line(row: Any) -> Line:
    limit = row["measure_limit"]
    return Line(
        row["role"],
        _pattern(row),
        row["object"],
        Activity[row["activity"]],
        Reach(row["reach"]),
        None if limit is None else limit.normalize(),
        Effect(row["effect"]),
    )


def assignment_of(row: Any) -> Assignment:
    """The assignment that a row of `ASSIGNMENT` tells of."""
    return Assignment(row["username"], row["role"], _pattern(row), row["valid_from"], row["valid_until"])


def _pattern(row: Any) -> Pattern:
    return Pattern((row["sales_organization"], row["distribution_channel"], row["division"]))
