"""The data in `policies/` as values: catalogue of objects, standard roles with their lines and links, segregation of duties."""

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from domain.activity import Activity
from domain.errors import Invalid, Refusal, refuse_if_any
from domain.policy import AuthorizationObject, Catalogue, Link, Policy, Role, faults_of_links, line_of
from domain.segregation import DutyFunction, Reaction, Right, Risk, RiskLevel, Segregation

POLICIES = Path(__file__).parents[2] / "policies"


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Every authorization object by name."""
    rows = tomllib.loads((POLICIES / "objects.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            name: AuthorizationObject(
                name,
                row["title"],
                row["title_zh"],
                tuple(Activity[activity] for activity in row["activities"]),
                row.get("measure"),
                row.get("sap"),
                row.get("logged", False),
            )
            for name, row in rows.items()
        }
    )


@lru_cache(maxsize=1)
def standard_policy() -> Policy:
    """The standard roles as a policy of version 1. Raises Invalid if the data in `policies/` is wrong."""
    rows = tomllib.loads((POLICIES / "roles.toml").read_text("utf-8"))
    roles = {name: Role(name, row["title"], row["title_zh"]) for name, row in rows.items()}
    links = tuple(Link(name, parent) for name, row in rows.items() for parent in row.get("inherits", ()))
    refuse_if_any(faults_of_links(links), Invalid)
    lines = tuple(
        line_of(
            (name, area, object, activity, rule.get("reach", "all"), rule.get("limit", ""), rule.get("effect", "allow")),
            catalogue(),
            roles,
        )
        for name, row in rows.items()
        for rule in row["rules"]
        for area in rule.get("areas", ("*/*/*",))
        for object in rule["objects"]
        for activity in rule["activities"]
    )
    return Policy(1, roles, tuple(dict.fromkeys(lines)), links)


@lru_cache(maxsize=1)
def segregation() -> Segregation:
    """The segregation-of-duties rules. Raises Invalid if the data in `policies/` is wrong."""
    return segregation_of(tomllib.loads((POLICIES / "segregation.toml").read_text("utf-8")))


def segregation_of(data: dict[str, Any]) -> Segregation:
    """The rules that a file's content tells. Raises Invalid with every unknown object, activity and function."""
    refuse_if_any(tuple(_faults_of_rules(data)), Invalid)
    functions = {
        name: DutyFunction(name, row["title"], row["title_zh"], _rights_of(row)) for name, row in data["functions"].items()
    }
    risks = [
        Risk(
            name,
            row["number"],
            RiskLevel[row["level"]],
            row["title"],
            row["title_zh"],
            (functions[row["functions"][0]], functions[row["functions"][1]]),
            row.get("scope_aware", True),
            row.get("per_document", False),
        )
        for name, row in data["risks"].items()
    ]
    reactions = MappingProxyType({level: Reaction[data["reactions"][level.name]] for level in RiskLevel})
    return Segregation(
        tuple(sorted(risks, key=lambda risk: risk.number)), reactions, Reaction[data["reactions"]["PER_DOCUMENT"]]
    )


def _rights_of(row: dict[str, Any]) -> frozenset[Right]:
    if "except" in row:
        objects, activities = row["except"]["objects"], row["except"]["activities"]
        return frozenset(
            (each.name, activity)
            for each in catalogue().values()
            for activity in each.activities
            if each.name not in objects and activity.name not in activities
        )
    return frozenset(
        (object, Activity[activity])
        for rights in row["rights"]
        for object in rights["objects"]
        for activity in rights["activities"]
    )


def _faults_of_rules(data: dict[str, Any]) -> Iterator[Refusal]:
    for name, row in data["functions"].items():
        for rights in (row["except"],) if "except" in row else row["rights"]:
            known = [catalogue().get(object) for object in rights["objects"]]
            for object, found in zip(rights["objects"], known, strict=True):
                if found is None:
                    yield Refusal("UNKNOWN_OBJECT", f"functions.{name}", {"value": object})
            for activity in rights["activities"]:
                of_each = [found is None or activity in {each.name for each in found.activities} for found in known]
                if not (any(of_each) if "except" in row else all(of_each)):
                    yield Refusal("UNKNOWN_ACTIVITY", f"functions.{name}", {"value": activity})
    for name, row in data["risks"].items():
        for function in row["functions"]:
            if function not in data["functions"]:
                yield Refusal("UNKNOWN_FUNCTION", f"risks.{name}", {"value": function})
