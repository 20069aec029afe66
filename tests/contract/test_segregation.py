"""Segregation of duties over HTTP: who is told which conflicts, and what a mitigation does to them.

The stage: `clerk.1000` also ships, `manager.1000` also bills in 1000/10, `credit.1000` sells in 2000 only, `local.1000` also
sells, and `officer.1000` is an officer for 1000 alone. The dealer `dealer.b` approves orders too.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.auth.policy_edit import adding_lines, assigning
from tests.client import Client
from tests.contract.answers import refusal_of
from tests.contract.demo import Record, sql, value, walk
from tests.contract.test_commands import footprint
from tests.contract.test_sessions import cli
from tests.contract.test_untold_areas import edit

REPORT = """query ($user: String, $risk: String, $level: RiskLevel, $mitigated: Boolean) {
    found: segregationOfDutiesConflicts(first: 100, user: $user, risk: $risk, level: $level, mitigated: $mitigated) {
        totalCount edges { node { risk level title perDocument user { username } salesAreas exceptSalesAreas
            functions { name title rights { object activities } } mitigation { owner expiresOn control salesArea } } } } }"""
RISKS = "{ segregationOfDutiesRisks { name number level title reaction scopeAware perDocument functions { name } } }"
ROLES = "{ roleConflicts { role risk level functions { name } } }"
MITIGATE = "mutation ($input: MitigateRiskInput!) { do: mitigateRisk(input: $input) { mitigation { id version risk username salesArea owner control createdBy expiresOn endedBy } userErrors { code reason field object activity salesArea message } } }"
END = "mutation ($input: EndMitigationInput!) { do: endMitigation(input: $input) { mitigation { id version endedBy endedAt } userErrors { code reason field } } }"
MITIGATIONS = "{ riskMitigations(first: 100) { totalCount edges { node { id username salesArea owner endedAt } } } }"
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
SHIPS = {"user": "clerk.1000", "risk": "sales-order-goods-issue", "salesArea": "1000/*/*", "owner": "manager.1000"}
SHIPS_UNTIL = {**SHIPS, "control": "monthly review of goods issues", "expiresOn": str(TODAY + timedelta(days=30))}


@pytest.fixture(scope="module", autouse=True)
def stage(database: str) -> None:
    sql(
        database,
        """insert into users (username, display_name, kind, locale, password_hash, search_text, created_at, home, password_initial, version)
           select 'officer.1000', 'Officer', kind, 'en', password_hash, '', now(), '*/*/*', false, 1 from users where username = 'auditor'""",
    )
    edit(
        database,
        assigning("clerk.1000", "shipping-clerk", ["1000/*/*"]),
        assigning("manager.1000", "billing-clerk", ["1000/10/*"]),
        assigning("credit.1000", "sales-clerk", ["2000/*/*"]),
        assigning("local.1000", "sales-clerk", ["1000/*/*"]),
        assigning("dealer.b", "partner-approver", ["1000/20/*"]),
        assigning("officer.1000", "sod-officer", ["1000/*/*"]),
        adding_lines(
            [
                ("billing-clerk", "1000/10/10", "billing_document", each, "all", "", "deny")
                for each in ("CREATE", "CHANGE", "REVERSE", "MASS")
            ]
        ),
    )


def report(server: Client, by: str = "sod.officer", **asked: Any) -> list[Record]:
    found = server.data(REPORT, asked, user=by)["found"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"] for edge in found["edges"]]


def brief(rows: list[Record]) -> list[tuple[str, str, str]]:
    """Who, which risk, and where."""
    return [
        (
            each["user"]["username"],
            each["risk"],
            " ".join(each["salesAreas"]) + "".join(f" but {area}" for area in each["exceptSalesAreas"]),
        )
        for each in rows
    ]


def send(server: Client, query: str, input: Record, user: str = "sod.officer") -> Record:
    return server.data(query, {"input": input}, user=user)["do"]  # type: ignore[no-any-return]


def reasons(done: Record) -> list[str]:
    return [error["reason"] for error in done["userErrors"]]


CUSTOMER = "customer-master-sales-order"
IN_1000 = [
    ("clerk.1000", CUSTOMER, "1000/*/*"),
    ("clerk.1000", "sales-order-goods-issue", "1000/*/*"),
    ("clerk.1000", "return-goods-receipt", "1000/*/*"),
    ("dealer.b", "sales-order-approval", "1000/20/*"),
    ("direct.1000", CUSTOMER, "1000/10/*"),
    ("local.1000", CUSTOMER, "1000/*/*"),
    ("local.1000", "administration-business", "1000/*/*"),
    ("manager.1000", CUSTOMER, "1000/*/*"),
    ("manager.1000", "sales-order-billing", "1000/10/* but 1000/10/10"),
    ("manager.1000", "credit-memo-request-release", "1000/*/*"),
    ("manager.1000", "sales-order-approval", "1000/*/*"),
]
ELSEWHERE = [
    ("clerk.2000", CUSTOMER, "2000/*/*"),
    ("clerk.3000", CUSTOMER, "3000/*/*"),
    ("credit.1000", CUSTOMER, "2000/*/*"),
]


# ------------------------------------------------------------------------------------------------------------ the report


@pytest.mark.parametrize("user", ["sod.officer", "admin", "auditor"])
def test_the_report_tells_every_conflict_by_user_and_number(server: Client, user: str) -> None:
    assert brief(report(server, user)) == sorted(IN_1000 + ELSEWHERE, key=lambda each: each[0])


def test_whoever_has_the_right_in_one_organization_is_told_of_that(server: Client) -> None:
    assert brief(report(server, "officer.1000")) == IN_1000


def test_a_conflict_goes_on_being_told_where_the_asker_has_the_right(server: Client, database: str) -> None:
    edit(database, assigning("clerk.2000", "shipping-clerk", ["*/*/*"]))
    edit(database, assigning("clerk.2000", "sales-clerk", ["1000/30/*"]))
    assert brief(report(server, user="clerk.2000")) == [
        ("clerk.2000", CUSTOMER, "1000/30/* 2000/*/*"),
        ("clerk.2000", "sales-order-goods-issue", "1000/30/* 2000/*/*"),
        ("clerk.2000", "return-goods-receipt", "1000/30/* 2000/*/*"),
    ]
    assert brief(report(server, "officer.1000", user="clerk.2000")) == [
        ("clerk.2000", CUSTOMER, "1000/30/*"),
        ("clerk.2000", "sales-order-goods-issue", "1000/30/*"),
        ("clerk.2000", "return-goods-receipt", "1000/30/*"),
    ]


@pytest.mark.parametrize("user", ["clerk.1000", "manager.1000", "local.1000", "dealer.a", "approver.a"])
def test_whoever_has_no_right_on_the_rules_is_refused(server: Client, user: str) -> None:
    answers = [server.send("SegregationOfDuties", {"first": 5}, user=user)]
    answers += [server.run(query, user=user) for query in (RISKS, ROLES, MITIGATIONS)]
    for answer in answers:
        assert refusal_of(answer)["code"] == "FORBIDDEN"


def test_the_contract_s_question_goes_on_page_by_page(server: Client) -> None:
    def page(size: int, after: str | None) -> Any:
        return server.send("SegregationOfDuties", {"first": size, "after": after}, user="sod.officer")["data"][
            "segregationOfDutiesConflicts"
        ]

    whole = list(walk(lambda after: page(100, after)))
    assert [(each["user"]["username"], each["risk"]) for each in whole] == [each[:2] for each in brief(report(server))]
    assert list(walk(lambda after: page(2, after))) == whole
    assert [each["name"] for each in whole[0]["functions"]] == ["customer-master", "sales-order"]
    assert {each["mitigation"] for each in whole} == {None}
    wrong = server.send("SegregationOfDuties", {"first": 2, "after": "eA=="}, user="sod.officer")
    assert refusal_of(wrong)["reason"] == "CURSOR_MALFORMED"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"user": "direct.1000"}, ["direct.1000"]),
        ({"user": "price.admin"}, []),
        ({"user": "nobody"}, []),
        ({"risk": "administration-business"}, ["local.1000"]),
        ({"level": "CRITICAL"}, ["local.1000"]),
        ({"level": "CRITICAL", "user": "clerk.1000"}, []),
        ({"mitigated": True}, []),
        ({"risk": "sales-order-approval", "mitigated": False}, ["dealer.b", "manager.1000"]),
    ],
)
def test_the_report_of_one_user_risk_or_level(server: Client, asked: Record, expected: list[str]) -> None:
    assert [each["user"]["username"] for each in report(server, **asked)] == expected


def test_a_risk_that_is_not_there_is_named(server: Client) -> None:
    answer = server.run(REPORT, {"risk": "sloth"}, user="sod.officer")
    assert refusal_of(answer)["reason"] == "UNKNOWN_RISK"


def test_a_conflict_says_what_it_is_in_the_reader_s_language(server: Client) -> None:
    (row,) = report(server, "auditor", risk="administration-business")
    assert (row["level"], row["perDocument"]) == ("CRITICAL", False)
    assert row["functions"][0]["rights"][0] == {
        "object": "policy_change",
        "activities": ["CREATE", "CHANGE", "RELEASE", "APPROVE", "REVERSE"],
    }
    zh = {"Accept-Language": "zh"}
    told = server.run(REPORT, {"risk": "administration-business"}, user="sod.officer", **zh)["data"]["found"]["edges"][0][
        "node"
    ]
    assert (row["title"], told["title"]) == ("Administers rights and does business", "管理权限并从事业务")


def test_who_is_locked_is_left_out_and_comes_back(server: Client, database: str, run_directory: Path) -> None:
    cli(database, run_directory, "user", "lock", "direct.1000", "--reason", "away")
    assert report(server, user="direct.1000") == []
    cli(database, run_directory, "user", "unlock", "direct.1000")
    assert len(report(server, user="direct.1000")) == 1


def test_the_rules_and_the_roles_that_break_them(server: Client) -> None:
    risks = server.data(RISKS, user="auditor")["segregationOfDutiesRisks"]
    assert [each["number"] for each in risks] == list(range(1, 22))
    assert (risks[18]["name"], risks[18]["level"], risks[18]["reaction"], risks[18]["scopeAware"]) == (
        "administration-business",
        "CRITICAL",
        "BLOCK",
        False,
    )
    assert [each["name"] for each in risks[16]["functions"]] == ["sales-order", "sales-order-approval"]
    assert (risks[16]["perDocument"], risks[16]["reaction"]) == (True, "WARN")
    assert {(each["role"], each["risk"]) for each in server.data(ROLES, user="sod.officer")["roleConflicts"]} == {
        ("sales-clerk", CUSTOMER),
        ("sales-manager", CUSTOMER),
        ("sales-manager", "credit-memo-request-release"),
        ("sales-manager", "sales-order-approval"),
        ("emergency-user", CUSTOMER),
        ("emergency-user", "sales-order-goods-issue"),
    }


# ----------------------------------------------------------------------------------------------------------- mitigations


def test_a_mitigated_conflict_is_open_again_once_the_mitigation_is_over(server: Client, database: str) -> None:
    done = send(server, MITIGATE, {**SHIPS_UNTIL, "idempotencyKey": "ships"})
    assert done["userErrors"] == []
    made = done["mitigation"]
    assert (made["username"], made["salesArea"], made["createdBy"], made["version"]) == (
        "clerk.1000",
        "1000/*/*",
        "sod.officer",
        1,
    )
    assert send(server, MITIGATE, {**SHIPS_UNTIL, "idempotencyKey": "ships"})["mitigation"]["id"] == made["id"]
    (row,) = report(server, mitigated=True)
    assert row["mitigation"] == {
        "owner": "manager.1000",
        "expiresOn": SHIPS_UNTIL["expiresOn"],
        "control": "monthly review of goods issues",
        "salesArea": "1000/*/*",
    }
    assert brief(report(server, "officer.1000", mitigated=True)) == brief([row])
    fields = {
        each["field"] for each in sql(database, "select field from change_documents where record_type = 'RiskMitigation'")
    }
    assert {"risk", "user_id", "owner", "control", "expires_on"} <= fields

    sql(database, "update risk_mitigations set expires_on = $1", TODAY)
    assert len(report(server, mitigated=True)) == 1
    sql(database, "update risk_mitigations set expires_on = $1", TODAY - timedelta(days=1))
    assert report(server, mitigated=True) == []
    assert reasons(send(server, END, {"mitigation": made["id"], "version": 1})) == ["MITIGATION_ENDED"]

    sql(database, "update risk_mitigations set expires_on = $1", TODAY + timedelta(days=9))
    assert reasons(send(server, END, {"mitigation": made["id"], "version": 7})) == ["STALE_VERSION"]
    ended = send(server, END, {"mitigation": made["id"], "version": 1})
    assert (ended["mitigation"]["version"], ended["mitigation"]["endedBy"]) == (2, "sod.officer")
    assert report(server, mitigated=True) == []
    assert reasons(send(server, END, {"mitigation": made["id"], "version": 2})) == ["MITIGATION_ENDED"]


def test_every_area_of_the_conflict_must_be_covered(server: Client) -> None:
    risk = {**SHIPS_UNTIL, "user": "local.1000", "risk": CUSTOMER}
    assert send(server, MITIGATE, {**risk, "salesArea": "1000/10/*"})["mitigation"]
    assert report(server, user="local.1000", mitigated=True) == []
    for channel in ("20", "30"):
        assert send(server, MITIGATE, {**risk, "salesArea": f"1000/{channel}/*"})["mitigation"]
    assert report(server, user="local.1000", mitigated=True) == []  # other channels may come
    sooner = str(TODAY + timedelta(days=9))
    assert send(server, MITIGATE, {**risk, "salesArea": "*/*/*", "expiresOn": sooner})["mitigation"]
    (row,) = report(server, user="local.1000", mitigated=True)
    assert (row["risk"], row["mitigation"]["expiresOn"]) == (CUSTOMER, sooner)


FORBIDDEN = [("FORBIDDEN", None)]
NOT_FOUND = [("NOT_FOUND", "user")]


@pytest.mark.parametrize(
    ("by", "change", "errors"),
    [
        ("admin", {}, FORBIDDEN),
        ("auditor", {}, FORBIDDEN),
        ("local.1000", {}, FORBIDDEN),
        ("clerk.1000", {}, NOT_FOUND),
        ("dealer.a", {}, NOT_FOUND),
        ("officer.1000", {"salesArea": "*/10/*"}, FORBIDDEN),
        ("officer.1000", {"user": "clerk.3000", "salesArea": "1000/*/*"}, NOT_FOUND),
        ("sod.officer", {"user": "nobody"}, NOT_FOUND),
        ("sod.officer", {"owner": "nobody"}, [("NOT_FOUND", "owner")]),
        ("sod.officer", {"owner": "clerk.1000"}, [("OWNER_CONCERNED", "owner")]),
        ("sod.officer", {"owner": "dealer.a"}, [("OWNER_NO_EMPLOYEE", "owner")]),
        ("sod.officer", {"user": "sod.officer"}, [("OWN_CONFLICT", "user")]),
        ("sod.officer", {"risk": "sloth"}, [("UNKNOWN_RISK", "risk")]),
        ("sod.officer", {"salesArea": "1000"}, [("PATTERN_MALFORMED", "salesArea")]),
        ("sod.officer", {"control": "  "}, [("CONTROL_EMPTY", "control")]),
        ("sod.officer", {"expiresOn": str(TODAY)}, [("MITIGATION_OVER", "expiresOn")]),
        ("sod.officer", {"expiresOn": str(date(TODAY.year + 2, 1, 1))}, [("MITIGATION_TOO_LONG", "expiresOn")]),
    ],
)
def test_a_mitigation_is_refused_and_nothing_is_kept(
    server: Client, database: str, by: str, change: Record, errors: list[tuple[str, str | None]]
) -> None:
    before = footprint(database)
    done = send(server, MITIGATE, {**SHIPS_UNTIL, **change}, by)
    assert done["mitigation"] is None
    assert [(error["reason"], error["field"]) for error in done["userErrors"]] == errors
    if errors == FORBIDDEN:
        assert [(error["object"], error["activity"]) for error in done["userErrors"]] == [("sod_rule", "CREATE")]
    assert footprint(database) == before


def test_only_validating_keeps_nothing(server: Client, database: str) -> None:
    before = value(database, "select count(*) from risk_mitigations")
    assert send(server, MITIGATE, {**SHIPS_UNTIL, "validateOnly": True}) == {"mitigation": None, "userErrors": []}
    assert value(database, "select count(*) from risk_mitigations") == before


def test_mitigations_are_listed_and_ended_where_one_has_the_right(server: Client) -> None:
    made = send(server, MITIGATE, {**SHIPS_UNTIL, "user": "clerk.2000", "salesArea": "2000/*/*"})["mitigation"]
    whole = server.data(MITIGATIONS, user="auditor")["riskMitigations"]
    mine = server.data(MITIGATIONS, user="officer.1000")["riskMitigations"]
    assert whole["edges"][0]["node"]["id"] == made["id"]
    assert {edge["node"]["salesArea"] for edge in whole["edges"]} - {edge["node"]["salesArea"] for edge in mine["edges"]} == {
        "2000/*/*"
    }
    assert mine["totalCount"] == len(mine["edges"]) == whole["totalCount"] - 1
    input = {"mitigation": made["id"], "version": 1}
    assert [error["code"] for error in send(server, END, input, "officer.1000")["userErrors"]] == ["NOT_FOUND"]
    assert [error["code"] for error in send(server, END, input, "auditor")["userErrors"]] == ["FORBIDDEN"]
    assert send(server, END, input)["mitigation"]["endedAt"]
    everywhere = next(edge["node"] for edge in mine["edges"] if edge["node"]["salesArea"] == "*/*/*")
    input = {"mitigation": everywhere["id"], "version": 1}
    assert [error["code"] for error in send(server, END, input, "officer.1000")["userErrors"]] == ["FORBIDDEN"]
