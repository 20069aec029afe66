"""How much one document may ask for: depth, aliases, directives, and what the answer may come to.

Counted with fragments where they are used, but each fragment measured once, so that a document cannot make the counting
itself expensive. Each refusal names the limit and the value found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from domain.errors import Refusal

ROWS_OF_A_LIST = 5
"""What a list without a page size is taken to hold."""
EDGES = "edges"
"""The rows of a page: the page size of their connection has counted them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest a document may be."""

    depth: int
    aliases: int
    directives: int
    cost: int


@dataclass(frozen=True, slots=True)
class Size:
    """How large a selection is, fragments and all."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0


class Measure:
    """Measures one document against a schema. Fragments must not be circular."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None) -> None:
        self._schema = schema
        self._variables = variables or {}
        self._fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._sizes: dict[str, Size] = {}
        self._defaults: dict[str, Any] = {}

    def operation(self, operation: OperationDefinitionNode) -> Size:
        """The size of one operation."""
        self._defaults = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}
        parent = self._schema.get_root_type(operation.operation)
        size = self._selection(operation.selection_set, parent)
        return Size(size.depth, size.aliases, size.directives + len(operation.directives or ()), size.cost)

    def _selection(self, selection_set: SelectionSetNode | None, parent: Any) -> Size:
        depth = aliases = directives = cost = 0
        for size in self._sizes_in(selection_set, parent):
            depth = max(depth, size.depth)
            aliases += size.aliases
            directives += size.directives
            cost += size.cost
        return Size(depth, aliases, directives, cost)

    def _sizes_in(self, selection_set: SelectionSetNode | None, parent: Any) -> Iterator[Size]:
        for node in selection_set.selections if selection_set is not None else ():
            own = len(node.directives or ())
            match node:
                case FieldNode():
                    size = self._field(node, parent)
                case InlineFragmentNode():
                    size = self._selection(node.selection_set, self._type(node.type_condition, parent))
                case FragmentSpreadNode():
                    size = self._fragment(node.name.value)
                case _:
                    continue
            yield Size(size.depth, size.aliases, size.directives + own, size.cost)

    def _field(self, node: FieldNode, parent: Any) -> Size:
        field = getattr(parent, "fields", {}).get(node.name.value)
        inner = self._selection(node.selection_set, get_named_type(field.type) if field is not None else None)
        times = 1 if field is None else self._times(node, field)
        return Size(inner.depth + 1, inner.aliases + (node.alias is not None), inner.directives, 1 + times * inner.cost)

    def _fragment(self, name: str) -> Size:
        if name not in self._sizes:
            fragment = self._fragments[name]
            self._sizes[name] = self._selection(fragment.selection_set, self._type(fragment.type_condition, None))
        return self._sizes[name]

    def _type(self, condition: Any, parent: Any) -> Any:
        return parent if condition is None else self._schema.type_map.get(condition.name.value)

    def _times(self, node: FieldNode, field: Any) -> int:
        """How many rows of what the field holds: its page size, or a guess for a list without one."""
        if "first" in field.args:
            return max(self._page_size(node, field.args["first"].default_value), 0)
        type_ = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        counted_before = node.name.value == EDGES
        return ROWS_OF_A_LIST if isinstance(type_, GraphQLList) and not counted_before else 1

    def _page_size(self, node: FieldNode, default: Any) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value: Any = argument.value
                if isinstance(value, VariableNode):
                    name = value.name.value
                    value = self._variables.get(name, self._defaults.get(name))
                if isinstance(value, IntValueNode):
                    return int(value.value)
                return value if isinstance(value, int) else 0
        return default if isinstance(default, int) else 0


def refusals_of_size(size: Size, limits: Limits) -> tuple[Refusal, ...]:
    """Every limit that the size exceeds, with the value found."""
    rules = (
        ("DOCUMENT_TOO_DEEP", size.depth, limits.depth),
        ("DOCUMENT_ALIASES", size.aliases, limits.aliases),
        ("DOCUMENT_DIRECTIVES", size.directives, limits.directives),
        ("DOCUMENT_COST", size.cost, limits.cost),
    )
    return tuple(Refusal(reason, None, {"found": found, "most": most}) for reason, found, most in rules if found > most)
