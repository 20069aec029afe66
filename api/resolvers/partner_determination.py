"""The data in `policies/partner_determination.toml` as values: which functions a view has, and where they come from."""

import tomllib
from functools import lru_cache
from typing import Any

from api.auth.standard import POLICIES
from domain.customer import CustomerType, PartnerFunction
from domain.partners import FunctionRule, PartnerDetermination, PartnerSource, Procedure


@lru_cache(maxsize=1)
def partner_determination() -> PartnerDetermination:
    """The determination that holds."""
    return determination_of(tomllib.loads((POLICIES / "partner_determination.toml").read_text("utf-8")))


def determination_of(data: dict[str, Any]) -> PartnerDetermination:
    """The determination that a file's content tells."""
    return PartnerDetermination(
        tuple(
            Procedure(
                tuple(_rule(row) for row in procedure["functions"]),
                frozenset(CustomerType(each) for each in procedure.get("customer_types", ())),
            )
            for procedure in data["procedure"]
        )
    )


def _rule(row: dict[str, Any]) -> FunctionRule:
    return FunctionRule(
        PartnerFunction(row["function"]),
        row.get("mandatory", False),
        row.get("changeable", True),
        row.get("unique", False),
        tuple(PartnerSource(each) for each in row.get("sources", ())),
        frozenset(CustomerType(each) for each in row.get("partner_types", ())),
    )
