"""`extensions.masked`: once per operation, the selected fields that the caller may not see everywhere."""

from collections.abc import Callable, Iterator, Mapping
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
from api.execution.mapping import TypeMapping, mapping_of_definition


def masked_fields(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
    left_out: Callable[[Any], bool],
    authority: Authority,
) -> list[str]:
    """Names like `Customer.bankAccounts`, sorted: selected, of a field group, and not visible on every row one may see.

    It follows from the caller's scopes alone, so it tells nothing of any row.
    """
    walk = _Walk(schema, fragments, left_out)
    found = set()
    for mapping, name in walk.fields(operation.selection_set, schema.get_root_type(operation.operation)):
        field = next((each for each in mapping.fields.values() if each.name == name), None)
        if field is not None and field.mapping.right is not None:
            seen = authority.scope(mapping.access.object)
            if seen not in authority.scope(field.mapping.right):
                found.add(f"{mapping.name}.{name}")
    return sorted(found)


class _Walk:
    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], left_out: Callable[[Any], bool]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._left_out = left_out
        self._visited: set[str] = set()

    def fields(self, selection_set: SelectionSetNode | None, parent: Any) -> Iterator[tuple[TypeMapping, str]]:
        for node in selection_set.selections if selection_set is not None else ():
            if self._left_out(node):
                continue
            match node:
                case FieldNode():
                    field = getattr(parent, "fields", {}).get(node.name.value)
                    mapping = mapping_of_definition(parent)
                    if mapping is not None:
                        yield mapping, node.name.value
                    if field is not None:
                        yield from self.fields(node.selection_set, get_named_type(field.type))
                case InlineFragmentNode():
                    yield from self.fields(node.selection_set, self._type(node.type_condition, parent))
                case FragmentSpreadNode() if node.name.value not in self._visited:
                    self._visited.add(node.name.value)
                    fragment = self._fragments[node.name.value]
                    yield from self.fields(fragment.selection_set, self._type(fragment.type_condition, parent))

    def _type(self, condition: Any, parent: Any) -> Any:
        return parent if condition is None else self._schema.type_map.get(condition.name.value)
