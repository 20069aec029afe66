"""Documents made ready once: parsed, validated, and kept in a cache that no client can fill without bound."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from strawberry.extensions import SchemaExtension

from api.execution.directives import LEAVES_OUT
from api.execution.limits import Limits, Measure, refusals_of_size
from domain.errors import Invalid

MOST_DOCUMENTS = 500
MOST_CHARACTERS = 4_000_000
LONGEST_KEPT = 50_000
MOST_ERRORS = 20


@dataclass(slots=True)
class Prepared:
    """A document that was parsed and validated, or the errors that say why not."""

    document: DocumentNode | None = None
    errors: list[GraphQLError] = field(default_factory=list)
    operations: dict[str | None, OperationDefinitionNode] = field(default_factory=dict)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    key: int = field(default_factory=count(1).__next__)
    """Tells this document from every other one that this process has prepared."""
    conditional_variables: tuple[str, ...] = ()
    """The variables that `@skip` and `@include` look at."""

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation to carry out: the named one, or the only one."""
        if name is not None:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


class Documents:
    """Prepares documents for one schema."""

    def __init__(
        self, schema: GraphQLSchema, limits: Limits, max_tokens: int, *, introspection: bool, suggestions: bool
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._max_tokens = max_tokens
        self._suggestions = suggestions
        self._rules = [*specified_rules] if introspection else [*specified_rules, NoSchemaIntrospectionCustomRule]
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._characters = 0

    def prepare(self, text: str) -> Prepared:
        """The document, from the cache if it has been seen."""
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text]
        prepared = self._prepare(text)
        if prepared.document is not None and not prepared.errors and len(text) <= LONGEST_KEPT:
            self._kept[text] = prepared
            self._characters += len(text)
            while len(self._kept) > MOST_DOCUMENTS or self._characters > MOST_CHARACTERS:
                self._characters -= len(self._kept.popitem(last=False)[0])
        return prepared

    def check_size(self, prepared: Prepared, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> None:
        """Raise Invalid with every limit that the operation exceeds with these variables."""
        assert prepared.document is not None
        size = Measure(self._schema, prepared.document, variables).operation(operation)
        refusals = refusals_of_size(size, self._limits)
        if refusals:
            raise Invalid(*refusals)

    def _prepare(self, text: str) -> Prepared:
        try:
            document = parse(text, max_tokens=self._max_tokens, allow_empty_selection_sets=False)
        except GraphQLSyntaxError as fault:
            if f"more than {self._max_tokens} tokens" in fault.message:
                problem = Invalid.because("DOCUMENT_TOKENS", None, most=self._max_tokens)
                return Prepared(errors=[GraphQLError(str(problem), original_error=problem)])
            return Prepared(errors=[fault])
        except RecursionError:
            problem = Invalid.because("DOCUMENT_TOO_DEEP", None, found=self._max_tokens, most=self._limits.depth)
            return Prepared(errors=[GraphQLError(str(problem), original_error=problem)])
        operations = {
            each.name.value if each.name is not None else None: each
            for each in document.definitions
            if isinstance(each, OperationDefinitionNode)
        }
        errors = validate(
            self._schema,
            document,
            self._rules,
            max_errors=MOST_ERRORS,
            hide_suggestions=not self._suggestions,
            allow_empty_selection_sets=False,
        )
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        return Prepared(document, errors, operations, fragments, conditional_variables=conditional_variables(document))


def conditional_variables(document: DocumentNode) -> tuple[str, ...]:
    """The variables that `@skip` and `@include` look at, each once."""
    found = _ConditionalVariables()
    visit(document, found)
    return tuple(sorted(found.names))


class _ConditionalVariables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_args: Any) -> None:
        if node.name.value in LEAVES_OUT:
            self.names |= {each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode)}


class UsePrepared(SchemaExtension):
    """Gives Strawberry the prepared document instead of having it parsed and validated again."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.prepared.document
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield


def is_query(operation: OperationDefinitionNode) -> bool:
    """Whether the operation only reads."""
    return operation.operation is OperationType.QUERY
