"""What is written at once is what graphql-core's own executor answers, data and errors alike, whatever the values are."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Optional

import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.execution.plain import PlainFirst
from tests.conftest import LONG


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = "green"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Part(Named):
    size: int
    colour: Optional[Colour]
    worth: Decimal


@strawberry.type
class Whole:
    title: str
    made: Optional[date]
    parts: list[Part]
    spare: Optional[Part]
    maybe: Optional[list[Optional[Part]]]
    grid: list[list[int]]

    @strawberry.field
    def asked(self) -> str:
        return f"asked {self.title}"

    @strawberry.field
    async def awaited(self) -> list[Part]:
        return self.parts

    @strawberry.field
    def counted(self, most: int = 1) -> list[Part]:
        return self.parts[:most]


CURRENT: list[Any] = []


@strawberry.type
class Query:
    @strawberry.field
    def wholes(self) -> list[Optional[Whole]]:
        return CURRENT

    @strawberry.field
    def named(self) -> list[Named]:
        return [part for whole in CURRENT if isinstance(whole, Whole) for part in whole.parts]


class Schema(strawberry.Schema):
    """As the one that is served, it logs no errors."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        pass


REFERENCE = Schema(Query, types=[Part], execution_context_class=StrawberryGraphQLCoreExecutionContext)
PLAIN = Schema(Query, types=[Part], execution_context_class=PlainFirst)
DOCUMENTS = [
    "{ wholes { title made grid } }",
    "{ wholes { title asked made parts { name } awaited { size } spare { name } } }",
    "{ wholes { __typename t: title parts { __typename name size colour worth } } }",
    "{ wholes { parts { name } parts { size } ...More } } fragment More on Whole { parts { colour ... on Named { name } } }",
    "{ wholes { maybe { name worth } spare { colour size } counted(most: 2) { name } } }",
    "query ($no: Boolean = false) { wholes { title @include(if: $no) made @skip(if: $no) parts @include(if: $no) { size } } }",
    "{ named { name ... on Part { size worth } } }",
    "{ wholes { title parts { nothing } } }",
]
_part = st.builds(
    Part,
    name=st.sampled_from(["a", "b"]),
    size=st.one_of(st.integers(-3, 3), st.sampled_from([None, "x", 2**40, 1.5])),
    colour=st.sampled_from([None, Colour.RED, Colour.GREEN, "red", "none"]),
    worth=st.sampled_from([Decimal("1.50"), Decimal(0), None]),
)
_strange = st.sampled_from(["ab", {"name": "c"}, 5])
_whole = st.builds(
    Whole,
    title=st.sampled_from(["t", "u", None]),
    made=st.sampled_from([None, date(2026, 5, 1), "2026-05-01"]),
    parts=st.one_of(st.lists(_part, max_size=3), st.lists(_part, max_size=3).map(tuple), _strange),
    spare=st.one_of(st.none(), _part, _strange),
    maybe=st.one_of(st.none(), st.lists(st.one_of(st.none(), _part), max_size=2)),
    grid=st.sampled_from([[], [[1], [2, 3]], [[None]], [None], None]),
)


def answer(schema: strawberry.Schema, document: str) -> tuple[Any, Any]:
    result = asyncio.run(schema.execute(document))
    return result.data, [(error.message, error.path, error.locations) for error in result.errors or ()]


@pytest.mark.parametrize("document", DOCUMENTS)
@given(wholes=st.lists(st.one_of(st.none(), _whole), max_size=3))
@settings(max_examples=2000 if LONG else 30)
def test_the_answer_is_that_of_the_reference_executor(document: str, wholes: list[Any]) -> None:
    CURRENT[:] = wholes
    assert answer(PLAIN, document) == answer(REFERENCE, document)


def test_fields_stand_in_the_order_in_which_they_were_selected() -> None:
    part = Part(name="a", size=1, colour=Colour.RED, worth=Decimal(2))
    CURRENT[:] = [Whole(title="t", made=None, parts=[part], spare=None, maybe=None, grid=[])]
    (whole,) = answer(PLAIN, "{ wholes { made awaited { worth name } title asked parts { size } } }")[0]["wholes"]
    assert list(whole) == ["made", "awaited", "title", "asked", "parts"]
    assert whole["awaited"] == [{"worth": "2", "name": "a"}]


def test_nobody_is_asked_for_what_an_object_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """The point of it all: below a plain field, graphql-core completes nothing."""
    part = Part(name="a", size=1, colour=None, worth=Decimal(2))
    CURRENT[:] = [Whole(title="t", made=None, parts=[part] * 3, spare=None, maybe=None, grid=[])]
    completed = []
    ordinary = PlainFirst.execute_field

    def execute_field(self: PlainFirst, parent: Any, source: Any, details: Any, *rest: Any) -> Any:
        completed.append(details[0].node.name.value)
        return ordinary(self, parent, source, details, *rest)

    monkeypatch.setattr(PlainFirst, "execute_field", execute_field)
    answer(PLAIN, "{ wholes { title asked parts { name size worth } } }")
    assert completed == ["wholes", "asked"]
