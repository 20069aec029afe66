"""Lists: what a search, a filter and an order find, page by page, worked out anew from the rows of the database."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from api.schema.root import schema
from tests.client import Client
from tests.contract.answers import data_of, refusal_of
from tests.contract.demo import PEOPLE, Facts, Record, holds, ordered, sql, walk

LIST = """query ($first: Int! = 200, $after: String, $filter: CustomerFilter, $orderBy: [CustomerSort!]) {
    customers(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { number } } } }"""
SORT_FIELDS = sorted(schema._schema.type_map["CustomerSortField"].values)  # type: ignore[attr-defined]


@pytest.fixture(scope="module", autouse=True)
def holes(database: str) -> None:
    """Rows without a value in each column that may be empty, and with equal values in columns that are sorted by."""
    without_last_line = "regexp_replace(search_text, E'\\n[^\\n]*$', '')"  # which is the tax number
    sql(database, f"update customers set tax_number = null, search_text = {without_last_line} where id % 7 = 0 returning id")
    sql(database, "update customers set region = null, market = null where id % 5 = 0 returning id")
    sql(database, "update customers set deletion_flag = true, version = 3 where id % 11 = 0 returning id")


def numbers_of(server: Client, user: str, **variables: Any) -> list[str]:
    """The numbers of the whole list, page by page; each page tells the same count, which is that of the rows."""
    counts = set()

    def page(after: str | None) -> Record:
        found = data_of(server.run(LIST, {**variables, "after": after}, user=user))
        counts.add(found["totalCount"])
        assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
        cursors = [edge["cursor"] for edge in found["edges"]]
        assert (found["pageInfo"]["startCursor"], found["pageInfo"]["endCursor"]) == (
            (cursors[0], cursors[-1]) if cursors else (None, None)
        )
        return found

    numbers = [node["number"] for node in walk(page)]
    assert counts == {len(numbers)}
    return numbers


# ------------------------------------------------------------------------------------------------------------- searching

SEARCHES = [
    pytest.param("100051", id="a number"),
    pytest.param("0005", id="a part of a number"),
    pytest.param("阀", id="one character"),
    pytest.param("阀门", id="two characters"),
    pytest.param("流体控", id="three characters"),
    pytest.param("上海华东电气有限公司", id="a whole name"),
    pytest.param("上海 有限", id="two words"),
    pytest.param("有限 上海", id="the same the other way round"),
    pytest.param("上有", id="characters that do not stand side by side"),
    pytest.param("Ｌｉｏｎ　ＣＩＴＹ", id="full width"),
    pytest.param("lion city marine", id="small letters"),
    pytest.param("l", id="one letter"),
    pytest.param("te", id="two letters"),
    pytest.param("& co. kg", id="signs"),
    pytest.param("GMBH", id="capital letters"),
    pytest.param("91310000", id="a part of a tax number"),
    pytest.param("9131 阀门", id="tax number and name"),
    pytest.param("100001 100002", id="two numbers that no customer has at once"),
    pytest.param("%", id="no wildcard"),
    pytest.param("_", id="no wildcard for one sign"),
    pytest.param("\\", id="a backslash"),
    pytest.param("' or 1=1 --", id="a quote"),
    pytest.param("{a,b}", id="an array literal"),
    pytest.param("司\n1", id="not across the lines of what is searched"),
    pytest.param("no such customer anywhere", id="nothing"),
]


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_finds_the_words_wherever_they_stand(server: Client, facts: Facts, search: str) -> None:
    for name in ("auditor", "clerk.1000", "dealer.a"):
        person, filter = PEOPLE[name], {"search": search}
        expected = [each["number"] for each in facts.visible(person) if holds(facts, person, each, filter)]
        assert numbers_of(server, name, filter=filter) == expected


def test_the_searches_above_find_something_and_not_everything(facts: Facts) -> None:
    auditor = PEOPLE["auditor"]
    found = {
        each.id: sum(holds(facts, auditor, customer, {"search": each.values[0]}) for customer in facts.customers)
        for each in SEARCHES
    }
    assert {each for each, count in found.items() if not count} <= {
        "characters that do not stand side by side",
        "two numbers that no customer has at once",
        "no wildcard",
        "no wildcard for one sign",
        "a backslash",
        "a quote",
        "an array literal",
        "not across the lines of what is searched",
        "nothing",
    }
    assert max(found.values()) < len(facts.customers)


# -------------------------------------------------------------------------------------------------------------- filtering

FILTERS: list[Record] = [
    {},
    {"number": {"eq": "100007"}},
    {"number": {"in": ["100007", "100200", "999999"]}},
    {"number": {"in": []}},
    {"number": {"startsWith": "10001"}},
    {"number": {"startsWith": ""}},
    {"number": {"contains": "27"}},
    {"number": {"startsWith": "1000", "contains": "9"}},
    {"name": {"startsWith": "上海"}},
    {"name": {"contains": "Steel"}},
    {"name": {"contains": "steel"}},
    {"name": {"contains": "%"}},
    {"taxNumber": {"startsWith": "9131"}},
    {"taxNumber": {"contains": "X"}},
    {"region": {"eq": "江苏省"}},
    {"region": {"in": ["江苏省", "Hamburg"]}},
    {"market": {"contains": "水"}},
    {"country": {"eq": "SG"}},
    {"customerType": {"eq": "AGENT"}},
    {"customerType": {"in": ["AGENT", "END_USER"]}},
    {"onboardingStatus": {"in": ["DRAFT", "EXPIRED"]}},
    {"version": {"eq": 3}},
    {"version": {"gt": 1, "lte": 3}},
    {"version": {"lt": 2}},
    {"version": {"gte": 3}},
    {"deletionFlag": {"eq": True}},
    {"deletionFlag": {"eq": False}, "customerType": {"eq": "DEALER"}},
    {"salesArea": {"eq": "1000/10/10"}},
    {"salesArea": {"in": ["1000/20/10", "2000/10/00"]}},
    {"salesArea": {"startsWith": "2000/"}},
    {"salesArea": {"contains": "/30/"}},
    {"salesArea": {"startsWith": "1000/", "contains": "/10"}},
    {"search": "有限", "customerType": {"eq": "DEALER"}, "salesArea": {"startsWith": "1000/2"}},
    {"or": [{"country": {"eq": "DE"}}, {"number": {"startsWith": "10000"}}]},
    {"or": []},
    {"and": []},
    {"and": [{"or": [{"country": {"eq": "DE"}}, {"country": {"eq": "CN"}}]}, {"search": "阀"}], "name": {"contains": "公司"}},
    {
        "or": [
            {"and": [{"search": "上海"}, {"or": [{"search": "机械"}, {"taxNumber": {"contains": "7"}}]}]},
            {"version": {"gt": 1}},
        ]
    },
]


@pytest.mark.parametrize("filter", FILTERS, ids=lambda each: json.dumps(each, ensure_ascii=False)[:60])
def test_a_filter_lets_through_exactly_what_it_says(server: Client, facts: Facts, filter: Record) -> None:
    for name in ("auditor", "clerk.1000", "clerk.2000", "agent.a"):
        person = PEOPLE[name]
        expected = [each["number"] for each in facts.visible(person) if holds(facts, person, each, filter)]
        assert numbers_of(server, name, filter=filter) == expected


@pytest.mark.parametrize(
    ("filter", "reason", "argument"),
    [
        ({"salesArea": {"eq": "1000"}}, "AREA_MALFORMED", "filter.salesArea.eq"),
        ({"or": [{"name": {"eq": "x"}}, {"salesArea": {"in": ["1000/*/00"]}}]}, "AREA_IS_PATTERN", "filter.or.1.salesArea.in"),
        ({"search": "x" * 201}, "SEARCH_TOO_LONG", "filter.search"),
        ({"and": [{"name": {"contains": "x" * 201}}]}, "SEARCH_TOO_LONG", "filter.and.0.name.contains"),
        ({"number": {"in": ["1"] * 501}}, "FILTER_TOO_LARGE", "filter.number.in"),
    ],
    ids=["half an area", "a pattern", "a long search", "a long operand", "a long list"],
)
def test_a_filter_that_cannot_be_meant_is_refused_by_its_place(
    server: Client, filter: Record, reason: str, argument: str
) -> None:
    told = refusal_of(server.run(LIST, {"filter": filter}, user="auditor"))
    assert (told["code"], told["reason"], told["argument"]) == ("INVALID", reason, argument)


def test_a_filter_of_too_many_parts_is_refused(server: Client) -> None:
    wide = {"or": [{"number": {"eq": str(number)}} for number in range(100)]}
    assert refusal_of(server.run(LIST, {"filter": wide}, user="auditor"))["reason"] == "FILTER_TOO_LARGE"


# ---------------------------------------------------------------------------------------------------------------- ordering

ORDERS = [
    *([(field, direction)] for field in SORT_FIELDS for direction in ("ASC", "DESC")),
    [("CUSTOMER_TYPE", "DESC"), ("REGION", "ASC")],
    [("REGION", "DESC"), ("TAX_NUMBER", "DESC")],
    [("TAX_NUMBER", "ASC"), ("NAME", "DESC")],
    [("COUNTRY", "ASC"), ("ONBOARDING_STATUS", "DESC"), ("REGION", "DESC"), ("NUMBER", "ASC")],
    [("VERSION", "DESC"), ("CUSTOMER_TYPE", "DESC")],
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: ", ".join(" ".join(each) for each in order))
def test_an_order_holds_on_every_page_and_rows_without_a_value_come_last(
    server: Client, facts: Facts, order: list[tuple[str, str]]
) -> None:
    by = [{"field": field, "direction": direction} for field, direction in order]
    for name, first in (("auditor", 83), ("clerk.1000", 26), ("agent.a", 1)):
        expected = [each["number"] for each in ordered(facts.visible(PEOPLE[name]), order)]
        assert numbers_of(server, name, orderBy=by, first=first) == expected


def test_without_an_order_the_number_orders(server: Client, facts: Facts) -> None:
    expected = [each["number"] for each in facts.visible(PEOPLE["clerk.2000"])]
    assert numbers_of(server, "clerk.2000", first=50) == numbers_of(server, "clerk.2000", orderBy=[], first=50) == expected


def test_a_page_of_a_filter_goes_on_within_the_filter(server: Client, facts: Facts) -> None:
    filter = {"salesArea": {"startsWith": "1000/"}, "or": [{"search": "有限"}, {"customerType": {"eq": "AGENT"}}]}
    by = [{"field": "REGION", "direction": "DESC"}]
    for name in ("auditor", "clerk.2000"):
        person = PEOPLE[name]
        found = [each for each in facts.visible(person) if holds(facts, person, each, filter)]
        expected = [each["number"] for each in ordered(found, [("REGION", "DESC")])]
        assert numbers_of(server, name, filter=filter, orderBy=by, first=9) == expected


def test_a_field_stands_once_in_an_order(server: Client) -> None:
    by = [{"field": "NAME", "direction": "ASC"}, {"field": "NAME", "direction": "DESC"}]
    told = refusal_of(server.run(LIST, {"orderBy": by}, user="auditor"))
    assert (told["code"], told["reason"], told["argument"]) == ("INVALID", "ORDER_REPEATED", "orderBy.1.field")


# -------------------------------------------------------------------------------------------------------- pages and cursors


def test_a_page_of_no_rows_still_tells_the_count_and_whether_there_are_rows(server: Client, facts: Facts) -> None:
    for name in ("auditor", "admin"):
        count = len(facts.visible(PEOPLE[name]))
        page = data_of(server.run(LIST, {"first": 0}, user=name))
        assert page == {
            "totalCount": count,
            "pageInfo": {"hasNextPage": count > 0, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
            "edges": [],
        }


@pytest.mark.parametrize("first", [-1, 201, 900, -(2**31)])
def test_a_page_has_a_largest_size(server: Client, first: int) -> None:
    told = refusal_of(
        server.run("query ($first: Int!) { customers(first: $first) { totalCount } }", {"first": first}, user="auditor")
    )
    assert (told["code"], told["reason"], told["argument"]) == ("INVALID", "PAGE_SIZE", "first")


def test_the_largest_page_of_the_contract_s_list_is_answered(server: Client) -> None:
    assert len(data_of(server.send("CustomerList", {"first": 200}, user="auditor"))["edges"]) == 200


def written(value: Any) -> str:
    """Something in the shape of a cursor."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def test_a_cursor_that_this_list_did_not_give_out_is_refused(server: Client) -> None:
    by_region = [{"field": "REGION", "direction": "ASC"}]
    cursor = data_of(server.run(LIST, {"first": 1, "orderBy": by_region}, user="auditor"))["edges"][0]["cursor"]
    mark, region, key = json.loads(base64.b64decode(cursor))
    others = [
        data_of(server.run(LIST, {"first": 1, "orderBy": order}, user="auditor"))["edges"][0]["cursor"]
        for order in ([], [{"field": "REGION", "direction": "DESC"}], [*by_region, {"field": "NAME", "direction": "ASC"}])
    ]
    others.append(data_of(server.send("UserList", {"first": 1}, user="auditor"))["pageInfo"]["endCursor"])
    for after in (
        *others,
        "garbage",
        "%%%",
        "上海",
        cursor[:-4],
        cursor[1:],
        f"{cursor}AAAA",
        written("null"),
        written("[" * 100_000),
        written([]),
        written({"mark": mark}),
        written([mark]),
        written([mark, region]),
        written([mark, region, key, key]),
        written([mark[::-1], region, key]),
        written([mark, region, None]),
        written([mark, region, int(key)]),
        written([mark, region, "x"]),
        written([mark, region, "1.5"]),
        written([mark, region, str(2**63)]),
        written([mark, [region], key]),
        written([mark, 5, key]),
        written([mark, {}, key]),
        written(f'["{mark}", "\\u0000", "{key}"]'),
        written(f'["{mark}", "\\ud800", "{key}"]'),
        written(f'["{mark}", NaN, "{key}"]'),
    ):
        told = refusal_of(server.run(LIST, {"after": after, "orderBy": by_region}, user="auditor"))
        assert (told["code"], told["reason"], told["argument"]) == ("INVALID", "CURSOR_MALFORMED", "after"), after[:80]


def test_a_cursor_goes_on_behind_a_row_that_is_gone(server: Client, facts: Facts) -> None:
    """A cursor is a place in the order, not a row."""
    page = data_of(server.run(LIST, {"first": 3}, user="clerk.1000"))
    mark, number, _ = json.loads(base64.b64decode(page["pageInfo"]["endCursor"]))
    for between in (written([mark, f"{number}5", "7"]), written([mark, number, str(2**63 - 1)])):
        found = data_of(server.run(LIST, {"first": 1, "after": between}, user="clerk.1000"))
        assert found["edges"][0]["node"]["number"] == facts.visible(PEOPLE["clerk.1000"])[3]["number"]
