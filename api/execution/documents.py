"""Documents made ready once: parsed, validated, and kept in a cache that no client can fill without bound."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from cachetools import LRUCache
from graphql import (
    ArgumentNode,
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    Token,
    TokenKind,
    ValidationContext,
    VariableNode,
    Visitor,
    get_named_type,
    get_variable_values,
    is_introspection_type,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.validation.validate import ValidationAbortedError
from strawberry.extensions import SchemaExtension

from api.execution.directives import LEAVES_OUT
from api.execution.limits import COSTLY, Limits, cost_of, measure, refusals_of_cost, refusals_of_shape, shape_of
from domain.errors import Invalid, Refusal

MOST_KEPT = 64_000_000
"""In bytes, for all documents together: some 800 as frontends write them, or 50 of as many tokens as are allowed."""
BYTES_A_DOCUMENT, BYTES_A_TOKEN, BYTES_A_CHARACTER = 5_000, 600, 4
"""What a prepared document takes: its tree far more than its text."""
LONGEST_DOCUMENT = 100_000
"""In characters: the parser takes 0.4 µs for each, and the token limit bounds none inside a token."""
LONGEST_WORD = 200
"""Longest name or number: errors repeat them, and Python's message about a number of 5,000 digits is not for clients."""
MOST_COMPARISONS = 10_000
"""What the merging of overlapping fields may come to, about 25 ms. It is quadratic; a real document comes to some dozens."""
MOST_ERRORS = 20
MOST_COSTS = 50
TEXTS = (TokenKind.STRING, TokenKind.BLOCK_STRING)


@dataclass(frozen=True, slots=True, eq=False)
class GraphQLRequest:
    """The parameters of one GraphQL request; the same object is the same request sent again, byte for byte."""

    query: str
    variables: Mapping[str, Any] | None = None
    operation_name: str | None = None


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
    costly_variables: tuple[str, ...] = ()
    """The variables that page sizes and orders are given by, and with them what the answer may cost."""
    costs: LRUCache[Hashable, int] = field(default_factory=lambda: LRUCache(maxsize=MOST_COSTS))

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation to carry out: the named one, or the only one."""
        if name is not None:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


@dataclass(slots=True)
class Ready:
    """An operation with the variables of one request, coerced: nothing about it changes when the same request is sent again."""

    prepared: Prepared
    operation: OperationDefinitionNode
    variables: VariableValues
    asked: Any = None
    """What the planner has made of it."""
    kind: str = field(init=False)
    """Query, mutation or subscription."""
    is_query: bool = field(init=False)

    def __post_init__(self) -> None:
        self.kind = self.operation.operation.value
        self.is_query = is_query(self.operation)

    def size(self) -> int:
        """About what it takes in memory."""
        return _bytes_of(self.prepared)


class Faulty(Exception):
    """A document has errors, or the variables of a request do not fit it or ask for too much."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(*errors)
        self.errors = errors


class Documents:
    """Prepares documents for one schema."""

    def __init__(
        self, schema: GraphQLSchema, limits: Limits, max_tokens: int, *, introspection: bool, suggestions: bool
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._max_tokens = max_tokens
        self._suggestions = suggestions
        self._rules = _rules(introspection=introspection)
        self._kept: LRUCache[str, Prepared] = LRUCache(maxsize=MOST_KEPT, getsizeof=_bytes_of)

    def prepare(self, text: str) -> Prepared:
        """The document, from the cache if it has been seen."""
        known = self._kept.get(text)
        if known is not None:
            return known
        prepared = self._prepare(text)
        if prepared.document is not None and not prepared.errors:
            self._kept[text] = prepared
        return prepared

    def variables(
        self, prepared: Prepared, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None
    ) -> VariableValues:
        """The coerced variables of one request. Raises Faulty: they do not fit, or the answer may become too large."""
        assert prepared.document is not None
        coerced = get_variable_values(
            self._schema,
            operation.variable_definitions or (),
            dict(variables or {}),
            max_errors=MOST_ERRORS,
            hide_suggestions=not self._suggestions,
        )
        if isinstance(coerced, list):
            raise Faulty(coerced)
        measures = tuple(measure(coerced.coerced.get(name)) for name in prepared.costly_variables)
        key = (operation.name and operation.name.value, measures)
        if key not in prepared.costs:
            prepared.costs[key] = cost_of(self._schema, prepared.document, operation, coerced.coerced)
        refusals = refusals_of_cost(prepared.costs[key], self._limits)
        if refusals:
            raise Faulty(_as_errors(refusals))
        return coerced

    def _prepare(self, text: str) -> Prepared:
        """What costs least comes first: nothing is validated that is too large to be."""
        if len(text) > LONGEST_DOCUMENT:
            return _refused(Refusal("DOCUMENT_LENGTH", None, {"found": len(text), "most": LONGEST_DOCUMENT}))
        try:
            document = parse(text, max_tokens=self._max_tokens, allow_empty_selection_sets=False)
            refusals = (*_refusals_of_words(document), *refusals_of_shape(shape_of(document), self._limits))
        except GraphQLSyntaxError as fault:
            if f"more than {self._max_tokens} tokens" in fault.message:
                return _refused(Refusal("DOCUMENT_TOKENS", None, {"most": self._max_tokens}))
            if "nested too deeply" in fault.message:
                return _refused(Refusal("DOCUMENT_NESTING"))
            return Prepared(errors=[fault])
        except RecursionError:
            return _refused(Refusal("DOCUMENT_NESTING"))
        if refusals:
            return _refused(*refusals)
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
        found = _Variables()
        visit(document, found)
        return Prepared(
            document,
            errors,
            operations,
            fragments,
            conditional_variables=tuple(sorted(found.conditional)),
            costly_variables=tuple(sorted(found.pages)),
        )


def _bytes_of(prepared: Prepared) -> int:
    """About what a document without errors takes in memory."""
    assert prepared.document is not None
    assert prepared.document.loc is not None
    characters = len(prepared.document.loc.source.body)
    return BYTES_A_DOCUMENT + BYTES_A_TOKEN * prepared.document.token_count + BYTES_A_CHARACTER * characters


class _Variables(Visitor):
    """Finds the variables that decide what is selected, and how many rows."""

    def __init__(self) -> None:
        super().__init__()
        self.conditional: set[str] = set()
        self.pages: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_args: Any) -> None:
        if node.name.value in LEAVES_OUT:
            self.conditional |= {each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode)}

    def enter_argument(self, node: ArgumentNode, *_args: Any) -> None:
        if node.name.value in COSTLY and isinstance(node.value, VariableNode):
            self.pages.add(node.value.name.value)


def _rules(*, introspection: bool) -> list[type[ASTValidationRule]]:
    rules = [MergeInBounds if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules]
    return rules if introspection else [NoIntrospection, *rules]


class MergeInBounds(OverlappingFieldsCanBeMergedRule):
    """graphql-core's rule with a budget of ours: its own allows a second of work."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MOST_COMPARISONS

    def enter_selection_set(self, *args: Any) -> None:
        try:
            super().enter_selection_set(*args)
        except ValidationAbortedError as fault:
            if self.rule_context.remaining_complexity_budget >= 0:  # aborted for another reason: too many errors
                raise
            problem = Invalid.because("DOCUMENT_REPEATS", None, most=MOST_COMPARISONS)
            raise ValidationAbortedError(str(problem), original_error=problem) from fault


class NoIntrospection(NoSchemaIntrospectionCustomRule):
    """graphql-core's rule, refusing in the words of our catalogue."""

    def enter_field(self, node: FieldNode, *_args: Any) -> None:
        type_ = get_named_type(self.context.get_type())
        if type_ is not None and is_introspection_type(type_):
            problem = Invalid.because("INTROSPECTION_OFF")
            self.report_error(GraphQLError(str(problem), node, original_error=problem))


def _refused(*refusals: Refusal) -> Prepared:
    return Prepared(errors=_as_errors(refusals))


def _as_errors(refusals: tuple[Refusal, ...]) -> list[GraphQLError]:
    return [GraphQLError(refusal.reason, original_error=Invalid(refusal)) for refusal in refusals]


def _refusals_of_words(document: DocumentNode) -> tuple[Refusal, ...]:
    """What no field could store, however it is escaped, and words of a length that nobody writes."""
    assert document.loc is not None
    token: Token | None = document.loc.start_token
    longest = 0
    while token is not None:
        if token.kind in TEXTS and "\0" in (token.value or ""):
            return (Refusal("TEXT_CONTROL"),)
        if token.kind not in (*TEXTS, TokenKind.COMMENT):
            longest = max(longest, token.end - token.start)
        token = token.next
    return (Refusal("DOCUMENT_WORD", None, {"found": longest, "most": LONGEST_WORD}),) if longest > LONGEST_WORD else ()


class UsePrepared(SchemaExtension):
    """Gives Strawberry the prepared document instead of having it parsed and validated again."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield


def is_query(operation: OperationDefinitionNode) -> bool:
    """Whether the operation only reads."""
    return operation.operation is OperationType.QUERY
