"""Materials as price.admin keeps them: taken up, changed, put on sale; and who sees them where."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client
from tests.contract.test_commands import fetch, footprint

CREATE = "mutation ($input: CreateMaterialInput!) { do: createMaterial(input: $input) { material { id number version } userErrors { code field reason } } }"
CHANGE = CREATE.replace("createMaterial", "changeMaterial").replace("CreateMaterial", "ChangeMaterial")
SELL = CREATE.replace("createMaterial", "setMaterialSalesView").replace("CreateMaterial", "SetMaterialSalesView")
GROUP = (
    "mutation ($input: SaveMaterialGroupInput!) { do: saveMaterialGroup(input: $input) { userErrors { code field reason } } }"
)
SHOW = """query ($number: String!) { material(number: $number) { description baseUnit salesUnits taxClass grossWeight
    units { unit numerator denominator } materialGroup { code } salesViews { salesArea salesUnit cost } viewerCan } }"""
PICK = "query ($f: MaterialFilter) { materials(first: 50, filter: $f) { totalCount edges { node { number } } } }"
NEW: dict[str, Any] = {
    "description": "Relief valve 安全阀 DN50",
    "baseUnit": "PC",
    "materialGroup": "VALVE",
    "taxClass": "1",
    "grossWeight": "4.2",
    "netWeight": "4.0",
    "weightUnit": "KG",
    "units": [{"unit": "BOX", "numerator": 12}],
    "salesView": {"salesArea": "1000/10/00", "salesUnit": "BOX"},
}


def do(server: Client, mutation: str, input: dict[str, Any], user: str = "price.admin") -> dict[str, Any]:
    return server.data(mutation, {"input": input}, user=user)["do"]


def reasons(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(error["reason"], error["field"]) for error in payload["userErrors"]]


def shown(server: Client, number: str, user: str = "price.admin") -> Any:
    return server.data(SHOW, {"number": number}, user=user)["material"]


def test_a_material_is_taken_up_changed_and_put_on_sale_elsewhere(server: Client, database: str) -> None:
    made = do(server, CREATE, NEW)
    assert made["userErrors"] == []
    id, number = made["material"]["id"], made["material"]["number"]
    assert shown(server, number, "clerk.1000")["salesUnits"] == ["PC", "BOX"]
    assert [shown(server, number, user) for user in ("clerk.2000", "dealer.a", "admin")] == [None] * 3
    change = {"material": id, "version": 1, "description": "Safety valve", "units": [{"unit": "SET", "numerator": 2}]}
    assert reasons(do(server, CHANGE, change)) == []
    assert reasons(do(server, CHANGE, change)) == [("STALE_VERSION", "version")]
    sold = do(server, SELL, {"material": id, "version": 2, "salesArea": "2000/20/00", "deliveringPlant": "2000"})
    assert sold["userErrors"] == []
    found = shown(server, number)
    assert found["units"] == [{"unit": "SET", "numerator": 2, "denominator": 1}]
    assert [view["salesArea"] for view in found["salesViews"]] == ["1000/10/00", "2000/20/00"]
    assert found["viewerCan"] == ["changeMaterial", "setMaterialSalesView"]
    assert shown(server, number, "clerk.2000")["salesViews"] == [{"salesArea": "2000/20/00", "salesUnit": "PC", "cost": None}]
    assert fetch(database, "select count(*) > 5 from change_documents where record_type = 'Material'") == [(True,)]


@pytest.mark.parametrize("user", ["clerk.1000", "manager.1000", "price.approver", "auditor", "dealer.a", "admin"])
def test_who_may_not_keep_materials_keeps_none(server: Client, database: str, user: str) -> None:
    before = footprint(database)
    for mutation, input in ((CREATE, NEW), (GROUP, {"code": "X", "name": "X"})):
        assert [reason for reason, _ in reasons(do(server, mutation, input, user))] == ["FORBIDDEN"]
    assert footprint(database) == before


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"description": "  "}, ("FIELD_EMPTY", "description")),
        ({"baseUnit": "YARD"}, ("CODE_UNKNOWN", "baseUnit")),
        ({"taxClass": "9"}, ("CODE_UNKNOWN", "taxClass")),
        ({"materialGroup": "NONE"}, ("CODE_UNKNOWN", "materialGroup")),
        ({"netWeight": "5"}, ("NET_ABOVE_GROSS", "netWeight")),
        ({"grossWeight": "-1", "netWeight": None}, ("MATERIAL_MEASURE", "grossWeight")),
        ({"weightUnit": "L"}, ("MEASURE_UNIT", "weightUnit")),
        ({"units": [{"unit": "PC", "numerator": 2}]}, ("UNIT_TWICE", "units.0.unit")),
        ({"units": [{"unit": "BOX", "numerator": 0}]}, ("FRACTION_MALFORMED", "units.0")),
        ({"number": "10001"}, ("MATERIAL_EXISTS", "number")),
        ({"number": "a b"}, ("CODE_MALFORMED", "number")),
        ({"salesView": {"salesArea": "1000/10/99"}}, ("UNKNOWN_SALES_AREA", "salesView.salesArea")),
        ({"salesView": {"salesArea": "1000/10/00", "salesUnit": "PAL"}}, ("CODE_UNKNOWN", "salesView.salesUnit")),
        ({"salesView": {"salesArea": "1000/10/00", "deliveringPlant": "3000"}}, ("CODE_UNKNOWN", "salesView.deliveringPlant")),
        ({"salesView": {"salesArea": "1000/10/00", "cost": "5"}}, ("FORBIDDEN", None)),
    ],
)
def test_a_faulty_material_is_named_and_not_kept(
    server: Client, database: str, change: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    before = footprint(database)
    assert expected in reasons(do(server, CREATE, {**NEW, **change}))
    assert footprint(database) == before


def test_materials_are_found_by_words_and_by_sales_area(server: Client) -> None:
    found = server.data(PICK, {"f": {"search": "球阀 DN50"}}, user="clerk.1000")["materials"]
    assert found["totalCount"] == 1
    assert server.data(PICK, {"f": {"salesArea": {"eq": "1000/10/10"}}}, user="clerk.1000")["materials"]["totalCount"] == 32
    assert server.data(PICK, {"f": {"salesArea": {"eq": "2000/10/00"}}}, user="clerk.1000")["materials"]["totalCount"] == 0
