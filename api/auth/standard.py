"""The data in `policies/` as values: catalogue of objects, standard roles with their lines and links."""

import tomllib
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from domain.activity import Activity
from domain.errors import Invalid, refuse_if_any
from domain.policy import AuthorizationObject, Catalogue, Link, Policy, Role, faults_of_links, line_of

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
