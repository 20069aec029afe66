"""Subscriptions over real sockets: who hears what, when a stream ends, and that nothing is lost."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import asyncpg
import httpx2 as httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from models.config import connection_settings
from tests.client import Client
from tests.conftest import running_server
from tests.contract.test_api_keys import make, revoke
from tests.contract.test_commands import CHANGE, fetch
from tests.contract.test_sessions import cli

CHANGES = "subscription ($customer: ID) { customerChanged(customer: $customer) { topic version occurredAt customer { number phone version } } }"
FIND = "query ($n: String) { customer(number: $n) { id number version phone } }"
SOON, QUIET = 30.0, 1.5


class Socket:
    """A client of `graphql-transport-ws`, as plain as can be."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, type: str, **more: Any) -> None:
        self.connection.send(json.dumps({"type": type, **more}))

    def receive(self, seconds: float = SOON) -> dict[str, Any]:
        return json.loads(self.connection.recv(seconds))  # type: ignore[no-any-return]

    def subscribe(self, id: str = "1", query: str = CHANGES, **variables: Any) -> None:
        self.send("subscribe", id=id, payload={"query": query, "variables": variables})

    def is_quiet(self) -> bool:
        try:
            self.receive(QUIET)
        except TimeoutError:
            return True
        return False

    def hear_out(self) -> None:
        while True:
            self.receive()

    def closed_with(self) -> int:
        """The code that the server closes with, whatever it says before."""
        with pytest.raises(ConnectionClosed) as closed:
            self.hear_out()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code


@contextmanager
def socket(server: Client, *, protocol: str = "graphql-transport-ws", **headers: str) -> Iterator[Socket]:
    url = server.base.replace("http", "ws") + "/graphql"
    with connect(url, subprotocols=[protocol], additional_headers=headers, proxy=None) as connection:  # type: ignore[list-item]
        yield Socket(connection)


@contextmanager
def signed_in(server: Client, user: str, token: str | None = None) -> Iterator[Socket]:
    with socket(server) as client:
        client.send("connection_init", payload={"Authorization": f"Bearer {token or server.token(user)}"})
        assert client.receive() == {"type": "connection_ack"}
        yield client


@pytest.fixture(scope="module")
def numbers(database: str) -> dict[str, str]:
    """A customer that only organization 1000 deals with, and one that only 2000 does."""
    rows = fetch(
        database,
        """select min(c.number), v.org from customers c join (select customer_id, min(sales_organization) as org
           from customer_sales_area_views group by customer_id having count(distinct sales_organization) = 1) v on v.customer_id = c.id
           where not exists (select 1 from user_customers b where b.customer_id = c.id) group by v.org""",
    )
    return {org: number for number, org in rows}


_phones = iter(range(10**6))


def change(server: Client, number: str) -> tuple[int, str]:
    """Change the customer's telephone; the version after it, and the number."""
    row = server.data(FIND, {"n": number}, user="customer.admin")["customer"]
    phone = f"0{next(_phones):07d}"
    done = server.data(
        CHANGE, {"input": {"customer": row["id"], "version": row["version"], "phone": phone}}, user="customer.admin"
    )
    assert done["do"]["userErrors"] == []
    return done["do"]["customer"]["version"], phone


def begun(server: Client, client: Socket, number: str) -> None:
    """Change until the subscription is there and tells of it."""
    for _ in range(20):
        change(server, number)
        try:
            client.receive(0.5)
        except TimeoutError:
            continue
        while not client.is_quiet():
            pass
        return
    raise AssertionError("it never began")


# ------------------------------------------------------------------------------------------------------------ being told


def test_a_change_is_told_with_the_row_as_one_may_see_it(server: Client, numbers: dict[str, str]) -> None:
    with signed_in(server, "clerk.1000") as client:
        client.subscribe()
        begun(server, client, numbers["1000"])
        version, phone = change(server, numbers["1000"])
        told = client.receive()
        assert (told["type"], told["id"]) == ("next", "1")
        changed = told["payload"]["data"]["customerChanged"]
        assert changed.pop("occurredAt")
        assert changed == {
            "topic": "customer.changed",
            "version": version,
            "customer": {"number": numbers["1000"], "phone": phone, "version": version},
        }


@pytest.mark.parametrize("stranger", ["clerk.2000", "dealer.b", "buyer.a"])
def test_who_may_not_see_the_row_hears_nothing(server: Client, numbers: dict[str, str], stranger: str) -> None:
    with signed_in(server, stranger) as client, signed_in(server, "clerk.1000") as witness:
        witness.subscribe()
        client.subscribe("all")
        client.subscribe("one", customer=server.data(FIND, {"n": numbers["1000"]}, user="auditor")["customer"]["id"])
        client.subscribe("bare", query="subscription { customerChanged { topic version } }")
        begun(server, witness, numbers["1000"])
        change(server, numbers["1000"])
        assert witness.receive()["type"] == "next"
        assert client.is_quiet()
        if stranger == "clerk.2000":
            change(server, numbers["2000"])
            assert sorted(client.receive()["id"] for _ in range(2)) == ["all", "bare"]


def test_one_customer_can_be_followed(server: Client, numbers: dict[str, str]) -> None:
    ids = {org: server.data(FIND, {"n": numbers[org]}, user="auditor")["customer"]["id"] for org in ("1000", "2000")}
    with signed_in(server, "auditor") as client:
        client.subscribe(customer=ids["2000"])
        begun(server, client, numbers["2000"])
        change(server, numbers["1000"])
        version, _ = change(server, numbers["2000"])
        assert client.receive()["payload"]["data"]["customerChanged"]["version"] == version


def test_what_is_selected_is_answered_as_a_query_is(server: Client, numbers: dict[str, str]) -> None:
    query = """subscription Follow($deep: Boolean!, $no: Boolean = false) {
        c: customerChanged { __typename ...Told a: customer @include(if: $deep) { ...Row } b: customer @skip(if: $deep) { id }
            customer @include(if: $no) { id } } }
        fragment Told on CustomerChange { topic a: customer @include(if: $deep) { viewerCan } }
        fragment Row on Customer { number masked bankAccounts { id } views: salesAreaViews { salesArea { code } } }"""
    with signed_in(server, "clerk.1000") as client:
        client.subscribe(query=query, deep=True)
        begun(server, client, numbers["1000"])
        change(server, numbers["1000"])
        payload = client.receive()["payload"]
        row = payload["data"]["c"]["a"]
        assert list(payload["data"]["c"]) == ["__typename", "topic", "a"]
        same = "query ($n: String) { customer(number: $n) { viewerCan number masked bankAccounts { id } views: salesAreaViews { salesArea { code } } } }"
        answer = server.run(same, {"n": numbers["1000"]}, user="clerk.1000")
        assert row == answer["data"]["customer"]
        assert payload["extensions"] == answer["extensions"]
        assert "changeCustomer" in row["viewerCan"]


def test_nothing_is_lost_when_the_listening_connection_breaks(server: Client, numbers: dict[str, str], database: str) -> None:
    kill = """select count(pg_terminate_backend(pid)) from pg_stat_activity
              where datname = current_database() and query not like '%pg_stat_activity%' and query like '%outbox_events%'"""
    with signed_in(server, "clerk.1000") as client:
        client.subscribe()
        begun(server, client, numbers["1000"])
        seen: list[int] = []
        wanted = []
        for _ in range(4):
            until = time.monotonic() + SOON
            while fetch(database, kill) == [(0,)]:
                assert time.monotonic() < until, "nobody listens again"
                time.sleep(0.1)
            wanted += [change(server, numbers["1000"])[0] for _ in range(3)]
        while seen[-1:] != wanted[-1:]:
            seen.append(client.receive(20)["payload"]["data"]["customerChanged"]["version"])
    assert list(dict.fromkeys(seen)) == wanted


def test_an_event_of_an_older_transaction_that_ends_later_is_told(
    server: Client, numbers: dict[str, str], database: str
) -> None:
    """Its number and its transaction's are lower than those of one that was committed before."""

    async def run() -> tuple[int, int]:
        connection = await asyncpg.connect(**connection_settings(database))
        try:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("select pg_current_xact_id()")
            later = await asyncio.to_thread(change, server, numbers["1000"])
            await asyncio.sleep(1.2)
            earlier = await connection.fetchval(
                """insert into outbox_events (occurred_at, topic, record_type, record_id, record_version, payload)
                   select now(), 'customer.noted', 'Customer', id, version, '{}' from customers where number = $1
                   returning record_version""",
                numbers["1000"],
            )
            await transaction.commit()
            return later[0], earlier
        finally:
            await connection.close()

    with signed_in(server, "clerk.1000") as client:
        client.subscribe()
        begun(server, client, numbers["1000"])
        asyncio.run(run())
        topics = [client.receive()["payload"]["data"]["customerChanged"]["topic"] for _ in range(2)]
    assert topics == ["customer.changed", "customer.noted"]


# ---------------------------------------------------------------------------------------------------------------- ending


def ended(client: Socket) -> str:
    """The reason that the stream ends with, by itself."""
    message = client.receive()
    assert message["type"] == "error", message
    return message["payload"][0]["extensions"]["reason"]  # type: ignore[no-any-return]


def test_a_stream_ends_with_its_session_without_any_event(server: Client, numbers: dict[str, str]) -> None:
    with signed_in(server, "manager.1000") as client:
        client.subscribe()
        begun(server, client, numbers["1000"])
        out = "mutation { signOut(input: {}) { userErrors { reason } } }"
        server.data(out, user="manager.1000")
        server.tokens.pop("manager.1000")
        assert ended(client) == "SESSION_OVER"


def test_a_stream_ends_with_the_lock_of_its_user(server: Client, database: str, run_directory: Path) -> None:
    with signed_in(server, "clerk.3000") as client:
        client.subscribe()
        time.sleep(1)
        cli(database, run_directory, "user", "lock", "clerk.3000")
        try:
            assert ended(client) == "SESSION_OVER"
        finally:
            cli(database, run_directory, "user", "unlock", "clerk.3000")
            server.tokens.pop("clerk.3000")


def test_a_stream_ends_with_its_key(server: Client) -> None:
    key = make(server, "clerk.2000")
    with signed_in(server, "", key["secret"]) as client:
        client.subscribe()
        time.sleep(1)
        revoke(server, "clerk.2000", key["apiKey"]["id"])
        assert ended(client) == "SESSION_OVER"


def test_a_stream_ends_with_the_right(server: Client, database: str, run_directory: Path, numbers: dict[str, str]) -> None:
    with signed_in(server, "direct.1000") as client:
        client.subscribe()
        time.sleep(1)
        cli(database, run_directory, "policy", "unassign", "direct.1000", "sales-clerk", "1000/10/*")
        try:
            assert ended(client) == "FORBIDDEN"
        finally:
            cli(database, run_directory, "policy", "assign", "direct.1000", "sales-clerk", "1000/10/*")


def test_a_right_that_is_narrowed_silences_what_it_no_longer_covers(
    server: Client, database: str, run_directory: Path, numbers: dict[str, str]
) -> None:
    cli(database, run_directory, "policy", "assign", "clerk.2000", "sales-clerk", "1000/*/*")
    with signed_in(server, "clerk.2000") as client:
        client.subscribe()
        begun(server, client, numbers["1000"])
        cli(database, run_directory, "policy", "unassign", "clerk.2000", "sales-clerk", "1000/*/*")
        change(server, numbers["1000"])
        assert client.is_quiet()
        change(server, numbers["2000"])
        assert client.receive()["payload"]["data"]["customerChanged"]["customer"]["number"] == numbers["2000"]


def test_a_stream_ends_with_its_token_and_the_connection_after_it(database: str, run_directory: Path) -> None:
    with running_server(database, run_directory, SDGRAPH_ACCESS_TOKEN_SECONDS="4") as base:
        server = Client(base)
        token = server.token("clerk.1000")
        with signed_in(server, "", token) as client:
            client.subscribe()
            message = client.receive(20)
            assert (message["type"], message["payload"][0]["extensions"]["reason"]) == ("error", "TOKEN_EXPIRED")
            assert client.closed_with() == 4403


def test_streams_end_when_the_server_stops(database: str, run_directory: Path) -> None:
    said: Queue[str] = Queue()

    def listen(base: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        with httpx.stream("POST", f"{base}/graphql", json={"query": CHANGES}, headers=headers, timeout=30) as response:
            said.put("begun")
            said.put("".join(response.iter_text()))

    with running_server(database, run_directory, SDGRAPH_GRACEFUL_SECONDS="120") as base:
        thread = threading.Thread(target=listen, args=(base, Client(base).token("clerk.1000")))
        thread.start()
        assert said.get(timeout=SOON) == "begun"
        time.sleep(0.5)
        started = time.monotonic()
    assert time.monotonic() - started < 60  # of what does not end by itself it would wait for 120 seconds
    text = said.get(timeout=SOON)
    thread.join()
    assert "SERVER_STOPS" in text
    assert text.endswith("event: complete\ndata:\n\n")


# -------------------------------------------------------------------------------------------------------------- the door


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        pytest.param(["nonsense"], 4400, id="no JSON"),
        pytest.param(["[]"], 4400, id="no object"),
        pytest.param(['{"type": 1}'], 4400, id="no type"),
        pytest.param(
            ['{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}'], 4401, id="before the beginning"
        ),
        pytest.param(['{"type": "connection_init", "payload": 5}'], 4400, id="a payload that is none"),
        pytest.param(['{"type": "connection_init"}'], 4403, id="nobody"),
        pytest.param(['{"type": "connection_init", "payload": {"Authorization": "Bearer x"}}'], 4403, id="a wrong token"),
        pytest.param(['{"type": "connection_init", "payload": {"Authorization": ["x"]}}'], 4403, id="a token that is none"),
    ],
)
def test_who_does_not_begin_properly_is_turned_away(server: Client, messages: list[str], code: int) -> None:
    with socket(server) as client:
        for message in messages:
            client.connection.send(message)
        assert client.closed_with() == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param({"type": "connection_init"}, 4429, id="begun twice"),
        pytest.param({"type": "what"}, 4400, id="an unknown type"),
        pytest.param({"type": "subscribe", "id": ["1"], "payload": {}}, 4400, id="an id that is none"),
        pytest.param({"type": "subscribe", "id": "1", "payload": []}, 4400, id="a payload that is none"),
    ],
)
def test_what_is_no_message_closes_the_connection(server: Client, message: dict[str, Any], code: int) -> None:
    with signed_in(server, "clerk.1000") as client:
        client.connection.send(json.dumps(message))
        assert client.closed_with() == code


def test_the_same_id_twice_closes_the_connection(server: Client) -> None:
    with signed_in(server, "clerk.1000") as client:
        client.subscribe("same")
        client.subscribe("same")
        assert client.closed_with() == 4409


def test_a_silent_client_is_not_waited_for(server: Client) -> None:
    with socket(server) as client:
        assert client.closed_with() == 4408


def test_another_protocol_is_not_spoken(server: Client) -> None:
    with socket(server, protocol="graphql-ws") as client:
        assert client.closed_with() == 4406


def test_a_page_of_a_foreign_origin_does_not_get_in(server: Client) -> None:
    with pytest.raises(InvalidStatus) as refused, socket(server, Origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403
    with socket(server, Origin=server.base):
        pass


def test_ping_is_answered_and_complete_ends_a_stream(server: Client, numbers: dict[str, str]) -> None:
    with signed_in(server, "clerk.1000") as client:
        client.send("ping")
        assert client.receive() == {"type": "pong"}
        client.subscribe("a")
        begun(server, client, numbers["1000"])
        client.send("complete", id="a")
        client.send("ping")
        assert client.receive() == {"type": "pong"}
        change(server, numbers["1000"])
        assert client.is_quiet()


def test_a_query_is_answered_too_and_what_is_wrong_is_told(server: Client) -> None:
    with signed_in(server, "clerk.1000") as client:
        client.subscribe("q", query="{ viewer { user { username } } }")
        assert client.receive() == {
            "type": "next",
            "id": "q",
            "payload": {"data": {"viewer": {"user": {"username": "clerk.1000"}}}},
        }
        assert client.receive() == {"type": "complete", "id": "q"}
        for query in (
            "subscription { nothing }",
            "subscription {",
            'subscription { customerChanged(customer: "x") { topic } }',
            "",
        ):
            client.subscribe("bad", query=query)
            message = client.receive()
            assert (message["type"], message["id"]) == ("error", "bad")
            assert message["payload"][0]["extensions"]["code"] == "INVALID"


def test_a_user_follows_only_so_many(server: Client) -> None:
    with signed_in(server, "billing.1000") as client, signed_in(server, "billing.1000") as other:
        for place in range(20):
            (client, other)[place % 2].subscribe(str(place), query="subscription { customerChanged { topic } }")
        assert client.is_quiet()
        client.subscribe("more")
        assert ended(client) == "TOO_MANY_STREAMS"


def test_who_may_see_no_customer_at_all_is_told_so(server: Client) -> None:
    with signed_in(server, "admin") as client:
        client.subscribe()
        assert ended(client) == "FORBIDDEN"


# ----------------------------------------------------------------------------------------------------- server-sent events


def stream(server: Client, user: str | None, lines: Queue[str], query: str = CHANGES) -> threading.Thread:
    headers = {"Accept": "text/event-stream"} | ({"Authorization": f"Bearer {server.token(user)}"} if user else {})

    def listen() -> None:
        with httpx.stream("POST", f"{server.base}/graphql", json={"query": query}, headers=headers, timeout=30) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            for line in response.iter_lines():
                lines.put(line)
                if "enough" in line:
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    return thread


def test_events_come_over_http_too(server: Client, numbers: dict[str, str]) -> None:
    lines: Queue[str] = Queue()
    stream(server, "clerk.1000", lines)
    for _ in range(20):
        version, phone = change(server, numbers["1000"])
        try:
            assert lines.get(timeout=1) == "event: next"
            break
        except Empty:
            continue
    data = json.loads(lines.get(timeout=1).removeprefix("data: "))["data"]["customerChanged"]
    assert data["customer"] == {"number": numbers["1000"], "phone": phone, "version": version}


@pytest.mark.parametrize(
    ("user", "query", "said"),
    [
        pytest.param("clerk.1000", "{ viewer { user { username } } }", '"username":"clerk.1000"', id="a query"),
        pytest.param(None, CHANGES, '"UNAUTHENTICATED"', id="nobody"),
        pytest.param("admin", CHANGES, '"FORBIDDEN"', id="who may see none"),
    ],
)
def test_a_stream_of_events_says_why_it_ends(server: Client, user: str | None, query: str, said: str) -> None:
    lines: Queue[str] = Queue()
    stream(server, user, lines, query).join(SOON)
    found = [lines.get_nowait() for _ in range(lines.qsize())]
    assert found[0] == "event: next"
    assert said in found[1]
    assert found[3:5] == ["event: complete", "data:"]


def test_a_subscription_needs_a_stream(server: Client) -> None:
    answer = server.run(CHANGES, user="clerk.1000")
    assert [error["extensions"]["reason"] for error in answer["errors"]] == ["STREAM_NEEDED"]


def test_a_mutation_by_get_is_refused_in_a_stream_too(server: Client) -> None:
    query = {"query": "mutation { signOut(input: {}) { userErrors { reason } } }"}
    answer = server.http.get(f"{server.base}/graphql", params=query, headers={"Accept": "text/event-stream"})
    assert "MUTATION_BY_GET" in answer.text
    assert answer.text.endswith("event: complete\ndata:\n\n")
