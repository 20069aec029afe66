"""Webhooks sent by a real server to a real one: signed, in order, again until they arrive, and only what the owner may see."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import api.schema.root  # noqa: F401  # what can be asked for
from api.execution.mapping import nodes
from domain.webhooks import TOPICS
from tests.client import Client
from tests.conftest import cloned, running_server
from tests.contract.demo import sql
from tests.contract.desk import APPROVED, AREA, ORDER, Desk, an_order
from tests.contract.test_api_keys import make, revoke
from tests.contract.test_commands import fetch
from tests.contract.test_sessions import cli, with_token
from tests.http.test_streams import change, numbers

__all__ = ["numbers"]
CREATE = "mutation ($input: CreateWebhookInput!) { do: createWebhook(input: $input) { webhook { id url topics username } secret userErrors { code reason field } } }"
TEST = "mutation ($input: TestWebhookInput!) { do: testWebhook(input: $input) { webhook { id } userErrors { reason } } }"
DELETE = "mutation ($input: DeleteWebhookInput!) { do: deleteWebhook(input: $input) { userErrors { reason } } }"
HOOKS = "{ webhooks(first: 50) { totalCount edges { node { id username disabledAt disableReason failingSince deliveries { messageId topic status attempts lastStatus lastError } } } } }"
SOON = 15.0
QUIET = 2.0


@dataclass
class Receiver:
    """A server that is sent to, and answers what it is told to."""

    url: str
    answers: list[int] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def wait_for(self, count: int, seconds: float = SOON) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.heard) >= count, seconds)
        return [json.loads(body) for _, body in self.heard]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hook?x=1")
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def wait_until(holds: Callable[[], bool], seconds: float = SOON) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server(database: str, run_directory: Path) -> Iterator[Client]:
    """Two processes that may send to this machine, and try again soon."""
    settings = {"SDGRAPH_WEBHOOK_PRIVATE_ADDRESSES": "true", "SDGRAPH_WEBHOOK_RETRY_SECONDS": "0.2", "SDGRAPH_WORKERS": "2"}
    with running_server(database, run_directory, **settings) as base:
        client = Client(base)
        yield client
        client.http.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@contextmanager
def webhook(server: Client, user: str, receiver: Receiver, *topics: str) -> Iterator[dict[str, Any]]:
    input = {"url": receiver.url, "topics": topics or ["customer.changed"]}
    made = server.data(CREATE, {"input": input}, user=user)["do"]
    assert made["userErrors"] == []
    try:
        yield made
    finally:
        server.data(DELETE, {"input": {"webhook": made["webhook"]["id"]}}, user=user)


def shown(server: Client, user: str, id: str) -> dict[str, Any]:
    edges = server.data(HOOKS, user=user)["webhooks"]["edges"]
    return next(edge["node"] for edge in edges if edge["node"]["id"] == id)  # type: ignore[no-any-return]


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it, by the specification of Standard Webhooks."""
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    wanted = hmac.new(base64.b64decode(secret[6:]), content, hashlib.sha256).digest()
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300
    return any(
        version == "v1" and hmac.compare_digest(base64.b64decode(value), wanted)
        for version, _, value in (each.partition(",") for each in headers["webhook-signature"].split(" "))
    )


def test_a_change_is_sent_signed_and_says_no_more_than_it_must(
    server: Client, numbers: dict[str, str], receiver: Receiver
) -> None:
    with webhook(server, "clerk.1000", receiver) as made:
        version, _ = change(server, numbers["1000"])
        (told,) = receiver.wait_for(1)
        ((headers, body),) = receiver.heard
        assert is_signed(made["secret"], headers, body)
        assert not is_signed(made["secret"], headers, body + b" ")
        assert headers["content-type"] == "application/json"
        assert told.pop("timestamp")
        customer = server.data("query ($n: String) { customer(number: $n) { id } }", {"n": numbers["1000"]}, user="auditor")
        data = {"id": customer["customer"]["id"], "number": numbers["1000"], "version": version}
        assert told == {"type": "customer.changed", "data": data}
        wait_until(lambda: shown(server, "clerk.1000", made["webhook"]["id"])["deliveries"] != [])
        (delivery,) = shown(server, "clerk.1000", made["webhook"]["id"])["deliveries"]
        assert delivery == {
            "messageId": headers["webhook-id"], "topic": "customer.changed", "status": "DELIVERED", "attempts": 1, "lastStatus": 204, "lastError": None,
        }  # fmt: skip


def test_what_fails_is_sent_again_and_keeps_its_place(server: Client, numbers: dict[str, str], receiver: Receiver) -> None:
    receiver.answers += [500, 302, 500]
    with webhook(server, "clerk.1000", receiver) as made:
        versions = [change(server, numbers["1000"])[0] for _ in range(3)]
        told = receiver.wait_for(6)
        assert [each["data"]["version"] for each in told] == [versions[0]] * 4 + versions[1:]
        assert len({headers["webhook-id"] for headers, _ in receiver.heard[:4]}) == 1
        wait_until(lambda: shown(server, "clerk.1000", made["webhook"]["id"])["failingSince"] is None)
        wait_until(
            lambda: [each["attempts"] for each in shown(server, "clerk.1000", made["webhook"]["id"])["deliveries"]] == [4, 1, 1]
        )
    assert all(json.loads(body)["type"] == "customer.changed" for _, body in receiver.heard)


def test_two_processes_send_each_event_once(server: Client, numbers: dict[str, str], receiver: Receiver) -> None:
    with webhook(server, "clerk.1000", receiver):
        versions = [change(server, numbers["1000"])[0] for _ in range(12)]
        assert [each["data"]["version"] for each in receiver.wait_for(12)] == versions
        time.sleep(QUIET)
        assert len(receiver.heard) == 12


def test_what_the_owner_may_not_see_is_neither_sent_nor_listed(
    server: Client, numbers: dict[str, str], receiver: Receiver, database: str
) -> None:
    with webhook(server, "clerk.2000", receiver) as made, receiving() as witness, webhook(server, "clerk.1000", witness):
        change(server, numbers["1000"])
        witness.wait_for(1)
        waiting = "select count(*) from webhook_deliveries where status = 'PENDING'"
        assert shown(server, "clerk.2000", made["webhook"]["id"])["deliveries"] == []
        wait_until(lambda: fetch(database, waiting) == [(0,)])
        assert shown(server, "clerk.2000", made["webhook"]["id"])["deliveries"] == []
        assert receiver.heard == []
        version, _ = change(server, numbers["2000"])
        assert [each["data"]["version"] for each in receiver.wait_for(1)] == [version]


def test_a_right_taken_away_silences_a_webhook(
    server: Client, numbers: dict[str, str], receiver: Receiver, database: str, run_directory: Path
) -> None:
    cli(database, run_directory, "policy", "assign", "clerk.2000", "sales-clerk", "1000/*/*")
    with webhook(server, "clerk.2000", receiver):
        change(server, numbers["1000"])
        receiver.wait_for(1)
        cli(database, run_directory, "policy", "unassign", "clerk.2000", "sales-clerk", "1000/*/*")
        change(server, numbers["1000"])
        time.sleep(QUIET)
        assert len(receiver.heard) == 1


def test_a_webhook_ends_with_the_lock_of_its_owner(
    server: Client, numbers: dict[str, str], receiver: Receiver, database: str, run_directory: Path
) -> None:
    input = {"url": receiver.url, "topics": ["customer.changed"]}
    made = server.data(CREATE, {"input": input}, user="manager.1000")["do"]
    cli(database, run_directory, "user", "lock", "manager.1000")
    cli(database, run_directory, "user", "unlock", "manager.1000")
    server.tokens.pop("manager.1000")
    change(server, numbers["1000"])
    wait_until(lambda: shown(server, "manager.1000", made["webhook"]["id"])["disabledAt"] is not None)
    assert receiver.heard == []
    answer = server.data(TEST, {"input": {"webhook": made["webhook"]["id"]}}, user="manager.1000")["do"]
    assert [error["reason"] for error in answer["userErrors"]] == ["WEBHOOK_DISABLED"]


def test_a_webhook_made_with_a_key_ends_with_the_key(server: Client, numbers: dict[str, str], receiver: Receiver) -> None:
    key = make(server, "clerk.1000")
    input = {"url": receiver.url, "topics": ["customer.changed"]}
    _, body = with_token(server, key["secret"], CREATE, {"input": input})
    made = body["data"]["do"]
    change(server, numbers["1000"])
    receiver.wait_for(1)
    revoke(server, "clerk.1000", key["apiKey"]["id"])
    change(server, numbers["1000"])
    time.sleep(QUIET)
    assert len(receiver.heard) == 1
    assert shown(server, "clerk.1000", made["webhook"]["id"])["disableReason"] == "the API key was revoked"


def test_an_address_that_is_gone_is_sent_to_no_more(server: Client, numbers: dict[str, str], receiver: Receiver) -> None:
    receiver.answers += [410]
    with webhook(server, "clerk.1000", receiver) as made:
        change(server, numbers["1000"])
        wait_until(lambda: shown(server, "clerk.1000", made["webhook"]["id"])["disabledAt"] is not None)
        change(server, numbers["1000"])
        time.sleep(QUIET)
        assert len(receiver.heard) == 1
        assert [each["status"] for each in shown(server, "clerk.1000", made["webhook"]["id"])["deliveries"]] == ["FAILED"]


def test_what_has_failed_for_days_is_given_up(
    server: Client, numbers: dict[str, str], receiver: Receiver, database: str
) -> None:
    receiver.answers += [500] * 50
    with webhook(server, "clerk.1000", receiver) as made:
        change(server, numbers["1000"])
        receiver.wait_for(1)
        wait_until(lambda: shown(server, "clerk.1000", made["webhook"]["id"])["failingSince"] is not None)
        fetch(
            database,
            "update webhooks set failing_since = failing_since - interval '5 days' where disabled_at is null returning 1",
        )
        wait_until(lambda: shown(server, "clerk.1000", made["webhook"]["id"])["disabledAt"] is not None)


def test_a_webhook_can_be_tried(server: Client, receiver: Receiver) -> None:
    with webhook(server, "clerk.1000", receiver) as made:
        assert server.data(TEST, {"input": {"webhook": made["webhook"]["id"]}}, user="clerk.1000")["do"]["userErrors"] == []
        (told,) = receiver.wait_for(1)
        assert (told["type"], told["data"]) == ("webhook.test", {})


@pytest.mark.parametrize("stranger", ["clerk.2000", "dealer.a"])
def test_a_strangers_webhook_is_not_there(server: Client, receiver: Receiver, stranger: str) -> None:
    with webhook(server, "clerk.1000", receiver) as made:
        id = made["webhook"]["id"]
        assert id not in json.dumps(server.data(HOOKS, user=stranger))
        assert id in json.dumps(server.data(HOOKS, user="local.1000"))
        for query in (TEST, DELETE):
            done = server.data(query, {"input": {"webhook": id}}, user=stranger)["do"]
            assert [error["reason"] for error in done["userErrors"]] == ["NOT_FOUND"]
        done = server.data(TEST, {"input": {"webhook": id}}, user="local.1000")["do"]
        assert [error["reason"] for error in done["userErrors"]] == ["FORBIDDEN"]


def test_the_secret_is_shown_once_and_stands_in_no_change_document(server: Client, receiver: Receiver, database: str) -> None:
    input = {"url": receiver.url, "topics": ["customer.changed"], "idempotencyKey": "hook"}
    first, again = (server.data(CREATE, {"input": input}, user="clerk.1000")["do"] for _ in range(2))
    assert first["secret"].startswith("whsec_")
    assert again == first | {"secret": None}
    assert fetch(database, "select count(*) from change_documents where new_value = $1", first["secret"]) == [(0,)]
    server.data(DELETE, {"input": {"webhook": first["webhook"]["id"]}}, user="clerk.1000")


def test_nothing_is_sent_into_the_own_network(postgres: str, template: str, run_directory: Path, receiver: Receiver) -> None:
    """Neither to an address that says so, nor to a name that stands for one when it is sent."""
    with cloned(postgres, template) as database, running_server(database, run_directory) as base:
        server = Client(base)
        for url in (receiver.url, receiver.url.replace("http:", "https:"), "https://[::1]/", "https://169.254.169.254/"):
            done = server.data(CREATE, {"input": {"url": url, "topics": ["customer.changed"]}}, user="clerk.1000")["do"]
            assert [(error["reason"], error["field"]) for error in done["userErrors"]] == [("WEBHOOK_URL", "url")]
        named = receiver.url.replace("http://127.0.0.1", "https://localhost")
        made = server.data(CREATE, {"input": {"url": named, "topics": ["customer.changed"]}}, user="clerk.1000")["do"]
        server.data(TEST, {"input": {"webhook": made["webhook"]["id"]}}, user="clerk.1000")
        id = made["webhook"]["id"]
        wait_until(lambda: shown(server, "clerk.1000", id)["deliveries"] != [])
        (delivery,) = shown(server, "clerk.1000", id)["deliveries"]
        assert (delivery["status"], delivery["lastError"]) == ("PENDING", "the address is not public")
        assert receiver.heard == []
        server.data(DELETE, {"input": {"webhook": id}}, user="clerk.1000")
        server.http.close()


def test_every_topic_is_of_something_that_can_be_asked_for() -> None:
    """Or nobody would ever be told."""
    kinds = {f"{name[0].lower()}{name[1:]}" for name in nodes()}
    assert {topic.partition(".")[0] for topic in TOPICS} <= kinds


def test_credit_tells_of_a_block_a_release_and_a_limit_nearly_used(server: Client, database: str) -> None:
    """Each to whoever may see what it is about, and to nobody else."""
    sql(database, "update stock set quantity = 1000000 where material_id = (select id from materials where number = '10005')")
    customer = server.data(APPROVED, {"area": AREA}, user="auditor")["customers"]["edges"][4]["node"]
    found = server.data("{ materials(first: 200) { edges { node { id number } } } }", user="auditor")["materials"]["edges"]
    (material,) = [edge["node"]["id"] for edge in found if edge["node"]["number"] == "10005"]
    wanted = an_order(customer, (material, "2"))
    preview = Desk(server, "clerk.1000").does(
        "createSalesOrder", {**wanted, "validateOnly": True}, "preview { grossValue { amount } }"
    )["preview"]
    accounts = (
        "query ($n: String!) { creditAccounts(first: 2, filter: { customer: { eq: $n } }) { edges { node { id version } } } }"
    )
    (edge,) = server.data(accounts, {"n": customer["number"]}, user="credit.admin")["creditAccounts"]["edges"]
    admin, account = Desk(server, "credit.admin"), edge["node"]
    for command, input in (
        ("changeCreditAccount", {"riskCategory": "C"}),
        ("changeCreditLimit", {"limit": f"{float(preview['grossValue']['amount']) * 1.1:.2f}", "reason": "small"}),
    ):
        said = {"creditAccount": account["id"], "version": account["version"], **input}
        account = admin.done(command, said, "creditAccount { id version }")
    told = ("salesOrder.creditBlocked", "salesOrder.creditReleased", "creditAccount.limitNear")
    with receiving() as clerk, receiving() as stranger, receiving() as desk:
        hooks = (("clerk.1000", clerk), ("clerk.2000", stranger), ("credit.manager", desk))
        with (
            webhook(server, *hooks[0], *told),
            webhook(server, *hooks[1], *told),
            webhook(server, *hooks[2], *told),
        ):
            near = Desk(server, "clerk.1000").done("createSalesOrder", wanted, f"{ORDER[:-2]} creditStatus }}")
            stopped = Desk(server, "clerk.1000").done("createSalesOrder", wanted, f"{ORDER[:-2]} creditStatus }}")
            assert (near["creditStatus"], stopped["creditStatus"]) == ("APPROVED", "NOT_APPROVED")
            released = {"salesOrder": stopped["id"], "version": stopped["version"], "reason": "paid in advance"}
            Desk(server, "credit.manager").done("releaseCreditBlock", released, ORDER)
            heard = [(each["type"], each["data"]["id"]) for each in desk.wait_for(3)]
            assert sorted(heard) == sorted(
                [
                    ("creditAccount.limitNear", account["id"]),
                    ("salesOrder.creditBlocked", stopped["id"]),
                    ("salesOrder.creditReleased", stopped["id"]),
                ]
            )
            assert [each["data"]["number"] for each in clerk.wait_for(2)] == [stopped["number"]] * 2
            time.sleep(QUIET)
            assert {each["type"] for each in clerk.wait_for(2)} == {"salesOrder.creditBlocked", "salesOrder.creditReleased"}
            assert stranger.heard == []
