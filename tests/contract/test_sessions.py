"""Sessions: opened by a password, kept by refresh tokens that work once, ended everywhere at once."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from api.auth.tokens import KeyRing, Tokens
from domain.caller import UserKind
from tests.client import Client, contract
from tests.conftest import ROOT, environment_of, running_server

VIEWER = "{ viewer { user { username } } }"


def sign_in(server: Client, user: str, password: str = "demo", **more: Any) -> dict[str, Any]:
    answer = server.run(contract("SignIn"), {"input": {"username": user, "password": password, **more}})
    return answer["data"]["signIn"]  # type: ignore[no-any-return]


def refresh(server: Client, token: str | None, key: str | None = None, **headers: str) -> dict[str, Any]:
    answer = server.run(contract("RefreshSession"), {"input": {"refreshToken": token, "idempotencyKey": key}}, **headers)
    return answer["data"]["refreshSession"]  # type: ignore[no-any-return]


def with_token(server: Client, token: str, query: str = VIEWER, variables: Any = None) -> Any:
    """The answer to a request with this access token: status and body."""
    response = server.post({"query": query, "variables": variables}, headers={"Authorization": f"Bearer {token}"})
    return response.status_code, response.json()


def is_open(server: Client, token: str) -> bool:
    _, body = with_token(server, token)
    return bool((body.get("data") or {}).get("viewer"))


def cli(database: str, run_directory: Path, *words: str, **settings: str) -> str:
    environment = environment_of(database, run_directory) | settings
    done = subprocess.run(
        [sys.executable, "-m", "api", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


# ------------------------------------------------------------------------------------------------------------- refreshing


def test_a_refresh_token_works_once_and_gives_the_next(server: Client) -> None:
    first = sign_in(server, "clerk.1000")
    second = refresh(server, first["refreshToken"])
    assert second["userErrors"] == []
    assert second["refreshToken"] != first["refreshToken"]
    assert is_open(server, second["accessToken"])
    assert refresh(server, second["refreshToken"])["userErrors"] == []


def test_a_token_used_twice_ends_the_whole_session(server: Client) -> None:
    first = sign_in(server, "clerk.1000")
    second = refresh(server, first["refreshToken"])
    stolen = refresh(server, first["refreshToken"])
    assert [error["code"] for error in stolen["userErrors"]] == ["BAD_CREDENTIALS"]
    assert stolen["accessToken"] is None
    assert refresh(server, second["refreshToken"])["accessToken"] is None
    assert not is_open(server, second["accessToken"])
    assert not is_open(server, first["accessToken"])


def test_a_refresh_whose_answer_was_lost_may_be_sent_again_under_its_key(server: Client) -> None:
    first = sign_in(server, "clerk.1000")
    lost = refresh(server, first["refreshToken"], "again")
    found = refresh(server, first["refreshToken"], "again")
    assert found["userErrors"] == []
    assert is_open(server, found["accessToken"])
    assert refresh(server, lost["refreshToken"])["accessToken"] is None
    assert refresh(server, first["refreshToken"], "other key")["accessToken"] is None
    assert not is_open(server, found["accessToken"])


@pytest.mark.parametrize("token", ["garbage", "", None, "x" * 5000])
def test_what_is_no_refresh_token_opens_nothing(server: Client, token: str | None) -> None:
    assert [error["code"] for error in refresh(server, token)["userErrors"]] == ["BAD_CREDENTIALS"]


# --------------------------------------------------------------------------------------------------------------- signing out


def test_signing_out_ends_this_session_only(server: Client) -> None:
    one, other = sign_in(server, "clerk.2000"), sign_in(server, "clerk.2000")
    assert with_token(server, one["accessToken"], contract("SignOut"), {"input": {}})[1]["data"]["signOut"]["userErrors"] == []
    assert not is_open(server, one["accessToken"])
    assert refresh(server, one["refreshToken"])["accessToken"] is None
    assert is_open(server, other["accessToken"])


def test_signing_out_everywhere_ends_all_sessions(server: Client) -> None:
    one, other = sign_in(server, "clerk.2000"), sign_in(server, "clerk.2000")
    with_token(server, one["accessToken"], contract("SignOut"), {"input": {"everywhere": True}})
    assert not is_open(server, one["accessToken"])
    assert not is_open(server, other["accessToken"])
    _, body = with_token(server, other["accessToken"], "{ customers(first: 1) { totalCount } }")
    assert body["errors"][0]["extensions"]["reason"] == "SESSION_OVER"


def test_a_new_password_ends_the_other_sessions_and_not_this_one(server: Client) -> None:
    one, other = sign_in(server, "cashier.1000"), sign_in(server, "cashier.1000")

    def change(old: str, new: str) -> list[tuple[str, str]]:
        _, body = with_token(
            server, one["accessToken"], contract("ChangePassword"), {"input": {"oldPassword": old, "newPassword": new}}
        )
        return [(error["code"], error["field"]) for error in body["data"]["changePassword"]["userErrors"]]

    assert change("wrong", "a better password") == [("BAD_CREDENTIALS", "oldPassword")]
    assert change("demo", "short") == [("INVALID", "newPassword")]
    assert change("demo", "my cashier.1000 password") == [("INVALID", "newPassword")]
    assert is_open(server, other["accessToken"])
    assert change("demo", "a better password") == []
    assert is_open(server, one["accessToken"])
    assert not is_open(server, other["accessToken"])
    assert sign_in(server, "cashier.1000")["accessToken"] is None
    assert sign_in(server, "cashier.1000", "a better password")["accessToken"]


# ------------------------------------------------------------------------------------------------------------------ cookies


def test_a_browser_keeps_its_refresh_token_in_a_cookie_that_no_script_reads(server: Client) -> None:
    body = {"query": contract("SignIn"), "variables": {"input": {"username": "buyer.a", "password": "demo", "useCookie": True}}}
    own = {"Origin": server.base}
    response = server.post(body, headers=own)
    assert response.json()["data"]["signIn"]["refreshToken"] is None
    cookie = response.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/graphql"))
    value = cookie.partition(";")[0]
    refreshing = {"query": contract("RefreshSession"), "variables": {"input": {}}}
    foreign = server.post(refreshing, headers={"Cookie": value, "Origin": "https://evil.example"}).json()["data"][
        "refreshSession"
    ]
    assert (foreign["accessToken"], foreign["userErrors"][0]["code"]) == (None, "REFUSED")
    again = server.post(refreshing, headers={"Cookie": value, **own})
    assert is_open(server, again.json()["data"]["refreshSession"]["accessToken"])
    assert again.json()["data"]["refreshSession"]["refreshToken"] is None
    assert again.headers["set-cookie"].partition(";")[0] != value


def test_a_form_of_another_site_cannot_use_the_cookie(server: Client) -> None:
    response = server.http.post(
        f"{server.base}/graphql", data={"query": "mutation { signOut(input: {}) { userErrors { code } } }"}
    )
    assert response.status_code == 415


# ----------------------------------------------------------------------------------------------------------- access tokens


def tokens_of(run_directory: Path, *, hours: int = 0, directory: str = "keys") -> Tokens:
    keys = KeyRing(run_directory / directory)
    keys.ensure()
    return Tokens(keys, "sdgraph", 600, lambda: datetime.now(timezone.utc) + timedelta(hours=hours))


def claimed(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))  # type: ignore[no-any-return]


def test_what_is_no_valid_access_token_is_refused_before_anything_runs(server: Client, run_directory: Path) -> None:
    good = sign_in(server, "clerk.1000")["accessToken"]
    head, body, signature = good.split(".")
    nobody = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    claims = claimed(good)
    user, session = int(claims["sub"]), claims["sid"]
    expired, _ = tokens_of(run_directory, hours=-1).issue(user, "clerk.1000", UserKind.EMPLOYEE, session, "en")
    foreign, _ = tokens_of(run_directory, directory="foreign-keys").issue(user, "clerk.1000", UserKind.EMPLOYEE, session, "en")
    for token in ("garbage", f"{nobody}.{body}.", f"{head}.{body}.{signature[:-4]}AAAA", expired, foreign):
        response = server.post({"query": VIEWER}, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 401, token
        assert "Bearer" in response.headers["www-authenticate"]
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert server.post({"query": VIEWER}, headers={"Authorization": "Basic abc"}).status_code == 401


def test_a_token_for_another_s_session_opens_nothing(server: Client, run_directory: Path) -> None:
    claims = claimed(sign_in(server, "clerk.1000")["accessToken"])
    admin = claimed(sign_in(server, "admin")["accessToken"])
    mixed, _ = tokens_of(run_directory).issue(int(admin["sub"]), "admin", UserKind.EMPLOYEE, claims["sid"], "en")
    assert not is_open(server, mixed)


@pytest.fixture
def own_keys(database: str, run_directory: Path, tmp_path: Path) -> Iterator[tuple[Client, dict[str, str]]]:
    settings = {"SDGRAPH_KEYS_DIR": str(tmp_path / "keys")}
    with running_server(database, run_directory, **settings) as base:
        client = Client(base)
        yield client, settings
        client.http.close()


def test_keys_rotate_by_their_kid_and_retire(
    own_keys: tuple[Client, dict[str, str]], database: str, run_directory: Path
) -> None:
    server, settings = own_keys
    old = sign_in(server, "clerk.1000")["accessToken"]
    (first,) = (key["kid"] for key in server.http.get(f"{server.base}/.well-known/jwks.json").json()["keys"])
    second = cli(database, run_directory, "keys", "rotate", **settings)
    new = sign_in(server, "clerk.1000")["accessToken"]
    published = server.http.get(f"{server.base}/.well-known/jwks.json").json()["keys"]
    assert [key["kid"] for key in published] == [second, first]
    assert all("d" not in key for key in published)
    assert is_open(server, old)
    assert is_open(server, new)
    cli(database, run_directory, "keys", "retire", first, **settings)
    assert with_token(server, old)[0] == 401
    assert is_open(server, new)


# ------------------------------------------------------------------------------------------------------ locks, slowed sign-ins


def test_a_locked_user_is_refused_at_the_next_request_on_every_process(
    server: Client, database: str, run_directory: Path
) -> None:
    with running_server(database, run_directory) as base:
        other = Client(base)
        session = sign_in(server, "billing.1000")
        assert is_open(server, session["accessToken"])
        assert is_open(other, session["accessToken"])
        cli(database, run_directory, "user", "lock", "billing.1000")
        assert not is_open(server, session["accessToken"])
        assert not is_open(other, session["accessToken"])
        assert refresh(other, session["refreshToken"])["accessToken"] is None
        locked, wrong = sign_in(server, "billing.1000"), sign_in(server, "billing.1000", "wrong")
        assert locked["userErrors"] == wrong["userErrors"]
        cli(database, run_directory, "user", "unlock", "billing.1000")
        assert sign_in(server, "billing.1000")["accessToken"]
        other.http.close()


@pytest.fixture
def strict(database: str, run_directory: Path) -> Iterator[Client]:
    with running_server(database, run_directory, SDGRAPH_SIGN_IN_FAILURES_PER_USER="3") as base:
        client = Client(base)
        yield client
        client.http.close()


def test_failed_sign_ins_are_slowed_alike_for_known_and_unknown_users(strict: Client) -> None:
    def attempts(user: str) -> list[str]:
        return [sign_in(strict, user, "wrong")["userErrors"][0]["code"] for _ in range(5)]

    known, unknown = attempts("shipping.1000"), attempts("no.such.user")
    assert known == unknown == ["BAD_CREDENTIALS"] * 3 + ["TOO_MANY_ATTEMPTS"] * 2
    refused = sign_in(strict, "shipping.1000")
    assert (refused["accessToken"], refused["userErrors"][0]["code"]) == (None, "TOO_MANY_ATTEMPTS")
    assert sign_in(strict, "price.admin")["accessToken"], "another user goes on"


def test_failed_sign_ins_are_slowed_per_address(database: str, run_directory: Path) -> None:
    settings = {"SDGRAPH_SIGN_IN_FAILURES_PER_ADDRESS": "4", "SDGRAPH_TRUSTED_PROXIES": '["127.0.0.1"]'}
    with running_server(database, run_directory, **settings) as base:
        server = Client(base)

        def attempt(number: int, address: str) -> str:
            body = {"query": contract("SignIn"), "variables": {"input": {"username": f"nobody.{number}", "password": "x"}}}
            answer = server.post(body, headers={"X-Forwarded-For": address}).json()
            return answer["data"]["signIn"]["userErrors"][0]["code"]  # type: ignore[no-any-return]

        assert [attempt(number, "198.51.100.7") for number in range(6)] == ["BAD_CREDENTIALS"] * 4 + ["TOO_MANY_ATTEMPTS"] * 2
        assert attempt(9, "198.51.100.8") == "BAD_CREDENTIALS"
        server.http.close()
