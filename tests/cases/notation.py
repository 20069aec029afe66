"""The notation of the cases: what is given, read so that no key is passed over, and what is expected of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any


class Given:
    """A part of a case; every key of it must be read by the adapter, at any depth, or the case fails."""

    def __init__(self, values: Mapping[str, Any], path: str = "given") -> None:
        self._path, self._read = path, set[str]()
        self._values = {key: _wrapped(value, f"{path}.{key}") for key, value in values.items()}

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __getitem__(self, key: str) -> Any:
        self._read.add(key)
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self._values else default

    def number(self, key: str, default: str | None = None) -> Decimal:
        value = self.get(key, default)
        if value is None:
            raise KeyError(f"{self._path}.{key}")
        return Decimal(value)

    def numbers(self, key: str) -> list[Decimal]:
        return [Decimal(value) for value in self[key]]

    def unread(self) -> Iterator[str]:
        """The paths of all keys that nobody read."""
        for key, value in self._values.items():
            if key not in self._read:
                yield f"{self._path}.{key}"
            else:
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, Given):
                        yield from part.unread()


def _wrapped(value: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        return Given(value, path)
    if isinstance(value, list):
        return [_wrapped(each, f"{path}.{place}") for place, each in enumerate(value)]
    return value


@dataclass(frozen=True)
class AtMost:
    """A result of which the case states the bound."""

    found: Decimal


@dataclass(frozen=True)
class OneOf:
    """A result that the case describes by words with `or` between them."""

    found: str


Results = Mapping[str, Any]
"""What came out, by the keys of `expect`; a function is called only if its key is expected."""

Adapter = Callable[[Given], Results]


def differences(expected: Mapping[str, Any], results: Results) -> list[str]:
    """Where what came out is not what was expected; a key that the adapter does not know is an error."""
    unknown = [key for key in expected if key not in results]
    if unknown:
        raise KeyError(f"the adapter does not know what {unknown} expects")
    found = {key: results[key]() if callable(results[key]) else results[key] for key in expected}
    return [f"{key}: expected {expected[key]}, found {found[key]}" for key in expected if not _fits(expected[key], found[key])]


def _fits(expected: Any, found: Any) -> bool:
    if isinstance(found, AtMost):
        return found.found <= Decimal(expected)
    if isinstance(found, OneOf):
        return found.found in expected.split(" or ")
    if isinstance(expected, Mapping):
        return (
            isinstance(found, Mapping)
            and set(expected) <= set(found)
            and all(_fits(expected[key], found[key]) for key in expected)
        )
    if isinstance(expected, list):
        return isinstance(found, Sequence) and len(expected) == len(found) and all(map(_fits, expected, found))
    if isinstance(found, bool) or expected is None or found is None:
        return bool(expected is found)
    if isinstance(found, Decimal | int):
        try:
            return Decimal(str(expected)) == found
        except InvalidOperation:
            return False
    return bool(expected == found)
