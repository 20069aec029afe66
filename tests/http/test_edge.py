"""The HTTP edge: what is answered to whom, in which type and status, and what never gets out."""

import asyncio
import base64
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx2 as httpx
import pytest

from api.graphql_http import GRAPHQL, JSON, NoGraphQL, accepted_type
from models.config import connection_settings
from tests.client import Client, contract
from tests.conftest import cloned, running_server

WHO = "{ viewer { user { username } } }"
CUSTOMERS = "{ customers(first: 2) { edges { node { number } } } }"
ALLOWED, FOREIGN = "https://app.example", "https://evil.example"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def production(database: str, run_directory: Path) -> Iterator[Client]:
    """A server in production mode that lets one origin in."""
    with running_server(database, run_directory, SDGRAPH_MODE="production", SDGRAPH_CORS_ORIGINS=json.dumps([ALLOWED])) as base:
        yield Client(base)


@pytest.fixture
def own_database(postgres: str, template: str) -> Iterator[str]:
    """A database that the test may break."""
    with cloned(postgres, template) as url:
        yield url


def execute(url: str, *statements: str) -> None:
    """Carry out SQL."""

    async def run() -> None:
        connection = await asyncpg.connect(**connection_settings(url))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


def log_of(base: str, run_directory: Path) -> list[dict[str, Any]]:
    """The log lines of a server."""
    lines = (run_directory / f"server-{base.rpartition(':')[2]}.log").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def only_error(response: httpx.Response) -> dict[str, Any]:
    """The single error of an answer."""
    (error,) = response.json()["errors"]
    return error


# ------------------------------------------------------------------------------------------------------- media types


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        pytest.param(None, JSON, id="nothing said"),
        pytest.param("*/*", JSON, id="anything"),
        pytest.param("application/*", JSON, id="any application type"),
        pytest.param(GRAPHQL, GRAPHQL, id="the GraphQL type"),
        pytest.param(f"{GRAPHQL}, {JSON}", GRAPHQL, id="both, the GraphQL type first"),
        pytest.param(f"{JSON}, {GRAPHQL}", JSON, id="both, JSON first"),
        pytest.param(f"{JSON};q=0.5, {GRAPHQL}", GRAPHQL, id="by quality"),
        pytest.param(f"{JSON};q=0.5, */*", GRAPHQL, id="the wildcard is liked better than the named one"),
        pytest.param(f"{GRAPHQL}; charset=utf-8", GRAPHQL, id="with the charset"),
        pytest.param(f"{GRAPHQL};q=nonsense, {JSON}", JSON, id="a quality that is none"),
        pytest.param("text/html, */*;q=0.1", JSON, id="a browser"),
    ],
)
def test_the_type_of_the_answer(header: str | None, chosen: str) -> None:
    assert accepted_type(header) == chosen


@pytest.mark.parametrize("header", ["text/html", f"{JSON};q=0", f"{JSON}; charset=utf-16", "image/*"])
def test_no_type_that_could_be_answered(header: str, server: Client) -> None:
    with pytest.raises(NoGraphQL):
        accepted_type(header)
    response = server.post({"query": WHO}, headers={"Accept": header})
    assert response.status_code == 406
    assert only_error(response)["extensions"]["reason"] == "ACCEPT_NEITHER"


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/graphql", "application/x-www-form-urlencoded", "application/json; charset=utf-16"],
)
def test_another_content_type_is_refused(content_type: str, server: Client) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = httpx.post(f"{server.base}/graphql", content=json.dumps({"query": WHO}), headers=headers)
    assert response.status_code == 415
    assert response.headers["accept"] == JSON


# ------------------------------------------------------------------------------------------------------------ bodies


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "BODY_NOT_JSON", id="nothing"),
        pytest.param(b"{", "BODY_NOT_JSON", id="half"),
        pytest.param(b'{"query": "\xff"}', "BODY_NOT_JSON", id="not UTF-8"),
        pytest.param(b'{"query": "{viewer{user{id}}}", "variables": {"n": NaN}}', "BODY_NOT_JSON", id="NaN"),
        pytest.param(b'{"query": "{a}", "variables": {"n": ' + b"9" * 5000 + b"}}", "BODY_NOT_JSON", id="an endless number"),
        pytest.param(b'{"query": "{a}", "variables": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "BODY_NOT_JSON", id="deep"),
        pytest.param(b'[{"query": "{a}"}, {"query": "{a}"}]', "BODY_NOT_OBJECT", id="a batch"),
        pytest.param(b'"{a}"', "BODY_NOT_OBJECT", id="a string"),
        pytest.param(b"{}", "QUERY_MISSING", id="no query"),
        pytest.param(b'{"query": ""}', "QUERY_MISSING", id="an empty query"),
        pytest.param(b'{"query": ["{a}"]}', "QUERY_MISSING", id="several queries"),
        pytest.param(b'{"query": "{a}", "variables": []}', "PARAMETER_NOT_OBJECT", id="variables in a list"),
        pytest.param(b'{"query": "{a}", "operationName": 1}', "PARAMETER_NOT_STRING", id="a number as a name"),
        pytest.param(b'{"query": "{a}", "extensions": 1}', "PARAMETER_NOT_OBJECT", id="a number as extensions"),
        pytest.param(b'{"query": "{a}", "variables": {"n": "a\\u0000b"}}', "TEXT_CONTROL", id="NUL in a variable"),
        pytest.param(b'{"query": "{a}", "variables": {"n": [{"\\u0000": 1}]}}', "TEXT_CONTROL", id="NUL in a key"),
        pytest.param(b'{"query": "{a}", "variables": {"n": "\\ud800"}}', "TEXT_CONTROL", id="half a surrogate in a variable"),
        pytest.param(b'{"query": "{a}", "operationName": "\\ud800"}', "TEXT_CONTROL", id="half a surrogate in the name"),
        pytest.param(b'{"query": "{a(b: \\"\\ud800\\")}"}', "TEXT_CONTROL", id="half a surrogate in the document"),
    ],
)
def test_what_is_no_request(body: bytes, reason: str, server: Client) -> None:
    response = httpx.post(f"{server.base}/graphql", content=body, headers={"Content-Type": JSON})
    assert (response.status_code, only_error(response)["extensions"]["reason"]) == (400, reason)


@pytest.mark.parametrize(
    "literal", [r'"a\u0000b"', r'"a\u{0}b"', r'"\u{0000}"', '"""a\0b"""'], ids=["escaped", "braced", "zeros", "raw"]
)
def test_nul_in_a_literal_is_refused_however_it_is_written(literal: str, server: Client) -> None:
    answer = server.run(f"{{ customers(first: 1, filter: {{ search: {literal} }}) {{ totalCount }} }}", user="auditor")
    assert [each["extensions"]["reason"] for each in answer["errors"]] == ["TEXT_CONTROL"]


@pytest.mark.parametrize("literal", [r'"\ud800"', r'"\u{dfff}"'])
def test_half_a_surrogate_in_a_literal_is_a_syntax_error(literal: str, server: Client) -> None:
    answer = server.run(f"{{ customers(first: 1, filter: {{ search: {literal} }}) {{ totalCount }} }}", user="auditor")
    assert "data" not in answer
    assert answer["errors"][0]["message"].startswith("Syntax Error")


@pytest.mark.parametrize("text", [r"C:\u0000", r"\u{0041}", "a😀b", "a\u2028b"])
def test_texts_that_only_look_dangerous_pass(text: str, server: Client) -> None:
    query = "query Find($text: String) { customers(first: 1, filter: { search: $text }) { totalCount } }"
    assert server.data(query, {"text": text}, user="auditor")
    for literal in (json.dumps(text, ensure_ascii=False), r'"\u{0041}\u0042"'):
        assert server.data(f"{{ customers(first: 1, filter: {{ search: {literal} }}) {{ totalCount }} }}", user="auditor")


@pytest.mark.parametrize("size", [1_000_001, 20_000_000])
@pytest.mark.parametrize("announced", [True, False], ids=["with its length", "in pieces"])
def test_a_body_that_is_too_large(size: int, announced: bool, server: Client) -> None:
    body = b" " * size if announced else (b" " * 50_000 for _ in range(size // 50_000 + 1))
    response = httpx.post(f"{server.base}/graphql", content=body, headers={"Content-Type": JSON, "Accept-Language": "zh"})
    assert response.status_code == 413
    assert only_error(response)["message"] == "请求体超过 1000000 字节。"


def test_a_client_that_goes_away_in_the_middle_of_its_body_is_no_error(server: Client, run_directory: Path) -> None:
    host, port = server.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Request-ID: gone-in-the-middle\r\n"
            b'Content-Length: 100\r\n\r\n{"query"'
        )
    lines = _wait_for_line(server.base, run_directory, "gone-in-the-middle")
    assert [(line["level"], line["status"]) for line in lines] == [("info", 400)]


# -------------------------------------------------------------------------------------------------------- operations


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        pytest.param(f"query A {WHO} query B {WHO}", None, "文档包含多个操作，请提供 operationName。", id="two"),
        pytest.param(f"query A {WHO} query B {WHO}", "C", "文档中没有名为 C 的操作。", id="another name"),
        pytest.param(f"query A {WHO}", "C", "文档中没有名为 C 的操作。", id="another name than the only one's"),
    ],
)
def test_which_operation_is_meant(query: str, name: str | None, message: str, server: Client) -> None:
    body = {"query": query, "operationName": name}
    response = server.post(body, headers={"Accept": GRAPHQL, "Accept-Language": "zh-CN,en;q=0.5"})
    assert response.status_code == 400
    assert only_error(response)["message"] == message
    assert "data" not in response.json()


def test_the_named_operation_of_several_runs(server: Client) -> None:
    answer = server.post({"query": f"query A {WHO} query B {{ viewer {{ __typename }} }}", "operationName": "B"}).json()
    assert answer == {"data": {"viewer": None}}


def test_subscriptions_are_not_offered(server: Client) -> None:
    response = server.post({"query": "subscription { viewer }"}, headers={"Accept": GRAPHQL})
    assert response.status_code == 400
    assert "data" not in response.json()


def test_queries_are_sent_by_get_too(server: Client) -> None:
    parameters = {
        "query": "query Find($n: Int!) { customers(first: $n) { edges { node { number } } } }",
        "variables": '{"n": 1}',
    }
    headers = {"Authorization": f"Bearer {server.token('auditor')}"}
    answer = httpx.get(f"{server.base}/graphql", params=parameters, headers=headers).json()
    assert len(answer["data"]["customers"]["edges"]) == 1


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
def test_a_mutation_by_get_is_refused(accept: str, server: Client) -> None:
    parameters = {"query": "mutation { signOut(input: {}) { userErrors { code } } }"}
    response = httpx.get(f"{server.base}/graphql", params=parameters, headers={"Accept": accept})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(method: str, server: Client) -> None:
    response = httpx.request(method, f"{server.base}/graphql", headers={"Content-Type": JSON})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")
    assert only_error(response)["extensions"]["reason"] == "METHOD_WRONG"


@pytest.mark.parametrize("header", ["Bearer", "Bearer nonsense", "Bearer a.b.c", "Basic YTpi"])
def test_a_token_that_does_not_hold_is_401(header: str, server: Client) -> None:
    headers = {"Authorization": header, "Accept": GRAPHQL, "Accept-Language": "zh"}
    response = server.post({"query": WHO}, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.headers["content-type"].startswith(GRAPHQL)
    assert only_error(response)["message"] == "访问令牌无效。"


# -------------------------------------------------------------------------------------------------------- production


def test_introspection_is_off_in_production(production: Client, server: Client) -> None:
    for query in ("{ __schema { queryType { name } } }", '{ __type(name: "Customer") { name } }'):
        answer = production.run(query, **{"Accept-Language": "zh"})
        assert "data" not in answer
        assert {each["message"] for each in answer["errors"]} == {"此处已关闭内省。"}
        assert "data" in server.run(query)
    assert production.run("{ __typename }") == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        pytest.param("{ custmers { totalCount } }", {}, id="a field"),
        pytest.param("{ customers(frst: 1) { totalCount } }", {}, id="an argument"),
        pytest.param("{ customers(first: 1) { ... on Custmer { totalCount } } }", {}, id="a type"),
        pytest.param("{ customers(first: 1, orderBy: [{ field: NAM }]) { totalCount } }", {}, id="an enum value"),
        pytest.param(
            "query Find($filter: CustomerFilter) { customers(first: 1, filter: $filter) { totalCount } }",
            {"filter": {"serch": "x"}},
            id="a field of a variable",
        ),
        pytest.param(
            "query Find($order: [CustomerSort!]) { customers(first: 1, orderBy: $order) { totalCount } }",
            {"order": [{"field": "NAM"}]},
            id="an enum value in a variable",
        ),
    ],
)
def test_production_suggests_nothing(query: str, variables: dict[str, Any], production: Client, server: Client) -> None:
    assert "Did you mean" in json.dumps(server.run(query, variables))
    answer = production.run(query, variables)
    assert "data" not in answer
    assert "Did you mean" not in json.dumps(answer)


def test_production_shows_no_page(production: Client) -> None:
    for path in ("/static/graphiql.html", "/static/graphiql/graphiql.min.js"):
        assert httpx.get(f"{production.base}{path}").status_code == 404
    for path, status in (("/graphql", 400), ("/", 200)):
        response = httpx.get(f"{production.base}{path}", headers=BROWSER)
        assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (status, JSON)


# ---------------------------------------------------------------------------------------------------------- GraphiQL


def test_a_browser_is_led_to_graphiql(server: Client) -> None:
    home = httpx.get(f"{server.base}/", headers=BROWSER)
    assert (home.status_code, home.headers["location"]) == (307, "/graphql")
    page = httpx.get(f"{server.base}/graphql", headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert httpx.get(f"{server.base}/").headers["content-type"].startswith(JSON)


def test_the_page_is_made_of_our_own_files_only(server: Client) -> None:
    page = httpx.get(f"{server.base}/graphql", headers=BROWSER)
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) >= 7
    for link in links:
        assert link.startswith("/static/")
        assert httpx.get(f"{server.base}{link}").status_code == 200, link
    for each in ("graphiql.css", "graphiql/graphiql.min.css"):
        found = re.findall(r"url\(([^)]{0,20})|@import", httpx.get(f"{server.base}/static/{each}").text)
        assert all(url.startswith("data:") for url in found)
    assert "<style" not in page.text
    assert not re.search(r"<script(?! src)|\son\w+=|style=", page.text)


def test_the_page_may_load_and_reach_nothing_foreign(server: Client) -> None:
    policy = dict(
        part.strip().split(" ", 1)
        for part in httpx.get(f"{server.base}/graphql", headers=BROWSER).headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in str(policy)


# -------------------------------------------------------------------------------------------------------------- CORS


def test_a_page_of_an_allowed_origin_may_read_with_its_credentials(production: Client) -> None:
    asked = {
        "Origin": ALLOWED,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    before = httpx.options(f"{production.base}/graphql", headers=asked)
    assert before.status_code == 200
    assert "authorization" in before.headers["access-control-allow-headers"].lower()
    for response in (before, production.post({"query": WHO}, headers={"Origin": ALLOWED})):
        assert response.headers["access-control-allow-origin"] == ALLOWED
        assert response.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in response.headers["vary"]
    assert production.post({"query": WHO}, headers={"Origin": ALLOWED}).headers["access-control-expose-headers"]
    refused = production.post([], headers={"Origin": ALLOWED})
    assert refused.status_code == 400
    assert refused.headers["access-control-allow-origin"] == ALLOWED


@pytest.mark.parametrize("origin", [FOREIGN, "null", f"{ALLOWED}.evil.example", "http://app.example"])
def test_a_page_of_a_foreign_origin_gets_no_header_of_it(origin: str, production: Client) -> None:
    before = httpx.options(f"{production.base}/graphql", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    assert before.status_code == 405
    for response in (before, production.post({"query": WHO}, headers={"Origin": origin})):
        assert not [name for name in response.headers if name.startswith("access-control-")]


def test_without_the_setting_no_origin_is_allowed(server: Client) -> None:
    response = server.post({"query": WHO}, headers={"Origin": ALLOWED})
    assert not [name for name in response.headers if name.startswith("access-control-")]


# ---------------------------------------------------------------------------------------------- request ids and logs


def test_a_request_id_is_given_back_in_header_errors_and_log(server: Client, run_directory: Path) -> None:
    response = server.post({"query": "{ nothing }"}, headers={"X-Request-ID": "frontend-0001"})
    assert response.headers["x-request-id"] == "frontend-0001"
    assert only_error(response)["extensions"]["requestId"] == "frontend-0001"
    (line,) = _wait_for_line(server.base, run_directory, "frontend-0001")
    assert (line["event"], line["logger"], line["method"], line["path"], line["status"]) == (
        "request",
        "sdgraph.access",
        "POST",
        "/graphql",
        200,
    )


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space in it", '"};drop'])
def test_a_request_id_that_could_do_harm_in_a_log_is_replaced(given: str, server: Client) -> None:
    response = server.post({"query": "{ nothing }"}, headers={"X-Request-ID": given})
    made = response.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{24}", made)
    assert only_error(response)["extensions"]["requestId"] == made


def test_every_answer_has_an_id_and_may_not_be_sniffed(server: Client) -> None:
    for path in ("/", "/graphql", "/health/live", "/health/ready", "/metrics", "/static/graphiql.js", "/nothing"):
        response = httpx.get(f"{server.base}{path}", headers=BROWSER)
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-request-id"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("POST", "/metrics", 405)])
def test_what_no_route_answers_is_json_too(method: str, path: str, status: int, server: Client) -> None:
    response = httpx.request(method, f"{server.base}{path}", headers={"X-Request-ID": "frontend-0002"})
    assert response.status_code == status
    assert only_error(response)["extensions"]["requestId"] == "frontend-0002"


# --------------------------------------------------------------------------------------------------- internal errors

INSIDE = re.compile(r"relation|table|asyncpg|tortoise|exception|traceback|\.py|select |insert |postgres", re.IGNORECASE)


@pytest.mark.parametrize(("mode", "language"), [("demo", "en"), ("production", "zh")])
@pytest.mark.parametrize(
    ("table", "query"),
    [
        pytest.param("customers", CUSTOMERS, id="a read"),
        pytest.param(
            "sessions",
            'mutation { signIn(input: { username: "auditor", password: "demo" }) { accessToken } }',
            id="a command",
        ),
    ],
)
def test_an_internal_error_tells_its_request_id_and_nothing_else(
    mode: str, language: str, table: str, query: str, own_database: str, run_directory: Path
) -> None:
    with running_server(own_database, run_directory, SDGRAPH_MODE=mode) as base:
        client = Client(base)
        headers = {"Accept-Language": language, "X-Request-ID": "internal-0001"}
        headers |= {"Authorization": f"Bearer {client.token('auditor')}"} if table == "customers" else {}
        execute(own_database, f"alter table {table} rename to gone")
        response = client.post({"query": query}, headers=headers)
        error = only_error(response)
        assert error["extensions"] == {"requestId": "internal-0001", "code": "INTERNAL"}
        assert "internal-0001" in error["message"]
        assert not INSIDE.search(response.text)
        logged = _wait_for_line(base, run_directory, "internal-0001")
        assert "UndefinedTableError" in next(line for line in logged if line["level"] == "error")["exception"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/.well-known/jwks.json"), ("POST", "/graphql")])
def test_what_fails_outside_graphql_is_a_500_in_json(
    method: str, path: str, own_database: str, run_directory: Path, tmp_path: Path
) -> None:
    settings = {"SDGRAPH_KEYS_DIR": str(tmp_path), "SDGRAPH_CORS_ORIGINS": json.dumps([ALLOWED])}
    with running_server(own_database, run_directory, **settings) as base:
        client = Client(base)
        assert client.data(WHO, user="auditor")
        (tmp_path / "99991231T000000000000-broken.json").write_text("no key")
        headers = {"X-Request-ID": "internal-0002", "Accept-Language": "zh", "Origin": ALLOWED}
        headers |= {"Authorization": f"Bearer {client.token('auditor')}"}
        response = httpx.request(method, f"{base}{path}", json={"query": WHO}, headers=headers)
        assert response.status_code == 500
        assert response.headers["x-request-id"] == "internal-0002"
        assert response.headers["access-control-allow-origin"] == ALLOWED
        error = only_error(response)
        assert error["extensions"] == {"requestId": "internal-0002", "code": "INTERNAL", "reason": "INTERNAL"}
        assert error["message"] == "发生内部错误。报告时请提供请求编号 internal-0002。"
        logged = _wait_for_line(base, run_directory, "internal-0002")
        assert {(line["event"], line["level"]) for line in logged} == {("unhandled", "error"), ("request", "info")}


# --------------------------------------------------------------------------------------------------- health, metrics


def test_the_server_is_alive_and_ready(server: Client) -> None:
    assert httpx.get(f"{server.base}/health/live").json() == {"status": "ok"}
    ready = httpx.get(f"{server.base}/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "database": True, "migrations": True, "policy": True})


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        pytest.param("truncate policy_versions cascade", {"policy"}, id="no policy"),
        pytest.param("delete from tortoise_migrations", {"migrations", "policy"}, id="not migrated"),
        pytest.param("drop table tortoise_migrations", {"migrations", "policy"}, id="never migrated"),
    ],
)
def test_a_server_that_cannot_do_its_work_is_not_ready(
    statement: str, missing: set[str], own_database: str, run_directory: Path
) -> None:
    with running_server(own_database, run_directory) as base:
        execute(own_database, statement)
        response = httpx.get(f"{base}/health/ready")
        assert response.status_code == 503
        assert {name for name, holds in response.json().items() if holds is False} == missing
        assert httpx.get(f"{base}/health/live").status_code == 200


def test_a_server_without_its_database_is_alive_and_not_ready_and_recovers(
    own_database: str, postgres: str, run_directory: Path
) -> None:
    name = connection_settings(own_database)["database"]
    with running_server(own_database, run_directory) as base:
        client = Client(base)
        client.token("auditor")
        execute(
            postgres,
            f'alter database "{name}" allow_connections false',
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'",
        )
        response = httpx.get(f"{base}/health/ready")
        assert response.status_code == 503
        assert response.json() == {"status": "unavailable", "database": False, "migrations": False, "policy": False}
        assert httpx.get(f"{base}/health/live").status_code == 200
        for _ in range(10):  # more than there are connections
            answer = client.post({"query": CUSTOMERS}, user="auditor")
            error = only_error(answer)
            assert (answer.status_code, error["extensions"]["code"]) == (503, "UNAVAILABLE")
            assert error["extensions"]["reason"] == "DATABASE_AWAY"
            assert not INSIDE.search(answer.text)
        refused = client.post(
            {"query": contract("SignIn"), "variables": {"input": {"username": "auditor", "password": "demo"}}}
        )
        assert (refused.status_code, only_error(refused)["extensions"]["reason"]) == (503, "DATABASE_AWAY")
        execute(postgres, f'alter database "{name}" allow_connections true')
        assert httpx.get(f"{base}/health/ready").status_code == 200
        assert client.data(CUSTOMERS, user="auditor")


WAITING = "select count(*) from pg_locks where not granted and relation = 'customers'::regclass"


def test_a_query_that_takes_too_long_is_broken_off_also_in_the_database(own_database: str, run_directory: Path) -> None:
    async def held_up(client: Client) -> tuple[list[httpx.Response], int]:
        connection = await asyncpg.connect(**connection_settings(own_database))
        try:
            async with connection.transaction():
                await connection.execute("lock table customers in access exclusive mode")
                ask = [
                    asyncio.to_thread(client.post, {"query": query}, user="auditor")
                    for query in (CUSTOMERS, "{ viewer { user { customers { name } } } roles { name } }")
                ]
                answers = await asyncio.gather(*ask)
                for _ in range(100):  # the database hears of it a moment after whoever asked has been answered
                    if not (waiting := await connection.fetchval(WAITING)):
                        break
                    await asyncio.sleep(0.1)
            return answers, waiting
        finally:
            await connection.close()

    with running_server(own_database, run_directory, SDGRAPH_READ_SECONDS="0.5") as base:
        client = Client(base)
        client.token("auditor")
        answers, waiting = asyncio.run(held_up(client))
        for answer in answers:
            error = only_error(answer)
            assert (answer.status_code, error["extensions"]["code"]) == (503, "UNAVAILABLE")
            assert error["message"] == "The answer took longer than 0.5 seconds. Ask for less at once, or try again."
        assert waiting == 0
        assert client.data(CUSTOMERS, user="auditor")


def test_metrics_count_requests_by_path_and_status(server: Client) -> None:
    before = _counted(server, "/health/live", 200)
    httpx.get(f"{server.base}/health/live")
    assert _counted(server, "/health/live", 200) == before + 1
    httpx.get(f"{server.base}/no/such/path/at/all")
    assert _counted(server, "other", 404) >= 1
    assert "/no/such" not in httpx.get(f"{server.base}/metrics").text


def test_the_public_keys_are_published_and_only_they(server: Client) -> None:
    keys = httpx.get(f"{server.base}/.well-known/jwks.json").json()["keys"]
    assert keys
    for key in keys:
        assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")
        assert "d" not in key
    head, _, _ = server.token("auditor").split(".")
    assert any(key["kid"] in _decoded(head) for key in keys)


def _counted(server: Client, path: str, status: int) -> float:
    line = rf'sdgraph_http_requests_total{{path="{re.escape(path)}",status="{status}"}} (\S+)'
    found = re.search(line, httpx.get(f"{server.base}/metrics").text)
    return float(found[1]) if found else 0.0


def _decoded(part: str) -> str:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


def _wait_for_line(base: str, run_directory: Path, request_id: str) -> list[dict[str, Any]]:
    """The log lines of a request, once its last one is there."""
    for _ in range(100):
        found = [line for line in log_of(base, run_directory) if line.get("request_id") == request_id]
        if any(line["event"] == "request" for line in found):
            return found
        asyncio.run(asyncio.sleep(0.05))
    raise AssertionError(f"nothing logged about {request_id}")
