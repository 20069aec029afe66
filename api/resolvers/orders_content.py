"""The content of documents that holds 单据配置, from `policies/orders.toml`: types, copy control, terms, approvals."""

from __future__ import annotations

from functools import lru_cache

from api.auth.standard import POLICIES
from domain.orders.content import OrdersContent, content_of
from domain.orders.payment_terms import PaymentTerms
from models.journal import NumberRange

GROUP_CURRENCY = "CNY"
"""The currency in which limits and approvals compare documents of all organizations."""


@lru_cache(maxsize=1)
def content() -> OrdersContent:
    """The content that holds. Raises Invalid with every fault of the file."""
    return content_of((POLICIES / "orders.toml").read_text("utf-8"))


async def install_number_ranges() -> None:
    """Begin the number ranges of documents that have not begun."""
    known = {each.name for each in await NumberRange.all()}
    await NumberRange.bulk_create(
        NumberRange(name=code, next_number=each.first, last_number=each.last)
        for code, each in content().types.number_ranges.items()
        if code not in known
    )


def terms_of(code: str | None) -> PaymentTerms | None:
    """Payment terms by their code; None for none, or unknown ones."""
    return content().payment_terms.get(code or "")
