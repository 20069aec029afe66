"""Customers in as files: by whom, what is kept and what is not, and what is told of it to whom."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest

from api.auth.policy_edit import adding_lines, edit_policy, ending_lines
from api.auth.users import lock_user, unlock_user
from api.database import models_open
from tests.client import Client
from tests.conftest import cloned, running_server, server_process
from tests.contract.demo import ROLES
from tests.contract.test_commands import documents_of, events_of, fetch, footprint
from tests.contract.test_files import PREFLIGHT

LONG_FILE = 2000
"""Rows of a file that takes a while."""
FIELDS = "code message field reason object activity salesArea"
JOB = "id status mode dryRun fileName total done refused startedAt finishedAt cancelRequested viewerCan errors { code reason message }"
START = f"mutation ($input: StartCustomerImportInput!) {{ do: startCustomerImport(input: $input) {{ job {{ {JOB} }} userErrors {{ {FIELDS} }} }} }}"
CANCEL = (
    f"mutation ($input: CancelJobInput!) {{ do: cancelJob(input: $input) {{ job {{ {JOB} }} userErrors {{ {FIELDS} }} }} }}"
)
SHOW = f"query ($id: ID!) {{ job(id: $id) {{ {JOB} }} }}"
ROWS = """query ($id: ID!, $filter: JobRowFilter, $after: String) { jobRows(job: $id, first: 200, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { row outcome number errors { code reason column message } } } } }"""
HEAD = "name,customerType,country,salesArea,taxNumber,incoterms"
OF_JOBS = ("jobs", "job_rows", "idempotency_keys")


def line(name: str, area: str = "1000/20/00", tax: str = "", incoterms: str = "") -> str:
    return f"{name},DEALER,CN,{area},{tax},{incoterms}"


def sent(server: Client, text: str | bytes, user: str = "customer.admin", **more: Any) -> httpx.Response:
    input = {"mode": "ALL_OR_NOTHING", **{name: value for name, value in more.items() if not name.startswith("X-")}}
    form = {
        "operations": json.dumps({"query": START, "variables": {"input": {**input, "file": None}}}),
        "map": json.dumps({"0": ["variables.input.file"]}),
    }
    headers = {name: value for name, value in more.items() if name.startswith("X-")}
    given = {**PREFLIGHT, "Authorization": f"Bearer {server.token(user)}", **headers}
    content = text if isinstance(text, bytes) else text.encode()
    return server.http.post(f"{server.base}/graphql", data=form, files={"0": ("客户.csv", content, "text/csv")}, headers=given)


def started(server: Client, text: str | bytes, user: str = "customer.admin", **more: Any) -> dict[str, Any]:
    answer = sent(server, text, user, **more).json()
    assert "errors" not in answer, answer
    return answer["data"]["do"]  # type: ignore[no-any-return]


def shown(server: Client, id: str, user: str = "customer.admin", **headers: str) -> dict[str, Any] | None:
    return server.run(SHOW, {"id": id}, user=user, **headers)["data"]["job"]  # type: ignore[no-any-return]


def until(look: Callable[[], Any], seconds: float = 60) -> Any:
    for _ in range(int(seconds * 20)):
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def over(server: Client, id: str, user: str = "customer.admin") -> dict[str, Any]:
    """The job once it is over."""

    def look() -> dict[str, Any] | None:
        job = shown(server, id, user)
        assert job is not None
        return job if job["finishedAt"] else None

    return until(look)  # type: ignore[no-any-return]


def done(server: Client, text: str | bytes, user: str = "customer.admin", **more: Any) -> dict[str, Any]:
    payload = started(server, text, user, **more)
    assert payload["userErrors"] == []
    return over(server, payload["job"]["id"], user)


def rows(server: Client, job: dict[str, Any], user: str = "customer.admin", **headers: str) -> list[dict[str, Any]]:
    answer = server.run(ROWS, {"id": job["id"]}, user=user, **headers)
    return [edge["node"] for edge in answer["data"]["jobRows"]["edges"]]


def outcomes(found: list[dict[str, Any]]) -> list[tuple[str, list[tuple[str, str | None]]]]:
    return [(each["outcome"], [(error["reason"], error["column"]) for error in each["errors"]]) for each in found]


def footprint_of_customers(database: str) -> dict[str, tuple[int, str]]:
    return {name: each for name, each in footprint(database).items() if name not in OF_JOBS}


# ------------------------------------------------------------------------------------------------------------ carrying out


def test_a_file_is_brought_in_as_single_commands_would(server: Client, database: str) -> None:
    text = f"\ufeff{HEAD}\r\n{line('文件一', tax='91310000MA1FL0XX1A', incoterms='EXW')}\r\n{line('文件二', '1000/10/00')}\r\n"
    job = done(server, text, **{"X-Request-ID": "import-of-a-test"})
    assert (job["status"], job["total"], job["done"], job["refused"], job["errors"]) == ("SUCCEEDED", 2, 2, 0, [])
    assert (job["fileName"], job["viewerCan"]) == ("客户.csv", [])
    found = rows(server, job)
    assert [(each["row"], each["outcome"]) for each in found] == [(2, "CREATED"), (3, "CREATED")]
    numbers = [each["number"] for each in found]
    assert int(numbers[1]) == int(numbers[0]) + 1
    assert sorted(events_of(database, "import-of-a-test")) == [
        ("customer.created", number, 1, "customer.admin") for number in numbers
    ]
    single = server.send(
        "CreateCustomer",
        {"input": {"name": "单个", "customerType": "DEALER", "country": "CN", "salesArea": "1000/10/00"}},
        user="customer.admin",
        **{"X-Request-ID": "single-of-a-test"},
    )["data"]["createCustomer"]["customer"]

    def shapes(request: str) -> list[tuple[Any, ...]]:
        return sorted((part or "", field, by, version) for part, field, _, _, by, version in documents_of(database, request))

    both = shapes("import-of-a-test")
    ones = [each for each in both if each[0] in ("", "1000/10/00")]
    assert [each for each in shapes("single-of-a-test") if each[0] == "1000/10/00"] == [
        each for each in both if each[0] == "1000/10/00"
    ]
    assert len([each for each in ones if each[0] == ""]) == 2 * len([e for e in shapes("single-of-a-test") if e[0] == ""]) + 1
    assert single["number"] == str(int(numbers[1]) + 1)
    query = "query ($n: String) { customer(number: $n) { name onboardingStatus version salesAreaViews { incoterms currency partners { function } } companyCodeViews { blocked } } }"
    first = server.data(query, {"n": numbers[0]}, user="clerk.1000")["customer"]
    assert (first["name"], first["onboardingStatus"], first["version"]) == ("文件一", "DRAFT", 1)
    (view,) = first["salesAreaViews"]
    assert (view["incoterms"], view["currency"], len(view["partners"])) == ("EXW", "CNY", 4)
    assert len(first["companyCodeViews"]) == 1
    found_by_name = server.send("CustomerList", {"first": 5, "filter": {"search": "文件一"}}, user="clerk.1000")
    assert [edge["node"]["number"] for edge in found_by_name["data"]["customers"]["edges"]] == [numbers[0]]


def test_customers_are_changed_by_number_and_what_stays_is_unchanged(server: Client, database: str) -> None:
    job = done(server, f"{HEAD}\n{line('改一', incoterms='EXW')}\n{line('改二')}\n")
    one, two = (each["number"] for each in rows(server, job))
    text = f"number,version,name,phone,salesArea,incoterms\n{one},1,改一新,'+86 21,1000/20/00,FOB\n{two},1,改二,,1000/20/00,\n{one},1,改一再,'+86 21,1000/20/00,FOB\n{two},9,x,,,\n9999999,,x,,,\n"
    job = done(server, text, mode="ROW_BY_ROW")
    found = rows(server, job)
    assert (job["status"], job["done"], job["refused"]) == ("SUCCEEDED", 5, 2)
    assert outcomes(found) == [
        ("CHANGED", []),
        ("UNCHANGED", []),
        ("CHANGED", []),
        ("REFUSED", [("STALE_VERSION", "version")]),
        ("REFUSED", [("NOT_FOUND", "number")]),
    ]
    state = fetch(database, "select name, phone, version from customers where number = any($1) order by id", [one, two])
    assert state == [("改一再", "+86 21", 4), ("改二", None, 1)]


@pytest.mark.parametrize(("mode", "kept"), [("ALL_OR_NOTHING", 0), ("ROW_BY_ROW", 2)])
def test_a_refused_row_takes_all_others_with_it_or_none(server: Client, database: str, mode: str, kept: int) -> None:
    tax = {"ALL_OR_NOTHING": "91310000MA1FL0XX2A", "ROW_BY_ROW": "91310000MA1FL0XX3A"}[mode]
    lines = [
        line("好", tax=tax),
        line("=1+1"),
        line("重", tax=tax),
        line("坏", incoterms="ZZZ"),
        line("无", "1000/99/00"),
        "短,x",
        line("好二"),
    ]
    before, count = footprint_of_customers(database), fetch(database, "select count(*) from customers")[0][0]
    job = done(server, "\n".join([HEAD, *lines]), mode=mode)
    good = "CREATED" if kept else "LEFT_OUT"
    assert outcomes(rows(server, job)) == [
        (good, []),
        ("REFUSED", [("CELL_FORMULA", "name")]),
        ("REFUSED", [("DUPLICATE_TAX_NUMBER", "taxNumber")]),
        ("REFUSED", [("INCOTERMS_UNKNOWN", "incoterms")]),
        ("REFUSED", [("UNKNOWN_SALES_AREA", "salesArea")]),
        ("REFUSED", [("ROW_LENGTH", None)]),
        (good, []),
    ]
    assert fetch(database, "select count(*) from customers")[0][0] == count + kept
    assert job["refused"] == 5
    if not kept:
        assert (job["status"], [each["reason"] for each in job["errors"]]) == ("FAILED", ["ROWS_REFUSED"])
        assert footprint_of_customers(database) == before
    else:
        assert (job["status"], job["errors"]) == ("SUCCEEDED", [])


@pytest.mark.parametrize("mode", ["ALL_OR_NOTHING", "ROW_BY_ROW"])
def test_a_dry_run_reports_the_same_and_keeps_nothing(server: Client, database: str, mode: str) -> None:
    tax = "91310000MA1FL0XX4A"
    before = footprint_of_customers(database)
    job = done(server, f"{HEAD}\n{line('甲', tax=tax)}\n{line('乙', tax=tax)}\n{line('丙')}\n", mode=mode, dryRun=True)
    assert (job["status"], job["done"], job["refused"], job["dryRun"]) == ("SUCCEEDED", 3, 1, True)
    found = rows(server, job)
    assert outcomes(found) == [("CREATED", []), ("REFUSED", [("DUPLICATE_TAX_NUMBER", "taxNumber")]), ("CREATED", [])]
    assert [each["number"] for each in found] == [None, None, None]
    assert footprint_of_customers(database) == before


def test_validate_only_looks_at_the_file_and_starts_nothing(server: Client, database: str) -> None:
    before = footprint(database)
    assert started(server, f"{HEAD}\n{line('x')}\n", validateOnly=True) == {"job": None, "userErrors": []}
    assert footprint(database) == before


def test_the_same_key_gives_the_same_job(server: Client) -> None:
    text = f"{HEAD}\n{line('一次')}\n"
    first = started(server, text, idempotencyKey="import once")["job"]
    over(server, first["id"])
    assert started(server, text, idempotencyKey="import once")["job"]["id"] == first["id"]
    (error,) = started(server, text + line("又") + "\n", idempotencyKey="import once")["userErrors"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize(
    ("content", "more", "reason"),
    [
        pytest.param(b"", {}, "FILE_EMPTY", id="nothing"),
        pytest.param("name\n名".encode("gb18030"), {}, "CSV_ENCODING", id="the wrong encoding"),
        pytest.param(b"number,name\n1,\0\n", {}, "CSV_NUL", id="a NUL"),
        pytest.param(b'number,name\n1,"x\n', {}, "CSV_MALFORMED", id="an open quotation"),
        pytest.param(b"number,colour\n1,x\n", {}, "COLUMN_UNKNOWN", id="an unknown column"),
        pytest.param(b"number\n" + b"1\n" * 10_001, {}, "CSV_TOO_LONG", id="too many rows"),
    ],
)
def test_a_file_that_cannot_be_read_starts_nothing(
    server: Client, database: str, content: bytes, more: dict[str, Any], reason: str
) -> None:
    before = footprint(database)
    (error,) = started(server, content, **more)["userErrors"]
    assert (error["code"], error["reason"], error["field"]) == ("INVALID", reason, "file")
    assert footprint(database) == before


def test_chinese_excel_s_encoding_is_taken_by_choice(server: Client) -> None:
    job = done(server, f"{HEAD}\r\n{line('国标')}\r\n".encode("gb18030"), encoding="GB18030")
    (row,) = rows(server, job)
    assert server.data("query ($n: String) { customer(number: $n) { name } }", {"n": row["number"]}, user="clerk.1000")[
        "customer"
    ] == {"name": "国标"}


# --------------------------------------------------------------------------------------------------------------- by whom


@pytest.mark.parametrize("user", [name for name in ROLES if name != "customer.admin"])
def test_who_may_not_bring_files_in_is_refused_and_learns_nothing(server: Client, database: str, user: str) -> None:
    before = footprint(database)
    (error,) = started(server, f"{HEAD}\n{line('x')}\n", user)["userErrors"]
    assert (error["code"], error["object"], error["activity"], error["salesArea"]) == ("FORBIDDEN", "customer", "MASS", None)
    assert footprint(database) == before


@pytest.mark.parametrize("user", ["clerk.2000", "auditor", "dealer.a", "admin"])
def test_another_s_job_is_as_if_it_did_not_exist(server: Client, user: str) -> None:
    job = done(server, f"{HEAD}\n{line('秘密')}\n")
    assert shown(server, job["id"], user) is None
    assert rows(server, job, user) == []
    assert server.data("{ jobs(first: 9) { totalCount } }", user=user)["jobs"]["totalCount"] == 0
    assert server.data("query ($id: ID!) { node(id: $id) { id } }", {"id": job["id"]}, user=user)["node"] is None
    missing = "Sm9iOjk5OTk5OTk="
    answers = [
        server.post(
            {"query": CANCEL, "variables": {"input": {"job": id}}}, user=user, headers={"X-Request-ID": "the-same-request"}
        ).content
        for id in (job["id"], missing)
    ]
    assert answers[0] == answers[1]
    assert b"NOT_FOUND" in answers[0]


def test_the_report_is_told_in_the_language_asked_for(server: Client) -> None:
    job = done(server, f"{HEAD}\n{line('坏', incoterms='ZZZ')}\n{line(' ')}\n", mode="ROW_BY_ROW")
    first, second = rows(server, job, **{"Accept-Language": "zh"})
    assert "ZZZ" in first["errors"][0]["message"]
    assert second["errors"] == [{"code": "INVALID", "reason": "CELL_EMPTY", "column": "name", "message": "此单元格不能为空。"}]
    english = rows(server, job, **{"Accept-Language": "en"})
    assert english[1]["errors"][0]["message"] == "This cell must not be empty."


def test_jobs_are_listed_newest_first_and_their_rows_by_outcome(server: Client) -> None:
    job = done(server, f"{HEAD}\n{line('甲乙')}\n{line('坏', incoterms='ZZZ')}\n", mode="ROW_BY_ROW")
    listed = server.data("{ jobs(first: 2) { edges { node { id } } } }", user="customer.admin")["jobs"]["edges"]
    assert listed[0]["node"]["id"] == job["id"]
    answer = server.data(ROWS, {"id": job["id"], "filter": {"outcome": {"eq": "REFUSED"}}}, user="customer.admin")["jobRows"]
    assert (answer["totalCount"], [edge["node"]["row"] for edge in answer["edges"]]) == (1, [3])


def test_a_job_that_is_over_cannot_be_cancelled(server: Client) -> None:
    job = done(server, f"{HEAD}\n{line('过')}\n")
    answer = server.data(CANCEL, {"input": {"job": job["id"]}}, user="customer.admin")["do"]
    assert [each["reason"] for each in answer["userErrors"]] == ["JOB_OVER"]


# ------------------------------------------------------------------------------------------------------- while it runs


def long_file(count: int, prefix: str = "长") -> str:
    return "\n".join([HEAD, *(line(f"{prefix}{place}") for place in range(count))])


@pytest.mark.parametrize("mode", ["ALL_OR_NOTHING", "ROW_BY_ROW"])
def test_a_job_is_cancelled_in_the_middle(server: Client, database: str, mode: str) -> None:
    before = fetch(database, "select count(*) from customers")[0][0]
    id = started(server, long_file(9000), mode=mode)["job"]["id"]

    def under_way() -> Any:
        job = shown(server, id)
        assert job is not None
        assert not job["finishedAt"], "it was over before it could be cancelled"
        return job["done"] > 0 and job

    assert until(under_way)["viewerCan"] == ["cancelJob"]
    answer = server.data(CANCEL, {"input": {"job": id}}, user="customer.admin")["do"]
    assert answer["userErrors"] == []
    assert answer["job"]["cancelRequested"] is True
    job = over(server, id)
    assert job["status"] == "CANCELLED"
    kept = fetch(database, "select count(*) from customers")[0][0] - before
    assert kept == (0 if mode == "ALL_OR_NOTHING" else job["done"])
    assert job["done"] < 9000
    report = server.data(ROWS, {"id": id}, user="customer.admin")["jobRows"]["totalCount"]
    assert report == kept


def test_a_job_ends_with_the_session_that_started_it(server: Client, database: str) -> None:
    before = fetch(database, "select count(*) from customers")[0][0]
    id = started(server, long_file(4000, "锁"))["job"]["id"]
    until(lambda: (shown(server, id) or {})["done"] > 0)

    async def do(step: Any) -> None:
        async with models_open(database):
            await step

    asyncio.run(do(lock_user("customer.admin", "test")))
    try:
        until(lambda: fetch(database, "select finished_at is not null from jobs order by id desc limit 1")[0][0])
        status, failure = fetch(
            database, "select status, failure->'refusals'->0->>'reason' from jobs order by id desc limit 1"
        )[0]
        assert (status, failure) == ("FAILED", "SESSION_OVER")
        assert fetch(database, "select count(*) from customers")[0][0] == before
    finally:
        asyncio.run(do(unlock_user("customer.admin")))
        server.tokens.pop("customer.admin")


def test_rights_taken_meanwhile_are_not_used(server: Client, database: str) -> None:
    """MASS is taken while the file is brought in: what was kept by then stays, and nothing more comes."""
    id = started(server, long_file(3000, "权"), mode="ROW_BY_ROW")["job"]["id"]
    until(lambda: (shown(server, id) or {})["done"] > 0)

    async def change(step: Any) -> None:
        async with models_open(database):
            await edit_policy("test", "mass", step)

    taken = ("customer-admin", "*/*/*", "customer", "MASS", "all", "", "allow")
    asyncio.run(change(ending_lines([taken])))
    try:
        job = over(server, id)
        assert job["status"] == "SUCCEEDED"
        assert 0 < job["refused"] < 3000
        last = server.data(ROWS, {"id": id, "filter": {"outcome": {"eq": "REFUSED"}}}, user="customer.admin")["jobRows"]
        assert last["totalCount"] == job["refused"]
        assert {each["node"]["errors"][0]["reason"] for each in last["edges"]} == {"FORBIDDEN"}
    finally:
        asyncio.run(change(adding_lines([taken])))


def test_one_brings_in_only_where_one_may(server: Client, database: str) -> None:
    """MASS in 1000 lets a manager bring in there, and not in 2000, nor change a customer that lies there too."""

    async def change(step: Any) -> None:
        async with models_open(database):
            await edit_policy("test", "mass", step)

    asyncio.run(change(adding_lines([("sales-manager", "*/*/*", "customer", "MASS", "all", "", "allow")])))
    hidden, shared = (
        fetch(database, f"select c.number from customers c where {each} order by c.id limit 1")[0][0]
        for each in (
            "not exists (select from customer_areas a where a.customer_id = c.id and a.sales_organization = '1000')",
            "exists (select from customer_areas a where a.customer_id = c.id and a.sales_organization = '1000')"
            " and exists (select from customer_areas a where a.customer_id = c.id and a.sales_organization = '2000')",
        )
    )
    text = f"number,{HEAD}\n,{line('这里')}\n,{line('那里', '2000/20/00')}\n{hidden},x,,,,,\n8888888,x,,,,,\n{shared},x,,,,,\n"
    job = done(server, text, "manager.1000", mode="ROW_BY_ROW")
    found = rows(server, job, "manager.1000")
    assert [each["outcome"] for each in found] == ["CREATED", "REFUSED", "REFUSED", "REFUSED", "REFUSED"]
    reasons = [[error["reason"] for error in each["errors"]] for each in found]
    assert reasons == [[], ["FORBIDDEN"], ["NOT_FOUND"], ["NOT_FOUND"], ["FORBIDDEN"]]
    assert {**found[2], "row": 0} == {**found[3], "row": 0}
    assert found[4]["number"] == shared
    assert (
        fetch(database, "select count(*) from customers where name = '那里' or number = $1 and name = 'x'", shared)[0][0] == 0
    )


@pytest.mark.parametrize("mode", ["ALL_OR_NOTHING", "ROW_BY_ROW"])
def test_a_job_whose_process_is_killed_goes_on_in_another_and_keeps_each_row_once(
    postgres: str, template: str, run_directory: Any, mode: str
) -> None:
    with cloned(postgres, template) as url:
        before = fetch(url, "select count(*) from customers")[0][0]
        first = kill_in_the_middle(url, run_directory, mode)
        assert fetch(url, "select count(*) from customers")[0][0] - before == (0 if mode == "ALL_OR_NOTHING" else first)
        with running_server(url, run_directory, SDGRAPH_JOB_STALE_SECONDS="1") as base:
            client = Client(base)
            (edge,) = client.data("{ jobs(first: 1) { edges { node { id } } } }", user="customer.admin")["jobs"]["edges"]
            job = over(client, edge["node"]["id"])
            client.http.close()
        assert (job["status"], job["done"], job["refused"]) == ("SUCCEEDED", LONG_FILE, 0)
        assert fetch(url, "select count(*) from customers")[0][0] == before + LONG_FILE
        assert fetch(url, "select count(*), count(distinct row), count(distinct number) from job_rows") == [(LONG_FILE,) * 3]
        assert fetch(url, "select attempts from jobs") == [(2,)]


def kill_in_the_middle(url: str, run_directory: Any, mode: str) -> int:
    """Start a server and an import, and kill the server while rows come in; how many were told to be done."""
    with server_process(url, run_directory) as (process, base):
        client = Client(base)
        id = started(client, long_file(LONG_FILE, "崩"), mode=mode)["job"]["id"]
        until(lambda: (shown(client, id) or {})["done"] > 0)
        process.kill()
        process.join(30)
        client.http.close()
    status, done = fetch(url, "select status, done from jobs")[0]
    assert status == "RUNNING"
    return int(done)
