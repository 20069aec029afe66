"""Sessions: opened by a password, kept by refresh tokens that work once, ended everywhere at once."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from api.auth.tokens import KeyRing, Tokens
from domain.caller import UserKind
from tests import processes
from tests.client import Client, contract
from tests.conftest import environment_of, running_server
from tests.contract.test_commands import fetch, footprint

SIGN_IN = contract("SignIn").replace("code message field", "code message field reason")
VIEWER = "{ viewer { user { username } } }"


def sign_in(server: Client, user: str, password: str = "demo", **more: Any) -> dict[str, Any]:
    answer = server.run(SIGN_IN, {"input": {"username": user, "password": password, **more}})
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
    done = processes.run(words, environment_of(database, run_directory) | settings)
    done.check_returncode()
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


def test_the_same_refresh_sent_at_once_under_one_key_is_answered_each_time(server: Client, database: str) -> None:
    first = sign_in(server, "clerk.1000")
    session = claimed(first["accessToken"])["sid"]
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: refresh(server, first["refreshToken"], "tabs"), range(6)))
    assert [answer["userErrors"] for answer in answers] == [[]] * 6
    assert all(is_open(server, answer["accessToken"]) for answer in answers)
    tokens = "select count(*), count(used_at) from refresh_tokens where session_id = $1"
    assert fetch(database, tokens, session) == [(2, 1)]
    assert sum(refresh(server, answer["refreshToken"])["accessToken"] is not None for answer in answers) == 1
    assert fetch(database, "select ended_at from sessions where id = $1", session) == [(None,)]


def test_of_refreshes_sent_at_once_without_a_key_one_is_answered_and_the_session_ends(server: Client) -> None:
    first = sign_in(server, "clerk.1000")
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: refresh(server, first["refreshToken"]), range(4)))
    (winner,) = (answer for answer in answers if answer["accessToken"])
    assert not is_open(server, winner["accessToken"])
    assert refresh(server, winner["refreshToken"])["accessToken"] is None


def test_a_refresh_is_not_sent_again_after_a_minute(server: Client, database: str) -> None:
    first = sign_in(server, "clerk.1000")
    second = refresh(server, first["refreshToken"], "late")
    session = claimed(first["accessToken"])["sid"]
    past = "update refresh_tokens set used_at = used_at - interval '61 seconds' where session_id = $1 returning 1"
    fetch(database, past, session)
    assert refresh(server, first["refreshToken"], "late")["accessToken"] is None
    assert not is_open(server, second["accessToken"])


def test_once_the_next_token_was_used_a_refresh_is_not_sent_again(server: Client) -> None:
    first = sign_in(server, "clerk.1000")
    second = refresh(server, first["refreshToken"], "one")
    third = refresh(server, second["refreshToken"], "two")
    assert third["userErrors"] == []
    assert refresh(server, first["refreshToken"], "other")["accessToken"] is None
    assert not is_open(server, third["accessToken"])


def test_a_session_that_has_run_out_is_over(server: Client, database: str) -> None:
    first = sign_in(server, "clerk.1000")
    assert is_open(server, first["accessToken"])
    session = claimed(first["accessToken"])["sid"]
    fetch(database, "update sessions set expires_at = now() where id = $1 returning 1", session)
    assert not is_open(server, first["accessToken"])
    fetch(database, "update refresh_tokens set expires_at = now() where session_id = $1 returning 1", session)
    assert refresh(server, first["refreshToken"])["accessToken"] is None


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


def test_nobody_signs_out_twice(server: Client) -> None:
    token = sign_in(server, "clerk.2000")["accessToken"]
    for expected in ([], ["UNAUTHENTICATED"]):
        _, body = with_token(server, token, contract("SignOut"), {"input": {}})
        assert [error["code"] for error in body["data"]["signOut"]["userErrors"]] == expected


def test_an_ended_session_commands_nothing(server: Client, database: str) -> None:
    token = sign_in(server, "clerk.2000")["accessToken"]
    with_token(server, token, contract("SignOut"), {"input": {}})
    before = footprint(database)
    input = {"name": "Zu spät", "customerType": "AGENT", "country": "CN", "salesArea": "2000/10/00"}
    _, body = with_token(server, token, contract("CreateCustomer"), {"input": input})
    assert [error["code"] for error in body["data"]["createCustomer"]["userErrors"]] == ["UNAUTHENTICATED"]
    assert footprint(database) == before


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
    assert refresh(server, one["refreshToken"])["userErrors"] == []
    assert not is_open(server, other["accessToken"])
    assert refresh(server, other["refreshToken"])["accessToken"] is None
    assert sign_in(server, "cashier.1000")["accessToken"] is None
    assert sign_in(server, "cashier.1000", "a better password")["accessToken"]


def test_a_password_set_under_a_key_is_answered_again(server: Client, database: str) -> None:
    token = sign_in(server, "credit.admin")["accessToken"]
    input = {"oldPassword": "demo", "newPassword": "a new password", "idempotencyKey": "password"}

    def change(**other: str) -> list[str]:
        _, body = with_token(server, token, contract("ChangePassword"), {"input": {**input, **other}})
        return [error["code"] for error in body["data"]["changePassword"]["userErrors"]]

    assert change() == []
    assert change() == []
    assert change(newPassword="yet another one") == ["IDEMPOTENCY_KEY_REUSED"]
    assert sign_in(server, "credit.admin", "a new password")["accessToken"]


def test_wrong_old_passwords_are_slowed_like_failed_sign_ins(server: Client, database: str) -> None:
    token = sign_in(server, "credit.manager")["accessToken"]
    fetch(database, "insert into sign_in_attempts values ('user:credit.manager', 3, now()) returning 1")

    def change(old: str) -> list[tuple[str, str]]:
        input = {"oldPassword": old, "newPassword": "a better password"}
        _, body = with_token(server, token, contract("ChangePassword"), {"input": input})
        return [(error["code"], error["field"]) for error in body["data"]["changePassword"]["userErrors"]]

    assert [change("wrong") for _ in range(2)] == [[("BAD_CREDENTIALS", "oldPassword")]] * 2
    counted = (
        "update sign_in_attempts set failures = 12, last_at = now() where subject = 'user:credit.manager' and failures = 5"
    )
    assert fetch(database, f"{counted} returning 1") == [(1,)]
    assert change("demo") == [("TOO_MANY_ATTEMPTS", None)]
    assert [error["code"] for error in sign_in(server, "credit.manager")["userErrors"]] == ["TOO_MANY_ATTEMPTS"]


def test_a_password_set_under_a_key_leaves_nothing_to_guess_it_by(server: Client, database: str) -> None:
    token = sign_in(server, "credit.1000")["accessToken"]
    input = {"oldPassword": "demo", "newPassword": "a better password", "idempotencyKey": "one change"}
    assert with_token(server, token, contract("ChangePassword"), {"input": input})[1] == {
        "data": {"changePassword": {"userErrors": []}}
    }
    ((kept,),) = fetch(database, "select input_digest from idempotency_keys where key = 'one change'")
    plain = json.dumps({"old_password": "demo", "new_password": "a better password"}, sort_keys=True)
    assert kept != hashlib.sha256(plain.encode()).hexdigest()


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


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
    ids=str,
)
def test_another_site_is_given_no_cookie(server: Client, headers: dict[str, str]) -> None:
    body = {"query": contract("SignIn"), "variables": {"input": {"username": "buyer.a", "password": "demo", "useCookie": True}}}
    response = server.post(body, headers=headers)
    signed_in = response.json()["data"]["signIn"]
    assert (signed_in["accessToken"], [error["code"] for error in signed_in["userErrors"]]) == (None, ["REFUSED"])
    assert "set-cookie" not in response.headers
    allowed = server.post(body, headers={"Sec-Fetch-Site": "same-origin"})
    assert "set-cookie" in allowed.headers


def test_a_token_in_a_cookie_works_once_and_signing_out_takes_the_cookie_back(server: Client) -> None:
    body = {"query": contract("SignIn"), "variables": {"input": {"username": "buyer.a", "password": "demo", "useCookie": True}}}
    response = server.post(body)
    first = response.headers["set-cookie"].partition(";")[0]
    refreshing = {"query": contract("RefreshSession"), "variables": {"input": {}}}
    second = server.post(refreshing, headers={"Cookie": first})
    token = second.json()["data"]["refreshSession"]["accessToken"]
    out = server.post(
        {"query": contract("SignOut"), "variables": {"input": {}}},
        headers={"Authorization": f"Bearer {token}", "Cookie": first},
    )
    assert out.headers["set-cookie"].startswith('sdgraph_refresh="";')
    assert "Max-Age=0" in out.headers["set-cookie"]
    again = server.post(body).headers["set-cookie"].partition(";")[0]
    third = server.post(refreshing, headers={"Cookie": again}).json()["data"]["refreshSession"]["accessToken"]
    assert is_open(server, third)
    replayed = server.post(refreshing, headers={"Cookie": again}).json()["data"]["refreshSession"]
    assert (replayed["accessToken"], replayed["userErrors"][0]["field"]) == (None, "refreshToken")
    assert not is_open(server, third)


def test_outside_the_demo_the_cookie_goes_over_https_only_and_to_allowed_origins(database: str, run_directory: Path) -> None:
    settings = {"SDGRAPH_MODE": "production", "SDGRAPH_CORS_ORIGINS": '["https://app.example"]'}
    body = {"query": contract("SignIn"), "variables": {"input": {"username": "buyer.a", "password": "demo", "useCookie": True}}}
    with running_server(database, run_directory, **settings) as base:
        server = Client(base)
        cookie = server.post(body, headers={"Origin": "https://app.example"}).headers["set-cookie"]
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/graphql"} <= set(cookie.split("; "))
        assert "set-cookie" not in server.post(body, headers={"Origin": "https://app.example.evil.example"}).headers
        server.http.close()


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


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Forger:
    """Makes tokens like a good one, each with one thing wrong."""

    def __init__(self, good: str, run_directory: Path) -> None:
        self.good = good
        self.head, self.body, self.signature = good.split(".")
        self.claims = claimed(good)
        self.kid, self.key = KeyRing(run_directory / "keys").newest()

    def signed(self, *, key: Any = None, header: Any = None, **claims: Any) -> str:
        head = {"alg": "ES256", "kid": self.kid, **(header or {})}
        return jwt.encode(head, {**self.claims, **claims}, key or self.key, algorithms=[head["alg"]])

    def without(self, claim: str) -> str:
        left = {name: value for name, value in self.claims.items() if name != claim}
        return jwt.encode({"alg": "ES256", "kid": self.kid}, left, self.key, algorithms=["ES256"])


FORGERIES: dict[str, Any] = {
    "garbage": lambda forger: "garbage",
    "nothing": lambda forger: "..",
    "no signature": lambda forger: f"{forger.head}.{forger.body}.",
    "another signature": lambda forger: f"{forger.head}.{forger.body}.{forger.signature[:-8]}AAAAAAAA",
    "other claims under the signature": lambda forger: ".".join(
        (forger.head, encoded({**forger.claims, "sub": "1"}), forger.signature)
    ),
    "alg none": lambda forger: f"{encoded({'alg': 'none', 'kid': forger.kid})}.{forger.body}.",
    "alg none, signed": lambda forger: f"{encoded({'alg': 'none', 'kid': forger.kid})}.{forger.body}.{forger.signature}",
    "the public key as a secret": lambda forger: forger.signed(
        key=OctKey.import_key(json.dumps(forger.key.as_dict(private=False))), header={"alg": "HS256"}
    ),
    "a foreign key under the kid": lambda forger: forger.signed(key=ECKey.generate_key("P-256")),
    "a kid that is none": lambda forger: forger.signed(header={"kid": "none"}),
    "a kid that is a path": lambda forger: forger.signed(header={"kid": f"../keys/{forger.kid}"}),
    "another issuer": lambda forger: forger.signed(iss="somebody"),
    "no expiry": lambda forger: forger.without("exp"),
    "no session": lambda forger: forger.without("sid"),
    "expired": lambda forger: forger.signed(exp=int(datetime.now(timezone.utc).timestamp()) - 1),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_is_no_valid_access_token_is_refused_before_anything_runs(
    server: Client, database: str, run_directory: Path, forgery: str
) -> None:
    forger = Forger(sign_in(server, "clerk.1000")["accessToken"], run_directory)
    assert is_open(server, forger.signed()), "with nothing wrong it opens"
    before = footprint(database)
    response = server.post(
        {"query": contract("ChangePassword"), "variables": {"input": {"oldPassword": "demo", "newPassword": "a new password"}}},
        headers={"Authorization": f"Bearer {FORGERIES[forgery](forger)}"},
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    (error,) = response.json()["errors"]
    reason = "TOKEN_EXPIRED" if forgery == "expired" else "TOKEN_INVALID"
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("UNAUTHENTICATED", reason)
    assert footprint(database) == before


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "demo"])
def test_an_authorization_that_is_no_bearer_token_is_refused(server: Client, header: str) -> None:
    response = server.post({"query": "{ __typename }"}, headers={"Authorization": header})
    assert response.status_code == 401
    assert "www-authenticate" in response.headers


def test_a_token_opens_nothing_after_its_time(server: Client, run_directory: Path) -> None:
    claims = claimed(sign_in(server, "clerk.1000")["accessToken"])
    who = (int(claims["sub"]), "clerk.1000", UserKind.EMPLOYEE, claims["sid"], "en")
    fresh, _ = tokens_of(run_directory).issue(*who)
    expired, _ = tokens_of(run_directory, hours=-1).issue(*who)
    foreign, _ = tokens_of(run_directory, directory="foreign-keys").issue(*who)
    assert with_token(server, fresh)[0] == 200
    for token, reason in ((expired, "TOKEN_EXPIRED"), (foreign, "TOKEN_INVALID")):
        status, body = with_token(server, token)
        assert (status, body["errors"][0]["extensions"]["reason"]) == (401, reason)


def test_a_token_for_another_s_session_opens_nothing(server: Client, run_directory: Path) -> None:
    claims = claimed(sign_in(server, "clerk.1000")["accessToken"])
    admin = claimed(sign_in(server, "admin")["accessToken"])
    own, _ = tokens_of(run_directory).issue(int(admin["sub"]), "admin", UserKind.EMPLOYEE, admin["sid"], "en")
    assert is_open(server, own)
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
    kids = [json.loads(base64.urlsafe_b64decode(f"{token.split('.')[0]}==="))["kid"] for token in (old, new)]
    assert kids == [first, second]
    assert cli(database, run_directory, "keys", "retire", first, **settings) == "retired"
    assert with_token(server, old)[0] == 401
    assert is_open(server, new)
    assert cli(database, run_directory, "keys", "retire", first, **settings) == "there is no such key"
    left = server.http.get(f"{server.base}/.well-known/jwks.json").json()["keys"]
    assert [key["kid"] for key in left] == [second]
    cli(database, run_directory, "keys", "retire", second, **settings)
    assert with_token(server, new)[0] == 401
    assert is_open(server, sign_in(server, "clerk.1000")["accessToken"]), "the last key leaves another in its place"


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
        for each in (server, other):
            _, body = with_token(each, session["accessToken"])
            assert body["errors"][0]["extensions"]["reason"] == "SESSION_OVER"
        assert not is_open(server, session["accessToken"])
        assert not is_open(other, session["accessToken"])
        assert refresh(other, session["refreshToken"])["accessToken"] is None
        locked, wrong = sign_in(server, "billing.1000"), sign_in(server, "billing.1000", "wrong")
        assert locked == wrong == sign_in(other, "billing.1000")
        assert [error["reason"] for error in locked["userErrors"]] == ["BAD_CREDENTIALS"]
        counted = "select failures from sign_in_attempts where subject = 'user:billing.1000'"
        assert fetch(database, counted) == [(3,)]
        cli(database, run_directory, "user", "unlock", "billing.1000")
        assert sign_in(server, "billing.1000")["accessToken"]
        assert not is_open(server, session["accessToken"]), "the old session stays ended"
        assert fetch(database, counted) == []
        other.http.close()


@pytest.fixture
def strict(database: str, run_directory: Path) -> Iterator[Client]:
    with running_server(database, run_directory, SDGRAPH_SIGN_IN_FAILURES_PER_USER="3") as base:
        client = Client(base)
        yield client
        client.http.close()


def test_failed_sign_ins_are_slowed_alike_for_known_and_unknown_users(strict: Client, database: str) -> None:
    users = ("shipping.1000", "no.such.user")

    def attempt(user: str, password: str = "wrong") -> tuple[str, str]:
        (error,) = sign_in(strict, user, password)["userErrors"]
        return error["code"], error["reason"]

    for user in users:
        assert [attempt(user) for _ in range(3)] == [("BAD_CREDENTIALS", "BAD_CREDENTIALS")] * 3
    kept = fetch(database, "select failures from sign_in_attempts where subject = any($1)", [f"user:{user}" for user in users])
    assert kept == [(3,), (3,)]
    fetch(database, "update sign_in_attempts set failures = 12, last_at = now() returning 1")  # minutes to wait, not one second
    for user in users:
        assert attempt(user) == ("TOO_MANY_ATTEMPTS", "TOO_MANY_ATTEMPTS")
        assert attempt(user, "demo") == ("TOO_MANY_ATTEMPTS", "TOO_MANY_ATTEMPTS")
    fetch(database, "delete from sign_in_attempts where subject like 'address:%' returning 1")
    assert sign_in(strict, "price.admin")["accessToken"], "another user goes on"


def test_a_user_name_is_slowed_however_it_is_written(strict: Client, database: str) -> None:
    for name in ("price.approver", "Price.Approver", " price.approver "):
        assert [error["code"] for error in sign_in(strict, name, "wrong")["userErrors"]] == ["BAD_CREDENTIALS"]
    assert fetch(database, "select failures from sign_in_attempts where subject = 'user:price.approver'") == [(3,)]


def test_guesses_sent_at_once_are_counted_before_they_are_looked_at(server: Client, database: str) -> None:
    """Five are free; of those that come while they are checked, none is."""
    fetch(database, "delete from sign_in_attempts returning 1")

    def guess(number: int) -> str:
        return sign_in(server, "price.approver", f"guess {number}")["userErrors"][0]["code"]  # type: ignore[no-any-return]

    with ThreadPoolExecutor(20) as threads:
        codes = list(threads.map(guess, range(40)))
    assert codes.count("BAD_CREDENTIALS") <= 8, "on a busy machine the first pauses may be over before the last guess"
    assert set(codes) == {"BAD_CREDENTIALS", "TOO_MANY_ATTEMPTS"}
    fetch(database, "update sign_in_attempts set last_at = now() - interval '10 minutes' returning 1")
    assert sign_in(server, "price.approver")["accessToken"]
    kept = dict(fetch(database, "select subject, failures from sign_in_attempts"))
    assert "user:price.approver" not in kept, "a success forgets the user's failures"
    assert kept["address:127.0.0.1"] == codes.count("BAD_CREDENTIALS"), "and counts for no failure of the address"
    fetch(database, "delete from sign_in_attempts returning 1")


def test_guesses_at_the_old_password_are_slowed_too(server: Client, database: str) -> None:
    token = sign_in(server, "price.approver")["accessToken"]

    def guess(number: int) -> str:
        input = {"oldPassword": f"guess {number}", "newPassword": "a better password"}
        _, body = with_token(server, token, contract("ChangePassword"), {"input": input})
        return body["data"]["changePassword"]["userErrors"][0]["code"]  # type: ignore[no-any-return]

    with ThreadPoolExecutor(10) as threads:
        codes = list(threads.map(guess, range(20)))
    assert codes.count("BAD_CREDENTIALS") <= 8
    assert set(codes) == {"BAD_CREDENTIALS", "TOO_MANY_ATTEMPTS"}
    fetch(database, "delete from sign_in_attempts returning 1")


def test_failed_sign_ins_are_slowed_per_address(database: str, run_directory: Path) -> None:
    settings = {"SDGRAPH_SIGN_IN_FAILURES_PER_ADDRESS": "4", "SDGRAPH_TRUSTED_PROXIES": '["127.0.0.1"]'}
    with running_server(database, run_directory, **settings) as base:
        server = Client(base)

        def attempt(number: int, address: str) -> str:
            body = {"query": contract("SignIn"), "variables": {"input": {"username": f"nobody.{number}", "password": "x"}}}
            answer = server.post(body, headers={"X-Forwarded-For": address}).json()
            return answer["data"]["signIn"]["userErrors"][0]["code"]  # type: ignore[no-any-return]

        assert [attempt(number, "198.51.100.7") for number in range(4)] == ["BAD_CREDENTIALS"] * 4
        fetch(
            database,
            "update sign_in_attempts set failures = 12, last_at = now() where subject = 'address:198.51.100.7' returning 1",
        )
        assert attempt(8, "198.51.100.7") == "TOO_MANY_ATTEMPTS"
        assert attempt(9, "198.51.100.8") == "BAD_CREDENTIALS"
        server.http.close()


def test_a_good_sign_in_does_not_lengthen_the_memory_of_an_address(strict: Client, database: str) -> None:
    fetch(database, "insert into sign_in_attempts values ('user:nobody', 1, now() - interval '16 minutes') returning 1")
    old = "now() - interval '14 minutes'"
    fetch(
        database,
        f"insert into sign_in_attempts (subject, failures, last_at) values ('address:127.0.0.1', 7, {old}) on conflict (subject) do update set failures = 7, last_at = {old} returning 1",
    )
    assert sign_in(strict, "price.approver")["accessToken"]
    kept = "select failures, last_at < now() - interval '13 minutes' from sign_in_attempts where subject = 'address:127.0.0.1'"
    assert fetch(database, kept) == [(7, True)]
    assert fetch(database, "select 1 from sign_in_attempts where subject = 'user:nobody'") == [], (
        "what is forgotten is not kept"
    )
