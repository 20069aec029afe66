"""How the tests ask and how they take an answer apart."""

from __future__ import annotations

from typing import Any

from tests.client import contract
from tests.contract.demo import Record, Right

AREAS = ("1000/10/00", "1000/20/10", "1000/30/00", "2000/10/00", "2000/20/00", "3000/20/00")
"""Some sales areas of every organization and channel."""


def data_of(answer: Record) -> Any:
    """The single field of an answer without errors."""
    assert "errors" not in answer, answer["errors"]
    (found,) = answer["data"].values()
    return found


def refusal_of(answer: Record) -> Record:
    """What the single error of a refused question tells; nothing is answered beside it."""
    (error,) = answer["errors"]
    assert not any((answer.get("data") or {}).values())
    return error["extensions"]


def told(operation: str) -> str:
    """The contract's operation, with everything that a refused command tells."""
    text = contract(operation)
    start = text.index("userErrors")
    end = text.index("}", start)
    return f"{text[:start]}userErrors {{ code message field reason object activity salesArea changedFields {text[end:]}"


def rights_in(permissions: list[Record]) -> set[Right]:
    """Permissions, taken apart; none is told twice, and the standard roles deny nothing."""
    assert all(each["exceptSalesAreas"] == [] for each in permissions)
    found = [
        Right(each["object"], activity, area, each["reach"], each["limit"])
        for each in permissions
        for activity in each["activities"]
        for area in each["salesAreas"]
    ]
    assert len(found) == len(set(found))
    return set(found)
