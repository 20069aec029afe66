"""What one document may ask for, and that a hostile one is refused before it costs anything."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query

from api.execution.documents import LONGEST_DOCUMENT, LONGEST_WORD, MOST_COMPARISONS, Documents, Faulty
from api.execution.limits import COUNTED, SORTED, Limits
from api.schema.root import schema
from api.settings import Settings
from tests.client import CONTRACT, Client
from tests.conftest import running_server

DEFAULTS = {name: field.default for name, field in Settings.model_fields.items()}
DEPTH, ALIASES, DIRECTIVES, TOKENS, COST, PAGE = (
    DEFAULTS[f"max_{name}"] for name in ("depth", "aliases", "directives", "tokens", "cost", "page_size")
)
COUNTS, ORDERS = (COST - 10) // COUNTED, (COST - 10) // SORTED
SECONDS = 0.3
"""Processor time that refusing a hostile document may take: 0.01 to 0.05 on two busy cores; it was 1.1."""


def reasons(answer: dict[str, Any]) -> list[str]:
    """The reasons of an answer's errors."""
    return [error["extensions"].get("reason", "") for error in answer.get("errors", ())]


def nested(levels: int) -> str:
    """A document of so many levels of fields."""
    return "{ __schema { types { " + "ofType { " * (levels - 3) + "name" + " }" * (levels - 3) + " } } }"


def aliases(count: int) -> str:
    """A document with so many aliases."""
    return "{ " + " ".join(f"a{place}: __typename" for place in range(count)) + " }"


def directives(count: int) -> str:
    """A document with so many directives."""
    return "{ " + " ".join(["... @include(if: true) { __typename }"] * count) + " }"


def counts(count: int) -> str:
    """A document that asks for so many counts, half of them by a fragment."""
    again = " ".join(f"f{place}: customers(first: 1) {{ ...Counted }}" for place in range(count // 2))
    rest = " ".join(f"a{place}: customers(first: 1) {{ totalCount }}" for place in range(count - count // 2))
    return f"{{ {again} {rest} }} fragment Counted on CustomerConnection {{ totalCount }}"


def orders(count: int) -> str:
    """A document with so many lists that are ordered by two fields."""
    order = "[{field: REGION}, {field: NAME, direction: DESC}]"
    return (
        "{ "
        + " ".join(f"a{place}: customers(first: 1, orderBy: {order}) {{ edges {{ cursor }} }}" for place in range(count))
        + " }"
    )


def too_costly(found: int) -> tuple[str, str]:
    """The refusal of a document that costs so much, in both languages."""
    return (
        f"The answer may cost {found} fields, each count and each order by several fields taken for many; at most {COST} are"
        " allowed. Ask for smaller pages, fewer fields or fewer counts.",
        f"结果成本可能达 {found} 个字段（每个计数和每个多字段排序按多个字段计），最多 {COST} 个。请减小分页、减少字段或计数。",
    )


def costly(first: object) -> str:
    """A list whose answer may come to 1 + first * 112 fields."""
    views = " ".join(f"v{place}: salesAreaViews {{ orderBlock deliveryBlock }}" for place in range(10))
    return f"customers(first: {first}) {{ edges {{ node {{ {views} }} }} }}"


# ------------------------------------------------------------------------------------------------------- each limit


@pytest.mark.parametrize(
    ("query", "en", "zh"),
    [
        pytest.param(
            nested(DEPTH + 1),
            f"The document is {DEPTH + 1} levels deep; at most {DEPTH} are allowed.",
            f"文档嵌套 {DEPTH + 1} 层，最多 {DEPTH} 层。",
            id="depth",
        ),
        pytest.param(
            aliases(ALIASES + 1),
            f"The document has {ALIASES + 1} aliases; at most {ALIASES} are allowed.",
            f"文档有 {ALIASES + 1} 个别名，最多 {ALIASES} 个。",
            id="aliases",
        ),
        pytest.param(
            directives(DIRECTIVES + 1),
            f"The document has {DIRECTIVES + 1} directives; at most {DIRECTIVES} are allowed.",
            f"文档有 {DIRECTIVES + 1} 个指令，最多 {DIRECTIVES} 个。",
            id="directives",
        ),
        pytest.param(
            "{ " + "__typename " * TOKENS + "}",
            f"The document has more than {TOKENS} tokens.",
            f"文档超过 {TOKENS} 个标记。",
            id="tokens",
        ),
        pytest.param(
            "#" * (LONGEST_DOCUMENT + 1),
            f"The document has {LONGEST_DOCUMENT + 1} characters; at most {LONGEST_DOCUMENT} are allowed. "
            "Send long texts as variables.",
            f"文档有 {LONGEST_DOCUMENT + 1} 个字符，最多 {LONGEST_DOCUMENT} 个。长文本请用变量传递。",
            id="characters",
        ),
        pytest.param(
            "{ " + "x" * (LONGEST_WORD + 1) + " }",
            f"A name or number in the document has {LONGEST_WORD + 1} characters; at most {LONGEST_WORD} are allowed.",
            f"文档中的名称或数字有 {LONGEST_WORD + 1} 个字符，最多 {LONGEST_WORD} 个。",
            id="a word",
        ),
        pytest.param(
            f"{{ {costly(PAGE)} }}",
            *too_costly(1 + PAGE * 112),
            id="cost",
        ),
        pytest.param(counts(COUNTS + 1), *too_costly((COUNTS + 1) * (COUNTED + 2)), id="counts"),
        pytest.param(orders(ORDERS + 1), *too_costly((ORDERS + 1) * (SORTED + 3)), id="orders by several fields"),
        pytest.param(
            f"{{ customers(first: {PAGE + 1}) {{ edges {{ cursor }} }} }}",
            f"`first` is {PAGE + 1}; at least 0 and at most {PAGE} are allowed.",
            f"first 为 {PAGE + 1}，允许 0 至 {PAGE}。",
            id="page size",
        ),
    ],
)
def test_a_refusal_names_the_limit_and_what_was_found_in_the_language_asked_for(
    query: str, en: str, zh: str, server: Client
) -> None:
    for language, text in (("en", en), ("zh-CN,zh;q=0.9", zh)):
        answer = server.run(query, user="auditor", **{"Accept-Language": language})
        assert [error["message"] for error in answer["errors"]] == [text]
        assert not answer.get("data")
        assert answer["errors"][0]["extensions"]["code"] == "INVALID"


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(aliases(ALIASES), id="aliases"),
        pytest.param(directives(DIRECTIVES), id="directives"),
        pytest.param(counts(COUNTS), id="counts"),
        pytest.param(orders(ORDERS), id="orders by several fields"),
        pytest.param(f"{{ {costly(100)} }}", id="cost"),
        pytest.param(f"{{ customers(first: {PAGE}) {{ edges {{ cursor }} }} }}", id="page size"),
        pytest.param("{ customers(first: 0) { edges { cursor } } }", id="an empty page"),
        pytest.param('{ customers(first: 1, filter: { name: { eq: """' + "x" * 90 + '""" } }) { totalCount } }', id="text"),
    ],
)
def test_what_just_reaches_a_limit_passes(query: str, server: Client) -> None:
    assert server.data(query, user="auditor")


@pytest.mark.parametrize(
    ("order", "passes"),
    [
        ([{"field": "REGION"}, {"field": "NAME"}], False),
        ([{"field": "REGION"}], True),
        ({"field": "REGION"}, True),
        ([], True),
        (None, True),
    ],
)
def test_an_order_in_a_variable_costs_what_it_does_in_the_document(order: Any, passes: bool, server: Client) -> None:
    lists = " ".join(f"a{place}: customers(first: 1, orderBy: $order) {{ edges {{ cursor }} }}" for place in range(ORDERS + 1))
    answer = server.run(f"query ($order: [CustomerSort!]) {{ {lists} }}", {"order": order}, user="auditor")
    assert reasons(answer) == ([] if passes else ["DOCUMENT_COST"])


def test_depth_that_just_reaches_the_limit_passes(server: Client) -> None:
    assert "DOCUMENT_TOO_DEEP" not in reasons(server.run(nested(DEPTH)))
    assert server.data(get_introspection_query())


def test_all_limits_that_a_document_exceeds_are_told_at_once(server: Client) -> None:
    query = aliases(ALIASES + 1)[:-1] + directives(DIRECTIVES + 1)[1:]
    assert reasons(server.run(query)) == ["DOCUMENT_ALIASES", "DOCUMENT_DIRECTIVES"]


def test_a_page_below_nothing_is_refused(server: Client) -> None:
    answer = server.run("{ customers(first: -1) { totalCount } }", user="auditor")
    assert reasons(answer) == ["PAGE_SIZE"]
    assert answer["errors"][0]["path"] == ["customers"]


def test_fragments_count_where_they_are_used(server: Client) -> None:
    fragment = "fragment F on Query " + aliases(ALIASES // 2 + 1)
    assert server.data("{ ...F } " + fragment)
    assert reasons(server.run("{ ...F ... { ...F } } " + fragment)) == ["DOCUMENT_ALIASES"]


def test_the_page_size_in_a_variable_counts(server: Client) -> None:
    query = f"query List($n: Int!, $m: Int! = 200) {{ a: {costly('$n')} b: {costly('$m')} }}"
    assert reasons(server.run(query, {"n": 1}, user="auditor")) == ["DOCUMENT_COST"]
    assert reasons(server.run(query, {"n": 200, "m": 1}, user="auditor")) == ["DOCUMENT_COST"]
    assert server.data(query, {"n": 1, "m": 2}, user="auditor")


def test_a_page_of_no_rows_hides_nothing_from_the_count(server: Client) -> None:
    fragments = "".join(
        f"fragment F{place} on Customer {{ ...F{place + 1} ... {{ ...F{place + 1} }} }} " for place in range(40)
    )
    query = "{ customers(first: 0) { edges { node { ...F0 } } } } " + fragments + "fragment F40 on Customer { number }"
    assert reasons(server.run(query, user="auditor")) == ["DOCUMENT_COST"]


@pytest.mark.parametrize("value", [10**30, 10**4000, -(10**30), 1.5, True, "1", [1, 2], None])
def test_a_page_size_that_is_none_is_refused(value: object, server: Client) -> None:
    answer = server.run("query List($n: Int!) { customers(first: $n) { totalCount } }", {"n": value}, user="auditor")
    assert "data" not in answer
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID"]


def test_deep_input_is_refused_and_no_internal_error(server: Client) -> None:
    query = "query List($filter: CustomerFilter) { customers(first: 1, filter: $filter) { totalCount } }"
    for levels in (20, 150, 400):
        filter: dict[str, Any] = {"number": {"eq": "1"}}
        for _ in range(levels):
            filter = {"and": [filter]}
        answer = server.run(query, {"filter": filter}, user="auditor")
        assert levels == 20 or [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID"]
        literal = "{ and: [" * levels + "{ number: { eq: " + '"1"' + " } }" + "] }" * levels
        answer = server.run(f"{{ customers(first: 1, filter: {literal}) {{ totalCount }} }}", user="auditor")
        assert levels == 20 or [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID"]


def test_limits_are_settings(database: str, run_directory: Path) -> None:
    settings = {"SDGRAPH_MAX_DEPTH": "3", "SDGRAPH_MAX_ALIASES": "1", "SDGRAPH_MAX_TOKENS": "70", "SDGRAPH_MAX_PAGE_SIZE": "3"}
    with running_server(database, run_directory, SDGRAPH_MAX_BODY_BYTES="2000", **settings) as base:
        client = Client(base)
        assert reasons(client.run(aliases(2))) == ["DOCUMENT_ALIASES"]
        assert reasons(client.run("{ viewer { roleAssignments { role { name } } } }")) == ["DOCUMENT_TOO_DEEP"]
        assert reasons(client.run("{ " + "__typename " * 70 + "}")) == ["DOCUMENT_TOKENS"]
        assert reasons(client.run("{ customers(first: 4) { totalCount } }", user="auditor")) == ["PAGE_SIZE"]
        assert reasons(client.run("{ __typename }", {"x": "x" * 2000})) == ["BODY_TOO_LARGE"]


# -------------------------------------------------------------------------------------------------- hostile documents


def doubling(levels: int, body: str = "") -> str:
    """Fragments that each spread the next one twice."""
    fragments = " ".join(
        f"fragment F{place} on Query {{ {body} ...F{place + 1} ... {{ ...F{place + 1} }} }}" for place in range(levels)
    )
    return f"{{ ...F0 }} {fragments} fragment F{levels} on Query {{ __typename }}"


def doubling_fields(levels: int) -> str:
    """Fragments that each spread the next one twice, a field deeper."""
    fragments = " ".join(
        f"fragment F{place} on Query {{ viewer {{ user {{ id }} }} node(id: 1) {{ ...G{place} }} }} "
        f"fragment G{place} on Node {{ id ... on Customer {{ number name }} }}"
        for place in range(levels)
    )
    return "{ " + " ".join(f"...F{place}" for place in range(levels)) + " } " + fragments


def ring(size: int) -> str:
    """Fragments that each spread all of them."""
    spreads = " ".join(f"...F{place}" for place in range(size))
    return "{ ...F0 } " + " ".join(f"fragment F{place} on Query {{ __typename {spreads} }}" for place in range(size))


def fitting(text: str) -> str:
    """A text as often as the token limit allows, with some room around it."""
    return text * ((TOKENS - 30) // len(re.findall(r"\w+|\.\.\.|[^\s\w,]", text)))


HOSTILE = {
    "a field repeated thousands of times": "{ " + "__typename " * 10_000 + "}",
    "a field repeated up to the token limit": "{ " + "__typename " * (TOKENS - 5) + "}",
    "a field with a selection repeated": "{ " + fitting("viewer { __typename } ") + "}",
    "fields with selections repeated": "{ " + fitting("viewer { user { id } } ") + "}",
    "a field repeated with its argument": "{ " + fitting("customers(first: 1) { __typename } ") + "}",
    "a field repeated with other arguments": "{ "
    + " ".join(f"customers(first: {place}) {{ __typename }}" for place in range(TOKENS // 10))
    + " }",
    "a selection repeated on an interface": '{ node(id: "1") { ' + fitting("... on Customer { address { city } } ") + "} }",
    "an unknown field repeated": "{ " + "viewr " * (TOKENS - 5) + "}",
    "a long list of aliases": aliases(600),
    "a long list of directives": "{ __typename " + "@include(if: true) " * 250 + "}",
    "doubling fragments": doubling(TOKENS // 16),
    "doubling fragments with fields": doubling(TOKENS // 23, "viewer { user { id } }"),
    "doubling fragments with aliases": doubling(TOKENS // 25, "a: viewer { user { id } }"),
    "fragments that all hold the same": doubling_fields(TOKENS // 37),
    "fragments in a ring": ring(24),
    "a fragment in itself": "{ ...F } fragment F on Query { ...F }",
    "deep fields": "{ " + "viewer { " * 600 + "id" + " }" * 600 + " }",
    "deep fragments": "{ ...F0 } "
    + " ".join(f"fragment F{place} on Query {{ {'... { ' * 25} ...F{place + 1} {'} ' * 25}}}" for place in range(13))
    + " fragment F13 on Query { __typename }",
    "deep lists": "{ customers(first: 1, filter: " + "[" * 900 + "]" * 900 + ") { totalCount } }",
    "deep objects": "{ customers(first: 1, filter: " + "{ and: " * 400 + "1" + " }" * 400 + ") { totalCount } }",
    "a deep list type": "query List($n: " + "[" * 900 + "Int" + "]" * 900 + ") { __typename }",
    "blanks": "{" + " " * 900_000 + "__typename }",
    "a comment": "#" + "x" * 900_000 + "\n{ __typename }",
    "an endless string": '{ customer(id: "' + "x" * 900_000 + '") { id } }',
    "an endless name": "{ " + "x" * 90_000 + " }",
    "an endless number": "{ customers(first: " + "1" * 5000 + ") { totalCount } }",
}


ADMITTED = {
    "as many lists as there may be": "{ "
    + " ".join(
        f"a{place}: customers(first: {PAGE}, orderBy: [{{field: REGION}}]) {{ edges {{ cursor }} }}" for place in range(ALIASES)
    )
    + " }",
    "as many counts as there may be": counts(COUNTS),
    "as many orders by several fields as there may be": orders(ORDERS),
    "the widest rows": "{ customers(first: 10) { edges { node { "
    + "id number name customerType onboardingStatus version country region market taxNumber phone email orderBlock deliveryBlock"
    " billingBlock deletionFlag masked viewerCan address { street city postalCode region country } bankAccounts { id bankName"
    " accountNumber holder } companyCodeViews { reconciliationAccount cashManagementGroup tradingPartner blocked companyCode { id"
    " code name } paymentTerms { code } } qualificationDocuments { id documentType number } salesAreaViews { partners { function"
    " customer { id number name customer { masked viewerCan salesAreaViews { salesArea { code } partners { customer { name } } } }"
    " } } } } } } }",
}


@pytest.fixture(scope="module")
def documents() -> Callable[[], Documents]:
    """Makes the part that prepares documents, with nothing cached, under the limits as they are by default."""
    limits = Limits(DEPTH, ALIASES, DIRECTIVES, COST)
    return lambda: Documents(schema._schema, limits, TOKENS, introspection=True, suggestions=True)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_fast(name: str, documents: Callable[[], Documents]) -> None:
    taken = []
    for _ in range(3):
        prepares = documents()
        started = time.process_time()
        prepared = prepares.prepare(HOSTILE[name])
        operation = prepared.operation(None)
        if not prepared.errors and operation is not None:
            with pytest.raises(Faulty):
                prepares.variables(prepared, operation, {})
        taken.append(time.process_time() - started)
    assert min(taken) < SECONDS


@pytest.mark.parametrize("name", ADMITTED)
def test_a_hostile_document_within_the_limits_is_prepared_fast_and_answered(
    name: str, documents: Callable[[], Documents], server: Client
) -> None:
    taken = []
    for _ in range(3):
        prepares = documents()
        started = time.process_time()
        prepared = prepares.prepare(ADMITTED[name])
        taken.append(time.process_time() - started)
        assert not prepared.errors
    assert min(taken) < SECONDS
    assert server.data(ADMITTED[name], user="auditor")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_answered_in_words(name: str, server: Client) -> None:
    response = server.post({"query": HOSTILE[name]}, headers={"Accept": "application/graphql-response+json"})
    assert response.status_code == 400
    assert "data" not in response.json()
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"INVALID"}
    assert len(response.content) < 20_000


def test_the_budget_of_comparisons_is_told(server: Client) -> None:
    answer = server.run(HOSTILE["a field with a selection repeated"], **{"Accept-Language": "zh"})
    assert answer["errors"][-1]["message"] == f"文档重复选择相同字段过多：合并所需比较超过 {MOST_COMPARISONS} 次。"


def test_documents_of_real_frontends_are_far_from_the_budget(documents: Callable[[], Documents]) -> None:
    fragments = [f"fragment Row{place} on Customer {{ id number name customerType version }}" for place in range(30)]
    spreads = " ".join(f"...Row{place}" for place in range(30))
    query = f"{{ customers(first: 20) {{ edges {{ node {{ id number name {spreads} }} }} }} }} " + " ".join(fragments)
    assert not documents().prepare(query).errors
    for file in CONTRACT.glob("*.graphql"):
        if file.name != "schema.graphql":
            errors = documents().prepare(file.read_text("utf-8")).errors
            assert not [error for error in errors if "DOCUMENT" in error.message], file.name
