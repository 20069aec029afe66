"""Casbin: the judge that commands and explanations ask. Built once for a user and policy version, and never changed."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

import casbin
from casbin.model import FastModel

from api.auth.standard import POLICIES
from domain.activity import Activity
from domain.areas import Area, text_of
from domain.errors import Bug
from domain.policy import Assignment, Link, Policy, casbin_rows
from policies import functions

OBJECT_AND_ACTIVITY = [2, 3]


class Judge:
    """Answers for one user by the lines of the roles they reach. Not thread-safe: ask it in the event loop's thread only."""

    def __init__(self, policy: Policy, username: str, assignments: Iterable[Assignment]) -> None:
        given = tuple(assignments)
        reached = {name for assignment in given for name in policy.reached(assignment.role)}
        mine = Policy(
            policy.version,
            policy.roles,
            tuple(line for name in reached for line in policy.own_lines_of(name)),
            tuple(Link(name, parent) for name in reached for parent in policy.inherited(name)),
        )
        self.subject = f"user:{username}"
        self._enforcer = _enforcer(casbin_rows(mine, given))

    def allows(self, area: Area, object: str, activity: Activity, *, own: bool, measure: Decimal | None = None) -> bool:
        """Casbin's own answer for one record. Raises Bug for an `own` that is no bool."""
        if not isinstance(own, bool):
            raise Bug("own must be a bool")
        return bool(self._enforcer.enforce(self.subject, text_of(area), object, activity.name, own, measure))


def _enforcer(rows: Iterable[tuple[str, ...]]) -> Any:
    model = FastModel(OBJECT_AND_ACTIVITY)
    model.load_model_from_text(_model_text())
    enforcer = casbin.FastEnforcer(model, cache_key_order=OBJECT_AND_ACTIVITY)
    for kind, *values in rows:
        model.add_policy(kind, kind, values)
    functions.register(enforcer)
    return enforcer


@lru_cache(maxsize=1)
def _model_text() -> str:
    return (POLICIES / "model.conf").read_text("utf-8")
