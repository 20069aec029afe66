"""Plain data (of a TOML file) as values of dataclasses: every key known, every value of its type, each fault with its path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from domain.errors import Refusal

Value = TypeVar("Value")


class Faults:
    """The faults found while reading, in order."""

    def __init__(self) -> None:
        self.found: list[Refusal] = []

    def add(self, reason: str, path: str, **values: Any) -> None:
        """Note one."""
        self.found.append(Refusal(reason, path, values))


def value_of(kind: type[Value], said: Any, path: str, faults: Faults) -> Value | None:
    """A dataclass from a table of the file; None with the faults noted where it cannot be."""
    if not isinstance(said, Mapping):
        faults.add("CONTENT_VALUE", path, value=str(said), known="{ … }")
        return None
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]  # a dataclass, as every caller's is
    before = len(faults.found)
    for key in said:
        if key not in known:
            faults.add("CONTENT_KEY", f"{path}.{key}", value=key, known=", ".join(known))
    hints = _hints(cast(Any, kind))
    values = {name: _plain(hints[name], said[name], f"{path}.{name}", faults) for name in known if name in said}
    for name, each in known.items():
        if name not in said and each.default is MISSING and each.default_factory is MISSING:
            faults.add("CONTENT_MISSING", f"{path}.{name}", value=name)
    return None if len(faults.found) > before else kind(**values)


@lru_cache(maxsize=100)
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _plain(hint: Any, said: Any, path: str, faults: Faults) -> Any:
    if get_origin(hint) is UnionType:
        return _plain(next(each for each in get_args(hint) if each is not NoneType), said, path, faults)
    if get_origin(hint) is tuple:
        if not isinstance(said, list):
            faults.add("CONTENT_VALUE", path, value=str(said), known="[ … ]")
            return ()
        return tuple(_plain(get_args(hint)[0], each, f"{path}.{place}", faults) for place, each in enumerate(said))
    if is_dataclass(hint):
        return value_of(cast(type[Any], hint), said, path, faults)
    if issubclass(hint, Enum):
        return _one_of(hint, said, path, faults)
    if hint is Decimal:
        return _decimal(said, path, faults)
    if type(said) is not hint:
        faults.add("CONTENT_VALUE", path, value=str(said), known=hint.__name__)
    return said


def _one_of(kind: type[Enum], said: Any, path: str, faults: Faults) -> Any:
    if not isinstance(said, str) or said not in kind.__members__:
        faults.add("CONTENT_VALUE", path, value=str(said), known=", ".join(kind.__members__))
        return None
    return kind[said]


def _decimal(said: Any, path: str, faults: Faults) -> Decimal | None:
    """Written as a string: a float of the file would not be exact."""
    try:
        found = Decimal(said) if isinstance(said, str) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        faults.add("CONTENT_VALUE", path, value=str(said), known='"0.00"')
    return found
