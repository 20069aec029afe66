"""How much one document may ask for: depth, aliases and directives as written, and what the answer may cost.

Counted with fragments where they are used, but each fragment measured once, so that a document cannot make the counting
itself expensive. Each refusal names the limit and the value found.
"""

from collections.abc import Mapping
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
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from domain.errors import Refusal

PAGE_SIZE = "first"
"""The argument that says how many rows a page has."""
ROWS_OF_A_LIST = 5
"""What a list without a page size is taken to hold."""
TOTAL_COUNT, ORDER = "totalCount", "orderBy"
COUNTED, SORTED = 6_000, 10_000
"""What it costs, in fields, to look through all rows of a list: to count them, or to order them by more than one field, for
which there is no index. A million rows take 0.3 and 0.6 seconds.
"""
INPUT = "input"
ENTRIES_OF_AN_INPUT = 50
"""For so many entries of a list in its input, such as the items of an order, what a field answers counts once."""
COSTLY = frozenset({PAGE_SIZE, ORDER, INPUT})
"""The arguments whose values decide what an answer may cost."""
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
class Shape:
    """What is written in a selection, fragments and all."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Shape") -> "Shape":
        """The two in one selection."""
        return Shape(max(self.depth, other.depth), self.aliases + other.aliases, self.directives + other.directives)

    def largest(self, other: "Shape") -> "Shape":
        """Each measure of whichever has more of it."""
        return Shape(max(self.depth, other.depth), max(self.aliases, other.aliases), max(self.directives, other.directives))


def shape_of(document: DocumentNode) -> Shape:
    """The most of everything among the document's operations and fragments.

    Needs no schema and bears fragments that are unknown or circular, so it can come before validation. Raises RecursionError.
    """
    shapes = _Shapes(document)
    largest = Shape()
    for each in document.definitions:
        if isinstance(each, FragmentDefinitionNode):
            largest = largest.largest(shapes.of_fragment(each.name.value))
        elif isinstance(each, OperationDefinitionNode):
            largest = largest.largest(shapes.of_selection(each.selection_set).beside(_written_at(each)))
    return largest


class _Shapes:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._known: dict[str, Shape] = {}

    def of_selection(self, selection_set: SelectionSetNode | None) -> Shape:
        shape = Shape()
        for node in selection_set.selections if selection_set is not None else ():
            match node:
                case FieldNode():
                    inner = self.of_selection(node.selection_set)
                    found = Shape(inner.depth + 1, inner.aliases + (node.alias is not None), inner.directives)
                case InlineFragmentNode():
                    found = self.of_selection(node.selection_set)
                case FragmentSpreadNode():
                    found = self.of_fragment(node.name.value)
            shape = shape.beside(found).beside(_written_at(node))
        return shape

    def of_fragment(self, name: str) -> Shape:
        if name not in self._known and name in self._fragments:
            self._known[name] = Shape()  # while it is measured: a fragment in itself adds nothing, and is refused later
            self._known[name] = self.of_selection(self._fragments[name].selection_set)
        return self._known.get(name, Shape())


def _written_at(node: Any) -> Shape:
    return Shape(directives=len(node.directives or ()))


def cost_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> int:
    """How many fields the answer of a valid operation may come to, page sizes multiplied, and as many as whole lists cost that
    are looked through; variables are coerced ones.
    """
    costs = _Costs(schema, document, variables)
    found = costs.of_selection(operation.selection_set, schema.get_root_type(operation.operation))
    return found.fields + found.whole_lists


@dataclass(frozen=True, slots=True)
class _Cost:
    """Fields, and what it costs to look through whole lists: once each, however many rows a page of theirs has."""

    fields: int = 0
    whole_lists: int = 0

    def __add__(self, other: "_Cost") -> "_Cost":
        return _Cost(self.fields + other.fields, self.whole_lists + other.whole_lists)

    def times(self, rows: int) -> "_Cost":
        return _Cost(self.fields * rows, self.whole_lists)


class _Costs:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._known: dict[str, _Cost] = {}

    def of_selection(self, selection_set: SelectionSetNode | None, parent: Any) -> _Cost:
        cost = _Cost()
        for node in selection_set.selections if selection_set is not None else ():
            match node:
                case FieldNode():
                    cost += self._of_field(node, parent)
                case InlineFragmentNode():
                    cost += self.of_selection(node.selection_set, self._type(node.type_condition, parent))
                case FragmentSpreadNode():
                    cost += self._of_fragment(node.name.value)
        return cost

    def _of_field(self, node: FieldNode, parent: Any) -> _Cost:
        field = getattr(parent, "fields", {}).get(node.name.value)
        if field is None:  # __typename and introspection
            return _Cost(1) + self.of_selection(node.selection_set, None)
        inner = self.of_selection(node.selection_set, get_named_type(field.type)).times(self._times(node, field))
        return _Cost(1, self._of_whole_list(node, field)) + inner

    def _of_whole_list(self, node: FieldNode, field: Any) -> int:
        """What it costs that the field counts a list, or orders it by several fields."""
        if node.name.value == TOTAL_COUNT:
            return COUNTED
        order = self._value(node, ORDER, ()) if ORDER in field.args else ()
        fields = order.values if isinstance(order, ListValueNode) else order if isinstance(order, list) else ()
        return SORTED if len(fields) > 1 else 0

    def _of_fragment(self, name: str) -> _Cost:
        if name not in self._known:
            fragment = self._fragments[name]
            self._known[name] = self.of_selection(fragment.selection_set, self._type(fragment.type_condition, None))
        return self._known[name]

    def _type(self, condition: Any, parent: Any) -> Any:
        return parent if condition is None else self._schema.type_map.get(condition.name.value)

    def _times(self, node: FieldNode, field: Any) -> int:
        """How many rows of what the field holds: its page size, or a guess for a list without one; planned for at least one."""
        if INPUT in field.args:
            return max(int(measure(self._value(node, INPUT, None))) // ENTRIES_OF_AN_INPUT, 1)
        if PAGE_SIZE in field.args:
            return max(self._page_size(node, field.args[PAGE_SIZE].default_value), 1)
        type_ = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        counted_before = node.name.value == EDGES
        return ROWS_OF_A_LIST if isinstance(type_, GraphQLList) and not counted_before else 1

    def _page_size(self, node: FieldNode, default: Any) -> int:
        value = self._value(node, PAGE_SIZE, default)
        if isinstance(value, IntValueNode):
            return int(value.value)
        return value if isinstance(value, int) else 0

    def _value(self, node: FieldNode, argument: str, default: Any) -> Any:
        """What is given for an argument: a coerced variable, or else a literal."""
        value = next((each.value for each in node.arguments or () if each.name.value == argument), default)
        return self._variables.get(value.name.value) if isinstance(value, VariableNode) else value


def measure(value: Any) -> Any:
    """What of the value of a costly argument decides: of a list how long it is, of an input its longest list."""
    match value:
        case list():
            return len(value)
        case dict():
            return max((len(each) for each in value.values() if isinstance(each, list)), default=0)
        case ObjectValueNode(fields=fields):
            return max((len(each.value.values) for each in fields if isinstance(each.value, ListValueNode)), default=0)
        case _:
            return value if value is not None else 0


def refusals_of_shape(shape: Shape, limits: Limits) -> tuple[Refusal, ...]:
    """Every limit that the shape exceeds, with the value found."""
    return _exceeded(
        ("DOCUMENT_TOO_DEEP", shape.depth, limits.depth),
        ("DOCUMENT_ALIASES", shape.aliases, limits.aliases),
        ("DOCUMENT_DIRECTIVES", shape.directives, limits.directives),
    )


def refusals_of_cost(cost: int, limits: Limits) -> tuple[Refusal, ...]:
    """The refusal of an answer that would be too costly, with its cost."""
    return _exceeded(("DOCUMENT_COST", cost, limits.cost))


def _exceeded(*rules: tuple[str, int, int]) -> tuple[Refusal, ...]:
    return tuple(Refusal(reason, None, {"found": found, "most": most}) for reason, found, most in rules if found > most)
