"""What an operation selects: fields merged as GraphQL merges them, fragments followed, left out what directives leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionSetNode,
)


class Selections:
    """Merges the selections of one operation."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], left_out: Callable[[Any], bool]) -> None:
        self._fragments = fragments
        self.left_out = left_out

    def of(self, nodes: Sequence[FieldNode], type_: Any) -> dict[str, list[FieldNode]]:
        """The fields selected in these nodes on a type, merged by response key in the order of first appearance."""
        return self.merged([each.selection_set for each in nodes], type_)

    def merged(self, selection_sets: Iterable[SelectionSetNode | None], type_: Any) -> dict[str, list[FieldNode]]:
        """As `of`, for selection sets."""
        found: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selection_set in selection_sets:
            if selection_set is not None:
                self._collect(selection_set, type_, found, visited)
        return found

    def _collect(
        self, selection_set: SelectionSetNode, type_: Any, found: dict[str, list[FieldNode]], visited: set[str]
    ) -> None:
        for node in selection_set.selections:
            if self.left_out(node):
                continue
            match node:
                case FieldNode():
                    found.setdefault((node.alias or node.name).value, []).append(node)
                case InlineFragmentNode():
                    if node.type_condition is None or self._applies(node.type_condition.name.value, type_):
                        self._collect(node.selection_set, type_, found, visited)
                case FragmentSpreadNode() if node.name.value not in visited:
                    visited.add(node.name.value)
                    fragment = self._fragments[node.name.value]
                    if self._applies(fragment.type_condition.name.value, type_):
                        self._collect(fragment.selection_set, type_, found, visited)

    def _applies(self, condition: str, type_: Any) -> bool:
        return condition == type_.name or (
            isinstance(type_, GraphQLObjectType) and any(condition == interface.name for interface in type_.interfaces)
        )
