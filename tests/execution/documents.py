"""Random documents of the schema: every field, argument, fragment form and directive can occur."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
)

DEEPEST = 7
MOST_FIELDS = 60


@dataclass
class Pool:
    """Values that mean something in the database at hand, by argument or input field name."""

    strings: dict[str, list[str]]
    ids: list[str]


@dataclass
class Document:
    """A document and the variables to send with it."""

    text: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)


class Writer:
    """Writes random documents with the root fields that are given."""

    def __init__(self, schema: GraphQLSchema, chance: random.Random, pool: Pool, roots: list[str]) -> None:
        self.schema = schema
        self.chance = chance
        self.pool = pool
        self.roots = roots
        self.document = Document()
        self.budget = MOST_FIELDS

    def write(self) -> Document:
        query = self.schema.query_type
        assert query is not None
        parts = []
        for place in range(self.chance.choice((1, 1, 1, 2, 3))):
            name = self.chance.choice(self.roots)
            parts.append(
                self.field(name, query.fields[name], 1, alias=f"r{place}" if place or self.chance.random() < 0.3 else None)
            )
        if self.chance.random() < 0.06:  # where it is off, all else is refused with it
            parts.append(
                self.chance.choice(("__typename", "__schema { queryType { name } }", '__type(name: "Customer") { name kind }'))
            )
        body = " ".join(parts)
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self.document.types.items())
        self.document.text = f"query{f' ({declared})' if declared else ''} {{ {body} }} {' '.join(self.document.fragments)}"
        return self.document

    def selection(self, type_: Any, depth: int) -> str:
        parts = []
        fields = list(type_.fields.items())
        self.chance.shuffle(fields)
        for name, each in fields[: self.chance.randint(1, 6)]:
            inner = get_named_type(each.type)
            if self.budget <= 0 or (depth >= DEEPEST and not isinstance(inner, GraphQLScalarType | GraphQLEnumType)):
                continue
            parts.append(self.field(name, each, depth + 1))
            if self.chance.random() < 0.1:  # the same field again merges
                parts.append(parts[-1])
        if self.chance.random() < 0.15 or not parts:
            parts.append(self.chance.choice(("__typename", "t: __typename")))
        return self.wrapped(parts, type_, depth)

    def wrapped(self, parts: list[str], type_: Any, depth: int) -> str:
        """The parts as they are, or some of them in an inline fragment or a named one."""
        if isinstance(type_, GraphQLInterfaceType):
            for possible in self.chance.sample(self.schema.get_possible_types(type_), 2):
                if depth < DEEPEST:
                    parts.append(f"... on {possible.name}{self.directive()} {{ {self.selection(possible, depth + 1)} }}")
            return " ".join(parts)
        draw = self.chance.random()
        if draw < 0.12:
            condition = self.chance.choice(
                (
                    f"on {type_.name}",
                    "",
                    *(f"on {each.name}" for each in type_.interfaces if all(_of_node(part) for part in parts)),
                )
            )
            return f"... {condition}{self.directive()} {{ {' '.join(parts)} }}"
        if draw < 0.24:
            name = f"F{len(self.document.fragments)}"
            self.document.fragments.append(f"fragment {name} on {type_.name} {{ {' '.join(parts)} }}")
            return f"...{name}{self.directive()}"
        return " ".join(parts)

    def field(self, name: str, each: Any, depth: int, alias: str | None = None) -> str:
        self.budget -= 1
        inner = get_named_type(each.type)
        arguments = ""
        if each.args:
            given = {
                arg: self.value(definition.type, arg, definition)
                for arg, definition in each.args.items()
                if self.sends(arg, definition)
            }
            if name == "customer":
                keep = self.chance.choice(("id", "number"))
                moment = {"asOf": self.value(each.args["asOf"].type, "asOf")} if self.chance.random() < 0.4 else {}
                given = {keep: self.value(GraphQLNonNull(each.args[keep].type), keep, each.args[keep]), **moment}
            arguments = f"({', '.join(f'{arg}: {value}' for arg, value in given.items())})" if given else ""
        named = alias or (f"a{self.chance.randint(0, 99)}_{name}" if self.chance.random() < 0.1 else None)
        shown = f"{named}: {name}" if named else name
        below = ""
        if not isinstance(inner, GraphQLScalarType | GraphQLEnumType):
            below = f" {{ {self.selection(inner, depth)} }}"
        return f"{shown}{arguments}{self.directive()}{below}"

    def sends(self, name: str, definition: Any) -> bool:
        often = 0.1 if name == "after" else 0.5  # most cursors are garbage, and refused
        return isinstance(definition.type, GraphQLNonNull) or self.chance.random() < often

    def directive(self) -> str:
        draw = self.chance.random()
        if draw > 0.08:
            return ""
        kind, value = self.chance.choice(("include", "skip")), self.chance.choice((True, False))
        if draw < 0.04:
            return f" @{kind}(if: {json.dumps(value)})"
        name = f"b{len(self.document.types)}"
        self.document.types[name] = self.chance.choice(("Boolean!", "Boolean! = true", "Boolean! = false"))
        if "=" not in self.document.types[name] or self.chance.random() < 0.5:
            self.document.variables[name] = value
        return f" @{kind}(if: ${name})"

    def value(self, type_: Any, name: str, definition: Any = None) -> str:
        """A value as text, as a literal or as a variable."""
        if isinstance(get_nullable_type(type_), GraphQLList) and name != "orderBy":
            return self.literal(type_, name)
        if self.chance.random() < 0.3 and not isinstance(get_named_type(type_), GraphQLInputObjectType):
            variable = f"v{len(self.document.types)}"
            self.document.types[variable] = str(type_)
            self.document.variables[variable] = self.plain(type_, name)
            return f"${variable}"
        return self.literal(type_, name)

    def literal(self, type_: Any, name: str) -> str:
        return _text(self.plain(type_, name), type_)

    def plain(self, type_: Any, name: str) -> Any:
        if not isinstance(type_, GraphQLNonNull) and self.chance.random() < 0.08:
            return None
        type_ = get_nullable_type(type_)
        if isinstance(type_, GraphQLList):
            return [
                self.plain(GraphQLNonNull(get_nullable_type(type_.of_type)), name) for _ in range(self.chance.randint(0, 3))
            ]
        if isinstance(type_, GraphQLInputObjectType):
            fields = [
                key
                for key, each in type_.fields.items()
                if isinstance(each.type, GraphQLNonNull) or (self.chance.random() < 0.25 and self.budget > 0)
            ]
            self.budget -= len(fields)
            return {key: self.plain(type_.fields[key].type, key if key not in OPERATORS else name) for key in fields}
        if isinstance(type_, GraphQLEnumType):
            return Enum(self.chance.choice(list(type_.values)))
        match type_.name:
            case "Int":
                return self.chance.choice((0, 1, 2, 3, 7, 20)) if name == "first" else self.chance.randint(0, 3)
            case "Boolean":
                return self.chance.random() < 0.5
            case "ID":
                return self.chance.choice(self.pool.strings.get(name, self.pool.ids))
            case _:
                return self.chance.choice(self.pool.strings.get(name, ["1", "10", "公司", "x"]))


OPERATORS = frozenset({"eq", "in", "startsWith", "contains", "gt", "gte", "lt", "lte"})


class Enum(str):
    """An enum value: a string in variables, bare in literals."""


def _of_node(part: str) -> bool:
    return part.split("(")[0].split(" ")[0] in ("id", "__typename", "t:")


def _text(value: Any, type_: Any) -> str:
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(each, None)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(each, None) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
