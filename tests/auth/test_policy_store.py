"""Editing the stored policy: a malformed edit writes nothing, edits at once get versions of their own, old ones stay."""

from __future__ import annotations

import asyncio
import csv
import subprocess
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest

from api.auth import policy_store
from api.auth.policy_edit import (
    Edit,
    adding_lines,
    adding_link,
    adding_role,
    assigning,
    edit_policy,
    ending_lines,
    install_standard,
    unassigning,
)
from api.auth.standard import catalogue, standard_policy
from api.database import models_open
from domain.areas import pattern_of
from domain.errors import Conflict, Invalid, Problem
from domain.policy import Assignment, Link, Policy, Role, line_of, row_of
from models.config import connection_settings
from tests.conftest import run_command

Result = TypeVar("Result")
Change = Callable[[Edit], Awaitable[None]]

BEGIN = datetime(2026, 7, 1, tzinfo=timezone.utc)
A_LINE = ("sales-clerk", "2000/20/*", "sales_order", "APPROVE", "all", "500000", "allow")
A_DENY = ("sales-clerk", "2000/20/*", "sales_order", "APPROVE", "all", "", "deny")
THERE = ("credit-controller", "*/*/*", "credit_block", "RELEASE", "all", "500000", "allow")
TABLES = ("policy_versions", "policy_roles", "policy_lines", "policy_links", "role_assignments")


def in_database(database: str, work: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


def edit(database: str, *changes: Change, by: str = "test", reason: str = "a test") -> list[int]:
    """The versions of these edits, one after another."""

    async def run() -> list[int]:
        async with models_open(database):
            return [await edit_policy(by, reason, change) for change in changes]

    return asyncio.run(run())


def contents(database: str) -> dict[str, list[str]]:
    """Everything that is stored of the policy, whole rows, the versions included."""

    async def read(connection: asyncpg.Connection) -> dict[str, list[str]]:
        return {
            table: [row[0] for row in await connection.fetch(f"select t::text from {table} t order by 1")] for table in TABLES
        }

    return in_database(database, read)


def policy(database: str, version: int) -> Policy:
    return in_database(database, lambda connection: policy_store.read_policy(connection, version))


def assignments(database: str, version: int) -> tuple[Assignment, ...]:
    return in_database(database, lambda connection: policy_store.all_assignments(connection, version))


def current_version(database: str) -> int:
    return in_database(database, lambda connection: connection.fetchval("select max(version) from policy_versions"))


# ------------------------------------------------------------------------------------------------------ malformed edits


@pytest.fixture(scope="module")
def chain(database: str) -> str:
    """The demo company with a chain of eight roles, deep-1 down to deep-8."""
    roles = [Role(f"deep-{place}", "Deep", "深") for place in range(1, 9)]
    edit(
        database,
        *(adding_role(role) for role in roles),
        *(adding_link(Link(f"deep-{place}", f"deep-{place + 1}")) for place in range(1, 8)),
    )
    return database


def a_row(**columns: str) -> tuple[str, ...]:
    names = ("role", "area", "object", "activity", "reach", "limit", "effect")
    return tuple((dict(zip(names, A_LINE, strict=True)) | columns).values())


def a_role(name: str, *, title: str = "New", title_zh: str = "新") -> Role:
    return Role(name, title, title_zh)


MALFORMED: list[tuple[str, Change, type[Problem], list[tuple[str, str | None]]]] = [
    ("a short line", adding_lines([A_LINE[:6]]), Invalid, [("LINE_LENGTH", None)]),
    ("a long line", adding_lines([(*A_LINE, "")]), Invalid, [("LINE_LENGTH", None)]),
    ("an empty line", adding_lines([()]), Invalid, [("LINE_LENGTH", None)]),
    ("Deny", adding_lines([a_row(effect="Deny", limit="")]), Invalid, [("UNKNOWN_EFFECT", "effect")]),
    ("Allow", adding_lines([a_row(effect="Allow")]), Invalid, [("UNKNOWN_EFFECT", "effect")]),
    ("an unknown activity", adding_lines([a_row(activity="FLY")]), Invalid, [("UNKNOWN_ACTIVITY", "activity")]),
    ("an unknown object", adding_lines([a_row(object="order")]), Invalid, [("UNKNOWN_OBJECT", "object")]),
    ("an unknown reach", adding_lines([a_row(reach="some")]), Invalid, [("UNKNOWN_REACH", "reach")]),
    ("a pattern of half an area", adding_lines([a_row(area="2000/20")]), Invalid, [("PATTERN_MALFORMED", "area")]),
    ("a pattern of a part of a code", adding_lines([a_row(area="20*/20/*")]), Invalid, [("PATTERN_MALFORMED", "area")]),
    ("a list for a pattern", adding_lines([a_row(area="1000,2000/20/*")]), Invalid, [("PATTERN_MALFORMED", "area")]),
    ("a limit in words", adding_lines([a_row(limit="half a million")]), Invalid, [("LIMIT_MALFORMED", "limit")]),
    (
        "a limit without measure",
        adding_lines([a_row(object="customer", activity="CHANGE")]),
        Invalid,
        [("LIMIT_WITHOUT_MEASURE", "limit")],
    ),
    ("a deny with a limit", adding_lines([a_row(effect="deny")]), Invalid, [("DENY_WITH_LIMIT", "limit")]),
    (
        "a deny of own records",
        adding_lines([a_row(effect="deny", limit="", reach="own")]),
        Invalid,
        [("DENY_WITH_OWN", "reach")],
    ),
    ("an unknown role", adding_lines([a_row(role="nobody")]), Invalid, [("UNKNOWN_ROLE", "role")]),
    ("a malformed line after good ones", adding_lines([A_LINE, A_DENY, A_LINE[:6]]), Invalid, [("LINE_LENGTH", None)]),
    ("a line that is not there", ending_lines([A_LINE]), Invalid, [("LINE_MISSING", None)]),
    ("a line with another limit", ending_lines([(*THERE[:5], "500001", "allow")]), Invalid, [("LINE_MISSING", None)]),
    ("a line without its limit", ending_lines([(*THERE[:5], "", "allow")]), Invalid, [("LINE_MISSING", None)]),
    ("a line that is there, and one that is not", ending_lines([THERE, A_LINE]), Invalid, [("LINE_MISSING", None)]),
    ("the same line taken away twice", ending_lines([THERE, THERE]), Invalid, [("LINE_MISSING", None)]),
    ("a malformed line taken away", ending_lines([a_row(effect="Deny")]), Invalid, [("UNKNOWN_EFFECT", "effect")]),
    ("a role that there is", adding_role(a_role("dealer")), Invalid, [("ROLE_EXISTS", "role")]),
    ("a role in capitals", adding_role(a_role("Dealer")), Invalid, [("NAME_MALFORMED", "role")]),
    ("a role with its kind", adding_role(a_role("role:x")), Invalid, [("NAME_MALFORMED", "role")]),
    ("a role without name", adding_role(a_role("")), Invalid, [("NAME_MALFORMED", "role")]),
    ("a role of 61 characters", adding_role(a_role("x" * 61)), Invalid, [("NAME_MALFORMED", "role")]),
    ("a role without title", adding_role(a_role("x", title=" ")), Invalid, [("TEXT_EMPTY", "title")]),
    (
        "a role of long titles",
        adding_role(a_role("x", title="x" * 121, title_zh="新" * 121)),
        Invalid,
        [("TEXT_TOO_LONG", "title"), ("TEXT_TOO_LONG", "titleZh")],
    ),
    ("a role of unknown parents", adding_role(a_role("x"), ["dealer", "nobody"]), Invalid, [("UNKNOWN_ROLE", "inherits")]),
    ("a role of itself", adding_role(a_role("x"), ["x"]), Invalid, [("INHERITANCE_CIRCLE", "inherits")]),
    ("a ninth role on top", adding_role(a_role("x"), ["deep-1"]), Invalid, [("INHERITANCE_TOO_DEEP", "inherits")]),
    ("a ninth role below", adding_link(Link("deep-8", "dealer")), Invalid, [("INHERITANCE_TOO_DEEP", "inherits")]),
    ("a circle of eight", adding_link(Link("deep-8", "deep-1")), Invalid, [("INHERITANCE_CIRCLE", "inherits")]),
    ("a role that inherits itself", adding_link(Link("dealer", "dealer")), Invalid, [("INHERITANCE_CIRCLE", "inherits")]),
    ("an unknown role below", adding_link(Link("dealer", "nobody")), Invalid, [("UNKNOWN_ROLE", "inherits")]),
    ("an unknown role on top", adding_link(Link("nobody", "dealer")), Invalid, [("UNKNOWN_ROLE", "inherits")]),
    ("an unknown user", assigning("nobody", "dealer", ["*/*/*"]), Invalid, [("UNKNOWN_USER", "user")]),
    ("a user in capitals", assigning("Admin", "dealer", ["*/*/*"]), Invalid, [("UNKNOWN_USER", "user")]),
    ("an unknown role assigned", assigning("admin", "nobody", ["*/*/*"]), Invalid, [("UNKNOWN_ROLE", "role")]),
    ("a good area and a bad one", assigning("admin", "dealer", ["*/*/*", "x"]), Invalid, [("PATTERN_MALFORMED", "salesAreas")]),
    (
        "a reversed validity",
        assigning("admin", "dealer", ["*/*/*"], BEGIN, BEGIN - timedelta(days=1)),
        Invalid,
        [("VALIDITY_REVERSED", "validTo")],
    ),
    (
        "a validity of no instant",
        assigning("admin", "dealer", ["*/*/*"], BEGIN, BEGIN.astimezone(timezone(timedelta(hours=8)))),
        Invalid,
        [("VALIDITY_REVERSED", "validTo")],
    ),
    (
        "a begin before all zones",
        assigning("admin", "dealer", ["*/*/*"], datetime(1, 1, 1, tzinfo=timezone.utc)),
        Invalid,
        [("INSTANT_TOO_FAR", "validFrom")],
    ),
    (
        "an end after all zones",
        assigning("admin", "dealer", ["*/*/*"], BEGIN, datetime(9999, 12, 31, 23, tzinfo=timezone.utc)),
        Invalid,
        [("INSTANT_TOO_FAR", "validTo")],
    ),
    (
        "an assignment that there is",
        assigning("clerk.1000", "sales-clerk", ["2000/*/*", "1000/*/*"]),
        Conflict,
        [("ASSIGNMENT_EXISTS", "role")],
    ),
    (
        "an assignment that is not there",
        unassigning("clerk.1000", "sales-clerk", ["1000/*/*", "1000/10/*"]),
        Invalid,
        [("ASSIGNMENT_MISSING", "salesAreas")],
    ),
    ("an area of nonsense", unassigning("clerk.1000", "sales-clerk", ["1000"]), Invalid, [("PATTERN_MALFORMED", "salesAreas")]),
    ("an unknown user's role", unassigning("nobody", "sales-clerk", ["1000/*/*"]), Invalid, [("UNKNOWN_USER", "user")]),
]


@pytest.mark.parametrize(("change", "kind", "faults"), [pytest.param(*rest, id=what) for what, *rest in MALFORMED])
def test_a_malformed_edit_is_refused_and_writes_nothing(
    chain: str, change: Change, kind: type[Problem], faults: list[tuple[str, str | None]]
) -> None:
    before = contents(chain)
    with pytest.raises(kind) as refused:
        edit(chain, change)
    assert [(refusal.reason, refusal.field) for refusal in refused.value.refusals] == faults
    assert contents(chain) == before


@pytest.mark.parametrize(
    ("by", "reason", "field"),
    [pytest.param("x" * 61, "", "by", id="who"), pytest.param("admin", "x" * 501, "reason", id="why")],
)
def test_who_and_why_fit_the_history_or_are_refused(chain: str, by: str, reason: str, field: str) -> None:
    before = contents(chain)
    with pytest.raises(Invalid) as refused:
        edit(chain, adding_lines([A_LINE]), by=by, reason=reason)
    assert [(refusal.reason, refusal.field) for refusal in refused.value.refusals] == [("TEXT_TOO_LONG", field)]
    assert contents(chain) == before


def test_an_edit_that_fails_for_any_reason_leaves_nothing_and_takes_no_version(chain: str) -> None:
    async def half(edit: Edit) -> None:
        await adding_lines([A_LINE])(edit)
        raise RuntimeError("the cable")

    before = contents(chain)
    with pytest.raises(RuntimeError, match="the cable"):
        edit(chain, half)
    assert contents(chain) == before
    assert edit(chain, adding_role(a_role("after-the-cable"))) == [len(before["policy_versions"]) + 1]


# ------------------------------------------------------------------------------------------------- the database's own no

BROKEN_ROWS = [
    ("policy_lines", {"effect": "Deny"}, asyncpg.CheckViolationError),
    ("policy_lines", {"effect": ""}, asyncpg.CheckViolationError),
    ("policy_lines", {"reach": "ALL"}, asyncpg.CheckViolationError),
    ("policy_lines", {"effect": "deny", "measure_limit": Decimal(5)}, asyncpg.CheckViolationError),
    ("policy_lines", {"effect": "deny", "reach": "own"}, asyncpg.CheckViolationError),
    ("policy_lines", {"role": "role:x"}, asyncpg.CheckViolationError),
    ("policy_lines", {"object": "Sales Order"}, asyncpg.CheckViolationError),
    ("policy_lines", {"sales_organization": "10*"}, asyncpg.CheckViolationError),
    ("policy_lines", {"distribution_channel": "1,2"}, asyncpg.CheckViolationError),
    ("policy_lines", {"division": ""}, asyncpg.CheckViolationError),
    ("policy_lines", {"division": "1/2"}, asyncpg.CheckViolationError),
    ("policy_lines", {"until": 1}, asyncpg.CheckViolationError),
    ("policy_lines", {"activity": None}, asyncpg.NotNullViolationError),
    ("policy_lines", {"effect": None}, asyncpg.NotNullViolationError),
    ("role_assignments", {"sales_organization": "**"}, asyncpg.CheckViolationError),
    ("role_assignments", {"role": "Dealer"}, asyncpg.CheckViolationError),
    ("role_assignments", {"valid_from": BEGIN, "valid_until": BEGIN}, asyncpg.CheckViolationError),
    ("role_assignments", {"user_id": 0}, asyncpg.ForeignKeyViolationError),
    ("policy_roles", {"name": "dealer"}, asyncpg.UniqueViolationError),
    ("policy_roles", {"name": "a role"}, asyncpg.CheckViolationError),
    ("policy_links", {"role": "sales-manager", "parent": "sales-clerk"}, asyncpg.UniqueViolationError),
    ("policy_versions", {"version": 1}, asyncpg.UniqueViolationError),
]
AREA = {"sales_organization": "1000", "distribution_channel": "*", "division": "*"}
HELD = {"since": 1, "until": None}
RIGHT = {"object": "quotation", "activity": "APPROVE", "reach": "all", "measure_limit": None, "effect": "allow"}
GOOD_ROWS: dict[str, dict[str, Any]] = {
    "policy_lines": {"role": "dealer", **AREA, **RIGHT, **HELD},
    "role_assignments": {"user_id": 1, "role": "dealer", **AREA, "valid_from": None, "valid_until": None, **HELD},
    "policy_roles": {"name": "new", "title": "New", "title_zh": "新", **HELD},
    "policy_links": {"role": "dealer", "parent": "agent", **HELD},
    "policy_versions": {"version": 10**6, "activated_at": BEGIN, "activated_by": "test", "reason": ""},
}


async def insert(connection: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    """Insert a row, and take it back."""
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
    finally:
        await transaction.rollback()


@pytest.mark.parametrize(("table", "change", "error"), [pytest.param(*row, id=f"{row[0]} {row[1]}") for row in BROKEN_ROWS])
def test_a_broken_row_cannot_be_stored_by_anybody(
    chain: str, table: str, change: dict[str, Any], error: type[asyncpg.PostgresError]
) -> None:
    in_database(chain, lambda connection: insert(connection, table, GOOD_ROWS[table]))
    with pytest.raises(error):
        in_database(chain, lambda connection: insert(connection, table, GOOD_ROWS[table] | change))


def test_an_area_named_twice_is_assigned_and_taken_once(database: str) -> None:
    given, taken = edit(
        database, assigning("admin.2", "agent", ["1000/*/*"] * 2), unassigning("admin.2", "agent", ["1000/*/*"] * 2)
    )
    assert [each.pattern for each in assignments(database, given) if each.role == "agent" and each.user == "admin.2"] == [
        pattern_of("1000/*/*")
    ]
    assert not [each for each in assignments(database, taken) if each.role == "agent" and each.user == "admin.2"]


def test_a_line_cannot_be_in_force_twice_and_can_be_there_again_later(chain: str) -> None:
    line = ("agent", "*/*/*", "quotation", "APPROVE", "own", "", "allow")
    first, second, ended, again = edit(
        chain, adding_lines([line, line]), adding_lines([line]), ending_lines([line]), adding_lines([line])
    )
    held = [policy(chain, version).own_lines_of("agent").count(_line(line)) for version in (first, second, ended, again)]
    assert held == [1, 1, 0, 1]


# --------------------------------------------------------------------------------------------------------- versions


def _line(row: tuple[str, ...]) -> Any:
    return line_of(row, catalogue(), {row[0]: Role(row[0], "", "")})


def test_the_first_version_is_the_standard_policy(database: str) -> None:
    stored, standard = policy(database, 1), standard_policy()
    assert stored.roles == standard.roles
    assert set(stored.lines) == set(standard.lines)
    assert set(stored.links) == set(standard.links)
    assert assignments(database, 1) == ()


def test_the_standard_policy_is_installed_once(database: str) -> None:
    async def install() -> int | None:
        async with models_open(database):
            return await install_standard()

    before = contents(database)
    assert asyncio.run(install()) is None
    assert contents(database) == before


@pytest.mark.parametrize("limit", ["0", "-0.000000001", "0.1", "9999999999999999999.999999999", "500000", "10.50"])
def test_a_limit_is_read_as_it_was_written(database: str, limit: str) -> None:
    row = ("sales-manager", "3000/*/*", "sales_order", "APPROVE", "all", limit, "allow")
    (version,) = edit(database, adding_lines([row]))
    (line,) = set(policy(database, version).lines) - set(policy(database, version - 1).lines)
    assert line == _line(row)
    assert Decimal(row_of(line)[5]) == Decimal(limit)
    (after,) = edit(database, ending_lines([row]))
    assert policy(database, after).lines == policy(database, version - 1).lines


def test_every_earlier_version_can_be_read_back(database: str) -> None:
    """What was in force when it was the newest is what is read of it ever after, roles, lines, links and assignments."""
    half_a_year = (BEGIN, BEGIN + timedelta(days=184))
    changes = [
        adding_role(a_role("branch"), ["employee-basics"]),
        adding_lines([("branch", "1000/*/*", "customer", "DISPLAY", "all", "", "allow")]),
        assigning("clerk.2000", "branch", ["1000/*/*", "1000/10/*"]),
        assigning("clerk.2000", "branch", ["1000/*/*"], *half_a_year),
        adding_lines([("branch", "1000/10/*", "customer", "DISPLAY", "all", "", "deny")]),
        adding_link(Link("branch", "partner-basics")),
        unassigning("clerk.2000", "branch", ["1000/10/*"]),
        ending_lines([("branch", "1000/*/*", "customer", "DISPLAY", "all", "", "allow")]),
        unassigning("clerk.2000", "branch", ["1000/*/*"]),
        assigning("clerk.2000", "branch", ["1000/10/*"]),
    ]
    seen = []
    for change in changes:
        (version,) = edit(database, change)
        seen.append((version, policy(database, version), assignments(database, version)))
    versions = [version for version, _, _ in seen]
    assert versions == list(range(versions[0], versions[0] + len(changes)))
    for version, then, given in seen:
        assert policy(database, version) == then
        assert assignments(database, version) == given
    branch = [{(str(each.pattern[1]), each.valid_from) for each in given if each.role == "branch"} for _, _, given in seen]
    assert branch[3] == {("*", None), ("10", None), ("*", BEGIN)}
    assert branch[6] == {("*", None), ("*", BEGIN)}
    assert branch[8] == set()
    assert [len(then.own_lines_of("branch")) for _, then, _ in seen] == [0, 1, 1, 1, 2, 2, 2, 1, 1, 1]
    assert "branch" not in policy(database, versions[0] - 1).roles


def test_the_version_of_an_instant_is_the_one_that_was_in_force_then(database: str) -> None:
    first, second = edit(database, adding_role(a_role("then")), adding_role(a_role("later")))

    async def versions(connection: asyncpg.Connection) -> list[int | None]:
        rows = await connection.fetch(
            "select activated_at from policy_versions where version in ($1, $2) order by 1", first, second
        )
        instants = [rows[0][0], rows[1][0] - timedelta(microseconds=1), rows[1][0]]
        long_ago = datetime(2000, 1, 1, tzinfo=timezone.utc)
        return [await policy_store.version_at(connection, instant) for instant in (*instants, long_ago)]

    assert in_database(database, versions) == [first, first, second, None]


def test_the_history_says_who_and_why(database: str) -> None:
    (version,) = edit(database, adding_role(a_role("audited")), by="admin", reason="branch audit 审计")

    async def read(connection: asyncpg.Connection) -> Any:
        return await connection.fetchrow(
            """select activated_by, reason, clock_timestamp() - activated_at < interval '1 minute'
               from policy_versions where version = $1""",
            version,
        )

    assert tuple(in_database(database, read)) == ("admin", "branch audit 审计", True)


# ---------------------------------------------------------------------------------------------------------- at once

AT_ONCE = 24


def test_edits_at_once_get_versions_of_their_own_one_after_another(database: str) -> None:
    """Every third of them fails; it takes no version, and what it wrote is in none."""

    async def refused(edit: Edit) -> None:
        await adding_lines([A_LINE])(edit)
        await asyncio.sleep(0.01)
        raise Invalid.because("LINE_MISSING")

    async def run() -> list[int | BaseException]:
        async with models_open(database):
            return await asyncio.gather(
                *(
                    edit_policy("test", f"edit {place}", refused if place % 3 == 0 else adding_role(a_role(f"at-once-{place}")))
                    for place in range(AT_ONCE)
                ),
                return_exceptions=True,
            )

    before = current_version(database)
    outcomes = asyncio.run(run())
    assert all(isinstance(outcome, Invalid) is (place % 3 == 0) for place, outcome in enumerate(outcomes))
    versions = {place: outcome for place, outcome in enumerate(outcomes) if isinstance(outcome, int)}
    assert sorted(versions.values()) == list(range(before + 1, before + 1 + len(versions)))
    assert current_version(database) == before + len(versions)
    for place, version in versions.items():
        assert set(policy(database, version).roles) - set(policy(database, version - 1).roles) == {f"at-once-{place}"}
        assert _line(A_LINE) not in policy(database, version).lines


def test_the_same_edit_at_once_is_made_once(database: str) -> None:
    """The second sees what the first one did, although both began before it."""

    async def run() -> list[int | BaseException]:
        async with models_open(database):
            change = [edit_policy("test", "twice", assigning("admin", "auditor", ["1000/*/*"])) for _ in range(6)]
            return await asyncio.gather(*change, return_exceptions=True)

    outcomes = asyncio.run(run())
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 5 + ["int"]
    given = [
        each for each in assignments(database, current_version(database)) if (each.user, each.role) == ("admin", "auditor")
    ]
    assert given == [Assignment("admin", "auditor", pattern_of("1000/*/*"))]


# --------------------------------------------------------------------------------------------------- the command line


Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def policy_command(database: str, run_directory: Path) -> Command:
    """`python -m api policy …` on the demo company."""
    return lambda *arguments: run_command(database, run_directory, "policy", *arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(
            ("allow", "sales-clerk", "*/*/*", "customer", "FLY"), "activity: The object has no activity FLY.", id="an activity"
        ),
        pytest.param(
            ("deny", "sales-clerk", "1000", "customer", "CHANGE"), "area: 1000 is not a sales area pattern", id="a pattern"
        ),
        pytest.param(("inherit", "employee-basics", "sales-manager"), "Roles inherit each other in a circle", id="a circle"),
        pytest.param(("assign", "nobody", "dealer", "*/*/*"), "user: There is no user nobody.", id="a user"),
        pytest.param(
            ("assign", "admin", "dealer", "*/*/*", "--valid-from", "2026-07-02", "--valid-to", "2026-07-01"),
            "validTo: The end of the validity lies before its begin.",
            id="a reversed validity",
        ),
        pytest.param(
            ("assign", "admin", "dealer", "*/*/*", "--valid-to", "tomorrow"), "tomorrow is not a date", id="a day in words"
        ),
        pytest.param(
            ("assign", "admin", "dealer", "*/*/*", "--valid-from", "0001-01-01"), "0001-01-01 is not a date", id="day one"
        ),
        pytest.param(
            ("remove", "sales-clerk", "*/*/*", "material", "DISPLAY"), "There is no such policy line.", id="no such line"
        ),
        pytest.param(
            ("deny", "dealer", "*/*/*", "customer", "DISPLAY", "--reason", "x" * 501), "reason: The text has 501", id="too long"
        ),
    ],
)
def test_a_malformed_command_is_told_in_words_and_writes_nothing(
    database: str, policy_command: Command, arguments: tuple[str, ...], words: str
) -> None:
    before = contents(database)
    done = policy_command(*arguments)
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert contents(database) == before


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        pytest.param(
            "sales-clerk,*/*/*,quotation,APPROVE,all,", "A policy line has 7 columns; this one has 6.", id="a short line"
        ),
        pytest.param("sales-clerk,*/*/*,quotation,APPROVE,all,,Deny", "not Deny", id="Deny"),
        pytest.param("sales-clerk,*/*/*,quotation,APPROVE,all,5,deny", "A deny carries no limit.", id="a deny with a limit"),
    ],
)
def test_a_file_of_lines_is_stored_whole_or_not_at_all(
    database: str, policy_command: Command, tmp_path: Path, bad: str, words: str
) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(f"sales-clerk, */*/*, quotation, APPROVE, all, 1000, allow\n\n{bad}\n", "utf-8")
    before = contents(database)
    done = policy_command("add", str(file))
    assert (done.returncode, words in " ".join(done.stderr.split())) == (1, True)
    assert contents(database) == before


def test_the_how_tos_edits_do_what_they_say(database: str, policy_command: Command, tmp_path: Path) -> None:
    """docs/how-to/edit-policies.md, command by command."""
    file = tmp_path / "lines.csv"
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerow(("east-assistant", "*/*/*", "customer", "BLOCK", "own", "", "allow"))
    before = current_version(database)
    edits = [
        ("create-role", "east-assistant", "--title", "East assistant", "--inherits", "employee-basics"),
        ("allow", "east-assistant", "*/*/*", "customer", "DISPLAY"),
        ("allow", "east-assistant", "*/*/*", "credit_block", "RELEASE", "--limit", "250000"),
        ("deny", "east-assistant", "2000/20/*", "customer", "CHANGE", "--reason", "branch audit"),
        ("remove", "east-assistant", "2000/20/*", "customer", "CHANGE", "--effect", "deny"),
        ("add", str(file)),
        ("assign", "clerk.3000", "east-assistant", "1000/*/*", "--valid-from", "2026-12-01", "--valid-to", "2026-12-31"),
        ("assign", "clerk.3000", "east-assistant", "2000/*/*", "--valid-to", "9999-12-31"),
    ]
    for place, arguments in enumerate(edits, start=1):
        done = policy_command(*arguments)
        assert (done.returncode, done.stdout) == (0, f"policy version {before + place}\n"), done.stderr
    now = policy(database, current_version(database))
    assert now.inherited("east-assistant") == ("employee-basics",)
    assert {row_of(line)[1:] for line in now.own_lines_of("east-assistant")} == {
        ("*/*/*", "customer", "DISPLAY", "all", "", "allow"),
        ("*/*/*", "credit_block", "RELEASE", "all", "250000", "allow"),
        ("*/*/*", "customer", "BLOCK", "own", "", "allow"),
    }
    shanghai = timezone(timedelta(hours=8))
    assert {each for each in assignments(database, now.version) if each.role == "east-assistant"} == {
        Assignment(
            "clerk.3000",
            "east-assistant",
            pattern_of("1000/*/*"),
            datetime(2026, 12, 1, tzinfo=shanghai),
            datetime(2027, 1, 1, tzinfo=shanghai),
        ),
        Assignment("clerk.3000", "east-assistant", pattern_of("2000/*/*")),
    }
    done = policy_command("unassign", "clerk.3000", "east-assistant", "1000/*/*", "2000/*/*")
    assert done.returncode == 0
    assert not [each for each in assignments(database, now.version + 1) if each.role == "east-assistant"]
    history = policy_command("history").stdout.splitlines()
    assert history[0].split()[0] == str(now.version + 1)
    assert any("branch audit" in line for line in history)
