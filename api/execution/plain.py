"""Plain values in answers: what an object merely has is written out at once, however deep it lies.

graphql-core completes every field of every object as if a resolver wanted to know where it stands. Most fields of what
Python makes are attributes, down to the leaves: for them a writer is made once for all objects of a type that are
selected at one place. Whatever a writer stumbles over is completed again the ordinary way, which says what is wrong, and
where.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    is_leaf_type,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter

from api.execution.mapping import KEY, Computed, ToMany, ToOne
from api.execution.rows import Row

Writer = Callable[[Any], Any]
"""Gives a value, or that of a field of an object, as it stands in the answer. Raises whatever goes wrong."""


NO_INFO: Any = None
"""What types are told when they are asked whether a value is theirs: none of them looks."""


class NotPlain(Exception):
    """A value is not what its type promises."""


class PlainFirst(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, which asks only for what needs asking."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._writers: dict[tuple[str, int], tuple[Any, Writer | None]] = {}

    def execute_fields(
        self, parent_type: GraphQLObjectType, source_value: Any, path: Any, grouped_field_set: Any, position_context: Any
    ) -> Any:
        """The fields of an object; those that are written come with no path, no context and no delay."""
        if not _is_plain(source_value, parent_type):
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        written: dict[str, Any] = {}
        others: dict[str, Any] = {}
        for name, details in grouped_field_set.items():
            write = self._writer(parent_type, details)
            try:
                written[name] = write(source_value) if write is not None else Undefined
            except Exception:  # whatever it is: completed again below, it is said of the field
                written[name] = Undefined
            if written[name] is Undefined:
                others[name] = details
        if not others:
            return written
        completed = super().execute_fields(parent_type, source_value, path, others, position_context)
        if len(others) == len(written):
            return completed
        return _joined(written, completed) if isinstance(completed, dict) else _later(written, completed)

    def _writer(self, parent_type: GraphQLObjectType, details: Any) -> Writer | None:
        """The writer of a field selected at one place; None where somebody has to be asked."""
        key = (parent_type.name, id(details))
        if key not in self._writers:
            self._writers[key] = (details, self._writer_of_field(parent_type, details))  # `details` lives as long as its id
        return self._writers[key][1]

    def _writer_of_field(self, parent_type: GraphQLObjectType, details: Any) -> Writer | None:
        node = details[0].node
        if node.name.value == "__typename":
            return lambda _: parent_type.name
        field = parent_type.fields.get(node.name.value)
        if field is None or not _is_attribute(field) or (self.middleware_manager and self.middleware_manager.middlewares):
            return None
        write = self._writer_of_type(field.type, details)
        value_of = attrgetter(field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].python_name)
        return None if write is None else lambda source: write(value_of(source))

    def _writer_of_type(self, type_: GraphQLOutputType, details: Any) -> Writer | None:
        inner, modify = (type_.of_type, _write_required) if isinstance(type_, GraphQLNonNull) else (type_, _write_nullable)
        write = self._writer_of_nullable(inner, details)
        return None if write is None else partial(modify, write)

    def _writer_of_nullable(self, type_: GraphQLOutputType, details: Any) -> Writer | None:
        """The writer of values of a type, of which none is null."""
        if isinstance(type_, GraphQLList):
            write = self._writer_of_type(type_.of_type, details)
            return None if write is None else partial(_write_list, write)
        if isinstance(type_, GraphQLObjectType):
            return self._writer_of_object(type_, details)
        return _writer_of_leaf(type_) if is_leaf_type(type_) else None

    def _writer_of_object(self, type_: GraphQLObjectType, details: Any) -> Writer | None:
        selected = self.collect_subfields(type_, details).grouped_field_set
        writers = [(name, self._writer(type_, each)) for name, each in selected.items()]
        fields = [(name, write) for name, write in writers if write is not None]
        if len(fields) < len(writers):
            return None
        return partial(_write_object, type_, fields)


def _is_attribute(field: GraphQLField) -> bool:
    """Whether an object merely has it: nothing resolves it, nothing loads it."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return (
        definition is not None
        and definition.is_basic_field
        and not isinstance(definition.metadata.get(KEY), ToOne | ToMany | Computed)
    )


def _writer_of_leaf(type_: GraphQLLeafType) -> Writer:
    coerce = type_.coerce_output_value

    def write(value: Any) -> Any:
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise NotPlain(type_.name)
        return coerced

    return write


def _is_plain(value: Any, type_: GraphQLObjectType) -> bool:
    """Whether the value is one of those that a type was written for, and no look-alike that has to be waited for."""
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return isinstance(value, Row) or (definition is not None and type(value) is definition.origin)


def _write_object(type_: GraphQLObjectType, fields: list[tuple[str, Writer]], value: Any) -> dict[str, Any]:
    if not _is_plain(value, type_) or (type_.is_type_of is not None and type_.is_type_of(value, NO_INFO) is not True):
        raise NotPlain(type_.name)
    return {name: write(value) for name, write in fields}


def _write_required(write: Writer, value: Any) -> Any:
    if value is None:
        raise NotPlain("null")
    return write(value)


def _write_nullable(write: Writer, value: Any) -> Any:
    return None if value is None else write(value)


def _write_list(write: Writer, values: Any) -> list[Any]:
    if not isinstance(values, (list, tuple)):
        raise NotPlain(type(values).__name__)
    return [write(value) for value in values]


def _joined(written: dict[str, Any], completed: dict[str, Any]) -> dict[str, Any]:
    """All fields in the order in which they were selected."""
    return {name: completed[name] if value is Undefined else value for name, value in written.items()}


async def _later(written: dict[str, Any], completed: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return _joined(written, await completed)
