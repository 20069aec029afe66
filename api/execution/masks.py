"""`extensions.masked`: once per operation, the selected fields that the caller may not see everywhere."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
)
from graphql.execution.values import VariableValues

from api.auth.authority import Authority
from api.execution.mapping import TypeMapping, mapping_of_definition
from api.execution.past import Hindsight
from api.execution.selections import Selections

AS_OF = "asOf"
"""The argument of root fields that can be asked as of a moment."""


def masked_fields(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
    left_out: Callable[[Any], bool],
    authority: Authority,
    variables: VariableValues,
) -> list[str]:
    """Names like `Customer.bankAccounts`, sorted: selected, of a field group, and not visible on every row one may see.

    It follows from the caller's scopes alone, so it tells nothing of any row; from those of the past for what is asked as of a
    moment.
    """
    root = schema.get_root_type(operation.operation)
    roots = [
        node for nodes in Selections(fragments, left_out).merged([operation.selection_set], root).values() for node in nodes
    ]
    past = {id(node) for node in roots if _is_of_the_past(root, node, variables)}
    found: set[str] = set()
    for of_the_past in (False, True) if past else (False,):
        others = {id(node) for node in roots if (id(node) in past) is not of_the_past}
        walk = _Walk(schema, fragments, lambda node, others=others: left_out(node) or id(node) in others)  # type: ignore[misc]
        scopes = Hindsight(authority) if of_the_past else authority
        found.update(_masked(walk.fields(operation.selection_set, root), scopes))
    return sorted(found)


def _masked(fields: Iterable[tuple[TypeMapping, str]], authority: Authority) -> Iterator[str]:
    for mapping, name in fields:
        field = next((each for each in mapping.fields.values() if each.name == name), None)
        if field is not None and field.mapping.right is not None:
            seen = authority.scope(mapping.access.object)
            if seen not in authority.scope(field.mapping.right):
                yield f"{mapping.name}.{name}"


def _is_of_the_past(root: Any, node: FieldNode, variables: VariableValues) -> bool:
    field = root.fields.get(node.name.value)
    if field is None or AS_OF not in field.args:
        return False
    try:
        return get_argument_values(field, node, variables).get(AS_OF) is not None
    except GraphQLError:  # the field itself says so
        return False


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
