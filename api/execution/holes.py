"""Fields that need Python inside planned answers: loaded for all rows at once, completed by graphql-core, set in their places.

The statement leaves the key of its row where such a field belongs. All else of the answer stays the database's bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import isawaitable
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    execute,
    is_introspection_type,
)

from api.execution.documents import Ready
from api.execution.json_text import dumped
from api.execution.mapping import KEY, Computed
from api.execution.plain import PlainFirst
from api.execution.plan import MARK, Hole
from api.execution.reads import Reads

SEPARATOR = bytes([MARK])


class Holes:
    """Fills the holes in answers of one schema."""

    def __init__(self, core: GraphQLSchema) -> None:
        """The values of a field are completed as a list at the root of a schema of their own, with the same types."""
        lists = {
            _name(type_.name, name): GraphQLField(GraphQLNonNull(GraphQLList(field.type)))
            for type_ in core.type_map.values()
            if isinstance(type_, GraphQLObjectType)
            for name, field in type_.fields.items()
            if isinstance(_mapping_of(field), Computed)
        }
        types = [type_ for type_ in core.type_map.values() if not is_introspection_type(type_)]
        self._schema = GraphQLSchema(
            GraphQLObjectType("ValuesOfFields", lists), types=types, directives=core.directives, extensions=core.extensions
        )

    async def filled(
        self,
        answer: bytes,
        holes: Sequence[Hole],
        ready: Ready,
        variables: Mapping[str, Any] | None,
        context: Any,
    ) -> bytes:
        """The answer with every hole filled. Raises Unfilled where a value breaks what the schema promises, or fails."""
        pieces = answer.split(SEPARATOR)
        wanted: list[dict[str, None]] = [{} for _ in holes]
        marks = [(int(place), key) for place, _, key in (piece.decode().partition(":") for piece in pieces[1::2])]
        for place, key in marks:
            wanted[place][key] = None
        texts = [
            await self._texts(hole, list(keys), ready, variables, context) if keys else {}
            for hole, keys in zip(holes, wanted, strict=True)
        ]
        pieces[1::2] = [texts[place][key] for place, key in marks]
        return b"".join(pieces)

    async def _texts(
        self,
        hole: Hole,
        keys: Sequence[str],
        ready: Ready,
        variables: Mapping[str, Any] | None,
        context: Any,
    ) -> dict[str, bytes]:
        """The JSON of a hole by the key of its row."""
        computed = hole.field.mapping
        assert isinstance(computed, Computed)
        reads: Reads = context.reads
        whole = hole.mapping.column_type(computed.column) != "text"
        values = await computed.load(reads, [int(key) for key in keys] if whole else keys)
        name = _name(hole.mapping.name, hole.field.name)
        document = _document(name, hole, ready)
        result = execute(self._schema, document, {name: values}, context, dict(variables or {}), executor_class=PlainFirst)
        if isawaitable(result):
            result = await result
        if result.errors or result.data is None:
            raise Unfilled
        return {key: dumped(value) for key, value in zip(keys, result.data[name], strict=True)}


class Unfilled(Exception):
    """A hole cannot be filled; the reference executor says why, at the right path."""


def _mapping_of(field: GraphQLField) -> Any:
    definition = field.extensions.get("strawberry-definition")
    return None if definition is None else definition.metadata.get(KEY)


def _name(type_: str, field: str) -> str:
    return f"{type_}_{field}"


def _document(name: str, hole: Hole, ready: Ready) -> DocumentNode:
    """The hole's selections as a document of its own, with the fragments and variables of the whole."""
    fields = tuple(
        FieldNode(name=NameNode(value=name), alias=None, arguments=(), directives=(), selection_set=node.selection_set)
        for node in hole.nodes
    )
    alone = OperationDefinitionNode(
        operation=ready.operation.operation,
        name=None,
        variable_definitions=ready.operation.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=fields),
    )
    return DocumentNode(definitions=(alone, *ready.prepared.fragments.values()))
