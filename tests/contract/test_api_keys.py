"""API keys: scoped like their user, shown once, refused from the moment they end."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from api.auth.api_keys import SHAPE
from tests.client import Client
from tests.conftest import running_server
from tests.contract.test_commands import CHANGE, fetch
from tests.contract.test_sessions import cli, sign_in, with_token

CREATE = "mutation ($input: CreateApiKeyInput!) { do: createApiKey(input: $input) { apiKey { id name prefix username readOnly createdBy expiresAt endedAt lastUsedAt } secret userErrors { code reason field } } }"
REVOKE = "mutation ($input: RevokeApiKeyInput!) { do: revokeApiKey(input: $input) { apiKey { id endedAt } userErrors { code reason field } } }"
KEYS = "{ apiKeys(first: 200) { totalCount edges { node { id prefix username } } } }"
COUNT = "{ customers(first: 1) { totalCount edges { node { id version } } } }"


def make(server: Client, by: str, **input: Any) -> dict[str, Any]:
    return server.data(CREATE, {"input": {"name": "till", **input}}, user=by)["do"]  # type: ignore[no-any-return]


def reasons(done: dict[str, Any]) -> list[str]:
    return [error["reason"] for error in done["userErrors"]]


def revoke(server: Client, user: str, key: str) -> dict[str, Any]:
    return server.data(REVOKE, {"input": {"apiKey": key}}, user=user)["do"]  # type: ignore[no-any-return]


def keys_of(server: Client, user: str) -> set[str]:
    return {edge["node"]["username"] for edge in server.data(KEYS, user=user)["apiKeys"]["edges"]}


@pytest.fixture(scope="module")
def machines(database: str, run_directory: Path, server: Client) -> dict[str, str]:
    """Machines, by name their ids: of organization 1000, of 2000, and one that administers 1000."""
    for name, role, area in (
        ("till.1000", "sales-clerk", "1000/*/*"),
        ("till.2000", "sales-clerk", "2000/*/*"),
        ("robot.1000", "local-administrator", "1000/*/*"),
    ):
        cli(database, run_directory, "user", "create", name, "--kind", "SERVICE", "--display-name", name)
        cli(database, run_directory, "policy", "assign", name, role, area)
    rows = fetch(database, "select username, id from users where kind = 'SERVICE'")
    return {name: base64.b64encode(f"User:{id}".encode()).decode() for name, id in rows}


# ------------------------------------------------------------------------------------------------------------- being used


@pytest.mark.parametrize("user", ["clerk.1000", "clerk.2000", "dealer.a", "auditor"])
def test_a_key_sees_what_its_user_sees(server: Client, user: str) -> None:
    if user == "auditor":
        assert reasons(make(server, user)) == ["FORBIDDEN"]
        return
    made = make(server, user)
    assert made["userErrors"] == []
    assert SHAPE.fullmatch(made["secret"])
    assert made["secret"].startswith(made["apiKey"]["prefix"])
    assert with_token(server, made["secret"], COUNT) == (200, server.run(COUNT, user=user))
    assert with_token(server, made["secret"])[1]["data"]["viewer"]["user"]["username"] == user


def test_a_key_does_what_its_user_may(server: Client) -> None:
    made = make(server, "clerk.1000")
    customer = server.data(COUNT, user="clerk.1000")["customers"]["edges"][0]["node"]
    input = {"customer": customer["id"], "version": customer["version"], "phone": "021-555"}
    _, body = with_token(server, made["secret"], CHANGE, {"input": input})
    assert body["data"]["do"]["userErrors"] == []


def test_a_key_that_only_reads_changes_nothing(server: Client) -> None:
    made = make(server, "clerk.1000", readOnly=True)
    assert with_token(server, made["secret"], COUNT)[1]["data"] == server.data(COUNT, user="clerk.1000")
    customer = server.data(COUNT, user="clerk.1000")["customers"]["edges"][0]["node"]
    for only in (False, True):
        input = {"customer": customer["id"], "version": customer["version"], "phone": "021-556", "validateOnly": only}
        _, body = with_token(server, made["secret"], CHANGE, {"input": input})
        assert [error["code"] for error in body["data"]["do"]["userErrors"]] == ["REFUSED"]


def test_a_key_neither_makes_nor_revokes_keys_nor_touches_sign_ins(server: Client) -> None:
    made = make(server, "clerk.1000")
    password = "mutation ($input: ChangePasswordInput!) { do: changePassword(input: $input) { userErrors { reason } } }"
    out = "mutation ($input: SignOutInput!) { do: signOut(input: $input) { userErrors { reason } } }"
    for query, input in (
        (CREATE, {"name": "another"}),
        (REVOKE, {"apiKey": made["apiKey"]["id"]}),
        (password, {"oldPassword": "demo", "newPassword": "a long enough one"}),
        (out, {"everywhere": False}),
        (out, {"everywhere": True}),
    ):
        _, body = with_token(server, made["secret"], query, {"input": input})
        assert reasons(body["data"]["do"]) == ["KEY_ONLY_SIGNED_IN"]
    assert with_token(server, made["secret"], COUNT)[1]["data"]


@pytest.mark.parametrize("change", ["a wrong secret", "an unknown prefix", "no key at all", "too short"])
def test_a_wrong_key_is_answered_as_a_wrong_token_is(server: Client, change: str) -> None:
    secret = make(server, "clerk.1000")["secret"]
    other = "0" if secret[-1] != "0" else "1"
    wrong = {
        "a wrong secret": secret[:-1] + other,
        "an unknown prefix": "sdg_zzzzzzzz" + secret[12:],
        "no key at all": "sdg_",
        "too short": secret[:-1],
    }[change]
    status, body = with_token(server, wrong)
    expected, like = with_token(server, "nonsense")
    assert (status, body["errors"][0]["message"]) == (expected, like["errors"][0]["message"])
    assert status == 401


# ----------------------------------------------------------------------------------------------------------------- ending


def test_a_revoked_key_is_refused_by_the_very_next_request(server: Client) -> None:
    made = make(server, "clerk.1000")
    assert with_token(server, made["secret"], COUNT)[1]["data"]
    assert revoke(server, "clerk.1000", made["apiKey"]["id"])["apiKey"]["endedAt"]
    _, body = with_token(server, made["secret"], COUNT)
    assert [error["extensions"]["reason"] for error in body["errors"]] == ["SESSION_OVER"]
    assert "customers" not in str(body.get("data") or "")


def test_a_key_ends_with_its_day_and_with_its_user(server: Client, database: str, run_directory: Path) -> None:
    made = make(server, "clerk.3000")
    cli(database, run_directory, "user", "lock", "clerk.3000", "--reason", "left")
    assert with_token(server, made["secret"], COUNT)[1]["errors"]
    cli(database, run_directory, "user", "unlock", "clerk.3000")
    assert with_token(server, made["secret"], COUNT)[1]["errors"]
    server.tokens.pop("clerk.3000")
    short = make(server, "clerk.3000")
    fetch(
        database,
        "update sessions set expires_at = now() where kind = 'API_KEY' and ended_at is null and user_id = (select id from users where username = 'clerk.3000')",
    )
    status, body = with_token(server, short["secret"], COUNT)
    assert (status, body["errors"][0]["extensions"]["reason"]) == (401, "TOKEN_EXPIRED")


def test_signing_out_everywhere_leaves_keys_and_a_new_password_ends_them(
    server: Client, database: str, run_directory: Path
) -> None:
    made = make(server, "direct.1000")
    session = sign_in(server, "direct.1000")
    out = "mutation { signOut(input: {everywhere: true}) { userErrors { reason } } }"
    assert with_token(server, session["accessToken"], out)[1]["data"]["signOut"]["userErrors"] == []
    assert with_token(server, made["secret"], COUNT)[1]["data"]
    server.tokens.pop("direct.1000")
    password = (
        'mutation { changePassword(input: {oldPassword: "demo", newPassword: "a long enough one"}) { userErrors { reason } } }'
    )
    assert server.data(password, user="direct.1000")["changePassword"]["userErrors"] == []
    assert with_token(server, made["secret"], COUNT)[1]["errors"]


@pytest.mark.parametrize(
    ("days", "reason"), [pytest.param(-1, "KEY_OVER", id="yesterday"), pytest.param(400, "KEY_TOO_LONG", id="too long")]
)
def test_a_key_is_valid_for_a_while(server: Client, days: int, reason: str) -> None:
    day = (datetime.now(timezone.utc) + timedelta(days=days)).date().isoformat()
    assert [(e["reason"], e["field"]) for e in make(server, "clerk.1000", validTo=day)["userErrors"]] == [(reason, "validTo")]


# ------------------------------------------------------------------------------------------------------------- being kept


def test_the_secret_is_shown_once_and_kept_as_a_digest(server: Client, database: str) -> None:
    input = {"name": "once", "idempotencyKey": "make me one"}
    first, again = (server.data(CREATE, {"input": input}, user="clerk.1000")["do"] for _ in range(2))
    assert again == first | {"secret": None}
    everything = "".join(
        text
        for (table,) in fetch(database, "select tablename from pg_tables where schemaname = 'public'")
        for (text,) in fetch(database, f"select coalesce(string_agg(t::text, ' '), '') from {table} t")
    )
    assert first["secret"] not in everything
    assert first["secret"][13:] not in everything
    digest = hashlib.sha256(first["secret"].encode()).hexdigest()
    assert fetch(database, "select count(*) from api_keys where key_digest = $1", digest) == [(1,)]
    assert fetch(database, "select count(*) from change_documents where new_value = $1", digest) == [(0,)]


def test_only_validating_makes_no_key(server: Client, database: str) -> None:
    before = fetch(database, "select count(*) from api_keys")
    assert make(server, "clerk.1000", validateOnly=True) == {"apiKey": None, "secret": None, "userErrors": []}
    assert fetch(database, "select count(*) from api_keys") == before


def test_the_last_use_is_written_now_and_then_and_not_at_each_request(database: str, run_directory: Path) -> None:
    use = "select last_used_at from api_keys where key_digest = $1"
    with running_server(database, run_directory) as base:
        server = Client(base)
        made = make(server, "clerk.2000")
        digest = hashlib.sha256(made["secret"].encode()).hexdigest()
        before = datetime.now(timezone.utc)
        for _ in range(20):
            assert with_token(server, made["secret"], COUNT)[0] == 200
        assert fetch(database, use, digest) == [(None,)]
        server.http.close()
    ((used,),) = fetch(database, use, digest)
    assert before <= used <= datetime.now(timezone.utc)


# ------------------------------------------------------------------------------------------------------------ for machines


def test_an_administrator_makes_keys_for_machines_of_their_own_area(server: Client, machines: dict[str, str]) -> None:
    made = make(server, "local.1000", user=machines["till.1000"])
    assert made["userErrors"] == []
    assert made["apiKey"]["username"] == "till.1000"
    assert made["apiKey"]["createdBy"] == "local.1000"
    assert with_token(server, made["secret"], COUNT)[1]["data"] == server.data(COUNT, user="clerk.1000")
    assert "till.1000" in keys_of(server, "local.1000")
    assert revoke(server, "local.1000", made["apiKey"]["id"])["userErrors"] == []


@pytest.mark.parametrize(
    ("user", "machine", "reason"),
    [
        pytest.param("local.1000", "till.2000", "NOT_FOUND", id="not of another organization's"),
        pytest.param("local.1000", "robot.1000", "KEY_OF_ADMINISTRATOR", id="not one that administers"),
        pytest.param("clerk.1000", "till.1000", "NOT_FOUND", id="not by a clerk"),
        pytest.param("auditor", "till.1000", "FORBIDDEN", id="not by who only sees it"),
    ],
)
def test_nobody_else_makes_keys_for_a_machine(
    server: Client, machines: dict[str, str], user: str, machine: str, reason: str
) -> None:
    done = make(server, user, user=machines[machine])
    assert (reasons(done), done["secret"], done["apiKey"]) == ([reason], None, None)


def test_nobody_makes_a_key_for_a_colleague(server: Client, database: str) -> None:
    ((clerk,),) = fetch(database, "select id from users where username = 'clerk.1000'")
    done = make(server, "admin", user=base64.b64encode(f"User:{clerk}".encode()).decode())
    assert reasons(done) == ["KEY_OF_PERSON"]


def test_a_machine_that_also_lies_elsewhere_is_beyond_a_local_administrator(
    server: Client, machines: dict[str, str], database: str, run_directory: Path
) -> None:
    cli(database, run_directory, "policy", "assign", "till.1000", "sales-clerk", "2000/10/*")
    try:
        assert reasons(make(server, "local.1000", user=machines["till.1000"])) == ["FORBIDDEN"]
        assert make(server, "admin", user=machines["till.1000"])["userErrors"] == []
    finally:
        cli(database, run_directory, "policy", "unassign", "till.1000", "sales-clerk", "2000/10/*")


@pytest.mark.parametrize("stranger", ["clerk.2000", "dealer.b", "clerk.1000"])
def test_a_strangers_key_is_not_there(server: Client, stranger: str) -> None:
    made = make(server, "dealer.a")
    assert keys_of(server, stranger) <= {stranger}
    assert keys_of(server, "local.1000") >= {"dealer.a"}
    done = revoke(server, stranger, made["apiKey"]["id"])
    assert (reasons(done), done["apiKey"]) == (["NOT_FOUND"], None)
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert server.data(node, {"id": made["apiKey"]["id"]}, user=stranger)["node"] is None
    assert with_token(server, made["secret"], COUNT)[1]["data"]
