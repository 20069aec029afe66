"""The customizing of pricing: what it is, as it is and as it was, and the commands that change it piece by piece."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Annotated, Any, NamedTuple, Optional

import strawberry

from api.execution.mapping import camel
from api.resolvers import customizing as resolvers
from api.resolvers.pieces import Piece, Pieces, fetch_by, pieces_at, pieces_now
from api.schema.base import (
    INPUT,
    USER_ERRORS,
    VERSION,
    Carried,
    CommandInput,
    Info,
    UserError,
    carried_out,
    user_errors,
)
from api.schema.definitions import Derived, derive, input_type, object_type, read, snake, to_show
from api.schema.enums import shown
from domain.activity import Activity
from domain.errors import Forbidden, Invalid, Problem
from domain.pricing.expressions import FUNCTIONS
from domain.pricing.formulas import BASE_FORMULAS, OF_ROW, OF_SEARCH, REQUIREMENTS, VALUE_FORMULAS
from domain.pricing.kinds import (
    CurrencyRounding,
    CustomizingKind,
    DocumentType,
    ExclusionGroup,
    ProcessingStatus,
    TaxClass,
    code_of,
)
from domain.pricing.values import (
    Access,
    AccessSequence,
    ConditionTable,
    ConditionType,
    ExclusionRule,
    PricingProcedure,
    ProcedureDetermination,
    ProcedureStep,
    Unit,
)

Kind = CustomizingKind
NEW = strawberry.UNSET
CODE = "Its code."

derive(
    Access,
    "One access: which table is looked into, when, and whether a hit ends the search.",
    {
        "number": "Its place: lower numbers come first.",
        "table": "The condition table.",
        "requirement": "When it is made: a code of `pricingFormulas`, or an expression that begins with `=`.",
        "exclusive": "Whether a hit ends the search.",
    },
    name="AccessDefinition",
)
derive(
    ProcedureStep,
    "One step of a procedure; without a condition type it is a subtotal.",
    {
        "step": "Its number: lower ones come first.",
        "counter": "Its place among steps of one number.",
        "condition_type": "The condition type.",
        "description": "What it is called.",
        "from_step": "The step that its base is, or that it begins with.",
        "to_step": "The last step of those whose active rows its base sums.",
        "manual": "Whether it is entered by hand only.",
        "required": "Whether an item without it is not priced.",
        "statistical": "Whether it is told only, and never counts for the net value.",
        "printed": "Whether documents print it.",
        "subtotal": "Where its value is kept for formulas.",
        "requirement": "When it applies: a code of `pricingFormulas`, or an expression that begins with `=`.",
        "base_formula": "What its base is instead: a code, or an expression.",
        "value_formula": "What its value is instead: a code, or an expression.",
        "account_key": "The account key for posting it.",
        "right": "The authorization object that one must display to see its rows.",
    },
    name="ProcedureStepDefinition",
)
derive(
    ExclusionRule,
    "One line of condition exclusion.",
    {"procedure": "How they exclude each other.", "group": "The group.", "second_group": "The other group, for C, D and F."},
    name="ExclusionRuleDefinition",
)


class Graph(NamedTuple):
    """A kind of customizing as the API has it: its name, what lists it, what it is, what was derived from its value."""

    kind: CustomizingKind
    name: str
    listed: str
    description: str
    derived: Derived


def _graph(kind: CustomizingKind, name: str, value: type[Any], description: str, /, **fields: str) -> Graph:
    derived = derive(value, description, fields, name=f"{name}Content")
    return Graph(kind, name, f"{snake(name)}s", description, derived)


GRAPHS = (
    _graph(
        Kind.CONDITION_TYPE,
        "ConditionTypeDefinition",
        ConditionType,
        "How a condition type works: 条件类型.",
        code=CODE,
        condition_class="What it is.",
        calculation="How its value comes of base and rate.",
        sign="Which sign its rates may have.",
        rounding="How its rows are rounded.",
        group="Whether its scale base is summed over items, and a percentage exact on their total.",
        group_scope="Over which items.",
        level="Where it may be entered by hand.",
        manual_entry="What a manual entry does beside a record.",
        scale_basis="What its scales look at.",
        scale_type="How they are read.",
        lower_limit="The lowest rate by hand, where a record has none.",
        upper_limit="The highest rate by hand, where a record has none.",
        exclusion_indicator="Whether it excludes discounts that require its absence.",
        pricing_date="The day on which its records must be valid; left out: services rendered for taxes, else pricing.",
        access_sequence="How its records are found.",
        convert_before="Whether a rate in another currency is converted before it is multiplied.",
        right="The authorization object that one must display to see its rows.",
    ),
    _graph(
        Kind.CONDITION_TABLE,
        "ConditionTableDefinition",
        ConditionTable,
        "The fields of a key, in order: 条件表.",
        code=CODE,
        fields="The fields, such as `salesOrganization` and `material`.",
    ),
    _graph(
        Kind.ACCESS_SEQUENCE,
        "AccessSequenceDefinition",
        AccessSequence,
        "In which order tables are looked into: 存取顺序.",
        code=CODE,
        accesses="Its accesses.",
    ),
    _graph(
        Kind.PROCEDURE,
        "PricingProcedureDefinition",
        PricingProcedure,
        "The steps of a price: 定价过程.",
        code=CODE,
        steps="Its steps.",
        exclusions="What excludes what, in order.",
        tax_included="Whether prices contain the taxes.",
    ),
    _graph(
        Kind.DETERMINATION,
        "ProcedureDeterminationDefinition",
        ProcedureDetermination,
        "Which procedure prices what: 定价过程确定.",
        sales_area="The sales area, e.g. 1000/10/00.",
        document_procedure="The document pricing procedure, which a document type has.",
        customer_procedure="The customer pricing procedure.",
        procedure="The pricing procedure.",
    ),
    _graph(
        Kind.EXCLUSION_GROUP,
        "ExclusionGroupDefinition",
        ExclusionGroup,
        "Condition types that exclude each other: 条件排除组.",
        code=CODE,
        condition_types="The condition types.",
    ),
    _graph(
        Kind.PROCESSING_STATUS,
        "ProcessingStatusDefinition",
        ProcessingStatus,
        "A freely named status of condition records: 处理状态.",
        code=CODE,
        release_status="What it comes to.",
    ),
    _graph(
        Kind.TAX_CLASS,
        "TaxClassDefinition",
        TaxClass,
        "A class of customers or materials in tax determination: 税分类.",
        code=CODE,
    ),
    _graph(
        Kind.CURRENCY,
        "CurrencyDefinition",
        CurrencyRounding,
        "How a currency is rounded, where ISO 4217 does not say it: 货币舍入.",
        code=CODE,
        rounding_unit="What rows are rounded to.",
        cash_unit="What totals are paid in.",
    ),
    _graph(
        Kind.UNIT,
        "UnitDefinition",
        Unit,
        "A unit of measure: 计量单位.",
        code=CODE,
        dimension="What it measures; without one only a material's own units convert it.",
        factor="How many of its dimension's base unit it is, as an exact fraction: 1/1000.",
        decimals="How many decimal places a quantity in it may have.",
    ),
    _graph(
        Kind.DOCUMENT_TYPE,
        "DocumentTypeDefinition",
        DocumentType,
        "A type of sales document: 单据类型.",
        code=CODE,
        document_procedure="Its document pricing procedure.",
    ),
)

# ------------------------------------------------------------------------------------------------------- what is shown


class FormulaPlace(Enum):
    """Where a formula may stand."""

    REQUIREMENT = "REQUIREMENT"
    BASE_FORMULA = "BASE_FORMULA"
    VALUE_FORMULA = "VALUE_FORMULA"


shown(
    FormulaPlace,
    "Where a formula may stand.",
    REQUIREMENT="As the requirement of a step or of an access.",
    BASE_FORMULA="As the base formula of a step.",
    VALUE_FORMULA="As the value formula of a step.",
)
PLACES = (
    (FormulaPlace.REQUIREMENT, REQUIREMENTS),
    (FormulaPlace.BASE_FORMULA, BASE_FORMULAS),
    (FormulaPlace.VALUE_FORMULA, VALUE_FORMULAS),
)


@strawberry.type(description="A requirement or formula that steps and accesses may name by its code.")
class PricingFormula:
    place: FormulaPlace = strawberry.field(description="Where it may stand.")
    code: str = strawberry.field(description="Its code.")
    expression: str = strawberry.field(description="What it works out, in the language that steps may use themselves.")
    title: str = strawberry.field(description="What it means, in English.")
    title_zh: str = strawberry.field(description="What it means, in Chinese.")


@strawberry.type(description="A name that expressions may use.")
class PricingInput:
    name: str = strawberry.field(description="The name.")
    kind: str = strawberry.field(description="Whether it is a number, a text or a truth.")
    title: str = strawberry.field(description="What it stands for, in English.")
    title_zh: str = strawberry.field(description="What it stands for, in Chinese.")
    in_requirements: bool = strawberry.field(description="Whether requirements may use it.")
    in_formulas: bool = strawberry.field(description="Whether base and value formulas may use it.")


@strawberry.type(description="The language of requirements and formulas: + - * / = <> < <= > >= and or not, and these.")
class PricingLanguage:
    formulas: list[PricingFormula] = strawberry.field(description="What may be named by a code.")
    inputs: list[PricingInput] = strawberry.field(description="The names that an expression may use.")
    functions: list[str] = strawberry.field(description="The functions that an expression may call.")


@strawberry.type(description="What one unit of a currency is worth in another, from a day on until the next rate: 汇率.")
class ExchangeRate:
    from_currency: str = strawberry.field(description="The one currency.")
    to_currency: str = strawberry.field(description="The other currency.")
    valid_from: date = strawberry.field(description="The first day.")
    rate: str = strawberry.field(description="So many of the other for one of the one, exactly: 7.125, or a fraction.")


DEFINITIONS = {
    graph.kind: object_type(
        graph.name,
        f"{graph.description} As it is kept.",
        code=(str, "What tells it from others of its kind."),
        version=(int, "Counts its changes, for commands."),
        title=(str, "What it is called in English."),
        title_zh=(str, "What it is called in Chinese."),
        content=(graph.derived.shown, "What it says."),
    )
    for graph in GRAPHS
}
AS_OF = strawberry.argument(description="As it was at this moment.")


def _shown(piece: Piece) -> Any:
    return DEFINITIONS[piece.kind](
        code=piece.code, version=piece.version, title=piece.title, title_zh=piece.title_zh, content=to_show(piece.value)
    )


async def _pieces(info: Info, as_of: datetime | None) -> Pieces:
    """All customizing, now or then. Raises Forbidden, Invalid."""
    reads = info.context.reads
    if (await reads.authority()).scope(resolvers.OBJECT).is_empty:
        raise Forbidden.because("FORBIDDEN_QUESTION", None, object=resolvers.OBJECT, activity=Activity.DISPLAY.name)
    if not as_of:
        return await pieces_now(fetch_by(reads))
    if as_of > (await reads.state()).now:
        raise Invalid.because("AS_OF_FUTURE", "asOf")
    return await pieces_at(fetch_by(reads), as_of)


def _lister(graph: Graph) -> Any:
    async def listed(self: Any, info: Info, as_of: Any = NEW) -> Any:  # noqa: ARG001  # as Strawberry calls it
        return [_shown(piece) for piece in (await _pieces(info, as_of)).of(graph.kind).values()]

    several: Any = list.__class_getitem__(DEFINITIONS[graph.kind])
    listed.__annotations__ = {"info": Info, "as_of": Annotated[Optional[datetime], AS_OF], "return": Optional[several]}
    needs = "Needs DISPLAY on `price_customizing`."
    return strawberry.field(listed, name=camel(graph.listed), description=f"{graph.description} By code. {needs}")


@strawberry.type
class LanguageQueries:
    @strawberry.field(description="What requirements and formulas of pricing may say. Needs DISPLAY on `price_customizing`.")
    async def pricing_language(self, info: Info) -> Optional[PricingLanguage]:
        await _pieces(info, None)
        formulas = [
            PricingFormula(place=place, code=each.code, expression=each.text, title=each.title, title_zh=each.title_zh)
            for place, table in PLACES
            for each in table.values()
        ]
        inputs = [
            PricingInput(
                name=name,
                kind=each.kind.value,
                title=each.title,
                title_zh=each.title_zh,
                in_requirements=name in OF_SEARCH,
                in_formulas=name in OF_ROW,
            )
            for name, each in {**OF_SEARCH, **OF_ROW}.items()
        ]
        return PricingLanguage(formulas=formulas, inputs=inputs, functions=list(FUNCTIONS))

    @strawberry.field(description="All exchange rates, by day. Needs DISPLAY on `price_customizing`.")
    async def exchange_rates(
        self, info: Info, as_of: Annotated[Optional[datetime], AS_OF] = NEW
    ) -> Optional[list[ExchangeRate]]:
        return [
            ExchangeRate(
                from_currency=each.from_currency,
                to_currency=each.to_currency,
                valid_from=each.valid_from,
                rate=str(each.rate),
            )
            for each in (await _pieces(info, as_of)).exchange_rates
        ]


Definitions: Any = type("Definitions", (), {graph.listed: _lister(graph) for graph in GRAPHS})


@strawberry.type
class CustomizingQueries(LanguageQueries, strawberry.type(Definitions)):  # type: ignore[misc]  # made at run time
    pass


# ------------------------------------------------------------------------------------------------------------- commands

TITLED = {
    "title": (str, "What it is called in English."),
    "title_zh": (str, "What it is called in Chinese."),
    "version": (Optional[int], "The version you saw; left out for a new one."),
}


def _saver(graph: Graph) -> Any:
    name = f"Save{graph.name}"
    input_ = input_type(
        f"{name}Input",
        f"{graph.description} The whole of it, as it is to be.",
        CommandInput,
        **TITLED,
        definition=(graph.derived.input, "What it is to say."),
    )
    payload = object_type(
        f"{name}Payload",
        f"How `{camel(snake(name))}` ended.",
        definition=(Optional[DEFINITIONS[graph.kind]], "As it is now; null after a refusal."),
        user_errors=(list[UserError], USER_ERRORS),
    )

    async def save(self: Any, info: Info, input: Any) -> Any:  # noqa: ARG001  # as Strawberry calls it
        try:
            value = read(input.definition, graph.derived.value)
        except Problem as problem:
            return payload(definition=None, user_errors=user_errors(problem, info.context.language))
        carried = await carried_out(info, partial(resolvers.save_piece, graph.kind, value), input)
        return payload(definition=await _saved(info, carried, graph.kind, code_of(value)), user_errors=carried.errors)

    save.__annotations__ = {"info": Info, "input": Annotated[input_, INPUT], "return": payload}
    return strawberry.mutation(
        save,
        name=camel(snake(name)),
        description=f"Make or change it. {graph.description} Refused where procedures would not fit together any more.",
    )


async def _saved(info: Info, carried: Carried, kind: CustomizingKind, code: str) -> Any:
    if carried.outcome.record_id is None:
        return None
    piece = (await pieces_now(fetch_by(info.context.reads))).of(kind).get(code)
    return None if piece is None else _shown(piece)


@strawberry.input(description="Which piece of customizing is to hold no longer.")
class DeletePricingDefinitionInput(CommandInput):
    kind: CustomizingKind = strawberry.field(description="What it is about.")
    code: str = strawberry.field(description="Its code.")
    version: int = strawberry.field(description=VERSION)


@strawberry.type(description="How `deletePricingDefinition` ended.")
class DeletePricingDefinitionPayload:
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.input(description="What a currency is worth from a day on.")
class AddExchangeRateInput(CommandInput):
    from_currency: str = strawberry.field(description="The one currency, by ISO 4217.")
    to_currency: str = strawberry.field(description="The other currency.")
    valid_from: date = strawberry.field(description="The first day.")
    rate: Decimal = strawberry.field(description="So many of the other for one of the one.")


@strawberry.type(description="How `addExchangeRate` ended.")
class AddExchangeRatePayload:
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class OtherCustomizingMutations:
    @strawberry.mutation(description="Let a piece of customizing hold no longer, if nothing refers to it.")
    async def delete_pricing_definition(
        self, info: Info, input: Annotated[DeletePricingDefinitionInput, INPUT]
    ) -> DeletePricingDefinitionPayload:
        carried = await carried_out(info, resolvers.delete_piece, input)
        return DeletePricingDefinitionPayload(user_errors=carried.errors)

    @strawberry.mutation(description="Say what a currency is worth from a day on. What was said before is never changed.")
    async def add_exchange_rate(self, info: Info, input: Annotated[AddExchangeRateInput, INPUT]) -> AddExchangeRatePayload:
        carried = await carried_out(info, resolvers.add_exchange_rate, input)
        return AddExchangeRatePayload(user_errors=carried.errors)


Savers: Any = type("Savers", (), {f"save_{snake(graph.name)}": _saver(graph) for graph in GRAPHS})


@strawberry.type
class CustomizingMutations(OtherCustomizingMutations, strawberry.type(Savers)):  # type: ignore[misc]  # made at run time
    pass
