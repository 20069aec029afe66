"""The customer's parts over HTTP: views, partners, contacts, hierarchies, credit pointers, deletion and archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.client import Client
from tests.contract.demo import Facts, sql, value
from tests.contract.test_commands import CREATE, NEW, do, footprint

ERRORS = "userErrors { code reason field message object activity }"
CUSTOMER = """customer { id version deletionFlag deletionReason archived
    vat { taxpayerKind invoiceKind invoiceTitle invoiceAddress invoicePhone }
    contacts { id name email } groupHead { number } dealer { number } creditPointers { creditControlArea { code } holder { number } }
    companyCodeViews { companyCode { code } reconciliationAccount blocked }
    salesAreaViews { salesArea { code } salesDistrict currency incoterms deliveringPlant { code } commission { rate basis }
      partners { function customer { number id } } } }"""


def mutation(name: str, payload: str = CUSTOMER) -> str:
    """A document for one of the commands."""
    kind = name[:1].upper() + name[1:]
    return f"mutation ($input: {kind}Input!) {{ {name}(input: $input) {{ {payload} {ERRORS} }} }}"


CONTACT = "contact { id name department position phone email }"
Send = Callable[..., dict[str, Any]]


@pytest.fixture
def send(server: Client) -> Send:
    """Send a command as somebody; gives its payload."""

    def sent(user: str, name: str, payload: str = CUSTOMER, /, **input: Any) -> dict[str, Any]:
        return server.data(mutation(name, payload), {"input": input}, user=user)[name]  # type: ignore[no-any-return]

    return sent


@pytest.fixture
def customer(server: Client) -> dict[str, Any]:
    """A new dealer of 1000/20/00: id, number and version."""
    return made(server)


def made(server: Client, **more: Any) -> dict[str, Any]:
    return do(server, CREATE, {**NEW, "taxNumber": None, **more})["customer"]  # type: ignore[no-any-return]


def of(customer: dict[str, Any]) -> dict[str, Any]:
    return {"customer": customer["id"], "version": customer["version"]}


def reasons(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(each["reason"], each["field"]) for each in payload["userErrors"]]


AREA = NEW["salesArea"]


def view_of(payload: dict[str, Any], area: str = AREA) -> dict[str, Any]:
    return next(each for each in payload["customer"]["salesAreaViews"] if each["salesArea"]["code"] == area)


# ---------------------------------------------------------------------------------------------------- sales-area view


def test_a_clerk_changes_a_view_of_their_organization(send: Send, customer: dict[str, Any], database: str) -> None:
    plant = value(database, "select code from plants where sales_organization = '1000' limit 1")
    done = send(
        "clerk.1000",
        "changeSalesAreaView",
        **of(customer),
        salesArea=AREA,
        salesDistrict="103",
        incoterms="DAP",
        deliveringPlant=plant,
        currency="USD",
    )
    assert reasons(done) == []
    view = view_of(done)
    assert (view["salesDistrict"], view["incoterms"], view["currency"]) == ("103", "DAP", "USD")
    assert view["deliveringPlant"] == {"code": plant}
    assert done["customer"]["version"] == customer["version"] + 1
    documents = sql(
        database,
        """select field, new_value, part from change_documents where record_type = 'Customer' and record_id = (
               select id from customers where number = $1) and record_version = $2 order by field""",
        customer["number"],
        customer["version"] + 1,
    )
    assert [(each["field"], each["new_value"], each["part"]) for each in documents] == [
        ("currency", "USD", AREA),
        ("delivering_plant", plant, AREA),
        ("incoterms", "DAP", AREA),
        ("sales_district", "103", AREA),
    ]


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"currency": None}, [("FIELD_EMPTY", "currency")]),
        ({"currency": "yuan"}, [("CODE_MALFORMED", "currency")]),
        ({"incoterms": "ZZZ"}, [("INCOTERMS_UNKNOWN", "incoterms")]),
        ({"deliveringPlant": "9999"}, [("CODE_UNKNOWN", "deliveringPlant")]),
        ({"deliveringPlant": "2000"}, [("CODE_UNKNOWN", "deliveringPlant")]),
        ({"paymentTerms": "Z999"}, [("CODE_UNKNOWN", "paymentTerms")]),
        ({"salesDistrict": "x" * 11}, [("CODE_MALFORMED", "salesDistrict")]),
        ({}, [("NOTHING_TO_CHANGE", None)]),
    ],
)
def test_a_view_that_cannot_be_right_is_refused(
    send: Send, customer: dict[str, Any], database: str, change: dict[str, Any], faults: list[tuple[str, str | None]]
) -> None:
    before = footprint(database)
    assert reasons(send("clerk.1000", "changeSalesAreaView", **of(customer), salesArea=AREA, **change)) == faults
    assert footprint(database) == before


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        ("clerk.2000", ("NOT_FOUND", "customer")),
        ("dealer.a", ("NOT_FOUND", "customer")),
        ("admin", ("NOT_FOUND", "customer")),
        ("auditor", ("FORBIDDEN", None)),
        ("customer.approver", ("FORBIDDEN", None)),
        ("manager.1000", None),
    ],
)
def test_who_changes_a_view(send: Send, customer: dict[str, Any], user: str, answer: tuple[str, str | None] | None) -> None:
    done = send(user, "changeSalesAreaView", **of(customer), salesArea=AREA, priceList="02")
    assert reasons(done) == ([] if answer is None else [answer])


def test_commission_is_agreed_with_agents_by_whoever_may(server: Client, send: Send) -> None:
    agent = made(server, customerType="AGENT", salesArea="1000/30/00")
    agreed = {"rate": "2.50", "basis": "AMOUNT"}
    given = {**of(agent), "salesArea": "1000/30/00", "commission": agreed}
    refused = send("clerk.1000", "changeSalesAreaView", **given)
    assert [(each["code"], each["object"]) for each in refused["userErrors"]] == [("FORBIDDEN", "commission")]
    done = send("customer.admin", "changeSalesAreaView", **given)
    assert view_of(done, "1000/30/00")["commission"] == agreed
    hidden = server.data(
        "query ($id: ID) { customer(id: $id) { salesAreaViews { commission { rate } } } }",
        {"id": agent["id"]},
        user="price.admin",
    )
    assert hidden["customer"]["salesAreaViews"] == [{"commission": None}]
    end_user = made(server)
    refused = send("customer.admin", "changeSalesAreaView", **of(end_user), salesArea=AREA, commission=agreed)
    assert reasons(refused) == [("COMMISSION_OF_AGENTS", "commission")]


# ------------------------------------------------------------------------------------------------------------ partners


def partners(payload: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["function"], each["customer"]["number"]) for each in view_of(payload)["partners"]]


def test_partners_are_set_by_determination(server: Client, send: Send, customer: dict[str, Any], database: str) -> None:
    other = made(server, name="Elsewhere 仓储")
    mine = [{"function": each, "customer": customer["id"]} for each in ("SOLD_TO", "SHIP_TO", "BILL_TO", "PAYER")]
    second = {"function": "SHIP_TO", "customer": other["id"]}
    done = send("clerk.1000", "setPartners", **of(customer), salesArea=AREA, partners=[*mine, second])
    assert reasons(done) == []
    assert ("SHIP_TO", other["number"]) in partners(done)
    assert len(partners(done)) == 5
    at = {"customer": customer["id"], "version": done["customer"]["version"], "salesArea": AREA}
    before = footprint(database)
    for wanted, faults in (
        ([*mine, {"function": "SOLD_TO", "customer": other["id"]}], [("FUNCTION_UNIQUE", "partners")]),
        ([{**mine[0], "customer": other["id"]}, *mine[1:]], [("FUNCTION_FIXED", "partners")]),
        (mine[:3], [("FUNCTION_MISSING", "partners")]),
        ([*mine, {"function": "AGENT", "customer": other["id"]}], [("PARTNER_TYPE", "partners.4.customer")]),
        ([*mine, second, second], [("PARTNER_TWICE", "partners")]),
        ([*mine, second], [("NOTHING_TO_CHANGE", None)]),
    ):
        assert reasons(send("clerk.1000", "setPartners", **at, partners=wanted)) == faults
    assert footprint(database) == before
    done = send("clerk.1000", "setPartners", **at, partners=mine)
    assert len(partners(done)) == 4


def test_a_partner_that_one_does_not_see_is_no_partner(
    send: Send, server: Client, customer: dict[str, Any], facts: Facts, ids: dict[str, str]
) -> None:
    hidden = next(each for each in facts.customers if {view["code"][:4] for view in each["views"]} == {"2000"})
    mine = [{"function": each, "customer": customer["id"]} for each in ("SOLD_TO", "SHIP_TO", "BILL_TO", "PAYER")]
    answers = [
        send(
            "clerk.1000",
            "setPartners",
            **of(customer),
            salesArea=AREA,
            partners=[*mine, {"function": "SHIP_TO", "customer": each}],
        )
        for each in (ids[hidden["number"]], "Q3VzdG9tZXI6OTk5OTk5OTk=")
    ]
    assert answers[0] == answers[1]
    assert reasons(answers[0]) == [("NOT_FOUND", "partners.4.customer")]


# ----------------------------------------------------------------------------------------------------------- hierarchy


def test_groups_and_dealers_never_in_a_circle(server: Client, send: Send, customer: dict[str, Any], database: str) -> None:
    head, dealer = made(server, name="Group 集团", customerType="END_USER"), made(server, name="Dealer", customerType="DEALER")
    done = send("clerk.1000", "setCustomerRelations", **of(customer), groupHead=head["id"], dealer=dealer["id"])
    assert (done["customer"]["groupHead"], done["customer"]["dealer"]) == (
        {"number": head["number"]},
        {"number": dealer["number"]},
    )
    before = footprint(database)
    circle = send("clerk.1000", "setCustomerRelations", **of(head), groupHead=customer["id"])
    assert reasons(circle) == [("RELATION_CIRCLE", "groupHead")]
    itself = send("clerk.1000", "setCustomerRelations", **of(head), groupHead=head["id"])
    assert reasons(itself) == [("RELATION_CIRCLE", "groupHead")]
    none = send("clerk.1000", "setCustomerRelations", **of(dealer), dealer=head["id"])
    assert reasons(none) == [("RELATION_TYPE", "dealer")]
    assert footprint(database) == before
    found = server.data(
        """query ($head: String!, $dealer: String!) {
             a: customers(first: 5, filter: { groupHead: { eq: $head } }) { totalCount edges { node { number } } }
             b: customers(first: 5, filter: { dealer: { in: [$dealer] } }) { totalCount edges { node { number } } } }""",
        {"head": head["number"], "dealer": dealer["number"]},
        user="clerk.1000",
    )
    assert found["a"] == found["b"] == {"totalCount": 1, "edges": [{"node": {"number": customer["number"]}}]}
    unseen = server.data(
        "query ($head: String!) { customers(first: 5, filter: { groupHead: { eq: $head } }) { totalCount } }",
        {"head": head["number"]},
        user="clerk.2000",
    )
    assert unseen["customers"]["totalCount"] == 0
    alone = send(
        "clerk.1000", "setCustomerRelations", customer=customer["id"], version=done["customer"]["version"], groupHead=None
    )
    assert alone["customer"]["groupHead"] is None
    assert alone["customer"]["dealer"] == {"number": dealer["number"]}


def test_the_customers_of_an_agent(server: Client, send: Send, customer: dict[str, Any]) -> None:
    agent = made(server, name="Agent", customerType="AGENT", salesArea="1000/30/00")
    mine = [{"function": each, "customer": customer["id"]} for each in ("SOLD_TO", "SHIP_TO", "BILL_TO", "PAYER")]
    done = send(
        "clerk.1000",
        "setPartners",
        **of(customer),
        salesArea=AREA,
        partners=[*mine, {"function": "AGENT", "customer": agent["id"]}],
    )
    assert reasons(done) == []
    document = (
        "query ($agent: String!) { customers(first: 5, filter: { agent: { eq: $agent } }) { edges { node { number } } } }"
    )
    for user, numbers in (("clerk.1000", [customer["number"]]), ("clerk.2000", []), ("direct.1000", [])):
        found = server.data(document, {"agent": agent["number"]}, user=user)
        assert [each["node"]["number"] for each in found["customers"]["edges"]] == numbers, user


def test_credit_pointers(server: Client, send: Send, customer: dict[str, Any], database: str) -> None:
    head = made(server, name="Payer")
    area = value(
        database,
        "select c.credit_control_area from company_codes c join sales_organizations o on o.company_code = c.code where o.code = '1000'",
    )
    refused = send("clerk.1000", "setCreditPointer", **of(customer), creditControlArea=area, holder=head["id"])
    assert [(each["reason"], each["object"]) for each in refused["userErrors"]] == [("FORBIDDEN", "credit_account")]
    general = send("customer.admin", "setCreditPointer", **of(customer), creditControlArea=area, holder=head["id"])
    assert [(each["reason"], each["object"]) for each in general["userErrors"]] == [("FORBIDDEN", "credit_account")]
    unknown = send("credit.admin", "setCreditPointer", **of(customer), creditControlArea="NONE", holder=head["id"])
    assert reasons(unknown) == [("CODE_UNKNOWN", "creditControlArea")]
    done = send("credit.admin", "setCreditPointer", **of(customer), creditControlArea=area, holder=head["id"])
    assert done["customer"]["creditPointers"] == [{"creditControlArea": {"code": area}, "holder": {"number": head["number"]}}]
    seen = server.data(
        "query ($id: ID) { customer(id: $id) { creditPointers { holder { number } } } }",
        {"id": customer["id"]},
        user="clerk.1000",
    )
    assert seen["customer"]["creditPointers"] == []


# ------------------------------------------------------------------------------------------------- company code, contacts


def test_the_company_code_view_belongs_to_the_books(send: Send, customer: dict[str, Any]) -> None:
    refused = send("clerk.1000", "changeCompanyCodeView", **of(customer), companyCode="1000", reconciliationAccount="112200")
    assert [(each["reason"], each["object"]) for each in refused["userErrors"]] == [("FORBIDDEN", "customer_company_code")]
    none = send("customer.admin", "changeCompanyCodeView", **of(customer), companyCode="3000", reconciliationAccount="112200")
    assert reasons(none) == [("NO_SUCH_COMPANY_VIEW", "companyCode")]
    done = send("customer.admin", "changeCompanyCodeView", **of(customer), companyCode="1000", reconciliationAccount="112200")
    version = done["customer"]["version"]
    done = send(
        "customer.admin", "setCompanyCodeBlock", customer=customer["id"], version=version, companyCode="1000", blocked=True
    )
    assert done["customer"]["companyCodeViews"] == [
        {"companyCode": {"code": "1000"}, "reconciliationAccount": "112200", "blocked": True}
    ]


def test_contacts_come_change_and_go(send: Send, customer: dict[str, Any], database: str) -> None:
    bad = send("clerk.1000", "createContact", CONTACT, **of(customer), name=" ", email="nobody")
    assert reasons(bad) == [("FIELD_EMPTY", "name"), ("CODE_MALFORMED", "email")]
    done = send("clerk.1000", "createContact", CONTACT, **of(customer), name="Li Lei 李雷", position="Buyer")
    contact = done["contact"]
    assert (contact["name"], contact["position"]) == ("Li Lei 李雷", "Buyer")
    stale = send("clerk.1000", "changeContact", CONTACT, contact=contact["id"], version=customer["version"], phone="1")
    assert reasons(stale) == [("STALE_VERSION", "version")]
    hidden = send("clerk.2000", "changeContact", CONTACT, contact=contact["id"], version=customer["version"] + 1, phone="1")
    assert reasons(hidden) == [("NOT_FOUND", "contact")]
    done = send("clerk.1000", "changeContact", CONTACT, contact=contact["id"], version=customer["version"] + 1, phone="021-1")
    assert done["contact"]["phone"] == "021-1"
    gone = send("clerk.1000", "deleteContact", contact=contact["id"], version=customer["version"] + 2)
    assert gone["customer"]["contacts"] == []
    told = sql(
        database,
        """select field, old_value, new_value from change_documents where record_type = 'Customer' and record_version = $1
           and record_id = (select id from customers where number = $2) and field <> 'customer_id' order by field""",
        customer["version"] + 3,
        customer["number"],
    )
    assert [tuple(each.values()) for each in told] == [
        ("name", "Li Lei 李雷", None),
        ("phone", "021-1", None),
        ("position", "Buyer", None),
    ]


def test_a_special_invoice_needs_what_it_prints(server: Client, send: Send, customer: dict[str, Any]) -> None:
    refused = send("clerk.1000", "changeCustomer", **of(customer), vat={"invoiceKind": "SPECIAL"})
    assert reasons(refused) == [
        ("SPECIAL_INVOICE_LACKS", "vat.invoiceKind"),
        ("SPECIAL_INVOICE_TAXPAYER", "vat.invoiceKind"),
    ]
    vat = {
        "invoiceKind": "SPECIAL",
        "taxpayerKind": "GENERAL",
        "invoiceAddress": "上海市浦东南路1号",
        "invoicePhone": "021-50000000",
    }
    done = send("clerk.1000", "changeCustomer", **of(customer), taxNumber="91310000MA1K3C5T7D", vat=vat)
    assert done["customer"]["vat"] == {**vat, "invoiceTitle": None}


# --------------------------------------------------------------------------------------------------- deletion, archive


def test_what_is_flagged_and_unused_is_put_away_for_good(
    server: Client, send: Send, customer: dict[str, Any], database: str
) -> None:
    other = made(server, name="Ships there")
    mine = [{"function": each, "customer": other["id"]} for each in ("SOLD_TO", "SHIP_TO", "BILL_TO")]
    named = send(
        "clerk.1000",
        "setPartners",
        **of(other),
        salesArea=AREA,
        partners=[*mine, {"function": "PAYER", "customer": customer["id"]}],
    )
    assert reasons(named) == []
    assert reasons(send("clerk.1000", "setDeletionFlag", **of(customer), flag=True, reason="closed")) == [("FORBIDDEN", None)]
    assert reasons(send("customer.admin", "archiveCustomer", **of(customer))) == [
        ("NOT_FLAGGED", "customer"),
        ("PARTNER_ELSEWHERE", "customer"),
    ]
    flagged = send("customer.admin", "setDeletionFlag", **of(customer), flag=True, reason="closed 停业")["customer"]
    assert (flagged["deletionFlag"], flagged["deletionReason"]) == (True, "closed 停业")
    back = [*mine, {"function": "PAYER", "customer": other["id"]}]
    send("clerk.1000", "setPartners", customer=other["id"], version=named["customer"]["version"], salesArea=AREA, partners=back)
    done = send("customer.admin", "archiveCustomer", customer=customer["id"], version=flagged["version"])
    assert reasons(done) == []
    assert done["customer"]["archived"] is True
    at = {"customer": customer["id"], "version": done["customer"]["version"]}
    before = footprint(database)
    for user, name, input in (
        ("clerk.1000", "changeCustomer", {**at, "name": "x"}),
        ("clerk.1000", "createContact", {**at, "name": "x"}),
        ("clerk.1000", "submitCustomer", at),
        ("customer.admin", "setDeletionFlag", {**at, "flag": False, "reason": "x"}),
    ):
        payload = CONTACT if name == "createContact" else "customer { id }"
        assert reasons(send(user, name, payload, **input)) == [("CLOSED", "customer")], name
    refused = send(
        "clerk.1000",
        "setPartners",
        customer=other["id"],
        version=other["version"] + 2,
        salesArea=AREA,
        partners=[*mine, {"function": "PAYER", "customer": customer["id"]}],
    )
    assert reasons(refused) == [("CLOSED", "partners.3.customer")]
    assert footprint(database) == before
    seen = server.data(
        "query ($id: ID) { customer(id: $id) { archived viewerCan } }", {"id": customer["id"]}, user="clerk.1000"
    )
    assert seen["customer"] == {"archived": True, "viewerCan": []}
