"""What users were refused last: told to themselves, and to those who administer them, as far as they do."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from models.config import connection_settings
from tests.client import Client
from tests.conftest import running_server
from tests.contract.answers import data_of, refusal_of
from tests.contract.demo import PEOPLE, walk
from tests.contract.test_commands import CHANGE, CREATE, NEW, do, fetch
from tests.contract.test_exchange import until
from tests.contract.test_sessions import cli
from tests.contract.test_users import customers_of

LAST = """query ($user: String!, $first: Int! = 50, $after: String) { lastRefusals(user: $user, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { object activity salesArea reason code requestId refusedAt } } } }"""
WAITING = """select count(*) from pg_locks l join pg_class c on c.oid = l.relation
             where c.relname = 'refusals' and not l.granted"""
_numbers = count(1)


def a_request() -> str:
    return f"refused-{next(_numbers)}"


def last(
    server: Client, user: str, by: str | None = None, *, request: str | None = None, **headers: str
) -> list[dict[str, Any]]:
    """What is told of a user's refusals; waits for that of one request."""
    for _ in range(50):
        page = data_of(server.run(LAST, {"user": user}, user=by or user, **headers))
        found = [edge["node"] for edge in page["edges"]]
        if request is None or any(each["requestId"] == request for each in found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{request} is not told")


def of(request: str, found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("object", "activity", "salesArea", "code")
    return [tuple(each[name] for name in names) for each in found if each["requestId"] == request]


def test_a_refused_command_is_told_with_what_was_missing_though_it_was_undone(server: Client) -> None:
    request = a_request()
    payload = do(server, CREATE, NEW, "shipping.1000", **{"X-Request-ID": request})
    assert payload["userErrors"][0]["code"] == "FORBIDDEN"
    found = last(server, "shipping.1000", request=request)
    assert of(request, found) == [("customer", "CREATE", "1000/20/00", "FORBIDDEN")]
    assert found[0]["requestId"] == request, "the newest comes first"
    for language, text in (("en", "You may not CREATE customer here."), ("zh", "您无权在此对 customer 执行 CREATE。")):
        assert last(server, "shipping.1000", **{"Accept-Language": language})[0]["reason"] == text


def test_a_refused_question_is_told(server: Client) -> None:
    request = a_request()
    server.send("UserList", {"first": 5}, user="clerk.3000", **{"X-Request-ID": request})
    assert of(request, last(server, "clerk.3000", request=request)) == [("user", "DISPLAY", None, "FORBIDDEN_QUESTION")]


def test_what_was_not_found_is_told_alike_whether_it_is_hidden_or_not_there(server: Client, database: str) -> None:
    hidden, missing = a_request(), a_request()
    for request, id in ((hidden, customers_of(database, "2000")[0]), (missing, "Q3VzdG9tZXI6OTk5OTk5OTk=")):
        answer = server.run(
            CHANGE, {"input": {"customer": id, "version": 1, "name": "x"}}, user="clerk.1000", **{"X-Request-ID": request}
        )
        assert answer["data"]["do"]["userErrors"][0]["code"] == "NOT_FOUND"
    found = last(server, "clerk.1000", request=missing)
    assert of(hidden, found) == of(missing, found) == [("customer", "DISPLAY", None, "NOT_FOUND")]
    texts = {each["reason"] for each in found if each["requestId"] in (hidden, missing)}
    assert len(texts) == 1


def test_what_was_only_validated_is_told_and_what_was_wrong_with_the_input_is_not(server: Client) -> None:
    validated, wrong = a_request(), a_request()
    for request, input in (
        (wrong, {**NEW, "salesArea": "1000"}),
        (validated, {**NEW, "validateOnly": True}),
    ):
        do(server, CREATE, input, "credit.1000", **{"X-Request-ID": request})
    found = last(server, "credit.1000", request=validated)
    assert len(of(validated, found)) == 1
    assert of(wrong, found) == []


def test_administrators_are_told_of_their_users_and_the_areas_that_they_administer(
    server: Client, database: str, run_directory: Path
) -> None:
    cli(database, run_directory, "policy", "assign", "shipping.1000", "inventory-manager", "2000/*/*")
    here, elsewhere = a_request(), a_request()
    for request, area in ((here, "1000/20/00"), (elsewhere, "2000/20/00")):
        do(server, CREATE, {**NEW, "salesArea": area}, "shipping.1000", **{"X-Request-ID": request})
    told = {asker: last(server, "shipping.1000", asker, request=elsewhere) for asker in ("admin", "local.1000", "auditor")}
    for asker, areas in (
        ("admin", ("1000/20/00", "2000/20/00")),
        ("auditor", ("1000/20/00", "2000/20/00")),
        ("local.1000", ("1000/20/00", None)),
    ):
        assert of(here, told[asker]) == [("customer", "CREATE", areas[0], "FORBIDDEN")]
        assert of(elsewhere, told[asker]) == [("customer", "CREATE", areas[1], "FORBIDDEN")]
    assert "2000/" not in str(told["local.1000"])


@pytest.mark.parametrize("by", ["clerk.1000", "dealer.a", "local.1000", "admin", "auditor"])
@pytest.mark.parametrize("user", ["clerk.1000", "clerk.2000", "dealer.a", "nobody"])
def test_who_may_ask_about_whom(server: Client, by: str, user: str) -> None:
    answer = server.send("LastRefusals", {"user": user, "first": 3}, user=by)
    if by == "dealer.a" or (by == "clerk.1000" and user != by):
        assert refusal_of(answer)["code"] == "FORBIDDEN"
    elif user == "nobody" or (by == "local.1000" and user == "clerk.2000"):
        assert refusal_of(answer)["code"] == "NOT_FOUND"
    else:
        assert len(data_of(answer)["edges"]) <= 3
    assert by in PEOPLE


def test_the_newest_hundred_of_a_user_are_kept_and_paged(server: Client, database: str) -> None:
    ((key,),) = fetch(database, "select id from users where username = 'billing.1000'")
    fetch(
        database,
        """insert into refusals (user_id, refused_at, object, activity, reason, told, request_id)
           select $1, now(), 'customer', 'CHANGE', 'FORBIDDEN', '{"object": "customer", "activity": "CHANGE"}', 'old-' || n
           from generate_series(1, 150) n""",
        key,
    )
    request = a_request()
    do(server, CREATE, NEW, "billing.1000", **{"X-Request-ID": request})
    last(server, "billing.1000", request=request)
    assert fetch(database, "select count(*) from refusals where user_id = $1", key) == [(100,)]
    pages = walk(lambda after: data_of(server.run(LAST, {"user": "billing.1000", "first": 30, "after": after}, user="admin")))
    ids = [each["requestId"] for each in pages]
    assert ids == [request, *(f"old-{number}" for number in range(150, 51, -1))]


def test_what_was_refused_just_before_the_end_is_written(database: str, run_directory: Path) -> None:
    request = a_request()
    with running_server(database, run_directory) as base:
        server = Client(base)
        do(server, CREATE, NEW, "cashier.1000", **{"X-Request-ID": request})
        server.http.close()
    assert fetch(database, "select count(*) from refusals where request_id = $1", request) == [(1,)]


def test_what_is_being_written_at_the_end_is_written_whole(database: str, run_directory: Path) -> None:
    request, held, stopping = a_request(), threading.Event(), threading.Event()

    async def hold() -> None:
        connection = await asyncpg.connect(**connection_settings(database))
        async with connection.transaction():
            await connection.execute("lock table refusals")
            held.set()
            await asyncio.to_thread(stopping.wait, 30)
            await asyncio.sleep(1)
        await connection.close()

    holder = threading.Thread(target=lambda: asyncio.run(hold()))
    holder.start()
    assert held.wait(30)
    with running_server(database, run_directory) as base:
        server = Client(base)
        do(server, CREATE, NEW, "cashier.1000", **{"X-Request-ID": request})
        server.http.close()
        until(lambda: fetch(database, WAITING)[0][0] == 1)
        stopping.set()
    holder.join()
    assert fetch(database, "select count(*) from refusals where request_id = $1", request) == [(1,)]
