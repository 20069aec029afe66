"""Which rows a list holds: those that the caller may see, or, of rows about a record, those that they may be told of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise import Model

from api.auth.authority import Authority
from api.auth.predicates import AboutScope, Bindings
from api.execution.mapping import TypeMapping
from api.execution.visible import visible
from domain.activity import Activity
from domain.errors import Forbidden
from domain.scope import Scope
from models.access import AboutRecord, Access


@dataclass(frozen=True, slots=True)
class About:
    """The record that a list's rows are about: its model, its key, and the objects of which they may tell."""

    model: type[Model]
    key: Any
    """Its value, or where it stands in a statement."""
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Here:
    """SQL for a key within a statement."""

    sql: str


def listed(authority: Authority, mapping: TypeMapping, row: str, about: About | None, bindings: Bindings) -> str:
    """SQL that holds for the rows of the list."""
    if about is None:
        return visible(authority, mapping.access, row, bindings)
    told: AboutRecord = mapping.model.access  # type: ignore[union-attr]  # a model of rows about records
    rows = about_scope(authority, told, row, about.model, {each: authority.hindsight(each) for each in about.objects})
    if rows.some("null", Bindings()) == "false":  # before anything is bound that no SQL would name
        return "false"
    key = about.key.sql if isinstance(about.key, Here) else bindings.bind(about.key, "bigint")
    return f"{row}.record_type = '{about.model.__name__}' and {row}.record_id = {key} and {rows.some(key, bindings)}"


def about_scope(
    authority: Authority, told: AboutRecord, row: str, model: type[Model], scopes: Mapping[str, Scope]
) -> AboutScope:
    """Rows about a record of a model, held to these scopes by the object that they name."""
    access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
    some = {object: scope for object, scope in scopes.items() if not scope.is_empty}
    return AboutScope(told, row, access, model._meta.db_table, authority.scope(access.object), some, authority.user_id)


def refuse_list(authority: Authority, mapping: TypeMapping, about: About | None, *, demanded: bool) -> None:
    """Raise Forbidden where the caller may see no row of such a list at all, whatever there is; without `demanded`, only for
    rows about records.
    """
    if about is not None:
        if all(authority.hindsight(each).is_empty for each in about.objects):
            raise _forbidden(about.objects[0], Activity.DISPLAY_CHANGES)
    elif demanded and authority.scope(mapping.access.object).is_empty:
        raise _forbidden(mapping.access.object, Activity.DISPLAY)


def _forbidden(object: str, activity: Activity) -> Forbidden:
    return Forbidden.because("FORBIDDEN_QUESTION", None, object=object, activity=activity.name)
