"""What became of records: change documents 更改凭证, and who was shown what is protected."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Optional

import strawberry
from tortoise import Model

import models
from api.auth.standard import catalogue
from api.execution import global_id as ids
from api.execution.conditions import Compares, Condition, all_of
from api.execution.json_text import base64
from api.execution.listing import About
from api.execution.mapping import column, mapped, nodes
from api.execution.pages import Connection, answered
from api.execution.requests import PageRequest, Sort, asks, page_request
from api.schema.base import Info
from domain.activity import Activity
from domain.errors import Invalid
from domain.history import ChangeKind
from models.history import objects_of

CAMEL = "lower(left({row}.field, 1)) || substr(replace(initcap(replace({row}.field, '_', ' ')), ' ', ''), 2)"
"""A column's name as GraphQL spells it."""


@mapped(models.ChangeDocument)
@strawberry.type(description="One field of one row of a record, before and after: 更改凭证.")
class ChangeDocument:
    changed_at: datetime = column("changed_at", "When it was changed.")
    changed_by: str = column("changed_by", "The user name of who changed it, or the process of the house that did.")
    request_id: str = column("request_id", "The request that changed it, as in the header `X-Request-ID`.")
    version: int = column("record_version", "The version of the record that it belongs to.")
    kind: ChangeKind = column("kind", "What happened to the row.")
    row_type: str = column(
        "row_type", "What the row is: the record itself, or a part of it such as `SalesAreaView` or `Partner`."
    )
    row_id: strawberry.ID = column(
        base64("{row}.row_type || ':' || {row}.row_id"),
        "Tells the row from others; a global id where its type has one.",
        type="text",
    )
    object: str = column("object", "The authorization object of the row.")
    sales_area: Optional[str] = column(
        "case when position('/' in {row}.part) > 0 then {row}.part end",
        "The sales area of the row, if it is of one.",
        type="text",
    )
    company_code: Optional[str] = column(
        "case when position('/' in {row}.part) = 0 then {row}.part end",
        "The company code of the row, if it is of one.",
        type="text",
    )
    line_number: Optional[int] = column("line_number", "The line of a document that the row is; null for all else.")
    field: str = column(CAMEL, "The field, e.g. `taxNumber`.", type="text")
    old_value: Optional[str] = column("old_value", "What it was before; null if it was empty.", tells=True)
    new_value: Optional[str] = column("new_value", "What it is since; null if it is empty.", tells=True)


@mapped(models.DataDisplay)
@strawberry.type(description="That somebody was shown what is protected of a record, such as a customer's bank accounts.")
class DataDisplay:
    displayed_at: datetime = column("displayed_at", "When it was shown.")
    displayed_by: str = column("displayed_by", "The user name of who was shown it.")
    request_id: str = column("request_id", "The request that it was shown to, as in the header `X-Request-ID`.")
    object: str = column("object", "The authorization object that protects it, e.g. `customer_bank`.")


def _about(record: str, *, logged: bool = False) -> About:
    """The record to ask about, with the objects of its rows. Raises Invalid (ID_MALFORMED, NO_CHANGES_KEPT)."""
    type_name, _ = ids.decode(record, "record")
    mapping = nodes().get(type_name)
    kept = () if mapping is None or mapping.model is None else _kept(mapping.model, logged)
    if mapping is None or mapping.model is None or not kept:
        raise Invalid.because("NO_CHANGES_KEPT", "record")
    return About(mapping.model, ids.key_of(record, type_name, "record"), kept)


def _kept(model: type[Model], logged: bool) -> tuple[str, ...]:
    """The objects of a record's rows whose changes, or displays, are kept."""
    of_rows = [catalogue()[each] for each in objects_of(model) if each in catalogue()]
    return tuple(each.name for each in of_rows if Activity.DISPLAY_CHANGES in each.activities and (each.logged or not logged))


def _change_documents(
    record: str,
    first: int,
    after: str | None = None,
    field: str | None = None,
    from_: datetime | None = None,
    to: datetime | None = None,
) -> PageRequest:
    wanted = (("field", "eq", field), ("changed_at", "gt", from_), ("changed_at", "lte", to))
    conditions: list[Condition] = [
        Compares(name, operator, value, name) for name, operator, value in wanted if value not in (None, strawberry.UNSET)
    ]
    newest = [Sort("changed_at", True, "orderBy")]
    return page_request(ChangeDocument, first, after, newest, all_of(*conditions) if conditions else None, about=_about(record))


def _data_displays(record: str, first: int, after: str | None = None) -> PageRequest:
    newest = [Sort("displayed_at", True, "orderBy")]
    return page_request(DataDisplay, first, after, newest, about=_about(record, logged=True))


RECORD = strawberry.argument(description="The record, by its global id.")
FIRST = strawberry.argument(description="How many rows.")
AFTER = strawberry.argument(description="Begin behind this cursor.")


@strawberry.type
class HistoryQueries:
    @asks(
        _change_documents,
        "The change documents of a record, newest first: each needs DISPLAY and DISPLAY_CHANGES on its own object.",
    )
    async def change_documents(
        self,
        info: Info,
        record: Annotated[strawberry.ID, RECORD],
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = strawberry.UNSET,
        field: Annotated[
            Optional[str], strawberry.argument(description="Of this field only, e.g. `taxNumber`.")
        ] = strawberry.UNSET,
        from_: Annotated[
            Optional[datetime], strawberry.argument(name="from", description="Of changes after this moment only.")
        ] = strawberry.UNSET,
        to: Annotated[
            Optional[datetime], strawberry.argument(description="Of changes up to this moment only.")
        ] = strawberry.UNSET,
    ) -> Connection[ChangeDocument]:
        return await answered(info.context.reads, _change_documents(record, first, after, field, from_, to))

    @asks(
        _data_displays,
        "Who was shown what is protected of a record, newest first: needs DISPLAY and DISPLAY_CHANGES on the object.",
    )
    async def data_displays(
        self,
        info: Info,
        record: Annotated[strawberry.ID, RECORD],
        first: Annotated[int, FIRST],
        after: Annotated[Optional[str], AFTER] = strawberry.UNSET,
    ) -> Connection[DataDisplay]:
        return await answered(info.context.reads, _data_displays(record, first, after))
