"""Credit over HTTP: accounts, limits by request and approval, orders that are stopped and released, by the person whose work it
is and by everybody whose work it is not.

The stage: a customer of 1000/10/00 may come to 100,000, and is checked as those who are watched; stock is plenty.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.client import Client
from tests.contract.answers import data_of
from tests.contract.demo import EVERYBODY, PEOPLE, Person, Record, lies_in, sql, value
from tests.contract.desk import AREA, ORDER, Desk, an_order
from tests.contract.test_customizing import changed, procedure, reasons

MATERIAL = "10005"
LIMIT = Decimal(100_000)
CHECKED = f"{ORDER[:-2]} creditStatus creditCheck {{ status checks {{ check result message }} }} viewerCan }}"
ACCOUNT = "creditAccount { id version limit { amount currency } band exposure { total } }"
DESKS = {"credit.admin": ("*/*/*",), "credit.1000": ("1000/*/*",), "credit.manager": ("*/*/*",), "auditor": ("*/*/*",)}
"""Who sees accounts, and where they look after them."""
BANDS = {
    **dict.fromkeys(("clerk.1000", "manager.1000", "credit.1000"), ("1000/*/*",)),
    "clerk.2000": ("2000/*/*",),
    "clerk.3000": ("3000/*/*",),
    "direct.1000": ("1000/10/*",),
    **dict.fromkeys(("credit.manager", "auditor"), ("*/*/*",)),
}
"""Who of the house sees bands and headroom, and where."""
EVERYTHING = """query ($id: ID!) {
    node(id: $id) { id }
    creditAccount(id: $id) { id }
    creditAccounts(first: 1, orderBy: [{ field: UTILIZATION, direction: DESC }], filter: { band: { in: [OK, NEAR, BLOCKED] } }) {
        totalCount edges { node { id } }
    }
    creditLimitRequests(first: 1) { totalCount }
    creditCheckRules { id }
    creditInsight(creditControlArea: "1000") { accounts limit exposure { total } }
}"""
each_user = pytest.mark.parametrize("person", EVERYBODY, ids=[each.name for each in EVERYBODY])
at_work = Callable[[str], Desk]


@pytest.fixture(scope="module", autouse=True)
def stage(database: str, customer: Record) -> None:
    sql(database, "update stock set quantity = 1000000 where material_id = (select id from materials where number = '10005')")


@pytest.fixture(scope="module")
def account(server: Client, at: at_work, customer: Record) -> str:
    """The global id of the customer's account, whose limit is cut and who is watched."""
    page = data_of(
        server.run(
            "query ($n: String!) { creditAccounts(first: 2, filter: { customer: { eq: $n } }) { edges { node { id version } } } }",
            {"n": customer["number"]},
            user="credit.admin",
        )
    )
    (edge,) = page["edges"]
    watched = at("credit.admin").done("changeCreditAccount", changing(edge["node"], riskCategory="C"), ACCOUNT)
    cut = changing(watched, limit=str(LIMIT), reason="Pays late")
    return str(at("credit.admin").done("changeCreditLimit", cut, ACCOUNT)["id"])


def changing(account: Record, **said: Any) -> Record:
    return {"creditAccount": account["id"], "version": account["version"], **said}


def shown(server: Client, account: str, user: str = "credit.admin") -> Record:
    found: Record = data_of(
        server.run(
            f"query ($id: ID!) {{ {ACCOUNT.replace('creditAccount', 'creditAccount(id: $id)', 1)} }}",
            {"id": account},
            user=user,
        )
    )
    return found


@pytest.fixture(scope="module")
def price(at: at_work, customer: Record, materials: dict[str, str], account: str) -> Decimal:
    """What one piece of many comes to with taxes."""
    wanted = an_order(customer, (materials[MATERIAL], "100"), validateOnly=True)
    payload = at("clerk.1000").does("createSalesOrder", wanted, "preview { grossValue { amount } }")
    return Decimal(payload["preview"]["grossValue"]["amount"]) / 100


@pytest.fixture
def ordered(at: at_work, customer: Record, materials: dict[str, str], price: Decimal) -> Callable[..., Record]:
    """An order that comes to about so much, taxes included."""

    def make(worth: Decimal | int, user: str = "clerk.1000", **more: Any) -> Record:
        pieces = str((Decimal(worth) / price).to_integral_value())
        found: Record = at(user).done("createSalesOrder", an_order(customer, (materials[MATERIAL], pieces), **more), CHECKED)
        return found

    return make


@pytest.fixture
def free(server: Client, at: at_work, account: str, database: str) -> Callable[[], None]:
    """Reject what is open of the customer's orders, so that all of the limit is there."""

    def empty() -> None:
        rows = sql(
            database,
            """select d.id, d.number from sales_documents d join customers c on c.id = d.payer_id
               where d.category = 'SALES_ORDER' and d.status in ('OPEN', 'DRAFT') and d.payer_id = (
                   select customer_id from credit_accounts where id = (
                       select max(credit_account_id) from sales_items i where i.document_id = d.id))
                 and exists (select 1 from sales_items i join credit_limits l on l.account_id = i.credit_account_id
                             where i.document_id = d.id and l.amount = $1)""",
            LIMIT,
        )
        for row in rows:
            order = order_of(server, row["number"])
            rejecting = {"salesOrder": order["id"], "version": order["version"], "lineNumbers": [], "reason": "03"}
            at("manager.1000").done("rejectSalesOrderItems", rejecting, ORDER)

    return empty


def order_of(server: Client, number: str, user: str = "auditor") -> Record:
    text = f"query ($n: String!) {{ {CHECKED.replace('salesOrder', 'salesOrder(number: $n)', 1)} }}"
    found: Record = data_of(server.run(text, {"n": number}, user=user))
    return found


def on(order: Record, **more: Any) -> Record:
    return {"salesOrder": order["id"], "version": order["version"], **more}


# ---------------------------------------------------------------------------------------------------------- who sees what


@each_user
def test_accounts_are_seen_by_the_credit_desks_in_their_own_areas(server: Client, database: str, person: Person) -> None:
    page = data_of(server.send("CreditAccountList", {"first": 200, "filter": None}, user=person.name))
    everywhere = DESKS.get(person.name, ())
    rows = sql(
        database,
        """select c.number, a.credit_control_area, array_agg(
               v.sales_organization || '/' || v.distribution_channel || '/' || v.division) as areas
           from credit_accounts a join customers c on c.id = a.customer_id
           join customer_areas v on v.customer_id = a.customer_id and v.credit_control_area = a.credit_control_area
           group by a.id, c.number, a.credit_control_area order by a.id""",
    )
    expected = [
        (row["number"], row["credit_control_area"])
        for row in rows
        if any(lies_in(area, pattern) for area in row["areas"] for pattern in everywhere)
    ]
    found = [(edge["node"]["customer"]["number"], edge["node"]["creditControlArea"]["code"]) for edge in page["edges"]]
    assert found == expected[:200]
    assert bool(found) is (person.name in DESKS)


@each_user
def test_a_band_is_seen_by_sales_and_by_the_customers_own_people(
    server: Client, facts: Any, ids: dict[str, str], customer: Record, person: Person
) -> None:
    for area in (AREA, "1000/20/00", "2000/10/00", "3000/10/00"):
        numbers = [each["number"] for each in facts.customers if any(view["code"] == area for view in each["views"])]
        for number in [customer["number"], *numbers[:2]]:
            known = next(each for each in facts.customers if each["number"] == number)
            there = any(view["code"] == area for view in known["views"])
            found = data_of(server.send("CustomerCredit", {"customer": ids[number], "salesArea": area}, user=person.name))
            if person.is_partner:
                own = known["id"] in facts.bound[person.name]
                assert not found or (own and there), "a partner knows of somebody else"
                continue
            may = any(lies_in(area, pattern) for pattern in BANDS.get(person.name, ()))
            assert (found is not None) is (may and there)


def test_a_dealer_sees_their_own_headroom_if_their_account_tells_them(
    server: Client, facts: Any, ids: dict[str, str], database: str
) -> None:
    (own,) = [each for each in facts.customers if each["id"] == min(facts.bound["dealer.a"])][:1]
    asked = {"customer": ids[own["number"]], "salesArea": own["views"][0]["code"]}
    sql(database, "update credit_accounts set tells_customer = true where customer_id = $1", own["id"])
    told = data_of(server.send("CustomerCredit", asked, user="dealer.a"))
    assert told["band"] in ("OK", "NEAR", "BLOCKED")
    assert told["headroom"]["currency"] == "CNY"
    sql(database, "update credit_accounts set tells_customer = false where customer_id = $1", own["id"])
    assert data_of(server.send("CustomerCredit", asked, user="dealer.a")) is None
    assert data_of(server.send("CustomerCredit", asked, user="dealer.b")) is None
    assert data_of(server.send("CustomerCredit", asked, user="auditor")) is not None


@each_user
def test_whoever_keeps_no_credit_finds_nothing_of_it_anywhere(server: Client, account: str, person: Person) -> None:
    found = server.run(EVERYTHING, {"id": account}, user=person.name)["data"]
    if person.name in DESKS:
        assert found["node"] == found["creditAccount"] == {"id": account}
        assert found["creditAccounts"]["totalCount"] > 0
        assert found["creditInsight"]["accounts"] > 0
        return
    assert (found["node"], found["creditAccount"], found["creditCheckRules"]) == (None, None, [])
    assert found["creditAccounts"] == {"totalCount": 0, "edges": []}
    assert found["creditLimitRequests"]["totalCount"] == 0
    assert found["creditInsight"] in (None, {"accounts": 0, "limit": "0.00", "exposure": {"total": "0.00"}})


# ----------------------------------------------------------------------------------------------------- stopped, released


def test_an_order_at_the_limit_goes_on_and_the_next_one_is_stopped(
    server: Client, at: at_work, account: str, ordered: Callable[..., Record], free: Callable[[], None], database: str
) -> None:
    free()
    first = ordered(LIMIT * Decimal("0.95"))
    assert first["creditStatus"] == "APPROVED"
    assert {each["result"] for each in first["creditCheck"]["checks"]} == {"PASSED"}
    second = ordered(LIMIT / 2)
    assert second["creditStatus"] == "NOT_APPROVED"
    (static,) = [each for each in second["creditCheck"]["checks"] if each["check"] == "STATIC_LIMIT"]
    assert static["result"] == "BLOCK"
    assert "exceeded by" in static["message"]
    assert str(int(LIMIT)) not in static["message"]
    counts = value(
        database,
        "select sum(credit_quantity) from sales_items where document_id = (select id from sales_documents where number = $1)",
        second["number"],
    )
    held = value(
        database,
        "select sum(open_base) from schedule_lines l join sales_documents d on d.id = l.document_id where d.number = $1",
        second["number"],
    )
    assert (counts, held) == (0, 0), "what is stopped counts nothing and holds no stock"
    assert shown(server, account)["exposure"]["total"] == value(
        database, "select sum(gross_value)::text from sales_documents where number = $1", first["number"]
    ).rstrip("0").ljust(len(shown(server, account)["exposure"]["total"]), "0")
    refused = at("shipping.1000").refused("createDelivery", {"salesOrders": [second["id"]]})
    assert ("CREDIT_STOPPED", "salesOrders.0") in refused


def test_what_a_procedure_keeps_as_the_credit_price_counts_instead_of_the_gross_value(
    server: Client, account: str, ordered: Callable[..., Record], free: Callable[[], None], database: str
) -> None:
    """Here the net value; what was ordered before goes on counting as it did."""

    def total() -> Decimal:
        return Decimal(shown(server, account)["exposure"]["total"])

    def worth(order: Record, column: str) -> Decimal:
        found: Decimal = value(database, f"select {column} from sales_documents where number = $1", order["number"])
        return found

    free()
    before, standard = total(), procedure(server)["steps"]
    gross = ordered(LIMIT / 10)
    assert total() == before + worth(gross, "gross_value")
    net = next(each for each in standard if each["subtotal"] == "NET")
    kept = {**net, "step": net["step"] + 1, "description": "Credit price", "fromStep": net["step"], "toStep": None}
    assert reasons(changed(server, [*standard, {**kept, "subtotal": "CREDIT_PRICE"}])) == []
    try:
        order = ordered(LIMIT / 10)
        assert worth(order, "gross_value") > worth(order, "net_value")
        assert total() == before + worth(gross, "gross_value") + worth(order, "net_value")
    finally:
        assert reasons(changed(server, standard)) == []


def test_validate_only_shows_what_the_check_would_find(
    at: at_work, customer: Record, materials: dict[str, str], account: str, database: str
) -> None:
    before = value(database, "select count(*) from credit_check_results")
    wanted = an_order(customer, (materials[MATERIAL], "5000"), validateOnly=True)
    show = "salesOrder { id } preview { creditCheck { status checks { check result message } } }"
    payload = at("clerk.1000").does("createSalesOrder", wanted, show)
    assert payload["salesOrder"] is None
    assert payload["preview"]["creditCheck"]["status"] == "NOT_APPROVED"
    assert value(database, "select count(*) from credit_check_results") == before


def test_the_worklist_is_the_credit_desks(server: Client, ordered: Callable[..., Record], account: str) -> None:
    order = ordered(LIMIT * 2)
    for person in EVERYBODY:
        page = data_of(server.send("CreditWorklist", {"first": 100}, user=person.name))
        numbers = [edge["node"]["number"] for edge in page["edges"]]
        assert (order["number"] in numbers) is (person.name in ("credit.1000", "credit.manager", "auditor")), person.name


def test_a_release_needs_both_rights_and_names_the_one_that_is_lacking(
    server: Client, at: at_work, ordered: Callable[..., Record], free: Callable[[], None], account: str
) -> None:
    free()
    small = ordered(LIMIT * Decimal("1.1"))
    released = data_of(server.send("ReleaseCreditBlock", {"input": on(small, reason="prepaid")}, user="credit.1000"))
    assert released["userErrors"] == []
    assert (released["salesOrder"]["creditStatus"], released["salesOrder"]["version"]) == ("RELEASED", 2)
    used = ordered(LIMIT / 2)  # the limit is used beyond 80 % now, by the one that was released
    show = "__typename } userErrors { object activity"
    payload = at("credit.1000").does("releaseCreditBlock", on(used, reason="x"), f"salesOrder {{ {show} }}")
    assert [(each["object"], each["activity"]) for each in payload["userErrors"]] == [("credit_limit_use", "RELEASE")]
    large = ordered(700_000)
    payload = at("credit.1000").does("releaseCreditBlock", on(large, reason="x"), f"salesOrder {{ {show} }}")
    assert [(each["object"], each["activity"]) for each in payload["userErrors"]] == [("credit_block", "RELEASE")]
    for order in (used, large):
        done = at("credit.manager").done("releaseCreditBlock", on(order, reason="guaranteed by the group"), CHECKED)
        assert done["creditStatus"] == "RELEASED"


@each_user
def test_nobody_else_releases_or_rejects(
    server: Client, at: at_work, ordered: Callable[..., Record], person: Person, account: str, stopped: Record
) -> None:
    if person.name in ("credit.1000", "credit.manager"):
        return
    before = order_of(server, stopped["number"])
    for operation in ("ReleaseCreditBlock", "RejectCreditBlock"):
        payload = data_of(server.send(operation, {"input": on(before, reason="please")}, user=person.name))
        (error,) = payload["userErrors"]
        sees = server.data("query ($n: String!) { salesOrder(number: $n) { id } }", {"n": stopped["number"]}, user=person.name)
        assert error["code"] == ("NOT_FOUND" if sees["salesOrder"] is None else "FORBIDDEN")
        assert payload["salesOrder"] is None
    assert order_of(server, stopped["number"]) == before


@pytest.fixture(scope="module")
def stopped(at: at_work, customer: Record, materials: dict[str, str], account: str) -> Record:
    """An order of 2,000 pieces that credit stops."""
    found: Record = at("clerk.1000").done("createSalesOrder", an_order(customer, (materials[MATERIAL], "2000")), CHECKED)
    assert found["creditStatus"] == "NOT_APPROVED"
    return found


def test_nobody_releases_an_order_of_their_own(
    at: at_work, database: str, ordered: Callable[..., Record], account: str
) -> None:
    order = ordered(LIMIT * 2)
    sql(database, "update sales_documents set entered_by = 'credit.manager' where number = $1", order["number"])
    assert at("credit.manager").refused("releaseCreditBlock", on(order, reason="mine")) == [
        ("CREDIT_OWN_DOCUMENT", "salesOrder")
    ]
    assert at("credit.manager").refused("rejectCreditBlock", on(order, reason="mine")) == [
        ("CREDIT_OWN_DOCUMENT", "salesOrder")
    ]


def test_a_rejected_order_stays_stopped_until_it_is_changed(
    server: Client, at: at_work, ordered: Callable[..., Record], free: Callable[[], None], account: str
) -> None:
    free()
    order = ordered(LIMIT * Decimal("1.2"))
    payload = data_of(server.send("RejectCreditBlock", {"input": on(order, reason="no")}, user="credit.manager"))
    assert payload["userErrors"] == []
    rejected = payload["salesOrder"]
    assert (rejected["creditStatus"], rejected["version"]) == ("REJECTED", order["version"] + 1)
    assert at("credit.manager").refused("releaseCreditBlock", on(rejected, reason="x")) == [
        ("CREDIT_NOT_BLOCKED", "salesOrder")
    ]
    smaller = on(rejected, items=[{"lineNumber": 10, "quantity": "1"}])
    assert at("clerk.1000").done("changeSalesOrder", smaller, CHECKED)["creditStatus"] == "APPROVED"


def test_a_release_holds_for_about_its_value_and_a_change_beyond_it_is_checked_again(
    server: Client, at: at_work, ordered: Callable[..., Record], free: Callable[[], None], price: Decimal, account: str
) -> None:
    free()
    order = ordered(LIMIT * Decimal("1.5"))
    released = at("credit.manager").done("releaseCreditBlock", on(order, reason="prepaid"), CHECKED)
    pieces = int(LIMIT * Decimal("1.5") / price)
    fewer = on(released, items=[{"lineNumber": 10, "quantity": str(pieces - 10)}])
    less = at("clerk.1000").done("changeSalesOrder", fewer, CHECKED)
    assert less["creditStatus"] == "RELEASED"
    more = at("clerk.1000").done("changeSalesOrder", on(less, items=[{"lineNumber": 10, "quantity": str(pieces * 2)}]), CHECKED)
    assert more["creditStatus"] == "NOT_APPROVED"


def test_an_order_that_is_not_stopped_needs_no_release(
    at: at_work, ordered: Callable[..., Record], free: Callable[[], None]
) -> None:
    free()
    order = ordered(1000)
    assert at("credit.manager").refused("releaseCreditBlock", on(order, reason="x")) == [("CREDIT_NOT_BLOCKED", "salesOrder")]
    assert at("credit.manager").refused("releaseCreditBlock", on(order, reason=" ")) == [("REASON_EMPTY", "reason")]
    stale = on(order, reason="x") | {"version": 7}
    assert [reason for reason, _ in at("credit.manager").refused("releaseCreditBlock", stale)] == ["STALE_VERSION"]


# ------------------------------------------------------------------------------------------------------ limits and grants


def test_a_limit_is_asked_for_by_one_and_approved_by_another(server: Client, at: at_work, account: str) -> None:
    asked = {"creditAccount": account, "limit": "120000", "reason": "growth"}
    for name in ("clerk.1000", "clerk.2000", "dealer.b", "billing.1000"):
        (error,) = data_of(server.send("RequestCreditLimit", {"input": asked}, user=name))["userErrors"]
        assert (error["code"], error["field"]) == ("NOT_FOUND", "creditAccount"), name
    payload = data_of(server.send("RequestCreditLimit", {"input": asked}, user="credit.1000"))
    assert (payload["userErrors"], payload["creditLimitRequest"]["status"]) == ([], "REQUESTED")
    assert shown(server, account)["limit"]["amount"] == f"{LIMIT}.00"
    request = {"creditLimitRequest": payload["creditLimitRequest"]["id"]}
    for name, code in (("credit.1000", "FORBIDDEN"), ("credit.admin", "FORBIDDEN"), ("clerk.1000", "NOT_FOUND")):
        (error,) = data_of(server.send("ApproveCreditLimit", {"input": request}, user=name))["userErrors"]
        assert error["code"] == code
    approved = data_of(server.send("ApproveCreditLimit", {"input": request}, user="credit.manager"))
    assert approved["userErrors"] == []
    assert approved["creditAccount"]["limit"] == {"amount": "120000.00", "currency": "CNY"}
    assert at("credit.manager").refused("approveCreditLimit", request) == [("CREDIT_DECIDED", "creditLimitRequest")]
    own = at("credit.manager").done("requestCreditLimit", asked, "creditLimitRequest { id status }")
    mine = {"creditLimitRequest": own["id"]}
    assert at("credit.manager").refused("approveCreditLimit", mine) == [("CREDIT_OWN_REQUEST", "creditLimitRequest")]
    back = changing(shown(server, account), limit=str(LIMIT), reason="back")
    changed = data_of(server.send("ChangeCreditLimit", {"input": back}, user="credit.admin"))
    assert changed["creditAccount"]["limit"]["amount"] == f"{LIMIT}.00"


def test_a_grant_holds_for_its_days_and_for_what_it_is_for(
    server: Client, at: at_work, account: str, ordered: Callable[..., Record], free: Callable[[], None]
) -> None:
    free()
    grant = {"creditAccount": account, "amount": "50000", "scope": "CUSTOMER", "validTo": "2099-12-31", "reason": "season"}
    asked = at("credit.1000").done("requestCreditGrant", grant, "creditLimitRequest { id status kind }")
    assert ordered(LIMIT * Decimal("1.3"))["creditStatus"] == "NOT_APPROVED"
    at("credit.manager").done("approveCreditLimit", {"creditLimitRequest": asked["id"]}, ACCOUNT)
    assert shown(server, account)["limit"]["amount"] == "150000.00"
    assert ordered(LIMIT * Decimal("1.3"))["creditStatus"] == "APPROVED"
    wrong = [
        ({"validFrom": "2099-12-31", "validTo": "2099-01-01"}, [("CREDIT_PERIOD", "validTo")]),
        ({"amount": "0"}, [("CREDIT_AMOUNT_RANGE", "amount")]),
        ({"scope": "AREA"}, [("CREDIT_SCOPE", "salesArea")]),
        ({"scope": "ORDER"}, [("CREDIT_SCOPE", "salesOrder")]),
    ]
    for said, refusals in wrong:
        assert at("credit.1000").refused("requestCreditGrant", grant | said) == refusals


def test_a_wrong_limit_is_named_and_nothing_is_kept(server: Client, at: at_work, account: str, database: str) -> None:
    before = value(database, "select count(*) from credit_limits")
    now = shown(server, account)
    wrong = [
        ({"limit": "-1"}, [("CREDIT_AMOUNT_RANGE", "limit")]),
        ({"reason": "  "}, [("REASON_EMPTY", "reason")]),
        ({"validFrom": "2099-02-01", "validTo": "2099-01-01"}, [("CREDIT_PERIOD", "validTo")]),
    ]
    for said, refusals in wrong:
        input = changing(now, limit="5", reason="x") | said
        assert at("credit.admin").refused("changeCreditLimit", input) == refusals
    stale = changing(now, limit="5", reason="x") | {"version": 99}
    assert [reason for reason, _ in at("credit.admin").refused("changeCreditLimit", stale)] == ["STALE_VERSION"]
    for name, code in (("credit.1000", "FORBIDDEN"), ("credit.manager", "FORBIDDEN"), ("clerk.1000", "NOT_FOUND")):
        payload = data_of(server.send("ChangeCreditLimit", {"input": changing(now, limit="5", reason="x")}, user=name))
        assert [each["code"] for each in payload["userErrors"]] == [code]
    assert value(database, "select count(*) from credit_limits") == before


def test_a_blocked_account_stops_every_order(
    server: Client, at: at_work, account: str, ordered: Callable[..., Record], free: Callable[[], None]
) -> None:
    free()
    blocked = at("credit.1000").done(
        "setCreditAccountBlock", changing(shown(server, account), blocked=True, reason="disputes"), ACCOUNT
    )
    assert blocked["band"] == "BLOCKED"
    order = ordered(1000)
    assert order["creditStatus"] == "NOT_APPROVED"
    assert order["creditCheck"]["checks"][0]["check"] == "BLOCKED_ACCOUNT"
    at("credit.1000").done("setCreditAccountBlock", changing(shown(server, account), blocked=False, reason="settled"), ACCOUNT)
    again = at("clerk.1000").done("checkCredit", on(order), CHECKED)
    assert again["creditStatus"] == "APPROVED"


def test_what_a_payer_has_in_hand_hides_no_overdue_invoice_of_the_same_day(
    ordered: Callable[..., Record], free: Callable[[], None], account: str, customer: Record, database: str
) -> None:
    free()
    owing = """insert into open_items (kind, company_code, payer_id, sales_organization, distribution_channel, division, baseline_date,
            due_date, currency, amount, open, credit_account_id, credit_rate, version)
        select $2, '1000', c.id, '1000', '10', '00', current_date - 90, current_date - 90, 'CNY', $3, $3, a.id, 1, 1
        from customers c join credit_accounts a on a.customer_id = c.id and a.credit_control_area = '1000' where c.number = $1"""
    for kind, amount in (("INVOICE", Decimal(500)), ("ON_ACCOUNT", Decimal(-500))):
        sql(database, owing, customer["number"], kind, amount)
    try:
        found = {each["check"]: each["result"] for each in ordered(1000)["creditCheck"]["checks"]}
        assert (found["OLDEST_ITEM"], found["OVERDUE_SHARE"]) == ("BLOCK", "BLOCK")
    finally:
        sql(database, "delete from open_items where due_date = current_date - 90 and abs(amount) = 500 and billing_id is null")


# ---------------------------------------------------------------------------------------------------- what is checked


def test_checks_that_cannot_be_are_named_and_nothing_is_kept(at: at_work, database: str) -> None:
    before = value(database, "select count(*) from credit_check_rules")
    rules = {"creditControlArea": "1000", "riskCategory": "Z", "documentGroup": "ORDER"}
    wrong = [
        ('[{"check": "STATIC_LIMIT", "reaction": "EXPLODE"}]', [("CONTENT_VALUE", "checks.0.reaction")]),
        ('[{"check": "MOON", "reaction": "BLOCK"}]', [("CONTENT_VALUE", "checks.0.check")]),
        ('[{"check": "OLDEST_ITEM", "reaction": "BLOCK"}]', [("CONTENT_MISSING", "checks.0.days")]),
        ('[{"check": "OLDEST_ITEM", "reaction": "BLOCK", "days": -1}]', [("CONTENT_VALUE", "checks.0.days")]),
        ('[{"check": "STATIC_LIMIT", "reaction": "BLOCK", "days": 1}]', [("CONTENT_KEY", "checks.0.days")]),
        ('{"check": 1}', [("CREDIT_CHECKS_MALFORMED", "checks")]),
        ("[", [("CREDIT_CHECKS_MALFORMED", "checks")]),
    ]
    for checks, refusals in wrong:
        assert at("credit.admin").refused("setCreditCheckRules", rules | {"checks": checks}) == refusals
    good = rules | {"checks": '[{"check": "STATIC_LIMIT", "reaction": "BLOCK"}]'}
    assert [reason for reason, _ in at("credit.1000").refused("setCreditCheckRules", good)] == ["FORBIDDEN"]
    assert [reason for reason, _ in at("clerk.1000").refused("setCreditCheckRules", good)] == ["FORBIDDEN"]
    assert value(database, "select count(*) from credit_check_rules") == before
    made = at("credit.admin").done("setCreditCheckRules", good, "creditCheckRules { version checks }")
    assert made["version"] == 1
    assert [reason for reason, _ in at("credit.admin").refused("setCreditCheckRules", good)] == ["STALE_VERSION"]


def test_figures_and_decisions_are_the_credit_desks(
    server: Client, at: at_work, ordered: Callable[..., Record], account: str
) -> None:
    order = ordered(LIMIT * 3)
    text = "query ($n: String!) { salesOrder(number: $n) { creditFigures { check limit } creditDecisions { kind } } }"
    for name, sees in (("credit.1000", True), ("credit.manager", True), ("auditor", True), ("clerk.1000", False)):
        found = data_of(server.run(text, {"n": order["number"]}, user=name))
        assert (found["creditFigures"] is not None) is sees
        assert (found["creditDecisions"] is not None) is sees
    figures = data_of(server.run(text, {"n": order["number"]}, user="credit.1000"))["creditFigures"]
    assert {"check": "STATIC_LIMIT", "limit": figures[0]["limit"]} in figures


# ------------------------------------------------------------------------------------------------------ whose account


def test_a_group_head_holds_its_own_account(
    server: Client, ids: dict[str, str], facts: Any, at: at_work, database: str
) -> None:
    pointer = sql(
        database,
        """select m.number as member, m.version, h.number as head, h.version as head_version, p.credit_control_area as area
           from customer_credit_pointers p join customers m on m.id = p.customer_id join customers h on h.id = p.holder_id
           where p.customer_id <> p.holder_id order by p.id limit 1""",
    )[0]
    circle = {
        "customer": ids[pointer["head"]],
        "version": pointer["head_version"],
        "creditControlArea": pointer["area"],
        "holder": ids[pointer["member"]],
    }
    found = at("credit.admin").refused("setCreditPointer", circle)
    assert sorted(found) == [("CREDIT_HOLDER_MEMBER", "holder"), ("CREDIT_HOLDER_OF_OTHERS", "holder")]


def test_what_a_member_owes_moves_to_the_account_that_it_points_to(
    server: Client,
    ids: dict[str, str],
    at: at_work,
    customer: Record,
    account: str,
    ordered: Callable[..., Record],
    database: str,
) -> None:
    head = server.data(
        '{ customers(first: 30, filter: { salesArea: { eq: "1000/10/00" }, onboardingStatus: { eq: APPROVED } })'
        " { edges { node { id number } } } }",
        user="auditor",
    )["customers"]["edges"][8]["node"]
    ordered(1000)
    before = Decimal(shown(server, account)["exposure"]["total"])
    assert before > 0
    version = value(database, "select version from customers where number = $1", customer["number"])
    pointing = {"customer": customer["id"], "version": version, "creditControlArea": "1000", "holder": head["id"]}
    at("credit.admin").done("setCreditPointer", pointing, "customer { id version }")
    assert Decimal(shown(server, account)["exposure"]["total"]) == 0
    moved = value(
        database,
        """select round(sum(p.value), 2) from credit_positions p join credit_accounts a on a.id = p.account_id
           join customers c on c.id = a.customer_id where c.number = $1""",
        head["number"],
    )
    assert moved >= before
    pointing |= {"version": version + 1, "holder": customer["id"]}
    at("credit.admin").done("setCreditPointer", pointing, "customer { id version }")
    assert Decimal(shown(server, account)["exposure"]["total"]) == before
    assert PEOPLE["credit.admin"].areas == ("*/*/*",)


# ------------------------------------------------------------------------------------------------------------ in part


def test_a_part_is_released_and_no_more_than_that_is_delivered(
    server: Client,
    at: at_work,
    ordered: Callable[..., Record],
    free: Callable[[], None],
    price: Decimal,
    account: str,
    database: str,
) -> None:
    free()
    order = ordered(LIMIT * 2)
    for wrong in ("0", "-5", str(LIMIT * 3)):
        assert at("credit.manager").refused("releaseCreditBlock", on(order, reason="x", value=wrong)) == [
            ("CREDIT_PARTIAL_RANGE", "value")
        ]
    part = at("credit.manager").done("releaseCreditBlock", on(order, reason="half of it", value=str(LIMIT)), CHECKED)
    assert part["creditStatus"] == "PARTIALLY_RELEASED"
    counts = value(
        database,
        "select sum(credit_quantity * credit_price) from sales_items i join sales_documents d on d.id = i.document_id where d.number = $1",
        order["number"],
    )
    assert LIMIT - price < counts <= LIMIT
    most = value(
        database,
        "select credit_quantity from sales_items i join sales_documents d on d.id = i.document_id where d.number = $1",
        order["number"],
    )
    beyond = {"salesOrder": part["id"], "lineNumber": 10, "quantity": str(most + 1)}
    refused = at("shipping.1000").refused("createDelivery", {"salesOrders": [part["id"]], "lines": [beyond]})
    assert refused == [("CREDIT_BEYOND_RELEASE", "lines.0.quantity")]
    due = {"salesOrders": [part["id"]]}
    made = at("shipping.1000").done("createDelivery", due, "delivery { items { quantity { value } } }")
    assert [Decimal(each["quantity"]["value"]) for each in made["items"]] == [most], "what is due is what was released"
