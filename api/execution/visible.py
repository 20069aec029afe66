"""Which rows of a model the caller may see, as SQL: by the model's authorization object, or by the one that each row names."""

from __future__ import annotations

from functools import reduce
from operator import or_

from api.auth.authority import Authority
from api.auth.predicates import Bindings, RowScope, any_of, both
from domain.scope import over
from models.access import Access


def role_held(authority: Authority, access: Access, row: str, column: str, bindings: Bindings) -> str:
    """SQL that holds where the caller holds the role that a column names, in the area where the row lies."""
    conditions = []
    for role in sorted(authority.roles):
        scope = reduce(or_, (over(pattern) for pattern in authority.patterns_of(role)))
        held = RowScope(access, row, scope, authority.user_id).some(bindings)
        conditions.append(both(f"{row}.{column} = '{role}'", held))
    return any_of(*conditions)


def visible(authority: Authority, access: Access, row: str, bindings: Bindings) -> str:
    """SQL that holds for the rows that the caller may see."""
    if access.told is None:
        return RowScope(access, row, authority.scope(access.object), authority.user_id).some(bindings)
    column, objects = access.told
    conditions = []
    for object in objects:
        rows = RowScope(access, row, authority.scope(object), authority.user_id)
        if rows.some(Bindings()) != "false":  # before anything is bound that no SQL would name
            conditions.append(both(f"{row}.{column} = '{object}'", rows.some(bindings)))
    return any_of(*conditions)
