"""The data in `policies/qualification.toml` as values: which documents a customer must show, and which stands for which."""

import re
import tomllib
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from api.auth.standard import POLICIES
from domain.customer import CustomerType
from domain.errors import Bug
from domain.onboarding import Mandatory, QualificationRules, StandsFor


@lru_cache(maxsize=1)
def qualification_rules() -> QualificationRules:
    """The rules that hold. Raises Bug if the data names a document that has no title."""
    return rules_of(tomllib.loads((POLICIES / "qualification.toml").read_text("utf-8")))


def rules_of(data: dict[str, Any]) -> QualificationRules:
    """The rules that a file's content tells. Raises Bug if it names a document that has no title."""
    rules = QualificationRules(
        MappingProxyType(data["titles"]),
        tuple(
            Mandatory(
                tuple(row["documents"]),
                frozenset(row.get("countries", ())),
                frozenset(CustomerType(each) for each in row.get("customer_types", ())),
            )
            for row in data["mandatory"]
        ),
        tuple(
            StandsFor(row["document"], frozenset(row["also"]), re.compile(row["number"]) if "number" in row else None)
            for row in data.get("stands_for", ())
        ),
    )
    named = {each for row in rules.mandatory for each in row.documents}
    named |= {each for row in rules.stands_for for each in (row.document, *row.also)}
    if not named <= rules.titles.keys():
        raise Bug(f"qualification documents without a title: {', '.join(sorted(named - rules.titles.keys()))}")
    return rules
