"""Users as administrators make, change and lock them: each within the areas they administer, and never themselves."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests import processes
from tests.client import Client
from tests.conftest import environment_of
from tests.contract.answers import data_of, told
from tests.contract.demo import facts_of
from tests.contract.test_commands import do, fetch, footprint
from tests.contract.test_sessions import cli, is_open, sign_in, with_token

ERRORS = "userErrors { code reason field object activity salesArea message }"
USER = "user { id username displayName kind locale locked lockReason home validFrom validTo passwordInitial version viewerCan customers { number } roleAssignments { role { name } } }"
CREATE = f"mutation ($input: CreateUserInput!) {{ do: createUser(input: $input) {{ {USER} initialPassword {ERRORS} }} }}"
CHANGE = f"mutation ($input: ChangeUserInput!) {{ do: changeUser(input: $input) {{ {USER} {ERRORS} }} }}"
LOCK = f"mutation ($input: LockUserInput!) {{ do: lockUser(input: $input) {{ {USER} {ERRORS} }} }}"
UNLOCK = f"mutation ($input: UnlockUserInput!) {{ do: unlockUser(input: $input) {{ {USER} {ERRORS} }} }}"
RESET = f"mutation ($input: ResetPasswordInput!) {{ do: resetPassword(input: $input) {{ {USER} initialPassword {ERRORS} }} }}"
CHANGES = "query ($id: ID!) { changeDocuments(record: $id, first: 100) { edges { node { changedBy kind rowType field oldValue newValue } } } }"
KEY = "mutation ($input: CreateApiKeyInput!) { do: createApiKey(input: $input) { secret apiKey { id } userErrors { reason } } }"
LONG_ENOUGH = "something new 1"
NOBODYS = ["clerk.1000", "dealer.a"]
"""Who sees no users but themselves."""
TODAY = datetime.now(timezone.utc).date()
A_DAY = timedelta(days=1)
_numbers = count(1)


def a_name(place: str = "new") -> str:
    return f"{place}.{next(_numbers)}"


def make(server: Client, by: str = "local.1000", **input: Any) -> dict[str, Any]:
    told = {"username": a_name(), "displayName": "New Colleague 新同事", "kind": "EMPLOYEE", **input}
    return do(server, CREATE, told, by)


def made(server: Client, by: str = "local.1000", **input: Any) -> tuple[dict[str, Any], str]:
    """A new user and their initial password."""
    done = make(server, by, **input)
    assert done["userErrors"] == []
    return done["user"], done["initialPassword"]


def settled(server: Client, by: str = "local.1000", **input: Any) -> dict[str, Any]:
    """A new user who has signed in and has a password of their own."""
    user, initial = made(server, by, **input)
    assert sign_in(server, user["username"], initial, newPassword=LONG_ENOUGH)["userErrors"] == []
    return user


def refused(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    assert payload["user"] is None
    return [(error["reason"], error["field"]) for error in payload["userErrors"]]


def user_id(database: str, name: str) -> str:
    ((key,),) = fetch(database, "select id from users where username = $1", name)
    return base64.b64encode(f"User:{key}".encode()).decode()


def customers_of(database: str, organization: str) -> list[str]:
    """Global ids of the customers that lie in one organization only."""
    return [
        base64.b64encode(f"Customer:{each['id']}".encode()).decode()
        for each in facts_of(database).customers
        if {view["sales_organization"] for view in each["views"]} == {organization}
    ]


# ------------------------------------------------------------------------------------------------------------- making one


@pytest.mark.parametrize(("by", "home"), [("admin", "*/*/*"), ("local.1000", "1000/*/*")])
def test_a_new_user_lies_where_who_makes_them_administers(server: Client, by: str, home: str) -> None:
    name = a_name()
    input = {"username": name, "displayName": "Ann Lee", "kind": "EMPLOYEE"}
    payload = data_of(server.send("CreateUser", {"input": input}, user=by))
    assert payload == {"user": {"id": payload["user"]["id"], "username": name}, "userErrors": []}
    query = "query ($search: String) { users(first: 5, search: $search) { edges { node { username home locked kind } } } }"
    seen = {
        user: [edge["node"] for edge in server.data(query, {"search": name}, user=user)["users"]["edges"]]
        for user in ("admin", "local.1000", "auditor")
    }
    user = {"username": name, "home": home, "locked": False, "kind": "EMPLOYEE"}
    assert seen == {"admin": [user], "local.1000": [user], "auditor": [user]}


def test_a_user_with_roles_lies_where_these_are_and_comes_home_without(
    server: Client, database: str, run_directory: Path
) -> None:
    user, _ = made(server)
    lock = {"username": user["username"], "reason": "left"}
    cli(database, run_directory, "policy", "assign", user["username"], "sales-clerk", "2000/*/*")
    assert refused(do(server, LOCK, lock, "local.1000")) == [("NOT_FOUND", "username")]
    cli(database, run_directory, "policy", "unassign", user["username"], "sales-clerk", "2000/*/*")
    assert do(server, LOCK, lock, "local.1000")["userErrors"] == []


@pytest.mark.parametrize("home", ["2000/*/*", "*/*/*", "*/10/*"])
def test_a_local_administrator_makes_no_user_elsewhere(server: Client, database: str, home: str) -> None:
    before = footprint(database)
    (error,) = make(server, home=home)["userErrors"]
    assert [error[name] for name in ("code", "field", "object", "activity")] == ["FORBIDDEN", "home", "user", "CREATE"]
    assert footprint(database) == before
    assert make(server, home="1000/20/*")["userErrors"] == []


@pytest.mark.parametrize("by", [*NOBODYS, "auditor"])
def test_who_does_not_administer_makes_nobody(server: Client, by: str) -> None:
    payload = make(server, by)
    (error,) = payload["userErrors"]
    assert (payload["user"], payload["initialPassword"], error["code"]) == (None, None, "FORBIDDEN")
    assert (error["object"], error["activity"]) == ("user", "CREATE")


@pytest.mark.parametrize(
    ("input", "reasons"),
    [
        ({"username": "Ann Lee"}, [("NAME_MALFORMED", "username")]),
        ({"displayName": " ", "locale": "fr"}, [("NAME_EMPTY", "displayName"), ("LOCALE_UNKNOWN", "locale")]),
        ({"home": "1000"}, [("PATTERN_MALFORMED", "home")]),
        ({"customers": [base64.b64encode(b"Customer:1").decode()]}, [("ONLY_PARTNERS_BOUND", "customers")]),
        ({"validFrom": "2026-02-01", "validTo": "2026-01-01"}, [("VALIDITY_REVERSED", "validTo")]),
        ({"validFrom": "0001-01-01"}, [("INSTANT_TOO_FAR", "validFrom")]),
        ({"kind": "PARTNER", "customers": ["x"]}, [("ID_MALFORMED", "customers.0")]),
    ],
)
def test_what_is_wrong_is_named_by_its_field(server: Client, input: dict[str, Any], reasons: list[tuple[str, str]]) -> None:
    assert refused(make(server, **input)) == reasons


def test_a_name_is_given_once_and_nothing_is_told_of_who_has_it(server: Client) -> None:
    user, _ = made(server)
    for taken in (user["username"], "clerk.2000", "admin.2"):
        input = {"username": taken, "displayName": "New", "kind": "EMPLOYEE"}
        payload = do(server, CREATE, input, "local.1000", **{"Accept-Language": "en"})
        assert refused(payload) == [("USERNAME_TAKEN", "username")]
        assert payload["userErrors"][0]["message"] == f"The user name {taken} is taken; choose another."


def test_of_two_who_take_one_name_at_once_one_gets_it(server: Client) -> None:
    name = a_name()
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda place: make(server, displayName=f"Ann {place}", username=name), range(4)))
    assert sorted(len(each["userErrors"]) for each in done) == [0, 1, 1, 1]


def test_the_same_key_makes_one_user_and_tells_the_password_once(server: Client) -> None:
    input = {"username": a_name(), "idempotencyKey": "one user"}
    first, second = make(server, **input), make(server, **input)
    assert first["user"] == second["user"]
    assert (bool(first["initialPassword"]), second["initialPassword"]) == (True, None)
    assert make(server, **{**input, "displayName": "Other"})["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_only_validating_makes_nobody(server: Client, database: str) -> None:
    before = footprint(database)
    payload = make(server, validateOnly=True)
    assert payload == {"user": None, "initialPassword": None, "userErrors": []}
    assert footprint(database) == before


def test_no_password_stands_anywhere_but_as_its_hash(server: Client, database: str) -> None:
    user, initial = made(server, idempotencyKey=a_name("key"))
    tables = [name for (name,) in fetch(database, "select tablename from pg_tables where schemaname = 'public'")]
    everything = str([fetch(database, f"select t::text from {name} t") for name in tables])
    assert user["username"] in everything
    assert initial not in everything
    assert fetch(database, "select count(*) from change_documents where field like 'password_hash'") == [(0,)]


def test_a_machine_has_no_password_but_keys(server: Client) -> None:
    user, initial = made(server, kind="SERVICE")
    assert initial is None
    assert user["viewerCan"] == ["changeUser", "lockUser"]
    assert refused(do(server, RESET, {"username": user["username"]}, "local.1000")) == [("MACHINE_HAS_NO_PASSWORD", "username")]
    secret = do(server, KEY, {"name": "till", "user": user["id"]}, "local.1000")["secret"]
    assert with_token(server, secret)[1]["data"]["viewer"]["user"]["username"] == user["username"]


# ---------------------------------------------------------------------------------------------------------------- partners


def test_a_partner_is_bound_to_customers_of_the_administrators_areas(server: Client, database: str) -> None:
    here, elsewhere = customers_of(database, "1000"), customers_of(database, "2000")
    for hidden in (elsewhere[0], base64.b64encode(b"Customer:99999999").decode()):
        before = footprint(database)
        payload = make(server, kind="PARTNER", customers=[here[0], hidden])
        assert refused(payload) == [("NOT_FOUND", "customers.1")]
        assert footprint(database) == before
    user, _ = made(server, kind="PARTNER", customers=[here[0], here[1], here[0]])
    assert len(user["customers"]) == 2
    input = {"username": user["username"], "version": user["version"]}
    assert refused(do(server, CHANGE, {**input, "customers": [elsewhere[0]]}, "local.1000")) == [("NOT_FOUND", "customers.0")]
    changed = do(server, CHANGE, {**input, "customers": [here[1], here[2]]}, "local.1000")["user"]
    assert changed["version"] == user["version"] + 1
    assert changed["customers"][0] in user["customers"]
    emptied = do(server, CHANGE, {**input, "version": changed["version"], "customers": []}, "local.1000")["user"]
    assert emptied["customers"] == []
    assert make(server, "admin", kind="PARTNER", customers=[here[0], elsewhere[0]])["userErrors"] == []


def test_what_a_partner_speaks_for_already_stays_though_it_lies_elsewhere(server: Client, database: str) -> None:
    here, elsewhere = customers_of(database, "1000"), customers_of(database, "2000")
    user, _ = made(server, "admin", kind="PARTNER", customers=[elsewhere[0]], home="1000/*/*")
    input = {"username": user["username"], "version": user["version"], "customers": [elsewhere[0], here[0]]}
    assert len(do(server, CHANGE, input, "local.1000")["user"]["customers"]) == 2


def test_a_binding_that_is_taken_away_shows_nothing_any_more_at_once(
    server: Client, database: str, run_directory: Path
) -> None:
    (mine, *_) = customers_of(database, "1000")
    user = settled(server, kind="PARTNER", customers=[mine])
    cli(database, run_directory, "policy", "assign", user["username"], "dealer", "1000/*/*")
    token = sign_in(server, user["username"], LONG_ENOUGH)["accessToken"]
    counted = "{ customers(first: 5) { totalCount } }"
    assert with_token(server, token, counted)[1]["data"]["customers"]["totalCount"] == 1
    ((version,),) = fetch(database, "select version from users where username = $1", user["username"])
    changed = do(server, CHANGE, {"username": user["username"], "version": version, "customers": []}, "local.1000")
    assert changed["userErrors"] == []
    assert with_token(server, token, counted)[1]["data"]["customers"]["totalCount"] == 0


# ---------------------------------------------------------------------------------------------------- the first sign-in


def test_an_initial_password_opens_only_a_sign_in_that_sets_another(server: Client) -> None:
    user, initial = made(server)
    name = user["username"]
    for new, reason in (
        (None, ("PASSWORD_INITIAL", "newPassword")),
        ("short", ("PASSWORD_TOO_SHORT", "newPassword")),
        (initial, ("PASSWORD_SAME", "newPassword")),
    ):
        done = sign_in(server, name, initial, newPassword=new)
        assert (done["accessToken"], done["refreshToken"], done["user"]) == (None, None, None)
        assert [(error["reason"], error["field"]) for error in done["userErrors"]] == [reason]
    done = sign_in(server, name, initial, newPassword=LONG_ENOUGH)
    assert done["userErrors"] == []
    assert is_open(server, done["accessToken"])
    assert sign_in(server, name, initial)["userErrors"][0]["code"] == "BAD_CREDENTIALS"
    assert sign_in(server, name, LONG_ENOUGH)["userErrors"] == []


def test_a_wrong_password_is_not_told_of_what_an_initial_one_needs(server: Client) -> None:
    user, _ = made(server)
    for new in (None, LONG_ENOUGH):
        done = sign_in(server, user["username"], "wrong one", newPassword=new)
        assert [(error["code"], error["field"]) for error in done["userErrors"]] == [("BAD_CREDENTIALS", None)]


def test_of_two_first_sign_ins_at_once_one_sets_its_password(server: Client) -> None:
    user, initial = made(server)
    with ThreadPoolExecutor(2) as threads:
        done = list(
            threads.map(lambda place: sign_in(server, user["username"], initial, newPassword=f"my new one {place}"), range(2))
        )
    opened = [place for place, each in enumerate(done) if each["accessToken"]]
    assert len(opened) == 1
    assert sign_in(server, user["username"], f"my new one {opened[0]}")["userErrors"] == []


def test_a_reset_ends_everything_that_was_open(server: Client, database: str) -> None:
    user = settled(server, locale="zh")
    opened = sign_in(server, user["username"], LONG_ENOUGH)
    done = do(server, RESET, {"username": user["username"]}, "local.1000")
    assert done["userErrors"] == []
    assert done["user"]["passwordInitial"] is True
    assert not is_open(server, opened["accessToken"])
    assert sign_in(server, user["username"], LONG_ENOUGH)["userErrors"][0]["code"] == "BAD_CREDENTIALS"
    again = sign_in(server, user["username"], done["initialPassword"], newPassword="another one 2")
    assert again["userErrors"] == []
    assert fetch(
        database,
        "select password_initial, end_reason from users u join sessions s on s.user_id = u.id where username = $1 order by s.id",
        user["username"],
    ) == [(False, "password reset"), (False, "password reset"), (False, None)]


def test_a_password_set_on_the_command_line_is_the_users_own(server: Client, database: str, run_directory: Path) -> None:
    user, _ = made(server)
    command = ("user", "password", user["username"])
    processes.run(command, environment_of(database, run_directory), f"{LONG_ENOUGH}\n").check_returncode()
    assert sign_in(server, user["username"], LONG_ENOUGH)["userErrors"] == []


# --------------------------------------------------------------------------------------------------------------- locking


def test_a_lock_is_the_contracts_and_takes_effect_at_once(server: Client, database: str) -> None:
    user = settled(server)
    opened = sign_in(server, user["username"], LONG_ENOUGH)
    assert is_open(server, opened["accessToken"])
    input = {"username": user["username"], "reason": "left the company"}
    locked = data_of(server.send("LockUser", {"input": input}, user="local.1000"))
    assert locked == {"user": {"id": user["id"], "locked": True}, "userErrors": []}
    assert not is_open(server, opened["accessToken"])
    assert sign_in(server, user["username"], LONG_ENOUGH)["userErrors"][0]["code"] == "BAD_CREDENTIALS"
    assert refused(do(server, LOCK, input, "local.1000")) == [("USER_LOCKED", "username")]
    unlocked = do(server, UNLOCK, {"username": user["username"]}, "local.1000")["user"]
    assert (unlocked["locked"], unlocked["lockReason"]) == (False, None)
    assert not is_open(server, opened["accessToken"])
    assert sign_in(server, user["username"], LONG_ENOUGH)["userErrors"] == []
    assert refused(do(server, UNLOCK, {"username": user["username"]}, "local.1000")) == [("USER_NOT_LOCKED", "username")]


def test_a_lock_needs_its_reason(server: Client) -> None:
    user, _ = made(server)
    assert refused(do(server, LOCK, {"username": user["username"], "reason": " "}, "admin")) == [("REASON_EMPTY", "reason")]


def test_a_key_of_a_locked_user_opens_nothing(server: Client, run_directory: Path, database: str) -> None:
    user, _ = made(server, kind="SERVICE")
    secret = do(server, KEY, {"name": "till", "user": user["id"]}, "local.1000")["secret"]
    assert with_token(server, secret)[1]["data"]["viewer"]
    assert do(server, LOCK, {"username": user["username"], "reason": "stolen"}, "local.1000")["userErrors"] == []
    assert not is_open(server, secret)
    assert do(server, UNLOCK, {"username": user["username"]}, "local.1000")["userErrors"] == []
    assert not is_open(server, secret)


@pytest.mark.parametrize(
    ("by", "name", "reason"),
    [
        ("local.1000", "admin", "FORBIDDEN"),
        ("local.1000", "auditor", "FORBIDDEN"),
        ("local.1000", "clerk.2000", "NOT_FOUND"),
        ("local.1000", "nobody", "NOT_FOUND"),
        ("local.1000", "local.1000", "OWN_USER"),
        ("admin", "admin", "OWN_USER"),
        ("auditor", "clerk.1000", "FORBIDDEN"),
        ("auditor", "auditor", "FORBIDDEN"),
        *((by, name, "NOT_FOUND") for by in NOBODYS for name in ("admin", by, "nobody")),
    ],
)
def test_who_locks_and_resets_whom(server: Client, database: str, by: str, name: str, reason: str) -> None:
    before = footprint(database)
    for mutation, more in ((LOCK, {"reason": "x"}), (RESET, {})):
        payload = do(server, mutation, {"username": name, **more}, by)
        found = refused(payload)[0]
        assert found == (reason, None if reason == "FORBIDDEN" else "username"), mutation
        assert payload.get("initialPassword") is None
    change = {"username": name, "version": 1, "validTo": "2030-01-01"}
    assert refused(do(server, CHANGE, change, by))[0] == (reason, None if reason == "FORBIDDEN" else "username")
    assert footprint(database) == before


def test_who_also_works_elsewhere_is_beyond_a_local_administrator(server: Client, database: str, run_directory: Path) -> None:
    cli(database, run_directory, "policy", "assign", "clerk.1000", "cashier", "2000/10/*")
    try:
        input = {"username": "clerk.1000", "reason": "x"}
        (error,) = do(server, LOCK, input, "local.1000")["userErrors"]
        assert [error[name] for name in ("code", "object", "activity", "salesArea")] == ["FORBIDDEN", "user", "BLOCK", None]
        assert do(server, LOCK, {**input, "validateOnly": True}, "admin")["userErrors"] == []
    finally:
        cli(database, run_directory, "policy", "unassign", "clerk.1000", "cashier", "2000/10/*")


def test_one_of_the_last_two_administrators_is_locked_by_nobody(server: Client, database: str, run_directory: Path) -> None:
    input = {"username": "admin.2", "reason": "x", "validateOnly": True}
    payload = do(server, LOCK, input, "admin")
    assert refused(payload) == [("LAST_ADMINISTRATORS", "username")]
    assert payload["userErrors"][0]["message"] == "Fewer than 2 administrators would be left."
    ((version,),) = fetch(database, "select version from users where username = 'admin.2'")
    over = {"username": "admin.2", "version": version, "validTo": str(TODAY - 2 * A_DAY)}
    assert refused(do(server, CHANGE, over, "admin")) == [("LAST_ADMINISTRATORS", "username")]
    third = settled(server, "admin")
    machine, _ = made(server, "admin", kind="SERVICE")
    for name in (third["username"], machine["username"]):
        cli(database, run_directory, "policy", "assign", name, "security-administrator", "*/*/*")
    assert do(server, LOCK, input, "admin")["userErrors"] == []
    lock = {"username": third["username"], "reason": "x"}
    assert do(server, LOCK, lock, "admin")["userErrors"] == []
    assert refused(do(server, LOCK, input, "admin")) == [("LAST_ADMINISTRATORS", "username")]


def test_two_administrators_who_lock_each_other_at_once_do_not_both(server: Client, database: str, run_directory: Path) -> None:
    others = [settled(server, "admin")["username"] for _ in range(2)]
    for name in others:
        cli(database, run_directory, "policy", "assign", name, "security-administrator", "*/*/*")
    tokens = [sign_in(server, name, LONG_ENOUGH)["accessToken"] for name in others]

    def lock(place: int) -> Any:
        input = {"username": others[1 - place], "reason": "x"}
        return with_token(server, tokens[place], LOCK, {"input": input})[1]

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lock, range(2)))
    assert sum(not each["data"]["do"]["userErrors"] for each in answers) == 1
    assert fetch(database, "select count(*) from users where locked_at is null and username = any($1)", others) == [(1,)]


def test_a_key_administers_nobody(server: Client) -> None:
    key = do(server, KEY, {"name": "mine"}, "admin")
    user, _ = made(server)
    for mutation, input in (
        (CREATE, {"username": a_name(), "displayName": "x", "kind": "EMPLOYEE"}),
        (CHANGE, {"username": user["username"], "version": 1, "locale": "zh"}),
        (LOCK, {"username": user["username"], "reason": "x"}),
        (UNLOCK, {"username": user["username"]}),
        (RESET, {"username": user["username"]}),
    ):
        payload = with_token(server, key["secret"], mutation, {"input": input})[1]["data"]["do"]
        assert refused(payload) == [("KEY_ONLY_SIGNED_IN", None)]


# --------------------------------------------------------------------------------------------------- changing and validity


def test_what_is_told_of_a_user_is_changed_under_its_version(server: Client, database: str) -> None:
    user, _ = made(server)
    input = {"username": user["username"], "version": 1, "displayName": "Ann Lee", "locale": "zh", "home": "1000/10/*"}
    changed = do(server, CHANGE, input, "local.1000")["user"]
    assert {name: changed[name] for name in ("displayName", "locale", "home", "version")} == {
        "displayName": "Ann Lee",
        "locale": "zh",
        "home": "1000/10/*",
        "version": 2,
    }
    stale = do(server, CHANGE, input, "local.1000")["userErrors"]
    assert [(error["code"], error["field"]) for error in stale] == [("CONFLICT", "version")]
    same = {**input, "version": 2}
    assert refused(do(server, CHANGE, same, "local.1000")) == [("NOTHING_TO_CHANGE", None)]
    assert refused(do(server, CHANGE, {**same, "home": "2000/*/*"}, "local.1000")) == [("FORBIDDEN", "home")]
    assert refused(do(server, CHANGE, {**same, "displayName": None}, "local.1000")) == [("NAME_EMPTY", "displayName")]


def test_the_name_of_oneself_is_changed_and_nothing_that_gives_something(server: Client, database: str) -> None:
    ((version,),) = fetch(database, "select version from users where username = 'admin'")
    input = {"username": "admin", "version": version, "validateOnly": True}
    assert do(server, CHANGE, {**input, "locale": "zh"}, "admin")["userErrors"] == []
    for more in ({"validTo": "2040-01-01"}, {"home": "1000/*/*"}, {"validFrom": "2020-01-01"}):
        assert ("OWN_USER", "username") in refused(do(server, CHANGE, {**input, **more}, "admin"))


def test_outside_of_their_days_nobody_signs_in_and_what_is_open_closes_at_once(server: Client, database: str) -> None:
    user = settled(server, validFrom=str(TODAY - A_DAY), validTo=str(TODAY + A_DAY))
    assert (user["validFrom"], user["validTo"]) == (str(TODAY - A_DAY), str(TODAY + A_DAY))
    name = user["username"]
    opened = sign_in(server, name, LONG_ENOUGH)
    refresh = "mutation ($t: String!) { refreshSession(input: {refreshToken: $t}) { accessToken userErrors { code } } }"

    def change(**days: str | None) -> None:
        ((version,),) = fetch(database, "select version from users where username = $1", name)
        done = do(server, CHANGE, {"username": name, "version": version, **days}, "local.1000")
        assert done["userErrors"] == []
        assert {day: done["user"][day] for day in days} == days

    for days in (
        {"validTo": str(TODAY - A_DAY)},
        {"validFrom": str(TODAY + 2 * A_DAY), "validTo": None},
    ):
        change(**days)
        assert not is_open(server, opened["accessToken"])
        assert sign_in(server, name, LONG_ENOUGH)["userErrors"][0]["code"] == "BAD_CREDENTIALS"
        done = server.data(refresh, {"t": opened["refreshToken"]})["refreshSession"]
        assert (done["accessToken"], done["userErrors"]) == (None, [{"code": "BAD_CREDENTIALS"}])
        change(validFrom=None, validTo=str(TODAY + A_DAY))
        assert is_open(server, opened["accessToken"])
        assert sign_in(server, name, LONG_ENOUGH)["userErrors"] == []


def test_a_key_opens_nothing_outside_of_its_users_days(server: Client) -> None:
    user, _ = made(server, kind="SERVICE", validFrom=str(TODAY + 2 * A_DAY))
    secret = do(server, KEY, {"name": "till", "user": user["id"]}, "local.1000")["secret"]
    assert not is_open(server, secret)
    input = {"username": user["username"], "version": 1, "validFrom": None}
    assert do(server, CHANGE, input, "local.1000")["userErrors"] == []
    assert is_open(server, secret)


# ------------------------------------------------------------------------------------------------------- what is told of it


def test_change_documents_tell_what_became_of_a_user(server: Client, database: str) -> None:
    here = customers_of(database, "1000")
    user, initial = made(server, kind="PARTNER", customers=[here[0]])
    sign_in(server, user["username"], initial, newPassword=LONG_ENOUGH)
    do(server, CHANGE, {"username": user["username"], "version": 2, "customers": [here[1]], "validTo": "2040-12-31"}, "admin")
    do(server, LOCK, {"username": user["username"], "reason": "left"}, "admin")
    do(server, RESET, {"username": user["username"]}, "local.1000")
    answers = {}
    for asker in ("admin", "local.1000", "auditor"):
        found = [edge["node"] for edge in server.data(CHANGES, {"id": user["id"]}, user=asker)["changeDocuments"]["edges"]]
        answers[asker] = found
    assert answers["admin"] == answers["local.1000"] == answers["auditor"]
    told = {(each["changedBy"], each["rowType"], each["kind"], each["field"]) for each in answers["admin"]}
    assert {
        ("local.1000", "User", "CREATED", "username"),
        ("local.1000", "UserCustomer", "CREATED", "customerId"),
        (user["username"], "User", "CHANGED", "passwordSetAt"),
        (user["username"], "User", "CHANGED", "passwordInitial"),
        ("admin", "User", "CHANGED", "validUntil"),
        ("admin", "UserCustomer", "DELETED", "customerId"),
        ("admin", "UserCustomer", "CREATED", "customerId"),
        ("admin", "User", "CHANGED", "lockReason"),
        ("local.1000", "User", "CHANGED", "passwordInitial"),
    } <= told
    assert "passwordHash" not in {each["field"] for each in answers["admin"]}
    for asker in NOBODYS:
        assert server.run(CHANGES, {"id": user["id"]}, user=asker)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_the_changes_of_a_hidden_user_are_those_of_nobody(server: Client, database: str) -> None:
    fetch(
        database,
        """insert into change_documents (changed_at, changed_by, request_id, record_type, record_id, record_version, object,
                                         row_type, row_id, kind, field, new_value)
           select now(), 'x', 'x', 'User', id, 2, 'user', 'User', id, 'CHANGED', 'locale', 'en' from users
           where username = 'clerk.2000'""",
    )
    for asker, documents in (("local.1000", 0), ("admin", 1)):
        page = server.data(CHANGES, {"id": user_id(database, "clerk.2000")}, user=asker)["changeDocuments"]
        assert len(page["edges"]) == documents


def test_the_viewer_is_offered_what_would_be_allowed(server: Client) -> None:
    query = "{ users(first: 100) { edges { node { username viewerCan } } } }"

    def offered(asker: str) -> dict[str, list[str]]:
        return {
            edge["node"]["username"]: edge["node"]["viewerCan"] for edge in server.data(query, user=asker)["users"]["edges"]
        }

    everything = ["changeUser", "lockUser", "resetPassword"]
    assert {name: offered("local.1000")[name] for name in ("clerk.1000", "dealer.a", "local.1000", "admin")} == {
        "clerk.1000": everything,
        "dealer.a": everything,
        "local.1000": ["changeUser"],
        "admin": [],
    }
    assert offered("admin")["clerk.2000"] == everything
    assert set(map(tuple, offered("auditor").values())) == {()}


def test_refusals_speak_the_readers_language(server: Client) -> None:
    answer = server.run(
        told("LockUser"), {"input": {"username": "admin", "reason": "x"}}, user="admin", **{"Accept-Language": "zh"}
    )
    (error,) = data_of(answer)["userErrors"]
    assert error["message"] == "不能对自己执行此操作，请由其他管理员处理。"
