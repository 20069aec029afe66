"""A record seen through one sales area tells nothing of the others it lies in: not in a refusal, a conflict or an explanation.

The stage: `clerk.1000` also keeps stock in 2000, so that they know the organization without browsing its customers;
`customer.approver` also manages sales in 2000.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import run_command
from tests.contract.demo import facts_of
from tests.contract.test_commands import BLOCK, CHANGE, CREATE, NEW, do, refusal


@pytest.fixture(scope="module", autouse=True)
def stage(server: Client, database: str, run_directory: Path) -> None:
    for user, role in (("clerk.1000", "inventory-manager"), ("customer.approver", "sales-manager")):
        assert run_command(database, run_directory, "policy", "assign", user, role, "2000/*/*").returncode == 0


@pytest.fixture
def shared(server: Client, database: str, ids: dict[str, str]) -> dict[str, Any]:
    """A customer of both organizations: its id, its version now, its areas."""
    for each in facts_of(database).customers:
        areas = [view["code"] for view in each["views"]]
        if len({area[:4] for area in areas}) == 2:
            return {"id": ids[each["number"]], "version": each["version"], "areas": areas}
    raise LookupError


def test_a_refusal_names_no_area_that_the_caller_does_not_see_the_record_in(server: Client, shared: dict[str, Any]) -> None:
    input = {"customer": shared["id"], "version": shared["version"], "name": "x"}
    error = refusal(do(server, CHANGE, input, "clerk.1000"))
    assert (error["code"], error["object"], error["activity"]) == ("FORBIDDEN", "customer", "CHANGE")
    assert error["salesArea"] is None
    assert "2000" not in error["message"]


def test_a_refusal_names_the_area_that_the_caller_gave(server: Client) -> None:
    for user in ("admin", "shipping.1000", "clerk.1000"):
        area = "2000/20/00" if user == "clerk.1000" else "1000/20/00"
        error = refusal(do(server, CREATE, {**NEW, "salesArea": area}, user))
        told = (error["code"], error["object"], error["activity"], error["salesArea"])
        assert told == ("FORBIDDEN", "customer", "CREATE", area)


def test_a_conflict_names_no_field_of_a_view_that_the_caller_does_not_see(server: Client, shared: dict[str, Any]) -> None:
    area = next(each for each in shared["areas"] if each.startswith("2000/"))
    base = {"customer": shared["id"], "version": shared["version"]}
    assert do(server, BLOCK, {**base, "blocks": ["ORDER"], "reason": "x", "salesArea": area}, "customer.approver")["customer"]
    for user, fields in (("clerk.1000", []), ("manager.1000", []), ("clerk.2000", ["orderBlock"]), ("auditor", ["orderBlock"])):
        error = refusal(do(server, CHANGE, {**base, "name": "x"}, user))
        assert (error["code"], error["changedFields"]) == ("CONFLICT", fields), user
        assert ("orderBlock" in error["message"]) is bool(fields)


def test_a_conflict_names_no_field_of_a_part_that_the_caller_does_not_see(server: Client) -> None:
    made = do(server, CREATE, NEW)["customer"]
    for user, told in (("clerk.1000", True), ("price.admin", False)):
        error = refusal(do(server, CHANGE, {"customer": made["id"], "version": 0, "name": "x"}, user))
        assert "customerType" in error["changedFields"]
        assert ("companyCode" in error["changedFields"]) is told, user
