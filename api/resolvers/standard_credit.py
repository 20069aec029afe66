"""The credit checks that a control area begins with, from `policies/credit.toml`."""

from __future__ import annotations

import tomllib
from decimal import Decimal

from api.auth.standard import POLICIES
from domain.credit.checks import rules_of, written
from domain.credit.status import DocumentGroup
from models.credit import CreditCheckRules
from models.organization import CreditControlArea

STANDARD = POLICIES / "credit.toml"


async def install_credit_checks() -> int:
    """Store the standard checks for every control area that has none, and how many that were."""
    begun = {each.credit_control_area for each in await CreditCheckRules.all()}
    codes = [each.code for each in await CreditControlArea.all().order_by("code") if each.code not in begun]
    rules = [
        CreditCheckRules(
            credit_control_area=code,
            risk_category=said["risk_category"],
            document_group=DocumentGroup[said["document_group"]],
            checks=list(written(rules_of(said["checks"], f"rules.{place}.checks"))),
            deviation=Decimal(said["deviation"]),
            release_days=said.get("release_days"),
        )
        for code in codes
        for place, said in enumerate(tomllib.loads(STANDARD.read_text("utf-8"))["rules"])
    ]
    await CreditCheckRules.bulk_create(rules)
    return len(rules)
