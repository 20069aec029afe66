"""Which commands a row allows, as SQL, and which related rows a visible row tells of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from tortoise import Model

from api.auth.authority import Authority
from api.auth.predicates import Bindings, RowScope
from api.execution.mapping import Offer, Permit, ToMany, ToOne, TypeMapping, Without
from api.execution.visible import role_held
from models.access import Access, PartOf

PLAIN = frozenset({"true", "false"})
"""Rights that need not be looked for in the row."""


def commands_sql(authority: Authority, mapping: TypeMapping, row: str, commands: Collection[Offer], bindings: Bindings) -> str:
    """An array of the names of the commands that the caller could send on the row now; each right is looked at once."""
    rights = {permit: "" for offer in commands for permit in offer.permits}
    for permit in rights:
        rights[permit] = _permitted(authority, mapping, row, permit, bindings)
    names = {sql: f"p{place}" for place, sql in enumerate(dict.fromkeys(rights.values())) if sql not in PLAIN}
    caller = _Caller(authority.username, bindings)
    offered = [(each.command, _offered(row, each, rights, names, caller)) for each in commands]
    asked = zip(offered, commands, strict=True)
    roles = {each.role for (_, condition), each in asked if each.role is not None and condition != "false"}
    held = {role: role_held(authority, mapping.access, row, role, bindings) for role in sorted(roles)}
    offered = [
        (name, condition if each.role is None or condition == "false" else f"({condition}) and ({held[each.role]})")
        for (name, condition), each in zip(offered, commands, strict=True)
    ]
    cases = [f"case when {condition} then '{command}' end" for command, condition in offered if condition != "false"]
    found = f"array_remove(array[{', '.join(cases)}]::text[], null)"
    closed = mapping.access.closed
    if closed is not None and cases:
        found = f"case when {row}.{closed} is null then {found} else '{{}}' end"
    if not names:
        return found
    columns = ", ".join(f"{sql} as {name}" for sql, name in names.items())
    return f"(select {found} from (select {columns} offset 0) permits)"


def is_told(relation: ToOne | ToMany, target: TypeMapping) -> bool:
    """Whether the related rows are told by the visible row itself: references, and parts of it."""
    return relation.reference or isinstance(target.access.areas, PartOf)


@dataclass
class _Caller:
    """The name of who asks, bound where some command asks for it."""

    username: str
    bindings: Bindings

    @cached_property
    def bound(self) -> str:
        return self.bindings.bind(self.username, "text")


def _offered(row: str, offer: Offer, rights: Mapping[Permit, str], names: Mapping[str, str], caller: _Caller) -> str:
    """SQL that holds where one of the rights is there and the row itself lets the command pass."""
    permitted = dict.fromkeys(rights[permit] for permit in offer.permits if rights[permit] != "false")
    if not permitted:
        return "false"
    condition = "true" if "true" in permitted else " or ".join(names[each] for each in permitted)
    if offer.when is None:
        return condition
    when = offer.when.format(row=row, caller=caller.bound if "{caller}" in offer.when else "")
    return when if condition == "true" else f"({condition}) and ({when})"


def _permitted(authority: Authority, mapping: TypeMapping, row: str, permit: Permit, bindings: Bindings) -> str:
    """SQL that holds where the caller has the right on the row: in every area of it, or in some of its rows over there."""
    scope = authority.scope(permit.object, permit.activity)
    if permit.some is not None and permit.some_model is not None:
        return _permitted_in_some(authority, row, permit, permit.some, permit.some_model, bindings)
    override = mapping.access.override if permit.object == mapping.access.object else None
    if override is not None and authority.scope(override, permit.activity).is_everything:
        return "true"
    return RowScope(mapping.access, row, scope, authority.user_id).every(bindings)


def _permitted_in_some(
    authority: Authority, row: str, permit: Permit, some: ToMany, model: type[Model], bindings: Bindings
) -> str:
    """SQL that holds where there is a row over there that the caller sees and has the right on."""
    access = _access(model)
    scopes = dict.fromkeys((authority.scope(permit.object, permit.activity), authority.scope(access.object)))
    needed = [RowScope(access, "part", scope, authority.user_id) for scope in scopes]
    if any(each.some(Bindings()) == "false" for each in needed):  # before anything is bound that no SQL would name
        return "false"
    conditions = [f"part.{there} = {row}.{here}" for there, here in some.on]
    conditions += [each.some(bindings) for each in needed]
    if permit.without is not None:
        conditions.append(f"not {_there_is(authority, row, permit.without, bindings)}")
    told = " and ".join(each for each in conditions if each != "true") or "true"
    return f"exists (select 1 from {model._meta.db_table} part where {told})"


def _there_is(authority: Authority, row: str, other: Without, bindings: Bindings) -> str:
    """SQL that holds where the caller sees a row that belongs to this one and to the one over there."""
    access = _access(other.model)
    seen = RowScope(access, "other", authority.scope(access.object), authority.user_id).some(bindings)
    on = [f"other.{there} = {row}.{here}" for there, here in other.on]
    on += [f"other.{there} = part.{here}" for there, here in other.at]
    return f"exists (select 1 from {other.model._meta.db_table} other where {' and '.join([*on, seen])})"


def _access(model: type[Model]) -> Access:
    access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
    return access
