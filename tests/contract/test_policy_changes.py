"""Policy changes over HTTP: as administrators draft, simulate, decide, activate and roll back, and as all others may not."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import run_command
from tests.contract.test_commands import fetch

STEP = "mutation ($input: {kind}PolicyChangeInput!) {{ do: {name}PolicyChange(input: $input) {{ policyChange {{ id status version baseVersion viewerCan }} userErrors {{ code reason field message }} }} }}"
CREATE = """mutation ($input: CreatePolicyChangeInput!) { do: createPolicyChange(input: $input) {
    policyChange { id version status baseVersion needsSecond viewerCan operations { kind description role salesAreas }
        simulation { gains { user { username } object activity salesAreas exceptSalesAreas reach limit rows }
                     losses { user { username } object activity salesAreas exceptSalesAreas reach limit rows }
                     leftWithout { username } unheldRoles lockout problems } }
    userErrors { code reason field message object activity } } }"""
ACTIVATE = """mutation ($input: ActivatePolicyChangeInput!) { do: activatePolicyChange(input: $input) {
    policyChange { id status policyVersion activatedBy } policyVersion userErrors { code reason field message } } }"""
ROLL_BACK = """mutation ($input: RollBackPolicyInput!) { do: rollBackPolicy(input: $input) {
    policyChange { id status } policyVersion userErrors { code reason field message } } }"""
COUNT = "{ customers(first: 1) { totalCount } }"


def assign(user: str, role: str, *areas: str, **validity: str) -> dict[str, Any]:
    return {"assign": {"user": user, "role": role, "salesAreas": list(areas), **validity}}


def unassign(user: str, role: str, *areas: str) -> dict[str, Any]:
    return {"unassign": {"user": user, "role": role, "salesAreas": list(areas)}}


def allow(role: str, object: str, *activities: str, areas: tuple[str, ...] = ("*/*/*",), **more: Any) -> dict[str, Any]:
    return {"allow": {"role": role, "salesAreas": list(areas), "object": object, "activities": list(activities), **more}}


def draft(server: Client, *operations: dict[str, Any], by: str = "admin", **input: Any) -> dict[str, Any]:
    return server.data(CREATE, {"input": {"reason": "test", "operations": list(operations), **input}}, user=by)["do"]  # type: ignore[no-any-return]


def step(server: Client, name: str, change: dict[str, Any], by: str, **input: Any) -> dict[str, Any]:
    query = STEP.format(kind=name.capitalize(), name=name)
    sent = {"policyChange": change["id"], "version": change["version"], **input}
    return server.data(query, {"input": sent}, user=by)["do"]  # type: ignore[no-any-return]


def activate(server: Client, change: dict[str, Any], by: str = "admin", **input: Any) -> dict[str, Any]:
    return server.data(ACTIVATE, {"input": {"policyChange": change["id"], **input}}, user=by)["do"]  # type: ignore[no-any-return]


def drafted(server: Client, *operations: dict[str, Any], by: str = "admin") -> dict[str, Any]:
    done = draft(server, *operations, by=by)
    assert done["userErrors"] == []
    return done["policyChange"]  # type: ignore[no-any-return]


def approved(server: Client, *operations: dict[str, Any]) -> dict[str, Any]:
    """What admin drafts and admin.2 approves, ready to be made live."""
    change = step(server, "submit", drafted(server, *operations), "admin")["policyChange"]
    return step(server, "approve", change, "admin.2")["policyChange"]  # type: ignore[no-any-return]


def made_live(server: Client, *operations: dict[str, Any]) -> int:
    """What admin drafts and admin.2 approves, live."""
    done = activate(server, approved(server, *operations))
    assert done["userErrors"] == []
    return done["policyVersion"]  # type: ignore[no-any-return]


def reasons(done: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["reason"], error["field"]) for error in done["userErrors"]]


def count(server: Client, user: str) -> int:
    return server.data(COUNT, user=user)["customers"]["totalCount"]  # type: ignore[no-any-return]


# ----------------------------------------------------------------------------------------- from draft to version, and back


def test_a_change_tells_what_it_does_before_it_is_live_and_does_it(server: Client) -> None:
    before = count(server, "clerk.2000")
    everyone = _numbers(server, "auditor")
    theirs = _numbers(server, "clerk.2000")
    change = drafted(server, assign("clerk.2000", "sales-clerk", "1000/*/*"))
    gain = next(each for each in change["simulation"]["gains"] if (each["object"], each["activity"]) == ("customer", "DISPLAY"))
    assert gain["user"]["username"] == "clerk.2000"
    assert (gain["salesAreas"], gain["exceptSalesAreas"], gain["reach"], gain["limit"]) == (["1000/*/*"], [], "ALL", None)
    assert change["simulation"]["losses"] == []
    assert count(server, "clerk.2000") == before  # nothing is live yet
    done = activate(server, change)
    assert done["userErrors"] == []
    assert done["policyChange"]["status"] == "ACTIVE"
    assert done["policyChange"]["policyVersion"] == done["policyVersion"]
    now = _numbers(server, "clerk.2000")
    assert len(now - theirs) == gain["rows"] > 0
    assert now <= everyone
    back = server.data(ROLL_BACK, {"input": {"toVersion": change["baseVersion"], "reason": "back"}}, user="admin")["do"]
    assert back["userErrors"] == []
    assert back["policyVersion"] == done["policyVersion"] + 1
    assert _numbers(server, "clerk.2000") == theirs


def _numbers(server: Client, user: str) -> set[str]:
    found: set[str] = set()
    after = None
    while True:
        page = server.data(
            "query ($after: String) { customers(first: 200, after: $after) { pageInfo { hasNextPage endCursor } edges { node { number } } } }",
            {"after": after},
            user=user,
        )["customers"]
        found |= {edge["node"]["number"] for edge in page["edges"]}
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_the_contract_is_answered_word_for_word(server: Client) -> None:
    operations = [
        assign("clerk.3000", "sales-clerk", "1000/10/*", validFrom="2030-12-01", validTo=None),  # type: ignore[arg-type]
        unassign("clerk.1000", "sales-clerk", "1000/*/*"),
        allow("sales-clerk", "sales_order", "DELETE", reach="ALL", limit=None),
        {"deny": {"role": "sales-clerk", "salesAreas": ["2000/*/*"], "object": "sales_order", "activities": ["CREATE"]}},
        {"revoke": {"role": "sales-clerk", "salesAreas": ["*/*/*"], "object": "sales_order", "activities": ["CREATE"]}},
    ]
    done = server.send("CreatePolicyChange", {"input": {"reason": "contract", "operations": operations}}, user="admin")
    assert "errors" not in done, done
    change = done["data"]["createPolicyChange"]["policyChange"]
    assert done["data"]["createPolicyChange"]["userErrors"] == []
    shown = server.send("PolicyChangeDetail", {"id": change["id"]}, user="admin")["data"]["policyChange"]
    assert [each["kind"] for each in shown["operations"]] == ["ASSIGN", "UNASSIGN", "ALLOW", "DENY", "REVOKE"]
    assert shown["viewerCan"] == ["editPolicyChange", "submitPolicyChange", "withdrawPolicyChange"]
    edited = server.send(
        "EditPolicyChange",
        {"input": {"policyChange": change["id"], "version": change["version"], "operations": operations[1:]}},
        user="admin",
    )["data"]["editPolicyChange"]
    assert edited["userErrors"] == []
    sent = {"policyChange": change["id"], "version": edited["policyChange"]["version"]}
    submitted = server.send("SubmitPolicyChange", {"input": sent}, user="admin")["data"]["submitPolicyChange"]
    assert submitted["policyChange"]["status"] == "SUBMITTED"
    sent["version"] = submitted["policyChange"]["version"]
    own = server.send("ApprovePolicyChange", {"input": sent}, user="admin")["data"]["approvePolicyChange"]
    assert [error["code"] for error in own["userErrors"]] == ["REFUSED"]
    approved = server.send("ApprovePolicyChange", {"input": sent}, user="admin.2")["data"]["approvePolicyChange"]
    assert approved["policyChange"]["status"] == "APPROVED"
    sent["version"] = approved["policyChange"]["version"]
    rejected = server.send("RejectPolicyChange", {"input": sent | {"reason": "no"}}, user="admin.2")["data"][
        "rejectPolicyChange"
    ]
    assert rejected["policyChange"]["status"] == "REJECTED"
    history = server.send("PolicyHistory", {"first": 1}, user="auditor")["data"]["policyChanges"]["edges"]
    assert history[0]["node"]["id"] == change["id"]


@pytest.mark.parametrize("user", ["clerk.1000", "dealer.a", "manager.1000"])
def test_others_see_and_change_nothing(server: Client, user: str) -> None:
    change = drafted(server, assign("clerk.3000", "cashier", "3000/*/*"))
    assert server.send("PolicyChangeDetail", {"id": change["id"]}, user=user)["data"]["policyChange"] is None
    assert server.send("PolicyHistory", {"first": 5}, user=user)["data"]["policyChanges"]["edges"] == []
    assert reasons(step(server, "submit", change, user)) == [("NOT_FOUND", "policyChange")]
    assert reasons(activate(server, change, user)) == [("NOT_FOUND", "policyChange")]
    done = draft(server, assign("clerk.3000", "cashier", "3000/*/*"), by=user)
    assert (done["policyChange"], [error["code"] for error in done["userErrors"]]) == (None, ["FORBIDDEN"])
    for text, sent in (
        (OPEN, {"salesOrganization": "4000", "like": "2000", "reason": "x"}),
        (OPEN, {"salesOrganization": "4000", "like": "9999", "reason": "x"}),
        (IMPORT, {"policy": "g,user:admin,role:auditor,*/*/*", "reason": "x"}),
    ):
        answer = server.data(text, {"input": sent}, user=user)["do"]
        assert (answer["policyChange"], [error["code"] for error in answer["userErrors"]]) == (None, ["FORBIDDEN"])
    rolled = server.data(ROLL_BACK, {"input": {"toVersion": 1, "reason": "x"}}, user=user)["do"]
    assert [error["code"] for error in rolled["userErrors"]] == ["FORBIDDEN"]


def test_an_auditor_reads_and_changes_nothing(server: Client) -> None:
    change = drafted(server, assign("clerk.3000", "cashier", "3000/*/*"))
    assert server.send("PolicyChangeDetail", {"id": change["id"]}, user="auditor")["data"]["policyChange"]["viewerCan"] == []
    assert reasons(step(server, "submit", change, "auditor")) == [("FORBIDDEN", None)]


def test_a_standard_role_takes_two(server: Client) -> None:
    change = drafted(server, allow("sales-clerk", "payment", "DISPLAY"))
    assert change["needsSecond"] is True
    assert reasons(activate(server, change)) == [("CHANGE_NEEDS_SECOND", "policyChange")]
    change = step(server, "submit", change, "admin")["policyChange"]
    assert reasons(activate(server, change)) == [("CHANGE_NEEDS_SECOND", "policyChange")]
    assert reasons(step(server, "approve", change, "admin")) == [("CHANGE_OWN", "policyChange")]
    change = step(server, "approve", change, "admin.2")["policyChange"]
    assert activate(server, change)["userErrors"] == []
    assert reasons(activate(server, change)) == [("CHANGE_STATUS", "policyChange")]


# ------------------------------------------------------------------------------------------------------------- guards

OUTSIDE = "OUTSIDE_ADMINISTRATION"
FORBIDDEN_STEPS = [
    pytest.param(
        "local.1000",
        [assign("clerk.1000", "cashier", "2000/*/*")],
        [(OUTSIDE, "operations.0.assign.salesAreas.0")],
        id="another organization",
    ),
    pytest.param(
        "local.1000",
        [assign("clerk.1000", "cashier", "1000/10/*", "*/*/*")],
        [(OUTSIDE, "operations.0.assign.salesAreas.1")],
        id="everywhere",
    ),
    pytest.param(
        "local.1000",
        [assign("clerk.2000", "cashier", "1000/*/*")],
        [("UNKNOWN_USER", "operations.0.assign.user")],
        id="a user out of sight",
    ),
    pytest.param(
        "local.1000",
        [assign("clerk.1000", "local-administrator", "1000/*/*")],
        [(OUTSIDE, "operations.0.assign.salesAreas.0")],
        id="a further administrator",
    ),
    pytest.param(
        "local.1000",
        [allow("sales-clerk", "payment", "DISPLAY", areas=("1000/*/*",))],
        [(OUTSIDE, "operations.0.allow.salesAreas.0")],
        id="a rule of a role",
    ),
    pytest.param(
        "local.1000", [{"createRole": {"role": "mine", "title": "Mine"}}], [(OUTSIDE, "operations.0.createRole")], id="a role"
    ),
    pytest.param(
        "admin",
        [assign("admin", "sales-clerk", "1000/*/*")],
        [("GRANT_TO_ONESELF", "operations.0.assign.user")],
        id="to oneself",
    ),
    pytest.param(
        "admin",
        [allow("security-administrator", "customer", "DISPLAY")],
        [("GAIN_FOR_ONESELF", "operations")],
        id="to oneself by a role",
    ),
    pytest.param(
        "admin",
        [{"inherit": {"role": "security-administrator", "parent": "sales-clerk"}}],
        [("GAIN_FOR_ONESELF", "operations")],
        id="to oneself by inheritance",
    ),
    pytest.param(
        "admin",
        [
            {"createRole": {"role": "later", "title": "Later"}},
            {"inherit": {"role": "security-administrator", "parent": "later"}},
            allow("later", "customer", "DISPLAY"),
        ],
        [("GAIN_FOR_ONESELF", "operations")],
        id="to oneself by a role that inherits what is written later",
    ),
    pytest.param(
        "local.1000",
        [
            {
                "changeValidity": {
                    "user": "local.1000",
                    "role": "local-administrator",
                    "salesAreas": ["1000/*/*"],
                    "validTo": "2099-12-31",
                }
            }
        ],
        None,
        id="one's own validity",
    ),
]


@pytest.mark.parametrize(("by", "operations", "expected"), FORBIDDEN_STEPS)
def test_nobody_grants_beyond_their_administration_or_to_themselves(
    server: Client, by: str, operations: list[dict[str, Any]], expected: list[tuple[str, str]] | None
) -> None:
    done = draft(server, *operations, by=by)
    assert done["policyChange"] is None
    assert done["userErrors"]
    if expected is not None:
        assert reasons(done) == expected


def test_a_colleague_s_draft_that_helps_oneself_is_approved_by_somebody_else(server: Client) -> None:
    change = drafted(server, assign("admin.2", "auditor", "*/*/*"))
    change = step(server, "submit", change, "admin")["policyChange"]
    assert reasons(step(server, "approve", change, "admin.2")) == [("GRANT_TO_ONESELF", "operations.0.assign.user")]
    assert reasons(activate(server, change, "admin.2")) == [("GRANT_TO_ONESELF", "operations.0.assign.user")]


@pytest.mark.parametrize(
    "operations",
    [
        pytest.param([assign("dealer.a", "sales-clerk", "1000/20/*")], id="a colleague's role"),
        pytest.param([allow("dealer", "customer", "DISPLAY")], id="a rule of a partner's role"),
        pytest.param(
            [
                {"inherit": {"role": "partner-basics", "parent": "employee-basics"}},
                allow("employee-basics", "stock", "DISPLAY"),
            ],
            id="inheritance",
        ),
    ],
)
def test_partners_are_given_nothing_of_others(server: Client, operations: list[dict[str, Any]]) -> None:
    done = draft(server, *operations)
    assert done["policyChange"] is None
    assert {(reason, field) for reason, field in reasons(done)} == {("PARTNER_BEYOND_OWN", "operations")}


def test_two_administrators_are_left(server: Client) -> None:
    change = drafted(server, unassign("admin.2", "security-administrator", "*/*/*"))
    assert change["simulation"]["lockout"] is True
    assert change["simulation"]["leftWithout"] == [{"username": "admin.2"}]
    change = step(server, "submit", change, "admin")["policyChange"]
    change = step(server, "approve", change, "admin.2")["policyChange"]
    assert reasons(activate(server, change)) == [("TOO_FEW_ADMINISTRATORS", "operations")]


def test_a_local_administrator_drafts_within_1000_and_an_administrator_makes_it_live(server: Client) -> None:
    change = drafted(server, assign("clerk.1000", "allocation-admin", "1000/20/*"), by="local.1000")
    assert change["viewerCan"] == ["editPolicyChange", "submitPolicyChange", "withdrawPolicyChange"]
    assert reasons(activate(server, change, "local.1000")) == [("FORBIDDEN", None)]
    assert activate(server, change, "admin")["userErrors"] == []
    foreign = drafted(server, assign("clerk.2000", "cashier", "2000/20/*"))
    assert server.send("PolicyChangeDetail", {"id": foreign["id"]}, user="local.1000")["data"]["policyChange"] is None
    everywhere = drafted(server, assign("clerk.1000", "cashier", "*/30/*"))
    assert server.send("PolicyChangeDetail", {"id": everywhere["id"]}, user="local.1000")["data"]["policyChange"] is None


# ---------------------------------------------------------------------------------------------------- versions, bad input


def test_a_draft_on_an_old_version_is_rebased_first(server: Client) -> None:
    mine = drafted(server, assign("clerk.3000", "allocation-admin", "3000/10/*"))
    same = drafted(server, assign("clerk.3000", "allocation-admin", "3000/20/*"))
    other = drafted(server, assign("shipping.1000", "allocation-admin", "1000/*/*"))
    assert activate(server, mine)["userErrors"] == []
    assert reasons(activate(server, other)) == [("POLICY_MOVED_ON", "policyChange")]
    assert reasons(step(server, "rebase", same, "admin")) == [("CHANGED_MEANWHILE", "operations.0.assign")]
    rebased = step(server, "rebase", other, "admin")
    assert rebased["userErrors"] == []
    assert activate(server, rebased["policyChange"])["userErrors"] == []
    kept = step(server, "rebase", same, "admin", keepMine=True)
    assert kept["userErrors"] == []
    assert activate(server, kept["policyChange"])["userErrors"] == []


def test_a_stale_version_of_the_change_is_a_conflict(server: Client) -> None:
    change = drafted(server, assign("clerk.3000", "billing-clerk", "3000/10/*"))
    assert step(server, "submit", change, "admin")["userErrors"] == []
    assert reasons(step(server, "withdraw", change, "admin")) == [("STALE_VERSION", "version")]


BAD = [
    pytest.param([], [("LIST_EMPTY", "operations")], id="nothing"),
    pytest.param(
        [allow("sales-clerk", "order", "DISPLAY")], [("UNKNOWN_OBJECT", "operations.0.allow.object")], id="an unknown object"
    ),
    pytest.param(
        [allow("sales-clerk", "customer", "RELEASE")],
        [("UNKNOWN_ACTIVITY", "operations.0.allow.activities.0")],
        id="an activity that the object has not",
    ),
    pytest.param([allow("nobody", "customer", "DISPLAY")], [("UNKNOWN_ROLE", "operations.0.allow.role")], id="an unknown role"),
    pytest.param(
        [assign("nobody", "sales-clerk", "1000/*/*")], [("UNKNOWN_USER", "operations.0.assign.user")], id="an unknown user"
    ),
    pytest.param(
        [assign("clerk.3000", "sales-clerk", "1000")],
        [("PATTERN_MALFORMED", "operations.0.assign.salesAreas.0")],
        id="half an area",
    ),
    pytest.param(
        [assign("clerk.3000", "sales-clerk", "1000,2000/*/*")],
        [("PATTERN_MALFORMED", "operations.0.assign.salesAreas.0")],
        id="a comma",
    ),
    pytest.param(
        [{"createRole": {"role": 'a"b,c', "title": "x"}}],
        [("NAME_MALFORMED", "operations.0.createRole.role")],
        id="a comma and a quote in a name",
    ),
    pytest.param(
        [{"inherit": {"role": "employee-basics", "parent": "sales-clerk"}}],
        [("INHERITANCE_CIRCLE", "operations.0.inherit.inherits")],
        id="a circle",
    ),
    pytest.param(
        [assign("clerk.3000", "cashier", "3000/*/*", validFrom="2030-01-02", validTo="2030-01-01")],
        [("VALIDITY_REVERSED", "operations.0.assign.validTo")],
        id="an end before its begin",
    ),
    pytest.param(
        [allow("sales-clerk", "customer", "DISPLAY", limit="5")],
        [("LIMIT_WITHOUT_MEASURE", "operations.0.allow.limit")],
        id="a limit without measure",
    ),
    pytest.param(
        [{"retireRole": {"role": "sales-clerk"}}],
        [("ROLE_INHERITED", "operations.0.retireRole.role")],
        id="a role that is inherited",
    ),
    pytest.param(
        [{"retireRole": {"role": "cashier"}}], [("ROLE_ASSIGNED", "operations.0.retireRole.role")], id="a role that is assigned"
    ),
    pytest.param(
        [unassign("clerk.3000", "sales-clerk", "1000/10/00")],
        [("ASSIGNMENT_MISSING", "operations.0.unassign.salesAreas.0")],
        id="an assignment that is not there",
    ),
    pytest.param(
        [assign("clerk.3000", "shipping-clerk", "3000/*/*"), allow("nobody", "customer", "DISPLAY")],
        [("UNKNOWN_ROLE", "operations.1.allow.role")],
        id="a bad step after a good one",
    ),
]


@pytest.mark.parametrize(("operations", "expected"), BAD)
def test_bad_steps_are_named_and_nothing_is_kept(
    server: Client, operations: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    before = server.send("PolicyHistory", {"first": 1}, user="admin")["data"]["policyChanges"]["edges"]
    done = draft(server, *operations)
    assert (done["policyChange"], reasons(done)) == (None, expected)
    assert server.send("PolicyHistory", {"first": 1}, user="admin")["data"]["policyChanges"]["edges"] == before


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(
            {"allow": {"role": "sales-clerk", "salesAreas": ["*/*/*"], "object": "payment", "activities": ["FLY"]}},
            id="an unknown activity",
        ),
        pytest.param(allow("sales-clerk", "credit_block", "RELEASE", limit="much"), id="a limit that is no number"),
        pytest.param(
            {
                "deny": {
                    "role": "sales-clerk",
                    "salesAreas": ["*/*/*"],
                    "object": "payment",
                    "activities": ["DISPLAY"],
                    "limit": "1",
                }
            },
            id="a deny with a limit",
        ),
        pytest.param(
            {
                "deny": {
                    "role": "sales-clerk",
                    "salesAreas": ["*/*/*"],
                    "object": "payment",
                    "activities": ["DISPLAY"],
                    "reach": "OWN",
                }
            },
            id="a deny of own records",
        ),
        pytest.param(
            {"Deny": {"role": "sales-clerk", "salesAreas": ["*/*/*"], "object": "payment", "activities": ["DISPLAY"]}},
            id="Deny",
        ),
        pytest.param(
            {**assign("clerk.3000", "cashier", "3000/*/*"), **unassign("clerk.3000", "cashier", "3000/*/*")},
            id="two steps in one",
        ),
    ],
)
def test_what_the_schema_does_not_know_is_refused_at_the_door(server: Client, operation: dict[str, Any]) -> None:
    answer = server.run(CREATE, {"input": {"reason": "x", "operations": [operation]}}, user="admin")
    assert answer["errors"]
    assert "data" not in answer


# ------------------------------------------------------------------------------------- at its time; history, files, chain

VERSIONS = "{ policyVersions(first: 200) { edges { node { version activatedBy reason hash } } } }"
DIFF = "query ($from: Int!, $to: Int!) { policyDiff(from: $from, to: $to) { kind user role salesAreas description } }"
EXPORT = "{ policyExport { version head model functions policy } }"
IMPORT = "mutation ($input: ImportPolicyInput!) { do: importPolicy(input: $input) { policyChange { id version status operations { kind user role salesAreas object activities } } userErrors { code reason field } } }"
OPEN = "mutation ($input: OpenSalesOrganizationInput!) { do: openSalesOrganization(input: $input) { policyChange { id version operations { kind user role salesAreas } } userErrors { code reason field } } }"
CHAIN = "{ policyChain { head firstBroken } }"
SHOWN = "query ($id: ID!) { policyChange(id: $id) { id version status policyVersion activatedBy scheduledFor activationProblems { reason message } } }"


def shown(server: Client, change: dict[str, Any]) -> dict[str, Any]:
    return server.data(SHOWN, {"id": change["id"]}, user="admin")["policyChange"]  # type: ignore[no-any-return]


def waited_for(server: Client, change: dict[str, Any]) -> dict[str, Any]:
    for _ in range(200):
        found = shown(server, change)
        if found["status"] != "SCHEDULED":
            return found
        time.sleep(0.1)
    raise AssertionError("its time came, and nothing happened")


def soon(seconds: float = 2.0) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat()


def test_a_change_is_live_at_its_time(server: Client) -> None:
    change = drafted(server, assign("clerk.3000", "inventory-manager", "3000/*/*"))
    done = activate(server, change, at=soon())
    assert (done["userErrors"], done["policyVersion"], done["policyChange"]["status"]) == ([], None, "SCHEDULED")
    other = drafted(server, assign("shipping.1000", "salesperson-admin", "1000/*/*"))
    assert activate(server, other)["userErrors"] == []  # about something else: the other is rebased by itself
    live = waited_for(server, change)
    assert (live["status"], live["activatedBy"], live["activationProblems"]) == ("ACTIVE", "admin", [])
    assert live["policyVersion"] is not None


def test_what_cannot_be_live_at_its_time_says_why(server: Client) -> None:
    change = drafted(server, assign("clerk.3000", "service-agent", "3000/*/*"))
    assert activate(server, change, at=soon())["userErrors"] == []
    same = drafted(server, assign("clerk.3000", "service-agent", "3000/10/*"))
    assert activate(server, same)["userErrors"] == []
    kept = waited_for(server, change)
    assert kept["status"] == "SUBMITTED"
    assert [each["reason"] for each in kept["activationProblems"]] == ["CHANGED_MEANWHILE"]


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z"])
def test_a_time_that_is_over_is_refused(server: Client, at: str) -> None:
    change = drafted(server, assign("clerk.3000", "agent", "3000/*/*"))
    assert reasons(activate(server, change, at=at)) == [("INSTANT_PAST", "at")]


def test_versions_and_what_tells_them_apart(server: Client) -> None:
    change = drafted(server, assign("direct.1000", "service-agent", "1000/10/*"))
    version = activate(server, change)["policyVersion"]
    newest, *_ = server.data(VERSIONS, user="auditor")["policyVersions"]["edges"]
    assert (newest["node"]["version"], newest["node"]["activatedBy"], newest["node"]["reason"]) == (version, "admin", "test")
    steps = server.data(DIFF, {"from": version - 1, "to": version}, user="auditor")["policyDiff"]
    assert [(each["kind"], each["user"], each["role"], each["salesAreas"]) for each in steps] == [
        ("ASSIGN", "direct.1000", "service-agent", ["1000/10/*"])
    ]
    back = server.data(DIFF, {"from": version, "to": version - 1}, user="local.1000")["policyDiff"]
    assert [(each["kind"], each["user"]) for each in back] == [("UNASSIGN", "direct.1000")]
    foreign = drafted(server, assign("clerk.2000", "service-agent", "2000/10/*"))
    version = activate(server, foreign)["policyVersion"]
    assert server.data(DIFF, {"from": version - 1, "to": version}, user="local.1000")["policyDiff"] == []


@pytest.mark.parametrize("query", [VERSIONS, EXPORT, CHAIN, DIFF], ids=["versions", "export", "chain", "diff"])
@pytest.mark.parametrize("user", ["clerk.1000", "dealer.a", "local.1000"])
def test_the_whole_policy_is_for_those_who_see_all_of_it(server: Client, user: str, query: str) -> None:
    if (user, query) == ("local.1000", DIFF):
        return
    answer = server.run(query, {"from": 1, "to": 2} if query is DIFF else {}, user=user)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert set(answer["data"].values()) == {None}


def test_an_export_comes_back_as_a_draft_of_what_was_changed_in_it(server: Client) -> None:
    export = server.data(EXPORT, user="admin")["policyExport"]
    assert export["policy"].startswith(f"# policy version {export['version']}, head {export['head']}, valid at ")
    same = server.data(IMPORT, {"input": {"policy": export["policy"], "reason": "same"}}, user="admin")["do"]
    assert reasons(same) == [("NOTHING_TO_CHANGE", "policy")]
    rows = export["policy"].splitlines()
    taken = next(row for row in rows if row.startswith("g,user:clerk.2000,role:sales-clerk"))
    changed = "\n".join(
        [
            *(row for row in rows if row != taken),
            "g,user:clerk.2000,role:buyers,2000/*/*",
            "p,role:buyers,*/*/*,customer,DISPLAY,all,,allow",
        ]
    )
    done = server.data(IMPORT, {"input": {"policy": changed, "reason": "import"}}, user="admin")["do"]
    assert done["userErrors"] == []
    kinds = [each["kind"] for each in done["policyChange"]["operations"]]
    assert kinds == ["UNASSIGN", "CREATE_ROLE", "ALLOW", "ASSIGN"]
    assert activate(server, done["policyChange"])["userErrors"] == []
    after = server.data(EXPORT, user="admin")["policyExport"]["policy"]
    assert set(after.splitlines()[1:]) == set(changed.splitlines()[1:])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("p,role:sales-clerk,*/*/*,customer,DISPLAY,all,", "LINE_LENGTH", id="a short row"),
        pytest.param("p,role:sales-clerk,*/*/*,customer,DISPLAY,all,,Deny", "UNKNOWN_EFFECT", id="Deny"),
        pytest.param("p,sales-clerk,*/*/*,customer,DISPLAY,all,,allow", "NAME_OF_KIND", id="a role without its kind"),
        pytest.param("g,user:nobody,role:sales-clerk,1000/*/*", "UNKNOWN_USER", id="an unknown user"),
        pytest.param("g,role:sales-clerk,role:cashier,1000/*/*", "LINK_EVERYWHERE", id="inheritance in a part"),
        pytest.param("x,role:sales-clerk", "ROW_KIND", id="another kind of row"),
        pytest.param('p,"role:sales-clerk,dealer",*/*/*,customer,DISPLAY,all,,allow', "NAME_OF_KIND", id="a comma in a name"),
    ],
)
def test_one_bad_row_and_nothing_is_imported(server: Client, row: str, reason: str) -> None:
    export = server.data(EXPORT, user="admin")["policyExport"]["policy"]
    done = server.data(IMPORT, {"input": {"policy": f"{export}{row}\n", "reason": "bad"}}, user="admin")["do"]
    assert reasons(done) == [(reason, f"policy.{len(export.splitlines()) + 1}")]
    assert done["policyChange"] is None


def test_nobody_imports_rights_for_themselves(server: Client) -> None:
    export = server.data(EXPORT, user="admin")["policyExport"]["policy"]
    mine = f"{export}g,user:admin,role:sales-clerk,1000/*/*\n"
    done = server.data(IMPORT, {"input": {"policy": mine, "reason": "mine"}}, user="admin")["do"]
    assert [each["reason"] for each in done["userErrors"]] == ["GRANT_TO_ONESELF"]


def test_a_new_organization_gets_the_assignments_of_another(server: Client) -> None:
    sent = {
        "salesOrganization": "4000",
        "like": "3000",
        "users": [{"like": "clerk.3000", "user": "clerk.2000"}],
        "reason": "open",
    }
    done = server.data(OPEN, {"input": sent}, user="admin")["do"]
    assert done["userErrors"] == []
    operations = done["policyChange"]["operations"]
    assert ("clerk.2000", "sales-clerk", ["4000/*/*"]) in [
        (each["user"], each["role"], each["salesAreas"]) for each in operations
    ]
    assert {area for each in operations for area in each["salesAreas"]} <= {"4000/*/*", "4000/10/*", "4000/20/*"}
    assert reasons(server.data(OPEN, {"input": {**sent, "like": "9999"}}, user="admin")["do"]) == [("NOTHING_ASSIGNED", "like")]
    local = server.data(OPEN, {"input": {**sent, "like": "1000", "users": []}}, user="local.1000")["do"]
    assert {each["reason"] for each in local["userErrors"]} <= {"OUTSIDE_ADMINISTRATION", "UNKNOWN_USER", "GRANT_TO_ONESELF"}
    assert local["userErrors"]
    for like in ("2000", "9999"):
        hidden = server.data(OPEN, {"input": {**sent, "like": like}}, user="local.1000")["do"]
        assert reasons(hidden) == [("FORBIDDEN_QUESTION", "like")]
    whole = server.data(
        IMPORT, {"input": {"policy": "g,user:clerk.1000,role:auditor,1000/*/*", "reason": "x"}}, user="local.1000"
    )["do"]
    assert [error["code"] for error in whole["userErrors"]] == ["FORBIDDEN"]


def test_a_touched_history_is_found(server: Client, database: str, run_directory: Path) -> None:
    chain = server.data(CHAIN, user="auditor")["policyChain"]
    assert chain["firstBroken"] is None
    verified = run_command(database, run_directory, "policy", "verify", "--head", chain["head"])
    assert (verified.returncode, chain["head"] in verified.stdout) == (0, True)
    assert run_command(database, run_directory, "policy", "verify", "--head", "0" * 64).returncode == 1
    fetch(database, "update policy_lines set object = 'payment' where id = (select min(id) from policy_lines) returning id")
    try:
        touched = run_command(database, run_directory, "policy", "verify")
        assert (touched.returncode, "Version 1 is not as it was made" in touched.stderr + touched.stdout) == (1, True)
        assert server.data(CHAIN, user="auditor")["policyChain"]["firstBroken"] == 1
    finally:
        fetch(
            database,
            "update policy_lines set object = 'enterprise_structure' where id = (select min(id) from policy_lines) returning id",
        )
    assert server.data(CHAIN, user="auditor")["policyChain"]["firstBroken"] is None


# -------------------------------------------------------------------------------------------------------- users from a file

USERS = "mutation ($input: ImportUsersInput!) { do: importUsers(input: $input) { policyChange { id version operations { kind user role salesAreas validTo } } userErrors { code reason field } } }"
TITLES = "username,display_name,kind,customers,role,sales_areas,valid_to"


def bring(server: Client, *rows: str, by: str = "admin", titles: str = TITLES, **input: Any) -> dict[str, Any]:
    sent = {"rows": "\n".join([titles, *rows]), "reason": "file", **input}
    return server.data(USERS, {"input": sent}, user=by)["do"]  # type: ignore[no-any-return]


def known_users(server: Client, search: str) -> list[str]:
    query = "query ($search: String) { users(first: 50, search: $search) { edges { node { username } } } }"
    return [edge["node"]["username"] for edge in server.data(query, {"search": search}, user="admin")["users"]["edges"]]


def test_users_come_from_a_file_and_their_roles_as_a_draft(server: Client) -> None:
    done = bring(
        server,
        "filed.ann,Ann 安,EMPLOYEE,,sales-clerk,1000/10/*;1000/20/*,2030-12-31",
        "filed.ann,,,,allocation-admin,1000/*/*,",
        "filed.till,Till,SERVICE,,,,",
    )
    assert done["userErrors"] == []
    assert known_users(server, "filed") == ["filed.ann", "filed.till"]
    assert [
        (each["user"], each["role"], each["salesAreas"], each["validTo"]) for each in done["policyChange"]["operations"]
    ] == [
        ("filed.ann", "sales-clerk", ["1000/10/*", "1000/20/*"], "2030-12-31"),
        ("filed.ann", "allocation-admin", ["1000/*/*"], None),
    ]
    assert activate(server, done["policyChange"])["userErrors"] == []


def test_a_thousand_users_come_from_a_file(server: Client) -> None:
    rows = [f"many.{place:04},Many {place},EMPLOYEE,,sales-clerk,1000/10/*," for place in range(1000)]
    done = bring(server, *rows)
    assert (done["userErrors"], len(done["policyChange"]["operations"])) == ([], 1000)
    assert reasons(bring(server, *rows, "one.more,One,EMPLOYEE,,,,")) == [("TOO_MANY_ROWS", "rows")]


@pytest.mark.parametrize(
    ("by", "row", "expected"),
    [
        pytest.param("admin", "bad name,Bad,EMPLOYEE,,,,", ("NAME_MALFORMED", "rows.3.username"), id="a malformed name"),
        pytest.param("admin", "bad.kind,Bad,ROBOT,,,,", ("USER_KIND", "rows.3.kind"), id="an unknown kind"),
        pytest.param("admin", "bad.name,,EMPLOYEE,,,,", ("NAME_EMPTY", "rows.3.displayName"), id="no name to read"),
        pytest.param(
            "admin",
            "bad.customers,Bad,EMPLOYEE,0000100001,,,",
            ("ONLY_PARTNERS_BOUND", "rows.3.customers"),
            id="a colleague who is bound",
        ),
        pytest.param(
            "admin", "bad.customer,Bad,PARTNER,nobody,,,", ("NOT_FOUND", "rows.3.customers"), id="an unknown customer"
        ),
        pytest.param("admin", "bad.role,Bad,EMPLOYEE,,nobody,1000/*/*,", ("UNKNOWN_ROLE", "rows.3.role"), id="an unknown role"),
        pytest.param(
            "admin", "bad.area,Bad,EMPLOYEE,,cashier,1000,", ("PATTERN_MALFORMED", "rows.3.salesAreas"), id="half an area"
        ),
        pytest.param("admin", "bad.areas,Bad,EMPLOYEE,,cashier,,", ("CELL_EMPTY", "rows.3.salesAreas"), id="a role nowhere"),
        pytest.param(
            "admin", "bad.day,Bad,EMPLOYEE,,cashier,1000/*/*,tomorrow", ("DAY_MALFORMED", "rows.3.validTo"), id="no day"
        ),
        pytest.param("admin", "bad.cells,Bad", ("ROW_LENGTH", "rows.3"), id="a short row"),
        pytest.param(
            "admin", "admin,Ada,EMPLOYEE,,cashier,1000/*/*,", ("GRANT_TO_ONESELF", "rows.3.username"), id="a role for oneself"
        ),
        pytest.param(
            "local.1000",
            "bad.far,Bad,EMPLOYEE,,cashier,2000/*/*,",
            ("OUTSIDE_ADMINISTRATION", "rows.3.salesAreas"),
            id="another organization",
        ),
    ],
)
def test_one_bad_row_and_nobody_is_made(server: Client, by: str, row: str, expected: tuple[str, str]) -> None:
    done = bring(server, "bad.good,Good,EMPLOYEE,,cashier,1000/*/*,", row, by=by)
    assert (done["policyChange"], reasons(done)) == (None, [expected])
    assert known_users(server, "bad") == []


@pytest.mark.parametrize("user", ["clerk.1000", "dealer.a", "auditor"])
def test_others_bring_nobody(server: Client, user: str) -> None:
    done = bring(server, "bad.good,Good,EMPLOYEE,,,,", by=user)
    assert [error["code"] for error in done["userErrors"]] in (["FORBIDDEN"], ["INVALID"])
    assert known_users(server, "bad") == []


# ------------------------------------------------------------------------------------------------ duties that do not go together

CONFLICTS = "query ($id: ID!) { policyChange(id: $id) { simulation { conflicts { risk level reaction user { username } salesAreas } resolvedConflicts { risk user { username } salesAreas } } } }"
MITIGATE = "mutation ($input: MitigateRiskInput!) { do: mitigateRisk(input: $input) { mitigation { id } userErrors { code reason field } } }"


def conflicts_of(server: Client, change: dict[str, Any]) -> dict[str, Any]:
    return server.data(CONFLICTS, {"id": change["id"]}, user="admin")["policyChange"]["simulation"]  # type: ignore[no-any-return]


def test_a_warning_does_not_keep_a_change_back(server: Client) -> None:
    change = drafted(server, assign("cashier.1000", "sales-manager", "2000/*/*"))
    found = conflicts_of(server, change)
    assert ("sales-order-approval", "MEDIUM", "WARN", ["2000/*/*"]) in [
        (each["risk"], each["level"], each["reaction"], each["salesAreas"]) for each in found["conflicts"]
    ]
    assert activate(server, change)["userErrors"] == []
    back = drafted(server, unassign("cashier.1000", "sales-manager", "2000/*/*"))
    assert "sales-order-approval" in [each["risk"] for each in conflicts_of(server, back)["resolvedConflicts"]]
    assert activate(server, back)["userErrors"] == []


def test_a_high_risk_is_mitigated_first(server: Client) -> None:
    change = drafted(server, assign("billing.1000", "cashier", "1000/20/*"))
    (conflict,) = conflicts_of(server, change)["conflicts"]
    assert (conflict["risk"], conflict["level"], conflict["reaction"], conflict["salesAreas"]) == (
        "billing-payment",
        "HIGH",
        "NEEDS_MITIGATION",
        ["1000/20/*"],
    )
    assert reasons(activate(server, change)) == [("CONFLICT_UNMITIGATED", "operations")]
    sent = {
        "risk": "billing-payment",
        "user": "billing.1000",
        "salesArea": "1000/20/*",
        "owner": "manager.1000",
        "control": "All payments are looked through each Friday.",
        "expiresOn": (datetime.now(timezone.utc) + timedelta(days=30)).date().isoformat(),
    }
    assert server.data(MITIGATE, {"input": sent}, user="sod.officer")["do"]["userErrors"] == []
    assert activate(server, change)["userErrors"] == []


def test_administration_and_business_never_meet(server: Client) -> None:
    change = drafted(server, assign("local.1000", "sales-clerk", "2000/*/*"))
    change = step(server, "submit", change, "admin")["policyChange"]
    change = step(server, "approve", change, "admin.2")["policyChange"]
    assert reasons(activate(server, change)) == [("CONFLICT_BLOCKED", "operations")]
