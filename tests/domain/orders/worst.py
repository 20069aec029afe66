"""Every rule of documents that makes refusals of a table, with everything wrong: for the test of the messages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from domain.errors import Refusal
from domain.orders.quantities import Called, Target, refusals_to_call_off

ZERO, ONE = Decimal(0), Decimal(1)


def refusals_of_documents() -> Iterator[Refusal]:
    """One of each reason at least."""
    yield from refusals_to_call_off(Target(ZERO, ZERO), Called(ZERO), Called(ONE, ONE), ZERO, 10)
