"""Partner determination 合作伙伴确定: who takes which function in a sales-area view, as data. Source: DOMAIN.md §2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from domain.customer import CustomerType, PartnerFunction
from domain.errors import Refusal


class PartnerSource(Enum):
    """Where a partner comes from when a view is made: the customer itself, or the head of its group."""

    SELF = "SELF"
    GROUP_HEAD = "GROUP_HEAD"


@dataclass(frozen=True, slots=True)
class FunctionRule:
    """One function of a procedure; no partner type named stands for all of them."""

    function: PartnerFunction
    mandatory: bool = False
    changeable: bool = True
    unique: bool = False
    sources: tuple[PartnerSource, ...] = ()
    partner_types: frozenset[CustomerType] = frozenset()


@dataclass(frozen=True, slots=True)
class Procedure:
    """The functions that customers of these types have in their views; no type named stands for all. Others are not allowed."""

    functions: tuple[FunctionRule, ...]
    customer_types: frozenset[CustomerType] = frozenset()

    def rule(self, function: PartnerFunction) -> FunctionRule | None:
        """The rule of a function; None if it is not allowed."""
        return next((each for each in self.functions if each.function is function), None)


@dataclass(frozen=True, slots=True)
class PartnerDetermination:
    """The procedures; the first that fits a customer's type decides."""

    procedures: tuple[Procedure, ...]

    def procedure_for(self, customer_type: CustomerType) -> Procedure:
        """The procedure of such customers; one that allows nothing if none fits."""
        fitting = (each for each in self.procedures if not each.customer_types or customer_type in each.customer_types)
        return next(fitting, Procedure(()))


@dataclass(frozen=True, slots=True)
class Taken:
    """A function, and the key and type of the customer that takes it."""

    function: PartnerFunction
    customer: int
    customer_type: CustomerType


def determined(procedure: Procedure, own: int, group_head: int | None) -> tuple[tuple[PartnerFunction, int], ...]:
    """Who takes which function in a new view: of each, the first source that has somebody."""
    there = {PartnerSource.SELF: own, PartnerSource.GROUP_HEAD: group_head}
    found = (
        (rule.function, next((there[source] for source in rule.sources if there[source] is not None), None))
        for rule in procedure.functions
    )
    return tuple((function, customer) for function, customer in found if customer is not None)


def faults_of_partners(procedure: Procedure, before: Iterable[Taken], after: Sequence[Taken]) -> tuple[Refusal, ...]:
    """Everything that is wrong with the partners that a view is to have instead of those before, each at its place."""
    counted = Counter(each.function for each in after)
    doubled = Counter((each.function, each.customer) for each in after)
    return (
        *(refusal for place, each in enumerate(after) for refusal in _faults_of_one(procedure, each, f"partners.{place}")),
        *(
            Refusal("PARTNER_TWICE", "partners", {"function": function.name})
            for (function, _), times in doubled.items()
            if times > 1
        ),
        *(
            refusal
            for rule in procedure.functions
            for refusal in _faults_of_function(rule, counted[rule.function], _of(rule, before), _of(rule, after))
        ),
    )


def _faults_of_one(procedure: Procedure, taken: Taken, path: str) -> tuple[Refusal, ...]:
    rule = procedure.rule(taken.function)
    values = {"function": taken.function.name, "type": taken.customer_type.name}
    if rule is None:
        return (Refusal("FUNCTION_NOT_ALLOWED", f"{path}.function", values),)
    fits = not rule.partner_types or taken.customer_type in rule.partner_types
    return () if fits else (Refusal("PARTNER_TYPE", f"{path}.customer", values),)


def _faults_of_function(rule: FunctionRule, times: int, before: set[int], after: set[int]) -> tuple[Refusal, ...]:
    checks = (  # reason, holds when
        ("FUNCTION_MISSING", not rule.mandatory or times > 0),
        ("FUNCTION_UNIQUE", not rule.unique or times <= 1),
        ("FUNCTION_FIXED", rule.changeable or not before or times != 1 or before == after),
    )
    return tuple(Refusal(reason, "partners", {"function": rule.function.name}) for reason, holds in checks if not holds)


def _of(rule: FunctionRule, partners: Iterable[Taken]) -> set[int]:
    return {each.customer for each in partners if each.function is rule.function}
