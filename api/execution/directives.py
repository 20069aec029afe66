"""`@skip` and `@include`, by the values that a request's variables have."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import OperationDefinitionNode, VariableNode

LEAVES_OUT = {"skip": True, "include": False}
"""The directives that leave a selection out, and the value of `if` by which they do."""


def left_out_by(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Whether a selection is left out; variables that were not sent have their defaults."""
    defaults = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}

    def value_of(node: Any) -> Any:
        if isinstance(node, VariableNode):
            name = node.name.value
            if name in variables:
                return variables[name]
            node = defaults.get(name)
        return getattr(node, "value", None)

    def left_out(node: Any) -> bool:
        return any(
            value_of(directive.arguments[0].value) is LEAVES_OUT[directive.name.value]
            for directive in node.directives or ()
            if directive.name.value in LEAVES_OUT
        )

    return left_out
