"""The customizing of pricing as price.admin edits it: kept whole, checked with all that refers to it, told as it was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client
from tests.contract.test_commands import fetch, footprint

STEPS = """query ($asOf: DateTime) { pricingProcedureDefinitions(asOf: $asOf) { code version title titleZh content { steps {
    step counter conditionType description fromStep toStep manual required statistical printed subtotal requirement baseFormula
    valueFormula accountKey right } exclusions { procedure group secondGroup } taxIncluded } } }"""
SAVE = """mutation ($input: Save%sDefinitionInput!) { save%sDefinition(input: $input) {
    definition { code version title } userErrors { code field reason message } } }"""
DELETE = """mutation ($input: DeletePricingDefinitionInput!) { deletePricingDefinition(input: $input) {
    userErrors { code field reason } } }"""
RATE = "mutation ($input: AddExchangeRateInput!) { addExchangeRate(input: $input) { userErrors { code field reason } } }"
ITEM = {"quantity": "1", "unit": "PC"}
TYPE = {"code": "ZK01", "calculation": "PERCENT", "sign": "NEGATIVE", "accessSequence": "K007"}


def saved(server: Client, kind: str, definition: Any, user: str = "price.admin", **more: Any) -> dict[str, Any]:
    input = {"title": "Something", "titleZh": "某物", "definition": definition, **more}
    (payload,) = server.data(SAVE % (kind, kind), {"input": input}, user=user).values()
    return payload


def reasons(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(error["reason"], error["field"]) for error in payload["userErrors"]]


def procedure(server: Client, as_of: str | None = None) -> dict[str, Any]:
    """The standard procedure, as it can be sent again."""
    found = server.data(STEPS, {"asOf": as_of}, user="price.admin")["pricingProcedureDefinitions"]
    (one,) = [each for each in found if each["code"] == "SDNET1"]
    return {"code": one["code"], "version": one["version"], "title": one["title"], "titleZh": one["titleZh"], **one["content"]}


def changed(server: Client, steps: list[dict[str, Any]], user: str = "price.admin", **more: Any) -> dict[str, Any]:
    now = procedure(server)
    definition = {"code": now["code"], "steps": steps, "exclusions": now["exclusions"], "taxIncluded": now["taxIncluded"]}
    return saved(server, "PricingProcedure", definition, user, **{"version": now["version"]} | more)


def test_a_piece_is_made_changed_and_told_as_it_was(server: Client, database: str) -> None:
    first = saved(server, "ConditionType", TYPE)
    assert (first["userErrors"], first["definition"]["version"]) == ([], 1)
    assert reasons(saved(server, "ConditionType", TYPE)) == [("PIECE_EXISTS", "definition.code")]
    second = saved(server, "ConditionType", TYPE | {"sign": "ANY"}, version=1)
    assert second["definition"]["version"] == 2
    assert reasons(saved(server, "ConditionType", TYPE, version=1)) == [("STALE_VERSION", "version")]
    gone = server.data(DELETE, {"input": {"kind": "CONDITION_TYPE", "code": "ZK01", "version": 2}}, user="price.admin")
    assert gone["deletePricingDefinition"]["userErrors"] == []
    moments = fetch(database, "select since from pricing_customizing where code = 'ZK01' order by version")
    query = "query ($asOf: DateTime) { conditionTypeDefinitions(asOf: $asOf) { code version content { sign } } }"

    def told(moment: Any) -> list[tuple[int, str]]:
        found = server.data(query, {"asOf": moment}, user="auditor")["conditionTypeDefinitions"]
        return [(each["version"], each["content"]["sign"]) for each in found if each["code"] == "ZK01"]

    assert told(None) == []
    assert [told(moment.isoformat()) for (moment,) in moments] == [[(1, "NEGATIVE")], [(2, "ANY")]]


@pytest.mark.parametrize("user", ["clerk.1000", "manager.1000", "price.approver", "auditor", "dealer.a", "admin"])
def test_who_may_not_edit_changes_nothing(server: Client, database: str, user: str) -> None:
    before = footprint(database)
    assert [code for code, _ in reasons(saved(server, "ConditionType", TYPE | {"code": "ZK09"}, user))] == ["FORBIDDEN"]
    input = {"fromCurrency": "USD", "toCurrency": "CNY", "validFrom": "2026-12-01", "rate": "7"}
    assert [code for code, _ in reasons(server.data(RATE, {"input": input}, user=user)["addExchangeRate"])] == ["FORBIDDEN"]
    assert footprint(database) == before


@pytest.mark.parametrize("user", ["clerk.1000", "dealer.a", "buyer.a", "admin", "shipping.1000"])
def test_who_may_not_see_it_is_told_nothing(server: Client, user: str) -> None:
    for query in (STEPS, "{ pricingLanguage { functions } }", "{ exchangeRates { rate } }", "{ unitDefinitions { code } }"):
        answer = server.run(query, user=user)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


def step(**changes: Any) -> dict[str, Any]:
    return {"step": 105, "conditionType": "RB00", "description": "x", "manual": True, **changes}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(
            [step(fromStep=110)], ("FROM_STEP_LATER", "definition.steps.{added}.fromStep"), id="a from-step after its row"
        ),
        pytest.param(
            [step(conditionType="????")],
            ("CONDITION_TYPE_UNKNOWN", "definition.steps.{added}.conditionType"),
            id="no such type",
        ),
        pytest.param([step(step=100)], ("STEP_TWICE", "definition.steps.{added}.step"), id="a step twice"),
        pytest.param(
            [step(conditionType=None, valueFormula="=gros + 1")],
            ("EXPRESSION_NAME", "definition.steps.{added}.valueFormula"),
            id="an unknown name",
        ),
        pytest.param(
            [step(requirement="=1 +")],
            ("EXPRESSION_MALFORMED", "definition.steps.{added}.requirement"),
            id="half an expression",
        ),
        pytest.param(
            [step(requirement="MAYBE")], ("FORMULA_UNKNOWN", "definition.steps.{added}.requirement"), id="no such requirement"
        ),
        pytest.param(
            [
                step(conditionType=None, step=101, valueFormula="=credit_price"),
                step(conditionType=None, step=102, fromStep=101, subtotal="CREDIT_PRICE"),
            ],
            None,
            id="a circle of bases",
        ),
    ],
)
def test_a_procedure_that_cannot_price_is_refused_whole(
    server: Client, database: str, steps: list[dict[str, Any]], expected: tuple[str, str] | None
) -> None:
    before, kept = footprint(database), procedure(server)["steps"]
    found = reasons(changed(server, [*kept, *steps]))
    if expected is None:
        assert {reason for reason, _ in found} & {"BASES_CIRCLE", "SUBTOTAL_LATER"}
    else:
        assert found == [(expected[0], expected[1].format(added=len(kept)))]
    assert footprint(database) == before


def test_what_others_refer_to_stays(server: Client, database: str) -> None:
    before = footprint(database)
    for kind, code, reason in (
        ("CONDITION_TYPE", "K007", "CONDITION_TYPE_UNKNOWN"),
        ("CONDITION_TABLE", "A004", "CONDITION_TABLE_UNKNOWN"),
        ("ACCESS_SEQUENCE", "MWST", "ACCESS_SEQUENCE_UNKNOWN"),
        ("EXCLUSION_GROUP", "CUST", "EXCLUSION_GROUP_UNKNOWN"),
        ("PROCEDURE", "SDNET1", "CODE_UNKNOWN"),
    ):
        input = {"kind": kind, "code": code, "version": 1}
        payload = server.data(DELETE, {"input": input}, user="price.admin")["deletePricingDefinition"]
        assert reason in {error["reason"] for error in payload["userErrors"]}
    fields = {"code": "A004", "fields": ["material", "salesOrganization"]}
    assert reasons(saved(server, "ConditionTable", fields, version=1)) == [("PIECE_USED", "definition")]
    assert footprint(database) == before


@pytest.mark.parametrize(
    ("kind", "definition", "expected"),
    [
        ("ConditionTable", {"code": "ZA01", "fields": ["colour"]}, ("KEY_FIELD", "definition.fields.0")),
        ("ConditionTable", {"code": "ZA01", "fields": []}, ("TABLE_FIELDS", "definition.fields")),
        ("ConditionTable", {"code": "Z A", "fields": ["material"]}, ("CODE_MALFORMED", "definition.code")),
        ("Unit", {"code": "FT", "dimension": "length", "factor": "a foot"}, ("FRACTION_MALFORMED", "definition.factor")),
        ("Unit", {"code": "FT", "dimension": "length", "factor": "-1"}, ("UNIT_RANGE", "definition")),
        (
            "AccessSequence",
            {"code": "ZS", "accesses": [{"number": 1, "table": "?"}]},
            ("CONDITION_TABLE_UNKNOWN", "definition.accesses.0.table"),
        ),
        (
            "ProcedureDetermination",
            {"salesArea": "1000/10/99", "documentProcedure": "A", "customerProcedure": "1", "procedure": "NONE"},
            ("CODE_UNKNOWN", "definition.procedure"),
        ),
    ],
)
def test_a_faulty_piece_is_named(server: Client, kind: str, definition: Any, expected: tuple[str, str]) -> None:
    assert expected in reasons(saved(server, kind, definition))


def test_rates_are_added_and_never_changed(server: Client) -> None:
    def add(**changes: str) -> list[tuple[str, str | None]]:
        input = {"fromCurrency": "SGD", "toCurrency": "CNY", "validFrom": "2026-12-01", "rate": "5.4", **changes}
        return reasons(server.data(RATE, {"input": input}, user="price.admin")["addExchangeRate"])

    assert add() == []
    assert add(rate="5.5") == [("RATE_EXISTS", "validFrom")]
    assert add(rate="0") == [("EXCHANGE_RATE_RANGE", "rate")]
    assert add(toCurrency="SGD") == [("SAME_CURRENCY", "toCurrency")]
    assert add(fromCurrency="dollars") == [("CURRENCY_MALFORMED", "fromCurrency")]
    rates = server.data("{ exchangeRates { fromCurrency rate } }", user="price.approver")["exchangeRates"]
    assert [each["rate"] for each in rates if each["fromCurrency"] == "SGD"] == ["27/5"]


def test_the_language_is_told_whole(server: Client) -> None:
    query = "{ pricingLanguage { formulas { place code expression title titleZh } inputs { name kind inRequirements inFormulas } functions } }"
    found = server.data(query, user="price.admin")["pricingLanguage"]
    assert {each["place"] for each in found["formulas"]} == {"REQUIREMENT", "BASE_FORMULA", "VALUE_FORMULA"}
    assert {"quantity", "excluded", "gross", "customer"} <= {each["name"] for each in found["inputs"]}
    assert "round" in found["functions"]


VIEW = """mutation ($input: ChangeSalesAreaViewInput!) { changeSalesAreaView(input: $input) {
    customer { salesAreaViews { salesArea { code } pricingProcedure } } userErrors { code field reason } } }"""
ROWS = """query ($input: SimulatePriceInput!) { simulatePrice(input: $input) {
    items { conditions { conditionType { code } } } userErrors { reason } } }"""


def test_a_customer_of_another_pricing_procedure_is_priced_by_it(server: Client, materials: dict[str, str]) -> None:
    area = "1000/20/10"
    customer = server.data(
        "query ($area: String!) { customers(first: 1, filter: {salesArea: {eq: $area}}) { nodes: edges { node { id version } } } }",
        {"area": area},
        user="customer.admin",
    )["customers"]["nodes"][0]["node"]

    def agrees(code: str | None) -> list[tuple[str, str | None]]:
        input = {"customer": customer["id"], "version": customer["version"], "salesArea": area, "pricingProcedure": code}
        payload = server.data(VIEW, {"input": input}, user="customer.admin")["changeSalesAreaView"]
        customer["version"] += not payload["userErrors"]
        return reasons(payload)

    def types() -> set[str]:
        input = {
            "orderType": "OR",
            "salesArea": area,
            "soldTo": customer["id"],
            "items": [ITEM | {"material": materials["10001"]}],
        }
        (item,) = server.data(ROWS, {"input": input}, user="clerk.1000")["simulatePrice"]["items"]
        return {row["conditionType"]["code"] for row in item["conditions"] if row["conditionType"] is not None}

    assert agrees("Z") == [("CODE_UNKNOWN", "pricingProcedure")]
    standard = procedure(server)
    few = [each for each in standard["steps"] if each["conditionType"] in ("PR00", "MWST") or each["step"] == 100]
    made = {"code": "ZNET", "steps": few, "exclusions": [], "taxIncluded": False}
    assert reasons(saved(server, "PricingProcedure", made)) == []
    leads = {"salesArea": area, "documentProcedure": "A", "customerProcedure": "Z", "procedure": "ZNET"}
    assert reasons(saved(server, "ProcedureDetermination", leads)) == []
    before = types()
    assert "K007" in before
    assert agrees("Z") == []
    assert types() == {"PR00", "MWST"}
    assert agrees(None) == []
    assert types() == before


TAXED = """query ($input: SimulatePriceInput!) { simulatePrice(input: $input) { taxAmount { amount } userErrors { reason field }
    items { conditions { conditionType { code } rate { amount } accesses { key { field value } } } } } }"""
OWN_CLASS = """mutation ($input: ChangeSalesAreaViewInput!) { changeSalesAreaView(input: $input) {
    customer { salesAreaViews { salesArea { code } taxClass } } userErrors { code field reason } } }"""


def test_a_customer_is_taxed_by_a_class_of_their_own(server: Client, database: str, materials: dict[str, str]) -> None:
    area = "1000/20/10"
    (number,) = fetch(
        database,
        """select c.number from customers c join customer_sales_area_views v on v.customer_id = c.id
           where v.sales_organization = '1000' and v.distribution_channel = '20' and v.division = '10' and c.tax_number is not null
             and not exists (select 1 from customer_partners p where p.view_id = v.id and p.function in ('PAYER', 'SHIP_TO')
                             and p.customer_id <> c.id)
             and exists (select 1 from customer_partners p where p.view_id = v.id and p.function = 'SHIP_TO')
             and c.country = 'CN' order by c.number limit 1""",
    )[0]
    customer = server.data(
        "query ($number: String!) { customers(first: 1, filter: {number: {eq: $number}}) { edges { node { id version } } } }",
        {"number": number},
        user="customer.admin",
    )["customers"]["edges"][0]["node"]

    def agrees(code: str | None, user: str = "customer.admin") -> list[tuple[str, str | None]]:
        input = {"customer": customer["id"], "version": customer["version"], "salesArea": area, "taxClass": code}
        payload = server.data(OWN_CLASS, {"input": input}, user=user)["changeSalesAreaView"]
        customer["version"] += not payload["userErrors"]
        return reasons(payload)

    def taxed() -> tuple[str, str]:
        """By which class of theirs, and at which rate."""
        asked = {
            "orderType": "OR",
            "salesArea": area,
            "soldTo": customer["id"],
            "items": [ITEM | {"material": materials["10001"]}],
        }
        (item,) = server.data(TAXED, {"input": asked}, user="clerk.1000")["simulatePrice"]["items"]
        (row,) = [each for each in item["conditions"] if each["conditionType"] and each["conditionType"]["code"] == "MWST"]
        key = {each["field"]: each["value"] for each in row["accesses"][0]["key"]}
        return key["customerTaxClass"], row["rate"]["amount"]

    assert taxed() == ("1", "13")
    assert agrees("X") == [("CODE_UNKNOWN", "taxClass")]
    assert agrees("not a code") == [("CODE_MALFORMED", "taxClass"), ("CODE_UNKNOWN", "taxClass")]
    assert [agrees("E", user) for user in ("auditor", "clerk.2000")] == [[("FORBIDDEN", None)], [("NOT_FOUND", "customer")]]
    assert agrees("E") == []
    assert taxed() == ("E", "0")
    order = {"orderType": "OR", "salesArea": area, "soldTo": customer["id"], "items": [ITEM | {"material": materials["10001"]}]}
    made = server.data(
        """mutation ($input: CreateSalesOrderInput!) { createSalesOrder(input: $input) {
            salesOrder { netValue { amount } taxAmount { amount } } userErrors { reason field } } }""",
        {"input": order | {"customerReference": "PO-1", "requestedDeliveryDate": "2026-12-01"}},
        user="clerk.1000",
    )["createSalesOrder"]
    assert (made["userErrors"], made["salesOrder"]["taxAmount"]["amount"]) == ([], "0.00")
    assert agrees("S") == []
    assert taxed() == ("S", "13")
    assert agrees(None) == []
    assert taxed() == ("1", "13")
