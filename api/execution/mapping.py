"""Where each field of a type lives. Stated once, where the Strawberry type is declared, and read by all that read.

    @mapped(models.Customer)
    @strawberry.type
    class Customer(Node):
        id: strawberry.ID = global_id("The customer's id.")
        number: str = column("number", "…", filter=True, order=True)
        bank_accounts: list[BankAccount] | None = to_many("…", on=(("customer_id", "id"),), order="id", right="customer_bank")

Columns, filters, sort fields, masks, references, `viewerCan` and the reference resolvers derive from it; the
authorization object, areas and owner come from the model.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import strawberry
from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition, StrawberryOptional, get_object_definition
from strawberry.types.lazy_type import LazyType
from tortoise import Model, fields

from domain.activity import Activity
from domain.errors import Bug
from models.access import Access

KEY = "mapping"

Pairs = tuple[tuple[str, str], ...]
"""Columns that must be equal: (column there, column here)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A value of the row: a column's name, or SQL with `{row}` for the row and `type` for what it gives.

    Of a row about a record, `tells` says that the value is what the record itself holds. `outside` is SQL for what is shown
    where `right` is not held, instead of nothing.
    """

    expression: str
    filter: bool = False
    order: bool = False
    right: str | None = None
    type: str | None = None
    tells: bool = False
    outside: str | None = None


@dataclass(frozen=True, slots=True)
class GlobalId:
    """The Relay id made of the type's name and this column."""

    column: str
    right: str | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """An object made of further columns of the same row; null where its column `needs` is.

    `columns` pairs columns of its type with what stands in their places in this row; what filters and orders compare is the
    column that it needs.
    """

    right: str | None = None
    needs: str | None = None
    columns: Pairs = ()
    filter: bool = False
    order: bool = False

    @property
    def compared(self) -> Column:
        """What filters and orders compare."""
        return Column(self.needs or "", self.filter, self.order, self.right)


@dataclass(frozen=True, slots=True)
class ToOne:
    """The row over there. As `reference` it is told by the visible row, whatever the caller may see of it alone."""

    on: Pairs
    reference: bool = False
    right: str | None = None


@dataclass(frozen=True, slots=True)
class Via:
    """A table in between: `on` pairs columns over there with columns of the table in between."""

    table: str
    on: Pairs


@dataclass(frozen=True, slots=True)
class ToMany:
    """The rows over there, in the order of columns over there; with `via`, `on` pairs the table in between with here.

    `where` is SQL with `{row}` that holds for those rows over there that are meant.
    """

    on: Pairs
    order: tuple[str, ...]
    reference: bool = False
    via: Via | None = None
    right: str | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Without:
    """No visible row of a model that belongs to this row (`on`: column there, column here) and to the one over there (`at`)."""

    model: type[Model]
    on: Pairs
    at: Pairs


@dataclass(frozen=True, slots=True)
class Permit:
    """A right that lets a command pass on a row: needed in every area of it, or, with `some`, in one of the visible rows
    over there, of those that `without` leaves.
    """

    object: str
    activity: Activity
    some: ToMany | None = None
    some_model: type[Model] | None = None
    without: Without | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A command on a row: the rights of which one is enough, and what must hold of the row itself.

    `when` is SQL with `{row}` for the row and `{caller}` for the name of who asks; `role` a column that names a role which
    they must hold where the row lies.
    """

    command: str
    permits: tuple[Permit, ...]
    when: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class ViewerCan:
    """The commands that would be allowed on the row."""

    commands: tuple[Offer, ...]
    right: str | None = None


Loading = Callable[[Any, Sequence[Any]], Awaitable[Sequence[Any]]]
"""Gives, within a snapshot's reads, for each value of a column what the field is there."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What needs Python, loaded for all rows at once by the column that tells them apart."""

    column: str
    load: Loading
    right: str | None = None


@dataclass(frozen=True, slots=True)
class Masked:
    """The names of the row's fields that are hidden from the caller."""

    right: str | None = None


@dataclass(frozen=True, slots=True)
class Nested:
    """A page of rows about the row: `request` turns the row's key and the field's arguments into what is asked for."""

    request: Callable[..., Any]
    right: str | None = None


FieldMapping = Column | GlobalId | Embedded | ToOne | ToMany | ViewerCan | Computed | Nested | Masked


def _field(mapping: FieldMapping, description: str, name: str | None) -> Any:
    return strawberry.field(name=name, description=description, metadata={KEY: mapping})


def column(
    expression: str,
    description: str,
    *,
    filter: bool = False,
    order: bool = False,
    right: str | None = None,
    type: str | None = None,
    tells: bool = False,
    name: str | None = None,
    outside: str | None = None,
) -> Any:
    """A scalar or enum field; `filter` and `order` offer it to the derived inputs; `right` names its field group."""
    return _field(Column(expression, filter, order, right, type, tells, outside), description, name)


def global_id(description: str, *, of: str = "id") -> Any:
    """The node's id."""
    return _field(GlobalId(of), description, None)


def embedded(
    description: str,
    *,
    right: str | None = None,
    needs: str | None = None,
    columns: Pairs = (),
    filter: bool = False,
    order: bool = False,
) -> Any:
    """An object of the same row's columns; null where the column `needs` is, which `filter` and `order` compare."""
    return _field(Embedded(right, needs, columns, filter, order), description, None)


def to_one(description: str, *, on: Pairs, reference: bool = False, right: str | None = None) -> Any:
    """A single other row."""
    return _field(ToOne(on, reference, right), description, None)


def to_many(
    description: str,
    *,
    on: Pairs,
    order: tuple[str, ...],
    reference: bool = False,
    via: Via | None = None,
    right: str | None = None,
    where: str | None = None,
) -> Any:
    """All the other rows that belong to this one and that the caller may see; as `reference`, whatever they may see alone."""
    return _field(ToMany(on, order, reference, via, right, where), description, None)


def nested(resolver: Callable[..., Any], request: Callable[..., Any], description: str, *, right: str | None = None) -> Any:
    """A page of rows about the row: `resolver` answers it where it is not planned."""
    return strawberry.field(resolver, description=description, metadata={KEY: Nested(request, right)})


def viewer_can(*commands: Offer) -> Any:
    """The commands that the caller could send on this object now."""
    return _field(ViewerCan(commands), "Names of the mutations that would be allowed on this object now.", None)


def computed(description: str, load: Loading, *, of: str = "id", right: str | None = None) -> Any:
    """A value that no SQL gives; whatever stands beside it in a document is still read as planned."""
    return _field(Computed(of, load, right), description, None)


def masked() -> Any:
    """The fields hidden from the caller, row by row."""
    return _field(Masked(), "Names of this object's fields that are hidden from you; they are null.", None)


@dataclass(frozen=True, slots=True)
class MappedField:
    """One field of a mapped type: its names, its mapping, and the class of what it leads to."""

    name: str
    python_name: str
    mapping: FieldMapping
    target: Any
    python_type: Any
    nullable: bool


@dataclass(frozen=True)
class TypeMapping:
    """A Strawberry type over a Tortoise model (None for a type made of another row's columns).

    `columns` pairs columns that its fields name with what stands in their places.
    """

    cls: type
    model: type[Model] | None
    columns: Pairs = ()

    @cached_property
    def name(self) -> str:
        return _definition(self.cls).name

    @cached_property
    def table(self) -> str:
        return self._model._meta.db_table

    @cached_property
    def access(self) -> Access:
        access = getattr(self._model, "access", None)
        if not isinstance(access, Access):
            raise Bug(f"{self._model.__name__} does not say who may see its rows")
        return access

    @cached_property
    def key(self) -> str:
        """The column that tells rows apart."""
        return str(self._model._meta.db_pk_column)

    @cached_property
    def fields(self) -> Mapping[str, MappedField]:
        """The mapped fields by Python name."""
        found = {}
        instead = dict(self.columns)
        for each in _definition(self.cls).fields:
            mapping = each.metadata.get(KEY)
            if isinstance(mapping, Column) and mapping.expression in instead:
                mapping = replace(mapping, expression=instead[mapping.expression])
            if mapping is not None:
                inner, nullable = _unwrapped(each.type)
                name = each.graphql_name or camel(each.python_name)
                found[each.python_name] = MappedField(name, each.python_name, mapping, inner, inner, nullable)
        return found

    @cached_property
    def rights(self) -> tuple[str, ...]:
        """The field groups of the type, each once."""
        return tuple(dict.fromkeys(each.mapping.right for each in self.fields.values() if each.mapping.right))

    def column_type(self, column: str) -> str:
        """The PostgreSQL type of a column."""
        field = self._model._meta.fields_map[self._model._meta.fields_db_projection_reverse[column]]
        return sql_type(field)

    def is_nullable(self, column: str) -> bool:
        """Whether the column may be null; an expression is taken to be."""
        name = self._model._meta.fields_db_projection_reverse.get(column)
        return name is None or bool(self._model._meta.fields_map[name].null)

    def has_column(self, expression: str) -> bool:
        """Whether the expression is the plain name of a column."""
        return expression in self._model._meta.fields_db_projection_reverse

    @property
    def _model(self) -> type[Model]:
        if self.model is None:
            raise Bug(f"{self.cls.__name__} has no table of its own")
        return self.model


SQL_TYPES: Mapping[type, str] = {
    fields.BigIntField: "bigint",
    fields.IntField: "integer",
    fields.SmallIntField: "smallint",
    fields.CharField: "text",
    fields.TextField: "text",
    fields.BooleanField: "boolean",
    fields.DateField: "date",
    fields.DatetimeField: "timestamptz",
    fields.DecimalField: "numeric",
}


def sql_type(field: Any) -> str:
    """The PostgreSQL type of a model's field."""
    return next(sql for class_, sql in SQL_TYPES.items() if isinstance(field, class_))


_TYPES: dict[type, TypeMapping] = {}
Type = TypeVar("Type", bound=type)


def mapped(model: type[Model] | None) -> Any:
    """Say which model's rows a Strawberry type shows; None for an object embedded in another type's row."""

    def register(cls: Type) -> Type:
        _TYPES[cls] = TypeMapping(cls, model)
        return cls

    return register


def mapping_of(cls: Any) -> TypeMapping:
    """The mapping of a Strawberry type. Raises Bug for a type without one."""
    found = _TYPES.get(cls)
    if found is None:
        raise Bug(f"{cls!r} is not mapped")
    return found


@lru_cache(maxsize=1000)
def embedded_mapping(cls: type, columns: Pairs) -> TypeMapping:
    """The mapping of a type made of these columns of another's row."""
    return replace(mapping_of(cls), columns=columns)


def compared(field: MappedField) -> Column:
    """The column that filters and orders by a field compare. Raises Bug for a field without one."""
    match field.mapping:
        case Column() as column:
            return column
        case Embedded() as embedded:
            return embedded.compared
        case other:
            raise Bug(f"{field.name} is a {type(other).__name__}, which nothing can be compared with")


def mapping_of_definition(core_type: Any) -> TypeMapping | None:
    """The mapping behind a type of the GraphQL schema, if it has one over a table."""
    definition = getattr(core_type, "extensions", {}).get("strawberry-definition")
    found = _TYPES.get(definition.origin) if definition is not None else None
    return found if found is not None and found.model is not None else None


def nodes() -> Mapping[str, TypeMapping]:
    """The mapped types that have a global id, by their GraphQL name."""
    return {
        mapping.name: mapping
        for mapping in _TYPES.values()
        if any(isinstance(each.mapping, GlobalId) for each in mapping.fields.values()) and is_node(mapping)
    }


def is_node(mapping: TypeMapping) -> bool:
    """Whether the type implements `Node`."""
    return any(interface.name == "Node" for interface in _definition(mapping.cls).interfaces)


def expression_of(expression: str, row: str) -> str:
    """A column's SQL for a row name."""
    return expression.format(row=row) if "{" in expression else f"{row}.{expression}"


def id_type(mapping: TypeMapping) -> str:
    """The type that a global id names: a reference carries the id of what it refers to."""
    return getattr(mapping.cls, "__id_of__", mapping.name)


def column_type_of(mapping: TypeMapping, field: Column) -> str:
    """The PostgreSQL type of a column field."""
    return field.type or mapping.column_type(field.expression)


def _definition(cls: type) -> StrawberryObjectDefinition:
    definition = get_object_definition(cls)
    if definition is None:
        raise Bug(f"{cls.__name__} is no Strawberry type")
    return definition


def _unwrapped(type_: Any) -> tuple[Any, bool]:
    nullable = isinstance(type_, StrawberryOptional)
    while isinstance(type_, StrawberryContainer):
        type_ = type_.of_type
    if isinstance(type_, LazyType):
        type_ = type_.resolve_type()
    return getattr(type_, "wrapped_cls", type_), nullable


def camel(name: str) -> str:
    """A Python name as GraphQL spells it."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
