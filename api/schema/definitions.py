"""GraphQL types and inputs derived from the values that customizing is made of: each field is described once, for both."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple, Optional, Union, get_args, get_origin, get_type_hints

import strawberry

from api.execution.mapping import camel
from domain.errors import Invalid
from domain.pricing.values import KeyField

KEY_FIELDS = {camel(each.value): each for each in KeyField}


def object_type(name: str, description: str, /, **fields: tuple[Any, str]) -> Any:
    """A GraphQL type of these fields: the type and the description of each."""
    return strawberry.type(_class(name, (), fields), description=description)


def input_type(name: str, description: str, base: type[Any] | None = None, /, **fields: tuple[Any, str]) -> Any:
    """A GraphQL input of these fields; those that may be null may be left out."""
    ordered = dict(sorted(fields.items(), key=lambda item: _is_optional(item[1][0])))
    return strawberry.input(_class(name, (base,) if base else (), ordered, given=True), description=description)


def _class(name: str, bases: tuple[type[Any], ...], fields: Mapping[str, tuple[Any, str]], *, given: bool = False) -> type[Any]:
    made = type(name, bases, {"__module__": __name__})
    made.__annotations__ = {each: type_ for each, (type_, _) in fields.items()}
    for each, (type_, description) in fields.items():
        default = {"default": strawberry.UNSET} if given and _is_optional(type_) else {}
        setattr(made, each, strawberry.field(description=description, **default))
    return made


def snake(name: str) -> str:
    """A class's name as a function's: ConditionType is condition_type."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Derived(NamedTuple):
    """What was derived from a value: its type, its input, and how the one becomes the other."""

    value: type[Any]
    shown: type[Any]
    input: type[Any]


_DERIVED: dict[type[Any], Derived] = {}


def derive(value: type[Any], description: str, fields: Mapping[str, str], *, name: str | None = None) -> Derived:
    """Derive type and input of a frozen dataclass; every field needs its description."""
    name = name or value.__name__
    hints = get_type_hints(value)
    told = {each.name: each for each in dataclasses.fields(value)}
    if set(told) != set(fields):
        raise KeyError(f"{name}: {sorted(set(told) ^ set(fields))}")
    shown = {each: (_graphql(hints[each], 1), fields[each]) for each in told}
    sent = {each: (_sent(hints[each], _has_default(field)), fields[each]) for each, field in told.items()}
    _DERIVED[value] = Derived(
        value, object_type(name, description, **shown), input_type(f"{name}Input", description, None, **sent)
    )
    return _DERIVED[value]


def to_show(value: Any) -> Any:
    """A value of the domain as its type shows it."""
    match value:
        case KeyField():
            return camel(value.value)
        case Fraction():
            return str(value)
        case tuple() | list():
            return [to_show(each) for each in value]
        case _ if type(value) in _DERIVED:
            fields = {each.name: to_show(getattr(value, each.name)) for each in dataclasses.fields(value)}
            return _DERIVED[type(value)].shown(**fields)
        case _:
            return value


def read(given: Any, value: type[Any], path: str = "definition") -> Any:
    """The value that an input says; what is left out, or null where nothing else fits, is as the value has it by itself.

    Raises Invalid naming the field.
    """
    hints, said = get_type_hints(value), {}
    for each in dataclasses.fields(value):
        sent = getattr(given, each.name)
        if sent is strawberry.UNSET or (sent is None and not _is_optional(hints[each.name])):
            continue
        said[each.name] = _read(sent, _bare(hints[each.name]), f"{path}.{camel(each.name)}")
    return value(**said)


def _read(sent: Any, hint: Any, path: str) -> Any:
    if sent is None:
        return None
    if get_origin(hint) is tuple:
        return tuple(_read(each, get_args(hint)[0], f"{path}.{place}") for place, each in enumerate(sent))
    if hint is KeyField:
        if sent not in KEY_FIELDS:
            raise Invalid.because("KEY_FIELD", path, value=sent, known=", ".join(KEY_FIELDS))
        return KEY_FIELDS[sent]
    if hint is Fraction:
        try:
            return Fraction(sent)
        except (ValueError, ZeroDivisionError) as fault:
            raise Invalid.because("FRACTION_MALFORMED", path, value=sent) from fault
    return read(sent, hint, path) if hint in _DERIVED else sent


def _graphql(hint: Any, place: int) -> Any:
    """The GraphQL side of a hint: 1 for what is shown, 2 for what is given."""
    if _is_optional(hint):
        return Optional[_graphql(_bare(hint), place)]
    if get_origin(hint) is tuple:
        return list[_graphql(get_args(hint)[0], place)]  # type: ignore[misc]  # made at run time
    if hint in (KeyField, Fraction):
        return str
    if hint in _DERIVED:
        return _DERIVED[hint][place]
    if hint in (str, int, bool, Decimal) or (isinstance(hint, type) and issubclass(hint, Enum)):
        return hint
    raise TypeError(f"nothing shows {hint!r}")


def _sent(hint: Any, may_be_left_out: bool) -> Any:
    type_ = _graphql(hint, 2)
    return Optional[type_] if may_be_left_out else type_


def _is_optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)


def _bare(hint: Any) -> Any:
    return next(each for each in get_args(hint) if each is not type(None)) if _is_optional(hint) else hint


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
