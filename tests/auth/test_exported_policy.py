"""An exported policy gives the same answers in anybody's Casbin: with model.conf and functions.py, and nothing else of ours."""

from __future__ import annotations

import asyncio
import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from io import StringIO
from pathlib import Path
from random import Random

import asyncpg
import pytest

from api.auth.policy_edit import adding_lines, assigning, edit_policy
from api.auth.policy_store import all_assignments, read_policy
from api.auth.standard import POLICIES, catalogue
from api.database import models_open
from domain.activity import Activity
from domain.areas import Area, area_of, text_of
from domain.policy import Assignment, Policy, valid_ones
from domain.scope import Scope
from models.config import connection_settings
from tests.conftest import LONG, run_command

ASK = """
import importlib.util, json, sys
from pathlib import Path

for name in ("api", "domain", "models", "policies"):
    assert importlib.util.find_spec(name) is None, f"{name} can be imported here"

import casbin

there = Path(sys.argv[1])
spec = importlib.util.spec_from_file_location("functions", there / "functions.py")
functions = importlib.util.module_from_spec(spec)
spec.loader.exec_module(functions)

enforcer = casbin.Enforcer(str(there / "model.conf"), str(there / "policy.csv"))
functions.register(enforcer)
json.dump([enforcer.enforce(*request) for request in json.load(sys.stdin)], sys.stdout)
"""

MEASURES = (None, None, "-1", "0", "10", "10.000000001", "80", "80.1", "500000", "500000.000000001", "1000000000000")


@dataclass(frozen=True)
class Stored:
    """What the database holds: the policy in force, all assignments, all sales areas, and the instant it was read."""

    policy: Policy
    assignments: tuple[Assignment, ...]
    areas: tuple[Area, ...]
    at: datetime

    def scopes(self, at: datetime) -> Callable[[str, str, Activity], Scope]:
        """Our own scopes, as users, objects and activities ask for them."""

        @cache
        def scope(user: str, object: str, activity: Activity) -> Scope:
            mine = [each for each in valid_ones(self.assignments, at) if each.user == user]
            return self.policy.grants(mine, object, activity).scope()

        return scope


@dataclass(frozen=True)
class Asked:
    """One request, as both are asked."""

    user: str
    area: Area
    object: str
    activity: Activity
    own: bool
    measure: str | None

    def for_casbin(self) -> list[object]:
        return [f"user:{self.user}", text_of(self.area), self.object, self.activity.name, self.own, self.measure]


def stored(database: str) -> Stored:
    async def read() -> Stored:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            state = await connection.fetchrow("select max(version) as version, clock_timestamp() as now from policy_versions")
            rows = await connection.fetch("select sales_organization, distribution_channel, division from sales_areas")
            policy = await read_policy(connection, state["version"])
            assignments = await all_assignments(connection, state["version"])
            return Stored(policy, assignments, tuple(Area(tuple(row.values())) for row in rows), state["now"])
        finally:
            await connection.close()

    return asyncio.run(read())


def export(database: str, run_directory: Path, *options: str) -> str:
    """The policy as the command line writes it."""
    done = run_command(database, run_directory, "policy", "export", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers_of_anybodys_casbin(folder: Path, exported: str, requests: Sequence[Asked]) -> list[bool]:
    """The answers of a process that has Casbin, the exported lines and our two files, and nothing of ours to import."""
    for name in ("model.conf", "functions.py"):
        shutil.copy(POLICIES / name, folder)
    (folder / "policy.csv").write_text(exported, "utf-8")
    (folder / "ask.py").write_text(ASK, "utf-8")
    sent = json.dumps([request.for_casbin() for request in requests])
    process = [sys.executable, "-I", "ask.py", str(folder)]
    done = subprocess.run(process, cwd=folder, env={}, input=sent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answers: list[bool] = json.loads(done.stdout)
    return answers


REQUESTS = 10_000 if LONG else 1_500
"""Each costs anybody's Casbin some 5 ms, as it goes through all lines."""


def random_requests(stored: Stored, random: Random, number: int, roles: Sequence[str] = ()) -> list[Asked]:
    """Half about what some line speaks of, of these roles if any are given; half about anything in the catalogue."""
    lines = [line for line in stored.policy.lines if not roles or line.role in roles]
    users = sorted({each.user for each in stored.assignments if not roles or each.role in roles})
    areas = [*stored.areas, area_of("1000/99/00"), area_of("9999/10/00"), area_of("2000/20/zz")]
    anything = [(object.name, activity) for object in catalogue().values() for activity in object.activities]
    found = []
    for _ in range(number):
        line = random.choice(lines)
        object, activity = (line.object, line.activity) if random.random() < 0.5 else random.choice(anything)
        found.append(
            Asked(random.choice(users), random.choice(areas), object, activity, random.random() < 0.5, random.choice(MEASURES))
        )
    return found


def check(folder: Path, exported: str, stored: Stored, at: datetime, requests: Sequence[Asked]) -> None:
    """Both give the same answers, and there is something of either to compare."""
    scopes = stored.scopes(at)
    ours = [
        scopes(each.user, each.object, each.activity).allows(
            each.area, each.own, None if each.measure is None else Decimal(each.measure)
        )
        for each in requests
    ]
    theirs = answers_of_anybodys_casbin(folder, exported, requests)
    assert [asked for asked, our, their in zip(requests, ours, theirs, strict=True) if our is not their] == []
    assert min(ours.count(True), ours.count(False)) > len(requests) / 20


def test_the_standard_policy_is_answered_alike(database: str, run_directory: Path, tmp_path: Path) -> None:
    held = stored(database)
    exported = export(database, run_directory)
    rows = list(csv.reader(StringIO(exported)))
    assert [row[0] for row in rows].count("p") == len(held.policy.lines)
    assert [row[0] for row in rows].count("g") == len(held.policy.links) + len(valid_ones(held.assignments, held.at))
    check(tmp_path, exported, held, held.at, random_requests(held, Random("standard"), REQUESTS))


LINES = (
    ("sales-clerk", "1000/20/*", "customer", "CHANGE", "all", "", "deny"),
    ("employee-basics", "*/30/*", "material", "DISPLAY", "all", "", "deny"),
    ("sales-clerk", "*/*/*", "sales_order", "APPROVE", "all", "500000", "allow"),
    ("sales-manager", "*/10/*", "price_below_minimum", "APPROVE", "all", "10.000000001", "allow"),
    ("sales-clerk", "*/*/*", "sales_order", "APPROVE", "own", "80", "allow"),
    ("dealer", "*/*/01", "quotation", "APPROVE", "own", "", "allow"),
)
SHANGHAI = timezone(timedelta(hours=8))
LONG_AGO, IN_FUTURE = datetime(2002, 1, 1, tzinfo=SHANGHAI), datetime(2101, 1, 1, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def edited(database: str) -> Stored:
    """The demo company after denials, limits, lines for own records, and assignments of other times."""

    async def edit() -> None:
        async with models_open(database):
            for change in (
                adding_lines(LINES),
                assigning("clerk.1000", "sales-manager", ["2000/*/*", "*/20/00"]),
                assigning("clerk.2000", "credit-manager", ["*/*/*"], valid_until=LONG_AGO),
                assigning("clerk.3000", "credit-manager", ["3000/*/*"], valid_from=IN_FUTURE),
            ):
                await edit_policy("test", "to export", change)

    asyncio.run(edit())
    return stored(database)


@pytest.mark.parametrize(
    ("at", "absent"),
    [
        pytest.param(None, ["clerk.2000", "clerk.3000"], id="now"),
        pytest.param(LONG_AGO - timedelta(seconds=1), ["clerk.3000"], id="at an instant of the past"),
        pytest.param(IN_FUTURE, ["clerk.2000"], id="at an instant to come"),
    ],
)
def test_denials_limits_own_records_and_validity_are_answered_alike(
    database: str, run_directory: Path, tmp_path: Path, edited: Stored, at: datetime | None, absent: list[str]
) -> None:
    instant = [] if at is None else ["--at", at.isoformat()]
    exported = export(database, run_directory, *instant)
    given = {tuple(row[1:3]) for row in csv.reader(StringIO(exported)) if row[0] == "g"}
    for user in ("clerk.2000", "clerk.3000"):
        assert ((f"user:{user}", "role:credit-manager") not in given) is (user in absent)
    roles = ("sales-clerk", "sales-manager", "employee-basics", "dealer", "credit-manager")
    check(tmp_path, exported, edited, at or edited.at, random_requests(edited, Random(f"edited {at}"), REQUESTS // 4, roles))


def test_an_exported_row_is_one_that_casbins_files_can_hold(database: str, run_directory: Path, edited: Stored) -> None:
    """No quotes, brackets or comments, which its loader reads in a way of its own; every row with all its columns."""
    first, *lines = export(database, run_directory).splitlines()
    assert first.startswith("# policy version ")  # which its loader leaves out
    for line in lines:
        assert not set(line) & set("\"'()[]# ")
        assert len(line.split(",")) == (8 if line.startswith("p,") else 4)
