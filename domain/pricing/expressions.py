"""A small safe language for requirements and formulas: decimals, texts and truths over named inputs, and nothing else.

    expression = and { "or" and }                 comparison = sum [ ("=" | "<>" | "<" | "<=" | ">" | ">=") sum ]
    and        = not { "and" not }                sum        = product { ("+" | "-") product }
    not        = [ "not" ] ( not | comparison )   product    = sign { ("*" | "/") sign }
    value      = number | 'text' | name | function "(" expression { "," expression } ")" | "(" expression ")"

Kinds are checked when it is parsed, so that only a division by zero, an input without a value or a figure beyond all
bounds can stop it later. It has no loops, no attributes and no names but those it is given, and its size is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache, partial
from typing import Any, NoReturn

from domain.errors import Refusal
from domain.pricing.rounding import EXACT, rounded
from domain.pricing.values import RoundingRule

MOST_CHARACTERS, MOST_DEPTH = 500, 20
MOST_FIGURE = Decimal("1e24")

TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|'([^']*)'|([A-Za-z_][A-Za-z_0-9]*)|(<=|>=|<>|[-+*/=<>(),]))")


class Faulty(Exception):
    """What is wrong with an expression, or what stopped it: a reason of the message catalogue and the text's values."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason, self.values = reason, values

    def refusal(self, field: str, where: str) -> Refusal:
        """As a refusal of that field; `where` names the step or access that the expression belongs to."""
        return Refusal(self.reason, field, {**self.values, "where": where})


class Kind(Enum):
    """What a part of an expression is."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth"


Inputs = Mapping[str, Any]
"""The inputs' values: Decimal or None, text or None, truth."""

Evaluate = Callable[[Inputs], Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: its kind, the inputs it names, and how it is worked out."""

    text: str
    kind: Kind
    names: frozenset[str]
    evaluate: Evaluate


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how many arguments it takes at least and at most."""

    least: int
    most: int
    apply: Callable[..., Any]


def _to_unit(rule: RoundingRule, amount: Decimal, unit: Decimal) -> Decimal:
    return rounded(amount, unit, rule) if unit > 0 else _stop("EXPRESSION_DIVIDES_BY_ZERO")


FUNCTIONS: Mapping[str, Function] = {
    "min": Function(1, 20, min),
    "max": Function(1, 20, max),
    "abs": Function(1, 1, EXACT.abs),
    "round": Function(2, 2, partial(_to_unit, RoundingRule.COMMERCIAL)),
    "round_up": Function(2, 2, partial(_to_unit, RoundingRule.UP)),
    "round_down": Function(2, 2, partial(_to_unit, RoundingRule.DOWN)),
}
"""Functions of numbers; `round…(amount, unit)` go to a multiple of the unit. `if(truth, one, other)` stands beside them."""

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
WORDS = frozenset({"and", "or", "not", "if", *FUNCTIONS})


def _quotient(one: Decimal, other: Decimal) -> Decimal:
    return EXACT.divide(one, other) if other else _stop("EXPRESSION_DIVIDES_BY_ZERO")


ARITHMETIC: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
    "/": _quotient,
}


@lru_cache(maxsize=1024)
def parse(text: str, inputs: tuple[tuple[str, Kind], ...], kind: Kind) -> Expression:
    """The expression of a text over these inputs, which must give this kind. Raises Faulty."""
    if len(text) > MOST_CHARACTERS:
        raise Faulty("EXPRESSION_TOO_LARGE", most=MOST_CHARACTERS)
    parser = _Parser(text, dict(inputs))
    found, evaluate = parser.whole()
    if found is not kind:
        raise Faulty("EXPRESSION_KIND", place=1, expected=kind.value, found=found.value)
    return Expression(text, kind, frozenset(parser.names), evaluate)


def _stop(reason: str, **values: object) -> NoReturn:
    raise Faulty(reason, **values)


_Part = tuple[Kind, Evaluate]


class _Parser:
    """Reads an expression from left to right; each method reads what it is named for, and leaves the rest."""

    def __init__(self, text: str, inputs: Mapping[str, Kind]) -> None:
        self.inputs, self.names, self.depth, self.place = inputs, set[str](), 0, 0
        self.tokens = list(self._tokens(text.rstrip()))

    def whole(self) -> _Part:
        part = self.expression()
        if self.place < len(self.tokens):
            self._malformed()
        return part

    def expression(self) -> _Part:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Faulty("EXPRESSION_TOO_LARGE", most=MOST_DEPTH)
        part = self._chain("or", lambda: self._chain("and", self.negation))
        self.depth -= 1
        return part

    def negation(self) -> _Part:
        if not self._take("not"):
            return self.comparison()
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Faulty("EXPRESSION_TOO_LARGE", most=MOST_DEPTH)
        evaluate = self._of(Kind.TRUTH, self.negation())
        self.depth -= 1
        return Kind.TRUTH, lambda inputs: not evaluate(inputs)

    def comparison(self) -> _Part:
        kind, one = self.sum()
        sign = self._take(*COMPARISONS)
        if not sign:
            return kind, one
        if kind is not Kind.NUMBER and sign not in ("=", "<>"):
            self._of(Kind.NUMBER, (kind, one))
        other, compare = self._of(kind, self.sum()), COMPARISONS[sign]
        return Kind.TRUTH, lambda inputs: compare(one(inputs), other(inputs))

    def sum(self) -> _Part:
        return self._row(("+", "-"), lambda: self._row(("*", "/"), self.sign))

    def sign(self) -> _Part:
        minus = False
        while self._take("-"):
            minus = not minus
        kind, evaluate = self.value()
        if not minus:
            return kind, evaluate
        number = self._of(Kind.NUMBER, (kind, evaluate))
        return Kind.NUMBER, lambda inputs: EXACT.minus(number(inputs))

    def value(self) -> _Part:
        if self.place == len(self.tokens):
            self._malformed()
        number, text, name, sign = self.tokens[self.place]
        self.place += 1
        if number:
            constant = Decimal(number)
            return Kind.NUMBER, lambda _: constant
        if name:
            return self._named(name)
        if sign == "(":
            part = self.expression()
            self._expect(")")
            return part
        if sign:
            self.place -= 1
            self._malformed()
        return Kind.TEXT, lambda _: text

    def _named(self, name: str) -> _Part:
        if name in WORDS:
            return self._called(name)
        if name not in self.inputs:
            raise Faulty("EXPRESSION_NAME", value=name, known=", ".join(sorted(self.inputs)))
        self.names.add(name)
        kind = self.inputs[name]
        return kind, _TAKE[kind](name)

    def _called(self, name: str) -> _Part:
        self._expect("(")
        parts = [self.expression()]
        while self._take(","):
            parts.append(self.expression())
        self._expect(")")
        if name == "if":
            return self._choice(parts)
        function = FUNCTIONS[name]
        if not function.least <= len(parts) <= function.most:
            raise Faulty("EXPRESSION_ARGUMENTS", value=name, found=len(parts))
        arguments, apply = [self._of(Kind.NUMBER, part) for part in parts], function.apply
        return Kind.NUMBER, lambda inputs: apply(*(argument(inputs) for argument in arguments))

    def _choice(self, parts: list[_Part]) -> _Part:
        if len(parts) != 3:
            raise Faulty("EXPRESSION_ARGUMENTS", value="if", found=len(parts))
        truth, (kind, one), other = self._of(Kind.TRUTH, parts[0]), parts[1], self._of(parts[1][0], parts[2])
        return kind, lambda inputs: one(inputs) if truth(inputs) else other(inputs)

    def _chain(self, word: str, read: Callable[[], _Part]) -> _Part:
        parts = [read()]
        while self._take(word):
            parts.append(read())
        if len(parts) == 1:
            return parts[0]
        truths = [self._of(Kind.TRUTH, part) for part in parts]
        decide = any if word == "or" else all
        return Kind.TRUTH, lambda inputs: decide(truth(inputs) for truth in truths)

    def _row(self, signs: tuple[str, ...], read: Callable[[], _Part]) -> _Part:
        part = read()
        while sign := self._take(*signs):
            one, other = self._of(Kind.NUMBER, part), self._of(Kind.NUMBER, read())
            part = Kind.NUMBER, _joined(ARITHMETIC[sign], one, other)
        return part

    def _of(self, kind: Kind, part: _Part) -> Evaluate:
        if part[0] is not kind:
            raise Faulty("EXPRESSION_KIND", place=self.place, expected=kind.value, found=part[0].value)
        return part[1]

    def _take(self, *wanted: str) -> str:
        if self.place < len(self.tokens):
            _, _, name, sign = self.tokens[self.place]
            found = name or sign
            if found and found in wanted:
                self.place += 1
                return found
        return ""

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            self._malformed()

    def _tokens(self, text: str) -> list[tuple[str | None, str | None, str | None, str | None]]:
        found: list[tuple[str | None, str | None, str | None, str | None]] = []
        place = 0
        while place < len(text):
            token = TOKEN.match(text, place)
            if token is None:
                raise Faulty("EXPRESSION_MALFORMED", place=len(found) + 1)
            found.append((token[1], token[2], token[3], token[4]))
            place = token.end()
        return found

    def _malformed(self) -> NoReturn:
        raise Faulty("EXPRESSION_MALFORMED", place=self.place + 1)


def _joined(apply: Callable[[Decimal, Decimal], Decimal], one: Evaluate, other: Evaluate) -> Evaluate:
    def evaluate(inputs: Inputs) -> Decimal:
        figure = apply(one(inputs), other(inputs))
        return figure if -MOST_FIGURE < figure < MOST_FIGURE else _stop("EXPRESSION_TOO_BIG")

    return evaluate


def _number(name: str) -> Evaluate:
    def evaluate(inputs: Inputs) -> Any:
        figure = inputs.get(name)
        return figure if figure is not None else _stop("EXPRESSION_INPUT_EMPTY", value=name)

    return evaluate


_TAKE: Mapping[Kind, Callable[[str], Evaluate]] = {
    Kind.NUMBER: _number,
    Kind.TEXT: lambda name: lambda inputs: inputs.get(name) or "",
    Kind.TRUTH: lambda name: lambda inputs: bool(inputs.get(name)),
}
