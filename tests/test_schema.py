"""The schema: committed as it is served, described throughout, and offering all that the contract says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
    validate,
)
from graphql.utilities.print_schema import print_input_value

from api.schema.root import schema
from tests.client import CONTRACT
from tests.conftest import ROOT

CORE = schema._schema


def operations() -> Iterator[tuple[str, str, DocumentNode]]:
    for file in sorted(CONTRACT.glob("*.graphql")):
        for part in re.split(r"(?m)^(?=(?:query|mutation|subscription) )", file.read_text("utf-8")):
            if file.name != "schema.graphql" and part.strip():
                yield file.name, part.split("(")[0].split("{")[0].split()[1], parse(part)


OPERATIONS = {name: document for _, name, document in operations()}
"""The operations of the contract."""


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert (ROOT / "schema.graphql").read_text("utf-8") == schema.as_str() + "\n", "run `make schema`"


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_of_the_contract_is_valid(name: str) -> None:
    assert validate(CORE, OPERATIONS[name]) == []


def test_all_operations_of_the_contract_are_here() -> None:
    assert len(OPERATIONS) == 6 + 13 + 19 + 7 + 19 + 8


def described() -> Iterator[tuple[str, str | None]]:
    for name, type_ in CORE.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{key}", value.description) for key, value in type_.values.items())
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for key, field in type_.fields.items():
                yield f"{name}.{key}", field.description
                yield from ((f"{name}.{key}({arg})", each.description) for arg, each in getattr(field, "args", {}).items())


def test_everything_has_a_description() -> None:
    assert [name for name, description in described() if not (description or "").strip()] == []


def compared() -> Iterator[tuple[str, Any, Any]]:
    """Each type that both schemas have."""
    contract = build_schema((CONTRACT / "schema.graphql").read_text("utf-8"))
    for name, theirs in contract.type_map.items():
        mine = CORE.type_map.get(name)
        if mine is not None and not is_introspection_type(theirs) and not is_specified_scalar_type(theirs):
            yield name, mine, theirs


@pytest.mark.parametrize(("name", "mine", "theirs"), [pytest.param(*each, id=each[0]) for each in compared()])
def test_a_type_offers_what_the_contract_says(name: str, mine: Any, theirs: Any) -> None:
    assert isinstance(mine, type(theirs))
    if isinstance(theirs, GraphQLEnumType):
        assert set(theirs.values) <= set(mine.values)
    for key, field in getattr(theirs, "fields", {}).items():
        if name in ("Query", "Mutation", "Subscription") and key not in mine.fields:
            continue  # of a graph that is not built yet
        assert key in mine.fields, key
        assert str(mine.fields[key].type) == str(field.type), key
        for arg, each in getattr(field, "args", {}).items():
            here, there = (print_input_value(arg, one) for one in (mine.fields[key].args[arg], each))
            assert here in (there, there.removesuffix("!")), key  # what need not be given may be given
        for arg, each in getattr(mine.fields[key], "args", {}).items():
            assert arg in field.args or not is_required_argument(each), (key, arg)
    if isinstance(theirs, GraphQLInputObjectType):
        for key, field in mine.fields.items():
            if key in theirs.fields:
                assert print_input_value(key, field) == print_input_value(key, theirs.fields[key])
            else:
                assert not is_required_input_field(field), key
    if isinstance(theirs, GraphQLObjectType):
        assert {each.name for each in theirs.interfaces} <= {each.name for each in mine.interfaces}
