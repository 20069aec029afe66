"""Which rights a document uses: those by which what it selects is shown, wherever the caller has them at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

from api.auth.authority import Authority
from api.auth.traces import Right
from api.execution.mapping import ToMany, ToOne, TypeMapping, mapping_of_definition
from domain.activity import Activity
from models.access import Access


def rights_shown_by(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
    left_out: Callable[[Any], bool],
    authority: Authority,
) -> frozenset[Right]:
    """The rights to display by which the selected fields are shown. What a visible row tells of another needs none."""
    touched = _Walk(schema, fragments, left_out)
    objects = set(touched.objects(operation.selection_set, schema.get_root_type(operation.operation), told=False))
    return held(authority, objects, Activity.DISPLAY)


def held(authority: Authority, objects: Iterable[str], activity: Activity) -> frozenset[Right]:
    """The rights among these that the caller has somewhere."""
    return frozenset((object, activity) for object in objects if not authority.scope(object, activity).is_empty)


class _Walk:
    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], left_out: Callable[[Any], bool]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._left_out = left_out
        self._visited: set[tuple[str, bool]] = set()

    def objects(self, selection_set: SelectionSetNode | None, parent: Any, *, told: bool) -> Iterator[str]:
        """The objects of what is selected of a type; `told` is what a row tells that leads there."""
        for node in selection_set.selections if selection_set is not None else ():
            if self._left_out(node):
                continue
            match node:
                case FieldNode():
                    yield from self._of_field(node, parent, told)
                case InlineFragmentNode():
                    yield from self.objects(node.selection_set, self._type(node.type_condition, parent), told=told)
                case FragmentSpreadNode() if (node.name.value, told) not in self._visited:
                    self._visited.add((node.name.value, told))
                    fragment = self._fragments[node.name.value]
                    yield from self.objects(fragment.selection_set, self._type(fragment.type_condition, parent), told=told)

    def _of_field(self, node: FieldNode, parent: Any, told: bool) -> Iterator[str]:
        mapping = mapping_of_definition(parent)
        if mapping is not None:
            yield from () if told else _object(mapping)
            mapped = next((each.mapping for each in mapping.fields.values() if each.name == node.name.value), None)
            told = isinstance(mapped, ToOne | ToMany) and mapped.reference
            if mapped is not None and mapped.right is not None:
                yield mapped.right
        field = getattr(parent, "fields", {}).get(node.name.value)
        if field is not None:
            type_ = get_named_type(field.type)
            yield from _of_rows(type_)
            yield from self.objects(node.selection_set, type_, told=told)

    def _type(self, condition: Any, parent: Any) -> Any:
        return parent if condition is None else self._schema.type_map.get(condition.name.value)


def _of_rows(connection: Any) -> Iterator[str]:
    """The object of a connection's rows, though only their number be asked for."""
    edges = getattr(connection, "fields", {}).get("edges")
    node = None if edges is None else get_named_type(edges.type).fields.get("node")
    mapping = None if node is None else mapping_of_definition(get_named_type(node.type))
    yield from () if mapping is None else _object(mapping)


def _object(mapping: TypeMapping) -> Iterator[str]:
    access = getattr(mapping.model, "access", None)
    if isinstance(access, Access):
        yield access.object
