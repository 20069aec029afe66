"""Condition records made, changed, copied, released and blocked over HTTP, each by who may; and what then is priced."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.client import Client
from tests.contract.answers import data_of
from tests.contract.test_commands import fetch, footprint
from tests.contract.test_prices import asked, customers_in, reasons, simulated

COPY = """mutation ($input: CopyConditionRecordInput!) { copyConditionRecord(input: $input) {
    conditionRecord { id version releaseStatus rate { amount unit } } userErrors { code message field reason } } }"""
BLOCK = COPY.replace("copy", "block").replace("Copy", "Block")
STATUS = COPY.replace("copyConditionRecord", "setProcessingStatus").replace("CopyConditionRecord", "SetProcessingStatus")
SHOW = """query ($id: ID!) { conditionRecord(id: $id) { number version validFrom validTo releaseStatus processingStatus
    rate { amount unit } per { value unit } key { field value } conditionType { code name nameZh } createdBy releasedBy
    scale { type basis unit levels { from to rate { amount unit } } } supplements { conditionType { code } rate { amount unit } }
    lowerLimit upperLimit maximumValue maximumOrders masked viewerCan } }"""
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
SOON = (TODAY + timedelta(days=30)).isoformat()


def created(server: Client, user: str = "price.admin", **changes: Any) -> dict[str, Any]:
    """What became of a new discount of a material group, if nothing else is said."""
    said = {
        "conditionType": "KA00",
        "key": [{"field": "salesOrganization", "value": "1000"}, {"field": "materialGroup", "value": "PUMP"}],
        "validFrom": TODAY.isoformat(),
        "validTo": SOON,
        "amount": "-7",
    }
    input = {name: value for name, value in (said | changes).items() if value is not None}
    return data_of(server.send("CreateConditionRecord", {"input": input}, user=user))


def key_of(**fields: str) -> list[dict[str, str]]:
    return [{"field": field, "value": value} for field, value in fields.items()]


def row_of(id: str) -> int:
    return int(base64.b64decode(id).decode().partition(":")[2])


def sent(server: Client, operation: str, input: dict[str, Any], user: str) -> dict[str, Any]:
    return data_of(server.send(operation, {"input": input}, user=user))


def run(server: Client, query: str, input: dict[str, Any], user: str) -> dict[str, Any]:
    (payload,) = server.data(query, {"input": input}, user=user).values()
    return payload


def released(server: Client, record: dict[str, Any], user: str = "price.approver") -> dict[str, Any]:
    return sent(server, "ReleaseConditionRecord", {"conditionRecord": record["id"], "version": record["version"]}, user)


def shown(server: Client, id: str, user: str = "price.admin") -> Any:
    return server.data(SHOW, {"id": id}, user=user)["conditionRecord"]


@pytest.fixture
def discount(server: Client, database: str) -> Any:
    """A new discount of a group of its own, waiting for its release; gone afterwards."""
    payload = created(server, key=key_of(salesOrganization="1000", materialGroup="NEWGROUP"))
    assert payload["userErrors"] == []
    yield payload["conditionRecord"]
    fetch(database, "delete from condition_records where lookup like '%NEWGROUP%'")


# -------------------------------------------------------------------------------------------------------- who may do what


def test_a_record_waits_for_somebody_else_to_release_it(server: Client, discount: dict[str, Any], database: str) -> None:
    assert discount["releaseStatus"] == "BLOCKED"
    assert reasons(released(server, discount, "price.admin")) == [("FORBIDDEN", None)]
    done = released(server, discount)
    assert (done["userErrors"], done["conditionRecord"]["releaseStatus"]) == ([], "RELEASED")
    found = shown(server, discount["id"])
    assert (found["createdBy"], found["releasedBy"]) == ("price.admin", "price.approver")
    assert reasons(released(server, discount)) == [("REFUSED", "conditionRecord")]
    topics = "select topic from outbox_events where record_type = 'ConditionRecord' and record_id = $1 order by id"
    assert fetch(database, topics, row_of(discount["id"])) == [("conditionRecord.created",), ("conditionRecord.released",)]
    changes = "select field, old_value, new_value, changed_by from change_documents where record_type = 'ConditionRecord' and record_id = $1 and kind = 'CHANGED' and field = 'release_status'"
    assert fetch(database, changes, row_of(discount["id"])) == [("release_status", "BLOCKED", "RELEASED", "price.approver")]


@pytest.mark.parametrize(
    "user", ["clerk.1000", "manager.1000", "price.approver", "auditor", "dealer.a", "admin", "customer.admin"]
)
def test_who_may_not_make_records_makes_none(server: Client, database: str, user: str) -> None:
    before = footprint(database)
    assert reasons(created(server, user)) == [("FORBIDDEN", "key")]
    assert footprint(database) == before


@pytest.mark.parametrize("user", ["clerk.1000", "price.admin", "manager.1000", "auditor"])
def test_who_may_not_release_releases_nothing(server: Client, discount: dict[str, Any], user: str) -> None:
    assert reasons(released(server, discount, user)) == [("FORBIDDEN", None)]
    assert shown(server, discount["id"])["releaseStatus"] == "BLOCKED"


@pytest.mark.parametrize("user", ["clerk.2000", "dealer.a", "buyer.a", "admin", "shipping.1000"])
def test_a_hidden_record_is_one_that_is_not_there(server: Client, discount: dict[str, Any], user: str) -> None:
    change = {"validFrom": SOON, "amount": "-8"}
    for id in (discount["id"], "Q29uZGl0aW9uUmVjb3JkOjk5OTk5OTk="):
        given = {"conditionRecord": id, "version": 1}
        for operation, more in (("ReleaseConditionRecord", {}), ("ChangeConditionRecord", change)):
            assert reasons(sent(server, operation, given | more, user)) == [("NOT_FOUND", "conditionRecord")]
        assert shown(server, id, user) is None


def test_a_clerk_cannot_change_a_record_that_they_see(server: Client, discount: dict[str, Any]) -> None:
    input = {"conditionRecord": discount["id"], "version": 1, "validFrom": SOON, "amount": "-9"}
    assert reasons(sent(server, "ChangeConditionRecord", input, "clerk.1000")) == [("FORBIDDEN", None)]
    assert shown(server, discount["id"], "clerk.1000")["viewerCan"] == []


def test_nobody_releases_their_own_even_with_the_right(server: Client, database: str, discount: dict[str, Any]) -> None:
    fetch(database, "update condition_records set created_by = 'price.approver' where lookup like '%NEWGROUP%'")
    done = released(server, discount)
    assert [error["code"] for error in done["userErrors"]] == ["REFUSED"]
    assert "releaseConditionRecord" not in shown(server, discount["id"], "price.approver")["viewerCan"]


# ---------------------------------------------------------------------------------------------------------- what it says


def test_a_record_says_all_that_was_agreed(server: Client, database: str) -> None:
    levels = [{"from": "1", "rate": "90.00"}, {"from": "100", "rate": "85.50"}]
    payload = created(
        server,
        conditionType="PR00",
        key=key_of(salesOrganization="2000", distributionChannel="30", material="10001"),
        amount="90",
        currency="CNY",
        validTo=None,
        scale={"levels": levels},
        supplements=[{"conditionType": "RA00", "amount": "-2"}],
        lowerLimit="80",
        upperLimit="95",
        maximumOrders=3,
        processingStatus="CHECKED",
    )
    assert payload["userErrors"] == []
    found = shown(server, payload["conditionRecord"]["id"])
    assert {name: found[name] for name in ("version", "validTo", "releaseStatus", "processingStatus", "rate", "per")} == {
        "version": 1,
        "validTo": "9999-12-31",
        "releaseStatus": "SIMULATION",
        "processingStatus": "CHECKED",
        "rate": {"amount": "90", "unit": "CNY"},
        "per": {"value": "1", "unit": "PC"},
    }
    assert found["key"] == key_of(salesOrganization="2000", distributionChannel="30", material="10001")
    assert found["scale"] == {
        "type": "FROM",
        "basis": "QUANTITY",
        "unit": None,
        "levels": [
            {"from": "1", "to": None, "rate": {"amount": "90", "unit": "CNY"}},
            {"from": "100", "to": None, "rate": {"amount": "85.5", "unit": "CNY"}},
        ],
    }
    assert found["supplements"] == [{"conditionType": {"code": "RA00"}, "rate": {"amount": "-2", "unit": "%"}}]
    assert (found["lowerLimit"], found["upperLimit"], found["maximumOrders"]) == ("80", "95", 3)
    changes = "select distinct row_type from change_documents where record_type = 'ConditionRecord' and record_id = $1"
    parts = {("ConditionRecord",), ("ConditionScaleLevel",), ("ConditionSupplement",)}
    assert set(fetch(database, changes, row_of(payload["conditionRecord"]["id"]))) == parts


PRICE_KEY = key_of(salesOrganization="1000", material="10001")
FAULTY = [
    pytest.param({"conditionType": "ZZZZ"}, [("INVALID", "conditionType")], id="a type that is not there"),
    pytest.param({"key": []}, [("INVALID", "key")], id="no key"),
    pytest.param({"key": key_of(colour="red")}, [("INVALID", "key.0.field")], id="a field that keys do not have"),
    pytest.param({"key": key_of(salesOrganization="1000")}, None, id="a key of another table"),
    pytest.param({"key": key_of(salesOrganization="1000", customer="100001")}, [("INVALID", "key")], id="a key of no table"),
    pytest.param(
        {
            "conditionType": "PR00",
            "key": key_of(salesOrganization="1000", material="nothing"),
            "amount": "1",
            "currency": "CNY",
        },
        [("NOT_FOUND", "key.1.value")],
        id="a material that is not there",
    ),
    pytest.param({"amount": "-150"}, [("INVALID", "amount")], id="minus 150 %"),
    pytest.param({"validTo": "2026-01-01"}, [("INVALID", "validTo")], id="over before it begins"),
    pytest.param({"currency": "CNY"}, [("INVALID", "currency")], id="a percentage in yuan"),
    pytest.param(
        {"conditionType": "PR00", "key": PRICE_KEY, "amount": "1"}, [("INVALID", "currency")], id="an amount of nothing"
    ),
    pytest.param(
        {"conditionType": "PR00", "key": PRICE_KEY, "amount": "-1", "currency": "CNY"},
        [("INVALID", "amount")],
        id="a negative price",
    ),
    pytest.param(
        {"conditionType": "PR00", "key": PRICE_KEY, "amount": "1", "currency": "CNY", "unit": "YARD"},
        [("INVALID", "unit")],
        id="a unit that is not there",
    ),
    pytest.param(
        {"conditionType": "PR00", "key": PRICE_KEY, "amount": "1", "currency": "CNY", "per": "0"},
        [("INVALID", "per")],
        id="per nothing",
    ),
    pytest.param(
        {"scale": {"levels": [{"from": "10", "rate": "-5"}, {"from": "1", "rate": "-6"}]}},
        [("INVALID", "scale.levels.1")],
        id="a scale with descending levels",
    ),
    pytest.param({"scale": {"levels": []}}, [("INVALID", "scale")], id="a scale without levels"),
    pytest.param({"lowerLimit": "-5", "upperLimit": "-10"}, [("INVALID", "upperLimit")], id="limits the wrong way round"),
    pytest.param({"maximumOrders": 0}, [("INVALID", "maximumOrders")], id="at most no orders"),
    pytest.param({"processingStatus": "?"}, [("INVALID", "processingStatus")], id="a status that is not there"),
    pytest.param(
        {"supplements": [{"conditionType": "PR00", "amount": "1"}]},
        [("INVALID", "supplements.0.conditionType")],
        id="a price as a supplement",
    ),
]


@pytest.mark.parametrize(("change", "expected"), FAULTY)
def test_a_faulty_record_is_named_and_not_kept(
    server: Client, database: str, change: dict[str, Any], expected: list[tuple[str, str]] | None
) -> None:
    before = footprint(database)
    payload = created(
        server, **({"validTo": None} if "key" in change and expected is None else {}), validateOnly=True, **change
    )
    assert reasons(payload) == (expected or [])
    assert footprint(database) == before


def test_records_of_one_key_do_not_overlap(server: Client, database: str, discount: dict[str, Any]) -> None:
    before = footprint(database)
    key = key_of(salesOrganization="1000", materialGroup="NEWGROUP")
    assert reasons(created(server, key=key, validFrom=SOON, validTo=None)) == [("REFUSED", "validFrom")]
    assert footprint(database) == before
    later = created(server, key=key, validFrom=(TODAY + timedelta(days=31)).isoformat(), validTo=None)
    assert later["userErrors"] == []


def test_of_two_overlapping_records_made_at_once_one_is_kept(server: Client, database: str, discount: dict[str, Any]) -> None:
    key = key_of(salesOrganization="2000", materialGroup="NEWGROUP")
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: created(server, key=key), range(4)))
    assert sorted(len(payload["userErrors"]) for payload in done) == [0, 1, 1, 1]


# ------------------------------------------------------------------------------------------------------ versions in time


def test_a_new_version_rules_from_its_day_on_and_only_once_it_is_released(
    server: Client,
    materials: dict[str, str],
) -> None:
    customer = customers_in(server, "2000/30/00")[0]
    key = key_of(salesOrganization="2000", distributionChannel="30", customer=customer["number"], material="10001")
    first = created(server, conditionType="PR00", key=key, amount="50", currency="CNY", validTo=None)["conditionRecord"]

    def price(day: date, **more: Any) -> str:
        variables = asked("2000/30/00", customer["id"], (materials["10001"], "1", "PC"), pricingDate=day.isoformat(), **more)
        return simulated(server, variables, "price.admin")["items"][0]["conditions"][0]["rate"]["amount"]

    assert price(TODAY) == "86"
    released(server, first)
    assert price(TODAY) == "50"
    change = {"conditionRecord": first["id"], "version": 1, "validFrom": SOON, "amount": "55"}
    second = sent(server, "ChangeConditionRecord", change, "price.admin")
    assert (second["userErrors"], second["conditionRecord"]["version"]) == ([], 2)
    assert shown(server, first["id"])["viewerCan"] == ["copyConditionRecord", "blockConditionRecord"]
    days = (TODAY, TODAY + timedelta(days=29), TODAY + timedelta(days=30))
    assert [price(day) for day in days] == ["50", "50", "50"]
    released(server, second["conditionRecord"])
    assert [price(day) for day in days] == ["50", "50", "55"]
    assert reasons(sent(server, "ChangeConditionRecord", change, "price.admin")) == [("CONFLICT", "version")]
    blocked = run(server, BLOCK, {"conditionRecord": second["conditionRecord"]["id"], "version": 2}, "price.admin")
    assert blocked["conditionRecord"]["releaseStatus"] == "BLOCKED"
    assert price(days[2]) == "50"
    again = run(server, BLOCK, {"conditionRecord": second["conditionRecord"]["id"], "version": 2}, "price.admin")
    assert reasons(again) == [("REFUSED", "conditionRecord")]


def test_what_is_planned_prices_only_simulations_that_ask_for_it(
    server: Client,
    materials: dict[str, str],
) -> None:
    customer = customers_in(server, "1000/30/00")[-1]
    key = key_of(salesOrganization="1000", distributionChannel="30", customer=customer["number"], material="10003")
    planned = created(
        server, conditionType="PR00", key=key, amount="77", currency="CNY", validTo=None, processingStatus="HEADQUARTERS"
    )["conditionRecord"]
    assert planned["releaseStatus"] == "PLANNING_AND_SIMULATION"

    def price(user: str, planned: bool) -> Any:
        variables = asked("1000/30/00", customer["id"], (materials["10003"], "1", "PC"), planned=planned)
        found = simulated(server, variables, user)
        return found["items"][0]["conditions"][0]["rate"]["amount"] if found["items"] else reasons(found)

    usual = price("clerk.1000", False)
    assert usual != "77"
    assert price("clerk.1000", True) == "77"
    lifted = run(server, STATUS, {"conditionRecord": planned["id"], "version": 1, "status": "DRAFT"}, "price.admin")
    assert lifted["conditionRecord"]["releaseStatus"] == "BLOCKED"
    assert price("clerk.1000", True) == usual


def test_a_partner_sees_nothing_of_what_is_planned(server: Client, materials: dict[str, str]) -> None:
    mine = customers_in(server, "1000/20/00", "dealer.a")[0]
    variables = asked("1000/20/00", mine["id"], (materials["10001"], "1", "PC"), planned=True)
    assert reasons(simulated(server, variables, "dealer.a")) == [("FORBIDDEN", "planned")]


def test_a_copy_is_a_record_of_its_own(server: Client, discount: dict[str, Any]) -> None:
    key = key_of(salesOrganization="3000", materialGroup="NEWGROUP")
    copy = run(server, COPY, {"conditionRecord": discount["id"], "key": key, "validFrom": SOON, "validTo": None}, "price.admin")
    assert (copy["userErrors"], copy["conditionRecord"]["version"], copy["conditionRecord"]["releaseStatus"]) == (
        [],
        1,
        "BLOCKED",
    )
    assert copy["conditionRecord"]["rate"] == {"amount": "-7", "unit": "%"}
    found = shown(server, copy["conditionRecord"]["id"])
    assert (found["key"], found["validFrom"], found["validTo"]) == (key, SOON, "9999-12-31")
    assert found["number"] != shown(server, discount["id"])["number"]
    same = run(server, COPY, {"conditionRecord": discount["id"], "validFrom": SOON}, "price.admin")
    assert reasons(same) == [("REFUSED", "validFrom")]


def test_the_same_key_and_input_give_the_first_success_again(server: Client, database: str, discount: dict[str, Any]) -> None:
    key = key_of(salesOrganization="1000", distributionChannel="10", customerGroup="NEWGROUP")
    first, again = (created(server, conditionType="K007", key=key, idempotencyKey="twice") for _ in range(2))
    assert first == again
    assert fetch(database, "select count(*) from condition_records where lookup like 'K007%NEWGROUP%'") == [(1,)]


GAPS = """query ($type: String!, $key: [KeyFieldInput!]!, $from: Date!, $to: Date!) {
    conditionRecordGaps(conditionType: $type, key: $key, from: $from, to: $to) { first last } }"""


def test_gaps_are_the_days_on_which_nothing_is_released(server: Client, discount: dict[str, Any]) -> None:
    variables = {
        "type": "KA00",
        "key": key_of(salesOrganization="1000", materialGroup="NEWGROUP"),
        "from": TODAY.isoformat(),
        "to": (TODAY + timedelta(days=40)).isoformat(),
    }

    def gaps(user: str = "price.admin") -> Any:
        answer = server.run(GAPS, variables, user=user)
        return (
            [(each["first"], each["last"]) for each in data_of(answer)]
            if "errors" not in answer
            else answer["errors"][0]["extensions"]["code"]
        )

    assert gaps() == [(variables["from"], variables["to"])]
    released(server, discount)
    assert gaps() == [((TODAY + timedelta(days=31)).isoformat(), variables["to"])]
    assert gaps("clerk.1000") == gaps()
    assert [gaps(user) for user in ("clerk.2000", "dealer.a", "admin")] == ["FORBIDDEN"] * 3


# ------------------------------------------------------------------------------------------------------------- the trace

SIMULATE = (
    """query ($input: SimulatePriceInput!) { simulatePrice(input: $input) { id items { lineNumber netValue { amount } } } }"""
)
NOW = "query { viewer { user { username } } }"


def test_a_line_explains_itself_as_of_any_moment(server: Client, database: str, materials: dict[str, str]) -> None:
    customer = customers_in(server, "2000/10/00")[1]
    key = key_of(salesOrganization="2000", distributionChannel="10", customer=customer["number"], material="10005")
    variables = asked("2000/10/00", customer["id"], (materials["10005"], "1", "PC"))
    before = server.data(SIMULATE, variables, user="clerk.2000")["simulatePrice"]
    first = created(server, conditionType="PR00", key=key, amount="10", currency="CNY", validTo=None)["conditionRecord"]
    released(server, first)
    ((between,),) = fetch(database, "select clock_timestamp()")
    run(server, BLOCK, {"conditionRecord": first["id"], "version": 1}, "price.admin")

    def outcomes(id: str, user: str = "clerk.2000", **more: Any) -> Any:
        answer = server.send("PriceTrace", {"salesOrder": id, "lineNumber": 10, **more}, user=user)
        if "errors" in answer:
            return answer["errors"][0]["extensions"]["code"]
        row = data_of(answer)["conditions"][0]
        return [access["outcome"] for access in row["accesses"]][1], row["value"]["amount"]

    after = server.data(SIMULATE, variables, user="clerk.2000")["simulatePrice"]
    assert outcomes(before["id"])[0] == "NO_RECORD"
    assert outcomes(before["id"], asOf=between.isoformat()) == ("FOUND", "10.00")
    assert outcomes(after["id"])[0] == "BLOCKED"
    assert outcomes(after["id"], asOf=between.isoformat()) == ("FOUND", "10.00")
    assert outcomes(after["id"], asOf="2999-01-01T00:00:00Z") == "INVALID"
    assert outcomes("bm90aGluZw==") == "INVALID"
    assert [outcomes(after["id"], user) for user in ("clerk.3000", "dealer.a", "admin")] == ["NOT_FOUND"] * 3
    assert outcomes(after["id"], "auditor") == "FORBIDDEN"


CHANGE_VIEW = """mutation ($input: ChangeSalesAreaViewInput!) { do: changeSalesAreaView(input: $input) {
    userErrors { code field reason } } }"""
KEYS = """query ($id: ID!, $asOf: DateTime) { priceTrace(salesOrder: $id, lineNumber: 10, asOf: $asOf) {
    conditions { value { currency } accesses { key { field value } } } } }"""
CHANGE_MATERIAL = """mutation ($input: ChangeMaterialInput!) { do: changeMaterial(input: $input) {
    userErrors { code field reason } } }"""


def test_a_line_is_explained_with_the_customer_and_the_material_of_then(
    server: Client, database: str, materials: dict[str, str]
) -> None:
    """What a customer pays in, and how a material is taxed, are those of the moment too; who sees no history sees this."""
    customer = customers_in(server, "2000/10/00")[2]
    variables = asked("2000/10/00", customer["id"], (materials["10006"], "1", "PC"))
    before = server.data(SIMULATE, variables, user="clerk.2000")["simulatePrice"]["id"]

    def shown(id: str, **more: Any) -> tuple[str, str]:
        answer = server.data(KEYS, {"id": id, **more}, user="clerk.2000")["priceTrace"]
        keys = [key for row in answer["conditions"] for access in row["accesses"] for key in access["key"]]
        classes = {key["value"] for key in keys if key["field"] == "materialTaxClass"}
        values = {row["value"]["currency"] for row in answer["conditions"] if row["value"]}
        return "".join(sorted(values)), "".join(sorted(classes))

    (version,) = fetch(database, "select version from customers where number = $1", customer["number"])[0]
    change = {"customer": customer["id"], "version": version, "salesArea": "2000/10/00", "currency": "USD"}
    assert server.data(CHANGE_VIEW, {"input": change}, user="clerk.2000")["do"]["userErrors"] == []
    (version,) = fetch(database, "select version from materials where number = '10006'")[0]
    taxed = {"material": materials["10006"], "version": version, "taxClass": "2"}
    assert server.data(CHANGE_MATERIAL, {"input": taxed}, user="price.admin")["do"]["userErrors"] == []
    after = server.data(SIMULATE, variables, user="clerk.2000")["simulatePrice"]["id"]
    assert shown(before) == ("CNY", "1")
    assert shown(after) == ("USD", "2")
    ((now,),) = fetch(database, "select clock_timestamp()")
    assert shown(before, asOf=now.isoformat()) == ("USD", "2")
