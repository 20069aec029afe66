"""Which commands a row allows, as SQL, and which related rows a visible row tells of."""

from collections.abc import Iterable

from api.auth.authority import Authority
from api.auth.predicates import Bindings, RowScope
from api.execution.mapping import Permit, ToMany, ToOne, TypeMapping
from models.access import PartOf


def commands_sql(
    authority: Authority,
    mapping: TypeMapping,
    row: str,
    commands: Iterable[tuple[str, tuple[Permit, ...]]],
    bindings: Bindings,
) -> str:
    """An array of the names of the commands that the caller could send on the row now."""
    cases = []
    for name, permits in commands:
        condition = " or ".join(_permitted(authority, mapping, row, permit, bindings) for permit in permits)
        cases.append(f"case when {condition} then '{name}' end")
    return f"array_remove(array[{', '.join(cases)}]::text[], null)"


def is_told(relation: ToOne | ToMany, target: TypeMapping) -> bool:
    """Whether the related rows are told by the visible row itself: references, and parts of it."""
    return relation.reference or isinstance(target.access.areas, PartOf)


def _permitted(authority: Authority, mapping: TypeMapping, row: str, permit: Permit, bindings: Bindings) -> str:
    """SQL that holds where the caller has the right on the row: in every area of it, or in some of its rows over there."""
    scope = authority.scope(permit.object, permit.activity)
    if permit.some is not None and permit.some_model is not None:
        access = permit.some_model.access  # type: ignore[attr-defined]  # a model that is guarded
        inner = RowScope(access, "part", scope, authority.user_id).some(bindings)
        on = " and ".join(f"part.{there} = {row}.{here}" for there, here in permit.some.on)
        table = permit.some_model._meta.db_table
        return "false" if inner == "false" else f"exists (select 1 from {table} part where {on} and {inner})"
    override = mapping.access.override
    if override is not None and authority.scope(override, permit.activity).is_everything:
        return "true"
    return RowScope(mapping.access, row, scope, authority.user_id).every(bindings)
