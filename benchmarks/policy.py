"""`make bench-policy`: what decisions and administration take in a company of many users, roles and organizations.

A seeded generator makes 10,000 users, 300 roles, 10,000 policy lines, 30,000 assignments and 200 sales organizations in a
database of its own under var/bench, over the demo company's customers. Everything is asked over HTTP, of one worker, but for
scopes, which are compiled in this process. Each figure stands beside its goal.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from api.auth.authority import Authority
from api.auth.policy_store import POLICY_LOCK, assignments_of, forget_policies, policy_at, seal
from api.auth.standard import catalogue
from benchmarks.bench import ROOT, environment_of, postgres, serving, sign_in
from domain.activity import Activity
from domain.caller import UserKind
from models.config import connection_settings

DATABASE = "bench_policy"
PORT = 8951
USERS, ROLES, LINES, ASSIGNMENTS, ORGANIZATIONS = 10_000, 300, 10_000, 30_000, 200
HOLDERS_OF_COMMON = 3_000
COMMON = "role-000"
"""The role that 3,000 people have."""
out = Console(highlight=False)

CREATE = """mutation ($input: CreatePolicyChangeInput!) { do: createPolicyChange(input: $input) { policyChange { id version } userErrors { reason field } } }"""
SIMULATE = "query ($id: ID!) { policyChange(id: $id) { simulation { gains { user { username } object activity salesAreas rows } losses { user { username } object activity salesAreas rows } conflicts { risk level user { username } salesAreas } lockout } } }"
STEP = "mutation ($input: {kind}PolicyChangeInput!) {{ do: {name}PolicyChange(input: $input) {{ policyChange {{ id version }} userErrors {{ reason field message }} }} }}"
EXPLAIN = 'query ($user: String!, $area: String!) { explainAccess(user: $user, object: "sales_order", activity: CREATE, salesArea: $area) { allowed missing { reason smallestGrants { role } } } }'
WHO = 'query ($area: String!) { whoCan(object: "customer", activity: DISPLAY, salesArea: $area, first: 200) { totalCount edges { node { user { username } through { role salesAreas } } } } }'
SOD = "{ segregationOfDutiesConflicts(first: 50) { totalCount pageInfo { hasNextPage } edges { node { risk user { username } } } } }"
COUNT = "{ customers(first: 1) { totalCount } }"


def main() -> None:
    """Measure and show."""
    with postgres() as server:
        url = _company(server)
        table = Table("what", "took", "goal", "")
        for what, taken, goal in (*asyncio.run(_scopes(url)), *_over_http(url)):
            kept = taken <= goal
            table.add_row(
                what, _shown(taken), f"≤ {_shown(goal)}", "" if kept else f"[red]{taken / goal:.1f} times the goal[/red]"
            )
        out.print(table)


async def _scopes(url: str) -> list[tuple[str, float, float]]:
    """One scope, made for the first time and asked for again; the policy itself is there, as in a running process."""
    connection = await asyncpg.connect(**connection_settings(url))
    try:
        version = await connection.fetchval("select max(version) from policy_versions")
        now = await connection.fetchval("select clock_timestamp()")
        forget_policies()
        begin = time.perf_counter()
        policy = await policy_at(connection, version)
        read = time.perf_counter() - begin
        users = await connection.fetch(
            "select id, username from users where username like 'u%' order by md5(username) limit 200"
        )
        cold, warm = [], []
        for row in users:
            assignments = await assignments_of(connection, row["id"], version)
            authority = Authority(row["id"], row["username"], UserKind.EMPLOYEE, policy, assignments, now)
            for times in (cold, warm):
                begin = time.perf_counter()
                authority.scope("sales_order", Activity.CREATE)
                times.append(time.perf_counter() - begin)
    finally:
        await connection.close()
    out.print(f"the policy is read in {_shown(read)}, once per version and process")
    return [
        ("a scope, cold (worst of 200 users)", max(cold), 0.005),
        ("a scope, warm (worst of 200 users)", max(warm), 0.000_05),
    ]


def _over_http(url: str) -> Iterator[tuple[str, float, float]]:
    base = f"http://127.0.0.1:{PORT}/graphql"
    environment = environment_of(url) | {"PORT": str(PORT), "SDGRAPH_READ_SECONDS": "60"}
    with serving([sys.executable, "-m", "api", "serve"], environment, PORT):
        tokens = {user: sign_in(base, user) for user in ("admin", "admin.2", "clerk.1000")}
        officer = sign_in(base, "sod.officer")

        def ask(query: str, token: str, **variables: Any) -> Any:
            body = json.dumps({"query": query, "variables": variables}).encode()
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
            with urllib.request.urlopen(urllib.request.Request(base, body, headers), timeout=120) as answer:
                read = json.load(answer)
            assert "errors" not in read, read["errors"]
            return read["data"]

        def timed(ask_once: Callable[[int], Any], times: int) -> float:
            taken = []
            for place in range(times):
                begin = time.perf_counter()
                ask_once(place)
                taken.append(time.perf_counter() - begin)
            return median(taken)

        def draft(*operations: dict[str, Any]) -> dict[str, Any]:
            done = ask(CREATE, tokens["admin"], input={"reason": "bench", "operations": list(operations)})["do"]
            assert done["userErrors"] == [], done
            return done["policyChange"]  # type: ignore[no-any-return]

        admin = tokens["admin"]
        ask(EXPLAIN, admin, user="u00001", area="O000/10/00")
        yield "explainAccess", timed(lambda place: ask(EXPLAIN, admin, user=f"u{place:05}", area=f"O{place:03}/10/00"), 20), 0.1
        yield "whoCan, a page of 200", timed(lambda place: ask(WHO, admin, area=f"O{place:03}/10/00"), 5), 1.0
        yield "segregation of duties, all users", timed(lambda _: ask(SOD, officer), 2), 10.0
        one = draft({"assign": {"user": "u00007", "role": "role-007", "salesAreas": ["1000/*/*"]}})
        yield "simulating an assignment", timed(lambda _: ask(SIMULATE, admin, id=one["id"]), 3), 2.0
        many = draft(_allow(COMMON, "customer", "DISPLAY", "EXPORT"))
        found: list[Any] = []
        yield (
            "simulating a role that 3,000 people have",
            timed(lambda _: found.append(ask(SIMULATE, admin, id=many["id"])), 2),
            10.0,
        )
        out.print(f"that change: {len(found[0]['policyChange']['simulation']['gains']):,} gains")
        change = draft({"assign": {"user": "clerk.1000", "role": "sales-clerk", "salesAreas": ["2000/*/*"]}})
        before = ask(COUNT, tokens["clerk.1000"])["customers"]["totalCount"]
        begin = time.perf_counter()
        done = ask(STEP.format(kind="Activate", name="activate"), admin, input={"policyChange": change["id"]})["do"]
        assert done["userErrors"] == [], done
        yield "activating an assignment", time.perf_counter() - begin, 2.0
        assert ask(COUNT, tokens["clerk.1000"])["customers"]["totalCount"] > before, (
            "the next request was decided by the old policy"
        )
        out.print("the next request was decided by the new policy")


def _allow(role: str, object: str, *activities: str) -> dict[str, Any]:
    return {"allow": {"role": role, "salesAreas": ["*/*/*"], "object": object, "activities": list(activities)}}


def _company(server: Any) -> str:
    """The URL of the generated company, made anew."""
    url: str = server.get_uri(database=DATABASE)
    server.psql(f"drop database if exists {DATABASE} with (force)")
    server.psql(f"create database {DATABASE}")
    for command in ("migrate", "seed"):
        subprocess.run(
            [sys.executable, "-m", "api", command],
            cwd=ROOT,
            env=environment_of(url) | {"SDGRAPH_DEMO_PASSWORD": "bench"},
            check=True,
            capture_output=True,
        )
    asyncio.run(_fill(url))
    return url


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(**connection_settings(url))
    async with connection.transaction():
        await generate(connection)
    await connection.execute("analyze")
    await connection.close()


async def generate(connection: Any, seed: int = 7) -> None:
    """Users, roles, lines and assignments as one further version, in the caller's transaction."""
    chance = random.Random(seed)  # the same company every time
    await connection.execute("select pg_advisory_xact_lock($1)", POLICY_LOCK)
    version = await connection.fetchval("select max(version) + 1 from policy_versions")
    rights = [(object.name, activity.name) for object in catalogue().values() for activity in object.activities]
    organizations = [f"O{number:03}" for number in range(ORGANIZATIONS)]
    roles = [f"role-{number:03}" for number in range(ROLES)]
    now = await connection.fetchval("select now()")
    await connection.copy_records_to_table(
        "users",
        columns=[
            "username",
            "display_name",
            "kind",
            "locale",
            "search_text",
            "created_at",
            "home",
            "password_initial",
            "version",
        ],
        records=[
            (f"u{n:05}", f"User {n}", "EMPLOYEE", "en", f"u{n:05}\nuser {n}", now, "*/*/*", False, 1) for n in range(USERS)
        ],
    )
    ids = {
        row["username"]: row["id"] for row in await connection.fetch("select id, username from users where username like 'u%'")
    }
    await connection.copy_records_to_table(
        "policy_roles", columns=["name", "title", "title_zh", "since"], records=[(name, name, name, version) for name in roles]
    )
    lines = set()
    while len(lines) < LINES:
        object, activity = chance.choice(rights)
        area = (chance.choice(organizations), "*", "*") if chance.random() < 0.2 else ("*", "*", "*")
        lines.add(
            (chance.choice(roles), *area, object, activity, "all", None, "allow" if chance.random() < 0.98 else "deny", version)
        )
    columns = [
        "role",
        "sales_organization",
        "distribution_channel",
        "division",
        "object",
        "activity",
        "reach",
        "measure_limit",
        "effect",
        "since",
    ]
    await connection.copy_records_to_table("policy_lines", columns=columns, records=sorted(lines, key=str))
    links = [(roles[place], roles[place + chance.randint(1, 30)], version) for place in range(0, ROLES - 30, 9)]
    await connection.copy_records_to_table("policy_links", columns=["role", "parent", "since"], records=links)
    given = {(ids[f"u{n:05}"], COMMON, chance.choice(organizations), "*", "*", version) for n in range(HOLDERS_OF_COMMON)}
    while len(given) < ASSIGNMENTS:
        user = ids[f"u{chance.randrange(USERS):05}"]
        area = (chance.choice(organizations), chance.choice(("*", "10", "20")), "*")
        given.add((user, roles[int(chance.triangular(1, ROLES - 1, 1))], *area, version))
    columns = ["user_id", "role", "sales_organization", "distribution_channel", "division", "since"]
    await connection.copy_records_to_table("role_assignments", columns=columns, records=sorted(given, key=str))
    await connection.execute(
        "insert into policy_versions (version, activated_at, activated_by, reason) values ($1, clock_timestamp(), 'bench', 'made')",
        version,
    )
    await seal(connection)


def _shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms" if seconds >= 0.001 else f"{seconds * 1e6:.1f} µs"


if __name__ == "__main__":
    main()
